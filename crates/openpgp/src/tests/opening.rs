//! What opens, what does not, and that nothing of a damaged message is ever given out.

use pgp::composed::MessageBuilder;
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey};
use pgp::types::{CompressionAlgorithm, KeyDetails as _, Password};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use zeroize::Zeroizing;

use super::gpg::{Gpg, clock};
use super::{DATA, KEY_CREATED, NOW, SIGNED, USER_ID, key};
use crate::armour;
use crate::{
    Certificate, ENCRYPT_SEED_BYTES, EncryptError, INTAKE_SEED_BYTES, OpenError, OpenLimits, Opened, Protection,
    Purpose, Reason, Retired, Signed, SigningKey, Unusable, VerifyError, encrypt, judge_cleartext, judge_detached,
    open,
};

const YEAR: i64 = 365 * 86_400;
const UNTIL: i64 = KEY_CREATED + YEAR;

fn intake(first: u8) -> SigningKey {
    let mut seeds = Zeroizing::new([0; INTAKE_SEED_BYTES]);
    seeds.iter_mut().zip(first..).for_each(|(byte, value)| *byte = value);
    SigningKey::generate_intake(USER_ID, KEY_CREATED, Some(UNTIL), &seeds).unwrap()
}

fn fresh() -> Zeroizing<[u8; ENCRYPT_SEED_BYTES]> {
    Zeroizing::new([5; ENCRYPT_SEED_BYTES])
}

fn sealed(content: &[u8]) -> Vec<u8> {
    let message = encrypt(&[intake(1).certificate()], content, None, SIGNED, &fresh()).unwrap();
    armour::read_message(message.as_bytes(), usize::MAX).unwrap()
}

fn opened(message: &[u8], now: i64) -> Result<Opened, OpenError> {
    open(
        message,
        &[intake(1)],
        &[key().certificate().clone()],
        OpenLimits::default(),
        now,
    )
}

fn check_refused(message: &[u8], expect: OpenError) {
    assert_eq!(opened(message, NOW).unwrap_err(), expect);
}

fn random() -> StdRng {
    StdRng::seed_from_u64(3)
}

/// The encryption subkey of [`intake`], for messages that our own code does not make.
fn subkey() -> pgp::packet::PublicSubkey {
    let key = intake(1);
    let subkeys = &key.certificate().whole().public_subkeys;
    let encrypts = |subkey: &&pgp::composed::SignedPublicSubKey| {
        subkey.key.algorithm() == pgp::crypto::public_key::PublicKeyAlgorithm::ECDH
    };
    subkeys.iter().find(encrypts).unwrap().key.clone()
}

#[test]
fn what_we_encrypt_and_sign_opens_with_its_signature() {
    let recipient = intake(1);
    let message = encrypt(&[recipient.certificate()], DATA, Some(&key()), SIGNED, &fresh()).unwrap();
    let opened = opened(message.as_bytes(), NOW).unwrap();
    assert_eq!(opened.content, DATA);
    let encryption = opened.encryption.unwrap();
    assert_eq!(encryption.key, recipient.fingerprint());
    assert_eq!(encryption.retired, None);
    assert_eq!(encryption.protection, Protection::Mdc);
    assert_eq!(encryption.recipients.len(), 1);
    let [Signed::Good { certificate, by }] = opened.signatures.as_slice() else {
        panic!("one good signature, found {:?}", opened.signatures);
    };
    assert_eq!(*certificate, key().fingerprint());
    assert_eq!(by.created, SIGNED);
}

#[test]
fn the_same_seed_gives_the_same_message() {
    let make = || encrypt(&[intake(1).certificate()], DATA, Some(&key()), SIGNED, &fresh()).unwrap();
    assert_eq!(make(), make());
}

#[test]
fn nobody_is_encrypted_to_who_could_not_read_it() {
    let encrypt_to = |certificate: &Certificate, at| encrypt(&[certificate], DATA, None, at, &fresh()).unwrap_err();
    let refused = |certificate: &Certificate, why| EncryptError::Recipient {
        fingerprint: certificate.fingerprint(),
        why,
    };
    let only_signs = key();
    let only_signs = only_signs.certificate();
    assert_eq!(
        encrypt_to(only_signs, SIGNED),
        refused(only_signs, Unusable::CannotEncrypt)
    );
    let ends = intake(1);
    let ends = ends.certificate();
    assert_eq!(encrypt_to(ends, UNTIL), refused(ends, Unusable::Expired { at: UNTIL }));
    let revoked = intake(1).revocation(Reason::Superseded, "", SIGNED).unwrap();
    assert_eq!(encrypt_to(&revoked, NOW), refused(&revoked, Unusable::Revoked));
    assert_eq!(
        encrypt(&[], DATA, None, SIGNED, &fresh()),
        Err(EncryptError::NoRecipient)
    );
    let signer = encrypt(&[ends], DATA, Some(&intake(1)), UNTIL, &fresh());
    assert!(signer.is_err());
}

