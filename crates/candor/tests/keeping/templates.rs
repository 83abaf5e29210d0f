//! An operator's words for letters, through the built binary: they go out, and keep no letter where they do not do.

use crate::house::*;
use crate::letters::{field, ingest, letter, posting, smart_host, work};
use crate::sink::Sink;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Puts a file in the place of ours.
fn put(dir: &Path, name: &str, text: &str) {
    let file = dir.join("mail").join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn queue(dir: &Path) -> String {
    done(dir, &["mail", "queue", "--as", "lead"])
}

#[test]
fn an_operator_words_a_letter_and_a_mistake_in_it_keeps_none() {
    let base = TempDir::new().unwrap();
    let sink = Sink::start();
    let dir = posting(&base, &smart_host(&sink));
    assert!(done(&dir, &["mail", "templates", "check"]).contains("our own words"));
    let title = "acknowledgement-clear/subject.txt";
    let text = "acknowledgement-clear/text.txt";
    put(&dir, title, "Merci: {{ number }}\n");
    put(&dir, text, "Bonjour,\n{{ vendor }} sait tout de {{ titel }}.\n");
    refused(
        &dir,
        &["mail", "templates", "check"],
        &["mail/acknowledgement-clear/text.txt: line 2: `titel` is no word of `acknowledgement-clear`"],
    );
    let number = ingest(&dir, &letter("It crashes.", None));
    work(&dir, "2026-01-06T08:01:00Z");
    // The title is theirs, and the text ours: nothing waited.
    let handed = sink.one();
    assert_eq!(field(&handed.message, "Subject"), format!("Merci: {number}"));
    let said = |message: &str| message.replace("=\r\n", "");
    assert!(said(&handed.message).contains(&format!("Its tracking number is {number}.")));
    let told = queue(&dir);
    assert!(
        told.contains("note: our own words are said") && told.contains("text.txt: line 2: `titel`"),
        "{told}"
    );

    put(&dir, text, "Bonjour,\n{{ vendor }} a votre rapport {{ number }}.\n");
    assert!(done(&dir, &["mail", "templates", "check"]).contains("2 files have their own words"));
    assert!(!queue(&dir).contains("note:"));
    let second = ingest(&dir, &letter("It hangs.", None));
    work(&dir, "2026-01-06T08:10:00Z");
    let handed = sink.all().pop().unwrap();
    assert_eq!(field(&handed.message, "Subject"), format!("Merci: {second}"));
    assert!(
        said(&handed.message).contains(&format!("a votre rapport {second}.")),
        "{}",
        handed.message
    );
}

#[test]
fn the_words_are_shown_with_what_they_may_name() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    put(&dir, "verdict/text.txt", "No: {{ verdict }}");
    let listed = done(&dir, &["mail", "templates", "list"]);
    let row = listed.lines().find(|line| line.starts_with("verdict ")).unwrap();
    assert!(row.contains("text.txt") && !row.contains("subject.txt"), "{listed}");
    let shown = done(&dir, &["mail", "templates", "show", "verdict"]);
    for part in [
        "  appeal   whether it can be appealed",
        "--- mail/verdict/subject.txt (ours)\n[{{ number }}]",
        "--- mail/verdict/text.txt (yours)\nNo: {{ verdict }}\n",
    ] {
        assert!(shown.contains(part), "{shown}\nlacks {part}");
    }
    refused(
        &dir,
        &["mail", "templates", "show", "welcome"],
        &["no letter is called `welcome`"],
    );
    refused(
        base.path(),
        &["mail", "templates", "check"],
        &["is no data directory of Candor"],
    );
}

#[test]
fn an_operators_words_move_with_the_house() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    put(&dir, "news/text.txt", "News: {{ number }}");
    put(&dir, "news/notes.txt", "for ourselves");
    let file = text(base.path().join("export"));
    done(&dir, &["export", "--keys", &file]);
    let new = base.path().join("new");
    let key = text(dir.join("keys/master.key"));
    done(&new, &["import", "house", &file, "--master-key", &key]);
    assert_eq!(
        fs::read_to_string(new.join("mail/news/text.txt")).unwrap(),
        "News: {{ number }}"
    );
    assert!(!new.join("mail/news/notes.txt").exists());
}
