//! Whatever is wrong in a document leads to a field of the advisory.

use super::sample::{advisory, brand, line};
use crate::csaf;
use crate::cve::{self, Statement};
use crate::field::{Origin, of_cve, of_place};
use crate::problem;
use psirt::advisory::{Advisory, Credit, Frame, LineState, Remedy, RemedyKind, Score, fields};
use serde_json::Value;

/// The sample with everything that a brand says, a second vulnerability, and a remedy that only the line gives.
fn full() -> Advisory {
    let mut text = advisory();
    text.frame = Frame {
        language: "en-GB".to_owned(),
        issuing_authority: "The PSIRT of Example Networks.".to_owned(),
        severity_namespace: "https://example.com/severity".to_owned(),
        distribution: "Pass it on as it is.".to_owned(),
        recommendations: "Keep the console off the internet.".to_owned(),
        notes: vec![("Support".to_owned(), "Ask your partner.".to_owned())],
        disclaimer: "Without warranty.".to_owned(),
        references: vec![("Contact".to_owned(), "https://example.com/contact".to_owned())],
    };
    let mut second = text.vulnerabilities[0].clone();
    second.cve = Some("CVE-1900-0002".to_owned());
    second.band = None;
    second.lines = vec![
        line("Lattice Sensor 25", LineState::Affected, "25.1.0", None),
        line("Fathom Cloud", LineState::UnderInvestigation, "", None),
    ];
    second.remedies = vec![Remedy {
        kind: RemedyKind::Mitigation,
        text: "Close the port.".to_owned(),
        products: vec!["Lattice Sensor 25".to_owned()],
        date: None,
    }];
    second.credits = vec![Credit {
        name: "Reporter B".to_owned(),
        validated: true,
    }];
    second.scores.push(Score {
        vector: "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:C/C:L/I:N/A:L".to_owned(),
        issuer: Some("NVD".to_owned()),
    });
    text.vulnerabilities.push(second);
    text
}

