//! Documents that are read back.

use super::sample::{advisory, brand};
use crate::affected::Standing;
use crate::csaf::{document, read, to_bytes};
use psirt::advisory::{Advisory, LineState, Revision, Status, Validity};
use serde_json::{Value, json};

fn bytes(advisory: &Advisory) -> Vec<u8> {
    to_bytes(&document(advisory, &brand(), "1.0.0").unwrap())
}

/// A document of ours with a change, and why it is refused.
fn check_refused(change: impl FnOnce(&mut Value), expect: &str) {
    let mut value: Value = serde_json::from_slice(&bytes(&advisory())).unwrap();
    change(&mut value);
    let problems = read(&serde_json::to_vec(&value).unwrap()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.contains(expect)), "{problems:?}");
}

#[test]
fn what_we_wrote_reads_back_as_it_was() {
    let mut written = advisory();
    let first = written.revisions[0].at;
    written.revisions.push(Revision {
        number: 2,
        at: first + jiff::SignedDuration::from_hours(48),
        summary: "More is known.".to_owned(),
        version: String::new(),
    });
    let understood = read(&bytes(&written)).unwrap();
    let found = &understood.advisory;
    assert_eq!(understood.namespace, brand().namespace);
    assert_eq!(
        (
            &found.number,
            &found.title,
            &found.summary,
            &found.details,
            found.status
        ),
        (
            &written.number,
            &written.title,
            &written.summary,
            &written.details,
            written.status
        )
    );
    assert_eq!(found.revisions, written.revisions);
    assert!(found.cases.is_empty());
    for (found, written) in found.vulnerabilities.iter().zip(&written.vulnerabilities) {
        assert_eq!((&found.cve, &found.cwe), (&written.cve, &written.cwe));
        let state = |lines: &[psirt::advisory::LineStatement]| -> Vec<(String, LineState)> {
            let mut states: Vec<_> = lines.iter().map(|line| (line.product.clone(), line.state)).collect();
            states.sort_by(|a, b| a.0.cmp(&b.0));
            states
        };
        assert_eq!(state(&found.lines), state(&written.lines));
        let known: Vec<&str> = written.scores.iter().map(|score| score.vector.as_str()).collect();
        assert!(!found.scores.is_empty() && found.scores.iter().all(|score| known.contains(&score.vector.as_str())));
        assert_eq!(found.credits.len(), written.credits.len());
    }
    // What a record has no place for is named.
    assert!(
        understood
            .kept
            .iter()
            .any(|name| name.starts_with("document.tracking.generator")),
        "{:?}",
        understood.kept
    );
}

#[test]
fn what_no_longer_holds_reads_back_as_such_and_names_no_product() {
    for validity in [
        Validity::Withdrawn {
            why: "It describes another product.".to_owned(),
        },
        Validity::Superseded {
            by: "EXN-SA-2027:015".to_owned(),
        },
    ] {
        let ended = Advisory {
            validity: validity.clone(),
            ..advisory()
        };
        let document: Value = serde_json::from_slice(&bytes(&ended)).unwrap();
        assert_eq!(document["document"]["category"], "csaf_base");
        assert!(document.get("vulnerabilities").is_none() && document.get("product_tree").is_none());
        let text = document.to_string();
        assert!(
            text.contains("CVE-1900-0001") && text.contains("It was about"),
            "{text}"
        );
        let found = read(&bytes(&ended)).unwrap().advisory;
        assert_eq!((&found.validity, found.vulnerabilities.len()), (&validity, 0));
        crate::problem::check(
            &Advisory {
                policy: ended.policy,
                ..found
            },
            &brand(),
        )
        .unwrap();
    }
}

/// As others write it: a document of the base profile with a word in its title, which is how a converter to CSAF 2.1 knows it.
#[test]
fn a_withdrawn_document_of_others_is_known_by_its_title() {
    let mut value: Value = serde_json::from_slice(&bytes(&advisory())).unwrap();
    value["document"]["category"] = json!("csaf_base");
    value["document"]["title"] = json!("WITHDRAWN: Lattice Sensor");
    value.as_object_mut().unwrap().remove("vulnerabilities");
    let found = read(&serde_json::to_vec(&value).unwrap()).unwrap().advisory;
    let why = "No reason is told.".to_owned();
    assert_eq!(found.validity, Validity::Withdrawn { why });
}

