//! Every sample message is understood as its row says, field by field.

use openpgp::SigningKey;
use serde_json::Value;

use super::{certificate, read_with, samples};
use crate::reader::Reading;

fn reading(folder: &std::path::Path, name: &str) -> Reading {
    let key = |file: &str| std::fs::read(folder.join("keys").join(file)).unwrap();
    let secret = |file: &str| SigningKey::import_for_opening(&key(file), None).unwrap();
    let keys = [secret("psirt.sec.asc"), secret("psirt-2020-expired.sec.asc")];
    let known = [
        certificate(&key("reporter.pub.asc")),
        certificate(&key("other.pub.asc")),
    ];
    read_with(&std::fs::read(folder.join(name)).unwrap(), &keys, &known)
}

/// Compares one field of a row; a field that this does not know fails.
fn check_field(name: &str, field: &str, expect: &Value, reading: &Reading, bytes: u64) {
    let read = &reading.understood;
    let value = serde_json::to_value(read).unwrap();
    let words = |text: &str| Value::from(text);
    let found = match field {
        "note" => return,
        "bytes" => Value::from(bytes),
        "text_contains" => {
            assert!(
                read.text.contains(expect.as_str().unwrap()),
                "{name}: text is {:?}",
                read.text
            );
            return;
        }
        "text_not_contains" => {
            let all = format!("{} {:?} {:?}", read.text, read.unprotected_text, read.html);
            assert!(!all.contains(expect.as_str().unwrap()), "{name}: {field}");
            return;
        }
        "warn" => {
            let warnings = value["warnings"].as_array().unwrap();
            assert!(warnings.contains(expect), "{name}: warnings are {warnings:?}");
            return;
        }
        "limit" => {
            let warnings = value["warnings"].as_array().unwrap();
            assert!(
                warnings.contains(&words("too deeply nested")),
                "{name}: warnings are {warnings:?}"
            );
            return;
        }
        "attachments" => {
            let pairs = read
                .attachments
                .iter()
                .map(|file| Value::from(vec![file.name.clone(), file.sha256.clone()]));
            pairs.collect()
        }
        "decrypts"
        | "error"
        | "subject"
        | "signature"
        | "signer"
        | "signer_matches_from"
        | "opens_case"
        | "auto"
        | "must_not_answer"
        | "bounce"
        | "list"
        | "autocrypt_key"
        | "attached_key"
        | "key_ids" => value[field].clone(),
        other => panic!("{name}: the row has a field `{other}` that nothing compares"),
    };
    assert_eq!(found, *expect, "{name}: {field}");
}

#[test]
fn every_sample_is_understood_as_its_row_says() {
    let Some(folder) = samples() else { return };
    let rows: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (name, row) in rows.as_object().unwrap() {
        let bytes = std::fs::metadata(folder.join(name)).unwrap().len();
        let reading = reading(&folder, name);
        for (field, expect) in row.as_object().unwrap() {
            check_field(name, field, expect, &reading, bytes);
        }
        assert_eq!(reading.contents.len(), reading.understood.attachments.len(), "{name}");
    }
}

/// What the rows say in words.
#[test]
fn the_remarks_of_the_rows_hold() {
    let Some(folder) = samples() else { return };
    let malformed = reading(&folder, "25-malformed-mime.eml").understood;
    let names: Vec<&str> = malformed.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["evil"]);
    assert_eq!(malformed.subject, "Réponse über 8bit");
    assert_eq!(malformed.date, None);
    assert_eq!(malformed.from, ["rita@researcher.example", "attacker@evil.example"]);
    assert_eq!(malformed.html.as_deref(), Some("hello"));
    assert!(!malformed.text.contains('\0'));
    let warnings = format!("{:?}", malformed.warnings);
    for warning in ["SeveralFrom", "SeveralSubjects", "Date", "Malformed", "Renamed"] {
        assert!(warnings.contains(warning), "{warnings}");
    }
    assert!(
        reading(&folder, "04-thunderbird-protected-headers-v1.eml")
            .understood
            .subject_is_protected
    );
    let away = reading(&folder, "16-auto-reply-vacation.eml").understood;
    assert_eq!(away.references, ["ack.PSIRT-2026-0001.k7q2@vendor.example"]);
}
