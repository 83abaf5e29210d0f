//! The advisory: the public statement on one or more cases, as a value, and its life.
//!
//! Owns what an advisory says; `life` says which step follows which. Never renders it (`documents`) and never lets a draft out: the only way
//! to a [`Released`] is [`release`].

mod audience;
mod difference;
mod edit;
mod label;
mod life;
mod limited;
mod outbox;
mod outlook;
#[cfg(test)]
mod sample;
mod shared;
mod version;
mod wording;

pub use audience::{Audience, Tlp};
pub use difference::{Change, difference, fields, has_field};
pub use edit::write;
pub use label::{Label, label};
pub use life::{
    AdvisoryEvent, AdvisoryState, Comment, Earlier, Order, Released, Schedule, Stage, Tombstone, Version, release,
    release_before,
};
pub use limited::{Limited, LimitedEvent, LimitedRelease};
pub use outbox::{Delivery, DeliveryEnd, DeliveryEvent, Follow};
pub use outlook::status_hints;
pub use shared::Shared;
pub use version::{Scheme, Step, step_between};
pub use wording::{Frame, Placeholder, Wording, check_template, fill};

use crate::version::VersionScheme;
use jiff::Timestamp;
use jiff::civil;
use serde::{Deserialize, Serialize};

/// The public statement on one or more cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// Its public number; empty until publication, so that a gap tells nothing.
    #[serde(default)]
    pub number: String,
    /// The brand that publishes it.
    pub brand: String,
    /// The cases that it is about, by tracking number. Never printed.
    pub cases: Vec<String>,
    /// What it is called.
    pub title: String,
    /// One paragraph for everybody.
    pub summary: String,
    /// What is known in detail; may be empty.
    #[serde(default)]
    pub details: String,
    /// The vulnerabilities.
    pub vulnerabilities: Vec<Vulnerability>,
    /// Revisions, oldest first; the last is the current version. Empty until publication.
    #[serde(default)]
    pub revisions: Vec<Revision>,
    /// Whether more is to come.
    pub status: Status,
    /// Who may read it.
    #[serde(default)]
    pub audience: Audience,
    /// The policy under which it is published: id and version.
    pub policy: (String, String),
    /// What its brand says in every advisory.
    #[serde(default, skip_serializing_if = "Frame::is_empty")]
    pub frame: Frame,
    /// Whether what it says still holds.
    #[serde(default, skip_serializing_if = "Validity::is_current")]
    pub validity: Validity,
}

impl Advisory {
    /// Whether it was published before this house kept it: an import brought it along, and no case tells of it.
    #[must_use]
    pub fn is_brought_along(&self) -> bool {
        self.cases.is_empty()
    }

    /// Whether it says of every line that it is not affected (N14, D19): such a statement has no severity.
    #[must_use]
    pub fn excludes_all(&self) -> bool {
        !self.vulnerabilities.is_empty() && self.vulnerabilities.iter().all(Vulnerability::excludes_all)
    }
}

/// Whether what an advisory says still holds. One that does not stays public, and says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// It holds.
    #[default]
    Current,
    /// It was taken back.
    Withdrawn {
        /// Why, in public words.
        why: String,
    },
    /// Another advisory of the brand says it better.
    Superseded {
        /// The public number of that one.
        by: String,
    },
}

impl Validity {
    /// Whether it still holds.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        matches!(self, Validity::Current)
    }

    /// The word on pages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Validity::Current => "Current",
            Validity::Withdrawn { .. } => "Withdrawn",
            Validity::Superseded { .. } => "Superseded",
        }
    }

    /// What does not hold any more, as a sentence; empty while everything does.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Validity::Current => String::new(),
            Validity::Withdrawn { why } => format!("This advisory is withdrawn, and nothing that it says holds: {why}"),
            Validity::Superseded { by } => format!("This advisory is superseded by {by}, which says what holds."),
        }
    }
}

/// One vulnerability of an advisory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// The CVE id, if one is assigned.
    #[serde(default)]
    pub cve: Option<String>,
    /// Whether somebody else assigned that id: it is named, and its record is theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cve_by_others: bool,
    /// What it is called.
    pub title: String,
    /// What it is, in words of its own; empty where the summary of the advisory says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The weakness: `CWE-122` and its name.
    #[serde(default)]
    pub cwe: Option<(String, String)>,
    /// The impact, in the policy's vocabulary.
    #[serde(default)]
    pub impact: Option<String>,
    /// Scores, the deciding one first.
    pub scores: Vec<Score>,
    /// The policy's band: its label, and the clause that maps it.
    #[serde(default)]
    pub band: Option<Band>,
    /// What holds for each product line.
    pub lines: Vec<LineStatement>,
    /// What to do.
    pub remedies: Vec<Remedy>,
    /// Who is thanked: only those who said yes.
    #[serde(default)]
    pub credits: Vec<Credit>,
    /// Where those are who found it; none where they are in both places, or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Discovery>,
    /// What is known of exploits, as an exploit status word.
    #[serde(default)]
    pub exploit: Option<crate::event::Exploit>,
    /// The instant when the vendor learned of it.
    #[serde(default)]
    pub reported: Option<Timestamp>,
    /// Milestones that the public page shows, in order.
    #[serde(default)]
    pub milestones: Vec<Milestone>,
    /// References: a title and an address.
    #[serde(default)]
    pub references: Vec<(String, String)>,
}

