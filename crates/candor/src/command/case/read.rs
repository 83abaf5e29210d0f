//! `candor case read`: what was written in a case, the texts of its reports and every message. Of what is restricted, redacted copies alone go to who may not read it.

use super::show::find;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use crate::words::{harmless, indented};
use casework::{Words, kept_from};
use psirt::case::view::Side;
use serde_json::{Value, json};

pub(super) fn read(house: &House, global: &Global, number: &str) -> Result<Shown, Failure> {
    let actor = actor(global)?;
    let words = house.casework.words(&actor, number)?;
    let mut text: String = words.iter().map(in_words).collect();
    if words.is_empty() {
        text.push_str("Nobody has written yet.\n");
    }
    let board = house.casework.board();
    if let Some(kept) = find(&board, number)
        .ok()
        .and_then(|case| kept_from(&board, &actor, case))
    {
        text.push_str(&format!("{kept}\n"));
    }
    Shown::new(words.iter().map(as_json).collect::<Vec<_>>(), text)
}

fn in_words(said: &Words) -> String {
    let what = match (&said.report, said.entry) {
        (Some(report), _) => format!("Report {report}"),
        (None, Some(entry)) => {
            let elsewhere = said.case.as_ref().map_or_else(String::new, |case| format!("{case}#"));
            format!("Entry {elsewhere}{entry}, {} {}", side(said.side), said.by)
        }
        (None, None) => side(said.side).to_owned(),
    };
    let copy = said.redacted.as_ref().map_or_else(String::new, |(by, why)| {
        format!(", redacted by {by}: {}", harmless(why))
    });
    let at = said
        .at
        .map_or_else(String::new, |at| at.strftime("  %F %R").to_string());
    format!("{what}{at}{copy}\n{}\n", indented("    ", &harmless(&said.text)))
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Inside => "note of",
        Side::From => "from",
        Side::To => "to the reporter, by",
    }
}

fn as_json(said: &Words) -> Value {
    json!({
        "entry": said.entry,
        "case": said.case,
        "report": said.report,
        "at": said.at.map(|at| at.to_string()),
        "by": said.by,
        "side": match said.side { Side::Inside => "inside", Side::From => "from", Side::To => "to" },
        "text": said.text,
        "redacted": said.redacted.as_ref().map(|(by, why)| json!({ "by": by, "why": why })),
    })
}
