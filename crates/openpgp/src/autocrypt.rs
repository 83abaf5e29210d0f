//! The key that a letter carries in its header, so that its reader can answer under it (Autocrypt Level 1).
//!
//! Owns which packets that are: the five of Level 1 where the primary key signs. Where a subkey signs, it goes along with its binding, because
//! whoever knows the header alone could not check the letter without. What the key said before it said something newer never goes along.

use pgp::packet::Signature;
use pgp::ser::Serialize as _;
use pgp::types::{Fingerprint, KeyDetails as _, Timestamp};

use crate::signing_key::SigningKey;
use crate::time::timestamp;
use crate::usable::{Purpose, newest};

impl SigningKey {
    /// What the header of a letter has that this key signs at `now` (Unix seconds), as packets without armour: one user id of this address, and the
    /// newest part that can be encrypted to. None if there is no such part, or no user id has the address.
    #[must_use]
    pub fn for_autocrypt(&self, address: &str, now: i64) -> Option<Vec<u8>> {
        let at = timestamp(now).ok()?;
        let mut own = self.certificate.with_address(address)?;
        let signs = self.signer(at)?.fingerprint();
        let encrypts = self.certificate.able_at(Purpose::Intake, at);
        let encrypts = own
            .public_subkeys
            .iter()
            .filter(|subkey| encrypts.contains(&subkey.key.fingerprint()));
        let encrypts = encrypts.max_by_key(|subkey| subkey.key.created_at())?;
        let goes_along: [Fingerprint; 2] = [encrypts.key.fingerprint(), signs];
        own.public_subkeys
            .retain(|subkey| goes_along.contains(&subkey.key.fingerprint()));
        for subkey in &mut own.public_subkeys {
            keep_newest(&mut subkey.signatures, at);
        }
        own.details.users.truncate(1);
        for user in &mut own.details.users {
            keep_newest(&mut user.signatures, at);
        }
        keep_newest(&mut own.details.direct_signatures, at);
        own.to_bytes().ok()
    }
}

fn keep_newest(signatures: &mut Vec<Signature>, at: Timestamp) {
    *signatures = newest(signatures, at).cloned().into_iter().collect();
}
