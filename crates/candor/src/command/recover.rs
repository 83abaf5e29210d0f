//! `candor recover`: the master key back from the recovery key on paper.
//!
//! Owns the order: the key is tried on the directory's own keys before anything is written, and nothing is written over.

use crate::cli::Global;
use crate::command::backup::typed;
use crate::config::Config;
use crate::failure::{Failure, REFUSED};
use crate::output::{Io, Shown};
use crate::session::{Session, directory};
use clap::Args;
use serde_json::json;
use store::Store;
use vault::MasterKey;

#[derive(Args, Debug)]
pub(crate) struct Recover {
    /// A file with the recovery key, or `-` for standard input
    #[arg(default_value = "-")]
    file: String,
    /// Writes nothing; only says whether it is the key of this directory
    #[arg(long)]
    test: bool,
}

impl Recover {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let root = directory(global);
        let config = Config::read(&root)?;
        let path = config.master_key(&root)?;
        if !self.test && path.exists() {
            return Err(Failure::refused(format!(
                "{} is there already, and is never overwritten; try the recovery key with --test, or take the file away first",
                path.display()
            )));
        }
        let typed = typed(&self.file, io)?;
        let read = || MasterKey::from_recovery_key(&typed).map_err(|error| Failure::refused(error.to_string()));
        let plan = config.store(&root)?;
        let fits = session.runtime()?.block_on(Store::recognises(&plan, read()?))?;
        let json = json!({ "fits": fits, "written": fits && !self.test });
        if !fits {
            let text = "This recovery key belongs to another house: it does not open the keys of this one. Nothing was written.";
            return Ok(Shown::new(json, text)?.status(REFUSED));
        }
        if self.test {
            return Shown::new(
                json,
                "This is the recovery key of this house: it opens its keys. Nothing was written.",
            );
        }
        read()?.save(&path)?;
        Shown::new(
            json,
            format!("{} is written. Next: `candor journal verify`.", path.display()),
        )
    }
}
