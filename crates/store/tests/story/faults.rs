//! Damage, wrong keys, other formats and forged rows: each is named, with the way out.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use store::{Batch, Body, Fault, Store, StoreError, Verification};
use tempfile::TempDir;
use vault::MasterKey;

use crate::cluster::Cluster;
use crate::world::*;

const JOURNAL: &str = "db/candor.db";
const KEYS: &str = "keys/keys.db";

/// A closed store with ten entries in two streams.
async fn ten_entries() -> (TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::in_directory(folder.path());
    let store = world.init().await;
    for seq in 1..=5 {
        store
            .append(batch(vec![entry("case:1", seq, "one"), entry("case:2", seq, "two")]))
            .await
            .unwrap();
    }
    store.close().await;
    (folder, world)
}

/// Runs statements on a database file behind the store's back.
async fn tamper(path: &Path, statements: &'static [&'static str]) {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path))
        .await
        .unwrap();
    for sql in statements {
        assert!(
            sqlx::query(*sql)
                .execute(&mut connection)
                .await
                .unwrap()
                .rows_affected()
                > 0,
            "`{sql}` changed nothing"
        );
    }
    connection.close().await.unwrap();
}

async fn open_fault(world: &World) -> StoreError {
    Store::open(&world.config, world.master()).await.unwrap_err()
}

/// Changes rows of a healthy journal, then expects exactly these findings.
async fn check_verify(statements: &'static [&'static str], expect: &[(&str, Fault)]) {
    let (folder, world) = ten_entries().await;
    tamper(&folder.path().join(JOURNAL), statements).await;
    let store = world.open().await;
    let report = store.verify().await.unwrap();
    // Whoever folds the journal does not get past an entry that is not what was recorded: nobody decides on it.
    let edited = expect.iter().any(|(_, fault)| *fault == Fault::Edited);
    if edited {
        let tail = store.tail(0, 100).await;
        assert!(matches!(tail, Err(StoreError::Corrupt { .. })), "{tail:?}");
    }
    store.close().await;
    check_findings(&report, expect);
}

fn check_findings(report: &Verification, expect: &[(&str, Fault)]) {
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.place.as_str(), finding.fault))
        .collect();
    assert_eq!(found.len(), expect.len(), "{found:?}");
    for ((place, fault), (expect_place, expect_fault)) in found.iter().zip(expect) {
        assert!(
            place.contains(expect_place) && fault == expect_fault,
            "{found:?} instead of {expect:?}"
        );
    }
    assert_eq!(report.is_sound(), expect.is_empty());
}

const TREE: (&str, Fault) = ("candor.db", Fault::RootDiffers);

#[tokio::test]
async fn an_untouched_journal_is_sound() {
    check_verify(&[], &[]).await;
}

#[tokio::test]
async fn an_edited_row_is_named() {
    let place = "entry 4 of the log (case:1 3)";
    check_verify(
        &["update entry set actor = 'person:2' where log_index = 4"],
        &[(place, Fault::Edited), TREE],
    )
    .await;
    check_verify(
        &["update entry set recorded_us = recorded_us + 1 where log_index = 4"],
        &[(place, Fault::Edited), TREE],
    )
    .await;
    check_verify(
        &["update entry set body = (select body from entry where log_index = 2) where log_index = 4"],
        &[(place, Fault::Edited), (place, Fault::BodyEdited), TREE],
    )
    .await;
    // The leaf alone: the row's content is what the tree knows, so the tree still agrees.
    check_verify(
        &["update entry set leaf = x'00' where log_index = 4"],
        &[(place, Fault::Edited)],
    )
    .await;
}

#[tokio::test]
async fn a_missing_row_is_named() {
    check_verify(
        &["delete from entry where log_index = 4"],
        &[
            ("entry 4 of the log", Fault::Missing),
            ("entry 6 of the log (case:1 4)", Fault::OutOfOrder),
            TREE,
        ],
    )
    .await;
    check_verify(
        &["delete from entry where log_index >= 8"],
        &[("entries 8 to 9 of the log", Fault::Missing), TREE],
    )
    .await;
    check_verify(
        &["delete from entry"],
        &[("entries 0 to 9 of the log", Fault::Missing), TREE],
    )
    .await;
}

