//! A PSIRT's two years, simulated: seeds, steps, laws.
//!
//! A seed gives one history. At each step somebody does one thing, or does it wrongly; then the laws are checked on everything that the
//! step touched: its streams are folded from the journal alone, the dates of its cases are computed once more from their exported
//! stories, and what leaves is searched for what must not. After an erasure all that is left is compared with what was there before. The
//! whole board is compared with its replay, and the journal verified, every [`WHOLE_EVERY`] steps, at a seed's first erasure and at its
//! end, because a replay costs as much as all the steps before it; `CANDOR_DEEP=1` does so at every step.
//!
//! `CANDOR_SEED=17` runs that seed alone, `CANDOR_STEPS=300` no further than that step; `CANDOR_SEEDS=200` the first two hundred.
//! A broken law is printed with its seed and step, and with the shortest history that was found to break it; `CANDOR_ALL=1` goes on
//! and names every law that some seed broke.

mod act;
mod choose;
mod coverage;
mod dice;
mod erasing;
mod field;
mod habit;
mod laws;
mod leaving;
mod ledger;
mod releasing;
mod run;
mod shrink;
mod stage;

use coverage::Coverage;
use run::{Failure, run};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Seeds of a plain test run; `cargo xtask test` runs two hundred, optimised. Eight to eleven seconds of
/// processor time each, in a debug build.
const SEEDS: u64 = 8;
const STEPS: usize = 1_000;
/// Steps between two comparisons of the whole board.
const WHOLE_EVERY: usize = 500;
const THREADS: usize = 2;

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn two_years_of_a_psirt_keep_every_law() {
    let steps = number_in("CANDOR_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    let one = number_in("CANDOR_SEED");
    let seeds = match one {
        Some(seed) => seed..seed + 1,
        None => 0..number_in("CANDOR_SEEDS").unwrap_or(SEEDS),
    };
    let next = AtomicU64::new(seeds.start);
    let stop = AtomicBool::new(false);
    let coverage = Mutex::new(Coverage::default());
    let hunting = std::env::var_os("CANDOR_ALL").is_some();
    let failed: Mutex<BTreeMap<&'static str, Failure>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    match runtime.block_on(run(seed, steps, None)) {
                        Ok(seen) => coverage.lock().unwrap().add(seen),
                        Err(failure) => {
                            stop.store(!hunting, Ordering::Relaxed);
                            let mut failed = failed.lock().unwrap();
                            let law = if hunting { failure.law } else { "" };
                            if failed.get(law).is_none_or(|first| failure.step < first.step) {
                                failed.insert(law, failure);
                            }
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    // One failure is worth a search for its shortest history; a hunt names them all first.
    let told: Vec<String> = match hunting {
        true => failed.values().map(shrink::named).collect(),
        false => failed.values().map(shrink::told).collect(),
    };
    assert!(told.is_empty(), "{}", told.join("\n"));
    let coverage = coverage.into_inner().unwrap();
    // Rare acts need many seeds to be reached.
    if seeds.end >= 40 && one.is_none() && steps == STEPS {
        coverage.assert_complete();
    } else {
        println!("{coverage}");
    }
}
