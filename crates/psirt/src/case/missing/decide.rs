//! What a person has to decide in whatever phase a case is: the tasks of flags (D25), what another vendor answered, and a reporter's date
//! that lies before the end of a hold; and until when an agreed embargo keeps it.
//!
//! Never decides itself, and never lets a date pass in silence.

use super::Need;
use crate::case::embargo::{self, Embargo};
use crate::case::guidance;
use crate::case::view::{CaseView, HandOver, Validation};
use crate::clock::facts::{CaseFacts, ControlAction};
use crate::clock::length::{self, Counting};
use crate::clock::proof::moment;
use crate::clock::{Obligation, State};
use crate::event::{Deadline, Exit, FixAnswer, Kind, VendorAnswer};
use crate::policy::Policy;
use jiff::Timestamp;

pub(super) fn open(
    case: &CaseFacts,
    view: &CaseView,
    embargo: &Embargo,
    policy: Option<&Policy>,
    obligations: &[Obligation<'_>],
    now: Timestamp,
) -> Vec<Need> {
    let mut needs = Vec::new();
    let Some(policy) = policy else { return needs };
    needs.extend(tasks(view, policy));
    let counting = Counting {
        zone: &policy.front.zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    };
    needs.extend(
        view.vendors
            .iter()
            .filter_map(|vendor| of_vendor(case, vendor, &counting, now)),
    );
    needs.extend(view.validations.iter().filter_map(of_validation));
    needs.extend(early_date(case, embargo, policy, obligations, &counting));
    needs.extend(agreed_end(embargo, policy, obligations, now));
    needs
}

/// The embargo that keeps the publication, until it ends.
fn agreed_end(embargo: &Embargo, policy: &Policy, obligations: &[Obligation<'_>], now: Timestamp) -> Option<Need> {
    let agreed = embargo.agreed(Some(policy)).filter(|agreed| now < agreed.until)?;
    let hold = embargo::unbegun_hold(obligations).map(|hold| format!("§{}", hold.promise.clause));
    let later = hold.as_ref().map_or_else(String::new, |clause| {
        format!("; and the hold of {clause}, which has not begun and so has no end yet")
    });
    Some(Need {
        text: format!("The end of the embargo, {}{later}", agreed.words()),
        done: false,
        clause: hold,
        event: None,
    })
}

/// The task of each flag, with the clause that asks for it.
fn tasks<'a>(view: &'a CaseView, policy: &'a Policy) -> impl Iterator<Item = Need> + 'a {
    view.flags.iter().map(|flag| {
        let (task, clause) = guidance::task(policy, *flag).unzip();
        Need {
            text: task.map_or_else(|| format!("Look after the flag {flag}"), str::to_owned),
            done: view.tasks_done.contains(flag),
            clause: clause.map(|clause| format!("§{clause}")),
            event: Some(Kind::TaskDone),
        }
    })
}

/// What is awaited of another vendor, or to be decided after its answer.
fn of_vendor(case: &CaseFacts, vendor: &HandOver, counting: &Counting<'_>, now: Timestamp) -> Option<Need> {
    /// Calendar days after which somebody asks again, where nobody named a date.
    const REVIEW_DAYS: i64 = 14;
    let name = &vendor.vendor;
    let need = |text: String, event: Kind| {
        Some(Need {
            text,
            done: false,
            clause: None,
            event: Some(event),
        })
    };
    let rejected = case.rejected().is_some_and(|(_, exit)| exit == Exit::OtherVendor);
    match vendor.answer {
        None => {
            let review = match vendor.review_by {
                Some(Deadline::Instant(at)) => Some(at),
                Some(Deadline::Day(day)) => length::end_of_day(day, counting).ok(),
                None => {
                    let day = vendor.at.to_zoned(counting.zone.clone()).date();
                    let day = day.saturating_add(jiff::Span::new().days(REVIEW_DAYS));
                    length::end_of_day(day, counting).ok()
                }
            }?;
            let until = moment(review, counting.zone);
            if now > review {
                return need(
                    format!("{name} did not answer by {until}: ask again, or record that it is silent"),
                    Kind::VendorAnswered,
                );
            }
            need(format!("The answer of {name}; review by {until}"), Kind::VendorAnswered)
        }
        Some(VendorAnswer::Declined) if rejected => need(
            format!("{name} says that it is not theirs: reopen the case, or hand it over to another vendor"),
            Kind::Reopened,
        ),
        Some(VendorAnswer::Declined) => need(
            format!("{name} says that it is not theirs: whose is it?"),
            Kind::HandedOver,
        ),
        Some(VendorAnswer::Accepted | VendorAnswer::Fixed) if !rejected => need(
            format!("{name} took it on: reject it as another vendor's, or say what is ours"),
            Kind::Rejected,
        ),
        Some(_) => None,
    }
}

/// What is awaited of a reporter who looks at the fix, or to be decided after they said that it does not work (T10).
fn of_validation(validation: &Validation) -> Option<Need> {
    let who = validation.reporter.as_deref().unwrap_or("the reporter");
    let (text, event) = match validation.answer {
        None => (format!("Whether the fix works, by {who}"), Kind::ValidationAnswered),
        Some((FixAnswer::NotFixed, _)) => (
            format!("{who} says that the fix does not work: withdraw it, or ask again once it does"),
            Kind::FixWithdrawn,
        ),
        Some(_) => return None,
    };
    Some(Need {
        text,
        done: false,
        clause: None,
        event: Some(event),
    })
}

/// A proposed date before the end of the hold: publication by then breaks the hold, and silence breaks the date.
fn early_date(
    case: &CaseFacts,
    embargo: &Embargo,
    policy: &Policy,
    obligations: &[Obligation<'_>],
    counting: &Counting<'_>,
) -> Option<Need> {
    let proposals = embargo.dates(counting).into_iter();
    let proposal = proposals.take_while(|_| embargo.ended.is_none()).next()?;
    let hold = obligations.iter().find(|obligation| {
        let holds = obligation.promise.not_before.is_some() && obligation.promise.ends == Kind::AdvisoryPublished;
        holds && obligation.proof.lifted.is_none() && !matches!(obligation.state, State::Waived | State::Superseded)
    })?;
    let until = embargo::ends_by_policy(obligations);
    if obligations
        .iter()
        .any(|obligation| obligation.promise.ends == Kind::AdvisoryPublished && obligation.met_at.is_some())
        || until.is_some_and(|until| proposal.until >= until)
    {
        return None;
    }
    let moved = case.controls.iter().any(|control| {
        let same = control.rule == hold.promise.id || control.rule.trim_start_matches('§') == hold.promise.clause;
        same && control.two_people && matches!(control.action, ControlAction::Override(_))
    });
    let declined = !embargo.declined.is_empty();
    let ends = until.map_or_else(
        || "which counts from a fix that is not out".to_owned(),
        |until| format!("which ends {}", moment(until, &policy.front.zone)),
    );
    Some(Need {
        text: format!(
            "{} proposes to publish on {}, before the hold of §{}, {ends}: negotiate a later date (embargo-proposed), publish early by two people (overridden --rule {}), or decline with a reason (embargo-declined)",
            proposal.by,
            moment(proposal.until, &policy.front.zone),
            hold.promise.clause,
            hold.promise.id
        ),
        done: moved || declined,
        clause: Some(format!("§{}", hold.promise.clause)),
        event: Some(Kind::EmbargoProposed),
    })
}
