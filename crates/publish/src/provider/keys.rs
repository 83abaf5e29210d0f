//! Requirement 20: the public part of the key that signed is published, is the one that the metadata names, and does not end soon.

use super::metadata::Metadata;
use super::{Check, Requirement};
use jiff::{SignedDuration, Timestamp};
use openpgp::{Certificate, Limits, Purpose};
use url::Url;

/// A key that ends sooner is told of.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The keys that can be read. One with a wrong fingerprint is told of, and still tried on signatures: that they are its, is another
/// question.
pub(super) fn read(check: &mut Check<'_>, metadata: &Metadata, now: Timestamp) -> Vec<Certificate> {
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
                end(check, address, &key, now);
                keys.push(key);
            }
            Err(error) => check.error(Requirement::Keys, address, error.to_string()),
        }
    }
    keys
}

/// What it signed before its end stays good to OpenPGP, and not to every reader. Whether a revoked one signed anything, each signature tells.
fn end(check: &mut Check<'_>, address: &Url, key: &Certificate, now: Timestamp) {
    let end = key.end(Purpose::Sign).and_then(|end| Timestamp::from_second(end).ok());
    let Some(end) = end.filter(|_| key.revoked().is_none()) else {
        return;
    };
    let left = end.duration_since(now);
    if left <= SignedDuration::ZERO {
        let message =
            format!("expired at {end}: some readers refuse what it signed, so extend it, or sign with another key");
        check.warn(Requirement::Keys, address, message);
    } else if left <= ENDS_SOON {
        let message = format!("ends at {end}: some readers refuse what it signed from then on, so extend it before");
        check.warn(Requirement::Keys, address, message);
    }
}
