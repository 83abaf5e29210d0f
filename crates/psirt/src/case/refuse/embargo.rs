//! What an embargo cannot be (Vultron's rules): agreed on what is public, begun after the fix, ended twice.
//!
//! Owns refusals only. Public details or a public exploit end an embargo; attacks propose its end (D14).

use super::{Refusal, Standing};
use crate::case::signal::Signal;
use crate::clock::proof::moment;
use crate::event::{Deadline, Entry, Event, Kind};
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
    }
}
