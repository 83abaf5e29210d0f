//! The proof of an obligation, in words: clause, reading, facts and arithmetic.
//!
//! Owns the sentences. Never computes a date anew: it renders what the engine kept.

use super::end::DueProof;
use super::facts::CaseFacts;
use super::obligation::{Obligation, State};
use super::timeline::Subject;
use crate::case::merge;
use crate::event::Group;
use crate::policy::block::promise::{Duty, Promise};
use crate::policy::fact::{Fact, Facts, Value};
use crate::policy::length::{EndTerm, Length, StartTerm, Unit};
use crate::policy::{Policy, block::reading::Reading};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write;

/// The parts of a proof, for a page that lays them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The clause with its sign: `§N3`.
    pub clause: String,
    /// Its prose, shortened.
    pub prose: String,
    /// What started the clock, or what it waits for.
    pub start: String,
    /// The arithmetic.
    pub sum: String,
    /// The facts that selected the promise.
    pub facts: String,
    /// The readings that it stands on, each with its question and choice.
    pub readings: Vec<(String, String)>,
    /// What ends it, or ended it.
    pub ends_by: String,
    /// Decisions that changed it, and anything unusual.
    pub notes: Vec<String>,
}

/// The proof as one paragraph.
#[must_use]
pub fn text(obligation: &Obligation<'_>) -> String {
    let parts = parts(obligation);
    let mut out = String::with_capacity(400);
    let _ = write!(
        out,
        "{} {}, because {} “{}”",
        headline(obligation),
        standing(obligation),
        parts.clause,
        parts.prose
    );
    let _ = write!(out, " Start: {}.", parts.start);
    if !parts.sum.is_empty() {
        let _ = write!(out, " Sum: {}.", parts.sum);
    }
    if !parts.facts.is_empty() {
        let _ = write!(out, " Facts: {}.", parts.facts);
    }
    for (id, choice) in &parts.readings {
        let _ = write!(out, " Reading {id}: {choice}");
    }
    let _ = write!(out, " Ends by: {}.", parts.ends_by);
    for note in &parts.notes {
        let _ = write!(out, " {note}.");
    }
    out
}

/// What is owed, and for what: `fix-released for Sensor 25`.
#[must_use]
pub fn headline(obligation: &Obligation<'_>) -> String {
    let what = obligation.promise.ends.name();
    match subject_name(obligation) {
        Some(name) => format!("{what} for {name}"),
        None => what.to_owned(),
    }
}

/// The subject's name: the line, the reporter, the component; none for the case.
#[must_use]
pub fn subject_name(obligation: &Obligation<'_>) -> Option<String> {
    let case = obligation.proof.case;
    let line = |index: u16| case.lines.get(usize::from(index)).map(|line| line.name.clone());
    match obligation.subject {
        Subject::Case => None,
        Subject::Report(index) | Subject::Reporter(index) => case
            .reporters
            .get(usize::from(index))
            .map(|reporter| reporter.id.clone()),
        Subject::Track(index) => line(index),
        Subject::Component(None, index) => line(index).map(|line| format!("a component of {line}")),
        Subject::Component(Some(component), index) => {
            let component = case.components.get(usize::from(component))?;
            Some(format!("{} in {}", component.name, line(index)?))
        }
    }
}

