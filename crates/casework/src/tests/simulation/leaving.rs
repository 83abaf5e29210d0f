//! What may leave, and when: an embargo that others rely on, and who gets something before everybody.
//!
//! Owns the laws of both. The end of an embargo is worked out here from a case's entries alone, by other means than the house's own.

use super::laws::{Broken, holds};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{Advisory, Audience};
use psirt::board::{Board, Case};
use psirt::body::Body;
use psirt::case::merge::is_retracted;
use psirt::clock::length::{Counting, end_of_day};
use psirt::event::{Deadline, Entry, Event};
use std::collections::BTreeSet;

/// Nothing of a case is released to everybody before the end on which parties agreed, but after two people ended it early, or the world did.
pub(super) fn check_public(board: &Board, advisory: &Advisory, at: Timestamp) -> Result<(), Broken> {
    for number in &advisory.cases {
        let Some((_, case)) = board.case_of_number(number) else {
            continue;
        };
        let bound = agreed_end(board, case).filter(|end| at < *end);
        holds("nothing leaves before the end of its embargo", bound.is_none(), || {
            format!(
                "{number} was bound until {bound:?}, and {} left at {at}: {:?}",
                advisory.number, case.entries
            )
        })?;
    }
    Ok(())
}

/// What goes to a level or a party is the act of two people, has a number of its own, and goes to nobody who declined the embargo.
pub(super) fn check_limited(
    board: &Board,
    body: &Body,
    audience: &Audience,
    advisory: &Advisory,
) -> Result<(), Broken> {
    let number = &advisory.number;
    holds(
        "a release to some is the act of two people",
        body.approved_by.is_some(),
        || number.clone(),
    )?;
    let label = audience.label();
    holds(
        "its number tells for whom it is, and is no public one",
        number.contains(&format!("-{label}-")) && advisory.audience == *audience,
        || number.clone(),
    )?;
    let Audience::Party(party) = audience else {
        return Ok(());
    };
    for case in &advisory.cases {
        let Some((_, case)) = board.case_of_number(case) else {
            continue;
        };
        let declined = standing(case).filter_map(|entry| match &entry.event {
            Event::EmbargoAccepted { by } if by.eq_ignore_ascii_case(party) => Some(false),
            Event::EmbargoDeclined { by, .. } if by.eq_ignore_ascii_case(party) => Some(true),
            event if ends(event) => Some(false),
            _ => None,
        });
        holds(
            "whoever declined the embargo gets nothing before it ends",
            declined.last() != Some(true),
            || format!("{number} to {party}: {:?}", case.entries),
        )?;
    }
    Ok(())
}

/// Until when nothing of a case leaves, because parties agreed on it; none where nobody did, or it ended.
fn agreed_end(board: &Board, case: &Case) -> Option<Timestamp> {
    let policy = board.policy_of(case);
    let zone = policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
    let counting = policy.map(|policy| Counting {
        zone: &zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    })?;
    let instant = |until: &Deadline| match until {
        Deadline::Instant(at) => Some(*at),
        Deadline::Day(day) => end_of_day(*day, &counting).ok(),
    };
    let (mut offered, mut agreed): (Vec<Timestamp>, Option<Timestamp>) = (Vec::new(), None);
    let mut parties: BTreeSet<&str> = BTreeSet::new();
    for entry in standing(case) {
        match &entry.event {
            Event::EmbargoProposed { until, .. } => offered.extend(instant(until)),
            Event::EmbargoAccepted { by } => {
                parties.insert(by);
                agreed = offered.iter().min().copied();
            }
            Event::EmbargoDeclined { by, .. } => drop(parties.remove(by.as_str())),
            event if ends(event) && !is_early(entry, agreed) => return None,
            _ => {}
        }
    }
    agreed.filter(|_| !parties.is_empty())
}

/// Whether one person alone ended what was agreed on, before its end.
fn is_early(entry: &Entry, agreed: Option<Timestamp>) -> bool {
    let alone = entry.approved_by.is_none() && matches!(entry.event, Event::EmbargoEnded { .. });
    alone && agreed.is_some_and(|end| entry.at < end)
}

fn ends(event: &Event) -> bool {
    matches!(
        event,
        Event::EmbargoEnded { .. }
            | Event::MadePublic { .. }
            | Event::ExploitPublic { .. }
            | Event::AdvisoryPublished {}
    )
}

/// What happened to a case and was not taken back, in the order in which it was recorded.
fn standing(case: &Case) -> impl Iterator<Item = &Entry> {
    let mut entries: Vec<&Entry> = case.entries.iter().collect();
    entries.sort_by_key(|entry| (entry.recorded, entry.seq));
    entries
        .into_iter()
        .filter(|entry| !is_retracted(&case.entries, entry.seq))
}

/// The law is one that can be broken: by a release before the end, and by nothing else.
#[tokio::test]
async fn a_release_before_the_end_of_an_embargo_breaks_the_law() {
    use super::super::world::{Desk, at, by, event, incoming, two};
    let desk = Desk::open().await;
    let case = desk.receive(incoming("Overflow in the parser")).await;
    let advisory = Advisory {
        cases: vec![case.clone()],
        ..Advisory::default()
    };
    let is_kept = |instant: &str| check_public(&desk.casework.board(), &advisory, at(instant)).is_ok();
    let (before, after) = ("2027-05-31T12:00:00Z", "2027-06-02T12:00:00Z");
    for (text, kept) in [
        ("embargo-proposed = { by = \"reporter\", until = \"2027-06-01\" }", true),
        ("embargo-accepted = { by = \"vendor\" }", false),
        ("embargo-proposed = { by = \"vendor\", until = \"2027-01-01\" }", false),
    ] {
        desk.act(&case, text).await;
        assert_eq!((is_kept(before), is_kept(after)), (kept, true), "{text}");
    }
    let ended = event("embargo-ended = { why = \"All have the fix.\" }");
    let alone = desk.casework.act(&by("lea"), &case, None, ended.clone()).await;
    assert!(alone.is_err() && !is_kept(before));
    desk.casework.act(&two("lea", "leo"), &case, None, ended).await.unwrap();
    assert!(is_kept(before));
}
