//! Text to vector. One pass without allocation recognises; only when it fails, the slow half explains what is wrong.
//! It knows no metric by name: the tables of the version drive it.

use std::fmt;

use crate::metric::{Index, MAX_CODE, Metric, UNPACKED, Value, pack};
use crate::vector::Vector;
use crate::version::Version;

/// The longest text that is read, in bytes. The longest legal vector has fewer than 300.
pub const MAX_LEN: usize = 512;

/// Why a text is not a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Offset of the offending byte; the length of the text if something is missing at the end.
    pub at: usize,
    /// The metric concerned, as far as it is known.
    pub metric: Option<&'static str>,
    /// What is wrong.
    pub why: Why,
}

/// The reasons of a [`ParseError`]. Quoted text is cut short and free of control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no text at all.
    Empty,
    /// The text is longer than [`MAX_LEN`] bytes.
    TooLong,
    /// It begins like a prefix, but not like one of `CVSS:3.0/`, `CVSS:3.1/` and `CVSS:4.0/`.
    UnknownPrefix(String),
    /// A character that occurs in no vector, such as a blank or a bracket.
    Character(char),
    /// Nothing stands between two slashes, before the first or after the last one.
    EmptySegment,
    /// A segment without a colon.
    NoColon(String),
    /// The version has no metric of this name.
    UnknownMetric(String, Version),
    /// The metric exists, but only in the other version named last.
    OtherVersion(String, Version, Version),
    /// The metric has no such value; the values that it has.
    UnknownValue(String, &'static [Value]),
    /// The name or the value is right except for upper and lower case; the right spelling.
    Case(&'static str),
    /// The metric stands there for the second time.
    Repeated,
    /// A mandatory metric is missing.
    Missing(Version),
}

/// Reads a vector of any version.
pub(crate) fn vector(text: &str) -> Result<Vector, ParseError> {
    if text.len() > MAX_LEN {
        return Err(error(MAX_LEN, None, Why::TooLong));
    }
    let version = match text.as_bytes() {
        [b'C', b'V', b'S', b'S', b':', b'3', b'.', b'0', b'/', ..] => Version::V3_0,
        [b'C', b'V', b'S', b'S', b':', b'3', b'.', b'1', b'/', ..] => Version::V3_1,
        [b'C', b'V', b'S', b'S', b':', b'4', b'.', b'0', b'/', ..] => Version::V4_0,
        _ => Version::V2_0,
    };
    Ok(Vector::new(version, values(text, version)?))
}

/// The chosen values, packed as [`Vector`] keeps them.
fn values(text: &str, version: Version) -> Result<u128, ParseError> {
    let bytes = text.as_bytes();
    let index = version.index();
    let mut values = 0_u128;
    let mut seen = 0_u32;
    let mut expected = 0;
    let mut start = version.prefix().len();
    loop {
        let (name, colon) = code(bytes, start);
        if bytes.get(colon) != Some(&b':') {
            return Err(explain_segment(text, start, version));
        }
        let (value, end) = code(bytes, colon + 1);
        let at_end = end == bytes.len();
        if !at_end && bytes.get(end) != Some(&b'/') {
            return Err(explain_segment(text, start, version));
        }
        let Some((place, choice)) = recognise(index, expected, name, value) else {
            return Err(explain_segment(text, start, version));
        };
        if seen & 1 << place != 0 {
            return Err(error(start, Some(version.metrics()[place].code), Why::Repeated));
        }
        seen |= 1 << place;
        values |= (choice as u128) << (3 * place);
        if at_end {
            break;
        }
        expected = place + 1;
        start = end + 1;
    }
    let missing = index.mandatory & !seen;
    if missing != 0 {
        let metric = version.metrics()[missing.trailing_zeros() as usize].code;
        return Err(error(text.len(), Some(metric), Why::Missing(version)));
    }
    Ok(values)
}

/// Packs the bytes from `start` up to a colon, a slash or the end, and says where it stopped. Text longer than any
/// abbreviation stops it early, in front of a byte that cannot follow.
fn code(bytes: &[u8], start: usize) -> (u64, usize) {
    let mut packed = UNPACKED;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if matches!(byte, b':' | b'/') || at - start == MAX_CODE {
            break;
        }
        packed = pack(packed, byte);
        at += 1;
    }
    (packed, at)
}

/// The places of metric and value. Vectors mostly come in the specification's order, so the search begins at the metric
/// that should be next.
fn recognise(index: &Index, expected: usize, name: u64, value: u64) -> Option<(usize, usize)> {
    let (before, from) = index.metrics.split_at_checked(expected)?;
    let place = match from.iter().position(|code| *code == name) {
        Some(place) => expected + place,
        None => before.iter().position(|code| *code == name)?,
    };
    // All values are compared, without a branch that the processor would guess wrong.
    let codes = index.values.get(place)?;
    let matches = codes
        .iter()
        .rev()
        .fold(0_u32, |bits, code| bits << 1 | u32::from(*code == value));
    let choice = matches.trailing_zeros() as usize;
    (choice < codes.len()).then_some((place, choice))
}

