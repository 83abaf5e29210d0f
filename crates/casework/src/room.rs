//! The reporter's room: who is let in, and what they may record there.
//!
//! A room belongs to a report. Who holds its secret acts as that report's reporter and as nobody else: under the name that the case has for them
//! now, and with the report's number, which stays when the name changes. What they see is `view`'s, and what was said to them `own`'s. Never keeps a secret: the journal has a
//! digest of it, and the secret under a passphrase.

mod opening;
mod own;
mod shown;
mod view;

pub use opening::OpenedRoom;
pub(crate) use own::findings;
pub use shown::{ShownText, ShownTexts};
pub(crate) use view::handed;
pub use view::{
    Appeal, Asked, Conversation, Findings, Handed, Moved, Owed, Planned, RoomFile, RoomStatus, RoomView, Said, Standing,
};

use crate::Casework;
use crate::act::{judge, next_entry};
use crate::actions::{ERASE_SELF, WRITE_ROOM};
use crate::actor::Actor;
use crate::error::{ActError, sentence};
use crate::form::{MAX_LINE_CHARS, plan_of};
use crate::permit::permit;
use crate::plan::{Committed, Plan};
use crate::receive::{Received, arrival_key, find_report};
use crate::replica::Replica;
use crate::shred::Shredded;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::{Board, Case, RoomLock};
use psirt::body::What;
use psirt::case::guidance;
use psirt::case::phase::Phase;
use psirt::case::refuse::Evidence;
use psirt::event::{CreditChoice, Deadline, Event, Exit};
use psirt::house::ReportEvent;
use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::{Command, CommandId, KeyId, StreamId};
use tokio::sync::Semaphore;
use vault::{RoomKey, TokenDigest};

/// Longest message from a room, in bytes. What is longer goes with it as a file.
pub const MAX_WORDS_BYTES: usize = 64_000;
/// Most messages, files and wishes of one room in a day.
const MAX_ACTS_A_DAY: usize = 200;
/// Each takes 19 MiB and a tenth of a second.
static STRETCHING: Semaphore = Semaphore::const_new(2);
/// Tries of a passphrase for one room that one address has, and how long they count.
const MAX_TRIES: usize = 10;
const TRIES_COUNT_SECONDS: i64 = 3_600;
/// Tries for one room, from wherever, after which each is answered a second later than the one before it, and how late at most.
const TRIES_AT_ONCE: usize = 20;
const MAX_DELAY_SECONDS: usize = 10;
/// Tries that are remembered; beyond it the oldest are forgotten.
const MAX_TRIES_KNOWN: usize = 10_000;

/// A room that somebody opened by its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Room {
    report: StreamId,
    number: String,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Room(…)")
    }
}

impl Room {
    /// The tracking number of its report.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }
}

/// What a reporter records in their room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Something to say to the team.
    Message(String),
    /// Whether to be named, and as what.
    Credit(CreditChoice, String),
    /// When they plan to publish, as they wrote it.
    Disclosure(String),
    /// An appeal against the rejection, with what was missed.
    Appeal(String),
}

/// What came of a passphrase that was tried.
#[derive(Debug)]
pub struct Knocked {
    /// The secret of the room, if the passphrase is its own.
    pub key: Option<RoomKey>,
    /// How long whoever tried waits before they are told. It depends on how often the room was tried, and not on what came of it.
    pub told_after: Duration,
}

/// Tries of passphrases, for the time that they count. In memory alone: a start forgets them, and each try is dear anyway.
#[derive(Default)]
pub(crate) struct Tries(Mutex<VecDeque<Try>>);

struct Try {
    address: String,
    client: Option<String>,
    at: Timestamp,
}

