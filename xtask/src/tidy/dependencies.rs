//! Every dependency is declared once, in the root's `Cargo.toml`, with a reason above it and without default features.
//!
//! Owns that form. Whether the reason is good, a reader judges.

use super::Finding;
use crate::project::{Project, TextFile};

const ROOT: &str = "Cargo.toml";

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let mut findings = match project.text(ROOT) {
        Some(file) => check_declared(file),
        None => vec![Finding::new(ROOT, 1, "is missing")],
    };
    let is_member = |path: &str| path == "xtask/Cargo.toml" || path.starts_with("crates/");
    let members = project
        .texts
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml") && is_member(&file.path));
    findings.extend(members.flat_map(check_used));
    findings
}

/// In the root: a comment above each entry or its group, and no default features. A group ends with an empty line.
fn check_declared(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = "";
    let mut has_reason = false;
    let mut entry: Option<(usize, &str, String)> = None;
    for (number, line) in file.lines() {
        let (_, _, text) = match &mut entry {
            Some(entry) => {
                entry.2.push_str(line);
                entry
            }
            None if line.starts_with('[') => {
                (section, has_reason) = (line, false);
                continue;
            }
            None if section != "[workspace.dependencies]" => continue,
            None if line.trim().is_empty() => {
                has_reason = false;
                continue;
            }
            None if line.starts_with('#') => {
                has_reason = true;
                continue;
            }
            None => {
                let name = line.split(['=', '.']).next().unwrap_or_default().trim();
                entry.insert((number, name, line.to_owned()))
            }
        };
        if text.matches(['{', '[']).count() > text.matches(['}', ']']).count() {
            continue;
        }
        if let Some((number, name, text)) = entry.take() {
            if !has_reason {
                findings.push(Finding::new(
                    &file.path,
                    number,
                    format!("`{name}` has no reason: write one above it or its group"),
                ));
            }
            if !text.contains("path = ") && !text.contains("default-features = false") {
                findings.push(Finding::new(
                    &file.path,
                    number,
                    format!("`{name}` takes default features: name those that are needed"),
                ));
            }
        }
    }
    findings
}

/// In a crate: nothing but what the root declares.
fn check_used(file: &TextFile) -> Vec<Finding> {
    let mut in_dependencies = false;
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        if line.starts_with('[') {
            in_dependencies = line.trim_end_matches(']').ends_with("dependencies");
        } else if in_dependencies && line.contains('=') && !line.starts_with('#') {
            let line_without_spaces = line.replace(' ', "");
            if !line_without_spaces.contains("workspace=true") {
                let name = line.split(['=', '.']).next().unwrap_or_default().trim();
                let message =
                    format!("`{name}` is not declared in the root's Cargo.toml: declare it there, with its reason");
                findings.push(Finding::new(&file.path, number, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    fn check_root(dependencies: &str, expect: &[&str]) {
        let text = format!(
            "[workspace]\nresolver = \"3\"\n[workspace.dependencies]\n{dependencies}\n[profile.dev]\ndebug = 1\n"
        );
        check_findings(check, &Project::of(&[(ROOT, &text)]), expect);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        check_root(
            "# Time.\njiff = { version = \"1\", default-features = false }\n\nserde = { version = \"1\", default-features = false }",
            &["Cargo.toml:7: `serde` has no reason: write one above it or its group"],
        );
    }

    #[test]
    fn a_reason_serves_its_group() {
        let group = "# OpenPGP.\npgp = { version = \"1\", default-features = false }\nrpgpie = { version = \"1\", default-features = false }";
        check_root(group, &[]);
    }

    #[test]
    fn default_features_are_found_also_over_several_lines() {
        check_root(
            "# Time.\njiff = \"1\"",
            &["Cargo.toml:5: `jiff` takes default features: name those that are needed"],
        );
        check_root(
            "# Time.\njiff = { version = \"1\", features = [\n  \"std\",\n] }",
            &["Cargo.toml:5: `jiff` takes default features: name those that are needed"],
        );
        check_root(
            "# Time.\njiff = { version = \"1\", default-features = false, features = [\n  \"std\",\n] }",
            &[],
        );
    }

    #[test]
    fn a_crate_of_ours_needs_no_features() {
        check_root("# Ours\ncvss = { path = \"crates/cvss\" }", &[]);
    }

    #[test]
    fn a_crate_that_declares_its_own_dependency_is_found() {
        let files = [
            (ROOT, ""),
            (
                "crates/cvss/Cargo.toml",
                "[package]\nname = \"cvss\"\n[dev-dependencies]\nproptest.workspace = true\nrand = \"1\"\n",
            ),
        ];
        check_findings(
            check,
            &Project::of(&files),
            &[
                "crates/cvss/Cargo.toml:5: `rand` is not declared in the root's Cargo.toml: declare it there, with its reason",
            ],
        );
    }
}
