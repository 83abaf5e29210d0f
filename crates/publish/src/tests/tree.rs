//! The tree: what it holds, that it is always the same, and that what is broken is seen.

use super::sample::{House, advisory, check_whole, interim, now, revised};
use crate::{Publisher, TreeError, verify};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[test]
fn a_tree_holds_what_a_publisher_serves() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    House::with([advisory(), interim()]).publish(&publisher);
    let fingerprint = super::sample::key().fingerprint();
    let files = crate::walk::walk(&fs::canonicalize(publisher.public()).unwrap()).unwrap();
    let listed: Vec<String> = files
        .iter()
        .map(|file| file.replace(&fingerprint, "FINGERPRINT"))
        .filter(|file| !file.contains("/assets/"))
        .collect();
    insta::assert_snapshot!("a_tree_holds_what_a_publisher_serves", listed.join("\n"));
    for file in &files {
        let mode = fs::metadata(publisher.public().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644, "{file}");
    }
    check_whole(&publisher);
}

#[test]
fn publishing_again_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let house = House::with([advisory()]);
    let first = house.publish(&publisher);
    let again = house.publish(&publisher);
    assert_eq!((again.number, &again.manifest, again.written), (1, &first.manifest, 0));
    assert_eq!(publisher.current().unwrap().unwrap().manifest, first.manifest);
}

/// What somebody did to what is public is mended by the next publication, whether something is new or not, and told file by file, once.
#[test]
fn a_tree_that_was_edited_by_hand_is_told() {
    for next in [House::with([advisory()]), House::with([advisory(), interim()])] {
        let root = tempfile::tempdir().unwrap();
        let publisher = Publisher::new(root.path()).by("a test");
        House::with([]).publish(&publisher);
        House::with([advisory()]).publish(&publisher);
        assert_eq!(publisher.look().unwrap(), BTreeSet::new());
        let edited = edit(&publisher.public());
        next.publish(&publisher);
        check_whole(&publisher);
        assert_eq!(publisher.look().unwrap(), edited, "the slot that was public");
        assert_eq!(publisher.look().unwrap(), BTreeSet::new());
        next.publish(&publisher);
        check_whole(&publisher);
    }
}

/// A slot that was looked at is taken as it was left, if its folders are.
fn check_idle_edit(edit: impl FnOnce(&Path), expect: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    House::with([]).publish(&publisher);
    House::with([advisory()]).publish(&publisher);
    // A look within the same tick of the clock as the last change of a folder is not enough.
    let looked_at = || publisher.looked_at("tree/a", &publisher.manifest("tree/a")?);
    while looked_at().is_none() {
        assert_eq!(publisher.look().unwrap(), BTreeSet::new());
    }
    let house = House::with([advisory(), interim()]);
    edit(&root.path().join("tree/a/psirt.example.com"));
    house.publish(&publisher);
    let is_whole = verify(&publisher.public(), now()).unwrap().is_empty();
    assert_eq!(is_whole, expect.is_empty());
    let edited: BTreeSet<String> = expect.iter().map(|file| format!("psirt.example.com/{file}")).collect();
    // Once while it is public, and once more when it no longer is.
    for _ in 0..2 {
        assert_eq!(publisher.look().unwrap(), edited);
        house.publish(&publisher);
        check_whole(&publisher);
    }
    assert_eq!(publisher.look().unwrap(), BTreeSet::new());
}

#[test]
fn what_was_added_removed_or_replaced_in_the_idle_slot_never_gets_public() {
    check_idle_edit(|brand| fs::write(brand.join("extra.html"), b"more").unwrap(), &[]);
    check_idle_edit(|brand| fs::remove_file(brand.join("feed.atom")).unwrap(), &[]);
    check_idle_edit(
        |brand| {
            fs::write(brand.join("mine"), b"mine").unwrap();
            fs::rename(brand.join("mine"), brand.join("thanks/index.html")).unwrap();
        },
        &[],
    );
}

/// Whoever writes into a file of the idle slot is found out once it is public, and then it is mended.
#[test]
fn what_was_written_into_a_file_of_the_idle_slot_is_public_until_the_next_look() {
    let asset = format!("assets/{}", look::assets()[0].name);
    check_idle_edit(|brand| append(&brand.join(&asset)), &[asset.as_str()]);
    // As many bytes as before, and long before the next manifest is written.
    let overwrite = |brand: &Path| {
        let mut bytes = fs::read(brand.join(&asset)).unwrap();
        bytes[0] ^= 1;
        fs::File::options()
            .write(true)
            .open(brand.join(&asset))
            .unwrap()
            .write_all(&bytes)
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
    };
    check_idle_edit(overwrite, &[asset.as_str()]);
}

