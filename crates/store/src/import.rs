//! A new house from lines: everything is checked as it is read, and nothing counts before all of it has been.
//!
//! Owns the filling of two empty databases, each in one transaction, and of the folder of blobs. Never touches a database that has tables
//! of ours. Whatever it refuses, the two databases are as empty as before; files that it wrote are the caller's to remove.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::blobs::{BlobId, Blobs, SealedBlob, create};
use crate::export::Counts;
use crate::filling::Filling;
use crate::journal::{Journal, SealedRow};
use crate::line::{EXPORT_FORMAT, Item, LineFault, LineReader, TransferError, hash};
use crate::merkle::{Edge, Hash};
use crate::names::{ActorId, CommandId, Effect, JobKey, KeyId, LeaseName, Number, StreamId};
use crate::schema::Part;
use crate::sql::{self, Database, Value, create_folder, int, sync_parent};
use crate::store::require_apart;
use crate::{Config, Head, StoreError};

/// Files of a house; a published tree has tens of thousands.
const FILES_MAX: u64 = 1_000_000;

/// A house that is being read in.
pub struct Importer {
    journal: Journal,
    keys: Database,
    into_journal: Filling,
    into_keys: Filling,
    blobs: Blobs,
    edge: Edge,
    counts: Counts,
    /// The last place in each stream. A board holds more of a stream than its name.
    last: BTreeMap<Box<str>, u64>,
    /// Keys that entries name, that are there, or that were erased.
    known_keys: BTreeMap<Box<str>, Known>,
    has_journal: bool,
    has_keys: bool,
}

/// What the lines say of a key.
#[derive(Clone, Copy, Default)]
struct Known {
    /// An entry was sealed with it.
    named: bool,
    /// It is there, or it was erased.
    told: bool,
}

/// A house that was read in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The journal's head: that of the house it came from.
    pub head: Head,
    /// How much there is.
    pub counts: Counts,
    /// How many keys that the journal names are neither there nor erased: the keys are older than the journal.
    pub keys_missing: u64,
}

/// Where a file is to be written; none refuses it.
type Place<'a> = &'a dyn Fn(&str) -> Option<PathBuf>;

impl Importer {
    /// Begins with two databases that are empty: SQLite files are made.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`], [`StoreError::NotInitialised`] for a PostgreSQL database that is not there, [`StoreError::Full`],
    /// [`StoreError::Unavailable`].
    pub async fn begin(config: &Config) -> Result<Self, StoreError> {
        require_apart(config)?;
        for location in [&config.keys, &config.journal] {
            sql::create_file(location)?;
        }
        create_folder(&config.blobs)?;
        let keys = Database::open(&config.keys, None).await?;
        let into_keys = Filling::of(Part::Keys.begin_create(&keys).await?);
        let journal = Journal::new(Database::open(&config.journal, config.journal_max_pages).await?);
        let into_journal = Filling::of(Part::Journal.begin_create(journal.database()).await?);
        Ok(Self {
            blobs: Blobs::new(config.blobs.clone(), journal.clone()),
            journal,
            keys,
            into_journal,
            into_keys,
            edge: Edge::default(),
            counts: Counts::default(),
            last: BTreeMap::new(),
            known_keys: BTreeMap::new(),
            has_journal: false,
            has_keys: false,
        })
    }

