//! Blobs: sealed files with random names, written once, streamed in constant memory.
//!
//! A blob is durable before `put` returns, so an entry that names it can be appended next. A blob that no entry names was left by
//! a crash in between; it is sealed, and harmless.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use vault::{ChunkReader, ChunkWriter, Context, DataKey, Ids, VaultError};

use crate::StoreError;
use crate::merkle::Hash;
use crate::names::KeyId;
use crate::sql::{create_folder, sync_parent};

const ID_CHARACTERS: usize = 26;
const COPY_BYTES: usize = 64 * 1024;

/// The id of a blob: random, and the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(String);

impl BlobId {
    /// Takes the id back from text. Nothing but an id that this store drew can become a path.
    ///
    /// # Errors
    /// [`StoreError::BadName`].
    pub fn new(text: impl Into<String>) -> Result<Self, StoreError> {
        let text = text.into();
        let fits = text.len() == ID_CHARACTERS
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte));
        if fits {
            Ok(Self(text))
        } else {
            Err(StoreError::BadName {
                kind: "blob",
                fault: "it is not 26 characters of base32",
            })
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A blob that was stored. The digest is of the plain bytes: it belongs into a sealed body, never into the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its id.
    pub id: BlobId,
    /// The key that seals it.
    pub key_id: KeyId,
    /// The length of the plain bytes.
    pub size: u64,
    /// SHA-256 of the plain bytes.
    pub sha256: Hash,
}

/// Why bytes could not be stored: the disk's fault, or the source's.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The store's side.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The source failed, or refused to give more; nothing was kept.
    #[error("reading what was to be stored failed: {}", .0.kind())]
    Source(io::Error),
}

/// The plain bytes of a blob, as a stream. It gives out checked bytes only; its end is proof of the whole.
///
/// Reading blocks: do it outside of the async runtime's own threads.
pub struct BlobReader {
    inner: ChunkReader<BufReader<File>>,
    place: String,
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobReader({})", self.place)
    }
}

impl Read for BlobReader {
    /// A damaged file gives an error of the kind `InvalidData` that holds a [`StoreError::Corrupt`].
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner
            .read(into)
            .map_err(|error| match damage(&self.place, &error) {
                Some(corrupt) => io::Error::new(io::ErrorKind::InvalidData, corrupt),
                None => error,
            })
    }
}

fn damage(place: &str, error: &io::Error) -> Option<StoreError> {
    let fault = error.get_ref()?.downcast_ref::<VaultError>()?;
    Some(StoreError::Corrupt {
        place: place.to_owned(),
        detail: fault.to_string(),
    })
}

#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, id: &BlobId) -> PathBuf {
        let shard: String = id.0.chars().take(2).collect();
        self.folder.join(shard).join(&id.0)
    }

    /// Seals everything that the source gives into a new file. Blocks.
    pub(crate) fn put(&self, key_id: &KeyId, key: &Arc<DataKey>, source: &mut dyn Read) -> Result<Blob, PutError> {
        let id = BlobId(Ids::System.draw("blob").map_err(StoreError::Vault)?.into());
        let path = self.path(&id);
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let written = self.write(&id, key_id, key, &path, source);
        if written.is_err() {
            // Nothing names the file yet. If it cannot be removed it is an orphan, sealed and harmless.
            fs::remove_file(&path).ok();
        }
        written
    }

    fn write(
        &self,
        id: &BlobId,
        key_id: &KeyId,
        key: &DataKey,
        path: &Path,
        source: &mut dyn Read,
    ) -> Result<Blob, PutError> {
        let place = path.display().to_string();
        let failed = |error: io::Error| StoreError::of_file(&place, &error);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let context = Context::Blob {
            blob: id.as_str(),
            key_id: key_id.as_str(),
        };
        let mut writer = ChunkWriter::new(key, &context, BufWriter::new(file)).map_err(failed)?;
        let mut digest = Sha256::new();
        let mut size = 0;
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(PutError::Source(error)),
            };
            digest.update(&buffer[..count]);
            size += count as u64;
            writer.write_all(&buffer[..count]).map_err(failed)?;
        }
        let file = writer
            .finish()
            .map_err(failed)?
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.sync_all().and_then(|()| sync_parent(path)).map_err(failed)?;
        Ok(Blob {
            id: id.clone(),
            key_id: key_id.clone(),
            size,
            sha256: digest.finalize().into(),
        })
    }

    /// Opens a file for reading. Blocks.
    pub(crate) fn get(&self, id: &BlobId, key_id: &KeyId, key: &DataKey) -> Result<BlobReader, StoreError> {
        let path = self.path(id);
        let place = path.display().to_string();
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::BlobMissing { place: place.clone() },
            _ => StoreError::of_file(&place, &error),
        })?;
        let context = Context::Blob {
            blob: id.as_str(),
            key_id: key_id.as_str(),
        };
        let inner = ChunkReader::new(key, &context, BufReader::new(file));
        let inner =
            inner.map_err(|error| damage(&place, &error).unwrap_or_else(|| StoreError::of_file(&place, &error)))?;
        Ok(BlobReader { inner, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_drawn_id_becomes_a_path() {
        assert!(BlobId::new(Ids::System.draw("blob").unwrap()).is_ok());
        for text in [
            "",
            "../../../../../../etc/shadow",
            "aaaaaaaaaaaaaaaaaaaaaaaaa/",
            "AAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(BlobId::new(text).is_err(), "{text}");
        }
    }
}
