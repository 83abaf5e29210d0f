//! The other formats of an advisory: CVE record, OSV, OpenVEX, VEX as CSAF, text.

use super::sample::{advisory, at, brand, line};
use crate::cve::{self, Container, Weight};
use crate::page::{AdvisoryPage, Setting};
use crate::{csaf, openvex, osv, place, text};
use psirt::advisory::{Advisory, LineState, LineStatement};
use psirt::house::Cna;
use serde_json::{Value, json};

fn pretty(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn container(advisories: &[&Advisory]) -> Container {
    let statements = cve::statements(advisories);
    cve::container(&statements["CVE-1900-0001"], &brand()).unwrap()
}

fn mail(advisory: &Advisory) -> String {
    let page = AdvisoryPage::of(advisory, &brand(), &Setting::of(None), "ABCD", 18_200).unwrap();
    let address = |path: &str| place::url(&brand(), path);
    text::of(
        &page,
        &address(&place::page(advisory)),
        &address(&place::document(advisory)),
    )
}

#[test]
fn a_whole_advisory_in_every_format() {
    let advisory = advisory();
    let authority = psirt::house::Brand {
        cna: Some(Cna {
            org_id: "8cbe9d5a-2b8a-4d5c-9a4e-3a1f6f0f9c11".to_owned(),
            short_name: "example".to_owned(),
        }),
        ..brand()
    };
    let statements = cve::statements(&[&advisory]);
    let record = cve::published("CVE-1900-0001", &statements["CVE-1900-0001"], &authority).unwrap();
    insta::assert_snapshot!("a_cve_record", pretty(record));
    insta::assert_snapshot!("an_osv_record", pretty(osv::record(&advisory, 0, &brand()).unwrap()));
    insta::assert_snapshot!("an_openvex_document", pretty(openvex::document(&advisory, &brand())));
    insta::assert_snapshot!("a_text", mail(&advisory));
}

#[test]
fn a_submission_holds_the_container_alone() {
    let submission: Value = serde_json::from_slice(&cve::submission(&container(&[&advisory()]))).unwrap();
    let names: Vec<&String> = submission.as_object().unwrap().keys().collect();
    assert_eq!(names, ["cnaContainer"]);
    assert_eq!(submission["cnaContainer"].get("providerMetadata"), None);
}

#[test]
fn two_advisories_about_one_id_make_one_record() {
    let mut older = advisory();
    older.number = "EXN-SA-2027:001".to_owned();
    older.revisions[0].at = at("2027-01-01T00:00:00Z");
    older.vulnerabilities[0].lines = vec![line("Quillon Hub", LineState::Affected, "", None)];
    older.vulnerabilities[0].remedies.clear();
    let newer = advisory();
    let record = container(&[&older, &newer]);
    assert_eq!(record, container(&[&newer, &older]), "in any order");
    assert_eq!(record.source.advisory, newer.number);
    assert_eq!(record.date_public, "2027-01-01T00:00:00Z");
    let products: Vec<&str> = record.affected.iter().map(|product| product.product.as_str()).collect();
    assert_eq!(
        products,
        [
            "Lattice Sensor 25",
            "Lattice Sensor 24",
            "Lattice Sensor 22",
            "Fathom Cloud",
            "Quillon Hub"
        ]
    );
    assert_eq!(record.credits.len(), 1, "thanked once");
}

/// The versions of a statement in a CVE record.
fn check_versions(state: LineState, words: &str, fixed: Option<&str>, expect: Value) {
    let mut advisory = advisory();
    advisory.vulnerabilities[0].lines = vec![
        line("Lattice", state, words, fixed),
        line("Other", LineState::Affected, "", None),
    ];
    advisory.vulnerabilities[0].remedies.clear();
    let submission: Value = serde_json::from_slice(&cve::submission(&container(&[&advisory]))).unwrap();
    let product = &submission["cnaContainer"]["affected"][0];
    let versions = product.get("versions").cloned().unwrap_or(json!([]));
    assert_eq!(json!([product["defaultStatus"], versions]), expect, "{words}");
}

#[test]
fn versions_of_a_cve_record_end_with_the_fix() {
    use LineState::{Affected, Fixed, NotAffected, UnderInvestigation};
    check_versions(
        Fixed,
        "",
        Some("25.1.2"),
        json!(["unknown", [
            { "version": "0", "status": "affected", "lessThan": "25.1.2", "versionType": "custom" },
            { "version": "25.1.2", "status": "unaffected", "lessThanOrEqual": "*", "versionType": "custom" }
        ]]),
    );
    check_versions(
        Fixed,
        "1.0 to 1.4",
        Some("1.5"),
        json!(["unknown", [
            { "version": "1.0", "status": "affected", "lessThanOrEqual": "1.4", "versionType": "custom" },
            { "version": "1.5", "status": "unaffected", "lessThanOrEqual": "*", "versionType": "custom" }
        ]]),
    );
    check_versions(
        Fixed,
        "24.0 to 24.8, and 24.10",
        Some("24.9"),
        json!(["unknown", [
            { "version": "24.0 to 24.8, and 24.10", "status": "affected" },
            { "version": "24.9", "status": "unaffected" }
        ]]),
    );
    check_versions(
        Affected,
        "",
        None,
        json!(["unknown", [{ "version": "0", "status": "affected", "lessThanOrEqual": "*", "versionType": "custom" }]]),
    );
    check_versions(
        Affected,
        "2.0, 2.1 and 2.4",
        None,
        json!(["unknown", [{ "version": "2.0, 2.1 and 2.4", "status": "affected" }]]),
    );
    check_versions(NotAffected, "", None, json!(["unaffected", []]));
    check_versions(UnderInvestigation, "", None, json!(["unknown", []]));
}

/// One rule broken, and nothing else.
fn check_rule(rule: &str, weight: Weight, hosted_only: bool, change: impl FnOnce(&mut Advisory)) {
    let found = |advisory: &Advisory| -> Vec<(String, Weight)> {
        let findings = cve::check(&container(&[advisory]), "CVE-1900-0001", hosted_only);
        findings
            .into_iter()
            .map(|finding| (finding.rule.to_owned(), finding.weight))
            .collect()
    };
    let mut broken = sound();
    change(&mut broken);
    let expect = [(rule.to_owned(), weight), ("5.4".to_owned(), Weight::Must)];
    let found: Vec<(String, Weight)> = found(&broken);
    assert!(
        found.iter().all(|one| expect.contains(one)) && found.contains(&expect[0]),
        "{rule}: {found:?}"
    );
}

/// An advisory whose record breaks no rule, but for its example id.
fn sound() -> Advisory {
    let mut advisory = advisory();
    advisory.vulnerabilities[0]
        .lines
        .retain(|line| line.state == LineState::Fixed);
    advisory.vulnerabilities[0].remedies.truncate(1);
    advisory
}

#[test]
fn a_sound_record_has_no_findings_but_its_example_id() {
    let findings = cve::check(&container(&[&sound()]), "CVE-1900-0001", false);
    let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["5.4"], "{findings:?}");
    let real = cve::check(&container(&[&sound()]), "CVE-1999-0001", false);
    assert_eq!(real, []);
}

