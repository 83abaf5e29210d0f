//! The outbox: when each entry is due, what is delivered for it, and how it ends.
//!
//! Owns the end of an entry: its record, those of its cases, and of its job, in one batch. Never renders and never sends: whoever delivers
//! asks for an [`Outgoing`], which is made of what is public and of nothing else.

use super::follows::{job_key, names, naming, order, policy_of_brand, revision, told_by};
use super::note::disclosed_by_note;
use super::{cases_left, find_advisory};
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
use jiff::{SignedDuration, Timestamp};
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, Delivery, DeliveryEnd, DeliveryEvent, Follow, Released, Stage, Tombstone,
    Version, release, release_before,
};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::embargo::may_leave;
use psirt::case::merge::is_retracted;
use psirt::case::refuse::{Evidence, Refusal};
use psirt::event::Event;
use store::StreamId;

/// Within so long of a disclosure its CVE record is to be public (CNA rule 4.5.1.4).
pub(super) const RECORD_WITHIN: SignedDuration = SignedDuration::from_hours(72);
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
    brand: String,
    released: Option<Released>,
    removed: Option<Tombstone>,
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

    /// The brand that says it.
    #[must_use]
    pub fn brand(&self) -> &str {
        &self.brand
    }

    /// What is public now; none where all of it was removed.
    #[must_use]
    pub fn released(&self) -> Option<&Released> {
        self.released.as_ref()
    }

    /// What is left of the version whose removal this is about.
    #[must_use]
    pub fn removed(&self) -> Option<&Tombstone> {
        self.removed.as_ref()
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
        let released = public(state);
        let removed = match &delivery.follow {
            Follow::Removal(revision) => state.tombstones.iter().find(|gone| gone.revision == *revision),
            _ => None,
        };
        // Of a record something is to be done though nothing of it is public any more.
        let is_record = matches!(delivery.follow, Follow::Cve(_)) && state.tombstone().is_some();
        if released.is_none() && removed.is_none() && !is_record {
            return Err(ActError::invalid(
                "nothing of this advisory is public any more, so nothing of it is delivered",
            ));
        }
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
        let told = released
            .as_ref()
            .map(|released| cases_left(&board, released.advisory()));
        for (_, case) in told.transpose()?.into_iter().flatten() {
            if !may_leave(&case.embargo) {
                return Err(Refusal::without_clause("a case of it is under embargo, so nothing of it leaves").into());
            }
        }
        let revision = released.as_ref().map_or(0, |released| revision(released.advisory()));
        match state.stage {
            _ if removed.is_some() => {}
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
            Follow::Cve(cve) => naming(&board, &state.draft.brand, cve)
                .filter(|(other, _)| *other != stream.as_str())
                .map(|(_, advisory)| advisory.clone())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Outgoing {
            follow: delivery.follow.clone(),
            brand: state.draft.brand.clone(),
            version: state.version(revision).cloned(),
            released,
            removed: removed.cloned(),
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
            // No case says that a removal was told.
            let Some(event) = event_of(&delivery.follow) else {
                return Ok((plan, delivered));
            };
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
                revision(released.advisory()),
                vec![follow.clone()],
                now,
            )?;
            Ok((plan, name(stream.as_str(), id)))
        };
        self.record(record).await.map(|(id, _)| id)
    }
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
    let text = public.as_ref().map_or(&*state.draft, Released::advisory);
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
    let Some(kind) = event_of(&delivery.follow).map(|event| event.kind()) else {
        return (None, None);
    };
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
        // Release notes may have named it before the advisory did.
        let told = cases.iter().filter_map(|(_, case)| disclosed_by_note(case));
        let since = told
            .map(|(_, at)| at)
            .chain([delivery.since])
            .min()
            .unwrap_or(delivery.since);
        let due = since.checked_add(RECORD_WITHIN).ok();
        return (clause.or_else(|| Some(RECORD_RULE.to_owned())), due);
    }
    (clause, None)
}

/// What is public of an advisory now; none of one that is not, or that had to go.
fn public(state: &AdvisoryState) -> Option<Released> {
    if state.on_disk {
        return release(state).ok();
    }
    release_before(state)
}

/// What a case says once it was done, if it says anything.
fn event_of(follow: &Follow) -> Option<Event> {
    match follow {
        Follow::Announce => Some(Event::Announced {}),
        Follow::Cve(_) => Some(Event::CvePublished {}),
        Follow::Cert(cert) => Some(Event::SharedWithCert { cert: cert.clone() }),
        Follow::Removal(_) => None,
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
