//! The end of the demonstration: stories out, every date computed again from them, and one table of all promises.
//!
//! Owns the comparison. It reads what the stage kept when a case was shown, not what is computed now.

use super::acts::Cast;
use super::stage::Stage;
use crate::failure::Failure;
use crate::words::{columns, count, indented};
use serde_json::Value;

/// Exports every story, compares, and prints the table. Gives back the rows of the table.
pub(super) fn tell(stage: &mut Stage<'_, '_>, cast: &Cast) -> Result<Vec<Value>, Failure> {
    stage.act("What was promised, and what came of it")?;
    stage.say("Each case leaves as a story, the format in which policies are tested. `candor policy due` computes the dates anew from the story alone.")?;
    let stories = stage.dir.join("stories");
    std::fs::create_dir_all(&stories)
        .map_err(|error| Failure::machine(format!("{}: {}", stories.display(), error.kind())))?;
    let mut table = Vec::new();
    let mut rows = Vec::new();
    for number in cast.numbers() {
        let story = stories.join(format!("{number}.toml"));
        stage.run(&format!(
            "case export {number} --story --output \"{}\" --as lead",
            story.display()
        ))?;
        let shown = stage.show_quietly(number)?;
        for row in shown.get("obligations").and_then(Value::as_array).into_iter().flatten() {
            if let Some(line) = line(number, row) {
                table.push(line);
                rows.push(row.clone());
            }
        }
    }
    let compared = compare(stage)?;
    stage.print(&format!(
        "\n  {} of promises, as they were shown on the way: every date of every row comes out the same.\n\n",
        count(compared, "table")
    ))?;
    stage.print(&indented("  ", &columns(&table)))?;
    let of = |states: &[&str]| {
        rows.iter()
            .filter(|row| states.iter().any(|state| row["state"] == *state))
            .count()
    };
    let (kept, late, open) = (
        of(&["met", "met-unverified"]),
        of(&["met-late", "breached", "overdue"]),
        of(&["running", "due-soon"]),
    );
    stage.print(&format!("\n  {kept} kept, {late} late, {open} still running.\n"))?;
    Ok(rows)
}

/// A promise that began, as a line of the table.
fn line(number: &str, row: &Value) -> Option<Vec<String>> {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    if matches!(text("state"), "dormant" | "superseded") {
        return None;
    }
    let day = |key: &str| text(key).get(..16).unwrap_or_default().replace('T', " ");
    let due = match (day("due"), day("not_before")) {
        (due, _) if !due.is_empty() => format!("due {due}"),
        (_, not_before) if !not_before.is_empty() => format!("from {not_before}"),
        _ => "no date".to_owned(),
    };
    let met = day("met_at");
    let met = if met.is_empty() {
        String::new()
    } else {
        format!("done {met}")
    };
    Some(vec![
        number.to_owned(),
        text("clause").to_owned(),
        text("rule").to_owned(),
        text("subject").to_owned(),
        text("state").to_owned(),
        due,
        met,
    ])
}

/// Computes every kept table again, by `policy due` on the exported story at the instant of the showing. Gives back how many there were.
fn compare(stage: &mut Stage<'_, '_>) -> Result<usize, Failure> {
    let folder = stage.dir.join("obligations");
    let failed = |error: std::io::Error| Failure::machine(format!("{}: {}", folder.display(), error.kind()));
    let mut files = std::fs::read_dir(&folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    files.sort();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(failed)?;
        let snapshot: Value =
            serde_json::from_str(&text).map_err(|error| Failure::machine(format!("{}: {error}", file.display())))?;
        let word = |key: &str| snapshot.get(key).and_then(Value::as_str).unwrap_or_default();
        let story = stage.dir.join("stories").join(format!("{}.toml", word("number")));
        let computed = stage.quietly(&format!("policy due \"{}\" --now {}", story.display(), word("now")))?;
        let shown = snapshot.get("obligations").cloned().unwrap_or_default();
        if dates(&shown) != dates(&computed) {
            return Err(Failure::machine(format!(
                "{} differs from what `policy due` computes from {}",
                file.display(),
                story.display()
            )));
        }
    }
    Ok(files.len())
}

/// Rows without their proofs: these name places of entries, which an export numbers anew.
fn dates(rows: &Value) -> Vec<Value> {
    let mut rows = rows.as_array().cloned().unwrap_or_default();
    for row in &mut rows {
        if let Some(row) = row.as_object_mut() {
            row.remove("proof");
        }
    }
    rows
}
