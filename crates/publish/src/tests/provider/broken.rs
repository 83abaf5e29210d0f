//! Requirements 1 to 10, each with what breaks it, and nothing else.

use super::breaking::{FIRST, METADATA, check_changed, check_made, edit_metadata, replace};
use super::tree::{CSAF, DNS_HOST, Document, Files, HOST, Tree};
use super::{check_files, check_verdicts, findings};
use crate::provider::{Requirement, Role, Verdict};
use serde_json::{Value, json};

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
    for (expires, finding) in [
        ("2020-01-01T00:00:00Z", "expired at 2020-01-01T00:00:00Z"),
        ("tomorrow", "is no instant"),
    ] {
        let mut files = Tree::perfect().files();
        replace(&mut files, &security, "2099-12-31T23:00:00Z", expires);
        let report = check_files(&files);
        check_verdicts(expires, &report, &[(Requirement::SecurityTxt, Verdict::Warning)]);
        let told = findings(&report);
        assert!(told.iter().any(|one| one.contains(finding)), "{told:?}");
    }
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
