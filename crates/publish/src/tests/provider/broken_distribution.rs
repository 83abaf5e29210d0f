//! Requirements 11 to 20, each with what breaks it, and nothing else.

use super::breaking::{FEED, FIRST, check_changed, check_made, edit_json, edit_metadata, replace};
use super::tree::{CSAF, Document, Files, HOST, Tree};
use super::{check_files, check_verdicts, findings};
use crate::provider::{Requirement, Verdict};
use crate::tests::sample::{at, key, now};
use jiff::SignedDuration;
use openpgp::{Reason, SigningKey};
use serde_json::{Value, json};
use zeroize::Zeroizing;

#[test]
fn requirement_11_years_are_those_of_the_first_release_in_utc() {
    check_made(
        "the year of the writer's own zone",
        |tree| tree.documents[1].file = "2023/exn-sa-2024_001.json".to_owned(),
        Requirement::Years,
        "belongs into the folder 2024/",
    );
}

#[test]
fn requirement_12_the_index_names_every_document() {
    let index = format!("{CSAF}/white/index.txt");
    check_changed(
        "a document is missing",
        |files| replace(files, &index, "2024/exn-sa-2024_002.json\n", ""),
        Requirement::Index,
        "is not in index.txt",
    );
    check_changed(
        "a document too many",
        |files| {
            replace(
                files,
                &index,
                "2024/exn-sa-2024_002.json\n",
                "2024/exn-sa-2024_002.json\n2024/b.json\n",
            )
        },
        Requirement::Index,
        "where nothing is",
    );
    check_changed(
        "a line that leads out",
        |files| {
            replace(
                files,
                &index,
                "2024/exn-sa-2024_002.json\n",
                "2024/exn-sa-2024_002.json\n../x.json\n",
            )
        },
        Requirement::Index,
        "below the directory",
    );
    check_changed(
        "no index",
        |files| drop(files.remove(&index)),
        Requirement::Index,
        "there is nothing",
    );
}

#[test]
fn requirement_13_changes_name_every_document_and_its_date() {
    let changes = format!("{CSAF}/white/changes.csv");
    let line = "\"2024/exn-sa-2024_002.json\",\"2024-05-20T10:00:00+02:00\"\n";
    let cases = [
        ("", "is not in changes.csv"),
        (
            "\"2024/exn-sa-2024_002.json\",\"2024-05-20T10:00:00Z\"\n",
            "another current release date",
        ),
        ("\"2024/exn-sa-2024_002.json\",\"20 May\"\n", "is not an instant"),
        ("\"2024/exn-sa-2024_002.json\"\n", "is not a file and its date"),
        ("\"file\",\"date\"\n", "line 1: `file` names no document"),
    ];
    for (instead, words) in cases {
        let edit = |files: &mut Files| replace(files, &changes, line, instead);
        check_changed(instead, edit, Requirement::Changes, words);
    }
    check_changed(
        "the oldest first",
        |files| {
            let text = String::from_utf8(files[&changes].clone()).unwrap();
            let turned: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
            files.insert(changes.clone(), turned.into());
        },
        Requirement::Changes,
        "the last change comes first",
    );
    let mut files = Tree::perfect().files();
    let text = String::from_utf8(files[&changes].clone()).unwrap().replace('"', "");
    files.insert(changes.clone(), text.into());
    check_verdicts("a reader of CSV needs no quotes", &check_files(&files), &[]);
}

#[test]
fn requirement_14_folders_can_be_listed() {
    check_changed(
        "a folder without a listing",
        |files| drop(files.remove(&format!("{CSAF}/white/2024/index.html"))),
        Requirement::Listings,
        "there is nothing",
    );
    check_changed(
        "a document is not linked",
        |files| {
            replace(
                files,
                &format!("{CSAF}/white/2024/index.html"),
                "exn-sa-2024_002",
                "other",
            )
        },
        Requirement::Listings,
        "is not linked",
    );
    check_changed(
        "a year is not linked",
        |files| replace(files, &format!("{CSAF}/white/index.html"), "2023/", "x/"),
        Requirement::Listings,
        "does not link https://psirt.example.com/.well-known/csaf/white/2023/",
    );
}

