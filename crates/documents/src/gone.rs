//! What machines read of a version that had to go, and what those are told who had it by mail. It repeats nothing of it.

use crate::csaf::pretty;
use crate::place;
use psirt::advisory::{Advisory, Revision, Tombstone};
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

/// What those are told who had a version by mail: that it was removed, and what of the advisory holds now.
#[must_use]
pub fn letter(tombstone: &Tombstone, brand: &Brand, present: Option<&Advisory>) -> String {
    let (number, revision) = (&tombstone.number, tombstone.revision);
    let left = place::url(brand, &place::gone_page(tombstone));
    let holds = match present {
        Some(present) => format!(
            "What holds is version {}:\n<{}>",
            present.revisions.last().map_or_else(String::new, Revision::printed),
            place::url(brand, &place::page(present))
        ),
        None => "No version of this advisory holds now.".to_owned(),
    };
    format!(
        "Version {revision} of {number} was removed. Please delete your copies, and do not\npass them on.\n\n{holds}\n\nWhat is left of it, with the reason and earlier versions that stay:\n<{left}>\n"
    )
}
