//! Keys that are revoked or over, with the built binary: what is told, what stays, and what nothing offers any more.

use crate::house::*;
use crate::keys::{ADMIN, BRAND, by_admin, check_provider, in_use, named, rotated};
use crate::publication::{INSTANT, document, scheduled};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Readers who ask whether a key is revoked now refuse what it signed before, whatever the reason: so it is told, and everything signed again.
#[test]
fn what_a_superseded_key_signed_is_told_of_until_it_is_signed_again() {
    let folder = TempDir::new().unwrap();
    let (dir, old, _) = rotated(folder.path());
    let plain = done(&dir, &["publish"]);
    assert!(!plain.contains("warning"), "another key alone harms nothing: {plain}");
    let revoke = [
        "key",
        "revoke",
        &old,
        "--reason",
        "superseded",
        "--why",
        "A new key signs.",
    ];
    let told = "signed 1 document of what is out: readers who check revocations refuse what it signed, as csaf_checker and csaf_downloader do, until `candor key resign --brand brand`";
    let said = by_admin(&dir, &revoke);
    assert!(
        said.contains(told) && said.contains("published with the next `candor publish`"),
        "{said}"
    );
    for words in [&["publish"][..], &["key", "list"]] {
        let said = done(&dir, words);
        assert!(said.contains("warning: the key") && said.contains(told), "{said}");
    }
    refused(
        &dir,
        &["provider", "check"],
        &["was made by the key", "which is revoked"],
    );
    by_admin(&dir, &["key", "resign", "--brand", "brand"]);
    for words in [&["publish"][..], &["key", "list"]] {
        let said = done(&dir, words);
        assert!(!said.contains("warning"), "{said}");
    }
    check_provider(&dir);
}

/// Everything that is public asks people and programs to encrypt to this key, or nothing does to any.
fn check_offered(dir: &Path, key: Option<&str>) {
    let read = |path: &str| fs::read_to_string(dir.join(BRAND).join(path)).unwrap();
    let page = read("report/index.html");
    for (words, expect) in [
        ("Encrypt it to this key", key.is_some()),
        ("gpg --locate-external-keys", key.is_some()),
        ("There is no key to encrypt it to now", key.is_none()),
    ] {
        assert_eq!(page.contains(words), expect, "{words}: {page}");
    }
    let security = read(".well-known/security.txt");
    let encryption = security.lines().find_map(|line| line.strip_prefix("Encryption: "));
    let policy = read("policy/index.html");
    match key {
        Some(key) => {
            let (_, first) = page.split_once("openpgp/").unwrap();
            assert!(first.starts_with(key), "{page}");
            assert!(
                encryption.unwrap().contains(key) && policy.contains(key),
                "{security}{policy}"
            );
        }
        None => assert!(
            encryption.is_none() && !policy.contains("openpgp/"),
            "{security}{policy}"
        ),
    }
    // A directory gives revoked keys beside the one in use alone, so that nobody finds nothing else.
    let name = "hu/4tz7q7ge5mwz5sjx4yatrzhqs37873ts";
    assert_eq!(
        dir.join(BRAND).join(".well-known/openpgpkey").join(name).exists(),
        key.is_some()
    );
}

