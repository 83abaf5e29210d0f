//! The commands: one file for each noun.
//!
//! Owns the words of the command line. Never decides: it reads arguments, calls, and says what came of it.

pub(crate) mod advisory;
mod audience;
pub(crate) mod backup;
pub(crate) mod brand;
pub(crate) mod case;
pub(crate) mod customer;
pub(crate) mod cvss;
pub(crate) mod diff;
pub(crate) mod due;
mod event;
pub(crate) mod export;
pub(crate) mod finding;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod key;
pub(crate) mod line;
pub(crate) mod mail;
pub(crate) mod outbox;
pub(crate) mod person;
pub(crate) mod policy;
pub(crate) mod product;
pub(crate) mod promises;
mod prospect;
pub(crate) mod provider;
pub(crate) mod publish;
pub(crate) mod recover;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod room;
pub(crate) mod serve;
pub(crate) mod shred;
pub(crate) mod sign;
pub(crate) mod simulate;
pub(crate) mod token;
pub(crate) mod upgrade;
mod wording;
pub(crate) mod work;
