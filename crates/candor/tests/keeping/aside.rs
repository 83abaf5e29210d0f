//! One release that cannot be fixed keeps nothing back but itself.

use crate::house::*;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SCORE: &str = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";
/// CSAF 2.0 has no place for it, so an optional test misses the score of an affected product.
const SCORE_WITHOUT_PLACE: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
const TWO: [&str; 4] = ["--as", "lead", "--approved-by", "analyst"];

fn run(dir: &Path, words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    done(dir, &words)
}

/// A house of one brand with one service.
fn opened(folder: &Path) -> PathBuf {
    let dir = folder.join("house");
    run(&dir, "init --name Test --simulated-clock 2026-01-05T08:00:00+01:00");
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(
            &dir,
            &format!("person add {person} --name {person} --role {role} --as admin"),
        );
    }
    for words in [
        "brand add brand --name Brand --domain brand.example --policy nozomi-networks --prefix NN --contact psirt@brand.example --as admin",
        "brand key brand --as admin",
        "product add Service --brand brand --deployment saas --as lead",
        "policy adopt nozomi-networks --as lead --approved-by analyst",
    ] {
        run(&dir, words);
    }
    dir
}

/// A case that is fixed, and an approved text on it; gives back its id.
fn approved(dir: &Path, title: &str, vector: &str) -> String {
    let case = report(dir, title, &["--product", "Service"]);
    for event in [
        "acknowledged",
        "reviewed",
        "confirmed --origin own --products Service",
        &format!("scored --vector {vector} --source own"),
        "impact-set --term overflow --cwe CWE-122",
        "reported-back",
        "credit --choice no",
        "fix-deployed --product Service --tenants all",
    ] {
        let (kind, options) = event.split_once(' ').unwrap_or((event, ""));
        run(dir, &format!("case {kind} {case} {options} --as analyst"));
    }
    let summary = format!("{title}: a crafted packet makes the service write past a buffer.");
    let words = ["--title", title, "--summary", &summary, "--json", "--as", "analyst"];
    let id = json(&done(dir, &[&["advisory", "draft", &case], &words[..]].concat()));
    let id = id["id"].as_str().unwrap().to_owned();
    run(dir, &format!("advisory approve {id} --as lead"));
    id
}

/// Orders the release of a text, and gives back its number.
fn ordered(dir: &Path, id: &str, summary: &str) -> String {
    let words = ["advisory", "order", id, "--summary", summary, "--json"];
    let said = json(&done(dir, &[&words[..], &TWO[..]].concat()));
    said["number"].as_str().unwrap().to_owned()
}

/// The signed documents in the tree, by file name.
fn documents(dir: &Path) -> Vec<String> {
    let folder = dir.join("public/brand.example/.well-known/csaf/white/2026");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_broken_release_among_three_is_told_and_the_others_go_out() {
    let folder = TempDir::new().unwrap();
    let dir = opened(folder.path());
    let broken = approved(&dir, "Broken", SCORE_WITHOUT_PLACE);
    let sound = [approved(&dir, "First", SCORE), approved(&dir, "Third", SCORE)];
    let numbers = [
        ordered(&dir, &sound[0], ""),
        ordered(&dir, &broken, ""),
        ordered(&dir, &sound[1], ""),
    ];
    // While it is written, its finding is told at its field.
    let shown = done(&dir, &["advisory", "show", &broken, "--findings", "--as", "lead"]);
    assert!(shown.contains("needs a reason (CSAF 6.2.3)"), "{shown}");

    refused(&dir, &["publish"], &[&format!("{} is held aside", numbers[1]), "6.2.3"]);
    let files = |numbers: &[&String]| -> Vec<String> {
        numbers
            .iter()
            .map(|number| number.to_lowercase().replace(':', "_") + ".json")
            .collect()
    };
    assert_eq!(documents(&dir), files(&[&numbers[0], &numbers[2]]));
    done(&dir, &["publish", "--verify"]);
    let told = done(&dir, &["advisory", "show", &broken, "--as", "lead"]);
    assert!(told.contains("It could not be published"), "{told}");
    // Nobody is there for it: a worker leaves it alone, and publishes what comes.
    let fourth = approved(&dir, "Fourth", SCORE);
    let fourth = ordered(&dir, &fourth, "");
    let worked = json(&done(&dir, &["work", "--once", "--json"]));
    assert_eq!(worked["published"], serde_json::json!([fourth]));
    assert_eq!(worked["held_aside"], 1);
    let again = json(&done(&dir, &["work", "--once", "--json"]));
    assert_eq!(
        (&again["published"], &again["held_aside"]),
        (&serde_json::json!([]), &0.into())
    );

    // The way out: a reason.
    done(
        &dir,
        &[
            "publish",
            "--accept",
            "6.2.3=Scored by CVSS 4.0, for which CSAF 2.0 has no place",
        ],
    );
    assert_eq!(
        documents(&dir),
        files(&[&numbers[0], &numbers[1], &numbers[2], &fourth])
    );
    verified(&dir);
}

/// The other way out: another text. What was public stays so, to the byte, until that is out.
#[test]
fn a_broken_revision_leaves_the_first_version_public() {
    let folder = TempDir::new().unwrap();
    let dir = opened(folder.path());
    let id = approved(&dir, "First", SCORE);
    let number = ordered(&dir, &id, "");
    done(&dir, &["publish"]);
    let file = dir.join(format!(
        "public/brand.example/.well-known/csaf/white/2026/{}.json",
        number.to_lowercase().replace(':', "_")
    ));
    let before = fs::read(&file).unwrap();
    let case = json(&done(&dir, &["case", "list", "--json", "--as", "lead"]))[0]["number"]
        .as_str()
        .unwrap()
        .to_owned();
    // Two people take the score back; the new one has no place in the document.
    let retracted = [
        "case",
        "retracted",
        &case,
        "--event",
        "scored",
        "--why",
        "It is scored by CVSS 4.0.",
    ];
    done(&dir, &[&retracted[..], &TWO[..]].concat());
    run(
        &dir,
        &format!(
            "case scored {case} --vector {SCORE_WITHOUT_PLACE} --source own {}",
            TWO.join(" ")
        ),
    );
    run(&dir, &format!("advisory redraft {id} --as analyst"));
    run(&dir, &format!("advisory approve {id} --as lead"));
    ordered(&dir, &id, "Scored anew.");
    refused(&dir, &["publish"], &["is held aside"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    verified(&dir);
    done(
        &dir,
        &[
            "advisory",
            "send-back",
            &id,
            "--why",
            "Score it by CVSS 3.1 too.",
            "--as",
            "lead",
        ],
    );
    done(&dir, &["publish"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    run(
        &dir,
        &format!(
            "case scored {case} --vector {SCORE} --source own --why both {}",
            TWO.join(" ")
        ),
    );
    run(&dir, &format!("advisory redraft {id} --as analyst"));
    run(&dir, &format!("advisory approve {id} --as lead"));
    ordered(&dir, &id, "Scored by both.");
    done(&dir, &["publish"]);
    let after: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(after["document"]["tracking"]["version"], "2");
    verified(&dir);
}
