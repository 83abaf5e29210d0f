//! The text of an advisory, kept once however many hold it: what is written on and what is public are the same one most of the time.
//!
//! Owns the sharing. Never changes a text under somebody else's hands: one that is edited is its holder's own from then on.

use super::Advisory;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::Deref;
use std::sync::Arc;

/// A text that others may hold, too. Clones are the same text.
#[derive(Clone, Default, PartialEq)]
pub struct Shared(Arc<Advisory>);

impl Shared {
    /// The text, to be changed by one holder alone.
    pub(super) fn edit(&mut self) -> &mut Advisory {
        Arc::make_mut(&mut self.0)
    }

    /// A copy that is nobody else's.
    #[must_use]
    pub fn copy(&self) -> Advisory {
        Advisory::clone(&self.0)
    }
}

impl Deref for Shared {
    type Target = Advisory;

    fn deref(&self) -> &Advisory {
        &self.0
    }
}

impl From<Advisory> for Shared {
    fn from(advisory: Advisory) -> Shared {
        Shared(Arc::new(advisory))
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shared, D::Error> {
        Advisory::deserialize(deserializer).map(Shared::from)
    }
}
