//! What was found is told to each reporter alone: in a letter under their key, in their room, and nowhere else (T11).

use super::letters::{RITA, known, told};
use super::world::{Desk, NOZOMI, by, event, two};
use crate::{ActError, LetterNews};

const BEN: &str = "ben@researcher.example";
const TOLD: &str = "verdict = \"vulnerable\", severity = \"High, 8.1\", plan = \"A fix in 25.2.\", disclosure = \"An advisory 90 days later.\"";

/// The secret of a report's room, as a letter of ours says it.
async fn room(desk: &Desk, number: &str) -> String {
    desk.act(number, "messaged = { text = \"We look at it.\" }").await;
    let sent = desk.casework.next_letter(super::letters::good).await.unwrap().unwrap();
    desk.ended(&sent, crate::Handover::Taken).await;
    sent.letter.sealed.unwrap().secrets[0].as_ref().unwrap().to_string()
}

#[tokio::test]
async fn findings_reach_one_reporter_in_a_letter_and_in_their_room() {
    let desk = Desk::open().await;
    let first = known(&desk, RITA, "It crashes").await;
    let second = known(&desk, BEN, "It crashes, too").await;
    let (rita, ben) = (room(&desk, &first).await, room(&desk, &second).await);
    desk.casework.join_report(&by("ana"), &second, &first).await.unwrap();
    while told(&desk).await.is_some() {}
    let called = {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&first).unwrap();
        board.reporter_called(case, &first).unwrap()
    };
    // To nobody in particular they are not told at all.
    let loose = event(&format!("reported-back = {{ {TOLD} }}"));
    let refused = desk.casework.act(&by("ana"), &first, None, loose).await;
    assert!(matches!(&refused, Err(ActError::Refused(_))), "{refused:?}");
    desk.act(
        &first,
        &format!("reported-back = {{ reporter = \"{called}\", {TOLD} }}"),
    )
    .await;
    let (to, news) = told(&desk).await.unwrap();
    assert_eq!(to, RITA);
    let Some(LetterNews::Findings(found)) = news else {
        panic!("{news:?}")
    };
    assert_eq!(found.verdict, "It is a vulnerability.");
    assert_eq!(
        (found.severity.as_deref(), found.plan.as_str()),
        (Some("High, 8.1"), "A fix in 25.2.")
    );
    assert_eq!(found.disclosure, "An advisory 90 days later.");
    assert!(told(&desk).await.is_none());
    let seen = |secret: &str| {
        let room = desk.casework.room(NOZOMI, secret).unwrap();
        desk.casework.view_room(&room).unwrap().findings
    };
    assert_eq!(seen(&rita), Some(found));
    assert_eq!(seen(&ben), None);
}

#[tokio::test]
async fn what_was_told_on_another_way_is_no_letter() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "reported-back = {}").await;
    assert!(told(&desk).await.is_none());
}

#[tokio::test]
async fn half_of_the_findings_are_none() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    for (told, why) in [
        ("verdict = \"vulnerable\"", "write all three"),
        ("plan = \"a\", disclosure = \"b\"", "write all three"),
        (
            "verdict = \"vulnerable\", plan = \"a\", disclosure = \" \", severity = \"c\"",
            "write all three",
        ),
        ("verdict = \"vulnerable\", plan = \"a\", disclosure = \"b\"", "severity"),
        (
            "verdict = \"vulnerable\", plan = \"a\", disclosure = \"b\", severity = \"c\\nd\"",
            "one line",
        ),
    ] {
        let event = event(&format!("reported-back = {{ {told} }}"));
        let refused = desk.casework.act(&by("ana"), &number, None, event).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{told}: {refused}");
    }
    desk.act(
        &number,
        "reported-back = { verdict = \"not-a-vulnerability\", plan = \"None.\", disclosure = \"Nothing.\" }",
    )
    .await;
    let (_, news) = told(&desk).await.unwrap();
    assert!(matches!(news, Some(LetterNews::Findings(found)) if found.severity.is_none()));
}

/// Whom nobody can reach is let off by two people with the reason; the other one is still to be told.
#[tokio::test]
async fn one_reporter_is_let_off_and_the_other_one_is_not() {
    let desk = Desk::open().await;
    let part = by("ana");
    let of = |text: &str| crate::Incoming {
        brand: Some(super::world::T128.to_owned()),
        ..super::world::incoming(text)
    };
    let (first, second) = (desk.receive(of("one")).await, desk.receive(of("two")).await);
    desk.casework.join_report(&part, &second, &first).await.unwrap();
    let name = |number: &str| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&first).unwrap();
        board.reporter_called(case, number).unwrap()
    };
    let (rita, ben) = (name(&first), name(&second));
    let rejected = || event("rejected = { exit = \"cannot-reproduce\" }");
    desk.act(&first, "reviewed = {}").await;
    desk.act(&first, &format!("reported-back = {{ reporter = \"{rita}\" }}"))
        .await;
    let refusal = |error: ActError| match error {
        ActError::Refused(refusal) => refusal.clause,
        other => panic!("{other:?}"),
    };
    let refused = desk.casework.act(&part, &first, None, rejected()).await.unwrap_err();
    assert_eq!(refusal(refused), "T11");
    let waived = |whom: &str| {
        event(&format!(
            "waived = {{ rule = \"findings-delivered\", reporter = \"{whom}\", why = \"no contact\" }}"
        ))
    };
    let alone = desk
        .casework
        .act(&by("lea"), &first, None, waived(&ben))
        .await
        .unwrap_err();
    assert_eq!(refusal(alone), "T11");
    let unknown = desk.casework.act(&two("lea", "leo"), &first, None, waived("zoe")).await;
    assert!(unknown.is_err());
    desk.casework
        .act(&two("lea", "leo"), &first, None, waived(&rita))
        .await
        .unwrap();
    assert!(
        desk.casework.act(&part, &first, None, rejected()).await.is_err(),
        "that was Rita's"
    );
    desk.casework
        .act(&two("lea", "leo"), &first, None, waived(&ben))
        .await
        .unwrap();
    let after = desk.casework.act(&part, &first, None, rejected()).await;
    assert!(
        !matches!(&after, Err(ActError::Refused(refusal)) if refusal.clause == "T11"),
        "{after:?}"
    );
}
