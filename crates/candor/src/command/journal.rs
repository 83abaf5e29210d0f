//! `candor journal`: checks the journal, signs its head, and proves what is in it to a stranger.
//!
//! Owns the text of a proof and the folder of checkpoints. Never repairs anything.

use crate::cli::Global;
use crate::command::backup::sync_folder;
use crate::directory;
use crate::failure::{Failure, MACHINE};
use crate::output::{Shown, pretty};
use crate::session::{Session, actor};
use crate::words::count;
use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use store::{Inclusion, Verification};
use vault::{Checkpoint, Verifier};

/// The version of the proof's text.
const PROOF: u32 = 1;

#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// Checks every row against the tree of hashes, that every sealed body opens, the rows of numbers, jobs and commands, every blob, and every checkpoint
    Verify(Verify),
    /// Signs the journal's head as a note, to be carried off the machine
    Checkpoint,
    /// Proves that entries are in the journal: a file that docs/check-proof.py checks, without Candor and without a key
    Prove(Prove),
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A checkpoint that was kept elsewhere; those in checkpoints/ are compared anyway
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Prove {
    /// A case's tracking number, or a place in the log
    #[arg(value_name = "CASE|LOGINDEX")]
    what: String,
    /// The file to write
    out: PathBuf,
}

impl Journal {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Journal::Verify(verify) => verify.run(global, session),
            Journal::Checkpoint => checkpoint(global, session),
            Journal::Prove(prove) => prove.run(global, session),
        }
    }
}

impl Verify {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        // The store alone: a house with a damaged journal does not open, and it is the one that must be checked.
        let opened = session.store(global)?;
        let verifier = opened.store.verifier();
        let mut notes = self.checkpoint;
        notes.extend(kept(&opened.root)?);
        let mut checkpoints = Vec::new();
        for path in &notes {
            checkpoints.push(read(path, &verifier)?);
        }
        let verification = opened.wait(opened.store.verify_against(&checkpoints))?;
        let mut text = told(&verification);
        let (mut unfinished, mut numbers) = (Vec::new(), Vec::new());
        // What numbers should point to stands in bodies, and only a sound journal is folded.
        if verification.is_sound() {
            let house = session.house(global)?;
            unfinished = house.wait(house.casework.unfinished_erasures())?;
            numbers = house.wait(house.casework.check_numbers())?;
        }
        text.push_str(&told_numbers(&numbers));
        for number in &unfinished {
            text.push_str(&format!(
                "The shredding of {number} was recorded and not finished: repeat `candor shred`.\n"
            ));
        }
        let findings = verification.findings.iter().map(ToString::to_string);
        let finding_count = verification.finding_count + numbers.len() as u64;
        let findings: Vec<String> = findings.chain(numbers).collect();
        let sound = verification.is_sound() && findings.is_empty() && unfinished.is_empty();
        let json = json!({
            "sound": sound,
            "checked": verification.checked,
            "erased": verification.erased,
            "blobs": verification.blobs,
            "orphans": verification.orphans,
            "checkpoints": verification.confirmed,
            "unfinished": unfinished,
            "findings": findings,
            "finding_count": finding_count,
            "root": HEXLOWER.encode(&verification.head.root),
        });
        let status = if sound { 0 } else { MACHINE };
        Ok(Shown::new(json, text)?.status(status))
    }
}

/// What was found, and what is still safe.
fn told(verification: &Verification) -> String {
    let rows = count(usize::try_from(verification.checked).unwrap_or(usize::MAX), "row");
    let blobs = count(usize::try_from(verification.blobs).unwrap_or(usize::MAX), "blob");
    let mut text = match verification.is_sound() {
        true => format!("{rows} and {blobs} checked; everything fits.\n"),
        false => format!(
            "{rows} and {blobs} checked; {} found. Stop Candor, keep a copy of it as it is, then restore the last backup.\n",
            verification.finding_count
        ),
    };
    for finding in &verification.findings {
        text.push_str(&format!("{finding}\n"));
    }
    if !verification.is_sound() {
        let safe = match verification.first_fault {
            Some(0) => "No entry can be trusted by itself.".to_owned(),
            Some(place) => format!("The {place} entries before the first fault are as they were recorded."),
            None => "Every entry by itself is as it was recorded.".to_owned(),
        };
        text.push_str(&format!("Still safe: {safe}\n"));
    }
    if let Some(size) = verification.confirmed.last() {
        text.push_str(&format!(
            "The first {size} entries are those of the newest checkpoint that agrees.\n"
        ));
    }
    if verification.orphans > 0 {
        text.push_str(&format!(
            "{} that nothing names: left by a crash, sealed and harmless.\n",
            count(usize::try_from(verification.orphans).unwrap_or(usize::MAX), "file")
        ));
    }
    text
}

