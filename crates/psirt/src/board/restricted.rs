//! Personal data: whose words and files only a few may read, and what everybody else is shown in their place (§N26).
//!
//! Owns which cases and reports are restricted, and who reads them all the same. Never hides that something is there, who sent it, or what
//! the team itself wrote. What the reporter sent stays readable in their own room.

use super::{Board, Case, Report};
use crate::case::view::{CaseView, Message, Side};
use crate::event::Flag;
use crate::house::Role;
use crate::house::mail::{Fate, Mail};

/// What a restricted title is replaced by, until the team gives another one.
pub const RESTRICTED_TITLE: &str = "Restricted: it holds personal data";

/// Whether a message may be a reporter's own words, or quote them: all but notes of people. A part of the program notes what a form or a
/// message says.
#[must_use]
pub fn may_quote(message: &Message) -> bool {
    message.side != Side::Inside || message.by.starts_with("candor:")
}

/// Longest chain of splits that is followed.
const MAX_SPLITS: usize = 32;

impl Board {
    /// Whether what reporters wrote and sent in a case is restricted: it is flagged, or it shares a report or its origin with a case that is.
    #[must_use]
    pub fn is_restricted(&self, case: &Case) -> bool {
        is_flagged(&case.view)
            || self.comes_from_flagged(case)
            || case.reports.iter().any(|stream| {
                let report = self.report(stream);
                report.is_some_and(|report| self.was_flagged_elsewhere(report))
            })
    }

    /// Whether a report, as a message and as a text, is restricted: in whatever case it is, or was.
    #[must_use]
    pub fn is_restricted_report(&self, report: &Report) -> bool {
        let report = self.goes_on_with(report);
        let handled = self.case_of_number(&report.number);
        self.was_flagged_elsewhere(report) || handled.is_some_and(|(_, case)| self.is_restricted(case))
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

    fn was_flagged_elsewhere(&self, report: &Report) -> bool {
        let own = self.own_case(&report.number).map(|(_, case)| case);
        let joined = report.case.as_deref().and_then(|stream| self.case(stream));
        [own, joined].into_iter().flatten().any(|case| is_flagged(&case.view))
    }

    fn comes_from_flagged(&self, case: &Case) -> bool {
        let mut origin = case.view.split_from.as_deref();
        for _ in 0..MAX_SPLITS {
            let Some((_, found)) = origin.and_then(|number| self.own_case(number)) else {
                return false;
            };
            if is_flagged(&found.view) {
                return true;
            }
            origin = found.view.split_from.as_deref();
        }
        false
    }
}

fn is_flagged(view: &CaseView) -> bool {
    view.flags.contains(&Flag::ContainsPii)
}
