//! What strangers send, through the built binary: it costs nothing but itself.

use crate::house::*;
use crate::mail::{Serving, Wire, ingest, rows};
use data_encoding::BASE64;
use openpgp::{Certificate, ENCRYPT_SEED_BYTES, INTAKE_SEED_BYTES, Limits, SigningKey, encrypt};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// 2026-01-01, before every key of the house.
const MADE: i64 = 1_767_225_600;
/// The clock of the house.
const NOW: i64 = MADE + 5 * 86_400 + 8 * 3_600;
const BRANDS: [(&str, &str); 2] = [("128-technology", "128T-"), ("nozomi-networks", "NN-")];

/// A key that signs with a subkey, as most do.
fn key(name: &str) -> SigningKey {
    let mut seeds = Zeroizing::new([0; INTAKE_SEED_BYTES]);
    for ((seed, place), byte) in seeds.iter_mut().zip(0..).zip(name.bytes().cycle()) {
        *seed = byte ^ place;
    }
    SigningKey::generate_intake(&format!("{name} <{name}@example.org>"), MADE, None, &seeds).unwrap()
}

/// A house with a key that reports are encrypted to, and that key.
fn with_key(base: &TempDir) -> (std::path::PathBuf, Certificate) {
    let dir = house(base);
    // Mail without an address is for the first brand.
    let brand = BRANDS[0].0;
    let made = [
        "key",
        "make",
        "--brand",
        brand,
        "--intake",
        "--json",
        "--as",
        "administrator",
    ];
    let fingerprint = json(&done(&dir, &made))["fingerprint"].as_str().unwrap().to_owned();
    let public = done(&dir, &["key", "export", &fingerprint, "--as", "administrator"]);
    (dir, Certificate::parse(public.as_bytes(), Limits::default()).unwrap())
}

fn head(name: &str, subject: &str) -> String {
    format!("From: {name} <{name}@example.org>\r\nSubject: {subject}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n")
}

/// A report that is encrypted and signed, and brings a key along if one is given.
fn sealed(to: &Certificate, by: &SigningKey, name: &str, text: &str, brings: Option<&str>) -> String {
    let text = format!("Content-Type: text/plain\r\n\r\n{text}\r\n");
    let content = match brings {
        Some(brought) => format!(
            "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{text}\r\n--m\r\nContent-Type: application/pgp-keys; name=k.asc\r\n\r\n{brought}\r\n--m--\r\n"
        ),
        None => text,
    };
    let mut seed = Zeroizing::new([3; ENCRYPT_SEED_BYTES]);
    seed.iter_mut()
        .zip(content.bytes().rev())
        .for_each(|(seed, byte)| *seed ^= byte);
    let secret = encrypt(&[to], content.as_bytes(), Some(by), NOW, &seed).unwrap();
    format!(
        "{}Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\r\n\r\n--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--e\r\nContent-Type: application/octet-stream\r\n\r\n{secret}\r\n--e--\r\n",
        head(name, "...")
    )
}

/// A report in clear with these keys attached.
fn clear(name: &str, text: &str, brings: &[String]) -> String {
    let files: String = brings
        .iter()
        .map(|key| format!("--m\r\nContent-Type: application/pgp-keys; name=k.asc\r\n\r\n{key}\r\n"))
        .collect();
    format!(
        "{}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n{text}\r\n{files}--m--\r\n",
        head(name, text)
    )
}

fn packets(armoured: &str) -> Vec<u8> {
    let (_, body) = armoured.split_once("\n\n").unwrap();
    let lines = body.lines().take_while(|line| !line.starts_with(['=', '-']));
    BASE64.decode(lines.collect::<String>().as_bytes()).unwrap()
}

fn armoured(packets: &[u8]) -> String {
    let lines: Vec<String> = BASE64
        .encode(packets)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{}\n-----END PGP PUBLIC KEY BLOCK-----",
        lines.join("\n")
    )
}

/// Where each packet begins, in the new form of lengths or the old one.
fn cut(packets: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut found) = (packets, Vec::new());
    while let [tag, first, ..] = *rest {
        let (head, length) = match (tag & 0x40 != 0, first) {
            (true, ..192) => (2, usize::from(first)),
            (true, _) => (3, ((usize::from(first) - 192) << 8) + usize::from(rest[2]) + 192),
            (false, _) if tag & 3 == 0 => (2, usize::from(first)),
            (false, _) => (3, usize::from(first) << 8 | usize::from(rest[2])),
        };
        let (packet, behind) = rest.split_at(head + length);
        found.push(packet);
        rest = behind;
    }
    found
}

/// The row of a message that was read at once.
fn read(dir: &Path, message: &str) -> Value {
    let number = ingest(dir, message)["number"].clone();
    done(dir, &["work", "--once"]);
    rows(dir).into_iter().find(|row| row["number"] == number).unwrap()
}

/// Whether a key of Mallory's is kept to answer with.
fn check_kept(dir: &Path, key: &str, kept: bool) {
    let message = clear("mallory", "An overflow.", &[key.to_owned()]);
    let read = json(&done_with(dir, &["mail", "read", "-", "--json"], message.as_bytes()));
    assert_eq!(read["keys"].as_array().unwrap().len(), usize::from(kept), "{read}");
    let warned = read["warnings"]
        .to_string()
        .contains("a key that came along is not kept");
    assert_eq!(warned, !kept, "{read}");
}

