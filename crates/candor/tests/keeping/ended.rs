//! A key that ended, was called compromised, or is elsewhere holds its own brand aside and no other.

use crate::house::*;
use serde_json::{Value, json as value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TWO: [&str; 4] = ["--as", "lead", "--approved-by", "analyst"];
const VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";
/// The last day of the first brand's key, and a day after it.
const LAST: &str = "2026-01-04T08:00:00Z";
const AFTER: &str = "2026-02-02T08:00:00Z";

fn run(dir: &Path, words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    done(dir, &words)
}

/// A house of two brands with an advisory each that is public. The key of `brand` ends on 5 January 2026, that of `other` much later.
pub(crate) fn opened(folder: &Path) -> PathBuf {
    let dir = folder.join("house");
    run(&dir, "init --name Test --simulated-clock 2025-01-05T08:00:00Z");
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(
            &dir,
            &format!("person add {person} --name {person} --role {role} --as admin"),
        );
    }
    for (brand, prefix) in [("brand", "NN"), ("other", "OO")] {
        run(
            &dir,
            &format!(
                "brand add {brand} --name {brand} --domain {brand}.example --policy nozomi-networks --prefix {prefix} --contact psirt@{brand}.example --as admin"
            ),
        );
        run(
            &dir,
            &format!("product add {brand}-service --brand {brand} --deployment saas --as lead"),
        );
    }
    run(&dir, "key make --brand brand --years 1 --as admin");
    run(&dir, "key make --brand other --years 9 --as admin");
    for brand in ["brand", "other"] {
        run(&dir, &format!("key make --brand {brand} --intake --years 9 --as admin"));
    }
    run(&dir, "policy adopt nozomi-networks --as lead --approved-by analyst");
    for brand in ["brand", "other"] {
        ordered(&dir, brand, "First");
    }
    done(&dir, &["publish"]);
    dir
}

/// Orders the release of an advisory on the service of a brand, and gives back its id and number.
pub(crate) fn ordered(dir: &Path, brand: &str, title: &str) -> (String, String) {
    let service = format!("{brand}-service");
    let case = report(dir, &format!("{title} of {brand}"), &["--product", &service]);
    for event in [
        "acknowledged",
        "reviewed",
        &format!("confirmed --origin own --products {service}"),
        &format!("scored --vector {VECTOR} --source own"),
        "impact-set --term overflow --cwe CWE-122",
        "reported-back",
        "credit --choice no",
        &format!("fix-deployed --product {service} --tenants all"),
    ] {
        let (kind, options) = event.split_once(' ').unwrap_or((event, ""));
        run(dir, &format!("case {kind} {case} {options} --as analyst"));
    }
    let summary = "A crafted packet makes the service write past a buffer.";
    let words = ["--title", title, "--summary", summary, "--json", "--as", "analyst"];
    let id = json(&done(dir, &[&["advisory", "draft", &case], &words[..]].concat()));
    let id = id["id"].as_str().unwrap().to_owned();
    run(dir, &format!("advisory approve {id} --as lead"));
    let said = json(&done(dir, &[&["advisory", "order", &id, "--json"], &TWO[..]].concat()));
    (id, said["number"].as_str().unwrap().to_owned())
}

/// Everything that is public of a brand.
pub(crate) fn part(dir: &Path, brand: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![
        dir.join(format!("public/{brand}.example")),
        dir.join(format!("public/csaf.data.security.{brand}.example")),
        dir.join(format!("public/openpgpkey.{brand}.example")),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    assert!(files.len() > 20, "{brand}: {} files", files.len());
    files
}

pub(crate) fn worked(dir: &Path, more: &[&str]) -> (Value, Value) {
    let worked = json(&done(dir, &[&["work", "--once", "--json"], more].concat()));
    (worked["published"].clone(), worked["held_aside"].clone())
}

fn rotate(dir: &Path) {
    run(dir, "key rotate --brand brand --as admin");
}

#[test]
fn a_key_that_ended_holds_aside_what_it_would_sign() {
    let folder = TempDir::new().unwrap();
    let dir = opened(folder.path());
    // Ordered in time; nobody published it.
    run(&dir, &format!("work --once --now {LAST}"));
    let (id, number) = ordered(&dir, "brand", "Second");
    let (_, others) = ordered(&dir, "other", "Second");
    let before = part(&dir, "brand");
    assert_eq!(worked(&dir, &["--now", AFTER]), (value!([others]), value!(1)));
    assert_eq!(part(&dir, "brand"), before);
    let told = done(&dir, &["advisory", "show", &id, "--as", "lead"]);
    assert!(
        told.contains("It could not be published: the signing key") && told.contains("expired on 2026-01-05"),
        "{told}"
    );
    assert_eq!(
        worked(&dir, &[]),
        (value!([]), value!(0)),
        "nobody builds it again and again"
    );
    refused(
        &dir,
        &["publish"],
        &[
            &format!("{number} is held aside, because nothing signs it"),
            "expired on 2026-01-05",
            "candor key extend",
            "Verified",
        ],
    );
    assert_eq!(part(&dir, "brand"), before);
    // With another key it goes out by itself.
    rotate(&dir);
    assert_eq!(worked(&dir, &[]), (value!([number]), value!(0)));
    done(&dir, &["publish"]);
}

#[test]
fn a_portal_does_not_begin_under_a_key_that_ended() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("house");
    run(&dir, "init --name Test --simulated-clock 2025-01-05T08:00:00Z");
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(
            &dir,
            &format!("person add {person} --name {person} --role {role} --as admin"),
        );
    }
    for brand in ["brand", "other"] {
        run(
            &dir,
            &format!(
                "brand add {brand} --name {brand} --domain {brand}.example --policy nozomi-networks --prefix NN --contact psirt@{brand}.example --as admin"
            ),
        );
    }
    run(&dir, "policy adopt nozomi-networks --as lead --approved-by analyst");
    run(&dir, "key make --brand brand --years 1 --as admin");
    run(&dir, &format!("work --once --now {AFTER}"));
    let why = [
        "nothing of brand is published",
        "expired on 2026-01-05",
        "candor key extend",
        "candor key rotate --brand brand",
    ];
    let ended = dir.join("public/brand.example");
    refused(&dir, &["publish"], &why);
    let link = dir.join("public");
    assert!(
        fs::symlink_metadata(&link).is_err(),
        "no generation of no files is written beside the refusal"
    );
    assert!(!dir.join("tree/a.manifest").exists() && !ended.exists());
    // A brand that nothing signs for is named wherever somebody would take it for public.
    let nothing = "nothing of other is public, neither its form and rooms nor";
    let mend = "`candor key make --brand other`";
    let made = done(&dir, &["key", "make", "--brand", "other", "--intake", "--as", "admin"]);
    assert!(
        made.contains(nothing) && made.contains(mend) && !made.contains("is published with"),
        "{made}"
    );
    refused(&dir, &["publish"], &[nothing, mend]);
    // Another brand begins, and this one still does not.
    run(&dir, "key make --brand other --years 1 --as admin");
    let said = said(&fed(&mut command(&dir, &["publish"]), b""));
    assert!(!said.contains(nothing), "{said}");
    refused(&dir, &["publish"], &[&why[..], &["Verified"]].concat());
    assert!(dir.join("public/other.example/index.html").exists() && !ended.exists());
    rotate(&dir);
    done(&dir, &["publish"]);
    assert!(ended.join("index.html").exists());
}

