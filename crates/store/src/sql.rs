//! One text on two databases: the only file that knows which one is behind a query.
//!
//! Queries are `&'static str` with `$1` binds; values are text, 64-bit integers and bytes, nothing else. Dynamic SQL does not
//! compile, because sqlx takes static texts only and this crate never uses its escape (`AssertSqlSafe`); `rows` says a static row several times.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Postgres, Row as _, Sqlite};

use crate::{Location, StoreError};

/// The oldest SQLite without the WAL-reset bug, which could corrupt a database with two writing connections.
const SQLITE_AT_LEAST: [u32; 3] = [3, 51, 3];
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;
const WAIT: Duration = Duration::from_secs(30);

/// A value to bind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Int(i64),
    Bytes(&'a [u8]),
}

/// A row that came back.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! column {
    ($row:ident, $at:ident) => {
        match $row {
            Row::Sqlite(row) => row.try_get($at),
            Row::Postgres(row) => row.try_get($at),
        }
    };
}

impl Row {
    pub(crate) fn text(&self, at: usize) -> Result<String, sqlx::Error> {
        column!(self, at)
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64, sqlx::Error> {
        column!(self, at)
    }

    /// An integer that counts something, so it is never negative.
    pub(crate) fn count(&self, at: usize) -> Result<u64, sqlx::Error> {
        u64::try_from(self.int(at)?).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    pub(crate) fn bytes(&self, at: usize) -> Result<Vec<u8>, sqlx::Error> {
        column!(self, at)
    }
}

/// A count as the signed integer that columns have. Counts here stay far below 2^63.
pub(crate) fn int(count: u64) -> Value<'static> {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

fn sqlite_query(sql: &'static str, values: &[Value<'_>]) -> Query<'static, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match *value {
        Value::Text(text) => query.bind(text.to_owned()),
        Value::Int(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
    })
}

fn postgres_query(sql: &'static str, values: &[Value<'_>]) -> Query<'static, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match *value {
        Value::Text(text) => query.bind(text.to_owned()),
        Value::Int(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
    })
}

impl Connection {
    async fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let rows = sqlite_query(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(connection) => {
                let rows = postgres_query(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    async fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(connection) => sqlite_query(sql, values)
                .execute(&mut **connection)
                .await?
                .rows_affected(),
            Self::Postgres(connection) => postgres_query(sql, values)
                .execute(&mut **connection)
                .await?
                .rows_affected(),
        })
    }

    /// Several statements without values: for the schema.
    async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await.map(|_| ()),
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(&mut **connection).await.map(|_| ()),
        }
    }

    /// Closes the connection instead of giving it back; the database then rolls back what it left open.
    fn abandon(self) {
        match self {
            Self::Sqlite(connection) => drop(connection.detach()),
            Self::Postgres(connection) => drop(connection.detach()),
        }
    }
}

/// A transaction. Dropped unfinished, its connection is closed, so that nothing of it can reach the next user of a pool: after
/// a full disk SQLite may have rolled back by itself, and then no connection state is sure.
pub(crate) struct Transaction {
    connection: Option<Connection>,
    place: Arc<str>,
}

impl Transaction {
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.connection, Some(Connection::Sqlite(_)))
    }

    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let place = &self.place;
        self.connection
            .as_mut()
            .ok_or_else(|| StoreError::of_database(place, &sqlx::Error::PoolClosed))
    }

    pub(crate) async fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let found = self.connection()?.rows(sql, values).await;
        found.map_err(|error| self.failed(&error))
    }

    pub(crate) async fn row(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.pop())
    }

    pub(crate) async fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let done = self.connection()?.run(sql, values).await;
        done.map_err(|error| self.failed(&error))
    }

    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let done = self.connection()?.script(sql).await;
        done.map_err(|error| self.failed(&error))
    }

    /// What an unreadable row of this transaction means.
    pub(crate) fn failed(&self, error: &sqlx::Error) -> StoreError {
        StoreError::of_database(&self.place, error)
    }

    /// Ends the transaction; when this returns, its content survives a loss of power.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.end("commit").await
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        self.end("rollback").await
    }

    async fn end(mut self, sql: &'static str) -> Result<(), StoreError> {
        self.run(sql, &[]).await?;
        drop(self.connection.take());
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.abandon();
        }
    }
}

