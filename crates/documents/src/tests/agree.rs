//! Of random advisories: the page, the text, CSAF, the CVE record, OSV and OpenVEX say the same, field by field. Each format is read back
//! as a stranger reads it and compared with the advisory itself.

mod draws;
mod stands;
mod words;

use super::sample::brand;
use crate::affected::{self, Standing};
use crate::page::{AdvisoryPage, Format, Setting};
use crate::{catalog, csaf, cve, openvex, osv, place, text};
use cvss::Vector;
use draws::{PRODUCTS, advisories};
use proptest::prelude::*;
use psirt::advisory::{Advisory, LineState, LineStatement, Validity, Vulnerability};
use serde_json::Value;
use stands::{
    Stands, csaf_stands, csaf_words, cve_stands, list, openvex_stands, osv_stands, parsed, statements_of, string,
    strings, tree,
};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// An advisory that does not hold any more: every format says so, and none says that something is affected.
fn check_validity(advisory: &Advisory, document: &Value, vex: &Value, page: &AdvisoryPage, mail: &str) {
    let sentence = advisory.validity.sentence();
    let current = advisory.validity.is_current();
    let notes = list(document, "/document/notes");
    let reasons = notes.iter().filter(|note| note["category"] == "description");
    let reasons: Vec<String> = reasons.map(|note| string(note, "/text")).collect();
    assert_eq!(reasons.len(), usize::from(!current));
    assert!(
        reasons.iter().all(|reason| reason.starts_with(&sentence)),
        "{reasons:?}"
    );
    assert_eq!(page.notice, sentence);
    assert!(
        mail.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains(&sentence),
        "{mail}"
    );
    let entries = catalog::entries([advisory], &Setting::of(None));
    assert_eq!(entries[0].standing, advisory.validity);
    if current {
        return;
    }
    assert!(document.pointer("/document/aggregate_severity").is_none());
    assert!(document.get("product_tree").is_none() && document.get("vulnerabilities").is_none());
    assert!(page.vulnerabilities.is_empty() && !mail.contains("affected:"), "{mail}");
    assert_eq!(
        page.severity.as_ref().map(|sign| sign.word.as_str()),
        Some(advisory.validity.name())
    );
    assert!(
        list(vex, "/statements")
            .iter()
            .all(|said| said["status"] == "under_investigation"),
        "{vex}"
    );
    assert!(cve::statements(&[advisory]).is_empty());
    for product in PRODUCTS {
        assert_eq!(affected::check(&entries, product, "1.2.3"), []);
        assert!(!affected::may_concern(&entries[0], Some(product), "1.2.3"));
    }
    let successor = match &advisory.validity {
        Validity::Superseded { by } => page.successor.as_ref().is_some_and(|(number, _)| number == by),
        _ => page.successor.is_none(),
    };
    assert!(successor);
}

/// The state of each line as the advisory has it.
fn own_states(vulnerability: &Vulnerability) -> BTreeMap<String, &'static str> {
    let state = |line: &LineStatement| match line.state {
        LineState::Fixed | LineState::Affected => "affected",
        LineState::NotAffected => "not affected",
        LineState::UnderInvestigation => "unknown",
    };
    let lines = vulnerability.lines.iter();
    lines.map(|line| (line.product.clone(), state(line))).collect()
}

/// The same states; the same versions and fixes wherever both formats name one.
fn check_stands(name: &str, said: &Stands, by_csaf: &Stands) {
    let states = |stands: &Stands| -> Vec<(String, &'static str)> {
        stands
            .iter()
            .map(|(product, stand)| (product.clone(), stand.state))
            .collect()
    };
    assert_eq!(states(said), states(by_csaf), "{name}");
    for (product, stand) in said {
        let other = &by_csaf[product];
        if stand.versions.is_some() {
            assert_eq!(stand.versions, other.versions, "{name}: {product}");
        }
        // A service that is fixed without a version or a day is fixed in what is current: only CSAF and VEX must name something.
        if other.fixed.as_deref() != Some("current") || stand.fixed.is_some() {
            assert_eq!(stand.fixed, other.fixed, "{name}: {product}");
        }
    }
}

/// Versions inside and outside of every range above, and in the gaps between a range and its fix.
const POINTS: [&str; 14] = [
    "0.5", "1.0.0", "1.2.3", "1.2.4", "1.9", "2.0.0", "2.1", "3.0", "3.5", "4.1", "5.0", "25.0", "25.2", "26.0",
];

