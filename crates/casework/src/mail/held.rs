//! Mail that waits for a person: listed, and released by one act. And every message, for whoever looks for one.
//!
//! Owns the rows. Never decides that something is no report: nobody has to, it only waits.

use super::protected::protection;
use super::reading::read_job;
use crate::Casework;
use crate::actions::{READ_CASE, RELEASE_MAIL};
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::{permit, permit_list};
use crate::plan::Plan;
use crate::receive::find_report;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Board, Report};
use psirt::body::What;
use psirt::house::ReportEvent;
use psirt::house::mail::Fate;

/// Most characters of a message's first words.
const MAX_BEGINS_CHARS: usize = 200;

/// A message in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Its tracking number.
    pub number: String,
    /// The brand that it came to.
    pub brand: String,
    /// When it came.
    pub at: Option<Timestamp>,
    /// Who sent it, as far as known.
    pub from: String,
    /// Its title.
    pub title: String,
    /// What became of it: a [`Fate`]'s word, `released`, or `unread`.
    pub state: &'static str,
    /// Why it is held.
    pub why: Option<&'static str>,
    /// How the text begins of a message that opened no case, in one line; empty for others.
    pub begins: String,
    /// The number of the case that it is in, or that has a note of it.
    pub case: Option<String>,
    /// How it was protected, in words; empty before it was read.
    pub protection: Vec<String>,
    /// What its signature is worth: `none`, `good`, `partly`, `bad`, `unknown`; none before it was read.
    pub signature: Option<String>,
    /// Whether the key that signed it came with an earlier message already; none without such a key.
    pub signer_is_known: Option<bool>,
}

impl Casework {
    /// The messages that are kept, the last to come first, at most `limit` of them, and how many more there are; `held` those alone that wait
    /// for a person.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`].
    pub fn mail(&self, actor: &Actor, held: bool, limit: usize) -> Result<(Vec<MailRow>, usize), ActError> {
        let board = self.board();
        permit_list(&board.house, actor, &READ_CASE)?;
        let reports = board.named_numbers().filter_map(|(_, stream)| board.report(stream));
        let wanted = |report: &&Report| {
            report
                .mail
                .as_deref()
                .is_some_and(|mail| !held || mail.held().is_some())
        };
        let mut found: Vec<&Report> = reports.filter(wanted).collect();
        found.sort_by_key(|report| std::cmp::Reverse(report.at));
        let more = found.len().saturating_sub(limit);
        found.truncate(limit);
        Ok((
            found.into_iter().filter_map(|report| row(&board, report)).collect(),
            more,
        ))
    }

    /// Releases a message that opened no case, whatever it was taken for: it is read again, and is a report, or goes on with the one that a mark
    /// of ours in it names.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for what is a report already; those of the store.
    pub async fn release_mail(&self, actor: &Actor, number: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &RELEASE_MAIL)?;
            let stream = find_report(replica, number)?;
            let report = replica.board.report(stream.as_str()).ok_or(ActError::NO_REPORT)?;
            let mail = report.mail.as_deref().filter(|_| is_without_case(report));
            let why_not = match mail {
                None => Some("this is a report already, or goes on with one: `candor mail list` names its case"),
                Some(mail) if mail.sorted.is_none() => {
                    Some("nobody has read this message yet: see what becomes of it first")
                }
                Some(mail) if mail.released => Some("somebody released this message already: it is read again"),
                Some(_) => None,
            };
            if let Some(why) = why_not {
                return Err(ActError::invalid(why));
            }
            let mut plan = Plan::one(actor, &stream, now, What::Report(ReportEvent::Released));
            plan.jobs
                .push(read_job(&stream, replica.next(&stream), "released", now)?);
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }
}

/// The messages that are no report and go on with none, the last to come first.
#[must_use]
pub fn mail_without_case(board: &Board) -> Vec<MailRow> {
    let reports = board.named_numbers().filter_map(|(_, stream)| board.report(stream));
    let mut found: Vec<&Report> = reports.filter(|report| is_without_case(report)).collect();
    found.sort_by_key(|report| std::cmp::Reverse(report.at));
    found.into_iter().filter_map(|report| row(board, report)).collect()
}

/// Whether a message is no report and goes on with none.
fn is_without_case(report: &Report) -> bool {
    let is_elsewhere = |mail: &psirt::house::mail::Mail| mail.answers().is_some();
    let mail = report.mail.as_deref();
    report.case.is_none() && mail.is_some_and(|mail| !is_elsewhere(mail))
}

fn row(board: &Board, report: &Report) -> Option<MailRow> {
    let mail = report.mail.as_deref()?;
    let home = match mail.fate() {
        Some(
            Fate::Reply { report }
            | Fate::AutoReply { report }
            | Fate::Undelivered {
                report: Some(report), ..
            },
        ) => board.report(report).map(|report| report.number.as_str()),
        _ => report.case.as_ref().map(|_| report.number.as_str()),
    };
    let case = home.and_then(|number| board.case_of_number(number));
    let held = mail.held();
    let state = match mail.fate() {
        None => "unread",
        Some(_) if mail.released && is_without_case(report) => "released",
        Some(fate) => fate.word(),
    };
    Some(MailRow {
        number: report.number.clone(),
        brand: report.brand.clone(),
        at: report.at,
        from: report.from.clone(),
        title: board.report_title(report).to_owned(),
        state,
        why: held.map(psirt::house::mail::Suspicion::words),
        begins: match is_without_case(report) {
            true => first_words(&report.text),
            false => String::new(),
        },
        case: case.map(|(_, case)| case.number.clone()),
        protection: protection(report),
        signature: mail.sorted.as_ref().map(|sorted| sorted.signature.clone()),
        signer_is_known: mail.letter.as_ref().and_then(|letter| letter.signer_is_known),
    })
}

/// How a text begins: in one line, and without what turns the direction of the words around it.
fn first_words(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}');
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !turns(*c)).take(MAX_BEGINS_CHARS).collect()
}
