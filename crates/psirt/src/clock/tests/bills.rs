//! Bills of materials (D24): which version proves that a component's fix shipped, and since when.

use super::small::policy;
use super::{CaseFacts, check_each, lines_named};
use crate::clock::facts::LineIndex;
use crate::story::Story;

/// Sixty days from the supplier's fix on 7 January, proven by a bill.
const UPDATE: &str = "duty = \"must\"\ndo = \"fix-released\"\nper = \"component\"\nwithin = \"60 days\"\nwhen = { origin = \"third-party\" }\nstart = { latest = [\"upstream-fix-released\", \"component-shipped\"] }\nevidence = \"bill-of-materials\"";

const BEGUN: &str = r#"
    05T09:00 received = {}
    05T09:00 confirmed = { origin = "third-party", products = ["A", "B"] }
    07T09:00 upstream-fix-released = { component = "zlib", version = "1.3" }"#;

fn bill(when: &str, line: &str, version: &str, component: &str) -> String {
    format!(
        "{when} component-shipped = {{ product = \"{line}\", version = \"{version}\", component = \"zlib\", component-version = \"{component}\" }}\n"
    )
}

fn fixed(when: &str, line: &str, version: &str) -> String {
    format!("{when} fix-released = {{ product = \"{line}\", version = \"{version}\" }}\n")
}

fn shipped(when: &str, line: &str, version: &str) -> String {
    format!("{when} release-shipped = {{ product = \"{line}\", version = \"{version}\", fixes = false }}\n")
}

/// What line A owes for each history, on 20 January.
fn check_update(rows: &[(String, &str)]) {
    let small = policy(&[("update", UPDATE)]);
    for (further, expect) in rows {
        let expect = format!("update A | {expect}");
        check_each(
            &small,
            &lines_named(&["A", "B"]),
            BEGUN,
            &[(further, "20T00:00:00", &expect)],
        );
    }
}

#[test]
fn a_version_whose_bill_holds_the_fix_proves_it_since_it_shipped() {
    let old = bill("04T09:00", "A", "1", "1.2");
    let new = |when: &str| bill(when, "A", "2", "1.3");
    check_update(&[
        (old.clone(), "running | start 2026-01-07T09:00:00"),
        // The release for the case says since when; without one the version's own day, or else that of the bill.
        (
            old.clone() + &fixed("10T09:00", "A", "2") + &new("11T09:00"),
            "met | met_at 2026-01-10T09:00:00 | proof.end_event fix-released",
        ),
        (
            old.clone() + &shipped("10T09:00", "A", "2") + &new("11T09:00"),
            "met | met_at 2026-01-10T09:00:00 | proof.end_event release-shipped",
        ),
        (
            old.clone() + &new("11T09:00"),
            "met | met_at 2026-01-11T09:00:00 | proof.end_event component-shipped",
        ),
        // A later version of the component is as good, an earlier one is not.
        (
            old.clone() + &bill("11T09:00", "A", "2", "1.3.1"),
            "met | met_at 2026-01-11T09:00:00",
        ),
        (old.clone() + &bill("11T09:00", "A", "2", "1.2.9"), "running"),
        // The first version that proves it counts.
        (
            old.clone() + &new("11T09:00") + &bill("09T09:00", "A", "1.5", "1.3"),
            "met | met_at 2026-01-09T09:00:00",
        ),
        // Another line's bill proves nothing here.
        (old.clone() + &bill("11T09:00", "B", "2", "1.3"), "running"),
        (
            old.clone() + &shipped("09T09:00", "A", "1.7") + &shipped("10T09:00", "A", "2") + &new("11T09:00"),
            "met | met_at 2026-01-10T09:00:00",
        ),
    ]);
}

#[test]
fn a_release_without_a_bill_ends_it_unproven_and_one_with_the_old_component_does_not() {
    let old = bill("04T09:00", "A", "1", "1.2");
    let withdrawn = "12T09:00 fix-withdrawn = { product = \"A\", version = \"2\", why = \"it broke logins\" }\n";
    check_update(&[
        (
            old.clone() + &fixed("10T09:00", "A", "2"),
            "met-unverified | met_at 2026-01-10T09:00:00",
        ),
        (
            old.clone() + &fixed("12T09:00", "A", "3") + &fixed("10T09:00", "A", "2"),
            "met-unverified | met_at 2026-01-10T09:00:00",
        ),
        (
            old.clone() + &fixed("10T09:00", "A", "2") + &bill("11T09:00", "A", "2", "1.2"),
            "running",
        ),
        (
            old.clone() + &fixed("10T09:00", "A", "2") + &bill("11T09:00", "B", "2", "1.2"),
            "met-unverified",
        ),
        (old.clone() + &fixed("10T09:00", "B", "2"), "running"),
        (old.clone() + &fixed("10T09:00", "A", "2") + withdrawn, "running"),
        (
            old.clone() + "10T09:00 fix-deployed = { product = \"A\", tenants = \"all\" }\n",
            "met-unverified | met_at 2026-01-10T09:00:00",
        ),
        (old + &shipped("10T09:00", "A", "2"), "running"),
    ]);
}

