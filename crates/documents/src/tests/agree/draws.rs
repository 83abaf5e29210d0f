//! Random advisories, with every shape of statement that an advisory can make.

use super::super::sample::at;
use jiff::civil::date;
use proptest::prelude::*;
use psirt::advisory::{
    Advisory, Audience, Band, Credit, Frame, LineState, LineStatement, Milestone, Remedy, RemedyKind, Revision, Score,
    Status, Validity, Vulnerability,
};
use psirt::event::Exploit;

pub(super) const PRODUCTS: [&str; 5] = ["Sensor 1", "sensor-1", "Fathom Cloud", "Hüb & Co", "Gate <x>"];
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
const BANDS: [(&str, &str, &str); 3] = [
    ("critical", "Critical", "§T12"),
    ("medium", "Important", "§T12"),
    ("p3", "Third class", "N21"),
];
const EXPLOITS: [Exploit; 3] = [Exploit::None, Exploit::Available, Exploit::Active];
const REMEDIES: [(RemedyKind, &str); 5] = [
    (RemedyKind::VendorFix, "Install the update from the console."),
    (RemedyKind::Workaround, "Turn the parser off."),
    (RemedyKind::Mitigation, "Let only the management network reach it."),
    (RemedyKind::NoneAvailable, "A fix is being made."),
    (RemedyKind::NoFixPlanned, "Move to a supported product."),
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
                version_scheme: psirt::version::VersionScheme::default(),
                vendor: None,
            },
        )
}

fn remedy() -> impl Strategy<Value = Remedy> {
    let products = prop::sample::subsequence(&PRODUCTS[..], 0..=2);
    let dated = any::<bool>();
    (prop::sample::select(&REMEDIES[..]), products, dated).prop_map(|((kind, text), products, dated)| Remedy {
        kind,
        text: text.to_owned(),
        products: products.into_iter().map(str::to_owned).collect(),
        date: dated.then(|| at("2027-05-20T08:00:00Z")),
    })
}

/// What a vulnerability does, how bad that is, what helps, and what happened.
#[derive(Clone, Debug)]
struct Words {
    impact: Option<String>,
    band: Option<Band>,
    exploit: Option<Exploit>,
    remedies: Vec<Remedy>,
    milestones: usize,
    references: usize,
}

fn words() -> impl Strategy<Value = Words> {
    let band = prop::option::of(prop::sample::select(&BANDS[..]));
    let exploit = prop::option::of(prop::sample::select(&EXPLOITS[..]));
    let remedies = prop::collection::vec(remedy(), 0..4);
    (any::<bool>(), band, exploit, remedies, 0usize..3, 0usize..3).prop_map(
        |(impact, band, exploit, mut remedies, milestones, references)| {
            // The same text twice would be one remedy for all of its products.
            remedies.sort_by(|one, other| one.text.cmp(&other.text));
            remedies.dedup_by(|one, other| one.text == other.text);
            Words {
                impact: impact.then(|| "Execute code".to_owned()),
                band: band.map(|(id, label, clause)| Band {
                    id: id.to_owned(),
                    label: label.to_owned(),
                    clause: clause.to_owned(),
                }),
                exploit,
                remedies,
                milestones,
                references,
            }
        },
    )
}

/// Remedies for none but these lines.
fn about(mut remedies: Vec<Remedy>, lines: &[LineStatement]) -> Vec<Remedy> {
    for remedy in &mut remedies {
        let is_line = |product: &String| lines.iter().any(|line| line.product == *product);
        remedy.products.retain(is_line);
    }
    remedies
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
    (any::<(bool, bool, bool, bool)>(), lines, scores, credits, words()).prop_map(
        move |((cve, by_others, titled, weakness), lines, scores, credits, words)| Vulnerability {
            cve: cve.then(|| format!("CVE-1900-{:04}", place + 1)),
            cve_by_others: cve && by_others,
            title: if titled {
                format!("Overflow no. {place}")
            } else {
                String::new()
            },
            description: if weakness {
                format!("What no. {place} does, in words of its own.")
            } else {
                String::new()
            },
            cwe: weakness.then(|| ("CWE-122".to_owned(), "Heap-based Buffer Overflow".to_owned())),
            impact: words.impact,
            scores: scores
                .into_iter()
                .map(|(vector, issuer)| Score {
                    vector: vector.to_owned(),
                    issuer: issuer.map(str::to_owned),
                })
                .collect(),
            band: words.band,
            lines: lines.clone(),
            remedies: about(words.remedies, &lines),
            credits: credits
                .into_iter()
                .map(|name| Credit {
                    name: name.to_owned(),
                    validated: false,
                })
                .collect(),
            exploit: words.exploit,
            found: None,
            reported: None,
            milestones: (0..words.milestones)
                .map(|number| Milestone {
                    at: at(&format!("2026-12-2{number}T10:00:00Z")),
                    text: format!("Step {number} of {place}"),
                    clause: None,
                })
                .collect(),
            references: (0..words.references)
                .map(|number| {
                    let url = format!("https://example.org/{place}/{number}?a=1&b=2");
                    (format!("Frame format {number}"), url)
                })
                .collect(),
        },
    )
}

pub(super) fn advisories() -> impl Strategy<Value = Advisory> {
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
