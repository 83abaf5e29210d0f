//! `candor case list`, `show` and `why`: what is due next, where a case stands, and the proof of every date.
//!
//! Owns how a case looks on a terminal. Never computes: the board does.

use crate::cli::Global;
use crate::command::due::{dates_in_words, proofs};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use crate::words::{columns, indented};
use casework::{ListedFile, kept_from, kept_in_words, listed_files};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::{Board, Glance};
use psirt::case::missing::{Need, missing};
use psirt::case::phase::Phase;
use psirt::case::signal::Signal;
use psirt::clock::length::Counting;
use psirt::clock::report::{self, Row};
use psirt::clock::{Obligation, State};
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only cases on which somebody still works
    #[arg(long)]
    open: bool,
    /// Only cases that say all these words in their title, names, numbers or last message
    #[arg(long, value_name = "WORDS", num_args = 1..)]
    search: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The case's tracking number, or that of any of its reports
    number: String,
}

#[derive(Args, Debug)]
pub(crate) struct Why {
    /// The case's tracking number, or that of any of its reports
    number: String,
    /// Only this rule, or the rules of this clause: `N3`
    rule: Option<String>,
}

/// The case of a number, or the one answer for "no such case" and "not for you" (law 7).
pub(super) fn find<'a>(board: &'a Board, number: &str) -> Result<&'a psirt::board::Case, Failure> {
    let typed = psirt::case::number::Number::parse(number).ok();
    let case = typed
        .and_then(|number| board.case_of_number(number.as_str()))
        .or_else(|| board.case_of_other_name(number.trim()))
        .map(|(_, case)| case);
    case.ok_or_else(|| Failure::refused("no such case, or not for you"))
}

/// The next date of a case: the earliest that is still owed.
fn next_due<'a, 'b>(obligations: &'b [Obligation<'a>]) -> Option<&'b Obligation<'a>> {
    let owed = |state| {
        matches!(
            state,
            State::Running | State::DueSoon | State::Overdue | State::Breached
        )
    };
    obligations
        .iter()
        .filter(|obligation| owed(obligation.state) && obligation.due.is_some())
        .min_by_key(|obligation| obligation.due)
}

/// An instant for a person: `2026-03-05 23:59`, in the policy's zone.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

impl List {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        house.casework.may_read(&actor(global)?)?;
        let words = self.search.join(" ").to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut rows: Vec<(Option<Timestamp>, Vec<String>, Value)> = Vec::new();
        house.casework.glance(|board, glances, now| {
            for (stream, glance) in glances.iter().filter(|(_, glance)| glance.says(&words)) {
                let obligations = board.case(stream).map(|case| board.obligations(case, now));
                let obligations = obligations.unwrap_or_default();
                let next = next_due(&obligations).filter(|_| glance.phase.open());
                rows.push(row(glance, next));
            }
            let over = board.over().map(|(_, closed)| &closed.glance);
            for glance in over.filter(|glance| !self.open && glance.says(&words)) {
                rows.push(row(glance, None));
            }
        });
        rows.sort_by_key(|(due, row, _)| (due.unwrap_or(Timestamp::MAX), row.first().cloned()));
        let (lines, json): (Vec<_>, Vec<_>) = rows.into_iter().map(|(_, row, json)| (row, json)).unzip();
        let text = if lines.is_empty() {
            "No cases.\n".to_owned()
        } else {
            columns(&lines)
        };
        Shown::new(json, text)
    }
}

/// A case as a line of the list, by its next date.
fn row(glance: &Glance, next: Option<&Obligation<'_>>) -> (Option<Timestamp>, Vec<String>, Value) {
    let due = next.and_then(|next| next.due);
    let shown = next.zip(due).map_or("nothing due".to_owned(), |(next, due)| {
        format!(
            "{} by {}  §{}",
            next.promise.ends,
            moment(due, &next.policy.front.zone),
            next.promise.clause
        )
    });
    let line = vec![
        glance.number.to_string(),
        phase_words(glance.phase),
        shown,
        glance.title.to_string(),
    ];
    let next = next.map(|next| report::rows(std::slice::from_ref(next)));
    let json = json!({
        "number": glance.number,
        "brand": glance.brand,
        "title": glance.title,
        "phase": glance.phase.name(),
        "next": next.and_then(|mut rows| rows.pop()),
    });
    (due, line, json)
}

/// A phase for a person; a rejection with its exit.
fn phase_words(phase: Phase) -> String {
    match phase {
        Phase::Rejected(exit) => format!("rejected: {exit}"),
        phase => phase.name().to_owned(),
    }
}