impl Vulnerability {
    /// Whether no line is affected, nor may be.
    #[must_use]
    pub fn excludes_all(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.state == LineState::NotAffected)
    }
}

/// A score of an advisory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The vector, canonical.
    pub vector: String,
    /// Who issued it, if not the vendor.
    #[serde(default)]
    pub issuer: Option<String>,
}

/// The policy's severity name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The policy's word, lower case.
    pub id: String,
    /// As it is printed.
    pub label: String,
    /// The clause that maps it, with its sign.
    pub clause: String,
}

/// What holds for one product line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineStatement {
    /// The line's name in the catalogue.
    pub product: String,
    /// How it runs.
    pub deployment: String,
    /// How it stands.
    pub state: LineState,
    /// Affected versions in words: `25.0.0 to 25.1.1`, `all versions`.
    #[serde(default)]
    pub affected: String,
    /// The first fixed version.
    #[serde(default)]
    pub fixed: Option<String>,
    /// When it was released.
    #[serde(default)]
    pub fixed_on: Option<civil::Date>,
    /// Why it is not affected, as a CSAF flag label.
    #[serde(default)]
    pub justification: Option<String>,
    /// How its versions are ordered.
    #[serde(default, skip_serializing_if = "VersionScheme::is_default")]
    pub version_scheme: VersionScheme,
    /// Who makes it, where that is not the brand; then the line's name begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
}

impl LineStatement {
    /// Who makes it, and what it is called there.
    #[must_use]
    pub fn made_by<'a>(&'a self, brand: &'a str) -> (&'a str, &'a str) {
        let Some(vendor) = self.vendor.as_deref() else {
            return (brand, &self.product);
        };
        let own = self.product.strip_prefix(vendor).map(str::trim_start);
        (vendor, own.filter(|own| !own.is_empty()).unwrap_or(&self.product))
    }
}

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineState {
    /// Affected, and a fix is out.
    Fixed,
    /// Affected, without a fix yet or ever.
    Affected,
    /// Not affected.
    NotAffected,
    /// Not known yet.
    UnderInvestigation,
}

impl LineState {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            LineState::Fixed => "fixed",
            LineState::Affected => "affected",
            LineState::NotAffected => "not affected",
            LineState::UnderInvestigation => "under investigation",
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Which kind.
    pub kind: RemedyKind,
    /// The instruction.
    pub text: String,
    /// The lines that it is for.
    pub products: Vec<String>,
    /// From when it is available.
    #[serde(default)]
    pub date: Option<Timestamp>,
}

/// Kinds of remedies; the words are CSAF's categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyKind {
    /// Install the fixed version.
    VendorFix,
    /// Avoid the vulnerability without a fix.
    Workaround,
    /// Lower its effect.
    Mitigation,
    /// No fix exists yet.
    NoneAvailable,
    /// No fix will come.
    NoFixPlanned,
}

impl RemedyKind {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            RemedyKind::VendorFix => "fix",
            RemedyKind::Workaround => "workaround",
            RemedyKind::Mitigation => "mitigation",
            RemedyKind::NoneAvailable => "no fix yet",
            RemedyKind::NoFixPlanned => "no fix will come",
        }
    }
}

/// Somebody who is thanked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// As they wish to be named.
    pub name: String,
    /// Whether they looked at the fix, and found that it works (T10).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub validated: bool,
}

/// Where those are who found a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discovery {
    /// In the vendor's own house.
    Internal,
    /// Outside.
    External,
}

/// A milestone of the public timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// When.
    pub at: Timestamp,
    /// What happened, in public words.
    pub text: String,
    /// The clause that made it happen, with its sign.
    #[serde(default)]
    pub clause: Option<String>,
}

/// A version of an advisory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1.
    pub number: u32,
    /// When it was published.
    pub at: Timestamp,
    /// What changed.
    pub summary: String,
    /// The version as it is printed, where it is not the count: `1.1.0`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

impl Revision {
    /// The version as it is printed.
    #[must_use]
    pub fn printed(&self) -> String {
        if self.version.is_empty() {
            self.number.to_string()
        } else {
            self.version.clone()
        }
    }
}

/// Whether more is to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A revision is expected: a fix is missing (R9).
    #[default]
    Interim,
    /// Nothing more is expected.
    Final,
}
