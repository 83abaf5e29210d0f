//! What an embargo cannot be (Vultron's rules): agreed on what is public, begun after the fix, ended twice; and what it keeps back once it is
//! agreed on.
//!
//! Owns refusals only. Public details or a public exploit end an embargo; attacks propose its end (D14), and two people may end it.

use super::{Refusal, Standing};
use crate::case::embargo::{Agreed, Embargo};
use crate::case::merge;
use crate::case::signal::Signal;
use crate::clock::proof::moment;
use crate::event::{Deadline, Entry, Event, Group, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(super) fn by_embargo(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let no = |message: String| Err(Refusal::without_clause(message));
    let stood = |kind: Kind| {
        case.facts
            .marks
            .iter()
            .any(|mark| mark.kind == kind && mark.stands(case.now))
    };
    let ended = [
        Kind::MadePublic,
        Kind::ExploitPublic,
        Kind::AdvisoryPublished,
        Kind::EmbargoEnded,
    ]
    .into_iter()
    .find(|kind| stood(*kind));
    match &entry.event {
        Event::EmbargoProposed { .. } | Event::EmbargoAccepted { .. } | Event::EmbargoDeclined { .. } => {
            if let Some(ended) = ended {
                return no(format!(
                    "the embargo ended with `{ended}`: there is nothing left to agree on"
                ));
            }
        }
        Event::EmbargoEnded { .. } => {
            if let Some(ended) = ended {
                return no(format!("the embargo ended already, with `{ended}`"));
            }
        }
        Event::Retracted { .. } => {}
        _ => return Ok(()),
    }
    match &entry.event {
        Event::EmbargoProposed { until, .. } => {
            let zone = case
                .policies
                .first()
                .map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
            let over = match until {
                Deadline::Instant(until) => *until <= entry.at,
                Deadline::Day(day) => *day < entry.at.to_zoned(zone.clone()).date(),
            };
            if over {
                return no(format!(
                    "this end lies before the proposal of {}",
                    moment(entry.at, &zone)
                ));
            }
            let ready = Signal::FixReady.since(case.facts, case.now).is_some();
            if ready && !stood(Kind::EmbargoProposed) {
                return no("a fix is ready, so no new embargo begins: the policy's hold is what is left".to_owned());
            }
            Ok(())
        }
        Event::EmbargoAccepted { .. } | Event::EmbargoDeclined { .. } if !stood(Kind::EmbargoProposed) => {
            no("nobody proposed an end that could be agreed on".to_owned())
        }
        _ => Ok(()),
    }?;
    by_agreed_end(case, entry)
}

/// The embargo by entries of the case, and of the cases that it took in.
pub(super) fn of(entries: &[Entry]) -> Embargo {
    let mut standing = merge::standing(entries);
    standing.sort_by_key(|entry| (entry.recorded, entry.seq));
    Embargo::fold(&standing)
}

/// The end that was agreed on, while it lies ahead of an instant.
fn ahead(case: &Standing<'_>, embargo: &Embargo, at: Timestamp) -> Option<Agreed> {
    let agreed = embargo.agreed(case.policies.first().copied());
    agreed.filter(|agreed| at < agreed.until)
}

/// What keeps a publication back at an instant: others rely on what was agreed.
pub(super) fn kept(case: &Standing<'_>, at: Timestamp) -> Option<Refusal> {
    let agreed = ahead(case, &of(case.history.entries), at)?;
    Some(Refusal::without_clause(format!(
        "under embargo until {}",
        agreed.words()
    )))
}

/// Nothing is published before the end that was agreed on.
pub(super) fn by_agreement(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.event.kind() != Kind::AdvisoryPublished {
        return Ok(());
    }
    kept(case, entry.at).map_or(Ok(()), |refusal| {
        let message = format!(
            "{}; it ends earlier when details or an exploit are public, or when two people end it with the reason (`candor case embargo-ended`)",
            refusal.message
        );
        Err(Refusal { message, ..refusal })
    })
}

/// What was agreed on ends before its instant by what the world knows, or by two people; never by one, in whatever words.
fn by_agreed_end(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let moves = matches!(entry.event.kind().group(), Group::Embargo) || entry.event.kind() == Kind::Retracted;
    if !moves || entry.has_second_person() {
        return Ok(());
    }
    let Some(before) = ahead(case, &of(case.history.entries), entry.at) else {
        return Ok(());
    };
    let entries: Vec<Entry> = case.history.entries.iter().chain([entry]).cloned().collect();
    let after = ahead(case, &of(&entries), entry.at);
    if after.is_some_and(|after| after.until >= before.until) {
        return Ok(());
    }
    Err(Refusal::without_clause(format!(
        "the embargo was agreed on until {}: that it ends earlier takes a second person",
        before.words()
    )))
}
