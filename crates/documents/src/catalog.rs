//! The catalogue of a brand's published advisories: of each what lists, filters and "am I affected?" ask for, as values and as the files
//! `catalog/index.json` and `catalog/YYYY.json` of the published tree. Whoever serves the portal knows these files and nothing else.
//!
//! Never says more than the advisory does. [`crate::affected`] reads it; `page` makes lists of it.

use crate::calculator::BandRange;
use crate::page::{Setting, Sign, severity};
use crate::place;
use crate::range::{self, Span};
use crate::remedy;
use jiff::civil::Date;
use psirt::advisory::{Advisory, LineState, LineStatement, Validity, Vulnerability};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stands around every page of a brand's portal, and where the catalogue's other files are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// The brand's name.
    pub brand: String,
    /// Where reports are sent.
    pub contact: String,
    /// Whether there is a page of the policy.
    #[serde(default)]
    pub policy: bool,
    /// The file of its theme, below the folder of assets.
    #[serde(default)]
    pub theme: Option<String>,
    /// The file of its logo, below the folder of assets.
    #[serde(default)]
    pub logo: Option<String>,
    /// Whether a search is served at [`place::SEARCH`], and "am I affected?" at [`place::AFFECTED`].
    #[serde(default)]
    pub dynamic: bool,
    /// The policy's own words for scores.
    #[serde(default)]
    pub bands: Vec<BandRange>,
    /// The years that have a file, the newest first.
    #[serde(default)]
    pub years: Vec<i16>,
}

/// The entries of one year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearFile {
    /// The newest first.
    pub advisories: Vec<Entry>,
}

/// An advisory, as lists know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Its page, below the brand's root.
    pub page: String,
    /// The day of its first version, in the zone of the policy.
    pub published: Date,
    /// The day of its present version, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised: Option<Date>,
    /// Its severity, in the policy's word, or the word in its place.
    pub severity: Sign,
    /// Whether what it says still holds.
    #[serde(default, skip_serializing_if = "Validity::is_current")]
    pub standing: Validity,
    /// Its vulnerabilities.
    pub vulnerabilities: Vec<Flaw>,
}

/// One vulnerability of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw {
    /// Its CVE id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cve: Option<String>,
    /// Its weakness: id and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwe: Option<(String, String)>,
    /// The impact, in the policy's term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// How each line stands.
    pub lines: Vec<Line>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub todo: Vec<Todo>,
}

/// How a line stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The line.
    pub product: String,
    /// Its state.
    pub state: LineState,
    /// The affected versions in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub affected: String,
    /// The same as far as a program can read them.
    pub span: Span,
    /// The first fixed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
    /// Whether it is a service whose fix is everywhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deployed: bool,
    /// Why it is not affected, as a CSAF flag label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
}

/// Something to do, and for which lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// What.
    pub title: String,
    /// How.
    pub text: String,
    /// For whom.
    pub products: Vec<String>,
}

/// The entries of these advisories, the newest first.
#[must_use]
pub fn entries<'a>(advisories: impl IntoIterator<Item = &'a Advisory>, setting: &Setting) -> Vec<Entry> {
    let mut sorted: Vec<_> = advisories
        .into_iter()
        .filter_map(|advisory| Some((advisory.revisions.first()?.at, &advisory.number, advisory)))
        .collect();
    sorted.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)));
    let entries = sorted.into_iter();
    entries
        .filter_map(|(_, _, advisory)| entry(advisory, setting))
        .collect()
}

fn entry(advisory: &Advisory, setting: &Setting) -> Option<Entry> {
    let day = |at: jiff::Timestamp| at.to_zoned(setting.zone.clone()).date();
    let (first, last) = (advisory.revisions.first()?.at, advisory.revisions.last()?.at);
    Some(Entry {
        number: advisory.number.clone(),
        title: advisory.title.clone(),
        summary: advisory.summary.clone(),
        page: place::page(advisory),
        published: day(first),
        revised: (last != first).then(|| day(last)),
        severity: severity(advisory, setting).unwrap_or_else(|| Sign {
            shape: "none".to_owned(),
            word: "Not rated".to_owned(),
        }),
        standing: advisory.validity.clone(),
        vulnerabilities: advisory.vulnerabilities.iter().map(flaw).collect(),
    })
}

fn flaw(vulnerability: &Vulnerability) -> Flaw {
    let todo = remedy::complete(vulnerability).into_iter().map(|remedy| Todo {
        title: remedy::title(remedy.kind).to_owned(),
        text: remedy.text,
        products: remedy.products,
    });
    Flaw {
        cve: vulnerability.cve.clone(),
        cwe: vulnerability.cwe.clone(),
        impact: vulnerability.impact.clone(),
        lines: vulnerability.lines.iter().map(line).collect(),
        todo: todo.collect(),
    }
}

fn line(line: &LineStatement) -> Line {
    Line {
        product: line.product.clone(),
        state: line.state,
        affected: line.affected.trim().to_owned(),
        span: range::span(line),
        fixed: line
            .fixed
            .as_deref()
            .filter(|_| line.state == LineState::Fixed)
            .map(|version| version.trim().to_owned()),
        deployed: line.state == LineState::Fixed && line.fixed.is_none() && line.deployment == "saas",
        justification: line.justification.clone(),
    }
}

impl Entry {
    /// Whether it has a severity: it holds, and does not say of everything that it is not affected.
    #[must_use]
    pub fn is_rated(&self) -> bool {
        self.standing.is_current() && self.lines().any(|line| line.state != LineState::NotAffected)
    }

    /// The lines of which it says anything but *not affected*, each once.
    #[must_use]
    pub fn products(&self) -> Vec<&str> {
        let mut products: Vec<&str> = Vec::new();
        for line in self.lines() {
            if line.state != LineState::NotAffected && !products.contains(&line.product.as_str()) {
                products.push(&line.product);
            }
        }
        products
    }

    /// Every statement about a line.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.vulnerabilities.iter().flat_map(|flaw| &flaw.lines)
    }

    /// Its CVE ids, each once.
    #[must_use]
    pub fn cves(&self) -> Vec<&str> {
        let mut cves: Vec<&str> = self
            .vulnerabilities
            .iter()
            .filter_map(|flaw| flaw.cve.as_deref())
            .collect();
        cves.dedup();
        cves
    }
}

/// The catalogue's files: their paths and bytes. A year's file changes only if something of that year does.
#[must_use]
pub fn files(face: &Face, entries: &[Entry]) -> Vec<(String, Vec<u8>)> {
    let mut years: BTreeMap<i16, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        years.entry(entry.published.year()).or_default().push(entry);
    }
    let face = Face {
        years: years.keys().rev().copied().collect(),
        ..face.clone()
    };
    let mut files = vec![(place::CATALOG.to_owned(), bytes(&face))];
    let year = |(year, advisories): (i16, Vec<&Entry>)| {
        let file = serde_json::json!({ "advisories": advisories });
        (place::catalog_year(year), bytes(&file))
    };
    files.extend(years.into_iter().map(year));
    files
}

/// One line of JSON.
fn bytes(value: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists in memory: there is nothing here that JSON cannot hold.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