#[test]
fn requirement_15_feeds_name_every_document() {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit, &str); 9] = [
        (
            "an entry is missing",
            |feed| drop(feed["entry"].as_array_mut().unwrap().remove(0)),
            "is in no feed",
        ),
        ("another id", |feed| feed["entry"][0]["id"] = json!("x"), "calls https"),
        (
            "no id",
            |feed| drop(feed["entry"][0].as_object_mut().unwrap().remove("id")),
            "/feed/entry/0/id: is missing",
        ),
        (
            "no hash",
            |feed| drop(feed["entry"][0]["link"].as_array_mut().unwrap().remove(1)),
            ".sha256",
        ),
        (
            "no signature",
            |feed| drop(feed["entry"][0]["link"].as_array_mut().unwrap().pop()),
            ".json.asc",
        ),
        (
            "no link to itself",
            |feed| drop(feed["entry"][0]["link"].as_array_mut().unwrap().remove(0)),
            "no link `self`",
        ),
        (
            "another own address",
            |feed| feed["link"][0]["href"] = json!("https://a.example/a.json"),
            "no link `self`",
        ),
        (
            "no category",
            |feed| feed["category"] = json!([]),
            "/feed/category: is an empty list",
        ),
        (
            "another format",
            |feed| feed["entry"][0]["format"]["version"] = json!("2.1"),
            "is none of 2.0",
        ),
    ];
    for (what, edit, words) in cases {
        let change = |files: &mut Files| edit_json(files, FEED, |root| edit(&mut root["feed"]));
        check_changed(what, change, Requirement::Feeds, words);
    }
    check_changed(
        "no feed",
        |files| drop(files.remove(FEED)),
        Requirement::Feeds,
        "there is nothing",
    );
    check_changed(
        "no JSON",
        |files| drop(files.insert(FEED.to_owned(), "{".into())),
        Requirement::Feeds,
        "is not JSON",
    );
}

#[test]
fn requirement_15_a_feed_of_a_wider_audience_names_nothing_narrower() {
    let time = "2024-04-01T00:00:00Z";
    let mut tree = Tree::perfect();
    tree.documents
        .push(Document::new("EXN-SA-2024:009", "GREEN", time, time));
    let mut files = tree.files();
    let green = FEED.replace("white", "green");
    let entry = serde_json::from_slice::<Value>(&files[&green]).unwrap()["feed"]["entry"][0].clone();
    edit_json(&mut files, FEED, |root| {
        root["feed"]["entry"].as_array_mut().unwrap().push(entry)
    });
    let report = check_files(&files);
    check_verdicts("green in white", &report, &[(Requirement::Feeds, Verdict::Error)]);
    assert!(
        findings(&report)[0].contains("which is TLP:GREEN"),
        "{:?}",
        findings(&report)
    );
}

#[test]
fn requirement_16_the_service_document_lists_the_feeds() {
    let service = format!("{CSAF}/service.json");
    check_changed(
        "another feed",
        |files| replace(files, &service, "csaf-feed-tlp-white", "csaf-feed-tlp-other"),
        Requirement::Services,
        "does not list the feed",
    );
    check_changed(
        "no file",
        |files| drop(files.remove(&service)),
        Requirement::Services,
        "there is nothing",
    );
    let unnamed = |root: &mut Value| {
        drop(
            root["distributions"][1]["rolie"]
                .as_object_mut()
                .unwrap()
                .remove("services"),
        );
    };
    check_changed(
        "it is not named",
        |files| edit_metadata(files, unnamed),
        Requirement::Services,
        "the metadata does not name it",
    );
    let mut files = Tree::perfect().files();
    edit_metadata(&mut files, unnamed);
    files.remove(&service);
    check_verdicts(
        "it is left out",
        &check_files(&files),
        &[(Requirement::Services, Verdict::Warning)],
    );
}

#[test]
fn requirement_17_category_documents_list_terms() {
    let category = format!("{CSAF}/white/category-tlp-white.json");
    check_changed(
        "no list",
        |files| drop(files.insert(category.clone(), "{\"categories\":{}}".into())),
        Requirement::Categories,
        "/categories/category: is missing",
    );
    check_changed(
        "no file",
        |files| drop(files.remove(&category)),
        Requirement::Categories,
        "there is nothing",
    );
    let mut files = Tree::perfect().files();
    files.insert(category, "{\"categories\":{\"category\":[]}}".into());
    check_verdicts(
        "no term",
        &check_files(&files),
        &[(Requirement::Categories, Verdict::Warning)],
    );
}

