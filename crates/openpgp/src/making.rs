//! Making keys from seeds: one that signs what is published, and one that the mail of a team is encrypted to.
//!
//! Every self-signature is dated by the caller, because the library's own builder would date it today.

use pgp::composed::{SignedKeyDetails, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::ed25519::{self, Mode};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::crypto::{ecdh, eddsa_legacy};
use pgp::errors::Error as PgpError;
use pgp::packet::{
    Features, KeyFlags, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey, Signature, SignatureType,
    Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    Duration, EcdhPublicParams, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams, PublicParams,
    SecretParams, Tag, Timestamp,
};
use zeroize::Zeroizing;

use crate::signing_key::{KeyError, SigningKey, configured};
use crate::time::timestamp;

/// Longest user id, in bytes. Key servers and mail programs cut longer ones.
pub(crate) const MAX_USER_ID_BYTES: usize = 255;

/// How many bytes of seed a key for mail is made from.
pub const INTAKE_SEED_BYTES: usize = 96;

impl SigningKey {
    /// Makes a key for `user_id`, created at `created` (Unix seconds), which never expires.
    ///
    /// `seed` becomes the secret: 32 random bytes in production, used for nothing else. The same three arguments
    /// give the same key and certificate, byte for byte.
    ///
    /// # Errors
    /// A user id or a time that OpenPGP or its readers cannot carry.
    pub fn generate(user_id: &str, created: i64, seed: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        Self::generate_until(user_id, created, None, seed)
    }

    /// The same with an end, in Unix seconds: what is signed later is refused by others.
    ///
    /// # Errors
    /// As [`Self::generate`]; [`KeyError::End`] for one that is not after the beginning.
    pub fn generate_until(
        user_id: &str,
        created: i64,
        until: Option<i64>,
        seed: &Zeroizing<[u8; 32]>,
    ) -> Result<Self, KeyError> {
        let (created, length) = span(created, until)?;
        check_user_id(user_id)?;
        let key = primary(created, seed).map_err(|_| KeyError::Library)?;
        let mut may = KeyFlags::default();
        may.set_certify(true);
        may.set_sign(true);
        let user = bound_user(user_id, created, &key, may, length, Vec::new()).map_err(|_| KeyError::Library)?;
        let details = SignedKeyDetails::new(vec![], vec![], vec![user], vec![]);
        Ok(Self::from_secret(SignedSecretKey::new(key, details, vec![], vec![])))
    }

    /// Makes a key for the mail of a team: it certifies itself, signs with one subkey, and others encrypt to the second (Curve25519). It
    /// asks them for AES and no newer form of encryption than every GnuPG in use reads.
    ///
    /// # Errors
    /// As [`Self::generate_until`].
    pub fn generate_intake(
        user_id: &str,
        created: i64,
        until: Option<i64>,
        seeds: &Zeroizing<[u8; INTAKE_SEED_BYTES]>,
    ) -> Result<Self, KeyError> {
        let (created, length) = span(created, until)?;
        check_user_id(user_id)?;
        let mut seed = [(); 3].map(|()| Zeroizing::new([0; 32]));
        for (seed, part) in seed.iter_mut().zip(seeds.chunks_exact(32)) {
            seed.copy_from_slice(part);
        }
        let [first, second, third] = seed;
        let build = || -> Result<SignedSecretKey, PgpError> {
            let key = primary(created, &first)?;
            let mut may = KeyFlags::default();
            may.set_certify(true);
            let user = bound_user(user_id, created, &key, may, length, preferences()?)?;
            let details = SignedKeyDetails::new(vec![], vec![], vec![user], vec![]);
            let subkeys = vec![
                signing_subkey(&key, created, length, &second)?,
                encryption_subkey(&key, created, length, &third)?,
            ];
            Ok(SignedSecretKey::new(key, details, vec![], subkeys))
        };
        build().map(Self::from_secret).map_err(|_| KeyError::Library)
    }
}

/// The beginning, and how long from there to the end.
fn span(created: i64, until: Option<i64>) -> Result<(Timestamp, Option<Duration>), KeyError> {
    let created = timestamp(created)?;
    let until = until.map(timestamp).transpose()?;
    Ok((created, until.map(|until| length(created, until)).transpose()?))
}

/// How long from a key's beginning to its end; zero would mean for ever.
pub(crate) fn length(created: Timestamp, until: Timestamp) -> Result<Duration, KeyError> {
    let seconds = until
        .as_secs()
        .checked_sub(created.as_secs())
        .filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or(KeyError::End)
}

fn check_user_id(user_id: &str) -> Result<(), KeyError> {
    let fits = !user_id.is_empty() && user_id.len() <= MAX_USER_ID_BYTES && !user_id.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(KeyError::UserId) }
}

fn ed25519_params(seed: &Zeroizing<[u8; 32]>) -> Result<(PublicParams, SecretParams), PgpError> {
    let secret = ed25519::SecretKey::try_from_bytes(**seed, Mode::EdDSALegacy)?;
    let public = PublicParams::EdDSALegacy((&secret).into());
    let secret = PlainSecretParams::EdDSALegacy(eddsa_legacy::SecretKey::Ed25519(secret));
    Ok((public, SecretParams::Plain(secret)))
}

