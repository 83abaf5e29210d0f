//! Reporters: who is meant by an event, what each of them is, and when their report counts.

use super::small::policy;
use super::{CaseFacts, at, check_each, lines_named, onprem};
use crate::story::Story;

/// A reporter is named by their id, with or without their kind; who names nobody means everybody.
#[test]
fn what_names_a_reporter_is_for_that_reporter() {
    let keys = |event: &str| {
        format!("duty = \"must\"\ndo = \"{event}\"\nper = \"reporter\"\nstart = \"received\"\nwithin = \"3 days\"")
    };
    let small = policy(&[("number", &keys("acknowledged")), ("told", &keys("reported-back"))]);
    let begun = r#"
        05T09:00 received = { by = "external" }
        05T09:00 report-joined = { reporter = "customer:acme" }"#;
    let rows = [
        ("{}", ["met", "met"]),
        ("{ reporter = \"acme\" }", ["running", "met"]),
        ("{ reporter = \"customer:acme\" }", ["running", "met"]),
        ("{ reporter = \"external\" }", ["met", "running"]),
    ];
    for (named, [external, acme]) in rows {
        for (rule, event) in [("number", "acknowledged"), ("told", "reported-back")] {
            let further = format!("06T09:00 {event} = {named}");
            let expect = format!("{rule} external | {external}\n{rule} acme | {acme}");
            check_each(&small, &onprem(""), begun, &[(&further, "06T10:00:00", &expect)]);
        }
    }
}

/// After an appeal only what the findings say is asked anew (D21).
#[test]
fn an_appeal_leaves_what_was_done_for_a_reporter_and_is_no_finding() {
    let small = policy(&[(
        "heard",
        "duty = \"must\"\ndo = \"reviewed\"\nper = \"reporter\"\nstart = \"received\"\nwithin = \"3 days\"\nsatisfied_by = [\"reported-back\"]",
    )]);
    let begun = "05T09:00 received = { by = \"external\" }";
    let appealed = |event: &str| format!("06T09:00 {event} = {{}}\n07T09:00 appealed = {{}}");
    let rows = [
        (
            appealed("reviewed"),
            "heard external | met | met_at 2026-01-06T09:00:00",
        ),
        (appealed("reported-back"), "heard external | running | met_at null"),
        (
            appealed("reported-back") + "\n07T09:00 reported-back = {}",
            "heard external | met | met_at 2026-01-07T09:00:00",
        ),
    ];
    for (further, expect) in rows {
        check_each(&small, &onprem(""), begun, &[(&further, "07T10:00:00", expect)]);
    }
}

/// Who they are is a fact of each reporter, and so is their wish to be named, from when they said so.
#[test]
fn kind_and_credit_are_each_reporters_own() {
    let keys = |when: &str| {
        format!(
            "duty = \"aims\"\ndo = \"advisory-published\"\nper = \"reporter\"\nwhen = {{ {when} }}\nstart = \"selected\"\nwithin = \"none\""
        )
    };
    let small = policy(&[
        ("customers", &keys("reporter = \"customer\"")),
        (
            "named",
            &keys("credit = \"yes\"").replace("advisory-published", "announced"),
        ),
        (
            "unasked",
            &keys("credit = \"unasked\"").replace("advisory-published", "users-informed"),
        ),
    ]);
    let begun = r#"
        05T09:00 received = { by = "external" }
        05T09:00 report-joined = { reporter = "customer:acme" }"#;
    let rows = [
        (
            "",
            "
            customers acme | running | start 2026-01-05T09:00:00
            customers external | absent
            named acme | absent
            named external | absent
            unasked acme | running
            unasked external | running",
        ),
        (
            "06T09:00 credit = { reporter = \"acme\", choice = \"yes\" }",
            "
            named acme | running | start 2026-01-06T09:00:00
            named external | absent
            unasked acme | superseded
            unasked external | running",
        ),
        (
            "06T09:00 credit = { choice = \"yes\" }",
            "
            named acme | running
            named external | running",
        ),
        (
            "06T09:00 credit = { choice = \"yes\" }\n07T09:00 credit = { reporter = \"acme\", choice = \"no\" }",
            "
            named acme | superseded
            named external | running",
        ),
    ];
    let rows = rows.map(|(further, expect)| (further, "08T00:00:00", expect));
    check_each(&small, &onprem(""), begun, &rows);
}

