//! Checking a protected tree: every hash, every signature with the published keys, every document through the gate.

use super::{Finding, MAX_FILE_BYTES, Tree};
use crate::error::TreeError;
use crate::walk::walk;
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits};
use std::collections::BTreeSet;
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
    let (tree, mut findings) = Tree::open(root, now)?;
    findings.extend(tree.looks()?.into_iter().filter_map(|look| look.manifest));
    findings.extend(tree.missing());
    let brands: BTreeSet<&str> = tree
        .paths
        .iter()
        .filter_map(|path| Some(path.split_once('/')?.0))
        .collect();
    for brand in brands {
        let keys = public_keys(&public.join(brand));
        let below = format!("{brand}/{}/", place::PROTECTED);
        let theirs = |path: &&String| path.starts_with(&below) && in_a_year(path);
        for path in tree.paths.iter().filter(theirs) {
            findings.extend(tree.document(path, &keys).1);
        }
    }
    Ok(findings)
}

/// Every key of a brand that its public tree holds.
fn public_keys(brand: &Path) -> Vec<Certificate> {
    let paths = walk(brand).unwrap_or_default().into_iter();
    let keys = paths
        .filter(|path| path.starts_with("csaf/openpgp/"))
        .filter_map(|path| {
            let file = brand.join(path);
            let is_small = fs::symlink_metadata(&file).is_ok_and(|data| data.is_file() && data.len() <= MAX_FILE_BYTES);
            let bytes = is_small.then(|| fs::read(&file).ok())??;
            Certificate::parse(&bytes, Limits::default()).ok()
        });
    keys.collect()
}

/// Documents lie in the folder of a year.
fn in_a_year(path: &str) -> bool {
    let year = path.rsplit('/').nth(1).unwrap_or_default();
    path.ends_with(".json") && year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())
}
