//! Which files the published tree consists of: every file of a brand, from its releases, one after the other.
//!
//! Never writes. The order and the bytes follow from the arguments alone.

use crate::error::TreeError;
use crate::html;
use crate::release::FixedRelease;
use documents::page::{AdvisoryPage, IndexPage, PolicyPage, Setting};
use documents::{place, problem, provider};
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

/// Hands every file of a site to `sink`.
pub(crate) fn files<'a>(
    site: &Site<'a>,
    sink: &mut dyn FnMut(File<'a>) -> Result<(), TreeError>,
) -> Result<(), TreeError> {
    let brand = site.brand;
    problem::check_brand(brand).map_err(|problems| TreeError::misfit(&brand.id, join(&problems)))?;
    let releases = newest(site)?;
    let setting = Setting::of(site.policy.map(|file| file.policy));
    let mut file = |path: &str, content: Cow<'a, [u8]>, signs: Option<(&'a [u8], &'a Certificate)>| {
        sink(File {
            path: format!("{}/{path}", brand.domain),
            content,
            signs,
        })
    };

    for asset in look::assets() {
        file(
            &format!("{}/{}", place::ASSETS, asset.name),
            Cow::Borrowed(asset.text.as_bytes()),
            None,
        )?;
    }
    for key in site.keys {
        file(
            &place::key(&key.fingerprint()),
            Cow::Owned(key.armored().into_bytes()),
            None,
        )?;
    }
    for Release { released, fixed } in &releases {
        let advisory = released.advisory();
        let signer = signer(site, advisory, fixed)?;
        let path = place::document(advisory);
        let name = documents::csaf::file_name(&advisory.number);
        file(&path, Cow::Borrowed(&fixed.json), None)?;
        file(
            &format!("{path}.sha256"),
            Cow::Owned(format!("{}  {name}\n", fixed.sha256()).into_bytes()),
            None,
        )?;
        file(
            &format!("{path}.sha512"),
            Cow::Owned(format!("{}  {name}\n", fixed.sha512()).into_bytes()),
            None,
        )?;
        let signature = Cow::Borrowed(fixed.signature.as_bytes());
        file(&format!("{path}.asc"), signature, Some((&fixed.json, signer)))?;
        let page = AdvisoryPage::of(advisory, brand, &setting, &signer.fingerprint(), fixed.json.len())
            .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
        let path = place::page(advisory);
        file(
            &path,
            Cow::Owned(html::advisory(&page, site, &path)?.into_bytes()),
            None,
        )?;
    }
    for tombstone in site.tombstones {
        let path = place::page_of(&tombstone.number);
        file(
            &path,
            Cow::Owned(html::tombstone(tombstone, site, &path)?.into_bytes()),
            None,
        )?;
    }
    if let Some(PolicyFile { policy, text }) = site.policy {
        let page = PolicyPage::of(policy);
        file(
            place::POLICY_PAGE,
            Cow::Owned(html::policy(&page, site)?.into_bytes()),
            None,
        )?;
        file(
            &place::policy_file(&policy.front.id),
            Cow::Borrowed(text.as_bytes()),
            None,
        )?;
    }
    let index = IndexPage::of(releases.iter().map(|release| release.released.advisory()), &setting);
    file(
        place::INDEX_PAGE,
        Cow::Owned(html::index(&index, site)?.into_bytes()),
        None,
    )?;
    let (list, changes) = directory(&releases);
    file(
        &format!("{}/index.txt", place::WHITE),
        Cow::Owned(list.into_bytes()),
        None,
    )?;
    file(
        &format!("{}/changes.csv", place::WHITE),
        Cow::Owned(changes.into_bytes()),
        None,
    )?;

    let fingerprints: Vec<String> = site.keys.iter().map(Certificate::fingerprint).collect();
    let updated = releases
        .iter()
        .map(|release| current(release.released.advisory()))
        .fold(site.changed, Timestamp::max);
    let metadata = provider::metadata(brand, &fingerprints, updated);
    file(place::PROVIDER_METADATA, Cow::Owned(metadata), None)
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

/// `index.txt` and `changes.csv` (CSAF 2.0 requirements 12 and 13), the last change first.
fn directory(releases: &[Release<'_>]) -> (String, String) {
    let mut lines: Vec<(Timestamp, String)> = releases
        .iter()
        .map(|release| {
            let advisory = release.released.advisory();
            let path = place::document(advisory);
            let file = path.strip_prefix(place::WHITE).unwrap_or(&path).trim_start_matches('/');
            (current(advisory), file.to_owned())
        })
        .collect();
    lines.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let list = lines.iter().map(|(_, file)| format!("{file}\n")).collect();
    let changes = lines.iter().map(|(at, file)| provider::change(file, *at)).collect();
    (list, changes)
}

fn join(problems: &[documents::Problem]) -> String {
    problems
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
