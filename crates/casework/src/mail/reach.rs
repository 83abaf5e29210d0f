//! Whom a message of the team reaches: by a letter, in a room, or nobody at all.
//!
//! Owns the question, which the desk asks of what was said, and since when a reporter could read what they were asked: who could not read it is
//! not silent. What is ordered, and what a room shows, others decide. Never writes.

use super::keys::{candidates, key_blob};
use super::lost::{is_settled, lost};
use super::order::is_stale;
use crate::room::home;
use jiff::Timestamp;
use psirt::board::{Board, Case, Report};
use psirt::case::merge::is_retracted;
use psirt::case::silence::{self, Silence};
use psirt::event::{Entry, Event, Kind};
use psirt::house::dispatch::{Dispatch, DispatchEnd, LetterKind};
use psirt::house::mail::Fate;

/// How a message reaches its reader, from well to not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// A letter says it.
    Letter,
    /// The reporter's room shows it.
    Room,
    /// It was said long before it was recorded, and so on another way.
    Elsewhere,
    /// A letter says that there is news and no more: no key of theirs is known.
    OnlyNews,
    /// The letter was given up, came back, or was not sent to an address that is refused for good.
    Lost,
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
    match found {
        Some(report) => reach_of(board, &report, stream, entry),
        // Who names nobody asks everybody: the desk hears of the one who is reached least.
        None if entry.event.kind() == Kind::InfoRequested => {
            let all = case.reports.iter().map(|report| reach_of(board, report, stream, entry));
            all.max().unwrap_or(Reach::NobodyNamed)
        }
        None => Reach::NobodyNamed,
    }
}

/// How an entry reaches the sender of a report, to whom it speaks.
fn reach_of(board: &Board, report: &str, stream: &str, entry: &Entry) -> Reach {
    let Some(known) = board.report(report) else {
        return Reach::NoWay;
    };
    let news = LetterKind::News {
        case: stream.to_owned(),
        entry: entry.seq,
    };
    let mut letters = known.letters.iter().filter(|letter| letter.letter == news).peekable();
    let lock = board.lock_of(report);
    if letters.peek().is_none() {
        return match lock {
            Some(_) => Reach::Room,
            None if is_stale(entry.at, entry.recorded) => Reach::Elsewhere,
            None => Reach::NoWay,
        };
    }
    let came_back = bounced(board, report).any(|at| at >= entry.recorded);
    let goes = |letter: &&Dispatch| {
        let ends = letter.end.as_ref().map(|(_, end)| end);
        !came_back
            && !matches!(
                ends,
                Some(DispatchEnd::GivenUp(_) | DispatchEnd::Withheld(_) | DispatchEnd::Dropped(_))
            )
    };
    let goes: Vec<&Dispatch> = letters.filter(goes).collect();
    let may_say = says_in_clear(&entry.event) || has_key(board, report);
    let says = |letter: &&Dispatch| letter.told || (letter.waits() && letter.begun == 0 && may_say);
    if goes.iter().any(says) {
        return Reach::Letter;
    }
    let has_been_there = known.seen.iter().any(|at| *at >= entry.recorded);
    match lock.is_some_and(|lock| lock.locked.is_some()) || has_been_there {
        true => Reach::Room,
        false if goes.is_empty() => Reach::Lost,
        false => Reach::OnlyNews,
    }
}

/// Whether a person decided that a letter says this in clear, where no key of its reader is known.
pub(super) fn says_in_clear(event: &Event) -> bool {
    matches!(
        event,
        Event::Messaged { in_clear: Some(_), .. } | Event::InfoRequested { in_clear: Some(_), .. }
    )
}

/// Whether a key came with what a reporter sent. Whether it is one that works is found when a letter goes.
pub(crate) fn has_key(board: &Board, report: &str) -> bool {
    !candidates(board, report).is_empty() || key_blob(board, report).is_some()
}

/// When mails of ours came back for good, with the stream of the report whose sender they were for.
fn all_bounced(board: &Board) -> Vec<(&str, Timestamp)> {
    let back = board
        .open_reports()
        .filter_map(|(_, message)| match message.mail.as_deref()?.fate()? {
            Fate::Undelivered {
                hard: true,
                report: Some(report),
                ..
            } => Some((report.as_str(), message.at?)),
            _ => None,
        });
    back.collect()
}

