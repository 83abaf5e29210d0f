//! Leases: one holder at a time for work that must not run twice. Times come from the callers; the fence tells old holders apart.

use crate::StoreError;
use crate::journal::Journal;
use crate::names::{Holder, LeaseName};
use crate::sql::{Value, int};

/// A lease that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is about.
    pub name: LeaseName,
    /// Who holds it.
    pub holder: Holder,
    /// Until when, in microseconds since 1970.
    pub until_us: i64,
    /// Grows with each new holder: an effect that carries an older fence comes from a holder that was replaced.
    pub fence: u64,
}

impl Journal {
    /// Takes a free or expired lease, or renews the holder's own. `None` if another one holds it at `now_us`.
    pub(crate) async fn take_lease(
        &self,
        name: &LeaseName,
        holder: &Holder,
        now_us: i64,
        until_us: i64,
    ) -> Result<Option<Lease>, StoreError> {
        const SQL: &str = "insert into lease (name, holder, until_us, fence) values ($1, $2, $3, 1) \
             on conflict (name) do update set holder = excluded.holder, until_us = excluded.until_us, \
             fence = case when lease.holder = excluded.holder and lease.until_us > $4 then lease.fence else lease.fence + 1 end \
             where lease.holder = excluded.holder or lease.until_us <= $4 \
             returning fence";
        let values = [
            Value::Text(name.as_str()),
            Value::Text(holder.as_str()),
            Value::Int(until_us),
            Value::Int(now_us),
        ];
        let rows = self.database().write(SQL, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let fence = row.count(0).map_err(|error| self.database().failed(&error))?;
        Ok(Some(Lease {
            name: name.clone(),
            holder: holder.clone(),
            until_us,
            fence,
        }))
    }

    /// Gives a lease back before its time; nothing happens if it has passed to another holder.
    pub(crate) async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        const SQL: &str = "update lease set until_us = 0 where name = $1 and holder = $2 and fence = $3";
        self.database()
            .write(
                SQL,
                &[
                    Value::Text(lease.name.as_str()),
                    Value::Text(lease.holder.as_str()),
                    int(lease.fence),
                ],
            )
            .await?;
        Ok(())
    }
}
