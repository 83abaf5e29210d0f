//! The story: everything that the store promises, told once and run on both databases.

use std::fs;
use std::io::Read;

use store::{Appended, Batch, Body, JobKey, PutError, Store, StoreError};
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::jobs;
use crate::world::*;

#[tokio::test]
async fn the_story_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    tell(&World::in_directory(folder.path())).await;
}

#[tokio::test]
async fn the_story_on_postgresql() {
    let Some(cluster) = Cluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    tell(&World::new(cluster.config(folder.path()).await)).await;
}

async fn tell(world: &World) {
    let missing = Store::open(&world.config, world.master()).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotInitialised { .. }), "{missing}");
    let store = world.init().await;
    let again = Store::init(&world.config, world.master()).await.unwrap_err();
    assert!(matches!(again, StoreError::AlreadyThere { .. }), "{again}");

    a_batch_is_appended_whole_and_read_back(&store).await;
    a_stale_decision_meets_a_conflict(&store).await;
    a_command_runs_once(&store).await;
    a_number_is_given_once(&store).await;
    one_bad_batch_takes_no_other_down(&store).await;
    who_waits_together_is_answered_alone(&store).await;
    two_processes_take_turns(world, &store).await;
    jobs::jobs_run_once_and_come_back_if_their_worker_dies(&store).await;
    jobs::workers_never_share_a_job(world, &store).await;
    jobs::a_lease_has_one_holder_and_a_growing_fence(&store).await;
    jobs::who_lost_the_lease_records_nothing(&store).await;
    jobs::an_effect_and_its_event_are_one_commit_across_a_death(world, &store).await;
    blobs_come_back_as_they_were(&store).await;
    a_new_blob_is_known_with_the_batch_that_names_it(world, &store).await;
    an_erased_key_leaves_the_entry_but_not_its_content(world, &store).await;
    recorded_instants_never_go_backwards(&store).await;
    entries_are_proven_without_their_keys(&store).await;

    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.checked, report.head.size);
    assert_eq!(report.erased, 2);
    everything_is_there_after_reopening(world, store).await;
}

async fn a_batch_is_appended_whole_and_read_back(store: &Store) {
    assert_eq!(store.head().await.unwrap().size, 0);
    let whole = batch(vec![
        entry("report:1", 1, "a report"),
        entry("case:1", 1, "opened"),
        entry("case:1", 2, "joined"),
    ]);
    assert_eq!(store.append(whole).await.unwrap(), recorded(0..3));
    assert_eq!(texts(store, "case:1").await, ["opened", "joined"]);
    assert_eq!(texts(store, "report:1").await, ["a report"]);
    assert_eq!(texts(store, "nothing:1").await, [""; 0]);

    let tail = store.tail(1, 10).await.unwrap();
    assert_eq!(
        tail.iter()
            .map(|entry| (entry.log_index, entry.seq, text(entry)))
            .collect::<Vec<_>>(),
        [(1, 1, "opened"), (2, 2, "joined")]
    );
    assert_eq!(
        (tail[0].recorded_us, tail[0].actor.as_str(), tail[0].key_id.as_str()),
        (NOW_US, "person:1", "case:1")
    );
    assert_eq!(store.tail(0, 2).await.unwrap().len(), 2);
    assert_eq!(store.head().await.unwrap().size, 3);
}

async fn a_stale_decision_meets_a_conflict(store: &Store) {
    let before = store.head().await.unwrap();
    for (seq, actual) in [(2, 3), (4, 3), (0, 3)] {
        let stale = batch(vec![entry("report:9", 1, "not kept"), entry("case:1", seq, "stale")]);
        let conflict = StoreError::Conflict {
            stream: stream("case:1"),
            expected: seq,
            actual,
        };
        assert_eq!(store.append(stale).await, Err(conflict));
    }
    assert_eq!(
        texts(store, "report:9").await,
        [""; 0],
        "a batch is kept whole or not at all"
    );
    assert_eq!(store.head().await.unwrap(), before);
}

