//! The part of the story about work: jobs and leases.

use store::{Batch, JobKey, Outcome, Settled, Store, StoreError, Ticket};
use tokio::task::JoinSet;

use crate::world::*;

fn settle(ticket: &Ticket, outcome: Outcome) -> Batch {
    Batch {
        recorded_us: NOW_US,
        settled: vec![Settled {
            ticket: ticket.clone(),
            outcome,
        }],
        ..Batch::default()
    }
}

pub(crate) async fn jobs_run_once_and_come_back_if_their_worker_dies(store: &Store) {
    let mail = effect("mail");
    let claim =
        |after_s: i64| store.claim_job(&mail, NOW_US + after_s * SECOND_US, NOW_US + (after_s + 60) * SECOND_US);
    let order = Batch {
        jobs: vec![job("mail:late", NOW_US + 10 * SECOND_US), job("mail:soon", NOW_US)],
        ..batch(vec![entry("case:3", 1, "order")])
    };
    store.append(order).await.unwrap();
    // Ordered again under the same name: nothing new.
    store
        .append(Batch {
            jobs: vec![job("mail:soon", NOW_US)],
            ..Batch::default()
        })
        .await
        .unwrap();
    // A refused batch orders nothing.
    let refused = Batch {
        jobs: vec![job("mail:never", NOW_US)],
        ..batch(vec![entry("case:3", 1, "stale")])
    };
    assert!(store.append(refused).await.is_err());

    assert_eq!(
        store
            .claim_job(&effect("cve"), NOW_US, NOW_US + SECOND_US)
            .await
            .unwrap(),
        None
    );
    // Ordered, claimed, and not needed any more: the ticket is worthless, and nobody finds it again.
    let needless = |jobs, dropped: &[&str]| Batch {
        jobs,
        dropped: dropped.iter().map(|name| JobKey::new(*name).unwrap()).collect(),
        ..Batch::default()
    };
    store
        .append(needless(vec![job("mail:needless", NOW_US - SECOND_US)], &[]))
        .await
        .unwrap();
    let needed = claim(-1).await.unwrap().unwrap();
    assert_eq!(needed.job.job_key.as_str(), "mail:needless");
    store
        .append(needless(Vec::new(), &["mail:needless", "mail:unknown"]))
        .await
        .unwrap();
    assert_eq!(
        store.append(settle(&needed.ticket, Outcome::Done)).await,
        Err(StoreError::JobLost(needed.ticket.job_key.clone()))
    );

    let soon = claim(0).await.unwrap().unwrap();
    assert_eq!(
        (
            soon.job.job_key.as_str(),
            soon.job.stream.as_str(),
            soon.job.seq,
            soon.ticket.attempt
        ),
        ("mail:soon", "case:1", 1, 1)
    );
    assert_eq!(claim(0).await.unwrap(), None, "the other one is not due yet");

    // The worker dies; after the end of its claim another one takes over, and the dead one's ticket is worthless.
    let late = claim(11).await.unwrap().unwrap();
    let again = claim(61).await.unwrap().unwrap();
    assert_eq!((again.job.job_key.as_str(), again.ticket.attempt), ("mail:soon", 2));
    for outcome in [Outcome::Done, Outcome::Dead, Outcome::Retry { run_at_us: NOW_US }] {
        assert_eq!(
            store.append(settle(&soon.ticket, outcome)).await,
            Err(StoreError::JobLost(soon.ticket.job_key.clone()))
        );
    }

    // Done together with its event: both or neither.
    let done = |seq| Batch {
        entries: vec![entry("case:3", seq, "sent")],
        ..settle(&again.ticket, Outcome::Done)
    };
    assert!(matches!(store.append(done(1)).await, Err(StoreError::Conflict { .. })));
    store.append(done(2)).await.unwrap();
    assert_eq!(
        store.append(done(3)).await,
        Err(StoreError::JobLost(again.ticket.job_key.clone()))
    );
    store
        .append(Batch {
            jobs: vec![job("mail:soon", NOW_US)],
            ..Batch::default()
        })
        .await
        .unwrap();
    assert_eq!(
        claim(65).await.unwrap(),
        None,
        "a job that is done is not ordered again"
    );

    store
        .append(settle(
            &late.ticket,
            Outcome::Retry {
                run_at_us: NOW_US + 100 * SECOND_US,
            },
        ))
        .await
        .unwrap();
    assert_eq!(claim(99).await.unwrap(), None);
    let late = claim(100).await.unwrap().unwrap();
    assert_eq!(late.ticket.attempt, 2);
    store.append(settle(&late.ticket, Outcome::Dead)).await.unwrap();
    assert_eq!(claim(1_000_000).await.unwrap(), None);
    assert_eq!(
        store
            .dead_jobs()
            .await
            .unwrap()
            .iter()
            .map(|job| job.job_key.as_str())
            .collect::<Vec<_>>(),
        ["mail:late"]
    );
    assert!(store.revive_job(&late.ticket.job_key, NOW_US).await.unwrap());
    assert!(
        !store
            .revive_job(&JobKey::new("mail:soon").unwrap(), NOW_US)
            .await
            .unwrap()
    );
    assert_eq!(store.dead_jobs().await.unwrap(), []);
    let revived = claim(0).await.unwrap().unwrap();
    store.append(settle(&revived.ticket, Outcome::Done)).await.unwrap();
}

