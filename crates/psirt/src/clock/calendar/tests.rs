//! Working time against golden rows, laws and a minute-by-minute oracle. Never prints: a failure names its case.

use super::sample::{A, ALWAYS, B, LUNCH, NIGHTS, SUNDAY_TO_THURSDAY, WEEKS, Week, ZONES};
use super::sample::{at, calendar, date, dates, known, local};
use super::*;
use proptest::prelude::*;

fn check_reached(zone: &str, week: Week, closed: &[&str], start: &str, hours: u32, expect: &str) {
    let calendar = known(zone, week, &dates(closed));
    let reached = calendar.add_working_hours(at(zone, start), hours).unwrap();
    assert_eq!(
        local(zone, reached.at),
        format!("{expect}:00"),
        "{hours} working hours from {start} {zone} {week:?}"
    );
    assert!(!reached.provisional);
}

#[test]
fn golden_rows_of_72_working_hours() {
    let zurich = "Europe/Zurich";
    check_reached(zurich, A, &[], "2026-11-20 16:30", 72, "Wed 2026-11-25 16:30");
    check_reached(zurich, B, &[], "2026-11-20 16:30", 72, "Thu 2026-12-03 16:30");
    check_reached(zurich, A, &[], "2026-11-21 10:00", 72, "Thu 2026-11-26 00:00");
    check_reached(zurich, B, &[], "2026-11-21 10:00", 72, "Thu 2026-12-03 17:00");
    let thanksgiving = &["2026-11-26"];
    check_reached(
        "America/New_York",
        A,
        thanksgiving,
        "2026-11-25 15:00",
        72,
        "Tue 2026-12-01 15:00",
    );
    check_reached(
        "America/New_York",
        B,
        thanksgiving,
        "2026-11-25 15:00",
        72,
        "Wed 2026-12-09 15:00",
    );
    let christmas = &["2026-12-25", "2026-12-26", "2027-01-01"];
    check_reached(zurich, A, christmas, "2026-12-24 12:00", 72, "Wed 2026-12-30 12:00");
    check_reached(zurich, B, christmas, "2026-12-24 12:00", 72, "Fri 2027-01-08 12:00");
    check_reached(zurich, A, &[], "2026-03-27 18:00", 72, "Wed 2026-04-01 18:00");
    check_reached(zurich, B, &[], "2026-03-27 18:00", 72, "Thu 2026-04-09 17:00");
}

#[test]
fn the_day_of_a_clock_change_counts_the_hours_that_pass() {
    // Sunday 29 March 2026 has 23 hours in Zurich, Sunday 25 October has 25.
    check_reached(
        "Europe/Zurich",
        SUNDAY_TO_THURSDAY,
        &[],
        "2026-03-29 00:00",
        24,
        "Mon 2026-03-30 01:00",
    );
    check_reached(
        "Europe/Zurich",
        SUNDAY_TO_THURSDAY,
        &[],
        "2026-10-25 00:00",
        24,
        "Sun 2026-10-25 23:00",
    );
    // Lord Howe moves by half an hour.
    check_reached(
        "Australia/Lord_Howe",
        SUNDAY_TO_THURSDAY,
        &[],
        "2026-10-04 00:00",
        24,
        "Mon 2026-10-05 00:30",
    );
    // Santiago's 6 September 2026 begins at 01:00.
    check_reached(
        "America/Santiago",
        ALWAYS,
        &[],
        "2026-09-05 23:00",
        2,
        "Sun 2026-09-06 02:00",
    );
    check_reached(
        "America/Santiago",
        SUNDAY_TO_THURSDAY,
        &[],
        "2026-09-05 23:00",
        0,
        "Sun 2026-09-06 01:00",
    );
    // An opening from 00:20 to 02:30 on a night that repeats 02:00 to 03:00 is open for 02:00 to 02:30 twice.
    check_reached(
        "Europe/Zurich",
        NIGHTS,
        &[],
        "2026-10-25 00:20",
        2,
        "Sun 2026-10-25 02:20",
    );
    check_reached(
        "Europe/Zurich",
        NIGHTS,
        &[],
        "2026-10-25 00:20",
        3,
        "Sun 2026-10-25 23:50",
    );
}

