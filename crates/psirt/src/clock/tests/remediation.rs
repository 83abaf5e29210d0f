//! N3–N8: fixes and workarounds, their start (R1, D6), months (R2), rescoring (R6), overrides (D13).

use super::*;

#[test]
fn two_months_from_the_confirmation_end_with_the_day() {
    let story = onprem(
        &[
            at("2026-12-29T18:02:00+01:00", "received = { by = \"external\" }"),
            at(
                "2026-12-31T11:30:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-12-31T12:00:00+01:00", CRITICAL),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2027-01-05T00:00:00+01:00",
        "N3 Sensor | running | start 2026-12-31T11:30:00+01:00 | due 2027-02-28T23:59:59+01:00 | breached_at null",
    );
    check_due(NN, &story, "2027-02-28T23:59:59+01:00", "N3 Sensor | due-soon");
    check_due(
        NN,
        &story,
        "2027-03-01T00:00:00+01:00",
        "N3 Sensor | breached | breached_at 2027-02-28T23:59:59+01:00",
    );
}

#[test]
fn an_unconfirmed_report_starts_its_clock_after_72_hours() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = {}"),
            at(
                "2026-03-20T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-03-20T10:00:00+01:00", CRITICAL),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-03-21T00:00:00+01:00",
        "N3 Sensor | running | start 2026-03-05T09:00:00+01:00 | due 2026-05-05T23:59:59+02:00",
    );
    let strict = shipped(&[NN], &[("remediation-start", "received")]);
    check_due_with(
        &strict,
        &story,
        "2026-03-21T00:00:00+01:00",
        "N3 Sensor | running | start 2026-03-02T09:00:00+01:00 | due 2026-05-02",
    );
}

#[test]
fn an_unscored_case_shows_what_the_highest_band_would_give() {
    let story = saas(&at("2026-03-02T09:00:00+01:00", "received = {}"));
    check_due(
        NN,
        &story,
        "2026-03-02T10:00:00+01:00",
        "
        N5 Cloud | dormant | start 2026-03-05T09:00:00+01:00 | due 2026-03-06T09:00:00+01:00
        N6 Cloud | dormant | due 2026-04-04T23:59:59+02:00
        N7 Cloud | absent
        N3 Cloud | absent",
    );
}

#[test]
fn a_service_owes_a_workaround_and_a_fix_from_the_same_start() {
    let events = [
        at("2026-03-28T20:00:00+01:00", "received = {}"),
        at(
            "2026-03-28T20:00:00+01:00",
            "confirmed = { origin = \"own\", products = [\"Cloud\"] }",
        ),
        at("2026-03-28T20:05:00+01:00", CRITICAL),
    ]
    .concat();
    check_due(
        NN,
        &saas(&events),
        "2026-03-28T21:00:00+01:00",
        "
        N5 Cloud | running | due 2026-03-29T21:00:00+02:00
        N6 Cloud | running | due 2026-04-27T23:59:59+02:00",
    );
    let fixed = events
        + &at(
            "2026-03-29T10:00:00+02:00",
            "fix-deployed = { product = \"Cloud\", tenants = \"12/40\" }",
        );
    check_due(NN, &saas(&fixed), "2026-03-29T16:00:00+02:00", "N5 Cloud | due-soon");
    let all = fixed
        + &at(
            "2026-03-29T20:00:00+02:00",
            "fix-deployed = { product = \"Cloud\", tenants = \"all\" }",
        );
    check_due(
        NN,
        &saas(&all),
        "2026-03-30T12:00:00+02:00",
        "
        N5 Cloud | met | met_at 2026-03-29T20:00:00+02:00
        N6 Cloud | met",
    );
}

