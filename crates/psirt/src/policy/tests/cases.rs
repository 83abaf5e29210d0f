//! Checks over every possible case: bands, coverage, rules that nothing selects.

use super::*;

#[test]
fn bands_hold_every_score_once() {
    let bands = |from: &str, to: &str| {
        SMALL
            .replace("[[band]]\nid = \"low\"", "[[band]]\n▶id = \"low\"")
            .replace("from = 0.0", from)
            .replace("to = 6.9", to)
    };
    check_text(
        &bands("from = 0.0", "to = 7.2"),
        &[
            "error[band-overlap]: `high` and `low` overlap: let one end a tenth below the other's beginning\n    example: a score of 7.0",
        ],
    );
    check_text(
        &bands("from = 0.1", "to = 6.8")
            .replace("▶", "")
            .replace("```bands", "▶▶```bands"),
        &[
            "error[band-hole]: scores of 0.0 have no band: move a band's edge, or let a decided reading set `severity.gap`\n    example: a score of 0.0",
            "error[band-hole]: scores of 6.9 have no band: move a band's edge, or let a decided reading set `severity.gap`\n    example: a score of 6.9",
        ],
    );
    check_text(
        &bands("from = ▶6.9", "to = 0.0").replace("▶id", "id"),
        &["error[band-order]: 6.9 to 0.0 is empty: swap `from` and `to`"],
    );
    check_text(
        &bands("from = 0.0", "to = ▶6.95").replace("▶id", "id"),
        &["error[bad-score]: `to` is no score: write 0.0 to 10.0 with one decimal"],
    );
    let swapped = SMALL.replace("from = 7.0\nto = 10.0", "from = 0.0\nto = 6.9").replacen(
        "from = 0.0\nto = 6.9\n```",
        "from = 7.0\nto = 10.0\n```",
        1,
    );
    check_text(
        &swapped.replace("id = \"low\"", "▶id = \"low\""),
        &["error[band-order]: `low` stands below `high` and is higher: list the highest band first"],
    );
}

#[test]
fn a_band_is_above_what_is_less_severe() {
    use crate::policy::{block::bands::Bands, fact::NO_BAND};
    let (high, low) = (0, 1);
    for (a, b, expect) in [
        (high, low, true),
        (low, high, false),
        (low, low, false),
        (low, NO_BAND, true),
        (NO_BAND, NO_BAND, false),
    ] {
        assert_eq!(Bands::above(a, b), expect, "{a} {b}");
    }
}

#[test]
fn a_hole_named_by_a_decided_reading_is_a_warning() {
    let hole = SMALL.replace("from = 0.0", "from = 1.0");
    let reading = "§4 Unclear.\n```reading\nid = \"r\"\nquestion = \"What is 0.5?\"\nchosen = \"low\"\nwhy = \"So.\"\nby = \"the lead\"\n[[option]]\nid = \"low\"\ntext = \"Low.\"\nset = { \"severity.gap\" = [{ from = 0.0, to = 0.9, band = \"low\" }] }\n[[option]]\nid = \"none\"\ntext = \"None.\"\nset = { \"severity.gap\" = [{ from = 0.0, to = 0.9, band = \"none\" }] }\n```\n";
    let marked = format!("{}\n{reading}", hole.replace("```bands", "▶```bands"));
    let (policy, _) = check_text(
        &marked,
        &[
            "warning[band-gap]: the prose leaves scores of 0.0 to 0.9 without a band; a reading takes them as Low: say so in the prose\n    example: a score of 0.0",
        ],
    );
    let low = policy.and_then(|policy| policy.bands).and_then(|bands| bands.of(5));
    assert_eq!(low, Some(1));
    let written = hole
        .replace("gap = []", "▶gap = [{ from = 0.0, to = 0.9, band = \"low\" }]")
        .replace("```bands", "▶```bands");
    check_text(
        &written,
        &[
            "warning[band-gap]: the prose leaves scores of 0.0 to 0.9 without a band; a reading takes them as Low: say so in the prose\n    example: a score of 0.0",
            "error[gap-without-reading]: a hole in the bands is a decision: write `gap = []`, and let a reading set `severity.gap`",
        ],
    );
}

