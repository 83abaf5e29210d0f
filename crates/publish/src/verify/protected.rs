//! Checking a protected tree: every hash, every signature with the published keys, every document through the gate.

use super::{Check, Finding};
use crate::error::TreeError;
use crate::tree::walk;
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Verifies the tree in `protected` at the instant `now`, with the keys that the tree in `public` holds: those that only
/// a protected document needs are not named there, and must not be. A house without a protected tree has
/// nothing to find.
///
/// # Errors
/// A folder cannot be read.
pub fn verify_protected(protected: &Path, public: &Path, now: Timestamp) -> Result<Vec<Finding>, TreeError> {
    if !protected.exists() {
        return Ok(Vec::new());
    }
    let open = |path: &Path| fs::canonicalize(path).map_err(TreeError::io("open", path));
    let (root, public) = (open(protected)?, open(public)?);
    let empty = || Check {
        files: BTreeMap::new(),
        findings: Vec::new(),
        now: now.as_second(),
    };
    let mut check = empty();
    for path in walk(&root)? {
        check.read(&root, path);
    }
    check.manifest(&root);
    let paths: Vec<String> = check.files.keys().cloned().collect();
    let brands: BTreeSet<&str> = paths.iter().filter_map(|path| Some(path.split_once('/')?.0)).collect();
    for brand in brands {
        let mut named = empty();
        for path in walk(&public.join(brand)).unwrap_or_default() {
            if path.starts_with("csaf/openpgp/") {
                named.read(&public, format!("{brand}/{path}"));
            }
        }
        let parse = |bytes: &Vec<u8>| Certificate::parse(bytes, Limits::default()).ok();
        let keys: Vec<Certificate> = named.files.values().filter_map(parse).collect();
        check.findings.append(&mut named.findings);
        let below = format!("{brand}/{}/", place::PROTECTED);
        for path in paths.iter().filter(|path| path.starts_with(&below) && in_a_year(path)) {
            check.document(path, &keys);
        }
    }
    Ok(check.findings)
}

/// Documents lie in the folder of a year.
fn in_a_year(path: &str) -> bool {
    let year = path.rsplit('/').nth(1).unwrap_or_default();
    path.ends_with(".json") && year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())
}
