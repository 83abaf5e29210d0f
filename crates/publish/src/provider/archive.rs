//! A provider's published documents, as an archive: which there are, by every list that it offers to everybody, and each with what lies beside
//! it, byte for byte.
//!
//! Owns the finding and the reading. Judges no document, and keeps nothing: whoever asks does.

use super::documents::Beside;
use super::source::Got;
use super::{
    Check, Provider, Requirement, Source, directory, discovery, keys, metadata, report::Findings, rolie, shape,
};
use jiff::Timestamp;
use openpgp::Certificate;
use std::collections::BTreeSet;
use url::Url;

/// What a provider has published.
#[derive(Debug)]
pub struct Archive {
    /// The address of every document, each once.
    pub documents: Vec<Url>,
    /// The keys that its metadata names; none of a bare directory.
    pub keys: Vec<Certificate>,
}

/// Where an archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchivePlace {
    /// With a provider, whose metadata names its directories and feeds.
    Provider(Provider),
    /// A directory with an `index.txt`.
    Directory(Url),
}

/// A document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub json: Vec<u8>,
    /// What the file of this name's end says, where there is one: `sha256`, `sha512`, `asc`.
    pub beside: Vec<(&'static str, Vec<u8>)>,
}

/// What must be readable of a provider's lists, or its archive is not known whole.
const MUST: [Requirement; 4] = [
    Requirement::Metadata,
    Requirement::Index,
    Requirement::Feeds,
    Requirement::Keys,
];

impl ArchivePlace {
    /// Reads a domain, the address of its metadata, or that of a directory, which ends with `/`. None for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<ArchivePlace> {
        if let Some(provider) = Provider::read(text) {
            return Some(ArchivePlace::Provider(provider));
        }
        let directory = shape::address(text).filter(|address| {
            let plain = address.username().is_empty() && address.password().is_none();
            plain && address.query().is_none() && address.fragment().is_none() && address.path().ends_with('/')
        });
        directory.map(ArchivePlace::Directory)
    }

    /// The name of its host.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            ArchivePlace::Provider(provider) => provider.host(),
            ArchivePlace::Directory(address) => address.host_str().unwrap_or_default(),
        }
    }
}

/// Finds what is published at a place, to everybody.
///
/// # Errors
/// Why the archive cannot be known whole: sentences with their addresses.
pub fn archive(source: &mut Source, place: &ArchivePlace) -> Result<Archive, Vec<String>> {
    let mut check = Check {
        source,
        findings: Findings::default(),
        closed: BTreeSet::new(),
    };
    let mut keys = Vec::new();
    let mut documents = BTreeSet::new();
    match place {
        ArchivePlace::Directory(base) => documents.extend(directory::index_of(&mut check, base)),
        ArchivePlace::Provider(provider) => {
            // It was published before: that something has ended since does not matter.
            let then = Timestamp::MIN;
            if let Some(found) = discovery::find(&mut check, provider, then) {
                let metadata = metadata::read(&mut check, &found);
                keys = keys::read(&mut check, &metadata, then);
                for directory in &metadata.directories {
                    documents.extend(directory::index_of(&mut check, directory));
                }
                let feeds = rolie::read(&mut check, &metadata);
                let public = feeds.iter().filter(|feed| feed.is_for_everybody());
                documents.extend(public.flat_map(rolie::Feed::documents).cloned());
            }
        }
    }
    let report = check.findings.report(None, None, 0);
    let wrong = report
        .outcomes
        .iter()
        .filter(|outcome| MUST.contains(&outcome.requirement));
    let wrong = wrong.flat_map(|outcome| &outcome.findings);
    let wrong = wrong.filter(|finding| finding.level == super::Level::Error);
    let wrong: Vec<String> = wrong
        .map(|finding| format!("{}: {}", finding.place, finding.message))
        .collect();
    if wrong.is_empty() {
        return Ok(Archive {
            documents: documents.into_iter().collect(),
            keys,
        });
    }
    Err(wrong)
}

/// Reads a document of an archive and what lies beside it.
///
/// # Errors
/// It is not there, or something cannot be read: a sentence.
pub fn fetched(source: &mut Source, address: &Url) -> Result<Fetched, String> {
    let mut get = |address: &Url| match source.get(address) {
        Got::Here(here) => Ok(Some(here.bytes)),
        Got::Missing => Ok(None),
        Got::Denied => Err(format!("{address} is not for everybody")),
        Got::NoName(why) | Got::NoTls(why) | Got::Failed(why) => Err(format!("{address}: {why}")),
    };
    let json = get(address)?.ok_or_else(|| format!("{address} is listed and not there"))?;
    let mut beside = Vec::new();
    for kind in Beside::ALL {
        if let Some(bytes) = get(&kind.address(address))? {
            beside.push((kind.end(), bytes));
        }
    }
    Ok(Fetched { json, beside })
}
