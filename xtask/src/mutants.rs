//! Mutants: whether the tests notice when the code is changed. `.cargo/mutants.toml` says which code; `docs/benchmarks.md` what came of it.
//!
//! Owns how cargo-mutants is started. Never judges a survivor: which of them change nothing, a person decides.

use crate::project::cargo;
use crate::step::{self, Outcome, Run};
use crate::test::{data, find};
use anyhow::Result;
use std::process::ExitStatus;

/// The packages that `.cargo/mutants.toml` names files of; without them cargo-mutants looks at the binary alone.
const PACKAGES: &[&str] = &["--package", "cvss", "--package", "psirt"];

/// Tries the mutants, with further arguments for cargo-mutants, such as `--shard 3/34`.
pub(crate) fn run(arguments: &[&str]) -> Result<bool> {
    let mut run = Run::new();
    run.step("mutants", || mutants(arguments));
    Ok(run.finish())
}

fn mutants(arguments: &[&str]) -> Result<Outcome> {
    if find("cargo-mutants").is_none() {
        return Ok(Outcome::Skipped {
            needs: "cargo-mutants (cargo install --locked cargo-mutants)".to_owned(),
        });
    }
    let mut command = cargo();
    command.arg("mutants").args(PACKAGES).args(["--output", "target"]);
    // The tests run in a copy of the tree, beside which there is no data.
    if let Some(data) = data() {
        command.env("CANDOR_DATA", data.canonicalize()?);
    }
    let status = step::status(command.args(arguments))?;
    Ok(ran(status).into())
}

/// Whether the mutants were tried: all caught, or some survived (2) or ran out of time (3).
fn ran(status: ExitStatus) -> bool {
    matches!(status.code(), Some(0 | 2 | 3))
}
