//! What a case still needs for its next phase: the list that the desk always shows.
//!
//! Never a gate: each line names the clause of the gate or promise that asks for it.

use super::embargo::Embargo;
use super::phase::{self, Phase};
use super::view::CaseView;
use super::{silence, told};
use crate::clock::facts::CaseFacts;
use crate::clock::timeline::{self, Subject};
use crate::clock::{Obligation, State};
use crate::event::{CreditChoice, Exit, Kind};
use crate::policy::Policy;
use crate::policy::fact::Fact;
use jiff::Timestamp;

mod decide;

/// Something that the next phase needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What, in words.
    pub text: String,
    /// Whether it is there.
    pub done: bool,
    /// The clause that asks for it, with its sign.
    pub clause: Option<String>,
    /// The event that would bring it.
    pub event: Option<Kind>,
}

/// The next phase and what it needs; and what has to be decided in any phase: tasks of flags, other vendors, dates that do not agree.
#[must_use]
pub fn missing(
    case: &CaseFacts,
    view: &CaseView,
    embargo: &Embargo,
    policy: Option<&Policy>,
    obligations: &[Obligation<'_>],
    now: Timestamp,
) -> (Option<Phase>, Vec<Need>) {
    let (next, mut needs) = of_phase(case, view, policy, obligations, now);
    if !view.closed && view.merged_into.is_none() {
        needs.extend(decide::open(case, view, embargo, policy, obligations, now));
    }
    (next, needs)
}

fn of_phase(
    case: &CaseFacts,
    view: &CaseView,
    policy: Option<&Policy>,
    obligations: &[Obligation<'_>],
    now: Timestamp,
) -> (Option<Phase>, Vec<Need>) {
    let phase = phase::phase(case, policy, now);
    let clause = |kind: Kind| {
        let gate = policy.and_then(|policy| policy.promises.iter().find(|promise| promise.ends == kind));
        gate.map(|promise| format!("§{}", promise.clause))
    };
    let any = |kind: Kind| case.marks.iter().any(|mark| mark.kind == kind && mark.stands(now));
    let need = |text: &str, done: bool, clause: Option<String>, event: Option<Kind>| Need {
        text: text.to_owned(),
        done,
        clause,
        event,
    };
    let undecided = matches!(
        phase,
        Phase::Verifying | Phase::Confirmed | Phase::AwaitingUpstream | Phase::Remediating
    );
    if undecided && case.none_affected(now) {
        let rejected = need("Rejected with exit not-affected", false, None, Some(Kind::Rejected));
        return (Some(Phase::Rejected(Exit::NotAffected)), vec![rejected]);
    }
    match phase {
        Phase::Received => (
            Some(Phase::Verifying),
            vec![need(
                "A person has looked at it",
                false,
                clause(Kind::Reviewed),
                Some(Kind::Reviewed),
            )],
        ),
        Phase::NeedsInfo => (Some(Phase::Verifying), awaited(case, policy, now)),
        Phase::Verifying => {
            let needs = vec![
                need(
                    "Reviewed by a person",
                    any(Kind::Reviewed),
                    clause(Kind::Reviewed),
                    Some(Kind::Reviewed),
                ),
                need(
                    "Scored",
                    !case.scores.is_empty(),
                    bands_clause(policy),
                    Some(Kind::Scored),
                ),
                need(
                    "A verdict: confirmed, or rejected with its exit",
                    false,
                    None,
                    Some(Kind::Confirmed),
                ),
            ];
            (Some(Phase::Confirmed), needs)
        }
        Phase::Confirmed => {
            let band = policy.map(|policy| band_known(policy, case, now)).unwrap_or(false);
            let mut needs = vec![need(
                "CVSS base and band set",
                band,
                bands_clause(policy),
                Some(Kind::Scored),
            )];
            for obligation in obligations
                .iter()
                .filter(|o| o.promise.ends == Kind::DefectCreated && o.state != State::Superseded)
            {
                let line = crate::clock::proof::subject_name(obligation).unwrap_or_default();
                let text = format!("Defect for {line}");
                needs.push(Need {
                    text,
                    done: obligation.met_at.is_some(),
                    clause: Some(format!("§{}", obligation.promise.clause)),
                    event: Some(Kind::DefectCreated),
                });
            }
            if needs.len() == 1 {
                needs.push(need("Work on the fix has begun", false, None, Some(Kind::FixReady)));
            }
            (Some(Phase::Remediating), needs)
        }
        Phase::AwaitingUpstream => {
            let needs = vec![
                need(
                    "Mitigate or wait is decided",
                    any(Kind::UpstreamDecision),
                    clause(Kind::UpstreamDecision),
                    Some(Kind::UpstreamDecision),
                ),
                need("The supplier's fix", false, None, Some(Kind::UpstreamFixReleased)),
            ];
            (Some(Phase::Remediating), needs)
        }
        Phase::Remediating => {
            let mut needs: Vec<_> = case
                .tracks(now)
                .map(|line| {
                    let name = case
                        .lines
                        .get(usize::from(line))
                        .map(|line| line.name.as_str())
                        .unwrap_or_default();
                    let owed = obligations.iter().find(|o| {
                        matches!(o.promise.ends, Kind::FixReleased | Kind::FixDeployed)
                            && o.subject.line() == Some(line)
                            && o.state != State::Superseded
                    });
                    let clause = owed.map(|obligation| format!("§{}", obligation.promise.clause));
                    need(
                        &format!("Release with the fix on {name}"),
                        phase::has_fix(case, line, now),
                        clause,
                        Some(Kind::FixReleased),
                    )
                })
                .collect();
            let mut untold = told::untold(case, policy, now).map(|(_, reporter)| reporter.id.as_str());
            let findings = match case.reporters.len() {
                0 | 1 => need("The reporter has the findings", untold.next().is_none(), None, None),
                _ => match untold.collect::<Vec<_>>().as_slice() {
                    [] => need("Every reporter has the findings", true, None, None),
                    names => need(&format!("The findings for {}", names.join(", ")), false, None, None),
                },
            };
            needs.push(Need {
                clause: clause(Kind::ReportedBack),
                event: Some(Kind::ReportedBack),
                ..findings
            });
            (Some(Phase::FixReleased), needs)
        }
        Phase::FixReleased => {
            let hold = obligations
                .iter()
                .find(|o| o.promise.ends == Kind::AdvisoryPublished && o.promise.not_before.is_some());
            let mut needs = Vec::new();
            if let Some((policy, hold)) = policy.zip(hold) {
                let over = hold.not_before.is_some_and(|not_before| now >= not_before);
                let until = hold.not_before.map_or_else(
                    || "the fix of every line".to_owned(),
                    |at| crate::clock::proof::moment(at, &policy.front.zone),
                );
                needs.push(need(
                    &format!("The hold until {until}"),
                    over,
                    Some(format!("§{}", hold.promise.clause)),
                    None,
                ));
            }
            let asked = case.reporters.iter().filter(|r| r.kind <= 1).all(|reporter| {
                reporter
                    .credit
                    .last()
                    .is_some_and(|(_, choice)| *choice != CreditChoice::Unasked)
            });
            needs.push(need(
                "Every reporter asked about credit",
                asked,
                clause(Kind::Credit),
                Some(Kind::Credit),
            ));
            needs.push(need("Impact named", view.impact.is_some(), None, Some(Kind::ImpactSet)));
            needs.push(need(
                "Advisory or release note out",
                false,
                clause(Kind::AdvisoryPublished),
                Some(Kind::AdvisoryPublished),
            ));
            (Some(Phase::Published), needs)
        }
        Phase::Published => {
            let open: Vec<_> = obligations
                .iter()
                .filter(|o| o.state.open())
                .map(|o| Need {
                    text: crate::clock::proof::headline(o),
                    done: false,
                    clause: Some(format!("§{}", o.promise.clause)),
                    event: Some(o.promise.ends),
                })
                .collect();
            let needs = if open.is_empty() {
                vec![need("Closed by a person", false, None, Some(Kind::Closed))]
            } else {
                open
            };
            (Some(Phase::Closed), needs)
        }
        Phase::Closed | Phase::Rejected(_) => (None, Vec::new()),
    }
}

fn bands_clause(policy: Option<&Policy>) -> Option<String> {
    policy
        .and_then(|policy| policy.bands.as_ref())
        .map(|bands| format!("§{}", bands.clause))
}

fn band_known(policy: &Policy, case: &CaseFacts, now: Timestamp) -> bool {
    let counting = crate::clock::length::Counting {
        zone: &policy.front.zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    };
    timeline::facts_at(policy, &counting, case, Subject::Case, now)
        .get(Fact::Band)
        .is_some()
}

/// The answers that are awaited: from whom, and until when, if the policy gives days.
fn awaited(case: &CaseFacts, policy: Option<&Policy>, now: Timestamp) -> Vec<Need> {
    let of = |silence: &silence::Silence| {
        let reporter = silence
            .reporter
            .and_then(|index| case.reporters.get(usize::from(index)));
        let whose = match reporter.filter(|_| case.reporters.len() > 1) {
            Some(reporter) => format!("The answer of {}", reporter.id),
            None => "The reporter's answer".to_owned(),
        };
        let end = policy.zip(silence::end(policy, silence));
        let until = end.map_or_else(String::new, |(policy, end)| {
            format!(" until {}", crate::clock::proof::moment(end, &policy.front.zone))
        });
        Need {
            text: whose + &until,
            done: false,
            clause: silence::clause(policy).map(|clause| format!("§{clause}")),
            event: Some(Kind::InfoReceived),
        }
    };
    silence::all(case, now).iter().map(of).collect()
}
