//! What each document must be: valid (1), named by its tracking id (2), for everybody only if its label says so (5), with hashes (18) and a
//! signature (19) beside it. Documents are read one after the other; of each only a few facts are kept.

use super::metadata::Label;
use super::source::Got;
use super::{Check, MOST_DOCUMENTS, Requirement, shape, short};
use gate::Class;
use jiff::Timestamp;
use openpgp::Certificate;
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// What became of every document that something names.
pub(super) type Documents = BTreeMap<Url, State>;

#[derive(Debug)]
pub(super) enum State {
    /// There is nothing.
    Missing,
    /// There is something that cannot be read.
    Unread,
    Read(Document),
}

/// What is kept of a document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) initial: Option<Timestamp>,
    pub(super) current: Option<Timestamp>,
    pub(super) label: Label,
    /// The files beside it that are there.
    pub(super) beside: Vec<Beside>,
}

/// A file beside a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Sha256,
    Sha512,
    Signature,
}

impl Beside {
    pub(super) const ALL: [Beside; 3] = [Beside::Sha256, Beside::Sha512, Beside::Signature];

    /// Its address follows from the document's (§7.1.18, §7.1.19).
    pub(super) fn address(self, document: &Url) -> Url {
        let mut address = document.clone();
        address.set_path(&format!("{}.{}", document.path(), self.end()));
        address
    }

    /// How the file's name ends.
    pub(super) fn end(self) -> &'static str {
        match self {
            Beside::Sha256 => "sha256",
            Beside::Sha512 => "sha512",
            Beside::Signature => "asc",
        }
    }

    /// How a feed calls it.
    pub(super) fn rel(self) -> &'static str {
        match self {
            Beside::Sha256 | Beside::Sha512 => "hash",
            Beside::Signature => "signature",
        }
    }
}

/// Reads every named document.
pub(super) fn read(check: &mut Check<'_>, named: BTreeSet<&Url>, keys: &[Certificate], now: Timestamp) -> Documents {
    if named.len() > MOST_DOCUMENTS {
        let note = format!(
            "{} documents are named; the first {MOST_DOCUMENTS} were read",
            named.len()
        );
        check.findings.note(note);
    }
    if named.is_empty() {
        check
            .findings
            .note("no document is named, so that there was none to judge".to_owned());
    }
    let mut documents = Documents::new();
    for address in named.into_iter().take(MOST_DOCUMENTS) {
        let state = document(check, address, keys, now);
        documents.insert(address.clone(), state);
    }
    documents
}

fn document(check: &mut Check<'_>, address: &Url, keys: &[Certificate], now: Timestamp) -> State {
    let here = match check.get(address) {
        Got::Here(here) => here,
        Got::Missing => return State::Missing,
        Got::Denied => {
            check.error(
                Requirement::White,
                address,
                "is named to everybody, and not for everybody",
            );
            return State::Unread;
        }
        Got::NoName(why) | Got::NoTls(why) | Got::Failed(why) => {
            check.error(Requirement::White, address, why);
            return State::Unread;
        }
    };
    check.json_type(Requirement::Valid, address, &here);
    valid(check, address, &here.bytes);
    let value: Value = serde_json::from_slice(&here.bytes).unwrap_or_default();
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let label = match text("/document/distribution/tlp/label") {
        "" => Label::Unlabeled,
        // An unknown label is a finding of the schema; nothing says that it is public.
        label => Label::read(label).unwrap_or(Label::Unlabeled),
    };
    let id = text("/document/tracking/id");
    file_name(check, address, id);
    if label.is_protected() {
        let message = format!("is TLP:{}, and anybody can read it", label.name());
        check.error(Requirement::Protected, address, message);
    }
    let mut beside = Vec::new();
    hashes(check, address, &here.bytes, &mut beside);
    signature(check, address, &here.bytes, keys, now, &mut beside);
    State::Read(Document {
        id: id.to_owned(),
        title: text("/document/title").to_owned(),
        initial: shape::instant(text("/document/tracking/initial_release_date")),
        current: shape::instant(text("/document/tracking/current_release_date")),
        label,
        beside,
    })
}

