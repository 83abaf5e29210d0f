//! What is just enough, and what is one too much: every limit that an author can meet, from both sides.

use super::*;

/// Codes and messages of what is found in a text.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let (_, findings) = read("small.policy.md", text);
    findings
        .into_iter()
        .map(|finding| (finding.code, finding.message))
        .collect()
}

/// Checks that `most` of something is taken, and that one more is found once, with these words.
fn check_most(most: usize, code: &str, says: &str, text: impl Fn(usize) -> String) {
    let of = |count: usize| -> Vec<String> {
        let found = found(&text(count)).into_iter();
        found
            .filter(|(found, _)| *found == code)
            .map(|(_, message)| message)
            .collect()
    };
    assert_eq!(of(most), [""; 0], "{most} of {says}");
    let more = of(most + 1);
    assert!(more.len() == 1 && more[0].contains(says), "{says}: {more:?}");
}

/// [`SMALL`] with one more clause, of this block.
fn with_block(kind: &str, keys: &str) -> String {
    format!("{SMALL}\n§4 A.\n```{kind}\n{keys}\n```\n")
}

/// As many words in quotes.
fn quoted(count: usize, word: impl Fn(usize) -> String) -> String {
    let words: Vec<String> = (0..count).map(|place| format!("\"{}\"", word(place))).collect();
    words.join(", ")
}

#[test]
fn names_have_a_length() {
    let gate = |id: usize| {
        with_block(
            "gate",
            &format!(
                "id = \"{}\"\nbefore = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\"",
                "g".repeat(id)
            ),
        )
    };
    check_most(64, "bad-id", "is not an id", gate);
    let clause = |id: usize| format!("{SMALL}\n§{} A.\n<!-- none: no -->\n", "7".repeat(id));
    check_most(32, "clause-number", "a clause begins with", clause);
    // The name of a mail address, an at sign and eleven letters.
    let list = |more: usize| {
        with_block(
            "list",
            &format!("address = \"{}@b.example.c\"", "a".repeat(more.saturating_sub(12))),
        )
    };
    check_most(254, "bad-address", "is not a mail address", list);
}

/// What an author wrote is told in sixty characters.
#[test]
fn a_long_word_is_cut_in_a_message() {
    let said = |letters: usize| {
        let text = with_block("access", &format!("what = \"case\"\nwho = \"{}\"", "w".repeat(letters)));
        found(&text).remove(0).1
    };
    assert!(said(60).contains(&format!("`{}`:", "w".repeat(60))), "{}", said(60));
    assert!(said(61).contains(&format!("`{}…`:", "w".repeat(60))), "{}", said(61));
}

#[test]
fn lists_have_a_length() {
    let bands = |count: usize| {
        let bands: String = (0..count)
            .rev()
            .map(|place| {
                let to = if place + 1 == count { 100 } else { place * 7 + 6 };
                let (from, to) = (place * 7, to);
                format!(
                    "[[band]]\nid = \"b{place}\"\nlabel = \"B\"\nfrom = {}.{}\nto = {}.{}\n",
                    from / 10,
                    from % 10,
                    to / 10,
                    to % 10
                )
            })
            .collect();
        let (before, rest) = SMALL.split_once("[[band]]").expect("bands");
        let (_, after) = rest.split_once("```").expect("an end");
        format!("{before}{bands}```{after}")
    };
    check_most(12, "no-bands", "one to 12 bands", bands);
    assert_eq!(found(&bands(12)), []);
    check_most(1_000, "too-large", "more than 1000 terms", |count| {
        let terms: String = (0..count)
            .map(|place| format!("[[term]]\nid = \"t{place}\"\nlabel = \"T\"\n"))
            .collect();
        with_block("vocabulary", &format!("id = \"v\"\n{terms}"))
    });
    check_most(16, "too-large", "more than 16 markets", |count| {
        let markets = quoted(count, |place| format!("m{place}"));
        let front = format!("title = \"Duties\"\nkind = \"overlay\"\nmarket = [{markets}]\ntimezone = \"UTC\"\n");
        format!("+++\nid = \"small\"\nversion = \"1\"\neffective = 2026-09-01\n{front}+++\n§1 A.\n<!-- none: no -->\n")
    });
    for key in ["overrides", "beside"] {
        check_most(50, "too-large", "more than 50 promises", |count| {
            let promises = quoted(count, |_| "fix".to_owned());
            format!("{SMALL}\n{}", promise(&format!("{key} = [{promises}]")))
        });
    }
    check_most(16, "too-large", "more than 16 criteria", |count| {
        let criteria = vec!["{ score_at_least = 7.0 }"; count].join(", ");
        with_block(
            "define",
            &format!("id = \"d\"\nfact = \"class\"\nvalue = \"vulnerability\"\ncriteria = [{criteria}]"),
        )
    });
    check_most(64, "too-large", "more than 64 hints", |count| {
        let hints = quoted(count, |place| format!("word{place}"));
        with_block(
            "scope",
            &format!("question = \"Q?\"\nreply = \"R.\"\nhints = [{hints}]"),
        )
    });
    check_most(4, "too-large", "more than 4 lists", |count| {
        let lists = quoted(count, |place| format!("word{place}"));
        with_block(
            "scope",
            &format!("question = \"Q?\"\nreply = \"R.\"\nhints = [{{ all = [{lists}] }}]"),
        )
    });
    check_most(64, "too-large", "more than 64 phrases", |count| {
        let phrases = quoted(count, |place| format!("word{place}"));
        with_block(
            "scope",
            &format!("question = \"Q?\"\nreply = \"R.\"\nhints = [{{ all = [[{phrases}]] }}]"),
        )
    });
    check_most(8, "too-large", "at most 8 words", |count| {
        with_block(
            "scope",
            &format!(
                "question = \"Q?\"\nreply = \"R.\"\nhints = [\"{}\"]",
                "w ".repeat(count)
            ),
        )
    });
}

