//! Which version may follow which, and what two policies owe against each other.

use super::{Adopted, across, may_follow};
use crate::clock::tests::shipped_text;
use crate::policy::{Policy, read};

fn version(replacements: &[(&str, &str)]) -> (Policy, String) {
    let text = replacements
        .iter()
        .fold(shipped_text("nozomi-networks"), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
    (read("nozomi-networks.policy.md", &text).0.unwrap(), text)
}

/// Checks what stands against a version where the shipped one is adopted since 2024; nothing if `expect` is empty.
fn check_follow(replacements: &[(&str, &str)], expect: &str) {
    let (mut old, old_text) = version(&[]);
    old.adopted = Some("2024-01-01T00:00:00Z".parse().unwrap());
    let (new, text) = version(replacements);
    let adopted = [Adopted {
        policy: &old,
        text: &old_text,
    }];
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    match may_follow(&new, &text, &adopted, now) {
        Ok(()) => assert_eq!(expect, ""),
        Err(why) => assert!(!expect.is_empty() && why.contains(expect), "{why}"),
    }
}

const SECOND: (&str, &str) = ("version   = \"1\"", "version   = \"2\"");
const LATER: (&str, &str) = ("effective = 2023-09-22", "effective = 2026-06-01");

#[test]
fn a_version_goes_forward_and_keeps_its_text() {
    check_follow(&[SECOND, LATER], "");
    check_follow(&[SECOND], "");
    check_follow(&[], "is adopted already");
    check_follow(
        &[("Please practise", "We ask you to practise")],
        "adopted with another text",
    );
    check_follow(
        &[SECOND, ("effective = 2023-09-22", "effective = 2023-01-01")],
        "older than version 1",
    );
}

#[test]
fn an_edition_of_a_calendar_only_adds_days() {
    let longer = ("known_until = 2031-12-31", "known_until = 2032-12-31");
    let more = ("2031-12-25, 2031-12-26,", "2031-12-25, 2031-12-26, 2032-01-01,");
    check_follow(&[SECOND, LATER, longer, more], "");
    check_follow(
        &[SECOND, LATER, ("known_until = 2031-12-31", "known_until = 2030-12-31")],
        "only adds days",
    );
    check_follow(
        &[SECOND, LATER, ("2025-12-25, 2025-12-26,", "2025-12-25,")],
        "differs on 2025-12-26",
    );
    check_follow(
        &[
            SECOND,
            LATER,
            ("2025-12-25, 2025-12-26,", "2025-12-24, 2025-12-25, 2025-12-26,"),
        ],
        "differs on 2025-12-24",
    );
    check_follow(
        &[
            SECOND,
            LATER,
            longer,
            ("id   = \"zurich\"", "id   = \"geneva\""),
            ("\"zurich.zone\"", "\"geneva.zone\""),
            ("\"zurich.zone\"", "\"geneva.zone\""),
            ("calendar  = \"zurich\"", "calendar  = \"geneva\""),
        ],
        "",
    );
}

fn overlay(within: &str, when: &str, starts: &str) -> Policy {
    let text = format!(
        "+++\nid = \"swift\"\nversion = \"1\"\neffective = 2026-01-01\nkind = \"overlay\"\ntitle = \"Swift\"\nmarket = [\"eu\"]\ntimezone = \"UTC\"\n+++\n\n\
         §1 A fixed vulnerability is told.\n\n```promise\nid = \"told\"\nwhen = {{ {when} }}\nduty = \"must\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"{starts}\"\nwithin = \"{within}\"\n```\n"
    );
    let (policy, findings) = read("swift.policy.md", &text);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
}

/// Checks how many warnings an overlay gets beside the shipped policies.
fn check_across(overlay: &Policy, expect: usize) {
    let others = [version(&[]).0];
    let others: Vec<&Policy> = others.iter().collect();
    let findings = across(overlay, "swift.policy.md", &others);
    assert_eq!(findings.len(), expect, "{findings:?}");
    for finding in &findings {
        assert!(!finding.is_error() && finding.line == 13, "{finding:?}");
        assert!(
            finding.message.contains("§N13") && finding.message.contains("swift"),
            "{finding:?}"
        );
    }
}

#[test]
fn a_hold_longer_than_what_an_overlay_owes_is_warned_of() {
    check_across(&overlay("14 days", "", "fix-released"), 1);
    check_across(&overlay("14 days", "deployment = \"on-prem\"", "fix-released"), 1);
    // Services are held for no day, a hundred days are enough, and what lifts the hold is no conflict.
    check_across(&overlay("14 days", "deployment = \"saas\"", "fix-released"), 0);
    check_across(&overlay("100 days", "", "fix-released"), 0);
    check_across(&overlay("14 days", "", "made-public"), 0);
}

/// D15: one flaw in both brands. The second vendor tells within three working days what the first holds back.
#[test]
fn two_vendors_policies_are_compared_too() {
    let text = shipped_text("128-technology");
    let (second, _) = read("128-technology.policy.md", &text);
    let first = version(&[]).0;
    let findings = across(&second.unwrap(), "128-technology.policy.md", &[&first]);
    let said: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(
        said.iter().any(|one| one.contains("§T18") && one.contains("§N13")),
        "{said:?}"
    );
}

/// Facts with three values: what one asks and what the other asks must be possible together.
#[test]
fn only_promises_that_can_meet_are_compared() {
    let holding = |exploit: &str| {
        let text = format!(
            "+++\nid = \"slow\"\nversion = \"1\"\neffective = 2026-01-01\nkind = \"overlay\"\ntitle = \"Slow\"\nmarket = [\"eu\"]\ntimezone = \"UTC\"\n+++\n\n\
             §1 We wait.\n\n```promise\nid = \"waits\"\nwhen = {{ exploit = [{exploit}] }}\nduty = \"must\"\ndo = \"advisory-published\"\nper = \"case\"\nstart = \"confirmed\"\nnot_before = \"90 days\"\nwithin = \"scheduled-day\"\n```\n"
        );
        read("slow.policy.md", &text).0.unwrap()
    };
    for (holds, owes, expect) in [
        ("\"none\"", "\"none\"", 1),
        ("\"active\"", "\"active\"", 1),
        ("\"none\"", "\"active\"", 0),
        ("\"none\", \"available\"", "\"active\"", 0),
        ("\"none\", \"available\"", "\"available\", \"active\"", 1),
    ] {
        let owed = overlay("14 days", &format!("exploit = [{owes}]"), "fix-released");
        let holder = holding(holds);
        let findings = across(&owed, "swift.policy.md", &[&holder]);
        assert_eq!(findings.len(), expect, "{holds} {owes}: {findings:?}");
    }
}

#[test]
fn what_is_warned_of_names_both_promises() {
    let findings = across(
        &overlay("14 days", "", "fix-released"),
        "swift.policy.md",
        &[&version(&[]).0],
    );
    let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "swift.policy.md:13:1: warning[hold-across-policies]: §N13 of nozomi-networks holds `advisory-published` back for 90 days, and §1 of swift owes it within 14 days: in a case of both one of them is broken, unless two people decide otherwise"
        ]
    );
    // A version is not compared with another version of itself.
    let second = version(&[SECOND, LATER]).0;
    assert_eq!(across(&second, "nozomi-networks.policy.md", &[&version(&[]).0]), []);
}

/// A hold as long as the other's end is none too long.
#[test]
fn a_hold_may_last_until_the_end_of_what_another_owes() {
    for (hold, expect) in [("180 minutes", 0), ("181 minutes", 1)] {
        let holder = version(&[("not_before = \"90 days\"", &format!("not_before = \"{hold}\""))]).0;
        let findings = across(&overlay("3 hours", "", "fix-released"), "swift.policy.md", &[&holder]);
        assert_eq!(findings.len(), expect, "{hold}: {findings:?}");
    }
}

/// A policy is in force from the day on which it takes effect, or from its adoption if that is later.
#[test]
fn a_policy_adopted_late_is_in_force_late() {
    let (mut policy, _) = version(&[]);
    let from = |policy: &Policy| policy.in_force_from().map(|at| at.to_string());
    assert_eq!(from(&policy).as_deref(), Some("2023-09-21T22:00:00Z"));
    for (adopted, expect) in [
        ("2023-01-01T00:00:00Z", "2023-09-21T22:00:00Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
    ] {
        policy.adopted = Some(adopted.parse().unwrap());
        assert_eq!(from(&policy).as_deref(), Some(expect));
    }
}