/// Whether a person finds this field: it is in the text, or a list or part of it, or one of the few that nobody writes there.
fn is_known(text: &Advisory, field: &str) -> bool {
    let holds = |name: &str| {
        let rest = name.strip_prefix(field);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    fields(text).iter().any(|(name, _)| holds(name))
        || ["brand", "number", "revisions", "revisions[0].summary"].contains(&field)
}

fn check_pointer(pointer: &str, expect: &str) {
    let text = full();
    let document = csaf::document(&text, &brand(), "0").unwrap();
    assert_eq!(
        Origin::of(&document, &text, &brand()).field(pointer),
        expect,
        "{pointer}"
    );
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                pointers(value, format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                pointers(value, format!("{at}/{place}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

/// A validator can point at nothing but these places, and at properties that are missing beside them.
#[test]
fn every_place_of_a_document_has_its_field() {
    let text = full();
    let document = csaf::document(&text, &brand(), "0").unwrap();
    let origin = Origin::of(&document, &text, &brand());
    let mut all = Vec::new();
    pointers(&serde_json::to_value(&document).unwrap(), String::new(), &mut all);
    assert!(all.len() > 300, "{}", all.len());
    let mut whole = Vec::new();
    for pointer in &all {
        let field = origin.field(pointer);
        if field.is_empty() {
            whole.push(pointer.as_str());
        } else {
            assert!(is_known(&text, &field), "{pointer} leads to `{field}`");
        }
    }
    assert_eq!(
        whole,
        [
            "/document/category",
            "/document/csaf_version",
            "/document/notes",
            "/document/references",
            "/document/tracking/generator/date",
            "/document/tracking/generator/engine/name",
            "/document/tracking/generator/engine/version",
            "/document/tracking/generator/engine",
            "/document/tracking/generator",
            "/document",
            "/product_tree/branches",
            "/product_tree",
            "",
        ]
    );
}

#[test]
fn a_pointer_leads_to_the_field_that_a_person_changes() {
    check_pointer("/document/title", "title");
    check_pointer("/document/notes/0/text", "summary");
    check_pointer("/document/notes/1", "details");
    check_pointer("/document/notes/2/text", "vulnerabilities[0].band");
    check_pointer("/document/notes/3", "recommendations");
    check_pointer("/document/notes/4/title", "notes[0]");
    check_pointer("/document/notes/5/text", "disclaimer");
    check_pointer("/document/references/3/url", "references[0]");
    check_pointer("/document/references/0", "brand");
    check_pointer("/document/tracking/revision_history/0/summary", "revisions[0].summary");
    check_pointer("/document/distribution/tlp/label", "audience");
    let branch = "/product_tree/branches/0/branches/0";
    check_pointer(branch, "vulnerabilities[0].lines[Lattice Sensor 25].state");
    check_pointer(
        &format!("{branch}/branches/0/name"),
        "vulnerabilities[0].lines[Lattice Sensor 25].affected",
    );
    check_pointer(
        &format!("{branch}/branches/1/product/product_id"),
        "vulnerabilities[0].lines[Lattice Sensor 25].fixed",
    );
    check_pointer(
        &format!("{branch}/branches/2"),
        "vulnerabilities[1].lines[Lattice Sensor 25].affected",
    );
    check_pointer("/vulnerabilities/0/cwe/name", "vulnerabilities[0].cwe");
    check_pointer(
        "/vulnerabilities/0/scores/0/cvss_v3/vectorString",
        "vulnerabilities[0].scores[0].vector",
    );
    check_pointer("/vulnerabilities/0/notes/1", "vulnerabilities[0].scores[1].vector");
    check_pointer(
        "/vulnerabilities/0/product_status/first_fixed/1",
        "vulnerabilities[0].lines[Lattice Sensor 24].fixed",
    );
    check_pointer(
        "/vulnerabilities/0/product_status/known_affected/2",
        "vulnerabilities[0].lines[Lattice Sensor 22].affected",
    );
    check_pointer(
        "/vulnerabilities/0/flags/0/label",
        "vulnerabilities[0].lines[Fathom Cloud].justification",
    );
    check_pointer(
        "/vulnerabilities/0/remediations/0/date",
        "vulnerabilities[0].remedies[0].date",
    );
    check_pointer(
        "/vulnerabilities/0/remediations/1/product_ids/0",
        "vulnerabilities[0].remedies[1].text",
    );
    // The line is looked at, and the document says so by itself.
    check_pointer(
        "/vulnerabilities/1/remediations/1/details",
        "vulnerabilities[1].lines[Fathom Cloud].state",
    );
    check_pointer("/vulnerabilities/1/threats/0/details", "vulnerabilities[1].exploit");
    check_pointer(
        "/vulnerabilities/1/acknowledgments/0/summary",
        "vulnerabilities[1].credits[0]",
    );
}

/// A test that something is missing points at what is around it.
#[test]
fn what_is_missing_has_its_field() {
    let text = full();
    let document = csaf::document(&text, &brand(), "0").unwrap();
    let origin = Origin::of(&document, &text, &brand());
    assert_eq!(origin.field_of("6.3.3", "/vulnerabilities/1"), "vulnerabilities[1].cve");
    assert_eq!(origin.field_of("6.3.4", "/vulnerabilities/0"), "vulnerabilities[0].cwe");
    assert_eq!(origin.field_of("6.3.4", "/document/title"), "title");
    assert_eq!(origin.field_of("6.1.8", "/vulnerabilities/0"), "vulnerabilities[0]");
}

/// What is not there, or nobody has heard of, leads to the list or to the whole, and never fails.
#[test]
fn a_pointer_to_nothing_leads_to_what_is_around_it() {
    check_pointer("/vulnerabilities/0/remediations", "vulnerabilities[0].remedies");
    check_pointer("/vulnerabilities/0/remediations/99/date", "vulnerabilities[0].remedies");
    check_pointer("/vulnerabilities/0/product_status/fixed/99", "vulnerabilities[0].lines");
    check_pointer("/vulnerabilities/99/cwe", "vulnerabilities");
    check_pointer("/vulnerabilities/0/x_new", "vulnerabilities[0]");
    check_pointer("/product_tree/relationships/0", "");
    check_pointer("/document/notes/99", "summary");
    check_pointer("nonsense", "");
}

#[test]
fn every_problem_leads_to_its_field() {
    let mut text = full();
    let hidden = "\u{200b}";
    text.title.push_str(hidden);
    text.summary.push_str(hidden);
    text.details.push_str(hidden);
    text.frame.language = "de".to_owned();
    text.frame.severity_namespace = "ftp://x".to_owned();
    for place in [
        &mut text.frame.disclaimer,
        &mut text.frame.distribution,
        &mut text.frame.recommendations,
    ] {
        place.push_str(hidden);
    }
    text.frame.notes[0].1.clear();
    text.frame.references[0].1.clear();
    text.revisions[0].summary.clear();
    let one = &mut text.vulnerabilities[0];
    one.title.push_str(hidden);
    one.cve = Some(String::new());
    one.impact = Some(String::new());
    one.cwe = Some((String::new(), String::new()));
    one.scores[0].vector = "CVSS:9".to_owned();
    one.lines[0].affected.push('\n');
    one.lines[1].fixed = Some(String::new());
    one.lines[3].justification = Some(String::new());
    one.lines[2].product = one.lines[1].product.clone();
    one.remedies[0].text.clear();
    one.remedies[0].products.push("Nothing".to_owned());
    one.credits[0].name.clear();
    one.milestones[1].clause = Some(String::new());
    one.milestones[0].text.clear();
    one.references[0].1.clear();
    let problems = problem::check(&text, &brand()).unwrap_err();
    assert!(problems.len() >= 24, "{problems:#?}");
    for problem in &problems {
        let field = of_place(&problem.place, &text);
        // What was emptied is no field with words any more.
        let named = full();
        assert!(
            is_known(&text, &field) || is_known(&named, &field),
            "{} leads to `{field}`",
            problem.place
        );
    }
    let fields: Vec<String> = problems.iter().map(|problem| of_place(&problem.place, &text)).collect();
    for expect in [
        "vulnerabilities[0].lines[Lattice Sensor 25].affected",
        "vulnerabilities[0].credits[0]",
        "vulnerabilities[0].milestones[1]",
        "notes[0]",
        "language",
    ] {
        assert!(fields.iter().any(|field| field == expect), "{expect}: {fields:#?}");
    }
}

#[test]
fn every_rule_of_the_cnas_leads_to_its_field() {
    let mut text = full();
    text.summary = format!("Reporter A found it, as CVE-2020-1111 was. {}", "x".repeat(5_000));
    text.vulnerabilities.truncate(1);
    let one = &mut text.vulnerabilities[0];
    one.title = "x".repeat(300);
    one.cwe = None;
    one.lines[0].state = LineState::UnderInvestigation;
    one.references
        .push(("The list".to_owned(), "https://www.cve.org/x".to_owned()));
    let statement = Statement {
        advisory: &text,
        vulnerability: &text.vulnerabilities[0],
    };
    let container = cve::container(&[statement], &brand()).unwrap();
    let findings = cve::check(&container, "CVE-1900-0001", true);
    let mut found: Vec<(&str, String)> = findings
        .iter()
        .map(|finding| (finding.rule, of_cve(&finding.place, &container, 0)))
        .collect();
    found.dedup();
    let expect = [
        ("5.2.4", "summary"),
        ("5.2.11", "summary"),
        ("5.2", "summary"),
        ("5.1.6", "vulnerabilities[0].lines[Lattice Sensor 25].state"),
        ("5.1.5", "vulnerabilities[0].lines[Lattice Sensor 22].state"),
        ("5.1.11.1", "vulnerabilities[0].lines"),
        ("5.3.3.5", "vulnerabilities[0].references[1]"),
        ("5.1.7", "vulnerabilities[0].cwe"),
        ("5.1", "vulnerabilities[0].title"),
        ("5.4", "vulnerabilities[0].cve"),
    ];
    let expect: Vec<(&str, String)> = expect
        .iter()
        .map(|(rule, field)| (*rule, (*field).to_owned()))
        .collect();
    assert_eq!(found, expect);
}
