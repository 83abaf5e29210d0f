//! The past: cases that a team handled before it had Candor, from a spreadsheet or from another tracker's export.
//!
//! Owns what such a file means: its columns, its dates, its findings. What it tells becomes events of the day on which they happened;
//! whatever the domain's record forbids is refused, row by row, with what to write instead. Never writes, and never repairs a row.

mod column;
mod judge;
mod table;
mod understand;

pub use column::{Column, Map};

use crate::board::{Board, Case};
use crate::event::{Event, Kind};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most rows of a file.
pub const MAX_ROWS: usize = 200_000;
/// Longest cell, in bytes.
pub const MAX_CELL_BYTES: usize = 64 * 1024;
/// Most events of a row.
pub const MAX_EVENTS: usize = 500;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells with a heading, separated by commas, semicolons or tabs.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// What is wrong, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line in the file, from 1; 0 for the file as a whole.
    pub line: u64,
    /// The column.
    pub column: Option<Column>,
    /// A sentence.
    pub message: String,
}

impl Finding {
    fn at(line: u64, column: Option<Column>, message: impl Into<String>) -> Finding {
        Finding {
            line,
            column,
            message: message.into(),
        }
    }

    fn file(message: impl Into<String>) -> Finding {
        Finding::at(0, None, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}", self.line)?;
        } else {
            f.write_str("the file")?;
        }
        if let Some(column) = self.column {
            write!(f, ", `{}`", column.name())?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Something that happened, and the column that tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// Where it stands.
    pub column: Column,
}

/// A row that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct PastCase {
    /// Its line in the file.
    pub line: u64,
    /// Its number there.
    pub id: String,
    /// The brand whose case it is.
    pub brand: String,
    /// What it is called.
    pub title: String,
    /// A paragraph about it.
    pub summary: String,
    /// When its report came in.
    pub received: Timestamp,
    /// What happened, in the order of time.
    pub told: Vec<Told>,
    /// What has no event of its own: notes, and the number of the advisory.
    pub notes: Vec<String>,
}

/// A row of the file: understood, or refused with what is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    /// Its line in the file.
    pub line: u64,
    /// Its number there, as far as it could be read.
    pub id: String,
    /// The case, unless something is wrong.
    pub case: Result<Box<PastCase>, Vec<Finding>>,
}

/// A file, understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Its rows.
    pub rows: Vec<Understood>,
    /// Headings that are not understood, and ignored.
    pub ignored: Vec<String>,
    /// What is wrong with the file as a whole; then it has no rows.
    pub findings: Vec<Finding>,
}

/// Reads a file against the house: its brands, its lines, its policies' zones. `by` and `second` are the two people of the import.
#[must_use]
pub fn read(bytes: &[u8], format: Format, map: &Map, board: &Board, now: Timestamp, people: (&str, &str)) -> Past {
    let table = table::read(bytes, format, map);
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    let rows = table.rows.into_iter().map(|row| {
        let (line, id) = (row.line, row.cells.get(&Column::Id).cloned().unwrap_or_default());
        let mut case = understand::row(row, &board.house, now);
        if let Ok(past) = &case {
            let findings = judge::findings(board, past, now, people);
            let first = *seen.entry((past.brand.clone(), past.id.clone())).or_insert(line);
            if first != line {
                let message = format!("line {first} has the number `{id}` already: a case is one row");
                case = Err(vec![Finding::at(line, Some(Column::Id), message)]);
            } else if !findings.is_empty() {
                case = Err(findings);
            }
        }
        Understood {
            line,
            id,
            case: case.map(Box::new),
        }
    });
    Past {
        rows: rows.collect(),
        ignored: table.ignored,
        findings: table.findings,
    }
}

/// What the file tells of a case, and what came with the case when it was brought along: each difference as a sentence. None: the
/// same row again.
#[must_use]
pub fn differences(past: &PastCase, case: &Case) -> Vec<String> {
    let end = case
        .entries
        .iter()
        .position(|entry| entry.event.kind() == Kind::Imported);
    let brought = case
        .entries
        .get(..end.unwrap_or(case.entries.len()))
        .unwrap_or_default();
    let here = |told: &&Told| {
        !brought
            .iter()
            .any(|entry| entry.at == told.at && entry.event == told.event)
    };
    let gone = brought.iter().filter(|entry| {
        let told = past
            .told
            .iter()
            .any(|told| told.at == entry.at && told.event == entry.event);
        !told && entry.event.kind() != Kind::Noted
    });
    let new = past.told.iter().filter(here);
    let new = new.map(|told| {
        let column = told.column.name();
        format!(
            "`{column}`: the file tells `{}` of {}, the case does not",
            told.event.kind(),
            told.at
        )
    });
    let gone = gone.map(|entry| {
        format!(
            "the case has `{}` of {}, the file does not tell it",
            entry.event.kind(),
            entry.at
        )
    });
    new.chain(gone).collect()
}

#[cfg(test)]
mod tests;
