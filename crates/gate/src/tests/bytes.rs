//! Bytes that are not strict JSON.

use super::MINIMAL;
use crate::{Class, MAX_BYTES, MAX_DEPTH, judge};

/// One finding of the test `json`, at `path`, whose message contains `says`; and no test was run.
fn check_not_strict(document: &[u8], path: &str, says: &str) {
    let judgement = judge(document);
    let [finding] = judgement.findings.as_slice() else {
        panic!("{:?}", judgement.findings)
    };
    assert_eq!(
        (finding.test, finding.class, finding.path.as_str()),
        ("json", Class::Schema, path)
    );
    assert!(finding.message.contains(says), "{}", finding.message);
    assert!(!judgement.passes());
    assert_eq!(judgement.not_run.len(), 75);
}

#[test]
fn broken_text_is_refused_with_its_place() {
    check_not_strict(b"", "", "EOF");
    check_not_strict(
        &MINIMAL.as_bytes()[..MINIMAL.len() / 2],
        "/product_tree/branches/0/branches/0/branches/1",
        "EOF",
    );
    check_not_strict(b"{} {}", "", "trailing characters at line 1 column 4");
    check_not_strict(b"{\"a\": [1, 2,]}", "/a/2", "trailing comma");
    check_not_strict(b"{\"a\": NaN}", "/a", "expected value");
    check_not_strict(b"{\"a\": 1e999}", "/a", "out of range");
    check_not_strict(b"{\"a\": \"\\ud800\"}", "/a", "hex escape");
    check_not_strict("\u{feff}{}".as_bytes(), "", "byte order mark");
    check_not_strict(b"{\"a\": \"\xFF\"}", "", "offset 7");
}

#[test]
fn a_key_may_occur_once_in_an_object() {
    check_not_strict(br#"{"a": 1, "a": 1}"#, "/a", "\"a\" occurs twice");
    check_not_strict(
        br#"{"x": [{}, {"a/b": 1, "a\u002fb": 2}]}"#,
        "/x/1/a~1b",
        "occurs twice",
    );
    let twice = MINIMAL.replacen("\"lang\": \"en\"", "\"lang\": \"en\", \"lang\": \"de\"", 1);
    check_not_strict(twice.as_bytes(), "/document/lang", "line 11");
}

fn nested(levels: usize) -> String {
    ["[".repeat(levels), "]".repeat(levels)].concat()
}

#[test]
fn size_and_depth_are_limited() {
    assert_eq!(judge(nested(MAX_DEPTH).as_bytes()).findings[0].test, "schema");
    check_not_strict(
        nested(MAX_DEPTH + 1).as_bytes(),
        &"/0".repeat(MAX_DEPTH),
        "deeper than 100",
    );
    check_not_strict(
        "[".repeat(1_000_000).as_bytes(),
        &"/0".repeat(MAX_DEPTH),
        "deeper than 100",
    );
    check_not_strict(" ".repeat(MAX_BYTES + 1).as_bytes(), "", "more than the limit");
}
