//! Export and import: between the two databases, of a journal that grows meanwhile, and of lines that somebody touched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use store::{
    Batch, Config, Content, Exported, Fault, Imported, Importer, LineFault, OutFile, Parts, Store, StoreError,
    TransferError,
};
use tempfile::TempDir;
use vault::Checkpoint;

use crate::cluster::Cluster;
use crate::world::*;

const ALL: Parts = Parts {
    journal: true,
    keys: true,
};

/// A bit of everything that a store holds.
async fn fill(store: &Store) {
    for seq in 1..=40 {
        store
            .append(batch(vec![entry("case:1", seq, "one"), entry("case:2", seq, "two")]))
            .await
            .unwrap();
    }
    let whole = Batch {
        command: Some(command("command:1", "an answer", "case:3")),
        numbers: vec![number_of("NN-2026-ABCDE", "case:3")],
        jobs: vec![job("mail:1", NOW_US), job("mail:2", NOW_US)],
        ..batch(vec![entry("case:3", 1, "three"), entry("person:1", 1, "a name")])
    };
    store.append(whole).await.unwrap();
    store
        .put_blob(&key("case:3"), std::io::Cursor::new(vec![7; 200_000]))
        .await
        .unwrap();
    store.put_blob(&key("person:1"), &b"a letter"[..]).await.unwrap();
    store.erase_key(&key("person:1")).await.unwrap();
    let claimed = store
        .claim_job(&effect("mail"), NOW_US, NOW_US + SECOND_US)
        .await
        .unwrap();
    assert!(claimed.is_some());
    let name = lease_name("publisher");
    for index in 0..3 {
        let at = NOW_US + index * 10 * SECOND_US;
        let lease = store
            .take_lease(&name, &holder("process:1"), at, at + SECOND_US)
            .await
            .unwrap();
        assert!(lease.is_some());
    }
}

async fn export(store: &Store, parts: Parts) -> (Exported, Vec<u8>) {
    let files = [OutFile {
        path: "tree/a/index.html".to_owned(),
        content: Content::Bytes(b"<!doctype html>".repeat(10_000)),
        public: true,
    }];
    let mut lines = Vec::new();
    let exported = store.export(parts, &files, &mut lines).await.unwrap();
    (exported, lines)
}

async fn import(config: &Config, files: &Path, exports: &[&[u8]]) -> Result<Imported, TransferError> {
    let place = |name: &str| name.starts_with("tree/").then(|| files.join(name));
    let mut importer = Importer::begin(config).await?;
    for export in exports {
        importer.read(&mut &export[..], &place).await?;
    }
    importer.finish().await
}

/// Moves a house, and expects the same one on the other side.
async fn check_move(from: &World, to: &Config) {
    let store = from.init().await;
    fill(&store).await;
    let (exported, lines) = export(&store, ALL).await;
    assert_eq!(exported.damaged, [""; 0]);
    let head = store.head().await.unwrap();
    let all = store.tail(0, 10_000).await.unwrap();
    let verifier = store.verifier();
    store.close().await;

    let folder = TempDir::new().unwrap();
    let imported = import(to, folder.path(), &[&lines]).await.unwrap();
    assert_eq!(
        (imported.head, imported.counts, imported.keys_missing),
        (head, exported.counts, 0)
    );
    assert_eq!(imported.counts.blobs, 1, "the blob of an erased key is gone");
    let store = Store::open(to, from.master()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.tail(0, 10_000).await.unwrap(), all);
    assert_eq!(store.verifier(), verifier, "it signs as before");
    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!((report.erased, report.blobs), (1, 1));
    assert_eq!(
        store.stream_of_number(&number("NN-2026-ABCDE")).await.unwrap(),
        Some(stream("case:3"))
    );
    let again = Batch {
        command: Some(command("command:1", "another answer", "case:3")),
        ..batch(vec![entry("case:3", 2, "x")])
    };
    match store.append(again).await.unwrap() {
        store::Appended::Repeated { answer } => assert_eq!(body_text(&answer), "an answer"),
        other => panic!("{other:?}"),
    }
    // One job was claimed before the move: its attempt is counted, and its claim ends.
    let mut attempts = BTreeSet::new();
    while let Some(claimed) = store
        .claim_job(&effect("mail"), NOW_US + SECOND_US, NOW_US + 2 * SECOND_US)
        .await
        .unwrap()
    {
        attempts.insert(claimed.ticket.attempt);
    }
    assert_eq!(attempts, BTreeSet::from([1, 2]));
    let lease = store
        .take_lease(
            &lease_name("publisher"),
            &holder("process:9"),
            NOW_US,
            NOW_US + SECOND_US,
        )
        .await
        .unwrap();
    assert_eq!(lease.unwrap().fence, 4, "the fence goes on growing");
    assert!(matches!(
        store.append(batch(vec![entry("person:1", 2, "x")])).await,
        Err(StoreError::KeyErased(_))
    ));
    let page = std::fs::read(folder.path().join("tree/a/index.html")).unwrap();
    assert_eq!(page.len(), 150_000);
    let (_, back) = export(&store, ALL).await;
    assert_ne!(back, lines, "jobs and leases have moved on since");
    store.close().await;
}

