//! OSV (schema 1.7): one record for each vulnerability of an advisory.
//!
//! OSV orders versions only within its own ecosystems and by SemVer, and a vendor's product is in no ecosystem. So a range is stated where
//! every bound of it is SemVer; how each product stands, in words and with its fixed version, is said in `database_specific`. The id is the
//! advisory's number behind `x_`, as OSV marks what comes from a database that is in no register of its own.

use crate::cve::{description, title};
use crate::range::{self, End, Span};
use crate::rolie::{first, last};
use crate::{place, scores};
use cvss::Version;
use psirt::advisory::{Advisory, LineState, LineStatement, Validity, Vulnerability};
use psirt::house::Brand;
use psirt::version::is_semver;
use serde::Serialize;

/// The record of the vulnerability at `place` of an advisory. None where no product is affected, or may be: OSV has no word for that, and
/// whoever collects records would take the advisory for one more that has the vulnerability.
#[must_use]
pub fn record(advisory: &Advisory, place: usize, brand: &Brand) -> Option<Vec<u8>> {
    let vulnerability = advisory.vulnerabilities.get(place).filter(|one| !one.excludes_all())?;
    let record = Record {
        schema_version: "1.7.0",
        id: id(advisory, place),
        modified: last(advisory).to_string(),
        published: first(advisory).to_string(),
        withdrawn: (!advisory.validity.is_current()).then(|| last(advisory).to_string()),
        aliases: vulnerability.cve.iter().cloned().collect(),
        related: related(advisory, place),
        summary: title(advisory, vulnerability),
        details: details(advisory, vulnerability),
        severity: severity(vulnerability),
        affected: vulnerability
            .lines
            .iter()
            .filter_map(|line| affected(line, brand))
            .collect(),
        references: references(advisory, vulnerability, brand),
        credits: vulnerability
            .credits
            .iter()
            .map(|credit| Credit {
                name: credit.name.clone(),
            })
            .collect(),
        database_specific: Specific {
            cwe_ids: vulnerability.cwe.iter().map(|(id, _)| id.clone()).collect(),
            products: vulnerability.lines.iter().map(product).collect(),
        },
    };
    Some(crate::csaf::pretty(&record))
}

/// The record's id.
pub(crate) fn id(advisory: &Advisory, place: usize) -> String {
    own_id(&name(advisory, place))
}

fn own_id(name: &str) -> String {
    format!("x_{name}")
}

/// The advisory's number; of several vulnerabilities each has its place from 1 as a suffix.
pub(crate) fn name(advisory: &Advisory, place: usize) -> String {
    match advisory.vulnerabilities.len() {
        0 | 1 => advisory.number.clone(),
        _ => format!("{}#{}", advisory.number, place + 1),
    }
}

/// The other vulnerabilities of the advisory, and the advisory that superseded it.
fn related(advisory: &Advisory, place: usize) -> Vec<String> {
    let all = advisory.vulnerabilities.iter().enumerate();
    let others = all.filter(|(other, vulnerability)| *other != place && !vulnerability.excludes_all());
    let others = others.map(|(other, _)| id(advisory, other));
    match &advisory.validity {
        Validity::Superseded { by } => others.chain([own_id(by)]).collect(),
        Validity::Current | Validity::Withdrawn { .. } => others.collect(),
    }
}

