//! What scanners find: runs, and the findings that they saw. A finding is no report and starts no clock, until a person promotes it (N15).
//!
//! Owns the events of a line's findings. One run is one entry, which says what changed: what is new, what came back, what is missing. What
//! it does not name it has seen again, so that a night like the one before costs a line and not a list.

use serde::{Deserialize, Serialize};

/// What a scanner says of one thing that it found. Others' words: one line each but for `text`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What makes it the same one in the next run.
    pub fingerprint: String,
    /// The rule that found it, or the id of a known vulnerability.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// In one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What else it says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How bad the scanner thinks it is.
    pub weight: Weight,
    /// Where: a file and line, or a component.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What others call it: CVE ids and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// How bad a scanner thinks that something is. No band: no policy follows from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It says nothing.
    #[default]
    Unknown,
    /// None, a note, information.
    Note,
    /// Low.
    Low,
    /// Medium, or a warning.
    Medium,
    /// High, or an error.
    High,
    /// Critical.
    Critical,
}

impl Weight {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Weight::Unknown => "unknown",
            Weight::Note => "note",
            Weight::Low => "low",
            Weight::Medium => "medium",
            Weight::High => "high",
            Weight::Critical => "critical",
        }
    }

    /// That of a scanner's word, in whatever case; unknown for one that nobody knows.
    #[must_use]
    pub fn of_word(word: &str) -> Weight {
        match word.to_ascii_lowercase().as_str() {
            "critical" => Weight::Critical,
            "high" | "error" => Weight::High,
            "medium" | "moderate" | "warning" => Weight::Medium,
            "low" => Weight::Low,
            "note" | "none" | "info" | "informational" => Weight::Note,
            _ => Weight::Unknown,
        }
    }

    /// That of a score between 0 and 10.
    #[must_use]
    pub fn of_score(score: f64) -> Weight {
        match score {
            score if score >= 9.0 => Weight::Critical,
            score if score >= 7.0 => Weight::High,
            score if score >= 4.0 => Weight::Medium,
            score if score > 0.0 => Weight::Low,
            _ => Weight::Note,
        }
    }
}

/// What happens to the findings of a product line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingEvent {
    /// A scanner ran over a build.
    Run(Box<Run>),
    /// A person promoted a finding to a report.
    Promoted {
        /// The product line.
        line: String,
        /// The finding.
        finding: String,
        /// The number of the report.
        number: String,
    },
    /// A person joined a finding to a case that was there.
    Joined {
        /// The product line.
        line: String,
        /// The finding.
        finding: String,
        /// The number of the case.
        number: String,
    },
    /// A person set a finding aside: whatever later runs see of it, it asks for nothing.
    Dismissed {
        /// The product line.
        line: String,
        /// The finding.
        finding: String,
        /// Why.
        why: String,
    },
    /// A person took that back: it asks to be looked at again.
    Restored {
        /// The product line.
        line: String,
        /// The finding.
        finding: String,
    },
}

/// What one run changed. Where that is too much for one entry, others with the same id follow it at once, which bring new findings alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Unique in the house.
    pub id: String,
    /// The machine that sent it.
    pub machine: String,
    /// The product line.
    pub line: String,
    /// The scanner. With `scan` it says which runs follow each other.
    pub tool: String,
    /// Which of its scans, where it has several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scan: String,
    /// The build, if it was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub build: String,
    /// What makes sending it again no second run.
    pub key: String,
    /// Whether it looked at everything: another run counts nothing as missing.
    pub complete: bool,
    /// After so many complete runs without it a finding is gone.
    pub clean_runs: u32,
    /// How many findings it has, each counted once.
    pub found: u32,
    /// Those that were not known, each with its id.
    pub new: Vec<(String, Found)>,
    /// Ids of those that were gone and are there again, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub back: Vec<String>,
    /// Ids of those that are known, not gone, and not in it, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}
