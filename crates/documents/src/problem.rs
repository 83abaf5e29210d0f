//! What keeps an advisory from becoming a document, found before anything is written.
//!
//! Owns the limits on text and count, and the characters that may not leave. Never judges CSAF: that is `gate`.

use psirt::advisory::{Advisory, Frame, Vulnerability};
use psirt::house::Brand;
use std::collections::BTreeSet;
use std::fmt;

/// Longest title, name or label, in characters.
pub const MAX_LINE_CHARS: usize = 400;
/// Longest paragraph of text, in characters.
pub const MAX_TEXT_CHARS: usize = 60_000;
/// Most entries of one list.
pub const MAX_ENTRIES: usize = 1_000;

/// One thing that must be changed before a document can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which field, as `vulnerabilities[0].lines[2].product`.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Checks an advisory with its number and revision, and the brand that publishes it.
///
/// # Errors
/// Every problem, in the order of the fields.
pub fn check(advisory: &Advisory, brand: &Brand) -> Result<(), Vec<Problem>> {
    let mut checker = Checker { problems: Vec::new() };
    checker.brand(brand);
    checker.advisory(advisory);
    if checker.problems.is_empty() {
        Ok(())
    } else {
        Err(checker.problems)
    }
}

/// Checks a brand alone.
///
/// # Errors
/// Every problem, in the order of the fields.
pub fn check_brand(brand: &Brand) -> Result<(), Vec<Problem>> {
    let mut checker = Checker { problems: Vec::new() };
    checker.brand(brand);
    if checker.problems.is_empty() {
        Ok(())
    } else {
        Err(checker.problems)
    }
}

/// Checks what a brand says in every advisory.
///
/// # Errors
/// Every problem, in the order of the fields.
pub fn check_frame(frame: &Frame) -> Result<(), Vec<Problem>> {
    let mut checker = Checker { problems: Vec::new() };
    checker.frame(frame);
    if checker.problems.is_empty() {
        Ok(())
    } else {
        Err(checker.problems)
    }
}

/// Whether it is English, of a region or not.
fn is_language(tag: &str) -> bool {
    let region = |region: &str| region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase());
    tag == "en" || tag.strip_prefix("en-").is_some_and(region)
}

/// Whether a character has no place in a public text: nobody sees it, or it turns the direction of what follows.
pub(crate) fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether it is a host name that may also name a folder.
#[must_use]
pub fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Whether it is an address on the web that a page may link to.
#[must_use]
pub fn is_web_address(address: &str) -> bool {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && address.len() <= 2_000
        && address
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&b))
}

struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    fn problem(&mut self, place: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            place: place.to_owned(),
            message: message.into(),
        });
    }

    fn brand(&mut self, brand: &Brand) {
        if !is_host(&brand.domain) {
            self.problem(
                "brand.domain",
                "must be a host name in lower case, such as `psirt.example.com`",
            );
        } else if !is_host(&crate::place::dns_path(brand)) || brand.domain.starts_with(crate::place::DNS_PATH_PREFIX) {
            self.problem(
                "brand.domain",
                "must leave room for `csaf.data.security.` before it, where CSAF looks for the metadata",
            );
        }
        if !is_web_address(&brand.namespace) {
            self.problem("brand.namespace", "must be an address that begins with https://");
        }
        self.line("brand.name", &brand.name);
        self.optional_line("brand.contact", &brand.contact);
        self.optional_text("brand.contact_details", &brand.contact_details);
    }

    fn advisory(&mut self, advisory: &Advisory) {
        self.line("number", &advisory.number);
        let stem = crate::csaf::file_name(&advisory.number);
        if !stem.starts_with(|c: char| c.is_ascii_alphanumeric()) || stem.len() > 200 {
            self.problem(
                "number",
                "must begin with a letter or digit and stay below 200 characters, since a file is named after it",
            );
        }
        self.line("title", &advisory.title);
        self.text("summary", &advisory.summary);
        self.optional_text("details", &advisory.details);
        self.frame(&advisory.frame);
        self.line("policy", &advisory.policy.0);
        self.line("policy", &advisory.policy.1);
        if advisory.revisions.is_empty() {
            self.problem(
                "revisions",
                "a document has at least one revision: order its release first",
            );
        }
        self.count("revisions", advisory.revisions.len());
        for (i, revision) in advisory.revisions.iter().enumerate().take(MAX_ENTRIES) {
            self.text(&format!("revisions[{i}].summary"), &revision.summary);
        }
        if advisory.vulnerabilities.is_empty() && advisory.validity.is_current() {
            self.problem("vulnerabilities", "an advisory is about at least one vulnerability");
        }
        self.count("vulnerabilities", advisory.vulnerabilities.len());
        for (i, vulnerability) in advisory.vulnerabilities.iter().enumerate().take(MAX_ENTRIES) {
            self.vulnerability(&format!("vulnerabilities[{i}]"), vulnerability);
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let texts = [
            ("issuing_authority", &frame.issuing_authority),
            ("distribution", &frame.distribution),
            ("recommendations", &frame.recommendations),
            ("disclaimer", &frame.disclaimer),
        ];
        for (place, text) in texts {
            self.optional_text(place, text);
        }
        if !is_language(frame.lang()) {
            self.problem(
                "language",
                "must be `en`, or English of a region such as `en-GB`: what Candor writes itself is English",
            );
        }
        if !frame.severity_namespace.is_empty() && !is_web_address(&frame.severity_namespace) {
            self.problem("severity_namespace", "must be an address that begins with https://");
        }
        self.count("notes", frame.notes.len());
        for (i, (title, text)) in frame.notes.iter().enumerate().take(MAX_ENTRIES) {
            self.line(&format!("notes[{i}]"), title);
            self.text(&format!("notes[{i}]"), text);
        }
        self.count("references", frame.references.len());
        for (i, (title, address)) in frame.references.iter().enumerate().take(MAX_ENTRIES) {
            self.reference(&format!("references[{i}]"), title, address);
        }
    }

    fn reference(&mut self, place: &str, title: &str, address: &str) {
        self.line(place, title);
        if !is_web_address(address) {
            self.problem(
                place,
                "the address must begin with https:// and have no spaces or quotes",
            );
        }
    }

    fn vulnerability(&mut self, place: &str, vulnerability: &Vulnerability) {
        self.optional_line(&format!("{place}.title"), &vulnerability.title);
        self.optional_text(&format!("{place}.description"), &vulnerability.description);
        if let Some(cve) = &vulnerability.cve {
            self.line(&format!("{place}.cve"), cve);
        }
        if let Some((id, name)) = &vulnerability.cwe {
            self.line(&format!("{place}.cwe"), id);
            self.line(&format!("{place}.cwe"), name);
        }
        if let Some(impact) = &vulnerability.impact {
            self.line(&format!("{place}.impact"), impact);
        }
        if let Some(band) = &vulnerability.band {
            self.line(&format!("{place}.band"), &band.label);
            self.line(&format!("{place}.band"), &band.clause);
        }
        self.count(&format!("{place}.scores"), vulnerability.scores.len());
        for (i, score) in vulnerability.scores.iter().enumerate().take(MAX_ENTRIES) {
            if let Err(error) = cvss::Vector::parse(&score.vector) {
                self.problem(&format!("{place}.scores[{i}].vector"), error.to_string());
            }
            if let Some(issuer) = &score.issuer {
                self.line(&format!("{place}.scores[{i}].issuer"), issuer);
            }
        }
        self.lines(place, vulnerability);
        self.remedies(place, vulnerability);
        for (i, credit) in vulnerability.credits.iter().enumerate().take(MAX_ENTRIES) {
            self.line(&format!("{place}.credits[{i}].name"), &credit.name);
        }
        for (i, milestone) in vulnerability.milestones.iter().enumerate().take(MAX_ENTRIES) {
            self.text(&format!("{place}.milestones[{i}].text"), &milestone.text);
            if let Some(clause) = &milestone.clause {
                self.line(&format!("{place}.milestones[{i}].clause"), clause);
            }
        }
        for (i, (title, address)) in vulnerability.references.iter().enumerate().take(MAX_ENTRIES) {
            self.reference(&format!("{place}.references[{i}]"), title, address);
        }
        let lists = [
            vulnerability.credits.len(),
            vulnerability.milestones.len(),
            vulnerability.references.len(),
        ];
        self.count(place, lists.into_iter().max().unwrap_or(0));
    }

    fn lines(&mut self, place: &str, vulnerability: &Vulnerability) {
        if vulnerability.lines.is_empty() {
            self.problem(
                &format!("{place}.lines"),
                "say for at least one product line how it stands",
            );
        }
        self.count(&format!("{place}.lines"), vulnerability.lines.len());
        let mut names = BTreeSet::new();
        for (i, line) in vulnerability.lines.iter().enumerate().take(MAX_ENTRIES) {
            let place = format!("{place}.lines[{i}]");
            self.line(&format!("{place}.product"), &line.product);
            if let Some(vendor) = &line.vendor {
                self.line(&format!("{place}.vendor"), vendor);
            }
            self.optional_line(&format!("{place}.affected"), &line.affected);
            if let Some(fixed) = &line.fixed {
                self.line(&format!("{place}.fixed"), fixed);
            }
            if let Some(justification) = &line.justification {
                self.line(&format!("{place}.justification"), justification);
            }
            if !names.insert(line.product.trim()) {
                self.problem(
                    &format!("{place}.product"),
                    "this line is named twice: one statement for each",
                );
            }
        }
    }

    fn remedies(&mut self, place: &str, vulnerability: &Vulnerability) {
        self.count(&format!("{place}.remedies"), vulnerability.remedies.len());
        for (i, remedy) in vulnerability.remedies.iter().enumerate().take(MAX_ENTRIES) {
            let place = format!("{place}.remedies[{i}]");
            self.text(&format!("{place}.text"), &remedy.text);
            self.count(&format!("{place}.products"), remedy.products.len());
            for name in remedy.products.iter().take(MAX_ENTRIES) {
                if !vulnerability.lines.iter().any(|line| line.product == *name) {
                    self.problem(
                        &format!("{place}.products"),
                        "it is for a line about which this vulnerability says nothing",
                    );
                }
            }
        }
    }

    fn count(&mut self, place: &str, entries: usize) {
        if entries > MAX_ENTRIES {
            self.problem(place, format!("{entries} entries; the limit is {MAX_ENTRIES}"));
        }
    }

    fn line(&mut self, place: &str, text: &str) {
        if text.trim().is_empty() {
            self.problem(place, "is empty");
        }
        self.optional_line(place, text);
    }

    fn optional_line(&mut self, place: &str, text: &str) {
        if text.contains('\n') {
            self.problem(place, "must be one line");
        }
        self.characters(place, text, MAX_LINE_CHARS);
    }

    fn text(&mut self, place: &str, text: &str) {
        if text.trim().is_empty() {
            self.problem(place, "is empty");
        }
        self.optional_text(place, text);
    }

    fn optional_text(&mut self, place: &str, text: &str) {
        self.characters(place, text, MAX_TEXT_CHARS);
    }

    fn characters(&mut self, place: &str, text: &str, limit: usize) {
        let length = text.chars().count();
        if length > limit {
            self.problem(place, format!("has {length} characters; the limit is {limit}"));
        }
        if let Some(c) = text.chars().find(|c| is_hidden(*c)) {
            self.problem(
                place,
                format!("holds a character that nobody sees (U+{:04X}): delete it", u32::from(c)),
            );
        }
    }
}
