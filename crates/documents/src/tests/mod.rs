//! Documents from sample advisories.

mod csaf;
mod page;
mod policy;
mod problem;
mod provider;
mod sample;
mod scores;