#[test]
fn a_higher_band_counts_from_when_it_was_first_held_and_never_gives_more_time() {
    let base = [
        at("2026-01-05T09:00:00+01:00", "received = {}"),
        at(
            "2026-01-05T09:00:00+01:00",
            "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        ),
        at("2026-01-06T09:00:00+01:00", MEDIUM),
    ]
    .concat();
    check_due(
        NN,
        &onprem(&base),
        "2026-02-01T00:00:00+01:00",
        "N4 Sensor | running | due 2026-07-05T23:59:59+02:00
        N3 Sensor | absent",
    );
    let raised = base.clone() + &at("2026-02-10T09:00:00+01:00", CRITICAL);
    check_due(
        NN,
        &onprem(&raised),
        "2026-02-11T00:00:00+01:00",
        "
        N3 Sensor | running | start 2026-02-10T09:00:00+01:00 | due 2026-04-10T23:59:59+02:00
        N4 Sensor | superseded",
    );
    let late = base + &at("2026-06-20T09:00:00+02:00", CRITICAL);
    check_due(
        NN,
        &onprem(&late),
        "2026-06-21T00:00:00+02:00",
        "N3 Sensor | running | due 2026-07-05T23:59:59+02:00",
    );
}

#[test]
fn a_lower_band_counts_from_the_original_start_and_a_return_does_too() {
    let base = [
        at("2026-01-05T09:00:00+01:00", "received = {}"),
        at(
            "2026-01-05T09:00:00+01:00",
            "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        ),
        at("2026-01-06T09:00:00+01:00", CRITICAL),
        at("2026-02-01T09:00:00+01:00", MEDIUM),
    ]
    .concat();
    check_due(
        NN,
        &onprem(&base),
        "2026-02-02T00:00:00+01:00",
        "
        N4 Sensor | running | start 2026-01-05T09:00:00+01:00 | due 2026-07-05T23:59:59+02:00
        N3 Sensor | superseded",
    );
    let back = base.clone() + &at("2026-02-20T09:00:00+01:00", CRITICAL);
    check_due(
        NN,
        &onprem(&back),
        "2026-02-21T00:00:00+01:00",
        "N3 Sensor | due-soon | start 2026-01-05T09:00:00+01:00 | due 2026-03-05T23:59:59+01:00",
    );
    let too_late = base.replace("2026-02-01T09:00:00+01:00", "2026-04-01T09:00:00+02:00");
    check_due(
        NN,
        &onprem(&too_late),
        "2026-04-02T00:00:00+02:00",
        "N3 Sensor | breached | breached_at 2026-03-05T23:59:59+01:00",
    );
}

#[test]
fn a_fix_that_is_withdrawn_resumes_the_clock_from_its_original_start() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00+01:00", "received = {}"),
            at(
                "2026-01-05T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-01-06T09:00:00+01:00", CRITICAL),
            at(
                "2026-02-01T09:00:00+01:00",
                "fix-released = { product = \"Sensor\", version = \"25.1.2\" }",
            ),
            at(
                "2026-02-03T09:00:00+01:00",
                "fix-withdrawn = { product = \"Sensor\", version = \"25.1.2\", why = \"incomplete\" }",
            ),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-02-02T00:00:00+01:00",
        "N3 Sensor | met | met_at 2026-02-01T09:00:00+01:00",
    );
    check_due(
        NN,
        &story,
        "2026-02-04T00:00:00+01:00",
        "N3 Sensor | running | met_at null | due 2026-03-05",
    );
    let again = story
        + &at(
            "2026-03-10T09:00:00+01:00",
            "fix-released = { product = \"Sensor\", version = \"25.1.3\" }",
        );
    check_due(
        NN,
        &again,
        "2026-03-11T00:00:00+01:00",
        "N3 Sensor | met-late | met_at 2026-03-10T09:00:00+01:00",
    );
}

#[test]
fn an_override_keeps_the_computed_date_and_a_later_must_needs_two() {
    let base = [
        at("2026-01-05T09:00:00+01:00", "received = {}"),
        at(
            "2026-01-05T09:00:00+01:00",
            "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        ),
        at("2026-01-06T09:00:00+01:00", CRITICAL),
    ]
    .concat();
    let alone = base.clone()
        + &at(
            "2026-02-01T09:00:00+01:00",
            "by = \"ada\"\noverridden = { rule = \"N3\", due = 2026-04-01, why = \"hardware\" }",
        );
    check_due(
        NN,
        &onprem(&alone),
        "2026-02-02T00:00:00+01:00",
        "N3 Sensor | running | due 2026-03-05 | overridden_by null",
    );
    let two = base.clone()
        + &at(
            "2026-02-01T09:00:00+01:00",
            "by = \"ada\"\napproved-by = \"lea\"\noverridden = { rule = \"N3\", due = 2026-04-01, why = \"hardware\" }",
        );
    check_due(
        NN,
        &onprem(&two),
        "2026-02-02T00:00:00+01:00",
        "N3 Sensor | running | due 2026-04-01T23:59:59+02:00 | original_due 2026-03-05T23:59:59+01:00 | overridden_by ada",
    );
    let revoked = two + &at("2026-02-03T09:00:00+01:00", "override-revoked = { rule = \"N3\" }");
    check_due(
        NN,
        &onprem(&revoked),
        "2026-02-04T00:00:00+01:00",
        "N3 Sensor | running | due 2026-03-05",
    );
    let waived = base
        + &at(
            "2026-02-01T09:00:00+01:00",
            "by = \"ada\"\napproved-by = \"lea\"\nwaived = { rule = \"N3\", product = \"Sensor\", why = \"end of sale\" }",
        );
    check_due(NN, &onprem(&waived), "2026-05-01T00:00:00+02:00", "N3 Sensor | waived");
}

#[test]
fn a_back_dated_fix_by_one_person_counts_from_its_record() {
    let base = [
        at("2026-01-05T09:00:00+01:00", "received = {}"),
        at(
            "2026-01-05T09:00:00+01:00",
            "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        ),
        at("2026-01-06T09:00:00+01:00", CRITICAL),
    ]
    .concat();
    let fix = |people: &str| {
        base.clone()
            + &format!(
                "[[event]]\nat = 2026-03-01T09:00:00+01:00\nrecorded = 2026-03-20T09:00:00+01:00\n{people}\nfix-released = {{ product = \"Sensor\" }}\n"
            )
    };
    check_due(
        NN,
        &onprem(&fix("by = \"ada\"")),
        "2026-03-21T00:00:00+01:00",
        "N3 Sensor | met-late | met_at 2026-03-20T09:00:00+01:00",
    );
    check_due(
        NN,
        &onprem(&fix("by = \"ada\"\napproved-by = \"lea\"")),
        "2026-03-21T00:00:00+01:00",
        "N3 Sensor | met | met_at 2026-03-01T09:00:00+01:00",
    );
    check_due(
        NN,
        &onprem(&fix("by = \"ada\"\napproved-by = \"ada\"")),
        "2026-03-21T00:00:00+01:00",
        "N3 Sensor | met-late",
    );
}

#[test]
fn a_mistake_is_retracted_and_leaves_no_trace_in_the_clocks() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00+01:00", "received = {}"),
            at(
                "2026-01-05T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-01-06T09:00:00+01:00", CRITICAL),
            at("2026-02-01T09:00:00+01:00", "fix-released = { product = \"Sensor\" }"),
            at(
                "2026-02-02T09:00:00+01:00",
                "retracted = { event = 4, why = \"wrong line\" }",
            ),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-02-03T00:00:00+01:00",
        "N3 Sensor | running | met_at null",
    );
    let undone = story
        + &at(
            "2026-02-04T09:00:00+01:00",
            "retracted = { event = \"retracted\", why = \"it was right\" }",
        );
    check_due(NN, &undone, "2026-02-05T00:00:00+01:00", "N3 Sensor | met");
}

