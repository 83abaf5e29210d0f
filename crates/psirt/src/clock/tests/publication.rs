//! N13, T18 and what follows a publication: holds (R7, D3, D14), advisories, the announce list, reports back.

use super::*;

const FIXED: &str = "
[[product]]
name = \"Sensor\"
deployment = \"on-prem\"
[[product]]
name = \"Old\"
deployment = \"on-prem\"
[[event]]
at = 2026-08-01T09:00:00+02:00
received = {}
[[event]]
at = 2026-08-01T09:00:00+02:00
confirmed = { origin = \"own\", products = [\"Sensor\", \"Old\"] }
[[event]]
at = 2026-08-01T10:00:00+02:00
scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }
[[event]]
at = 2026-09-02T10:00:00+02:00
fix-released = { product = \"Sensor\", version = \"25.1\" }
";

#[test]
fn the_hold_counts_from_the_last_line_and_keeps_the_time_of_day() {
    let waiting = FIXED.to_owned();
    check_due(
        NN,
        &waiting,
        "2026-09-10T00:00:00+02:00",
        "advisory-hold case | dormant | not_before null",
    );
    let both = waiting.clone()
        + &at(
            "2026-11-22T10:00:00+01:00",
            "fix-released = { product = \"Old\", version = \"24.9\" }",
        );
    check_due(
        NN,
        &both,
        "2026-11-23T00:00:00+01:00",
        "advisory-hold case | running | start 2026-11-22T10:00:00+01:00 | not_before 2027-02-20T10:00:00+01:00 | scheduled 2027-02-22T10:00:00+01:00 | due 2027-02-22T23:59:59+01:00",
    );
    let dropped = waiting.clone() + &at("2026-10-01T09:00:00+02:00", "support-ended = { product = \"Old\" }");
    check_due(
        NN,
        &dropped,
        "2026-10-02T00:00:00+02:00",
        "advisory-hold case | running | not_before 2026-12-01T10:00:00+01:00 | scheduled 2026-12-01T10:00:00+01:00",
    );
    let waived = waiting
        + &at(
            "2026-10-01T09:00:00+02:00",
            "by = \"ada\"\napproved-by = \"lea\"\nwaived = { rule = \"N3\", product = \"Old\", why = \"end of sale\" }",
        );
    check_due(
        NN,
        &waived,
        "2026-10-02T00:00:00+02:00",
        "advisory-hold case | running | not_before 2026-12-01T10:00:00+01:00",
    );
}

#[test]
fn details_in_public_end_the_hold_at_once_and_attacks_do_not() {
    let both = FIXED.to_owned() + &at("2026-09-02T12:00:00+02:00", "fix-released = { product = \"Old\" }");
    let public = both.clone() + &at("2026-09-10T12:00:00+02:00", "made-public = { evidence = \"a talk\" }");
    check_due(
        NN,
        &public,
        "2026-09-10T13:00:00+02:00",
        "
        advisory-hold case | running | not_before 2026-09-10T12:00:00+02:00
        publish-now case | running | due 2026-09-11T12:00:00+02:00 | duty aims",
    );
    let attacks = both + &at("2026-09-10T12:00:00+02:00", "attacks-seen = {}");
    check_due(
        NN,
        &attacks,
        "2026-09-10T13:00:00+02:00",
        "
        advisory-hold case | running | not_before 2026-12-01T12:00:00+01:00",
    );
}

#[test]
fn a_withdrawn_fix_restarts_the_hold_at_the_new_release() {
    let both = FIXED.to_owned() + &at("2026-09-02T12:00:00+02:00", "fix-released = { product = \"Old\" }");
    let again =
        both + &at(
            "2026-09-20T12:00:00+02:00",
            "fix-withdrawn = { product = \"Old\", why = \"incomplete\" }",
        ) + &at(
            "2026-10-05T12:00:00+02:00",
            "fix-released = { product = \"Old\", version = \"24.10\" }",
        );
    check_due(
        NN,
        &again,
        "2026-10-06T00:00:00+02:00",
        "advisory-hold case | running | start 2026-10-05T12:00:00+02:00",
    );
}

#[test]
fn a_service_has_no_hold() {
    let story = saas(
        &[
            at("2026-08-01T09:00:00+02:00", "received = {}"),
            at(
                "2026-08-01T09:00:00+02:00",
                "confirmed = { origin = \"own\", products = [\"Cloud\"] }",
            ),
            at("2026-08-01T10:00:00+02:00", CRITICAL),
            at(
                "2026-08-05T10:00:00+02:00",
                "fix-deployed = { product = \"Cloud\", tenants = \"all\" }",
            ),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-08-05T11:00:00+02:00",
        "N13 case | running | not_before 2026-08-05T10:00:00+02:00 | scheduled 2026-08-05T10:00:00+02:00 | due 2026-08-05T23:59:59+02:00",
    );
}

#[test]
fn seventy_two_working_hours_run_from_the_later_of_confirmed_and_scored() {
    let story = onprem(
        &[
            at("2026-11-20T09:00:00-05:00", "received = { by = \"external\" }"),
            at("2026-11-20T10:00:00-05:00", CRITICAL),
            at(
                "2026-11-25T15:00:00-05:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
        ]
        .concat(),
    );
    check_due(
        T,
        &story,
        "2026-11-25T16:00:00-05:00",
        "T18 case | running | start 2026-11-25T15:00:00-05:00 | due 2026-12-01T15:00:00-05:00",
    );
    let office = shipped(&[T], &[("working-hour", "office-hours")]);
    check_due_with(
        &office,
        &story,
        "2026-11-25T16:00:00-05:00",
        "T18 case | running | due 2026-12-09T15:00:00-05:00",
    );
    let published = story.clone() + &at("2026-12-01T15:00:00-05:00", "advisory-published = {}");
    check_due(
        T,
        &published,
        "2026-12-01T15:30:00-05:00",
        "
        T18 case | met | met_at 2026-12-01T15:00:00-05:00
        T6 case | running | due 2026-12-02T15:00:00-05:00 | duty aims",
    );
}

#[test]
fn every_reporter_hears_the_findings_within_two_working_days_of_any_verdict() {
    let story = onprem(
        &[
            at("2026-11-20T09:00:00-05:00", "received = { by = \"external\" }"),
            at(
                "2026-11-25T15:00:00-05:00",
                "rejected = { exit = \"not-a-vulnerability\" }",
            ),
        ]
        .concat(),
    );
    check_due(
        T,
        &story,
        "2026-11-25T16:00:00-05:00",
        "T11 external | running | start 2026-11-25T15:00:00-05:00 | due 2026-11-30T23:59:59-05:00",
    );
    check_due(T, &story, "2026-12-01T16:00:00-05:00", "T11 external | breached");
    let told = story
        + &at(
            "2026-11-27T09:00:00-05:00",
            "reported-back = { reporter = \"external\" }",
        );
    check_due(T, &told, "2026-12-01T16:00:00-05:00", "T11 external | met");
}

#[test]
fn an_advisory_without_a_fix_is_revised_on_the_day_of_the_fix() {
    let story = onprem(
        &[
            at("2026-06-01T09:00:00-04:00", "received = {}"),
            at(
                "2026-06-01T09:00:00-04:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-06-01T09:00:00-04:00", CRITICAL),
            at("2026-06-03T09:00:00-04:00", "advisory-published = {}"),
            at(
                "2026-06-20T09:00:00-04:00",
                "fix-released = { product = \"Sensor\", version = \"6.1\" }",
            ),
        ]
        .concat(),
    );
    check_due(
        T,
        &story,
        "2026-06-20T10:00:00-04:00",
        "own-advisory-revised Sensor | running | due 2026-06-20T23:59:59-04:00",
    );
    let revised = story + &at("2026-06-20T12:00:00-04:00", "advisory-revised = {}");
    check_due(
        T,
        &revised,
        "2026-06-21T10:00:00-04:00",
        "own-advisory-revised Sensor | met",
    );
}

#[test]
fn the_bands_of_128_technology_have_a_hole_that_a_reading_closes() {
    let low = |vector: &str| {
        onprem(
            &[
                at("2026-06-01T09:00:00-04:00", "received = {}"),
                at(
                    "2026-06-01T09:00:00-04:00",
                    "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
                ),
                at(
                    "2026-06-01T09:00:00-04:00",
                    &format!("scored = {{ vector = \"{vector}\", source = \"own\" }}"),
                ),
            ]
            .concat(),
        )
    };
    let lowest_of_4_0 = low("CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N");
    check_due(T, &lowest_of_4_0, "2026-06-01T10:00:00-04:00", "T21 Sensor | running");
    let nothing = low("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N");
    check_due(
        T,
        &nothing,
        "2026-06-01T10:00:00-04:00",
        "T21 Sensor | absent
        T18 case | absent",
    );
}

#[test]
fn an_advisory_inside_the_hold_breaks_the_promise_not_to() {
    let early = FIXED.to_owned()
        + &at("2026-09-02T12:00:00+02:00", "fix-released = { product = \"Old\" }")
        + &at("2026-09-20T12:00:00+02:00", "advisory-published = {}");
    check_due(
        NN,
        &early,
        "2026-09-21T00:00:00+02:00",
        "advisory-hold case | breached | breached_at 2026-09-20T12:00:00+02:00",
    );
    let public = early.replace(
        "advisory-published",
        "made-public = {}\n[[event]]\nat = 2026-09-20T13:00:00+02:00\nadvisory-published",
    );
    check_due(NN, &public, "2026-09-21T00:00:00+02:00", "advisory-hold case | met");
}

#[test]
fn a_decision_for_an_earlier_day_ends_the_hold_with_it() {
    let decided = FIXED.to_owned()
        + &at("2026-09-02T12:00:00+02:00", "fix-released = { product = \"Old\" }")
        + &at(
            "2026-09-20T12:00:00+02:00",
            "by = \"ada\"\napproved-by = \"lea\"\noverridden = { rule = \"advisory-hold\", due = 2026-10-01, why = \"a talk\" }",
        );
    check_due(
        NN,
        &decided,
        "2026-09-21T00:00:00+02:00",
        "advisory-hold case | running | not_before 2026-09-20T12:00:00+02:00 | due 2026-10-01T23:59:59+02:00 | scheduled 2026-10-01T23:59:59+02:00",
    );
}
