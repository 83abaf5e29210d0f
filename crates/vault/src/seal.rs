//! One sealing: XChaCha20-Poly1305 over one body, bound to its place by the associated data.
//!
//! Sealed bytes are `1 | nonce (24) | ciphertext | tag (16)`. The leading number is the format; another cipher gets another one.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut as _, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize as _, Zeroizing};

use crate::VaultError;
use crate::key::{SecretBytes, fill_random};

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
/// Length of the authentication tag, in bytes.
pub(crate) const TAG_BYTES: usize = 16;
/// What sealing adds to the length of a body, in bytes.
pub const SEAL_OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// Where sealed bytes belong. They open nowhere else: a body moved to another stream, another place in its stream, or another
/// key fails like a forged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context<'a> {
    /// The body of a journal entry.
    Entry {
        /// The stream's id.
        stream: &'a str,
        /// The entry's place in its stream, from 1.
        seq: u64,
        /// The id of the key that seals it.
        key_id: &'a str,
    },
    /// The answer kept for a command.
    Answer {
        /// The command's id.
        command: &'a str,
        /// The id of the key that seals it.
        key_id: &'a str,
    },
    /// A file of bytes.
    Blob {
        /// The file's id.
        blob: &'a str,
        /// The id of the key that seals it.
        key_id: &'a str,
    },
    /// A wrapped data key.
    Key {
        /// The wrapped key's id.
        key_id: &'a str,
    },
    /// A master key's mark.
    Mark,
    /// A backup.
    Backup {
        /// The bytes before the first sealed one.
        header: &'a [u8],
    },
}

impl Context<'_> {
    /// The associated data: a domain, then each part with its length before it, so that no two contexts give the same bytes.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(96);
        let mut part = |bytes: &[u8]| {
            data.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            data.extend_from_slice(bytes);
        };
        match *self {
            Self::Entry { stream, seq, key_id } => {
                part(b"candor/entry/1");
                part(stream.as_bytes());
                part(&seq.to_be_bytes());
                part(key_id.as_bytes());
            }
            Self::Answer { command, key_id } => {
                part(b"candor/answer/1");
                part(command.as_bytes());
                part(key_id.as_bytes());
            }
            Self::Blob { blob, key_id } => {
                part(b"candor/blob/1");
                part(blob.as_bytes());
                part(key_id.as_bytes());
            }
            Self::Key { key_id } => {
                part(b"candor/key/1");
                part(key_id.as_bytes());
            }
            Self::Mark => part(b"candor/mark/1"),
            Self::Backup { header } => {
                part(b"candor/backup/1");
                part(header);
            }
        }
        data
    }
}

/// The cipher of a key.
pub(crate) fn cipher(key: &SecretBytes) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

/// Encrypts `buffer` in place and returns the tag.
pub(crate) fn encrypt(
    cipher: &XChaCha20Poly1305,
    nonce: &XNonce,
    data: &[u8],
    buffer: &mut [u8],
) -> Result<Tag, VaultError> {
    cipher
        .encrypt_inout_detached(nonce, data, InOutBuf::from(buffer))
        .map_err(|_| VaultError::TooLong)
}

/// Checks the tag and decrypts `buffer` in place. On an error the buffer holds nothing of use.
pub(crate) fn decrypt(
    cipher: &XChaCha20Poly1305,
    nonce: &XNonce,
    data: &[u8],
    buffer: &mut [u8],
    tag: &Tag,
) -> Result<(), VaultError> {
    cipher
        .decrypt_inout_detached(nonce, data, InOutBuf::from(buffer), tag)
        .map_err(|_| VaultError::NotAuthentic)
}

pub(crate) fn seal(key: &SecretBytes, context: &Context<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = XNonce::default();
    fill_random(&mut nonce)?;
    let mut sealed = Vec::with_capacity(plain.len() + SEAL_OVERHEAD_BYTES);
    sealed.push(FORMAT);
    sealed.extend_from_slice(&nonce);
    let body_at = sealed.len();
    sealed.extend_from_slice(plain);
    match encrypt(&cipher(key), &nonce, &context.associated_data(), &mut sealed[body_at..]) {
        Ok(tag) => sealed.extend_from_slice(&tag),
        Err(error) => {
            sealed.zeroize();
            return Err(error);
        }
    }
    Ok(sealed)
}

