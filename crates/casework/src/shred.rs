//! Erasing for good: a whole case, or who sent a report. First the event that says so and why, then the keys, then the files.
//!
//! Owns what belongs to a case and what to a person. Never takes an entry out of the journal: sealed bytes without a key stay, so that the
//! tree, and every proof made before, still hold. Repeating it finishes what a crash left half done.

use crate::Casework;
use crate::act::find_case;
use crate::actions::{Action, PROVE, SHRED_CASE, SHRED_PERSON};
use crate::actor::Actor;
use crate::advisory::text_key;
use crate::error::ActError;
use crate::jobs::purge_job;
use crate::originals::{all_keys, bytes_keys};
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::{arrival_key, find_report};
use crate::replica::Replica;
use crate::room::home;
use jiff::Timestamp;
use psirt::advisory::Stage;
use psirt::board::{Board, Case};
use psirt::body::{Body, What};
use psirt::case::number::Number;
use psirt::case::phase::Phase;
use psirt::case::refuse::Refusal;
use psirt::event::Event;
use psirt::house::{Erasure, HouseEvent, ReportEvent};
use std::collections::BTreeSet;
use store::{KeyId, Recorded, StreamId};

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shredded {
    /// The tracking numbers that it is about.
    pub numbers: Vec<String>,
    /// How many keys are destroyed.
    pub keys: usize,
    /// Whether the event was there already, and this finished or repeated it.
    pub repeated: bool,
}

impl Casework {
    /// Destroys the content of a case, its reports and its unpublished drafts. A case that ended as its duplicate goes with it, and so do
    /// those that were split from it, or that it was split from with a report.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] for one person alone, for a case that is open or under
    /// embargo, or that goes with one; [`ActError::Invalid`] without a reason; those of the store. Once the event is recorded, repeating finishes the rest.
    pub async fn shred_case(&self, actor: &Actor, number: &str, why: &str) -> Result<Shredded, ActError> {
        let (gone, repeated) = self.record_shredding(actor, number, why).await?;
        self.destroy(gone, repeated).await
    }

