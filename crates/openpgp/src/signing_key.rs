//! The secret key of ours, or one that was brought along: carried as bytes, used at given times.
//!
//! Never stored, never printed, never drawn from randomness here. How one is made is in `making`, how it comes from elsewhere in `import`,
//! how its end moves and how it is revoked in `changing`.

use std::fmt;

use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicKey, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::errors::Error as PgpError;
use pgp::packet::{SecretKey, SecretSubkey, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails, Password, Timestamp};
use zeroize::Zeroizing;

use crate::armour::{self, ArmourError, Kind};
use crate::certificate::{Certificate, CertificateError};
use crate::guard::guarded;
use crate::making::MAX_USER_ID_BYTES;
use crate::time::{TimeOutOfRange, timestamp};
use crate::usable::Unusable;
use crate::verify::{VerifyError, verify_detached};

/// Why a key cannot be made, read back, brought along or changed.
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
    /// The end of a key lies before its beginning, or before now.
    #[error("a key ends after it begins, and after now: name a later instant")]
    End,
    /// The bytes are not a secret key that this crate wrote.
    #[error("the stored signing key does not read back: restore it from a backup, or make a new key and publish it")]
    Stored,
    /// The armour around a key that is brought along is wrong.
    #[error("this is not an OpenPGP secret key: {0}")]
    Armour(ArmourError),
    /// It is no secret key: most of all a public one.
    #[error(
        "this is not an OpenPGP secret key: export it with `gpg --armor --export-secret-keys`; a public key alone is brought along with --public"
    )]
    NotSecret,
    /// The public half of it is refused.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Its secret part is protected, and no passphrase was given.
    #[error("the secret key is protected by a passphrase: give it in a file with --passphrase-file")]
    Locked,
    /// The passphrase does not open it.
    #[error("this passphrase does not open the secret key")]
    Passphrase,
    /// It cannot be used for what it is wanted for.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The secret part that signs is not in it.
    #[error("the secret part that signs is not in this file: export it with its secret subkeys where they are")]
    NoSigner,
    /// Only the primary key can say that of itself, and its secret part is not here.
    #[error(
        "the secret part of the primary key is not here: change the key where it is (gpg --edit-key), and bring its \
         public key along again with `candor key import --public`"
    )]
    NoPrimary,
    /// The changed certificate is of another key.
    #[error("the public key is not that of the stored secret one")]
    OtherKey,
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

/// A secret key that signs, with its certificate. One of ours is Ed25519 (version 4); one that was brought along may be another.
#[derive(Clone)]
pub struct SigningKey {
    pub(crate) secret: SignedSecretKey,
    pub(crate) certificate: Certificate,
}

impl SigningKey {
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
    /// [`KeyError::Stored`] for anything else, also for a key that is encrypted as a whole.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        guarded(|| {
            let mut keys = SignedSecretKey::from_bytes_many(bytes).map_err(|_| KeyError::Stored)?;
            let (Some(Ok(secret)), None) = (keys.next(), keys.next()) else {
                return Err(KeyError::Stored);
            };
            let key = Self::from_secret(secret);
            if key.parts().next().is_some() {
                Ok(key)
            } else {
                Err(KeyError::Stored)
            }
        })
        .unwrap_or(Err(KeyError::Stored))
    }

    /// The same secret under the certificate as it is published today: with a later end, or revoked.
    ///
    /// # Errors
    /// [`KeyError::OtherKey`].
    pub fn certified_by(self, certificate: Certificate) -> Result<Self, KeyError> {
        if certificate.fingerprint() != self.fingerprint() {
            return Err(KeyError::OtherKey);
        }
        Ok(Self {
            secret: self.secret,
            certificate,
        })
    }

    pub(crate) fn from_secret(secret: SignedSecretKey) -> Self {
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
        let make = |part: Part<'_>| part.sign_data(SignatureType::Binary, data, at);
        let signature = self.signer(at).map_or_else(|| Err(no_signer()), make)?;
        armour::write(&DetachedSignature::new(signature), Kind::Signature)
    }

    /// Every part whose secret is here and open: subkeys, the newest first, then the primary key.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut subkeys: Vec<&SecretSubkey> = self.secret.secret_subkeys.iter().map(|subkey| &subkey.key).collect();
        subkeys.retain(|key| !key.secret_params().is_encrypted());
        subkeys.sort_by_key(|key| std::cmp::Reverse(key.created_at()));
        let primary = Some(&self.secret.primary_key).filter(|key| !key.secret_params().is_encrypted());
        subkeys.into_iter().map(Part::Subkey).chain(primary.map(Part::Primary))
    }

    /// The part that signs at an instant. One of ours has had its end since: what it says of itself is then judged by whoever verifies.
    pub(crate) fn signer(&self, at: Timestamp) -> Option<Part<'_>> {
        let able = self.certificate.checked().valid_signing_capable_component_keys_at(at);
        let able: Vec<_> = able.iter().map(|key| key.as_componentkey().fingerprint()).collect();
        self.parts()
            .find(|part| able.contains(&part.fingerprint()))
            .or_else(|| self.parts().last())
    }
}

/// A part of a key whose secret is here.
#[derive(Clone, Copy)]
pub(crate) enum Part<'k> {
    Primary(&'k SecretKey),
    Subkey(&'k SecretSubkey),
}

impl Part<'_> {
    pub(crate) fn fingerprint(self) -> pgp::types::Fingerprint {
        match self {
            Part::Primary(key) => key.fingerprint(),
            Part::Subkey(key) => key.fingerprint(),
        }
    }

    fn sign_data(self, kind: SignatureType, data: &[u8], at: Timestamp) -> Result<Signature, PgpError> {
        match self {
            Part::Primary(key) => configured(key, kind, at)?.sign(key, &Password::empty(), data),
            Part::Subkey(key) => configured(key, kind, at)?.sign(key, &Password::empty(), data),
        }
    }
}

pub(crate) fn no_signer() -> PgpError {
    std::io::Error::from(std::io::ErrorKind::NotFound).into()
}

/// What every signature of ours says of itself: its key and its time. SHA-512.
pub(crate) fn configured(
    key: &impl KeyDetails,
    kind: SignatureType,
    at: Timestamp,
) -> Result<SignatureConfig, PgpError> {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), HashAlgorithm::Sha512);
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        Subpacket::critical(SubpacketData::SignatureCreationTime(at))?,
    ];
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];
    Ok(config)
}

/// Prints the fingerprint alone.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint())
    }
}
