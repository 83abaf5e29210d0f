//! What the portal says of products that are not affected, of what does not hold any more, and of the policy and its next version: with the
//! built binary, from the first command to the published files.

use crate::house::*;
use crate::publication::{INSTANT, scheduled};
use serde_json::{Value, json as value};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TWO: [&str; 4] = ["--as", "lead", "--approved-by", "analyst"];
/// An id that the authority of the component assigned.
const THEIRS: &str = "CVE-2026-1111";

fn run(dir: &Path, words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    done(dir, &words)
}

/// A file below the brand's document root.
fn file(dir: &Path, path: &str) -> String {
    let file = dir.join("public/brand.example").join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn document(dir: &Path, name: &str) -> Value {
    json(&file(dir, &format!(".well-known/csaf/white/2026/{name}.json")))
}

fn check_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
}

/// A house of a product, a service and a key under a policy.
fn house_of(folder: &Path, policy: &str) -> PathBuf {
    let dir = folder.join(policy);
    run(&dir, "init --name Test --simulated-clock 2026-01-05T08:00:00+01:00");
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(
            &dir,
            &format!("person add {person} --name {person} --role {role} --as admin"),
        );
    }
    run(
        &dir,
        &format!(
            "brand add brand --name Brand --domain brand.example --policy {policy} --prefix NN --contact psirt@brand.example --as admin"
        ),
    );
    run(&dir, "brand key brand --as admin");
    run(&dir, "product add Sensor --brand brand --deployment on-prem --as lead");
    run(&dir, "product add Service --brand brand --deployment saas --as lead");
    run(&dir, &format!("policy adopt {policy} --as lead --approved-by analyst"));
    dir
}

/// A case on a component of others that no product runs, as far as both lines are known not to be affected.
fn excluded(dir: &Path) -> String {
    let case = report(dir, "A scanner names a library", &["--product", "Sensor"]);
    for event in [
        "acknowledged",
        "reviewed",
        "confirmed --origin third-party --products Sensor,Service",
        &format!("alias --id {THEIRS}"),
        "not-affected --product Sensor --justification vulnerable_code_not_in_execute_path",
        "not-affected --product Service --justification component_not_present",
        "reported-back",
        "rejected --exit not-affected",
    ] {
        let (kind, options) = event.split_once(' ').unwrap_or((event, ""));
        run(dir, &format!("case {kind} {case} {options} --as analyst"));
    }
    case
}

fn check_not_affected(policy: &str) {
    let folder = TempDir::new().unwrap();
    let dir = house_of(folder.path(), policy);
    let case = excluded(&dir);
    let words = ["--title", "A library that we ship", "--summary", "No product runs it."];
    let draft = [
        &["advisory", "draft", &case][..],
        &words,
        &["--json", "--as", "analyst"],
    ]
    .concat();
    let id = json(&done(&dir, &draft))["id"].as_str().unwrap().to_owned();
    let shown = run(&dir, &format!("advisory show {id} --as lead"));
    check_says(&shown, &["not affected: vulnerable_code_not_in_execute_path"]);
    assert!(!shown.contains("no fixed version"), "{shown}");
    run(&dir, &format!("advisory approve {id} --as lead"));
    done(&dir, &[&["advisory", "order", &id], &TWO[..]].concat());
    check_says(&done(&dir, &["publish"]), &["NN-2026:1-01 is out", "Verified"]);

    let csaf = document(&dir, "nn-2026_1-01");
    assert_eq!(csaf["document"]["category"], "csaf_vex", "{policy}");
    let one = &csaf["vulnerabilities"][0];
    assert_eq!(one["cve"], THEIRS);
    assert_eq!(
        one["product_status"],
        value!({ "known_not_affected": ["sensor:*", "service:*"] })
    );
    assert_eq!(
        one["flags"],
        value!([
            { "label": "component_not_present", "product_ids": ["service:*"] },
            { "label": "vulnerable_code_not_in_execute_path", "product_ids": ["sensor:*"] },
        ])
    );
    let vex = json(&file(&dir, "openvex/nn-2026_1-01.json"));
    let said = vex["statements"].as_array().unwrap().iter();
    let said: Vec<(&str, &str)> = said
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap();
            (word("status"), word("justification"))
        })
        .collect();
    let reasons = ["vulnerable_code_not_in_execute_path", "component_not_present"];
    assert_eq!(said, reasons.map(|reason| ("not_affected", reason)));
    let reasons = [
        "It contains the vulnerable code, but never runs it.",
        "It does not contain the vulnerable component.",
    ];
    for page in ["advisories/nn-2026_1-01.html", "vex/index.html"] {
        check_says(
            &file(&dir, page),
            &[&[THEIRS, "Sensor", "Service"], &reasons[..]].concat(),
        );
    }
    let page = file(&dir, "advisories/nn-2026_1-01.html");
    check_says(&page, &["You need not do anything: none of our products is affected."]);
    // It has no severity, is no product's, and the record of the id is not ours to write.
    let root = dir.join("public/brand.example");
    for absent in ["cve", "list/severity", "list/product"] {
        assert!(!root.join(absent).exists(), "{policy}: {absent}");
    }
    run(&dir, "publish --verify");
    verified(&dir);
}

