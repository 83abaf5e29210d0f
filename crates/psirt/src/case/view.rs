//! The desk's view of a case: what people wrote and decided, beside the clocks.
//!
//! Never holds a date that is computed.

use crate::event::{Answer, CreditChoice, Deadline, Entry, Event, FixAnswer, Flag, Priority, VendorAnswer};
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
    /// Redacted copies of what was written, oldest first.
    pub copies: Vec<Copied>,
    /// Flags of D25.
    pub flags: Vec<Flag>,
    /// The impact in the policy's term, and its weakness.
    pub impact: Option<(String, Option<String>)>,
    /// The CVE id.
    pub cve: Option<String>,
    /// How reporters wish to be named: reporter, choice, name.
    pub credits: Vec<(Option<String>, CreditChoice, Option<String>)>,
    /// Reporters who were asked to look at the fix, in the order in which they were asked.
    pub validations: Vec<Validation>,
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
    /// Whether the title was given after the case was flagged as holding personal data.
    pub retitled: bool,
    /// The same of the summary.
    pub resummed: bool,
    /// To whom the case was given since then.
    pub entrusted: Option<Entrusted>,
    /// The case that this one is a duplicate of.
    pub duplicate_of: Option<String>,
    /// The case in which this one goes on.
    pub merged_into: Option<String>,
    /// Cases that were merged into this one.
    pub merged: Vec<String>,
    /// The case that this one was split from.
    pub split_from: Option<String>,
    /// Cases that were split off from this one.
    pub split_off: Vec<String>,
    /// Numbers of reports that belong to one of those.
    pub moved_reports: Vec<String>,
    /// What others call the case: the id, and who.
    pub aliases: Vec<(String, Option<String>)>,
    /// Answers to what clauses ask, the last one to each question.
    pub answers: Vec<Answered>,
    /// Other vendors that the report went on to.
    pub vendors: Vec<HandOver>,
    /// Flags whose task is done.
    pub tasks_done: Vec<Flag>,
    /// Whether it was closed and not taken up again.
    pub closed: bool,
    /// The last entry's instant of record.
    pub last_change: Option<Timestamp>,
}

/// Somebody who was given a case that holds personal data, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrusted {
    /// Who owns the case.
    pub person: String,
    /// Who gave it to them.
    pub by: String,
    /// The second person, if there was one.
    pub approved_by: Option<String>,
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

/// An answer to what a clause asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The clause, without its sign.
    pub clause: String,
    /// The part of its definition, if it asks for parts.
    pub question: Option<String>,
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub why: Option<String>,
}

/// A reporter who was asked whether the fix works (T10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// Who; none for the only reporter.
    pub reporter: Option<String>,
    /// When they were asked last.
    pub asked: Timestamp,
    /// What they answered, and when; none while it is awaited.
    pub answer: Option<(FixAnswer, Timestamp)>,
}

/// A hand-over to another vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The vendor.
    pub vendor: String,
    /// When.
    pub at: Timestamp,
    /// Until when an answer is awaited.
    pub review_by: Option<Deadline>,
    /// Their last answer.
    pub answer: Option<VendorAnswer>,
}

/// A note or a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The place of its entry.
    pub seq: u32,
    /// The number of the case in which it was recorded, where that is another one.
    pub case: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: String,
    /// Who reads it.
    pub side: Side,
    /// What it says.
    pub text: String,
}

