//! Hints, as an author writes them, against texts, as reporters write them.

use crate::policy::{Policy, read};

/// A policy whose only clause is a question with these hints.
fn file(hints: &str) -> String {
    format!(
        "+++\nid = \"x\"\nversion = \"1\"\neffective = 2026-09-01\ntitle = \"X\"\ntimezone = \"UTC\"\n+++\n\n§1 A clause.\n\n```scope\nid = \"x\"\nhints = {hints}\nquestion = \"?\"\nreply = \"No.\"\n```\n"
    )
}

fn policy(hints: &str) -> Policy {
    read("x.policy.md", &file(hints)).0.unwrap()
}

fn check_fits(hints: &str, text: &str, expect: bool) {
    let policy = policy(hints);
    let asked = !crate::case::triage::suggest(&policy, text).is_empty();
    assert_eq!(asked, expect, "{hints} in {text:?}");
}

fn check_error(hints: &str, code: &str, says: &str) {
    let (_, findings) = read("x.policy.md", &file(hints));
    let found = findings.iter().find(|finding| finding.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in {findings:?}"));
    assert!(found.message.contains(says), "{found:?}");
    assert_eq!(found.line, 13, "{found:?}");
}

#[test]
fn a_phrase_is_whole_words_in_a_row() {
    check_fits(r#"["server header"]"#, "The Server-Header tells the version", true);
    check_fits(r#"["server header"]"#, "the header of the server", false);
    check_fits(r#"["server header"]"#, "a server\nheader over two lines", true);
    check_fits(r#"["nmap"]"#, "an Nmap scan", true);
    check_fits(r#"["nmap"]"#, "unmapped memory", false);
    check_fits(r#"["x-frame-options"]"#, "no X-Frame-Options.", true);
    check_fits(r#"["x-frame-options"]"#, "X-Frame", false);
    check_fits(r#"["doesn't expire"]"#, "it doesn't expire", true);
    check_fits(r#"["ÜBERLAUF"]"#, "ein Überlauf", true);
    check_fits("[]", "anything", false);
}

#[test]
fn a_star_stands_for_the_rest_of_a_word() {
    check_fits(r#"["scan*"]"#, "I scanned it", true);
    check_fits(r#"["scan*"]"#, "a port-scanner", true);
    check_fits(r#"["scan*"]"#, "I rescan it", false);
    check_fits(r#"["scan* report"]"#, "the scanner reports it", false);
    check_fits(r#"["scan* report*"]"#, "the scanner reports it", true);
}

#[test]
fn all_of_several_lists_stand_in_one_passage() {
    let hint = r#"[{ all = ["cookie", ["without", "no"]] }]"#;
    check_fits(hint, "A cookie without a flag.", true);
    check_fits(hint, "There is no flag on the cookie.", true);
    check_fits(hint, "Look at the cookie. It runs without me.", false);
    check_fits(hint, "Look at the cookie.\n\nWithout it nothing works.", false);
    check_fits(hint, "- a cookie\n- something without it", false);
    check_fits(hint, "< Set-Cookie: a=b\n< Via: no proxy", false);
    check_fits(hint, "version 1.2 of the cookie has no flag", true);
}

#[test]
fn none_of_a_list_stands_in_the_passage() {
    let hint = r#"[{ all = ["nessus"], none = ["import*"] }]"#;
    check_fits(hint, "Nessus lists it.", true);
    check_fits(hint, "The import of Nessus files crashes.", false);
    check_fits(
        hint,
        "The import of Nessus files crashes. Nessus itself says nothing.",
        true,
    );
}

#[test]
fn what_an_author_gets_wrong_is_said_where_it_stands() {
    check_error(r#"["--"]"#, "empty", "never matches");
    check_error(r#"["s*"]"#, "bad-hint", "at least 3 letters");
    check_error(r#"["sca*ner"]"#, "bad-hint", "at the end");
    check_error(r#"[{ none = ["a"] }]"#, "missing-key", "`all`");
    check_error(r#"[{ all = [[]] }]"#, "empty", "names nothing");
    check_error(r#"[{ all = ["a"], some = ["b"] }]"#, "unknown-key", "`some`");
    check_error(
        r#"[{ all = ["a", "b", "c", "d", "e"] }]"#,
        "too-large",
        "more than 4 lists",
    );
    check_error(r#"["a b c d e f g h i"]"#, "too-large", "8 words");
    check_error(r#"[3]"#, "wrong-type", "in quotes");
    let many = format!("[{}]", "\"word\", ".repeat(65));
    check_error(&many, "too-large", "more than 64 hints");
}

/// The worst that a text can do is to begin each phrase everywhere. 64 KiB of it, and of other noise, still have an answer.
#[test]
fn a_hostile_text_has_an_answer() {
    let hints = r#"["a a a a a a a b", { all = ["a a a a a a a a", ["aaa*"]], none = ["b"] }]"#;
    check_fits(hints, &"a ".repeat(32 * 1024), false);
    check_fits(hints, &"a".repeat(64 * 1024), false);
    check_fits(hints, &". ".repeat(32 * 1024), false);
    check_fits(hints, &"\n- ".repeat(21 * 1024), false);
    check_fits(hints, &format!("{}b", "a ".repeat(32 * 1024)), true);
    check_fits(r#"["end"]"#, &format!("{} end", "\u{1F600}".repeat(64 * 1024)), false);
    check_fits(r#"["end"]"#, &format!("{} end", "x ".repeat(1024)), true);
}
