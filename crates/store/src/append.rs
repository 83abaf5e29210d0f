//! Appending: one task collects the batches that wait, seals them, and commits them together (group commit), with the names of files that
//! were sealed meanwhile.
//!
//! Each of them is in a savepoint, so a conflict of one does not touch the others, and each is answered only after the commit.
//! The head of the log is taken first, which makes writers of several processes wait for each other, and updated last.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use vault::{Context, DataKey};

use crate::StoreError;
use crate::batch::{Appended, Batch, Command, Outcome};
use crate::blobs::SealedBlob;
use crate::journal::{Journal, SealedRow};
use crate::keyring::{Found, Keyring};
use crate::merkle::Edge;
use crate::names::{CommandId, KeyId, StreamId};
use crate::rows::Rows;
use crate::sql::{Transaction, Value, int};

/// Wishes in one transaction.
const GROUP_MAX_WISHES: usize = 256;
/// Wishes that may wait; then callers wait.
const QUEUE_MAX_WISHES: usize = 1_024;

/// How far a clock may stand behind the last entry, in microseconds: ten minutes.
pub(crate) const CLOCK_TOLERANCE_US: i64 = 600 * 1_000_000;

/// A message to the writer.
enum Message {
    Commit(Box<Request>),
    Close(oneshot::Sender<()>),
}

struct Request {
    wish: Wish,
    answer: oneshot::Sender<Result<Appended, StoreError>>,
}

/// What one caller wants committed.
enum Wish {
    Append(Box<Batch>),
    /// That a file is known which is on disk.
    Register(SealedBlob),
}

impl Wish {
    fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        let batch = match self {
            Wish::Append(batch) => Some(batch.as_ref()),
            Wish::Register(_) => None,
        };
        batch.into_iter().flat_map(Batch::key_ids)
    }
}

/// The way to the writer task. The task ends when the last of these is dropped, or when it is told to close.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    place: Arc<str>,
}

impl Writer {
    /// Starts the task on the current runtime.
    pub(crate) fn start(journal: Journal, keyring: Keyring, clock_may_stand_back: bool) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE_MAX_WISHES);
        let place = journal.place().into();
        let task = Task {
            journal,
            keyring,
            clock_may_stand_back,
        };
        tokio::spawn(task.run(messages));
        Self { queue, place }
    }

    pub(crate) async fn append(&self, batch: Batch) -> Result<Appended, StoreError> {
        batch.check_size()?;
        self.commit(Wish::Append(Box::new(batch))).await
    }

    /// Makes a file known that is on disk. Only then does anything count it as a blob.
    pub(crate) async fn register(&self, sealed: SealedBlob) -> Result<(), StoreError> {
        self.commit(Wish::Register(sealed)).await.map(|_| ())
    }

    async fn commit(&self, wish: Wish) -> Result<Appended, StoreError> {
        let (answer, result) = oneshot::channel();
        let closed = || StoreError::Unavailable {
            place: self.place.to_string(),
            detail: "the store was closed".to_owned(),
        };
        self.queue
            .send(Message::Commit(Box::new(Request { wish, answer })))
            .await
            .map_err(|_| closed())?;
        result.await.map_err(|_| closed())?
    }

    /// Waits until everything before is answered, then ends the task.
    pub(crate) async fn close(&self) {
        let (done, ended) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that the task has ended already, which is what was asked for.
            ended.await.ok();
        }
    }
}

struct Task {
    journal: Journal,
    keyring: Keyring,
    clock_may_stand_back: bool,
}

impl Task {
    async fn run(self, mut messages: mpsc::Receiver<Message>) {
        let mut waiting = Vec::with_capacity(GROUP_MAX_WISHES);
        while messages.recv_many(&mut waiting, GROUP_MAX_WISHES).await > 0 {
            let mut requests = Vec::with_capacity(waiting.len());
            let mut closing = None;
            for message in waiting.drain(..) {
                match message {
                    Message::Commit(request) => requests.push(*request),
                    Message::Close(done) => {
                        messages.close();
                        closing = Some(done);
                    }
                }
            }
            self.serve(requests).await;
            if let Some(done) = closing {
                // What was sent between closing and now is dropped unanswered: its callers are told that the store is closed.
                drop(messages);
                done.send(()).ok();
                return;
            }
        }
    }

