//! Faults of promises: length, start, hold, contradiction, working time.

use super::*;

#[test]
fn a_duty_has_a_start_and_a_length() {
    let bare = "§9 More.\n▶```promise\nid = \"more\"\nduty = \"must\"\ndo = \"advisory-published\"\nper = \"case\"\n";
    check_findings(
        &format!("{bare}within = \"30 days\"\n```\n"),
        &["error[missing-key]: `promise` needs the key `start`: add it"],
    );
    check_findings(
        &format!("{bare}start = \"confirmed\"\n```\n"),
        &[
            "error[duty-without-length]: `more` says nothing of when: add `within`, `before` or `every` (`within = \"none\"` only for `may` and `aims`)",
        ],
    );
    check_findings(
        &promise("within = ▶\"none\""),
        &[
            "error[duty-without-length]: a `must` without an end is no promise: give `within` a length, or make the duty `aims` or `may`",
        ],
    );
    check_findings(&promise("duty = \"aims\"\nwithin = \"none\""), &[]);
    check_findings(
        &promise("target = ▶\"3 months\""),
        &["error[target-after-end]: the target, 3 months, lies after the end, 30 days: swap them"],
    );
    // A target at the very end is none too late.
    check_findings(&promise("within = \"3 hours\"\ntarget = \"180 minutes\""), &[]);
    check_findings(
        &promise("within = \"3 hours\"\ntarget = ▶\"181 minutes\""),
        &["error[target-after-end]: the target, 181 minutes, lies after the end, 3 hours: swap them"],
    );
}

#[test]
fn a_promise_can_begin_and_can_be_kept() {
    check_findings(
        &promise("start = ▶\"advisory-published\""),
        &["error[never-starts]: `more` begins with `advisory-published`, the event that ends it: start it earlier"],
    );
    check_findings(
        &promise("start = ▶\"assigned\""),
        &[
            "error[never-starts]: `more` never begins, because `assigned` is a note of the desk that no exported story tells: start it with another event",
        ],
    );
    check_findings(
        &promise("when = { origin = \"own\" }\nstart = ▶{ latest = [\"confirmed\", \"upstream-fix-released\"] }"),
        &[
            "error[never-starts]: `more` never begins, because `upstream-fix-released` concerns components of others, and it holds for own code only: start it with another event",
        ],
    );
    check_findings(
        &promise("when = { origin = \"own\" }\nstart = { earliest = [\"confirmed\", \"upstream-fix-released\"] }"),
        &[],
    );
    check_findings(
        &promise("when = { origin = \"own\" }\nper = ▶\"component\""),
        &["error[never-starts]: `more` is owed for each component, and own code has none: change `per` or `when`"],
    );
    check_findings(
        &promise("when = { deployment = \"on-prem\" }\nper = \"track\"\ndo = ▶\"fix-deployed\""),
        &[
            "error[never-ends]: `more` can never be kept, because `fix-deployed` concerns services, and it holds for on-prem lines only: name another event in `do`",
        ],
    );
}

#[test]
fn a_hold_ends_before_it_is_owed() {
    check_findings(
        &promise("not_before = ▶\"90 days\""),
        &[
            "error[hold-after-end]: it may not happen for 90 days and must within 30 days: shorten `not_before` or lengthen `within`",
        ],
    );
    check_findings(
        &promise("within = \"scheduled-day\"\n▶lifted_by = [\"made-public\"]").replace("within", "▶within"),
        &[
            "error[no-hold]: `within` speaks of a hold, and there is none: add `not_before`, or change `within`",
            "error[no-hold]: `lifted_by` speaks of a hold, and there is none: add `not_before`, or change `lifted_by`",
        ],
    );
    let hold = |lifted: &str| {
        format!(
            "{}```promise\nid = \"hold\"\nduty = \"must\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"fix-released\"\nnot_before = ▶\"90 days\"\nwithin = \"scheduled-day\"\n{lifted}```\n",
            promise("duty = \"aims\"\nstart = \"made-public\"\nwithin = \"24 hours\"")
        )
    };
    check_findings(
        &hold(""),
        &[
            "warning[hold-after-end]: `hold` holds `advisory-published` back for 90 days, and `more` owes it within 24 hours: shorten the hold, let `lifted_by` name the other's start, or write `overrides`\n    example: an own vulnerability of band high in an on-prem line",
        ],
    );
    check_findings(&hold("lifted_by = [\"made-public\"]\n").replace('▶', ""), &[]);
    check_findings(
        &hold("").replace("\"made-public\"", "\"fix-released\""),
        &[
            "error[hold-after-end]: `hold` holds `advisory-published` back for 90 days, and `more` owes it within 24 hours: shorten the hold, let `lifted_by` name the other's start, or write `overrides`\n    example: an own vulnerability of band high in an on-prem line",
        ],
    );
}

