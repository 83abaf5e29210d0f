//! What ends the wait of §N13 before its day, and what only speaks for it (D14).

use super::publication::{published, ready};
use super::*;
use crate::case::early::early_ends;
use crate::case::merge::standing;

/// The ninety days end on Saturday 20 February 2027; this is long before.
const NOW: &str = "2026-12-01T12:00:00+01:00";
const PUBLIC: &str = "made-public = { evidence = \"a talk\" }";
const EXPLOIT: &str = "exploit-public = { evidence = \"a repository\" }";
const ATTACKS: &str = "attacks-seen = { evidence = \"a customer\" }";

/// Compares what proposes to publish before its day with `event | clause | over or proposes | due`, one for each hold.
fn check_early(policy: &Policy, story: &str, now: &str, expect: &[&str]) {
    let read = Story::read(story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let now: Timestamp = now.parse().unwrap();
    let entries: Vec<Entry> = read.entries().cloned().collect();
    let stand = standing(&entries);
    let facts = CaseFacts::fold(&read.products, &stand, now);
    let policies = std::slice::from_ref(policy);
    let calendars = Calendars::default();
    let obligations = obligations(policies, &facts, &calendars, now);
    let found: Vec<String> = early_ends(&facts, &entries, &obligations, now)
        .iter()
        .map(|end| {
            let over = if end.over { "over" } else { "proposes" };
            let due = end.due.as_ref().map(|(due, clause)| format!(" | {due} §{clause}"));
            format!("{} | §{} | {over}{}", end.kind, end.clause, due.unwrap_or_default())
        })
        .collect();
    assert_eq!(found, expect, "{story}");
}

#[test]
fn public_details_and_a_public_exploit_end_the_wait() {
    let told = |event: &str| ready() + &at("2026-12-01T08:00:00+01:00", event);
    check_early(nozomi(), &ready(), NOW, &[]);
    check_early(
        nozomi(),
        &told(PUBLIC),
        NOW,
        &["made-public | §N13 | over | 2026-12-02T07:00:00Z §N13"],
    );
    check_early(
        nozomi(),
        &told(EXPLOIT),
        NOW,
        &["exploit-public | §N13 | over | 2026-12-02T07:00:00Z §N13"],
    );
    // The first of both counts.
    let both = told(PUBLIC) + &at("2026-12-01T10:00:00+01:00", EXPLOIT);
    check_early(
        nozomi(),
        &both,
        NOW,
        &["made-public | §N13 | over | 2026-12-02T07:00:00Z §N13"],
    );
    // Before it happened nobody proposes anything.
    check_early(nozomi(), &told(PUBLIC), "2026-11-30T12:00:00+01:00", &[]);
}

#[test]
fn attacks_only_speak_for_it() {
    let attacked = ready() + &at("2026-12-01T08:00:00+01:00", ATTACKS);
    check_early(nozomi(), &attacked, NOW, &["attacks-seen | §N13 | proposes"]);
    let public = attacked.clone() + &at("2026-12-01T10:00:00+01:00", PUBLIC);
    check_early(
        nozomi(),
        &public,
        NOW,
        &["made-public | §N13 | over | 2026-12-02T09:00:00Z §N13"],
    );
    // Once the ninety days are over there is nothing to end.
    check_early(nozomi(), &attacked, "2027-02-21T12:00:00+01:00", &[]);
    // Two people let the hold go, and so it binds nobody.
    let waived =
        "by = \"lea\"\napproved-by = \"leo\"\nwaived = { rule = \"advisory-hold\", why = \"It is attacked.\" }";
    check_early(
        nozomi(),
        &(attacked + &at("2026-12-01T09:00:00+01:00", waived)),
        NOW,
        &[],
    );
}

#[test]
fn what_was_a_mistake_or_is_published_proposes_nothing() {
    let public = ready() + &at("2026-12-01T08:00:00+01:00", PUBLIC);
    let mistaken = public.clone()
        + &at(
            "2026-12-01T09:00:00+01:00",
            "retracted = { event = \"made-public\", why = \"It was another flaw.\" }",
        );
    check_early(nozomi(), &mistaken, NOW, &[]);
    check_early(nozomi(), &(public + &published()), "2027-02-23T12:00:00+01:00", &[]);
    // A policy without a hold has none to end.
    check_early(
        technology(),
        &(ready() + &at("2026-12-01T08:00:00+01:00", PUBLIC)),
        NOW,
        &[],
    );
}
