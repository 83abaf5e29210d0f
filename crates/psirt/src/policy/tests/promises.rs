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

#[test]
fn a_key_that_means_nothing_in_a_promise_is_found() {
    for (key, word) in [
        ("scheduled", "working-day"),
        ("evidence", "bill-of-materials"),
        ("roll", "working-day"),
    ] {
        check_findings(
            &promise(&format!("not_before = \"5 days\"\n{key} = ▶\"sunday\"")),
            &[&format!(
                "error[unknown-value]: `{key}` has one value only: write \"{word}\", or delete the key"
            )],
        );
    }
    check_findings(
        &promise("satisfied_by = ▶[\"announced\", \"advisory-published\"]"),
        &["error[repeated]: `advisory-published` ends the promise already: take it out of `satisfied_by`"],
    );
    check_findings(
        &promise("beside = ▶[\"more\"]"),
        &["error[unknown-promise]: `more` names itself: name another promise, or delete the key"],
    );
    check_findings(
        &promise("beside = ▶[\"fxi\"]"),
        &["error[unknown-promise]: there is no promise `fxi`: name the id of a promise in this file"],
    );
    for (key, value) in [("target", "10 days"), ("every", "10 days"), ("before", "closed")] {
        check_findings(
            &promise(&format!("duty = \"must-not\"\nwithin = \"none\"\n▶{key} = \"{value}\"")),
            &[&format!(
                "error[useless-key]: a `must-not` is never due, so `{key}` has no meaning: delete it"
            )],
        );
    }
}

#[test]
fn a_promise_says_in_one_way_when_it_is_due() {
    let aims = |keys: &str| promise(&format!("duty = \"aims\"\n{keys}"));
    for unlimited in [
        "within = \"none\"",
        "within = \"none\"\nevery = \"1 day\"",
        "within = \"none\"\nbefore = \"closed\"",
    ] {
        check_findings(&aims(unlimited), &[]);
    }
    // A `must` with `every` or `before` needs no `within`, and a ban is never due.
    let bare = |duty: &str, keys: &str| {
        format!(
            "§9 More.\n```promise\nid = \"more\"\nduty = \"{duty}\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"confirmed\"\n{keys}```\n"
        )
    };
    check_findings(&bare("must", "every = \"1 day\"\n"), &[]);
    check_findings(&bare("must", "before = \"closed\"\n"), &[]);
    check_findings(&bare("must-not", ""), &[]);
    check_findings(
        &bare("may", "").replace("```promise", "▶```promise"),
        &[
            "error[duty-without-length]: `more` says nothing of when: add `within`, `before` or `every` (`within = \"none\"` only for `may` and `aims`)",
        ],
    );
    check_findings(
        &promise("within = ▶{ earliest = [\"1 day\"], latest = [\"2 days\"] }"),
        &["error[wrong-type]: `within` is a text, or a table with one of `earliest`, and only one of them"],
    );
    check_findings(
        &promise("within = { ▶latest = [\"2 days\"] }"),
        &["error[unknown-key]: `within` cannot be combined by `latest`: write one of `earliest`"],
    );
    check_findings(
        &promise("start = { latest = ▶[] }"),
        &["error[empty]: `latest` of nothing: name what it chooses from"],
    );
    check_findings(
        &promise("start = ▶\"confirmed + 0 hours\""),
        &["error[bad-length]: `0 hours` is no time at all: write at least 1, or `0 days` for the same day"],
    );
    check_findings(
        &promise("within = \"none\"\nduty = \"aims\"\nevery = ▶\"0 days\""),
        &["error[bad-length]: again after no time would never end: write at least 1"],
    );
    // It may begin a time after the event that ends it, and not with it.
    check_findings(&promise("start = \"advisory-published + 1 day\""), &[]);
}

