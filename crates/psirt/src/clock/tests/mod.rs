//! Stories and the dates that they give, under the shipped policies. An analyst can check each by hand.

mod bills;
mod decisions;
mod histories;
mod instants;
mod joining;
mod laws;
mod lines;
mod proofs;
mod publication;
mod remediation;
mod reporters;
mod simulations;
mod small;
mod starts;
mod third_party;

use super::facts::CaseFacts;
use super::{Calendars, obligations, report};
use crate::policy::Policy;
use crate::story::Story;
use jiff::Timestamp;

/// A shipped policy's file.
#[expect(
    clippy::disallowed_methods,
    reason = "tests read the shipped policies from the project"
)]
pub(crate) fn shipped_text(id: &str) -> String {
    std::fs::read_to_string(format!("{}/../../policies/{id}.policy.md", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The shipped policies, as the product reads them.
pub(crate) fn shipped(ids: &[&str], readings: &[(&str, &str)]) -> Vec<Policy> {
    let readings: Vec<_> = readings
        .iter()
        .map(|(id, option)| ((*id).to_owned(), (*option).to_owned()))
        .collect();
    let read = |id: &&str| {
        let (path, text) = (format!("{id}.policy.md"), shipped_text(id));
        let own: Vec<_> = readings
            .iter()
            .filter(|(reading, _)| text.contains(&format!("\"{reading}\"")))
            .cloned()
            .collect();
        let (policy, findings) = crate::policy::read_with(&path, &text, &own);
        policy.unwrap_or_else(|| panic!("{id}: {findings:?}"))
    };
    ids.iter().map(read).collect()
}

/// Rows of a story at an instant, as JSON objects.
fn rows(policies: &[Policy], story: &str, now: &str) -> Vec<serde_json::Value> {
    let story = Story::read(story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let now: Timestamp = now.parse().unwrap();
    let facts = CaseFacts::fold(&story.products, story.entries(), now);
    let calendars = Calendars::default();
    let obligations = obligations(policies, &facts, &calendars, now);
    report::rows(&obligations)
        .iter()
        .map(|row| serde_json::to_value(row).unwrap())
        .collect()
}

/// Compares rows of a story. Each line of `expect` is `clause subject | state | key value | key value …`; the clause may name a rule
/// instead; a key may be a path, `proof.sum`; an instant is written as far as it matters.
pub(crate) fn compare_due(policies: &[Policy], story: &str, now: &str, expect: &str) -> Result<(), String> {
    let rows = rows(policies, story, now);
    for line in expect.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut parts = line.split('|').map(str::trim);
        let (clause, subject) = parts.next().unwrap().split_once(' ').unwrap();
        let matching: Vec<_> = rows
            .iter()
            .filter(|row| row["clause"] == format!("§{clause}") || row["rule"] == clause)
            .filter(|row| row["subject"] == subject || row["track"] == subject)
            .collect();
        let state = parts.next().unwrap();
        if state == "absent" {
            if !matching.is_empty() {
                return Err(format!("{line}\nfound {matching:#?}"));
            }
            continue;
        }
        let wanted: Vec<_> = parts.map(|part| part.split_once(' ').unwrap()).collect();
        let fits = |row: &&serde_json::Value| {
            row["state"] == state
                && wanted.iter().all(
                    |(key, value)| match key.split('.').fold(*row, |value, key| &value[key]) {
                        serde_json::Value::Null => *value == "null",
                        serde_json::Value::String(text) => text.starts_with(value),
                        other => format!("{other}").as_str() == *value,
                    },
                )
        };
        if !matching.iter().any(fits) {
            return Err(format!("expected {line}\namong {matching:#?}"));
        }
    }
    Ok(())
}

fn check_due_with(policies: &[Policy], story: &str, now: &str, expect: &str) {
    if let Err(difference) = compare_due(policies, story, now, expect) {
        panic!("{difference}");
    }
}

fn check_due(policy: &str, story: &str, now: &str, expect: &str) {
    check_due_with(&shipped(&[policy], &[]), story, now, expect);
}

/// Events of January 2026 in UTC, one in each line: the day and time, then the event; further keys stand before it, with a `;` each.
fn january(events: &str) -> String {
    let event = |line: &str| {
        let (when, event) = line.split_once(' ').unwrap();
        let seconds = if when.len() == 8 { ":00" } else { "" };
        at(&format!("2026-01-{when}{seconds}Z"), &event.replace("; ", "\n"))
    };
    let lines = events.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(event).collect()
}

/// Compares a table over one policy. Each row is what happened after the common beginning, the instant in January, and what is expected.
fn check_each(policy: &Policy, head: &str, begun: &str, rows: &[(&str, &str, &str)]) {
    for (further, now, expect) in rows {
        let story = format!("{head}{}{}", january(begun), january(further));
        let compared = compare_due(std::slice::from_ref(policy), &story, &format!("2026-01-{now}Z"), expect);
        if let Err(difference) = compared {
            panic!("{further} at {now}: {difference}");
        }
    }
}

/// Lines of that name, on-prem each.
fn lines_named(names: &[&str]) -> String {
    let line = |name: &&str| format!("[[product]]\nname = \"{name}\"\ndeployment = \"on-prem\"\n");
    names.iter().map(line).collect()
}

/// A head with one on-prem line and a report.
pub(crate) fn onprem(events: &str) -> String {
    format!("[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n{events}")
}

pub(crate) fn saas(events: &str) -> String {
    format!("[[product]]\nname = \"Cloud\"\ndeployment = \"saas\"\n{events}")
}

/// An event in one line.
pub(crate) fn at(when: &str, event: &str) -> String {
    format!("[[event]]\nat = {when}\n{event}\n")
}

pub(crate) const CRITICAL: &str =
    "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }";
pub(crate) const MEDIUM: &str =
    "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N\", source = \"own\" }";
const NN: &str = "nozomi-networks";
const T: &str = "128-technology";
