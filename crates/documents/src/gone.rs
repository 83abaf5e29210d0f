//! What machines read of a version that had to go. It repeats nothing of it.

use crate::csaf::pretty;
use crate::place;
use psirt::advisory::Tombstone;
use psirt::house::Brand;
use serde::Serialize;

#[derive(Serialize)]
struct Gone<'a> {
    document: String,
    number: &'a str,
    reason: &'a str,
    removed: String,
    revision: u32,
    sha256: &'a str,
}

/// The tombstone as JSON: where the document was, its digest, when it went and why.
#[must_use]
pub fn document(tombstone: &Tombstone, brand: &Brand) -> Vec<u8> {
    pretty(&Gone {
        document: place::url(brand, &place::gone_document(tombstone)),
        number: &tombstone.number,
        reason: &tombstone.why,
        removed: tombstone.at.to_string(),
        revision: tombstone.revision,
        sha256: &tombstone.sha256,
    })
}
