//! The mapping to CSAF. Whether the result is valid is tested in `publish`, where the gate is.

use super::sample::{advisory, at, brand, line};
use crate::csaf::{document, file_name, to_bytes};
use psirt::advisory::{Advisory, LineState, Revision, Status};
use serde_json::{Value, json};

fn json_of(advisory: &Advisory) -> Value {
    serde_json::from_slice(&to_bytes(&document(advisory, &brand(), "1.2.3").unwrap())).unwrap()
}

#[test]
fn a_whole_advisory_as_csaf() {
    let text = String::from_utf8(to_bytes(&document(&advisory(), &brand(), "1.2.3").unwrap())).unwrap();
    assert!(text.ends_with("}\n"));
    insta::assert_snapshot!("a_whole_advisory_as_csaf", text);
}

#[test]
fn file_names_follow_the_rule() {
    let check = |id: &str, expect: &str| assert_eq!(file_name(id), expect, "{id}");
    check("NN-2025:1-01", "nn-2025_1-01.json");
    check("2022_#01-A", "2022_01-a.json");
    check("cisco-sa-1+2", "cisco-sa-1+2.json");
    check("A__B", "a_b.json");
    check("../../etc/passwd", "_etc_passwd.json");
    check("Ä Ö", "_.json");
}

#[test]
fn the_same_advisory_gives_the_same_bytes() {
    let bytes = || to_bytes(&document(&advisory(), &brand(), "1.2.3").unwrap());
    assert_eq!(bytes(), bytes());
}

/// Every object of a JSON text, read without a map that would sort it.
fn keys_are_sorted(text: &str) {
    let mut open: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some((key, _)) = trimmed.strip_prefix('"').and_then(|rest| rest.split_once("\": ")) {
            open.last_mut().unwrap().push(key.to_owned());
        }
        if trimmed.ends_with('{') || trimmed.ends_with('[') {
            open.push(Vec::new());
        } else if trimmed.starts_with('}') || trimmed.starts_with(']') {
            let keys = open.pop().unwrap();
            assert!(keys.is_sorted(), "{keys:?}");
        }
    }
    assert!(open.is_empty());
}

#[test]
fn properties_stand_in_alphabetical_order() {
    keys_are_sorted(&String::from_utf8(to_bytes(&document(&advisory(), &brand(), "1").unwrap())).unwrap());
}

/// The branch name and id that a statement becomes.
fn check_range(state: LineState, affected: &str, fixed: Option<&str>, expect: &[&str]) {
    let mut advisory = advisory();
    advisory.vulnerabilities[0].lines = vec![line("Lattice", state, affected, fixed)];
    advisory.vulnerabilities[0].remedies.clear();
    let document = json_of(&advisory);
    let branches = document
        .pointer("/product_tree/branches/0/branches/0/branches")
        .unwrap()
        .as_array()
        .unwrap();
    let names: Vec<&str> = branches.iter().map(|branch| branch["name"].as_str().unwrap()).collect();
    assert_eq!(names, expect, "{affected}");
    for branch in branches {
        let id = branch.pointer("/product/product_id").unwrap().as_str().unwrap();
        assert!(id.starts_with("lattice:"), "{id}");
    }
}

#[test]
fn words_become_ranges_and_never_more_than_they_say() {
    use LineState::{Affected, Fixed, NotAffected, UnderInvestigation};
    check_range(
        Fixed,
        "25.0.0 to 25.1.1",
        Some("25.1.2"),
        &["vers:generic/>=25.0.0|<=25.1.1", "25.1.2"],
    );
    check_range(Fixed, "", Some("25.1.2"), &["vers:generic/<25.1.2", "25.1.2"]);
    check_range(
        Fixed,
        "all versions",
        Some("25.1.2"),
        &["vers:generic/<25.1.2", "25.1.2"],
    );
    check_range(
        Fixed,
        "from 25.0",
        Some("25.1.2"),
        &["vers:generic/>=25.0|<25.1.2", "25.1.2"],
    );
    check_range(Affected, "before 3.0", None, &["vers:generic/<3.0"]);
    check_range(Affected, "up to 3.0", None, &["vers:generic/<=3.0"]);
    check_range(Affected, "3.0 and earlier", None, &["vers:generic/<=3.0"]);
    check_range(Affected, "3.0 and later", None, &["vers:generic/>=3.0"]);
    check_range(Affected, "3.0", None, &["3.0"]);
    check_range(Affected, "all versions before 3.0", None, &["vers:generic/<3.0"]);
    check_range(Affected, "Versions 2.0 to 3.0", None, &["vers:generic/>=2.0|<=3.0"]);
    check_range(Affected, "version 3.0", None, &["3.0"]);
    // What no range says stands there in its own words.
    check_range(Affected, "2.0, 2.1 and 2.4", None, &["2.0, 2.1 and 2.4"]);
    // Words beside a fix stay words: 24.10 is later than the fix, and affected.
    check_range(
        Fixed,
        "24.0 to 24.8, and 24.10",
        Some("24.9"),
        &["24.0 to 24.8, and 24.10", "24.9"],
    );
    check_range(Fixed, "All versions", Some("24.9"), &["vers:generic/<24.9", "24.9"]);
    check_range(Affected, "", None, &["vers:all/*"]);
    check_range(NotAffected, "none", None, &["vers:all/*"]);
    check_range(UnderInvestigation, "", None, &["vers:all/*"]);
    check_range(
        Fixed,
        "before 1.0+build",
        Some("1.0+build"),
        &["vers:generic/<1.0%2Bbuild", "1.0+build"],
    );
}

