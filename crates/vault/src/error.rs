//! What can go wrong with secrets. Never carries a secret, and never the text of another library's error.

use std::io;
use std::path::PathBuf;

/// Why a secret could not be made, read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Sealed bytes did not open: wrong key, wrong place, or changed bytes. The cipher cannot tell which.
    #[error("sealed bytes do not open: the key is another one, or the bytes were changed or moved")]
    NotAuthentic,

    /// Sealed bytes are too short, or begin with an unknown format number.
    #[error("sealed bytes are not in a known format: they are cut short or written by a newer version")]
    UnknownFormat,

    /// More bytes than one sealing takes.
    #[error("too many bytes to seal at once")]
    TooLong,

    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes; nothing was sealed or drawn")]
    NoRandomness,

    /// The master key file is missing.
    #[error("there is no master key at {}; restore the file, or write it again from the recovery key", .0.display())]
    MasterMissing(PathBuf),

    /// The master key file is already there.
    #[error("{} is already there; a master key is never overwritten", .0.display())]
    MasterExists(PathBuf),

    /// Others than the owner may read the master key file.
    #[error("{} can be read by others (mode {mode:03o}); run `chmod 600` on it, and consider the key as seen", .path.display())]
    MasterExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },

    /// The master key file is not 32 bytes long, or not a file.
    #[error("{} is not a master key: it has {found} bytes instead of 32; restore it, or write it again from the recovery key", .path.display())]
    MasterLength {
        /// The file.
        path: PathBuf,
        /// How many bytes it has; counted up to 33.
        found: usize,
    },

    /// The master key file could not be read or written.
    #[error("cannot {action} {}: {kind}", .path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },

    /// A key was mistyped, or another one was typed.
    #[error("this is not a {0}: {1}; copy it again, all 14 groups")]
    Paper(&'static str, PaperFault),

    /// A file begins like no backup.
    #[error("this is not a backup of Candor, or it was made by a newer version")]
    NotABackup,

    /// A backup for somebody else.
    #[error(
        "this backup was made for another recipient: it opens with the secret key of {made_for}, and yours is that of {yours}"
    )]
    OtherRecipient {
        /// The first group of the recipient's check.
        made_for: String,
        /// The same of the key that was given.
        yours: String,
    },

    /// A checkpoint that cannot be believed.
    #[error("the checkpoint is not one of this house: {0}")]
    Checkpoint(&'static str),
}

/// What is wrong with a typed key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaperFault {
    /// A character that such a key never has; counted from 1, separators left out.
    #[error("character {0} is none of A-Z and 2-7")]
    Character(usize),
    /// Too few or too many characters, separators left out.
    #[error("it has {0} characters instead of 56")]
    Length(usize),
    /// All characters are possible, but the check at the end disagrees.
    #[error("its check does not match, so at least one character is wrong")]
    Check,
    /// Every character is right, but it is a key for something else.
    #[error("it is a {0}")]
    Other(&'static str),
}