#[test]
fn a_date_that_the_zone_skipped_is_no_working_day() {
    let apia = known("Pacific/Apia", A, &[]);
    assert!(!apia.is_working_day(date("2011-12-30")), "a Friday that did not exist");
    assert_eq!(
        apia.add_working_days(date("2011-12-29"), 1),
        Ok((date("2012-01-02"), false))
    );
    assert_eq!(apia.closed(), &[]);
    check_reached(
        "Pacific/Apia",
        ALWAYS,
        &[],
        "2011-12-29 12:00",
        24,
        "Sat 2011-12-31 12:00",
    );
    check_reached("Pacific/Apia", A, &[], "2011-12-29 12:00", 24, "Mon 2012-01-02 12:00");
    for zone in ZONES.iter().filter(|zone| **zone != "Pacific/Apia") {
        assert_eq!(skipped_days(&TimeZone::get(zone).unwrap()), Vec::<i64>::new(), "{zone}");
    }
}

#[test]
fn counting_begins_at_the_next_opening_and_ends_with_the_last() {
    check_reached("UTC", B, &[], "2026-11-20 17:00", 0, "Mon 2026-11-23 09:00"); // the end of an opening is closed
    for (start, hours, expect) in [
        ("2026-11-20 17:15", 0, "Mon 2026-11-23 08:30"),
        ("2026-11-20 12:00", 0, "Fri 2026-11-20 13:00"),
        ("2026-11-20 11:00", 0, "Fri 2026-11-20 11:00"),
        ("2026-11-20 11:00", 1, "Fri 2026-11-20 12:00"),
        ("2026-11-20 12:30", 1, "Fri 2026-11-20 14:00"),
        ("2026-11-20 11:30", 1, "Fri 2026-11-20 13:30"),
    ] {
        check_reached("UTC", LUNCH, &[], start, hours, expect);
    }
}

#[test]
fn parts_of_a_second_are_counted() {
    let office = known("UTC", B, &[]);
    let check = |start: &str, hours, expect: &str| {
        let reached = office.add_working_hours(start.parse().unwrap(), hours).unwrap();
        assert_eq!(reached.at.to_string(), expect, "{start}");
        assert_eq!(
            office.working_minutes_between(start.parse().unwrap(), reached.at),
            u64::from(hours) * 60
        );
    };
    check("2026-11-20T09:00:00.25Z", 1, "2026-11-20T10:00:00.25Z");
    check("2026-11-20T09:00:00.25Z", 8, "2026-11-23T09:00:00.25Z");
    check("2026-11-20T08:59:59.75Z", 8, "2026-11-20T17:00:00Z");
    check("2026-11-20T16:59:59.75Z", 8, "2026-11-23T16:59:59.75Z");
    check("1969-12-31T16:59:59.75Z", 1, "1970-01-01T09:59:59.75Z");
    let minutes = |a: &str, b: &str| office.working_minutes_between(a.parse().unwrap(), b.parse().unwrap());
    assert_eq!(minutes("2026-11-20T09:00:00.5Z", "2026-11-20T09:01:00.4Z"), 0);
    assert_eq!(minutes("2026-11-20T09:00:00.5Z", "2026-11-20T09:01:00.5Z"), 1);
    assert_eq!(minutes("2026-11-20T09:01:00Z", "2026-11-20T09:00:00Z"), 0);
    assert_eq!(minutes("2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"), 8 * 60);
}

#[test]
fn a_proof_lists_the_share_of_each_date() {
    let check = |calendar: &Calendar, start: &str, hours, expect: &[(&str, u32)]| {
        let steps = calendar.steps(at(&calendar.zone_name, start), hours).unwrap();
        let steps: Vec<_> = steps.iter().map(|step| (step.date.to_string(), step.minutes)).collect();
        let expect: Vec<_> = expect
            .iter()
            .map(|(date, minutes)| ((*date).to_owned(), *minutes))
            .collect();
        assert_eq!(steps, expect);
    };
    let new_york = known("America/New_York", A, &dates(&["2026-11-26"]));
    let expect = [
        ("2026-11-25", 540),
        ("2026-11-27", 1440),
        ("2026-11-30", 1440),
        ("2026-12-01", 900),
    ];
    check(&new_york, "2026-11-25 15:00", 72, &expect);
    let lunch = known("UTC", LUNCH, &[]);
    check(
        &lunch,
        "2026-11-20 11:30",
        8,
        &[("2026-11-20", 285), ("2026-11-23", 195)],
    );
    // Half minutes carry over: 8.5 and 51.5 minutes.
    check(
        &lunch,
        "2026-11-20 17:06:30",
        1,
        &[("2026-11-20", 8), ("2026-11-23", 52)],
    );
    check(&lunch, "2026-11-20 17:06:30", 0, &[]);
}

