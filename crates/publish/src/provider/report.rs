//! What a check found, requirement by requirement. Owns what becomes of many findings: a limit for each requirement, and a count of the rest. Never judges.

use super::requirement::{Requirement, Role};
use std::collections::{BTreeMap, BTreeSet};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The requirement holds; readers may still stumble.
    Warning,
    /// The requirement does not hold.
    Error,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The address.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

/// How it stands with a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing was found.
    Pass,
    /// Nothing could be found: what was checked does not show it.
    NotJudged,
    /// It holds, with warnings.
    Warning,
    /// It is one of several ways, and this provider does not offer it.
    NotOffered,
    /// It does not hold.
    Error,
}

impl Verdict {
    /// In one or two words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::NotJudged => "not judged",
            Verdict::Warning => "warning",
            Verdict::NotOffered => "not offered",
            Verdict::Error => "error",
        }
    }
}

/// One requirement with what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The requirement.
    pub requirement: Requirement,
    /// How it stands.
    pub verdict: Verdict,
    /// The first findings, in the order in which they were made.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub more: usize,
}

/// What was found out about a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Where its metadata was found.
    pub metadata: Option<String>,
    /// The role that its metadata claims.
    pub claimed: Option<Role>,
    /// The highest role whose requirements hold.
    pub reached: Option<Role>,
    /// How many documents were read.
    pub documents: usize,
    /// All twenty requirements.
    pub outcomes: Vec<Outcome>,
    /// For information.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether no requirement failed and the claimed role is reached.
    #[must_use]
    pub fn passes(&self) -> bool {
        let failed = |outcome: &Outcome| outcome.verdict == Verdict::Error;
        self.reached.is_some() && self.reached >= self.claimed && !self.outcomes.iter().any(failed)
    }

    /// How it stands with one requirement.
    #[must_use]
    pub fn verdict(&self, requirement: Requirement) -> Verdict {
        let of = |outcome: &&Outcome| outcome.requirement == requirement;
        self.outcomes
            .iter()
            .find(of)
            .map_or(Verdict::Error, |outcome| outcome.verdict)
    }
}

/// Findings that are kept of one requirement.
const MOST_FINDINGS: usize = 200;

/// Findings while they are made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    known: BTreeSet<(Requirement, Finding)>,
    made: Vec<(Requirement, Finding)>,
    not_offered: BTreeSet<Requirement>,
    not_judged: BTreeSet<Requirement>,
    more: BTreeMap<Requirement, usize>,
    notes: Vec<String>,
}

impl Findings {
    pub(super) fn add(&mut self, requirement: Requirement, level: Level, place: &str, message: String) {
        let finding = Finding {
            level,
            place: place.to_owned(),
            message,
        };
        let of = self.made.iter().filter(|(other, _)| *other == requirement).count();
        if of >= MOST_FINDINGS {
            // A late error must still make an error of it.
            let worst = self.worst(requirement);
            if worst.is_some_and(|worst| worst >= level) {
                *self.more.entry(requirement).or_default() += 1;
                return;
            }
        }
        if self.known.insert((requirement, finding.clone())) {
            self.made.push((requirement, finding));
        }
    }

    pub(super) fn not_offered(&mut self, requirement: Requirement) {
        self.not_offered.insert(requirement);
    }

    pub(super) fn not_judged(&mut self, requirements: &[Requirement]) {
        self.not_judged.extend(requirements);
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) && self.notes.len() < MOST_FINDINGS {
            self.notes.push(note);
        }
    }

    pub(super) fn worst(&self, requirement: Requirement) -> Option<Level> {
        let of = self.made.iter().filter(|(other, _)| *other == requirement);
        of.map(|(_, finding)| finding.level).max()
    }

    fn verdict(&self, requirement: Requirement) -> Verdict {
        match self.worst(requirement) {
            Some(Level::Error) => Verdict::Error,
            _ if self.not_offered.contains(&requirement) => Verdict::NotOffered,
            Some(Level::Warning) => Verdict::Warning,
            None if self.not_judged.contains(&requirement) => Verdict::NotJudged,
            None => Verdict::Pass,
        }
    }

    pub(super) fn report(self, metadata: Option<String>, claimed: Option<Role>, documents: usize) -> Report {
        let holds = |one: Requirement| self.verdict(one) <= Verdict::Warning;
        let failed = |one: Requirement| self.verdict(one) == Verdict::Error;
        let reached = metadata.is_some().then(|| Role::reached(holds, failed)).flatten();
        let outcomes = Requirement::ALL.map(|requirement| Outcome {
            requirement,
            verdict: self.verdict(requirement),
            findings: self
                .made
                .iter()
                .filter(|(of, _)| *of == requirement)
                .map(|(_, finding)| finding.clone())
                .collect(),
            more: self.more.get(&requirement).copied().unwrap_or_default(),
        });
        Report {
            metadata,
            claimed,
            reached,
            documents,
            outcomes: outcomes.into(),
            notes: self.notes,
        }
    }
}
