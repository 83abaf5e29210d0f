//! A case at a glance: what lists, filters, search and counts ask of it, without its proofs.
//!
//! Owns until when a glance holds. Nothing of it is stored (law 4): it is computed from the case again when the case changed, or when an
//! instant has passed after which a date or a state may differ.

use super::restricted::may_quote;
use super::{Board, Case, Stamp};
use crate::case::phase::Phase;
use crate::case::silence;
use crate::clock::facts::{CaseFacts, LineFacts};
use crate::clock::length::{self, Counting};
use crate::clock::timeline::{self, Subject};
use crate::clock::{Obligation, State, groups};
use crate::event::Kind;
use crate::policy::fact::{Fact, Value};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A glance is taken anew after this time, whatever happened.
const HOLDS_AT_MOST: SignedDuration = SignedDuration::from_hours(1);

/// A case at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Glance {
    /// Its tracking number.
    pub number: Box<str>,
    /// What it is called.
    pub title: Box<str>,
    /// Its brand.
    pub brand: Box<str>,
    /// Its phase.
    pub phase: Phase,
    /// The policy that governs it: its place among the adopted ones.
    pub policy: Option<u16>,
    /// The policy's band.
    pub band: Option<Value>,
    /// When its first report came.
    pub opened: Option<Timestamp>,
    /// Lines that are affected, or may be.
    pub lines: Box<[Box<str>]>,
    /// What search looks through, in lower case.
    pub text: Box<str>,
    /// How its promises ended so far.
    pub ended: Box<[Ended]>,
    /// Its open promises with a date: one for each that differ by more than their subject. In the order of [`groups`].
    #[serde(skip)]
    pub dues: Box<[DueAt]>,
    /// The last instant at which all this holds, unless something happens.
    #[serde(skip)]
    through: Stamp<Timestamp>,
}

/// An open promise with a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueAt {
    /// The last instant at which it is kept.
    pub due: Timestamp,
    /// What ends it.
    pub ends: Kind,
    /// How it stands.
    pub state: State,
}

/// How a promise ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The place of its policy among the adopted ones.
    pub policy: u16,
    /// The place of the promise in it.
    pub promise: u16,
    /// When it was kept, or broken.
    pub at: Timestamp,
    /// Whether it was broken.
    pub late: bool,
}

impl DueAt {
    /// Whether it is late.
    #[must_use]
    pub const fn late(&self) -> bool {
        matches!(self.state, State::Breached | State::Overdue)
    }
}

impl Glance {
    /// The promise that is due first.
    #[must_use]
    pub fn next_due(&self) -> Option<DueAt> {
        self.dues.iter().copied().min_by_key(|due| due.due)
    }

    /// Whether every word stands somewhere in what search looks through. The words are in lower case.
    #[must_use]
    pub fn says(&self, words: &[&str]) -> bool {
        words.iter().all(|word| self.text.contains(word))
    }

    /// Whether the case concerns a line.
    #[must_use]
    pub fn concerns(&self, line: &str) -> bool {
        self.lines.iter().any(|other| **other == *line)
    }

    /// A case at a glance.
    #[must_use]
    pub fn of(board: &Board, case: &Case, now: Timestamp) -> Glance {
        let phase = board.phase(case, now);
        let obligations = board.obligations(case, now);
        let dated = |obligation: &&Obligation<'_>| phase.open() && obligation.state.open() && obligation.due.is_some();
        let dues = groups(obligations.iter().filter(dated))
            .into_iter()
            .filter_map(|group| {
                let first = group.first()?;
                Some(DueAt {
                    due: first.due?,
                    ends: first.promise.ends,
                    state: first.state,
                })
            });
        let policy = board.policy_of(case);
        let place = policy.and_then(|policy| place_of(board, policy));
        let band = policy.and_then(|policy| {
            let counting = Counting {
                zone: &policy.front.zone,
                day_ends: policy.front.day_ends,
                calendar: None,
            };
            timeline::facts_at(policy, &counting, &case.facts, Subject::Case, now).get(Fact::Band)
        });
        Glance {
            number: case.number.as_str().into(),
            title: board.title(case).into(),
            brand: case.brand.as_str().into(),
            phase,
            policy: place,
            band,
            opened: case.facts.opened(),
            lines: concerned(&case.facts).map(|line| line.name.as_str().into()).collect(),
            text: text(board, case).into(),
            ended: obligations
                .iter()
                .filter_map(|obligation| Ended::of(board, obligation))
                .collect(),
            dues: dues.collect(),
            through: Stamp(if phase.open() {
                through(board, case, &obligations, now)
            } else {
                Timestamp::MAX
            }),
        }
    }
}

