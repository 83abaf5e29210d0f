//! A key that a person gave for whoever sent a report: from their address book, or found in the key directory of the reporter's domain.
//!
//! Owns this shape. Never says whether the key works: that is asked whenever a letter goes.

use super::mail::SenderKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The origin of a key that a person had, and vouches for.
pub const ADDRESS_BOOK: &str = "address-book";
/// The origin of a key that a person took from the Web Key Directory of the address's domain.
pub const KEY_DIRECTORY: &str = "wkd";

/// A key as a person gave it; its origin is one of those above.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenKey {
    /// The address whose letters go under it.
    pub address: String,
    /// The key.
    pub key: SenderKey,
    /// How that person knows whose it is, where the key itself does not say that address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl GivenKey {
    /// Whether it is for an address. Of its letters the case does not count, as in user ids.
    #[must_use]
    pub fn is_for(&self, address: &str) -> bool {
        self.address.eq_ignore_ascii_case(address)
    }
}

/// Whose key it is, is not printed.
impl std::fmt::Debug for GivenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GivenKey({}, {})", self.key.origin, self.key.fingerprint)
    }
}

/// A given key on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookKey {
    /// The key.
    pub given: GivenKey,
    /// Who gave it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A key takes the place of the same one given before.
pub(crate) fn give(book: &mut Vec<BookKey>, given: &GivenKey, by: &str, at: Timestamp) {
    let is_same = |known: &BookKey| {
        known.given.key.fingerprint == given.key.fingerprint && known.given.key.origin == given.key.origin
    };
    book.retain(|known| !is_same(known) || !known.given.is_for(&given.address));
    book.push(BookKey {
        given: given.clone(),
        by: by.to_owned(),
        at,
    });
}

/// A key with this fingerprint is in the book no more.
pub(crate) fn drop_key(book: &mut Vec<BookKey>, fingerprint: &str) {
    book.retain(|known| known.given.key.fingerprint != fingerprint);
}
