//! A plan: what an action wants to append, decided on one state of the board, and the loop that carries it into the journal.
//!
//! Owns the expected places (optimistic concurrency) and the one retry. Never decides: the action's own function does, anew for every try.

use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::originals::sealing;
use crate::ports::whole_microseconds;
use crate::replica::{Replica, last_words, words};
use jiff::Timestamp;
use psirt::body::{Body, What};
use psirt::event::Event;
use psirt::house::Brand;
use std::collections::BTreeMap;
use store::{Appended, Batch, Command, Job, JobKey, KeyId, Lease, NewBlob, NumberOf, Settled, StoreError, StreamId};

/// What an action wants to append.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    actor: Actor,
    entries: Vec<Planned>,
    /// What its entries name that nobody knows yet.
    pub(crate) blobs: Vec<NewBlob>,
    pub(crate) numbers: Vec<NumberOf>,
    pub(crate) command: Option<Command>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) settled: Vec<Settled>,
    pub(crate) dropped: Vec<JobKey>,
    pub(crate) lease: Option<Lease>,
}

/// One entry of a plan.
#[derive(Clone, Debug)]
struct Planned {
    stream: StreamId,
    /// None: the stream's, or that of originals.
    key: Option<KeyId>,
    actor: Actor,
    body: Body,
}

/// A plan that is in the journal.
pub(crate) enum Committed<T> {
    /// It was appended; what the decision gave, and the place of its first entry.
    Recorded(T, u64),
    /// The command ran before; its first answer.
    Repeated(Vec<u8>),
    /// The command ran before, and its answer was erased since.
    Forgotten,
}

impl Plan {
    pub(crate) fn by(actor: &Actor) -> Plan {
        Plan {
            actor: actor.clone(),
            entries: Vec::new(),
            blobs: Vec::new(),
            numbers: Vec::new(),
            command: None,
            jobs: Vec::new(),
            settled: Vec::new(),
            dropped: Vec::new(),
            lease: None,
        }
    }

    /// How many entries it has.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds an entry that happened at an instant, sealed under the key of its stream, or that of originals.
    pub(crate) fn push(&mut self, stream: &StreamId, at: Timestamp, what: What) {
        self.push_sealed(None, stream, at, what);
    }

    /// The same, sealed under a key of its own.
    pub(crate) fn push_under(&mut self, key: KeyId, stream: &StreamId, at: Timestamp, what: What) {
        self.push_sealed(Some(key), stream, at, what);
    }

    fn push_sealed(&mut self, key: Option<KeyId>, stream: &StreamId, at: Timestamp, what: What) {
        let body = Body {
            at: whole_microseconds(at),
            approved_by: self.actor.approved_by.clone(),
            report: None,
            what,
        };
        self.entries.push(Planned {
            stream: stream.clone(),
            key,
            actor: self.actor.clone(),
            body,
        });
    }

    /// Adds an entry of somebody else: of a part of the program, beside what a person does.
    pub(crate) fn push_by(&mut self, actor: &Actor, stream: &StreamId, at: Timestamp, what: What) {
        self.push(stream, at, what);
        if let Some(planned) = self.entries.last_mut() {
            planned.actor = actor.clone();
            planned.body.approved_by.clone_from(&actor.approved_by);
        }
    }

    /// Adds an entry of a case that brings the report of this number, or concerns its reporter alone.
    pub(crate) fn push_about(&mut self, report: Option<&str>, stream: &StreamId, at: Timestamp, event: Event) {
        self.push(stream, at, What::Case(event));
        if let Some(planned) = self.entries.last_mut() {
            planned.body.report = report.map(str::to_owned);
        }
    }

    /// A plan of one entry.
    pub(crate) fn one(actor: &Actor, stream: &StreamId, at: Timestamp, what: What) -> Plan {
        let mut plan = Plan::by(actor);
        plan.push(stream, at, what);
        plan
    }

