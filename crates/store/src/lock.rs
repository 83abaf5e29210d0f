//! The lock file of a data directory: one `serve` or `work` at a time. The operating system frees it when the process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::StoreError;

/// What is read of another process's note about itself.
const NOTE_MAX_BYTES: u64 = 80;

/// Held as long as this value lives.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock, or says who has it. `role` is what this process is, such as `serve`.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Full`], [`StoreError::Unavailable`].
    pub fn take(path: &Path, role: &str) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        let failed = |error| StoreError::of_file(&place, &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    holder: read_note(&mut file),
                    place,
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // The note is a courtesy for the message; the lock itself does not depend on it.
        let note = format!("`candor {role}`, process {}", std::process::id());
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(note.as_bytes()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn read_note(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.take(NOTE_MAX_BYTES).read_to_end(&mut bytes);
    let note: String = String::from_utf8_lossy(&bytes)
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    if read.is_err() || note.is_empty() {
        "another process".to_owned()
    } else {
        note
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_holder_is_told_who_the_first_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = DataLock::take(&path, "serve").unwrap();
        let message = DataLock::take(&path, "work").unwrap_err().to_string();
        let me = format!("`candor serve`, process {}", std::process::id());
        assert!(
            message.contains(&me) && message.contains("stop that process first"),
            "{message}"
        );
        drop(first);
        DataLock::take(&path, "work").unwrap();
    }

    #[test]
    fn a_lock_in_a_missing_folder_says_so() {
        let error = DataLock::take(Path::new("/nonexistent-folder/lock"), "serve").unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    }
}
