//! From an approved advisory to one that is on disk: order, then (by `publish`) the tree, then the record of it (law 6).
//!
//! Owns public numbers and revisions, given here and never before, so that a gap tells nothing. Each step repeats safely.

use super::draft::PUBLISHED;
use super::evidence::evidence;
use super::{advisory_plan, all_cases, brand_named, cases_left, find_advisory, is_on_its_way, wrong_stage};
use crate::Casework;
use crate::act::{judge, next_entry};
use crate::actions::{ORDER_RELEASE, WITHDRAW_ADVISORY};
use crate::actor::Actor;
use crate::error::ActError;
use crate::house::line_of_text;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, LineState, Milestone, Released, Revision, Stage, Status, release,
};
use psirt::board::Board;
use psirt::body::What;
use psirt::case::refuse::Refusal;
use psirt::event::{CreditChoice, Event};
use psirt::house::Brand;
use std::collections::BTreeSet;
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
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) = find_advisory(board, id)
                .or_else(|error| permit(&board.house, actor, &ORDER_RELEASE).and(Err(error)))?;
            let actor = &with_approver(actor, state);
            permit(&board.house, actor, &ORDER_RELEASE)?;
            if is_on_its_way(state) {
                return Ok((Plan::by(actor), ()));
            }
            let due = state.scheduled.is_none_or(|at| at <= now);
            match state.stage {
                Stage::Approved => {}
                Stage::Scheduled if due => {}
                Stage::Scheduled => {
                    return Err(ActError::invalid(
                        "its scheduled instant is still to come; schedule it anew, or wait",
                    ));
                }
                _ => return Err(wrong_stage(state, "released")),
            }
            let brand = brand_named(board, &state.draft.brand)?;
            let advisory = numbered(board, brand, state, summary, now)?;
            may_go_out(replica, actor, brand, &advisory, now)?;
            Ok((order(actor, &stream, state, advisory, now)?, ()))
        };
        self.record(record).await?;
        self.ordered(id)
    }

    /// Takes a published advisory back with a public reason: orders the release of a last revision that says so. It stays in the tree.
    ///
    /// # Errors
    /// As [`Casework::order_release`].
    pub async fn withdraw_advisory(&self, actor: &Actor, id: &str, why: &str) -> Result<Ordered, ActError> {
        let why = line_of_text("the public reason", why)?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &WITHDRAW_ADVISORY)?;
            let (stream, state) = find_advisory(board, id)?;
            let published = state
                .ordered
                .as_ref()
                .filter(|_| state.on_disk && state.stage != Stage::Withdrawn);
            let mut advisory = published.cloned().ok_or_else(|| wrong_stage(state, "withdrawn"))?;
            let brand = brand_named(board, &advisory.brand)?;
            advisory.title = format!("Withdrawn: {}", advisory.title);
            advisory.summary = format!("This advisory is withdrawn: {why}\n\n{}", advisory.summary);
            advisory.status = Status::Final;
            let agreed = agreed(board, &advisory)?;
            for vulnerability in &mut advisory.vulnerabilities {
                vulnerability.credits.retain(|credit| agreed.contains(&credit.name));
            }
            revise(&mut advisory, &format!("Withdrawn: {why}"), now);
            evidence(board, brand, &advisory)?;
            // A draft of its own, so that the order stands on these two people, whatever was being written meanwhile.
            let mut plan = advisory_plan(actor, &stream, now, AdvisoryEvent::Drafted(Box::new(advisory.clone())));
            plan.push(
                &stream,
                now,
                What::Advisory(AdvisoryEvent::ReleaseOrdered {
                    advisory: Box::new(advisory),
                }),
            );
            plan.push(
                &stream,
                now,
                What::Advisory(AdvisoryEvent::Withdrawn { why: why.clone() }),
            );
            Ok((plan, ()))
        };
        self.record(record).await?;
        self.ordered(id)
    }

    /// Records that an ordered release is in the published tree, on the advisory and on every case of it. Repeating is harmless.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::Invalid`] if no release was ordered; those of the store.
    pub async fn mark_published(&self, id: &str, generation: u64, manifest: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) = find_advisory(board, id)?;
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
            let event = AdvisoryEvent::Published {
                generation,
                manifest: manifest.to_owned(),
            };
            let mut plan = advisory_plan(&actor, &stream, now, event);
            for (case, _) in cases_left(board, ordered)? {
                plan.push(&case, now, What::Case(outcome(state, ordered)));
            }
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    fn ordered(&self, id: &str) -> Result<Ordered, ActError> {
        let board = self.board();
        let (_, state) = find_advisory(&board, id)?;
        let released = release(state)?;
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

/// The order's second person: the one who is named, or else whoever approved the text, if that is somebody else.
fn with_approver(actor: &Actor, state: &AdvisoryState) -> Actor {
    let approver = state.approved_by.clone().filter(|approver| *approver != actor.id);
    Actor {
        id: actor.id.clone(),
        approved_by: actor.approved_by.clone().or(approver),
    }
}

/// The text with its public number and its next revision.
fn numbered(
    board: &Board,
    brand: &Brand,
    state: &AdvisoryState,
    summary: &str,
    now: Timestamp,
) -> Result<Advisory, ActError> {
    let mut advisory = state.draft.clone();
    let first = advisory.revisions.is_empty();
    if advisory.number.is_empty() {
        let policies = board.house.policies.iter();
        let zone = policies
            .rev()
            .find(|policy| policy.front.id == brand.policy)
            .map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
        let year = now.to_zoned(zone.clone()).year();
        let numbered = board.advisories.values().filter_map(|state| state.ordered.as_ref());
        let taken: Vec<&Advisory> = numbered.collect();
        let of_year = taken.iter().filter(|other| {
            let year_of = |revision: &Revision| revision.at.to_zoned(zone.clone()).year();
            other.brand == brand.id && other.revisions.first().map(year_of) == Some(year)
        });
        let mut seq = u32::try_from(of_year.count()).unwrap_or(u32::MAX - 1) + 1;
        while taken
            .iter()
            .any(|other| other.number == brand.advisory_number(year, seq))
        {
            seq += 1;
        }
        advisory.number = brand.advisory_number(year, seq);
    }
    let summary = if first && summary.trim().is_empty() {
        "First release."
    } else {
        summary
    };
    let summary = line_of_text("what changed in this revision", summary)?;
    revise(&mut advisory, &summary, now);
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

fn revise(advisory: &mut Advisory, summary: &str, now: Timestamp) {
    let number = advisory.revisions.last().map_or(0, |revision| revision.number) + 1;
    advisory.revisions.push(Revision {
        number,
        at: now,
        summary: summary.to_owned(),
    });
}

/// The names that reporters of an advisory's cases agree to see in it now (N23): a yes may be taken back while the text waits.
fn agreed(board: &Board, advisory: &Advisory) -> Result<BTreeSet<String>, ActError> {
    let cases = cases_left(board, advisory)?;
    let credits = cases.iter().flat_map(|(_, case)| &case.view.credits);
    let yes = credits.filter(|(_, choice, _)| *choice == CreditChoice::Yes);
    Ok(yes.filter_map(|(.., name)| name.clone()).collect())
}

/// Asks every clause of every case.
fn may_go_out(
    replica: &Replica,
    actor: &Actor,
    brand: &Brand,
    advisory: &Advisory,
    now: Timestamp,
) -> Result<(), ActError> {
    let evidence = evidence(&replica.board, brand, advisory)?;
    if actor.approved_by.is_none() {
        return Err(Refusal::without_clause("publishing is the act of two people").into());
    }
    let agreed = agreed(&replica.board, advisory)?;
    let mut named = advisory
        .vulnerabilities
        .iter()
        .flat_map(|vulnerability| &vulnerability.credits);
    if named.any(|credit| !agreed.contains(&credit.name)) {
        let message = "the text names a reporter who did not say yes, or took it back since: write it anew";
        return Err(Refusal::without_clause(message).into());
    }
    // The gates ask the case; the text may be older than its score. A statement that nothing is affected needs none (D19).
    let found = advisory.vulnerabilities.iter().filter(|vulnerability| {
        let mut lines = vulnerability.lines.iter();
        lines.any(|line| line.state != LineState::NotAffected)
    });
    if found
        .clone()
        .any(|vulnerability| vulnerability.scores.is_empty() || vulnerability.band.is_none())
    {
        let message = "the text has no score, or no band: score the case, and write the text anew";
        return Err(Refusal::without_clause(message).into());
    }
    // So was one that was written before any line had its verdict: under it nobody knows what to do.
    if found.clone().any(|vulnerability| vulnerability.remedies.is_empty()) {
        let message = "the text tells nobody what to do: say which lines are affected, and write the text anew";
        return Err(Refusal::without_clause(message).into());
    }
    for (stream, case) in all_cases(&replica.board, advisory)? {
        let first = advisory.revisions.len() <= 1;
        let event = if first {
            Event::AdvisoryPublished {}
        } else {
            Event::AdvisoryRevised {}
        };
        let entry = next_entry(replica, &stream, actor, now, now, event);
        judge(&replica.board, case, &entry, evidence, now)?;
    }
    Ok(())
}

fn order(
    actor: &Actor,
    stream: &StreamId,
    state: &AdvisoryState,
    advisory: Advisory,
    now: Timestamp,
) -> Result<Plan, ActError> {
    let mut plan = Plan::by(actor);
    if state.draft.number.is_empty() {
        let number = store::Number::new(advisory.number.as_str())?;
        plan.numbers.push(NumberOf {
            number,
            stream: stream.clone(),
        });
    }
    plan.push(
        stream,
        now,
        What::Advisory(AdvisoryEvent::ReleaseOrdered {
            advisory: Box::new(advisory),
        }),
    );
    Ok(plan)
}

/// What a release is for its cases.
fn outcome(state: &AdvisoryState, ordered: &Advisory) -> Event {
    match (state.stage, ordered.revisions.len()) {
        (Stage::Withdrawn, _) => Event::AdvisoryWithdrawn {},
        (_, 0 | 1) => Event::AdvisoryPublished {},
        _ => Event::AdvisoryRevised {},
    }
}