/// Requirement 1: the schema and every mandatory test.
fn valid(check: &mut Check<'_>, address: &Url, bytes: &[u8]) {
    let judgement = gate::judge(bytes);
    for finding in judgement
        .findings
        .iter()
        .filter(|finding| finding.class <= Class::Mandatory)
    {
        let place = if finding.path.is_empty() { "/" } else { &finding.path };
        let message = format!("test {} at {}: {}", finding.test, short(place), short(&finding.message));
        check.error(Requirement::Valid, address, message);
    }
    let refused = judgement.findings.iter().any(|finding| finding.class == Class::Schema);
    for test in judgement
        .not_run
        .iter()
        .filter(|test| test.class <= Class::Mandatory && !refused)
    {
        let message = format!("test {} gave no verdict: {}", test.test, short(&test.why));
        check.error(Requirement::Valid, address, message);
    }
}

/// Requirement 2.
fn file_name(check: &mut Check<'_>, address: &Url, id: &str) {
    let name = address.path().rsplit('/').next().unwrap_or_default();
    let follows = documents::csaf::file_name(id);
    if name != follows {
        let message = format!("its tracking id `{}` gives it the name {}", short(id), short(&follows));
        check.error(Requirement::FileName, address, message);
    }
}

/// Requirement 18: at least one hash, and every one that is there is right.
fn hashes(check: &mut Check<'_>, address: &Url, bytes: &[u8], beside: &mut Vec<Beside>) {
    let digests = [
        (Beside::Sha256, data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))),
        (Beside::Sha512, data_encoding::HEXLOWER.encode(&Sha512::digest(bytes))),
    ];
    let mut failed = false;
    for (kind, digest) in digests {
        let at = kind.address(address);
        match check.get(&at) {
            Got::Here(here) => {
                beside.push(kind);
                let text = String::from_utf8_lossy(&here.bytes);
                let first = text.split_whitespace().next().unwrap_or_default();
                if !first.eq_ignore_ascii_case(&digest) {
                    check.error(Requirement::Hashes, &at, "is not the hash of the document beside it");
                }
            }
            Got::Missing => {}
            Got::Denied => {
                failed = true;
                check.error(Requirement::Hashes, &at, "it is not for everybody");
            }
            Got::NoName(why) | Got::NoTls(why) | Got::Failed(why) => {
                failed = true;
                check.error(Requirement::Hashes, &at, why);
            }
        }
    }
    if !failed && beside.is_empty() {
        check.error(
            Requirement::Hashes,
            address,
            "has neither a .sha256 nor a .sha512 beside it",
        );
    }
}

/// Requirement 19: a detached signature by one of the published keys that is not revoked. OpenPGP lets what a superseded key signed before
/// stand; csaf_checker and those who fetch with csaf_downloader ask whether the key is revoked now.
fn signature(
    check: &mut Check<'_>,
    address: &Url,
    bytes: &[u8],
    keys: &[Certificate],
    now: Timestamp,
    beside: &mut Vec<Beside>,
) {
    let at = Beside::Signature.address(address);
    let Some(here) = check.must(Requirement::Signatures, &at) else {
        return;
    };
    beside.push(Beside::Signature);
    let mut refusal = None;
    for key in keys {
        match openpgp::verify_detached(key, bytes, &here.bytes, now.as_second()) {
            Ok(_) if key.revoked().is_none() => return,
            Ok(_) => {
                let revoked = format!(
                    "was made by the key {}, which is revoked: readers refuse it, so sign again with another key",
                    key.fingerprint()
                );
                refusal = Some(revoked);
            }
            // That another key made it says less than why its own key refuses it.
            Err(openpgp::VerifyError::OtherKey) => {
                refusal.get_or_insert_with(|| openpgp::VerifyError::OtherKey.to_string());
            }
            Err(error) => refusal = Some(error.to_string()),
        }
    }
    let message = refusal.unwrap_or_else(|| "no published key can check it".to_owned());
    check.error(Requirement::Signatures, &at, message);
}
