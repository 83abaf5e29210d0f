//! The desk's pages: one file for each, which turns the docket into the plain strings that its template prints.
//!
//! Pure: no page knows HTTP, a clock or the journal. A page shows nothing that does not work: where something is to be recorded it shows
//! the command that records it.

pub(crate) mod advisories;
pub(crate) mod advisory;
mod audiences;
pub(crate) mod calculator;
pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod findings;
pub(crate) mod home;
pub(crate) mod inbox;
pub(crate) mod mail;
pub(crate) mod missing;
mod outbox;
pub(crate) mod people;
pub(crate) mod policies;
pub(crate) mod policy;
pub(crate) mod products;
pub(crate) mod status;

use crate::docket::Docket;
use crate::words;
use look::{Desk, Group, Icon, Link};

/// Where the assets are served.
pub(crate) const ASSETS: &str = "/assets/";

/// A link that stands beside something else.
pub(crate) struct Anchor {
    pub(crate) href: String,
    pub(crate) text: String,
}

/// The shell around a page; `here` is the address of its part of the desk.
pub(crate) fn shell(docket: &Docket<'_>, here: &str) -> Desk {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let link = |href: &str, label: &str, icon| Link::new(href, label).icon(icon).here(href == here);
    Desk {
        assets: ASSETS.to_owned(),
        home: "/".to_owned(),
        house: docket.board.house.name.clone(),
        groups: vec![
            Group {
                name: "Desk".to_owned(),
                titled: false,
                links: vec![
                    link("/", "Promises", Icon::Clock).count(number(docket.due_count())),
                    link("/inbox", "Inbox", Icon::Tray).count(number(docket.inbox_count())),
                    link("/mail", "Mail", Icon::Letter).count(number(docket.held_count())),
                    link("/cases", "Cases", Icon::Folder).count(number(docket.open().len())),
                    link("/findings", "Findings", Icon::Parcel),
                    link("/advisories", "Advisories", Icon::Page).count(number(docket.unpublished())),
                ],
            },
            Group {
                name: "House".to_owned(),
                titled: true,
                links: vec![
                    link("/products", "Products", Icon::Parcel),
                    link("/policy", "Policy", Icon::Scales),
                    link("/people", "People", Icon::People),
                    link("/status", "Status", Icon::Pulse),
                ],
            },
        ],
        clock: words::clock(docket.now, &docket.zone),
        person: "Read-only: nobody signs in".to_owned(),
    }
}