#[tokio::test]
async fn exchanged_rows_are_named() {
    const EXCHANGE: &[&str] = &[
        "update entry set log_index = 100 where log_index = 4",
        "update entry set log_index = 4 where log_index = 6",
        "update entry set log_index = 6 where log_index = 100",
    ];
    let (first, second) = ("entry 4 of the log (case:1 4)", "entry 6 of the log (case:1 3)");
    check_verify(
        EXCHANGE,
        &[
            (first, Fault::Edited),
            (first, Fault::OutOfOrder),
            (second, Fault::Edited),
            (second, Fault::OutOfOrder),
            ("entry 8", Fault::OutOfOrder),
            TREE,
        ],
    )
    .await;
}

#[tokio::test]
async fn a_row_behind_the_head_is_named() {
    const ADD: &[&str] = &[
        "insert into entry select 10, 'case:9', 1, recorded_us, actor, key_id, body, leaf from entry where log_index = 9",
    ];
    check_verify(ADD, &[("entry 10 of the log (case:9 1)", Fault::BehindHead)]).await;
}

/// Changes rows beside the journal, then expects exactly these findings, and every entry safe.
async fn check_tables(statements: &'static [&'static str], expect: &[(&str, Fault)]) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::in_directory(folder.path());
    let store = world.init().await;
    let reported = Batch {
        command: Some(command("portal:1", "answer", "case:1")),
        numbers: vec![number_of("NN-2026-ABCDE", "case:1")],
        jobs: vec![job("purge:1", 0)],
        ..batch(vec![entry("case:1", 1, "one")])
    };
    store.append(reported).await.unwrap();
    let other = Batch {
        command: Some(command("portal:2", "other", "case:1")),
        ..batch(vec![entry("case:1", 2, "two")])
    };
    store.append(other).await.unwrap();
    store.close().await;
    tamper(&folder.path().join(JOURNAL), statements).await;
    let store = world.open().await;
    let report = store.verify().await.unwrap();
    store.close().await;
    check_findings(&report, expect);
    assert_eq!(report.first_fault, None);
}

#[tokio::test]
async fn an_edited_row_beside_the_journal_is_named() {
    check_tables(&["update job set attempts = attempts"], &[]).await;
    check_tables(
        &["update number set stream = 'case:9'"],
        &[("the tracking number NN-2026-ABCDE (case:9)", Fault::NumberOfNothing)],
    )
    .await;
    for sql in [
        &["update job set seq = 9"][..],
        &["update job set stream = 'house'"],
        &["update job set state = 'asleep'"],
    ] {
        check_tables(sql, &[("the job purge:1", Fault::JobOfNothing)]).await;
    }
    for sql in [
        &["update command set answer = x'00' where id = 'portal:1'"][..],
        &["update command set answer = (select answer from command where id = 'portal:2') where id = 'portal:1'"],
    ] {
        check_tables(sql, &[("the command portal:1", Fault::AnswerEdited)]).await;
    }
    check_tables(
        &["update command set id = 'portal:3' where id = 'portal:2'"],
        &[("the command portal:3", Fault::AnswerEdited)],
    )
    .await;
    check_tables(
        &["update command set key_id = 'case:7' where id = 'portal:2'"],
        &[("the command portal:2", Fault::KeyMissing)],
    )
    .await;
}

#[tokio::test]
async fn a_changed_head_is_found() {
    check_verify(
        &["update log_head set edge = cast(substr(edge, 33) || substr(edge, 1, 32) as blob)"],
        &[TREE],
    )
    .await;
    let (folder, world) = ten_entries().await;
    tamper(&folder.path().join(JOURNAL), &["update log_head set edge = x'00'"]).await;
    let error = open_fault(&world).await;
    assert!(
        error
            .to_string()
            .contains("candor.db is damaged: the edge in the head of the log does not fit its size"),
        "{error}"
    );
}

