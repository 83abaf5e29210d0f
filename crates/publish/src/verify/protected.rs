//! Checking a protected tree: every hash, every signature with the published keys, every document through the gate.

use super::{Check, Finding, Tree};
use crate::error::TreeError;
use crate::walk::walk;
use documents::place;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

/// Verifies the tree in `protected` at the instant `now`, with the keys that the tree in `public` names. A house without a protected tree has
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
        let is_asked = |path: &str| path == place::PROVIDER_METADATA || path.starts_with("csaf/openpgp/");
        let paths = walk(&public.join(brand)).unwrap_or_default().into_iter();
        let named = Tree {
            root: public.clone(),
            paths: paths
                .filter(|path| is_asked(path))
                .map(|path| format!("{brand}/{path}"))
                .collect(),
            manifest: None,
            now: now.as_second(),
            targets: Mutex::default(),
        };
        let mut check = Check {
            tree: &named,
            findings: Vec::new(),
        };
        let keys = check.keys(brand);
        findings.append(&mut check.findings);
        let below = format!("{brand}/{}/", place::PROTECTED);
        let theirs = |path: &&String| path.starts_with(&below) && in_a_year(path);
        for path in tree.paths.iter().filter(theirs) {
            findings.extend(tree.document(path, &keys).1);
        }
    }
    Ok(findings)
}

/// Documents lie in the folder of a year.
fn in_a_year(path: &str) -> bool {
    let year = path.rsplit('/').nth(1).unwrap_or_default();
    path.ends_with(".json") && year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())
}
