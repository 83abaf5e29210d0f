//! From an approved advisory to one that is on disk: order, then (by `publish`) the tree, then the record of it (law 6).
//!
//! Owns public numbers and revisions, given here and never before, so that a gap tells nothing. Each step repeats safely.

use super::draft::PUBLISHED;
use super::evidence::evidence;
use super::follows::{follow_publication, follow_removal};
use super::limited::{bring_along, ending_limited, last_limited};
use super::schedule::early;
use super::sealed;
use super::unmet::{agreed_names, of_text};
use super::{advisory_plan, all_cases, brand_named, cases_left, find_advisory, is_on_its_way, push_text, wrong_stage};
use crate::Casework;
use crate::act::{judge, judge_with, next_entry};
use crate::actions::{ORDER_RELEASE, SUPERSEDE_ADVISORY, WITHDRAW_ADVISORY};
use crate::actor::Actor;
use crate::error::ActError;
use crate::house::line_of_text;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, Audience, Milestone, Released, Revision, Scheme, Shared, Stage, Status,
    Step, Validity, release, step_between,
};
use psirt::board::Board;
use psirt::body::What;
use psirt::case::refuse::{Refusal, refuse_limited};
use psirt::event::Event;
use psirt::house::Brand;
use store::{NumberOf, StreamId};

/// An advisory whose release is ordered.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordered {
    /// Its public number.
    pub number: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// What `publish` takes.
    pub released: Released,
}

impl Casework {
    /// Orders the release of an approved advisory: gives it its public number and revision, once every clause of every case allows it.
    /// `summary` says what changed; a first release may leave it empty. An order that is not on disk yet is given back as it is.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] with the clause, above all of a hold, or for one person;
    /// [`ActError::Invalid`] for another stage, or a CSAF document that does not pass; those of the store.
    pub async fn order_release(&self, actor: &Actor, id: &str, summary: &str) -> Result<Ordered, ActError> {
        self.order_step(actor, id, summary, None).await
    }

