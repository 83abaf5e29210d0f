//! Of random advisories: the page, the text, CSAF, the CVE record, OSV and OpenVEX say the same, field by field. Each format is read back
//! as a stranger reads it and compared with the advisory itself.

use super::sample::{at, brand};
use crate::affected::{self, Standing};
use crate::page::{AdvisoryPage, Format, Setting};
use crate::{catalog, csaf, cve, openvex, osv, place, text};
use cvss::Vector;
use jiff::civil::date;
use proptest::prelude::*;
use psirt::advisory::{
    Advisory, Audience, Credit, Frame, LineState, LineStatement, Milestone, Remedy, RemedyKind, Revision, Score,
    Status, Validity, Vulnerability,
};
use psirt::event::Exploit;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

const PRODUCTS: [&str; 5] = ["Sensor 1", "sensor-1", "Fathom Cloud", "Hüb & Co", "Gate <x>"];
const WORDS: [&str; 11] = [
    "",
    "all versions",
    "1.2.3",
    "1.0.0 to 1.2.3",
    "before 2.0+b",
    "up to 3.0",
    "from 1.0.0",
    "4.1 and later",
    "2.0, 2.1 and 2.4",
    "1.0.0 TO 2.0",
    "1.0.0 to 1.2.3, and 3.0",
];
const VECTORS: [&str; 5] = [
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C",
    "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:C/C:L/I:N/A:L",
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "AV:N/AC:L/Au:N/C:P/I:P/A:C",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
];
const JUSTIFICATIONS: [Option<&str>; 3] = [
    None,
    Some("vulnerable_code_not_present"),
    Some("inline_mitigations_already_exist"),
];
const NAMES: [&str; 3] = ["Reporter A", "Zoë \"Z\" <z>", "The Invented Institute, team of two"];

fn line(product: &'static str) -> impl Strategy<Value = LineStatement> {
    let states = prop_oneof![
        Just(LineState::Fixed),
        Just(LineState::Affected),
        Just(LineState::NotAffected),
        Just(LineState::UnderInvestigation)
    ];
    let fixed = prop::option::of(prop_oneof![Just("2.0.0"), Just("25.1+c")]);
    (
        states,
        prop::sample::select(&WORDS[..]),
        fixed,
        any::<(bool, bool)>(),
        prop::sample::select(&JUSTIFICATIONS[..]),
    )
        .prop_map(
            move |(state, words, fixed, (dated, hosted), justification)| LineStatement {
                product: product.to_owned(),
                deployment: if hosted { "saas" } else { "on-prem" }.to_owned(),
                state,
                affected: words.to_owned(),
                fixed: fixed.map(str::to_owned),
                fixed_on: dated.then(|| date(2027, 2, 8)),
                justification: justification.map(str::to_owned),
            },
        )
}

fn vulnerability(place: usize) -> impl Strategy<Value = Vulnerability> {
    let lines = prop::sample::subsequence(&PRODUCTS[..], 1..=PRODUCTS.len())
        .prop_flat_map(|names| names.into_iter().map(line).collect::<Vec<_>>());
    let score = (
        prop::sample::select(&VECTORS[..]),
        prop::option::weighted(0.2, Just("NVD")),
    );
    let scores = prop::collection::vec(score, 0..4);
    let credits = prop::sample::subsequence(&NAMES[..], 0..=2);
    (any::<(bool, bool, bool, bool, bool)>(), lines, scores, credits).prop_map(
        move |((cve, by_others, titled, weakness, remedied), lines, scores, credits)| Vulnerability {
            cve: cve.then(|| format!("CVE-1900-{:04}", place + 1)),
            cve_by_others: cve && by_others,
            title: if titled {
                format!("Overflow no. {place}")
            } else {
                String::new()
            },
            cwe: weakness.then(|| ("CWE-122".to_owned(), "Heap-based Buffer Overflow".to_owned())),
            impact: weakness.then(|| "Execute code".to_owned()),
            scores: scores
                .into_iter()
                .map(|(vector, issuer)| Score {
                    vector: vector.to_owned(),
                    issuer: issuer.map(str::to_owned),
                })
                .collect(),
            band: None,
            lines,
            remedies: remedied
                .then(|| Remedy {
                    kind: RemedyKind::Workaround,
                    text: "Turn it off.".to_owned(),
                    products: Vec::new(),
                    date: None,
                })
                .into_iter()
                .collect(),
            credits: credits
                .into_iter()
                .map(|name| Credit {
                    name: name.to_owned(),
                    validated: false,
                })
                .collect(),
            exploit: remedied.then_some(Exploit::Available),
            reported: None,
            milestones: vec![Milestone {
                at: at("2026-12-29T10:00:00Z"),
                text: "Report received".to_owned(),
                clause: None,
            }],
            references: vec![(
                "Frame format".to_owned(),
                format!("https://example.org/{place}?a=1&b=2"),
            )],
        },
    )
}

