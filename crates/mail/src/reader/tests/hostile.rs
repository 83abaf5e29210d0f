//! Bytes that nobody should send: they are read to their end, within limits.

use proptest::prelude::*;

use super::{NOW, read_with, understood};
use crate::reader::{Limits, Means, Trouble, Warning, read};

fn means() -> Means<'static> {
    Means {
        keys: &[],
        known: &[],
        addresses: &[],
        lists: &[],
        hosts: &[],
        recipients: &[],
        now: NOW,
    }
}

fn check_limited(message: &[u8], limits: Limits, warning: Warning) {
    let reading = read(message, &means(), &limits);
    assert!(
        reading.understood.warnings.contains(&warning),
        "{:?}",
        reading.understood
    );
    assert!(reading.understood.opens_case);
}

#[test]
fn every_limit_holds_and_is_told() {
    let usual = Limits::default();
    let nested: String = (0..60)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
        .collect();
    check_limited(nested.as_bytes(), usual, Warning::TooDeep);
    let many = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n{}--b--\n",
        "--b\n\nx\n".repeat(1_200)
    );
    check_limited(many.as_bytes(), usual, Warning::TooManyParts);
    let fields = format!("{}\n\nx", "X-Field: 1\n".repeat(2_100));
    check_limited(fields.as_bytes(), usual, Warning::LongHeaders);
    let long = format!("X-Field: {}\n\nx", "y".repeat(usual.field_bytes + 1));
    check_limited(long.as_bytes(), usual, Warning::LongHeaders);
    let section = format!("X: {}\n\nx", "y\n ".repeat(usual.header_bytes));
    check_limited(section.as_bytes(), usual, Warning::LongHeaders);
    let small = Limits {
        decoded_bytes: 10,
        ..usual
    };
    check_limited(b"Subject: x\n\nmore than ten bytes", small, Warning::TooLarge);
    let terse = Limits { text_bytes: 4, ..usual };
    check_limited(b"Subject: x\n\nlonger", terse, Warning::TooLarge);
    check_limited(b"Content-Type: text/html\n\nlonger", terse, Warning::TooLarge);
    assert_eq!(read(b"Subject: x\n\nlonger", &means(), &terse).understood.text, "long");
    let tiny = Limits {
        message_bytes: 10,
        ..usual
    };
    let refused = read(b"From: a@b.example\nSubject: x\n\nbody", &means(), &tiny).understood;
    assert_eq!(refused.error, Some(Trouble::TooLarge));
    assert_eq!((refused.subject.as_str(), refused.text.as_str()), ("x", ""));
    assert!(refused.opens_case && !refused.must_not_answer);
}

#[test]
fn thirty_thousand_messages_inside_each_other_are_one_file() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(30_000);
    let read = understood(&nested);
    assert_eq!(read.attachments.len(), 1);
    assert!(read.opens_case);
}

#[test]
fn many_boundaries_that_are_nearly_one_end_soon() {
    let boundary = "b".repeat(1_000);
    let near = format!("--{}\n", "b".repeat(999)).repeat(5_000);
    let message = format!("Content-Type: multipart/mixed; boundary={boundary}\n\n{near}");
    assert!(understood(&message).warnings.contains(&Warning::Malformed));
}

#[test]
fn empty_and_headless_messages_are_read() {
    for message in ["", "\n", "no header at all", ":\n", "Content-Type:\n\n", "\n\n\n"] {
        assert!(understood(message).opens_case, "{message:?}");
    }
    assert_eq!(understood("\nOnly a body.\n").text, "Only a body.");
}

/// Lines that mail is made of, in any order.
fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "--b",
        "--b--",
        "--c",
        "",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: multipart/alternative; boundary=\"c",
        "Content-Type: multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"",
        "Content-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"",
        "Content-Type: multipart/report; boundary=c",
        "Content-Type: text/html; charset=utf-16",
        "Content-Type: text/plain; charset=iso-2022-jp; protected-headers=v1",
        "Content-Type: application/pgp-encrypted",
        "Content-Type: application/octet-stream; name*0*=utf-8''%2e; name*1=./x",
        "Content-Type: application/pgp-signature",
        "Content-Type: application/pkcs7-mime",
        "Content-Type: message/delivery-status",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Disposition: attachment; filename=\"\\\\..\\",
        "From: =?x?B?//?= <a@b>, <",
        "From: a:b@c;,\"",
        "Date: 32 Feb 99999 99:99:99 +9999",
        "Autocrypt: addr=a@b; keydata=AAAA",
        "Subject: =?utf-8?Q?=?==?utf-7?Q?+AA-?=",
        "-----BEGIN PGP MESSAGE-----",
        "-----END PGP MESSAGE-----",
        "-----BEGIN PGP SIGNED MESSAGE-----",
        "-----BEGIN PGP SIGNATURE-----",
        "-----END PGP SIGNATURE-----",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "-----END PGP PUBLIC KEY BLOCK-----",
        "hQEMAw==",
        "=abcd",
        "<a href=\"http://x",
        "Action: failed",
        "Final-Recipient: rfc822;",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[ -~äß\\x00\\t]{0,40}"]
}

proptest! {
    #[test]
    fn noise_is_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let reading = read_with(&bytes, &[], &[]);
        prop_assert_eq!(reading.contents.len(), reading.understood.attachments.len());
    }

    #[test]
    fn mail_of_any_lines_is_read(lines in prop::collection::vec(line(), 0..60), end in prop::sample::select(vec!["\n", "\r\n", "\r"])) {
        let reading = read_with(lines.join(end).as_bytes(), &[], &[]);
        let read = &reading.understood;
        prop_assert_eq!(reading.contents.len(), read.attachments.len());
        prop_assert!(!read.subject.contains(['\n', '\r', '\0']));
        for file in &read.attachments {
            prop_assert!(!file.name.is_empty() && file.name.len() <= 200);
            prop_assert!(!file.name.contains(['/', '\\', '\0', '\n']) && !file.name.starts_with('.'));
        }
        prop_assert!(!read.text.contains('\0'));
        // What goes over the pipe comes back.
        let json = serde_json::to_vec(read).unwrap();
        let back: crate::reader::Understood = serde_json::from_slice(&json).unwrap();
        prop_assert!(back == *read);
    }

    #[test]
    fn header_fields_of_any_bytes_are_read(name in prop::sample::select(vec!["From", "To", "Date", "Subject", "Content-Type", "Content-Disposition", "Autocrypt", "References", "Return-Path"]), value in prop::collection::vec(any::<u8>(), 0..200)) {
        let message = [name.as_bytes(), b": ", &value, b"\r\n\r\nx"].concat();
        _ = read_with(&message, &[], &[]);
    }
}