/// When mails of ours to a report's sender came back for good.
fn bounced<'b>(board: &'b Board, report: &'b str) -> impl Iterator<Item = Timestamp> + 'b {
    let back = all_bounced(board).into_iter();
    back.filter(move |(about, _)| *about == report).map(|(_, at)| at)
}

/// Since when somebody could read what they were asked at `since`: by a letter that said it, in their room, or on the way on which a person
/// recorded that they were asked. None while they could not: they have no key that we know, no passphrase, and did not come to their room; or
/// a letter was given up or came back.
pub(crate) fn told(board: &Board, case: &Case, stream: &str, since: Timestamp) -> Option<Timestamp> {
    let report = board.report(stream)?;
    let seen = report.seen.iter().copied().find(|at| *at >= since);
    let mut after = report.letters.iter().filter(|letter| letter.ordered >= since);
    if after.any(|letter| lost(letter).is_some()) || bounced(board, stream).any(|at| at >= since) {
        return seen;
    }
    let after = report.letters.iter().filter(|letter| letter.ordered >= since);
    let asks: Vec<&Dispatch> = after.filter(|letter| is_question(board, &letter.letter)).collect();
    let read = asks
        .iter()
        .filter(|letter| letter.told)
        .filter_map(|letter| letter.taken());
    let by_letter = read.chain(seen).min();
    let passphrase = board.lock_of(stream).is_some_and(|lock| lock.locked.is_some());
    match asks.as_slice() {
        [] if passphrase || is_asked_elsewhere(case, report, since) => by_letter.or(Some(since)),
        asks if passphrase => by_letter.or_else(|| asks.iter().filter_map(|letter| letter.taken()).min()),
        _ => by_letter,
    }
}

/// Whether whoever recorded a question had asked it on another way: Candor writes no letters to who came by neither mail nor form, and none about what
/// was said long before.
fn is_asked_elsewhere(case: &Case, report: &Report, since: Timestamp) -> bool {
    let asked = case.entries.iter().filter(|entry| entry.at == since);
    let mut asked = asked.filter(|entry| entry.event.kind() == Kind::InfoRequested);
    !matches!(report.channel.as_str(), "mail" | "form") || asked.any(|entry| is_stale(entry.at, entry.recorded))
}

/// Whether a letter asks something that still stands.
fn is_question(board: &Board, letter: &LetterKind) -> bool {
    let LetterKind::News { case, entry } = letter else {
        return false;
    };
    let Some(case) = board.case(case) else {
        return false;
    };
    let mut entries = case.entries.iter();
    let asks = entries.any(|known| known.seq == *entry && known.event.kind() == Kind::InfoRequested);
    asks && !is_retracted(&case.entries, *entry)
}

/// The last instant at which an answer of a report's sender comes in time, and the clause that says so; none where they were asked nothing, or
/// nothing ends for want of an answer. Who could not read the question yet has all their days from now on.
pub(crate) fn answer_by(board: &Board, report: &str, now: Timestamp) -> Option<(Timestamp, String)> {
    let known = board.report(report)?;
    let (_, case) = home(board, report)?;
    let silence = board.silence_of(case, &known.number, now)?;
    let since = told(board, case, report, silence.since).unwrap_or(now);
    let policy = board.policy_of(case);
    let end = silence::end(policy, &Silence { since, ..silence })?;
    Some((end, silence::clause(policy)?.to_owned()))
}

/// Somebody whom what we say does not reach, so that a person has to find another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// The number of their report.
    pub number: String,
    /// The stream of the case in which it is handled.
    pub case: String,
    /// Why.
    pub why: Unreachable,
}

/// Why somebody is not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// A mail of ours came back for good, at this instant.
    CameBack(Timestamp),
    /// Nothing is sent to them, since this instant: a server refused their address for good.
    Refused(Timestamp),
    /// They were asked something and cannot read it, since this instant: no key of theirs is known.
    NoKey(Timestamp),
}

