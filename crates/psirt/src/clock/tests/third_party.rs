//! Third-party components: N11, N12 (D7, D24), T24–T26 (D8), and the EU overlay.

use super::*;

fn component(events: &str) -> String {
    onprem(
        &([
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at(
                "2026-03-02T10:00:00+01:00",
                "upstream-disclosed = { component = \"libpcap\" }",
            ),
            at(
                "2026-03-03T09:00:00+01:00",
                "confirmed = { origin = \"third-party\", products = [\"Sensor\"] }",
            ),
            at(
                "2026-03-03T10:00:00+01:00",
                "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\", source = \"provider\" }",
            ),
        ]
        .concat()
            + events),
    )
}

#[test]
fn without_an_upstream_fix_a_decision_is_due_every_thirty_days() {
    check_due(
        NN,
        &component(""),
        "2026-03-04T00:00:00+01:00",
        "
        N12 case | running | start 2026-03-03T09:00:00+01:00 | due 2026-04-02T23:59:59+02:00
        N11 libpcap | dormant | due null
        N3 Sensor | absent",
    );
    let waits = component(&at(
        "2026-03-20T09:00:00+01:00",
        "upstream-decision = { choice = \"wait\", why = \"low exposure\" }",
    ));
    check_due(
        NN,
        &waits,
        "2026-03-21T00:00:00+01:00",
        "N12 case | running | due 2026-04-19T23:59:59+02:00",
    );
    let dated = component(&at(
        "2026-03-20T09:00:00+01:00",
        "upstream-decision = { choice = \"wait\", review-by = 2026-05-04, why = \"low exposure\" }",
    ));
    check_due(
        NN,
        &dated,
        "2026-03-21T00:00:00+01:00",
        "N12 case | running | due 2026-05-04T23:59:59+02:00",
    );
}

