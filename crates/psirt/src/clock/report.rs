//! Obligations as rows: what `candor policy due` prints, and what other programs read.
//!
//! Owns the JSON's names (STORIES). Never leaves a key out: what does not apply is null.

use super::obligation::{Obligation, Proof};
use super::proof;
use super::timeline::Subject;
use crate::event::{Kind, Priority};
use crate::policy::fact::Fact;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// One obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The promise's id.
    pub rule: String,
    /// The clause with its sign.
    pub clause: String,
    /// The policy's id.
    pub policy: String,
    /// The policy's version.
    pub policy_version: String,
    /// What it is owed for.
    pub per: &'static str,
    /// The line, reporter or component; `case` for the case.
    pub subject: String,
    /// The line, if it has one.
    pub track: Option<String>,
    /// How strong it is.
    pub duty: &'static str,
    /// How it stands.
    pub state: &'static str,
    /// When the clock began.
    pub start: Option<String>,
    /// Past this instant it is due soon.
    pub target: Option<String>,
    /// The last instant at which it is kept.
    pub due: Option<String>,
    /// The first instant at which it may be done.
    pub not_before: Option<String>,
    /// `not_before`, rolled forward to a working day.
    pub scheduled: Option<String>,
    /// When it was done.
    pub met_at: Option<String>,
    /// When it became late.
    pub breached_at: Option<String>,
    /// The computed date, where an override stands in `due`.
    pub original_due: Option<String>,
    /// Who moved the date.
    pub overridden_by: Option<String>,
    /// Ids of the readings that it stands on.
    pub readings: Vec<String>,
    /// Why all this is so.
    pub proof: ProofRow,
}

/// The proof of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProofRow {
    /// One paragraph.
    pub text: String,
    /// The event that started the clock.
    pub start_event: Option<&'static str>,
    /// Its place in the case.
    pub start_seq: Option<u32>,
    /// The event that ended it.
    pub end_event: Option<&'static str>,
    /// Its place in the case.
    pub end_seq: Option<u32>,
    /// The arithmetic.
    pub sum: String,
    /// Facts that the rule asks for and nobody knows yet.
    pub unknown: Vec<&'static str>,
    /// The event that the clock waits for.
    pub waits_for: Option<&'static str>,
    /// The priority that a defect is owed with, if the promise asks for a defect.
    pub defect_priority: Option<Priority>,
    /// Whether the calendar does not reach that far yet.
    pub provisional: bool,
}

/// Rows for obligations, in their order.
#[must_use]
pub fn rows(obligations: &[Obligation<'_>]) -> Vec<Row> {
    obligations.iter().map(row).collect()
}

/// An instant in a zone, as RFC 3339 with its offset.
#[must_use]
pub fn rfc3339(instant: Timestamp, zone: &TimeZone) -> String {
    instant.display_with_offset(zone.to_offset(instant)).to_string()
}

fn row(obligation: &Obligation<'_>) -> Row {
    let zone = &obligation.policy.front.zone;
    let at = |instant: Option<Timestamp>| instant.map(|instant| rfc3339(instant, zone));
    let (subject, track) = subject_and_track(obligation);
    Row {
        rule: obligation.promise.id.clone(),
        clause: format!("§{}", obligation.promise.clause),
        policy: obligation.policy.front.id.clone(),
        policy_version: obligation.policy.front.version.clone(),
        per: obligation.promise.per.name(),
        subject,
        track,
        duty: obligation.promise.duty.name(),
        state: obligation.state.name(),
        start: at(obligation.start),
        target: at(obligation.target),
        due: at(obligation.due),
        not_before: at(obligation.not_before),
        scheduled: at(obligation.scheduled),
        met_at: at(obligation.met_at),
        breached_at: at(obligation.breached_at),
        original_due: at(obligation.original_due),
        overridden_by: obligation.overridden_by.map(|control| control.by.clone()),
        readings: obligation.promise.readings.clone(),
        proof: proof_row(obligation, &obligation.proof),
    }
}

/// What an obligation is owed for, and the line that it concerns.
pub(super) fn subject_and_track(obligation: &Obligation<'_>) -> (String, Option<String>) {
    let lines = &obligation.proof.case.lines;
    let line = obligation.subject.line().and_then(|line| lines.get(usize::from(line)));
    let track = line.map(|line| line.name.clone());
    let subject = match obligation.subject {
        Subject::Case => "case".to_owned(),
        Subject::Component(Some(index), _) => {
            let component = obligation.proof.case.components.get(usize::from(index));
            component.map(|component| component.name.clone()).unwrap_or_default()
        }
        Subject::Component(None, _) => "component".to_owned(),
        _ => proof::subject_name(obligation).unwrap_or_default(),
    };
    (subject, track)
}

fn proof_row(obligation: &Obligation<'_>, proof: &Proof<'_>) -> ProofRow {
    let unknown = obligation.promise.when.unknown(&proof.facts).map(Fact::name).collect();
    ProofRow {
        text: super::proof::text(obligation),
        start_event: proof.start.term.map(|(term, ..)| term.event.name()),
        start_seq: proof.start.term.map(|(_, seq, _)| seq),
        end_event: proof.ending.map(|ending| ending.kind.name()),
        end_seq: proof.ending.map(|ending| ending.seq),
        sum: super::proof::parts(obligation).sum,
        unknown,
        waits_for: proof.start.waits_for.map(Kind::name),
        defect_priority: defect_priority(obligation),
        provisional: proof.due.provisional,
    }
}

/// The priority of the defect that the policy asks for under the facts of this obligation (D9).
fn defect_priority(obligation: &Obligation<'_>) -> Option<Priority> {
    if obligation.promise.ends != Kind::DefectCreated {
        return None;
    }
    let facts = &obligation.proof.facts;
    let chosen =
        obligation.policy.priorities.iter().find(|priority| {
            priority.when.judge(facts) == crate::policy::fact::Holds::Yes && priority.defect.is_some()
        });
    chosen.and_then(|priority| priority.defect)
}
