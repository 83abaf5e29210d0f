//! Personal data ends: so long after the end of a case nothing opens what reporters wrote and sent, and the case stays as it was.

use super::redacting::{read, redact, redaction};
use super::restricted::{FLAG, SECRET, planted, shown};
use super::rooms::{say, seen};
use super::world::{Desk, NOZOMI, by, event, incoming, policy_text, two};
use crate::{Wish, kept_in_words};

const END: &str = "rejected = { exit = \"withdrawn\" }";

async fn end(desk: &Desk, number: &str) {
    for text in ["acknowledged = {}", "reviewed = {}", END] {
        desk.act(number, text).await;
    }
}

fn kept(desk: &Desk, number: &str) -> Option<String> {
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(number).unwrap();
    kept_in_words(&board, case, desk.casework.now())
}

/// Whether any entry of the journal that still opens has the words.
async fn opens(desk: &Desk) -> bool {
    let mut places = desk.store.tail(0, 10_000).await.unwrap().into_iter();
    places.any(|entry| match &entry.body {
        store::Body::Plain(bytes) => String::from_utf8_lossy(bytes.as_bytes()).contains(SECRET),
        _ => false,
    })
}

async fn check_law(desk: &Desk) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
    let verified = desk.store.verify().await.unwrap();
    assert!(verified.is_sound(), "{:?}", verified.findings);
    assert_eq!(desk.casework.unfinished_erasures().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn originals_end_with_their_time_and_the_case_stays() {
    let desk = Desk::open().await;
    let (number, room) = planted(&desk).await;
    desk.act(&number, FLAG).await;
    let lea = by("lea");
    redact(&desk, &lea, &number, &redaction(None, &[SECRET])).await.unwrap();
    let open = kept(&desk, &number).unwrap();
    assert!(open.contains("destroyed 30 days after the end of the case"), "{open}");
    end(&desk, &number).await;
    let until = kept(&desk, &number).unwrap();
    assert!(until.contains("is destroyed after 2026-10-01 "), "{until}");
    let from = |desk: &Desk| {
        let board = desk.casework.board();
        board.report_of_number(&number).unwrap().1.from.clone()
    };
    let (story, sender) = (desk.casework.story(&number).unwrap().write(), from(&desk));
    desk.wait_until("2026-10-01T12:00:00Z");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 0);
    assert!(opens(&desk).await && desk.casework.read_raw(&lea, &number).await.unwrap().is_some());

    desk.wait_until("2026-10-03T12:00:00Z");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 1);
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 0);
    assert!(!opens(&desk).await, "an entry still opens");
    assert_eq!(desk.casework.read_raw(&lea, &number).await.unwrap(), None);
    let name = format!("{SECRET}.txt");
    let file = desk.casework.read_file(&lea, &number, &name).await.err().unwrap();
    assert!(file.to_string().contains("it has none"), "{file}");
    for person in ["ana", "lea"] {
        let read = read(&desk, person, &number);
        assert!(read.contains("Text [redacted]") && !read.contains(SECRET), "{read}");
        assert!(
            read.contains("What reporters wrote and sent here was destroyed"),
            "{read}"
        );
    }
    assert!(!shown(&desk, &number).contains(SECRET));
    assert!(!format!("{:?}", seen(&desk, &room)).contains(SECRET));
    assert_eq!(kept(&desk, &number), None);
    // Its clocks and who sent it are what they were.
    assert_eq!(
        (desk.casework.story(&number).unwrap().write(), from(&desk)),
        (story, sender)
    );
    // The job repeats it, for a process that died between the event and the keys.
    assert_eq!(desk.casework.work("worker").await.unwrap().done, 1);
    check_law(&desk).await;
    let desk = desk.reopened().await;
    check_law(&desk).await;

    // What comes after that is under another key, and has its own time.
    say(&desk, &room, Wish::Message(format!("Again {SECRET}"))).await;
    assert!(read(&desk, "lea", &number).contains(&format!("Again {SECRET}")));
    assert!(!read(&desk, "ana", &number).contains(SECRET));
    let again = kept(&desk, &number).unwrap();
    assert!(again.contains("is destroyed after 2026-11-02 "), "{again}");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 0);
    desk.wait_until("2026-11-04T12:00:00Z");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 1);
    assert!(!opens(&desk).await);
    check_law(&desk).await;
}

