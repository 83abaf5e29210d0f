//! Lengths, starts and ends as a policy writes them.
//!
//! Owns their grammar and print. Never adds a length to an instant: that is `clock::length`.

use crate::event::Kind;
use std::fmt;

/// A length of time with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Length {
    /// How many units; at most 10,000.
    pub count: u32,
    /// The unit.
    pub unit: Unit,
}

/// The units of a length. Nothing else exists: no seconds, no years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Elapsed minutes.
    Minutes,
    /// Elapsed hours.
    Hours,
    /// Hours of a calendar's working time.
    WorkingHours,
    /// Civil days.
    Days,
    /// Days that a calendar has open.
    WorkingDays,
    /// Civil weeks.
    Weeks,
    /// Civil months, clamped to the month's end.
    Months,
}

impl Unit {
    const NAMES: [(Unit, &'static str, &'static str); 7] = [
        (Unit::Minutes, "minute", "minutes"),
        (Unit::Hours, "hour", "hours"),
        (Unit::WorkingHours, "working hour", "working hours"),
        (Unit::Days, "day", "days"),
        (Unit::WorkingDays, "working day", "working days"),
        (Unit::Weeks, "week", "weeks"),
        (Unit::Months, "month", "months"),
    ];

    /// Whether a length of this unit ends with the day, at `day_ends` (D4).
    #[must_use]
    pub const fn ends_with_day(self) -> bool {
        matches!(self, Unit::Days | Unit::WorkingDays | Unit::Weeks | Unit::Months)
    }

    /// Whether a length of this unit needs a calendar.
    #[must_use]
    pub const fn needs_calendar(self) -> bool {
        matches!(self, Unit::WorkingHours | Unit::WorkingDays)
    }
}

impl Length {
    /// Parses `24 hours`, `72 working hours`, `2 months`.
    ///
    /// # Errors
    /// A sentence that says what a length looks like.
    pub fn parse(text: &str) -> Result<Length, String> {
        let wrong = || {
            format!(
                "`{text}` is not a length: write a whole number and one of minutes, hours, working hours, days, working days, weeks, months"
            )
        };
        let (count, unit) = text.split_once(' ').ok_or_else(wrong)?;
        if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let count: u32 = count.parse().map_err(|_| wrong())?;
        if count > 10_000 {
            return Err(format!("`{text}` is too long: at most 10000 of a unit"));
        }
        let unit = Unit::NAMES
            .iter()
            .find(|(_, one, many)| unit == *many || (count == 1 && unit == *one))
            .map(|(unit, ..)| *unit)
            .ok_or_else(wrong)?;
        Ok(Length { count, unit })
    }
}

impl Length {
    /// No instant earlier than this many minutes after the start can be its end.
    #[must_use]
    pub fn shortest_minutes(self) -> u64 {
        const DAY: u64 = 24 * 60;
        let count = u64::from(self.count);
        match self.unit {
            Unit::Minutes => count,
            Unit::Hours | Unit::WorkingHours => count * 60,
            // A day may have 23 hours.
            Unit::Days | Unit::WorkingDays => (count * DAY).saturating_sub(60),
            Unit::Weeks => (count * 7 * DAY).saturating_sub(60),
            Unit::Months => (count * 28 * DAY).saturating_sub(60),
        }
    }

    /// No instant later than this many minutes after the start can be its end. For working time this is generous and not
    /// exact: at least 28 open hours and four open days a week, and two weeks of holidays a year, are taken for granted.
    #[must_use]
    pub fn longest_minutes(self) -> u64 {
        const DAY: u64 = 24 * 60;
        const HOLIDAYS: u64 = 14 * DAY;
        let count = u64::from(self.count);
        match self.unit {
            Unit::Minutes => count,
            Unit::Hours => count * 60,
            Unit::WorkingHours => count * 60 * 6 + HOLIDAYS,
            Unit::WorkingDays => count * 2 * DAY + HOLIDAYS,
            // To the end of the day, which may have 25 hours.
            Unit::Days => (count + 1) * DAY + 60,
            Unit::Weeks => (count * 7 + 1) * DAY + 60,
            Unit::Months => (count * 31 + 1) * DAY + 60,
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Unit::NAMES.iter().find(|(unit, ..)| *unit == self.unit);
        let (one, many) = name.map_or(("", ""), |(_, one, many)| (*one, *many));
        write!(f, "{} {}", self.count, if self.count == 1 { one } else { many })
    }
}

/// One candidate of a start: an event, and perhaps a length after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StartTerm {
    /// The event.
    pub event: Kind,
    /// The length after it.
    pub plus: Option<Length>,
}