#[test]
fn requirement_18_hashes_are_right() {
    for end in ["sha256", "sha512"] {
        check_changed(
            end,
            |files| drop(files.insert(format!("{FIRST}.{end}"), "00  exn-sa-2024_002.json\n".into())),
            Requirement::Hashes,
            "is not the hash",
        );
    }
    check_changed(
        "none at all",
        |files| {
            files.remove(&format!("{FIRST}.sha256"));
            files.remove(&format!("{FIRST}.sha512"));
        },
        Requirement::Hashes,
        "has neither",
    );
    let mut files = Tree::perfect().files();
    let upper = String::from_utf8(files[&format!("{FIRST}.sha512")].clone())
        .unwrap()
        .to_uppercase();
    files.insert(format!("{FIRST}.sha512"), upper.into());
    check_verdicts("capital digits", &check_files(&files), &[]);
}

#[test]
fn requirement_19_signatures_are_good() {
    let other = format!("{CSAF}/white/2023/exn-sa-2023_007.json.asc");
    check_changed(
        "the signature of another document",
        |files| drop(files.insert(format!("{FIRST}.asc"), files[&other].clone())),
        Requirement::Signatures,
        "does not fit the data",
    );
    check_changed(
        "none",
        |files| drop(files.remove(&format!("{FIRST}.asc"))),
        Requirement::Signatures,
        "there is nothing",
    );
    let why = |reason| {
        let revoked = key().revocation(reason, "why it is so", now().as_second()).unwrap();
        move |files: &mut Files| drop(files.insert(key_file(), revoked.armored().into_bytes()))
    };
    for reason in [Reason::Superseded, Reason::Retired] {
        check_changed(
            "by a key that was revoked since",
            why(reason),
            Requirement::Signatures,
            &format!("was made by the key {}, which is revoked", key().fingerprint()),
        );
    }
    check_changed(
        "by a key that nobody trusts any more",
        why(Reason::Compromised),
        Requirement::Signatures,
        "is revoked",
    );
}

fn key_file() -> String {
    format!("{HOST}/csaf/openpgp/{}.asc", key().fingerprint())
}

/// How requirement 20 stands with a key that ends so many days from now, and what is said of it.
fn check_end(days: i64, verdict: Option<Verdict>, words: &str) {
    let end = now() + SignedDuration::from_hours(days * 24);
    // The end is in the self-signature alone, so the same key signed what is there.
    let created = at("2024-01-01T00:00:00Z").as_second();
    let seed = Zeroizing::new([7; 32]);
    let user_id = "Example PSIRT <psirt@example.com>";
    let ending = SigningKey::generate_until(user_id, created, Some(end.as_second()), &seed).unwrap();
    let mut files = Tree::perfect().files();
    assert!(files.insert(key_file(), ending.armored().into_bytes()).is_some());
    let report = check_files(&files);
    let expect: Vec<_> = verdict
        .map(|verdict| (Requirement::Keys, verdict))
        .into_iter()
        .collect();
    check_verdicts(words, &report, &expect);
    let told = findings(&report).concat();
    assert!(told.contains(words) && told.is_empty() == verdict.is_none(), "{told}");
    assert!(report.passes());
}

#[test]
fn requirement_20_the_end_of_a_key_is_told_sixty_days_before() {
    check_end(61, None, "");
    check_end(60, Some(Verdict::Warning), "ends at ");
    check_end(-1, Some(Verdict::Warning), "expired at ");
}

#[test]
fn requirement_20_keys_are_those_that_the_metadata_names() {
    check_changed(
        "another fingerprint",
        |files| {
            edit_metadata(files, |root| {
                root["public_openpgp_keys"][0]["fingerprint"] = json!("A".repeat(40))
            })
        },
        Requirement::Keys,
        "and the metadata names AAAA",
    );
    check_changed(
        "an older key is gone",
        |files| {
            edit_metadata(files, |root| {
                let gone = json!({ "fingerprint": "B".repeat(40), "url": "https://psirt.example.com/old.asc" });
                root["public_openpgp_keys"].as_array_mut().unwrap().push(gone);
            });
        },
        Requirement::Keys,
        "there is nothing",
    );
    let mut files = Tree::perfect().files();
    let lower = key().fingerprint().to_lowercase();
    edit_metadata(&mut files, |root| {
        root["public_openpgp_keys"][0]["fingerprint"] = json!(lower)
    });
    check_verdicts("small digits", &check_files(&files), &[]);
}
