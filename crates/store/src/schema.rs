//! The tables of both databases, their format numbers, and how one format becomes the next.
//!
//! Text, 64-bit integers and bytes only. Type names are the one thing in which the two databases differ, so a table is written
//! once and the four words are put in at compile time.

use crate::StoreError;
use crate::sql::{Database, Transaction, Value, int};

/// Steps of one database: step n turns format n into format n + 1. A released step never changes.
pub(crate) struct Schema {
    sqlite: &'static [&'static str],
    postgres: &'static [&'static str],
}

/// Defines steps in both dialects: the words are text, integer, bytes, and the end of a table.
macro_rules! in_both_dialects {
    ($($name:ident),+) => {
        Schema {
            sqlite: &[$($name!("text", "integer", "blob", ") strict;\n")),+],
            postgres: &[$($name!("text collate \"C\"", "bigint", "bytea", ");\n")),+],
        }
    };
}

#[rustfmt::skip]
macro_rules! journal_1 {
    ($text:literal, $int:literal, $bytes:literal, $end:literal) => {
        concat!(
            // The journal. Rows are only ever added. `leaf` is the hash in the tree; `body` is sealed.
            "create table entry (",
            "log_index ", $int, " not null primary key,",
            "stream ", $text, " not null,",
            "seq ", $int, " not null,",
            "recorded_us ", $int, " not null,",
            "actor ", $text, " not null,",
            "key_id ", $text, " not null,",
            "body ", $bytes, " not null,",
            "leaf ", $bytes, " not null,",
            "unique (stream, seq)", $end,
            // One row: the size and right edge of the tree over all entries.
            "create table log_head (id ", $int, " not null primary key, size ", $int, " not null, edge ", $bytes, " not null", $end,
            // Tracking numbers.
            "create table number (number ", $text, " not null primary key, stream ", $text, " not null", $end,
            // Commands that ran, with their sealed answers.
            "create table command (",
            "id ", $text, " not null primary key,",
            "recorded_us ", $int, " not null,",
            "key_id ", $text, " not null,",
            "answer ", $bytes, " not null", $end,
            // Jobs: `state` is ready, done or dead. A claim moves `run_at_us` into the future and counts an attempt.
            "create table job (",
            "job_key ", $text, " not null primary key,",
            "effect ", $text, " not null,",
            "stream ", $text, " not null,",
            "seq ", $int, " not null,",
            "run_at_us ", $int, " not null,",
            "attempts ", $int, " not null,",
            "state ", $text, " not null", $end,
            "create index job_due on job (effect, state, run_at_us);\n",
            // Leases with their fences.
            "create table lease (",
            "name ", $text, " not null primary key,",
            "holder ", $text, " not null,",
            "until_us ", $int, " not null,",
            "fence ", $int, " not null", $end,
            "create table journal_format (id ", $int, " not null primary key, format ", $int, " not null", $end,
        )
    };
}

#[rustfmt::skip]
macro_rules! journal_2 {
    ($text:literal, $int:literal, $bytes:literal, $end:literal) => {
        concat!(
            // Sealed files: which key seals which, and what the sealed bytes are. So a blob can be checked without its key, a backup knows
            // which files it needs, and erasing a key finds every file that it sealed.
            "create table blob (",
            "id ", $text, " not null primary key,",
            "key_id ", $text, " not null,",
            "bytes ", $int, " not null,",
            "sha256 ", $bytes, " not null", $end,
            "create index blob_of_key on blob (key_id);\n",
        )
    };
}

#[rustfmt::skip]
macro_rules! keys_1 {
    ($text:literal, $int:literal, $bytes:literal, $end:literal) => {
        concat!(
            "create table data_key (id ", $text, " not null primary key, wrapped ", $bytes, " not null", $end,
            // What was erased stays known by name, so that no new key takes its place unnoticed.
            "create table erased_key (id ", $text, " not null primary key", $end,
            // One row: the master key's mark, and how many keys were erased (other processes drop their copies when it grows).
            "create table keyring (id ", $int, " not null primary key, mark ", $bytes, " not null, erasures ", $int, " not null", $end,
            "create table keys_format (id ", $int, " not null primary key, format ", $int, " not null", $end,
        )
    };
}

/// The queries on a format row. Two tables, because the SQL texts are static.
struct FormatRow {
    exists: &'static str,
    read: &'static str,
    insert: &'static str,
    update: &'static str,
}

