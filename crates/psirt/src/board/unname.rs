//! A reporter is erased while the case stays: the id that the desk gave them is replaced by the number of their report.
//!
//! Owns where a reporter is named in the entries of a case. Never touches free text, or a name that was credited: they go with the case.

use super::{Board, Case};
use crate::case::merge;
use crate::case::number::Number;
use crate::event::{Entry, Event};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What a reporter is, where no id tells who.
const KINDS: [&str; 4] = ["external", "customer", "internal", "machine"];

impl Board {
    /// A report loses its sender, and whoever sent it the id under which cases knew them.
    pub(super) fn unname(&mut self, report: &str, recorded: Timestamp) {
        let over = self.shelf.case_of(report).map(str::to_owned);
        if let Some(case) = &over {
            self.take_down(case);
        }
        let Some(known) = self.reports.get_mut(report) else {
            return;
        };
        known.from.clear();
        let (number, case) = (known.number.clone(), known.case.clone().unwrap_or_default());
        let found = self.named_in(report, &number, &case);
        let brought = found.iter().filter_map(|(stream, _)| self.case(stream)).flat_map(names);
        let brought: BTreeSet<String> = brought.collect();
        let others = |(stream, _): &(String, Reporter)| self.others(stream, report);
        let others: Vec<BTreeSet<String>> = found.iter().map(others).collect();
        for ((stream, reporter), others) in found.into_iter().zip(others) {
            let was_over = self.take_down(&stream);
            if let Some(case) = self.cases.get_mut(&stream) {
                reporter.forget(case, &number, &others, &brought);
            }
            self.lag(&stream);
            if was_over {
                self.put_away_if_over(&stream, recorded);
            }
            self.lag_tied(&stream, recorded);
        }
        self.lag(&case);
        if let Some(case) = over {
            self.put_away_if_over(&case, recorded);
        }
    }

    /// The entry that brought a report's reporter into a case; none if that was in the case from which this one was split.
    #[must_use]
    pub fn arrival<'a>(&self, case: &'a Case, report: &str) -> Option<&'a Entry> {
        let inherited = case.entries.iter().find_map(|entry| match &entry.event {
            Event::SplitFrom { reports, .. } => Some(reports.len()),
            _ => None,
        });
        let index = case.reports.iter().position(|stream| stream == report)?;
        let index = index.checked_sub(inherited.unwrap_or(0))?;
        arrivals(case).nth(index)
    }

    /// What a case calls the reporters that it sees, but for the one of this report.
    fn others(&self, stream: &str, report: &str) -> BTreeSet<String> {
        let Some(case) = self.case(stream) else {
            return BTreeSet::new();
        };
        let of_report = |arrival: &merge::Arrival| {
            let source = self.own_case(&arrival.source);
            let brought = source.and_then(|(_, source)| self.arrival(source, report));
            brought.is_some_and(|entry| entry.seq == arrival.seq)
        };
        let seen = merge::arrivals(case.part(), &|number| self.part(number));
        let others = seen.into_iter().filter(|arrival| !of_report(arrival));
        others.flat_map(|other| both(&other.name)).collect()
    }

    /// The cases whose entries may name the reporter of a report, each with how it does. A case that the report joined has a name of its
    /// own for them; cases that were split or merged share theirs.
    fn named_in(&self, report: &str, number: &str, current: &str) -> Vec<(String, Reporter)> {
        let own = self.case_numbers.get(number).map(|own| own.to_string());
        let mut waiting: Vec<(String, Option<String>)> = vec![(current.to_owned(), None)];
        waiting.extend(own.map(|own| (own, None)));
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        while let Some((stream, shared)) = waiting.pop() {
            let Some(case) = self.case(&stream).filter(|_| !seen.contains(&stream)) else {
                continue;
            };
            let brought = self.arrival(case, report).and_then(|entry| name(&entry.event));
            let name = brought.map(str::to_owned).or(shared);
            for entry in &case.entries {
                let (other, shares) = match &entry.event {
                    Event::DuplicateOf { case } => (case, None),
                    Event::SplitFrom { case, .. }
                    | Event::SplitOff { case, .. }
                    | Event::Merged { case, .. }
                    | Event::MergedInto { case } => (case, name.clone()),
                    _ => continue,
                };
                let other = self.case_numbers.get(other.as_str());
                waiting.extend(other.map(|other| (other.to_string(), shares)));
            }
            seen.insert(stream.clone());
            let shared = brought.is_none();
            found.extend(name.map(|name| (stream, Reporter { name, shared })));
        }
        found
    }
}

