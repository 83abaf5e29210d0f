//! Texts that are signed in place.

use super::{KEY_CREATED, NOW, SIGNED, key};
use crate::{MAX_CLEARTEXT_BYTES, SignError, VerifyError, verify_cleartext};

const TEXT: &str = "Contact: mailto:psirt@example.com\n- a line with a dash\nExpires: 2025-01-01T00:00:00Z\n";

fn signed() -> String {
    key().sign_cleartext(TEXT, SIGNED).unwrap()
}

fn check(message: &str, now: i64, expect: Result<&str, VerifyError>) {
    let read = verify_cleartext(key().certificate(), message.as_bytes(), now);
    assert_eq!(
        read.map(|(_, text)| text),
        expect.map(|text| text.trim_end().to_owned())
    );
}

#[test]
fn what_was_signed_is_read_back() {
    let message = signed();
    assert!(
        message.starts_with("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nContact: "),
        "{message}"
    );
    assert!(message.ends_with("-----END PGP SIGNATURE-----\n"), "{message}");
    check(&message, NOW, Ok(TEXT));
    check(&message.replace('\n', "\r\n"), NOW, Ok(TEXT));
    assert_eq!(message, signed(), "the same arguments give the same bytes");
}

#[test]
fn a_changed_text_is_refused() {
    let message = signed();
    check(&message.replace("psirt@", "prist@"), NOW, Err(VerifyError::Mismatch));
    check(
        &message.replace("Expires", "X: y\nExpires"),
        NOW,
        Err(VerifyError::Mismatch),
    );
    check(
        &message.replace("-----BEGIN PGP SIGNED", "-----BEGIN PGP"),
        NOW,
        Err(VerifyError::Malformed),
    );
    check(TEXT, NOW, Err(VerifyError::Malformed));
    check(
        &message,
        SIGNED - 1,
        Err(VerifyError::Future {
            created: SIGNED,
            now: SIGNED - 1,
        }),
    );
    let long = "a\n".repeat(MAX_CLEARTEXT_BYTES);
    assert!(matches!(
        verify_cleartext(key().certificate(), long.as_bytes(), NOW),
        Err(VerifyError::Armour(_))
    ));
}

#[test]
fn a_signature_over_bytes_is_not_one_over_a_text() {
    let detached = key().sign_detached(TEXT.as_bytes(), SIGNED).unwrap();
    let message = format!("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{TEXT}{detached}");
    check(&message, NOW, Err(VerifyError::NotAcceptable));
}

#[test]
fn what_would_not_be_signed_is_not_taken() {
    let spaces = key().sign_cleartext("Contact: x  \n", SIGNED);
    assert!(matches!(spaces, Err(SignError::WouldNotVerify(_))), "{spaces:?}");
    let early = key().sign_cleartext(TEXT, KEY_CREATED - 1);
    assert!(matches!(early, Err(SignError::WouldNotVerify(_))), "{early:?}");
}
