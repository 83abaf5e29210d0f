//! Publication: what was released becomes a signed tree of plain files that any web server can serve.
//!
//! Owns the bytes of a release ([`fix_release`]), the pages ([`html`]) and the tree with its two slots ([`Publisher`], [`verify`]).
//! Takes [`psirt::advisory::Released`] and nothing else, so no draft and no embargoed case can reach it. Never reads a clock, holds no
//! key and decides nothing about a case.

mod disk;
mod error;
pub mod html;
mod known;
mod links;
mod manifest;
mod memory;
mod packed;
mod parallel;
mod plan;
pub mod provider;
mod release;
mod security;
mod slot;
mod tree;
mod verify;
mod walk;

#[cfg(test)]
mod tests;

pub use error::{FixError, TreeError};
pub use manifest::{Digests, changed};
pub use plan::{Archive, Dress, Name, PolicyFile, PortalParts, Protected, Release, Site};
pub use release::{Excused, Fixed, FixedRelease, Judged, Prepared, fix_release, judge, prepare};
pub use security::security_txt;
pub use tree::{Generation, Publisher};
pub use verify::{Finding, verify, verify_protected};