#[test]
fn every_confirmed_vulnerability_leads_to_a_remedy() {
    check_text(
        &SMALL
            .replace("id = \"high\"", "▶id = \"high\"")
            .replace("id     = \"fix\"", "id     = \"fix\"\nwhen   = { origin = \"own\" }"),
        &[
            "error[uncovered-case]: no promise leads to a remedy for a third-party vulnerability: add one, or widen a `when`\n    example: a third-party vulnerability of band high in an on-prem line",
        ],
    );
    let all_but_one = "§4 More.\n```promise\nid = \"own\"\nwhen = { origin = \"own\" }\nduty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nstart = \"confirmed\"\nwithin = \"2 months\"\n```\n\
        ```promise\nid = \"on-prem\"\nwhen = { origin = \"third-party\", deployment = \"on-prem\" }\nduty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nstart = \"confirmed\"\nwithin = \"2 months\"\n```\n\
        ```promise\nid = \"low\"\nwhen = { origin = \"third-party\", deployment = \"saas\", band = \"low\" }\nduty = \"aims\"\ndo = \"workaround-provided\"\nper = \"track\"\nstart = \"confirmed\"\nwithin = \"none\"\n```\n\
        ```promise\nid = \"waiting\"\nwhen = { origin = \"third-party\", deployment = \"saas\", upstream-fix = \"none\" }\nduty = \"aims\"\ndo = \"upstream-decision\"\nper = \"case\"\nstart = \"selected\"\nevery = \"30 days\"\n```\n";
    let text = SMALL
        .replace("do     = \"fix-released\"", "do     = \"advisory-published\"")
        .replace("id = \"high\"", "▶id = \"high\"");
    check_text(
        &format!("{text}\n{all_but_one}"),
        &[
            "error[uncovered-case]: no promise leads to a remedy for a third-party vulnerability of band high in a saas line with a released upstream fix: add one, or widen a `when`\n    example: a third-party vulnerability of band high in a saas line with a released upstream fix",
        ],
    );
}

#[test]
fn rules_that_nothing_selects_are_found() {
    check_findings(
        &promise("▶when = { origin = \"own\", upstream-fix = \"released\" }"),
        &[
            "error[unreachable]: nothing selects `more`: there is never an own vulnerability with a released upstream fix; correct its `when`",
        ],
    );
    check_findings(
        &promise("▶when = { class = \"high\" }"),
        &[
            "error[unreachable]: nothing selects `more`: there is never a vulnerability of class high; correct its `when`",
        ],
    );
    let define = "```define\nid = \"class\"\nfact = \"class\"\nvalue = \"high\"\notherwise = \"normal\"\nwhen = { origin = \"third-party\" }\ncombine = \"all\"\ncriteria = [{ fact = \"exploit\", is = [\"available\", \"active\"] }, { score_at_least = 7.0 }]\n```\n";
    let classed = |when: &str| format!("{}{define}", promise(when));
    check_findings(&classed("when = { class = \"high\", band = \"high\" }"), &[]);
    check_findings(
        &classed("▶when = { class = \"high\", band = \"low\" }"),
        &[
            "error[unreachable]: nothing selects `more`: there is never a vulnerability of band low of class high; correct its `when`",
        ],
    );
    check_findings(
        &classed("▶when = { class = \"high\", origin = \"own\" }"),
        &[
            "error[unreachable]: nothing selects `more`: there is never an own vulnerability of class high; correct its `when`",
        ],
    );
    check_findings(
        &classed("▶when = { class = \"high\", exploit = \"none\" }"),
        &[
            "error[unreachable]: nothing selects `more`: there is never a vulnerability of class high without a known exploit; correct its `when`",
        ],
    );
    check_findings(
        &promise("▶when = { band = \"none\" }"),
        &[
            "error[unreachable]: nothing selects `more`: there is never a vulnerability without a band; correct its `when`",
        ],
    );
    let replaced = SMALL.replace("```promise\nid", "▶```promise\nid");
    check_text(
        &format!(
            "{replaced}\n{}",
            promise("do = \"fix-released\"\nper = \"track\"\noverrides = [\"fix\"]")
        ),
        &["error[unreachable]: `fix` never holds: `more` replaces it in every case; narrow the `when` of one of them"],
    );
    let of_band = |band: &str| {
        promise(&format!(
            "when = {{ band = \"{band}\" }}\ndo = \"fix-released\"\nper = \"track\"\noverrides = [\"fix\"]"
        ))
    };
    let low = of_band("low").replace("§9", "§10").replace("\"more\"", "\"rest\"");
    check_text(
        &format!("{replaced}\n{}\n{low}", of_band("high")),
        &[
            "error[unreachable]: `fix` never holds: `more` and others replace it in every case; narrow the `when` of one of them",
        ],
    );
}

