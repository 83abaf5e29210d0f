//! What nobody answers: asked again after the policy's days, and ended after the last of them (N20).
//!
//! Owns when the worker asks again, and that it turns down what nobody answered for. Never counts days: `psirt::case::silence` does; never
//! takes for silence what nobody could read: days count from when they could (`reach`); and never turns down what a policy holds back: that stays
//! with a person.

use super::letter::addressees;
use super::order::{order, tell};
use super::reach::told;
use crate::Casework;
use crate::act::{judge, next_entry};
use crate::actions::{END_SILENCE, SEND_LETTER};
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::merge::is_retracted;
use psirt::case::phase::Phase;
use psirt::case::refuse::Evidence;
use psirt::case::silence::{self, Silence};
use psirt::event::{Entry, Event, Exit, Kind};
use psirt::house::dispatch::LetterKind;
use psirt::policy::Policy;
use psirt::policy::length::{Length, Unit};
use store::StreamId;

impl Casework {
    /// Asks again where a reporter was asked by a letter and has not answered.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn remind(&self) -> Result<(), ActError> {
        let silent: Vec<StreamId> = self.glance(|board, glances, now| {
            let open = glances.iter().filter(|(_, glance)| is_undecided(glance.phase));
            let silent = open.filter(|(stream, _)| !unanswered(board, stream, now).is_empty());
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
                    let (report, place) = (StreamId::new(report)?, (known.brand.as_str(), known.letters.len()));
                    order(&mut plan, board, &report, place, letter, now)?;
                }
                Ok((plan, ()))
            };
            self.record(record).await?;
        }
        Ok(())
    }

    /// Turns down what nobody answered for in the policy's days. Its reporters are told so, with the clause and how to go on.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn end_silence(&self) -> Result<(), ActError> {
        let over: Vec<StreamId> = self.glance(|board, glances, now| {
            let open = glances.iter().filter(|(_, glance)| is_undecided(glance.phase));
            let over =
                open.filter(|(stream, _)| board.case(stream).is_some_and(|case| end(board, case, now).is_some()));
            over.filter_map(|(stream, _)| StreamId::new(stream).ok()).collect()
        });
        let actor = Actor::part("scheduler");
        for stream in &over {
            let record = |replica: &Replica, now: Timestamp| {
                let board = &replica.board;
                permit(&board.house, &actor, &END_SILENCE)?;
                let mut plan = Plan::by(&actor);
                let case = board.case(stream.as_str()).ok_or(ActError::NO_CASE)?;
                let Some(event) = end(board, case, now) else {
                    return Ok((plan, ()));
                };
                let entry = next_entry(replica, stream, &actor, now, now, event.clone());
                if judge(board, case, &entry, Evidence::default(), now).is_ok() {
                    plan.push(stream, now, What::Case(event));
                    tell(&mut plan, board, (stream, case), &entry, now)?;
                }
                Ok((plan, ()))
            };
            self.record(record).await?;
        }
        Ok(())
    }
}

/// Where a reporter may still be asked for what is missing.
const fn is_undecided(phase: Phase) -> bool {
    matches!(phase, Phase::Received | Phase::Verifying | Phase::NeedsInfo)
}

/// How a case ends for which nobody answered, though each of them could read what was asked as many days ago. A question that nobody could read,
/// or that is known not to have arrived, ends nothing.
fn end(board: &Board, case: &Case, now: Timestamp) -> Option<Event> {
    let policy = board.policy_of(case);
    let (clause, days) = silence::ended_by(&case.facts, policy, now)?;
    let is_over = |silence: &Silence| {
        let since = match reporter(board, case, silence) {
            Some(report) => told(board, case, &report, silence.since),
            None => Some(silence.since),
        };
        let end = since.and_then(|since| silence::end(policy, &Silence { since, ..*silence }));
        end.is_some_and(|end| now > end)
    };
    let over = silence::all(&case.facts, now).iter().all(is_over);
    let why = format!("Nobody answered within {days} what was asked.");
    over.then(|| Event::Rejected {
        exit: Exit::CannotReproduce,
        clause: Some(clause.to_owned()),
        why: Some(why),
    })
}

/// The stream of the report whose sender is silent; none where the case does not say it.
fn reporter(board: &Board, case: &Case, silence: &Silence) -> Option<String> {
    let reporter = case.facts.reporters.get(usize::from(silence.reporter?))?;
    let brought = board
        .history(case)
        .into_iter()
        .find(|entry| entry.seq == reporter.seq)?;
    Some(board.report_of_number(brought.report.as_deref()?)?.0.to_owned())
}

/// The reports of a case whose senders are to be asked once more, with the letter that asks.
fn unanswered(board: &Board, stream: &str, now: Timestamp) -> Vec<(String, LetterKind)> {
    let Some(case) = board.case(stream) else {
        return Vec::new();
    };
    let policy = board.policy_of(case);
    let is_question =
        |entry: &&Entry| entry.event.kind() == Kind::InfoRequested && !is_retracted(&case.entries, entry.seq);
    let questions: Vec<&Entry> = case.entries.iter().filter(is_question).collect();
    if questions.is_empty() {
        return Vec::new();
    }
    let due = |report: &String| {
        let known = board.report(report)?;
        let silence = board.silence_of(case, &known.number, now)?;
        let since = told(board, case, report, silence.since).unwrap_or(silence.since);
        let passed = silence::reminders_due(policy, &Silence { since, ..silence }, now);
        let asks = |entry: &&&Entry| addressees(board, stream, case, entry).contains(report);
        let letter = LetterKind::News {
            case: stream.to_owned(),
            entry: questions.iter().rev().find(asks)?.seq,
        };
        let same = known.letters.iter().filter(|known| known.letter == letter);
        // Who was never asked by a letter is not reminded by one.
        let last = same.clone().next_back()?;
        // However often they were asked before they could read it, they were asked once.
        let (before, again): (Vec<_>, Vec<_>) = same.partition(|known| known.ordered <= since);
        let asked = usize::from(!before.is_empty()) + again.len();
        let is_due = asked <= passed && now.duration_since(last.ordered) >= between(policy);
        is_due.then(|| (report.clone(), letter))
    };
    case.reports.iter().filter_map(due).collect()
}

/// No two letters with one question are nearer to each other, also where nobody worked for weeks: a day less than the policy's reminders.
fn between(policy: Option<&Policy>) -> SignedDuration {
    let days = |length: &Length| {
        let count = i64::from(length.count);
        if length.unit == Unit::Weeks { count * 7 } else { count }
    };
    let reminders = policy.map(silence::reminders).unwrap_or_default();
    let mut before = 0;
    let steps = reminders.iter().map(|reminder| {
        let step = days(reminder) - before;
        before = days(reminder);
        step
    });
    SignedDuration::from_hours((steps.min().unwrap_or(1) - 1).max(1) * 24)
}
