//! Documents from sample advisories.

mod affected;
mod agree;
mod csaf;
mod field;
mod formats;
mod lists;
mod page;
mod policy;
mod problem;
mod provider;
mod read;
mod release_note;
pub(crate) mod sample;
mod scores;
