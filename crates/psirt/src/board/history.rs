//! What a case's clocks see: its own entries, those of cases merged with it or split from it, and those of its lines.
//!
//! Owns the fold of a case. What belongs to which case is decided by `case::merge`; nothing is moved or kept here.

use super::house::{lines_named, lines_of};
use super::{Board, Case};
use crate::case::embargo::Embargo;
use crate::case::merge::{self, Part};
use crate::case::rescue::{self, Promised};
use crate::case::view::CaseView;
use crate::clock::facts::CaseFacts;
use crate::event::{Entry, Event, Fixes};
use crate::story::ProductLine;
use jiff::Timestamp;

/// A line's entries are numbered from here on where a case folds them in, so that they never meet the case's own places.
const LINE_ENTRIES_FROM: u32 = 1_000_000;

impl Board {
    /// A case's entries with those of the cases that were merged with it, and without what was split off.
    #[must_use]
    pub fn history(&self, case: &Case) -> Vec<Entry> {
        self.history_if(case, &[])
    }

    /// The same, if other cases were as they are given here.
    fn history_if(&self, case: &Case, others: &[&Case]) -> Vec<Entry> {
        merge::gather(case.part(), &|number| {
            let other = others.iter().find(|other| other.number == number);
            other.map(|other| other.part()).or_else(|| self.part(number))
        })
    }

    /// What would be promised for a case with these entries, if other cases were as they are given here.
    #[must_use]
    pub fn promised_if(&self, case: &Case, others: &[&Case], now: Timestamp) -> Vec<Promised> {
        rescue::promised(&self.house.obligations(&self.facts_if(case, others), now))
    }

    /// What would be promised for a case if this entry of a line had not been recorded.
    #[must_use]
    pub fn promised_without(&self, case: &Case, of_line: &Entry, now: Timestamp) -> Vec<Promised> {
        let history = self.history(case);
        let lines = self.house.lines_of_case(case, &lines_of(&history).collect::<Vec<_>>());
        let other = |entry: &Entry| entry.seq != of_line.seq || entry.event.product() != of_line.event.product();
        let entries = self.with_line_entries(case, history, &lines, other);
        let facts = CaseFacts::fold(&lines, &entries, Timestamp::MAX);
        rescue::promised(&self.house.obligations(&facts, now))
    }

    /// The facts that a case with these entries would have, if other cases were as they are given here.
    #[must_use]
    pub fn facts_if(&self, case: &Case, others: &[&Case]) -> CaseFacts {
        let (lines, entries) = self.seen_by_clocks(case, &self.history_if(case, others));
        CaseFacts::fold(&lines, &entries, Timestamp::MAX)
    }

    /// A case's facts with the lines that an event names: what the event is judged on, before it is recorded.
    #[must_use]
    pub fn facts_for(&self, case: &Case, event: &Event) -> CaseFacts {
        let (lines, entries) = self.history_for(case, event);
        CaseFacts::fold(&lines, &entries, Timestamp::MAX)
    }

    /// The lines and entries behind those facts.
    #[must_use]
    pub fn history_for(&self, case: &Case, event: &Event) -> (Vec<ProductLine>, Vec<Entry>) {
        let history = self.history(case);
        let named = lines_of(&history).chain(lines_named(event));
        let lines = self.house.lines_of_case(case, &named.collect::<Vec<_>>());
        let entries = self.with_line_entries(case, history, &lines, |_| true);
        (lines, entries)
    }

    /// A case put together of its parts, and folded as one of this board.
    #[must_use]
    pub fn folded_case(&self, number: &str, brand: &str, reports: &[String], entries: Vec<Entry>) -> Case {
        let mut case = Case {
            number: number.to_owned(),
            brand: brand.to_owned(),
            reports: reports.to_vec(),
            entries: entries.into(),
            ..Case::default()
        };
        self.fold(&mut case);
        case
    }