#[test]
fn what_is_not_affected_is_told_in_every_format_under_both_policies() {
    check_not_affected("nozomi-networks");
    check_not_affected("128-technology");
}

#[test]
fn an_id_of_somebody_elses_component_is_linked_and_not_assigned() {
    let folder = TempDir::new().unwrap();
    let dir = house_of(folder.path(), "nozomi-networks");
    let case = report(&dir, "A scanner names a library", &["--product", "Sensor"]);
    run(
        &dir,
        &format!("case confirmed {case} --origin third-party --products Sensor --as analyst"),
    );
    let assign = ["case", "cve-assigned", &case, "--id", THEIRS, "--as", "analyst"];
    refused(
        &dir,
        &assign,
        &[
            "refused by §N29 of nozomi-networks: not until the vulnerability is known to be in the vendor's own code",
            "link the existing id or ask its authority",
            "Nothing was recorded.",
        ],
    );
    run(&dir, &format!("case alias {case} --id {THEIRS} --as analyst"));
}

#[test]
fn what_is_withdrawn_says_so_to_people_and_calls_nothing_affected_for_machines() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let before = document(&dir, "nn-2026_1-01");
    assert_eq!(before["document"]["category"], "csaf_security_advisory");
    check_says(&file(&dir, "index.html"), &["list/severity/high/index.html"]);
    let withdraw = [
        "advisory",
        "withdraw",
        "NN-2026:1-01",
        "--why",
        "It describes another product.",
    ];
    refused(&dir, &[&withdraw[..], &["--as", "lead"]].concat(), &["two people"]);
    let said = done(&dir, &[&withdraw[..], &TWO].concat());
    check_says(&said, &["This is revision 2 of NN-2026:1-01. Next: `candor publish`."]);
    assert!(!said.contains("warning"), "{said}");
    done(&dir, &["publish"]);

    let csaf = document(&dir, "nn-2026_1-01");
    assert_eq!(csaf["document"]["category"], "csaf_base");
    assert_eq!(csaf["document"]["title"], "Withdrawn: Overflow in the service");
    assert!(
        csaf.get("vulnerabilities").is_none() && csaf.get("product_tree").is_none(),
        "{csaf}"
    );
    let note = &csaf["document"]["notes"][0];
    assert_eq!(
        (&note["category"], &note["title"]),
        (&value!("description"), &value!("Reasoning for Withdrawal"))
    );
    check_says(
        note["text"].as_str().unwrap(),
        &["It describes another product.", "It was about CVE-2026-4242"],
    );
    let history = csaf["document"]["tracking"]["revision_history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[1]["summary"], "Withdrawn: It describes another product.");
    // What it said stays beside it, as it was signed.
    let earlier = json(&file(&dir, "advisories/nn-2026_1-01/v1/nn-2026_1-01.json"));
    assert_eq!(earlier, before);
    let page = file(&dir, "advisories/nn-2026_1-01.html");
    check_says(&page, &["nothing that it says holds: It describes another product."]);
    let index = file(&dir, "index.html");
    check_says(&index, &["list/ended/index.html", "No longer valid", "Withdrawn"]);
    assert!(!index.contains("list/severity/"), "{index}");
    check_says(&file(&dir, "list/ended/index.html"), &["NN-2026:1-01"]);
    run(&dir, "publish --verify");
    verified(&dir);
}