/// A hold as long as the end is none too long: both are judged at their farthest.
#[test]
fn a_hold_may_last_until_the_end() {
    let hold = |hold: &str| promise(&format!("within = \"3 hours\"\nnot_before = {hold}"));
    check_findings(&hold("\"180 minutes\""), &[]);
    check_findings(
        &hold("▶\"181 minutes\""),
        &[
            "error[hold-after-end]: it may not happen for 181 minutes and must within 3 hours: shorten `not_before` or lengthen `within`",
        ],
    );
    // Of several ends, the one that comes first in any case.
    check_findings(
        &promise("within = { earliest = [\"9 hours\", \"next-release\", \"3 hours\"] }\nnot_before = ▶\"181 minutes\""),
        &[
            "error[hold-after-end]: it may not happen for 181 minutes and must within 3 hours: shorten `not_before` or lengthen `within`",
        ],
    );
    let beside = |hold: &str, duty: &str| {
        format!(
            "{}```promise\nid = \"hold\"\nduty = \"must\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"fix-released\"\nnot_before = {hold}\nwithin = \"scheduled-day\"\n```\n",
            promise(&format!(
                "duty = \"{duty}\"\nstart = \"made-public\"\nwithin = \"3 hours\""
            ))
        )
    };
    check_findings(&beside("\"180 minutes\"", "aims"), &[]);
    // What somebody may do, nobody owes.
    check_findings(&beside("\"181 minutes\"", "may"), &[]);
    check_findings(
        &beside("▶\"181 minutes\"", "aims"),
        &[
            "warning[hold-after-end]: `hold` holds `advisory-published` back for 181 minutes, and `more` owes it within 3 hours: shorten the hold, let `lifted_by` name the other's start, or write `overrides`\n    example: an own vulnerability of band high in an on-prem line",
        ],
    );
}

/// The example is the first case in which both hold, wherever that is among all cases.
#[test]
fn a_contradiction_is_shown_in_a_case_of_both() {
    let example = |when: &str| {
        let (_, findings) = read(
            "small.policy.md",
            &format!(
                "{SMALL}\n{}",
                promise(&format!("when = {{ {when} }}\ndo = \"fix-released\"\nper = \"track\""))
            ),
        );
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings[0].example.clone().unwrap_or_default()
    };
    assert_eq!(
        example("origin = \"third-party\", band = \"low\""),
        "a third-party vulnerability of band low in an on-prem line"
    );
    assert_eq!(
        example("deployment = \"saas\", band = \"low\""),
        "an own vulnerability of band low in a saas line"
    );
    // Of 288 cases.
    assert_eq!(
        example(
            "deployment = \"saas\", exploit = \"active\", reporter = \"machine\", credit = \"unasked\", origin = \"third-party\""
        ),
        "a third-party vulnerability of band high in a saas line under attack found by a machine whose reporter was not asked about credit"
    );
}

#[test]
fn promises_that_differ_do_not_say_the_same() {
    let again = |keys: &str| {
        promise(&format!(
            "duty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nwithin = \"2 months\"\n{keys}"
        ))
    };
    for keys in [
        "target = \"1 month\"",
        "before = \"closed\"",
        "every = \"1 month\"",
        "pick = \"last\"",
        "roll = \"working-day\"",
        "satisfied_by = [\"workaround-provided\"]",
        "evidence = \"bill-of-materials\"",
        "per = \"case\"",
        "when = { origin = \"own\" }",
        "duty = \"may\"",
    ] {
        let keys = promise(&format!(
            "do = \"fix-released\"\nwithin = \"2 months\"\n{keys}{}",
            if keys.starts_with("per") {
                ""
            } else {
                "\nper = \"track\""
            }
        ));
        check_findings(&keys, &[]);
    }
    // A ban and another ban say nothing against each other.
    let ban = again("").replace("duty = \"must\"", "duty = \"must-not\"");
    let ban = ban
        .replace("\"fix-released\"", "\"closed\"")
        .replace("within = \"2 months\"\n", "");
    check_findings(
        &format!("{ban}\n{}", ban.replace("§9", "§10").replace("\"more\"", "\"also\"")),
        &[],
    );
}

