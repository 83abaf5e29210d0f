//! `candor upgrade`: a data directory of an older version, brought to the format of this one.
//!
//! Owns the lock while it works. Never touches a directory of a newer version.

use crate::cli::Global;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, directory};
use clap::Args;
use serde_json::json;
use store::{DataLock, Store};
use vault::MasterKey;

#[derive(Args, Debug)]
pub(crate) struct Upgrade {}

impl Upgrade {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let root = directory(global);
        let config = Config::read(&root)?;
        let master = MasterKey::load(&config.master_key(&root)?)?;
        let plan = config.store(&root)?;
        let _lock = DataLock::take(&root.join("lock"), "upgrade")?;
        let upgrade = Store::upgrade(&plan, master, &casework::blobs_named);
        let upgraded = session.runtime()?.block_on(upgrade)?;
        let (journal, keys) = (upgraded.journal, upgraded.keys);
        let text = match journal.0 == journal.1 && keys.0 == keys.1 {
            true => format!(
                "{} has the format of this version already; nothing was changed.",
                root.display()
            ),
            false => format!(
                "{} is upgraded: journal from format {} to {}, keys from {} to {}. Next: `candor journal verify`.",
                root.display(),
                journal.0,
                journal.1,
                keys.0,
                keys.1
            ),
        };
        let json = json!({ "journal": [journal.0, journal.1], "keys": [keys.0, keys.1] });
        Shown::new(json, text)
    }
}
