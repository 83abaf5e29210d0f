//! What a process remembers of a tree from one publication to the next: what both slots hold, and what is known of their advisories.
//!
//! Never believed where the disk tells otherwise: a slot is remembered for the very files that lay beside it then. Whoever remembers nothing, or
//! something old, reads it again, to the same tree.

use crate::known::Key;
use crate::manifest::changed;
use crate::plan::Note;
use crate::slot::Held;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A file as it was when it was read or written. Whoever writes it again changes one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    changed: SystemTime,
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let data = fs::metadata(path).ok()?;
        Some(Stamp {
            inode: data.ino(),
            bytes: data.len(),
            changed: changed(&data)?,
        })
    }
}

/// The manifest of a slot, and what lies beside it of its units, if anything does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamps(Stamp, Option<Stamp>);

impl Stamps {
    /// None where there is no manifest.
    pub(crate) fn of(manifest: &Path, known: &Path) -> Option<Stamps> {
        Some(Stamps(Stamp::of(manifest)?, Stamp::of(known)))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    slots: Mutex<HashMap<&'static str, (Stamps, Held)>>,
    pub(crate) notes: Notes,
}

impl Memory {
    /// What a slot holds, if it lies there as it is remembered. It is forgotten here.
    pub(crate) fn take(&self, slot: &str, stamps: &Stamps) -> Option<Held> {
        let (known, held) = locked(&self.slots).remove(slot)?;
        (known == *stamps).then_some(held)
    }

    /// Remembers what a slot holds.
    pub(crate) fn keep(&self, slot: &'static str, stamps: Stamps, held: Held) {
        locked(&self.slots).insert(slot, (stamps, held));
    }
}

/// What the notes of units say, by the keys of the units: the same key is the same note, whatever slot it stands beside.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<HashMap<Key, Arc<Note>>>);

impl Notes {
    /// The note of a unit, read only once.
    pub(crate) fn get<E>(&self, key: &Key, read: impl FnOnce() -> Result<Note, E>) -> Result<Arc<Note>, E> {
        if let Some(note) = locked(&self.0).get(key) {
            return Ok(Arc::clone(note));
        }
        let note = Arc::new(read()?);
        locked(&self.0).insert(*key, Arc::clone(&note));
        Ok(note)
    }

    /// Forgets what nobody holds: units of another generation.
    pub(crate) fn forget_others(&self, is_held: impl Fn(&Key) -> bool) {
        locked(&self.0).retain(|key, _| is_held(key));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
