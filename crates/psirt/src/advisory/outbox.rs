//! What follows a publication: the announce list, the CVE record, a CERT. Each is one entry of the advisory's outbox until a person or a worker
//! has delivered it.
//!
//! Owns the fold of these entries. An entry has a kind and no content: it is rendered when it is delivered, from what is public then. Never
//! decides what follows, and never delivers: `casework` and its callers do.

use super::AdvisoryState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Follow {
    /// The announce list of the brand gets it.
    Announce,
    /// CVE Services get what the brand states of this id.
    Cve(String),
    /// This CERT gets it.
    Cert(String),
    /// The announce list, which had the advisory, hears that this revision was removed.
    Removal(u32),
}

impl Follow {
    /// The kind of its job, and its word in lists.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Follow::Announce | Follow::Removal(_) => "announce",
            Follow::Cve(_) => "cve",
            Follow::Cert(_) => "cert",
        }
    }
}

impl fmt::Display for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Follow::Announce => f.write_str("the announce list"),
            Follow::Cve(id) => write!(f, "the record of {id}"),
            Follow::Cert(name) => f.write_str(name),
            Follow::Removal(revision) => write!(f, "the announce list, on the removal of version {revision}"),
        }
    }
}

/// What happens to an entry of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryEvent {
    /// It follows this revision, and takes the place of what still waited of an earlier one.
    Ordered {
        /// What.
        follow: Follow,
        /// The public revision, from 1.
        revision: u32,
    },
    /// It was handed over.
    Done,
    /// It will not be.
    Skipped {
        /// Why.
        why: String,
    },
}

/// An entry of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Unique in the advisory, from 1.
    pub id: u32,
    /// What.
    pub follow: Follow,
    /// The public revision that it follows.
    pub revision: u32,
    /// Since when it waits; what it took the place of is counted.
    pub since: Timestamp,
    /// How it ended; none while it waits.
    pub end: Option<DeliveryEnd>,
}

/// How an entry ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryEnd {
    /// It was handed over.
    Done {
        /// When.
        at: Timestamp,
        /// Who recorded it.
        by: String,
    },
    /// A person decided that it is not.
    Skipped {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A later revision has an entry of its own.
    Folded {
        /// That entry.
        into: u32,
    },
    /// The version that was public had to go before.
    Gone,
}

impl AdvisoryState {
    /// The entry with this number.
    #[must_use]
    pub fn delivery(&self, id: u32) -> Option<&Delivery> {
        self.outbox.iter().find(|delivery| delivery.id == id)
    }

    /// What waits.
    pub fn waiting_deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.outbox.iter().filter(|delivery| delivery.end.is_none())
    }

    /// The number that the next entry has.
    #[must_use]
    pub fn next_delivery(&self) -> u32 {
        let last = self.outbox.iter().map(|delivery| delivery.id).max();
        last.unwrap_or(0).saturating_add(1)
    }

    pub(super) fn apply_delivery(&mut self, id: u32, event: &DeliveryEvent, at: Timestamp, by: &str) {
        let by = by.to_owned();
        let end = match event {
            DeliveryEvent::Ordered { follow, revision } => {
                let mut since = at;
                for earlier in &mut self.outbox {
                    if earlier.end.is_none() && earlier.follow == *follow {
                        earlier.end = Some(DeliveryEnd::Folded { into: id });
                        since = since.min(earlier.since);
                    }
                }
                self.outbox.push(Delivery {
                    id,
                    follow: follow.clone(),
                    revision: *revision,
                    since,
                    end: None,
                });
                return;
            }
            DeliveryEvent::Done => DeliveryEnd::Done { at, by },
            DeliveryEvent::Skipped { why } => DeliveryEnd::Skipped {
                at,
                by,
                why: why.clone(),
            },
        };
        if let Some(delivery) = self.outbox.iter_mut().find(|delivery| delivery.id == id) {
            delivery.end = Some(end);
        }
    }

    /// What of it waits to be delivered of a text: the text is not public any more once the version is removed, the removal still is to be told.
    pub fn waiting_texts(&self) -> impl Iterator<Item = &Delivery> {
        let of_text = |delivery: &&Delivery| !matches!(delivery.follow, Follow::Removal(_));
        self.waiting_deliveries().filter(of_text)
    }

    /// Nothing of its text is public any more, so nothing of it can be delivered.
    pub(super) fn empty_outbox(&mut self) {
        let ends: Vec<u32> = self.waiting_texts().map(|delivery| delivery.id).collect();
        for delivery in self.outbox.iter_mut().filter(|delivery| ends.contains(&delivery.id)) {
            delivery.end = Some(DeliveryEnd::Gone);
        }
    }

    /// What follows its removals and was not ordered yet: word to the announce list, where it had the advisory.
    #[must_use]
    pub fn untold_removals(&self) -> Vec<Follow> {
        let was_handed_over = |delivery: &Delivery| {
            delivery.follow == Follow::Announce && matches!(delivery.end, Some(DeliveryEnd::Done { .. }))
        };
        if !self.outbox.iter().any(was_handed_over) {
            return Vec::new();
        }
        let removals = self.tombstones.iter().map(|gone| Follow::Removal(gone.revision));
        let is_new = |follow: &Follow| !self.outbox.iter().any(|delivery| delivery.follow == *follow);
        removals.filter(is_new).collect()
    }

    /// CVE ids whose records were handed over before the version that was public had to go, and not since.
    #[must_use]
    pub fn outdated_records(&self) -> Vec<Follow> {
        let Some(gone) = self.tombstone() else {
            return Vec::new();
        };
        let mut outdated: Vec<Follow> = Vec::new();
        for delivery in self
            .outbox
            .iter()
            .filter(|delivery| matches!(delivery.follow, Follow::Cve(_)))
        {
            let last = self.outbox.iter().rev().find(|other| other.follow == delivery.follow);
            let before =
                |delivery: &Delivery| matches!(delivery.end, Some(DeliveryEnd::Done { at, .. }) if at <= gone.at);
            if last.is_some_and(before) && !outdated.contains(&delivery.follow) {
                outdated.push(delivery.follow.clone());
            }
        }
        outdated
    }
}
