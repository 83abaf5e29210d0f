//! What may not happen, and the clause that forbids it.
//!
//! Owns every refusal of an event of a case. Pure: it sees the case as it stands and the event that is asked for, and changes nothing.

use super::view::CaseView;
use crate::advisory::Advisory;
use crate::clock::facts::{CaseFacts, MACHINE};
use crate::clock::proof::moment;
use crate::clock::timeline::{self, Subject};
use crate::clock::{Obligation, State};
use crate::event::{CreditChoice, Deadline, Entry, Event, EventRef, Exit, Kind, ScoreSource};
use crate::policy::Policy;
use crate::policy::block::bands::Bands;
use crate::policy::block::gate::{Condition, Gate};
use crate::policy::block::promise::Duty;
use crate::policy::fact::{Fact, Holds};
use jiff::Timestamp;
use std::fmt;

/// Why something may not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The clause, without its sign; empty where no clause but the record itself forbids it.
    pub clause: String,
    /// The policy of the clause.
    pub policy: String,
    /// What is missing and what to do, as a sentence.
    pub message: String,
}

impl Refusal {
    /// A refusal for which no clause of a policy stands.
    #[must_use]
    pub fn without_clause(message: impl Into<String>) -> Refusal {
        Refusal {
            clause: String::new(),
            policy: String::new(),
            message: message.into(),
        }
    }

    fn by(policy: &Policy, clause: &str, message: impl Into<String>) -> Refusal {
        Refusal {
            clause: clause.to_owned(),
            policy: policy.front.id.clone(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.clause.is_empty() {
            return write!(f, "refused: {}", self.message);
        }
        write!(f, "refused by §{} of {}: {}", self.clause, self.policy, self.message)
    }
}

impl std::error::Error for Refusal {}

/// A case as it stands, for judging what is asked of it.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// Folded for the clocks.
    pub facts: &'a CaseFacts,
    /// Folded for the desk.
    pub view: &'a CaseView,
    /// Entries, oldest first.
    pub entries: &'a [Entry],
    /// Every obligation now.
    pub obligations: &'a [Obligation<'a>],
    /// The policies that govern it.
    pub policies: &'a [&'a Policy],
    /// What was prepared for publication.
    pub evidence: Evidence<'a>,
    /// Now.
    pub now: Timestamp,
}

/// What was prepared outside of the case for an act of publication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The advisory that is to be published.
    pub advisory: Option<&'a Advisory>,
    /// Whether its CSAF document passed the gate; unknown where nobody built it.
    pub csaf_passes: Option<bool>,
    /// Whether the provider's metadata is in the published tree, or will be with this publication.
    pub provider_metadata: bool,
    /// Whether the brand has a valid signing key.
    pub signing_key: bool,
}

/// Judges an event that somebody wants to record.
///
/// # Errors
/// The refusal, with the clause that forbids it.
pub fn refuse(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    by_record(case, entry)?;
    by_names(case, entry)?;
    by_two_people(entry)?;
    by_control(case, entry)?;
    by_back_dating(case, entry)?;
    by_rescoring(case, entry)?;
    by_hold(case, entry)?;
    by_gates(case, entry)?;
    by_open_promises(case, entry)
}

/// Judges an event that happened before Candor was told of the case at all. What a policy forbids (a gate, a hold) is not asked: it
/// happened, and the clocks show what it broke. The record's own rules hold as ever.
///
/// # Errors
/// The refusal.
pub fn refuse_past(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    by_record(case, entry)?;
    by_names(case, entry)?;
    by_two_people(entry)?;
    by_control(case, entry)
}

