//! The snapshot: what was folded of the journal, sealed in one file, so that a start need not read a million entries.
//!
//! Owns its file and its key. Holds no truth and is in no backup: whoever finds none, or cannot open it, reads the journal. It is sealed
//! under a key of its own, which every erasing of another key destroys, so that nothing erased lives on in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use vault::{ChunkReader, ChunkWriter, Context, DataKey, Ids};

use crate::StoreError;
use crate::names::KeyId;

/// Key ids of snapshots begin so; the rest is drawn for each.
pub(crate) const KEY_PREFIX: &str = "snapshot:";

/// A snapshot's file begins with the id of its key, ended by a line feed.
const KEY_ID_MAX_BYTES: u64 = 64;

/// The plain bytes of a snapshot, checked as they are read. Reading blocks.
pub struct SnapshotReader(ChunkReader<BufReader<File>>);

impl Read for SnapshotReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Snapshots {
    path: PathBuf,
}

impl Snapshots {
    /// Beside the blobs: sealed files, too.
    pub(crate) fn new(blobs: &std::path::Path) -> Self {
        Self {
            path: blobs.join("snapshot"),
        }
    }

    pub(crate) fn draw_key() -> Result<KeyId, StoreError> {
        KeyId::new(format!("{KEY_PREFIX}{}", Ids::System.draw("snapshot")?.as_str()))
    }

    /// The key of the snapshot that is there, if there is one.
    pub(crate) fn key_id(&self) -> Option<KeyId> {
        let mut line = Vec::new();
        let file = File::open(&self.path).ok()?;
        file.take(KEY_ID_MAX_BYTES).read_to_end(&mut line).ok()?;
        let end = line.iter().position(|byte| *byte == b'\n')?;
        KeyId::new(std::str::from_utf8(&line[..end]).ok()?).ok()
    }

    /// Writes a snapshot in the place of the last one. Blocks.
    pub(crate) fn write(
        &self,
        key_id: &KeyId,
        key: &Arc<DataKey>,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let place = self.path.display().to_string();
        let aside = self.path.with_extension(key_id.as_str().trim_start_matches(KEY_PREFIX));
        let written = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&aside)?;
            file.write_all(key_id.as_str().as_bytes())?;
            file.write_all(b"\n")?;
            let mut writer = ChunkWriter::new(key, &context(key_id), BufWriter::new(file))?;
            let mut buffered = BufWriter::with_capacity(1 << 16, &mut writer);
            fill(&mut buffered)?;
            buffered.flush()?;
            drop(buffered);
            writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            fs::rename(&aside, &self.path)
        };
        written().map_err(|error| {
            fs::remove_file(&aside).ok();
            StoreError::of_file(&place, &error)
        })
    }

    /// Opens the snapshot. Blocks.
    pub(crate) fn open(&self, key_id: &KeyId, key: &Arc<DataKey>) -> io::Result<SnapshotReader> {
        let mut file = BufReader::new(File::open(&self.path)?);
        let mut line = vec![0; key_id.as_str().len() + 1];
        file.read_exact(&mut line)?;
        ChunkReader::new(key, &context(key_id), file).map(SnapshotReader)
    }

    pub(crate) fn remove(&self) {
        fs::remove_file(&self.path).ok();
    }
}

fn context(key_id: &KeyId) -> Context<'_> {
    Context::Blob {
        blob: "snapshot",
        key_id: key_id.as_str(),
    }
}
