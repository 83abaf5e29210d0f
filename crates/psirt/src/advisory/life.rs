//! The life of an advisory: what happens to it, and what follows from that.
//!
//! Owns the fold of its events and the one door to a [`Released`]. Never decides whether a step may be taken: `case::refuse` and `casework` do.

use super::{Advisory, Audience, Delivery, DeliveryEvent, Limited, LimitedEvent, Shared, Validity};
use crate::case::refuse::Refusal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where an advisory stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Being written.
    #[default]
    Draft,
    /// Being read by a second person.
    Review,
    /// Approved, and not to be changed.
    Approved,
    /// Waiting for its instant.
    Scheduled,
    /// Out.
    Published,
    /// Taken back; the page says so.
    Withdrawn,
    /// Replaced by another advisory; the page says by which.
    Superseded,
}

impl Stage {
    /// The word on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Review => "review",
            Stage::Approved => "approved",
            Stage::Scheduled => "scheduled",
            Stage::Published => "published",
            Stage::Withdrawn => "withdrawn",
            Stage::Superseded => "superseded",
        }
    }

    /// Whether nothing more is written: it was taken back or replaced.
    #[must_use]
    pub const fn is_last(self) -> bool {
        matches!(self, Stage::Withdrawn | Stage::Superseded)
    }
}

/// What happens to an advisory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdvisoryEvent {
    /// Its text was written or changed.
    Drafted(Box<Advisory>),
    /// A second person was asked to read it.
    ReviewAsked,
    /// A second person approved this text.
    Approved,
    /// It will be published at this instant.
    Scheduled {
        /// When.
        at: Timestamp,
        /// The zone in which the instant was given, by its IANA name. Without one, as in older journals, a person still gives the order.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        zone: String,
        /// What changed in this revision; a first release may leave it empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        summary: String,
        /// Optional tests of CSAF whose findings are accepted, each with the reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<(String, String)>,
    },
    /// Its bytes were fixed for publication; `published` follows when they are on disk (law 6).
    ReleaseOrdered {
        /// The text with its number and revision.
        advisory: Box<Advisory>,
        /// The instant for which it was scheduled, where nobody gave the order but the schedule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scheduled: Option<Timestamp>,
    },
    /// It is in the published tree.
    Published {
        /// The tree's generation.
        generation: u64,
        /// The digest of the tree's manifest.
        manifest: String,
        /// How many seconds after its scheduled instant, where it had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late_s: Option<u64>,
    },
    /// It was taken back, by the order just before.
    Withdrawn {
        /// Why, in public words.
        why: String,
    },
    /// A named person was asked to read it.
    ReviewAskedOf {
        /// Who.
        reviewer: String,
    },
    /// It goes back to its author.
    SentBack {
        /// What is to be changed.
        why: String,
    },
    /// It was not published at its scheduled instant: something forbids it. It is tried again.
    HeldBack {
        /// The scheduled instant.
        at: Timestamp,
        /// The refusal.
        why: String,
    },
    /// Its bytes could not be fixed, so everything else goes out without it. It is tried again with each publication.
    HeldAside {
        /// The revision that was ordered, from 1.
        revision: u32,
        /// What is wrong.
        why: String,
    },
    /// The bytes of a released version and their signature, decided once. Whatever is built later takes them as they are.
    BytesFixed(Version),
    /// Somebody said something on a field of the text.
    Commented {
        /// Unique in the advisory.
        id: u32,
        /// The version that the text would be, from 1.
        version: u32,
        /// The field, as [`super::difference`] names it; empty for the whole text.
        field: String,
        /// What was said.
        text: String,
    },
    /// Somebody answered.
    CommentAnswered {
        /// The comment.
        id: u32,
        /// The answer.
        text: String,
    },
    /// A comment is settled.
    CommentResolved {
        /// The comment.
        id: u32,
    },
    /// Another advisory says it better: this one names it, and stays.
    Superseded {
        /// The public number of the other one.
        by: String,
    },
    /// It was published before this house kept it, and was brought along by two people. Its bytes follow, as they were.
    Imported {
        /// What its document says, with its number and its revisions.
        advisory: Box<Advisory>,
        /// Where it comes from: the file's name.
        source: String,
        /// The armoured public key of its signature, where that is not the brand's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A version had to go: its text and bytes are destroyed, and this is left.
    Tombstoned(Box<Tombstone>),
    /// Something happened to it for an audience that is not everybody.
    Limited {
        /// Who.
        audience: Audience,
        /// What.
        event: LimitedEvent,
    },
    /// Something happened to what follows its publication.
    Delivery {
        /// The entry of the outbox, unique in the advisory, from 1.
        id: u32,
        /// What.
        event: DeliveryEvent,
    },
    /// The same bytes of a version have a new signature, of the brand's present key.
    SignatureRenewed {
        /// The revision, from 1.
        revision: u32,
        /// The detached signature, armoured.
        signature: String,
        /// The fingerprint of the key that had signed before.
        from: String,
        /// The fingerprint of the key that has signed now.
        to: String,
    },
}

