//! The journal's rows: what a leaf commits to, the head, and reading.
//!
//! Rows are added by `append`, and by `import` into a new journal; no statement of this crate changes or removes one.

use sha2::{Digest as _, Sha256};
use vault::Context;

use crate::StoreError;
use crate::batch::{Body, Head, Recorded};
use crate::keyring::{Found, Keyring};
use crate::merkle::{Edge, Hash, leaf_hash};
use crate::names::{ActorId, KeyId, Number, StreamId};
use crate::sql::{Database, Row, Transaction, Value, int};

/// Entries that one reading gives at most.
pub const PAGE_MAX_ENTRIES: u64 = 10_000;

/// The leaf of an entry: `H(0x00 || header || H(sealed body))`. It commits to sealed bytes, so the log can be checked without a
/// key, and after a key is erased; and to its place, so that no two rows can be exchanged.
pub(crate) fn leaf_of(
    log_index: u64,
    stream: &str,
    seq: u64,
    recorded_us: i64,
    actor: &str,
    key_id: &str,
    sealed: &[u8],
) -> Hash {
    let mut header = Vec::with_capacity(160);
    header.extend_from_slice(&log_index.to_be_bytes());
    header.extend_from_slice(&seq.to_be_bytes());
    header.extend_from_slice(&recorded_us.to_be_bytes());
    for name in [stream, actor, key_id] {
        header.extend_from_slice(&(name.len() as u64).to_be_bytes());
        header.extend_from_slice(name.as_bytes());
    }
    leaf_hash(&[&header, &Sha256::digest(sealed)])
}

/// A row of the journal, still sealed.
pub(crate) struct SealedRow {
    pub(crate) log_index: u64,
    pub(crate) stream: String,
    pub(crate) seq: u64,
    pub(crate) recorded_us: i64,
    pub(crate) actor: String,
    pub(crate) key_id: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) leaf: Vec<u8>,
}

impl SealedRow {
    pub(crate) fn read(row: &Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            log_index: row.count(0)?,
            stream: row.text(1)?,
            seq: row.count(2)?,
            recorded_us: row.int(3)?,
            actor: row.text(4)?,
            key_id: row.text(5)?,
            sealed: row.bytes(6)?,
            leaf: row.bytes(7)?,
        })
    }

    /// What adds a row to the journal.
    pub(crate) const INSERT: &str = "insert into entry (log_index, stream, seq, recorded_us, actor, key_id, body, leaf) values ($1, $2, $3, $4, $5, $6, $7, $8)";

    /// The values of [`SealedRow::INSERT`].
    pub(crate) fn values(&self) -> [Value<'_>; 8] {
        [
            int(self.log_index),
            Value::Text(&self.stream),
            int(self.seq),
            Value::Int(self.recorded_us),
            Value::Text(&self.actor),
            Value::Text(&self.key_id),
            Value::Bytes(&self.sealed),
            Value::Bytes(&self.leaf),
        ]
    }

    /// The leaf that the row's content gives.
    pub(crate) fn leaf(&self) -> Hash {
        leaf_of(
            self.log_index,
            &self.stream,
            self.seq,
            self.recorded_us,
            &self.actor,
            &self.key_id,
            &self.sealed,
        )
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context::Entry {
            stream: &self.stream,
            seq: self.seq,
            key_id: &self.key_id,
        }
    }

    pub(crate) fn place(&self) -> String {
        format!("entry {} of the log ({} {})", self.log_index, self.stream, self.seq)
    }
}

#[derive(Clone)]
pub(crate) struct Journal {
    database: Database,
}