/// An example speaks of what a promise of a remedy asks, and not of what some other rule asks.
#[test]
fn an_example_names_what_matters_to_a_remedy() {
    let own = |when: &str| {
        SMALL
            .replace("id = \"high\"", "▶id = \"high\"")
            .replace("id     = \"fix\"", &format!("id     = \"fix\"\nwhen   = {{ {when} }}"))
    };
    let gate = "§4 A.\n```gate\nid = \"g\"\nbefore = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\"\nwhen = { exploit = \"active\", supported = \"yes\" }\n```\n";
    check_text(
        &format!("{}\n{gate}", own("origin = \"own\"")),
        &[
            "error[uncovered-case]: no promise leads to a remedy for a third-party vulnerability: add one, or widen a `when`\n    example: a third-party vulnerability of band high in an on-prem line",
        ],
    );
    check_text(
        &own("exploit = \"active\", supported = \"yes\", verdict = \"vulnerable\", scope = \"in\""),
        &[
            "error[uncovered-case]: no promise leads to a remedy for a vulnerability without a known exploit or with an available exploit: add one, or widen a `when`\n    example: an own vulnerability of band high in an on-prem line without a known exploit",
        ],
    );
}

/// What is not confirmed, out of scope or out of support is owed no remedy.
#[test]
fn a_remedy_is_owed_for_what_is_confirmed_in_scope_and_supported() {
    let fix = |when: &str| SMALL.replace("id     = \"fix\"", &format!("id     = \"fix\"\nwhen   = {{ {when} }}"));
    for when in ["verdict = \"vulnerable\"", "scope = \"in\"", "supported = \"yes\""] {
        check_text(&fix(when), &[]);
    }
    for when in ["verdict = \"unconfirmed\"", "scope = \"out\"", "supported = \"no\""] {
        let text = fix(when).replace("id = \"high\"", "▶id = \"high\"");
        check_text(
            &text,
            &[
                "error[uncovered-case]: no promise leads to a remedy for a vulnerability: add one, or widen a `when`\n    example: an own vulnerability of band high in an on-prem line",
            ],
        );
    }
}

/// Each event that helps customers is a remedy, as an end or as what keeps a promise too; a permission is none.
#[test]
fn a_remedy_is_what_helps_customers() {
    let holes = |keys: &str| {
        let text = SMALL
            .replace("do     = \"fix-released\"\n", "")
            .replace("duty   = \"must\"\n", keys)
            .replace("per    = \"track\"", "per    = \"case\"");
        let (_, findings) = read("small.policy.md", &text);
        findings
            .iter()
            .filter(|finding| finding.code == "uncovered-case")
            .count()
    };
    for remedy in [
        "workaround-provided",
        "fix-released",
        "fix-deployed",
        "release-shipped",
        "measure-available",
        "upstream-decision",
    ] {
        for duty in ["must", "aims"] {
            assert_eq!(
                holes(&format!("duty = \"{duty}\"\ndo = \"{remedy}\"\n")),
                0,
                "{duty} {remedy}"
            );
        }
        assert_eq!(holes(&format!("duty = \"may\"\ndo = \"{remedy}\"\n")), 1, "{remedy}");
        let kept = format!("duty = \"must\"\ndo = \"closed\"\nsatisfied_by = [\"{remedy}\"]\n");
        assert_eq!(holes(&kept), 0, "{remedy}");
    }
    assert_eq!(holes("duty = \"must\"\ndo = \"advisory-published\"\n"), 1);
}