/// The bytes of a released version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The revision, from 1.
    pub revision: u32,
    /// The blob that holds the CSAF document.
    pub blob: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of it, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Its detached signature, armoured.
    pub signature: String,
    /// Optional tests of CSAF whose findings somebody accepted, each with the reason.
    #[serde(default)]
    pub accepted: Vec<(String, String)>,
}

/// What is left of a version that had to go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The public number.
    pub number: String,
    /// The revision.
    pub revision: u32,
    /// The brand.
    pub brand: String,
    /// When the first version of the advisory was published: its place in the tree follows from it.
    pub first: Timestamp,
    /// When the version went.
    pub at: Timestamp,
    /// Why, in public words that repeat nothing of it.
    pub why: String,
    /// SHA-256 of the document that was destroyed.
    pub sha256: String,
    /// Whether it was the version that was public, so that nothing but this is.
    pub current: bool,
}

/// Something said on a field of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Unique in the advisory.
    pub id: u32,
    /// The version that the text would be.
    pub version: u32,
    /// The field.
    pub field: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub text: String,
    /// Answers: who, when, what.
    pub answers: Vec<(String, Timestamp, String)>,
    /// Who settled it.
    pub resolved_by: Option<String>,
}

/// A publication that nobody needs to be there for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// When.
    pub at: Timestamp,
    /// The zone in which the instant was given; empty in older journals, where a person gives the order.
    pub zone: String,
    /// What changed in this revision.
    pub summary: String,
    /// Optional tests of CSAF whose findings are accepted, each with the reason.
    pub accepted: Vec<(String, String)>,
    /// Who scheduled it, and so ordered the release ahead.
    pub by: String,
    /// The second person of that act, if one was named.
    pub second: Option<String>,
    /// Why it is not out although its instant has come.
    pub held_back: Option<String>,
}

/// An advisory with its life folded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdvisoryState {
    /// The text being worked on.
    pub draft: Shared,
    /// Who wrote the last change.
    pub drafted_by: String,
    /// Who was asked to read it.
    pub reviewer: Option<String>,
    /// Who sent it back, and why; until it is written anew.
    pub sent_back: Option<(String, String)>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// When it is to be published.
    pub schedule: Option<Schedule>,
    /// The last text whose release was ordered.
    pub ordered: Option<Shared>,
    /// Who stands behind that text; a later draft does not take it back.
    pub order: Option<Order>,
    /// Whether that text is on disk.
    pub on_disk: bool,
    /// Why the text that is ordered is not on disk, where its bytes could not be fixed.
    pub held_aside: Option<String>,
    /// The bytes of every version, oldest first.
    pub versions: Vec<Version>,
    /// What was public before that text, oldest first.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// Versions that had to go.
    pub tombstones: Vec<Tombstone>,
    /// Whether the tree may still have one of them.
    #[serde(default)]
    pub to_remove: bool,
    /// What audiences have that are not everybody.
    #[serde(default)]
    pub limited: Vec<Limited>,
    /// What follows its publications, oldest first.
    #[serde(default)]
    pub outbox: Vec<Delivery>,
    /// What was said on the text, in order.
    pub comments: Vec<Comment>,
    /// The armoured public key that signed what was brought along, where it is not the brand's own.
    pub imported_key: Option<String>,
    /// Whether the last text was published before this house kept it.
    #[serde(default)]
    pub brought_along: bool,
}

/// A version that was public, and is not the present one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// Its text.
    pub advisory: Shared,
    /// Who stood behind it.
    pub order: Order,
}

impl Earlier {
    /// Its revision, from 1.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.advisory.revisions.last().map_or(0, |revision| revision.number)
    }

    /// Lets it out again, beside the version that replaced it.
    ///
    /// # Errors
    /// As [`release`].
    pub fn released(&self) -> Result<Released, Refusal> {
        let_out(&self.advisory, &self.order)
    }
}

