//! Every clause of the two policies that Candor was built on stands in `docs/clauses.md`.
//!
//! Owns that none is forgotten. That each is proven there, the policies' own tests hold.

use super::Finding;
use crate::project::Project;
use std::collections::BTreeSet;

const REGISTER: &str = "docs/clauses.md";
const POLICIES: &[&str] = &[
    "policies/nozomi-networks.policy.md",
    "policies/128-technology.policy.md",
];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let Some(register) = project.text(REGISTER) else {
        return vec![Finding::new(REGISTER, 1, "is missing")];
    };
    let known: BTreeSet<&str> = register
        .text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .collect();
    let mut findings = Vec::new();
    for path in POLICIES {
        let Some(policy) = project.text(path) else {
            findings.push(Finding::new(path, 1, "is missing"));
            continue;
        };
        let mut named = BTreeSet::new();
        for (number, line) in policy.lines() {
            for id in line.split('§').skip(1).map(clause_id).filter(|id| !id.is_empty()) {
                if named.insert(id) && !known.contains(id) {
                    let message = format!("§{id} is not in {REGISTER}: name the test that proves it");
                    findings.push(Finding::new(path, number, message));
                }
            }
        }
        if named.is_empty() {
            findings.push(Finding::new(path, 1, "holds no clause"));
        }
    }
    findings
}

/// The id at the beginning of a text: `N34.1` of `N34.1. And so on`.
fn clause_id(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    fn check_register(register: &str, expect: &[&str]) {
        let files = [
            (REGISTER, register),
            (POLICIES[0], "# Policy\n\n§N3 Two months, see §N34.1.\n"),
            (POLICIES[1], "§T18 Seventy-two hours.\n"),
        ];
        check_findings(check, &Project::of(&files), expect);
    }

    #[test]
    fn a_clause_that_the_register_forgets_is_found() {
        check_register("| N3 | N34.1 | `T18` |", &[]);
        check_register(
            "| N3 | N34 | `T18` |",
            &["policies/nozomi-networks.policy.md:3: §N34.1 is not in docs/clauses.md: name the test that proves it"],
        );
    }

    #[test]
    fn a_missing_or_empty_file_is_found() {
        check_findings(check, &Project::of(&[]), &["docs/clauses.md:1: is missing"]);
        check_findings(
            check,
            &Project::of(&[(REGISTER, ""), (POLICIES[0], "no clause")]),
            &[
                "policies/nozomi-networks.policy.md:1: holds no clause",
                "policies/128-technology.policy.md:1: is missing",
            ],
        );
    }
}
