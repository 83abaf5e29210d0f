//! The secret of a reporter's room: 256 bits that open it, and the passphrase that can give them back.
//!
//! A form is given a ticket when it is shown. The secret follows from the ticket and from what was sent, so that the same form sent twice
//! leads to the same room although nobody keeps the secret here, and who knows the ticket alone has nothing. A passphrase locks the secret
//! itself: whoever knows it gets the secret back, and what is stored says neither.

use crate::VaultError;
use crate::key::fill_random;
use crate::token::TokenDigest;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE32_DNSSEC;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// 256 bits in base32.
const KEY_CHARS: usize = 52;
/// 128 bits in base32.
const ADDRESS_CHARS: usize = 26;
/// Memory of one try of a passphrase. With [`LOCK_PASSES`] the least that OWASP recommends for Argon2id: a stranger may ask for tries.
const LOCK_MEMORY_KIB: u32 = 19 * 1024;
const LOCK_PASSES: u32 = 2;
const SALT_BYTES: usize = 16;
/// What a lock begins with, so that a later one can be told from it.
const LOCK_FORM: &str = "a1";
/// The longest passphrase; what is longer is no passphrase but a burden.
pub const PASSPHRASE_MAX_BYTES: usize = 512;

/// What a form carries until it is sent: 256 random bits.
///
/// # Errors
/// The operating system gives no randomness.
pub fn draw_ticket() -> Result<String, VaultError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    fill_random(bytes.as_mut_slice())?;
    Ok(BASE32_DNSSEC.encode(bytes.as_slice()))
}

/// Whether a text has a ticket's form.
#[must_use]
pub fn is_ticket(text: &str) -> bool {
    is_base32(text, KEY_CHARS)
}

/// The secret of a room. It has neither `Display` nor `Debug` of what it is.
pub struct RoomKey(Zeroizing<[u8; 32]>);

impl RoomKey {
    /// The secret of the room that a form leads to: the same for the same ticket and the same content.
    #[must_use]
    pub fn of(ticket: &str, content: &[u8]) -> RoomKey {
        let mut hash = Sha256::new();
        hash.update(b"candor room\0");
        hash.update((ticket.len() as u64).to_le_bytes());
        hash.update(ticket.as_bytes());
        hash.update(content);
        RoomKey(Zeroizing::new(hash.finalize().into()))
    }

    /// The secret that somebody presents, if it has the form of one.
    #[must_use]
    pub fn read(text: &str) -> Option<RoomKey> {
        let bytes = Zeroizing::new(BASE32_DNSSEC.decode(text.as_bytes()).ok()?);
        let known = is_base32(text, KEY_CHARS);
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).ok().filter(|_| known)?;
        Some(RoomKey(Zeroizing::new(bytes)))
    }

    /// The secret as its owner keeps it. Shown once, stored nowhere.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_DNSSEC.encode(self.0.as_slice()))
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.reveal())
    }

    /// What stands in the address of the room that may travel in clear: it follows from the secret, and the secret not from it.
    #[must_use]
    pub fn address(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"candor room address\0");
        hash.update(self.0.as_slice());
        let digest = hash.finalize();
        BASE32_DNSSEC.encode(digest.get(..16).unwrap_or_default())
    }

    /// The secret under a passphrase. It takes a tenth of a second and 19 MiB.
    ///
    /// # Errors
    /// The operating system gives no randomness; a passphrase that is too long.
    pub fn lock(&self, passphrase: &str) -> Result<String, VaultError> {
        let mut salt = [0_u8; SALT_BYTES];
        fill_random(&mut salt)?;
        let pad = stretched(passphrase, &salt).ok_or(VaultError::TooLong)?;
        let locked: Vec<u8> = self.0.iter().zip(pad.iter()).map(|(key, pad)| key ^ pad).collect();
        let (salt, locked) = (BASE32_DNSSEC.encode(&salt), BASE32_DNSSEC.encode(&locked));
        Ok(format!("{LOCK_FORM}.{salt}.{locked}"))
    }

    /// The secret that a passphrase gives back, if it is the one whose digest is stored. Without a lock it takes as long, and gives none.
    #[must_use]
    pub fn unlock(locked: Option<&str>, stored_digest: &str, passphrase: &str) -> Option<RoomKey> {
        let parts = locked.and_then(parts);
        let found = parts.is_some();
        let (salt, locked) = parts.unwrap_or(([0; SALT_BYTES], [0; 32]));
        let pad = stretched(passphrase, &salt)?;
        let mut key = RoomKey(Zeroizing::new([0; 32]));
        for (byte, (locked, pad)) in key.0.iter_mut().zip(locked.iter().zip(pad.iter())) {
            *byte = locked ^ pad;
        }
        (key.digest().is(stored_digest) && found).then_some(key)
    }
}