fn standing(obligation: &Obligation<'_>) -> String {
    let zone = &obligation.policy.front.zone;
    let at = |instant: Option<Timestamp>| {
        instant.map_or_else(|| "an unknown instant".to_owned(), |instant| moment(instant, zone))
    };
    let due = || match obligation.due {
        Some(due) => format!("due {}", moment(due, zone)),
        None => match obligation.promise.before {
            Some(event) => format!("due before {event}"),
            None => "without a date".to_owned(),
        },
    };
    let mut text = match obligation.state {
        State::Dormant => match obligation.due {
            Some(_) => format!("is dormant, projected {}", due()),
            None => "is dormant".to_owned(),
        },
        State::Running | State::DueSoon => format!("is {}", due()),
        State::Overdue | State::Breached => {
            format!(
                "was {} and is {} since {}",
                due(),
                obligation.state.name(),
                at(obligation.breached_at)
            )
        }
        State::Met | State::MetUnverified => format!("was {} and was met {}", due(), at(obligation.met_at)),
        State::MetLate => format!("was {} and was met late, {}", due(), at(obligation.met_at)),
        State::Waived => "is waived".to_owned(),
        State::Superseded => "no longer applies".to_owned(),
    };
    if let Some(not_before) = obligation.not_before {
        let _ = write!(text, ", not before {}", moment(not_before, zone));
        if let Some(scheduled) = obligation.scheduled {
            let _ = write!(text, ", scheduled {}", moment(scheduled, zone));
        }
    }
    text
}

/// The parts of the proof.
#[must_use]
pub fn parts(obligation: &Obligation<'_>) -> Parts {
    let policy = obligation.policy;
    let promise = obligation.promise;
    let clause = policy.clause(&promise.clause);
    Parts {
        clause: format!("§{}", promise.clause),
        prose: clause.map(|clause| shortened(&clause.prose)).unwrap_or_default(),
        start: start_words(obligation),
        sum: sum_words(obligation),
        facts: facts_words(policy, promise, &obligation.proof.facts),
        readings: readings_words(policy, promise),
        ends_by: ends_words(obligation),
        notes: notes(obligation),
    }
}

/// At most some 180 characters, cut at a word.
fn shortened(prose: &str) -> String {
    const LIMIT: usize = 180;
    let plain = prose.split_whitespace().collect::<Vec<_>>().join(" ").replace("**", "");
    if plain.chars().count() <= LIMIT {
        return plain;
    }
    let cut: String = plain.chars().take(LIMIT).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{} …", cut.get(..end).unwrap_or(&cut))
}

/// An instant in a zone, to the second: `2027-02-28 23:59:59 CET`.
#[must_use]
pub fn moment(instant: Timestamp, zone: &TimeZone) -> String {
    instant
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %Z")
        .to_string()
}

fn start_words(obligation: &Obligation<'_>) -> String {
    let zone = &obligation.policy.front.zone;
    let proof = &obligation.proof;
    let start = &proof.start;
    let Some(at) = obligation.start else {
        let unknown: Vec<_> = obligation.promise.when.unknown(&proof.facts).map(Fact::name).collect();
        let line = start
            .waits_for_line
            .and_then(|line| proof.case.lines.get(usize::from(line)));
        return match (start.waits_for, line) {
            (Some(kind), Some(line)) => format!("waits for {kind} of {}", line.name),
            (Some(kind), None) => format!("waits for {kind}"),
            (None, _) if unknown.is_empty() => "waits for its event".to_owned(),
            (None, _) => format!("waits for the facts {}", unknown.join(", ")),
        };
    };
    let mut words = moment(at, zone);
    if let Some(raised) = proof.rescored_at {
        let _ = write!(
            words,
            ", when the higher band was first held ({})",
            moment(raised, zone)
        );
    } else if start.own_line {
        words.push_str(", when this line was found affected");
    } else if start.selected {
        words.push_str(", the first instant at which all its facts held");
    } else if let Some((StartTerm { event, plus }, seq, event_at)) = start.term {
        match plus {
            None => {
                let _ = write!(words, ", {event} ({})", place(proof.case, seq, zone));
            }
            Some(plus) => {
                let _ = write!(
                    words,
                    ", {event} {} ({}) + {plus}",
                    moment(event_at, zone),
                    place(proof.case, seq, zone)
                );
            }
        }
    }
    words
}