fn in_folder() -> (TempDir, World) {
    let folder = TempDir::new().unwrap();
    let world = World::in_directory(folder.path());
    (folder, world)
}

#[tokio::test]
async fn a_house_moves_from_sqlite_to_sqlite() {
    let ((_one, from), (_two, to)) = (in_folder(), in_folder());
    check_move(&from, &to.config).await;
    let again = Importer::begin(&to.config).await.err().unwrap();
    assert!(matches!(again, StoreError::AlreadyThere { .. }), "{again}");
}

#[tokio::test]
async fn a_house_moves_from_sqlite_to_postgresql() {
    let Some(cluster) = Cluster::start() else { return };
    let ((_folder, from), blobs) = (in_folder(), TempDir::new().unwrap());
    let to = cluster.config(blobs.path()).await;
    check_move(&from, &to).await;
    let again = Importer::begin(&to).await.err().unwrap();
    assert!(matches!(again, StoreError::AlreadyThere { .. }), "{again}");
}

#[tokio::test]
async fn a_house_moves_from_postgresql_to_sqlite() {
    let Some(cluster) = Cluster::start() else { return };
    let ((_folder, to), blobs) = (in_folder(), TempDir::new().unwrap());
    let from = World::new(cluster.config(blobs.path()).await);
    check_move(&from, &to.config).await;
}

/// What is appended while an export is written is not in it, and what is in it fits.
async fn check_growing(world: &World) {
    let store = world.init().await;
    fill(&store).await;
    let writer = store.clone();
    let writing = tokio::spawn(async move {
        for seq in 1..=200 {
            writer
                .append(batch(vec![entry("busy:1", seq, "meanwhile")]))
                .await
                .unwrap();
        }
    });
    let mut sizes = BTreeSet::new();
    while !writing.is_finished() || sizes.is_empty() {
        let (exported, lines) = export(&store, ALL).await;
        let ((_folder, to), files) = (in_folder(), TempDir::new().unwrap());
        let imported = import(&to.config, files.path(), &[&lines]).await.unwrap();
        assert_eq!(imported.head, exported.head);
        assert_eq!(imported.keys_missing, 0, "the keys are at least as new as the journal");
        sizes.insert(imported.head.size);
    }
    writing.await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn an_export_of_a_growing_journal_is_one_state_of_it() {
    let (_folder, world) = in_folder();
    check_growing(&world).await;
    let Some(cluster) = Cluster::start() else { return };
    let blobs = TempDir::new().unwrap();
    check_growing(&World::new(cluster.config(blobs.path()).await)).await;
}

#[tokio::test]
async fn journal_and_keys_travel_apart_and_need_each_other() {
    let (_one, from) = in_folder();
    let store = from.init().await;
    fill(&store).await;
    let journal = Parts {
        journal: true,
        keys: false,
    };
    let keys = Parts {
        journal: false,
        keys: true,
    };
    let (_, older_keys) = export(&store, keys).await;
    store.append(batch(vec![entry("case:9", 1, "later")])).await.unwrap();
    let ((_, journal), (_, keys)) = (export(&store, journal).await, export(&store, keys).await);
    store.close().await;

    let check = async |exports: &[&[u8]], expect: Result<u64, &str>| {
        let ((_folder, to), files) = (in_folder(), TempDir::new().unwrap());
        match (import(&to.config, files.path(), exports).await, expect) {
            (Ok(imported), Ok(missing)) => assert_eq!(imported.keys_missing, missing),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{error}");
                let opened = Store::open(&to.config, from.master()).await.unwrap_err();
                assert!(matches!(opened, StoreError::NotInitialised { .. }), "{opened}");
            }
            (found, _) => panic!("{found:?}"),
        }
    };
    check(&[&journal, &keys], Ok(0)).await;
    check(&[&keys, &journal], Ok(0)).await;
    check(&[&journal, &older_keys], Ok(1)).await;
    check(&[&journal], Err("there are no keys in it")).await;
    check(&[&keys], Err("there is no journal in it")).await;
    check(&[&keys, &keys], Err("line 1: what it says was said before")).await;
    check(&[b"hello\n"], Err("line 1: this is no line of an export")).await;
    check(&[b""], Err("line 1: the file ends here")).await;
}