    /// Reads one export to its end. `place` says where a file of it is to be written, and refuses by none. Blocks while it reads.
    ///
    /// # Errors
    /// [`TransferError::Line`] with the line and its fault; [`TransferError::Read`], [`TransferError::Store`].
    pub async fn read(
        &mut self,
        from: &mut dyn BufRead,
        place: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Result<(), TransferError> {
        let mut lines = LineReader::new(from);
        let Item::House { format, holds } = lines.next()? else {
            return Err(lines.fault(LineFault::NoLine));
        };
        if format > EXPORT_FORMAT {
            return Err(lines.fault(LineFault::Newer));
        }
        let holds = |word: &str| holds.iter().any(|held| held == word);
        let (journal, keys) = (holds("journal"), holds("keys"));
        if (journal && self.has_journal) || (keys && self.has_keys) {
            return Err(lines.fault(LineFault::Twice));
        }
        let before = self.counts;
        let mut marked = false;
        loop {
            let item = lines.next()?;
            let kept = match &item {
                Item::Keyring { .. } | Item::Key { .. } | Item::Erased { .. } => keys,
                Item::End { .. } => true,
                _ => journal,
            };
            if !kept {
                return Err(lines.fault(LineFault::OutOfPlace));
            }
            match item {
                Item::End {
                    entries,
                    numbers,
                    commands,
                    jobs,
                    blobs,
                    files,
                    keys: key_count,
                    root,
                } => {
                    let said = Counts {
                        entries,
                        numbers,
                        commands,
                        jobs,
                        blobs,
                        files,
                        keys: key_count,
                    };
                    let fits = said == self.counts.since(&before)
                        && (!journal || hash(&root) == Some(self.edge.root()))
                        && (!keys || marked);
                    if !fits {
                        return Err(lines.fault(LineFault::Contradiction));
                    }
                    lines.end()?;
                    self.flush(&lines).await?;
                    self.has_journal |= journal;
                    self.has_keys |= keys;
                    return Ok(());
                }
                Item::Blob {
                    id,
                    key_id,
                    bytes,
                    sha256,
                    pieces,
                } => self.blob(&mut lines, (id, key_id, bytes, sha256), pieces).await?,
                Item::File { path, bytes, public } => self.file(&mut lines, &path, bytes, public, place)?,
                Item::Keyring { .. } if marked => return Err(lines.fault(LineFault::Twice)),
                item => {
                    marked |= matches!(item, Item::Keyring { .. });
                    self.row(item, &lines).await?;
                }
            }
        }
    }

    /// One row of one table.
    async fn row(&mut self, item: Item, lines: &LineReader<'_>) -> Result<(), TransferError> {
        let no_line = |_| lines.fault(LineFault::NoLine);
        let counts = &mut self.counts;
        let (of_keys, sql, values): (bool, &'static str, &[Value<'_>]) = match &item {
            Item::Entry { .. } => return self.entry(item, lines).await,
            Item::Number { number, stream } => {
                Number::new(number.as_str()).map_err(no_line)?;
                StreamId::new(stream.as_str()).map_err(no_line)?;
                counts.numbers += 1;
                (
                    false,
                    "insert into number (number, stream) values ($1, $2) on conflict do nothing",
                    &[Value::Text(number), Value::Text(stream)],
                )
            }
            Item::Command {
                id,
                recorded_us,
                key_id,
                answer,
            } => {
                CommandId::new(id.as_str()).map_err(no_line)?;
                KeyId::new(key_id.as_str()).map_err(no_line)?;
                counts.commands += 1;
                (
                    false,
                    "insert into command (id, recorded_us, key_id, answer) values ($1, $2, $3, $4) on conflict do nothing",
                    &[
                        Value::Text(id),
                        Value::Int(*recorded_us),
                        Value::Text(key_id),
                        Value::Bytes(&answer.0),
                    ],
                )
            }
            Item::Job {
                job_key,
                effect,
                stream,
                seq,
                run_at_us,
                attempts,
                state,
            } => {
                JobKey::new(job_key.as_str()).map_err(no_line)?;
                Effect::new(effect.as_str()).map_err(no_line)?;
                StreamId::new(stream.as_str()).map_err(no_line)?;
                if !matches!(state.as_str(), "ready" | "done" | "dead") {
                    return Err(lines.fault(LineFault::NoLine));
                }
                counts.jobs += 1;
                (
                    false,
                    "insert into job (job_key, effect, stream, seq, run_at_us, attempts, state) \
                     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
                    &[
                        Value::Text(job_key),
                        Value::Text(effect),
                        Value::Text(stream),
                        int(*seq),
                        Value::Int(*run_at_us),
                        int(*attempts),
                        Value::Text(state),
                    ],
                )
            }
            Item::Lease { name, fence } => {
                LeaseName::new(name.as_str()).map_err(no_line)?;
                (
                    false,
                    "insert into lease (name, holder, until_us, fence) values ($1, 'nobody', 0, $2) on conflict do nothing",
                    &[Value::Text(name), int(*fence)],
                )
            }
            Item::Keyring { mark, erasures } => (
                true,
                "insert into keyring (id, mark, erasures) values (1, $1, $2) on conflict do nothing",
                &[Value::Bytes(&mark.0), int(*erasures)],
            ),
            Item::Key { id, wrapped } => {
                KeyId::new(id.as_str()).map_err(no_line)?;
                counts.keys += 1;
                self.known_keys.entry(id.as_str().into()).or_default().told = true;
                (
                    true,
                    "insert into data_key (id, wrapped) values ($1, $2) on conflict do nothing",
                    &[Value::Text(id), Value::Bytes(&wrapped.0)],
                )
            }
            Item::Erased { id } => {
                KeyId::new(id.as_str()).map_err(no_line)?;
                self.known_keys.entry(id.as_str().into()).or_default().told = true;
                (
                    true,
                    "insert into erased_key (id) values ($1) on conflict do nothing",
                    &[Value::Text(id)],
                )
            }
            Item::House { .. } | Item::Blob { .. } | Item::File { .. } | Item::Piece(_) | Item::End { .. } => {
                return Err(lines.fault(LineFault::OutOfPlace));
            }
        };
        let there = match of_keys {
            true => self.into_keys.add(sql, values).await?,
            false => self.into_journal.add(sql, values).await?,
        };
        match there {
            0 => Ok(()),
            _ => Err(lines.fault(LineFault::TwiceNearby)),
        }
    }

