//! Signing everything again with the key in use: the bytes of the documents stay, their signatures are new.
//!
//! Owns the order: signed, then recorded in one commit, then published in one swap of each tree. Killed anywhere, a repetition leads to the same: what is
//! signed by the key already is left alone.

use crate::face;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::publication::{self, Publication, Wish};
use crate::session::House;
use casework::{Actor, NewSignature};
use documents::place;
use openpgp::Certificate;
use psirt::advisory::{Audience, Version};

/// What came of it.
pub(crate) struct Resigned {
    /// How many documents.
    pub(crate) documents: usize,
    /// The fingerprint of the key.
    pub(crate) to: String,
    /// What is public now.
    pub(crate) publication: Publication,
}

/// A document whose signature is by another key than the one in use.
pub(crate) struct Older {
    pub(crate) id: String,
    /// Who has it.
    pub(crate) audience: Audience,
    pub(crate) number: String,
    pub(crate) version: Version,
    /// Who signed it.
    pub(crate) from: String,
}

/// Signs every document of a brand that its key in use did not sign, records it, and publishes.
///
/// # Errors
/// The key cannot sign, or is on another machine; those of the store and of the publication. What is public stays whole.
pub(crate) async fn everything(house: &House, actor: &Actor, brand: &str) -> Result<Resigned, Failure> {
    house.casework.refresh().await?;
    // What an older version published is in the tree alone: it is kept first.
    let unkept = |release: &casework::Release| release.on_disk && release.fixed.is_none();
    let is_unkept = house.casework.releases(brand).iter().any(unkept);
    // A signature in one tree must not come before its key in the other.
    if is_unkept || !shows_key(house, brand)? {
        publication::publish(house, &Wish::default()).await?;
    }
    let keys = keys(house, brand)?;
    let at = house.now();
    let mut signatures = Vec::new();
    // One document at a time: ten thousand do not stand in memory together.
    for older in older(house, brand, &keys.signing) {
        let json = older.json(house).await?;
        let signed = tokio::task::block_in_place(|| keys.signer()?.sign_detached(&json, at.as_second()).map_err(sign));
        signatures.push(older.signed(signed?));
    }
    keys.signer()?;
    let to = keys.fingerprint();
    let documents = house.casework.renew_signatures(actor, brand, &to, &signatures).await?;
    let publication = publication::publish(house, &Wish::default()).await?;
    Ok(Resigned {
        documents,
        to,
        publication,
    })
}

/// Whether the public tree has the key that signs.
fn shows_key(house: &House, brand: &str) -> Result<bool, Failure> {
    let fingerprint = keys(house, brand)?.fingerprint();
    let board = house.casework.board();
    let public = house.publisher.public();
    let folder = board.house.brands.get(brand).map(|brand| public.join(&brand.domain));
    Ok(folder.is_some_and(|folder| folder.join(place::key(&fingerprint)).exists()))
}

fn sign(error: openpgp::SignError) -> Failure {
    Failure::refused(error.to_string())
}

/// The keys of a brand.
pub(crate) fn keys(house: &House, brand: &str) -> Result<Keys, Failure> {
    let board = house.casework.board();
    let none = || {
        Failure::refused(format!(
            "no brand is called `{brand}`, or it has no signing key; `candor key list` names them"
        ))
    };
    let brand = board.house.brands.get(brand).ok_or_else(none)?;
    Keys::of(&board.house, brand, house.now())?.ok_or_else(none)
}

/// Every kept document of a brand whose signature is by another key than the first of these.
pub(crate) fn older(house: &House, brand: &str, keys: &[Certificate]) -> Vec<Older> {
    let Some((present, before)) = keys.split_first() else {
        return Vec::new();
    };
    let versions = house.casework.fixed_versions(brand).into_iter();
    let board = house.casework.board();
    let older = versions.filter_map(|(id, audience, version)| {
        let names = |key: &&Certificate| openpgp::names_signer(key, version.signature.as_bytes());
        if names(&present) {
            return None;
        }
        let from = before.iter().find(names).map(Certificate::fingerprint);
        let state = board.advisories.get(&id)?;
        let limited = state.limited_to(&audience).and_then(|limited| limited.release.as_ref());
        let text = limited.map_or(&state.draft, |release| &release.advisory);
        Some(Older {
            number: text.number.clone(),
            from: from.unwrap_or_default(),
            id,
            audience,
            version,
        })
    });
    older.collect()
}

impl Older {
    /// Its bytes, if they are still those that were signed.
    ///
    /// # Errors
    /// They were destroyed or changed; those of the store.
    pub(crate) async fn json(&self, house: &House) -> Result<Vec<u8>, Failure> {
        let kept = house.casework.kept_bytes(&self.version).await?;
        let kept = kept.ok_or_else(|| Failure::machine(format!("{}: its bytes were destroyed", self.number)))?;
        Ok(face::whole(kept, &self.version.sha256, &self.number)?.json)
    }

    /// The same with its new signature.
    pub(crate) fn signed(self, signature: String) -> NewSignature {
        NewSignature {
            id: self.id,
            audience: self.audience,
            revision: self.version.revision,
            sha256: self.version.sha256,
            signature,
            from: self.from,
        }
    }
}
