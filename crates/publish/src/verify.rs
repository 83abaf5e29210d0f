//! Checking a published tree as a stranger would: every file read again, every hash, every signature with the published key, every
//! document through the gate, every feed against the documents, every link of every page.
//!
//! Changes nothing and trusts nothing that the publisher remembers, except the manifest where it lies beside the slot.

mod protected;
mod provider;

pub use protected::verify_protected;

use crate::error::TreeError;
use crate::links::{self, Target};
use crate::manifest::{Entry, Manifest};
use crate::tree::walk;
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits};
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

/// Something wrong in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, under the tree's root.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// No file of ours is larger; one that is was not written by us.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Verifies the tree in `public` (the link or a copy of what it leads to) at the instant `now`. An empty answer means that all is well.
///
/// # Errors
/// The folder itself cannot be read.
pub fn verify(public: &Path, now: Timestamp) -> Result<Vec<Finding>, TreeError> {
    let root = fs::canonicalize(public).map_err(TreeError::io("open", public))?;
    let mut check = Check {
        files: BTreeMap::new(),
        findings: Vec::new(),
        now: now.as_second(),
    };
    for path in walk(&root)? {
        check.read(&root, path);
    }
    check.manifest(&root);
    let brands: BTreeSet<String> = check
        .files
        .keys()
        .filter_map(|path| Some(path.split_once('/')?.0.to_owned()))
        .filter(|host| !host.starts_with(place::DNS_PATH_PREFIX) && !host.starts_with(place::KEY_DIRECTORY_PREFIX))
        .collect();
    for brand in brands {
        check.brand(&brand);
    }
    check.formats();
    check.pages();
    Ok(check.findings)
}

/// Documents lie in the folder of a year; feeds and their like lie above.
fn is_document(path: &str, white: &str) -> bool {
    let below = path.strip_prefix(white).and_then(|below| below.split_once('/'));
    below.is_some_and(|(_, file)| file.ends_with(".json"))
}

/// Documents that were replaced lie below the folder of their pages.
fn is_earlier(path: &str, brand: &str) -> bool {
    let below = path
        .strip_prefix(brand)
        .and_then(|path| path.strip_prefix("/advisories/"));
    below.is_some_and(|below| below.contains('/') && below.ends_with(".json"))
}

struct Check {
    files: BTreeMap<String, Vec<u8>>,
    findings: Vec<Finding>,
    now: i64,
}

impl Check {
    fn find(&mut self, path: &str, message: impl Into<String>) {
        self.findings.push(Finding {
            path: path.to_owned(),
            message: message.into(),
        });
    }

    fn read(&mut self, root: &Path, path: String) {
        let file = root.join(&path);
        match fs::symlink_metadata(&file) {
            Ok(data) if !data.is_file() => return self.find(&path, "is not a plain file"),
            Ok(data) if data.len() > MAX_FILE_BYTES => {
                return self.find(&path, "is larger than any file that we write");
            }
            _ => {}
        }
        match fs::read(&file) {
            Ok(bytes) => drop(self.files.insert(path, bytes)),
            Err(error) => self.find(&path, format!("cannot be read: {error}")),
        }
    }

    /// The manifest lies beside its slot; a copy of the tree has none.
    fn manifest(&mut self, root: &Path) {
        let mut beside = root.as_os_str().to_owned();
        beside.push(".manifest");
        let Ok(text) = fs::read_to_string(beside) else {
            return;
        };
        let Some(manifest) = Manifest::read(&text) else {
            return self.find("", "the manifest beside the tree is damaged");
        };
        let mut wrong: Vec<(String, &str)> = Vec::new();
        for (path, entry) in &manifest.files {
            match self.files.get(path) {
                None => wrong.push((path.clone(), "is in the manifest and not in the tree")),
                Some(bytes) if Entry::of(bytes) != *entry => {
                    wrong.push((path.clone(), "is not what the manifest says"))
                }
                Some(_) => {}
            }
        }
        let strange = self.files.keys().filter(|path| !manifest.files.contains_key(*path));
        wrong.extend(strange.map(|path| (path.clone(), "is not in the manifest")));
        for (path, message) in wrong {
            self.find(&path, message);
        }
    }

