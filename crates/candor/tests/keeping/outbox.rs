//! What follows a publication, with the built binary: written as files from what is public, recorded once, refused where it would be wrong.

use crate::house::*;
use crate::publication::{CVE, DAY_AFTER, INSTANT, document, scheduled};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const NUMBER: &str = "NN-2026:1-01";
const BRAND: &str = "public/brand.example";

/// What waits: its name and its kind.
pub(crate) fn waiting(dir: &Path) -> Vec<(String, String)> {
    let entries = json(&done(dir, &["outbox", "--json", "--as", "analyst"]));
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let entries = entries.as_array().unwrap().iter();
    entries.map(|entry| (word(entry, "id"), word(entry, "what"))).collect()
}

fn run(dir: &Path, words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    done(dir, &words)
}

/// Takes an entry into a new folder.
fn take(dir: &Path, entry: &str, folder: &str) -> (PathBuf, Value) {
    let to = dir.parent().unwrap().join(folder);
    let taken = run(
        dir,
        &format!("outbox take {entry} --to {} --json --as analyst", text(&to)),
    );
    (to, json(&taken))
}

/// A house with one published advisory, and the entry of its record.
fn out(folder: &TempDir) -> (PathBuf, String) {
    let dir = scheduled(folder.path());
    let said = done(&dir, &["publish", "--now", INSTANT]);
    assert!(said.contains("1 waits in the outbox"), "{said}");
    let waits = waiting(&dir);
    assert_eq!(waits.len(), 1, "{waits:?}");
    (dir, waits[0].0.clone())
}

#[test]
fn an_entry_is_written_from_what_is_public_and_recorded_once() {
    let folder = TempDir::new().unwrap();
    let (dir, entry) = out(&folder);
    let list = run(&dir, "outbox --as analyst");
    for part in [
        &entry,
        "NN-2026:1-01 rev 1",
        &format!("the record of {CVE}"),
        "§N29",
        "2026-02-05T08:00:00Z",
        "Candor sends nothing by itself yet",
    ] {
        assert!(list.contains(part), "{list}\nlacks {part}");
    }
    let (to, _) = take(&dir, &entry, "record");
    let public = fs::read(dir.join(BRAND).join(format!("cve/{CVE}.json"))).unwrap();
    assert_eq!(fs::read(to.join(format!("{CVE}.json"))).unwrap(), public);
    let again = ["outbox", "take", &entry, "--to", &text(&to), "--as", "analyst"];
    refused(&dir, &again, &["is there already, and stays as it is"]);
    refused(&dir, &["outbox", "--as", "admin"], &["or not for you"]);

    let told = run(&dir, &format!("outbox done {entry} --as analyst --now {DAY_AFTER}"));
    assert!(told.contains("is handed over") && told.contains("says so"), "{told}");
    let told = json(&run(&dir, &format!("outbox done {entry} --json --as lead")));
    assert_eq!(
        (&told["again"], &told["recorded"]),
        (&true.into(), &Value::Array(Vec::new()))
    );
    assert!(waiting(&dir).is_empty());
    assert!(run(&dir, "outbox --all --as analyst").contains("by analyst"));

    // Whoever wants a CERT to have it, or a list that no clause names, asks for it.
    for follow in [&["--cert", "CERT Example"][..], &["--announce"][..]] {
        done(
            &dir,
            &[&["outbox", "add", NUMBER][..], follow, &["--as", "analyst"][..]].concat(),
        );
    }
    let [(cert, _), (list, _)] = waiting(&dir).try_into().unwrap();
    let (to, taken) = take(&dir, &cert, "cert");
    let (bytes, signature) = document(&dir);
    assert_eq!(fs::read(to.join("nn-2026_1-01.json")).unwrap(), bytes);
    assert_eq!(fs::read(to.join("nn-2026_1-01.json.asc")).unwrap(), signature);
    assert_eq!(taken["subject"], "Brand: security advisory NN-2026:1-01");

    let (to, taken) = take(&dir, &list, "list");
    let subject = taken["subject"].as_str().unwrap();
    assert!(!subject.contains("Overflow"), "a subject tells nothing: {subject}");
    let signed = fs::read(to.join("announcement.txt")).unwrap();
    let keys = fs::read_dir(dir.join(BRAND).join("csaf/openpgp")).unwrap();
    let key = keys.map(|key| fs::read(key.unwrap().path()).unwrap()).next().unwrap();
    let key = openpgp::Certificate::parse(&key, openpgp::Limits::default()).unwrap();
    let at: jiff::Timestamp = DAY_AFTER.parse().unwrap();
    let (_, mail) = openpgp::verify_cleartext(&key, &signed, at.as_second()).unwrap();
    let page = fs::read_to_string(dir.join(BRAND).join("advisories/nn-2026_1-01.txt")).unwrap();
    assert_eq!(mail.trim_end(), page.trim_end());
    verified(&dir);
}

