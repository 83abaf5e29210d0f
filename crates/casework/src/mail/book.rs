//! A person gives a key of whoever sent a report: one from their address book, or one that they found in the key directory of its domain.
//!
//! Owns that act. The key holds for every report of the same address, and goes with the report by which it was given when its sender is erased.
//! Never reads a certificate and never asks the network: who calls has done both, and says what it found.

use super::arrival::is_ours;
use super::keys::in_book;
use super::letter::{address_of, may_leave};
use super::order::order_untold;
use crate::Casework;
use crate::actions::{DROP_KEY, GIVE_KEY, READ_CASE};
use crate::actor::Actor;
use crate::error::ActError;
use crate::mail::{ReporterKey, reporter_keys};
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::{arrival_key, cut_chars, find_report};
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::Board;
use psirt::body::What;
use psirt::house::ReportEvent;
use psirt::house::book::GivenKey;
use psirt::house::mail::SenderKey;
use store::StreamId;

/// Longest armoured key that is kept, in bytes.
const MAX_KEY_BYTES: usize = 64 * 1024;
/// Most keys that are given for one report.
const MAX_KEYS: usize = 8;
/// Most parts of a key that sign.
const MAX_SIGNERS: usize = 100;
/// Longest reason, in characters.
const MAX_WHY_CHARS: usize = 300;

impl Casework {
    /// The address that a key has to be for, so that letters about a report go under it.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] where no letter goes to whoever sent it.
    pub fn address_for_key(&self, actor: &Actor, number: &str) -> Result<String, ActError> {
        let replica = self.replica();
        permit(&replica.board.house, actor, &GIVE_KEY)?;
        let stream = find_report(&replica, number)?;
        addressed(&replica.board, &stream)
    }

    /// The keys that are known of whoever sent a report, in the order in which they are tried.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn keys_of_reporter(&self, actor: &Actor, number: &str) -> Result<Vec<ReporterKey>, ActError> {
        let replica = self.replica();
        permit(&replica.board.house, actor, &READ_CASE)?;
        let stream = find_report(&replica, number)?;
        Ok(reporter_keys(&replica.board, stream.as_str()))
    }

    /// Records a key that a person gave, and orders once more, under it, what its reader knows only that it is there. Says how many letters that
    /// are.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for a key that is too long or one too many, and where the address is
    /// not that of whoever sent the report; those of the store.
    pub async fn give_key(&self, actor: &Actor, number: &str, given: GivenKey) -> Result<usize, ActError> {
        let given = bounded(given)?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &GIVE_KEY)?;
            let stream = find_report(replica, number)?;
            let address = addressed(board, &stream)?;
            if !given.is_for(&address) {
                return Err(ActError::invalid(
                    "whoever sent this report has another address by now: look again whose key is wanted",
                ));
            }
            let book = board.report(stream.as_str()).map(|report| report.book.as_slice());
            let others = book.unwrap_or_default().iter();
            let others = others.filter(|known| known.given.key.fingerprint != given.key.fingerprint);
            if others.count() >= MAX_KEYS {
                return Err(ActError::invalid(format!(
                    "{MAX_KEYS} keys were given for this report: `candor mail key drop` takes one back"
                )));
            }
            let mut plan = Plan::by(actor);
            let what = What::Report(ReportEvent::KeyGiven(Box::new(given.clone())));
            plan.push_under(arrival_key(&stream)?, &stream, now, what);
            for report in of_address(board, &address) {
                order_untold(&mut plan, board, report, now)?;
            }
            let letters = plan.jobs.len();
            Ok((plan, letters))
        };
        self.record(record).await.map(|(letters, _)| letters)
    }

    /// Takes a key back that a person gave for the sender of a report, by its fingerprint or the last sixteen digits of it. What went out under
    /// it stays out; keys that came by themselves stay.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] where nobody gave such a key; those of the store.
    pub async fn drop_key(&self, actor: &Actor, number: &str, fingerprint: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &DROP_KEY)?;
            let stream = find_report(replica, number)?;
            let known = in_book(board, stream.as_str());
            let meant = known
                .into_iter()
                .filter(|(_, known)| is_called(&known.given.key.fingerprint, fingerprint));
            let mut plan = Plan::by(actor);
            for (stream, known) in meant {
                let stream = StreamId::new(stream)?;
                let dropped = ReportEvent::KeyDropped {
                    fingerprint: known.given.key.fingerprint.clone(),
                };
                plan.push_under(arrival_key(&stream)?, &stream, now, What::Report(dropped));
            }
            match plan.len() {
                0 => Err(ActError::invalid(
                    "no person gave such a key for whoever sent this report: `candor mail key list` shows those that are known",
                )),
                _ => Ok((plan, ())),
            }
        };
        self.record(record).await.map(|_| ())
    }
}

/// Whether a fingerprint is meant by what somebody typed of it.
fn is_called(fingerprint: &str, typed: &str) -> bool {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let typed = typed.trim_start_matches("0x").to_ascii_uppercase();
    typed.len() >= 16 && fingerprint.ends_with(&typed)
}

/// The address of whoever sent a report, if letters go there.
fn addressed(board: &Board, stream: &StreamId) -> Result<String, ActError> {
    match may_leave(board, stream.as_str()) {
        Ok((_, address)) => Ok(address.to_owned()),
        Err(why) => Err(ActError::invalid(format!(
            "no letter goes to whoever sent this, so that no key is wanted: {why}"
        ))),
    }
}

/// The reports of an address.
fn of_address<'b>(board: &'b Board, address: &'b str) -> impl Iterator<Item = &'b str> {
    let is_theirs = move |report: &psirt::board::Report| {
        let from = address_of(report).filter(|from| !is_ours(board, from));
        report.is_report() && from.is_some_and(|from| from.eq_ignore_ascii_case(address))
    };
    let reports = board.open_reports();
    reports
        .filter(move |(_, report)| is_theirs(report))
        .map(|(stream, _)| stream)
}

/// A key in bounds, whoever read it.
fn bounded(given: GivenKey) -> Result<GivenKey, ActError> {
    if given.key.public.len() > MAX_KEY_BYTES {
        return Err(ActError::invalid(format!(
            "the key has more than the {} KiB that are kept of one: export it without the signatures of others",
            MAX_KEY_BYTES / 1024
        )));
    }
    let why = given.why.map(|why| {
        let plain: String = why.chars().filter(|c| !c.is_control()).collect();
        cut_chars(plain.trim(), MAX_WHY_CHARS)
    });
    if why.as_deref() == Some("") {
        return Err(ActError::invalid("say how you know whose key it is"));
    }
    let key = SenderKey {
        signers: given.key.signers.into_iter().take(MAX_SIGNERS).collect(),
        ..given.key
    };
    Ok(GivenKey { key, why, ..given })
}