impl Tries {
    /// Notes a try: whether it counts, and how long its answer waits. Strangers use up their own tries and never the owner's; what they
    /// do to a room together makes it slow, and never shut.
    fn take(&self, address: &str, client: Option<&str>, now: Timestamp) -> (bool, Duration) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|tried| now.as_second() - tried.at.as_second() < TRIES_COUNT_SECONDS);
        let here = || tries.iter().filter(|tried| tried.address == address);
        let theirs = client.map_or(0, |client| {
            here().filter(|tried| tried.client.as_deref() == Some(client)).count()
        });
        let late = here().count().saturating_sub(TRIES_AT_ONCE - 1).min(MAX_DELAY_SECONDS);
        let delay = Duration::from_secs(late as u64);
        let counts = theirs < MAX_TRIES;
        if counts {
            if tries.len() >= MAX_TRIES_KNOWN {
                tries.pop_front();
            }
            tries.push_back(Try {
                address: address.to_owned(),
                client: client.map(str::to_owned),
                at: now,
            });
        }
        (counts, delay)
    }
}

impl Casework {
    /// The room that a secret opens at a brand's portal. An unknown secret, a wrong one and a room that was closed are the same: none.
    #[must_use]
    pub fn room(&self, brand: &str, secret: &str) -> Option<Room> {
        let key = RoomKey::read(secret)?;
        let board = self.board();
        room_of(&board, brand, board.room_of_key(&key.digest().to_hex())?)
    }

    /// What the address of a room shows to everybody who has it: the number, and how far the report is.
    #[must_use]
    pub fn room_status(&self, brand: &str, address: &str) -> Option<RoomStatus> {
        let board = self.board();
        let (report, _) = board.room_at(address)?;
        room_of(&board, brand, report)?;
        view::status(&board, report, self.now())
    }

    /// The secret of the room at an address, for who knows its number and its passphrase. Everything that is wrong takes as long and gives
    /// nothing, and so does the right answer of a `client` who tried too often within the hour. Where it is not known who tries, nobody has
    /// too many tries: they all wait.
    pub async fn unlock_room(
        &self,
        brand: &str,
        address: &str,
        number: &str,
        passphrase: &str,
        client: Option<&str>,
    ) -> Knocked {
        self.refresh().await.ok();
        let (lock, is_number) = {
            let board = self.board();
            let found = board.room_at(address);
            let report = found.and_then(|(report, _)| room_of(&board, brand, report));
            let number = psirt::case::number::Number::parse(number).ok();
            let is_number = number
                .zip(report)
                .is_some_and(|(number, room)| room.number == number.as_str());
            (found.map(|(_, lock)| lock.clone()), is_number)
        };
        let (may, told_after) = self.tries().take(address, client, self.now());
        let (locked, digest) = lock.map_or((None, String::new()), |lock| (lock.locked, lock.key));
        let passphrase = zeroize::Zeroizing::new(passphrase.to_owned());
        let _turn = STRETCHING.acquire().await.ok();
        let unlocked =
            tokio::task::spawn_blocking(move || RoomKey::unlock(locked.as_deref(), &digest, &passphrase)).await;
        Knocked {
            key: unlocked.ok().flatten().filter(|_| may && is_number),
            told_after,
        }
    }

    /// What the room shows.
    #[must_use]
    pub fn view_room(&self, room: &Room) -> Option<RoomView> {
        view::room(&self.board(), room.report.as_str(), self.now())
    }

