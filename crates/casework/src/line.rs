//! What happens to a product line: releases planned, moved, cancelled, shipped, and the end of support. For every case at once.
//!
//! Owns the checks against the line and against the cases that it would rescue, of what is recorded and of what is taken back (D22).
//! Never touches a case's stream.

use crate::Casework;
use crate::act::{judge, next_entry};
use crate::actions::LINE_EVENT;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::merge::needs_second_person;
use crate::permit::permit;
use crate::plan::Plan;
use crate::ports::whole_microseconds;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Case, House};
use psirt::body::What;
use psirt::case::merge::{place, standing};
use psirt::case::refuse::{Evidence, Refusal};
use psirt::event::{Entry, Event, EventRef, Fixes, Group};
use psirt::house::HouseEvent;
use store::StreamId;

/// Entries of a line that a refusal lists, the last ones.
const LISTED_MAX: usize = 10;

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
            let stream = stream_of(replica, line)?;
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
                report: None,
            };
            if at < now {
                rescues_nothing(replica, &entry, line, now)?;
            }
            let event = HouseEvent::Line(Box::new(entry));
            Ok((Plan::one(actor, stream, at, What::House(event)), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Takes an entry of a product line back, which was a mistake: the one of this number, or the last of this name that stands. From
    /// then on no case sees it. It is not itself taken back; what did happen is recorded anew.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] for an unknown line; [`ActError::Refused`] without a reason, for an entry that is
    /// not there or is retracted already, for one that another stands on, and where it would give any open case time, or let a promise of
    /// it go, without a second person; those of the store.
    pub async fn retract_of_line(
        &self,
        actor: &Actor,
        line: &str,
        event: &EventRef,
        why: &str,
    ) -> Result<Entry, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let house = &replica.board.house;
            permit(house, actor, &LINE_EVENT)?;
            let stream = stream_of(replica, line)?;
            if why.trim().is_empty() {
                return Err(Refusal::without_clause("`retracted` needs a reason").into());
            }
            let target = recorded(house, line, event)?;
            if let Some(above) = stands_on(replica, target) {
                return Err(Refusal::without_clause(format!(
                    "{above} stands on this `{}`: retract it first",
                    target.event.kind()
                ))
                .into());
            }
            let retracted = Event::Retracted {
                event: EventRef::Seq(target.seq),
                why: why.to_owned(),
            };
            let retraction = next_entry(replica, stream, actor, now, now, retracted);
            gives_no_time(replica, &retraction, target, now)?;
            let event = HouseEvent::LineRetracted {
                line: line.to_owned(),
                seq: target.seq,
                why: why.to_owned(),
            };
            Ok((Plan::one(actor, stream, now, What::House(event)), target.clone()))
        };
        self.record(record).await.map(|(target, _)| target)
    }
}

fn stream_of<'a>(replica: &'a Replica, line: &str) -> Result<&'a StreamId, ActError> {
    let stream = replica.product_stream(line);
    stream.ok_or_else(|| ActError::invalid(format!("no product line is named `{}`", shown(line))))
}

/// The entry of a line that somebody means, if it still counts.
fn recorded<'a>(house: &'a House, line: &str, event: &EventRef) -> Result<&'a Entry, Refusal> {
    let entries = house.line_entries.get(line).map(Vec::as_slice).unwrap_or_default();
    let meant = |entry: &&Entry| match event {
        EventRef::Seq(seq) => entry.seq == *seq,
        EventRef::Name(name) => entry.event.kind().name() == name,
    };
    if let Some(entry) = entries.iter().rev().find(meant) {
        return Ok(entry);
    }
    let retracted = house.line_retracted.get(line).into_iter().flatten();
    if let Some(entry) = retracted.rev().map(|retracted| &retracted.entry).find(meant) {
        let message = format!("{} is retracted already", words(entry));
        return Err(Refusal::without_clause(message));
    }
    let earlier = entries.len().saturating_sub(LISTED_MAX);
    let listed: Vec<String> = entries.iter().skip(earlier).map(words).collect();
    let has = match (listed.as_slice(), earlier) {
        ([], _) => "nothing stands that was recorded of it".to_owned(),
        (listed, 0) => format!("it has {}", listed.join(", ")),
        (listed, earlier) => format!("it has {}, and {earlier} before them", listed.join(", ")),
    };
    Err(Refusal::without_clause(format!(
        "there is no such event of `{}`: {has}",
        shown(line)
    )))
}

/// An entry of a line as a refusal names it: `` `release-planned` 25.2 (entry 3)``.
fn words(entry: &Entry) -> String {
    let version = version(&entry.event).map_or_else(String::new, |version| format!(" {}", shown(version)));
    format!("`{}`{version} (entry {})", entry.event.kind(), entry.seq)
}

/// The version of a release.
fn version(event: &Event) -> Option<&str> {
    match event {
        Event::ReleasePlanned { version, .. }
        | Event::ReleaseMoved { version, .. }
        | Event::ReleaseCancelled { version, .. }
        | Event::ReleaseShipped { version, .. } => Some(version),
        _ => None,
    }
}

/// What would hang in the air without an entry of a line: what became of a planned release, or the withdrawal of what was shipped.
fn stands_on(replica: &Replica, target: &Entry) -> Option<String> {
    let line = target.event.product()?;
    match &target.event {
        Event::ReleasePlanned { version: planned, .. } => {
            let mut happened = replica.board.house.line_entries.get(line).into_iter().flatten();
            let became = |entry: &&Entry| {
                let release = version(&entry.event) == Some(planned);
                entry.seq > target.seq && release && !matches!(entry.event, Event::ReleasePlanned { .. })
            };
            happened.find(became).map(words)
        }
        Event::ReleaseShipped { version: shipped, .. } => {
            let withdraws = |entry: &Entry| {
                let Event::FixWithdrawn { product, version, .. } = &entry.event else {
                    return false;
                };
                let this = product == line && version.as_ref().is_none_or(|version| version == shipped);
                this && entry.recorded >= target.recorded
            };
            let withdrawn = |case: &Case| {
                let history = standing(&replica.board.history(case));
                let entry = history.into_iter().find(withdraws)?;
                let number = entry.case.as_ref().unwrap_or(&case.number);
                Some(format!("`fix-withdrawn` of {number} (entry {})", place(entry.seq)))
            };
            replica.board.fixed_by(target).into_iter().find_map(withdrawn)
        }
        _ => None,
    }
}

/// Taken back, it must not make a promise of an open case later, or let it go (D22), unless two people stand behind it.
fn gives_no_time(replica: &Replica, retraction: &Entry, target: &Entry, now: Timestamp) -> Result<(), Refusal> {
    if retraction.has_second_person() {
        return Ok(());
    }
    let board = &replica.board;
    let sees = |case: &Case| {
        let line = target.event.product();
        line.is_some_and(|line| case.facts.line(line).is_some())
    };
    for (_, case) in board.open().filter(|(_, case)| sees(case)) {
        let before = board.promised_if(case, &[], now);
        let after = board.promised_without(case, target, now);
        let act = format!("for {}, retracting this `{}`", case.number, target.event.kind());
        needs_second_person(retraction, &before, &after, &act)?;
    }
    Ok(())
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
