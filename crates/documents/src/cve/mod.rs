//! CVE records, format 5.2: what the vendor states of one CVE id, from every advisory that names it.
//!
//! Owns the mapping, in [`check`] the rules of the CNAs that a record alone can break, in [`across`] what its advisories must not say in two ways. Never sends anything, and decides nothing:
//! whoever submits a record looks at its findings first.

mod across;
mod check;
mod model;

use crate::page::words;
use crate::range::{self, End, Span};
use crate::rolie::{first, last};
use crate::{place, remedy, scores};
use cvss::Version;
use jiff::Timestamp;
use model::{
    Affected, Containers, Credit, Impact, MAX_TEXT_CHARS, MAX_TITLE_CHARS, Metadata, Metric, Moment, ProblemType,
    Provided, ProviderMetadata, Record, Reference, Source, Text, Versions, Weakness,
};
use psirt::advisory::{self, Advisory, Discovery, LineState, LineStatement, RemedyKind, Vulnerability};
use psirt::event::Exploit;
use psirt::house::{Brand, Cna};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub use across::across;
pub use check::{Finding, Weight, check};
pub use model::Container;

/// The CVE ids that the vendor assigned, that these advisories name, and by which a product is affected, or may be, each with the statements
/// about it, the advisory that changed last first. One that does not hold any more states nothing.
#[must_use]
pub fn statements<'a>(advisories: &[&'a Advisory]) -> BTreeMap<&'a str, Vec<Statement<'a>>> {
    let mut sorted: Vec<&Advisory> = advisories.to_vec();
    sorted.retain(|advisory| advisory.validity.is_current());
    sorted.sort_by_key(|advisory| (Reverse(last(advisory)), advisory.number.clone()));
    let mut statements: BTreeMap<&str, Vec<Statement<'_>>> = BTreeMap::new();
    for advisory in sorted {
        for vulnerability in &advisory.vulnerabilities {
            if let Some(cve) = own(vulnerability) {
                let statement = Statement {
                    advisory,
                    vulnerability,
                };
                statements.entry(cve).or_default().push(statement);
            }
        }
    }
    statements.retain(|_, told| told.iter().any(|statement| concerns(statement.vulnerability)));
    statements
}

/// The id of a vulnerability, if the vendor assigned it: the record of any other is its own authority's.
pub fn own(vulnerability: &Vulnerability) -> Option<&str> {
    vulnerability.cve.as_deref().filter(|_| !vulnerability.cve_by_others)
}

/// Whether an advisory has a part in the record of this vulnerability of it.
pub(crate) fn has_record(advisory: &Advisory, vulnerability: &Vulnerability) -> bool {
    advisory.validity.is_current() && own(vulnerability).is_some() && concerns(vulnerability)
}

/// Whether any product is affected, or may be. Of one where none is, the list wants to hear nothing (CNA rule 5.1.3).
pub(crate) fn concerns(vulnerability: &Vulnerability) -> bool {
    vulnerability.lines.iter().any(remedy::needs_one)
}

/// What one advisory says of a vulnerability.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The advisory.
    pub advisory: &'a Advisory,
    /// The vulnerability in it.
    pub vulnerability: &'a Vulnerability,
}

/// The container of these statements about one id. What there can be one of is taken from the first; products, references, remedies,
/// credits and milestones from all of them.
#[must_use]
pub fn container(statements: &[Statement<'_>], brand: &Brand) -> Option<Container> {
    let Statement {
        advisory,
        vulnerability,
    } = statements.first()?;
    let all = || statements.iter().map(|statement| statement.vulnerability);
    let remedies = |kinds: &[RemedyKind]| unique(statements.iter().flat_map(|one| remedy_texts(one, kinds)));
    let hosted = all().flat_map(|one| &one.lines).all(|line| line.deployment == "saas");
    Some(Container {
        title: cut(&title(advisory, vulnerability), MAX_TITLE_CHARS),
        date_public: statements.iter().map(|one| first(one.advisory)).min()?.to_string(),
        descriptions: vec![text(&description(advisory, vulnerability))],
        affected: unique(all().flat_map(|one| &one.lines).map(|line| affected(line, brand))),
        references: unique(statements.iter().flat_map(|statement| references(statement, brand))),
        problem_types: vulnerability.cwe.iter().map(problem_type).collect(),
        impacts: vulnerability
            .impact
            .iter()
            .map(|impact| Impact {
                descriptions: [text(impact)],
            })
            .collect(),
        metrics: metrics(vulnerability),
        solutions: remedies(&[
            RemedyKind::VendorFix,
            RemedyKind::NoneAvailable,
            RemedyKind::NoFixPlanned,
        ]),
        workarounds: remedies(&[RemedyKind::Workaround, RemedyKind::Mitigation]),
        exploits: vulnerability.exploit.map(exploit).map(text).into_iter().collect(),
        timeline: timeline(all()),
        credits: unique(all().flat_map(|one| &one.credits).flat_map(credits)),
        tags: if hosted { vec![HOSTED] } else { Vec::new() },
        source: Source {
            advisory: advisory.number.clone(),
            discovery: discovery(&all().filter_map(|one| one.found).collect::<Vec<_>>()),
        },
    })
}

/// Where those are who found it, in the words of the CVE record format; of several, where they are all.
fn discovery(found: &[Discovery]) -> &'static str {
    match found.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => match first {
            Discovery::Internal => "INTERNAL",
            Discovery::External => "EXTERNAL",
        },
        _ => "UNKNOWN",
    }
}

