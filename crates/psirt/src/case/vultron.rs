//! A case in the letters of the Vultron protocol: report management, embargo management, case state. `A/A/VFdpxa`.
//!
//! Pure, and derived anew each time: nothing of it is stored.

use super::embargo::Embargo;
use super::phase::Phase;
use super::signal::Signal;
use crate::clock::Obligation;
use crate::clock::facts::CaseFacts;
use crate::event::Kind;
use jiff::Timestamp;

/// The three states, joined by `/`.
#[must_use]
pub fn letters(
    case: &CaseFacts,
    embargo: &Embargo,
    phase: Phase,
    obligations: &[Obligation<'_>],
    now: Timestamp,
) -> String {
    format!(
        "{}/{}/{}",
        report(case, phase, now),
        agreement(case, embargo, obligations, now),
        state(case, now)
    )
}

/// Received, Invalid, Valid, Accepted, Deferred, Closed.
fn report(case: &CaseFacts, phase: Phase, now: Timestamp) -> char {
    match phase {
        Phase::Received | Phase::Verifying => 'R',
        Phase::NeedsInfo => 'I',
        Phase::Confirmed => 'V',
        Phase::AwaitingUpstream => 'D',
        Phase::Remediating | Phase::FixReleased | Phase::Published => 'A',
        Phase::Closed => 'C',
        Phase::Rejected(_) if case.closed(now).is_some() || case.merged_into.is_some() => 'C',
        Phase::Rejected(_) => 'I',
    }
}

/// None, Proposed, Active, Revise, eXited. A hold that the policy publishes is a proposal which the report accepts.
fn agreement(case: &CaseFacts, embargo: &Embargo, obligations: &[Obligation<'_>], now: Timestamp) -> char {
    if embargo.ended.is_some() || public(case, now) {
        return 'X';
    }
    let hold = obligations.iter().any(|obligation| {
        obligation.promise.not_before.is_some() && obligation.promise.ends == Kind::AdvisoryPublished
    });
    let active = hold || !embargo.accepted.is_empty();
    match (active, embargo.proposals.len()) {
        (true, 0) => 'A',
        (true, proposals) if proposals > embargo.accepted.len() + embargo.declined.len() => 'R',
        (true, _) => 'A',
        (false, 0) => 'N',
        (false, _) => 'P',
    }
}

/// Public knowledge of an exploit is public knowledge of what it exploits.
fn public(case: &CaseFacts, now: Timestamp) -> bool {
    [Signal::Public, Signal::ExploitPublic]
        .into_iter()
        .any(|signal| signal.since(case, now).is_some())
}

/// Six letters, upper case for what is so. A fix that is deployed is ready, and whoever has a fix knows.
fn state(case: &CaseFacts, now: Timestamp) -> String {
    let is = |signal: Signal| signal.since(case, now).is_some();
    let deployed = is(Signal::FixDeployed);
    let ready = deployed || is(Signal::FixReady);
    let letter = |so: bool, letter: char| if so { letter.to_ascii_uppercase() } else { letter };
    [
        letter(ready || is(Signal::VendorAware), 'v'),
        letter(ready, 'f'),
        letter(deployed, 'd'),
        letter(public(case, now), 'p'),
        letter(is(Signal::ExploitPublic), 'x'),
        letter(is(Signal::AttacksSeen), 'a'),
    ]
    .iter()
    .collect()
}
