//! Publication that nobody is there for: at its instant, once, however often the process dies; and the same bytes when the tree is lost.

use crate::house::*;
use crate::kill::{check_kills, check_kills_of_each_kind};
use crate::outbox::waiting;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(crate) const BEFORE: &str = "2026-02-02T08:59:59+01:00";
pub(crate) const INSTANT: &str = "2026-02-02T09:00:00+01:00";
pub(crate) const DAY_AFTER: &str = "2026-02-03T11:30:00+01:00";
/// The id that the case has.
pub(crate) const CVE: &str = "CVE-2026-4242";

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
        &format!("cve-assigned --id {CVE}"),
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
    let told = done(&dir, &["publish"]);
    assert!(
        told.contains("white/2026/nn-2026_1-01.json was changed by hand"),
        "{told}"
    );
    assert_eq!(document(&dir), before);
    assert!(!done(&dir, &["publish"]).contains("by hand"), "told once");
}

/// Whoever asks why it is not out reads it, and need not be a program.
#[test]
fn what_is_held_back_at_its_instant_says_why() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(
        &dir,
        &[
            "person", "add", "analyst", "--name", "analyst", "--role", "auditor", "--as", "admin",
        ],
    );
    done(&dir, &["work", "--once", "--now", INSTANT]);
    assert!(published(&dir).is_empty());
    let listed = json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"]));
    let told = done(
        &dir,
        &["advisory", "show", listed[0]["id"].as_str().unwrap(), "--as", "lead"],
    );
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = listed[0]["held_back"].as_str().unwrap();
    assert!(
        !why.is_empty()
            && told.contains(&format!(
                "held back at 2026-02-02 09:00:00 Europe/Zurich, and asked again until it may go: {why}"
            )),
        "{told}"
    );
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
    // Nothing else was public: the list says that, and not that nothing ever was.
    let list = fs::read_to_string(dir.join("public/brand.example/index.html")).unwrap();
    assert!(
        list.contains("No advisory of ours holds now") && list.contains("advisories/nn-2026_1-01.html"),
        "{list}"
    );
    assert!(!list.contains("published no advisory yet"), "{list}");
    let white = dir.join("public/brand.example/.well-known/csaf/white");
    let feed = json(&fs::read_to_string(white.join("csaf-feed-tlp-white.json")).unwrap());
    assert_eq!(feed["feed"]["entry"], serde_json::json!([]));
    for empty in ["index.txt", "changes.csv"] {
        assert_eq!(fs::read_to_string(white.join(empty)).unwrap(), "", "{empty}");
    }
    let found = Command::new("grep")
        .args(["-rl", "A crafted packet"])
        .arg(dir.join("tree"))
        .output();
    assert_eq!(String::from_utf8_lossy(&found.unwrap().stdout), "");
    done(&dir, &["publish", "--verify"]);
    verified(&dir);
}

/// What a removal does to both slots the next publication does to one: what had to go is in neither already.
#[test]
fn only_the_publication_that_removes_something_fills_both_slots() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let two = ["--as", "lead", "--approved-by", "analyst"];
    let manifests = || ["a", "b"].map(|slot| fs::read(dir.join(format!("tree/{slot}.manifest"))).ok());
    let lacks_it = || {
        let found = Command::new("grep")
            .args(["-rl", "A crafted packet"])
            .arg(dir.join("tree"))
            .output();
        String::from_utf8_lossy(&found.unwrap().stdout).is_empty()
    };
    let remove = [
        "advisory",
        "remove",
        "NN-2026:1-01",
        "--revision",
        "1",
        "--why",
        "It named a person.",
    ];
    done(&dir, &[&remove[..], &two[..]].concat());
    done(&dir, &["work", "--once"]);
    let [a, b] = manifests();
    assert!(a.is_some() && a == b && lacks_it());

    let other = approved(&dir, "Overflow again");
    done(&dir, &[&["advisory", "order", &other][..], &two].concat());
    let worked = json(&done(&dir, &["work", "--once", "--json"]));
    assert_eq!(worked["published"].as_array().unwrap().len(), 1, "{worked}");
    let [a, b] = manifests();
    assert!(a.is_some() && b.is_some() && a != b, "both slots were filled");
    assert!(lacks_it());
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
            assert_eq!(waiting(dir).len(), 1, "what follows is there once");
            done(dir, &["publish", "--verify"]);
            verified(dir);
        },
    );
}

