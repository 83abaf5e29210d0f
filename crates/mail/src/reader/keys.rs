//! Keys that a message brings along, to answer with. None of them is verified by that.

use data_encoding::BASE64;
use openpgp::{Certificate, Limits};

use super::header::{Headers, Parameters};
use super::understood::Key;

const BEGIN: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";
const END: &[u8] = b"-----END PGP PUBLIC KEY BLOCK-----";
const SECRET: &[u8] = b"-----BEGIN PGP PRIVATE KEY BLOCK-----";

/// Most keys that are read from one message.
pub(super) const MOST_KEYS: usize = 8;
/// How much a key may say of itself to be kept: ten times what a long one says.
const KEPT: Limits = Limits {
    bytes: 64 * 1024,
    packets: 100,
};

/// A key as it is kept: what it proves of itself, if that is not too much and reads back as the same key.
#[must_use]
pub fn kept(certificate: &Certificate, now: i64) -> Option<Key> {
    let public = certificate.armored_own();
    let again = Certificate::parse(public.as_bytes(), KEPT).ok()?;
    let fingerprint = certificate.fingerprint();
    (again.fingerprint() == fingerprint).then(|| Key {
        fingerprint,
        public,
        signers: again.signers(now),
    })
}

/// The key in the one valid `Autocrypt` field (Autocrypt Level 1, §2.1), if it is for this sender.
pub(super) fn autocrypt(headers: &Headers<'_>, from: &str) -> Option<Certificate> {
    let mut valid = headers.plains("Autocrypt").filter_map(|field| {
        let parameters = Parameters::parse(&format!("autocrypt; {field}"));
        let unknown = parameters
            .names()
            .any(|name| !matches!(name, "addr" | "prefer-encrypt" | "keydata") && !name.starts_with('_'));
        let (address, data) = (parameters.get("addr")?.to_lowercase(), keydata(&field)?);
        let certificate = Certificate::parse_any(&data, Limits::default()).ok()?;
        (!unknown && address == from).then_some(certificate)
    });
    match (valid.next(), valid.next()) {
        (Some(certificate), None) => Some(certificate),
        _ => None,
    }
}

/// It stands last, and spaces in it do not count.
fn keydata(field: &str) -> Option<Vec<u8>> {
    let at = field.to_ascii_lowercase().find("keydata=")?;
    let data = field.get(at + "keydata=".len()..)?;
    let bare: Vec<u8> = data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&bare).ok()
}

/// The certificates in a file or a text.
pub(super) fn attached(bytes: &[u8]) -> Vec<Certificate> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(start) = position(rest, BEGIN).filter(|_| found.len() < MOST_KEYS) {
        let from = rest.get(start..).unwrap_or_default();
        let Some(end) = position(from, END).map(|end| end + END.len()) else {
            break;
        };
        let (block, behind) = from.split_at(end);
        found.extend(Certificate::parse(block, Limits::default()));
        rest = behind;
    }
    found
}

/// The same for a file that says it is a key, armoured or not.
pub(super) fn in_key_file(bytes: &[u8]) -> Vec<Certificate> {
    match bytes.first() {
        Some(first) if first & 0x80 != 0 => Certificate::parse_any(bytes, Limits::default()).into_iter().collect(),
        _ => attached(bytes),
    }
}

pub(super) fn holds_secret(bytes: &[u8]) -> bool {
    position(bytes, SECRET).is_some()
}

/// Where a line that begins so is.
fn position(bytes: &[u8], line: &[u8]) -> Option<usize> {
    let mut at = 0;
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        if piece.starts_with(line) {
            return Some(at);
        }
        at += piece.len();
    }
    None
}
