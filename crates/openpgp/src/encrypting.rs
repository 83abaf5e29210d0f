//! A message for one or more certificates. Draws no randomness: it comes in as a seed, used once.

use pgp::composed::{ArmorOptions, MessageBuilder, SubpacketConfig};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::errors::Error as PgpError;
use pgp::packet::{SignatureType, Subpacket};
use pgp::types::{KeyDetails as _, Password, SigningKey as Signs, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::guard::guarded;
use crate::signing_key::{Part, SigningKey, configured, no_signer};
use crate::time::{TimeOutOfRange, timestamp};
use crate::usable::{Purpose, Unusable};

/// Bytes of randomness that one message takes.
pub const ENCRYPT_SEED_BYTES: usize = 32;

/// Why nothing was encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The time does not fit into OpenPGP.
    #[error("the time of encryption: {0}")]
    Time(#[from] TimeOutOfRange),
    /// Nobody could read it.
    #[error("nothing can be encrypted to nobody: name at least one certificate")]
    NoRecipient,
    /// A recipient's certificate cannot be encrypted to.
    #[error("cannot encrypt to {fingerprint}: {why}")]
    Recipient {
        /// Fingerprint of the certificate.
        fingerprint: String,
        /// Why not.
        why: Unusable,
    },
    /// The signer's key cannot sign at this time.
    #[error("cannot sign the message: {0}")]
    Signer(Unusable),
    /// The library refused. Not expected for any input.
    #[error("the OpenPGP library refused to encrypt")]
    Library,
}

/// Encrypts `content` to every encryption subkey of `recipients` that is valid at `at` (Unix seconds), signed by `signer` inside if there is
/// one. The result is armoured, and protected in the way that every program reads (version 1, AES-256, not compressed).
///
/// `seed` must be fresh randomness, never used before.
///
/// # Errors
/// No recipient; one whose certificate has expired, is revoked, weak or of version 6; a signer that may not sign.
pub fn encrypt(
    recipients: &[&Certificate],
    content: &[u8],
    signer: Option<&SigningKey>,
    at: i64,
    seed: &Zeroizing<[u8; ENCRYPT_SEED_BYTES]>,
) -> Result<String, EncryptError> {
    let instant = timestamp(at)?;
    if recipients.is_empty() {
        return Err(EncryptError::NoRecipient);
    }
    for recipient in recipients {
        recipient
            .check(Purpose::Intake, at)
            .map_err(|why| EncryptError::Recipient {
                fingerprint: recipient.fingerprint(),
                why,
            })?;
    }
    if let Some(signer) = signer {
        signer
            .certificate()
            .check(Purpose::Sign, at)
            .map_err(EncryptError::Signer)?;
    }
    guarded(|| build(recipients, content, signer, instant, seed).map_err(|_| EncryptError::Library))
        .unwrap_or(Err(EncryptError::Library))
}

fn build(
    recipients: &[&Certificate],
    content: &[u8],
    signer: Option<&SigningKey>,
    at: Timestamp,
    seed: &Zeroizing<[u8; ENCRYPT_SEED_BYTES]>,
) -> Result<String, PgpError> {
    let mut random = StdRng::from_seed(**seed);
    let mut message =
        MessageBuilder::from_bytes("", content.to_vec()).seipd_v1(&mut random, SymmetricKeyAlgorithm::AES256);
    for recipient in recipients {
        let able = recipient.able_at(Purpose::Intake, at);
        let subkeys = recipient.checked().as_signed_public_key().public_subkeys.iter();
        for subkey in subkeys.filter(|subkey| able.contains(&subkey.key.fingerprint())) {
            message.encrypt_to_key(&mut random, &subkey.key)?;
        }
    }
    let part = signer
        .map(|signer| signer.signer(at).ok_or_else(no_signer))
        .transpose()?;
    if let Some(part) = part {
        let (key, hashed, unhashed): (&dyn Signs, Vec<Subpacket>, Vec<Subpacket>) = match part {
            Part::Primary(key) => {
                let config = configured(key, SignatureType::Binary, at)?;
                (key, config.hashed_subpackets, config.unhashed_subpackets)
            }
            Part::Subkey(key) => {
                let config = configured(key, SignatureType::Binary, at)?;
                (key, config.hashed_subpackets, config.unhashed_subpackets)
            }
        };
        let said = SubpacketConfig::UserDefined { hashed, unhashed };
        message.sign_with_subpackets(key, Password::empty(), HashAlgorithm::Sha512, said);
    }
    message.to_armored_string(&mut random, ArmorOptions::default())
}
