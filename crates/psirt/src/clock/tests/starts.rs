//! When a clock begins: lines found earlier or later, events of lines and of cases, and which of two events the proof names.

use super::small::{FIX, policy};
use super::{check_each, lines_named, onprem, saas};

/// D6: a line that was found after the confirmation starts with its own event; one that was found before it, or with it, does not.
#[test]
fn only_a_line_that_was_found_after_the_confirmation_starts_by_itself() {
    let keys = |start: &str| FIX.replace("\"confirmed\"", start) + "\nwithin = \"10 days\"";
    let small = policy(&[
        ("since-report", &keys("\"received\"")),
        (
            "since-verdict",
            &keys("\"confirmed\"").replace("fix-released", "workaround-provided"),
        ),
    ]);
    let begun = r#"
        05T09:00 received = {}
        06T09:00 confirmed = { origin = "own", products = ["A"] }"#;
    let found = |when: &str| format!("{when} affected = {{ product = \"B\" }}");
    let again = |when: &str| format!("{when} confirmed = {{ origin = \"own\", products = [\"A\", \"B\"] }}");
    let rows = [
        (found("05T12:00"), "05T09:00:00", "06T09:00:00"),
        (found("06T09:00"), "05T09:00:00", "06T09:00:00"),
        (found("06T09:00:01"), "06T09:00:01", "06T09:00:01"),
        (found("08T09:00"), "08T09:00:00", "08T09:00:00"),
        (again("08T09:00"), "05T09:00:00", "06T09:00:00"),
    ];
    for (further, report, verdict) in rows {
        let expect = format!(
            "
            since-report A | running | start 2026-01-05T09:00:00
            since-report B | running | start 2026-01-{report}
            since-verdict A | running | start 2026-01-06T09:00:00
            since-verdict B | running | start 2026-01-{verdict}"
        );
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            begun,
            &[(&further, "09T00:00:00", &expect)],
        );
    }
}

/// A proof says that a line was found late where that moved the start, and names the event of the promise where it did not.
#[test]
fn a_proof_names_the_event_that_governs() {
    let start = "{ latest = [\"confirmed\", \"scored\"] }";
    let small = policy(&[("fix", &(FIX.replace("\"confirmed\"", start) + "\nwithin = \"10 days\""))]);
    let begun = "05T09:00 received = {}\n06T09:00 confirmed = { origin = \"own\", products = [\"A\"] }\n";
    let scored = |when: &str| {
        format!("{when} scored = {{ vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }}\n")
    };
    let found = "08T09:00 affected = { product = \"B\" }\n";
    let told = |line: &str, from: &str| {
        format!(
            "fix {line} | running | proof.text fix-released for {line} is due 2026-01-18 23:59:59 UTC, because §1 “fix.” Start: {from}."
        )
    };
    let rows = [
        (
            scored("07T09:00") + found,
            told("B", "2026-01-08 09:00:00 UTC, when this line was found affected"),
        ),
        (
            scored("08T09:00") + found,
            told("B", "2026-01-08 09:00:00 UTC, scored (event 3)"),
        ),
        (
            scored("08T09:00") + found,
            told("A", "2026-01-08 09:00:00 UTC, scored (event 3)"),
        ),
    ];
    for (further, expect) in rows {
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            begun,
            &[(&further, "09T00:00:00", &expect)],
        );
    }
}

/// Of two events at one instant the one that the policy names first governs.
#[test]
fn the_first_named_of_two_events_at_one_instant_governs() {
    let keys = |start: &str| {
        format!(
            "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = {{ {start} = [\"made-public\", \"exploit-public\"] }}\nwithin = \"3 days\""
        )
    };
    let (earliest, latest) = (keys("earliest"), keys("latest").replace("announced", "users-informed"));
    let small = policy(&[("earliest", &earliest), ("latest", &latest)]);
    let begun = "05T09:00 received = {}";
    let rows = [
        (
            "06T09:00 exploit-public = {}\n06T09:00 made-public = {}",
            "made-public",
            "made-public",
        ),
        (
            "06T09:00 exploit-public = {}\n07T09:00 made-public = {}",
            "exploit-public",
            "made-public",
        ),
        (
            "06T09:00 made-public = {}\n07T09:00 exploit-public = {}",
            "made-public",
            "exploit-public",
        ),
    ];
    for (further, earliest, latest) in rows {
        let expect = format!(
            "earliest case | running | proof.start_event {earliest} | proof.waits_for null
            latest case | running | proof.start_event {latest}"
        );
        check_each(&small, &onprem(""), begun, &[(further, "07T10:00:00", &expect)]);
    }
    let half = [(
        "06T09:00 exploit-public = {}",
        "07T00:00:00",
        "earliest case | running | proof.waits_for null\nlatest case | dormant | proof.waits_for made-public",
    )];
    check_each(&small, &onprem(""), begun, &half);
}