    /// The same, as a step of the brand's versions that a person chose: as great as the change asks for, or greater.
    ///
    /// # Errors
    /// As [`Casework::order_release`]; [`ActError::Invalid`] for a step that is too small, with the field that asks for more.
    pub async fn order_step(
        &self,
        actor: &Actor,
        id: &str,
        summary: &str,
        step: Option<Step>,
    ) -> Result<Ordered, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) = find_advisory(board, id)
                .or_else(|error| permit(&board.house, actor, &ORDER_RELEASE).and(Err(error)))?;
            let actor = &with_approver(actor, state);
            permit(&board.house, actor, &ORDER_RELEASE)?;
            if is_on_its_way(state) {
                return Ok((Plan::by(actor), ()));
            }
            let due = state.schedule.as_ref().is_none_or(|schedule| schedule.at <= now);
            match state.stage {
                Stage::Approved => {}
                Stage::Scheduled if due => {}
                // What ended the hold early lets two people publish early (D14); a date that nothing moved stays.
                Stage::Scheduled if early(board, state, now)?.iter().any(|early| early.end.over) => {}
                Stage::Scheduled => {
                    return Err(ActError::invalid(
                        "its scheduled instant is still to come; schedule it anew, or wait",
                    ));
                }
                _ => return Err(wrong_stage(state, "released")),
            }
            let order = Ordering {
                summary,
                step,
                scheduled: None,
            };
            Ok((ordering(replica, actor, &stream, state, &order, now)?, ()))
        };
        self.record(record).await?;
        self.ordered(id)
    }

    /// Says of a published advisory that another one of the same brand replaces it: orders the release of a last revision that says so.
    ///
    /// # Errors
    /// As [`Casework::order_release`]; [`ActError::Invalid`] for another advisory that is not published.
    pub async fn supersede_advisory(&self, actor: &Actor, id: &str, by: &str) -> Result<Ordered, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &SUPERSEDE_ADVISORY)?;
            let (stream, state) = find_advisory(board, id)?;
            let mut advisory = last_published(state).ok_or_else(|| wrong_stage(state, "replaced"))?;
            let brand = brand_named(board, &advisory.brand)?;
            let (other_stream, other) = find_advisory(board, by)?;
            let other = last_published(other).filter(|other| other.brand == advisory.brand && other_stream != stream);
            let other = other.ok_or_else(|| {
                ActError::invalid("what replaces an advisory is another one of the same brand, and published")
            })?;
            let url = documents::place::url(brand, &documents::place::page(&other));
            advisory.title = format!("Superseded: {}", advisory.title);
            advisory.validity = Validity::Superseded {
                by: other.number.clone(),
            };
            advisory.summary = format!(
                "This advisory is superseded by {}, {}: {url}\n\n{}",
                other.number, other.title, advisory.summary
            );
            let reference = (format!("Superseded by {}", other.number), url);
            for vulnerability in &mut advisory.vulnerabilities {
                vulnerability.references.push(reference.clone());
            }
            let summary = format!("Superseded by {}.", other.number);
            let (mut plan, version) = ending(board, state, actor, &stream, advisory, &summary, now)?;
            // What is said of it goes with the version that says it.
            let superseded = AdvisoryEvent::Superseded { by: other.number };
            push_text(&mut plan, &stream, version, now, superseded)?;
            Ok((plan, ()))
        };
        self.record(record).await?;
        self.ordered(id)
    }

    /// Takes a published advisory back with a public reason: orders the release of a last revision that says so. It stays in the tree. One that
    /// only some audiences have is taken back from them.
    ///
    /// # Errors
    /// As [`Casework::order_release`].
    pub async fn withdraw_advisory(&self, actor: &Actor, id: &str, why: &str) -> Result<Ordered, ActError> {
        let why = line_of_text("the public reason", why)?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &WITHDRAW_ADVISORY)?;
            let (stream, state) = find_advisory(board, id)?;
            sealed::refuse_line(board, &state.draft, &why, now)?;
            let summary = format!("Withdrawn: {why}");
            let withdrawn = |mut advisory: Advisory| {
                advisory.title = format!("Withdrawn: {}", advisory.title);
                advisory.validity = Validity::Withdrawn { why: why.clone() };
                advisory.summary = format!("This advisory is withdrawn: {why}\n\n{}", advisory.summary);
                advisory
            };
            let (mut plan, version) = match (last_published(state), last_limited(state)) {
                (Some(advisory), _) => ending(board, state, actor, &stream, withdrawn(advisory), &summary, now)?,
                // Nothing of it is public: whoever has it is told.
                (None, Some(advisory)) => {
                    let brand = brand_named(board, &advisory.brand)?;
                    ending_limited(actor, &stream, state, brand, &withdrawn(advisory), &summary, now)?
                }
                (None, None) => return Err(wrong_stage(state, "withdrawn")),
            };
            // The reason goes with the version that gives it.
            let withdrawn = AdvisoryEvent::Withdrawn { why: why.clone() };
            push_text(&mut plan, &stream, version, now, withdrawn)?;
            Ok((plan, ()))
        };
        self.record(record).await?;
        self.ordered(id)
    }

    /// The public numbers of advisories that this one replaced: once it is withdrawn, nothing valid is left of them.
    ///
    /// # Errors
    /// [`ActError::NotFound`].
    pub fn replaced_by(&self, id: &str) -> Result<Vec<String>, ActError> {
        let board = self.board();
        let (_, state) = find_advisory(&board, id)?;
        Ok(replaced_by(&board, state).map(str::to_owned).collect())
    }

    /// Records that an ordered release is in the published tree, on the advisory and on every case of it, and orders what follows. Repeating is harmless.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::Invalid`] if no release was ordered; those of the store.
    pub async fn mark_published(&self, id: &str, generation: u64, manifest: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) = find_advisory(board, id)?;
            // A version went; what else is public was recorded when it came.
            if state.to_remove && (state.on_disk || state.tombstone().is_some()) {
                let (manifest, late_s) = (manifest.to_owned(), None);
                let event = AdvisoryEvent::Published {
                    generation,
                    manifest,
                    late_s,
                };
                let mut plan = advisory_plan(&Actor::part("publisher"), &stream, now, event);
                follow_removal(&mut plan, replica, &stream, state, now)?;
                return Ok((plan, ()));
            }
            let (Some(ordered), Some(order)) = (&state.ordered, &state.order) else {
                return Err(wrong_stage(state, "marked as published"));
            };
            // What two people ordered is recorded in their names.
            let second = [order.approver.as_deref(), Some(order.author.as_str())]
                .into_iter()
                .flatten()
                .find(|second| *second != order.by);
            let actor = Actor {
                id: order.by.clone(),
                approved_by: second.map(str::to_owned),
            };
            if state.on_disk {
                return Ok((Plan::by(&actor), ()));
            }
            // Since the clock may stand a little behind the journal, never negative.
            let late = |at: Timestamp| u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0);
            let event = AdvisoryEvent::Published {
                generation,
                manifest: manifest.to_owned(),
                late_s: order.scheduled.map(late),
            };
            let mut plan = advisory_plan(&actor, &stream, now, event);
            follow_publication(&mut plan, replica, &stream, state, ordered, now)?;
            for (case, _) in cases_left(board, ordered)? {
                plan.push(&case, now, What::Case(outcome(state, ordered)));
            }
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Records that the bytes of an ordered release could not be fixed, once for each reason: everything else goes out without it. It can
    /// be sent back to its author then; what was public before stays public.
    ///
    /// # Errors
    /// [`ActError::NotFound`], and those of the store.
    pub async fn hold_aside(&self, id: &str, revision: u32, why: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let (stream, state) = find_advisory(&replica.board, id)?;
            let actor = Actor::part("publisher");
            let known = state.held_aside.as_deref() == Some(why);
            if known || state.on_disk || state.fixed().is_some() || state.ordered_revision() != Some(revision) {
                return Ok((Plan::by(&actor), ()));
            }
            let mut plan = Plan::by(&actor);
            let why = why.to_owned();
            push_text(
                &mut plan,
                &stream,
                revision,
                now,
                AdvisoryEvent::HeldAside { revision, why },
            )?;
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    fn ordered(&self, id: &str) -> Result<Ordered, ActError> {
        let board = self.board();
        let (_, state) = find_advisory(&board, id)?;
        let limited = || {
            state
                .limited
                .iter()
                .find_map(|one| one.release.as_ref()?.released().ok())
        };
        let released = release(state).or_else(|refusal| limited().ok_or(refusal))?;
        let number = released.advisory().number.clone();
        let revision = released
            .advisory()
            .revisions
            .last()
            .map_or(0, |revision| revision.number);
        Ok(Ordered {
            number,
            revision,
            released,
        })
    }
}

