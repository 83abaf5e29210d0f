//! What a key says of itself later: that it ends at another time, that it is no longer used.
//!
//! What it said before stays in the certificate, because signatures of the past are judged by what held then.

use pgp::composed::SignedPublicKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::errors::Error as PgpError;
use pgp::packet::{RevocationCode, SecretKey, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, Password, Tag, Timestamp};

use crate::certificate::Certificate;
use crate::making::length;
use crate::signing_key::{KeyError, SigningKey, configured};
use crate::time::timestamp;
use crate::usable::{Reason, newest};

/// Longest reason of a revocation, in bytes.
const MAX_REASON_BYTES: usize = 500;

impl SigningKey {
    /// The certificate with a new end at `until` for the key and each of its subkeys that is in force, said at `now`. Both in Unix seconds.
    ///
    /// # Errors
    /// [`KeyError::End`] for one that is not after now; [`KeyError::NoPrimary`] where another machine has the primary key.
    pub fn extended(&self, until: i64, now: i64) -> Result<Certificate, KeyError> {
        if until <= now {
            return Err(KeyError::End);
        }
        let (until, now) = (timestamp(until)?, timestamp(now)?);
        let primary = self.primary()?;
        let mut whole = self.certificate.whole().clone();
        let renewed = |old: &Signature, created: Timestamp| -> Result<SignatureConfig, KeyError> {
            let length = length(created, until)?;
            renewed(old, primary, now, length).map_err(|_| KeyError::Library)
        };
        let created = whole.primary_key.created_at();
        let checked = self.certificate.checked().as_signed_public_key();
        for (user, valid) in whole.details.users.iter_mut().zip(&checked.details.users) {
            // A user id that was revoked stays so: only what binds is said again.
            if let Some(old) = newest(&valid.signatures, now).filter(|signature| is_certification(signature)) {
                let config = renewed(old, created)?;
                let public = primary.public_key();
                let made = config.sign_certification(primary, public, &Password::empty(), Tag::UserId, &user.id);
                user.signatures.push(made.map_err(|_| KeyError::Library)?);
            }
        }
        if let Some(old) =
            newest(&checked.details.direct_signatures, now).filter(|old| old.key_expiration_time().is_some())
        {
            let made = renewed(old, created)?.sign_key(primary, &Password::empty(), primary.public_key());
            whole
                .details
                .direct_signatures
                .push(made.map_err(|_| KeyError::Library)?);
        }
        for (subkey, valid) in whole.public_subkeys.iter_mut().zip(&checked.public_subkeys) {
            let binds = |signature: &&Signature| signature.typ() == Some(SignatureType::SubkeyBinding);
            if let Some(old) = newest(&valid.signatures, now).filter(binds) {
                let config = renewed(old, subkey.key.created_at())?;
                let public = primary.public_key();
                let made = config.sign_subkey_binding(primary, public, &Password::empty(), &subkey.key);
                subkey.signatures.push(made.map_err(|_| KeyError::Library)?);
            }
        }
        Ok(Certificate::from_key(whole))
    }

    /// The certificate with the word that it is no longer used, said at `now` (Unix seconds), and why, for everybody to read.
    ///
    /// # Errors
    /// [`KeyError::NoPrimary`] where another machine has the primary key.
    pub fn revocation(&self, reason: Reason, why: &str, now: i64) -> Result<Certificate, KeyError> {
        let now = timestamp(now)?;
        let primary = self.primary()?;
        let code = match reason {
            Reason::Superseded => RevocationCode::KeySuperseded,
            Reason::Retired => RevocationCode::KeyRetired,
            Reason::Compromised => RevocationCode::KeyCompromised,
            Reason::Unknown => RevocationCode::NoReason,
        };
        let cut = why.floor_char_boundary(MAX_REASON_BYTES);
        let why = why.get(..cut).unwrap_or_default().to_owned();
        let make = || -> Result<SignedPublicKey, PgpError> {
            let mut config = configured(primary, SignatureType::KeyRevocation, now)?;
            let reason = SubpacketData::RevocationReason(code, why.into_bytes().into());
            config.hashed_subpackets.push(Subpacket::regular(reason)?);
            let revocation = config.sign_key(primary, &Password::empty(), primary.public_key())?;
            let mut whole = self.certificate.whole().clone();
            whole.details.revocation_signatures.push(revocation);
            Ok(whole)
        };
        make().map(Certificate::from_key).map_err(|_| KeyError::Library)
    }

    fn primary(&self) -> Result<&SecretKey, KeyError> {
        let key = &self.secret.primary_key;
        if key.secret_params().is_encrypted() {
            return Err(KeyError::NoPrimary);
        }
        Ok(key)
    }
}

fn is_certification(signature: &Signature) -> bool {
    signature.config().is_some_and(SignatureConfig::is_certification)
}

/// What a self-signature said, said again at `now` with another length; everything else stays.
fn renewed(
    old: &Signature,
    primary: &SecretKey,
    now: Timestamp,
    length: pgp::types::Duration,
) -> Result<SignatureConfig, PgpError> {
    let kind = old.typ().unwrap_or(SignatureType::CertPositive);
    let mut config = configured(primary, kind, now)?;
    config.hash_alg = HashAlgorithm::Sha512;
    let said = old
        .config()
        .map(|config| config.hashed_subpackets.clone())
        .unwrap_or_default();
    let own = |data: &SubpacketData| {
        matches!(
            data,
            SubpacketData::SignatureCreationTime(_)
                | SubpacketData::KeyExpirationTime(_)
                | SubpacketData::IssuerFingerprint(_)
                | SubpacketData::IssuerKeyId(_)
        )
    };
    config
        .hashed_subpackets
        .extend(said.into_iter().filter(|subpacket| !own(&subpacket.data)));
    config
        .hashed_subpackets
        .push(Subpacket::critical(SubpacketData::KeyExpirationTime(length))?);
    // GnuPG puts a subkey's own word where it is not signed again.
    let beside = old
        .config()
        .map(|config| config.unhashed_subpackets.clone())
        .unwrap_or_default();
    let words = beside
        .into_iter()
        .filter(|subpacket| matches!(subpacket.data, SubpacketData::EmbeddedSignature(_)));
    config.unhashed_subpackets.extend(words);
    Ok(config)
}