fn advisories() -> impl Strategy<Value = Advisory> {
    let vulnerabilities = (1usize..4).prop_flat_map(|count| (0..count).map(vulnerability).collect::<Vec<_>>());
    let validity = prop_oneof![
        6 => Just(Validity::Current),
        1 => Just(Validity::Withdrawn { why: "It describes another product.".to_owned() }),
        1 => Just(Validity::Superseded { by: "EXN-SA-2027:015".to_owned() }),
    ];
    (vulnerabilities, 1u32..4, validity).prop_map(|(vulnerabilities, versions, validity)| Advisory {
        validity,
        number: "EXN-SA-2027:014".to_owned(),
        brand: "example".to_owned(),
        cases: vec!["EXN-2026-AAAAA".to_owned()],
        title: "Lattice Sensor: what a <frame> & \"more\" can do".to_owned(),
        summary: "A device on a watched network can send a frame that runs code on the sensor.".to_owned(),
        details: "The reader trusts a length field.\n\nWe found no use of this.".to_owned(),
        vulnerabilities,
        revisions: (1..=versions)
            .map(|number| Revision {
                number,
                at: at(&format!("2027-05-2{number}T08:00:00Z")),
                summary: "A version".to_owned(),
                version: String::new(),
            })
            .collect(),
        status: Status::Final,
        audience: Audience::Public,
        policy: ("house".to_owned(), "1".to_owned()),
        frame: Frame::default(),
    })
}

/// How a product stands, as a format says it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stand {
    state: &'static str,
    /// `>=1.0.0|<2.0.0`, a version, or `*`. None where the format has no place for it.
    versions: Option<String>,
    fixed: Option<String>,
}

type Stands = BTreeMap<String, Stand>;

