//! Is this detached signature, over exactly these bytes, by this certificate, good at this time?
//!
//! Never asks whether the certificate is the right one, and never reads the system's clock to decide about a signature.

use pgp::composed::{Deserializable as _, DetachedSignature};
use pgp::packet::{Signature, SignatureType, SignatureVersion};
use pgp::types::{KeyDetails as _, Timestamp};
use rpgpie::certificate::SignatureVerifier;
use rpgpie::signature::signature_acceptable;

use crate::armour::{self, ArmourError, Kind};
use crate::certificate::{Certificate, has_unknown_critical_subpacket, names};
use crate::guard::guarded;
use crate::time::{TimeOutOfRange, shown, timestamp, unix_seconds};

/// Largest armoured signature that is read, in bytes; a usual one has some hundred.
pub const MAX_SIGNATURE_BYTES: usize = 64 * 1024;
/// Most signatures in one block; one is usual, a few occur while a key is replaced.
pub const MAX_SIGNATURES: usize = 16;

/// A signature that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// When the signature says it was made, in Unix seconds.
    pub created: i64,
    /// Fingerprint of the key, primary or subkey, that made it: upper-case hexadecimal digits.
    pub signer: String,
}

/// Why a signature was not accepted. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The given present time does not fit into OpenPGP.
    #[error("the present time: {0}")]
    Time(#[from] TimeOutOfRange),
    /// The armour around the signature is wrong.
    #[error("this is not a detached OpenPGP signature: {0}")]
    Armour(#[from] ArmourError),
    /// The armour holds something that does not parse as signatures.
    #[error("the OpenPGP signature does not parse: fetch or export it again")]
    Malformed,
    /// More signatures than [`MAX_SIGNATURES`].
    #[error("the block holds more than {MAX_SIGNATURES} OpenPGP signatures")]
    TooMany,
    /// It signs text, a key or a user id, where a signature over the exact bytes was asked for.
    #[error("the OpenPGP signature is not one over the exact bytes of a document: sign with `gpg --detach-sign`")]
    NotBinary,
    /// It lacks a time, has an unknown version or critical part, or uses a broken algorithm.
    #[error(
        "the OpenPGP signature uses a form or an algorithm that is not accepted: sign again with SHA-256 or better"
    )]
    NotAcceptable,
    /// It was made by a key that is not part of the certificate.
    #[error("the OpenPGP signature was made by another key")]
    OtherKey,
    /// It claims to have been made after the present time.
    #[error("the OpenPGP signature is from the future: made at {}, now is {}", shown(*.created), shown(*.now))]
    Future {
        /// When it says it was made.
        created: i64,
        /// The present time as given.
        now: i64,
    },
    /// Its own period of validity is over.
    #[error("the OpenPGP signature expired at {}, now is {}", shown(*.expired), shown(*.now))]
    Expired {
        /// When it ended.
        expired: i64,
        /// The present time as given.
        now: i64,
    },
    /// It claims to be older than the key that made it.
    #[error("the OpenPGP signature claims to be older than its key: made at {created}, the key at {key_created}")]
    BeforeKey {
        /// When it says it was made.
        created: i64,
        /// When the key was made.
        key_created: i64,
    },
    /// The key had been revoked.
    #[error("the OpenPGP key that made the signature is revoked: ask its owner for a new key")]
    Revoked,
    /// At that time the key had expired, was not validly bound, or was not meant for signing.
    #[error("the OpenPGP key was not valid for signing at {created}: it had expired or lacks the signing flag")]
    KeyNotValid {
        /// When the signature says it was made.
        created: i64,
    },
    /// The signature does not belong to these bytes.
    #[error("the OpenPGP signature does not fit the data: one of them was changed")]
    Mismatch,
}

/// Checks an ASCII-armoured detached signature over `data` at the present time `now` (Unix seconds).
///
/// Key expiry, revocation and key flags are judged as of the signature's creation. Of several signatures in the block
/// one good one is enough.
///
/// # Errors
/// The reason why the first signature was refused, if none is good.
pub fn verify_detached(
    certificate: &Certificate,
    data: &[u8],
    armoured_signature: &[u8],
    now: i64,
) -> Result<Verified, VerifyError> {
    timestamp(now)?;
    let content = armour::read(armoured_signature, Kind::Signature, MAX_SIGNATURE_BYTES)?;
    guarded(|| {
        let mut refusal = None;
        for signature in signatures(&content)? {
            match check(certificate, data, &signature, SignatureType::Binary, now) {
                Ok(verified) => return Ok(verified),
                Err(reason) => _ = refusal.get_or_insert(reason),
            }
        }
        Err(refusal.unwrap_or(VerifyError::Malformed))
    })
    .unwrap_or(Err(VerifyError::Malformed))
}

