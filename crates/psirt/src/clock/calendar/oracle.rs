//! The interval engine against a minute walk over nine zones: zero differences.
//!
//! The walk is the definition, taken literally: it looks at every minute of UTC, asks the zone for the local minute, asks the
//! week whether that minute is open, and counts. It shares no code with the engine. To be quick it asks the zone at every
//! quarter of an hour only: no clock of these zones has changed in between since 2005.

use super::sample::{self, WEEKS, ZONES};
use super::*;
use jiff::civil::{Date, date};

/// Days that a world's minutes span.
const DAYS: i64 = 40;
/// Minutes between two questions to the zone.
const QUARTER: i64 = 15;

/// A zone and a calendar around one of the zone's clock changes, as a list of minutes.
struct World {
    name: String,
    calendar: Calendar,
    /// The first minute, in minutes since 1970 (UTC).
    first: i64,
    /// For each minute, the local date if it is open.
    open_on: Vec<Option<Date>>,
}

impl World {
    fn new(random: &mut Random) -> World {
        let zone_name = *random.pick(&ZONES);
        let week = *random.pick(&WEEKS);
        let zone = TimeZone::get(zone_name).unwrap();
        let span = |year: i16| zone.to_timestamp(date(year, 1, 1).at(0, 0, 0, 0)).unwrap().as_second();
        let changes: Vec<i64> = zone
            .following(Timestamp::from_second(span(2005)).unwrap())
            .map(|change| change.timestamp().as_second())
            .take_while(|change| *change < span(2045))
            .collect();
        let around = match changes.is_empty() {
            true => span(2005) + random.below(40 * 365) * SECONDS_PER_DAY,
            false => *random.pick(&changes),
        };
        let first = (around - random.below(25) * SECONDS_PER_DAY) / 60;
        let day = zone.to_datetime(Timestamp::from_second(first * 60).unwrap()).date();
        let mut closed: Vec<Date> = (0..random.below(6)).map(|_| after(day, random.below(DAYS))).collect();
        closed.sort_unstable();
        closed.dedup();
        let hours = week.map(minutes_by_hand);
        assert!(
            changes.iter().all(|change| change % (60 * QUARTER) == 0),
            "{zone_name}: clocks change within a quarter"
        );
        let mut open_on = Vec::new();
        for quarter in 0..DAYS * 1_440 / QUARTER {
            let local = zone.to_datetime(Timestamp::from_second((first + quarter * QUARTER) * 60).unwrap());
            let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap();
            assert_eq!(i64::from(minute) % QUARTER, 0);
            let weekday = usize::try_from(local.date().weekday().to_monday_zero_offset()).unwrap();
            let closed = closed.contains(&local.date());
            for minute in minute..minute + 15 {
                let open = !closed && hours[weekday].iter().any(|(from, to)| (*from..*to).contains(&minute));
                open_on.push(open.then(|| local.date()));
            }
        }
        World {
            name: format!("{zone_name} {week:?} closed {closed:?}"),
            calendar: sample::known(zone_name, week, &closed),
            first,
            open_on,
        }
    }

    /// A start that has open time left in this world, every other one at an edge of open time. With it, how many whole working
    /// hours are left beside the last, which lets the walk find an opening even after 0 hours.
    fn start(&self, random: &mut Random) -> (usize, u32) {
        loop {
            let mut start = usize::try_from(random.below((DAYS - 10) * 1_440)).unwrap() + 1;
            if random.below(2) == 0 {
                let is_edge = |minute: &usize| self.open_on[*minute].is_some() != self.open_on[*minute - 1].is_some();
                start = (start..self.open_on.len()).find(is_edge).unwrap_or(start);
            }
            let left = u32::try_from(self.open_on[start..].iter().flatten().count()).unwrap();
            if left >= 60 {
                return (start, left / 60 - 1);
            }
        }
    }

    fn instant(&self, minute: usize) -> Timestamp {
        Timestamp::from_second((self.first + i64::try_from(minute).unwrap()) * 60).unwrap()
    }

    /// The minute at which the hours have passed, and how many minutes were counted on which date.
    fn walk(&self, start: usize, hours: u32) -> (usize, Vec<Step>) {
        let mut minute = start;
        while self.open_on[minute].is_none() {
            minute += 1;
        }
        let mut steps: Vec<Step> = Vec::new();
        let mut left = hours * 60;
        while left > 0 {
            if let Some(date) = self.open_on[minute] {
                left -= 1;
                match steps.last_mut() {
                    Some(step) if step.date == date => step.minutes += 1,
                    _ => steps.push(Step { date, minutes: 1 }),
                }
            }
            minute += 1;
        }
        (minute, steps)
    }

    fn check(&self, start: usize, hours: u32) {
        let (end, steps) = self.walk(start, hours);
        let from = self.instant(start);
        let told = || format!("{}: {hours} h from {from}", self.name);
        let reached = self.calendar.add_working_hours(from, hours).unwrap();
        assert_eq!(
            reached,
            Reached {
                at: self.instant(end),
                provisional: false
            },
            "{}",
            told()
        );
        assert_eq!(self.calendar.steps(from, hours).unwrap(), steps, "{}", told());
        let between = self.calendar.working_minutes_between(from, reached.at);
        assert_eq!(between, u64::from(hours) * 60, "{}", told());
        assert_eq!(self.calendar.is_open(from), self.open_on[start].is_some(), "{}", told());
    }
}

/// Reads a day's hours without the parser under test.
fn minutes_by_hand(hours: &str) -> Vec<(u16, u16)> {
    let minute = |text: &str| text[..2].parse::<u16>().unwrap() * 60 + text[3..].parse::<u16>().unwrap();
    hours
        .split(", ")
        .filter(|range| !range.is_empty())
        .map(|range| (minute(&range[..5]), minute(&range[6..])))
        .collect()
}

fn after(date: Date, days: i64) -> Date {
    date.checked_add(jiff::Span::new().days(days)).unwrap()
}

/// SplitMix64: the same cases on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(i64::try_from(from.len()).unwrap())).unwrap()]
    }
}

/// 1,000 cases; 100,000 with CANDOR_DEEP=1.
#[test]
fn the_interval_engine_agrees_with_a_minute_walk() {
    let (worlds, cases) = if sample::deep() { (1_000, 100) } else { (40, 25) };
    let mut random = Random(20_261_122);
    for _ in 0..worlds {
        let world = World::new(&mut random);
        for _ in 0..cases {
            let (start, most) = world.start(&mut random);
            let hours = u32::try_from(random.below(i64::from(most) + 1)).unwrap();
            world.check(start, hours);
        }
    }
}
