//! What makes a message the same message, on whatever way it came: everything but the traces of that way.
//!
//! Owns the list of traces. A field that decides what becomes of a message is no trace, whoever wrote it: else a copy with such a field, sent
//! first, would have the message itself taken for one that came already. Reads no other field beyond its name, keeps nothing, and needs no
//! more memory for a large message than for a small one.

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
/// What an address of a list asks for.
const LIST_WORDS: &[&str] = &["-subscribe", "-unsubscribe", "-join", "-leave", "-confirm", "-request"];
/// Longest name that is compared.
const NAME_MAX_BYTES: usize = 64;
/// How much of a trace is looked at.
const VALUE_MAX_BYTES: usize = 256;
/// Most traces that a message has, in number and in bytes; what is more than that would hide its other fields from the reader.
const MAX_TRACES: usize = 200;
const MAX_TRACE_BYTES: usize = 256 * 1024;

/// A digest of a message without its traces, and without regard to how its lines end.
#[derive(Clone)]
pub struct Identity {
    digest: Sha256,
    place: Place,
    /// The name of the field that is being read.
    name: Vec<u8>,
    /// The beginning of the trace that is being read.
    value: Vec<u8>,
    /// Whether nothing was read yet.
    first: bool,
    /// Whether a CR was read, and not yet what comes after it.
    after_cr: bool,
    traces: usize,
    trace_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a line of the header; what the field before it is.
    LineStart(Field),
    Name,
    Value(Field),
    Body,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Kept,
    Trace,
    /// The line that programs which store mail in one file put before it.
    Separator,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            digest: Sha256::new(),
            place: Place::LineStart(Field::Kept),
            name: Vec::new(),
            value: Vec::new(),
            first: true,
            after_cr: false,
            traces: 0,
            trace_bytes: 0,
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
        // CR LF and LF are the same end of a line; a CR alone is a byte like any other.
        let mut rest = Some(bytes);
        while let Some(given) = rest {
            let (piece, behind) = match memchr::memchr(b'\r', given) {
                Some(cr) => (given.get(..cr).unwrap_or_default(), given.get(cr + 1..)),
                None => (given, None),
            };
            if self.after_cr && piece.first().is_some_and(|byte| *byte != b'\n') {
                self.read(b"\r");
            }
            self.after_cr &= piece.is_empty();
            self.read(piece);
            if behind.is_some() {
                self.cr();
            }
            rest = behind;
        }
    }

    /// A CR, which counts unless a LF follows.
    fn cr(&mut self) {
        if self.after_cr {
            self.read(b"\r");
        }
        self.after_cr = true;
    }

    fn read(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            if self.place == Place::Body {
                self.digest.update(rest);
                return;
            }
            self.step(byte);
            rest = behind;
        }
    }

    /// The digest.
    #[must_use]
    pub fn finish(mut self) -> [u8; 32] {
        if self.after_cr {
            self.read(b"\r");
        }
        match self.place {
            Place::Name => self.digest.update(&self.name),
            Place::LineStart(field) | Place::Value(field) => self.field_ended(field),
            Place::Body => {}
        }
        self.digest.finalize().into()
    }

    fn step(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            // A line that begins with a space continues the field.
            (Place::LineStart(field), b' ' | b'\t') => self.go_on(field, byte),
            (Place::LineStart(field), _) => {
                self.field_ended(field);
                self.line_begins(byte)
            }
            (Place::Name, b':') => self.named(),
            (Place::Name, b'\n') => self.not_named(byte),
            (Place::Name, _) if self.name.len() >= NAME_MAX_BYTES => self.not_named(byte),
            (Place::Name, _) => {
                self.name.push(byte);
                Place::Name
            }
            (Place::Value(field), _) => self.go_on(field, byte),
            (Place::Body, _) => Place::Body,
        };
    }

    fn line_begins(&mut self, byte: u8) -> Place {
        if byte == b'\n' {
            self.digest.update(b"\n");
            return Place::Body;
        }
        self.name.clear();
        self.name.push(byte);
        Place::Name
    }

    /// The name is read to its end.
    fn named(&mut self) -> Place {
        if self.is_separator() {
            return self.go_on(Field::Separator, b':');
        }
        self.first = false;
        let name = self.lower_name();
        let trace = TRACES.contains(&&*name) || TRACE_FAMILIES.iter().any(|family| name.starts_with(family));
        if trace && self.traces < MAX_TRACES && self.trace_bytes < MAX_TRACE_BYTES {
            self.traces += 1;
            self.value.clear();
            return Place::Value(Field::Trace);
        }
        self.digest.update(&self.name);
        self.go_on(Field::Kept, b':')
    }

    /// It is no name: too long, or a line without one, which readers take for the end of the header or not, so that nothing behind it is a trace.
    fn not_named(&mut self, byte: u8) -> Place {
        if self.is_separator() {
            return self.go_on(Field::Separator, byte);
        }
        self.first = false;
        self.digest.update(&self.name);
        if byte == b'\n' {
            self.digest.update(b"\n");
            return Place::Body;
        }
        self.go_on(Field::Kept, byte)
    }

    fn is_separator(&self) -> bool {
        self.first && self.name.starts_with(b"From ")
    }

    fn lower_name(&self) -> String {
        String::from_utf8_lossy(&self.name.trim_ascii().to_ascii_lowercase()).into_owned()
    }

    fn go_on(&mut self, field: Field, byte: u8) -> Place {
        match field {
            Field::Kept => self.digest.update([byte]),
            Field::Trace => {
                self.trace_bytes += 1;
                if self.value.len() < VALUE_MAX_BYTES {
                    self.value.push(byte);
                }
            }
            Field::Separator => self.first = false,
        }
        match byte {
            b'\n' => Place::LineStart(field),
            _ => Place::Value(field),
        }
    }

    /// A trace that decides something is none.
    fn field_ended(&mut self, field: Field) {
        if field == Field::Trace && decides(&self.lower_name(), &String::from_utf8_lossy(&self.value)) {
            self.digest.update(&self.name);
            self.digest.update(b":");
            self.digest.update(&self.value);
        }
    }
}

