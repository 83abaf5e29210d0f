//! Small files that were sent before, kept for as long as the disk says that they are what was read.
//!
//! Lives as long as one manifest of one slot. Never decides what is public, and never answers without a look at the file's state.

use crate::portal::answer::Prepared;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// All of them together; with one more, it begins anew.
const MAX_BYTES: u64 = 16 << 20;
/// What a copy takes beside its file, about.
const BESIDE_BYTES: u64 = 2_048;
/// A file that changed within this time may change again without its stamp's telling.
const SETTLED: Duration = Duration::from_secs(2);

/// What tells one state of a file on the disk from all others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    changed: SystemTime,
}

impl Stamp {
    pub(super) fn of(data: &fs::Metadata) -> Option<Stamp> {
        Some(Stamp {
            device: data.dev(),
            inode: data.ino(),
            bytes: data.len(),
            changed: publish::changed(data)?,
        })
    }

    /// Whether a later change would show.
    fn is_settled(&self) -> bool {
        let age = SystemTime::now().duration_since(self.changed);
        age.is_ok_and(|age| age >= SETTLED)
    }
}

#[derive(Default)]
pub(super) struct Memory {
    kept: RwLock<Kept>,
}

#[derive(Default)]
struct Kept {
    /// By path: for whoever reads no gzip, and for whoever does.
    plain: HashMap<PathBuf, Copy>,
    packed: HashMap<PathBuf, Copy>,
    bytes: u64,
}

struct Copy {
    /// Where it was read; not the path that was asked for, if that has a packed one beside it.
    file: PathBuf,
    stamp: Stamp,
    prepared: Arc<Prepared>,
}

impl Memory {
    pub(super) fn get(&self, path: &Path, packed: bool) -> Option<Arc<Prepared>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let copy = if packed { &kept.packed } else { &kept.plain }.get(path)?;
        let now = Stamp::of(&fs::metadata(&copy.file).ok()?)?;
        (now == copy.stamp).then(|| Arc::clone(&copy.prepared))
    }

    pub(super) fn keep(&self, path: PathBuf, packed: bool, file: &Path, stamp: Stamp, prepared: &Arc<Prepared>) {
        if !stamp.is_settled() {
            return;
        }
        let bytes = stamp.bytes + BESIDE_BYTES;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + bytes > MAX_BYTES {
            *kept = Kept::default();
        }
        kept.bytes += bytes;
        let copy = Copy {
            file: file.to_owned(),
            stamp,
            prepared: Arc::clone(prepared),
        };
        if packed { &mut kept.packed } else { &mut kept.plain }.insert(path, copy);
    }
}
