//! `candor case export --story`: a case as a story, on standard output or in a file.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, actor};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The case's tracking number
    number: String,
    /// As a story: the format of `candor policy due`
    #[arg(long, required = true)]
    story: bool,
    /// The file to write; without it standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(crate) fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        house.casework.may_read(&actor(global)?)?;
        let story = house.casework.story(&self.number)?.write();
        let Some(path) = self.output else {
            return Shown::new(json!({ "number": self.number, "story": story }), story);
        };
        std::fs::write(&path, &story)
            .map_err(|error| Failure::machine(format!("{}: {}", path.display(), error.kind())))?;
        let file = path.display().to_string();
        Shown::new(
            json!({ "number": self.number, "file": file }),
            format!("The story of {} is in {file}.", self.number),
        )
    }
}
