//! What proofs say: where an event is found, what is waited for, and the words for facts.

use super::small::{FIX, check_told, policy};
use super::{check_each, january, onprem};
use crate::clock::proof::value_name;
use crate::policy::fact::{Fact, NO_BAND};

const BEGUN: &str = r#"
    05T08:00 received = {}
    05T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;

/// Events of merged cases are named with their case, those of lines with their line.
#[test]
fn a_proof_says_where_each_event_is_found() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let small = std::slice::from_ref(&small);
    let story = |starts: &str| {
        format!(
            "05T08:00 case = \"B\"; received = {{}}\n05T09:00 case = \"C\"; received = {{}}\n\
             06T09:00 {starts}confirmed = {{ origin = \"own\", products = [\"Sensor\"] }}\n\
             07T08:00 received = {{}}\n07T09:00 merged = {{ case = \"B\" }}\n07T09:00 merged = {{ case = \"C\" }}\n\
             08T09:00 release-shipped = {{ product = \"Sensor\", version = \"2\", fixes = true }}"
        )
    };
    for (starts, from) in [
        ("", "event 3"),
        ("case = \"B\"; ", "event 3 of B"),
        ("case = \"C\"; ", "event 3 of C"),
        ("case = \"D\"; ", "event 3 of D"),
    ] {
        check_told(
            small,
            &onprem(&january(&story(starts))),
            "fix",
            &format!(
                "fix-released for Sensor was due 2026-01-16 23:59:59 UTC and was met 2026-01-08 09:00:00 UTC, because §1 “fix.” \
                 Start: 2026-01-06 09:00:00 UTC, confirmed ({from}). Sum: 2026-01-06 + 10 days = 2026-01-16 23:59:59 UTC, the end of \
                 that day. Ends by: fix-released (release-shipped of Sensor, 2026-01-08), 2026-01-08 09:00:00 UTC."
            ),
        );
    }
}

#[test]
fn a_proof_tells_what_it_waits_for_a_hold_and_a_review_date() {
    let small = policy(&[
        (
            "fix",
            &format!("{FIX}\nwithin = \"10 days\"").replace(
                "\"confirmed\"",
                "\"selected\"\nwhen = { band = \"high\", exploit = \"active\" }",
            ),
        ),
        (
            "hold",
            "duty = \"aims\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"confirmed\"\nnot_before = \"5 days\"\nscheduled = \"working-day\"\nwithin = \"scheduled-day\"",
        ),
        (
            "review",
            "duty = \"aims\"\ndo = \"upstream-decision\"\nper = \"case\"\nstart = \"confirmed\"\nevery = \"30 days\"",
        ),
    ]);
    let decided = r#"06T09:00 upstream-decision = { choice = "wait", review-by = 2026-02-02, why = "low exposure" }"#;
    let rows = [(
        decided,
        "07T00:00:00",
        "
        fix Sensor | dormant | proof.text fix-released for Sensor is dormant, because §1 “fix.” Start: waits for the facts band, exploit. Facts: band unknown, exploit unknown.
        hold case | running | proof.sum 2026-01-05 + 5 days at the same time of day, on a working day; owed by 2026-01-12 23:59:59 UTC
        review case | running | due 2026-02-02T23:59:59 | proof.sum the decision names its own review date, 2026-02-02 23:59:59 UTC",
    )];
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// An unconfirmed line knows all that the promise asks for, and still waits.
#[test]
fn a_promise_for_a_line_waits_for_its_verdict() {
    let keys =
        format!("{FIX}\nwithin = \"10 days\"").replace("\"confirmed\"", "\"selected\"\nwhen = { supported = \"yes\" }");
    let expect = "fix Sensor | dormant | proof.text fix-released for Sensor is dormant, because §1 “fix.” Start: waits for its event.";
    check_each(
        &policy(&[("fix", &keys)]),
        &onprem(""),
        "05T08:00 received = {}",
        &[("", "06T00:00:00", expect)],
    );
}

/// The office is open from Monday to Wednesday, and its closed days are known until 2031.
#[test]
fn a_proof_tells_how_a_date_was_moved() {
    let month = format!("{FIX}\nwithin = \"1 month\"");
    let rolled = format!("{FIX}\nwithin = \"3 days\"\nroll = \"working-day\"").replace("fix-released", "fix-ready");
    let small = policy(&[("month", &month), ("rolled", &rolled)]);
    let begun = |day: &str| {
        format!("{day}T08:00 received = {{}}\n{day}T09:00 confirmed = {{ origin = \"own\", products = [\"Sensor\"] }}")
    };
    for (day, clamped, moved) in [
        (
            "28",
            "2026-01-28 + 1 month = 2026-02-28 23:59:59 UTC, the end of that day",
            "2026-01-28 + 3 days = 2026-02-02 23:59:59 UTC, the end of that day; moved to the end of the next working day",
        ),
        (
            "30",
            "2026-01-30 + 1 month = 2026-02-28 23:59:59 UTC, the end of that day; the month has no such day, so its last one counts",
            "2026-01-30 + 3 days = 2026-02-02 23:59:59 UTC, the end of that day",
        ),
    ] {
        let rows = super::rows(
            std::slice::from_ref(&small),
            &onprem(&january(&begun(day))),
            "2026-01-31T00:00:00Z",
        );
        let sums: Vec<_> = rows.iter().map(|row| row["proof"]["sum"].as_str().unwrap()).collect();
        assert_eq!(sums, [clamped, moved]);
    }
}

/// That nobody decided is said while it is owed for that reason.
#[test]
fn a_proof_says_that_nobody_decided_in_time() {
    let small = policy(&[(
        "fix",
        "duty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nwhen = { origin = \"own\" }\nstart = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin = \"2 days\"",
    )]);
    let theirs = "12T09:00 confirmed = { origin = \"third-party\", products = [\"Sensor\"] }";
    let small = std::slice::from_ref(&small);
    let received = "05T09:00 received = {}\n";
    let sum = "Start: 2026-01-08 09:00:00 UTC, received 2026-01-05 09:00:00 UTC (event 1) + 72 hours. Sum: 2026-01-08 + 2 days = \
               2026-01-10 23:59:59 UTC, the end of that day.";
    check_told(
        small,
        &onprem(&january(received)),
        "fix",
        &format!(
            "fix-released for Sensor was due 2026-01-10 23:59:59 UTC and is breached since 2026-01-10 23:59:59 UTC, because §1 “fix.” \
             {sum} Facts: origin unknown. Ends by: fix-released. Nobody confirmed or rejected it in time, so the lines that it may \
             concern count as affected until somebody does."
        ),
    );
    check_told(
        small,
        &onprem(&january(&format!("{received}{theirs}"))),
        "fix",
        &format!(
            "fix-released for Sensor no longer applies, because §1 “fix.” {sum} Facts: origin third-party. Ends by: fix-released. \
             Since 2026-01-12 09:00:00 UTC its facts no longer hold."
        ),
    );
}

#[test]
fn each_value_of_a_fact_has_a_word() {
    let small = policy(&[]);
    let words = [
        (Fact::Band, 0, "high"),
        (Fact::Band, 1, "low"),
        (Fact::Band, NO_BAND, "none"),
        (Fact::Supported, 1, "no"),
        (Fact::Supported, 9, "unknown"),
    ];
    for (fact, value, word) in words {
        assert_eq!(value_name(&small, fact, value), word);
    }
}