impl fmt::Debug for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomKey(…)")
    }
}

/// Whether a text has the form of a room's address.
#[must_use]
pub fn is_room_address(text: &str) -> bool {
    is_base32(text, ADDRESS_CHARS)
}

fn is_base32(text: &str, chars: usize) -> bool {
    let known = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte);
    text.len() == chars && text.bytes().all(known)
}

fn parts(lock: &str) -> Option<([u8; SALT_BYTES], [u8; 32])> {
    let (salt, locked) = lock.strip_prefix(LOCK_FORM)?.strip_prefix('.')?.split_once('.')?;
    let bytes = |text: &str| BASE32_DNSSEC.decode(text.as_bytes()).ok();
    Some((bytes(salt)?.try_into().ok()?, bytes(locked)?.try_into().ok()?))
}

/// 256 bits that take long to get from a passphrase: Argon2id (RFC 9106).
fn stretched(passphrase: &str, salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    if passphrase.len() > PASSPHRASE_MAX_BYTES {
        return None;
    }
    let params = Params::new(LOCK_MEMORY_KIB, LOCK_PASSES, 1, Some(32)).ok()?;
    let mut pad = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, pad.as_mut_slice())
        .ok()?;
    Some(pad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_form_leads_to_the_same_room_and_no_other() {
        let ticket = draw_ticket().unwrap();
        assert!(is_ticket(&ticket) && ticket != draw_ticket().unwrap());
        let key = RoomKey::of(&ticket, b"what was sent");
        assert_eq!(*RoomKey::of(&ticket, b"what was sent").reveal(), *key.reveal());
        for (other, content) in [
            (&*ticket, "something else"),
            (&*draw_ticket().unwrap(), "what was sent"),
        ] {
            assert_ne!(*RoomKey::of(other, content.as_bytes()).reveal(), *key.reveal());
        }
        let read = RoomKey::read(&key.reveal()).unwrap();
        assert_eq!(read.address(), key.address());
        assert!(read.digest().is(&key.digest().to_hex()) && is_room_address(&key.address()));
        assert!(!format!("{key:?}").contains(&*key.reveal()));
    }

    #[test]
    fn a_text_of_another_form_opens_nothing() {
        let secret = RoomKey::of("ticket", b"").reveal();
        for text in [
            "",
            "room",
            &secret[1..],
            &format!("{}0", *secret),
            &secret.to_uppercase(),
        ] {
            assert!(RoomKey::read(text).is_none(), "{text}");
        }
        for text in ["", &secret, "0000000000000000000000000z"] {
            assert!(!is_room_address(text), "{text}");
        }
    }

    #[test]
    fn a_passphrase_gives_the_secret_back_and_a_wrong_one_nothing() {
        let key = RoomKey::of("ticket", b"content");
        let digest = key.digest().to_hex();
        let lock = key.lock("correct horse battery").unwrap();
        assert!(!lock.contains(&*key.reveal()) && !lock.contains("horse"));
        let opened = |lock, phrase| RoomKey::unlock(lock, &digest, phrase).map(|key| key.reveal());
        assert_eq!(opened(Some(&*lock), "correct horse battery"), Some(key.reveal()));
        assert_eq!(opened(Some(&*lock), "correct horse staple"), None);
        assert_eq!(opened(None, "correct horse battery"), None);
        for damaged in ["", "a1", "a1..", "a2.x.y", &lock[..lock.len() - 2]] {
            assert_eq!(opened(Some(damaged), "correct horse battery"), None, "{damaged}");
        }
        assert!(key.lock(&"x".repeat(PASSPHRASE_MAX_BYTES + 1)).is_err());
    }
}