const JOURNAL_FORMAT: FormatRow = FormatRow {
    exists: "journal_format",
    read: "select format from journal_format where id = 1",
    insert: "insert into journal_format (id, format) values (1, $1)",
    update: "update journal_format set format = $1 where id = 1",
};

const KEYS_FORMAT: FormatRow = FormatRow {
    exists: "keys_format",
    read: "select format from keys_format where id = 1",
    insert: "insert into keys_format (id, format) values (1, $1)",
    update: "update keys_format set format = $1 where id = 1",
};

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Journal,
    Keys,
}

impl Part {
    fn schema(self) -> Schema {
        match self {
            Self::Journal => in_both_dialects!(journal_1, journal_2),
            Self::Keys => in_both_dialects!(keys_1),
        }
    }

    fn row(self) -> &'static FormatRow {
        match self {
            Self::Journal => &JOURNAL_FORMAT,
            Self::Keys => &KEYS_FORMAT,
        }
    }

    /// The format that this version writes.
    pub(crate) fn newest(self) -> u64 {
        self.schema().sqlite.len() as u64
    }

    fn steps(self, database: &Database) -> &'static [&'static str] {
        if database.is_sqlite() {
            self.schema().sqlite
        } else {
            self.schema().postgres
        }
    }

    /// The format of an open database; `None` if it has no tables of ours.
    pub(crate) async fn format(self, database: &Database) -> Result<Option<u64>, StoreError> {
        let sql = if database.is_sqlite() {
            "select name from sqlite_schema where type = 'table' and name = $1"
        } else {
            "select table_name::text from information_schema.tables where table_schema = current_schema() and table_name = $1"
        };
        if database.row(sql, &[Value::Text(self.row().exists)]).await?.is_none() {
            return Ok(None);
        }
        let row = database.row(self.row().read, &[]).await?;
        let damaged = || StoreError::Corrupt {
            place: database.place().to_owned(),
            detail: "its format number is missing".to_owned(),
        };
        Ok(Some(
            row.ok_or_else(damaged)?
                .count(0)
                .map_err(|error| database.failed(&error))?,
        ))
    }

    /// Refuses a database that this version must not touch.
    pub(crate) async fn require_newest(self, database: &Database) -> Result<(), StoreError> {
        let place = database.place().to_owned();
        let known = self.newest();
        match self.format(database).await? {
            None => Err(StoreError::NotInitialised { place }),
            Some(found) if found > known => Err(StoreError::Newer { place, found, known }),
            Some(found) if found < known => Err(StoreError::Older { place, found, known }),
            Some(_) => Ok(()),
        }
    }

    /// Makes the tables in an empty database, with one more script for its first rows.
    pub(crate) async fn create(
        self,
        database: &Database,
        first_rows: &[(&'static str, &[Value<'_>])],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_create(database).await?;
        for (sql, values) in first_rows {
            transaction.run(sql, values).await?;
        }
        transaction.commit().await
    }

    /// The same, with a transaction that the caller fills and commits.
    pub(crate) async fn begin_create(self, database: &Database) -> Result<Transaction, StoreError> {
        if self.format(database).await?.is_some() {
            return Err(StoreError::AlreadyThere {
                place: database.place().to_owned(),
            });
        }
        let mut transaction = database.begin().await?;
        for step in self.steps(database) {
            transaction.script(step).await?;
        }
        transaction.run(self.row().insert, &[int(self.newest())]).await?;
        Ok(transaction)
    }

    /// Runs the steps that are missing, in one transaction that the caller may add to and must commit; gives it with the format before.
    /// None if there is nothing to do.
    pub(crate) async fn begin_upgrade(self, database: &Database) -> Result<Option<(Transaction, u64)>, StoreError> {
        let place = database.place().to_owned();
        let known = self.newest();
        let found = self
            .format(database)
            .await?
            .ok_or_else(|| StoreError::NotInitialised { place: place.clone() })?;
        if found > known {
            return Err(StoreError::Newer { place, found, known });
        }
        if found == known {
            return Ok(None);
        }
        let mut transaction = database.begin().await?;
        let missing = usize::try_from(found).unwrap_or(usize::MAX);
        for step in self.steps(database).iter().skip(missing) {
            transaction.script(step).await?;
        }
        transaction.run(self.row().update, &[int(known)]).await?;
        Ok(Some((transaction, found)))
    }
}
