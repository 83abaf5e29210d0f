//! What the tests of this crate share: a small valid document of our own, and a way to break it.

mod bytes;
mod conformance;
mod variants;

use serde_json::Value;

use crate::{Judgement, judge};

/// A security advisory of an invented vendor, complete enough for every mandatory and optional test.
const MINIMAL: &str = include_str!("tests/minimal.json");

fn minimal() -> Value {
    serde_json::from_str(MINIMAL).unwrap()
}

fn judge_value(document: &Value) -> Judgement {
    judge(&serde_json::to_vec(document).unwrap())
}

/// `test path` of each finding.
fn found(judgement: &Judgement) -> Vec<String> {
    judgement
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.test, finding.path))
        .collect()
}