/// A flagged case that is over; then something, and a year later its originals are still there, or they are not.
async fn check_stays(what: &str, event_texts: &[&str], expect: Option<&str>) {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    if what != "not flagged" {
        desk.act(&number, FLAG).await;
    }
    if what != "open" {
        end(&desk, &number).await;
    }
    for text in event_texts {
        let done = desk.casework.act(&by("lea"), &number, None, event(text)).await;
        done.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    desk.wait_until("2027-09-01T08:00:00Z");
    let kept = kept(&desk, &number);
    let ended = desk.casework.end_keeping().await.unwrap();
    assert_eq!(ended == 0, what != "over", "{what}");
    assert_eq!(opens(&desk).await, what != "over", "{what}");
    match expect {
        Some(words) => assert!(kept.as_deref().unwrap_or_default().contains(words), "{what}: {kept:?}"),
        None => assert_eq!(kept, None, "{what}"),
    }
    check_law(&desk).await;
}

#[tokio::test]
async fn what_is_not_over_not_flagged_or_held_stays() {
    check_stays("over", &[], Some("is destroyed after 2026-10-01 ")).await;
    check_stays("open", &[], Some("30 days after the end of the case")).await;
    check_stays("not flagged", &[], None).await;
    check_stays(
        "taken back",
        &["retracted = { event = \"flagged\", why = \"mistaken\" }"],
        None,
    )
    .await;
    check_stays(
        "taken up again",
        &["reopened = { why = \"more is known\" }"],
        Some("30 days after the end of the case"),
    )
    .await;
    check_stays(
        "a threat",
        &["flagged = { flag = \"extortion\" }"],
        Some("the task of the flag `extortion` is open"),
    )
    .await;
    check_stays(
        "an embargo",
        &[
            "embargo-proposed = { by = \"cert\", until = \"2027-12-01\" }",
            "embargo-accepted = { by = \"vendor\" }",
        ],
        Some("an embargo was agreed"),
    )
    .await;
}

#[tokio::test]
async fn a_policy_says_how_long() {
    let desk = Desk::open().await;
    let text = policy_text(NOZOMI);
    let flag = "flag    = \"contains-pii\"\n";
    let text = text.replace(flag, &format!("{flag}keep    = \"5 days\"\n"));
    let version = text
        .lines()
        .find(|line| line.starts_with("version"))
        .unwrap()
        .to_owned();
    let text = text
        .replacen(&version, "version = \"99\"", 1)
        .replacen("2023-09-22", "2026-09-01", 1);
    let adopted = desk
        .casework
        .adopt_policy(&two("ana", "lea"), "policy.md", &text, &[])
        .await;
    adopted.unwrap();
    let (number, _) = planted(&desk).await;
    desk.act(&number, FLAG).await;
    let open = kept(&desk, &number).unwrap();
    assert!(open.contains("destroyed 5 days after the end"), "{open}");
    end(&desk, &number).await;
    desk.wait_until("2026-09-08T12:00:00Z");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 1);
}

#[tokio::test]
async fn a_flag_after_the_end_leaves_time_to_look() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    end(&desk, &number).await;
    desk.wait_until("2027-03-01T08:00:00Z");
    desk.act(&number, FLAG).await;
    let until = kept(&desk, &number).unwrap();
    assert!(until.contains("is destroyed after 2027-03-31 "), "{until}");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 0);
}

#[tokio::test]
async fn cases_that_share_the_words_end_together() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    let other = desk.receive(incoming("Another overflow")).await;
    desk.casework.join_report(&by("ben"), &number, &other).await.unwrap();
    desk.act(&number, FLAG).await;
    desk.wait_until("2027-03-01T08:00:00Z");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 0, "one of them is open");
    assert!(kept(&desk, &other).unwrap().contains("30 days after the end"));
    end(&desk, &other).await;
    desk.wait_until("2027-05-01T08:00:00Z");
    assert_eq!(desk.casework.end_keeping().await.unwrap(), 2);
    assert!(!opens(&desk).await);
    for case in [&number, &other] {
        assert!(!shown(&desk, case).contains(SECRET));
        assert!(read(&desk, "lea", case).contains("was destroyed"), "{case}");
    }
    check_law(&desk).await;
}

/// A retraction that named the last note by its kind still means that one once it is destroyed.
#[tokio::test]
async fn a_retraction_goes_on_meaning_what_it_took_back() {
    let desk = Desk::open().await;
    let (number, room) = planted(&desk).await;
    desk.act(&number, "messaged = { text = \"We look at it\" }").await;
    desk.act(&number, FLAG).await;
    let retract = event("retracted = { event = \"messaged\", why = \"to the wrong one\" }");
    desk.casework.act(&by("lea"), &number, None, retract).await.unwrap();
    let of = {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&number).unwrap();
        format!("{:?}", case.entries.last().unwrap().event)
    };
    assert!(of.contains("Seq("), "{of}");
    assert!(format!("{:?}", seen(&desk, &room)).contains(SECRET));
}