/// What the record itself forbids: acts on nothing, acts in the future.
fn by_record(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let no = |message: String| Err(Refusal::without_clause(message));
    let kind = entry.event.kind();
    if entry.at > entry.recorded {
        return no(format!("`{kind}` has not happened yet: its instant lies after now"));
    }
    if entry.at < Timestamp::UNIX_EPOCH {
        return no(format!("`{kind}` did not happen before 1970: correct its instant"));
    }
    if case.entries.is_empty() && kind != Kind::Received {
        return no("a case begins with `received`".to_owned());
    }
    if case.view.closed
        && !matches!(
            kind,
            Kind::Reopened | Kind::Appealed | Kind::Noted | Kind::Retracted | Kind::Messaged
        )
    {
        return no(format!("the case is closed: reopen it before `{kind}`"));
    }
    let known = |name: &str| case.facts.line(name).is_some();
    if let Some(product) = entry.event.product().filter(|name| !known(name)) {
        return no(format!("no product line is named `{product}`"));
    }
    match &entry.event {
        Event::Confirmed { products, .. } if products.is_empty() => {
            no("`confirmed` names at least one affected product line".to_owned())
        }
        Event::Confirmed { products, .. } | Event::Suspected { products } => {
            match products.iter().find(|name| !known(name)) {
                Some(product) => no(format!("no product line is named `{product}`")),
                None => Ok(()),
            }
        }
        Event::Rejected {
            exit: Exit::OutOfScope,
            clause: None,
        } => no("a rejection as out of scope names its clause".to_owned()),
        Event::Rejected {
            exit: Exit::OutOfScope,
            clause: Some(clause),
        }
        | Event::ScopeDecided {
            out: true,
            clause: Some(clause),
            ..
        } if !leaves_out(case, clause) => no(format!(
            "no clause `{clause}` of this case's policies leaves anything out of scope: name one that does"
        )),
        Event::Rejected { .. } if case.facts.rejected().is_some() => no("the case is rejected already".to_owned()),
        Event::Appealed {} if case.facts.rejected().is_none() => no("only a rejection can be appealed".to_owned()),
        Event::Promoted {}
            if !case
                .facts
                .reporters
                .iter()
                .any(|r| r.kind == MACHINE && r.promoted.is_none()) =>
        {
            no("only a machine's finding is promoted".to_owned())
        }
        Event::Retracted { event, .. } if !target_exists(case, event) => {
            no("there is no such event in this case".to_owned())
        }
        Event::Waived { rule, .. } | Event::Overridden { rule, .. } | Event::OverrideRevoked { rule, .. }
            if rule_named(case, rule).is_none() =>
        {
            no(format!("no promise of this case's policies is named `{rule}`"))
        }
        Event::FixWithdrawn { product, .. } => {
            let line = case.facts.line(product);
            let fixed = line.is_some_and(|line| super::phase::has_fix(case.facts, line, case.now));
            if fixed {
                Ok(())
            } else {
                no(format!("`{product}` has no released fix that could be withdrawn"))
            }
        }
        _ => Ok(()),
    }
}

fn target_exists(case: &Standing<'_>, target: &EventRef) -> bool {
    case.entries.iter().any(|entry| match target {
        EventRef::Seq(seq) => entry.seq == *seq,
        EventRef::Name(name) => entry.event.kind().name() == name,
    })
}

/// Whether a policy of the case has a question of scope under this clause.
fn leaves_out(case: &Standing<'_>, clause: &str) -> bool {
    let clause = clause.strip_prefix('§').unwrap_or(clause);
    case.policies
        .iter()
        .any(|policy| policy.scopes.iter().any(|scope| scope.clause == clause))
}

fn rule_named<'a>(case: &Standing<'a>, rule: &str) -> Option<(&'a Policy, &'a crate::policy::block::promise::Promise)> {
    case.policies
        .iter()
        .find_map(|policy| Some((*policy, policy.promise(rule)?)))
}

/// Names that nothing answers to: a reporter that the case does not have, an id that is no CVE id, a vector that is none.
fn by_names(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let reporter = match &entry.event {
        Event::Credit { reporter, .. } | Event::ReportedBack { reporter } => reporter.as_deref(),
        Event::Scored { vector, .. } => {
            if let Err(error) = cvss::Vector::parse(vector) {
                return Err(Refusal::without_clause(error.to_string()));
            }
            None
        }
        Event::CveAssigned { id } if !is_cve_id(id) => {
            return Err(Refusal::without_clause(format!(
                "`{id}` is not a CVE id: it looks like CVE-2026-12345"
            )));
        }
        _ => None,
    };
    match reporter.filter(|name| case.facts.reporter_named(Some(name)).is_none()) {
        Some(name) => Err(Refusal::without_clause(format!(
            "no reporter of this case is called `{name}`"
        ))),
        None => Ok(()),
    }
}

fn is_cve_id(id: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| {
        year.len() == 4 && digits(year) && (4..=19).contains(&number.len()) && digits(number)
    })
}