impl Ended {
    fn of(board: &Board, obligation: &Obligation<'_>) -> Option<Ended> {
        let (at, late) = match obligation.state {
            State::Met | State::MetUnverified => (obligation.met_at?, false),
            State::MetLate => (obligation.met_at?, true),
            State::Breached | State::Overdue => (obligation.breached_at?, true),
            _ => return None,
        };
        let mut promises = obligation.policy.promises.iter();
        let promise = promises.position(|other| std::ptr::eq(other, obligation.promise))?;
        Some(Ended {
            policy: place_of(board, obligation.policy)?,
            promise: u16::try_from(promise).ok()?,
            at,
            late,
        })
    }
}

/// Glances of every open case, kept until they no longer hold.
#[derive(Debug, Default)]
pub struct Glances {
    by_stream: BTreeMap<String, Glance>,
    /// The size of the board that they were taken from.
    seen: u64,
    /// When they were taken.
    at: Timestamp,
    /// The last instant at which all of them hold.
    through: Timestamp,
}

impl Glances {
    /// Takes those anew that no longer hold. All of them, if the clock was set back: then nothing is known of what passed.
    pub fn update(&mut self, board: &Board, now: Timestamp) {
        if board.size == self.seen && (self.at..=self.through).contains(&now) {
            return;
        }
        if board.house_changed.0 > self.seen || now < self.at || board.size < self.seen {
            self.by_stream.clear();
        }
        self.by_stream.retain(|stream, _| board.cases.contains_key(stream));
        for (stream, case) in &board.cases {
            let holds = |glance: &Glance| case.changed.0 <= self.seen && now <= glance.through.0;
            if case.number.is_empty() || self.by_stream.get(stream).is_some_and(holds) {
                continue;
            }
            self.by_stream.insert(stream.clone(), Glance::of(board, case, now));
        }
        let through = self.by_stream.values().map(|glance| glance.through.0).min();
        (self.seen, self.at, self.through) = (board.size, now, through.unwrap_or(now));
    }

    /// Every open case with its stream.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Glance)> {
        self.by_stream.iter().map(|(stream, glance)| (stream.as_str(), glance))
    }

    /// An open case.
    #[must_use]
    pub fn get(&self, stream: &str) -> Option<&Glance> {
        self.by_stream.get(stream)
    }
}

fn place_of(board: &Board, policy: &crate::policy::Policy) -> Option<u16> {
    let place = board
        .house
        .policies
        .iter()
        .position(|other| std::ptr::eq(other, policy))?;
    u16::try_from(place).ok()
}

/// Lines that are affected, or may be.
fn concerned(facts: &CaseFacts) -> impl Iterator<Item = &LineFacts> {
    let suspected = |index: usize| facts.suspected.iter().any(|line| usize::from(*line) == index);
    let named = facts
        .lines
        .iter()
        .enumerate()
        .filter(move |(index, line)| match line.verdicts.last() {
            Some(verdict) => verdict.affected,
            None => suspected(*index),
        });
    named.map(|(_, line)| line)
}

