//! Where the store keeps what: two databases and a folder. No defaults that reach outside a given root.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A `postgres://` address; it may hold a password, so it is never shown.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite:PATH` (a relative path starts at `root`) or `postgres://…`. `key` is the key of the configuration, for the message.
    ///
    /// # Errors
    /// [`StoreError::BadLocation`].
    pub fn parse(key: &'static str, text: &str, root: &Path) -> Result<Self, StoreError> {
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(root.join(path))),
            None if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => Err(StoreError::BadLocation { key }),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Everything that the store needs to know, but the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The journal, numbers, commands, jobs and leases.
    pub journal: Location,
    /// The wrapped keys. Never the same database: it has its own rotation of backups, otherwise erasing is a fiction.
    pub keys: Location,
    /// The folder of the sealed files.
    pub blobs: PathBuf,
    /// The largest size of an SQLite journal in pages of 4 KiB, if it shall have one: the store then says `Full` while the disk
    /// still has room for everything else.
    pub journal_max_pages: Option<u32>,
    /// Whether to record although the clock stands far behind the journal's last entry; the recorded instant then stands still.
    pub clock_may_stand_back: bool,
}

impl Config {
    /// The plan of a data directory on one machine: `db/candor.db`, `keys/keys.db`, `blobs/`.
    pub fn in_directory(root: &Path) -> Self {
        Self {
            journal: Location::Sqlite(root.join("db/candor.db")),
            keys: Location::Sqlite(root.join("keys/keys.db")),
            blobs: root.join("blobs"),
            journal_max_pages: None,
            clock_may_stand_back: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_location(text: &str, expect: Result<Location, &str>) {
        let found = Location::parse("store.url", text, Path::new("/data")).map_err(|error| error.to_string());
        match expect {
            Ok(location) => assert_eq!(found, Ok(location)),
            Err(part) => assert!(found.unwrap_err().contains(part), "{text}"),
        }
    }

    #[test]
    fn a_location_is_a_file_or_a_server() {
        check_location("sqlite:db/candor.db", Ok(Location::Sqlite("/data/db/candor.db".into())));
        check_location("sqlite:/srv/candor.db", Ok(Location::Sqlite("/srv/candor.db".into())));
        check_location(
            "postgres://u:secret@h/d",
            Ok(Location::Postgres("postgres://u:secret@h/d".into())),
        );
        for text in ["", "sqlite:", "mysql://h/d", "db/candor.db"] {
            check_location(text, Err("`store.url` in candor.toml must begin with"));
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let location = Location::parse("store.url", "postgres://u:secret@h/d", Path::new("/")).unwrap();
        assert_eq!(format!("{location:?}"), "Postgres(…)");
    }
}
