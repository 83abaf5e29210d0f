//! What was said by the reporter of one report, and to them: their messages, files and wishes, and what the team told and asked.
//!
//! Owns what of a case's entries is one reporter's. It is theirs by the number of their report alone, which was recorded with it; never by a name.
//! Never says how far a report is: that is `view`'s.

use super::home;
use super::view::{Conversation, Findings, Planned, RoomFile, Said, found};
use crate::actor::Actor;
use crate::mail::{INTAKE, asks, may_go_back};
use jiff::Timestamp;
use psirt::board::{Board, Report};
use psirt::case::merge::standing;
use psirt::event::{CreditChoice, Entry, Event, Kind};
use psirt::policy::Policy;

/// Stands in the place of what came encrypted and may not go back.
const NOT_REPEATED: &str = "You sent this encrypted. We read it, and do not repeat it here: without your signature inside, somebody else could have sent it on.";

/// What was said by the reporter of one report, and to them, in whatever cases it was recorded: in the order of record, without what was
/// taken back.
pub(super) struct Own {
    entries: Vec<Entry>,
    /// Whether what came by mail may go back to whoever sent it; one message that may not keeps all of them back.
    goes_back: bool,
}

impl Own {
    pub(super) fn of(board: &Board, report: &str, number: &str) -> Own {
        let trail = board.trail(report);
        let standing = trail.into_iter().flat_map(|case| standing(&case.entries));
        let own = standing.filter(|entry| entry.report.as_deref() == Some(number) || came_with(entry, number));
        let mut own: Vec<Entry> = own.collect();
        own.sort_by_key(|entry| entry.recorded);
        let answers = board.answers_to(report);
        let mut messages = answers.iter().map(|(stream, _)| *stream).chain([report]);
        Own {
            entries: own,
            goes_back: messages.all(|stream| board.report(stream).is_none_or(may_go_back)),
        }
    }

    /// Whether it is repeated to whoever brought it.
    fn is_repeated(&self, entry: &Entry) -> bool {
        self.goes_back || entry.by != Actor::part(INTAKE).id
    }

    pub(super) fn conversation(&self, policy: Option<&Policy>) -> Conversation {
        let said = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::InfoRequested { items, text, .. } if !items.is_empty() || text.is_some() => Some(Said {
                at: entry.at,
                is_mine: false,
                text: question(policy, items, text.as_deref()),
            }),
            Event::Messaged {
                from_reporter, text, ..
            } => Some(Said {
                at: entry.at,
                is_mine: *from_reporter,
                text: match *from_reporter && !self.is_repeated(entry) {
                    true => NOT_REPEATED.to_owned(),
                    false => text.clone(),
                },
            }),
            _ => None,
        });
        let mut said: Conversation = said.collect();
        said.sort_by_key(|said| said.at);
        said
    }

    pub(super) fn plans(&self) -> Vec<Planned> {
        let plans = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::EmbargoProposed { until, .. } => Some(Planned {
                until: *until,
                said: entry.at,
            }),
            _ => None,
        });
        plans.collect()
    }

    pub(super) fn credit(&self) -> (CreditChoice, Option<String>) {
        let last = self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Credit { choice, name, .. } => Some((*choice, name.clone())),
            _ => None,
        });
        last.unwrap_or((CreditChoice::Unasked, None))
    }

    pub(super) fn findings(&self) -> Option<Findings> {
        self.entries.iter().rev().find_map(findings)
    }

    pub(super) fn files(&self) -> Vec<RoomFile> {
        let files = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Attached {
                name, bytes, sha256, ..
            } if self.is_repeated(entry) => Some(RoomFile {
                name: name.clone(),
                bytes: *bytes,
                sha256: sha256.clone(),
                at: entry.at,
            }),
            _ => None,
        });
        files.collect()
    }

    /// When they appealed last.
    pub(super) fn appealed(&self) -> Option<Timestamp> {
        let appeals = self.entries.iter().rev();
        let mut appeals = appeals.filter(|entry| matches!(entry.event, Event::Appealed {}));
        appeals.next().map(|entry| entry.at)
    }
}

/// The report itself, if its reporter wrote it as it stands: around what somebody passed on are words of theirs.
pub(super) fn own_words(report: &Report) -> Option<Said> {
    let is_theirs = match report.mail.as_deref() {
        // Who is named as the sender by a person has no message of their own here.
        Some(mail) => mail.letter.as_ref()?.message_id.is_some(),
        None => report.channel == "form",
    };
    let text = match may_go_back(report) {
        true => report.text.trim(),
        false => NOT_REPEATED,
    };
    let text = Some(text).filter(|text| is_theirs && !text.is_empty())?;
    Some(Said {
        at: report.at?,
        is_mine: true,
        text: text.to_owned(),
    })
}

/// A question, as it stands among what was said.
fn question(policy: Option<&Policy>, items: &[String], text: Option<&str>) -> String {
    let asks = asks(policy, items, text)
        .into_iter()
        .map(|(clause, ask)| format!("{ask} (§{clause})"));
    let parts = text.map(|text| text.trim().to_owned()).into_iter().chain(asks);
    let parts: Vec<String> = parts.collect();
    match parts.is_empty() {
        true => "We asked you for something.".to_owned(),
        false => parts.join("\n"),
    }
}

/// Whether it is a file that the report of this number brought.
fn came_with(entry: &Entry, number: &str) -> bool {
    matches!(&entry.event, Event::Attached { report: Some(report), .. } if report == number)
}

/// Whether something of ours stands in a room that its reporter has not seen there.
pub(super) fn has_news(board: &Board, report: &str) -> bool {
    let Some(known) = board.report(report) else {
        return false;
    };
    let own = Own::of(board, report, &known.number);
    let ours = own.entries.iter().filter(|entry| match &entry.event {
        Event::Messaged { from_reporter, .. } => !from_reporter,
        event => matches!(event.kind(), Kind::InfoRequested | Kind::ReportedBack | Kind::Rejected),
    });
    // What was asked of everybody who is there carries no number.
    let asked = home(board, report).and_then(|(_, case)| {
        let entries = case
            .entries
            .iter()
            .filter(|entry| entry.event.kind() == Kind::InfoRequested);
        entries.map(|entry| entry.recorded).max()
    });
    let last = ours.map(|entry| entry.recorded).chain(asked).max();
    last > known.seen.last().copied()
}

/// The findings that an entry tells; none if it tells none.
pub(crate) fn findings(entry: &Entry) -> Option<Findings> {
    match &entry.event {
        Event::ReportedBack {
            verdict: Some(verdict),
            severity,
            plan: Some(plan),
            disclosure: Some(disclosure),
            ..
        } => Some(Findings {
            at: entry.at,
            verdict: found(*verdict).to_owned(),
            severity: severity.clone(),
            plan: plan.clone(),
            disclosure: disclosure.clone(),
        }),
        _ => None,
    }
}
