//! The page of a policy and the markup of its prose.

use crate::page::markup::{Block, Span, read};
use crate::page::{PolicyPage, ShownKey};
use psirt::house::Brand;

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
fn a_reading_is_prose_with_marks_too() {
    let file = include_str!("../../../../policies/nozomi-networks.policy.md");
    let (policy, _) = psirt::policy::read("nozomi-networks.policy.md", file);
    let page = PolicyPage::of(
        &policy.unwrap(),
        "policy/index.html",
        "policy/nozomi-networks.policy.md",
    );
    let rules = page.sections.iter().flat_map(|section| &section.rules);
    let spans: Vec<&Span> = rules
        .flat_map(|rule| &rule.readings)
        .flat_map(|reading| reading.answer.iter().chain(&reading.others))
        .collect();
    assert!(spans.contains(&&Span::Code("unassigned product".to_owned())));
    let is_plain = |span: &&&Span| matches!(span, Span::Text(text) if text.contains('`'));
    assert_eq!(spans.iter().find(is_plain), None);
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

#[test]
fn a_clause_of_few_cases_says_so_and_no_number() {
    use psirt::promises::{Figures, KeptClause, KeptPromises};
    let file = include_str!("../../../../policies/nozomi-networks.policy.md");
    let policy = psirt::policy::read("nozomi-networks.policy.md", file).0.unwrap();
    let clause = |clause: &str, figures| KeptClause {
        clause: clause.to_owned(),
        figures,
    };
    let kept = KeptPromises {
        brand: "nozomi-networks".to_owned(),
        policy: "nozomi-networks".to_owned(),
        from: "2025-10-01".parse().unwrap(),
        until: "2026-09-30".parse().unwrap(),
        clauses: vec![clause("N18", Some(Figures { due: 12, kept: 11 })), clause("N3", None)],
    };
    let page = PolicyPage::of(&policy, "policy/index.html", "policy/x.policy.md").telling(&kept);
    let note = page.kept.clone().unwrap();
    assert_eq!(
        (note.figure.as_str(), note.period.as_str(), note.few.as_str()),
        (
            "11 of 12",
            "1 October 2025 to 30 September 2026",
            "fewer than five cases"
        )
    );
    let told: Vec<(&str, bool, &str)> = page
        .sections
        .iter()
        .flat_map(|section| &section.rules)
        .filter(|rule| ["N3", "N18", "N13"].contains(&rule.number.as_str()))
        .map(|rule| (rule.number.as_str(), rule.counted, rule.figure.as_str()))
        .collect();
    assert!(
        told.contains(&("N18", true, "11 of 12")) && told.contains(&("N3", true, "")),
        "{told:?}"
    );
    assert!(told.contains(&("N13", false, "")), "{told:?}");
}

#[test]
fn a_policy_page_says_where_reports_go() {
    let file = include_str!("../../../../policies/nozomi-networks.policy.md");
    let policy = psirt::policy::read("nozomi-networks.policy.md", file).0.unwrap();
    let key = |revoked: Option<&str>| ShownKey {
        fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567".to_owned(),
        until: None,
        revoked: revoked.map(|at| at.parse().unwrap()),
    };
    let reports = |contact: &str, key: Option<&ShownKey>| {
        let brand = Brand {
            contact: contact.to_owned(),
            ..crate::tests::sample::brand()
        };
        let path = "policy/index.html";
        PolicyPage::of(&policy, path, "policy/x.policy.md")
            .reporting_to(&brand, key, path)
            .reports
    };
    let told = reports("psirt@example.com", Some(&key(None))).unwrap();
    assert_eq!(
        (told.href.as_str(), told.contact.as_str()),
        ("mailto:psirt@example.com", "psirt@example.com")
    );
    assert_eq!(
        told.key,
        Some((
            "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567".to_owned(),
            "../openpgp/0123456789ABCDEF0123456789ABCDEF01234567.asc".to_owned()
        ))
    );
    let page = reports("https://example.com/report", None).unwrap();
    assert_eq!((page.href.as_str(), page.key), ("https://example.com/report", None));
    assert_eq!(
        reports("psirt@example.com", Some(&key(Some("2027-01-02T00:00:00Z"))))
            .unwrap()
            .key,
        None
    );
    assert_eq!(reports("ask at the desk", None), None);
}
