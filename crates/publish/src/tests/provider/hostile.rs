//! Files that mean ill: every file of a perfect tree in place of every other kind, damage by the byte, folders that lead out. The check
//! ends with a finding, and never in a panic.

use super::tree::{CSAF, Files, HOST, Tree, write};
use super::{check_files, findings};
use crate::provider::{Folder, Provider, Requirement, Source, Verdict, check};
use crate::tests::sample::now;

/// Of each kind of file one, and what it is asked for.
const KINDS: [&str; 10] = [
    "psirt.example.com/.well-known/csaf/provider-metadata.json",
    "psirt.example.com/.well-known/csaf/service.json",
    "psirt.example.com/.well-known/csaf/white/category-tlp-white.json",
    "psirt.example.com/.well-known/csaf/white/csaf-feed-tlp-white.json",
    "psirt.example.com/.well-known/csaf/white/index.txt",
    "psirt.example.com/.well-known/csaf/white/changes.csv",
    "psirt.example.com/.well-known/csaf/white/index.html",
    "psirt.example.com/.well-known/csaf/white/2024/exn-sa-2024_002.json",
    "psirt.example.com/.well-known/csaf/white/2024/exn-sa-2024_002.json.sha256",
    "psirt.example.com/.well-known/csaf/white/2024/exn-sa-2024_002.json.asc",
];

fn check_found(what: &str, files: &Files) {
    let report = check_files(files);
    assert!(!report.passes(), "{what} was not seen");
    for line in findings(&report) {
        assert!(line.len() < 2_000, "{what}: a finding repeats what it was given");
    }
}

#[test]
fn a_file_in_place_of_another_is_found() {
    let files = Tree::perfect().files();
    for place in KINDS {
        for other in KINDS.iter().filter(|other| **other != place) {
            let mut wrong = files.clone();
            wrong.insert(place.to_owned(), files[*other].clone());
            check_found(&format!("{other} at {place}"), &wrong);
        }
    }
}

#[test]
fn values_of_every_type_are_found_in_place_of_others() {
    let files = Tree::perfect().files();
    let odd = ["null", "1", "-1e400", "\"\"", "[]", "{}", "[[[[]]]]", "\"\\u0000\""];
    for place in KINDS.iter().filter(|place| place.ends_with(".json")) {
        for value in odd {
            let mut wrong = files.clone();
            wrong.insert((*place).to_owned(), value.into());
            check_found(&format!("{value} at {place}"), &wrong);
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let mut wrong = files.clone();
        wrong.insert((*place).to_owned(), deep.into());
        check_found(&format!("depth at {place}"), &wrong);
    }
}

#[test]
fn long_lists_are_cut() {
    let mut files = Tree::perfect().files();
    let index: String = (0..5_000).map(|n| format!("2024/{n}.json\n")).collect();
    files.insert(format!("{CSAF}/white/index.txt"), index.into());
    let report = check_files(&files);
    let outcome = report
        .outcomes
        .iter()
        .find(|one| one.requirement == Requirement::Index)
        .unwrap();
    assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::Error, 200));
    assert!(outcome.more > 4_000, "{}", outcome.more);
}

#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let files = Tree::perfect().files();
    write(&files, root.path());
    let metadata = root.path().join(HOST).join(".well-known/csaf/provider-metadata.json");
    let secret = outside.path().join("secret.json");
    std::fs::rename(&metadata, &secret).unwrap();
    std::os::unix::fs::symlink(&secret, &metadata).unwrap();
    let mut source = Source::Folder(Folder::of_hosts(root.path()));
    let report = check(&mut source, &Provider::read(HOST).unwrap(), now());
    assert_eq!(report.verdict(Requirement::WellKnown), Verdict::NotOffered);
    for name in ["..", "../other", "a/../../b", ".", ""] {
        let mut source = Source::Folder(Folder::of_hosts(root.path()));
        // What is no name of a host is none of a folder either.
        if let Some(provider) = Provider::read(name) {
            assert!(!check(&mut source, &provider, now()).passes(), "{name}");
        }
    }
}