/// A case does not close over a promise that must still be kept: it is kept, or waived by two people.
fn by_open_promises(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.event.kind() != Kind::Closed {
        return Ok(());
    }
    let owed = case.obligations.iter().find(|obligation| {
        obligation.promise.duty == Duty::Must && obligation.state.open() && obligation.met_at.is_none()
    });
    owed.map_or(Ok(()), |obligation| {
        let what = crate::clock::proof::headline(obligation);
        let message = format!("{what} is still owed: do it, or waive it with a second person, and close the case then");
        Err(Refusal::by(obligation.policy, &obligation.promise.clause, message))
    })
}

/// An approval by the actor is none.
fn by_two_people(entry: &Entry) -> Result<(), Refusal> {
    let same = entry.approved_by.as_deref().is_some_and(|second| second == entry.by);
    if same {
        return Err(Refusal::without_clause(
            "an act of two people needs two: actor and approver are the same",
        ));
    }
    Ok(())
}

/// Decisions over clocks (D13): no pauses, and a second person where a `must` is let go or moved later.
fn by_control(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let (rule, product, action) = match &entry.event {
        Event::PauseAsked { rule } => {
            let policy = rule_named(case, rule);
            let (id, clause) = policy.map_or(("this policy", ""), |(policy, promise)| {
                (policy.front.id.as_str(), promise.clause.as_str())
            });
            let message = format!(
                "no clause of {id} allows a pause, so the clock of `{rule}` runs on; record an override with its reason instead (a second person, if it makes a must later)"
            );
            return Err(Refusal {
                clause: clause.to_owned(),
                policy: id.to_owned(),
                message,
            });
        }
        Event::Waived { rule, product, .. } => (rule, product, None),
        Event::Overridden { rule, product, due, .. } => (rule, product, Some(*due)),
        _ => return Ok(()),
    };
    let Some((policy, promise)) = rule_named(case, rule) else {
        return Ok(());
    };
    if promise.duty != Duty::Must || entry.has_second_person() {
        return Ok(());
    }
    let Some(due) = action else {
        return Err(Refusal::by(
            policy,
            &promise.clause,
            format!("`{}` is a must: waiving it needs a second person", promise.id),
        ));
    };
    let line = product.as_deref().and_then(|name| case.facts.line(name));
    let concerned = case.obligations.iter().filter(|obligation| {
        obligation.promise.id == promise.id
            && obligation.policy.front.id == policy.front.id
            && (line.is_none() || obligation.subject.line() == line)
    });
    let later = concerned
        .filter_map(|obligation| obligation.original_due.or(obligation.due))
        .any(|current| match due {
            Deadline::Instant(instant) => instant > current,
            Deadline::Day(day) => day > current.to_zoned(policy.front.zone.clone()).date(),
        });
    if later {
        let message = format!("`{}` is a must: a later date needs a second person", promise.id);
        return Err(Refusal::by(policy, &promise.clause, message));
    }
    Ok(())
}

/// A back-dated event that rescues a clock needs a second person (D22).
fn by_back_dating(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.at == entry.recorded || entry.has_second_person() {
        return Ok(());
    }
    let kind = entry.event.kind();
    let rescued = case.obligations.iter().find(|obligation| {
        let ends = obligation.promise.ends == kind || obligation.promise.satisfied_by.contains(&kind);
        let late = matches!(obligation.state, State::Breached | State::Overdue);
        ends && late
            && obligation
                .due
                .is_some_and(|due| entry.at <= due && due < entry.recorded)
    });
    match rescued {
        None => Ok(()),
        Some(obligation) => {
            let clause = &obligation.promise.clause;
            let message =
                format!("this back-dated `{kind}` would make a late promise look kept: it needs a second person");
            Err(Refusal::by(obligation.policy, clause, message))
        }
    }
}

/// A lower band needs a reason and a second person (R6).
fn by_rescoring(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let Event::Scored { why, .. } = &entry.event else {
        return Ok(());
    };
    for policy in case.policies {
        let Some(bands) = &policy.bands else { continue };
        let counting = crate::clock::length::Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        };
        let before = timeline::facts_at(policy, &counting, case.facts, Subject::Case, case.now).get(Fact::Band);
        let mut after = case.facts.clone();
        after.record_score(entry);
        let after =
            timeline::facts_at(policy, &counting, &after, Subject::Case, entry.at.max(case.now)).get(Fact::Band);
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        let lowered = Bands::above(before, after);
        if lowered && (why.as_deref().unwrap_or_default().is_empty() || !entry.has_second_person()) {
            let message = "a lower band gives more time, so it needs a reason and a second person";
            return Err(Refusal::by(policy, &bands.clause, message));
        }
    }
    Ok(())
}