/// What does not fit between the tracking numbers and the journal, and what is still safe.
fn told_numbers(findings: &[String]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let rows = count(findings.len(), "row");
    format!(
        "The entries are sound, and {rows} beside them {}. Stop Candor, keep a copy of it as it is, then restore the last backup.\n\
         {}\nStill safe: every entry, report and case; they are found by the journal, not by these rows.\n",
        if findings.len() == 1 { "is not" } else { "are not" },
        findings.join("\n")
    )
}

/// The notes in the data directory.
fn kept(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = root.join("checkpoints");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(&folder, &error)),
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "note"))
        .collect())
}

fn read(path: &Path, verifier: &Verifier) -> Result<Checkpoint, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    let checked = verifier.check(&String::from_utf8_lossy(&bytes));
    checked.map_err(|error| Failure::refused(format!("{}: {error}. Nothing was compared", path.display())))
}

fn checkpoint(global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let opened = session.store(global)?;
    let (head, note) = opened.wait(opened.store.checkpoint())?;
    let path = opened.root.join("checkpoints").join(format!("{}.note", head.size));
    if fs::read_to_string(&path).ok().as_deref() != Some(&note) {
        let new = path.with_extension("new");
        fs::create_dir_all(opened.root.join("checkpoints")).map_err(|error| Failure::file(&path, &error))?;
        fs::remove_file(&new).ok();
        directory::write(&new, note.as_bytes())?;
        fs::rename(&new, &path).map_err(|error| Failure::file(&path, &error))?;
        sync_folder(&path)?;
    }
    let verifier = opened.store.verifier().to_text();
    let text = format!(
        "{note}\nIt is in {}. Carry it off the machine; it is checked with the key\n{verifier}\n",
        path.display()
    );
    let json = json!({ "file": path.display().to_string(), "size": head.size, "root": HEXLOWER.encode(&head.root), "note": note, "key": verifier });
    Shown::new(json, text)
}

impl Prove {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let house = session.house(global)?;
        let places = match self.what.parse::<u64>() {
            Ok(place) => {
                house.casework.may_prove(&actor)?;
                BTreeSet::from([place])
            }
            Err(_) => {
                let mut places = BTreeSet::new();
                for stream in house.casework.streams_to_prove(&actor, &self.what)? {
                    places.extend(house.wait(house.store.places_of(&stream))?);
                }
                places
            }
        };
        let (head, note) = house.wait(house.store.checkpoint())?;
        if places.iter().any(|place| *place >= head.size) {
            return Err(Failure::refused(format!(
                "the journal has {} entries, the first at place 0; nothing was written",
                head.size
            )));
        }
        let proven = house.wait(house.store.prove(&head, &places))?;
        let proof = json!({
            "candor_proof": PROOF,
            "key": house.store.verifier().to_text(),
            "checkpoint": note,
            "entries": proven.iter().map(entry).collect::<Vec<_>>(),
        });
        directory::write(&self.out, format!("{}\n", pretty(&proof)).as_bytes())?;
        let text = format!(
            "{} of {} in {}; `python3 docs/check-proof.py {}` checks it, without Candor.",
            proven.len(),
            head.size,
            self.out.display(),
            self.out.display()
        );
        Shown::new(
            json!({ "file": self.out.display().to_string(), "entries": proven.len(), "size": head.size }),
            text,
        )
    }
}

fn entry(inclusion: &Inclusion) -> Value {
    json!({
        "log_index": inclusion.log_index,
        "stream": inclusion.stream,
        "seq": inclusion.seq,
        "recorded_us": inclusion.recorded_us,
        "actor": inclusion.actor,
        "key_id": inclusion.key_id,
        "sealed_sha256": HEXLOWER.encode(&inclusion.sealed_sha256),
        "path": inclusion.path.iter().map(|hash| HEXLOWER.encode(hash)).collect::<Vec<_>>(),
    })
}