    /// Records that a reporter came to their room, if something of ours stands in it that they have not seen there: since then they know what
    /// was asked of them.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for a room that was closed meanwhile; those of the store.
    pub async fn room_seen(&self, room: &Room) -> Result<(), ActError> {
        let report = room.report.as_str();
        if !own::has_news(&self.board(), report) {
            return Ok(());
        }
        let actor = Actor::part("room");
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, &actor, &WRITE_ROOM)?;
            board.lock_of(report).ok_or(ActError::NO_REPORT)?;
            let mut plan = Plan::by(&actor);
            if own::has_news(board, report) {
                plan.push(&room.report, now, What::Report(ReportEvent::RoomSeen));
            }
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Records what a reporter says in their room. The same `once` twice is recorded once.
    ///
    /// # Errors
    /// [`ActError::Invalid`] for what is empty, too long or too much; [`ActError::Refused`]; [`ActError::NotFound`] for a room that was
    /// closed meanwhile; those of the store.
    pub async fn act_in_room(&self, room: &Room, once: &str, wish: &Wish) -> Result<(), ActError> {
        let actor = Actor::part("room");
        let decide = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, &actor, &WRITE_ROOM)?;
            let seat = Seat::of(board, room)?;
            seat.require_calm(now)?;
            let mut plan = Plan::by(&actor);
            for event in seat.events(board, wish, now)? {
                let entry = next_entry(replica, &seat.stream, &actor, now, now, event.clone());
                judge(board, seat.case, &entry, Evidence::default(), now)?;
                plan.push_about(Some(room.number()), &seat.stream, now, event);
            }
            plan.command = Some(Command {
                id: CommandId::new(format!("room-{}", TokenDigest::of(once).to_hex()))?,
                answer: Vec::new().into(),
                key_id: KeyId::from(&seat.stream),
            });
            Ok((plan, ()))
        };
        match self.commit(decide).await? {
            Committed::Recorded((), _) | Committed::Repeated(_) | Committed::Forgotten => Ok(()),
        }
    }

    /// Seals a file of a reporter's, under the key that goes when they are erased.
    ///
    /// # Errors
    /// As [`Casework::attach`], and those of [`Casework::act_in_room`].
    pub async fn attach_in_room(
        &self,
        room: &Room,
        name: &str,
        max_bytes: u64,
        source: impl Read + Send + 'static,
    ) -> Result<crate::Attached, ActError> {
        {
            let board = self.board();
            Seat::of(&board, room)?.require_calm(self.now())?;
        }
        self.attach_sent(&Actor::part("room"), room.number(), name, max_bytes, source)
            .await
    }

    /// Erases who sent the report, at their own wish: its sender, its bytes as they arrived, and the files that came with it. The case
    /// stays, and the room is closed for good.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for a room that was closed; those of the store. Once it is recorded, the worker finishes what is left.
    pub async fn erase_self(&self, room: &Room) -> Result<Shredded, ActError> {
        let actor = Actor::part("room");
        permit(&self.board().house, &actor, &ERASE_SELF)?;
        self.board().lock_of(room.report.as_str()).ok_or(ActError::NO_REPORT)?;
        let why = "The reporter asked for it in their room.";
        self.erase_senders(&actor, &ERASE_SELF, &[room.number()], why).await
    }

    /// Records that whoever sent a report has its number: the page that says it is about to leave.
    pub(crate) async fn number_given(&self, received: &Received) -> Result<(), ActError> {
        let actor = Actor::part("portal");
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, &actor, &WRITE_ROOM)?;
            let stream = StreamId::new(received.case_stream.as_str())?;
            let case = replica.board.case(stream.as_str()).ok_or(ActError::NO_CASE)?;
            let known = |event: &Event| matches!(event, Event::Acknowledged { .. });
            if case.entries.iter().any(|entry| known(&entry.event)) {
                return Ok((Plan::by(&actor), ()));
            }
            let reporter = replica.board.reporter_called(case, &received.number);
            let event = Event::Acknowledged { reporter };
            let entry = next_entry(replica, &stream, &actor, now, now, event.clone());
            judge(&replica.board, case, &entry, Evidence::default(), now)?;
            let mut plan = Plan::by(&actor);
            plan.push_about(Some(&received.number), &stream, now, event);
            Ok((plan, ()))
        };
        match self.record(record).await {
            // What somebody at the desk did to the case meanwhile takes nothing from the report.
            Err(ActError::Refused(_) | ActError::NotFound(_) | ActError::Conflict { .. }) => Ok(()),
            recorded => recorded.map(|_| ()),
        }
    }
}

