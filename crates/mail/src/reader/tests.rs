//! What the tests of the reader share: the sample messages with their keys, and a reading of a message written in a test.

mod hostile;
mod origin;
mod samples;
mod shapes;

use std::path::PathBuf;

use openpgp::{Certificate, Limits as KeyLimits, SigningKey};

use super::{Limits, Means, Reading, Understood, read};

/// 2026-11-23T00:00:00Z: after the samples were made.
const NOW: i64 = 1_795_392_000;

/// The sample messages, or `None` with a printed reason where they are not.
fn samples() -> Option<PathBuf> {
    let data = std::env::var_os("CANDOR_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = data.join("data/mail");
    if folder.join("expected.json").exists() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "the sample messages are missing, and CI must run every test"
    );
    println!(
        "skipped: needs the sample messages in {} (set CANDOR_DATA)",
        folder.display()
    );
    None
}

/// Addresses of the house in the tests.
fn ours() -> (Vec<String>, Vec<String>) {
    (
        vec!["psirt@vendor.example".to_owned()],
        vec!["128sirtannounce@vendor.example".to_owned()],
    )
}

fn read_with(message: &[u8], keys: &[SigningKey], known: &[Certificate]) -> Reading {
    read_for(message, keys, known, &[])
}

fn read_for(message: &[u8], keys: &[SigningKey], known: &[Certificate], recipients: &[String]) -> Reading {
    let (addresses, lists) = ours();
    let means = Means {
        keys,
        known,
        addresses: &addresses,
        recipients,
        lists: &lists,
        hosts: &["mx.vendor.example".to_owned()],
        now: NOW,
    };
    read(message, &means, &Limits::default())
}

/// A message written in a test with `\n` at line ends, without keys.
fn understood(message: &str) -> Understood {
    read_with(message.replace('\n', "\r\n").as_bytes(), &[], &[]).understood
}

fn certificate(armoured: &[u8]) -> Certificate {
    Certificate::parse(armoured, KeyLimits::default()).unwrap()
}
