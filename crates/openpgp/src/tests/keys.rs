//! Making, storing and using our own key.

use super::{DATA, KEY_CREATED, NOW, SIGNED, USER_ID, check_verify, key, seed};
use crate::{ArmourError, Certificate, KeyError, Limits, SignError, SigningKey, TimeOutOfRange, VerifyError};

fn check_generate(user_id: &str, created: i64, expect: Result<(), KeyError>) {
    assert_eq!(SigningKey::generate(user_id, created, &seed(7)).map(|_| ()), expect);
}

#[test]
fn a_key_is_made_for_one_line_of_user_id_and_a_time_of_openpgp() {
    check_generate(USER_ID, KEY_CREATED, Ok(()));
    check_generate("Müller Sicherheit", 0, Ok(()));
    check_generate("", KEY_CREATED, Err(KeyError::UserId));
    check_generate("two\nlines", KEY_CREATED, Err(KeyError::UserId));
    check_generate(&"x".repeat(256), KEY_CREATED, Err(KeyError::UserId));
    check_generate(USER_ID, -1, Err(KeyError::Time(TimeOutOfRange { unix_seconds: -1 })));
    check_generate(
        USER_ID,
        1 << 32,
        Err(KeyError::Time(TimeOutOfRange { unix_seconds: 1 << 32 })),
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_another_key() {
    let (one, two) = (key(), key());
    assert_eq!(one.armored(), two.armored());
    assert_eq!(*one.to_secret_bytes().unwrap(), *two.to_secret_bytes().unwrap());
    assert_eq!(
        one.sign_detached(DATA, SIGNED).unwrap(),
        two.sign_detached(DATA, SIGNED).unwrap()
    );

    let other = SigningKey::generate(USER_ID, KEY_CREATED, &seed(8)).unwrap();
    assert_ne!(one.fingerprint(), other.fingerprint());
}

const PUBLISHED_SIGNATURE: &str = "\
-----BEGIN PGP SIGNATURE-----

wnUEABYKAB0WIQQ9Lb66Ov/l16EKkiXSyUsIcNPAugWCZeLqkAAKCRDSyUsIcNPA
upG6AP0Q/QMd1dOkp+GwDDSHlyci8nYKz3HR2ea2+PYQN8sTiwEAgDrURYFaR7k2
cx0+1aJvQ2zP0kAn/bFchZk93Q1DkQQ=
=AEva
-----END PGP SIGNATURE-----
";

/// The bytes themselves are pinned: a new version of the library must not change keys and signatures already published.
#[test]
fn key_and_signature_are_the_bytes_of_earlier_versions() {
    assert_eq!(key().fingerprint(), "3D2DBEBA3AFFE5D7A10A9225D2C94B0870D3C0BA");
    assert_eq!(key().sign_detached(DATA, SIGNED).unwrap(), PUBLISHED_SIGNATURE);
}

#[test]
fn a_stored_key_signs_as_before() {
    let read_back = SigningKey::from_secret_bytes(&key().to_secret_bytes().unwrap()).unwrap();
    assert_eq!(read_back.armored(), key().armored());
    assert_eq!(read_back.sign_detached(DATA, SIGNED), key().sign_detached(DATA, SIGNED));
}

#[test]
fn a_damaged_stored_key_is_refused() {
    let stored = key().to_secret_bytes().unwrap();
    let check = |bytes: &[u8]| assert_eq!(SigningKey::from_secret_bytes(bytes).unwrap_err(), KeyError::Stored);
    check(b"");
    check(&stored[..stored.len() - 1]);
    check(&[stored.as_slice(), stored.as_slice()].concat());
    check(key().armored().as_bytes());
}

#[test]
fn a_signature_verifies_and_names_its_time_and_key() {
    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    check_verify(key().certificate(), DATA, &signature, NOW, Ok(SIGNED));
    check_verify(key().certificate(), DATA, &signature, SIGNED, Ok(SIGNED));
    let verified = crate::verify_detached(key().certificate(), DATA, signature.as_bytes(), NOW).unwrap();
    assert_eq!(verified.signer, key().fingerprint());
}

#[test]
fn a_signature_may_be_as_old_as_its_key_and_not_older() {
    assert!(key().sign_detached(DATA, KEY_CREATED).is_ok());
    let (created, key_created) = (KEY_CREATED - 1, KEY_CREATED);
    let refusal = SignError::WouldNotVerify(VerifyError::BeforeKey { created, key_created });
    assert_eq!(key().sign_detached(DATA, KEY_CREATED - 1), Err(refusal));
    assert_eq!(
        key().sign_detached(DATA, -1),
        Err(SignError::Time(TimeOutOfRange { unix_seconds: -1 }))
    );
}

#[test]
fn changed_data_another_key_and_the_future_are_refused() {
    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    let other = SigningKey::generate(USER_ID, KEY_CREATED, &seed(8)).unwrap();
    check_verify(
        key().certificate(),
        b"{\"document\":{ }}\n",
        &signature,
        NOW,
        Err(VerifyError::Mismatch),
    );
    check_verify(key().certificate(), b"", &signature, NOW, Err(VerifyError::Mismatch));
    check_verify(other.certificate(), DATA, &signature, NOW, Err(VerifyError::OtherKey));
    let (created, now) = (SIGNED, SIGNED - 1);
    check_verify(
        key().certificate(),
        DATA,
        &signature,
        now,
        Err(VerifyError::Future { created, now }),
    );
}

#[test]
fn every_line_of_the_armour_is_needed() {
    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    let lines: Vec<_> = signature.lines().collect();
    for kept in 0..lines.len() {
        let cut = lines[..kept].join("\n");
        let outcome = crate::verify_detached(key().certificate(), DATA, cut.as_bytes(), NOW);
        let refused = matches!(
            outcome,
            Err(VerifyError::Armour(ArmourError::Missing | ArmourError::Damaged))
        );
        assert!(refused, "{kept} lines: {outcome:?}");
    }
    let twice = signature.repeat(2);
    check_verify(
        key().certificate(),
        DATA,
        &twice,
        NOW,
        Err(VerifyError::Armour(ArmourError::Trailing)),
    );
    let public = key().armored();
    let other_kind = ArmourError::OtherKind {
        expected: "PGP SIGNATURE",
    };
    check_verify(
        key().certificate(),
        DATA,
        &public,
        NOW,
        Err(VerifyError::Armour(other_kind)),
    );
}

#[test]
fn a_published_certificate_reads_back() {
    let read_back = Certificate::parse(key().armored().as_bytes(), Limits::default()).unwrap();
    assert_eq!(read_back.fingerprint(), key().fingerprint());
    assert_eq!(read_back.armored(), key().armored());
    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    check_verify(&read_back, DATA, &signature, NOW, Ok(SIGNED));
}

#[test]
fn debug_shows_neither_secret_nor_user_id() {
    let shown = format!("{:?} {:?}", key(), key().certificate());
    let fingerprint = key().fingerprint();
    assert_eq!(shown, format!("SigningKey({fingerprint}) Certificate({fingerprint})"));
}
