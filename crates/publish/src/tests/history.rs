//! What was public stays reachable, what had to go leaves word of it, and no edit by hand outlives a publication.

use super::sample::{House, advisory, at, check_whole, interim, now, revised};
use crate::provider::{Folder, Provider, Source, check};
use crate::{Publisher, verify};
use psirt::advisory::Tombstone;
use std::fs;
use std::path::{Path, PathBuf};

const WHITE: &str = ".well-known/csaf/white";

fn published(house: &House) -> (tempfile::TempDir, Publisher, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    house.publish(&publisher);
    let brand = publisher.public().join("psirt.example.com");
    (root, publisher, brand)
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// It is a trusted provider's still.
fn check_provider(publisher: &Publisher) {
    let mut source = Source::Folder(Folder::of_hosts(publisher.public()));
    let report = check(&mut source, &Provider::read("psirt.example.com").unwrap(), now());
    assert!(report.passes(), "{report:#?}");
}

#[test]
fn a_version_that_was_replaced_stays_reachable_and_is_not_listed() {
    let (_root, publisher, brand) = published(&House::with([advisory(), interim(), revised()]));
    check_whole(&publisher);
    check_provider(&publisher);
    let old = brand.join("advisories/exn-sa-2024_015/v1");
    let document = old.join("exn-sa-2024_015.json");
    assert!(read(&document).contains("\"version\": \"1\""));
    for end in ["asc", "sha256", "sha512"] {
        assert!(document.with_added_extension(end).is_file(), "{end}");
    }
    let page = read(old.join("index.html"));
    assert!(
        page.contains("replaced by <a href=\"../../../advisories/exn-sa-2024_015.html\">version 2</a>"),
        "{page}"
    );
    let present = read(brand.join("advisories/exn-sa-2024_015.html"));
    // What is served beside the files is linked from where the page lies.
    for (text, link) in [
        (&page, "\"../../../calculator?from="),
        (&present, "\"../calculator?from="),
    ] {
        assert!(text.contains(link), "{link} in {text}");
    }
    assert!(
        present.contains("<a href=\"../advisories/exn-sa-2024_015/v1/index.html\">Version 1: "),
        "{present}"
    );
    assert!(!present.contains("superseded by"));
    // Nothing that is listed changed: the document of the present version is the only one.
    let index = read(brand.join(WHITE).join("index.txt"));
    assert_eq!(index.lines().count(), 2, "{index}");
    for list in ["csaf-feed-tlp-white.json", "changes.csv", "2024/index.html"] {
        assert!(!read(brand.join(WHITE).join(list)).contains("/v1/"), "{list}");
    }
    // A stranger would see that it was edited.
    fs::write(&document, b"{}").unwrap();
    let findings = verify(&publisher.public(), now()).unwrap();
    let told = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(
        told.contains("is not the hash") && told.contains("v1/exn-sa-2024_015.json.asc"),
        "{told}"
    );
}

fn tombstone(number: &str, revision: u32, current: bool) -> Tombstone {
    Tombstone {
        number: number.to_owned(),
        revision,
        brand: "example".to_owned(),
        first: at("2024-03-01T00:00:00Z"),
        at: at("2024-05-30T10:00:00Z"),
        why: "It named a person.".to_owned(),
        sha256: "ab".repeat(32),
        current,
    }
}

#[test]
fn a_version_that_had_to_go_leaves_word_for_people_and_machines() {
    let mut house = House::with([advisory(), revised()]);
    house.tombstones = vec![
        tombstone("EXN-SA-2024:013", 2, true),
        tombstone("EXN-SA-2024:013", 1, false),
        tombstone("EXN-SA-2024:015", 1, false),
    ];
    let (_root, publisher, brand) = published(&house);
    check_whole(&publisher);
    check_provider(&publisher);
    let gone: serde_json::Value = serde_json::from_str(&read(brand.join("gone/exn-sa-2024_013.json"))).unwrap();
    assert_eq!(
        gone,
        serde_json::json!({
            "document": "https://psirt.example.com/.well-known/csaf/white/2024/exn-sa-2024_013.json",
            "number": "EXN-SA-2024:013",
            "reason": "It named a person.",
            "removed": "2024-05-30T10:00:00Z",
            "revision": 2,
            "sha256": "ab".repeat(32),
        })
    );
    let page = read(brand.join("advisories/exn-sa-2024_013.html"));
    assert!(page.contains("../gone/exn-sa-2024_013.json"), "{page}");
    // The other one is there; of its first version this is left, and its history leads to it.
    let older = read(brand.join("gone/exn-sa-2024_015.v1.json"));
    assert!(
        older.contains("/advisories/exn-sa-2024_015/v1/exn-sa-2024_015.json"),
        "{older}"
    );
    let present = read(brand.join("advisories/exn-sa-2024_015.html"));
    let told = "<a href=\"../advisories/exn-sa-2024_015/v1/index.html\">Version 1: removed on 30 May 2024: It named a person.</a>";
    assert!(present.contains(told), "{present}");
    let left = read(brand.join("advisories/exn-sa-2024_015/v1/index.html"));
    for part in [
        "<h1>Version 1 of EXN-SA-2024:015 was removed</h1>",
        "<time datetime=\"2024-05-30\">30 May 2024</time>",
        "\"../../../gone/exn-sa-2024_015.v1.json\"",
        "<a href=\"../../../advisories/exn-sa-2024_015.html\">present version</a>",
    ] {
        assert!(left.contains(part), "{part} in {left}");
    }
    // Of one that went as a whole no version is the present one.
    let first = read(brand.join("advisories/exn-sa-2024_013/v1/index.html"));
    assert!(
        first.contains("removed, too: <a href=\"../../../advisories/exn-sa-2024_013.html\">what is left of it</a>"),
        "{first}"
    );
    for list in [
        "index.txt",
        "changes.csv",
        "csaf-feed-tlp-white.json",
        "2024/index.html",
    ] {
        assert!(!read(brand.join(WHITE).join(list)).contains("013"), "{list}");
    }
    assert!(!brand.join(WHITE).join("2024/exn-sa-2024_013.json").exists());
}

/// Changes one letter of a file, and puts its time back.
fn edit_in_secret(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let modified = fs::metadata(file).unwrap().modified().unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    fs::write(file, &bytes).unwrap();
    fs::File::options()
        .write(true)
        .open(file)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), modified);
}

