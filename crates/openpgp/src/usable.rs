//! Whether a certificate can do what it is wanted for, until when, and what it says of its own end.
//!
//! Never trusts, as everywhere here. Times are Unix seconds.

use pgp::packet::{RevocationCode, Signature};
use pgp::ser::Serialize as _;
use pgp::types::{Fingerprint, KeyDetails, KeyVersion, PublicParams, Timestamp};

use crate::certificate::{Certificate, component_keys};
use crate::time::{shown, timestamp, unix_seconds};

/// What a key of a team is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// It signs what is published.
    Sign,
    /// Reports are encrypted to it.
    Intake,
}

/// The smallest modulus of an RSA key that is taken, in bits (NIST SP 800-131A).
const MIN_RSA_BITS: u16 = 2_048;

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// No part of it may sign.
    #[error("no part of the key may sign data: take one with the signing flag")]
    CannotSign,
    /// No part of it may be encrypted to.
    #[error("nothing can be encrypted to the key: take one with an encryption subkey")]
    CannotEncrypt,
    /// An algorithm, a size or a self-signature that nothing should rely on.
    #[error("the key has {0}, which is too weak: take a new one")]
    Weak(&'static str),
    /// GnuPG does not read it.
    #[error("the key is of version 6, which many programs do not read: take one of version 4")]
    TooNew,
    /// Its end has passed.
    #[error("the key expired at {}: extend it where its secret is, and bring it along again", shown(*.at))]
    Expired {
        /// When.
        at: i64,
    },
    /// It, or the part that could do it, is younger than the present time.
    #[error(
        "the key says that it was made at {}, which lies in the future: now is {}. Set the clock that is wrong right, or take the key then",
        shown(*.at),
        shown(*.now)
    )]
    NotYet {
        /// When it says it was made.
        at: i64,
        /// The present time as given.
        now: i64,
    },
    /// It was revoked.
    #[error("the key is revoked: take another one")]
    Revoked,
    /// Nothing says whose it is.
    #[error("the key has no valid user id: give it one, such as `Example PSIRT <psirt@example.com>`")]
    NoUserId,
}

/// Why a key is no longer used (RFC 9580 §5.2.3.31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Another one took its place; what it signed before stays good.
    Superseded,
    /// It is no longer used; what it signed before stays good.
    Retired,
    /// Somebody else may have it: nothing that it ever signed counts.
    Compromised,
    /// Nothing was said, so it counts as the worst.
    Unknown,
}

/// That a key says of itself that it is no longer used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// When.
    pub at: i64,
    /// Why.
    pub reason: Reason,
}

impl Certificate {
    /// Whether it can do what `purpose` says at `now`, and is not weak.
    ///
    /// # Errors
    /// The first thing that speaks against it.
    pub fn check(&self, purpose: Purpose, now: i64) -> Result<(), Unusable> {
        let Ok(at) = timestamp(now) else {
            return Err(Unusable::NoUserId);
        };
        component_keys(self.whole()).try_for_each(check_strength)?;
        if self.revoked().is_some() {
            return Err(Unusable::Revoked);
        }
        // What a key says of itself before it was made is nothing: every other reason would be a wrong one.
        let created = |key: &dyn KeyDetails| unix_seconds(key.created_at());
        let made = created(&self.whole().primary_key);
        if made > now {
            return Err(Unusable::NotYet { at: made, now });
        }
        if let Some(end) = self.end_of_primary(at).filter(|end| *end <= now) {
            return Err(Unusable::Expired { at: end });
        }
        let users = self.checked().user_ids();
        let Some(binding) = self.checked().active_certificate_self_signature_at(at) else {
            return Err(Unusable::NoUserId);
        };
        if users.iter().all(|user| user.signatures.is_empty()) {
            return Err(Unusable::NoUserId);
        }
        let strong = binding
            .hash_alg()
            .and_then(|hash| hash.digest_size())
            .is_some_and(|bytes| bytes >= 32);
        if !strong {
            return Err(Unusable::Weak("a self-signature with SHA-1"));
        }
        if !self.able_at(purpose, at).is_empty() {
            return Ok(());
        }
        // Its subkey may have had its end before the key as a whole.
        let ends = self.ends_of_subkeys(at).into_iter().map(|(_, end)| end);
        if let Some(end) = ends.flatten().filter(|end| *end <= now).max() {
            return Err(Unusable::Expired { at: end });
        }
        let coming = component_keys(self.whole()).map(created).filter(|made| *made > now);
        if let Some(at) = coming.min() {
            return Err(Unusable::NotYet { at, now });
        }
        Err(match purpose {
            Purpose::Sign => Unusable::CannotSign,
            Purpose::Intake => Unusable::CannotEncrypt,
        })
    }

