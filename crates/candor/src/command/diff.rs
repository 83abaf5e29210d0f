//! `candor policy diff`: what differs between two versions of a policy, and which open cases would move with it.
//!
//! Owns how two versions are named, and how differences look. Never compares: `psirt::policy::diff` and `psirt::clock::simulate` do.

use crate::cli::Global;
use crate::command::policy::{Source, rendered};
use crate::command::simulate::{self, Past};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::Session;
use crate::words::{columns, count, paragraph};
use clap::Args;
use psirt::case::phase::Phase;
use psirt::clock::simulate::{Compared, PastCase, Question};
use psirt::policy::diff::{self, Change, ClauseChange, KeyChange, RuleChange};
use psirt::policy::{Finding, Policy};
use serde_json::json;

#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// A file, the id of a policy that comes with Candor, or an adopted version: ID@VERSION
    old: String,
    /// The same
    new: String,
    /// Also shows which open cases of the house would move if they were moved to the new version
    #[arg(long)]
    open_cases: bool,
}

/// One version as it was named.
struct Version {
    source: Source,
    readings: Vec<(String, String)>,
}

impl Version {
    /// `ID@VERSION` of the house, under the readings that it was adopted with; else a file or a shipped policy.
    fn named(name: &str, house: &mut dyn FnMut() -> Result<Past, Failure>) -> Result<Version, Failure> {
        let Some((id, version)) = name.split_once('@').filter(|_| !std::path::Path::new(name).exists()) else {
            let source = Source::of(name)?;
            return Ok(Version {
                source,
                readings: Vec::new(),
            });
        };
        let past = house()?;
        let mut adopted = past.adopted.iter().zip(&past.texts);
        let found = adopted.find(|(policy, _)| policy.front.id == id && policy.front.version == version);
        let (policy, text) = found.ok_or_else(|| {
            Failure::refused(format!(
                "no version {version} of `{id}` is adopted; `candor policy list` lists them"
            ))
        })?;
        let chosen = policy.readings.iter();
        Ok(Version {
            source: Source {
                name: format!("{id}.policy.md"),
                text: text.clone(),
            },
            readings: chosen
                .map(|reading| (reading.id.clone(), reading.chosen.clone()))
                .collect(),
        })
    }

    fn edition(&self) -> diff::Edition<'_> {
        diff::Edition {
            name: &self.source.name,
            text: &self.source.text,
            readings: &self.readings,
        }
    }

    fn policy(&self) -> Result<Policy, Failure> {
        self.source.read(&self.readings)
    }
}

impl Diff {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let mut house = || simulate::of_house(global, session);
        let old = Version::named(&self.old, &mut house)?;
        let new = Version::named(&self.new, &mut house)?;
        let diff = diff::diff(old.edition(), new.edition()).map_err(|findings| unreadable(&findings, &old, &new))?;
        let moved = match self.open_cases {
            true => Some(open_cases(&house()?, &old.policy()?, &new.policy()?)),
            false => None,
        };
        let mut text = told(&diff);
        if let Some(moved) = &moved {
            text.push_str(&would_move(moved));
        }
        Shown::new(json!({ "diff": diff, "open_cases": moved }), text)
    }
}

fn unreadable(findings: &[Finding], old: &Version, new: &Version) -> Failure {
    let text_of = |finding: &Finding| match finding.file == old.source.name {
        true => &old.source.text,
        false => &new.source.text,
    };
    let errors = findings.iter().filter(|finding| finding.is_error());
    let found: String = errors.map(|finding| rendered(finding, text_of(finding))).collect();
    Failure::refused(format!("there is nothing to compare\n\n{found}"))
}

