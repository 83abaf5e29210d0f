//! Advisories as `candor advisory` shows them: the list, one with its comments and findings, its differences, its entries for release notes.
//!
//! Never changes anything.

use super::found;
use crate::cli::Global;
use crate::command::audience;
use crate::command::case::disclosure;
use crate::command::product::note_json;
use crate::command::prospect::{early_json, findings_json, findings_text, outlook_text};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use crate::words::{columns, paragraph};
use jiff::Timestamp;
use psirt::advisory::{Advisory as Text, AdvisoryState, LineState, LineStatement, Stage, label};
use serde_json::{Value, json};

pub(super) fn list(house: &House, global: &Global) -> Result<Shown, Failure> {
    house.casework.may_read(&actor(global)?)?;
    let board = house.casework.board();
    let rows: Vec<_> = board.advisories.iter().map(|(id, state)| row(id, state)).collect();
    let json: Vec<Value> = board.advisories.iter().map(|(id, state)| summary(id, state)).collect();
    let text = if rows.is_empty() {
        "No advisories.\n".to_owned()
    } else {
        columns(&rows)
    };
    Shown::new(json, text)
}

pub(super) fn show(
    house: &House,
    global: &Global,
    id: &str,
    by_field: bool,
    by_finding: bool,
) -> Result<Shown, Failure> {
    let prospect = house.casework.prospect(&actor(global)?, id)?;
    let board = house.casework.board();
    let (id, state) = found(&board, id).ok_or_else(|| Failure::refused("no such advisory, or not for you"))?;
    let mut json = summary(id, state);
    if let Some(object) = json.as_object_mut() {
        let more = json!({
            "drafted_by": state.drafted_by,
            "approved_by": state.approved_by,
            "reviewer": state.reviewer,
            "sent_back": state.sent_back.as_ref().map(|(by, why)| json!({ "by": by, "why": why })),
            "comments": state.comments,
            "versions": state.versions,
            "tombstones": state.tombstones,
            "limited": state.limited,
            "advisory": state.draft,
            "findings": findings_json(&prospect.findings),
            "missing": prospect.missing,
            "early": early_json(&prospect),
            "held_aside": board.house.held_aside(state, house.now()),
        });
        object.extend(more.as_object().cloned().unwrap_or_default());
    }
    if by_field {
        let fields = psirt::advisory::fields(&state.draft);
        let words = |name: &str| label(&state.draft, name).to_string();
        let rows: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| vec![words(&name), name, value])
            .collect();
        return Shown::new(json, columns(&rows));
    }
    if by_finding {
        return Shown::new(json, findings_text(&state.draft, &prospect.findings));
    }
    Shown::new(
        json,
        format!(
            "{}{}{}{}",
            text(id, state),
            kept_back(state, board.house.held_aside(state, house.now())),
            talk(state),
            outlook_text(&prospect)
        ),
    )
}

fn row(id: &str, state: &AdvisoryState) -> Vec<String> {
    let number = if state.draft.number.is_empty() {
        "(no number yet)"
    } else {
        &state.draft.number
    };
    let waits = state.schedule.as_ref().filter(|_| state.stage == Stage::Scheduled);
    let stage = match waits {
        Some(schedule) => format!("{} for {}", stage(state), in_zone(schedule.at, &schedule.zone)),
        None => stage(state).to_owned(),
    };
    vec![id.to_owned(), number.to_owned(), stage, state.draft.title.clone()]
}

fn stage(state: &AdvisoryState) -> &'static str {
    if state.ordered.is_some() && !state.on_disk {
        "ordered"
    } else {
        state.stage.name()
    }
}

fn summary(id: &str, state: &AdvisoryState) -> Value {
    let order = state.order.as_ref();
    let schedule = state.schedule.as_ref();
    json!({
        "id": id,
        "stage": stage(state),
        "number": state.draft.number,
        "title": state.draft.title,
        "scheduled": schedule.map(|schedule| schedule.at.to_string()),
        "zone": schedule.map(|schedule| &schedule.zone),
        "held_back": schedule.and_then(|schedule| schedule.held_back.as_ref()),
        "late_s": order.and_then(|order| order.late_s),
    })
}

fn text(id: &str, state: &AdvisoryState) -> String {
    let Text {
        title,
        summary,
        vulnerabilities,
        revisions,
        ..
    } = &*state.draft;
    let mut text = columns(&[row(id, state)]);
    text.push_str(&format!("\n{}", paragraph("  ", &format!("{title}. {summary}"))));
    for vulnerability in vulnerabilities {
        let score = vulnerability
            .scores
            .first()
            .map(|score| score.vector.clone())
            .unwrap_or_default();
        let band = vulnerability
            .band
            .as_ref()
            .map(|band| format!("{} ({})", band.label, band.clause))
            .unwrap_or_default();
        let rated = [band, score].into_iter().filter(|part| !part.is_empty());
        text.push_str(&format!("\n  {}\n", rated.collect::<Vec<_>>().join("  ")));
        let lines = vulnerability.lines.iter();
        let lines: Vec<Vec<String>> = lines
            .map(|line| vec![format!("    {}", line.product), line.affected.clone(), standing(line)])
            .collect();
        text.push_str(&columns(&lines));
        for remedy in &vulnerability.remedies {
            text.push_str(&paragraph("    ", &remedy.text));
        }
    }
    for revision in revisions {
        text.push_str(&format!(
            "\n  revision {}  {}  {}",
            revision.printed(),
            revision.at,
            revision.summary
        ));
    }
    text
}

