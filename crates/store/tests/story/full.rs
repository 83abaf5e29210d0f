//! A full disk: nothing half-written, nothing acknowledged lost, and work goes on when there is space again.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use store::{PutError, Store, StoreError};
use tokio::task::JoinSet;

use crate::cluster::is_root;
use crate::world::*;

const BODY_BYTES: usize = 20_000;

/// Appends until the disk is full; gives the number of acknowledged entries.
async fn fill(store: &Store) -> u64 {
    let body = "x".repeat(BODY_BYTES);
    for seq in 1..10_000 {
        match store.append(batch(vec![entry("case:1", seq, &body)])).await {
            Ok(_) => {}
            Err(error) => {
                assert!(matches!(error, StoreError::Full { .. }), "{error}");
                assert!(
                    error.to_string().contains("candor.db")
                        && error.to_string().contains("free some space, then repeat"),
                    "{error}"
                );
                return seq - 1;
            }
        }
    }
    panic!("the disk never became full");
}

async fn check_kept(store: &Store, acknowledged: u64) {
    check_kept_size(store, acknowledged).await;
    assert_eq!(
        store.read_stream(&stream("case:1"), 1).await.unwrap().len() as u64,
        acknowledged
    );
}

#[tokio::test]
async fn a_journal_at_its_limit_keeps_what_it_has_and_takes_what_still_fits() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::in_directory(folder.path());
    world.config.journal_max_pages = Some(150);
    let store = world.init().await;
    let acknowledged = fill(&store).await;
    assert!(acknowledged > 10, "{acknowledged}");
    check_kept(&store, acknowledged).await;

    // One commit of many batches, of which one is too large: the others do not suffer for it.
    let mut tasks = JoinSet::new();
    for index in 0..8 {
        let store = store.clone();
        let body = "x".repeat(if index == 4 { 20 * BODY_BYTES } else { 10 });
        tasks.spawn(async move {
            (
                index,
                store
                    .append(batch(vec![entry(&format!("small:{index}"), 1, &body)]))
                    .await,
            )
        });
    }
    for (index, result) in tasks.join_all().await {
        assert_eq!(result.is_ok(), index != 4, "{index}: {result:?}");
    }
    check_kept_size(&store, acknowledged + 7).await;
    store.close().await;

    world.config.journal_max_pages = None;
    let store = world.open().await;
    store
        .append(batch(vec![entry("case:1", acknowledged + 1, "space again")]))
        .await
        .unwrap();
    check_kept_size(&store, acknowledged + 8).await;
    store.close().await;
}

async fn check_kept_size(store: &Store, size: u64) {
    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.head.size, size);
}

#[tokio::test]
async fn an_init_that_finds_no_space_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::in_directory(folder.path());
    world.config.journal_max_pages = Some(3);
    let error = Store::init(&world.config, world.master()).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    world.config.journal_max_pages = None;
    world.init().await.close().await;
}

/// A file system of a few MiB; unmounted on drop.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        let mounted = mount
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(folder)
            .output();
        if is_root() && mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        crate::skipped("the right to mount a small file system");
        None
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0).status().ok();
    }
}

#[tokio::test]
async fn a_full_disk_keeps_what_was_acknowledged_and_work_goes_on_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        return;
    };
    let world = World::in_directory(folder.path());
    let store = world.init().await;
    let filler = folder.path().join("filler");
    fs::write(&filler, vec![0; 1 << 20]).unwrap();
    let acknowledged = fill(&store).await;
    assert!(acknowledged > 10, "{acknowledged}");

    let error = store
        .put_blob(&key("case:1"), std::io::repeat(7).take(3 << 20))
        .await
        .unwrap_err();
    assert!(matches!(error, PutError::Store(StoreError::Full { .. })), "{error}");
    let left = fs::read_dir(folder.path().join("blobs"))
        .unwrap()
        .flat_map(|shard| fs::read_dir(shard.unwrap().path()).unwrap())
        .count();
    assert_eq!(left, 0, "no half blob stays");
    check_kept(&store, acknowledged).await;

    fs::remove_file(&filler).unwrap();
    store
        .append(batch(vec![entry("case:1", acknowledged + 1, "space again")]))
        .await
        .unwrap();
    store.put_blob(&key("case:1"), &b"a small one"[..]).await.unwrap();
    check_kept(&store, acknowledged + 1).await;
    store.close().await;

    let store = world.open().await;
    check_kept(&store, acknowledged + 1).await;
    store.close().await;
}
