//! Paths that documents name exist: in backticks, in links, in pictures.
//!
//! Owns what counts as a path of the repository. Never follows a link out of it.

use super::Finding;
use crate::project::{Project, TextFile};

/// Folders at the root whose name makes a word in backticks a path, whether they exist or not.
const FOLDERS: &[&str] = &[
    ".cargo", ".ci", "bench", "crates", "docs", "e2e", "policies", "stories", "xtask",
];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let documents = project.texts.iter().filter(|file| {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        file.path.ends_with(".md") && (folder.is_empty() || folder == "docs" || folder.starts_with("docs/"))
    });
    documents.flat_map(|file| check_file(project, file)).collect()
}

fn check_file(project: &Project, file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_fence = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence {
            for path in named_paths(&file.path, line) {
                if !project.has(&path) {
                    findings.push(Finding::new(&file.path, number, format!("`{path}` does not exist")));
                }
            }
        }
    }
    findings
}

/// The paths of the repository that a line names, from its root.
fn named_paths(document: &str, line: &str) -> Vec<String> {
    let in_backticks = line
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| is_path(word))
        .map(str::to_owned);
    let linked = between(line, "](", ")")
        .chain(between(line, "src=\"", "\""))
        .chain(between(line, "srcset=\"", "\""));
    let linked = linked.filter_map(|target| resolved(document, target));
    in_backticks.chain(linked).collect()
}

/// Whether a word in backticks is a path: it begins at a known folder, or is a page at the root.
fn is_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let at_root = word
        .strip_suffix(".md")
        .is_some_and(|name| name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase()));
    let in_folder = word
        .split_once('/')
        .is_some_and(|(folder, _)| FOLDERS.contains(&folder));
    (at_root || in_folder) && word.chars().all(plain)
}

/// A link's target from the root, unless it leaves the repository or stays on its page.
fn resolved(document: &str, target: &str) -> Option<String> {
    let target = target.split(['#', '?', ' ']).next().unwrap_or_default();
    if target.is_empty() || target.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn between<'a>(line: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    line.split(open)
        .skip(1)
        .filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    fn check_page(path: &str, text: &str, expect: &[&str]) {
        let files = [
            (path, text),
            ("docs/policy.md", ""),
            ("crates/psirt/src/lib.rs", ""),
            ("LICENSE", ""),
        ];
        check_findings(check, &Project::of(&files), expect);
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        check_page(
            "README.md",
            "see `docs/policy.md`,\nand `docs/rules.md`",
            &["README.md:2: `docs/rules.md` does not exist"],
        );
        check_page(
            "docs/a.md",
            "`crates/psirt` and `crates/heart/`",
            &["docs/a.md:1: `crates/heart/` does not exist"],
        );
        check_page(
            "README.md",
            "read `SECURITY.md`",
            &["README.md:1: `SECURITY.md` does not exist"],
        );
    }

    #[test]
    fn a_link_or_picture_that_is_gone_is_found() {
        check_page(
            "docs/a.md",
            "[how](policy.md#facts) [why](../LICENSE) [who](b.md)",
            &["docs/a.md:1: `docs/b.md` does not exist"],
        );
        check_page(
            "README.md",
            "<img src=\"docs/case.png\">",
            &["README.md:1: `docs/case.png` does not exist"],
        );
        check_page(
            "README.md",
            "<source srcset=\"docs/case.png\">",
            &["README.md:1: `docs/case.png` does not exist"],
        );
    }

    #[test]
    fn words_that_are_no_paths_are_left_alone() {
        check_page(
            "README.md",
            "`db/candor.db`, `policies/<id>.policy.md`, `a/b`, `cargo xtask/ test`, `.md`",
            &[],
        );
        check_page(
            "README.md",
            "[site](https://example.com/x) [here](#below)\n```text\n`docs/none.md`\n```\n",
            &[],
        );
    }
}