#[test]
fn what_was_never_public_is_not_brought_along() {
    let label = |value: &mut Value| value["document"]["distribution"]["tlp"]["label"] = json!("AMBER");
    check_refused(label, "TLP:AMBER");
    check_refused(
        |value| value["document"]["tracking"]["status"] = json!("draft"),
        "never published",
    );
    check_refused(|value| value["vulnerabilities"] = json!([]), "no vulnerability");
    let later =
        |value: &mut Value| value["document"]["tracking"]["current_release_date"] = json!("2031-01-01T00:00:00Z");
    check_refused(later, "both its initial and its current release date");
    check_refused(
        |value| value["document"]["tracking"]["revision_history"] = json!([]),
        "no revision",
    );
}

#[test]
fn the_places_in_a_providers_tree_follow_from_the_tracking_dates() {
    let mut value: Value = serde_json::from_slice(&bytes(&advisory())).unwrap();
    let tracking = &mut value["document"]["tracking"];
    tracking["initial_release_date"] = json!("2019-12-31T23:30:00-05:00");
    tracking["current_release_date"] = json!("2021-01-01T00:00:00.000000Z");
    tracking["version"] = json!("1.2.0");
    tracking["status"] = json!("interim");
    tracking["revision_history"] = json!([
        { "date": "2021-01-01T00:00:00Z", "number": "1.2.0", "summary": "More." },
        { "date": "2020-01-01T04:30:00Z", "number": "1.0.0", "summary": "First." },
    ]);
    let found = read(&serde_json::to_vec(&value).unwrap()).unwrap().advisory;
    assert_eq!(crate::place::document(&found).split('/').nth(3), Some("2020"));
    let last = found.revisions.last().unwrap();
    assert_eq!(
        (last.printed().as_str(), last.at.to_string().as_str()),
        ("1.2.0", "2021-01-01T00:00:00Z")
    );
    assert_eq!(found.status, Status::Interim);
}

#[test]
fn noise_is_no_document() {
    for noise in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"{\"document\":7}",
        b"{\"document\":{\"tracking\":[]},\"product_tree\":3}",
    ] {
        assert!(read(noise).is_err());
    }
}

#[test]
fn thanks_for_a_whole_document_and_addresses_of_remedies_come_along() {
    let mut value: Value = serde_json::from_slice(&bytes(&advisory())).unwrap();
    value["document"]["acknowledgments"] = json!([
        { "organization": "Level House" },
        { "names": ["Ada"], "organization": "Not named beside a person" },
    ]);
    value["vulnerabilities"][0]["remediations"][0]["url"] = json!("https://vendor.example/fix");
    let understood = read(&serde_json::to_vec(&value).unwrap()).unwrap();
    let found = &understood.advisory.vulnerabilities[0];
    let thanked: Vec<&str> = found.credits.iter().map(|credit| credit.name.as_str()).collect();
    assert!(
        thanked.contains(&"Level House") && thanked.contains(&"Ada"),
        "{thanked:?}"
    );
    assert!(!thanked.contains(&"Not named beside a person"));
    assert!(
        found.remedies[0].text.ends_with(" https://vendor.example/fix"),
        "{}",
        found.remedies[0].text
    );
    let mentions = |word: &str| understood.kept.iter().any(|kept| kept.contains(word));
    assert!(
        !mentions("acknowledgments") && !mentions("remediations"),
        "{:?}",
        understood.kept
    );
}

