//! Is this a CSAF provider? Every requirement from 1 to 20 of CSAF 2.0 §7.1, judged on anybody's provider: ours on disk, or another on
//! the network.
//!
//! Owns the questions and what their answers mean. One file for each group of requirements:
//!
//! | file | requirements |
//! | --- | --- |
//! | `discovery.rs` | 8, 9, 10: the ways to the metadata |
//! | `metadata.rs` | 7: provider-metadata.json |
//! | `keys.rs` | 20: public keys |
//! | `directory.rs` | 11, 12, 13, 14: directories |
//! | `rolie.rs`, `services.rs` | 15; 16, 17: feeds, and the documents beside them |
//! | `documents.rs` | 1, 2, 5, 18, 19: each document |
//! | this one | 3, 4, 6: what holds for every address that is asked |
//!
//! `archive.rs` reads what a provider has published, by the same lists.
//!
//! Changes nothing, trusts nothing, and asks without any credential, as a stranger does. What comes back is hostile: sizes, counts,
//! redirects and time are limited here and in `fetch`.

mod archive;
mod directory;
mod discovery;
mod documents;
mod keys;
mod listing;
mod metadata;
mod report;
mod requirement;
mod rolie;
mod services;
mod shape;
mod source;

pub use archive::{Archive, ArchivePlace, Fetched, archive, fetched};
pub use report::{Finding, Level, Outcome, Report, Verdict};
pub use requirement::{Requirement, Role};
pub use source::{Folder, Source};

use jiff::Timestamp;
use report::Findings;
use source::{Got, Here};
use std::collections::BTreeSet;
use url::Url;

/// Documents that are read of one provider; an archive of three decades has some ten thousand.
const MOST_DOCUMENTS: usize = 100_000;
/// Years, feeds, keys and the like that are looked at of each list.
const MOST_OF_A_LIST: usize = 200;

/// Whom to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The address of the main domain, without a path.
    base: Url,
    /// Where the metadata is, where that was said.
    metadata: Option<Url>,
}

/// What the file of the metadata is called.
const METADATA_FILE: &str = "/provider-metadata.json";

impl Provider {
    /// Reads a domain, its address, or the address of its metadata. None for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Provider> {
        let address = if text.contains("://") {
            Url::parse(text).ok()?
        } else {
            Url::parse(&format!("https://{text}")).ok()?
        };
        let plain = address.has_host() && address.username().is_empty() && address.password().is_none();
        if !plain || !matches!(address.scheme(), "https" | "http") {
            return None;
        }
        let base = address.join("/").ok()?;
        let metadata = match address.path() {
            "/" => None,
            path if path.ends_with(METADATA_FILE) => Some(address.clone()),
            _ => return None,
        };
        (address.query().is_none() && address.fragment().is_none()).then_some(Provider { base, metadata })
    }

    /// The name of the main domain.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The address of a path at the main domain.
    fn at(&self, path: &str) -> Option<Url> {
        self.base.join(path).ok()
    }

    /// The address of the DNS path (requirement 10).
    fn dns_path(&self) -> Option<Url> {
        let mut address = self.base.clone();
        let host = format!("csaf.data.security.{}", self.host());
        address.set_host(Some(&host)).ok().map(|()| address)
    }
}

/// Checks a provider at the instant `now`, at which signatures must be good.
#[must_use]
pub fn check(source: &mut Source, provider: &Provider, now: Timestamp) -> Report {
    let mut check = Check {
        source,
        findings: Findings::default(),
        closed: BTreeSet::new(),
    };
    let Some(found) = discovery::find(&mut check, provider, now) else {
        for requirement in Requirement::ALL {
            if Requirement::WAYS.contains(&requirement) {
                check.error(
                    requirement,
                    provider.base.as_str(),
                    "leads to nothing, and no other way does",
                );
            } else if check.findings.worst(requirement).is_none() {
                check.error(
                    requirement,
                    provider.base.as_str(),
                    "cannot be judged without provider-metadata.json",
                );
            }
        }
        return check.findings.report(None, None, 0);
    };
    if matches!(check.source, Source::Folder(_)) {
        check.findings.not_judged(&Requirement::OF_SERVERS);
    }
    let metadata = metadata::read(&mut check, &found);
    let keys = keys::read(&mut check, &metadata, now);
    let directories = directory::read(&mut check, &metadata);
    let feeds = rolie::read(&mut check, &metadata);
    services::judge(&mut check, &metadata);

    let named: BTreeSet<&Url> = directories
        .iter()
        .flat_map(directory::Directory::documents)
        .chain(feeds.iter().flat_map(rolie::Feed::documents))
        .collect();
    let documents = documents::read(&mut check, named, &keys, now);
    if documents.is_empty() {
        check.findings.not_judged(&Requirement::OF_DOCUMENTS);
    }
    directory::judge(&mut check, &directories, &documents);
    rolie::judge(&mut check, &metadata, &feeds, &documents);
    check
        .findings
        .report(Some(found.address.into()), metadata.role, documents.len())
}

