//! When mail last came through each way, and whether a mailbox answers: what one process remembers until it ends.
//!
//! Owns these instants and nothing of a message. Never decides whether that is well: the status page says it.

use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A way on which mail comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Lmtp,
    Smtp,
    Imap,
}

/// What is remembered. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse {
    beats: Arc<Mutex<Beats>>,
}

/// What came when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beats {
    lmtp: Option<Timestamp>,
    smtp: Option<Timestamp>,
    imap: Option<Timestamp>,
    /// When the mailbox was looked into.
    pub(crate) looked: Option<Timestamp>,
    /// Why the mailbox cannot be looked into now.
    pub(crate) trouble: Option<&'static str>,
}

impl Beats {
    /// When the last message came on a way.
    pub(crate) fn message(&self, way: Way) -> Option<Timestamp> {
        match way {
            Way::Lmtp => self.lmtp,
            Way::Smtp => self.smtp,
            Way::Imap => self.imap,
        }
    }
}

impl Pulse {
    /// A message came, and is durable.
    pub(crate) fn message(&self, way: Way, at: Timestamp) {
        let mut beats = self.lock();
        let place = match way {
            Way::Lmtp => &mut beats.lmtp,
            Way::Smtp => &mut beats.smtp,
            Way::Imap => &mut beats.imap,
        };
        *place = Some(at);
    }

    /// The mailbox answered, and was looked into.
    pub(crate) fn looked(&self, at: Timestamp) {
        let mut beats = self.lock();
        (beats.looked, beats.trouble) = (Some(at), None);
    }

    /// The mailbox cannot be looked into.
    pub(crate) fn trouble(&self, why: &'static str) {
        self.lock().trouble = Some(why);
    }

    /// Everything that is remembered.
    pub(crate) fn beats(&self) -> Beats {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
