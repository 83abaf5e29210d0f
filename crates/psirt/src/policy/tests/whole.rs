//! Explanation, deletion of a clause, limits, hostile text.

use super::*;

#[test]
fn each_rule_is_one_sentence_beside_its_clause() {
    let (policy, _) = read("small.policy.md", &format!("{SMALL}\n{READING}"));
    let shown = explain::render(&explain(&policy.expect("a policy")));
    assert_eq!(
        shown,
        "\
§1 A score is high or low.
    → A score is High from 7.0 to 10.0; Low from 0.0 to 6.9.

§2 We fix it in two months.
    → The vendor must, for each affected line, release a fix within 2 months, counted from the
      confirmation.

§3 We work in an office.
    → Working time in Europe/Zurich is mon 09:00-17:00, tue 09:00-17:00, wed 09:00-17:00, thu
      09:00-17:00, fri 09:00-17:00, without 1 listed dates, known until 2031-12-31.

§4 Unclear.
    → The question “When does it begin?” is decided as `confirmed` by the lead: When confirmed.

"
    );
}

#[test]
fn a_publication_is_told_with_the_formats_that_it_names() {
    let policies = crate::clock::tests::shipped(&["house"], &[]);
    let shown = explain::render(&explain(&policies[0]));
    for sentence in [
        "→ The world is told by an advisory as html and csaf; it holds products, scores, band and",
        "→ Documents lie in the provider's folder as csaf in the role `csaf_trusted_provider`.",
        "→ This policy has its public page as html; it holds revisions.",
    ] {
        assert!(shown.contains(sentence), "{sentence} is not in\n{shown}");
    }
}

/// The sentence of the promise of [`promise`] with these keys.
fn check_sentence(keys: &str, expect: &str) {
    let (policy, findings) = read("small.policy.md", &format!("{SMALL}\n{}", promise(keys)));
    let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
    let explained = explain(&policy);
    let sentences = explained
        .iter()
        .find(|clause| clause.clause == "9")
        .map(|clause| &clause.sentences[..]);
    assert_eq!(sentences, Some(&[expect.to_owned()][..]), "{keys}");
}

/// Who owes what, by when, and counted from when.
#[test]
fn a_promise_is_told_with_its_end() {
    let vendor = "The vendor must publish the advisory";
    let end = "counted from the confirmation.";
    for (keys, expect) in [
        ("", format!("{vendor} within 30 days, {end}")),
        ("within = \"none\"", format!("{vendor} without a set time, {end}")),
        ("within = \"0 days\"", format!("{vendor} on the same day, {end}")),
        (
            "within = \"none\"\nbefore = \"closed\"",
            format!("{vendor} before the event `closed`, {end}"),
        ),
        (
            "within = \"none\"\nevery = \"30 days\"",
            format!("{vendor}, again every 30 days, {end}"),
        ),
        (
            "within = \"none\"\nduty = \"must-not\"\nnot_before = \"90 days\"",
            format!("The vendor must not publish the advisory, not before 90 days have gone by, {end}"),
        ),
        (
            "duty = \"aims\"",
            format!("The vendor aims to publish the advisory within 30 days, {end}"),
        ),
        (
            "duty = \"may\"",
            format!("The vendor may publish the advisory within 30 days, {end}"),
        ),
    ] {
        check_sentence(keys, &expect);
    }
}

#[test]
fn without_a_clause_nothing_of_it_is_left() {
    let (policy, _) = read("small.policy.md", &format!("{SMALL}\n{READING}"));
    let policy = policy.expect("a policy");
    assert!(policy.without_clause("§2").promise("fix").is_none());
    assert!(policy.without_clause("1").bands.is_none());
    let without = policy.without_clause("4");
    assert_eq!(without.promise("fix").map(|promise| promise.readings.len()), Some(0));
    assert_eq!(without.clauses.len(), 3);
}

