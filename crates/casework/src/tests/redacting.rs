//! Redacted copies: everybody who reads the case reads them, and nobody else reads more than before.

use super::restricted::{FLAG, SECRET, planted, shown};
use super::rooms::{say, seen};
use super::world::{Desk, by, check_refused, event, incoming, two};
use crate::{ActError, Actor, Redacted, Redaction, Wish};

pub(super) fn redaction(entry: Option<&str>, find: &[&str]) -> Redaction {
    Redaction {
        entry: entry.map(str::to_owned),
        find: find.iter().map(|words| (*words).to_owned()).collect(),
        why: "it named a patient".to_owned(),
        ..Redaction::default()
    }
}

pub(super) async fn redact(desk: &Desk, who: &Actor, number: &str, made: &Redaction) -> Result<Redacted, ActError> {
    desk.casework.redact(who, number, made).await
}

/// What this person reads in a case, all of it.
pub(super) fn read(desk: &Desk, person: &str, number: &str) -> String {
    let words = desk.casework.words(&by(person), number);
    words.map_or_else(|refused| refused.to_string(), |words| format!("{words:?}"))
}

/// The place of the message that the reporter sent from the room.
fn place_of_message(desk: &Desk, number: &str) -> String {
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(number).unwrap();
    let said = case
        .view
        .conversation
        .iter()
        .rev()
        .find(|said| said.text.contains(SECRET));
    said.unwrap().seq.to_string()
}

#[tokio::test]
async fn everybody_who_reads_the_case_reads_the_copies_and_leads_read_the_originals() {
    let desk = Desk::open().await;
    let (number, room) = planted(&desk).await;
    let message = place_of_message(&desk, &number);
    desk.act(&number, FLAG).await;
    let lea = by("lea");
    let made = redact(&desk, &lea, &number, &redaction(None, &[SECRET])).await.unwrap();
    let expect = "Text [redacted]\n\nProduct: Product [redacted]\nVersion: 25.1";
    assert_eq!((made.text.as_str(), made.marks), (expect, 2));
    let ana = read(&desk, "ana", &number);
    assert!(
        ana.contains("Text [redacted]") && ana.contains("it named a patient"),
        "{ana}"
    );
    assert!(!ana.contains("Message"), "{ana}");
    let made = redact(&desk, &lea, &number, &redaction(Some(&message), &["jane-roe"]))
        .await
        .unwrap();
    assert_eq!(made.text, "Message [redacted]-passport-4711");
    // A further one goes on from there: what was taken out stays out.
    let made = redact(&desk, &lea, &number, &redaction(Some(&message), &["4711"]))
        .await
        .unwrap();
    assert_eq!(made.text, "Message [redacted]-passport-[redacted]");
    for person in ["ana", "ben", "audrey"] {
        let read = read(&desk, person, &number);
        assert!(read.contains("Message [redacted]-passport-[redacted]"), "{read}");
        assert!(
            !read.contains(SECRET) && !read.contains("4711") && !read.contains("SHA-256"),
            "{read}"
        );
        assert!(!shown(&desk, &number).contains(SECRET));
        assert!(desk.casework.read_raw(&by(person), &number).await.is_err());
    }
    let lead = read(&desk, "lea", &number);
    assert!(
        lead.contains(&format!("Message {SECRET}")) && lead.contains("Message [redacted]"),
        "{lead}"
    );
    assert!(
        lead.contains("SHA-256 of the original: ") && lead.contains("of the copy: "),
        "{lead}"
    );
    assert!(read(&desk, "root", &number).contains("or not for you"));
    let own = format!("{:?}", seen(&desk, &room));
    assert!(
        own.contains(&format!("Message {SECRET}")) && !own.contains("[redacted]"),
        "{own}"
    );
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
    // The last copy taken back shows the one before, which says more.
    let take_back = event("retracted = { event = \"redacted\", why = \"too much\" }");
    let ana = by("ana");
    let act = desk.casework.act(&ana, &number, None, take_back.clone());
    check_refused(&desk, act, "`lift-restriction` is for: lead").await;
    desk.casework.act(&lea, &number, None, take_back).await.unwrap();
    assert!(read(&desk, "ana", &number).contains("Message [redacted]-passport-4711"));
    // Nothing is hidden by a copy once nothing is restricted.
    let lift = event("retracted = { event = \"flagged\", why = \"mistaken\" }");
    desk.casework.act(&lea, &number, None, lift).await.unwrap();
    assert!(read(&desk, "ana", &number).contains(&format!("Message {SECRET}")));
}

