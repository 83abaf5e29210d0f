//! A certificate (public key) that has been read within limits and whose self-signatures have been checked.
//!
//! Never trusts: whether the fingerprint is the right one is for the caller to decide.

use std::fmt;

use pgp::composed::{Deserializable as _, SignedPublicKey};
use pgp::packet::{RevocationCode, Signature, SubpacketData};
use pgp::types::{KeyDetails, KeyVersion, PublicParams, Timestamp};
use rpgpie::certificate::Checked;

use crate::armour::{self, ArmourError, Kind};
use crate::guard::guarded;

/// How much of a foreign certificate is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest armoured size, in bytes.
    pub bytes: usize,
    /// Largest number of packets: keys, user ids, and the signatures on them.
    pub packets: usize,
}

impl Default for Limits {
    /// Room for a key with a photo and some hundred signatures of friends; a flooded key is refused.
    fn default() -> Self {
        Self {
            bytes: 256 * 1024,
            packets: 500,
        }
    }
}

/// Why bytes are not a usable certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The armour around it is wrong.
    #[error("this is not an OpenPGP public key: {0}")]
    Armour(#[from] ArmourError),
    /// The armour holds something that does not parse as a certificate.
    #[error("the OpenPGP public key does not parse: export it again")]
    Malformed,
    /// The block holds several certificates.
    #[error("the block holds more than one OpenPGP public key: pass exactly one")]
    SeveralKeys,
    /// More packets than the limit allows.
    #[error(
        "the OpenPGP public key has {packets} packets, more than the limit of {limit}: export it without the \
         signatures of others (gpg --export-options export-minimal)"
    )]
    TooManyPackets {
        /// Number of keys, user ids and signatures found.
        packets: usize,
        /// Largest accepted number.
        limit: usize,
    },
    /// A key version or algorithm that nothing should rely on any more.
    #[error("the OpenPGP public key uses {what}, which is not accepted: a newer key is needed")]
    Obsolete {
        /// The version or algorithm.
        what: &'static str,
    },
}

/// An OpenPGP certificate whose self-signatures have been checked cryptographically.
#[derive(Clone)]
pub struct Certificate {
    /// As it was read, signatures of others included: what is published again.
    whole: SignedPublicKey,
    /// Only what the key itself validly says: what is asked.
    checked: Checked,
    /// No signature made at or after this instant counts. Zero if the key was compromised.
    revoked_from: Option<Timestamp>,
}

impl Certificate {
    /// Reads one ASCII-armoured certificate from bytes of unknown origin.
    ///
    /// # Errors
    /// Too large, not armoured, damaged, not exactly one certificate, or of an obsolete kind.
    pub fn parse(armoured: &[u8], limits: Limits) -> Result<Self, CertificateError> {
        let content = armour::read(armoured, Kind::PublicKey, limits.bytes)?;
        guarded(|| Self::from_packets(&content, limits)).unwrap_or(Err(CertificateError::Malformed))
    }

