//! The files of the protected tree: for each audience its documents with hashes and signatures, its directory, its feed, its metadata.
//!
//! Never writes. Nothing here is ever in the public tree, and nothing of it is named there.

use super::{File, Files, Release, current, join, provider, signer_of};
use crate::error::TreeError;
use documents::page::{AdvisoryPage, Setting};
use documents::provider as metadata;
use documents::{place, problem, rolie, text};
use jiff::Timestamp;
use openpgp::Certificate;
use psirt::advisory::{Advisory, Audience};
use psirt::house::Brand;
use psirt::policy::Policy;

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

/// Hands every file of a brand's part to `sink`.
pub(crate) fn files<'a>(
    site: &Protected<'a>,
    sink: &mut dyn FnMut(File<'a>) -> Result<(), TreeError>,
) -> Result<(), TreeError> {
    let brand = site.brand;
    problem::check_brand(brand).map_err(|problems| TreeError::misfit(&brand.id, join(&problems)))?;
    for release in site.releases {
        let Advisory {
            number,
            brand: of,
            audience,
            ..
        } = release.released.advisory();
        if *of != brand.id || audience.is_public() || !site.audiences.contains(audience) {
            return Err(TreeError::misfit(number, "it is for another brand or another audience"));
        }
    }
    let setting = Setting::of(site.policy);
    let files = &mut Files { brand, sink };
    for audience in site.audiences {
        let theirs = site
            .releases
            .iter()
            .filter(|release| release.released.audience() == audience);
        let theirs: Vec<&Release<'a>> = theirs.collect();
        for release in &theirs {
            advisory(site, release, &setting, files)?;
        }
        let advisories: Vec<&Advisory> = theirs.iter().map(|release| release.released.advisory()).collect();
        provider::directory(audience, &advisories, files)?;
        provider::listings(audience, &advisories, files)?;
        let feed = rolie::feed_for(brand, audience, &advisories, site.changed);
        files.put(&place::feed(audience), feed)?;
        let changes = advisories.iter().map(|advisory| current(advisory));
        let updated = changes.fold(site.changed, Timestamp::max);
        let fingerprints: Vec<String> = site.keys.iter().map(Certificate::fingerprint).collect();
        let metadata = metadata::metadata_for(brand, audience, &fingerprints, updated);
        files.put(&place::protected_metadata(audience), metadata)?;
    }
    Ok(())
}

/// The document with its hashes and signature, and its text.
fn advisory<'a>(
    site: &Protected<'a>,
    release: &Release<'a>,
    setting: &Setting,
    files: &mut Files<'a, '_>,
) -> Result<(), TreeError> {
    let Release { released, fixed } = *release;
    let advisory = released.advisory();
    let signer = signer_of(site.brand, site.keys, advisory, fixed)?;
    let document = place::document(advisory);
    files.put_document(&document, fixed, signer)?;
    let page = AdvisoryPage::of(advisory, site.brand, setting, &signer.fingerprint(), fixed.json.len())
        .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::text(advisory);
    let address = |path: &str| place::url(site.brand, path);
    let mail = text::of(&page, &address(&path), &address(&document));
    files.put(&path, mail.into_bytes())
}
