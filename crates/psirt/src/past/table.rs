//! From bytes to rows of cells: CSV as people and programs write it, and JSON lines.
//!
//! Owns the limits. Never panics and never repairs: what is damaged is a finding with its line.

use super::column::{Column, Map};
use super::{Finding, Format, MAX_BYTES, MAX_CELL_BYTES, MAX_ROWS};
use std::collections::BTreeMap;

/// A row as it stands in the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Its first line in the file, from 1.
    pub(super) line: u64,
    /// Cells that hold something, in our words.
    pub(super) cells: BTreeMap<Column, String>,
    /// The exact history, if the row has one.
    pub(super) events: Option<Vec<serde_json::Value>>,
    /// What is wrong with the row as such.
    pub(super) findings: Vec<Finding>,
}

/// The rows of a file, and what is wrong with the file as a whole.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// Headings that nothing here understands.
    pub(super) ignored: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn read(bytes: &[u8], format: Format, map: &Map) -> Table {
    match text(bytes).and_then(|text| match format {
        Format::Csv => csv_rows(text, map),
        Format::JsonLines => json_rows(text, map),
    }) {
        Ok(table) => table,
        Err(finding) => Table {
            findings: vec![finding],
            ..Table::default()
        },
    }
}

/// The file as text, without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, Finding> {
    if bytes.len() > MAX_BYTES {
        return Err(Finding::file(format!(
            "the file is larger than {} MiB: split it",
            MAX_BYTES >> 20
        )));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Finding::file("the file is UTF-16: save it as \"CSV UTF-8\""));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count() as u64;
        Finding::at(line, None, "this line is not UTF-8: save the file as \"CSV UTF-8\"")
    })?;
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text))
}

fn csv_rows(text: &str, map: &Map) -> Result<Table, Finding> {
    let delimiter = delimiter(text);
    balanced(text, delimiter)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| broken(&error))?.clone();
    let mut table = Table::default();
    let mut columns: Vec<Option<Column>> = Vec::with_capacity(headings.len());
    for heading in &headings {
        let column = map.column(heading).filter(|column| *column != Column::Events);
        if let Some(column) = column.filter(|column| columns.contains(&Some(*column))) {
            let message = format!("two columns mean `{}`; map one of them with --map", column.name());
            return Err(Finding::at(1, Some(column), message));
        }
        if column.is_none() && !heading.trim().is_empty() {
            table.ignored.push(shortened(heading));
        }
        columns.push(column);
    }
    let mut lines = Lines::of(text);
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        if table.rows.len() == MAX_ROWS {
            return Err(Finding::file(format!(
                "the file has more than {MAX_ROWS} rows: split it"
            )));
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut row = Row {
            line: record.position().map_or(0, |position| lines.at(position.byte())),
            ..Row::default()
        };
        if record.len() > columns.len() {
            let message = format!(
                "the row has {} cells and the heading {}: is one with a separator not quoted?",
                record.len(),
                columns.len()
            );
            row.findings.push(Finding::at(row.line, None, message));
        }
        for (column, cell) in columns.iter().zip(&record) {
            if let Some(column) = column {
                put(&mut row, *column, cell, map);
            }
        }
        fill(&mut row, map);
        table.rows.push(row);
    }
    Ok(table)
}

/// The separator of the heading: European spreadsheets write semicolons.
fn delimiter(text: &str) -> u8 {
    let heading = text.lines().next().unwrap_or_default();
    let count = |separator: u8| heading.bytes().filter(|byte| *byte == separator).count();
    let mut best = b',';
    for separator in [b';', b'\t'] {
        if count(separator) > count(best) {
            best = separator;
        }
    }
    best
}

/// Every quote that opens a cell is closed; otherwise the rest of the file would be one cell.
fn balanced(text: &str, delimiter: u8) -> Result<(), Finding> {
    let (mut line, mut opened, mut cell_begins) = (1_u64, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if opened.is_some() => {
                if bytes.peek() == Some(&b'"') {
                    bytes.next();
                } else {
                    opened = None;
                }
            }
            b'"' if cell_begins => opened = Some(line),
            _ => {}
        }
        line += u64::from(byte == b'\n');
        cell_begins = opened.is_none() && (byte == delimiter || byte == b'\n' || byte == b'\r');
    }
    match opened {
        None => Ok(()),
        Some(line) => Err(Finding::at(
            line,
            None,
            "a quote is opened on this line and never closed",
        )),
    }
}

/// Line numbers of rising places in a text. The reader's own count stays a line behind where lines end with CR LF.
struct Lines<'a> {
    text: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Lines<'a> {
        Lines {
            text: text.as_bytes(),
            place: 0,
            line: 1,
        }
    }

    /// The line, from 1, of the first cell at or after a place.
    fn at(&mut self, place: u64) -> u64 {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.place) {
            if self.place >= place && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.place += 1;
        }
        self.line
    }
}

fn broken(error: &csv::Error) -> Finding {
    let line = error.position().map_or(0, csv::Position::line);
    Finding::at(line, None, "this row cannot be read as CSV")
}

fn json_rows(text: &str, map: &Map) -> Result<Table, Finding> {
    let mut table = Table::default();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        if table.rows.len() == MAX_ROWS {
            return Err(Finding::file(format!(
                "the file has more than {MAX_ROWS} rows: split it"
            )));
        }
        let mut row = Row { line, ..Row::default() };
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Err(error) => row.findings.push(Finding::at(
                line,
                None,
                format!("this line is no JSON object: column {}", error.column()),
            )),
            Ok(object) => {
                for (heading, value) in object {
                    match (map.column(&heading), value) {
                        (Some(Column::Events), serde_json::Value::Array(events)) => row.events = Some(events),
                        (Some(Column::Events), _) => {
                            let message = "`events` is a list of events as stories write them";
                            row.findings.push(Finding::at(line, Some(Column::Events), message));
                        }
                        (Some(column), value) => put(&mut row, column, &cell(&value), map),
                        (None, _) if table.ignored.contains(&heading) || table.ignored.len() > 100 => {}
                        (None, _) => table.ignored.push(shortened(&heading)),
                    }
                }
            }
        }
        fill(&mut row, map);
        table.rows.push(row);
    }
    Ok(table)
}

/// A JSON value as a cell: lists one entry a line, objects their values in the order line, version, date.
fn cell(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        Value::Object(object) => {
            let parts = ["product", "version", "date"].map(|key| object.get(key).map(cell).unwrap_or_default());
            parts.join(" ")
        }
        other => other.to_string(),
    }
}

fn put(row: &mut Row, column: Column, cell: &str, map: &Map) {
    let mut wrong = |message: String| row.findings.push(Finding::at(row.line, Some(column), message));
    if cell.len() > MAX_CELL_BYTES {
        return wrong(format!(
            "the cell is longer than {} KiB: shorten it",
            MAX_CELL_BYTES >> 10
        ));
    }
    if cell.contains('\0') {
        return wrong("the cell holds a NUL character: delete it".to_owned());
    }
    if cell.starts_with('=') {
        return wrong("the cell is a formula: paste its value".to_owned());
    }
    let cell = map.value(column, cell);
    if !cell.is_empty() {
        row.cells.insert(column, cell);
    }
}

fn fill(row: &mut Row, map: &Map) {
    for column in Column::ALL {
        if let Some(value) = map.otherwise(*column) {
            row.cells.entry(*column).or_insert_with(|| value.clone());
        }
    }
}

fn shortened(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(60).collect()
}