#[test]
fn each_rule_of_the_cnas_is_found_when_it_is_broken() {
    use Weight::{FollowUp, Must};
    let one =
        |change: fn(&mut psirt::advisory::Vulnerability)| move |a: &mut Advisory| change(&mut a.vulnerabilities[0]);
    check_rule("5.2.4", Must, false, |a| {
        a.summary = "Found by reporter a, who sent a frame.".to_owned()
    });
    check_rule("5.2.11", Must, false, |a| {
        a.summary = "Like CVE-2020-1234, and worse.".to_owned()
    });
    check_rule("5.2.11", Must, false, |a| {
        a.summary = "See GHSA-aaaa-bbbb-cccc.".to_owned()
    });
    check_rule("5.2", Must, false, |a| a.summary = "x ".repeat(3_000));
    check_rule("5.1", Must, false, one(|v| v.title = "x".repeat(300)));
    check_rule("5.1.7", FollowUp, false, one(|v| v.cwe = None));
    check_rule(
        "5.1.5",
        FollowUp,
        false,
        one(|v| v.lines[0] = line("Lattice", LineState::Affected, "", None)),
    );
    check_rule(
        "5.1.6",
        FollowUp,
        false,
        one(|v| v.lines[0] = line("Lattice", LineState::UnderInvestigation, "", None)),
    );
    check_rule("5.1.11.1", Must, true, |_| {});
    check_rule(
        "5.3.3.5",
        Must,
        false,
        one(|v| v.references[0].1 = "https://www.cve.org/CVERecord?id=CVE-1900-0001".to_owned()),
    );
    let mut container = container(&[&sound()]);
    let rules = |container: &Container, hosted: bool| -> Vec<&str> {
        let findings = cve::check(container, "CVE-1999-0001", hosted).into_iter();
        findings.map(|finding| finding.rule).collect()
    };
    let end = container.affected[0].versions[0]
        .less_than_or_equal
        .replace("*".to_owned());
    assert_eq!(rules(&container, false), ["5.1.5"]);
    container.affected[0].versions[0].less_than_or_equal = end;
    container.references.clear();
    assert_eq!(rules(&container, false), ["5.3.1"]);
    container.descriptions[0].lang = "de";
    container.tags.push(cve::HOSTED);
    assert_eq!(rules(&container, false), ["5.2.1", "5.1.11.1", "5.3.1"]);
    container.affected.clear();
    assert_eq!(rules(&container, true), ["5.2.1", "5.1.3", "5.3.1"]);
}