#[test]
fn what_a_vulnerability_is_and_who_makes_the_product_come_along_into_every_format() {
    let mut value: Value = serde_json::from_slice(&bytes(&advisory())).unwrap();
    value["document"]["references"] = json!([
        { "category": "self", "summary": "The advisory", "url": "https://psirt.example.com/advisories/a.html" },
        { "category": "external", "summary": "Good practice", "url": "https://example.org/practice" },
        { "category": "external", "summary": "Frame format", "url": "https://example.org/dnp3?a=1&b=2" },
    ]);
    value["vulnerabilities"][0]["notes"] = json!([
        { "category": "summary", "title": "Vulnerability Summary", "text": "A frame writes past a buffer." },
        { "category": "details", "title": "How", "text": "Its length is trusted." },
        { "category": "other", "title": "SSVC", "text": "E:N" },
    ]);
    value["product_tree"]["branches"][0]["name"] = json!("Lattice");
    let bytes = serde_json::to_vec(&value).unwrap();
    let understood = read(&bytes).unwrap();
    let found = Advisory {
        brand: "example".to_owned(),
        policy: advisory().policy,
        ..understood.advisory
    };
    let one = &found.vulnerabilities[0];
    let told = "Vulnerability Summary: A frame writes past a buffer.\n\nHow: Its length is trusted.";
    assert_eq!(one.description, told);
    let titles: Vec<&str> = one.references.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(
        titles,
        ["Frame format", "Good practice"],
        "each once, and nothing of its own"
    );
    let kept = |word: &str| understood.kept.iter().any(|kept| kept == word);
    assert!(kept("vulnerabilities[].notes"), "the other note: {:?}", understood.kept);
    assert!(!kept("document.references") && !kept("vulnerabilities[].references"));

    crate::problem::check(&found, &brand()).unwrap();
    let statements = crate::cve::statements(&[&found]);
    let stated = statements.values().next().unwrap();
    let submission = crate::cve::submission(&crate::cve::container(stated, &brand()).unwrap());
    let record: Value = serde_json::from_slice(&submission).unwrap();
    let container = &record["cnaContainer"];
    assert_eq!(container["descriptions"][0]["value"], told);
    let vendors = |value: &Value| -> Vec<String> {
        let all = value["affected"].as_array().unwrap().iter();
        all.map(|one| one["vendor"].as_str().unwrap().to_owned()).collect()
    };
    assert!(
        vendors(container).iter().all(|vendor| vendor == "Lattice"),
        "{container}"
    );
    let products: Vec<&Value> = container["affected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["product"])
        .collect();
    assert!(
        products.contains(&&json!("Sensor 25")) && products.contains(&&json!("Fathom Cloud")),
        "{products:?}"
    );
    let urls = container["references"].to_string();
    assert!(urls.contains("https://example.org/practice"), "{urls}");
    let osv: Value = serde_json::from_slice(&crate::osv::record(&found, 0, &brand()).unwrap()).unwrap();
    assert!(osv["details"].as_str().unwrap().starts_with(told) && osv["references"].to_string().contains("/practice"));
    let page = crate::page::AdvisoryPage::of(&found, &brand(), &crate::page::Setting::of(None), "F0", 1).unwrap();
    assert_eq!(page.vulnerabilities[0].description.len(), 2);
    assert!(page.references.iter().any(|(title, _)| title == "Good practice"));

    // A vendor that is the publisher is nobody else.
    let own = read(&self::bytes(&advisory())).unwrap().advisory;
    assert!(own.vulnerabilities[0].lines.iter().all(|line| line.vendor.is_none()));
    assert_eq!(own.vulnerabilities[0].description, "");
}

/// A document of another maker with these branches below one product, all of them affected but the last, which is fixed.
fn of_ranges(vendor: &str, versions: &[(&str, &str)]) -> Advisory {
    let mut value: Value = serde_json::from_slice(&bytes(&advisory())).unwrap();
    let id = |place: usize| format!("P-{place}");
    let branch = |(place, (category, name)): (usize, &(&str, &str))| json!({ "category": category, "name": name, "product": { "name": format!("Valve {name}"), "product_id": id(place) } });
    let branches: Vec<Value> = versions.iter().enumerate().map(branch).collect();
    value["product_tree"]["branches"] = json!([{ "category": "vendor", "name": vendor, "branches": [
        { "category": "product_name", "name": "Valve", "branches": branches },
    ] }]);
    let last = versions.len() - 1;
    let affected: Vec<String> = (0..last).map(id).collect();
    let one = &mut value["vulnerabilities"][0];
    one["product_status"] = json!({ "known_affected": affected, "fixed": [id(last)] });
    for gone in ["remediations", "scores", "flags", "threats"] {
        one.as_object_mut().unwrap().remove(gone);
    }
    let read = read(&serde_json::to_vec(&value).unwrap()).unwrap().advisory;
    Advisory {
        brand: "example".to_owned(),
        policy: advisory().policy,
        vulnerabilities: read.vulnerabilities.into_iter().take(1).collect(),
        ..read
    }
}

#[test]
fn several_ranges_of_a_product_stay_apart_in_every_format() {
    let found = of_ranges(
        "Valve Works  ",
        &[
            ("product_version_range", "vers:generic/>=1.0.0|<1.4.2"),
            ("product_version_range", "vers:semver/>=2.0.0|<=2.1.7"),
            ("product_version", "3.0.1"),
            ("product_version", "3.0.2"),
        ],
    );
    let line = &found.vulnerabilities[0].lines[0];
    assert_eq!(
        (line.vendor.as_deref(), line.product.as_str()),
        (Some("Valve Works"), "Valve Works Valve")
    );
    assert_eq!(line.affected, "from 1.0.0 before 1.4.2; 2.0.0 to 2.1.7; 3.0.1");
    crate::problem::check(&found, &brand()).unwrap();

    let statements = crate::cve::statements(&[&found]);
    let stated = statements.values().next().unwrap();
    let submission = crate::cve::submission(&crate::cve::container(stated, &brand()).unwrap());
    let record: Value = serde_json::from_slice(&submission).unwrap();
    let affected = &record["cnaContainer"]["affected"][0];
    assert_eq!(
        (&affected["vendor"], &affected["product"]),
        (&json!("Valve Works"), &json!("Valve"))
    );
    assert_eq!(
        affected["versions"],
        json!([
            { "version": "1.0.0", "status": "affected", "lessThan": "1.4.2", "versionType": "custom" },
            { "version": "2.0.0", "status": "affected", "lessThanOrEqual": "2.1.7", "versionType": "custom" },
            { "version": "3.0.1", "status": "affected" },
            { "version": "3.0.2", "status": "unaffected", "lessThanOrEqual": "*", "versionType": "custom" },
        ])
    );
    let osv: Value = serde_json::from_slice(&crate::osv::record(&found, 0, &brand()).unwrap()).unwrap();
    let affected = &osv["affected"][0];
    assert_eq!(
        (affected["ranges"].as_array().unwrap().len(), &affected["versions"]),
        (2, &json!(["3.0.1"]))
    );
    let vex: Value = serde_json::from_slice(&crate::openvex::document(&found, &brand())).unwrap();
    let products = vex["statements"][0]["products"].as_array().unwrap();
    assert_eq!(
        (products.len(), &vex["statements"][0]["status"]),
        (3, &json!("affected"))
    );
    assert!(
        products[0].to_string().contains("%3E%3D1.0.0%7C%3C1.4.2"),
        "{products:?}"
    );

    let entries = crate::catalog::entries([&found], &crate::page::Setting::of(None));
    for (version, expect) in [
        ("1.2", Standing::Affected),
        ("1.4.2", Standing::Unknown),
        ("2.1.7", Standing::Affected),
        ("2.2.0", Standing::Unknown),
        ("3.0.1", Standing::Affected),
        ("3.0.2", Standing::Fixed),
        ("3.1.0", Standing::Fixed),
    ] {
        let answers = crate::affected::check(&entries, "Valve Works Valve", version);
        assert_eq!(answers[0].standing, expect, "{version}: {}", answers[0].why);
    }
    // What we write of it reads back as it was.
    let again = read(&bytes(&found)).unwrap().advisory;
    assert_eq!(again.vulnerabilities[0].lines[0].affected, line.affected);
}

#[test]
fn words_that_narrow_others_are_not_read_apart() {
    let found = of_ranges(
        "Valve Works",
        &[
            ("product_version", "1.0.0"),
            ("product_version", "only with the module"),
            ("product_version", "2.0.0"),
        ],
    );
    let entries = crate::catalog::entries([&found], &crate::page::Setting::of(None));
    let answers = crate::affected::check(&entries, "Valve Works Valve", "1.0.0");
    assert_eq!(answers[0].standing, Standing::Unknown);
    let osv: Value = serde_json::from_slice(&crate::osv::record(&found, 0, &brand()).unwrap()).unwrap();
    assert!(osv.get("affected").is_none(), "{osv}");
}

/// That there is no fix is said where somebody said it, and not where a document names no remedy.
#[test]
fn a_document_without_a_remedy_does_not_say_that_there_is_no_fix() {
    let mut found = of_ranges(
        "Valve Works",
        &[("product_version", "1.0.0"), ("product_version", "2.0.0")],
    );
    let line = &mut found.vulnerabilities[0].lines[0];
    (line.state, line.fixed) = (LineState::Affected, None);
    let page = |advisory: &Advisory| {
        let setting = crate::page::Setting::of(None);
        let page = crate::page::AdvisoryPage::of(advisory, &brand(), &setting, "F0", 1).unwrap();
        (
            page.vulnerabilities[0].rows[0].fixed.clone(),
            page.vulnerabilities[0].steps.len(),
        )
    };
    assert_eq!(page(&found), ("none named".to_owned(), 0));
    let vex = String::from_utf8(crate::openvex::document(&found, &brand())).unwrap();
    assert!(vex.contains("names no remedy") && !vex.contains("no fix"), "{vex}");
    let ours = Advisory {
        cases: advisory().cases,
        ..found
    };
    assert_eq!(page(&ours), ("no fix yet".to_owned(), 1));
}