    /// Until when it can do what `purpose` says, as it stands at `now`; none for ever. Asked of one that can.
    #[must_use]
    pub fn until(&self, purpose: Purpose, now: i64) -> Option<i64> {
        let at = timestamp(now).ok()?;
        let whole = self.end_of_primary(at);
        let subkeys = self.ends_of_subkeys(at);
        let ends: Vec<Option<i64>> = self
            .able_at(purpose, at)
            .iter()
            .map(|able| {
                let own = subkeys.iter().find(|(fingerprint, _)| fingerprint == able);
                earlier(whole, own.and_then(|(_, end)| *end))
            })
            .collect();
        if ends.is_empty() {
            return whole;
        }
        ends.iter().copied().collect::<Option<Vec<i64>>>()?.into_iter().max()
    }

    /// The end that it said of itself last, whether that has passed or not.
    #[must_use]
    pub fn end(&self, purpose: Purpose) -> Option<i64> {
        // While its end lies ahead every part still counts, so the instant of the last word is asked.
        let checked = self.checked().as_signed_public_key();
        let users = checked.details.users.iter().flat_map(|user| &user.signatures);
        let said = users
            .chain(&checked.details.direct_signatures)
            .filter_map(Signature::created);
        let last = said.max().unwrap_or_else(|| self.whole().primary_key.created_at());
        self.until(purpose, unix_seconds(last))
    }

