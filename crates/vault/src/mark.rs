//! Marks: what only the holder of a key can make of a text, and what tells nothing of it to anybody else.
//!
//! Owns the keyed hash (HMAC with SHA-256, RFC 2104, cut to 128 bits). A mark stands in addresses and in clear on disk, where the text, or
//! a plain digest of it, would say too much.

use data_encoding::BASE32_DNSSEC;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::key::DataKey;

/// What SHA-256 works on at a time, in bytes.
const BLOCK_BYTES: usize = 64;
/// Length of a mark, in bytes: too many to guess.
const MARK_BYTES: usize = 16;

/// How many characters a mark has: `0-9a-v`.
pub const MARK_CHARS: usize = 26;

impl DataKey {
    /// The mark of a text for a purpose: always the same under the same key.
    #[must_use]
    pub fn mark(&self, purpose: &str, text: &[u8]) -> String {
        let pad = |byte: u8| {
            let mut pad = Zeroizing::new([byte; BLOCK_BYTES]);
            for (padded, key) in pad.iter_mut().zip(self.0.bytes()) {
                *padded ^= key;
            }
            pad
        };
        let inner = Sha256::new()
            .chain_update(pad(0x36).as_slice())
            .chain_update((purpose.len() as u64).to_be_bytes())
            .chain_update(purpose)
            .chain_update(text)
            .finalize();
        let outer = Sha256::new()
            .chain_update(pad(0x5c).as_slice())
            .chain_update(inner)
            .finalize();
        BASE32_DNSSEC.encode(&outer[..MARK_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_follows_from_key_purpose_and_text_and_from_nothing_else() {
        let (key, other) = (DataKey::generate().unwrap(), DataKey::generate().unwrap());
        let mark = key.mark("address", b"report:1");
        assert_eq!(mark, key.mark("address", b"report:1"));
        assert_eq!(mark.len(), MARK_CHARS);
        for differs in [
            key.mark("address", b"report:2"),
            key.mark("message", b"report:1"),
            // Purpose and text do not run together.
            key.mark("addres", b"sreport:1"),
            other.mark("address", b"report:1"),
        ] {
            assert_ne!(mark, differs);
        }
    }
}
