//! The page for what is not there, or not for the reader: one answer for both, the same for every address (law 7).

use super::shell;
use crate::docket::Docket;
use askama::Template;

#[derive(Template)]
#[template(path = "missing.html")]
pub(crate) struct Missing {
    shell: look::Desk,
}

impl Missing {
    pub(crate) fn of(docket: &Docket<'_>) -> Missing {
        Missing {
            shell: shell(docket, ""),
        }
    }
}