#[tokio::test]
async fn only_who_reads_the_original_makes_a_copy_and_only_of_a_text() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    let made = redaction(None, &[SECRET]);
    check_refused(
        &desk,
        redact(&desk, &by("lea"), &number, &made),
        "nothing is restricted",
    )
    .await;
    desk.act(&number, FLAG).await;
    let note = desk
        .act(&number, "noted = { text = \"I look at it\" }")
        .await
        .seq
        .to_string();
    let flag = (note.parse::<u32>().unwrap() - 1).to_string();
    let file = {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&number).unwrap();
        let file = case
            .entries
            .iter()
            .find(|entry| entry.event.kind().name() == "attached");
        file.unwrap().seq.to_string()
    };
    for (who, made, expect) in [
        (by("ana"), redaction(None, &[SECRET]), "personal data (§N26)"),
        (
            by("audrey"),
            redaction(None, &[SECRET]),
            "`redact` is for: analyst, lead",
        ),
        (by("root"), redaction(None, &[SECRET]), "or not for you"),
        (
            by("lea"),
            redaction(Some(&file), &[SECRET]),
            "this is a file: of one that is a text a copy is made by its name (`--file`)",
        ),
        (
            by("lea"),
            redaction(Some(&flag), &[SECRET]),
            "this is `flagged`, and no message",
        ),
        (
            by("lea"),
            redaction(Some(&note), &["look"]),
            "this is a note of the team",
        ),
        (
            by("lea"),
            redaction(Some("999"), &[SECRET]),
            "the case has no such message",
        ),
        (
            by("lea"),
            redaction(Some("NN#x"), &[SECRET]),
            "the case has no such message",
        ),
        (
            by("lea"),
            redaction(None, &["Rumpelstiltskin"]),
            "number 1 of the words to find does not stand",
        ),
        (by("lea"), redaction(None, &[]), "say what is taken out"),
        (
            by("lea"),
            Redaction {
                why: format!("because of {SECRET}"),
                ..redaction(None, &[SECRET])
            },
            "the reason says what is to be taken out",
        ),
        (
            by("lea"),
            Redaction {
                why: String::new(),
                ..redaction(None, &[SECRET])
            },
            "say why in one line",
        ),
        (
            by("lea"),
            Redaction {
                report: Some("NN-2026-00000".to_owned()),
                ..redaction(None, &[SECRET])
            },
            "no such report, or not for you",
        ),
    ] {
        check_refused(&desk, redact(&desk, &who, &number, &made), expect).await;
        let refused = redact(&desk, &who, &number, &made).await.unwrap_err().to_string();
        assert!(
            !refused.contains(SECRET) && !refused.contains("Rumpelstiltskin"),
            "{refused}"
        );
    }
    let by_hand = event("redacted = { of = \"NN-2026-00000\", text = \"no\", why = \"no\" }");
    let lea = by("lea");
    let act = desk.casework.act(&lea, &number, None, by_hand);
    check_refused(&desk, act, "`candor case redact`").await;
    // With a lead as second person, and once a lead has given them the case.
    redact(&desk, &two("ana", "lea"), &number, &made).await.unwrap();
    let given = event("assigned = { person = \"ben\" }");
    desk.casework.act(&by("lea"), &number, None, given).await.unwrap();
    redact(&desk, &by("ben"), &number, &redaction(None, &["Text"]))
        .await
        .unwrap();
    assert!(read(&desk, "ana", &number).contains("[redacted] [redacted]"));
}

