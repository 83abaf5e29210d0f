//! The advisory: the public statement on one or more cases, as a value, and its life.
//!
//! Owns what an advisory says and which step follows which. Never renders it (`documents`) and never lets a draft out: the only way to a
//! [`Released`] is [`release`].

use crate::case::refuse::Refusal;
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
}

/// One vulnerability of an advisory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// The CVE id, if one is assigned.
    #[serde(default)]
    pub cve: Option<String>,
    /// What it is called.
    pub title: String,
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

/// Somebody who is thanked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// As they wish to be named.
    pub name: String,
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

/// Who may read a release. One release, one audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everybody: TLP:WHITE in CSAF 2.0.
    #[default]
    Public,
}

/// Where an advisory stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Being written.
    #[default]
    Draft,
    /// Being read by a second person.
    Review,
    /// Approved, and not to be changed.
    Approved,
    /// Waiting for its instant.
    Scheduled,
    /// Out.
    Published,
    /// Taken back; the page says so.
    Withdrawn,
}

impl Stage {
    /// The word on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Review => "review",
            Stage::Approved => "approved",
            Stage::Scheduled => "scheduled",
            Stage::Published => "published",
            Stage::Withdrawn => "withdrawn",
        }
    }
}

/// What happens to an advisory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdvisoryEvent {
    /// Its text was written or changed.
    Drafted(Box<Advisory>),
    /// A second person was asked to read it.
    ReviewAsked,
    /// A second person approved this text.
    Approved,
    /// It will be published at this instant.
    Scheduled {
        /// When.
        at: Timestamp,
    },
    /// Its bytes were fixed for publication; `published` follows when they are on disk (law 6).
    ReleaseOrdered {
        /// The text with its number and revision.
        advisory: Box<Advisory>,
    },
    /// It is in the published tree.
    Published {
        /// The tree's generation.
        generation: u64,
        /// The digest of the tree's manifest.
        manifest: String,
    },
    /// It was taken back.
    Withdrawn {
        /// Why, in public words.
        why: String,
    },
}

/// An advisory with its life folded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdvisoryState {
    /// The text being worked on.
    pub draft: Advisory,
    /// Who wrote the last change.
    pub drafted_by: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// When it is to be published.
    pub scheduled: Option<Timestamp>,
    /// The last text whose release was ordered.
    pub ordered: Option<Advisory>,
    /// Who stands behind that text; a later draft does not take it back.
    pub order: Option<Order>,
    /// Whether that text is on disk.
    pub on_disk: bool,
}

/// Who stands behind an ordered release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who wrote the text.
    pub author: String,
    /// Who approved it.
    pub approver: Option<String>,
    /// Who ordered the release.
    pub by: String,
}

impl AdvisoryState {
    /// Folds one event, with its actor and the second person where an act has one.
    pub fn apply(&mut self, event: &AdvisoryEvent, by: &str, second: Option<&str>) {
        match event {
            AdvisoryEvent::Drafted(advisory) => {
                self.draft = (**advisory).clone();
                self.drafted_by = by.to_owned();
                self.approved_by = None;
                self.stage = Stage::Draft;
            }
            AdvisoryEvent::ReviewAsked => self.stage = Stage::Review,
            AdvisoryEvent::Approved => {
                self.stage = Stage::Approved;
                self.approved_by = Some(by.to_owned());
            }
            AdvisoryEvent::Scheduled { at } => {
                self.stage = Stage::Scheduled;
                self.scheduled = Some(*at);
            }
            AdvisoryEvent::ReleaseOrdered { advisory } => {
                self.draft = (**advisory).clone();
                self.ordered = Some((**advisory).clone());
                let author = self.drafted_by.clone();
                let approver = self.approved_by.clone().or_else(|| second.map(str::to_owned));
                self.order = Some(Order {
                    author,
                    approver,
                    by: by.to_owned(),
                });
                self.on_disk = false;
            }
            AdvisoryEvent::Published { .. } => {
                if self.stage != Stage::Withdrawn {
                    self.stage = Stage::Published;
                }
                self.scheduled = None;
                self.on_disk = true;
            }
            AdvisoryEvent::Withdrawn { .. } => self.stage = Stage::Withdrawn,
        }
    }
}

/// An advisory that may leave: the only thing that `publish` takes (law 5).
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    advisory: Advisory,
    audience: Audience,
}

impl Released {
    /// The text.
    #[must_use]
    pub fn advisory(&self) -> &Advisory {
        &self.advisory
    }

    /// Who may read it.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.audience
    }
}

/// Lets an ordered advisory out. The order itself was refused or accepted by `case::refuse`; here only what was ordered, by two people, passes.
///
/// # Errors
/// A refusal that names what is missing.
pub fn release(state: &AdvisoryState) -> Result<Released, Refusal> {
    let (Some(ordered), Some(order)) = (&state.ordered, &state.order) else {
        return Err(Refusal::without_clause("no release of this advisory was ordered"));
    };
    if order
        .approver
        .as_deref()
        .is_none_or(|approver| approver == order.author)
    {
        return Err(Refusal::without_clause(
            "an advisory is released by two people: its author, and another who approved it",
        ));
    }
    if ordered.number.is_empty() || ordered.revisions.is_empty() {
        return Err(Refusal::without_clause(
            "a release has a number and a revision; order it again",
        ));
    }
    Ok(Released {
        advisory: ordered.clone(),
        audience: ordered.audience,
    })
}
