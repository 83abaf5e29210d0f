//! Letters that did not arrive: given up in the open, listed until somebody has settled them, and not followed by others to an address that a
//! server refused for good.
//!
//! Owns what is recorded and told of them, and what settles one: the reporter was acknowledged on another way, the case ended after it, or a
//! person dropped its job. Never sends, and names no address.

use super::dispatch::{is_acknowledged, push, settled, short};
use super::letter::address_of;
use super::order::{MAIL, job_key};
use super::queue::about;
use crate::error::ActError;
use crate::plan::Plan;
use crate::room::home;
use jiff::Timestamp;
use psirt::board::{Board, Case, Report};
use psirt::body::What;
use psirt::event::Event;
use psirt::house::HouseEvent;
use psirt::house::dispatch::{Dispatch, DispatchEnd, DispatchEvent, LetterKind};
use store::{ClaimedJob, Outcome, StreamId};

/// A letter that did not arrive, that no later one of its kind made up for, and that nothing has settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostLetter {
    /// The number of the report whose sender it is for.
    pub number: String,
    /// What it is about.
    pub letter: &'static str,
    /// Why it was given up, or not sent.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// The job that tries it once more.
    pub job: String,
    /// Whether it was never sent, because a server had refused its address for good.
    pub withheld: bool,
    /// Whether it says what a promise wants to be said, so that whoever says it on another way records that.
    pub owed: bool,
}

impl LostLetter {
    /// What happened, and what to do; `when` says its instant.
    #[must_use]
    pub fn told(&self, when: &str) -> String {
        let LostLetter {
            letter, number, why, ..
        } = self;
        match self.withheld {
            false => format!(
                "The {letter} for {number} was given up {when}: {why}. Reach them on another way, or have it tried once more."
            ),
            true => format!(
                "The {letter} for {number} was not sent {when}, since a server had refused the address for good: {why}. Reach them on another way, or have it sent all the same."
            ),
        }
    }

    /// What can be done with it, each with its command.
    #[must_use]
    pub fn commands(&self) -> Vec<(&'static str, String)> {
        let again = match self.withheld {
            false => "Another try",
            true => "Send it all the same",
        };
        let reached = || {
            let record = format!("candor case acknowledged {} --as YOU", self.number);
            ("They were reached on another way", record)
        };
        let others = [
            (again, format!("candor jobs retry {} --as YOU", self.job)),
            (
                "Nobody needs it any more",
                format!("candor jobs drop {} --why WHY --as YOU", self.job),
            ),
        ];
        self.owed.then(reached).into_iter().chain(others).collect()
    }
}

/// The letters to whoever sent a report that were given up, or not sent to an address that is refused, and wait for a person.
#[must_use]
pub fn lost_letters(board: &Board, stream: &str, now: Timestamp) -> Vec<LostLetter> {
    let Some((report, id)) = board.report(stream).zip(StreamId::new(stream).ok()) else {
        return Vec::new();
    };
    let lost = report.letters.iter().filter_map(|letter| {
        let (at, why) = lost(letter).filter(|_| !is_settled(board, stream, report, letter, now))?;
        Some(LostLetter {
            number: report.number.clone(),
            letter: about(board, letter),
            why: why.to_owned(),
            at,
            job: job_key(&id, letter.id).ok()?.to_string(),
            withheld: matches!(letter.end, Some((_, DispatchEnd::Withheld(_)))),
            owed: letter.letter == LetterKind::Acknowledgement && !is_acknowledged(board, stream),
        })
    });
    lost.collect()
}

/// When and why a letter ended without its reader having it.
pub(super) fn lost(letter: &Dispatch) -> Option<(Timestamp, &str)> {
    match &letter.end {
        Some((at, DispatchEnd::GivenUp(why) | DispatchEnd::Withheld(why))) => Some((*at, why)),
        _ => None,
    }
}

/// Whether nobody has to look after a letter that was lost: another one of its kind went out, its reader was acknowledged, or the case is over since.
pub(super) fn is_settled(board: &Board, stream: &str, report: &Report, letter: &Dispatch, now: Timestamp) -> bool {
    let Some((at, _)) = lost(letter) else { return true };
    let mut same = report.letters.iter().filter(|known| known.letter == letter.letter);
    let is_made_up = same.any(|known| matches!(known.end, Some((_, DispatchEnd::Taken | DispatchEnd::Folded(_)))));
    let is_told = || letter.letter == LetterKind::Acknowledgement && is_acknowledged(board, stream);
    let since = || home(board, stream).and_then(|(_, case)| board.over_since(case, now));
    is_made_up || is_told() || since().is_some_and(|since| since > at)
}

/// Jobs that were given up and wait for a person: the name of each, its effect, and what failed last. A letter that is settled waits for nobody.
#[must_use]
pub fn open_jobs(board: &Board, now: Timestamp) -> Vec<(&str, &str, &str)> {
    let waits = |job: &str| {
        let Some((stream, id)) = letter_of_job(job) else {
            return true;
        };
        let report = board.report(stream);
        let letter = report.and_then(|report| Some((report, report.letters.iter().find(|known| known.id == id)?)));
        letter.is_none_or(|(report, letter)| !is_settled(board, stream, report, letter, now))
    };
    let given_up = board.house.given_up.iter().filter(|(job, _)| waits(job));
    given_up
        .map(|(job, (effect, why))| (job.as_str(), effect.as_str(), why.as_str()))
        .collect()
}

