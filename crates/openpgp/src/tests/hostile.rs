//! Bytes that nobody should send.

use pgp::composed::{Deserializable as _, SignedPublicKey, SignedSecretKey};
use pgp::ser::Serialize;
use proptest::prelude::*;

use super::{DATA, NOW, SIGNED, check_verify, key};
use crate::armour::{self, Kind};
use crate::{
    ArmourError, Certificate, CertificateError, Limits, MAX_SIGNATURE_BYTES, MAX_SIGNATURES, SigningKey, VerifyError,
    verify_detached,
};

fn check_parse(armoured: &[u8], limits: Limits, expect: CertificateError) {
    assert_eq!(Certificate::parse(armoured, limits).unwrap_err(), expect);
}

#[test]
fn limits_hold() {
    let armoured = key().armored();
    let limit = armoured.len() - 1;
    let too_large = ArmourError::TooLarge {
        bytes: armoured.len(),
        limit,
    };
    check_parse(
        armoured.as_bytes(),
        Limits {
            bytes: limit,
            ..Limits::default()
        },
        too_large.into(),
    );
    let too_many = CertificateError::TooManyPackets { packets: 3, limit: 2 };
    check_parse(
        armoured.as_bytes(),
        Limits {
            packets: 2,
            ..Limits::default()
        },
        too_many,
    );

    let long = " ".repeat(MAX_SIGNATURE_BYTES + 1);
    let too_large = ArmourError::TooLarge {
        bytes: long.len(),
        limit: MAX_SIGNATURE_BYTES,
    };
    check_verify(key().certificate(), DATA, &long, NOW, Err(too_large.into()));
}

#[test]
fn what_is_no_public_key_is_refused() {
    let armoured = key().armored();
    check_parse(b"", Limits::default(), ArmourError::Missing.into());
    check_parse(
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----",
        Limits::default(),
        ArmourError::Missing.into(),
    );
    check_parse(
        armoured.repeat(2).as_bytes(),
        Limits::default(),
        ArmourError::Trailing.into(),
    );
    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    let other_kind = ArmourError::OtherKind {
        expected: "PGP PUBLIC KEY BLOCK",
    };
    check_parse(signature.as_bytes(), Limits::default(), other_kind.into());
    // A secret key is told by its name, armoured or not.
    let secret = key().to_secret_bytes().unwrap();
    let told = CertificateError::from(ArmourError::Secret);
    assert!(
        told.to_string()
            .contains("it is a secret key, which nobody but its owner should have")
    );
    assert_eq!(
        Certificate::parse_any(&secret, Limits::default()).err(),
        Some(told.clone())
    );
    let armoured_secret = armour::write(&self::secret(), Kind::SecretKey).unwrap();
    assert_eq!(
        Certificate::parse_any(armoured_secret.as_bytes(), Limits::default()).err(),
        Some(told)
    );
    let relabelled = signature.replace("PGP SIGNATURE", "PGP PUBLIC KEY BLOCK");
    check_parse(relabelled.as_bytes(), Limits::default(), CertificateError::Malformed);
    let relabelled = armoured.replace("PGP PUBLIC KEY BLOCK", "PGP SIGNATURE");
    check_verify(key().certificate(), DATA, &relabelled, NOW, Err(VerifyError::Malformed));
}

fn secret() -> SignedSecretKey {
    let bytes = key().to_secret_bytes().unwrap();
    SignedSecretKey::from_bytes_many(bytes.as_slice())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
}

#[test]
fn one_block_holds_one_key() {
    let public = SignedPublicKey::from(secret());
    let two = armour::write(&vec![public.clone(), public], Kind::PublicKey).unwrap();
    check_parse(two.as_bytes(), Limits::default(), CertificateError::SeveralKeys);
}

#[test]
fn a_secret_key_in_the_place_of_a_public_one_is_refused() {
    let armoured = armour::write(&secret(), Kind::PublicKey).unwrap();
    check_parse(armoured.as_bytes(), Limits::default(), CertificateError::Malformed);
}

/// Packets that the library would not write.
struct Packets(Vec<u8>);