#[tokio::test]
async fn what_is_no_text_is_refused_with_what_to_do() {
    let desk = Desk::open().await;
    let number = desk
        .receive(crate::Incoming {
            bytes: vec![0xff, 0xfe, 0x00],
            ..incoming("")
        })
        .await;
    desk.act(&number, FLAG).await;
    let made = redaction(None, &["x"]);
    let refused = "has no text that was read: look at it (`candor case raw`)";
    check_refused(&desk, redact(&desk, &by("lea"), &number, &made), refused).await;
}

#[tokio::test]
async fn copies_go_along_with_merges_and_with_cases_that_are_over() {
    let desk = Desk::open().await;
    let (number, room) = planted(&desk).await;
    let message = place_of_message(&desk, &number);
    let other = desk.report("Another overflow").await;
    desk.act(&number, FLAG).await;
    redact(&desk, &by("lea"), &number, &redaction(Some(&message), &[SECRET]))
        .await
        .unwrap();
    desk.casework
        .merge_cases(&by("ben"), &number, &other, false, None)
        .await
        .unwrap();
    say(&desk, &room, Wish::Message(format!("Later {SECRET}"))).await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "rejected = { exit = \"withdrawn\" }",
    ] {
        desk.act(&other, text).await;
    }
    let merged = format!("{number}#{message}");
    let ana = read(&desk, "ana", &other);
    assert!(ana.contains("Message [redacted]") && !ana.contains(SECRET), "{ana}");
    redact(&desk, &by("lea"), &other, &redaction(Some(&merged), &["Message"]))
        .await
        .unwrap();
    let (lea, made) = (by("lea"), redaction(None, &[SECRET]));
    let several = redact(&desk, &lea, &other, &made);
    check_refused(&desk, several, "the case has several reports").await;
    let ana = read(&desk, "ana", &other);
    assert!(ana.contains("[redacted] [redacted]") && !ana.contains(SECRET), "{ana}");
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
}

/// Puts a file to a case, as one that came with its report.
async fn attach(desk: &Desk, number: &str, name: &str, bytes: Vec<u8>) {
    let source = std::io::Cursor::new(bytes);
    let attached = desk
        .casework
        .attach(&by("lea"), number, true, name, 4 << 20, source)
        .await;
    assert_eq!(attached.unwrap().name, name);
}

#[tokio::test]
async fn a_file_that_is_a_text_has_a_copy_without_what_only_a_few_may_read() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    let name = format!("dump {SECRET}.txt");
    attach(
        &desk,
        &number,
        &name,
        format!("ward 3\n{SECRET}, born 1970\n").into_bytes(),
    )
    .await;
    attach(&desk, &number, "dump.bin", vec![0, 0xff]).await;
    attach(&desk, &number, "long.txt", vec![b'x'; (1 << 20) + 1]).await;
    let of = |file: &str| Redaction {
        file: Some(file.to_owned()),
        ..redaction(None, &[SECRET])
    };
    let lea = by("lea");
    check_refused(&desk, redact(&desk, &lea, &number, &of(&name)), "nothing is restricted").await;
    desk.act(&number, FLAG).await;
    for (who, file, why) in [
        ("ana", name.as_str(), "personal data"),
        ("lea", "none.txt", "no file of this name"),
        ("lea", "dump.bin", "no text in UTF-8"),
        ("lea", "long.txt", "more than the 1 MiB"),
    ] {
        check_refused(&desk, redact(&desk, &by(who), &number, &of(file)), why).await;
    }
    let made = redact(&desk, &lea, &number, &of(&name)).await.unwrap();
    assert_eq!(made.text, "ward 3\n[redacted], born 1970\n");
    let further = Redaction {
        find: Vec::new(),
        lines: vec![(1, 1)],
        ..of(&name)
    };
    let made = redact(&desk, &lea, &number, &further).await.unwrap();
    assert_eq!(
        made.text, "[redacted]\n[redacted], born 1970\n",
        "what was taken out stays out"
    );
    for person in ["ana", "ben", "audrey"] {
        let read = read(&desk, person, &number);
        assert!(read.contains("[redacted], born 1970"), "{read}");
        assert!(!read.contains(SECRET) && !read.contains("ward 3"), "{read}");
        assert!(!shown(&desk, &number).contains(SECRET));
        assert!(desk.casework.read_file(&by(person), &number, &name).await.is_err());
    }
}
