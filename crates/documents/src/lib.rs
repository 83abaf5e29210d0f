//! Documents as values: an advisory becomes CSAF 2.0, a CVE record, OSV, OpenVEX, text, feeds, and the models of the public pages.
//!
//! Owns what a document says and how a date, a severity or a version range is put into words. Never reads or writes a file, never
//! asks the time: the same advisory gives the same bytes everywhere. It does not judge CSAF (`gate`), sign or publish (`publish`).

pub mod affected;
pub mod calculator;
pub mod card;
pub mod catalog;
pub mod csaf;
pub mod cve;
pub mod feed;
pub mod field;
pub mod gone;
pub mod machine;
pub mod openvex;
pub mod osv;
pub mod page;
pub mod place;
pub mod problem;
pub mod provider;
pub mod range;
pub mod release_note;
mod remedy;
pub mod rolie;
mod scores;
pub mod security_txt;
pub mod text;

#[cfg(test)]
mod tests;

pub use problem::Problem;
