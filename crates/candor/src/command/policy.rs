//! `candor policy`: check, explain and compare policies that are files, and compute what they demand of a story.
//!
//! Owns reading policy files and how findings look. Never finds anything itself: `psirt::policy` does.

use crate::cli::Global;
use crate::command::diff::Diff;
use crate::command::due::Due;
use crate::command::promises::Promises;
use crate::command::simulate::Simulate;
use crate::failure::{Failure, REFUSED};
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::{columns, count};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use psirt::policy::{Finding, PolicyKind, Severity};
use serde_json::json;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The policies that come with Candor: id and file.
pub(crate) const SHIPPED: &[(&str, &str)] = &[
    (
        "nozomi-networks",
        include_str!("../../../../policies/nozomi-networks.policy.md"),
    ),
    (
        "128-technology",
        include_str!("../../../../policies/128-technology.policy.md"),
    ),
    (
        "cra-article-14",
        include_str!("../../../../policies/cra-article-14.policy.md"),
    ),
    ("house", include_str!("../../../../policies/house.policy.md")),
];

/// Largest file that is read into memory; the readers have their own, smaller limits and say so.
const FILE_MAX_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Finds holes, overlaps, contradictions and everything undecided; status 1 on errors
    Check(Check),
    /// Prints each clause, and beside it each rule as one English sentence
    Explain(Explain),
    /// Computes every obligation of a story, with its proof
    Due(Due),
    /// Runs past cases again under a draft or another reading, and shows what would have been kept and missed
    Simulate(Simulate),
    /// Shows what differs between two versions: clauses, rules, readings, bands
    Diff(Diff),
    /// Adopts a policy for the house, by two people
    Adopt(Adopt),
    /// Lists the policies that the house has adopted
    List,
    /// Shows how a brand's promises were kept in the last four quarters, in the numbers that the portal would show
    Promises(Promises),
    /// Prints the file of an adopted policy
    Show {
        /// Its id
        id: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Adopt {
    /// A policy file, or the id of a policy that comes with Candor
    #[arg(value_name = "POLICY")]
    policy: String,
    /// Another option for a reading: `remediation-start=received`
    #[arg(long, value_name = "READING=OPTION", value_parser = reading)]
    reading: Vec<(String, String)>,
}

/// A reading and the option to choose for it.
pub(crate) fn reading(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .filter(|(id, option)| !id.is_empty() && !option.is_empty());
    let (id, option) =
        pair.ok_or_else(|| format!("`{text}` is not a reading and its option: write remediation-start=received"))?;
    Ok((id.to_owned(), option.to_owned()))
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Policy files, or ids of policies that come with Candor
    #[arg(required = true, value_name = "POLICY")]
    policies: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// A policy file, or the id of a policy that comes with Candor
    #[arg(value_name = "POLICY")]
    policy: String,
}

impl Policy {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Policy::Check(check) => check.run(),
            Policy::Explain(explain) => explain.run(),
            Policy::Due(due) => due.run(global),
            Policy::Simulate(simulate) => simulate.run(global, session),
            Policy::Diff(diff) => diff.run(global, session),
            Policy::Adopt(adopt) => adopt.run(global, session),
            Policy::List => list(global, session),
            Policy::Promises(promises) => promises.run(global, session),
            Policy::Show { id } => show(&id, global, session),
        }
    }
}

/// A policy's file: its name, and what it says.
pub(crate) struct Source {
    /// As it was named on the command line.
    pub(crate) name: String,
    /// The file.
    pub(crate) text: String,
}

impl Source {
    /// Reads a file; an id of a shipped policy stands for its file.
    pub(crate) fn of(policy: &str) -> Result<Source, Failure> {
        // A folder is no policy, so one of that name is not in the way.
        match Source::shipped(policy).filter(|_| !Path::new(policy).is_file()) {
            Some(source) => Ok(source),
            None if !policy.contains(['/', '.']) && !Path::new(policy).exists() => {
                let ids: Vec<&str> = SHIPPED.iter().map(|(id, _)| *id).collect();
                let ids = ids.join(", ");
                Err(Failure::usage(format!(
                    "`{policy}` is neither a file nor a policy that comes with Candor: {ids}"
                )))
            }
            None => Ok(Source {
                name: policy.to_owned(),
                text: read_text(Path::new(policy))?,
            }),
        }
    }

    /// A policy that comes with Candor.
    pub(crate) fn shipped(id: &str) -> Option<Source> {
        let (id, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == id)?;
        Some(Source {
            name: format!("{id}.policy.md"),
            text: (*text).to_owned(),
        })
    }