    /// The event alone, with its job: what is left of a process that dies before the rest.
    pub(crate) async fn record_shredding(
        &self,
        actor: &Actor,
        number: &str,
        why: &str,
    ) -> Result<(Erasure, bool), ActError> {
        let why = reason(why)?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &SHRED_CASE)?;
            let board = &replica.board;
            if let Some(done) = erased_before(&board.house.shredded, &[number]) {
                return Ok((Plan::by(actor), (done.clone(), true)));
            }
            let (stream, case) = find_case(board, number)?;
            let gone = of_case(board, &stream, case, &why, now)?;
            let what = What::House(HouseEvent::CaseShredded(gone.clone()));
            Ok((erasing(replica, actor, what, now)?, (gone, false)))
        };
        self.record(record).await.map(|(recorded, _)| recorded)
    }

    /// Erases who sent these reports, and their raw bytes. Their cases stay, open or not; what a policy promises to the reporter cannot be
    /// delivered any more.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] for one person alone; [`ActError::Invalid`] without a reason,
    /// or for a report that was taken in before senders had a key of their own; those of the store.
    pub async fn shred_person(&self, actor: &Actor, reports: &[&str], why: &str) -> Result<Shredded, ActError> {
        self.erase_senders(actor, &SHRED_PERSON, reports, why).await
    }

    /// The same, as the act that it is.
    pub(crate) async fn erase_senders(
        &self,
        actor: &Actor,
        act: &Action,
        reports: &[&str],
        why: &str,
    ) -> Result<Shredded, ActError> {
        let why = reason(why)?;
        let mut keys = Vec::new();
        let reports = with_answers(&self.board(), reports);
        let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
        let reports = reports.as_slice();
        {
            let replica = self.replica();
            permit(&replica.board.house, actor, act)?;
            for number in reports {
                keys.push((*number, arrival_key(&find_report(&replica, number)?)?));
            }
        }
        for (number, key) in &keys {
            let (blob, bytes) = {
                let replica = self.replica();
                let stream = find_report(&replica, number)?;
                let report = replica.board.report(stream.as_str()).ok_or(ActError::NO_REPORT)?;
                // What was brought along from a tracker had neither message nor sender.
                let Some(blob) = &report.blob else { continue };
                (store::BlobId::new(blob.as_str())?, bytes_keys(&replica.board, &stream)?)
            };
            let sealed = self.store().key_of_blob(&blob).await?;
            if sealed.is_some_and(|sealed| sealed != *key && !bytes.contains(&sealed)) {
                return Err(ActError::invalid(
                    "one of these reports was taken in before senders had a key of their own: who sent it goes only with its case (`candor shred case`)",
                ));
            }
        }
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, act)?;
            if let Some(done) = erased_before(&replica.board.house.unnamed, reports) {
                return Ok((Plan::by(actor), (done.clone(), true)));
            }
            let mut gone = Erasure {
                numbers: Vec::new(),
                streams: Vec::new(),
                keys: Vec::new(),
                why: why.clone(),
                named: Some(Vec::new()),
            };
            for number in reports {
                let stream = find_report(replica, number)?;
                let naming = replica.board.naming(stream.as_str());
                gone.named.get_or_insert_default().extend(naming);
                gone.numbers
                    .extend(Number::parse(number).map(|number| number.as_str().to_owned()));
                gone.keys.push(arrival_key(&stream)?.to_string());
                let bytes = bytes_keys(&replica.board, &stream)?;
                gone.keys.extend(bytes.iter().map(KeyId::to_string));
                gone.streams.push(stream.to_string());
            }
            let what = What::House(HouseEvent::PersonErased(gone.clone()));
            let mut plan = erasing(replica, actor, what, now)?;
            say_gone(&mut plan, &replica.board, reports, now)?;
            Ok((plan, (gone, false)))
        };
        let ((gone, repeated), _) = self.record(record).await?;
        self.destroy(gone, repeated).await
    }

    /// The numbers of erasures that were recorded and not finished: a key is still there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unfinished_erasures(&self) -> Result<Vec<String>, ActError> {
        let erasures: Vec<Erasure> = {
            let board = self.board();
            board
                .house
                .shredded
                .iter()
                .chain(&board.house.unnamed)
                .chain(&board.house.destroyed)
                .cloned()
                .collect()
        };
        let mut unfinished = Vec::new();
        for gone in erasures {
            for key in &gone.keys {
                if !self.store().is_erased(&KeyId::new(key.as_str())?).await? {
                    unfinished.extend(gone.numbers.first().cloned());
                    break;
                }
            }
        }
        Ok(unfinished)
    }

    /// The streams of a case, for whoever proves it: its own, those of its reports and of its advisories. A shredded case has them too.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn streams_to_prove(&self, actor: &Actor, number: &str) -> Result<Vec<StreamId>, ActError> {
        let board = self.board();
        permit(&board.house, actor, &PROVE)?;
        if let Some(gone) = erased_before(&board.house.shredded, &[number]) {
            return gone
                .streams
                .iter()
                .map(|stream| Ok(StreamId::new(stream.as_str())?))
                .collect();
        }
        let (stream, case) = find_case(&board, number)?;
        let others = reports_of(&board, stream.as_str(), case).chain(advisories_of(&board, case));
        let others: Vec<&str> = others.collect();
        let others = others.into_iter().map(|other| Ok(StreamId::new(other)?));
        [Ok(stream.clone())].into_iter().chain(others).collect()
    }

    /// Whether somebody may have entries proven.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for an administrator, as for a case that is not there; [`ActError::NotPermitted`].
    pub fn may_prove(&self, actor: &Actor) -> Result<(), ActError> {
        permit(&self.board().house, actor, &PROVE)
    }

    async fn destroy(&self, gone: Erasure, repeated: bool) -> Result<Shredded, ActError> {
        for key in &gone.keys {
            self.store().erase_key(&KeyId::new(key.as_str())?).await?;
        }
        Ok(Shredded {
            keys: gone.keys.len(),
            numbers: gone.numbers,
            repeated,
        })
    }
}

/// The blobs that an entry names, with the keys that seal them in journals from before blobs were known to the store.
#[must_use]
pub fn blobs_named(entry: &Recorded) -> Vec<(String, KeyId)> {
    let store::Body::Plain(bytes) = &entry.body else {
        return Vec::new();
    };
    match Body::decode(bytes.as_bytes()).map(|body| body.what) {
        Ok(What::Report(ReportEvent::Arrived { raw: Some(raw), .. })) => vec![(raw.blob, KeyId::from(&entry.stream))],
        _ => Vec::new(),
    }
}

