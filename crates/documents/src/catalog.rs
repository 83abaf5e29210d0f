//! The catalogue of a brand's published advisories: of each what lists, filters and "am I affected?" ask for, as values and as the files
//! `catalog/index.json` and `catalog/YYYY-MM.json` of the published tree. Whoever serves the portal knows these files and nothing else.
//!
//! Never says more than the advisory does. [`crate::affected`] reads it; `page` makes lists of it.

use crate::calculator::BandRange;
use crate::card::unique;
use crate::page::{Row, Setting, Sign, severity, why_not};
use crate::place;
use crate::range::{self, Span};
use crate::remedy;
use crate::rolie::{first, last};
use jiff::civil::Date;
use psirt::advisory::{Advisory, LineState, LineStatement, Validity, Vulnerability};
use psirt::version::VersionScheme;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

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
    /// The months that have a file, the newest first.
    #[serde(default)]
    pub months: Vec<Month>,
}

/// A month of a year, as `2027-04`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Date) -> Month {
        Month {
            year: day.year(),
            month: day.month(),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        month.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Month, jiff::Error> {
        Date::from_str(&format!("{text}-01")).map(Month::of)
    }
}

/// The entries of one month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthFile {
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
    /// How its versions are ordered.
    #[serde(default, skip_serializing_if = "VersionScheme::is_default")]
    pub version_scheme: VersionScheme,
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
    let mut sorted: Vec<&Advisory> = advisories.into_iter().collect();
    sorted.sort_by(|a, b| (first(b), &b.number).cmp(&(first(a), &a.number)));
    sorted.into_iter().map(|advisory| entry(advisory, setting)).collect()
}

/// The entry of an advisory.
#[must_use]
pub fn entry(advisory: &Advisory, setting: &Setting) -> Entry {
    let day = |at: jiff::Timestamp| at.to_zoned(setting.zone.clone()).date();
    let (first, last) = (first(advisory), last(advisory));
    Entry {
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
        vulnerabilities: advisory.vulnerabilities.iter().map(|one| flaw(advisory, one)).collect(),
    }
}

fn flaw(advisory: &Advisory, vulnerability: &Vulnerability) -> Flaw {
    let todo = remedy::complete(advisory, vulnerability)
        .into_iter()
        .map(|remedy| Todo {
            title: remedy::title(&remedy, vulnerability).to_owned(),
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
        version_scheme: line.version_scheme,
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

    /// What a line of a list says.
    #[must_use]
    pub fn row(&self) -> Row<'_> {
        let mut excluded: Vec<(String, String)> = Vec::new();
        for line in self.lines().filter(|line| line.state == LineState::NotAffected) {
            let reason = (line.product.clone(), why_not(line.justification.as_deref()));
            if !excluded.contains(&reason) {
                excluded.push(reason);
            }
        }
        Row {
            number: &self.number,
            title: &self.title,
            published: self.published,
            revised: self.revised,
            severity: &self.severity,
            cves: unique(self.vulnerabilities.iter().filter_map(|flaw| flaw.cve.as_deref())),
            products: self.products(),
            excluded: excluded.into(),
        }
    }
}

/// The catalogue's files: their paths and bytes. A month's file changes only if something of that month does.
#[must_use]
pub fn files(face: &Face, entries: &[Entry]) -> Vec<(String, Vec<u8>)> {
    let mut months: BTreeMap<Month, MonthBytes> = BTreeMap::new();
    for entry in entries {
        let month = months.entry(Month::of(entry.published)).or_default();
        month.push(&entry_bytes(entry));
    }
    let mut files = vec![(place::CATALOG.to_owned(), face_bytes(face, months.keys().copied()))];
    files.extend(
        months
            .into_iter()
            .map(|(month, bytes)| (place::catalog_month(month), bytes.finish())),
    );
    files
}

/// The file that says what stands around the pages, and which months there are.
#[must_use]
pub fn face_bytes(face: &Face, months: impl DoubleEndedIterator<Item = Month>) -> Vec<u8> {
    let face = Face {
        months: months.rev().collect(),
        ..face.clone()
    };
    let mut bytes = json(&face);
    bytes.push(b'\n');
    bytes
}

/// An entry as it stands in the file of its month.
#[must_use]
pub fn entry_bytes(entry: &Entry) -> Vec<u8> {
    json(entry)
}

/// What stands before, between and after the entries of a month.
const MONTH: [&[u8]; 3] = [b"{\"advisories\":[", b",", b"]}\n"];

/// The file of a month while it is written: entries as [`entry_bytes`] writes them, the newest first.
#[derive(Clone, Debug, Default)]
pub struct MonthBytes(Vec<u8>);

impl MonthBytes {
    /// The next entry.
    pub fn push(&mut self, entry: &[u8]) {
        let [before, between, _] = MONTH;
        let head = if self.0.is_empty() { before } else { between };
        self.0.extend_from_slice(head);
        self.0.extend_from_slice(entry);
    }

    /// The whole file.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let [before, _, after] = MONTH;
        if self.0.is_empty() {
            self.0.extend_from_slice(before);
        }
        self.0.extend_from_slice(after);
        self.0
    }
}

/// The entries of the file of a month, by their lengths in their order; none if they do not fill it.
#[must_use]
pub fn month_entries<'b>(file: &'b [u8], lengths: &[usize]) -> Option<Vec<&'b [u8]>> {
    let [before, between, after] = MONTH;
    let mut rest = file.strip_prefix(before)?;
    let mut entries = Vec::with_capacity(lengths.len());
    for (place, length) in lengths.iter().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(between)?;
        }
        let (entry, behind) = rest.split_at_checked(*length)?;
        entries.push(entry);
        rest = behind;
    }
    (rest == after).then_some(entries)
}

/// On one line.
fn json(value: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists in memory: there is nothing here that JSON cannot hold.
    serde_json::to_vec(value).unwrap_or_default()
}
