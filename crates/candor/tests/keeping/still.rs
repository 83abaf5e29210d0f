//! A brand of which nothing can be published: the others go out in time, and it is named, kept as it is, and tried again.

use crate::ended::{opened, ordered, part, worked};
use crate::house::*;
use serde_json::json as value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Every file below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

/// A house of two brands where an advisory of the first is ordered, and the bytes that were signed for it are damaged before anybody sees
/// them: its number, and the damaged file with what it held.
fn damaged(folder: &Path) -> (PathBuf, String, (PathBuf, Vec<u8>)) {
    let dir = opened(folder);
    let (_, number) = ordered(&dir, "brand", "Second");
    let blobs = || files(&dir.join("blobs"));
    let (before, aside) = (blobs(), dir.join("aside"));
    fs::rename(dir.join("public"), &aside).unwrap();
    fs::create_dir(dir.join("public")).unwrap();
    refused(&dir, &["publish"], &["is not a link to tree/a or tree/b"]);
    fs::remove_dir(dir.join("public")).unwrap();
    fs::rename(&aside, dir.join("public")).unwrap();
    let fixed: Vec<PathBuf> = blobs().difference(&before).cloned().collect();
    let [fixed] = fixed.as_slice() else { panic!("{fixed:?}") };
    let bytes = fs::read(fixed).unwrap();
    fs::write(fixed, "x").unwrap();
    (dir, number, (fixed.clone(), bytes))
}

#[test]
fn the_others_go_out_and_it_is_tried_again_until_it_is_mended() {
    let folder = TempDir::new().unwrap();
    let (dir, number, (fixed, bytes)) = damaged(folder.path());
    let before = part(&dir, "brand");
    let check_still = |others: &[&str], at: &str| {
        let published = worked(&dir, &["--now", at]);
        assert_eq!(published, (value!(others), value!(1)));
        assert_eq!(part(&dir, "brand"), before);
    };
    let (_, others) = ordered(&dir, "other", "Second");
    check_still(&[&others], "2025-02-01T08:00:00Z");
    // Nobody tries it again and again, but whoever asks for it.
    assert_eq!(
        worked(&dir, &["--now", "2025-02-01T08:59:00Z"]),
        (value!([]), value!(0))
    );
    refused(
        &dir,
        &["publish"],
        &[
            &format!("{number} is held aside with its brand, and everything else went out"),
            "nothing of brand is published, and what is public of it stays as it is",
            "is damaged",
            "then `candor publish`",
            "Verified",
        ],
    );
    assert_eq!(part(&dir, "brand"), before);
    let (_, others) = ordered(&dir, "other", "Third");
    check_still(&[&others], "2025-02-01T08:59:30Z");
    check_still(&[], "2025-02-01T10:00:00Z");
    assert_eq!(
        worked(&dir, &["--now", "2025-02-01T11:00:00Z"]),
        (value!([]), value!(0))
    );

    fs::write(&fixed, &bytes).unwrap();
    assert_eq!(
        worked(&dir, &["--now", "2025-02-01T12:00:00Z"]),
        (value!([number]), value!(0))
    );
    assert_ne!(part(&dir, "brand"), before);
    let told = done(&dir, &["publish"]);
    assert!(!told.contains("nothing of brand"), "{told}");
    verified(&dir);
}
