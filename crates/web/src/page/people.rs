//! `/people`: who works here, and what their role lets them do.

use super::shell;
use crate::docket::Docket;
use askama::Template;
use psirt::house::Role;

#[derive(Template)]
#[template(path = "people.html")]
pub(crate) struct People {
    shell: look::Desk,
    people: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    role: &'static str,
    may: &'static str,
    owns: usize,
}

impl People {
    pub(crate) fn of(docket: &Docket<'_>) -> People {
        let row = |person: &psirt::house::Person| Row {
            id: person.id.clone(),
            name: person.name.clone(),
            role: person.role.name(),
            may: may(person.role),
            owns: docket
                .board
                .open()
                .filter(|(_, case)| case.view.owner.as_deref() == Some(&person.id))
                .count(),
        };
        People {
            shell: shell(docket, "/people"),
            people: docket.board.house.people.values().map(row).collect(),
        }
    }
}

const fn may(role: Role) -> &'static str {
    match role {
        Role::Analyst => "Works on cases",
        Role::Lead => "Works on cases, decides, approves, publishes",
        Role::Administrator => "Manages brands, people and keys; reads no case",
        Role::Auditor => "Reads journals and proofs",
    }
}