/// How a report ended for whoever sent it, and whether they can appeal, as their room shows it; none while it has not ended.
pub(crate) fn verdict_on(board: &Board, report: &str, now: Timestamp) -> Option<(Standing, bool)> {
    let (_, case) = home(board, report)?;
    let view = view::room(board, report, now)?;
    let is_over = matches!(board.phase(case, now), Phase::Rejected(_));
    is_over.then(|| (view.standing, view.appeal == Appeal::Open))
}

/// What takes a case up again with the words of its reporter: nobody could reproduce it, and the policy asks for what that takes (N20).
pub(crate) fn taken_up(board: &Board, case: &Case) -> Option<Event> {
    let (_, exit) = case.facts.rejected()?;
    let goes_on = exit == Exit::CannotReproduce && board.policy_of(case).is_some_and(guidance::takes_up_again);
    goes_on.then(|| Event::Reopened {
        why: "Its reporter wrote again; it had ended because nobody could reproduce it.".to_owned(),
    })
}

/// What is promised to whoever sent a report, as their room shows it.
pub(crate) fn owed_to(board: &Board, report: &str, now: Timestamp) -> Vec<Owed> {
    view::room(board, report, now).map_or_else(Vec::new, |view| view.promises)
}

/// The room of a report, if it is one of the brand's.
fn room_of(board: &Board, brand: &str, report: &str) -> Option<Room> {
    let known = board.report(report).filter(|known| known.brand == brand)?;
    Some(Room {
        number: known.number.clone(),
        report: StreamId::new(report).ok()?,
    })
}

/// The case in which a report is handled now.
pub(crate) fn home<'a>(board: &'a Board, report: &str) -> Option<(&'a str, &'a Case)> {
    const MAX_MERGES: usize = 32;
    let stream = board.report(report)?.case.as_deref()?;
    let mut number = board.case(stream)?.number.as_str();
    for _ in 0..MAX_MERGES {
        let (_, case) = board.own_case(number)?;
        match &case.view.merged_into {
            Some(into) => number = into,
            None => break,
        }
    }
    board.own_case(number)
}

/// Where a reporter sits: the case, and what it calls them since the report came into it.
struct Seat<'a> {
    stream: StreamId,
    case: &'a Case,
    number: &'a str,
    name: String,
    zone: TimeZone,
}

