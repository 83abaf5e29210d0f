//! The phase of a case: derived from its history, never set.
//!
//! Never a gate: `refuse` decides what may happen, whatever the phase is called.

use super::silence;
use crate::clock::facts::CaseFacts;
use crate::clock::length::Counting;
use crate::clock::timeline;
use crate::event::{Exit, Kind};
use crate::policy::Policy;
use crate::story::Deployment;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Nobody has looked yet.
    Received,
    /// Being investigated.
    Verifying,
    /// Waiting for the reporter.
    NeedsInfo,
    /// It is a vulnerability.
    Confirmed,
    /// Waiting for a supplier's fix (N12).
    AwaitingUpstream,
    /// A fix is being made.
    Remediating,
    /// Every affected, supported line has its fix.
    FixReleased,
    /// The advisory or the release note is out.
    Published,
    /// Nothing is left to do.
    Closed,
    /// Turned down.
    Rejected(Exit),
}

impl Phase {
    /// The path of a case that is fixed.
    pub const PATH: [Phase; 7] = [
        Phase::Received,
        Phase::Verifying,
        Phase::Confirmed,
        Phase::Remediating,
        Phase::FixReleased,
        Phase::Published,
        Phase::Closed,
    ];

    /// Its words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Received => "received",
            Phase::Verifying => "verifying",
            Phase::NeedsInfo => "needs info",
            Phase::Confirmed => "confirmed",
            Phase::AwaitingUpstream => "awaiting upstream",
            Phase::Remediating => "remediating",
            Phase::FixReleased => "fix released",
            Phase::Published => "published",
            Phase::Closed => "closed",
            Phase::Rejected(_) => "rejected",
        }
    }

    /// How far along the path it is: an index into [`Phase::PATH`].
    #[must_use]
    pub const fn step(self) -> usize {
        match self {
            Phase::Received => 0,
            Phase::Verifying | Phase::NeedsInfo => 1,
            Phase::Confirmed => 2,
            Phase::Remediating | Phase::AwaitingUpstream => 3,
            Phase::FixReleased => 4,
            Phase::Published => 5,
            Phase::Closed | Phase::Rejected(_) => 6,
        }
    }

    /// Whether somebody still works on it.
    #[must_use]
    pub const fn open(self) -> bool {
        !matches!(self, Phase::Closed | Phase::Rejected(_))
    }
}

/// The phase of a case at an instant.
#[must_use]
pub fn phase(case: &CaseFacts, policy: Option<&Policy>, now: Timestamp) -> Phase {
    let last = |kinds: &[Kind]| {
        case.marks
            .iter()
            .rev()
            .find(|mark| kinds.contains(&mark.kind) && mark.stands(now))
            .map(|mark| mark.at)
    };
    if case.closed(now).is_some() {
        return case.rejected().map_or(Phase::Closed, |(_, exit)| Phase::Rejected(exit));
    }
    if let Some((_, exit)) = case.rejected() {
        return Phase::Rejected(exit);
    }
    if case.confirmed(now).is_none() {
        if silence::is_awaited(case, policy, now) {
            return Phase::NeedsInfo;
        }
        let touched = last(&[
            Kind::Reviewed,
            Kind::InfoRequested,
            Kind::InfoReceived,
            Kind::ScopeDecided,
            Kind::Scored,
            Kind::Judged,
        ]);
        return if touched.is_some() {
            Phase::Verifying
        } else {
            Phase::Received
        };
    }
    if last(&[Kind::AdvisoryPublished, Kind::ReleaseNotePublished]).is_some() {
        return Phase::Published;
    }
    let open_lines: Vec<_> = case
        .tracks(now)
        .filter(|line| !has_fix(case, *line, now) && supported(case, policy, *line, now))
        .collect();
    if open_lines.is_empty() && case.tracks(now).next().is_some() {
        return Phase::FixReleased;
    }
    let upstream_waits = case.components.iter().any(|component| {
        !component
            .fixes
            .iter()
            .any(|fix| fix.withdrawn.is_none_or(|withdrawn| withdrawn > now))
    });
    if upstream_waits {
        return Phase::AwaitingUpstream;
    }
    let working = last(&[
        Kind::DefectCreated,
        Kind::FixReady,
        Kind::WorkaroundProvided,
        Kind::FixReleased,
        Kind::FixDeployed,
    ]);
    if working.is_some() {
        Phase::Remediating
    } else {
        Phase::Confirmed
    }
}

/// Whether a line has a standing fix.
#[must_use]
pub fn has_fix(case: &CaseFacts, line: u16, now: Timestamp) -> bool {
    let saas = case
        .lines
        .get(usize::from(line))
        .is_some_and(|line| line.deployment == Some(Deployment::Saas));
    case.marks.iter().any(|mark| {
        let fix = mark.kind == Kind::FixReleased || (saas && mark.kind == Kind::FixDeployed);
        fix && mark.line == Some(line) && mark.stands(now)
    }) || crate::clock::fixed_by_bill(case, line, now).is_some()
}

fn supported(case: &CaseFacts, policy: Option<&Policy>, line: u16, now: Timestamp) -> bool {
    let Some(policy) = policy else { return true };
    let counting = Counting {
        zone: &policy.front.zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    };
    timeline::line_supported(&counting, case, line, now)
}