/// When a clock begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first instant at which `when` held.
    Selected,
    /// The earliest of the candidates that have happened. A candidate `event + length` counts as soon as its event has.
    Earliest(Vec<StartTerm>),
    /// The latest of the candidates, once all have happened.
    Latest(Vec<StartTerm>),
}

impl Start {
    /// The candidates; none for `selected`.
    #[must_use]
    pub fn terms(&self) -> &[StartTerm] {
        match self {
            Start::Selected => &[],
            Start::Earliest(terms) | Start::Latest(terms) => terms,
        }
    }

    /// Whether an event is among the candidates.
    #[must_use]
    pub fn names(&self, kind: Kind) -> bool {
        self.terms().iter().any(|term| term.event == kind)
    }
}

/// One candidate of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndTerm {
    /// A length after the start.
    Length(Length),
    /// The line's next planned release whose freeze, or else date, lies after the start (R5).
    NextRelease,
    /// The end of the day on which the hold, rolled forward, lies (D3).
    ScheduledDay,
}

/// When a clock ends: the earliest of the candidates; none at all for `within = "none"`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct End(pub Vec<EndTerm>);

#[cfg(test)]
mod tests {
    use super::*;

    fn check_length(text: &str, expect: Result<(u32, Unit), ()>) {
        let got = Length::parse(text).map(|l| (l.count, l.unit)).map_err(|_| ());
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn lengths_have_a_whole_number_and_a_known_unit() {
        check_length("24 hours", Ok((24, Unit::Hours)));
        check_length("72 working hours", Ok((72, Unit::WorkingHours)));
        check_length("1 month", Ok((1, Unit::Months)));
        check_length("2 month", Err(()));
        check_length("+2 months", Err(()));
        check_length("2.5 days", Err(()));
        check_length("2 years", Err(()));
        check_length("two days", Err(()));
        check_length("2  days", Err(()));
        check_length("99999 days", Err(()));
        check_length("", Err(()));
    }

    /// The earliest and the latest minute after the start at which a length can end, for a hold that must not outlast what is owed.
    #[test]
    fn a_length_ends_between_its_bounds() {
        const DAY: u64 = 1_440;
        for (text, shortest, longest) in [
            ("5 minutes", 5, 5),
            ("3 hours", 180, 180),
            ("2 working hours", 120, 12 * 60 + 14 * DAY),
            ("3 days", 3 * DAY - 60, 4 * DAY + 60),
            ("3 working days", 3 * DAY - 60, 6 * DAY + 14 * DAY),
            ("2 weeks", 14 * DAY - 60, 15 * DAY + 60),
            ("2 months", 56 * DAY - 60, 63 * DAY + 60),
            ("0 days", 0, DAY + 60),
        ] {
            let bounds = Length::parse(text).map(|length| (length.shortest_minutes(), length.longest_minutes()));
            assert_eq!(bounds, Ok((shortest, longest)), "{text}");
        }
    }

    #[test]
    fn a_length_prints_as_it_was_written() {
        for text in [
            "5 minutes",
            "1 hour",
            "72 working hours",
            "30 days",
            "2 working days",
            "6 weeks",
            "2 months",
        ] {
            assert_eq!(Length::parse(text).map(|l| l.to_string()), Ok(text.to_owned()));
        }
    }
}
