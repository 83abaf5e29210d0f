//! Claiming jobs. They are ordered and ended by batches, so that an effect and its event are one commit.
//!
//! A claim is a guarded update: it moves the job's time to the end of the claim and counts an attempt. A worker that dies loses
//! its claim by the passing of time; one that was merely slow finds its ticket worthless.

use crate::StoreError;
use crate::batch::{ClaimedJob, Job, Ticket};
use crate::journal::Journal;
use crate::names::{Effect, JobKey, StreamId};
use crate::sql::{Row, Value, int};

/// Dead jobs listed at a time.
const DEAD_MAX_JOBS: u64 = 1_000;
/// Due jobs listed at a time.
const DUE_MAX_JOBS: u64 = 1_000;
/// How often a claim is tried again that lost a race on PostgreSQL.
const CLAIM_TRIES: usize = 16;

impl Journal {
    /// Claims the job of this effect that has waited longest; `None` if none is due at `now_us`.
    pub(crate) async fn claim_job(
        &self,
        effect: &Effect,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        // The guard is repeated outside: on PostgreSQL a competitor then updates no row instead of claiming the same job again.
        const CLAIM: &str = "update job set run_at_us = $3, attempts = attempts + 1 \
             where job_key = (select job_key from job where effect = $1 and state = 'ready' and run_at_us <= $2 \
                              order by run_at_us, job_key limit 1) \
             and state = 'ready' and run_at_us <= $2 \
             returning job_key, effect, stream, seq, run_at_us, attempts";
        const WAITING: &str =
            "select job_key from job where effect = $1 and state = 'ready' and run_at_us <= $2 limit 1";
        if until_us <= now_us {
            return Ok(None);
        }
        let due = [Value::Text(effect.as_str()), Value::Int(now_us)];
        for _ in 0..CLAIM_TRIES {
            // Looking first spares the write lock: most of the time nothing waits.
            if self.database().row(WAITING, &due).await?.is_none() {
                return Ok(None);
            }
            let claimed = self
                .database()
                .write(CLAIM, &[due[0], due[1], Value::Int(until_us)])
                .await?;
            if let Some(row) = claimed.first() {
                return self.claimed(row).map(Some);
            }
        }
        Ok(None)
    }

    /// The jobs of an effect that are due, the one that has waited longest first.
    pub(crate) async fn due_jobs(&self, effect: &Effect, now_us: i64) -> Result<Vec<Job>, StoreError> {
        const SQL: &str = "select job_key, effect, stream, seq, run_at_us, attempts from job \
             where effect = $1 and state = 'ready' and run_at_us <= $2 order by run_at_us, job_key limit $3";
        let values = [Value::Text(effect.as_str()), Value::Int(now_us), int(DUE_MAX_JOBS)];
        let rows = self.database().rows(SQL, &values).await?;
        rows.iter().map(|row| self.job(row)).collect()
    }

    /// Claims this job, if it is due still.
    pub(crate) async fn claim_due_job(
        &self,
        job_key: &JobKey,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        const SQL: &str = "update job set run_at_us = $3, attempts = attempts + 1 \
             where job_key = $1 and state = 'ready' and run_at_us <= $2 \
             returning job_key, effect, stream, seq, run_at_us, attempts";
        if until_us <= now_us {
            return Ok(None);
        }
        let values = [Value::Text(job_key.as_str()), Value::Int(now_us), Value::Int(until_us)];
        let claimed = self.database().write(SQL, &values).await?;
        claimed.first().map(|row| self.claimed(row)).transpose()
    }

    /// The jobs that were given up, oldest first.
    pub(crate) async fn dead_jobs(&self) -> Result<Vec<Job>, StoreError> {
        const SQL: &str = "select job_key, effect, stream, seq, run_at_us, attempts from job \
             where state = 'dead' order by run_at_us, job_key limit $1";
        self.database()
            .rows(SQL, &[int(DEAD_MAX_JOBS)])
            .await?
            .iter()
            .map(|row| self.job(row))
            .collect()
    }

    /// Makes a dead job ready again; false if there is no dead job of this name.
    pub(crate) async fn revive_job(&self, job_key: &JobKey, run_at_us: i64) -> Result<bool, StoreError> {
        const SQL: &str =
            "update job set state = 'ready', run_at_us = $1 where job_key = $2 and state = 'dead' returning job_key";
        let rows = self
            .database()
            .write(SQL, &[Value::Int(run_at_us), Value::Text(job_key.as_str())])
            .await?;
        Ok(!rows.is_empty())
    }

    fn claimed(&self, row: &Row) -> Result<ClaimedJob, StoreError> {
        let attempt = row.count(5).map_err(|error| self.database().failed(&error))?;
        let job = self.job(row)?;
        Ok(ClaimedJob {
            ticket: Ticket {
                job_key: job.job_key.clone(),
                attempt,
            },
            job,
        })
    }

    fn job(&self, row: &Row) -> Result<Job, StoreError> {
        let failed = |error| self.database().failed(&error);
        Ok(Job {
            job_key: self.name(&row.text(0).map_err(failed)?, JobKey::new)?,
            effect: self.name(&row.text(1).map_err(failed)?, Effect::new)?,
            stream: self.name(&row.text(2).map_err(failed)?, StreamId::new)?,
            seq: row.count(3).map_err(failed)?,
            run_at_us: row.int(4).map_err(failed)?,
        })
    }
}