/// These reports, with the messages by which their senders went on with them.
fn with_answers(board: &Board, reports: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = reports.iter().map(|number| (*number).to_owned()).collect();
    for number in reports {
        let parsed = Number::parse(number).ok();
        let stream = parsed.and_then(|number| board.report_of_number(number.as_str()));
        let answers = stream
            .map(|(stream, _)| board.messages_about(stream))
            .unwrap_or_default();
        for (_, number) in answers {
            if !all.iter().any(|known| known == number) {
                all.push(number.to_owned());
            }
        }
    }
    all
}

/// The event, and the job that finishes what it says if this process does not live to do it.
pub(crate) fn erasing(replica: &Replica, actor: &Actor, what: What, now: Timestamp) -> Result<Plan, ActError> {
    let house = StreamId::new("house")?;
    let mut plan = Plan::one(actor, &house, now, what);
    plan.jobs.push(purge_job(&house, replica.next(&house), now)?);
    Ok(plan)
}

/// The cases of these reports say since then what is gone: older notes of them do not know it.
fn say_gone(plan: &mut Plan, board: &Board, reports: &[&str], now: Timestamp) -> Result<(), ActError> {
    for number in reports {
        let Some((report, _)) = board.report_of_number(number) else {
            continue;
        };
        // What goes on with a report has no case of its own.
        let Some((case, _)) = home(board, report) else {
            continue;
        };
        let text = format!(
            "Who sent {number} is erased. The message as it arrived and the files that came with it are destroyed: nothing opens them, whatever this case said of them before."
        );
        plan.push(&StreamId::new(case)?, now, What::Case(Event::Noted { text }));
    }
    Ok(())
}

fn reason(why: &str) -> Result<String, ActError> {
    const MAX_CHARS: usize = 500;
    let why = why.trim();
    if why.is_empty() || why.chars().count() > MAX_CHARS || why.chars().any(char::is_control) {
        return Err(ActError::invalid(
            "say the legal reason in one line, at most 500 characters; it stays in the journal, so it names nobody",
        ));
    }
    Ok(why.to_owned())
}

/// The erasure of one of these numbers, if it was recorded before.
fn erased_before<'a>(erasures: &'a [Erasure], numbers: &[&str]) -> Option<&'a Erasure> {
    let asked: Vec<String> = numbers
        .iter()
        .filter_map(|number| Some(Number::parse(number).ok()?.as_str().to_owned()))
        .collect();
    let all =
        |gone: &&Erasure| asked.len() == numbers.len() && asked.iter().all(|number| gone.numbers.contains(number));
    erasures.iter().find(all)
}

/// Everything of a case, if it may go.
fn of_case(board: &Board, stream: &StreamId, case: &Case, why: &str, now: Timestamp) -> Result<Erasure, ActError> {
    let over = |case: &Case| matches!(board.phase(case, now), Phase::Closed | Phase::Rejected(_));
    if !over(case) {
        return Err(Refusal::without_clause(
            "the case is open: close it first, or reject it, with the clause that lets you",
        )
        .into());
    }
    let cases = family(board, stream.as_str(), case);
    if let Some((_, open)) = cases.iter().find(|(_, going)| !over(going)) {
        return Err(Refusal::without_clause(format!(
            "{} is open, and shares reports or origins with it: they are shredded together, once both are over",
            open.number
        ))
        .into());
    }
    let bound = |case: &Case| case.embargo.ended.is_none() && !case.embargo.accepted.is_empty();
    if cases.iter().any(|(_, going)| bound(going)) {
        return Err(Refusal::without_clause(
            "the case is under embargo: others rely on what was agreed; end the embargo first",
        )
        .into());
    }
    let (mut numbers, mut streams, mut others) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (stream, case) in &cases {
        numbers.insert(case.number.clone());
        streams.insert((*stream).to_owned());
        others.extend(all_keys(board, stream)?);
        for report in reports_of(board, stream, case) {
            others.push(arrival_key(&StreamId::new(report)?)?.to_string());
            others.extend(all_keys(board, report)?);
            numbers.extend(board.report(report).map(|report| report.number.clone()));
            streams.insert(report.to_owned());
            for (answer, number) in board.messages_about(report) {
                others.push(arrival_key(&StreamId::new(answer)?)?.to_string());
                others.extend(all_keys(board, answer)?);
                numbers.insert(number.to_owned());
                streams.insert(answer.to_owned());
            }
        }
        for advisory in advisories_of(board, case) {
            let state = board.advisories.get(advisory);
            // What was published is public, what was released to somebody is in their hands, and its record stays; a draft that others share is theirs too.
            let ours = state.is_some_and(|state| {
                state.ordered.is_none()
                    && state.limited.iter().all(|limited| limited.release.is_none())
                    && state.stage != Stage::Published
                    && state
                        .draft
                        .cases
                        .iter()
                        .all(|number| cases.iter().any(|(_, case)| case.number == *number))
            });
            if ours {
                streams.insert(advisory.to_owned());
                // Its texts have a key of their own, and never got further than the first version.
                others.push(text_key(&StreamId::new(advisory)?, 1)?.to_string());
            }
        }
    }
    // The case's own number leads.
    numbers.remove(&case.number);
    let numbers = [case.number.clone()].into_iter().chain(numbers).collect();
    let streams: Vec<String> = streams.into_iter().collect();
    Ok(Erasure {
        numbers,
        keys: streams.iter().cloned().chain(others).collect(),
        streams,
        why: why.to_owned(),
        named: None,
    })
}

