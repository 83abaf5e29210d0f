//! A unit: every file that follows from one advisory alone, and what is remembered of it for whatever follows from several.
//!
//! Never puts a file that other advisories have a say in: `lists` does, from the cards.

use super::release::{Release, by_number, signer_of};
use super::{Files, Site, join};
use crate::error::TreeError;
use crate::html;
use crate::known::Key;
use crate::parallel;
use crate::release::FixedRelease;
use crate::slot::{Batch, Filling};
use documents::card::Card;
use documents::page::{AdvisoryPage, Setting};
use documents::{openvex, osv, place, text};
use openpgp::Certificate;
use psirt::advisory::{Advisory, Tombstone};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The units of a site, by number.
pub(super) struct Units<'a> {
    pub(super) all: Vec<Unit<'a>>,
}

/// What is known of an advisory.
pub(super) struct Unit<'a> {
    pub(super) key: Key,
    note: Arc<Note>,
    /// The present version.
    pub(super) release: Release<'a>,
}

impl Unit<'_> {
    pub(super) fn card(&self) -> &Card {
        &self.note.card
    }
}

/// What is remembered of it beside its files.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    card: Card,
    /// The fingerprints of the keys that signed its versions, the present one first.
    signers: Vec<String>,
}

/// The inputs of a unit.
struct Inputs<'a> {
    number: &'a str,
    present: Release<'a>,
    /// Oldest first.
    replaced: Vec<Release<'a>>,
    gone: Vec<&'a Tombstone>,
}

impl<'a> Units<'a> {
    /// Puts the units of every advisory.
    pub(super) fn put(
        site: &Site<'a>,
        setting: &Setting,
        print: &Key,
        filling: &mut Filling<'_>,
    ) -> Result<Units<'a>, TreeError> {
        let inputs = inputs(site)?;
        let slot = filling.slot();
        let made = parallel::each(parallel::threads(), &inputs, |inputs| {
            let key = inputs.key(print);
            let batch = slot.unit(key, |batch| inputs.make(site, setting, batch))?;
            let read = || serde_json::from_str(batch.note());
            let note = slot.notes.get(&key, read).map_err(|_| {
                TreeError::misfit(
                    inputs.number,
                    "what the tree remembers of it cannot be read: remove tree/a.units and tree/b.units, then publish again",
                )
            })?;
            let unit = Unit {
                key,
                note,
                release: inputs.present,
            };
            Ok((batch, unit))
        })?;
        let mut all = Vec::with_capacity(made.len());
        for (batch, unit) in made {
            filling.take(batch)?;
            all.push(unit);
        }
        Ok(Units { all })
    }

    pub(super) fn cards(&self) -> Vec<&Card> {
        self.all.iter().map(Unit::card).collect()
    }

    /// The fingerprints of the keys that somebody needs to check the tree, the present one first.
    pub(super) fn signers(&self, site: &Site<'_>) -> Vec<String> {
        let mut signers: Vec<String> = site.keys.first().map(Certificate::fingerprint).into_iter().collect();
        for signer in self.all.iter().flat_map(|unit| &unit.note.signers) {
            if !signers.contains(signer) {
                signers.push(signer.clone());
            }
        }
        signers
    }
}

/// Of every advisory what its unit is made of, by number. No two of them want the same files.
fn inputs<'a>(site: &Site<'a>) -> Result<Vec<Inputs<'a>>, TreeError> {
    let mut gone: BTreeMap<&str, Vec<&Tombstone>> = BTreeMap::new();
    for tombstone in site.tombstones {
        gone.entry(&tombstone.number).or_default().push(tombstone);
    }
    let (mut all, mut pages) = (Vec::new(), BTreeSet::new());
    for (number, mut versions) in by_number(site.releases) {
        let page = place::page_of(number);
        if pages.contains(&page) {
            return Err(TreeError::Collision(format!("{}/{page}", site.brand.domain)));
        }
        pages.insert(page);
        let gone = gone.remove(number).unwrap_or_default();
        // Where the present version had to go, none takes its place.
        if gone.iter().any(|gone| gone.current) {
            continue;
        }
        let Some(present) = versions.pop() else { continue };
        all.push(Inputs {
            number,
            present,
            replaced: versions,
            gone,
        });
    }
    Ok(all)
}

impl Inputs<'_> {
    fn key(&self, print: &Key) -> Key {
        let mut inputs: Vec<Cow<'_, [u8]>> = vec![
            b"advisory".as_slice().into(),
            print.bytes().into(),
            self.number.as_bytes().into(),
        ];
        for version in self.replaced.iter().chain([&self.present]) {
            inputs.push(version.revision().to_le_bytes().to_vec().into());
            inputs.push(version.sha256().into_owned().into_bytes().into());
            inputs.push(version.signature().as_bytes().into());
        }
        let gone = self
            .gone
            .iter()
            .map(|gone| serde_json::to_vec(gone).unwrap_or_default());
        inputs.extend(gone.map(Cow::Owned));
        Key::of(inputs.iter().map(AsRef::as_ref))
    }

    /// Puts its files, and gives back its note.
    fn make(&self, site: &Site<'_>, setting: &Setting, batch: &mut Batch<'_>) -> Result<String, TreeError> {
        let files = &mut Files {
            brand: site.brand,
            batch,
        };
        let released = self.present.released()?;
        let advisory = released.advisory();
        check_public(site, advisory)?;
        let fixed = self.present.fixed()?;
        let told = Told {
            versions: &self.versions(),
            gone: &self.gone,
            setting,
        };
        let signer = present(site, advisory, &fixed, &told, files)?;
        let mut signers = vec![signer.fingerprint()];
        for old in &self.replaced {
            let released = old.released()?;
            check_public(site, released.advisory())?;
            let texts = (released.advisory(), Some(advisory));
            let fixed = old.fixed()?;
            signers.push(replaced(site, texts, &fixed, &told, files)?.fingerprint());
        }
        let note = Note {
            card: Card::of(advisory, setting),
            signers,
        };
        // Strings and lists in memory: there is nothing here that JSON cannot hold.
        Ok(serde_json::to_string(&note).unwrap_or_default())
    }

    /// Where each of its versions is to be read.
    fn versions(&self) -> Vec<(u32, String)> {
        let old = self.replaced.iter().map(Release::revision);
        let mut versions: Vec<(u32, String)> = old.map(|old| (old, place::earlier_page(self.number, old))).collect();
        versions.push((self.present.revision(), place::page_of(self.number)));
        versions
    }
}