/// What it is, in its own words if it has some; what the advisory says in short, and at length.
fn details(advisory: &Advisory, vulnerability: &Vulnerability) -> String {
    let is_own = !vulnerability.description.trim().is_empty();
    let summary = if is_own { advisory.summary.trim() } else { "" };
    let parts = [&*description(advisory, vulnerability), summary, advisory.details.trim()];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The vendor's own vectors, one of each version of CVSS.
fn severity(vulnerability: &Vulnerability) -> Vec<Severity> {
    let mut severity: Vec<Severity> = Vec::new();
    for read in scores::read(vulnerability).iter().filter(|read| read.issuer.is_none()) {
        let kind = match read.vector.version() {
            Version::V2_0 => "CVSS_V2",
            Version::V3_0 | Version::V3_1 => "CVSS_V3",
            Version::V4_0 => "CVSS_V4",
        };
        if !severity.iter().any(|known| known.kind == kind) {
            severity.push(Severity {
                kind,
                score: read.vector.canonical(),
            });
        }
    }
    severity
}

/// The range or version of an affected line, if OSV has an order for it.
fn affected(line: &LineStatement, brand: &Brand) -> Option<Affected> {
    if !matches!(line.state, LineState::Fixed | LineState::Affected) {
        return None;
    }
    let (vendor, product) = line.made_by(&brand.name);
    let (mut ranges, mut versions) = (Vec::new(), Vec::new());
    for part in range::span(line).parts() {
        match part {
            Span::One(version) => versions.push(version.clone()),
            // Where one part cannot be said, the others alone would say that it is not affected.
            Span::Range { from, end } => ranges.push(by_semver(from.as_ref(), end)?),
            Span::Several(_) | Span::Words(_) => return None,
        }
    }
    Some(Affected {
        ranges,
        versions,
        database_specific: Package {
            product: product.to_owned(),
            vendor: vendor.to_owned(),
        },
    })
}

/// A range whose bounds are all versions of SemVer.
fn by_semver(from: Option<&String>, end: &End) -> Option<Range> {
    let end = match end {
        End::Open => None,
        End::Before(version) => Some(("fixed", version.clone())),
        End::UpTo(version) => Some(("last_affected", version.clone())),
    };
    let mut bounds = from.into_iter().chain(end.as_ref().map(|(_, version)| version));
    if !bounds.all(|bound| is_semver(bound)) {
        return None;
    }
    let introduced = ("introduced", from.cloned().unwrap_or_else(|| "0".to_owned()));
    let events = std::iter::once(introduced).chain(end);
    Some(Range {
        kind: "SEMVER",
        events: events.map(|event| [event].into()).collect(),
    })
}

fn product(line: &LineStatement) -> Product {
    Product {
        affected: match line.state {
            LineState::NotAffected => String::new(),
            _ => range::words(line),
        },
        fixed: range::fixed_in(line),
        justification: line
            .justification
            .clone()
            .filter(|_| line.state == LineState::NotAffected),
        product: line.product.clone(),
        state: match line.state {
            LineState::Fixed => "fixed",
            LineState::Affected => "affected",
            LineState::NotAffected => "not_affected",
            LineState::UnderInvestigation => "under_investigation",
        },
    }
}

fn references(advisory: &Advisory, vulnerability: &Vulnerability, brand: &Brand) -> Vec<Reference> {
    let own = Reference {
        kind: "ADVISORY",
        url: place::url(brand, &place::page(advisory)),
    };
    let others = vulnerability.references.iter().map(|(_, url)| Reference {
        kind: "WEB",
        url: url.clone(),
    });
    std::iter::once(own).chain(others).collect()
}

#[derive(Serialize)]
struct Record {
    schema_version: &'static str,
    id: String,
    modified: String,
    published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<String>,
    summary: String,
    details: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    severity: Vec<Severity>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    affected: Vec<Affected>,
    references: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credits: Vec<Credit>,
    database_specific: Specific,
}

#[derive(Serialize)]
struct Severity {
    #[serde(rename = "type")]
    kind: &'static str,
    score: String,
}

#[derive(Serialize)]
struct Affected {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<Range>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<String>,
    database_specific: Package,
}

#[derive(Serialize)]
struct Range {
    #[serde(rename = "type")]
    kind: &'static str,
    events: Vec<std::collections::BTreeMap<&'static str, String>>,
}

#[derive(Serialize)]
struct Package {
    product: String,
    vendor: String,
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Credit {
    name: String,
}

#[derive(Serialize)]
struct Specific {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cwe_ids: Vec<String>,
    products: Vec<Product>,
}

#[derive(Serialize)]
struct Product {
    #[serde(skip_serializing_if = "String::is_empty")]
    affected: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    product: String,
    state: &'static str,
}

#[cfg(test)]
mod tests {
    use super::is_semver;

    #[test]
    fn only_what_semver_orders_is_a_semver_bound() {
        for version in [
            "0.0.0",
            "1.2.3",
            "25.1.10",
            "1.0.0-rc.1",
            "1.0.0-alpha-1",
            "1.0.0+build.01",
            "1.0.0-0a+b",
        ] {
            assert!(is_semver(version), "{version}");
        }
        for version in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.x",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "v1.2.3",
            "2024-02-08",
            "1..3",
        ] {
            assert!(!is_semver(version), "{version}");
        }
    }
}