    /// Inserts the rows that wait for others.
    async fn flush(&mut self, lines: &LineReader<'_>) -> Result<(), TransferError> {
        let keys = self.into_keys.flush().await?;
        let journal = self.into_journal.flush().await?;
        match keys + journal {
            0 => Ok(()),
            _ => Err(lines.fault(LineFault::TwiceNearby)),
        }
    }

    async fn entry(&mut self, item: Item, lines: &LineReader<'_>) -> Result<(), TransferError> {
        let Item::Entry {
            log_index,
            stream,
            seq,
            recorded_us,
            actor,
            key_id,
            body,
        } = item
        else {
            return Err(lines.fault(LineFault::OutOfPlace));
        };
        let no_line = |_| lines.fault(LineFault::NoLine);
        StreamId::new(stream.as_str()).map_err(no_line)?;
        ActorId::new(actor.as_str()).map_err(no_line)?;
        KeyId::new(key_id.as_str()).map_err(no_line)?;
        let last = self.last.get(stream.as_str()).copied().unwrap_or(0);
        if log_index != self.edge.size() || seq != last + 1 {
            return Err(lines.fault(LineFault::OutOfPlace));
        }
        let mut row = SealedRow {
            log_index,
            stream,
            seq,
            recorded_us,
            actor,
            key_id,
            sealed: body.0,
            leaf: Vec::new(),
        };
        let leaf = row.leaf();
        row.leaf = leaf.to_vec();
        if self.into_journal.add(SealedRow::INSERT, &row.values()).await? > 0 {
            return Err(lines.fault(LineFault::TwiceNearby));
        }
        self.last.insert(row.stream.into(), seq);
        self.known_keys.entry(row.key_id.into()).or_default().named = true;
        self.edge.push(leaf);
        self.counts.entries += 1;
        Ok(())
    }

    async fn blob(
        &mut self,
        lines: &mut LineReader<'_>,
        (id, key_id, bytes, sha256): (String, String, u64, String),
        pieces: bool,
    ) -> Result<(), TransferError> {
        let no_line = |_| lines.fault(LineFault::NoLine);
        let blob = SealedBlob {
            id: BlobId::new(id).map_err(no_line)?,
            key_id: KeyId::new(key_id).map_err(no_line)?,
            bytes,
            sha256: hash(&sha256).ok_or_else(|| lines.fault(LineFault::NoLine))?.to_vec(),
        };
        let (transaction, there) = self.into_journal.transaction().await?;
        if there > 0 {
            return Err(lines.fault(LineFault::TwiceNearby));
        }
        if self.blobs.is_known_in(transaction, &blob.id).await? {
            return Err(lines.fault(LineFault::Twice));
        }
        if pieces {
            let path = self.blobs.path(&blob.id);
            if let Some(folder) = path.parent() {
                create_folder(folder)?;
            }
            let place = path.display().to_string();
            let file = create(&path).map_err(|error| StoreError::of_file(&place, &error))?;
            let found = write(lines, file, bytes, &path)?;
            if found[..] != blob.sha256[..] {
                return Err(lines.fault(LineFault::Bytes));
            }
            self.counts.blobs += 1;
        }
        let (transaction, _) = self.into_journal.transaction().await?;
        blob.insert(transaction).await?;
        Ok(())
    }

