//! Unix seconds in, OpenPGP timestamps out. Never asks what time it is.

use pgp::types::Timestamp;

/// OpenPGP counts seconds in 32 bits, from 1970 to 2106 (RFC 9580 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("OpenPGP cannot express the time {}: it must lie between 1970 and 2106", shown(*.unix_seconds))]
pub struct TimeOutOfRange {
    /// The refused time, in seconds after 1970-01-01T00:00:00Z.
    pub unix_seconds: i64,
}

pub(crate) fn timestamp(unix_seconds: i64) -> Result<Timestamp, TimeOutOfRange> {
    u32::try_from(unix_seconds)
        .map(Timestamp::from_secs)
        .map_err(|_| TimeOutOfRange { unix_seconds })
}

pub(crate) fn unix_seconds(timestamp: Timestamp) -> i64 {
    i64::from(timestamp.as_secs())
}

/// An instant for people.
pub(crate) fn shown(unix_seconds: i64) -> String {
    match jiff::Timestamp::from_second(unix_seconds) {
        Ok(at) => at.to_string(),
        Err(_) => format!("{unix_seconds} s after 1970"),
    }
}
