//! Which files the published tree consists of: every file of a brand, from its releases.
//!
//! Never writes. The bytes follow from the arguments alone, and so does what is asked of the slot: a *unit* is what follows from one advisory, and
//! is made only if its inputs are others than before; whatever is about several advisories is made from their cards.

mod keys;
mod lists;
mod portal;
mod protected;
mod provider;
mod release;
mod unit;

pub use protected::Protected;
pub(crate) use protected::files as protected_files;
pub use release::{Archive, Name, Release};
pub(crate) use unit::Note;

use crate::error::TreeError;
use crate::html;
use crate::known::Key;
use crate::parallel;
use crate::release::FixedRelease;
use crate::slot::{Batch, Filling, Slot};
use documents::card::Card;
use documents::page::{Setting, ThanksPage};
use documents::{feed, gone, place, problem};
use jiff::Timestamp;
use openpgp::Certificate;
use psirt::advisory::Tombstone;
use psirt::house::{Brand, Theme};
use psirt::policy::Policy;
use psirt::promises::KeptPromises;
use std::borrow::Cow;
use std::collections::BTreeSet;
use unit::Units;

/// Everything public of one brand.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// What its portal shows beside advisories.
    pub portal: PortalParts<'a>,
    /// The brand.
    pub brand: &'a Brand,
    /// Whether its files stay as they are public, to the byte: nothing of it can be signed, or what is signed counts no more.
    pub still: bool,
    /// The policy that it runs under.
    pub policy: Option<PolicyFile<'a>>,
    /// The public keys of every signature in the tree, the present one first, and those that were revoked.
    pub keys: &'a [Certificate],
    /// The keys that reports are encrypted to, the present one first, and those that were it before.
    pub intake: &'a [Certificate],
    /// What was released to everybody, in any order. Of several versions of an advisory the newest is the present one; the others stay
    /// reachable from its page. What the tree has already is not read.
    pub releases: &'a [Release<'a>],
    /// What is left of versions that had to go.
    pub tombstones: &'a [Tombstone],
    /// When the brand, its keys or its policy last changed.
    pub changed: Timestamp,
    /// The signed `security.txt` ([`crate::security_txt`]), if the brand has a key.
    pub security_txt: Option<&'a str>,
}

/// What a brand's portal shows beside advisories.
#[derive(Clone, Copy, Default)]
pub struct PortalParts<'a> {
    /// Whether the search, "am I affected?" and the calculator are served beside the files.
    pub dynamic: bool,
    /// Every adopted version of the brand's policy, in the order of adoption.
    pub policies: &'a [PolicyFile<'a>],
    /// How promises were kept, as it was last released.
    pub promises: Option<&'a KeptPromises>,
    /// The brand's own look.
    pub theme: Option<&'a Dress>,
}

/// A brand's look as files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dress {
    /// The stylesheet's name and text, if it sets anything.
    pub stylesheet: Option<(String, String)>,
    /// The logo's name and bytes.
    pub logo: Option<(String, Vec<u8>)>,
}

impl Dress {
    /// The files of a theme. What is checked when it is set is checked again: none of it, if it no longer passes.
    #[must_use]
    pub fn of(theme: &Theme) -> Dress {
        let values = theme.values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let css = look::theme_stylesheet(values).ok().filter(|_| !theme.values.is_empty());
        let logo = theme.logo.as_ref().and_then(|logo| {
            let bytes = data_encoding::BASE64.decode(logo.base64.as_bytes()).ok()?;
            look::Logo::read(&bytes).ok()
        });
        Dress {
            stylesheet: css.map(|css| (look::theme_name(&css), css)),
            logo: logo.map(|logo| (logo.name(), logo.bytes)),
        }
    }
}

/// A policy as it was read and as it was written.
#[derive(Clone, Copy, Debug)]
pub struct PolicyFile<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The file.
    pub text: &'a str,
}

/// A file of the tree.
pub(crate) struct File<'a> {
    /// Under the tree's root.
    pub(crate) path: String,
    pub(crate) content: Cow<'a, [u8]>,
    /// Of a signature: what it signs, and by whom.
    pub(crate) signs: Option<(&'a [u8], &'a Certificate)>,
}

/// Where the files of a site go, one after the other.
struct Files<'a, 'b, 's> {
    brand: &'a Brand,
    batch: &'b mut Batch<'s>,
}

impl Files<'_, '_, '_> {
    /// A file under the brand's document root.
    fn put<'c>(&mut self, path: &str, content: impl Into<Cow<'c, [u8]>>) -> Result<(), TreeError> {
        self.put_at(&self.brand.domain, path, content)
    }

    /// A file under another host's document root.
    fn put_at<'c>(&mut self, host: &str, path: &str, content: impl Into<Cow<'c, [u8]>>) -> Result<(), TreeError> {
        self.batch.put(&File {
            path: format!("{host}/{path}"),
            content: content.into(),
            signs: None,
        })
    }

    /// A CSAF document with its hashes and its signature.
    fn put_document(&mut self, path: &str, fixed: &FixedRelease, signer: &Certificate) -> Result<(), TreeError> {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.put(path, fixed.json.as_slice())?;
        for (kind, hash) in [("sha256", fixed.sha256()), ("sha512", fixed.sha512())] {
            self.put(&format!("{path}.{kind}"), format!("{hash}  {name}\n").into_bytes())?;
        }
        self.batch.put(&File {
            path: format!("{}/{path}.asc", self.brand.domain),
            content: Cow::Borrowed(fixed.signature.as_bytes()),
            signs: Some((&fixed.json, signer)),
        })
    }
}