    /// The policy, if it has no error; else its findings as a refusal.
    pub(crate) fn read(&self, readings: &[(String, String)]) -> Result<psirt::policy::Policy, Failure> {
        let (policy, findings) = psirt::policy::read_with(&self.name, &self.text, readings);
        match policy {
            Some(policy) if !findings.iter().any(Finding::is_error) => Ok(policy),
            _ => {
                let errors: Vec<Finding> = findings.into_iter().filter(Finding::is_error).collect();
                let found: String = errors.iter().map(|finding| rendered(finding, &self.text)).collect();
                let errors = count(errors.len(), "error");
                Err(Failure::refused(format!(
                    "{} has {errors}, so nothing can be computed from it\n\n{found}",
                    self.name
                )))
            }
        }
    }
}

/// Reads a text file that somebody named.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read_bytes(path)?;
    String::from_utf8(bytes).map_err(|error| {
        let before = error
            .as_bytes()
            .get(..error.utf8_error().valid_up_to())
            .unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::refused(format!(
            "{}:{line}: this is not UTF-8; save the file as UTF-8",
            path.display()
        ))
    })
}

/// Reads a file that somebody named.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::file(path, &error);
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(FILE_MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() as u64 > FILE_MAX_BYTES {
        true => Err(Failure::refused(format!(
            "`{}` is larger than {} MiB: nothing was read; split it, or name another file",
            path.display(),
            FILE_MAX_BYTES >> 20
        ))),
        false => Ok(bytes),
    }
}

impl Check {
    fn run(self) -> Result<Shown, Failure> {
        let mut all = Vec::new();
        let mut text = String::new();
        for policy in &self.policies {
            let source = Source::of(policy)?;
            let (_, findings) = psirt::policy::read(&source.name, &source.text);
            for finding in &findings {
                text.push_str(&rendered(finding, &source.text));
                text.push('\n');
            }
            text.push_str(&summary(&source.name, &findings));
            all.extend(findings);
        }
        let status = if all.iter().any(Finding::is_error) { REFUSED } else { 0 };
        Ok(Shown::new(&all, text)?.status(status))
    }
}

fn summary(name: &str, findings: &[Finding]) -> String {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let outcome = match (errors, warnings) {
        (0, 0) => "nothing to say against it".to_owned(),
        (0, warnings) => format!("{}, and it can be adopted", count(warnings, "warning")),
        (errors, 0) => format!("{}; it cannot be adopted", count(errors, "error")),
        (errors, warnings) => format!(
            "{}, {}; it cannot be adopted",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    };
    format!("{name}: {outcome}\n")
}

/// A finding as compilers print it: where, the line itself, and a caret.
pub(crate) fn rendered(finding: &Finding, text: &str) -> String {
    let Finding {
        severity,
        code,
        file,
        line,
        column,
        message,
        example,
    } = finding;
    let gutter = line.to_string();
    let margin = " ".repeat(gutter.len());
    let mut out = format!("{severity}[{code}]: {message}\n{margin}--> {file}:{line}:{column}\n");
    let source = usize::try_from(*line)
        .ok()
        .and_then(|line| text.lines().nth(line.checked_sub(1)?));
    if let Some(source) = source.filter(|source| !source.trim().is_empty()) {
        let (shown, caret) = excerpt(source, usize::try_from(*column).unwrap_or(1).saturating_sub(1));
        out.push_str(&format!(
            "{margin} |\n{gutter} | {shown}\n{margin} | {}^\n",
            " ".repeat(caret)
        ));
    }
    if let Some(example) = example {
        out.push_str(&format!("{margin} = example: {example}\n"));
    }
    out
}

/// Widest source line that is shown.
const EXCERPT_CHARACTERS: usize = 120;

/// The part of a line around a character, with control characters made harmless, and the place of the character in it.
fn excerpt(line: &str, at: usize) -> (String, usize) {
    let from = if at < EXCERPT_CHARACTERS {
        0
    } else {
        at - EXCERPT_CHARACTERS / 2
    };
    let harmless = |c: char| if c.is_control() { ' ' } else { c };
    let shown = line.chars().skip(from).take(EXCERPT_CHARACTERS).map(harmless).collect();
    (shown, at - from)
}

impl Explain {
    fn run(self) -> Result<Shown, Failure> {
        let source = Source::of(&self.policy)?;
        let (policy, findings) = psirt::policy::read(&source.name, &source.text);
        let errors: String = findings
            .iter()
            .filter(|finding| finding.is_error())
            .map(|finding| rendered(finding, &source.text))
            .collect();
        let Some(policy) = policy else {
            return Err(Failure::refused(format!(
                "{} cannot be explained\n\n{errors}",
                source.name
            )));
        };
        let explained = psirt::policy::explain(&policy);
        let front = &policy.front;
        let title = format!(
            "{}, version {}, from {}\n\n",
            front.title, front.version, front.effective
        );
        let mut text = format!("{title}{}", psirt::policy::explain::render(&explained));
        if !errors.is_empty() {
            text.push_str(&format!("It has errors, so blocks may be missing above:\n\n{errors}"));
        }
        let json = json!({
            "id": front.id,
            "version": front.version,
            "effective": front.effective.to_string(),
            "title": front.title,
            "clauses": explained,
            "findings": findings,
        });
        let status = if errors.is_empty() { 0 } else { REFUSED };
        Ok(Shown::new(json, text)?.status(status))
    }
}

impl Adopt {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let source = Source::of(&self.policy)?;
        let by = actor(global)?;
        let house = session.house(global)?;
        let adopted = house
            .casework
            .adopt_policy(&by, &source.name, &source.text, &self.reading);
        let adopted = house.wait(adopted)?;
        let kind = if adopted.overlay { "overlay" } else { "policy" };
        let mut text = format!(
            "{}, version {}, is adopted as {kind} {}: {}, {}.\n",
            adopted.title,
            adopted.version,
            adopted.id,
            count(adopted.clauses, "clause"),
            count(adopted.promises, "promise"),
        );
        if adopted.waits {
            text.push_str(&format!(
                "It is not yet effective: it governs cases that are opened from {} on.\n",
                adopted.effective
            ));
        }
        for warning in &adopted.warnings {
            text.push_str(&format!("\n{}", rendered(warning, &source.text)));
        }
        let json = json!({ "id": adopted.id, "version": adopted.version, "overlay": adopted.overlay, "effective": adopted.effective.to_string(), "waits": adopted.waits, "warnings": adopted.warnings });
        Shown::new(json, text)
    }
}

