//! What opens no case at first: held, filed, older than the house; how a person makes a report of it, and who is answered.

use super::mail::{digest, letter};
use super::world::{Desk, by, check_refused};
use crate::{Actor, MailBounce, MailReading, Message};
use psirt::house::mail::Envelope;
use std::io::Cursor;

/// A message that looks like no person's, and what becomes of it before and after somebody releases it.
async fn check_released(reading: MailReading, state: &str, why: Option<&str>) {
    let desk = Desk::open().await;
    let number = desk.mail(reading.clone()).await;
    let row = desk.row(&number);
    assert_eq!(
        (row.state, row.case.as_deref(), row.why),
        (state, None, why),
        "{}",
        reading.text
    );
    assert_eq!(
        (row.title.as_str(), row.begins.as_str()),
        (reading.title.as_str(), reading.text.as_str())
    );
    assert_eq!(desk.cases(), 0);
    desk.casework.release_mail(&by("ana"), &number).await.unwrap();
    desk.check_row(&number, "released", None);
    check_refused(&desk, desk.casework.release_mail(&by("ana"), &number), "already").await;
    desk.read(reading).await;
    desk.check_row(&number, "report", Some(&number));
    assert_eq!(desk.cases(), 1);
    // Nobody is answered for that: a person says first who wrote it.
    let waiting = desk.casework.letters(&by("ana"), true).unwrap();
    assert!(waiting.is_empty());
}

#[tokio::test]
async fn whatever_a_message_was_taken_for_a_person_makes_it_a_report() {
    let machine = |title: &str, text: &str| MailReading {
        title: title.to_owned(),
        opens_case: false,
        must_not_answer: true,
        ..letter(text)
    };
    let held = Some("it came as a machine's or as our own, and reports something all the same");
    // A form on our web site writes from our address to our address.
    let form = MailReading {
        from: vec!["psirt@nozomi-networks.example".to_owned()],
        message_id: Some("1@nozomi-networks.example".to_owned()),
        ..machine("Contact", "I found an overflow")
    };
    check_released(form.clone(), "held", held).await;
    check_released(
        MailReading {
            text: "The Guardian shows names".to_owned(),
            ..form.clone()
        },
        "held",
        held,
    )
    .await;
    check_released(
        MailReading {
            text: "Please call me".to_owned(),
            ..form.clone()
        },
        "automatic",
        None,
    )
    .await;
    let asks = |text: &str| MailReading {
        list_request: Some("subscribe".to_owned()),
        ..machine("Hello", text)
    };
    check_released(asks("I found an overflow"), "held", held).await;
    check_released(asks("Please"), "list-request", None).await;
    let bounced = |text: &str| MailReading {
        bounce: Some(MailBounce {
            recipient: "joe@customer.example".to_owned(),
            status: "5.1.1".to_owned(),
            hard: true,
        }),
        ..machine("Not delivered", text)
    };
    check_released(bounced("The parser has an overflow"), "held", held).await;
    check_released(bounced("Nobody is here"), "undelivered", None).await;
    check_released(
        MailReading {
            opened: Some(true),
            ..machine("Encrypted", "Hello")
        },
        "held",
        held,
    )
    .await;
}

#[tokio::test]
async fn what_a_mailbox_had_before_the_first_look_is_held_and_moves_nothing() {
    let desk = Desk::open().await;
    let part = Actor::part("mail");
    let first = desk
        .casework
        .open_mailbox(&part, "psirt@imap.example/INBOX")
        .await
        .unwrap();
    assert_eq!(first.to_string(), "2026-08-31", "somewhere it is still the day before");
    let case = desk.mail(letter("It crashes")).await;
    let thread = desk.casework.mail_thread(&by("ana"), &case).await.unwrap();
    let desk = desk.reopened().await;
    desk.wait_until("2026-11-05T08:00:00Z");
    let again = desk
        .casework
        .open_mailbox(&part, "psirt@imap.example/INBOX")
        .await
        .unwrap();
    assert_eq!(again, first, "it is remembered");
    let other = desk
        .casework
        .open_mailbox(&part, "psirt@imap.example/Other")
        .await
        .unwrap();
    assert_eq!(other.to_string(), "2026-11-04");

    let earlier = |to: &str| Message {
        envelope: Envelope {
            is_earlier: true,
            to: vec![to.to_owned()],
            ..Envelope::default()
        },
        ..Message::default()
    };
    for (text, to) in [
        ("An overflow of 2021", "psirt@nozomi-networks.example"),
        ("More of 2021", &thread.reply_to),
    ] {
        let source = Cursor::new(text.as_bytes().to_vec());
        let kept = desk.casework.receive_mail(&part, earlier(to), source, || digest(text));
        let number = kept.await.unwrap().number;
        desk.read(letter(text)).await;
        desk.check_row(&number, "held", None);
        assert_eq!(
            desk.row(&number).why,
            Some("it was in the mailbox before this house began to read that")
        );
    }
    assert_eq!(desk.cases(), 1);
    assert!(desk.said(&case).is_empty());
    let waiting = desk.casework.letters(&by("ana"), true).unwrap();
    assert_eq!(waiting.len(), 1, "that of the first report alone");
}

#[tokio::test]
async fn a_letter_of_ours_that_comes_back_is_nobodys_report() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let id = desk.casework.mail_thread(&by("ana"), &case).await.unwrap().message_id;
    let back = MailReading {
        from: vec!["psirt@nozomi-networks.example".to_owned()],
        message_id: Some(id),
        opens_case: false,
        must_not_answer: true,
        ..letter("Your report of the overflow in the Guardian has arrived")
    };
    let back = desk.mail(back).await;
    desk.check_row(&back, "automatic", None);
    assert_eq!(desk.cases(), 1);
}

#[tokio::test]
async fn whoever_writes_from_a_domain_in_another_script_is_answered_and_others_are_named_at_the_desk() {
    let desk = Desk::open().await;
    let from = |from: &[&str], text: &str| MailReading {
        from: from.iter().map(|&from| from.to_owned()).collect(),
        ..letter(text)
    };
    let why = |number: &str| {
        let board = desk.casework.board();
        let (_, report) = board.report_of_number(number).unwrap();
        crate::no_letter(&board, report)
    };
    let letters = || desk.casework.letters(&by("ana"), true).unwrap().len();
    let number = desk.mail(from(&["rita@bücher.example"], "One")).await;
    assert_eq!(desk.row(&number).from, "rita@xn--bcher-kva.example");
    assert_eq!((why(&number), letters()), (None, 1));
    let number = desk.mail(from(&["jürgen@bücher.example"], "Two")).await;
    assert_eq!(desk.row(&number).from, "jürgen@bücher.example");
    assert!(why(&number).unwrap().contains("plain ASCII"));
    let number = desk.mail(from(&[], "Three")).await;
    assert!(why(&number).unwrap().contains("does not say who"));
    let number = desk.mail(from(&["a@b.example", "c@d.example"], "Four")).await;
    assert!(why(&number).unwrap().contains("several senders"));
    let number = desk.mail(from(&["psirt@nozomi-networks.example"], "Five")).await;
    assert!(why(&number).unwrap().contains("address of ours"));
    let robot = MailReading {
        must_not_answer: true,
        ..from(&["robot@list.example"], "Six")
    };
    let number = desk.mail(robot).await;
    assert!(why(&number).unwrap().contains("list or a robot"));
    assert_eq!(letters(), 1);
    desk.casework
        .name_sender(&by("ana"), &number, "ada@bücher.example")
        .await
        .unwrap();
    assert_eq!((why(&number), letters()), (None, 2));
}
