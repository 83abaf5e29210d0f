//! The outbox: what follows a publication, when each entry is due, and how it ends.
//!
//! Owns the jobs of these entries: ordered in the batch that records the publication, dropped in the batch that ends them. Never renders and
//! never sends: whoever delivers asks for an [`Outgoing`], which is made of what is public and of nothing else.

use super::{brand_named, cases_left, find_advisory};
use crate::Casework;
use crate::act::{judge, next_entry};
use crate::actions::{ADD_DELIVERY, DELIVER, SKIP_DELIVERY};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::line_of_text;
use crate::permit::permit;
use crate::plan::Plan;
use crate::ports::whole_microseconds;
use crate::replica::Replica;
use documents::cve;
use jiff::{SignedDuration, Timestamp};
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, Delivery, DeliveryEnd, DeliveryEvent, Follow, Released, Stage, Version,
    release, release_before,
};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::embargo::may_leave;
use psirt::case::merge::is_retracted;
use psirt::case::refuse::{Evidence, Refusal};
use psirt::clock::length::Counting;
use psirt::clock::timeline::{Subject, facts_at};
use psirt::event::{Event, Kind};
use psirt::policy::Policy;
use psirt::policy::block::publish::Vehicle;
use psirt::policy::fact::Holds;
use store::{Effect, Job, JobKey, StreamId};

/// Within so long of a disclosure its CVE record is to be public (CNA rule 4.5.1.4).
const RECORD_WITHIN: SignedDuration = SignedDuration::from_hours(72);
const RECORD_RULE: &str = "CNA rule 4.5.1.4";

/// An entry of the outbox, with what a list says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Its name: `adv-…/1`.
    pub id: String,
    /// The advisory's id.
    pub advisory: String,
    /// The advisory's public number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What follows.
    pub follow: Follow,
    /// The public revision that it follows.
    pub revision: u32,
    /// Since when it waits.
    pub since: Timestamp,
    /// The clause or rule that promises it, with its sign; none where nothing does. Of what waits only.
    pub clause: Option<String>,
    /// By when, where something says so. Of what waits only.
    pub due: Option<Timestamp>,
    /// How it ended.
    pub end: Option<DeliveryEnd>,
}

/// Something public on its way to somebody: what is rendered when an entry is delivered.
#[derive(Clone, Debug)]
pub struct Outgoing {
    follow: Follow,
    released: Released,
    version: Option<Version>,
    others: Vec<Advisory>,
    notes: Vec<String>,
}

impl Outgoing {
    /// What follows.
    #[must_use]
    pub fn follow(&self) -> &Follow {
        &self.follow
    }

    /// What is public now.
    #[must_use]
    pub fn released(&self) -> &Released {
        &self.released
    }

    /// Its bytes; none where they were never kept.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// Other public advisories of the brand that name the same CVE id.
    #[must_use]
    pub fn others(&self) -> &[Advisory] {
        &self.others
    }

    /// What whoever delivers it should know: that it is newer than the entry, or taken back.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// What came of handing an entry over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// When it was handed over.
    pub at: Timestamp,
    /// Cases that say so since now.
    pub recorded: Vec<String>,
    /// Cases that are closed, and so do not say it.
    pub closed: Vec<String>,
    /// Whether it had been recorded before; nothing was recorded now.
    pub again: bool,
}