/// What somebody is thanked for.
fn credits(credit: &advisory::Credit) -> impl Iterator<Item = Credit> {
    let of = |kind: &'static str| Credit {
        text: text(&credit.name),
        kind,
    };
    std::iter::once(of("finder")).chain(credit.validated.then(|| of("remediation verifier")))
}

/// The remedies of these kinds; one that is not for every affected product says for which it is.
fn remedy_texts(statement: &Statement<'_>, kinds: &[RemedyKind]) -> Vec<Text> {
    let Statement {
        advisory,
        vulnerability,
    } = statement;
    let affected = vulnerability
        .lines
        .iter()
        .filter(|line| remedy::needs_one(line))
        .count();
    let chosen = remedy::complete(advisory, vulnerability)
        .into_iter()
        .filter(|remedy| kinds.contains(&remedy.kind));
    chosen
        .map(|remedy| match remedy.products.len() {
            some if some < affected => text(&format!("{}: {}", words::list(&remedy.products), remedy.text)),
            _ => text(&remedy.text),
        })
        .collect()
}

/// The tag of a vulnerability in services alone (CNA rule 5.1.11.1).
pub(crate) const HOSTED: &str = "exclusively-hosted-service";

/// What CVE Services take: the container under its name. The service adds who provided it.
#[must_use]
pub fn submission(container: &Container) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Submission<'a> {
        cna_container: &'a Container,
    }
    crate::csaf::pretty(&Submission {
        cna_container: container,
    })
}

/// What is published of an id: the whole record where the brand is the CNA that assigned it; else what its CNA is told. The record's dates
/// are those of the advisories. None if the statements make no container.
#[must_use]
pub fn published(id: &str, statements: &[Statement<'_>], brand: &Brand) -> Option<Vec<u8>> {
    let container = container(statements, brand)?;
    let Some(cna) = &brand.cna else {
        return Some(submission(&container));
    };
    let disclosed = statements.iter().map(|one| first(one.advisory)).min()?;
    let updated = statements.iter().map(|one| last(one.advisory)).max()?;
    Some(record(id, &container, cna, disclosed, updated))
}

/// The whole record of an id, as the list shows it: published at `published`, changed at `updated`.
fn record(id: &str, container: &Container, assigner: &Cna, published: Timestamp, updated: Timestamp) -> Vec<u8> {
    crate::csaf::pretty(&Record {
        data_type: "CVE_RECORD",
        data_version: "5.2",
        cve_metadata: Metadata {
            cve_id: id.to_owned(),
            assigner_org_id: assigner.org_id.clone(),
            assigner_short_name: assigner.short_name.clone(),
            state: "PUBLISHED",
            date_published: published.to_string(),
            date_updated: updated.to_string(),
        },
        containers: Containers {
            cna: Provided {
                provider_metadata: ProviderMetadata {
                    org_id: assigner.org_id.clone(),
                    short_name: assigner.short_name.clone(),
                    date_updated: updated.to_string(),
                },
                container,
            },
        },
    })
}

/// What a vulnerability is called: its own title, or else the advisory's.
pub(crate) fn title(advisory: &Advisory, vulnerability: &Vulnerability) -> String {
    crate::csaf::some_text(&vulnerability.title).unwrap_or_else(|| advisory.title.trim().to_owned())
}

/// What a vulnerability is in its own words, or else the advisory's summary. Where that is about several vulnerabilities, their own titles tell them
/// apart.
pub(crate) fn description(advisory: &Advisory, vulnerability: &Vulnerability) -> String {
    if let Some(own) = crate::csaf::some_text(&vulnerability.description) {
        return own;
    }
    let summary = advisory.summary.trim();
    match advisory.vulnerabilities.len() {
        0 | 1 => summary.to_owned(),
        _ => format!("{}: {summary}", title(advisory, vulnerability)),
    }
}

fn affected(line: &LineStatement, brand: &Brand) -> Affected {
    let span = range::span(line);
    let (status, default_status) = match (line.state, &span) {
        (LineState::NotAffected, _) => ("unaffected", "unaffected"),
        (LineState::UnderInvestigation, _) => ("unknown", "unknown"),
        // Of what the advisory does not name it says nothing: neither below a range, nor between its end and the fix.
        _ => ("affected", "unknown"),
    };
    let mut versions = Vec::new();
    if status != default_status {
        versions.extend(span.parts().iter().map(|part| stated(line, part, status)));
    }
    versions.extend(range::fixes(line).into_iter().map(|fixed| since(line, &span, fixed)));
    let (vendor, product) = line.made_by(&brand.name);
    Affected {
        vendor: vendor.to_owned(),
        product: product.to_owned(),
        default_status,
        versions,
    }
}

/// Versions in CVE's form. A range without an order that everybody knows is `custom`; that of a service by days is a `date`.
fn stated(line: &LineStatement, span: &Span, status: &'static str) -> Versions {
    let (version, end) = match span {
        Span::One(_) | Span::Words(_) | Span::Several(_) => {
            return Versions {
                version: range::in_words(span),
                status,
                ..Versions::default()
            };
        }
        Span::Range { from, end } => (from.clone().unwrap_or_else(|| "0".to_owned()), end.clone()),
    };
    let by_day = is_by_day(line) && matches!(end, End::Before(_));
    let (less_than, less_than_or_equal) = match end {
        End::Open => (None, Some("*".to_owned())),
        End::Before(end) => (Some(end), None),
        End::UpTo(end) => (None, Some(end)),
    };
    Versions {
        version,
        status,
        less_than,
        less_than_or_equal,
        version_type: Some(version_type(by_day)),
    }
}

/// The versions from a fix on; the fix alone where what is affected may go on after it.
fn since(line: &LineStatement, span: &Span, fixed: String) -> Versions {
    let clear = range::is_clear_from(span, &fixed, line.version_scheme);
    Versions {
        version: fixed,
        status: "unaffected",
        less_than: None,
        less_than_or_equal: clear.then(|| "*".to_owned()),
        version_type: clear.then(|| version_type(is_by_day(line))),
    }
}

/// Whether the line counts by days: a service without version numbers.
fn is_by_day(line: &LineStatement) -> bool {
    line.fixed.is_none() && line.fixed_on.is_some()
}

const fn version_type(by_day: bool) -> &'static str {
    if by_day { "date" } else { "custom" }
}

