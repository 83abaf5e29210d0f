//! The open store: one cheap handle on journal, keys, blobs, jobs and leases.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::Arc;

use vault::{Checkpoint, MasterKey, Verifier};

use crate::append::Writer;
use crate::batch::{Appended, Batch, ClaimedJob, Head, Job, Recorded};
use crate::blobs::{Blob, BlobId, BlobReader, Blobs, Digesting, NewBlob, PutError};
use crate::journal::Journal;
use crate::keyring::{Found, Keyring};
use crate::leases::Lease;
use crate::merkle::Edge;
use crate::names::{Effect, Holder, JobKey, KeyId, LeaseName, Number, StreamId};
use crate::prove::{self, Inclusion};
use crate::schema::Part;
use crate::snapshot::{SnapshotReader, Snapshots};
use crate::sql::{self, Database};
use crate::staging::CLOCK_TOLERANCE_US;
use crate::tables;
use crate::verify::{self, Verification};
use crate::{Config, Location, StoreError};

/// The store. Clones share everything; each process opens it once, inside a tokio runtime.
#[derive(Clone)]
pub struct Store {
    pub(crate) journal: Journal,
    pub(crate) keyring: Keyring,
    pub(crate) blobs: Blobs,
    snapshots: Snapshots,
    writer: Writer,
    clock_may_stand_back: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.journal.place())
    }
}

impl Store {
    /// Makes a new store and opens it. SQLite files and folders are made; PostgreSQL databases must be there, without our tables.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`] without touching what is there; those of [`Store::open`].
    pub async fn init(config: &Config, master: MasterKey) -> Result<Self, StoreError> {
        require_apart(config)?;
        for location in [&config.journal, &config.keys] {
            if let Location::Sqlite(path) = location
                && path.exists()
            {
                return Err(StoreError::AlreadyThere {
                    place: path.display().to_string(),
                });
            }
        }
        let mut made = Vec::new();
        if let Err(error) = Self::make(config, &master, &mut made).await {
            // Only what this call made is removed, so that `init` can be repeated once the cause is gone.
            made.into_iter().for_each(sql::remove_file);
            return Err(error);
        }
        Self::open(config, master).await
    }

