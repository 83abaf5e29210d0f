//! The walk over the parts of a message: what is a text, a file, a signature, or encrypted, and on which side of the protection it lies.

use openpgp::{Certificate, OpenError, OpenLimits, Opened, Signed};

use super::gathered::{Gathered, Side};
use super::header::Parameters;
use super::inline::{Stretch, stretches};
use super::limits::Limits;
use super::tree::Part;
use super::understood::{Trouble, Warning};
use super::{Means, decode, html, keys, tnef};

/// Longest text that is read as signed in place, in bytes; each signature costs a pass over it.
const MOST_CLEARTEXT_BYTES: usize = 4 * 1024 * 1024;

/// Reads a whole message with these certificates.
pub(super) fn walk(message: &[u8], means: &Means<'_>, known: &[Certificate], limits: &Limits) -> Gathered {
    let (part, warnings) = Part::parse(message, limits);
    let mut walk = Walk {
        means,
        known,
        limits,
        gathered: Gathered::of(&part, means, limits),
        room: limits.decoded_bytes,
        encrypted: 0,
    };
    for warning in warnings {
        walk.gathered.warn(warning);
    }
    walk.part(&part, Side::default());
    walk.gathered
}

/// What the headers alone say of a message that is not read.
pub(super) fn outside(message: &[u8], means: &Means<'_>, limits: &Limits, why: Trouble) -> Gathered {
    let mut gathered = Gathered::of(&Part::head(message, limits), means, limits);
    gathered.trouble(why);
    gathered
}

struct Walk<'w> {
    means: &'w Means<'w>,
    known: &'w [Certificate],
    limits: &'w Limits,
    gathered: Gathered,
    /// Bytes that may still be decoded.
    room: usize,
    /// Encrypted parts so far.
    encrypted: usize,
}

