//! The files of the protected tree: for each audience its documents with hashes and signatures, its directory, its feed, its metadata.
//!
//! Never writes. Nothing here is ever in the public tree, and nothing of it is named there.

use super::release::{Release, signer_of};
use super::{Card, Files, join, provider};
use crate::error::TreeError;
use crate::slot::Filling;
use documents::page::{AdvisoryPage, Setting};
use documents::provider as metadata;
use documents::{place, problem, rolie, text};
use jiff::Timestamp;
use openpgp::Certificate;
use psirt::advisory::{Advisory, Audience, Released};
use psirt::house::Brand;
use psirt::policy::Policy;
use std::borrow::Cow;

/// Everything of one brand that is not public.
#[derive(Clone, Copy)]
pub struct Protected<'a> {
    /// The brand.
    pub brand: &'a Brand,
    /// Whether its files stay as they are.
    pub still: bool,
    /// The policy that it runs under.
    pub policy: Option<&'a Policy>,
    /// The public keys of every signature in the tree, the present one first.
    pub keys: &'a [Certificate],
    /// Audiences that have a feed, even an empty one.
    pub audiences: &'a [Audience],
    /// What was released to them, each advisory once for each audience.
    pub releases: &'a [Release<'a>],
    /// When the brand, its keys or its policy last changed.
    pub changed: Timestamp,
}

/// Puts every file of a brand's part.
pub(crate) fn files(site: &Protected<'_>, filling: &mut Filling<'_>) -> Result<(), TreeError> {
    let brand = site.brand;
    problem::check_brand(brand).map_err(|problems| TreeError::misfit(&brand.id, join(&problems)))?;
    let mut releases: Vec<(Cow<'_, Released>, &Release<'_>)> = Vec::with_capacity(site.releases.len());
    for release in site.releases {
        let released = release.released()?;
        let Advisory {
            number,
            brand: of,
            audience,
            ..
        } = released.advisory();
        if *of != brand.id || audience.is_public() || !site.audiences.contains(audience) {
            return Err(TreeError::misfit(number, "it is for another brand or another audience"));
        }
        releases.push((released, release));
    }
    let setting = Setting::of(site.policy);
    let mut batch = filling.slot().batch();
    let files = &mut Files {
        brand,
        batch: &mut batch,
    };
    for audience in site.audiences {
        let theirs = || releases.iter().filter(|(released, _)| released.audience() == audience);
        // The keys that somebody needs to check what is here, the present one first.
        let mut signers: Vec<String> = site.keys.first().map(Certificate::fingerprint).into_iter().collect();
        for (released, release) in theirs() {
            let signer = advisory(site, released.advisory(), release, &setting, files)?;
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        let cards: Vec<Card> = theirs()
            .map(|(released, _)| Card::of(released.advisory(), &setting))
            .collect();
        let cards: Vec<&Card> = cards.iter().collect();
        provider::directory(audience, &cards, files)?;
        provider::listings(audience, &cards, files)?;
        let feed = rolie::feed_for(brand, audience, &cards, site.changed);
        files.put(&place::feed(audience), feed)?;
        let updated = cards.iter().map(|card| card.last).fold(site.changed, Timestamp::max);
        let metadata = metadata::metadata_for(brand, audience, &signers, updated);
        files.put(&place::protected_metadata(audience), metadata)?;
    }
    filling.take(batch)
}

/// The document with its hashes and signature, and its text; gives back the fingerprint of the key that signed it.
fn advisory(
    site: &Protected<'_>,
    advisory: &Advisory,
    release: &Release<'_>,
    setting: &Setting,
    files: &mut Files<'_, '_, '_>,
) -> Result<String, TreeError> {
    let fixed = release.fixed()?;
    let signer = signer_of(site.brand, site.keys, advisory, &fixed)?;
    let document = place::document(advisory);
    files.put_document(&document, &fixed, signer)?;
    let fingerprint = signer.fingerprint();
    let page = AdvisoryPage::of(advisory, site.brand, setting, &fingerprint, fixed.json.len())
        .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::text(advisory);
    let address = |path: &str| place::url(site.brand, path);
    let mail = text::of(&page, &address(&path), &address(&document));
    files.put(&path, mail.into_bytes())?;
    Ok(fingerprint)
}
