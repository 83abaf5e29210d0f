//! Whom a message of the team reaches: by a letter, in a room, or nobody at all.
//!
//! Owns the question, which the desk asks of what was said. What is ordered, and what a room shows, others decide. Never writes.

use super::order::is_stale;
use psirt::board::{Board, Case};
use psirt::event::Entry;
use psirt::house::dispatch::{DispatchEnd, LetterKind};

/// How a message reaches its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A letter was ordered.
    Letter,
    /// The reporter's room shows it.
    Room,
    /// It was said long before it was recorded, and so on another way.
    Elsewhere,
    /// The case has several reporters, or none, and it says none of them.
    NobodyNamed,
    /// Its reader can neither be written to nor has a room.
    NoWay,
}

/// How an entry of a case that speaks to a reporter reaches them.
#[must_use]
pub fn reach(board: &Board, (stream, case): (&str, &Case), entry: &Entry) -> Reach {
    let concerned = entry.report.clone();
    let number = concerned.or_else(|| board.report_concerned(case, &entry.event));
    let found = number.and_then(|number| board.report_of_number(&number).map(|(report, _)| report.to_owned()));
    let Some(report) = found else {
        return Reach::NobodyNamed;
    };
    let news = LetterKind::News {
        case: stream.to_owned(),
        entry: entry.seq,
    };
    let letters = board.report(&report).map(|report| report.letters.as_slice());
    let goes = |end: Option<&DispatchEnd>| !matches!(end, Some(DispatchEnd::GivenUp(_) | DispatchEnd::Dropped(_)));
    let mut letters = letters.unwrap_or_default().iter();
    if letters.any(|letter| letter.letter == news && goes(letter.end.as_ref().map(|(_, end)| end))) {
        return Reach::Letter;
    }
    match board.lock_of(&report) {
        Some(_) => Reach::Room,
        None if is_stale(entry.at, entry.recorded) => Reach::Elsewhere,
        None => Reach::NoWay,
    }
}
