//! The built binary reads mail: every sample message, in a child that is shut in.

#![expect(clippy::unwrap_used, reason = "a test whose machine fails ends at once")]

use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn candor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(args)
        .env_remove("CANDOR_DIR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

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

/// What `candor mail read --json` says of a sample, with the keys that its guide names.
fn read(folder: &Path, name: &str) -> Value {
    let path = |file: &str| folder.join(file).to_str().unwrap().to_owned();
    let keys = |file: &str| path(&format!("keys/{file}"));
    let output = candor(&[
        "mail",
        "read",
        &path(name),
        "--json",
        "--now",
        "2026-11-23T00:00:00Z",
        "--secret-key",
        &keys("psirt.sec.asc"),
        "--secret-key",
        &keys("psirt-2020-expired.sec.asc"),
        "--known-key",
        &keys("reporter.pub.asc"),
        "--known-key",
        &keys("other.pub.asc"),
        "--address",
        "psirt@vendor.example",
        "--list",
        "128sirtannounce@vendor.example",
    ]);
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares one field of a row; a field that this does not know fails.
fn check_field(name: &str, field: &str, expect: &Value, said: &Value, bytes: u64) {
    let text = said["text"].as_str().unwrap();
    let warned = |words: &Value| said["warnings"].as_array().unwrap().contains(words);
    match field {
        "note" => {}
        "bytes" => assert_eq!(*expect, bytes, "{name}"),
        "text_contains" => assert!(text.contains(expect.as_str().unwrap()), "{name}: {text}"),
        "text_not_contains" => assert!(!said.to_string().contains(expect.as_str().unwrap()), "{name}"),
        "warn" => assert!(warned(expect), "{name}: {}", said["warnings"]),
        "limit" => assert!(
            warned(&Value::from("too deeply nested")),
            "{name}: {}",
            said["warnings"]
        ),
        field => {
            let found = said.get(field);
            assert_eq!(found, Some(expect), "{name}: {field}");
        }
    }
}

#[test]
fn every_sample_is_read_as_its_row_says() {
    let Some(folder) = samples() else { return };
    let rows: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (name, row) in rows.as_object().unwrap() {
        let said = read(&folder, name);
        assert_eq!(said["reader"]["no_files"], true, "{name}");
        assert_eq!(said["reader"]["no_network"], true, "{name}");
        let bytes = fs::metadata(folder.join(name)).unwrap().len();
        for (field, expect) in row.as_object().unwrap() {
            check_field(name, field, expect, &said, bytes);
        }
    }
}

/// `name: value` of a process, as the kernel says it.
fn field(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name));
    line.unwrap_or_default().trim_start_matches(name).trim().to_owned()
}

#[test]
fn the_child_is_shut_in_before_it_reads_the_first_byte() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("read-message")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It says how it is shut in, and then waits for the first byte.
    let mut output = child.stdout.take().unwrap();
    let mut length = [0; 8];
    output.read_exact(&mut length).unwrap();
    let mut cage = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap()];
    output.read_exact(&mut cage).unwrap();
    let cage: Value = serde_json::from_slice(&cage).unwrap();
    // By trying: `open`, `socket`.
    assert_eq!(cage["no_files"], true);
    assert_eq!(cage["no_network"], true);
    assert_eq!(cage["limits"], true);
    println!("landlock here: {}", cage["landlock"]);

    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let status = fs::read_to_string(proc.join("status")).unwrap();
    assert_eq!(field(&status, "NoNewPrivs:"), "1");
    assert_eq!(field(&status, "Seccomp:"), "2");
    assert_eq!(field(&status, "Threads:"), "1");
    let limits = fs::read_to_string(proc.join("limits")).unwrap();
    let bounds = |name: &str| {
        field(&limits, name)
            .split_whitespace()
            .take(2)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(bounds("Max address space"), "536870912 536870912");
    assert_eq!(bounds("Max cpu time"), "30 30");
    assert_eq!(bounds("Max file size"), "0 0");
    assert_eq!(bounds("Max core file size"), "0 0");
    // Whoever started this test may have left pipes open for everybody; a socket nobody did.
    let open = fs::read_dir(proc.join("fd")).unwrap();
    let targets = open.map(|entry| fs::read_link(entry.unwrap().path()).unwrap());
    let sockets = targets.filter(|target| target.to_string_lossy().starts_with("socket:"));
    assert_eq!(sockets.count(), 0);

    // Without a message it ends.
    drop(child.stdin.take());
    assert!(!child.wait().unwrap().success());
}

#[test]
fn nonsense_instead_of_a_request_ends_the_child_without_an_answer() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("read-message")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(&[0xff; 100]);
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!(output.stderr.is_empty(), "a dying reader says nothing");
}

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn check_said(args: &[&str], status: i32, parts: &[&str]) -> String {
    let output = candor(args);
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    text
}

#[test]
fn a_message_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let message = file(
        &folder,
        "message.eml",
        b"From: Rita <rita@researcher.example>\r\nSubject: Crash\r\n\r\nIt crashes.\r\n",
    );
    let parts = [
        "From: rita@researcher.example",
        "Subject: Crash",
        "Case: opens one",
        "It crashes.",
    ];
    check_said(&["mail", "read", &message], 0, &parts);
}

#[test]
fn a_key_that_is_none_is_named_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let message = file(
        &folder,
        "message.eml",
        b"From: rita@researcher.example\r\n\r\nplanted-word\r\n",
    );
    let key = file(&folder, "key.asc", b"no key");
    check_said(
        &["mail", "read", &message, "--secret-key", &key],
        2,
        &["secret key 1: "],
    );
    let said = check_said(
        &["mail", "read", &message, "--known-key", &key],
        0,
        &["left out: known key 1: "],
    );
    assert!(said.contains("planted-word"), "the message is read without it");
    check_said(&["mail", "read", "no-such-file.eml"], 2, &["no-such-file.eml"]);
}

#[test]
fn a_message_over_the_limit_is_not_read_and_opens_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let message = file(&folder, "large.eml", &vec![b'x'; 50 * 1024 * 1024 + 1]);
    let parts = ["\"error\": \"too large\"", "\"opens_case\": true"];
    check_said(&["mail", "read", &message, "--json"], 0, &parts);
}
