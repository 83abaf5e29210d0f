//! The built binary: what it says, where, and with which status.

#![expect(clippy::unwrap_used, reason = "a test whose machine fails ends at once")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn candor(args: &[&str]) -> Output {
    candor_with(args, b"")
}

fn candor_with(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(args)
        .env_remove("CANDOR_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have ended before.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Checks status, and parts of what is said: on standard output where it went well, else on standard error or output.
fn check(output: &Output, status: i32, parts: &[&str]) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    assert!(!text.contains("panicked"), "{text}");
    text
}

fn check_candor(args: &[&str], status: i32, parts: &[&str]) -> String {
    check(&candor(args), status, parts)
}

fn policy(id: &str) -> String {
    format!("{}/../../policies/{id}.policy.md", env!("CARGO_MANIFEST_DIR"))
}

fn file(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const STORY: &str = r#"
policy = "nozomi-networks"

[[product]]
name = "Sensor 25"
deployment = "on-prem"

[[event]]
at = 2026-09-01T08:00:00+02:00
received = { by = "external:r1" }

[[event]]
at = 2026-09-01T08:01:00+02:00
acknowledged = {}

[[event]]
at = 2026-09-03T14:30:00+02:00
by = "analyst"
confirmed = { origin = "own", products = ["Sensor 25"] }

[[event]]
at = 2026-09-03T15:00:00+02:00
by = "analyst"
scored = { vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", source = "own" }
"#;

#[test]
fn vectors_are_scored_one_a_line() {
    let output = candor_with(
        &["cvss"],
        b"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\nnonsense\n\xff\n",
    );
    let text = check(&output, 0, &["\t9.8\t", "nonsense\tERR ", "ERR this is not UTF-8"]);
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn a_vector_is_explained() {
    check_candor(
        &["cvss", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"],
        0,
        &["Base", "9.8", "Attack Vector"],
    );
    check_candor(
        &["cvss", "--json", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"],
        0,
        &["\"score\": 9.8"],
    );
    check_candor(&["cvss", "CVSS:3.1/AV:X"], 1, &["not a CVSS vector"]);
}

#[test]
fn the_shipped_policies_can_be_adopted() {
    for id in ["nozomi-networks", "128-technology", "cra-article-14", "house"] {
        check_candor(&["policy", "check", id], 0, &[id]);
        check_candor(&["policy", "explain", &policy(id)], 0, &["→"]);
    }
}

#[test]
fn a_broken_policy_is_told_with_its_line_and_a_caret() {
    let dir = TempDir::new().unwrap();
    let text = fs::read_to_string(policy("nozomi-networks")).unwrap();
    let broken = text.replacen("\"fix-released\"", "\"fix-vanished\"", 1);
    let line = broken.lines().position(|line| line.contains("fix-vanished")).unwrap() + 1;
    let path = file(&dir, "nozomi-networks.policy.md", &broken);
    check_candor(
        &["policy", "check", &path],
        1,
        &[
            "error[",
            &format!("nozomi-networks.policy.md:{line}:"),
            "^",
            "it cannot be adopted",
        ],
    );
    let json = check_candor(
        &["policy", "check", &path, "--json"],
        1,
        &[&format!("\"line\": {line}")],
    );
    assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().is_array());
    let story = file(&dir, "story.toml", STORY);
    check_candor(
        &["policy", "due", &path, &story, "--now", "2026-10-01T12:00:00+02:00"],
        1,
        &["nothing can be computed"],
    );
}

#[test]
fn a_missing_file_is_a_mistake_of_usage() {
    check_candor(
        &["policy", "check", "nowhere.policy.md"],
        2,
        &["there is no file `nowhere.policy.md`: check the path"],
    );
    let dir = TempDir::new().unwrap();
    let folder = dir.path().to_str().unwrap();
    check_candor(
        &["policy", "check", &format!("{folder}/.")],
        2,
        &["is a folder: name a file in it"],
    );
    let bytes = dir.path().join("bytes.policy.md");
    fs::write(&bytes, b"+++\n\xff").unwrap();
    check_candor(
        &["policy", "check", bytes.to_str().unwrap()],
        1,
        &["bytes.policy.md:2: this is not UTF-8"],
    );
    check_candor(
        &["policy", "check", "nowhere"],
        2,
        &["neither a file nor", "nozomi-networks"],
    );
}

#[test]
fn obligations_come_as_rows_and_as_proofs() {
    let dir = TempDir::new().unwrap();
    let story = file(&dir, "story.toml", STORY);
    let due = |more: &[&str]| {
        let mut args = vec!["policy", "due"];
        args.extend(more);
        args.extend([story.as_str(), "--now", "2026-10-01T12:00:00+02:00", "--json"]);
        let rows: serde_json::Value = serde_json::from_str(&check_candor(&args, 0, &[])).unwrap();
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["rule"] == "onprem-high-fix")
            .unwrap()
            .clone();
        row["due"].as_str().unwrap().to_owned()
    };
    assert_eq!(due(&[]), "2026-11-03T23:59:59+01:00");
    assert_eq!(due(&[&policy("nozomi-networks")]), "2026-11-03T23:59:59+01:00");
    // Another reading of the same sentence: from the report on.
    let other = due(&["--reading", "months=thirty-days"]);
    assert_eq!(other, "2026-11-02T23:59:59+01:00");
    check_candor(
        &["policy", "due", &story, "--now", "2026-10-01T12:00:00+02:00"],
        0,
        &["§N3  onprem-high-fix  Sensor 25", "because §N3"],
    );
    check_candor(&["policy", "due", &story], 2, &["--now"]);
    check_candor(
        &["policy", "due", "house", &story, "--now", "2026-10-01T12:00:00+02:00"],
        2,
        &["names the policy `nozomi-networks`"],
    );
    check_candor(
        &[
            "policy",
            "due",
            &story,
            "--reading",
            "nothing=x",
            "--now",
            "2026-10-01T12:00:00+02:00",
        ],
        2,
        &["reading `nothing`"],
    );
}

/// A story is judged by nobody when it is written: what a house would have refused does not give time here either.
#[test]
fn a_score_that_one_person_lowered_does_not_count() {
    let dir = TempDir::new().unwrap();
    let lowered = |more: &str| {
        format!(
            "{STORY}\n[[event]]\nat = 2026-09-04T09:00:00+02:00\nby = \"analyst\"\n{more}scored = {{ vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N\", source = \"own\"WHY }}\n"
        )
    };
    let why = ", why = \"a click is needed\"";
    let second = "approved-by = \"lead\"\n";
    let discounted =
        "The score of event 5 does not count: it is refused by §N30 of nozomi-networks: a lower band gives more time";
    for (more, why, due, counts) in [
        ("", "", "2026-11-03", false),
        ("", why, "2026-11-03", false),
        (second, "", "2026-11-03", false),
        (second, why, "", true),
    ] {
        let story = file(&dir, "story.toml", &lowered(more).replace("WHY", why));
        let said = check_candor(
            &["policy", "due", &story, "--now", "2026-10-01T12:00:00+02:00"],
            0,
            &["§N3  onprem-high-fix  Sensor 25"],
        );
        let high = said
            .lines()
            .find(|line| line.starts_with("§N3  onprem-high-fix"))
            .unwrap();
        assert_eq!(high.contains("running") && high.contains(due), !counts, "{said}");
        assert_eq!(
            said.replace('\n', " ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains(discounted),
            !counts,
            "{said}"
        );
    }
}

#[test]
fn a_decision_over_a_rule_that_nobody_has_is_noted() {
    let dir = TempDir::new().unwrap();
    let waived = |rule: &str| {
        let text = format!(
            "{STORY}\n[[event]]\nat = 2026-09-04T09:00:00+02:00\nby = \"lead\"\napproved-by = \"analyst\"\nwaived = {{ rule = \"{rule}\", why = \"no customer\" }}\n"
        );
        file(&dir, "story.toml", &text)
    };
    let note = "note: event 5, `waived`, changes nothing: none of these policies has a rule `onprem-hihg-fix`";
    let story = waived("onprem-hihg-fix");
    let args = ["policy", "due", &story, "--now", "2026-10-01T12:00:00+02:00"];
    check_candor(&args, 0, &[note]);
    let output = candor(&[&args[..], &["--json"]].concat());
    serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).starts_with(note));
    let story = waived("onprem-high-fix");
    let said = check_candor(&["policy", "due", &story, "--now", "2026-10-01T12:00:00+02:00"], 0, &[]);
    assert!(!said.contains("note:"), "{said}");
}

#[test]
fn a_story_that_expects_a_refusal_says_where_it_did_not_come() {
    let dir = TempDir::new().unwrap();
    let expect = |clause: &str| {
        format!(
            "{STORY}\n[[event]]\nat = 2026-09-04T09:00:00+02:00\nby = \"analyst\"\nexpect = {{ refused = \"{clause}\" }}\npause-asked = {{ rule = \"onprem-high-fix\" }}\n"
        )
    };
    let now = ["--now", "2026-10-01T12:00:00+02:00"];
    let kept = file(&dir, "kept.toml", &expect("N3"));
    check_candor(&["policy", "due", &kept, now[0], now[1]], 0, &[]);
    let unkept = file(&dir, "unkept.toml", &expect("N13"));
    let line = expect("N13").lines().position(|line| line.contains("expect")).unwrap() - 2;
    check_candor(
        &["policy", "due", &unkept, now[0], now[1]],
        1,
        &[&format!("unkept.toml:{line}: "), "§N13"],
    );
}

#[test]
fn an_impossible_date_and_an_unknown_vector_are_told_with_their_line() {
    let dir = TempDir::new().unwrap();
    let now = ["--now", "2026-10-01T12:00:00+02:00"];
    let story = file(
        &dir,
        "date.toml",
        &STORY.replace("2026-09-03T14:30:00+02:00", "2026-02-30T14:30:00+02:00"),
    );
    check_candor(&["policy", "due", &story, now[0], now[1]], 1, &["date.toml:17: "]);
    let story = file(&dir, "vector.toml", &STORY.replace("AV:N", "AV:Z"));
    check_candor(
        &["policy", "due", &story, now[0], now[1]],
        1,
        &["vector.toml:21: ", "scored"],
    );
    check_candor(
        &["policy", "due", &story, "--now", "2026-02-30T12:00:00+01:00"],
        2,
        &["is not an instant"],
    );
}

/// A house with an administrator, an analyst and a lead, on a simulated clock.
struct House {
    _parent: TempDir,
    dir: PathBuf,
}

impl House {
    fn new() -> House {
        let parent = TempDir::new().unwrap();
        let dir = parent.path().join("house");
        let house = House { _parent: parent, dir };
        house.check(
            &[
                "init",
                "--name",
                "Test",
                "--simulated-clock",
                "2026-01-05T08:00:00+01:00",
            ],
            0,
            &["recovery key"],
        );
        house.check(
            &[
                "person",
                "add",
                "admin",
                "--name",
                "Administrator",
                "--role",
                "administrator",
                "--as",
                "admin",
            ],
            0,
            &[],
        );
        house.check(
            &[
                "person", "add", "analyst", "--name", "Analyst", "--role", "analyst", "--as", "admin",
            ],
            0,
            &[],
        );
        house.check(
            &[
                "person", "add", "lead", "--name", "Lead", "--role", "lead", "--as", "admin",
            ],
            0,
            &[],
        );
        let brand = [
            "--domain",
            "brand.example",
            "--policy",
            "nozomi-networks",
            "--prefix",
            "NN",
            "--contact",
            "psirt@brand.example",
        ];
        house.check(
            &[
                &["brand", "add", "brand", "--name", "Brand", "--as", "admin"][..],
                &brand,
            ]
            .concat(),
            0,
            &[],
        );
        house.check(
            &[
                "product",
                "add",
                "Sensor 25",
                "--brand",
                "brand",
                "--deployment",
                "on-prem",
                "--as",
                "lead",
            ],
            0,
            &[],
        );
        house
    }

    fn run(&self, args: &[&str], input: &[u8]) -> Output {
        let dir = self.dir.to_str().unwrap();
        candor_with(&[args, &["--dir", dir]].concat(), input)
    }

    fn check(&self, args: &[&str], status: i32, parts: &[&str]) -> String {
        check(&self.run(args, b""), status, parts)
    }

    fn report(&self) -> String {
        let output = self.run(
            &["report", "-", "--product", "Sensor 25", "--as", "analyst"],
            b"Command injection\n\nIt goes like this.\n",
        );
        check(&output, 0, &["NN-2026-"]).lines().next().unwrap().to_owned()
    }
}

#[test]
fn a_data_directory_is_its_owners_alone_and_made_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    let mut open = Vec::new();
    let mut folders = vec![house.dir.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let metadata = entry.metadata().unwrap();
            if metadata.permissions().mode() & 0o077 != 0 {
                open.push(entry.path());
            }
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    assert_eq!(
        open,
        [house.dir.join("tree")],
        "only the way to the published tree is open, and cannot be listed"
    );
    for way in [house.dir.clone(), house.dir.join("tree")] {
        assert_eq!(fs::metadata(way).unwrap().permissions().mode() & 0o777, 0o711);
    }
    for name in [
        "candor.toml",
        "db/candor.db",
        "keys/keys.db",
        "keys/master.key",
        "blobs",
        "tree",
        "checkpoints",
    ] {
        assert!(house.dir.join(name).exists(), "{name}");
    }
    house.check(
        &["init", "--name", "Again"],
        1,
        &["is not empty", "Nothing was written"],
    );
}

#[test]
fn a_report_becomes_a_case_with_promises() {
    let house = House::new();
    house.check(
        &["policy", "adopt", "nozomi-networks", "--as", "lead"],
        1,
        &["act of two people"],
    );
    house.check(
        &[
            "policy",
            "adopt",
            "nozomi-networks",
            "--as",
            "lead",
            "--approved-by",
            "lead",
        ],
        1,
        &["are the same"],
    );
    house.check(
        &[
            "policy",
            "adopt",
            "nozomi-networks",
            "--as",
            "lead",
            "--approved-by",
            "analyst",
        ],
        0,
        &["is adopted"],
    );
    house.check(&["policy", "list"], 0, &["nozomi-networks", "version 1"]);
    let number = house.report();
    let case = |words: &[&str], status, parts: &[&str]| {
        house.check(
            &[&["case", words[0], number.as_str()], &words[1..], &["--as", "analyst"]].concat(),
            status,
            parts,
        )
    };
    case(&["acknowledged"], 0, &["Recorded for"]);
    case(
        &[
            "confirmed",
            "--origin",
            "own",
            "--products",
            "Sensor 25",
            "--now",
            "2026-01-06T09:00:00+01:00",
        ],
        0,
        &[],
    );
    case(
        &[
            "scored",
            "--vector",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "--source",
            "own",
        ],
        0,
        &[],
    );
    case(&["scored", "--vector", "CVSS:3.1/AV:Q"], 2, &["scored"]);
    case(
        &["show"],
        0,
        &["Command injection", "§N3", "onprem-high-fix", "due 2026-03-06 23:59"],
    );
    case(&["why", "N3"], 0, &["because §N3"]);
    case(
        &["pause-asked", "--rule", "onprem-high-fix"],
        1,
        &["refused by §N3", "Nothing was recorded"],
    );
    case(&["raw"], 0, &["It goes like this."]);
    house.check(
        &["case", "show", &number, "--as", "admin"],
        1,
        &["no such case, or not for you"],
    );
    house.check(
        &["case", "show", "NN-2026-00000", "--as", "analyst"],
        1,
        &["no such case, or not for you"],
    );
    house.check(&["case", "show", &number], 2, &["--as NAME"]);
    house.check(
        &["case", "list", "--as", "analyst", "--now", "2026-01-05T09:00:00+01:00"],
        1,
        &["goes forward only"],
    );
    house.check(&["journal", "verify"], 0, &["everything fits"]);

    // The exported story gives the same dates.
    let story = house.dir.join("story.toml");
    case(&["export", "--story", "--output", story.to_str().unwrap()], 0, &[]);
    let shown: serde_json::Value = serde_json::from_str(&case(&["show", "--json"], 0, &[])).unwrap();
    let due = check_candor(
        &[
            "policy",
            "due",
            story.to_str().unwrap(),
            "--now",
            "2026-01-06T09:00:00+01:00",
            "--json",
        ],
        0,
        &[],
    );
    let due: serde_json::Value = serde_json::from_str(&due).unwrap();
    assert!(due.as_array().is_some_and(|rows| !rows.is_empty()));
    assert_eq!(dates(&shown["obligations"]), dates(&due));
}

/// A release was recorded of the wrong line: it is found by its number, and taken back with a reason.
#[test]
fn a_mistake_of_a_product_line_is_taken_back() {
    let house = House::new();
    let check = |words: &[&str], status, parts: &[&str]| house.check(words, status, parts);
    let show = ["product", "show", "Sensor 25"];
    check(&show, 0, &["on-prem", "Nothing was recorded of it."]);
    check(&["product", "show", "Toaster"], 1, &["no such product line"]);
    for words in [
        &[
            "release-planned",
            "Sensor 25",
            "--version",
            "25.2",
            "--date",
            "2027-11-02",
        ][..],
        &[
            "release-moved",
            "Sensor 25",
            "--version",
            "25.2",
            "--date",
            "2027-12-02",
        ],
        &["support-ended", "Sensor 25"],
    ] {
        check(
            &[&["line"], words, &["--as", "analyst"]].concat(),
            0,
            &["Recorded for Sensor 25"],
        );
    }
    check(
        &show,
        0,
        &[
            "2  ",
            "release-planned  25.2 for 2027-11-02",
            "release-moved    25.2 to 2027-12-02",
            "4  ",
        ],
    );
    let retracted = |event: &str, status, parts: &[&str]| {
        let words = ["line", "retracted", "Sensor 25", "--event", event];
        check(
            &[&words[..], &["--why", "the wrong line", "--as", "analyst"]].concat(),
            status,
            parts,
        );
    };
    retracted(
        "2",
        1,
        &["`release-moved` 25.2 (entry 3) stands on this `release-planned`"],
    );
    retracted("9", 1, &["it has `release-planned` 25.2 (entry 2), "]);
    retracted("3", 0, &["Taken back for Sensor 25: release-moved (entry 3)"]);
    retracted(
        "support-ended",
        0,
        &["Taken back for Sensor 25: support-ended (entry 4)"],
    );
    check(&show, 0, &["by analyst, retracted on ", " by analyst: the wrong line"]);
    let shown = check(&["product", "show", "Sensor 25", "--json"], 0, &[]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let recorded = shown["recorded"].as_array().unwrap();
    let numbers: Vec<_> = recorded
        .iter()
        .map(|entry| (entry["number"].as_u64(), !entry["retracted"].is_null()))
        .collect();
    assert_eq!(numbers, [(Some(2), false), (Some(3), true), (Some(4), true)]);
    assert_eq!(recorded[1]["retracted"]["why"], "the wrong line");
    check(
        &[
            "line",
            "retracted",
            "Sensor 25",
            "--event",
            "2",
            "--at",
            "2027-01-01T00:00:00Z",
        ],
        2,
        &["--at"],
    );
}

/// Two reports of one flaw become one case, a second flaw gets a case of its own, a certificate team's id finds it, and another
/// vendor is asked.
#[test]
fn cases_are_merged_split_named_and_handed_over() {
    let house = House::new();
    let adopt = [
        "policy",
        "adopt",
        "nozomi-networks",
        "--as",
        "lead",
        "--approved-by",
        "analyst",
    ];
    house.check(&adopt, 0, &["is adopted"]);
    let line = [
        "product",
        "add",
        "Sensor 24",
        "--brand",
        "brand",
        "--deployment",
        "on-prem",
        "--as",
        "lead",
    ];
    house.check(&line, 0, &[]);
    let (first, second) = (house.report(), house.report());
    let case = |words: &[&str], status, parts: &[&str]| {
        house.check(&[&["case"], words, &["--as", "analyst"]].concat(), status, parts)
    };
    let confirmed = [
        "confirmed",
        &first,
        "--origin",
        "own",
        "--products",
        "Sensor 25,Sensor 24",
    ];
    case(&confirmed, 0, &[]);
    let scored = [
        "scored",
        &first,
        "--vector",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "--source",
        "own",
    ];
    case(&scored, 0, &[]);
    case(
        &["merge", &first, "--into", &first],
        1,
        &["not merged into itself", "Nothing was recorded"],
    );
    case(
        &["merge", &second, "--into", &first, "--why", "the same flaw"],
        0,
        &["both numbers find it"],
    );
    case(
        &["show", &second],
        0,
        &[
            &format!("{second} was merged into {first}"),
            &format!("Merged with {second}"),
        ],
    );
    case(&["show", &second], 0, &["V/A/Vfdpxa"]);
    case(
        &["retracted", &first, "--event", "merged", "--why", "two flaws"],
        0,
        &[],
    );
    case(&["show", &second], 0, &["received"]);
    case(&["merge", &second, "--into", &first], 0, &[]);
    let split = [
        "split",
        &first,
        "--reports",
        &second,
        "--products",
        "Sensor 24",
        "--title",
        "Another flaw",
        "--json",
    ];
    let split: serde_json::Value = serde_json::from_str(&case(&split, 0, &[])).unwrap();
    let new = split["number"].as_str().unwrap().to_owned();
    case(
        &["show", &new],
        0,
        &[
            "Another flaw",
            &format!("Split from {first}"),
            "Sensor 24",
            "due 2026-03-05 23:59",
        ],
    );
    let left = case(&["show", &first], 0, &["Sensor 25"]);
    assert!(!left.contains("Sensor 24"), "{left}");
    case(&["alias", &new, "--id", "VU#123456", "--by", "cert-cc"], 0, &[]);
    case(&["alias", &new, "--id", "two words"], 1, &["an id without spaces"]);
    case(&["show", &new], 0, &["Also known as VU#123456 (cert-cc)"]);
    case(
        &["retracted", &new, "--event", "alias", "--why", "another case's"],
        0,
        &[],
    );
    assert!(!case(&["show", &new], 0, &[]).contains("VU#123456"));
    let third = house.report();
    case(&["rejected", &third, "--exit", "other-vendor"], 1, &["handed over"]);
    case(
        &["handed-over", &third, "--vendor", "Acme", "--review-by", "2026-01-20"],
        0,
        &[],
    );
    case(&["show", &third], 0, &["The answer of Acme; review by 2026-01-20"]);
    case(
        &["vendor-answered", &third, "--vendor", "Acme", "--answer", "accepted"],
        0,
        &[],
    );
    case(&["rejected", &third, "--exit", "other-vendor"], 0, &[]);
    case(
        &["vendor-answered", &third, "--vendor", "Acme", "--answer", "declined"],
        0,
        &[],
    );
    case(&["show", &third], 0, &["reopen the case, or hand it over"]);
    house.check(&["journal", "verify"], 0, &["everything fits"]);
}

/// Rows without what an export renumbers: places of entries, and the paragraph that may quote them.
fn dates(rows: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut rows = rows.as_array().unwrap().clone();
    rows.iter_mut()
        .for_each(|row| drop(row.as_object_mut().unwrap().remove("proof")));
    rows
}

#[test]
fn an_unknown_key_of_the_configuration_is_told_with_its_line() {
    let house = House::new();
    let path = house.dir.join("candor.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().count() + 2;
    fs::write(&path, format!("{text}\nspeed = \"high\"\n")).unwrap();
    house.check(
        &["person", "list"],
        3,
        &[&format!("candor.toml:{line}: unknown field `speed`")],
    );
}

#[test]
fn a_directory_without_a_house_is_told() {
    let dir = TempDir::new().unwrap();
    check_candor(
        &["person", "list", "--dir", dir.path().to_str().unwrap()],
        2,
        &["is no data directory", "candor init"],
    );
}

#[test]
fn the_machines_clock_is_not_set() {
    let parent = TempDir::new().unwrap();
    let dir = parent.path().join("house");
    let dir = dir.to_str().unwrap();
    check_candor(&["init", "--name", "Test", "--dir", dir], 0, &[]);
    check_candor(
        &["person", "list", "--dir", dir, "--now", "2026-01-05T08:00:00+01:00"],
        2,
        &["machine's clock"],
    );
}

#[test]
fn a_damaged_journal_is_told_with_its_place_and_the_way_out() {
    let house = House::new();
    house.report();
    damage(&house.dir.join("db/candor.db"));
    let output = house.run(&["journal", "verify"], b"");
    let text = check(&output, 3, &[]);
    assert!(
        text.contains("damaged") || text.contains("restore the last backup"),
        "{text}"
    );
    assert!(text.contains("candor.db") || text.contains("keep a copy"), "{text}");
}

/// Overwrites the middle of a file.
fn damage(path: &Path) {
    // What is still in the write-ahead log would repair the pages.
    let mut bytes = fs::read(path).unwrap();
    let from = 4096.min(bytes.len() / 2);
    bytes[from..].fill(0xa5);
    fs::write(path, bytes).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

#[test]
fn a_full_disk_keeps_what_was_acknowledged_and_takes_nothing_by_halves() {
    let house = House::new();
    let first = house.report();
    let path = house.dir.join("candor.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("[store]", "[store]\nmax_pages = 40")).unwrap();
    let mut kept = vec![first];
    let big = vec![b'x'; 200_000];
    let full = (0..200).find_map(|_| {
        let output = house.run(&["report", "-", "--as", "analyst"], &big);
        match output.status.code() {
            Some(0) => {
                kept.push(
                    String::from_utf8_lossy(&output.stdout)
                        .lines()
                        .next()
                        .unwrap()
                        .to_owned(),
                );
                None
            }
            _ => Some(output),
        }
    });
    check(
        &full.expect("40 pages fill up"),
        3,
        &["no space left", "free some space"],
    );
    fs::write(&path, text).unwrap();
    let list = house.check(&["case", "list", "--as", "analyst"], 0, &[]);
    kept.iter()
        .for_each(|number| assert!(list.contains(number.as_str()), "{number}\n{list}"));
    house.check(&["journal", "verify"], 0, &["everything fits"]);
}

/// A process that is ended when this is dropped.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_serve_on_the_same_directory_is_refused() {
    use std::io::{BufRead as _, BufReader};
    let house = House::new();
    house.check(&["brand", "key", "brand", "--as", "admin"], 0, &[]);
    let path = house.dir.join("candor.toml");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace(":8080", ":0")
        .replace(":8081", ":0");
    fs::write(&path, text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(["serve", "--dir", house.dir.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let _running = Running(child);
    let mut lines = BufReader::new(stdout).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("desk: http://127.0.0.1:")));
    house.check(&["serve"], 3, &["is in use by", "serve"]);
    // Commands are no second `serve`.
    house.check(&["person", "list"], 0, &["analyst"]);
}
