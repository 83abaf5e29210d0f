//! `candor restore`: a house from its backup, in a new directory.
//!
//! Owns the words. Never writes over a house: `directory` sees to that.

use crate::cli::Global;
use crate::command::backup;
use crate::directory::{Arrival, Arrived};
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::Session;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use vault::MasterKey;

#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The files of a backup: the house and its keys
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The file with the secret key, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    secret_key: String,
    #[command(flatten)]
    target: Target,
}

/// What the new directory is made of.
#[derive(Args, Debug)]
pub(crate) struct Target {
    /// A copy of keys/master.key; without it, `candor recover` writes it from the recovery key afterwards
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// A PostgreSQL database for the journal, in place of a file in the directory
    #[arg(long, value_name = "URL", requires = "keys_store")]
    store: Option<String>,
    /// A PostgreSQL database for the keys
    #[arg(long, value_name = "URL", requires = "store")]
    keys_store: Option<String>,
}

impl Restore {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let root = require_dir(global)?;
        let secret = backup::secret(&self.secret_key, io)?;
        let mut readers = Vec::new();
        for path in &self.files {
            readers.push((path.display().to_string(), backup::open(&secret, path)?));
        }
        self.target.settle(&root, readers, session)
    }
}

/// The directory must be named: nobody restores into wherever they happen to be.
pub(crate) fn require_dir(global: &Global) -> Result<PathBuf, Failure> {
    match &global.dir {
        Some(root) => Ok(root.clone()),
        None => Err(Failure::usage("name the new directory with --dir")),
    }
}

impl Target {
    pub(crate) fn settle(
        &self,
        root: &Path,
        readers: Vec<(String, Box<dyn std::io::BufRead>)>,
        session: &mut Session,
    ) -> Result<Shown, Failure> {
        let master = self.master_key.as_deref().map(MasterKey::load).transpose()?;
        let arrival = Arrival {
            root,
            databases: self.store.as_deref().zip(self.keys_store.as_deref()),
            master,
        };
        let Arrived { imported, checked } = arrival.settle(&session.runtime()?, readers)?;
        let mut text = format!(
            "The house is in {}: {} entries, {} blobs, {} files, {} keys; its journal's head is that of the house it came from.\n",
            root.display(),
            imported.counts.entries,
            imported.counts.blobs,
            imported.counts.files,
            imported.counts.keys
        );
        if imported.keys_missing > 0 {
            text.push_str(&format!(
                "{} keys that the journal names are missing: the file with the keys is older than the journal. Give a newer one, into another directory, if there is one.\n",
                imported.keys_missing
            ));
        }
        text.push_str(match checked {
            true => "Everything in it was opened and verified.\n",
            false => {
                "Next: `candor recover` writes its master key from the recovery key, then `candor journal verify`.\n"
            }
        });
        let json = json!({
            "dir": root.display().to_string(),
            "entries": imported.counts.entries,
            "root": data_encoding::HEXLOWER.encode(&imported.head.root),
            "blobs": imported.counts.blobs,
            "files": imported.counts.files,
            "keys": imported.counts.keys,
            "keys_missing": imported.keys_missing,
            "verified": checked,
        });
        // Another command of this process opens the new house, not what was open before.
        session.close();
        Shown::new(json, text)
    }
}
