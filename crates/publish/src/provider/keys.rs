//! Requirement 20: the public part of the key that signed is published, and is the one that the metadata names.

use super::metadata::Metadata;
use super::{Check, Requirement};
use openpgp::{Certificate, Limits};

/// The keys that can be read. One with a wrong fingerprint is told of, and still tried on signatures: that they are its, is another
/// question.
pub(super) fn read(check: &mut Check<'_>, metadata: &Metadata) -> Vec<Certificate> {
    if metadata.keys.is_empty() {
        let place = metadata.address.as_ref().map(url::Url::as_str).unwrap_or_default();
        check.error(Requirement::Keys, place, "/public_openpgp_keys: names no key");
    }
    let mut keys = Vec::new();
    for (fingerprint, address) in &metadata.keys {
        let Some(here) = check.must(Requirement::Keys, address) else {
            continue;
        };
        match Certificate::parse(&here.bytes, Limits::default()) {
            Ok(key) => {
                match fingerprint {
                    Some(named) if *named != key.fingerprint() => {
                        let message = format!(
                            "the key has the fingerprint {}, and the metadata names {named}",
                            key.fingerprint()
                        );
                        check.error(Requirement::Keys, address, message);
                    }
                    Some(_) => {}
                    None => check.warn(Requirement::Keys, address, "the metadata names no fingerprint of it"),
                }
                keys.push(key);
            }
            Err(error) => check.error(Requirement::Keys, address, error.to_string()),
        }
    }
    keys
}
