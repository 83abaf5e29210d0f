//! `candor mail queue`: letters of ours that wait, and those that were given up.
//!
//! Owns the columns. Shows no address: the report says who sent it.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::post::templates;
use crate::session::{Session, actor};
use crate::words::columns;
use casework::QueuedLetter;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) fn list(global: &Global, session: &mut Session, all: bool) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let rows = house.casework.letters(&actor(global)?, all)?;
    let has_server = house.config.mail.out.is_some();
    let head = ["number", "letter", "since", "state", "tries", "why"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(columns_of));
    let mut text = match (rows.is_empty(), all) {
        (true, true) => "No letter was ever ordered.\n".to_owned(),
        (true, false) => "No letter waits.\n".to_owned(),
        (false, _) => columns(&table),
    };
    if rows.iter().any(|row| matches!(row.state, "given-up" | "withheld")) {
        text.push_str("Another try of what was given up or withheld: `candor jobs list`, then `candor jobs retry`; what nobody needs: `candor jobs drop`.\n");
    }
    let mut notes = match has_server {
        true => Vec::new(),
        false => vec![
            "nothing is sent: candor.toml names no mail server (`[mail.out]`, `smart_host` or `direct`)".to_owned(),
        ],
    };
    // Letters go out all the same.
    let faults = templates::check(&house.root).into_iter();
    notes.extend(faults.map(|fault| format!("our own words are said, since these do not do: {fault}")));
    let shown = Shown::new(rows.iter().map(as_json).collect::<Vec<_>>(), text)?;
    Ok(shown.notes(notes))
}

fn columns_of(row: &QueuedLetter) -> Vec<String> {
    vec![
        row.number.clone(),
        row.letter.to_owned(),
        row.ordered.strftime("%F %R").to_string(),
        row.state.to_owned(),
        row.tries.to_string(),
        row.why.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

fn as_json(row: &QueuedLetter) -> Value {
    let at = |at: Timestamp| at.to_string();
    json!({
        "number": row.number,
        "letter": row.letter,
        "state": row.state,
        "ordered": at(row.ordered),
        "tries": row.tries,
        "why": row.why,
        "ended": row.ended.map(at),
    })
}
