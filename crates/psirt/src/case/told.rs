//! Who has not been told yet what was found (T11, D10).
//!
//! Owns who counts as told: since the last verdict, or let off by a decision with its reason. Never asks whether a policy wants it.

use crate::clock::facts::{CaseFacts, ControlAction, Reporter};
use crate::event::Kind;
use crate::policy::Policy;
use jiff::Timestamp;

/// Reporters from outside who do not have the findings, each with their place in the case.
pub fn untold<'a>(
    case: &'a CaseFacts,
    policy: Option<&'a Policy>,
    now: Timestamp,
) -> impl Iterator<Item = (usize, &'a Reporter)> {
    outside(case).filter(move |(index, reporter)| {
        let appealed = case.appealed_in(reporter.strand).unwrap_or(Timestamp::MIN);
        let has_them = case.marks.iter().any(|mark| {
            mark.kind == Kind::ReportedBack
                && case.reaches(mark, *index)
                && mark.at >= reporter.since.max(appealed)
                && mark.stands(now)
        });
        !has_them && !policy.is_some_and(|policy| is_let_off(case, policy, Kind::ReportedBack, *index))
    })
}

/// Whether a promise to a reporter that ends with this event was waived, for them or for all.
pub(super) fn is_let_off(case: &CaseFacts, policy: &Policy, ends: Kind, reporter: usize) -> bool {
    case.controls.iter().any(|control| {
        let theirs = control.reporter.is_none_or(|of| usize::from(of) == reporter);
        let promise = policy.promise(&control.rule);
        theirs && control.action == ControlAction::Waive && promise.is_some_and(|promise| promise.ends == ends)
    })
}

/// Reporters who are not of the house, and no machines.
pub(super) fn outside(case: &CaseFacts) -> impl Iterator<Item = (usize, &Reporter)> {
    const EXTERNAL_OR_CUSTOMER: u8 = 1;
    let reporters = case.reporters.iter().enumerate();
    reporters.filter(|(_, reporter)| reporter.kind <= EXTERNAL_OR_CUSTOMER)
}