#[test]
fn a_name_inside_another_word_is_no_credit() {
    let mut advisory = sound();
    advisory.vulnerabilities[0].credits[0].name = "Ana".to_owned();
    advisory.summary = "An analyst who analyses a banana frame runs code.".to_owned();
    assert_eq!(cve::check(&container(&[&advisory]), "CVE-1999-0001", false), []);
}

#[test]
fn services_alone_are_tagged() {
    let mut advisory = sound();
    for line in &mut advisory.vulnerabilities[0].lines {
        line.deployment = "saas".to_owned();
    }
    assert_eq!(container(&[&advisory]).tags, [cve::HOSTED]);
    assert_eq!(cve::check(&container(&[&advisory]), "CVE-1999-0001", true), []);
}

/// Only lines that are not affected.
fn unaffected(justification: Option<&str>) -> Advisory {
    let mut advisory = advisory();
    let cloud = LineStatement {
        justification: justification.map(str::to_owned),
        ..line("Fathom Cloud", LineState::NotAffected, "", None)
    };
    advisory.vulnerabilities[0].lines = vec![cloud];
    advisory.vulnerabilities[0].remedies.clear();
    advisory
}

#[test]
fn an_advisory_about_nothing_affected_is_a_vex() {
    let category = |advisory: &Advisory| {
        let bytes = csaf::to_bytes(&csaf::document(advisory, &brand(), "1").unwrap());
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        document["document"]["category"].as_str().unwrap().to_owned()
    };
    let reason = Some("vulnerable_code_not_present");
    assert_eq!(category(&unaffected(reason)), "csaf_vex");
    assert_eq!(
        category(&unaffected(None)),
        "csaf_security_advisory",
        "a VEX has a reason"
    );
    let mut nameless = unaffected(reason);
    nameless.vulnerabilities[0].cve = None;
    assert_eq!(
        category(&nameless),
        "csaf_security_advisory",
        "a VEX names its vulnerability"
    );
    assert_eq!(category(&advisory()), "csaf_security_advisory");
    assert!(
        cve::statements(&[&unaffected(reason)]).is_empty(),
        "the CVE list wants to hear nothing"
    );
}

#[test]
fn a_reason_without_a_label_of_openvex_is_said_in_words() {
    let statement = |justification| -> Value {
        let document: Value = serde_json::from_slice(&openvex::document(&unaffected(justification), &brand())).unwrap();
        document["statements"][0].clone()
    };
    let labelled = statement(Some("component_not_present"));
    assert_eq!(labelled["justification"], "component_not_present");
    assert_eq!(labelled.get("impact_statement"), None);
    for other in [None, Some("because")] {
        let said = statement(other);
        assert_eq!(said.get("justification"), None);
        assert_eq!(said["impact_statement"], "Fathom Cloud is not affected.");
    }
}

#[test]
fn several_vulnerabilities_have_a_record_each() {
    let mut advisory = advisory();
    let mut second = advisory.vulnerabilities[0].clone();
    second.cve = None;
    advisory.vulnerabilities.push(second);
    let record: Value = serde_json::from_slice(&osv::record(&advisory, 1, &brand()).unwrap()).unwrap();
    assert_eq!(record["id"], "x_EXN-SA-2027:014#2");
    assert_eq!(record["related"], json!(["x_EXN-SA-2027:014#1"]));
    assert_eq!(place::osv(&advisory, 1), "osv/exn-sa-2027_014.2.json");
    assert_eq!(osv::record(&advisory, 2, &brand()), None);
}

#[test]
fn a_long_address_stays_whole_and_other_lines_are_short() {
    let mut advisory = advisory();
    let address = format!("https://example.org/{}", "a-long-path/".repeat(20));
    advisory.vulnerabilities[0].references = vec![("Far away".to_owned(), address.clone())];
    advisory.summary = "word ".repeat(100);
    let mail = mail(&advisory);
    assert!(
        mail.lines()
            .all(|line| line.contains("https://") || line.chars().count() <= 78),
        "{mail}"
    );
    assert!(mail.contains(&format!("<{address}>")), "{mail}");
    let summary = mail.lines().find(|line| line.starts_with("word")).unwrap();
    assert!((68..=72).contains(&summary.len()), "{summary}");
}
