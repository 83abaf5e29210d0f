//! Working time: a calendar's open intervals, walked in its zone.
//!
//! An instant is open when its local time lies in one of its weekday's opening hours and its local date is not closed. Working
//! time is the elapsed time of the open instants, no more and no less: hours that a clock change skips were never there, and
//! hours that it repeats count each time. So a working day of 24 opening hours lasts 23 or 25 hours on the days of a clock
//! change, and an opening of 09:00 to 17:00 lasts eight hours on any day whose clock changes at night.
//!
//! The walk is linear between two clock changes: there it is integer arithmetic on local seconds. Never looks at lengths of a
//! policy (`clock::length`), never fetches holidays: they are facts of the house.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use std::ops::ControlFlow;

const SECONDS_PER_DAY: i64 = 86_400;
const MINUTES_PER_DAY: u16 = 1_440;
/// A bound against hostile files; a century of holidays has about 1,500.
const MAX_CLOSED_DATES: usize = 10_000;

/// Names of weekdays, Monday first, as `open` keys them.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Opening hours of one day: pairs of minutes of the day, from the first up to, not including, the second.
pub type OpeningHours = Vec<(u16, u16)>;

/// Weekly opening hours in one zone, without the dates that are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Unique in the policy.
    pub id: String,
    /// The clause under which it stands, without its sign.
    pub clause: String,
    /// Line of its block in the policy file, from 1.
    pub line: u32,
    /// The zone in which its hours and dates are meant.
    pub zone: TimeZone,
    /// The zone's IANA name.
    pub zone_name: String,
    /// The last date for which its closed dates are complete.
    pub known_until: Date,
    /// Monday first.
    open: [OpeningHours; 7],
    /// Sorted.
    closed: Vec<Date>,
    /// Days since 1970 on which nobody works, sorted: `closed`, and the dates that the zone has skipped.
    shut: Vec<i64>,
}

/// Where counted working time leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The instant.
    pub at: Timestamp,
    /// Whether it rests on a day after the calendar's `known_until`, whose holidays are not known yet.
    pub provisional: bool,
}

/// The working time that was counted on one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The local date.
    pub date: Date,
    /// Whole minutes; fractions carry over, so that the minutes of all steps add up.
    pub minutes: u32,
}

/// Why a length leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfRange {
    /// The result cannot be represented.
    #[error("the result lies after the year 9999; use a shorter length")]
    TooFar,
    /// A working length where the policy names no calendar. `check` reports it with its line.
    #[error("working time needs a calendar; name one as `calendar` in the policy's front matter")]
    NoCalendar,
}

/// An unbroken stretch of open time on one local day, in seconds since 1970 (UTC).
struct Open {
    day: i64,
    start: i64,
    end: i64,
}

impl Calendar {
    /// Builds a calendar from the content of its block. `open` holds the opening hours of each weekday, Monday first.
    ///
    /// # Errors
    /// A sentence for the policy's author: an unknown zone, hours that are out of order or overlap, a week without an open
    /// minute, a date closed twice.
    pub fn new(
        id: String,
        clause: String,
        line: u32,
        zone_name: &str,
        open: [OpeningHours; 7],
        mut closed: Vec<Date>,
        known_until: Date,
    ) -> Result<Calendar, String> {
        let zone = TimeZone::get(zone_name).map_err(|_| {
            format!("`{zone_name}` is not a time zone: write an IANA name, for example `Europe/Zurich`")
        })?;
        let zone_name = zone.iana_name().unwrap_or(zone_name).to_owned();
        for (hours, weekday) in open.iter().zip(WEEKDAYS) {
            check_hours(hours).map_err(|wrong| format!("{weekday}: {wrong}"))?;
        }
        if open.iter().all(Vec::is_empty) {
            return Err("the calendar is never open: give at least one weekday opening hours".to_owned());
        }
        if closed.len() > MAX_CLOSED_DATES {
            return Err(format!(
                "{} closed dates are too many: at most {MAX_CLOSED_DATES}",
                closed.len()
            ));
        }
        closed.sort_unstable();
        if let Some([twice, _]) = closed.array_windows().find(|[a, b]| a == b) {
            return Err(format!("{twice} is closed twice"));
        }
        let mut shut: Vec<i64> = closed.iter().map(|date| epoch_day(*date)).collect();
        shut.extend(skipped_days(&zone));
        shut.sort_unstable();
        Ok(Calendar {
            id,
            clause,
            line,
            zone,
            zone_name,
            known_until,
            open,
            closed,
            shut,
        })
    }

