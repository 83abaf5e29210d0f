//! Blobs: sealed files with random names, written once, streamed in constant memory.
//!
//! A blob is durable before `put` returns, so an entry that names it can be appended next. A file or a blob that nothing names was left by
//! a crash in between; it is sealed, and harmless.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use vault::{ChunkReader, ChunkWriter, Context, DataKey, Ids, VaultError};

use crate::StoreError;
use crate::journal::Journal;
use crate::keyring::NewKey;
use crate::merkle::Hash;
use crate::names::KeyId;
use crate::sql::{Row, Transaction, Value, create_folder, int, sync_parent};

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
    sealed_bytes: u64,
}

impl BlobReader {
    /// So many bytes at most are to be expected: what is sealed is a little larger than what comes out.
    #[must_use]
    pub fn at_most(&self) -> u64 {
        self.sealed_bytes
    }
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

/// The sealed file of a blob, as the journal's database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedBlob {
    pub(crate) id: BlobId,
    pub(crate) key_id: KeyId,
    /// Of the sealed bytes.
    pub(crate) bytes: u64,
    /// Of the sealed bytes.
    pub(crate) sha256: Vec<u8>,
}

/// A blob that is durable and that nobody knows: it becomes known with the batch that names it, or is taken back. So do its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlob {
    /// Its id.
    pub id: BlobId,
    /// The length of the plain bytes.
    pub size: u64,
    pub(crate) sealed: SealedBlob,
    pub(crate) keys: Arc<[NewKey]>,
}

impl SealedBlob {
    pub(crate) const INSERT: &str = "insert into blob (id, key_id, bytes, sha256) values ($1, $2, $3, $4)";

    /// The values of [`SealedBlob::INSERT`].
    pub(crate) fn values(&self) -> [Value<'_>; 4] {
        [
            Value::Text(self.id.as_str()),
            Value::Text(self.key_id.as_str()),
            int(self.bytes),
            Value::Bytes(&self.sha256),
        ]
    }

    pub(crate) async fn insert(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        transaction.run(Self::INSERT, &self.values()).await.map(|_| ())
    }
}

/// What is on disk of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDisk {
    Whole,
    Missing,
    Edited,
}

/// Writes or reads through, and keeps the length and digest of what went by.
pub(crate) struct Digesting<W> {
    inner: W,
    pub(crate) bytes: u64,
    digest: Sha256,
}

impl<W> Digesting<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            bytes: 0,
            digest: Sha256::new(),
        }
    }

    pub(crate) fn finish(self) -> (W, u64, Hash) {
        (self.inner, self.bytes, self.digest.finalize().into())
    }
}

