//! Decisions of people: waivers, overrides, verdicts that deny, duplicates, appeals and closing.

use super::small::{FIX, policy};
use super::{CaseFacts, check_each, lines_named, onprem};
use crate::clock::facts::VerdictChange;
use crate::event::Exit;
use crate::story::Story;

const BEGUN: &str = r#"
    05T08:00 received = {}
    05T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;

const ONE: &str = "by = \"ada\"; ";
const TWO: &str = "by = \"ada\"; approved-by = \"bo\"; ";

fn fixed(when: &str) -> String {
    format!("{when} fix-released = {{ product = \"Sensor\" }}\n")
}

/// One promise of ten days, `must` and `aims`, for each row: what happened, and how they stand on the 20th.
fn check_ten_days(rows: &[(String, &str, &str)]) {
    let keys = format!("{FIX}\nwithin = \"10 days\"");
    let aimed = keys.replace("\"must\"", "\"aims\"");
    for (further, must, aims) in rows {
        let expect = [("must", must), ("aims", aims)].map(|(rule, expect)| format!("{rule} Sensor | {expect}\n"));
        let small = policy(&[("must", &keys), ("aims", &aimed)]);
        let both = further.replace("RULE", "must") + &further.replace("RULE", "aims");
        let further = if further.contains("RULE") { &both } else { further };
        check_each(
            &small,
            &onprem(""),
            BEGUN,
            &[(further, "20T00:00:00", &expect.concat())],
        );
    }
}

#[test]
fn a_waiver_saves_what_was_neither_done_nor_late_before_it() {
    let waived =
        |when: &str, people: &str| format!("{when} {people}waived = {{ rule = \"RULE\", why = \"end of life\" }}\n");
    check_ten_days(&[
        (waived("10T09:00", TWO), "waived | met_at null", "waived"),
        (waived("10T09:00", ONE), "breached", "waived"),
        (
            waived("10T09:00", TWO) + &fixed("12T09:00"),
            "waived | met_at null",
            "waived",
        ),
        (waived("10T09:00", TWO) + &fixed("10T09:00"), "met", "met"),
        (waived("12T09:00", TWO) + &fixed("10T09:00"), "met", "met"),
        (waived("10T09:00", TWO) + &fixed("18T09:00"), "waived", "waived"),
        (waived("15T23:59:58", TWO), "waived | breached_at null", "waived"),
        (waived("15T23:59:59", TWO), "breached", "overdue"),
        (waived("18T09:00", TWO), "breached", "overdue"),
        (waived("17T09:00", TWO) + &fixed("18T09:00"), "met-late", "met-late"),
    ]);
}

#[test]
fn an_override_moves_a_date_and_one_person_moves_that_of_a_must_only_forward() {
    let due = |when: &str, people: &str, due: &str| {
        format!("{when} {people}overridden = {{ rule = \"RULE\", due = {due}, why = \"a harder flaw\" }}\n")
    };
    let computed = "breached | due 2026-01-15 | original_due null | overridden_by null";
    let revoked = |when: &str| format!("{when} {TWO}override-revoked = {{ rule = \"RULE\" }}\n");
    check_ten_days(&[
        (
            due("06T09:00", ONE, "2026-01-31"),
            computed,
            "running | due 2026-01-31 | original_due 2026-01-15 | overridden_by ada",
        ),
        (
            due("06T09:00", ONE, "2026-01-15"),
            "breached | due 2026-01-15 | original_due 2026-01-15 | overridden_by ada",
            "overdue | overridden_by ada",
        ),
        (
            due("06T09:00", ONE, "2026-01-12"),
            "breached | due 2026-01-12 | original_due 2026-01-15 | breached_at 2026-01-12T23:59:59",
            "overdue | due 2026-01-12",
        ),
        (
            due("06T09:00", TWO, "2026-01-31T12:00:00Z"),
            "running | due 2026-01-31T12:00:00 | overridden_by ada",
            "running | due 2026-01-31T12:00:00",
        ),
        (
            due("06T09:00", TWO, "2026-01-31") + &due("07T09:00", TWO, "2026-01-30"),
            "running | due 2026-01-30",
            "running | due 2026-01-30",
        ),
        (
            due("06T09:00", TWO, "2026-01-31") + &revoked("07T09:00"),
            computed,
            "overdue | due 2026-01-15",
        ),
        // Decided after the date: what was done until then is saved, and nothing else.
        (
            due("17T09:00", TWO, "2026-01-31") + &fixed("15T23:59:59"),
            "met | breached_at null",
            "met",
        ),
        (
            due("17T09:00", TWO, "2026-01-31") + &fixed("16T00:00"),
            "met-late | breached_at 2026-01-15T23:59:59",
            "met-late",
        ),
        (
            due("17T09:00", TWO, "2026-01-31"),
            "breached | due 2026-01-31 | breached_at 2026-01-15T23:59:59",
            "overdue",
        ),
    ]);
}