/// An event of the case is found whatever became of its lines; an event of lines is that of affected ones.
#[test]
fn an_event_of_the_case_starts_a_clock_where_no_line_is_affected() {
    let keys = |start: &str| {
        format!("duty = \"must\"\ndo = \"users-informed\"\nper = \"case\"\nstart = \"{start}\"\nwithin = \"3 days\"")
    };
    let (public, fixed) = (
        keys("made-public"),
        keys("fix-released").replace("users-informed", "announced"),
    );
    let small = policy(&[("public", &public), ("fixed", &fixed)]);
    let begun = r#"
        05T09:00 received = {}
        05T09:00 confirmed = { origin = "own", products = ["Sensor"] }
        06T09:00 made-public = {}
        06T10:00 fix-released = { product = "Sensor" }"#;
    let cleared = "07T09:00 not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }";
    let rows = [
        (
            "",
            "08T00:00:00",
            "public case | running\nfixed case | running | start 2026-01-06T10:00:00",
        ),
        (
            cleared,
            "08T00:00:00",
            "public case | running | start 2026-01-06T09:00:00\nfixed case | dormant",
        ),
    ];
    check_each(&small, &onprem(""), begun, &rows);
}

/// A service's deployment to all tenants is its release, and its release is its deployment; what is installed elsewhere is released alone.
#[test]
fn a_service_is_released_by_its_deployment() {
    let told = |start: &str| {
        format!("duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = \"{start}\"\nwithin = \"3 days\"")
    };
    let fix = format!("{FIX}\nwithin = \"10 days\"");
    let deploy = fix.replace("fix-released", "fix-deployed");
    let small = policy(&[
        ("fix", &fix),
        ("deploy", &deploy),
        ("after-release", &told("fix-released")),
        (
            "after-deployment",
            &told("fix-deployed").replace("announced", "users-informed"),
        ),
    ]);
    let begun = |line: &str| {
        format!("05T09:00 received = {{}}\n05T09:00 confirmed = {{ origin = \"own\", products = [\"{line}\"] }}")
    };
    let check = |head: &str, line: &str, event: &str, expect: [&str; 4]| {
        let [fix, deploy, release, deployment] = expect;
        let expect = format!(
            "fix {line} | {fix}\ndeploy {line} | {deploy}\nafter-release case | {release}\nafter-deployment case | {deployment}"
        );
        let event = format!("06T09:00 {event}");
        check_each(&small, head, &begun(line), &[(&event, "07T00:00:00", &expect)]);
    };
    let deployed = "fix-deployed = { product = \"Cloud\", tenants = \"all\" }";
    let released = "fix-released = { product = \"Cloud\" }";
    check(&saas(""), "Cloud", deployed, ["met", "met", "running", "running"]);
    check(&saas(""), "Cloud", released, ["met", "met", "running", "running"]);
    let some = "fix-deployed = { product = \"Cloud\", tenants = \"3/9\" }";
    check(&saas(""), "Cloud", some, ["running", "running", "dormant", "dormant"]);
    let installed = |event: &str| event.replace("Cloud", "Sensor");
    check(
        &onprem(""),
        "Sensor",
        &installed(deployed),
        ["running", "met", "dormant", "running"],
    );
    check(
        &onprem(""),
        "Sensor",
        &installed(released),
        ["met", "met", "running", "dormant"],
    );
}

/// D3: the last line's fix is waited for, unless the line is out of support or two people waived its fix.
#[test]
fn only_a_line_that_still_gets_a_fix_is_waited_for() {
    let told = "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = \"fix-released\"\npick = \"last\"\nwithin = \"3 days\"";
    let fix = format!("{FIX}\nwithin = \"60 days\"");
    let help = fix.replace("fix-released", "workaround-provided");
    let small = policy(&[("told", told), ("fix", &fix), ("help", &help)]);
    let begun = r#"
        05T09:00 received = {}
        05T09:00 confirmed = { origin = "own", products = ["A", "B"] }
        06T09:00 fix-released = { product = "A" }"#;
    let waived = |people: &str, names: &str| format!("07T09:00 {people}waived = {{ {names}, why = \"end of life\" }}");
    let (one, two) = ("by = \"ada\"; ", "by = \"ada\"; approved-by = \"bo\"; ");
    let (waits, begins) = (
        "dormant | proof.waits_for fix-released",
        "running | start 2026-01-06T09:00:00",
    );
    let rows = [
        (String::new(), waits),
        ("07T09:00 support-ended = { product = \"B\" }".to_owned(), begins),
        ("07T09:00 support-ended = { product = \"A\" }".to_owned(), waits),
        (waived(two, "rule = \"fix\", product = \"B\""), begins),
        (waived(two, "rule = \"fix\""), begins),
        (waived(one, "rule = \"fix\", product = \"B\""), waits),
        (waived(two, "rule = \"fix\", product = \"A\""), waits),
        (waived(two, "rule = \"help\", product = \"B\""), waits),
        (
            format!("07T09:00 {two}overridden = {{ rule = \"fix\", product = \"B\", due = 2026-02-01, why = \"x\" }}"),
            waits,
        ),
    ];
    for (further, expect) in rows {
        let expect = format!("told case | {expect}");
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            begun,
            &[(&further, "08T00:00:00", &expect)],
        );
    }
}

