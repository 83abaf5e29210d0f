//! How a key ends: its expiry, how that moves, its revocation; and how one of elsewhere comes here.

use std::fs;

use zeroize::Zeroizing;

use super::gpg::{Gpg, clock};
use super::{DATA, KEY_CREATED, NOW, SIGNED, USER_ID, check_verify, key, seed};
use crate::{
    Certificate, INTAKE_SEED_BYTES, KeyError, Limits, Purpose, Reason, Revoked, SigningKey, Unusable, VerifyError,
};

const YEAR: i64 = 365 * 86_400;
const UNTIL: i64 = KEY_CREATED + YEAR;

fn ending() -> SigningKey {
    SigningKey::generate_until(USER_ID, KEY_CREATED, Some(UNTIL), &seed(7)).unwrap()
}

fn intake() -> SigningKey {
    let mut seeds = Zeroizing::new([0; INTAKE_SEED_BYTES]);
    seeds.iter_mut().zip(1..).for_each(|(byte, value)| *byte = value);
    SigningKey::generate_intake(USER_ID, KEY_CREATED, Some(UNTIL), &seeds).unwrap()
}

fn check_usable(certificate: &Certificate, purpose: Purpose, now: i64, expect: Result<Option<i64>, Unusable>) {
    let usable = certificate
        .check(purpose, now)
        .map(|()| certificate.until(purpose, now));
    assert_eq!(usable, expect);
}

fn again(certificate: &Certificate) -> Certificate {
    Certificate::parse(certificate.armored().as_bytes(), Limits::default()).unwrap()
}

#[test]
fn a_key_ends_when_it_says() {
    let expired = Err(Unusable::Expired { at: UNTIL });
    check_usable(ending().certificate(), Purpose::Sign, NOW, Ok(Some(UNTIL)));
    check_usable(ending().certificate(), Purpose::Sign, UNTIL - 1, Ok(Some(UNTIL)));
    check_usable(ending().certificate(), Purpose::Sign, UNTIL, expired.clone());
    check_usable(intake().certificate(), Purpose::Intake, NOW, Ok(Some(UNTIL)));
    check_usable(intake().certificate(), Purpose::Sign, NOW, Ok(Some(UNTIL)));
    check_usable(intake().certificate(), Purpose::Intake, UNTIL, expired);
    check_usable(key().certificate(), Purpose::Sign, UNTIL * 2, Ok(None));
    for purpose in [Purpose::Sign, Purpose::Intake] {
        let now = KEY_CREATED - 1;
        let not_yet = Err(Unusable::NotYet { at: KEY_CREATED, now });
        check_usable(intake().certificate(), purpose, now, not_yet);
    }
    check_usable(key().certificate(), Purpose::Intake, NOW, Err(Unusable::CannotEncrypt));
    let too_early = SigningKey::generate_until(USER_ID, KEY_CREATED, Some(KEY_CREATED), &seed(7));
    assert_eq!(too_early.unwrap_err(), KeyError::End);
    // The end is in the self-signature alone.
    assert_eq!(ending().fingerprint(), key().fingerprint());
}

#[test]
fn what_was_signed_before_the_end_stays_good() {
    let signature = ending().sign_detached(DATA, SIGNED).unwrap();
    check_verify(ending().certificate(), DATA, &signature, UNTIL + YEAR, Ok(SIGNED));
    assert!(ending().sign_detached(DATA, UNTIL + 1).is_err());
}

#[test]
fn a_later_end_revives_a_key_and_keeps_its_past() {
    for key in [ending(), intake()] {
        let signature = key.sign_detached(DATA, SIGNED).unwrap();
        let (now, until) = (UNTIL + 10, UNTIL + YEAR);
        let extended = again(&key.extended(until, now).unwrap());
        check_usable(&extended, Purpose::Sign, now, Ok(Some(until)));
        check_usable(&extended, Purpose::Sign, until, Err(Unusable::Expired { at: until }));
        check_verify(&extended, DATA, &signature, now, Ok(SIGNED));
        let secret = SigningKey::from_secret_bytes(&key.to_secret_bytes().unwrap()).unwrap();
        assert!(
            secret.sign_detached(DATA, now).is_err(),
            "the secret alone knows the old end"
        );
        let secret = secret.certified_by(extended.clone()).unwrap();
        let later = secret.sign_detached(DATA, now).unwrap();
        check_verify(&extended, DATA, &later, now, Ok(now));
        // Twice in a row, too.
        let twice = secret.extended(until + YEAR, now + 1).unwrap();
        check_usable(&twice, Purpose::Sign, now + 1, Ok(Some(until + YEAR)));
    }
    assert_eq!(ending().extended(NOW, NOW).unwrap_err(), KeyError::End);
    let other = SigningKey::generate(USER_ID, KEY_CREATED, &seed(8)).unwrap();
    assert_eq!(
        ending().certified_by(other.certificate().clone()).unwrap_err(),
        KeyError::OtherKey
    );
}

