//! The documents beside the page of an advisory, and how anybody checks that they are ours.

use super::words;
use crate::{csaf, place};
use psirt::advisory::Advisory;

/// A document beside the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Where it is.
    pub href: String,
    /// What it is.
    pub name: String,
    /// Its form and size.
    pub note: String,
}

/// How anybody checks that the document is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The fingerprint of the key that signed.
    pub fingerprint: String,
    /// The commands, one a line.
    pub commands: Vec<String>,
}

pub(super) fn formats(advisory: &Advisory, here: &str, fingerprint: &str, document_bytes: usize) -> Vec<Format> {
    let to = |path: &str, name: &str, note: &str| Format {
        href: place::relative(here, path),
        name: name.to_owned(),
        note: note.to_owned(),
    };
    let mut formats = document_formats(here, &place::document(advisory), document_bytes);
    // OpenVEX has at least one statement.
    if !advisory.vulnerabilities.is_empty() {
        formats.push(to(&place::openvex(advisory), "OpenVEX", "JSON"));
    }
    for (position, vulnerability) in advisory.vulnerabilities.iter().enumerate() {
        let of = match (&vulnerability.cve, advisory.vulnerabilities.len()) {
            (Some(cve), 2..) => format!("JSON, of {cve}"),
            (None, 2..) => format!("JSON, of vulnerability {}", position + 1),
            _ => "JSON".to_owned(),
        };
        if !vulnerability.excludes_all() {
            formats.push(to(&place::osv(advisory, position), "OSV", &of));
        }
        if let Some(cve) = vulnerability
            .cve
            .as_ref()
            .filter(|_| crate::cve::has_record(advisory, vulnerability))
        {
            formats.push(to(
                &place::cve(cve),
                &format!("What we state of {cve}"),
                "for the CVE list, JSON",
            ));
        }
    }
    formats.push(to(&place::text(advisory), "Text", "as it is mailed"));
    formats.push(key_format(here, fingerprint));
    formats
}

/// The CSAF document at a path, with what lies beside it.
pub(super) fn document_formats(here: &str, path: &str, bytes: usize) -> Vec<Format> {
    let document = place::relative(here, path);
    let format = |href: String, name: &str, note: String| Format {
        href,
        name: name.to_owned(),
        note,
    };
    let beside = |end: &str, name: &str, note: &str| format(format!("{document}.{end}"), name, note.to_owned());
    vec![
        format(document.clone(), "CSAF 2.0", format!("JSON, {}", words::size(bytes))),
        beside("asc", "CSAF signature", "OpenPGP"),
        beside("sha256", "SHA-256", "of the CSAF document"),
        beside("sha512", "SHA-512", "of the CSAF document"),
    ]
}

pub(super) fn key_format(here: &str, fingerprint: &str) -> Format {
    Format {
        href: place::relative(here, &place::key(fingerprint)),
        name: "OpenPGP key".to_owned(),
        note: "of our team".to_owned(),
    }
}

pub(super) fn proof(advisory: &Advisory, fingerprint: &str) -> Proof {
    let file = csaf::file_name(&advisory.number);
    Proof {
        fingerprint: fingerprint.to_owned(),
        commands: vec![
            format!("gpg --import {fingerprint}.asc"),
            format!("gpg --verify {file}.asc {file}"),
            format!("sha256sum --check {file}.sha256"),
        ],
    }
}