    /// The same for one that may also be bare packets, as programs export them without `--armor`.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_any(bytes: &[u8], limits: Limits) -> Result<Self, CertificateError> {
        let content = armour::read_any(bytes, Kind::PublicKey, limits.bytes)?;
        guarded(|| Self::from_packets(&content, limits)).unwrap_or(Err(CertificateError::Malformed))
    }

    /// The same for several in a row, as a key directory may give them: those that read, at most eight.
    #[must_use]
    pub fn parse_several(bytes: &[u8], limits: Limits) -> Vec<Self> {
        const MOST: usize = 8;
        let Ok(content) = armour::read_any(bytes, Kind::PublicKey, limits.bytes) else {
            return Vec::new();
        };
        let read = || -> Vec<Self> {
            let keys = SignedPublicKey::from_bytes_many(content.as_slice())
                .into_iter()
                .flatten();
            let keys = keys.take(MOST).filter_map(Result::ok);
            let within = keys.filter(|key| within(key, limits).is_ok());
            within.map(Self::from_key).collect()
        };
        guarded(read).unwrap_or_default()
    }

    fn from_packets(content: &[u8], limits: Limits) -> Result<Self, CertificateError> {
        let mut keys = SignedPublicKey::from_bytes_many(content).map_err(|_| CertificateError::Malformed)?;
        let key = keys.next().and_then(Result::ok).ok_or(CertificateError::Malformed)?;
        if keys.next().is_some() {
            return Err(CertificateError::SeveralKeys);
        }
        within(&key, limits)?;
        Ok(Self::from_key(key))
    }

    pub(crate) fn check_limits(&self, limits: Limits) -> Result<(), CertificateError> {
        within(&self.whole, limits)
    }

    pub(crate) fn from_key(whole: SignedPublicKey) -> Self {
        let revoked_from = revoked_from(&whole);
        let checked = Checked::new(without_unusable_signatures(whole.clone()).into());
        Self {
            whole,
            checked,
            revoked_from,
        }
    }

    /// The fingerprint of the primary key: 40 (version 4) or 64 (version 6) upper-case hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("{:X}", self.whole.primary_key.fingerprint())
    }

    /// The certificate in ASCII armour, as it is offered for download.
    #[must_use]
    pub fn armored(&self) -> String {
        // Writing parsed packets to memory has no way to fail; an empty text would be refused by every reader.
        armour::write(&self.whole, Kind::PublicKey).unwrap_or_default()
    }

    /// What the key proves of itself, in ASCII armour: enough to encrypt to it and to judge its signatures. Pictures, the signatures of others,
    /// and parts that the key does not own are left out.
    #[must_use]
    pub fn armored_own(&self) -> String {
        let mut own = self.checked.as_signed_public_key().clone();
        own.details.user_attributes.clear();
        own.details.users.retain(|user| !user.signatures.is_empty());
        own.public_subkeys.retain(|subkey| !subkey.signatures.is_empty());
        // Its end is believed in whatever form it is told.
        own.details.revocation_signatures = self.whole.details.revocation_signatures.clone();
        own.details
            .revocation_signatures
            .retain(|revocation| revocation.verify_key(&own.primary_key).is_ok());
        armour::write(&own, Kind::PublicKey).unwrap_or_default()
    }

    pub(crate) fn whole(&self) -> &SignedPublicKey {
        &self.whole
    }

    pub(crate) fn checked(&self) -> &Checked {
        &self.checked
    }

    pub(crate) fn revoked_at(&self, at: Timestamp) -> bool {
        self.revoked_from.is_some_and(|from| from <= at)
    }

    /// Whether `signature` names one of this certificate's keys as its maker; if so, when that key was created.
    pub(crate) fn creation_of_issuer(&self, signature: &Signature) -> Option<Timestamp> {
        component_keys(&self.whole)
            .find(|key| names(signature, *key))
            .map(KeyDetails::created_at)
    }
}

/// Prints the fingerprint alone: user ids are names and addresses of people.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

fn within(key: &SignedPublicKey, limits: Limits) -> Result<(), CertificateError> {
    let packets = packet_count(key);
    if packets > limits.packets {
        return Err(CertificateError::TooManyPackets {
            packets,
            limit: limits.packets,
        });
    }
    refuse_obsolete(key)
}

pub(crate) fn component_keys(key: &SignedPublicKey) -> impl Iterator<Item = &dyn KeyDetails> {
    let subkeys = key.public_subkeys.iter().map(|subkey| &subkey.key as &dyn KeyDetails);
    std::iter::once(&key.primary_key as &dyn KeyDetails).chain(subkeys)
}

/// Whether `signature` says that `key` made it.
pub(crate) fn names(signature: &Signature, key: &dyn KeyDetails) -> bool {
    signature
        .issuer_fingerprint()
        .iter()
        .any(|named| **named == key.fingerprint())
        || signature
            .issuer_key_id()
            .iter()
            .any(|named| **named == key.legacy_key_id())
}

