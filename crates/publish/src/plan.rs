//! Which files the published tree consists of: every file of a brand, from its releases, one after the other.
//!
//! Never writes. The order and the bytes follow from the arguments alone.

mod provider;

use crate::error::TreeError;
use crate::html;
use crate::release::FixedRelease;
use documents::page::{AdvisoryPage, IndexPage, PolicyPage, Setting, ThanksPage};
use documents::{cve, feed, openvex, osv, place, problem, text};
use jiff::Timestamp;
use openpgp::Certificate;
use psirt::advisory::{Advisory, Audience, Released, Tombstone};
use psirt::house::Brand;
use psirt::policy::Policy;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Everything public of one brand.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The brand.
    pub brand: &'a Brand,
    /// The policy that it runs under.
    pub policy: Option<PolicyFile<'a>>,
    /// The public keys of every signature in the tree, the present one first.
    pub keys: &'a [Certificate],
    /// What was released, in any order. Of several versions of an advisory the newest is published.
    pub releases: &'a [Release<'a>],
    /// What stands where a public version had to go.
    pub tombstones: &'a [Tombstone],
    /// When the brand, its keys or its policy last changed.
    pub changed: Timestamp,
    /// Whether `candor serve` answers beside the files: then the pages link to the calculator.
    pub dynamic: bool,
    /// The signed `security.txt` ([`crate::security_txt`]), if the brand has a key.
    pub security_txt: Option<&'a str>,
}

/// A policy as it was read and as it was written.
#[derive(Clone, Copy)]
pub struct PolicyFile<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The file.
    pub text: &'a str,
}

/// A released advisory with the bytes that were fixed for it.
#[derive(Clone, Copy)]
pub struct Release<'a> {
    /// What was released.
    pub released: &'a Released,
    /// Its bytes.
    pub fixed: &'a FixedRelease,
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
struct Files<'a, 's> {
    brand: &'a Brand,
    sink: &'s mut dyn FnMut(File<'a>) -> Result<(), TreeError>,
}

impl<'a> Files<'a, '_> {
    /// A file under the brand's document root.
    fn put(&mut self, path: &str, content: impl Into<Cow<'a, [u8]>>) -> Result<(), TreeError> {
        self.put_at(&self.brand.domain, path, content)
    }

    /// A file under another host's document root.
    fn put_at(&mut self, host: &str, path: &str, content: impl Into<Cow<'a, [u8]>>) -> Result<(), TreeError> {
        (self.sink)(File {
            path: format!("{host}/{path}"),
            content: content.into(),
            signs: None,
        })
    }

    fn put_signature(&mut self, path: &str, fixed: &'a FixedRelease, signer: &'a Certificate) -> Result<(), TreeError> {
        (self.sink)(File {
            path: format!("{}/{path}", self.brand.domain),
            content: Cow::Borrowed(fixed.signature.as_bytes()),
            signs: Some((&fixed.json, signer)),
        })
    }
}

/// Hands every file of a site to `sink`.
pub(crate) fn files<'a>(
    site: &Site<'a>,
    sink: &mut dyn FnMut(File<'a>) -> Result<(), TreeError>,
) -> Result<(), TreeError> {
    let brand = site.brand;
    problem::check_brand(brand).map_err(|problems| TreeError::misfit(&brand.id, join(&problems)))?;
    let releases = newest(site)?;
    let setting = Setting {
        dynamic: site.dynamic,
        ..Setting::of(site.policy.map(|file| file.policy))
    };
    let files = &mut Files { brand, sink };
    for asset in look::assets() {
        files.put(&format!("{}/{}", place::ASSETS, asset.name), asset.text.as_bytes())?;
    }
    for key in site.keys {
        files.put(&place::key(&key.fingerprint()), key.armored().into_bytes())?;
    }
    for release in &releases {
        advisory(site, release, &setting, files)?;
    }
    for tombstone in site.tombstones {
        let path = place::page_of(&tombstone.number);
        files.put(&path, html::tombstone(tombstone, site, &path)?.into_bytes())?;
    }
    if let Some(PolicyFile { policy, text }) = site.policy {
        let page = PolicyPage::of(policy);
        files.put(place::POLICY_PAGE, html::policy(&page, site)?.into_bytes())?;
        files.put(&place::policy_file(&policy.front.id), text.as_bytes())?;
    }
    if site.dynamic {
        files.put(place::CALCULATOR_FILE, html::calculator_file(site).to_bytes())?;
    }
    let advisories: Vec<&Advisory> = releases.iter().map(|release| release.released.advisory()).collect();
    for (id, statements) in cve::statements(&advisories) {
        if let Some(container) = cve::container(&statements, brand) {
            files.put(&place::cve(id), cve::submission(&container))?;
        }
    }
    let index = IndexPage::of(advisories.iter().copied(), &setting);
    files.put(place::INDEX_PAGE, html::index(&index, site)?.into_bytes())?;
    let thanks = ThanksPage::of(&advisories);
    files.put(place::THANKS_PAGE, html::thanks(&thanks, site)?.into_bytes())?;
    files.put(place::ATOM_FEED, feed::atom(brand, &advisories, site.changed))?;
    files.put(place::JSON_FEED, feed::json(brand, &advisories))?;
    provider::put(site, &releases, files)
}

