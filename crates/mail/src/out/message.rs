//! A letter as a message: its fields, and one of three forms of protection (RFC 3156, RFC 9788).
//!
//! Owns the bytes. An encrypted message carries its title inside; what stands outside of it is given apart. A signed one repeats its fields under the signature. It is written once,
//! signed as it stands, and never touched again. Draws no randomness and reads no clock.

use super::encoding::{field, folded_base64, name, quoted_printable};
use openpgp::{Certificate, ENCRYPT_SEED_BYTES, SigningKey};
use zeroize::Zeroizing;

/// No line of a part's body can be this: `=` is followed by digits or the end of its line in quoted-printable.
const BOUNDARY: &str = "=_letter";

/// What stands around the words.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What the sender is called, and the address.
    pub from: (String, String),
    /// The address of the recipient.
    pub to: String,
    /// Where an answer goes.
    pub reply_to: String,
    /// Its identifier, without brackets.
    pub message_id: String,
    /// The identifier of the message that it answers, without brackets.
    pub answers: Option<String>,
    /// The date as RFC 5322 writes it.
    pub date: String,
    /// The title that everybody on the way reads.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// An address of ours by which we know a mail of ours that comes back.
    pub ours: String,
    /// What a program wrote by itself, in the words of RFC 3834; none for what a person said.
    pub automatic: Option<&'static str>,
    /// The key that answers are to be encrypted to, as bare packets, if `from` is its address (Autocrypt).
    pub key: Option<Vec<u8>>,
}

/// How a letter is protected.
pub enum Protection<'a> {
    /// Encrypted, with its own title inside, and signed inside if there is a key.
    Encrypted {
        /// For whom.
        recipient: &'a Certificate,
        /// The title inside.
        subject: &'a str,
        /// By whom.
        signer: Option<&'a SigningKey>,
        /// Fresh randomness, used for nothing else.
        seed: &'a Zeroizing<[u8; ENCRYPT_SEED_BYTES]>,
    },
    /// In clear, signed.
    Signed(&'a SigningKey),
    /// In clear.
    None,
}

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The key of the recipient, or ours, does not do it.
    Encrypt,
    /// Our key does not sign.
    Sign,
}

/// Writes a letter, at an instant in Unix seconds.
///
/// # Errors
/// [`WriteError`].
pub fn write(draft: &Draft, protection: &Protection<'_>, at: i64) -> Result<Vec<u8>, WriteError> {
    let mut out = String::new();
    outer_fields(draft, &mut out);
    match protection {
        Protection::None => out.push_str(&part(draft, "")),
        Protection::Signed(key) => {
            let mut inside = String::new();
            copied_fields(draft, &draft.subject, &mut inside);
            inside.push_str(&part(draft, "; protected-headers=\"v1\"; hp=\"clear\""));
            let signature = key.sign_detached(inside.as_bytes(), at).map_err(|_| WriteError::Sign)?;
            signed(&inside, &signature, &mut out);
        }
        Protection::Encrypted {
            recipient,
            subject,
            signer,
            seed,
        } => {
            let mut inside = String::new();
            inner_fields(draft, subject, &mut inside);
            inside.push_str(&part(draft, "; protected-headers=\"v1\"; hp=\"cipher\""));
            let sealed = openpgp::encrypt(&[recipient], inside.as_bytes(), *signer, at, seed);
            encrypted(&sealed.map_err(|_| WriteError::Encrypt)?, &mut out);
        }
    }
    Ok(out.into_bytes())
}

/// Names and values of what stands around a letter under this title, whether outside or inside.
fn fields(draft: &Draft, subject: &str) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("From", format!("{} <{}>", name(&draft.from.0), draft.from.1)),
        ("To", format!("<{}>", draft.to)),
        ("Reply-To", format!("<{}>", draft.reply_to)),
        ("Subject", field(subject)),
        ("Date", draft.date.clone()),
        ("Message-ID", format!("<{}>", draft.message_id)),
    ];
    if let Some(answers) = &draft.answers {
        fields.push(("In-Reply-To", format!("<{answers}>")));
        fields.push(("References", format!("<{answers}>")));
    }
    if let Some(word) = draft.automatic {
        fields.push(("Auto-Submitted", word.to_owned()));
        fields.push(("X-Auto-Response-Suppress", "All".to_owned()));
    }
    fields.push(("X-Loop", field(&draft.ours)));
    if let Some(key) = &draft.key {
        let value = format!(
            "addr={}; prefer-encrypt=mutual; keydata={}",
            draft.from.1,
            folded_base64(key)
        );
        fields.push(("Autocrypt", value));
    }
    fields
}

fn outer_fields(draft: &Draft, out: &mut String) {
    for (name, value) in fields(draft, &draft.subject) {
        push(out, name, &value);
    }
    push(out, "MIME-Version", "1.0");
}

/// Inside a signature: the same once more, so that whoever changes a field on the way is found out (RFC 9788 §2.1).
fn copied_fields(draft: &Draft, subject: &str, out: &mut String) {
    for (name, value) in fields(draft, subject) {
        push(out, name, &value);
    }
}