/// A decision names the promise or its clause, with or without the sign, and a line or all of them.
#[test]
fn a_decision_holds_for_what_it_names() {
    let keys = format!("{FIX}\nwithin = \"10 days\"");
    let other = keys.replace("fix-released", "workaround-provided");
    let small = policy(&[("fix", &keys), ("help", &other)]);
    let begun = BEGUN.replace("\"Sensor\"", "\"A\", \"B\"");
    let waived = |names: &str| format!("10T09:00 {TWO}waived = {{ {names}, why = \"end of life\" }}");
    let rows = [
        ("rule = \"fix\"", ["waived", "waived", "running"]),
        ("rule = \"1\"", ["waived", "waived", "running"]),
        ("rule = \"§1\"", ["waived", "waived", "running"]),
        ("rule = \"§2\"", ["running", "running", "waived"]),
        ("rule = \"fix\", product = \"A\"", ["waived", "running", "running"]),
        ("rule = \"fix\", product = \"B\"", ["running", "waived", "running"]),
    ];
    for (names, [a, b, help]) in rows {
        let expect = format!("fix A | {a}\nfix B | {b}\nhelp A | {help}");
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            &begun,
            &[(&waived(names), "11T00:00:00", &expect)],
        );
    }
}

/// A decision for an earlier day ends the hold with it (R7); one for the very day of the hold leaves it.
#[test]
fn a_hold_steps_back_before_a_decision_for_an_earlier_instant() {
    let small = policy(&[(
        "hold",
        "duty = \"aims\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"confirmed\"\nnot_before = \"5 days\"\nwithin = \"9 days\"",
    )]);
    let due =
        |due: &str| format!("07T09:00 {TWO}overridden = {{ rule = \"hold\", due = 2026-01-{due}Z, why = \"asked\" }}");
    let rows = [
        ("10T09:00:00", "not_before 2026-01-10T09:00:00 | scheduled null"),
        (
            "10T08:59:59",
            "not_before 2026-01-07T09:00:00 | scheduled 2026-01-10T08:59:59",
        ),
    ];
    for (when, expect) in rows {
        let expect = format!("hold case | running | due 2026-01-{when} | {expect}");
        check_each(&small, &onprem(""), BEGUN, &[(&due(when), "08T00:00:00", &expect)]);
    }
}

/// R1, D11: nobody decided within 72 hours, so the line counted as affected and its two days ended on the 10th. A verdict on the 12th that
/// says that nothing was owed takes that back; whatever else ends it leaves it late.
#[test]
fn what_was_only_presumed_is_denied_by_a_verdict_alone() {
    let keys = "duty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nwhen = { origin = \"own\", supported = \"yes\" }\nstart = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin = \"2 days\"";
    let small = policy(&[("fix", keys)]);
    let begun = "05T09:00 received = {}";
    let confirmed = |origin: &str| format!("12T09:00 confirmed = {{ origin = \"{origin}\", products = [\"Sensor\"] }}");
    let (own, theirs) = (confirmed("own"), confirmed("third-party"));
    let cleared = format!(
        "{own}\n13T09:00 not-affected = {{ product = \"Sensor\", justification = \"vulnerable_code_not_present\" }}"
    );
    let elsewhere = [
        "12T09:00 affected = { product = \"Sensor\" }",
        "13T09:00 not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }",
        &own.replace("12T", "14T").replace("Sensor", "Console"),
    ]
    .join("\n");
    let late = "fix Sensor | breached | breached_at 2026-01-10T23:59:59";
    let rows = [
        ("", "08T08:59:59", "fix Sensor | dormant"),
        (
            "",
            "08T09:00:00",
            "fix Sensor | running | start 2026-01-08T09:00:00 | due 2026-01-10T23:59:59",
        ),
        ("", "20T00:00:00", late),
        (&own, "20T00:00:00", late),
        (&theirs, "20T00:00:00", "fix Sensor | superseded | breached_at null"),
        (
            "12T09:00 rejected = { exit = \"cannot-reproduce\" }",
            "20T00:00:00",
            "fix Sensor | absent",
        ),
        (&elsewhere, "20T00:00:00", "fix Sensor | superseded | breached_at null"),
        ("12T09:00 support-ended = { product = \"Sensor\" }", "20T00:00:00", late),
        (&cleared, "20T00:00:00", late),
        (
            "12T09:00 affected = { product = \"Sensor\" }\n12T10:00 support-ended = { product = \"Sensor\" }",
            "20T00:00:00",
            late,
        ),
    ];
    check_each(&small, &lines_named(&["Sensor", "Console"]), begun, &rows);
}

