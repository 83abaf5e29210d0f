//! The official test documents of CSAF 2.0, judged as their authors say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{KNOWN_GAPS, all_tests, judge};

/// Documents whose official flag `valid` is wrong. The flag says whether schema and mandatory tests pass.
const WRONG_FLAGS: &[(&str, &str)] = &[
    (
        "optional/oasis_csaf_tc-csaf_2_0-2021-6-2-08-02.json",
        "flagged valid, but lists MD5 twice for one file: 6.1.25",
    ),
    (
        "optional/oasis_csaf_tc-csaf_2_0-2021-6-2-09-02.json",
        "flagged valid, but lists SHA-1 twice for one file: 6.1.25",
    ),
];

/// What the gate says about the one test that a document was made for.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Fails,
    Holds,
    NotRun,
}

/// The folder of the official documents, or `None` with a printed reason.
fn official() -> Option<PathBuf> {
    let data = std::env::var_os("CANDOR_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = data.join("conformance/csaf-2.0");
    if folder.join("testcases.json").is_file() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{} is missing, and CI must run every test",
        folder.display()
    );
    println!(
        "skipped: needs the 239 official CSAF 2.0 test documents in {} (set CANDOR_DATA)",
        folder.display()
    );
    None
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn all_official_documents_are_judged_as_their_authors_say() {
    let Some(folder) = official() else { return };
    let listed: Value = serde_json::from_slice(&std::fs::read(folder.join("testcases.json")).unwrap()).unwrap();

    let (mut judged, mut not_run, mut wrong_flags) = (0, 0, BTreeSet::new());
    for test in listed["tests"].as_array().unwrap() {
        let id = text(test, "id");
        let cases = [("failures", Verdict::Fails), ("valid", Verdict::Holds)];
        for (list, official) in cases {
            for case in test[list].as_array().into_iter().flatten() {
                let name = text(case, "name");
                let judgement = judge(&std::fs::read(folder.join(name)).unwrap());
                let verdict = if judgement.not_run.iter().any(|test| test.test == id) {
                    Verdict::NotRun
                } else if judgement.findings.iter().any(|finding| finding.test == id) {
                    Verdict::Fails
                } else {
                    Verdict::Holds
                };
                let gap = KNOWN_GAPS.iter().any(|gap| gap.test == id);
                assert_eq!(
                    &verdict,
                    if gap { &Verdict::NotRun } else { &official },
                    "{id} on {name}: {judgement:#?}"
                );
                judged += 1;
                not_run += usize::from(verdict == Verdict::NotRun);
                if judgement.passes() != case["valid"].as_bool().unwrap() {
                    wrong_flags.insert(name.to_owned());
                }
            }
        }
    }
    assert_eq!((judged, not_run), (239, 9));
    assert_eq!(
        wrong_flags,
        WRONG_FLAGS.iter().map(|(name, _)| (*name).to_owned()).collect()
    );
}

#[test]
fn the_wrong_flags_are_wrong_for_the_stated_reason() {
    let Some(folder) = official() else { return };
    for (name, why) in WRONG_FLAGS {
        let judgement = judge(&std::fs::read(folder.join(name)).unwrap());
        let blocking: BTreeSet<_> = judgement
            .findings
            .iter()
            .filter(|f| f.test.starts_with("6.1."))
            .map(|f| f.test)
            .collect();
        assert_eq!(blocking, BTreeSet::from(["6.1.25"]), "{name}: {why}");
    }
}

#[test]
fn every_test_of_the_specification_is_known() {
    // §6.1 has 33 tests, of which 6.1.27 has 11 parts; §6.2 has 20; §6.3 has 11; and the schema.
    assert_eq!(all_tests().len(), 32 + 11 + 20 + 11 + 1);

    let Some(folder) = official() else { return };
    let listed: Value = serde_json::from_slice(&std::fs::read(folder.join("testcases.json")).unwrap()).unwrap();
    let official: Vec<_> = listed["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| text(test, "id"))
        .collect();
    let ours: Vec<_> = all_tests()
        .into_iter()
        .map(|(test, _)| test)
        .filter(|test| *test != "schema")
        .collect();
    assert_eq!(ours, official);
}
