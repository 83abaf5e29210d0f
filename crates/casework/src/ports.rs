//! What casework needs of the machine: an instant, and ids. Real or simulated, as enums.
//!
//! Owns no state but the simulated instant. Never goes backwards: a simulated clock is set forward only.

use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where time and ids come from.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    /// What time it is.
    pub clock: Clock,
    /// Ids of streams, and the random part of tracking numbers.
    pub ids: vault::Ids,
}

/// What time it is, in whole microseconds: what the journal keeps.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands until it is set: for demonstrations and tests.
    Simulated(Simulated),
}

/// The instant of a simulated clock. Clones share it.
#[derive(Clone, Debug)]
pub struct Simulated(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn simulated(start: Timestamp) -> Clock {
        Clock::Simulated(Simulated(Arc::new(AtomicI64::new(start.as_microsecond()))))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => whole_microseconds(Timestamp::now()),
            Clock::Simulated(clock) => instant(clock.0.load(Ordering::SeqCst)),
        }
    }

    /// Sets a simulated clock forward; false, and nothing changes, if `to` lies before its instant or the clock is the machine's.
    pub fn set(&self, to: Timestamp) -> bool {
        let Clock::Simulated(clock) = self else { return false };
        let to_us = to.as_microsecond();
        clock.0.fetch_max(to_us, Ordering::SeqCst) <= to_us
    }
}

/// The instant of a journal entry.
pub(crate) fn instant(recorded_us: i64) -> Timestamp {
    Timestamp::from_microsecond(recorded_us).unwrap_or(Timestamp::MAX)
}

/// An instant as the journal keeps it.
pub(crate) fn whole_microseconds(at: Timestamp) -> Timestamp {
    instant(at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_clock_goes_forward_only() {
        let start: Timestamp = "2026-09-01T08:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-09-02T08:00:00Z".parse().unwrap();
        let clock = Clock::simulated(start);
        let twin = clock.clone();
        assert!(clock.set(later));
        assert!(!clock.set(start));
        assert_eq!(twin.now(), later);
        assert!(!Clock::System.set(later));
    }
}