pub(crate) async fn workers_never_share_a_job(world: &World, store: &Store) {
    const JOBS: usize = 40;
    let jobs = (0..JOBS)
        .map(|index| store::Job {
            effect: effect("cve"),
            ..job(&format!("cve:{index}"), NOW_US)
        })
        .collect();
    store
        .append(Batch {
            jobs,
            ..Batch::default()
        })
        .await
        .unwrap();
    let other = world.open().await;
    let mut workers = JoinSet::new();
    for index in 0..6 {
        let store = if index % 2 == 0 { store.clone() } else { other.clone() };
        workers.spawn(async move {
            let mut taken = Vec::new();
            while let Some(claimed) = store
                .claim_job(&effect("cve"), NOW_US, NOW_US + SECOND_US)
                .await
                .unwrap()
            {
                taken.push(claimed.job.job_key);
            }
            taken
        });
    }
    let mut taken: Vec<JobKey> = workers.join_all().await.concat();
    taken.sort();
    let count = taken.len();
    taken.dedup();
    assert_eq!(
        (count, taken.len()),
        (JOBS, JOBS),
        "each job is claimed, and by one worker"
    );
    other.close().await;
}

pub(crate) async fn a_lease_has_one_holder_and_a_growing_fence(store: &Store) {
    let name = lease_name("publisher");
    let (one, two) = (holder("process:1"), holder("process:2"));
    let at = |seconds: i64| NOW_US + seconds * SECOND_US;
    let first = store.take_lease(&name, &one, at(0), at(10)).await.unwrap().unwrap();
    assert_eq!(first.fence, 1);
    assert_eq!(store.take_lease(&name, &two, at(5), at(15)).await.unwrap(), None);
    assert_eq!(
        store
            .take_lease(&name, &one, at(5), at(20))
            .await
            .unwrap()
            .unwrap()
            .fence,
        1,
        "renewing keeps the fence"
    );
    let second = store.take_lease(&name, &two, at(20), at(30)).await.unwrap().unwrap();
    assert_eq!(second.fence, 2);
    store.release_lease(&first).await.unwrap();
    assert_eq!(
        store.take_lease(&name, &one, at(21), at(31)).await.unwrap(),
        None,
        "who was replaced frees nothing"
    );
    store.release_lease(&second).await.unwrap();
    assert_eq!(
        store
            .take_lease(&name, &one, at(21), at(31))
            .await
            .unwrap()
            .unwrap()
            .fence,
        3
    );
    assert_eq!(
        store
            .take_lease(&name, &one, at(31), at(41))
            .await
            .unwrap()
            .unwrap()
            .fence,
        4,
        "an expired lease is taken anew, even by its last holder"
    );
}