    /// Opening hours of each weekday, Monday first.
    #[must_use]
    pub fn open(&self) -> &[OpeningHours; 7] {
        &self.open
    }

    /// The closed dates, sorted.
    #[must_use]
    pub fn closed(&self) -> &[Date] {
        &self.closed
    }

    /// Whether the date has opening hours.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        !self.hours_on(epoch_day(date)).is_empty()
    }

    /// Whether working time passes at this instant.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let local = split(at).0 + offset_at(&self.zone, at);
        let minute = local.rem_euclid(SECONDS_PER_DAY) / 60;
        let open = |&(from, to): &(u16, u16)| i64::from(from) <= minute && minute < i64::from(to);
        self.hours_on(local.div_euclid(SECONDS_PER_DAY)).iter().any(open)
    }

    /// The instant at which this many working hours after `start` have passed. Closed time at the start does not count: from
    /// there the count begins at the next opening, which is also what 0 hours give. A result at the end of an opening is that
    /// end, not the next opening.
    ///
    /// # Errors
    /// [`OutOfRange::TooFar`] past the year 9999.
    pub fn add_working_hours(&self, start: Timestamp, hours: u32) -> Result<Reached, OutOfRange> {
        self.walk_hours(start, hours, |_, _| {})
    }

    /// The dates on which `hours` working hours after `start` pass, with their share, for a proof. Computed on demand.
    ///
    /// # Errors
    /// [`OutOfRange::TooFar`] past the year 9999.
    pub fn steps(&self, start: Timestamp, hours: u32) -> Result<Vec<Step>, OutOfRange> {
        let mut steps: Vec<(i64, u32)> = Vec::new();
        let (mut seconds, mut minutes) = (0, 0);
        self.walk_hours(start, hours, |day, share| {
            seconds += share;
            let share = seconds / 60 - minutes;
            minutes += share;
            let share = u32::try_from(share).unwrap_or(u32::MAX);
            match steps.last_mut() {
                Some((last, sum)) if *last == day => *sum += share,
                _ => steps.push((day, share)),
            }
        })?;
        steps.retain(|(_, minutes)| *minutes > 0);
        steps
            .into_iter()
            .map(|(day, minutes)| {
                Ok(Step {
                    date: date_of(day)?,
                    minutes,
                })
            })
            .collect()
    }

    /// Whole working minutes from `a` to `b`, the inverse of [`Calendar::add_working_hours`]; 0 if `b` is not after `a`.
    #[must_use]
    pub fn working_minutes_between(&self, a: Timestamp, b: Timestamp) -> u64 {
        if b <= a {
            return 0;
        }
        let ((from, from_part), (to, to_part)) = (split(a), split(b));
        let mut seconds = 0;
        // Only the end of time can stop the walk early; what it has counted until there is the answer.
        let _end_of_time = self.walk(from, |open| {
            if open.start >= to {
                return ControlFlow::Break(());
            }
            seconds += open.end.min(to) - open.start;
            ControlFlow::Continue(())
        });
        // The parts of a second at both ends, as far as they are open.
        let missing = if self.is_open(a) { from_part } else { 0 };
        let further = if self.is_open(b) { to_part } else { 0 };
        u64::try_from((seconds - i64::from(missing > further)) / 60).unwrap_or(0)
    }

    /// The date that lies this many working days after `start`; the day of the start does not count. 0 days give the first
    /// working day at or after `start`. With it, whether it lies after `known_until`.
    ///
    /// # Errors
    /// [`OutOfRange::TooFar`] past the year 9999.
    pub fn add_working_days(&self, start: Date, days: u32) -> Result<(Date, bool), OutOfRange> {
        let first = epoch_day(start);
        let last = epoch_day(Date::MAX);
        let (mut day, mut left) = if days == 0 { (first, 1) } else { (first + 1, days) };
        while day <= last {
            if !self.hours_on(day).is_empty() {
                left -= 1;
                if left == 0 {
                    let date = date_of(day)?;
                    return Ok((date, date > self.known_until));
                }
            }
            day += 1;
        }
        Err(OutOfRange::TooFar)
    }

    /// The same local time in `zone` on the first working day at or after the local date of `at` (D3). An instant on a working
    /// day stays as it is. A local time that a clock change skips moves on by the length of the change, one that it repeats is
    /// its first.
    ///
    /// # Errors
    /// [`OutOfRange::TooFar`] past the year 9999.
    pub fn roll_forward(&self, at: Timestamp, zone: &TimeZone) -> Result<Reached, OutOfRange> {
        let local = zone.to_datetime(at);
        let (date, provisional) = self.add_working_days(local.date(), 0)?;
        if date == local.date() {
            return Ok(Reached { at, provisional });
        }
        let rolled = zone.to_ambiguous_timestamp(date.to_datetime(local.time()));
        let at = rolled.compatible().map_err(|_| OutOfRange::TooFar)?;
        Ok(Reached { at, provisional })
    }

    /// Walks `hours` working hours from `start` and shows every stretch of them as (day, seconds).
    fn walk_hours(&self, start: Timestamp, hours: u32, mut show: impl FnMut(i64, i64)) -> Result<Reached, OutOfRange> {
        // Openings begin and end with a whole second. What `start` lies beyond one is carried to the end unchanged if `start`
        // is open, and is closed time like the rest if it is not.
        let (from, mut beyond) = split(start);
        let mut left = i64::from(hours) * 3_600;
        let (day, second) = self.walk(from, |open| {
            if left == i64::from(hours) * 3_600 && open.start > from {
                beyond = 0;
            }
            let length = open.end - open.start;
            if length > left || (length == left && beyond == 0) {
                show(open.day, left);
                return ControlFlow::Break((open.day, open.start + left));
            }
            show(open.day, length);
            left -= length;
            ControlFlow::Continue(())
        })?;
        let at = Timestamp::new(second, beyond).map_err(|_| OutOfRange::TooFar)?;
        Ok(Reached {
            at,
            provisional: day > epoch_day(self.known_until),
        })
    }

    /// Visits the open stretches from the second `from` on, in the order of time, until the visitor breaks.
    fn walk<B>(&self, from: i64, mut visit: impl FnMut(Open) -> ControlFlow<B>) -> Result<B, OutOfRange> {
        let mut from = from;
        while let Ok(at) = Timestamp::from_second(from) {
            // From here to the next clock change, local time is UTC plus one offset.
            let offset = offset_at(&self.zone, at);
            let change = self
                .zone
                .following(at)
                .next()
                .map(|change| change.timestamp().as_second());
            let until = change.unwrap_or(Timestamp::MAX.as_second() + 1);
            let first = (from + offset).div_euclid(SECONDS_PER_DAY);
            let last = (until - 1 + offset).div_euclid(SECONDS_PER_DAY);
            for day in first..=last {
                let midnight = day * SECONDS_PER_DAY - offset;
                for &(opens, closes) in self.hours_on(day) {
                    let start = from.max(midnight + i64::from(opens) * 60);
                    let end = until.min(midnight + i64::from(closes) * 60);
                    if start < end
                        && let ControlFlow::Break(answer) = visit(Open { day, start, end })
                    {
                        return Ok(answer);
                    }
                }
            }
            from = until;
        }
        Err(OutOfRange::TooFar)
    }

    /// The opening hours of a day since 1970; none if it is closed.
    fn hours_on(&self, day: i64) -> &[(u16, u16)] {
        // 1 January 1970 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let hours: &[(u16, u16)] = self.open.get(weekday).map_or(&[], Vec::as_slice);
        if hours.is_empty() || self.shut.binary_search(&day).is_ok() {
            &[]
        } else {
            hours
        }
    }
}

