//! Work that nobody waits for: seen once, done once, tried again, given up in the open.

use super::world::{Desk, by, two};
use crate::jobs::purge_job;
use crate::{Casework, Worked};
use psirt::event::Event;
use store::{Batch, StreamId};

async fn work(casework: &Casework, worker: &str) -> Worked {
    casework.work(worker).await.unwrap()
}

fn late_entries(desk: &Desk, case: &str) -> Vec<String> {
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(case).unwrap();
    let late = case.entries.iter().filter_map(|entry| match &entry.event {
        Event::SeenLate { rule, .. } => Some(rule.clone()),
        _ => None,
    });
    late.collect()
}

#[tokio::test]
async fn a_late_promise_is_seen_once_by_whoever_looks_first() {
    let desk = Desk::open().await;
    let twin = desk.twin().await;
    let case = desk.report("Nobody looks at it").await;
    desk.act(&case, "acknowledged = {}").await;
    assert_eq!(work(&desk.casework, "one").await, Worked::default());
    desk.wait_until("2026-09-20T08:00:00Z");
    let seen = work(&desk.casework, "one").await.late;
    assert!(seen > 0, "the first review is late");
    assert_eq!(late_entries(&desk, &case).len(), seen);
    assert!(late_entries(&desk, &case).contains(&"first-review".to_owned()));
    // The same process again, and another one: nothing is said twice.
    assert_eq!(work(&desk.casework, "one").await.late, 0);
    assert_eq!(work(&twin, "two").await.late, 0);
    assert_eq!(late_entries(&desk, &case).len(), seen);
    // It does not touch what is computed.
    let story = desk.casework.story(&case).unwrap();
    assert!(
        story
            .events
            .iter()
            .all(|event| !matches!(event.entry.event, Event::SeenLate { .. }))
    );
}

#[tokio::test]
async fn two_workers_at_once_say_it_once() {
    let desk = Desk::open().await;
    let twin = desk.twin().await;
    let case = desk.report("Nobody looks at it").await;
    desk.wait_until("2026-09-20T08:00:00Z");
    let (here, there) = tokio::join!(desk.casework.work("one"), twin.work("two"));
    let seen = here.unwrap().late + there.unwrap().late;
    desk.casework.refresh().await.unwrap();
    let entries = late_entries(&desk, &case);
    assert_eq!(entries.len(), seen);
    let mut rules = entries.clone();
    rules.sort();
    rules.dedup();
    assert_eq!(rules.len(), entries.len(), "{entries:?}");
}

/// What a process leaves that dies right after the event of an erasure: the event, its job, and keys that still open.
async fn half_erased(desk: &Desk) -> String {
    let case = desk.report("Shred me").await;
    desk.act(&case, "rejected = { exit = \"not-a-vulnerability\" }").await;
    desk.casework
        .record_shredding(&two("lea", "ana"), &case, "Article 17")
        .await
        .unwrap();
    case
}

#[tokio::test]
async fn a_worker_finishes_an_erasure_that_a_crash_left_half_done() {
    let desk = Desk::open().await;
    let case = half_erased(&desk).await;
    assert_eq!(desk.casework.unfinished_erasures().await.unwrap(), [case]);
    let worked = work(&desk.casework, "one").await;
    assert_eq!((worked.done, worked.failed), (1, 0));
    assert!(desk.casework.unfinished_erasures().await.unwrap().is_empty());
    assert_eq!(work(&desk.casework, "one").await, Worked::default());
}

#[tokio::test]
async fn a_claim_of_a_dead_worker_passes_to_another() {
    let desk = Desk::open().await;
    let case = half_erased(&desk).await;
    let now = desk.casework.now();
    let until = now + jiff::SignedDuration::from_mins(5);
    let effect = store::Effect::new("purge").unwrap();
    let claimed = desk
        .store
        .claim_job(&effect, now.as_microsecond(), until.as_microsecond());
    assert!(claimed.await.unwrap().is_some(), "a worker takes it, and dies");
    assert_eq!(work(&desk.casework, "two").await.done, 0, "it is claimed");
    desk.clock.set(until + jiff::SignedDuration::from_secs(1));
    assert_eq!(work(&desk.casework, "two").await.done, 1);
    assert!(desk.casework.unfinished_erasures().await.unwrap().is_empty(), "{case}");
}

#[tokio::test]
async fn a_job_that_always_fails_is_given_up_in_the_open_and_can_be_tried_again() {
    let desk = Desk::open().await;
    let now = desk.casework.now();
    // The house's first entry is its name, and no erasure.
    let ordered = purge_job(&StreamId::new("house").unwrap(), 1, now).unwrap();
    let job = ordered.job_key.to_string();
    let batch = Batch {
        recorded_us: now.as_microsecond(),
        jobs: vec![ordered],
        ..Batch::default()
    };
    desk.store.append(batch).await.unwrap();
    let mut failed = 0;
    loop {
        let worked = work(&desk.casework, "one").await;
        failed += worked.failed;
        if worked.given_up > 0 {
            break;
        }
        let later = desk.casework.now() + jiff::SignedDuration::from_hours(7);
        assert!(failed < 100 && desk.clock.set(later));
    }
    assert_eq!(failed, 15);
    let dead = desk.casework.dead_jobs(&by("root")).await.unwrap();
    assert_eq!(
        dead.iter().map(|dead| dead.job_key.to_string()).collect::<Vec<_>>(),
        std::slice::from_ref(&job)
    );
    assert!(desk.casework.board().house.given_up[&job].1.contains("does not read"));
    assert_eq!(
        work(&desk.casework, "one").await,
        Worked::default(),
        "nobody tries it by itself"
    );
    let unknown = desk.casework.revive_job(&by("lea"), "purge:case:1").await.unwrap_err();
    assert!(unknown.to_string().contains("no job of this name"), "{unknown}");
    assert!(
        desk.casework.revive_job(&by("ana"), &job).await.is_err(),
        "an analyst does not"
    );
    let kept = desk.casework.drop_job(&by("lea"), &job, "Nobody needs it.").await;
    let kept = kept.unwrap_err().to_string();
    assert!(kept.contains("owed until it is done"), "{kept}");
    desk.casework.revive_job(&by("lea"), &job).await.unwrap();
    assert!(desk.casework.board().house.given_up.is_empty());
    assert_eq!(work(&desk.casework, "one").await.given_up, 1, "it was tried once more");
}
