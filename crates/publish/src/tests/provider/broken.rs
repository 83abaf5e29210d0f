//! Each requirement with what breaks it, and nothing else.

use super::tree::{CSAF, DNS_HOST, Document, Files, HOST, Tree};
use super::{check_files, check_verdicts, findings};
use crate::provider::{Requirement, Role, Verdict};
use crate::tests::sample::key;
use serde_json::{Value, json};

const METADATA: &str = "psirt.example.com/.well-known/csaf/provider-metadata.json";
const FEED: &str = "psirt.example.com/.well-known/csaf/white/csaf-feed-tlp-white.json";
const FIRST: &str = "psirt.example.com/.well-known/csaf/white/2024/exn-sa-2024_002.json";

/// Changes what a tree is made of; exactly one requirement fails, and says so with these words.
fn check_made(what: &str, change: impl FnOnce(&mut Tree), only: Requirement, words: &str) {
    check_broken(what, change, |_| (), only, words);
}

/// Changes files; exactly one requirement fails, and says so with these words.
fn check_changed(what: &str, change: impl FnOnce(&mut Files), only: Requirement, words: &str) {
    check_broken(what, |_| (), change, only, words);
}

fn check_broken(
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
fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    files.insert(path.to_owned(), text.replace(from, to).into_bytes());
}

/// Changes the metadata at both of its places.
fn edit_metadata(files: &mut Files, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[METADATA]).unwrap();
    edit(&mut value);
    let bytes = serde_json::to_vec(&value).unwrap();
    files.insert(METADATA.to_owned(), bytes.clone());
    files.insert(format!("{DNS_HOST}/index.json"), bytes);
}

fn edit_json(files: &mut Files, path: &str, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[path]).unwrap();
    edit(&mut value);
    files.insert(path.to_owned(), serde_json::to_vec(&value).unwrap());
}

#[test]
fn requirement_1_documents_are_valid() {
    check_made(
        "a mandatory test fails",
        |tree| {
            tree.documents[0]
                .instead
                .push(("/document/tracking/version", json!("7")))
        },
        Requirement::Valid,
        "test 6.1.",
    );
    check_made(
        "the schema is not met",
        |tree| tree.documents[0].instead.push(("/document/lang", json!(5))),
        Requirement::Valid,
        "test schema",
    );
}

#[test]
fn requirement_2_names_follow_from_ids() {
    check_made(
        "another name",
        |tree| tree.documents[0].file = "2024/advisory.json".to_owned(),
        Requirement::FileName,
        "gives it the name exn-sa-2024_002.json",
    );
}

#[test]
fn requirement_3_every_address_is_one_of_tls() {
    let plain = |value: &mut Value| *value = json!(value.as_str().unwrap().replace("https:", "http:"));
    check_changed(
        "a key at a plain address",
        |files| edit_metadata(files, |root| plain(&mut root["public_openpgp_keys"][0]["url"])),
        Requirement::Tls,
        "is not an https address",
    );
    check_changed(
        "security.txt leads to a plain address",
        |files| replace(files, &format!("{HOST}/.well-known/security.txt"), "https:", "http:"),
        Requirement::Tls,
        "is not an https address",
    );
}

#[test]
fn requirement_4_white_is_for_everybody() {
    use crate::provider::{Folder, Provider, Source, check};
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    super::tree::write(&Tree::perfect().files(), root.path());
    let closed = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(root.path().join(FIRST), closed).unwrap();
    let mut source = Source::Folder(Folder::of_hosts(root.path()));
    let report = check(&mut source, &Provider::read(HOST).unwrap(), crate::tests::sample::now());
    check_verdicts(
        "a file of its owner's",
        &report,
        &[(Requirement::White, Verdict::Error)],
    );
    assert_eq!(report.reached, None);
}

#[test]
fn requirement_5_amber_and_red_are_not_for_everybody() {
    for label in ["AMBER", "RED"] {
        let add = |tree: &mut Tree| {
            let time = "2024-04-01T00:00:00Z";
            tree.documents.push(Document::new("EXN-SA-2024:009", label, time, time));
        };
        check_made(
            "in a folder that anybody can read",
            add,
            Requirement::Protected,
            "anybody can read it",
        );
    }
    let add = |tree: &mut Tree| {
        let time = "2024-04-01T00:00:00Z";
        tree.documents
            .push(Document::new("EXN-SA-2024:009", "GREEN", time, time));
    };
    let mut tree = Tree::perfect();
    add(&mut tree);
    check_verdicts("TLP:GREEN may be public", &check_files(&tree.files()), &[]);
}

#[test]
fn requirement_6_pages_do_not_redirect() {
    check_changed(
        "a listing that leads elsewhere by HTML",
        |files| {
            let page = format!("{CSAF}/white/index.html");
            let html = "<META http-equiv='Refresh' content='0; url=elsewhere'><a href=2023/>x</a><a href=2024/>y</a>";
            files.insert(page, html.into());
        },
        Requirement::Redirects,
        "redirects by HTML",
    );
}

