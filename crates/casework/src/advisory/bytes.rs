//! The bytes of a release: decided once, sealed as a blob under the key of their version, and taken as they are by whatever is built later.
//!
//! Owns their keeping. Never makes or signs them: `publish` does.

use super::limited::limited;
use super::{find_advisory, text_key};
use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{AdvisoryEvent, AdvisoryState, Audience, LimitedEvent, Version};
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
        self.keep_bytes_for(id, &Audience::Public, bytes, accepted).await
    }

    /// The same of the release that was ordered last for an audience.
    ///
    /// # Errors
    /// As [`Casework::keep_bytes`].
    pub async fn keep_bytes_for(
        &self,
        id: &str,
        audience: &Audience,
        bytes: KeptBytes,
        accepted: Vec<(String, String)>,
    ) -> Result<Version, ActError> {
        self.refresh().await?;
        let (key, revision) = {
            let board = self.board();
            let (stream, state) = find_advisory(&board, id)?;
            let waiting = Waiting::of(state, audience)?;
            if let Some(fixed) = waiting.fixed {
                return Ok(fixed.clone());
            }
            (text_key(&stream, waiting.text)?, waiting.revision)
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
            let waiting = Waiting::of(state, audience)?;
            if let Some(fixed) = waiting.fixed {
                return Ok((Plan::by(&actor), fixed.clone()));
            }
            if waiting.revision != revision {
                return Err(ActError::invalid("another revision was ordered meanwhile; repeat it"));
            }
            let what = match audience {
                Audience::Public => What::Advisory(AdvisoryEvent::BytesFixed(version.clone())),
                audience => limited(audience, LimitedEvent::BytesFixed(version.clone())),
            };
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

/// The release that was ordered last for an audience.
struct Waiting<'s> {
    /// Its revision there.
    revision: u32,
    /// The version of its text, which names the key.
    text: u32,
    fixed: Option<&'s Version>,
}

impl Waiting<'_> {
    fn of<'s>(state: &'s AdvisoryState, audience: &Audience) -> Result<Waiting<'s>, ActError> {
        let none = || ActError::invalid("no release of this advisory was ordered");
        let last = |advisory: &psirt::advisory::Advisory| advisory.revisions.last().map(|revision| revision.number);
        if audience.is_public() {
            let revision = state.ordered.as_deref().and_then(last).ok_or_else(none)?;
            let fixed = state.fixed();
            return Ok(Waiting {
                revision,
                text: revision,
                fixed,
            });
        }
        let release = state.limited_to(audience).and_then(|limited| limited.release.as_ref());
        let release = release.ok_or_else(none)?;
        Ok(Waiting {
            revision: last(&release.advisory).ok_or_else(none)?,
            text: release.text,
            fixed: release.fixed.as_ref(),
        })
    }
}
