//! A tree of many advisories out of real documents, built, verified, and published once more:
//! `cargo run --release -p publish --example large_tree -- FOLDER [COUNT [MORE]]`, where FOLDER holds CSAF documents of one publisher.
//!
//! The documents are repeated under numbers of their own until there are COUNT of them (10,000), and lie signed in a folder, from which a
//! publication reads what it asks for, as Candor reads them from its store. Then MORE (9) are published one by one, the newest of all. Prints rows for docs/benchmarks.md. What it makes lies in a temporary
//! folder below the system's, which needs some gigabytes, and is removed at the end.

use jiff::Timestamp;
use openpgp::{Certificate, Limits, SigningKey};
use psirt::advisory::{Advisory, AdvisoryEvent, AdvisoryState, Released, release};
use psirt::house::Brand;
use publish::{Archive, FixedRelease, Name, Publisher, Release, Site, verify};
use serde_json::Value;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The validator's first document reads its schema; it is judged before the clock starts.
const WARM_UP: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("large_tree FOLDER [COUNT]")?;
    let count: usize = arguments.next().as_deref().unwrap_or("10000").parse()?;
    let more: usize = arguments.next().as_deref().unwrap_or("9").parse()?;
    let now = Timestamp::now();

    let documents = documents(Path::new(&folder))?;
    for document in documents.iter().take(WARM_UP) {
        let _ = gate::judge(&fs::read(document)?);
    }
    let (passing, took) = timed(|| {
        let passes = |document: &&PathBuf| fs::read(document).is_ok_and(|bytes| gate::judge(&bytes).passes());
        documents.iter().filter(passes).collect::<Vec<_>>()
    });
    row("validated, one core", documents.len(), took);

    let root = std::env::temp_dir().join(format!("candor-large-tree-{}", std::process::id()));
    fs::create_dir_all(root.join("kept"))?;
    let done = measured(&root, &passing, (count, more), now);
    fs::remove_dir_all(&root)?;
    done
}