pub(crate) async fn who_lost_the_lease_records_nothing(store: &Store) {
    let name = lease_name("scheduler");
    let at = |seconds: i64| NOW_US + seconds * SECOND_US;
    let stale = store
        .take_lease(&name, &holder("process:1"), at(0), at(10))
        .await
        .unwrap();
    let act = |seq, lease: &Option<store::Lease>| Batch {
        lease: lease.clone(),
        jobs: vec![job(&format!("fenced:{seq}"), at(0))],
        ..batch(vec![entry("fenced:1", seq, "an effect under a lease")])
    };
    store.append(act(1, &stale)).await.unwrap();
    // It was slow; meanwhile another one took over and acted.
    let fresh = store
        .take_lease(&name, &holder("process:2"), at(20), at(30))
        .await
        .unwrap();
    store.append(act(2, &fresh)).await.unwrap();
    assert_eq!(
        store.append(act(3, &stale)).await,
        Err(StoreError::LeaseLost(name.clone()))
    );
    // Its own lease, taken anew, has another fence: what was decided before does not count either.
    store.release_lease(&fresh.unwrap()).await.unwrap();
    let again = store
        .take_lease(&name, &holder("process:1"), at(21), at(31))
        .await
        .unwrap();
    assert_eq!(store.append(act(3, &stale)).await, Err(StoreError::LeaseLost(name)));
    store.append(act(3, &again)).await.unwrap();
    assert_eq!(texts(store, "fenced:1").await.len(), 3);
    for _ in 0..3 {
        let claimed = store.claim_job(&effect("mail"), at(0), at(60)).await.unwrap().unwrap();
        assert!(claimed.ticket.job_key.as_str().starts_with("fenced:"));
        store.append(settle(&claimed.ticket, Outcome::Done)).await.unwrap();
    }
    assert_eq!(
        store.claim_job(&effect("mail"), at(0), at(60)).await.unwrap(),
        None,
        "a refused batch orders nothing"
    );
}

/// A worker dies after its effect was recorded, and another before: in both cases the effect is in the journal once.
pub(crate) async fn an_effect_and_its_event_are_one_commit_across_a_death(world: &World, store: &Store) {
    let tracker = effect("tracker");
    let at = |seconds: i64| NOW_US + seconds * SECOND_US;
    let order = |name: &str| store::Job {
        effect: tracker.clone(),
        ..job(name, at(0))
    };
    store
        .append(Batch {
            jobs: vec![order("tracker:1"), order("tracker:2")],
            ..Batch::default()
        })
        .await
        .unwrap();
    let done = |ticket: &Ticket, seq| Batch {
        entries: vec![entry("effect:1", seq, ticket.job_key.as_str())],
        ..settle(ticket, Outcome::Done)
    };
    let worker = world.open().await;
    let due = worker.due_jobs(&tracker, at(0)).await.unwrap();
    let names: Vec<&str> = due.iter().map(|job| job.job_key.as_str()).collect();
    assert_eq!(names, ["tracker:1", "tracker:2"]);
    assert_eq!(worker.due_jobs(&tracker, at(-1)).await.unwrap(), []);
    let this = async |name: &str, now_s: i64| {
        let key = JobKey::new(name).unwrap();
        worker.claim_due_job(&key, at(now_s), at(60)).await.unwrap()
    };
    assert_eq!(this("tracker:1", -1).await, None, "it is not due");
    assert_eq!(this("tracker:3", 0).await, None, "there is none");
    let first = this("tracker:1", 0).await.unwrap();
    assert_eq!((first.job.run_at_us, first.ticket.attempt), (at(60), 1));
    assert_eq!(this("tracker:1", 0).await, None, "it is claimed");
    worker.append(done(&first.ticket, 1)).await.unwrap();
    let second = worker.claim_job(&tracker, at(0), at(60)).await.unwrap().unwrap();
    // The process is gone: nothing of it is closed or given back.
    drop(worker);
    assert_eq!(
        store.claim_job(&tracker, at(59), at(99)).await.unwrap(),
        None,
        "the claim lasts"
    );
    let taken_over = store.claim_job(&tracker, at(60), at(120)).await.unwrap().unwrap();
    assert_eq!(
        (taken_over.job.job_key.clone(), taken_over.ticket.attempt),
        (second.job.job_key.clone(), 2)
    );
    store.append(done(&taken_over.ticket, 2)).await.unwrap();
    assert_eq!(
        store.append(done(&second.ticket, 3)).await,
        Err(StoreError::JobLost(second.ticket.job_key.clone()))
    );
    assert_eq!(store.claim_job(&tracker, at(9_999), at(10_000)).await.unwrap(), None);
    assert_eq!(texts(store, "effect:1").await, ["tracker:1", "tracker:2"]);
}
