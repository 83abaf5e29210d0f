//! The pure crates ask nothing of the machine: no clock, file, network, setting, process, thread, chance or output.
//!
//! Owns the words that would break this. Their `clippy.toml` bans the calls by path; this finds whole modules and macros too.

use super::Finding;
use crate::project::{Project, TextFile};

const PURE: &[&str] = &["crates/cvss/src/", "crates/psirt/src/", "crates/documents/src/"];

/// What must not be written, and what to do instead.
const BANNED: &[(&str, &str)] = &[
    ("SystemTime", "take the instant as a value"),
    ("Instant::now", "take the instant as a value"),
    ("Timestamp::now", "take the instant as a value"),
    ("Zoned::now", "take the instant as a value"),
    ("TimeZone::system", "take the zone from the policy"),
    ("TimeZone::try_system", "take the zone from the policy"),
    ("std::fs", "take the text as a value"),
    ("std::env", "take the setting as a value"),
    ("std::net", "return what is to be done"),
    ("std::process", "return what is to be done"),
    ("std::thread", "return what is to be done"),
    ("io::stdin", "take the text as a value"),
    ("io::stdout", "return the text"),
    ("io::stderr", "return the error"),
    ("println!", "return the text"),
    ("print!", "return the text"),
    ("dbg!", "return the text"),
    ("rand::", "take what was drawn as a value"),
    ("getrandom", "take what was drawn as a value"),
    ("async fn", "be a plain function"),
];

/// Modules that must not be imported inside braces either, as in `use std::{env, fmt}`.
const BANNED_OF_STD: &[&str] = &["env", "fs", "net", "process", "thread"];

pub(super) fn check(project: &Project) -> Vec<Finding> {
    let pure: Vec<&TextFile> = project
        .texts
        .iter()
        .filter(|file| file.path.ends_with(".rs") && PURE.iter().any(|folder| file.path.starts_with(folder)))
        .collect();
    let for_tests: Vec<String> = pure.iter().flat_map(|file| test_modules(file)).collect();
    let is_test = |path: &str| {
        for_tests.iter().any(|module| {
            path.strip_prefix(module)
                .is_some_and(|rest| rest.starts_with(['.', '/']))
        })
    };
    pure.into_iter()
        .filter(|file| !is_test(&file.path))
        .flat_map(check_file)
        .collect()
}

fn check_file(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in outside_tests(file) {
        let code = line.split("//").next().unwrap_or_default();
        let banned = BANNED.iter().find(|(call, _)| has_word(code, call));
        let braced = code.trim().strip_prefix("use std::{").is_some_and(|list| {
            list.split([',', '{', '}', ':', ';', ' '])
                .any(|word| BANNED_OF_STD.contains(&word))
        });
        if let Some((call, instead)) = banned {
            findings.push(Finding::new(
                &file.path,
                number,
                format!("`{call}` in a pure crate: {instead}"),
            ));
        } else if braced {
            findings.push(Finding::new(
                &file.path,
                number,
                "an outside module in a pure crate: take values, return values",
            ));
        }
    }
    findings
}

/// Whether a call stands there, and not only as the end of a longer name.
fn has_word(code: &str, call: &str) -> bool {
    code.match_indices(call)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

/// The lines that are not compiled for tests alone.
fn outside_tests(file: &TextFile) -> Vec<(usize, &str)> {
    let (kept, _) = split_at_tests(file);
    kept
}

/// The modules with a file of their own that are compiled for tests alone, as paths without `.rs`.
fn test_modules(file: &TextFile) -> Vec<String> {
    let path = file.path.trim_end_matches(".rs");
    let folder = ["/mod", "/lib", "/main"]
        .iter()
        .find_map(|root| path.strip_suffix(root))
        .unwrap_or(path);
    let (_, items) = split_at_tests(file);
    let modules = items
        .into_iter()
        .filter_map(|item| item.split_once("mod ")?.1.strip_suffix(';'));
    modules.map(|module| format!("{folder}/{module}")).collect()
}

/// The lines outside `#[cfg(test)]`, and the first line of each item behind one.
fn split_at_tests(file: &TextFile) -> (Vec<(usize, &str)>, Vec<&str>) {
    let mut lines = file.lines();
    let (mut kept, mut items) = (Vec::new(), Vec::new());
    while let Some((number, line)) = lines.next() {
        if !line.trim_start().starts_with("#[cfg(test)]") {
            kept.push((number, line));
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        // The item ends with its first line, as `mod tests;` does, or with the brace at its own depth.
        let mut item = lines
            .by_ref()
            .skip_while(|(_, line)| line.trim_start().starts_with("#["));
        let Some((_, first)) = item.next() else { break };
        items.push(first);
        if !first.ends_with([';', '}']) {
            item.find(|(_, line)| line.trim_end() == end);
        }
    }
    (kept, items)
}

#[cfg(test)]
mod tests {
    use super::super::check_findings;
    use super::*;

    fn check_source(source: &str, expect: &[&str]) {
        check_findings(check, &Project::of(&[("crates/psirt/src/clock.rs", source)]), expect);
    }

    #[test]
    fn a_clock_in_a_pure_crate_is_found() {
        check_source(
            "//! Clocks.\nlet now = jiff::Timestamp::now();\n",
            &["crates/psirt/src/clock.rs:2: `Timestamp::now` in a pure crate: take the instant as a value"],
        );
    }

    #[test]
    fn a_module_imported_in_braces_is_found() {
        check_source(
            "use std::{env, fmt};\nuse std::{fmt, io};\n",
            &["crates/psirt/src/clock.rs:1: an outside module in a pure crate: take values, return values"],
        );
    }

    #[test]
    fn words_in_comments_and_longer_names_are_left_alone() {
        check_source("// std::fs is for others\nlet operand::x = 1;\nbrand::name();\n", &[]);
    }

    #[test]
    fn what_is_compiled_for_tests_alone_is_left_alone() {
        check_source(
            "#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn f() {\n    }\n}\n",
            &[],
        );
        check_source("#[cfg(test)]\nuse std::fs;\n", &[]);
        check_source(
            "#[cfg(test)]\n#[expect(dead_code)]\nmod tests;\nuse std::fs;\n",
            &["crates/psirt/src/clock.rs:4: `std::fs` in a pure crate: take the text as a value"],
        );
        check_source(
            "    #[cfg(test)]\n    fn f() {\n        std::fs::read();\n    }\n    std::env::args();\n",
            &["crates/psirt/src/clock.rs:5: `std::env` in a pure crate: take the setting as a value"],
        );
    }

    #[test]
    fn the_file_of_a_test_module_is_left_alone() {
        let files = [
            (
                "crates/psirt/src/clock.rs",
                "#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub(crate) mod oracle;\nmod oracles;\n",
            ),
            ("crates/psirt/src/clock/tests.rs", "use std::fs;\n"),
            ("crates/psirt/src/clock/tests/data.rs", "use std::fs;\n"),
            ("crates/psirt/src/clock/oracle.rs", "use std::fs;\n"),
            ("crates/psirt/src/clock/oracles.rs", "use std::fs;\n"),
        ];
        check_findings(
            check,
            &Project::of(&files),
            &["crates/psirt/src/clock/oracles.rs:1: `std::fs` in a pure crate: take the text as a value"],
        );
    }

    #[test]
    fn only_pure_crates_are_read() {
        check_findings(
            check,
            &Project::of(&[("crates/store/src/lib.rs", "use std::fs;\n")]),
            &[],
        );
    }
}
