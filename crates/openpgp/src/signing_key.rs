//! The secret key that signs what is published: made from a seed, carried as bytes, used at given times.
//!
//! Never stored, never printed, never drawn from randomness here.

use std::fmt;

use pgp::composed::{Deserializable as _, DetachedSignature, SignedKeyDetails, SignedPublicKey, SignedSecretKey};
use pgp::crypto::ed25519::{self, Mode};
use pgp::crypto::eddsa_legacy;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::errors::Error as PgpError;
use pgp::packet::{
    KeyFlags, PubKeyInner, PublicKey, SecretKey, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize as _;
use pgp::types::{
    KeyDetails as _, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams, PublicParams, SecretParams, Tag,
    Timestamp,
};
use zeroize::Zeroizing;

use crate::armour::{self, Kind};
use crate::certificate::Certificate;
use crate::guard::guarded;
use crate::time::{TimeOutOfRange, timestamp};
use crate::verify::{VerifyError, verify_detached};

/// Longest user id, in bytes. Key servers and mail programs cut longer ones.
const MAX_USER_ID_BYTES: usize = 255;

/// Why a signing key cannot be made or read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The creation time does not fit into OpenPGP.
    #[error("the key's creation time: {0}")]
    Time(#[from] TimeOutOfRange),
    /// The user id is empty, too long, or has control characters.
    #[error(
        "the user id of the key must be one line of 1 to {MAX_USER_ID_BYTES} bytes, such as \
         `Example PSIRT <psirt@example.com>`"
    )]
    UserId,
    /// The bytes are not a secret key that this crate wrote.
    #[error("the stored signing key does not read back: restore it from a backup, or make a new key and publish it")]
    Stored,
    /// The library refused to build the key. Not expected for any input.
    #[error("the OpenPGP library refused to make the key")]
    Library,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The signing time does not fit into OpenPGP.
    #[error("the signing time: {0}")]
    Time(#[from] TimeOutOfRange),
    /// The library refused to sign. Not expected for any input.
    #[error("the OpenPGP library refused to sign")]
    Library,
    /// The fresh signature does not pass our own verification, for example because `at` lies before the key's
    /// creation. It is discarded, because others would refuse it too.
    #[error("the signature would not be accepted by others and is discarded: {0}")]
    WouldNotVerify(VerifyError),
}

/// A secret Ed25519 key (version 4, certify and sign) with its certificate.
#[derive(Clone)]
pub struct SigningKey {
    secret: SignedSecretKey,
    certificate: Certificate,
}

impl SigningKey {
    /// Makes a key for `user_id`, created at `created` (Unix seconds), which never expires.
    ///
    /// `seed` becomes the secret: 32 random bytes in production, used for nothing else. The same three arguments
    /// give the same key and certificate, byte for byte.
    ///
    /// # Errors
    /// A user id or a time that OpenPGP or its readers cannot carry.
    pub fn generate(user_id: &str, created: i64, seed: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let created = timestamp(created)?;
        if user_id.is_empty() || user_id.len() > MAX_USER_ID_BYTES || user_id.chars().any(char::is_control) {
            return Err(KeyError::UserId);
        }
        certify(user_id, created, secret_key(created, seed)?).map(Self::from_secret)
    }

    /// The secret key as OpenPGP packets, not encrypted: the caller seals it at once.
    ///
    /// # Errors
    /// [`KeyError::Library`], not expected.
    pub fn to_secret_bytes(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        // Room for all of it beforehand: a growing vector would leave unwiped copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.secret.write_len()));
        self.secret.to_writer(&mut *bytes).map_err(|_| KeyError::Library)?;
        Ok(bytes)
    }

