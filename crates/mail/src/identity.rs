//! What makes a message the same message, on whatever way it came: everything but the traces of that way.
//!
//! Owns the list of traces. Reads no field beyond its name, keeps nothing, and needs no more memory for a large message than for a small one.

use sha2::{Digest as _, Sha256};

/// Fields that hosts on the way add, in lower case.
const TRACES: &[&str] = &[
    "received",
    "return-path",
    "delivered-to",
    "envelope-to",
    "authentication-results",
    "received-spf",
    "lines",
    "status",
    "x-original-to",
    "x-delivered-to",
    "x-received",
    "x-google-smtp-source",
];
/// Beginnings of the names of such fields.
const TRACE_FAMILIES: &[&str] = &[
    "arc-",
    "x-envelope-",
    "x-spam",
    "x-virus",
    "x-rspamd-",
    "x-amavis-",
    "x-forefront-",
    "x-ms-exchange-",
];
/// Longest name that is compared.
const NAME_MAX_BYTES: usize = 64;

/// A digest of a message without its traces, and without regard to how its lines end.
#[derive(Clone)]
pub struct Identity {
    digest: Sha256,
    place: Place,
    /// The name of the field that is being read.
    name: Vec<u8>,
    /// Whether nothing was read yet.
    first: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a line of the header; whether the field before it is kept.
    LineStart(bool),
    Name,
    /// In a field; whether it is kept.
    Value(bool),
    Body,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            digest: Sha256::new(),
            place: Place::LineStart(true),
            name: Vec::new(),
            first: true,
        }
    }
}

/// Says nothing of the message.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    /// Reads on.
    pub fn update(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            if self.place == Place::Body {
                // CR LF and LF are the same end of a line.
                for line in rest.split(|byte| *byte == b'\r') {
                    self.digest.update(line);
                }
                return;
            }
            if byte != b'\r' {
                self.step(byte);
            }
            rest = behind;
        }
    }

    /// The digest.
    #[must_use]
    pub fn finish(mut self) -> [u8; 32] {
        if self.place == Place::Name {
            self.digest.update(&self.name);
        }
        self.digest.finalize().into()
    }

    fn step(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Place::LineStart(_), b'\n') => {
                self.digest.update(b"\n");
                Place::Body
            }
            // A line that begins with a space continues the field.
            (Place::LineStart(kept), b' ' | b'\t') => self.value(kept, byte),
            (Place::LineStart(_), _) => {
                self.name.clear();
                self.name.push(byte);
                Place::Name
            }
            (Place::Name, b':' | b'\n') => self.named(byte),
            (Place::Name, _) if self.name.len() >= NAME_MAX_BYTES => self.named(byte),
            (Place::Name, _) => {
                self.name.push(byte);
                Place::Name
            }
            (Place::Value(kept), _) => self.value(kept, byte),
            (Place::Body, _) => Place::Body,
        };
    }

    /// The name is read to its end, or is none.
    fn named(&mut self, byte: u8) -> Place {
        let name = self.name.trim_ascii().to_ascii_lowercase();
        let name = String::from_utf8_lossy(&name);
        let trace = TRACES.contains(&&*name) || TRACE_FAMILIES.iter().any(|family| name.starts_with(family));
        // Programs that store mail in one file put such a line before it.
        let separator = self.first && self.name.starts_with(b"From ");
        self.first = false;
        let kept = !trace && !separator;
        if kept {
            self.digest.update(&self.name);
        }
        self.value(kept, byte)
    }

    fn value(&mut self, kept: bool, byte: u8) -> Place {
        if kept {
            self.digest.update([byte]);
        }
        match byte {
            b'\n' => Place::LineStart(kept),
            _ => Place::Value(kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(message: &[u8], piece: usize) -> [u8; 32] {
        let mut identity = Identity::default();
        for piece in message.chunks(piece) {
            identity.update(piece);
        }
        identity.finish()
    }

    fn check(one: &str, other: &str, same: bool) {
        for piece in [1, 7, 1_000] {
            let (one_is, other_is) = (identity(one.as_bytes(), piece), identity(other.as_bytes(), 1_000));
            assert_eq!(one_is == other_is, same, "{one:?} and {other:?} by {piece}");
        }
    }

    #[test]
    fn the_traces_of_its_way_make_no_other_message() {
        let plain = "From: r@example.org\r\nSubject: x\r\n\r\nText\r\n";
        for traces in [
            "Received: from a by b\r\n\tfor <c>; now\r\n",
            "Return-Path: <r@example.org>\r\nDelivered-To: psirt@vendor.example\r\n",
            "ARC-Seal: i=1\r\nX-Spam-Flag: NO\r\nX-MS-Exchange-Organization-SCL: 1\r\n",
            "From r@example.org  Mon Nov 23 10:00:00 2026\r\n",
            "authentication-RESULTS : mx.vendor.example; dkim=pass\r\n",
        ] {
            check(plain, &format!("{traces}{plain}"), true);
        }
        check(plain, &plain.replace("\r\n", "\n"), true);
    }

    #[test]
    fn anything_else_makes_another_one() {
        let plain = "From: r@example.org\r\nSubject: x\r\n\r\nText\r\n";
        for other in [
            "From: r@example.org\r\nSubject: y\r\n\r\nText\r\n",
            "From: r@example.org\r\nSubject: x\r\n\r\nText.\r\n",
            "From: r@example.org\r\nSubject: x\r\n\r\nReceived: x\r\nText\r\n",
            "From: r@example.org\r\nSubject: x\r\n more\r\n\r\nText\r\n",
            "From: r@example.org\r\nSubject: x\r\nX-Priority: 1\r\n\r\nText\r\n",
            "",
        ] {
            check(plain, other, false);
        }
        check("Subj", "Subject", false);
    }

    proptest! {
        #[test]
        fn how_it_is_cut_changes_nothing(message in proptest::collection::vec(prop_oneof![Just(b'R'), Just(b':'), Just(b'\r'), Just(b'\n'), Just(b' '), any::<u8>()], 0..200), piece in 1..9usize) {
            prop_assert_eq!(identity(&message, piece), identity(&message, 1_000));
        }
    }
}