/// The public numbers of advisories that this one replaced.
pub(super) fn replaced_by<'b>(board: &'b Board, state: &'b AdvisoryState) -> impl Iterator<Item = &'b str> {
    let number = &state.draft.number;
    let by = |other: &&AdvisoryState| !number.is_empty() && other.superseded_by() == Some(number.as_str());
    board
        .advisories
        .values()
        .filter(by)
        .map(|other| other.draft.number.as_str())
}

/// The order's second person: the one who is named, or else whoever approved the text, if that is somebody else.
pub(super) fn with_approver(actor: &Actor, state: &AdvisoryState) -> Actor {
    let approver = state.approved_by.clone().filter(|approver| *approver != actor.id);
    Actor {
        id: actor.id.clone(),
        approved_by: actor.approved_by.clone().or(approver),
    }
}

/// The text with its public number and its next revision.
pub(super) fn numbered(
    board: &Board,
    brand: &Brand,
    state: &AdvisoryState,
    order: &Ordering<'_>,
    now: Timestamp,
) -> Result<Advisory, ActError> {
    let summary = order.summary;
    let step = fitting_step(state, brand, order.step)?;
    let mut advisory = state.draft.copy();
    let first = advisory.revisions.is_empty();
    if advisory.number.is_empty() {
        let policies = board.house.policies.iter();
        let zone = policies
            .rev()
            .find(|policy| policy.front.id == brand.policy)
            .map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
        let year = now.to_zoned(zone.clone()).year();
        let numbered = board.advisories.values().filter_map(|state| state.ordered.as_deref());
        let taken: Vec<&Advisory> = numbered.collect();
        let of_year = taken.iter().filter(|other| {
            let year_of = |revision: &Revision| revision.at.to_zoned(zone.clone()).year();
            other.brand == brand.id && other.revisions.first().map(year_of) == Some(year)
        });
        let mut seq = u32::try_from(of_year.count()).unwrap_or(u32::MAX - 1) + 1;
        let removed = || board.advisories.values().flat_map(|state| &state.tombstones);
        let is_taken = |number: &str| {
            taken.iter().any(|other| other.number == number) || removed().any(|other| other.number == number)
        };
        while is_taken(&brand.advisory_number(year, seq)) {
            seq += 1;
        }
        advisory.number = brand.advisory_number(year, seq);
    }
    let summary = match (first, summary.trim()) {
        (true, "") => "First release.",
        (false, "") => return Err(ActError::invalid(SAY_WHAT_CHANGED)),
        (_, summary) => summary,
    };
    let summary = line_of_text("what changed in this revision", summary)?;
    revise(&mut advisory, brand, &summary, step, now);
    if first {
        for vulnerability in &mut advisory.vulnerabilities {
            vulnerability.milestones.push(Milestone {
                at: now,
                text: PUBLISHED.to_owned(),
                clause: None,
            });
        }
    }
    Ok(advisory)
}

