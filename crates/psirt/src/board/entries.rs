//! The entries of an open case, packed while nobody reads them: ten thousand cases of forty entries fill a fifth of the memory.
//!
//! Owns when they are packed and unpacked. Never loses one: what cannot be packed stays as it is.

use super::pack::{Packer, unpack};
use crate::event::Entry;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// Entries in the order of record.
#[derive(Clone, Default)]
pub struct Entries {
    /// The entries, unless some came since they were packed.
    packed: Option<Box<[u8]>>,
    unpacked: OnceLock<Vec<Entry>>,
}

impl Entries {
    /// Entries that [`Entries::bytes`] gave; none if the bytes are something else.
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Option<Entries> {
        let entries: Vec<Entry> = unpack(&bytes)?;
        Some(Entries {
            packed: Some(bytes.into()),
            unpacked: OnceLock::from(entries),
        })
    }

    /// The entries as bytes; none if they have no such form.
    pub(super) fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match &self.packed {
            Some(packed) => Some(Cow::Borrowed(packed)),
            None => Some(Cow::Owned(Packer::default().pack(&self.to_vec())?.into())),
        }
    }

    /// Adds the newest entry.
    pub fn push(&mut self, entry: Entry) {
        let mut entries = self.take();
        entries.push(entry);
        *self = Entries::from(entries);
    }

    /// Changes each of them.
    pub(super) fn change(&mut self, change: impl FnMut(&mut Entry)) {
        let mut entries = self.take();
        entries.iter_mut().for_each(change);
        *self = Entries::from(entries);
    }

    /// Leaves out what is not to stay.
    pub(super) fn keep(&mut self, keep: impl FnMut(&Entry) -> bool) {
        let mut entries = self.take();
        entries.retain(keep);
        *self = Entries::from(entries);
    }

    /// Frees memory until somebody reads them again.
    pub(super) fn pack(&mut self, packer: &mut Packer) {
        if self.packed.is_none() && !self.is_empty() {
            self.packed = packer.pack(&&**self);
            debug_assert!(
                self.packed
                    .as_deref()
                    .is_none_or(|packed| unpack::<Vec<Entry>>(packed).is_some_and(|entries| entries == **self)),
                "entries unpack to what was packed"
            );
        }
        if self.packed.is_some() {
            self.unpacked = OnceLock::new();
        }
    }

    fn take(&mut self) -> Vec<Entry> {
        match self.unpacked.take() {
            Some(entries) => entries,
            None => self.unpack(),
        }
    }

    fn unpack(&self) -> Vec<Entry> {
        self.packed.as_deref().and_then(unpack).unwrap_or_default()
    }
}

impl Deref for Entries {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        self.unpacked.get_or_init(|| self.unpack())
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Entries {
        Entries {
            packed: None,
            unpacked: OnceLock::from(entries),
        }
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Entries) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