#[test]
fn working_days_skip_weekends_and_closed_dates() {
    let calendar = known("Europe/Zurich", A, &dates(&["2026-12-25", "2026-12-26", "2027-01-01"]));
    for (start, days, expect) in [
        ("2026-12-24", 0, "2026-12-24"),
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-12-24", 2, "2026-12-29"),
        ("2026-12-25", 0, "2026-12-28"),
        ("2026-12-26", 1, "2026-12-28"),
        ("2026-12-31", 1, "2027-01-04"),
        ("2026-12-24", 9, "2027-01-08"),
    ] {
        assert_eq!(
            calendar.add_working_days(date(start), days),
            Ok((date(expect), false)),
            "{start} + {days}"
        );
    }
}

#[test]
fn rolling_keeps_the_local_time() {
    let zurich = known("Europe/Zurich", A, &dates(&["2026-12-25"]));
    let check = |start: &str, expect: &str| {
        let rolled = zurich.roll_forward(at("Europe/Zurich", start), &zurich.zone).unwrap();
        assert_eq!(local("Europe/Zurich", rolled.at), format!("{expect}:00"));
    };
    check("2027-02-20 14:05", "Mon 2027-02-22 14:05"); // golden: 2026-11-22 + 90 days
    check("2026-12-01 14:05", "Tue 2026-12-01 14:05");
    check("2026-12-25 23:59", "Mon 2026-12-28 23:59");
    check("2026-03-28 14:05", "Mon 2026-03-30 14:05"); // over the clock change
    // The date is the zone's: Friday 20:00 in New York is Saturday in Zurich.
    let friday = at("America/New_York", "2026-11-20 20:00");
    let new_york = TimeZone::get("America/New_York").unwrap();
    assert_eq!(zurich.roll_forward(friday, &new_york).unwrap().at, friday);
    assert_eq!(
        zurich.roll_forward(friday, &zurich.zone).unwrap().at,
        at("Europe/Zurich", "2026-11-23 02:00")
    );
    // A time that the Monday skips: Apia's clocks went from 03:00 to 04:00 on Sunday 25 September 2011.
    let apia = known("Pacific/Apia", SUNDAY_TO_THURSDAY, &[]);
    let rolled = apia
        .roll_forward(at("Pacific/Apia", "2011-09-24 03:30"), &apia.zone)
        .unwrap();
    assert_eq!(local("Pacific/Apia", rolled.at), "Sun 2011-09-25 04:30:00");
}

#[test]
fn a_result_after_known_until_is_provisional() {
    let calendar = calendar("Europe/Zurich", A, &[], date("2026-11-25"));
    let reached = |start: &str, hours| {
        calendar
            .add_working_hours(at("Europe/Zurich", start), hours)
            .unwrap()
            .provisional
    };
    assert!(
        !reached("2026-11-25 12:00", 12),
        "the end of the last known day rests on known days"
    );
    assert!(reached("2026-11-25 12:00", 13));
    assert!(reached("2026-11-26 12:00", 0));
    assert_eq!(
        calendar.add_working_days(date("2026-11-24"), 1),
        Ok((date("2026-11-25"), false))
    );
    assert_eq!(
        calendar.add_working_days(date("2026-11-24"), 2),
        Ok((date("2026-11-26"), true))
    );
    let rolled = |start: &str| {
        calendar
            .roll_forward(at("Europe/Zurich", start), &calendar.zone)
            .unwrap()
            .provisional
    };
    assert!(!rolled("2026-11-25 12:00"));
    assert!(rolled("2026-11-26 12:00"));
}

