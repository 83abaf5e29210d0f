//! Gates: what a policy asks for before an act.
//!
//! Owns whether each condition of a gate holds. Never asks for more than the policy's blocks do.

use super::{Refusal, Standing};
use crate::case::{told, triage};
use crate::clock::timeline::{self, Subject};
use crate::event::{Answer, CreditChoice, Entry, Event, Exit, Kind, ScoreSource};
use crate::policy::Policy;
use crate::policy::block::gate::{Condition, Gate};
use crate::policy::fact::{Fact, Holds};

/// What must be there before an act, by the gates of the policies.
pub(super) fn by_gates(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    unmet(case, entry).into_iter().next().map_or(Ok(()), Err)
}

/// Everything that the gates before an act ask for and that is not there.
pub(super) fn unmet(case: &Standing<'_>, entry: &Entry) -> Vec<Refusal> {
    let kind = entry.event.kind();
    let mut unmet = Vec::new();
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
            for need in gate.needs.iter().filter(|need| !holds(case, policy, entry, **need)) {
                let way = match need {
                    Condition::OwnProduct => "; `candor case alias` records the id that its own authority gave",
                    _ => "",
                };
                let why = gate.why.trim().trim_end_matches('.');
                let message = format!("not until {}: {why}{way}", need.until());
                unmet.push(Refusal::by(policy, &gate.clause, message));
            }
        }
    }
    unmet
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
    if says_not_affected(case, entry) && of_the_affected(need) {
        return true;
    }
    match need {
        Condition::ReporterTold => told::untold(facts, Some(policy), case.now).next().is_none(),
        Condition::CreditAsked => credit_asked(case, policy),
        Condition::Score => timeline::deciding_score(policy, facts, facts.confirmed_origin(), case.now).is_some(),
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
        Condition::Csaf => case.evidence.csaf_passes.unwrap_or(false) || not_applicable(case, policy, need),
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
        Condition::DefinitionAnswered => definition_denies(case, policy),
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

/// What only an affected product has: a statement that none is gives the reason of each instead (N14, D19).
fn of_the_affected(need: Condition) -> bool {
    matches!(
        need,
        Condition::AffectedProducts
            | Condition::Instructions
            | Condition::Score
            | Condition::Band
            | Condition::ImpactTerm
    )
}

/// Whether this is the publication of a case that was judged, and of which every line is not affected, each with its reason.
fn says_not_affected(case: &Standing<'_>, entry: &Entry) -> bool {
    let mut judged = case
        .facts
        .lines
        .iter()
        .filter(|line| line.verdicts.iter().any(|verdict| verdict.at <= case.now));
    let reason = |name: &str| {
        let mut reasons = case.view.justifications.iter().rev();
        reasons
            .find(|(line, _)| line == name)
            .and_then(|(_, reason)| reason.as_ref())
    };
    entry.event.kind() == Kind::AdvisoryPublished
        && case.facts.none_affected(case.now)
        && judged.all(|line| reason(&line.name).is_some())
}

pub(super) fn reason(event: &Event) -> Option<&str> {
    match event {
        Event::Rejected { clause, why, .. } => why.as_deref().or(clause.as_deref()),
        // A score speaks for itself, unless it replaces a provider's (T23).
        Event::Scored {
            source: Some(ScoreSource::Adjusted),
            why,
            ..
        } => why.as_deref(),
        Event::Scored { .. } => Some("a score"),
        Event::UpstreamDecision { why, .. } | Event::Flagged { why, .. } => why.as_deref(),
        Event::NotAffected { justification, .. } => justification.as_deref(),
        // What is written in clear is a decision of whoever writes it.
        Event::Messaged { in_clear, .. } | Event::InfoRequested { in_clear, .. } => in_clear.as_deref(),
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

/// Whether every part of the policy's definition was answered, and the answers say that it is no vulnerability (T2). A policy without
/// such a definition asks for a review.
fn definition_denies(case: &Standing<'_>, policy: &Policy) -> bool {
    let Some(define) = triage::definition(policy) else {
        return case
            .facts
            .marks
            .iter()
            .any(|mark| mark.kind == Kind::Reviewed && mark.stands(case.now));
    };
    let of = |part: &str| {
        let answers = case.view.answers.iter();
        answers
            .filter(|answered| answered.clause == define.clause)
            .find(|answered| answered.question.as_deref() == Some(part))
            .map(|answered| answered.answer)
    };
    let complete = define
        .elements
        .iter()
        .all(|part| matches!(of(part), Some(Answer::Yes | Answer::No)));
    let yes: Vec<&str> = define
        .elements
        .iter()
        .map(String::as_str)
        .filter(|part| of(part) == Some(Answer::Yes))
        .collect();
    complete && triage::answered(define, &yes) != Some(define.value)
}

/// Whether somebody recorded, with a reason, that the clause of a gate does not concern this case (N32).
fn not_applicable(case: &Standing<'_>, policy: &Policy, need: Condition) -> bool {
    let mut clauses = policy
        .gates
        .iter()
        .filter(|gate| gate.needs.contains(&need))
        .map(|gate| &gate.clause);
    clauses.any(|clause| {
        case.view.answers.iter().any(|answered| {
            answered.clause == *clause
                && answered.answer == Answer::NotApplicable
                && answered.why.as_deref().is_some_and(|why| !why.trim().is_empty())
        })
    })
}

/// Every outside reporter said yes or no to being named (N23, D18).
fn credit_asked(case: &Standing<'_>, policy: &Policy) -> bool {
    told::outside(case.facts).all(|(index, reporter)| {
        let last = reporter.credit.last();
        last.is_some_and(|(_, choice)| *choice != CreditChoice::Unasked)
            || told::is_let_off(case.facts, policy, Kind::Credit, index)
    })
}
