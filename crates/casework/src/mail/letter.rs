//! A letter of ours: to whom it may go, and what it may say.
//!
//! Owns the one way from a report to an [`OutgoingLetter`]: its recipient is whoever sent the report and nobody else, and what is confidential
//! is in it only beside a key of theirs. Never renders, encrypts or sends: that happens outside, with what is handed over here.

use super::arrival::is_ours;
use super::marks::Thread;
use super::reach::answer_by;
use crate::Owed;
use crate::room::{Findings, findings};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::{Board, Case, Report};
use psirt::case::guidance;
use psirt::case::merge::is_retracted;
use psirt::event::{Entry, Event};
use psirt::house::Brand;
use psirt::house::dispatch::{Dispatch, LetterKind};
use psirt::house::mail::{Fate, Mail};
use psirt::policy::Policy;
use psirt::policy::block::intake::Intake;
use zeroize::Zeroizing;

/// Longest address that is written to.
const MAX_ADDRESS_BYTES: usize = 254;
/// Longest identifier of a message that is quoted back.
const MAX_ID_BYTES: usize = 250;

/// A letter that may leave, as it is when it is handed over. Only [`crate::Casework::next_letter`] makes one.
#[non_exhaustive]
pub struct OutgoingLetter {
    /// What it is about.
    pub kind: LetterKind,
    /// Who writes.
    pub brand: Brand,
    /// To whom: one address.
    pub to: String,
    /// Its identifier: the same whenever it is handed over.
    pub message_id: String,
    /// Where an answer goes, and where failures are told: an address that only this reporter has.
    pub reply_to: String,
    /// The identifier of the message that it answers.
    pub answers: Option<String>,
    /// The reports that it is about, the one that it answers first.
    pub reports: Vec<LetterReport>,
    /// The policy's title and version.
    pub policy: Option<(String, String)>,
    /// The texts that the policy wants in the acknowledgement, each with its clause.
    pub terms: Vec<(String, String)>,
    /// What a person decided to write in clear, since no key of its reader is known.
    pub clear: Option<LetterNews>,
    /// The policy's zone.
    pub zone: TimeZone,
    /// What may be said to somebody whose key is known; none without one.
    pub sealed: Option<SealedPart>,
}

/// A report in a letter: what may travel in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterReport {
    /// Its tracking number.
    pub number: String,
    /// When it came.
    pub received: Timestamp,
    /// What stands in the address of its room that may travel in clear.
    pub room: Option<String>,
}

/// What goes out encrypted or not at all.
#[non_exhaustive]
pub struct SealedPart {
    /// The armoured certificate of the reporter.
    pub certificate: String,
    /// The secret of each report's room, in their order; none where the reporter has it already.
    pub secrets: Vec<Option<Zeroizing<String>>>,
    /// The titles, in their order; empty where one may not go back.
    pub titles: Vec<String>,
    /// What is promised, with its dates, in their order.
    pub promises: Vec<Vec<Owed>>,
    /// What an entry of the case says, where the letter is about one.
    pub news: Option<LetterNews>,
}

/// What an entry of a case says to whoever sent a report.
#[derive(Clone, PartialEq, Eq)]
pub enum LetterNews {
    /// What somebody at the desk wrote.
    Message(String),
    /// Something is missing.
    Question {
        /// What a report should hold, each with its clause.
        asks: Vec<(String, String)>,
        /// Whether somebody chose them; else it is all that a report should hold.
        chosen: bool,
        /// What is asked in words of the desk's own.
        text: Option<String>,
        /// Until when an answer comes in time, and the clause that ends the report then; none where nothing ends.
        until: Option<(Timestamp, String)>,
        /// Whether a letter has asked before.
        again: bool,
    },
    /// What the investigation found.
    Findings(Findings),
    /// The report was turned down.
    Verdict {
        /// What was decided, with its clause.
        says: String,
        /// What the policy answers.
        answer: Option<String>,
        /// Whether it can be appealed.
        appeal: bool,
    },
}

impl std::fmt::Debug for LetterNews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LetterNews(…)")
    }
}

/// What the entry of a case says to whoever sent a report; none if it says nothing, or not any more.
pub(super) fn news(board: &Board, stream: &str, kind: &LetterKind, now: Timestamp) -> Option<LetterNews> {
    let LetterKind::News { case, entry } = kind else {
        return None;
    };
    let case = board.case(case)?;
    let said = case.entries.iter().find(|known| known.seq == *entry)?;
    match &said.event {
        _ if is_retracted(&case.entries, *entry) => None,
        Event::Messaged { text, .. } => Some(LetterNews::Message(text.clone())),
        Event::InfoRequested { items, text, .. } => {
            let letters = board.report(stream).map_or(&[][..], |report| &report.letters);
            // Who was told only that there is something has not been asked yet.
            let has_asked = |letter: &Dispatch| letter.letter == *kind && letter.told && letter.taken().is_some();
            Some(LetterNews::Question {
                asks: asks(board.policy_of(case), items, text.as_deref()),
                chosen: !items.is_empty(),
                text: text.clone(),
                until: answer_by(board, stream, now),
                again: letters.iter().any(has_asked),
            })
        }
        Event::ReportedBack { .. } => findings(said).map(LetterNews::Findings),
        Event::Rejected { .. } | Event::DuplicateOf { .. } => {
            let (standing, appeal) = crate::room::verdict_on(board, stream, now)?;
            Some(LetterNews::Verdict {
                says: standing.says,
                answer: standing.answer,
                appeal,
            })
        }
        _ => None,
    }
}