impl Casework {
    /// Every entry of the outbox that waits, what is due first; with `ended` also those that do not.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn outbox(&self, actor: &Actor, ended: bool) -> Result<Vec<Outbound>, ActError> {
        self.may_read(actor)?;
        let (board, now) = (self.board(), self.now());
        let mut entries = outbox(&board, now);
        if ended {
            for (id, state) in &board.advisories {
                let over = state.outbox.iter().filter(|delivery| delivery.end.is_some());
                entries.extend(over.map(|delivery| outbound(id, state, delivery)));
            }
        }
        Ok(entries)
    }

    /// What is to be delivered for an entry: the newest public state of its advisory.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] where something of it must not leave; [`ActError::Invalid`]
    /// for an entry that another one replaced, that was skipped, or of whose advisory nothing is public.
    pub fn outgoing(&self, actor: &Actor, id: &str) -> Result<Outgoing, ActError> {
        let board = self.board();
        permit(&board.house, actor, &DELIVER)?;
        let (stream, state, delivery) = find(&board, id)?;
        let released = public(state).ok_or_else(|| {
            ActError::invalid("nothing of this advisory is public any more, so nothing of it is delivered")
        })?;
        let mut notes = Vec::new();
        match &delivery.end {
            None => {}
            Some(DeliveryEnd::Done { at, .. }) => notes.push(format!("It was handed over already, at {at}.")),
            Some(DeliveryEnd::Folded { into }) => {
                return Err(ActError::invalid(format!(
                    "a later revision took its place: {}",
                    name(stream.as_str(), *into)
                )));
            }
            Some(DeliveryEnd::Skipped { .. } | DeliveryEnd::Gone) => {
                return Err(ActError::invalid("it was decided that this is not delivered"));
            }
        }
        for (_, case) in cases_left(&board, released.advisory())? {
            if !may_leave(&case.embargo) {
                return Err(Refusal::without_clause("a case of it is under embargo, so nothing of it leaves").into());
            }
        }
        let revision = revision(released.advisory());
        match state.stage {
            Stage::Withdrawn if state.on_disk => notes.push("It was withdrawn: what you have now says so.".to_owned()),
            Stage::Superseded if state.on_disk => {
                notes.push("It was superseded: what you have now says so.".to_owned())
            }
            _ if revision > delivery.revision => {
                notes.push(format!("Revision {revision} is public since: this is it."))
            }
            _ => {}
        }
        let others = match &delivery.follow {
            Follow::Cve(cve) => naming(&board, &released.advisory().brand, cve)
                .filter(|(other, _)| *other != stream.as_str())
                .map(|(_, advisory)| advisory.clone())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Outgoing {
            follow: delivery.follow.clone(),
            version: state.version(revision).cloned(),
            released,
            others,
            notes,
        })
    }

    /// Records that an entry was handed over, as of `at` or now: on the advisory, and on every open case of it that does not say so yet.
    /// Repeating is harmless. What was handed over before a revision took its place may be recorded after; the revision still waits.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] with the clause of a case that forbids it; [`ActError::Invalid`]
    /// for an entry that was skipped, or an instant before it was public or after now; those of the store.
    pub async fn deliver(&self, actor: &Actor, id: &str, at: Option<Timestamp>) -> Result<Delivered, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &DELIVER)?;
            let (stream, state, delivery) = find(board, id)?;
            let mut delivered = Delivered {
                at: at.map_or(now, whole_microseconds),
                recorded: Vec::new(),
                closed: Vec::new(),
                again: false,
            };
            match &delivery.end {
                None | Some(DeliveryEnd::Folded { .. }) => {}
                Some(DeliveryEnd::Done { at, .. }) => {
                    delivered.at = *at;
                    delivered.again = true;
                    return Ok((Plan::by(actor), delivered));
                }
                Some(DeliveryEnd::Skipped { .. } | DeliveryEnd::Gone) => {
                    return Err(ActError::invalid(
                        "it was decided that this is not delivered; if it was after all, add it again: `candor outbox add`",
                    ));
                }
            }
            if delivered.at < delivery.since || delivered.at > now {
                return Err(ActError::invalid(format!(
                    "it was handed over after it was public, at {}, and not after now: correct its instant",
                    delivery.since
                )));
            }
            let happened = What::Advisory(AdvisoryEvent::Delivery {
                id: delivery.id,
                event: DeliveryEvent::Done,
            });
            let mut plan = Plan::one(actor, &stream, delivered.at, happened);
            plan.dropped.push(job_key(&stream, delivery.id, &delivery.follow)?);
            let event = event_of(&delivery.follow);
            let public = public(state);
            let mut seen: Vec<StreamId> = Vec::new();
            for (case_stream, case) in public
                .iter()
                .flat_map(|public| cases_left(board, public.advisory()))
                .flatten()
            {
                if seen.contains(&case_stream) || !concerns(case, &delivery.follow) || says(case, &event) {
                    continue;
                }
                if case.view.closed {
                    delivered.closed.push(case.number.clone());
                    continue;
                }
                let entry = next_entry(replica, &case_stream, actor, delivered.at, now, event.clone());
                judge(board, case, &entry, Evidence::default(), now)?;
                plan.push(&case_stream, delivered.at, What::Case(event.clone()));
                delivered.recorded.push(case.number.clone());
                seen.push(case_stream);
            }
            Ok((plan, delivered))
        };
        self.record(record).await.map(|(delivered, _)| delivered)
    }

    /// Records that an entry is not delivered, and why.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for an entry that does not wait, or no reason; those of the
    /// store.
    pub async fn skip_delivery(&self, actor: &Actor, id: &str, why: &str) -> Result<(), ActError> {
        let why = line_of_text("the reason", why)?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &SKIP_DELIVERY)?;
            let (stream, _, delivery) = find(board, id)?;
            if delivery.end.is_some() {
                return Err(ActError::invalid("it does not wait any more"));
            }
            let event = DeliveryEvent::Skipped { why: why.clone() };
            let what = What::Advisory(AdvisoryEvent::Delivery { id: delivery.id, event });
            let mut plan = Plan::one(actor, &stream, now, what);
            plan.dropped.push(job_key(&stream, delivery.id, &delivery.follow)?);
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Adds an entry for a published advisory, and gives back its name; that of the entry that waits already, if one does.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for an advisory of which nothing is public, an id that it does
    /// not name, a CERT without a name; those of the store.
    pub async fn add_delivery(&self, actor: &Actor, advisory: &str, follow: Follow) -> Result<String, ActError> {
        let follow = match follow {
            Follow::Cert(cert) => Follow::Cert(line_of_text("the CERT's name", &cert)?),
            follow => follow,
        };
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &ADD_DELIVERY)?;
            let (stream, state) = find_advisory(board, advisory)?;
            let released = public(state).ok_or_else(|| {
                ActError::invalid(
                    "nothing of this advisory is public: before that it goes to one party only, `candor advisory order … --audience party:NAME`",
                )
            })?;
            if let Follow::Cve(id) = &follow
                && !names(released.advisory(), id)
            {
                return Err(ActError::invalid(format!(
                    "the public text does not name `{}`",
                    shown(id)
                )));
            }
            if let Some(known) = state.waiting_deliveries().find(|known| known.follow == follow) {
                return Ok((Plan::by(actor), name(stream.as_str(), known.id)));
            }
            let id = state.next_delivery();
            let mut plan = Plan::by(actor);
            order(
                &mut plan,
                replica,
                &stream,
                state,
                released.advisory(),
                vec![follow.clone()],
                now,
            )?;
            Ok((plan, name(stream.as_str(), id)))
        };
        self.record(record).await.map(|(id, _)| id)
    }
}

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
    let mut follows = follows(&replica.board, stream, state, advisory, now)?;
    for waiting in state.waiting_deliveries() {
        if !follows.contains(&waiting.follow) {
            follows.push(waiting.follow.clone());
        }
    }
    order(plan, replica, stream, state, advisory, follows, now)
}

