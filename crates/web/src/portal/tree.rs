//! A published tree as it lies on the disk now: which slot is public, what its manifest vouches for, and its files, opened without links.
//!
//! Knows no brand and no header; writes nothing.

mod memory;

use super::answer::Prepared;
use super::validator::Validator;
use memory::{Memory, Stamp};
use publish::Digests;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

const MAX_PATH_BYTES: usize = 1_024;

/// A published tree, the public one or the protected one.
pub(super) struct Tree {
    root: PathBuf,
    last: Mutex<Last>,
}

/// What was found when the tree was asked last.
#[derive(Default)]
struct Last {
    /// Where its link led, and the slot that this is.
    slot: Option<(PathBuf, PathBuf)>,
    published: Option<Arc<Published>>,
}

impl Tree {
    pub(super) fn new(root: PathBuf) -> Tree {
        Tree {
            root,
            last: Mutex::default(),
        }
    }

    /// Whether it has a folder of this name.
    pub(super) fn has_folder(&self, name: &str) -> bool {
        self.root.join(name).is_dir()
    }

    /// The slot that is public now, with every link followed. A swap moves one link, so that alone is read each time.
    pub(super) fn slot(&self) -> Option<PathBuf> {
        let target = fs::read_link(&self.root).ok();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.slot.as_ref().filter(|(before, _)| target.as_ref() == Some(before));
        if let Some((_, slot)) = known {
            return Some(slot.clone());
        }
        let slot = self.root.canonicalize().ok()?;
        last.slot = target.map(|target| (target, slot.clone()));
        Some(slot)
    }

    /// What was published in this slot; its manifest is read again after each swap. None where no manifest says it.
    pub(super) fn published(&self, slot: &Path) -> Option<Arc<Published>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !last.published.as_ref().is_some_and(|known| known.digests.are_of(slot)) {
            last.published = Digests::of(slot).map(|digests| {
                Arc::new(Published {
                    slot: slot.to_owned(),
                    digests: Arc::new(digests),
                    memory: Memory::default(),
                })
            });
        }
        last.published.clone()
    }

    /// The same, where nothing has changed since it was asked last: opens nothing, and waits for nobody who does.
    fn unchanged(&self) -> Option<Arc<Published>> {
        let target = fs::read_link(&self.root).ok()?;
        let published = {
            let last = self.last.try_lock().ok()?;
            let (known, slot) = last.slot.as_ref()?;
            let published = last.published.as_ref()?;
            (*known == target && published.slot == *slot).then(|| Arc::clone(published))?
        };
        published.digests.are_of(&published.slot).then_some(published)
    }

    /// What was prepared for this path below the tree before, if the disk says that it is still so.
    pub(super) fn remembered(&self, below: &Path, packed: bool) -> Option<Arc<Prepared>> {
        let published = self.unchanged()?;
        published.memory.get(&published.slot.join(below), packed)
    }
}

/// A slot with its manifest, as one publication left it.
pub(super) struct Published {
    slot: PathBuf,
    digests: Arc<Digests>,
    memory: Memory,
}

impl Published {
    /// What its manifest says.
    pub(super) fn digests(&self) -> &Arc<Digests> {
        &self.digests
    }

    /// Whether a file of this path was published, and is to be found there.
    pub(super) fn has(&self, file: &Path) -> bool {
        self.digests.has(file)
    }

    /// Keeps what was prepared of a file for whoever asks for this path next, if the manifest vouches for the file and it is small.
    pub(super) fn remember(&self, path: PathBuf, packed: bool, opened: &Opened, prepared: &Arc<Prepared>) {
        if opened.is_vouched_for && prepared.is_read() {
            self.memory.keep(path, packed, &opened.path, opened.stamp, prepared);
        }
    }
}

/// A plain file of a tree.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) bytes: u64,
    pub(super) validator: Validator,
    path: PathBuf,
    stamp: Stamp,
    /// Whether it is what the manifest names.
    is_vouched_for: bool,
}

/// Opens a plain file. Its path has no links in it.
pub(super) fn opened(published: Option<&Published>, found: &Path) -> Option<Opened> {
    let file = open(found)?;
    let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
    let bytes = metadata.len();
    let digest = published.and_then(|known| known.digests.get(found, bytes, publish::changed(&metadata)?));
    Some(Opened {
        bytes,
        validator: Validator::of(digest, bytes, metadata.modified().ok()?, SystemTime::now()),
        path: found.to_owned(),
        stamp: Stamp::of(&metadata)?,
        is_vouched_for: digest.is_some(),
        file,
    })
}

/// Opens a file by a path without links. Where somebody put one since, there is nothing.
fn open(path: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(file) => Some(File::from(file)),
        // A kernel, or a cage of containers, that does not know this call.
        Err(Errno::NOSYS | Errno::PERM) => {
            let found = path.canonicalize().ok().filter(|found| found == path)?;
            File::open(found).ok()
        }
        Err(_) => None,
    }
}

/// The path below the brand's folder, of plain names only.
pub(super) fn relative(path: &str) -> Option<PathBuf> {
    if path.len() > MAX_PATH_BYTES {
        return None;
    }
    let decoded = decoded(path.strip_prefix('/')?)?;
    let names = decoded.strip_suffix('/').unwrap_or(&decoded);
    if names.is_empty() {
        return decoded.is_empty().then(PathBuf::new);
    }
    let plain = |name: &str| {
        let shown = !name.starts_with('.') || name == ".well-known";
        !name.is_empty() && shown && !name.contains(['\\', ':']) && !name.chars().any(char::is_control)
    };
    let path = names.split('/').all(plain).then(|| PathBuf::from(names))?;
    path.components()
        .all(|component| matches!(component, Component::Normal(_)))
        .then_some(path)
}

/// Without its percent signs. A decoded slash would make two names of one, so it is refused.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let value = u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?;
        if value == b'/' || value == 0 {
            return None;
        }
        bytes.push(value);
    }
    String::from_utf8(bytes).ok()
}

/// The file with every link followed, if it is still inside the folder.
pub(super) fn inside(base: &Path, relative: &Path) -> Option<PathBuf> {
    let found = base.join(relative).canonicalize().ok()?;
    found.starts_with(base).then_some(found)
}
