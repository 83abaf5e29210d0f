//! Personal data: whose words and files only a few may read, and what everybody else is shown in their place (§N26).
//!
//! Owns which cases share words, which of them and of their reports are restricted, and who reads them all the same. Never hides that something is there, who sent it, or what
//! the team itself wrote. What the reporter sent stays readable in their own room.

use super::originals::RETENTION;
use super::{Board, Case, Report};
use crate::case::merge::identity;
use crate::case::view::{CaseView, Copied, File, Message, Side};
use crate::event::{Entry, Event, Flag};
use crate::house::Role;
use crate::house::mail::{Fate, Mail};

/// What a restricted title is replaced by, until the team gives another one.
pub const RESTRICTED_TITLE: &str = "Restricted: it holds personal data";

/// A message as a redaction names it: by the number of the case in which it was recorded, and its place there.
#[must_use]
pub fn place_of(case: &Case, message: &Message) -> String {
    let recorded_in = message.case.as_ref().unwrap_or(&case.number);
    identity(Some(recorded_in), message.seq)
}

/// A file as a redaction names it: by the place of the entry that brought it, because its name may be restricted, too.
#[must_use]
pub fn place_of_file(case: &Case, file: &File) -> Option<String> {
    let is_it = |entry: &&Entry| matches!(&entry.event, Event::Attached { blob, .. } if *blob == file.blob);
    let brought = case.entries.iter().find(is_it)?;
    let recorded_in = brought.case.as_ref().unwrap_or(&case.number);
    Some(identity(Some(recorded_in), brought.seq))
}

/// The redacted copy of a message, or of the text of a report by its number; the last one, if there are several: it says least. Two may have
/// one instant, after a clock that stood back.
#[must_use]
pub fn copy_of<'a>(case: &'a Case, place: &str) -> Option<&'a Copied> {
    let copies = case.view.copies.iter().filter(|copy| copy.of == place);
    copies.max_by_key(|copy| (copy.at, copy.own))
}

/// Redacted copies of what is no longer there: originals go, and their copies stay. Of each the last one.
#[must_use]
pub fn copies_left<'a>(case: &'a Case, is_there: &dyn Fn(&str) -> bool) -> Vec<&'a Copied> {
    let gone = case.view.copies.iter().filter(|copy| !is_there(&copy.of));
    gone.filter(|copy| copy_of(case, &copy.of).is_some_and(|last| last == *copy))
        .collect()
}

/// Whether a message may be a reporter's own words, or quote them: all but notes of people. A part of the program notes what a form or a
/// message says.
#[must_use]
pub fn may_quote(message: &Message) -> bool {
    let repeats = message.by.starts_with("candor:") && message.by != RETENTION;
    message.side != Side::Inside || repeats
}

impl Board {
    /// Whether what reporters wrote and sent in a case is restricted: it is flagged, or one of its family is.
    #[must_use]
    pub fn is_restricted(&self, case: &Case) -> bool {
        is_flagged(&case.view) || self.family(case).any(|(_, other)| is_flagged(&other.view))
    }

    /// Whether a report, as a message and as a text, is restricted: in whatever case it is, or was.
    #[must_use]
    pub fn is_restricted_report(&self, report: &Report) -> bool {
        let mut cases = self.cases_of(self.goes_on_with(report));
        cases.any(|(_, case)| self.is_restricted(case))
    }

    /// The cases that a case shares words with: its reports were in them, or are; it was split, or merged; and so on from each of them.
    pub(super) fn family<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = (&'a str, &'a Case)> {
        let (mut found, mut next) = (Vec::<(&str, &Case)>::new(), 0);
        let mut looked_at = case;
        loop {
            for (stream, relative) in self.relatives(looked_at) {
                let known = |number: &str| relative.number == number;
                if !known(&case.number) && !found.iter().any(|(_, case)| known(&case.number)) {
                    found.push((stream, relative));
                }
            }
            let Some((_, relative)) = found.get(next) else { break };
            (looked_at, next) = (*relative, next + 1);
        }
        found.into_iter()
    }

