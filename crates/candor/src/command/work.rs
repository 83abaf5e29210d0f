//! `candor work`: what nobody waits for, once or until interrupted. Leases and claims keep processes apart.
//!
//! Owns the rounds. Never does a job itself, and never listens: `casework` and `candor serve` do.

use crate::cli::Global;
use crate::command::serve::told_to_stop;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::Session;
use casework::{Casework, Worked};
use clap::Args;
use serde_json::json;
use std::time::Duration;
use store::DataLock;
use vault::Ids;

/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_secs(30);

#[derive(Args, Debug)]
pub(crate) struct Work {
    /// Does what is due now, and ends
    #[arg(long)]
    once: bool,
}

impl Work {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        // An upgrade must not happen under it; and where something is served, that does this work.
        let _lock = DataLock::take(&house.root.join("lock"), "work")?;
        let worker = worker()?;
        let worked = house.wait(house.casework.work(&worker))?;
        if self.once {
            return Shown::new(as_json(&worked), words(&worked));
        }
        writeln!(io.output, "{}Working until interrupted (Ctrl-C).", words(&worked))?;
        io.output.flush()?;
        house.wait(async {
            let stop = told_to_stop()?;
            tokio::select! {
                () = go_on(&house.casework, &worker) => {}
                () = stop => {}
            }
            Ok::<(), Failure>(())
        })?;
        Ok(Shown::default())
    }
}

/// Works for ever. What fails is logged by its kind, and tried again after the pause.
pub(crate) async fn go_on(casework: &Casework, worker: &str) {
    loop {
        tokio::time::sleep(PAUSE).await;
        match casework.work(worker).await {
            Ok(worked) if worked == Worked::default() => {}
            Ok(worked) => tracing::info!(
                late = worked.late,
                done = worked.done,
                failed = worked.failed,
                given_up = worked.given_up,
                "worked"
            ),
            Err(error) => tracing::error!(error = %error, "work stopped; it is tried again"),
        }
    }
}

/// Tells this process from others on the same data, on whatever machine: two with one name would hold each other's leases.
pub(crate) fn worker() -> Result<String, Failure> {
    Ok(format!("worker-{}", Ids::System.draw("worker")?.as_str()))
}

fn words(worked: &Worked) -> String {
    format!(
        "Seen late for the first time: {}. Jobs done: {}, failed and waiting: {}, given up: {}.\n",
        worked.late, worked.done, worked.failed, worked.given_up
    )
}

fn as_json(worked: &Worked) -> serde_json::Value {
    json!({ "late": worked.late, "done": worked.done, "failed": worked.failed, "given_up": worked.given_up })
}