#[test]
fn requirement_7_metadata_fits_its_schema() {
    let fields = [
        (
            "last_updated",
            json!("yesterday"),
            "/last_updated: `yesterday` is not an instant",
        ),
        ("last_updated", json!("2024-05-30"), "/last_updated"),
        (
            "list_on_CSAF_aggregators",
            json!("no"),
            "/list_on_CSAF_aggregators: is neither",
        ),
        (
            "metadata_version",
            json!("2.1"),
            "/metadata_version: `2.1` is none of 2.0",
        ),
        ("publisher", json!({}), "/publisher/category: is missing"),
        ("role", json!("csaf_lister"), "/role: `csaf_lister` is none of"),
        (
            "canonical_url",
            json!("https://psirt.example.com/metadata.json"),
            "/canonical_url: ",
        ),
        (
            "canonical_url",
            json!("https://psirt.example.com/csaf/provider-metadata.json"),
            "serves nothing",
        ),
    ];
    for (name, value, words) in fields {
        let edit = |files: &mut Files| edit_metadata(files, |root| root[name] = value.clone());
        check_changed(name, edit, Requirement::Metadata, words);
        let missing = |files: &mut Files| {
            edit_metadata(files, |root| drop(root.as_object_mut().unwrap().remove(name)));
        };
        check_changed(name, missing, Requirement::Metadata, &format!("/{name}: is missing"));
    }
    let fingerprint = |root: &mut Value| {
        root["public_openpgp_keys"][0]["fingerprint"] = json!("no digits");
    };
    let mut files = Tree::perfect().files();
    edit_metadata(&mut files, fingerprint);
    let failed = [
        (Requirement::Metadata, Verdict::Error),
        (Requirement::Keys, Verdict::Error),
    ];
    check_verdicts("a fingerprint that is none", &check_files(&files), &failed);
}

#[test]
fn requirement_8_security_txt_names_the_metadata() {
    let security = format!("{HOST}/.well-known/security.txt");
    check_changed(
        "no line for CSAF",
        |files| drop(files.insert(security.clone(), "Contact: x\n# CSAF: https://a.example/\n".into())),
        Requirement::SecurityTxt,
        "has no line",
    );
    let elsewhere = "CSAF: https://psirt.example.com/other/provider-metadata.json\n";
    check_changed(
        "a line that leads nowhere",
        |files| drop(files.insert(security.clone(), elsewhere.into())),
        Requirement::SecurityTxt,
        "leads to nothing",
    );
    check_changed(
        "a line that leads to other metadata",
        |files| {
            files.insert(security.clone(), elsewhere.into());
            files.insert(format!("{HOST}/other/provider-metadata.json"), "{}".into());
        },
        Requirement::SecurityTxt,
        "not, byte for byte",
    );
    check_changed(
        "the well-known address is not the first",
        |files| {
            let copy = files[METADATA].clone();
            files.insert(format!("{HOST}/other/provider-metadata.json"), copy);
            let second =
                format!("{elsewhere}csaf: https://psirt.example.com/.well-known/csaf/provider-metadata.json\n");
            files.insert(security.clone(), second.into());
        },
        Requirement::SecurityTxt,
        "is not the first",
    );
    let mut files = Tree::perfect().files();
    files.remove(&security);
    let not_offered = [(Requirement::SecurityTxt, Verdict::NotOffered)];
    check_verdicts("no file", &check_files(&files), &not_offered);
    let legacy = Tree::perfect().files().remove(&security).unwrap();
    files.insert(format!("{HOST}/security.txt"), legacy);
    check_verdicts("the place of old", &check_files(&files), &[]);
}

#[test]
fn requirement_9_the_well_known_address() {
    let moved = || Tree {
        metadata: "csaf/provider-metadata.json",
        ..Tree::perfect()
    };
    let not_offered = [(Requirement::WellKnown, Verdict::NotOffered)];
    let report = check_files(&moved().files());
    check_verdicts("metadata elsewhere", &report, &not_offered);
    assert_eq!(report.reached, Some(Role::TrustedProvider), "the other ways are enough");

    // Asked by its own address, the metadata is the measure, and the well-known copy is wrong.
    let mut files = moved().files();
    let mut copy = files[&format!("{HOST}/csaf/provider-metadata.json")].clone();
    copy.push(b'\n');
    files.insert(METADATA.to_owned(), copy);
    let root = tempfile::tempdir().unwrap();
    super::tree::write(&files, root.path());
    let mut source = crate::provider::Source::Folder(crate::provider::Folder::of_hosts(root.path()));
    let provider = crate::provider::Provider::read("https://psirt.example.com/csaf/provider-metadata.json").unwrap();
    let report = crate::provider::check(&mut source, &provider, crate::tests::sample::now());
    check_verdicts(
        "another file there",
        &report,
        &[(Requirement::WellKnown, Verdict::Error)],
    );
}

#[test]
fn requirement_10_the_dns_path() {
    check_changed(
        "another file there",
        |files| drop(files.insert(format!("{DNS_HOST}/index.json"), "{}".into())),
        Requirement::DnsPath,
        "not, byte for byte",
    );
    let mut files = Tree::perfect().files();
    files.remove(&format!("{DNS_HOST}/index.json"));
    let not_offered = [(Requirement::DnsPath, Verdict::NotOffered)];
    check_verdicts("no such host", &check_files(&files), &not_offered);
}

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