#[test]
fn old_and_revoked_keys_still_open_and_say_so() {
    let message = sealed(DATA);
    let retired = |key: SigningKey, now| {
        let opened = open(&message, &[key], &[], OpenLimits::default(), now).unwrap();
        assert_eq!(opened.content, DATA);
        opened.encryption.unwrap().retired
    };
    assert_eq!(retired(intake(1), NOW), None);
    let expired = Unusable::Expired { at: UNTIL };
    assert_eq!(retired(intake(1), UNTIL), Some(Retired::Key(expired)));
    let revoked = intake(1).revocation(Reason::Superseded, "", SIGNED).unwrap();
    let revoked = intake(1).certified_by(revoked).unwrap();
    assert_eq!(retired(revoked, NOW), Some(Retired::Key(Unusable::Revoked)));
}

#[test]
fn a_message_for_somebody_else_names_its_key() {
    let message = sealed(DATA);
    let refused = open(&message, &[intake(100)], &[], OpenLimits::default(), NOW).unwrap_err();
    let recipients = vec![subkey().legacy_key_id().to_string().to_uppercase()];
    assert_eq!(refused, OpenError::NoSecretKey { recipients });
}

#[test]
fn a_hidden_recipient_is_found_among_our_keys() {
    let mut builder = MessageBuilder::from_bytes("", DATA).seipd_v1(random(), SymmetricKeyAlgorithm::AES256);
    builder.encrypt_to_key_anonymous(random(), &subkey()).unwrap();
    let message = builder.to_vec(random()).unwrap();
    let keys = [intake(100), intake(150), intake(1)];
    let opened = open(&message, &keys, &[], OpenLimits::default(), NOW).unwrap();
    assert_eq!(opened.content, DATA);
    assert_eq!(opened.encryption.unwrap().recipients, vec![None]);
    let no_tries = OpenLimits {
        tries: 2,
        ..OpenLimits::default()
    };
    let refused = open(&message, &keys, &[], no_tries, NOW).unwrap_err();
    assert_eq!(refused, OpenError::NoSecretKey { recipients: vec![] });
}

/// RFC 9580: a session key of version 6 and authenticated chunks.
fn sealed_in_chunks(content: &[u8]) -> Vec<u8> {
    let mut builder = MessageBuilder::from_bytes("", content.to_vec()).seipd_v2(
        random(),
        SymmetricKeyAlgorithm::AES256,
        AeadAlgorithm::Ocb,
        ChunkSize::C64B,
    );
    builder.encrypt_to_key(random(), &subkey()).unwrap();
    builder.to_vec(random()).unwrap()
}

/// As GnuPG 2.4 writes it to keys that ask for OCB: packet 20 (draft-koch-librepgp §5.16).
fn sealed_by_gnupg_ocb(content: &[u8], spoil_the_end: bool) -> Vec<u8> {
    let session = SymmetricKeyAlgorithm::AES256.new_session_key(random());
    let mut message = Vec::new();
    PublicKeyEncryptedSessionKey::from_session_key_v3(random(), &session, SymmetricKeyAlgorithm::AES256, &subkey())
        .unwrap()
        .to_writer_with_header(&mut message)
        .unwrap();
    let inside = MessageBuilder::from_bytes("", content.to_vec())
        .to_vec(random())
        .unwrap();
    let header = [1, 9, 2, 0];
    let iv = [7; 15];
    let mut chunks: Vec<u8> = Vec::new();
    let mut seal = |index: u64, end: Option<u64>, chunk: &[u8]| {
        let mut nonce = iv;
        for (byte, other) in nonce[7..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= other;
        }
        let mut about = [&[0xd4][..], &header, &index.to_be_bytes()].concat();
        about.extend(end.iter().flat_map(|end| end.to_be_bytes()));
        let mut buffer = chunk.into();
        AeadAlgorithm::Ocb
            .encrypt_in_place(
                &SymmetricKeyAlgorithm::AES256,
                session.as_ref(),
                &nonce,
                &about,
                &mut buffer,
            )
            .unwrap();
        chunks.extend_from_slice(&buffer);
    };
    let mut index = 0;
    for chunk in inside.chunks(64) {
        seal(index, None, chunk);
        index += 1;
    }
    let total = inside.len() as u64 + u64::from(spoil_the_end);
    seal(index, Some(total), &[]);
    let body = [&header[..], &iv, &chunks].concat();
    message.push(0xd4);
    message.push(0xff);
    message.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    message.extend(body);
    message
}