#[test]
fn promises_do_not_contradict_each_other() {
    let faster = promise("when = { band = \"high\" }\ndo = ▶\"fix-released\"\nper = \"track\"");
    check_findings(
        &faster,
        &[
            "error[contradiction]: `fix` and `more` both must bring `fix-released`, by different clocks: write which one holds with `overrides`, or `beside` if both are meant\n    example: an own vulnerability of band high in an on-prem line",
        ],
    );
    let settled = |key: &str| {
        faster
            .replace('▶', "")
            .replace("per = \"track\"", &format!("per = \"track\"\n{key} = [\"fix\"]"))
    };
    check_findings(&settled("overrides"), &[]);
    check_findings(&settled("beside"), &[]);
    check_findings(
        &promise("duty = \"must-not\"\ndo = ▶\"fix-released\"\nper = \"track\"\nwithin = \"none\""),
        &[
            "error[contradiction]: `more` forbids `fix-released`, and `fix` promises it: write which one holds with `overrides`, or `beside` if both are meant\n    example: an own vulnerability of band high in an on-prem line",
        ],
    );
    check_findings(
        &promise("do = ▶\"fix-released\"\nper = \"track\"\nwithin = \"2 months\""),
        &[
            "warning[duplicate-promise]: `fix` and `more` say the same: delete one, or say what it adds\n    example: an own vulnerability of band high in an on-prem line",
        ],
    );
}

#[test]
fn overrides_name_promises_and_make_no_circle() {
    check_findings(
        &promise("overrides = ▶[\"fxi\"]"),
        &["error[unknown-promise]: there is no promise `fxi`: name the id of a promise in this file"],
    );
    check_findings(
        &promise("overrides = ▶[\"more\"]"),
        &["error[unknown-promise]: `more` names itself: name another promise, or delete the key"],
    );
    let circle = SMALL.replace(
        "within = \"2 months\"",
        "within = \"2 months\"\noverrides = ▶[\"more\"]",
    );
    check_text(
        &format!("{circle}\n{}", promise("overrides = [\"fix\"]")),
        &[
            "error[override-circle]: `fix` replaces promises that replace it in turn, so none would hold: break the circle",
        ],
    );
}

#[test]
fn working_time_has_a_calendar_that_reaches_far_enough() {
    let working = promise("within = ▶\"72 working hours\"");
    check_text(
        &format!("{}\n{working}", SMALL.replace("calendar  = \"office\"\n", "")),
        &[
            "error[no-calendar]: `more` counts working time, and the policy names no calendar: add a `calendar` block and name it in the front matter",
        ],
    );
    check_changed(
        "calendar  = \"office\"",
        "calendar  = ▶\"offices\"",
        &["error[unknown-calendar]: there is no calendar `offices`: did you mean `office`?"],
    );
    let known = |until: &str| {
        format!(
            "{}\n{}",
            SMALL.replace("2031-12-31", &format!("▶{until}")),
            working.replace('▶', "")
        )
    };
    check_text(
        &known("2026-12-25"),
        &[
            "warning[calendar-too-short]: `office` is known until 2026-12-25: within a year after 2026-09-01, dates of `more` would be provisional; list more years",
        ],
    );
    // 72 hours of working time are taken to end within 32 days: a calendar that is known until the last of them is long enough.
    for (until, code) in [("2026-10-02", "error"), ("2026-10-03", "warning")] {
        let (_, findings) = read(
            "small.policy.md",
            &known(until)
                .replace('▶', "")
                .replace("closed = [2026-12-25]", "closed = []"),
        );
        let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(
            shown.len() == 1 && shown[0].contains(&format!("{code}[calendar-too-short]")),
            "{until}: {shown:?}"
        );
    }
    // Of two promises that reach equally far, the first is named.
    let also = working
        .replace('▶', "")
        .replace("§9", "§10")
        .replace("\"more\"", "\"also\"")
        .replace("advisory-published", "reviewed");
    let short = known("2026-09-10").replace("closed = [2026-12-25]", "closed = []");
    for text in [format!("{short}\n{also}"), short] {
        check_text(
            &text,
            &[
                "error[calendar-too-short]: `office` is known until 2026-09-10, and `more` can end later even if it begins on 2026-09-01: list the closed dates of more years",
            ],
        );
    }
    check_changed(
        "closed = [2026-12-25]",
        "closed = [▶2026-02-30]",
        &["error[toml]: this is not TOML: invalid date, expected day between 01 and 28"],
    );
    check_changed(
        "mon = \"09:00-17:00\"",
        "mon = ▶\"17:00-09:00\"",
        &["error[bad-hours]: 17:00-09:00 does not end after it begins; hours over midnight belong to two days"],
    );
}

#[test]
fn a_promise_of_an_event_that_is_no_work_on_the_vulnerability_is_found() {
    check_findings(
        &promise("do = ▶\"waived\""),
        &[
            "error[never-ends]: `more` can never be kept, because `waived` is about clocks and records, not about the vulnerability: name another event in `do`",
        ],
    );
}
