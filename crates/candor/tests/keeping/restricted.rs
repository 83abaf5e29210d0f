//! Personal data at the command line: no command gives an analyst a planted word, and a lead gets all of them.

use crate::house::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What must not be read.
const SECRET: &str = "Jane-Roe-4711";

fn run(dir: &Path, words: &str, person: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().chain(["--as", person]).collect();
    let output = fed(&mut command(dir, &words), b"");
    let text = said(&output);
    assert!(!text.contains("panicked"), "{words:?}: {text}");
    text
}

#[test]
fn no_command_shows_an_analyst_what_is_restricted() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let number = report(&dir, &format!("Title {SECRET}\n\nText {SECRET}\n"), &[]);
    let file = folder.path().join(format!("{SECRET}.txt"));
    fs::write(&file, SECRET).unwrap();
    let attach = [
        "case",
        "attach",
        &number,
        file.to_str().unwrap(),
        "--from-report",
        "--as",
        "analyst",
    ];
    done(&dir, &attach);
    let message = format!("Message {SECRET}");
    let messaged = [
        "case",
        "messaged",
        &number,
        "--from-reporter",
        "--text",
        &message,
        "--as",
        "analyst",
    ];
    done(&dir, &messaged);
    let commands = [
        "case list".to_owned(),
        "case list --json".to_owned(),
        format!("case show {number}"),
        format!("case show {number} --json"),
        format!("case why {number}"),
        format!("case triage {number} --json"),
        format!("case export {number} --story"),
        format!("case read {number}"),
        format!("case read {number} --json"),
        format!("case raw {number}"),
        format!("case raw {number} --json"),
        "mail list --json".to_owned(),
        "mail held --json".to_owned(),
    ];
    let shows = |person: &str| {
        let shown = |words: &&String| run(&dir, words, person).contains(SECRET);
        commands.iter().filter(shown).cloned().collect::<Vec<_>>()
    };
    let everything = shows("analyst");
    assert!(everything.len() >= 7, "{everything:?}");
    let shown = |person: &str| json(&run(&dir, &format!("case show {number} --json"), person));
    let digest = shown("analyst")["files"][0]["sha256"].as_str().unwrap().to_owned();
    run(&dir, &format!("case flagged {number} --flag contains-pii"), "analyst");
    assert_eq!(shows("analyst"), Vec::<String>::new());
    // A digest tells short files by trying, and an exact size which of several it is.
    for words in [format!("case show {number}"), format!("case show {number} --json")] {
        let said = run(&dir, &words, "analyst");
        let size = format!("{} bytes", SECRET.len());
        assert!(!said.contains(&digest) && !said.contains(&size), "{said}");
        assert!(
            said.contains("(restricted file 1)") && said.contains("less than 1 kB"),
            "{said}"
        );
    }
    let file = &shown("analyst")["files"][0];
    assert!(file["bytes"].is_null() && file["sha256"].is_null(), "{file}");
    assert_eq!(shown("lead")["files"][0]["sha256"], digest.as_str());
    for words in ["case read", "case raw"] {
        let refused = run(&dir, &format!("{words} {number}"), "analyst");
        assert!(
            refused.contains("This is restricted, because the case holds personal data"),
            "{refused}"
        );
        assert!(refused.contains("Ask who may read it: "), "{refused}");
    }
    let out = folder.path().join("out");
    let name = format!("{SECRET}.txt");
    let read = [
        "case",
        "file",
        &number,
        &name,
        "--out",
        out.to_str().unwrap(),
        "--as",
        "analyst",
    ];
    refused(&dir, &read, &["This is restricted"]);
    assert!(!out.exists());
    let found = run(&dir, &format!("case list --search {SECRET}"), "lead");
    assert!(
        found.starts_with("No cases."),
        "a search that everybody has finds it: {found}"
    );
    let lead = shows("lead");
    for command in [
        format!("case show {number}"),
        format!("case read {number}"),
        format!("case raw {number}"),
    ] {
        assert!(lead.contains(&command), "{lead:?}");
    }
    run(
        &dir,
        &format!("case retracted {number} --event flagged --why mistaken"),
        "analyst",
    );
    assert_eq!(shows("analyst"), Vec::<String>::new());
    run(
        &dir,
        &format!("case retracted {number} --event flagged --why mistaken"),
        "lead",
    );
    assert_eq!(shows("analyst"), everything);
    verified(&dir);
}

