//! `candor policy promises`: how a brand's promises were kept, shown, and released to the public by a person.
//!
//! Owns the words. Computes nothing: `psirt::promises` does, and what is released is what it computes at that instant.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::Args;
use psirt::promises::{FEWEST_CASES, KeptPromises};
use serde_json::json;

#[derive(Args, Debug)]
pub(crate) struct Promises {
    /// The brand's id
    brand: String,
    /// Releases these numbers; the next `candor publish` shows them on the policy's page
    #[arg(long)]
    release: bool,
}

impl Promises {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let by = actor(global)?;
        let before = house.casework.board().house.promises.get(&self.brand).cloned();
        let kept = match self.release {
            true => house.wait(house.casework.release_promises(&by, &self.brand))?,
            false => house.casework.kept_promises(&by, &self.brand)?,
        };
        let brand = &self.brand;
        let counted = "Counted are cases that are over and published.";
        let end = match (self.release, &before) {
            (true, _) => "Released. They are public with the next `candor publish`.".to_owned(),
            (false, None) => format!("{counted} Nothing is public yet: candor policy promises {brand} --release"),
            (false, Some(before)) if *before == kept => format!("{counted} These numbers are released."),
            (false, Some(before)) => format!(
                "{counted} Released are others, of {} to {}; these take their place: candor policy promises {brand} --release",
                before.from, before.until
            ),
        };
        let json = json!({ "promises": kept, "released": self.release, "public": before });
        Shown::new(json, format!("{}{end}", told(&kept)))
    }
}

fn told(kept: &KeptPromises) -> String {
    let rows: Vec<Vec<String>> = kept
        .clauses
        .iter()
        .map(|clause| {
            let figures = clause.figures.map_or_else(
                || format!("fewer than {FEWEST_CASES} cases"),
                |figures| format!("{} of {} kept", figures.kept, figures.due),
            );
            vec![format!("§{}", clause.clause), figures]
        })
        .collect();
    let sum = kept.sum();
    format!(
        "{}, {} to {}: {} of {} promises kept in the clauses that are told\n\n{}\n",
        kept.policy,
        kept.from,
        kept.until,
        sum.kept,
        sum.due,
        columns(&rows)
    )
}