#[test]
fn an_appeal_counts_as_received() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00+01:00", "received = {}"),
            at(
                "2026-01-06T09:00:00+01:00",
                "rejected = { exit = \"cannot-reproduce\" }",
            ),
            at("2026-02-01T09:00:00+01:00", "appealed = {}"),
            at(
                "2026-02-10T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-02-10T10:00:00+01:00", CRITICAL),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-02-11T00:00:00+01:00",
        "N3 Sensor | running | start 2026-02-04T09:00:00+01:00 | due 2026-04-04T23:59:59+02:00",
    );
    check_due(NN, &story, "2026-01-20T00:00:00+01:00", "N3 Sensor | absent");
}

#[test]
fn a_machine_finding_starts_when_a_person_promotes_it() {
    let story = onprem(
        &[
            at("2026-01-05T02:00:00+01:00", "received = { by = \"machine\" }"),
            at("2026-01-12T09:00:00+01:00", "promoted = {}"),
            at(
                "2026-01-30T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-01-30T10:00:00+01:00", CRITICAL),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-01-31T00:00:00+01:00",
        "N3 Sensor | running | start 2026-01-15T09:00:00+01:00",
    );
}

#[test]
fn every_report_is_acknowledged_and_reviewed_on_its_own_clock() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00+01:00", "received = { by = \"external\" }"),
            at("2026-01-05T09:00:40+01:00", "acknowledged = {}"),
            at("2026-01-06T09:00:00+01:00", "info-requested = {}"),
            at(
                "2026-01-10T09:00:00+01:00",
                "report-joined = { reporter = \"customer:acme\" }",
            ),
            at("2026-01-10T09:10:00+01:00", "acknowledged = {}"),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-01-10T12:00:00+01:00",
        "
        N18 external | met | met_at 2026-01-05T09:00:40+01:00
        N18 acme | met-late | due 2026-01-10T09:05:00+01:00 | met_at 2026-01-10T09:10:00+01:00
        N19 external | met | met_at 2026-01-06T09:00:00+01:00
        N19 acme | running | due 2026-01-13T09:00:00+01:00",
    );
    check_due(NN, &story, "2026-01-14T12:00:00+01:00", "N19 acme | overdue");
}

#[test]
fn a_waiver_of_a_must_by_one_person_does_not_count() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00+01:00", "received = {}"),
            at(
                "2026-01-05T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-01-06T09:00:00+01:00", CRITICAL),
            at(
                "2026-02-01T09:00:00+01:00",
                "by = \"ada\"\nwaived = { rule = \"N3\", why = \"busy\" }",
            ),
        ]
        .concat(),
    );
    check_due(NN, &story, "2026-02-02T00:00:00+01:00", "N3 Sensor | running");
}

#[test]
fn an_appeal_is_looked_at_anew() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00+01:00", "received = {}"),
            at("2026-01-05T09:01:00+01:00", "acknowledged = {}"),
            at(
                "2026-01-06T09:00:00+01:00",
                "rejected = { exit = \"cannot-reproduce\" }",
            ),
            at("2026-02-01T09:00:00+01:00", "appealed = {}"),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-02-10T00:00:00+01:00",
        "N19 external | overdue | start 2026-02-01T09:00:00+01:00 | due 2026-02-04T09:00:00+01:00
        N18 external | met",
    );
}
