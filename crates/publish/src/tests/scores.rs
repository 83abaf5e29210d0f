//! FIRST's JSON objects against an independent judge: the gate recomputes every score and compares every property (tests 6.1.8, 6.1.9
//! and 6.1.10) of the reference vectors in `data/cvss`.

use super::sample::{advisory, brand};
use documents::csaf;
use psirt::advisory::{Score, Vulnerability};
use std::path::PathBuf;
use std::process::Command;

/// Every `step`-th vector of a file; none, with a word on why, if the data or the program is missing outside of CI.
fn vectors(name: &str, step: usize) -> Option<Vec<String>> {
    let root = std::env::var("CANDOR_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let path = PathBuf::from(root).join("data/cvss").join(name);
    let missing = match Command::new("xz").arg("-dc").arg(&path).output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8(output.stdout).unwrap();
            let vector = |line: &str| line.split('\t').next().unwrap().to_owned();
            return Some(text.lines().skip(1).step_by(step).map(vector).collect());
        }
        Ok(_) => format!(
            "needs {} (set CANDOR_DATA); no object of {name} was compared",
            path.display()
        ),
        Err(_) => format!("needs xz; no object of {name} was compared"),
    };
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
    println!("skipped: {missing}");
    None
}

/// The findings about scores of a document with these vectors, one vulnerability each.
fn findings(vectors: &[String]) -> Vec<(usize, &'static str, String)> {
    let mut advisory = advisory();
    let sample = advisory.vulnerabilities[0].clone();
    let one = |vector: &String| Vulnerability {
        cve: None,
        scores: vec![Score {
            vector: vector.clone(),
            issuer: None,
        }],
        ..sample.clone()
    };
    advisory.vulnerabilities = vectors.iter().map(one).collect();
    let json = csaf::to_bytes(&csaf::document(&advisory, &brand(), "1").unwrap());
    let judgement = gate::judge(&json);
    let blocking = judgement
        .findings
        .into_iter()
        .filter(|finding| finding.class <= gate::Class::Mandatory);
    blocking
        .map(|finding| {
            let place = finding
                .path
                .split('/')
                .nth(2)
                .and_then(|place| place.parse().ok())
                .unwrap_or(usize::MAX);
            (place, finding.test, finding.message)
        })
        .collect()
}

/// The gate objects to none of the vectors.
fn check_agreement(name: &str, step: usize) {
    let Some(all) = vectors(name, step) else { return };
    let mut objections = Vec::new();
    for chunk in all.chunks(200) {
        for (place, test, message) in findings(chunk) {
            objections.push(format!(
                "{}: {test}: {message}",
                chunk.get(place).map_or("?", String::as_str)
            ));
        }
    }
    let shown: Vec<_> = objections.iter().take(5).collect();
    assert!(
        objections.is_empty(),
        "{} of {} objects: {shown:#?}",
        objections.len(),
        all.len()
    );
    assert!(all.len() >= 900, "{name} has {} rows only", all.len());
}

#[test]
fn objects_of_3_1_agree_with_the_gate() {
    check_agreement("v31.tsv.xz", 11);
}

#[test]
fn objects_of_3_0_agree_with_the_gate() {
    check_agreement("v30.tsv.xz", 11);
}

#[test]
fn objects_of_2_0_agree_with_the_gate() {
    check_agreement("v20.tsv.xz", 11);
}
