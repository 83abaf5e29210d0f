//! A mailbox whose server says exactly what the test wants, at the moment that it wants: what real servers do only now and then.

use crate::house::*;
use crate::mail::{Serving, letter, rows};
use crate::peers::until;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A message in the mailbox.
struct Kept {
    text: String,
    /// Whether it came before the day that is asked for.
    is_old: bool,
    /// Whether it has our keyword.
    is_stored: bool,
}

/// What is in the mailbox, what comes into it while the first message is marked, and what was asked for.
#[derive(Default)]
struct Mailbox {
    kept: Vec<Kept>,
    comes: Option<Kept>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Mailbox>>;

fn kept(text: &str, is_old: bool) -> Kept {
    Kept {
        text: letter(text),
        is_old,
        is_stored: false,
    }
}

/// Serves a mailbox until the test ends, and says on which port.
fn served(mailbox: Shared) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mailbox = Arc::clone(&mailbox);
            std::thread::spawn(move || converse(stream, &mailbox));
        }
    });
    port
}

/// One conversation; whoever is gone is gone.
fn converse(mut stream: TcpStream, mailbox: &Shared) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    stream.write_all(b"* OK ready\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let (tag, command) = line.split_once(' ')?;
        let mut untagged = mailbox.lock().unwrap().answer(command);
        if command == "IDLE" {
            // Nothing is told any more: what was said is said.
            stream.write_all(b"+ waiting\r\n").ok()?;
            assert_eq!(lines.next()?.ok()?, "DONE");
            untagged.clear();
        }
        untagged.push_str(&format!("{tag} OK done\r\n"));
        stream.write_all(untagged.as_bytes()).ok()?;
    }
    Some(())
}

impl Mailbox {
    /// What is said to a command before its end.
    fn answer(&mut self, command: &str) -> String {
        self.asked.push(command.to_owned());
        let words: Vec<&str> = command.split(' ').collect();
        match words.as_slice() {
            ["SELECT", ..] => "* OK [UIDVALIDITY 1] valid\r\n* OK [PERMANENTFLAGS (\\*)] keeps\r\n".to_owned(),
            ["CAPABILITY"] => "* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned(),
            ["UID", "SEARCH", ..] => {
                let is_before = command.contains(" BEFORE ");
                let found = (1..).zip(&self.kept);
                let found = found.filter(|(_, kept)| !kept.is_stored && (!is_before || kept.is_old));
                let found: Vec<String> = found.map(|(uid, _)| uid.to_string()).collect();
                format!("* SEARCH {}\r\n", found.join(" "))
            }
            ["UID", "FETCH", uid, "RFC822.SIZE"] => {
                let length = self.kept[place(uid)].text.len();
                format!("* {uid} FETCH (UID {uid} RFC822.SIZE {length})\r\n")
            }
            ["UID", "FETCH", uid, _] => {
                let text = &self.kept[place(uid)].text;
                format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n{text})\r\n", text.len())
            }
            ["UID", "STORE", uid, ..] => {
                self.kept[place(uid)].is_stored = true;
                let Some(comes) = self.comes.take() else {
                    return String::new();
                };
                self.kept.push(comes);
                format!("* {} EXISTS\r\n", self.kept.len())
            }
            _ => String::new(),
        }
    }
}

fn place(uid: &str) -> usize {
    uid.parse::<usize>().unwrap() - 1
}

/// A house that looks into a mailbox, with more lines about it.
fn looking(base: &TempDir, mailbox: &Shared, lines: &str) -> PathBuf {
    let dir = house(base);
    let file = dir.join("candor.toml");
    let port = served(Arc::clone(mailbox));
    let settings = fs::read_to_string(&file).unwrap();
    let imap = format!(
        "{settings}\n[mail.imap]\nserver = \"127.0.0.1:{port}\"\nuser = \"psirt\"\npassword_file = \"keys/imap\"\n{lines}"
    );
    fs::write(&file, imap).unwrap();
    fs::write(dir.join("keys/imap"), "password\n").unwrap();
    dir
}

/// Waits until so many messages are in a state.
fn check_rows(dir: &Path, state: &str, expect: usize) {
    until(&format!("{expect} messages {state}"), || {
        let rows = rows(dir);
        let found = rows.iter().filter(|row| row["state"] == state).count();
        (found == expect).then_some(())
    });
}

#[test]
fn what_comes_while_another_message_is_fetched_is_fetched_at_once() {
    let base = TempDir::new().unwrap();
    let mailbox = Shared::default();
    mailbox.lock().unwrap().kept.push(kept("It crashes.", false));
    mailbox.lock().unwrap().comes = Some(kept("It crashes again.", false));
    let dir = looking(&base, &mailbox, "");
    let serving = Serving::start(&dir);
    check_rows(&dir, "report", 2);
    serving.end();
    let asked = mailbox.lock().unwrap().asked.clone();
    assert_eq!(
        asked.iter().filter(|command| *command == "IDLE").count(),
        1,
        "{asked:?}"
    );
}

#[test]
fn what_is_older_than_our_first_look_waits_for_a_person_and_is_never_answered() {
    let base = TempDir::new().unwrap();
    let mailbox = Shared::default();
    mailbox.lock().unwrap().kept.push(kept("It crashed in 2021.", true));
    mailbox.lock().unwrap().kept.push(kept("It crashes.", false));
    let dir = looking(&base, &mailbox, "since = \"2026-02-01\"\n");
    let serving = Serving::start(&dir);
    check_rows(&dir, "report", 1);
    check_rows(&dir, "held", 1);
    serving.end();
    let asked = mailbox.lock().unwrap().asked.clone();
    assert!(
        asked.iter().any(|command| command.ends_with("BEFORE 1-Feb-2026")),
        "{asked:?}"
    );
    let held = done(&dir, &["mail", "held", "--as", "lead"]);
    assert!(
        held.contains("before this house began") && held.contains("2021"),
        "{held}"
    );
    let queue = json(&done(&dir, &["mail", "queue", "--all", "--json", "--as", "lead"]));
    assert_eq!(queue.as_array().unwrap().len(), 1, "{queue}");
    verified(&dir);
}
