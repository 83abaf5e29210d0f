//! Publication at an instant that nobody needs to be there for: ordered ahead by two people, carried out by any process under one lease.
//!
//! Owns what is asked when the instant has come: the same clauses, gates and people as for an order by hand. Never publishes before the
//! instant, and never judges whether the machine's clock can be believed: the caller does, before it asks for what has arrived.

use super::evidence::unaccepted;
use super::release::{Ordering, numbered, ordering, with_approver};
use super::unmet::{embargo_ahead, unbegun_holds};
use super::{brand_named, find_advisory, is_on_its_way, sealed, wrong_stage};
use crate::Casework;
use crate::actions::{ORDER_RELEASE, SCHEDULE};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::line_of_text;
use crate::jobs::{CLAIM, later};
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{AdvisoryEvent, AdvisoryState, Schedule, Stage};
use psirt::board::Board;
use psirt::body::What;
use psirt::case::early::{EarlyEnd, early_ends};
use psirt::case::refuse::Refusal;
use psirt::clock::proof::moment;
use psirt::event::Kind;
use store::{Holder, Lease, LeaseName};

/// When and how an approved advisory goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scheduling {
    /// The instant.
    pub at: Timestamp,
    /// The IANA name of the zone in which it was given; none: that of the brand's policy.
    pub zone: Option<String>,
    /// What changed in this revision; a first release may leave it empty.
    pub summary: String,
    /// Optional tests of CSAF whose findings are accepted, each with the reason.
    pub accepted: Vec<(String, String)>,
}

/// When a clause would have an advisory out, or an embargo lets it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyInstant {
    /// The instant.
    pub at: Timestamp,
    /// The clause, without its sign; none where it is an agreed embargo that ends then.
    pub clause: Option<String>,
    /// The case.
    pub case: String,
}

/// The right to publish: one holder at a time, whatever the number of processes.
#[derive(Clone, Debug)]
pub struct PublisherLease(pub(crate) Lease);

/// A scheduled advisory whose instant has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// Its release is ordered; the tree can have it.
    Ordered {
        /// Its id.
        id: String,
    },
    /// Something forbids it. It stays scheduled and is asked for again.
    HeldBack {
        /// Its id.
        id: String,
        /// The refusal.
        why: String,
    },
}

