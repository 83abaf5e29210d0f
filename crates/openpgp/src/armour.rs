//! ASCII armour: one block of the wanted kind, within a size limit, whole to its last line. Knows nothing of packets.

use std::io::Read as _;

use data_encoding::BASE64;
use pgp::armor::{self, BlockType, Dearmor, DearmorOptions};
use pgp::ser::Serialize;

use crate::guard::guarded;

/// Why a text is not the ASCII armour that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArmourError {
    /// More bytes than the limit allows.
    #[error("it has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Size of the refused input.
        bytes: usize,
        /// Largest accepted size.
        limit: usize,
    },
    /// No `-----BEGIN PGP …-----` line with a block after it.
    #[error("it holds no OpenPGP armour: expected a block that starts with -----BEGIN PGP")]
    Missing,
    /// Armour of another kind, for example a message where a signature was expected.
    #[error("it is OpenPGP armour of another kind: expected -----BEGIN {expected}-----")]
    OtherKind {
        /// The label that was expected after `BEGIN`.
        expected: &'static str,
    },
    /// A secret key where a public one was asked for.
    #[error(
        "it is a secret key, which nobody but its owner should have: export the public one, as by `gpg --armor --export ADDRESS`"
    )]
    Secret,
    /// The block ends early or its base64 text or last line is damaged.
    #[error("the OpenPGP armour is cut short or damaged: fetch or export it again")]
    Damaged,
    /// Something follows the block.
    #[error("something follows the OpenPGP block: pass exactly one block")]
    Trailing,
}

/// The kinds of block that this crate reads and writes; a secret key it reads alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    PublicKey,
    SecretKey,
    Signature,
}

impl Kind {
    fn block_type(self) -> BlockType {
        match self {
            Self::PublicKey => BlockType::PublicKey,
            Self::SecretKey => BlockType::PrivateKey,
            Self::Signature => BlockType::Signature,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::PublicKey => "PGP PUBLIC KEY BLOCK",
            Self::SecretKey => "PGP PRIVATE KEY BLOCK",
            Self::Signature => "PGP SIGNATURE",
        }
    }
}

/// The binary content of the single block of `kind` in `input`. Text before the block is ignored, as everywhere.
pub(crate) fn read(input: &[u8], kind: Kind, limit_bytes: usize) -> Result<Vec<u8>, ArmourError> {
    if input.len() > limit_bytes {
        return Err(ArmourError::TooLarge {
            bytes: input.len(),
            limit: limit_bytes,
        });
    }
    guarded(|| read_block(input, kind, limit_bytes)).unwrap_or(Err(ArmourError::Damaged))
}

fn read_block(input: &[u8], kind: Kind, limit_bytes: usize) -> Result<Vec<u8>, ArmourError> {
    let mut block = Dearmor::with_options(input, DearmorOptions::new().set_limit(limit_bytes));
    block.read_header().map_err(|_| ArmourError::Missing)?;
    if block.typ != Some(kind.block_type()) {
        if (kind, block.typ) == (Kind::PublicKey, Some(BlockType::PrivateKey)) {
            return Err(ArmourError::Secret);
        }
        return Err(ArmourError::OtherKind { expected: kind.label() });
    }
    let mut content = Vec::new();
    block.read_to_end(&mut content).map_err(|_| ArmourError::Damaged)?;

    let (_, _, _, mut rest) = block.into_parts();
    let mut trailing = Vec::new();
    rest.read_to_end(&mut trailing).map_err(|_| ArmourError::Damaged)?;
    if trailing.iter().all(u8::is_ascii_whitespace) {
        Ok(content)
    } else {
        Err(ArmourError::Trailing)
    }
}

/// The same, where the bytes may also be what armour would hold: a program's export without `--armor`.
pub(crate) fn read_any(input: &[u8], kind: Kind, limit_bytes: usize) -> Result<Vec<u8>, ArmourError> {
    // The first byte of a packet has its highest bit set (RFC 9580 §4.2); no text begins so. The packet of a secret key has the number 5.
    match input.first() {
        Some(0xc5 | 0x94..=0x97) if kind == Kind::PublicKey => Err(ArmourError::Secret),
        Some(first) if first & 0x80 != 0 && input.len() <= limit_bytes => Ok(input.to_vec()),
        _ => read(input, kind, limit_bytes),
    }
}

/// Why a text holds no whole message block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoMessage {
    /// No block begins.
    Missing,
    /// It begins and does not end.
    Short,
    /// What is between is no base64.
    Damaged,
    /// More bytes than the limit.
    TooLarge,
}

/// The binary content of the first message block in `input`, read as mail leaves it: spaces at the ends of lines, comments in any
/// encoding, a checksum or none. What is inside has a protection of its own.
pub(crate) fn read_message(input: &[u8], limit_bytes: usize) -> Result<Vec<u8>, NoMessage> {
    const BEGIN: &[u8] = b"-----BEGIN PGP MESSAGE-----";
    const END: &[u8] = b"-----END PGP MESSAGE-----";
    let mut lines = input.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.find(|line| *line == BEGIN).ok_or(NoMessage::Missing)?;
    let mut body = Vec::new();
    let mut in_headers = true;
    for line in lines {
        match line {
            END => {
                return BASE64.decode(&body).map_err(|_| NoMessage::Damaged);
            }
            [] => in_headers = false,
            line if in_headers && line.contains(&b':') => {}
            // The checksum, which is not to be relied on (RFC 9580 §6.1).
            [b'=', checksum @ ..] if checksum.len() == 4 => {}
            line => {
                in_headers = false;
                body.extend_from_slice(line);
                if body.len() / 4 * 3 > limit_bytes {
                    return Err(NoMessage::TooLarge);
                }
            }
        }
    }
    Err(NoMessage::Short)
}

/// Armour with the checksum line, which version 4 readers expect.
pub(crate) fn write(content: &impl Serialize, kind: Kind) -> Result<String, pgp::errors::Error> {
    let mut armoured = Vec::new();
    armor::write(content, kind.block_type(), &mut armoured, None, true)?;
    // Armour is base64 between ASCII lines, so nothing is ever replaced here.
    Ok(String::from_utf8_lossy(&armoured).into_owned())
}
