//! Every macro renders, and prints hostile text as text. The templates here read `look`'s folder the way another crate
//! does: by a configuration whose second folder is `../look/templates`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use askama::Template;
use look::{Month, Spark};

/// Ends an attribute, opens a script, and starts a character reference.
const HOSTILE: &str = r#""'><script>alert(1)</script>&amp"#;

/// Calls every macro with `x` wherever it takes text.
#[derive(Template)]
#[template(path = "every-macro.html", config = "tests/other-crate.toml")]
struct EveryMacro<'a> {
    x: &'a str,
    owned: String,
    share: u8,
    spark: Spark,
}

fn every_macro(x: &str) -> String {
    let spark = Spark(vec![Month { kept: 3, late: 1 }, Month::default()]);
    EveryMacro {
        x,
        owned: x.to_owned(),
        share: 42,
        spark,
    }
    .render()
    .unwrap()
}

/// The names of all macros, as `file::macro`, read from the folder itself.
fn macro_names() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/parts");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for definition in text.split("{%- macro ").skip(1) {
            let (name, _) = definition.split_once('(').unwrap();
            names.push(format!("{file}::{name}"));
        }
    }
    names.sort();
    names
}

#[test]
fn every_macro_is_called_here() {
    let calls = include_str!("templates/every-macro.html");
    let names = macro_names();
    assert!(names.len() > 40, "found only {names:?}");
    for name in names {
        assert!(calls.contains(&format!("{name}(")), "no call of {name}");
    }
}

#[test]
fn hostile_text_is_printed_as_text() {
    let html = every_macro(HOSTILE);
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains(HOSTILE));
    let escaped = "&#34;&#39;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;amp";
    assert!(
        html.matches(escaped).count() > 100,
        "the text should stand in more than a hundred places"
    );
}

#[test]
fn hostile_text_changes_no_element_and_no_attribute() {
    // A slash each: a vector may break after one.
    check_same_structure(&every_macro(HOSTILE), &every_macro("plain/text"));
}

/// Two pages have the same tags and the same attribute names in the same order.
fn check_same_structure(one: &str, other: &str) {
    let (one, other) = (structure(one), structure(other));
    for (i, (left, right)) in one.iter().zip(&other).enumerate() {
        assert_eq!(left, right, "tag {i}, after {:?}", &one[i.saturating_sub(5)..i]);
    }
    assert_eq!(one.len(), other.len());
}

/// The tags of `html` with the values of their attributes left out.
fn structure(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or((tag, ""));
        let outside_quotes = tag.split('"').step_by(2);
        tags.push(outside_quotes.collect::<Vec<_>>().join("…"));
    }
    tags
}

#[test]
fn signs_say_their_word() {
    let html = every_macro("plain");
    for (shape, class) in [("critical", "sev critical"), ("informational", "sev informational")] {
        assert!(html.contains(&format!(r#"<span class="{class}">"#)), "no {shape}");
    }
    // A shape that nobody drew still says its word, and its class is not taken from the text.
    assert!(html.contains(r#"d="M2 8h12"/></svg>unknown shape</span>"#), "{html}");
    assert!(html.contains(r#"<a class="clause" href="plain">§plain</a>"#));
    assert!(html.contains(r#"<span class="clause">§plain</span>"#));
}

#[test]
fn rings_say_their_state_in_words() {
    let html = every_macro("plain");
    for label in [
        "42 % of the time has gone",
        "on hold, 42 % of the wait has gone",
        "kept",
        "broken",
        "no date yet",
    ] {
        assert!(
            html.contains(&format!(r#"aria-label="{label}""#)),
            "no ring labelled {label}"
        );
    }
    assert!(html.contains(r#"stroke-dasharray="42 100""#));
}

#[test]
fn fields_are_tied_to_their_hint_or_error() {
    let html = every_macro("plain");
    assert!(
        html.contains(r#"id="hinted" name="hinted" type="text" value="plain" aria-describedby="hinted-hint""#),
        "{html}"
    );
    assert!(
        html.contains(r#"aria-invalid="true" aria-describedby="wrong-error""#),
        "{html}"
    );
    assert!(html.contains(r#"id="wrong-error""#));
}