#[test]
fn the_end_of_time_is_an_error() {
    for zone in ZONES {
        let calendar = known(zone, B, &[]);
        for hours in [0, 1, 10_000] {
            assert!(calendar.add_working_hours(Timestamp::MIN, hours).is_ok(), "{zone}");
            assert!(
                calendar.add_working_hours(Timestamp::UNIX_EPOCH, hours).is_ok(),
                "{zone}"
            );
            assert_eq!(
                calendar.add_working_hours(Timestamp::MAX, hours + 1),
                Err(OutOfRange::TooFar),
                "{zone}"
            );
            assert_eq!(
                calendar.steps(Timestamp::MAX, hours + 1),
                Err(OutOfRange::TooFar),
                "{zone}"
            );
        }
        for (start, days) in [("9999-12-31", 1), ("9999-12-20", 10_000), ("9999-12-31", 0)] {
            assert_eq!(
                calendar.add_working_days(date(start), days),
                Err(OutOfRange::TooFar),
                "{zone}"
            );
        }
        assert!(calendar.working_minutes_between(at("UTC", "9999-12-01 00:00"), Timestamp::MAX) > 0);
    }
    let utc = known("UTC", ALWAYS, &[]);
    assert_eq!(
        utc.roll_forward(Timestamp::MAX, &TimeZone::UTC)
            .map(|reached| reached.at),
        Ok(Timestamp::MAX)
    );
    assert_eq!(
        utc.add_working_hours(Timestamp::UNIX_EPOCH, u32::MAX),
        Err(OutOfRange::TooFar)
    );
    assert_eq!(
        utc.add_working_days(date("1970-01-01"), u32::MAX),
        Err(OutOfRange::TooFar)
    );
}

#[test]
fn days_since_1970_agree_with_the_time_crate() {
    for day in -20_000..130_000 {
        let date = Timestamp::from_second(day * SECONDS_PER_DAY)
            .unwrap()
            .to_zoned(TimeZone::UTC)
            .date();
        assert_eq!((epoch_day(date), date_of(day)), (day, Ok(date)));
    }
    assert_eq!(epoch_day(Date::MAX), 2_932_896);
    assert_eq!(epoch_day(Date::MIN), -4_371_587);
}

fn check_hours_text(text: &str, expect: Result<&[(u16, u16)], &str>) {
    match (parse_hours(text), expect) {
        (Ok(hours), Ok(expect)) => assert_eq!(hours, expect, "{text}"),
        (Err(message), Err(part)) => assert!(message.contains(part), "{text}: {message}"),
        (got, _) => panic!("{text}: {got:?}"),
    }
}

#[test]
fn opening_hours_are_ordered_ranges_of_the_day() {
    check_hours_text("00:00-24:00", Ok(&[(0, 1440)]));
    check_hours_text("09:00-12:00, 13:00-17:00", Ok(&[(540, 720), (780, 1020)]));
    check_hours_text("09:00-12:00,12:00-17:00", Ok(&[(540, 720), (720, 1020)]));
    check_hours_text("", Err("not opening hours"));
    check_hours_text("9:00-17:00", Err("not opening hours"));
    check_hours_text("09:00-17:60", Err("not opening hours"));
    check_hours_text("09:00-24:01", Err("not opening hours"));
    check_hours_text("09:00–17:00", Err("not opening hours"));
    check_hours_text("09:00-17:00,", Err("not opening hours"));
    check_hours_text("+9:00-17:00", Err("not opening hours"));
    check_hours_text("22:00-06:00", Err("belong to two days"));
    check_hours_text("09:00-09:00", Err("does not end after it begins"));
    check_hours_text(
        "13:00-17:00, 09:00-12:00",
        Err("before the hours in front of it end, at 17:00"),
    );
    check_hours_text(
        "09:00-13:00, 12:00-17:00",
        Err("before the hours in front of it end, at 13:00"),
    );
}

#[test]
fn a_calendar_refuses_what_it_cannot_walk() {
    let check = |zone: &str, monday: OpeningHours, closed: &[&str], part: &str| {
        let mut open: [OpeningHours; 7] = Default::default();
        open[0] = monday;
        let calendar = Calendar::new("c".into(), "1".into(), 1, zone, open, dates(closed), date("2031-12-31"));
        let message = calendar.unwrap_err();
        assert!(message.contains(part), "{message}");
    };
    check(
        "Europe/Nowhere",
        vec![(0, 1440)],
        &[],
        "`Europe/Nowhere` is not a time zone",
    );
    check("UTC", vec![], &[], "never open");
    check(
        "UTC",
        vec![(0, 1441)],
        &[],
        "mon: 00:00-24:01 does not end with the day",
    );
    check("UTC", vec![(60, 120), (90, 180)], &[], "mon: 01:30-03:00 begins before");
    check(
        "UTC",
        vec![(0, 1440)],
        &["2026-12-25", "2026-01-01", "2026-12-25"],
        "2026-12-25 is closed twice",
    );
}