impl Casework {
    /// Orders the release of an approved advisory for an instant. What is asked then may be otherwise than now; what already speaks
    /// against that instant is given back as sentences.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] for one person; [`ActError::Invalid`] for another stage, an
    /// instant that has passed, an unknown zone, or a finding of an optional CSAF test that nobody accepted; those of the store.
    pub async fn schedule(&self, actor: &Actor, id: &str, plan: &Scheduling) -> Result<Vec<String>, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) =
                find_advisory(board, id).or_else(|error| permit(&board.house, actor, &SCHEDULE).and(Err(error)))?;
            let actor = &with_approver(actor, state);
            permit(&board.house, actor, &SCHEDULE)?;
            if !matches!(state.stage, Stage::Approved | Stage::Scheduled) || is_on_its_way(state) {
                return Err(wrong_stage(state, "scheduled"));
            }
            if plan.at < now {
                return Err(ActError::invalid(
                    "this instant has passed: name one to come, or order the release now",
                ));
            }
            let brand = brand_named(board, &state.draft.brand)?;
            let zone = match plan.zone.as_deref() {
                Some(zone) => zone.to_owned(),
                None => policy_zone(board, &brand.policy),
            };
            if TimeZone::get(&zone).is_err() {
                return Err(ActError::invalid(format!("no time zone is called `{}`", shown(&zone))));
            }
            let order = Ordering {
                summary: &plan.summary,
                ..Ordering::default()
            };
            let advisory = numbered(board, brand, state, &order, plan.at)?;
            sealed::refuse_line(board, &state.draft, &plan.summary, now)?;
            for (_, why) in &plan.accepted {
                line_of_text("the reason for a finding", why)?;
            }
            unaccepted(brand, &advisory, &plan.accepted)?;
            let event = AdvisoryEvent::Scheduled {
                at: plan.at,
                zone,
                summary: plan.summary.trim().to_owned(),
                accepted: plan.accepted.clone(),
            };
            for (_, case) in super::cases_left(board, &state.draft)? {
                if let Some(agreed) = embargo_ahead(board, case, plan.at) {
                    return Err(Refusal::without_clause(format!(
                        "{} is under embargo until {}: schedule it for then, or let two people end the embargo with the reason (`candor case embargo-ended`)",
                        case.number,
                        agreed.words()
                    ))
                    .into());
                }
            }
            let doubts = doubts(board, state, plan.at, now)?;
            Ok((Plan::one(actor, &stream, now, What::Advisory(event)), doubts))
        };
        self.record(record).await.map(|(doubts, _)| doubts)
    }

    /// When the policy would have an advisory out: on the day to which its clause rolls the end of the last hold, or when the last hold ends;
    /// without a hold by the first date that a case of it owes; and never before an embargo ends that was agreed on. None where that has
    /// passed, or where no clause says anything.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] while a hold has not begun, since nobody knows its end.
    pub fn policy_instant(&self, actor: &Actor, id: &str) -> Result<Option<PolicyInstant>, ActError> {
        self.may_read(actor)?;
        let (board, now) = (self.board(), self.now());
        let (_, state) = find_advisory(&board, id)?;
        let (mut holds, mut dues, mut embargoes) = (Vec::new(), Vec::new(), Vec::new());
        for (_, case) in super::cases_left(&board, &state.draft)? {
            if let Some(hold) = unbegun_holds(&board, state, case, now)?.into_iter().next() {
                let message = format!(
                    "{} in {}; give an instant with --at, at which it is asked again",
                    hold.message, case.number
                );
                return Err(Refusal { message, ..hold }.into());
            }
            embargoes.extend(embargo_ahead(&board, case, now).map(|agreed| PolicyInstant {
                at: agreed.until,
                clause: None,
                case: case.number.clone(),
            }));
            for obligation in board.obligations(case, now) {
                if obligation.promise.ends != Kind::AdvisoryPublished || !obligation.state.open() {
                    continue;
                }
                let named = |at| PolicyInstant {
                    at,
                    clause: Some(obligation.promise.clause.clone()),
                    case: case.number.clone(),
                };
                holds.extend(obligation.scheduled.or(obligation.not_before).map(named));
                dues.extend(obligation.due.map(named));
            }
        }
        let of_policy = holds.into_iter().max().or(dues.into_iter().min());
        let instant = of_policy.into_iter().chain(embargoes).max();
        Ok(instant.filter(|instant| instant.at > now))
    }

    /// The next instant at which something is to be published, if anything waits for one.
    #[must_use]
    pub fn next_publication(&self) -> Option<Timestamp> {
        let board = self.board();
        let limited = board.advisories.values().flat_map(|state| &state.limited);
        let limited = limited.filter_map(|limited| limited.schedule.as_ref());
        let public = board.advisories.values().filter_map(unattended);
        public.chain(limited).map(|schedule| schedule.at).min()
    }

    /// Takes the right to publish for some minutes; none if another process holds it. The same `publisher` takes its own again at once.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn publisher_lease(&self, publisher: &str) -> Result<Option<PublisherLease>, ActError> {
        let (name, holder) = (LeaseName::new("publisher")?, Holder::new(publisher)?);
        let now = self.now();
        let until_us = later(now, CLAIM).as_microsecond();
        let lease = self.store().take_lease(&name, &holder, now.as_microsecond(), until_us);
        Ok(lease.await?.map(PublisherLease))
    }

    /// Gives the right to publish back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn release_publisher(&self, lease: &PublisherLease) -> Result<(), ActError> {
        Ok(self.store().release_lease(&lease.0).await?)
    }

    /// Orders the release of every scheduled advisory whose instant has come, in the names of those who scheduled it, asking every clause
    /// and gate again. One that is refused says so once for each refusal, and is asked for again in the next round.
    ///
    /// # Errors
    /// Those of the store; what was ordered stays ordered, once.
    pub async fn order_arrived(&self, lease: &PublisherLease) -> Result<Vec<Arrived>, ActError> {
        self.refresh().await?;
        let now = self.now();
        let due: Vec<String> = {
            let board = self.board();
            let due = board
                .advisories
                .iter()
                .filter(|(_, state)| unattended(state).is_some_and(|schedule| schedule.at <= now));
            due.map(|(id, _)| id.clone()).collect()
        };
        let mut arrived = Vec::new();
        for id in due {
            let record = |replica: &Replica, now: Timestamp| arrive(replica, &id, lease, now);
            if let (Some(one), _) = self.record(record).await? {
                arrived.push(one);
            }
        }
        arrived.extend(self.order_arrived_limited(lease).await?);
        Ok(arrived)
    }
}

