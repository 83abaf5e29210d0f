//! What the simulation found, each as a short story.

use super::world::{Desk, GUARDIAN, T128, at, by, check_refused, event};
use crate::Incoming;
use psirt::case::embargo::may_leave;
use psirt::case::signal::Signal;
use psirt::clock::State;
use psirt::event::Event;
use psirt::policy::block::promise::Duty;
use psirt::story::Story;

#[tokio::test]
async fn a_vector_that_is_none_is_refused_by_the_record_too() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    for vector in ["", "9.8", "CVSS:3.1/AV:N/AC:L"] {
        let scored = Event::Scored {
            vector: vector.to_owned(),
            source: None,
            why: None,
        };
        check_refused(&desk, desk.casework.act(&by("ana"), &case, None, scored), "refused: ").await;
    }
    Story::read(&desk.casework.story(&case).unwrap().write()).unwrap();
}

#[tokio::test]
async fn nothing_happened_before_1970() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let long_ago = at("-009999-01-02T01:59:59Z");
    let ana = by("ana");
    let reviewed = desk.casework.act(&ana, &case, Some(long_ago), event("reviewed = {}"));
    check_refused(&desk, reviewed, "did not happen before 1970").await;
    let shipped = event("release-shipped = { product = \"Guardian\", version = \"1\" }");
    let shipped = desk.casework.line_event(&ana, Some(long_ago), shipped);
    check_refused(&desk, shipped, "did not happen before 1970").await;
    let early = Incoming {
        at: Some(long_ago),
        ..super::world::incoming("text")
    };
    check_refused(
        &desk,
        desk.casework.receive(&by("ana"), early),
        "did not come in before 1970",
    )
    .await;
    Story::read(&desk.casework.story(&case).unwrap().write()).unwrap();
}

#[tokio::test]
async fn what_was_only_aimed_at_ends_when_the_case_is_closed() {
    let desk = Desk::open().await;
    let internal = Incoming {
        brand: Some(T128.to_owned()),
        reporter_kind: "internal".to_owned(),
        ..super::world::incoming("Ours, perhaps")
    };
    let case = desk.receive(internal).await;
    let running = |number: &str| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        let all = board.obligations(case, desk.casework.now());
        all.iter()
            .filter(|o| matches!(o.state, State::Running | State::DueSoon) && o.promise.duty == Duty::Aims)
            .count()
    };
    assert!(running(&case) > 0);
    desk.act(&case, "closed = {}").await;
    assert_eq!(running(&case), 0);
    desk.act(&case, "reopened = { why = \"it is ours\" }").await;
    assert!(running(&case) > 0);
}

#[tokio::test]
async fn a_public_exploit_makes_the_flaw_public_and_a_fix_makes_the_vendor_aware() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    desk.wait_until("2026-09-10T08:00:00Z");
    desk.act(&case, "exploit-public = {}").await;
    let silent = format!("fix-released = {{ product = \"{GUARDIAN}\", version = \"25.1.2\" }}");
    let before = Some(at("2026-08-01T08:00:00Z"));
    desk.casework
        .act(&by("ana"), &case, before, event(&silent))
        .await
        .unwrap();
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    let since = |signal: Signal| signal.since(&case.facts, desk.casework.now());
    assert_eq!(since(Signal::Public), Some(at("2026-09-10T08:00:00Z")));
    assert_eq!(since(Signal::VendorAware), since(Signal::FixDeployed));
    assert!(may_leave(&case.embargo));
}

#[tokio::test]
async fn a_yes_that_was_taken_back_keeps_the_name_out() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until("2027-01-04T09:00:00Z");
    desk.act(&case, "credit = { choice = \"no\" }").await;
    let casework = &desk.casework;
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "took it back since").await;
    casework
        .redraft_advisory(&by("ana"), &id, super::world::draft())
        .await
        .unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    let ordered = casework.order_release(&by("leo"), &id, "").await.unwrap();
    assert!(ordered.released.advisory().vulnerabilities[0].credits.is_empty());
}

#[tokio::test]
async fn a_fix_does_not_stay_alone_where_nothing_is_confirmed_after_a_split() {
    let desk = Desk::open().await;
    let case = desk.report("The mill stands on a hill").await;
    let other = desk.report("The weir leaks").await;
    for text in [
        "suspected = { products = [\"Guardian\", \"Vantage\"] }",
        "acknowledged = {}",
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Vantage\"] }",
        "reported-back = {}",
    ] {
        desk.act(&case, text).await;
    }
    desk.act(&case, "fix-released = { product = \"Guardian\", version = \"25.1.2\" }")
        .await;
    desk.casework.join_report(&by("ana"), &other, &case).await.unwrap();
    let split = crate::Split {
        reports: vec![case.clone()],
        products: vec!["Vantage".to_owned()],
        ..crate::Split::default()
    };
    let both = super::world::two("ana", "lea");
    let refused = desk.casework.split_case(&both, &case, &split);
    check_refused(&desk, refused, "the fix of `Guardian` would stay").await;

    desk.act(
        &case,
        "retracted = { event = \"fix-released\", why = \"of another product\" }",
    )
    .await;
    desk.casework.split_case(&both, &case, &split).await.unwrap();
}