impl Show {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        house.casework.may_read(&actor(global)?)?;
        let board = house.casework.board();
        let case = find(&board, &self.number)?;
        let now = house.now();
        let obligations = board.obligations(case, now);
        let rows = report::rows(&obligations);
        let policy = board.policy_of(case);
        let phase = board.phase(case, now);
        let (next, needs) = missing(&case.facts, &case.view, &case.embargo, policy, &obligations, now);
        let signals: Vec<_> = Signal::ALL
            .into_iter()
            .filter_map(|signal| Some((signal, signal.since(&case.facts, now)?)))
            .collect();
        let zone = policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
        let kept = kept_from(&board, &actor(global)?, case);
        let title = match kept {
            Some(_) => board.title(case),
            None => own_title(&board, case),
        };
        let until = kept_in_words(&board, case, now);
        let files: Vec<ListedFile<'_>> = listed_files(case, kept.is_some()).collect();
        let (letters, letters_json) = board
            .case_of_number(&case.number)
            .map(|found| super::letters::letters(&board, found, &zone, now))
            .unwrap_or_default();
        let vultron = psirt::case::vultron::letters(&case.facts, &case.embargo, phase, &obligations, now);
        let counting = policy.map(|policy| Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        });
        let dates = counting
            .map(|counting| case.embargo.dates(&counting))
            .unwrap_or_default();
        let json = json!({
            "number": case.number,
            "brand": case.brand,
            "title": if kept.is_some() { board.given_title(case).0 } else { &case.view.title },
            "restricted": board.is_restricted(case),
            "personal_data": until,
            "phase": phase.name(),
            "vultron": vultron,
            "aliases": case.view.aliases.iter().map(|(id, by)| json!({ "id": id, "by": by })).collect::<Vec<_>>(),
            "merged": case.view.merged,
            "split_from": case.view.split_from,
            "split_off": case.view.split_off,
            "embargo_dates": dates.iter().map(|date| json!({ "by": date.by, "until": report::rfc3339(date.until, &zone), "governs": date.governs })).collect::<Vec<_>>(),
            "next_phase": next.map(Phase::name),
            "missing": needs.iter().map(need_json).collect::<Vec<_>>(),
            "signals": signals.iter().map(|(signal, since)| json!({ "signal": signal.name(), "since": since.to_string() })).collect::<Vec<_>>(),
            "embargo_until": psirt::case::embargo::ends_by_policy(&obligations).map(|until| report::rfc3339(until, &zone)),
            "reports": reports(&board, case, kept.is_some()),
            "now": report::rfc3339(now, &zone),
            "files": files.iter().enumerate().map(file_json).collect::<Vec<_>>(),
            "letters": letters_json,
            "obligations": rows,
        });
        let mut text = format!("{}  {title}\n{}  {}", case.number, case.brand, phase_words(phase));
        if let Some(next) = next {
            text.push_str(&format!(", next: {}", next.name()));
        }
        text.push_str(&format!("  {vultron}\n"));
        text.push_str(&relations(case, &self.number));
        if let Some(why) = &kept {
            text.push_str(&format!("{why}\n"));
            if !case.view.copies.is_empty() {
                text.push_str(&format!("Redacted copies: candor case read {}\n", case.number));
            }
        } else if board.is_restricted(case) {
            text.push_str("It holds personal data: others read neither its messages nor its files.\n");
        }
        if let Some(kept) = &until {
            text.push_str(&crate::words::paragraph("", kept));
        }
        let open: Vec<String> = needs.iter().filter(|need| !need.done).map(need_words).collect();
        if !open.is_empty() {
            text.push_str(&format!("\nMissing\n{}", indented("  ", &open.join("\n"))));
        }
        let proposed: Vec<Vec<String>> = dates
            .iter()
            .map(|date| {
                let governs = if date.governs { "governs" } else { "" };
                vec![moment(date.until, &zone), date.by.clone(), governs.to_owned()]
            })
            .collect();
        if !proposed.is_empty() {
            text.push_str(&format!(
                "\nProposed ends of the embargo\n{}",
                indented("  ", &columns(&proposed))
            ));
        }
        let seen: Vec<Vec<String>> = signals
            .iter()
            .map(|(signal, since)| vec![signal.name().to_owned(), moment(*since, &zone)])
            .collect();
        if !seen.is_empty() {
            text.push_str(&format!("\nSignals\n{}", indented("  ", &columns(&seen))));
        }
        let listed: Vec<Vec<String>> = files.iter().enumerate().map(file_row).collect();
        if !listed.is_empty() {
            text.push_str(&format!("\nFiles\n{}", indented("  ", &columns(&listed))));
        }
        text.push_str(&letters);
        text.push_str(&format!("\nPromises\n{}", indented("  ", &table(&rows))));
        Shown::new(json, text)
    }
}

