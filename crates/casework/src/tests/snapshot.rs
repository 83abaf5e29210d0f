//! The snapshot: a start from it gives the same board, and nothing that was erased lives on in it.

use super::world::{Desk, GUARDIAN, by, draft, event, incoming};
use crate::Incoming;
use crate::replica::Replica;
use store::{KeyId, StreamId};

/// A house with an open case, a closed one that a second report joined, one that was rejected, and an advisory.
async fn house() -> (Desk, [String; 3]) {
    let desk = Desk::open().await;
    let open = desk.fixed().await;
    let again = desk
        .receive(Incoming {
            from: "R. <r@example.org>".to_owned(),
            ..incoming("The same again")
        })
        .await;
    desk.casework.join_report(&by("ana"), &again, &open).await.unwrap();
    let rejected = desk.report("A banner tells the version").await;
    desk.act(&rejected, "rejected = { exit = \"not-a-vulnerability\" }")
        .await;
    desk.casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&open), draft())
        .await
        .unwrap();
    let shipped = format!("release-shipped = {{ product = \"{GUARDIAN}\", version = \"25.2\", fixes = [\"{open}\"] }}");
    desk.casework
        .line_event(&by("ana"), None, event(&shipped))
        .await
        .unwrap();
    (desk, [open, again, rejected])
}

async fn keep(desk: &Desk) -> Replica {
    let mut replica = Replica::from_scratch(&desk.store).await.unwrap();
    replica.keep(&desk.store).await.unwrap();
    assert!(replica.from_snapshot > 0);
    replica
}

#[tokio::test]
async fn a_start_from_a_snapshot_gives_the_board_from_scratch() {
    let (desk, [open, again, rejected]) = house().await;
    let kept = keep(&desk).await;
    desk.act(&open, "noted = { text = \"after the snapshot\" }").await;
    desk.act(&rejected, "reopened = { why = \"it tells more\" }").await;
    let opened = Replica::open(&desk.store).await.unwrap();
    assert_eq!(opened.from_snapshot, kept.seen());
    let scratch = Replica::from_scratch(&desk.store).await.unwrap();
    assert_eq!(format!("{:?}", opened.board), format!("{:?}", scratch.board));
    for number in [&open, &again, &rejected] {
        let (stream, _) = opened.board.case_of_number(number).unwrap();
        let stream = StreamId::new(stream).unwrap();
        assert_eq!(opened.next(&stream), scratch.next(&stream));
    }
}

#[tokio::test]
async fn a_closed_case_is_whole_when_somebody_looks_at_it() {
    let (desk, [_, _, rejected]) = house().await;
    let board = desk.casework.board();
    let (stream, case) = board.case_of_number(&rejected).unwrap();
    assert!(board.open().all(|(open, _)| open != stream));
    assert!(board.over().any(|(over, _)| over == stream));
    assert_eq!(case.entries.len(), 2);
    assert!(case.facts.rejected().is_some());
    let report = board.report(&case.reports[0]).unwrap();
    assert_eq!(report.title, "A banner tells the version");
    assert_eq!(board.report_of_number(&rejected).unwrap().1, report);
}

#[tokio::test]
async fn erasing_a_key_ends_the_snapshot_too() {
    let (desk, [open, ..]) = house().await;
    keep(&desk).await;
    let file = desk.directory.path().join("blobs/snapshot");
    assert!(file.exists());
    let report = {
        let board = desk.casework.board();
        StreamId::new(board.report_of_number(&open).unwrap().0).unwrap()
    };
    let before = std::fs::read(&file).unwrap();
    desk.store.erase_key(&KeyId::from(&report)).await.unwrap();
    assert!(!file.exists());
    // A copy that somebody kept opens no more: its key is gone with the other.
    std::fs::write(&file, before).unwrap();
    let opened = Replica::open(&desk.store).await.unwrap();
    assert_eq!(opened.from_snapshot, 0);
    assert!(opened.board.report_of_number(&open).is_none());
}

#[tokio::test]
async fn a_damaged_snapshot_is_none() {
    let (desk, _) = house().await;
    keep(&desk).await;
    let file = desk.directory.path().join("blobs/snapshot");
    let whole = std::fs::read(&file).unwrap();
    for at in [0, 20, 40, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&file, &damaged).unwrap();
        assert_eq!(Replica::open(&desk.store).await.unwrap().from_snapshot, 0, "{at}");
        std::fs::write(&file, &whole[..at]).unwrap();
        assert_eq!(Replica::open(&desk.store).await.unwrap().from_snapshot, 0, "{at}");
    }
    std::fs::write(&file, &whole).unwrap();
    assert!(Replica::open(&desk.store).await.unwrap().from_snapshot > 0);
}
