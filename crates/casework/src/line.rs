//! What happens to a product line: releases planned, moved, cancelled, shipped, and the end of support. For every case at once.
//!
//! Owns the checks against the line and against the cases that it would rescue. Never touches a case's stream.

use crate::Casework;
use crate::act::judge;
use crate::actions::LINE_EVENT;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::ports::whole_microseconds;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::body::What;
use psirt::case::refuse::{Evidence, Refusal};
use psirt::event::{Entry, Event, Fixes, Group};
use psirt::house::HouseEvent;

impl Casework {
    /// Records an event of the group *lines* on its product line's stream, as having happened at `at`, or now.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Refused`] for an instant after now, or a back-dated event that would make a late promise
    /// of any case look kept without a second person; [`ActError::Invalid`] for another event, an unknown line, a case that it names
    /// and that is not there, or a release that was never planned; those of the store.
    pub async fn line_event(&self, actor: &Actor, at: Option<Timestamp>, event: Event) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &LINE_EVENT)?;
            let at = at.map_or(now, whole_microseconds);
            let kind = event.kind();
            let line = event.product().filter(|_| kind.group() == Group::Lines);
            let line = line.ok_or_else(|| {
                ActError::invalid(format!(
                    "`{kind}` does not happen to a product line; record it on its case"
                ))
            })?;
            let stream = replica
                .product_stream(line)
                .ok_or_else(|| ActError::invalid(format!("no product line is named `{}`", shown(line))))?;
            if at > now {
                return Err(Refusal::without_clause(format!(
                    "`{kind}` has not happened yet: its instant lies after now"
                ))
                .into());
            }
            if at < Timestamp::UNIX_EPOCH {
                return Err(Refusal::without_clause(format!(
                    "`{kind}` did not happen before 1970: correct its instant"
                ))
                .into());
            }
            require_known_cases(replica, &event, now)?;
            require_planned(replica, line, &event)?;
            let entry = Entry {
                seq: u32::try_from(replica.next(stream)).unwrap_or(u32::MAX),
                at,
                recorded: now,
                by: actor.id.clone(),
                approved_by: actor.approved_by.clone(),
                event: event.clone(),
                case: None,
            };
            if at < now {
                rescues_nothing(replica, &entry, line, now)?;
            }
            let event = HouseEvent::Line(Box::new(entry));
            Ok((Plan::one(actor, stream, at, What::House(event)), ()))
        };
        self.record(record).await.map(|_| ())
    }
}

/// A release that fixes a case names it by its number: a wrong one would leave the case without its fix unseen. It fixes what was found.
fn require_known_cases(replica: &Replica, event: &Event, now: Timestamp) -> Result<(), ActError> {
    let Event::ReleaseShipped { fixes, .. } = event else {
        return Ok(());
    };
    match fixes {
        Fixes::List(numbers) => {
            let known = |number: &&String| replica.board.own_case(number).is_some();
            let unknown = numbers.iter().find(|number| !known(number));
            unknown.map_or(Ok(()), |number| {
                Err(ActError::invalid(format!("no case has the number `{}`", shown(number))))
            })?;
            let found = |number: &&String| {
                let case = replica.board.case_of_number(number);
                case.is_some_and(|(_, case)| case.facts.confirmed(now).is_some())
            };
            let unfound = numbers.iter().find(|number| !found(number));
            unfound.map_or(Ok(()), |number| {
                let message = format!(
                    "a fix is a fix of something that was found: confirm {} first",
                    shown(number)
                );
                Err(Refusal::without_clause(message).into())
            })
        }
        Fixes::Case(true) => Err(ActError::invalid(
            "name the cases that the release fixes: fixes = [\"NN-2026-7K3FX\"]",
        )),
        Fixes::Case(false) => Ok(()),
    }
}

/// Only a release that was planned can move or be cancelled: a mistyped version would leave the real one where it was, unseen.
fn require_planned(replica: &Replica, line: &str, event: &Event) -> Result<(), ActError> {
    let (Event::ReleaseMoved { version, .. } | Event::ReleaseCancelled { version, .. }) = event else {
        return Ok(());
    };
    let mut happened = replica.board.house.line_entries.get(line).into_iter().flatten();
    let planned = happened
        .any(|entry| matches!(&entry.event, Event::ReleasePlanned { version: planned, .. } if planned == version));
    if planned {
        return Ok(());
    }
    Err(ActError::invalid(format!(
        "no release `{}` of `{}` was ever planned: correct the version, or record `release-planned` first",
        shown(version),
        shown(line)
    )))
}

/// Back-dated, it must not make a late promise of an open case look kept (D22), unless two people stand behind it.
fn rescues_nothing(replica: &Replica, entry: &Entry, line: &str, now: Timestamp) -> Result<(), ActError> {
    let concerned = replica.board.open().filter(|(_, case)| case.facts.line(line).is_some());
    for (_, case) in concerned {
        let entry = replica.board.seen_of_line(case, entry);
        match judge(&replica.board, case, &entry, Evidence::default(), now) {
            Err(refusal) if !refusal.clause.is_empty() => return Err(refusal.into()),
            _ => {}
        }
    }
    Ok(())
}
