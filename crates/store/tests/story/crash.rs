//! Death in the middle of writing: what was acknowledged is there, the rest is there whole or not at all.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use tokio::task::JoinSet;
use vault::MasterKey;

use crate::world::*;

const FOLDER: &str = "STORE_TEST_FOLDER";
const WRITERS: usize = 8;
/// After how many acknowledgements the writer is killed, run after run on the same data.
const KILLED_AFTER: [usize; 4] = [1, 10, 57, 200];

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let config = store::Config::in_directory(&data);
    let master = MasterKey::generate().unwrap();
    master.save(&folder.path().join("master.key")).unwrap();
    store::Store::init(&config, master).await.unwrap().close().await;

    for (run, killed_after) in KILLED_AFTER.into_iter().enumerate() {
        let acknowledged = acknowledged_before_death(&folder.path().to_path_buf(), run, killed_after);
        assert!(acknowledged.len() >= killed_after, "the writer ended early");
        let store = store::Store::open(&config, MasterKey::load(&folder.path().join("master.key")).unwrap())
            .await
            .unwrap();
        let report = store.verify().await.unwrap();
        assert!(report.is_sound(), "{:?}", report.findings);
        for (stream_name, seq) in &acknowledged {
            // Each batch has two entries; both are there.
            let found = store.read_stream(&stream(stream_name), *seq).await.unwrap();
            assert!(
                found.len() >= 2 && found[0].seq == *seq,
                "{stream_name} {seq} was acknowledged, and is lost"
            );
        }
        for writer in 0..WRITERS {
            let count = texts(&store, &format!("writer:{run}:{writer}")).await.len();
            assert_eq!(count % 2, 0, "half a batch was kept");
        }
        store.close().await;
    }
}

/// Starts the writer, kills it after so many acknowledgements, and gives all that it had said by then.
fn acknowledged_before_death(folder: &PathBuf, run: usize, killed_after: usize) -> Vec<(String, u64)> {
    let mut writer = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::the_writer_that_never_ends",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env("STORE_TEST_RUN", run.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    let mut killed = false;
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        // The test harness writes lines of its own.
        if let Some((stream_name, seq)) = line.unwrap().strip_prefix("ack ").and_then(|rest| rest.split_once(' ')) {
            acknowledged.push((stream_name.to_owned(), seq.parse().unwrap()));
        }
        if acknowledged.len() >= killed_after && !killed {
            writer.kill().unwrap();
            killed = true;
        }
    }
    writer.wait().unwrap();
    acknowledged
}

/// Not a test of its own: the process that the test above starts and kills.
#[tokio::test]
#[ignore = "run by a_killed_writer_loses_nothing_that_it_acknowledged"]
async fn the_writer_that_never_ends() {
    let folder = PathBuf::from(env::var_os(FOLDER).expect("only the test above starts this one"));
    let run = env::var("STORE_TEST_RUN").unwrap();
    let master = MasterKey::load(&folder.join("master.key")).unwrap();
    let store = store::Store::open(&store::Config::in_directory(&folder.join("data")), master)
        .await
        .unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, name) = (store.clone(), format!("writer:{run}:{writer}"));
        writers.spawn(async move {
            for seq in (1..).step_by(2) {
                store
                    .append(batch(vec![entry(&name, seq, "first"), entry(&name, seq + 1, "second")]))
                    .await
                    .unwrap();
                let mut out = io::stdout().lock();
                // The reader has gone when it has killed us; nothing is left to say then.
                if writeln!(out, "ack {name} {seq}").and_then(|()| out.flush()).is_err() {
                    return;
                }
            }
        });
    }
    writers.join_all().await;
}