/// Obligations of open cases that would have another date or another state. A case keeps its version unless it is moved.
fn open_cases(past: &Past, old: &Policy, new: &Policy) -> Vec<Compared> {
    let question = Question {
        old: std::slice::from_ref(old),
        new,
        calendars: &past.calendars,
        since: None,
        now: past.now,
    };
    let open = past
        .cases
        .iter()
        .zip(&past.phases)
        .filter(|(_, phase)| !matches!(phase, Phase::Closed | Phase::Rejected(_)));
    let cases = open.map(|((name, story), _)| PastCase { name, story });
    let simulation = psirt::clock::simulate::simulate(&question, cases);
    let still_owed = |one: &Compared| [&one.old, &one.new].into_iter().flatten().any(|side| side.state.open());
    simulation
        .obligations
        .into_iter()
        .filter(|one| one.moved && still_owed(one))
        .collect()
}

fn would_move(moved: &[Compared]) -> String {
    if moved.is_empty() {
        return "\nNo open case would move.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = moved.iter().map(simulate::moved_row).collect();
    let count = count(moved.len(), "obligation");
    format!(
        "\nOf the open cases these would move, if they were moved to the new version: {count}\n{}",
        columns(&rows)
    )
}

fn told(diff: &diff::Diff) -> String {
    let mut text = format!(
        "{} version {} against {} version {}\n",
        diff.policy.0, diff.version.0, diff.policy.1, diff.version.1
    );
    if diff.is_empty() {
        text.push_str("\nBoth say the same.\n");
        return text;
    }
    part(
        &mut text,
        "Front matter",
        diff.front.iter().map(|key| key_text("  ", key)),
    );
    part(&mut text, "Clauses", diff.clauses.iter().map(clause_text));
    part(&mut text, "Rules", diff.rules.iter().map(rule_text));
    let readings = diff.readings.iter().map(|one| {
        let sides = sides(one.old.as_deref(), one.new.as_deref());
        format!(
            "  {} {}: {sides}\n{}",
            one.clause,
            one.reading,
            paragraph("      ", &one.question)
        )
    });
    part(&mut text, "Readings", readings);
    let bands = diff.bands.iter().map(|one| {
        let sides = sides(one.old.as_deref(), one.new.as_deref());
        format!("  {}: {sides}\n", one.band)
    });
    part(&mut text, "Bands", bands);
    text
}

fn part(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: String = lines.collect();
    if !lines.is_empty() {
        text.push_str(&format!("\n{title}\n{lines}"));
    }
}

fn sides(old: Option<&str>, new: Option<&str>) -> String {
    match (old, new) {
        (None, Some(new)) => format!("added: {new}"),
        (Some(old), None) => format!("removed: {old}"),
        (old, new) => format!("{} \u{2192} {}", old.unwrap_or_default(), new.unwrap_or_default()),
    }
}

fn key_text(indent: &str, key: &KeyChange) -> String {
    format!(
        "{indent}{}: {}\n",
        key.key,
        sides(key.old.as_deref(), key.new.as_deref())
    )
}

const fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
    }
}

fn clause_text(change: &ClauseChange) -> String {
    let word = match change.change {
        Change::Changed => "reworded",
        other => word(other),
    };
    let mut text = format!("  {} {word}\n", change.clause);
    let sides = [("- ", &change.old), ("+ ", &change.new)];
    for (sign, prose) in sides
        .into_iter()
        .filter_map(|(sign, prose)| Some((sign, prose.as_ref()?)))
    {
        text.push_str(&paragraph("      ", &format!("{sign}{prose}")));
    }
    text
}

fn rule_text(rule: &RuleChange) -> String {
    let mut text = format!("  {} {} {} {}\n", rule.clause, rule.kind, rule.rule, word(rule.change));
    if rule.change == Change::Changed {
        text.extend(rule.keys.iter().map(|key| key_text("      ", key)));
    }
    let sentences = [("- ", &rule.old), ("+ ", &rule.new)];
    if rule.old != rule.new {
        for (sign, sentence) in sentences {
            if let Some(sentence) = sentence {
                text.push_str(&paragraph("      ", &format!("{sign}{sentence}")));
            }
        }
    }
    text
}
