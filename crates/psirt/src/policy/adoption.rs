//! Whether a version of a policy may follow those that a house has adopted, and what somebody should know before it does.
//!
//! Owns the order of versions, editions of calendars, and checks across policies. Never adopts: `casework` does, by two people.

use super::block::promise::{Duty, Promise};
use super::fact::{Fact, Value};
use super::length::{EndTerm, Length};
use super::{Finding, Policy, PolicyKind, Severity};
use jiff::Timestamp;
use jiff::civil::Date;

/// A version that a house has adopted, with its file.
#[derive(Clone, Copy, Debug)]
pub struct Adopted<'a> {
    /// The version.
    pub policy: &'a Policy,
    /// Its file.
    pub text: &'a str,
}

impl Policy {
    /// The first instant of the day from which it holds, in its zone.
    #[must_use]
    pub fn effective_at(&self) -> Option<Timestamp> {
        let day = self.front.effective.to_zoned(self.front.zone.clone());
        day.ok().map(|day| day.timestamp())
    }

    /// The instant from which this version governs new cases: its day, and not before the house had it.
    #[must_use]
    pub fn in_force_from(&self) -> Option<Timestamp> {
        let day = self.effective_at()?;
        Some(self.adopted.map_or(day, |adopted| adopted.max(day)))
    }
}

/// Whether a version may follow the adopted ones.
///
/// # Errors
/// A sentence that says what stands against it and what to do.
pub fn may_follow(new: &Policy, text: &str, adopted: &[Adopted<'_>], now: Timestamp) -> Result<(), String> {
    let front = &new.front;
    let versions = || adopted.iter().filter(|old| old.policy.front.id == front.id);
    if let Some(same) = versions().find(|old| old.policy.front.version == front.version) {
        let why = match same.text == text {
            true => "is adopted already; another reading or a changed text gets a new version",
            false => "is adopted with another text, and cases rest on it; give the changed text a new version",
        };
        return Err(format!("version {} of {} {why}", front.version, front.id));
    }
    if let Some(other) = versions().find(|old| old.policy.front.kind != front.kind) {
        let kind = |kind| {
            if kind == PolicyKind::Overlay {
                "an overlay"
            } else {
                "a policy"
            }
        };
        return Err(format!(
            "{} is {} in version {}, and this one is {}; give it another id",
            front.id,
            kind(other.policy.front.kind),
            other.policy.front.version,
            kind(front.kind)
        ));
    }
    let started = versions().filter(|old| old.policy.in_force_from().is_some_and(|from| from <= now));
    if let Some(current) = started.max_by_key(|old| old.policy.front.effective)
        && front.effective < current.policy.front.effective
    {
        return Err(format!(
            "version {} of {} is of {}, older than version {} of {}, which is in force; versions go forward only, so give it a later `effective`",
            front.version, front.id, front.effective, current.policy.front.version, current.policy.front.effective
        ));
    }
    versions().try_for_each(|old| calendars_follow(new, old.policy))
}

/// A new edition of a calendar may only add days after those that the old one knew: what was computed stays true.
fn calendars_follow(new: &Policy, old: &Policy) -> Result<(), String> {
    for calendar in &new.calendars {
        let Some(before) = old.calendars.iter().find(|before| before.id == calendar.id) else {
            continue;
        };
        let (id, version) = (&calendar.id, &old.front.version);
        if calendar.known_until < before.known_until {
            return Err(format!(
                "the calendar `{id}` is known until {}, and in version {version} until {}; an edition only adds days, so list the others again",
                calendar.known_until, before.known_until
            ));
        }
        let known = |days: &[Date]| -> Vec<Date> {
            let days = days.iter().filter(|day| **day <= before.known_until);
            days.copied().collect()
        };
        let (then, now) = (known(before.closed()), known(calendar.closed()));
        let gone = then.iter().find(|day| !now.contains(day));
        if let Some(day) = gone.or_else(|| now.iter().find(|day| !then.contains(day))) {
            return Err(format!(
                "the calendar `{id}` differs on {day}, a day that version {version} knew; an edition only adds days after {}, and another calendar gets another id",
                before.known_until
            ));
        }
    }
    Ok(())
}

/// What one policy holds back for longer than another allows, where both can govern one case: warnings about the new policy's file.
#[must_use]
pub fn across(new: &Policy, file_name: &str, others: &[&Policy]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for other in others.iter().filter(|other| other.front.id != new.front.id) {
        for (holder, ower) in [(new, *other), (*other, new)] {
            for holding in &holder.promises {
                for owed in &ower.promises {
                    if let Some(within) = too_short(holding, owed) {
                        let mine = if holder.front.id == new.front.id { holding } else { owed };
                        let message = format!("{}, and {}", holds(holder, holding), owes(ower, owed, within));
                        findings.push(warning(file_name, mine.line, message));
                    }
                }
            }
        }
    }
    findings
}

/// The length within which one promise is owed, where that is over before the other one's hold, and nothing parts the two.
fn too_short(holding: &Promise, owed: &Promise) -> Option<Length> {
    let hold = holding.not_before?;
    let binding = matches!(owed.duty, Duty::Must | Duty::Aims) && owed.ends == holding.ends;
    let terms = owed.start.terms();
    let lifted = !terms.is_empty() && terms.iter().all(|term| holding.lifted_by.contains(&term.event));
    if !binding || lifted || !can_meet(holding, owed) {
        return None;
    }
    let lengths = owed.within.0.iter().filter_map(|term| match term {
        EndTerm::Length(length) => Some(*length),
        EndTerm::NextRelease | EndTerm::ScheduledDay => None,
    });
    let within = lengths.min_by_key(|length| length.longest_minutes())?;
    (hold.shortest_minutes() > within.longest_minutes()).then_some(within)
}

/// Whether one case can have both. Bands, classes and markets are each policy's own, so they part nothing.
fn can_meet(one: &Promise, other: &Promise) -> bool {
    let own = [Fact::Band, Fact::Class, Fact::Market];
    let mut shared = Fact::ALL.iter().filter(|fact| !own.contains(fact));
    shared.all(|fact| {
        let count = Value::try_from(fact.values().len()).unwrap_or(Value::MAX);
        (0..count).any(|value| one.when.accepts(*fact, value) && other.when.accepts(*fact, value))
    })
}

fn holds(policy: &Policy, promise: &Promise) -> String {
    let hold = promise.not_before.map(|hold| hold.to_string()).unwrap_or_default();
    let (clause, id, event) = (&promise.clause, &policy.front.id, promise.ends);
    format!("§{clause} of {id} holds `{event}` back for {hold}")
}

fn owes(policy: &Policy, promise: &Promise, within: Length) -> String {
    let (clause, id) = (&promise.clause, &policy.front.id);
    format!(
        "§{clause} of {id} owes it within {within}: in a case of both one of them is broken, unless two people decide otherwise"
    )
}

fn warning(file_name: &str, line: u32, message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        code: "hold-across-policies",
        file: file_name.to_owned(),
        line,
        column: 1,
        message,
        example: None,
    }
}

#[cfg(test)]
mod tests;