#[test]
fn a_service_without_versions_is_fixed_on_a_day() {
    let mut advisory = advisory();
    let mut cloud = line("Cloud", LineState::Fixed, "", None);
    cloud.fixed_on = Some(jiff::civil::date(2027, 2, 8));
    advisory.vulnerabilities[0].lines = vec![cloud];
    advisory.vulnerabilities[0].remedies.clear();
    let document = json_of(&advisory);
    let status = &document["vulnerabilities"][0]["product_status"];
    assert_eq!(status["fixed"], json!(["cloud:2027-02-08"]));
    assert_eq!(status["known_affected"], json!(["cloud:<2027-02-08"]));
}

#[test]
fn a_line_without_a_remedy_gets_the_one_that_follows_from_its_state() {
    let mut advisory = advisory();
    advisory.status = Status::Interim;
    advisory.vulnerabilities[0].remedies.clear();
    let document = json_of(&advisory);
    let remediations = document["vulnerabilities"][0]["remediations"].as_array().unwrap();
    let told: Vec<(&str, &Value)> = remediations
        .iter()
        .map(|one| (one["category"].as_str().unwrap(), &one["product_ids"]))
        .collect();
    assert_eq!(
        told,
        [
            ("vendor_fix", &json!(["lattice-sensor-25:>=25.0.0|<=25.1.1"])),
            ("vendor_fix", &json!(["lattice-sensor-24:<24.3.7"])),
            ("none_available", &json!(["lattice-sensor-22:*"])),
        ]
    );
    assert_eq!(document["document"]["tracking"]["status"], "interim");
}

#[test]
fn a_revision_keeps_the_first_date_and_the_ids() {
    let mut revised = advisory();
    revised.revisions.push(Revision {
        number: 2,
        at: at("2028-01-03T08:00:00Z"),
        summary: "More".to_owned(),
        version: String::new(),
    });
    let (one, two) = (json_of(&advisory()), json_of(&revised));
    let tracking = &two["document"]["tracking"];
    assert_eq!(tracking["version"], "2");
    assert_eq!(tracking["initial_release_date"], "2027-05-27T08:00:00Z");
    assert_eq!(tracking["current_release_date"], "2028-01-03T08:00:00Z");
    assert_eq!(one["product_tree"], two["product_tree"]);
    assert_eq!(
        one["document"]["references"], two["document"]["references"],
        "the address is that of the first year"
    );
}

#[test]
fn a_score_without_a_place_becomes_a_note() {
    let document = json_of(&advisory());
    let vulnerability = &document["vulnerabilities"][0];
    assert_eq!(vulnerability["scores"].as_array().unwrap().len(), 1);
    let notes = vulnerability["notes"].to_string();
    assert!(notes.contains("9.3 Critical (CVSS-B), CVSS:4.0/AV:N"), "{notes}");
}

#[test]
fn two_lines_with_one_slug_have_two_ids() {
    let mut advisory = advisory();
    advisory.vulnerabilities[0].lines = vec![
        line("Sensor 1", LineState::Affected, "", None),
        line("sensor-1", LineState::Affected, "", None),
    ];
    advisory.vulnerabilities[0].remedies.clear();
    assert_eq!(
        json_of(&advisory)["vulnerabilities"][0]["product_status"]["known_affected"],
        json!(["sensor-1:*", "sensor-1:2:*"])
    );
}

#[test]
fn case_numbers_never_get_in() {
    let text = String::from_utf8(to_bytes(&document(&advisory(), &brand(), "1").unwrap())).unwrap();
    assert!(!text.contains("EXN-2026-AAAAA"));
}
