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