fn check_revoked(reason: Reason, before: Result<i64, VerifyError>) {
    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    let certificate = again(&key().revocation(reason, "why it is so", NOW).unwrap());
    assert_eq!(certificate.revoked(), Some(Revoked { at: NOW, reason }));
    check_usable(&certificate, Purpose::Sign, NOW, Err(Unusable::Revoked));
    check_verify(&certificate, DATA, &signature, NOW, before);
    let after = key().sign_detached(DATA, NOW + 1).unwrap();
    check_verify(&certificate, DATA, &after, NOW + 1, Err(VerifyError::Revoked));
}

#[test]
fn a_retired_key_keeps_its_past_and_a_compromised_one_has_none() {
    check_revoked(Reason::Retired, Ok(SIGNED));
    check_revoked(Reason::Superseded, Ok(SIGNED));
    check_revoked(Reason::Compromised, Err(VerifyError::Revoked));
    check_revoked(Reason::Unknown, Err(VerifyError::Revoked));
}

#[test]
fn gpg_sees_the_end_its_change_and_the_revocation() {
    let Some(gpg) = Gpg::start() else { return };
    let state = |armoured: &str, now: i64| -> (String, String) {
        gpg.write("key.asc", armoured);
        gpg.ok(&[&clock(now), "--import", "key.asc"]);
        let listed = gpg.ok(&[&clock(now), "--with-colons", "--list-keys"]);
        let primary = listed.lines().find(|line| line.starts_with("pub:")).unwrap().to_owned();
        let fields: Vec<&str> = primary.split(':').collect();
        (fields[1].to_owned(), fields[6].to_owned())
    };
    let key = ending();
    assert_eq!(state(&key.armored(), NOW).1, UNTIL.to_string());
    assert_eq!(state(&key.armored(), UNTIL + 1).0, "e");
    let extended = key.extended(UNTIL + YEAR, UNTIL + 10).unwrap();
    assert_eq!(state(&extended.armored(), UNTIL + 20).1, (UNTIL + YEAR).to_string());
    let key = key.certified_by(extended).unwrap();
    gpg.write("data.asc", &key.sign_detached(DATA, UNTIL + 15).unwrap());
    let verdict = gpg.ok(&[&clock(UNTIL + 20), "--verify", "data.asc", "data"]);
    assert!(verdict.contains("GOODSIG"), "{verdict}");
    let revoked = key
        .revocation(Reason::Compromised, "the disk was lost", UNTIL + 30)
        .unwrap();
    assert_eq!(state(&revoked.armored(), UNTIL + 40).0, "r");
    let verdict = gpg.ok(&[&clock(UNTIL + 40), "--verify", "data.asc", "data"]);
    assert!(verdict.contains("REVKEYSIG"), "{verdict}");
}

#[test]
fn gpg_encrypts_to_our_key_for_mail_and_opens_it_with_the_stored_secret() {
    let Some(theirs) = Gpg::start() else { return };
    let ours = Gpg::start().unwrap();
    fs::write(
        theirs.path("key.gpg"),
        intake().certificate().for_wkd("psirt@example.com").unwrap(),
    )
    .unwrap();
    theirs.ok(&[&clock(NOW), "--import", "key.gpg"]);
    let fingerprint = intake().fingerprint();
    let to = [
        "--trust-model",
        "always",
        "--yes",
        "--armor",
        "--encrypt",
        "--recipient",
        &fingerprint,
        "data",
    ];
    theirs.ok(&[&[clock(NOW).as_str()], &to[..]].concat());
    fs::write(ours.path("secret.gpg"), intake().to_secret_bytes().unwrap()).unwrap();
    ours.ok(&[&clock(NOW), "--import", "secret.gpg"]);
    fs::copy(theirs.path("data.asc"), ours.path("data.asc")).unwrap();
    ours.ok(&[&clock(NOW), "--yes", "--output", "opened", "--decrypt", "data.asc"]);
    assert_eq!(fs::read(ours.path("opened")).unwrap(), DATA);
    // What it signs is signed by the subkey, and it says so.
    ours.write("signed.asc", &intake().sign_detached(DATA, NOW).unwrap());
    assert!(
        ours.ok(&[&clock(NOW), "--verify", "signed.asc", "data"])
            .contains("GOODSIG")
    );
    assert_eq!(intake().certificate().for_wkd("other@example.com"), None);
}