/// Whether a field makes spam, an automatic answer or a request to a list of a message.
fn decides(name: &str, value: &str) -> bool {
    let value = value.trim().to_lowercase();
    match name {
        "return-path" => value == "<>",
        "delivered-to" | "x-original-to" => LIST_WORDS.iter().any(|word| value.contains(word)),
        _ if name.starts_with("x-spam") => value.starts_with("yes"),
        _ => false,
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
            "X-Spam-Status: No, score=-1\r\nReturn-Path:\r\n <r@example.org>\r\n",
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
            "From: r@example.org\r\nSubject: x\r\n\r\nTe\rxt\r\n",
            "From: r@example.org\r\nSubject: x\r\n\r\nText\r\n\r",
            "From: r@example.org\r\nSub\rject: x\r\n\r\nText\r\n",
            "From: r@example.org\r\nSubject: x\r\n\r\n",
            "From: r@example.org\r\nSubject: x\r\n",
            "",
        ] {
            check(plain, other, false);
        }
        check("Subj", "Subject", false);
    }

    #[test]
    fn a_copy_that_would_be_put_aside_is_not_the_message() {
        let plain = "From: r@example.org\r\nSubject: x\r\n\r\nText\r\n";
        for fate in [
            "X-Spam-Flag: YES\r\n",
            "x-spam:\r\n yes\r\n",
            "X-Spam-Status: Yes, score=9\r\n",
            "Return-Path: <>\r\n",
            "Delivered-To: announce-subscribe@vendor.example\r\n",
            "X-Original-To: announce-confirm+token@vendor.example\r\n",
            // Readers differ about what comes after such a line, or name.
            "Received\r\nX: y\r\n",
            "Re\rceived: x\r\n",
        ] {
            check(plain, &format!("{fate}{plain}"), false);
            check(plain, &plain.replace("\r\n\r\n", &format!("\r\n{fate}\r\n")), false);
        }
        // More than a reader looks at would hide what comes after.
        let flood = "Received: from a by b\r\n".repeat(2_000);
        check(plain, &format!("{flood}{plain}"), false);
        let flood = format!("Received: {}\r\nReceived: x\r\n", "x".repeat(1024 * 1024));
        check(plain, &format!("{flood}{plain}"), false);
        let way = "Received: from a by b\r\n".repeat(50);
        check(plain, &format!("{way}{plain}"), true);
    }

    /// What decides here is what the reader goes by.
    #[test]
    fn a_message_that_counts_as_the_same_is_sorted_as_the_same() {
        let plain = "From: r@example.org\r\nTo: psirt@vendor.example\r\nSubject: Out of office\r\nMessage-ID: <1@example.org>\r\n\r\nText\r\n";
        let (addresses, lists) = (
            ["psirt@vendor.example".to_owned()],
            ["announce@vendor.example".to_owned()],
        );
        let means = crate::reader::Means {
            keys: &[],
            known: &[],
            addresses: &addresses,
            lists: &lists,
            hosts: &[],
            recipients: &[],
            now: 1_795_392_000,
        };
        let fate = |message: &str| {
            let read = crate::reader::read(message.as_bytes(), &means, &crate::reader::Limits::default());
            let said = read.understood;
            (
                said.opens_case,
                said.is_spam,
                said.list,
                said.bounce,
                said.text,
                said.subject,
            )
        };
        let values = [
            "yes",
            "YES;",
            "\r\n\tYes, 9",
            "no",
            "<>",
            "<r@example.org>",
            "<announce-subscribe@vendor.example>",
            "announce-leave@vendor.example",
            "psirt@vendor.example",
        ];
        let names = TRACES
            .iter()
            .chain(&["X-Spam", "X-Spam-Flag", "X-Spam-Status", "X-MS-Exchange-x", "ARC-Seal"]);
        for name in names {
            for value in values {
                let other = format!("{name}: {value}\r\n{plain}");
                let same = identity(plain.as_bytes(), 7) == identity(other.as_bytes(), 7);
                assert!(!same || fate(&other) == fate(plain), "{name}: {value}");
            }
        }
    }

    proptest! {
        #[test]
        fn how_it_is_cut_changes_nothing(message in proptest::collection::vec(prop_oneof![Just(b'R'), Just(b':'), Just(b'\r'), Just(b'\n'), Just(b' '), any::<u8>()], 0..200), piece in 1..9usize) {
            prop_assert_eq!(identity(&message, piece), identity(&message, 1_000));
        }
    }
}