/// An appeal at once put the verdict back, so the lines count as affected after 72 hours again; what was late then stays late when support ends.
#[test]
fn a_verdict_that_an_appeal_put_back_denies_nothing() {
    let keys = "duty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nwhen = { supported = \"yes\" }\nstart = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin = \"2 days\"";
    let small = policy(&[("fix", keys)]);
    let theirs = "06T09:00 confirmed = { origin = \"third-party\", products = [\"Sensor\"] }\n";
    let cleared = theirs.replace("third-party", "own")
        + "06T09:00 not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }\n";
    let late = "fix Sensor | breached | breached_at 2026-01-08T23:59:59";
    for verdict in [theirs, &cleared] {
        let further = format!("{verdict}06T09:00 appealed = {{}}\n20T09:00 support-ended = {{ product = \"Sensor\" }}");
        let rows = [(further.as_str(), "10T00:00:00", late), (&further, "21T00:00:00", late)];
        check_each(&small, &onprem(""), "05T09:00 received = {}", &rows);
    }
}

/// D23: what may come to hold is shown with its dates, and no longer once the case is turned down, a duplicate or closed.
#[test]
fn what_nobody_knows_yet_is_shown_while_the_case_lives() {
    let small = policy(&[
        (
            "high",
            &format!("{FIX}\nwhen = {{ band = \"high\" }}\nwithin = \"10 days\""),
        ),
        (
            "low",
            &format!("{FIX}\nwhen = {{ band = \"low\" }}\nwithin = \"60 days\""),
        ),
    ]);
    let gone = "high Sensor | absent\nlow Sensor | absent";
    let rows = [
        ("", "high Sensor | dormant | due 2026-01-15\nlow Sensor | absent"),
        ("06T09:00 closed = {}", gone),
        ("06T09:00 rejected = { exit = \"cannot-reproduce\" }", gone),
        ("06T09:00 duplicate-of = { case = \"NN-2026-B\" }", gone),
        (
            "06T09:00 closed = {}\n07T09:00 reopened = { why = \"a second line\" }",
            "high Sensor | dormant",
        ),
    ];
    let rows = rows.map(|(further, expect)| (further, "08T00:00:00", expect));
    check_each(&small, &onprem(""), BEGUN, &rows);
}

/// What a closed case still aimed at, or what runs, is not owed; what was kept or late stays so.
#[test]
fn closing_ends_what_runs_and_leaves_what_was_kept_or_late() {
    let closed = |when: &str| format!("{when} closed = {{}}\n");
    check_ten_days(&[
        (closed("06T09:00"), "superseded", "superseded"),
        (closed("17T09:00"), "breached", "overdue"),
        (fixed("10T09:00") + &closed("12T09:00"), "met", "met"),
        (
            closed("06T09:00") + "07T09:00 reopened = { why = \"a second line\" }",
            "breached",
            "overdue",
        ),
        (
            closed("06T09:00") + "06T09:00 reopened = { why = \"a second line\" }",
            "breached",
            "overdue",
        ),
    ]);
}

/// A duplicate owes nothing more; neither does a report that was turned down, until it is taken up again.
#[test]
fn a_duplicate_and_a_rejected_case_owe_no_fix() {
    let small = policy(&[(
        "fix",
        &format!("{FIX}\nwhen = {{ verdict = \"vulnerable\" }}\nwithin = \"10 days\""),
    )]);
    let rows = [
        ("", "running"),
        ("06T09:00 duplicate-of = { case = \"NN-2026-B\" }", "superseded"),
        ("06T09:00 rejected = { exit = \"not-affected\" }", "superseded"),
        ("06T09:00 rejected = { exit = \"cannot-reproduce\" }", "superseded"),
        (
            "06T09:00 rejected = { exit = \"cannot-reproduce\" }\n07T09:00 reopened = { why = \"it was reproduced\" }",
            "running",
        ),
        (
            "06T09:00 rejected = { exit = \"cannot-reproduce\" }\n07T09:00 appealed = {}",
            "superseded",
        ),
        (
            "06T09:00 appealed = {}\n07T09:00 confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            "running | start 2026-01-07T09:00:00",
        ),
        (
            "06T09:00 appealed = {}\n06T09:00 confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            "running | start 2026-01-06T09:00:00",
        ),
    ];
    for (further, expect) in rows {
        let expect = format!("fix Sensor | {expect}");
        check_each(&small, &onprem(""), BEGUN, &[(further, "08T00:00:00", expect.as_str())]);
    }
}

