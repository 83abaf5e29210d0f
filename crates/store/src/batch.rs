//! What is asked of the journal and what it gives back: plain data.

use std::fmt;
use std::ops::Range;

use crate::StoreError;
use crate::blobs::NewBlob;
use crate::leases::Lease;
use crate::merkle::Hash;
use crate::names::{ActorId, CommandId, Effect, JobKey, KeyId, Number, StreamId};

/// Entries in one batch. Most have five; a team's past comes along in one, with a dozen for each case.
pub const BATCH_MAX_ENTRIES: usize = 500_000;
/// Bytes of one body or answer. Longer content belongs into a blob.
pub const BODY_MAX_BYTES: usize = 4 << 20;
/// Bytes of all bodies in one batch.
pub const BATCH_MAX_BYTES: usize = 256 << 20;

/// Plain bytes that are sealed before they touch the disk. `Debug` shows their length only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Plain(Vec<u8>);

impl Plain {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, taken out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Plain {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Plain {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plain({} bytes)", self.0.len())
    }
}

/// One change of the journal: all of it, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// When it is recorded, in microseconds since 1970. The store has no clock.
    pub recorded_us: i64,
    /// The command behind it, if it must not run twice.
    pub command: Option<Command>,
    /// What happened.
    pub entries: Vec<Entry>,
    /// Blobs that it names first: they are known from then on.
    pub blobs: Vec<NewBlob>,
    /// Tracking numbers that it gives.
    pub numbers: Vec<NumberOf>,
    /// Jobs that it orders.
    pub jobs: Vec<Job>,
    /// Claimed jobs that it ends.
    pub settled: Vec<Settled>,
    /// Jobs that nobody needs any more, claimed or not: whoever claimed one finds the ticket worthless.
    pub dropped: Vec<JobKey>,
    /// The lease under which it was decided, if it was: once another one holds the lease, the batch is refused.
    pub lease: Option<Lease>,
}

/// A command that must not run twice.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its id; the same id again gives the first answer.
    pub id: CommandId,
    /// What to answer when it is repeated.
    pub answer: Plain,
    /// The key that seals the answer: erasing it erases the answer too.
    pub key_id: KeyId,
}

/// One entry to append.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The stream.
    pub stream: StreamId,
    /// The place in the stream that this entry takes, from 1: one more than the last entry that the decision knew.
    pub seq: u64,
    /// Who acted.
    pub actor: ActorId,
    /// The key that seals the body; it is made if it never was.
    pub key_id: KeyId,
    /// The body.
    pub body: Plain,
}

/// A tracking number and the stream that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberOf {
    /// The number.
    pub number: Number,
    /// The stream.
    pub stream: StreamId,
}

/// An effect to have later. No address and no content: those are looked up when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What kind of effect.
    pub effect: Effect,
    /// The stream that it is about.
    pub stream: StreamId,
    /// The entry that it is about.
    pub seq: u64,
    /// Its own name. A job of this name, waiting or done, is not ordered again.
    pub job_key: JobKey,
    /// Not before, in microseconds since 1970.
    pub run_at_us: i64,
}

/// A claimed job: what to do, and the ticket that shows who may end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The job; `run_at_us` is the end of the claim.
    pub job: Job,
    /// To settle it with.
    pub ticket: Ticket,
}

/// The right to end a job. Worthless once somebody else has claimed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The job.
    pub job_key: JobKey,
    /// Which attempt this is, from 1.
    pub attempt: u64,
}

/// How a claimed job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The claim.
    pub ticket: Ticket,
    /// The end.
    pub outcome: Outcome,
}

/// How an attempt at a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// To be tried again, not before this time in microseconds since 1970.
    Retry {
        /// When.
        run_at_us: i64,
    },
    /// Given up; a person must look. The reason is an event in the same batch.
    Dead,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is in the journal, durably.
    Recorded {
        /// The places of its entries in the log, in their order.
        log_indexes: Range<u64>,
    },
    /// The command ran before; nothing was appended.
    Repeated {
        /// The first answer.
        answer: Body,
    },
}

/// A body as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The bytes.
    Plain(Plain),
    /// Its key was erased on purpose; the entry stays provable.
    Erased,
    /// Its key is not among the keys, though nobody erased it: the keys are older than the journal, or damaged.
    KeyMissing,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The place in the log of all streams, from 0.
    pub log_index: u64,
    /// The stream.
    pub stream: StreamId,
    /// The place in the stream, from 1.
    pub seq: u64,
    /// When it was recorded, in microseconds since 1970.
    pub recorded_us: i64,
    /// Who acted.
    pub actor: ActorId,
    /// The key that seals the body.
    pub key_id: KeyId,
    /// The body.
    pub body: Body,
}

/// The state of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub size: u64,
    /// The root of the RFC 6962 tree over them.
    pub root: Hash,
}

impl Batch {
    /// Refuses what would hold the journal up for all others.
    pub(crate) fn check_size(&self) -> Result<(), StoreError> {
        let within = |what, found: usize, limit: usize| {
            if found <= limit {
                Ok(())
            } else {
                Err(StoreError::TooLarge {
                    what,
                    found: found as u64,
                    limit: limit as u64,
                })
            }
        };
        within("the number of entries", self.entries.len(), BATCH_MAX_ENTRIES)?;
        within(
            "the number of jobs",
            self.jobs.len() + self.settled.len() + self.dropped.len(),
            BATCH_MAX_ENTRIES,
        )?;
        within("the number of tracking numbers", self.numbers.len(), BATCH_MAX_ENTRIES)?;
        for body in self.bodies() {
            within("a body in bytes", body.as_bytes().len(), BODY_MAX_BYTES)?;
        }
        within(
            "the batch in bytes",
            self.bodies().map(|body| body.as_bytes().len()).sum(),
            BATCH_MAX_BYTES,
        )
    }

    fn bodies(&self) -> impl Iterator<Item = &Plain> {
        self.entries
            .iter()
            .map(|entry| &entry.body)
            .chain(self.command.iter().map(|command| &command.answer))
    }

    pub(crate) fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.entries
            .iter()
            .map(|entry| &entry.key_id)
            .chain(self.blobs.iter().map(|blob| &blob.sealed.key_id))
            .chain(self.command.iter().map(|command| &command.key_id))
    }
}
