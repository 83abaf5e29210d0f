//! The complete run: what must be green before a change is kept.
//!
//! Owns the list of steps. Never hides what it left out: a missing program is named, and fails the run under `CI=true`.

use crate::project::{cargo, root};
use crate::step::{self, Outcome, Run};
use crate::{browser, tidy};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How long the random tests may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// A thousand cases each.
    Usual,
    /// A hundred thousand cases each, in release mode.
    Deep,
}

/// The test that has a step of its own.
const SIMULATION: &str = "two_years_of_a_psirt_keep_every_law";
/// Seeds of that step.
const SEEDS: &str = "200";

/// What tests start beside Rust, and what stays untested without it.
const PROGRAMS: &[(&str, &str)] = &[
    ("git", "tidy, which reads the list of files from it"),
    ("gpg", "checking signatures with a second OpenPGP implementation"),
    ("pg_ctl", "the store's tests on PostgreSQL"),
    ("postfix", "mail through a real server"),
    ("dovecot", "mailboxes over IMAP"),
    ("swaks", "mail through a real server"),
    ("strace", "killing processes at their writing calls"),
    ("xz", "reading the compressed test data"),
    ("node", "browser tests"),
    ("npm", "browser tests"),
    ("chromium", "browser tests"),
];

/// Those of them that the browser tests need.
pub(crate) const BROWSER_PROGRAMS: &[&str] = &["node", "npm", "chromium"];

/// Runs every step and says whether all is well.
pub(crate) fn run(depth: Depth) -> Result<bool> {
    let mut run = Run::new();
    run.step("programs", || Ok(programs()));
    run.step("format", || step::run(cargo().args(["fmt", "--all", "--check"])));
    run.step("lints", || {
        step::run(locked(cargo().args(["clippy", "--workspace", "--all-targets"])).args(["--", "--deny", "warnings"]))
    });
    run.step("tests", || tests(&mut workspace_tests(), &["--skip", SIMULATION]));
    run.step("simulation", || tests(&mut simulation(), &[]));
    if depth == Depth::Deep {
        run.step("deep tests", || {
            tests(workspace_tests().env("CANDOR_DEEP", "1").arg("--release"), &[])
        });
    }
    run.step("tidy", || Ok(tidy::run()?.into()));
    run.step("browser", browser::run);
    Ok(run.finish())
}

/// Every test of the workspace; one that fails does not hide the next.
fn workspace_tests() -> Command {
    let mut command = cargo();
    locked(command.args(["test", "--workspace", "--no-fail-fast"]));
    command
}

/// The simulated years, optimised: a thousand steps of a seed take a fraction of the time. A release build checks no overflow and no
/// debug assertion; the few seeds of a plain `cargo test -p casework` do.
fn simulation() -> Command {
    let mut command = cargo();
    locked(command.args(["test", "--release", "--package", "casework", "--lib"])).arg(SIMULATION);
    command.env("CANDOR_SEEDS", SEEDS);
    command
}

/// A server must build what was committed, not what a registry holds today.
fn locked(command: &mut Command) -> &mut Command {
    if step::in_ci() {
        command.arg("--locked")
    } else {
        command
    }
}

/// Names what is missing before an hour is spent without it.
fn programs() -> Outcome {
    let mut missing: Vec<String> = Vec::new();
    for (program, purpose) in PROGRAMS {
        match find(program) {
            Some(path) => println!("{program}: {}", path.display()),
            None => missing.push(format!("{program} ({purpose})")),
        }
    }
    match data() {
        Some(path) => println!("test data: {}", path.display()),
        None => missing.push("the test data (set CANDOR_DATA to its folder)".to_owned()),
    }
    if missing.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Skipped {
            needs: missing.join(", "),
        }
    }
}

/// The folder of the real-world test data.
pub(crate) fn data() -> Option<PathBuf> {
    let path = std::env::var_os("CANDOR_DATA").map_or_else(|| root().join("../shared"), PathBuf::from);
    path.is_dir().then_some(path)
}

/// Where a program is: on the path, or where Debian keeps PostgreSQL's. `CANDOR_CHROMIUM` may name a browser elsewhere.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = Path::new("/usr/lib/postgresql").read_dir() {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    // Servers are not in everybody's path.
    folders.push(PathBuf::from("/usr/sbin"));
    let named = std::env::var_os("CANDOR_CHROMIUM")
        .filter(|_| program == "chromium")
        .map(PathBuf::from);
    let found = folders.into_iter().map(|folder| folder.join(program));
    named.into_iter().chain(found).find(|path| path.is_file())
}

/// Runs tests with their output, shows results and failures, and of the tests that passed only what they skipped.
fn tests(command: &mut Command, arguments: &[&str]) -> Result<Outcome> {
    let mut reader = TestOutput::default();
    let command = command.args(["--", "--show-output"]).args(arguments);
    let outcome = step::run_filtered(command, |line| reader.keep(line))?;
    match reader.skipped {
        0 => println!("no test skipped anything"),
        count => println!("{count} tests skipped something; the lines above say what they need"),
    }
    Ok(outcome)
}

/// Follows the output of test programs.
#[derive(Default)]
struct TestOutput {
    in_successes: bool,
    skipped: usize,
}

impl TestOutput {
    /// Whether this line is worth a reader's time.
    fn keep(&mut self, line: &str) -> bool {
        match line {
            "successes:" => self.in_successes = true,
            "failures:" => self.in_successes = false,
            _ if line.starts_with("test result:") => self.in_successes = false,
            _ => {}
        }
        let skip = line.starts_with("skipped: ");
        self.skipped += usize::from(skip);
        let passed = line.starts_with("test ") && line.ends_with("... ok");
        skip || !(self.in_successes || passed || line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_passed_tests_only_what_they_skipped_is_shown() {
        let output = "\
running 3 tests
test heard ... ok
test quiet ... ok
test wrong ... FAILED

successes:

---- heard stdout ----
reading rows
skipped: needs gpg

successes:
    heard
    quiet

failures:

---- wrong stdout ----
left is not right

test result: FAILED. 2 passed; 1 failed";
        let mut reader = TestOutput::default();
        let shown: Vec<&str> = output.lines().filter(|line| reader.keep(line)).collect();
        assert_eq!(
            shown,
            [
                "running 3 tests",
                "test wrong ... FAILED",
                "skipped: needs gpg",
                "failures:",
                "---- wrong stdout ----",
                "left is not right",
                "test result: FAILED. 2 passed; 1 failed",
            ]
        );
        assert_eq!(reader.skipped, 1);
    }

    #[test]
    fn a_program_that_does_not_exist_is_not_found() {
        assert_eq!(find("candor-no-such-program"), None);
    }
}