impl Walk<'_> {
    fn part(&mut self, part: &Part<'_>, side: Side) {
        if !part.is_multipart() {
            self.leaf(part, side);
        } else if part.media_type() == "multipart/encrypted" || is_mangled(part) {
            self.encrypted(part, side);
        } else if part.media_type() == "multipart/signed" {
            self.signed(part, side);
        } else if part.media_type() == "multipart/alternative" {
            self.alternative(part, side);
        } else {
            for (index, child) in part.parts.iter().enumerate() {
                if index == 0 && side.protected && is_legacy_display(child) {
                    self.gathered
                        .protected_headers(&Part::parse(child.body, self.limits).0, side);
                    continue;
                }
                self.part(child, side);
            }
        }
    }

    /// Several forms of one text: the plain one is read, and what the other one says is only kept as HTML.
    fn alternative(&mut self, part: &Part<'_>, side: Side) {
        let is_plain = |child: &&Part<'_>| child.media_type() == "text/plain" && !child.body.trim_ascii().is_empty();
        let plain = part.parts.iter().find(is_plain);
        if let Some(plain) = plain {
            self.part(plain, side);
        }
        let again = Side {
            again: side.again || plain.is_some(),
            ..side
        };
        for child in &part.parts {
            if !plain.is_some_and(|plain| std::ptr::eq(plain, child)) {
                self.part(child, again);
            }
        }
    }

    /// RFC 3156 §4 and what mail servers make of it: a part that says it is encrypted, and one that is. The others were never inside.
    fn encrypted(&mut self, part: &Part<'_>, side: Side) {
        let mut found = false;
        for child in &part.parts {
            if child.media_type() == "application/pgp-encrypted" && !looks_encrypted(child.body) {
                continue;
            }
            if !found && !child.is_multipart() {
                let bytes = self.decoded(child);
                if looks_encrypted(&bytes) {
                    found = true;
                    self.open_entity(&bytes, side);
                    continue;
                }
            }
            self.part(child, side);
        }
        if !found {
            self.gathered.failed(Trouble::Malformed);
        }
    }

    /// RFC 1847 §2.1: the first part, byte by byte, and a signature over it.
    fn signed(&mut self, part: &Part<'_>, side: Side) {
        let [content, signature, others @ ..] = part.parts.as_slice() else {
            self.gathered.warn(Warning::Malformed);
            return part.parts.iter().for_each(|child| self.part(child, side));
        };
        if !signature.media_type().contains("pgp-signature") {
            if signature.media_type().contains("pkcs7") {
                self.gathered.warn(Warning::SmimeSignature);
                self.part(content, side);
            } else {
                self.part(content, side);
                self.part(signature, side);
            }
            return others.iter().for_each(|child| self.part(child, side));
        }
        let armoured = self.decoded(signature);
        let judged = self.judged(content.raw, &armoured);
        self.gathered.signed(judged);
        let inside = Side {
            protected: true,
            signed: true,
            ..side
        };
        self.gathered.protected_headers(content, inside);
        self.part(content, inside);
        others.iter().for_each(|child| self.part(child, side));
    }

    /// A mail program that stores mail with other line ends must not break the signature.
    fn judged(&self, signed: &[u8], armoured: &[u8]) -> Vec<Signed> {
        let judge = |bytes: &[u8]| openpgp::judge_detached(self.known, bytes, armoured, self.means.now);
        let is_good = |signed: &Signed| matches!(signed, Signed::Good { .. });
        let exact = judge(signed).unwrap_or_else(|_| vec![Signed::Unknown { issuer: None }]);
        if exact.iter().any(is_good) || !signed.contains(&b'\n') {
            return exact;
        }
        let canonical = judge(&with_crlf(signed)).unwrap_or_default();
        if canonical.iter().any(is_good) {
            canonical
        } else {
            exact
        }
    }

    fn leaf(&mut self, part: &Part<'_>, side: Side) {
        let disposition = part.headers.parameters("Content-Disposition").unwrap_or_default();
        let name = file_name(&disposition, &part.content_type);
        let is_file = name.is_some() || disposition.value == "attachment";
        match part.media_type() {
            "text/html" if !is_file => self.html(part, side),
            "text/plain" | "text/enriched" | "text/markdown" if !is_file => self.text(part, side),
            kind if kind.starts_with("multipart/") => {
                // Boundaries that are not there: what there is, is a text. What lies too deep is not looked at.
                if !part.is_too_deep {
                    self.text(part, side);
                }
            }
            "application/pgp-encrypted" if !looks_encrypted(part.body) => {}
            "application/pkcs7-signature" | "application/x-pkcs7-signature" => {
                self.gathered.warn(Warning::SmimeSignature);
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => self.smime(part, name, side),
            _ => self.file(part, name, side),
        }
    }

    fn text(&mut self, part: &Part<'_>, side: Side) {
        let bytes = self.decoded(part);
        let (text, known) = decode::to_text(&bytes, part.content_type.get("charset"));
        if !known {
            self.gathered.warn(Warning::Malformed);
        }
        let text = decode::clean(&text);
        let legacy = side.protected && part.content_type.get("hp-legacy-display") == Some("1");
        self.say(if legacy { without_legacy_headers(&text) } else { &text }, side);
    }

    fn html(&mut self, part: &Part<'_>, side: Side) {
        let bytes = self.decoded(part);
        let (page, known) = decode::to_text(&bytes, part.content_type.get("charset"));
        if !known {
            self.gathered.warn(Warning::Malformed);
        }
        let begun = decode::beginning(&page, self.limits.text_bytes);
        if begun.len() < page.len() {
            self.gathered.warn(Warning::TooLarge);
        }
        let text = html::to_text(&decode::clean(begun));
        self.gathered.html(&text);
        self.say(&text, side);
    }

    /// What somebody wrote, with blocks of OpenPGP in it.
    fn say(&mut self, text: &str, side: Side) {
        if side.again {
            return;
        }
        for stretch in stretches(text) {
            match stretch {
                Stretch::Plain(text) => self.gathered.say(text, side),
                Stretch::Message(block) => {
                    if let Some((opened, inside)) = self.open(block.as_bytes(), side) {
                        let (text, _) = decode::to_text(&opened.content, None);
                        self.say(&decode::clean(&text), inside);
                    }
                }
                Stretch::Cleartext(block) => self.cleartext(block, side),
                Stretch::PublicKey(block) => {
                    self.gathered.keys(keys::attached(block.as_bytes()));
                    self.gathered.say(block, side);
                }
            }
        }
        if keys::holds_secret(text.as_bytes()) {
            self.gathered.warn(Warning::SecretKey);
        }
    }

    fn cleartext(&mut self, block: &str, side: Side) {
        let inside = Side {
            protected: true,
            signed: true,
            ..side
        };
        match openpgp::judge_cleartext(self.known, block.as_bytes(), MOST_CLEARTEXT_BYTES, self.means.now) {
            Ok((text, judged)) => {
                self.gathered.signed(judged);
                self.gathered.say(&text, inside);
            }
            // People can read it all the same; nobody can say who wrote it.
            Err(_) => {
                self.gathered.signed(vec![Signed::Unknown { issuer: None }]);
                self.gathered.say(block, side);
            }
        }
    }

    fn smime(&mut self, part: &Part<'_>, name: Option<String>, side: Side) {
        let is_signed = part
            .content_type
            .get("smime-type")
            .is_some_and(|kind| kind.starts_with("signed"));
        if is_signed {
            self.gathered.trouble(Trouble::Smime);
        } else {
            self.gathered.failed(Trouble::Smime);
        }
        self.file(part, name.or_else(|| Some("smime.p7m".to_owned())), side);
    }

    fn file(&mut self, part: &Part<'_>, name: Option<String>, side: Side) {
        let bytes = self.decoded(part);
        if keys::holds_secret(&bytes) {
            self.gathered.warn(Warning::SecretKey);
        }
        let is_key = part.media_type() == "application/pgp-keys";
        let found = if is_key {
            keys::in_key_file(&bytes)
        } else {
            keys::attached(&bytes)
        };
        if !found.is_empty() {
            self.gathered.keys(found);
        }
        let kind = part.media_type();
        let ending = name
            .as_deref()
            .and_then(|name| name.rsplit('.').next())
            .unwrap_or_default()
            .to_lowercase();
        let may_be_encrypted = matches!(ending.as_str(), "asc" | "pgp" | "gpg") || kind.contains("pgp-encrypted");
        if looks_armoured(&bytes) || (may_be_encrypted && looks_encrypted(&bytes)) {
            return self.encrypted_file(&bytes, name, side);
        }
        let name = name.unwrap_or_else(|| default_name(kind).to_owned());
        let is_frame = matches!(kind, "application/ms-tnef" | "application/vnd.ms-tnef")
            || name.eq_ignore_ascii_case("winmail.dat");
        match is_frame.then(|| tnef::unpack(&bytes)).flatten() {
            Some(unpacked) => self.unpacked(unpacked, side),
            None => self.gathered.file(&name, kind, bytes, side),
        }
    }

    /// Outlook's frame holds the text once more, and files that are nowhere else.
    fn unpacked(&mut self, unpacked: tnef::Unpacked, side: Side) {
        if let Some(text) = unpacked.text.filter(|_| !self.gathered.has_text()) {
            self.say(&decode::clean(&text), side);
        }
        for (name, content) in unpacked.files {
            if keys::holds_secret(&content) {
                self.gathered.warn(Warning::SecretKey);
            }
            self.gathered.keys(keys::attached(&content));
            self.gathered.file(&name, "application/octet-stream", content, side);
        }
    }

    /// A file that was encrypted by itself. It may be a whole message whose frame a mail server lost, a text, or a file.
    fn encrypted_file(&mut self, bytes: &[u8], name: Option<String>, side: Side) {
        let Some((opened, inside)) = self.open(bytes, side) else {
            return;
        };
        if is_entity(&opened.content) {
            return self.entity(&opened.content, inside);
        }
        let name = name.unwrap_or_default();
        let bare = ["asc", "pgp", "gpg"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending)?.strip_suffix('.'));
        let bare = bare.unwrap_or(&name);
        let has_ending = bare.contains('.');
        if !has_ending && let Ok(text) = std::str::from_utf8(&opened.content) {
            return self.say(&decode::clean(text), inside);
        }
        self.gathered
            .file(bare, "application/octet-stream", opened.content, inside);
    }

    fn open_entity(&mut self, bytes: &[u8], side: Side) {
        if let Some((opened, inside)) = self.open(bytes, side) {
            self.entity(&opened.content, inside);
        }
    }

    /// What was inside an encrypted part, as a tree of its own.
    fn entity(&mut self, content: &[u8], side: Side) {
        let (part, warnings) = Part::parse(content, self.limits);
        for warning in warnings {
            self.gathered.warn(warning);
        }
        self.gathered.protected_headers(&part, side);
        self.part(&part, side);
    }

    /// Opens an encrypted or signed message; what comes back lies inside.
    fn open(&mut self, bytes: &[u8], side: Side) -> Option<(Opened, Side)> {
        if self.encrypted >= self.limits.encrypted || side.layers >= self.limits.layers {
            self.gathered.failed(Trouble::TooDeep);
            return None;
        }
        self.encrypted += 1;
        let limits = OpenLimits {
            bytes: self.room,
            ..OpenLimits::default()
        };
        let opened = match openpgp::open(bytes, self.means.keys, self.known, limits, self.means.now) {
            Ok(opened) => opened,
            Err(error) => {
                self.gathered.not_opened(&error, trouble(&error));
                return None;
            }
        };
        self.room = self.room.saturating_sub(opened.content.len());
        if let Some(encryption) = &opened.encryption {
            let is_signed = !opened.signatures.is_empty() || is_signed_entity(&opened.content, self.limits);
            self.gathered.opened(encryption, is_signed);
        }
        self.gathered.signed(opened.signatures.clone());
        let inside = Side {
            protected: true,
            encrypted: side.encrypted || opened.encryption.is_some(),
            signed: side.signed || !opened.signatures.is_empty(),
            layers: side.layers + 1,
            again: false,
        };
        Some((opened, inside))
    }

    /// A part without its transfer encoding, within what may still be decoded.
    fn decoded(&mut self, part: &Part<'_>) -> Vec<u8> {
        let body = part.body.get(..self.room).unwrap_or(part.body);
        if body.len() < part.body.len() {
            self.gathered.warn(Warning::TooLarge);
        }
        let encoding = part.headers.plain("Content-Transfer-Encoding");
        let (bytes, whole) = decode::transfer(body, encoding.as_deref());
        if !whole {
            self.gathered.warn(Warning::Malformed);
        }
        self.room = self.room.saturating_sub(bytes.len());
        bytes
    }
}

