//! The manifest of a slot: every file with its size and SHA-256, in the order of their paths, and the generation that it belongs to.
//!
//! Never reads the tree's files. Its digest speaks of the files alone, so that the same releases give the same digest. It is kept as the text
//! that it is written as: with ten thousand advisories it has a hundred thousand lines, and a publication changes few of them.

use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const HEADER: &str = "candor-tree 1 generation ";
/// The hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// The files of a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) generation: u64,
    /// A line for each file: digest, size, path.
    body: String,
    /// Where each line begins.
    starts: Vec<u32>,
    digest: String,
}

/// A file, as a manifest tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'m> {
    pub(crate) path: &'m str,
    pub(crate) bytes: u64,
    /// Lower-case hexadecimal digits.
    pub(crate) sha256: &'m str,
}

impl Line<'_> {
    pub(crate) fn is(&self, entry: &Entry) -> bool {
        self.bytes == entry.bytes && self.sha256 == entry.sha256
    }

    /// As it stands in a manifest.
    pub(crate) fn push_to(&self, body: &mut String) {
        body.push_str(self.sha256);
        body.push(' ');
        body.push_str(&self.bytes.to_string());
        body.push(' ');
        body.push_str(self.path);
        body.push('\n');
    }
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
    /// Reads what [`Self::parts`] wrote; none if a single byte is another.
    pub(crate) fn read(mut text: String) -> Option<Manifest> {
        let (head, rest) = text.split_once('\n')?;
        let generation = head.strip_prefix(HEADER)?.parse().ok()?;
        let end = rest.strip_suffix('\n')?;
        let end = end.rfind('\n').map_or(end, |at| end.get(at + 1..).unwrap_or_default());
        let digest = end.strip_prefix("end ")?.to_owned();
        let (begin, length) = (head.len() + 1, text.len() - end.len() - 1);
        text.truncate(length);
        text.drain(..begin);
        let manifest = Manifest::of(generation, text)?;
        (digest == manifest.digest).then_some(manifest)
    }

    /// The manifest of these lines, which are as [`Line::push_to`] writes them, in the order of their paths; none of more than four gigabytes.
    pub(crate) fn of(generation: u64, body: String) -> Option<Manifest> {
        u32::try_from(body.len()).ok()?;
        let mut starts = Vec::with_capacity(body.len() / 128);
        let mut start = 0;
        for line in body.split_inclusive('\n') {
            starts.push(u32::try_from(start).ok()?);
            start += line.len();
        }
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(body.as_bytes()));
        Some(Manifest {
            generation,
            body,
            starts,
            digest,
        })
    }

    /// As it lies beside the slot, in three parts: with many files the second is large.
    pub(crate) fn parts(&self) -> [Cow<'_, str>; 3] {
        let head = format!("{HEADER}{}\n", self.generation);
        [
            head.into(),
            self.body.as_str().into(),
            format!("end {}\n", self.digest).into(),
        ]
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The file at a place of the order.
    pub(crate) fn line(&self, place: usize) -> Option<Line<'_>> {
        let start = *self.starts.get(place)? as usize;
        let end = self
            .starts
            .get(place + 1)
            .map_or(self.body.len(), |next| *next as usize);
        read_line(self.body.get(start..end)?.strip_suffix('\n')?)
    }

    /// The lines from one place of the order up to another, as they stand in it.
    pub(crate) fn text(&self, lines: Range<usize>) -> &str {
        let start = |place: usize| self.starts.get(place).map_or(self.body.len(), |start| *start as usize);
        self.body.get(start(lines.start)..start(lines.end)).unwrap_or_default()
    }

    /// Every file, in the order of their paths.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.body.lines().filter_map(read_line)
    }

    /// Every folder that has files or folders of it, the root as an empty one.
    pub(crate) fn folders(&self) -> BTreeSet<&str> {
        let mut folders = BTreeSet::from([""]);
        for line in self.lines() {
            let mut path = line.path;
            while let Some((folder, _)) = path.rsplit_once('/')
                && folders.insert(folder)
            {
                path = folder;
            }
        }
        folders
    }

    /// The place of a file.
    pub(crate) fn find(&self, path: &str) -> Option<usize> {
        let place = self.place_of(path);
        (self.line(place)?.path == path).then_some(place)
    }

    /// Where a file stands, or would stand.
    pub(crate) fn place_of(&self, path: &str) -> usize {
        let is_before = |place: usize| self.line(place).is_some_and(|line| line.path < path);
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// SHA-256 over the lines of the files, in lower-case hexadecimal digits.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let (sha256, rest) = line.split_at_checked(DIGITS)?;
    let (bytes, path) = rest.strip_prefix(' ')?.split_once(' ')?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (sha256.bytes().all(is_digit) && !path.is_empty()).then_some(())?;
    Some(Line {
        path,
        bytes: bytes.parse().ok()?,
        sha256,
    })
}

