//! `/calculator`: the environmental calculator, at the desk and on the portal.
//!
//! Owns the two pages around it. What it says is decided in `calculator`.

use super::shell;
use crate::calculator::{self, Shown};
use crate::docket::Docket;
use askama::Template;
use cvss::Severity;
use documents::calculator::ranges;

/// Every shape with its word: the script takes its signs from these.
const SHAPES: [(&str, &str); 5] = [
    ("critical", Severity::Critical.name()),
    ("high", Severity::High.name()),
    ("medium", Severity::Medium.name()),
    ("low", Severity::Low.name()),
    ("none", Severity::None.name()),
];

#[derive(Template)]
#[template(path = "calculator-desk.html")]
pub(crate) struct DeskCalculator {
    shell: look::Desk,
    heading: &'static str,
    standfirst: &'static str,
    action: &'static str,
    shown: Shown,
}

#[derive(Template)]
#[template(path = "calculator-portal.html")]
pub(crate) struct PortalCalculator {
    shell: look::Portal,
    heading: &'static str,
    standfirst: &'static str,
    action: &'static str,
    shown: Shown,
}

impl DeskCalculator {
    /// With the bands of the policy with this id, or of the newest one.
    pub(crate) fn of(docket: &Docket<'_>, query: &[(String, String)]) -> DeskCalculator {
        let wanted = query.iter().find(|(key, _)| key == "policy").map(|(_, value)| value);
        let mut policies = docket.board.house.policies.iter().rev();
        let policy = policies.find(|policy| wanted.is_none_or(|id| *id == policy.front.id));
        let bands = policy.and_then(|policy| policy.bands.as_ref()).map(ranges);
        DeskCalculator {
            shell: shell(docket, "/advisories"),
            heading: "Score in an environment",
            standfirst: "What a customer sees who calculates for a place of their own. Nothing is recorded.",
            action: calculator::PATH,
            shown: Shown::of(query, bands.as_deref()),
        }
    }
}

impl PortalCalculator {
    pub(crate) fn of(shell: look::Portal, shown: Shown) -> PortalCalculator {
        PortalCalculator {
            shell,
            heading: "Your own score",
            standfirst: "The published score knows the vulnerability, not your installation. Say how it is with you; \
                what you choose is not recorded.",
            action: calculator::PATH,
            shown,
        }
    }
}
