//! Documents from sample advisories.

mod agree;
mod csaf;
mod formats;
mod page;
mod policy;
mod problem;
mod provider;
mod read;
mod release_note;
mod sample;
mod scores;
