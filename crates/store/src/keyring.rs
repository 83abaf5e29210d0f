//! The data keys: made before their first use, kept wrapped in a database apart, erased for good.
//!
//! Owns the keys' database and the cache of unwrapped keys. Never lets a key out of the crate.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use vault::{CheckpointKey, DataKey, MasterKey};

use crate::names::KeyId;
use crate::rows::Rows;
use crate::schema::Part;
use crate::sql::{Database, Row, Value};
use crate::together::Together;
use crate::{Location, StoreError};

/// How many unwrapped keys are kept; then the cache starts anew.
const CACHE_MAX_KEYS: usize = 65_536;
/// How many keys one statement looks up: the places of the one in [`Keyring::load`].
const KEYS_AT_ONCE: usize = 16;
const ERASURES: &str = "select erasures from keyring where id = 1";
/// How often a checkpoint is tried while another process reads.
const TRUNCATE_TRIES: usize = 5;

/// What became of a key.
#[derive(Clone)]
pub(crate) enum Found {
    Key(Arc<DataKey>),
    /// Erased on purpose.
    Erased,
    /// Never made, or lost.
    Unknown,
}

#[derive(Default)]
struct Cache {
    /// How many keys had been erased when the cache was filled. If the database says more, the cache is stale.
    erasures: u64,
    keys: HashMap<KeyId, Arc<DataKey>>,
}

#[derive(Clone)]
pub(crate) struct Keyring {
    database: Database,
    master: Arc<MasterKey>,
    cache: Arc<Mutex<Cache>>,
    /// Keys that are to be made.
    making: Arc<Together<Vec<KeyId>>>,
    /// Who asks how many keys were erased, and what was read last.
    asking: Arc<Together<()>>,
    erased: Arc<AtomicU64>,
}

/// A key of a name that was just drawn, so that nobody else can have made it; it seals before it is durable.
pub(crate) struct NewKey {
    pub(crate) id: KeyId,
    wrapped: Vec<u8>,
    pub(crate) key: Arc<DataKey>,
}

impl PartialEq for NewKey {
    fn eq(&self, other: &NewKey) -> bool {
        (&self.id, &self.wrapped) == (&other.id, &other.wrapped)
    }
}

impl Eq for NewKey {}

/// Says its name alone.
impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewKey({})", self.id)
    }
}

impl Keyring {
    /// Makes the tables in a new database and binds them to the master key.
    pub(crate) async fn create(location: &Location, master: &MasterKey) -> Result<(), StoreError> {
        let database = Database::open(location, None).await?;
        let mark = master.mark()?;
        const FIRST: &str = "insert into keyring (id, mark, erasures) values (1, $1, 0)";
        let created = Part::Keys.create(&database, &[(FIRST, &[Value::Bytes(&mark)])]).await;
        database.close().await;
        created
    }

    pub(crate) async fn open(location: &Location, master: Arc<MasterKey>) -> Result<Self, StoreError> {
        let database = Database::open(location, None).await?;
        Part::Keys.require_newest(&database).await?;
        let keyring = Self {
            database,
            master,
            cache: Arc::default(),
            making: Arc::default(),
            asking: Arc::default(),
            erased: Arc::default(),
        };
        let row = keyring
            .database
            .row("select mark from keyring where id = 1", &[])
            .await?;
        let mark = row
            .ok_or_else(|| keyring.damaged("its mark is missing"))?
            .bytes(0)
            .map_err(|error| keyring.database.failed(&error))?;
        if !keyring.master.recognises(&mark) {
            return Err(StoreError::WrongMasterKey {
                place: keyring.database.place().to_owned(),
            });
        }
        Ok(keyring)
    }

    /// Looks keys up.
    pub(crate) async fn find(
        &self,
        ids: impl IntoIterator<Item = &KeyId>,
    ) -> Result<HashMap<KeyId, Found>, StoreError> {
        let ids: BTreeSet<&KeyId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let erasures = self.erasures().await?;
        let mut found = HashMap::with_capacity(ids.len());
        let mut wanted = Vec::new();
        for id in ids {
            match self.cached(id, erasures) {
                Some(key) => drop(found.insert(id.clone(), Found::Key(key))),
                None => wanted.push(id),
            }
        }
        for ids in wanted.chunks(KEYS_AT_ONCE) {
            self.load(ids, erasures, &mut found).await?;
        }
        Ok(found)
    }