/// The house goes by the machine's clock from now on; when its last look was believed, the clock stood long before the instant.
fn leapt(dir: &Path) {
    let config = dir.join("candor.toml");
    let text = fs::read_to_string(&config).unwrap();
    let (before, clock) = text.split_once("[clock]").unwrap();
    assert!(clock.contains("simulated = true"), "{clock}");
    fs::write(&config, before).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let up_s: i64 = uptime.split_once('.').unwrap().0.parse().unwrap();
    let look = serde_json::json!({ "boot": boot.trim(), "up_s": up_s, "at": "2026-01-10T08:00:00Z" });
    fs::write(dir.join("clock.seen"), look.to_string()).unwrap();
}

#[test]
fn a_clock_that_leapt_publishes_nothing_until_somebody_looked_at_it() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    leapt(&dir);
    for _ in 0..2 {
        let worked = done(&dir, &["work", "--once"]);
        assert!(worked.contains("the clock leapt ahead since 2026-01-10"), "{worked}");
        assert!(published(&dir).is_empty() && !dir.join("public/brand.example/index.html").exists());
    }
    done(&dir, &["publish", "--clock-is-right"]);
    let out = published(&dir);
    assert_eq!(out.len(), 1, "{out:?}");
    assert!(out[0]["late_s"].as_i64().unwrap() > 86_400, "{out:?}");
    done(&dir, &["publish", "--verify"]);
}