#[test]
fn a_compromised_key_keeps_its_brand_as_it_is_and_the_others_go_on() {
    let folder = TempDir::new().unwrap();
    let dir = opened(folder.path());
    let (_, waits) = ordered(&dir, "brand", "Second");
    let keys = json(&done(&dir, &["key", "list", "--json"]));
    let signs = |key: &&Value| key["brand"] == "brand" && key["use"] == "signing";
    let key = keys.as_array().unwrap().iter().find(signs).unwrap()["fingerprint"].clone();
    let before = part(&dir, "brand");
    run(
        &dir,
        &format!(
            "key revoke {} --reason compromised --why Lost. --as admin",
            key.as_str().unwrap()
        ),
    );
    let check = |others: &str, parts: &[&str]| {
        assert_eq!(worked(&dir, &[]), (value!([others]), value!(1)));
        assert_eq!(worked(&dir, &[]), (value!([]), value!(0)));
        let told = [
            "nothing of brand is published",
            "Verified",
            &format!("{waits} is held aside"),
        ];
        refused(&dir, &["publish"], &[&told[..], parts].concat());
        assert_eq!(part(&dir, "brand"), before);
    };
    let (_, others) = ordered(&dir, "other", "Second");
    check(&others, &["is revoked: `candor key rotate --brand brand`"]);
    rotate(&dir);
    let (_, others) = ordered(&dir, "other", "Third");
    check(&others, &["which is revoked", "candor key resign --brand brand"]);
    run(&dir, "key resign --brand brand --as admin");
    done(&dir, &["publish"]);
    assert_ne!(part(&dir, "brand"), before);
}

#[test]
fn a_key_that_is_elsewhere_holds_aside_its_brand_until_it_signed() {
    let folder = TempDir::new().unwrap();
    let dir = opened(folder.path());
    let before = part(&dir, "brand");
    // The public half of a key that another house made.
    let elsewhere = opened(&folder.path().join("elsewhere"));
    rotate(&elsewhere);
    let keys = json(&done(&elsewhere, &["key", "list", "--json"]));
    let signs = |key: &&Value| key["brand"] == "brand" && key["use"] == "signing" && key["in_use"] == true;
    let key = keys.as_array().unwrap().iter().find(signs).unwrap()["fingerprint"].clone();
    let public = done(&elsewhere, &["key", "export", key.as_str().unwrap()]);
    let file = text(folder.path().join("public.asc"));
    fs::write(&file, public).unwrap();
    run(
        &dir,
        &format!("key rotate --brand brand --key {file} --public --as admin"),
    );
    let (id, _) = ordered(&dir, "brand", "Second");
    let (_, others) = ordered(&dir, "other", "Second");
    assert_eq!(worked(&dir, &[]), (value!([others]), value!(1)));
    assert_eq!(worked(&dir, &[]), (value!([]), value!(0)));
    refused(
        &dir,
        &["publish"],
        &[
            "nothing of brand is published",
            "candor publish --unsigned DIR",
            "Verified",
        ],
    );
    assert_eq!(part(&dir, "brand"), before);
    let told = done(&dir, &["advisory", "show", &id, "--as", "lead"]);
    assert!(told.contains("is on another machine"), "{told}");
    // Whoever changed the tree by hand is told, and nothing is carried over.
    let page = dir.join("public/brand.example/index.html");
    fs::write(&page, "changed").unwrap();
    refused(&dir, &["publish"], &["brand.example", "changed by hand"]);
}
