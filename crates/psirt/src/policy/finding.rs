//! Findings: what is wrong with a policy, where, and what to do about it.
//!
//! Owns positions and their print. Never decides what is wrong: that is the reader and `policy::check`.

use serde::Serialize;
use std::fmt;

/// A fault, or a doubt, at one place of a policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether the policy can be adopted with it.
    pub severity: Severity,
    /// A stable word for programs, such as `band-overlap`.
    pub code: &'static str,
    /// The file as it was named to the reader.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// What is wrong and the way out.
    pub message: String,
    /// For a check over all combinations of facts: one concrete case.
    pub example: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The policy cannot be adopted.
    Error,
    /// It can, and somebody should look.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

impl Finding {
    /// Whether the policy cannot be adopted because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            severity,
            code,
            file,
            line,
            column,
            message,
            example,
        } = self;
        write!(f, "{file}:{line}:{column}: {severity}[{code}]: {message}")?;
        match example {
            Some(example) => write!(f, "\n    example: {example}"),
            None => Ok(()),
        }
    }
}

/// No reader of a terminal wants more; a hostile file could give millions.
const MAX_FINDINGS: usize = 500;

/// Collects findings of one file and turns byte offsets into lines and columns.
pub(super) struct Findings<'t> {
    file: &'t str,
    text: &'t str,
    line_starts: Vec<usize>,
    found: Vec<Finding>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Findings {
            file,
            text,
            line_starts,
            found: Vec::new(),
        }
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    fn column(&self, at: usize) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..at).map_or(0, |before| before.chars().count());
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    pub(super) fn error(&mut self, at: usize, code: &'static str, message: impl Into<String>) {
        self.push(Severity::Error, at, code, message.into(), None);
    }

    pub(super) fn warning(&mut self, at: usize, code: &'static str, message: impl Into<String>) {
        self.push(Severity::Warning, at, code, message.into(), None);
    }

    /// An error with a concrete case.
    pub(super) fn error_for(&mut self, at: usize, code: &'static str, message: impl Into<String>, example: String) {
        self.push(Severity::Error, at, code, message.into(), Some(example));
    }

    /// A warning with a concrete case.
    pub(super) fn warning_for(&mut self, at: usize, code: &'static str, message: impl Into<String>, example: String) {
        self.push(Severity::Warning, at, code, message.into(), Some(example));
    }

    fn push(&mut self, severity: Severity, at: usize, code: &'static str, message: String, example: Option<String>) {
        if self.full() {
            return;
        }
        let (line, column) = (self.line(at), self.column(at));
        let finding = Finding {
            severity,
            code,
            file: self.file.to_owned(),
            line,
            column,
            message,
            example,
        };
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    /// Whether nobody would see another finding: loops over hostile input end here.
    pub(super) fn full(&self) -> bool {
        self.found.len() >= MAX_FINDINGS
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.found.iter().filter(|finding| finding.is_error()).count()
    }

    /// Runs something and hands out its errors instead of keeping them.
    pub(super) fn trial(&mut self, run: impl FnOnce(&mut Self)) -> Vec<Finding> {
        let kept = std::mem::take(&mut self.found);
        run(self);
        std::mem::replace(&mut self.found, kept)
    }

    /// Takes findings of a trial in, each with another message.
    pub(super) fn extend(&mut self, found: Vec<Finding>, message: impl Fn(&str) -> String) {
        for finding in found.into_iter().filter(Finding::is_error) {
            if self.found.len() < MAX_FINDINGS {
                self.found.push(Finding {
                    message: message(&finding.message),
                    ..finding
                });
            }
        }
    }

    /// In the order of the file.
    pub(super) fn into_vec(mut self) -> Vec<Finding> {
        self.found
            .sort_by_key(|finding| (finding.line, finding.column, finding.severity));
        self.found
    }
}
