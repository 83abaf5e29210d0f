//! What holds at the very instant at which something begins or ends, and a second before and after.

use super::small::{FIX, policy};
use super::{check_each, onprem};

/// Confirmed at nine on Monday; ten days end with 15 January.
const BEGUN: &str = r#"
    05T08:00 received = {}
    05T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;

#[test]
fn what_can_only_be_done_after_the_start_counts_from_the_start_on() {
    let small = policy(&[(
        "told",
        "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = \"confirmed\"\nwithin = \"3 days\"",
    )]);
    let rows = [
        ("05T08:59:59 announced = {}", "06T00:00:00", "told case | running"),
        (
            "05T09:00 announced = {}",
            "06T00:00:00",
            "told case | met | met_at 2026-01-05T09:00:00",
        ),
        ("05T09:00:01 announced = {}", "06T00:00:00", "told case | met"),
    ];
    check_each(&small, &onprem(""), BEGUN, &rows);
}

#[test]
fn the_last_instant_is_in_time() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let rows = [
        (
            "15T23:59:59 fix-released = { product = \"Sensor\" }",
            "20T00:00:00",
            "fix Sensor | met | breached_at null",
        ),
        (
            "16T00:00 fix-released = { product = \"Sensor\" }",
            "20T00:00:00",
            "fix Sensor | met-late | breached_at 2026-01-15T23:59:59",
        ),
        ("", "15T23:59:59", "fix Sensor | due-soon | breached_at null"),
        (
            "",
            "16T00:00:00",
            "fix Sensor | breached | breached_at 2026-01-15T23:59:59",
        ),
    ];
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// Four hours from nine on: the last quarter begins at noon. With a target of an hour, whatever comes after ten is soon.
#[test]
fn a_clock_is_due_soon_in_its_last_quarter_or_after_its_target() {
    let keys = FIX.replace("\"must\"", "\"aims\"") + "\nwithin = \"4 hours\"";
    let aimed = keys.replace("fix-released", "workaround-provided") + "\ntarget = \"1 hour\"";
    let later = FIX.replace("\"confirmed\"", "\"confirmed + 8 hours\"") + "\nwithin = \"4 hours\"";
    let small = policy(&[("fix", &keys), ("help", &aimed), ("later", &later)]);
    let rows = [
        (
            "",
            "05T10:00:00",
            "
            fix Sensor | running
            later Sensor | running | start 2026-01-05T17:00:00
            help Sensor | running | target 2026-01-05T10:00:00",
        ),
        ("", "05T10:00:01", "help Sensor | due-soon"),
        ("", "05T11:59:59", "fix Sensor | running"),
        ("", "05T12:00:00", "fix Sensor | due-soon"),
        ("", "05T13:00:01", "fix Sensor | overdue"),
    ];
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// D22: what one person says after the date about a time before it counts from when it was said.
#[test]
fn only_a_second_person_rescues_a_date_afterwards() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let fixed = |when: &str, recorded: &str, people: &str| {
        format!("{when} recorded = 2026-01-{recorded}Z; {people}fix-released = {{ product = \"Sensor\" }}")
    };
    let rows = [
        ("14T12:00", "15T23:59:59", "", "met | met_at 2026-01-14T12:00:00"),
        ("14T12:00", "16T00:00:00", "", "met-late | met_at 2026-01-16T00:00:00"),
        (
            "15T23:59:59",
            "17T00:00:00",
            "",
            "met-late | met_at 2026-01-17T00:00:00",
        ),
        ("16T12:00", "17T00:00:00", "", "met-late | met_at 2026-01-16T12:00:00"),
        (
            "14T12:00",
            "17T00:00:00",
            "by = \"ada\"; approved-by = \"bo\"; ",
            "met | met_at 2026-01-14T12:00:00",
        ),
    ];
    for (when, recorded, people, expect) in rows {
        let further = fixed(when, recorded, people);
        let expect = format!("fix Sensor | {expect}");
        let row = (further.as_str(), "20T00:00:00", expect.as_str());
        check_each(&small, &onprem(""), BEGUN, &[row]);
    }
}

