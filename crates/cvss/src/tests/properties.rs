//! Laws that follow from the equations.

use super::random::{Random, all_base_vectors};
use crate::{Score, Vector, Version};

/// The base score after replacing one metric's value; the vector is in canonical order.
fn base_with(text: &str, metric: &str, value: &str) -> Score {
    let replace = |segment: &str| match segment.split_once(':') {
        Some((name, _)) if name == metric => format!("{metric}:{value}"),
        _ => segment.to_owned(),
    };
    let segments: Vec<String> = text.split('/').map(replace).collect();
    Vector::parse(&segments.join("/")).unwrap().scores().base
}

/// Along `values`, least first, the base score of every base vector never falls.
fn check_never_falls(version: Version, metrics: &[&str], values: &[&str]) {
    for text in all_base_vectors(version) {
        for metric in metrics {
            let scores = values.iter().map(|value| base_with(&text, metric, value));
            assert!(scores.is_sorted(), "{text}: {metric}");
        }
    }
}

#[test]
fn more_impact_never_lowers_a_2_0_base_score() {
    check_never_falls(Version::V2_0, &["C", "I", "A"], &["N", "P", "C"]);
}

#[test]
fn easier_access_never_lowers_a_2_0_base_score() {
    check_never_falls(Version::V2_0, &["AV"], &["L", "A", "N"]);
    check_never_falls(Version::V2_0, &["AC"], &["H", "M", "L"]);
    check_never_falls(Version::V2_0, &["Au"], &["M", "S", "N"]);
}

#[test]
fn more_impact_never_lowers_a_3_x_base_score() {
    check_never_falls(Version::V3_0, &["C", "I", "A"], &["N", "L", "H"]);
    check_never_falls(Version::V3_1, &["C", "I", "A"], &["N", "L", "H"]);
}

#[test]
fn easier_attacks_never_lower_a_3_1_base_score() {
    check_never_falls(Version::V3_1, &["AV"], &["P", "L", "A", "N"]);
    check_never_falls(Version::V3_1, &["AC"], &["H", "L"]);
    check_never_falls(Version::V3_1, &["PR"], &["H", "L", "N"]);
    check_never_falls(Version::V3_1, &["UI"], &["R", "N"]);
}

#[test]
fn temporal_and_threat_metrics_never_raise_a_score() {
    let mut random = Random(3);
    for version in Version::ALL {
        for _ in 0..5000 {
            let text = random.vector(version);
            let scores = Vector::parse(&text).unwrap().equations();
            assert!(scores.temporal <= scores.base, "{text}");
            assert!(scores.all <= scores.environmental, "{text}");
        }
    }
}

#[test]
fn a_4_0_score_is_never_above_its_macrovector() {
    let mut random = Random(4);
    for _ in 0..5000 {
        let text = random.vector(Version::V4_0);
        let vector = Vector::parse(&text).unwrap();
        assert!(
            vector.scores().overall <= vector.macrovector().unwrap().score(),
            "{text}"
        );
    }
}

#[test]
fn a_modified_metric_that_repeats_the_base_metric_changes_no_4_0_score() {
    let mut random = Random(5);
    for text in all_base_vectors(Version::V4_0) {
        if random.below(20) > 0 {
            continue;
        }
        let metrics = text.split('/').skip(1);
        let modified: Vec<String> = metrics.map(|segment| format!("M{segment}")).collect();
        let same = Vector::parse(&format!("{text}/{}", modified.join("/"))).unwrap();
        let scores = same.equations();
        assert_eq!(scores.environmental, scores.base, "{text}");
    }
}

#[test]
fn a_vector_is_small() {
    assert_eq!(size_of::<Vector>(), 16);
    assert_eq!(size_of::<Score>(), 1);
}

#[test]
fn scores_know_their_range() {
    assert_eq!(Score::from_tenths(100), Some(Score::MAX));
    assert_eq!(Score::from_tenths(101), None);
    assert_eq!(Score::from_tenths(98).unwrap().to_string(), "9.8");
    assert_eq!(Score::from_tenths(7).unwrap().as_f64(), 0.7);
    assert!(Score::ZERO < Score::MAX);
}