impl Serialize for Packets {
    fn to_writer<W: std::io::Write>(&self, writer: &mut W) -> pgp::errors::Result<()> {
        Ok(writer.write_all(&self.0)?)
    }

    fn write_len(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn a_key_of_version_3_is_refused() {
    // Version, creation, no expiry, RSA, a modulus of 2048 bits, the exponent 65537.
    let mut body = vec![3, 0x30, 0, 0, 0, 0, 0, 1, 8, 0];
    body.extend([0xFF; 256]);
    body.extend([0, 17, 1, 0, 1]);
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let packet = [&[0x99][..], &length[..], &body[..]].concat();
    let armoured = armour::write(&Packets(packet), Kind::PublicKey).unwrap();
    let what = "a key version other than 4 and 6";
    check_parse(
        armoured.as_bytes(),
        Limits::default(),
        CertificateError::Obsolete { what },
    );
}

#[test]
fn one_good_signature_among_a_few_is_enough() {
    let good = key().sign_detached(DATA, SIGNED).unwrap();
    let good = armour::read(good.as_bytes(), Kind::Signature, MAX_SIGNATURE_BYTES).unwrap();
    let other = key().sign_detached(b"other", SIGNED).unwrap();
    let other = armour::read(other.as_bytes(), Kind::Signature, MAX_SIGNATURE_BYTES).unwrap();
    let check = |goods: usize, others: usize, expect| {
        let packets = Packets([other.repeat(others), good.repeat(goods)].concat());
        let armoured = armour::write(&packets, Kind::Signature).unwrap();
        check_verify(key().certificate(), DATA, &armoured, NOW, expect);
    };
    check(1, 1, Ok(SIGNED));
    check(1, MAX_SIGNATURES - 1, Ok(SIGNED));
    check(1, MAX_SIGNATURES, Err(VerifyError::TooMany));
    check(0, 2, Err(VerifyError::Mismatch));
    check(0, 0, Err(VerifyError::Malformed));
}

/// A base64 alphabet makes packets of noise; the labels make the parsers look at it.
fn armoured_noise(label: &'static str) -> impl Strategy<Value = String> {
    "[A-Za-z0-9+/]{4}{0,200}"
        .prop_map(move |body| format!("-----BEGIN {label}-----\n\n{body}\n-----END {label}-----\n"))
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(Certificate::parse(&bytes, Limits::default()).is_err());
        prop_assert!(SigningKey::from_secret_bytes(&bytes).is_err());
        prop_assert!(verify_detached(key().certificate(), DATA, &bytes, NOW).is_err());
    }

    #[test]
    fn armoured_noise_never_panics(
        public in armoured_noise("PGP PUBLIC KEY BLOCK"),
        signature in armoured_noise("PGP SIGNATURE"),
    ) {
        prop_assert!(Certificate::parse(public.as_bytes(), Limits::default()).is_err());
        prop_assert!(verify_detached(key().certificate(), DATA, signature.as_bytes(), NOW).is_err());
    }

    /// One changed byte: the signature is refused, or says what it said before (armour ignores some bytes).
    #[test]
    fn a_changed_signature_is_never_a_different_one(place in 0..400_usize, byte in any::<u8>()) {
        let mut signature = key().sign_detached(DATA, SIGNED).unwrap().into_bytes();
        let place = place % signature.len();
        signature[place] = byte;
        if let Ok(verified) = verify_detached(key().certificate(), DATA, &signature, NOW) {
            prop_assert_eq!(verified.created, SIGNED);
        }
    }

    #[test]
    fn a_changed_certificate_never_panics(place in 0..1000_usize, byte in any::<u8>()) {
        let mut armoured = key().armored().into_bytes();
        let place = place % armoured.len();
        armoured[place] = byte;
        if let Ok(certificate) = Certificate::parse(&armoured, Limits::default()) {
            let signature = key().sign_detached(DATA, SIGNED).unwrap();
            let outcome = verify_detached(&certificate, DATA, signature.as_bytes(), NOW);
            prop_assert!(outcome.is_err() || certificate.fingerprint() == key().fingerprint());
        }
    }
}