/// Who stands behind an ordered release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who wrote the text.
    pub author: String,
    /// Who approved it.
    pub approver: Option<String>,
    /// Who ordered the release.
    pub by: String,
    /// The scheduled instant, where the schedule gave the order.
    pub scheduled: Option<Timestamp>,
    /// How many seconds after that instant it was on disk.
    pub late_s: Option<u64>,
}

impl AdvisoryState {
    /// The last revision, ordered just before, says that the advisory does not hold any more, also where its text is older than the field for
    /// it. What is in a tree by then is an earlier version, whose own order is all that is left: that one says what its document says.
    fn no_longer(&mut self, validity: &Validity) {
        let ordered = self.ordered.as_mut().filter(|_| !self.on_disk);
        let limited = self.limited.iter_mut().filter_map(|limited| limited.release.as_mut());
        let limited = limited.filter(|release| !release.on_disk);
        let texts = [&mut self.draft].into_iter().chain(ordered);
        for text in texts.chain(limited.map(|release| &mut release.advisory)) {
            text.edit().validity = validity.clone();
        }
        self.share();
    }

    /// What is written on is kept once with what was ordered, where they are the same.
    pub(crate) fn share(&mut self) {
        if let Some(ordered) = self.ordered.as_ref().filter(|ordered| **ordered == self.draft) {
            self.draft = ordered.clone();
        }
    }

    /// The text that is public, whatever is written on it or waits for the tree; what was brought along was public before this house had a tree.
    #[must_use]
    pub fn public(&self) -> Option<&Advisory> {
        let ordered = self.ordered.as_deref().filter(|_| self.on_disk || self.brought_along);
        ordered.or_else(|| Some(&self.earlier.last()?.advisory))
    }

    /// The public number of the advisory that replaces it.
    #[must_use]
    pub fn superseded_by(&self) -> Option<&str> {
        match &self.draft.validity {
            Validity::Superseded { by } => Some(by),
            Validity::Current | Validity::Withdrawn { .. } => None,
        }
    }