fn packet_count(key: &SignedPublicKey) -> usize {
    let details = &key.details;
    let on_primary = 1 + details.revocation_signatures.len() + details.direct_signatures.len();
    let on_users: usize = details.users.iter().map(|user| 1 + user.signatures.len()).sum();
    let on_attributes: usize = details
        .user_attributes
        .iter()
        .map(|attribute| 1 + attribute.signatures.len())
        .sum();
    let on_subkeys: usize = key
        .public_subkeys
        .iter()
        .map(|subkey| 1 + subkey.signatures.len())
        .sum();
    on_primary + on_users + on_attributes + on_subkeys
}

/// Version 3 keys can be forged by fingerprint, and DSA is withdrawn (FIPS 186-5) and slow enough to tie up a reader.
fn refuse_obsolete(key: &SignedPublicKey) -> Result<(), CertificateError> {
    for key in component_keys(key) {
        if !matches!(key.version(), KeyVersion::V4 | KeyVersion::V6) {
            return Err(CertificateError::Obsolete {
                what: "a key version other than 4 and 6",
            });
        }
        if matches!(key.public_params(), PublicParams::DSA(_)) {
            return Err(CertificateError::Obsolete {
                what: "the algorithm DSA",
            });
        }
    }
    Ok(())
}

/// Drops what rpgpie would misjudge: it adds times in 32 bits without a check for overflow, and it passes unknown
/// critical subpackets, which RFC 9580 §5.2.3.7 wants refused. Revocations stay: believing one is the safe side.
fn without_unusable_signatures(mut key: SignedPublicKey) -> SignedPublicKey {
    let created = key.primary_key.created_at();
    let usable = |signature: &Signature| is_usable(signature, created);
    key.details.direct_signatures.retain(usable);
    key.details
        .users
        .iter_mut()
        .for_each(|user| user.signatures.retain(usable));
    key.details
        .user_attributes
        .iter_mut()
        .for_each(|attribute| attribute.signatures.retain(usable));
    for subkey in &mut key.public_subkeys {
        let created = subkey.key.created_at();
        subkey.signatures.retain(|signature| is_usable(signature, created));
    }
    key
}

fn is_usable(signature: &Signature, key_created: Timestamp) -> bool {
    let ends_in_time = |from: Option<Timestamp>, length: Option<pgp::types::Duration>| match (from, length) {
        (Some(from), Some(length)) => from.as_secs().checked_add(length.as_secs()).is_some(),
        _ => true,
    };
    ends_in_time(Some(key_created), signature.key_expiration_time())
        && ends_in_time(signature.created(), signature.signature_expiration_time())
        && !has_unknown_critical_subpacket(signature)
        && signature
            .embedded_signature()
            .is_none_or(|inner| is_usable(inner, key_created))
}

/// A critical subpacket that we cannot interpret makes the whole signature invalid (RFC 9580 §5.2.3.7).
pub(crate) fn has_unknown_critical_subpacket(signature: &Signature) -> bool {
    signature.config().is_some_and(|config| {
        config.hashed_subpackets.iter().any(|subpacket| {
            subpacket.is_critical
                && matches!(
                    subpacket.data,
                    SubpacketData::Other(..) | SubpacketData::Experimental(..)
                )
        })
    })
}

/// The instant from which the key counts as revoked by itself, looked up apart from rpgpie.
///
/// For version 4, rpgpie lets a user-id binding that is newer than the revocation win; a thief who holds the key could
/// make one. A key that is merely retired or superseded keeps its earlier signatures (RFC 9580 §5.2.3.31).
fn revoked_from(key: &SignedPublicKey) -> Option<Timestamp> {
    let by_itself = key
        .details
        .revocation_signatures
        .iter()
        .filter(|r| r.verify_key(&key.primary_key).is_ok());
    by_itself
        .map(|revocation| match revocation.revocation_reason_code() {
            Some(RevocationCode::KeyRetired | RevocationCode::KeySuperseded) => {
                revocation.created().unwrap_or_default()
            }
            _ => Timestamp::default(),
        })
        .min()
}
