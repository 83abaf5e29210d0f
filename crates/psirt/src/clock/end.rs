//! When a clock ends: lengths, the next release (R5, D12), holds and their scheduled day (D3).
//!
//! Owns the reading of `within`, `not_before` and `every`. Never decides whether a promise was kept.

use super::engine::{Duties, Engine};
use super::facts::{LineIndex, ReleaseFacts};
use super::length;
use crate::policy::length::{EndTerm, Length};
use jiff::{Timestamp, civil};

/// What gave a date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueProof {
    /// The candidate that governs.
    pub term: Option<EndTerm>,
    /// The instant that it was counted from, where that is not the start (`every`).
    pub from: Option<Timestamp>,
    /// The month had no such day.
    pub clamped: bool,
    /// The calendar does not know that far ahead yet.
    pub provisional: bool,
    /// The release, as an index into the line's releases.
    pub release: Option<(LineIndex, u16)>,
    /// The end was moved to the next working day.
    pub rolled: bool,
    /// A review date that a decision named.
    pub review: bool,
}

/// A hold: the first instant, and the same rolled forward to a working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) not_before: Timestamp,
    pub(super) scheduled: Option<Timestamp>,
    provisional: bool,
}

/// The hold of a promise that started at `start`.
pub(super) fn hold(engine: &Engine<'_>, duties: Duties<'_, '_>, start: Timestamp) -> Option<Hold> {
    let not_before = length::add_exact(start, duties.promise.not_before?, &engine.counting)
        .ok()?
        .at;
    if !duties.promise.scheduled_on_working_day {
        return Some(Hold {
            not_before,
            scheduled: None,
            provisional: false,
        });
    }
    let Some(calendar) = engine.counting.calendar else {
        return Some(Hold {
            not_before,
            scheduled: Some(not_before),
            provisional: false,
        });
    };
    let rolled = calendar.roll_forward(not_before, engine.counting.zone).ok()?;
    Some(Hold {
        not_before,
        scheduled: Some(rolled.at),
        provisional: rolled.provisional,
    })
}

/// The date of a promise that started at `start`, with what was known of releases until `known_until`.
pub(super) fn due(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    start: Timestamp,
    hold: Option<Hold>,
    known_until: Timestamp,
) -> (Option<Timestamp>, DueProof) {
    let mut best: (Option<Timestamp>, DueProof) = (None, DueProof::default());
    let mut offer = |at: Timestamp, proof: DueProof| {
        if best.0.is_none_or(|earlier| at < earlier) {
            best = (Some(at), proof);
        }
    };
    if let Some(every) = duties.promise.every
        && let Some((at, proof)) = repeated(engine, duties, start, every)
    {
        offer(at, proof);
    }
    for term in &duties.promise.within.0 {
        let proof = DueProof {
            term: Some(*term),
            ..DueProof::default()
        };
        match term {
            EndTerm::Length(length) => {
                if let Some((at, proof)) = after(engine, start, *length, proof) {
                    offer(at, proof);
                }
            }
            EndTerm::NextRelease => {
                let line = duties.subject.line();
                if let Some((at, line, release)) = line.and_then(|line| next_release(engine, line, start, known_until))
                {
                    offer(
                        at,
                        DueProof {
                            release: Some((line, release)),
                            ..proof
                        },
                    );
                }
            }
            EndTerm::ScheduledDay => {
                if let Some((hold, scheduled)) =
                    hold.and_then(|hold| Some((hold, hold.scheduled.or(Some(hold.not_before))?)))
                {
                    let day = scheduled.to_zoned(engine.counting.zone.clone()).date();
                    if let Ok(at) = length::end_of_day(day, &engine.counting) {
                        offer(
                            at,
                            DueProof {
                                provisional: hold.provisional,
                                ..proof
                            },
                        );
                    }
                }
            }
        }
    }
    if let (Some(at), true) = (best.0, duties.promise.rolls) {
        let due = length::Due {
            at,
            clamped: best.1.clamped,
            provisional: best.1.provisional,
        };
        if let Ok(rolled) = length::roll_to_working_day(due, &engine.counting) {
            best.1.rolled = rolled.at != at;
            best.1.provisional = rolled.provisional;
            best.0 = Some(rolled.at);
        }
    }
    best
}

fn after(engine: &Engine<'_>, start: Timestamp, length: Length, proof: DueProof) -> Option<(Timestamp, DueProof)> {
    let due = length::add(start, length, &engine.counting).ok()?;
    Some((
        due.at,
        DueProof {
            clamped: due.clamped,
            provisional: due.provisional,
            ..proof
        },
    ))
}

/// A repeated duty: counted from its last fulfilment; a decision that names its own review date is taken at its word (N12).
fn repeated(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    start: Timestamp,
    every: Length,
) -> Option<(Timestamp, DueProof)> {
    let ends = duties.promise.ends;
    let mut marks = engine.case.marks.iter();
    let last = marks.rfind(|mark| mark.kind == ends && mark.at >= start && mark.stands(engine.now));
    let proof = DueProof {
        term: Some(EndTerm::Length(every)),
        from: last.map(|mark| mark.at),
        ..DueProof::default()
    };
    if let Some(review) = last.and_then(|mark| engine.case.review_dates.iter().find(|(seq, _)| *seq == mark.seq)) {
        return engine
            .deadline(review.1)
            .map(|at| (at, DueProof { review: true, ..proof }));
    }
    after(engine, last.map_or(start, |mark| mark.at), every, proof)
}

/// The end of the day of the line's next planned release whose freeze, or else date, lies after the start (R5).
///
/// What was known counts from when it was recorded (D12): the history is walked from one record to the next, and a date that
/// passed before it was moved stays.
fn next_release(
    engine: &Engine<'_>,
    line: LineIndex,
    start: Timestamp,
    known_until: Timestamp,
) -> Option<(Timestamp, LineIndex, u16)> {
    let releases = &engine.case.lines.get(usize::from(line))?.releases;
    let start_day = start.to_zoned(engine.counting.zone.clone()).date();
    let mut records: Vec<Timestamp> = vec![start];
    for release in releases {
        records.extend(release.plans.iter().map(|plan| plan.recorded));
        records.extend(release.shipped.map(|(_, recorded)| recorded));
    }
    records.retain(|at| *at >= start && *at <= known_until);
    records.sort_unstable();
    records.dedup();
    let mut current = None;
    for (index, known) in records.iter().enumerate() {
        let candidates = releases.iter().enumerate().filter_map(|(index, release)| {
            let date = date_of(engine, release, *known, start_day)?;
            Some((date, u16::try_from(index).ok()?))
        });
        current = candidates.min().and_then(|(date, release)| {
            let at = length::end_of_day(date, &engine.counting).ok()?;
            Some((at.max(*known), line, release))
        });
        let next = records.get(index + 1);
        if let (Some((at, ..)), Some(next)) = (current, next)
            && at < *next
        {
            break;
        }
    }
    current
}

/// The day of a release by what was known at an instant; none if it is cancelled, unplanned, or too early to carry the fix.
fn date_of(
    engine: &Engine<'_>,
    release: &ReleaseFacts,
    known: Timestamp,
    start_day: civil::Date,
) -> Option<civil::Date> {
    let plan = release.plans.iter().rev().find(|plan| plan.recorded <= known)?;
    let planned = plan.date?;
    if plan.freeze.unwrap_or(planned) <= start_day {
        return None;
    }
    match release.shipped {
        Some((at, recorded)) if recorded <= known => Some(at.to_zoned(engine.counting.zone.clone()).date()),
        _ => Some(planned),
    }
}
