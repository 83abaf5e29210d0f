//! What no file may hold: postponed work, muted tests, and traces of the machine on which it was written.
//!
//! Owns the list. It is spelt in halves here, so that this file passes its own check.

use super::Finding;
use crate::project::{Project, TextFile};

/// Where a word counts.
#[derive(Clone, Copy)]
enum Scope {
    /// In every file.
    Everywhere,
    /// In every file but lock files, which hold digests.
    Written,
    /// In Rust files.
    Rust,
}

struct Banned {
    text: &'static str,
    scope: Scope,
    /// Not inside a longer word. What begins with `/` is never the middle of a longer path.
    whole: bool,
    message: &'static str,
}

const fn postponed(text: &'static str) -> Banned {
    Banned {
        text,
        scope: Scope::Written,
        whole: true,
        message: "postponed work: do it, or tell of it in the tracker",
    }
}

const fn machine(text: &'static str) -> Banned {
    Banned {
        text,
        scope: Scope::Everywhere,
        whole: false,
        message: "a path of one machine: make it relative",
    }
}

const fn registry(text: &'static str) -> Banned {
    Banned {
        text,
        scope: Scope::Everywhere,
        whole: false,
        message: "the host of a registry: leave it to each machine's own settings",
    }
}

const BANNED: &[Banned] = &[
    postponed(concat!("TO", "DO")),
    postponed(concat!("FIX", "ME")),
    postponed(concat!("XX", "X")),
    Banned {
        text: concat!("#[", "ignore"),
        scope: Scope::Rust,
        whole: false,
        message: "a test that does not run: run it, or take it out",
    },
    Banned {
        text: concat!("#[", "should_panic"),
        scope: Scope::Rust,
        whole: false,
        message: "any panic would satisfy this test: compare the error",
    },
    machine(concat!("/", "root/")),
    machine(concat!("/", "work/")),
    machine(concat!("/", "Users/")),
    registry(concat!("registry", ".npm")),
    registry(concat!("index", ".crates")),
    registry(concat!("static", ".crates")),
    registry(concat!("deb", ".debian")),
    registry(concat!("python", "hosted")),
    registry(concat!("arti", "factory")),
];

/// A test that is no test of its own: the process that the named test starts, in the same binary, and kills.
const CHILD: &str = concat!("#[", "ignore = \"run by ");

/// The only source that a package in `Cargo.lock` may have.
const PUBLIC_INDEX: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

pub(super) fn check(project: &Project) -> Vec<Finding> {
    project.texts.iter().flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<Finding> {
    let is_lock = file.path.ends_with(".lock") || file.path.ends_with("-lock.json");
    let is_rust = file.path.ends_with(".rs");
    let counts = |scope| match scope {
        Scope::Everywhere => true,
        Scope::Written => !is_lock,
        Scope::Rust => is_rust,
    };
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let found = BANNED
            .iter()
            .filter(|banned| counts(banned.scope) && holds(line, banned) && !line.contains(CHILD));
        findings.extend(
            found.map(|banned| Finding::new(&file.path, number, format!("`{}` is {}", banned.text, banned.message))),
        );
        if file.path.ends_with("Cargo.lock") && line.starts_with("source = ") && line != PUBLIC_INDEX {
            findings.push(Finding::new(
                &file.path,
                number,
                "a package that does not come from the public index",
            ));
        }
        if file.path.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\": \"http") {
            let message = "the lock file names a host: set `omit-lockfile-registry-resolved=true` in .npmrc";
            findings.push(Finding::new(&file.path, number, message));
        }
    }
    findings
}

fn holds(line: &str, banned: &Banned) -> bool {
    let inside_word = |c: char| c.is_alphanumeric() || c == '_';
    let inside_path = |c: char| inside_word(c) || ".->}*".contains(c);
    line.match_indices(banned.text).any(|(at, text)| {
        let (before, after) = (&line[..at], &line[at + text.len()..]);
        if text.starts_with('/') {
            !before.ends_with(inside_path)
        } else {
            !banned.whole || !(before.ends_with(inside_word) || after.starts_with(inside_word))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    fn check_line(path: &str, line: &str, expect: &[String]) {
        let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
        check_findings(check, &Project::of(&[(path, line)]), &expect);
    }

    #[test]
    fn every_banned_word_is_found_where_it_counts() {
        for Banned { text, message, .. } in BANNED {
            let line = format!("// {text}: later");
            check_line(
                "crates/psirt/src/lib.rs",
                &line,
                &[format!("crates/psirt/src/lib.rs:1: `{text}` is {message}")],
            );
        }
    }

    #[test]
    fn a_longer_word_is_another_word() {
        check_line("docs/policy.md", "the number PREFIX-YYYY-XXXXX, in METHODTODOS", &[]);
    }

    #[test]
    fn a_folder_of_that_name_inside_the_project_is_another_path() {
        check_line(
            "docs/a.md",
            concat!("see crates/", "work/src and https://example.com/", "work/x"),
            &[],
        );
    }

    #[test]
    fn a_muted_test_counts_in_rust_only() {
        check_line("docs/testing.md", concat!("we never write #[", "ignore]"), &[]);
    }

    #[test]
    fn the_child_of_another_test_says_whose_it_is() {
        check_line(
            "crates/a/src/b.rs",
            concat!("#[", "ignore = \"run by the_other_test\"]"),
            &[],
        );
    }

    #[test]
    fn a_lock_file_that_names_another_source_is_found() {
        check_line(
            "Cargo.lock",
            "source = \"git+https://example.com/fork\"",
            &["Cargo.lock:1: a package that does not come from the public index".to_owned()],
        );
        check_line("Cargo.lock", PUBLIC_INDEX, &[]);
        check_line(
            "e2e/package-lock.json",
            "      \"resolved\": \"https://mirror.example/axe-core.tgz\",",
            &["e2e/package-lock.json:1: the lock file names a host: set `omit-lockfile-registry-resolved=true` in .npmrc"
                .to_owned()],
        );
    }
}
