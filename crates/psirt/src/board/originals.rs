//! Personal data does not stay: what reporters wrote and sent in a case that was flagged is destroyed so long after the case is over (§N26).
//!
//! Owns what an original is, until when originals are kept, what keeps them longer, and what is left of a case without them. Redacted copies,
//! notes of people and all that clocks see stay. Never destroys a key: whoever works does.

use super::{Board, Case, Report};
use crate::clock::length::{self, Counting};
use crate::event::{Event, Flag, Kind};
use crate::house::Erasure;
use crate::policy::length::{Length, Unit};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How long originals are kept where a policy says nothing: a month leaves time to appeal, and is not longer than backups keep their keys.
pub const KEPT: Length = Length {
    count: 30,
    unit: Unit::Days,
};

/// Who destroys originals and says so. What it says is no original.
pub const RETENTION: &str = "candor:retention";

/// How parts of the program are called.
const PART: &str = "candor:";

/// Until when the originals of a case are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Somebody still works on it, or on one that shares the words: so long after the end of both.
    AfterTheEnd(Length),
    /// The case is over.
    Until(Timestamp),
    /// Its time is over, and something keeps them.
    Held(&'static str),
}

/// Cases that share words, and what is destroyed of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Originals {
    /// The streams of the cases, with their numbers.
    pub cases: Vec<(String, String)>,
    /// The streams of their reports, and of messages that go on with one, with their numbers.
    pub reports: Vec<(String, String)>,
}

/// Whether an entry holds what a reporter wrote or sent, or what may quote it. A part of the program repeats what a form or a message says.
#[must_use]
pub fn is_original(by: &str, event: &Event) -> bool {
    match event {
        Event::Messaged { .. } | Event::Attached { .. } => true,
        Event::Titled { .. } | Event::Noted { .. } => by.starts_with(PART) && by != RETENTION,
        _ => false,
    }
}

impl Board {
    /// How often the originals of a stream were destroyed: what came after that is under another key.
    #[must_use]
    pub fn times_destroyed(&self, stream: &str) -> usize {
        let gone = self.house.destroyed.iter();
        gone.filter(|gone| gone.streams.iter().any(|other| other == stream))
            .count()
    }

    /// Until when the originals of a case are kept; none where it is not flagged, or nothing is left of them.
    #[must_use]
    pub fn originals_kept(&self, case: &Case, now: Timestamp) -> Option<Kept> {
        let cases = self.with_family(case);
        let is_flagged = |case: &&Case| case.view.flags.contains(&Flag::ContainsPii);
        let last = self.last_original(&cases)?;
        let longest = |a: Length, b: Length| {
            if b.longest_minutes() > a.longest_minutes() {
                b
            } else {
                a
            }
        };
        let kept = cases
            .iter()
            .copied()
            .filter(is_flagged)
            .map(|case| self.kept_by_policy(case));
        let kept = kept.reduce(longest)?;
        let mut ends = Vec::new();
        for case in &cases {
            match self.over_since(case, now) {
                Some(since) => ends.push(since),
                None => return Some(Kept::AfterTheEnd(kept)),
            }
        }
        // Nobody loses what was flagged, or came, only after the end before they could look.
        let flagged = cases.iter().copied().filter(is_flagged).filter_map(flagged_since);
        let since = ends.into_iter().chain(flagged).chain([last]).max()?;
        let policy = self.policy_of(case);
        let utc = TimeZone::UTC;
        let counting = Counting {
            zone: policy.map_or(&utc, |policy| &policy.front.zone),
            day_ends: policy.map_or(jiff::civil::Time::MAX, |policy| policy.front.day_ends),
            calendar: None,
        };
        let until = length::add(since, kept, &counting).map_or(Timestamp::MAX, |due| due.at);
        if now <= until {
            return Some(Kept::Until(until));
        }
        let bound = |case: &Case| case.embargo.ended.is_none() && !case.embargo.accepted.is_empty();
        let threat = |case: &Case| {
            let view = &case.view;
            view.flags.contains(&Flag::Extortion) && !view.tasks_done.contains(&Flag::Extortion)
        };
        if cases.iter().any(|case| bound(case)) {
            return Some(Kept::Held("an embargo was agreed, and others rely on it; end it first"));
        }
        if cases.iter().any(|case| threat(case)) {
            return Some(Kept::Held(
                "the task of the flag `extortion` is open; it may be evidence",
            ));
        }
        Some(Kept::Until(until))
    }

