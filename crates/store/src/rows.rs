//! Many rows in one statement: a house of a million rows is read in within a minute, not in ten.
//!
//! Owns rows that wait for the next statement, and the statement for many of them, which says the row of a static one again and again.
//! Never holds a row back beyond [`Rows::flush`] or [`Rows::take`], and never puts a value into a text.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::StoreError;
use crate::sql::{Transaction, Value};

/// Most rows of one statement, a power of two. SQLite takes 32,766 values, and a row has at most eight.
const ROWS_AT_ONCE: usize = 64;

/// Rows that wait to be inserted together.
#[derive(Default)]
pub(crate) struct Rows {
    waiting: Ready,
}

/// Rows of one table that are to be inserted now.
#[derive(Default)]
pub(crate) struct Ready {
    insertion: &'static str,
    rows: Vec<Vec<Owned>>,
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
        match self.push(insertion, row) {
            Some(ready) => ready.insert(transaction).await,
            None => Ok(0),
        }
    }

    /// Inserts the rows that wait. Gives how many of them were there already.
    pub(crate) async fn flush(&mut self, transaction: &mut Transaction) -> Result<u64, StoreError> {
        self.take().insert(transaction).await
    }

    /// Adds a row, and gives the rows that are to be inserted first, or with it.
    pub(crate) fn push(&mut self, insertion: &'static str, row: &[Value<'_>]) -> Option<Ready> {
        let row = row.iter().map(Owned::of).collect();
        if self.waiting.insertion != insertion {
            let ready = self.take();
            self.waiting.insertion = insertion;
            self.waiting.rows.push(row);
            return (!ready.rows.is_empty()).then_some(ready);
        }
        self.waiting.rows.push(row);
        (self.waiting.rows.len() >= ROWS_AT_ONCE).then(|| self.take())
    }

    /// The rows that wait.
    pub(crate) fn take(&mut self) -> Ready {
        let insertion = self.waiting.insertion;
        Ready {
            insertion,
            rows: std::mem::take(&mut self.waiting.rows),
        }
    }
}

impl Ready {
    /// Gives how many of them were there already.
    pub(crate) async fn insert(self, transaction: &mut Transaction) -> Result<u64, StoreError> {
        let count = self.rows.len() as u64;
        let (mut left, mut inserted) = (self.rows.as_slice(), 0);
        // By powers of two, so that there are few statements to know.
        while let Some(power) = left.len().checked_ilog2() {
            let times = (1 << power).min(ROWS_AT_ONCE);
            let many = many(self.insertion, times, transaction.is_sqlite());
            let (now, later) = left.split_at(many.map_or(1, |_| times));
            let values: Vec<Value<'_>> = now.iter().flatten().map(Owned::value).collect();
            inserted += transaction.run(many.unwrap_or(self.insertion), &values).await?;
            left = later;
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

/// The insertion of so many rows; none of a single one. Made once of each of this crate's few insertions, and kept as long as the process.
fn many(insertion: &'static str, times: usize, for_sqlite: bool) -> Option<&'static str> {
    static KNOWN: Mutex<BTreeMap<(&str, usize, bool), &str>> = Mutex::new(BTreeMap::new());
    if times == 1 {
        return None;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(many) = known.get(&(insertion, times, for_sqlite)) {
        return Some(many);
    }
    let many: &'static str = repeated(insertion, times, for_sqlite)?.leak();
    known.insert((insertion, times, for_sqlite), many);
    Some(many)
}

/// `insert into t (a, b) values ($1, $2) …` with its row said so many times, each with places of its own. For SQLite they have no
/// names: it looks every name up in the list of all of them, which took longer than the insertion.
fn repeated(insertion: &str, times: usize, for_sqlite: bool) -> Option<String> {
    let (head, rest) = insertion.split_once(" values (")?;
    let (row, tail) = rest.split_once(')')?;
    let width = row.matches('$').count();
    let rows = (0..times).map(|time| {
        let mut places = 0;
        let columns = row.split(", ").map(|column| {
            let Some(place) = column.strip_prefix('$') else {
                return Some(column.to_owned());
            };
            let place = place.parse::<usize>().ok()?;
            places += 1;
            match for_sqlite {
                true => (place == places).then(|| "?".to_owned()),
                false => Some(format!("${}", place + time * width)),
            }
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
    fn check_repeated(insertion: &str, for_sqlite: bool, expect: Option<&str>) {
        assert_eq!(repeated(insertion, 3, for_sqlite).as_deref(), expect);
    }

    #[test]
    fn a_row_is_said_again_with_places_of_its_own() {
        let number = "insert into number (number, stream) values ($1, $2) on conflict do nothing";
        check_repeated(
            number,
            false,
            Some("insert into number (number, stream) values ($1, $2), ($3, $4), ($5, $6) on conflict do nothing"),
        );
        check_repeated(
            number,
            true,
            Some("insert into number (number, stream) values (?, ?), (?, ?), (?, ?) on conflict do nothing"),
        );
        check_repeated(
            "insert into lease (name, holder, fence) values ($1, 'nobody', $2)",
            false,
            Some(
                "insert into lease (name, holder, fence) values ($1, 'nobody', $2), ($3, 'nobody', $4), ($5, 'nobody', $6)",
            ),
        );
        check_repeated("insert into number (stream, number) values ($2, $1)", true, None);
        check_repeated("select 1", false, None);
    }
}
