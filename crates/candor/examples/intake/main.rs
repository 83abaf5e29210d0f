//! What mail costs: a house of its own in the folder for temporary files, the built `candor` that serves it, and mail servers that hand over.
//! Prints; never judges.
//!
//!     cargo build --release
//!     cargo run --release -p candor --example intake -- rate [COUNT]     100 kB each, encrypted, over eight connections
//!     cargo run --release -p candor --example intake -- floor [COUNT]    what syncing and decrypting the same allow, without Candor
//!     cargo run --release -p candor --example intake -- large [COUNT]    25 MB each, all at once
//!     cargo run --release -p candor --example intake -- storm [COUNT]    small ones, while pages are asked for

mod floor;
mod house;
mod letters;
mod pages;
mod wire;

use house::House;
use letters::Letters;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// Mail servers that hand over at the same time.
const HANDS: usize = 8;
const MAIL_BYTES: usize = 100_000;
const LARGE_BYTES: usize = 25_000_000;
const SMALL_BYTES: usize = 4_000;
/// Between two looks at how much memory the readers take.
const LOOK: Duration = Duration::from_millis(50);

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let what = arguments.first().map_or("", String::as_str);
    let count = |usual: usize| arguments.get(1).map_or(Ok(usual), |count| count.parse());
    match what {
        "rate" => rate(count(2_000)?),
        "floor" => floor::measure(count(2_000)?, HANDS, MAIL_BYTES),
        "large" => large(count(10)?),
        "storm" => storm(count(10_000)?),
        _ => Err("say what: rate, floor, large or storm, and how many messages".into()),
    }
}

fn rate(count: usize) -> Result<(), Failed> {
    let house = House::open()?;
    let letters = Letters::to(house.certificate()?, house.contact(), MAIL_BYTES, HANDS)?;
    let serving = house.serve()?;
    println!("{count} messages of {} bytes over {HANDS} connections", letters.bytes());
    let begun = Instant::now();
    let times = handed(serving.lmtp(), &letters, count, HANDS)?;
    let stored = begun.elapsed();
    serving.wait_until_read(count)?;
    let read = begun.elapsed();
    println!("to the last 250: {}", a_second(count, stored));
    println!("until all are read: {}", a_second(count, read));
    println!("from a message's first command to its 250: {}", spread(times));
    println!("server's peak memory: {}", mib(serving.peak_kib()?));
    serving.end()
}

fn large(count: usize) -> Result<(), Failed> {
    let house = House::open()?;
    let letters = Letters::to(house.certificate()?, house.contact(), LARGE_BYTES, 1)?;
    let serving = house.serve()?;
    println!("{count} messages of {} bytes, all at once", letters.bytes());
    println!("server's memory before: {}", mib(serving.peak_kib()?));
    let begun = Instant::now();
    let readers = thread::scope(|scope| -> Result<u64, Failed> {
        let reading = scope.spawn(|| -> Result<u64, Failed> {
            let mut peak = 0;
            while !serving.has_read(count)? {
                peak = peak.max(serving.readers_peak_kib());
                thread::sleep(LOOK);
            }
            Ok(peak)
        });
        let times = handed(serving.lmtp(), &letters, count, count)?;
        println!("from a message's first command to its 250: {}", spread(times));
        println!("to the last 250: {:.1} s", begun.elapsed().as_secs_f64());
        println!("server's peak memory by then: {}", mib(serving.peak_kib()?));
        reading.join().map_err(|_| "nobody looked at the readers")?
    })?;
    println!("until all are read: {:.1} s", begun.elapsed().as_secs_f64());
    println!("server's peak memory: {}", mib(serving.peak_kib()?));
    println!("a reader's peak memory: {}", mib(readers));
    serving.end()
}

fn storm(count: usize) -> Result<(), Failed> {
    let house = House::open()?;
    let letters = Letters::to(house.certificate()?, house.contact(), SMALL_BYTES, HANDS)?;
    let serving = house.serve()?;
    // One report that is there already, whose page is asked for.
    handed(serving.lmtp(), &letters, 1, 1)?;
    serving.wait_until_read(1)?;
    println!("{count} messages of {} bytes over {HANDS} connections", letters.bytes());
    let asking = pages::Asking::begin(&serving)?;
    let begun = Instant::now();
    let times = handed(serving.lmtp(), &letters.behind(1), count, HANDS)?;
    let stored = begun.elapsed();
    let while_stored = asking.so_far();
    serving.wait_until_read(count + 1)?;
    let read = begun.elapsed();
    let while_read = asking.end()?;
    println!("to the last 250: {}", a_second(count, stored));
    println!("until all are read: {}", a_second(count, read));
    println!("from a message's first command to its 250: {}", spread(times));
    println!("server's peak memory: {}", mib(serving.peak_kib()?));
    while_stored.print("while they came in");
    while_read.print("while they were read");
    serving.end()
}

/// Hands so many messages over, by so many hands at once; how long each took.
fn handed(lmtp: &str, letters: &Letters, count: usize, hands: usize) -> Result<Vec<Duration>, Failed> {
    thread::scope(|scope| {
        let hands: Vec<_> = (0..hands)
            .map(|hand| {
                scope.spawn(move || -> Result<Vec<Duration>, Failed> {
                    let mut wire = wire::Wire::to(lmtp)?;
                    let own = (hand..count).step_by(hands);
                    own.map(|index| wire.hand_over(letters, index)).collect()
                })
            })
            .collect();
        let mut times = Vec::with_capacity(count);
        for hand in hands {
            times.extend(hand.join().map_err(|_| "a mail server ended early")??);
        }
        Ok(times)
    })
}

fn a_second(count: usize, time: Duration) -> String {
    format!(
        "{:.1} a second, {:.1} s",
        count as f64 / time.as_secs_f64(),
        time.as_secs_f64()
    )
}

/// The middle, the slow and the slowest of these times.
pub(crate) fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
    };
    format!(
        "p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms ({} of them)",
        at(50),
        at(95),
        at(100),
        times.len()
    )
}

fn mib(kib: u64) -> String {
    format!("{} MiB", kib / 1_024)
}
