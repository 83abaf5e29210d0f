//! The demonstration, from outside: it verifies itself, leaves stories that give the same dates, and gives the same tree twice.

#![expect(clippy::unwrap_used, reason = "a test whose machine fails ends at once")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn candor(args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(args)
        .env_remove("CANDOR_DIR")
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code().unwrap(), text)
}

fn demo(dir: &Path) -> String {
    let (status, text) = candor(&["demo", "--no-serve", "--dir", dir.to_str().unwrap()]);
    assert_eq!(status, 0, "{text}");
    text
}

/// Rows without their proofs: these name places of entries, which an export numbers anew.
fn dates(rows: &Value) -> Vec<Value> {
    let mut rows = rows.as_array().unwrap().clone();
    rows.iter_mut()
        .for_each(|row| drop(row.as_object_mut().unwrap().remove("proof")));
    rows
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => drop(files.insert(
                    entry.path().strip_prefix(folder).unwrap().to_owned(),
                    fs::read(entry.path()).unwrap(),
                )),
            }
        }
    }
    files
}

#[test]
fn it_verifies_itself_and_every_date_that_it_shows_follows_from_the_exported_story() {
    let parent = TempDir::new().unwrap();
    let dir = parent.path().join("demo");
    let text = demo(&dir);
    for part in [
        "refused by §N13",
        "refused by §N3",
        "is out:",
        "Verified:",
        "everything fits",
    ] {
        assert!(text.contains(part), "lacks {part}\n{text}");
    }
    let mut compared = 0;
    for entry in fs::read_dir(dir.join("obligations")).unwrap().map(Result::unwrap) {
        let shown: Value = serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap();
        let story = dir
            .join("stories")
            .join(format!("{}.toml", shown["number"].as_str().unwrap()));
        let (status, due) = candor(&[
            "policy",
            "due",
            story.to_str().unwrap(),
            "--now",
            shown["now"].as_str().unwrap(),
            "--json",
        ]);
        assert_eq!(status, 0, "{due}");
        assert_eq!(
            dates(&shown["obligations"]),
            dates(&serde_json::from_str(&due).unwrap()),
            "{}",
            entry.path().display()
        );
        compared += dates(&shown["obligations"]).len();
    }
    assert!(compared > 100, "only {compared} rows were compared");
    check_clean_advisories(&dir);
    check_intake_keys(&dir.join("public"));
}

/// Whoever reports finds the key by each of the ways that are told.
fn check_intake_keys(public: &Path) {
    for brand in ["nozomi-networks.example", "128-technology.example"] {
        let read = |path: &str| fs::read_to_string(public.join(brand).join(path)).unwrap();
        let text = read(".well-known/security.txt");
        let line = text.lines().find_map(|line| line.strip_prefix("Encryption: "));
        let path = line.unwrap().strip_prefix(&format!("https://{brand}/")).unwrap();
        assert!(read(path).contains("BEGIN PGP PUBLIC KEY BLOCK"), "{text}");
        assert!(
            read("report/index.html").contains("gpg --locate-external-keys"),
            "{brand}"
        );
        let mut found = fs::read_dir(public.join(brand).join(".well-known/openpgpkey/hu")).unwrap();
        assert!(found.next().is_some(), "{brand}");
    }
}

/// Of the advisories that were written with a title, a summary and the affected versions at most, nothing has to change.
fn check_clean_advisories(dir: &Path) {
    let asked = |words: &[&str]| -> Value {
        let tail = ["--json", "--as", "lead", "--dir", dir.to_str().unwrap()];
        let (status, text) = candor(&[words, &tail[..]].concat());
        assert_eq!(status, 0, "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let all = asked(&["advisory", "list"]);
    let all = all.as_array().unwrap();
    assert!(all.len() >= 2, "{all:?}");
    for advisory in all {
        let shown = asked(&["advisory", "show", advisory["id"].as_str().unwrap()]);
        let heavy = ["must change", "needs a reason"];
        for finding in shown["findings"].as_array().unwrap() {
            assert!(!heavy.contains(&finding["weight"].as_str().unwrap()), "{finding}");
        }
    }
}

#[test]
fn two_runs_publish_the_same_tree() {
    let parent = TempDir::new().unwrap();
    let published = ["one", "two"].map(|name| {
        let dir = parent.path().join(name);
        demo(&dir);
        files(&fs::canonicalize(dir.join("public")).unwrap())
    });
    let [one, two] = &published;
    assert!(one.len() > 20, "{} files", one.len());
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (path, bytes) in one {
        assert!(two[path] == *bytes, "{} differs", path.display());
    }
}