#[test]
fn a_hold_ends_with_its_last_instant_and_begins_with_its_start() {
    let keys = "do = \"advisory-published\"\nper = \"case\"\nstart = \"fix-released\"\nnot_before = \"5 days\"";
    let small = policy(&[
        ("hold", &format!("duty = \"aims\"\n{keys}\nwithin = \"9 days\"")),
        ("never", &format!("duty = \"must-not\"\n{keys}")),
    ]);
    let begun = &format!("{BEGUN}\n10T09:00 fix-released = {{ product = \"Sensor\" }}");
    let rows = [
        (
            "10T08:59:59 advisory-published = {}",
            "20T00:00:00",
            "hold case | met | not_before 2026-01-15T09:00:00",
        ),
        (
            "10T09:00 advisory-published = {}",
            "20T00:00:00",
            "
            hold case | overdue | breached_at 2026-01-10T09:00:00
            never case | breached | breached_at 2026-01-10T09:00:00 | met_at null",
        ),
        (
            "15T08:59:59 advisory-published = {}",
            "20T00:00:00",
            "
            hold case | overdue | breached_at 2026-01-15T08:59:59
            never case | breached | breached_at 2026-01-15T08:59:59",
        ),
        (
            "15T09:00 advisory-published = {}",
            "20T00:00:00",
            "
            hold case | met | breached_at null
            never case | running | breached_at null",
        ),
        ("", "20T00:00:01", "hold case | overdue\nnever case | running"),
    ];
    check_each(&small, &onprem(""), begun, &rows);
}

/// A hold ends at once by what the promise names, if that came before its own end.
#[test]
fn the_first_of_the_events_that_a_hold_names_ends_it() {
    let keys = "duty = \"aims\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"fix-released\"\nnot_before = \"5 days\"\nscheduled = \"working-day\"\nwithin = \"scheduled-day\"\nlifted_by = [\"made-public\", \"exploit-public\"]";
    let small = policy(&[("hold", keys)]);
    let begun = &format!("{BEGUN}\n08T09:00 fix-released = {{ product = \"Sensor\" }}");
    let rows = [
        (
            "",
            "09T00:00:00",
            "hold case | running | not_before 2026-01-13T09:00:00 | scheduled 2026-01-13T09:00:00 | due 2026-01-13T23:59:59",
        ),
        (
            "12T10:00 made-public = {}\n11T10:00 exploit-public = {}",
            "12T12:00:00",
            "hold case | running | not_before 2026-01-11T10:00:00 | scheduled null",
        ),
        (
            "13T09:00 made-public = {}",
            "13T12:00:00",
            "hold case | due-soon | not_before 2026-01-13T09:00:00 | scheduled 2026-01-13T09:00:00",
        ),
    ];
    check_each(&small, &onprem(""), begun, &rows);
}

/// A promise for high bands; the score falls on the 12th, before the date, or after it.
#[test]
fn what_no_longer_holds_is_superseded_unless_it_was_kept_or_late_before() {
    let small = policy(&[(
        "fix",
        &format!("{FIX}\nwhen = {{ band = \"high\" }}\nwithin = \"10 days\""),
    )]);
    let scored =
        |when: &str, vector: &str| format!("{when} scored = {{ vector = \"CVSS:3.1/{vector}\", source = \"own\" }}\n");
    let high = scored("05T09:00", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    let low = |when: &str| scored(when, "AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N");
    let fixed = |when: &str| format!("{when} fix-released = {{ product = \"Sensor\" }}\n");
    let begun = format!("{BEGUN}\n{high}");
    let rows = [
        (low("12T09:00"), "superseded | met_at null"),
        (low("12T09:00") + &fixed("12T08:59:59"), "met"),
        (low("12T09:00") + &fixed("12T09:00"), "superseded | met_at null"),
        (low("12T09:00") + &fixed("13T09:00"), "superseded"),
        // What changes later does not move the instant since which it no longer holds.
        (
            low("12T09:00") + &fixed("14T09:00") + "17T09:00 judged = { exploit = \"active\" }",
            "superseded | met_at null",
        ),
        (low("15T23:59:59"), "superseded | breached_at null"),
        (low("16T00:00"), "breached | breached_at 2026-01-15T23:59:59"),
        (low("16T00:00") + &fixed("16T09:00"), "met-late"),
    ];
    for (further, expect) in rows {
        let expect = format!("fix Sensor | {expect}");
        check_each(
            &small,
            &onprem(""),
            &begun,
            &[(further.as_str(), "20T00:00:00", expect.as_str())],
        );
    }
}

/// Support that was planned ends with its last day's last second, and by an event at once.
#[test]
fn a_line_is_supported_until_its_last_instant() {
    let small = policy(&[(
        "fix",
        &format!("{FIX}\nwhen = {{ supported = \"yes\" }}\nwithin = \"10 days\""),
    )]);
    let planned = onprem("supported-until = 2026-01-10\n");
    let rows = [
        ("", "10T23:59:58", "fix Sensor | running"),
        ("", "10T23:59:59", "fix Sensor | superseded"),
    ];
    check_each(&small, &planned, BEGUN, &rows);
    let ended = "10T09:00 support-ended = { product = \"Sensor\" }";
    let rows = [
        (ended, "10T08:59:59", "fix Sensor | running"),
        (ended, "10T09:00:00", "fix Sensor | superseded"),
    ];
    check_each(&small, &onprem(""), BEGUN, &rows);
}