/// The document with its hashes and signature, the page, and every other format.
fn advisory<'a>(
    site: &Site<'a>,
    release: &Release<'a>,
    setting: &Setting,
    files: &mut Files<'a, '_>,
) -> Result<(), TreeError> {
    let Release { released, fixed } = *release;
    let advisory = released.advisory();
    let signer = signer(site, advisory, fixed)?;
    let document = place::document(advisory);
    let name = documents::csaf::file_name(&advisory.number);
    files.put(&document, fixed.json.as_slice())?;
    for (kind, hash) in [("sha256", fixed.sha256()), ("sha512", fixed.sha512())] {
        files.put(&format!("{document}.{kind}"), format!("{hash}  {name}\n").into_bytes())?;
    }
    files.put_signature(&format!("{document}.asc"), fixed, signer)?;

    let page = AdvisoryPage::of(advisory, site.brand, setting, &signer.fingerprint(), fixed.json.len())
        .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::page(advisory);
    files.put(&path, html::advisory(&page, site, &path)?.into_bytes())?;
    let address = |path: &str| place::url(site.brand, path);
    let mail = text::of(&page, &address(&path), &address(&document));
    files.put(&place::text(advisory), mail.into_bytes())?;
    files.put(&place::openvex(advisory), openvex::document(advisory, site.brand))?;
    for position in 0..advisory.vulnerabilities.len() {
        if let Some(record) = osv::record(advisory, position, site.brand) {
            files.put(&place::osv(advisory, position), record)?;
        }
    }
    Ok(())
}

/// The newest version of every advisory, by number.
fn newest<'a>(site: &Site<'a>) -> Result<Vec<Release<'a>>, TreeError> {
    let mut newest: BTreeMap<&str, Release<'a>> = BTreeMap::new();
    for release in site.releases {
        let advisory = release.released.advisory();
        if advisory.brand != site.brand.id {
            return Err(TreeError::misfit(
                &advisory.number,
                format!("it is of the brand `{}`", advisory.brand),
            ));
        }
        match release.released.audience() {
            Audience::Public => {}
        }
        let version = |release: &Release<'_>| release.released.advisory().revisions.last().map(|last| last.number);
        match newest.get(advisory.number.as_str()) {
            Some(known) if version(known) >= version(release) => {}
            _ => drop(newest.insert(&advisory.number, *release)),
        }
    }
    Ok(newest.into_values().collect())
}

/// The key that signed a release, after a look at whether the bytes are those of this advisory.
fn signer<'a>(site: &Site<'a>, advisory: &Advisory, fixed: &FixedRelease) -> Result<&'a Certificate, TreeError> {
    let document: Value = serde_json::from_slice(&fixed.json).unwrap_or_default();
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let version = advisory
        .revisions
        .last()
        .map(psirt::advisory::Revision::printed)
        .unwrap_or_default();
    let fits = text("/document/tracking/id") == advisory.number
        && text("/document/tracking/version") == version
        && text("/document/publisher/namespace") == site.brand.namespace
        && text("/document/distribution/tlp/label") == "WHITE";
    if !fits {
        return Err(TreeError::misfit(
            &advisory.number,
            "the stored document is not that of this advisory and version",
        ));
    }
    let now = i64::from(u32::MAX);
    let made = |key: &&Certificate| openpgp::verify_detached(key, &fixed.json, fixed.signature.as_bytes(), now).is_ok();
    site.keys
        .iter()
        .find(made)
        .ok_or_else(|| TreeError::misfit(&advisory.number, "its signature was made by none of the brand's keys"))
}

fn current(advisory: &Advisory) -> Timestamp {
    advisory
        .revisions
        .last()
        .map_or(Timestamp::UNIX_EPOCH, |revision| revision.at)
}

fn join(problems: &[documents::Problem]) -> String {
    problems
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