/// Every line of an export, changed in each way: refused, with its number.
#[tokio::test]
async fn a_touched_line_is_refused_by_its_number() {
    let (_one, from) = in_folder();
    let store = from.init().await;
    store
        .append(batch(vec![entry("case:1", 1, "one"), entry("case:1", 2, "two")]))
        .await
        .unwrap();
    store.put_blob(&key("case:1"), &b"bytes"[..]).await.unwrap();
    let (_, export) = export(&store, ALL).await;
    store.close().await;
    let text = String::from_utf8(export).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let check = async |touched: String, line: usize, what: &str| {
        let ((_folder, to), files) = (in_folder(), TempDir::new().unwrap());
        match import(&to.config, files.path(), &[touched.as_bytes()]).await {
            Err(TransferError::Line { line: found, .. }) => assert_eq!(found, line as u64 + 1, "{what}"),
            other => panic!("{what} {line}: {other:?}"),
        }
    };
    for line in 0..lines.len() {
        let with = |change: &dyn Fn(&mut Vec<String>)| {
            let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            change(&mut lines);
            lines.concat()
        };
        check(with(&|lines| drop(lines.drain(line..))), line, "cut").await;
        check(
            with(&|lines| {
                let end = lines[line].len() / 2;
                lines[line].truncate(end);
                lines.truncate(line + 1)
            }),
            line,
            "cut inside",
        )
        .await;
        check(
            with(&|lines| {
                let end = lines[line].len() - 40;
                lines[line].replace_range(end..=end, "z")
            }),
            line,
            "edited",
        )
        .await;
        if line + 1 < lines.len() {
            check(with(&|lines| drop(lines.remove(line))), line, "lost").await;
            check(with(&|lines| lines.swap(line, line + 1)), line, "swapped").await;
        }
        let doubled = line + 1;
        check(
            with(&|lines| {
                let again = lines[line].clone();
                lines.insert(line, again)
            }),
            doubled,
            "doubled",
        )
        .await;
    }
}

