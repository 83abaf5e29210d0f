//! Lengths against golden rows, laws and an independent rule for months. Never prints: a failure names its case.

use super::*;
use crate::clock::calendar::sample::{A, ALWAYS, B, WEEKS, ZONES, at, calendar, date, dates, deep, known, local};
use jiff::Span;
use jiff::civil::date as civil_date;
use proptest::prelude::*;

const DAY_ENDS: Time = Time::constant(23, 59, 59, 0);

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn length(text: &str) -> Length {
    Length::parse(text).unwrap()
}

type Add = fn(Timestamp, Length, &Counting<'_>) -> Result<Due, OutOfRange>;

fn check(add: Add, zone_name: &str, start: &str, text: &str, expect: &str) -> Due {
    let zone = zone(zone_name);
    let calendar = known(zone_name, A, &[]);
    let counting = Counting {
        zone: &zone,
        day_ends: DAY_ENDS,
        calendar: Some(&calendar),
    };
    let due = add(at(zone_name, start), length(text), &counting).unwrap();
    assert_eq!(local(zone_name, due.at), expect, "{start} {zone_name} + {text}");
    assert!(!due.provisional);
    due
}

fn check_due(zone_name: &str, start: &str, text: &str, expect: &str) {
    check(add, zone_name, start, text, expect);
}

fn check_hold(zone_name: &str, start: &str, text: &str, expect: &str) {
    check(add_exact, zone_name, start, text, expect);
}

fn check_months(start: &str, text: &str, expect: &str, clamped: bool) {
    for zone in ["Europe/Zurich", "America/New_York"] {
        for time in ["00:00", "14:05", "23:59"] {
            let due = check(
                add,
                zone,
                &format!("{start} {time}"),
                text,
                &format!("{expect} 23:59:59"),
            );
            assert_eq!(due.clamped, clamped, "{start} + {text}");
            let hold = check(
                add_exact,
                zone,
                &format!("{start} {time}"),
                text,
                &format!("{expect} {time}:00"),
            );
            assert_eq!(hold.clamped, clamped, "{start} + {text}");
        }
    }
}

#[test]
fn golden_rows_of_months() {
    check_months("2026-12-31", "2 months", "Sun 2027-02-28", true);
    check_months("2027-12-31", "2 months", "Tue 2028-02-29", true);
    check_months("2026-12-30", "2 months", "Sun 2027-02-28", true);
    check_months("2026-12-28", "2 months", "Sun 2027-02-28", false);
    check_months("2026-08-31", "6 months", "Sun 2027-02-28", true);
    check_months("2027-01-31", "1 month", "Sun 2027-02-28", true);
    check_months("2028-02-29", "12 months", "Wed 2029-02-28", true);
    check_months("2027-01-31", "2 months", "Wed 2027-03-31", false);
    check_months("2026-11-22", "0 months", "Sun 2026-11-22", false);
}

#[test]
fn golden_rows_of_days_and_hours() {
    let zurich = "Europe/Zurich";
    check_due(zurich, "2026-09-02 11:00", "90 days", "Tue 2026-12-01 23:59:59");
    check_hold(zurich, "2026-09-02 11:00", "90 days", "Tue 2026-12-01 11:00:00");
    check_hold(zurich, "2026-11-22 11:00", "90 days", "Sat 2027-02-20 11:00:00");
    check_due(zurich, "2026-03-28 20:00", "24 hours", "Sun 2026-03-29 21:00:00");
    check_due(zurich, "2026-10-24 20:00", "24 hours", "Sun 2026-10-25 19:00:00");
    check_hold(zurich, "2026-03-28 20:00", "24 hours", "Sun 2026-03-29 21:00:00");
    check_hold(zurich, "2026-03-28 20:00", "1 day", "Sun 2026-03-29 20:00:00");
    check_due(
        zurich,
        "2026-11-20 16:30",
        "72 working hours",
        "Wed 2026-11-25 16:30:00",
    );
    check_hold(
        zurich,
        "2026-11-20 16:30",
        "72 working hours",
        "Wed 2026-11-25 16:30:00",
    );
    check_due(zurich, "2026-11-20 16:30", "2 working days", "Tue 2026-11-24 23:59:59");
    check_hold(zurich, "2026-11-20 16:30", "2 working days", "Tue 2026-11-24 16:30:00");
    check_due(zurich, "2026-11-20 16:30", "6 weeks", "Fri 2027-01-01 23:59:59");
    check_due(zurich, "2026-11-20 16:30", "5 minutes", "Fri 2026-11-20 16:35:00");
    check_due(zurich, "2026-11-20 16:30", "0 days", "Fri 2026-11-20 23:59:59");
}

#[test]
fn a_hold_that_ends_on_a_closed_day_is_scheduled_on_the_next_working_day() {
    let zone = zone("Europe/Zurich");
    let calendar = known("Europe/Zurich", A, &[]);
    let counting = Counting {
        zone: &zone,
        day_ends: DAY_ENDS,
        calendar: Some(&calendar),
    };
    let hold = add_exact(at("Europe/Zurich", "2026-11-22 09:30"), length("90 days"), &counting).unwrap();
    let scheduled = calendar.roll_forward(hold.at, &zone).unwrap();
    assert_eq!(local("Europe/Zurich", scheduled.at), "Mon 2027-02-22 09:30:00");
    let owed = end_of_day(zone.to_datetime(scheduled.at).date(), &counting).unwrap();
    assert_eq!(local("Europe/Zurich", owed), "Mon 2027-02-22 23:59:59");
}

#[test]
fn an_end_on_a_closed_day_rolls_to_the_end_of_the_next_working_day() {
    let zone = zone("Europe/Zurich");
    let calendar = calendar("Europe/Zurich", A, &dates(&["2027-03-01"]), date("2027-03-01"));
    let counting = Counting {
        zone: &zone,
        day_ends: DAY_ENDS,
        calendar: Some(&calendar),
    };
    let roll = |due: &str| {
        let due = Due {
            at: at("Europe/Zurich", due),
            clamped: true,
            provisional: false,
        };
        let rolled = roll_to_working_day(due, &counting).unwrap();
        assert!(rolled.clamped);
        (local("Europe/Zurich", rolled.at), rolled.provisional)
    };
    assert_eq!(roll("2027-02-26 23:59:59"), ("Fri 2027-02-26 23:59:59".into(), false));
    assert_eq!(roll("2027-02-28 23:59:59"), ("Tue 2027-03-02 23:59:59".into(), true));
    let without = Counting {
        calendar: None,
        ..counting
    };
    let due = Due {
        at: Timestamp::UNIX_EPOCH,
        clamped: false,
        provisional: false,
    };
    assert_eq!(roll_to_working_day(due, &without), Err(OutOfRange::NoCalendar));
}

#[test]
fn local_times_that_clocks_skip_or_repeat() {
    // Midnight of 6 September 2026 does not exist in Santiago.
    check_hold(
        "America/Santiago",
        "2026-09-05 00:00",
        "1 day",
        "Sun 2026-09-06 01:00:00",
    );
    check_due(
        "America/Santiago",
        "2026-09-05 00:00",
        "1 day",
        "Sun 2026-09-06 23:59:59",
    );
    // 02:30 does not exist on 29 March and exists twice on 25 October.
    check_hold("Europe/Rome", "2026-03-28 02:30", "1 day", "Sun 2026-03-29 03:30:00");
    let due = check(
        add_exact,
        "Europe/Rome",
        "2026-10-24 02:30",
        "1 day",
        "Sun 2026-10-25 02:30:00",
    );
    assert_eq!(due.at.to_string(), "2026-10-25T00:30:00Z");
    check_hold(
        "Australia/Lord_Howe",
        "2026-10-03 02:15",
        "1 day",
        "Sun 2026-10-04 02:45:00",
    );
    // Apia skipped 30 December 2011: a date there means the next one.
    check_due("Pacific/Apia", "2011-12-29 10:00", "1 day", "Sat 2011-12-31 23:59:59");
    check_hold("Pacific/Apia", "2011-12-29 10:00", "1 day", "Sat 2011-12-31 10:00:00");
    check_due("Pacific/Apia", "2011-11-30 10:00", "1 month", "Sat 2011-12-31 23:59:59"); // 30 December
}

#[test]
fn a_due_is_never_before_its_start() {
    let zone = zone("Europe/Rome");
    let at_five = Counting {
        zone: &zone,
        day_ends: Time::constant(17, 0, 0, 0),
        calendar: None,
    };
    let start = at("Europe/Rome", "2026-11-20 18:00");
    assert_eq!(add(start, length("0 days"), &at_five).unwrap().at, start);
    assert_eq!(
        add(start, length("1 day"), &at_five).unwrap().at,
        at("Europe/Rome", "2026-11-21 17:00")
    );
    // The second passing of 02:30.
    let start: Timestamp = "2026-10-25T01:30:00Z".parse().unwrap();
    assert_eq!(add_exact(start, length("0 days"), &at_five).unwrap().at, start);
}

/// The definition, taken literally: of the last seconds of all minutes around the date, the last one whose local time is not
/// after the day's end.
fn end_of_day_by_search(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let noon = zone.to_timestamp(date.at(12, 0, 0, 0)).unwrap().as_second();
    (0..14 * 60)
        .rev()
        .map(|minute| Timestamp::from_second(noon + minute * 60 + 59).unwrap())
        .find(|at| zone.to_datetime(*at) <= date.to_datetime(DAY_ENDS))
}

#[test]
fn a_day_ends_with_its_last_second() {
    // Cairo and Beirut repeat the hour before midnight, Nuuk skips it.
    for name in ZONES.into_iter().chain(["America/Nuuk"]) {
        let zone = zone(name);
        let counting = Counting {
            zone: &zone,
            day_ends: DAY_ENDS,
            calendar: None,
        };
        let first = zone.to_timestamp(civil_date(2009, 1, 1).at(0, 0, 0, 0)).unwrap();
        for change in zone.following(first).take(50) {
            let date = zone.to_datetime(change.timestamp()).date();
            for date in [date.yesterday().unwrap(), date] {
                if (name, date) == ("Pacific/Apia", civil_date(2011, 12, 30)) {
                    continue; // the date that never was, see `local_times_that_clocks_skip_or_repeat`
                }
                assert_eq!(
                    end_of_day(date, &counting).ok(),
                    end_of_day_by_search(date, &zone),
                    "{name} {date}"
                );
            }
        }
    }
    let nuuk = zone("America/Nuuk");
    let counting = Counting {
        zone: &nuuk,
        day_ends: DAY_ENDS,
        calendar: None,
    };
    let end = end_of_day(civil_date(2026, 3, 28), &counting).unwrap();
    assert_eq!(local("America/Nuuk", end), "Sat 2026-03-28 22:59:59");
}

#[test]
fn working_time_needs_a_calendar() {
    let counting = Counting {
        zone: &TimeZone::UTC,
        day_ends: DAY_ENDS,
        calendar: None,
    };
    for text in ["1 working hour", "1 working day"] {
        for add in [add, add_exact] {
            assert_eq!(
                add(Timestamp::UNIX_EPOCH, length(text), &counting),
                Err(OutOfRange::NoCalendar),
                "{text}"
            );
        }
    }
}

#[test]
fn the_end_of_time_is_an_error() {
    for name in ZONES {
        let zone = zone(name);
        let calendar = known(name, A, &[]);
        let counting = Counting {
            zone: &zone,
            day_ends: DAY_ENDS,
            calendar: Some(&calendar),
        };
        for unit in [
            "minutes",
            "hours",
            "working hours",
            "days",
            "working days",
            "weeks",
            "months",
        ] {
            for count in [1, 10_000, u32::MAX] {
                let length = Length {
                    count,
                    ..length(&format!("2 {unit}"))
                };
                for add in [add, add_exact] {
                    assert_eq!(
                        add(Timestamp::MAX, length, &counting),
                        Err(OutOfRange::TooFar),
                        "{name} {length}"
                    );
                }
            }
            let longest = length(&format!("10000 {unit}"));
            for start in [Timestamp::MIN, Timestamp::UNIX_EPOCH, at(name, "2026-11-22 10:00")] {
                assert!(add(start, longest, &counting).is_ok(), "{name} {start} {longest}");
            }
        }
    }
}

/// Every eleventh date; every date with CANDOR_DEEP=1.
#[test]
fn months_agree_with_a_calendar_of_paper_over_400_years() {
    // The rule as one would do it by hand: turn the pages, then, if the page has no such day, go up to its last.
    let pages = |year: i16| {
        let leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
        [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    };
    let stride = if deep() { 1 } else { 11 };
    let dates = civil_date(2000, 1, 1)
        .series(Span::new().days(stride))
        .take_while(|date| date.year() < 2400);
    for date in dates {
        let (mut year, mut month) = (date.year(), date.month());
        for months in 1..=24 {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            let last = pages(year)[usize::try_from(month - 1).unwrap()];
            let expect = (Date::new(year, month, date.day().min(last)).unwrap(), date.day() > last);
            assert_eq!(add_months(date, months), Ok(expect), "{date} + {months} months");
        }
    }
}

/// Any zone and calendar, and a start between 2005 and 2045.
fn any_start() -> impl Strategy<Value = (&'static str, Calendar, Timestamp)> {
    (0..ZONES.len(), 0..WEEKS.len(), 1_104_537_600_i64..2_366_841_600).prop_map(|(zone, week, start)| {
        (
            ZONES[zone],
            known(ZONES[zone], WEEKS[week], &[]),
            Timestamp::from_second(start).unwrap(),
        )
    })
}

fn any_length() -> impl Strategy<Value = Length> {
    let units = [
        "minutes",
        "hours",
        "working hours",
        "days",
        "working days",
        "weeks",
        "months",
    ];
    (0..units.len(), 0_u32..100).prop_map(move |(unit, count)| Length {
        count,
        ..length(&format!("2 {}", units[unit]))
    })
}

proptest! {
    #[test]
    fn hours_are_elapsed_whatever_clocks_do((zone, _, start) in any_start(), hours in 0_u32..10_000) {
        let zone = TimeZone::get(zone).unwrap();
        let counting = Counting { zone: &zone, day_ends: DAY_ENDS, calendar: None };
        let length = Length { count: hours, unit: Unit::Hours };
        let elapsed = add(start, length, &counting).unwrap().at.as_second() - start.as_second();
        prop_assert_eq!(elapsed, i64::from(hours) * 3_600);
        prop_assert_eq!(add(start, length, &counting), add_exact(start, length, &counting));
    }

    #[test]
    fn a_longer_length_and_a_later_start_end_no_earlier(
        (zone, calendar, start) in any_start(),
        length in any_length(),
        more in 0_u32..10,
        later in 0_i64..5_000_000,
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let counting = Counting { zone: &zone, day_ends: DAY_ENDS, calendar: Some(&calendar) };
        let longer = Length { count: length.count + more, ..length };
        let later = start + SignedDuration::from_secs(later);
        for add in [add, add_exact] {
            let due = add(start, length, &counting).unwrap().at;
            prop_assert!(start <= due);
            prop_assert!(due <= add(start, longer, &counting).unwrap().at);
        }
        // Only `add`: a hold keeps a time of day, and where a clock change repeats an hour two starts can share one end.
        prop_assert!(add(start, length, &counting).unwrap().at <= add(later, length, &counting).unwrap().at);
    }

    #[test]
    fn a_hold_ends_on_the_day_that_a_promise_of_the_same_length_ends_with(
        (zone_name, calendar, start) in any_start(),
        length in any_length(),
    ) {
        let zone = TimeZone::get(zone_name).unwrap();
        let counting = Counting { zone: &zone, day_ends: DAY_ENDS, calendar: Some(&calendar) };
        let (due, hold) = (add(start, length, &counting).unwrap(), add_exact(start, length, &counting).unwrap());
        prop_assert!(hold.at <= due.at);
        prop_assert_eq!(zone.to_datetime(hold.at).date(), zone.to_datetime(due.at).date());
        prop_assert_eq!((hold.clamped, hold.provisional), (due.clamped, due.provisional));
    }

    #[test]
    fn months_are_at_most_31_days_each_and_agree_with_the_time_crate((zone, _, start) in any_start(), months in 0_u32..240) {
        let zone = TimeZone::get(zone).unwrap();
        let counting = Counting { zone: &zone, day_ends: DAY_ENDS, calendar: None };
        let date = |at: Timestamp| zone.to_datetime(at).date();
        let due = add(start, Length { count: months, unit: Unit::Months }, &counting).unwrap();
        prop_assert!(date(due.at) <= date(start).checked_add(Span::new().days(31 * i64::from(months))).unwrap());
        let theirs = date(start).checked_add(Span::new().months(months)).unwrap();
        prop_assert_eq!(due.clamped, theirs.day() != date(start).day());
        let theirs = start.to_zoned(zone.clone()).checked_add(Span::new().months(months)).unwrap();
        prop_assert_eq!(date(due.at), theirs.date());
        prop_assert!(theirs.timestamp() <= due.at);
    }

    #[test]
    fn reading_a_is_never_later_than_reading_b((zone, _, start) in any_start(), hours in 0_u32..500) {
        let length = Length { count: hours, unit: Unit::WorkingHours };
        let due = |week| {
            let calendar = known(zone, week, &[]);
            let counting = Counting { zone: &calendar.zone, day_ends: DAY_ENDS, calendar: Some(&calendar) };
            add(start, length, &counting).unwrap().at
        };
        prop_assert!(due(ALWAYS) <= due(A));
        prop_assert!(due(A) <= due(B));
    }
}