#[test]
fn what_lifts_a_ban_does_not_contradict_it() {
    let banned = |start: &str, lifted: &str| {
        let text = SMALL.replace("start  = \"confirmed\"", &format!("start  = {start}"));
        let ban = promise(&format!(
            "duty = \"must-not\"\ndo = ▶\"fix-released\"\nper = \"track\"\nwithin = \"none\"\nnot_before = \"1 day\"\nlifted_by = [{lifted}]"
        ));
        format!("{text}\n{ban}")
    };
    let forbids = "error[contradiction]: `more` forbids `fix-released`, and `fix` promises it: write which one holds with `overrides`, or `beside` if both are meant\n    example: an own vulnerability of band high in an on-prem line";
    let both = "{ earliest = [\"confirmed\", \"made-public\"] }";
    check_text(&banned("\"confirmed\"", "\"confirmed\"").replace('▶', ""), &[]);
    check_text(&banned(both, "\"confirmed\", \"made-public\"").replace('▶', ""), &[]);
    check_text(&banned(both, "\"confirmed\""), &[forbids]);
    check_text(&banned("\"selected\"", "\"confirmed\""), &[forbids]);
}

#[test]
fn each_way_to_count_working_time_needs_a_calendar() {
    let bare = SMALL.replace("calendar  = \"office\"\n", "");
    for keys in [
        "start = ▶\"confirmed + 1 working day\"",
        "target = ▶\"1 working day\"",
        "not_before = ▶\"1 working day\"\nwithin = \"2 months\"",
        "every = ▶\"1 working day\"",
        "roll = ▶\"working-day\"",
        "not_before = \"1 day\"\nscheduled = ▶\"working-day\"",
        "within = ▶{ earliest = [\"30 days\", \"40 working days\"] }",
    ] {
        check_text(
            &format!("{bare}\n{}", promise(keys)),
            &[
                "error[no-calendar]: `more` counts working time, and the policy names no calendar: add a `calendar` block and name it in the front matter",
            ],
        );
    }
}

/// Of several promises that count working time, the one that reaches farthest says how long a calendar must be known.
#[test]
fn the_farthest_promise_says_how_far_a_calendar_reaches() {
    let short = SMALL
        .replace("2031-12-31", "▶2026-09-10")
        .replace("closed = [2026-12-25]", "closed = []");
    let near = promise("within = \"8 working hours\"");
    let far = promise("within = \"300 working hours\"\ndo = \"reviewed\"")
        .replace("§9", "§10")
        .replace("\"more\"", "\"far\"");
    for text in [format!("{short}\n{near}\n{far}"), format!("{short}\n{far}\n{near}")] {
        check_text(
            &text,
            &[
                "error[calendar-too-short]: `office` is known until 2026-09-10, and `far` can end later even if it begins on 2026-09-01: list the closed dates of more years",
            ],
        );
    }
    // A year after the policy takes effect, the 32 days still lie within what is known, or they do not.
    let known = |until: &str| {
        format!(
            "{}\n{}",
            SMALL.replace("2031-12-31", until),
            promise("within = \"72 working hours\"")
        )
    };
    check_text(&known("2027-10-03"), &[]);
    check_text(
        &known("▶2027-10-02"),
        &[
            "warning[calendar-too-short]: `office` is known until 2027-10-02: within a year after 2026-09-01, dates of `more` would be provisional; list more years",
        ],
    );
    // A start and an end are both working time, and add up: 7 and 15 days.
    let both = |until: &str| {
        let text = SMALL
            .replace("2031-12-31", until)
            .replace("closed = [2026-12-25]", "closed = []");
        let promise = promise("start = \"confirmed + 1 working day\"\nwithin = \"1 working day\"");
        let (_, findings) = read("small.policy.md", &format!("{text}\n{promise}"));
        findings.iter().map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(both("2026-10-03"), [Severity::Warning]);
    assert_eq!(both("2026-10-02"), [Severity::Error]);
}