/// The case, with those that ended as its duplicates or in it, and those that cannot do without it: where it went on, what was split from it
/// and keeps its origins there, what a report of it left and goes by the number of that report, and what such a report went through.
fn family<'a>(board: &'a Board, stream: &'a str, case: &'a Case) -> Vec<(&'a str, &'a Case)> {
    let mut cases = vec![(stream, case)];
    let mut next = 0;
    while let Some((stream, case)) = cases.get(next).copied() {
        next += 1;
        let mut tied = board.duplicates_of(&case.number);
        tied.extend(board.absorbed_by(case));
        tied.extend(board.split_from(&case.number));
        let absorber = case.view.merged_into.as_deref();
        tied.extend(absorber.and_then(|absorber| board.own_case(absorber)));
        let mut reports = reports_of(board, stream, case).peekable();
        if reports.peek().is_some() {
            let origin = case.view.split_from.as_deref();
            tied.extend(origin.and_then(|origin| board.own_case(origin)));
        }
        tied.extend(reports.flat_map(|report| way_of(board, report)));
        for (stream, case) in tied {
            if !cases.iter().any(|(known, _)| *known == stream) {
                cases.push((stream, case));
            }
        }
    }
    cases
}

/// The cases that a report went through, from the one with its number on: who sent it is named in each, also in one that was taken up again.
fn way_of<'a>(board: &'a Board, report: &'a str) -> Vec<(&'a str, &'a Case)> {
    let number = board.report(report).map(|report| report.number.as_str());
    let mut way: Vec<(&str, &Case)> = number.and_then(|number| board.own_case(number)).into_iter().collect();
    let mut next = 0;
    while let Some((_, case)) = way.get(next).copied() {
        next += 1;
        for entry in case.entries.iter() {
            let Event::DuplicateOf { case } = &entry.event else {
                continue;
            };
            let into = board.own_case(case);
            let into = into.filter(|(_, into)| into.reports.iter().any(|known| known == report));
            way.extend(into.filter(|(into, _)| !way.iter().any(|(known, _)| known == into)));
        }
    }
    way
}

/// Its reports, without those that have moved to another case.
fn reports_of<'a>(board: &'a Board, stream: &'a str, case: &'a Case) -> impl Iterator<Item = &'a str> {
    let here = move |report: &&String| {
        let report = board.report(report);
        report.is_some_and(|report| report.case.as_deref() == Some(stream))
    };
    case.reports.iter().filter(here).map(String::as_str)
}

fn advisories_of<'a>(board: &'a Board, case: &'a Case) -> impl Iterator<Item = &'a str> {
    let names = |cases: &[String]| cases.contains(&case.number);
    let theirs = board
        .advisories
        .iter()
        .filter(move |(_, state)| names(&state.draft.cases));
    theirs.map(|(stream, _)| stream.as_str())
}