enum Pools {
    /// SQLite has one writer at a time; readers have connections of their own, which cannot write.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// One open database.
#[derive(Clone)]
pub(crate) struct Database {
    pools: Arc<Pools>,
    place: Arc<str>,
}

impl Database {
    /// Opens an existing database. Looks at its durability settings, not at its tables.
    pub(crate) async fn open(location: &Location, max_pages: Option<u32>) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(path) => Self::open_sqlite(path, max_pages).await,
            Location::Postgres(url) => Self::open_postgres(url).await,
        }
    }

    async fn open_sqlite(path: &Path, max_pages: Option<u32>) -> Result<Self, StoreError> {
        let place: Arc<str> = path.display().to_string().into();
        let failed = |error: sqlx::Error| StoreError::of_database(&place, &error);
        if !path.is_file() {
            return Err(StoreError::NotInitialised {
                place: place.to_string(),
            });
        }
        let mut options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("secure_delete", "on")
            .pragma("trusted_schema", "off")
            .pragma("cell_size_check", "on")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        if let Some(pages) = max_pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(WAIT)
                .idle_timeout(None)
                .max_lifetime(None)
                // It is a file of this machine: there is no line that could have been cut.
                .test_before_acquire(false)
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(failed)?;
        let readers = pool(SQLITE_READERS).connect_lazy_with(options.pragma("query_only", "on"));
        let database = Self {
            pools: Arc::new(Pools::Sqlite { writer, readers }),
            place: Arc::clone(&place),
        };
        database.require_sqlite_version().await?;
        database.require_setting("pragma journal_mode", "wal").await?;
        database
            .require_setting("select synchronous || '' from pragma_synchronous", "2")
            .await?;
        database
            .require_setting("select secure_delete || '' from pragma_secure_delete", "1")
            .await?;
        Ok(database)
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Unavailable {
            place: "the PostgreSQL address".to_owned(),
            detail: "it cannot be read; write it as postgres://user@host/database".to_owned(),
        })?;
        let place: Arc<str> = format!(
            "PostgreSQL database {} on {}",
            options.get_database().unwrap_or("(default)"),
            options.get_host()
        )
        .into();
        let options = options
            .options([("synchronous_commit", "on")])
            .application_name("candor")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(WAIT);
        let pool = pool
            .connect_with(options)
            .await
            .map_err(|error| StoreError::of_database(&place, &error))?;
        let database = Self {
            pools: Arc::new(Pools::Postgres(pool)),
            place,
        };
        database
            .require_setting("select current_setting('synchronous_commit')", "on")
            .await?;
        database
            .require_setting("select current_setting('fsync')", "on")
            .await?;
        Ok(database)
    }

    /// An acknowledged report must be durable, so a database that forgets on a loss of power is refused.
    async fn require_setting(&self, sql: &'static str, wanted: &str) -> Result<(), StoreError> {
        let row = self.command(sql).await?;
        let found = row
            .map(|row| row.text(0))
            .transpose()
            .map_err(|error| self.failed(&error))?;
        if found.as_deref() == Some(wanted) {
            return Ok(());
        }
        Err(StoreError::Unavailable {
            place: self.place.to_string(),
            detail: format!(
                "it does not run durably: `{sql}` does not give `{wanted}`; use a local disk, or correct the server's settings"
            ),
        })
    }

    async fn require_sqlite_version(&self) -> Result<(), StoreError> {
        let row = self.command("select sqlite_version()").await?;
        let version = row
            .map(|row| row.text(0))
            .transpose()
            .map_err(|error| self.failed(&error))?
            .unwrap_or_default();
        if is_sqlite_recent(&version) {
            return Ok(());
        }
        let [major, minor, patch] = SQLITE_AT_LEAST;
        Err(StoreError::Unavailable {
            place: self.place.to_string(),
            detail: format!(
                "SQLite {version} can corrupt it; Candor needs {major}.{minor}.{patch} or newer, so build it with the bundled SQLite"
            ),
        })
    }

    /// What to call this database in a message.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn failed(&self, error: &sqlx::Error) -> StoreError {
        StoreError::of_database(&self.place, error)
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(*self.pools, Pools::Sqlite { .. })
    }

    /// Begins a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let (connection, sql) = match &*self.pools {
            Pools::Sqlite { writer, .. } => (writer.acquire().await.map(Connection::Sqlite), "begin immediate"),
            Pools::Postgres(pool) => (pool.acquire().await.map(Connection::Postgres), "begin"),
        };
        let connection = connection.map_err(|error| self.failed(&error))?;
        let mut transaction = Transaction {
            connection: Some(connection),
            place: Arc::clone(&self.place),
        };
        transaction.run(sql, &[]).await?;
        Ok(transaction)
    }

    /// Begins a transaction that only reads, and sees one state of the database however much is written meanwhile.
    pub(crate) async fn snapshot(&self) -> Result<Transaction, StoreError> {
        let (connection, sql) = match &*self.pools {
            Pools::Sqlite { readers, .. } => (readers.acquire().await.map(Connection::Sqlite), "begin"),
            Pools::Postgres(pool) => (
                pool.acquire().await.map(Connection::Postgres),
                "begin isolation level repeatable read, read only",
            ),
        };
        let connection = connection.map_err(|error| self.failed(&error))?;
        let mut transaction = Transaction {
            connection: Some(connection),
            place: Arc::clone(&self.place),
        };
        transaction.run(sql, &[]).await?;
        Ok(transaction)
    }

    /// One reading query.
    pub(crate) async fn rows(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let connection = match &*self.pools {
            Pools::Sqlite { readers, .. } => readers.acquire().await.map(Connection::Sqlite),
            Pools::Postgres(pool) => pool.acquire().await.map(Connection::Postgres),
        };
        let mut connection = connection.map_err(|error| self.failed(&error))?;
        connection.rows(sql, values).await.map_err(|error| self.failed(&error))
    }

    /// One reading query that gives at most one row.
    pub(crate) async fn row(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.pop())
    }

    /// One writing statement, committed by itself; gives the rows that it returns.
    pub(crate) async fn write(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = transaction.rows(sql, values).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// One statement outside of any transaction, on the writing connection.
    pub(crate) async fn command(&self, sql: &'static str) -> Result<Option<Row>, StoreError> {
        let connection = match &*self.pools {
            Pools::Sqlite { writer, .. } => writer.acquire().await.map(Connection::Sqlite),
            Pools::Postgres(pool) => pool.acquire().await.map(Connection::Postgres),
        };
        let mut connection = connection.map_err(|error| self.failed(&error))?;
        Ok(connection
            .rows(sql, &[])
            .await
            .map_err(|error| self.failed(&error))?
            .pop())
    }

    /// Closes all connections; SQLite then folds its write-ahead log into the file.
    pub(crate) async fn close(&self) {
        match &*self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

fn is_sqlite_recent(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0_u32));
    let mut next = || numbers.next().unwrap_or(0);
    [next(), next(), next()] >= SQLITE_AT_LEAST
}

