//! Publication at an instant: ordered ahead by two people, carried out once by whoever looks first, never before, and never past a clause.

use super::world::{Desk, NOZOMI, at, by, check_refused, scheduling};
use crate::{Arrived, Casework, KeptBytes, Scheduling};
use psirt::advisory::Stage;
use psirt::case::phase::Phase;
use psirt::house::Role;

/// After the hold of ninety days, a Monday.
const INSTANT: &str = "2027-01-04T08:00:00Z";

/// What one look of a process finds.
async fn look(casework: &Casework, publisher: &str) -> Vec<Arrived> {
    let Some(lease) = casework.publisher_lease(publisher).await.unwrap() else {
        return Vec::new();
    };
    let arrived = casework.order_arrived(&lease).await.unwrap();
    casework.release_publisher(&lease).await.unwrap();
    arrived
}

async fn scheduled(desk: &Desk) -> (String, String) {
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let doubts = desk.casework.schedule(&by("leo"), &id, &scheduling(INSTANT)).await;
    assert_eq!(doubts.unwrap(), [""; 0]);
    (case, id)
}

fn check_held_back(arrived: &[Arrived], words: &str) {
    match arrived {
        [Arrived::HeldBack { why, .. }] => assert!(why.contains(words), "{why}\n  does not say: {words}"),
        other => panic!("one was to be held back: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_scheduled_goes_out_once_at_its_instant() {
    let desk = Desk::open().await;
    let (case, id) = scheduled(&desk).await;
    let casework = &desk.casework;
    assert_eq!(casework.next_publication(), Some(at(INSTANT)));
    desk.wait_until("2027-01-04T07:59:59.999999Z");
    assert_eq!(look(casework, "one").await, []);
    desk.wait_until(INSTANT);
    let twin = desk.twin().await;
    assert_eq!(look(casework, "one").await, [Arrived::Ordered { id: id.clone() }]);
    assert_eq!(look(casework, "one").await, [], "it is ordered once");
    assert_eq!(look(&twin, "two").await, [], "by whichever process");
    assert!(casework.has_waiting_release());
    casework.mark_published(&id, 1, "digest").await.unwrap();
    assert_eq!(casework.next_publication(), None);
    let board = casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    assert_eq!(board.phase(case, casework.now()), Phase::Published);
    let published = case.entries.last().unwrap();
    assert_eq!(
        (published.by.as_str(), published.approved_by.as_deref()),
        ("leo", Some("lea")),
        "in the names of those who ordered it ahead"
    );
    let order = board.advisories[&id].order.clone().unwrap();
    assert_eq!((order.scheduled, order.late_s), (Some(at(INSTANT)), Some(0)));
}

#[tokio::test]
async fn a_house_that_was_down_publishes_after_its_start_and_says_how_late() {
    let desk = Desk::open().await;
    let (_, id) = scheduled(&desk).await;
    desk.wait_until("2027-01-06T10:30:00Z");
    let desk = desk.reopened().await;
    let casework = &desk.casework;
    assert_eq!(look(casework, "one").await, [Arrived::Ordered { id: id.clone() }]);
    casework.mark_published(&id, 1, "digest").await.unwrap();
    let late = casework.board().advisories[&id].order.clone().unwrap().late_s;
    assert_eq!(late, Some(50 * 3600 + 1800));
}

/// Killed after the order: the next process finds it on its way, and neither orders nor records it twice.
#[tokio::test]
async fn a_process_that_dies_after_the_order_leaves_the_rest_to_the_next() {
    let desk = Desk::open().await;
    let (case, id) = scheduled(&desk).await;
    desk.wait_until(INSTANT);
    assert_eq!(look(&desk.casework, "one").await.len(), 1);
    let desk = desk.reopened().await;
    let casework = &desk.casework;
    assert!(casework.has_waiting_release());
    assert_eq!(look(casework, "two").await, []);
    for _ in 0..2 {
        casework.mark_published(&id, 1, "digest").await.unwrap();
    }
    let board = casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    let published = |entry: &&psirt::event::Entry| entry.event.kind() == psirt::event::Kind::AdvisoryPublished;
    assert_eq!(case.entries.iter().filter(published).count(), 1);
    assert_eq!(board.advisories[&id].ordered.as_ref().unwrap().revisions.len(), 1);
}

#[tokio::test]
async fn two_processes_at_once_order_it_once() {
    let desk = Desk::open().await;
    let (_, id) = scheduled(&desk).await;
    let twin = desk.twin().await;
    desk.wait_until(INSTANT);
    let (here, there) = tokio::join!(look(&desk.casework, "one"), look(&twin, "two"));
    assert_eq!([here, there].concat(), [Arrived::Ordered { id }]);
}

/// A holder that was replaced while it stood still records nothing.
#[tokio::test]
async fn a_lost_lease_orders_nothing() {
    let desk = Desk::open().await;
    let (_, id) = scheduled(&desk).await;
    desk.wait_until(INSTANT);
    let stale = desk.casework.publisher_lease("one").await.unwrap().unwrap();
    assert!(
        desk.casework.publisher_lease("two").await.unwrap().is_none(),
        "it is held"
    );
    desk.wait_until("2027-01-04T08:06:00Z");
    let lease = desk.casework.publisher_lease("two").await.unwrap().unwrap();
    assert!(desk.casework.order_arrived(&stale).await.is_err());
    assert_eq!(
        desk.casework.order_arrived(&lease).await.unwrap(),
        [Arrived::Ordered { id }]
    );
}

/// The hold of ninety days ends on some day; its clause has the advisory out on the working day that follows.
#[tokio::test]
async fn the_policy_says_when_it_would_have_it_out() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let casework = &desk.casework;
    let instant = casework.policy_instant(&by("leo"), &id).unwrap().unwrap();
    assert_eq!(instant.clause.as_deref(), Some("N13"));
    let day = instant.at.to_zoned(jiff::tz::TimeZone::get("Europe/Zurich").unwrap());
    assert!(day.weekday().to_monday_one_offset() <= 5, "{day}");
    let plan = scheduling(&instant.at.to_string());
    assert_eq!(casework.schedule(&by("leo"), &id, &plan).await.unwrap(), [""; 0]);
    desk.wait_until(&(instant.at - jiff::SignedDuration::from_secs(1)).to_string());
    assert_eq!(look(casework, "one").await, []);
    desk.wait_until(&instant.at.to_string());
    assert_eq!(look(casework, "one").await, [Arrived::Ordered { id: id.clone() }]);
    desk.wait_until(&(instant.at + jiff::SignedDuration::from_hours(1)).to_string());
    assert_eq!(casework.policy_instant(&by("leo"), &id).unwrap(), None, "it has passed");
}

/// The hold is asked again at the instant, and a leak ends it (D14).
#[tokio::test]
async fn a_hold_keeps_it_back_until_it_ends_or_is_ended() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let casework = &desk.casework;
    let early = scheduling("2026-12-01T08:00:00Z");
    let doubts = casework.schedule(&by("leo"), &id, &early).await.unwrap();
    assert!(doubts.iter().any(|doubt| doubt.contains("§N13 holds")), "{doubts:?}");
    desk.wait_until("2026-12-01T08:00:00Z");
    check_held_back(&look(casework, "one").await, "refused by §N13");
    let size = casework.board().size;
    check_held_back(&look(casework, "one").await, "refused by §N13");
    assert_eq!(casework.board().size, size, "the same refusal is recorded once");
    let told = casework.board().advisories[&id].schedule.clone().unwrap().held_back;
    assert!(told.unwrap().contains("§N13"));
    desk.act(&case, "made-public = { evidence = \"a talk\" }").await;
    assert_eq!(look(casework, "one").await, [Arrived::Ordered { id }]);
}

