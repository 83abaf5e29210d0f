//! Where a message goes, once its reading says what it is.
//!
//! Owns the order of the questions. Decides on what others found alone: whether a machine wrote it, which report our own marks lead to, and
//! whether its words report anything. Never drops a message: the worst that happens to one is that it waits for a person, who makes a report of
//! whatever opened no case.

use super::letter::{address_of, written};
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

/// What others found about a message, beside its reading.
pub(super) struct Found {
    /// What leads into cases.
    pub(super) marked: Vec<Marked>,
    /// Whether it has an identifier of ours: a letter of this house came back.
    pub(super) is_own_letter: bool,
    /// Whether it was in a mailbox before this house began to look into that.
    pub(super) is_earlier: bool,
    /// Whether a person said that it is a report.
    pub(super) released: bool,
}

/// Where a message goes that came to a brand.
pub(super) fn place(board: &Board, brand: &str, reading: &MailReading, found: &Found) -> Place {
    let (thread, claims) = thread(board, brand, reading, &found.marked);
    let fate = match thread {
        Some(report) if found.released => Fate::Reply { report },
        None if found.released => Fate::Report,
        // Whatever it was, its time is over: nobody is answered for it, and nothing in a case is moved by it.
        _ if found.is_earlier => Fate::Held {
            why: Suspicion::Earlier,
        },
        Some(report) if reading.opens_case => Fate::Reply { report },
        None if reading.opens_case => match suspicion(board, reading) {
            Some(why) => Fate::Held { why },
            None => Fate::Report,
        },
        thread => by_machine(board, reading, found, thread),
    };
    Place { fate, claims }
}

/// What a machine wrote opens no case, and nobody answers it. That is said by header fields alone, which a form on a web site and a mailbox that
/// several people share write as well: so what answers no letter of ours and reports something waits for a person.
fn by_machine(board: &Board, reading: &MailReading, found: &Found, thread: Option<String>) -> Fate {
    let is_about_ours = found.is_own_letter || !found.marked.is_empty();
    match (thread, &reading.bounce, &reading.list_request) {
        _ if !is_about_ours && reports_something(board, reading) => Fate::Held {
            why: Suspicion::Machine,
        },
        (_, _, Some(action)) => Fate::ListRequest { action: action.clone() },
        (thread, Some(bounce), _) => Fate::Undelivered {
            status: bounce.status.clone(),
            hard: bounce.hard,
            report: thread.or_else(|| found.marked.first().map(|marked| marked.report().to_owned())),
        },
        (Some(report), ..) => Fate::AutoReply { report },
        _ => Fate::Automatic,
    }
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
pub(super) fn wrote(report: &Report, reading: &MailReading) -> bool {
    let letter = report.mail.as_deref().and_then(|mail| mail.letter.as_ref());
    let by_address = match (reading.from.as_slice(), letter) {
        ([from], Some(letter)) => letter.from.iter().any(|known| known.eq_ignore_ascii_case(from)),
        ([from], None) => from.contains('@') && written(&report.from).eq_ignore_ascii_case(from),
        _ => false,
    };
    let came = letter.map(|letter| letter.keys.as_slice()).unwrap_or_default();
    let address = address_of(report).unwrap_or_default();
    let given = report.book.iter().map(|known| &known.given);
    let given = given.filter(|given| given.is_for(address)).map(|given| &given.key);
    let mut keys = came.iter().chain(given);
    let by_key = reading.signature == "good"
        && reading
            .signer
            .as_deref()
            .is_some_and(|signer| keys.any(|key| key.fingerprint == signer));
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
    let suspicion = unwanted::suspicion(&reading.title, &reading.text, products(board));
    suspicion.filter(|_| reading.files.is_empty())
}

/// Whether it names a product or a weakness, or hides from everybody else what it names.
fn reports_something(board: &Board, reading: &MailReading) -> bool {
    reading.opened.is_some() || unwanted::reports(&reading.title, &reading.text, products(board))
}

fn products(board: &Board) -> impl Iterator<Item = &str> {
    board.house.products.keys().map(String::as_str)
}

impl Marked {
    /// The stream of the report.
    pub(super) fn report(&self) -> &str {
        match self {
            Marked::Address(stream) | Marked::Message(stream) => stream,
        }
    }
}