/// A body and leaf from another installation: the row agrees with itself, but not with its key, nor with the tree.
#[tokio::test]
async fn a_row_forged_together_with_its_leaf_is_found() {
    let (folder, world) = ten_entries().await;
    let (foreign, _) = ten_entries().await;
    let options = SqliteConnectOptions::new().filename(folder.path().join(JOURNAL));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let path = foreign.path().join(JOURNAL).display().to_string();
    sqlx::query("attach $1 as foreign_journal")
        .bind(path)
        .execute(&mut connection)
        .await
        .unwrap();
    const FORGE: &str = "update entry set (body, leaf) = (select body, leaf from foreign_journal.entry where log_index = 4) where log_index = 4";
    sqlx::query(FORGE).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let store = world.open().await;
    check_findings(
        &store.verify().await.unwrap(),
        &[("entry 4 of the log (case:1 3)", Fault::BodyEdited), TREE],
    );
    let error = store.read_stream(&stream("case:1"), 1).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Corrupt { .. }) && error.to_string().contains("entry 4 of the log (case:1 3)"),
        "{error}"
    );
    assert_eq!(
        texts(&store, "case:2").await.len(),
        5,
        "what is not touched stays readable"
    );
    store.close().await;
}

#[tokio::test]
async fn a_lost_key_is_not_mistaken_for_an_erased_one() {
    let (folder, world) = ten_entries().await;
    tamper(&folder.path().join(KEYS), &["delete from data_key where id = 'case:2'"]).await;
    let store = world.open().await;
    let read = store.read_stream(&stream("case:2"), 5).await.unwrap();
    assert_eq!(read[0].body, Body::KeyMissing);
    let report = store.verify().await.unwrap();
    assert_eq!((report.finding_count, report.erased), (5, 0));
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.fault == Fault::KeyMissing && finding.place.contains("case:2"))
    );
    store.close().await;
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let (_folder, world) = ten_entries().await;
    let error = Store::open(&world.config, MasterKey::generate().unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::WrongMasterKey { .. }) && error.to_string().contains("keys.db"),
        "{error}"
    );
}

#[tokio::test]
async fn other_formats_are_refused_and_both_versions_named() {
    let (folder, world) = ten_entries().await;
    tamper(&folder.path().join(KEYS), &["update keys_format set format = 7"]).await;
    let newer_keys = open_fault(&world).await;
    assert!(
        newer_keys
            .to_string()
            .contains("keys.db has format 7, but this version of Candor knows formats up to 1"),
        "{newer_keys}"
    );
    tamper(&folder.path().join(JOURNAL), &["update journal_format set format = 99"]).await;
    let newer = open_fault(&world).await;
    assert!(
        matches!(
            newer,
            StoreError::Newer {
                found: 99,
                known: 2,
                ..
            }
        ),
        "{newer}"
    );
    assert!(
        matches!(
            Store::upgrade(&world.config, world.master(), &|_| Vec::new()).await,
            Err(StoreError::Newer { .. })
        ),
        "a newer store is not upgraded either"
    );
    tamper(&folder.path().join(JOURNAL), &["update journal_format set format = 0"]).await;
    let older = open_fault(&world).await;
    assert!(
        older.to_string().contains("make a backup, then run `candor upgrade`"),
        "{older}"
    );
    tamper(&folder.path().join(JOURNAL), &["delete from journal_format"]).await;
    assert!(matches!(open_fault(&world).await, StoreError::Corrupt { .. }));
}

#[tokio::test]
async fn keys_must_be_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::in_directory(folder.path());
    world.config.keys = world.config.journal.clone();
    let error = Store::init(&world.config, world.master()).await.unwrap_err();
    assert!(
        error.to_string().contains("give `store.keys_url` a database apart"),
        "{error}"
    );
    assert!(!folder.path().join("db").exists(), "nothing was made");
}

async fn check_damaged_file(file: &str, content: &[u8], expect: &str) {
    let (folder, world) = ten_entries().await;
    let path = folder.path().join(file);
    fs::write(&path, content).unwrap();
    let message = open_fault(&world).await.to_string();
    assert!(
        message.contains(expect) && message.contains(path.to_str().unwrap()),
        "{message}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_with_the_way_out() {
    for file in [JOURNAL, KEYS] {
        check_damaged_file(
            file,
            &[b'x'; 9_000],
            "the file is not an SQLite database; stop Candor, keep a copy of it as it is, then restore the last backup",
        )
        .await;
        check_damaged_file(file, b"", "run `candor init`").await;
    }
}

/// Garbage over every page in turn: opening, reading or checking says so; nothing panics, nothing passes as sound.
#[tokio::test]
async fn broken_pages_never_pass_as_sound() {
    const PAGE: u64 = 4_096;
    let (folder, world) = ten_entries().await;
    let path = folder.path().join(JOURNAL);
    let healthy = fs::read(&path).unwrap();
    let mut unreadable = 0;
    for page in 1..healthy.len() as u64 / PAGE {
        fs::write(&path, &healthy).unwrap();
        let mut file = OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(page * PAGE)).unwrap();
        file.write_all(&[0xa5; PAGE as usize]).unwrap();
        drop(file);
        let error = match Store::open(&world.config, world.master()).await {
            Err(error) => Some(error),
            Ok(store) => {
                let report = store.verify().await;
                store.close().await;
                report.map(|report| assert!(!report.is_sound(), "page {page}")).err()
            }
        };
        if let Some(error) = error {
            assert!(matches!(error, StoreError::Corrupt { .. }), "page {page}: {error}");
            unreadable += 1;
        }
    }
    assert!(unreadable > 0, "no page mattered, so this test damages the wrong bytes");
}

