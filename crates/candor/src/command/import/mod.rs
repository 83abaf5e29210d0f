//! `candor import`: what was written elsewhere, brought in.
//!
//! Owns the nouns. A file of past cases goes into a house; a whole house becomes a new one, never a part of another.

mod cases;
mod csaf;
mod house;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::Session;
use clap::Subcommand;

/// What is brought in.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Cases from a spreadsheet or another tracker, by two people
    Cases(cases::Cases),
    /// CSAF documents that were published before, with their signatures, by two people
    Csaf(csaf::Csaf),
    /// Makes a new house from what `candor export --keys` wrote
    House(house::House),
}

impl Import {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Import::Cases(cases) => cases.run(global, session),
            Import::Csaf(csaf) => csaf.run(global, session),
            Import::House(house) => house.run(global, session),
        }
    }
}
