//! How many durable appends a second, on both databases: one after the other, and many at once.
//!
//! `cargo run --release -p store --example append_rate [FOLDER]`. The folder must be on the disk in question; it is left as it was.
//! PostgreSQL runs as a cluster of its own in the folder for temporary files, with its settings as they come; without it that half is left out.

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "it is a helper of the tests, where a machine that fails ends everything at once"
)]
#[path = "../tests/story/cluster.rs"]
mod cluster;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use store::{ActorId, Batch, Config, Entry, KeyId, Plain, Store, StoreError, StreamId};
use tokio::task::JoinSet;
use vault::MasterKey;

const RUN: Duration = Duration::from_secs(5);
const WRITERS: usize = 64;
const BODY_BYTES: usize = 600;

fn batch(stream: &StreamId, seq: u64) -> Result<Batch, StoreError> {
    let entry = Entry {
        stream: stream.clone(),
        seq,
        actor: ActorId::new("person:1")?,
        key_id: KeyId::from(stream),
        body: Plain::from(vec![b'x'; BODY_BYTES]),
    };
    Ok(Batch {
        recorded_us: 1_770_000_000_000_000,
        entries: vec![entry],
        ..Batch::default()
    })
}

/// Appends to one stream until the time is over; gives how many were acknowledged.
async fn write(store: Store, name: String) -> Result<u64, StoreError> {
    let stream = StreamId::new(name)?;
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < RUN {
        store.append(batch(&stream, count + 1)?).await?;
        count += 1;
    }
    Ok(count)
}

async fn measure(store: &Store, label: &str, writers: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for index in 0..writers {
        tasks.spawn(write(store.clone(), format!("{label}:{index}")));
    }
    let mut count = 0;
    while let Some(done) = tasks.join_next().await {
        count += done??;
    }
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!("{label}: {writers} at once, {count} durable appends of {BODY_BYTES} bytes, {rate:.0} a second");
    Ok(rate)
}

/// What the module that starts PostgreSQL says if there is none.
pub(crate) fn skipped(needs: &str) {
    println!("skipped: needs {needs}");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parent = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(parent)?;
    println!("SQLite");
    run(&Config::in_directory(folder.path())).await?;
    if let Some(cluster) = cluster::Cluster::start() {
        println!("PostgreSQL");
        run(&cluster.config(&folder.path().join("blobs")).await).await?;
    }
    Ok(())
}

async fn run(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::init(config, MasterKey::generate()?).await?;
    let single = measure(&store, "single", 1).await?;
    let grouped = measure(&store, "grouped", WRITERS).await?;
    println!("ratio: {:.1}", grouped / single);
    let start = Instant::now();
    let report = store.verify().await?;
    let rate = report.checked as f64 / start.elapsed().as_secs_f64();
    println!(
        "verify: {} entries, {rate:.0} a second, sound: {}",
        report.checked,
        report.is_sound()
    );
    store.close().await;
    Ok(())
}
