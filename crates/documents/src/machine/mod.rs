//! What machines send: scanners their findings, a portal of customers its reports. Read strictly, with limits on everything.
//!
//! Owns the formats and what makes a finding the same one in the next run. What is wrong is a [`Fault`] that names its place and quotes nothing
//! of what was sent. Never says which product line it is about, or what is known already.

mod cyclonedx;
mod finding;
mod portal;
mod sarif;
mod tree;

pub use portal::{Customer, HandedOver};

use crate::problem::is_hidden;
use psirt::finding::Found;
use std::collections::BTreeSet;
use tree::At;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 20 << 20;
/// Most findings of one file.
pub const MAX_FINDINGS: usize = 20_000;
/// Most scans in one file.
pub const MAX_SCANS: usize = 20;
/// Longest line that is taken over, in characters; the rest is cut off.
const MAX_LINE_CHARS: usize = 300;
/// Longest text that is taken over, in characters.
const MAX_TEXT_CHARS: usize = 4_000;
/// Most names of one finding.
const MAX_NAMES: usize = 20;

/// A format of scanners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Our own.
    Plain,
    /// SARIF 2.1.0.
    Sarif,
    /// CycloneDX 1.4 to 1.6 with vulnerabilities.
    CycloneDx,
}

impl Format {
    /// Each with its media type.
    pub const ALL: [(Format, &str); 3] = [
        (Format::Plain, "application/json"),
        (Format::Sarif, "application/sarif+json"),
        (Format::CycloneDx, "application/vnd.cyclonedx+json"),
    ];

    /// That of a content type, whatever parameters it has.
    #[must_use]
    pub fn of_media_type(text: &str) -> Option<Format> {
        let name = text.split(';').next().unwrap_or_default().trim();
        let mut all = Format::ALL.into_iter();
        all.find(|(_, media)| media.eq_ignore_ascii_case(name))
            .map(|(format, _)| format)
    }
}

/// What one scanner saw in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The scanner.
    pub tool: String,
    /// Which of its scans, if it says so.
    pub scan: String,
    /// The product line, if the file names it.
    pub product: Option<String>,
    /// The build, if the file names it.
    pub build: Option<String>,
    /// Whether it looked at everything.
    pub complete: bool,
    /// What it found, each once.
    pub findings: Vec<Found>,
    /// How many entries are the same as another one.
    pub folded: u32,
    /// How many entries say of themselves that they are no finding: passed, suppressed, not affected.
    pub left_out: u32,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer; empty for the whole file. It holds words of the format and numbers, and nothing of the sender's.
    pub pointer: String,
    /// What is wrong, as a sentence that quotes nothing.
    pub says: String,
}

impl Fault {
    fn new(pointer: impl Into<String>, says: impl Into<String>) -> Fault {
        Fault {
            pointer: pointer.into(),
            says: says.into(),
        }
    }
}

/// Reads a scanner's file.
///
/// # Errors
/// What is wrong first. Nothing of the file counts then.
pub fn scans(format: Format, bytes: &[u8]) -> Result<Vec<Scan>, Fault> {
    let read = match format {
        Format::Plain => finding::read,
        Format::Sarif => sarif::read,
        Format::CycloneDx => cyclonedx::read,
    };
    let words = match format {
        Format::Plain => finding::WORDS,
        Format::Sarif => sarif::WORDS,
        Format::CycloneDx => cyclonedx::WORDS,
    };
    let tree = tree::read(bytes, words)?;
    let root = At::root(&tree);
    root.table()?;
    let scans = read(&root)?;
    let all: usize = scans.iter().map(|scan| scan.findings.len()).sum();
    if all > MAX_FINDINGS {
        return Err(Fault::new(
            "",
            format!("There are {all} findings; one file has at most {MAX_FINDINGS}."),
        ));
    }
    Ok(scans)
}

/// Reads what a portal hands over.
///
/// # Errors
/// What is wrong first. Nothing of it counts then.
pub fn handed_over(bytes: &[u8]) -> Result<HandedOver, Fault> {
    let tree = tree::read(bytes, portal::WORDS)?;
    let root = At::root(&tree);
    root.table()?;
    portal::read(&root)
}

/// The findings of a scan, each fingerprint once.
struct Gathered {
    seen: BTreeSet<String>,
    scan: Scan,
}

impl Gathered {
    fn of(scan: Scan) -> Gathered {
        Gathered {
            seen: BTreeSet::new(),
            scan,
        }
    }

    fn add(&mut self, found: Found) {
        if self.seen.insert(found.fingerprint.clone()) {
            self.scan.findings.push(found);
        } else {
            self.scan.folded = self.scan.folded.saturating_add(1);
        }
    }

    fn leave_out(&mut self) {
        self.scan.left_out = self.scan.left_out.saturating_add(1);
    }
}

/// One line of others' words.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let shown = words.join(" ");
    shown.chars().filter(|c| !is_hidden(*c)).take(MAX_LINE_CHARS).collect()
}

/// Some lines of others' words.
fn text(text: &str) -> String {
    let plain = text.trim().replace("\r\n", "\n");
    let shown = plain.chars().filter(|c| *c == '\n' || !is_hidden(*c));
    shown.take(MAX_TEXT_CHARS).collect()
}

/// What others call it: what looks like an id, each once.
fn names<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let plain = |id: &&str| {
        (3..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    let mut names: Vec<String> = Vec::new();
    for id in ids.into_iter().filter(plain) {
        if names.len() < MAX_NAMES && !names.iter().any(|known| known == id) {
            names.push(id.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests;
