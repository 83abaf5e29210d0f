//! Checking the whole journal: every row rehashed, every body opened, the tree rebuilt and compared with the head and with checkpoints,
//! the tables beside it (`tables`), and every sealed file compared with what is known of it.
//!
//! Finds edited, missing, added and exchanged rows and names the place. It shows what happened since the head that it is compared
//! with; whoever can write the database and the head can forge both, which only a copy of a checkpoint elsewhere reveals.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use vault::Checkpoint;

use crate::StoreError;
use crate::batch::{Body, Head};
use crate::blobs::{Blobs, OnDisk};
use crate::journal::{Journal, SealedRow};
use crate::keyring::{Found, Keyring};
use crate::merkle::{Edge, Hash};
use crate::names::KeyId;
use crate::tables;

/// Rows read at a time.
const PAGE_ENTRIES: u64 = 1_000;
/// After so many findings the rest is only counted.
const FINDINGS_MAX: usize = 100;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The head that the rows were compared with.
    pub head: Head,
    /// How many rows were checked.
    pub checked: u64,
    /// How many bodies have an erased key; their rows were checked all the same.
    pub erased: u64,
    /// How many sealed files were compared with what is known of them.
    pub blobs: u64,
    /// How many sealed files nothing knows: left by a crash, and harmless.
    pub orphans: u64,
    /// The sizes of the checkpoints that the journal agrees with.
    pub confirmed: Vec<u64>,
    /// The first place in the log where something does not fit; all entries before it do.
    pub first_fault: Option<u64>,
    /// What does not fit, at most 100, and each fault that there is at least once.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub finding_count: u64,
}

impl Verification {
    /// Whether everything fits.
    pub fn is_sound(&self) -> bool {
        self.finding_count == 0
    }

    /// Whether everything fits but for what these faults tell.
    pub fn is_sound_but_for(&self, faults: &[Fault]) -> bool {
        self.findings.iter().all(|finding| faults.contains(&finding.fault))
    }
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: an entry, or the whole.
    pub place: String,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)
    }
}

/// What can be wrong with the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The row is not what was hashed.
    #[error("the row was edited or moved: it does not give its own leaf")]
    Edited,
    /// The body does not open, though its key is there.
    #[error("the sealed body was edited: it does not open with its key")]
    BodyEdited,
    /// The key is gone, though nobody erased it.
    #[error("its key is missing, though nobody erased it: the keys are older than the journal, or damaged")]
    KeyMissing,
    /// Rows are not there.
    #[error("missing")]
    Missing,
    /// The stream's numbering has a hole or a repetition here.
    #[error("the numbering of its stream has a hole or a repetition here")]
    OutOfOrder,
    /// Rows after the end that the head knows.
    #[error("a row lies behind the end that the head of the log knows")]
    BehindHead,
    /// The rows together do not give the head.
    #[error(
        "the rows do not give the root in the head of the log: rows and their leaves were changed together, or the head was"
    )]
    RootDiffers,
    /// A checkpoint says otherwise.
    #[error("the entries before this place are not those that were signed: they were changed since, with their tree")]
    CheckpointDiffers,
    /// A checkpoint knows more entries.
    #[error(
        "a signed checkpoint knows more entries than there are: the journal was cut, or an older one was put in its place"
    )]
    CheckpointAhead,
    /// A sealed file is not there.
    #[error("the sealed file is missing; the last backup has it")]
    BlobMissing,
    /// A sealed file is not what was written.
    #[error("the sealed file was changed; the last backup has it as it was")]
    BlobEdited,
    /// A sealed file outlived its key.
    #[error(
        "the sealed file is still there though its key was erased: repeat the `candor shred` that was not finished"
    )]
    BlobKept,
    /// A tracking number of a stream that is not there.
    #[error(
        "its row names a stream without any entry: it was added or edited. Reports and cases are found by the journal, so none is lost"
    )]
    NumberOfNothing,
    /// A job about an entry that is not there, or in no state that there is.
    #[error(
        "its row names an entry that is not there, or a state that is none: it was added or edited. No entry is touched by it"
    )]
    JobOfNothing,
    /// The answer of a command does not open.
    #[error(
        "its row was edited: the sealed answer does not open. What the command recorded is in the journal; only its repetition is not answered"
    )]
    AnswerEdited,
    /// The database engine's own check failed.
    #[error("SQLite's own check found broken pages or indexes")]
    Pages,
}

