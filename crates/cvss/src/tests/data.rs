//! Every row of the reference data (`data/cvss/*.tsv.xz` in the folder that `CANDOR_DATA` names), read by the program `xz`.

use std::path::PathBuf;
use std::process::Command;

use crate::{Vector, line};

#[expect(clippy::disallowed_methods, reason = "tests find their data by the environment")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The text of a compressed file; `None`, with a word on why, if the data or the program is missing outside of CI.
#[expect(clippy::disallowed_methods, reason = "tests read their data through xz")]
fn decompressed(name: &str) -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = PathBuf::from(setting("CANDOR_DATA").unwrap_or_else(|| beside.to_owned()));
    let path = root.join("data/cvss").join(name);
    let missing = if !path.exists() {
        format!(
            "needs {} (set CANDOR_DATA); the rows of {name} were not compared",
            path.display()
        )
    } else {
        match Command::new("xz").arg("-dc").arg(&path).output() {
            Ok(output) if output.status.success() => return Some(String::from_utf8(output.stdout).unwrap()),
            Ok(output) => panic!(
                "xz cannot read {}: {}",
                path.display(),
                String::from_utf8_lossy(&output.stderr)
            ),
            Err(_) => format!("needs xz; the rows of {name} were not compared"),
        }
    };
    assert_ne!(setting("CI").as_deref(), Some("true"), "{missing}");
    println!("skipped: {missing}");
    None
}

/// Every row is one line of `candor cvss`. In 2.0 a group that one side leaves undefined is not compared.
fn check_rows(name: &str, least: usize) {
    let Some(text) = decompressed(name) else {
        return;
    };
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert!(rows.len() >= least, "{name} has {} rows only", rows.len());
    for row in rows {
        let (vector, _) = row.split_once('\t').unwrap();
        let ours = line(vector);
        let agrees = ours.split('\t').count() == row.split('\t').count()
            && ours
                .split('\t')
                .zip(row.split('\t'))
                .all(|(ours, theirs)| ours == theirs);
        assert!(agrees, "{name}: {row}\n   ours: {ours}");
        let canonical = Vector::parse(vector).unwrap().canonical();
        assert_eq!(Vector::parse(&canonical), Vector::parse(vector), "{vector}");
    }
}

#[test]
fn every_row_of_2_0_agrees() {
    check_rows("v20.tsv.xz", 10_365);
}

#[test]
fn every_row_of_3_0_agrees() {
    check_rows("v30.tsv.xz", 11_271);
}

#[test]
fn every_row_of_3_1_agrees() {
    check_rows("v31.tsv.xz", 11_296);
}

#[test]
fn every_row_of_4_0_agrees() {
    check_rows("v40.tsv.xz", 15_855);
}
