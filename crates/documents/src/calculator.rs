//! What the portal's calculator takes from the published tree: what stands around its page, and the bands of the brand's policy.
//!
//! A value and its file; no score is computed here.

use psirt::house::Brand;
use psirt::policy::Policy;
use psirt::policy::block::bands::Bands;
use psirt::policy::fact::NO_BAND;
use serde::{Deserialize, Serialize};

/// The file `calculator.json` of a brand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalculatorFile {
    /// The brand's name.
    pub brand: String,
    /// Where reports are sent.
    pub contact: String,
    /// Whether there is a page of the policy.
    pub policy: bool,
    /// The fingerprint of the key that signs.
    pub key: Option<String>,
    /// The policy's own words for scores.
    pub bands: Vec<BandRange>,
}

/// Scores with one word: from and to in tenths, both included, and the word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandRange(pub u8, pub u8, pub String);

impl CalculatorFile {
    /// That of a brand.
    #[must_use]
    pub fn of(brand: &Brand, policy: Option<&Policy>, key: Option<String>) -> CalculatorFile {
        CalculatorFile {
            brand: brand.name.clone(),
            contact: brand.contact.clone(),
            policy: policy.is_some(),
            key,
            bands: policy
                .and_then(|policy| policy.bands.as_ref())
                .map(ranges)
                .unwrap_or_default(),
        }
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads it; none if it is not such a file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<CalculatorFile> {
        serde_json::from_slice(bytes).ok()
    }
}

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
