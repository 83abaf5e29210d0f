//! The small document, whole and broken in one place at a time.

use serde_json::{Value, json};

use super::{MINIMAL, found, judge_value, minimal};
use crate::{Class, Judgement, KNOWN_GAPS, NotRun, judge};

/// The minimal document lacks a CVE id, which is worth a remark and nothing more.
const REMARK: &str = "6.3.3 /vulnerabilities/0";

#[test]
fn the_minimal_document_passes_with_one_remark() {
    let judgement = judge(MINIMAL.as_bytes());
    assert_eq!(found(&judgement), [REMARK]);
    assert_eq!(judgement.of(Class::Informative).count(), 1);
    assert!(judgement.passes());
    let not_run: Vec<_> = judgement.not_run.iter().map(|test| test.test).collect();
    assert_eq!(not_run, KNOWN_GAPS.iter().map(|gap| gap.test).collect::<Vec<_>>());
}

#[test]
fn findings_come_in_the_order_of_the_document() {
    // csaf-rs finds duplicate products in the order of a hash map.
    let product = |number: usize| json!({ "name": "Twice", "product_id": format!("id-{}", number / 2) });
    let mut broken = minimal();
    broken["product_tree"]["full_product_names"] = (0..24).map(product).collect();
    let duplicates: Vec<_> = judge_value(&broken)
        .findings
        .into_iter()
        .filter(|finding| finding.test == "6.1.2")
        .collect();
    let in_order = (0..24).map(|number| format!("/product_tree/full_product_names/{number}/product_id"));
    assert_eq!(
        duplicates.into_iter().map(|finding| finding.path).collect::<Vec<_>>(),
        in_order.collect::<Vec<_>>()
    );
}

/// Replaces the value at `pointer` and expects these findings besides the usual remark.
fn check_variant(pointer: &str, value: Value, expect: &[&str], passes: bool) {
    let mut document = minimal();
    *document.pointer_mut(pointer).unwrap() = value;
    let judgement = judge_value(&document);
    let findings: Vec<_> = found(&judgement)
        .into_iter()
        .filter(|finding| finding != REMARK)
        .collect();
    assert_eq!(findings, expect, "{pointer}");
    assert_eq!(judgement.passes(), passes, "{pointer}");
}

#[test]
fn a_failed_mandatory_test_blocks() {
    let unknown_product = json!(["gateway-4.1", "gateway-9"]);
    check_variant(
        "/vulnerabilities/0/remediations/0/product_ids",
        unknown_product,
        &["6.1.1 /vulnerabilities/0/remediations/0/product_ids/1"],
        false,
    );
    check_variant(
        "/document/tracking/version",
        json!("2"),
        &["6.1.16 /document/tracking/version"],
        false,
    );
    check_variant(
        "/vulnerabilities/0/scores/0/cvss_v3/baseScore",
        json!(7.6),
        &["6.1.9 /vulnerabilities/0/scores/0"],
        false,
    );
    check_variant(
        "/vulnerabilities/0/cwe/name",
        json!("Improper Input"),
        &["6.1.11 /vulnerabilities/0/cwe/name"],
        false,
    );
    check_variant(
        "/document/publisher/category",
        json!("translator"),
        &["6.1.15 /document"],
        false,
    );
}

#[test]
fn a_failed_optional_test_is_reported_and_does_not_block() {
    check_variant(
        "/document/references/0/category",
        json!("external"),
        &["6.2.11 /document/references"],
        true,
    );
    let before_the_first_revision = json!("2024-03-01T09:00:00.000Z");
    let finding = "6.2.5 /document/tracking/initial_release_date";
    check_variant(
        "/document/tracking/initial_release_date",
        before_the_first_revision,
        &[finding],
        true,
    );
}

#[test]
fn a_document_outside_the_schema_is_blocked_and_says_what_was_not_run() {
    check_variant("/document/lang", json!("?"), &["schema /document/lang"], false);
    check_variant(
        "/document/csaf_version",
        json!("2.1"),
        &["schema /document/csaf_version"],
        false,
    );

    // It does not fit the validator's typed model, so nearly every test is skipped. csaf-rs alone calls that a success.
    let mut document = minimal();
    document["document"]["title"] = json!(5);
    let judgement = judge_value(&document);
    assert_eq!(found(&judgement), ["schema /document/title", REMARK]);
    assert!(!judgement.passes());
    let skipped = judgement.not_run.iter().find(|test| test.test == "6.1.1").unwrap();
    assert!(
        skipped
            .why
            .starts_with("the document does not fit the validator's model"),
        "{}",
        skipped.why
    );
    assert!(
        judgement
            .not_run
            .iter()
            .filter(|test| test.class == Class::Mandatory)
            .count()
            > 40
    );
}

#[test]
fn a_mandatory_test_without_verdict_blocks() {
    let check = |class, expect| {
        let not_run = vec![NotRun {
            test: "6.1.1",
            class,
            why: "for this test".to_owned(),
        }];
        assert_eq!(
            Judgement {
                findings: vec![],
                not_run
            }
            .passes(),
            expect,
            "{class:?}"
        );
    };
    check(Class::Schema, false);
    check(Class::Mandatory, false);
    check(Class::Optional, true);
    check(Class::Informative, true);
}

#[test]
fn other_json_is_blocked() {
    for document in [json!(null), json!([]), json!({}), json!("text"), json!(1.5)] {
        let judgement = judge_value(&document);
        assert!(!judgement.passes());
        assert!(judgement.of(Class::Schema).count() > 0, "{document}");
    }
}

/// The names of a weakness change, and archives tell of weaknesses that were named later.
#[test]
fn a_document_of_the_past_may_name_weaknesses_by_any_release() {
    let check = |released: &str, id: &str, name: &str, passes: bool| {
        let mut document = minimal();
        for pointer in [
            "/document/tracking/current_release_date",
            "/document/tracking/initial_release_date",
            "/document/tracking/revision_history/0/date",
        ] {
            *document.pointer_mut(pointer).unwrap() = json!(released);
        }
        document["vulnerabilities"][0]["cwe"] = json!({ "id": id, "name": name });
        let judgement = judge_value(&document);
        let weaknesses = judgement.findings.iter().filter(|finding| finding.test == "6.1.11");
        assert_eq!(
            weaknesses.count() == 0,
            passes,
            "{released} {id}: {:?}",
            found(&judgement)
        );
    };
    let (then, now) = ("2017-01-10T07:00:00.000Z", "2026-11-01T09:00:00.000Z");
    // CWE 2.10 has neither; a later release has them.
    check(then, "CWE-1188", "Insecure Default Initialization of Resource", true);
    check(then, "CWE-352", "Cross-Site Request Forgery (CSRF)", true);
    check(then, "CWE-352", "Request Forgery", false);
    check(then, "CWE-35200", "Cross-Site Request Forgery (CSRF)", false);
    // Today's documents use today's names.
    check(now, "CWE-352", "Cross-Site Request Forgery (CSRF)", true);
    check(now, "CWE-1188", "Insecure Default Initialization of Resource", false);
}
