//! `candor demo`: two vendors' policies in one house on a simulated clock, by public commands only.
//!
//! Owns the order of the acts and the checks at the end. Does nothing that a person at a terminal could not do.

mod acts;
mod promises;
mod stage;

use crate::cli::Global;
use crate::command::serve;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::Session;
use clap::Args;
use serde_json::json;
use stage::Stage;
use std::path::PathBuf;
use vault::Ids;

/// Ids follow from it, so that two runs give the same published tree.
const SEED: u64 = 25;

#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Ends after the verification, without serving
    #[arg(long)]
    no_serve: bool,
    /// The portal's port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port_portal: u16,
    /// The desk's port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8081)]
    port_desk: u16,
}

impl Demo {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        session.ids = Ids::simulated(SEED);
        let dir = match &global.dir {
            Some(dir) => dir.clone(),
            None => temporary()?,
        };
        let output: Option<&mut dyn std::io::Write> = if global.json { None } else { Some(&mut *io.output) };
        let mut stage = Stage::new(session, output, dir.clone())?;
        stage.print(&format!(
            "Candor: two vendors' policies in one house, on a simulated clock.\n\
             Every command below is public and also has --dir {}\n",
            dir.display()
        ))?;
        let cast = acts::play(&mut stage)?;
        let promises = promises::tell(&mut stage, &cast)?;
        let json = json!({ "dir": dir.display().to_string(), "promises": promises });
        if self.no_serve {
            return Shown::new(json, "");
        }
        let ports = serve::Ports {
            portal: self.port_portal,
            desk: self.port_desk,
        };
        let serving = Global {
            dir: Some(dir),
            ..Global::default()
        };
        serve::run(ports, &serving, io, session)?;
        Shown::new(json, "")
    }
}

/// A new directory for one demonstration. It stays, so that its stories and pages can be read afterwards.
fn temporary() -> Result<PathBuf, Failure> {
    let id = Ids::System.draw("demo")?;
    let name = format!("candor-demo-{}", id.as_str().get(..8).unwrap_or(id.as_str()));
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir(&dir).map_err(|error| Failure::machine(format!("{}: {}", dir.display(), error.kind())))?;
    Ok(dir)
}