/// One whose instant has come, asked as a person's order would be.
fn arrive(
    replica: &Replica,
    id: &str,
    lease: &PublisherLease,
    now: Timestamp,
) -> Result<(Plan, Option<Arrived>), ActError> {
    let publisher = Actor::part("publisher");
    let board = &replica.board;
    // Somebody may have taken it back, or ordered it, since it was listed.
    let Ok((stream, state)) = find_advisory(board, id) else {
        return Ok((Plan::by(&publisher), None));
    };
    let Some(schedule) = unattended(state).filter(|schedule| schedule.at <= now) else {
        return Ok((Plan::by(&publisher), None));
    };
    let ordered_ahead = Actor {
        id: schedule.by.clone(),
        approved_by: schedule.second.clone(),
    };
    let actor = with_approver(&ordered_ahead, state);
    let order = permit(&board.house, &actor, &ORDER_RELEASE).and_then(|()| {
        let order = Ordering {
            summary: &schedule.summary,
            scheduled: Some(schedule.at),
            step: None,
        };
        ordering(replica, &actor, &stream, state, &order, now)
    });
    let id = id.to_owned();
    match order {
        Ok(mut plan) => {
            plan.lease = Some(lease.0.clone());
            Ok((plan, Some(Arrived::Ordered { id })))
        }
        Err(
            error @ (ActError::Refused(_) | ActError::Invalid(_) | ActError::NotPermitted(_) | ActError::NotFound(_)),
        ) => {
            let why = error.to_string();
            let mut plan = Plan::by(&publisher);
            if schedule.held_back.as_ref() != Some(&why) {
                let (at, why) = (schedule.at, why.clone());
                plan = Plan::one(
                    &publisher,
                    &stream,
                    now,
                    What::Advisory(AdvisoryEvent::HeldBack { at, why }),
                );
                plan.lease = Some(lease.0.clone());
            }
            Ok((plan, Some(Arrived::HeldBack { id, why })))
        }
        Err(error) => Err(error),
    }
}

/// The schedule of an advisory that nobody needs to order by hand.
fn unattended(state: &AdvisoryState) -> Option<&Schedule> {
    let waits = state.stage == Stage::Scheduled && !is_on_its_way(state);
    state
        .schedule
        .as_ref()
        .filter(|schedule| waits && !schedule.zone.is_empty())
}

pub(super) fn policy_zone(board: &Board, policy: &str) -> String {
    let mut policies = board.house.policies.iter().rev();
    let zone = policies
        .find(|known| known.front.id == policy)
        .map(|policy| &policy.front.zone);
    zone.and_then(|zone| zone.iana_name()).unwrap_or("UTC").to_owned()
}

/// Why a scheduled publication should not wait for its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Early {
    /// The case in which it was recorded.
    pub case: String,
    /// What happened, and which clause it ends.
    pub end: EarlyEnd,
    /// The same as a sentence, with what two people can do.
    pub words: String,
}

