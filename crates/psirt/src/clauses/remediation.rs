//! §N3 to §N8: how fast is remediated.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;

prove! { nozomi;
    clause_N3 = "N3", clause_N4 = "N4", clause_N5 = "N5", clause_N6 = "N6", clause_N7 = "N7", clause_N8 = "N8",
}

/// A score of 4.3, Medium.
const FOUR_THREE: &str = "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N\", source = \"own\" }";

/// The last day of the year and two months: the end of February.
pub(super) fn clause_N3(policy: &Policy) -> Proof {
    let story = onprem(
        &[
            at("2026-12-29T18:00:00+01:00", "received = { by = \"external\" }"),
            at(
                "2026-12-31T11:30:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-12-31T12:00:00+01:00", CRITICAL),
        ]
        .concat(),
    );
    owes(
        policy,
        &story,
        "2027-01-05T00:00:00+01:00",
        "
        onprem-high-fix Sensor | running | start 2026-12-31T11:30:00+01:00 | due 2027-02-28T23:59:59+01:00 | duty must",
    )?;
    owes(
        policy,
        &story,
        "2027-03-01T00:00:00+01:00",
        "onprem-high-fix Sensor | breached | breached_at 2027-02-28T23:59:59+01:00",
    )
}

/// The next release counts if its freeze lies after the start, and six months cut it off.
pub(super) fn clause_N4(policy: &Policy) -> Proof {
    let planned = "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n\
        releases = [{ version = \"25.1\", date = 2026-03-01, freeze = 2026-02-20 }, { version = \"25.2\", date = 2026-03-16, freeze = 2026-03-09 }]\n";
    let story = planned.to_owned()
        + &[
            at("2026-03-02T09:00:00+01:00", "received = {}"),
            at(
                "2026-03-02T09:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
            ),
            at("2026-03-02T10:00:00+01:00", FOUR_THREE),
        ]
        .concat();
    owes(
        policy,
        &story,
        "2026-03-03T00:00:00+01:00",
        "onprem-medium-fix Sensor | running | due 2026-03-16T23:59:59+01:00",
    )?;
    let slipped = story
        + &at(
            "2026-03-10T09:00:00+01:00",
            "release-moved = { product = \"Sensor\", version = \"25.2\", date = 2026-12-01 }",
        );
    owes(
        policy,
        &slipped,
        "2026-03-11T00:00:00+01:00",
        "onprem-medium-fix Sensor | running | due 2026-09-02T23:59:59+02:00",
    )
}

/// A service with a flaw that was confirmed an hour and more before the clocks go forward.
fn service(score: &str, more: &str) -> String {
    saas(
        &([
            at("2026-03-28T20:00:00+01:00", "received = {}"),
            at(
                "2026-03-28T20:00:00+01:00",
                "confirmed = { origin = \"own\", products = [\"Cloud\"] }",
            ),
            at("2026-03-28T20:05:00+01:00", score),
        ]
        .concat()
            + more),
    )
}

const ALL_TENANTS: &str = "fix-deployed = { product = \"Cloud\", tenants = \"all\" }";
const SOME_TENANTS: &str = "fix-deployed = { product = \"Cloud\", tenants = \"12/40\" }";

/// Twenty-four hours are hours, whatever the clock on the wall does.
pub(super) fn clause_N5(policy: &Policy) -> Proof {
    owes(
        policy,
        &service(CRITICAL, ""),
        "2026-03-28T21:00:00+01:00",
        "saas-high-workaround Cloud | running | due 2026-03-29T21:00:00+02:00",
    )?;
    let fixed = service(CRITICAL, &at("2026-03-29T20:00:00+02:00", ALL_TENANTS));
    owes(
        policy,
        &fixed,
        "2026-03-30T00:00:00+02:00",
        "saas-high-workaround Cloud | met | met_at 2026-03-29T20:00:00+02:00",
    )
}

/// The fix runs beside the workaround, and ends with the last tenant.
pub(super) fn clause_N6(policy: &Policy) -> Proof {
    let some = service(CRITICAL, &at("2026-03-29T10:00:00+02:00", SOME_TENANTS));
    owes(
        policy,
        &some,
        "2026-03-30T00:00:00+02:00",
        "
        saas-high-fix Cloud | running | start 2026-03-28T20:00:00+01:00 | due 2026-04-27T23:59:59+02:00",
    )?;
    let all = some + &at("2026-04-10T10:00:00+02:00", ALL_TENANTS);
    owes(
        policy,
        &all,
        "2026-04-11T00:00:00+02:00",
        "saas-high-fix Cloud | met | met_at 2026-04-10T10:00:00+02:00",
    )
}

/// A workaround after thirty days, or the decision that there is none.
pub(super) fn clause_N7(policy: &Policy) -> Proof {
    owes(
        policy,
        &service(MEDIUM, ""),
        "2026-03-29T00:00:00+01:00",
        "saas-medium-workaround Cloud | running | due 2026-04-27T23:59:59+02:00",
    )?;
    let waiver = "by = \"ada\"\napproved-by = \"lea\"\nwaived = { rule = \"N7\", product = \"Cloud\", why = \"nothing can be switched off\" }";
    let waived = service(MEDIUM, &at("2026-04-01T09:00:00+02:00", waiver));
    owes(
        policy,
        &waived,
        "2026-05-01T00:00:00+02:00",
        "saas-medium-workaround Cloud | waived",
    )
}

/// Six civil months; the release that comes before does not count here.
pub(super) fn clause_N8(policy: &Policy) -> Proof {
    let release = at(
        "2026-03-28T21:00:00+01:00",
        "release-planned = { product = \"Cloud\", version = \"2026.5\", date = 2026-05-04 }",
    );
    owes(
        policy,
        &service(MEDIUM, &release),
        "2026-03-29T00:00:00+01:00",
        "saas-medium-fix Cloud | running | due 2026-09-28T23:59:59+02:00",
    )
}
