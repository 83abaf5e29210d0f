//! Letters are ordered in the commit that causes them: a report, or what the desk says about one. Reminders are ordered by the worker.
//!
//! Owns which events cause a letter. Never sends, and never decides what one says.

use super::arrival::is_ours;
use super::dispatch::push;
use super::letter::{addressees, is_plain_address, written};
use crate::Casework;
use crate::actions::SEND_LETTER;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Case, Report};
use psirt::case::merge::is_retracted;
use psirt::case::phase::Phase;
use psirt::event::{Entry, Kind};
use psirt::house::dispatch::{DispatchEvent, LetterKind};
use store::{Effect, Job, JobKey, StreamId};

/// The effect of handing a letter over.
pub(super) const MAIL: &str = "mail";
/// What happened so long before it was recorded was told on another way.
const STALE: SignedDuration = SignedDuration::from_hours(24);
/// How long after a question it is asked again, and once more (N20). What comes of a silence then is for a person to decide.
const REMINDERS: [SignedDuration; 2] = [SignedDuration::from_hours(7 * 24), SignedDuration::from_hours(14 * 24)];
/// No two letters with one question are nearer to each other, also where nobody worked for weeks.
const BETWEEN: SignedDuration = SignedDuration::from_hours(6 * 24);

impl Casework {
    /// Asks again where a reporter was asked by a letter and has not answered.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn remind(&self) -> Result<(), ActError> {
        let silent: Vec<StreamId> = self.glance(|board, glances, now| {
            let asked = glances.iter().filter(|(_, glance)| glance.phase == Phase::NeedsInfo);
            let silent = asked.filter(|(stream, _)| !unanswered(board, stream, now).is_empty());
            silent.filter_map(|(stream, _)| StreamId::new(stream).ok()).collect()
        });
        let actor = Actor::part("scheduler");
        for case in &silent {
            let record = |replica: &Replica, now: Timestamp| {
                let board = &replica.board;
                permit(&board.house, &actor, &SEND_LETTER)?;
                let mut plan = Plan::by(&actor);
                for (report, letter) in unanswered(board, case.as_str(), now) {
                    let Some(known) = board.report(&report) else { continue };
                    let report = StreamId::new(report)?;
                    order(
                        &mut plan,
                        board,
                        &report,
                        (&known.brand, known.letters.len()),
                        letter,
                        now,
                    )?;
                }
                Ok((plan, ()))
            };
            self.record(record).await?;
        }
        Ok(())
    }
}

/// The reports of a case whose senders are to be asked once more, with the letter that asks.
fn unanswered(board: &Board, stream: &str, now: Timestamp) -> Vec<(String, LetterKind)> {
    let Some(case) = board.case(stream) else {
        return Vec::new();
    };
    let is_asked =
        |entry: &&Entry| entry.event.kind() == Kind::InfoRequested && !is_retracted(&case.entries, entry.seq);
    let asked = case.entries.iter().filter(is_asked).last();
    let Some(asked) = asked.filter(|_| board.phase(case, now) == Phase::NeedsInfo) else {
        return Vec::new();
    };
    let passed = REMINDERS.iter().filter(|after| now.duration_since(asked.at) >= **after);
    let passed = passed.count();
    let letter = LetterKind::News {
        case: stream.to_owned(),
        entry: asked.seq,
    };
    let is_due = |report: &String| {
        let letters = board
            .report(report)
            .map(|known| known.letters.as_slice())
            .unwrap_or_default();
        let same = letters.iter().filter(|known| known.letter == letter);
        let last = same.clone().next_back().map(|last| now.duration_since(last.ordered));
        // Who was never asked by a letter is not reminded by one.
        same.count() <= passed && last.is_some_and(|since| since >= BETWEEN)
    };
    let reports = match passed {
        0 => Vec::new(),
        _ => addressees(board, stream, case, asked),
    };
    let due = reports.into_iter().filter(is_due);
    due.map(|report| (report, letter.clone())).collect()
}

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

fn order(
    plan: &mut Plan,
    board: &Board,
    stream: &StreamId,
    (brand, known): (&str, usize),
    letter: LetterKind,
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
    push(plan, stream, id, now, DispatchEvent::Ordered { letter });
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
