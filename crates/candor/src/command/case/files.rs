//! `candor case attach` and `candor case file`: bytes in, bytes out, streamed. Never over a file that is there, never shown.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use clap::Args;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub(crate) struct Attach {
    /// The case's tracking number, or that of the report
    number: String,
    /// The file
    file: PathBuf,
    /// Another name for it
    #[arg(long)]
    name: Option<String>,
    /// It came with the report of this number: it is erased together with its sender
    #[arg(long)]
    from_report: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Read {
    /// The case's tracking number
    number: String,
    /// The file's name, as `candor case show` lists it
    name: String,
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(format!("{}: {}", path.display(), error.kind()))
}

impl Attach {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        let file = File::open(&self.file).map_err(|error| failed(&self.file, &error))?;
        let named = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = self.name.or(named).unwrap_or_default();
        let max_bytes = house.config.limits.upload_mb << 20;
        // Of a pipe nothing is known: it is read until it gives too much.
        let known = file.metadata().map_err(|error| failed(&self.file, &error))?;
        if known.is_file() {
            house.casework.require_small(known.len(), max_bytes)?;
        }
        let attached = house.wait(house.casework.attach(
            &actor(global)?,
            &self.number,
            self.from_report,
            &name,
            max_bytes,
            file,
        ))?;
        let text = format!(
            "{} is sealed and put to {}: {} bytes, SHA-256 {}.",
            attached.name, self.number, attached.bytes, attached.sha256
        );
        let json = json!({
            "number": self.number,
            "name": attached.name,
            "bytes": attached.bytes,
            "sha256": attached.sha256,
        });
        Shown::new(json, text)
    }
}

impl Read {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        let reader = house.wait(house.casework.read_file(&actor(global)?, &self.number, &self.name))?;
        let Some(mut reader) = reader else {
            return Err(Failure::refused(
                "the file was erased; what remains is its name and digest",
            ));
        };
        let out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.out);
        let mut out = out.map_err(|error| failed(&self.out, &error))?;
        let bytes = io::copy(&mut reader, &mut out).and_then(|bytes| out.sync_all().map(|()| bytes));
        let bytes = bytes.map_err(|error| {
            // Half a file would be taken for the whole.
            fs::remove_file(&self.out).ok();
            failed(&self.out, &error)
        })?;
        let text = format!("{} bytes are in {}. Handle them as hostile.", bytes, self.out.display());
        Shown::new(
            json!({ "number": self.number, "name": self.name, "bytes": bytes }),
            text,
        )
    }
}