/// Title, numbers, names, ids and the last message, in lower case.
fn text(board: &Board, case: &Case) -> String {
    let view = &case.view;
    let mut text = String::with_capacity(256);
    let mut add = |part: &str| {
        if !part.is_empty() {
            text.extend(part.chars().flat_map(char::to_lowercase));
            text.push('\n');
        }
    };
    // What is restricted is not found by its words either.
    let restricted = board.is_restricted(case);
    let (title, summary) = board.given_title(case);
    add(&case.number);
    add(title);
    add(summary);
    let own = board.case_numbers.get(case.number.as_str()).map(|stream| &**stream);
    let reports = case.reports.iter().filter_map(|report| board.reports.get(report));
    // One that moved to another case is found there, and forgotten there.
    for report in reports.filter(|report| report.case.as_deref() == own) {
        if report.number != case.number {
            add(&report.number);
        }
        if report.title != view.title && !restricted {
            add(&report.title);
        }
        add(&report.from);
    }
    add(view.cve.as_deref().unwrap_or_default());
    view.aliases.iter().for_each(|(id, _)| add(id));
    view.merged.iter().for_each(|number| add(number));
    add(view.owner.as_deref().unwrap_or_default());
    for (reporter, _, name) in &view.credits {
        add(reporter.as_deref().unwrap_or_default());
        add(name.as_deref().unwrap_or_default());
    }
    for line in concerned(&case.facts) {
        add(&line.name);
    }
    for component in &case.facts.components {
        add(&component.name);
    }
    for file in view.files.iter().filter(|_| !restricted) {
        add(&file.name);
    }
    let message = view.conversation.last();
    if let Some(message) = message.filter(|message| !restricted || !may_quote(message)) {
        const MAX_CHARS: usize = 500;
        let cut = message
            .text
            .char_indices()
            .nth(MAX_CHARS)
            .map_or(message.text.len(), |(at, _)| at);
        add(message.text.get(..cut).unwrap_or_default());
    }
    text
}

/// The last instant at which a case looks as it does now: just before the next date of an obligation, the end of a line's support, a planned
/// release, or an event that takes effect later. A state may change at such an instant or just after it.
fn through(board: &Board, case: &Case, obligations: &[Obligation<'_>], now: Timestamp) -> Timestamp {
    let mut through = now.checked_add(HOLDS_AT_MOST).unwrap_or(Timestamp::MAX);
    let mut at = |instant: Timestamp| {
        if instant == now {
            through = now;
        } else if instant > now {
            let before = instant.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(instant);
            through = through.min(before);
        }
    };
    for obligation in obligations {
        let dates = [
            obligation.start,
            obligation.target,
            obligation.due,
            obligation.original_due,
            obligation.not_before,
            obligation.scheduled,
            soon(obligation),
        ];
        dates.into_iter().flatten().for_each(&mut at);
    }
    for mark in &case.facts.marks {
        at(mark.at);
        mark.withdrawn.into_iter().for_each(&mut at);
    }
    let policy = board.policy_of(case);
    for silence in silence::all(&case.facts, now) {
        silence::end(policy, &silence).into_iter().for_each(&mut at);
    }
    let policies = crate::clock::governing(&board.house.policies, &case.facts);
    for line in &case.facts.lines {
        let releases = line.releases.iter().flat_map(|release| &release.plans);
        let days = releases.flat_map(|plan| [plan.date, plan.freeze]).flatten();
        for day in days.chain(line.supported_until) {
            for policy in &policies {
                let counting = Counting {
                    zone: &policy.front.zone,
                    day_ends: policy.front.day_ends,
                    calendar: None,
                };
                length::end_of_day(day, &counting).ok().into_iter().for_each(&mut at);
            }
        }
    }
    through
}

/// When a running obligation enters the last quarter of its time.
fn soon(obligation: &Obligation<'_>) -> Option<Timestamp> {
    let (start, due) = (obligation.start?, obligation.due?);
    let whole_s = due.as_second().saturating_sub(start.as_second());
    Timestamp::from_second(due.as_second() - whole_s / 4).ok()
}
