//! Whom what the team says reaches, as the desk shows it.

use super::world::{Desk, at, by, event};
use crate::{Reach, reach};

const RITA: &str = "rita@researcher.example";

/// Where the last entry of a case arrives.
fn check_reach(desk: &Desk, number: &str, story: &str, expect: Reach) {
    let board = desk.casework.board();
    let (stream, case) = board.case_of_number(number).unwrap();
    let entry = case.entries.iter().last().unwrap();
    assert_eq!(reach(&board, (stream, case), entry), expect, "{story}");
}

#[tokio::test]
async fn what_the_team_says_reaches_a_reporter_or_nobody() {
    let desk = Desk::open().await;
    let with_key = super::letters::known(&desk, "kim@researcher.example", "It hangs").await;
    desk.act(&with_key, "messaged = { text = \"Send the dump.\" }").await;
    check_reach(&desk, &with_key, "whose key is known is written to", Reach::Letter);
    let number = desk.written(RITA, "It crashes").await;
    desk.act(&number, "messaged = { text = \"Send the dump.\" }").await;
    check_reach(&desk, &number, "no key of theirs is known", Reach::OnlyNews);
    let then = at("2026-09-01T09:00:00Z");
    desk.wait_until("2026-09-03T08:00:00Z");
    let call = event("messaged = { text = \"Said on the telephone.\" }");
    desk.casework.act(&by("ana"), &number, Some(then), call).await.unwrap();
    check_reach(&desk, &number, "what was said two days ago was said", Reach::Elsewhere);

    let other = desk.written("ben@researcher.example", "It crashes, too").await;
    desk.casework.join_report(&by("ana"), &other, &number).await.unwrap();
    desk.act(&number, "messaged = { text = \"To whom?\" }").await;
    check_reach(&desk, &number, "two reporters, and none is named", Reach::NobodyNamed);

    let by_hand = desk.report("Somebody called about a crash").await;
    desk.act(&by_hand, "messaged = { text = \"Thank you.\" }").await;
    check_reach(&desk, &by_hand, "no address, and no room", Reach::NoWay);
}
