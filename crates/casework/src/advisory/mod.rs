//! Advisories: written from their cases, approved by somebody else, ordered, published, revised or withdrawn.
//!
//! Owns the order of these steps. Never renders and never touches the published tree: `publish` does, between the order and
//! [`crate::Casework::mark_published`] (law 6).

mod draft;
mod evidence;
mod release;

pub use draft::Draft;
pub use release::Ordered;

use crate::Casework;
use crate::act::find_case;
use crate::actions::{self, Action};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{Advisory, AdvisoryEvent, AdvisoryState, Released, Stage, release};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::refuse::Refusal;
use psirt::event::Event;
use store::StreamId;

impl Casework {
    /// Writes an advisory from its cases, and gives back its id: `adv-…`. It gets its public number when its release is ordered.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for cases of no or of different brands; those of the store.
    pub async fn draft_advisory(&self, actor: &Actor, cases: &[String], draft: Draft) -> Result<String, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &actions::DRAFT_ADVISORY)?;
            let advisory = draft::compose(&replica.board, cases, &draft, now)?;
            let stream = self.draw_advisory(replica)?;
            let id = stream.to_string();
            Ok((
                advisory_plan(actor, &stream, now, AdvisoryEvent::Drafted(Box::new(advisory))),
                id,
            ))
        };
        self.record(record).await.map(|(id, _)| id)
    }

    /// Writes an advisory anew, from its cases as they stand now. It keeps its number and revisions, and needs its approval again.
    ///
    /// # Errors
    /// As [`Casework::draft_advisory`]; [`ActError::Invalid`] for one that is withdrawn, or ordered and not published yet, or that has a
    /// case that was shredded.
    pub async fn redraft_advisory(&self, actor: &Actor, id: &str, draft: Draft) -> Result<(), ActError> {
        self.step(actor, id, &actions::REDRAFT_ADVISORY, |board, state, now| {
            if state.stage == Stage::Withdrawn || is_on_its_way(state) {
                return Err(wrong_stage(state, "redrafted"));
            }
            all_cases(board, &state.draft)?;
            let written = draft::compose(board, &state.draft.cases, &draft, now)?;
            let last = state.ordered.as_ref().unwrap_or(&state.draft);
            let (number, revisions) = (last.number.clone(), last.revisions.clone());
            Ok(AdvisoryEvent::Drafted(Box::new(Advisory {
                number,
                revisions,
                ..written
            })))
        })
        .await
    }

    /// Asks a second person to read a draft.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for another stage; those of the store.
    pub async fn ask_review(&self, actor: &Actor, id: &str) -> Result<(), ActError> {
        self.step(actor, id, &actions::ASK_REVIEW, |_, state, _| match state.stage {
            Stage::Draft => Ok(AdvisoryEvent::ReviewAsked),
            _ => Err(wrong_stage(state, "given to review")),
        })
        .await
    }

    /// Approves an advisory that somebody else wrote.
    ///
    /// # Errors
    /// As [`Casework::ask_review`]; [`ActError::Refused`] for its author.
    pub async fn approve(&self, actor: &Actor, id: &str) -> Result<(), ActError> {
        self.step(actor, id, &actions::APPROVE, |_, state, _| match state.stage {
            Stage::Draft | Stage::Review if state.drafted_by == actor.id => Err(Refusal::without_clause(
                "an act of two people needs two: its author cannot approve an advisory",
            )
            .into()),
            Stage::Draft | Stage::Review => Ok(AdvisoryEvent::Approved),
            _ => Err(wrong_stage(state, "approved")),
        })
        .await
    }

    /// Sets the instant at which an approved advisory may go out.
    ///
    /// # Errors
    /// As [`Casework::ask_review`].
    pub async fn schedule(&self, actor: &Actor, id: &str, at: Timestamp) -> Result<(), ActError> {
        self.step(actor, id, &actions::SCHEDULE, |_, state, _| match state.stage {
            Stage::Approved | Stage::Scheduled if !is_on_its_way(state) => Ok(AdvisoryEvent::Scheduled { at }),
            _ => Err(wrong_stage(state, "scheduled")),
        })
        .await
    }

    /// Every advisory of a brand that may leave: what `publish` renders. An order that is not on disk yet is among them.
    #[must_use]
    pub fn released(&self, brand: &str) -> Vec<Released> {
        let board = self.board();
        let ordered = |state: &&AdvisoryState| state.ordered.as_ref().is_some_and(|advisory| advisory.brand == brand);
        board
            .advisories
            .values()
            .filter(ordered)
            .filter_map(|state| release(state).ok())
            .collect()
    }

    /// Records that release notes tell of a fix, with their text as a note of the team.
    ///
    /// # Errors
    /// As [`Casework::act`].
    pub async fn publish_release_note(
        &self,
        actor: &Actor,
        case: &str,
        product: &str,
        version: &str,
        text: &str,
    ) -> Result<crate::Done, ActError> {
        permit(&self.board().house, actor, &actions::PUBLISH_RELEASE_NOTE)?;
        let event = Event::ReleaseNotePublished {
            product: Some(product.to_owned()),
            version: Some(version.to_owned()),
        };
        let note = format!("Release note of {product} {version}: {text}");
        self.act_with(actor, case, None, event, Some(note)).await
    }

    async fn step(
        &self,
        actor: &Actor,
        id: &str,
        action: &Action,
        decide: impl Fn(&Board, &AdvisoryState, Timestamp) -> Result<AdvisoryEvent, ActError>,
    ) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, action)?;
            let (stream, state) = find_advisory(&replica.board, id)?;
            let event = decide(&replica.board, state, now)?;
            Ok((advisory_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// `adv-` and eight characters of an id: short enough to type; it names nothing to the public.
    fn draw_advisory(&self, replica: &Replica) -> Result<StreamId, ActError> {
        loop {
            let id = self.ports().ids.draw("advisory")?;
            let stream = StreamId::new(format!("adv-{}", id.as_str().get(..8).unwrap_or(id.as_str())))?;
            if replica.next(&stream) == 1 {
                return Ok(stream);
            }
        }
    }
}

fn advisory_plan(actor: &Actor, stream: &StreamId, now: Timestamp, event: AdvisoryEvent) -> Plan {
    Plan::one(actor, stream, now, What::Advisory(event))
}

/// The advisory of an id, or of a public number.
fn find_advisory<'a>(board: &'a Board, id: &str) -> Result<(StreamId, &'a AdvisoryState), ActError> {
    let by_number = || {
        board
            .advisories
            .iter()
            .find(|(_, state)| !id.is_empty() && state.draft.number == id)
    };
    let (stream, state) = board
        .advisories
        .get_key_value(id)
        .or_else(by_number)
        .ok_or(ActError::NO_ADVISORY)?;
    Ok((StreamId::new(stream.as_str())?, state))
}