    async fn make<'a>(config: &'a Config, master: &MasterKey, made: &mut Vec<&'a Location>) -> Result<(), StoreError> {
        for location in [&config.keys, &config.journal] {
            sql::create_file(location)?;
            made.push(location);
        }
        sql::create_folder(&config.blobs)?;
        Keyring::create(&config.keys, master).await?;
        let database = Database::open(&config.journal, config.journal_max_pages).await?;
        let created = async {
            let mut transaction = Part::Journal.begin_create(&database).await?;
            Journal::first_head(&mut transaction, &Edge::default()).await?;
            transaction.commit().await
        };
        let created = created.await;
        database.close().await;
        created
    }

    /// Opens a store of the current format.
    ///
    /// # Errors
    /// [`StoreError::NotInitialised`], [`StoreError::Newer`], [`StoreError::Older`], [`StoreError::WrongMasterKey`],
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn open(config: &Config, master: MasterKey) -> Result<Self, StoreError> {
        require_apart(config)?;
        let database = Database::open(&config.journal, config.journal_max_pages).await?;
        Part::Journal.require_newest(&database).await?;
        let keyring = Keyring::open(&config.keys, Arc::new(master)).await?;
        let journal = Journal::new(database);
        // A head that does not read is found now, not at the first report that comes in.
        journal.head().await?;
        let writer = Writer::start(journal.clone(), keyring.clone(), config.clock_may_stand_back);
        Ok(Self {
            blobs: Blobs::new(config.blobs.clone(), journal.clone()),
            journal,
            keyring,
            snapshots: Snapshots::new(&config.blobs),
            writer,
            clock_may_stand_back: config.clock_may_stand_back,
        })
    }

    /// Whether this master key opens the keys of an installation. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotInitialised`], [`StoreError::Newer`], [`StoreError::Older`], [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn recognises(config: &Config, master: MasterKey) -> Result<bool, StoreError> {
        match Keyring::open(&config.keys, Arc::new(master)).await {
            Ok(keyring) => {
                keyring.close().await;
                Ok(true)
            }
            Err(StoreError::WrongMasterKey { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends the writer after everything before is answered, then closes all connections.
    pub async fn close(&self) {
        self.writer.close().await;
        self.journal.database().close().await;
        self.keyring.close().await;
    }

    /// Appends a batch: all of it or nothing. When this returns `Recorded` it survives a loss of power. If the caller goes away
    /// before the answer, the batch may be recorded all the same; a command id makes repeating safe.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::NumberTaken`], [`StoreError::JobLost`], [`StoreError::KeyErased`],
    /// [`StoreError::TooLarge`], [`StoreError::Full`], [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn append(&self, batch: Batch) -> Result<Appended, StoreError> {
        self.writer.append(batch).await
    }

    /// When the last entry was recorded, in microseconds since 1970, if a clock that says `now_us` stands so far behind it that nothing
    /// would be appended.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ahead_of(&self, now_us: i64) -> Result<Option<i64>, StoreError> {
        let last_us = self.journal.newest_recorded().await?;
        let too_far = |last_us: &i64| last_us.saturating_sub(now_us) > CLOCK_TOLERANCE_US && !self.clock_may_stand_back;
        Ok(last_us.filter(too_far))
    }

    /// The entries of a stream from `from_seq` (1 is the first), at most [`crate::PAGE_MAX_ENTRIES`].
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a body does not open with its key; [`StoreError::Unavailable`].
    pub async fn read_stream(&self, stream: &StreamId, from_seq: u64) -> Result<Vec<Recorded>, StoreError> {
        self.journal
            .read_stream(&self.keyring, stream, from_seq, crate::PAGE_MAX_ENTRIES)
            .await
    }

    /// The entries of all streams in log order from `from_log_index` (0 is the first), at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a body does not open with its key; [`StoreError::Unavailable`].
    pub async fn tail(&self, from_log_index: u64, limit: u64) -> Result<Vec<Recorded>, StoreError> {
        self.journal.tail(&self.keyring, from_log_index, limit).await
    }

    /// The stream that a tracking number names.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn stream_of_number(&self, number: &Number) -> Result<Option<StreamId>, StoreError> {
        self.journal.stream_of_number(number).await
    }

    /// Up to a thousand tracking numbers behind this one, in their order, with the streams that their rows name. Nobody vouches for
    /// these rows: they are beside the tree.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn numbers_after(&self, after: &str) -> Result<Vec<(String, String)>, StoreError> {
        tables::numbers_after(&self.journal, after).await
    }

    /// The size and root of the log.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn head(&self) -> Result<Head, StoreError> {
        self.journal.head().await
    }

    /// Checks the whole journal against its head. What does not fit is in the result; an error means that it could not be checked.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if rows cannot be read at all; [`StoreError::Unavailable`].
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        self.verify_against(&[]).await
    }

    /// The same, and whether the journal still is what signed checkpoints say of it.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub async fn verify_against(&self, checkpoints: &[Checkpoint]) -> Result<Verification, StoreError> {
        verify::verify(&self.journal, &self.keyring, &self.blobs, checkpoints).await
    }

    /// The head as a signed note, to be carried off the machine.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn checkpoint(&self) -> Result<(Head, String), StoreError> {
        let head = self.head().await?;
        let checkpoint = Checkpoint {
            size: head.size,
            root: head.root,
        };
        Ok((head, self.keyring.checkpoint_key().sign(&checkpoint)))
    }

    /// Who signs this house's checkpoints.
    pub fn verifier(&self) -> Verifier {
        self.keyring.checkpoint_key().verifier()
    }

    /// Proofs that entries are in the log of a checkpoint's size; their bodies are not looked at.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if rows do not give the head's root, or an entry is not there; [`StoreError::Unavailable`].
    pub async fn prove(&self, head: &Head, log_indexes: &BTreeSet<u64>) -> Result<Vec<Inclusion>, StoreError> {
        prove::prove(&self.journal, head, log_indexes).await
    }

    /// The places of a stream's entries in the log; their bodies are not looked at.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn places_of(&self, stream: &StreamId) -> Result<Vec<u64>, StoreError> {
        self.journal.places_of(stream).await
    }

    /// Erases a key, and with it the sense of everything sealed under it; the files that it sealed are removed. The event that says so and
    /// why comes first.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`]; repeating is harmless, and finishes what was begun.
    pub async fn erase_key(&self, key_id: &KeyId) -> Result<(), StoreError> {
        self.keyring.erase(key_id).await?;
        self.snapshots.remove();
        self.blobs.remove_of(key_id).await
    }

    /// Keeps what was folded of the journal, in the place of what was kept before. `fill` writes it, on a thread that may block.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`]; the journal is complete without it.
    pub async fn put_snapshot(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        let key_id = Snapshots::draw_key()?;
        let found = self.keyring.ensure([&key_id]).await?.remove(&key_id);
        let Some(Found::Key(key)) = found else {
            return Err(StoreError::KeyErased(key_id));
        };
        let before = self.snapshots.key_id();
        let (snapshots, own) = (self.snapshots.clone(), key_id.clone());
        self.blocking(move || snapshots.write(&own, &key, fill)).await??;
        match before {
            Some(before) if before != key_id => self.keyring.forget(&[before]).await,
            _ => Ok(()),
        }
    }

    /// What was kept last, if it is there and its key is. `read` reads it, on a thread that may block.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. A snapshot that does not open is none.
    pub async fn snapshot<T: Send + 'static>(
        &self,
        read: impl FnOnce(SnapshotReader) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let Some(key_id) = self.snapshots.key_id() else {
            return Ok(None);
        };
        let Some(Found::Key(key)) = self.keyring.find([&key_id]).await?.remove(&key_id) else {
            return Ok(None);
        };
        let snapshots = self.snapshots.clone();
        self.blocking(move || snapshots.open(&key_id, &key).ok().and_then(read))
            .await
    }

    /// The leaf of the entry at a place of the log: what a snapshot remembers, to know its journal again.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn leaf(&self, log_index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.journal.sealed_tail(log_index, 1).await?;
        Ok(rows
            .into_iter()
            .find(|row| row.log_index == log_index)
            .map(|row| row.leaf))
    }

    /// Whether a key was erased.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn is_erased(&self, key_id: &KeyId) -> Result<bool, StoreError> {
        Ok(matches!(
            self.keyring.find([key_id]).await?.remove(key_id),
            Some(Found::Erased)
        ))
    }

    /// The key that seals a blob; none if there is no such blob.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn key_of_blob(&self, id: &BlobId) -> Result<Option<KeyId>, StoreError> {
        self.blobs.key_of(id).await
    }

    /// Seals a stream of bytes into a new blob and makes it durable. The key is made if it never was.
    ///
    /// # Errors
    /// [`PutError::Source`] if the source fails; [`StoreError::KeyErased`], [`StoreError::Full`], [`StoreError::Unavailable`].
    /// Nothing is kept then.
    pub async fn put_blob(&self, key_id: &KeyId, source: impl Read + Send + 'static) -> Result<Blob, PutError> {
        let Some(Found::Key(key)) = self.keyring.ensure([key_id]).await?.remove(key_id) else {
            return Err(StoreError::KeyErased(key_id.clone()).into());
        };
        let (blobs, owner) = (self.blobs.clone(), key_id.clone());
        let mut source = Digesting::new(source);
        let put = move || {
            let (sealed, size) = blobs.put(&owner, &key, &mut source)?;
            let (_, _, sha256) = source.finish();
            let blob = Blob {
                id: sealed.id.clone(),
                key_id: owner,
                size,
                sha256,
            };
            Ok::<_, PutError>((blob, sealed))
        };
        let (blob, sealed) = self.blocking(put).await??;
        self.writer.register(sealed).await?;
        // Whoever erased the key meanwhile may have looked for its files before this one was known.
        if self.is_erased(key_id).await? {
            self.blobs.remove_of(key_id).await?;
            return Err(StoreError::KeyErased(key_id.clone()).into());
        }
        Ok(blob)
    }

    /// Seals a stream of bytes into a blob that becomes known with the batch which names it ([`Batch::blobs`]). It is sealed under the first of
    /// these keys; all of them have names that were just drawn, and last from then on, too. When this returns, the blob is durable.
    ///
    /// # Errors
    /// [`PutError::Source`] if the source fails; [`StoreError::Full`], [`StoreError::Unavailable`]. Nothing is kept then.
    pub async fn put_new_blob(
        &self,
        keys: &[KeyId],
        mut source: impl Read + Send + 'static,
    ) -> Result<NewBlob, PutError> {
        let keys = self.keyring.draw(keys)?;
        let Some((owner, key)) = keys.first().map(|first| (first.id.clone(), Arc::clone(&first.key))) else {
            let none = std::io::Error::new(std::io::ErrorKind::InvalidInput, "there is no key to seal it under");
            return Err(PutError::Source(none));
        };
        let blobs = self.blobs.clone();
        let (sealed, size) = self.blocking(move || blobs.put(&owner, &key, &mut source)).await??;
        Ok(NewBlob {
            id: sealed.id.clone(),
            size,
            sealed,
            keys,
        })
    }

    /// Takes back what [`Self::put_new_blob`] made, and its keys: no entry names it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`]; what stays is sealed, and harmless.
    pub async fn discard_new_blob(&self, new: &NewBlob) -> Result<(), StoreError> {
        self.blobs.remove(&new.id)?;
        let keys: Vec<KeyId> = new.keys.iter().map(|key| key.id.clone()).collect();
        self.keyring.forget(&keys).await
    }

    /// Opens a blob for reading; `None` if its key was erased or is missing.
    ///
    /// # Errors
    /// [`StoreError::BlobMissing`], [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn get_blob(&self, id: &BlobId, key_id: &KeyId) -> Result<Option<BlobReader>, StoreError> {
        let Some(Found::Key(key)) = self.keyring.find([key_id]).await?.remove(key_id) else {
            return Ok(None);
        };
        let (blobs, id, key_id) = (self.blobs.clone(), id.clone(), key_id.clone());
        self.blocking(move || blobs.get(&id, &key_id, &key)).await?.map(Some)
    }

    /// Takes everything back that a key sealed into blobs, and the key: for what was stored and then not named by any entry.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`]; what stays is sealed, and harmless.
    pub async fn discard_blobs(&self, key_id: &KeyId) -> Result<(), StoreError> {
        self.blobs.remove_of(key_id).await?;
        self.blobs.unregister(key_id).await?;
        self.keyring.forget(std::slice::from_ref(key_id)).await
    }

    /// What makes marks under a key of its own, which is made if it never was.
    ///
    /// # Errors
    /// [`StoreError::KeyErased`], [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn marker(&self, key_id: &KeyId) -> Result<Marker, StoreError> {
        match self.keyring.ensure([key_id]).await?.remove(key_id) {
            Some(Found::Key(key)) => Ok(Marker(key)),
            _ => Err(StoreError::KeyErased(key_id.clone())),
        }
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let stopped = || StoreError::Unavailable {
            place: "the blobs".to_owned(),
            detail: "the program is ending".to_owned(),
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| stopped())
    }

    /// Claims the job of an effect that has waited longest and is due at `now_us`. The claim ends at `until_us`; then another
    /// worker may take it. End it with [`Batch::settled`].
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn claim_job(
        &self,
        effect: &Effect,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        self.journal.claim_job(effect, now_us, until_us).await
    }

    /// The jobs of an effect that are due at `now_us`, the one that has waited longest first, at most 1,000. For whoever does not take them
    /// in this order; [`Store::claim_due_job`] claims one of them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn due_jobs(&self, effect: &Effect, now_us: i64) -> Result<Vec<Job>, StoreError> {
        self.journal.due_jobs(effect, now_us).await
    }

    /// Claims this job as [`Store::claim_job`] does; none if it is no longer due.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn claim_due_job(
        &self,
        job_key: &JobKey,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        self.journal.claim_due_job(job_key, now_us, until_us).await
    }

    /// The jobs that were given up, oldest first, at most 1,000.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn dead_jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.journal.dead_jobs().await
    }

    /// Makes a job that was given up ready again; false if there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn revive_job(&self, job_key: &JobKey, run_at_us: i64) -> Result<bool, StoreError> {
        self.journal.revive_job(job_key, run_at_us).await
    }

    /// Takes a free or expired lease, or renews the holder's own; `None` if another one holds it at `now_us`.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn take_lease(
        &self,
        name: &LeaseName,
        holder: &Holder,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<Lease>, StoreError> {
        self.journal.take_lease(name, holder, now_us, until_us).await
    }

    /// Gives a lease back before its time.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.journal.release_lease(lease).await
    }
}

/// Makes marks: texts that nobody can guess or make without the key.
#[derive(Clone, Debug)]
pub struct Marker(Arc<vault::DataKey>);

impl Marker {
    /// The mark of a text for a purpose: 26 characters `0-9a-v`, always the same.
    #[must_use]
    pub fn mark(&self, purpose: &str, text: &[u8]) -> String {
        self.0.mark(purpose, text)
    }
}

/// Keys in the journal's own database would be in its every backup, and erasing them a fiction.
pub(crate) fn require_apart(config: &Config) -> Result<(), StoreError> {
    if config.journal != config.keys {
        return Ok(());
    }
    Err(StoreError::Unavailable {
        place: "the database of the keys".to_owned(),
        detail: "it is the journal's own; give `store.keys_url` a database apart, with other backups".to_owned(),
    })
}