/// What a hold forbids before its instant (R7).
fn by_hold(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let kind = entry.event.kind();
    for obligation in case
        .obligations
        .iter()
        .filter(|obligation| obligation.promise.ends == kind)
    {
        if obligation.promise.not_before.is_none() || !held_by(obligation) {
            continue;
        }
        let clause = &obligation.promise.clause;
        match obligation.not_before {
            Some(not_before) if entry.at < not_before => {
                let zone = &obligation.policy.front.zone;
                let message = format!(
                    "not before {}; the hold ends earlier only when details or an exploit are public",
                    moment(not_before, zone)
                );
                return Err(Refusal::by(obligation.policy, clause, message));
            }
            Some(_) => {}
            None => {
                let lifted = obligation.promise.lifted_by.iter().any(|kind| {
                    case.facts
                        .marks
                        .iter()
                        .any(|mark| mark.kind == *kind && mark.stands(case.now))
                });
                if !lifted {
                    let message = "the hold has not begun: it counts from the last fix, and a line still waits for one";
                    return Err(Refusal::by(obligation.policy, clause, message));
                }
            }
        }
    }
    Ok(())
}

/// Whether the promise holds, so that its hold binds.
fn held_by(obligation: &Obligation<'_>) -> bool {
    let waits_for_event = obligation
        .promise
        .when
        .unknown(&obligation.proof.facts)
        .next()
        .is_none();
    match obligation.state {
        State::Dormant => waits_for_event,
        State::Waived | State::Superseded => false,
        _ => true,
    }
}

fn by_gates(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let kind = entry.event.kind();
    for policy in case.policies {
        let counting = crate::clock::length::Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        };
        let line = entry.event.product().and_then(|name| case.facts.line(name));
        let subject = line.map_or(Subject::Case, Subject::Track);
        let facts = timeline::facts_at(policy, &counting, case.facts, subject, case.now);
        for gate in policy.gates.iter().filter(|gate| gate.before == kind) {
            if !concerns(gate, &entry.event) || gate.when.judge(&facts) == Holds::No {
                continue;
            }
            let unmet = gate.needs.iter().find(|need| !holds(case, policy, entry, **need));
            if let Some(need) = unmet {
                return Err(Refusal::by(
                    policy,
                    &gate.clause,
                    format!("not until {}: {}", need.until(), gate.why),
                ));
            }
        }
    }
    Ok(())
}

/// Whether a gate for certain exits concerns this rejection.
fn concerns(gate: &Gate, event: &Event) -> bool {
    match event {
        Event::Rejected { exit, .. } => gate.exits.is_empty() || gate.exits.contains(exit),
        _ => true,
    }
}

fn holds(case: &Standing<'_>, policy: &Policy, entry: &Entry, need: Condition) -> bool {
    let facts = case.facts;
    let fact = |fact: Fact| {
        let counting = crate::clock::length::Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        };
        timeline::facts_at(policy, &counting, facts, Subject::Case, case.now).get(fact)
    };
    let any = |kind: Kind| {
        facts
            .marks
            .iter()
            .any(|mark| mark.kind == kind && mark.stands(case.now))
    };
    match need {
        Condition::ReporterTold => reporters_told(case, policy),
        Condition::CreditAsked => credit_asked(case, policy),
        Condition::Score => {
            let origin = facts.verdicts.iter().rev().find_map(|verdict| match verdict.change {
                crate::clock::facts::VerdictChange::Confirmed(origin) => Some(origin),
                _ => None,
            });
            timeline::deciding_score(policy, facts, origin, case.now).is_some()
        }
        Condition::Band => fact(Fact::Band).is_some(),
        Condition::AffectedProducts => facts.has_tracks(case.now) && facts.tracks(case.now).next().is_some(),
        Condition::Instructions => match case.evidence.advisory {
            Some(advisory) => advisory
                .vulnerabilities
                .iter()
                .all(|vulnerability| !vulnerability.remedies.is_empty()),
            // Without a prepared advisory nothing is known to be missing: that there is no fix yet is an instruction too (N28).
            None => true,
        },
        Condition::ImpactTerm => {
            let listed = |term: &str| {
                policy.vocabularies.is_empty() || policy.vocabularies.iter().any(|list| list.term(term).is_some())
            };
            case.view.impact.as_ref().is_some_and(|(term, _)| listed(term))
        }
        Condition::Csaf => case.evidence.csaf_passes.unwrap_or(false),
        Condition::OwnProduct => fact(Fact::Origin) == Some(0),
        Condition::Justification => match &entry.event {
            Event::NotAffected {
                justification: Some(reason),
                ..
            } => {
                let accepted: Vec<_> = policy
                    .defines
                    .iter()
                    .flat_map(|define| &define.justifications)
                    .collect();
                accepted.is_empty() || accepted.contains(&reason)
            }
            Event::NotAffected {
                justification: None, ..
            } => false,
            _ => case.view.justifications.iter().all(|(_, reason)| reason.is_some()),
        },
        Condition::DefinitionAnswered => any(Kind::Reviewed),
        Condition::ScopeAnswered => match (&case.view.scope, &entry.event) {
            (
                Some((out, _, exception)),
                Event::Rejected {
                    exit: Exit::OutOfScope, ..
                },
            ) => *out && exception.is_none(),
            (decided, _) => decided.is_some(),
        },
        Condition::UpstreamDecision => any(Kind::UpstreamDecision) || any(Kind::UpstreamFixReleased),
        Condition::SecondPerson => entry.has_second_person(),
        Condition::ProviderMetadata => case.evidence.provider_metadata,
        Condition::SigningKey => case.evidence.signing_key,
        Condition::Reason => reason(&entry.event).is_some_and(|reason| !reason.trim().is_empty()),
    }
}

