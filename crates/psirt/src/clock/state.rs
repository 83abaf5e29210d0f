//! How an obligation stands: kept, late, waived, overridden, superseded.
//!
//! Owns the states and the decisions of people over dates (D13). Never computes a date.

use super::engine::{Duties, Engine};
use super::facts::{Control, ControlAction};
use super::obligation::{Obligation, State};
use super::timeline::Subject;
use crate::event::Deadline;
use crate::policy::block::promise::{Duty, Promise};
use crate::policy::fact::Fact;
use jiff::Timestamp;

impl<'a> Engine<'a> {
    pub(super) fn apply_override(
        &self,
        duties: Duties<'_, 'a>,
        obligation: &mut Obligation<'a>,
        due: &mut Option<Timestamp>,
    ) {
        let Some((control, deadline)) = self.standing_override(duties) else {
            return;
        };
        let Some(moved) = self.deadline(deadline) else { return };
        let later = due.is_none_or(|due| moved > due);
        if later && duties.promise.duty == Duty::Must && !control.two_people {
            obligation.proof.ignored_override = Some(control);
            return;
        }
        // A decision for an earlier day ends the hold with it (R7).
        if obligation.not_before.is_some_and(|not_before| moved < not_before) {
            obligation.not_before = Some(control.at);
            obligation.scheduled = Some(moved);
        }
        obligation.overridden_by = Some(control);
        obligation.original_due = *due;
        *due = Some(moved);
    }

    pub(super) fn decide_state(&self, duties: Duties<'_, 'a>, obligation: &mut Obligation<'a>) {
        let promise = duties.promise;
        if promise.duty == Duty::MustNot {
            return self.decide_must_not(obligation);
        }
        let until = obligation.proof.superseded_at;
        let late_since = self.late_since(promise, obligation);
        let met = obligation.met_at;
        if let Some(waiver) = self
            .waiver(duties)
            .filter(|waiver| met.is_none_or(|met| met > waiver.at))
            && late_since.is_none_or(|late| late > waiver.at)
        {
            obligation.state = State::Waived;
            obligation.proof.waived_by = Some(waiver);
            obligation.met_at = None;
            return;
        }
        let superseded = until.is_some_and(|until| {
            // What a verdict denies was never promised. The passing of time denies nothing: what was late stays late (D11).
            if obligation.proof.presumed_at.is_some() && self.denied(duties) {
                return true;
            }
            let unmet_then = met.is_none_or(|met| met >= until);
            unmet_then && late_since.is_none_or(|late| late >= until)
        });
        let late = if promise.duty == Duty::Must {
            State::Breached
        } else {
            State::Overdue
        };
        // Done inside the hold: the promise not to do it earlier is broken, whatever the date says (D3).
        let early = met.filter(|met| {
            let held = obligation.start.is_some_and(|start| start <= *met);
            held && obligation.not_before.is_some_and(|not_before| *met < not_before)
        });
        obligation.state = match (met, late_since) {
            _ if superseded => State::Superseded,
            _ if early.is_some() => {
                obligation.breached_at = early;
                late
            }
            (Some(_), Some(since)) => {
                obligation.breached_at = Some(since);
                State::MetLate
            }
            (Some(_), None) if obligation.proof.ending.is_some_and(|ending| !ending.verified) => State::MetUnverified,
            (Some(_), None) => State::Met,
            (None, Some(since)) => {
                obligation.breached_at = Some(since);
                late
            }
            (None, None) if self.soon(obligation) => State::DueSoon,
            (None, None) => State::Running,
        };
        if obligation.state == State::Superseded {
            obligation.met_at = None;
        }
    }

    /// Whether a verdict says that nothing was owed: the line is not affected, or the flaw is a supplier's. Where the case was turned down,
    /// nothing is presumed.
    fn denied(&self, duties: Duties<'_, 'a>) -> bool {
        const OWN: u8 = 0;
        let line = duties
            .subject
            .line()
            .and_then(|line| self.case.lines.get(usize::from(line)));
        let cleared = line
            .and_then(|line| line.verdicts.last())
            .is_some_and(|verdict| !verdict.affected);
        let facts = duties.timeline.last();
        let theirs = facts.get(Fact::Origin).is_some_and(|origin| origin != OWN);
        // A verdict that an appeal put back denies nothing.
        facts.get(Fact::Verdict).is_some() && (cleared || theirs)
    }

    /// Since when it is, or was when it was done, late: against the computed date if an override came too late to save it.
    fn late_since(&self, promise: &Promise, obligation: &Obligation<'a>) -> Option<Timestamp> {
        if promise.duty == Duty::May {
            return None;
        }
        let until = obligation.met_at.unwrap_or(self.now);
        if let (Some(original), Some(control)) = (obligation.original_due, obligation.overridden_by)
            && control.at > original
            && until > original
        {
            return Some(original);
        }
        let before = promise.before.and_then(|kind| self.first_mark(kind));
        let due = [obligation.due, before].into_iter().flatten().min()?;
        (until > due).then_some(due)
    }

    fn decide_must_not(&self, obligation: &mut Obligation<'a>) {
        let done = obligation.met_at.take();
        let wrong = done.filter(|done| obligation.not_before.is_none_or(|not_before| *done < not_before));
        obligation.breached_at = wrong;
        obligation.state = match wrong {
            Some(_) => State::Breached,
            None if obligation.proof.superseded_at.is_some() => State::Superseded,
            None => State::Running,
        };
    }

    /// Past the target; without one, in the last quarter of its time.
    fn soon(&self, obligation: &Obligation<'a>) -> bool {
        if let Some(target) = obligation.target {
            return self.now > target;
        }
        let (Some(start), Some(due)) = (obligation.start, obligation.due) else {
            return false;
        };
        let whole = due.as_second().saturating_sub(start.as_second());
        let left = due.as_second().saturating_sub(self.now.as_second());
        left.saturating_mul(4) <= whole
    }

    fn controls<'e>(&'e self, duties: Duties<'e, 'a>) -> impl DoubleEndedIterator<Item = &'a Control> + 'e {
        self.case.controls.iter().filter(move |control| {
            let clause = control.rule.strip_prefix('§').unwrap_or(&control.rule);
            let rule = control.rule == duties.promise.id || clause == duties.promise.clause;
            let reporter = match duties.subject {
                Subject::Reporter(index) | Subject::Report(index) => Some(index),
                _ => None,
            };
            rule && (control.line.is_none() || control.line == duties.subject.line())
                && (control.reporter.is_none() || control.reporter == reporter)
        })
    }

    pub(super) fn waiver(&self, duties: Duties<'_, 'a>) -> Option<&'a Control> {
        self.controls(duties)
            .filter(|control| control.two_people || duties.promise.duty != Duty::Must)
            .find(|control| control.action == ControlAction::Waive)
    }

    fn standing_override(&self, duties: Duties<'_, 'a>) -> Option<(&'a Control, Deadline)> {
        let last = self
            .controls(duties)
            .rev()
            .find(|control| control.action != ControlAction::Waive)?;
        match last.action {
            ControlAction::Override(deadline) => Some((last, deadline)),
            _ => None,
        }
    }
}