#[test]
fn every_protected_container_opens() {
    let long = DATA.repeat(100);
    let protection = |message: &[u8]| {
        let opened = opened(message, NOW).unwrap();
        assert_eq!(opened.content, long);
        opened.encryption.unwrap().protection
    };
    assert_eq!(protection(&sealed(&long)), Protection::Mdc);
    assert_eq!(protection(&sealed_in_chunks(&long)), Protection::Aead);
    assert_eq!(protection(&sealed_by_gnupg_ocb(&long, false)), Protection::GnupgOcb);
    check_refused(&sealed_by_gnupg_ocb(&long, true), OpenError::Integrity);
}

/// Nothing of a message is given out whose bytes are not all there and as they were.
#[test]
fn no_changed_or_shortened_message_opens() {
    let content = DATA.repeat(8);
    for message in [
        sealed(&content),
        sealed_in_chunks(&content),
        sealed_by_gnupg_ocb(&content, false),
    ] {
        for place in (0..message.len()).step_by(2) {
            let mut changed = message.clone();
            changed[place] ^= 0x10;
            // Some bits are not part of what is protected: they say how a packet is written.
            if let Ok(opened) = opened(&changed, NOW) {
                assert_eq!(opened.content, content, "changed at {place}");
            }
        }
        for length in (0..message.len()).step_by(11) {
            assert!(opened(&message[..length], NOW).is_err(), "cut at {length}");
        }
        let last = message.len() - 1;
        let mut changed = message.clone();
        changed[last] ^= 1;
        check_refused(&changed, OpenError::Integrity);
        check_refused(&message[..last], OpenError::Truncated);
        let followed = [&message[..], &[0xcb, 7, b'b', 0, 0, 0, 0, 0, b'x']].concat();
        check_refused(&followed, OpenError::Malformed);
    }
}

#[test]
fn armour_that_ends_early_is_cut_short() {
    let message = encrypt(&[intake(1).certificate()], DATA, None, SIGNED, &fresh()).unwrap();
    check_refused(&message.as_bytes()[..message.len() / 2], OpenError::Truncated);
    let without_end = message.replace("-----END PGP MESSAGE-----", "");
    check_refused(without_end.as_bytes(), OpenError::Truncated);
    check_refused(b"Hello", OpenError::Missing);
    check_refused(b"", OpenError::Missing);
}

#[test]
fn armour_opens_as_mail_leaves_it() {
    let message = encrypt(&[intake(1).certificate()], DATA, None, SIGNED, &fresh()).unwrap();
    let mangled = message.replace('\n', "  \r\n").replacen(
        "-----BEGIN PGP MESSAGE-----",
        "Hi,\r\n-----BEGIN PGP MESSAGE-----\r\nComment: Gr\u{fc}\u{df}e",
        1,
    );
    let latin: Vec<u8> = mangled.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(opened(&latin, NOW).unwrap().content, DATA);
}

#[test]
fn without_integrity_protection_nothing_opens() {
    // The container of version 1 as the one that existed before it.
    let mut message = sealed(DATA);
    let behind_session_key = 2 + usize::from(message[1]);
    assert_eq!(message[behind_session_key], 0xd2);
    message[behind_session_key] = 0xc9;
    check_refused(&message, OpenError::NoIntegrity);
}

#[test]
fn limits_hold_when_layers_come_off() {
    let zeros = vec![0; 300_000];
    let mut builder = MessageBuilder::from_bytes("", zeros).seipd_v1(random(), SymmetricKeyAlgorithm::AES256);
    builder.compression(CompressionAlgorithm::ZIP);
    builder.encrypt_to_key(random(), &subkey()).unwrap();
    let message = builder.to_vec(random()).unwrap();
    assert!(message.len() < 10_000);
    assert_eq!(opened(&message, NOW).unwrap().content.len(), 300_000);
    let limits = OpenLimits {
        bytes: 200_000,
        ..OpenLimits::default()
    };
    let refused = open(&message, &[intake(1)], &[], limits, NOW).unwrap_err();
    assert_eq!(refused, OpenError::TooLarge { limit: 200_000 });
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0xc0 | tag, 0xff][..], &length, body].concat()
}