/// Exchange keeps the parts of an encrypted message and calls them mixed.
fn is_mangled(part: &Part<'_>) -> bool {
    part.parts
        .iter()
        .any(|child| child.media_type() == "application/pgp-encrypted")
        && part
            .parts
            .iter()
            .any(|child| !child.is_multipart() && child.media_type() != "application/pgp-encrypted")
}

/// A part that repeats the protected headers for programs that do not know them.
fn is_legacy_display(part: &Part<'_>) -> bool {
    let kind = part.media_type();
    matches!(kind, "text/rfc822-headers" | "text/plain") && part.content_type.get("protected-headers").is_some()
}

/// RFC 9788 §4.10: the fields that a text repeats end with an empty line.
fn without_legacy_headers(text: &str) -> &str {
    text.split_once("\n\n").map_or(text, |(_, rest)| rest)
}

fn looks_armoured(bytes: &[u8]) -> bool {
    let head = bytes.get(..4_096).unwrap_or(bytes);
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.any(|line| line == b"-----BEGIN PGP MESSAGE-----")
}

/// Armour, or a packet that a message begins with: a session key, or a container.
fn looks_encrypted(bytes: &[u8]) -> bool {
    let binary = matches!(
        bytes.first(),
        Some(0x84..=0x87 | 0x8c..=0x8f | 0xa4..=0xa7 | 0xc1 | 0xc3 | 0xc9 | 0xd2 | 0xd4)
    );
    binary || looks_armoured(bytes)
}

