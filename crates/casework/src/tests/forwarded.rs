//! What a colleague passes on is the reporter's once a person has said so, and not before.

use super::mail::letter;
use super::world::{Desk, NOZOMI, by, check_refused};
use crate::{Handover, KeyWish, MailReading, NewKey};
use psirt::house::key::KeyUse;
use zeroize::Zeroizing;

const COLLEAGUE: &str = "sales@nozomi-colleagues.example";
const RITA: &str = "rita@researcher.example";

/// To whom the letters go that wait.
async fn check_letters(desk: &Desk, expect: &[&str]) {
    let mut to = Vec::new();
    while let Some(sent) = desk.casework.next_letter(|_, _, _| true).await.unwrap() {
        to.push(sent.letter.to.clone());
        desk.casework.letter_ended(&sent, &Handover::Taken).await.unwrap();
    }
    assert_eq!(to, expect);
}

#[tokio::test]
async fn whoever_wrote_what_was_passed_on_is_the_reporter_after_a_persons_word() {
    let desk = Desk::open().await;
    let text = "Forwarded message. From: Rita <rita@researcher.example> It crashes";
    let number = desk.written(COLLEAGUE, text).await;
    check_letters(&desk, &[COLLEAGUE]).await;

    desk.casework.name_sender(&by("ana"), &number, RITA).await.unwrap();
    // As long as between any two letters about one report.
    desk.wait_until("2026-09-01T10:00:00Z");
    check_letters(&desk, &[RITA]).await;
    desk.act(&number, "messaged = { text = \"Which version?\" }").await;
    check_letters(&desk, &[RITA]).await;
    let rows = desk.casework.mail(&by("ana"), false, 10).unwrap().0;
    assert_eq!(rows[0].from, RITA);
    let board = desk.casework.board();
    let (stream, report) = board.report_of_number(&number).unwrap();
    assert_eq!(report.letters.len(), 3, "{stream}");
}

#[tokio::test]
async fn nobody_becomes_the_sender_who_cannot_be() {
    let desk = Desk::open().await;
    let number = desk.written(COLLEAGUE, "It crashes").await;
    let name = |who: &'static str, number: String, address: &'static str| {
        let casework = desk.casework.clone();
        async move { casework.name_sender(&by(who), &number, address).await }
    };
    check_refused(&desk, name("audrey", number.clone(), RITA), "name-sender").await;
    check_refused(
        &desk,
        name("root", number.clone(), RITA),
        "no such report, or not for you",
    )
    .await;
    for address in [
        "",
        "Rita <rita@researcher.example>",
        "psirt+tag@nozomi-networks.example",
    ] {
        check_refused(&desk, name("ana", number.clone(), address), "mail address alone").await;
    }
    let by_hand = desk.report("It crashes").await;
    check_refused(&desk, name("ana", by_hand, RITA), "came by mail").await;
    check_letters(&desk, &[COLLEAGUE]).await;
}

#[tokio::test]
async fn a_word_that_was_given_outlives_a_second_reading() {
    let desk = Desk::open().await;
    let locked = MailReading {
        from: vec![COLLEAGUE.to_owned()],
        opened: Some(false),
        trouble: Some("no secret key".to_owned()),
        ..letter("")
    };
    let number = desk.mail(locked.clone()).await;
    desk.casework.name_sender(&by("ana"), &number, RITA).await.unwrap();
    let wish = KeyWish::first(KeyUse::Intake);
    let key = NewKey {
        fingerprint: "A".repeat(40),
        public: String::new(),
        secret: Zeroizing::new("secret".to_owned()),
        until_s: None,
    };
    desk.casework.import_key(&by("root"), NOZOMI, wish, key).await.unwrap();
    let opened = MailReading {
        from: vec![COLLEAGUE.to_owned()],
        opened: Some(true),
        ..letter("The overflow is in the parser")
    };
    desk.read(opened).await;
    let rows = desk.casework.mail(&by("ana"), false, 10).unwrap().0;
    assert_eq!(rows[0].from, RITA);
    let board = desk.casework.board();
    let (_, report) = board.report_of_number(&number).unwrap();
    assert_eq!(report.text, "The overflow is in the parser");
}
