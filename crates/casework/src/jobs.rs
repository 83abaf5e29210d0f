//! Work that nobody waits for: noticing that a promise has become late, and finishing what was ordered. Done by any process, by one at a time.
//!
//! Owns the rules of the queue: who may do what, when a failed job is tried again, and when a person must look. An effect is safe to repeat:
//! a worker may be killed after it and before its end is recorded. Never computes a date, and never holds an address or content in a job.

use crate::Casework;
use crate::actions::{DROP_JOB, READ_JOBS, REVIVE_JOB};
use crate::actor::Actor;
use crate::error::ActError;
use crate::mail::drop_letter;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::{SignedDuration, Timestamp};
use psirt::advisory::AdvisoryEvent;
use psirt::board::{Board, Case};
use psirt::body::{Body, What};
use psirt::clock::proof::subject_name;
use psirt::event::{Deadline, Event};
use psirt::house::{Erasure, HouseEvent};
use store::{
    Batch, ClaimedJob, Effect, Holder, Job, JobKey, KeyId, Lease, LeaseName, Outcome, Settled, StoreError, StreamId,
};

/// How long a claim or a lease holds: longer than any effect takes, short enough that a killed worker is soon replaced.
pub(crate) const CLAIM: SignedDuration = SignedDuration::from_mins(5);
/// The first wait after a failure; each further one is twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// Attempts before a person must look: about two days.
const MAX_ATTEMPTS: u64 = 16;
/// Events of one batch of lateness.
const MAX_EVENTS: usize = 500;

/// The effect of destroying what an erasure names.
const PURGE: &str = "purge";

/// What a worker did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Promises that were seen late for the first time.
    pub late: usize,
    /// Jobs that were done.
    pub done: usize,
    /// Jobs that failed and wait for another attempt.
    pub failed: usize,
    /// Jobs that were given up.
    pub given_up: usize,
    /// Cases that lost what they held of personal data: [`Casework::end_keeping`].
    pub ended: usize,
}

impl Casework {
    /// Does what is due now: under the scheduler's lease, if nobody else holds it, then every job that waits. `worker` tells this process
    /// from others.
    ///
    /// # Errors
    /// Those of the store. What was done stays done.
    pub async fn work(&self, worker: &str) -> Result<Worked, ActError> {
        let holder = Holder::new(worker)?;
        let mut worked = Worked {
            late: self.see_lateness(&holder).await?,
            ..Worked::default()
        };
        self.remind().await?;
        self.end_silence().await?;
        let effect = Effect::new(PURGE)?;
        loop {
            let now = self.now();
            let claimed = self
                .store()
                .claim_job(&effect, now.as_microsecond(), later(now, CLAIM).as_microsecond())
                .await?;
            let Some(claimed) = claimed else { return Ok(worked) };
            let effect = self.purge(&claimed.job).await;
            match self.settle(&claimed, effect).await? {
                Some(Outcome::Done) => worked.done += 1,
                Some(Outcome::Retry { .. }) => worked.failed += 1,
                Some(Outcome::Dead) => worked.given_up += 1,
                // Somebody else has it: it took longer than its claim.
                None => {}
            }
        }
    }

    /// Jobs that were given up, oldest first.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], those of the store.
    pub async fn dead_jobs(&self, actor: &Actor) -> Result<Vec<Job>, ActError> {
        permit(&self.board().house, actor, &READ_JOBS)?;
        Ok(self.store().dead_jobs().await?)
    }

