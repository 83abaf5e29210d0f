//! What a machine allows without Candor: as many files and commits made to last, by as many hands, and as many messages decrypted on two threads,
//! each alone and then both at once. Never starts the binary.

use crate::letters::{Letters, content};
use crate::{Failed, a_second, spread};
use openpgp::{INTAKE_SEED_BYTES, OpenLimits, SigningKey, open};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use store::{ActorId, Batch, Config, Entry, KeyId, Plain, Store, StreamId};
use vault::MasterKey;
use zeroize::Zeroizing;

/// Messages that Candor reads at a time.
const READERS: usize = 2;
/// Of an entry, as Candor writes of a message.
const BODY_BYTES: usize = 600;

pub(crate) fn measure(count: usize, hands: usize, bytes: usize) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let now = jiff::Timestamp::now().as_second();
    let mut seed = Zeroizing::new([0; INTAKE_SEED_BYTES]);
    seed.iter_mut().zip(0..).for_each(|(byte, place)| *byte = place);
    let key = SigningKey::generate_intake("Floor <floor@example.com>", now - 60, None, &seed)?;
    let letters = Letters::to(key.certificate(), "floor@example.com", bytes, hands)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let store = runtime.block_on(Store::init(
        &Config::in_directory(folder.path()),
        MasterKey::generate()?,
    ))?;
    let commits = |label: &str| commit(&runtime, &store, &letters, (label, folder.path()), count, hands);
    println!(
        "{count} messages of {} bytes, {hands} hands, {READERS} readers",
        letters.bytes()
    );

    let begun = Instant::now();
    let times = commits("alone")?;
    println!(
        "synced alone: {}; each {}",
        a_second(count, begun.elapsed()),
        spread(times)
    );
    let begun = Instant::now();
    decrypt(&key, &letters, count, now, bytes)?;
    println!("decrypted alone: {}", a_second(count, begun.elapsed()));
    let begun = Instant::now();
    thread::scope(|scope| -> Result<(), Failed> {
        let decrypting = scope.spawn(|| decrypt(&key, &letters, count, now, bytes));
        commits("both")?;
        println!("synced beside decryption: {}", a_second(count, begun.elapsed()));
        decrypting.join().map_err(|_| "nobody decrypts any more")?
    })?;
    println!("synced and decrypted: {}", a_second(count, begun.elapsed()));
    runtime.block_on(store.close());
    Ok(())
}

/// For each message a file that lasts, and a commit after it. How long each took.
fn commit(
    runtime: &tokio::runtime::Runtime,
    store: &Store,
    letters: &Letters,
    (label, folder): (&str, &Path),
    count: usize,
    hands: usize,
) -> Result<Vec<Duration>, Failed> {
    let folder = folder.join(label);
    fs::create_dir(&folder)?;
    thread::scope(|scope| {
        let hands: Vec<_> = (0..hands)
            .map(|hand| {
                let folder = &folder;
                scope.spawn(move || -> Result<Vec<Duration>, Failed> {
                    let stream = StreamId::new(format!("{label}:{hand}"))?;
                    let own = (hand..count).step_by(hands).zip(1..);
                    let durable = own.map(|(index, seq)| {
                        let begun = Instant::now();
                        let mut file = File::create_new(folder.join(index.to_string()))?;
                        file.write_all(letters.body(index).as_bytes())?;
                        file.sync_all()?;
                        File::open(folder)?.sync_all()?;
                        runtime.block_on(store.append(batch(&stream, seq)?))?;
                        Ok(begun.elapsed())
                    });
                    durable.collect()
                })
            })
            .collect();
        let mut times = Vec::with_capacity(count);
        for hand in hands {
            times.extend(hand.join().map_err(|_| "nobody syncs any more")??);
        }
        Ok(times)
    })
}

fn batch(stream: &StreamId, seq: u64) -> Result<Batch, Failed> {
    let entry = Entry {
        stream: stream.clone(),
        seq,
        actor: ActorId::new("person:1")?,
        key_id: KeyId::from(stream),
        body: Plain::from(vec![b'x'; BODY_BYTES]),
    };
    Ok(Batch {
        recorded_us: jiff::Timestamp::now().as_microsecond(),
        entries: vec![entry],
        ..Batch::default()
    })
}

/// Decrypts so many messages, on as many threads as Candor has readers.
fn decrypt(key: &SigningKey, letters: &Letters, count: usize, now: i64, bytes: usize) -> Result<(), Failed> {
    let secret = key.to_secret_bytes()?;
    let next = Arc::new(AtomicUsize::new(0));
    let expected = content(0, bytes).len();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                let (next, secret) = (Arc::clone(&next), &secret);
                scope.spawn(move || -> Result<(), Failed> {
                    let keys = [SigningKey::from_secret_bytes(secret)?];
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= count {
                            return Ok(());
                        }
                        let opened = open(letters.body(index).as_bytes(), &keys, &[], OpenLimits::default(), now)?;
                        if opened.content.len() != expected {
                            return Err("a message did not open to what was encrypted".into());
                        }
                    }
                })
            })
            .collect();
        readers
            .into_iter()
            .try_for_each(|reader| reader.join().map_err(|_| "nobody decrypts any more")?)
    })
}
