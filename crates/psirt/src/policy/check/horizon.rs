//! Working time needs a calendar that reaches far enough, seen from the day on which the policy takes effect.

use crate::policy::{
    Policy,
    block::promise::Promise,
    finding::Findings,
    length::{EndTerm, Length},
    read::Source,
};
use jiff::ToSpan;

pub(super) fn check(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let mut farthest: Option<(u64, &Promise)> = None;
    for promise in &policy.promises {
        let Some(key) = needs_calendar(promise) else { continue };
        let days = longest_days(promise);
        if farthest.is_none_or(|(most, _)| days > most) {
            farthest = Some((days, promise));
        }
        if policy.front.calendar.is_none() {
            let message = format!(
                "`{}` counts working time, and the policy names no calendar: add a `calendar` block and name it in the front matter",
                promise.id
            );
            findings.error(source.value_at(promise.line, key), "no-calendar", message);
        }
    }
    let (Some((days, promise)), Some(calendar)) = (farthest, policy.calendar()) else {
        return;
    };
    let days = i64::try_from(days).unwrap_or(i64::MAX).min(4_000_000);
    let reach = |more: i64| policy.front.effective.checked_add((days + more).days());
    let at = source.value_at(calendar.line, "known_until");
    let known = calendar.known_until;
    if reach(0).map_or(true, |needed| known < needed) {
        let message = format!(
            "`{}` is known until {known}, and `{}` can end later even if it begins on {}: list the closed dates of more years",
            calendar.id, promise.id, policy.front.effective
        );
        findings.error(at, "calendar-too-short", message);
    } else if reach(365).map_or(true, |needed| known < needed) {
        let message = format!(
            "`{}` is known until {known}: within a year after {}, dates of `{}` would be provisional; list more years",
            calendar.id, policy.front.effective, promise.id
        );
        findings.warning(at, "calendar-too-short", message);
    }
}

/// The key because of which a promise needs a calendar.
fn needs_calendar(promise: &Promise) -> Option<&'static str> {
    let working = |length: &Option<Length>| length.is_some_and(|length| length.unit.needs_calendar());
    let ends = promise
        .within
        .0
        .iter()
        .any(|term| matches!(term, EndTerm::Length(length) if length.unit.needs_calendar()));
    let starts = promise.start.terms().iter().any(|term| working(&term.plus));
    let keys = [
        ("within", ends),
        ("start", starts),
        ("target", working(&promise.target)),
        ("not_before", working(&promise.not_before)),
        ("every", working(&promise.every)),
        ("scheduled", promise.scheduled_on_working_day),
        ("roll", promise.rolls),
    ];
    keys.into_iter().find(|(_, needs)| *needs).map(|(key, _)| key)
}

/// How many days after its start a promise can end at the latest.
fn longest_days(promise: &Promise) -> u64 {
    let ends = promise.within.0.iter().filter_map(|term| match term {
        EndTerm::Length(length) => Some(*length),
        EndTerm::NextRelease | EndTerm::ScheduledDay => None,
    });
    let lengths = ends
        .chain(promise.target)
        .chain(promise.not_before)
        .chain(promise.every);
    let start = promise
        .start
        .terms()
        .iter()
        .filter_map(|term| term.plus)
        .map(Length::longest_minutes)
        .max();
    let longest = lengths.map(Length::longest_minutes).max().unwrap_or(0) + start.unwrap_or(0);
    longest.div_ceil(24 * 60)
}
