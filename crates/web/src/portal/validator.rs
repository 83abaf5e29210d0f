//! Whether a client has a file already (RFC 9110 §13): its tag, its date, and what conditional requests make of them. Reads no file.

use axum::http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE};
use axum::http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::time::{Duration, SystemTime};

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validator {
    /// A strong tag, with its quotes.
    pub(super) tag: String,
    /// In whole seconds; none while it could not tell two states of one second apart.
    pub(super) modified: Option<i64>,
}

/// A file that was written within this time may be written again within the same second.
const SETTLED: Duration = Duration::from_secs(2);

impl Validator {
    /// `digest` is that of the content, where it is known; else the tag follows from size and time, to the nanosecond.
    pub(super) fn of(digest: Option<&str>, bytes: u64, modified: SystemTime, now: SystemTime) -> Validator {
        let age = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let tag = match digest {
            Some(digest) => format!("\"{}\"", digest.get(..32).unwrap_or(digest)),
            None => format!("\"{bytes:x}-{:x}\"", age.as_nanos()),
        };
        let settled = now.duration_since(modified).is_ok_and(|age| age >= SETTLED);
        let seconds = i64::try_from(age.as_secs()).ok();
        Validator {
            tag,
            modified: seconds.filter(|_| settled),
        }
    }

    /// The header `Last-Modified`.
    pub(super) fn last_modified(&self) -> Option<String> {
        let at = Timestamp::from_second(self.modified?).ok()?;
        rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
    }

    /// Whether the client has this state. The tag decides where one is sent; the date only where none is.
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        if let Some(tags) = text(headers, &IF_NONE_MATCH) {
            return tags.split(',').any(|tag| matches(tag.trim(), &self.tag));
        }
        let since = text(headers, &IF_MODIFIED_SINCE).and_then(seconds);
        since
            .zip(self.modified)
            .is_some_and(|(since, modified)| modified <= since)
    }

    /// Whether a part may be sent: the client has other parts of this very state, or does not care.
    pub(super) fn allows_part(&self, headers: &HeaderMap) -> bool {
        match text(headers, &IF_RANGE) {
            None => !headers.contains_key(IF_RANGE),
            Some(tag) if tag.starts_with('"') => tag == self.tag,
            Some(date) => seconds(date).is_some_and(|at| Some(at) == self.modified),
        }
    }
}

/// For reading, weak and strong tags are compared alike (RFC 9110 §8.8.3.2).
fn matches(sent: &str, tag: &str) -> bool {
    sent == "*" || sent.strip_prefix("W/").unwrap_or(sent) == tag
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn seconds(date: &str) -> Option<i64> {
    rfc2822::parse(date).ok().map(|at| at.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Fri, 02 Jan 1970 00:00:00 GMT";

    fn day(after_seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 + after_seconds)
    }

    fn validator() -> Validator {
        Validator::of(Some("0123456789abcdef0123456789abcdef0123"), 7, day(0), day(60))
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        pairs.collect()
    }

    fn check_known(lines: &[(&'static str, &str)], expect: bool) {
        assert_eq!(validator().is_known(&headers(lines)), expect, "{lines:?}");
    }

    #[test]
    fn a_client_that_has_it_is_told_so() {
        let tag = "\"0123456789abcdef0123456789abcdef\"";
        assert_eq!(validator().tag, tag);
        check_known(&[("if-none-match", tag)], true);
        check_known(&[("if-none-match", &format!("\"x\", W/{tag}"))], true);
        check_known(&[("if-none-match", "*")], true);
        check_known(&[("if-none-match", "\"x\"")], false);
        check_known(&[("if-modified-since", DATE)], true);
        check_known(&[("if-modified-since", "Sat, 03 Jan 1970 00:00:00 GMT")], true);
        check_known(&[("if-modified-since", "Thu, 01 Jan 1970 23:59:59 GMT")], false);
        check_known(&[("if-modified-since", "yesterday")], false);
        check_known(&[("if-none-match", "\"x\""), ("if-modified-since", DATE)], false);
        check_known(&[], false);
    }

    #[test]
    fn a_part_is_for_who_has_the_rest_of_the_same_state() {
        let check = |lines: &[(&'static str, &str)], expect: bool| {
            assert_eq!(validator().allows_part(&headers(lines)), expect, "{lines:?}");
        };
        check(&[], true);
        check(&[("if-range", "\"0123456789abcdef0123456789abcdef\"")], true);
        check(&[("if-range", "W/\"0123456789abcdef0123456789abcdef\"")], false);
        check(&[("if-range", "\"x\"")], false);
        check(&[("if-range", DATE)], true);
        check(&[("if-range", "Sat, 03 Jan 1970 00:00:00 GMT")], false);
        check(&[("if-range", "nonsense")], false);
    }

    #[test]
    fn a_date_is_told_once_it_cannot_stand_for_two_states() {
        assert_eq!(validator().last_modified().as_deref(), Some(DATE));
        let fresh = Validator::of(None, 7, day(0), day(1));
        assert_eq!(fresh.last_modified(), None);
        assert!(!fresh.is_known(&headers(&[("if-modified-since", DATE)])));
        let of_the_future = Validator::of(None, 7, day(9), day(0));
        assert_eq!(of_the_future.last_modified(), None);
    }

    #[test]
    fn without_a_digest_size_and_time_are_the_tag() {
        let one = Validator::of(None, 7, day(0), day(60));
        let other = Validator::of(None, 7, day(0) + Duration::from_nanos(1), day(60));
        assert_ne!(one.tag, other.tag);
        assert!(one.tag.starts_with("\"7-"));
    }
}
