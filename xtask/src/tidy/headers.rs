//! Every Rust file begins with `//!`: what it owns, and what it never does.
//!
//! Owns nothing else. Whether the sentence is true, a reader judges.

use super::Finding;
use crate::project::Project;

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let bare = project.texts.iter().filter(|file| {
        file.path.ends_with(".rs")
            && (file.path.starts_with("crates/") || file.path.starts_with("xtask/"))
            && !file.text.starts_with("//! ")
    });
    bare.map(|file| {
        Finding::new(
            &file.path,
            1,
            "begin with `//! ` and say what this file owns and never does",
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let files = [
            ("crates/psirt/src/lib.rs", "//! The domain.\n"),
            ("crates/psirt/src/clock.rs", "use std::fmt;\n"),
            ("crates/psirt/tests/story.rs", "#[test]\nfn told() {}\n"),
            ("e2e/desk.test.mjs", "import test from 'node:test';\n"),
        ];
        check_findings(
            check,
            &Project::of(&files),
            &[
                "crates/psirt/src/clock.rs:1: begin with `//! ` and say what this file owns and never does",
                "crates/psirt/tests/story.rs:1: begin with `//! ` and say what this file owns and never does",
            ],
        );
    }
}