impl<W: io::Write> io::Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.digest.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.digest.update(&into[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Rows read at a time.
const PAGE_BLOBS: u64 = 1_000;

#[derive(Clone)]
pub(crate) struct Blobs {
    folder: PathBuf,
    journal: Journal,
    /// Folders whose names are known to last: this process has made them so.
    lasting: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Blobs {
    pub(crate) fn new(folder: PathBuf, journal: Journal) -> Self {
        Self {
            folder,
            journal,
            lasting: Arc::default(),
        }
    }

    /// The blobs behind this id, in the order of ids.
    pub(crate) async fn page(&self, after: &str) -> Result<Vec<SealedBlob>, StoreError> {
        const SQL: &str = "select id, key_id, bytes, sha256 from blob where id > $1 order by id limit $2";
        let rows = self
            .journal
            .database()
            .rows(SQL, &[Value::Text(after), int(PAGE_BLOBS)])
            .await?;
        rows.iter().map(|row| self.row(row)).collect()
    }

    pub(crate) fn row(&self, row: &Row) -> Result<SealedBlob, StoreError> {
        let failed = |error| self.journal.database().failed(&error);
        Ok(SealedBlob {
            id: self.journal.name(&row.text(0).map_err(failed)?, BlobId::new)?,
            key_id: self.journal.name(&row.text(1).map_err(failed)?, KeyId::new)?,
            bytes: row.count(2).map_err(failed)?,
            sha256: row.bytes(3).map_err(failed)?,
        })
    }

    pub(crate) async fn key_of(&self, id: &BlobId) -> Result<Option<KeyId>, StoreError> {
        const SQL: &str = "select key_id from blob where id = $1";
        let row = self.journal.database().row(SQL, &[Value::Text(id.as_str())]).await?;
        row.map(|row| {
            let key_id = row.text(0).map_err(|error| self.journal.database().failed(&error))?;
            self.journal.name(&key_id, KeyId::new)
        })
        .transpose()
    }

    /// Whether a blob is known inside of a transaction.
    pub(crate) async fn is_known_in(&self, transaction: &mut Transaction, id: &BlobId) -> Result<bool, StoreError> {
        const SQL: &str = "select key_id from blob where id = $1";
        Ok(transaction.row(SQL, &[Value::Text(id.as_str())]).await?.is_some())
    }

    /// Removes every file that a key sealed. What is known of them stays.
    pub(crate) async fn remove_of(&self, key_id: &KeyId) -> Result<(), StoreError> {
        const SQL: &str = "select id from blob where key_id = $1";
        let rows = self
            .journal
            .database()
            .rows(SQL, &[Value::Text(key_id.as_str())])
            .await?;
        for row in &rows {
            let id = row.text(0).map_err(|error| self.journal.database().failed(&error))?;
            self.remove(&self.journal.name(&id, BlobId::new)?)?;
        }
        Ok(())
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, id: &BlobId) -> Result<(), StoreError> {
        let path = self.path(id);
        match fs::remove_file(&path).and_then(|()| sync_parent(&path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::of_file(&path.display().to_string(), &error))
            }
            _ => Ok(()),
        }
    }

    /// Forgets every blob that a key sealed: no entry names one.
    pub(crate) async fn unregister(&self, key_id: &KeyId) -> Result<(), StoreError> {
        const SQL: &str = "delete from blob where key_id = $1";
        let mut transaction = self.journal.begin().await?;
        transaction.run(SQL, &[Value::Text(key_id.as_str())]).await?;
        transaction.commit().await
    }

    /// Compares a file with what is known of it. Blocks.
    pub(crate) fn on_disk(&self, blob: &SealedBlob) -> Result<OnDisk, StoreError> {
        let path = self.path(&blob.id);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OnDisk::Missing),
            Err(error) => return Err(StoreError::of_file(&path.display().to_string(), &error)),
        };
        let mut seen = Digesting::new(io::sink());
        io::copy(&mut file, &mut seen).map_err(|error| StoreError::of_file(&path.display().to_string(), &error))?;
        let (_, bytes, sha256) = seen.finish();
        Ok(match bytes == blob.bytes && sha256[..] == blob.sha256[..] {
            true => OnDisk::Whole,
            false => OnDisk::Edited,
        })
    }

    /// What a file on disk is, for one that was never made known. Blocks.
    pub(crate) fn measure(&self, id: &BlobId, key_id: &KeyId) -> Result<SealedBlob, StoreError> {
        let path = self.path(id);
        let mut seen = Digesting::new(io::sink());
        match File::open(&path).and_then(|mut file| io::copy(&mut file, &mut seen)) {
            // A file that is lost stays known, so that checking names it.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::of_file(&path.display().to_string(), &error)),
        }
        let (_, bytes, sha256) = seen.finish();
        Ok(SealedBlob {
            id: id.clone(),
            key_id: key_id.clone(),
            bytes,
            sha256: sha256.to_vec(),
        })
    }

    /// How many files there are in the folder, whoever knows them. Blocks.
    pub(crate) fn count_files(&self) -> Result<u64, StoreError> {
        let count = || -> io::Result<u64> {
            let mut count = 0;
            for shard in fs::read_dir(&self.folder)? {
                let shard = shard?.path();
                if shard.is_dir() {
                    count += fs::read_dir(shard)?.count() as u64;
                }
            }
            Ok(count)
        };
        match count() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            counted => counted.map_err(|error| StoreError::of_file(&self.folder.display().to_string(), &error)),
        }
    }

    pub(crate) fn path(&self, id: &BlobId) -> PathBuf {
        let shard: String = id.0.chars().take(2).collect();
        self.folder.join(shard).join(&id.0)
    }

    /// Seals everything that the source gives into a new file, and says how many bytes that were. Blocks.
    pub(crate) fn put(
        &self,
        key_id: &KeyId,
        key: &DataKey,
        source: &mut dyn Read,
    ) -> Result<(SealedBlob, u64), PutError> {
        let id = BlobId(Ids::System.draw("blob").map_err(StoreError::Vault)?.into());
        let path = self.path(&id);
        if let Some(folder) = path.parent() {
            self.make_last(folder)?;
        }
        let written = self.write(&id, key_id, key, &path, source);
        if written.is_err() {
            // Nothing names the file yet. If it cannot be removed it is an orphan, sealed and harmless.
            fs::remove_file(&path).ok();
        }
        written
    }

    /// Makes a folder, and its name durable. That it is there already proves nothing: whoever made it may have died before its name was on disk.
    fn make_last(&self, folder: &Path) -> Result<(), StoreError> {
        let lasting = || self.lasting.lock().unwrap_or_else(PoisonError::into_inner);
        if !lasting().contains(folder) || !folder.is_dir() {
            create_folder(folder)?;
            lasting().insert(folder.to_owned());
        }
        Ok(())
    }

    fn write(
        &self,
        id: &BlobId,
        key_id: &KeyId,
        key: &DataKey,
        path: &Path,
        source: &mut dyn Read,
    ) -> Result<(SealedBlob, u64), PutError> {
        let place = path.display().to_string();
        let failed = |error: io::Error| StoreError::of_file(&place, &error);
        let file = create(path).map_err(failed)?;
        let context = Context::Blob {
            blob: id.as_str(),
            key_id: key_id.as_str(),
        };
        let mut writer = ChunkWriter::new(key, &context, BufWriter::new(Digesting::new(file))).map_err(failed)?;
        let mut size = 0;
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(PutError::Source(error)),
            };
            size += count as u64;
            writer.write_all(&buffer[..count]).map_err(failed)?;
        }
        let file = writer
            .finish()
            .map_err(failed)?
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        let (file, sealed_bytes, sealed_sha256) = file.finish();
        file.sync_all().and_then(|()| sync_parent(path)).map_err(failed)?;
        let sealed = SealedBlob {
            id: id.clone(),
            key_id: key_id.clone(),
            bytes: sealed_bytes,
            sha256: sealed_sha256.to_vec(),
        };
        Ok((sealed, size))
    }

    /// Opens a file for reading. Blocks.
    pub(crate) fn get(&self, id: &BlobId, key_id: &KeyId, key: &DataKey) -> Result<BlobReader, StoreError> {
        let path = self.path(id);
        let place = path.display().to_string();
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::BlobMissing { place: place.clone() },
            _ => StoreError::of_file(&place, &error),
        })?;
        let known = file.metadata();
        let sealed_bytes = known.map_err(|error| StoreError::of_file(&place, &error))?.len();
        let context = Context::Blob {
            blob: id.as_str(),
            key_id: key_id.as_str(),
        };
        let inner = ChunkReader::new(key, &context, BufReader::new(file));
        let inner =
            inner.map_err(|error| damage(&place, &error).unwrap_or_else(|| StoreError::of_file(&place, &error)))?;
        Ok(BlobReader {
            inner,
            place,
            sealed_bytes,
        })
    }
}

/// A new file that only its owner can read.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
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