/// How a CVE record says that a version stands, as its readers find out: an entry that holds it, or else the default.
fn cve_says(product: &Value, point: &str) -> String {
    let holds = |entry: &Value| {
        let compare = |name: &str| {
            let bound = entry.get(name).and_then(Value::as_str);
            bound.map(|bound| {
                (
                    bound == "*",
                    psirt::version::VersionScheme::default().order(point, bound),
                )
            })
        };
        let from = compare("version").and_then(|(_, order)| order);
        match (compare("lessThan"), compare("lessThanOrEqual")) {
            (None, None) => from.is_some_and(Ordering::is_eq),
            (before, up_to) => {
                from.is_some_and(Ordering::is_ge)
                    && before.is_none_or(|(_, order)| order.is_some_and(Ordering::is_lt))
                    && up_to.is_none_or(|(open, order)| open || order.is_some_and(Ordering::is_le))
            }
        }
    };
    let of = |status: &str| {
        let mut entries = list(product, "/versions").iter();
        entries.any(|entry| entry["status"] == status && holds(entry))
    };
    let said = ["affected", "unaffected", "unknown"]
        .into_iter()
        .find(|status| of(status));
    said.map_or_else(|| string(product, "/defaultStatus"), str::to_owned)
}

/// At every point the portal and the CVE record answer alike. The fixed version itself is named by both; a service by its days is asked for
/// no version.
fn check_points(advisory: &Advisory, place: usize, container: &Value) {
    let mut alone = advisory.clone();
    alone.vulnerabilities = vec![advisory.vulnerabilities[place].clone()];
    let entries = catalog::entries([&alone], &Setting::of(None));
    for product in list(container, "/cnaContainer/affected") {
        let name = string(product, "/product");
        let line = alone.vulnerabilities[0].lines.iter().find(|line| line.product == name);
        let line = line.unwrap();
        if line.state == LineState::Fixed && line.fixed.is_none() {
            continue;
        }
        for point in POINTS
            .into_iter()
            .filter(|point| line.fixed.as_deref() != Some(*point) || line.state != LineState::Fixed)
        {
            let answers = affected::check(&entries, &name, point);
            let by_portal = match answers[0].standing {
                Standing::Affected => "affected",
                Standing::Fixed | Standing::NotAffected => "unaffected",
                Standing::UnderInvestigation | Standing::Unknown => "unknown",
            };
            assert_eq!(by_portal, cve_says(product, point), "{point} of {line:?}");
        }
    }
}

/// The vectors that the vendor issued, the first of each version.
fn own_vectors(vulnerability: &Vulnerability, merged: impl Fn(&Vector) -> String) -> BTreeSet<String> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for score in vulnerability.scores.iter().filter(|score| score.issuer.is_none()) {
        let vector = Vector::parse(&score.vector).unwrap();
        first.entry(merged(&vector)).or_insert_with(|| vector.canonical());
    }
    first.into_values().collect()
}

/// What the document, the page and the mail tell of an advisory while it holds.
struct Told {
    document: Value,
    page: AdvisoryPage,
    mail: String,
}

/// The title, the id, the weakness, the credits and the scores.
fn check_osv(record: &Value, vulnerability: &Vulnerability, title: &str) {
    let first = |at: &str| list(record, at).first().and_then(Value::as_str).map(str::to_owned);
    assert_eq!(string(record, "/summary"), title);
    assert_eq!(first("/aliases"), vulnerability.cve);
    let weakness = vulnerability.cwe.clone().map(|(id, _)| id);
    assert_eq!(first("/database_specific/cwe_ids"), weakness);
    let names: BTreeSet<String> = vulnerability.credits.iter().map(|credit| credit.name.clone()).collect();
    assert_eq!(strings(record, "/credits", "/name"), names);
    let by_major = |vector: &Vector| vector.version().as_str().split('.').next().unwrap().to_owned();
    assert_eq!(
        strings(record, "/severity", "/score"),
        own_vectors(vulnerability, by_major)
    );
}

