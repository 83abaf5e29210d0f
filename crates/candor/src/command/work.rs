//! `candor work`: what nobody waits for, once or until interrupted. Leases and claims keep processes apart.
//!
//! Owns the rounds. Never does a job itself, and never listens: `casework`, `publication` and `candor serve` do.

use crate::cli::Global;
use crate::command::serve::told_to_stop;
use crate::failure::Failure;
use crate::intake;
use crate::keys;
use crate::output::{Io, Shown};
use crate::post;
use crate::publication::{self, Publication, Wish};
use crate::session::{House, Session};
use crate::steady;
use crate::words::count;
use casework::Worked;
use clap::Args;
use psirt::board::{KeyState, KeyWarning};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::DataLock;
use tokio::sync::watch;
use vault::Ids;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(30);
/// Between two looks at what is to go out: another process may have scheduled or ordered it.
const SHORT_PAUSE: Duration = Duration::from_secs(5);

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
        let worked = house.wait(work(&house, &worker))?;
        let read = house.wait(intake::read_waiting(&house))?;
        let sent = house.wait(post::send_waiting(&house))?;
        let published = house.wait(publication::publish(&house, &unattended()))?;
        if self.once {
            let warnings = keys::warnings(&house)?.into_iter();
            let warnings = warnings.map(|warning| format!("warning: {warning}"));
            let shown = Shown::new(
                as_json(&worked, (read, sent), &published),
                words(&worked, (read, sent), &published),
            )?;
            return Ok(shown.notes(warnings.collect()));
        }
        writeln!(
            io.output,
            "{}Working until interrupted (Ctrl-C).",
            words(&worked, (read, sent), &published)
        )?;
        io.output.flush()?;
        house.wait(async {
            let stop = told_to_stop()?;
            let (end, ended) = watch::channel(false);
            let reading = tokio::spawn(intake::go_on(house.clone(), ended.clone()));
            let sending = tokio::spawn(post::go_on(house.clone(), ended));
            tokio::select! {
                () = go_on(&house, &worker) => {}
                () = stop => {}
            }
            let _ = end.send(true);
            let _ = reading.await;
            let _ = sending.await;
            Ok::<(), Failure>(())
        })?;
        Ok(Shown::default())
    }
}

/// Works for ever. What fails is logged by its kind, and tried again after the pause.
pub(crate) async fn go_on(house: &House, worker: &str) {
    let mut last_look = None;
    let mut told = String::new();
    let (mut warned, mut still) = (Vec::new(), BTreeMap::new());
    loop {
        publish(house, &mut told).await;
        warn_of_keys(house, &mut warned);
        warn_of_still(house, &mut still);
        if last_look.is_none_or(|last: std::time::Instant| last.elapsed() >= PAUSE) {
            last_look = Some(std::time::Instant::now());
            match work(house, worker).await {
                Ok(worked) if worked == Worked::default() => {}
                Ok(worked) => tracing::info!(
                    late = worked.late,
                    done = worked.done,
                    failed = worked.failed,
                    given_up = worked.given_up,
                    ended = worked.ended,
                    "worked"
                ),
                Err(error) => tracing::error!(error = %error, "work stopped; it is tried again"),
            }
        }
        tokio::time::sleep(until_next(house)).await;
    }
}

/// One round. What has been kept long enough is destroyed by a clock alone that is believed: nobody gets it back.
async fn work(house: &House, worker: &str) -> Result<Worked, Failure> {
    let mut worked = house.casework.work(worker).await?;
    if steady::doubt(house, false).await?.is_none() {
        worked.ended = house.casework.end_keeping().await?;
    }
    Ok(worked)
}

