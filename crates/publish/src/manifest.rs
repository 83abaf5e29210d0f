//! The manifest of a slot: every file with its size and SHA-256, in the order of their paths, and the generation that it belongs to.
//!
//! Never reads the tree's files. Its digest speaks of the files alone, so that the same releases give the same digest.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const HEADER: &str = "candor-tree 1 generation ";

/// The files of a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) generation: u64,
    pub(crate) files: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) bytes: u64,
    /// Lower-case hexadecimal digits.
    pub(crate) sha256: String,
}

impl Entry {
    pub(crate) fn of(content: &[u8]) -> Entry {
        Entry {
            bytes: content.len() as u64,
            sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(content)),
        }
    }
}

impl Manifest {
    /// Reads what [`Self::to_text`] wrote; none if a single line is not as it would be written, or the digest differs.
    pub(crate) fn read(text: &str) -> Option<Manifest> {
        let generation = text.lines().next()?.strip_prefix(HEADER)?.parse().ok()?;
        let mut manifest = Manifest {
            generation,
            files: BTreeMap::new(),
        };
        let mut lines = text.lines().skip(1).peekable();
        let mut digest = None;
        while let Some(line) = lines.next() {
            if lines.peek().is_none() {
                digest = line.strip_prefix("end ");
                break;
            }
            let (sha256, rest) = line.split_once(' ')?;
            let (bytes, path) = rest.split_once(' ')?;
            let entry = Entry {
                bytes: bytes.parse().ok()?,
                sha256: sha256.to_owned(),
            };
            manifest.files.insert(path.to_owned(), entry);
        }
        (digest? == manifest.digest()).then_some(manifest)
    }

    pub(crate) fn to_text(&self) -> String {
        format!("{HEADER}{}\n{}end {}\n", self.generation, self.body(), self.digest())
    }

    fn body(&self) -> String {
        let mut body = String::new();
        for (path, Entry { bytes, sha256 }) in &self.files {
            let _ = writeln!(body, "{sha256} {bytes} {path}");
        }
        body
    }

    /// SHA-256 over the lines of the files, in lower-case hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.body().as_bytes()))
    }
}

/// What the manifest beside a slot says of its files, for whoever serves them: the same file has the same digest in both slots, whenever
/// it was written.
#[derive(Debug)]
pub struct Digests {
    slot: PathBuf,
    sealed: SystemTime,
    files: BTreeMap<String, Entry>,
}

impl Digests {
    /// Reads the manifest beside a slot. None for a folder without one, or with a damaged one.
    #[must_use]
    pub fn of(slot: &Path) -> Option<Digests> {
        let path = beside(slot);
        let sealed = changed(&fs::metadata(&path).ok()?)?;
        let files = Manifest::read(&fs::read_to_string(path).ok()?)?.files;
        Some(Digests {
            slot: slot.to_owned(),
            sealed,
            files,
        })
    }

    /// Whether these are still what lies beside this slot.
    #[must_use]
    pub fn are_of(&self, slot: &Path) -> bool {
        let sealed = fs::metadata(beside(slot)).ok().and_then(|data| changed(&data));
        self.slot == slot && sealed == Some(self.sealed)
    }

    /// The SHA-256 of a file, in hexadecimal digits, if it looks as it was left: no other size, and not changed after the manifest, whatever
    /// time it says that it was written.
    #[must_use]
    pub fn get(&self, file: &Path, bytes: u64, changed: SystemTime) -> Option<&str> {
        let path = file.strip_prefix(&self.slot).ok()?.to_str()?;
        let entry = self.files.get(path)?;
        (entry.bytes == bytes && changed <= self.sealed).then_some(entry.sha256.as_str())
    }
}

/// When anything about a file last changed. Nobody sets it: whoever writes, or says that it was written at another time, moves it to now.
#[must_use]
pub fn changed(data: &fs::Metadata) -> Option<SystemTime> {
    let seconds = u64::try_from(data.ctime()).ok()?;
    let nanos = u32::try_from(data.ctime_nsec()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos))
}

fn beside(slot: &Path) -> PathBuf {
    let mut path = slot.as_os_str().to_owned();
    path.push(".manifest");
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_told_of_files_as_they_were_left() {
        let dir = tempfile::tempdir().unwrap();
        let slot = dir.path().join("a");
        assert!(Digests::of(&slot).is_none());
        let manifest = Manifest {
            generation: 1,
            files: BTreeMap::from([("b/c.json".to_owned(), Entry::of(b"{}"))]),
        };
        fs::write(beside(&slot), manifest.to_text()).unwrap();
        let digests = Digests::of(&slot).unwrap();
        assert!(digests.are_of(&slot) && !digests.are_of(&dir.path().join("b")));
        let (file, old) = (slot.join("b/c.json"), SystemTime::UNIX_EPOCH);
        assert_eq!(digests.get(&file, 2, old).map(str::len), Some(64));
        assert_eq!(digests.get(&file, 3, old), None, "of another size");
        let later = digests.sealed + std::time::Duration::from_secs(1);
        assert_eq!(digests.get(&file, 2, later), None, "written after it was sealed");
        assert_eq!(digests.get(&slot.join("c.json"), 2, old), None);
        fs::write(beside(&slot), "candor-tree 1 generation 1\n").unwrap();
        assert!(Digests::of(&slot).is_none(), "a damaged manifest says nothing");
    }
}
