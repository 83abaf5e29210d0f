//! What can go wrong in the store, and what to do then. Carries names, places and codes; never content, and never the text of a
//! database's own error, which can quote a row.

use std::io;

use vault::VaultError;

use crate::names::{JobKey, KeyId, LeaseName, Number, StreamId};

/// Why the store did not do as asked. Nothing half-written is ever left behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else appended to the stream since the caller looked.
    #[error(
        "{stream} has moved on: this change was to be entry {expected}, but the next entry is {actual}; look again, then decide again"
    )]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// The seq that the batch wanted to write.
        expected: u64,
        /// The seq that the stream's next entry takes.
        actual: u64,
    },

    /// The tracking number is given already.
    #[error("the number {0} is given already; draw another one")]
    NumberTaken(Number),

    /// A job was taken by another worker, or settled, since it was claimed.
    #[error("the job {0} is no longer yours: another worker took it over, or it was settled")]
    JobLost(JobKey),

    /// Another one holds the lease now.
    #[error(
        "the lease {0} has passed to another holder; nothing of this was recorded, and what it was about is theirs to do"
    )]
    LeaseLost(LeaseName),

    /// The clock stands far behind what was recorded last.
    #[error(
        "the clock says {}, but the last entry was recorded at {}: nothing was recorded. Set the clock right; if it ran ahead before and is right now, write `may_stand_back = true` under [clock] in candor.toml until it has caught up",
        instant(*.now_us),
        instant(.now_us.saturating_add(.behind_s.saturating_mul(1_000_000)))
    )]
    ClockBack {
        /// What the clock says, in microseconds since 1970.
        now_us: i64,
        /// How far the last entry is ahead, in seconds.
        behind_s: i64,
    },

    /// The key was erased on purpose; nothing can be sealed under it again.
    #[error("the key {0} was erased; nothing can be added under it")]
    KeyErased(KeyId),

    /// A blob's file is not there.
    #[error("the blob file {place} is missing; restore it from the last backup")]
    BlobMissing {
        /// The file.
        place: String,
    },

    /// No space left.
    #[error(
        "no space left for {place}: nothing of this change was written, everything acknowledged before is kept; free some space, then repeat"
    )]
    Full {
        /// The file or database.
        place: String,
    },

    /// Stored bytes are not what was written.
    #[error("{place} is damaged: {detail}; stop Candor, keep a copy of it as it is, then restore the last backup")]
    Corrupt {
        /// The file, database or entry.
        place: String,
        /// What does not fit.
        detail: String,
    },

    /// The database cannot be reached or used at present.
    #[error("{place} cannot be used: {detail}")]
    Unavailable {
        /// The file or database.
        place: String,
        /// What was found, and what to do.
        detail: String,
    },

    /// There is no database yet.
    #[error("there is no Candor database at {place}; run `candor init`, or correct the path in candor.toml")]
    NotInitialised {
        /// Where it was looked for.
        place: String,
    },

    /// `init` found something.
    #[error("{place} is already there; `init` never overwrites")]
    AlreadyThere {
        /// What is there.
        place: String,
    },

    /// Written by a newer version.
    #[error(
        "{place} has format {found}, but this version of Candor knows formats up to {known}; use the version that wrote it, or a newer one"
    )]
    Newer {
        /// The database.
        place: String,
        /// Its format.
        found: u64,
        /// The newest format that this version knows.
        known: u64,
    },

    /// Written by an older version.
    #[error(
        "{place} has format {found}, this version of Candor needs {known}; make a backup, then run `candor upgrade`"
    )]
    Older {
        /// The database.
        place: String,
        /// Its format.
        found: u64,
        /// The format that this version writes.
        known: u64,
    },

    /// The master key belongs to another installation.
    #[error("the master key does not belong to {place}; use the key of this installation, or its recovery key")]
    WrongMasterKey {
        /// The keys' database.
        place: String,
    },

    /// Another process has the data directory.
    #[error(
        "{place} is in use by {holder}; stop that process first, only one `serve` or `work` can run on a data directory"
    )]
    Locked {
        /// The lock file.
        place: String,
        /// What the holder wrote about itself.
        holder: String,
    },

    /// Text that cannot be a name.
    #[error("this cannot be the name of a {kind}: {fault}")]
    BadName {
        /// What it was to name.
        kind: &'static str,
        /// Why not.
        fault: &'static str,
    },

    /// An address of a database that cannot be read.
    #[error("`{key}` in candor.toml must begin with `sqlite:` and a file, or be a `postgres://` address")]
    BadLocation {
        /// The key of the configuration.
        key: &'static str,
    },

    /// More than one batch may hold.
    #[error("{what} has {found}, the limit is {limit}; split the change, or put long content into a blob")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size or count.
        found: u64,
        /// The limit.
        limit: u64,
    },

    /// A key could not be made or used.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// An instant as people read it.