/// What a question asks of a report, each with its clause: what somebody chose or, where nobody said what is missing, all that it should hold.
pub(crate) fn asks(policy: Option<&Policy>, items: &[String], text: Option<&str>) -> Vec<(String, String)> {
    let Some(policy) = policy else {
        return Vec::new();
    };
    let asks: Vec<&Intake> = match (items, text) {
        ([], None) => guidance::missing(policy).collect(),
        ([], Some(_)) => Vec::new(),
        (items, _) => guidance::asked(policy, items).collect(),
    };
    let asks = asks.into_iter();
    asks.filter_map(|intake| Some((intake.clause.clone(), intake.ask.clone()?)))
        .collect()
}

/// The reports whose senders an entry of a case speaks to. Where it is not sure who is meant, nobody is.
pub(super) fn addressees(board: &Board, stream: &str, case: &Case, entry: &Entry) -> Vec<String> {
    let here = |report: &&String| {
        let known = board.report(report);
        known.is_some_and(|known| known.case.as_deref() == Some(stream))
    };
    let meant: Vec<String> = match &entry.event {
        // Who names nobody asks everybody; what was asked of the only reporter was not asked of those who joined since.
        Event::InfoRequested { reporter: None, .. } => match &entry.report {
            Some(number) => board.report_of_number(number).map(|(report, _)| report.to_owned()).into_iter().collect(),
            None => case.reports.iter().filter(here).cloned().collect(),
        },
        Event::Rejected { .. } | Event::DuplicateOf { .. } => case.reports.iter().filter(here).cloned().collect(),
        Event::Messaged {
            from_reporter: false, ..
        }
        | Event::InfoRequested { reporter: Some(_), .. }
        // Without findings it says that they were told on another way.
        | Event::ReportedBack { verdict: Some(_), .. } => {
            let concerned = entry.report.clone();
            let number = concerned.or_else(|| board.report_concerned(case, &entry.event));
            let report = number.and_then(|number| Some(board.report_of_number(&number)?.0.to_owned()));
            report.into_iter().collect()
        }
        _ => Vec::new(),
    };
    let may = meant.into_iter().filter(|report| may_leave(board, report).is_ok());
    may.collect()
}

/// Without addresses and secrets.
impl std::fmt::Debug for OutgoingLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "OutgoingLetter({}, {} reports)",
            self.kind.word(),
            self.reports.len()
        )
    }
}

/// Whether a certificate can be encrypted to at an instant, in Unix seconds; of an address, if one is given. The caller asks `openpgp`.
pub type JudgesKey = fn(armoured: &str, address: Option<&str>, at: i64) -> bool;

/// To whom a letter about a report goes.
///
/// # Errors
/// Why it must not: nobody wrote that could read it, or nobody may answer.
pub(super) fn may_leave<'b>(board: &'b Board, stream: &str) -> Result<(&'b Report, &'b str), &'static str> {
    let report = board.report(stream).ok_or("the report is gone")?;
    let to = address_of(report).ok_or("it says no address to write to")?;
    if let Some(mail) = report.mail.as_deref() {
        let sorted = mail.sorted.as_ref().ok_or("it is not read yet")?;
        if !sorted.answerable || sorted.fate != Fate::Report {
            return Err("no machine may answer it");
        }
    }
    if is_ours(board, to) {
        return Err("it comes from an address of ours");
    }
    if report.case.is_none() {
        return Err("it is no report");
    }
    Ok((report, to))
}

/// Whether what a report says may go back to whoever sent it.
pub(crate) fn may_go_back(report: &Report) -> bool {
    report.mail.as_deref().is_none_or(Mail::may_go_back)
}

/// The title of a report as whoever sent it may read it; empty if it may not go back to them.
pub(crate) fn title_for(report: &Report) -> String {
    match may_go_back(report) {
        true => report.title.clone(),
        false => String::new(),
    }
}

/// The one address of whoever sent a report, if it is one that can be written to.
pub(super) fn address_of(report: &Report) -> Option<&str> {
    let address = match report.mail.as_deref() {
        Some(mail) => match mail.letter.as_ref()?.from.as_slice() {
            [one] => one.as_str(),
            _ => return None,
        },
        None if report.channel == "form" => written(&report.from),
        None => return None,
    };
    is_plain_address(address).then_some(address)
}