    /// Cases that a case shares words with at first hand; perhaps itself.
    pub(super) fn relatives<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = (&'a str, &'a Case)> {
        let view = &case.view;
        let split = view.split_from.iter().chain(&view.split_off);
        let merged = view.merged_into.iter().chain(&view.merged);
        let named = split.chain(merged).filter_map(|number| self.own_case(number));
        let reports = case.reports.iter().filter_map(|stream| self.report(stream));
        named.chain(reports.flat_map(|report| self.cases_of(report)))
    }

    /// The case that a report opened, and the one that it is in.
    fn cases_of<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = (&'a str, &'a Case)> {
        let own = self.own_case(&report.number);
        let joined = report
            .case
            .as_deref()
            .filter(|stream| own.is_none_or(|(own, _)| own != *stream));
        let joined = joined.and_then(|stream| Some((stream, self.case(stream)?)));
        own.into_iter().chain(joined)
    }

    /// The report that a message goes on with: one that answers, or one that brings a letter of ours back. Else itself.
    #[must_use]
    pub fn goes_on_with<'a>(&'a self, message: &'a Report) -> &'a Report {
        let home = match message.mail.as_deref().and_then(Mail::fate) {
            Some(
                Fate::Reply { report }
                | Fate::Undelivered {
                    report: Some(report), ..
                },
            ) => self.report(report),
            _ => None,
        };
        home.unwrap_or(message)
    }

    /// Whether this person reads what is restricted in a case: a lead does, and an analyst to whom a lead gave the case after it was flagged.
    #[must_use]
    pub fn reads_restricted(&self, case: &Case, person: &str) -> bool {
        let role = |id: &str| self.house.people.get(id).map(|person| person.role);
        let is_lead = |id: &str| role(id) == Some(Role::Lead);
        let given = case.view.entrusted.as_ref().is_some_and(|entrusted| {
            let mut givers = [Some(&entrusted.by), entrusted.approved_by.as_ref()]
                .into_iter()
                .flatten();
            entrusted.person == person && givers.any(|giver| is_lead(giver))
        });
        is_lead(person) || (given && role(person) == Some(Role::Analyst))
    }

    /// That something of a case is restricted, by which clause, and whom to ask.
    #[must_use]
    pub fn restriction(&self, case: &Case) -> String {
        let people = self.house.people.values();
        let readers = people.filter(|person| self.reads_restricted(case, &person.id));
        let readers: Vec<&str> = readers.map(|person| person.id.as_str()).collect();
        let policy = self.policy_of(case);
        let clause = policy.and_then(|policy| {
            let notice = policy
                .notices
                .iter()
                .find(|notice| notice.flag == Some(Flag::ContainsPii))?;
            Some(format!(" (§{})", notice.clause))
        });
        let clause = clause.unwrap_or_default();
        match readers.as_slice() {
            [] => format!("This is restricted, because the case holds personal data{clause}. A lead may read it."),
            readers => format!(
                "This is restricted, because the case holds personal data{clause}. Ask who may read it: {}.",
                readers.join(", ")
            ),
        }
    }

    /// The title of a report for everybody who reads cases.
    #[must_use]
    pub fn report_title<'a>(&self, report: &'a Report) -> &'a str {
        if self.is_restricted_report(report) {
            RESTRICTED_TITLE
        } else {
            &report.title
        }
    }

    /// The title and the summary that the desk gave a case: of a restricted one those that came after the flag, because what was said before
    /// may be the reporter's own words.
    #[must_use]
    pub fn given_title<'a>(&self, case: &'a Case) -> (&'a str, &'a str) {
        let view = &case.view;
        if !self.is_restricted(case) {
            return (&view.title, &view.summary);
        }
        let title = if view.retitled { view.title.as_str() } else { "" };
        let summary = if view.resummed { view.summary.as_str() } else { "" };
        (title, summary)
    }
}

fn is_flagged(view: &CaseView) -> bool {
    view.flags.contains(&Flag::ContainsPii)
}