    /// Fingerprints of its parts that may sign at `now`: no other key can claim them.
    #[must_use]
    pub fn signers(&self, now: i64) -> Vec<String> {
        let able = timestamp(now).map(|at| self.able_at(Purpose::Sign, at));
        let able = able.unwrap_or_default().into_iter();
        able.map(|part| format!("{part:X}")).collect()
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> i64 {
        unix_seconds(self.whole().primary_key.created_at())
    }

    /// That it is no longer used, if it says so itself; of several revocations the gravest.
    #[must_use]
    pub fn revoked(&self) -> Option<Revoked> {
        let primary = &self.whole().primary_key;
        let signatures = self.whole().details.revocation_signatures.iter();
        let own = signatures.filter(|signature| signature.verify_key(primary).is_ok());
        own.map(|signature| Revoked {
            at: unix_seconds(signature.created().unwrap_or_default()),
            reason: reason(signature),
        })
        .max_by_key(|revoked| (gravity(revoked.reason), std::cmp::Reverse(revoked.at)))
    }

    /// The parts that may do it at an instant. rpgpie judges encryption by the system's clock alone, so here the flags of the binding are asked.
    pub(crate) fn able_at(&self, purpose: Purpose, at: Timestamp) -> Vec<Fingerprint> {
        let ends = self.ends_of_subkeys(at);
        // To rpgpie a key is still good at its last instant; to GnuPG it is not.
        let ended = |able: &Fingerprint| {
            let mut own = ends.iter().filter(|(fingerprint, _)| fingerprint == able);
            own.any(|(_, end)| end.is_some_and(|end| end <= unix_seconds(at)))
        };
        // Nor does it ask whether a subkey was there at that instant.
        let begun = |able: &Fingerprint| {
            let mut own = component_keys(self.whole()).filter(|key| key.fingerprint() == *able);
            own.any(|key| key.created_at() <= at)
        };
        let mut able = self.flagged_at(purpose, at);
        able.retain(|able| begun(able) && !ended(able));
        able
    }

    fn flagged_at(&self, purpose: Purpose, at: Timestamp) -> Vec<Fingerprint> {
        match purpose {
            Purpose::Sign => {
                let able = self.checked().valid_signing_capable_component_keys_at(at);
                able.iter().map(|key| key.as_componentkey().fingerprint()).collect()
            }
            Purpose::Intake => {
                let valid = self.checked().valid_subkeys_at(at);
                let valid: Vec<Fingerprint> = valid.iter().map(KeyDetails::fingerprint).collect();
                let subkeys = self.checked().as_signed_public_key().public_subkeys.iter();
                let able = subkeys.filter(|subkey| {
                    let binding = newest(&subkey.signatures, at);
                    binding.is_some_and(|binding| {
                        let may = binding.key_flags();
                        may.encrypt_comms() || may.encrypt_storage()
                    })
                });
                able.map(|subkey| subkey.key.fingerprint())
                    .filter(|fingerprint| valid.contains(fingerprint))
                    .collect()
            }
        }
    }

    fn end_of_primary(&self, at: Timestamp) -> Option<i64> {
        let binding = self.checked().active_certificate_self_signature_at(at)?;
        end(self.whole().primary_key.created_at(), binding)
    }

    fn ends_of_subkeys(&self, at: Timestamp) -> Vec<(Fingerprint, Option<i64>)> {
        let subkeys = self.checked().as_signed_public_key().public_subkeys.iter();
        let ends = subkeys.map(|subkey| {
            let binding = newest(&subkey.signatures, at);
            let end = binding.and_then(|binding| end(subkey.key.created_at(), binding));
            (subkey.key.fingerprint(), end)
        });
        ends.collect()
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The newest of some self-signatures that was made by then.
pub(crate) fn newest(signatures: &[Signature], at: Timestamp) -> Option<&Signature> {
    let made = signatures
        .iter()
        .filter(|signature| signature.created().is_some_and(|made| made <= at));
    made.max_by_key(|signature| signature.created())
}

fn end(created: Timestamp, binding: &Signature) -> Option<i64> {
    let seconds = binding.key_expiration_time().map(|length| i64::from(length.as_secs()));
    seconds
        .filter(|seconds| *seconds > 0)
        .map(|seconds| unix_seconds(created) + seconds)
}

fn check_strength(key: &dyn KeyDetails) -> Result<(), Unusable> {
    if key.version() == KeyVersion::V6 {
        return Err(Unusable::TooNew);
    }
    match key.public_params() {
        // The modulus stands first, led by its length in bits (RFC 9580 §3.2).
        PublicParams::RSA(params) => {
            let bytes = params.to_bytes().unwrap_or_default();
            let bits = bytes.first_chunk().map_or(0, |length| u16::from_be_bytes(*length));
            if bits < MIN_RSA_BITS {
                return Err(Unusable::Weak("an RSA modulus of less than 2048 bits"));
            }
            Ok(())
        }
        PublicParams::DSA(_) => Err(Unusable::Weak("the algorithm DSA")),
        PublicParams::Elgamal(_) => Err(Unusable::Weak("the algorithm Elgamal")),
        PublicParams::Unknown { .. } => Err(Unusable::Weak("an algorithm that is not known here")),
        _ => Ok(()),
    }
}

fn reason(signature: &Signature) -> Reason {
    match signature.revocation_reason_code() {
        Some(RevocationCode::KeySuperseded) => Reason::Superseded,
        Some(RevocationCode::KeyRetired) => Reason::Retired,
        Some(RevocationCode::KeyCompromised) => Reason::Compromised,
        _ => Reason::Unknown,
    }
}

const fn gravity(reason: Reason) -> u8 {
    match reason {
        Reason::Superseded | Reason::Retired => 0,
        Reason::Unknown => 1,
        Reason::Compromised => 2,
    }
}