/// The jobs of what waits: nothing of the advisory is public any more.
pub(super) fn jobs_that_wait(stream: &StreamId, state: &AdvisoryState) -> Result<Vec<JobKey>, ActError> {
    let waiting = state.waiting_deliveries();
    waiting
        .map(|delivery| job_key(stream, delivery.id, &delivery.follow))
        .collect()
}

/// Orders entries, each with its job.
fn order(
    plan: &mut Plan,
    replica: &Replica,
    stream: &StreamId,
    state: &AdvisoryState,
    advisory: &Advisory,
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
        let event = DeliveryEvent::Ordered {
            follow,
            revision: revision(advisory),
        };
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
    let before = state.earlier.last().map(|earlier| &earlier.advisory);
    let cases = cases_left(board, advisory)?;
    for vulnerability in &advisory.vulnerabilities {
        let Some(id) = &vulnerability.cve else { continue };
        let ours = |(_, case): &&(StreamId, &Case)| case.view.cve.as_ref() == Some(id) && has_record(board, case, now);
        let follow = Follow::Cve(id.clone());
        if follows.contains(&follow) || cases.iter().find(ours).is_none() {
            continue;
        }
        let brand = brand_named(board, &advisory.brand)?;
        let others: Vec<&Advisory> = naming(board, &advisory.brand, id)
            .filter(|(other, _)| *other != stream.as_str())
            .map(|(_, other)| other)
            .collect();
        let stated = |own: Option<&Advisory>| {
            let all: Vec<&Advisory> = others.iter().copied().chain(own).collect();
            let told = cve::statements(&all);
            let container = told.get(id.as_str()).and_then(|told| cve::container(told, brand));
            container.map(|container| cve::submission(&container))
        };
        let after = stated(Some(advisory));
        if after.is_some() && after != stated(before) {
            follows.push(follow);
        }
    }
    Ok(follows)
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

/// What waits in the outbox: what is due first, then what waits longest.
#[must_use]
pub fn outbox(board: &Board, now: Timestamp) -> Vec<Outbound> {
    let mut entries: Vec<Outbound> = Vec::new();
    for (id, state) in &board.advisories {
        for delivery in state.waiting_deliveries() {
            let mut entry = outbound(id, state, delivery);
            (entry.clause, entry.due) = promised(board, state, delivery, now);
            entries.push(entry);
        }
    }
    entries.sort_by_key(|entry| (entry.due.unwrap_or(Timestamp::MAX), entry.since));
    entries
}

fn outbound(id: &str, state: &AdvisoryState, delivery: &Delivery) -> Outbound {
    let public = public(state);
    let text = public.as_ref().map_or(&state.draft, Released::advisory);
    Outbound {
        id: name(id, delivery.id),
        advisory: id.to_owned(),
        number: text.number.clone(),
        title: text.title.clone(),
        follow: delivery.follow.clone(),
        revision: delivery.revision,
        since: delivery.since,
        clause: None,
        due: None,
        end: delivery.end.clone(),
    }
}

/// Which clause promises an entry, and by when: the earliest date that a case of it still owes.
fn promised(
    board: &Board,
    state: &AdvisoryState,
    delivery: &Delivery,
    now: Timestamp,
) -> (Option<String>, Option<Timestamp>) {
    let Some(public) = public(state) else {
        return (None, None);
    };
    let advisory = public.advisory();
    let kind = event_of(&delivery.follow).kind();
    let cases = cases_left(board, advisory).unwrap_or_default();
    let mut dues: Vec<(Timestamp, String)> = Vec::new();
    let mut clause = None;
    for (_, case) in cases.iter().filter(|(_, case)| concerns(case, &delivery.follow)) {
        for obligation in board.obligations(case, now) {
            if obligation.promise.ends != kind {
                continue;
            }
            let named = format!("§{}", obligation.promise.clause);
            if let Some(due) = obligation.due.filter(|_| obligation.state.open()) {
                dues.push((due, named.clone()));
            }
            clause.get_or_insert(named);
        }
    }
    if let Some((due, clause)) = dues.into_iter().min() {
        return (Some(clause), Some(due));
    }
    let own = || policy_of_brand(board, &advisory.brand).and_then(|policy| told_by(policy, &delivery.follow));
    let clause = clause.or_else(own);
    let is_new = |(_, case): &(StreamId, &Case)| !says(case, &Event::CvePublished {});
    if matches!(delivery.follow, Follow::Cve(_)) && cases.iter().any(is_new) {
        let due = delivery.since.checked_add(RECORD_WITHIN).ok();
        return (clause.or_else(|| Some(RECORD_RULE.to_owned())), due);
    }
    (clause, None)
}

/// The clause by which a policy tells them, with its sign.
fn told_by(policy: &Policy, follow: &Follow) -> Option<String> {
    let vehicle = |wanted: Vehicle| policy.publishes.iter().find(move |publish| publish.vehicle == wanted);
    let clause = match follow {
        Follow::Announce => {
            let kept = |promise: &&psirt::policy::block::promise::Promise| promise.ends == Kind::Announced;
            let list = policy.lists.iter().find(|list| list.sends.contains(&Vehicle::Advisory));
            let promise = policy.promises.iter().find(kept).map(|promise| &promise.clause);
            promise.or(list.map(|list| &list.clause))
        }
        Follow::Cve(_) => vehicle(Vehicle::Cve).map(|publish| &publish.clause),
        Follow::Cert(_) => vehicle(Vehicle::Cert).map(|publish| &publish.clause),
    };
    clause.map(|clause| format!("§{clause}"))
}

fn policy_of_brand<'b>(board: &'b Board, brand: &str) -> Option<&'b Policy> {
    let policy = &board.house.brands.get(brand)?.policy;
    let mut adopted = board.house.policies.iter().rev();
    adopted.find(|adopted| adopted.front.id == *policy)
}

