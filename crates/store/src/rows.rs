//! Many rows in one statement: a house of a million rows is read in within a minute, not in ten.
//!
//! Owns rows that wait for the next statement, and the statement for many of them, which says the row of a static one again and again.
//! Never holds a row back beyond [`Rows::flush`], and never puts a value into a text.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::StoreError;
use crate::sql::{Transaction, Value};

/// Rows of one statement. SQLite takes 32,766 values, and a row has at most eight.
const ROWS_AT_ONCE: usize = 64;

/// Rows that wait to be inserted together.
#[derive(Default)]
pub(crate) struct Rows {
    insertion: &'static str,
    waiting: Vec<Vec<Owned>>,
}

/// A value that waits.
enum Owned {
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
}

impl Rows {
    /// Adds a row to the table of an insertion. Gives how many of those that were inserted now were there already, if it lets them be.
    pub(crate) async fn add(
        &mut self,
        transaction: &mut Transaction,
        insertion: &'static str,
        row: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let mut there = 0;
        if self.insertion != insertion {
            there += self.flush(transaction).await?;
            self.insertion = insertion;
        }
        self.waiting.push(row.iter().map(Owned::of).collect());
        if self.waiting.len() >= ROWS_AT_ONCE {
            there += self.flush(transaction).await?;
        }
        Ok(there)
    }

    /// Inserts the rows that wait. Gives how many of them were there already.
    pub(crate) async fn flush(&mut self, transaction: &mut Transaction) -> Result<u64, StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let count = waiting.len() as u64;
        let mut inserted = 0;
        if waiting.len() == ROWS_AT_ONCE
            && let Some(many) = many(self.insertion)
        {
            let values: Vec<Value<'_>> = waiting.iter().flatten().map(Owned::value).collect();
            inserted = transaction.run(many, &values).await?;
        } else {
            for row in &waiting {
                let values: Vec<Value<'_>> = row.iter().map(Owned::value).collect();
                inserted += transaction.run(self.insertion, &values).await?;
            }
        }
        Ok(count.saturating_sub(inserted))
    }
}

impl Owned {
    fn of(value: &Value<'_>) -> Owned {
        match *value {
            Value::Text(text) => Owned::Text(text.to_owned()),
            Value::Int(number) => Owned::Int(number),
            Value::Bytes(bytes) => Owned::Bytes(bytes.to_vec()),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Text(text) => Value::Text(text),
            Owned::Int(number) => Value::Int(*number),
            Owned::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

/// The insertion of [`ROWS_AT_ONCE`] rows. Made once of each of this crate's few insertions, and kept as long as the process.
fn many(insertion: &'static str) -> Option<&'static str> {
    static KNOWN: Mutex<BTreeMap<&str, &str>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(many) = known.get(insertion) {
        return Some(many);
    }
    let many: &'static str = repeated(insertion, ROWS_AT_ONCE)?.leak();
    known.insert(insertion, many);
    Some(many)
}

/// `insert into t (a, b) values ($1, $2) …` with its row said so many times, each with places of its own.
fn repeated(insertion: &str, times: usize) -> Option<String> {
    let (head, rest) = insertion.split_once(" values (")?;
    let (row, tail) = rest.split_once(')')?;
    let width = row.matches('$').count();
    let rows = (0..times).map(|time| {
        let columns = row.split(", ").map(|column| match column.strip_prefix('$') {
            Some(place) => Some(format!("${}", place.parse::<usize>().ok()? + time * width)),
            None => Some(column.to_owned()),
        });
        Some(format!("({})", columns.collect::<Option<Vec<_>>>()?.join(", ")))
    });
    let rows = rows.collect::<Option<Vec<_>>>()?.join(", ");
    Some(format!("{head} values {rows}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::repeated;

    #[track_caller]
    fn check_repeated(insertion: &str, expect: &str) {
        assert_eq!(repeated(insertion, 3).as_deref(), Some(expect));
    }

    #[test]
    fn a_row_is_said_again_with_places_of_its_own() {
        check_repeated(
            "insert into number (number, stream) values ($1, $2) on conflict do nothing",
            "insert into number (number, stream) values ($1, $2), ($3, $4), ($5, $6) on conflict do nothing",
        );
        check_repeated(
            "insert into lease (name, holder, fence) values ($1, 'nobody', $2)",
            "insert into lease (name, holder, fence) values ($1, 'nobody', $2), ($3, 'nobody', $4), ($5, 'nobody', $6)",
        );
        assert_eq!(repeated("select 1", 3), None);
    }
}
