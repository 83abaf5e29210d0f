//! `candor jobs`: what was given up, another try, and the end of what nobody needs.
//!
//! Owns the words. Never does a job: `candor work` and `candor serve` do.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Lists jobs that were given up, oldest first, with what failed last
    List,
    /// Lets one be tried again
    Retry {
        /// Its name
        job: String,
    },
    /// Drops one that nobody needs any more; not one that destroys what was erased
    Drop {
        /// Its name
        job: String,
        /// Why, in one line; it is recorded
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

impl Jobs {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let house = session.house(global)?;
        match self {
            Jobs::List => {
                let dead = house.wait(house.casework.dead_jobs(&actor))?;
                let board = house.casework.board();
                let why = |job: &store::Job| {
                    casework::why_given_up(&board, job.job_key.as_str())
                        .unwrap_or_default()
                        .to_owned()
                };
                let line = |job: &store::Job| vec![job.job_key.to_string(), job.effect.to_string(), why(job)];
                let rows: Vec<Vec<String>> = dead.iter().map(line).collect();
                let text = match rows.is_empty() {
                    true => "No job was given up.\n".to_owned(),
                    false => columns(&rows),
                };
                let json = dead
                    .iter()
                    .map(|job| json!({ "job": job.job_key.as_str(), "effect": job.effect.as_str(), "why": why(job) }));
                Shown::new(json.collect::<Vec<_>>(), text)
            }
            Jobs::Retry { job } => {
                house.wait(house.casework.revive_job(&actor, &job))?;
                let text = format!("{job} is tried again by the next worker: `candor work`, or `candor serve`.");
                Shown::new(json!({ "job": job }), text)
            }
            Jobs::Drop { job, why } => {
                house.wait(house.casework.drop_job(&actor, &job, &why))?;
                let text = format!("{job} is dropped: nobody tries it again. The journal says why.");
                Shown::new(json!({ "job": job, "dropped": true }), text)
            }
        }
    }
}
