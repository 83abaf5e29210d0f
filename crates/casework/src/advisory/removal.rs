//! A version that must go: a consent was withdrawn, or something in it is somebody's personal data.
//!
//! Owns what is destroyed: the version's bytes, its texts in the journal and what was said on them, by their key. What stays is that there
//! was such a version, the digest of its document, and why it went. Never touches the tree: the next publication puts a tombstone there.

use super::follows::jobs_that_wait;
use super::{cases_left, find_advisory, is_on_its_way, sealed, text_key, wrong_stage};
use crate::Casework;
use crate::actions::REMOVE_VERSION;
use crate::actor::Actor;
use crate::error::ActError;
use crate::house::line_of_text;
use crate::jobs::purge_job;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{AdvisoryEvent, AdvisoryState, Stage, Tombstone};
use psirt::body::{Body, What};
use psirt::event::Event;
use store::{KeyId, StreamId};

/// What is left of a version that had to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The advisory's id.
    pub id: String,
    /// What is left.
    pub tombstone: Tombstone,
    /// Whether the published tree says so, and has nothing else of it.
    pub in_tree: bool,
}

impl Casework {
    /// Destroys a released version for good, by two people. The version that is public ends the advisory, and a tombstone stands in its
    /// place; what was public before it stays, until it is removed too. Repeating it finishes what a crash left half done.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] for one person; [`ActError::Invalid`] for a version that was
    /// never released, one of which the bytes were never kept, one that was written before texts had keys of their own, no reason; those of
    /// the store. [`ActError::Refused`] for a reason with a word that is sealed, too.
    pub async fn remove_version(
        &self,
        actor: &Actor,
        id: &str,
        revision: u32,
        why: &str,
    ) -> Result<Tombstone, ActError> {
        let why = line_of_text("the public reason", why)?;
        self.refresh().await?;
        let stream = {
            let board = self.board();
            permit(&board.house, actor, &REMOVE_VERSION)?;
            find_advisory(&board, id)?.0
        };
        self.require_own_keys(&stream, revision).await?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &REMOVE_VERSION)?;
            let (stream, state) = find_advisory(board, id)?;
            let mut gone = state.tombstones.iter();
            if let Some(gone) = gone.find(|gone| gone.revision == revision) {
                return Ok((Plan::by(actor), gone.clone()));
            }
            if is_on_its_way(state) {
                return Err(wrong_stage(state, "removed"));
            }
            sealed::refuse_line(board, &state.draft, &why, now)?;
            let tombstone = tombstone(state, revision, &why, now)?;
            let what = What::Advisory(AdvisoryEvent::Tombstoned(Box::new(tombstone.clone())));
            let mut plan = Plan::one(actor, &stream, now, what);
            plan.jobs.push(purge_job(&stream, replica.next(&stream), now)?);
            if tombstone.current {
                plan.dropped = jobs_that_wait(&stream, state)?;
            }
            if let Some(ordered) = state
                .ordered
                .as_ref()
                .filter(|_| tombstone.current && state.stage != Stage::Withdrawn)
            {
                for (case, _) in cases_left(board, ordered)? {
                    plan.push(&case, now, What::Case(Event::AdvisoryWithdrawn {}));
                }
            }
            Ok((plan, tombstone))
        };
        let (tombstone, _) = self.record(record).await?;
        self.destroy_version(&stream, &tombstone).await?;
        Ok(tombstone)
    }

    /// Destroys what a removal names. Repeating is harmless.
    pub(crate) async fn destroy_version(&self, stream: &StreamId, tombstone: &Tombstone) -> Result<(), ActError> {
        self.store().erase_key(&text_key(stream, tombstone.revision)?).await?;
        if tombstone.current {
            // A next text that was begun was begun from this one.
            self.store()
                .erase_key(&text_key(stream, tombstone.revision.saturating_add(1))?)
                .await?;
        }
        Ok(())
    }

    /// Refuses a version whose texts are sealed with the rest of the advisory: they could not be destroyed without it.
    async fn require_own_keys(&self, stream: &StreamId, revision: u32) -> Result<(), ActError> {
        let shared = KeyId::from(stream);
        let mut from = 1;
        loop {
            let entries = self.store().read_stream(stream, from).await?;
            let Some(last) = entries.last() else { return Ok(()) };
            from = last.seq + 1;
            for entry in entries.iter().filter(|entry| entry.key_id == shared) {
                let store::Body::Plain(bytes) = &entry.body else {
                    continue;
                };
                let What::Advisory(AdvisoryEvent::ReleaseOrdered { advisory, .. }) =
                    Body::decode(bytes.as_bytes())?.what
                else {
                    continue;
                };
                if advisory.revisions.last().map(|last| last.number) == Some(revision) {
                    return Err(ActError::invalid(
                        "this version was released before texts had keys of their own: it can be withdrawn, and not destroyed",
                    ));
                }
            }
        }
    }
}

fn tombstone(state: &AdvisoryState, revision: u32, why: &str, now: Timestamp) -> Result<Tombstone, ActError> {
    // After the present version went, those before it are left.
    let last = state.earlier.last().map(|earlier| &earlier.advisory);
    let last = state.ordered.as_ref().or(last);
    let last = last.ok_or_else(|| wrong_stage(state, "removed"))?;
    let known = last.revisions.iter().any(|known| known.number == revision);
    let first = last.revisions.first().filter(|_| known);
    let first = first.ok_or_else(|| ActError::invalid(format!("it has no version {revision}")))?;
    let version = state.versions.iter().find(|version| version.revision == revision);
    let version = version.ok_or_else(|| {
        ActError::invalid("the bytes of this version were never kept: run `candor publish` once, which keeps them")
    })?;
    Ok(Tombstone {
        number: last.number.clone(),
        revision,
        brand: last.brand.clone(),
        first: first.at,
        at: now,
        why: why.to_owned(),
        sha256: version.sha256.clone(),
        current: state.ordered_revision() == Some(revision),
    })
}
