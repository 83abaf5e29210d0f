//! Test 6.1.11 of CSAF 2.0 for documents of the past: a weakness has the id and the name of some release of CWE.
//!
//! The specification names no release. csaf-rs takes the one that was current at the document's release date; but an archive tells of
//! weaknesses that a later release named, or has names that an earlier one gave, and two releases carry the same date. So whatever is older
//! than the newest release may use any of them. Never judges a document of today: it uses the newest one.

use csaf_rs::helpers::CWE_ENTRIES;
use serde_json::Value;
use std::collections::BTreeSet;

/// The section of the test.
pub(crate) const TEST: &str = "6.1.11";

/// The places of weaknesses in a document of the past that some release of CWE has.
pub(crate) struct Past {
    known: BTreeSet<String>,
}

impl Past {
    pub(crate) fn of(document: &Value) -> Past {
        let text = |value: &'_ Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let released = text(document, "/document/tracking/current_release_date").unwrap_or_default();
        let newest = CWE_ENTRIES.values().map(|release| release.release_date).max();
        let is_past = newest.is_some_and(|newest| released < newest.to_string());
        let vulnerabilities = document.get("vulnerabilities").and_then(Value::as_array);
        let known = vulnerabilities.into_iter().flatten().enumerate().filter(|(_, one)| {
            let (id, name) = (text(one, "/cwe/id"), text(one, "/cwe/name"));
            is_past && id.zip(name).is_some_and(|(id, name)| is_known(&id, &name))
        });
        Past {
            known: known
                .map(|(place, _)| format!("/vulnerabilities/{place}/cwe"))
                .collect(),
        }
    }

    /// Whether the weakness that a finding is about has the id and the name of some release.
    pub(crate) fn knows(&self, path: &str) -> bool {
        let (place, _) = path.rsplit_once('/').unwrap_or_default();
        self.known.contains(place)
    }
}

fn is_known(id: &str, name: &str) -> bool {
    let mut releases = CWE_ENTRIES.values();
    releases.any(|release| release.entries.get(id).is_some_and(|entry| entry.name == name))
}
