//! A secret key that was made elsewhere: read within limits, opened with its passphrase, and taken only if it can do what it is wanted for.

use pgp::composed::{Deserializable as _, SignedSecretKey};
use pgp::packet::SecretKey;
use pgp::types::{Password, S2kParams, SecretParams, StringToKey};

use crate::armour::{self, Kind};
use crate::certificate::Limits;
use crate::guard::guarded;
use crate::signing_key::{KeyError, SigningKey};
use crate::time::timestamp;
use crate::usable::Purpose;

impl SigningKey {
    /// Reads a secret key as a program exports it, armoured or not, and opens it. A part whose secret was left out of the export stays
    /// without; the rest must be able to do what `purpose` says at `now` (Unix seconds).
    ///
    /// # Errors
    /// No secret key, or one of another passphrase; a weak, expired or revoked one; one that lacks the secret part that signs.
    pub fn import(bytes: &[u8], passphrase: Option<&[u8]>, purpose: Purpose, now: i64) -> Result<Self, KeyError> {
        let key = Self::import_for_opening(bytes, passphrase)?;
        key.certificate().check(purpose, now)?;
        let at = timestamp(now)?;
        let able = key.certificate().able_at(purpose, at);
        if key.parts().any(|part| able.contains(&part.fingerprint())) {
            Ok(key)
        } else {
            Err(KeyError::NoSigner)
        }
    }

    /// The same for one that only opens what was encrypted to it: it may have expired or be revoked since.
    ///
    /// # Errors
    /// No secret key, one of another passphrase, or one without any secret part.
    pub fn import_for_opening(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let limits = Limits::default();
        let content = match armour::read_any(bytes, Kind::SecretKey, limits.bytes) {
            Ok(content) => content,
            Err(armour::ArmourError::OtherKind { .. }) => return Err(KeyError::NotSecret),
            Err(error) => return Err(KeyError::Armour(error)),
        };
        let mut secret = guarded(|| parse(&content)).unwrap_or(Err(KeyError::NotSecret))?;
        guarded(|| open(&mut secret, passphrase)).unwrap_or(Err(KeyError::Passphrase))?;
        let key = Self::from_secret(secret);
        key.certificate().check_limits(limits)?;
        if key.parts().next().is_some() {
            Ok(key)
        } else {
            Err(KeyError::NoSigner)
        }
    }
}

fn parse(content: &[u8]) -> Result<SignedSecretKey, KeyError> {
    let mut keys = SignedSecretKey::from_bytes_many(content).map_err(|_| KeyError::NotSecret)?;
    let secret = keys.next().and_then(Result::ok).ok_or(KeyError::NotSecret)?;
    match keys.next() {
        None => Ok(secret),
        Some(_) => Err(crate::CertificateError::SeveralKeys.into()),
    }
}

/// Opens every part. A part that is only named (a card has it, or it was left out) cannot be opened by any passphrase.
fn open(secret: &mut SignedSecretKey, passphrase: Option<&[u8]>) -> Result<(), KeyError> {
    let locked = |params: &SecretParams| match params {
        SecretParams::Encrypted(params) => !is_only_named(params.string_to_key_params()),
        SecretParams::Plain(_) => false,
    };
    let is_locked = |key: &SecretKey| locked(key.secret_params());
    let any = is_locked(&secret.primary_key)
        || secret
            .secret_subkeys
            .iter()
            .any(|subkey| locked(subkey.key.secret_params()));
    if !any {
        return Ok(());
    }
    let password = Password::from(passphrase.ok_or(KeyError::Locked)?);
    if is_locked(&secret.primary_key) {
        secret
            .primary_key
            .remove_password(&password)
            .map_err(|_| KeyError::Passphrase)?;
    }
    for subkey in &mut secret.secret_subkeys {
        if locked(subkey.key.secret_params()) {
            subkey
                .key
                .remove_password(&password)
                .map_err(|_| KeyError::Passphrase)?;
        }
    }
    Ok(())
}

/// Where a secret is elsewhere, GnuPG writes a specifier of its own, with nothing behind it.
const fn is_only_named(params: &S2kParams) -> bool {
    use StringToKey::Private;
    matches!(
        params,
        S2kParams::Cfb {
            s2k: Private { .. },
            ..
        } | S2kParams::MalleableCfb {
            s2k: Private { .. },
            ..
        } | S2kParams::Aead {
            s2k: Private { .. },
            ..
        }
    )
}
