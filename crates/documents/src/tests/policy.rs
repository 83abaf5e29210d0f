//! The page of a policy and the markup of its prose.

use crate::page::PolicyPage;
use crate::page::markup::{Block, Span, read};

fn text(text: &str) -> Span {
    Span::Text(text.to_owned())
}

#[test]
fn prose_has_its_marks_and_nothing_else() {
    let check = |prose: &str, expect: Vec<Span>| assert_eq!(read(prose), vec![Block::Paragraph(expect)], "{prose}");
    check(
        "within **two months**, at\nlast",
        vec![
            text("within "),
            Span::Strong("two months".to_owned()),
            text(", at last"),
        ],
    );
    check(
        "*may* and `code`",
        vec![
            Span::Emphasis("may".to_owned()),
            text(" and "),
            Span::Code("code".to_owned()),
        ],
    );
    check("<script>alert(1)</script>", vec![text("<script>alert(1)</script>")]);
    check("2 * 3 * 4 and **open", vec![text("2 * 3 * 4 and **open")]);
    check(
        "[a](https://example.com)",
        vec![Span::Link("a".to_owned(), "https://example.com".to_owned())],
    );
    check("[a](javascript:x)", vec![text("[a](javascript:x)")]);
    assert_eq!(
        read("One:\n- a\n- b\n\n```\nx\n```\nend"),
        vec![
            Block::Paragraph(vec![text("One:")]),
            Block::List(vec![vec![text("a")], vec![text("b")]]),
            Block::Code("x".to_owned()),
            Block::Paragraph(vec![text("end")]),
        ]
    );
}

#[test]
fn a_page_of_open_marks_is_read_in_time_and_loses_nothing() {
    let prose = "[".repeat(20_000);
    assert_eq!(read(&prose), vec![Block::Paragraph(vec![text(&prose)])]);
}

#[test]
fn every_clause_of_a_shipped_policy_is_on_its_page() {
    let file = include_str!("../../../../policies/nozomi-networks.policy.md");
    let (policy, findings) = psirt::policy::read("nozomi-networks.policy.md", file);
    let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
    let page = PolicyPage::of(&policy, "policy/index.html", "policy/nozomi-networks.policy.md");
    let shown: Vec<&str> = page
        .sections
        .iter()
        .flat_map(|section| &section.rules)
        .map(|rule| rule.number.as_str())
        .collect();
    let all: Vec<&str> = policy.clauses.iter().map(|clause| clause.id.as_str()).collect();
    assert_eq!(shown, all);
    assert!(
        page.promises > 5 && page.readings > 5,
        "{} promises, {} readings",
        page.promises,
        page.readings
    );
    let noted = page
        .sections
        .iter()
        .flat_map(|section| &section.rules)
        .map(|rule| rule.readings.len())
        .sum::<usize>();
    assert_eq!(noted, page.readings);
}