#[tokio::test]
async fn a_cut_file_is_damage() {
    let (folder, world) = ten_entries().await;
    let file = OpenOptions::new()
        .write(true)
        .open(folder.path().join(JOURNAL))
        .unwrap();
    file.set_len(8_192).unwrap();
    let error = open_fault(&world).await;
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[tokio::test]
async fn a_damaged_or_missing_blob_is_named() {
    let (folder, world) = ten_entries().await;
    let store = world.open().await;
    let blob = store
        .put_blob(&key("case:1"), std::io::Cursor::new(vec![7; 200_000]))
        .await
        .unwrap();
    let path = files(&folder.path().join("blobs")).remove(0);
    assert_eq!(
        path.parent().unwrap().file_name().unwrap().to_str().unwrap(),
        &blob.id.as_str()[..2]
    );
    let mut bytes = fs::read(&path).unwrap();
    bytes[150_000] ^= 1;
    fs::write(&path, bytes).unwrap();

    let mut back = Vec::new();
    let error = store
        .get_blob(&blob.id, &key("case:1"))
        .await
        .unwrap()
        .unwrap()
        .read_to_end(&mut back)
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(
        error.to_string().contains(blob.id.as_str()) && error.to_string().contains("is damaged"),
        "{error}"
    );
    assert_eq!(back.len(), 131_072, "only checked chunks came out");

    fs::remove_file(&path).unwrap();
    let error = store.get_blob(&blob.id, &key("case:1")).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::BlobMissing { place } if place.contains(blob.id.as_str())),
        "{error}"
    );
    store.close().await;
}

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let (folder, world) = ten_entries().await;
    let store = world.open().await;
    store.append(batch(vec![entry("case:1", 6, "x")])).await.unwrap();
    store.put_blob(&key("case:1"), &b"x"[..]).await.unwrap();
    let all = files(folder.path());
    assert!(all.iter().any(|path| path.ends_with("candor.db-wal")), "{all:?}");
    for path in &all {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o077,
            0,
            "{}",
            path.display()
        );
        assert_eq!(
            fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o077,
            0,
            "{}",
            path.display()
        );
    }
    store.close().await;
}

#[tokio::test]
async fn an_erased_key_is_gone_from_the_files() {
    let (folder, world) = ten_entries().await;
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(folder.path().join(KEYS)))
            .await
            .unwrap();
    let wrapped: Vec<u8> = sqlx::query_scalar("select wrapped from data_key where id = 'case:1'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    // The wrapped key without its leading format number and nonce, as any page could keep it.
    let trace = &wrapped[25..];
    let found = || {
        files(&folder.path().join("keys"))
            .iter()
            .filter(|path| holds(&fs::read(path).unwrap(), trace))
            .count()
    };
    assert_eq!(found(), 1);
    let store = world.open().await;
    store.erase_key(&key("case:1")).await.unwrap();
    assert_eq!(found(), 0, "while the store is open");
    store.close().await;
    assert_eq!(found(), 0, "after it was closed");
}

pub(crate) fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn a_postgresql_that_forgets_is_refused() {
    let Some(cluster) = Cluster::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(cluster.config(folder.path()).await);
    world.init().await.close().await;
    cluster.stop_syncing().await;
    let error = open_fault(&world).await;
    assert!(error.to_string().contains("it does not run durably"), "{error}");
    assert!(error.to_string().contains("PostgreSQL database journal"), "{error}");
}
