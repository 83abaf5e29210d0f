//! The board that follows the journal's tail, and the streams' next places.
//!
//! Owns the one way into the board: what the store gave back, in log order. So the board is at every moment the fold of the journal's
//! first entries, whoever appended them. Never writes.

use crate::error::ActError;
use crate::ports::instant;
use psirt::board::{Appended, Board};
use psirt::body::{Body, What};
use psirt::house::HouseEvent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read};
use std::sync::Arc;
use store::{Recorded, Store, StreamId};

/// Entries that are folded before a snapshot is worth its writing.
const SNAPSHOT_AFTER_ENTRIES: u64 = 20_000;

/// A fold of the journal up to a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub(crate) board: Board,
    /// How many entries of the log are folded.
    seen: u64,
    /// How many of them came from a snapshot, or are in one since.
    pub(crate) from_snapshot: u64,
    /// The place of the last entry of each stream.
    last: BTreeMap<Box<str>, u64>,
    /// The streams of product lines by name. A name is not fit for a stream, and a stream stands in clear on disk.
    products: BTreeMap<String, StreamId>,
    /// Entries of the house as they were recorded: few, and folded again by whoever reads a snapshot.
    house: Vec<HouseEntry>,
}

/// An entry of the house.
#[derive(Clone, Serialize, Deserialize)]
struct HouseEntry {
    stream: String,
    seq: u32,
    recorded_us: i64,
    actor: String,
    body: String,
}

/// Without its body, which may hold a secret key.
impl fmt::Debug for HouseEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HouseEntry")
            .field("stream", &self.stream)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// What stands before the board in a snapshot.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The program that wrote it: another one may fold in another way.
    candor: String,
    seen: u64,
    /// The leaf of the last entry that is folded.
    leaf: Vec<u8>,
    last: BTreeMap<Box<str>, u64>,
    house: Vec<HouseEntry>,
}

impl Replica {
    /// The place that the next entry of a stream takes, from 1.
    pub(crate) fn next(&self, stream: &StreamId) -> u64 {
        self.last.get(stream.as_str()).map_or(1, |last| last + 1)
    }

    /// The stream of a product line.
    pub(crate) fn product_stream(&self, name: &str) -> Option<&StreamId> {
        self.products.get(name)
    }

    fn apply(&mut self, recorded: Recorded) -> Result<(), ActError> {
        match &recorded.body {
            store::Body::Plain(bytes) => {
                let body = Body::decode(bytes.as_bytes())?;
                let entry = Appended {
                    stream: recorded.stream.as_str(),
                    seq: u32::try_from(recorded.seq).unwrap_or(u32::MAX),
                    recorded: instant(recorded.recorded_us),
                    actor: recorded.actor.as_str(),
                };
                if let What::House(event) = &body.what {
                    self.note_product(&recorded.stream, event);
                    self.house.push(HouseEntry {
                        stream: recorded.stream.to_string(),
                        seq: entry.seq,
                        recorded_us: recorded.recorded_us,
                        actor: recorded.actor.to_string(),
                        body: String::from_utf8_lossy(bytes.as_bytes()).into_owned(),
                    });
                }
                self.board.apply(entry, &body);
            }
            store::Body::Erased => self.board.apply_erased(),
            // A board without them would show cases without their promises, and let somebody decide on that.
            store::Body::KeyMissing => {
                return Err(damaged(
                    format!("entry {} of the log", recorded.log_index),
                    "its key is not among the keys, and nobody erased it: the keys are older than the journal; restore the newest backup of the keys",
                ));
            }
        }
        self.last.insert(recorded.stream.as_str().into(), recorded.seq);
        self.seen = recorded.log_index + 1;
        Ok(())
    }

    fn note_product(&mut self, stream: &StreamId, event: &HouseEvent) {
        if let HouseEvent::ProductSet(product) = event {
            self.products.insert(product.name.clone(), stream.clone());
        }
    }

    /// How many entries of the log are folded: where the rest of the tail begins.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Folds a page of the tail.
    pub(crate) fn apply_page(&mut self, page: Vec<Recorded>) -> Result<(), ActError> {
        let applied = self.apply_unsettled(page);
        self.board.settle();
        applied
    }