    /// A case whose originals are to be destroyed by now.
    #[must_use]
    pub fn originals_due(&self, now: Timestamp) -> Option<&str> {
        let due = |stream: &&String| {
            let kept = self.case(stream).and_then(|case| self.originals_kept(case, now));
            matches!(kept, Some(Kept::Until(until)) if now > until)
        };
        self.personal.iter().find(due).map(String::as_str)
    }

    /// What is destroyed with the originals of a case.
    #[must_use]
    pub fn originals_of(&self, case: &Case) -> Originals {
        let mut originals = Originals::default();
        let own = self.own_case(&case.number);
        for (stream, case) in own.into_iter().chain(self.family(case)) {
            originals.cases.push((stream.to_owned(), case.number.clone()));
            for stream in &case.reports {
                let report = self.report(stream);
                originals
                    .reports
                    .extend(report.map(|report| (stream.clone(), report.number.clone())));
            }
        }
        originals.reports.sort();
        originals.reports.dedup();
        for (stream, message) in self.open_reports() {
            let home = &self.goes_on_with(message).number;
            if *home != message.number && originals.reports.iter().any(|(_, number)| number == home) {
                originals.reports.push((stream.to_owned(), message.number.clone()));
            }
        }
        originals
    }

    /// The cases lose their originals, and what lists show of them is taken anew.
    pub(super) fn forget_originals(&mut self, gone: &Erasure, recorded: Timestamp) {
        for stream in &gone.streams {
            let home = self.shelf.case_of(stream).map(str::to_owned);
            let case = home.unwrap_or_else(|| stream.clone());
            let was_over = self.take_down(&case);
            if let Some(report) = self.reports.get_mut(stream) {
                report.title.clear();
                report.text.clear();
                let case = report.case.clone().unwrap_or_default();
                self.lag(&case);
            }
            if let Some(case) = self.cases.get_mut(stream) {
                case.entries.keep(|entry| !is_original(&entry.by, &entry.event));
                self.lag(stream);
            }
            if was_over {
                self.put_away_if_over(&case, recorded);
            }
            self.lag_tied(&case, recorded);
        }
    }

    fn with_family<'a>(&'a self, case: &'a Case) -> Vec<&'a Case> {
        let family = self.family(case).map(|(_, other)| other);
        std::iter::once(case).chain(family).collect()
    }

    /// When the last original came; none where there are none.
    fn last_original(&self, cases: &[&Case]) -> Option<Timestamp> {
        let entries = cases.iter().flat_map(|case| &case.entries);
        let said = entries.filter(|entry| is_original(&entry.by, &entry.event));
        let streams = cases.iter().flat_map(|case| &case.reports);
        let is_left = |(stream, report): &(&String, &Report)| {
            let raw = report.blob.is_some() && self.times_destroyed(stream) == 0;
            raw || !report.title.is_empty() || !report.text.is_empty()
        };
        let reports = streams.filter_map(|stream| Some((stream, self.report(stream)?)));
        let arrived = reports.filter(is_left).filter_map(|(_, report)| report.at);
        said.map(|entry| entry.recorded).chain(arrived).max()
    }

    fn kept_by_policy(&self, case: &Case) -> Length {
        let notices = self.policy_of(case).map_or(&[][..], |policy| &policy.notices);
        let notice = notices.iter().find(|notice| notice.flag == Some(Flag::ContainsPii));
        notice.and_then(|notice| notice.keep).unwrap_or(KEPT)
    }

    /// Since when nobody works on a case; none while somebody does.
    #[must_use]
    pub fn over_since(&self, case: &Case, now: Timestamp) -> Option<Timestamp> {
        if case.view.merged_into.is_none() && self.phase(case, now).open() {
            return None;
        }
        let ends = |kind| {
            matches!(
                kind,
                Kind::Closed | Kind::Rejected | Kind::DuplicateOf | Kind::MergedInto | Kind::Retracted
            )
        };
        let entries = || case.entries.iter();
        let ended = entries().filter(|entry| ends(entry.event.kind()));
        let ended = ended.map(|entry| entry.recorded).max();
        ended.or_else(|| entries().map(|entry| entry.recorded).max())
    }
}

/// Whether an event flags a case as holding personal data.
pub(super) fn is_flag(event: &Event) -> bool {
    matches!(event, Event::Flagged { flag, .. } if *flag == Flag::ContainsPii)
}

/// When a case was flagged last.
fn flagged_since(case: &Case) -> Option<Timestamp> {
    let flags = case.entries.iter().filter(|entry| is_flag(&entry.event));
    flags.map(|entry| entry.recorded).max()
}
