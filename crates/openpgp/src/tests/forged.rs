//! Certificates and signatures whose cryptography is right and whose meaning is wrong.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, RevocationCode, SignatureType, SubpacketData};

use super::{DATA, Forge, KEY_CREATED, NOW, SIGNED, at, check_verify, may_sign, seconds};
use crate::VerifyError;

/// Type 100 is for experiments; marked critical it says "refuse if you do not understand".
fn unknown_critical() -> SubpacketData {
    SubpacketData::Experimental(100, b"?".as_slice().into())
}

fn day(number: i64) -> i64 {
    KEY_CREATED + number * 86_400
}

/// The signature of day 1 under a certificate whose self-signature of day 0 carries `further`.
fn check_self_signature(further: Vec<SubpacketData>, expect: Result<i64, VerifyError>) {
    let forge = Forge::new();
    let certificate = forge.certificate(KEY_CREATED, further, vec![]);
    check_verify(&certificate, DATA, &forge.plain_signature(), NOW, expect);
}

#[test]
fn a_key_signs_only_with_the_flag_and_before_it_expires() {
    let not_valid = Err(VerifyError::KeyNotValid { created: SIGNED });
    check_self_signature(vec![may_sign()], Ok(SIGNED));
    check_self_signature(vec![], not_valid.clone());
    check_self_signature(vec![SubpacketData::KeyFlags(KeyFlags::default())], not_valid.clone());

    let expiring = |length| vec![may_sign(), SubpacketData::KeyExpirationTime(seconds(length))];
    check_self_signature(expiring(86_401), Ok(SIGNED));
    check_self_signature(expiring(86_399), not_valid.clone());
    check_self_signature(expiring(0), Ok(SIGNED));
    // Longer than OpenPGP can count: rpgpie would wrap around or panic.
    check_self_signature(expiring(u32::MAX), not_valid.clone());
    check_self_signature(vec![may_sign(), unknown_critical()], not_valid);
}

#[test]
fn a_signature_that_was_good_stays_good_after_its_key_expired() {
    let forge = Forge::new();
    let expiring = vec![may_sign(), SubpacketData::KeyExpirationTime(seconds(2 * 86_400))];
    let certificate = forge.certificate(KEY_CREATED, expiring, vec![]);
    check_verify(&certificate, DATA, &forge.plain_signature(), day(1000), Ok(SIGNED));
}

/// The signature of day 1 under a key that was revoked on `day`, with its user id bound on `bound`.
fn check_revoked(bound: i64, revoked: i64, reason: Option<RevocationCode>, expect: Result<i64, VerifyError>) {
    let forge = Forge::new();
    let reason = reason.map(|code| SubpacketData::RevocationReason(code, b"".as_slice().into()));
    let revocation = forge.revocation(revoked, reason.into_iter().collect());
    let certificate = forge.certificate(bound, vec![may_sign()], vec![revocation]);
    check_verify(&certificate, DATA, &forge.plain_signature(), NOW, expect);
}

#[test]
fn a_compromised_key_never_signed_anything() {
    check_revoked(KEY_CREATED, day(1), None, Err(VerifyError::Revoked));
    check_revoked(KEY_CREATED, day(2), None, Err(VerifyError::Revoked));
    check_revoked(
        KEY_CREATED,
        day(2),
        Some(RevocationCode::KeyCompromised),
        Err(VerifyError::Revoked),
    );
}

/// Whoever stole the key can bind the user id anew. rpgpie alone lets the newer binding win over the revocation.
#[test]
fn a_newer_binding_does_not_undo_a_revocation() {
    check_revoked(day(1), KEY_CREATED, None, Err(VerifyError::Revoked));
    check_revoked(
        day(1),
        KEY_CREATED,
        Some(RevocationCode::KeyRetired),
        Err(VerifyError::Revoked),
    );
}