    fn brand(&mut self, brand: &str) {
        let keys = self.keys(brand);
        let white = format!("{brand}/{}/", place::WHITE);
        let documents: Vec<String> = self
            .files
            .keys()
            .filter(|path| is_document(path, &white))
            .cloned()
            .collect();
        let earlier = |path: &&String| is_earlier(path, brand);
        let replaced: Vec<String> = self.files.keys().filter(earlier).cloned().collect();
        for path in &replaced {
            self.hashes_and_signature(path, &keys);
        }
        let mut times = BTreeMap::new();
        for path in &documents {
            let time = self.document(path, &keys);
            times.insert(path.strip_prefix(&white).unwrap_or(path).to_owned(), time);
        }
        self.directory(&white, &times);
        self.provider(brand, &keys, &times);
    }

    /// The keys that the provider's metadata names, as far as they are there and are what it says.
    fn keys(&mut self, brand: &str) -> Vec<Certificate> {
        let path = format!("{brand}/{}", place::PROVIDER_METADATA);
        let Some(metadata) = self.json(&path) else {
            self.find(&path, "is missing or not JSON");
            return Vec::new();
        };
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if text(&metadata, "canonical_url") != format!("https://{path}") {
            self.find(&path, "its canonical_url is not its own address");
        }
        let named = metadata
            .get("public_openpgp_keys")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut keys = Vec::new();
        for key in named {
            let (fingerprint, url) = (text(&key, "fingerprint"), text(&key, "url"));
            let bytes = url.strip_prefix("https://").and_then(|path| self.files.get(path));
            match bytes.map(|bytes| Certificate::parse(bytes, Limits::default())) {
                Some(Ok(certificate)) if certificate.fingerprint() == fingerprint => keys.push(certificate),
                Some(Ok(_)) => self.find(&path, format!("the key at {url} has another fingerprint")),
                Some(Err(error)) => self.find(&path, format!("the key at {url} is not readable: {error}")),
                None => self.find(&path, format!("the key at {url} is not in the tree")),
            }
        }
        keys
    }

    fn json(&self, path: &str) -> Option<Value> {
        serde_json::from_slice(self.files.get(path)?).ok()
    }

