//! Checking a published tree as a stranger would: every file read again, every hash, every signature with the published key, every
//! document through the gate, every feed against the documents, every link of every page.
//!
//! Changes nothing and trusts nothing that the publisher remembers, except the manifest where it lies beside the slot. Files are read one by one,
//! on every thread there is, and none is kept.

mod protected;
mod provider;

pub use protected::verify_protected;

use crate::error::TreeError;
use crate::links::{self, Target};
use crate::manifest::{Entry, Manifest};
use crate::packed;
use crate::parallel;
use crate::walk::walk;
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits};
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
    let (tree, unreadable) = Tree::open(root, now)?;
    let looks = tree.looks()?;
    let mut check = Check {
        tree: &tree,
        findings: unreadable,
    };
    check
        .findings
        .extend(looks.iter().filter_map(|look| look.manifest.clone()));
    check.findings.extend(tree.missing());
    let brands: BTreeSet<String> = tree
        .paths
        .iter()
        .filter_map(|path| Some(path.split_once('/')?.0.to_owned()))
        .filter(|host| !host.starts_with(place::DNS_PATH_PREFIX) && !host.starts_with(place::KEY_DIRECTORY_PREFIX))
        .collect();
    for brand in brands {
        check.brand(&brand)?;
    }
    let Check { mut findings, .. } = check;
    findings.extend(looks.iter().filter_map(|look| look.format.clone()));
    findings.extend(looks.into_iter().flat_map(|look| look.links));
    Ok(findings)
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

/// A tree whose files are read when they are asked for.
struct Tree {
    root: PathBuf,
    /// Every plain file.
    paths: BTreeSet<String>,
    /// What lies beside the slot; a copy of the tree has none.
    manifest: Option<Manifest>,
    now: i64,
    /// Pages to whose parts others link: few.
    targets: Mutex<BTreeMap<String, Arc<String>>>,
}

/// What one file shows by itself.
#[derive(Default)]
struct Look {
    manifest: Option<Finding>,
    format: Option<Finding>,
    links: Vec<Finding>,
}

fn finding(path: &str, message: impl Into<String>) -> Finding {
    Finding {
        path: path.to_owned(),
        message: message.into(),
    }
}

impl Tree {
    /// The tree, and what is no file of one.
    fn open(root: PathBuf, now: Timestamp) -> Result<(Tree, Vec<Finding>), TreeError> {
        let (mut paths, mut findings) = (BTreeSet::new(), Vec::new());
        for path in walk(&root)? {
            match fs::symlink_metadata(root.join(&path)) {
                Ok(data) if !data.is_file() => findings.push(finding(&path, "is not a plain file")),
                Ok(data) if data.len() > MAX_FILE_BYTES => {
                    findings.push(finding(&path, "is larger than any file that we write"));
                }
                Ok(_) => drop(paths.insert(path)),
                Err(error) => findings.push(finding(&path, format!("cannot be read: {error}"))),
            }
        }
        let mut beside = root.as_os_str().to_owned();
        beside.push(".manifest");
        let text = fs::read_to_string(beside).ok();
        let is_there = text.is_some();
        let manifest = text.and_then(Manifest::read);
        if is_there && manifest.is_none() {
            findings.push(finding("", "the manifest beside the tree is damaged"));
        }
        let tree = Tree {
            root,
            paths,
            manifest,
            now: now.as_second(),
            targets: Mutex::default(),
        };
        Ok((tree, findings))
    }

    fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// A file of the tree, whatever it holds.
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.has(path).then(|| fs::read(self.root.join(path)).ok())?
    }

    fn json(&self, path: &str) -> Option<Value> {
        serde_json::from_slice(&self.read(path)?).ok()
    }

    /// What each file shows by itself, in the order of their paths.
    fn looks(&self) -> Result<Vec<Look>, TreeError> {
        let paths: Vec<&String> = self.paths.iter().collect();
        parallel::each(parallel::threads(), &paths, |path| Ok(self.look(path)))
    }

    fn look(&self, path: &str) -> Look {
        let Some(bytes) = self.read(path) else {
            return Look {
                manifest: Some(finding(path, "cannot be read")),
                ..Look::default()
            };
        };
        let in_manifest = |manifest: &Manifest| match manifest.find(path).and_then(|place| manifest.line(place)) {
            None => Some(finding(path, "is not in the manifest")),
            Some(line) if !line.is(&Entry::of(&bytes)) => Some(finding(path, "is not what the manifest says")),
            Some(_) => None,
        };
        // Every file that says it is JSON is.
        let is_json =
            |bytes| std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        let is_broken = path.ends_with(".json") && !is_json(&bytes);
        let is_other = packed::original(path)
            .is_some_and(|original| !self.read(original).is_some_and(|text| packed::holds(&bytes, &text)));
        let format = match (is_broken, is_other) {
            (true, _) => Some("is not JSON"),
            (_, true) => Some("is not the file beside it, packed"),
            _ => None,
        };
        Look {
            manifest: self.manifest.as_ref().and_then(in_manifest),
            format: format.map(|message| finding(path, message)),
            links: match path.ends_with(".html") {
                true => self.links(path, &String::from_utf8_lossy(&bytes)),
                false => Vec::new(),
            },
        }
    }

    fn missing(&self) -> impl Iterator<Item = Finding> {
        let lines = self.manifest.iter().flat_map(Manifest::lines);
        let missing = lines.filter(|line| !self.has(line.path));
        missing.map(|line| finding(line.path, "is in the manifest and not in the tree"))
    }

    /// Every link of a page leads to a file of the same brand, and its anchor to an element.
    fn links(&self, path: &str, html: &str) -> Vec<Finding> {
        let Some((brand, page)) = path.split_once('/') else {
            return Vec::new();
        };
        let reaches = |link: &String| {
            let (target, anchor) = match links::target(page, link) {
                Target::Elsewhere => return true,
                Target::Outside => return false,
                Target::File { path, anchor } => (path, anchor),
            };
            if [place::SEARCH, place::AFFECTED, place::FORM].contains(&target.as_str()) {
                // Served beside the files.
                return true;
            }
            let target = format!("{brand}/{target}");
            match anchor.as_str() {
                "" => self.has(&target),
                anchor if target == path => links::has_anchor(html, anchor),
                anchor => self
                    .target(&target)
                    .is_some_and(|html| links::has_anchor(&html, anchor)),
            }
        };
        let links = links::of(html).into_iter().filter(|link| !reaches(link));
        links
            .map(|link| finding(path, format!("the link {link} leads nowhere")))
            .collect()
    }

    fn target(&self, path: &str) -> Option<Arc<String>> {
        let lock = || self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(html) = lock().get(path) {
            return Some(Arc::clone(html));
        }
        let html = Arc::new(String::from_utf8_lossy(&self.read(path)?).into_owned());
        lock().insert(path.to_owned(), Arc::clone(&html));
        Some(html)
    }

    /// One CSAF document with its hashes, its signature and its place; returns its current release date.
    fn document(&self, path: &str, keys: &[Certificate]) -> (String, Vec<Finding>) {
        let (bytes, mut findings) = self.hashes_and_signature(path, keys);
        let name = path.rsplit('/').next().unwrap_or(path);
        for broken in gate::judge(&bytes).findings {
            if broken.class <= gate::Class::Mandatory {
                let message = format!("test {} at {}: {}", broken.test, broken.path, broken.message);
                findings.push(finding(path, message));
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
            findings.push(finding(path, "its name does not follow from its tracking id"));
        }
        let year = path.rsplit('/').nth(1).unwrap_or_default();
        if !text("/document/tracking/initial_release_date").starts_with(&format!("{year}-")) {
            findings.push(finding(
                path,
                "it is not in the folder of the year of its first release",
            ));
        }
        // As the indexes write it: a document that was brought along may write the same instant in another way.
        let current = text("/document/tracking/current_release_date");
        (
            current.parse::<Timestamp>().map_or(current, |at| at.to_string()),
            findings,
        )
    }

    /// What lies beside a document; returns the document. One that was replaced is judged by no newer test.
    fn hashes_and_signature(&self, path: &str, keys: &[Certificate]) -> (Vec<u8>, Vec<Finding>) {
        let bytes = self.read(path).unwrap_or_default();
        let mut findings = Vec::new();
        let name = path.rsplit('/').next().unwrap_or(path);
        let hashes = [
            ("sha256", data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes))),
            ("sha512", data_encoding::HEXLOWER.encode(&Sha512::digest(&bytes))),
        ];
        for (kind, hash) in hashes {
            let beside = format!("{path}.{kind}");
            match self.read(&beside) {
                Some(text) if text == format!("{hash}  {name}\n").into_bytes() => {}
                Some(_) => findings.push(finding(&beside, "is not the hash of the document beside it")),
                None => findings.push(finding(&beside, "is missing")),
            }
        }
        findings.extend(self.signature(path, &bytes, keys));
        (bytes, findings)
    }

    fn signature(&self, path: &str, document: &[u8], keys: &[Certificate]) -> Option<Finding> {
        let beside = format!("{path}.asc");
        let Some(signature) = self.read(&beside) else {
            return Some(finding(&beside, "is missing"));
        };
        let mut why = None;
        for key in keys {
            match openpgp::verify_detached(key, document, &signature, self.now) {
                Ok(_) => return None,
                Err(error) => drop(why.get_or_insert_with(|| error.to_string())),
            }
        }
        Some(finding(
            &beside,
            why.unwrap_or_else(|| "no published key can check it".to_owned()),
        ))
    }
}

