//! `candor policy simulate`: past cases run again under a draft, or under another reading of the same policy.
//!
//! Owns which policies and which cases are compared, and how the result looks. Never counts: `psirt::clock::simulate` does.

use crate::cli::Global;
use crate::command::policy::{Source, read_text, reading};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, Session, actor};
use crate::words::{columns, count};
use clap::Args;
use jiff::{Timestamp, civil};
use psirt::case::phase::Phase;
use psirt::clock::Calendars;
use psirt::clock::simulate::{Compared, Count, Outcome, PastCase, Question, Simulation, simulate};
use psirt::policy::Policy;
use psirt::story::Story;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most story files of a folder that are read.
const MAX_STORIES: usize = 100_000;

#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// A draft, or the id of a policy of the house or of one that comes with Candor
    #[arg(value_name = "POLICY")]
    policy: String,
    /// Another option for a reading: `remediation-start=received`
    #[arg(long, value_name = "READING=OPTION", value_parser = reading)]
    reading: Vec<(String, String)>,
    /// The policy to compare with; without it the same policy without `--reading`, or the one of that id that held
    #[arg(long, value_name = "POLICY")]
    against: Option<String>,
    /// Only cases that were opened on this day or later: 2024-01-01
    #[arg(long, value_name = "DATE")]
    since: Option<civil::Date>,
    /// A story, or a folder of `*.story.toml`; without it the house's own cases
    #[arg(long, value_name = "PATH")]
    cases: Option<PathBuf>,
}

/// Cases by name, and the instant at which they are judged unless another one is asked for.
pub(crate) struct Past {
    pub(crate) cases: Vec<(String, Story)>,
    /// Where each of them stands; nothing where the cases are files.
    pub(crate) phases: Vec<Phase>,
    pub(crate) calendars: Calendars,
    pub(crate) now: Timestamp,
    /// What the house has adopted; nothing where the cases are files.
    pub(crate) adopted: Vec<Policy>,
    /// The files of these policies.
    pub(crate) texts: Vec<String>,
}

impl Simulate {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let past = match &self.cases {
            Some(path) => of_files(path, global.now)?,
            None => of_house(global, session)?,
        };
        let source = self.source(&past)?;
        let new = source.read(&self.reading)?;
        let old = self.old(&source, &new, &past)?;
        let question = Question {
            old: &old,
            new: &new,
            calendars: &past.calendars,
            since: self.since,
            now: past.now,
        };
        let cases = past.cases.iter().map(|(name, story)| PastCase { name, story });
        let simulation = simulate(&question, cases);
        let text = rendered(&simulation, &old, &new, &self.reading);
        Shown::new(simulation, text)
    }

    /// What would hold: a file, else the newest version that the house has adopted, else a policy that comes with Candor.
    fn source(&self, past: &Past) -> Result<Source, Failure> {
        let adopted = past.adopted.iter().zip(&past.texts).rev();
        let mut adopted = adopted.filter(|(policy, _)| policy.front.id == self.policy);
        match adopted.next() {
            Some((_, text)) if !Path::new(&self.policy).exists() => Ok(Source {
                name: format!("{}.policy.md", self.policy),
                text: text.clone(),
            }),
            _ => Source::of(&self.policy),
        }
    }

    /// What held.
    fn old(&self, source: &Source, new: &Policy, past: &Past) -> Result<Vec<Policy>, Failure> {
        if let Some(against) = &self.against {
            let old = Source::of(against)?.read(&[])?;
            if old.front.id != new.front.id {
                return Err(Failure::usage(format!(
                    "`{}` and `{}` are two policies; a simulation compares two texts or readings of one",
                    old.front.id, new.front.id
                )));
            }
            return Ok(vec![old]);
        }
        let adopted: Vec<Policy> = past
            .adopted
            .iter()
            .filter(|policy| policy.front.id == new.front.id)
            .cloned()
            .collect();
        if !adopted.is_empty() {
            return Ok(adopted);
        }
        if !self.reading.is_empty() {
            return Ok(vec![source.read(&[])?]);
        }
        match Source::shipped(&new.front.id) {
            Some(shipped) => Ok(vec![shipped.read(&[])?]),
            None => Err(Failure::usage(
                "nothing to compare with: give --reading READING=OPTION, or the policy that held by --against POLICY",
            )),
        }
    }
}

/// The house's own cases, whose content only those who may read cases see.
pub(crate) fn of_house(global: &Global, session: &mut Session) -> Result<Past, Failure> {
    let house: House = session.house(global)?;
    house.casework.may_read(&actor(global)?)?;
    let board = house.casework.board();
    let mut all: Vec<_> = board.all().map(|(_, case)| case).collect();
    all.sort_by(|one, other| one.number.cmp(&other.number));
    let cases = all.iter().map(|case| (case.number.clone(), board.story(case)));
    let phases = all.iter().map(|case| board.phase(case, house.now()));
    Ok(Past {
        cases: cases.collect(),
        phases: phases.collect(),
        calendars: board.house.calendars.clone(),
        now: house.now(),
        adopted: board.house.policies.clone(),
        texts: board.house.policy_texts.clone(),
    })
}