/// Lines whose sums were made to fit again: what they say is judged too.
#[tokio::test]
async fn a_forged_export_is_refused_for_what_it_says() {
    use sha2::{Digest as _, Sha256};
    let (_one, from) = in_folder();
    let store = from.init().await;
    store
        .append(batch(vec![entry("case:1", 1, "one"), entry("case:1", 2, "two")]))
        .await
        .unwrap();
    let (_, export) = export(&store, ALL).await;
    store.close().await;
    let text = String::from_utf8(export).unwrap();
    let forge = |change: &dyn Fn(&mut Vec<String>)| {
        let mut said: Vec<String> = text
            .lines()
            .map(|line| {
                line.split_once(',')
                    .unwrap()
                    .1
                    .rsplit_once(",\"sum\"")
                    .unwrap()
                    .0
                    .to_owned()
            })
            .collect();
        change(&mut said);
        let mut sum = [0_u8; 32];
        let line = |(index, said): (usize, &String)| {
            let text = format!("{{\"line\":{},{said}", index + 1);
            sum = Sha256::new().chain_update(sum).chain_update(&text).finalize().into();
            format!("{text},\"sum\":\"{}\"}}\n", data_encoding::HEXLOWER.encode(&sum))
        };
        said.iter().enumerate().map(line).collect::<String>()
    };
    let check = async |change: &dyn Fn(&mut Vec<String>), expect: LineFault| {
        let ((_folder, to), files) = (in_folder(), TempDir::new().unwrap());
        match import(&to.config, files.path(), &[forge(change).as_bytes()]).await {
            Err(TransferError::Line { fault, .. }) => assert_eq!(fault, expect),
            other => panic!("{expect:?}: {other:?}"),
        }
    };
    let ((_folder, to), files) = (in_folder(), TempDir::new().unwrap());
    import(&to.config, files.path(), &[forge(&|_| ()).as_bytes()])
        .await
        .unwrap();
    check(
        &|said| said[1] = said[1].replace("person:1", "person:2"),
        LineFault::Contradiction,
    )
    .await;
    check(&|said| drop(said.remove(2)), LineFault::Contradiction).await;
    check(&|said| said.swap(1, 2), LineFault::OutOfPlace).await;
    check(
        &|said| said[0] = said[0].replace("\"format\":1", "\"format\":9"),
        LineFault::Newer,
    )
    .await;
    check(&|said| said[1] = said[1].replace("case:1", "case 1"), LineFault::NoLine).await;
    check(&|said| said[1] = "\"surprise\":{}".to_owned(), LineFault::NoLine).await;
    check(
        &|said| {
            said.insert(
                3,
                "\"file\":{\"path\":\"../../etc/passwd\",\"bytes\":0,\"public\":false}".to_owned(),
            )
        },
        LineFault::OutOfPlace,
    )
    .await;
    check(
        &|said| {
            said.insert(
                3,
                "\"file\":{\"path\":\"tree/../../x\",\"bytes\":0,\"public\":false}".to_owned(),
            )
        },
        LineFault::OutOfPlace,
    )
    .await;
    check(
        &|said| said.insert(3, "\"number\":{\"number\":\"A\",\"stream\":\"case:1\"}".to_owned()),
        LineFault::Contradiction,
    )
    .await;
}

