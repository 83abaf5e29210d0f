//! `candor import house`: a new house from an export. Never merges it into another one.

use crate::cli::Global;
use crate::command::restore::{Target, require_dir};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::Session;
use clap::Args;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct House {
    /// The export; its keys may be in a second file
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: Target,
}

impl House {
    pub(super) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let root = require_dir(global)?;
        let mut readers: Vec<(String, Box<dyn BufRead>)> = Vec::new();
        for path in &self.files {
            let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
            readers.push((path.display().to_string(), Box::new(BufReader::new(file))));
        }
        self.target.settle(&root, readers, session)
    }
}