async fn a_command_runs_once(store: &Store) {
    let ask = |body: &str| Batch {
        command: Some(command("command:1", "NN-2026-ABCDE", "case:2")),
        ..batch(vec![entry("case:2", 1, body)])
    };
    assert!(matches!(
        store.append(ask("first")).await.unwrap(),
        Appended::Recorded { .. }
    ));
    let head = store.head().await.unwrap();
    match store.append(ask("second")).await.unwrap() {
        Appended::Repeated { answer } => assert_eq!(body_text(&answer), "NN-2026-ABCDE"),
        other => panic!("{other:?}"),
    }
    assert_eq!(texts(store, "case:2").await, ["first"]);
    assert_eq!(store.head().await.unwrap(), head);

    // A command whose batch was refused has not run.
    let refused = Batch {
        command: Some(command("command:2", "x", "case:2")),
        ..batch(vec![entry("case:2", 7, "stale")])
    };
    assert!(matches!(store.append(refused).await, Err(StoreError::Conflict { .. })));
    let repaired = Batch {
        command: Some(command("command:2", "x", "case:2")),
        ..batch(vec![entry("case:2", 2, "fresh")])
    };
    assert!(matches!(
        store.append(repaired).await.unwrap(),
        Appended::Recorded { .. }
    ));
}

async fn a_number_is_given_once(store: &Store) {
    let give = |to: &str| Batch {
        numbers: vec![number_of("NN-2026-ABCDE", to)],
        ..batch(vec![entry(to, 1, "numbered")])
    };
    store.append(give("report:2")).await.unwrap();
    assert_eq!(
        store.append(give("report:3")).await,
        Err(StoreError::NumberTaken(number("NN-2026-ABCDE")))
    );
    assert_eq!(texts(store, "report:3").await, [""; 0]);
    assert_eq!(
        store.stream_of_number(&number("NN-2026-ABCDE")).await.unwrap(),
        Some(stream("report:2"))
    );
    assert_eq!(store.stream_of_number(&number("NN-2026-XXXXX")).await.unwrap(), None);
}

/// Many batches at once, every seventh of them stale: the group is committed, the stale ones alone are refused.
async fn one_bad_batch_takes_no_other_down(store: &Store) {
    let before = store.head().await.unwrap().size;
    let mut tasks = JoinSet::new();
    for index in 0..140_u64 {
        let store = store.clone();
        let seq = if index % 7 == 3 { 5 } else { 1 };
        tasks.spawn(async move {
            (
                index,
                store
                    .append(batch(vec![entry(&format!("crowd:{index}"), seq, "one of many")]))
                    .await,
            )
        });
    }
    let mut places = Vec::new();
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            (index, Err(StoreError::Conflict { actual: 1, .. })) => assert_eq!(index % 7, 3),
            (index, Ok(Appended::Recorded { log_indexes })) => {
                assert_ne!(index % 7, 3);
                places.extend(log_indexes);
            }
            other => panic!("{other:?}"),
        }
    }
    places.sort_unstable();
    assert_eq!(
        places,
        (before..before + 120).collect::<Vec<_>>(),
        "each has its own place, without holes"
    );
    assert_eq!(store.head().await.unwrap().size, before + 120);
}

