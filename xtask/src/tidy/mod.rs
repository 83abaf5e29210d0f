//! The rules of the house that no compiler knows, each with its file and line.
//!
//! Owns the list of checks. A check is a pure function over `Project`; it never reads the disk and never repairs anything.

mod clauses;
mod dependencies;
mod direction;
mod headers;
mod length;
mod licences;
mod paths;
mod proofs;
mod purity;
mod words;

use crate::project::Project;
use anyhow::Result;
use std::fmt;

/// One broken rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// From the root of the project.
    path: String,
    /// From 1.
    line: usize,
    /// What is wrong and what to do.
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// A check: what it holds, and how.
type Check = (&'static str, fn(&Project) -> Vec<Finding>);

const CHECKS: &[Check] = &[
    ("crates import only what ARCHITECTURE.md allows them", direction::check),
    ("every module says what it owns", headers::check),
    ("pure crates make no outside call", purity::check),
    ("paths named in documents exist", paths::check),
    ("tests named as proofs exist", proofs::check),
    ("no postponed work, no muted test, no trace of a machine", words::check),
    ("ARCHITECTURE.md can be read in one sitting", length::check),
    ("every dependency has its reason", dependencies::check),
    ("every licence is allowed", licences::check),
    ("every clause of the shipped policies is accounted for", clauses::check),
];

/// Runs every check, prints what it found, and says whether nothing was.
pub(crate) fn run() -> Result<bool> {
    let project = Project::read()?;
    let mut total = 0;
    for (rule, check) in CHECKS {
        let findings = check(&project);
        println!("{} {rule}", if findings.is_empty() { "ok  " } else { "FAIL" });
        for finding in &findings {
            println!("     {finding}");
        }
        total += findings.len();
    }
    println!(
        "tidy: {} files, {} checks, {total} findings",
        project.paths.len(),
        CHECKS.len()
    );
    Ok(total == 0)
}

/// Runs a check on a small project and compares what it prints.
#[cfg(test)]
fn check_findings(check: fn(&Project) -> Vec<Finding>, project: &Project, expect: &[&str]) {
    let found: Vec<String> = check(project).iter().map(Finding::to_string).collect();
    assert_eq!(found, expect);
}