/// Publishes what waits and what has arrived. What keeps it from that is said once, not in every round.
async fn publish(house: &House, told: &mut String) {
    let (out, kept_from) = match publication::publish(house, &unattended()).await {
        Ok(published) => {
            let held_back = published.held_back.len();
            let held_back = (held_back > 0).then(|| format!("{held_back} scheduled advisories are held back"));
            let aside = published.held_aside.len();
            let aside = (aside > 0).then(|| {
                format!("{aside} releases cannot be fixed and are held aside: run `candor publish`, which says why")
            });
            let unsigned = published.kept_back().then(|| {
                "a brand that cannot be published, or what a key would have to sign, is held aside: run `candor publish`, which says why"
                    .to_owned()
            });
            (published.out, published.clock.or(held_back).or(aside).or(unsigned))
        }
        // What a refusal quotes may be under embargo; the journal has it, the log has the kind.
        Err(Failure::Machine(why)) => (Vec::new(), Some(why)),
        Err(_) => (
            Vec::new(),
            Some("nothing can be published: run `candor publish`, which says why".to_owned()),
        ),
    };
    for out in out {
        tracing::info!(number = out.number, late_s = out.late_s, "published");
    }
    let kept_from = kept_from.unwrap_or_default();
    if !kept_from.is_empty() && kept_from != *told {
        tracing::error!(why = kept_from, "publication waits; it is tried again");
    }
    *told = kept_from;
}

/// Says of keys that end soon, have ended or are revoked; once for each such state.
fn warn_of_keys(house: &House, warned: &mut Vec<(String, String, KeyState)>) {
    let warnings = house.casework.board().house.key_warnings(house.now());
    let state = |warning: &KeyWarning| (warning.fingerprint.clone(), warning.what.clone(), warning.state);
    let states: Vec<_> = warnings.iter().map(state).collect();
    for warning in &warnings {
        if !warned.contains(&state(warning)) {
            tracing::warn!(
                brand = warning.brand,
                key = warning.fingerprint,
                what = warning.what,
                state = warning.state.name(),
                "a key needs somebody: candor key list"
            );
        }
    }
    *warned = states;
}

/// Says of brands that stand still, once for each reason. What it quotes is for those who ask: the log has the brand.
fn warn_of_still(house: &House, told: &mut BTreeMap<String, String>) {
    let still = house.casework.board().house.still.clone();
    let still: BTreeMap<String, String> = still.into_iter().map(|(brand, still)| (brand, still.why)).collect();
    for brand in still
        .iter()
        .filter(|(brand, why)| told.get(*brand) != Some(*why))
        .map(|(brand, _)| brand)
    {
        tracing::error!(
            brand,
            "nothing of a brand can be published, and the others go out; the desk's first page and `candor publish` say why and what to do"
        );
    }
    *told = still;
}

fn unattended() -> Wish {
    Wish {
        only_if_needed: true,
        ..Wish::default()
    }
}

/// Until something is to go out, at most a pause.
fn until_next(house: &House) -> Duration {
    let Some(at) = house.casework.next_publication() else {
        return SHORT_PAUSE;
    };
    let left = Duration::try_from(at.duration_since(house.now())).unwrap_or(SHORT_PAUSE);
    left.clamp(Duration::from_millis(10), SHORT_PAUSE)
}

/// Tells this process from others on the same data, on whatever machine: two with one name would hold each other's leases.
pub(crate) fn worker() -> Result<String, Failure> {
    Ok(format!("worker-{}", Ids::System.draw("worker")?.as_str()))
}

fn words(worked: &Worked, (read, sent): (usize, usize), published: &Publication) -> String {
    let ended = match worked.ended {
        0 => String::new(),
        ended => format!(" Personal data destroyed: in {}.", count(ended, "case")),
    };
    format!(
        "Seen late for the first time: {}. Jobs done: {}, failed and waiting: {}, given up: {}. Mail read: {read}, letters sent: {sent}.{ended}\n{}",
        worked.late,
        worked.done,
        worked.failed,
        worked.given_up,
        super::publish::words(published)
    )
}

fn as_json(worked: &Worked, (read, sent): (usize, usize), published: &Publication) -> serde_json::Value {
    let numbers: Vec<&str> = published.out.iter().map(|out| out.number.as_str()).collect();
    json!({
        "late": worked.late,
        "done": worked.done,
        "failed": worked.failed,
        "given_up": worked.given_up,
        "personal_data_destroyed": worked.ended,
        "mail_read": read,
        "letters_sent": sent,
        "published": numbers,
        "held_back": published.held_back.len(),
        "held_aside": published.held_aside.len() + published.unsigned.len() + published.still.iter().map(|still| still.waiting.len()).sum::<usize>(),
        "still": published.still.iter().map(|still| json!({ "brand": still.brand, "why": still.why })).collect::<Vec<_>>(),
        "clock": published.clock,
    })
}