/// Redacts, or is refused; whatever it says has none of the words, but for whoever typed them.
fn redact(dir: &Path, number: &str, more: &[&str], person: &str) -> String {
    let words = [&["case", "redact", number], more, &["--as", person]].concat();
    let text = said(&fed(&mut command(dir, &words), b""));
    assert!(!text.contains(SECRET) && !text.contains("panicked"), "{more:?}: {text}");
    text
}

#[test]
fn a_redacted_copy_is_what_an_analyst_reads() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let number = report(&dir, &format!("Title {SECRET}\n\nText {SECRET}\nof the parser\n"), &[]);
    run(&dir, &format!("case flagged {number} --flag contains-pii"), "analyst");
    let why = ["--why", "it names a patient"];
    let find = ["--find", SECRET];
    let refused = redact(&dir, &number, &[&find[..], &why].concat(), "analyst");
    assert!(refused.contains("This is restricted"), "{refused}");
    let refused = redact(&dir, &number, &[&["--lines", "9"][..], &why].concat(), "lead");
    assert!(refused.contains("the text has the lines 1 to 4"), "{refused}");
    let refused = redact(&dir, &number, &[&["--lines", "0-3"][..], &why].concat(), "lead");
    assert!(refused.contains("lines are counted from 1"), "{refused}");
    let words = folder.path().join("words");
    fs::write(&words, format!("\n{}\n", SECRET.to_uppercase())).unwrap();
    let find_in = ["--find-in", words.to_str().unwrap()];
    let made = redact(&dir, &number, &[&find_in[..], &why].concat(), "lead");
    assert!(
        made.contains("2 passages taken out") && made.contains("Text [redacted]"),
        "{made}"
    );
    let again = redact(&dir, &number, &[&["--lines", "4"][..], &why].concat(), "lead");
    assert!(again.contains("1 passage taken out"), "{again}");
    for command in ["case read", "case read --json"] {
        let read = run(&dir, &command.replace("read", &format!("read {number}")), "analyst");
        assert!(
            read.contains("Text [redacted]") && read.contains("it names a patient"),
            "{read}"
        );
        assert!(!read.contains(SECRET) && !read.contains("parser"), "{read}");
    }
    let shown = run(&dir, &format!("case show {number}"), "analyst");
    assert!(shown.contains("Redacted copies: candor case read"), "{shown}");
    assert!(
        shown.contains("What reporters wrote and sent is destroyed 30 days"),
        "{shown}"
    );
    let lead = run(&dir, &format!("case read {number}"), "lead");
    assert!(
        lead.contains(SECRET) && lead.contains("redacted by lead") && lead.contains("SHA-256"),
        "{lead}"
    );
    let raw = run(&dir, &format!("case raw {number}"), "analyst");
    assert!(raw.contains("This is restricted"), "{raw}");
    // A file whose lines end as they do elsewhere.
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, format!("first line\r\nof {SECRET}\r\n")).unwrap();
    done(
        &dir,
        &["case", "attach", &number, notes.to_str().unwrap(), "--as", "lead"],
    );
    let of_file = ["--file", "notes.txt", "--find", SECRET];
    let made = redact(&dir, &number, &[&of_file[..], &why].concat(), "lead");
    let read = run(&dir, &format!("case read {number}"), "analyst");
    for said in [&made, &read] {
        assert!(
            said.contains("first line\n") && said.contains("of [redacted]\n"),
            "{said}"
        );
        assert!(!said.contains(['\u{fffd}', '\r']), "{said}");
    }
    verified(&dir);
}
