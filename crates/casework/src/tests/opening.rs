//! A room for what was entered by hand: its link is given once, and opens what any other room does.

use super::letters::{RITA, good, key, letter};
use super::rooms::{entered, form, seen};
use super::world::{Desk, NOZOMI, by, check_refused, incoming, two};
use crate::{Handover, MailReading};

#[tokio::test]
async fn what_was_entered_by_hand_has_a_room_once_somebody_opens_one() {
    let desk = Desk::open().await;
    let number = desk.receive(incoming("It crashes")).await;
    for (who, why) in [("audrey", "is for: "), ("root", "or not for you")] {
        check_refused(&desk, desk.casework.open_room(&by(who), &number), why).await;
    }
    let opened = desk.casework.open_room(&by("ana"), &number).await.unwrap();
    assert_eq!(opened.brand.id, NOZOMI);
    let secret = opened.key.reveal();
    desk.act(&number, "messaged = { text = \"Thank you for the call.\" }")
        .await;
    let room = desk.casework.room(NOZOMI, &secret).unwrap();
    let view = seen(&desk, &room);
    assert_eq!((view.number.as_str(), view.conversation.len()), (number.as_str(), 1));
    // The journal has no more of it than its digest: nobody is shown the link again.
    check_refused(
        &desk,
        desk.casework.open_room(&by("ana"), &number),
        "it has a room already",
    )
    .await;
    let desk = desk.reopened().await;
    assert!(desk.casework.room(NOZOMI, &secret).is_some());
    // It goes with its reporter.
    desk.casework
        .shred_person(&two("lea", "leo"), &[&number], "Art. 17")
        .await
        .unwrap();
    assert!(desk.casework.room(NOZOMI, &secret).is_none());
    assert!(
        desk.casework.open_room(&by("ana"), &number).await.is_err(),
        "nobody is there to be told"
    );
}

#[tokio::test]
async fn what_came_on_another_way_has_its_room_by_that() {
    let desk = Desk::open().await;
    let mail = desk.written(RITA, "It crashes").await;
    check_refused(
        &desk,
        desk.casework.open_room(&by("ana"), &mail),
        "no key of its reporter is known",
    )
    .await;
    let clear = desk.casework.next_letter(good).await.unwrap().unwrap();
    desk.ended(&clear, Handover::Taken).await;
    check_refused(
        &desk,
        desk.casework.open_room(&by("ana"), &mail),
        "no key of its reporter is known",
    )
    .await;
    let ben = "ben@researcher.example";
    let with_key = MailReading {
        keys: vec![key(&format!("good {ben}"), "attached")],
        ..letter(ben, "It hangs")
    };
    let mail = desk.came(with_key, ben).await;
    for says in [
        "once its acknowledgement goes out",
        "in the encrypted letter that its reporter has",
    ] {
        check_refused(&desk, desk.casework.open_room(&by("ana"), &mail), says).await;
        if let Some(sent) = desk.casework.next_letter(good).await.unwrap() {
            desk.ended(&sent, Handover::Taken).await;
        }
    }
    let (by_form, _) = entered(&desk, form(&desk)).await;
    check_refused(
        &desk,
        desk.casework.open_room(&by("ana"), &by_form),
        "a form has its own",
    )
    .await;
    check_refused(
        &desk,
        desk.casework.open_room(&by("ana"), "NN-2026-AAAAA"),
        "no such report",
    )
    .await;
}