/// D21: after an appeal the report is looked at anew and its findings are new ones; its number was given once.
#[test]
fn an_appeal_asks_for_a_new_look_and_for_no_new_number() {
    let owed = |event: &str, per: &str, start: &str| {
        format!("duty = \"must\"\ndo = \"{event}\"\nper = \"{per}\"\nstart = {start}\nwithin = \"3 days\"")
    };
    let told = owed(
        "reported-back",
        "reporter",
        "{ earliest = [\"confirmed\", \"rejected\"] }",
    );
    let small = policy(&[
        ("number", &owed("acknowledged", "report", "\"received\"")),
        ("look", &owed("reviewed", "report", "\"received\"")),
        ("told", &told),
    ]);
    let begun = r#"
        05T09:00 received = { by = "external" }
        05T10:00 acknowledged = {}
        06T09:00 reviewed = {}
        07T09:00 rejected = { exit = "cannot-reproduce" }
        07T10:00 reported-back = {}"#;
    let rows = [
        (
            "",
            "
            number external | met | start 2026-01-05T09:00:00
            look external | met | start 2026-01-05T09:00:00
            told external | met | start 2026-01-07T09:00:00",
        ),
        (
            "08T09:00 appealed = {}",
            "
            number external | met | start 2026-01-05T09:00:00 | met_at 2026-01-05T10:00:00
            look external | running | start 2026-01-08T09:00:00 | met_at null
            told external | dormant",
        ),
        (
            "08T09:00 appealed = {}\n08T09:00 reviewed = {}\n08T10:00 rejected = { exit = \"cannot-reproduce\" }",
            "
            look external | met | start 2026-01-08T09:00:00 | met_at 2026-01-08T09:00:00
            told external | running | start 2026-01-08T10:00:00 | met_at null",
        ),
    ];
    let rows = rows.map(|(further, expect)| (further, "09T00:00:00", expect));
    check_each(&small, &onprem(""), begun, &rows);
}

/// When a case is confirmed, and what the last word on it is.
#[test]
fn a_confirmation_stands_until_an_appeal_and_a_rejection_until_it_is_taken_back() {
    let confirmed = r#"05T09:00 confirmed = { origin = "own", products = ["Sensor"] }"#;
    let rejected = "06T09:00 rejected = { exit = \"cannot-reproduce\" }";
    let check = |further: &[&str], since: Option<&str>, turned_down: Option<Exit>| {
        let story = Story::read(&onprem(&super::january(&further.join("\n")))).unwrap();
        let now = "2026-01-20T00:00:00Z".parse().unwrap();
        let facts = CaseFacts::fold(&story.products, story.entries(), now);
        let since = since.map(|since| format!("2026-01-{since}:00Z").parse().unwrap());
        assert_eq!(facts.confirmed(now), since, "{further:?}");
        assert_eq!(facts.rejected().map(|(_, exit)| exit), turned_down, "{further:?}");
        let appeals = facts
            .verdicts
            .iter()
            .filter(|verdict| verdict.change == VerdictChange::Appealed);
        assert_eq!(
            facts.appealed_in(0),
            appeals.map(|verdict| verdict.at).max(),
            "{further:?}"
        );
    };
    check(&[], None, None);
    check(&[confirmed], Some("05T09:00"), None);
    check(&[confirmed, rejected], Some("05T09:00"), Some(Exit::CannotReproduce));
    check(&[confirmed, "07T09:00 appealed = {}"], None, None);
    check(&[rejected, "07T09:00 appealed = {}"], None, None);
    check(&[rejected, "07T09:00 reopened = { why = \"new\" }"], None, None);
    check(
        &[confirmed, "07T09:00 duplicate-of = { case = \"B\" }"],
        Some("05T09:00"),
        Some(Exit::Duplicate),
    );
    check(
        &[rejected, "07T09:00 scope-decided = { out = true }"],
        None,
        Some(Exit::CannotReproduce),
    );
    let again = |when: &str| confirmed.replace("05T09:00", when);
    check(
        &[confirmed, "07T09:00 appealed = {}", &again("07T09:00")],
        Some("07T09:00"),
        None,
    );
    check(
        &[confirmed, "07T09:00 appealed = {}", &again("08T09:00")],
        Some("08T09:00"),
        None,
    );
    check(&[confirmed, &again("06T09:00")], Some("06T09:00"), None);
}
