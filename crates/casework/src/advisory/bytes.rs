//! The bytes of a release: decided once, sealed as a blob under the key of their version, and taken as they are by whatever is built later.
//!
//! Owns their keeping. Never makes or signs them: `publish` does.

use super::{find_advisory, text_key};
use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{AdvisoryEvent, AdvisoryState, Version};
use psirt::body::What;
use std::io::{Cursor, Read as _};
use store::{BlobId, PutError};

/// The longest document that is read back; the gate takes none that is longer.
const MAX_BYTES: u64 = 64 << 20;

/// The bytes of a release as they were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBytes {
    /// The CSAF document.
    pub json: Vec<u8>,
    /// Its detached signature, armoured.
    pub signature: String,
}

impl Casework {
    /// Keeps the bytes of the release that was ordered last. What was kept before stays, and is what everybody gets.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::Invalid`] if no release was ordered; those of the store.
    pub async fn keep_bytes(
        &self,
        id: &str,
        bytes: KeptBytes,
        accepted: Vec<(String, String)>,
    ) -> Result<Version, ActError> {
        self.refresh().await?;
        let (key, revision) = {
            let board = self.board();
            let (stream, state) = find_advisory(&board, id)?;
            if let Some(fixed) = state.fixed() {
                return Ok(fixed.clone());
            }
            let revision = ordered_revision(state)?;
            (text_key(&stream, revision)?, revision)
        };
        let KeptBytes { json, signature } = bytes;
        let blob = self.store().put_blob(&key, Cursor::new(json)).await;
        let blob = blob.map_err(|error| match error {
            PutError::Store(error) => ActError::from(error),
            PutError::Source(_) => ActError::invalid("the document could not be read"),
        })?;
        let version = Version {
            revision,
            blob: blob.id.as_str().to_owned(),
            bytes: blob.size,
            sha256: blob.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            signature,
            accepted,
        };
        let record = |replica: &Replica, now: Timestamp| {
            let (stream, state) = find_advisory(&replica.board, id)?;
            let actor = Actor::part("publisher");
            // Another process may have been faster: its bytes are the ones. Ours are an orphan then, sealed and harmless.
            if let Some(fixed) = state.fixed() {
                return Ok((Plan::by(&actor), fixed.clone()));
            }
            if ordered_revision(state)? != revision {
                return Err(ActError::invalid("another revision was ordered meanwhile; repeat it"));
            }
            let what = What::Advisory(AdvisoryEvent::BytesFixed(version.clone()));
            Ok((Plan::one(&actor, &stream, now, what), version.clone()))
        };
        self.record(record).await.map(|(version, _)| version)
    }

    /// The bytes of a version; none if they were destroyed.
    ///
    /// # Errors
    /// Those of the store, above all for a blob that is lost or damaged.
    pub async fn kept_bytes(&self, version: &Version) -> Result<Option<KeptBytes>, ActError> {
        let blob = BlobId::new(version.blob.as_str())?;
        let Some(key) = self.store().key_of_blob(&blob).await? else {
            return Ok(None);
        };
        let Some(reader) = self.store().get_blob(&blob, &key).await? else {
            return Ok(None);
        };
        let read = tokio::task::spawn_blocking(move || {
            let mut json = Vec::new();
            reader.take(MAX_BYTES).read_to_end(&mut json).map(|_| json)
        });
        let json = read.await.map_err(|_| ActError::invalid("the program is ending"))?;
        let json = json.map_err(|error| {
            ActError::invalid(format!(
                "the kept bytes of a release cannot be read: {}; `candor journal verify` says what is damaged",
                error.kind()
            ))
        })?;
        let signature = version.signature.clone();
        Ok(Some(KeptBytes { json, signature }))
    }
}

fn ordered_revision(state: &AdvisoryState) -> Result<u32, ActError> {
    let ordered = state.ordered.as_ref().and_then(|ordered| ordered.revisions.last());
    ordered
        .map(|revision| revision.number)
        .ok_or_else(|| ActError::invalid("no release of this advisory was ordered"))
}
