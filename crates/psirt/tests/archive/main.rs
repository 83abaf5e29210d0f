//! The archive of closed cases: its files are what the generator gives, and every simulation of it equals an independent recount.
//!
//! Owns the comparison, cell by cell. Never counts itself: `recount` and the engine do.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a file of the project that cannot be read ends the test"
)]

#[path = "../../examples/archive/generate.rs"]
mod generate;
mod recount;

use jiff::Timestamp;
use psirt::clock::simulate::{Count, Outcome, PastCase, Question, Simulation, simulate};
use psirt::clock::{Calendars, State};
use psirt::policy::Policy;
use psirt::story::Story;
use recount::{Begin, Case, End, Measure, Row};
use std::collections::BTreeMap;

#[expect(clippy::disallowed_methods, reason = "tests read the project's own files")]
fn file(path: &str) -> String {
    let path = format!("{}/../../policies/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The archive's stories by name, as they are in the project.
fn archive() -> Vec<(String, String)> {
    let names = generate::archive().into_iter().map(|(name, _)| name);
    names
        .map(|name| (name.clone(), file(&format!("archive/{name}"))))
        .collect()
}

fn policy(id: &str, readings: &[(&str, &str)]) -> Policy {
    let readings: Vec<_> = readings
        .iter()
        .map(|(id, option)| ((*id).to_owned(), (*option).to_owned()))
        .collect();
    let (policy, findings) =
        psirt::policy::read_with(&format!("{id}.policy.md"), &file(&format!("{id}.policy.md")), &readings);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
}

/// The last record of all cases.
fn end_of_archive(files: &[(String, String)]) -> Timestamp {
    let stories = files.iter().map(|(_, text)| Story::read(text).unwrap());
    stories
        .flat_map(|story| story.entries().map(|entry| entry.recorded).collect::<Vec<_>>())
        .max()
        .unwrap()
}

fn class(state: State) -> End {
    match state {
        State::Met | State::MetUnverified => End::Met,
        State::MetLate => End::Late,
        State::Breached | State::Overdue => End::Missed,
        State::Running | State::DueSoon => End::Open,
        State::Dormant => End::Dormant,
        State::Waived | State::Superseded => End::Ended,
    }
}

/// What the engine says of one side, in the recount's shape. A dormant promise has no date that counts.
fn computed(
    simulation: &Simulation,
    case: &str,
    side: fn(&psirt::clock::simulate::Compared) -> Option<&Outcome>,
) -> Vec<Row> {
    let own = simulation.obligations.iter().filter(|one| one.case == case);
    let mut rows: Vec<Row> = own
        .filter_map(|one| {
            let outcome = side(one)?;
            let end = class(outcome.state);
            let due = outcome.due.as_ref().map(|due| due.parse().unwrap());
            Some(Row {
                rule: one.rule.clone(),
                subject: one.subject.clone(),
                due: due.filter(|_| end != End::Dormant),
                end,
            })
        })
        .collect();
    rows.sort();
    rows
}

/// Simulates a policy against one of its readings and compares every cell of every case, and the totals of every rule, on both sides.
fn check_recount(id: &str, reading: (&str, &str), concerns: fn(&Case) -> bool, count: [fn(&Case) -> Vec<Row>; 2]) {
    let files = archive();
    let now = end_of_archive(&files);
    let stories: Vec<(String, Story)> = files
        .iter()
        .map(|(name, text)| (name.clone(), Story::read(text).unwrap()))
        .collect();
    let (old, new) = (policy(id, &[]), policy(id, &[reading]));
    let calendars = Calendars::default();
    let question = Question {
        old: std::slice::from_ref(&old),
        new: &new,
        calendars: &calendars,
        since: None,
        now,
    };
    let simulation = simulate(&question, stories.iter().map(|(name, story)| PastCase { name, story }));

    let mut totals: BTreeMap<(usize, String), Count> = BTreeMap::new();
    let mut cells = 0;
    let mut differences = Vec::new();
    for (name, text) in &files {
        let case = Case::read(text, now).counted_in(&new.front.zone_name);
        let sides: [fn(&psirt::clock::simulate::Compared) -> Option<&Outcome>; 2] =
            [|one| one.old.as_ref(), |one| one.new.as_ref()];
        for (index, side) in sides.into_iter().enumerate() {
            let found = computed(&simulation, name, side);
            let mut counted = if concerns(&case) {
                count[index](&case)
            } else {
                Vec::new()
            };
            counted.sort();
            cells += counted.len();
            for row in &counted {
                add(totals.entry((index, row.rule.clone())).or_default(), row.end);
            }
            if found != counted {
                let only = |rows: &[Row], others: &[Row]| {
                    rows.iter()
                        .filter(|row| !others.contains(row))
                        .map(|row| format!("{row:?}"))
                        .collect::<Vec<_>>()
                        .join("\n    ")
                };
                differences.push(format!(
                    "{name} side {index}\n  engine\n    {}\n  recount\n    {}",
                    only(&found, &counted),
                    only(&counted, &found)
                ));
            }
        }
    }
    let shown = differences.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} differences\n{shown}", differences.len());
    for clause in &simulation.clauses {
        for (index, found) in [clause.old, clause.new].into_iter().enumerate() {
            let counted = totals.get(&(index, clause.rule.clone())).copied().unwrap_or_default();
            assert_eq!(found, counted, "{} side {index}", clause.rule);
        }
    }
    assert!(cells > 100, "the archive says almost nothing about {id}: {cells} rows");
    println!(
        "{id}: {} cases, {cells} rows recounted, {} moved",
        simulation.cases,
        simulation.obligations.iter().filter(|one| one.moved).count()
    );
}

fn add(count: &mut Count, end: End) {
    match end {
        End::Met => count.met += 1,
        End::Late => count.late += 1,
        End::Missed => count.missed += 1,
        End::Open => count.open += 1,
        End::Ended => count.ended += 1,
        End::Dormant => count.dormant += 1,
    }
    count.due = count.met + count.late + count.missed + count.open;
}

#[test]
fn the_files_are_what_the_generator_gives() {
    let generated = generate::archive();
    assert_eq!(generated.len(), 200);
    for (name, text) in generated {
        assert!(
            file(&format!("archive/{name}")) == text,
            "{name} differs: cargo run -p psirt --example archive -- policies/archive"
        );
    }
}

/// An archive in which something never happens would prove nothing about it.
#[test]
fn the_archive_holds_every_kind_of_history() {
    let all: String = archive().into_iter().map(|(_, text)| text).collect();
    let told = |event: &str| all.matches(&format!("\n{event} = ")).count();
    for (event, least) in [
        ("rejected", 30),
        ("appealed", 3),
        ("not-affected", 5),
        ("release-moved", 20),
        ("fix-withdrawn", 3),
        ("waived", 3),
        ("overridden", 5),
        ("made-public", 3),
        ("exploit-public", 2),
        ("attacks-seen", 5),
        ("upstream-decision", 5),
        ("affected", 2),
        ("report-joined", 3),
        ("fix-deployed", 20),
        ("component-shipped", 20),
        ("release-note-published", 20),
        ("advisory-revised", 20),
    ] {
        assert!(told(event) >= least, "{event}: {} times", told(event));
    }
}

#[test]
fn the_first_policy_equals_its_recount_under_both_readings() {
    check_recount(
        "nozomi-networks",
        ("remediation-start", "received"),
        |case| case.policy == "nozomi-networks",
        [
            |case| recount::nozomi(case, Begin::Capped),
            |case| recount::nozomi(case, Begin::Received),
        ],
    );
}

#[test]
fn the_second_policy_equals_its_recount() {
    check_recount(
        "128-technology",
        ("findings-time", "one-working-day"),
        |case| case.policy == "128-technology",
        [|case| recount::technology(case, 2), |case| recount::technology(case, 1)],
    );
}

#[test]
fn the_overlay_equals_its_recount() {
    check_recount(
        "cra-article-14",
        ("measure", "fix-on-last-line"),
        |case| case.sold_in("eu"),
        [
            |case| recount::overlay(case, Measure::Any),
            |case| recount::overlay(case, Measure::FixOfLastLine),
        ],
    );
}