/// Whether a detached signature names a key of `certificate` as its maker. It proves nothing: it says which key to ask.
#[must_use]
pub fn names_signer(certificate: &Certificate, armoured_signature: &[u8]) -> bool {
    let Ok(content) = armour::read(armoured_signature, Kind::Signature, MAX_SIGNATURE_BYTES) else {
        return false;
    };
    let read = guarded(|| signatures(&content)).unwrap_or(Err(VerifyError::Malformed));
    let mut read = read.unwrap_or_default().into_iter();
    read.any(|signature| certificate.creation_of_issuer(&signature).is_some())
}

pub(crate) fn signatures(content: &[u8]) -> Result<Vec<Signature>, VerifyError> {
    let parsed: Result<Vec<_>, _> = DetachedSignature::from_bytes_many(content)
        .map_err(|_| VerifyError::Malformed)?
        .take(MAX_SIGNATURES + 1)
        .collect();
    let signatures = parsed.map_err(|_| VerifyError::Malformed)?;
    if signatures.len() > MAX_SIGNATURES {
        return Err(VerifyError::TooMany);
    }
    Ok(signatures.into_iter().map(|detached| detached.signature).collect())
}

/// Checks one signature of the wanted kind, over exact bytes or over text with CRLF line ends.
pub(crate) fn check(
    certificate: &Certificate,
    data: &[u8],
    signature: &Signature,
    kind: SignatureType,
    now: i64,
) -> Result<Verified, VerifyError> {
    if !is_acceptable(signature) {
        return Err(VerifyError::NotAcceptable);
    }
    match (signature.typ(), kind) {
        (Some(typ), kind) if typ == kind => {}
        (_, SignatureType::Binary) => return Err(VerifyError::NotBinary),
        _ => return Err(VerifyError::NotAcceptable),
    }
    let made = signature.created().ok_or(VerifyError::NotAcceptable)?;
    check_times(certificate, signature, made, now)?;
    if certificate.revoked_at(made) {
        return Err(VerifyError::Revoked);
    }

    let candidates = certificate.checked().valid_signing_capable_component_keys_at(made);
    let key = candidates
        .iter()
        .map(SignatureVerifier::as_componentkey)
        .find(|key| names(signature, *key))
        .ok_or(VerifyError::KeyNotValid {
            created: unix_seconds(made),
        })?;
    // rpgpie's `verify` on the bare key applies its policy; its wrapper would compare with the system's clock.
    key.verify(signature, data).map_err(|_| VerifyError::Mismatch)?;
    Ok(Verified {
        created: unix_seconds(made),
        signer: format!("{:X}", key.fingerprint()),
    })
}

/// rpgpie's policy goes by the time that the signature claims, so a forger would claim a time when SHA-1 was trusted. No
/// document that we check is that old.
fn is_acceptable(signature: &Signature) -> bool {
    let version = matches!(signature.version(), SignatureVersion::V4 | SignatureVersion::V6);
    let hash = signature
        .hash_alg()
        .and_then(|hash| hash.digest_size())
        .is_some_and(|bytes| bytes >= 32);
    version && hash && signature_acceptable(signature) && !has_unknown_critical_subpacket(signature)
}

fn check_times(certificate: &Certificate, signature: &Signature, made: Timestamp, now: i64) -> Result<(), VerifyError> {
    let created = unix_seconds(made);
    if created > now {
        return Err(VerifyError::Future { created, now });
    }
    let lifetime_seconds = signature
        .signature_expiration_time()
        .map_or(0, |length| i64::from(length.as_secs()));
    if lifetime_seconds != 0 && created + lifetime_seconds <= now {
        return Err(VerifyError::Expired {
            expired: created + lifetime_seconds,
            now,
        });
    }
    let key_created = unix_seconds(certificate.creation_of_issuer(signature).ok_or(VerifyError::OtherKey)?);
    if created < key_created {
        return Err(VerifyError::BeforeKey { created, key_created });
    }
    Ok(())
}
