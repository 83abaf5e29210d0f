//! `candor export`: a house as lines, for another database, for an auditor, for whoever leaves.
//!
//! Owns the file. Never unseals anything, and never writes the wrapped keys unless they are asked for.

use crate::cli::Global;
use crate::command::backup::sync_folder;
use crate::directory;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::Session;
use clap::Args;
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use store::Parts;

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The file; it must not be there
    out: PathBuf,
    /// With the wrapped keys, which the master key opens: without them nobody can read what is in it
    #[arg(long)]
    keys: bool,
}

impl Export {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let failed = |error: std::io::Error| Failure::file(&self.out, &error);
        if self.out.exists() {
            return Err(Failure::refused(format!(
                "{} is there already, and stays as it is; give another name",
                self.out.display()
            )));
        }
        let house = session.house(global)?;
        let files = directory::files(&house.root)?;
        let new = self.out.with_added_extension("new");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new);
        let mut out = BufWriter::new(file.map_err(failed)?);
        let parts = Parts {
            journal: true,
            keys: self.keys,
        };
        let exported = house.wait(house.store.export(parts, &files, &mut out));
        let exported = exported.map_err(|error| Failure::machine(format!("{}: {error}", new.display())))?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        fs::rename(&new, &self.out).map_err(failed)?;
        sync_folder(&self.out)?;
        let mut text = format!(
            "{} entries, {} blobs, {} files, {} keys are in {}.\n",
            exported.counts.entries,
            exported.counts.blobs,
            exported.counts.files,
            exported.counts.keys,
            self.out.display()
        );
        for blob in &exported.damaged {
            text.push_str(&format!(
                "The blob {blob} is missing or damaged on disk, so it is not among them.\n"
            ));
        }
        let json = json!({
            "file": self.out.display().to_string(),
            "entries": exported.counts.entries,
            "root": data_encoding::HEXLOWER.encode(&exported.head.root),
            "blobs": exported.counts.blobs,
            "keys": exported.counts.keys,
            "damaged": exported.damaged,
        });
        let status = if exported.damaged.is_empty() {
            0
        } else {
            crate::failure::REFUSED
        };
        Ok(Shown::new(json, text)?.status(status))
    }
}
