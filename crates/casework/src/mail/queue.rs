//! Letters of ours that wait or were given up, for whoever looks after them.
//!
//! Owns the rows. Shows no address: a report says who sent it.

use crate::Casework;
use crate::actions::READ_CASE;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use jiff::Timestamp;
use psirt::house::dispatch::{Dispatch, DispatchEnd};

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
