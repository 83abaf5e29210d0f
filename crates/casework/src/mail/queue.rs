//! Letters of ours that wait, are late or were given up, for whoever looks after them.
//!
//! Owns the rows, and since when a letter is late. Shows no address: a report says who sent it.

use super::dispatch::is_acknowledged;
use super::order::job_key;

use crate::Casework;
use crate::actions::READ_CASE;
use crate::actor::Actor;
use crate::error::ActError;
use crate::jobs::{CLAIM, later, wait_after};
use crate::permit::permit;
use crate::room::home;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Case};
use psirt::house::dispatch::{Dispatch, DispatchEnd, LetterKind};
use store::StreamId;

/// In so much time every report is acknowledged (D20), and whatever else may go has gone.
const PROMPT: SignedDuration = SignedDuration::from_mins(5);

/// A letter in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedLetter {
    /// The tracking number of the report whose sender it is for.
    pub number: String,
    /// What it is about.
    pub letter: &'static str,
    /// `waits`, `put-off`, `unclear`, `sent`, `folded`, `given-up` or `dropped`.
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

/// A letter that did not arrive, and that no later one of its kind made up for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostLetter {
    /// What it is about.
    pub letter: &'static str,
    /// Why it was given up.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// The job that tries it once more.
    pub job: String,
    /// Whether it says what a promise wants to be said, so that whoever says it on another way records that.
    pub owed: bool,
}

/// The letters to whoever sent a report that were given up.
#[must_use]
pub fn lost_letters(board: &Board, stream: &str) -> Vec<LostLetter> {
    let Some((report, id)) = board.report(stream).zip(StreamId::new(stream).ok()) else {
        return Vec::new();
    };
    let made_up = |lost: &Dispatch| {
        let mut same = report.letters.iter().filter(|known| known.letter == lost.letter);
        same.any(|known| known.taken().is_some() || matches!(known.end, Some((_, DispatchEnd::Folded(_)))))
    };
    let lost = report.letters.iter().filter_map(|letter| match &letter.end {
        Some((at, DispatchEnd::GivenUp(why))) if !made_up(letter) => Some(LostLetter {
            letter: letter.letter.word(),
            why: why.clone(),
            at: *at,
            job: job_key(&id, letter.id).ok()?.to_string(),
            owed: letter.letter == LetterKind::Acknowledgement && !is_acknowledged(board, stream),
        }),
        _ => None,
    });
    lost.collect()
}

/// How many letters are late, and since when the first of them is; none if none is.
#[must_use]
pub fn late_letters(board: &Board, now: Timestamp) -> Option<(usize, Timestamp)> {
    let letters = board.open_reports().flat_map(|(_, report)| &report.letters);
    let late = letters
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

/// The case that a job is about, with its stream: that of its report, if it is about one.
#[must_use]
pub fn case_of_job<'b>(board: &'b Board, job: &'b str) -> Option<(&'b str, &'b Case)> {
    // EFFECT:STREAM:WHAT, in which a stream may have any character.
    let (_, about) = job.split_once(':')?;
    let (stream, _) = about.rsplit_once(':')?;
    board
        .case(stream)
        .map(|case| (stream, case))
        .or_else(|| home(board, stream))
}

impl Casework {
    /// Letters that wait or were given up, the oldest first; with `all` those too that went out, or had nothing to say.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn letters(&self, actor: &Actor, all: bool) -> Result<Vec<QueuedLetter>, ActError> {
        let board = self.board();
        permit(&board.house, actor, &READ_CASE)?;
        let reports = board.named_numbers().filter_map(|(_, stream)| board.report(stream));
        let letters = reports.flat_map(|report| report.letters.iter().map(|letter| row(&report.number, letter)));
        let mut letters: Vec<QueuedLetter> = letters.collect();
        letters.retain(|letter| all || matches!(letter.state, "waits" | "put-off" | "unclear" | "given-up"));
        letters.sort_by_key(|letter| letter.ordered);
        Ok(letters)
    }
}

fn row(number: &str, letter: &Dispatch) -> QueuedLetter {
    let last = || letter.last.as_ref().map(|(_, why)| why.clone());
    let (state, why) = match &letter.end {
        None if letter.unclear > 0 || letter.is_open => ("unclear", last()),
        None if letter.begun > 0 => ("put-off", last()),
        None => ("waits", None),
        Some((_, DispatchEnd::Taken)) => ("sent", letter.line.map(|line| line.words().to_owned())),
        Some((_, DispatchEnd::Folded(_))) => ("folded", None),
        Some((_, DispatchEnd::GivenUp(why))) => ("given-up", Some(why.clone())),
        Some((_, DispatchEnd::Dropped(why))) => ("dropped", Some(why.clone())),
    };
    QueuedLetter {
        number: number.to_owned(),
        letter: letter.letter.word(),
        state,
        ordered: letter.ordered,
        tries: letter.begun,
        why,
        ended: letter.end.as_ref().map(|(at, _)| *at),
    }
}
