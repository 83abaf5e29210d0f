//! The bands of a policy as the calculator knows them.
//!
//! Values; no score is computed here.

use psirt::policy::block::bands::Bands;
use psirt::policy::fact::NO_BAND;
use serde::{Deserialize, Serialize};

/// Scores with one word: from and to in tenths, both included, and the word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandRange(pub u8, pub u8, pub String);

/// The bands of a policy by score, the lowest first, with what its readings say of scores that the prose leaves out. A score without a
/// band is in no range.
#[must_use]
pub fn ranges(bands: &Bands) -> Vec<BandRange> {
    let mut ranges: Vec<BandRange> = Vec::new();
    for tenths in 0..=100 {
        let value = bands.of(tenths).filter(|value| *value != NO_BAND);
        let Some(band) = value.and_then(|value| bands.get(value)) else {
            continue;
        };
        match ranges.last_mut() {
            Some(BandRange(_, to, label)) if *label == band.label && *to + 1 == tenths => *to = tenths,
            _ => ranges.push(BandRange(tenths, tenths, band.label.clone())),
        }
    }
    ranges
}
