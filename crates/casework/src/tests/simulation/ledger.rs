//! The journal as somebody outside keeps it: what was appended, by whom, when; and a case folded from it alone.

use super::super::world::by;
use crate::Casework;
use jiff::Timestamp;
use psirt::advisory::{AdvisoryEvent, LimitedEvent};
use psirt::board::{Appended, Board, Case};
use psirt::body::{Body, What};
use psirt::event::Entry;
use psirt::house::ReportEvent;
use std::collections::{BTreeMap, BTreeSet};

/// One entry of the journal.
struct Kept {
    seq: u32,
    recorded: Timestamp,
    actor: String,
    body: Body,
}

/// The journal so far.
#[derive(Default)]
pub(super) struct Ledger {
    size: u64,
    streams: BTreeMap<String, Vec<Kept>>,
    /// A board of the house alone, folded from the ledger.
    house: Board,
    /// Numbers, and the stream that each was given to.
    numbers: BTreeMap<String, String>,
    /// Whether something was erased.
    erased: bool,
}

/// What a step appended.
#[derive(Debug, Default)]
pub(super) struct Appendix {
    /// Streams that have new entries.
    pub(super) streams: BTreeSet<String>,
    /// New entries of cases, lines and advisories.
    pub(super) bodies: Vec<Body>,
}

fn law<T>(name: &'static str, what: impl Into<String>) -> Result<T, (&'static str, String)> {
    Err((name, what.into()))
}

impl Ledger {
    /// Reads what was appended since the last time, and checks every entry.
    pub(super) async fn follow(&mut self, casework: &Casework) -> Result<Appendix, (&'static str, String)> {
        let now = casework.now();
        let mut appendix = Appendix::default();
        let page = casework.store().tail(self.size, store::PAGE_MAX_ENTRIES).await.unwrap();
        for recorded in page {
            let stream = recorded.stream.as_str().to_owned();
            let kept = self.streams.entry(stream.clone()).or_default();
            let store::Body::Plain(bytes) = &recorded.body else {
                return law("every entry can be read", stream);
            };
            let body = Body::decode(bytes.as_bytes()).unwrap();
            if recorded.log_index != self.size || recorded.seq != kept.len() as u64 + 1 {
                return law("the journal is append-only", format!("{stream} {}", recorded.seq));
            }
            if Timestamp::from_microsecond(recorded.recorded_us).ok() != Some(now)
                && self.size > 0
                && !self.opening(&body)
            {
                return law("an entry is recorded now", format!("{stream}: {body:?}"));
            }
            if body.at > now {
                return law("nothing is recorded before it happened", format!("{stream}: {body:?}"));
            }
            let actor = recorded.actor.as_str();
            let people = &self.house.house.people;
            let known = |id: &str| people.contains_key(id) || id.starts_with("candor:");
            if !people.is_empty() && !known(actor) {
                return law("every entry has an actor of the house", format!("{actor}: {body:?}"));
            }
            let second = body.approved_by.as_deref();
            if second.is_some_and(|second| second == actor || !known(second)) {
                return law(
                    "the second person is another person of the house",
                    format!("{actor}: {body:?}"),
                );
            }
            self.keep_number(&stream, &body)?;
            let entry = Appended {
                stream: &stream,
                seq: u32::try_from(recorded.seq).unwrap(),
                recorded: now,
                actor,
            };
            if matches!(body.what, What::House(_)) {
                self.house.apply(entry, &body);
            }
            self.streams.entry(stream.clone()).or_default().push(Kept {
                seq: entry.seq,
                recorded: Timestamp::from_microsecond(recorded.recorded_us).unwrap(),
                actor: actor.to_owned(),
                body: body.clone(),
            });
            self.size += 1;
            appendix.streams.insert(stream);
            appendix.bodies.push(body);
        }
        Ok(appendix)
    }

    /// Notes that something was erased, and says whether it is the first time.
    pub(super) fn erases_first(&mut self) -> bool {
        !std::mem::replace(&mut self.erased, true)
    }

    /// Whether the house is still being furnished, which takes one page.
    fn opening(&self, body: &Body) -> bool {
        self.numbers.is_empty() && matches!(body.what, What::House(_))
    }

    /// A number is given once: to a report, or to an advisory and its revisions.
    fn keep_number(&mut self, stream: &str, body: &Body) -> Result<(), (&'static str, String)> {
        let number = match &body.what {
            What::Report(ReportEvent::Arrived { number, .. }) => number,
            What::Advisory(
                AdvisoryEvent::ReleaseOrdered { advisory, .. }
                | AdvisoryEvent::Limited {
                    event: LimitedEvent::Ordered { advisory, .. },
                    ..
                },
            ) => &advisory.number,
            _ => return Ok(()),
        };
        let holder = self.numbers.entry(number.clone()).or_insert_with(|| stream.to_owned());
        if holder == stream {
            return Ok(());
        }
        law("a number is given once", format!("{number} to {holder} and {stream}"))
    }

    /// A case as the journal alone gives it: its entries and reports put together, then folded once.
    pub(super) fn case_from_scratch(&mut self, stream: &str, on_board: &Case) -> Option<Case> {
        let kept = self.streams.get(stream)?;
        let entry = |kept: &Kept| {
            let What::Case(event) = &kept.body.what else {
                panic!("{stream} is no case: {:?}", kept.body)
            };
            Entry {
                seq: kept.seq,
                at: kept.body.at,
                recorded: kept.recorded,
                by: kept.actor.clone(),
                approved_by: kept.body.approved_by.clone(),
                event: event.clone(),
                case: None,
                report: kept.body.report.clone(),
            }
        };
        let entries = kept.iter().map(entry).collect();
        let case = self
            .house
            .folded_case(&on_board.number, &on_board.brand, &on_board.reports, entries);
        Some(case)
    }
}

/// Whether somebody of the desk may read at all: a sanity check of the stage.
pub(super) fn may_read(casework: &Casework) -> bool {
    casework.may_read(&by("ana")).is_ok() && casework.may_read(&by("root")).is_err()
}