#[test]
fn a_file_has_a_size() {
    check_most(2_000, "too-large", "more than 2000 clauses", |count| {
        let more: String = (3..count)
            .map(|number| format!("§{} A.\n<!-- none: no -->\n", number + 1))
            .collect();
        format!("{SMALL}\n{more}")
    });
    check_most(5_000, "too-large", "more than 5000 blocks", |count| {
        let access = "```access\nwhat = \"case\"\nwho = \"team\"\n```\n";
        format!("{SMALL}\n§4 A.\n{}", access.repeat(count - 3))
    });
    check_most(markdown::MAX_BYTES, "too-large", "larger than 1024 KiB", |count| {
        "x".repeat(count)
    });
}

#[test]
fn lengths_have_a_size() {
    for (length, expect) in [
        ("10000 days", None),
        ("10001 days", Some("`10001 days` is too long: at most 10000 of a unit")),
    ] {
        let found = found(&format!(
            "{SMALL}\n{}",
            promise(&format!("duty = \"may\"\nwithin = \"{length}\""))
        ));
        let said: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
        assert_eq!(said, Vec::from_iter(expect), "{length}");
    }
}

/// Every pair of promises is compared, and every rule is tried on every combination of the facts that any rule asks.
#[test]
fn there_is_an_end_to_what_is_tried() {
    check_most(500, "too-large", "501 promises and 8 combinations", |count| {
        let more: String = (1..count)
            .map(|place| format!("```promise\nid = \"p{place}\"\nduty = \"may\"\ndo = \"closed\"\nper = \"case\"\nstart = \"received\"\nwithin = \"{place} days\"\n```\n"))
            .collect();
        format!("{SMALL}\n§4 A.\n{more}")
    });
    // 27,648 combinations of facts leave room for 361 rules, of whatever kind.
    let all = "when = { class = \"high\", upstream-fix = \"none\", exploit = \"none\", public-attention = \"no\", verdict = \"vulnerable\", scope = \"in\", reporter = \"external\", credit = \"no\", supported = \"yes\" }";
    for (kind, keys) in [
        (
            "promise",
            "duty = \"may\"\ndo = \"closed\"\nper = \"case\"\nstart = \"received\"\nwithin = \"1 day\"",
        ),
        ("gate", "before = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\""),
        ("publish", "vehicle = \"portal\""),
        ("list", "sends = [\"advisory\"]"),
        ("priority", "defect = \"high\""),
        ("define", "fact = \"class\"\nvalue = \"high\"\nquestion = \"Q?\""),
    ] {
        let more: String = (0..361)
            .map(|place| {
                let when = if place == 0 { all } else { "" };
                format!("```{kind}\nid = \"r{place}\"\n{keys}\n{when}\n```\n")
            })
            .collect();
        let found = found(&format!("{SMALL}\n§4 A.\n{more}"));
        let large: Vec<_> = found.iter().filter(|(code, _)| *code == "too-large").collect();
        let [(_, said)] = large[..] else {
            panic!("{kind}: {found:?}")
        };
        assert!(
            said.contains("and 27648 combinations of facts are too many"),
            "{kind}: {said}"
        );
    }
}

/// A file with more faults than anybody reads still gets an answer.
#[test]
fn findings_end_at_five_hundred() {
    for (keys, expect) in [(499, 499), (500, 500), (501, 500)] {
        let more: String = (0..keys).map(|place| format!("k{place} = 1\n")).collect();
        let found = found(&with_block(
            "access",
            &format!("what = \"case\"\nwho = \"team\"\n{more}"),
        ));
        assert_eq!(found.len(), expect);
    }
    let options: String = (0..600)
        .map(|place| {
            format!("[[option]]\nid = \"o{place}\"\ntext = \"O.\"\nset = {{ \"fix.start\" = \"wrong{place}\" }}\n")
        })
        .collect();
    let reading = format!(
        "question = \"Q?\"\nchosen = \"o\"\nwhy = \"So.\"\nby = \"the lead\"\n[[option]]\nid = \"o\"\ntext = \"O.\"\n{options}"
    );
    assert_eq!(
        found(&with_block("reading", &format!("id = \"r\"\n{reading}"))).len(),
        500
    );
}

/// What the other options of readings set is tried as well, as long as that is not endless work.
#[test]
fn options_of_readings_are_tried_within_reason() {
    let text = |options: usize, letters: usize| {
        let notice = format!(
            "§4 A.\n```notice\nid = \"n\"\nversion = \"1\"\nshown = \"form\"\ntext = \"{}\"\n```\n",
            "x".repeat(letters)
        );
        let options: String = (0..options)
            .map(|place| format!("[[option]]\nid = \"o{place}\"\ntext = \"O.\"\nset = {{ \"n.version\" = \"1\" }}\n"))
            .collect();
        format!(
            "{SMALL}\n{notice}§5 Unclear.\n```reading\nid = \"r\"\nquestion = \"Which?\"\nchosen = \"o0\"\nwhy = \"So.\"\nby = \"the lead\"\n{options}```\n"
        )
    };
    assert_eq!(found(&text(2, 200_000)), []);
    assert_eq!(found(&text(400, 80_000)), []);
    let large = found(&text(400, 200_000));
    assert!(
        large.len() == 1 && large[0].0 == "too-large" && large[0].1.contains("too large to try"),
        "{large:?}"
    );
}
