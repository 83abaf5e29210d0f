//! Simulation: past cases run again, under the policy that held and under another text or reading of it.
//!
//! Owns the comparison and its totals. Never computes a date (the engine does, twice), and changes nothing.

use super::obligation::{Calendars, Obligation, State, obligations};
use super::report::{rfc3339, subject_and_track};
use super::{facts::CaseFacts, start::StartProof};
use crate::event::Kind;
use crate::policy::fact::Fact;
use crate::policy::{Policy, PolicyKind};
use crate::story::Story;
use jiff::{Timestamp, civil};
use serde::Serialize;

/// A case of the past.
#[derive(Clone, Copy, Debug)]
pub struct PastCase<'a> {
    /// What it is called in the result.
    pub name: &'a str,
    /// What happened.
    pub story: &'a Story,
}

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The policy as it held: one version, or several of which the one in force governs each case.
    pub old: &'a [Policy],
    /// The policy as it would have been.
    pub new: &'a Policy,
    /// Editions of calendars.
    pub calendars: &'a Calendars,
    /// Only cases that were opened on this day or later, in the policy's zone.
    pub since: Option<civil::Date>,
    /// The instant at which both are judged.
    pub now: Timestamp,
}

/// What a simulation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// The policy's id.
    pub policy: String,
    /// The instant at which both are judged.
    pub now: String,
    /// How many cases were run again.
    pub cases: usize,
    /// Names of cases that another policy governs, or that were opened too early.
    pub left_out: Vec<String>,
    /// Totals of each rule, in the order of the policy.
    pub clauses: Vec<Totals>,
    /// Every obligation of every case, under both.
    pub obligations: Vec<Compared>,
}

/// One rule in all cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The clause with its sign.
    pub clause: String,
    /// The promise's id.
    pub rule: String,
    /// Under the policy as it held.
    pub old: Count,
    /// Under the other one.
    pub new: Count,
    /// How many obligations have another due date or another state.
    pub moved: usize,
}

/// Obligations by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Those that somebody owed: kept, kept late, missed or open.
    pub due: usize,
    /// Kept.
    pub met: usize,
    /// Kept too late.
    pub late: usize,
    /// Late, and still not kept.
    pub missed: usize,
    /// Not yet due.
    pub open: usize,
    /// Ended by decision, or because the facts changed.
    pub ended: usize,
    /// Never began.
    pub dormant: usize,
}

/// One obligation of one case, under both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The case.
    pub case: String,
    /// The clause with its sign.
    pub clause: String,
    /// The promise's id.
    pub rule: String,
    /// The line, reporter or component; `case` for the case.
    pub subject: String,
    /// The line, if it has one.
    pub track: Option<String>,
    /// Under the policy as it held; nothing where the rule did not concern it.
    pub old: Option<Outcome>,
    /// Under the other one.
    pub new: Option<Outcome>,
    /// Whether date or state differ.
    pub moved: bool,
}

/// How an obligation stands on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// How it stands.
    pub state: State,
    /// When it is or was due; where it is dormant, as far as it can be foreseen.
    pub due: Option<String>,
    /// When it was done.
    pub met_at: Option<String>,
    /// What a dormant one waits for: facts that nobody knows, and an event.
    pub waits_for: Vec<&'static str>,
}

/// Runs past cases again.
#[must_use]
pub fn simulate<'a>(question: &Question<'_>, cases: impl IntoIterator<Item = PastCase<'a>>) -> Simulation {
    let front = &question.new.front;
    let mut simulation = Simulation {
        policy: front.id.clone(),
        now: rfc3339(question.now, &front.zone),
        cases: 0,
        left_out: Vec::new(),
        clauses: totals_of(question),
        obligations: Vec::new(),
    };
    let new = std::slice::from_ref(question.new);
    for case in cases {
        let facts = CaseFacts::fold(&case.story.products, case.story.entries(), question.now);
        if !concerned(question, case.story, &facts) {
            simulation.left_out.push(case.name.to_owned());
            continue;
        }
        simulation.cases += 1;
        let old = outcomes(question.old, &facts, question);
        let new = outcomes(new, &facts, question);
        simulation.obligations.extend(compare(case.name, old, new));
    }
    for compared in &simulation.obligations {
        let totals = simulation
            .clauses
            .iter_mut()
            .find(|totals| totals.rule == compared.rule);
        if let Some(totals) = totals {
            totals.old.add(compared.old.as_ref());
            totals.new.add(compared.new.as_ref());
            totals.moved += usize::from(compared.moved);
        }
    }
    simulation
}