/// Reads opening hours: `09:00-12:00, 13:00-17:00`, or `00:00-24:00` for the whole day.
///
/// # Errors
/// A sentence that says what opening hours look like.
pub fn parse_hours(text: &str) -> Result<OpeningHours, String> {
    let wrong = || format!("`{text}` are not opening hours: write `09:00-17:00` or `09:00-12:00, 13:00-17:00`");
    let mut hours = OpeningHours::new();
    for range in text.split(',') {
        let (from, to) = range.trim().split_once('-').ok_or_else(wrong)?;
        hours.push((
            minute_of_day(from).ok_or_else(wrong)?,
            minute_of_day(to).ok_or_else(wrong)?,
        ));
    }
    check_hours(&hours)?;
    Ok(hours)
}

/// Reads `HH:MM`, up to `24:00`.
fn minute_of_day(text: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = *text.as_bytes() else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    (minute < 60 && hour * 60 + minute <= MINUTES_PER_DAY).then_some(hour * 60 + minute)
}

/// Opening hours run forward, in order, within the day.
fn check_hours(hours: &[(u16, u16)]) -> Result<(), String> {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let mut closed_since = 0;
    for &(from, to) in hours {
        let range = format!("{}-{}", clock(from), clock(to));
        if to > MINUTES_PER_DAY {
            return Err(format!(
                "{range} does not end with the day: the last minute ends at 24:00"
            ));
        }
        if from >= to {
            return Err(format!(
                "{range} does not end after it begins; hours over midnight belong to two days"
            ));
        }
        if from < closed_since {
            return Err(format!(
                "{range} begins before the hours in front of it end, at {}",
                clock(closed_since)
            ));
        }
        closed_since = to;
    }
    Ok(())
}

