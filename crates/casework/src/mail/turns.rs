//! Which of the letters that wait goes next, where several go at once.
//!
//! Owns the choice by the recipient's domain. Never decides whether a letter goes at all, nor records anything ([`super::dispatch`] does).

use super::letter::may_leave;
use crate::Casework;
use crate::error::ActError;
use crate::jobs::{CLAIM, later};
use jiff::Timestamp;
use store::{ClaimedJob, Effect, Job};

/// When a letter to a domain goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As soon as it is the oldest one.
    Now,
    /// After those to all other domains.
    Last,
    /// Not yet.
    No,
}

impl Casework {
    /// Claims the letter that has waited longest of those whose turn it is; none if it is nobody's.
    pub(super) async fn claim_letter(
        &self,
        effect: &Effect,
        turn: impl Fn(&str) -> Turn,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, ActError> {
        let (now_us, until_us) = (now.as_microsecond(), later(now, CLAIM).as_microsecond());
        loop {
            let due = self.store().due_jobs(effect, now_us).await?;
            if due.is_empty() {
                return Ok(None);
            }
            // What others have recorded says to whom a letter goes.
            self.refresh().await?;
            let Some(next) = self.first(&due, &turn) else {
                return Ok(None);
            };
            // Another process may have been faster; then that one is no longer due.
            if let Some(claimed) = self.store().claim_due_job(&next.job_key, now_us, until_us).await? {
                return Ok(Some(claimed));
            }
        }
    }

    fn first<'j>(&self, due: &'j [Job], turn: &impl Fn(&str) -> Turn) -> Option<&'j Job> {
        let board = self.board();
        let mut last = None;
        for job in due {
            let turn = match may_leave(&board, job.stream.as_str()) {
                Ok((_, to)) => turn(&domain_of(to)),
                // It goes nowhere, and is dropped once it is begun.
                Err(_) => Turn::Now,
            };
            match turn {
                Turn::Now => return Some(job),
                Turn::Last => last = last.or(Some(job)),
                Turn::No => {}
            }
        }
        last
    }
}

/// The domain of an address, as it is compared.
#[must_use]
pub fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    domain.trim_end_matches('.').to_ascii_lowercase()
}