impl<'a> Seat<'a> {
    /// Refused for a report that its case does not know: nobody sits under a name that may be somebody else's.
    fn of(board: &'a Board, room: &'a Room) -> Result<Seat<'a>, ActError> {
        let report = room.report.as_str();
        board.lock_of(report).ok_or(ActError::NO_REPORT)?;
        let (stream, case) = home(board, report).ok_or(ActError::NO_REPORT)?;
        let name = board.reporter_called(case, room.number());
        let name = name.ok_or_else(|| {
            ActError::invalid(
                "this room cannot tell any more as whom you write: write to the team by mail, with your number",
            )
        })?;
        let zone = board.policy_of(case).map(|policy| policy.front.zone.clone());
        Ok(Seat {
            stream: StreamId::new(stream)?,
            number: room.number(),
            name,
            zone: zone.unwrap_or(TimeZone::UTC),
            case,
        })
    }

    /// Refuses what is more than a person does.
    fn require_calm(&self, now: Timestamp) -> Result<(), ActError> {
        let room = Actor::part("room");
        let recent = |at: Timestamp| now.as_second() - at.as_second() < 86_400;
        let acts = self.case.entries.iter();
        let theirs = acts.filter(|entry| entry.report.as_deref() == Some(self.number));
        let acts = theirs.filter(|entry| entry.by == room.id && recent(entry.recorded));
        if acts.count() >= MAX_ACTS_A_DAY {
            return Err(ActError::invalid(format!(
                "this room took {MAX_ACTS_A_DAY} messages and files today: go on tomorrow, or put several files into one"
            )));
        }
        Ok(())
    }

    /// What a wish becomes.
    fn events(&self, board: &Board, wish: &Wish, now: Timestamp) -> Result<Vec<Event>, ActError> {
        let reporter = || Some(self.name.clone());
        let said = |text: &str| {
            let text = text.trim().replace("\r\n", "\n");
            if text.is_empty() {
                return Err(ActError::invalid("the message is empty: write it, then send it"));
            }
            if text.len() > MAX_WORDS_BYTES {
                return Err(ActError::invalid(format!(
                    "the message has more than {} kB: send the rest as a file",
                    MAX_WORDS_BYTES / 1_000
                )));
            }
            Ok(Event::Messaged {
                reporter: reporter(),
                from_reporter: true,
                text,
                in_clear: None,
            })
        };
        match wish {
            Wish::Message(text) => {
                let mut events = vec![said(text)?];
                if board.waits_for(self.case, self.number, now) {
                    let reporter = reporter().filter(|_| self.case.facts.reporters.len() > 1);
                    events.push(Event::InfoReceived { reporter });
                }
                events.extend(taken_up(board, self.case));
                Ok(events)
            }
            Wish::Appeal(text) => Ok(vec![said(text)?, Event::Appealed {}]),
            Wish::Credit(choice, name) => {
                let name = name.trim();
                if name.chars().count() > MAX_LINE_CHARS || name.chars().any(char::is_control) {
                    return Err(ActError::invalid(format!(
                        "a name is one line of at most {MAX_LINE_CHARS} characters"
                    )));
                }
                if *choice == CreditChoice::Yes && name.is_empty() {
                    return Err(ActError::invalid("say by which name you want to be thanked"));
                }
                let name = Some(name.to_owned()).filter(|_| *choice == CreditChoice::Yes);
                Ok(vec![Event::Credit {
                    reporter: reporter(),
                    choice: *choice,
                    name,
                }])
            }
            Wish::Disclosure(text) => {
                let today = now.to_zoned(self.zone.clone()).date();
                let day = plan_of(text, today).map_err(ActError::invalid)?;
                let day = day.ok_or_else(|| ActError::invalid("write the day on which you plan to publish"))?;
                Ok(vec![Event::EmbargoProposed {
                    by: self.name.clone(),
                    until: Deadline::Day(day),
                }])
            }
        }
    }
}

/// The secret under the passphrase that was chosen, two at a time; none if none was chosen.
pub(crate) async fn stretch(key: &RoomKey, passphrase: &str) -> Result<Option<String>, ActError> {
    if passphrase.is_empty() {
        return Ok(None);
    }
    let secret = key.reveal();
    let passphrase = zeroize::Zeroizing::new(passphrase.to_owned());
    let _turn = STRETCHING.acquire().await.ok();
    let locked = tokio::task::spawn_blocking(move || RoomKey::read(&secret).map(|key| key.lock(&passphrase))).await;
    let locked = locked.ok().flatten();
    let locked = locked.ok_or_else(|| ActError::invalid("the passphrase could not be used: send the form again"))?;
    Ok(Some(locked?))
}

/// That a report has a room: under the key of its arrival, with which it goes.
fn push_opened(plan: &mut Plan, report: &StreamId, at: Timestamp, lock: &RoomLock) -> Result<(), ActError> {
    let opened = ReportEvent::RoomOpened(lock.clone());
    plan.push_under(arrival_key(report)?, report, at, What::Report(opened));
    Ok(())
}

/// What goes into the journal with the arrival of a form.
pub(crate) fn push_filled(
    plan: &mut Plan,
    (report, number, case): (&StreamId, &str, &StreamId),
    at: Timestamp,
    filled: &crate::form::Filled,
) -> Result<(), ActError> {
    if let Some(lock) = &filled.lock {
        push_opened(plan, report, at, lock)?;
    }
    if let Some(terms) = &filled.terms {
        plan.push(report, at, What::Report(ReportEvent::TermsShown(terms.clone())));
    }
    for event in filled.events() {
        plan.push_about(Some(number), case, at, event);
    }
    Ok(())
}

