//! Checking what stands beside the journal: the rows of tracking numbers, jobs and commands, which no tree covers.
//!
//! Finds rows that point to what is not there, and answers that do not open. A row that was removed, and the times and counts in a row,
//! leave no trace here; what a number should point to stands in bodies, which this crate never reads.

use vault::Context;

use crate::StoreError;
use crate::batch::Body;
use crate::journal::Journal;
use crate::keyring::Keyring;
use crate::names::KeyId;
use crate::sql::{Value, int};
use crate::verify::{Fault, Finding};

/// Rows read at a time.
const PAGE_ROWS: u64 = 1_000;

/// What does not fit, in all three tables.
pub(crate) async fn check(journal: &Journal, keyring: &Keyring) -> Result<Vec<Finding>, StoreError> {
    let mut findings = numbers(journal).await?;
    findings.extend(jobs(journal).await?);
    findings.extend(commands(journal, keyring).await?);
    Ok(findings)
}

async fn numbers(journal: &Journal) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "select number, stream from number \
         where not exists (select 1 from entry where entry.stream = number.stream) order by number limit $1";
    let found = |(number, stream): (String, String)| Finding {
        place: format!("the tracking number {} ({})", plain(&number), plain(&stream)),
        fault: Fault::NumberOfNothing,
    };
    let rows = pairs(journal, SQL, &[int(PAGE_ROWS)]).await?;
    Ok(rows.into_iter().map(found).collect())
}

async fn jobs(journal: &Journal) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "select job_key, stream from job where state not in ('ready', 'done', 'dead') or not exists \
         (select 1 from entry where entry.stream = job.stream and entry.seq = job.seq) order by job_key limit $1";
    let found = |(job, stream): (String, String)| Finding {
        place: format!("the job {} ({})", plain(&job), plain(&stream)),
        fault: Fault::JobOfNothing,
    };
    let rows = pairs(journal, SQL, &[int(PAGE_ROWS)]).await?;
    Ok(rows.into_iter().map(found).collect())
}

/// An answer is sealed together with the id of its command and the name of its key, so it opens only where it was written.
async fn commands(journal: &Journal, keyring: &Keyring) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "select id, key_id, answer from command where id > $1 order by id limit $2";
    let database = journal.database();
    let (mut after, mut findings) = (String::new(), Vec::new());
    loop {
        let page = database
            .rows(SQL, &[Value::Text(&after), int(PAGE_ROWS)])
            .await?
            .iter()
            .map(|row| Ok((row.text(0)?, row.text(1)?, row.bytes(2)?)))
            .collect::<Result<Vec<_>, sqlx::Error>>()
            .map_err(|error| database.failed(&error))?;
        let Some((last, ..)) = page.last() else {
            return Ok(findings);
        };
        after.clone_from(last);
        let ids: Vec<KeyId> = page
            .iter()
            .filter_map(|(_, key, _)| KeyId::new(key.as_str()).ok())
            .collect();
        let keys = keyring.find(&ids).await?;
        for (id, key_id, answer) in &page {
            let key = KeyId::new(key_id.as_str()).ok().and_then(|key| keys.get(&key));
            let context = Context::Answer { command: id, key_id };
            let fault = match journal.open_body(key, &context, answer, String::new) {
                Ok(Body::Plain(_) | Body::Erased) => continue,
                Ok(Body::KeyMissing) => Fault::KeyMissing,
                Err(_) => Fault::AnswerEdited,
            };
            findings.push(Finding {
                place: format!("the command {}", plain(id)),
                fault,
            });
        }
    }
}

/// All tracking numbers behind one, with the streams that they name, in their order.
pub(crate) async fn numbers_after(journal: &Journal, after: &str) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "select number, stream from number where number > $1 order by number limit $2";
    pairs(journal, SQL, &[Value::Text(after), int(PAGE_ROWS)]).await
}

async fn pairs(
    journal: &Journal,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<(String, String)>, StoreError> {
    let database = journal.database();
    let rows = database.rows(sql, values).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?, row.text(1)?)))
        .collect::<Result<_, sqlx::Error>>()
        .map_err(|error| database.failed(&error))
}

/// A name out of a row that somebody may have edited, fit for a line of text.
fn plain(name: &str) -> String {
    const MAX_CHARS: usize = 100;
    name.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect()
}
