//! Death at the system calls that write: of a report, a backup, a restore, a shredding, an upgrade. What was acknowledged is there, once;
//! repeating the command makes everything whole; no half of anything is taken for the whole.
//!
//! Needs `strace`, which kills at the n-th call of a kind. A run takes a spread sample; `CANDOR_DEEP=1` takes every call there is.

use crate::house::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The calls that change something outside of the process.
pub(crate) const CALLS: &str = "pwrite64,write,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,\
                     ftruncate,mkdir,mkdirat,rmdir,syncfs,fchmod,utimensat,openat";
/// Most of what is opened is read: of these calls only those count that may make a file.
const MAKING: (&str, &str) = ("openat", "O_CREAT");
/// Points of one command in a run that is not deep.
const SAMPLE: usize = 13;

/// One command under `strace`.
fn traced(dir: &Path, args: &[&str], options: &[&str]) -> Output {
    let plain = command(dir, args);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq"])
        .args(options)
        .arg(plain.get_program())
        .args(plain.get_args());
    traced.env_remove("CANDOR_DIR");
    fed(&mut traced, b"A report that must not get lost\n")
}

/// Where a command may be killed.
fn calls(dir: &Path, args: &[&str], folder: &Path) -> Vec<Point> {
    let log = folder.join("calls");
    let trace = format!("trace={CALLS}");
    let output = traced(dir, args, &["-o", &text(&log), "-e", &trace]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    counted(&log)
}

/// Each call in what `strace` wrote, by how many of its kind its thread has made with it: `strace` counts for each thread.
pub(crate) fn counted(log: &Path) -> Vec<Point> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut points = BTreeSet::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        if let Some((call, arguments)) = rest.trim_start().split_once('(') {
            let count = counts.entry((call.to_owned(), thread.to_owned())).or_default();
            *count += 1;
            let (opens, making) = MAKING;
            if call != opens || arguments.contains(making) {
                points.insert((call.to_owned(), *count));
            }
        }
    }
    assert!(points.len() > 10, "too few calls to be true: {points:?}");
    points.into_iter().collect()
}

/// Kills a command at its calls, each time on a new copy of the same state, and looks at what is left.
///
/// `prepare` gives the directory that the command runs on and its words; `check` gets the same, and what the command had said by then.
pub(crate) fn check_kills(
    name: &str,
    prepare: &dyn Fn(&Path) -> (PathBuf, Vec<String>),
    check: &dyn Fn(&Path, &[&str], &str),
) {
    let spread = |points: &[Point]| {
        let step = points.len().div_ceil(SAMPLE);
        points.iter().step_by(step).cloned().collect()
    };
    check_kills_at(name, prepare, check, &spread);
}

/// The same, at a middle and at the last call of each kind: between them they stand for what comes before and after every kind of write.
pub(crate) fn check_kills_of_each_kind(
    name: &str,
    prepare: &dyn Fn(&Path) -> (PathBuf, Vec<String>),
    check: &dyn Fn(&Path, &[&str], &str),
) {
    check_kills_at(name, prepare, check, &of_each_kind);
}

fn of_each_kind(points: &[Point]) -> Vec<Point> {
    let mut kinds: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in points {
        kinds.entry(&point.0).or_default().push(point);
    }
    let mut chosen: BTreeSet<&Point> = BTreeSet::new();
    for of in kinds.values() {
        chosen.extend(of.get(of.len().saturating_sub(1) / 2));
        chosen.extend(of.last());
    }
    chosen.into_iter().cloned().collect()
}

/// Where to kill: every point in a deep run, else a middle and the last one of each kind.
pub(crate) fn points(all: Vec<Point>) -> Vec<Point> {
    match is_deep() {
        true => all,
        false => of_each_kind(&all),
    }
}

fn is_deep() -> bool {
    std::env::var("CANDOR_DEEP").is_ok()
}

/// A call, and how many of its kind a thread has made with it.
pub(crate) type Point = (String, usize);

