//! One step of a run: what it starts, how it ended, how long it took.
//!
//! Owns the words in which a run is told. Never decides which steps there are.

use anyhow::Result;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should.
    Passed,
    /// Not as it should; the step has printed why.
    Failed,
    /// It needs what this machine does not have.
    Skipped {
        /// The programs or data that are missing.
        needs: String,
    },
}

impl From<bool> for Outcome {
    fn from(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// The steps so far.
pub(crate) struct Run {
    /// Nothing may be skipped.
    strict: bool,
    steps: Vec<(String, Outcome, Duration)>,
}

impl Run {
    /// A run that follows `CI=true`: then nothing may be skipped.
    pub(crate) fn new() -> Self {
        Self {
            strict: in_ci(),
            steps: Vec::new(),
        }
    }

    /// Does one step and remembers how it ended. An error is a failure of the step, not of the run.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = self.judged(work().unwrap_or_else(|error| {
            println!("{error:#}");
            Outcome::Failed
        }));
        let took = start.elapsed();
        println!("{}", told(name, &outcome, took));
        self.steps.push((name.to_owned(), outcome, took));
    }

    /// What a step's outcome counts as: in a strict run a skipped step has failed.
    fn judged(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Skipped { needs } => {
                println!("skipped: needs {needs}");
                if self.strict {
                    println!("CI=true: nothing may be skipped");
                    return Outcome::Failed;
                }
                Outcome::Skipped { needs }
            }
            outcome => outcome,
        }
    }

    /// Prints every step and the sum, and says whether all is well.
    pub(crate) fn finish(self) -> bool {
        println!();
        for (name, outcome, took) in &self.steps {
            println!("{}", told(name, outcome, *took));
        }
        println!("{}", self.sum());
        !self.steps.iter().any(|(_, outcome, _)| *outcome == Outcome::Failed)
    }

    fn sum(&self) -> String {
        let count = |fits: fn(&Outcome) -> bool| self.steps.iter().filter(|(_, outcome, _)| fits(outcome)).count();
        let passed = count(|outcome| *outcome == Outcome::Passed);
        let failed = count(|outcome| *outcome == Outcome::Failed);
        match self.steps.len() - passed - failed {
            0 => format!("{passed} passed, {failed} failed"),
            skipped => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
    }
}

fn told(name: &str, outcome: &Outcome, took: Duration) -> String {
    let seconds = took.as_secs_f32();
    match outcome {
        Outcome::Passed => format!("{name}: passed in {seconds:.1} s"),
        Outcome::Failed => format!("{name}: FAILED after {seconds:.1} s"),
        Outcome::Skipped { needs } => format!("{name}: skipped, needs {needs}"),
    }
}

/// Whether this run may skip nothing.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Prints a command, runs it in sight, and says how it ended.
pub(crate) fn run(command: &mut Command) -> Result<Outcome> {
    Ok(ended(status(command)?))
}

/// Prints a command, runs it in sight, and leaves to the caller what its status means.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    print_command(command);
    Ok(command.status()?)
}

/// Like `run`, with every line of its standard output passed through `keep`.
pub(crate) fn run_filtered(command: &mut Command, mut keep: impl FnMut(&str) -> bool) -> Result<Outcome> {
    print_command(command);
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            if keep(text.trim_end()) {
                print!("{text}");
            }
            line.clear();
        }
    }
    Ok(ended(child.wait()?))
}

fn ended(status: ExitStatus) -> Outcome {
    if !status.success() {
        println!("ended with {status}");
    }
    status.success().into()
}

/// Shows what is about to run, as a person would type it.
fn print_command(command: &Command) {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or(&program);
    let set = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={} ", name.to_string_lossy(), value?.to_string_lossy())));
    let arguments = command
        .get_args()
        .map(|argument| format!(" {}", argument.to_string_lossy()));
    println!(
        "$ {}{program}{}",
        set.collect::<String>(),
        arguments.collect::<String>()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_sum(strict: bool, outcomes: Vec<Outcome>, sum: &str, well: bool) {
        let mut run = Run {
            strict,
            steps: Vec::new(),
        };
        for outcome in outcomes {
            run.step("a step", || Ok(outcome));
        }
        assert_eq!(run.sum(), sum);
        assert_eq!(run.finish(), well);
    }

    fn skipped() -> Outcome {
        Outcome::Skipped {
            needs: "a program".to_owned(),
        }
    }

    #[test]
    fn a_run_is_well_when_no_step_failed() {
        check_sum(
            false,
            vec![Outcome::Passed, Outcome::Passed],
            "2 passed, 0 failed",
            true,
        );
        check_sum(
            false,
            vec![Outcome::Passed, Outcome::Failed],
            "1 passed, 1 failed",
            false,
        );
    }

    #[test]
    fn a_skipped_step_is_counted_and_fails_a_strict_run() {
        check_sum(
            false,
            vec![Outcome::Passed, skipped()],
            "1 passed, 0 failed, 1 skipped",
            true,
        );
        check_sum(true, vec![Outcome::Passed, skipped()], "1 passed, 1 failed", false);
    }

    #[test]
    fn an_error_fails_its_step_and_not_the_run() {
        let mut run = Run {
            strict: false,
            steps: Vec::new(),
        };
        run.step("broken", || anyhow::bail!("no such thing"));
        run.step("next", || Ok(Outcome::Passed));
        assert_eq!(run.sum(), "1 passed, 1 failed");
    }
}
