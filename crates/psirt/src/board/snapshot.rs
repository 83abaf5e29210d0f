//! A board as bytes, so that a start need not fold a million entries again.
//!
//! Owns the form, which is private to one version of Candor and holds no truth: whoever cannot read one folds the journal. The house is not
//! in it; the caller folds its few entries anew, so that policies are read by the code that runs.

use super::shelf::Shelved;
use super::{Board, Case, Entries, House, Report, Stamp};
use crate::advisory::AdvisoryState;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Raised with every change of what is written here.
const FORMAT: u32 = 19;
/// A frame's greatest length: the largest case with the texts of its reports.
const FRAME_MAX_BYTES: u32 = 256 << 20;

/// Why a snapshot cannot be read. The journal still can.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It ends early, or its source fails.
    #[error("the snapshot ends early or cannot be read: {0}")]
    Source(#[from] io::Error),
    /// Another version wrote it.
    #[error("the snapshot has another form")]
    Form,
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    size: u64,
    cases: u64,
    reports: u64,
    advisories: u64,
    over: u64,
}

#[derive(Serialize, Deserialize)]
struct OpenCase {
    stream: String,
    number: String,
    brand: String,
    reports: Vec<String>,
}

impl Board {
    /// Writes everything but the house. The board must be settled.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Head {
            format: FORMAT,
            size: self.size,
            cases: self.cases.len() as u64,
            reports: self.reports.len() as u64,
            advisories: self.advisories.len() as u64,
            over: self.shelf.iter().count() as u64,
        };
        write(out, &head)?;
        for (stream, case) in &self.cases {
            let saved = OpenCase {
                stream: stream.clone(),
                number: case.number.clone(),
                brand: case.brand.clone(),
                reports: case.reports.clone(),
            };
            write(out, &saved)?;
            write_bytes(out, &case.entries.bytes().ok_or(io::ErrorKind::InvalidData)?)?;
        }
        for report in &self.reports {
            write(out, &report)?;
        }
        for advisory in &self.advisories {
            write(out, &advisory)?;
        }
        let imported: Vec<_> = self.imported.iter().collect();
        write(out, &imported)?;
        write(out, &self.rooms)?;
        write(out, &self.personal)?;
        write(out, &self.findings.lines().count())?;
        for line in self.findings.lines() {
            write(out, &line)?;
        }
        for (stream, closed) in self.shelf.iter() {
            write(out, &closed.shelved(stream))?;
            write_bytes(out, closed.packed())?;
        }
        Ok(())
    }

    /// Reads a board, with the house that the same entries gave.
    ///
    /// # Errors
    /// [`SnapshotError`]; then nothing was lost, and the journal is folded instead.
    pub fn load(input: &mut dyn Read, house: House) -> Result<Board, SnapshotError> {
        let head: Head = read(input)?;
        if head.format != FORMAT {
            return Err(SnapshotError::Form);
        }
        let gone = house.shredded.iter().flat_map(|gone| &gone.streams).cloned().collect();
        let mut board = Board {
            house,
            gone,
            size: head.size,
            house_changed: Stamp(head.size),
            ..Board::default()
        };
        for _ in 0..head.cases {
            let saved: OpenCase = read(input)?;
            let case = Case {
                number: saved.number,
                brand: saved.brand,
                entries: Entries::of_bytes(read_bytes(input)?).ok_or(SnapshotError::Form)?,
                reports: saved.reports,
                changed: Stamp(head.size),
                ..Case::default()
            };
            let ties: Vec<String> = case.ties().map(str::to_owned).collect();
            for number in &ties {
                board.tie(number, &saved.stream);
            }
            board
                .case_numbers
                .insert(case.number.as_str().into(), saved.stream.as_str().into());
            board.cases.insert(saved.stream.clone(), case);
            // Whoever sees no other case is folded and packed at once, so that not all of them stand here unpacked.
            if ties.is_empty() {
                board.settle_case(&saved.stream);
            } else {
                board.lagging.insert(saved.stream);
            }
        }
        for _ in 0..head.reports {
            let (stream, report): (String, Report) = read(input)?;
            board.name(&report.number, &stream);
            board.reports.insert(stream, report);
        }
        for _ in 0..head.advisories {
            let (stream, mut advisory): (String, AdvisoryState) = read(input)?;
            advisory.share();
            board.advisories.insert(stream, advisory);
        }
        let imported: Vec<((String, String), String)> = read(input)?;
        board.imported = imported.into_iter().collect();
        board.rooms = read(input)?;
        board.personal = read(input)?;
        for _ in 0..read::<usize>(input)? {
            let (name, line) = read(input)?;
            board.findings.put(name, line);
        }
        for _ in 0..head.over {
            let shelved: Shelved = read(input)?;
            let packed = read_bytes(input)?;
            board
                .case_numbers
                .insert(shelved.glance.number.clone(), shelved.stream.clone());
            for number in &shelved.ties {
                board.tie(number, &shelved.stream);
            }
            for (report, number) in &shelved.reports {
                board.name(number, report);
            }
            board.shelf.put_shelved(shelved, packed.into());
        }
        board.settle();
        Ok(board)
    }
}

fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    write_bytes(out, &serde_json::to_vec(value)?)
}

fn write_bytes(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(bytes)
}

fn read<T: DeserializeOwned>(input: &mut dyn Read) -> Result<T, SnapshotError> {
    serde_json::from_slice(&read_bytes(input)?).map_err(|_| SnapshotError::Form)
}

fn read_bytes(input: &mut dyn Read) -> Result<Vec<u8>, SnapshotError> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > FRAME_MAX_BYTES {
        return Err(SnapshotError::Form);
    }
    let mut bytes = Vec::with_capacity(length as usize);
    input.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() != length as usize {
        return Err(SnapshotError::Form);
    }
    Ok(bytes)
}