fn primary(created: Timestamp, seed: &Zeroizing<[u8; 32]>) -> Result<SecretKey, PgpError> {
    let (public, secret) = ed25519_params(seed)?;
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::EdDSALegacy, created, None, public)?;
    SecretKey::new(PublicKey::from_inner(inner)?, secret)
}

/// Binds the user id to the key by a self-signature dated `created`.
fn bound_user(
    user_id: &str,
    created: Timestamp,
    key: &SecretKey,
    may: KeyFlags,
    length: Option<Duration>,
    preferences: Vec<Subpacket>,
) -> Result<pgp::types::SignedUser, PgpError> {
    let mut config = configured(key, SignatureType::CertPositive, created)?;
    config
        .hashed_subpackets
        .push(Subpacket::critical(SubpacketData::KeyFlags(may))?);
    config
        .hashed_subpackets
        .push(Subpacket::regular(SubpacketData::IsPrimary(true))?);
    config.hashed_subpackets.extend(expiration(length)?);
    config.hashed_subpackets.extend(preferences);
    let user_id = UserId::from_str(PacketHeaderVersion::New, user_id)?;
    let binding = config.sign_certification(key, key.public_key(), &Password::empty(), Tag::UserId, &user_id)?;
    Ok(user_id.into_signed(binding))
}

fn expiration(length: Option<Duration>) -> Result<Option<Subpacket>, PgpError> {
    length
        .map(|length| Subpacket::critical(SubpacketData::KeyExpirationTime(length)))
        .transpose()
}

/// What the key's owner can read: SEIPD version 1 with AES, no compression asked for.
fn preferences() -> Result<Vec<Subpacket>, PgpError> {
    use SymmetricKeyAlgorithm::{AES128, AES192, AES256};
    let ciphers = [AES256, AES192, AES128].into_iter().collect();
    let hashes = [HashAlgorithm::Sha512, HashAlgorithm::Sha384, HashAlgorithm::Sha256];
    Ok(vec![
        Subpacket::regular(SubpacketData::PreferredSymmetricAlgorithms(ciphers))?,
        Subpacket::regular(SubpacketData::PreferredHashAlgorithms(hashes.into_iter().collect()))?,
        Subpacket::regular(SubpacketData::Features(Features::from(&[0x01][..])))?,
    ])
}

fn signing_subkey(
    key: &SecretKey,
    created: Timestamp,
    length: Option<Duration>,
    seed: &Zeroizing<[u8; 32]>,
) -> Result<SignedSecretSubKey, PgpError> {
    let (public, secret) = ed25519_params(seed)?;
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::EdDSALegacy, created, None, public)?;
    let subkey = SecretSubkey::new(PublicSubkey::from_inner(inner)?, secret)?;
    let mut may = KeyFlags::default();
    may.set_sign(true);
    // That it belongs to the primary key, the subkey says itself, so that nobody adopts another one's.
    let back = configured(&subkey, SignatureType::KeyBinding, created)?.sign_primary_key_binding(
        &subkey,
        subkey.public_key(),
        &Password::empty(),
        key.public_key(),
    )?;
    let embedded = Subpacket::regular(SubpacketData::EmbeddedSignature(Box::new(back)))?;
    let binding = bound_subkey(key, subkey.public_key(), created, may, length, Some(embedded))?;
    Ok(SignedSecretSubKey::new(subkey, vec![binding]))
}

fn encryption_subkey(
    key: &SecretKey,
    created: Timestamp,
    length: Option<Duration>,
    seed: &Zeroizing<[u8; 32]>,
) -> Result<SignedSecretSubKey, PgpError> {
    // RFC 7748 §5; GnuPG wants the stored secret clamped. OpenPGP stores it with the highest byte first.
    let mut scalar = seed.clone();
    scalar[0] &= 0xf8;
    scalar[31] = (scalar[31] & 0x7f) | 0x40;
    scalar.reverse();
    let secret = ecdh::SecretKey::Curve25519Legacy(ecdh::Curve25519Legacy::try_from_bytes_rev(&*scalar)?);
    let public = PublicParams::ECDH(EcdhPublicParams::try_from(&secret)?);
    let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::ECDH, created, None, public)?;
    let secret = SecretParams::Plain(PlainSecretParams::ECDH(secret));
    let subkey = SecretSubkey::new(PublicSubkey::from_inner(inner)?, secret)?;
    let mut may = KeyFlags::default();
    may.set_encrypt_comms(true);
    may.set_encrypt_storage(true);
    let binding = bound_subkey(key, subkey.public_key(), created, may, length, None)?;
    Ok(SignedSecretSubKey::new(subkey, vec![binding]))
}

fn bound_subkey(
    key: &SecretKey,
    subkey: &PublicSubkey,
    created: Timestamp,
    may: KeyFlags,
    length: Option<Duration>,
    embedded: Option<Subpacket>,
) -> Result<Signature, PgpError> {
    let mut config = configured(key, SignatureType::SubkeyBinding, created)?;
    config
        .hashed_subpackets
        .push(Subpacket::critical(SubpacketData::KeyFlags(may))?);
    config.hashed_subpackets.extend(expiration(length)?);
    config.hashed_subpackets.extend(embedded);
    config.sign_subkey_binding(key, key.public_key(), &Password::empty(), subkey)
}
