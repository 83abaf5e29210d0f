//! A house as lines: sealed rows in log order, numbers, commands, jobs, blobs, files, and if asked the wrapped keys.
//!
//! One state of the journal, however much is appended meanwhile: everything is read in one transaction. Opens nothing: what is sealed
//! stays sealed. Memory stays the same for any size.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use crate::blobs::OnDisk;
use crate::journal::SealedRow;
use crate::line::{Bytes, EXPORT_FORMAT, Item, LineWriter, PIECE_BYTES, TransferError};
use crate::sql::{Transaction, Value, int};
use crate::{Head, Store, StoreError};

/// Rows read at a time. A body has 4 MiB at most.
const PAGE_ENTRIES: u64 = 32;
const PAGE_ROWS: u64 = 1_000;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Journal, numbers, commands, jobs, blobs and files.
    pub journal: bool,
    /// The wrapped keys. They open with the master key alone, which no export holds.
    pub keys: bool,
}

/// A file of the data directory that goes along.
#[derive(Debug, Clone)]
pub struct OutFile {
    /// Its name in the export: relative, with `/`.
    pub path: String,
    /// Its bytes.
    pub content: Content,
    /// Whether everybody may read it.
    pub public: bool,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub enum Content {
    /// On disk.
    File(PathBuf),
    /// Here.
    Bytes(Vec<u8>),
}

/// How much an export or an import had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Entries of the journal.
    pub entries: u64,
    /// Tracking numbers.
    pub numbers: u64,
    /// Commands that ran.
    pub commands: u64,
    /// Jobs.
    pub jobs: u64,
    /// Blobs whose bytes are there.
    pub blobs: u64,
    /// Files.
    pub files: u64,
    /// Wrapped keys.
    pub keys: u64,
}

/// An export that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The journal's head in it; that of the empty journal if it holds keys only.
    pub head: Head,
    /// How much there is.
    pub counts: Counts,
    /// Blobs that are missing or changed on disk, by id: they are not in the export.
    pub damaged: Vec<String>,
}

impl Store {
    /// Writes an export. Blocks while it writes: use it where nothing else waits.
    ///
    /// # Errors
    /// [`TransferError::Write`], [`TransferError::Store`].
    pub async fn export(
        &self,
        parts: Parts,
        files: &[OutFile],
        out: &mut dyn Write,
    ) -> Result<Exported, TransferError> {
        let mut export = Export {
            store: self,
            out: LineWriter::new(out),
            head: Head {
                size: 0,
                root: crate::merkle::Edge::default().root(),
            },
            counts: Counts::default(),
            damaged: Vec::new(),
        };
        let holds = [(parts.journal, "journal"), (parts.keys, "keys")];
        export.out.put(&Item::House {
            format: EXPORT_FORMAT,
            holds: holds
                .iter()
                .filter(|(held, _)| *held)
                .map(|(_, word)| (*word).to_owned())
                .collect(),
        })?;
        if parts.journal {
            export.journal().await?;
            for file in files {
                export.file(file)?;
            }
        }
        if parts.keys {
            // After the journal, so that the key of every entry before is among them.
            export.keys().await?;
        }
        let Counts {
            entries,
            numbers,
            commands,
            jobs,
            blobs,
            files,
            keys,
        } = export.counts;
        export.out.put(&Item::End {
            entries,
            numbers,
            commands,
            jobs,
            blobs,
            files,
            keys,
            root: HEXLOWER.encode(&export.head.root),
        })?;
        Ok(Exported {
            head: export.head,
            counts: export.counts,
            damaged: export.damaged,
        })
    }
}

struct Export<'a> {
    store: &'a Store,
    out: LineWriter<'a>,
    head: Head,
    counts: Counts,
    damaged: Vec<String>,
}