fn check_kills_at(
    name: &str,
    prepare: &dyn Fn(&Path) -> (PathBuf, Vec<String>),
    check: &dyn Fn(&Path, &[&str], &str),
    sample: &dyn Fn(&[Point]) -> Vec<Point>,
) {
    if !has("strace", "--version") {
        return skipped("strace");
    }
    let with = |run: &dyn Fn(&Path, &[&str], &Path)| {
        let folder = TempDir::new().unwrap();
        let (dir, args) = prepare(folder.path());
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        run(&dir, &args, folder.path());
    };
    let points = std::cell::RefCell::new(Vec::new());
    with(&|dir, args, folder| {
        points.replace(calls(dir, args, folder));
    });
    let points = points.into_inner();
    let chosen = match is_deep() {
        true => points.clone(),
        false => sample(&points),
    };
    let mut killed = 0;
    for (call, n) in &chosen {
        with(&|dir, args, _| {
            let output = traced(dir, args, &["-e", &format!("inject={call}:signal=KILL:when={n}")]);
            check(dir, args, &String::from_utf8_lossy(&output.stdout));
        });
        killed += 1;
    }
    println!("{name}: {killed} of {} points", points.len());
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn numbers(dir: &Path) -> Vec<String> {
    let cases = json(&done(dir, &["case", "list", "--json", "--as", "lead"]));
    cases
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["number"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_report_that_was_acknowledged_is_there_once() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let report = [
        "report",
        "-",
        "--from",
        "ada@example.org",
        "--command",
        "portal:9",
        "--json",
        "--as",
        "analyst",
    ];
    check_kills(
        "report",
        &|folder| {
            copy(&dir, &folder.join("house"));
            (folder.join("house"), words(&report))
        },
        &|dir, args, said| {
            let acknowledged = serde_json::from_str::<serde_json::Value>(said).ok();
            let acknowledged = acknowledged.map(|said| said["number"].as_str().unwrap().to_owned());
            let before = numbers(dir);
            if let Some(number) = &acknowledged {
                assert!(before.contains(number), "{number} was acknowledged, and is lost");
            }
            verified(dir);
            let again = json(&done_with(dir, args, b"A report that must not get lost\n"));
            let number = again["number"].as_str().unwrap().to_owned();
            assert!(acknowledged.is_none_or(|acknowledged| acknowledged == number));
            let after = numbers(dir);
            assert_eq!(
                (after.len(), after.iter().filter(|other| **other == number).count()),
                (4, 1)
            );
            assert_eq!(
                done(dir, &["case", "raw", &number, "--as", "lead"]),
                "A report that must not get lost\n"
            );
            verified(dir);
        },
    );
}

#[test]
fn an_import_of_cases_is_whole_or_none() {
    const ROWS: usize = 40;
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let rows: String = (0..ROWS)
        .map(|row| format!("OLD-{row},Something of then,nozomi-networks,2024-01-02,2024-01-03\n"))
        .collect();
    let file = base.path().join("old.csv");
    fs::write(&file, format!("id,title,brand,received,reviewed\n{rows}")).unwrap();
    let file = text(&file);
    let import = ["import", "cases", &file, "--as", "lead", "--approved-by", "publisher"];
    let before = numbers(&dir).len();
    check_kills(
        "import cases",
        &|folder| {
            copy(&dir, &folder.join("house"));
            (folder.join("house"), words(&import))
        },
        &|dir, args, said| {
            verified(dir);
            let there = numbers(dir).len() - before;
            assert!(there == 0 || there == ROWS, "{there} of {ROWS} cases are there");
            assert!(there == ROWS || !said.contains("40 written"), "{said}");
            done(dir, args);
            assert_eq!(numbers(dir).len() - before, ROWS);
            verified(dir);
        },
    );
}

#[test]
fn a_backup_is_whole_or_none() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let (recipient, secret) = backup_key(&base);
    check_kills(
        "backup",
        &|folder| {
            copy(&dir, &folder.join("house"));
            let out = text(folder.join("out"));
            (folder.join("house"), words(&["backup", "--to", &recipient, &out]))
        },
        &|dir, args, _| {
            let (journal, keys) = (format!("{}.house", args[3]), format!("{}.keys", args[3]));
            let check = || done(dir, &["backup", "verify", &journal, &keys, "--secret-key", &secret]);
            if Path::new(&journal).exists() {
                check();
            } else {
                done(dir, args);
                check();
            }
            verified(dir);
        },
    );
}

#[test]
fn a_half_made_directory_is_no_house() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let (recipient, secret) = backup_key(&base);
    done(&dir, &["journal", "checkpoint"]);
    let root = verified(&dir);
    let out = text(base.path().join("out"));
    done(&dir, &["backup", "--to", &recipient, &out]);
    let key = text(dir.join("keys/master.key"));
    let restore = [
        "restore",
        &format!("{out}.house"),
        &format!("{out}.keys"),
        "--secret-key",
        &secret,
        "--master-key",
        &key,
    ];
    check_kills(
        "restore",
        &|folder| (folder.join("new"), words(&restore)),
        &|dir, args, _| {
            let output = fed(&mut command(dir, &["case", "list", "--as", "lead"]), b"");
            match output.status.code() {
                // It is a house only if it is all of it.
                Some(0) => {}
                _ => drop(done(dir, args)),
            }
            assert_eq!(verified(dir), root);
            assert!(!dir.join("unfinished").exists());
        },
    );
}

#[test]
fn a_shredding_is_finished_by_repeating_it() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let shred = [
        "shred",
        "case",
        REJECTED,
        "--why",
        "Retention is over",
        "--as",
        "lead",
        "--approved-by",
        "publisher",
    ];
    check_kills(
        "shred",
        &|folder| {
            copy(&dir, &folder.join("house"));
            (folder.join("house"), words(&shred))
        },
        &|dir, args, _| {
            let found = fed(&mut command(dir, &["journal", "verify"]), b"");
            let text = said(&found);
            let unfinished = text.contains("repeat `candor shred`") || text.contains("repeat the `candor shred`");
            assert!(found.status.success() || unfinished, "{text}");
            done(dir, args);
            verified(dir);
            refused(dir, &["case", "show", REJECTED, "--as", "lead"], &["no such case"]);
            assert_eq!(numbers(dir).len(), 2);
        },
    );
}

#[test]
fn an_upgrade_has_happened_or_has_not() {
    check_kills(
        "upgrade",
        &|folder| (older(folder), words(&["upgrade"])),
        &|dir, args, _| {
            let output = fed(&mut command(dir, &["case", "list", "--as", "lead"]), b"");
            if !output.status.success() {
                assert!(said(&output).contains("has format 1"), "{}", said(&output));
            }
            done(dir, args);
            let found = json(&done(dir, &["journal", "verify", "--json"]));
            assert_eq!((&found["sound"], &found["blobs"]), (&true.into(), &3.into()));
        },
    );
}