    /// Folds one event, with its instant, its actor and the second person where an act has one.
    pub fn apply(&mut self, event: &AdvisoryEvent, at: Timestamp, by: &str, second: Option<&str>) {
        match event {
            AdvisoryEvent::Drafted(advisory) => {
                self.draft = (**advisory).clone().into();
                by.clone_into(&mut self.drafted_by);
                self.approved_by = None;
                self.reviewer = None;
                self.sent_back = None;
                self.schedule = None;
                self.unschedule_limited();
                self.stage = Stage::Draft;
            }
            AdvisoryEvent::ReviewAsked => self.stage = Stage::Review,
            AdvisoryEvent::ReviewAskedOf { reviewer } => {
                self.stage = Stage::Review;
                self.reviewer = Some(reviewer.clone());
            }
            AdvisoryEvent::SentBack { why } => {
                self.take_order_back();
                self.stage = Stage::Draft;
                self.approved_by = None;
                self.schedule = None;
                self.unschedule_limited();
                self.sent_back = Some((by.to_owned(), why.clone()));
            }
            AdvisoryEvent::Approved => {
                self.stage = Stage::Approved;
                self.approved_by = Some(by.to_owned());
            }
            AdvisoryEvent::Scheduled {
                at,
                zone,
                summary,
                accepted,
            } => {
                self.stage = Stage::Scheduled;
                self.schedule = Some(Schedule {
                    at: *at,
                    zone: zone.clone(),
                    summary: summary.clone(),
                    accepted: accepted.clone(),
                    by: by.to_owned(),
                    second: second.map(str::to_owned),
                    held_back: None,
                });
            }
            AdvisoryEvent::HeldBack { at, why } => {
                if let Some(schedule) = self.schedule.as_mut().filter(|schedule| schedule.at == *at) {
                    schedule.held_back = Some(why.clone());
                }
            }
            AdvisoryEvent::ReleaseOrdered { advisory, scheduled } => {
                self.held_aside = None;
                self.brought_along = false;
                self.draft = (**advisory).clone().into();
                if let (Some(advisory), Some(order), true) = (self.ordered.take(), self.order.take(), self.on_disk) {
                    let order = Order { late_s: None, ..order };
                    self.earlier.push(Earlier { advisory, order });
                }
                self.ordered = Some(self.draft.clone());
                let approver = self.approved_by.clone().or_else(|| second.map(str::to_owned));
                self.order = Some(Order {
                    author: self.drafted_by.clone(),
                    approver,
                    by: by.to_owned(),
                    scheduled: *scheduled,
                    late_s: None,
                });
                self.on_disk = false;
            }
            AdvisoryEvent::Imported { advisory, key, .. } => {
                self.draft = (**advisory).clone().into();
                self.drafted_by = by.to_owned();
                self.approved_by = second.map(str::to_owned);
                self.ordered = Some(self.draft.clone());
                self.order = Some(Order {
                    author: by.to_owned(),
                    approver: second.map(str::to_owned),
                    by: by.to_owned(),
                    scheduled: None,
                    late_s: None,
                });
                self.imported_key.clone_from(key);
                self.brought_along = true;
                self.stage = match advisory.validity {
                    Validity::Current => Stage::Published,
                    Validity::Withdrawn { .. } => Stage::Withdrawn,
                    Validity::Superseded { .. } => Stage::Superseded,
                };
                self.on_disk = false;
            }
            AdvisoryEvent::BytesFixed(version) => {
                self.versions.retain(|known| known.revision != version.revision);
                self.versions.push(version.clone());
                self.held_aside = None;
            }
            AdvisoryEvent::HeldAside { revision, why } => {
                if self.ordered_revision() == Some(*revision) && !self.on_disk {
                    self.held_aside = Some(why.clone());
                }
            }
            AdvisoryEvent::Published { late_s, .. } => {
                if !self.stage.is_last() {
                    self.stage = Stage::Published;
                }
                self.schedule = None;
                self.on_disk = true;
                self.held_aside = None;
                self.to_remove = false;
                if let Some(order) = &mut self.order {
                    order.late_s = *late_s;
                }
            }
            AdvisoryEvent::Withdrawn { why } => {
                self.stage = Stage::Withdrawn;
                self.no_longer(&Validity::Withdrawn { why: why.clone() });
            }
            AdvisoryEvent::Superseded { by } => {
                self.stage = Stage::Superseded;
                self.no_longer(&Validity::Superseded { by: by.clone() });
            }
            AdvisoryEvent::Commented {
                id,
                version,
                field,
                text,
            } => self.comments.push(Comment {
                id: *id,
                version: *version,
                field: field.clone(),
                by: by.to_owned(),
                at,
                text: text.clone(),
                answers: Vec::new(),
                resolved_by: None,
            }),
            AdvisoryEvent::CommentAnswered { id, text } => {
                if let Some(comment) = self.comment(*id) {
                    comment.answers.push((by.to_owned(), at, text.clone()));
                }
            }
            AdvisoryEvent::CommentResolved { id } => {
                if let Some(comment) = self.comment(*id) {
                    comment.resolved_by = Some(by.to_owned());
                }
            }
            AdvisoryEvent::Tombstoned(tombstone) => self.bury(tombstone),
            AdvisoryEvent::Limited { audience, event } => self.apply_limited(audience, event, by, second),
            AdvisoryEvent::Delivery { id, event } => self.apply_delivery(*id, event, at, by),
            AdvisoryEvent::SignatureRenewed {
                revision, signature, ..
            } => {
                let version = self.versions.iter_mut().find(|version| version.revision == *revision);
                if let Some(version) = version {
                    version.signature.clone_from(signature);
                }
            }
        }
    }

    /// An order whose bytes could not be fixed is taken back: what was public before is what was ordered last, and the text is a draft again.
    fn take_order_back(&mut self) {
        if self.ordered.is_none() || self.on_disk || self.held_aside.is_none() {
            return;
        }
        self.held_aside = None;
        self.draft.edit().revisions.pop();
        let before = self.earlier.pop();
        self.on_disk = before.is_some();
        (self.ordered, self.order) = before.map(|earlier| (earlier.advisory, earlier.order)).unzip();
    }

    /// The revision that was ordered last.
    #[must_use]
    pub fn ordered_revision(&self) -> Option<u32> {
        let last = self.ordered.as_ref()?.revisions.last();
        last.map(|revision| revision.number)
    }

    fn comment(&mut self, id: u32) -> Option<&mut Comment> {
        self.comments.iter_mut().find(|comment| comment.id == id)
    }