fn list(global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let board = house.casework.board();
    let now = house.now();
    let policies = &board.house.policies;
    let rows = policies.iter().map(|policy| {
        let front = &policy.front;
        vec![
            front.id.clone(),
            format!("version {}", front.version),
            format!("from {}", front.effective),
            standing(policy, policies, now).to_owned(),
            front.title.clone(),
        ]
    });
    let json = policies.iter().map(|policy| {
        let front = &policy.front;
        json!({
            "id": front.id,
            "version": front.version,
            "effective": front.effective.to_string(),
            "overlay": front.kind == PolicyKind::Overlay,
            "standing": standing(policy, policies, now),
            "title": front.title,
        })
    });
    Shown::new(json.collect::<Vec<_>>(), columns(&rows.collect::<Vec<_>>()))
}

/// Whether a version governs cases that are opened now.
fn standing(policy: &psirt::policy::Policy, all: &[psirt::policy::Policy], now: Timestamp) -> &'static str {
    let begun = |policy: &psirt::policy::Policy| policy.in_force_from().is_some_and(|from| from <= now);
    let later = |other: &psirt::policy::Policy| {
        let same = other.front.id == policy.front.id && other.front.version != policy.front.version;
        same && begun(other) && other.front.effective >= policy.front.effective && other.adopted > policy.adopted
    };
    match (begun(policy), all.iter().any(later)) {
        (false, _) => "not yet effective",
        (true, true) => "earlier cases only",
        (true, false) => "in force",
    }
}

fn show(id: &str, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let board = house.casework.board();
    let adopted = board
        .house
        .policies
        .iter()
        .zip(&board.house.policy_texts)
        .rev()
        .find(|(policy, _)| policy.front.id == id);
    let (policy, text) = adopted
        .ok_or_else(|| Failure::refused(format!("no policy `{id}` is adopted; `candor policy list` lists them")))?;
    Shown::new(
        json!({ "id": id, "version": policy.front.version, "text": text }),
        text.clone(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policies_are_known_by_their_ids() {
        for (id, text) in SHIPPED {
            let (policy, findings) = psirt::policy::read(&format!("{id}.policy.md"), text);
            assert_eq!(policy.unwrap().front.id, *id);
            assert!(findings.iter().all(|finding| !finding.is_error()), "{findings:?}");
        }
    }

    #[test]
    fn a_finding_shows_its_line_and_a_caret() {
        let finding = Finding {
            severity: Severity::Error,
            code: "unknown-fact",
            file: "x.policy.md".to_owned(),
            line: 2,
            column: 3,
            message: "`y` is not a fact".to_owned(),
            example: Some("y = 1".to_owned()),
        };
        let expect = "error[unknown-fact]: `y` is not a fact\n --> x.policy.md:2:3\n  |\n2 | a\u{20}y = 1\n  |   ^\n  = example: y = 1\n";
        assert_eq!(rendered(&finding, "first\na\u{1b}y = 1\n"), expect);
    }

    #[test]
    fn a_caret_far_to_the_right_stays_on_the_screen() {
        let (shown, caret) = excerpt(&"x".repeat(5_000), 4_000);
        assert_eq!(shown.chars().count(), EXCERPT_CHARACTERS);
        assert!(caret < EXCERPT_CHARACTERS);
    }
}
