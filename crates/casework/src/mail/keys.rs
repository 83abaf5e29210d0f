//! Under whose key a letter goes: every key that is known of a reporter, the best first, and from where each is.
//!
//! Owns that order. What a person gave comes before whatever came by itself, and what came with the report before what came later: no key takes
//! the place of another one unseen. Never says whether a key works: `openpgp` does, when a letter goes, and the first that works is taken.

use super::letter::address_of;
use crate::room::home;
use jiff::Timestamp;
use psirt::board::{Board, Report};
use psirt::event::Event;
use psirt::house::book::{ADDRESS_BOOK, BookKey};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Under what name the key of a form is kept.
pub(crate) const KEY_FILE: &str = "openpgp-key.asc";

/// A key under which a report could be answered.
pub(super) struct Candidate<'b> {
    pub(super) fingerprint: &'b str,
    pub(super) public: &'b str,
    /// Whether it has to carry the reporter's address: one that signed the message is the writer's whatever it says, of one that merely came with
    /// it nobody knows that, and of one from an address book a person does.
    pub(super) is_named: bool,
    pub(super) origin: KeyOrigin,
}

/// From where a key of a reporter is known, the best first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyOrigin {
    /// A person gave it.
    AddressBook {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// How they know whose it is, where it does not say the address.
        why: Option<String>,
    },
    /// A person took it from the key directory of the address's domain.
    KeyDirectory {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// It signed a message of theirs.
    Signed,
    /// It signed a message of theirs, and came with another one.
    SignedAndKnown,
    /// It stood in the `Autocrypt` field of a message.
    Autocrypt,
    /// It was a file of a message.
    Attached,
    /// The form gave it.
    Form,
}

impl KeyOrigin {
    /// The origin in one word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            KeyOrigin::AddressBook { .. } => "address-book",
            KeyOrigin::KeyDirectory { .. } => "wkd",
            KeyOrigin::Signed => "signed",
            KeyOrigin::SignedAndKnown => "signed-and-known",
            KeyOrigin::Autocrypt => "autocrypt",
            KeyOrigin::Attached => "attached",
            KeyOrigin::Form => "form",
        }
    }

    /// The origin in words.
    #[must_use]
    pub fn words(&self) -> String {
        let day = |at: &Timestamp| at.strftime("%F").to_string();
        match self {
            KeyOrigin::AddressBook { by, at, why: None } => format!("from the address book of {by}, {}", day(at)),
            KeyOrigin::AddressBook { by, at, why: Some(why) } => {
                format!(
                    "from the address book of {by}, {}; it does not say the address: {why}",
                    day(at)
                )
            }
            KeyOrigin::KeyDirectory { by, at } => {
                format!(
                    "from the key directory of the address\u{2019}s domain, taken by {by}, {}",
                    day(at)
                )
            }
            KeyOrigin::Signed => "it signed a message of theirs".to_owned(),
            KeyOrigin::SignedAndKnown => {
                "it signed a message of theirs, and was known before from elsewhere".to_owned()
            }
            KeyOrigin::Autocrypt => "from the Autocrypt field of a message".to_owned(),
            KeyOrigin::Attached => "a file of a message".to_owned(),
            KeyOrigin::Form => "given in the form".to_owned(),
        }
    }
}

/// A key that is known of a reporter, for people to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReporterKey {
    /// Its fingerprint; none of one that a form gave, which lies in a file of the case.
    pub fingerprint: Option<String>,
    /// From where it is known.
    pub origin: KeyOrigin,
}

/// The keys that are known of whoever sent a report, in the order in which they are tried.
#[must_use]
pub fn reporter_keys(board: &Board, stream: &str) -> Vec<ReporterKey> {
    let known = candidates(board, stream).into_iter().map(|known| ReporterKey {
        fingerprint: Some(known.fingerprint.to_owned()),
        origin: known.origin,
    });
    let of_form = key_blob(board, stream).map(|_| ReporterKey {
        fingerprint: None,
        origin: KeyOrigin::Form,
    });
    let mut keys: Vec<ReporterKey> = Vec::new();
    for key in known.chain(of_form) {
        // The same key on a worse way says nothing new.
        if !keys.iter().any(|better| better.fingerprint == key.fingerprint) {
            keys.push(key);
        }
    }
    keys
}

/// Keys under which a report could be answered, the best first. Those of the form come after them ([`key_blob`]).
pub(super) fn candidates<'b>(board: &'b Board, stream: &str) -> Vec<Candidate<'b>> {
    let mut answers: Vec<&Report> = board
        .answers_to(stream)
        .into_iter()
        .filter_map(|(stream, _)| board.report(stream))
        .collect();
    answers.sort_by_key(|report| report.at);
    let messages = board.report(stream).into_iter().chain(answers);
    let given = in_book(board, stream).into_iter().map(|(_, known)| given(known));
    let before = signed_before(board, stream);
    let came = messages.flat_map(|report| keys_of(board, report));
    // Another key than before may be somebody else's, who writes under this address: a person says which one holds.
    let came = came.filter(|key| before.is_empty() || before.contains(key.fingerprint));
    given.chain(came).collect()
}