/// Of each kind of block, the one under the clause goes, and the one under the other clause stays.
#[test]
fn without_a_clause_all_its_blocks_are_gone() {
    let all = |clause: &str| {
        [
            ("scope", "question = \"Q?\"\nreply = \"R.\""),
            ("define", "fact = \"scope\"\nvalue = \"out\"\nquestion = \"Q?\""),
            ("intake", "channel = \"form\""),
            ("notice", "version = \"1\"\nshown = \"form\"\ntext = \"T.\""),
            ("gate", "before = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\""),
            ("publish", "vehicle = \"portal\""),
            ("list", "address = \"a@b.example\""),
            ("access", "what = \"case\"\nwho = \"team\""),
            ("priority", "factors = [\"band\"]"),
            ("vocabulary", "[[term]]\nid = \"xss\"\nlabel = \"XSS\""),
            ("calendar", "zone = \"UTC\"\nopen = { mon = \"09:00-17:00\" }\nknown_until = 2030-12-31"),
            ("promise", "duty = \"may\"\ndo = \"closed\"\nper = \"case\"\nstart = \"received\"\nwithin = \"1 day\""),
            ("reading", "question = \"Q?\"\nchosen = \"a\"\nwhy = \"So.\"\nby = \"the lead\"\n[[option]]\nid = \"a\"\ntext = \"A.\"\n[[option]]\nid = \"b\"\ntext = \"B.\""),
        ]
        .map(|(kind, keys)| format!("```{kind}\nid = \"{kind}-{clause}\"\n{keys}\n```\n"))
        .concat()
    };
    let (policy, findings) = read(
        "small.policy.md",
        &format!("{SMALL}\n§8 A.\n{}§9 B.\n{}", all("a"), all("b")),
    );
    assert!(
        findings.iter().all(|finding| finding.code == "duplicate-promise"),
        "{findings:#?}"
    );
    let ids = |policy: &Policy| {
        let mut ids: Vec<String> = Vec::new();
        macro_rules! each {
            ($($kind:ident),+) => { $(ids.extend(policy.$kind.iter().map(|block| block.id.clone()));)+ };
        }
        each!(
            scopes,
            defines,
            intakes,
            notices,
            gates,
            publishes,
            lists,
            accesses,
            priorities,
            vocabularies,
            calendars,
            promises,
            readings
        );
        ids
    };
    let policy = policy.expect("a policy");
    let (before, after) = (ids(&policy), ids(&policy.without_clause("8")));
    let stays: Vec<String> = before.iter().filter(|id| !id.ends_with("-a")).cloned().collect();
    assert_eq!((before.len(), after.len()), (28, 15));
    assert_eq!(after, stays);
    assert_eq!(policy.clause("9").map(|clause| clause.prose.as_str()), Some("B."));
    assert_eq!(policy.calendar().map(|calendar| calendar.id.as_str()), Some("office"));
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let codes = |text: &str| {
        read("small.policy.md", text)
            .1
            .into_iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&"x".repeat(markdown::MAX_BYTES + 1)), ["too-large"]);
    let clauses: String = (10..2_100)
        .map(|number| format!("§{number} A.\n<!-- none: no -->\n"))
        .collect();
    assert_eq!(codes(&format!("{SMALL}\n{clauses}")), ["too-large"]);
    let access = "```access\nwhat = \"case\"\nwho = \"team\"\n```\n";
    assert_eq!(
        codes(&format!("{SMALL}\n§4 A.\n{}", access.repeat(5_001))),
        ["too-large"]
    );
    let many: String = (0..501)
        .map(|number| format!("```promise\nid = \"p{number}\"\nduty = \"may\"\ndo = \"closed\"\nper = \"case\"\nstart = \"received\"\nwithin = \"{} days\"\n```\n", number + 1))
        .collect();
    assert_eq!(codes(&format!("{SMALL}\n§4 A.\n{many}")), ["too-large"]);
}

#[test]
fn broken_text_never_panics() {
    // Every prefix, and every line left out: what an editor sends while somebody types.
    for (at, _) in SMALL.char_indices() {
        let _ = read("small.policy.md", &SMALL[..at]);
    }
    let lines: Vec<&str> = SMALL.lines().collect();
    for left_out in 0..lines.len() {
        let kept: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(line, _)| *line != left_out)
            .map(|(_, text)| *text)
            .collect();
        let _ = read("small.policy.md", &kept.join("\n"));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn hostile_text_never_panics(edits in proptest::collection::vec((0..1_000_usize, "\\PC{0,12}|[\"{}=\\[\\]`§+#<>!\\-\n.,]{1,6}"), 1..12)) {
        let mut text: Vec<char> = format!("{SMALL}\n{READING}").chars().collect();
        for (place, insert) in edits {
            let at = (place * 7919) % (text.len() + 1);
            let end = (at + insert.chars().count() / 2).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        let (_, findings) = read("small.policy.md", &text);
        for finding in findings {
            proptest::prop_assert!(finding.line >= 1 && finding.column >= 1);
        }
    }
}
