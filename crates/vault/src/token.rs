//! Bearer tokens: 256 random bits that somebody keeps, of which only the digest is stored.
//!
//! The secret is drawn from the operating system, in a simulation too. A digest needs no salt: nobody guesses 256 bits. Never says whose a
//! token is.

use crate::VaultError;
use crate::key::fill_random;
use data_encoding::{BASE32_DNSSEC, HEXLOWER};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// What a token begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "candor_";
/// 256 bits in base32.
const SECRET_CHARS: usize = 52;

/// A token, once. It has neither `Display` nor `Debug` of its secret.
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Draws one.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn draw() -> Result<AccessToken, VaultError> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        fill_random(secret.as_mut_slice())?;
        let text = Zeroizing::new(BASE32_DNSSEC.encode(secret.as_slice()));
        Ok(AccessToken(Zeroizing::new(format!("{PREFIX}{}", text.as_str()))))
    }

    /// The token as its owner keeps it. Shown once, stored nowhere.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// Whether a text has a token's form. Says nothing of whether there is one.
#[must_use]
pub fn is_token(text: &str) -> bool {
    let secret = text.strip_prefix(PREFIX).unwrap_or_default();
    secret.len() == SECRET_CHARS
        && secret
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte))
}

/// The SHA-256 of a token.
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// That of a text, whatever it is.
    #[must_use]
    pub fn of(text: &str) -> TokenDigest {
        TokenDigest(Sha256::digest(text.as_bytes()).into())
    }

    /// In lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Whether it is the one that is stored, in a time that does not depend on how much of it is alike.
    #[must_use]
    pub fn is(&self, stored_hex: &str) -> bool {
        let mine = HEXLOWER.encode(&self.0);
        let alike = mine.len() == stored_hex.len();
        let differing = mine
            .bytes()
            .zip(stored_hex.bytes())
            .fold(0, |bits, (a, b)| bits | (a ^ b));
        std::hint::black_box(differing) == 0 && alike
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_digest_alone() {
        let (one, other) = (AccessToken::draw().unwrap(), AccessToken::draw().unwrap());
        assert!(is_token(one.reveal()) && one.reveal() != other.reveal());
        let stored = one.digest().to_hex();
        assert!(TokenDigest::of(one.reveal()).is(&stored));
        assert!(!other.digest().is(&stored));
        for wrong in ["", &stored[..63], &format!("{stored}0")] {
            assert!(!one.digest().is(wrong), "{wrong}");
        }
        assert!(!format!("{one:?}").contains(&one.reveal()[PREFIX.len()..]));
    }

    #[test]
    fn a_text_of_another_form_is_no_token() {
        let token = AccessToken::draw().unwrap();
        for text in [
            "",
            "candor_",
            &token.reveal()[1..],
            &format!("{}0", token.reveal()),
            &token.reveal().to_uppercase(),
        ] {
            assert!(!is_token(text), "{text}");
        }
    }
}