fn blob_file(folder: &Path) -> PathBuf {
    let shard = std::fs::read_dir(folder.join("blobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::read_dir(shard).unwrap().next().unwrap().unwrap().path()
}

#[tokio::test]
async fn a_damaged_blob_is_named_and_stops_no_backup() {
    for damage in [Fault::BlobEdited, Fault::BlobMissing] {
        let (folder, world) = in_folder();
        let store = world.init().await;
        store.append(batch(vec![entry("case:1", 1, "one")])).await.unwrap();
        let blob = store.put_blob(&key("case:1"), &b"bytes"[..]).await.unwrap();
        let path = blob_file(folder.path());
        if damage == Fault::BlobEdited {
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[5] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let report = store.verify().await.unwrap();
        let found: Vec<_> = report.findings.iter().map(|finding| finding.fault).collect();
        assert_eq!(found, [damage]);
        assert!(report.findings[0].place.contains(blob.id.as_str()));
        assert_eq!(report.first_fault, None, "the journal itself is sound");
        let (exported, lines) = export(&store, ALL).await;
        assert_eq!(exported.damaged, [blob.id.as_str()]);
        store.close().await;
        let ((_folder, to), files) = (in_folder(), TempDir::new().unwrap());
        import(&to.config, files.path(), &[&lines]).await.unwrap();
        let store = Store::open(&to.config, world.master()).await.unwrap();
        let report = store.verify().await.unwrap();
        assert_eq!(report.findings[0].fault, Fault::BlobMissing);
        store.close().await;
    }
}

#[tokio::test]
async fn a_file_that_nothing_knows_is_counted_and_a_kept_one_is_named() {
    let (folder, world) = in_folder();
    let store = world.init().await;
    store.put_blob(&key("person:1"), &b"a letter"[..]).await.unwrap();
    let path = blob_file(folder.path());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(path.with_file_name("0123456789abcdefghijklmnop"), b"left by a crash").unwrap();
    store.erase_key(&key("person:1")).await.unwrap();
    assert!(!path.exists(), "erasing a key removes the files that it sealed");
    let report = store.verify().await.unwrap();
    assert_eq!((report.is_sound(), report.orphans), (true, 1));
    // A crash between the key and its files.
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(store.verify().await.unwrap().findings[0].fault, Fault::BlobKept);
    store.erase_key(&key("person:1")).await.unwrap();
    assert!(store.verify().await.unwrap().is_sound(), "repeating finishes it");
    store.close().await;
}

#[tokio::test]
async fn a_checkpoint_shows_what_the_head_alone_cannot() {
    let (_folder, world) = in_folder();
    let store = world.init().await;
    store.append(batch(vec![entry("case:1", 1, "one")])).await.unwrap();
    let (early, note) = store.checkpoint().await.unwrap();
    store.append(batch(vec![entry("case:1", 2, "two")])).await.unwrap();
    let (late, _) = store.checkpoint().await.unwrap();
    let of = |head: store::Head| Checkpoint {
        size: head.size,
        root: head.root,
    };
    assert_eq!(store.verifier().check(&note).unwrap(), of(early));
    let report = store.verify_against(&[of(late), of(early)]).await.unwrap();
    assert_eq!((report.is_sound(), report.confirmed), (true, vec![1, 2]));
    // The whole history written anew: it fits its own head, and not what was signed before.
    let forged = Checkpoint {
        root: [9; 32],
        ..of(early)
    };
    let ahead = Checkpoint { size: 7, ..forged };
    let report = store.verify_against(&[ahead, forged, of(late)]).await.unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| finding.fault).collect();
    assert_eq!(found, [Fault::CheckpointDiffers, Fault::CheckpointAhead]);
    assert_eq!(report.confirmed, [2]);
    store.close().await;
}

/// One bit flipped at 1,000 places of a backup, in both of its files: 1,000 are noticed.
#[tokio::test]
async fn a_flipped_bit_anywhere_in_a_backup_is_noticed() {
    const FLIPS: usize = 1_000;
    let (_folder, world) = in_folder();
    let store = world.init().await;
    for seq in 1..=6 {
        store
            .append(batch(vec![entry("case:1", seq, "one"), entry("case:2", seq, "two")]))
            .await
            .unwrap();
    }
    store
        .put_blob(&key("case:1"), std::io::Cursor::new(vec![7; 70_000]))
        .await
        .unwrap();
    let secret = vault::BackupSecret::generate().unwrap();
    let mut files = Vec::new();
    for (part, parts) in [
        (
            vault::BackupPart::House,
            Parts {
                journal: true,
                keys: false,
            },
        ),
        (
            vault::BackupPart::Keys,
            Parts {
                journal: false,
                keys: true,
            },
        ),
    ] {
        let mut sealed = vault::seal_backup(&secret.recipient(), part, Vec::new()).unwrap();
        store.export(parts, &[], &mut sealed).await.unwrap();
        files.push(sealed.finish().unwrap());
    }
    store.close().await;
    let examine = |file: &[u8]| -> Result<(), TransferError> {
        let (_, reader) = vault::open_backup(&secret, file).map_err(TransferError::Read)?;
        store::examine(&mut std::io::BufReader::new(reader)).map(|_| ())
    };
    for file in &files {
        examine(file).unwrap();
    }
    // Numbers that look drawn, the same in every run.
    let mut seed = 20_261_122_u64;
    let mut draw = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut noticed = 0;
    for flip in 0..FLIPS {
        let file = &mut files[flip % 2];
        let at = draw(file.len());
        let bit = 1_u8 << draw(8);
        file[at] ^= bit;
        noticed += usize::from(examine(file).is_err());
        file[at] ^= bit;
    }
    assert_eq!(noticed, FLIPS);
}
