//! What `candor case show` says of the letters of a case that want somebody: lost, late, or to a reporter whom nothing reaches.
//!
//! Owns how they look. What is wrong with one, and the command for it, are the words that the desk has, too. Never sends one and settles none.

use crate::words::{count, paragraph, point, span};
use casework::{late_letters_to, lost_letters, no_letter, unreached};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::{Board, Case};
use psirt::clock::report::rfc3339;
use serde_json::{Value, json};

/// The lines for a person, and the same for a program.
pub(super) fn letters(
    board: &Board,
    (stream, case): (&str, &Case),
    zone: &TimeZone,
    now: Timestamp,
) -> (String, Value) {
    let age = |since: Timestamp| span(u64::try_from(now.duration_since(since).as_secs()).unwrap_or(0));
    let at = |at: Timestamp| rfc3339(at, zone);
    let here = case
        .reports
        .iter()
        .filter_map(|stream| Some((stream.as_str(), board.report(stream)?)))
        .filter(|(_, report)| !case.view.moved_reports.contains(&report.number));
    let mut text = String::new();
    let (mut lost, mut late, mut none, mut nobody) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (stream, report) in here {
        let number = &report.number;
        for letter in lost_letters(board, stream, now) {
            text.push_str(&point("  ", &letter.told(&super::show::moment(letter.at, zone))));
            for (what, command) in letter.commands() {
                text.push_str(&paragraph("    ", &format!("{what}: {command}")));
            }
            lost.push(json!({
                "report": number, "letter": letter.letter, "why": letter.why, "at": at(letter.at), "job": letter.job, "withheld": letter.withheld,
            }));
        }
        if let Some((letters, since)) = late_letters_to(report, now) {
            let words = format!(
                "{number}: {} late for {}: candor mail queue",
                count(letters, "letter"),
                age(since)
            );
            text.push_str(&point("  ", &words));
            late.push(json!({ "report": number, "letters": letters, "since": at(since) }));
        }
        if let Some(why) = no_letter(board, report) {
            text.push_str(&point("  ", &format!("{number}: {why}")));
            none.push(json!({ "report": number, "why": why }));
        }
    }
    for one in unreached(board, [stream], now) {
        let (title, what) = one.told(&age(one.why.since()));
        text.push_str(&point("  ", &format!("{title}. {what}")));
        nobody.push(json!({ "report": one.number, "why": one.why.word(), "since": at(one.why.since()) }));
    }
    if !text.is_empty() {
        text.insert_str(0, "\nLetters that want somebody\n");
    }
    (
        text,
        json!({ "lost": lost, "late": late, "no_letter": none, "unreached": nobody }),
    )
}