/// Changes a file, adds one, and removes one; their paths.
fn edit(public: &Path) -> BTreeSet<String> {
    let brand = public.join("psirt.example.com");
    fs::write(brand.join("index.html"), b"mine").unwrap();
    fs::write(brand.join("extra.html"), b"more").unwrap();
    fs::remove_file(brand.join("feed.atom")).unwrap();
    let edited = ["extra.html", "feed.atom", "index.html"].map(|file| format!("psirt.example.com/{file}"));
    edited.into()
}

#[test]
fn a_tree_that_grew_is_the_tree_that_is_built_at_once() {
    let (grown, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let publisher = Publisher::new(grown.path()).by("a test");
    House::with([]).publish(&publisher);
    House::with([advisory()]).publish(&publisher);
    House::with([advisory(), interim()]).publish(&publisher);
    let last = House::with([advisory(), interim(), revised()]).publish(&publisher);
    assert_eq!(last.number, 4);
    check_whole(&publisher);

    let at_once = House::with([revised(), interim(), advisory()]).publish(&Publisher::new(fresh.path()));
    assert_eq!(at_once.manifest, last.manifest);
    let read = |root: &Path| -> Vec<(String, Vec<u8>)> {
        let root = fs::canonicalize(root.join("public")).unwrap();
        crate::walk::walk(&root)
            .unwrap()
            .into_iter()
            .map(|file| (file.clone(), fs::read(root.join(file)).unwrap()))
            .collect()
    };
    assert!(read(grown.path()) == read(fresh.path()), "the bytes differ");
}

#[test]
fn only_what_changed_is_written() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    House::with([advisory()]).publish(&publisher);
    House::with([advisory(), interim()]).publish(&publisher);
    let third = House::with([advisory(), revised()]).publish(&publisher);
    // Document, two hashes, signature, page, text, OpenVEX, OSV; the list, those of its severity, product and year, of what is not affected, the
    // catalogue's year, the thanks, both indexes, the listing, the metadata twice, categories and three feeds. The other advisory is left alone.
    assert_eq!(third.written, 24, "{third:?}");
}

#[test]
fn a_second_publisher_is_told_to_wait() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let house = House::with([]);
    house.publish(&publisher);
    let lock = fs::File::open(root.path().join("tree/lock")).unwrap();
    lock.lock().unwrap();
    let error = house.site(|sites| publisher.update(sites, now())).unwrap_err();
    assert!(matches!(error, TreeError::Taken(_)), "{error}");
}

#[test]
fn a_public_folder_of_somebody_else_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    fs::create_dir(publisher.public()).unwrap();
    let error = House::with([])
        .site(|sites| publisher.update(sites, now()))
        .unwrap_err();
    assert!(matches!(error, TreeError::NotOurs(_)), "{error}");
}

#[test]
fn bytes_of_another_advisory_are_refused() {
    use super::sample::{brand, fix, key, release};
    let root = tempfile::tempdir().unwrap();
    let (one, other) = (release(advisory()), release(interim()));
    let wrong = fix(&other);
    let brand = brand();
    let keys = [key().certificate().clone()];
    let site = crate::Site {
        still: false,
        brand: &brand,
        policy: None,
        keys: &keys,
        intake: &[],
        releases: &[crate::Release::here(&one, &wrong)],
        tombstones: &[],
        portal: crate::PortalParts::default(),
        changed: now(),
        security_txt: None,
    };
    let publisher = Publisher::new(root.path()).by("a test");
    let error = publisher.update(&[site], now()).unwrap_err();
    assert!(error.to_string().contains("is not that of this advisory"), "{error}");
    assert!(!publisher.public().exists());
}

/// Breaks one file of a published tree; `verify` names it, and the next publication mends it.
fn check_seen(file: &str, damage: impl FnOnce(&Path), part: &str) {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let house = House::with([advisory()]);
    house.publish(&publisher);
    let brand = publisher.public().join("psirt.example.com");
    damage(&brand.join(file));
    let findings = verify(&publisher.public(), now()).unwrap();
    assert!(
        findings.iter().any(|finding| finding.to_string().contains(part)),
        "{file}: {findings:#?}"
    );
    house.publish(&publisher);
    check_whole(&publisher);
}

fn append(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.push(b' ');
    fs::write(path, bytes).unwrap();
}

