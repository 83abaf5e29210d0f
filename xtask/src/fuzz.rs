//! Random bytes for whatever strangers can send, as long as one likes; `docs/testing.md` says what came of it.
//!
//! Owns the list of targets and the counting. A target is properties of the tests, which a plain `cargo test` tries too, a few hundred times
//! each; what failed once is kept beside them as a case of its own. Never holds a property of its own.

use crate::project::cargo;
use crate::step::{self, Outcome, Run};
use anyhow::{Result, bail, ensure};
use std::time::{Duration, Instant};

/// What is tried: a name, the package, and its properties.
struct Target {
    name: &'static str,
    package: &'static str,
    properties: &'static [&'static str],
}

const TARGETS: &[Target] = &[
    Target {
        name: "mime",
        package: "mail",
        properties: &[
            "reader::tests::hostile::noise_is_read",
            "reader::tests::hostile::mail_of_any_lines_is_read",
            "reader::tests::hostile::header_fields_of_any_bytes_are_read",
            "reader::html::tests::any_page_is_read",
            "reader::html::tests::any_markup_is_read",
            "reader::tnef::tests::noise_is_unpacked_or_refused",
        ],
    },
    Target {
        name: "openpgp",
        package: "openpgp",
        properties: &[
            "tests::opening::noise_never_panics",
            "tests::opening::packets_of_noise_never_panic",
            "tests::opening::armoured_noise_never_panics",
            "tests::hostile::noise_never_panics",
            "tests::hostile::armoured_noise_never_panics",
            "tests::hostile::a_changed_signature_is_never_a_different_one",
            "tests::hostile::a_changed_certificate_never_panics",
            "frame::tests::any_bytes_are_outlined_or_refused",
        ],
    },
    Target {
        name: "smtp",
        package: "mail",
        properties: &[
            "smtp::session::tests::any_conversation_is_answered",
            "smtp::body::tests::what_a_sender_stuffs_with_dots_comes_out_as_it_was",
            "smtp::body::tests::any_bytes_end_only_after_cr_lf_dot_cr_lf",
            "identity::tests::how_it_is_cut_changes_nothing",
        ],
    },
    Target {
        name: "imap",
        package: "mail",
        properties: &["imap::tests::nothing_a_server_says_breaks_the_reading"],
    },
    Target {
        name: "form",
        package: "web",
        properties: &["portal::multipart::tests::how_any_bytes_arrive_changes_nothing"],
    },
    Target {
        name: "machine",
        package: "documents",
        properties: &[
            "machine::tests::noise_never_panics",
            "machine::tests::a_broken_file_is_never_quoted",
        ],
    },
];

/// Cases of each property between two looks at the clock.
const CASES: u64 = 20_000;
/// How long a target is tried, unless it is said.
const MINUTES: u64 = 10;

/// Tries the named targets, or all of them, each for so many minutes.
pub(crate) fn run(arguments: &[&str]) -> Result<bool> {
    let (names, minutes) = match arguments {
        [names @ .., "--minutes", minutes] => (names, minutes.parse()?),
        names => (names, MINUTES),
    };
    let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    for name in names {
        ensure!(
            known.contains(name),
            "there is no target `{name}`: {}",
            known.join(", ")
        );
    }
    let mut run = Run::new();
    for target in TARGETS {
        if names.is_empty() || names.contains(&target.name) {
            run.step(target.name, || tried(target, Duration::from_secs(minutes * 60)));
        }
    }
    Ok(run.finish())
}

fn tried(target: &Target, length: Duration) -> Result<Outcome> {
    // What is compiled first takes none of the time.
    let mut build = cargo();
    build.args(["test", "--release", "--lib", "--no-run", "--package", target.package]);
    if step::run(&mut build)? != Outcome::Passed {
        return Ok(Outcome::Failed);
    }
    let began = Instant::now();
    let mut rounds: u64 = 0;
    while began.elapsed() < length {
        let mut command = cargo();
        command
            .args([
                "test",
                "--release",
                "--quiet",
                "--lib",
                "--package",
                target.package,
                "--",
            ])
            .arg("--exact")
            .args(target.properties)
            .env("PROPTEST_CASES", CASES.to_string());
        let mut ran = 0;
        let ended = step::run_filtered(&mut command, |line| {
            ran = passed(line).unwrap_or(ran);
            !line.is_empty() && passed(line).is_none()
        })?;
        if ended != Outcome::Passed {
            return Ok(ended);
        }
        if ran != target.properties.len() {
            bail!(
                "{ran} of {} properties are there: one was renamed",
                target.properties.len()
            );
        }
        rounds += 1;
    }
    let cases = rounds * CASES * target.properties.len() as u64;
    println!(
        "{}: {cases} cases in {} s, nothing found",
        target.name,
        began.elapsed().as_secs()
    );
    Ok(Outcome::Passed)
}

/// How many tests a run says that passed.
fn passed(line: &str) -> Option<usize> {
    let rest = line.strip_prefix("test result: ok. ")?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_says_is_counted() {
        let line = "test result: ok. 6 passed; 0 failed; 0 ignored; 0 measured; 90 filtered out";
        assert_eq!(passed(line), Some(6));
        assert_eq!(passed("test result: FAILED. 5 passed; 1 failed"), None);
        assert_eq!(passed("......"), None);
    }

    #[test]
    fn every_property_of_a_target_is_in_its_package() {
        let root = crate::project::root();
        for target in TARGETS {
            for property in target.properties {
                let (module, name) = property.rsplit_once("::").unwrap();
                let path = module.trim_end_matches("::tests").replace("::", "/");
                let places = [format!("{path}.rs"), format!("{path}/tests.rs")];
                let source = root.join("crates").join(target.package).join("src");
                let found = places
                    .iter()
                    .filter_map(|place| std::fs::read_to_string(source.join(place)).ok());
                let has = found.into_iter().any(|text| text.contains(&format!("fn {name}(")));
                assert!(has, "{property} is not in {}", target.package);
            }
        }
    }
}
