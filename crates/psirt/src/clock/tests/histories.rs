//! What a history says: what was judged, which release is next, and what was taken back.

use super::small::{FIX, policy};
use super::{CaseFacts, check_each, january, lines_named, onprem};
use crate::story::Story;

const BEGUN: &str = r#"
    05T08:00 received = {}
    05T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;

#[test]
fn a_confirmed_case_is_inside_unless_it_was_decided_otherwise_without_an_exception() {
    let keys = |scope: &str| {
        format!(
            "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nwhen = {{ scope = \"{scope}\" }}\nstart = \"received\"\nwithin = \"3 days\""
        )
    };
    let small = policy(&[
        ("inside", &keys("in")),
        ("outside", &keys("out").replace("announced", "users-informed")),
    ]);
    let inside = "inside case | running\noutside case | absent";
    let (now, out) = ("06T12:00:00", "06T09:00 scope-decided = { out = true }");
    let exception = "06T09:00 scope-decided = { out = true, exception = \"a customer asked\" }";
    let left = "inside case | superseded\noutside case | running | start 2026-01-05T08:00:00";
    let rows = [
        ("", now, inside),
        ("06T09:00 scope-decided = { out = false }", now, inside),
        (exception, now, inside),
        (out, now, left),
        ("06T09:00 rejected = { exit = \"out-of-scope\" }", now, left),
        ("06T09:00 rejected = { exit = \"cannot-reproduce\" }", now, inside),
    ];
    check_each(&small, &onprem(""), BEGUN, &rows);
    let unknown = "inside case | dormant\noutside case | dormant";
    let again = format!("{out}\n06T10:00 appealed = {{}}");
    let rows = [
        ("", now, unknown),
        (out, now, "inside case | absent\noutside case | running"),
        (exception, now, inside),
        (&again, now, "inside case | dormant\noutside case | superseded"),
    ];
    check_each(&small, &onprem(""), "05T08:00 received = {}", &rows);
}

/// Lines that nobody planned are those of the history, in its order; what names one means that one.
#[test]
fn lines_are_found_by_their_name() {
    let events = r#"
        05T08:00 received = {}
        05T09:00 confirmed = { origin = "own", products = ["A", "B"] }
        06T09:00 workaround-provided = { product = "B" }"#;
    let story = Story::read(&(lines_named(&["B", "A"]) + &january(events))).unwrap();
    let facts = CaseFacts::fold(&[], story.entries(), "2026-01-07T00:00:00Z".parse().unwrap());
    let names: Vec<_> = facts.lines.iter().map(|line| line.name.as_str()).collect();
    let marked: Vec<_> = facts.marks.iter().map(|mark| mark.line).collect();
    assert_eq!((names, marked), (vec!["A", "B"], vec![None, None, Some(1)]));
    assert_eq!(["A", "B", "C"].map(|name| facts.line(name)), [Some(0), Some(1), None]);
    assert!(facts.lines.iter().all(|line| line.verdicts.len() == 1));
}

/// A fix is withdrawn by its version and line, or all of them.
#[test]
fn a_withdrawal_takes_the_version_that_it_names() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let begun = r#"
        05T09:00 received = {}
        05T09:00 confirmed = { origin = "own", products = ["A", "B"] }
        06T09:00 fix-released = { product = "A", version = "1" }
        07T09:00 fix-released = { product = "A", version = "2" }
        08T09:00 fix-released = { product = "B", version = "2" }
        09T09:00 fix-released = { product = "B", version = "1" }"#;
    let met = |day: u8| format!("met | met_at 2026-01-0{day}T09:00:00");
    let rows = [
        ("product = \"A\", version = \"1\"", met(7), met(8)),
        ("product = \"A\", version = \"2\"", met(6), met(8)),
        ("product = \"B\", version = \"2\"", met(6), met(9)),
        ("product = \"B\", version = \"1\"", met(6), met(8)),
        ("product = \"A\"", "running".to_owned(), met(8)),
    ];
    for (names, a, b) in rows {
        let further = format!("10T09:00 fix-withdrawn = {{ {names}, why = \"it broke logins\" }}");
        let expect = format!("fix A | {a}\nfix B | {b}");
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            begun,
            &[(&further, "11T00:00:00", &expect)],
        );
    }
    // Who withdraws it twice does not bring it back in between.
    let twice = "10T09:00 fix-withdrawn = { product = \"A\", why = \"it broke logins\" }\n12T09:00 fix-withdrawn = { product = \"A\", why = \"it broke logins\" }";
    check_each(
        &small,
        &lines_named(&["A", "B"]),
        begun,
        &[(twice, "12T12:00:00", "fix A | running")],
    );
}