/// Makes an empty SQLite file that only its owner can read, with its folder; SQLite gives its side files the same rights.
/// A PostgreSQL database is made by its administrator.
pub(crate) fn create_file(location: &Location) -> Result<(), StoreError> {
    let Location::Sqlite(path) = location else {
        return Ok(());
    };
    let place = path.display().to_string();
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created
        .and_then(|file| file.sync_all())
        .and_then(|()| sync_parent(path))
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => StoreError::AlreadyThere { place },
            _ => StoreError::of_file(&place, &error),
        })
}

/// Removes an SQLite file that [`create_file`] made, with its side files. A file that stays is named by the next `init`.
pub(crate) fn remove_file(location: &Location) {
    let Location::Sqlite(path) = location else {
        return;
    };
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        fs::remove_file(name).ok();
    }
}

/// Makes a folder, and those above it, that only its owner can enter; fine if it is there already.
pub(crate) fn create_folder(folder: &Path) -> Result<(), StoreError> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created
        .and_then(|()| sync_parent(folder))
        .map_err(|error| StoreError::of_file(&folder.display().to_string(), &error))
}

/// Makes the name of a new file or folder durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_with_the_wal_reset_bug_is_too_old() {
        for version in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(is_sqlite_recent(version), "{version}");
        }
        for version in ["3.51.2", "3.40.1", "3.9.99", "", "x"] {
            assert!(!is_sqlite_recent(version), "{version}");
        }
    }
}
