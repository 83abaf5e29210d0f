//! Files: sealed as they stream in, read as they were, erased with their sender.

use super::world::{Desk, by};
use crate::ActError;
use crate::originals::bytes_key;
use std::io::{self, Read};
use store::StreamId;

const MIB: u64 = 1 << 20;

/// A long file that is never in memory as a whole, and fails if somebody asks for more than a piece at once.
struct Long {
    left: u64,
}

impl Read for Long {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        assert!(into.len() as u64 <= MIB, "the file is read in one piece");
        let count = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        into[..count].fill(b'x');
        self.left -= count as u64;
        Ok(count)
    }
}

async fn read(desk: &Desk, case: &str, name: &str) -> Option<Vec<u8>> {
    let reader = desk.casework.read_file(&by("audrey"), case, name).await.unwrap();
    reader.map(|mut reader| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

async fn attach(desk: &Desk, case: &str, from_report: bool, name: &str, text: &str) {
    let bytes = io::Cursor::new(text.as_bytes().to_vec());
    desk.casework
        .attach(&by("ana"), case, from_report, name, MIB, bytes)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_comes_back_as_it_was() {
    let desk = Desk::open().await;
    let case = desk.report("A capture is attached").await;
    attach(&desk, &case, true, "/tmp/capture.pcap", "packets").await;
    attach(&desk, &case, false, "notes.txt", "the team's own").await;
    attach(&desk, &case, false, "notes.txt", "the team's own, again").await;
    assert_eq!(read(&desk, &case, "capture.pcap").await.unwrap(), b"packets");
    assert_eq!(read(&desk, &case, "notes.txt").await.unwrap(), b"the team's own, again");
    let unknown = desk.casework.read_file(&by("ana"), &case, "other").await.unwrap_err();
    assert!(
        unknown.to_string().contains("it has: capture.pcap, notes.txt"),
        "{unknown}"
    );
    let hidden = desk.casework.read_file(&by("root"), &case, "notes.txt").await;
    assert!(matches!(hidden, Err(ActError::NotFound(_))));
}

#[tokio::test]
async fn a_long_file_streams_and_one_that_is_too_long_leaves_nothing() {
    let desk = Desk::open().await;
    let case = desk.report("Long").await;
    let long = |left| Long { left };
    let attached = desk
        .casework
        .attach(&by("ana"), &case, true, "long.bin", 9 * MIB, long(9 * MIB))
        .await
        .unwrap();
    assert_eq!(attached.bytes, 9 * MIB);
    let blobs = || {
        let folders = std::fs::read_dir(desk.directory.path().join("blobs")).unwrap();
        folders
            .flatten()
            .filter_map(|folder| std::fs::read_dir(folder.path()).ok())
            .flatten()
            .count()
    };
    let before = blobs();
    let refused = desk
        .casework
        .attach(&by("ana"), &case, true, "longer.bin", 9 * MIB, long(9 * MIB + 1))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("larger than 9 MiB"), "{refused}");
    assert_eq!(blobs(), before);
    assert!(!format!("{:?}", desk.casework.story(&case).unwrap()).contains("longer.bin"));
}

#[tokio::test]
async fn a_file_that_came_with_a_report_is_erased_with_its_sender() {
    let desk = Desk::open().await;
    let case = desk.report("Mine").await;
    attach(&desk, &case, true, "theirs.txt", "a name").await;
    attach(&desk, &case, false, "ours.txt", "no name").await;
    let report = {
        let board = desk.casework.board();
        StreamId::new(board.report_of_number(&case).unwrap().0).unwrap()
    };
    let sealed = bytes_key(&desk.casework.board(), &report).unwrap();
    desk.store.erase_key(&sealed).await.unwrap();
    assert_eq!(read(&desk, &case, "theirs.txt").await, None);
    assert_eq!(read(&desk, &case, "ours.txt").await.unwrap(), b"no name");
}

#[tokio::test]
async fn a_file_whose_size_is_known_is_refused_before_it_is_read() {
    let desk = Desk::open().await;
    assert_eq!(desk.casework.require_small(1 << 20, 1 << 20), Ok(()));
    let refused = desk.casework.require_small((1 << 20) + 1, 1 << 20).unwrap_err();
    assert!(refused.to_string().contains("larger than 1 MiB"), "{refused}");
}