/// What the gates ask for may be gone at the instant: a yes that was taken back, a person who left.
#[tokio::test]
async fn gates_and_people_are_asked_again() {
    let desk = Desk::open().await;
    let (case, id) = scheduled(&desk).await;
    let casework = &desk.casework;
    desk.wait_until(INSTANT);
    desk.act(&case, "credit = { choice = \"no\" }").await;
    check_held_back(&look(casework, "one").await, "did not say yes");
    desk.act(&case, "credit = { choice = \"yes\", as = \"Ada of Example Labs\" }")
        .await;
    for person in ["leo", "lea"] {
        let auditor = super::world::person(person, Role::Auditor);
        casework.set_person(&by("root"), auditor).await.unwrap();
    }
    check_held_back(&look(casework, "one").await, "cannot be the second person");
    assert!(casework.released(NOZOMI).is_empty());
    let lead = super::world::person("leo", Role::Lead);
    casework.set_person(&by("root"), lead).await.unwrap();
    let lead = super::world::person("lea", Role::Lead);
    casework.set_person(&by("root"), lead).await.unwrap();
    assert_eq!(look(casework, "one").await, [Arrived::Ordered { id }]);
}

#[tokio::test]
async fn a_schedule_is_an_order_of_two_people_for_an_instant_to_come() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let casework = &desk.casework;
    let plan = scheduling(INSTANT);
    // Lea approved it: she needs somebody beside her.
    check_refused(&desk, casework.schedule(&by("lea"), &id, &plan), "act of two people").await;
    let past = scheduling("2026-10-05T08:00:00Z");
    check_refused(&desk, casework.schedule(&by("leo"), &id, &past), "has passed").await;
    let nowhere = Scheduling {
        zone: Some("Europe/Atlantis".to_owned()),
        ..plan.clone()
    };
    check_refused(
        &desk,
        casework.schedule(&by("leo"), &id, &nowhere),
        "no time zone is called",
    )
    .await;
    check_refused(&desk, casework.schedule(&by("root"), &id, &plan), "no such advisory").await;
    casework.schedule(&by("leo"), &id, &plan).await.unwrap();
    let zone = casework.board().advisories[&id].schedule.clone().unwrap().zone;
    assert_eq!(zone, "Europe/Zurich", "that of the policy");
    // Another text is another decision.
    casework
        .redraft_advisory(&by("ana"), &id, super::world::draft())
        .await
        .unwrap();
    desk.wait_until(INSTANT);
    assert_eq!(look(casework, "one").await, []);
    assert_eq!(casework.board().advisories[&id].stage, Stage::Draft);
}

/// Bytes are fixed once: whoever comes later, or fixes others, gets the first ones.
#[tokio::test]
async fn bytes_are_kept_once_and_survive_everything_but_their_key() {
    let desk = Desk::open().await;
    let (_, id) = scheduled(&desk).await;
    desk.wait_until(INSTANT);
    look(&desk.casework, "one").await;
    let bytes = |text: &str| KeptBytes {
        json: text.as_bytes().to_vec(),
        signature: format!("signature of {text}"),
    };
    let first = desk.casework.keep_bytes(&id, bytes("first"), Vec::new()).await.unwrap();
    let twin = desk.twin().await;
    let second = twin.keep_bytes(&id, bytes("second"), Vec::new()).await.unwrap();
    assert_eq!(first, second);
    let desk = desk.reopened().await;
    let [release] = desk.casework.releases(NOZOMI).try_into().unwrap();
    assert_eq!(release.fixed.as_ref(), Some(&first));
    assert_eq!(desk.casework.kept_bytes(&first).await.unwrap(), Some(bytes("first")));
    assert_eq!(
        desk.casework.board_from_scratch().await.unwrap().advisories,
        desk.casework.board().advisories
    );
}