fn check_vulnerability(advisory: &Advisory, place: usize, told: &Told, formats: &[Format]) {
    let Told { document, page, mail } = told;
    let vulnerability = &advisory.vulnerabilities[place];
    let title = cve::title(advisory, vulnerability);
    let part = &page.vulnerabilities[place];
    let said = &document["vulnerabilities"][place];
    let record = osv::record(advisory, place, &brand()).map(|record| parsed(&record));
    assert_eq!(record.is_none(), vulnerability.excludes_all());
    let vex = parsed(&openvex::document(advisory, &brand()));
    let statements = cve::statements(&[advisory]);
    let stated = vulnerability.cve.as_deref().and_then(|id| statements.get(id));
    let container = stated.map(|stated| parsed(&cve::submission(&cve::container(stated, &brand()).unwrap())));

    // What it is called.
    assert_eq!(string(said, "/title"), title);
    assert!(part.heading.ends_with(&title));
    let cve = vulnerability.cve.clone();
    assert_eq!(said.get("cve").and_then(Value::as_str).map(str::to_owned), cve);
    assert!(cve.iter().all(|id| part.heading.starts_with(id.as_str())));

    // What it is: in its own words everywhere, where it has some.
    let own = &vulnerability.description;
    if !own.is_empty() {
        let details = record.iter().map(|record| string(record, "/details"));
        let by_cve = container
            .iter()
            .map(|container| string(container, "/cnaContainer/descriptions/0/value"));
        let by_csaf = string(said, "/notes/0/text");
        let mut told = details.chain(by_cve).chain([by_csaf]);
        assert!(told.all(|told| told.starts_with(own.as_str())));
        assert_eq!(part.description, std::slice::from_ref(own));
        assert!(mail.contains(own.as_str()), "{mail}");
    }

    // How each product stands.
    let by_csaf = csaf_stands(document, place);
    let states: BTreeMap<String, &str> = by_csaf
        .iter()
        .map(|(name, stand)| (name.clone(), stand.state))
        .collect();
    assert_eq!(states, own_states(vulnerability));
    if let Some(record) = &record {
        check_osv(record, vulnerability, &title);
        check_stands("OSV", &osv_stands(record), &by_csaf);
    }
    let name = cve.clone().unwrap_or_else(|| osv::name(advisory, place));
    if advisory.validity.is_current() {
        check_stands("OpenVEX", &openvex_stands(&vex, document, &name), &by_csaf);
    }
    for (row, line) in part.rows.iter().zip(&vulnerability.lines) {
        let by_csaf = &by_csaf[&row.name];
        let word = match row.state.as_str() {
            "fixed" | "affected" => "affected",
            "not-affected" => "not affected",
            _ => "unknown",
        };
        assert_eq!((&row.name, word), (&line.product, by_csaf.state));
        if matches!(line.state, LineState::Fixed | LineState::Affected) {
            let names = csaf_words(document, &row.name, by_csaf.versions.as_deref().unwrap_or_default());
            let ending = format!(", {}", row.affected);
            assert!(names.iter().any(|name| name.ends_with(&ending)), "{names:?}: {ending}");
        }
        if let (Some(version), LineState::Fixed) = (&line.fixed, line.state) {
            assert!(row.fixed.starts_with(version.as_str()) && by_csaf.fixed.as_ref() == Some(version));
        }
        assert!(
            mail.contains(&format!("* {}: {}\n    affected: {}", row.name, row.word, row.affected)),
            "{mail}"
        );
    }

    let records = words::Records {
        csaf: document,
        osv: record.as_ref(),
        openvex: &vex,
        cve: container.as_ref(),
        name: &name,
    };
    if advisory.validity.is_current() {
        words::check_one(advisory, place, told, &records);
        words::check_points(advisory, place, &by_csaf, &POINTS);
        words::check_points(advisory, place, &openvex_stands(&vex, document, &name), &POINTS);
    }

    // The weakness, the credits, the scores.
    let weakness = vulnerability.cwe.clone().map(|(id, _)| id);
    assert_eq!(
        said.pointer("/cwe/id").and_then(Value::as_str).map(str::to_owned),
        weakness
    );
    assert_eq!(
        part.weakness
            .split(' ')
            .next()
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        weakness
    );
    let names: BTreeSet<String> = vulnerability.credits.iter().map(|credit| credit.name.clone()).collect();
    assert_eq!(strings(said, "/acknowledgments", "/names/0"), names);
    assert!(names.iter().all(|name| page.thanks.contains(name.as_str())));
    let whole = said.to_string();
    for score in &vulnerability.scores {
        let vector = Vector::parse(&score.vector).unwrap();
        assert!(whole.contains(&vector.canonical()), "{whole}");
        let base = vector.scores().base.to_string();
        let shown = part.scores.iter().any(|card| card.figure == base);
        assert_eq!(shown, !vulnerability.excludes_all(), "{base}");
    }

    let is_ours = advisory.validity.is_current() && cve.is_some() && !vulnerability.cve_by_others;
    let concerns = vulnerability
        .lines
        .iter()
        .any(|line| line.state != LineState::NotAffected);
    assert_eq!(
        container.is_some(),
        is_ours && concerns,
        "only of what we assigned, and of what holds"
    );
    assert_eq!(
        formats
            .iter()
            .any(|format| cve.as_ref().is_some_and(|id| format.href.ends_with(&place::cve(id)))),
        container.is_some()
    );
    let Some(container) = container else { return };
    let container_of = |pointer: &str| string(&container, &format!("/cnaContainer{pointer}"));
    assert_eq!(container_of("/title"), title);
    check_stands("CVE", &cve_stands(&container), &by_csaf);
    check_points(advisory, place, &container);
    assert_eq!(strings(&container, "/cnaContainer/credits", "/value"), names);
    let by_cve = container.pointer("/cnaContainer/problemTypes/0/descriptions/0/cweId");
    assert_eq!(by_cve.and_then(Value::as_str).map(str::to_owned), weakness);
    let mut vectors = BTreeSet::new();
    for metric in list(&container, "/cnaContainer/metrics") {
        let scores = metric
            .as_object()
            .unwrap()
            .iter()
            .find(|(name, _)| name.starts_with("cvss"))
            .unwrap()
            .1;
        let vector = string(scores, "/vectorString");
        let base = Vector::parse(&vector).unwrap().scores().base;
        assert_eq!(scores["baseScore"].as_f64(), Some(base.as_f64()));
        vectors.insert(vector);
    }
    assert_eq!(
        vectors,
        own_vectors(vulnerability, |vector| vector.version().as_str().to_owned())
    );
    assert_eq!(container_of("/datePublic"), advisory.revisions[0].at.to_string());
    let hosted = vulnerability.lines.iter().all(|line| line.deployment == "saas");
    let musts: Vec<cve::Finding> = cve::check(
        &cve::container(stated.unwrap(), &brand()).unwrap(),
        cve.as_deref().unwrap(),
        hosted,
    )
    .into_iter()
    .filter(|finding| finding.weight == cve::Weight::Must && finding.rule != "5.4")
    .collect();
    assert_eq!(musts, []);
}

