//! The manifest of a slot: every file with its size and SHA-256, in the order of their paths, and the generation that it belongs to.
//!
//! Never reads the tree. Its digest speaks of the files alone, so that the same releases give the same digest.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

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
