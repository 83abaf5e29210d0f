//! `candor journal verify`: every row of the journal against its tree.

use crate::cli::Global;
use crate::failure::{Failure, MACHINE};
use crate::output::Shown;
use crate::session::Session;
use crate::words::count;
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// Checks every row against the tree of hashes, and that every sealed body opens
    Verify,
}

impl Journal {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let Journal::Verify = self;
        let house = session.house(global)?;
        let verification = house.wait(house.store.verify())?;
        let findings: Vec<String> = verification.findings.iter().map(ToString::to_string).collect();
        let rows = count(usize::try_from(verification.checked).unwrap_or(usize::MAX), "row");
        let mut text = match verification.is_sound() {
            true => format!("{rows} checked; everything fits.\n"),
            false => format!(
                "{rows} checked; {} found. Stop Candor, keep a copy of it as it is, then restore the last backup.\n",
                verification.finding_count
            ),
        };
        findings
            .iter()
            .for_each(|finding| text.push_str(&format!("{finding}\n")));
        let json = json!({
            "sound": verification.is_sound(),
            "checked": verification.checked,
            "erased": verification.erased,
            "findings": findings,
            "finding_count": verification.finding_count,
        });
        let status = if verification.is_sound() { 0 } else { MACHINE };
        Ok(Shown::new(json, text)?.status(status))
    }
}
