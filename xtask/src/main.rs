//! The project's own automation: the complete test run, the tidy checks, the benchmarks, random bytes, the mutants.
//!
//! Owns what `cargo xtask` can do. Never part of the product, and never imported by it.

mod bench;
mod browser;
mod fuzz;
mod mutants;
mod project;
mod step;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--deep]   everything that must be green: format, lints, tests, simulation, tidy, browser
                  --deep adds the long runs, 100,000 random cases each, in release mode
  tidy            the rules that no compiler knows, with file and line
  bench [NAME…]   the benchmarks, one after the other
  fuzz [NAME…] [--minutes N]
                  random bytes for what strangers can send: mime, openpgp, smtp, imap, form;
                  each for ten minutes, unless it is said
  mutants [ARGUMENT…]
                  whether the tests notice changed code; arguments are for cargo-mutants,
                  such as --shard 3/34

With CI=true nothing may be skipped: a missing program is a failure.";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything passed.
fn run() -> Result<bool> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run(test::Depth::Usual),
        ["test", "--deep"] => test::run(test::Depth::Deep),
        ["tidy"] => tidy::run(),
        ["bench", names @ ..] => bench::run(names),
        ["fuzz", arguments @ ..] => fuzz::run(arguments),
        ["mutants", arguments @ ..] => mutants::run(arguments),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => bail!("`{}` is not a command\n\n{USAGE}", words.join(" ")),
    }
}
