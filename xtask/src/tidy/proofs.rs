//! Tests that ARCHITECTURE.md and the register of clauses call a proof exist under that name.
//!
//! Owns what counts as a test's name. Whether the test proves what is claimed, a reader judges.

use super::Finding;
use crate::project::Project;
use std::collections::BTreeSet;

const DOCUMENTS: &[&str] = &["ARCHITECTURE.md", "docs/clauses.md"];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let sources = project
        .texts
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.ends_with(".rs"));
    let words: BTreeSet<&str> = sources
        .flat_map(|file| file.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .collect();
    let mut findings = Vec::new();
    for document in DOCUMENTS.iter().filter_map(|path| project.text(path)) {
        for (number, line) in document.lines() {
            let quoted = line.split('`').skip(1).step_by(2);
            for name in quoted.filter(|word| is_test(word) && !words.contains(word)) {
                findings.push(Finding::new(
                    &document.path,
                    number,
                    format!("no test is called `{name}`"),
                ));
            }
        }
    }
    findings
}

/// `clause_N3`, or a sentence of at least four words: nothing else in these documents is named like that.
fn is_test(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain && (word.starts_with("clause_") || word.matches('_').count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    fn check_claim(claim: &str, expect: &[&str]) {
        let files = [
            (DOCUMENTS[0], claim),
            (
                "crates/psirt/tests/clauses.rs",
                "fn clause_N3() {}\nfn a_date_is_never_stored() {}\n",
            ),
        ];
        check_findings(check, &Project::of(&files), expect);
    }

    #[test]
    fn a_proof_that_is_gone_is_found() {
        check_claim("`clause_N3`, `a_date_is_never_stored`", &[]);
        check_claim("`clause_N4`", &["ARCHITECTURE.md:1: no test is called `clause_N4`"]);
        check_claim(
            "\n`a_date_is_stored`",
            &["ARCHITECTURE.md:2: no test is called `a_date_is_stored`"],
        );
    }

    #[test]
    fn other_names_are_left_alone() {
        check_claim("`policy_version`, `log_head`, `a plain text`", &[]);
    }
}