/// The packets that a letter's header has of a key, until when that can be encrypted to, and that GnuPG reads it.
fn check_header(key: &SigningKey, now: i64, subkeys: usize, until: Option<i64>) {
    use pgp::packet::{PacketParser, PacketTrait as _};
    use pgp::types::Tag;
    let bytes = key.for_autocrypt("psirt@example.com", now).unwrap();
    let tags: Vec<Tag> = PacketParser::new(bytes.as_slice())
        .map(|packet| packet.unwrap().tag())
        .collect();
    let mut expect = vec![Tag::PublicKey, Tag::UserId, Tag::Signature];
    expect.extend([Tag::PublicSubkey, Tag::Signature].repeat(subkeys));
    assert_eq!(tags, expect);
    let certificate = Certificate::parse_any(&bytes, Limits::default()).unwrap();
    check_usable(&certificate, Purpose::Intake, now, Ok(until));
    // Who has the header alone can check what the letter says.
    check_verify(&certificate, DATA, &key.sign_detached(DATA, now).unwrap(), now, Ok(now));
    assert_eq!(key.for_autocrypt("other@example.com", now), None);
    let Some(gpg) = Gpg::start() else { return };
    fs::write(gpg.path("header.gpg"), &bytes).unwrap();
    let shown = gpg.ok(&[&clock(now), "--with-colons", "--show-keys", "header.gpg"]);
    assert_eq!(shown.matches("\nsub:").count(), subkeys, "{shown}");
    gpg.ok(&[&clock(now), "--import", "header.gpg"]);
}

#[test]
fn the_header_of_a_letter_has_of_its_key_what_is_needed_and_no_more() {
    check_header(&intake(), NOW, 2, Some(UNTIL));
    let mut key = intake();
    for later in 1..4 {
        let certificate = key.extended(UNTIL + later * YEAR, NOW + later).unwrap();
        key = key.certified_by(certificate).unwrap();
    }
    check_header(&key, NOW + 10, 2, Some(UNTIL + 3 * YEAR));
    assert_eq!(key.for_autocrypt("psirt@example.com", UNTIL + 3 * YEAR), None);
    // A key that signs by itself, as GnuPG makes them.
    let Some(gpg) = Gpg::start() else { return };
    let made = clock(KEY_CREATED);
    gpg.ok(&[&made, "--quick-generate-key", USER_ID, "default", "default", "never"]);
    gpg.ok(&["--output", "secret.gpg", "--export-secret-keys"]);
    let bytes = fs::read(gpg.path("secret.gpg")).unwrap();
    let theirs = SigningKey::import(&bytes, None, Purpose::Intake, NOW).unwrap();
    check_header(&theirs, NOW, 1, None);
}

/// Makes a key with gpg, exports it and brings it here.
fn check_import(
    algorithm: &str,
    usage: &str,
    passphrase: Option<&str>,
    given: Option<&str>,
    expect: Result<(), KeyError>,
) {
    let Some(gpg) = Gpg::start() else { return };
    let with = ["--passphrase", passphrase.unwrap_or_default()];
    let created = clock(KEY_CREATED);
    gpg.ok(&[
        &with[..],
        &[&created, "--quick-generate-key", USER_ID, algorithm, usage, "2y"],
    ]
    .concat());
    gpg.ok(&[
        &with[..],
        &["--armor", "--output", "secret.asc", "--export-secret-keys"],
    ]
    .concat());
    let bytes = fs::read(gpg.path("secret.asc")).unwrap();
    let imported = SigningKey::import(&bytes, given.map(str::as_bytes), Purpose::Sign, NOW);
    assert_eq!(
        imported.as_ref().map(|_| ()).map_err(Clone::clone),
        expect,
        "{algorithm} {usage}"
    );
    let Ok(key) = imported else { return };
    let stored = SigningKey::from_secret_bytes(&key.to_secret_bytes().unwrap()).unwrap();
    let signature = stored.sign_detached(DATA, NOW).unwrap();
    check_verify(&gpg.certificate(), DATA, &signature, NOW, Ok(NOW));
    gpg.write("ours.asc", &signature);
    assert!(
        gpg.ok(&[&clock(NOW), "--verify", "ours.asc", "data"])
            .contains("GOODSIG")
    );
    // RSA without optimisation takes seconds for each signature.
    if algorithm.starts_with("rsa") {
        return;
    }
    let extended = stored.extended(KEY_CREATED + 5 * YEAR, NOW).unwrap();
    check_usable(&extended, Purpose::Sign, NOW, Ok(Some(KEY_CREATED + 5 * YEAR)));
}