fn check(advisory: &Advisory) {
    let setting = Setting::of(None);
    let page = AdvisoryPage::of(advisory, &brand(), &setting, "ABCD", 1_000).unwrap();
    let page_address = place::url(&brand(), &place::page(advisory));
    let document_address = place::url(&brand(), &place::document(advisory));
    let mail = text::of(&page, &page_address, &document_address);
    let document = parsed(&csaf::to_bytes(&csaf::document(advisory, &brand(), "1").unwrap()));
    // What the others still tell of something that does not hold is what its document told while it did.
    let held = Advisory {
        validity: Validity::Current,
        ..advisory.clone()
    };
    let held_page = AdvisoryPage::of(&held, &brand(), &setting, "ABCD", 1_000).unwrap();
    let told = Told {
        document: parsed(&csaf::to_bytes(&csaf::document(&held, &brand(), "1").unwrap())),
        mail: text::of(&held_page, &page_address, &document_address),
        page: held_page,
    };
    let vex = parsed(&openvex::document(advisory, &brand()));
    let (first, last) = (&advisory.revisions[0], advisory.revisions.last().unwrap());

    assert_eq!(string(&document, "/document/title"), advisory.title);
    assert_eq!(page.title, advisory.title);
    assert!(mail.lines().any(|line| line == advisory.title));
    assert_eq!(
        string(&document, "/document/tracking/initial_release_date"),
        first.at.to_string()
    );
    assert_eq!(
        string(&document, "/document/tracking/current_release_date"),
        last.at.to_string()
    );
    assert_eq!(string(&vex, "/timestamp"), first.at.to_string());
    let changed = vex.get("last_updated").and_then(Value::as_str).map(str::to_owned);
    assert_eq!(changed.unwrap_or_else(|| first.at.to_string()), last.at.to_string());
    assert_eq!(vex["version"], last.number);
    let revised = if last.at == first.at { 0 } else { last.number as usize };
    assert_eq!(page.versions.len(), revised);
    for place in 0..advisory.vulnerabilities.len() {
        if let Some(record) = osv::record(advisory, place, &brand()).map(|record| parsed(&record)) {
            assert_eq!(string(&record, "/published"), first.at.to_string());
            assert_eq!(string(&record, "/modified"), last.at.to_string());
            let withdrawn = record.get("withdrawn").map(|at| at.as_str().unwrap().to_owned());
            let expected = (!advisory.validity.is_current()).then(|| last.at.to_string());
            assert_eq!(withdrawn, expected);
        }
        check_vulnerability(advisory, place, &told, &page.formats);
    }
    words::check_whole(&held, &told);
    check_validity(advisory, &document, &vex, &page, &mail);
    assert!(
        mail.lines()
            .all(|line| line.contains("<https://") || line.chars().count() <= 78),
        "{mail}"
    );
    assert!(
        mail.contains(&page.number) && !mail.contains("EXN-2026-AAAAA"),
        "{mail}"
    );
}

proptest! {
    #[test]
    fn every_format_says_the_same(advisory in advisories()) {
        check(&advisory);
    }
}