impl Fault {
    /// Whether it is about a place in the log, and not about a file or the whole.
    fn is_in_the_log(self) -> bool {
        matches!(
            self,
            Fault::Edited | Fault::BodyEdited | Fault::Missing | Fault::OutOfOrder | Fault::CheckpointDiffers
        )
    }
}

/// Some rows of the journal, and what became of their keys.
struct Page {
    rows: Vec<SealedRow>,
    keys: HashMap<KeyId, Found>,
}

/// What a row gives.
struct Opened {
    leaf: Hash,
    /// None if it does not open with its key.
    body: Option<Body>,
}

impl Page {
    fn open(self, journal: &Journal) -> Vec<(SealedRow, Opened)> {
        let keys = self.keys;
        let open = |row: SealedRow| {
            let key = KeyId::new(row.key_id.as_str()).ok().and_then(|id| keys.get(&id));
            let body = journal.open_body(key, &row.context(), &row.sealed, String::new).ok();
            let leaf = row.leaf();
            (row, Opened { leaf, body })
        };
        self.rows.into_iter().map(open).collect()
    }
}

struct Check<'a> {
    journal: &'a Journal,
    keyring: &'a Keyring,
    edge: Edge,
    next_seqs: HashMap<String, u64>,
    next_log_index: u64,
    /// Sorted by size, those behind the last row seen.
    checkpoints: VecDeque<Checkpoint>,
    report: Verification,
}

pub(crate) async fn verify(
    journal: &Journal,
    keyring: &Keyring,
    blobs: &Blobs,
    checkpoints: &[Checkpoint],
) -> Result<Verification, StoreError> {
    let known = journal.read_edge().await?;
    let head = Head {
        size: known.size(),
        root: known.root(),
    };
    let report = Verification {
        head,
        checked: 0,
        erased: 0,
        blobs: 0,
        orphans: 0,
        confirmed: Vec::new(),
        first_fault: None,
        findings: Vec::new(),
        finding_count: 0,
    };
    let mut check = Check {
        journal,
        keyring,
        edge: Edge::default(),
        next_seqs: HashMap::new(),
        next_log_index: 0,
        checkpoints: checkpoints.iter().copied().collect(),
        report,
    };
    check
        .checkpoints
        .make_contiguous()
        .sort_by_key(|checkpoint| checkpoint.size);
    check.pages().await?;
    check.checkpoints_here();
    check.rows().await?;
    check.end().await?;
    check.tables().await?;
    check.blobs(blobs).await?;
    Ok(check.report)
}

