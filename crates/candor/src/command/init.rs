//! `candor init`: a new data directory with its keys, and the house in it.
//!
//! Owns the order in which it is made. Never writes into one that holds something.

use crate::cli::{Global, instant};
use crate::config;
use crate::directory;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{self, Session};
use casework::{Actor, Clock, Ports};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use std::fs;
use std::path::Path;
use vault::MasterKey;

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// What the house is called
    #[arg(long)]
    name: String,
    /// Gives the house a clock that stands at this instant until --now sets it forward
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    simulated_clock: Option<Timestamp>,
    /// An empty PostgreSQL database for the journal, in place of a file in the directory
    #[arg(long, value_name = "URL", requires = "keys_store")]
    store: Option<String>,
    /// An empty PostgreSQL database for the keys
    #[arg(long, value_name = "URL", requires = "store")]
    keys_store: Option<String>,
}

impl Init {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let root = session::directory(global);
        directory::require_empty(&root, "")?;
        let databases = self.store.as_deref().zip(self.keys_store.as_deref());
        let text = config::first_text(self.simulated_clock.is_some(), databases);
        let file = session::config_file(&root);
        // An address that makes no sense is told before anything is made.
        config::Config::parse(&file, &text)?.store(&root)?;
        let there = root.exists();
        let recovery = self.make(&root, &file, &text, session).inspect_err(|_| {
            // The directory was empty, so that all of it is ours: the next try finds it so again.
            session.close();
            if directory::clear(&root).is_ok() && !there {
                fs::remove_dir(&root).ok();
            }
        })?;
        let text = format!(
            "The house `{}` is in {}. Next: `candor person add`, the first one as administrator;\n\
             then `candor brand add`, and `candor key make --brand ID --intake`, so that reports can be encrypted from the first one on.\n\n\
             Its recovery key, shown this once. Write it on paper and keep it apart; without it and without\n\
             keys/master.key nobody can read the journal again.\n\n    {recovery}\n",
            self.name,
            root.display()
        );
        Shown::new(
            json!({ "dir": root.display().to_string(), "name": self.name, "recovery_key": recovery }),
            text,
        )
    }
}

impl Init {
    /// Makes the directory and the house in it; gives the recovery key.
    fn make(&self, root: &Path, file: &Path, text: &str, session: &mut Session) -> Result<String, Failure> {
        directory::make(root)?;
        fs::write(file, text).map_err(|error| Failure::machine(format!("{}: {}", file.display(), error.kind())))?;
        let clock = match self.simulated_clock {
            Some(start) => {
                session::save_instant(root, start)?;
                Clock::simulated(start)
            }
            None => Clock::System,
        };
        let (master, recovery) = master_key(root)?;
        let ports = Ports {
            clock,
            ids: session.ids.clone(),
        };
        let house = session.make(root, master, ports)?;
        house.wait(house.casework.open_house(&Actor::part("init"), &self.name))?;
        Ok(recovery)
    }
}

/// A new master key in its file, and the recovery key for paper.
fn master_key(root: &Path) -> Result<(MasterKey, String), Failure> {
    let path = config::Config::read(root)?.master_key(root)?;
    let master = MasterKey::generate()?;
    master.save(&path)?;
    let recovery = master.recovery_key().reveal().to_owned();
    Ok((master, recovery))
}