/// Two fixes of a supplier; only the one that was withdrawn is gone.
#[test]
fn a_withdrawn_fix_of_a_supplier_leaves_the_others() {
    let old = bill("04T09:00", "A", "1", "1.2");
    let second = "08T09:00 upstream-fix-released = { component = \"zlib\", version = \"1.4\" }\n";
    let other = "08T09:00 upstream-fix-released = { component = \"expat\", version = \"1.3\" }\n";
    let withdrawn = |version: &str| {
        format!("09T09:00 upstream-fix-withdrawn = {{ component = \"zlib\", version = \"{version}\" }}\n")
    };
    check_update(&[
        (old.clone() + second, "running | start 2026-01-07T09:00:00"),
        (
            old.clone() + second + &withdrawn("1.4"),
            "running | start 2026-01-07T09:00:00",
        ),
        (
            old.clone() + second + &withdrawn("1.3"),
            "running | start 2026-01-08T09:00:00",
        ),
        (
            old.clone() + &withdrawn("1.3"),
            "dormant | proof.waits_for upstream-fix-released",
        ),
        (old.clone() + second + &withdrawn("1.3") + &withdrawn("1.4"), "dormant"),
        (
            old.clone() + second + &withdrawn("1.3") + &bill("11T09:00", "A", "2", "1.3"),
            "running",
        ),
        (old.clone() + other + &withdrawn("1.3"), "dormant"),
        (
            old.clone()
                + &bill("11T09:00", "A", "2", "1.3")
                + &withdrawn("1.3").replace("09T", "20T").replace("09:00 ", "00:00 "),
            "dormant | met_at null",
        ),
    ]);
    let small = policy(&[("update", UPDATE)]);
    let rows = [
        (old.as_str(), "09T08:59:59", "update zlib | running"),
        (&old, "09T09:00:00", "update zlib | dormant"),
    ];
    let begun = BEGUN.to_owned() + "\n" + &withdrawn("1.3");
    check_each(&small, &lines_named(&["A", "B"]), &begun, &rows);
}

/// Whether its supplier has a fix is a fact of each component; of the case it is one once all of them have.
#[test]
fn each_component_waits_for_its_own_supplier() {
    let keys = |per: &str, event: &str| {
        format!(
            "duty = \"aims\"\ndo = \"{event}\"\nper = \"{per}\"\nwhen = {{ upstream-fix = \"released\" }}\nstart = \"selected\"\nwithin = \"none\""
        )
    };
    let small = policy(&[
        ("one", &keys("component", "fix-released")),
        ("all", &keys("case", "announced")),
    ]);
    let other = "08T09:00 upstream-disclosed = { component = \"expat\" }\n";
    let fixed = format!("{other}09T09:00 upstream-fix-released = {{ component = \"expat\", version = \"1.3\" }}");
    let rows = [
        (
            "",
            "10T00:00:00",
            "one zlib | running | start 2026-01-07T09:00:00\nall case | running",
        ),
        (
            other,
            "10T00:00:00",
            "one zlib | running\none expat | absent\nall case | absent",
        ),
        (
            &fixed,
            "10T00:00:00",
            "one zlib | running\none expat | running | start 2026-01-09T09:00:00\nall case | running",
        ),
    ];
    check_each(&small, &lines_named(&["A", "B"]), BEGUN, &rows);
}

/// A supplier who withdraws a fix twice withdrew it the first time.
#[test]
fn a_fix_of_a_supplier_is_gone_since_it_was_withdrawn_first() {
    let small = policy(&[(
        "told",
        "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nwhen = { upstream-fix = \"released\" }\nstart = \"selected\"\nwithin = \"9 days\"",
    )]);
    let withdrawn =
        |when: &str| format!("{when} upstream-fix-withdrawn = {{ component = \"zlib\", version = \"1.3\" }}\n");
    let announced = "10T09:00 announced = {}\n";
    let late = announced.to_owned() + &withdrawn("12T09:00");
    let both = withdrawn("09T09:00") + &late;
    let rows = [
        (announced, "13T00:00:00", "told case | met | start 2026-01-07T09:00:00"),
        (&late, "13T00:00:00", "told case | met"),
        (&both, "13T00:00:00", "told case | superseded | met_at null"),
    ];
    check_each(&small, &lines_named(&["A", "B"]), BEGUN, &rows);
}

