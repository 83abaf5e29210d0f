//! The shipped policies have no errors, only known warnings, and readings that can all be read.

use super::*;

/// Id and text of every shipped policy.
#[expect(
    clippy::disallowed_methods,
    reason = "the crate reads no file, but its test must see every one that is shipped"
)]
fn shipped() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    let files = std::fs::read_dir(folder).expect("the folder of shipped policies");
    let mut shipped: Vec<(String, String)> = files
        .map(|file| file.expect("a file").path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".policy.md")?.to_owned();
            Some((name, std::fs::read_to_string(&path).expect("a text")))
        })
        .collect();
    shipped.sort();
    let ids: Vec<&str> = shipped.iter().map(|(id, _)| id.as_str()).collect();
    for id in ["128-technology", "cra-article-14", "house", "nozomi-networks"] {
        assert!(ids.contains(&id), "{id} is shipped");
    }
    shipped
}

fn file(id: &str) -> String {
    format!("{id}.policy.md")
}

#[test]
fn shipped_policies_have_no_errors_and_only_known_warnings() {
    for (id, text) in shipped() {
        let (_, findings) = read(&file(&id), &text);
        let shown: Vec<(&str, Option<&str>)> = findings
            .iter()
            .map(|finding| (finding.code, finding.example.as_deref()))
            .collect();
        let expect: &[_] = match id.as_str() {
            // T17 begins at 1.0.
            "128-technology" => &[
                ("band-gap", Some("a score of 0.0")),
                ("band-gap", Some("a score of 0.1")),
            ],
            _ => &[],
        };
        assert_eq!(shown, expect, "{id}: {findings:#?}");
    }
}

/// Another option may be a worse policy, and then a check says so; it is never one that cannot be read.
#[test]
fn every_other_option_of_a_shipped_policy_can_be_read() {
    const JUDGED: [&str; 6] = [
        "unreachable",
        "contradiction",
        "uncovered-case",
        "band-hole",
        "hold-after-end",
        "duplicate-promise",
    ];
    for (id, text) in shipped() {
        let (policy, _) = read(&file(&id), &text);
        for reading in policy.expect("a policy").readings {
            for option in reading.options.iter().filter(|option| option.id != reading.chosen) {
                let (other, findings) = read_with(&file(&id), &text, &[(reading.id.clone(), option.id.clone())]);
                assert!(other.is_some());
                let fault = findings
                    .iter()
                    .find(|finding| finding.is_error() && !JUDGED.contains(&finding.code));
                assert_eq!(fault, None, "{id}: {} as {}", reading.id, option.id);
            }
        }
    }
}

#[test]
fn every_clause_of_a_shipped_policy_is_explained() {
    for (id, text) in shipped() {
        let (policy, _) = read(&file(&id), &text);
        for explained in explain(&policy.expect("a policy")) {
            assert!(!explained.sentences.is_empty(), "{id} §{}", explained.clause);
            for sentence in explained.sentences {
                assert!(sentence.ends_with(['.', '?', '!', '”']), "{sentence}");
                assert!(!sentence.contains(",,") && !sentence.contains("  "), "{sentence}");
            }
        }
    }
}
