//! Limited releases: an advisory for a TLP level or a named party, beside the public one or before it.
//!
//! Owns their fold. A limited release changes nothing of the public life of its advisory: not its stage, not its number, not its schedule.
//! Never decides whether one is allowed: `case::refuse` does.

use super::life::{Order, Released, Schedule, let_out};
use super::{Advisory, AdvisoryState, Audience, Shared, Version};
use crate::case::refuse::Refusal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happens to an advisory for an audience that is not everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitedEvent {
    /// It will be released to them at this instant.
    Scheduled {
        /// When.
        at: Timestamp,
        /// The zone in which the instant was given, by its IANA name.
        zone: String,
        /// What changed in this revision.
        summary: String,
        /// Optional tests of CSAF whose findings are accepted, each with the reason.
        accepted: Vec<(String, String)>,
        /// Clauses that are waived for this release, each with the reason.
        waived: Vec<(String, String)>,
    },
    /// It was not released at its scheduled instant: something forbids it. It is tried again.
    HeldBack {
        /// The scheduled instant.
        at: Timestamp,
        /// The refusal.
        why: String,
    },
    /// Its bytes were fixed for release.
    Ordered {
        /// The text with its audience, and the number and revisions that it has there.
        advisory: Box<Advisory>,
        /// The version of the text, from 1: what is public of it has the same.
        text: u32,
        /// The instant for which it was scheduled, where nobody gave the order but the schedule.
        scheduled: Option<Timestamp>,
        /// Clauses that were waived for it, each with the reason.
        waived: Vec<(String, String)>,
    },
    /// Its bytes and their signature, decided once.
    BytesFixed(Version),
    /// It is in the protected tree.
    Published {
        /// The tree's generation.
        generation: u64,
        /// The digest of the tree's manifest.
        manifest: String,
        /// How many seconds after its scheduled instant, where it had one.
        late_s: Option<u64>,
    },
    /// The same bytes have a new signature.
    SignatureRenewed {
        /// The revision that they have it of.
        revision: u32,
        /// The detached signature, armoured.
        signature: String,
        /// The fingerprint of the key that had signed before.
        from: String,
        /// The fingerprint of the key that signs now.
        to: String,
    },
}

/// What one audience has of an advisory, and what it will get.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limited {
    /// Who.
    pub audience: Audience,
    /// When they get the next one.
    pub schedule: Option<Schedule>,
    /// Clauses that are waived for that one, each with the reason.
    pub schedule_waives: Vec<(String, String)>,
    /// What they have, or will have as soon as the tree is built.
    pub release: Option<LimitedRelease>,
}

/// A release to one audience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitedRelease {
    /// The text, with its audience, and the number and revisions that it has there.
    pub advisory: Shared,
    /// The version of the text, from 1.
    pub text: u32,
    /// Who stands behind it.
    pub order: Order,
    /// Clauses that were waived for it, each with the reason.
    pub waived: Vec<(String, String)>,
    /// Its bytes, once they are fixed.
    pub fixed: Option<Version>,
    /// Whether it is in the protected tree.
    pub on_disk: bool,
}

impl LimitedRelease {
    /// Lets it out.
    ///
    /// # Errors
    /// A refusal that names what is missing.
    pub fn released(&self) -> Result<Released, Refusal> {
        let_out(&self.advisory, &self.order)
    }
}

impl AdvisoryState {
    /// What an audience that is not everybody has.
    #[must_use]
    pub fn limited_to(&self, audience: &Audience) -> Option<&Limited> {
        self.limited.iter().find(|limited| limited.audience == *audience)
    }

    pub(super) fn apply_limited(&mut self, audience: &Audience, event: &LimitedEvent, by: &str, second: Option<&str>) {
        let approver = self.approved_by.clone().or_else(|| second.map(str::to_owned));
        let author = self.drafted_by.clone();
        let place = self.limited.iter().position(|limited| limited.audience == *audience);
        let place = place.unwrap_or_else(|| {
            let audience = audience.clone();
            self.limited.push(Limited {
                audience,
                ..Limited::default()
            });
            self.limited.len() - 1
        });
        let Some(limited) = self.limited.get_mut(place) else {
            return;
        };
        match event {
            LimitedEvent::Scheduled {
                at,
                zone,
                summary,
                accepted,
                waived,
            } => {
                limited.schedule_waives.clone_from(waived);
                limited.schedule = Some(Schedule {
                    at: *at,
                    zone: zone.clone(),
                    summary: summary.clone(),
                    accepted: accepted.clone(),
                    by: by.to_owned(),
                    second: second.map(str::to_owned),
                    held_back: None,
                });
            }
            LimitedEvent::HeldBack { at, why } => {
                if let Some(schedule) = limited.schedule.as_mut().filter(|schedule| schedule.at == *at) {
                    schedule.held_back = Some(why.clone());
                }
            }
            LimitedEvent::Ordered {
                advisory,
                text,
                scheduled,
                waived,
            } => {
                limited.release = Some(LimitedRelease {
                    advisory: (**advisory).clone().into(),
                    text: *text,
                    order: Order {
                        author,
                        approver,
                        by: by.to_owned(),
                        scheduled: *scheduled,
                        late_s: None,
                    },
                    waived: waived.clone(),
                    fixed: None,
                    on_disk: false,
                });
            }
            LimitedEvent::BytesFixed(version) => {
                let same = |release: &&mut LimitedRelease| {
                    release.advisory.revisions.last().map(|last| last.number) == Some(version.revision)
                };
                if let Some(release) = limited.release.as_mut().filter(same) {
                    release.fixed = Some(version.clone());
                }
            }
            LimitedEvent::Published { late_s, .. } => {
                limited.schedule = None;
                if let Some(release) = &mut limited.release {
                    release.on_disk = true;
                    release.order.late_s = *late_s;
                }
            }
            LimitedEvent::SignatureRenewed {
                revision, signature, ..
            } => {
                let fixed = limited.release.as_mut().and_then(|release| release.fixed.as_mut());
                if let Some(version) = fixed.filter(|version| version.revision == *revision) {
                    version.signature.clone_from(signature);
                }
            }
        }
    }

    /// A text that is not approved any more goes to nobody.
    pub(super) fn unschedule_limited(&mut self) {
        for limited in &mut self.limited {
            limited.schedule = None;
            limited.schedule_waives.clear();
        }
    }

    /// Whether the protected tree does not have something yet: a release, or the removal of one.
    #[must_use]
    pub fn waits_for_protected_tree(&self) -> bool {
        let mut releases = self.limited.iter().filter_map(|limited| limited.release.as_ref());
        releases.any(|release| !release.on_disk)
    }
}
