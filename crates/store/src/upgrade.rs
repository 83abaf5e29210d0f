//! From an older format to this one: each database in one transaction, so that a crash at any statement leaves the format before.
//!
//! Owns what a step must fill in beside its tables. Never changes an entry, and never knows what a sealed body means: the caller says.

use std::sync::Arc;

use vault::MasterKey;

use crate::blobs::{BlobId, Blobs};
use crate::journal::Journal;
use crate::keyring::Keyring;
use crate::schema::Part;
use crate::sql::Database;
use crate::store::require_apart;
use crate::{Config, KeyId, Recorded, Store, StoreError};

/// The format from which on blobs are known to the database.
const BLOBS_KNOWN_FROM: u64 = 2;
const PAGE_ENTRIES: u64 = 1_000;

/// What [`Store::upgrade`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgraded {
    /// The journal's format before and after.
    pub journal: (u64, u64),
    /// The keys' format before and after.
    pub keys: (u64, u64),
}

impl Store {
    /// Brings both databases to the current format. Make a backup first, and stop every other process. `blobs_of` says which blobs an
    /// entry names, and the keys that seal them: older formats know that only inside of sealed bodies.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::NotInitialised`], [`StoreError::WrongMasterKey`], [`StoreError::Corrupt`],
    /// [`StoreError::Full`], [`StoreError::Unavailable`]. The format is then as it was; repeating it is safe.
    pub async fn upgrade(
        config: &Config,
        master: MasterKey,
        blobs_of: &(dyn Fn(&Recorded) -> Vec<(String, KeyId)> + Sync),
    ) -> Result<Upgraded, StoreError> {
        require_apart(config)?;
        let keys = Database::open(&config.keys, None).await?;
        let journal = Journal::new(Database::open(&config.journal, config.journal_max_pages).await?);
        // Looked at first: if one of the two is newer, the other stays as it is.
        for (part, database) in [(Part::Keys, &keys), (Part::Journal, journal.database())] {
            match part.require_newest(database).await {
                Ok(()) | Err(StoreError::Older { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let (newest_keys, newest_journal) = (Part::Keys.newest(), Part::Journal.newest());
        let mut upgraded = Upgraded {
            journal: (newest_journal, newest_journal),
            keys: (newest_keys, newest_keys),
        };
        if let Some((transaction, before)) = Part::Keys.begin_upgrade(&keys).await? {
            transaction.commit().await?;
            upgraded.keys.0 = before;
        }
        let keyring = Keyring::open(&config.keys, Arc::new(master)).await?;
        if let Some((mut transaction, before)) = Part::Journal.begin_upgrade(journal.database()).await? {
            if before < BLOBS_KNOWN_FROM {
                let blobs = Blobs::new(config.blobs.clone(), journal.clone());
                let mut seen = 0;
                loop {
                    // Read outside of the transaction: nobody else writes, and entries are not what the step changes.
                    let page = journal.tail(&keyring, seen, PAGE_ENTRIES).await?;
                    let Some(last) = page.last() else { break };
                    seen = last.log_index + 1;
                    for (id, key_id) in page.iter().flat_map(blobs_of) {
                        let id = journal.name(&id, BlobId::new)?;
                        blobs.measure(&id, &key_id)?.insert(&mut transaction).await?;
                    }
                }
            }
            transaction.commit().await?;
            upgraded.journal.0 = before;
        }
        keyring.close().await;
        keys.close().await;
        journal.database().close().await;
        Ok(upgraded)
    }
}