/// A proof names the line of the event that it waits for, and no line for another event.
#[test]
fn a_proof_names_the_line_that_is_waited_for() {
    let told = |start: &str| {
        format!(
            "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = {start}\npick = \"last\"\nwithin = \"3 days\""
        )
    };
    let begun = r#"
        05T09:00 received = {}
        05T09:00 confirmed = { origin = "own", products = ["A", "B"] }
        06T09:00 fix-released = { product = "A" }"#;
    for (start, waits) in [
        ("\"fix-released\"", "fix-released of B"),
        ("{ latest = [\"fix-released\", \"made-public\"] }", "fix-released of B"),
        ("{ latest = [\"made-public\", \"fix-released\"] }", "made-public"),
        ("{ earliest = [\"made-public\", \"fix-released\"] }", "made-public"),
        (
            "{ earliest = [\"fix-released\", \"made-public\"] }",
            "fix-released of B",
        ),
    ] {
        let small = policy(&[("told", &told(start))]);
        let expect = format!(
            "told case | dormant | proof.text announced is dormant, because §1 “told.” Start: waits for {waits}."
        );
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            begun,
            &[("", "08T00:00:00", &expect)],
        );
    }
}

/// A promise that begins with its facts began when they held first; a repeated one begins anew when they hold again.
#[test]
fn facts_that_hold_again_restart_only_a_repeated_promise() {
    let keys = "duty = \"aims\"\nper = \"track\"\nstart = \"selected\"\nwhen = { verdict = \"vulnerable\" }";
    let small = policy(&[
        ("once", &format!("{keys}\ndo = \"fix-released\"\nwithin = \"10 days\"")),
        (
            "again",
            &format!("{keys}\ndo = \"workaround-provided\"\nevery = \"10 days\""),
        ),
    ]);
    let begun = r#"
        05T09:00 received = {}
        05T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;
    let cleared = "06T09:00 not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }";
    let back = format!("{cleared}\n07T09:00 affected = {{ product = \"Sensor\" }}");
    let scored = "06T09:00 scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }";
    let both = |once: &str, again: &str| format!("once Sensor | {once}\nagain Sensor | {again}");
    let (first, second) = (
        "running | start 2026-01-05T09:00:00",
        "running | start 2026-01-07T09:00:00",
    );
    let rows = [
        (scored, both(first, first)),
        (cleared, both("superseded", "superseded")),
        (&back, both(first, second)),
    ];
    for (further, expect) in rows {
        check_each(&small, &onprem(""), begun, &[(further, "08T00:00:00", &expect)]);
    }
}

/// A repeated duty counts from its last fulfilment since its start.
#[test]
fn a_repeated_promise_counts_from_its_last_fulfilment() {
    let small = policy(&[(
        "again",
        "duty = \"aims\"\ndo = \"users-informed\"\nper = \"case\"\nstart = \"confirmed\"\nevery = \"10 days\"",
    )]);
    let begun = r#"
        05T09:00 received = {}
        06T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;
    let rows = [
        ("", "16"),
        ("05T10:00 users-informed = {}", "16"),
        ("06T09:00 users-informed = {}", "16"),
        ("08T09:00 users-informed = {}", "18"),
        ("08T09:00 users-informed = {}\n09T09:00 acknowledged = {}", "18"),
        ("08T09:00 users-informed = {}\n10T09:00 users-informed = {}", "20"),
    ];
    for (further, day) in rows {
        let expect =
            format!("again case | running | start 2026-01-06T09:00:00 | due 2026-01-{day}T23:59:59 | met_at null");
        check_each(&small, &onprem(""), begun, &[(further, "10T12:00:00", &expect)]);
    }
    let told = "again case | running | proof.sum 2026-01-06 + 10 days = 2026-01-16 23:59:59 UTC";
    check_each(&small, &onprem(""), begun, &[("", "10T12:00:00", told)]);
}