impl Unreachable {
    /// Since when.
    #[must_use]
    pub const fn since(self) -> Timestamp {
        match self {
            Unreachable::CameBack(at) | Unreachable::Refused(at) | Unreachable::NoKey(at) => at,
        }
    }

    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Unreachable::CameBack(_) => "came-back",
            Unreachable::Refused(_) => "refused",
            Unreachable::NoKey(_) => "no-key",
        }
    }
}

impl Unreached {
    /// What is wrong, and what to do; `age` says for how long.
    #[must_use]
    pub fn told(&self, age: &str) -> (String, String) {
        let number = &self.number;
        match self.why {
            Unreachable::CameBack(_) => (
                format!("a mail to the reporter of {number} came back"),
                format!(
                    "{age} ago, for good. Find another way to them; if you know their address: candor mail sender {number} ADDRESS --as YOU"
                ),
            ),
            Unreachable::Refused(_) => (
                format!("nothing is sent to the reporter of {number}"),
                format!(
                    "For {age}: a server refused their address for good. Find another way to them; if you know their address: candor mail sender {number} ADDRESS --as YOU"
                ),
            ),
            Unreachable::NoKey(_) => (
                format!("the reporter of {number} cannot read what was asked"),
                format!(
                    "For {age}: no key of theirs is known. Silence ends nothing. One message in clear: candor case messaged {number} --text … --in-clear WHY --as YOU"
                ),
            ),
        }
    }
}

/// Everybody whom what we say does not reach, in the cases of these streams.
#[must_use]
pub fn unreached<'a>(board: &Board, cases: impl IntoIterator<Item = &'a str>, now: Timestamp) -> Vec<Unreached> {
    let cases = cases
        .into_iter()
        .filter_map(|stream| Some((stream, board.case(stream)?)));
    let reports = cases.flat_map(|(stream, case)| case.reports.iter().map(move |report| (stream, case, report)));
    let back = all_bounced(board);
    let unreached = reports.filter_map(|(stream, case, report)| {
        let known = board.report(report).filter(|known| !known.letters.is_empty())?;
        let came_back = back
            .iter()
            .filter(|(about, _)| about == report)
            .map(|(_, at)| *at)
            .max();
        let came_back = came_back.filter(|at| !was_reached(case, known, *at));
        let withheld = known.letters.iter().filter_map(|letter| match &letter.end {
            Some((at, DispatchEnd::Withheld(_))) if !is_settled(board, report, known, letter, now) => Some(*at),
            _ => None,
        });
        let withheld = withheld.max().filter(|at| !was_reached(case, known, *at));
        let no_key = || {
            // Few cases wait for an answer, and only they are looked into.
            if silence::all(&case.facts, now).is_empty() {
                return None;
            }
            let silence = board.silence_of(case, &known.number, now)?;
            let since = |letter: &&Dispatch| letter.ordered >= silence.since;
            // One that waits may still say it, and one that said it and came back is no matter of keys.
            let may_say = |letter: &Dispatch| letter.waits() || letter.told;
            let says = known.letters.iter().filter(since).any(may_say);
            let cannot = !says && told(board, case, report, silence.since).is_none();
            cannot.then_some(Unreachable::NoKey(silence.since))
        };
        Some(Unreached {
            number: known.number.clone(),
            case: stream.to_owned(),
            why: came_back
                .map(Unreachable::CameBack)
                .or_else(|| withheld.map(Unreachable::Refused))
                .or_else(no_key)?,
        })
    });
    unreached.collect()
}

/// Whether somebody was heard of after an instant, or a letter to them went out since and has not come back.
fn was_reached(case: &Case, known: &Report, after: Timestamp) -> bool {
    let wrote = case.entries.iter().any(|entry| {
        let speaks = match &entry.event {
            Event::Messaged { from_reporter, .. } => *from_reporter,
            Event::InfoReceived { .. } | Event::Appealed {} => true,
            _ => false,
        };
        let is_theirs = entry.report.as_deref().is_none_or(|number| number == known.number);
        speaks && is_theirs && entry.recorded > after
    });
    let arrived = |letter: &Dispatch| letter.ordered > after && letter.taken().is_some();
    wrote || known.seen.iter().any(|at| *at > after) || known.letters.iter().any(arrived)
}
