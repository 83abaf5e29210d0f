//! Publications of one machine take turns: whoever comes while another one works waits, and then sees what that one has recorded.
//!
//! Owns the lock file. Between machines the lease decides; without a turn, two processes would fill one tree from two states of the journal,
//! and the second would take away what the first had brought.

use crate::failure::Failure;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// Its name in a data directory.
const FILE: &str = "publishing.lock";
/// How often a waiting process looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(25);
/// After this time something is wrong with whoever publishes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Held while somebody publishes; it ends with the process, however that ends.
pub(crate) struct Turn(File);

impl Drop for Turn {
    /// Told, not left to the handle's end: a child that was just forked has the handle too.
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}

/// Waits for the turn as long as `patience` lasts; none if somebody else still publishes then.
///
/// # Errors
/// The file cannot be locked.
pub(crate) fn take(root: &Path, patience: Duration) -> Result<Option<Turn>, Failure> {
    let path = root.join(FILE);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|error| Failure::file(&path, &error))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Turn(file))),
            Err(TryLockError::WouldBlock) if begun.elapsed() < patience => std::thread::sleep(LOOK_AGAIN),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(Failure::file(&path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_next_one_after_it() {
        let root = tempfile::tempdir().unwrap();
        let take = |patience| take(root.path(), patience).unwrap();
        let first = take(Duration::ZERO).unwrap();
        assert!(take(Duration::ZERO).is_none());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| take(PATIENCE).is_some());
            drop(first);
            assert!(waiting.join().unwrap());
        });
        assert!(take(Duration::ZERO).is_some());
    }
}