    /// Lets a job that was given up be tried once more.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] if no job of this name was given up; those of the store.
    pub async fn revive_job(&self, actor: &Actor, job: &str) -> Result<(), ActError> {
        self.refresh().await?;
        permit(&self.board().house, actor, &REVIVE_JOB)?;
        let key = JobKey::new(job)?;
        if !self.store().dead_jobs().await?.iter().any(|dead| dead.job_key == key) {
            return Err(ActError::invalid("no job of this name was given up"));
        }
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &REVIVE_JOB)?;
            let what = What::House(HouseEvent::JobRevived { job: job.to_owned() });
            Ok((Plan::one(actor, &StreamId::new("house")?, now, what), ()))
        };
        self.record(record).await?;
        self.store().revive_job(&key, self.now().as_microsecond()).await?;
        Ok(())
    }

    /// Drops a job that was given up: nobody tries it again, and it waits for nobody. What is to be destroyed cannot be dropped.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] if no job of this name was given up, for one that destroys, and without a reason; those of
    /// the store.
    pub async fn drop_job(&self, actor: &Actor, job: &str, why: &str) -> Result<(), ActError> {
        self.refresh().await?;
        permit(&self.board().house, actor, &DROP_JOB)?;
        let (key, why) = (JobKey::new(job)?, reason(why)?);
        let dead = self.store().dead_jobs().await?;
        let dead = dead.iter().find(|dead| dead.job_key == key);
        let dead = dead.ok_or_else(|| ActError::invalid("no job of this name was given up"))?;
        if dead.effect.as_str() == PURGE {
            return Err(ActError::invalid(
                "this job destroys what an erasure or a removal names, and that is owed until it is done: `candor jobs retry`",
            ));
        }
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &DROP_JOB)?;
            let what = What::House(HouseEvent::JobDropped {
                job: job.to_owned(),
                why: why.clone(),
            });
            let mut plan = Plan::one(actor, &StreamId::new("house")?, now, what);
            drop_letter(&mut plan, &replica.board, job, &why, now)?;
            plan.dropped.push(key.clone());
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Records each promise that has become late and was not seen late before. The date stays computed: this is when somebody could know.
    async fn see_lateness(&self, holder: &Holder) -> Result<usize, ActError> {
        let name = LeaseName::new("scheduler")?;
        let now = self.now();
        let lease = self
            .store()
            .take_lease(&name, holder, now.as_microsecond(), later(now, CLAIM).as_microsecond());
        let Some(lease) = lease.await? else { return Ok(0) };
        let mut seen = 0;
        loop {
            self.refresh().await?;
            let late = self.glance(|board, glances, now| {
                let concerned = glances
                    .iter()
                    .filter(|(_, glance)| glance.dues.iter().any(|due| due.late()));
                let cases = concerned.filter_map(|(stream, _)| Some((stream, board.case(stream)?)));
                let unseen = cases.flat_map(|(stream, case)| {
                    let unseen = unseen_lateness(board, case, now);
                    unseen.into_iter().map(move |event| (stream.to_owned(), event))
                });
                unseen.take(MAX_EVENTS).collect::<Vec<_>>()
            });
            if late.is_empty() {
                self.store().release_lease(&lease).await?;
                return Ok(seen);
            }
            match self.record_lateness(&late, &lease).await {
                Ok(recorded) => seen += recorded,
                Err(ActError::Store(StoreError::LeaseLost(_))) => return Ok(seen),
                Err(error) => return Err(error),
            }
        }
    }

    /// Under the lease: if another scheduler has taken over, nothing is recorded, and it will see the same.
    async fn record_lateness(&self, late: &[(String, Event)], lease: &Lease) -> Result<usize, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let mut plan = Plan::by(&Actor::part("scheduler"));
            plan.lease = Some(lease.clone());
            for (stream, event) in late {
                let Some(case) = replica.board.case(stream) else {
                    continue;
                };
                // What changed meanwhile is looked at again in the next round.
                if unseen_lateness(&replica.board, case, now).contains(event) {
                    plan.push(&StreamId::new(stream.as_str())?, now, What::Case(event.clone()));
                }
            }
            let count = plan.len();
            Ok((plan, count))
        };
        self.record(record).await.map(|(count, _)| count)
    }

    /// Destroys the keys of an erasure, and the files that they sealed. Repeating is harmless.
    async fn purge(&self, job: &Job) -> Result<(), ActError> {
        let entries = self.store().read_stream(&job.stream, job.seq).await?;
        let entry = entries.into_iter().find(|entry| entry.seq == job.seq);
        let body = match entry.map(|entry| entry.body) {
            Some(store::Body::Plain(bytes)) => Some(Body::decode(bytes.as_bytes())?),
            _ => None,
        };
        if let Some(What::Advisory(AdvisoryEvent::Tombstoned(tombstone))) = body.as_ref().map(|body| &body.what) {
            return self.destroy_version(&job.stream, tombstone).await;
        }
        let gone = body.as_ref().and_then(erasure);
        let gone = gone.ok_or_else(|| ActError::invalid("the job is about no erasure"))?;
        for key in &gone.keys {
            self.store().erase_key(&KeyId::new(key.as_str())?).await?;
        }
        Ok(())
    }

    /// Ends an attempt; none if another worker has the job by now.
    pub(crate) async fn settle(
        &self,
        claimed: &ClaimedJob,
        effect: Result<(), ActError>,
    ) -> Result<Option<Outcome>, ActError> {
        let attempt = claimed.ticket.attempt;
        let outcome = match &effect {
            Ok(()) => Outcome::Done,
            Err(_) if attempt >= MAX_ATTEMPTS => Outcome::Dead,
            Err(_) => Outcome::Retry {
                run_at_us: later(self.now(), wait_after(attempt)).as_microsecond(),
            },
        };
        let settled = Settled {
            ticket: claimed.ticket.clone(),
            outcome,
        };
        let ended = match (outcome, effect) {
            (Outcome::Dead, Err(error)) => self.record_given_up(claimed, settled, &error).await,
            _ => {
                let batch = Batch {
                    recorded_us: self.now().as_microsecond(),
                    settled: vec![settled],
                    ..Batch::default()
                };
                self.store().append(batch).await.map(|_| ()).map_err(ActError::from)
            }
        };
        match ended {
            Ok(()) => Ok(Some(outcome)),
            Err(ActError::Store(StoreError::JobLost(_))) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The reason is an event in the same commit, so that nobody has to search a log.
    async fn record_given_up(&self, claimed: &ClaimedJob, settled: Settled, error: &ActError) -> Result<(), ActError> {
        let why = match error {
            ActError::Store(error) => error.to_string(),
            _ => "what it is about does not read".to_owned(),
        };
        let record = |_: &Replica, now: Timestamp| {
            let what = What::House(HouseEvent::JobGivenUp {
                job: claimed.job.job_key.to_string(),
                effect: claimed.job.effect.to_string(),
                attempts: claimed.ticket.attempt,
                why: why.clone(),
            });
            let mut plan = Plan::one(&Actor::part("worker"), &StreamId::new("house")?, now, what);
            plan.settled.push(settled.clone());
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }
}

/// The job that destroys what an erasure, or the removal of a version, names; its name makes it one job, however often it is ordered.
pub(crate) fn purge_job(stream: &StreamId, seq: u64, now: Timestamp) -> Result<Job, ActError> {
    Ok(Job {
        effect: Effect::new(PURGE)?,
        stream: stream.clone(),
        seq,
        job_key: JobKey::new(format!("{PURGE}:{stream}:{seq}"))?,
        run_at_us: now.as_microsecond(),
    })
}

fn reason(why: &str) -> Result<String, ActError> {
    const MAX_CHARS: usize = 500;
    let why = why.trim();
    if why.is_empty() || why.chars().count() > MAX_CHARS || why.chars().any(char::is_control) {
        return Err(ActError::invalid(
            "say why nobody needs it in one line, at most 500 characters; it stays in the journal, so it names nobody",
        ));
    }
    Ok(why.to_owned())
}

fn erasure(body: &Body) -> Option<Erasure> {
    match &body.what {
        What::House(
            HouseEvent::CaseShredded(gone) | HouseEvent::PersonErased(gone) | HouseEvent::OriginalsDestroyed(gone),
        ) => Some(gone.clone()),
        _ => None,
    }
}

/// Promises of a case that are late and that no entry says so of.
fn unseen_lateness(board: &Board, case: &Case, now: Timestamp) -> Vec<Event> {
    let mut unseen: Vec<Event> = Vec::new();
    for obligation in board.obligations(case, now) {
        let late = matches!(
            obligation.state,
            psirt::clock::State::Breached | psirt::clock::State::Overdue
        );
        let Some(due) = obligation.due.filter(|_| late) else {
            continue;
        };
        let event = Event::SeenLate {
            policy: obligation.policy.front.id.clone(),
            rule: obligation.promise.id.clone(),
            subject: subject_name(&obligation),
            due: Deadline::Instant(due),
        };
        let seen = case.entries.iter().any(|entry| entry.event == event) || unseen.contains(&event);
        if !seen {
            unseen.push(event);
        }
    }
    unseen
}

pub(crate) fn wait_after(attempt: u64) -> SignedDuration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    let wait = FIRST_WAIT.checked_mul(1 << doublings).unwrap_or(LONGEST_WAIT);
    wait.min(LONGEST_WAIT)
}

pub(crate) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_last_up_to_six_hours() {
        let minutes = |attempt| wait_after(attempt).as_mins();
        assert_eq!([1, 2, 3, 4].map(minutes), [1, 2, 4, 8]);
        assert_eq!([9, 10, 11, 200].map(minutes), [256, 360, 360, 360]);
        let all: i64 = (1..MAX_ATTEMPTS).map(minutes).sum();
        assert_eq!(all / 60, 44, "about two days until a person must look");
    }
}