/// Why a job was given up: what failed last, or what a server had said of the address of its letter. None where nothing says it.
#[must_use]
pub fn why_given_up<'b>(board: &'b Board, job: &str) -> Option<&'b str> {
    let letter = || {
        let (stream, id) = letter_of_job(job)?;
        let mut letters = board.report(stream)?.letters.iter();
        letters
            .find(|letter| letter.id == id)
            .and_then(lost)
            .map(|(_, why)| why)
    };
    let known = board.house.given_up.get(job).map(|(_, why)| why.as_str());
    known.or_else(letter)
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

/// The letter that a job hands over: the stream of its report, and its place there.
fn letter_of_job(job: &str) -> Option<(&str, u32)> {
    let about = job.strip_prefix(MAIL)?.strip_prefix(':')?;
    let (stream, id) = about.rsplit_once(':')?;
    Some((stream, id.parse().ok()?))
}

/// Ends the letter of a job that a person drops, if it is one that hands a letter over.
pub(crate) fn drop_letter(
    plan: &mut Plan,
    board: &Board,
    job: &str,
    why: &str,
    now: Timestamp,
) -> Result<(), ActError> {
    let Some((stream, id)) = letter_of_job(job) else {
        return Ok(());
    };
    let report = board.report(stream);
    if report.is_some_and(|report| {
        report
            .letters
            .iter()
            .any(|letter| letter.id == id && lost(letter).is_some())
    }) {
        let why = why.to_owned();
        push(plan, &StreamId::new(stream)?, id, now, DispatchEvent::Dropped { why });
    }
    Ok(())
}

/// What a server said of the address `to`, of whoever sent a report, when it refused it for good; none where it did not, or where a later letter
/// arrived there. Letters about this report and the open ones say so. Who wrote one may have been named since, and then the letters before
/// speak of another address.
pub(super) fn refused<'b>(board: &'b Board, stream: &str, to: &str) -> Option<&'b str> {
    let same = |report: &&Report| address_of(report).is_some_and(|other| other.eq_ignore_ascii_case(to));
    let others = board.open_reports().map(|(_, report)| report);
    let reports = board.report(stream).into_iter().chain(others).filter(same);
    let letters = reports.flat_map(|report| {
        let named = |letter: &Dispatch| letter.letter == LetterKind::Acknowledgement;
        let since = report.letters.iter().rposition(named).unwrap_or_default();
        report.letters.iter().skip(since)
    });
    let (mut last, mut arrived) = (None, None);
    for letter in letters {
        last = last.max(letter.refused());
        arrived = arrived.max(letter.taken());
    }
    last.filter(|(at, _)| arrived.is_none_or(|arrived| arrived < *at))
        .map(|(_, why)| why)
}

/// It ends in the open: the journal says why, the job is listed, and the case has a note for whoever reaches the reporter.
pub(super) fn give_up(
    plan: &mut Plan,
    board: &Board,
    (stream, id): (&StreamId, u32),
    claimed: &ClaimedJob,
    why: &str,
    now: Timestamp,
) -> Result<(), ActError> {
    let why = short(why);
    push(plan, stream, id, now, DispatchEvent::GivenUp { why: why.clone() });
    plan.settled.push(settled(claimed, Outcome::Dead));
    let given_up = HouseEvent::JobGivenUp {
        job: claimed.job.job_key.to_string(),
        effect: MAIL.to_owned(),
        attempts: claimed.ticket.attempt,
        why: why.clone(),
    };
    plan.push(&StreamId::new("house")?, now, What::House(given_up));
    let happened = format!("did not reach its reporter ({why})");
    note(plan, board, (stream, id), claimed, (&happened, "Another try"), now)
}

/// It is not sent: a server refused its address for good before. The job waits for a person who wants it sent all the same, and the case has
/// a note; one for each thing that is said, however often it is asked.
pub(super) fn withhold(
    plan: &mut Plan,
    board: &Board,
    (stream, id): (&StreamId, u32),
    claimed: &ClaimedJob,
    why: &str,
    now: Timestamp,
) -> Result<(), ActError> {
    let why = short(why);
    push(plan, stream, id, now, DispatchEvent::Withheld { why: why.clone() });
    plan.settled.push(settled(claimed, Outcome::Dead));
    let letters = board.report(stream.as_str()).map_or(&[][..], |report| &report.letters);
    let own = letters.iter().find(|letter| letter.id == id);
    let is_same = |letter: &Dispatch| own.is_some_and(|own| own.letter == letter.letter && own.id != letter.id);
    if letters.iter().any(|letter| is_same(letter) && lost(letter).is_some()) {
        return Ok(());
    }
    let happened = format!("was not sent: a server had refused its reporter's address for good ({why})");
    let again = "To have it sent all the same";
    note(plan, board, (stream, id), claimed, (&happened, again), now)
}

fn note(
    plan: &mut Plan,
    board: &Board,
    (stream, id): (&StreamId, u32),
    claimed: &ClaimedJob,
    (happened, again): (&str, &str),
    now: Timestamp,
) -> Result<(), ActError> {
    let Some((report, (case, _))) = board.report(stream.as_str()).zip(home(board, stream.as_str())) else {
        return Ok(());
    };
    let number = &report.number;
    let letter = report.letters.iter().find(|letter| letter.id == id);
    let what = letter.map_or("letter", |letter| about(board, letter));
    let is_first = letter.is_some_and(|letter| letter.letter == LetterKind::Acknowledgement);
    let record = match is_first && !is_acknowledged(board, stream.as_str()) {
        false => String::new(),
        true => format!(", then record it: `candor case acknowledged {number}`"),
    };
    let job = &claimed.job.job_key;
    let text = format!(
        "The {what} of {number} {happened}. Reach them on another way{record}. {again}: `candor jobs retry {job}`."
    );
    plan.push(&StreamId::new(case)?, now, What::Case(Event::Noted { text }));
    Ok(())
}
