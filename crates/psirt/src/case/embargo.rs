//! The embargo: what must not leave before an instant, and who agreed to it.
//!
//! Owns the parties' consent and the list of proposed dates. Never ends silently: it ends by its instant, by an event of the world, or by
//! a recorded decision.

use crate::clock::length::{self, Counting};
use crate::clock::proof::moment;
use crate::clock::{Obligation, State};
use crate::event::{Deadline, Entry, Event, Kind};
use crate::policy::Policy;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// The embargo of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embargo {
    /// Proposed ends, oldest first, with who proposed them.
    pub proposals: Vec<(String, Deadline)>,
    /// Parties that agreed.
    pub accepted: Vec<String>,
    /// Parties that did not.
    pub declined: Vec<String>,
    /// How many of the proposals were on the table when a party last agreed: what came later is a proposal to revise, to which nobody did.
    pub agreed: usize,
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
                    embargo.accepted.retain(|party| party != by);
                    embargo.accepted.push(by.clone());
                    embargo.agreed = embargo.proposals.len();
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
    /// Whether it governs: the shortest of those that were agreed on does, or of all while none was; others are proposals to revise it.
    pub governs: bool,
}

/// An end that was agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The end: nothing is published before.
    pub until: Timestamp,
    /// The zone in which it is told.
    pub zone: TimeZone,
    /// Who proposed it.
    pub by: String,
    /// Who agreed.
    pub with: Vec<String>,
}

impl Embargo {
    /// The proposed ends, the shortest first. A day ends with the policy's day.
    #[must_use]
    pub fn dates(&self, counting: &Counting<'_>) -> Vec<Proposal> {
        let governs = self.governing(counting);
        let mut dates: Vec<Proposal> = self
            .proposals
            .iter()
            .enumerate()
            .filter_map(|(place, (by, until))| {
                Some(Proposal {
                    by: by.clone(),
                    until: instant(until, counting)?,
                    governs: governs == Some(place),
                })
            })
            .collect();
        dates.sort_by_key(|proposal| proposal.until);
        dates
    }

    /// The place of the proposal that governs; none once the embargo ended.
    fn governing(&self, counting: &Counting<'_>) -> Option<usize> {
        let on_the_table = if self.accepted.is_empty() {
            self.proposals.len()
        } else {
            self.agreed
        };
        let proposals = self.proposals.iter().take(on_the_table).enumerate();
        proposals
            .filter(|_| self.ended.is_none())
            .filter_map(|(place, (_, until))| Some((instant(until, counting)?, place)))
            .min()
            .map(|(_, place)| place)
    }

    /// The end that was agreed on, as the policy of the case counts its day; none where nobody agreed, or the embargo ended. That its instant
    /// has passed is for the caller to see.
    #[must_use]
    pub fn agreed(&self, policy: Option<&Policy>) -> Option<Agreed> {
        if self.accepted.is_empty() {
            return None;
        }
        let zone = policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
        let counting = Counting {
            zone: &zone,
            day_ends: policy.map_or(DAY_ENDS, |policy| policy.front.day_ends),
            calendar: None,
        };
        let (by, until) = self.proposals.get(self.governing(&counting)?)?;
        let until = instant(until, &counting)?;
        Some(Agreed {
            until,
            by: by.clone(),
            with: self.accepted.clone(),
            zone,
        })
    }
}

impl Agreed {
    /// The end and who agreed on it, as words.
    #[must_use]
    pub fn words(&self) -> String {
        let until = moment(self.until, &self.zone);
        format!(
            "{until}, which {} proposed and {} agreed to",
            self.by,
            self.with.join(", ")
        )
    }
}

/// When a day ends where no policy says it.
const DAY_ENDS: Time = Time::constant(23, 59, 59, 0);

fn instant(until: &Deadline, counting: &Counting<'_>) -> Option<Timestamp> {
    match until {
        Deadline::Instant(at) => Some(*at),
        Deadline::Day(day) => length::end_of_day(*day, counting).ok(),
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

/// The hold of a policy that keeps the case and has not begun: while there is one the embargo has no end yet, whatever was agreed on, because it
/// ends with the later of both.
#[must_use]
pub fn unbegun_hold<'o, 'p>(obligations: &'o [Obligation<'p>]) -> Option<&'o Obligation<'p>> {
    let hold = obligations.iter().find(|obligation| {
        let holds = obligation.promise.not_before.is_some() && obligation.promise.ends == Kind::AdvisoryPublished;
        holds && obligation.proof.lifted.is_none() && !matches!(obligation.state, State::Waived | State::Superseded)
    });
    hold.filter(|_| ends_by_policy(obligations).is_none())
}

/// Whether something of the case may leave: its advisory is published, or its details are public anyway (law 5).
#[must_use]
pub fn may_leave(embargo: &Embargo) -> bool {
    embargo.ended.is_some()
}