fn measured(
    root: &Path,
    passing: &[&PathBuf],
    (count, most): (usize, usize),
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let key = SigningKey::generate("Large <large@example.com>", now.as_second(), &Zeroizing::new([7; 32]))?;
    let keys = [Certificate::parse(
        key.certificate().armored().as_bytes(),
        Limits::default(),
    )?];
    let brand = brand();
    let (kept, took) = timed(|| kept(root.join("kept"), passing, &brand, &key, now, count + most));
    let kept = kept?;
    row("understood, signed and kept", kept.versions.len(), took);
    let bytes: u64 = kept.versions.iter().map(|version| version.bytes).sum();
    println!("| documents that are kept | {} MiB |", bytes >> 20);

    let publisher = Publisher::new(root).by("the benchmark");
    let releases: Vec<Release<'_>> = kept.releases().collect();
    let mut more = Vec::new();
    for published in count..=count + most {
        let site = Site {
            still: false,
            brand: &brand,
            policy: None,
            keys: &keys,
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
        forget_peak();
        let (generation, took) = timed(|| publisher.update(&[site], now));
        let generation = generation?;
        let what = if published == count {
            "whole tree built"
        } else {
            more.push(took);
            "one more published"
        };
        println!(
            "| {what} | {} files, {} written | {} ms | processor {} ms | peak {} |",
            generation.files,
            generation.written,
            took.wall.as_millis(),
            took.processor.as_millis(),
            peak_memory()?
        );
        forget_peak();
        let (edited, took) = timed(|| publisher.look());
        println!(
            "| every file looked at, {} edited | {} ms | peak {} |",
            edited?.len(),
            took.wall.as_millis(),
            peak_memory()?
        );
        if published == count {
            forget_peak();
            let (findings, took) = timed(|| verify(&publisher.public(), now));
            let findings = findings?;
            row("whole tree verified", published, took);
            println!("| peak memory of the verification | {} |", peak_memory()?);
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
    more.sort();
    let ms = |place: usize| more.get(place).map_or(0, |took: &Took| took.wall.as_millis());
    println!(
        "| one more: min, median, max of {most} | {}, {}, {} ms |",
        ms(0),
        ms(most / 2),
        ms(most.saturating_sub(1))
    );
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
        cna: None,
        rooms: None,
    }
}

fn documents(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    files.sort();
    Ok(files)
}

/// Signed documents in a folder.
struct Kept {
    folder: PathBuf,
    brand: Brand,
    now: Timestamp,
    versions: Vec<Version>,
}

/// What is known of one of them.
struct Version {
    first: Timestamp,
    number: String,
    revision: u32,
    sha256: String,
    signature: String,
    bytes: u64,
}

impl Kept {
    fn releases(&self) -> impl Iterator<Item = Release<'_>> {
        self.versions.iter().enumerate().map(|(place, version)| {
            let name = Name {
                number: &version.number,
                revision: version.revision,
                sha256: &version.sha256,
                signature: &version.signature,
            };
            Release::kept(name, place, self)
        })
    }

    fn read(&self, place: usize) -> Result<Vec<u8>, String> {
        let version = self.versions.get(place).ok_or("is not there")?;
        fs::read(self.folder.join(&version.sha256)).map_err(|error| error.to_string())
    }
}

impl Archive for Kept {
    fn released(&self, place: usize) -> Result<Released, String> {
        let understood = documents::csaf::read(&self.read(place)?).map_err(|_| "is not understood".to_owned())?;
        let advisory = of_brand(understood.advisory, &self.brand);
        released(advisory, self.now).map_err(|error| error.to_string())
    }

    fn fixed(&self, place: usize) -> Result<FixedRelease, String> {
        Ok(FixedRelease {
            json: self.read(place)?,
            signature: self.versions.get(place).ok_or("is not there")?.signature.clone(),
        })
    }
}

fn of_brand(mut advisory: Advisory, brand: &Brand) -> Advisory {
    advisory.brand.clone_from(&brand.id);
    advisory.policy = (brand.policy.clone(), "1".to_owned());
    advisory
}

/// So many documents signed in a folder, repeated under numbers of their own; the oldest first.
fn kept(
    folder: PathBuf,
    documents: &[&PathBuf],
    brand: &Brand,
    key: &SigningKey,
    now: Timestamp,
    count: usize,
) -> Result<Kept, Box<dyn Error>> {
    let mut versions = Vec::with_capacity(count);
    let mut place = 0;
    while versions.len() < count {
        let document = documents
            .get(place % documents.len().max(1))
            .ok_or("no document passes the gate")?;
        let copy = place / documents.len();
        place += 1;
        let mut value: Value = serde_json::from_slice(&fs::read(document)?)?;
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
        let advisory = of_brand(understood.advisory, brand);
        if documents::problem::check(&advisory, brand).is_err() {
            continue;
        }
        let signature = key.sign_detached(&json, now.as_second())?;
        let fixed = FixedRelease { json, signature };
        fs::write(folder.join(fixed.sha256()), &fixed.json)?;
        versions.push(Version {
            first: advisory.revisions.first().ok_or("no revision")?.at,
            revision: advisory.revisions.last().ok_or("no revision")?.number,
            number: advisory.number,
            sha256: fixed.sha256(),
            bytes: fixed.json.len() as u64,
            signature: fixed.signature,
        });
    }
    // Whoever publishes one more publishes the newest.
    versions.sort_by_key(|version| version.first);
    Ok(Kept {
        folder,
        brand: brand.clone(),
        now,
        versions,
    })
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

/// How long it took, and how long the processor worked on it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Took {
    wall: Duration,
    processor: Duration,
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (begun, before) = (Instant::now(), processor_time());
    let done = work();
    let took = Took {
        wall: begun.elapsed(),
        processor: processor_time().saturating_sub(before),
    };
    (done, took)
}

fn row(what: &str, count: usize, took: Took) {
    let seconds = |time: Duration| (time.as_secs_f64(), count as f64 / time.as_secs_f64().max(0.01));
    let ((wall, rate), (processor, own_rate)) = (seconds(took.wall), seconds(took.processor));
    println!("| {what} | {count} | {wall:.1} s, {rate:.0}/s | processor {processor:.1} s, {own_rate:.0}/s |");
}

/// User and system time of this process on all threads, as the kernel counts it: in hundredths of a second.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// From here on the peak is counted anew, where the kernel allows it.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").ok();
}

/// `VmHWM` of this process, as the kernel says it.
fn peak_memory() -> Result<String, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.map(str::trim).unwrap_or("unknown").to_owned())
}