/// Days that the zone has skipped whole, as Apia skipped 30 December 2011 when it crossed the date line.
fn skipped_days(zone: &TimeZone) -> Vec<i64> {
    // Rules for the time after the recorded changes move the clock by an hour or so; nobody has announced a skipped day.
    let recorded = |at: Timestamp| at.as_second() < 130 * 365 * SECONDS_PER_DAY;
    let mut skipped = Vec::new();
    let mut before = offset_at(zone, Timestamp::MIN);
    for change in zone
        .following(Timestamp::MIN)
        .take_while(|change| recorded(change.timestamp()))
    {
        let at = change.timestamp().as_second();
        let after = i64::from(change.offset().seconds());
        // The first day that begins at or after the change, up to the first one that begins with or after its end.
        skipped.extend(-(-(at + before)).div_euclid(SECONDS_PER_DAY)..(at + after).div_euclid(SECONDS_PER_DAY));
        before = after;
    }
    skipped
}

/// The whole second at or before an instant, and the nanoseconds from there to it.
fn split(at: Timestamp) -> (i64, i32) {
    match (at.as_second(), at.subsec_nanosecond()) {
        (second, beyond @ 0..) => (second, beyond),
        (second, short) => (second - 1, 1_000_000_000 + short),
    }
}

/// Seconds that the zone's local time is ahead of UTC.
fn offset_at(zone: &TimeZone, at: Timestamp) -> i64 {
    i64::from(zone.to_offset(at).seconds())
}

/// Days since 1970.
fn epoch_day(date: Date) -> i64 {
    // Years that begin in March have their leap day at the end, and months of 30.6 days on average in whole numbers.
    let month = (i64::from(date.month()) + 9) % 12;
    let year = i64::from(date.year()) - i64::from(date.month() <= 2);
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 1 March of the year 0 lies 719,468 days before 1970.
    365 * year + leap_days + (153 * month + 2) / 5 + i64::from(date.day()) - 1 - 719_468
}

/// The inverse of [`epoch_day`].
fn date_of(day: i64) -> Result<Date, OutOfRange> {
    let midnight = day
        .checked_mul(SECONDS_PER_DAY)
        .and_then(|second| Timestamp::from_second(second).ok());
    Ok(Offset::UTC.to_datetime(midnight.ok_or(OutOfRange::TooFar)?).date())
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
