//! What batches put into the tables of the journal: sealed entries behind the head, numbers, jobs, names of files, answers of commands.
//!
//! Owns what refuses a batch: another sequence than the next, a number or lease of somebody else's, a clock that stands far back, an erased key.
//! Works in a transaction that somebody else began and ends; never commits.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use vault::{Context, DataKey};

use crate::StoreError;
use crate::append::Wish;
use crate::batch::{Batch, Command, Outcome};
use crate::blobs::SealedBlob;
use crate::journal::SealedRow;
use crate::keyring::Found;
use crate::merkle::Edge;
use crate::names::{CommandId, KeyId, StreamId};
use crate::rows::Rows;
use crate::sql::{Transaction, Value, int};

/// How far a clock may stand behind the last entry, in microseconds: ten minutes.
pub(crate) const CLOCK_TOLERANCE_US: i64 = 600 * 1_000_000;
/// How many streams one statement looks up: the places of the one in [`Staging::look_up_seqs`].
const STREAMS_AT_ONCE: usize = 16;

/// What goes into the tables, as far as it waits for the next statement.
pub(crate) struct Staging<'a> {
    pub(crate) edge: Edge,
    pub(crate) clock: Clock,
    keys: &'a Keys,
    next_seqs: HashMap<StreamId, u64>,
    commands: Rows,
    blobs: Rows,
    entries: Rows,
    numbers: Rows,
    jobs: Rows,
    /// How many commands and numbers were there already.
    found: u64,
}

/// A batch inside the transaction.
pub(crate) enum Staged {
    New(Range<u64>),
    Known(KnownAnswer),
}

pub(crate) struct KnownAnswer {
    pub(crate) command: CommandId,
    pub(crate) key_id: KeyId,
    pub(crate) sealed: Vec<u8>,
}

/// What is known of the keys that batches name.
pub(crate) type Keys = HashMap<KeyId, Found>;

/// The recorded instants never go backwards. Two processes wait for each other, and clocks are nudged: so a little is evened out, and
/// more is refused.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) last_us: i64,
    pub(crate) may_stand_back: bool,
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

