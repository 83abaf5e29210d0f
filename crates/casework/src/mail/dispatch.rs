//! Letters on their way out: handed over by whoever has a mail server, and ended by its answer.
//!
//! Owns when a letter goes, and what is recorded of it. A letter is recorded as begun before it is handed over, so that a process that dies
//! between the two leaves one that is handed over at most once more, under the same identifier. Never holds its words or an address: they
//! are made anew each time, from what may leave ([`super::letter`]).

use super::keys::{candidates, key_blob};
use super::letter::{
    JudgesKey, LetterNews, LetterReport, OutgoingLetter, SealedPart, may_leave, named, news, quotable, title_for,
};
use super::lost::{give_up, lost, refused, withhold};
use super::marks::{TAGS_KEY, Thread};
use super::order::{MAIL, job_key};
use super::pace::{Pace, pace, waiting};
use super::reach::says_in_clear;
use super::turns::Turn;
use crate::Casework;
use crate::act::{judge, next_entry};
use crate::actions::SEND_LETTER;
use crate::actor::Actor;
use crate::error::ActError;
use crate::form::policy_now;
use crate::house::id_bits;
use crate::jobs::{later, wait_after};
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::arrival_key;
use crate::replica::Replica;
use crate::room::home;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Report, RoomLock};
use psirt::body::What;
use psirt::case::guidance;
use psirt::case::merge::is_retracted;
use psirt::case::refuse::Evidence;
use psirt::event::Event;
use psirt::house::ReportEvent;
use psirt::house::dispatch::{Dispatch, DispatchEvent, LetterKind, Line};
use psirt::policy::Policy;
use psirt::policy::block::notice::Shown;
use store::{Batch, ClaimedJob, Effect, KeyId, Marker, Outcome, Settled, StoreError, StreamId};
use vault::RoomKey;
use zeroize::Zeroizing;

/// What the secret of a room is made from that opens for somebody who wrote by mail.
const ROOM: &str = "room";
/// How long a letter is tried.
const LIFE: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How often a letter is handed over without learning what came of it.
const MOST_UNCLEAR: u32 = 2;
/// How often the end of a letter is recorded anew where others were faster.
const MOST_TRIES: u32 = 5;
/// Longest reason that is kept, in characters.
const MAX_WHY_CHARS: usize = 100;

/// Randomness that the encryption of one letter takes, in bytes.
const SEED_BYTES: usize = 32;

/// A letter to be handed over now.
pub struct LetterToSend {
    /// The letter.
    pub letter: OutgoingLetter,
    seed: Zeroizing<[u8; SEED_BYTES]>,
    stream: StreamId,
    id: u32,
    claimed: ClaimedJob,
}

impl LetterToSend {
    /// Fresh randomness for its encryption, used for nothing else.
    #[must_use]
    pub fn seed(&self) -> &Zeroizing<[u8; SEED_BYTES]> {
        &self.seed
    }
}

/// Without the letter.
impl std::fmt::Debug for LetterToSend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LetterToSend({}, {})", self.stream, self.id)
    }
}

/// What came of handing a letter over. The reasons are codes, or words of ours: a server's own words quote addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The server has it.
    Taken,
    /// A server of the recipient's domain has it, without one of ours between.
    Delivered(Line),
    /// The server does not have it now.
    Later(String),
    /// The server never takes it.
    Never(String),
    /// The connection ended after all of it was handed over, before the answer.
    Unclear,
}

/// What is to be done with a letter.
#[derive(Debug)]
enum Verdict {
    /// Nothing: it is gone, or has ended.
    Nothing,
    /// It waits until then.
    Wait(Timestamp),
    /// There is nothing to send.
    Drop(String),
    /// It is given up.
    GiveUp(String),
    /// It is not sent unless a person asks for it: a server refused its address for good before.
    Withhold(String),
    /// It goes, and speaks for the reports in these streams, too.
    Go(Vec<String>),
}