/// The last judgement counts, and what the world shows only raises it.
#[test]
fn exploits_are_the_higher_of_judgement_and_signals() {
    let keys = |value: &str, event: &str| {
        format!(
            "duty = \"aims\"\ndo = \"{event}\"\nper = \"case\"\nwhen = {{ {value} }}\nstart = \"selected\"\nwithin = \"none\""
        )
    };
    let small = policy(&[
        ("none", &keys("exploit = \"none\"", "announced")),
        ("available", &keys("exploit = \"available\"", "users-informed")),
        ("active", &keys("exploit = \"active\"", "advisory-published")),
        ("noticed", &keys("public-attention = \"yes\"", "cve-published")),
        ("unnoticed", &keys("public-attention = \"no\"", "cve-assigned")),
    ]);
    let judged = |what: &str| format!("06T09:00 judged = {{ {what} }}\n");
    let (public, attacks) = ("06T10:00 exploit-public = {}\n", "06T11:00 attacks-seen = {}\n");
    let rows = [
        (String::new(), "none available active noticed unnoticed", ""),
        (judged("exploit = \"none\""), "noticed unnoticed", "none"),
        (judged("exploit = \"none\"") + public, "", "available"),
        (public.to_owned(), "", "available"),
        (judged("exploit = \"available\"") + public + attacks, "", "active"),
        (judged("exploit = \"active\"") + public, "", "active"),
        (
            judged("exploit = \"active\"") + &judged("exploit = \"none\"").replace("06T", "07T"),
            "",
            "none",
        ),
        (
            judged("exploit = \"active\"") + &judged("public-attention = true"),
            "",
            "active noticed",
        ),
        (judged("public-attention = false"), "none", "unnoticed"),
        (
            judged("public-attention = false") + &judged("public-attention = true"),
            "",
            "noticed",
        ),
    ];
    for (further, dormant, running) in rows {
        let state = |rules: &str, state: &str| -> String {
            rules
                .split(' ')
                .filter(|rule| !rule.is_empty())
                .map(|rule| format!("{rule} case | {state}\n"))
                .collect()
        };
        let expect = state(dormant, "dormant") + &state(running, "running");
        check_each(&small, &onprem(""), BEGUN, &[(&further, "08T00:00:00", &expect)]);
    }
    let rows = [
        (
            "06T10:00 exploit-public = {}",
            "06T09:59:59",
            "available case | dormant",
        ),
        (
            "06T10:00 exploit-public = {}",
            "06T10:00:00",
            "available case | running | start 2026-01-06T10:00:00",
        ),
    ];
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// R5, D12: the next release is the first that can still carry the fix, by what was recorded before its day.
#[test]
fn the_next_release_is_known_by_what_was_recorded_in_time() {
    let small = policy(&[(
        "fix",
        &format!("{FIX}\nwithin = {{ earliest = [\"60 days\", \"next-release\"] }}"),
    )]);
    let head = |releases: &str| onprem(&format!("releases = [{releases}]\n"));
    let check = |releases: &str, further: &str, now: &str, expect: &str| {
        let expect = format!("fix Sensor | {expect}");
        check_each(&small, &head(releases), BEGUN, &[(further, now, &expect)]);
    };
    let (mid, late) = ("11T00:00:00", "21T12:00:00");
    let none = "running | due 2026-03-06 | proof.sum 2026-01-05 + 60 days";
    let planned = "{ version = \"2\", date = 2026-01-20, freeze = 2026-01-10 }";
    check("", "", mid, none);
    check(
        planned,
        "",
        mid,
        "running | due 2026-01-20T23:59:59 | proof.sum the next release after the start is 2; its day ends 2026-01-20 23:59:59 UTC",
    );
    check(
        "{ version = \"2\", date = 2026-01-20, freeze = 2026-01-05 }",
        "",
        mid,
        none,
    );
    check(
        "{ version = \"2\", date = 2026-01-20, freeze = 2026-01-06 }",
        "",
        mid,
        "running | due 2026-01-20",
    );
    check("{ version = \"2\", date = 2026-01-05 }", "", mid, none);
    check(
        "{ version = \"2\", date = 2026-01-06 }",
        "",
        late,
        "breached | due 2026-01-06",
    );
    check(
        &format!("{planned}, {{ version = \"1.9\", date = 2026-01-18 }}"),
        "",
        mid,
        "running | due 2026-01-18",
    );
    let moved = |when: &str, day: &str| {
        format!("{when} release-moved = {{ product = \"Sensor\", version = \"2\", date = 2026-{day} }}\n")
    };
    check(planned, &moved("12T09:00", "01-28"), mid, "running | due 2026-01-20");
    check(planned, &moved("12T09:00", "01-28"), late, "running | due 2026-01-28");
    check(
        planned,
        &moved("20T23:59:59", "01-28"),
        late,
        "running | due 2026-01-28",
    );
    check(planned, &moved("21T00:00", "01-28"), late, "breached | due 2026-01-20");
    check(
        planned,
        &(moved("12T09:00", "01-28") + &moved("13T09:00", "01-26")),
        late,
        "running | due 2026-01-26",
    );
    // A release that moves keeps its freeze, before which nothing was found yet.
    let frozen = "{ version = \"2\", date = 2026-01-20, freeze = 2026-01-02 }";
    check(frozen, &moved("04T09:00", "01-28"), late, none);
    let cancelled = "12T09:00 release-cancelled = { product = \"Sensor\", version = \"2\" }\n";
    check(planned, cancelled, late, none);
    check(
        "",
        "12T09:00 release-planned = { product = \"Sensor\", version = \"2\", date = 2026-01-28, freeze = 2026-01-20 }",
        late,
        "running | due 2026-01-28",
    );
    check(
        "",
        "12T09:00 release-planned = { product = \"Sensor\", version = \"2\", date = 2026-01-28, freeze = 2026-01-04 }",
        late,
        none,
    );
    // What shipped without the fix broke the promise on its day, or when that became known.
    let shipped =
        |keys: &str| format!("{keys}release-shipped = {{ product = \"Sensor\", version = \"2\", fixes = false }}\n");
    check(
        planned,
        &shipped("12T09:00 "),
        late,
        "breached | due 2026-01-12T23:59:59",
    );
    check(
        planned,
        &shipped("12T09:00 recorded = 2026-01-18T09:00:00Z; "),
        late,
        "breached | due 2026-01-18T09:00:00",
    );
    // Only what was recorded until the fix moves the date of what was done.
    let fixed = "16T09:00 fix-released = { product = \"Sensor\" }\n";
    check(
        planned,
        &(fixed.to_owned() + &moved("18T09:00", "01-28")),
        late,
        "met | due 2026-01-20",
    );
    check(
        planned,
        &(fixed.to_owned() + &moved("16T09:00", "01-28")),
        late,
        "met | due 2026-01-28",
    );
    check(
        planned,
        &(fixed.to_owned() + &moved("15T09:00", "01-28")),
        late,
        "met | due 2026-01-28",
    );
    // Of two ends at one instant the first that is written governs.
    let same = "{ version = \"2\", date = 2026-03-06 }";
    check(
        same,
        "",
        mid,
        "running | due 2026-03-06 | proof.sum 2026-01-05 + 60 days",
    );
}

/// A retraction takes back what it numbers, or the last that stands of what it names, and never anything later.
#[test]
fn a_retraction_takes_back_one_earlier_event() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let two = "10T09:00 fix-released = { product = \"Sensor\" }\n12T09:00 fix-released = { product = \"Sensor\" }\n";
    let retracted = |event: &str| format!("13T09:00 retracted = {{ event = {event}, why = \"wrong case\" }}\n");
    let named = retracted("\"fix-released\"");
    let rows = [
        (String::new(), "met | met_at 2026-01-10T09:00:00"),
        (retracted("3"), "met | met_at 2026-01-12T09:00:00"),
        (retracted("4"), "met | met_at 2026-01-10T09:00:00"),
        (named.clone(), "met | met_at 2026-01-10T09:00:00"),
        (named.clone() + &named, "due-soon | met_at null"),
        (retracted("3") + &named, "due-soon"),
        (retracted("3") + &retracted("5"), "met | met_at 2026-01-10T09:00:00"),
        (
            retracted("3") + &retracted("\"retracted\""),
            "met | met_at 2026-01-10T09:00:00",
        ),
        (
            retracted("3") + &retracted("5") + &retracted("6"),
            "met | met_at 2026-01-12T09:00:00",
        ),
        (retracted("9"), "met | met_at 2026-01-10T09:00:00"),
    ];
    for (further, expect) in rows {
        let expect = format!("fix Sensor | {expect}");
        let further = two.to_owned() + &further;
        check_each(&small, &onprem(""), BEGUN, &[(&further, "14T00:00:00", &expect)]);
    }
    let early = retracted("4") + "14T09:00 fix-released = { product = \"Sensor\" }";
    check_each(
        &small,
        &onprem(""),
        BEGUN,
        &[(&early, "15T00:00:00", "fix Sensor | met")],
    );
}

