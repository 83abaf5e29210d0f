//! Appending: one task collects the batches that wait, seals them, and commits them together (group commit), with the names of files that
//! were sealed meanwhile.
//!
//! They share their statements as long as none of them is refused; else each has a savepoint, so that a conflict of one does not touch the
//! others. Each is answered only after the commit. The head of the log is taken first, which makes writers of several processes wait for each
//! other, and updated last. What a batch puts into which table is the business of [`crate::staging`].

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use vault::Context;

use crate::StoreError;
use crate::batch::{Appended, Batch};
use crate::blobs::SealedBlob;
use crate::journal::Journal;
use crate::keyring::{Keyring, NewKey};
use crate::merkle::Edge;
use crate::names::KeyId;
use crate::sql::Transaction;
use crate::staging::{Clock, Keys, KnownAnswer, Staged, Staging};

/// Wishes in one transaction.
const GROUP_MAX_WISHES: usize = 256;
/// Wishes that may wait; then callers wait.
const QUEUE_MAX_WISHES: usize = 1_024;

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
pub(crate) enum Wish {
    Append(Box<Batch>),
    /// That a file is known which is on disk.
    Register(SealedBlob),
}

impl Wish {
    fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        self.batch().into_iter().flat_map(Batch::key_ids)
    }

    pub(crate) fn batch(&self) -> Option<&Batch> {
        match self {
            Wish::Append(batch) => Some(batch),
            Wish::Register(_) => None,
        }
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
        let blobs = wishes.iter().filter_map(Wish::batch).flat_map(|batch| &batch.blobs);
        let new: Vec<&NewKey> = blobs.flat_map(|blob| blob.keys.iter()).collect();
        self.keyring.keep(&new).await?;
        let keys = self.keyring.ensure(wishes.iter().flat_map(Wish::key_ids)).await?;
        match self.commit_together(wishes, &keys).await? {
            Some(results) => Ok(results),
            None => self.commit_each(wishes, &keys).await,
        }
    }

    /// All of them in the same few statements. None if one of them would be refused, or is known already: then nothing was done.
    async fn commit_together(
        &self,
        wishes: &[Wish],
        keys: &Keys,
    ) -> Result<Option<Vec<Result<Appended, StoreError>>>, StoreError> {
        let mut transaction = self.journal.begin().await?;
        let before = self.journal.take_head(&mut transaction).await?;
        let clock = self.clock(&mut transaction, &before).await?;
        let mut staging = Staging::on(before.clone(), clock, keys);
        let staged = staging.stage_all(&mut transaction, wishes).await;
        match staged {
            Ok(Some(ranges)) => {
                self.journal.put_head(&mut transaction, &before, &staging.edge).await?;
                transaction.commit().await?;
                let recorded = |log_indexes| Ok(Appended::Recorded { log_indexes });
                Ok(Some(ranges.into_iter().map(recorded).collect()))
            }
            Ok(None) => transaction.rollback().await.map(|()| None),
            Err(error) if error.concerns_one_batch() => transaction.rollback().await.map(|()| None),
            Err(error) => Err(error),
        }
    }

    /// One after the other, each in a savepoint, so that a conflict of one does not touch the others.
    async fn commit_each(&self, wishes: &[Wish], keys: &Keys) -> Result<Vec<Result<Appended, StoreError>>, StoreError> {
        let mut transaction = self.journal.begin().await?;
        let before = self.journal.take_head(&mut transaction).await?;
        let mut edge = before.clone();
        let mut clock = self.clock(&mut transaction, &before).await?;
        let mut staged = Vec::with_capacity(wishes.len());
        for wish in wishes {
            transaction.run("savepoint batch", &[]).await?;
            let mut staging = Staging::on(edge.clone(), clock, keys);
            let result = staging.stage_one(&mut transaction, wish).await;
            match &result {
                Ok(_) => (edge, clock) = (staging.edge, staging.clock),
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

    async fn clock(&self, transaction: &mut Transaction, head: &Edge) -> Result<Clock, StoreError> {
        Ok(Clock {
            last_us: self.journal.last_recorded(transaction, head.size()).await?,
            may_stand_back: self.clock_may_stand_back,
        })
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