    /// One CSAF document with its hashes, its signature and its place; returns its current release date.
    fn document(&mut self, path: &str, keys: &[Certificate]) -> String {
        let bytes = self.hashes_and_signature(path, keys);
        let name = path.rsplit('/').next().unwrap_or(path);
        for finding in gate::judge(&bytes).findings {
            if finding.class <= gate::Class::Mandatory {
                self.find(
                    path,
                    format!("test {} at {}: {}", finding.test, finding.path, finding.message),
                );
            }
        }
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = |pointer: &str| {
            document
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if documents::csaf::file_name(&text("/document/tracking/id")) != name {
            self.find(path, "its name does not follow from its tracking id");
        }
        let year = path.rsplit('/').nth(1).unwrap_or_default();
        if !text("/document/tracking/initial_release_date").starts_with(&format!("{year}-")) {
            self.find(path, "it is not in the folder of the year of its first release");
        }
        // As the indexes write it: a document that was brought along may write the same instant in another way.
        let current = text("/document/tracking/current_release_date");
        current.parse::<Timestamp>().map_or(current, |at| at.to_string())
    }

    /// What lies beside a document; returns the document. One that was replaced is judged by no newer test.
    fn hashes_and_signature(&mut self, path: &str, keys: &[Certificate]) -> Vec<u8> {
        let bytes = self.files.get(path).cloned().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or(path);
        let hashes = [
            ("sha256", data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes))),
            ("sha512", data_encoding::HEXLOWER.encode(&Sha512::digest(&bytes))),
        ];
        for (kind, hash) in hashes {
            let beside = format!("{path}.{kind}");
            match self.files.get(&beside) {
                Some(text) if *text == format!("{hash}  {name}\n").into_bytes() => {}
                Some(_) => self.find(&beside, "is not the hash of the document beside it"),
                None => self.find(&beside, "is missing"),
            }
        }
        self.signature(path, &bytes, keys);
        bytes
    }

    fn signature(&mut self, path: &str, document: &[u8], keys: &[Certificate]) {
        let beside = format!("{path}.asc");
        let Some(signature) = self.files.get(&beside) else {
            return self.find(&beside, "is missing");
        };
        let verdicts: Vec<_> = keys
            .iter()
            .map(|key| openpgp::verify_detached(key, document, signature, self.now))
            .collect();
        if !verdicts.iter().any(Result::is_ok) {
            let why = verdicts
                .into_iter()
                .find_map(Result::err)
                .map(|error| error.to_string());
            self.find(
                &beside,
                why.unwrap_or_else(|| "no published key can check it".to_owned()),
            );
        }
    }

    /// `index.txt` and `changes.csv` name every document, the second with its date, the last change first.
    fn directory(&mut self, white: &str, times: &BTreeMap<String, String>) {
        let text = |name: &str| {
            String::from_utf8_lossy(self.files.get(&format!("{white}{name}")).map_or(&[], Vec::as_slice)).into_owned()
        };
        let listed: BTreeSet<String> = text("index.txt").lines().map(str::to_owned).collect();
        let changes: Vec<(String, String)> = text("changes.csv")
            .lines()
            .filter_map(|line| {
                line.trim_matches('"')
                    .split_once("\",\"")
                    .map(|(file, at)| (file.to_owned(), at.to_owned()))
            })
            .collect();
        if listed != times.keys().cloned().collect() {
            self.find(
                &format!("{white}index.txt"),
                "does not list exactly the documents that are there",
            );
        }
        if changes.iter().cloned().collect::<BTreeMap<_, _>>() != *times || changes.len() != times.len() {
            self.find(
                &format!("{white}changes.csv"),
                "does not list exactly the documents that are there, with their dates",
            );
        }
        let dates: Vec<Option<Timestamp>> = changes.iter().map(|(_, at)| at.parse().ok()).collect();
        if !dates.is_sorted_by(|earlier, later| earlier >= later) {
            self.find(&format!("{white}changes.csv"), "is not sorted, the last change first");
        }
    }

    /// Every file that says it is JSON is.
    fn formats(&mut self) {
        let broken = |(path, bytes): &(&String, &Vec<u8>)| {
            path.ends_with(".json") && serde_json::from_slice::<Value>(bytes).is_err()
        };
        let broken: Vec<String> = self.files.iter().filter(broken).map(|(path, _)| path.clone()).collect();
        for path in broken {
            self.find(&path, "is not JSON");
        }
    }

    /// Every link of every page leads to a file of the same brand, and its anchor to an element.
    fn pages(&mut self) {
        let mut broken = Vec::new();
        for (path, bytes) in self.files.iter().filter(|(path, _)| path.ends_with(".html")) {
            let Some((brand, page)) = path.split_once('/') else {
                continue;
            };
            let html = String::from_utf8_lossy(bytes);
            for link in links::of(&html) {
                let (target, anchor) = match links::target(page, &link) {
                    Target::Elsewhere => continue,
                    Target::Outside => (String::new(), String::new()),
                    Target::File { path, anchor } => (path, anchor),
                };
                if [place::SEARCH, place::AFFECTED].contains(&target.as_str()) {
                    // Served beside the files.
                    continue;
                }
                let found = self.files.get(&format!("{brand}/{target}"));
                let reached = found.is_some_and(|file| {
                    anchor.is_empty() || links::has_anchor(&String::from_utf8_lossy(file), &anchor)
                });
                if !reached {
                    broken.push((path.clone(), format!("the link {link} leads nowhere")));
                }
            }
        }
        for (path, message) in broken {
            self.find(&path, message);
        }
    }
}
