//! `/policy`: every adopted policy and version.

use super::shell;
use crate::docket::Docket;
use crate::words;
use askama::Template;
use psirt::policy::PolicyKind;

#[derive(Template)]
#[template(path = "policies.html")]
pub(crate) struct Policies {
    shell: look::Desk,
    policies: Vec<Row>,
}

struct Row {
    href: String,
    title: String,
    id: String,
    version: String,
    effective: String,
    kind: &'static str,
    clauses: usize,
    promises: usize,
    readings: usize,
}

impl Policies {
    pub(crate) fn of(docket: &Docket<'_>) -> Policies {
        let row = |policy: &psirt::policy::Policy| Row {
            href: docket.clause_href(policy, "").trim_end_matches('#').to_owned(),
            title: if policy.front.title.is_empty() {
                words::capital(&policy.front.id)
            } else {
                policy.front.title.clone()
            },
            id: policy.front.id.clone(),
            version: policy.front.version.clone(),
            effective: policy.front.effective.strftime("%-d %b %Y").to_string(),
            kind: match policy.front.kind {
                PolicyKind::Policy => "policy",
                PolicyKind::Overlay => "overlay",
            },
            clauses: policy.clauses.len(),
            promises: policy.promises.len(),
            readings: policy.readings.len(),
        };
        Policies {
            shell: shell(docket, "/policy"),
            policies: docket.board.house.policies.iter().map(row).collect(),
        }
    }
}
