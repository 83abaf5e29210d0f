//! `candor import cases`: what was before Candor.
//!
//! Owns the report, row by row. Never understands a file: `psirt::past` does, and `casework` writes.

use crate::cli::Global;
use crate::failure::{Failure, REFUSED};
use crate::output::Shown;
use crate::session::{Session, actor};
use casework::{Extent, Fate, Imported, ImportedRow, PastFile};
use clap::{Args, ValueEnum};
use psirt::past::{Finding, MAX_BYTES, Map};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub(crate) struct Cases {
    /// The file; docs/import.md lists its columns
    file: PathBuf,
    /// How it is written; without it by the end of its name
    #[arg(long)]
    format: Option<FileFormat>,
    /// A TOML file that maps another tracker's headings and words
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Where the cases come from, in words; without it the name of the file
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Says what would be written, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes the good rows although others are not
    #[arg(long, conflicts_with = "dry_run")]
    only_good: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Csv,
    Jsonl,
}

impl Cases {
    pub(super) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let map = match &self.map {
            None => Map::default(),
            Some(path) => {
                let text = String::from_utf8(read(path)?)
                    .map_err(|_| Failure::usage(format!("{}: this is not UTF-8", path.display())))?;
                Map::read(&text).map_err(|message| Failure::usage(format!("{}: {message}", path.display())))?
            }
        };
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let by_name = self
            .file
            .extension()
            .is_some_and(|end| end == "jsonl" || end == "ndjson");
        let file = PastFile {
            source: self.source.or(name).unwrap_or_default(),
            bytes: read(&self.file)?,
            json_lines: self
                .format
                .map_or(by_name, |format| matches!(format, FileFormat::Jsonl)),
            map,
        };
        let extent = match (self.dry_run, self.only_good) {
            (true, _) => Extent::DryRun,
            (_, true) => Extent::OnlyGood,
            _ => Extent::AllOrNothing,
        };
        let house = session.house(global)?;
        let imported = house.wait(house.casework.import_cases(&actor, &file, extent))?;
        let status = if imported.refused() == 0 { 0 } else { REFUSED };
        Ok(Shown::new(rows(&imported), text(&imported, extent))?.status(status))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::file(path, &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

fn text(imported: &Imported, extent: Extent) -> String {
    let mut text = String::new();
    for finding in &imported.findings {
        let _ = writeln!(text, "{finding}");
    }
    let (mut good, mut known, mut differ) = (0, 0, 0);
    for row in &imported.rows {
        let _ = match &row.fate {
            Fate::Good(_) => {
                good += 1;
                Ok(())
            }
            Fate::Known(_) => {
                known += 1;
                Ok(())
            }
            Fate::Written(number) => writeln!(text, "{number}  {}", row.id),
            Fate::Differs(number, differences) => {
                differ += 1;
                differences
                    .iter()
                    .try_for_each(|difference| writeln!(text, "line {}: {number} differs: {difference}", row.line))
            }
            Fate::Refused(findings) => findings.iter().try_for_each(|finding| writeln!(text, "{finding}")),
        };
    }
    if !imported.ignored.is_empty() {
        let _ = writeln!(
            text,
            "Columns that are not understood, and ignored: {}.",
            imported.ignored.join(", ")
        );
    }
    let refused = imported.refused();
    let _ = writeln!(
        text,
        "{} written, {good} good and not written, {known} known, {differ} different, {refused} refused.",
        imported.written
    );
    let next = match extent {
        _ if refused > 0 && imported.written == 0 => {
            "Nothing was written. Correct these rows and do it again; `--only-good` writes the others."
        }
        _ if refused > 0 => "Correct the refused rows and do it again: what is written already is known then.",
        Extent::DryRun if good > 0 => "Nothing was written. Without --dry-run it is.",
        _ if differ > 0 => "A case that differs was not changed: correct it by events of its own.",
        _ => return text,
    };
    let _ = writeln!(text, "{next}");
    text
}

fn rows(imported: &Imported) -> Value {
    let findings = |findings: &[Finding]| -> Vec<Value> {
        let finding = |finding: &Finding| {
            json!({
                "line": finding.line,
                "column": finding.column.map(psirt::past::Column::name),
                "message": finding.message,
            })
        };
        findings.iter().map(finding).collect()
    };
    let row = |row: &ImportedRow| {
        let (fate, number, details) = match &row.fate {
            Fate::Good(events) => ("good", None, json!({ "events": events })),
            Fate::Written(number) => ("written", Some(number), Value::Null),
            Fate::Known(number) => ("known", Some(number), Value::Null),
            Fate::Differs(number, differences) => ("differs", Some(number), json!({ "differences": differences })),
            Fate::Refused(wrong) => ("refused", None, json!({ "findings": findings(wrong) })),
        };
        json!({ "line": row.line, "id": row.id, "fate": fate, "number": number, "details": details })
    };
    json!({
        "written": imported.written,
        "refused": imported.refused(),
        "findings": findings(&imported.findings),
        "ignored": imported.ignored,
        "rows": imported.rows.iter().map(row).collect::<Vec<_>>(),
    })
}