/// An edit of the same length with the old time, in the slot that is swapped in next, within the tick in which it was written.
#[test]
fn an_edit_that_hides_its_time_is_never_swapped_in() {
    let files = [
        format!("{WHITE}/2024/exn-sa-2024_014.json"),
        "advisories/exn-sa-2024_014.html".to_owned(),
        format!("{WHITE}/csaf-feed-tlp-white.json"),
    ];
    for file in files {
        let (root, publisher, _) = published(&House::with([advisory()]));
        House::with([advisory(), interim()]).publish(&publisher);
        let idle = root.path().join("tree/a/psirt.example.com").join(&file);
        edit_in_secret(&idle);
        House::with([advisory(), interim(), revised()]).publish(&publisher);
        assert_eq!(
            fs::read_link(publisher.public()).unwrap(),
            Path::new("tree/a"),
            "{file}"
        );
        check_whole(&publisher);

        // One of what is public is mended by publishing the same again.
        let live = publisher.public().join("psirt.example.com").join(&file);
        edit_in_secret(&live);
        assert!(!verify(&publisher.public(), now()).unwrap().is_empty(), "{file}");
        House::with([advisory(), interim(), revised()]).publish(&publisher);
        check_whole(&publisher);
    }
}

/// What looks touched is read before it is thrown away: a slot that was moved to another disk is not written anew.
#[test]
fn a_slot_that_was_only_touched_is_kept() {
    let (root, publisher, _) = published(&House::with([advisory()]));
    House::with([advisory(), interim()]).publish(&publisher);
    for file in crate::walk::walk(&root.path().join("tree/a")).unwrap() {
        let file = root.path().join("tree/a").join(file);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, bytes).unwrap();
    }
    let third = House::with([advisory(), revised()]).publish(&publisher);
    assert!(third.written < 25, "{third:?}");
    check_whole(&publisher);
}

/// The same bytes have the same time in both slots, so that no swap shows in a header.
#[test]
fn a_swap_moves_no_time_of_what_it_does_not_change() {
    let (_root, publisher, brand) = published(&House::with([advisory()]));
    let file = brand.join(WHITE).join("2024/exn-sa-2024_014.json");
    let first = fs::metadata(&file).unwrap().modified().unwrap();
    for house in [
        House::with([advisory(), interim()]),
        House::with([advisory(), revised()]),
    ] {
        let later = at("2024-06-02T00:00:00Z");
        house.site(|sites| publisher.update(sites, later)).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), first);
        let index = fs::metadata(brand.join("index.html")).unwrap().modified().unwrap();
        assert!(index > first);
    }
}

/// The first version was sound: it stays where it was, and the tombstone leads to it.
#[test]
fn what_was_public_before_a_removed_version_stays_reachable() {
    let mut house = House::with([advisory(), interim()]);
    house.tombstones = vec![tombstone("EXN-SA-2024:015", 2, true)];
    let (_root, publisher, brand) = published(&house);
    check_whole(&publisher);
    check_provider(&publisher);
    let old = brand.join("advisories/exn-sa-2024_015/v1");
    assert!(read(old.join("exn-sa-2024_015.json")).contains("\"version\": \"1\""));
    let page = read(old.join("index.html"));
    assert!(
        page.contains("The one that replaced it <a href=\"../../../advisories/exn-sa-2024_015.html\">was removed</a>"),
        "{page}"
    );
    let tombstone = read(brand.join("advisories/exn-sa-2024_015.html"));
    assert!(
        tombstone.contains("<a href=\"../advisories/exn-sa-2024_015/v1/index.html\">Version 1</a>"),
        "{tombstone}"
    );
    assert!(!read(brand.join(WHITE).join("index.txt")).contains("015"));
}
