//! Text that is signed in place (RFC 9580 §7): people read it as it is, programs check it. Only short texts, such as `security.txt`.
//!
//! The signature is over the lines; spaces at their ends and the kind of line ends do not count.

use pgp::armor::DearmorOptions;
use pgp::composed::{ArmorOptions, CleartextSignedMessage};
use pgp::errors::Error as PgpError;
use pgp::packet::SignatureType;
use pgp::types::{Password, Timestamp};

use crate::armour::ArmourError;
use crate::certificate::Certificate;
use crate::guard::guarded;
use crate::signing_key::{Part, SignError, SigningKey, configured, no_signer};
use crate::time::timestamp;
use crate::verify::{MAX_SIGNATURES, Verified, VerifyError, check};

/// Longest signed text that is made or read, in bytes, with its signature.
pub const MAX_CLEARTEXT_BYTES: usize = 16 * 1024;

impl SigningKey {
    /// Signs a text in place, at the time `at` (Unix seconds), with SHA-512. The result ends with a newline.
    ///
    /// It has passed [`verify_cleartext`] before it is returned. The same arguments give the same bytes.
    ///
    /// # Errors
    /// `at` is before the key's creation or outside what OpenPGP can express; the text is too long, or has spaces at the end of a line,
    /// which would not be signed.
    pub fn sign_cleartext(&self, text: &str, at: i64) -> Result<String, SignError> {
        let signed = self.cleartext(text, timestamp(at)?).map_err(|_| SignError::Library)?;
        let (_, read) =
            verify_cleartext(self.certificate(), signed.as_bytes(), at).map_err(SignError::WouldNotVerify)?;
        if read.trim_end_matches('\n') == text.trim_end_matches('\n') {
            Ok(signed)
        } else {
            Err(SignError::WouldNotVerify(VerifyError::Mismatch))
        }
    }

    fn cleartext(&self, text: &str, at: Timestamp) -> Result<String, PgpError> {
        // The last newline belongs to the frame.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let message = match self.signer(at).ok_or_else(no_signer)? {
            Part::Primary(key) => {
                let config = configured(key, SignatureType::Text, at)?;
                CleartextSignedMessage::new(text, config, key, &Password::empty())?
            }
            Part::Subkey(key) => {
                let config = configured(key, SignatureType::Text, at)?;
                CleartextSignedMessage::new(text, config, key, &Password::empty())?
            }
        };
        message.to_armored_string(ArmorOptions::default())
    }
}

/// Checks a text that is signed in place at the present time `now` (Unix seconds); gives back what was signed, with `\n` at line ends.
///
/// # Errors
/// The reason why the first signature was refused, if none is good.
pub fn verify_cleartext(
    certificate: &Certificate,
    message: &[u8],
    now: i64,
) -> Result<(Verified, String), VerifyError> {
    timestamp(now)?;
    if message.len() > MAX_CLEARTEXT_BYTES {
        return Err(VerifyError::Armour(ArmourError::TooLarge {
            bytes: message.len(),
            limit: MAX_CLEARTEXT_BYTES,
        }));
    }
    guarded(|| {
        let options = DearmorOptions::new().set_limit(MAX_CLEARTEXT_BYTES);
        let (message, _) =
            CleartextSignedMessage::from_armor_buf(message, options).map_err(|_| VerifyError::Malformed)?;
        if message.signatures().len() > MAX_SIGNATURES {
            return Err(VerifyError::TooMany);
        }
        let text = message.signed_text();
        let mut refusal = None;
        for signature in message.signatures() {
            match check(certificate, text.as_bytes(), signature, SignatureType::Text, now) {
                Ok(verified) => return Ok((verified, text.replace("\r\n", "\n"))),
                Err(reason) => _ = refusal.get_or_insert(reason),
            }
        }
        Err(refusal.unwrap_or(VerifyError::Malformed))
    })
    .unwrap_or(Err(VerifyError::Malformed))
}