/// Work that was done before its clock could begin is done; what is told to others is not.
#[test]
fn work_that_was_done_before_its_clock_is_done() {
    let keys = |event: &str, per: &str| {
        format!("duty = \"must\"\ndo = \"{event}\"\nper = \"{per}\"\nstart = \"scored\"\nwithin = \"9 days\"")
    };
    let small = policy(&[
        ("fix", &keys("fix-released", "track")),
        ("help", &keys("workaround-provided", "track")),
        ("defect", &keys("defect-created", "track")),
        ("advisory", &keys("advisory-published", "case")),
    ]);
    let all = r#"
        06T09:00 fix-released = { product = "Sensor" }
        06T09:00 workaround-provided = { product = "Sensor" }
        06T09:00 defect-created = { product = "Sensor", priority = "high" }
        06T09:00 advisory-published = {}"#;
    let waived = "06T09:00 by = \"ada\"; approved-by = \"bo\"; waived = { rule = \"fix\", why = \"end of life\" }";
    let cleared = "07T09:00 not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }";
    let rows = [
        (
            "",
            "fix Sensor | dormant\nhelp Sensor | dormant\ndefect Sensor | dormant\nadvisory case | dormant",
        ),
        (
            all,
            "
            fix Sensor | met | met_at 2026-01-06T09:00:00
            help Sensor | met
            defect Sensor | met
            advisory case | dormant | met_at null",
        ),
        (waived, "fix Sensor | waived\nhelp Sensor | dormant"),
        (cleared, "fix Sensor | superseded | met_at null"),
        (&format!("{all}\n{cleared}"), "fix Sensor | superseded | met_at null"),
    ];
    let rows = rows.map(|(further, expect)| (further, "08T00:00:00", expect));
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// A case that went on in another one owes nothing of its own, and shows nothing that it only may have owed.
#[test]
fn a_merged_case_owes_nothing_of_its_own() {
    let small = policy(&[
        ("fix", &format!("{FIX}\nwithin = \"2 days\"")),
        (
            "help",
            &format!("{FIX}\nwithin = \"60 days\"").replace("fix-released", "workaround-provided"),
        ),
        (
            "told",
            "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = \"fix-released\"\nwithin = \"3 days\"",
        ),
    ]);
    let rows = [
        ("", "fix Sensor | breached\nhelp Sensor | running\ntold case | dormant"),
        (
            "09T09:00 merged-into = { case = \"NN-2026-A\" }",
            "
            fix Sensor | superseded | breached_at null
            help Sensor | superseded
            told case | absent",
        ),
    ];
    let rows = rows.map(|(further, expect)| (further, "10T00:00:00", expect));
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// What several splits say of its age: the oldest counts.
#[test]
fn a_case_is_as_old_as_the_oldest_that_it_came_from() {
    let split = |when: &str, since: &str| {
        format!("{when} split-from = {{ case = \"A\", brand = \"b\", number = \"A\", since = 2026-01-{since}:00Z }}\n")
    };
    let check = |events: &[&str], received: &str| {
        let story = Story::read(&onprem(&january(&events.concat()))).unwrap();
        let facts = CaseFacts::fold(
            &story.products,
            story.entries(),
            "2026-01-30T00:00:00Z".parse().unwrap(),
        );
        let received = format!("2026-01-{received}:00Z").parse().unwrap();
        assert_eq!(
            (facts.opened(), facts.received()),
            (Some(received), Some(received)),
            "{events:?}"
        );
    };
    let own = "10T09:00 received = {}\n";
    check(&[own], "10T09:00");
    check(&[own, &split("10T10:00", "05T09:00")], "05T09:00");
    check(&[own, &split("10T10:00", "12T09:00")], "10T09:00");
    check(
        &[own, &split("10T10:00", "05T09:00"), &split("10T11:00", "07T09:00")],
        "05T09:00",
    );
    check(
        &[own, &split("10T10:00", "07T09:00"), &split("10T11:00", "05T09:00")],
        "05T09:00",
    );
}
