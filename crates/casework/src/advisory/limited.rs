//! Releases to an audience that is not everybody: a TLP level, or one party by its name.
//!
//! Owns their numbers, which are random: a number in a row would show everybody that something is under embargo. Every clause of a
//! publication is asked, and the hold and the confidentiality of the case beside them. Never touches the public life of an advisory.

use super::evidence::unaccepted;
use super::release::{Permission, SAY_WHAT_CHANGED, may_go_out, revise, with_approver};
use super::schedule::{Arrived, PublisherLease, Scheduling, policy_zone};
use super::{brand_named, find_advisory, next_version, push_text, wrong_stage};
use crate::Casework;
use crate::actions::{ORDER_RELEASE, SCHEDULE};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::line_of_text;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, Audience, Limited, LimitedEvent, LimitedRelease, Stage, Step, difference,
    step_between,
};
use psirt::board::Board;
use psirt::body::What;
use psirt::house::Brand;
use std::collections::BTreeSet;
use store::StreamId;

/// To whom an advisory is released, and what lets it go there before everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitedOrder {
    /// Who.
    pub audience: Audience,
    /// What changed; a first release may leave it empty.
    pub summary: String,
    /// Clauses that two people waive for this release, each with the reason.
    pub waived: Vec<(String, String)>,
}