/// Where an event is found: its place in the case, or in the case that was merged into it. What happened to a line is found there, for
/// every case at once.
fn place(case: &CaseFacts, seq: u32, zone: &TimeZone) -> String {
    let of_line = case
        .marks
        .iter()
        .find(|mark| mark.seq == seq && mark.kind.group() == Group::Lines);
    if let Some(mark) = of_line {
        let line = mark.line.and_then(|line| case.lines.get(usize::from(line)));
        let name = line.map_or("a line", |line| line.name.as_str());
        return format!("{} of {name}, {}", mark.kind, mark.at.to_zoned(zone.clone()).date());
    }
    let event = merge::place(seq);
    let strand = case
        .marks
        .iter()
        .find(|mark| mark.seq == seq)
        .map(|mark| usize::from(mark.strand));
    let merged = strand.and_then(|strand| case.strands.get(strand.checked_sub(1)?));
    match merged {
        Some(merged) => format!("event {event} of {}", merged.case),
        None => format!("event {event}"),
    }
}

fn sum_words(obligation: &Obligation<'_>) -> String {
    let zone = &obligation.policy.front.zone;
    let (Some(start), Some(due)) = (obligation.start, obligation.original_due.or(obligation.due)) else {
        return String::new();
    };
    let DueProof {
        term,
        from,
        clamped,
        provisional,
        release,
        rolled,
        review,
    } = obligation.proof.due;
    let from = from.unwrap_or(start);
    let mut words = match term {
        _ if review => format!("the decision names its own review date, {}", moment(due, zone)),
        Some(EndTerm::Length(length)) => length_words(obligation, from, length, due),
        Some(EndTerm::NextRelease) => {
            let release = release.and_then(|(line, release)| {
                obligation
                    .proof
                    .case
                    .lines
                    .get(usize::from(line))?
                    .releases
                    .get(usize::from(release))
            });
            let version = release.map_or("the next release", |release| release.version.as_str());
            format!(
                "the next release after the start is {version}; its day ends {}",
                moment(due, zone)
            )
        }
        Some(EndTerm::ScheduledDay) => hold_words(obligation, start, due),
        None => String::new(),
    };
    if clamped {
        words.push_str("; the month has no such day, so its last one counts");
    }
    if rolled {
        words.push_str("; moved to the end of the next working day");
    }
    if provisional {
        words.push_str("; provisional, the calendar does not reach that far yet");
    }
    words
}

fn length_words(obligation: &Obligation<'_>, from: Timestamp, length: Length, due: Timestamp) -> String {
    let zone = &obligation.policy.front.zone;
    let to = moment(due, zone);
    match length.unit {
        Unit::WorkingHours => {
            let steps = obligation
                .policy
                .calendar()
                .and_then(|calendar| calendar.steps(from, length.count).ok());
            let steps = steps.unwrap_or_default().into_iter().map(|step| {
                let day = step.date.strftime("%a %d %b");
                let (hours, minutes) = (step.minutes / 60, step.minutes % 60);
                if minutes == 0 {
                    format!("{day} {hours} h")
                } else {
                    format!("{day} {hours} h {minutes} min")
                }
            });
            format!(
                "{} + {length}: {} = {to}",
                moment(from, zone),
                steps.collect::<Vec<_>>().join("; ")
            )
        }
        unit if unit.ends_with_day() => {
            let day = from.to_zoned(zone.clone()).date();
            format!("{day} + {length} = {to}, the end of that day")
        }
        _ => format!("{} + {length} = {to}", moment(from, zone)),
    }
}

fn hold_words(obligation: &Obligation<'_>, start: Timestamp, due: Timestamp) -> String {
    let zone = &obligation.policy.front.zone;
    let hold = obligation
        .promise
        .not_before
        .map_or(String::new(), |length| length.to_string());
    let day = start.to_zoned(zone.clone()).date();
    format!(
        "{day} + {hold} at the same time of day, on a working day; owed by {}",
        moment(due, zone)
    )
}