/// Two advisories of one case: the second replaces the first, and is withdrawn.
#[test]
fn who_withdraws_what_replaced_another_one_is_warned() {
    let folder = TempDir::new().unwrap();
    let dir = house_of(folder.path(), "nozomi-networks");
    for title in ["First", "Second"] {
        let case = excluded(&dir);
        let draft = [
            "advisory",
            "draft",
            &case,
            "--title",
            title,
            "--summary",
            title,
            "--json",
            "--as",
            "analyst",
        ];
        let id = json(&done(&dir, &draft))["id"].as_str().unwrap().to_owned();
        run(&dir, &format!("advisory approve {id} --as lead"));
        done(&dir, &[&["advisory", "order", &id], &TWO[..]].concat());
        done(&dir, &["publish"]);
    }
    let supersede = ["advisory", "supersede", "NN-2026:1-01", "--by", "NN-2026:2-01"];
    done(&dir, &[&supersede[..], &TWO].concat());
    done(&dir, &["publish"]);
    let old = document(&dir, "nn-2026_1-01");
    assert_eq!(old["document"]["category"], "csaf_base");
    let references = old["document"]["references"].as_array().unwrap();
    let successor = references
        .iter()
        .find(|one| one["summary"] == "Superseding Document: NN-2026:2-01");
    assert_eq!(
        successor.unwrap()["url"],
        "https://brand.example/advisories/nn-2026_2-01.html"
    );
    check_says(&file(&dir, "advisories/nn-2026_1-01.html"), &["Read NN-2026:2-01"]);
    assert!(!file(&dir, "vex/index.html").contains("NN-2026:1-01"));

    let withdraw = ["advisory", "withdraw", "NN-2026:2-01", "--why", "It is wrong."];
    let said = done(&dir, &[&withdraw[..], &TWO].concat());
    check_says(
        &said,
        &["warning: it replaced NN-2026:1-01, so nothing valid is left: draft another one if its cases need it."],
    );
    done(&dir, &["publish"]);
    run(&dir, "publish --verify");
}

#[test]
fn the_policys_page_names_its_next_version_and_becomes_it_on_its_day() {
    let folder = TempDir::new().unwrap();
    let dir = house_of(folder.path(), "nozomi-networks");
    done(&dir, &["publish"]);
    let page = file(&dir, "policy/index.html");
    check_says(&page, &["Version 1 · in force from", "mailto:psirt@brand.example"]);
    assert!(!page.contains("takes its place"), "{page}");

    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/nozomi-networks.policy.md");
    let first = fs::read_to_string(shipped).unwrap();
    let next = first.replacen("version   = \"1\"", "version   = \"2\"", 1).replacen(
        "effective = 2023-09-22",
        "effective = 2026-03-01",
        1,
    );
    assert!(
        next.contains("version   = \"2\"\neffective = 2026-03-01"),
        "the head of the file is another one"
    );
    let next_file = folder.path().join("nozomi-networks.policy.md");
    fs::write(&next_file, next).unwrap();
    done(&dir, &[&["policy", "adopt", &text(&next_file)], &TWO[..]].concat());
    done(&dir, &["publish"]);
    let link = "1 March 2026</time> on, <a href=\"../policy/nozomi-networks/2.html\">version 2</a> takes its place.";
    check_says(&file(&dir, "policy/index.html"), &["Version 1 · in force from", link]);
    let coming = file(&dir, "policy/nozomi-networks/2.html");
    check_says(&coming, &["This version is adopted and not in force yet."]);
    done(&dir, &["work", "--once", "--now", "2026-03-02T08:00:00+01:00"]);
    let page = file(&dir, "policy/index.html");
    check_says(&page, &["Version 2 · in force from"]);
    assert!(!page.contains("takes its place"), "{page}");
}
