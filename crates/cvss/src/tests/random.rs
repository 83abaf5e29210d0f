//! A small deterministic generator, and random vectors of every version.

use crate::{Group, Version};

/// SplitMix64: the same numbers on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// The segments of a vector with a value for every base metric and for some of the others, not-defined ones included.
    pub(crate) fn segments(&mut self, version: Version) -> Vec<String> {
        let mut segments = Vec::new();
        let crowded = self.below(4);
        for metric in version.metrics() {
            if metric.group == Group::Base || self.below(4) < crowded {
                let value = &metric.values[self.below(metric.values.len())];
                segments.push(format!("{}:{}", metric.code, value.code));
            }
        }
        segments
    }

    /// The text of such a vector, in the specification's order.
    pub(crate) fn vector(&mut self, version: Version) -> String {
        format!("{}{}", version.prefix(), self.segments(version).join("/"))
    }
}

/// Every vector of a version that consists of base metrics alone.
pub(crate) fn all_base_vectors(version: Version) -> Vec<String> {
    let mut vectors = vec![version.prefix().to_owned()];
    for (i, metric) in version.metrics().iter().filter(|m| m.group == Group::Base).enumerate() {
        let slash = if i == 0 { "" } else { "/" };
        let extend = |start: &String| {
            let start = start.clone();
            metric
                .values
                .iter()
                .map(move |value| format!("{start}{slash}{}:{}", metric.code, value.code))
        };
        vectors = vectors.iter().flat_map(extend).collect();
    }
    vectors
}