/// Whether the policy takes part in a case that was opened late enough. A story that names policies means these; an overlay runs beside.
fn concerned(question: &Question<'_>, story: &Story, facts: &CaseFacts) -> bool {
    let front = &question.new.front;
    let named = story.policies.iter().any(|policy| policy.id == front.id);
    let takes_part = story.policies.is_empty() || named || front.kind == PolicyKind::Overlay;
    let late_enough = question.since.is_none_or(|since| {
        let opened = facts.opened().map(|opened| opened.to_zoned(front.zone.clone()).date());
        opened.is_some_and(|opened| opened >= since)
    });
    takes_part && late_enough
}

/// The rules of both sides, in the order of the new policy; those that only the old one has come last.
fn totals_of(question: &Question<'_>) -> Vec<Totals> {
    let mut all: Vec<Totals> = Vec::new();
    for promise in std::iter::once(question.new)
        .chain(question.old)
        .flat_map(|policy| &policy.promises)
    {
        if all.iter().all(|totals| totals.rule != promise.id) {
            all.push(Totals {
                clause: format!("§{}", promise.clause),
                rule: promise.id.clone(),
                ..Totals::default()
            });
        }
    }
    all
}

/// What makes two obligations the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    clause: String,
    rule: String,
    subject: String,
    track: Option<String>,
}

fn outcomes(policies: &[Policy], facts: &CaseFacts, question: &Question<'_>) -> Vec<(Key, Outcome)> {
    let all = obligations(policies, facts, question.calendars, question.now);
    all.iter()
        .map(|obligation| (key(obligation), outcome(obligation)))
        .collect()
}

fn key(obligation: &Obligation<'_>) -> Key {
    let (subject, track) = subject_and_track(obligation);
    Key {
        clause: format!("§{}", obligation.promise.clause),
        rule: obligation.promise.id.clone(),
        subject,
        track,
    }
}

fn outcome(obligation: &Obligation<'_>) -> Outcome {
    let zone = &obligation.policy.front.zone;
    let at = |instant: Option<Timestamp>| instant.map(|instant| rfc3339(instant, zone));
    let dormant = obligation.state == State::Dormant;
    let facts = obligation.promise.when.unknown(&obligation.proof.facts).map(Fact::name);
    let StartProof { waits_for, .. } = obligation.proof.start;
    Outcome {
        state: obligation.state,
        due: at(obligation.due),
        met_at: at(obligation.met_at),
        waits_for: facts.chain(waits_for.map(Kind::name)).filter(|_| dormant).collect(),
    }
}

/// Pairs obligations by rule and subject, in the order of the new side; those that are gone come last.
fn compare(case: &str, mut old: Vec<(Key, Outcome)>, new: Vec<(Key, Outcome)>) -> Vec<Compared> {
    let mut all = Vec::with_capacity(new.len());
    for (key, new) in new {
        let before = old
            .iter()
            .position(|(other, _)| other.rule == key.rule && other.subject == key.subject && other.track == key.track);
        let before = before.map(|index| old.remove(index).1);
        all.push(compared(case, key, before, Some(new)));
    }
    all.extend(old.into_iter().map(|(key, old)| compared(case, key, Some(old), None)));
    all
}

fn compared(case: &str, key: Key, old: Option<Outcome>, new: Option<Outcome>) -> Compared {
    let standing = |outcome: &Option<Outcome>| {
        let outcome = outcome.as_ref()?;
        Some((outcome.state, outcome.due.clone()))
    };
    Compared {
        moved: standing(&old) != standing(&new),
        case: case.to_owned(),
        clause: key.clause,
        rule: key.rule,
        subject: key.subject,
        track: key.track,
        old,
        new,
    }
}

impl Count {
    fn add(&mut self, outcome: Option<&Outcome>) {
        let Some(outcome) = outcome else { return };
        let place = match outcome.state {
            State::Met | State::MetUnverified => &mut self.met,
            State::MetLate => &mut self.late,
            State::Breached | State::Overdue => &mut self.missed,
            State::Running | State::DueSoon => &mut self.open,
            State::Dormant => &mut self.dormant,
            State::Waived | State::Superseded => &mut self.ended,
        };
        *place += 1;
        self.due = self.met + self.late + self.missed + self.open;
    }
}
