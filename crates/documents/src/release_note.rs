//! What release notes tell of a vulnerability: one entry for each product line that is fixed, in Markdown and in HTML.
//!
//! Owns the words and how much they say. A policy that announces a band in release notes has the whole of it there; what an advisory is to
//! tell is named neutrally until that is out. Never decides which of the two holds, and never publishes.

use crate::feed::escaped as xml;
use crate::scores;
use psirt::advisory::{Advisory, LineState, LineStatement, RemedyKind, Vulnerability};

/// How much an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What it is and what to do: the policy tells it here.
    Full,
    /// The same, with the address of the advisory that is out.
    Published(String),
    /// That something is fixed. An advisory will tell it.
    Neutral,
}

/// An entry of the notes of one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseNote {
    /// The product line.
    pub product: String,
    /// The release that fixes it, where it has a version.
    pub version: Option<String>,
    /// The entry: an item of a list.
    pub markdown: String,
    /// The same as an element `li`.
    pub html: String,
    /// The CVE id that the entry names: telling it is a disclosure.
    pub cve: Option<String>,
}

/// The entries of an advisory, in the order of its vulnerabilities and lines.
#[must_use]
pub fn entries(advisory: &Advisory, detail: impl Fn(&Vulnerability) -> Detail) -> Vec<ReleaseNote> {
    let mut entries = Vec::new();
    for vulnerability in &advisory.vulnerabilities {
        let detail = detail(vulnerability);
        let fixed = vulnerability.lines.iter().filter(|line| line.state == LineState::Fixed);
        entries.extend(fixed.map(|line| entry(advisory, vulnerability, line, &detail)));
    }
    entries
}

fn entry(advisory: &Advisory, vulnerability: &Vulnerability, line: &LineStatement, detail: &Detail) -> ReleaseNote {
    let (parts, cve) = match detail {
        Detail::Neutral => (
            vec![Part::text("A security problem is fixed. An advisory will tell more.")],
            None,
        ),
        Detail::Full => (full(advisory, vulnerability, line, None), vulnerability.cve.clone()),
        Detail::Published(address) => (
            full(advisory, vulnerability, line, Some(address)),
            vulnerability.cve.clone(),
        ),
    };
    let joined = |render: fn(&Part) -> String| parts.iter().map(render).collect::<Vec<_>>().join(" ");
    ReleaseNote {
        product: line.product.clone(),
        version: line.fixed.clone(),
        markdown: format!("- {}\n", joined(Part::markdown)),
        html: format!("<li>{}</li>\n", joined(Part::html)),
        cve,
    }
}

/// A sentence of an entry.
enum Part {
    /// What it is called, and what is known of it.
    Name(String, String),
    Text(String),
    /// The advisory's number and address.
    Advisory(String, String),
}

impl Part {
    fn text(words: &str) -> Part {
        Part::Text(words.to_owned())
    }

    fn markdown(&self) -> String {
        match self {
            Part::Name(name, known) => format!("**{}**{}.", escaped(name), escaped(known)),
            Part::Text(words) => escaped(words),
            Part::Advisory(number, address) => format!("Advisory {}: <{address}>", escaped(number)),
        }
    }

    fn html(&self) -> String {
        match self {
            Part::Name(name, known) => format!("<strong>{}</strong>{}.", xml(name), xml(known)),
            Part::Text(words) => xml(words),
            Part::Advisory(number, address) => {
                format!("<a href=\"{}\">Advisory {}</a>", xml(address), xml(number))
            }
        }
    }
}

fn full(advisory: &Advisory, vulnerability: &Vulnerability, line: &LineStatement, address: Option<&str>) -> Vec<Part> {
    let title = if vulnerability.title.trim().is_empty() {
        &advisory.title
    } else {
        &vulnerability.title
    };
    let figure = scores::read(vulnerability).into_iter().next();
    let figure = figure.and_then(|read| scores::figures(read.vector).into_iter().next());
    let mut known: Vec<String> = Vec::new();
    known.extend(vulnerability.cve.clone());
    known.extend(vulnerability.band.as_ref().map(|band| band.label.clone()));
    known.extend(figure.map(|figure| format!("{} {}", figure.label, figure.score)));
    let known = if known.is_empty() {
        String::new()
    } else {
        format!(" ({})", known.join(", "))
    };
    let mut parts = vec![Part::Name(title.clone(), known)];
    // One paragraph: an item of a list ends with an empty line.
    let summary = advisory.summary.split("\n\n").next().unwrap_or_default();
    parts.push(Part::Text(one_line(summary)));
    let affected = line.affected.trim();
    if !affected.is_empty() {
        parts.push(Part::Text(format!("Affected: {affected}.")));
    }
    parts.push(match &line.fixed {
        Some(version) => Part::Text(format!("Fixed in {version}.")),
        None => Part::text("It is fixed here; nothing is to be installed."),
    });
    for remedy in &vulnerability.remedies {
        let helps = matches!(remedy.kind, RemedyKind::Workaround | RemedyKind::Mitigation);
        if helps && remedy.products.contains(&line.product) {
            parts.push(Part::Text(format!("If you cannot update: {}", one_line(&remedy.text))));
        }
    }
    if let Some(address) = address {
        parts.push(Part::Advisory(advisory.number.clone(), address.to_owned()));
    }
    parts
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text whose marks are not taken for Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '!' | '~'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