    /// Commits the requests, together if possible, and answers each.
    async fn serve(&self, requests: Vec<Request>) {
        let mut wishes = Vec::with_capacity(requests.len());
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            wishes.push(request.wish);
            answers.push(request.answer);
        }
        let results = match self.commit(&wishes).await {
            // One wish may have been too much for the disk; the others may still fit.
            Err(StoreError::Full { .. }) if wishes.len() > 1 => {
                let mut results = Vec::with_capacity(wishes.len());
                for wish in &wishes {
                    results.extend(
                        self.commit(std::slice::from_ref(wish))
                            .await
                            .unwrap_or_else(|error| vec![Err(error)]),
                    );
                }
                results
            }
            Err(error) => wishes.iter().map(|_| Err(error.clone())).collect(),
            Ok(results) => results,
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // The caller may have gone; its batch is committed all the same, as after a lost connection.
            answer.send(result).ok();
        }
    }

    /// One transaction. An error is about all wishes, and then nothing of them is kept.
    async fn commit(&self, wishes: &[Wish]) -> Result<Vec<Result<Appended, StoreError>>, StoreError> {
        let keys = self.keyring.ensure(wishes.iter().flat_map(Wish::key_ids)).await?;
        let mut transaction = self.journal.begin().await?;
        let before = self.journal.take_head(&mut transaction).await?;
        let mut edge = before.clone();
        let mut clock = Clock {
            last_us: self.journal.last_recorded(&mut transaction, before.size()).await?,
            may_stand_back: self.clock_may_stand_back,
        };
        let mut staged = Vec::with_capacity(wishes.len());
        for wish in wishes {
            transaction.run("savepoint batch", &[]).await?;
            let (mut next, mut then) = (edge.clone(), clock);
            let result = match wish {
                Wish::Append(batch) => stage(&mut transaction, batch, &keys, &mut next, &mut then).await,
                Wish::Register(sealed) => sealed
                    .insert(&mut transaction)
                    .await
                    .map(|()| Staged::New(next.size()..next.size())),
            };
            match &result {
                Ok(_) => (edge, clock) = (next, then),
                Err(error) if error.concerns_one_batch() => {
                    transaction.run("rollback to savepoint batch", &[]).await?;
                }
                Err(error) => return Err(error.clone()),
            }
            transaction.run("release savepoint batch", &[]).await?;
            staged.push(result);
        }
        if staged.iter().any(|result| matches!(result, Ok(Staged::New(_)))) {
            self.journal.put_head(&mut transaction, &before, &edge).await?;
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        let mut results = Vec::with_capacity(staged.len());
        for result in staged {
            results.push(match result {
                Ok(Staged::New(log_indexes)) => Ok(Appended::Recorded { log_indexes }),
                Ok(Staged::Known(answer)) => self.open_answer(&answer).await,
                Err(error) => Err(error),
            });
        }
        Ok(results)
    }

    async fn open_answer(&self, known: &KnownAnswer) -> Result<Appended, StoreError> {
        let keys = self.keyring.find([&known.key_id]).await?;
        let context = Context::Answer {
            command: known.command.as_str(),
            key_id: known.key_id.as_str(),
        };
        let answer = self
            .journal
            .open_body(keys.get(&known.key_id), &context, &known.sealed, || {
                format!("the answer of command {}", known.command)
            })?;
        Ok(Appended::Repeated { answer })
    }
}

/// The recorded instants never go backwards. Two processes wait for each other, and clocks are nudged: so a little is evened out, and
/// more is refused.
#[derive(Clone, Copy)]
struct Clock {
    last_us: i64,
    may_stand_back: bool,
}