#[test]
fn a_record_that_breaks_a_rule_is_not_written_and_says_where() {
    let folder = TempDir::new().unwrap();
    let (dir, first) = out(&folder);
    let redraft = [
        "advisory",
        "redraft",
        NUMBER,
        "--summary",
        "A crafted packet makes the service write past a buffer, as in CVE-2020-1111.",
        "--as",
        "analyst",
    ];
    done(&dir, &redraft);
    run(&dir, &format!("advisory approve {NUMBER} --as lead"));
    let order = ["advisory", "order", NUMBER, "--summary", "Another flaw is named."];
    done(
        &dir,
        &[&order[..], &["--as", "lead", "--approved-by", "analyst"]].concat(),
    );
    done(&dir, &["publish", "--now", DAY_AFTER]);
    // The second revision has taken the place of the first.
    let waits = waiting(&dir);
    assert!(waits.len() == 1 && waits[0].0 != first, "{waits:?}");
    let to = text(folder.path().join("record"));
    let take = |entry: &str, parts: &[&str]| {
        refused(&dir, &["outbox", "take", entry, "--to", &to, "--as", "analyst"], parts);
    };
    take(&first, &["a later revision took its place", &waits[0].0]);
    take(
        &waits[0].0,
        &["descriptions[0] (CNA rule 5.2.11)", "is not to be submitted like this"],
    );
    assert!(!Path::new(&to).exists());
    let skip = ["outbox", "skip", &waits[0].0, "--why", "The text is mended first."];
    refused(&dir, &[&skip[..], &["--as", "analyst"]].concat(), &["is for: lead"]);
    done(&dir, &[&skip[..], &["--as", "lead"]].concat());
    assert!(waiting(&dir).is_empty());
    let listed = run(&dir, "outbox --all --as lead");
    for part in ["replaced by", "skipped by lead: The text is mended first."] {
        assert!(listed.contains(part), "{listed}\nlacks {part}");
    }
}

/// Whoever had it by mail hears that it was removed, by the same key, and nothing of what it said; of its record somebody reads what to do.
#[test]
fn a_removal_is_written_for_those_who_had_the_advisory() {
    let folder = TempDir::new().unwrap();
    let (dir, record) = out(&folder);
    run(&dir, &format!("outbox add {NUMBER} --announce --as analyst"));
    for (entry, _) in waiting(&dir) {
        run(&dir, &format!("outbox done {entry} --as analyst --now {DAY_AFTER}"));
    }
    assert!(waiting(&dir).is_empty());
    let remove = [
        "advisory",
        "remove",
        NUMBER,
        "--revision",
        "1",
        "--why",
        "It named Eve.",
    ];
    done(
        &dir,
        &[&remove[..], &["--as", "lead", "--approved-by", "analyst"]].concat(),
    );
    done(&dir, &["publish"]);
    let waits = waiting(&dir);
    let of = |kind: &str| waits.iter().find(|(_, what)| what == kind).unwrap().0.clone();
    assert_eq!((waits.len(), of("cve") == record), (2, false), "{waits:?}");
    let list = run(&dir, "outbox --as analyst");
    assert!(
        list.contains("the announce list, on the removal of version 1"),
        "{list}"
    );

    let (to, taken) = take(&dir, &of("announce"), "list");
    assert_eq!(
        taken["subject"],
        "Brand: security advisory NN-2026:1-01, version 1 was removed"
    );
    let signed = fs::read_to_string(to.join("removal.txt")).unwrap();
    for part in [
        "BEGIN PGP SIGNED MESSAGE",
        "Version 1 of NN-2026:1-01 was removed.",
        "No version of this advisory holds now.",
    ] {
        assert!(signed.contains(part), "{signed}\nlacks {part}");
    }
    assert!(!signed.contains("Eve") && !signed.contains("Overflow"), "{signed}");
    let to = text(folder.path().join("record"));
    refused(
        &dir,
        &["outbox", "take", &of("cve"), "--to", &to, "--as", "analyst"],
        &["reject the id with CVE Services"],
    );
    run(&dir, &format!("outbox done {} --as analyst", of("announce")));
    verified(&dir);
}
