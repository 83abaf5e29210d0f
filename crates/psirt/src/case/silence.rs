//! Silence: who was asked for more and has not answered, and what a policy makes of it (N20).
//!
//! Owns until when an answer is awaited, when it is asked for again, and whether a case may end for want of it. Records nothing: whoever
//! works does. One reporter's silence says nothing of another one.

use crate::clock::facts::CaseFacts;
use crate::clock::length::{self, Counting};
use crate::event::Kind;
use crate::policy::Policy;
use crate::policy::block::intake::Intake;
use crate::policy::length::Length;
use jiff::Timestamp;

/// Somebody who was asked and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Which of the case's reporters; none where it has none.
    pub reporter: Option<u16>,
    /// When they were asked last.
    pub since: Timestamp,
}

/// Everybody who is silent. Nobody is in a case that was decided, and what was asked before it was taken up again is asked no more.
#[must_use]
pub fn all(case: &CaseFacts, now: Timestamp) -> Vec<Silence> {
    let is_asked = case.marks.iter().any(|mark| mark.kind == Kind::InfoRequested);
    if !is_asked || case.confirmed(now).is_some() || case.rejected().is_some() || case.closed(now).is_some() {
        return Vec::new();
    }
    let standing = || case.marks.iter().filter(|mark| mark.stands(now));
    let taken_up = standing()
        .filter(|mark| matches!(mark.kind, Kind::Reopened | Kind::Appealed))
        .map(|mark| mark.at)
        .max();
    let silence = |reporter: Option<u16>| {
        let last = |kind: Kind| {
            let theirs = standing().filter(|mark| {
                let reaches = reporter.is_none_or(|reporter| case.reaches(mark, usize::from(reporter)));
                mark.kind == kind && reaches
            });
            theirs.map(|mark| mark.at).max()
        };
        let since = last(Kind::InfoRequested)?;
        let is_open = Some(since) > last(Kind::InfoReceived) && Some(since) > taken_up;
        is_open.then_some(Silence { reporter, since })
    };
    if case.reporters.is_empty() {
        return silence(None).into_iter().collect();
    }
    let reporters = 0..u16::try_from(case.reporters.len()).unwrap_or(u16::MAX);
    reporters.filter_map(|reporter| silence(Some(reporter))).collect()
}

/// Whether somebody's answer is awaited: they are silent, and their days are not over.
#[must_use]
pub fn is_awaited(case: &CaseFacts, policy: Option<&Policy>, now: Timestamp) -> bool {
    let is_over = |silence: &Silence| end(policy, silence).is_some_and(|end| now > end);
    all(case, now).iter().any(|silence| !is_over(silence))
}

/// The last instant of the days that somebody has to answer (D4); none where the policy gives none.
#[must_use]
pub fn end(policy: Option<&Policy>, silence: &Silence) -> Option<Timestamp> {
    let policy = policy?;
    let (_, days) = closing(policy)?;
    length::add(silence.since, days, &counting(policy))
        .ok()
        .map(|end| end.at)
}

/// How often a policy wants somebody to have been asked again by now: at the local time of the question, as many days later.
#[must_use]
pub fn reminders_due(policy: Option<&Policy>, silence: &Silence, now: Timestamp) -> usize {
    let Some(policy) = policy else { return 0 };
    let is_due = |days: &&Length| {
        let due = length::add_exact(silence.since, **days, &counting(policy));
        due.is_ok_and(|due| due.at <= now)
    };
    reminders(policy).iter().filter(is_due).count()
}

/// After which days it is asked again.
#[must_use]
pub fn reminders(policy: &Policy) -> &[Length] {
    let mut intakes = policy.intakes.iter();
    let found = intakes.find(|intake| !intake.remind.is_empty());
    found.map(|intake| intake.remind.as_slice()).unwrap_or_default()
}

/// The clause by which a case ends for want of an answer, with the days that it gave: nobody decided on it, everybody who reported it was asked,
/// and none of them answered in time. Who is one of the house answers at the desk.
#[must_use]
pub fn ended_by<'p>(case: &CaseFacts, policy: Option<&'p Policy>, now: Timestamp) -> Option<(&'p str, Length)> {
    const EXTERNAL_OR_CUSTOMER: u8 = 1;
    let (intake, days) = closing(policy?)?;
    let silent = all(case, now);
    let from_outside = |reporter: &crate::clock::facts::Reporter| reporter.kind <= EXTERNAL_OR_CUSTOMER;
    let is_over = |silence: &Silence| end(policy, silence).is_some_and(|end| now > end);
    let all_silent = !case.reporters.is_empty() && silent.len() == case.reporters.len();
    let ends = all_silent && case.reporters.iter().all(from_outside) && silent.iter().all(is_over);
    ends.then_some((intake.clause.as_str(), days))
}

/// The clause that gives days to answer.
#[must_use]
pub fn clause(policy: Option<&Policy>) -> Option<&str> {
    closing(policy?).map(|(intake, _)| intake.clause.as_str())
}

/// The rule that ends a case for want of an answer.
fn closing(policy: &Policy) -> Option<(&Intake, Length)> {
    let mut intakes = policy.intakes.iter();
    intakes.find_map(|intake| Some((intake, intake.close_after?)))
}

fn counting(policy: &Policy) -> Counting<'_> {
    Counting {
        zone: &policy.front.zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    }
}

#[cfg(test)]
mod tests;