/// What is said of a revocation is what the next publication does.
#[test]
fn a_revoked_key_is_told_of_by_what_it_was_for() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    by_admin(&dir, &["key", "make", "--brand", "brand", "--intake"]);
    done(&dir, &["publish"]);
    let before = document(&dir);
    let revoke = |key: &str, reason: &str| {
        let words = ["key", "revoke", key, "--reason", reason, "--why", "It is over."];
        by_admin(&dir, &words)
    };
    let (intake, still) = (in_use(&dir, "intake"), "Nothing of brand is published");
    let said = revoke(&intake, "superseded");
    for part in [
        &format!(
            "The intake key {intake} of brand is revoked as superseded. There is no key to encrypt reports to brand to"
        )[..],
        "`candor key rotate --brand brand --intake`",
        "is still opened here",
        "published with the next `candor publish`",
    ] {
        assert!(said.contains(part), "{said}\nlacks {part}");
    }
    assert!(!said.contains(still) && !said.contains("can read"), "{said}");
    check_offered(&dir, Some(&intake));
    done(&dir, &["publish"]);
    check_offered(&dir, None);
    check_provider(&dir);
    refused(
        &dir,
        &[
            &["key", "revoke", &intake, "--reason", "retired", "--why", "Again."],
            &ADMIN[..],
        ]
        .concat(),
        &["nothing takes back", "`candor key rotate --brand brand --intake`"],
    );
    by_admin(&dir, &["key", "rotate", "--brand", "brand", "--intake"]);
    done(&dir, &["publish"]);
    check_offered(&dir, Some(&in_use(&dir, "intake")));

    let said = revoke(&in_use(&dir, "signing"), "retired");
    let parts = [still, "`candor key rotate --brand brand`", "candor key export"];
    assert!(
        parts.iter().all(|part| said.contains(part)) && !said.contains("next `candor publish`"),
        "{said}"
    );
    refused(&dir, &["publish"], &["nothing of brand is published"]);
    let said = revoke(&in_use(&dir, "intake"), "compromised");
    for part in [
        still,
        "offers the key to whoever reports",
        "can read that, too",
        "--intake`",
    ] {
        assert!(said.contains(part), "{said}\nlacks {part}");
    }
    refused(&dir, &["publish"], &["nothing of brand is published"]);
    assert_eq!(document(&dir), before);
}

#[test]
fn a_provider_without_documents_is_not_praised() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["publish"]);
    let said = done(&dir, &["provider", "check"]);
    assert!(
        said.contains(
            "As far as can be judged without a document, this is a CSAF trusted provider: no document is named"
        ),
        "{said}"
    );
}

/// Under a compromised key nothing is published before there is another, and then not before everything is signed by that.
#[test]
fn nothing_that_a_compromised_key_signed_is_published_again() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let (before, old) = (document(&dir), in_use(&dir, "signing"));
    let revoke = [
        "key",
        "revoke",
        &old,
        "--reason",
        "compromised",
        "--why",
        "The disk was lost.",
    ];
    refused(
        &dir,
        &[&revoke[..5], &["--why", "x", "--as", "lead"]].concat(),
        &["is for: administrator"],
    );
    let said = by_admin(&dir, &revoke);
    assert!(said.contains("candor key rotate --brand brand"), "{said}");
    // Nothing is promised that the next publication does not keep.
    assert!(
        said.contains(&format!("candor key export {old}")) && !said.contains("next `candor publish`"),
        "{said}"
    );
    refused(
        &dir,
        &["publish"],
        &[
            "nothing of brand is published",
            "is revoked",
            "candor key rotate --brand brand",
        ],
    );
    refused(&dir, &[&["key", "extend", &old], &ADMIN[..]].concat(), &["is revoked"]);
    by_admin(&dir, &["key", "rotate", "--brand", "brand"]);
    refused(
        &dir,
        &["publish"],
        &["which is revoked", "candor key resign --brand brand"],
    );
    assert_eq!(
        document(&dir),
        before,
        "what was public stays while nothing better is there"
    );
    by_admin(&dir, &["key", "resign", "--brand", "brand"]);
    assert_eq!(document(&dir).0, before.0);
    assert_eq!(named(&dir), [in_use(&dir, "signing")]);
    check_provider(&dir);
}

/// The text became due while the key was good, and nobody was there: once the key is over, it signs for no day at all.
#[test]
fn a_key_that_is_over_signs_no_security_txt_for_a_day_that_has_passed() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let file = dir.join(BRAND).join(".well-known/security.txt");
    let first = fs::read_to_string(&file).unwrap();
    let over = "2029-02-01T00:00:00Z";
    let told = [
        "expired on 2029-01-05",
        "not even a new security.txt",
        "candor key extend",
    ];
    refused(&dir, &["publish", "--now", over], &told);
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    let worked = said(&fed(&mut command(&dir, &["work", "--once", "--now", over]), b""));
    assert!(worked.contains(told[1]), "{worked}");
    // Nothing takes the place of a text that is lost.
    fs::remove_file(dir.join("public")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    refused(
        &dir,
        &["publish", "--now", over],
        &["nothing of brand is published", told[0]],
    );
    assert!(!dir.join("public").exists());
}
