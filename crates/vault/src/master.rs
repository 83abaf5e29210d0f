//! The master key at rest: a file of 32 bytes that only its owner can read, and the recovery key to write on paper.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::VaultError;
use crate::key::{KEY_BYTES, MasterKey, SecretBytes};
use crate::paper::{self, Paper};

impl MasterKey {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`VaultError::MasterMissing`], [`VaultError::MasterExposed`], [`VaultError::MasterLength`], [`VaultError::File`].
    pub fn load(path: &Path) -> Result<Self, VaultError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => VaultError::MasterMissing(path.to_owned()),
            kind => VaultError::File {
                action: "read",
                path: path.to_owned(),
                kind,
            },
        };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let wrong_length = |found| VaultError::MasterLength {
            path: path.to_owned(),
            found,
        };
        if !metadata.is_file() {
            return Err(wrong_length(0));
        }
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(VaultError::MasterExposed {
                path: path.to_owned(),
                mode,
            });
        }
        // One byte more than a key has, so that a longer file shows; the capacity keeps the buffer from moving.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * KEY_BYTES));
        file.take(KEY_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        let found = bytes.len();
        SecretBytes::take(&mut bytes)
            .map(Self)
            .ok_or_else(|| wrong_length(found))
    }

    /// Writes the key to a new file with mode 600 and makes it durable. Never overwrites.
    ///
    /// # Errors
    /// [`VaultError::MasterExists`], [`VaultError::File`].
    pub fn save(&self, path: &Path) -> Result<(), VaultError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => VaultError::MasterExists(path.to_owned()),
            kind => VaultError::File {
                action: "write",
                path: path.to_owned(),
                kind,
            },
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        file.write_all(self.0.bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// The recovery key: this key as text for paper. Show it once, at `init`.
    pub fn recovery_key(&self) -> RecoveryKey {
        RecoveryKey(paper::write(Paper::Recovery, self.0.bytes()))
    }

    /// The master key back from a typed recovery key. Case, spaces, line ends and hyphens do not matter.
    ///
    /// # Errors
    /// [`VaultError::Paper`].
    pub fn from_recovery_key(typed: &str) -> Result<Self, VaultError> {
        let mut bytes = paper::read(Paper::Recovery, typed)?;
        SecretBytes::take(&mut bytes[..])
            .map(Self)
            .ok_or(VaultError::UnknownFormat)
    }
}

/// A master key as 14 groups of 4 characters. Text only on demand.
pub struct RecoveryKey(Zeroizing<String>);

impl RecoveryKey {
    /// The text, for the one time that it is printed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::error::PaperFault;

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    fn check_load(content: &[u8], mode: u32, expect: &str) {
        let folder = folder();
        let path = folder.path().join("master.key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let message = MasterKey::load(&path).unwrap_err().to_string();
        assert!(message.contains(expect), "{message}");
        assert!(message.contains("master.key"), "{message}");
    }

    #[test]
    fn a_saved_key_loads_and_only_its_owner_may_read_it() {
        let folder = folder();
        let path = folder.path().join("master.key");
        let key = MasterKey::generate().unwrap();
        key.save(&path).unwrap();
        assert_eq!(MasterKey::load(&path).unwrap().0.bytes(), key.0.bytes());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(key.save(&path).unwrap_err(), VaultError::MasterExists(path.clone()));
        assert_eq!(fs::read(&path).unwrap(), key.0.bytes());
    }

    #[test]
    fn a_wrong_key_file_is_refused_with_the_way_out() {
        check_load(&[1; 32], 0o644, "can be read by others (mode 644); run `chmod 600`");
        check_load(&[1; 32], 0o640, "mode 640");
        check_load(&[1; 31], 0o600, "31 bytes instead of 32");
        check_load(&[1; 5_000], 0o600, "33 bytes instead of 32");
        check_load(b"", 0o600, "0 bytes instead of 32");
        let folder = folder();
        let message = MasterKey::load(&folder.path().join("master.key"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("there is no master key"), "{message}");
        assert!(matches!(
            MasterKey::load(folder.path()).unwrap_err(),
            VaultError::MasterLength { .. }
        ));
    }

    #[test]
    fn the_recovery_key_restores_the_master_key_however_it_is_typed() {
        let key = MasterKey::generate().unwrap();
        let recovery = key.recovery_key();
        let text = recovery.reveal();
        assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 14]);
        for typed in [
            text.to_owned(),
            text.to_lowercase(),
            text.replace('-', " \n"),
            text.replace('-', ""),
        ] {
            assert_eq!(MasterKey::from_recovery_key(&typed).unwrap().0.bytes(), key.0.bytes());
        }
        assert_eq!(format!("{recovery:?}"), "RecoveryKey(…)");
    }

    #[test]
    fn a_mistyped_recovery_key_is_refused_and_the_message_shows_nothing_of_it() {
        let fault = |typed: &str| MasterKey::from_recovery_key(typed).unwrap_err();
        let fault_of = |fault| VaultError::Paper("recovery key", fault);
        let right = MasterKey::generate().unwrap().recovery_key().reveal().to_owned();
        assert_eq!(fault(""), fault_of(PaperFault::Length(0)));
        assert_eq!(fault(&right[1..]), fault_of(PaperFault::Length(55)));
        assert_eq!(fault(&format!("{right}A")), fault_of(PaperFault::Length(57)));
        assert_eq!(fault(&"A".repeat(100_000)), fault_of(PaperFault::Length(100_000)));
        assert_eq!(
            fault(&format!("{}é{}", &right[..5], &right[6..])),
            fault_of(PaperFault::Character(5))
        );
        assert_eq!(
            fault(&right.replacen(&right[..1], "1", 1)),
            fault_of(PaperFault::Character(1))
        );
        for at in (0..right.len()).filter(|at| right.as_bytes()[*at] != b'-') {
            let mut typed = right.clone().into_bytes();
            typed[at] = if typed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                fault(std::str::from_utf8(&typed).unwrap()),
                fault_of(PaperFault::Check),
                "position {at}"
            );
        }
    }
}
