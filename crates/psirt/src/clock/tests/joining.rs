//! Reports that join a case after they arrived: what is owed for them, and what counts as done.

use super::{at, check_due, onprem};

/// A case of a Monday, acknowledged at ten and reviewed on Tuesday. Another report joins it on Thursday; `expect` is what holds on Friday.
fn check_joined(joined: &str, further: &[String], expect: &str) {
    let joined = format!("report-joined = {{ reporter = \"customer:acme\"{joined} }}");
    let story = [
        at("2026-01-05T09:00:00Z", "received = { by = \"external\" }"),
        at("2026-01-05T10:00:00Z", "acknowledged = {}"),
        at("2026-01-06T09:00:00Z", "reviewed = {}"),
        at(
            "2026-01-07T09:00:00Z",
            "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        ),
        at("2026-01-08T09:00:00Z", &joined),
        further.concat(),
    ];
    check_due("house", &onprem(&story.concat()), "2026-01-09T09:00:00Z", expect);
}

const ON_MONDAY: &str = ", arrived = 2026-01-05T09:30:00Z";

/// Five minutes and three working days count from the arrival. Nothing that was done for the first report before the second one was known
/// to be about the same was done for its reporter.
#[test]
fn a_report_that_joins_late_was_owed_its_number_and_a_look_since_it_arrived() {
    check_joined(
        ON_MONDAY,
        &[],
        "
        2.1 acme | breached | start 2026-01-05T09:30:00 | due 2026-01-05T09:35:00
        2.2 acme | breached | start 2026-01-05T09:30:00 | due 2026-01-08T23:59:59
        2.1 external | met-late | met_at 2026-01-05T10:00:00
        2.2 external | met",
    );
}

/// What is late is late from the moment of joining on, and nobody knew of it a minute before.
#[test]
fn a_report_is_no_part_of_a_case_before_it_joins() {
    let story = onprem(
        &[
            at("2026-01-05T09:00:00Z", "received = {}"),
            at(
                "2026-01-08T09:00:00Z",
                &format!("report-joined = {{ reporter = \"customer:acme\"{ON_MONDAY} }}"),
            ),
        ]
        .concat(),
    );
    check_due("house", &story, "2026-01-08T08:59:59Z", "2.1 acme | absent");
    check_due(
        "house",
        &story,
        "2026-01-08T09:00:00Z",
        "2.1 acme | breached | due 2026-01-05T09:35:00",
    );
}

/// From the joining on, what is done for the whole case is done for all of its reporters.
#[test]
fn an_acknowledgement_after_the_joining_is_theirs_too() {
    check_joined(
        ON_MONDAY,
        &[at("2026-01-08T09:10:00Z", "acknowledged = {}")],
        "
        2.1 acme | met-late | met_at 2026-01-08T09:10:00
        2.1 external | met-late | met_at 2026-01-05T10:00:00",
    );
    check_joined(
        ", arrived = 2026-01-08T08:58:00Z",
        &[at("2026-01-08T09:02:00Z", "acknowledged = {}")],
        "2.1 acme | met | due 2026-01-08T09:03:00 | met_at 2026-01-08T09:02:00",
    );
}

/// Who says on Thursday that everybody had their number on Monday says it on Thursday (D22).
#[test]
fn an_acknowledgement_of_everybody_that_one_person_dates_back_counts_from_its_record() {
    let dated_back = "recorded = 2026-01-08T09:10:00Z\nacknowledged = {}";
    check_joined(
        ON_MONDAY,
        &[at("2026-01-05T09:31:00Z", dated_back)],
        "2.1 acme | met-late | met_at 2026-01-08T09:10:00",
    );
}

#[test]
fn what_was_done_for_a_report_before_it_joined_was_done() {
    check_joined(
        &format!("{ON_MONDAY}, acknowledged = 2026-01-05T09:31:00Z, reviewed = 2026-01-06T15:00:00Z"),
        &[],
        "
        2.1 acme | met | met_at 2026-01-05T09:31:00
        2.2 acme | met | met_at 2026-01-06T15:00:00
        2.1 external | met-late | met_at 2026-01-05T10:00:00
        2.2 external | met | met_at 2026-01-06T09:00:00",
    );
    check_joined(
        &format!("{ON_MONDAY}, acknowledged = 2026-01-05T11:00:00Z"),
        &[],
        "2.1 acme | met-late | met_at 2026-01-05T11:00:00",
    );
}

/// The case's verdict is news for its reporters from the day on which they are known to be that, not since it was reached.
#[test]
fn the_verdict_is_owed_to_a_joined_reporter_from_the_joining() {
    check_joined(
        ON_MONDAY,
        &[],
        "
        2.3 acme | running | start 2026-01-08T09:00:00 | due 2026-01-12T23:59:59
        2.3 external | due-soon | start 2026-01-07T09:00:00 | due 2026-01-09T23:59:59",
    );
}

/// A journal from before arrivals were written down says the joining alone.
#[test]
fn a_report_whose_arrival_is_unknown_counts_from_the_joining() {
    check_joined(
        "",
        &[],
        "2.1 acme | breached | start 2026-01-08T09:00:00 | due 2026-01-08T09:05:00",
    );
    check_joined(
        ", arrived = 2026-01-08T12:00:00Z",
        &[],
        "2.1 acme | breached | start 2026-01-08T09:00:00",
    );
}
