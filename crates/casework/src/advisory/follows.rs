//! What follows a publication: which entries the outbox of an advisory gets with its record, each with its job.
//!
//! Owns the choice. A job names its entry and holds nothing else: no address, no content. Never delivers.

use super::{brand_named, cases_left};
use crate::error::ActError;
use crate::plan::Plan;
use crate::replica::Replica;
use documents::cve;
use jiff::Timestamp;
use psirt::advisory::{Advisory, AdvisoryEvent, AdvisoryState, Delivery, DeliveryEnd, DeliveryEvent, Follow, Validity};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::clock::length::Counting;
use psirt::clock::timeline::{Subject, facts_at};
use psirt::event::Kind;
use psirt::policy::Policy;
use psirt::policy::block::promise::Promise;
use psirt::policy::block::publish::Vehicle;
use psirt::policy::fact::Holds;
use store::{Effect, Job, JobKey, StreamId};

/// Adds to the record of a publication what follows it; what still waited of an earlier revision is folded into it.
pub(super) fn follow_publication(
    plan: &mut Plan,
    replica: &Replica,
    stream: &StreamId,
    state: &AdvisoryState,
    advisory: &Advisory,
    now: Timestamp,
) -> Result<(), ActError> {
    // What was public before this house kept it was told to everybody then.
    if state.brought_along {
        return Ok(());
    }
    let board = &replica.board;
    let mut follows = follows(board, stream, state, advisory, now)?;
    for waiting in state.waiting_deliveries() {
        match &waiting.follow {
            follow if follows.contains(follow) => {}
            Follow::Cve(id) if stated(board, stream, id, Some(advisory), advisory)?.is_none() => {
                let why = nothing_to_submit(state, advisory, id);
                let event = DeliveryEvent::Skipped { why };
                plan.push(
                    stream,
                    now,
                    What::Advisory(AdvisoryEvent::Delivery { id: waiting.id, event }),
                );
                plan.dropped.push(job_key(stream, waiting.id, &waiting.follow)?);
            }
            follow => follows.push(follow.clone()),
        }
    }
    follows.extend(state.untold_removals());
    order(plan, replica, stream, state, revision(advisory), follows, now)
}

/// Adds to the record of a removal what follows it: the list that had the advisory hears of it, and whoever has a record of it needs another
/// look. Nothing of the text goes with either.
pub(super) fn follow_removal(
    plan: &mut Plan,
    replica: &Replica,
    stream: &StreamId,
    state: &AdvisoryState,
    now: Timestamp,
) -> Result<(), ActError> {
    let follows = state.untold_removals().into_iter().chain(state.outdated_records());
    let removed = state.tombstones.last().map_or(0, |gone| gone.revision);
    order(plan, replica, stream, state, removed, follows.collect(), now)
}

/// The jobs of what waits: nothing of the advisory is public any more.
pub(super) fn jobs_that_wait(stream: &StreamId, state: &AdvisoryState) -> Result<Vec<JobKey>, ActError> {
    let waiting = state.waiting_texts();
    waiting
        .map(|delivery| job_key(stream, delivery.id, &delivery.follow))
        .collect()
}

/// Orders entries, each with its job.
pub(super) fn order(
    plan: &mut Plan,
    replica: &Replica,
    stream: &StreamId,
    state: &AdvisoryState,
    revision: u32,
    follows: Vec<Follow>,
    now: Timestamp,
) -> Result<(), ActError> {
    let first = replica.next(stream) + plan.len() as u64;
    for ((id, seq), follow) in (state.next_delivery()..).zip(first..).zip(follows) {
        for folded in state.waiting_deliveries().filter(|waiting| waiting.follow == follow) {
            plan.dropped.push(job_key(stream, folded.id, &folded.follow)?);
        }
        plan.jobs.push(Job {
            effect: Effect::new(follow.name())?,
            stream: stream.clone(),
            seq,
            job_key: job_key(stream, id, &follow)?,
            run_at_us: now.as_microsecond(),
        });
        let event = DeliveryEvent::Ordered { follow, revision };
        plan.push(stream, now, What::Advisory(AdvisoryEvent::Delivery { id, event }));
    }
    Ok(())
}

/// What a publication asks for: the list, where the policy has one or promises it; the record of every id that the brand assigned, where what
/// the brand states of it is new or other than before. A CERT is told where a person asks for it.
fn follows(
    board: &Board,
    stream: &StreamId,
    state: &AdvisoryState,
    advisory: &Advisory,
    now: Timestamp,
) -> Result<Vec<Follow>, ActError> {
    let mut follows = Vec::new();
    if policy_of_brand(board, &advisory.brand).is_some_and(|policy| told_by(policy, &Follow::Announce).is_some()) {
        follows.push(Follow::Announce);
    }
    let before = state.earlier.last().map(|earlier| &*earlier.advisory);
    let cases = cases_left(board, advisory)?;
    for vulnerability in &advisory.vulnerabilities {
        let Some(id) = &vulnerability.cve else { continue };
        let ours = |(_, case): &&(StreamId, &Case)| case.view.cve.as_ref() == Some(id) && has_record(board, case, now);
        let follow = Follow::Cve(id.clone());
        if follows.contains(&follow) || cases.iter().find(ours).is_none() {
            continue;
        }
        let after = stated(board, stream, id, Some(advisory), advisory)?;
        if after.is_some() && after != stated(board, stream, id, before, advisory)? {
            follows.push(follow);
        }
    }
    Ok(follows)
}