#[test]
fn every_damage_is_seen_and_mended() {
    let document = ".well-known/csaf/white/2024/exn-sa-2024_014.json";
    check_seen(document, append, "does not fit the data");
    check_seen(document, append, "is not what the manifest says");
    check_seen(document, |path| fs::remove_file(path).unwrap(), "leads nowhere");
    check_seen(&format!("{document}.sha256"), append, "is not the hash");
    check_seen(
        &format!("{document}.sha512"),
        |path| fs::remove_file(path).unwrap(),
        "is missing",
    );
    check_seen(
        &format!("{document}.asc"),
        |path| fs::write(path, "x").unwrap(),
        "not a detached OpenPGP signature",
    );
    check_seen(
        &format!("{document}.asc"),
        |path| fs::remove_file(path).unwrap(),
        "is missing",
    );
    check_seen(
        ".well-known/csaf/white/index.txt",
        |path| fs::write(path, "").unwrap(),
        "index.txt: does not list",
    );
    check_seen(
        ".well-known/csaf/white/changes.csv",
        |path| fs::write(path, "").unwrap(),
        "changes.csv: does not list",
    );
    check_seen(
        ".well-known/csaf/provider-metadata.json",
        |path| fs::write(path, "{}").unwrap(),
        "canonical_url",
    );
    check_seen(
        "policy/nozomi-networks.policy.md.gz",
        |path| fs::write(path, crate::packed::pack(b"another policy")).unwrap(),
        "is not the file beside it, packed",
    );
    check_seen(
        "policy/index.html",
        |path| fs::write(path, "").unwrap(),
        "../policy/index.html#N13 leads nowhere",
    );
    check_seen(
        "extra.html",
        |path| fs::write(path, "x").unwrap(),
        "is not in the manifest",
    );
}

#[test]
fn damage_to_what_makes_a_provider_is_seen_and_mended() {
    let white = ".well-known/csaf/white";
    let emptied = |path: &Path| fs::write(path, "{}").unwrap();
    let removed = |path: &Path| fs::remove_file(path).unwrap();
    let edited = |from: &'static str, to: &'static str| {
        move |path: &Path| {
            let text = fs::read_to_string(path).unwrap();
            assert!(text.contains(from), "{text}");
            fs::write(path, text.replace(from, to)).unwrap();
        }
    };
    let feed = format!("{white}/csaf-feed-tlp-white.json");
    check_seen(&feed, emptied, "csaf-feed-tlp-white.json: does not list exactly");
    check_seen(&feed, removed, "is missing or not JSON");
    check_seen(&feed, edited(".sha512", ".sha3"), "does not link to its document");
    check_seen(
        &feed,
        edited("\"updated\":\"2024-05-08", "\"updated\":\"12024-05-08"),
        "with their dates",
    );
    check_seen(
        ".well-known/csaf/service.json",
        emptied,
        "does not name exactly the feeds",
    );
    check_seen(&format!("{white}/category-white.json"), emptied, "names no category");
    check_seen(
        &format!("{white}/2024/index.html"),
        emptied,
        "does not link to every document",
    );
    check_seen(&format!("{white}/index.txt"), removed, "has no index.txt");
    check_seen(
        "../csaf.data.security.psirt.example.com/index.json",
        append,
        "is not the same as",
    );
    check_seen(
        ".well-known/security.txt",
        edited("psirt@", "another@"),
        "is not signed by a published key",
    );
    check_seen(".well-known/security.txt", removed, "security.txt: is missing");
    check_seen(
        "cve/CVE-1900-0001.json",
        |path| fs::write(path, "{").unwrap(),
        "is not JSON",
    );
    check_seen("openvex/exn-sa-2024_014.json", removed, "leads nowhere");
    check_seen("thanks/index.html", removed, "Acknowledgments line leads nowhere");
}

#[test]
fn security_txt_is_told_to_end_soon() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    House::with([]).publish(&publisher);
    let later = super::sample::at("2024-12-15T00:00:00Z");
    let findings = verify(&publisher.public(), later).unwrap();
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("publish again, which renews it"), "{told:?}");
}

#[test]
fn a_copy_without_its_manifest_can_be_verified() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    House::with([advisory()]).publish(&publisher);
    let copy = root.path().join("copy");
    let from = fs::canonicalize(publisher.public()).unwrap();
    for file in crate::walk::walk(&from).unwrap() {
        let to = copy.join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), to).unwrap();
    }
    assert_eq!(verify(&copy, now()).unwrap(), []);
}