#[test]
fn a_retired_key_keeps_what_it_signed_before() {
    check_revoked(KEY_CREATED, day(2), Some(RevocationCode::KeyRetired), Ok(SIGNED));
    check_revoked(KEY_CREATED, day(2), Some(RevocationCode::KeySuperseded), Ok(SIGNED));
    check_revoked(
        KEY_CREATED,
        day(1),
        Some(RevocationCode::KeyRetired),
        Err(VerifyError::Revoked),
    );
}

#[test]
fn a_revocation_by_somebody_else_counts_for_nothing() {
    let forge = Forge::new();
    let mut forged = forge.config(SignatureType::KeyRevocation, day(1), vec![]);
    forged.hashed_subpackets.truncate(2);
    // A signature over the certification of a user id, relabelled: its hash does not fit a revocation.
    let elsewhere = forge.config(SignatureType::Binary, day(1), vec![]);
    let signature = elsewhere
        .sign(&forge.key, &pgp::types::Password::empty(), DATA)
        .unwrap();
    let relabelled = pgp::packet::Signature::from_config(
        forged,
        signature.signed_hash_value().unwrap(),
        signature.signature().unwrap().clone(),
    )
    .unwrap();
    let certificate = forge.certificate(KEY_CREATED, vec![may_sign()], vec![relabelled]);
    check_verify(&certificate, DATA, &forge.plain_signature(), NOW, Ok(SIGNED));
}

/// A signature made on day 1, with `further` subpackets and as `change` wants it, by a good key.
fn check_signature(
    further: Vec<SubpacketData>,
    change: impl FnOnce(&mut pgp::packet::SignatureConfig),
    expect: Result<i64, VerifyError>,
) {
    let forge = Forge::new();
    let certificate = forge.certificate(KEY_CREATED, vec![may_sign()], vec![]);
    let mut config = forge.config(SignatureType::Binary, SIGNED, further);
    change(&mut config);
    check_verify(&certificate, DATA, &forge.signature(config), NOW, expect);
}

#[test]
fn a_signature_is_bound_by_its_own_expiry() {
    let lasting = |length| vec![SubpacketData::SignatureExpirationTime(seconds(length))];
    check_signature(lasting(0), |_| {}, Ok(SIGNED));
    check_signature(lasting(86_401), |_| {}, Ok(SIGNED));
    check_signature(
        lasting(86_400),
        |_| {},
        Err(VerifyError::Expired { expired: NOW, now: NOW }),
    );
    check_signature(lasting(u32::MAX), |_| {}, Ok(SIGNED));
}

#[test]
fn a_signature_of_another_form_is_refused() {
    check_signature(vec![], |_| {}, Ok(SIGNED));
    check_signature(
        vec![],
        |config| config.typ = SignatureType::Text,
        Err(VerifyError::NotBinary),
    );
    check_signature(vec![unknown_critical()], |_| {}, Err(VerifyError::NotAcceptable));
    check_signature(vec![], |config| config.hash_alg = HashAlgorithm::Sha256, Ok(SIGNED));
    let without_time = |config: &mut pgp::packet::SignatureConfig| config.hashed_subpackets.truncate(1);
    check_signature(vec![], without_time, Err(VerifyError::NotAcceptable));
    let without_issuer = |config: &mut pgp::packet::SignatureConfig| _ = config.hashed_subpackets.remove(0);
    check_signature(vec![], without_issuer, Err(VerifyError::OtherKey));
}

#[test]
fn a_signature_older_than_its_key_is_refused() {
    let forge = Forge::new();
    let certificate = forge.certificate(KEY_CREATED, vec![may_sign()], vec![]);
    let early = forge.signature(forge.config(SignatureType::Binary, KEY_CREATED - 1, vec![]));
    let (created, key_created) = (KEY_CREATED - 1, KEY_CREATED);
    check_verify(
        &certificate,
        DATA,
        &early,
        NOW,
        Err(VerifyError::BeforeKey { created, key_created }),
    );
    assert_eq!(at(created).as_secs() + 1, at(key_created).as_secs());
}