fn reason(event: &Event) -> Option<&str> {
    match event {
        Event::Rejected { clause, .. } => clause.as_deref(),
        // A score speaks for itself, unless it replaces a provider's (T23).
        Event::Scored {
            source: Some(ScoreSource::Adjusted),
            why,
            ..
        } => why.as_deref(),
        Event::Scored { .. } => Some("a score"),
        Event::UpstreamDecision { why, .. } | Event::Flagged { why, .. } => why.as_deref(),
        Event::NotAffected { justification, .. } => justification.as_deref(),
        Event::Reopened { why }
        | Event::FixWithdrawn { why, .. }
        | Event::EmbargoEnded { why }
        | Event::Waived { why, .. }
        | Event::Overridden { why, .. }
        | Event::Repinned { why, .. }
        | Event::Retracted { why, .. } => Some(why),
        _ => None,
    }
}

/// Whether a promise that ends with this event was waived for the case.
fn waived(case: &Standing<'_>, policy: &Policy, ends: Kind) -> bool {
    case.facts.controls.iter().any(|control| {
        control.action == crate::clock::facts::ControlAction::Waive
            && policy
                .promise(&control.rule)
                .is_some_and(|promise| promise.ends == ends)
    })
}

/// Every outside reporter has the findings since the last verdict, or there is a recorded exemption (T11, D10).
fn reporters_told(case: &Standing<'_>, policy: &Policy) -> bool {
    if waived(case, policy, Kind::ReportedBack) {
        return true;
    }
    let appealed = case.facts.appealed().unwrap_or(Timestamp::MIN);
    outside_reporters(case).all(|(index, since)| {
        case.facts.marks.iter().any(|mark| {
            let theirs = mark.of.is_none_or(|of| usize::from(of) == index);
            mark.kind == Kind::ReportedBack && theirs && mark.at >= since.max(appealed) && mark.stands(case.now)
        })
    })
}

/// Every outside reporter said yes or no to being named (N23, D18).
fn credit_asked(case: &Standing<'_>, policy: &Policy) -> bool {
    if waived(case, policy, Kind::Credit) {
        return true;
    }
    outside_reporters(case).all(|(index, _)| {
        let reporter = case.facts.reporters.get(index);
        let last = reporter.and_then(|reporter| reporter.credit.last());
        last.is_some_and(|(_, choice)| *choice != CreditChoice::Unasked)
    })
}

fn outside_reporters<'a>(case: &Standing<'a>) -> impl Iterator<Item = (usize, Timestamp)> + 'a {
    const EXTERNAL_OR_CUSTOMER: u8 = 1;
    let reporters = case.facts.reporters.iter().enumerate();
    reporters
        .filter(|(_, reporter)| reporter.kind <= EXTERNAL_OR_CUSTOMER)
        .map(|(index, reporter)| (index, reporter.since))
}