    /// Keeps nothing that was sealed with the version: a fold of what is left of the journal gives the same.
    fn bury(&mut self, tombstone: &Tombstone) {
        self.versions.retain(|version| version.revision != tombstone.revision);
        self.comments.retain(|comment| comment.version != tombstone.revision);
        self.earlier.retain(|earlier| earlier.revision() != tombstone.revision);
        // What other audiences had before is not shown to them again.
        for limited in &mut self.limited {
            limited.release.take_if(|release| release.text <= tombstone.revision);
        }
        self.to_remove = true;
        let mut tombstones = std::mem::take(&mut self.tombstones);
        tombstones.push(tombstone.clone());
        if tombstone.current {
            self.empty_outbox();
            // In a fold of what is left, the version before was never replaced.
            let before = self
                .ordered
                .take()
                .zip(self.order.take())
                .map(|(advisory, order)| Earlier {
                    advisory,
                    order: Order { late_s: None, ..order },
                });
            let is_left = |before: &Earlier| before.revision() != tombstone.revision && self.on_disk;
            let mut earlier = std::mem::take(&mut self.earlier);
            earlier.extend(before.filter(is_left));
            let stub = Advisory {
                number: tombstone.number.clone(),
                brand: tombstone.brand.clone(),
                title: format!("{}, removed", tombstone.number),
                ..Advisory::default()
            };
            *self = AdvisoryState {
                draft: stub.into(),
                stage: Stage::Withdrawn,
                on_disk: false,
                to_remove: true,
                versions: std::mem::take(&mut self.versions),
                outbox: std::mem::take(&mut self.outbox),
                imported_key: self.imported_key.take().filter(|_| !earlier.is_empty()),
                earlier,
                ..AdvisoryState::default()
            };
        }
        self.tombstones = tombstones;
    }

    /// What stands where its public version was, if that had to go.
    #[must_use]
    pub fn tombstone(&self) -> Option<&Tombstone> {
        self.tombstones.iter().find(|tombstone| tombstone.current)
    }

    /// Whether somebody should bring it into the published tree: what was held aside waits for a person.
    #[must_use]
    pub fn is_to_publish(&self) -> bool {
        self.to_remove || (self.waits_for_tree() && self.held_aside.is_none())
    }

    /// Whether the published tree does not have it yet: a release that was ordered, or a tombstone.
    #[must_use]
    pub fn waits_for_tree(&self) -> bool {
        self.to_remove || (!self.on_disk && (self.ordered.is_some() || self.tombstone().is_some()))
    }

    /// The fixed bytes of the version that was ordered last, if they are fixed.
    #[must_use]
    pub fn fixed(&self) -> Option<&Version> {
        self.version(self.ordered_revision()?)
    }

    /// Every version whose bytes are fixed, for whomever: what a new key has to sign.
    pub fn fixed_versions(&self) -> impl Iterator<Item = (&Audience, &Version)> {
        let limited = self.limited.iter().filter_map(|limited| {
            let fixed = limited.release.as_ref()?.fixed.as_ref()?;
            Some((&limited.audience, fixed))
        });
        let public = self.versions.iter().map(|version| (&Audience::Public, version));
        public.chain(limited)
    }

    /// The fixed bytes of a version.
    #[must_use]
    pub fn version(&self, revision: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.revision == revision)
    }
}

/// An advisory that may leave: the only thing that `publish` takes (law 5).
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    advisory: Shared,
    audience: Audience,
}

impl Released {
    /// The text.
    #[must_use]
    pub fn advisory(&self) -> &Advisory {
        &self.advisory
    }

    /// Who may read it.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.audience
    }
}

/// Lets an ordered advisory out. The order itself was refused or accepted by `case::refuse`; here only what was ordered, by two people, passes.
///
/// # Errors
/// A refusal that names what is missing.
pub fn release(state: &AdvisoryState) -> Result<Released, Refusal> {
    let (Some(ordered), Some(order)) = (&state.ordered, &state.order) else {
        return Err(Refusal::without_clause("no release of this advisory was ordered"));
    };
    let_out(ordered, order)
}

/// The same for the text that is public while a later one waits; none if there is no such text.
#[must_use]
pub fn release_before(state: &AdvisoryState) -> Option<Released> {
    let public = state.earlier.last().filter(|_| !state.on_disk)?;
    public.released().ok()
}

/// The one door: a text that two people ordered, with its number, revision and audience.
pub(super) fn let_out(ordered: &Shared, order: &Order) -> Result<Released, Refusal> {
    if order
        .approver
        .as_deref()
        .is_none_or(|approver| approver == order.author)
    {
        return Err(Refusal::without_clause(
            "an advisory is released by two people: its author, and another who approved it",
        ));
    }
    if ordered.number.is_empty() || ordered.revisions.is_empty() {
        return Err(Refusal::without_clause(
            "a release has a number and a revision; order it again",
        ));
    }
    Ok(Released {
        advisory: ordered.clone(),
        audience: ordered.audience.clone(),
    })
}

#[cfg(test)]
mod tests;