impl<'a> Staging<'a> {
    /// Behind a head of the log.
    pub(crate) fn on(edge: Edge, clock: Clock, keys: &'a Keys) -> Staging<'a> {
        Staging {
            edge,
            clock,
            keys,
            next_seqs: HashMap::new(),
            commands: Rows::default(),
            blobs: Rows::default(),
            entries: Rows::default(),
            numbers: Rows::default(),
            jobs: Rows::default(),
            found: 0,
        }
    }

    /// All wishes in the same statements. None, like an error that concerns one of them, if one has to be looked at by itself: the caller
    /// rolls back.
    pub(crate) async fn stage_all(
        &mut self,
        transaction: &mut Transaction,
        wishes: &[Wish],
    ) -> Result<Option<Vec<Range<u64>>>, StoreError> {
        self.look_up_seqs(transaction, wishes).await?;
        let mut ranges = Vec::with_capacity(wishes.len());
        for wish in wishes {
            ranges.push(self.stage(transaction, wish).await?);
        }
        self.flush(transaction).await?;
        Ok((self.found == 0).then_some(ranges))
    }

    /// A wish by itself, so that whatever refuses it is named.
    pub(crate) async fn stage_one(&mut self, transaction: &mut Transaction, wish: &Wish) -> Result<Staged, StoreError> {
        if let Wish::Append(batch) = wish {
            if let Some(command) = &batch.command
                && let Some(known) = known_answer(transaction, &command.id).await?
            {
                return Ok(Staged::Known(known));
            }
            require_numbers(transaction, batch).await?;
        }
        self.look_up_seqs(transaction, std::slice::from_ref(wish)).await?;
        let range = self.stage(transaction, wish).await?;
        self.flush(transaction).await?;
        Ok(Staged::New(range))
    }

    async fn stage(&mut self, transaction: &mut Transaction, wish: &Wish) -> Result<Range<u64>, StoreError> {
        let first = self.edge.size();
        match wish {
            Wish::Register(sealed) => self.add_blob(transaction, sealed).await?,
            Wish::Append(batch) => {
                if let Some(command) = &batch.command {
                    self.add_command(transaction, command, batch.recorded_us).await?;
                }
                let recorded_us = self.clock.of(batch)?;
                require_lease(transaction, batch).await?;
                for blob in &batch.blobs {
                    key_of(self.keys, &blob.sealed.key_id)?;
                    self.add_blob(transaction, &blob.sealed).await?;
                }
                self.add_entries(transaction, batch, recorded_us).await?;
                self.add_numbers(transaction, batch).await?;
                self.add_jobs(transaction, batch).await?;
            }
        }
        Ok(first..self.edge.size())
    }

    async fn flush(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        self.found += self.commands.flush(transaction).await?;
        self.found += self.numbers.flush(transaction).await?;
        self.blobs.flush(transaction).await?;
        self.entries.flush(transaction).await?;
        // A job of this name that is there already is the same one.
        self.jobs.flush(transaction).await?;
        Ok(())
    }

    /// The next sequence of each stream that is written to.
    async fn look_up_seqs(&mut self, transaction: &mut Transaction, wishes: &[Wish]) -> Result<(), StoreError> {
        // One look at the end of each: a list with `group by` would read whole streams.
        const SQL: &str = "select wanted.stream, (select max(seq) from entry where entry.stream = wanted.stream) \
             from (select $1 as stream union select $2 union select $3 union select $4 union select $5 union select $6 \
             union select $7 union select $8 union select $9 union select $10 union select $11 union select $12 \
             union select $13 union select $14 union select $15 union select $16) as wanted \
             where exists (select 1 from entry where entry.stream = wanted.stream)";
        let batches = wishes.iter().filter_map(Wish::batch);
        let streams: BTreeSet<&StreamId> = batches
            .flat_map(|batch| &batch.entries)
            .map(|entry| &entry.stream)
            .collect();
        let streams: Vec<&StreamId> = streams.into_iter().collect();
        for some in streams.chunks(STREAMS_AT_ONCE) {
            let Some(last) = some.last() else { continue };
            // Every place of the statement is filled: with the last one again, if there are fewer.
            let places = some.iter().chain(std::iter::repeat(last)).take(STREAMS_AT_ONCE);
            let places: Vec<Value<'_>> = places.map(|stream| Value::Text(stream.as_str())).collect();
            for row in transaction.rows(SQL, &places).await? {
                let read = |error| transaction.failed(&error);
                let (stream, last_seq) = (row.text(0).map_err(read)?, row.count(1).map_err(read)?);
                self.next_seqs.insert(StreamId::new(stream)?, last_seq + 1);
            }
        }
        Ok(())
    }

    async fn add_blob(&mut self, transaction: &mut Transaction, sealed: &SealedBlob) -> Result<(), StoreError> {
        let row = sealed.values();
        self.blobs.add(transaction, SealedBlob::INSERT, &row).await.map(|_| ())
    }

    async fn add_command(
        &mut self,
        transaction: &mut Transaction,
        command: &Command,
        recorded_us: i64,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "insert into command (id, recorded_us, key_id, answer) values ($1, $2, $3, $4) on conflict (id) do nothing";
        let context = Context::Answer {
            command: command.id.as_str(),
            key_id: command.key_id.as_str(),
        };
        let sealed = key_of(self.keys, &command.key_id)?.seal(&context, command.answer.as_bytes())?;
        let row = [
            Value::Text(command.id.as_str()),
            Value::Int(recorded_us),
            Value::Text(command.key_id.as_str()),
            Value::Bytes(&sealed),
        ];
        self.found += self.commands.add(transaction, SQL, &row).await?;
        Ok(())
    }

    async fn add_entries(
        &mut self,
        transaction: &mut Transaction,
        batch: &Batch,
        recorded_us: i64,
    ) -> Result<(), StoreError> {
        for entry in &batch.entries {
            let actual = self.next_seqs.get(&entry.stream).copied().unwrap_or(1);
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
            let sealed = key_of(self.keys, &entry.key_id)?.seal(&context, entry.body.as_bytes())?;
            let mut row = SealedRow {
                log_index: self.edge.size(),
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
            self.entries.add(transaction, SealedRow::INSERT, &row.values()).await?;
            self.edge.push(leaf);
            self.next_seqs.insert(entry.stream.clone(), actual + 1);
        }
        Ok(())
    }

    async fn add_numbers(&mut self, transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
        const SQL: &str = "insert into number (number, stream) values ($1, $2) on conflict (number) do nothing";
        for given in &batch.numbers {
            let row = [Value::Text(given.number.as_str()), Value::Text(given.stream.as_str())];
            self.found += self.numbers.add(transaction, SQL, &row).await?;
        }
        Ok(())
    }

    async fn add_jobs(&mut self, transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
        const SQL: &str = "insert into job (job_key, effect, stream, seq, run_at_us, attempts, state) \
             values ($1, $2, $3, $4, $5, 0, 'ready') on conflict (job_key) do nothing";
        if !(batch.settled.is_empty() && batch.dropped.is_empty()) {
            // What a batch before this one ordered, this one may settle.
            self.jobs.flush(transaction).await?;
            end_jobs(transaction, batch).await?;
        }
        for job in &batch.jobs {
            let row = [
                Value::Text(job.job_key.as_str()),
                Value::Text(job.effect.as_str()),
                Value::Text(job.stream.as_str()),
                int(job.seq),
                Value::Int(job.run_at_us),
            ];
            self.jobs.add(transaction, SQL, &row).await?;
        }
        Ok(())
    }
}

fn key_of<'a>(keys: &'a Keys, id: &KeyId) -> Result<&'a DataKey, StoreError> {
    match keys.get(id) {
        Some(Found::Key(key)) => Ok(key),
        _ => Err(StoreError::KeyErased(id.clone())),
    }
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

/// Refuses a batch that gives a number which was given before, or gives one twice.
async fn require_numbers(transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
    const SQL: &str = "select stream from number where number = $1";
    let mut given = BTreeSet::new();
    for one in &batch.numbers {
        let taken = transaction.row(SQL, &[Value::Text(one.number.as_str())]).await?;
        if taken.is_some() || !given.insert(one.number.as_str()) {
            return Err(StoreError::NumberTaken(one.number.clone()));
        }
    }
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

async fn end_jobs(transaction: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
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
        const SQL: &str = "update job set state = 'done' where job_key = $1 and state in ('ready', 'dead')";
        transaction.run(SQL, &[Value::Text(job_key.as_str())]).await?;
    }
    Ok(())
}
