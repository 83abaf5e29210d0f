//! The calculator's answers, and the page as a browser without scripts gets it.

use super::{Calculator, Shown};
use crate::portal;
use crate::tests::ask;
use documents::calculator::BandRange;
use std::path::Path;

const WORST: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const WORST_4: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

fn bands() -> Vec<BandRange> {
    let range = |from, to, word: &str| BandRange(from, to, word.to_owned());
    vec![
        range(10, 49, "Informational"),
        range(50, 69, "Medium"),
        range(70, 89, "High"),
        range(90, 100, "Critical"),
    ]
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn calculated(query: &[(&str, &str)]) -> Calculator {
    let shown = Shown::of(&pairs(query), Some(&bands()));
    shown.calculator.unwrap_or_else(|| panic!("{}", shown.error))
}

/// The figures as one line, and the band of the last.
fn check_figures(query: &[(&str, &str)], expect: &str, band: &str) {
    let outcome = calculated(query).outcome;
    let figures: Vec<String> = outcome
        .figures
        .iter()
        .map(|one| format!("{} {}", one.label, one.score))
        .collect();
    assert_eq!(figures.join(", "), expect, "{query:?}");
    assert_eq!(outcome.band.as_deref(), Some(band), "{query:?}");
}

fn check_refused(query: &[(&str, &str)], expect: &str) {
    let shown = Shown::of(&pairs(query), None);
    assert!(
        shown.calculator.is_none() && shown.error.contains(expect),
        "{query:?}: {}",
        shown.error
    );
}

#[test]
fn scores_stand_side_by_side_and_only_where_they_are_stated() {
    check_figures(
        &[("from", WORST)],
        "Base 9.8, Temporal –, Environmental –, Overall 9.8",
        "Critical",
    );
    check_figures(
        &[("from", WORST), ("at", "MAV:L/AR:L")],
        "Base 9.8, Temporal –, Environmental 8.1, Overall 8.1",
        "High",
    );
    check_figures(
        &[("from", &format!("{WORST}/E:U/RL:O")), ("at", "AR:L")],
        "Base 9.8, Temporal 8.5, Environmental 8.3, Overall 8.3",
        "High",
    );
    check_figures(
        &[("from", &format!("{WORST_4}/E:U")), ("at", "MAV:L")],
        "CVSS-B 9.3, CVSS-BT 8.1, CVSS-BE 8.6, CVSS-BTE 6.1",
        "Medium",
    );
}

#[test]
fn a_field_of_the_form_overrules_the_link() {
    let calculator = calculated(&[("from", WORST), ("at", "MAV:L"), ("MAV", "X"), ("CR", "H")]);
    assert_eq!(calculator.outcome.vector, format!("{WORST}/CR:H"));
    assert_eq!(calculator.link, format!("/calculator?from={WORST}&at=CR:H"));
}

#[test]
fn every_choice_says_what_it_does() {
    let why = calculated(&[("from", WORST), ("at", "MAV:P/CR:H/MAC:L")]).outcome.why;
    assert_eq!(
        why,
        [
            "Modified Attack Vector: Physical lowers it by 3.0.",
            "Confidentiality Requirement: High does not move it.",
            "Modified Attack Complexity: Low does not move it.",
        ]
    );
    let untouched = calculated(&[("from", WORST)]).outcome;
    assert_eq!(untouched.why, ["Nothing is chosen yet: this is what we published."]);
    assert_eq!(
        untouched.near,
        "The nearest change: with Modified Attack Vector: Adjacent it is 8.8, High."
    );
}

#[test]
fn the_nearest_change_is_one_that_changes_the_word() {
    for (from, at) in [(WORST, "MAV:P"), (WORST_4, "MAV:P"), (WORST, "MC:N/MI:N/MA:N")] {
        let near = calculated(&[("from", from), ("at", at)]).outcome.near;
        assert!(near.starts_with("The nearest change: with "), "{near}");
    }
}

#[test]
fn what_is_the_vendors_to_say_stays_as_it_is() {
    for (from, metric, value) in [
        (WORST, "AV", "P"),
        (WORST, "E", "U"),
        (WORST, "RL", "O"),
        (WORST_4, "E", "U"),
    ] {
        let refused = format!("{metric} cannot be chosen here");
        check_refused(&[("from", from), ("at", &format!("{metric}:{value}"))], &refused);
        let calculator = calculated(&[("from", from), (metric, value), ("x", "y")]);
        assert_eq!(calculator.outcome.vector, from);
    }
    let shown = |from: &str| -> Vec<String> {
        let locked = calculated(&[("from", from)]).locked;
        locked.into_iter().map(|one| one.code).collect()
    };
    let [of_time, of_threat] =
        [format!("{WORST}/E:P/RC:C"), format!("{WORST_4}/E:A/CR:H/S:P")].map(|from| shown(&from));
    assert_eq!(of_time[8..], ["E:P", "RC:C"]);
    assert_eq!(of_threat[11..], ["E:A"]);
}

#[test]
fn what_cannot_be_calculated_is_said() {
    check_refused(
        &[("from", "AV:N/AC:L/Au:N/C:P/I:P/A:P")],
        "CVSS 2.0; the calculator knows 3.1 and 4.0",
    );
    check_refused(&[("from", "CVSS:3.1/AV:N")], "");
    check_refused(&[("from", WORST), ("at", "MAV:Z")], "");
    check_refused(&[("from", WORST), ("at", "MAV")], "is no metric with a value");
    check_refused(
        &[("from", WORST), ("x", &"y".repeat(9_000))],
        "longer than any question",
    );
    let nothing = Shown::of(&[], None);
    assert!(nothing.error.is_empty() && nothing.calculator.is_none());
}

#[test]
fn supplemental_metrics_are_kept() {
    let from = format!("{WORST_4}/S:P/R:U");
    let calculator = calculated(&[("from", &from), ("at", "CR:L")]);
    assert_eq!(calculator.outcome.vector, format!("{WORST_4}/CR:L/S:P/R:U"));
}

/// A published tree with one brand, and a calculator in it or not.
fn tree(dir: &Path, dynamic: bool) -> axum::Router {
    let text = include_str!("../../../../policies/nozomi-networks.policy.md");
    let policy = psirt::policy::read("nozomi-networks.policy.md", text).0.unwrap();
    let brand = psirt::house::Brand {
        domain: "a.example".to_owned(),
        namespace: "https://a.example".to_owned(),
        ..crate::portal::tests::brand("Example <Networks>")
    };
    let publisher = publish::Publisher::new(dir);
    let site = publish::Site {
        still: false,
        brand: &brand,
        policy: Some(publish::PolicyFile { policy: &policy, text }),
        keys: &[],
        intake: &[],
        releases: &[],
        tombstones: &[],
        portal: publish::PortalParts {
            dynamic,
            ..Default::default()
        },
        changed: jiff::Timestamp::UNIX_EPOCH,
        security_txt: None,
    };
    publisher.update(&[site], jiff::Timestamp::UNIX_EPOCH).unwrap();
    portal(publisher.public(), vec!["a.example".to_owned()])
}

#[test]
fn the_portal_answers_the_form_without_scripts_and_keeps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let portal = tree(dir.path(), true);
    let answer = ask(&portal, &format!("/calculator?from={WORST}&MAV=L&CR=X"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        answer
            .header("content-security-policy")
            .contains("require-trusted-types-for 'script'")
    );
    for expected in [
        "Example &#60;Networks&#62;",
        "On the scale of our policy: <b data-band>High</b>",
        "Modified Attack Vector: Local lowers it by 1.4.",
        "value=\"L\" data-label=\"Local\" aria-describedby=\"MAV-L\" checked",
        "As published: Network",
        look::script_name(),
    ] {
        assert!(answer.body.contains(expected), "no {expected} in {}", answer.body);
    }
    for banned in [" style=", "javascript:", " onclick", "<script>"] {
        assert!(!answer.body.contains(banned), "{banned}");
    }
    let script = ask(&portal, &format!("/assets/{}", look::script_name()));
    assert_eq!(script.body, look::SCRIPT);
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
}

#[test]
fn words_from_the_address_are_text() {
    let dir = tempfile::tempdir().unwrap();
    let answer = ask(
        &tree(dir.path(), true),
        "/calculator?from=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    );
    assert_eq!(answer.status, 200);
    assert!(
        !answer.body.contains("<script>") && answer.body.contains("&#60;script&#62;"),
        "{}",
        answer.body
    );
}

#[test]
fn a_tree_of_plain_files_has_no_calculator() {
    let dir = tempfile::tempdir().unwrap();
    let answer = ask(&tree(dir.path(), false), &format!("/calculator?from={WORST}"));
    assert_eq!(answer.status, 404);
}
