//! Which files the published tree consists of: every file of a brand, from its releases, one after the other.
//!
//! Never writes. The order and the bytes follow from the arguments alone.

mod keys;
mod portal;
mod protected;
mod provider;

pub use protected::Protected;
pub(crate) use protected::files as protected_files;

use crate::error::TreeError;
use crate::html;
use crate::release::FixedRelease;
use documents::page::{AdvisoryPage, Setting, ThanksPage};
use documents::{cve, feed, gone, openvex, osv, place, problem, text};
use jiff::Timestamp;
use openpgp::Certificate;
use psirt::advisory::{Advisory, Released, Tombstone};
use psirt::house::{Brand, Theme};
use psirt::policy::Policy;
use psirt::promises::KeptPromises;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Everything public of one brand.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// What its portal shows beside advisories.
    pub portal: PortalParts<'a>,
    /// The brand.
    pub brand: &'a Brand,
    /// The policy that it runs under.
    pub policy: Option<PolicyFile<'a>>,
    /// The public keys of every signature in the tree, the present one first, and those that were revoked.
    pub keys: &'a [Certificate],
    /// The keys that reports are encrypted to, the present one first, and those that were it before.
    pub intake: &'a [Certificate],
    /// What was released to everybody, in any order. Of several versions of an advisory the newest is the present one; the others stay
    /// reachable from its page.
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

    /// A CSAF document with its hashes and its signature.
    fn put_document(&mut self, path: &str, fixed: &'a FixedRelease, signer: &'a Certificate) -> Result<(), TreeError> {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.put(path, fixed.json.as_slice())?;
        for (kind, hash) in [("sha256", fixed.sha256()), ("sha512", fixed.sha512())] {
            self.put(&format!("{path}.{kind}"), format!("{hash}  {name}\n").into_bytes())?;
        }
        self.put_signature(&format!("{path}.asc"), fixed, signer)
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
    let (releases, earlier) = by_age(site)?;
    let setting = Setting {
        dynamic: site.portal.dynamic,
        ..Setting::of(site.policy.map(|file| file.policy))
    };
    let files = &mut Files { brand, sink };
    for asset in look::assets() {
        files.put(&format!("{}/{}", place::ASSETS, asset.name), asset.text.as_bytes())?;
    }
    for key in site.keys {
        files.put(&place::key(&key.fingerprint()), key.armored().into_bytes())?;
    }
    for key in site.intake {
        files.put(&place::intake_key(&key.fingerprint()), key.armored().into_bytes())?;
    }
    let mut signers: Vec<String> = site.keys.first().map(Certificate::fingerprint).into_iter().collect();
    let mut note_signer = |signer: &Certificate| {
        let signer = signer.fingerprint();
        if !signers.contains(&signer) {
            signers.push(signer);
        }
    };
    for release in &releases {
        let number = release.released.advisory().number.as_str();
        let replaced = earlier.get(number).map_or(&[][..], Vec::as_slice);
        let mut versions = versions(site, number, replaced);
        versions.push((revision(release), place::page(release.released.advisory())));
        note_signer(advisory(site, release, &versions, &setting, files)?);
        for old in replaced {
            let present = Some(release.released.advisory());
            note_signer(replaced_version(site, old, present, &versions, &setting, files)?);
        }
    }
    for tombstone in site.tombstones {
        files.put(&place::gone(tombstone), gone::document(tombstone, brand))?;
    }
    for tombstone in site.tombstones.iter().filter(|tombstone| tombstone.current) {
        let path = place::page_of(&tombstone.number);
        let left = earlier.get(tombstone.number.as_str()).map_or(&[][..], Vec::as_slice);
        let versions = versions(site, &tombstone.number, left);
        for old in left {
            note_signer(replaced_version(site, old, None, &versions, &setting, files)?);
        }
        let left: Vec<&Advisory> = left.iter().map(|old| old.released.advisory()).collect();
        files.put(&path, html::tombstone(tombstone, &left, site, &path)?.into_bytes())?;
    }
    let advisories: Vec<&Advisory> = releases.iter().map(|release| release.released.advisory()).collect();
    for (id, statements) in cve::statements(&advisories) {
        if let Some(container) = cve::container(&statements, brand) {
            files.put(&place::cve(id), cve::submission(&container))?;
        }
    }
    portal::put(site, &advisories, &setting, files)?;
    let thanks = ThanksPage::of(&advisories);
    files.put(place::THANKS_PAGE, html::thanks(&thanks, site)?.into_bytes())?;
    files.put(place::ATOM_FEED, feed::atom(brand, &advisories, site.changed))?;
    files.put(place::JSON_FEED, feed::json(brand, &advisories))?;
    let report = keys::report_page(site);
    files.put(place::REPORT_PAGE, html::report(&report, site)?.into_bytes())?;
    keys::put_on_own_host(site, files)?;
    provider::put(site, &releases, &signers, files)
}