fn string(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn strings(value: &Value, pointer: &str, within: &str) -> BTreeSet<String> {
    list(value, pointer).iter().map(|entry| string(entry, within)).collect()
}

fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Without the percent signs of a `vers` range.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn vers(name: &str) -> String {
    decoded(name.split_once('/').map_or(name, |(_, range)| range))
}

/// The product tree: id → the line's name and the versions.
fn tree(document: &Value) -> BTreeMap<String, (String, String)> {
    let mut tree = BTreeMap::new();
    for line in list(document, "/product_tree/branches/0/branches") {
        for version in list(line, "/branches") {
            let id = string(version, "/product/product_id");
            tree.insert(id, (string(line, "/name"), vers(&string(version, "/name"))));
        }
    }
    tree
}

/// The full names of a product with these versions, which say them in words.
fn csaf_words(document: &Value, product: &str, versions: &str) -> Vec<String> {
    let lines = list(document, "/product_tree/branches/0/branches").iter();
    let branches = lines
        .filter(|line| line["name"] == product)
        .flat_map(|line| list(line, "/branches"));
    let named = branches.filter(|branch| vers(&string(branch, "/name")) == versions);
    named.map(|branch| string(branch, "/product/name")).collect()
}

fn csaf_stands(document: &Value, place: usize) -> Stands {
    let tree = tree(document);
    let group = |name: &str| -> Vec<(String, String)> {
        let ids = list(document, &format!("/vulnerabilities/{place}/product_status/{name}"));
        ids.iter().map(|id| tree[id.as_str().unwrap()].clone()).collect()
    };
    let mut stands = Stands::new();
    let groups = [
        ("known_affected", "affected"),
        ("known_not_affected", "not affected"),
        ("under_investigation", "unknown"),
    ];
    for (name, state) in groups {
        for (product, versions) in group(name) {
            let stand = Stand {
                state,
                versions: Some(versions),
                fixed: None,
            };
            assert_eq!(stands.insert(product, stand), None);
        }
    }
    for (product, fixed) in group("fixed") {
        stands.get_mut(&product).unwrap().fixed = Some(fixed);
    }
    stands
}

fn cve_stands(container: &Value) -> Stands {
    let stand = |product: &Value| {
        let of = |status: &str| {
            list(product, "/versions")
                .iter()
                .find(|version| version["status"] == status)
        };
        let span = |entry: &Value| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let version = text("version").unwrap();
            match (text("lessThan"), text("lessThanOrEqual")) {
                (None, None) => version.to_owned(),
                (end, last) => {
                    let from = (version != "0").then(|| format!(">={version}"));
                    let last = last.filter(|last| *last != "*").map(|last| format!("<={last}"));
                    let end = end.map(|end| format!("<{end}")).or(last);
                    let both: Vec<String> = from.into_iter().chain(end).collect();
                    if both.is_empty() {
                        "*".to_owned()
                    } else {
                        both.join("|")
                    }
                }
            }
        };
        let default = string(product, "/defaultStatus");
        let (state, versions) = match (of("affected"), default.as_str()) {
            (Some(entry), _) => ("affected", span(entry)),
            (None, "unaffected") => ("not affected", "*".to_owned()),
            _ => ("unknown", of("unknown").map_or("*".to_owned(), span)),
        };
        Stand {
            state,
            versions: Some(versions).filter(|_| state != "unknown"),
            fixed: of("unaffected").map(|entry| string(entry, "/version")),
        }
    };
    let affected = list(container, "/cnaContainer/affected").iter();
    affected
        .map(|product| (string(product, "/product"), stand(product)))
        .collect()
}

fn osv_stands(record: &Value) -> Stands {
    let ranges: BTreeMap<String, String> = list(record, "/affected")
        .iter()
        .map(|entry| {
            let mut bounds = Vec::new();
            for event in list(entry, "/ranges/0/events") {
                let (name, version) = event.as_object().unwrap().iter().next().unwrap();
                match (name.as_str(), version.as_str().unwrap()) {
                    ("introduced", "0") => {}
                    ("introduced", version) => bounds.push(format!(">={version}")),
                    ("fixed", version) => bounds.push(format!("<{version}")),
                    ("last_affected", version) => bounds.push(format!("<={version}")),
                    other => panic!("{other:?}"),
                }
            }
            let versions = match (list(entry, "/versions").first(), bounds.as_slice()) {
                (Some(version), _) => version.as_str().unwrap().to_owned(),
                (None, []) => "*".to_owned(),
                (None, bounds) => bounds.join("|"),
            };
            (string(entry, "/database_specific/product"), versions)
        })
        .collect();
    let stand = |product: &Value| {
        let name = string(product, "/product");
        let state = match string(product, "/state").as_str() {
            "fixed" | "affected" => "affected",
            "not_affected" => "not affected",
            _ => "unknown",
        };
        let stand = Stand {
            state,
            versions: ranges.get(&name).cloned(),
            fixed: product.get("fixed").map(|fixed| fixed.as_str().unwrap().to_owned()),
        };
        (name, stand)
    };
    list(record, "/database_specific/products").iter().map(stand).collect()
}

