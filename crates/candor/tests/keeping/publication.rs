//! Publication that nobody is there for: at its instant, once, however often the process dies; and the same bytes when the tree is lost.

use crate::house::*;
use crate::kill::check_kills;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(crate) const BEFORE: &str = "2026-02-02T08:59:59+01:00";
pub(crate) const INSTANT: &str = "2026-02-02T09:00:00+01:00";
pub(crate) const DAY_AFTER: &str = "2026-02-03T11:30:00+01:00";

/// A house with one advisory on a service, approved and scheduled for nine o'clock in Zurich.
pub(crate) fn scheduled(folder: &Path) -> PathBuf {
    let dir = folder.join("scheduled");
    let run = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        done(&dir, &words)
    };
    run("init --name Test --simulated-clock 2026-01-05T08:00:00+01:00");
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(&format!("person add {person} --name {person} --role {role} --as admin"));
    }
    run(
        "brand add brand --name Brand --domain brand.example --policy nozomi-networks --prefix NN --contact psirt@brand.example --as admin",
    );
    run("brand key brand --as admin");
    run("product add Service --brand brand --deployment saas --as lead");
    run("policy adopt nozomi-networks --as lead --approved-by analyst");
    let case = report(&dir, "Overflow in the service", &["--product", "Service"]);
    for event in [
        "acknowledged",
        "reviewed",
        "confirmed --origin own --products Service",
        "scored --vector CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H --source own",
        "impact-set --term overflow --cwe CWE-122",
        "reported-back",
        "credit --choice no",
        "fix-deployed --product Service --tenants all",
    ] {
        let (kind, options) = event.split_once(' ').unwrap_or((event, ""));
        run(format!("case {kind} {case} {options} --as analyst")
            .replace("  ", " ")
            .trim());
    }
    let id = json(&done(
        &dir,
        &[
            "advisory",
            "draft",
            &case,
            "--title",
            "Overflow in the service",
            "--summary",
            "A crafted packet makes the service write past a buffer.",
            "--json",
            "--as",
            "analyst",
        ],
    ));
    let id = id["id"].as_str().unwrap();
    run(&format!("advisory approve {id} --as lead"));
    let at = "2026-02-02 09:00 Europe/Zurich";
    let people = ["--as", "lead", "--approved-by", "analyst"];
    let said = done(&dir, &[&["advisory", "schedule", id, "--at", at], &people[..]].concat());
    assert!(said.contains("2026-02-02 09:00:00 Europe/Zurich"), "{said}");
    dir
}

/// What is out, and how late it was, as its entry says.
pub(crate) fn published(dir: &Path) -> Vec<serde_json::Value> {
    let all = json(&done(dir, &["advisory", "list", "--json", "--as", "lead"]));
    let all = all.as_array().unwrap().iter();
    all.filter(|advisory| advisory["stage"] == "published")
        .cloned()
        .collect()
}

/// The signed document and its signature.
pub(crate) fn document(dir: &Path) -> (Vec<u8>, Vec<u8>) {
    let file = dir.join("public/brand.example/.well-known/csaf/white/2026/nn-2026_1-01.json");
    (
        fs::read(&file).unwrap(),
        fs::read(file.with_added_extension("asc")).unwrap(),
    )
}

#[test]
fn it_goes_out_at_its_instant_and_a_lost_tree_is_rebuilt_to_the_byte() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", BEFORE]);
    assert!(published(&dir).is_empty() && !dir.join("public").exists());
    let worked = json(&done(&dir, &["work", "--once", "--json", "--now", INSTANT]));
    assert_eq!(worked["published"], serde_json::json!(["NN-2026:1-01"]));
    assert_eq!(published(&dir)[0]["late_s"], 0);
    let again = json(&done(&dir, &["work", "--once", "--json", "--now", DAY_AFTER]));
    assert_eq!(again["published"], serde_json::json!([]));
    done(&dir, &["publish", "--verify"]);

    let (before, after) = (document(&dir), {
        fs::remove_file(dir.join("public")).unwrap();
        fs::remove_dir_all(dir.join("tree")).unwrap();
        done(&dir, &["publish"]);
        document(&dir)
    });
    assert_eq!(before, after);
    // A public copy that somebody edited is not taken.
    let file = dir.join("public/brand.example/.well-known/csaf/white/2026/nn-2026_1-01.json");
    fs::write(&file, b"{}").unwrap();
    done(&dir, &["publish"]);
    assert_eq!(document(&dir), before);
}

/// What had to go is in neither slot of the tree, and a tombstone says so.
#[test]
fn a_version_that_had_to_go_leaves_a_tombstone_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let number = "NN-2026:1-01";
    let two = ["--as", "lead", "--approved-by", "analyst"];
    let remove = [
        "advisory",
        "remove",
        number,
        "--revision",
        "1",
        "--why",
        "It named a person.",
    ];
    refused(&dir, &[&remove[..], &["--as", "lead"]].concat(), &["act of two people"]);
    let digest = json(&done(&dir, &[&remove[..], &two[..], &["--json"]].concat()))["sha256"].clone();
    done(&dir, &["work", "--once"]);
    let page = fs::read_to_string(dir.join("public/brand.example/advisories/nn-2026_1-01.html")).unwrap();
    for part in ["was removed", "It named a person.", digest.as_str().unwrap()] {
        assert!(page.contains(part), "{page}");
    }
    let found = Command::new("grep")
        .args(["-rl", "A crafted packet"])
        .arg(dir.join("tree"))
        .output();
    assert_eq!(String::from_utf8_lossy(&found.unwrap().stdout), "");
    done(&dir, &["publish", "--verify"]);
    verified(&dir);
}

#[test]
fn it_goes_out_once_however_the_worker_dies_and_says_how_late() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    let work = ["work", "--once", "--now", DAY_AFTER];
    check_kills(
        "work",
        &|folder| {
            copy(&dir, &folder.join("house"));
            (
                folder.join("house"),
                work.iter().map(|word| (*word).to_owned()).collect(),
            )
        },
        &|dir, args, _| {
            if dir.join("public").exists() {
                done(dir, &["publish", "--verify"]);
            }
            done(dir, args);
            let out = published(dir);
            assert_eq!(out.len(), 1, "{out:?}");
            assert_eq!(
                (&out[0]["number"], &out[0]["late_s"]),
                (&"NN-2026:1-01".into(), &95_400.into())
            );
            let entries = json(&done(dir, &["case", "list", "--json", "--as", "lead"]));
            assert_eq!(entries[0]["phase"], "published", "{entries}");
            done(dir, &["publish", "--verify"]);
            verified(dir);
        },
    );
}