/// Once with nothing that would be refused or is known, so that all share their statements, and once with such batches among them.
async fn who_waits_together_is_answered_alone(store: &Store) {
    for refused in [false, true] {
        let name = |what: &str| format!("{what}-{refused}");
        let ordered = |stream_name: &str, seq, order: &[&str], drop: &[&str]| Batch {
            jobs: order.iter().map(|order| job(&name(order), i64::MAX)).collect(),
            dropped: drop.iter().map(|drop| JobKey::new(name(drop)).unwrap()).collect(),
            ..batch(vec![entry(&name(stream_name), seq, "ordered")])
        };
        let asked = |id: &str, to: &str| Batch {
            command: Some(command(&name(id), to, &name(to))),
            numbers: vec![number_of(&name(to), &name(to))],
            ..batch(vec![entry(&name(to), 1, "asked"), entry(&name(to), 2, "and told")])
        };
        let mut batches = vec![
            asked("ask", "first"),
            ordered("first", 3, &["kept", "needless"], &[]),
            ordered("first", 4, &[], &["needless"]),
        ];
        batches.extend((0..20).map(|index| batch(vec![entry(&name(&format!("apart:{index}")), 1, "x")])));
        if refused {
            let twice = number_of(&name("twice"), "nobody:1");
            batches.push(asked("ask", "second"));
            batches.push(Batch {
                numbers: vec![twice.clone(), twice],
                ..batch(vec![entry("nobody:1", 1, "not kept")])
            });
            batches.push(Batch {
                numbers: vec![number_of(&name("first"), "nobody:1")],
                ..batch(vec![entry("nobody:1", 1, "not kept")])
            });
        }
        let mut tasks = JoinSet::new();
        for (index, batch) in batches.into_iter().enumerate() {
            let store = store.clone();
            tasks.spawn(async move { (index, store.append(batch).await) });
        }
        let mut answers = tasks.join_all().await;
        answers.sort_by_key(|(index, _)| *index);
        for (index, answer) in answers {
            match (index, answer) {
                (..23, Ok(Appended::Recorded { .. })) => {}
                (23, Ok(Appended::Repeated { answer })) => assert_eq!(body_text(&answer), "first"),
                (24, Err(StoreError::NumberTaken(taken))) => assert_eq!(taken, number(&name("twice"))),
                (25, Err(StoreError::NumberTaken(taken))) => assert_eq!(taken, number(&name("first"))),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(texts(store, &name("first")).await.len(), 4);
        assert_eq!(texts(store, &name("second")).await, [""; 0]);
        assert_eq!(texts(store, "nobody:1").await, [""; 0]);
        assert_eq!(store.stream_of_number(&number(&name("twice"))).await.unwrap(), None);
        let due = store.due_jobs(&effect("mail"), i64::MAX).await.unwrap();
        let due: Vec<&str> = due.iter().map(|job| job.job_key.as_str()).collect();
        assert!(
            due.contains(&name("kept").as_str()) && !due.contains(&name("needless").as_str()),
            "{due:?}"
        );
    }
}

/// A second process on the same databases: no head is cached, so both go on where the other stopped.
async fn two_processes_take_turns(world: &World, store: &Store) {
    let other = world.open().await;
    let mut tasks = JoinSet::new();
    for index in 0..40_u64 {
        let store = if index % 2 == 0 { store.clone() } else { other.clone() };
        tasks.spawn(async move {
            store
                .append(batch(vec![
                    entry("shared:1", 1, "who is first?"),
                    entry(&format!("own:{index}"), 1, "x"),
                ]))
                .await
        });
    }
    let mut winners = 0;
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            Ok(_) => winners += 1,
            Err(StoreError::Conflict {
                stream: where_,
                expected: 1,
                actual: 2,
            }) => assert_eq!(where_, stream("shared:1")),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(winners, 1);
    writers_of_both_never_tread_on_each_other(store, &other).await;
    other
        .append(batch(vec![entry("shared:1", 2, "from the other")]))
        .await
        .unwrap();
    store
        .append(batch(vec![entry("shared:1", 3, "from this")]))
        .await
        .unwrap();
    assert_eq!(
        texts(&other, "shared:1").await,
        ["who is first?", "from the other", "from this"]
    );
    other.close().await;
    let closed = other
        .append(batch(vec![entry("shared:1", 4, "too late")]))
        .await
        .unwrap_err();
    assert!(matches!(closed, StoreError::Unavailable { .. }), "{closed}");
}

/// One append after the other in each of eight tasks, so that the two writers meet at the head again and again.
async fn writers_of_both_never_tread_on_each_other(one: &Store, other: &Store) {
    let before = one.head().await.unwrap().size;
    let mut tasks = JoinSet::new();
    for index in 0..8_u64 {
        let store = if index % 2 == 0 { one.clone() } else { other.clone() };
        tasks.spawn(async move {
            for seq in 1..=10 {
                let next = batch(vec![entry(&format!("busy:{index}"), seq, "x")]);
                store.append(next).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(one.head().await.unwrap().size, before + 80);
}

/// A source that ends early.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::ConnectionReset.into())
    }
}

async fn blobs_come_back_as_they_were(store: &Store) {
    let owner = key("report:1");
    for size in [0, 1, 200_000] {
        let content: Vec<u8> = (0..size).map(|at: u32| (at / 11) as u8).collect();
        let blob = store
            .put_blob(&owner, std::io::Cursor::new(content.clone()))
            .await
            .unwrap();
        assert_eq!(blob.size, content.len() as u64);
        let mut back = Vec::new();
        store
            .get_blob(&blob.id, &owner)
            .await
            .unwrap()
            .unwrap()
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, content);
        assert!(store.get_blob(&blob.id, &key("key:unknown")).await.unwrap().is_none());
    }
    assert!(matches!(store.put_blob(&owner, Broken).await, Err(PutError::Source(_))));
}

async fn a_new_blob_is_known_with_the_batch_that_names_it(world: &World, store: &Store) {
    let keys = [key("bytes:late"), key("report:late")];
    let read = async |store: &Store, id: &store::BlobId| {
        let mut back = String::new();
        let mut blob = store.get_blob(id, &keys[0]).await.unwrap()?;
        blob.read_to_string(&mut back).unwrap();
        Some(back)
    };
    let broken = std::io::Cursor::new(b"half").chain(Broken);
    let failed = store.put_new_blob(&keys, broken).await.unwrap_err();
    assert!(matches!(failed, PutError::Source(_)), "{failed}");
    // What is taken back leaves neither file nor keys, so the same names can be drawn again.
    let unwanted = store.put_new_blob(&keys, &b"unwanted"[..]).await.unwrap();
    store.discard_new_blob(&unwanted).await.unwrap();
    assert_eq!(read(store, &unwanted.id).await, None);

    let new = store.put_new_blob(&keys, &b"a message"[..]).await.unwrap();
    let conflict = Batch {
        blobs: vec![new.clone()],
        ..batch(vec![entry("report:late", 2, "not the first")])
    };
    assert!(matches!(
        store.append(conflict.clone()).await,
        Err(StoreError::Conflict { .. })
    ));
    let named = Batch {
        blobs: vec![new.clone()],
        ..batch(vec![entry("report:late", 1, "it came")])
    };
    store.append(named).await.unwrap();
    let other = world.open().await;
    for reader in [store, &other] {
        assert_eq!(read(reader, &new.id).await.as_deref(), Some("a message"));
        assert_eq!(texts(reader, "report:late").await, ["it came"]);
    }
    // Nobody draws a name twice; if somebody did, what was there would stay.
    let another = Batch {
        blobs: vec![store.put_new_blob(&keys, &b"another"[..]).await.unwrap()],
        ..batch(vec![entry("report:later", 1, "it came")])
    };
    assert!(matches!(store.append(another).await, Err(StoreError::Corrupt { .. })));
    assert_eq!(texts(store, "report:later").await, [""; 0]);
    assert_eq!(read(store, &new.id).await.as_deref(), Some("a message"));
    other.close().await;
}

async fn an_erased_key_leaves_the_entry_but_not_its_content(world: &World, store: &Store) {
    let person = key("person:7");
    let mut about = entry("case:4", 1, "name and address");
    about.key_id = person.clone();
    let ask = Batch {
        command: Some(command("command:3", "hello name", "person:7")),
        ..batch(vec![about.clone(), entry("case:4", 2, "kept")])
    };
    store.append(ask.clone()).await.unwrap();
    let blob = store.put_blob(&person, &b"a letter"[..]).await.unwrap();
    // Another process has the key in its cache.
    let other = world.open().await;
    assert_eq!(texts(&other, "case:4").await, ["name and address", "kept"]);

    let head = store.head().await.unwrap();
    store.erase_key(&person).await.unwrap();
    store.erase_key(&person).await.unwrap();
    for reader in [store, &other] {
        assert_eq!(texts(reader, "case:4").await, ["(erased)", "kept"]);
        assert!(reader.get_blob(&blob.id, &person).await.unwrap().is_none());
    }
    assert_eq!(store.head().await.unwrap(), head, "erasing changes nothing in the log");
    assert_eq!(
        store.append(ask).await.unwrap(),
        Appended::Repeated { answer: Body::Erased }
    );
    about.seq = 3;
    assert_eq!(
        other.append(batch(vec![about.clone()])).await,
        Err(StoreError::KeyErased(person.clone()))
    );
    assert!(matches!(
        store.put_blob(&person, &b"x"[..]).await,
        Err(PutError::Store(StoreError::KeyErased(_)))
    ));

    // A key erased before it was ever used stays erased too.
    about.key_id = key("person:8");
    store.erase_key(&about.key_id).await.unwrap();
    assert!(matches!(
        store.append(batch(vec![about])).await,
        Err(StoreError::KeyErased(_))
    ));

    let mut again = entry("case:4", 3, "also erased");
    again.key_id = key("person:9");
    store.append(batch(vec![again])).await.unwrap();
    store.erase_key(&key("person:9")).await.unwrap();
    other.close().await;
}

async fn recorded_instants_never_go_backwards(store: &Store) {
    let at = |seq, seconds: i64| Batch {
        recorded_us: NOW_US + seconds * SECOND_US,
        ..batch(vec![entry("clock:1", seq, "tick")])
    };
    store.append(at(1, 0)).await.unwrap();
    // Nudged by a minute: evened out. By an hour: somebody must look.
    store.append(at(2, -60)).await.unwrap();
    let error = store.append(at(3, -3_600)).await.unwrap_err();
    assert!(
        matches!(error, StoreError::ClockBack { behind_s: 3_600, .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("nothing was recorded. Set the clock right") && text.contains(" UTC") && !text.contains("000000"),
        "{text}"
    );
    assert_eq!(store.ahead_of(NOW_US).await.unwrap(), None);
    let behind_us = NOW_US - 3_600 * SECOND_US;
    assert_eq!(store.ahead_of(behind_us).await.unwrap(), Some(NOW_US));
    store.append(at(3, 1)).await.unwrap();
    let found = store.read_stream(&stream("clock:1"), 1).await.unwrap();
    let recorded: Vec<i64> = found.iter().map(|entry| entry.recorded_us - NOW_US).collect();
    assert_eq!(recorded, [0, 0, SECOND_US]);
    let all = store.tail(0, 10_000).await.unwrap();
    assert!(all.is_sorted_by_key(|entry| entry.recorded_us));
}

/// RFC 9162, section 2.1.3.2, by the letter.
fn root_from(path: &[store::Hash], index: u64, size: u64, leaf: store::Hash) -> Option<store::Hash> {
    use sha2::{Digest as _, Sha256};
    let node = |left: &store::Hash, right: &store::Hash| -> store::Hash {
        Sha256::new_with_prefix([1])
            .chain_update(left)
            .chain_update(right)
            .finalize()
            .into()
    };
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for other in path {
        if last == 0 {
            return None;
        }
        if place % 2 == 1 || place == last {
            hash = node(other, &hash);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, other);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (last == 0).then_some(hash)
}

async fn entries_are_proven_without_their_keys(store: &Store) {
    use sha2::{Digest as _, Sha256};
    let (head, note) = store.checkpoint().await.unwrap();
    let checkpoint = store.verifier().check(&note).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (head.size, head.root));
    // One of the streams has entries whose key is erased.
    let wanted: std::collections::BTreeSet<u64> = store
        .places_of(&stream("case:4"))
        .await
        .unwrap()
        .into_iter()
        .chain([0, head.size - 1])
        .collect();
    let proofs = store.prove(&head, &wanted).await.unwrap();
    assert_eq!(
        proofs
            .iter()
            .map(|proof| proof.log_index)
            .collect::<std::collections::BTreeSet<_>>(),
        wanted
    );
    for proof in &proofs {
        let mut leaf = Sha256::new_with_prefix([0]);
        for number in [proof.log_index, proof.seq, proof.recorded_us as u64] {
            leaf.update(number.to_be_bytes());
        }
        for name in [&proof.stream, &proof.actor, &proof.key_id] {
            leaf.update((name.len() as u64).to_be_bytes());
            leaf.update(name);
        }
        leaf.update(proof.sealed_sha256);
        let leaf = leaf.finalize().into();
        assert_eq!(
            root_from(&proof.path, proof.log_index, head.size, leaf),
            Some(head.root)
        );
    }
}

async fn everything_is_there_after_reopening(world: &World, store: Store) {
    let head = store.head().await.unwrap();
    let all = store.tail(0, 10_000).await.unwrap();
    store.close().await;
    let store = world.open().await;
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.tail(0, 10_000).await.unwrap(), all);
    assert_eq!(all.len() as u64, head.size);
    let upgraded = Store::upgrade(&world.config, world.master(), &|_| Vec::new())
        .await
        .unwrap();
    assert_eq!(
        (upgraded.journal, upgraded.keys),
        ((2, 2), (1, 1)),
        "there is nothing to do"
    );
    store
        .append(batch(vec![entry("case:1", 3, "life goes on")]))
        .await
        .unwrap();
    assert!(store.verify().await.unwrap().is_sound());
    store.close().await;
}

/// Commits in an SQLite write-ahead log: a frame that ends a transaction has the size of the database in its header.
/// <https://www.sqlite.org/fileformat2.html#walformat>
fn commits_in(log: &[u8]) -> usize {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    let salt = &log[16..24];
    let frames = log[HEADER..].chunks(FRAME_HEADER + page);
    frames
        .filter(|frame| frame.len() > FRAME_HEADER && frame[8..16] == *salt && frame[4..8] != [0; 4])
        .count()
}

#[tokio::test]
async fn batches_that_wait_together_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = World::in_directory(folder.path()).init().await;
    let log = folder.path().join("db/candor.db-wal");
    for seq in 1..=3 {
        store.append(batch(vec![entry("alone:1", seq, "x")])).await.unwrap();
    }
    let alone = commits_in(&fs::read(&log).unwrap());
    let mut tasks = JoinSet::new();
    for index in 0..100 {
        let store = store.clone();
        tasks.spawn(async move {
            store
                .append(batch(vec![entry(&format!("crowd:{index}"), 1, "x")]))
                .await
                .unwrap()
        });
    }
    tasks.join_all().await;
    let together = commits_in(&fs::read(&log).unwrap()) - alone;
    assert!(alone >= 3, "{alone} commits for three batches one after the other");
    assert!(
        (1..=10).contains(&together),
        "{together} commits for 100 batches at once"
    );
    assert_eq!(store.head().await.unwrap().size, 103);
    store.close().await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_holds_up_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = World::in_directory(folder.path()).init().await;
    let long = "x".repeat(store::BODY_MAX_BYTES);
    assert_eq!(
        store.append(batch(vec![entry("case:1", 1, &long)])).await.unwrap(),
        recorded(0..1)
    );
    let too_long = store
        .append(batch(vec![entry("case:1", 2, &format!("{long}x"))]))
        .await
        .unwrap_err();
    assert!(
        too_long
            .to_string()
            .contains("a body in bytes has 4194305, the limit is 4194304"),
        "{too_long}"
    );
    let many = (0..=store::BATCH_MAX_ENTRIES as u64)
        .map(|seq| entry("case:1", seq, ""))
        .collect();
    assert!(matches!(
        store.append(batch(many)).await,
        Err(StoreError::TooLarge { .. })
    ));
    store.close().await;
}

#[test]
fn content_is_not_shown_by_debug() {
    let whole = Batch {
        command: Some(command("command:1", "hush-answer", "case:1")),
        ..batch(vec![entry("case:1", 1, "hush-body")])
    };
    let shown = format!("{whole:?}");
    assert!(shown.contains("Plain(9 bytes)") && !shown.contains("hush"), "{shown}");
}
