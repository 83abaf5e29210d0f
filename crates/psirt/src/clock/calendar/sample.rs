//! Calendars for tests.

use super::{Calendar, OpeningHours, parse_hours};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Nine zones whose clocks change in different ways: at night, around midnight, by half an hour, over a whole day, never.
pub(crate) const ZONES: [&str; 9] = [
    "America/New_York",
    "Europe/Rome",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Tehran",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
];

/// Opening hours of a week, Monday first; an empty text is a closed day.
pub(crate) type Week = [&'static str; 7];

/// Reading A: every hour of a working day counts.
pub(crate) const A: Week = week("00:00-24:00", "");
/// Reading B: office hours count.
pub(crate) const B: Week = week("09:00-17:00", "");
/// Office hours with a break.
pub(crate) const LUNCH: Week = week("08:30-12:00, 13:00-17:15", "");
/// Always open.
pub(crate) const ALWAYS: Week = week("00:00-24:00", "00:00-24:00");
/// A week that begins on Sunday, so that working days meet the clock changes of Europe and America.
pub(crate) const SUNDAY_TO_THURSDAY: Week = [
    "00:00-24:00",
    "00:00-24:00",
    "00:00-24:00",
    "00:00-24:00",
    "",
    "",
    "00:00-24:00",
];
/// Night shifts: the hours in which clocks change, with edges inside gaps and folds.
pub(crate) const NIGHTS: Week = week("00:00-01:30, 02:15-02:45, 22:00-24:00", "00:20-02:30, 23:30-24:00");

pub(crate) const WEEKS: [Week; 6] = [A, B, LUNCH, ALWAYS, SUNDAY_TO_THURSDAY, NIGHTS];

const fn week(weekday: &'static str, weekend: &'static str) -> Week {
    [weekday, weekday, weekday, weekday, weekday, weekend, weekend]
}

/// Whether the long runs were asked for, with CANDOR_DEEP=1.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no decision of a vendor"
)]
pub(crate) fn deep() -> bool {
    std::env::var_os("CANDOR_DEEP").is_some_and(|deep| deep == "1")
}

pub(crate) fn calendar(zone: &str, week: Week, closed: &[Date], known_until: Date) -> Calendar {
    let open = week.map(|hours| {
        if hours.is_empty() {
            OpeningHours::new()
        } else {
            parse_hours(hours).unwrap()
        }
    });
    Calendar::new("office".into(), "4".into(), 1, zone, open, closed.to_vec(), known_until).unwrap()
}

/// A calendar whose closed dates are known for ever.
pub(crate) fn known(zone: &str, week: Week, closed: &[Date]) -> Calendar {
    calendar(zone, week, closed, Date::MAX)
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn dates(texts: &[&str]) -> Vec<Date> {
    texts.iter().copied().map(date).collect()
}

/// Reads a local time, `2026-11-20 16:30`, in a zone.
pub(crate) fn at(zone: &str, local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.replace(' ', "T").parse().unwrap();
    TimeZone::get(zone).unwrap().to_timestamp(local).unwrap()
}

/// Prints an instant as local time: `Fri 2026-11-20 16:30:00`.
pub(crate) fn local(zone: &str, at: Timestamp) -> String {
    at.to_zoned(TimeZone::get(zone).unwrap())
        .strftime("%a %Y-%m-%d %H:%M:%S")
        .to_string()
}