/// What is asked of whoever orders a revision without a word.
pub(super) const SAY_WHAT_CHANGED: &str =
    "it is a revision of what is out: say in a line what changed in it, with --summary 'TEXT'";

/// The step that the change asks for, or a greater one that a person chose.
fn fitting_step(state: &AdvisoryState, brand: &Brand, chosen: Option<Step>) -> Result<Step, ActError> {
    let Some(before) = &state.ordered else {
        return Ok(chosen.unwrap_or(Step::Patch));
    };
    let (asked, field) = step_between(before, &state.draft);
    match chosen {
        Some(chosen) if chosen < asked && brand.version_scheme == Scheme::Semantic => Err(ActError::invalid(format!(
            "a {chosen} step is too small: `{}` changed, which is {asked} for whoever reads it",
            field.unwrap_or_default()
        ))),
        Some(chosen) => Ok(chosen),
        None => Ok(asked),
    }
}

pub(super) fn revise(advisory: &mut Advisory, brand: &Brand, summary: &str, step: Step, now: Timestamp) {
    let last = advisory.revisions.last();
    let version = brand
        .version_scheme
        .next(last.map(|last| (last.number, last.version.as_str())), step);
    let number = last.map_or(0, |revision| revision.number) + 1;
    advisory.revisions.push(Revision {
        number,
        at: now,
        summary: summary.to_owned(),
        version,
    });
}

/// Why something may go to an audience that is not everybody.
pub(super) struct Permission<'p> {
    pub(super) audience: &'p Audience,
    pub(super) waived: &'p [(String, String)],
    /// Whether nothing of the advisory is public.
    pub(super) first: bool,
}

/// Asks every clause of every case.
pub(super) fn may_go_out(
    replica: &Replica,
    actor: &Actor,
    brand: &Brand,
    advisory: &Advisory,
    limited: Option<&Permission<'_>>,
    now: Timestamp,
) -> Result<(), ActError> {
    let evidence = evidence(&replica.board, brand, advisory)?;
    if actor.approved_by.is_none() {
        return Err(Refusal::without_clause("publishing is the act of two people").into());
    }
    if let Some(refusal) = of_text(&replica.board, advisory)?.into_iter().next() {
        return Err(refusal.into());
    }
    sealed::refuse(&replica.board, advisory, now)?;
    for (stream, case) in all_cases(&replica.board, advisory)? {
        if case.view.closed {
            let number = &case.number;
            return Err(Refusal::without_clause(format!(
                "{number} is closed, and a case that is over tells nothing new: reopen it first, `candor case reopened {number} --why TEXT --as YOU`"
            ))
            .into());
        }
        let first = limited.map_or(advisory.revisions.len() <= 1, |limited| limited.first);
        let event = if first {
            Event::AdvisoryPublished {}
        } else {
            Event::AdvisoryRevised {}
        };
        let entry = next_entry(replica, &stream, actor, now, now, event);
        match limited {
            None => judge(&replica.board, case, &entry, evidence, now)?,
            Some(limited) => judge_with(&replica.board, case, &entry, evidence, now, |standing, entry| {
                refuse_limited(standing, entry, limited.audience, limited.waived)
            })?,
        }
    }
    Ok(())
}