struct Check<'t> {
    tree: &'t Tree,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn find(&mut self, path: &str, message: impl Into<String>) {
        self.findings.push(finding(path, message));
    }

    fn brand(&mut self, brand: &str) -> Result<(), TreeError> {
        let tree = self.tree;
        let keys = self.keys(brand);
        let white = format!("{brand}/{}/", place::WHITE);
        let documents: Vec<&String> = tree.paths.iter().filter(|path| is_document(path, &white)).collect();
        let replaced: Vec<&String> = tree.paths.iter().filter(|path| is_earlier(path, brand)).collect();
        let threads = parallel::threads();
        for (_, findings) in parallel::each(threads, &replaced, |path| Ok(tree.hashes_and_signature(path, &keys)))? {
            self.findings.extend(findings);
        }
        let mut times = BTreeMap::new();
        let judged = parallel::each(threads, &documents, |path| Ok(tree.document(path, &keys)))?;
        for (path, (time, findings)) in documents.into_iter().zip(judged) {
            self.findings.extend(findings);
            times.insert(path.strip_prefix(&white).unwrap_or(path).to_owned(), time);
        }
        self.directory(&white, &times);
        self.provider(brand, &keys, &times);
        Ok(())
    }

    /// The keys that the provider's metadata names, as far as they are there and are what it says.
    fn keys(&mut self, brand: &str) -> Vec<Certificate> {
        let path = format!("{brand}/{}", place::PROVIDER_METADATA);
        let Some(metadata) = self.tree.json(&path) else {
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
            let bytes = url.strip_prefix("https://").and_then(|path| self.tree.read(path));
            match bytes.map(|bytes| Certificate::parse(&bytes, Limits::default())) {
                Some(Ok(certificate)) if certificate.fingerprint() == fingerprint => keys.push(certificate),
                Some(Ok(_)) => self.find(&path, format!("the key at {url} has another fingerprint")),
                Some(Err(error)) => self.find(&path, format!("the key at {url} is not readable: {error}")),
                None => self.find(&path, format!("the key at {url} is not in the tree")),
            }
        }
        keys
    }

    /// `index.txt` and `changes.csv` name every document, the second with its date, the last change first.
    fn directory(&mut self, white: &str, times: &BTreeMap<String, String>) {
        let text = |name: &str| {
            String::from_utf8_lossy(&self.tree.read(&format!("{white}{name}")).unwrap_or_default()).into_owned()
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
}