#[test]
fn layers_and_packets_are_counted() {
    let mut message = packet(11, &[b'b', 0, 0, 0, 0, 0, b'x']);
    for layer in 1..=9 {
        // Compressed by algorithm 0, that is not at all.
        message = packet(8, &[&[0][..], &message].concat());
        match opened(&message, NOW) {
            Ok(opened) => assert!(layer <= 8 && opened.content == b"x"),
            Err(error) => assert!(
                layer == 9 && error == OpenError::TooDeep { limit: 8 },
                "{layer}: {error}"
            ),
        }
    }
    check_refused(&packet(10, b"PGP").repeat(1_001), OpenError::TooMany);
    check_refused(&packet(10, b"PGP"), OpenError::Malformed);
    check_refused(&packet(6, b"key"), OpenError::Unsupported);
}

#[test]
fn a_passphrase_is_not_asked_for() {
    let mut builder = MessageBuilder::from_bytes("", DATA).seipd_v1(random(), SymmetricKeyAlgorithm::AES256);
    let salted = pgp::types::StringToKey::new_iterated(random(), HashAlgorithm::Sha256, 96);
    builder
        .encrypt_with_password(salted, &Password::from("secret"))
        .unwrap();
    check_refused(&builder.to_vec(random()).unwrap(), OpenError::Passphrase);
}

#[test]
fn an_unknown_signer_is_named_and_a_bad_signature_told() {
    let other = SigningKey::generate("Other <other@example.com>", KEY_CREATED, &super::seed(8)).unwrap();
    let message = encrypt(&[intake(1).certificate()], DATA, Some(&other), SIGNED, &fresh()).unwrap();
    let signed = opened(message.as_bytes(), NOW).unwrap().signatures;
    let issuer = Some(other.fingerprint());
    assert_eq!(signed, [Signed::Unknown { issuer }]);

    let signature = key().sign_detached(DATA, SIGNED).unwrap();
    let certificates = [key().certificate().clone()];
    let judged = judge_detached(&certificates, b"changed", signature.as_bytes(), NOW).unwrap();
    let certificate = key().fingerprint();
    let why = VerifyError::Mismatch;
    assert_eq!(judged, [Signed::Bad { certificate, why }]);
}

#[test]
fn a_long_text_signed_in_place_is_judged() {
    let text = "- a line\n".repeat(5_000);
    let certificates = [key().certificate().clone()];
    let signed = key().sign_cleartext("- a line\n", SIGNED).unwrap();
    let (read, judged) = judge_cleartext(&certificates, signed.as_bytes(), 1_000_000, NOW).unwrap();
    assert_eq!(read.trim_end(), "- a line");
    assert!(matches!(judged.as_slice(), [Signed::Good { .. }]));
    let changed = signed.replace("a line", "another line");
    let (_, judged) = judge_cleartext(&certificates, changed.as_bytes(), 1_000_000, NOW).unwrap();
    assert!(matches!(judged.as_slice(), [Signed::Bad { .. }]));
    assert!(judge_cleartext(&certificates, text.as_bytes(), 1_000, NOW).is_err());
}

/// A key of version 6, as newer programs make them: made elsewhere, brought along, opens, and is not called old.
#[test]
fn a_key_of_version_6_opens() {
    let data = std::env::var_os("CANDOR_DATA").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        std::path::PathBuf::from,
    );
    let Ok(armoured) = std::fs::read(data.join("data/mail/keys/psirt-v6.sec.asc")) else {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "the sample keys are missing, and CI must run every test"
        );
        println!("skipped: needs the sample keys in {} (set CANDOR_DATA)", data.display());
        return;
    };
    let key = SigningKey::import_for_opening(&armoured, None).unwrap();
    // 2026-12-01T00:00:00Z, when it was made and had not ended.
    let now = 1_796_083_200;
    let mut builder = MessageBuilder::from_bytes("", DATA).seipd_v2(
        random(),
        SymmetricKeyAlgorithm::AES256,
        AeadAlgorithm::Ocb,
        ChunkSize::C64B,
    );
    let subkeys = &key.certificate().whole().public_subkeys;
    let able = key.certificate().able_at(Purpose::Intake, super::at(now));
    let encrypts = subkeys
        .iter()
        .find(|subkey| able.contains(&subkey.key.fingerprint()))
        .unwrap();
    builder.encrypt_to_key(random(), &encrypts.key).unwrap();
    let message = builder.to_vec(random()).unwrap();
    let opened = open(&message, std::slice::from_ref(&key), &[], OpenLimits::default(), now).unwrap();
    assert_eq!(opened.content, DATA);
    let encryption = opened.encryption.unwrap();
    assert_eq!((encryption.protection, encryption.retired), (Protection::Aead, None));
    assert_eq!(
        encryption.recipients,
        [Some(format!("{:X}", encrypts.key.fingerprint()))]
    );
    let armoured = encrypt(&[key.certificate()], DATA, None, now, &fresh()).unwrap_err();
    assert!(matches!(
        armoured,
        EncryptError::Recipient {
            why: Unusable::TooNew,
            ..
        }
    ));
}