    /// Reads back what [`Self::to_secret_bytes`] wrote.
    ///
    /// # Errors
    /// [`KeyError::Stored`] for anything else, also for an encrypted key or one of another kind.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        guarded(|| {
            let mut keys = SignedSecretKey::from_bytes_many(bytes).map_err(|_| KeyError::Stored)?;
            let (Some(Ok(secret)), None) = (keys.next(), keys.next()) else {
                return Err(KeyError::Stored);
            };
            let ours = secret.primary_key.algorithm() == PublicKeyAlgorithm::EdDSALegacy
                && !secret.primary_key.secret_params().is_encrypted();
            if ours {
                Ok(Self::from_secret(secret))
            } else {
                Err(KeyError::Stored)
            }
        })
        .unwrap_or(Err(KeyError::Stored))
    }

    fn from_secret(secret: SignedSecretKey) -> Self {
        let certificate = Certificate::from_key(SignedPublicKey::from(secret.clone()));
        Self { secret, certificate }
    }

    /// The public side of this key.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The fingerprint: 40 upper-case hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.certificate.fingerprint()
    }

    /// The public key in ASCII armour, as it is offered for download.
    #[must_use]
    pub fn armored(&self) -> String {
        self.certificate.armored()
    }

    /// Signs exactly these bytes, at the time `at` (Unix seconds): a detached signature in ASCII armour, with SHA-512.
    ///
    /// The result has passed [`verify_detached`] before it is returned. The same arguments give the same signature.
    ///
    /// # Errors
    /// `at` is before the key's creation or outside what OpenPGP can express.
    pub fn sign_detached(&self, data: &[u8], at: i64) -> Result<String, SignError> {
        let signature = self.sign(data, timestamp(at)?).map_err(|_| SignError::Library)?;
        verify_detached(&self.certificate, data, signature.as_bytes(), at).map_err(SignError::WouldNotVerify)?;
        Ok(signature)
    }

    fn sign(&self, data: &[u8], at: Timestamp) -> Result<String, PgpError> {
        let config = configured(self.secret_key(), SignatureType::Binary, HashAlgorithm::Sha512, at)?;
        let signature = config.sign(self.secret_key(), &Password::empty(), data)?;
        armour::write(&DetachedSignature::new(signature), Kind::Signature)
    }

    pub(crate) fn secret_key(&self) -> &SecretKey {
        &self.secret.primary_key
    }
}

/// What every signature of ours says of itself: its key and its time.
pub(crate) fn configured(
    key: &SecretKey,
    kind: SignatureType,
    hash: HashAlgorithm,
    at: Timestamp,
) -> Result<SignatureConfig, PgpError> {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), hash);
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        Subpacket::critical(SubpacketData::SignatureCreationTime(at))?,
    ];
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];
    Ok(config)
}

fn secret_key(created: Timestamp, seed: &Zeroizing<[u8; 32]>) -> Result<SecretKey, KeyError> {
    let build = || -> Result<SecretKey, PgpError> {
        let secret = ed25519::SecretKey::try_from_bytes(**seed, Mode::EdDSALegacy)?;
        let public = PubKeyInner::new(
            KeyVersion::V4,
            PublicKeyAlgorithm::EdDSALegacy,
            created,
            None,
            PublicParams::EdDSALegacy((&secret).into()),
        )?;
        let secret = PlainSecretParams::EdDSALegacy(eddsa_legacy::SecretKey::Ed25519(secret));
        SecretKey::new(PublicKey::from_inner(public)?, SecretParams::Plain(secret))
    };
    build().map_err(|_| KeyError::Library)
}

/// Binds the user id to the key by a self-signature dated `created`. The library's own builder would date it today.
fn certify(user_id: &str, created: Timestamp, key: SecretKey) -> Result<SignedSecretKey, KeyError> {
    let build = || -> Result<SignedSecretKey, PgpError> {
        let mut may = KeyFlags::default();
        may.set_certify(true);
        may.set_sign(true);

        let mut config = SignatureConfig::v4(SignatureType::CertPositive, key.algorithm(), HashAlgorithm::Sha512);
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
            Subpacket::critical(SubpacketData::SignatureCreationTime(created))?,
            Subpacket::critical(SubpacketData::KeyFlags(may))?,
            Subpacket::regular(SubpacketData::IsPrimary(true))?,
        ];
        config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];

        let user_id = UserId::from_str(PacketHeaderVersion::New, user_id)?;
        let binding = config.sign_certification(&key, key.public_key(), &Password::empty(), Tag::UserId, &user_id)?;
        let details = SignedKeyDetails::new(vec![], vec![], vec![user_id.into_signed(binding)], vec![]);
        Ok(SignedSecretKey::new(key.clone(), details, vec![], vec![]))
    };
    build().map_err(|_| KeyError::Library)
}

/// Prints the fingerprint alone.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}
