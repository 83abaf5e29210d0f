//! Keys that came with messages or that persons gave, for whoever judges a signature that names one.
//!
//! Owns the choice. Anybody can send keys, so nobody's are handed over but those that a signature names, of messages that are reports or go on
//! with one, and what a person gave: however many others come, they cost nothing and push none out. Never says whose a key is.

use crate::Casework;
use psirt::board::{Board, Report};
use psirt::house::mail::{Fate, SenderKey};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Most keys that are handed over for one message, and most bytes of them together.
const MAX_KEYS: usize = 32;
const MAX_BYTES: usize = 1024 * 1024;

impl Casework {
    /// The armoured keys of earlier messages by which signatures can be judged that name their makers so, as fingerprints or key ids.
    #[must_use]
    pub fn known_keys(&self, names: &[String]) -> Vec<String> {
        chosen(named(&self.board(), names))
    }
}

/// A key with the report that it came with.
type Brought<'a> = (&'a Report, &'a SenderKey);

fn named<'a>(board: &'a Board, names: &[String]) -> Vec<Brought<'a>> {
    let goes_on = |report: &&Report| {
        let fate = report.mail.as_deref().and_then(|mail| mail.fate());
        matches!(fate, Some(Fate::Report | Fate::Reply { .. }))
    };
    let brought = board.open_reports().flat_map(|(_, report)| {
        let mail = report.mail.as_deref().filter(|_| goes_on(&report));
        let letter = mail.and_then(|mail| mail.letter.as_ref());
        let keys = letter.map(|letter| letter.keys.as_slice()).unwrap_or_default();
        let given = report.book.iter().map(|known| &known.given.key);
        keys.iter().chain(given).map(move |key| (report, key))
    });
    brought
        .filter(|(_, key)| names.iter().any(|name| key.is_named(name)))
        .collect()
}

/// Of one key there are several copies, and somebody may have left out of theirs what matters. Only its owner can add to it, so the fullest come
/// first; of equals the newest.
fn chosen(mut brought: Vec<Brought<'_>>) -> Vec<String> {
    brought.sort_by_key(|(report, key)| Reverse((key.public.len(), report.at)));
    let (mut seen, mut bytes) = (BTreeSet::new(), 0);
    let copies = brought.into_iter().map(|(_, key)| key.public.as_str());
    let new = copies.filter(|public| seen.insert(*public));
    let fit = new.take_while(|public| {
        bytes += public.len();
        bytes <= MAX_BYTES
    });
    fit.take(MAX_KEYS).map(str::to_owned).collect()
}