    fn apply_unsettled(&mut self, page: Vec<Recorded>) -> Result<(), ActError> {
        let seen = self.seen;
        page.into_iter()
            .filter(|entry| entry.log_index >= seen)
            .try_for_each(|entry| self.apply(entry))
    }

    /// A fold of the whole journal from its first entry.
    pub(crate) async fn from_scratch(store: &Store) -> Result<Replica, ActError> {
        let mut replica = Replica::default();
        replica.follow(store).await?;
        Ok(replica)
    }

    /// A fold of the whole journal, from the snapshot if there is one of this journal, which is renewed if it is old.
    pub(crate) async fn open(store: &Store) -> Result<Replica, ActError> {
        let head = store.head().await?;
        let mut replica = Replica::default();
        if let Some((kept, leaf)) = store.snapshot(|reader| Replica::load(BufReader::new(reader))).await?
            && store.leaf(kept.seen.saturating_sub(1)).await? == Some(leaf)
        {
            replica = kept;
        }
        replica.follow(store).await?;
        if replica.seen < head.size {
            return Err(damaged(
                format!("the log behind entry {}", replica.seen),
                "entries are missing that its head counts; run `candor journal verify`, which says what is still safe",
            ));
        }
        if replica.seen - replica.from_snapshot >= SNAPSHOT_AFTER_ENTRIES {
            replica.keep(store).await?;
        }
        Ok(replica)
    }

    async fn follow(&mut self, store: &Store) -> Result<(), ActError> {
        loop {
            let page = store.tail(self.seen, store::PAGE_MAX_ENTRIES).await?;
            if page.is_empty() {
                self.board.settle();
                return Ok(());
            }
            self.apply_unsettled(page)?;
        }
    }

    /// Writes a snapshot. A disk that is full keeps nobody from working: the next start takes longer, no more.
    pub(crate) async fn keep(&mut self, store: &Store) -> Result<(), ActError> {
        let Some(leaf) = store.leaf(self.seen.saturating_sub(1)).await? else {
            return Ok(());
        };
        let head = Head {
            candor: env!("CARGO_PKG_VERSION").to_owned(),
            seen: self.seen,
            leaf,
            last: self.last.clone(),
            house: self.house.clone(),
        };
        // The board moves to the thread that writes it, and back: a copy of a large one would cost as much as the board.
        let board = Arc::new(std::mem::take(&mut self.board));
        let written = Arc::clone(&board);
        let kept = store
            .put_snapshot(move |out| {
                let head = serde_json::to_vec(&head)?;
                out.write_all(&(head.len() as u64).to_le_bytes())?;
                out.write_all(&head)?;
                written.save(out)
            })
            .await;
        self.board = Arc::try_unwrap(board).unwrap_or_else(|board| Board::clone(&board));
        if kept.is_ok() {
            self.from_snapshot = self.seen;
        }
        Ok(())
    }

    /// Reads a snapshot of this program; none if anything in it does not fit.
    fn load(mut input: impl Read) -> Option<(Replica, Vec<u8>)> {
        const HEAD_MAX_BYTES: u64 = 1 << 30;
        let mut length = [0; 8];
        input.read_exact(&mut length).ok()?;
        let length = u64::from_le_bytes(length);
        let mut head = Vec::new();
        input
            .by_ref()
            .take(length.min(HEAD_MAX_BYTES))
            .read_to_end(&mut head)
            .ok()?;
        let head: Head = serde_json::from_slice(&head).ok()?;
        if head.candor != env!("CARGO_PKG_VERSION") {
            return None;
        }
        let mut replica = Replica {
            seen: head.seen,
            from_snapshot: head.seen,
            last: head.last,
            ..Replica::default()
        };
        let mut house = Board::default();
        for entry in &head.house {
            let body = Body::decode(entry.body.as_bytes()).ok()?;
            if let What::House(event) = &body.what {
                replica.note_product(&StreamId::new(entry.stream.as_str()).ok()?, event);
            }
            let appended = Appended {
                stream: &entry.stream,
                seq: entry.seq,
                recorded: instant(entry.recorded_us),
                actor: &entry.actor,
            };
            house.apply(appended, &body);
        }
        replica.house = head.house;
        replica.board = Board::load(&mut input, house.house).ok()?;
        Some((replica, head.leaf))
    }
}