/// Puts every file of a site.
pub(crate) fn files(site: &Site<'_>, engine: &str, filling: &mut Filling<'_>) -> Result<(), TreeError> {
    let brand = site.brand;
    problem::check_brand(brand).map_err(|problems| TreeError::misfit(&brand.id, join(&problems)))?;
    let setting = Setting {
        dynamic: site.portal.dynamic,
        ..Setting::of(site.policy.map(|file| file.policy))
    };
    let print = print(site, &setting, engine);
    let units = Units::put(site, &setting, &print, filling)?;
    let slot = filling.slot();
    // Each of these takes about as long as the others.
    let (feed, (whole, others)) = parallel::both(
        || whole_feed(site, &units, slot),
        || {
            parallel::both(
                || whole_site(site, &setting, &units, slot),
                || {
                    let mut batches = units.put_cves(site, &print, slot)?;
                    batches.extend(units.put_months(site, &setting, &print, slot)?);
                    batches.extend(units.put_lists(site, &print, slot)?);
                    Ok(batches)
                },
            )
        },
    );
    let batches = others?.into_iter().chain([whole?, feed?]);
    batches.into_iter().try_for_each(|batch| filling.take(batch))
}

/// The feed that names every document.
fn whole_feed<'s>(site: &Site<'_>, units: &Units<'_>, slot: &'s Slot<'s>) -> Result<Batch<'s>, TreeError> {
    let mut batch = slot.batch();
    let files = &mut Files {
        brand: site.brand,
        batch: &mut batch,
    };
    provider::put_feed(site, &units.cards(), files)?;
    Ok(batch)
}

/// What is one of a kind: it is made for each publication.
fn whole_site<'s>(
    site: &Site<'_>,
    setting: &Setting,
    units: &Units<'_>,
    slot: &'s Slot<'s>,
) -> Result<Batch<'s>, TreeError> {
    let (brand, cards) = (site.brand, units.cards());
    let mut batch = slot.batch();
    let files = &mut Files {
        brand,
        batch: &mut batch,
    };
    for asset in look::assets() {
        files.put(&format!("{}/{}", place::ASSETS, asset.name), asset.text.as_bytes())?;
    }
    for key in site.keys {
        files.put(&place::key(&key.fingerprint()), key.armored().into_bytes())?;
    }
    for key in site.intake {
        files.put(&place::intake_key(&key.fingerprint()), key.armored().into_bytes())?;
    }
    let mut signers = units.signers(site);
    let left = unit::left(site);
    for tombstone in site.tombstones {
        files.put(&place::gone(tombstone), gone::document(tombstone, brand))?;
        let texts = match left.get(tombstone.number.as_str()) {
            Some(left) if tombstone.current => unit::put_left(site, setting, tombstone, left, &mut signers, files)?,
            _ => Vec::new(),
        };
        let path = place::gone_page(tombstone);
        files.put(&path, html::tombstone(tombstone, &texts, site, &path)?.into_bytes())?;
    }
    portal::put(site, files)?;
    let thanks = ThanksPage::of(&cards);
    files.put(place::THANKS_PAGE, html::thanks(&thanks, site)?.into_bytes())?;
    files.put(place::ATOM_FEED, feed::atom(brand, &cards, site.changed))?;
    files.put(place::JSON_FEED, feed::json(brand, &cards))?;
    let report = keys::report_page(site);
    files.put(place::REPORT_PAGE, html::report(&report, site)?.into_bytes())?;
    keys::put_on_own_host(site, files)?;
    provider::put(site, &cards, &signers, files)?;
    Ok(batch)
}

/// Everything about a site that its advisories' files and its lists show: what does not change while this is the same.
fn print(site: &Site<'_>, setting: &Setting, engine: &str) -> Key {
    let mut inputs: Vec<Vec<u8>> = vec![
        engine.as_bytes().to_vec(),
        serde_json::to_vec(site.brand).unwrap_or_default(),
        serde_json::to_vec(&html::face(site)).unwrap_or_default(),
        format!("{setting:?}").into_bytes(),
    ];
    inputs.extend(look::assets().iter().map(|asset| asset.name.as_bytes().to_vec()));
    inputs.extend(site.keys.iter().map(|key| key.armored().into_bytes()));
    Key::of(inputs.iter().map(Vec::as_slice))
}

/// Puts the key directories of mail domains: several brands may share one. What only brands have that stand still stays as it is.
pub(crate) fn key_directories(
    sites: &[Site<'_>],
    is_still: impl Fn(&Site<'_>) -> bool,
    filling: &mut Filling<'_>,
) -> Result<(), TreeError> {
    let moving = keys::directories(sites.iter().filter(|site| !is_still(site)));
    let mut batch = filling.slot().batch();
    for (path, content) in keys::directories(sites) {
        if moving.contains_key(&path) {
            batch.put(&File {
                path,
                content: Cow::Owned(content),
                signs: None,
            })?;
        }
    }
    filling.take(batch)?;
    let still = sites.iter().filter(|site| is_still(site));
    let paths: BTreeSet<String> = still.filter_map(|site| keys::directory(site.brand)).flatten().collect();
    let mut paths = paths.into_iter().filter(|path| !moving.contains_key(path));
    paths.try_for_each(|path| filling.keep(&path))
}

fn join(problems: &[documents::Problem]) -> String {
    problems
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