/// Any zone, week and closed dates, and a start between 2005 and 2045.
fn any_calendar() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let start = 1_104_537_600_i64..2_366_841_600;
    let closed = proptest::collection::btree_set(0_i64..120, 0..12);
    (0..ZONES.len(), 0..WEEKS.len(), start, closed, any::<bool>()).prop_map(|(zone, week, start, closed, whole)| {
        let first = start / SECONDS_PER_DAY;
        let closed: Vec<Date> = closed.into_iter().map(|day| date_of(first + day).unwrap()).collect();
        let start = Timestamp::new(start, if whole { 0 } else { 250_000_000 }).unwrap();
        (known(ZONES[zone], WEEKS[week], &closed), start)
    })
}

proptest! {
    #[test]
    fn working_hours_add_up((calendar, start) in any_calendar(), a in 0_u32..200, b in 1_u32..200) {
        let add = |start, hours| calendar.add_working_hours(start, hours).unwrap().at;
        prop_assert_eq!(add(start, a + b), add(add(start, a), b));
    }

    #[test]
    fn counting_back_gives_the_hours((calendar, start) in any_calendar(), hours in 0_u32..300) {
        let end = calendar.add_working_hours(start, hours).unwrap().at;
        prop_assert_eq!(calendar.working_minutes_between(start, end), u64::from(hours) * 60);
        let steps = calendar.steps(start, hours).unwrap();
        prop_assert_eq!(steps.iter().map(|step| step.minutes).sum::<u32>(), hours * 60);
        prop_assert!(steps.iter().all(|step| calendar.is_working_day(step.date)));
    }

    #[test]
    fn later_starts_and_longer_lengths_end_no_earlier(
        (calendar, start) in any_calendar(),
        later in 0_i64..2_000_000,
        hours in 0_u32..200,
        more in 0_u32..50,
    ) {
        let add = |start, hours| calendar.add_working_hours(start, hours).unwrap().at;
        let later = start + jiff::SignedDuration::from_secs(later);
        prop_assert!(start <= add(start, hours));
        prop_assert!(add(start, hours) <= add(start, hours + more));
        prop_assert!(add(start, hours) <= add(later, hours));
    }

    #[test]
    fn a_result_lies_in_open_time_or_at_its_end((calendar, start) in any_calendar(), hours in 0_u32..200) {
        let end = calendar.add_working_hours(start, hours).unwrap().at;
        let just_before = end - jiff::SignedDuration::from_nanos(1);
        prop_assert!(calendar.is_open(end) || (hours > 0 && calendar.is_open(just_before)));
    }

    #[test]
    fn a_further_holiday_never_brings_a_date_forward(
        (calendar, start) in any_calendar(),
        day in 0_i64..60,
        hours in 0_u32..200,
        days in 0_u32..40,
    ) {
        let mut more = calendar.clone();
        let shut = split(start).0 / SECONDS_PER_DAY + day;
        let place = more.shut.partition_point(|day| *day < shut);
        more.shut.insert(place, shut);
        prop_assert!(
            calendar.add_working_hours(start, hours).unwrap().at <= more.add_working_hours(start, hours).unwrap().at
        );
        let date = calendar.zone.to_datetime(start).date();
        prop_assert!(calendar.add_working_days(date, days).unwrap() <= more.add_working_days(date, days).unwrap());
    }

    #[test]
    fn reading_a_is_never_later_than_reading_b(zone in 0..ZONES.len(), (other, start) in any_calendar(), hours in 0_u32..300) {
        let a = known(ZONES[zone], A, other.closed()).add_working_hours(start, hours).unwrap().at;
        let b = known(ZONES[zone], B, other.closed()).add_working_hours(start, hours).unwrap().at;
        prop_assert!(a <= b);
    }

    #[test]
    fn working_days_add_up_and_are_working_days((calendar, start) in any_calendar(), a in 1_u32..60, b in 1_u32..60) {
        let start = calendar.zone.to_datetime(start).date();
        let add = |start, days| calendar.add_working_days(start, days).unwrap().0;
        prop_assert_eq!(add(start, a + b), add(add(start, a), b));
        prop_assert!(calendar.is_working_day(add(start, a)));
        let dates = start.series(jiff::Span::new().days(1)).skip(1).take_while(|date| *date <= add(start, a));
        prop_assert_eq!(dates.filter(|date| calendar.is_working_day(*date)).count(), a as usize);
    }
}