/// Holes that lie apart are told one by one, up to eight.
#[test]
fn holes_are_told_up_to_eight() {
    let facts = [
        ("deployment", ["\"on-prem\"", "\"saas\""]),
        ("origin", ["\"own\"", "\"third-party\""]),
        ("band", ["\"high\"", "\"low\""]),
        ("public-attention", ["\"yes\"", "\"no\""]),
        ("exploit", ["\"none\"", "[\"available\", \"active\"]"]),
    ];
    // Like the black squares of a chessboard: every second combination of these facts has a promise.
    let told = |facts: &[(&str, [&str; 2])]| {
        let covered = (0..1_usize << facts.len()).filter(|case| case.count_ones() % 2 == 0);
        let rules: String = covered
            .map(|case| {
                let when: Vec<String> = facts
                    .iter()
                    .enumerate()
                    .map(|(place, (fact, values))| format!("{fact} = {}", values[case >> place & 1]))
                    .collect();
                let when = when.join(", ");
                format!("```promise\nid = \"p{case}\"\nwhen = {{ {when} }}\nduty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nstart = \"confirmed\"\nwithin = \"1 month\"\n```\n")
            })
            .collect();
        let text = SMALL.replace("do     = \"fix-released\"", "do     = \"advisory-published\"");
        let (_, findings) = read("small.policy.md", &format!("{text}\n§4 More.\n{rules}"));
        findings
            .iter()
            .filter(|finding| finding.code == "uncovered-case")
            .count()
    };
    assert_eq!(told(&facts[..2]), 2);
    assert_eq!(told(&facts[..4]), 8);
    assert_eq!(told(&facts), 8);
}

/// A class is judged from facts: where a criterion cannot hold, or cannot fail, a rule for the other class is idle.
#[test]
fn a_class_that_the_facts_exclude_is_never_met() {
    let idle = |combine: &str, when: &str| {
        let define = format!(
            "```define\nid = \"class\"\nfact = \"class\"\nvalue = \"high\"\notherwise = \"normal\"\ncombine = \"{combine}\"\ncriteria = [{{ fact = \"exploit\", is = [\"active\"] }}, {{ score_at_least = 7.0 }}]\n```\n"
        );
        let rule = promise(&format!("when = {{ {when} }}"));
        let (_, findings) = read("small.policy.md", &format!("{SMALL}\n{rule}{define}"));
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert!(codes.is_empty() || codes == ["unreachable"], "{when}: {findings:#?}");
        !codes.is_empty()
    };
    for (class, exploit, band, all, any) in [
        ("high", "active", "high", false, false),
        ("high", "active", "low", true, false),
        ("high", "none", "high", true, false),
        ("high", "none", "low", true, true),
        ("normal", "active", "high", true, true),
        ("normal", "active", "low", false, true),
        ("normal", "available", "high", false, true),
        ("normal", "available", "low", false, false),
    ] {
        let when = format!("class = \"{class}\", exploit = \"{exploit}\", band = \"{band}\"");
        assert_eq!(idle("all", &when), all, "all: {when}");
        assert_eq!(idle("any", &when), any, "any: {when}");
    }
    // A threshold inside a band can be reached and missed in it.
    let inside = |when: &str, least: &str| {
        let define = format!(
            "```define\nid = \"class\"\nfact = \"class\"\nvalue = \"high\"\notherwise = \"normal\"\ncriteria = [{{ score_at_least = {least} }}]\n```\n"
        );
        let rule = promise(&format!("when = {{ {when} }}"));
        let (_, findings) = read("small.policy.md", &format!("{SMALL}\n{rule}{define}"));
        findings.len()
    };
    assert_eq!(inside("class = \"high\", band = \"low\"", "6.9"), 0);
    assert_eq!(inside("class = \"high\", band = \"low\"", "7.0"), 1);
    assert_eq!(inside("class = \"normal\", band = \"high\"", "7.0"), 1);
    assert_eq!(inside("class = \"normal\", band = \"high\"", "7.1"), 0);
}
