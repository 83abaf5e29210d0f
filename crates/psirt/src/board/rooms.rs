//! Rooms of reporters on the board: which report a secret opens, by its digest alone.
//!
//! Owns the two ways in. Never holds a secret that opens a room: a digest of it, and the secret under a passphrase.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What opens the room of a report.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomLock {
    /// SHA-256 of the secret that opens it, in lower-case hexadecimal digits.
    pub key: String,
    /// What stands in the address that shows its status alone, and asks for the passphrase. It may travel in clear.
    pub address: String,
    /// The secret, locked by the passphrase that the reporter chose; none if they chose none.
    pub locked: Option<String>,
}

impl fmt::Debug for RoomLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomLock(…)")
    }
}

/// Every room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rooms {
    /// By the stream of the report.
    locks: BTreeMap<String, RoomLock>,
    /// The report, by the digest of the secret.
    keys: BTreeMap<String, String>,
    /// The report, by the address.
    addresses: BTreeMap<String, String>,
}

impl Rooms {
    pub(super) fn open(&mut self, report: &str, lock: RoomLock) {
        self.close(report);
        self.keys.insert(lock.key.clone(), report.to_owned());
        self.addresses.insert(lock.address.clone(), report.to_owned());
        self.locks.insert(report.to_owned(), lock);
    }

    /// From now on nothing opens it.
    pub(super) fn close(&mut self, report: &str) {
        if let Some(lock) = self.locks.remove(report) {
            self.keys.remove(&lock.key);
            self.addresses.remove(&lock.address);
        }
    }
}

impl super::Board {
    /// The stream of the report whose room a secret of this digest opens. Whoever asks knows the digest of what they try and nothing of the
    /// others, so that how long the search takes tells them nothing.
    #[must_use]
    pub fn room_of_key(&self, digest: &str) -> Option<&str> {
        self.rooms.keys.get(digest).map(String::as_str)
    }

    /// The stream of the report whose status stands at an address, with what opens the rest.
    #[must_use]
    pub fn room_at(&self, address: &str) -> Option<(&str, &RoomLock)> {
        let report = self.rooms.addresses.get(address)?;
        Some((report, self.rooms.locks.get(report)?))
    }

    /// What opens the room of a report; none if it has no room, or not any more.
    #[must_use]
    pub fn lock_of(&self, report: &str) -> Option<&RoomLock> {
        self.rooms.locks.get(report)
    }
}
