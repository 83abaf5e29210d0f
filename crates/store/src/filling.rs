//! A transaction that is filled with rows: the next ones are read while the last ones are inserted.
//!
//! Owns the one statement that runs meanwhile. What is wrong with it comes to light with the next one, at the latest at the commit.
//! Never commits what it was not told to: dropped, nothing of it counts.

use tokio::task::JoinHandle;

use crate::StoreError;
use crate::rows::{Ready, Rows};
use crate::sql::{Transaction, Value};

/// A transaction, and the rows on their way into it.
pub(crate) struct Filling {
    /// None while a statement runs in it.
    transaction: Option<Transaction>,
    running: Option<JoinHandle<(Transaction, Result<u64, StoreError>)>>,
    rows: Rows,
}

impl Filling {
    pub(crate) fn of(transaction: Transaction) -> Self {
        Self {
            transaction: Some(transaction),
            running: None,
            rows: Rows::default(),
        }
    }

    /// Adds a row to the table of an insertion. Gives how many of those that are known to be inserted by now were there already.
    pub(crate) async fn add(&mut self, insertion: &'static str, row: &[Value<'_>]) -> Result<u64, StoreError> {
        match self.rows.push(insertion, row) {
            Some(ready) => self.start(ready).await,
            None => Ok(0),
        }
    }

    /// Inserts every row that waits. Gives how many were there already.
    pub(crate) async fn flush(&mut self) -> Result<u64, StoreError> {
        let rest = self.rows.take();
        Ok(self.start(rest).await? + self.settle().await?)
    }

    /// The transaction, with nothing running in it. Rows may still wait.
    pub(crate) async fn transaction(&mut self) -> Result<(&mut Transaction, u64), StoreError> {
        let there = self.settle().await?;
        let transaction = self.transaction.as_mut().ok_or_else(stopped)?;
        Ok((transaction, there))
    }

    /// Ends the transaction, with every row in it; when this returns, its content survives a loss of power.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.flush().await?;
        self.transaction.take().ok_or_else(stopped)?.commit().await
    }

    async fn start(&mut self, ready: Ready) -> Result<u64, StoreError> {
        let there = self.settle().await?;
        let mut transaction = self.transaction.take().ok_or_else(stopped)?;
        self.running = Some(tokio::spawn(async move {
            let inserted = ready.insert(&mut transaction).await;
            (transaction, inserted)
        }));
        Ok(there)
    }

    async fn settle(&mut self) -> Result<u64, StoreError> {
        let Some(running) = self.running.take() else {
            return Ok(0);
        };
        let (transaction, inserted) = running.await.map_err(|_| stopped())?;
        self.transaction = Some(transaction);
        inserted
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable {
        place: "the new house".to_owned(),
        detail: "the program is ending".to_owned(),
    }
}
