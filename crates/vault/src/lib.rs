//! Secrets: sealing, key wrapping, the master key and random ids.
//!
//! Owns every use of a cipher and every draw of randomness. Never decides who may read what, never talks to a database, and
//! never lets a key out as text, except those that a person keeps: the recovery key, the secret key of backups, bearer
//! tokens, and the secrets of reporters' rooms.
//!
//! Nonces and keys always come from the operating system, in a simulation too: a repeated seed must not repeat a nonce.
//! Only ids ([`Ids`]) can be simulated.

mod backup;
mod checkpoint;
mod chunk;
mod error;
mod ids;
mod key;
mod mark;
mod master;
mod paper;
mod room;
mod seal;
mod token;

pub use backup::{BackupPart, BackupSecret, Recipient, open_backup, seal_backup};
pub use checkpoint::{Checkpoint, CheckpointKey, Verifier};
pub use chunk::{CHUNK_BYTES, ChunkReader, ChunkWriter};
pub use error::{PaperFault, VaultError};
pub use ids::{Id, Ids, Simulated};
pub use key::{DataKey, MasterKey};
pub use mark::MARK_CHARS;
pub use master::RecoveryKey;
pub use room::{PASSPHRASE_MAX_BYTES, RoomKey, draw_ticket, is_room_address, is_ticket};
pub use seal::{Context, SEAL_OVERHEAD_BYTES};
pub use token::{AccessToken, TokenDigest, is_token};
