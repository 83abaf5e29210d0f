//! Product lines: releases (R5, D12), lines found later (D6), support, several brands (R10).

use super::*;

const CONFIRMED: &str = "
[[event]]
at = 2026-01-05T09:00:00+01:00
received = {}
[[event]]
at = 2026-01-05T09:00:00+01:00
confirmed = { origin = \"own\", products = [\"Sensor\"] }
";

fn planned(releases: &str, events: &str) -> String {
    format!(
        "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\nreleases = [{releases}]\n{CONFIRMED}{}{events}",
        at("2026-01-05T10:00:00+01:00", MEDIUM)
    )
}

#[test]
fn the_next_release_is_the_first_whose_freeze_lies_after_the_start() {
    let releases = "{ version = \"25.2\", date = 2026-02-01, freeze = 2026-01-04 }, { version = \"25.3\", date = 2026-05-01, freeze = 2026-04-15 }";
    check_due(
        NN,
        &planned(releases, ""),
        "2026-01-10T00:00:00+01:00",
        "N4 Sensor | running | due 2026-05-01T23:59:59+02:00",
    );
    check_due(
        NN,
        &planned("", ""),
        "2026-01-10T00:00:00+01:00",
        "N4 Sensor | running | due 2026-07-05T23:59:59+02:00",
    );
    check_due(
        NN,
        &planned("{ version = \"26\", date = 2026-12-01 }", ""),
        "2026-01-10T00:00:00+01:00",
        "N4 Sensor | running | due 2026-07-05",
    );
}

#[test]
fn a_slip_moves_the_date_but_never_past_six_months_nor_after_the_fact() {
    let release = "{ version = \"25.3\", date = 2026-05-01 }";
    let slip = |day: &str| {
        at(
            day,
            "release-moved = { product = \"Sensor\", version = \"25.3\", date = 2026-06-01 }",
        )
    };
    check_due(
        NN,
        &planned(release, &slip("2026-04-01T09:00:00+02:00")),
        "2026-04-02T00:00:00+02:00",
        "N4 Sensor | running | due 2026-06-01",
    );
    check_due(
        NN,
        &planned(release, &slip("2026-05-03T09:00:00+02:00")),
        "2026-05-04T00:00:00+02:00",
        "N4 Sensor | breached | due 2026-05-01T23:59:59+02:00",
    );
    let far = at(
        "2026-04-01T09:00:00+02:00",
        "release-moved = { product = \"Sensor\", version = \"25.3\", date = 2026-11-01 }",
    );
    check_due(
        NN,
        &planned(release, &far),
        "2026-04-02T00:00:00+02:00",
        "N4 Sensor | running | due 2026-07-05",
    );
    let cancelled = at(
        "2026-04-01T09:00:00+02:00",
        "release-cancelled = { product = \"Sensor\", version = \"25.3\" }",
    );
    check_due(
        NN,
        &planned(release, &cancelled),
        "2026-04-02T00:00:00+02:00",
        "N4 Sensor | running | due 2026-07-05",
    );
}

#[test]
fn a_release_without_the_fix_breaks_the_promise_on_its_day() {
    let release = "{ version = \"25.3\", date = 2026-05-01 }";
    let early = at(
        "2026-04-20T09:00:00+02:00",
        "release-shipped = { product = \"Sensor\", version = \"25.3\", fixes = false }",
    );
    check_due(
        NN,
        &planned(release, &early),
        "2026-04-21T00:00:00+02:00",
        "N4 Sensor | breached | due 2026-04-20T23:59:59+02:00",
    );
    let with_fix = at(
        "2026-04-20T09:00:00+02:00",
        "release-shipped = { product = \"Sensor\", version = \"25.3\", fixes = true }",
    );
    check_due(
        NN,
        &planned(release, &with_fix),
        "2026-04-21T00:00:00+02:00",
        "N4 Sensor | met",
    );
    let sooner = at(
        "2026-02-01T09:00:00+01:00",
        "release-planned = { product = \"Sensor\", version = \"25.2.9\", date = 2026-03-01 }",
    );
    check_due(
        NN,
        &planned(release, &sooner),
        "2026-02-02T00:00:00+01:00",
        "N4 Sensor | running | due 2026-03-01",
    );
}

#[test]
fn a_line_found_later_starts_with_its_own_event() {
    let story = format!(
        "
[[product]]
name = \"Sensor\"
deployment = \"on-prem\"
[[product]]
name = \"Old\"
deployment = \"on-prem\"
supported-until = 2026-03-31
{CONFIRMED}{}{}",
        at("2026-01-05T10:00:00+01:00", CRITICAL),
        at("2026-02-10T09:00:00+01:00", "affected = { product = \"Old\" }")
    );
    check_due(
        NN,
        &story,
        "2026-02-11T00:00:00+01:00",
        "
        N3 Sensor | running | due 2026-03-05
        N3 Old | running | start 2026-02-10T09:00:00+01:00 | due 2026-04-10T23:59:59+02:00",
    );
    check_due(NN, &story, "2026-04-01T00:00:00+02:00", "N3 Old | superseded");
    let cleared = story
        + &at(
            "2026-02-12T09:00:00+01:00",
            "not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }",
        );
    check_due(NN, &cleared, "2026-02-13T00:00:00+01:00", "N3 Sensor | superseded");
}

#[test]
fn each_brand_runs_its_own_policy() {
    let policies = shipped(&[NN, T], &[]);
    let story = format!(
        "
[[product]]
name = \"Sensor\"
deployment = \"on-prem\"
brand = \"nozomi-networks\"
[[product]]
name = \"Router\"
deployment = \"on-prem\"
brand = \"128-technology\"
{}{}{}",
        at("2026-11-25T15:00:00-05:00", "received = {}"),
        at(
            "2026-11-25T15:00:00-05:00",
            "confirmed = { origin = \"own\", products = [\"Sensor\", \"Router\"] }"
        ),
        at("2026-11-25T15:00:00-05:00", CRITICAL)
    );
    check_due_with(
        &policies,
        &story,
        "2026-11-25T16:00:00-05:00",
        "
        N3 Sensor | running
        N3 Router | absent
        T18 case | running | start 2026-11-25T15:00:00-05:00 | due 2026-12-01T15:00:00-05:00
        T19 Router | running | due 2026-11-27T23:59:59-05:00
        T19 Sensor | absent",
    );
}

/// Subjects of the obligations under one clause, those in one group together.
fn check_groups(story: &str, now: &str, clause: &str, expect: &[&[&str]]) {
    let story = Story::read(story).unwrap();
    let now: Timestamp = now.parse().unwrap();
    let facts = CaseFacts::fold(&story.products, story.entries(), now);
    let (policies, calendars) = (shipped(&[NN], &[]), Calendars::default());
    let all = obligations(&policies, &facts, &calendars, now);
    let found: Vec<Vec<String>> = crate::clock::groups(&all)
        .iter()
        .filter(|group| group[0].promise.clause == clause)
        .map(|group| group.iter().map(|one| report::subject_and_track(one).0).collect())
        .collect();
    assert_eq!(found, expect);
}

#[test]
fn lines_that_owe_the_same_by_the_same_day_are_one_group() {
    let story = |events: &str| {
        let lines =
            ["Sensor", "Console"].map(|name| format!("[[product]]\nname = \"{name}\"\ndeployment = \"on-prem\"\n"));
        let both = CONFIRMED.replace("[\"Sensor\"]", "[\"Sensor\", \"Console\"]");
        let scored = at("2026-01-05T10:00:00+01:00", CRITICAL);
        format!("{}{both}{scored}{events}", lines.concat())
    };
    let now = "2026-01-10T00:00:00+01:00";
    check_groups(&story(""), now, "N3", &[&["Sensor", "Console"]]);
    let fixed = at(
        "2026-01-06T10:00:00+01:00",
        "fix-released = { product = \"Sensor\", version = \"2\" }",
    );
    check_groups(&story(&fixed), now, "N3", &[&["Sensor"], &["Console"]]);
}