/// The clock begins with the later of the supplier's fix and the first version of this very line that holds the component.
#[test]
fn a_component_starts_its_clock_with_the_first_version_that_holds_it() {
    check_update(&[
        (bill("08T09:00", "A", "1", "1.2"), "running | start 2026-01-08T09:00:00"),
        (
            bill("08T09:00", "B", "1", "1.2") + &bill("09T09:00", "A", "1", "1.2"),
            "running | start 2026-01-09T09:00:00",
        ),
        (
            bill("08T09:00", "A", "1", "1.2") + &bill("09T09:00", "A", "1.1", "1.2"),
            "running | start 2026-01-08T09:00:00",
        ),
        (bill("08T09:00", "B", "1", "1.2"), "dormant | subject component"),
    ]);
}

/// Before anybody names the component it is owed as one, in each line.
#[test]
fn a_component_that_nobody_named_yet_is_owed_by_that_word() {
    let small = policy(&[("update", UPDATE)]);
    let begun = r#"
        05T09:00 received = {}
        05T09:00 confirmed = { origin = "third-party", products = ["A", "B"] }"#;
    let expect = |row: &str| format!("update {row}");
    let unnamed = [
        expect("component | dormant | track A | proof.text fix-released for a component of A is dormant"),
        expect("component | dormant | track B | proof.text fix-released for a component of B is dormant"),
    ]
    .join("\n");
    let named = [
        expect("component | absent"),
        expect("zlib | dormant | track A | proof.text fix-released for zlib in A is dormant"),
        expect("zlib | dormant | track B"),
    ]
    .join("\n");
    let held = format!(
        "{}\nupdate component | dormant | track B",
        expect("zlib | dormant | track A")
    );
    let rows = [
        ("", "06T00:00:00", unnamed.as_str()),
        (
            "05T10:00 upstream-disclosed = { component = \"zlib\" }",
            "06T00:00:00",
            &named,
        ),
        (&bill("05T10:00", "A", "1", "1.2"), "06T00:00:00", &held),
    ];
    check_each(&small, &lines_named(&["A", "B"]), begun, &rows);
}

/// When the bills of a line show the last of its components fixed.
#[test]
fn a_line_is_fixed_by_its_bills_once_the_last_component_is() {
    let expat = |line: &str| line.replace("zlib", "expat");
    let check = |further: &[&str], now: &str, expect: [Option<&str>; 2]| {
        let events = super::january(BEGUN) + &super::january(&further.concat());
        let story = Story::read(&(lines_named(&["A", "B"]) + &events)).unwrap();
        let now = format!("2026-01-{now}:00Z").parse().unwrap();
        let facts = CaseFacts::fold(&story.products, story.entries(), now);
        let since =
            [0, 1].map(|line: LineIndex| crate::clock::ending::fixed_by_bill(&facts, line, now).map(|(at, _)| at));
        let expect = expect.map(|at| at.map(|at| format!("2026-01-{at}:00Z").parse().unwrap()));
        assert_eq!(since, expect, "{further:?}");
    };
    let (old, new) = (bill("04T09:00", "A", "1", "1.2"), bill("11T09:00", "A", "2", "1.3"));
    let other_old = expat(&bill("04T09:00", "A", "1", "1.2"));
    let other_fix = "08T09:00 upstream-fix-released = { component = \"expat\", version = \"1.3\" }\n";
    let other_new = expat(&bill("13T09:00", "A", "3", "1.3"));
    let first = shipped("10T09:00", "A", "2");
    let now = "20T00:00";
    check(&[&old], now, [None, None]);
    check(&[&old, &new], now, [Some("11T09:00"), None]);
    check(&[&old, &new, &first], now, [Some("10T09:00"), None]);
    check(&[&old, &new], "11T09:00", [Some("11T09:00"), None]);
    check(
        &[&old, &new, &bill("09T09:00", "B", "1", "1.3")],
        now,
        [Some("11T09:00"), Some("09T09:00")],
    );
    check(&[&old, &new, &other_old], now, [None, None]);
    check(
        &[&old, &new, &other_old, other_fix, &other_new],
        now,
        [Some("13T09:00"), None],
    );
    check(
        &[&old, &new, &expat(&bill("04T09:00", "B", "1", "1.2"))],
        now,
        [Some("11T09:00"), None],
    );
    check(
        &[&old, &new, &bill("12T09:00", "A", "3", "1.3")],
        now,
        [Some("11T09:00"), None],
    );
}