/// A machine's finding is a report once a person promotes it: the first that nobody promoted yet, in the case where that was said.
#[test]
fn a_promotion_is_that_of_the_next_finding_of_a_machine() {
    let small = policy(&[(
        "look",
        "duty = \"must\"\ndo = \"reviewed\"\nper = \"report\"\nstart = \"received\"\nwithin = \"3 days\"",
    )]);
    let begun = r#"
        05T07:00 received = { by = "external" }
        05T08:00 report-joined = { reporter = "machine:fuzzer" }
        05T09:00 report-joined = { reporter = "machine:scanner" }
        05T09:30 case = "B"; received = { by = "machine:probe" }"#;
    let started = |hour: &str| format!("running | start 2026-01-05T{hour}:00:00");
    let dormant = "dormant".to_owned();
    let rows = [
        ("", [dormant.clone(), dormant.clone(), dormant.clone()]),
        (
            "05T10:00 promoted = {}",
            [started("10"), dormant.clone(), dormant.clone()],
        ),
        (
            "05T10:00 promoted = {}\n05T11:00 promoted = {}",
            [started("10"), started("11"), dormant.clone()],
        ),
        (
            "05T10:00 case = \"B\"; promoted = {}",
            [dormant.clone(), dormant, started("10")],
        ),
    ];
    for (further, [fuzzer, scanner, probe]) in rows {
        let expect = format!(
            "look external | running | start 2026-01-05T07:00:00
            look fuzzer | {fuzzer}\nlook scanner | {scanner}\nlook probe | {probe}"
        );
        check_each(&small, &onprem(""), begun, &[(further, "05T12:00:00", &expect)]);
    }
}

/// A number that a report had got before it joined stands at its own time among the others.
#[test]
fn what_was_done_before_a_report_joined_takes_its_place_in_time() {
    let small = policy(&[(
        "told",
        "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = \"acknowledged\"\nwithin = \"3 days\"",
    )]);
    let story = |own: &str, theirs: &str| {
        format!(
            "05T09:00 received = {{}}\n{own} acknowledged = {{ reporter = \"external\" }}\n\
             06T09:00 report-joined = {{ reporter = \"customer:acme\", arrived = 2026-01-05T09:00:00Z, acknowledged = 2026-01-{theirs}:00Z }}"
        )
    };
    for (own, theirs, start) in [
        ("05T10:00", "05T11:00", "10"),
        ("05T11:00", "05T10:00", "10"),
        ("05T11:00", "05T11:00", "11"),
    ] {
        let expect = format!("told case | running | start 2026-01-05T{start}:00:00");
        check_each(
            &small,
            &onprem(""),
            &story(own, theirs),
            &[("", "06T10:00:00", &expect)],
        );
    }
}

/// By their id, with or without their kind.
#[test]
fn a_name_is_a_reporter_of_the_case_or_not() {
    let events = at("2026-01-05T09:00:00Z", "received = { by = \"customer:acme\" }");
    let story = Story::read(&(lines_named(&["Sensor"]) + &events)).unwrap();
    let facts = CaseFacts::fold(
        &story.products,
        story.entries(),
        "2026-01-06T00:00:00Z".parse().unwrap(),
    );
    for (name, expect) in [
        ("acme", true),
        ("customer:acme", true),
        ("external", false),
        ("other", false),
    ] {
        assert_eq!(facts.has_reporter(name), expect, "{name}");
    }
}
