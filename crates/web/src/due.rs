//! An obligation as a page shows it: share of its time, words, date, clause. Owns how a state looks, never what it is.

use crate::docket::{Docket, Standing};
use crate::{phrase, words};
use jiff::Timestamp;
use psirt::clock::{Obligation, State};
use psirt::policy::length::EndTerm;

/// An obligation in words.
pub(crate) struct Due {
    /// What is owed.
    pub(crate) what: String,
    /// The clause, without its sign.
    pub(crate) clause: String,
    pub(crate) clause_href: String,
    /// The clause's own words, shortened.
    pub(crate) quote: String,
    /// 0 to 100: how much of its time has gone.
    pub(crate) share: u8,
    /// What the ring draws: soon, calm, hold, kept, broken, dormant.
    pub(crate) ring: &'static str,
    /// How long is left, or how it ended.
    pub(crate) left: String,
    /// The last instant at which it is kept, in words.
    pub(crate) when: String,
    /// The same for machines; empty without a date.
    pub(crate) iso: String,
}

impl Due {
    /// Of obligations that differ by their subject only: [`groups`].
    pub(crate) fn of(docket: &Docket<'_>, standing: &Standing<'_>, group: &[&Obligation<'_>]) -> Option<Due> {
        let obligation = group.first()?;
        let now = docket.now;
        let zone = standing.zone();
        let at = obligation.due.or(obligation.scheduled).or(obligation.not_before);
        Some(Due {
            what: with_hold(obligation, phrase::duty(group), now),
            clause: obligation.promise.clause.clone(),
            clause_href: docket.clause_href(obligation.policy, &obligation.promise.clause),
            quote: quote(obligation),
            share: share(obligation, now),
            ring: ring(obligation, now),
            left: left(obligation, now),
            when: when(obligation, at.map(|at| words::instant(at, &zone, now))),
            iso: at.map(|at| words::iso(at, &zone)).unwrap_or_default(),
        })
    }

    /// The order in which states matter: late, running, waiting, done, void.
    pub(crate) fn rank(state: State) -> u8 {
        match state {
            State::Breached | State::Overdue => 0,
            State::DueSoon | State::Running => 1,
            State::Dormant => 2,
            State::Met | State::MetLate | State::MetUnverified => 3,
            State::Waived | State::Superseded => 4,
        }
    }
}

/// The sentence of the clause that holds the promise's length, or else its first one.
fn quote(obligation: &Obligation<'_>) -> String {
    const MAX_CHARS: usize = 170;
    let clause = obligation.policy.clause(&obligation.promise.clause);
    let prose = clause
        .map(|clause| clause.prose.split_whitespace().collect::<Vec<_>>().join(" "))
        .unwrap_or_default();
    let prose = prose.replace(['*', '`'], "");
    let within = obligation.promise.within.0.iter().find_map(|term| match term {
        EndTerm::Length(length) => Some(*length),
        _ => None,
    });
    let unit = obligation.promise.not_before.or(within).and_then(|length| {
        let words = length.to_string();
        words
            .split(' ')
            .next_back()
            .map(|unit| unit.trim_end_matches('s').to_owned())
    });
    let sentences: Vec<&str> = prose.split_inclusive(". ").map(str::trim).collect();
    let with_length = unit.and_then(|unit| sentences.iter().position(|sentence| sentence.contains(&unit)));
    let index = with_length.unwrap_or(0);
    let sentence = sentences.get(index).copied().unwrap_or_default();
    let before = if index > 0 { "… " } else { "" };
    if sentence.chars().count() <= MAX_CHARS {
        return format!("{before}{sentence}");
    }
    let cut: String = sentence.chars().take(MAX_CHARS).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{before}{words} …")
}

fn with_hold(obligation: &Obligation<'_>, what: String, now: Timestamp) -> String {
    match obligation.not_before {
        Some(not_before) if not_before > now && obligation.state.open() => {
            let day = not_before
                .to_zoned(obligation.policy.front.zone.clone())
                .strftime("%a %-d %b");
            format!("{what}, not before {day}")
        }
        _ => what,
    }
}

/// The ring for a state: a wait that must pass first is a hold.
pub(crate) fn ring(obligation: &Obligation<'_>, now: Timestamp) -> &'static str {
    match obligation.state {
        State::Breached | State::Overdue | State::MetLate => "broken",
        State::Met | State::MetUnverified => "kept",
        State::Dormant | State::Waived | State::Superseded => "dormant",
        State::Running | State::DueSoon if obligation.not_before.is_some_and(|at| at > now) => "hold",
        State::DueSoon => "soon",
        State::Running => "calm",
    }
}

fn share(obligation: &Obligation<'_>, now: Timestamp) -> u8 {
    let (Some(start), Some(end)) = (obligation.start, obligation.due.or(obligation.not_before)) else {
        return 0;
    };
    if matches!(ring(obligation, now), "broken" | "kept") {
        return 100;
    }
    let (gone, whole) = (now.as_second() - start.as_second(), end.as_second() - start.as_second());
    if whole <= 0 {
        return 100;
    }
    u8::try_from((gone.saturating_mul(100) / whole).clamp(0, 100)).unwrap_or(100)
}

fn left(obligation: &Obligation<'_>, now: Timestamp) -> String {
    match (obligation.state, obligation.due) {
        (State::Breached | State::Overdue, Some(due)) => format!("late by {}", words::between(due, now)),
        (State::Running | State::DueSoon, Some(due)) => words::between(now, due),
        (State::Met, _) => "kept".to_owned(),
        (State::MetLate, _) => "kept late".to_owned(),
        (State::MetUnverified, _) => "not proven".to_owned(),
        (State::Waived, _) => "waived".to_owned(),
        (State::Superseded, _) => "no longer".to_owned(),
        (State::Dormant, _) => "no date yet".to_owned(),
        (_, None) => "no date".to_owned(),
    }
}

/// The date in words; where there is none, what it waits for.
fn when(obligation: &Obligation<'_>, date: Option<String>) -> String {
    let start = obligation.start;
    match (obligation.state, obligation.met_at.zip(start), date) {
        (State::Met | State::MetUnverified, Some((met, start)), Some(due)) if met >= start => {
            format!("in {}, due {due}", words::between(start, met))
        }
        (State::Dormant, _, Some(date)) => format!("would be {date}"),
        (_, _, Some(date)) => date,
        (_, _, None) => match (obligation.promise.before, obligation.proof.start.waits_for) {
            (Some(event), _) => format!("before: {}", phrase::owed(event).to_lowercase()),
            (None, Some(event)) => format!("waits for {}", event.name().replace('-', " ")),
            (None, None) => match obligation.promise.when.unknown(&obligation.proof.facts).next() {
                Some(fact) => format!("waits to know: {}", fact.name().replace('-', " ")),
                None => "without a date".to_owned(),
            },
        },
    }
}
