//! Scores of a story that a house would have refused: each lowered the band without a reason or a second person (R6).
//!
//! Owns what `candor policy due` leaves out of a story that nobody judged when it was written. Never leaves anything out of a house's
//! own record: there the refusal came first.

use super::merge;
use super::refuse::{Refusal, rescoring};
use crate::clock::facts::CaseFacts;
use crate::clock::governing;
use crate::event::{Entry, Kind};
use crate::policy::Policy;
use crate::story::ProductLine;

/// A score that does not count, by its place among the entries, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discounted {
    /// Its place in the history.
    pub seq: u32,
    /// What a house would have answered.
    pub refusal: Refusal,
}

/// The scores that do not count. Each is judged on what was recorded before it; of merged cases each on its own history.
#[must_use]
pub fn discounted(policies: &[Policy], products: &[ProductLine], entries: &[Entry]) -> Vec<Discounted> {
    let mut discounted: Vec<Discounted> = Vec::new();
    for (place, score) in entries.iter().enumerate() {
        if score.event.kind() != Kind::Scored || merge::is_retracted(entries, score.seq) {
            continue;
        }
        let before = entries.get(..place).unwrap_or_default().iter().filter(|entry| {
            let counts = !discounted.iter().any(|other| other.seq == entry.seq);
            counts && entry.case == score.case && entry.recorded <= score.recorded
        });
        let facts = CaseFacts::fold(products, before, score.recorded);
        let policies = governing(policies, &facts);
        if let Err(refusal) = rescoring(&policies, &facts, score, score.recorded) {
            let seq = score.seq;
            discounted.push(Discounted { seq, refusal });
        }
    }
    discounted
}