impl Casework {
    /// The letter that has waited longest and may go now; none if none waits. It is recorded as begun: hand it over, then say what came of
    /// it by [`Casework::letter_ended`]. `judges` says whether a certificate can be encrypted to.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_letter(&self, judges: JudgesKey) -> Result<Option<LetterToSend>, ActError> {
        self.next_letter_by(judges, |_| Turn::Now).await
    }

    /// The same of those whose turn it is: `turn` says so of the domain of a recipient.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_letter_by(
        &self,
        judges: JudgesKey,
        turn: impl Fn(&str) -> Turn,
    ) -> Result<Option<LetterToSend>, ActError> {
        let effect = Effect::new(MAIL)?;
        loop {
            let Some(claimed) = self.claim_letter(&effect, &turn, self.now()).await? else {
                return Ok(None);
            };
            match self.begin(&claimed, judges).await {
                Ok(Some(letter)) => return Ok(Some(letter)),
                Ok(None) => {}
                // A damaged report keeps no other letter waiting.
                Err(error) => {
                    self.settle(&claimed, Err(error)).await?;
                }
            }
        }
    }

    /// Decides, and records the decision; gives the letter if it goes.
    async fn begin(&self, claimed: &ClaimedJob, judges: JudgesKey) -> Result<Option<LetterToSend>, ActError> {
        let stream = claimed.job.stream.clone();
        let id = u32::try_from(claimed.job.seq).unwrap_or_default();
        let marker = self.store().marker(&KeyId::new(TAGS_KEY)?).await?;
        let actor = Actor::part(MAIL);
        let certificate = self.certificate_for(stream.as_str(), judges).await?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, &actor, &SEND_LETTER)?;
            let mut plan = Plan::by(&actor);
            let verdict = match verdict(board, stream.as_str(), id, now) {
                Verdict::Go(_) if certificate.is_none() && goes_encrypted(board, stream.as_str(), id) => {
                    Verdict::Drop("no key of its reader is known that works".to_owned())
                }
                verdict => verdict,
            };
            match &verdict {
                Verdict::Nothing | Verdict::Wait(_) => {}
                Verdict::Drop(why) => {
                    push(&mut plan, &stream, id, now, DispatchEvent::Dropped { why: why.clone() });
                    plan.settled.push(settled(claimed, Outcome::Done));
                }
                Verdict::GiveUp(why) => give_up(&mut plan, board, (&stream, id), claimed, why, now)?,
                Verdict::Withhold(why) => withhold(&mut plan, board, (&stream, id), claimed, why, now)?,
                Verdict::Go(also) => {
                    let told = certificate.is_some() || clear_news(board, stream.as_str(), id, now).is_some();
                    let also_for = also.clone();
                    push(
                        &mut plan,
                        &stream,
                        id,
                        now,
                        DispatchEvent::Begun { also: also_for, told },
                    );
                    for report in std::iter::once(stream.as_str()).chain(also.iter().map(String::as_str)) {
                        open_room(&mut plan, board, &marker, report, now)?;
                    }
                }
            }
            Ok((plan, verdict))
        };
        let (verdict, _) = self.record(record).await?;
        match verdict {
            Verdict::Nothing => self.settle(claimed, Ok(())).await.map(|_| None),
            Verdict::Wait(until) => self.again(claimed, until).await.map(|()| None),
            Verdict::Drop(_) | Verdict::GiveUp(_) | Verdict::Withhold(_) => Ok(None),
            Verdict::Go(also) => {
                let letter = self.written(&stream, id, &also, &marker, certificate)?;
                Ok(Some(LetterToSend {
                    letter,
                    seed: self.letter_seed()?,
                    stream,
                    id,
                    claimed: claimed.clone(),
                }))
            }
        }
    }

    /// The letter as it may leave now.
    fn written(
        &self,
        stream: &StreamId,
        id: u32,
        also: &[String],
        marker: &Marker,
        certificate: Option<String>,
    ) -> Result<OutgoingLetter, ActError> {
        let board = self.board();
        let (report, to) = may_leave(&board, stream.as_str()).map_err(ActError::invalid)?;
        let kind = report.letters.iter().find(|letter| letter.id == id);
        let kind = kind.map(|letter| letter.letter.clone()).ok_or(ActError::NO_REPORT)?;
        let brand = board.house.brands.get(&report.brand).ok_or(ActError::NO_REPORT)?;
        let thread = Thread::of(marker, brand, stream.as_str()).ok_or(ActError::NO_REPORT)?;
        let (message_id, reply_to) = named(&thread, id);
        let policy = policy_now(&board.house, brand, self.now());
        let mail = report.mail.as_deref().and_then(|mail| mail.letter.as_ref());
        let streams = std::iter::once(stream.as_str()).chain(also.iter().map(String::as_str));
        let spoken: Vec<(&str, &Report)> = streams
            .filter_map(|stream| Some((stream, board.report(stream)?)))
            .collect();
        let reports = spoken.iter().map(|(stream, report)| LetterReport {
            number: report.number.clone(),
            received: report.at.unwrap_or_default(),
            room: board.lock_of(stream).map(|lock| lock.address.clone()),
        });
        let news = news(&board, stream.as_str(), &kind, self.now());
        let clear = clear_news(&board, stream.as_str(), id, self.now()).filter(|_| certificate.is_none());
        let sealed = certificate.map(|certificate| SealedPart {
            certificate,
            news,
            secrets: spoken
                .iter()
                .map(|(stream, _)| secret(&board, marker, stream))
                .collect(),
            titles: spoken.iter().map(|(_, report)| title_for(report)).collect(),
            promises: spoken
                .iter()
                .map(|(stream, _)| crate::room::owed_to(&board, stream, self.now()))
                .collect(),
        });
        Ok(OutgoingLetter {
            kind,
            brand: brand.clone(),
            to: to.to_owned(),
            message_id,
            reply_to,
            answers: mail.and_then(|letter| quotable(letter.message_id.as_deref()?)),
            reports: reports.collect(),
            policy: policy.map(|policy| (policy.front.title.clone(), policy.front.version.clone())),
            terms: policy.map_or_else(Vec::new, terms),
            clear,
            zone: policy.map_or(jiff::tz::TimeZone::UTC, |policy| policy.front.zone.clone()),
            sealed,
        })
    }

    fn letter_seed(&self) -> Result<Zeroizing<[u8; SEED_BYTES]>, ActError> {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        for part in seed.chunks_exact_mut(size_of::<u128>()) {
            part.copy_from_slice(&id_bits(self.ports().ids.draw("letter")?.as_str()).to_be_bytes());
        }
        Ok(seed)
    }

    /// The certificate under which a report is answered; none if none is known that works.
    async fn certificate_for(&self, stream: &str, judges: JudgesKey) -> Result<Option<String>, ActError> {
        let (to, mut known, blob) = {
            let board = self.board();
            let Ok((_, to)) = may_leave(&board, stream) else {
                return Ok(None);
            };
            let known = candidates(&board, stream).into_iter();
            let known: Vec<(String, bool)> = known.map(|known| (known.public.to_owned(), known.is_named)).collect();
            (to.to_owned(), known, key_blob(&board, stream))
        };
        if let Some(blob) = blob
            && let Some(bytes) = self.raw_bytes(&blob).await?
        {
            // Whoever filled the form in gave both the key and the address.
            known.extend(String::from_utf8(bytes).ok().map(|key| (key, false)));
        }
        let at = self.now().as_second();
        let judge = move || {
            let mut known = known.into_iter();
            let found = known.find(|(key, is_named)| judges(key, is_named.then_some(to.as_str()), at));
            found.map(|(key, _)| key)
        };
        // Reading a stranger's certificate may take a moment.
        Ok(tokio::task::spawn_blocking(judge).await.unwrap_or(None))
    }

    /// Records what came of handing a letter over. Where the server has an acknowledgement, its cases say since now that they are
    /// acknowledged.
    ///
    /// # Errors
    /// Those of the store: then nothing was recorded, and the letter counts as one of which nobody knows what became of it.
    pub async fn letter_ended(&self, sent: &LetterToSend, handover: &Handover) -> Result<(), ActError> {
        let actor = Actor::part(MAIL);
        let (stream, id) = (&sent.stream, sent.id);
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, &actor, &SEND_LETTER)?;
            let mut plan = Plan::by(&actor);
            let Some(dispatch) = dispatch(board, stream.as_str(), id) else {
                // It was erased meanwhile.
                plan.settled.push(settled(&sent.claimed, Outcome::Done));
                return Ok((plan, ()));
            };
            let is_old = now.duration_since(dispatch.ordered) >= LIFE;
            let retry = later(now, wait_after(u64::from(dispatch.begun))).as_microsecond();
            match handover {
                Handover::Taken | Handover::Delivered(_) => {
                    let event = match handover {
                        Handover::Delivered(line) => DispatchEvent::Delivered { line: *line },
                        _ => DispatchEvent::Taken,
                    };
                    push(&mut plan, stream, id, now, event);
                    plan.settled.push(settled(&sent.claimed, Outcome::Done));
                    taken(&mut plan, replica, stream, dispatch, now)?;
                }
                Handover::Later(why) if is_old => give_up(&mut plan, board, (stream, id), &sent.claimed, why, now)?,
                Handover::Later(why) => {
                    push(&mut plan, stream, id, now, DispatchEvent::PutOff { why: short(why) });
                    plan.settled
                        .push(settled(&sent.claimed, Outcome::Retry { run_at_us: retry }));
                }
                Handover::Never(why) => give_up(&mut plan, board, (stream, id), &sent.claimed, why, now)?,
                Handover::Unclear if dispatch.unclear + 1 >= MOST_UNCLEAR => {
                    give_up(&mut plan, board, (stream, id), &sent.claimed, NO_ANSWER, now)?;
                }
                Handover::Unclear => {
                    push(&mut plan, stream, id, now, DispatchEvent::Unclear);
                    plan.settled
                        .push(settled(&sent.claimed, Outcome::Retry { run_at_us: retry }));
                }
            }
            Ok((plan, ()))
        };
        let mut tries = 0;
        loop {
            match self.record(record).await {
                // Somebody else took it: it lasted longer than its claim.
                Err(ActError::Store(StoreError::JobLost(_))) => return Ok(()),
                // The letter is out, so that giving way to whoever works on the case would send it once more.
                Err(ActError::Conflict { .. }) if tries < MOST_TRIES => tries += 1,
                recorded => return recorded.map(|_| ()),
            }
        }
    }

    async fn again(&self, claimed: &ClaimedJob, at: Timestamp) -> Result<(), ActError> {
        let run_at_us = at.as_microsecond();
        let batch = Batch {
            recorded_us: self.now().as_microsecond(),
            settled: vec![settled(claimed, Outcome::Retry { run_at_us })],
            ..Batch::default()
        };
        match self.store().append(batch).await {
            Ok(_) | Err(StoreError::JobLost(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Why a letter is given up that was handed over twice without an answer.
const NO_ANSWER: &str = "it was handed over twice, and the connection ended before the answer: it may have arrived";

fn dispatch<'b>(board: &'b Board, stream: &str, id: u32) -> Option<&'b Dispatch> {
    let report = board.report(stream)?;
    report.letters.iter().find(|letter| letter.id == id)
}

/// Whether a letter goes encrypted or not at all.
fn goes_encrypted(board: &Board, stream: &str, id: u32) -> bool {
    dispatch(board, stream, id).is_some_and(|letter| letter.encrypted)
}

/// What a letter says where no key of its reader is known: what a person decided to write in clear, and nothing else.
fn clear_news(board: &Board, stream: &str, id: u32, now: Timestamp) -> Option<LetterNews> {
    let letter = &dispatch(board, stream, id)?.letter;
    let LetterKind::News { case, entry } = letter else {
        return None;
    };
    let mut entries = board.case(case)?.entries.iter();
    entries.find(|known| known.seq == *entry && says_in_clear(&known.event))?;
    news(board, stream, letter, now)
}

/// The texts that the policy wants in the acknowledgement, each with its clause.
fn terms(policy: &Policy) -> Vec<(String, String)> {
    let notices = guidance::notices(policy, Shown::Acknowledgement);
    notices
        .map(|notice| (notice.clause.clone(), notice.text.trim().to_owned()))
        .collect()
}

fn verdict(board: &Board, stream: &str, id: u32, now: Timestamp) -> Verdict {
    let Some(dispatch) = dispatch(board, stream, id) else {
        return Verdict::Nothing;
    };
    // A person may want one that was given up tried once more, or one that was withheld sent all the same.
    let revived = lost(dispatch).is_some();
    if !dispatch.waits() && !revived {
        return Verdict::Nothing;
    }
    let (report, to) = match may_leave(board, stream) {
        Ok(allowed) => allowed,
        Err(why) => return Verdict::Drop(why.to_owned()),
    };
    if dispatch.begun == 0 && now.duration_since(dispatch.ordered) >= LIFE {
        return Verdict::Drop("nothing could be sent for five days after it was ordered".to_owned());
    }
    let is_news = matches!(dispatch.letter, LetterKind::News { .. });
    if is_news && is_taken_back(board, &dispatch.letter) {
        return Verdict::Drop("what it says was taken back".to_owned());
    }
    // Of what came by a form the page has said the number; its letter says it once more.
    // A second one is for somebody else than the first: a person said who wrote the report.
    let mut before = report.letters.iter().take_while(|letter| letter.id != id);
    let is_first = !before.any(|letter| letter.letter == LetterKind::Acknowledgement);
    if !is_news && is_first && report.channel == "mail" && dispatch.begun == 0 && is_acknowledged(board, stream) {
        return Verdict::Drop("somebody has acknowledged it already".to_owned());
    }
    if dispatch.begun == 0
        && !revived
        && let Some(why) = refused(board, stream, to)
    {
        return Verdict::Withhold(why.to_owned());
    }
    let unclear = dispatch.unclear + u32::from(dispatch.is_open);
    if unclear >= MOST_UNCLEAR && !revived {
        return Verdict::GiveUp(NO_ANSWER.to_owned());
    }
    if unclear > 0 {
        // Exactly what may have arrived, so that it does not matter which of the two did.
        return Verdict::Go(dispatch.also.clone());
    }
    // What a person decided to say is not slowed down.
    if is_news {
        return Verdict::Go(Vec::new());
    }
    // Nor is what goes out because a key came, by a person's hand or in an answer to a letter of ours; nor what a person wants tried once more.
    let wanted = dispatch.encrypted || revived;
    match pace(board, stream, (id, wanted), to, now) {
        Pace::Wait(until) => Verdict::Wait(until),
        Pace::Go(also) => Verdict::Go(also),
    }
}

/// Whether the entry that a letter tells of does not stand any more.
fn is_taken_back(board: &Board, letter: &LetterKind) -> bool {
    let LetterKind::News { case, entry } = letter else {
        return false;
    };
    let case = board.case(case);
    case.is_none_or(|case| is_retracted(&case.entries, *entry))
}

/// Whether the case of a report says that this reporter, or the only one, was acknowledged.
pub(super) fn is_acknowledged(board: &Board, stream: &str) -> bool {
    acknowledgement(board, stream).is_none()
}

/// What the case of a report does not say yet: that its reporter has the number. With the stream of the case.
fn acknowledgement(board: &Board, stream: &str) -> Option<(String, Event)> {
    let (home, case) = home(board, stream)?;
    let name = match case.facts.reporters.len() {
        0 | 1 => None,
        _ => Some(board.reporter_called(case, &board.report(stream)?.number)?),
    };
    let known = |event: &Event| match event {
        Event::Acknowledged { reporter } => name.is_none() || *reporter == name,
        _ => false,
    };
    let said = case.entries.iter().any(|entry| known(&entry.event));
    (!said).then(|| (home.to_owned(), Event::Acknowledged { reporter: name }))
}

/// The reports for which a letter spoke have their numbers since now.
fn taken(
    plan: &mut Plan,
    replica: &Replica,
    stream: &StreamId,
    sent: &Dispatch,
    now: Timestamp,
) -> Result<(), ActError> {
    let board = &replica.board;
    if sent.letter != LetterKind::Acknowledgement {
        return Ok(());
    }
    let mut told = vec![stream.clone()];
    for other in &sent.also {
        let other = StreamId::new(other.as_str())?;
        let Some(folded) = board.report(other.as_str()).and_then(waiting) else {
            continue;
        };
        let into = stream.to_string();
        push(plan, &other, folded.id, now, DispatchEvent::Folded { into });
        plan.dropped.push(job_key(&other, folded.id)?);
        told.push(other);
    }
    let actor = Actor::part(MAIL);
    let mut said: Vec<(String, Event)> = Vec::new();
    for report in told {
        let Some((home, event)) = acknowledgement(board, report.as_str()) else {
            continue;
        };
        if said.contains(&(home.clone(), event.clone())) {
            continue;
        }
        let (home, case) = (
            StreamId::new(home.as_str())?,
            board.case(&home).ok_or(ActError::NO_CASE)?,
        );
        let entry = next_entry(replica, &home, &actor, now, now, event.clone());
        // What somebody at the desk did to the case meanwhile takes nothing from the letter: it is out.
        if judge(board, case, &entry, Evidence::default(), now).is_ok() {
            let number = board.report(report.as_str()).map(|known| known.number.as_str());
            plan.push_about(number, &home, now, event.clone());
        }
        said.push((home.to_string(), event));
    }
    Ok(())
}

pub(super) fn push(plan: &mut Plan, stream: &StreamId, id: u32, now: Timestamp, event: DispatchEvent) {
    plan.push(stream, now, What::Report(ReportEvent::Dispatch { id, event }));
}

pub(super) fn settled(claimed: &ClaimedJob, outcome: Outcome) -> Settled {
    Settled {
        ticket: claimed.ticket.clone(),
        outcome,
    }
}

pub(super) fn short(why: &str) -> String {
    let plain = why.chars().filter(|c| !c.is_control());
    plain.take(MAX_WHY_CHARS).collect()
}

/// Whoever wrote by mail gets a room, too. Its secret is made from the house's key of marks, so that a letter that is handed over once more
/// says the same; the journal has its digest alone.
fn open_room(plan: &mut Plan, board: &Board, marker: &Marker, report: &str, now: Timestamp) -> Result<(), ActError> {
    if board.lock_of(report).is_some() {
        return Ok(());
    }
    let room = room_key(marker, report);
    let lock = RoomLock {
        key: room.digest().to_hex(),
        address: room.address(),
        locked: None,
    };
    let stream = StreamId::new(report)?;
    plan.push_under(
        arrival_key(&stream)?,
        &stream,
        now,
        What::Report(ReportEvent::RoomOpened(lock)),
    );
    Ok(())
}

fn room_key(marker: &Marker, report: &str) -> RoomKey {
    RoomKey::of(&marker.mark(ROOM, report.as_bytes()), b"mail")
}

/// The secret of a room that was opened here; none of one that a form opened, whose reporter alone has it.
fn secret(board: &Board, marker: &Marker, report: &str) -> Option<Zeroizing<String>> {
    let room = room_key(marker, report);
    let lock = board.lock_of(report)?;
    room.digest().is(&lock.key).then(|| room.reveal())
}