impl Check<'_> {
    async fn pages(&mut self) -> Result<(), StoreError> {
        let database = self.journal.database();
        if !database.is_sqlite() {
            return Ok(());
        }
        let answers = database.rows("pragma integrity_check(1)", &[]).await?;
        let sound = answers
            .first()
            .and_then(|row| row.text(0).ok())
            .is_some_and(|answer| answer == "ok");
        if !sound {
            self.find(database.place().to_owned(), Fault::Pages);
        }
        Ok(())
    }

    /// Bodies are opened while the next page is read.
    async fn rows(&mut self) -> Result<(), StoreError> {
        let mut page = self.page(0).await?;
        while let Some(after) = page.rows.last().map(|row| row.log_index.saturating_add(1)) {
            let journal = self.journal.clone();
            let opening = tokio::task::spawn_blocking(move || page.open(&journal));
            let next = self.page(after).await;
            let opened = opening
                .await
                .map_err(|_| self.journal.damaged("the check was stopped"))?;
            for (row, found) in opened {
                self.gap_before(row.log_index);
                self.row(&row, found);
            }
            page = next?;
        }
        self.gap_before(self.report.head.size);
        Ok(())
    }

    /// The rows from a place on, at most up to the head, with their keys.
    async fn page(&self, from: u64) -> Result<Page, StoreError> {
        let size = self.report.head.size;
        let mut rows = Vec::new();
        if from < size {
            rows = self.journal.sealed_tail(from, PAGE_ENTRIES.min(size - from)).await?;
            rows.retain(|row| row.log_index < size);
        }
        let ids: Vec<KeyId> = rows
            .iter()
            .filter_map(|row| KeyId::new(row.key_id.as_str()).ok())
            .collect();
        let keys = self.keyring.find(&ids).await?;
        Ok(Page { rows, keys })
    }

    /// Reports rows that should lie before this one.
    fn gap_before(&mut self, log_index: u64) {
        if self.next_log_index < log_index {
            let (first, last) = (self.next_log_index, log_index - 1);
            let place = if first == last {
                format!("entry {first} of the log")
            } else {
                format!("entries {first} to {last} of the log")
            };
            self.find(place, Fault::Missing);
        }
        self.next_log_index = log_index;
    }

    fn row(&mut self, row: &SealedRow, found: Opened) {
        let Opened { leaf, body } = found;
        if row.leaf != leaf {
            self.find(row.place(), Fault::Edited);
        }
        match body {
            Some(Body::Plain(_)) => {}
            Some(Body::Erased) => self.report.erased += 1,
            Some(Body::KeyMissing) => self.find(row.place(), Fault::KeyMissing),
            None => self.find(row.place(), Fault::BodyEdited),
        }
        let expected = self
            .next_seqs
            .insert(row.stream.clone(), row.seq.saturating_add(1))
            .unwrap_or(1);
        if row.seq != expected {
            self.find(row.place(), Fault::OutOfOrder);
        }
        self.edge.push(leaf);
        self.report.checked += 1;
        self.next_log_index = row.log_index + 1;
        self.checkpoints_here();
    }

    /// Compares the tree up to here with the checkpoints of its size.
    fn checkpoints_here(&mut self) {
        let size = self.edge.size();
        while let Some(checkpoint) = self.checkpoints.pop_front_if(|checkpoint| checkpoint.size <= size) {
            match checkpoint.size == size && checkpoint.root == self.edge.root() {
                true => self.report.confirmed.push(size),
                false => self.find(
                    format!("the checkpoint of {} entries", checkpoint.size),
                    Fault::CheckpointDiffers,
                ),
            }
        }
    }

    async fn end(&mut self) -> Result<(), StoreError> {
        if self.edge.root() != self.report.head.root || self.edge.size() != self.report.head.size {
            self.find(self.journal.place().to_owned(), Fault::RootDiffers);
        }
        for checkpoint in std::mem::take(&mut self.checkpoints) {
            self.find(
                format!("the checkpoint of {} entries", checkpoint.size),
                Fault::CheckpointAhead,
            );
        }
        // Others may append meanwhile: rows behind the end are a fault only if the head does not know them now either.
        let size_now = self.journal.read_edge().await?.size();
        for row in self.journal.sealed_tail(size_now, 1).await? {
            if self.journal.read_edge().await?.size() <= row.log_index {
                self.find(row.place(), Fault::BehindHead);
            }
        }
        Ok(())
    }

    async fn tables(&mut self) -> Result<(), StoreError> {
        for Finding { place, fault } in tables::check(self.journal, self.keyring).await? {
            self.find(place, fault);
        }
        Ok(())
    }

    /// Compares every sealed file with what is known of it; needs no key.
    async fn blobs(&mut self, blobs: &Blobs) -> Result<(), StoreError> {
        let (mut after, mut there) = (String::new(), 0);
        loop {
            let page = blobs.page(&after).await?;
            let Some(last) = page.last() else { break };
            last.id.as_str().clone_into(&mut after);
            let keys = self.keyring.find(page.iter().map(|blob| &blob.key_id)).await?;
            for blob in &page {
                let on_disk = blobs.on_disk(blob)?;
                there += u64::from(on_disk != OnDisk::Missing);
                let fault = match (keys.get(&blob.key_id), on_disk) {
                    (Some(Found::Erased), OnDisk::Missing) => continue,
                    (Some(Found::Erased), _) => Some(Fault::BlobKept),
                    (Some(Found::Key(_)), OnDisk::Whole) => None,
                    (_, OnDisk::Whole) => Some(Fault::KeyMissing),
                    (_, OnDisk::Missing) => Some(Fault::BlobMissing),
                    (_, OnDisk::Edited) => Some(Fault::BlobEdited),
                };
                self.report.blobs += 1;
                if let Some(fault) = fault {
                    self.find(format!("the blob {}", blob.id), fault);
                }
            }
        }
        self.report.orphans = blobs.count_files()?.saturating_sub(there);
        Ok(())
    }

    fn find(&mut self, place: String, fault: Fault) {
        self.report.finding_count += 1;
        if fault.is_in_the_log() {
            self.report.first_fault.get_or_insert(self.next_log_index);
        }
        let new = |finding: &Finding| finding.fault != fault;
        if self.report.findings.len() < FINDINGS_MAX || self.report.findings.iter().all(new) {
            self.report.findings.push(Finding { place, fault });
        }
    }
}
