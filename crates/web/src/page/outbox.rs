//! What follows a publication and waits, on the first page and on the page of its advisory: with its clause, its date and the command.
//!
//! Says nothing of what is under embargo: what waits is public.

use crate::docket::Docket;
use crate::{phrase, words};
use casework::{Outbound, RecordOwed, outbox, records_owed};
use jiff::tz::TimeZone;
use psirt::advisory::{Delivery, DeliveryEnd, Follow};

/// One entry.
pub(crate) struct Waiting {
    pub(crate) title: String,
    pub(crate) href: String,
    pub(crate) text: String,
    /// How it is taken, where something waits to be taken; then how it is recorded.
    pub(crate) commands: Vec<String>,
}

/// Everything that waits, what is due first.
pub(crate) fn waiting(docket: &Docket<'_>) -> Vec<Waiting> {
    let owed = records_owed(docket.board);
    let entries = outbox(docket.board, docket.now);
    let owed = owed.iter().map(|owed| record(docket, owed));
    owed.chain(entries.iter().map(|entry| one(docket, entry))).collect()
}

/// A record that release notes made due.
fn record(docket: &Docket<'_>, owed: &RecordOwed) -> Waiting {
    let late = if owed.due < docket.now { ", late" } else { "" };
    Waiting {
        title: format!("Submit the record of {}: {}", owed.cve, owed.number),
        href: format!("/cases/{}", words::url(&owed.number)),
        text: format!(
            "Release notes named it {} ago: CNA rule 4.5.1.4, due {}{late}.",
            words::age(owed.disclosed, docket.now),
            words::moment(owed.due, &docket.zone, docket.now)
        ),
        commands: vec![format!(
            "candor case cve-published {} --as YOU",
            phrase::quoted(&owed.number)
        )],
    }
}

/// What waits of one advisory.
pub(crate) fn of_advisory(docket: &Docket<'_>, id: &str) -> Vec<Waiting> {
    let entries = outbox(docket.board, docket.now);
    let of_this = entries.iter().filter(|entry| entry.advisory == id);
    of_this.map(|entry| one(docket, entry)).collect()
}

fn one(docket: &Docket<'_>, entry: &Outbound) -> Waiting {
    let what = match &entry.follow {
        Follow::Announce => "Tell the announce list".to_owned(),
        Follow::Cve(id) => format!("Submit the record of {id}"),
        Follow::Cert(cert) => format!("Tell {cert}"),
        Follow::Removal(revision) => format!("Tell the announce list that version {revision} was removed"),
    };
    let promised = match (&entry.clause, entry.due) {
        (Some(clause), Some(due)) if due < docket.now => {
            format!("{clause}, due {}, late", words::moment(due, &docket.zone, docket.now))
        }
        (Some(clause), Some(due)) => format!("{clause}, due {}", words::moment(due, &docket.zone, docket.now)),
        (Some(clause), None) => clause.clone(),
        (None, _) => "promised by no clause".to_owned(),
    };
    let id = phrase::quoted(&entry.id);
    Waiting {
        title: format!("{what}: {}", entry.number),
        href: format!("/advisories/{}", words::url(&entry.advisory)),
        text: format!(
            "{}. Waits for {}, {promised}.",
            entry.title,
            words::age(entry.since, docket.now)
        ),
        commands: vec![
            format!("candor outbox take {id} --to DIR --as YOU"),
            format!("candor outbox done {id} --as YOU"),
        ],
    }
}

/// How an entry that does not wait ended, in a sentence; none for one that a later one replaced.
pub(crate) fn ended(docket: &Docket<'_>, delivery: &Delivery, zone: &TimeZone) -> Option<String> {
    let what = match &delivery.follow {
        Follow::Announce => "The announce list has".to_owned(),
        Follow::Cve(id) => format!("CVE Services have the record of {id} as of"),
        Follow::Cert(cert) => format!("{cert} has"),
        Follow::Removal(_) => "The announce list has word of the removal of".to_owned(),
    };
    let revision = delivery.revision;
    match delivery.end.as_ref()? {
        DeliveryEnd::Done { at, by } => Some(format!(
            "{what} revision {revision}, {}, recorded by {}.",
            words::moment(*at, zone, docket.now),
            docket.name_of(by)
        )),
        DeliveryEnd::Skipped { by, why, .. } => Some(format!(
            "Revision {revision} was not handed over ({}), as {} decided: {why}",
            delivery.follow,
            docket.name_of(by)
        )),
        DeliveryEnd::Folded { .. } | DeliveryEnd::Gone => None,
    }
}