/// What the pages of an advisory's versions tell of the others.
struct Told<'t> {
    /// Where each is to be read.
    versions: &'t [(u32, String)],
    /// Those that had to go.
    gone: &'t [&'t Tombstone],
    setting: &'t Setting,
}

impl Told<'_> {
    fn tell(&self, page: &mut AdvisoryPage, advisory: &Advisory, path: &str) {
        page.link_versions(advisory, path, self.versions);
        page.tell_removed(advisory, path, self.gone, self.setting);
    }
}

/// What is left of advisories whose present version had to go: their earlier versions, oldest first, by number.
pub(super) fn left<'a>(site: &Site<'a>) -> BTreeMap<&'a str, Vec<Release<'a>>> {
    let gone: BTreeSet<&str> = site
        .tombstones
        .iter()
        .filter(|gone| gone.current)
        .map(|gone| gone.number.as_str())
        .collect();
    if gone.is_empty() {
        return BTreeMap::new();
    }
    by_number(site.releases)
        .into_iter()
        .filter(|(number, _)| gone.contains(number))
        .collect()
}

/// Puts these, and gives back their texts. Few advisories have any, so they are made each time.
pub(super) fn put_left(
    site: &Site<'_>,
    setting: &Setting,
    tombstone: &Tombstone,
    left: &[Release<'_>],
    signers: &mut Vec<String>,
    files: &mut Files<'_, '_, '_>,
) -> Result<Vec<Advisory>, TreeError> {
    let number = tombstone.number.as_str();
    let old = left.iter().map(Release::revision);
    let versions: Vec<(u32, String)> = old.map(|old| (old, place::earlier_page(number, old))).collect();
    let gone: Vec<&Tombstone> = site.tombstones.iter().filter(|gone| gone.number == number).collect();
    let told = Told {
        versions: &versions,
        gone: &gone,
        setting,
    };
    let mut texts = Vec::new();
    for old in left {
        let released = old.released()?;
        check_public(site, released.advisory())?;
        let fixed = old.fixed()?;
        let signer = replaced(site, (released.advisory(), None), &fixed, &told, files)?.fingerprint();
        if !signers.contains(&signer) {
            signers.push(signer);
        }
        texts.push(released.advisory().clone());
    }
    Ok(texts)
}

fn check_public(site: &Site<'_>, advisory: &Advisory) -> Result<(), TreeError> {
    if advisory.brand != site.brand.id {
        let why = format!("it is of the brand `{}`", advisory.brand);
        return Err(TreeError::misfit(&advisory.number, why));
    }
    if !advisory.audience.is_public() {
        return Err(TreeError::misfit(&advisory.number, "it is not for everybody"));
    }
    Ok(())
}

/// The document with its hashes and signature, the page, and every other format. Gives back who signed it.
fn present<'k>(
    site: &Site<'k>,
    advisory: &Advisory,
    fixed: &FixedRelease,
    told: &Told<'_>,
    files: &mut Files<'_, '_, '_>,
) -> Result<&'k Certificate, TreeError> {
    let signer = signer_of(site.brand, site.keys, advisory, fixed)?;
    let document = place::document(advisory);
    files.put_document(&document, fixed, signer)?;

    let mut page = AdvisoryPage::of(
        advisory,
        site.brand,
        told.setting,
        &signer.fingerprint(),
        fixed.json.len(),
    )
    .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::page(advisory);
    told.tell(&mut page, advisory, &path);
    files.put(&path, html::advisory(&page, site, &path)?.into_bytes())?;
    let address = |path: &str| place::url(site.brand, path);
    let mail = text::of(&page, &address(&path), &address(&document));
    files.put(&place::text(advisory), mail.into_bytes())?;
    if !advisory.vulnerabilities.is_empty() {
        files.put(&place::openvex(advisory), openvex::document(advisory, site.brand))?;
    }
    for position in 0..advisory.vulnerabilities.len() {
        if let Some(record) = osv::record(advisory, position, site.brand) {
            files.put(&place::osv(advisory, position), record)?;
        }
    }
    Ok(signer)
}

/// A version that another one replaced, or one whose successor had to go: its document as it was signed, and its page, which says so.
fn replaced<'k>(
    site: &Site<'k>,
    (advisory, newer): (&Advisory, Option<&Advisory>),
    fixed: &FixedRelease,
    told: &Told<'_>,
    files: &mut Files<'_, '_, '_>,
) -> Result<&'k Certificate, TreeError> {
    let signer = signer_of(site.brand, site.keys, advisory, fixed)?;
    files.put_document(&place::earlier_document(advisory), fixed, signer)?;
    let fingerprint = signer.fingerprint();
    let mut page = AdvisoryPage::earlier(
        advisory,
        newer,
        site.brand,
        told.setting,
        &fingerprint,
        fixed.json.len(),
    )
    .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::earlier_page(&advisory.number, super::release::revision(advisory));
    told.tell(&mut page, advisory, &path);
    files.put(&path, html::advisory(&page, site, &path)?.into_bytes())?;
    Ok(signer)
}
