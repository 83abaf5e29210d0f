//! Letters are ordered in the commit that causes them: a report, or what the desk says about one.
//!
//! Owns which events cause a letter. Never sends, and never decides what one says.

use super::arrival::is_ours;
use super::dispatch::push;
use super::letter::{addressees, is_plain_address, written};
use crate::error::ActError;
use crate::plan::Plan;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Case, Report};
use psirt::case::merge::is_retracted;
use psirt::event::Entry;
use psirt::house::dispatch::{Dispatch, DispatchEvent, LetterKind};
use store::{Effect, Job, JobKey, StreamId};

/// The effect of handing a letter over.
pub(super) const MAIL: &str = "mail";
/// What happened so long before it was recorded was told on another way.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// Most letters that follow once a reporter's key is known. What was said before is in the room, whose link each of them has.
const MOST_UNTOLD: usize = 10;

/// Orders the acknowledgement of a report that came by mail, in the commit that makes it one. `answerable` is what its reading says.
pub(super) fn acknowledge(
    plan: &mut Plan,
    board: &Board,
    (stream, report): (&StreamId, &Report),
    from: &[String],
    answerable: bool,
    now: Timestamp,
) -> Result<(), ActError> {
    let [to] = from else { return Ok(()) };
    if !answerable || !is_plain_address(to) || is_ours(board, to) {
        return Ok(());
    }
    let letter = LetterKind::Acknowledgement;
    order(plan, board, stream, (&report.brand, report.letters.len()), letter, now)
}

/// Orders the letters by which an entry of a case reaches whoever sent its reports, in the commit that records it. What happened more than
/// a day ago was told on another way.
pub(crate) fn tell(
    plan: &mut Plan,
    board: &Board,
    (stream, case): (&StreamId, &Case),
    entry: &Entry,
    now: Timestamp,
) -> Result<(), ActError> {
    if is_stale(entry.at, now) {
        return Ok(());
    }
    for report in addressees(board, stream.as_str(), case, entry) {
        let Some(known) = board.report(&report) else { continue };
        let letter = LetterKind::News {
            case: stream.to_string(),
            entry: entry.seq,
        };
        let report = StreamId::new(report)?;
        order(plan, board, &report, (&known.brand, known.letters.len()), letter, now)?;
    }
    Ok(())
}

/// Whether what happened then was told on another way before it was recorded.
pub(super) fn is_stale(at: Timestamp, recorded: Timestamp) -> bool {
    recorded.duration_since(at) > STALE
}

/// Orders the acknowledgement of a report that came by a form, if it says where to write to.
pub(crate) fn acknowledge_form(
    plan: &mut Plan,
    board: &Board,
    stream: &StreamId,
    brand: &str,
    from: &str,
    now: Timestamp,
) -> Result<(), ActError> {
    let to = written(from);
    if !is_plain_address(to) || is_ours(board, to) {
        return Ok(());
    }
    order(plan, board, stream, (brand, 0), LetterKind::Acknowledgement, now)
}

/// Orders once more, encrypted, what a reporter knows only that it is there: a key of theirs came. Without news it is the acknowledgement, with
/// the way into their room. Whether it is a key that works is found when a letter goes.
pub(super) fn order_untold(plan: &mut Plan, board: &Board, stream: &str, now: Timestamp) -> Result<(), ActError> {
    let Some(report) = board.report(stream) else {
        return Ok(());
    };
    let is_told = |letter: &LetterKind| {
        let mut same = report.letters.iter().filter(|known| known.letter == *letter);
        same.any(|known| known.told || (known.waits() && (known.encrypted || known.begun == 0)))
    };
    let stands = |letter: &LetterKind| match letter {
        LetterKind::News { case, entry } => {
            let case = board.case(case);
            case.is_some_and(|case| !is_retracted(&case.entries, *entry))
        }
        LetterKind::Acknowledgement => false,
    };
    let was_seen = |letter: &Dispatch| report.seen.iter().any(|at| *at >= letter.ordered);
    let told_of = report.letters.iter().filter(|letter| letter.taken().is_some());
    let untold = told_of.filter(|letter| stands(&letter.letter) && !is_told(&letter.letter) && !was_seen(letter));
    let mut letters: Vec<LetterKind> = Vec::new();
    for letter in untold {
        if !letters.contains(&letter.letter) {
            letters.push(letter.letter.clone());
        }
    }
    letters.drain(..letters.len().saturating_sub(MOST_UNTOLD));
    let is_new = |letter: &Dispatch| letter.told || letter.waits();
    if letters.is_empty()
        && report.letters.iter().any(|letter| letter.taken().is_some())
        && !report.letters.iter().any(is_new)
    {
        letters.push(LetterKind::Acknowledgement);
    }
    let stream = StreamId::new(stream)?;
    for (place, letter) in letters.into_iter().enumerate() {
        let known = (report.brand.as_str(), report.letters.len() + place);
        put(plan, board, &stream, known, (letter, true), now)?;
    }
    Ok(())
}

pub(super) fn order(
    plan: &mut Plan,
    board: &Board,
    stream: &StreamId,
    known: (&str, usize),
    letter: LetterKind,
    now: Timestamp,
) -> Result<(), ActError> {
    put(plan, board, stream, known, (letter, false), now)
}

fn put(
    plan: &mut Plan,
    board: &Board,
    stream: &StreamId,
    (brand, known): (&str, usize),
    (letter, encrypted): (LetterKind, bool),
    now: Timestamp,
) -> Result<(), ActError> {
    // A brand that takes no mail writes none: nobody could answer it.
    let has_mail = board
        .house
        .brands
        .get(brand)
        .is_some_and(|brand| brand.contact.contains('@'));
    if !has_mail {
        return Ok(());
    }
    let id = u32::try_from(known).unwrap_or(u32::MAX).saturating_add(1);
    push(plan, stream, id, now, DispatchEvent::Ordered { letter, encrypted });
    plan.jobs.push(Job {
        effect: Effect::new(MAIL)?,
        stream: stream.clone(),
        seq: u64::from(id),
        job_key: job_key(stream, id)?,
        run_at_us: now.as_microsecond(),
    });
    Ok(())
}

/// The name of the job that hands a letter over.
pub(super) fn job_key(stream: &StreamId, id: u32) -> Result<JobKey, ActError> {
    Ok(JobKey::new(format!("{MAIL}:{stream}:{id}"))?)
}