#[test]
fn a_key_of_gpg_comes_along_with_its_passphrase() {
    check_import("ed25519", "sign,cert", Some("open"), Some("open"), Ok(()));
    check_import("rsa2048", "sign,cert", None, None, Ok(()));
    check_import("nistp256", "sign,cert", None, None, Ok(()));
    check_import("ed25519", "sign,cert", Some("open"), None, Err(KeyError::Locked));
    check_import(
        "ed25519",
        "sign,cert",
        Some("open"),
        Some("wrong"),
        Err(KeyError::Passphrase),
    );
}

#[test]
fn a_key_that_cannot_sign_or_is_weak_is_not_taken() {
    check_import("ed25519", "cert", None, None, Err(Unusable::CannotSign.into()));
    check_import(
        "rsa1024",
        "sign,cert",
        None,
        None,
        Err(Unusable::Weak("an RSA modulus of less than 2048 bits").into()),
    );
    let import = |bytes: &[u8], now| SigningKey::import(bytes, None, Purpose::Sign, now).map(|_| ());
    let secret = ending().to_secret_bytes().unwrap();
    assert_eq!(import(&secret, NOW), Ok(()));
    assert_eq!(import(&secret, UNTIL), Err(Unusable::Expired { at: UNTIL }.into()));
    let early = import(&secret, KEY_CREATED - 60).unwrap_err();
    assert!(
        early
            .to_string()
            .contains("was made at 2024-03-01T09:00:00Z, which lies in the future"),
        "{early}"
    );
    assert_eq!(import(ending().armored().as_bytes(), NOW), Err(KeyError::NotSecret));
    assert!(matches!(import(b"no key", NOW), Err(KeyError::Armour(_))));
    assert_eq!(import(&[0xc5; 200], NOW), Err(KeyError::NotSecret));
    let twice = [secret.as_slice(), secret.as_slice()].concat();
    assert_eq!(import(&twice, NOW), Err(crate::CertificateError::SeveralKeys.into()));
}

/// The primary key stays on another machine: only the signing subkey comes here.
#[test]
fn a_signing_subkey_comes_along_alone() {
    let Some(gpg) = Gpg::start() else { return };
    gpg.ok(&[
        &clock(KEY_CREATED),
        "--quick-generate-key",
        USER_ID,
        "ed25519",
        "cert",
        "never",
    ]);
    let fingerprint = gpg.certificate().fingerprint();
    let added = KEY_CREATED + 100;
    gpg.ok(&[&clock(added), "--quick-add-key", &fingerprint, "ed25519", "sign", "1y"]);
    gpg.ok(&["--output", "subkeys.gpg", "--export-secret-subkeys"]);
    let bytes = fs::read(gpg.path("subkeys.gpg")).unwrap();
    let key = SigningKey::import(&bytes, None, Purpose::Sign, NOW).unwrap();
    check_usable(key.certificate(), Purpose::Sign, NOW, Ok(Some(added + YEAR)));
    let expired = Err(Unusable::Expired { at: added + YEAR });
    check_usable(key.certificate(), Purpose::Sign, added + YEAR, expired);
    let now = added - 1;
    check_usable(
        key.certificate(),
        Purpose::Sign,
        now,
        Err(Unusable::NotYet { at: added, now }),
    );
    let stored = SigningKey::from_secret_bytes(&key.to_secret_bytes().unwrap()).unwrap();
    check_verify(
        key.certificate(),
        DATA,
        &stored.sign_detached(DATA, NOW).unwrap(),
        NOW,
        Ok(NOW),
    );
    assert_eq!(stored.extended(UNTIL * 2, NOW).unwrap_err(), KeyError::NoPrimary);
    assert_eq!(
        stored.revocation(Reason::Retired, "", NOW).unwrap_err(),
        KeyError::NoPrimary
    );
}