    /// Looks keys up and makes those that never were. When this returns the new ones are durable, so a body sealed with them can
    /// always be opened again.
    pub(crate) async fn ensure(
        &self,
        ids: impl IntoIterator<Item = &KeyId>,
    ) -> Result<HashMap<KeyId, Found>, StoreError> {
        let mut found = self.find(ids).await?;
        let missing: Vec<KeyId> = found
            .iter()
            .filter(|(_, key)| matches!(key, Found::Unknown))
            .map(|(id, _)| id.clone())
            .collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let make = async |all: Vec<Vec<KeyId>>| self.make(all.iter().flatten()).await;
        self.making.write(missing.clone(), make).await?;
        found.extend(self.find(&missing).await?);
        Ok(found)
    }

    /// Draws keys for names that were just drawn themselves. They have to be kept before anything names what they seal.
    pub(crate) fn draw(&self, ids: &[KeyId]) -> Result<Arc<[NewKey]>, StoreError> {
        let draw = |id: &KeyId| {
            let key = DataKey::generate()?;
            Ok(NewKey {
                id: id.clone(),
                wrapped: self.master.wrap(id.as_str(), &key)?,
                key: Arc::new(key),
            })
        };
        ids.iter().map(draw).collect()
    }

    /// Makes new keys last, in one commit.
    pub(crate) async fn keep(&self, keys: &[&NewKey]) -> Result<(), StoreError> {
        // Whoever repeats this finds its own row. A row of somebody else must not be taken for it, whatever made it.
        const INSERT: &str = "insert into data_key (id, wrapped) values ($1, $2) \
             on conflict (id) do update set wrapped = excluded.wrapped where data_key.wrapped = excluded.wrapped";
        if keys.is_empty() {
            return Ok(());
        }
        let mut transaction = self.database.begin().await?;
        let (mut rows, mut taken) = (Rows::default(), 0);
        for NewKey { id, wrapped, .. } in keys {
            let row = [Value::Text(id.as_str()), Value::Bytes(wrapped)];
            taken += rows.add(&mut transaction, INSERT, &row).await?;
        }
        taken += rows.flush(&mut transaction).await?;
        if taken > 0 {
            return Err(self.damaged("a key that was just drawn is there already"));
        }
        let erasures = transaction.row(ERASURES, &[]).await?;
        let erasures = self.counted(erasures.as_ref())?;
        transaction.commit().await?;
        for NewKey { id, key, .. } in keys {
            self.cache_key(id, key, erasures);
        }
        Ok(())
    }

    /// Makes keys, in one commit. Somebody may make or erase the same one at this moment: then nothing is changed, and a second look decides.
    async fn make(&self, ids: impl Iterator<Item = &KeyId>) -> Result<(), StoreError> {
        const INSERT: &str = "insert into data_key (id, wrapped) select $1, $2 \
             where not exists (select 1 from erased_key where id = $1) on conflict (id) do nothing";
        let mut transaction = self.database.begin().await?;
        for id in ids {
            let wrapped = self.master.wrap(id.as_str(), &DataKey::generate()?)?;
            transaction
                .run(INSERT, &[Value::Text(id.as_str()), Value::Bytes(&wrapped)])
                .await?;
        }
        transaction.commit().await
    }

    /// Erases a key: the row is overwritten, its name is remembered, and the write-ahead log is cut. Repeating it is harmless.
    ///
    /// On PostgreSQL old row versions stay in its files until they are vacuumed and its log is recycled.
    pub(crate) async fn erase(&self, id: &KeyId) -> Result<(), StoreError> {
        let name = [Value::Text(id.as_str())];
        let mut transaction = self.database.begin().await?;
        transaction.run("delete from data_key where id = $1", &name).await?;
        transaction
            .run(
                "insert into erased_key (id) values ($1) on conflict (id) do nothing",
                &name,
            )
            .await?;
        // A snapshot may hold what this key sealed.
        transaction
            .run("delete from data_key where id like $1", &[Value::Text("snapshot:%")])
            .await?;
        transaction
            .run("update keyring set erasures = erasures + 1 where id = 1", &[])
            .await?;
        transaction.commit().await?;
        self.lock_cache().keys.remove(id);
        if self.database.is_sqlite() {
            self.truncate_log().await
        } else {
            Ok(())
        }
    }