/// Public advisories of a brand that name a CVE id, with their streams.
fn naming<'b>(board: &'b Board, brand: &'b str, id: &'b str) -> impl Iterator<Item = (&'b str, &'b Advisory)> {
    let texts = board.advisories.iter().filter_map(|(stream, state)| {
        let text = match (&state.ordered, state.on_disk) {
            (Some(ordered), true) => ordered,
            _ => &state.earlier.last()?.advisory,
        };
        Some((stream.as_str(), text))
    });
    texts.filter(move |(_, text)| text.brand == brand && names(text, id))
}

fn names(advisory: &Advisory, id: &str) -> bool {
    let mut all = advisory.vulnerabilities.iter();
    all.any(|vulnerability| vulnerability.cve.as_deref() == Some(id))
}

/// What is public of an advisory now; none of one that is not, or that had to go.
fn public(state: &AdvisoryState) -> Option<Released> {
    if state.on_disk {
        return release(state).ok();
    }
    release_before(state)
}

fn revision(advisory: &Advisory) -> u32 {
    advisory.revisions.last().map_or(0, |revision| revision.number)
}

/// What a case says once it was done.
fn event_of(follow: &Follow) -> Event {
    match follow {
        Follow::Announce => Event::Announced {},
        Follow::Cve(_) => Event::CvePublished {},
        Follow::Cert(cert) => Event::SharedWithCert { cert: cert.clone() },
    }
}