/// By the address of a line, which the CSAF document also holds.
fn openvex_stands(vex: &Value, document: &Value, vulnerability: &str) -> Stands {
    let mut lines = BTreeMap::new();
    for line in list(document, "/product_tree/branches/0/branches") {
        let uri = string(
            line,
            "/branches/0/product/product_identification_helper/x_generic_uris/0/uri",
        );
        lines.insert(uri, string(line, "/name"));
    }
    let mut stands = Stands::new();
    let mut fixed = Vec::new();
    for statement in list(vex, "/statements") {
        if statement["vulnerability"]["name"] != vulnerability {
            continue;
        }
        let id = string(statement, "/products/0/@id");
        let (uri, versions) = id.split_once("?versions=").unwrap();
        let (product, versions) = (lines[uri].clone(), vers(&decoded(versions)));
        let state = match string(statement, "/status").as_str() {
            "affected" => "affected",
            "not_affected" => "not affected",
            "under_investigation" => "unknown",
            _ => {
                fixed.push((product, versions));
                continue;
            }
        };
        let stand = Stand {
            state,
            versions: Some(versions),
            fixed: None,
        };
        assert_eq!(stands.insert(product, stand), None);
    }
    for (product, version) in fixed {
        stands.get_mut(&product).unwrap().fixed = Some(version);
    }
    stands
}

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
            bound.map(|bound| (bound == "*", psirt::version::order(point, bound)))
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

fn check_vulnerability(advisory: &Advisory, place: usize, told: &Told, formats: &[Format]) {
    let Told { document, page, mail } = told;
    let vulnerability = &advisory.vulnerabilities[place];
    let title = cve::title(advisory, vulnerability);
    let part = &page.vulnerabilities[place];
    let said = &document["vulnerabilities"][place];
    let record = parsed(&osv::record(advisory, place, &brand()).unwrap());
    let vex = parsed(&openvex::document(advisory, &brand()));
    let statements = cve::statements(&[advisory]);
    let stated = vulnerability.cve.as_deref().and_then(|id| statements.get(id));
    let container = stated.map(|stated| parsed(&cve::submission(&cve::container(stated, &brand()).unwrap())));

    // What it is called.
    assert_eq!(string(said, "/title"), title);
    assert_eq!(string(&record, "/summary"), title);
    assert!(part.heading.ends_with(&title));
    let cve = vulnerability.cve.clone();
    assert_eq!(said.get("cve").and_then(Value::as_str).map(str::to_owned), cve);
    assert_eq!(
        list(&record, "/aliases")
            .first()
            .and_then(Value::as_str)
            .map(str::to_owned),
        cve
    );
    assert!(cve.iter().all(|id| part.heading.starts_with(id.as_str())));

    // How each product stands.
    let by_csaf = csaf_stands(document, place);
    let states: BTreeMap<String, &str> = by_csaf
        .iter()
        .map(|(name, stand)| (name.clone(), stand.state))
        .collect();
    assert_eq!(states, own_states(vulnerability));
    check_stands("OSV", &osv_stands(&record), &by_csaf);
    let name = cve.clone().unwrap_or_else(|| osv::id(advisory, place));
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

    // The weakness, the credits, the scores.
    let weakness = vulnerability.cwe.clone().map(|(id, _)| id);
    assert_eq!(
        said.pointer("/cwe/id").and_then(Value::as_str).map(str::to_owned),
        weakness
    );
    assert_eq!(
        list(&record, "/database_specific/cwe_ids")
            .first()
            .and_then(Value::as_str)
            .map(str::to_owned),
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
    assert_eq!(strings(&record, "/credits", "/name"), names);
    assert!(names.iter().all(|name| page.thanks.contains(name.as_str())));
    let by_major = |vector: &Vector| vector.version().as_str().split('.').next().unwrap().to_owned();
    assert_eq!(
        strings(&record, "/severity", "/score"),
        own_vectors(vulnerability, by_major)
    );
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
        let record = parsed(&osv::record(advisory, place, &brand()).unwrap());
        assert_eq!(string(&record, "/published"), first.at.to_string());
        assert_eq!(string(&record, "/modified"), last.at.to_string());
        let withdrawn = record.get("withdrawn").map(|at| at.as_str().unwrap().to_owned());
        assert_eq!(
            withdrawn,
            (!advisory.validity.is_current()).then(|| last.at.to_string())
        );
        check_vulnerability(advisory, place, &told, &page.formats);
    }
    check_validity(advisory, &document, &vex, &page, &mail);
    assert!(mail.lines().all(|line| line.chars().count() <= 78), "{mail}");
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
