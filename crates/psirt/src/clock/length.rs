//! Lengths on the calendar: from a start and a length to an instant.
//!
//! Minutes and hours are elapsed. Days, weeks and months are counted on the local dates of one zone, once, from the start (R2,
//! R3). Working time walks a calendar. Never reads a policy's text (`policy::length`) and never stores what it has computed.

use super::calendar::{Calendar, Reached};
use crate::policy::length::{Length, Unit};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

pub use super::calendar::OutOfRange;

/// How lengths are counted: the zone of the policy, the end of its days, its calendar.
#[derive(Clone, Copy, Debug)]
pub struct Counting<'a> {
    /// The zone in which days and months are counted.
    pub zone: &'a TimeZone,
    /// The last second of a day.
    pub day_ends: Time,
    /// The calendar for working time and for rolling to a working day.
    pub calendar: Option<&'a Calendar>,
}

/// Where a length leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant; at it is still in time (D4).
    pub at: Timestamp,
    /// Whether a month was too short for the day of the start, and its last day was taken (R2).
    pub clamped: bool,
    /// Whether it rests on dates after the calendar's `known_until`.
    pub provisional: bool,
}

/// What a length leads to, before it is decided which instant of a day counts.
enum Reach {
    /// An instant: elapsed and working hours.
    Instant(Due),
    /// The local time of the start on another date: everything from a day on.
    Day {
        local: DateTime,
        clamped: bool,
        provisional: bool,
    },
}

/// The end of a length (D4): minutes, hours and working hours end at the instant; days, working days, weeks and months with the
/// local day that they lead to. Never before `start`.
///
/// # Errors
/// [`OutOfRange`] past the year 9999, or for working time without a calendar.
pub fn add(start: Timestamp, length: Length, counting: &Counting<'_>) -> Result<Due, OutOfRange> {
    match reach(start, length, counting)? {
        Reach::Instant(due) => Ok(due),
        Reach::Day {
            local,
            clamped,
            provisional,
        } => Ok(Due {
            at: end_of_day(local.date(), counting)?.max(start),
            clamped,
            provisional,
        }),
    }
}

/// The end of a hold (D3): as [`add`], but days, working days, weeks and months keep the local time of the start. A local time
/// that a clock change skips moves on by the length of the change; one that it repeats is its first. Never before `start`.
///
/// # Errors
/// [`OutOfRange`] past the year 9999, or for working time without a calendar.
pub fn add_exact(start: Timestamp, length: Length, counting: &Counting<'_>) -> Result<Due, OutOfRange> {
    match reach(start, length, counting)? {
        Reach::Instant(due) => Ok(due),
        Reach::Day {
            local,
            clamped,
            provisional,
        } => {
            let at = counting
                .zone
                .to_ambiguous_timestamp(local)
                .compatible()
                .map_err(|_| OutOfRange::TooFar)?;
            Ok(Due {
                at: at.max(start),
                clamped,
                provisional,
            })
        }
    }
}

/// The last instant that still belongs to a date: its `day_ends`. Where a clock change repeats that time, its second passing;
/// where it skips that time, the last second before the change, or, if the zone has skipped the whole date, the end of the next.
///
/// # Errors
/// [`OutOfRange::TooFar`] past the year 9999.
pub fn end_of_day(date: Date, counting: &Counting<'_>) -> Result<Timestamp, OutOfRange> {
    let zone = counting.zone;
    let end = date.to_datetime(counting.day_ends);
    let ambiguous = zone.to_ambiguous_timestamp(end);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(end),
        AmbiguousOffset::Fold { after, .. } => after.to_timestamp(end),
        AmbiguousOffset::Gap { .. } => {
            let before_change = ambiguous.earlier().map_err(|_| OutOfRange::TooFar)?;
            let change = zone
                .following(before_change)
                .next()
                .ok_or(OutOfRange::TooFar)?
                .timestamp();
            let last = change
                .checked_sub(SignedDuration::from_secs(1))
                .map_err(|_| OutOfRange::TooFar)?;
            if zone.to_datetime(last).date() == date {
                Ok(last)
            } else {
                ambiguous.later()
            }
        }
    }
    .map_err(|_| OutOfRange::TooFar)
}

/// Moves an end on a closed day to the end of the next working day (`roll = "working-day"`); one on a working day stays.
///
/// # Errors
/// [`OutOfRange`] past the year 9999, or without a calendar.
pub fn roll_to_working_day(due: Due, counting: &Counting<'_>) -> Result<Due, OutOfRange> {
    let calendar = counting.calendar.ok_or(OutOfRange::NoCalendar)?;
    let date = counting.zone.to_datetime(due.at).date();
    let (rolled, provisional) = calendar.add_working_days(date, 0)?;
    let at = if rolled == date {
        due.at
    } else {
        end_of_day(rolled, counting)?
    };
    Ok(Due {
        at,
        clamped: due.clamped,
        provisional: due.provisional || provisional,
    })
}

/// Counts the length from the start, once.
fn reach(start: Timestamp, length: Length, counting: &Counting<'_>) -> Result<Reach, OutOfRange> {
    let count = i64::from(length.count);
    let calendar = || counting.calendar.ok_or(OutOfRange::NoCalendar);
    let elapsed = |minutes: i64| {
        let at = start
            .checked_add(SignedDuration::from_secs(minutes * 60))
            .map_err(|_| OutOfRange::TooFar)?;
        Ok(Reach::Instant(Due {
            at,
            clamped: false,
            provisional: false,
        }))
    };
    let local = || counting.zone.to_datetime(start);
    let days = |days: i64| {
        let local = local()
            .checked_add(SignedDuration::from_hours(days * 24))
            .map_err(|_| OutOfRange::TooFar)?;
        Ok(Reach::Day {
            local,
            clamped: false,
            provisional: false,
        })
    };
    match length.unit {
        Unit::Minutes => elapsed(count),
        Unit::Hours => elapsed(count * 60),
        Unit::WorkingHours => {
            let Reached { at, provisional } = calendar()?.add_working_hours(start, length.count)?;
            Ok(Reach::Instant(Due {
                at,
                clamped: false,
                provisional,
            }))
        }
        Unit::Days => days(count),
        Unit::Weeks => days(count * 7),
        Unit::WorkingDays => {
            let local = local();
            let (date, provisional) = calendar()?.add_working_days(local.date(), length.count)?;
            Ok(Reach::Day {
                local: date.to_datetime(local.time()),
                clamped: false,
                provisional,
            })
        }
        Unit::Months => {
            let local = local();
            let (date, clamped) = add_months(local.date(), length.count)?;
            Ok(Reach::Day {
                local: date.to_datetime(local.time()),
                clamped,
                provisional: false,
            })
        }
    }
}

/// The same day of the month, `months` later, or the month's last day if it is shorter; and whether it was (R2).
fn add_months(date: Date, months: u32) -> Result<(Date, bool), OutOfRange> {
    let months = i64::from(date.year()) * 12 + i64::from(date.month()) - 1 + i64::from(months);
    let year = i16::try_from(months.div_euclid(12)).map_err(|_| OutOfRange::TooFar)?;
    let month = i8::try_from(months.rem_euclid(12) + 1).map_err(|_| OutOfRange::TooFar)?;
    let first = Date::new(year, month, 1).map_err(|_| OutOfRange::TooFar)?;
    let day = date.day().min(first.days_in_month());
    let date_then = Date::new(year, month, day).map_err(|_| OutOfRange::TooFar)?;
    Ok((date_then, day < date.day()))
}

#[cfg(test)]
mod tests;