/// Inside the encryption: the same, with the true title, and a copy of each field that stands outside, since one without a copy counts as hidden
/// from everybody on the way (RFC 9788 §2.2).
fn inner_fields(draft: &Draft, subject: &str, out: &mut String) {
    copied_fields(draft, subject, out);
    for (name, value) in fields(draft, &draft.subject) {
        push(out, "HP-Outer", &format!("{name}: {value}"));
    }
}

fn push(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push_str("\r\n");
}

/// The words, as a part.
fn part(draft: &Draft, parameters: &str) -> String {
    format!(
        "Content-Type: text/plain; charset=utf-8{parameters}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
        quoted_printable(&draft.text)
    )
}

fn signed(part: &str, signature: &str, out: &mut String) {
    out.push_str(&format!(
        "Content-Type: multipart/signed; micalg=\"pgp-sha512\"; protocol=\"application/pgp-signature\";\r\n boundary=\"{BOUNDARY}\"\r\n\r\n"
    ));
    // The line end before a boundary belongs to it, and not to what is signed.
    out.push_str(&format!("--{BOUNDARY}\r\n{part}\r\n--{BOUNDARY}\r\n"));
    out.push_str("Content-Type: application/pgp-signature; name=\"signature.asc\"\r\nContent-Description: OpenPGP signature\r\n\r\n");
    out.push_str(&with_crlf(signature));
    out.push_str(&format!("\r\n--{BOUNDARY}--\r\n"));
}

fn encrypted(sealed: &str, out: &mut String) {
    out.push_str(&format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"{BOUNDARY}\"\r\n\r\n"
    ));
    out.push_str(&format!(
        "--{BOUNDARY}\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--{BOUNDARY}\r\n"
    ));
    out.push_str("Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n");
    out.push_str(&with_crlf(sealed));
    out.push_str(&format!("\r\n--{BOUNDARY}--\r\n"));
}

fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_686_430;

    fn draft() -> Draft {
        Draft {
            from: ("Vendor PSIRT".to_owned(), "psirt@vendor.example".to_owned()),
            to: "rita@researcher.example".to_owned(),
            reply_to: "psirt+tag@vendor.example".to_owned(),
            message_id: "1@vendor.example".to_owned(),
            answers: Some("1@researcher.example".to_owned()),
            date: "Tue, 06 Jan 2026 08:00:30 +0000".to_owned(),
            subject: "[VN-2026-1] ...".to_owned(),
            text: String::new(),
            ours: "psirt@vendor.example".to_owned(),
            automatic: Some("auto-replied"),
            key: Some(vec![0; 100]),
        }
    }

    #[test]
    fn a_letter_in_clear_has_its_fields_under_the_signature() {
        let seeds = Zeroizing::new([7; openpgp::INTAKE_SEED_BYTES]);
        let key = SigningKey::generate_intake("Vendor PSIRT <psirt@vendor.example>", NOW - 60, None, &seeds).unwrap();
        let letter = String::from_utf8(write(&draft(), &Protection::Signed(&key), NOW).unwrap()).unwrap();
        let parts: Vec<&str> = letter.split("--=_letter").collect();
        let [outside, part, signature, _] = parts.as_slice() else {
            panic!("{letter}")
        };
        let part = part
            .strip_prefix("\r\n")
            .and_then(|part| part.strip_suffix("\r\n"))
            .unwrap();
        assert!(
            part.contains("Content-Type: text/plain; charset=utf-8; protected-headers=\"v1\"; hp=\"clear\"\r\n"),
            "{part}"
        );
        let (inside, _) = part.split_once("\r\nContent-Type: ").unwrap();
        let (fields, _) = outside.split_once("\r\nMIME-Version: ").unwrap();
        assert_eq!(inside, fields, "every field, as it stands outside");
        let signature = &signature[signature.find("-----BEGIN").unwrap()..];
        let verify = |part: &str| {
            let verified = openpgp::verify_detached(key.certificate(), part.as_bytes(), signature.as_bytes(), NOW);
            verified.is_ok()
        };
        assert!(verify(part));
        assert!(!verify(&part.replace("Subject: [VN-2026-1]", "Subject: [VN-2026-2]")));
    }

    #[test]
    fn every_field_outside_has_its_copy_inside_and_the_title_alone_differs() {
        let draft = draft();
        let lines = |text: &str| -> Vec<String> {
            let unfolded = text.replace("\r\n ", " ");
            unfolded.lines().map(str::to_owned).collect()
        };
        let (mut outside, mut inside) = (String::new(), String::new());
        outer_fields(&draft, &mut outside);
        inner_fields(&draft, "A crash", &mut inside);
        let inside = lines(&inside);
        let copies: Vec<&str> = inside
            .iter()
            .filter_map(|line| line.strip_prefix("HP-Outer: "))
            .collect();
        let outside: Vec<String> = lines(&outside)
            .into_iter()
            .filter(|line| !line.starts_with("MIME-Version"))
            .collect();
        assert_eq!(copies, outside);
        assert_eq!(copies.len(), 12);
        for line in &outside {
            let is_title = line.starts_with("Subject: ");
            assert_eq!(inside.contains(line), !is_title, "{line}");
        }
        assert!(inside.contains(&"Subject: A crash".to_owned()));
    }
}
