//! The desk's view of a case: what people wrote and decided, beside the clocks.
//!
//! Never holds a date that is computed.

use crate::event::{CreditChoice, Entry, Event, Flag, Priority};
use jiff::Timestamp;

/// What the desk shows of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseView {
    /// Its title; empty until somebody gave one.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// Notes and messages, oldest first.
    pub conversation: Vec<Message>,
    /// Flags of D25.
    pub flags: Vec<Flag>,
    /// The impact in the policy's term, and its weakness.
    pub impact: Option<(String, Option<String>)>,
    /// The CVE id.
    pub cve: Option<String>,
    /// How reporters wish to be named: reporter, choice, name.
    pub credits: Vec<(Option<String>, CreditChoice, Option<String>)>,
    /// Defects: line and priority.
    pub defects: Vec<(Option<String>, Option<Priority>)>,
    /// Files, oldest first.
    pub files: Vec<File>,
    /// CERTs that were told.
    pub certs: Vec<String>,
    /// Why lines are not affected.
    pub justifications: Vec<(String, Option<String>)>,
    /// The scope decision: out, clause, exception.
    pub scope: Option<(bool, Option<String>, Option<String>)>,
    /// The case that this one is a duplicate of.
    pub duplicate_of: Option<String>,
    /// Whether it was closed and not taken up again.
    pub closed: bool,
    /// The last entry's instant of record.
    pub last_change: Option<Timestamp>,
}

/// A file that goes with the case. Its bytes are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, made safe.
    pub name: String,
    /// The blob.
    pub blob: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of them, in hexadecimal.
    pub sha256: String,
    /// The number of the report that it came with; none if the team added it.
    pub report: Option<String>,
    /// When it was added.
    pub at: Timestamp,
    /// Who added it.
    pub by: String,
}

/// A note or a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: String,
    /// Who reads it.
    pub side: Side,
    /// What it says.
    pub text: String,
}

/// Who reads a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Only the team.
    Inside,
    /// It came from a reporter.
    From,
    /// It goes to a reporter.
    To,
}

impl CaseView {
    /// Folds entries, in their order. Retracted ones must be left out by the caller: [`standing`] does it.
    #[must_use]
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> CaseView {
        let mut view = CaseView::default();
        for entry in entries {
            view.apply(entry);
        }
        view
    }

    /// Folds one entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.last_change = self.last_change.max(Some(entry.recorded));
        match &entry.event {
            Event::Titled { title, summary } => {
                self.title.clone_from(title);
                if let Some(summary) = summary {
                    self.summary.clone_from(summary);
                }
            }
            Event::Assigned { person } => self.owner = Some(person.clone()),
            Event::Noted { text } => self.say(entry, entry.by.clone(), Side::Inside, text),
            Event::Messaged {
                reporter,
                from_reporter: true,
                text,
            } => {
                let who = reporter.clone().unwrap_or_else(|| "Reporter".to_owned());
                self.say(entry, who, Side::From, text);
            }
            Event::Messaged { text, .. } => self.say(entry, entry.by.clone(), Side::To, text),
            Event::Flagged { flag, .. } if !self.flags.contains(flag) => self.flags.push(*flag),
            Event::Attached {
                name,
                blob,
                bytes,
                sha256,
                report,
            } => self.files.push(File {
                name: name.clone(),
                blob: blob.clone(),
                bytes: *bytes,
                sha256: sha256.clone(),
                report: report.clone(),
                at: entry.at,
                by: entry.by.clone(),
            }),
            Event::ImpactSet { term, cwe } => self.impact = Some((term.clone(), cwe.clone())),
            Event::CveAssigned { id } => self.cve = Some(id.clone()),
            Event::Credit { reporter, choice, name } => {
                self.credits.retain(|(other, ..)| other != reporter);
                self.credits.push((reporter.clone(), *choice, name.clone()));
            }
            Event::DefectCreated { product, priority } => self.defects.push((product.clone(), *priority)),
            Event::SharedWithCert { cert } => self.certs.push(cert.clone()),
            Event::NotAffected { product, justification } => {
                self.justifications.push((product.clone(), justification.clone()));
            }
            Event::ScopeDecided { out, clause, exception } => {
                self.scope = Some((*out, clause.clone(), exception.clone()));
            }
            Event::DuplicateOf { case } => self.duplicate_of = Some(case.clone()),
            Event::Closed {} => self.closed = true,
            Event::Reopened { .. } | Event::Appealed {} => self.closed = false,
            _ => {}
        }
    }

    fn say(&mut self, entry: &Entry, by: String, side: Side, text: &str) {
        self.conversation.push(Message {
            at: entry.at,
            by,
            side,
            text: text.to_owned(),
        });
    }
}
