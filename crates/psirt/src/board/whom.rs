//! Whom an entry concerns: the report behind what a case calls a reporter, while it is said.
//!
//! Owns the way from a name to a report's number, and back. What concerns one report is recorded with its number, so that no later merge, split
//! or join hands it to somebody else. Never guesses: a name that two reporters have, or nobody, is no report's.

use super::{Board, Case};
use crate::case::merge::{self, Arrival, is_called};
use crate::case::silence::{self, Silence};
use crate::event::Event;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Board {
    /// The number of the report whose reporter an event concerns, if it is recorded in a case now: of the one whom it names or, where it names
    /// nobody, of the only one there.
    #[must_use]
    pub fn report_concerned(&self, case: &Case, event: &Event) -> Option<String> {
        let named = match event {
            Event::EmbargoProposed { by, .. } | Event::EmbargoAccepted { by } | Event::EmbargoDeclined { by, .. } => {
                Some(by.as_str())
            }
            Event::Acknowledged { .. }
            | Event::InfoRequested { .. }
            | Event::InfoReceived { .. }
            | Event::ReportedBack { .. }
            | Event::ValidationAsked { .. }
            | Event::ValidationAnswered { .. }
            | Event::Credit { .. }
            | Event::Messaged { .. } => merge::concerns(event),
            Event::Appealed {} => None,
            _ => return None,
        };
        let there = self.arrivals(case);
        let Some(named) = named else { return only(&there) };
        let by_name: Vec<&Arrival> = there.iter().filter(|arrival| arrival.name == named).collect();
        if !by_name.is_empty() {
            return only(by_name);
        }
        only(there.iter().filter(|arrival| is_called(&arrival.name, named)))
    }

    /// What a case calls the reporter of the report with this number; none if that report is not part of it.
    #[must_use]
    pub fn reporter_called(&self, case: &Case, number: &str) -> Option<String> {
        let there = self.arrivals(case).into_iter();
        let mut theirs = there.filter(|arrival| arrival.report.as_deref() == Some(number));
        theirs.next().map(|arrival| arrival.name)
    }

    /// Whether the reporter of the report with this number was asked for something and has not answered.
    #[must_use]
    pub fn waits_for(&self, case: &Case, number: &str, now: Timestamp) -> bool {
        self.silence_of(case, number, now).is_some()
    }

    /// Since when the reporter of the report with this number is silent, of whom a case wants to know something.
    #[must_use]
    pub fn silence_of(&self, case: &Case, number: &str, now: Timestamp) -> Option<Silence> {
        let name = self.reporter_called(case, number)?;
        let index = case.facts.reporter_named(Some(&name))?;
        let mut silent = silence::all(&case.facts, now).into_iter();
        silent.find(|silence| silence.reporter == Some(index))
    }

    /// Every case that a report may have been handled in: those that it went through, and those that share their entries with one of them.
    #[must_use]
    pub fn trail(&self, report: &str) -> Vec<&Case> {
        let Some(known) = self.report(report) else {
            return Vec::new();
        };
        let own = self.case_numbers.get(known.number.as_str()).map(|own| &**own);
        let mut waiting: Vec<&str> = known.case.as_deref().into_iter().chain(own).collect();
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        while let Some(stream) = waiting.pop() {
            let Some((stream, case)) = self.found(stream).filter(|(stream, _)| !seen.contains(stream)) else {
                continue;
            };
            seen.insert(stream);
            for entry in &case.entries {
                let (Event::DuplicateOf { case: other }
                | Event::SplitFrom { case: other, .. }
                | Event::SplitOff { case: other, .. }
                | Event::Merged { case: other, .. }
                | Event::MergedInto { case: other }) = &entry.event
                else {
                    continue;
                };
                waiting.extend(self.case_numbers.get(other.as_str()).map(|other| &**other));
            }
            found.push(case);
        }
        found
    }

    fn arrivals(&self, case: &Case) -> Vec<Arrival> {
        merge::arrivals(case.part(), &|number| self.part(number))
    }
}

/// The report that all of them came with.
fn only<'a>(arrivals: impl IntoIterator<Item = &'a Arrival>) -> Option<String> {
    let mut reports = arrivals.into_iter().map(|arrival| arrival.report.as_deref());
    let first = reports.next()??;
    reports.all(|other| other == Some(first)).then(|| first.to_owned())
}
