//! A tree of many advisories out of real documents, built, verified, and published once more:
//! `cargo run --release -p publish --example large_tree -- FOLDER [COUNT]`, where FOLDER holds CSAF documents of one publisher.
//!
//! The documents are repeated under numbers of their own until there are COUNT of them (10,000). Prints rows for docs/benchmarks.md. What it
//! builds lies in a temporary folder below the system's, which needs some gigabytes, and is removed at the end.

use jiff::Timestamp;
use openpgp::{Certificate, Limits, SigningKey};
use psirt::advisory::{Advisory, AdvisoryEvent, AdvisoryState, Released, release};
use psirt::house::Brand;
use publish::{FixedRelease, Publisher, Release, Site, verify};
use serde_json::Value;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How many more publications are measured, one advisory each.
const MORE: usize = 4;
/// The validator's first document reads its schema; it is judged before the clock starts.
const WARM_UP: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("large_tree FOLDER [COUNT]")?;
    let count: usize = arguments.next().as_deref().unwrap_or("10000").parse()?;
    let now = Timestamp::now();
    let brand = brand();

    let documents = documents(Path::new(&folder))?;
    for document in documents.iter().take(WARM_UP) {
        let _ = gate::judge(document);
    }
    let (passing, took) = timed(|| {
        let judged = documents.iter().filter(|document| gate::judge(document).passes());
        judged.collect::<Vec<_>>()
    });
    row("validated, one core", documents.len(), took);

    let key = SigningKey::generate("Large <large@example.com>", now.as_second(), &Zeroizing::new([7; 32]))?;
    let certificate = Certificate::parse(key.certificate().armored().as_bytes(), Limits::default())?;
    let (made, took) = timed(|| made(&passing, &brand, &key, now, count + MORE));
    let made = made?;
    row("understood and signed", made.len(), took);
    println!(
        "| documents in memory | {} MiB |",
        made.iter().map(|(_, fixed)| fixed.json.len()).sum::<usize>() >> 20
    );

    let root = std::env::temp_dir().join(format!("candor-large-tree-{}", std::process::id()));
    fs::create_dir_all(&root)?;
    let done = measured(&root, &brand, &[certificate], &made, count, now);
    fs::remove_dir_all(&root)?;
    done?;
    println!("| peak memory of this program | {} |", peak_memory()?);
    Ok(())
}

fn measured(
    root: &Path,
    brand: &Brand,
    keys: &[Certificate],
    made: &[(Released, FixedRelease)],
    count: usize,
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let publisher = Publisher::new(root);
    let releases: Vec<Release<'_>> = made
        .iter()
        .map(|(released, fixed)| Release { released, fixed })
        .collect();
    for published in count..=count + MORE {
        let site = Site {
            brand,
            policy: None,
            keys,
            releases: &releases[..published],
            intake: &[],
            tombstones: &[],
            portal: publish::PortalParts {
                dynamic: true,
                ..Default::default()
            },
            changed: now,
            security_txt: None,
        };
        let (generation, took) = timed(|| publisher.update(&[site], now));
        let generation = generation?;
        let what = if published == count {
            "whole tree built"
        } else {
            "one more published"
        };
        println!(
            "| {what} | {} files, {} written | {} ms |",
            generation.files,
            generation.written,
            took.as_millis()
        );
        if published == count {
            let (findings, took) = timed(|| verify(&publisher.public(), now));
            let findings = findings?;
            row("whole tree verified", published, took);
            // There is no security.txt here; everything else has to be right.
            for finding in findings
                .iter()
                .filter(|finding| !finding.path.contains("security.txt"))
                .take(5)
            {
                println!("finding: {finding}");
            }
        }
    }
    Ok(())
}

fn brand() -> Brand {
    Brand {
        id: "large".to_owned(),
        name: "Large".to_owned(),
        domain: "csaf.example.com".to_owned(),
        namespace: "https://www.cisa.gov/".to_owned(),
        policy: "house".to_owned(),
        number_prefix: "L".to_owned(),
        advisory_pattern: "{prefix}-{year}-{seq:3}".to_owned(),
        contact: "large@example.com".to_owned(),
        contact_details: "Write to large@example.com.".to_owned(),
        version_scheme: psirt::advisory::Scheme::default(),
        aggregators: psirt::house::Aggregators::default(),
    }
}

fn documents(folder: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    let files = files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "json"));
    Ok(files.map(fs::read).collect::<Result<_, _>>()?)
}

/// So many releases, the documents repeated under numbers of their own.
fn made(
    documents: &[&Vec<u8>],
    brand: &Brand,
    key: &SigningKey,
    now: Timestamp,
    count: usize,
) -> Result<Vec<(Released, FixedRelease)>, Box<dyn Error>> {
    let mut made = Vec::with_capacity(count);
    let mut place = 0;
    while made.len() < count {
        let document = documents
            .get(place % documents.len().max(1))
            .ok_or("no document passes the gate")?;
        let copy = place / documents.len();
        place += 1;
        let mut value: Value = serde_json::from_slice(document)?;
        if value.pointer("/document/publisher/namespace").and_then(Value::as_str) != Some(brand.namespace.as_str()) {
            continue;
        }
        if let Some(Value::String(id)) = value.pointer_mut("/document/tracking/id") {
            id.push_str(&format!("-{copy}"));
        }
        let mut json = serde_json::to_vec_pretty(&value)?;
        json.push(b'\n');
        let Ok(understood) = documents::csaf::read(&json) else {
            continue;
        };
        let mut advisory = understood.advisory;
        advisory.brand.clone_from(&brand.id);
        advisory.policy = (brand.policy.clone(), "1".to_owned());
        if documents::problem::check(&advisory, brand).is_err() {
            continue;
        }
        let signature = key.sign_detached(&json, now.as_second())?;
        made.push((released(advisory, now)?, FixedRelease { json, signature }));
    }
    Ok(made)
}

fn released(advisory: Advisory, now: Timestamp) -> Result<Released, Box<dyn Error>> {
    let mut state = AdvisoryState::default();
    let imported = AdvisoryEvent::Imported {
        advisory: Box::new(advisory),
        source: "the benchmark".to_owned(),
        key: None,
    };
    state.apply(&imported, now, "one", Some("two"));
    release(&state).map_err(|refusal| refusal.to_string().into())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

fn row(what: &str, count: usize, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("| {what} | {count} | {:.1} s | {rate:.0}/s |", took.as_secs_f64());
}

/// `VmHWM` of this process, as the kernel says it.
fn peak_memory() -> Result<String, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.map(str::trim).unwrap_or("unknown").to_owned())
}