#[test]
fn gpg_opens_what_we_encrypt() {
    let Some(gpg) = Gpg::start() else { return };
    gpg.ok(&[
        &clock(KEY_CREATED),
        "--quick-generate-key",
        "Rita <rita@example.com>",
        "default",
        "default",
        "never",
    ]);
    gpg.write("ours.asc", &key().armored());
    gpg.ok(&["--import", "ours.asc"]);
    let message = encrypt(
        &[&gpg.certificate_of("rita@example.com")],
        DATA,
        Some(&key()),
        SIGNED,
        &fresh(),
    )
    .unwrap();
    gpg.write("message.asc", &message);
    let status = gpg.ok(&[
        "--trust-model",
        "always",
        &clock(NOW),
        "--output",
        "opened",
        "--decrypt",
        "message.asc",
    ]);
    assert!(status.contains("GOODMDC") && status.contains("GOODSIG"), "{status}");
    assert_eq!(std::fs::read(gpg.path("opened")).unwrap(), DATA);
}

#[test]
fn we_open_what_gpg_encrypts() {
    let Some(gpg) = Gpg::start() else { return };
    gpg.ok(&[
        &clock(KEY_CREATED),
        "--quick-generate-key",
        "Rita <rita@example.com>",
        "default",
        "default",
        "never",
    ]);
    gpg.write("ours.asc", &intake(1).armored());
    gpg.ok(&["--import", "ours.asc"]);
    let rita = gpg.certificate_of("rita@example.com");
    let run = |more: &[&str]| {
        let at = clock(SIGNED);
        let mut all = vec![
            "--yes",
            "--trust-model",
            "always",
            &at,
            "--output",
            "message",
            "--sign",
            "--encrypt",
        ];
        all.extend(more);
        all.push("data");
        gpg.ok(&all);
        std::fs::read(gpg.path("message")).unwrap()
    };
    let us = intake(1).fingerprint();
    for more in [
        vec!["-r", &us, "--armor"],
        vec!["-r", &us],
        vec!["-R", &us],
        vec!["-r", &us, "-r", "rita@example.com"],
        vec!["-r", &us, "--compress-algo", "bzip2"],
        vec!["-r", &us, "--compress-algo", "zlib", "--textmode"],
        vec!["-r", &us, "--compress-algo", "none", "--cipher-algo", "TWOFISH"],
    ] {
        let opened = open(
            &run(&more),
            &[intake(1)],
            std::slice::from_ref(&rita),
            OpenLimits::default(),
            NOW,
        );
        let opened = opened.unwrap_or_else(|error| panic!("{more:?}: {error}"));
        // Text is signed with the line ends of mail.
        let text = String::from_utf8(opened.content).unwrap().replace("\r\n", "\n");
        assert_eq!(text.as_bytes(), DATA, "{more:?}");
        assert!(
            matches!(opened.signatures.as_slice(), [Signed::Good { certificate, .. }] if *certificate == rita.fingerprint()),
            "{more:?}"
        );
    }
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        // A few bytes may happen to be a text that nobody encrypted or signed.
        if let Ok(opened) = opened(&bytes, NOW) {
            prop_assert!(opened.encryption.is_none());
            let good = |signed: &Signed| matches!(signed, Signed::Good { .. });
            prop_assert!(!opened.signatures.iter().any(good));
        }
    }

    /// Noise that begins as messages do.
    #[test]
    fn packets_of_noise_never_panic(tags in prop::collection::vec((prop::sample::select(vec![1_u8, 2, 3, 4, 8, 9, 11, 18, 20]), prop::collection::vec(any::<u8>(), 0..60)), 1..6)) {
        let message: Vec<u8> = tags.iter().flat_map(|(tag, body)| packet(*tag, body)).collect();
        _ = opened(&message, NOW);
    }

    #[test]
    fn armoured_noise_never_panics(body in "[A-Za-z0-9+/=\n -]{0,400}") {
        let message = format!("-----BEGIN PGP MESSAGE-----\n\n{body}\n-----END PGP MESSAGE-----\n");
        _ = opened(message.as_bytes(), NOW);
    }
}