/// Every file of the public tree.
fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let root = dir.join("public").canonicalize().unwrap();
    let mut files = BTreeMap::new();
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(text(path.strip_prefix(&root).unwrap()), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The generation that is public, by the manifest beside the slot.
fn generation(dir: &Path) -> u64 {
    let slot = dir.join("public").canonicalize().unwrap();
    let manifest = fs::read_to_string(slot.with_added_extension("manifest")).unwrap();
    manifest
        .lines()
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

/// A house whose first tree is public, and the order of a last revision that is not.
fn withdrawn(folder: &Path) -> PathBuf {
    let dir = scheduled(folder);
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let two = ["--as", "lead", "--approved-by", "analyst"];
    let withdraw = ["advisory", "withdraw", "NN-2026:1-01", "--why", "It was a mistake."];
    done(&dir, &[&withdraw[..], &two[..]].concat());
    dir
}

/// Whatever call a publication dies at, the whole old tree or the whole new one is public, and the next publication succeeds.
#[test]
fn a_publication_that_dies_leaves_one_generation_or_the_next() {
    let folder = TempDir::new().unwrap();
    let dir = withdrawn(folder.path());
    let (before, old) = (tree(&dir), generation(&dir));
    let swapped = std::cell::Cell::new(0);
    check_kills_of_each_kind(
        "publish",
        &|folder| {
            copy(&dir, &folder.join("house"));
            (folder.join("house"), vec!["publish".to_owned()])
        },
        &|dir, args, _| {
            done(dir, &["publish", "--verify"]);
            let now = generation(dir);
            assert!(now == old || now == old + 1, "{old} became {now}");
            if now == old {
                assert!(tree(dir) == before, "generation {old} has other files");
            } else {
                swapped.set(swapped.get() + 1);
                let page = &tree(dir)["brand.example/advisories/nn-2026_1-01.html"];
                assert!(String::from_utf8_lossy(page).contains("Withdrawn: "));
            }
            done(dir, args);
            assert_eq!(generation(dir), old + 1);
            // What waited for the record is told once that there is none.
            let ended = json(&done(dir, &["outbox", "--all", "--json", "--as", "analyst"]));
            assert!(
                waiting(dir).is_empty() && ended.as_array().unwrap().len() == 1,
                "{ended}"
            );
            assert_eq!(ended[0]["state"], "skipped");
            done(dir, &["publish", "--verify"]);
            verified(dir);
        },
    );
    if has("strace", "--version") {
        assert!(swapped.get() > 0, "no death came after the swap");
    }
}

/// A tree on a disk of its own that can be filled.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Only root may mount one, and not everywhere.
    fn at(place: &Path, kib: u32) -> Option<SmallDisk> {
        let size = format!("size={kib}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(place)
            .output();
        mounted
            .is_ok_and(|mounted| mounted.status.success())
            .then(|| SmallDisk(place.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn on_a_full_disk_nothing_is_half_published_and_room_mends_it() {
    let folder = TempDir::new().unwrap();
    let dir = withdrawn(folder.path());
    let (before, old) = (tree(&dir), generation(&dir));
    let kept = folder.path().join("kept");
    copy(&dir.join("tree"), &kept);
    let Some(_disk) = SmallDisk::at(&dir.join("tree"), 4_096) else {
        return skipped("the right to mount a small tmpfs (root)");
    };
    copy(&kept, &dir.join("tree"));
    let (mut filler, mut room) = (Vec::new(), 0);
    // From no room at all to as much as it needs, some pages at a time.
    loop {
        let rest = dir.join("tree/filler");
        fs::write(&rest, b"").unwrap();
        filler.clear();
        filler.resize(4 << 20, 0_u8);
        // As much as fits; then some of it is given back.
        let _ = fs::write(&rest, &filler);
        let full = fs::metadata(&rest).unwrap().len();
        fs::File::options()
            .write(true)
            .open(&rest)
            .unwrap()
            .set_len(full.saturating_sub(room))
            .unwrap();
        let output = fed(&mut command(&dir, &["publish"]), b"");
        fs::remove_file(&rest).unwrap();
        if output.status.code() == Some(0) {
            break;
        }
        let told = said(&output);
        for part in [
            "there is no room to ",
            "make room on its disk, then publish again",
            "still is",
        ] {
            assert!(told.contains(part), "with {room} bytes left: {told}");
        }
        assert!(
            generation(&dir) == old && tree(&dir) == before,
            "with {room} bytes left the tree is another one"
        );
        room += 48 << 10;
    }
    assert!(room >= 96 << 10, "it never was too full");
    assert_eq!(generation(&dir), old + 1);
    done(&dir, &["publish", "--verify"]);
    verified(&dir);
}

/// A case that is fixed, and an approved text on it; gives back its id.
fn approved(dir: &Path, title: &str) -> String {
    let case = report(dir, &format!("{title} in the service"), &["--product", "Service"]);
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
        let words = format!("case {kind} {case} {options} --as analyst");
        done(dir, &words.split_whitespace().collect::<Vec<_>>());
    }
    let text = ["--title", title, "--summary", title, "--json", "--as", "analyst"];
    let id = json(&done(dir, &[&["advisory", "draft", &case], &text[..]].concat()))["id"].clone();
    let id = id.as_str().unwrap().to_owned();
    done(dir, &["advisory", "approve", &id, "--as", "lead"]);
    id
}

const AT_ONCE: usize = 8;

/// Eight processes each order an advisory and publish, all at the same time.
#[test]
fn of_eight_publications_at_once_all_succeed_and_none_is_lost() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let mut ids = Vec::new();
    for number in 0..AT_ONCE {
        ids.push(approved(&dir, &format!("Overflow {number}")));
    }
    std::thread::scope(|scope| {
        for id in &ids {
            let dir = &dir;
            scope.spawn(move || {
                done(
                    dir,
                    &["advisory", "order", id, "--as", "lead", "--approved-by", "analyst"],
                );
                done(dir, &["publish"]);
            });
        }
    });
    assert_eq!(published(&dir).len(), AT_ONCE + 1);
    let files = tree(&dir);
    let pages = files
        .keys()
        .filter(|file| file.contains("/advisories/") && file.ends_with(".html"));
    assert_eq!(pages.count(), AT_ONCE + 1);
    done(&dir, &["publish", "--verify"]);
    verified(&dir);
}
