//! The signatures on somebody's message, each attributed to the key that made it. Which certificate belongs to whom is for the caller to say.

use pgp::armor::DearmorOptions;
use pgp::composed::CleartextSignedMessage;
use pgp::packet::{Signature, SignatureType};

use crate::armour::{self, ArmourError, Kind};
use crate::certificate::Certificate;
use crate::guard::guarded;
use crate::time::timestamp;
use crate::verify::{MAX_SIGNATURE_BYTES, Verified, VerifyError, check, signatures};

/// Most signatures on one message; each costs a pass over it.
pub(crate) const MAX_SIGNATURES_READ: usize = 16;

/// One signature on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// It fits, and the key could make it then.
    Good {
        /// Fingerprint of the certificate, that is of its primary key.
        certificate: String,
        /// The key that made it, and when.
        by: Verified,
    },
    /// No certificate at hand has the key that it names.
    Unknown {
        /// Fingerprint or key id that it names, if it does.
        issuer: Option<String>,
    },
    /// A key at hand is named, and the signature does not count.
    Bad {
        /// Fingerprint of the certificate that is named.
        certificate: String,
        /// Why it does not count.
        why: VerifyError,
    },
}

/// Judges one signature over these bytes, exact or as lines, as its kind says.
pub(crate) fn judge(certificates: &[Certificate], data: &[u8], signature: &Signature, now: i64) -> Signed {
    let mut named = certificates
        .iter()
        .filter(|certificate| certificate.creation_of_issuer(signature).is_some());
    let Some(certificate) = named.next() else {
        let fingerprint = signature.issuer_fingerprint().first().map(|named| format!("{named:X}"));
        let id = || {
            signature
                .issuer_key_id()
                .first()
                .map(|named| named.to_string().to_uppercase())
        };
        return Signed::Unknown {
            issuer: fingerprint.or_else(id),
        };
    };
    // Two certificates may have a key id in common; one that fits is enough.
    let mut bad = None;
    for certificate in std::iter::once(certificate).chain(named) {
        let kind = match signature.typ() {
            Some(SignatureType::Text) => SignatureType::Text,
            _ => SignatureType::Binary,
        };
        match check(certificate, data, signature, kind, now) {
            Ok(by) => {
                return Signed::Good {
                    certificate: certificate.fingerprint(),
                    by,
                };
            }
            Err(why) => {
                bad.get_or_insert(Signed::Bad {
                    certificate: certificate.fingerprint(),
                    why,
                });
            }
        }
    }
    bad.unwrap_or(Signed::Unknown { issuer: None })
}

/// Judges an armoured signature that came beside `data`, at the present time `now` (Unix seconds).
///
/// # Errors
/// It is no signature, or there are too many.
pub fn judge_detached(
    certificates: &[Certificate],
    data: &[u8],
    armoured_signature: &[u8],
    now: i64,
) -> Result<Vec<Signed>, VerifyError> {
    timestamp(now)?;
    let content = armour::read(armoured_signature, Kind::Signature, MAX_SIGNATURE_BYTES)?;
    guarded(|| {
        let signatures = signatures(&content)?;
        Ok(signatures
            .iter()
            .map(|signature| judge(certificates, data, signature, now))
            .collect())
    })
    .unwrap_or(Err(VerifyError::Malformed))
}

/// Judges a text that is signed in place, of at most `limit_bytes`, at the present time `now` (Unix seconds). Gives back what was
/// signed, with `\n` at line ends.
///
/// # Errors
/// It is no such text, is too long, or has too many signatures.
pub fn judge_cleartext(
    certificates: &[Certificate],
    message: &[u8],
    limit_bytes: usize,
    now: i64,
) -> Result<(String, Vec<Signed>), VerifyError> {
    timestamp(now)?;
    if message.len() > limit_bytes {
        return Err(VerifyError::Armour(ArmourError::TooLarge {
            bytes: message.len(),
            limit: limit_bytes,
        }));
    }
    guarded(|| {
        let options = DearmorOptions::new().set_limit(limit_bytes);
        let (message, _) =
            CleartextSignedMessage::from_armor_buf(message, options).map_err(|_| VerifyError::Malformed)?;
        if message.signatures().len() > MAX_SIGNATURES_READ {
            return Err(VerifyError::TooMany);
        }
        let text = message.signed_text();
        let judged = message
            .signatures()
            .iter()
            .map(|signature| judge(certificates, text.as_bytes(), signature, now));
        let judged = judged.collect();
        Ok((text.replace("\r\n", "\n"), judged))
    })
    .unwrap_or(Err(VerifyError::Malformed))
}