/// Why it is not out although its instant has come, or although its release was ordered.
fn kept_back(state: &AdvisoryState, held_aside: Option<String>) -> String {
    let held_back = state.schedule.iter().filter_map(|schedule| {
        let why = schedule.held_back.as_ref()?;
        let at = in_zone(schedule.at, &schedule.zone);
        Some(format!("held back at {at}, and asked again until it may go: {why}"))
    });
    let held_aside = held_aside.map(|why| format!("not published, and everything else was: {why}"));
    let told = held_back.chain(held_aside);
    told.map(|why| format!("\n{}", paragraph("  ", &why))).collect()
}

/// How a line stands, in a few words.
fn standing(line: &LineStatement) -> String {
    match (line.state, &line.fixed, &line.justification) {
        (LineState::NotAffected, _, Some(reason)) => format!("{}: {reason}", line.state.words()),
        (LineState::Fixed, Some(version), _) => format!("fixed in {version}"),
        (LineState::Affected, ..) => "affected, no fixed version".to_owned(),
        _ => line.state.words().to_owned(),
    }
}

/// What was said on the text, and what is left of versions that had to go.
fn talk(state: &AdvisoryState) -> String {
    let mut text = String::new();
    if let Some((by, why)) = &state.sent_back {
        text.push_str(&format!("\n  sent back by {by}: {why}\n"));
    }
    for comment in &state.comments {
        let field = if comment.field.is_empty() {
            "the text".to_owned()
        } else {
            format!("{} ({})", label(&state.draft, &comment.field), comment.field)
        };
        let settled = comment.resolved_by.as_deref().map(|by| format!(", settled by {by}"));
        let head = format!(
            "{} on {field}, {}{}",
            comment.id,
            comment.by,
            settled.unwrap_or_default()
        );
        text.push_str(&format!("\n  comment {head}\n{}", paragraph("    ", &comment.text)));
        for (by, _, answer) in &comment.answers {
            text.push_str(&paragraph("      ", &format!("{by}: {answer}")));
        }
    }
    text.push_str(&audience::shown(state));
    for gone in &state.tombstones {
        text.push_str(&format!(
            "\n  version {} was removed on {}: {} (SHA-256 {})\n",
            gone.revision, gone.at, gone.why, gone.sha256
        ));
    }
    text
}

/// The entries for release notes, each under its line and version.
pub(super) fn release_notes(house: &House, global: &Global, id: &str) -> Result<Shown, Failure> {
    let notes = house.casework.release_notes(&actor(global)?, id)?;
    let mut text = String::new();
    for note in &notes {
        let version = note.version.as_deref().map(|version| format!(" {version}"));
        text.push_str(&format!(
            "## {}{}\n\n{}\n",
            note.product,
            version.unwrap_or_default(),
            note.markdown
        ));
    }
    if notes.is_empty() {
        text.push_str("No line of it is fixed yet.\n");
    }
    if let Some(cve) = notes.iter().find_map(|note| note.cve.as_deref()) {
        text.push_str(&format!("warning: {}\n", disclosure(cve)));
    }
    let json: Vec<Value> = notes.iter().map(note_json).collect();
    Shown::new(json, text)
}

/// What differs, each field with what it was and what it is.
pub(super) fn diff(house: &House, global: &Global, id: &str, with: Option<&str>) -> Result<Shown, Failure> {
    let changes = house.casework.advisory_difference(&actor(global)?, id, with)?;
    let board = house.casework.board();
    let advisory = found(&board, id)
        .map(|(_, state)| state.draft.clone())
        .unwrap_or_default();
    let mut text = String::new();
    for change in &changes {
        text.push_str(&format!("{}  ({})\n", label(&advisory, &change.field), change.field));
        for (sign, side) in [("-", &change.before), ("+", &change.after)] {
            for line in side.iter().flat_map(|side| side.lines()) {
                text.push_str(&format!("  {sign} {line}\n"));
            }
        }
    }
    if changes.is_empty() {
        text.push_str("Nothing differs.\n");
    }
    let json: Vec<Value> = changes
        .iter()
        .map(|change| json!({ "field": change.field, "words": label(&advisory, &change.field).to_string(), "before": change.before, "after": change.after }))
        .collect();
    Shown::new(json, text)
}

/// An instant as a zone tells it; without one, in UTC.
pub(super) fn in_zone(at: Timestamp, zone: &str) -> String {
    match at.in_tz(zone) {
        Ok(local) => local.strftime("%F %H:%M:%S %Q").to_string(),
        Err(_) => at.to_string(),
    }
}
