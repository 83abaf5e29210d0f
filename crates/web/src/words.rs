//! Instants, lengths and counts in words. Owns no meaning: what a date is for is said by whoever shows it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;

/// `Sun 28 Feb, 23:59 CET`; with its year, where that is not the reader's.
pub(crate) fn instant(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let pattern = if at.year() == now.year() {
        "%a %-d %b, %H:%M %Z"
    } else {
        "%a %-d %b %Y, %H:%M %Z"
    };
    at.strftime(pattern).to_string()
}

/// `15 Feb, 08:14`; with its year instead of its time, where that is not the reader's.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let pattern = if at.year() == now.year() {
        "%-d %b, %H:%M"
    } else {
        "%-d %b %Y"
    };
    at.strftime(pattern).to_string()
}

/// `Fri 19 Feb 2027, 10:20 CET`
pub(crate) fn clock(now: Timestamp, zone: &TimeZone) -> String {
    now.to_zoned(zone.clone())
        .strftime("%a %-d %b %Y, %H:%M %Z")
        .to_string()
}

/// For machines: RFC 3339 with the zone's offset.
pub(crate) fn iso(at: Timestamp, zone: &TimeZone) -> String {
    psirt::clock::report::rfc3339(at, zone)
}

/// The time between two instants, whichever is first, in its two greatest units: `2 d 22 h`, `5 h 45 min`, `40 s`.
pub(crate) fn between(a: Timestamp, b: Timestamp) -> String {
    let seconds = b.as_second().abs_diff(a.as_second());
    let two = |whole: u64, unit: &str, rest: u64, small: &str| {
        if rest == 0 {
            format!("{whole} {unit}")
        } else {
            format!("{whole} {unit} {rest} {small}")
        }
    };
    match seconds {
        0..MINUTE_S => format!("{seconds} s"),
        MINUTE_S..HOUR_S => format!("{} min", seconds / MINUTE_S),
        HOUR_S..DAY_S => two(seconds / HOUR_S, "h", seconds % HOUR_S / MINUTE_S, "min"),
        _ => two(seconds / DAY_S, "d", seconds % DAY_S / HOUR_S, "h"),
    }
}

/// How old something is, in its greatest unit: `52 d`, `6 h`.
pub(crate) fn age(since: Timestamp, now: Timestamp) -> String {
    let words = between(since, now);
    words.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// `None`, `One`, … `Twelve`, `13`.
pub(crate) fn count(number: usize) -> String {
    const SMALL: [&str; 13] = [
        "None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    ];
    SMALL
        .get(number)
        .map_or_else(|| number.to_string(), ToString::to_string)
}

/// `912 bytes`, `4.2 MB`, `20.0 GB`
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// `one promise`, `8 promises`
pub(crate) fn plural(number: usize, one: &str, many: &str) -> String {
    if number == 1 {
        format!("one {one}")
    } else {
        format!("{number} {many}")
    }
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// A sentence of the terminal for a page: what stands between backticks stands between quotation marks.
pub(crate) fn quotes(text: &str) -> String {
    let mut parts = text.split('`');
    let mut quoted = parts.next().unwrap_or_default().to_owned();
    for (place, part) in parts.enumerate() {
        quoted.push(if place % 2 == 0 { '“' } else { '”' });
        quoted.push_str(part);
    }
    quoted
}

/// `A`, `A and B`, `A, B and C`
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A value inside a URL: everything but letters, digits and `-._~` is percent-encoded.
pub(crate) fn url(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Text in paragraphs, parted by empty lines; its line breaks become spaces.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if !line.is_empty() => last.push(line),
            Some(last) if !last.is_empty() => paragraphs.push(Vec::new()),
            _ => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.into_iter().map(|lines| lines.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_between(a: &str, b: &str, expect: &str) {
        let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(between(a, b), expect);
        assert_eq!(between(b, a), expect);
    }

    #[test]
    fn lengths_are_told_in_their_two_greatest_units() {
        check_between("2027-02-19T09:20:00Z", "2027-02-19T09:20:40Z", "40 s");
        check_between("2027-02-19T09:20:00Z", "2027-02-19T10:05:59Z", "45 min");
        check_between("2027-02-19T09:20:00Z", "2027-02-19T15:05:00Z", "5 h 45 min");
        check_between("2027-02-19T09:20:00Z", "2027-02-22T07:20:30Z", "2 d 22 h");
        check_between("2027-02-19T09:20:00Z", "2027-02-20T09:20:00Z", "1 d");
    }

    #[test]
    fn the_year_is_said_where_it_differs() {
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        let now = "2026-12-29T12:00:00Z".parse().unwrap();
        assert_eq!(
            instant("2027-02-28T22:59:59Z".parse().unwrap(), &zone, now),
            "Sun 28 Feb 2027, 23:59 CET"
        );
        assert_eq!(
            instant("2026-12-31T22:59:59Z".parse().unwrap(), &zone, now),
            "Thu 31 Dec, 23:59 CET"
        );
    }

    #[test]
    fn a_value_in_a_url_is_only_a_value() {
        assert_eq!(url("a b&c=d/é"), "a%20b%26c%3Dd%2F%C3%A9");
    }

    #[test]
    fn paragraphs_are_parted_by_empty_lines() {
        assert_eq!(paragraphs("\n\na\nb\n\n \nc\n"), ["a b", "c"]);
        assert!(paragraphs(" \n").is_empty());
    }
}