/// A check under way.
struct Check<'s> {
    source: &'s mut Source,
    findings: Findings,
    /// Hosts without `Access-Control-Allow-Origin`, of which one is told of each.
    closed: BTreeSet<String>,
}

impl Check<'_> {
    fn error(&mut self, requirement: Requirement, place: impl AsRef<str>, message: impl Into<String>) {
        self.findings
            .add(requirement, Level::Error, place.as_ref(), message.into());
    }

    fn warn(&mut self, requirement: Requirement, place: impl AsRef<str>, message: impl Into<String>) {
        self.findings
            .add(requirement, Level::Warning, place.as_ref(), message.into());
    }

    /// What is at an address, with what requirements 3, 4 and 6 say of every address.
    fn get(&mut self, address: &Url) -> Got {
        self.tls(address);
        let got = self.source.get(address);
        match &got {
            Got::Here(here) => self.sent(address, here),
            Got::NoTls(why) => self.error(Requirement::Tls, address, why.clone()),
            Got::Missing | Got::Denied | Got::NoName(_) | Got::Failed(_) => {}
        }
        got
    }

    /// An address that is not one of TLS fails requirement 3, whoever names it.
    fn tls(&mut self, address: &Url) {
        if address.scheme() != "https" {
            self.error(Requirement::Tls, address, "is not an https address");
        }
    }

    fn sent(&mut self, address: &Url, here: &Here) {
        if let Some(last) = here.redirects.last() {
            let message = format!("redirects to {last}: serve the file where it is named");
            self.warn(Requirement::Redirects, address, message);
            here.redirects.iter().for_each(|step| self.tls(step));
        }
        // Only redirects by HTTP are allowed at all (§7.1.6).
        let start = here.bytes.get(..here.bytes.len().min(4096)).unwrap_or_default();
        let start = String::from_utf8_lossy(start).to_ascii_lowercase();
        if start.contains("<meta") && start.contains("http-equiv") && start.contains("refresh") {
            self.error(Requirement::Redirects, address, "is a page that redirects by HTML");
        }
        if !here.for_others {
            let message = "only its owner may read the file: a web server cannot";
            self.error(Requirement::White, address, message);
        }
        let host = address.host_str().unwrap_or_default();
        if here.open == Some(false) && self.closed.insert(host.to_owned()) {
            let note = format!(
                "{host} sends no `Access-Control-Allow-Origin: *`, so that no page in a browser can read its documents"
            );
            self.findings.note(note);
        }
    }

    /// The bytes of a file that must be there, or a finding of `requirement` on why they are not.
    fn must(&mut self, requirement: Requirement, address: &Url) -> Option<Here> {
        let message = match self.get(address) {
            Got::Here(here) => return Some(here),
            Got::Missing => "there is nothing at this address".to_owned(),
            Got::Denied => "it is not for everybody".to_owned(),
            Got::NoName(why) | Got::NoTls(why) | Got::Failed(why) => why,
        };
        self.error(requirement, address, message);
        None
    }

    /// Says so where JSON has another type than readers compare with. Readers refuse metadata for it, and complain about the rest.
    fn json_type(&mut self, requirement: Requirement, address: &Url, here: &Here) {
        let Some(sent) = here.content_type.as_deref().filter(|sent| *sent != "application/json") else {
            return;
        };
        let message = format!(
            "its Content-Type is `{}`, and must be exactly `application/json`",
            short(sent)
        );
        match requirement {
            Requirement::Metadata => self.error(requirement, address, message),
            _ => self.warn(requirement, address, message),
        }
    }

    /// The problems of a file's shape, as errors.
    fn problems(&mut self, requirement: Requirement, address: &Url, problems: Vec<String>) {
        for problem in problems {
            self.error(requirement, address, problem);
        }
    }
}

/// A foreign text in a message: not more of it than a line, and no control characters.
fn short(text: &str) -> String {
    const MOST: usize = 120;
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    if text.chars().count() > MOST {
        shown.push('…');
    }
    shown
}
