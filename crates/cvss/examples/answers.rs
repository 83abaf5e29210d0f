//! Random vectors of CVSS 3.1 and 4.0 with their scores, for comparing another implementation: `cargo run -p cvss --example answers -- SEED COUNT`.
//!
//! A line is: vector, base, temporal (threat), environmental, overall, each `-` where the vector states none; then what the score is made
//! of, with spaces between: the sub-scores, or the macrovector.

#![expect(
    clippy::disallowed_methods,
    reason = "a program reads its words and writes its lines; the crate does not"
)]

use cvss::{Score, Vector, Version};
use std::error::Error;
use std::io::{BufWriter, Write as _};

/// Two of three optional metrics are left out, so that whole groups are missing now and then.
const LEFT_OUT_OF_THREE: u64 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let count: u64 = arguments.next().as_deref().unwrap_or("20000").parse()?;
    let mut random = Random(seed.max(1));
    let mut output = BufWriter::new(std::io::stdout().lock());
    for place in 0..count {
        let version = if place % 2 == 0 { Version::V3_1 } else { Version::V4_0 };
        let vector = Vector::parse(&random.vector(version))?;
        let scores = vector.scores();
        let shown = |score: Option<Score>| score.map_or_else(|| "-".to_owned(), |score| score.to_string());
        let (base, overall) = (scores.base, scores.overall);
        let (temporal, environmental) = (shown(scores.temporal), shown(scores.environmental));
        writeln!(
            output,
            "{vector}\t{base}\t{temporal}\t{environmental}\t{overall}\t{}",
            parts(vector)
        )?;
    }
    Ok(())
}

fn parts(vector: Vector) -> String {
    if let Some(macrovector) = vector.macrovector() {
        return macrovector.to_string();
    }
    let parts = vector.sub_scores().map(|parts| {
        let environment = [parts.environmental_impact, parts.environmental_exploitability];
        let all = [Some(parts.impact), Some(parts.exploitability)]
            .into_iter()
            .chain(environment);
        all.flatten().map(|part| part.to_string()).collect::<Vec<_>>().join(" ")
    });
    parts.unwrap_or_default()
}

/// Xorshift of 64 bits: the same vectors for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end.max(1)).unwrap_or_default()
    }

    fn vector(&mut self, version: Version) -> String {
        let environment = self.below(3) > 0;
        let mut text = version.prefix().to_owned();
        for metric in version.metrics() {
            let skipped = match metric.group {
                cvss::Group::Base => false,
                cvss::Group::Environmental if !environment => true,
                _ => (self.below(3) as u64) < LEFT_OUT_OF_THREE,
            };
            if skipped {
                continue;
            }
            let value = metric.values[self.below(metric.values.len() as u64)];
            if !text.ends_with('/') {
                text.push('/');
            }
            text.push_str(&format!("{}:{}", metric.code, value.code));
        }
        text
    }
}
