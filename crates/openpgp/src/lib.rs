//! OpenPGP behind our own small types: the keys of a team, certificates of others, detached signatures, texts that are signed in
//! place, messages that are encrypted.
//!
//! This crate owns every use of rPGP; no other crate imports it. rPGP works on packets and judges nothing, so each
//! question of meaning (may this key sign, had it expired, was it revoked) goes through rpgpie's checked certificates.
//! It reads no clock (every time is given, in Unix seconds), draws no randomness (a key is made from a seed), opens no
//! file and keeps no secret: the caller seals what [`SigningKey::to_secret_bytes`] returns.
//!
//! Keys and signatures are version 4 with the older Ed25519 framing, because the GnuPG releases in use read no other.

mod armour;
mod autocrypt;
mod certificate;
mod changing;
mod cleartext;
mod encrypting;
mod frame;
mod guard;
mod import;
mod making;
mod opening;
mod signed;
mod signing_key;
mod time;
mod usable;
mod verify;
mod wkd;

#[cfg(test)]
mod tests;

pub use armour::ArmourError;
pub use certificate::{Certificate, CertificateError, Limits};
pub use cleartext::{MAX_CLEARTEXT_BYTES, verify_cleartext};
pub use encrypting::{ENCRYPT_SEED_BYTES, EncryptError, encrypt};
pub use making::INTAKE_SEED_BYTES;
pub use opening::{Encryption, OpenError, OpenLimits, Opened, Protection, Retired, open};
pub use signed::{Signed, judge_cleartext, judge_detached};
pub use signing_key::{KeyError, SignError, SigningKey};
pub use time::TimeOutOfRange;
pub use usable::{Purpose, Reason, Revoked, Unusable};
pub use verify::{MAX_SIGNATURE_BYTES, MAX_SIGNATURES, Verified, VerifyError, names_signer, verify_detached};
pub use wkd::wkd_name;