/// The entries that brought the reporters of a case, in the order of its reports.
fn arrivals(case: &Case) -> impl Iterator<Item = &Entry> {
    let brings = |entry: &&Entry| matches!(entry.event, Event::Received { .. } | Event::ReportJoined { .. });
    case.entries.iter().filter(brings)
}

/// The names that reports brought into a case, with their kind and without.
fn names(case: &Case) -> impl Iterator<Item = String> {
    let brought = arrivals(case).filter_map(|entry| name(&entry.event));
    brought.flat_map(both)
}

/// A name with its kind, and without.
fn both(name: &str) -> impl Iterator<Item = String> + use<> {
    let id = name.split_once(':').map(|(_, id)| id.trim().to_owned());
    [Some(name.to_owned()), id].into_iter().flatten()
}

/// A reporter as the entries of one case name them.
struct Reporter {
    /// As the report brought them: `customer:c-17`.
    name: String,
    /// Whether that was in another case, which shares its entries with this one.
    shared: bool,
}

impl Reporter {
    /// Replaces the name, with its kind or without, by the number of the report. `others` are what this case calls its other reporters,
    /// `brought` the names that reports brought into this case and into those that share its entries.
    fn forget(&self, case: &mut Case, number: &str, others: &BTreeSet<String>, brought: &BTreeSet<String>) {
        let (kind, id) = match self.name.split_once(':') {
            Some((kind, id)) if KINDS.contains(&kind) => (kind, id.trim()),
            _ if KINDS.contains(&self.name.as_str()) => return,
            _ => (KINDS[0], self.name.as_str()),
        };
        let here: BTreeSet<String> = names(case).collect();
        let is_me = |called: &str| called == self.name || called == id;
        let is_meant = |named: &str| {
            // The reporter of a merged case carries its number, where the other case has one of the same name.
            let merged = named
                .rsplit_once('.')
                .is_some_and(|(called, case)| is_me(called) && Number::parse(case).is_ok());
            // Somebody else's report may have brought the same name here: then it is theirs.
            match is_me(named) {
                true => !(self.shared && (here.contains(named) || others.contains(named))),
                false => merged && !brought.contains(named) && !others.contains(named),
            }
        };
        let forget = |entry: &mut Entry| {
            if let Event::SeenLate {
                subject: Some(subject), ..
            } = &mut entry.event
            {
                if is_meant(subject) {
                    number.clone_into(subject);
                }
            } else if let Some(named) = named(&mut entry.event).filter(|named| is_meant(named)) {
                *named = format!("{kind}:{number}");
            }
        };
        case.entries.change(forget);
    }
}

/// The reporter whom an event brings.
fn name(event: &Event) -> Option<&str> {
    match event {
        Event::Received { by: name } | Event::ReportJoined { reporter: name, .. } => name.as_deref(),
        _ => None,
    }
}

/// Where an event names a reporter.
fn named(event: &mut Event) -> Option<&mut String> {
    match event {
        Event::Received { by: name }
        | Event::ReportJoined { reporter: name, .. }
        | Event::Acknowledged { reporter: name }
        | Event::ReportedBack { reporter: name }
        | Event::ValidationAsked { reporter: name }
        | Event::ValidationAnswered { reporter: name, .. }
        | Event::Credit { reporter: name, .. }
        | Event::Messaged { reporter: name, .. } => name.as_mut(),
        Event::EmbargoProposed { by, .. } | Event::EmbargoAccepted { by } | Event::EmbargoDeclined { by, .. } => {
            Some(by)
        }
        _ => None,
    }
}