fn instant(us: i64) -> String {
    let shown = jiff::Timestamp::from_microsecond(us).map(|at| at.strftime("%F %T UTC").to_string());
    shown.unwrap_or_else(|_| "an instant that no calendar has".to_owned())
}

impl StoreError {
    /// Whether the error is about one batch only, so that others of the same commit may go on.
    pub(crate) fn concerns_one_batch(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::NumberTaken(_)
                | Self::JobLost(_)
                | Self::LeaseLost(_)
                | Self::ClockBack { .. }
                | Self::KeyErased(_)
                | Self::TooLarge { .. }
        )
    }

    /// An error of the file system at `place`.
    pub(crate) fn of_file(place: &str, error: &io::Error) -> Self {
        let place = place.to_owned();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { place }
            }
            kind => Self::Unavailable {
                place,
                detail: format!("{kind}; check that the disk is there and that Candor may write to it"),
            },
        }
    }

    /// An error of a database at `place`, told by its code alone.
    pub(crate) fn of_database(place: &str, error: &sqlx::Error) -> Self {
        let place = place.to_owned();
        let unavailable = |detail: String| Self::Unavailable {
            place: place.clone(),
            detail,
        };
        match error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                if database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                    return Self::of_postgres_code(place, &code);
                }
                code.parse().map_or_else(
                    |_| unavailable("SQLite gave an error without a code".to_owned()),
                    |code| Self::of_sqlite_code(place.clone(), code),
                )
            }
            sqlx::Error::Io(error) => Self::of_file(&place, error),
            sqlx::Error::PoolTimedOut => unavailable("all connections are busy; try again".to_owned()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => unavailable("the store was closed".to_owned()),
            sqlx::Error::Tls(_) => {
                unavailable("TLS with the server failed; check its certificate and `sslmode`".to_owned())
            }
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. } => Self::Corrupt {
                place,
                detail: "a row has another shape than Candor writes".to_owned(),
            },
            _ => unavailable("the connection failed; check that the server runs and the address is right".to_owned()),
        }
    }

    /// <https://www.sqlite.org/rescode.html>
    fn of_sqlite_code(place: String, code: u32) -> Self {
        /// The shared-memory file could not be made as large as needed: the disk is full.
        const IOERR_SHMSIZE: u32 = 4874;
        let detail = match code {
            IOERR_SHMSIZE => return Self::Full { place },
            _ => match code & 0xff {
                13 => return Self::Full { place },
                11 => {
                    return Self::Corrupt {
                        place,
                        detail: "SQLite found broken pages".to_owned(),
                    };
                }
                26 => {
                    return Self::Corrupt {
                        place,
                        detail: "the file is not an SQLite database".to_owned(),
                    };
                }
                5 | 6 => "another process holds it for too long; try again".to_owned(),
                8 => "it is read-only; give Candor the right to write".to_owned(),
                14 => {
                    "the file cannot be opened; check that it is there and that Candor may write to it and its folder"
                        .to_owned()
                }
                10 => format!("reading or writing the disk failed (SQLite code {code}); check the disk"),
                _ => format!("SQLite answered with code {code}"),
            },
        };
        Self::Unavailable { place, detail }
    }

    /// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
    fn of_postgres_code(place: String, code: &str) -> Self {
        let detail = match code {
            "53100" => return Self::Full { place },
            "XX001" | "XX002" => {
                return Self::Corrupt {
                    place,
                    detail: format!("PostgreSQL found broken pages or indexes (code {code})"),
                };
            }
            "3D000" => return Self::NotInitialised { place },
            "28000" | "28P01" => "the server refused the user or password".to_owned(),
            "53300" => "the server has no connection left".to_owned(),
            "25006" => "the server is read-only; it may be a standby".to_owned(),
            _ => format!("PostgreSQL answered with code {code}"),
        };
        Self::Unavailable { place, detail }
    }
}
