//! Whose letter goes next, where several go at once.

use super::letters::good;
use super::world::Desk;
use crate::{Handover, Turn, domain_of};
use jiff::SignedDuration;

#[tokio::test]
async fn a_letter_whose_turn_it_is_not_stays_where_it_is() {
    let desk = Desk::open().await;
    for from in [
        "rita@slow.example",
        "ben@SLOW.example",
        "eve@last.example",
        "ann@quick.example",
    ] {
        desk.written(from, from).await;
        let later = desk.clock.now().checked_add(SignedDuration::from_secs(1)).unwrap();
        assert!(desk.clock.set(later));
    }
    let next = async |turn: fn(&str) -> Turn| desk.casework.next_letter_by(good, turn).await.unwrap();
    let but_slow = |domain: &str| match domain {
        "slow.example" => Turn::No,
        "last.example" => Turn::Last,
        _ => Turn::Now,
    };
    let mut out = Vec::new();
    while let Some(sent) = next(but_slow).await {
        out.push(sent.letter.to.clone());
        desk.ended(&sent, Handover::Taken).await;
    }
    assert_eq!(out, ["ann@quick.example", "eve@last.example"]);
    // What was passed over is as it was: nothing was begun, and the oldest goes first.
    let sent = next(|_| Turn::Now).await.unwrap();
    assert_eq!(sent.letter.to, "rita@slow.example");
    assert_eq!(domain_of("ben@SLOW.example."), "slow.example");
    let other = next(|_| Turn::Now).await.unwrap();
    assert_eq!(domain_of(&other.letter.to), "slow.example");
    assert!(next(|_| Turn::Now).await.is_none(), "both are claimed");
}
