//! `candor import`: what was written elsewhere, brought in.
//!
//! Owns the words. Never merges a house into another one.

use crate::cli::Global;
use crate::command::restore::{Target, require_dir};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::Session;
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Makes a new house from what `candor export --keys` wrote
    House(House),
}

#[derive(Args, Debug)]
pub(crate) struct House {
    /// The export; its keys may be in a second file
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: Target,
}

impl Import {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let Import::House(house) = self;
        let root = require_dir(global)?;
        let mut readers: Vec<(String, Box<dyn BufRead>)> = Vec::new();
        for path in &house.files {
            let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
            readers.push((path.display().to_string(), Box::new(BufReader::new(file))));
        }
        house.target.settle(&root, readers, session)
    }
}
