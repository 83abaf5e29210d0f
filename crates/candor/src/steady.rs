//! Whether the machine's clock can be believed by something that nobody watches: what goes out at an instant must not go out because a
//! clock leapt there.
//!
//! Owns a file with the last instant that was believed, and what the machine's uptime was then. A clock that runs ahead of the uptime by
//! more than some minutes has leapt; so has one that a start finds more than a month later. It is believed again once it is back, or once a
//! person says that it is right. A clock behind the journal is not this file's: nothing can be recorded then.

use crate::failure::Failure;
use crate::session::House;
use casework::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "clock.seen";
/// As much as the journal evens out.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);
/// Longer than a machine that publishes stands still.
const LONGEST_STANDSTILL: SignedDuration = SignedDuration::from_hours(31 * 24);
/// A look is renewed so often, so that a slow drift is none.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// After a start the clock may still be set; until then the look of before is the better one.
const SETTLED: SignedDuration = SignedDuration::from_mins(15);
/// A look is a few words.
const MAX_BYTES: u64 = 4 * 1024;

/// One look at the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    /// Which start of the machine.
    boot: String,
    /// Seconds since that start, those in sleep included.
    up_s: i64,
    /// What the clock said.
    at: Timestamp,
}

/// Why the clock is not believed; none if it is. With `confirmed` a person stands behind it.
pub(crate) async fn doubt(house: &House, confirmed: bool) -> Result<Option<String>, Failure> {
    if matches!(house.casework.ports().clock, Clock::Simulated(_)) {
        return Ok(None);
    }
    if let Some(last) = house.casework.clock_stands_back().await? {
        return Ok(Some(format!(
            "the clock stands behind the last entry, which was recorded at {last}: set it right"
        )));
    }
    // Without a proc file system there is nothing to compare with.
    let Some(now) = look(house.now()) else { return Ok(None) };
    let path = house.root.join(FILE);
    let before = read(&path);
    let doubt = before
        .as_ref()
        .filter(|_| !confirmed)
        .and_then(|before| leap(before, &now));
    if doubt.is_none() && (confirmed || before.is_none_or(|before| is_to_renew(&before, &now))) {
        write(&path, &now)?;
    }
    Ok(doubt)
}

fn leap(before: &Look, now: &Look) -> Option<String> {
    let passed = now.at.duration_since(before.at);
    let ahead = if before.boot == now.boot {
        passed - SignedDuration::from_secs(now.up_s.saturating_sub(before.up_s))
    } else if passed > LONGEST_STANDSTILL {
        passed
    } else {
        return None;
    };
    (ahead > TOLERANCE).then(|| {
        format!(
            "the clock leapt ahead since {}: nothing scheduled goes out until it is set back, or until somebody who has looked at it runs `candor publish --clock-is-right`",
            before.at
        )
    })
}

fn is_to_renew(before: &Look, now: &Look) -> bool {
    if before.boot != now.boot {
        return now.up_s > SETTLED.as_secs();
    }
    now.at.duration_since(before.at).abs() > RENEWED_AFTER
}

fn look(at: Timestamp) -> Option<Look> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, _) = uptime.split_once('.')?;
    Some(Look {
        boot: boot.trim().to_owned(),
        up_s: seconds.parse().ok()?,
        at,
    })
}

/// A file that does not read is none: it is written anew.
fn read(path: &Path) -> Option<Look> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write(path: &Path, look: &Look) -> Result<(), Failure> {
    let text = serde_json::to_string(look).map_err(|error| Failure::machine(error.to_string()))?;
    let aside = path.with_extension("seen.new");
    let written = std::fs::write(&aside, text).and_then(|()| std::fs::rename(&aside, path));
    written.map_err(|error| Failure::file(path, &error))
}

/// The machine's start, to tell machines apart.
pub(crate) fn boot() -> Option<String> {
    look(Timestamp::UNIX_EPOCH).map(|look| look.boot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(boot: &str, up_s: i64, at: &str) -> Look {
        Look {
            boot: boot.to_owned(),
            up_s,
            at: at.parse().unwrap(),
        }
    }

    fn check_leap(before: &Look, now: &Look, expect: bool) {
        assert_eq!(leap(before, now).is_some(), expect, "{before:?} {now:?}");
    }

    #[test]
    fn a_clock_that_runs_with_the_machine_is_believed() {
        let before = look("one", 1_000, "2026-12-01T08:00:00Z");
        check_leap(&before, &look("one", 1_030, "2026-12-01T08:00:30Z"), false);
        // It was evened out by some minutes.
        check_leap(&before, &look("one", 1_030, "2026-12-01T08:09:00Z"), false);
        // Two days asleep count as uptime.
        check_leap(&before, &look("one", 1_000 + 172_800, "2026-12-03T08:00:00Z"), false);
        // Set back: whatever waits goes out later, never early.
        check_leap(&before, &look("one", 1_030, "2026-11-30T08:00:00Z"), false);
    }

    #[test]
    fn a_clock_that_leapt_ahead_of_the_machine_is_not() {
        let before = look("one", 1_000, "2026-12-01T08:00:00Z");
        check_leap(&before, &look("one", 1_030, "2026-12-01T08:20:00Z"), true);
        check_leap(&before, &look("one", 1_030, "2027-12-01T08:00:30Z"), true);
    }

    #[test]
    fn a_machine_that_was_down_is_believed_within_a_month() {
        let before = look("one", 1_000, "2026-12-01T08:00:00Z");
        check_leap(&before, &look("two", 5, "2026-12-04T08:00:00Z"), false);
        check_leap(&before, &look("two", 5, "2027-02-01T08:00:00Z"), true);
    }

    #[test]
    fn what_a_start_finds_is_kept_once_the_clock_had_time_to_be_set() {
        let before = look("one", 1_000, "2026-12-01T08:00:00Z");
        assert!(!is_to_renew(&before, &look("two", 5, "2026-12-04T08:00:00Z")));
        assert!(is_to_renew(&before, &look("two", 1_000, "2026-12-04T08:20:00Z")));
        assert!(!is_to_renew(&before, &look("one", 1_030, "2026-12-01T08:00:30Z")));
        assert!(is_to_renew(&before, &look("one", 8_200, "2026-12-01T10:00:00Z")));
    }
}
