//! Where a mail program looks for a key: the Web Key Directory (draft-koch-openpgp-webkey-service).
//!
//! Owns the name of the file and what is in it. Never says on which host it lies: `documents` does.

use pgp::composed::SignedPublicKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::SignatureType;
use pgp::ser::Serialize as _;

use crate::certificate::Certificate;

/// The name of the file for an address's part before the `@`: SHA-1 of it in lower case, in z-base-32.
#[must_use]
pub fn wkd_name(local_part: &str) -> String {
    // SHA-1 is only a name here; the library refuses texts that were made to collide, and no name is better than a wrong one.
    let digest = HashAlgorithm::Sha1.digest(local_part.to_ascii_lowercase().as_bytes());
    z_base_32(&digest.unwrap_or_default())
}

/// Five bits at a time, the highest first; the twenty bytes of SHA-1 leave none over.
fn z_base_32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";
    let bit = |place: usize| {
        bytes
            .get(place / 8)
            .is_some_and(|byte| byte & (0x80 >> (place % 8)) != 0)
    };
    let digit = |place: usize| (0..5).fold(0_usize, |digit, next| digit << 1 | usize::from(bit(place + next)));
    (0..bytes.len() * 8)
        .step_by(5)
        .filter_map(|place| ALPHABET.get(digit(place)))
        .map(|&letter| char::from(letter))
        .collect()
}

impl Certificate {
    /// The certificate as a directory holds it: packets without armour, with the user ids of this address alone and no signatures of
    /// others. None if no user id has the address.
    #[must_use]
    pub fn for_wkd(&self, address: &str) -> Option<Vec<u8>> {
        self.with_address(address)?.to_bytes().ok()
    }

    pub(crate) fn with_address(&self, address: &str) -> Option<SignedPublicKey> {
        let mut whole = self.checked().as_signed_public_key().clone();
        whole.details.revocation_signatures = self.whole().details.revocation_signatures.clone();
        whole.details.user_attributes.clear();
        let named = |id: &[u8]| is_of(&String::from_utf8_lossy(id), address);
        whole.details.users.retain(|user| {
            let binds = |signature: &pgp::packet::Signature| {
                !matches!(signature.typ(), None | Some(SignatureType::CertRevocation))
            };
            named(user.id.id()) && user.signatures.iter().any(binds)
        });
        (!whole.details.users.is_empty()).then_some(whole)
    }

    /// Whether a user id of this address is bound to the key by the key itself. It proves that the key claims the address, no more.
    #[must_use]
    pub fn has_address(&self, address: &str) -> bool {
        self.for_wkd(address).is_some()
    }
}

/// Whether a user id is that of an address: it is it, or ends with it in angle brackets.
fn is_of(user_id: &str, address: &str) -> bool {
    let inner = user_id
        .strip_suffix('>')
        .and_then(|id| id.rsplit_once('<'))
        .map_or(user_id, |(_, address)| address);
    inner.trim().eq_ignore_ascii_case(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_draft_and_of_gnupg() {
        assert_eq!(wkd_name("Joe.Doe"), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
        assert_eq!(wkd_name("psirt"), "4tz7q7ge5mwz5sjx4yatrzhqs37873ts");
        assert_eq!(wkd_name("PSIRT"), wkd_name("psirt"));
    }

    #[test]
    fn a_user_id_names_its_address() {
        assert!(is_of("Example PSIRT <psirt@example.com>", "psirt@example.com"));
        assert!(is_of("Psirt@Example.com", "psirt@example.com"));
        assert!(!is_of("psirt@example.com <other@example.com>", "psirt@example.com"));
        assert!(!is_of("Example PSIRT", "psirt@example.com"));
    }
}