/// Whether a case of an advisory has to do with an entry: a record is that of one case's id.
fn concerns(case: &Case, follow: &Follow) -> bool {
    match follow {
        Follow::Cve(id) => case.view.cve.as_ref() == Some(id),
        _ => true,
    }
}

/// Whether a case says it already.
fn says(case: &Case, event: &Event) -> bool {
    let mut entries = case.entries.iter();
    entries.any(|entry| entry.event == *event && !is_retracted(&case.entries, entry.seq))
}

fn name(stream: &str, id: u32) -> String {
    format!("{stream}/{id}")
}

/// An entry by its name, `adv-…/1`; instead of the id the public number may stand.
fn find<'b>(board: &'b Board, id: &str) -> Result<(StreamId, &'b AdvisoryState, &'b Delivery), ActError> {
    let none = ActError::NotFound("entry of the outbox");
    let (advisory, number) = id.rsplit_once('/').ok_or_else(|| none.clone())?;
    let (stream, state) = find_advisory(board, advisory).map_err(|_| none.clone())?;
    let delivery = number.parse().ok().and_then(|number| state.delivery(number));
    Ok((stream, state, delivery.ok_or(none)?))
}

fn job_key(stream: &StreamId, id: u32, follow: &Follow) -> Result<JobKey, ActError> {
    Ok(JobKey::new(format!("{}:{stream}:{id}", follow.name()))?)
}