/// Whether it begins as a message or a part of one does.
fn is_entity(content: &[u8]) -> bool {
    let head = content.get(..1_024).unwrap_or(content).to_ascii_lowercase();
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.trim_ascii().is_empty());
    lines.any(|line| line.starts_with(b"content-type:"))
}

/// Whether it is one part with a signature over it (RFC 3156 §5).
fn is_signed_entity(content: &[u8], limits: &Limits) -> bool {
    is_entity(content) && Part::head(content, limits).media_type() == "multipart/signed"
}

fn file_name(disposition: &Parameters, content_type: &Parameters) -> Option<String> {
    let written = disposition.get("filename").or_else(|| content_type.get("name"))?;
    // Words that only headers should have are in names too.
    Some(super::header::words(written)).filter(|name| !name.trim().is_empty())
}

fn default_name(kind: &str) -> &'static str {
    match kind {
        "message/rfc822" => "message.eml",
        "message/delivery-status" => "delivery-status.txt",
        "text/rfc822-headers" => "headers.txt",
        "application/pgp-keys" => "key.asc",
        "text/calendar" => "invitation.ics",
        _ if kind.starts_with("text/") => "text.txt",
        _ => "attachment",
    }
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

fn trouble(error: &OpenError) -> Trouble {
    match error {
        OpenError::NoSecretKey { .. } => Trouble::NoSecretKey,
        OpenError::Truncated => Trouble::Truncated,
        OpenError::Integrity => Trouble::Integrity,
        OpenError::NoIntegrity => Trouble::NoIntegrity,
        OpenError::TooLarge { .. } => Trouble::TooLarge,
        OpenError::TooDeep { .. } | OpenError::TooMany => Trouble::TooDeep,
        OpenError::Passphrase => Trouble::Passphrase,
        OpenError::Unsupported => Trouble::Unsupported,
        _ => Trouble::Malformed,
    }
}