/// Hands the key directories of mail domains to `sink`: several brands may share one.
pub(crate) fn key_directories<'a>(
    sites: &[Site<'a>],
    sink: &mut dyn FnMut(File<'a>) -> Result<(), TreeError>,
) -> Result<(), TreeError> {
    for (path, content) in keys::directories(sites) {
        sink(File {
            path,
            content: Cow::Owned(content),
            signs: None,
        })?;
    }
    Ok(())
}

/// The document with its hashes and signature, the page, and every other format. Gives back who signed it.
fn advisory<'a>(
    site: &Site<'a>,
    release: &Release<'a>,
    versions: &[(u32, String)],
    setting: &Setting,
    files: &mut Files<'a, '_>,
) -> Result<&'a Certificate, TreeError> {
    let Release { released, fixed } = *release;
    let advisory = released.advisory();
    let signer = signer_of(site.brand, site.keys, advisory, fixed)?;
    let document = place::document(advisory);
    files.put_document(&document, fixed, signer)?;

    let mut page = AdvisoryPage::of(advisory, site.brand, setting, &signer.fingerprint(), fixed.json.len())
        .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::page(advisory);
    page.link_versions(advisory, &path, versions);
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
    Ok(signer)
}

/// A version that `present` replaced, or one that had to go: its document as it was signed, and its page, which says so.
fn replaced_version<'a>(
    site: &Site<'a>,
    release: &Release<'a>,
    present: Option<&Advisory>,
    versions: &[(u32, String)],
    setting: &Setting,
    files: &mut Files<'a, '_>,
) -> Result<&'a Certificate, TreeError> {
    let Release { released, fixed } = *release;
    let advisory = released.advisory();
    let signer = signer_of(site.brand, site.keys, advisory, fixed)?;
    files.put_document(&place::earlier_document(advisory), fixed, signer)?;
    let fingerprint = signer.fingerprint();
    let mut page = AdvisoryPage::earlier(advisory, present, site.brand, setting, &fingerprint, fixed.json.len())
        .map_err(|problems| TreeError::misfit(&advisory.number, join(&problems)))?;
    let path = place::earlier_page(&advisory.number, revision(release));
    page.link_versions(advisory, &path, versions);
    files.put(&path, html::advisory(&page, site, &path)?.into_bytes())?;
    Ok(signer)
}

/// Where each version of an advisory but the present one is to be read, or what is left of it.
fn versions(site: &Site<'_>, number: &str, replaced: &[Release<'_>]) -> Vec<(u32, String)> {
    let old = replaced.iter().map(revision);
    let mut versions: Vec<(u32, String)> = old.map(|old| (old, place::earlier_page(number, old))).collect();
    let gone = site.tombstones.iter().filter(|gone| gone.number == number);
    versions.extend(gone.map(|gone| (gone.revision, place::gone(gone))));
    versions
}

fn revision(release: &Release<'_>) -> u32 {
    let last = release.released.advisory().revisions.last();
    last.map_or(0, |last| last.number)
}

/// Versions that were replaced, by the number of their advisory.
type Replaced<'a> = BTreeMap<&'a str, Vec<Release<'a>>>;

/// The newest version of every advisory, by number, and those that it replaced, oldest first. Where the newest one had to go, none takes its
/// place.
fn by_age<'a>(site: &Site<'a>) -> Result<(Vec<Release<'a>>, Replaced<'a>), TreeError> {
    let mut all: BTreeMap<&str, BTreeMap<u32, Release<'a>>> = BTreeMap::new();
    for release in site.releases {
        let advisory = release.released.advisory();
        if advisory.brand != site.brand.id {
            return Err(TreeError::misfit(
                &advisory.number,
                format!("it is of the brand `{}`", advisory.brand),
            ));
        }
        if !release.released.audience().is_public() {
            return Err(TreeError::misfit(&advisory.number, "it is not for everybody"));
        }
        let versions = all.entry(&advisory.number).or_default();
        versions.entry(revision(release)).or_insert(*release);
    }
    let (mut newest, mut replaced) = (Vec::new(), BTreeMap::new());
    for (number, mut versions) in all {
        let mut gone = site.tombstones.iter().filter(|gone| gone.current);
        if gone.all(|gone| gone.number != number) {
            newest.extend(versions.pop_last().map(|(_, release)| release));
        }
        replaced.insert(number, versions.into_values().collect());
    }
    Ok((newest, replaced))
}

/// The key that signed a release, after a look at whether the bytes are those of this advisory.
fn signer_of<'a>(
    brand: &Brand,
    keys: &'a [Certificate],
    advisory: &Advisory,
    fixed: &FixedRelease,
) -> Result<&'a Certificate, TreeError> {
    let document: Value = serde_json::from_slice(&fixed.json).unwrap_or_default();
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let version = advisory
        .revisions
        .last()
        .map(psirt::advisory::Revision::printed)
        .unwrap_or_default();
    let fits = text("/document/tracking/id") == advisory.number
        && text("/document/tracking/version") == version
        && text("/document/publisher/namespace") == brand.namespace
        && text("/document/distribution/tlp/label") == advisory.audience.label();
    if !fits {
        return Err(TreeError::misfit(
            &advisory.number,
            "the stored document is not that of this advisory and version",
        ));
    }
    let now = i64::from(u32::MAX);
    let mut revoked = None;
    for key in keys {
        match openpgp::verify_detached(key, &fixed.json, fixed.signature.as_bytes(), now) {
            Ok(_) => return Ok(key),
            Err(openpgp::VerifyError::Revoked) => revoked = Some(key.fingerprint()),
            Err(_) => {}
        }
    }
    let why = match revoked {
        Some(key) => format!(
            "it is signed by the key {key}, which is revoked: sign everything again with `candor key resign --brand {}`",
            advisory.brand
        ),
        None => "its signature was made by none of the brand's keys".to_owned(),
    };
    Err(TreeError::misfit(&advisory.number, why))
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