    pub(crate) fn batch(&self, replica: &Replica, now: Timestamp) -> Result<Batch, ActError> {
        let mut entries: Vec<store::Entry> = Vec::with_capacity(self.entries.len());
        let mut next: BTreeMap<&StreamId, u64> = BTreeMap::new();
        for Planned {
            stream,
            key,
            actor,
            body,
        } in &self.entries
        {
            let next = next.entry(stream).or_insert_with(|| replica.next(stream));
            let seq = *next;
            *next += 1;
            let key_id = match key {
                Some(key) => key.clone(),
                None => sealing(&replica.board, stream, actor, &body.what)?,
            };
            entries.push(store::Entry {
                stream: stream.clone(),
                seq,
                actor: actor.store_id()?,
                key_id,
                body: body.encode()?.into(),
            });
        }
        let recorded_us = now.as_microsecond();
        Ok(Batch {
            recorded_us,
            command: self.command.clone(),
            entries,
            blobs: self.blobs.clone(),
            numbers: self.numbers.clone(),
            jobs: self.jobs.clone(),
            settled: self.settled.clone(),
            dropped: self.dropped.clone(),
            lease: self.lease.clone(),
        })
    }

    /// What it would have recorded in a stream, in words.
    fn words(&self, stream: &StreamId) -> String {
        let here = self
            .entries
            .iter()
            .find(|planned| planned.stream == *stream)
            .or(self.entries.first());
        here.map_or_else(|| "nothing".to_owned(), |planned| words(&planned.body.what))
    }
}

/// Draws of a number before giving up; with a million numbers a year a tenth is never needed.
const MAX_DRAWS: u32 = 64;

impl Casework {
    /// Decides on the newest board and appends. If somebody was faster, decides once more on what they left; if a number was taken,
    /// decides again with another.
    pub(crate) async fn commit<T>(
        &self,
        decide: impl Fn(&Replica, Timestamp) -> Result<(Plan, T), ActError>,
    ) -> Result<Committed<T>, ActError> {
        let (mut retried, mut draws) = (false, 0);
        loop {
            self.refresh().await?;
            let now = self.now();
            let (batch, plan, given) = {
                let replica = self.replica();
                let (plan, given) = decide(&replica, now)?;
                (plan.batch(&replica, now)?, plan, given)
            };
            let Some(first) = batch.entries.first().map(|entry| entry.seq) else {
                // Decided, and found done already.
                return Ok(Committed::Recorded(given, 0));
            };
            match self.store().append(batch).await {
                Ok(Appended::Recorded { .. }) => {
                    self.refresh().await?;
                    return Ok(Committed::Recorded(given, first));
                }
                Ok(Appended::Repeated {
                    answer: store::Body::Plain(answer),
                }) => {
                    self.refresh().await?;
                    return Ok(Committed::Repeated(answer.into_bytes()));
                }
                Ok(Appended::Repeated { .. }) => return Ok(Committed::Forgotten),
                Err(StoreError::Conflict { .. }) if !retried => retried = true,
                Err(StoreError::Conflict { stream, .. }) => {
                    self.refresh().await?;
                    let last = self.replica().next(&stream).saturating_sub(1);
                    let theirs = last_words(self.store(), &stream, last).await;
                    return Err(ActError::Conflict {
                        yours: plan.words(&stream),
                        stream: stream.to_string(),
                        theirs,
                    });
                }
                Err(StoreError::NumberTaken(_)) if draws < MAX_DRAWS => draws += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A stream that nothing was written to yet.
    pub(crate) fn draw_stream(&self, replica: &Replica, kind: &str) -> Result<StreamId, ActError> {
        loop {
            let stream = stream(kind, self.ports().ids.draw(kind)?.as_str())?;
            if replica.next(&stream) == 1 {
                return Ok(stream);
            }
        }
    }

    /// Decides and appends where a repetition needs no answer.
    pub(crate) async fn record<T>(
        &self,
        decide: impl Fn(&Replica, Timestamp) -> Result<(Plan, T), ActError>,
    ) -> Result<(T, u64), ActError> {
        match self.commit(decide).await? {
            Committed::Recorded(given, first) => Ok((given, first)),
            Committed::Repeated(_) | Committed::Forgotten => Err(ActError::invalid("this command was done before")),
        }
    }
}

/// A stream whose name is a word of ours and an id.
pub(crate) fn stream(kind: &str, id: &str) -> Result<StreamId, ActError> {
    StreamId::new(format!("{kind}:{id}")).map_err(ActError::from)
}

/// The brand of that id.
pub(crate) fn brand<'a>(replica: &'a Replica, id: &str) -> Result<&'a Brand, ActError> {
    let brands = &replica.board.house.brands;
    brands.get(id).ok_or_else(|| {
        let known: Vec<&str> = brands.keys().map(String::as_str).collect();
        let known = if known.is_empty() {
            "there is none yet; add one with `candor brand add`".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        };
        ActError::invalid(format!("no brand is called `{}`; {known}", crate::actor::shown(id)))
    })
}
