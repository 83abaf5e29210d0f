//! What the reader finds in broken policies, and what it says about the shipped ones.

mod blocks;
mod cases;
mod frame;
mod kinds;
mod limits;
mod promises;
mod readings;
mod sentences;
mod shipped;
mod whole;

use super::*;

/// A whole policy of few words; tests add clauses to it, or change it.
const SMALL: &str = r#"+++
id        = "small"
version   = "1"
effective = 2026-09-01
title     = "Security policy"
timezone  = "Europe/Zurich"
calendar  = "office"
+++

# Security policy

§1 A score is high or low.

```bands
id  = "severity"
gap = []
[[band]]
id = "high"
label = "High"
from = 7.0
to = 10.0
[[band]]
id = "low"
label = "Low"
from = 0.0
to = 6.9
```

§2 We fix it in two months.

```promise
id     = "fix"
duty   = "must"
do     = "fix-released"
per    = "track"
start  = "confirmed"
within = "2 months"
```

§3 We work in an office.

```calendar
id   = "office"
zone = "Europe/Zurich"
open = { mon = "09:00-17:00", tue = "09:00-17:00", wed = "09:00-17:00", thu = "09:00-17:00", fri = "09:00-17:00" }
closed = [2026-12-25]
known_until = 2031-12-31
```
"#;

/// A clause with a decided reading, for [`SMALL`].
const READING: &str = "§4 Unclear.\n```reading\nid = \"begin\"\nquestion = \"When does it begin?\"\nchosen = \"confirmed\"\nwhy = \"So.\"\nby = \"the lead\"\non = 2026-09-01\n[[option]]\nid = \"confirmed\"\ntext = \"When confirmed.\"\nset = { \"fix.start\" = \"confirmed\" }\n[[option]]\nid = \"received\"\ntext = \"When received.\"\nset = { \"fix.start\" = \"received\" }\n```\n";

/// Reads a text in which `▶` marks where findings are expected, in their order, and compares the rendered findings without
/// the file's name and place.
fn check_text(marked: &str, expect: &[&str]) -> (Option<Policy>, Vec<Finding>) {
    let mut places = Vec::new();
    for (line, text) in marked.lines().enumerate() {
        for (count, (at, _)) in text.match_indices('▶').enumerate() {
            let column = text[..at].chars().count() - count + 1;
            places.push((line + 1, column));
        }
    }
    let (policy, findings) = read("policies/small.policy.md", &marked.replace('▶', ""));
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let wanted: Vec<String> = expect
        .iter()
        .zip(places.iter().map(Some).chain(std::iter::repeat(None)))
        .map(|(expect, place)| {
            let (line, column) = place.expect("a mark for each finding");
            format!("policies/small.policy.md:{line}:{column}: {expect}")
        })
        .collect();
    assert_eq!(places.len(), expect.len(), "a mark for each finding, found {shown:#?}");
    assert_eq!(shown, wanted);
    (policy, findings)
}

/// [`SMALL`] with further clauses.
fn check_findings(more: &str, expect: &[&str]) {
    check_text(&format!("{SMALL}\n{more}"), expect);
}

/// [`SMALL`] with one part replaced.
fn check_changed(part: &str, by: &str, expect: &[&str]) {
    assert_eq!(SMALL.matches(part).count(), 1, "{part} stands once");
    check_text(&SMALL.replace(part, by), expect);
}

fn promise(keys: &str) -> String {
    let default = |key: &str, value: &str| {
        let given = keys
            .lines()
            .any(|line| line.trim_start_matches('▶').starts_with(&format!("{key} ")));
        if given {
            String::new()
        } else {
            format!("{key} = {value}\n")
        }
    };
    format!(
        "§9 More.\n\n```promise\nid = \"more\"\n{}{}{}{}{}{keys}\n```\n",
        default("duty", "\"must\""),
        default("do", "\"advisory-published\""),
        default("per", "\"case\""),
        default("start", "\"confirmed\""),
        default("within", "\"30 days\""),
    )
}

#[test]
fn a_whole_policy_has_no_findings() {
    let (policy, _) = check_text(SMALL, &[]);
    let policy = policy.expect("a policy");
    assert_eq!(policy.clauses.len(), 3);
    assert_eq!(policy.promise("fix").map(|promise| promise.line), Some(31));
    assert_eq!(policy.promise("§2").map(|promise| promise.clause.as_str()), Some("2"));
    assert_eq!(policy.front.cvss, [cvss::Version::V3_1, cvss::Version::V4_0]);
    assert_eq!(policy.front.brand, "small");
}