/// The facts that a promise asks for, with their values, unknown ones named as such.
fn facts_words(policy: &Policy, promise: &Promise, facts: &Facts) -> String {
    let words = promise.when.facts().map(|fact| match facts.get(fact) {
        Some(value) => format!("{fact} {}", value_name(policy, fact, value)),
        None => format!("{fact} unknown"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The word for a fact's value; `none` for the band of a score that the policy leaves without one.
#[must_use]
pub fn value_name(policy: &Policy, fact: Fact, value: Value) -> &str {
    if fact == Fact::Band {
        let band = policy.bands.as_ref().and_then(|bands| bands.get(value));
        return band.map_or("none", |band| &band.id);
    }
    fact.values().get(usize::from(value)).copied().unwrap_or("unknown")
}

fn readings_words(policy: &Policy, promise: &Promise) -> Vec<(String, String)> {
    let readings = promise
        .readings
        .iter()
        .filter_map(|id| policy.readings.iter().find(|reading| reading.id == *id));
    readings.map(|reading| (reading.id.clone(), choice(reading))).collect()
}

fn choice(reading: &Reading) -> String {
    let chosen = reading.options.iter().find(|option| option.id == reading.chosen);
    chosen.map_or_else(|| reading.chosen.clone(), |option| option.text.clone())
}

fn ends_words(obligation: &Obligation<'_>) -> String {
    let promise = obligation.promise;
    let zone = &obligation.policy.front.zone;
    if let Some(ending) = obligation.proof.ending
        && obligation.met_at.is_some()
    {
        let place = place(obligation.proof.case, ending.seq, zone);
        return format!("{} ({place}), {}", ending.kind, moment(ending.at, zone));
    }
    let mut words = promise.ends.name().to_owned();
    for kind in &promise.satisfied_by {
        let _ = write!(words, " or {kind}");
    }
    if promise.needs_bill {
        words.push_str(" of a version whose bill of materials no longer matches");
    }
    words
}

fn notes(obligation: &Obligation<'_>) -> Vec<String> {
    let zone = &obligation.policy.front.zone;
    let proof = &obligation.proof;
    let mut notes = Vec::new();
    if obligation.promise.duty == Duty::Aims {
        notes.push("The policy aims at this: late is overdue, not breached".to_owned());
    }
    if proof.presumed_at.is_some() && obligation.state != State::Superseded {
        notes.push(
            "Nobody confirmed or rejected it in time, so the lines that it may concern count as affected until somebody does"
                .to_owned(),
        );
    }
    if let Some(peer) = proof.capped_by {
        notes.push(format!(
            "The date of §{} ({}) still governs, because a higher band never gives more time",
            peer.clause, peer.id
        ));
    }
    if let Some((kind, at)) = proof.lifted {
        notes.push(format!("The hold ended at {} by {kind}", moment(at, zone)));
    }
    if let Some(control) = obligation.overridden_by {
        let second = control
            .approved_by
            .as_deref()
            .map_or(String::new(), |second| format!(", approved by {second}"));
        let original = obligation
            .original_due
            .map_or_else(|| "none".to_owned(), |due| moment(due, zone));
        notes.push(format!(
            "Overridden by {}{second}; the computed date is {original}",
            named(&control.by)
        ));
    }
    if let Some(control) = proof.ignored_override {
        notes.push(format!(
            "An override by {} does not count: a later date for a must needs a second person",
            named(&control.by)
        ));
    }
    if let Some(control) = proof.waived_by {
        notes.push(format!("Waived {} by {}", moment(control.at, zone), named(&control.by)));
    }
    if obligation.state == State::Superseded
        && let Some(at) = proof.superseded_at
    {
        notes.push(format!("Since {} its facts no longer hold", moment(at, zone)));
    }
    if proof.ending.is_some_and(|ending| ending.back_dated) {
        notes.push("The event was back-dated by one person, so it counts from when it was recorded".to_owned());
    }
    if obligation.state == State::MetUnverified {
        notes.push("No bill of materials proves it yet".to_owned());
    }
    notes
}

fn named(person: &str) -> &str {
    if person.is_empty() { "somebody" } else { person }
}