/// References to the advisory itself, which stand first.
pub(crate) const OWN_REFERENCES: usize = 2;

fn references(statement: &Statement<'_>, brand: &Brand) -> Vec<Reference> {
    let advisory = statement.advisory;
    let own = |name: &str, path: String| Reference {
        name: name.to_owned(),
        tags: vec!["vendor-advisory"],
        url: place::url(brand, &path),
    };
    let mut references = vec![
        own(&advisory.number, place::page(advisory)),
        own(&format!("{} as CSAF", advisory.number), place::document(advisory)),
    ];
    references.extend(statement.vulnerability.references.iter().map(|(title, url)| Reference {
        name: title.clone(),
        tags: Vec::new(),
        url: url.clone(),
    }));
    references
}

fn problem_type((id, name): &(String, String)) -> ProblemType {
    ProblemType {
        descriptions: [Weakness {
            cwe_id: id.clone(),
            description: format!("{id} {name}"),
            lang: "en",
            kind: "CWE",
        }],
    }
}

/// The vendor's own scores, one of each version: what others scored, they state themselves.
fn metrics(vulnerability: &Vulnerability) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = Vec::new();
    for read in scores::read(vulnerability).iter().filter(|read| read.issuer.is_none()) {
        let (name, mut object) = match read.vector.version() {
            Version::V2_0 => ("cvssV2_0", scores::first_json(read.vector)),
            Version::V3_0 => ("cvssV3_0", scores::first_json(read.vector)),
            Version::V3_1 => ("cvssV3_1", scores::first_json(read.vector)),
            Version::V4_0 => ("cvssV4_0", scores::first_json(read.vector)),
        };
        if read.vector.version() == Version::V4_0 {
            // The scores with threat and environment have no place in version 4.0 of the schema; the vector holds them.
            object.retain(|name, _| !name.starts_with("temporal") && !name.starts_with("environmental"));
        }
        if !metrics.iter().any(|known| known.score.contains_key(name)) {
            metrics.push(Metric {
                format: "CVSS",
                score: BTreeMap::from([(name, object)]),
            });
        }
    }
    metrics
}

fn exploit(exploit: Exploit) -> &'static str {
    match exploit {
        Exploit::None => "No exploit is known, and no attack.",
        Exploit::Available => "An exploit is available. No attack is known.",
        Exploit::Active => "It is used in attacks.",
    }
}

fn timeline<'a>(all: impl Iterator<Item = &'a Vulnerability>) -> Vec<Moment> {
    let mut milestones: Vec<_> = all.flat_map(|one| &one.milestones).collect();
    milestones.sort_by_key(|milestone| milestone.at);
    unique(milestones.into_iter().map(|milestone| Moment {
        lang: "en",
        time: milestone.at.to_string(),
        value: cut(&milestone.text, MAX_TEXT_CHARS),
    }))
}

fn text(value: &str) -> Text {
    Text {
        lang: "en",
        value: cut(value, MAX_TEXT_CHARS),
    }
}

/// At most so many characters; what is cut says so. [`check`] finds it.
fn cut(text: &str, limit: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}

fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut unique: Vec<T> = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}