impl Journal {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn place(&self) -> &str {
        self.database.place()
    }

    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.database.begin().await
    }

    /// Writes the head of a new journal.
    pub(crate) async fn first_head(transaction: &mut Transaction, edge: &Edge) -> Result<(), StoreError> {
        const SQL: &str = "insert into log_head (id, size, edge) values (1, $1, $2)";
        let values = [int(edge.size()), Value::Bytes(&edge.to_bytes())];
        transaction.run(SQL, &values).await.map(|_| ())
    }

    /// The head, locked until the transaction ends: the statement changes nothing, but makes other writers wait on both databases.
    pub(crate) async fn take_head(&self, transaction: &mut Transaction) -> Result<Edge, StoreError> {
        let row = transaction
            .row("update log_head set size = size where id = 1 returning size, edge", &[])
            .await?;
        self.edge(row.as_ref())
    }

    pub(crate) async fn put_head(
        &self,
        transaction: &mut Transaction,
        before: &Edge,
        after: &Edge,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update log_head set size = $1, edge = $2 where id = 1 and size = $3";
        let changed = transaction
            .run(
                SQL,
                &[int(after.size()), Value::Bytes(&after.to_bytes()), int(before.size())],
            )
            .await?;
        if changed == 1 {
            Ok(())
        } else {
            Err(self.damaged("the head of the log changed under its lock"))
        }
    }

    /// When the entry before this place was recorded; the beginning of time for the first one.
    pub(crate) async fn last_recorded(&self, transaction: &mut Transaction, size: u64) -> Result<i64, StoreError> {
        let Some(last) = size.checked_sub(1) else {
            return Ok(i64::MIN);
        };
        let row = transaction
            .row("select recorded_us from entry where log_index = $1", &[int(last)])
            .await?;
        row.ok_or_else(|| self.damaged("the last entry is missing"))?
            .int(0)
            .map_err(|error| self.database.failed(&error))
    }

    /// When the last entry was recorded; none in a journal without any.
    pub(crate) async fn newest_recorded(&self) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "select recorded_us from entry order by log_index desc limit 1";
        let row = self.database.row(SQL, &[]).await?;
        row.map(|row| row.int(0))
            .transpose()
            .map_err(|error| self.database.failed(&error))
    }

    pub(crate) async fn read_edge(&self) -> Result<Edge, StoreError> {
        let row = self
            .database
            .row("select size, edge from log_head where id = 1", &[])
            .await?;
        self.edge(row.as_ref())
    }

    pub(crate) fn edge(&self, row: Option<&Row>) -> Result<Edge, StoreError> {
        let row = row.ok_or_else(|| self.damaged("the head of the log is missing"))?;
        let failed = |error| self.database.failed(&error);
        let (size, bytes) = (row.count(0).map_err(failed)?, row.bytes(1).map_err(failed)?);
        Edge::from_bytes(size, &bytes)
            .ok_or_else(|| self.damaged("the edge in the head of the log does not fit its size"))
    }

    pub(crate) async fn head(&self) -> Result<Head, StoreError> {
        let edge = self.read_edge().await?;
        Ok(Head {
            size: edge.size(),
            root: edge.root(),
        })
    }

    pub(crate) async fn read_stream(
        &self,
        keyring: &Keyring,
        stream: &StreamId,
        from_seq: u64,
        limit: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = "select log_index, stream, seq, recorded_us, actor, key_id, body, leaf from entry \
             where stream = $1 and seq >= $2 order by seq limit $3";
        let rows = self
            .sealed(
                SQL,
                &[
                    Value::Text(stream.as_str()),
                    int(from_seq),
                    int(limit.min(PAGE_MAX_ENTRIES)),
                ],
            )
            .await?;
        self.open(keyring, rows).await
    }

    pub(crate) async fn tail(
        &self,
        keyring: &Keyring,
        from_log_index: u64,
        limit: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let rows = self.sealed_tail(from_log_index, limit).await?;
        self.open(keyring, rows).await
    }

    pub(crate) async fn sealed_tail(&self, from_log_index: u64, limit: u64) -> Result<Vec<SealedRow>, StoreError> {
        const SQL: &str = "select log_index, stream, seq, recorded_us, actor, key_id, body, leaf from entry \
             where log_index >= $1 order by log_index limit $2";
        self.sealed(SQL, &[int(from_log_index), int(limit.min(PAGE_MAX_ENTRIES))])
            .await
    }

    async fn sealed(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<SealedRow>, StoreError> {
        let rows = self.database.rows(sql, values).await?;
        rows.iter()
            .map(|row| SealedRow::read(row).map_err(|error| self.database.failed(&error)))
            .collect()
    }

    async fn open(&self, keyring: &Keyring, rows: Vec<SealedRow>) -> Result<Vec<Recorded>, StoreError> {
        let ids = rows
            .iter()
            .map(|row| self.name(&row.key_id, KeyId::new))
            .collect::<Result<Vec<_>, _>>()?;
        let keys = keyring.find(&ids).await?;
        rows.into_iter()
            .zip(ids)
            .map(|(row, key_id)| {
                // Nobody decides on what somebody edited.
                if row.leaf != row.leaf() {
                    return Err(StoreError::Corrupt {
                        place: row.place(),
                        detail:
                            "it is not what was recorded; run `candor journal verify`, which says what is still safe"
                                .to_owned(),
                    });
                }
                Ok(Recorded {
                    body: self.open_body(keys.get(&key_id), &row.context(), &row.sealed, || row.place())?,
                    log_index: row.log_index,
                    stream: self.name(&row.stream, StreamId::new)?,
                    seq: row.seq,
                    recorded_us: row.recorded_us,
                    actor: self.name(&row.actor, ActorId::new)?,
                    key_id,
                })
            })
            .collect()
    }

    /// Opens sealed bytes with what was found of their key; `what` names them for the message.
    pub(crate) fn open_body(
        &self,
        key: Option<&Found>,
        context: &Context<'_>,
        sealed: &[u8],
        what: impl Fn() -> String,
    ) -> Result<Body, StoreError> {
        match key {
            Some(Found::Key(key)) => match key.open(context, sealed) {
                Ok(plain) => Ok(Body::Plain(plain.into())),
                Err(_) => Err(self.damaged(&format!("{} does not open with its key", what()))),
            },
            Some(Found::Erased) => Ok(Body::Erased),
            Some(Found::Unknown) | None => Ok(Body::KeyMissing),
        }
    }

    pub(crate) async fn places_of(&self, stream: &StreamId) -> Result<Vec<u64>, StoreError> {
        const SQL: &str = "select log_index from entry where stream = $1 order by seq";
        let rows = self.database.rows(SQL, &[Value::Text(stream.as_str())]).await?;
        rows.iter()
            .map(|row| row.count(0).map_err(|error| self.database.failed(&error)))
            .collect()
    }

    pub(crate) async fn stream_of_number(&self, number: &Number) -> Result<Option<StreamId>, StoreError> {
        let row = self
            .database
            .row(
                "select stream from number where number = $1",
                &[Value::Text(number.as_str())],
            )
            .await?;
        row.map(|row| {
            self.name(
                &row.text(0).map_err(|error| self.database.failed(&error))?,
                StreamId::new,
            )
        })
        .transpose()
    }

    /// Text that this crate wrote as a name, and that must still be one.
    pub(crate) fn name<T>(&self, text: &str, parse: impl Fn(String) -> Result<T, StoreError>) -> Result<T, StoreError> {
        parse(text.to_owned()).map_err(|_| self.damaged("a name in a row is none"))
    }

    pub(crate) fn damaged(&self, detail: &str) -> StoreError {
        StoreError::Corrupt {
            place: self.place().to_owned(),
            detail: detail.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn a_leaf_commits_to_every_field() {
        let leaves = [
            leaf_of(1, "s", 2, 3, "a", "k", b"x"),
            leaf_of(9, "s", 2, 3, "a", "k", b"x"),
            leaf_of(1, "t", 2, 3, "a", "k", b"x"),
            leaf_of(1, "s", 9, 3, "a", "k", b"x"),
            leaf_of(1, "s", 2, 9, "a", "k", b"x"),
            leaf_of(1, "s", 2, 3, "b", "k", b"x"),
            leaf_of(1, "s", 2, 3, "a", "l", b"x"),
            leaf_of(1, "s", 2, 3, "a", "k", b"y"),
            leaf_of(1, "sa", 2, 3, "", "k", b"x"),
        ];
        assert_eq!(leaves.iter().collect::<HashSet<_>>().len(), leaves.len());
    }

    /// Computed with another SHA-256 from the description above. A change here breaks every journal that exists.
    #[test]
    fn the_leaf_format_is_fixed() {
        assert_eq!(
            HEXLOWER.encode(&leaf_of(1, "case:1", 2, 3, "person:1", "case:1", b"sealed")),
            "1cd77a424037820e98ad8beeef8fa09265e68ffcc8eda9586c71708902fa52ef"
        );
    }

    #[test]
    fn no_statement_changes_or_removes_an_entry() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let mut seen = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for verb in ["update", "delete from", "drop table", "alter table"] {
                assert!(!text.contains(&format!("{verb} entry")), "{verb}");
            }
            seen += text.matches("insert into entry").count();
        }
        assert!(
            seen >= 1,
            "the journal's one writer was not found, so this test looks in the wrong place"
        );
    }
}
