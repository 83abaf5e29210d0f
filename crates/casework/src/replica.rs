//! The board that follows the journal's tail, and the streams' next places.
//!
//! Owns the one way into the board: what the store gave back, in log order. So the board is at every moment the fold of the journal's
//! first entries, whoever appended them. Never writes.

use crate::error::ActError;
use crate::ports::instant;
use psirt::board::{Appended, Board};
use psirt::body::{Body, What};
use psirt::house::HouseEvent;
use std::collections::BTreeMap;
use store::{Recorded, Store, StreamId};

/// A fold of the journal up to a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replica {
    pub(crate) board: Board,
    /// How many entries of the log are folded.
    seen: u64,
    /// What the last entry of each stream is.
    last: BTreeMap<String, Last>,
    /// The streams of product lines by name. A name is not fit for a stream, and a stream stands in clear on disk.
    products: BTreeMap<String, StreamId>,
}

/// The last entry of a stream.
#[derive(Clone, Debug)]
struct Last {
    seq: u64,
    what: String,
}

impl Replica {
    /// The place that the next entry of a stream takes, from 1.
    pub(crate) fn next(&self, stream: &StreamId) -> u64 {
        self.last.get(stream.as_str()).map_or(1, |last| last.seq + 1)
    }

    /// What the last entry of a stream is, in words for a conflict.
    pub(crate) fn last_words(&self, stream: &StreamId) -> String {
        self.last
            .get(stream.as_str())
            .map_or_else(|| "another entry".to_owned(), |last| last.what.clone())
    }

    /// The stream of a product line.
    pub(crate) fn product_stream(&self, name: &str) -> Option<&StreamId> {
        self.products.get(name)
    }

    fn apply(&mut self, recorded: Recorded) -> Result<(), ActError> {
        let mut last = Last {
            seq: recorded.seq,
            what: format!("an erased entry by {}", recorded.actor),
        };
        match &recorded.body {
            store::Body::Plain(bytes) => {
                let body = Body::decode(bytes.as_bytes())?;
                last.what = format!("{} by {}", words(&body.what), recorded.actor);
                if let What::House(HouseEvent::ProductSet(product)) = &body.what {
                    self.products.insert(product.name.clone(), recorded.stream.clone());
                }
                let entry = Appended {
                    stream: recorded.stream.as_str(),
                    seq: u32::try_from(recorded.seq).unwrap_or(u32::MAX),
                    recorded: instant(recorded.recorded_us),
                    actor: recorded.actor.as_str(),
                };
                self.board.apply(entry, &body);
            }
            store::Body::Erased | store::Body::KeyMissing => self.board.apply_erased(),
        }
        self.last.insert(recorded.stream.as_str().to_owned(), last);
        self.seen = recorded.log_index + 1;
        Ok(())
    }

    /// How many entries of the log are folded: where the rest of the tail begins.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Folds a page of the tail.
    pub(crate) fn apply_page(&mut self, page: Vec<Recorded>) -> Result<(), ActError> {
        let seen = self.seen;
        page.into_iter()
            .filter(|entry| entry.log_index >= seen)
            .try_for_each(|entry| self.apply(entry))
    }

    /// A fold of the whole journal from its first entry.
    pub(crate) async fn from_scratch(store: &Store) -> Result<Replica, ActError> {
        let mut replica = Replica::default();
        loop {
            let page = store.tail(replica.seen, store::PAGE_MAX_ENTRIES).await?;
            if page.is_empty() {
                return Ok(replica);
            }
            replica.apply_page(page)?;
        }
    }
}

/// What an entry is, without its content.
pub(crate) fn words(what: &What) -> String {
    use psirt::advisory::AdvisoryEvent;
    use psirt::house::ReportEvent;
    match what {
        What::Case(event) => format!("`{}`", event.kind()),
        What::Report(ReportEvent::Arrived { .. }) => "the arrival".to_owned(),
        What::Report(ReportEvent::Sender { .. }) => "the sender".to_owned(),
        What::Report(ReportEvent::Understood { .. }) => "the report's text".to_owned(),
        What::Report(ReportEvent::Joined { .. }) => "the report's case".to_owned(),
        What::Advisory(AdvisoryEvent::Drafted(_)) => "a draft".to_owned(),
        What::Advisory(AdvisoryEvent::ReviewAsked) => "a question for review".to_owned(),
        What::Advisory(AdvisoryEvent::Approved) => "an approval".to_owned(),
        What::Advisory(AdvisoryEvent::Scheduled { .. }) => "a schedule".to_owned(),
        What::Advisory(AdvisoryEvent::ReleaseOrdered { .. }) => "an order to publish".to_owned(),
        What::Advisory(AdvisoryEvent::Published { .. }) => "the publication".to_owned(),
        What::Advisory(AdvisoryEvent::Withdrawn { .. }) => "a withdrawal".to_owned(),
        What::House(HouseEvent::Opened { .. }) => "the house's name".to_owned(),
        What::House(HouseEvent::BrandSet(_)) => "a change of the brand".to_owned(),
        What::House(HouseEvent::KeyMade { .. }) => "a key".to_owned(),
        What::House(HouseEvent::ProductSet(_)) => "a change of the product line".to_owned(),
        What::House(HouseEvent::Line(entry)) => format!("`{}`", entry.event.kind()),
        What::House(HouseEvent::PersonSet(_)) => "a change of the person".to_owned(),
        What::House(HouseEvent::CaseShredded(_)) => "the shredding of a case".to_owned(),
        What::House(HouseEvent::PersonErased(_)) => "the erasure of a sender".to_owned(),
        What::House(HouseEvent::PolicyAdopted { .. }) => "an adoption of the policy".to_owned(),
    }
}