#[test]
fn an_upstream_fix_starts_thirty_to_sixty_days_and_the_bill_proves_the_end() {
    let fix = at(
        "2026-04-01T09:00:00+02:00",
        "upstream-fix-released = { component = \"libpcap\", version = \"1.10.5\" }",
    );
    let held = at(
        "2026-02-01T09:00:00+01:00",
        "component-shipped = { product = \"Sensor\", version = \"25.1\", component = \"libpcap\", component-version = \"1.10.4\" }",
    );
    let story = component(&(held + &fix));
    check_due(NN, &story, "2026-04-02T00:00:00+02:00", "
        N11 libpcap | running | start 2026-04-01T09:00:00+02:00 | target 2026-05-01T23:59:59+02:00 | due 2026-05-31T23:59:59+02:00
        N12 case | superseded");
    check_due(NN, &story, "2026-05-10T00:00:00+02:00", "N11 libpcap | due-soon");
    let unproven = story.clone()
        + &at(
            "2026-05-12T09:00:00+02:00",
            "fix-released = { product = \"Sensor\", version = \"25.2\" }",
        );
    check_due(
        NN,
        &unproven,
        "2026-05-13T00:00:00+02:00",
        "N11 libpcap | met-unverified",
    );
    let proven = unproven.clone()
        + &at(
            "2026-05-14T09:00:00+02:00",
            "component-shipped = { product = \"Sensor\", version = \"25.2\", component = \"libpcap\", component-version = \"1.10.5\" }",
        );
    check_due(
        NN,
        &proven,
        "2026-05-15T00:00:00+02:00",
        "N11 libpcap | met | met_at 2026-05-12T09:00:00+02:00",
    );
    let wrong = unproven
        + &at(
            "2026-05-14T09:00:00+02:00",
            "component-shipped = { product = \"Sensor\", version = \"25.2\", component = \"libpcap\", component-version = \"1.10.4\" }",
        );
    check_due(NN, &wrong, "2026-06-01T00:00:00+02:00", "N11 libpcap | breached");
}

#[test]
fn a_component_that_was_shipped_after_its_fix_starts_with_that_release() {
    let story = component(&[
        at("2026-04-01T09:00:00+02:00", "upstream-fix-released = { component = \"libpcap\", version = \"1.10.5\" }"),
        at("2026-04-10T09:00:00+02:00", "component-shipped = { product = \"Sensor\", version = \"25.2\", component = \"libpcap\", component-version = \"1.10.4\" }"),
    ].concat());
    check_due(
        NN,
        &story,
        "2026-04-11T00:00:00+02:00",
        "N11 libpcap | running | start 2026-04-10T09:00:00+02:00 | due 2026-06-09T23:59:59+02:00",
    );
}

#[test]
fn a_service_owes_both_and_the_earliest_governs() {
    let story = component("").replace("on-prem", "saas");
    check_due(
        NN,
        &story,
        "2026-03-04T00:00:00+01:00",
        "
        N5 Sensor | running | due 2026-03-04T09:00:00+01:00
        N6 Sensor | running | due 2026-04-02T23:59:59+02:00",
    );
}

#[test]
fn a_third_party_vulnerability_is_high_when_all_three_criteria_hold() {
    let story = component("");
    check_due(T, &story, "2026-03-04T00:00:00+01:00", "T25 case | dormant | due null");
    let judged = story.clone()
        + &at(
            "2026-03-05T09:00:00-05:00",
            "judged = { public-attention = true, exploit = \"none\" }",
        );
    check_due(
        T,
        &judged,
        "2026-03-06T00:00:00-05:00",
        "T25 case | absent
        T21 Sensor | running",
    );
    let high = judged
        + &at(
            "2026-03-10T09:00:00-04:00",
            "exploit-public = { evidence = \"a module\" }",
        );
    check_due(
        T,
        &high,
        "2026-03-11T00:00:00-04:00",
        "T25 case | running | start 2026-03-10T09:00:00-04:00 | due 2026-03-13T09:00:00-04:00",
    );
    let any = shipped(&[T], &[("all-or-any", "any")]);
    check_due_with(
        &any,
        &story,
        "2026-03-04T00:00:00+01:00",
        "T25 case | running | start 2026-03-03T04:00:00-05:00",
    );
}

#[test]
fn the_eu_overlay_counts_from_known_exploitation() {
    let policies = shipped(&[NN, "cra-article-14"], &[]);
    let events = [
        at("2026-10-01T09:00:00+02:00", "received = {}"),
        at(
            "2026-10-02T09:00:00+02:00",
            "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        ),
        at("2026-10-02T09:00:00+02:00", CRITICAL),
        at(
            "2026-10-03T09:00:00+02:00",
            "attacks-seen = { evidence = \"a customer\" }",
        ),
        at(
            "2026-10-10T09:00:00+02:00",
            "workaround-provided = { product = \"Sensor\" }",
        ),
    ]
    .concat();
    check_due_with(
        &policies,
        &onprem(&events),
        "2026-10-03T10:00:00+02:00",
        "
        early-warning case | running | due 2026-10-04T09:00:00+02:00
        notification case | running | due 2026-10-06T09:00:00+02:00",
    );
    check_due_with(
        &policies,
        &onprem(&events),
        "2026-10-10T10:00:00+02:00",
        "
        final-report case | running | start 2026-10-10T09:00:00+02:00 | due 2026-10-24T23:59:59+02:00",
    );
    let abroad = onprem(&events).replace("deployment =", "market = [\"us\"]\ndeployment =");
    check_due_with(
        &policies,
        &abroad,
        "2026-10-03T10:00:00+02:00",
        "early-warning case | absent",
    );
}

#[test]
fn a_supplier_s_fix_that_is_withdrawn_begins_a_new_wait() {
    let story = component(
        &[
            at(
                "2026-03-20T09:00:00+01:00",
                "upstream-fix-released = { component = \"libpcap\", version = \"1.10.5\" }",
            ),
            at(
                "2026-04-20T09:00:00+02:00",
                "upstream-fix-withdrawn = { component = \"libpcap\", version = \"1.10.5\" }",
            ),
        ]
        .concat(),
    );
    check_due(
        NN,
        &story,
        "2026-04-21T00:00:00+02:00",
        "N12 case | running | start 2026-04-20T09:00:00+02:00 | due 2026-05-20T23:59:59+02:00",
    );
}