/// How a release is ordered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ordering<'o> {
    /// What changed.
    pub(super) summary: &'o str,
    /// The step of the version that a person chose.
    pub(super) step: Option<Step>,
    /// The instant for which it was scheduled, where nobody gives the order but the schedule.
    pub(super) scheduled: Option<Timestamp>,
}

/// The order to release an approved text: its number and revision, once every clause of every case allows it.
pub(super) fn ordering(
    replica: &Replica,
    actor: &Actor,
    stream: &StreamId,
    state: &AdvisoryState,
    order: &Ordering<'_>,
    now: Timestamp,
) -> Result<Plan, ActError> {
    let brand = brand_named(&replica.board, &state.draft.brand)?;
    let advisory = numbered(&replica.board, brand, state, order, now)?;
    may_go_out(replica, actor, brand, &advisory, None, now)?;
    let mut plan = Plan::by(actor);
    if state.draft.number.is_empty() {
        let number = store::Number::new(advisory.number.as_str())?;
        plan.numbers.push(NumberOf {
            number,
            stream: stream.clone(),
        });
    }
    push_order(&mut plan, stream, advisory.clone(), order.scheduled, now)?;
    bring_along(&mut plan, stream, state, brand, &advisory, now)?;
    Ok(plan)
}

fn push_order(
    plan: &mut Plan,
    stream: &StreamId,
    advisory: Advisory,
    scheduled: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ActError> {
    let version = advisory.revisions.last().map_or(1, |revision| revision.number);
    let advisory = Box::new(advisory);
    let ordered = AdvisoryEvent::ReleaseOrdered { advisory, scheduled };
    push_text(plan, stream, version, now, ordered)
}

/// What is public of an advisory, if something may follow.
fn last_published(state: &AdvisoryState) -> Option<Advisory> {
    let published = state.ordered.as_ref();
    published
        .filter(|_| state.on_disk && !state.stage.is_last())
        .map(Shared::copy)
}

/// A last revision with these texts, checked like every other, and the version that it is.
fn ending(
    board: &Board,
    state: &AdvisoryState,
    actor: &Actor,
    stream: &StreamId,
    mut advisory: Advisory,
    summary: &str,
    now: Timestamp,
) -> Result<(Plan, u32), ActError> {
    advisory.status = Status::Final;
    let agreed = agreed_names(board, &advisory)?;
    for vulnerability in &mut advisory.vulnerabilities {
        vulnerability.credits.retain(|credit| agreed.contains(&credit.name));
    }
    let brand = brand_named(board, &advisory.brand)?;
    revise(&mut advisory, brand, summary, Step::Minor, now);
    evidence(board, brand, &advisory)?;
    let (mut plan, version) = last_revision(actor, stream, advisory.clone(), now)?;
    bring_along(&mut plan, stream, state, brand, &advisory, now)?;
    Ok((plan, version))
}

/// The order of a revision after which nothing follows. It begins with a draft of its own, so that the order stands on these two people,
/// whatever was being written meanwhile.
fn last_revision(
    actor: &Actor,
    stream: &StreamId,
    advisory: Advisory,
    now: Timestamp,
) -> Result<(Plan, u32), ActError> {
    let version = advisory.revisions.last().map_or(1, |revision| revision.number);
    let mut plan = Plan::by(actor);
    let drafted = AdvisoryEvent::Drafted(Box::new(advisory.clone()));
    push_text(&mut plan, stream, version, now, drafted)?;
    push_order(&mut plan, stream, advisory, None, now)?;
    Ok((plan, version))
}

/// What a release is for its cases.
fn outcome(state: &AdvisoryState, ordered: &Advisory) -> Event {
    match (state.stage, ordered.revisions.len()) {
        (Stage::Withdrawn, _) => Event::AdvisoryWithdrawn {},
        (_, 0 | 1) => Event::AdvisoryPublished {},
        _ => Event::AdvisoryRevised {},
    }
}