const fn error(at: usize, metric: Option<&'static str>, why: Why) -> ParseError {
    ParseError { at, metric, why }
}

/// What is wrong with the segment that begins at `start` and was not recognised.
#[cold]
fn explain_segment(text: &str, start: usize, version: Version) -> ParseError {
    // Every segment begins behind an ASCII byte, so the slices below are on character boundaries.
    let rest = text.get(start..).unwrap_or_default();
    let segment = rest.split('/').next().unwrap_or_default();
    if text.is_empty() {
        return error(0, None, Why::Empty);
    }
    if start == 0 && begins_like_a_prefix(segment) {
        return error(0, None, Why::UnknownPrefix(quoted(segment)));
    }
    if let Some((at, character)) = segment.char_indices().find(|(_, c)| !belongs(*c)) {
        return error(start + at, None, Why::Character(character));
    }
    if segment.is_empty() {
        return error(start, None, Why::EmptySegment);
    }
    let Some((name, value)) = segment.split_once(':') else {
        return error(start, None, Why::NoColon(quoted(segment)));
    };
    let Some(metric) = version.metric(name) else {
        return error(start, None, explain_name(name, version));
    };
    error(start + name.len() + 1, Some(metric.code), explain_value(value, metric))
}

fn explain_name(name: &str, version: Version) -> Why {
    let in_other_case = |metric: &&Metric| metric.code.eq_ignore_ascii_case(name);
    let other = Version::ALL
        .into_iter()
        .rev()
        .find(|other| other.metric(name).is_some());
    match (version.metrics().iter().find(in_other_case), other) {
        (Some(metric), _) => Why::Case(metric.code),
        (None, Some(other)) => Why::OtherVersion(quoted(name), version, other),
        (None, None) => Why::UnknownMetric(quoted(name), version),
    }
}

fn explain_value(value: &str, metric: &'static Metric) -> Why {
    match metric
        .values
        .iter()
        .find(|known| known.code.eq_ignore_ascii_case(value))
    {
        Some(known) => Why::Case(known.code),
        None => Why::UnknownValue(quoted(value), metric.values),
    }
}

fn begins_like_a_prefix(segment: &str) -> bool {
    let name = segment.split(':').next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case("cvss")
}

fn belongs(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ':' | '.')
}

/// At most this many characters of the input are repeated in an error.
const MAX_QUOTED: usize = 16;

/// A short, harmless copy of `text`.
fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(MAX_QUOTED).flat_map(visible).collect();
    if text.chars().nth(MAX_QUOTED).is_some() {
        quoted.push('…');
    }
    quoted
}

/// The character itself, or its escape where it could break a line or deceive a reader: everything that is neither a blank
/// nor prints alone.
pub(crate) fn visible(c: char) -> impl Iterator<Item = char> {
    let plain = c == '"' || c == '\'' || c == '\\';
    let (plain, escaped) = match plain {
        true => (Some(c), None),
        false => (None, Some(c.escape_debug())),
    };
    plain.into_iter().chain(escaped.into_iter().flatten())
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.at)?;
        let name = self.metric.unwrap_or("a metric");
        match &self.why {
            Why::Empty => f.write_str("empty text instead of a vector"),
            Why::TooLong => write!(f, "longer than {MAX_LEN} bytes"),
            Why::UnknownPrefix(found) => {
                write!(
                    f,
                    "unknown prefix \"{found}\"; write CVSS:3.0/, CVSS:3.1/ or CVSS:4.0/, and nothing for 2.0"
                )
            }
            Why::Character(found) => {
                let found: String = visible(*found).collect();
                write!(f, "no vector contains the character '{found}'")
            }
            Why::EmptySegment => f.write_str("a metric is expected here; remove the extra slash"),
            Why::NoColon(found) => write!(f, "\"{found}\" is not METRIC:VALUE"),
            Why::UnknownMetric(found, version) => write!(f, "CVSS {version} has no metric \"{found}\""),
            Why::OtherVersion(found, Version::V2_0, _) => {
                write!(
                    f,
                    "a vector without a prefix is one of CVSS 2.0, which has no metric \"{found}\""
                )
            }
            Why::OtherVersion(found, version, other) => {
                write!(
                    f,
                    "CVSS {version} has no metric \"{found}\"; it belongs to CVSS {other}"
                )
            }
            Why::UnknownValue(found, values) => {
                let known: Vec<&str> = values.iter().map(|value| value.code).collect();
                write!(f, "{name} has no value \"{found}\"; it takes {}", known.join(", "))
            }
            Why::Case(right) => write!(f, "upper and lower case matter; write {right}"),
            Why::Repeated => write!(f, "{name} stands here for the second time"),
            Why::Missing(version) => write!(f, "the mandatory metric {name} of CVSS {version} is missing"),
        }
    }
}

impl std::error::Error for ParseError {}
