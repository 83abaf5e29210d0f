//! §N9 to §N12: components that others make.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;

prove! { nozomi;
    clause_N9 = "N9", clause_N10 = "N10", clause_N11 = "N11", clause_N12 = "N12",
}

/// A case about a component of a line that customers run, confirmed on 3 March 2026 at 09:00.
fn component(more: &str) -> String {
    onprem(
        &([
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at("2026-03-02T09:01:00+01:00", "acknowledged = {}"),
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
            + more),
    )
}

const BILL: &str = "component-shipped = { product = \"Sensor\", version = \"25.1\", component = \"libpcap\", component-version = \"1.10.4\" }";
const UPSTREAM_FIX: &str = "upstream-fix-released = { component = \"libpcap\", version = \"1.10.5\" }";

pub(super) fn clause_N9(policy: &Policy) -> Proof {
    owes(
        policy,
        &component(""),
        "2026-03-04T00:00:00+01:00",
        "component-on-record Sensor | running | duty aims | due null",
    )?;
    let recorded = component(&at("2026-03-05T09:00:00+01:00", BILL));
    owes(
        policy,
        &recorded,
        "2026-03-06T00:00:00+01:00",
        "component-on-record Sensor | met | met_at 2026-03-05T09:00:00+01:00",
    )
}

/// A disclosure waits for a person until somebody reviews it.
pub(super) fn clause_N10(policy: &Policy) -> Proof {
    let disclosed = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at(
                "2026-03-02T10:00:00+01:00",
                "upstream-disclosed = { component = \"libpcap\" }",
            ),
        ]
        .concat(),
    );
    owes(
        policy,
        &disclosed,
        "2026-03-02T11:00:00+01:00",
        "disclosure-reviewed case | dormant | start 2026-03-02T10:00:00+01:00",
    )?;
    let reviewed = disclosed
        + &at("2026-03-02T15:00:00+01:00", "reviewed = {}")
        + &at(
            "2026-03-03T09:00:00+01:00",
            "confirmed = { origin = \"third-party\", products = [\"Sensor\"] }",
        );
    owes(
        policy,
        &reviewed,
        "2026-03-04T00:00:00+01:00",
        "disclosure-reviewed case | met | met_at 2026-03-02T15:00:00+01:00",
    )
}

/// Fix on 1 April, component first shipped ten days later: target on day 40, due on day 70.
pub(super) fn clause_N11(policy: &Policy) -> Proof {
    let shipped = component(&(at("2026-04-01T09:00:00+02:00", UPSTREAM_FIX) + &at("2026-04-11T09:00:00+02:00", BILL)));
    owes(policy, &shipped, "2026-04-12T00:00:00+02:00", "
        third-party-update libpcap | running | start 2026-04-11T09:00:00+02:00 | target 2026-05-11T23:59:59+02:00 | due 2026-06-10T23:59:59+02:00")?;
    let released = shipped
        + &at(
            "2026-05-20T09:00:00+02:00",
            "fix-released = { product = \"Sensor\", version = \"25.2\" }",
        );
    owes(
        policy,
        &released,
        "2026-05-21T00:00:00+02:00",
        "third-party-update libpcap | met-unverified",
    )
}

/// Thirty days to decide, counted from 3 March, and no end without a decision.
pub(super) fn clause_N12(policy: &Policy) -> Proof {
    owes(
        policy,
        &component(""),
        "2026-03-04T00:00:00+01:00",
        "upstream-review case | running | due 2026-04-02T23:59:59+02:00 | duty aims",
    )?;
    let closed = at("2026-03-20T09:00:00+01:00", "closed = {}");
    refuses(policy, "N12", &component(&closed))?;
    let decided = at(
        "2026-03-19T09:00:00+01:00",
        "upstream-decision = { choice = \"wait\", why = \"no way in\" }",
    );
    passes(policy, &component(&(decided + &closed)))
}
