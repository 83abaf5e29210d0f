//! What is out: versions by their names, for a publication that reads only what it does not know yet.
//!
//! Owns which versions have names, and how one of them is read. Never renders.

use crate::Casework;
use psirt::advisory::{Advisory, AdvisoryState, Released, Version, release};
use std::collections::BTreeSet;

/// The versions of a brand that are out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutVersions {
    /// The present ones and those that they replaced.
    pub versions: Vec<OutVersion>,
    /// The armoured public keys of what was brought along, each once.
    pub keys: Vec<String>,
}

/// A version that is out, or was and was replaced, with bytes that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutVersion {
    /// The id of its advisory.
    pub id: String,
    /// Its public number.
    pub number: String,
    /// Its bytes and their signature.
    pub version: Version,
    /// Whether another version has replaced it.
    pub is_replaced: bool,
}

/// Whether the present version of an advisory is in the tree, with bytes that are kept.
pub(super) fn is_out(state: &AdvisoryState) -> bool {
    state.on_disk && state.fixed().is_some()
}

impl Casework {
    /// Every version of a brand that is out and whose bytes are kept, without its text. Of what was replaced and never kept there is nothing.
    #[must_use]
    pub fn out_versions(&self, brand: &str) -> OutVersions {
        let board = self.board();
        let mut out = OutVersions::default();
        let mut keys: BTreeSet<&str> = BTreeSet::new();
        for (id, state) in &board.advisories {
            let mut push = |advisory: &Advisory, version: Option<&Version>, is_replaced: bool| {
                let Some(version) = version.filter(|_| advisory.brand == brand) else {
                    return;
                };
                if let Some(key) = state.imported_key.as_deref().filter(|key| keys.insert(key)) {
                    out.keys.push(key.to_owned());
                }
                out.versions.push(OutVersion {
                    id: id.clone(),
                    number: advisory.number.clone(),
                    version: version.clone(),
                    is_replaced,
                });
            };
            if let Some(ordered) = state.ordered.as_ref().filter(|_| is_out(state)) {
                push(ordered, state.fixed(), false);
            }
            for earlier in &state.earlier {
                push(&earlier.advisory, state.version(earlier.revision()), true);
            }
        }
        out
    }

    /// A version that is out, by its advisory's id and its revision; none if there is no such version any more.
    #[must_use]
    pub fn out_version(&self, id: &str, revision: u32) -> Option<Released> {
        let board = self.board();
        let state = board.advisories.get(id)?;
        let present = state.ordered.as_ref().and_then(|ordered| ordered.revisions.last());
        if state.on_disk && present.is_some_and(|present| present.number == revision) {
            return release(state).ok();
        }
        let earlier = state.earlier.iter().find(|earlier| earlier.revision() == revision)?;
        earlier.released().ok()
    }
}
