//! A case as a story: what is exported, and computes the same dates.
//!
//! Owns the order and the places of exported entries. Never leaves out what a clock saw.

use super::{Board, Case};
use crate::case::merge;
use crate::event::{Entry, Event, EventRef, Group};
use crate::story::{PolicyRef, Story, StoryEvent};

impl Board {
    /// A case as a story: its lines, and everything that its clocks saw.
    #[must_use]
    pub fn story(&self, case: &Case) -> Story {
        let governing = crate::clock::governing(&self.house.policies, &case.facts);
        let policies = governing.iter().map(|policy| PolicyRef {
            id: policy.front.id.clone(),
            effective: None,
        });
        let (named, mut entries) = self.seen_by_clocks(case, &self.history(case));
        entries.retain(|entry| {
            entry.event.kind().group() != Group::Desk || matches!(entry.event, Event::Suspected { .. })
        });
        let events = renumbered(&entries).into_iter().map(|entry| StoryEvent {
            entry,
            refused_by: None,
            line: 0,
        });
        Story {
            policies: policies.collect(),
            products: named,
            events: events.collect(),
        }
    }
}

/// Entries in the order of time with places from 1, and retractions that name the new places. A retraction of an entry that is not
/// among them goes with it, and so does what takes that retraction back, and one by a name that named nothing: it must not come to
/// name what another case brought.
fn renumbered(entries: &[Entry]) -> Vec<Entry> {
    let mut entries = merge::by_place(entries);
    entries.sort_by_key(|entry| entry.seq);
    let mut kept: Vec<u32> = Vec::new();
    entries.retain(|entry| {
        let stays = match &entry.event {
            Event::Retracted { event, .. } => matches!(event, EventRef::Seq(seq) if kept.contains(seq)),
            _ => true,
        };
        if stays {
            kept.push(entry.seq);
        }
        stays
    });
    entries.sort_by_key(|entry| (entry.recorded, entry.seq));
    let old: Vec<u32> = entries.iter().map(|entry| entry.seq).collect();
    let place = |seq: u32| {
        old.iter()
            .position(|old| *old == seq)
            .and_then(|index| u32::try_from(index).ok())
    };
    for (index, entry) in entries.iter_mut().enumerate() {
        entry.seq = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
        if let Event::Retracted {
            event: EventRef::Seq(seq),
            ..
        } = &mut entry.event
        {
            *seq = place(*seq).map_or(*seq, |index| index + 1);
        }
    }
    entries
}
