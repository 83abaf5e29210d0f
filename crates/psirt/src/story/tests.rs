//! Stories are read strictly, say where they are wrong, and survive being written; their guide lists every event.

use super::*;
use crate::event::{Group, Shape};

const GUIDE: &str = include_str!("../../../../docs/stories.md");

fn check_error(story: &str, line: u32, expect: &str) {
    let error = Story::read(story).unwrap_err();
    assert!(error.message.contains(expect), "{error}\nexpected: {expect}");
    assert_eq!(error.line, line, "{error}");
}

const LINE: &str = "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n";

fn event(text: &str) -> String {
    format!("{LINE}[[event]]\nat = 2026-11-22T10:00:00+01:00\n{text}\n")
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    check_error("[[product]]\nname = 3", 2, "invalid type");
    check_error(
        "[[product]]\nname = \"a\"\ndeployment = \"cloud\"",
        3,
        "is not a deployment",
    );
    check_error(&format!("{LINE}{LINE}"), 5, "exists already");
    check_error(&format!("{LINE}supported-until = \"soon\""), 4, "`soon` is not a date");
    check_error(
        &format!(
            "{LINE}\nreleases = [\n  {{ version = \"1\", date = 2026-12-01 }},\n  {{ version = \"2\", date = 3 }},\n]"
        ),
        7,
        "`3` is not a date",
    );
    check_error(
        &format!("{LINE}[[product.releases]]\nversion = \"1\"\ndate = 2026-12-01\nfreeze = \"never\""),
        7,
        "`never` is not a date",
    );
    check_error("[[event]]\nat = 2026-02-30T10:00:00Z\nacknowledged = {}", 2, "");
    check_error(
        "[[event]]\nat = \"2026-02-30T10:00:00Z\"\nacknowledged = {}",
        1,
        "is not an instant",
    );
    check_error(
        "[[event]]\nat = 2026-02-03T10:00:00\nacknowledged = {}",
        1,
        "with its offset",
    );
    check_error(&event(""), 4, "needs one event key");
    check_error(&event("acknowledged = {}\nreviewed = {}"), 4, "exactly one event key");
    check_error(&event("acknowleged = {}"), 4, "is not an event");
    check_error(&event("acknowledged = 1"), 4, "takes a table");
    check_error(
        &event("affected = { produkt = \"Sensor\" }"),
        4,
        "has no field `produkt`",
    );
    check_error(&event("affected = {}"), 4, "needs the field `product`");
    check_error(
        &event("affected = { product = \"Sonde\" }"),
        4,
        "no [[product]] is named `Sonde`",
    );
    check_error(&event("confirmed = { origin = \"mine\", products = [] }"), 4, "mine");
    check_error(&event("scored = { vector = \"CVSS:3.1/AV:N\" }"), 4, "scored");
    check_error(
        &event("fix-deployed = { product = \"Sensor\", tenants = \"41/40\" }"),
        4,
        "which tenants",
    );
    check_error(
        &event("overridden = { rule = \"N3\", due = \"soon\", why = \"x\" }"),
        4,
        "is not a date",
    );
    check_error(
        &event("expect = { refuse = \"N13\" }\nacknowledged = {}"),
        4,
        "`expect` is written",
    );
    check_error(&event("by = 3\nacknowledged = {}"), 4, "is not a name");
}

#[test]
fn a_story_survives_being_written() {
    let text = format!(
        "[[policy]]\nid = \"nozomi-networks\"\neffective = 2026-01-01\n{LINE}supported-until = 2027-01-31\nreleases = [{{ version = \"25.2\", date = 2026-12-01, freeze = 2026-11-15 }}]\n{}",
        "[[event]]\nat = 2026-11-22T10:00:00+01:00\nrecorded = 2026-11-23T10:00:00+01:00\nby = \"a \\\"b\\\" \\\\ ü\"\napproved-by = \"c\"\nexpect = { refused = \"N13\" }\nadvisory-published = {}\n\
         [[event]]\nat = 2026-11-24T10:00:00Z\nconfirmed = { origin = \"own\", products = [\"Sensor\"] }\n\
         [[event]]\nat = 2026-11-25T10:00:00Z\noverridden = { rule = \"N3\", due = 2027-03-01, why = \"line one\\nline two\" }\n\
         [[event]]\nat = 2026-11-26T10:00:00Z\nretracted = { event = 3, why = \"x\" }\n"
    );
    let story = Story::read(&text).unwrap();
    let again = Story::read(&story.write()).unwrap_or_else(|error| panic!("{error}\n{}", story.write()));
    let without_lines = |mut story: Story| {
        story.events.iter_mut().for_each(|event| event.line = 0);
        story
    };
    assert_eq!(without_lines(again), without_lines(story));
}

#[test]
fn the_guide_lists_every_event_with_every_field() {
    for kind in Kind::ALL.iter().filter(|kind| kind.group() != Group::Desk) {
        let row = format!("| `{kind}` |");
        let row = GUIDE
            .lines()
            .find(|line| line.starts_with(&row))
            .unwrap_or_else(|| panic!("docs/stories.md has no row for `{kind}`"));
        for field in kind.fields() {
            let optional = if field.required { "" } else { "?" };
            let written = format!("`{}`{optional} ", field.name);
            assert!(row.contains(&written), "the row of `{kind}` has no {written}: {row}");
            if let Shape::OneOf(words) = field.shape {
                let listed = words.iter().all(|word| row.contains(&format!("`{word}`")))
                    || GUIDE.contains(&format!("Exits: `{}`", words[0]));
                assert!(listed, "the row of `{kind}` misses a word of `{}`", field.name);
            }
        }
    }
    let tables = GUIDE
        .split("\n### ")
        .skip(1)
        .filter_map(|section| section.split("\n## ").next());
    let named = tables
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for name in named {
        assert!(
            Kind::from_name(name).is_some(),
            "docs/stories.md lists `{name}`, which is no event"
        );
    }
}

#[test]
fn the_guide_s_own_story_can_be_read() {
    let story = GUIDE
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    assert_eq!(Story::read(story).unwrap().events.len(), 3);
}
