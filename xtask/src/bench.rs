//! The benchmarks, one after the other; `docs/benchmarks.md` holds what they measured and on which machine.
//!
//! Owns their commands. Never judges a figure: a busy machine is no failure.

use crate::project::cargo;
use crate::step::{self, Run};
use anyhow::{Result, ensure};

/// Name, and the arguments for cargo.
const BENCHES: &[(&str, &[&str])] = &[
    // Outside the workspace, so that the crates it compares with are no dependencies of ours.
    (
        "cvss",
        &["run", "--release", "--manifest-path", "bench/cvss/Cargo.toml"],
    ),
    (
        "append",
        &["run", "--release", "--package", "store", "--example", "append_rate"],
    ),
    (
        "obligations",
        &[
            "run",
            "--release",
            "--package",
            "psirt",
            "--example",
            "obligations_rate",
        ],
    ),
    (
        "search",
        &["run", "--release", "--package", "web", "--example", "portal_search"],
    ),
];

/// Runs the named benchmarks, or all of them.
pub(crate) fn run(names: &[&str]) -> Result<bool> {
    let known: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
    for name in names {
        ensure!(
            known.contains(name),
            "`{name}` is not a benchmark; there are {}",
            known.join(", ")
        );
    }
    let mut run = Run::new();
    for (name, arguments) in BENCHES
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(name))
    {
        run.step(name, || step::run(cargo().args(*arguments)));
    }
    Ok(run.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_benchmark_is_refused_before_any_runs() {
        let error = run(&["cvss", "guess"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "`guess` is not a benchmark; there are cvss, append, obligations, search"
        );
    }
}