/// The address in what a form says of its sender: `Rita <rita@researcher.example>`, or the address alone.
pub(crate) fn written(from: &str) -> &str {
    let inside = from.strip_suffix('>').and_then(|from| from.rsplit_once('<'));
    inside.map_or(from, |(_, address)| address).trim()
}

/// An address that means the same in every mail server, and nothing but an address: no quotes, no comments, no line ends.
pub(crate) fn is_plain_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let is_atom = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        !part.is_empty() && part.bytes().all(fits)
    };
    let is_label = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&part.len()) && part.bytes().all(fits) && !part.starts_with('-') && !part.ends_with('-')
    };
    address.len() <= MAX_ADDRESS_BYTES
        && local.len() <= 64
        && local.split('.').all(is_atom)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// An address as every mail server takes it: a domain in another script is written in ASCII (RFC 5890). None if no letter can go there, as where the
/// part before the `@` is in another script, which needs SMTPUTF8 on the whole way.
pub(crate) fn mailable(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = match domain.is_ascii() {
        true => domain.to_owned(),
        false => idna::domain_to_ascii_strict(domain).ok()?,
    };
    let address = format!("{local}@{domain}");
    is_plain_address(&address).then_some(address)
}

/// Why no letter of ours may go to whoever sent a report; none if one may, and for a form that gives no address.
#[must_use]
pub fn no_letter(board: &Board, report: &Report) -> Option<&'static str> {
    const NOT_MAILABLE: &str =
        "no letter can go to an address like this one: the part before the @ is not in plain ASCII, or it is none";
    let Some(mail) = report.mail.as_deref() else {
        let to = written(&report.from);
        return (report.channel == "form" && to.contains('@') && !is_plain_address(to)).then_some(NOT_MAILABLE);
    };
    let sorted = mail.sorted.as_ref().filter(|sorted| sorted.fate == Fate::Report)?;
    let from = mail.letter.as_ref().map(|letter| letter.from.as_slice());
    match from {
        None => Some("no letter can go there: who sent it is erased"),
        Some([]) => Some("no letter can go there: it does not say who sent it"),
        Some([one]) if is_ours(board, one) => Some("no letter goes there: it comes from an address of ours"),
        Some([one]) if !is_plain_address(one) => Some(NOT_MAILABLE),
        Some([_]) if !sorted.answerable => {
            Some("no letter goes there: a list or a robot passed it on, or no answer is wanted")
        }
        Some([_]) => None,
        Some(_) => Some("no letter goes there: it says several senders"),
    }
}

/// The identifier of a message, if it can stand in a field of ours as it is.
pub(super) fn quotable(id: &str) -> Option<String> {
    let id = id.trim_matches(['<', '>', ' ']);
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>()\\,;:\"".contains(&byte);
    let fits = id.len() <= MAX_ID_BYTES && id.contains('@') && id.bytes().all(plain);
    fits.then(|| id.to_owned())
}

/// Identifier and addresses of a letter of ours.
pub(super) fn named(thread: &Thread, id: u32) -> (String, String) {
    (
        format!("{}.d{id}@{}", thread.mark, thread.domain),
        thread.reply_to.clone(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_or_nobody_is_written_to() {
        for address in ["rita@researcher.example", "o'neil+x=y@a-b.example", "a.b@x.y.example"] {
            assert!(is_plain_address(address), "{address}");
        }
        for address in [
            "",
            "rita",
            "rita@localhost",
            "rita@a..b",
            "r ita@a.b",
            "rita@a.b\r\nRCPT TO:<eve@c.d>",
            "\"rita\"@a.b",
            "rita@[127.0.0.1]",
            "<rita@a.b>",
            "a@b@c.d",
            ".rita@a.b",
            "rita@-a.b",
            "rïta@a.b",
        ] {
            assert!(!is_plain_address(address), "{address}");
        }
        assert!(!is_plain_address(&format!("{}@a.b", "x".repeat(300))));
        for (address, expect) in [
            ("rita@bücher.example", Some("rita@xn--bcher-kva.example")),
            ("rita@BÜCHER.example", Some("rita@xn--bcher-kva.example")),
            ("rita@researcher.example", Some("rita@researcher.example")),
            ("jürgen@bücher.example", None),
            ("rita@bü cher.example", None),
            ("rita@ü@b.example", None),
            ("rita@\u{202e}a.example", None),
        ] {
            assert_eq!(mailable(address).as_deref(), expect, "{address}");
        }
        assert_eq!(written("Rita <rita@a.b>"), "rita@a.b");
        assert_eq!(written("rita@a.b"), "rita@a.b");
    }

    #[test]
    fn an_identifier_is_quoted_only_as_it_is() {
        assert_eq!(quotable("<a.b@c>").as_deref(), Some("a.b@c"));
        for id in ["a", "a@b\r\nBcc: x@y.z", "a b@c", "a>@b", ""] {
            assert_eq!(quotable(id), None, "{id}");
        }
    }
}