    /// Brings what is folded of a case up to its entries.
    pub(super) fn fold(&self, case: &mut Case) {
        let history = self.history(case);
        let (lines, entries) = self.seen_by_clocks(case, &history);
        case.facts = CaseFacts::fold(&lines, &entries, Timestamp::MAX);
        let mut standing: Vec<Entry> = merge::standing(&history);
        standing.sort_by_key(|entry| (entry.recorded, entry.seq));
        case.view = CaseView::fold(&standing);
        case.embargo = Embargo::fold(&standing);
    }

    /// The lines of a case, and every entry that its clocks see.
    pub(super) fn seen_by_clocks(&self, case: &Case, history: &[Entry]) -> (Vec<ProductLine>, Vec<Entry>) {
        let lines = self.house.lines_of_case(case, &lines_of(history).collect::<Vec<_>>());
        let entries = self.with_line_entries(case, history.to_vec(), &lines, |_| true);
        (lines, entries)
    }

    /// What happened to a line, as a case sees it: a release holds the case's fix if it names the case, and not if it names others.
    #[must_use]
    pub fn seen_of_line(&self, case: &Case, entry: &Entry) -> Entry {
        seen_under(&self.names(case), entry)
    }

    /// Cases whose fix a release of a line holds, open or over: those that it names, and those that took them in or came from them.
    #[must_use]
    pub fn fixed_by(&self, release: &Entry) -> Vec<&Case> {
        let Event::ReleaseShipped {
            fixes: Fixes::List(numbers),
            ..
        } = &release.event
        else {
            return Vec::new();
        };
        let mut waiting: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let mut found: Vec<&Case> = Vec::new();
        while let Some(number) = waiting.pop() {
            let Some((_, case)) = self
                .own_case(number)
                .filter(|_| !found.iter().any(|case| case.number == number))
            else {
                continue;
            };
            found.push(case);
            let tied = self.ties.get(number).into_iter().flatten();
            waiting.extend(tied.filter_map(|stream| Some(self.found(stream)?.1.number.as_str())));
        }
        let holds = |entry: &Entry| matches!(&entry.event, Event::ReleaseShipped { fixes, .. } if fixes.holds());
        found.retain(|case| holds(&self.seen_of_line(case, release)));
        found
    }

    /// Adds what counts of what happened to the lines of a case. A release that names the case holds its fix.
    fn with_line_entries(
        &self,
        case: &Case,
        mut entries: Vec<Entry>,
        lines: &[ProductLine],
        counts: impl Fn(&Entry) -> bool,
    ) -> Vec<Entry> {
        let names = self.names(case);
        let of_lines = lines
            .iter()
            .filter_map(|line| self.house.line_entries.get(&line.name))
            .flatten()
            .filter(|entry| counts(entry));
        entries.extend((LINE_ENTRIES_FROM..).zip(of_lines).map(|(seq, entry)| Entry {
            seq,
            ..seen_under(&names, entry)
        }));
        entries
    }

    /// The numbers by which releases name the fix of a case, each with the instant until which it did.
    fn names(&self, case: &Case) -> Vec<(String, Option<Timestamp>)> {
        merge::names(case.part(), &|number| self.part(number))
    }

    /// The case that has this number of its own, as it was recorded.
    pub(super) fn part(&self, number: &str) -> Option<Part<'_>> {
        let stream = self.case_numbers.get(number)?;
        let open = self.cases.get(&**stream).map(Case::part);
        open.or_else(|| self.shelf.part(stream))
    }
}

/// An entry of a line as a case with these names sees it.
fn seen_under(names: &[(String, Option<Timestamp>)], entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    let recorded = entry.recorded;
    if let Event::ReleaseShipped { fixes, .. } = &mut entry.event {
        let named = |numbers: &[String]| {
            names
                .iter()
                .any(|(name, until)| numbers.contains(name) && until.is_none_or(|until| recorded < until))
        };
        *fixes = Fixes::Case(matches!(fixes, Fixes::List(list) if named(list)));
    }
    entry
}

impl Case {
    /// As it was recorded.
    #[must_use]
    pub fn part(&self) -> Part<'_> {
        Part {
            number: &self.number,
            entries: &self.entries,
        }
    }
}
