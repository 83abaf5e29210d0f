//! Letters of ours that wait, are late or were given up, for whoever looks after them.
//!
//! Owns the rows, and since when a letter is late. Shows no address: a report says who sent it.

use super::lost::is_settled;
use crate::Casework;
use crate::actions::READ_CASE;
use crate::actor::Actor;
use crate::error::ActError;
use crate::jobs::{CLAIM, later, wait_after};
use crate::permit::permit_list;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Report};
use psirt::event::Kind;
use psirt::house::dispatch::{Dispatch, DispatchEnd, LetterKind};

/// In so much time every report is acknowledged (D20), and whatever else may go has gone.
const PROMPT: SignedDuration = SignedDuration::from_mins(5);

/// A letter in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedLetter {
    /// The tracking number of the report whose sender it is for.
    pub number: String,
    /// What it is about.
    pub letter: &'static str,
    /// `waits`, `put-off`, `unclear`, `sent`, `folded`, `given-up`, `withheld` or `dropped`.
    pub state: &'static str,
    /// Since when it is to go.
    pub ordered: Timestamp,
    /// How often it was begun.
    pub tries: u32,
    /// What came of the last attempt, why it ended so, or over what line it was delivered.
    pub why: Option<String>,
    /// When it ended, if it did.
    pub ended: Option<Timestamp>,
}

/// How many letters are late, and since when the first of them is; none if none is.
#[must_use]
pub fn late_letters(board: &Board, now: Timestamp) -> Option<(usize, Timestamp)> {
    late(board.open_reports().flat_map(|(_, report)| &report.letters), now)
}

/// The same of the letters to whoever sent one report.
#[must_use]
pub fn late_letters_to(report: &Report, now: Timestamp) -> Option<(usize, Timestamp)> {
    late(&report.letters, now)
}

fn late<'b>(letters: impl IntoIterator<Item = &'b Dispatch>, now: Timestamp) -> Option<(usize, Timestamp)> {
    let late = letters
        .into_iter()
        .filter(|letter| letter.waits())
        .map(due)
        .filter(|due| *due < now);
    late.fold(None, |known, due| match known {
        None => Some((1, due)),
        Some((count, first)) => Some((count + 1, first.min(due))),
    })
}

/// From when on a letter that waits is late: an acknowledgement when its promise is over, whatever keeps it; any other one when it was to be
/// begun, for the first time or again.
fn due(letter: &Dispatch) -> Timestamp {
    let begins = match letter
        .tried
        .filter(|_| letter.letter != LetterKind::Acknowledgement || letter.encrypted)
    {
        None => letter.ordered,
        // Whoever began it may have died; the claim ends first.
        Some(tried) if letter.is_open => later(tried, CLAIM),
        Some(tried) => later(tried, wait_after(u64::from(letter.begun))),
    };
    later(begins, PROMPT)
}

impl Casework {
    /// Letters that wait, and those that were given up or withheld while nobody has settled them, the oldest first; with `all` every other one, too.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`].
    pub fn letters(&self, actor: &Actor, all: bool) -> Result<Vec<QueuedLetter>, ActError> {
        let board = self.board();
        permit_list(&board.house, actor, &READ_CASE)?;
        let now = self.now();
        let reports = board
            .named_numbers()
            .filter_map(|(_, stream)| Some((stream, board.report(stream)?)));
        let letters = reports.flat_map(|(stream, report)| {
            let board = &board;
            let wanted =
                move |letter: &&Dispatch| all || letter.waits() || !is_settled(board, stream, report, letter, now);
            let letters = report.letters.iter().filter(wanted);
            letters.map(move |letter| row(board, &report.number, letter))
        });
        let mut letters: Vec<QueuedLetter> = letters.collect();
        letters.sort_by_key(|letter| letter.ordered);
        Ok(letters)
    }
}

/// What a letter is about, in a word. Where its reader was told only that there is something, it was news.
pub(super) fn about(board: &Board, letter: &Dispatch) -> &'static str {
    let LetterKind::News { case, entry } = &letter.letter else {
        return letter.letter.word();
    };
    if letter.taken().is_some() && !letter.told {
        return letter.letter.word();
    }
    let case = board.case(case);
    let entry = case.and_then(|case| case.entries.iter().find(|known| known.seq == *entry));
    match entry.map(|entry| entry.event.kind()) {
        Some(Kind::Messaged) => "message",
        Some(Kind::InfoRequested) => "question",
        Some(Kind::ReportedBack) => "findings",
        Some(Kind::Rejected | Kind::DuplicateOf) => "decision",
        _ => letter.letter.word(),
    }
}

fn row(board: &Board, number: &str, letter: &Dispatch) -> QueuedLetter {
    let last = || letter.last.as_ref().map(|(_, why)| why.clone());
    let (state, why) = match &letter.end {
        None if letter.unclear > 0 || letter.is_open => ("unclear", last()),
        None if letter.begun > 0 => ("put-off", last()),
        None => ("waits", None),
        Some((_, DispatchEnd::Taken)) => ("sent", letter.line.map(|line| line.words().to_owned())),
        Some((_, DispatchEnd::Folded(_))) => ("folded", None),
        Some((_, DispatchEnd::GivenUp(why))) => ("given-up", Some(why.clone())),
        Some((_, DispatchEnd::Withheld(why))) => ("withheld", Some(why.clone())),
        Some((_, DispatchEnd::Dropped(why))) => ("dropped", Some(why.clone())),
    };
    QueuedLetter {
        number: number.to_owned(),
        letter: about(board, letter),
        state,
        ordered: letter.ordered,
        tries: letter.begun,
        why,
        ended: letter.end.as_ref().map(|(at, _)| *at),
    }
}