#[test]
fn keys_of_strangers_keep_no_report_from_being_read_and_its_signer_known() {
    let base = TempDir::new().unwrap();
    let (dir, ours) = with_key(&base);
    let (rita, mallory) = (key("rita"), key("mallory"));
    let first = read(
        &dir,
        &sealed(&ours, &rita, "rita", "The first overflow.", Some(&rita.armored())),
    );
    assert_eq!(
        (&first["state"], &first["signature"]),
        (&"report".into(), &"good".into())
    );
    assert_eq!(first["signer_is_known"], false, "her key came with it");

    let whole = packets(&mallory.armored());
    let parts = cut(&whole);
    let monstrous = [parts[0].to_vec(), [parts[1], parts[2]].concat().repeat(200)].concat();
    let of_rita = packets(&rita.armored());
    // Without the subkey that signs: as good as another key, and it has her fingerprint.
    let stripped = cut(&of_rita)[..3].concat();
    let many = (0..100).map(|index| key(&format!("mallory{index}")).armored());
    for (text, brings) in [
        (
            "no key at all",
            vec!["-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nbm8ga2V5\n-----END PGP PUBLIC KEY BLOCK-----".to_owned()],
        ),
        ("cut short", vec![armoured(&whole[..whole.len() - 9])]),
        ("monstrous", vec![armoured(&monstrous)]),
        ("a hundred", many.collect()),
        ("many and long", vec![armoured(&monstrous); 40]),
    ] {
        let row = read(
            &dir,
            &clear("mallory", &format!("An overflow, with a key that is {text}."), &brings),
        );
        assert_eq!(row["state"], "report", "{text}");
    }
    let shown = done(
        &dir,
        &[
            "case",
            "show",
            rows(&dir)[0]["number"].as_str().unwrap(),
            "--as",
            "lead",
        ],
    );
    assert!(!shown.contains("could not be opened"), "{shown}");
    check_kept(&dir, &armoured(&monstrous), false);
    check_kept(&dir, &mallory.armored(), true);
    for text in ["under her name", "under her name again"] {
        let row = read(&dir, &clear("rita", text, &[armoured(&stripped)]));
        assert_eq!(row["state"], "report", "{text}");
    }

    let second = read(&dir, &sealed(&ours, &rita, "rita", "The second overflow.", None));
    assert_eq!(
        (&second["state"], &second["signature"]),
        (&"report".into(), &"good".into())
    );
    assert_eq!(second["signer_is_known"], true);
    let shown = done(
        &dir,
        &["case", "show", second["number"].as_str().unwrap(), "--as", "lead"],
    );
    assert!(!shown.contains("Before you believe it"), "{shown}");
    verified(&dir);
}

#[test]
fn a_copy_that_a_filter_puts_aside_does_not_stand_for_the_report() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let report = clear("rita", "An overflow in the parser.", &[]);
    let copy = read(&dir, &format!("X-Spam-Flag: YES\r\n{report}"));
    assert_eq!(copy["state"], "held");
    let other = read(
        &dir,
        &report.replace("An overflow in the parser.\r\n--m", "Buy this.\r\n--m"),
    );
    let row = read(&dir, &format!("Received: from a by b\r\n{report}"));
    assert_ne!(row["number"], copy["number"]);
    assert_ne!(row["number"], other["number"]);
    assert_eq!(ingest(&dir, &report)["again"], true);
}

#[test]
fn one_message_for_two_brands_is_kept_for_each_and_answered_for_each() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let brands = json(&done(&dir, &["brand", "list", "--json", "--as", "publisher"]));
    let contacts: Vec<&str> = brands
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["brand"]["contact"].as_str().unwrap())
        .collect();
    assert_eq!(contacts.len(), 2);
    let serving = Serving::start(&dir);
    let mut lmtp = Wire::to(&serving.lmtp);
    lmtp.check("LHLO mx.test\r\n", "250");
    lmtp.begin(&contacts);
    let report = clear("rita", "An overflow in both.", &[]);
    lmtp.say(&format!(
        "{}.\r\n",
        report.replacen(
            "Subject",
            &format!("Message-ID: <1@example.org>\r\nTo: {}\r\nSubject", contacts.join(", ")),
            1
        )
    ));
    assert!(lmtp.heard().starts_with("250"));
    assert!(lmtp.heard().starts_with("250"));
    serving.end();
    done(&dir, &["work", "--once"]);
    let rows = rows(&dir);
    assert_eq!(rows.len(), 2);
    for (brand, prefix) in BRANDS {
        let row = rows.iter().find(|row| row["brand"] == brand).unwrap();
        assert_eq!((&row["state"], &row["case"]), (&"report".into(), &row["number"]));
        assert!(row["number"].as_str().unwrap().starts_with(prefix), "{row}");
    }
    verified(&dir);
}

#[test]
fn a_list_of_mail_ends() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    for text in ["One overflow.", "Another overflow.", "A third overflow."] {
        read(&dir, &clear("rita", text, &[]));
    }
    let shown = done(&dir, &["mail", "list", "--limit", "1", "--as", "lead"]);
    assert!(shown.contains("… and 2 more") && shown.lines().count() == 3, "{shown}");
    assert_eq!(rows(&dir).len(), 3);
    let administrator = ["mail", "list", "--as", "administrator"];
    refused(&dir, &administrator, &["is for: analyst, lead, auditor"]);
}
