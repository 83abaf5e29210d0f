//! Secrets: sealing, key wrapping, the master key and random ids.
//!
//! Owns every use of a cipher and every draw of randomness. Never decides who may read what, never talks to a database, and
//! never lets a key out as text, except those that a person keeps: the recovery key, the secret key of backups, and bearer tokens.
//!
//! Nonces and keys always come from the operating system, in a simulation too: a repeated seed must not repeat a nonce.
//! Only ids ([`Ids`]) can be simulated.

mod backup;
mod checkpoint;
mod chunk;
mod error;
mod ids;
mod key;
mod master;
mod paper;
mod seal;
mod token;

pub use backup::{BackupPart, BackupSecret, Recipient, open_backup, seal_backup};
pub use checkpoint::{Checkpoint, CheckpointKey, Verifier};
pub use chunk::{CHUNK_BYTES, ChunkReader, ChunkWriter};
pub use error::{PaperFault, VaultError};
pub use ids::{Id, Ids, Simulated};
pub use key::{DataKey, MasterKey};
pub use master::RecoveryKey;
pub use seal::{Context, SEAL_OVERHEAD_BYTES};
pub use token::{AccessToken, TokenDigest, is_token};
