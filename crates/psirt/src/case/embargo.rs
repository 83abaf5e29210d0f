//! The embargo: what must not leave before an instant, and who agreed to it.
//!
//! Owns the parties' consent and the list of proposed dates. Never ends silently: it ends by its instant, by an event of the world, or by
//! a recorded decision.

use crate::clock::Obligation;
use crate::clock::length::{self, Counting};
use crate::event::{Deadline, Entry, Event, Kind};
use jiff::Timestamp;

/// The embargo of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embargo {
    /// Proposed ends, oldest first, with who proposed them.
    pub proposals: Vec<(String, Deadline)>,
    /// Parties that agreed.
    pub accepted: Vec<String>,
    /// Parties that did not.
    pub declined: Vec<String>,
    /// When it ended, and why.
    pub ended: Option<(Timestamp, String)>,
}

impl Embargo {
    /// Folds standing entries, in their order.
    #[must_use]
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Embargo {
        let mut embargo = Embargo::default();
        for entry in entries {
            let why = match &entry.event {
                Event::EmbargoProposed { by, until } => {
                    embargo.proposals.push((by.clone(), *until));
                    continue;
                }
                Event::EmbargoAccepted { by } => {
                    embargo.declined.retain(|party| party != by);
                    embargo.accepted.push(by.clone());
                    continue;
                }
                Event::EmbargoDeclined { by, .. } => {
                    embargo.accepted.retain(|party| party != by);
                    embargo.declined.push(by.clone());
                    continue;
                }
                Event::EmbargoEnded { why } => why.clone(),
                Event::MadePublic { .. } => "details are public".to_owned(),
                Event::ExploitPublic { .. } => "an exploit is public".to_owned(),
                Event::AdvisoryPublished {} => "the advisory is published".to_owned(),
                _ => continue,
            };
            if embargo.ended.is_none() {
                embargo.ended = Some((entry.at, why));
            }
        }
        embargo
    }
}

/// A proposed end, as an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it.
    pub by: String,
    /// The end.
    pub until: Timestamp,
    /// Whether it governs: the shortest does, and the longer ones are proposals to revise it.
    pub governs: bool,
}

impl Embargo {
    /// The proposed ends, the shortest first. A day ends with the policy's day.
    #[must_use]
    pub fn dates(&self, counting: &Counting<'_>) -> Vec<Proposal> {
        let instant = |until: &Deadline| match until {
            Deadline::Instant(at) => Some(*at),
            Deadline::Day(day) => length::end_of_day(*day, counting).ok(),
        };
        let mut dates: Vec<Proposal> = self
            .proposals
            .iter()
            .filter_map(|(by, until)| {
                Some(Proposal {
                    by: by.clone(),
                    until: instant(until)?,
                    governs: false,
                })
            })
            .collect();
        dates.sort_by_key(|proposal| proposal.until);
        if let Some(first) = dates.first_mut().filter(|_| self.ended.is_none()) {
            first.governs = true;
        }
        dates
    }
}

/// The instant before which nothing of the case leaves, by the policies' holds; none while it is unknown.
#[must_use]
pub fn ends_by_policy(obligations: &[Obligation<'_>]) -> Option<Timestamp> {
    let holds = obligations
        .iter()
        .filter(|obligation| obligation.promise.ends == Kind::AdvisoryPublished);
    holds
        .filter_map(|obligation| obligation.scheduled.or(obligation.not_before))
        .max()
}

/// Whether something of the case may leave: its advisory is published, or its details are public anyway (law 5).
#[must_use]
pub fn may_leave(embargo: &Embargo) -> bool {
    embargo.ended.is_some()
}