/// The case in which the report of this number is handled, for a file that came with it.
pub(crate) fn home_of_number(replica: &Replica, number: &str) -> Result<(StreamId, StreamId), ActError> {
    let report = find_report(replica, number)?;
    let (stream, _) = home(&replica.board, report.as_str()).ok_or(ActError::NO_REPORT)?;
    Ok((report.clone(), StreamId::new(stream)?))
}

/// Whether it was the disk that had no room left.
#[must_use]
pub fn is_full(error: &ActError) -> bool {
    matches!(error, ActError::Store(store::StoreError::Full { .. }))
}

/// A refusal as the reporter may read it: it names the clause, and nothing of the desk's.
#[must_use]
pub fn told(error: &ActError) -> String {
    match error {
        ActError::Refused(refusal) if refusal.clause.is_empty() => {
            format!("{} Nothing was recorded.", sentence(&refusal.message))
        }
        ActError::Refused(refusal) => {
            let message = refusal.message.trim_end_matches('.');
            format!("{message} (§{}). Nothing was recorded.", refusal.clause)
        }
        // It stands after a sentence, and is one itself.
        ActError::Invalid(_) => {
            let said = error.to_string();
            let mut chars = said.chars();
            let first = chars.next().into_iter().flat_map(char::to_uppercase);
            first.chain(chars).collect()
        }
        error if is_full(error) => {
            "There is no room left on our disk. Nothing of this was kept. Try again later, or write to us.".to_owned()
        }
        _ => "It could not be recorded, and nothing of it was kept. Try again.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the next try is told: whether it counts, and after how many seconds.
    fn take(tries: &Tries, address: &str, client: Option<&str>, at_s: i64) -> (bool, u64) {
        let now = Timestamp::from_second(at_s).unwrap();
        let (counts, delay) = tries.take(address, client, now);
        (counts, delay.as_secs())
    }

    #[test]
    fn many_tries_make_a_room_slow_and_no_other_one() {
        let tries = Tries::default();
        // Behind a proxy all are one: they wait, and none of them is turned away.
        for _ in 0..20 {
            assert_eq!(take(&tries, "a", None, 0), (true, 0));
        }
        for late in 1..=10 {
            assert_eq!(take(&tries, "a", None, 0), (true, late));
        }
        for _ in 0..100 {
            assert_eq!(take(&tries, "a", None, 0), (true, 10));
        }
        assert_eq!(take(&tries, "a", Some("192.0.2.7"), 0), (true, 10));
        assert_eq!(take(&tries, "b", None, 0), (true, 0));
        assert_eq!(take(&tries, "a", None, 3_600), (true, 0), "an hour later");
    }

    #[test]
    fn an_address_has_ten_tries_of_a_room_in_an_hour() {
        let tries = Tries::default();
        for _ in 0..10 {
            assert_eq!(take(&tries, "a", Some("192.0.2.7"), 0), (true, 0));
        }
        for _ in 0..50 {
            assert_eq!(take(&tries, "a", Some("192.0.2.7"), 0), (false, 0));
        }
        assert_eq!(take(&tries, "a", Some("192.0.2.8"), 0), (true, 0));
        assert_eq!(take(&tries, "b", Some("192.0.2.7"), 0), (true, 0));
        assert_eq!(take(&tries, "a", Some("192.0.2.7"), 3_600), (true, 0));
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let tries = Tries::default();
        for room in 0..MAX_TRIES_KNOWN + 5 {
            take(&tries, &room.to_string(), None, 0);
        }
        assert_eq!(tries.0.lock().unwrap().len(), MAX_TRIES_KNOWN);
    }
}
