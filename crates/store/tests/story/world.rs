//! A store to play with, and short words for batches.

use std::path::Path;

use store::{
    ActorId, Appended, Batch, Body, Command, CommandId, Config, Effect, Entry, Holder, Job, JobKey, KeyId, LeaseName,
    Number, NumberOf, Plain, Recorded, Store, StreamId,
};
use vault::{MasterKey, RecoveryKey};

pub(crate) const NOW_US: i64 = 1_770_000_000_000_000;
pub(crate) const SECOND_US: i64 = 1_000_000;

/// A configuration and its master key, so that the store can be opened again and again.
pub(crate) struct World {
    pub(crate) config: Config,
    recovery: RecoveryKey,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            recovery: MasterKey::generate().unwrap().recovery_key(),
        }
    }

    pub(crate) fn in_directory(root: &Path) -> Self {
        Self::new(Config::in_directory(root))
    }

    pub(crate) fn master(&self) -> MasterKey {
        MasterKey::from_recovery_key(self.recovery.reveal()).unwrap()
    }

    pub(crate) async fn init(&self) -> Store {
        Store::init(&self.config, self.master()).await.unwrap()
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.config, self.master()).await.unwrap()
    }
}

pub(crate) fn stream(text: &str) -> StreamId {
    StreamId::new(text).unwrap()
}

pub(crate) fn key(text: &str) -> KeyId {
    KeyId::new(text).unwrap()
}

pub(crate) fn number(text: &str) -> Number {
    Number::new(text).unwrap()
}

pub(crate) fn effect(text: &str) -> Effect {
    Effect::new(text).unwrap()
}

pub(crate) fn holder(text: &str) -> Holder {
    Holder::new(text).unwrap()
}

pub(crate) fn lease_name(text: &str) -> LeaseName {
    LeaseName::new(text).unwrap()
}

pub(crate) fn entry(stream_name: &str, seq: u64, body: &str) -> Entry {
    Entry {
        stream: stream(stream_name),
        seq,
        actor: ActorId::new("person:1").unwrap(),
        key_id: key(stream_name),
        body: Plain::from(body.as_bytes()),
    }
}

pub(crate) fn batch(entries: Vec<Entry>) -> Batch {
    Batch {
        recorded_us: NOW_US,
        entries,
        ..Batch::default()
    }
}

pub(crate) fn command(id: &str, answer: &str, stream_name: &str) -> Command {
    Command {
        id: CommandId::new(id).unwrap(),
        answer: Plain::from(answer.as_bytes()),
        key_id: key(stream_name),
    }
}

pub(crate) fn number_of(text: &str, stream_name: &str) -> NumberOf {
    NumberOf {
        number: number(text),
        stream: stream(stream_name),
    }
}

pub(crate) fn job(job_key: &str, run_at_us: i64) -> Job {
    Job {
        effect: effect("mail"),
        stream: stream("case:1"),
        seq: 1,
        job_key: JobKey::new(job_key).unwrap(),
        run_at_us,
    }
}

pub(crate) fn recorded(log_indexes: std::ops::Range<u64>) -> Appended {
    Appended::Recorded { log_indexes }
}

pub(crate) fn text(entry: &Recorded) -> &str {
    body_text(&entry.body)
}

pub(crate) fn body_text(body: &Body) -> &str {
    match body {
        Body::Plain(plain) => std::str::from_utf8(plain.as_bytes()).unwrap(),
        Body::Erased => "(erased)",
        Body::KeyMissing => "(key missing)",
    }
}

pub(crate) async fn texts(store: &Store, stream_name: &str) -> Vec<String> {
    store
        .read_stream(&stream(stream_name), 1)
        .await
        .unwrap()
        .iter()
        .map(|entry| text(entry).to_owned())
        .collect()
}