/// Whether its release is ordered and not on disk yet.
fn is_on_its_way(state: &AdvisoryState) -> bool {
    state.ordered.is_some() && !state.on_disk
}

fn wrong_stage(state: &AdvisoryState, what: &str) -> ActError {
    let stage = if is_on_its_way(state) {
        "ordered and on its way to the published tree"
    } else {
        state.stage.name()
    };
    ActError::invalid(format!(
        "`{}` cannot be {what}: it is {stage}",
        shown(&state.draft.title)
    ))
}

/// The cases of an advisory with their streams.
fn cases_of<'a>(board: &'a Board, numbers: &[String]) -> Result<Vec<(StreamId, &'a Case)>, ActError> {
    if numbers.is_empty() {
        return Err(ActError::invalid("an advisory is about at least one case"));
    }
    numbers.iter().map(|number| find_case(board, number)).collect()
}

/// The cases of a written advisory that are left. One that was shredded is not, though its report, and with it the number, may have gone
/// on in another case: of that one nothing was written.
fn cases_left<'a>(board: &'a Board, advisory: &Advisory) -> Result<Vec<(StreamId, &'a Case)>, ActError> {
    let left = advisory.cases.iter().filter(|number| board.own_case(number).is_some());
    left.map(|number| find_case(board, number)).collect()
}

/// All cases of a written advisory, if they are left.
fn all_cases<'a>(board: &'a Board, advisory: &Advisory) -> Result<Vec<(StreamId, &'a Case)>, ActError> {
    let left = cases_left(board, advisory)?;
    if left.len() < advisory.cases.len() {
        return Err(ActError::invalid(
            "a case of this advisory was shredded: it can be withdrawn, and not written anew",
        ));
    }
    Ok(left)
}

fn brand_named<'a>(board: &'a Board, id: &str) -> Result<&'a psirt::house::Brand, ActError> {
    board
        .house
        .brands
        .get(id)
        .ok_or_else(|| ActError::invalid(format!("no brand is called `{}`", shown(id))))
}
