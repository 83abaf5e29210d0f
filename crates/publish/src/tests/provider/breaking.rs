//! Breaking a perfect tree in one place, and the claim that exactly one requirement fails for it.

use super::tree::{DNS_HOST, Files, Tree};
use super::{check_files, check_verdicts, findings};
use crate::provider::{Requirement, Verdict};
use serde_json::Value;

pub(super) const METADATA: &str = "psirt.example.com/.well-known/csaf/provider-metadata.json";
pub(super) const FEED: &str = "psirt.example.com/.well-known/csaf/white/csaf-feed-tlp-white.json";
pub(super) const FIRST: &str = "psirt.example.com/.well-known/csaf/white/2024/exn-sa-2024_002.json";

/// Changes what a tree is made of; exactly one requirement fails, and says so with these words.
pub(super) fn check_made(what: &str, change: impl FnOnce(&mut Tree), only: Requirement, words: &str) {
    check_broken(what, change, |_| (), only, words);
}

/// Changes files; exactly one requirement fails, and says so with these words.
pub(super) fn check_changed(what: &str, change: impl FnOnce(&mut Files), only: Requirement, words: &str) {
    check_broken(what, |_| (), change, only, words);
}

pub(super) fn check_broken(
    what: &str,
    make: impl FnOnce(&mut Tree),
    change: impl FnOnce(&mut Files),
    only: Requirement,
    words: &str,
) {
    let mut tree = Tree::perfect();
    make(&mut tree);
    let mut files = tree.files();
    change(&mut files);
    let report = check_files(&files);
    check_verdicts(what, &report, &[(only, Verdict::Error)]);
    let said = findings(&report);
    assert!(
        said.iter().any(|line| line.contains(words)),
        "{what}: {said:#?} lacks {words}"
    );
    assert!(!report.passes(), "{what}");
}

/// Changes text in a file that holds it.
pub(super) fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    files.insert(path.to_owned(), text.replace(from, to).into_bytes());
}

/// Changes the metadata at both of its places.
pub(super) fn edit_metadata(files: &mut Files, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[METADATA]).unwrap();
    edit(&mut value);
    let bytes = serde_json::to_vec(&value).unwrap();
    files.insert(METADATA.to_owned(), bytes.clone());
    files.insert(format!("{DNS_HOST}/index.json"), bytes);
}

pub(super) fn edit_json(files: &mut Files, path: &str, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[path]).unwrap();
    edit(&mut value);
    files.insert(path.to_owned(), serde_json::to_vec(&value).unwrap());
}