/// The keys, as fingerprints, that carry the address of a report's sender and signed other reports from there, which came earlier.
fn signed_before<'b>(board: &'b Board, stream: &str) -> BTreeSet<&'b str> {
    let Some((report, address)) = board
        .report(stream)
        .and_then(|report| Some((report, address_of(report)?)))
    else {
        return BTreeSet::new();
    };
    signers_of(board, address, |other, known| other != stream && known.at < report.at)
}

/// The keys, as fingerprints, that carry an address and signed reports from there; of those reports that `counts` takes.
pub(super) fn signers_of<'b>(
    board: &'b Board,
    address: &str,
    counts: impl Fn(&str, &Report) -> bool,
) -> BTreeSet<&'b str> {
    let signed = board.open_reports().filter_map(|(other, known)| {
        let letter = known.mail.as_deref()?.letter.as_ref()?;
        let is_theirs = letter.signer_matches_from == Some(true)
            && matches!(letter.from.as_slice(), [from] if from.eq_ignore_ascii_case(address));
        let signer = letter.signer.as_deref().filter(|_| is_theirs)?;
        counts(other, known).then_some(signer)
    });
    signed.collect()
}

/// What persons gave for the address of a report's sender, with the streams of the reports where they did; an address book before key
/// directories, and the newest first.
pub(super) fn in_book<'b>(board: &'b Board, stream: &str) -> Vec<(&'b str, &'b BookKey)> {
    let Some(address) = board.report(stream).and_then(address_of) else {
        return Vec::new();
    };
    let books = board
        .open_reports()
        .flat_map(|(stream, report)| report.book.iter().map(move |known| (stream, known)));
    let mut found: Vec<(&str, &BookKey)> = books.filter(|(_, known)| known.given.is_for(address)).collect();
    // Of what was given at one instant the last counts as the newest.
    found.reverse();
    found.sort_by_key(|(_, known)| (known.given.key.origin != ADDRESS_BOOK, Reverse(known.at)));
    found
}

fn given(known: &BookKey) -> Candidate<'_> {
    let (by, at, why) = (known.by.clone(), known.at, known.given.why.clone());
    let is_vouched_for = known.given.key.origin == ADDRESS_BOOK;
    Candidate {
        fingerprint: &known.given.key.fingerprint,
        public: &known.given.key.public,
        is_named: !is_vouched_for,
        origin: match is_vouched_for {
            true => KeyOrigin::AddressBook { by, at, why },
            false => KeyOrigin::KeyDirectory { by, at },
        },
    }
}

/// The keys that one message brought, the best first.
fn keys_of<'b>(board: &'b Board, report: &'b Report) -> Vec<Candidate<'b>> {
    let Some(letter) = report.mail.as_deref().and_then(|mail| mail.letter.as_ref()) else {
        return Vec::new();
    };
    let candidate = |fingerprint, public, origin: KeyOrigin| Candidate {
        fingerprint,
        public,
        is_named: origin > KeyOrigin::SignedAndKnown,
        origin,
    };
    let mut found: Vec<Candidate<'_>> = Vec::new();
    for key in &letter.keys {
        let origin = match letter.signer.as_deref() == Some(key.fingerprint.as_str()) {
            true => KeyOrigin::Signed,
            false if key.origin == "autocrypt" => KeyOrigin::Autocrypt,
            false => KeyOrigin::Attached,
        };
        found.push(candidate(&key.fingerprint, &key.public, origin));
    }
    let signer = letter.signer.as_deref();
    let signer = signer.and_then(|signer| known_elsewhere(board, signer).map(|public| (signer, public)));
    found.extend(signer.map(|(signer, public)| candidate(signer, public, KeyOrigin::SignedAndKnown)));
    found.sort_by(|one, other| one.origin.cmp(&other.origin));
    found
}

/// A certificate that came with another message, or that a person gave.
fn known_elsewhere<'b>(board: &'b Board, fingerprint: &str) -> Option<&'b str> {
    let mut keys = board.open_reports().flat_map(|(_, report)| {
        let letter = report.mail.as_deref().and_then(|mail| mail.letter.as_ref());
        let came = letter.map(|letter| letter.keys.as_slice()).unwrap_or_default();
        came.iter().chain(report.book.iter().map(|known| &known.given.key))
    });
    keys.find(|key| key.fingerprint == fingerprint)
        .map(|key| key.public.as_str())
}

/// The file with the key that a form gave.
pub(super) fn key_blob(board: &Board, stream: &str) -> Option<String> {
    let report = board.report(stream).filter(|report| report.channel == "form")?;
    let (_, case) = home(board, stream)?;
    case.entries.iter().find_map(|entry| match &entry.event {
        Event::Attached {
            name, blob, report: of, ..
        } if name == KEY_FILE && of.as_deref() == Some(report.number.as_str()) => Some(blob.clone()),
        _ => None,
    })
}

/// What tells the keys of two reports apart: what is for one must not be encrypted to the other.
pub(super) fn key_name(board: &Board, stream: &str) -> Vec<String> {
    let known = candidates(board, stream).into_iter();
    let known = known.map(|known| known.public.to_owned());
    known.chain(key_blob(board, stream)).collect()
}