/// What proposes to move a scheduled publication forward (D14). Nothing moves by itself.
pub(super) fn early(board: &Board, state: &AdvisoryState, now: Timestamp) -> Result<Vec<Early>, ActError> {
    let waits = state.stage == Stage::Scheduled && !is_on_its_way(state);
    let Some(schedule) = state.schedule.as_ref().filter(|schedule| waits && schedule.at > now) else {
        return Ok(Vec::new());
    };
    let mut early = Vec::new();
    for (_, case) in super::cases_left(board, &state.draft)? {
        let obligations = board.obligations(case, now);
        for end in early_ends(&case.facts, &case.entries, &obligations, now) {
            if !end.moves(schedule.at) {
                continue;
            }
            let zone = obligations
                .iter()
                .find(|obligation| obligation.policy.front.id == end.policy)
                .map_or(TimeZone::UTC, |obligation| obligation.policy.front.zone.clone());
            let words = proposal(&case.number, &end, schedule.at, &zone);
            early.push(Early {
                case: case.number.clone(),
                end,
                words,
            });
        }
    }
    Ok(early)
}

/// A proposal as a sentence.
fn proposal(case: &str, end: &EarlyEnd, scheduled: Timestamp, zone: &TimeZone) -> String {
    let EarlyEnd { clause, rule, .. } = end;
    let what = match end.kind {
        Kind::MadePublic => "details are public",
        Kind::ExploitPublic => "an exploit is public",
        Kind::AttacksSeen => "attacks were seen",
        other => other.name(),
    };
    let by = if end.by.is_empty() {
        String::new()
    } else {
        format!(", as {} recorded", end.by)
    };
    let since = moment(end.at, zone);
    let planned = moment(scheduled, zone);
    if !end.over {
        return format!(
            "{what} since {since} in {case}{by}. This does not end the hold of §{clause}, and speaks for it: two people may let `{rule}` go (`candor case waived {case} --rule {rule}`), and then publish before {planned}."
        );
    }
    let due = end
        .due
        .as_ref()
        .map(|(due, clause)| format!(" §{clause} aims at publication by {}.", moment(*due, zone)));
    format!(
        "{what} since {since} in {case}{by}. That ended the hold of §{clause}.{} It is scheduled for {planned}: two people may order it now, or schedule it earlier.",
        due.unwrap_or_default()
    )
}

/// What already speaks against an instant: holds and embargoes that end later, holds that have not begun, promises that are owed earlier.
pub(super) fn doubts(
    board: &Board,
    state: &AdvisoryState,
    at: Timestamp,
    now: Timestamp,
) -> Result<Vec<String>, ActError> {
    let mut doubts = Vec::new();
    for (_, case) in super::cases_left(board, &state.draft)? {
        doubts.extend(embargo_ahead(board, case, at).map(|agreed| {
            format!(
                "{} is under embargo until {}: it will not go out before, unless the embargo ends early",
                case.number,
                agreed.words()
            )
        }));
        doubts.extend(
            unbegun_holds(board, state, case, now)?
                .into_iter()
                .map(|hold| format!("§{} may hold {} back: {}", hold.clause, case.number, hold.message)),
        );
        for obligation in board.obligations(case, now) {
            if obligation.promise.ends != Kind::AdvisoryPublished || !obligation.state.open() {
                continue;
            }
            let (clause, zone) = (&obligation.promise.clause, &obligation.policy.front.zone);
            if let Some(until) = obligation.not_before.filter(|until| at < *until) {
                doubts.push(format!(
                    "§{clause} holds {} until {}: it will not go out before, unless the hold ends early",
                    case.number,
                    moment(until, zone)
                ));
            }
            if let Some(due) = obligation.due.filter(|due| at > *due) {
                doubts.push(format!(
                    "§{clause} owes the advisory on {} by {}: this instant is later",
                    case.number,
                    moment(due, zone)
                ));
            }
        }
    }
    Ok(doubts)
}