    /// Drops keys under which nothing was sealed that anybody acknowledged: that of a snapshot which another one replaced, those of what was not kept.
    pub(crate) async fn forget(&self, ids: &[KeyId]) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        for id in ids {
            transaction
                .run("delete from data_key where id = $1", &[Value::Text(id.as_str())])
                .await?;
        }
        transaction.commit().await?;
        let mut cache = self.lock_cache();
        for id in ids {
            cache.keys.remove(id);
        }
        Ok(())
    }

    /// Cuts the write-ahead log to nothing, since it can hold older versions of erased rows.
    async fn truncate_log(&self) -> Result<(), StoreError> {
        for _ in 0..TRUNCATE_TRIES {
            let row = self.database.command("pragma wal_checkpoint(truncate)").await?;
            let busy = row
                .map(|row| row.int(0))
                .transpose()
                .map_err(|error| self.database.failed(&error))?;
            if busy == Some(0) {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable {
            place: self.database.place().to_owned(),
            detail: "the key is erased, but its write-ahead log cannot be cut while another process reads; repeat the erasing".to_owned(),
        })
    }

    /// How many keys were erased by now. Whoever asks together reads it together, after all of them asked.
    async fn erasures(&self) -> Result<u64, StoreError> {
        let read = async |_: Vec<()>| {
            let row = self.database.row(ERASURES, &[]).await?;
            self.erased.fetch_max(self.counted(row.as_ref())?, Ordering::Relaxed);
            Ok(())
        };
        self.asking.write((), read).await?;
        Ok(self.erased.load(Ordering::Relaxed))
    }

    fn counted(&self, row: Option<&Row>) -> Result<u64, StoreError> {
        let row = row.ok_or_else(|| self.damaged("its counter is missing"))?;
        row.count(0).map_err(|error| self.database.failed(&error))
    }

    async fn load(&self, ids: &[&KeyId], erasures: u64, found: &mut HashMap<KeyId, Found>) -> Result<(), StoreError> {
        const SQL: &str = "select id, wrapped from data_key where id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        let Some(last) = ids.last() else { return Ok(()) };
        // Every place of the statement is filled: with the last one again, if there are fewer.
        let places = ids.iter().chain(std::iter::repeat(last)).take(KEYS_AT_ONCE);
        let places: Vec<Value<'_>> = places.map(|id| Value::Text(id.as_str())).collect();
        for row in self.database.rows(SQL, &places).await? {
            let read = |error| self.database.failed(&error);
            let (id, wrapped) = (KeyId::new(row.text(0).map_err(read)?)?, row.bytes(1).map_err(read)?);
            let key = self
                .master
                .unwrap_key(id.as_str(), &wrapped)
                .map_err(|_| self.damaged(&format!("the key {id} does not open")))?;
            let key = Arc::new(key);
            self.cache_key(&id, &key, erasures);
            found.insert(id, Found::Key(key));
        }
        for id in ids.iter().copied() {
            if !found.contains_key(id) {
                found.insert(id.clone(), self.absent(id).await?);
            }
        }
        Ok(())
    }

    /// What is known of a key that is not there.
    async fn absent(&self, id: &KeyId) -> Result<Found, StoreError> {
        const SQL: &str = "select id from erased_key where id = $1";
        let erased = self.database.row(SQL, &[Value::Text(id.as_str())]).await?;
        Ok(match erased {
            Some(_) => Found::Erased,
            None => Found::Unknown,
        })
    }

    fn cache_key(&self, id: &KeyId, key: &Arc<DataKey>, erasures: u64) {
        let mut cache = self.lock_cache();
        if cache.erasures == erasures {
            if cache.keys.len() >= CACHE_MAX_KEYS {
                cache.keys.clear();
            }
            cache.keys.insert(id.clone(), Arc::clone(key));
        }
    }

    fn cached(&self, id: &KeyId, erasures: u64) -> Option<Arc<DataKey>> {
        let mut cache = self.lock_cache();
        if cache.erasures != erasures {
            *cache = Cache {
                erasures,
                keys: HashMap::new(),
            };
        }
        cache.keys.get(id).cloned()
    }

    fn lock_cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Whatever a panicking holder left behind is a valid cache.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, detail: &str) -> StoreError {
        StoreError::Corrupt {
            place: self.database.place().to_owned(),
            detail: detail.to_owned(),
        }
    }

    pub(crate) fn checkpoint_key(&self) -> CheckpointKey {
        self.master.checkpoint_key()
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) async fn close(&self) {
        self.database.close().await;
    }
}