pub(crate) fn open(key: &SecretBytes, context: &Context<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let body = sealed.strip_prefix(&[FORMAT]).ok_or(VaultError::UnknownFormat)?;
    let (nonce, body) = body
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(VaultError::UnknownFormat)?;
    let (body, tag) = body.split_last_chunk::<TAG_BYTES>().ok_or(VaultError::UnknownFormat)?;
    let mut plain = Zeroizing::new(body.to_vec());
    decrypt(
        &cipher(key),
        &XNonce::from(*nonce),
        &context.associated_data(),
        &mut plain,
        &Tag::from(*tag),
    )?;
    Ok(std::mem::take(&mut *plain))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::DataKey;

    const HERE: Context<'_> = Context::Entry {
        stream: "case:1",
        seq: 3,
        key_id: "k1",
    };

    fn check_refused(context: &Context<'_>, expect: VaultError) {
        let key = DataKey::generate().unwrap();
        let sealed = key.seal(&HERE, b"proof of concept").unwrap();
        assert_eq!(key.open(context, &sealed).unwrap_err(), expect);
    }

    #[test]
    fn a_body_opens_in_its_place_only() {
        check_refused(
            &Context::Entry {
                stream: "case:2",
                seq: 3,
                key_id: "k1",
            },
            VaultError::NotAuthentic,
        );
        check_refused(
            &Context::Entry {
                stream: "case:1",
                seq: 4,
                key_id: "k1",
            },
            VaultError::NotAuthentic,
        );
        check_refused(
            &Context::Entry {
                stream: "case:1",
                seq: 3,
                key_id: "k2",
            },
            VaultError::NotAuthentic,
        );
        check_refused(
            &Context::Blob {
                blob: "case:1",
                key_id: "k1",
            },
            VaultError::NotAuthentic,
        );
    }

    #[test]
    fn another_key_does_not_open() {
        let sealed = DataKey::generate().unwrap().seal(&HERE, b"x").unwrap();
        assert_eq!(
            DataKey::generate().unwrap().open(&HERE, &sealed).unwrap_err(),
            VaultError::NotAuthentic
        );
    }

    #[test]
    fn parts_of_a_context_cannot_flow_into_each_other() {
        let contexts = [
            Context::Answer {
                command: "ab",
                key_id: "c",
            },
            Context::Answer {
                command: "a",
                key_id: "bc",
            },
            Context::Blob {
                blob: "ab",
                key_id: "c",
            },
            Context::Key { key_id: "abc" },
            Context::Mark,
        ];
        let distinct: HashSet<_> = contexts.iter().map(Context::associated_data).collect();
        assert_eq!(distinct.len(), contexts.len());
    }

    #[test]
    fn the_same_body_never_seals_to_the_same_bytes() {
        let key = DataKey::generate().unwrap();
        let sealed: HashSet<_> = (0..100).map(|_| key.seal(&HERE, b"same").unwrap()).collect();
        assert_eq!(sealed.len(), 100);
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_cipher_agrees_with_the_published_vector() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let mut key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        let nonce: [u8; 24] = hex("404142434445464748494a4b4c4d4e4f5051525354555657")
            .try_into()
            .unwrap();
        let data = hex("50515253c0c1c2c3c4c5c6c7");
        let mut text = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let cipher = cipher(&SecretBytes::take(&mut key).unwrap());
        let tag = encrypt(&cipher, &XNonce::from(nonce), &data, &mut text).unwrap();
        assert_eq!(tag.as_slice(), hex("c0875924c1c7987947deafd8780acf49"));
        assert_eq!(text[..16], hex("bd6d179d3e83d43b9576579493c0e939")[..]);
    }

    proptest! {
        #[test]
        fn sealing_and_opening_gives_the_body_back(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let key = DataKey::generate().unwrap();
            let sealed = key.seal(&HERE, &body).unwrap();
            prop_assert_eq!(sealed.len(), body.len() + SEAL_OVERHEAD_BYTES);
            prop_assert_eq!(key.open(&HERE, &sealed).unwrap(), body);
        }

        #[test]
        fn one_flipped_bit_is_noticed(body in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let key = DataKey::generate().unwrap();
            let mut sealed = key.seal(&HERE, &body).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(key.open(&HERE, &sealed).is_err());
        }

        #[test]
        fn arbitrary_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(DataKey::generate().unwrap().open(&HERE, &bytes).is_err());
        }
    }
}
