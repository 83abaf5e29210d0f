//! One key for each held message: through standard input, and through a terminal, which is as it was afterwards.

use crate::house::*;
use crate::mail::{ingest, rows};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A house that holds three messages, each one with its number; the first came first.
fn holding() -> (TempDir, std::path::PathBuf, Vec<String>) {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let messages = [("09:00", "One \x1b[31mreward"), ("09:10", "Two"), ("09:20", "Three")];
    let numbers = messages.map(|(at, title)| {
        done(&dir, &["work", "--once", "--now", &format!("2026-01-06T{at}:00Z")]);
        let begging = format!(
            "From: b@example.net\r\nSubject: {title}\r\n\r\nDo you have a bounty program? I wait for my reward.\r\n"
        );
        let number = ingest(&dir, &begging)["number"].as_str().unwrap().to_owned();
        done(&dir, &["work", "--once"]);
        number
    });
    (base, dir, numbers.to_vec())
}

fn check_states(dir: &Path, numbers: &[String], states: &[&str]) {
    let rows = rows(dir);
    let state = |number: &String| rows.iter().find(|row| row["number"] == number.as_str()).unwrap()["state"].clone();
    assert_eq!(numbers.iter().map(state).collect::<Vec<_>>(), states);
}

#[test]
fn each_line_is_an_answer() {
    let (_base, dir, numbers) = holding();
    // An administrator learns nothing.
    let output = fed(&mut command(&dir, &["mail", "sift", "--as", "administrator"]), b"r\n");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!said(&output).contains(&numbers[0]), "{}", said(&output));
    check_states(&dir, &numbers, &["held"; 3]);
    // Nobody answers: nothing changes.
    let text = done(&dir, &["mail", "sift", "--as", "analyst"]);
    assert!(text.ends_with("3 messages stay held, as before.\n"), "{text}");
    let text = done_with(&dir, &["mail", "sift", "--as", "analyst"], b"n\nwhat?\n\nR\nleave\n");
    let places: Vec<usize> = numbers.iter().map(|number| text.find(number).unwrap()).collect();
    assert!(places.is_sorted(), "who waited longest comes first: {text}");
    for part in [
        ", held since ",
        "it asks for a reward and reports nothing",
        "from   b@example.net, as it says itself",
        "Do you have a bounty program? I wait for my reward.",
        "1 message released",
        "2 messages stay held",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    assert!(!text.contains('\x1b'), "{text}");
    assert_eq!(
        text.matches(&numbers[0]).count(),
        2,
        "it comes again at the end: {text}"
    );
    check_states(&dir, &numbers, &["held", "released", "held"]);
    let done = json(&done_with(
        &dir,
        &["mail", "sift", "--json", "--as", "analyst"],
        b"l\nq\nr\n",
    ));
    assert_eq!(done["left"][0], numbers[0].as_str());
    assert_eq!(done["waiting"][0], numbers[2].as_str());
    check_states(&dir, &numbers, &["held", "released", "held"]);
    verified(&dir);
}

/// A command on a terminal of its own, and what it says there.
struct Terminal {
    script: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Terminal {
    fn of(line: &str) -> Terminal {
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--flush", "--command", line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(script.stdout.take().unwrap());
        Terminal { script, said }
    }

    /// Everything up to these words.
    fn until(&mut self, words: &str) -> String {
        let mut seen = Vec::new();
        while !seen.ends_with(words.as_bytes()) {
            let last = *words.as_bytes().last().unwrap();
            assert!(
                self.said.read_until(last, &mut seen).unwrap() > 0,
                "{}",
                String::from_utf8_lossy(&seen)
            );
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    fn press(&mut self, key: &str) {
        self.script.stdin.as_mut().unwrap().write_all(key.as_bytes()).unwrap();
    }

    fn rest(mut self) -> String {
        let mut seen = String::new();
        self.said.read_to_string(&mut seen).unwrap();
        self.script.wait().unwrap();
        seen
    }
}

#[test]
fn a_key_is_an_answer_and_the_terminal_is_as_before() {
    if !has("script", "--version") {
        return skipped("script of util-linux");
    }
    let (_base, dir, numbers) = holding();
    let sift = format!(
        "\"{}\" --dir \"{}\" mail sift --as analyst",
        env!("CARGO_BIN_EXE_candor"),
        dir.display()
    );
    let line = format!(
        "cd '{}' && {{ stty -a > before; sh -c 'echo $$ > id; exec {sift}'; echo status=$?; stty -a > after; cmp before after && echo same; }}",
        dir.display()
    );
    let run = |keys: &[&str]| {
        let mut terminal = Terminal::of(&line);
        for key in keys {
            terminal.until("q quit: ");
            match *key {
                "a signal" => {
                    let id = std::fs::read_to_string(dir.join("id")).unwrap();
                    let told = Command::new("kill").arg(id.trim()).status().unwrap();
                    assert!(told.success());
                }
                key => terminal.press(key),
            }
        }
        let rest = terminal.rest();
        assert!(rest.contains("status=0") && rest.trim_end().ends_with("same"), "{rest}");
        rest
    };
    // No end of a line; Ctrl-C in the middle; a key that means nothing asks again.
    let text = run(&["x", "\x03"]);
    assert!(text.contains("3 messages stay held"), "{text}");
    let text = run(&["l", "a signal"]);
    assert!(text.contains("3 messages stay held"), "{text}");
    let text = run(&["r", "l", "q"]);
    assert!(
        text.contains("1 message released") && text.contains("2 messages stay held"),
        "{text}"
    );
    check_states(&dir, &numbers, &["released", "held", "held"]);
}