impl Export<'_> {
    async fn journal(&mut self) -> Result<(), TransferError> {
        let mut snapshot = self.store.journal.database().snapshot().await?;
        let row = snapshot
            .row("select size, edge from log_head where id = 1", &[])
            .await?;
        let edge = self.store.journal.edge(row.as_ref())?;
        self.head = Head {
            size: edge.size(),
            root: edge.root(),
        };
        self.entries(&mut snapshot).await?;
        self.numbers(&mut snapshot).await?;
        self.commands(&mut snapshot).await?;
        self.jobs(&mut snapshot).await?;
        self.leases(&mut snapshot).await?;
        self.blobs(&mut snapshot).await?;
        snapshot.rollback().await?;
        Ok(())
    }

    async fn entries(&mut self, snapshot: &mut Transaction) -> Result<(), TransferError> {
        const SQL: &str = "select log_index, stream, seq, recorded_us, actor, key_id, body, leaf from entry \
             where log_index >= $1 order by log_index limit $2";
        while self.counts.entries < self.head.size {
            let rows = snapshot
                .rows(SQL, &[int(self.counts.entries), int(PAGE_ENTRIES)])
                .await?;
            if rows.is_empty() {
                return Err(self
                    .store
                    .journal
                    .damaged("entries are missing; run `candor journal verify`")
                    .into());
            }
            for row in &rows {
                let row = SealedRow::read(row).map_err(|error| snapshot.failed(&error))?;
                self.counts.entries += 1;
                self.out.put(&Item::Entry {
                    log_index: row.log_index,
                    stream: row.stream,
                    seq: row.seq,
                    recorded_us: row.recorded_us,
                    actor: row.actor,
                    key_id: row.key_id,
                    body: Bytes(row.sealed),
                })?;
            }
        }
        Ok(())
    }

    async fn numbers(&mut self, snapshot: &mut Transaction) -> Result<(), TransferError> {
        const SQL: &str = "select number, stream from number where number > $1 order by number limit $2";
        let mut after = String::new();
        loop {
            let rows = snapshot.rows(SQL, &[Value::Text(&after), int(PAGE_ROWS)]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let failed = |error| snapshot.failed(&error);
                after = row.text(0).map_err(failed)?;
                self.counts.numbers += 1;
                self.out.put(&Item::Number {
                    number: after.clone(),
                    stream: row.text(1).map_err(failed)?,
                })?;
            }
        }
    }

    async fn commands(&mut self, snapshot: &mut Transaction) -> Result<(), TransferError> {
        const SQL: &str = "select id, recorded_us, key_id, answer from command where id > $1 order by id limit $2";
        let mut after = String::new();
        loop {
            let rows = snapshot.rows(SQL, &[Value::Text(&after), int(PAGE_ENTRIES)]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let failed = |error| snapshot.failed(&error);
                after = row.text(0).map_err(failed)?;
                self.counts.commands += 1;
                self.out.put(&Item::Command {
                    id: after.clone(),
                    recorded_us: row.int(1).map_err(failed)?,
                    key_id: row.text(2).map_err(failed)?,
                    answer: Bytes(row.bytes(3).map_err(failed)?),
                })?;
            }
        }
    }

    async fn jobs(&mut self, snapshot: &mut Transaction) -> Result<(), TransferError> {
        const SQL: &str = "select job_key, effect, stream, seq, run_at_us, attempts, state from job \
             where job_key > $1 order by job_key limit $2";
        let mut after = String::new();
        loop {
            let rows = snapshot.rows(SQL, &[Value::Text(&after), int(PAGE_ROWS)]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let failed = |error| snapshot.failed(&error);
                after = row.text(0).map_err(failed)?;
                self.counts.jobs += 1;
                self.out.put(&Item::Job {
                    job_key: after.clone(),
                    effect: row.text(1).map_err(failed)?,
                    stream: row.text(2).map_err(failed)?,
                    seq: row.count(3).map_err(failed)?,
                    run_at_us: row.int(4).map_err(failed)?,
                    attempts: row.count(5).map_err(failed)?,
                    state: row.text(6).map_err(failed)?,
                })?;
            }
        }
    }

    async fn leases(&mut self, snapshot: &mut Transaction) -> Result<(), TransferError> {
        for row in snapshot
            .rows("select name, fence from lease order by name", &[])
            .await?
        {
            let failed = |error| snapshot.failed(&error);
            self.out.put(&Item::Lease {
                name: row.text(0).map_err(failed)?,
                fence: row.count(1).map_err(failed)?,
            })?;
        }
        Ok(())
    }

    async fn blobs(&mut self, snapshot: &mut Transaction) -> Result<(), TransferError> {
        const SQL: &str = "select id, key_id, bytes, sha256 from blob where id > $1 order by id limit $2";
        let mut after = String::new();
        loop {
            let rows = snapshot.rows(SQL, &[Value::Text(&after), int(PAGE_ROWS)]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let blob = self.store.blobs.row(row)?;
                blob.id.as_str().clone_into(&mut after);
                let path = self.store.blobs.path(&blob.id);
                // Opened before it is compared: whoever erases it meanwhile takes its name away, not its bytes.
                let file = File::open(&path).ok();
                let whole = file.is_some() && self.store.blobs.on_disk(&blob)? == OnDisk::Whole;
                if !whole && !self.store.is_erased(&blob.key_id).await? {
                    self.damaged.push(after.clone());
                }
                self.out.put(&Item::Blob {
                    id: after.clone(),
                    key_id: blob.key_id.as_str().to_owned(),
                    bytes: blob.bytes,
                    sha256: HEXLOWER.encode(&blob.sha256),
                    pieces: whole,
                })?;
                if let Some(mut file) = file.filter(|_| whole) {
                    self.counts.blobs += 1;
                    self.pieces(&mut file, blob.bytes, &path.display().to_string())?;
                }
            }
        }
    }

    fn file(&mut self, file: &OutFile) -> Result<(), TransferError> {
        let failed = |error: io::Error| StoreError::of_file(&file.path, &error);
        let (mut from, bytes): (Box<dyn Read>, u64) = match &file.content {
            Content::File(path) => {
                let open = File::open(path).map_err(failed)?;
                let bytes = open.metadata().map_err(failed)?.len();
                (Box::new(open), bytes)
            }
            Content::Bytes(bytes) => (Box::new(bytes.as_slice()), bytes.len() as u64),
        };
        self.counts.files += 1;
        self.out.put(&Item::File {
            path: file.path.clone(),
            bytes,
            public: file.public,
        })?;
        self.pieces(&mut from, bytes, &file.path)
    }

    /// Exactly as many bytes as were announced.
    fn pieces(&mut self, from: &mut dyn Read, bytes: u64, place: &str) -> Result<(), TransferError> {
        let mut left = bytes;
        while left > 0 {
            let wanted = left.min(PIECE_BYTES as u64);
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let read = from.take(wanted).read_to_end(&mut piece);
            read.map_err(|error| StoreError::of_file(place, &error))?;
            if (piece.len() as u64) < wanted {
                let detail = "it became shorter while it was read; repeat the export".to_owned();
                let place = place.to_owned();
                return Err(StoreError::Unavailable { place, detail }.into());
            }
            left -= wanted;
            self.out.put(&Item::Piece(Bytes(piece)))?;
        }
        Ok(())
    }

    async fn keys(&mut self) -> Result<(), TransferError> {
        let mut snapshot = self.store.keyring.database().snapshot().await?;
        let row = snapshot
            .row("select mark, erasures from keyring where id = 1", &[])
            .await?;
        let damaged = || StoreError::Corrupt {
            place: self.store.keyring.database().place().to_owned(),
            detail: "its mark is missing".to_owned(),
        };
        let row = row.ok_or_else(damaged)?;
        self.out.put(&Item::Keyring {
            mark: Bytes(row.bytes(0).map_err(|error| snapshot.failed(&error))?),
            erasures: row.count(1).map_err(|error| snapshot.failed(&error))?,
        })?;
        let mut after = String::new();
        loop {
            const SQL: &str = "select id, wrapped from data_key where id > $1 order by id limit $2";
            let rows = snapshot.rows(SQL, &[Value::Text(&after), int(PAGE_ROWS)]).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                after = row.text(0).map_err(|error| snapshot.failed(&error))?;
                self.counts.keys += 1;
                self.out.put(&Item::Key {
                    id: after.clone(),
                    wrapped: Bytes(row.bytes(1).map_err(|error| snapshot.failed(&error))?),
                })?;
            }
        }
        after.clear();
        loop {
            const SQL: &str = "select id from erased_key where id > $1 order by id limit $2";
            let rows = snapshot.rows(SQL, &[Value::Text(&after), int(PAGE_ROWS)]).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                after = row.text(0).map_err(|error| snapshot.failed(&error))?;
                self.out.put(&Item::Erased { id: after.clone() })?;
            }
        }
        snapshot.rollback().await?;
        Ok(())
    }
}
