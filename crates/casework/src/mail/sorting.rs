//! Where a message goes, once its reading says what it is.
//!
//! Owns the order of the questions. Decides on what others found alone: whether a machine wrote it, which report our own marks lead to, and
//! whether its words report anything. Never drops a message: the worst that happens to one is that it waits for a person.

use super::marks::Marked;
use super::reading::MailReading;
use psirt::board::{Board, Report};
use psirt::case::unwanted;
use psirt::house::mail::{Fate, Suspicion};

/// What a message is, and what people should know of that.
pub(super) struct Place {
    pub(super) fate: Fate,
    /// The number of a report that it claims to go on with, without proof.
    pub(super) claims: Option<String>,
}

/// Where a message goes that came to a brand; `released` if a person said that it is a report.
pub(super) fn place(board: &Board, brand: &str, reading: &MailReading, marked: &[Marked], released: bool) -> Place {
    let (thread, claims) = thread(board, brand, reading, marked);
    let fate = match (thread, &reading.bounce, &reading.list_request) {
        (_, _, Some(action)) => Fate::ListRequest { action: action.clone() },
        (thread, Some(bounce), _) => Fate::Undelivered {
            status: bounce.status.clone(),
            hard: bounce.hard,
            report: thread.or_else(|| marked.first().map(|marked| marked.report().to_owned())),
        },
        _ if !reading.opens_case => Fate::Automatic,
        (Some(report), ..) => Fate::Reply { report },
        _ => match suspicion(board, reading).filter(|_| !released) {
            Some(why) => Fate::Held { why },
            None => Fate::Report,
        },
    };
    Place { fate, claims }
}

/// The report that a message goes on with, by proof, and the number of one that it only names. A message to two brands is kept for each, so that
/// for one brand nothing leads into a case that was reported to the other.
fn thread(board: &Board, brand: &str, reading: &MailReading, marked: &[Marked]) -> (Option<String>, Option<String>) {
    let mut claims = None;
    for mark in marked {
        let stream = home(board, mark.report());
        let Some(report) = board.report(&stream).filter(|report| report.case.is_some()) else {
            continue;
        };
        match mark {
            _ if report.brand != brand => claims = claims.or_else(|| Some(report.number.clone())),
            Marked::Address(_) => return (Some(stream), None),
            Marked::Message(_) if wrote(report, reading) => return (Some(stream), None),
            Marked::Message(_) => claims = claims.or_else(|| Some(report.number.clone())),
        }
    }
    // The same identifier with another body: its program wrote it anew.
    let same = || {
        let id = reading.message_id.as_deref().filter(|id| !id.is_empty())?;
        let has_id = |report: &Report| {
            let letter = report.mail.as_deref().and_then(|mail| mail.letter.as_ref());
            report.brand == brand && letter.is_some_and(|letter| letter.message_id.as_deref() == Some(id))
        };
        let (stream, _) = board.open_reports().find(|(_, report)| has_id(report))?;
        let stream = home(board, stream);
        let report = board.report(&stream).filter(|report| report.case.is_some())?;
        wrote(report, reading).then_some(stream)
    };
    (same(), claims)
}

/// The report that a message is or goes on with.
pub(super) fn home(board: &Board, stream: &str) -> String {
    let mail = board.report(stream).and_then(|report| report.mail.as_deref());
    mail.and_then(|mail| mail.answers()).unwrap_or(stream).to_owned()
}

/// Whether a message says that it is from whoever sent a report, or is signed by them.
fn wrote(report: &Report, reading: &MailReading) -> bool {
    let letter = report.mail.as_deref().and_then(|mail| mail.letter.as_ref());
    let by_address = match (reading.from.as_slice(), letter) {
        ([from], Some(letter)) => letter.from.iter().any(|known| known.eq_ignore_ascii_case(from)),
        ([from], None) => report.from.to_lowercase().contains(&from.to_lowercase()) && from.contains('@'),
        _ => false,
    };
    let keys = letter.map(|letter| letter.keys.as_slice()).unwrap_or_default();
    let by_key = reading.signature == "good"
        && reading
            .signer
            .as_deref()
            .is_some_and(|signer| keys.iter().any(|key| key.fingerprint == signer));
    by_address || by_key
}

/// Why it should be looked at before it is a case. Whoever encrypts, signs or adds a file reports something.
fn suspicion(board: &Board, reading: &MailReading) -> Option<Suspicion> {
    if reading.opened.is_some() || reading.trouble.is_some() || reading.signature == "good" {
        return None;
    }
    if reading.is_spam {
        return Some(Suspicion::Spam);
    }
    let products = board.house.products.keys().map(String::as_str);
    let suspicion = unwanted::suspicion(&reading.title, &reading.text, products);
    suspicion.filter(|_| reading.files.is_empty())
}

impl Marked {
    /// The stream of the report.
    pub(super) fn report(&self) -> &str {
        match self {
            Marked::Address(stream) | Marked::Message(stream) => stream,
        }
    }
}
