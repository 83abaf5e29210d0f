//! What reporters wrote and sent has keys of its own, so that personal data can end while its case stays (§N26).
//!
//! Owns these keys, and the act that destroys them once their time is over. Never decides what an original is, or until when it is kept: the
//! board does (`psirt/src/board/originals.rs`).

use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::plan::Plan;
use crate::replica::Replica;
use crate::shred::erasing;
use jiff::Timestamp;
use psirt::board::originals::{Kept, Originals, RETENTION, is_original};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::event::Event;
use psirt::house::{Erasure, HouseEvent, ReportEvent};
use store::{KeyId, StreamId};

/// Why, as the journal has it.
const WHY: &str = "the retention of personal data is over";

impl Casework {
    /// Destroys the originals of every case with personal data whose time is over, and says so in each. Gives how many cases these were. An
    /// instant that a clock leapt to is not reached: who calls this has looked at the clock.
    ///
    /// # Errors
    /// Those of the store. What was recorded is finished by the next round of work.
    pub async fn end_keeping(&self) -> Result<usize, ActError> {
        let actor = Actor::person(RETENTION);
        let mut ended = 0;
        loop {
            self.refresh().await?;
            let now = self.now();
            let Some(stream) = self.board().originals_due(now).map(str::to_owned) else {
                return Ok(ended);
            };
            let record = |replica: &Replica, now: Timestamp| {
                let board = &replica.board;
                let case = board.case(&stream).ok_or(ActError::NO_CASE)?;
                // It may have been taken up again meanwhile.
                let Some(Kept::Until(until)) = board.originals_kept(case, now).filter(|kept| is_over(*kept, now))
                else {
                    return Ok((Plan::by(&actor), None));
                };
                let originals = board.originals_of(case);
                let gone = erasure(board, &originals)?;
                let mut plan = erasing(
                    replica,
                    &actor,
                    What::House(HouseEvent::OriginalsDestroyed(gone.clone())),
                    now,
                )?;
                let text = told(board, case, until);
                // In each case: whoever was about to write there does it once more, under the key that comes next.
                for (stream, _) in &originals.cases {
                    plan.push(
                        &StreamId::new(stream.as_str())?,
                        now,
                        What::Case(Event::Noted { text: text.clone() }),
                    );
                }
                Ok((plan, Some((gone, originals.cases.len()))))
            };
            if let (Some((gone, cases)), _) = self.record(record).await? {
                for key in &gone.keys {
                    self.store().erase_key(&KeyId::new(key.as_str())?).await?;
                }
                ended += cases;
            }
        }
    }
}

/// The key of what reporters wrote in a case, or of the text of a report.
pub(crate) fn words_key(board: &Board, stream: &StreamId) -> Result<KeyId, ActError> {
    key(stream, "words", board.times_destroyed(stream.as_str()) + 1)
}

/// The key of the bytes that came with a report, or that the team put to a case.
pub(crate) fn bytes_key(board: &Board, stream: &StreamId) -> Result<KeyId, ActError> {
    key(stream, "bytes", board.times_destroyed(stream.as_str()) + 1)
}

/// Every key that bytes of a stream ever had.
pub(crate) fn bytes_keys(board: &Board, stream: &StreamId) -> Result<Vec<KeyId>, ActError> {
    let times = board.times_destroyed(stream.as_str()) + 1;
    (1..=times).map(|time| key(stream, "bytes", time)).collect()
}

/// Every key that originals of a stream ever had.
pub(crate) fn all_keys(board: &Board, stream: &str) -> Result<Vec<String>, ActError> {
    let stream = StreamId::new(stream)?;
    let times = board.times_destroyed(stream.as_str()) + 1;
    let both = (1..=times).flat_map(|time| [(time, "words"), (time, "bytes")]);
    both.map(|(time, what)| Ok(key(&stream, what, time)?.to_string()))
        .collect()
}

/// The key that seals an entry: that of its stream, or that of originals.
pub(crate) fn sealing(board: &Board, stream: &StreamId, actor: &Actor, what: &What) -> Result<KeyId, ActError> {
    let is_original = match what {
        What::Case(event) => is_original(&actor.id, event),
        What::Report(ReportEvent::Understood { .. }) => true,
        _ => false,
    };
    match is_original {
        true => words_key(board, stream),
        false => Ok(KeyId::from(stream)),
    }
}

fn key(stream: &StreamId, what: &str, time: usize) -> Result<KeyId, ActError> {
    Ok(KeyId::new(format!("{stream}/{what}-{time}"))?)
}

fn is_over(kept: Kept, now: Timestamp) -> bool {
    matches!(kept, Kept::Until(until) if now > until)
}

fn erasure(board: &Board, originals: &Originals) -> Result<Erasure, ActError> {
    let Originals { cases, reports } = originals;
    let mut gone = Erasure {
        numbers: Vec::new(),
        streams: Vec::new(),
        keys: Vec::new(),
        why: WHY.to_owned(),
        named: None,
    };
    for (stream, number) in cases.iter().chain(reports) {
        if !gone.numbers.contains(number) {
            gone.numbers.push(number.clone());
        }
        let own = StreamId::new(stream.as_str())?;
        gone.keys.push(words_key(board, &own)?.to_string());
        gone.keys.push(bytes_key(board, &own)?.to_string());
        gone.streams.push(stream.clone());
    }
    Ok(gone)
}

/// Until when what reporters wrote and sent in a case is kept, for its page; none where it is kept as long as the case.
#[must_use]
pub fn kept_in_words(board: &Board, case: &Case, now: Timestamp) -> Option<String> {
    Some(match board.originals_kept(case, now)? {
        Kept::AfterTheEnd(length) => format!(
            "What reporters wrote and sent is destroyed {length} after the end of the case, because it holds personal data. Redacted copies stay."
        ),
        Kept::Until(until) => format!(
            "What reporters wrote and sent is destroyed after {}, because the case held personal data and is over. Redacted copies stay; who takes the case up again keeps all of it.",
            day(board, case, until)
        ),
        Kept::Held(why) => format!("What reporters wrote and sent would be destroyed by now, and is kept: {why}."),
    })
}

/// What stands in each case then, for everybody who reads it.
fn told(board: &Board, case: &Case, until: Timestamp) -> String {
    format!(
        "What reporters wrote and sent here was destroyed: it held personal data, and was kept until {}, after the end of the case. Redacted copies stay.",
        day(board, case, until)
    )
}

fn day(board: &Board, case: &Case, at: Timestamp) -> String {
    let zone = board
        .policy_of(case)
        .map_or(jiff::tz::TimeZone::UTC, |policy| policy.front.zone.clone());
    at.to_zoned(zone).strftime("%F %R").to_string()
}
