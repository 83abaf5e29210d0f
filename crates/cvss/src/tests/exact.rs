//! Every score against the exact second implementation.

use super::oracle;
use super::random::{Random, all_base_vectors};
use crate::{Vector, Version};

fn check_exact(text: &str) {
    let equations = Vector::parse(text).unwrap().equations();
    let ours = [
        equations.base,
        equations.temporal,
        equations.environmental,
        equations.all,
    ];
    assert_eq!(
        ours.map(|score| i64::from(score.tenths())),
        oracle::scores(text),
        "{text}"
    );
}

fn check_all_base_vectors(version: Version, count: usize) {
    let vectors = all_base_vectors(version);
    assert_eq!(vectors.len(), count);
    vectors.iter().for_each(|text| check_exact(text));
}

fn check_random_vectors(version: Version, count: usize) {
    let mut random = Random(version as u64);
    (0..count).for_each(|_| check_exact(&random.vector(version)));
}

#[test]
fn all_729_base_vectors_of_2_0_are_exact() {
    check_all_base_vectors(Version::V2_0, 729);
}

#[test]
fn all_2592_base_vectors_of_3_0_are_exact() {
    check_all_base_vectors(Version::V3_0, 2592);
}

#[test]
fn all_2592_base_vectors_of_3_1_are_exact() {
    check_all_base_vectors(Version::V3_1, 2592);
}

#[test]
fn all_104976_base_vectors_of_4_0_are_exact() {
    check_all_base_vectors(Version::V4_0, 104_976);
}

#[test]
fn random_vectors_of_2_0_are_exact() {
    check_random_vectors(Version::V2_0, 5000);
}

#[test]
fn random_vectors_of_3_0_are_exact() {
    check_random_vectors(Version::V3_0, 3000);
}

#[test]
fn random_vectors_of_3_1_are_exact() {
    check_random_vectors(Version::V3_1, 3000);
}

#[test]
fn random_vectors_of_4_0_are_exact() {
    check_random_vectors(Version::V4_0, 30_000);
}

/// Everything that the environmental equation of 3.x can be given, but for the order of the losses, which are multiplied.
fn check_all_inputs_of_the_environmental_equation(version: Version) {
    let loss = |metric: &str, requirement: &str| {
        let values = ["N", "L", "H"]
            .into_iter()
            .flat_map(|value| ["L", "M", "H"].map(|weight| (value, weight)));
        values
            .map(|(v, w)| format!("/M{metric}:{v}/{requirement}:{w}"))
            .collect::<Vec<_>>()
    };
    let (c, i, a) = (loss("C", "CR"), loss("I", "IR"), loss("A", "AR"));
    for base in all_base_vectors(version)
        .iter()
        .filter(|text| text.ends_with("/C:L/I:L/A:L"))
    {
        for (at_c, c) in c.iter().enumerate() {
            for (at_i, i) in i.iter().enumerate().skip(at_c) {
                a.iter()
                    .skip(at_i)
                    .for_each(|a| check_exact(&format!("{base}{c}{i}{a}")));
            }
        }
    }
}

#[test]
fn all_inputs_of_the_environmental_equation_of_3_0_are_exact() {
    check_all_inputs_of_the_environmental_equation(Version::V3_0);
}

#[test]
fn all_inputs_of_the_environmental_equation_of_3_1_are_exact() {
    check_all_inputs_of_the_environmental_equation(Version::V3_1);
}

#[test]
fn all_inputs_of_the_adjusted_base_equation_of_2_0_are_exact() {
    for base in all_base_vectors(Version::V2_0) {
        for requirements in [
            "L/L/L", "L/L/M", "L/L/H", "L/M/M", "L/M/H", "L/H/H", "M/M/H", "M/H/H", "H/H/H",
        ] {
            let mut weights = requirements.split('/');
            let mut next = || weights.next().unwrap();
            check_exact(&format!("{base}/CR:{}/IR:{}/AR:{}", next(), next(), next()));
        }
    }
}
