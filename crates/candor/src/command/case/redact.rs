//! `candor case redact`: a copy of a restricted text without some of its words. Never repeats what is taken out.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use crate::words::{count, harmless, indented};
use casework::Redaction;
use clap::Args;
use serde_json::json;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// As many words as one redaction takes out, and more.
const MAX_FILE_BYTES: u64 = 1 << 20;

#[derive(Args, Debug)]
pub(crate) struct Redact {
    /// The case's tracking number
    number: String,
    /// The message, by its place in `candor case read`; without it the text of the report
    #[arg(long, value_name = "N", conflicts_with = "report")]
    entry: Option<String>,
    /// The report whose text it is, where the case has several
    #[arg(long, value_name = "NUMBER")]
    report: Option<String>,
    /// The file whose text it is, by its name in `candor case show`
    #[arg(long, value_name = "NAME", conflicts_with_all = ["entry", "report"])]
    file: Option<String>,
    /// Words to take out wherever they stand, in capitals or not; may be repeated
    #[arg(long, value_name = "TEXT")]
    find: Vec<String>,
    /// The same from a file, one in each line: other people on a machine see its command lines
    #[arg(long, value_name = "FILE")]
    find_in: Option<PathBuf>,
    /// Lines to take out: 3, or 3-5; may be repeated
    #[arg(long, value_name = "A-B", value_parser = span)]
    lines: Vec<(usize, usize)>,
    /// Why; everybody who reads the case reads it
    #[arg(long)]
    why: String,
}

impl Redact {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        let mut find = self.find;
        if let Some(path) = &self.find_in {
            let text = read(path)?;
            let words = text.lines().map(str::trim).filter(|words| !words.is_empty());
            find.extend(words.map(str::to_owned));
        }
        let redaction = Redaction {
            entry: self.entry,
            report: self.report,
            file: self.file,
            find,
            lines: self.lines,
            why: self.why,
        };
        let made = house.wait(house.casework.redact(&actor(global)?, &self.number, &redaction))?;
        let text = format!(
            "Recorded for {} (entry {}): {} taken out. Everybody who reads the case reads now:\n{}",
            self.number,
            made.seq,
            count(made.marks, "passage"),
            indented("    ", &harmless(&made.text))
        );
        let json = json!({ "number": self.number, "seq": made.seq, "marks": made.marks, "text": made.text });
        Shown::new(json, text)
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let read = file.take(MAX_FILE_BYTES).read_to_string(&mut text);
    read.map_err(|error| Failure::file(path, &error))?;
    Ok(text)
}

fn span(typed: &str) -> Result<(usize, usize), String> {
    let line = |typed: &str| typed.trim().parse::<usize>().ok().filter(|line| *line > 0);
    let (first, last) = typed.split_once('-').unwrap_or((typed, typed));
    match (line(first), line(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first, last)),
        _ => Err("lines are counted from 1: write 3, or 3-5".to_owned()),
    }
}