/// What the manifest beside a slot says of its files, for whoever serves them: the same file has the same digest in both slots, whenever
/// it was written.
#[derive(Debug)]
pub struct Digests {
    slot: PathBuf,
    sealed: SystemTime,
    manifest: Manifest,
}

impl Digests {
    /// Reads the manifest beside a slot. None for a folder without one, or with a damaged one.
    #[must_use]
    pub fn of(slot: &Path) -> Option<Digests> {
        let path = beside(slot);
        let sealed = changed(&fs::metadata(&path).ok()?)?;
        let manifest = Manifest::read(fs::read_to_string(path).ok()?)?;
        Some(Digests {
            slot: slot.to_owned(),
            sealed,
            manifest,
        })
    }

    /// Whether these are still what lies beside this slot.
    #[must_use]
    pub fn are_of(&self, slot: &Path) -> bool {
        let sealed = fs::metadata(beside(slot)).ok().and_then(|data| changed(&data));
        self.slot == slot && sealed == Some(self.sealed)
    }

    /// Whether a file of this path was published, and is to be found there.
    #[must_use]
    pub fn has(&self, file: &Path) -> bool {
        let path = file.strip_prefix(&self.slot).ok().and_then(Path::to_str);
        path.is_some_and(|path| self.manifest.find(path).is_some())
    }

    /// The SHA-256 of a file, in hexadecimal digits, if it looks as it was left: no other size, and not changed after the manifest, whatever
    /// time it says that it was written.
    #[must_use]
    pub fn get(&self, file: &Path, bytes: u64, changed: SystemTime) -> Option<&str> {
        let path = file.strip_prefix(&self.slot).ok()?.to_str()?;
        let line = self.manifest.line(self.manifest.find(path)?)?;
        (line.bytes == bytes && changed <= self.sealed).then_some(line.sha256)
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
        let Entry { bytes, sha256 } = Entry::of(b"{}");
        let body = format!("{sha256} {bytes} b/c.json\n");
        fs::write(beside(&slot), Manifest::of(1, body).unwrap().parts().concat()).unwrap();
        let digests = Digests::of(&slot).unwrap();
        assert!(digests.are_of(&slot) && !digests.are_of(&dir.path().join("b")));
        let (file, old) = (slot.join("b/c.json"), SystemTime::UNIX_EPOCH);
        assert_eq!(digests.get(&file, 2, old).map(str::len), Some(64));
        assert!(digests.has(&file) && !digests.has(&slot.join("b")) && !digests.has(Path::new("/b/c.json")));
        assert_eq!(digests.get(&file, 3, old), None, "of another size");
        let later = digests.sealed + std::time::Duration::from_secs(1);
        assert_eq!(digests.get(&file, 2, later), None, "written after it was sealed");
        assert_eq!(digests.get(&slot.join("c.json"), 2, old), None);
        fs::write(beside(&slot), "candor-tree 1 generation 1\n").unwrap();
        assert!(Digests::of(&slot).is_none(), "a damaged manifest says nothing");
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written_or_not_at_all() {
        let mut body = String::new();
        for path in ["a/b.html", "a/b/c.json", "a/c.json"] {
            let Entry { bytes, sha256 } = Entry::of(path.as_bytes());
            let line = Line {
                path,
                bytes,
                sha256: &sha256,
            };
            line.push_to(&mut body);
        }
        let manifest = Manifest::of(7, body.clone()).unwrap();
        let text = manifest.parts().concat();
        assert_eq!(Manifest::read(text.clone()).as_ref(), Some(&manifest));
        assert_eq!(
            (manifest.find("a/b/c.json"), manifest.find("a/b/d.json")),
            (Some(1), None)
        );
        assert!(manifest.line(1).unwrap().is(&Entry::of(b"a/b/c.json")));
        let empty = Manifest::of(1, String::new()).unwrap();
        assert_eq!(Manifest::read(empty.parts().concat()), Some(empty));
        assert_eq!(manifest.folders().into_iter().collect::<Vec<_>>(), ["", "a", "a/b"]);
        let lines = body.split_inclusive('\n').collect::<Vec<_>>();
        assert_eq!(manifest.text(1..3), lines[1..].concat());
        assert_eq!(manifest.text(3..9), "");
        for broken in [
            text.replacen("a/c", "a/d", 1),
            text.replacen("end ", "", 1),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replacen(" 1 ", " 2 ", 1),
            String::new(),
        ] {
            assert_eq!(Manifest::read(broken.clone()), None, "{broken}");
        }
    }
}
