//! Acts that are refused, each with the clause that forbids it, as stories with `expect`.

use super::*;

/// Runs a story's events in order: what expects a refusal is refused by that clause, and everything else passes. An empty clause
/// stands for the record itself.
pub(super) fn check_refused(policies: &[&Policy], story: &str) {
    let policies: Vec<Policy> = policies.iter().map(|policy| (*policy).clone()).collect();
    let story = Story::read(story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    assert!(
        story.events.iter().any(|event| event.refused_by.is_some()),
        "nothing is refused here"
    );
    let mut before: Vec<Entry> = Vec::new();
    for event in &story.events {
        let refusal = judge(&policies, &story, &before, &event.entry, &Prepared::default()).err();
        let clause = refusal.as_ref().map(|refusal| refusal.clause.as_str());
        assert_eq!(
            clause,
            event.refused_by.as_deref(),
            "line {}: {:?}: {refusal:?}",
            event.line,
            event.entry.event
        );
        if refusal.is_none() {
            before.push(event.entry.clone());
        }
    }
}

/// An event that a clause refuses.
pub(super) fn no(clause: &str, when: &str, event: &str) -> String {
    at(when, &format!("expect = {{ refused = \"{clause}\" }}\n{event}"))
}

/// An internal finding, so that nobody has to be told first.
pub(super) fn confirmed(origin: &str, events: &str) -> String {
    onprem(
        &([
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at(
                "2026-03-02T10:00:00+01:00",
                &format!("confirmed = {{ origin = \"{origin}\", products = [\"Sensor\"] }}"),
            ),
            at(
                "2026-03-02T11:00:00+01:00",
                &CRITICAL.replace("own", if origin == "own" { "own" } else { "provider" }),
            ),
        ]
        .concat()
            + events),
    )
}

#[test]
fn a_pause_is_refused_by_the_clause_that_allows_none() {
    let asked = |clause: &str, rule: &str| {
        confirmed(
            "own",
            &no(
                clause,
                "2026-03-03T09:00:00+01:00",
                &format!("pause-asked = {{ rule = \"{rule}\" }}"),
            ),
        )
    };
    check_refused(&[nozomi()], &asked("N3", "onprem-high-fix"));
    check_refused(&[nozomi()], &asked("N13", "§N13"));
    check_refused(&[technology()], &asked("T18", "T18"));
}

#[test]
fn nothing_is_published_inside_the_hold() {
    let story = confirmed(
        "own",
        &[
            at("2026-03-02T12:00:00+01:00", "impact-set = { term = \"xss\" }"),
            no("N13", "2026-03-03T09:00:00+01:00", "advisory-published = {}"),
            at(
                "2026-04-01T10:00:00+02:00",
                "fix-released = { product = \"Sensor\", version = \"25.1\" }",
            ),
            no("N13", "2026-06-30T09:59:59+02:00", "advisory-published = {}"),
            at("2026-06-30T10:00:00+02:00", "advisory-published = {}"),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn an_impact_that_no_list_has_is_refused_where_it_is_named() {
    let named = |term: &str| format!("impact-set = {{ term = \"{term}\" }}");
    let story = confirmed(
        "own",
        &[
            no("N31", "2026-03-02T12:00:00+01:00", &named("bad")),
            at("2026-03-02T12:30:00+01:00", &named("dos")),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn attacks_alone_do_not_lift_the_hold_and_public_details_do() {
    let story = confirmed(
        "own",
        &[
            at("2026-03-02T12:00:00+01:00", "impact-set = { term = \"dos\" }"),
            at(
                "2026-04-01T10:00:00+02:00",
                "fix-released = { product = \"Sensor\", version = \"25.1\" }",
            ),
            at(
                "2026-04-02T10:00:00+02:00",
                "attacks-seen = { evidence = \"a customer\" }",
            ),
            no("N13", "2026-04-02T11:00:00+02:00", "advisory-published = {}"),
            at("2026-04-03T10:00:00+02:00", "made-public = { evidence = \"a talk\" }"),
            at("2026-04-03T11:00:00+02:00", "advisory-published = {}"),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

/// A part of the definition that does not hold.
fn denied(part: &str) -> String {
    let answer = format!("answered = {{ clause = \"T2\", question = \"{part}\", answer = \"no\" }}");
    at("2026-03-02T10:40:00-05:00", &answer)
}

#[test]
fn a_rejection_waits_until_the_reporter_has_the_findings() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00-05:00", "received = { by = \"customer:c7\" }"),
            at("2026-03-02T10:00:00-05:00", "reviewed = {}"),
            no(
                "T2",
                "2026-03-02T10:30:00-05:00",
                "rejected = { exit = \"not-a-vulnerability\" }",
            ),
            denied("functionality"),
            // One part of two is no answer yet.
            no(
                "T2",
                "2026-03-02T10:45:00-05:00",
                "rejected = { exit = \"not-a-vulnerability\" }",
            ),
            denied("confidentiality"),
            no(
                "T11",
                "2026-03-02T11:00:00-05:00",
                "rejected = { exit = \"not-a-vulnerability\" }",
            ),
            at("2026-03-02T12:00:00-05:00", "reported-back = { reporter = \"c7\" }"),
            at(
                "2026-03-02T13:00:00-05:00",
                "rejected = { exit = \"not-a-vulnerability\" }",
            ),
            // After an appeal the findings are new ones.
            at("2026-03-03T09:00:00-05:00", "appealed = {}"),
            no(
                "T11",
                "2026-03-03T10:00:00-05:00",
                "rejected = { exit = \"not-a-vulnerability\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[technology()], &story);
}

#[test]
fn a_must_is_moved_later_or_waived_by_two_people() {
    let by = |people: &str, event: &str| format!("{people}\n{event}");
    let later = "overridden = { rule = \"N3\", product = \"Sensor\", due = 2026-06-30, why = \"a part is late\" }";
    let earlier = "overridden = { rule = \"N3\", product = \"Sensor\", due = 2026-04-30, why = \"a customer asked\" }";
    let waived = "waived = { rule = \"N3\", product = \"Sensor\", why = \"end of sale\" }";
    let story = confirmed(
        "own",
        &[
            no("N3", "2026-03-03T09:00:00+01:00", &by("by = \"ada\"", later)),
            no(
                "",
                "2026-03-03T09:01:00+01:00",
                &by("by = \"ada\"\napproved-by = \"ada\"", later),
            ),
            no("N3", "2026-03-03T09:02:00+01:00", &by("by = \"ada\"", waived)),
            at("2026-03-03T09:03:00+01:00", &by("by = \"ada\"", earlier)),
            at(
                "2026-03-03T09:04:00+01:00",
                &by("by = \"ada\"\napproved-by = \"lea\"", later),
            ),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn a_back_dated_rescue_takes_two_people() {
    // Two months from 2 March end on 2 May; on 5 May somebody remembers a release of 30 April.
    let fixed = "recorded = 2026-05-05T09:00:00+02:00\nby = \"ada\"\nfix-released = { product = \"Sensor\", version = \"25.1\" }";
    let story = confirmed(
        "own",
        &[
            no("N3", "2026-04-30T09:00:00+02:00", fixed),
            at("2026-04-30T09:00:00+02:00", &format!("approved-by = \"lea\"\n{fixed}")),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn a_lower_band_needs_a_reason_and_two_people() {
    let score = |people: &str, why: &str| format!("{people}\n{}", MEDIUM.replace(" }", &format!("{why} }}")));
    let why = ", why = \"the port is closed\"";
    for (policy, clause) in [(nozomi(), "N30"), (technology(), "T17")] {
        let story = confirmed(
            "own",
            &[
                no(clause, "2026-03-03T09:00:00+01:00", &score("by = \"ada\"", "")),
                no(clause, "2026-03-03T09:00:00+01:00", &score("by = \"ada\"", why)),
                no(
                    clause,
                    "2026-03-03T09:00:00+01:00",
                    &score("by = \"ada\"\napproved-by = \"lea\"", ""),
                ),
                at(
                    "2026-03-03T09:00:00+01:00",
                    &score("by = \"ada\"\napproved-by = \"lea\"", why),
                ),
                at("2026-03-04T09:00:00+01:00", CRITICAL),
            ]
            .concat(),
        );
        check_refused(&[policy], &story);
    }
}

#[test]
fn a_component_of_somebody_else_gets_no_cve_id_of_ours() {
    let assigned = "cve-assigned = { id = \"CVE-2026-12345\" }";
    check_refused(
        &[nozomi()],
        &confirmed("third-party", &no("N29", "2026-03-03T09:00:00+01:00", assigned)),
    );
}

#[test]
fn not_affected_says_why_in_the_words_of_vex() {
    let story = confirmed(
        "own",
        &[
            no(
                "N14",
                "2026-03-03T09:00:00+01:00",
                "not-affected = { product = \"Sensor\" }",
            ),
            no(
                "N14",
                "2026-03-03T09:00:00+01:00",
                "not-affected = { product = \"Sensor\", justification = \"unlikely\" }",
            ),
            at(
                "2026-03-03T10:00:00+01:00",
                "not-affected = { product = \"Sensor\", justification = \"inline_mitigations_already_exist\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn out_of_scope_names_a_clause_that_leaves_something_out() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }"),
            no(
                "",
                "2026-03-02T10:00:00+01:00",
                "scope-decided = { out = true, clause = \"N3\" }",
            ),
            no(
                "N34",
                "2026-03-02T10:00:00+01:00",
                "rejected = { exit = \"out-of-scope\", clause = \"§N34.6\" }",
            ),
            // An answer that keeps the report in scope is no reason to turn it down.
            at(
                "2026-03-02T10:30:00+01:00",
                "scope-decided = { out = true, clause = \"N34.6\", exception = \"direct-vulnerability\" }",
            ),
            no(
                "N34",
                "2026-03-02T10:40:00+01:00",
                "rejected = { exit = \"out-of-scope\", clause = \"N34.6\" }",
            ),
            at(
                "2026-03-02T11:00:00+01:00",
                "scope-decided = { out = true, clause = \"N34.6\" }",
            ),
            no(
                "",
                "2026-03-02T12:00:00+01:00",
                "rejected = { exit = \"out-of-scope\" }",
            ),
            no(
                "",
                "2026-03-02T12:00:00+01:00",
                "rejected = { exit = \"out-of-scope\", clause = \"N3\" }",
            ),
            at(
                "2026-03-02T12:00:00+01:00",
                "rejected = { exit = \"out-of-scope\", clause = \"N34.6\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

/// The overlay and both brands never refuse by each other's clauses: a line has the policy of its brand.
#[test]
fn a_line_is_refused_by_the_policy_of_its_brand() {
    let story = confirmed(
        "own",
        &no("T18", "2026-03-03T09:00:00+01:00", "pause-asked = { rule = \"T18\" }"),
    );
    let story = story.replace("deployment =", "brand = \"128-technology\"\ndeployment =")
        + &no(
            "",
            "2026-03-03T09:00:00+01:00",
            "waived = { rule = \"N3\", why = \"not ours\" }",
        );
    check_refused(&[nozomi(), technology()], &story);
}