impl Casework {
    /// Orders the release of an approved advisory to an audience, and gives back its number and revision there. An order that is not on
    /// disk yet is given back as it is.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] with the clause that keeps it from them, or for one person;
    /// [`ActError::Invalid`] for another stage, an unknown party, or a text that they have; those of the store.
    pub async fn order_limited(
        &self,
        actor: &Actor,
        id: &str,
        order: &LimitedOrder,
    ) -> Result<(String, u32), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) = find_advisory(board, id)
                .or_else(|error| permit(&board.house, actor, &ORDER_RELEASE).and(Err(error)))?;
            let actor = &with_approver(actor, state);
            permit(&board.house, actor, &ORDER_RELEASE)?;
            let known = state
                .limited_to(&order.audience)
                .and_then(|known| known.release.as_ref());
            if let Some(known) = known.filter(|known| !known.on_disk) {
                return Ok((Plan::by(actor), number_of(&known.advisory)));
            }
            let ordering = LimitedOrdering { order, scheduled: None };
            self.ordering_limited(replica, actor, &stream, state, &ordering, now)
        };
        self.record(record).await.map(|(given, _)| given)
    }

    /// Orders the same for an instant.
    ///
    /// # Errors
    /// As [`Casework::order_limited`], but for what is asked at that instant only; [`ActError::Invalid`] for an instant that has passed.
    pub async fn schedule_limited(
        &self,
        actor: &Actor,
        id: &str,
        order: &LimitedOrder,
        plan: &Scheduling,
    ) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            let (stream, state) =
                find_advisory(board, id).or_else(|error| permit(&board.house, actor, &SCHEDULE).and(Err(error)))?;
            let actor = &with_approver(actor, state);
            permit(&board.house, actor, &SCHEDULE)?;
            approved(state)?;
            if plan.at < now {
                return Err(ActError::invalid(
                    "this instant has passed: name one to come, or order the release now",
                ));
            }
            let brand = brand_named(board, &state.draft.brand)?;
            may_receive(board, brand, &order.audience)?;
            reasons(&order.waived)?;
            let zone = plan.zone.clone().unwrap_or_else(|| policy_zone(board, &brand.policy));
            if TimeZone::get(&zone).is_err() {
                return Err(ActError::invalid(format!("no time zone is called `{}`", shown(&zone))));
            }
            let advisory = self.text_for(replica, brand, state, order, plan.at)?;
            unaccepted(brand, &advisory, &plan.accepted)?;
            let event = LimitedEvent::Scheduled {
                at: plan.at,
                zone,
                summary: order.summary.trim().to_owned(),
                accepted: plan.accepted.clone(),
                waived: order.waived.clone(),
            };
            Ok((Plan::one(actor, &stream, now, limited(&order.audience, event)), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Records that a release to an audience is in the protected tree. Repeating is harmless.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::Invalid`] if none was ordered; those of the store.
    pub async fn mark_limited(
        &self,
        id: &str,
        audience: &Audience,
        generation: u64,
        manifest: &str,
    ) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let (stream, state) = find_advisory(&replica.board, id)?;
            let publisher = Actor::part("publisher");
            let release = state.limited_to(audience).and_then(|limited| limited.release.as_ref());
            let release = release.ok_or_else(|| ActError::invalid("no release to them was ordered"))?;
            if release.on_disk {
                return Ok((Plan::by(&publisher), ()));
            }
            let late = |at: Timestamp| u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0);
            let event = LimitedEvent::Published {
                generation,
                manifest: manifest.to_owned(),
                late_s: release.order.scheduled.map(late),
            };
            Ok((Plan::one(&publisher, &stream, now, limited(audience, event)), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Every advisory of a brand that may leave to an audience that is not everybody.
    #[must_use]
    pub fn limited_releases(&self, brand: &str) -> Vec<super::Release> {
        let board = self.board();
        let mut releases = Vec::new();
        for (id, state) in &board.advisories {
            for limited in &state.limited {
                let Some(release) = limited
                    .release
                    .as_ref()
                    .filter(|release| release.advisory.brand == brand)
                else {
                    continue;
                };
                let Ok(released) = release.released() else { continue };
                let schedule = limited.schedule.as_ref();
                releases.push(super::Release {
                    id: id.clone(),
                    released,
                    fixed: release.fixed.clone(),
                    key: None,
                    accepted: schedule.map(|schedule| schedule.accepted.clone()).unwrap_or_default(),
                    on_disk: release.on_disk,
                    before: None,
                });
            }
        }
        releases
    }

    /// Brands of which the protected tree lacks something that was ordered and that a key signs, or has something that must go.
    #[must_use]
    pub fn brands_waiting_limited(&self) -> BTreeSet<String> {
        let (board, now) = (self.board(), self.now());
        let waits = |state: &&AdvisoryState| {
            let mut releases = state.limited.iter().filter_map(|limited| limited.release.as_ref());
            let signs = board.house.cannot_sign(&state.draft.brand, now).is_none();
            state.to_remove || releases.any(|release| !release.on_disk && (signs || release.fixed.is_some()))
        };
        let waiting = board.advisories.values().filter(waits);
        waiting.map(|state| state.draft.brand.clone()).collect()
    }

    /// Whether there is such a brand.
    #[must_use]
    pub fn has_waiting_limited(&self) -> bool {
        !self.brands_waiting_limited().is_empty()
    }

    /// Orders what was scheduled for audiences and has arrived, as [`Casework::order_arrived`] does for everybody.
    pub(super) async fn order_arrived_limited(&self, lease: &PublisherLease) -> Result<Vec<Arrived>, ActError> {
        let now = self.now();
        let due: Vec<(String, Audience)> = {
            let board = self.board();
            let states = board.advisories.iter();
            let arrived = |limited: &&Limited| limited.schedule.as_ref().is_some_and(|schedule| schedule.at <= now);
            states
                .flat_map(|(id, state)| {
                    state
                        .limited
                        .iter()
                        .filter(arrived)
                        .map(|one| (id.clone(), one.audience.clone()))
                })
                .collect()
        };
        let mut arrived = Vec::new();
        for (id, audience) in due {
            let record = |replica: &Replica, now: Timestamp| self.arrive_limited(replica, &id, &audience, lease, now);
            if let (Some(one), _) = self.record(record).await? {
                arrived.push(one);
            }
        }
        Ok(arrived)
    }

    fn arrive_limited(
        &self,
        replica: &Replica,
        id: &str,
        audience: &Audience,
        lease: &PublisherLease,
        now: Timestamp,
    ) -> Result<(Plan, Option<Arrived>), ActError> {
        let publisher = Actor::part("publisher");
        let Ok((stream, state)) = find_advisory(&replica.board, id) else {
            return Ok((Plan::by(&publisher), None));
        };
        let waiting = state
            .limited_to(audience)
            .and_then(|known| Some((known, known.schedule.as_ref()?)));
        let Some((known, schedule)) = waiting.filter(|(_, schedule)| schedule.at <= now) else {
            return Ok((Plan::by(&publisher), None));
        };
        if known.release.as_ref().is_some_and(|release| !release.on_disk) {
            // On its way, by hand or by an earlier round.
            return Ok((Plan::by(&publisher), None));
        }
        let ahead = Actor {
            id: schedule.by.clone(),
            approved_by: schedule.second.clone(),
        };
        let actor = with_approver(&ahead, state);
        let order = LimitedOrder {
            audience: audience.clone(),
            summary: schedule.summary.clone(),
            waived: known.schedule_waives.clone(),
        };
        let ordering = LimitedOrdering {
            order: &order,
            scheduled: Some(schedule.at),
        };
        let ordered = permit(&replica.board.house, &actor, &ORDER_RELEASE)
            .and_then(|()| self.ordering_limited(replica, &actor, &stream, state, &ordering, now));
        let id = id.to_owned();
        match ordered {
            Ok((mut plan, _)) => {
                plan.lease = Some(lease.0.clone());
                Ok((plan, Some(Arrived::Ordered { id })))
            }
            Err(
                error @ (ActError::Refused(_)
                | ActError::Invalid(_)
                | ActError::NotPermitted(_)
                | ActError::NotFound(_)),
            ) => {
                let why = error.to_string();
                let mut plan = Plan::by(&publisher);
                if schedule.held_back.as_ref() != Some(&why) {
                    let (at, why) = (schedule.at, why.clone());
                    plan = Plan::one(
                        &publisher,
                        &stream,
                        now,
                        limited(audience, LimitedEvent::HeldBack { at, why }),
                    );
                    plan.lease = Some(lease.0.clone());
                }
                Ok((plan, Some(Arrived::HeldBack { id, why })))
            }
            Err(error) => Err(error),
        }
    }

    fn ordering_limited(
        &self,
        replica: &Replica,
        actor: &Actor,
        stream: &StreamId,
        state: &AdvisoryState,
        ordering: &LimitedOrdering<'_>,
        now: Timestamp,
    ) -> Result<(Plan, (String, u32)), ActError> {
        let LimitedOrdering { order, scheduled } = *ordering;
        approved(state)?;
        let brand = brand_named(&replica.board, &state.draft.brand)?;
        may_receive(&replica.board, brand, &order.audience)?;
        reasons(&order.waived)?;
        let advisory = self.text_for(replica, brand, state, order, now)?;
        let permission = Permission {
            audience: &order.audience,
            waived: &order.waived,
            first: state.draft.revisions.is_empty(),
        };
        may_go_out(replica, actor, brand, &advisory, Some(&permission), now)?;
        let given = number_of(&advisory);
        let mut plan = Plan::by(actor);
        let event = LimitedEvent::Ordered {
            text: text_version(state),
            advisory: Box::new(advisory),
            scheduled,
            waived: order.waived.clone(),
        };
        push_limited(&mut plan, stream, now, &order.audience, event)?;
        Ok((plan, given))
    }

    /// The approved text as this audience gets it.
    fn text_for(
        &self,
        replica: &Replica,
        brand: &Brand,
        state: &AdvisoryState,
        order: &LimitedOrder,
        now: Timestamp,
    ) -> Result<Advisory, ActError> {
        let known = state
            .limited_to(&order.audience)
            .and_then(|known| known.release.as_ref());
        if known.is_some_and(|known| same_text(&known.advisory, &state.draft)) {
            return Err(ActError::invalid(format!(
                "{} has this very text already",
                order.audience
            )));
        }
        let number = match known {
            Some(known) => known.advisory.number.clone(),
            None => self.draw_limited_number(replica, brand, &order.audience)?,
        };
        let summary = match (known, order.summary.trim()) {
            (None, "") => "First release.",
            (Some(_), "") => return Err(ActError::invalid(SAY_WHAT_CHANGED)),
            (_, summary) => summary,
        };
        let summary = line_of_text("what changed in this revision", summary)?;
        Ok(as_next(
            &state.draft,
            &order.audience,
            number,
            known,
            brand,
            &summary,
            now,
        ))
    }

    /// A number that tells nobody how many there are: `NN-AMBER-4F7K2M9Q1D`.
    fn draw_limited_number(&self, replica: &Replica, brand: &Brand, audience: &Audience) -> Result<String, ActError> {
        loop {
            let id = self.ports().ids.draw("limited")?;
            let drawn = id.as_str().get(..10).unwrap_or(id.as_str()).to_uppercase();
            let number = format!("{}-{}-{drawn}", brand.number_prefix, audience.label());
            let states = replica.board.advisories.values();
            let mut taken = states
                .flat_map(|state| &state.limited)
                .filter_map(|one| one.release.as_ref());
            if !taken.any(|release| release.advisory.number == number) {
                return Ok(number);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct LimitedOrdering<'o> {
    order: &'o LimitedOrder,
    scheduled: Option<Timestamp>,
}

/// Whoever has an earlier text gets the one that `advisory` says, in the same act: no audience is told something else.
pub(super) fn bring_along(
    plan: &mut Plan,
    stream: &StreamId,
    state: &AdvisoryState,
    brand: &Brand,
    advisory: &Advisory,
    now: Timestamp,
) -> Result<(), ActError> {
    let last = advisory.revisions.last();
    let last = last.map_or((1, ""), |revision| (revision.number, revision.summary.as_str()));
    bring(plan, stream, state, brand, advisory, last, now)
}

fn bring(
    plan: &mut Plan,
    stream: &StreamId,
    state: &AdvisoryState,
    brand: &Brand,
    advisory: &Advisory,
    (text, summary): (u32, &str),
    now: Timestamp,
) -> Result<(), ActError> {
    for known in &state.limited {
        let Some(release) = known
            .release
            .as_ref()
            .filter(|release| !same_text(&release.advisory, advisory))
        else {
            continue;
        };
        let number = release.advisory.number.clone();
        let next = as_next(advisory, &known.audience, number, Some(release), brand, summary, now);
        let event = LimitedEvent::Ordered {
            advisory: Box::new(next),
            text,
            scheduled: None,
            waived: release.waived.clone(),
        };
        push_limited(plan, stream, now, &known.audience, event)?;
    }
    Ok(())
}

/// What audiences have of an advisory of which nothing is public, if something may follow.
pub(super) fn last_limited(state: &AdvisoryState) -> Option<Advisory> {
    let nothing_public = state.ordered.is_none() && !state.stage.is_last();
    let mut releases = state.limited.iter().filter_map(|limited| limited.release.as_ref());
    let last = releases.next_back().filter(|_| nothing_public)?;
    let revisions = state.draft.revisions.clone();
    Some(Advisory {
        number: String::new(),
        revisions,
        ..neutral(&last.advisory)
    })
}

/// A last revision for every audience, with these texts, and the version that they are. It begins with a draft of its own, so that it stands on these two people.
pub(super) fn ending_limited(
    actor: &Actor,
    stream: &StreamId,
    state: &AdvisoryState,
    brand: &Brand,
    advisory: &Advisory,
    summary: &str,
    now: Timestamp,
) -> Result<(Plan, u32), ActError> {
    let text = next_version(advisory);
    let mut plan = Plan::by(actor);
    let drafted = AdvisoryEvent::Drafted(Box::new(advisory.clone()));
    push_text(&mut plan, stream, text, now, drafted)?;
    bring(&mut plan, stream, state, brand, advisory, (text, summary), now)?;
    Ok((plan, text))
}

/// A text as the next revision of what an audience has.
fn as_next(
    text: &Advisory,
    audience: &Audience,
    number: String,
    known: Option<&LimitedRelease>,
    brand: &Brand,
    summary: &str,
    now: Timestamp,
) -> Advisory {
    let mut advisory = Advisory {
        number,
        audience: audience.clone(),
        revisions: known.map(|known| known.advisory.revisions.clone()).unwrap_or_default(),
        ..neutral(text)
    };
    let step = known.map_or(Step::Patch, |known| step_between(&known.advisory, &advisory).0);
    revise(&mut advisory, brand, summary, step, now);
    advisory
}

/// A text without what each audience has of its own.
fn neutral(text: &Advisory) -> Advisory {
    let mut text = text.clone();
    text.audience = Audience::Public;
    for vulnerability in &mut text.vulnerabilities {
        vulnerability
            .milestones
            .retain(|milestone| milestone.text != super::draft::PUBLISHED);
    }
    text
}

fn same_text(one: &Advisory, other: &Advisory) -> bool {
    difference(&neutral(one), &neutral(other)).is_empty()
}

/// What two people agreed on, or what is public.
fn approved(state: &AdvisoryState) -> Result<(), ActError> {
    match state.stage {
        Stage::Approved | Stage::Scheduled | Stage::Published => Ok(()),
        _ => Err(wrong_stage(state, "released to anybody")),
    }
}

/// A party is a customer of the brand that two people can name.
fn may_receive(board: &Board, brand: &Brand, audience: &Audience) -> Result<(), ActError> {
    let why = match audience {
        Audience::Public => "an order for everybody names no audience",
        Audience::Tlp(_) => return Ok(()),
        Audience::Party(party) => {
            let known = board.house.customers.get(party);
            if known.is_some_and(|known| known.party && known.brand == brand.id) {
                return Ok(());
            }
            "no party of this brand has that name: `candor customer add NAME --brand BRAND --party`"
        }
    };
    Err(ActError::invalid(why))
}

fn reasons(waived: &[(String, String)]) -> Result<(), ActError> {
    for (_, why) in waived {
        line_of_text("the reason for a waiver", why)?;
    }
    Ok(())
}

fn text_version(state: &AdvisoryState) -> u32 {
    // What is public is a version already; a draft is the next one.
    if state.stage == Stage::Published {
        return next_version(&state.draft).saturating_sub(1).max(1);
    }
    next_version(&state.draft)
}

fn number_of(advisory: &Advisory) -> (String, u32) {
    let revision = advisory.revisions.last().map_or(0, |revision| revision.number);
    (advisory.number.clone(), revision)
}

pub(super) fn limited(audience: &Audience, event: LimitedEvent) -> What {
    What::Advisory(AdvisoryEvent::Limited {
        audience: audience.clone(),
        event,
    })
}

/// Adds an entry that holds a text, sealed under the key of its version: what must go from the public goes from everybody.
fn push_limited(
    plan: &mut Plan,
    stream: &StreamId,
    now: Timestamp,
    audience: &Audience,
    event: LimitedEvent,
) -> Result<(), ActError> {
    let version = match &event {
        LimitedEvent::Ordered { text, .. } => *text,
        _ => 1,
    };
    let audience = audience.clone();
    push_text(plan, stream, version, now, AdvisoryEvent::Limited { audience, event })
}
