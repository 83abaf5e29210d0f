//! Two versions of the first vendor's policy, and every kind of difference between them.

use super::{Change, Diff, Edition, diff};
use crate::clock::tests::shipped_text;

/// The difference that these replacements make in the shipped file.
fn changed(replacements: &[(&str, &str)], readings: &[(&str, &str)]) -> Diff {
    let old = shipped_text("nozomi-networks");
    let new = replacements.iter().fold(old.clone(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let readings: Vec<_> = readings
        .iter()
        .map(|(id, option)| ((*id).to_owned(), (*option).to_owned()))
        .collect();
    let edition = |text, readings| Edition {
        name: "nozomi-networks.policy.md",
        text,
        readings,
    };
    diff(edition(&old, &[]), edition(&new, &readings)).unwrap()
}

#[test]
fn a_version_does_not_differ_from_itself() {
    let diff = changed(&[], &[]);
    assert!(diff.is_empty(), "{diff:?}");
}

#[test]
fn line_breaks_and_comments_are_no_difference() {
    let diff = changed(
        &[(
            "Please practise responsible disclosure: tell",
            "Please practise\nresponsible disclosure: tell",
        )],
        &[],
    );
    assert!(diff.is_empty(), "{diff:?}");
}

#[test]
fn a_changed_key_is_told_with_its_clause_and_both_sentences() {
    let diff = changed(
        &[(
            "start  = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin = \"2 months\"",
            "start  = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin = \"1 month\"",
        )],
        &[("months", "thirty-days")],
    );
    // The reading sets the same key, and what it sets is what runs.
    let rule = diff.rules.iter().find(|rule| rule.rule == "onprem-high-fix").unwrap();
    assert_eq!((rule.clause.as_str(), rule.change), ("§N3", Change::Changed));
    assert_eq!(rule.keys.len(), 1);
    assert_eq!(rule.keys[0].key, "within");
    assert_eq!(rule.keys[0].old.as_deref(), Some("\"2 months\""));
    assert_eq!(rule.keys[0].new.as_deref(), Some("\"60 days\""));
    assert!(rule.old.as_ref().unwrap().contains("2 months"), "{rule:?}");
    assert!(rule.new.as_ref().unwrap().contains("60 days"), "{rule:?}");
    let reading = &diff.readings[0];
    assert_eq!(
        (reading.reading.as_str(), reading.old.as_deref(), reading.new.as_deref()),
        ("months", Some("civil"), Some("thirty-days"))
    );
}

#[test]
fn a_reworded_and_a_removed_clause_and_a_moved_band_are_told() {
    let diff = changed(
        &[
            ("§N21 Please practise", "§N21 We ask you to practise"),
            ("§N35 This policy", "§N36 This policy"),
            (
                "id    = \"critical\"\nlabel = \"Critical\"\nfrom  = 9.0",
                "id    = \"critical\"\nlabel = \"Critical\"\nfrom  = 9.5",
            ),
            ("version   = \"1\"", "version   = \"2\""),
        ],
        &[],
    );
    let clauses: Vec<_> = diff
        .clauses
        .iter()
        .map(|one| (one.clause.as_str(), one.change))
        .collect();
    assert_eq!(
        clauses,
        [
            ("§N21", Change::Changed),
            ("§N36", Change::Added),
            ("§N35", Change::Removed)
        ]
    );
    let bands: Vec<_> = diff
        .bands
        .iter()
        .map(|one| (one.old.as_deref(), one.new.as_deref()))
        .collect();
    assert_eq!(
        bands,
        [(Some("Critical 9.0\u{2013}10.0"), Some("Critical 9.5\u{2013}10.0"))]
    );
    assert_eq!(diff.front[0].key, "version");
    // The page's rule stands under the new number.
    let page = diff.rules.iter().find(|rule| rule.rule == "policy-page").unwrap();
    assert_eq!(
        (page.keys[0].key.as_str(), page.keys[0].new.as_deref()),
        ("clause", Some("§N36"))
    );
}

#[test]
fn an_added_rule_has_only_one_sentence() {
    let more = "§N35b More.\n\n```gate\nid     = \"more\"\nbefore = \"closed\"\nneeds  = [\"score\"]\nwhy    = \"So it is.\"\n```\n\n§N35 This policy";
    let diff = changed(&[("§N35 This policy", more)], &[]);
    let rule = &diff.rules[0];
    assert_eq!(
        (rule.rule.as_str(), rule.change, rule.old.as_deref()),
        ("more", Change::Added, None)
    );
    assert!(rule.new.is_some() && rule.keys.iter().all(|key| key.old.is_none()));
}

/// Whatever differs, one kind of difference is enough for the versions not to be the same.
#[test]
fn each_kind_of_difference_alone_is_one() {
    let front = changed(&[("version   = \"1\"", "version   = \"2\"")], &[]);
    let clause = changed(&[("§N21 Please practise", "§N21 We ask you to practise")], &[]);
    let rule = changed(&[("[\"revisions\"]", "[\"band\", \"revisions\"]")], &[]);
    let reading = changed(&[], &[("months", "thirty-days")]);
    let band = changed(
        &[(
            "id    = \"critical\"\nlabel = \"Critical\"\nfrom  = 9.0",
            "id    = \"critical\"\nlabel = \"Critical\"\nfrom  = 9.5",
        )],
        &[],
    );
    for diff in [&front, &clause, &rule, &reading, &band] {
        assert!(!diff.is_empty(), "{diff:?}");
    }
    let counts = |diff: &Diff| {
        [
            diff.front.len(),
            diff.clauses.len(),
            diff.rules.len().min(1),
            diff.readings.len(),
            diff.bands.len(),
        ]
    };
    assert_eq!(counts(&front), [1, 0, 0, 0, 0]);
    assert_eq!(counts(&clause), [0, 1, 0, 0, 0]);
    assert_eq!(counts(&rule), [0, 0, 1, 0, 0]);
    assert_eq!(counts(&reading), [0, 0, 1, 1, 0]);
    assert_eq!(counts(&band), [0, 0, 0, 0, 1]);
}

#[test]
fn a_removed_rule_is_told_as_it_was() {
    let page = "```publish\nid      = \"policy-page\"\nvehicle = \"policy-page\"\nformats = [\"html\"]\nfields  = [\"revisions\"]\n```";
    let diff = changed(&[(page, "<!-- none: no -->")], &[]);
    let rule = diff.rules.iter().find(|rule| rule.rule == "policy-page").unwrap();
    assert_eq!(
        (rule.change, rule.kind, rule.clause.as_str()),
        (Change::Removed, "publish", "§N35")
    );
    assert!(rule.old.is_some() && rule.new.is_none());
    assert!(
        rule.keys.iter().all(|key| key.old.is_some() && key.new.is_none()),
        "{rule:?}"
    );
}

#[test]
fn a_rule_of_another_kind_under_the_same_name_is_told() {
    let diff = changed(
        &[(
            "```publish\nid      = \"policy-page\"",
            "```list\nid      = \"policy-page\"",
        )],
        &[],
    );
    let rule = diff.rules.iter().find(|rule| rule.rule == "policy-page").unwrap();
    let kind = rule.keys.iter().find(|key| key.key == "kind").unwrap();
    assert_eq!(
        (rule.change, kind.old.as_deref(), kind.new.as_deref()),
        (Change::Changed, Some("publish"), Some("list"))
    );
}

#[test]
fn a_file_without_front_matter_gives_its_findings() {
    let edition = Edition {
        name: "x.policy.md",
        text: "nothing",
        readings: &[],
    };
    assert!(!diff(edition, edition).unwrap_err().is_empty());
}