/// What was written, without what only a few may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What it is a copy of: the number of a report, or that of a case, `#` and the place of a message.
    pub of: String,
    /// What is left.
    pub text: String,
    /// Why the rest was taken out.
    pub why: String,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was recorded in this case; else in one that this one goes on with, which was before.
    pub own: bool,
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
                // What another case was called came before anybody read this one as restricted.
                let own = entry.case.is_none();
                self.retitled = own && self.flags.contains(&Flag::ContainsPii);
                if let Some(summary) = summary {
                    self.summary.clone_from(summary);
                    self.resummed = self.retitled;
                }
            }
            Event::Assigned { person } => {
                self.owner = Some(person.clone());
                let knowing = entry.case.is_none() && self.flags.contains(&Flag::ContainsPii);
                self.entrusted = knowing.then(|| Entrusted {
                    person: person.clone(),
                    by: entry.by.clone(),
                    approved_by: entry.approved_by.clone(),
                });
            }
            Event::Noted { text } => self.say(entry, entry.by.clone(), Side::Inside, text),
            Event::Messaged {
                reporter,
                from_reporter: true,
                text,
                ..
            } => {
                let who = reporter.clone().unwrap_or_else(|| "Reporter".to_owned());
                self.say(entry, who, Side::From, text);
            }
            Event::Messaged { text, .. } => self.say(entry, entry.by.clone(), Side::To, text),
            Event::InfoRequested { items, text, .. } if !items.is_empty() || text.is_some() => {
                let items = match items.as_slice() {
                    [] => String::new(),
                    items => format!("Asked for: {}", items.join(", ")),
                };
                let parts = [items.as_str(), text.as_deref().unwrap_or_default().trim()];
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                self.say(entry, entry.by.clone(), Side::To, &parts.join("\n\n"));
            }
            Event::ReportedBack {
                verdict: Some(verdict),
                severity,
                plan,
                disclosure,
                ..
            } => {
                let part = |name: &str, text: &Option<String>| {
                    text.as_ref()
                        .map_or_else(String::new, |text| format!("\n\n{name}: {}", text.trim()))
                };
                let findings = [
                    part("Severity", severity),
                    part("Plan", plan),
                    part("What will be public", disclosure),
                ];
                let text = format!("Findings: {verdict}{}", findings.concat());
                self.say(entry, entry.by.clone(), Side::To, &text);
            }
            Event::Redacted { of, text, why } => self.copies.push(Copied {
                of: of.clone(),
                text: text.clone(),
                why: why.clone(),
                by: entry.by.clone(),
                at: entry.at,
                own: entry.case.is_none(),
            }),
            Event::Flagged { flag, .. } if !self.flags.contains(flag) => {
                self.flags.push(*flag);
                if *flag == Flag::ContainsPii {
                    (self.retitled, self.resummed, self.entrusted) = (false, false, None);
                }
            }
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
            Event::ValidationAsked { reporter } => {
                self.validations.retain(|known| known.reporter != *reporter);
                self.validations.push(Validation {
                    reporter: reporter.clone(),
                    asked: entry.at,
                    answer: None,
                });
            }
            Event::ValidationAnswered { reporter, answer, .. } => {
                let mut asked = self.validations.iter_mut();
                if let Some(known) = asked.find(|known| known.reporter == *reporter) {
                    known.answer = Some((*answer, entry.at));
                }
            }
            Event::DefectCreated { product, priority } => self.defects.push((product.clone(), *priority)),
            Event::SharedWithCert { cert } => self.certs.push(cert.clone()),
            Event::NotAffected { product, justification } => {
                self.justifications.push((product.clone(), justification.clone()));
            }
            Event::ScopeDecided { out, clause, exception } => {
                self.scope = Some((*out, clause.clone(), exception.clone()));
            }
            Event::MergedInto { case } => self.merged_into = Some(case.clone()),
            Event::Merged { case, .. } => {
                self.merged.push(case.clone());
                // Whoever was given this case was not given what came with the other one.
                self.entrusted = None;
            }
            Event::SplitFrom { case, .. } if entry.case.is_none() => self.split_from = Some(case.clone()),
            Event::SplitOff { case, reports, .. } => {
                self.split_off.push(case.clone());
                self.moved_reports.extend(reports.iter().cloned());
            }
            Event::Alias { id, by } => self.aliases.push((id.clone(), by.clone())),
            Event::Answered {
                clause,
                question,
                answer,
                why,
            } => self.answer(Answered {
                clause: clause.trim_start_matches('§').to_owned(),
                question: question.clone(),
                answer: *answer,
                why: why.clone(),
            }),
            Event::HandedOver { vendor, review_by, .. } => {
                self.vendors.retain(|known| known.vendor != *vendor);
                self.vendors.push(HandOver {
                    vendor: vendor.clone(),
                    at: entry.at,
                    review_by: *review_by,
                    answer: None,
                });
            }
            Event::VendorAnswered { vendor, answer, .. } => {
                if let Some(known) = self.vendors.iter_mut().find(|known| known.vendor == *vendor) {
                    known.answer = Some(*answer);
                }
            }
            Event::TaskDone { flag, .. } => self.tasks_done.push(*flag),
            Event::TaskReopened { flag, .. } => self.tasks_done.retain(|done| done != flag),
            Event::DuplicateOf { case } => self.duplicate_of = Some(case.clone()),
            Event::Closed {} => self.closed = true,
            Event::Reopened { .. } | Event::Appealed {} => {
                self.closed = false;
                self.duplicate_of = None;
            }
            _ => {}
        }
    }

    fn answer(&mut self, answered: Answered) {
        self.answers
            .retain(|known| known.clause != answered.clause || known.question != answered.question);
        self.answers.push(answered);
    }

    fn say(&mut self, entry: &Entry, by: String, side: Side, text: &str) {
        self.conversation.push(Message {
            seq: entry.seq,
            case: entry.case.clone(),
            at: entry.at,
            by,
            side,
            text: text.to_owned(),
        });
    }
}
