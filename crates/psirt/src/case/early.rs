//! The early end of a hold: what happened in the world, which clause it ends, and until when the policy aims to publish (D14).
//!
//! Owns the proposal only. Public details or a public exploit end a hold, attacks only speak for its end; publishing stays the act of two
//! people, so nothing here moves a date.

use super::merge;
use crate::clock::facts::CaseFacts;
use crate::clock::{Obligation, State};
use crate::event::{Entry, Kind};
use jiff::Timestamp;

/// Why a publication should not wait for its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlyEnd {
    /// What happened.
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
    /// Who recorded it, and so proposes.
    pub by: String,
    /// The policy of the hold.
    pub policy: String,
    /// The clause of the hold, without its sign.
    pub clause: String,
    /// The hold, as a decision names it.
    pub rule: String,
    /// Whether the hold is over with it. If not, two people may let it go.
    pub over: bool,
    /// Until when the policy aims to publish then, and the clause that says so.
    pub due: Option<(Timestamp, String)>,
}

impl EarlyEnd {
    /// Whether a publication at this instant would be later than what happened asks for.
    #[must_use]
    pub fn moves(&self, scheduled: Timestamp) -> bool {
        match &self.due {
            Some((due, _)) => *due < scheduled,
            None => true,
        }
    }
}

/// For every hold of a publication the event that ends it, or speaks for its end.
#[must_use]
pub fn early_ends(
    case: &CaseFacts,
    entries: &[Entry],
    obligations: &[Obligation<'_>],
    now: Timestamp,
) -> Vec<EarlyEnd> {
    let of_publication = |obligation: &&Obligation<'_>| obligation.promise.ends == Kind::AdvisoryPublished;
    let holds = obligations.iter().filter(of_publication).filter(|obligation| {
        let waits = obligation.state.open() || obligation.state == State::Dormant;
        waits && obligation.promise.not_before.is_some()
    });
    let first = |kind: Kind| {
        let stands = |mark: &&crate::clock::facts::Mark| mark.kind == kind && mark.stands(now);
        case.marks.iter().find(stands).map(|mark| (kind, mark.at))
    };
    let ends = holds.filter_map(|hold| {
        let lifted = hold.promise.lifted_by.iter().filter_map(|kind| first(*kind));
        let lifted = lifted.min_by_key(|(_, at)| *at);
        let attacks = || {
            let binds = hold.not_before.is_none_or(|until| until > now);
            first(Kind::AttacksSeen).filter(|_| binds)
        };
        let (kind, at) = lifted.or_else(attacks)?;
        let owed = obligations
            .iter()
            .filter(of_publication)
            .filter(|owed| owed.state.open() && owed.promise.not_before.is_none() && lifted.is_some());
        let due = owed
            .filter_map(|owed| Some((owed.due?, owed.promise.clause.clone())))
            .min();
        let by = entries
            .iter()
            .find(|entry| entry.event.kind() == kind && entry.at == at && !merge::is_retracted(entries, entry.seq));
        Some(EarlyEnd {
            kind,
            at,
            by: by.map(|entry| entry.by.clone()).unwrap_or_default(),
            policy: hold.policy.front.id.clone(),
            clause: hold.promise.clause.clone(),
            rule: hold.promise.id.clone(),
            over: lifted.is_some(),
            due,
        })
    });
    ends.collect()
}