/// Stories; judged at the instant of the last record among them, so that the same files give the same answer on every day.
fn of_files(path: &Path, now: Option<Timestamp>) -> Result<Past, Failure> {
    let mut cases = Vec::new();
    for file in story_files(path)? {
        let text = read_text(&file)?;
        let story = Story::read(&text)
            .map_err(|error| Failure::refused(format!("{}:{}: {}", file.display(), error.line, error.message)))?;
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let name = name.strip_suffix(".story.toml").unwrap_or(&name).to_owned();
        cases.push((name, story));
    }
    let recorded = cases
        .iter()
        .flat_map(|(_, story)| story.entries())
        .map(|entry| entry.recorded);
    let now = now
        .or_else(|| recorded.max())
        .ok_or_else(|| Failure::refused(format!("{}: no story in it has an event", path.display())))?;
    Ok(Past {
        cases,
        phases: Vec::new(),
        calendars: Calendars::default(),
        now,
        adopted: Vec::new(),
        texts: Vec::new(),
    })
}

fn story_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error| Failure::file(path, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let is_story = file
            .file_name()
            .is_some_and(|name| name.to_string_lossy().ends_with(".story.toml"));
        if is_story {
            files.push(file);
        }
        if files.len() > MAX_STORIES {
            return Err(Failure::refused(format!(
                "{}: more than {MAX_STORIES} stories; give a smaller folder",
                path.display()
            )));
        }
    }
    if files.is_empty() {
        return Err(Failure::refused(format!(
            "{}: there is no *.story.toml in it; `candor case export` writes one",
            path.display()
        )));
    }
    files.sort();
    Ok(files)
}

fn rendered(simulation: &Simulation, old: &[Policy], new: &Policy, readings: &[(String, String)]) -> String {
    let versions: Vec<&str> = old.iter().map(|policy| policy.front.version.as_str()).collect();
    let options: Vec<String> = readings.iter().map(|(id, option)| format!(", {id}={option}")).collect();
    let mut text = format!(
        "{}: version {} against version {}{}\n{}, judged at {}; {} left out\n\n",
        simulation.policy,
        versions.join(", "),
        new.front.version,
        options.concat(),
        count(simulation.cases, "case"),
        simulation.now,
        simulation.left_out.len(),
    );
    text.push_str(&table(simulation));
    text.push_str(&moved(simulation));
    text.push_str(&dormant(simulation));
    text
}

/// `12 → 9` where the sides differ.
fn both(old: usize, new: usize) -> String {
    match old == new {
        true => old.to_string(),
        false => format!("{old} \u{2192} {new}"),
    }
}

fn table(simulation: &Simulation) -> String {
    let head = [
        "clause", "rule", "due", "met", "late", "missed", "open", "ended", "dormant", "moved",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for totals in &simulation.clauses {
        let (old, new) = (totals.old, totals.new);
        let columns: [fn(&Count) -> usize; 7] = [
            |count| count.due,
            |count| count.met,
            |count| count.late,
            |count| count.missed,
            |count| count.open,
            |count| count.ended,
            |count| count.dormant,
        ];
        let mut row = vec![totals.clause.clone(), totals.rule.clone()];
        row.extend(columns.iter().map(|column| both(column(&old), column(&new))));
        row.push(totals.moved.to_string());
        rows.push(row);
    }
    columns(&rows)
}

fn moved(simulation: &Simulation) -> String {
    let moved: Vec<&Compared> = simulation.obligations.iter().filter(|one| one.moved).collect();
    if moved.is_empty() {
        return "\nNothing moves.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = moved.iter().map(|one| moved_row(one)).collect();
    format!("\nWhat moves: {}\n{}", count(moved.len(), "obligation"), columns(&rows))
}

/// Case, clause, rule, subject, and both sides.
pub(crate) fn moved_row(one: &Compared) -> Vec<String> {
    let side = |outcome: &Option<Outcome>| match outcome {
        None => "not owed".to_owned(),
        Some(outcome) => match &outcome.due {
            Some(due) => format!("{} {due}", outcome.state.name()),
            None => outcome.state.name().to_owned(),
        },
    };
    vec![
        one.case.clone(),
        one.clause.clone(),
        one.rule.clone(),
        one.subject.clone(),
        format!("{} \u{2192} {}", side(&one.old), side(&one.new)),
    ]
}

/// Rules that never began somewhere, with what they wait for.
fn dormant(simulation: &Simulation) -> String {
    let mut waiting: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    for one in &simulation.obligations {
        let dormant = one
            .new
            .as_ref()
            .filter(|outcome| outcome.state == psirt::clock::State::Dormant);
        if let Some(outcome) = dormant {
            *waiting
                .entry((&one.clause, &one.rule, outcome.waits_for.join(", ")))
                .or_default() += 1;
        }
    }
    if waiting.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = waiting
        .iter()
        .map(|((clause, rule, waits_for), number)| {
            let waits_for = match waits_for.is_empty() {
                true => "its start".to_owned(),
                false => waits_for.clone(),
            };
            vec![
                (*clause).to_owned(),
                (*rule).to_owned(),
                number.to_string(),
                format!("waits for {waits_for}"),
            ]
        })
        .collect();
    format!("\nDormant, for want of a fact or an event\n{}", columns(&rows))
}