fn damaged(place: String, detail: &str) -> ActError {
    store::StoreError::Corrupt {
        place,
        detail: detail.to_owned(),
    }
    .into()
}

/// What the last entry of a stream is, in words for a conflict.
pub(crate) async fn last_words(store: &Store, stream: &StreamId, seq: u64) -> String {
    let entries = store.read_stream(stream, seq).await.unwrap_or_default();
    let last = entries.last().map(|entry| match &entry.body {
        store::Body::Plain(bytes) => {
            let what =
                Body::decode(bytes.as_bytes()).map_or_else(|_| "another entry".to_owned(), |body| words(&body.what));
            format!("{what} by {}", entry.actor)
        }
        _ => format!("an erased entry by {}", entry.actor),
    });
    last.unwrap_or_else(|| "another entry".to_owned())
}

/// What an entry is, without its content.
pub(crate) fn words(what: &What) -> String {
    use psirt::advisory::AdvisoryEvent;
    use psirt::finding::FindingEvent;
    use psirt::house::ReportEvent;
    match what {
        What::Case(event) => format!("`{}`", event.kind()),
        What::Report(ReportEvent::Arrived { .. }) => "the arrival".to_owned(),
        What::Report(ReportEvent::Sender { .. }) => "the sender".to_owned(),
        What::Report(ReportEvent::Understood { .. }) => "the report's text".to_owned(),
        What::Report(ReportEvent::Joined { .. }) => "the report's case".to_owned(),
        What::Report(ReportEvent::Envelope(_)) => "the envelope".to_owned(),
        What::Report(ReportEvent::Letter(_)) => "who wrote the message".to_owned(),
        What::Report(ReportEvent::Sorted(_)) => "what became of the message".to_owned(),
        What::Report(ReportEvent::Released) => "a release of the message".to_owned(),
        What::Report(ReportEvent::RoomOpened(_)) => "the reporter's room".to_owned(),
        What::Report(ReportEvent::Dispatch { .. }) => "a letter to the reporter".to_owned(),
        What::Report(ReportEvent::KeyGiven(_)) => "a key of the reporter".to_owned(),
        What::Report(ReportEvent::KeyDropped { .. }) => "the end of a key of the reporter".to_owned(),
        What::Report(ReportEvent::HandedOver { .. }) => "the portal that handed it over".to_owned(),
        What::Report(ReportEvent::TermsShown(_)) => "the terms that were shown".to_owned(),
        What::Finding(FindingEvent::Run(_)) => "a run of a scanner".to_owned(),
        What::Finding(FindingEvent::Promoted { .. }) => "the promotion of a finding".to_owned(),
        What::Finding(FindingEvent::Joined { .. }) => "the joining of a finding".to_owned(),
        What::Finding(FindingEvent::Dismissed { .. }) => "the dismissal of a finding".to_owned(),
        What::Finding(FindingEvent::Restored { .. }) => "the return of a dismissed finding".to_owned(),
        What::Advisory(AdvisoryEvent::Drafted(_)) => "a draft".to_owned(),
        What::Advisory(AdvisoryEvent::ReviewAsked) => "a question for review".to_owned(),
        What::Advisory(AdvisoryEvent::Approved) => "an approval".to_owned(),
        What::Advisory(AdvisoryEvent::Scheduled { .. }) => "a schedule".to_owned(),
        What::Advisory(AdvisoryEvent::ReleaseOrdered { .. }) => "an order to publish".to_owned(),
        What::Advisory(AdvisoryEvent::Published { .. }) => "the publication".to_owned(),
        What::Advisory(AdvisoryEvent::Withdrawn { .. }) => "a withdrawal".to_owned(),
        What::Advisory(AdvisoryEvent::ReviewAskedOf { .. }) => "a question for review".to_owned(),
        What::Advisory(AdvisoryEvent::SentBack { .. }) => "a refusal of the draft".to_owned(),
        What::Advisory(AdvisoryEvent::HeldBack { .. }) => "a schedule that was held back".to_owned(),
        What::Advisory(AdvisoryEvent::HeldAside { .. }) => "a release that was held aside".to_owned(),
        What::Advisory(AdvisoryEvent::Imported { .. }) => "an advisory that was brought along".to_owned(),
        What::Advisory(AdvisoryEvent::BytesFixed(_)) => "the bytes of a release".to_owned(),
        What::Advisory(AdvisoryEvent::Commented { .. }) => "a comment".to_owned(),
        What::Advisory(AdvisoryEvent::CommentAnswered { .. }) => "an answer to a comment".to_owned(),
        What::Advisory(AdvisoryEvent::CommentResolved { .. }) => "a settled comment".to_owned(),
        What::Advisory(AdvisoryEvent::Superseded { .. }) => "a replacement by another advisory".to_owned(),
        What::Advisory(AdvisoryEvent::Tombstoned(_)) => "the removal of a version".to_owned(),
        What::Advisory(AdvisoryEvent::Limited { audience, .. }) => format!("a release to {audience}"),
        What::Advisory(AdvisoryEvent::Delivery { .. }) => "what follows a publication".to_owned(),
        What::Advisory(AdvisoryEvent::SignatureRenewed { .. }) => "a new signature".to_owned(),
        What::House(HouseEvent::Opened { .. }) => "the house's name".to_owned(),
        What::House(HouseEvent::BrandSet(_)) => "a change of the brand".to_owned(),
        What::House(HouseEvent::WordingSet { .. }) => "the wording of its advisories".to_owned(),
        What::House(HouseEvent::KeyMade { .. } | HouseEvent::KeyAdded(_)) => "a key".to_owned(),
        What::House(HouseEvent::KeyRenewed { .. }) => "a key's new end".to_owned(),
        What::House(HouseEvent::KeyRevoked { .. }) => "a key's revocation".to_owned(),
        What::House(HouseEvent::SignaturesRenewed { .. }) => "new signatures of everything".to_owned(),
        What::House(HouseEvent::StoodStill { .. }) => "a brand of which nothing can be published".to_owned(),
        What::House(HouseEvent::WentOn { .. }) => "a brand that is published again".to_owned(),
        What::House(HouseEvent::SecurityTxtSigned { .. }) => "a signed security.txt".to_owned(),
        What::House(HouseEvent::ProductSet(_)) => "a change of the product line".to_owned(),
        What::House(HouseEvent::Line(entry)) => format!("`{}`", entry.event.kind()),
        What::House(HouseEvent::LineRetracted { .. }) => "a retraction of what happened to the product line".to_owned(),
        What::Report(ReportEvent::RoomSeen) => "a look into the room".to_owned(),
        What::House(HouseEvent::PersonSet(_)) => "a change of the person".to_owned(),
        What::House(HouseEvent::JobGivenUp { .. }) => "a job that was given up".to_owned(),
        What::House(HouseEvent::JobRevived { .. }) => "a job that is tried again".to_owned(),
        What::House(HouseEvent::JobDropped { .. }) => "a job that nobody tries again".to_owned(),
        What::House(HouseEvent::CaseShredded(_)) => "the shredding of a case".to_owned(),
        What::House(HouseEvent::PersonErased(_)) => "the erasure of a sender".to_owned(),
        What::House(HouseEvent::OriginalsDestroyed(_)) => "the end of personal data".to_owned(),
        What::House(HouseEvent::CustomerSet(_)) => "a change of the customer".to_owned(),
        What::House(HouseEvent::TokenMade { .. }) => "a token".to_owned(),
        What::House(HouseEvent::TokenRevoked { .. }) => "a token that was taken back".to_owned(),
        What::House(HouseEvent::TokenUsed { .. }) => "the use of a token".to_owned(),
        What::House(HouseEvent::MachineTokenMade(_)) => "a machine's token".to_owned(),
        What::House(HouseEvent::MachineTokenEnded { .. }) => "the end of a machine's token".to_owned(),
        What::House(HouseEvent::MailboxOpened { .. }) => "the first look into a mailbox".to_owned(),
        What::House(HouseEvent::PromisesReleased(_)) => "the release of how promises were kept".to_owned(),
        What::House(HouseEvent::ThemeSet(_)) => "a change of the portal's look".to_owned(),
        What::House(HouseEvent::PolicyAdopted { .. }) => "an adoption of the policy".to_owned(),
    }
}
