//! A version that is out: what tells it from every other one, and what it says, which is read only where somebody needs it.
//!
//! Owns the check that what is read is what was named.

use crate::error::TreeError;
use crate::release::FixedRelease;
use openpgp::Certificate;
use psirt::advisory::{Advisory, Released, Revision};
use psirt::house::Brand;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where versions are kept whose names alone are known. It is asked from several threads.
pub trait Archive: Sync {
    /// What was released, by its place in the archive.
    ///
    /// # Errors
    /// It is not there any more, in a sentence.
    fn released(&self, place: usize) -> Result<Released, String>;

    /// Its bytes.
    ///
    /// # Errors
    /// They are lost or damaged, in a sentence.
    fn fixed(&self, place: usize) -> Result<FixedRelease, String>;
}

/// What tells a version from every other one: the same name never stands for two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The public number of its advisory.
    pub number: &'a str,
    /// Its revision, from 1.
    pub revision: u32,
    /// SHA-256 of its document, in lower-case hexadecimal digits.
    pub sha256: &'a str,
    /// Its detached signature, armoured.
    pub signature: &'a str,
}

/// A version that is out, with the bytes that were fixed for it.
#[derive(Clone, Copy)]
pub struct Release<'a>(Content<'a>);

#[derive(Clone, Copy)]
enum Content<'a> {
    Here(&'a Released, &'a FixedRelease),
    Kept(Name<'a>, usize, &'a dyn Archive),
}

impl<'a> Release<'a> {
    /// One that is in memory.
    #[must_use]
    pub fn here(released: &'a Released, fixed: &'a FixedRelease) -> Release<'a> {
        Release(Content::Here(released, fixed))
    }

    /// One that lies at a place of an archive.
    #[must_use]
    pub fn kept(name: Name<'a>, place: usize, archive: &'a dyn Archive) -> Release<'a> {
        Release(Content::Kept(name, place, archive))
    }

    pub(super) fn number(&self) -> &'a str {
        match self.0 {
            Content::Here(released, _) => &released.advisory().number,
            Content::Kept(name, ..) => name.number,
        }
    }

    pub(super) fn revision(&self) -> u32 {
        match self.0 {
            Content::Here(released, _) => revision(released.advisory()),
            Content::Kept(name, ..) => name.revision,
        }
    }

    /// SHA-256 of the document, in lower-case hexadecimal digits.
    pub(super) fn sha256(&self) -> Cow<'a, str> {
        match self.0 {
            Content::Here(_, fixed) => fixed.sha256().into(),
            Content::Kept(name, ..) => name.sha256.into(),
        }
    }

    pub(super) fn signature(&self) -> &'a str {
        match self.0 {
            Content::Here(_, fixed) => &fixed.signature,
            Content::Kept(name, ..) => name.signature,
        }
    }

    /// What it says.
    pub(super) fn released(&self) -> Result<Cow<'a, Released>, TreeError> {
        let (name, place, archive) = match self.0 {
            Content::Here(released, _) => return Ok(Cow::Borrowed(released)),
            Content::Kept(name, place, archive) => (name, place, archive),
        };
        let read = archive.released(place);
        let released = read.map_err(|why| TreeError::misfit(name.number, why))?;
        let advisory = released.advisory();
        if advisory.number != name.number || revision(advisory) != name.revision {
            return Err(TreeError::misfit(name.number, "another version was read in its place"));
        }
        Ok(Cow::Owned(released))
    }

    /// Its bytes.
    pub(super) fn fixed(&self) -> Result<Cow<'a, FixedRelease>, TreeError> {
        let (name, place, archive) = match self.0 {
            Content::Here(_, fixed) => return Ok(Cow::Borrowed(fixed)),
            Content::Kept(name, place, archive) => (name, place, archive),
        };
        let fixed = archive
            .fixed(place)
            .map_err(|why| TreeError::misfit(name.number, why))?;
        if fixed.sha256() != name.sha256 || fixed.signature != name.signature {
            return Err(TreeError::misfit(
                name.number,
                "the bytes that were read are not those that were kept",
            ));
        }
        Ok(Cow::Owned(fixed))
    }
}

/// The revision of a text, from 1.
pub(super) fn revision(advisory: &Advisory) -> u32 {
    advisory.revisions.last().map_or(0, |last| last.number)
}

/// The versions of every advisory, oldest first, by its number.
pub(super) fn by_number<'a>(releases: &[Release<'a>]) -> BTreeMap<&'a str, Vec<Release<'a>>> {
    let mut all: BTreeMap<&str, BTreeMap<u32, Release<'a>>> = BTreeMap::new();
    for release in releases {
        let versions = all.entry(release.number()).or_default();
        versions.entry(release.revision()).or_insert(*release);
    }
    let versions = all.into_iter();
    versions
        .map(|(number, versions)| (number, versions.into_values().collect()))
        .collect()
}

/// The key that signed a release, after a look at whether the bytes are those of this advisory.
pub(super) fn signer_of<'k>(
    brand: &Brand,
    keys: &'k [Certificate],
    advisory: &Advisory,
    fixed: &FixedRelease,
) -> Result<&'k Certificate, TreeError> {
    let document: Value = serde_json::from_slice(&fixed.json).unwrap_or_default();
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let version = advisory.revisions.last().map(Revision::printed).unwrap_or_default();
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
