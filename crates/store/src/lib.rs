//! The store: the journal with its tree, commands, numbers, jobs, leases, keys and blobs, on SQLite and PostgreSQL by one SQL text.
//!
//! Owns everything that must survive. Decides nothing: bodies are opaque sealed bytes, times come from the caller, and the only
//! writing on a journal that lives is [`Store::append`]. No clock, no async traits, no dynamic SQL.

mod append;
mod batch;
mod blobs;
mod config;
mod error;
mod examine;
mod export;
mod filling;
mod import;
mod jobs;
mod journal;
mod keyring;
mod leases;
mod line;
mod lock;
mod merkle;
mod names;
mod prove;
mod rows;
mod schema;
mod snapshot;
mod sql;
mod staging;
mod store;
mod tables;
mod together;
mod upgrade;
mod verify;

pub use batch::{
    Appended, BATCH_MAX_BYTES, BATCH_MAX_ENTRIES, BODY_MAX_BYTES, Batch, Body, ClaimedJob, Command, Entry, Head, Job,
    NumberOf, Outcome, Plain, Recorded, Settled, Ticket,
};
pub use blobs::{Blob, BlobId, BlobReader, NewBlob, PutError};
pub use config::{Config, Location};
pub use error::StoreError;
pub use examine::{Examined, examine};
pub use export::{Content, Counts, Exported, OutFile, Parts};
pub use import::{Imported, Importer};
pub use journal::PAGE_MAX_ENTRIES;
pub use leases::Lease;
pub use line::{EXPORT_FORMAT, LineFault, TransferError};
pub use lock::DataLock;
pub use merkle::{HASH_BYTES, Hash};
pub use names::{ActorId, CommandId, Effect, Holder, JobKey, KeyId, LeaseName, NAME_MAX_BYTES, Number, StreamId};
pub use prove::Inclusion;
pub use snapshot::SnapshotReader;
pub use store::{Marker, Store};
pub use upgrade::Upgraded;
pub use verify::{Fault, Finding, Verification};