/// What the brand of an advisory states of a CVE id, with `own` as its text: that of every public advisory together. None where no product is
/// said to be affected.
fn stated(
    board: &Board,
    stream: &StreamId,
    id: &str,
    own: Option<&Advisory>,
    advisory: &Advisory,
) -> Result<Option<Vec<u8>>, ActError> {
    let brand = brand_named(board, &advisory.brand)?;
    let others = naming(board, &advisory.brand, id).filter(|(other, _)| *other != stream.as_str());
    let all: Vec<&Advisory> = others.map(|(_, other)| other).chain(own).collect();
    let told = cve::statements(&all);
    let container = told.get(id).and_then(|told| cve::container(told, brand));
    Ok(container.map(|container| cve::submission(&container)))
}

/// Why an entry that waited to submit a record ends: nobody needs to ask what became of it.
fn nothing_to_submit(state: &AdvisoryState, advisory: &Advisory, id: &str) -> String {
    let since = match &advisory.validity {
        Validity::Withdrawn { .. } => "The advisory is withdrawn: nothing",
        Validity::Superseded { .. } => "The advisory is superseded: nothing",
        Validity::Current => "Nothing",
    };
    let was_submitted = |delivery: &Delivery| {
        let is_its = delivery.follow == Follow::Cve(id.to_owned());
        is_its && matches!(delivery.end, Some(DeliveryEnd::Done { .. }))
    };
    let rest = match state.outbox.iter().any(was_submitted) {
        true => " What was submitted before is to be rejected with CVE Services (CNA rule 5.1.3).",
        false => "",
    };
    format!("{since} that is public says any more that a product is affected, so there is no record to submit.{rest}")
}

/// Whether the brand assigned the id of a case and makes its record: its policy says so, and of this case.
fn has_record(board: &Board, case: &Case, now: Timestamp) -> bool {
    let Some(policy) = board.policy_of(case) else {
        return false;
    };
    let counting = Counting {
        zone: &policy.front.zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    };
    let facts = facts_at(policy, &counting, &case.facts, Subject::Case, now);
    let mut records = policy
        .publishes
        .iter()
        .filter(|publish| publish.vehicle == Vehicle::Cve);
    let assigned = case
        .facts
        .marks
        .iter()
        .any(|mark| mark.kind == Kind::CveAssigned && mark.stands(now));
    assigned && records.any(|publish| publish.when.judge(&facts) == Holds::Yes)
}

/// The clause by which a policy tells them, with its sign.
pub(super) fn told_by(policy: &Policy, follow: &Follow) -> Option<String> {
    let vehicle = |wanted: Vehicle| policy.publishes.iter().find(move |publish| publish.vehicle == wanted);
    let clause = match follow {
        // No clause speaks of removals.
        Follow::Removal(_) => None,
        Follow::Announce => {
            let kept = |promise: &&Promise| promise.ends == Kind::Announced;
            let list = policy.lists.iter().find(|list| list.sends.contains(&Vehicle::Advisory));
            let promise = policy.promises.iter().find(kept).map(|promise| &promise.clause);
            promise.or(list.map(|list| &list.clause))
        }
        Follow::Cve(_) => vehicle(Vehicle::Cve).map(|publish| &publish.clause),
        Follow::Cert(_) => vehicle(Vehicle::Cert).map(|publish| &publish.clause),
    };
    clause.map(|clause| format!("§{clause}"))
}

pub(super) fn policy_of_brand<'b>(board: &'b Board, brand: &str) -> Option<&'b Policy> {
    let policy = &board.house.brands.get(brand)?.policy;
    let mut adopted = board.house.policies.iter().rev();
    adopted.find(|adopted| adopted.front.id == *policy)
}

/// Public advisories of a brand that name a CVE id, with their streams.
pub(super) fn naming<'b>(
    board: &'b Board,
    brand: &'b str,
    id: &'b str,
) -> impl Iterator<Item = (&'b str, &'b Advisory)> {
    let texts = board.advisories.iter().filter_map(|(stream, state)| {
        let text: &Advisory = match (&state.ordered, state.on_disk) {
            (Some(ordered), true) => ordered,
            _ => &state.earlier.last()?.advisory,
        };
        Some((stream.as_str(), text))
    });
    texts.filter(move |(_, text)| text.brand == brand && names(text, id))
}

pub(super) fn names(advisory: &Advisory, id: &str) -> bool {
    let mut all = advisory.vulnerabilities.iter();
    all.any(|vulnerability| vulnerability.cve.as_deref() == Some(id))
}

pub(super) fn revision(advisory: &Advisory) -> u32 {
    advisory.revisions.last().map_or(0, |revision| revision.number)
}

pub(super) fn job_key(stream: &StreamId, id: u32, follow: &Follow) -> Result<JobKey, ActError> {
    Ok(JobKey::new(format!("{}:{stream}:{id}", follow.name()))?)
}