/// What a case is called for who reads all of it.
fn own_title<'a>(board: &'a Board, case: &'a psirt::board::Case) -> &'a str {
    let reports = case.reports.iter().filter_map(|stream| board.report(stream));
    let mut titles = std::iter::once(case.view.title.as_str()).chain(reports.map(|report| report.title.as_str()));
    titles
        .find(|title| !title.is_empty())
        .unwrap_or_else(|| board.title(case))
}

/// What stands in the place of a restricted file's name.
fn restricted_name(index: usize) -> String {
    format!("(restricted file {})", index + 1)
}

fn file_row((index, file): (usize, &ListedFile<'_>)) -> Vec<String> {
    match file {
        ListedFile::Whole(file) => vec![file.name.clone(), format!("{} bytes", file.bytes), file.sha256.clone()],
        ListedFile::Restricted { size } => vec![restricted_name(index), (*size).to_owned()],
    }
}

fn file_json((index, file): (usize, &ListedFile<'_>)) -> Value {
    match file {
        ListedFile::Whole(file) => {
            json!({ "name": file.name, "bytes": file.bytes, "sha256": file.sha256, "report": file.report })
        }
        ListedFile::Restricted { size } => json!({ "name": restricted_name(index), "restricted": true, "size": size }),
    }
}

/// What a case has to do with other cases, and what others call it.
fn relations(case: &psirt::board::Case, asked: &str) -> String {
    let view = &case.view;
    let mut text = String::new();
    let mut line = |words: String| text.push_str(&format!("{words}\n"));
    if view.merged.iter().any(|merged| merged.eq_ignore_ascii_case(asked)) {
        line(format!("{asked} was merged into {}.", case.number));
    }
    if !view.aliases.is_empty() {
        let names: Vec<String> = view
            .aliases
            .iter()
            .map(|(id, by)| by.as_ref().map_or_else(|| id.clone(), |by| format!("{id} ({by})")))
            .collect();
        line(format!("Also known as {}", names.join(", ")));
    }
    for (numbers, words) in [(&view.merged, "Merged with"), (&view.split_off, "Split off:")] {
        if !numbers.is_empty() {
            line(format!("{words} {}", numbers.join(", ")));
        }
    }
    if let Some(from) = &view.split_from {
        line(format!("Split from {from}"));
    }
    text
}

fn reports(board: &Board, case: &psirt::board::Case, kept: bool) -> Vec<Value> {
    let reports = case.reports.iter().filter_map(|stream| board.report(stream));
    let here = |report: &&psirt::board::Report| !case.view.moved_reports.contains(&report.number);
    reports
        .filter(here)
        .map(|report| {
            let title = if kept {
                board.report_title(report)
            } else {
                &report.title
            };
            json!({ "number": report.number, "channel": report.channel, "title": title })
        })
        .collect()
}

fn need_json(need: &Need) -> Value {
    json!({ "text": need.text, "done": need.done, "clause": need.clause, "event": need.event.map(|kind| kind.name()) })
}

fn need_words(need: &Need) -> String {
    match &need.clause {
        Some(clause) => format!("{} ({clause})", need.text),
        None => need.text.clone(),
    }
}

/// Promises as a table: those that wait for something last, and without dates.
pub(crate) fn table(rows: &[Row]) -> String {
    let line = |row: &Row| {
        vec![
            row.clause.clone(),
            row.rule.clone(),
            row.subject.clone(),
            row.state.to_owned(),
            dates_in_words(row),
        ]
    };
    let (dormant, live): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.state == "dormant");
    let mut text = columns(&live.iter().map(|row| line(row)).collect::<Vec<_>>());
    if !dormant.is_empty() {
        let waiting: Vec<String> = dormant
            .iter()
            .map(|row| format!("{} {}", row.clause, row.rule))
            .collect();
        text.push_str(&crate::words::paragraph(
            "",
            &format!("waiting: {}", waiting.join(", ")),
        ));
    }
    text
}

impl Why {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        house.casework.may_read(&actor(global)?)?;
        let board = house.casework.board();
        let case = find(&board, &self.number)?;
        let mut rows = report::rows(&board.obligations(case, house.now()));
        if let Some(rule) = &self.rule {
            let clause = format!("§{}", rule.trim_start_matches('§'));
            rows.retain(|row| row.rule == *rule || row.clause == clause);
            if rows.is_empty() {
                return Err(Failure::refused(format!(
                    "no promise of this case is named `{rule}`; `candor case show {}` lists them",
                    self.number
                )));
            }
        }
        let text = proofs(&rows);
        Shown::new(rows, text)
    }
}
