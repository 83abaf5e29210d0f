//! A reporter is erased while the case stays: the id that the desk gave them is replaced by the number of their report.
//!
//! Owns where a reporter is named in the entries of a case. Never touches free text, or a name that was credited: they go with the case.

use super::{Board, Case};
use crate::case::merge;
use crate::case::number::Number;
use crate::event::{Entry, Event};
use crate::house::{Erasure, Named};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What a reporter is, where no id tells who.
const KINDS: [&str; 4] = ["external", "customer", "internal", "machine"];

impl Board {
    /// Reports lose their sender, and whoever sent them the id under which cases knew them.
    pub(super) fn unname(&mut self, gone: &Erasure, recorded: Timestamp) {
        for report in &gone.streams {
            let named = match &gone.named {
                Some(_) => Vec::new(),
                None => self.naming(report),
            };
            self.forget_sender(report, recorded);
            self.forget_names(&named, recorded);
        }
        self.forget_names(gone.named.as_deref().unwrap_or_default(), recorded);
    }

    fn forget_sender(&mut self, report: &str, recorded: Timestamp) {
        self.rooms.close(report);
        let over = self.shelf.case_of(report).map(str::to_owned);
        if let Some(case) = &over {
            self.take_down(case);
        }
        if let Some(known) = self.reports.get_mut(report) {
            known.from.clear();
            known.portal = None;
            known.book.clear();
            if let Some(mail) = &mut known.mail {
                mail.forget_sender();
            }
            let case = known.case.clone().unwrap_or_default();
            self.lag(&case);
        }
        if let Some(case) = over {
            self.put_away_if_over(&case, recorded);
        }
    }

    fn forget_names(&mut self, named: &[Named], recorded: Timestamp) {
        for Named {
            number,
            case: stream,
            kind,
            entries,
        } in named
        {
            let was_over = self.take_down(stream);
            if let Some(case) = self.cases.get_mut(stream) {
                case.entries.change(|entry| {
                    if entries.contains(&entry.seq) {
                        forget(&mut entry.event, kind, number);
                    }
                });
            }
            self.lag(stream);
            if was_over {
                self.put_away_if_over(stream, recorded);
            }
            self.lag_tied(stream, recorded);
        }
    }

    /// The entries that name who sent a report, in every case that does, for whoever erases them.
    #[must_use]
    pub fn naming(&self, report: &str) -> Vec<Named> {
        let Some(known) = self.report(report) else {
            return Vec::new();
        };
        let found = self.named_in(report, &known.number, known.case.as_deref().unwrap_or_default());
        let brought = found.iter().filter_map(|(stream, _)| self.case(stream)).flat_map(names);
        let brought: BTreeSet<String> = brought.collect();
        let named = found.into_iter().filter_map(|(stream, reporter)| {
            let others = self.others(&stream, report);
            let (kind, entries) = reporter.named_by(self.case(&stream)?, &known.number, &others, &brought)?;
            Some(Named {
                number: known.number.clone(),
                case: stream,
                kind: kind.to_owned(),
                entries,
            })
        });
        named.filter(|named| !named.entries.is_empty()).collect()
    }

    /// The entry that brought a report's reporter into a case; none if that was in the case from which this one was split.
    #[must_use]
    pub fn arrival<'a>(&self, case: &'a Case, report: &str) -> Option<&'a Entry> {
        let number = &self.report(report)?.number;
        arrivals(case).find(|entry| entry.report.as_ref() == Some(number))
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
    /// What the reporter is, and the entries of a case that mean them, with their kind or without; none where no id tells who. An entry that
    /// says which report it concerns means that one's; of the rest, `others` are what this case calls its other reporters, `brought` the
    /// names that reports brought into this case and into those that share its entries.
    fn named_by(
        &self,
        case: &Case,
        number: &str,
        others: &BTreeSet<String>,
        brought: &BTreeSet<String>,
    ) -> Option<(&str, Vec<u32>)> {
        let (kind, id) = match self.name.split_once(':') {
            Some((kind, id)) if KINDS.contains(&kind) => (kind, id.trim()),
            _ if KINDS.contains(&self.name.as_str()) => return None,
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
        let means = |entry: &&Entry, named: &str| match &entry.report {
            Some(report) => report == number,
            None => is_meant(named),
        };
        let meant = case
            .entries
            .iter()
            .filter(|entry| named(&mut entry.event.clone()).is_some_and(|named| means(entry, named)));
        Some((kind, meant.map(|entry| entry.seq).collect()))
    }
}

/// The number of the report stands where the name stood.
fn forget(event: &mut Event, kind: &str, number: &str) {
    let called = match event {
        Event::SeenLate { .. } => number.to_owned(),
        _ => format!("{kind}:{number}"),
    };
    if let Some(name) = named(event) {
        *name = called;
    }
}

/// The reporter whom an event brings.
fn name(event: &Event) -> Option<&str> {
    match event {
        Event::Received { by: name } | Event::ReportJoined { reporter: name, .. } => name.as_deref(),
        _ => None,
    }
}

/// The reporter whom an event names.
fn named(event: &mut Event) -> Option<&mut String> {
    match event {
        Event::SeenLate { subject: name, .. }
        | Event::Received { by: name }
        | Event::ReportJoined { reporter: name, .. }
        | Event::Acknowledged { reporter: name }
        | Event::InfoRequested { reporter: name, .. }
        | Event::InfoReceived { reporter: name }
        | Event::ReportedBack { reporter: name, .. }
        | Event::Waived { reporter: name, .. }
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