impl Clock {
    fn of(&mut self, batch: &Batch) -> Result<i64, StoreError> {
        if batch.entries.is_empty() {
            return Ok(batch.recorded_us);
        }
        let behind_us = self.last_us.saturating_sub(batch.recorded_us);
        if behind_us > CLOCK_TOLERANCE_US && !self.may_stand_back {
            return Err(StoreError::ClockBack {
                now_us: batch.recorded_us,
                behind_s: behind_us / 1_000_000,
            });
        }
        self.last_us = self.last_us.max(batch.recorded_us);
        Ok(self.last_us)
    }
}

/// A batch inside the transaction.
enum Staged {
    New(Range<u64>),
    Known(KnownAnswer),
}

struct KnownAnswer {
    command: CommandId,
    key_id: KeyId,
    sealed: Vec<u8>,
}

type Keys = HashMap<KeyId, Found>;

fn key_of<'a>(keys: &'a Keys, id: &KeyId) -> Result<&'a DataKey, StoreError> {
    match keys.get(id) {
        Some(Found::Key(key)) => Ok(key),
        _ => Err(StoreError::KeyErased(id.clone())),
    }
}

async fn stage(
    transaction: &mut Transaction,
    batch: &Batch,
    keys: &Keys,
    edge: &mut Edge,
    clock: &mut Clock,
) -> Result<Staged, StoreError> {
    if let Some(command) = &batch.command {
        if let Some(known) = known_answer(transaction, &command.id).await? {
            return Ok(Staged::Known(known));
        }
        stage_command(transaction, command, batch.recorded_us, keys).await?;
    }
    let recorded_us = clock.of(batch)?;
    require_lease(transaction, batch).await?;
    for blob in &batch.blobs {
        key_of(keys, &blob.sealed.key_id)?;
        blob.sealed.insert(transaction).await?;
    }
    let first = edge.size();
    stage_entries(transaction, batch, keys, edge, recorded_us).await?;
    stage_numbers(transaction, batch).await?;
    stage_jobs(transaction, batch).await?;
    Ok(Staged::New(first..edge.size()))
}

async fn known_answer(transaction: &mut Transaction, id: &CommandId) -> Result<Option<KnownAnswer>, StoreError> {
    let row = transaction
        .row(
            "select key_id, answer from command where id = $1",
            &[Value::Text(id.as_str())],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let key_id = KeyId::new(row.text(0).map_err(|error| transaction.failed(&error))?)?;
    let sealed = row.bytes(1).map_err(|error| transaction.failed(&error))?;
    Ok(Some(KnownAnswer {
        command: id.clone(),
        key_id,
        sealed,
    }))
}

async fn stage_command(
    transaction: &mut Transaction,
    command: &Command,
    recorded_us: i64,
    keys: &Keys,
) -> Result<(), StoreError> {
    let context = Context::Answer {
        command: command.id.as_str(),
        key_id: command.key_id.as_str(),
    };
    let sealed = key_of(keys, &command.key_id)?.seal(&context, command.answer.as_bytes())?;
    const SQL: &str = "insert into command (id, recorded_us, key_id, answer) values ($1, $2, $3, $4)";
    let values = [
        Value::Text(command.id.as_str()),
        Value::Int(recorded_us),
        Value::Text(command.key_id.as_str()),
        Value::Bytes(&sealed),
    ];
    transaction.run(SQL, &values).await?;
    Ok(())
}

async fn stage_entries(
    transaction: &mut Transaction,
    batch: &Batch,
    keys: &Keys,
    edge: &mut Edge,
    recorded_us: i64,
) -> Result<(), StoreError> {
    let mut next_seqs: HashMap<&StreamId, u64> = HashMap::new();
    let mut rows = Rows::default();
    for entry in &batch.entries {
        let actual = match next_seqs.get(&entry.stream) {
            Some(next) => *next,
            None => next_seq(transaction, &entry.stream).await?,
        };
        if entry.seq != actual {
            return Err(StoreError::Conflict {
                stream: entry.stream.clone(),
                expected: entry.seq,
                actual,
            });
        }
        let context = Context::Entry {
            stream: entry.stream.as_str(),
            seq: entry.seq,
            key_id: entry.key_id.as_str(),
        };
        let sealed = key_of(keys, &entry.key_id)?.seal(&context, entry.body.as_bytes())?;
        let mut row = SealedRow {
            log_index: edge.size(),
            stream: entry.stream.as_str().to_owned(),
            seq: entry.seq,
            recorded_us,
            actor: entry.actor.as_str().to_owned(),
            key_id: entry.key_id.as_str().to_owned(),
            sealed,
            leaf: Vec::new(),
        };
        let leaf = row.leaf();
        row.leaf = leaf.to_vec();
        rows.add(transaction, SealedRow::INSERT, &row.values()).await?;
        edge.push(leaf);
        next_seqs.insert(&entry.stream, actual + 1);
    }
    rows.flush(transaction).await?;
    Ok(())
}

/// Refuses a batch that was decided under a lease which somebody else has taken since.
async fn require_lease(transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
    let Some(lease) = &batch.lease else { return Ok(()) };
    const SQL: &str = "select fence from lease where name = $1 and holder = $2 and fence = $3";
    let values = [
        Value::Text(lease.name.as_str()),
        Value::Text(lease.holder.as_str()),
        int(lease.fence),
    ];
    match transaction.row(SQL, &values).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::LeaseLost(lease.name.clone())),
    }
}

