//! Documents from sample advisories.

mod agree;
mod csaf;
mod field;
mod formats;
mod page;
mod policy;
mod problem;
mod provider;
mod sample;
mod scores;