    fn file(
        &mut self,
        lines: &mut LineReader<'_>,
        name: &str,
        bytes: u64,
        public: bool,
        place: Place<'_>,
    ) -> Result<(), TransferError> {
        self.counts.files += 1;
        let plain = Path::new(name)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        let path = place(name).filter(|_| plain && self.counts.files <= FILES_MAX);
        let path = path.ok_or_else(|| lines.fault(LineFault::OutOfPlace))?;
        let failed = |error: io::Error| StoreError::of_file(&path.display().to_string(), &error);
        let (folder_mode, file_mode) = if public { (0o755, 0o644) } else { (0o700, 0o600) };
        if let Some(folder) = path.parent() {
            let mut builder = std::fs::DirBuilder::new();
            builder
                .recursive(true)
                .mode(folder_mode)
                .create(folder)
                .map_err(failed)?;
        }
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(file_mode).open(&path);
        let file = match file {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(lines.fault(LineFault::Twice)),
            file => file.map_err(failed)?,
        };
        if public {
            // Whatever the mask of this process is.
            use std::os::unix::fs::PermissionsExt as _;
            let readable = std::fs::Permissions::from_mode(file_mode);
            file.set_permissions(readable).map_err(failed)?;
        }
        write(lines, file, bytes, &path).map(|_| ())
    }

    /// Makes the house count: first its keys, then its journal.
    ///
    /// # Errors
    /// [`TransferError::Incomplete`] if journal or keys are missing; [`TransferError::Store`].
    pub async fn finish(mut self) -> Result<Imported, TransferError> {
        let missing = match (self.has_journal, self.has_keys) {
            (true, true) => None,
            (true, false) => {
                Some("there are no keys in it, so nothing of it could be read: give the file with the keys too")
            }
            (false, _) => Some("there is no journal in it: give the file with the journal too"),
        };
        if let Some(missing) = missing {
            return Err(TransferError::Incomplete(missing.to_owned()));
        }
        let (transaction, _) = self.into_journal.transaction().await?;
        Journal::first_head(transaction, &self.edge).await?;
        let missing = self.known_keys.values().filter(|key| key.named && !key.told);
        let keys_missing = missing.count() as u64;
        self.into_keys.commit().await?;
        self.into_journal.commit().await?;
        self.keys.close().await;
        self.journal.database().close().await;
        Ok(Imported {
            head: Head {
                size: self.edge.size(),
                root: self.edge.root(),
            },
            counts: self.counts,
            keys_missing,
        })
    }
}

impl Counts {
    fn since(&self, before: &Counts) -> Counts {
        Counts {
            entries: self.entries - before.entries,
            numbers: self.numbers - before.numbers,
            commands: self.commands - before.commands,
            jobs: self.jobs - before.jobs,
            blobs: self.blobs - before.blobs,
            files: self.files - before.files,
            keys: self.keys - before.keys,
        }
    }
}

/// Writes the pieces that follow into a new file and makes it durable; gives their digest.
fn write(lines: &mut LineReader<'_>, file: File, bytes: u64, path: &Path) -> Result<Hash, TransferError> {
    let failed = |error: io::Error| StoreError::of_file(&path.display().to_string(), &error);
    let mut file = file;
    let digest = lines.pieces(bytes, |piece| Ok(file.write_all(piece).map_err(failed)?))?;
    file.sync_all().and_then(|()| sync_parent(path)).map_err(failed)?;
    Ok(digest)
}