async fn next_seq(transaction: &mut Transaction, stream: &StreamId) -> Result<u64, StoreError> {
    let row = transaction
        .row(
            "select coalesce(max(seq), 0) from entry where stream = $1",
            &[Value::Text(stream.as_str())],
        )
        .await?;
    let last = row
        .map(|row| row.count(0))
        .transpose()
        .map_err(|error| transaction.failed(&error))?;
    Ok(last.unwrap_or(0) + 1)
}

async fn stage_numbers(transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
    for given in &batch.numbers {
        const SQL: &str = "insert into number (number, stream) values ($1, $2) on conflict (number) do nothing";
        let values = [Value::Text(given.number.as_str()), Value::Text(given.stream.as_str())];
        if transaction.run(SQL, &values).await? == 0 {
            return Err(StoreError::NumberTaken(given.number.clone()));
        }
    }
    Ok(())
}

async fn stage_jobs(transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
    for settled in &batch.settled {
        let (state, run_at_us) = match settled.outcome {
            Outcome::Done => ("done", None),
            Outcome::Retry { run_at_us } => ("ready", Some(run_at_us)),
            Outcome::Dead => ("dead", None),
        };
        // The attempt is the fence: a worker that was overtaken has an older number.
        let key = Value::Text(settled.ticket.job_key.as_str());
        let attempt = int(settled.ticket.attempt);
        let changed = match run_at_us {
            Some(run_at_us) => {
                const SQL: &str =
                    "update job set run_at_us = $1 where job_key = $2 and attempts = $3 and state = 'ready'";
                transaction.run(SQL, &[Value::Int(run_at_us), key, attempt]).await?
            }
            None => {
                const SQL: &str = "update job set state = $1 where job_key = $2 and attempts = $3 and state = 'ready'";
                transaction.run(SQL, &[Value::Text(state), key, attempt]).await?
            }
        };
        if changed == 0 {
            return Err(StoreError::JobLost(settled.ticket.job_key.clone()));
        }
    }
    for job_key in &batch.dropped {
        const SQL: &str = "update job set state = 'done' where job_key = $1 and state = 'ready'";
        transaction.run(SQL, &[Value::Text(job_key.as_str())]).await?;
    }
    for job in &batch.jobs {
        const SQL: &str = "insert into job (job_key, effect, stream, seq, run_at_us, attempts, state) \
             values ($1, $2, $3, $4, $5, 0, 'ready') on conflict (job_key) do nothing";
        let values = [
            Value::Text(job.job_key.as_str()),
            Value::Text(job.effect.as_str()),
            Value::Text(job.stream.as_str()),
            int(job.seq),
            Value::Int(job.run_at_us),
        ];
        transaction.run(SQL, &values).await?;
    }
    Ok(())
}
