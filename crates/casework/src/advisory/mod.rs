//! Advisories: written from their cases, approved by somebody else, ordered, published, revised or withdrawn.
//!
//! Owns the order of these steps. Never renders and never touches the published tree: `publish` does, between the order and
//! [`crate::Casework::mark_published`] (law 6).

mod bytes;
mod draft;
mod evidence;
mod findings;
mod follows;
mod import;
mod limited;
mod note;
mod out;
mod outbox;
mod release;
mod removal;
mod review;
mod schedule;
mod sealed;
mod unmet;

pub use bytes::KeptBytes;
pub use draft::Draft;
pub use findings::{Early, Finding, Prospect, Weight, early, prospect};
pub use import::{AdvisoryFate, AdvisoryFile, AdvisoryRow, ImportedAdvisories};
pub use limited::LimitedOrder;
pub(crate) use note::refuse_to_forget;
pub use note::{NotePublished, RecordOwed, records_owed};
pub use out::{OutVersion, OutVersions};
pub use outbox::{Delivered, Outbound, Outgoing, outbox};
pub use release::Ordered;
pub use removal::Removed;
pub use schedule::{Arrived, PolicyInstant, PublisherLease, Scheduling};
pub(crate) use sealed::{refuse_words, tells_of};

use crate::Casework;
use crate::act::find_case;
use crate::actions::{self, Action};
use crate::actor::{Actor, shown};
use crate::cwe;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, Audience, Released, Stage, Version, release, release_before,
};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::refuse::Refusal;
use std::collections::BTreeSet;
use store::{KeyId, StreamId};

/// Weaknesses of which a person chooses one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The case.
    pub case: String,
    /// The term of its impact.
    pub term: String,
    /// Ids and names.
    pub weaknesses: Vec<(String, String)>,
}

/// An advisory that may leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its id.
    pub id: String,
    /// What `publish` takes.
    pub released: Released,
    /// Its bytes, once they are fixed.
    pub fixed: Option<Version>,
    /// The armoured public key of what was brought along, where it is not the brand's own.
    pub key: Option<String>,
    /// Optional tests of CSAF whose findings were accepted when it was scheduled, each with the reason.
    pub accepted: Vec<(String, String)>,
    /// Whether it is in the published tree.
    pub on_disk: bool,
    /// What is public of it while this waits for the tree; it stays if this cannot be published.
    pub before: Option<Box<Release>>,
}

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
            let mut plan = Plan::by(actor);
            push_text(&mut plan, &stream, 1, now, AdvisoryEvent::Drafted(Box::new(advisory)))?;
            Ok((plan, id))
        };
        self.record(record).await.map(|(id, _)| id)
    }

    /// Writes an advisory anew, from its cases as they stand now. It keeps its number and revisions, the words that are not typed anew, and
    /// what its brand said; and needs its approval again.
    ///
    /// # Errors
    /// As [`Casework::draft_advisory`]; [`ActError::Invalid`] for one that is withdrawn, or ordered and not published yet, or that has a
    /// case that was shredded.
    pub async fn redraft_advisory(&self, actor: &Actor, id: &str, draft: Draft) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &actions::REDRAFT_ADVISORY)?;
            let (stream, state) = find_advisory(board, id)?;
            if state.stage.is_last() || is_on_its_way(state) {
                return Err(wrong_stage(state, "redrafted"));
            }
            all_cases(board, &state.draft)?;
            if state.draft.is_brought_along() {
                return Err(ActError::invalid(
                    "it was brought along and is about no case from which it could be written anew: write its fields with `candor advisory edit`",
                ));
            }
            let lines = draft::lines_of(board, &state.draft.cases)?;
            let mut words = draft::kept(&draft, &state.draft);
            words
                .affected
                .retain(|line, _| draft.affected.contains_key(line) || lines.contains(line));
            let written = draft::compose(board, &state.draft.cases, &words, now)?;
            let frame = Some(&state.draft.frame).filter(|frame| !frame.is_empty()).cloned();
            let last = state.ordered.as_ref().unwrap_or(&state.draft);
            let advisory = Advisory {
                number: last.number.clone(),
                revisions: last.revisions.clone(),
                frame: frame.unwrap_or_else(|| written.frame.clone()),
                ..written
            };
            let version = next_version(&advisory);
            let mut plan = Plan::by(actor);
            let drafted = AdvisoryEvent::Drafted(Box::new(advisory));
            push_text(&mut plan, &stream, version, now, drafted)?;
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Writes one field of an advisory, and gives back what is wrong with it then. It needs its approval again.
    ///
    /// # Errors
    /// As [`Casework::redraft_advisory`]; [`ActError::Invalid`] for a field that is not written by hand.
    pub async fn edit_advisory(
        &self,
        actor: &Actor,
        id: &str,
        field: &str,
        text: &str,
    ) -> Result<Vec<Finding>, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &actions::EDIT_ADVISORY)?;
            let (stream, state) = find_advisory(board, id)?;
            if state.stage.is_last() || is_on_its_way(state) {
                return Err(wrong_stage(state, "edited"));
            }
            all_cases(board, &state.draft)?;
            let mut advisory = state.draft.copy();
            psirt::advisory::write(&mut advisory, field, text).map_err(ActError::invalid)?;
            if advisory == *state.draft {
                return Err(ActError::invalid("nothing changes: the field says so already"));
            }
            let version = next_version(&advisory);
            let mut plan = Plan::by(actor);
            let drafted = AdvisoryEvent::Drafted(Box::new(advisory));
            push_text(&mut plan, &stream, version, now, drafted)?;
            Ok((plan, ()))
        };
        self.record(record).await?;
        let (board, now) = (self.board(), self.now());
        let (_, state) = find_advisory(&board, id)?;
        let mut findings = findings::findings(&board, state, now)?;
        // Of what is around a field only its list.
        findings.retain(|finding| finding.is_about(field) && (finding.field.contains('.') || finding.field == field));
        Ok(findings)
    }

    /// What is wrong with an advisory, at its fields, and what it still needs before it goes out.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn prospect(&self, actor: &Actor, id: &str) -> Result<Prospect, ActError> {
        self.may_read(actor)?;
        prospect(&self.board(), id, self.now())
    }

    /// For each case of a draft whose impact allows several weaknesses, none of them chosen yet: its number, the term, and the weaknesses.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn weaknesses_to_choose(&self, actor: &Actor, id: &str) -> Result<Vec<Choice>, ActError> {
        self.may_read(actor)?;
        let board = self.board();
        let (_, state) = find_advisory(&board, id)?;
        let mut choices = Vec::new();
        for (_, case) in cases_left(&board, &state.draft)? {
            let Some((policy, (term, None))) = board.policy_of(case).zip(case.view.impact.as_ref()) else {
                continue;
            };
            let weaknesses = draft::weaknesses(policy, term);
            if weaknesses.len() > 1 {
                let named = weaknesses
                    .into_iter()
                    .map(|id| cwe::weakness(id).unwrap_or((id.to_owned(), String::new())));
                choices.push(Choice {
                    case: case.number.clone(),
                    term: term.clone(),
                    weaknesses: named.collect(),
                });
            }
        }
        Ok(choices)
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
    /// As [`Casework::ask_review`]; [`ActError::Refused`] for its author, and for a text that names what is sealed.
    pub async fn approve(&self, actor: &Actor, id: &str) -> Result<(), ActError> {
        self.step(actor, id, &actions::APPROVE, |board, state, now| match state.stage {
            Stage::Draft | Stage::Review if state.drafted_by == actor.id => Err(Refusal::without_clause(
                "an act of two people needs two: its author cannot approve an advisory",
            )
            .into()),
            Stage::Draft | Stage::Review => {
                review::all_settled(state)?;
                sealed::refuse(board, &state.draft, now)?;
                Ok(AdvisoryEvent::Approved)
            }
            _ => Err(wrong_stage(state, "approved")),
        })
        .await
    }

    /// Every advisory of a brand that may leave: what `publish` renders. An order that is not on disk yet is among them.
    #[must_use]
    pub fn released(&self, brand: &str) -> Vec<Released> {
        self.releases(brand)
            .into_iter()
            .map(|release| release.released)
            .collect()
    }

    /// The same, each with its id and the bytes that were fixed for it.
    #[must_use]
    pub fn releases(&self, brand: &str) -> Vec<Release> {
        self.releases_where(brand, |_| true)
    }

    /// Those of them that are in no tree yet, or whose bytes were published before bytes were kept. [`Casework::out_versions`] names the others.
    #[must_use]
    pub fn open_releases(&self, brand: &str) -> Vec<Release> {
        self.releases_where(brand, |state| !out::is_out(state))
    }

    fn releases_where(&self, brand: &str, wanted: impl Fn(&AdvisoryState) -> bool) -> Vec<Release> {
        let board = self.board();
        let ordered = |state: &AdvisoryState| state.ordered.as_ref().is_some_and(|advisory| advisory.brand == brand);
        let releases = board.advisories.iter();
        let releases = releases.filter(|(_, state)| ordered(state) && wanted(state));
        releases
            .filter_map(|(id, state)| {
                let schedule = state.schedule.as_ref();
                Some(Release {
                    id: id.clone(),
                    released: release(state).ok()?,
                    fixed: state.fixed().cloned(),
                    key: state.imported_key.clone(),
                    accepted: schedule.map(|schedule| schedule.accepted.clone()).unwrap_or_default(),
                    on_disk: state.on_disk,
                    before: release_before(state).map(|released| {
                        let revision = released.advisory().revisions.last().map(|last| last.number);
                        Box::new(Release {
                            id: id.clone(),
                            fixed: revision.and_then(|revision| state.version(revision)).cloned(),
                            released,
                            key: state.imported_key.clone(),
                            accepted: Vec::new(),
                            on_disk: true,
                            before: None,
                        })
                    }),
                })
            })
            .collect()
    }

    /// The bytes of every version of a brand that are kept, each with its advisory's id and who has it: what a new key has to sign.
    #[must_use]
    pub fn fixed_versions(&self, brand: &str) -> Vec<(String, Audience, Version)> {
        let board = self.board();
        let of_brand = board.advisories.iter().filter(|(_, state)| state.draft.brand == brand);
        let versions = of_brand.flat_map(|(id, state)| {
            let fixed = state.fixed_versions();
            fixed.map(|(audience, version)| (id.clone(), audience.clone(), version.clone()))
        });
        versions.collect()
    }

    /// Brands of which the published tree lacks something that needs nobody: an ordered release that was not held aside and that a key
    /// signs, or a tombstone.
    #[must_use]
    pub fn brands_waiting(&self) -> BTreeSet<String> {
        let (board, now) = (self.board(), self.now());
        let waits = |state: &&AdvisoryState| {
            state.is_to_publish() && (state.to_remove || board.house.held_aside(state, now).is_none())
        };
        let waiting = board.advisories.values().filter(waits);
        waiting.map(|state| state.draft.brand.clone()).collect()
    }

    /// Whether there is such a brand.
    #[must_use]
    pub fn has_waiting_release(&self) -> bool {
        !self.brands_waiting().is_empty()
    }

    /// What is left of versions of a brand that were public and had to go.
    #[must_use]
    pub fn tombstones(&self, brand: &str) -> Vec<Removed> {
        let board = self.board();
        let removed = |(id, state): (&String, &AdvisoryState)| {
            let id = id.clone();
            let in_tree = !state.to_remove;
            let theirs = state.tombstones.iter().filter(|gone| gone.brand == brand);
            let theirs = theirs.map(move |gone| Removed {
                id: id.clone(),
                tombstone: gone.clone(),
                in_tree,
            });
            theirs.collect::<Vec<_>>()
        };
        board.advisories.iter().flat_map(removed).collect()
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

/// The version that a text would be if it were released next, from 1.
fn next_version(advisory: &Advisory) -> u32 {
    u32::try_from(advisory.revisions.len()).unwrap_or(u32::MAX - 1) + 1
}

/// The key of everything that says what a version says: its texts, its bytes, what was said on them. A version that must go takes it along.
pub(crate) fn text_key(stream: &StreamId, version: u32) -> Result<KeyId, ActError> {
    Ok(KeyId::new(format!("{stream}/text-{version}"))?)
}

/// Adds an entry that holds content of a version, sealed under that version's key.
fn push_text(
    plan: &mut Plan,
    stream: &StreamId,
    version: u32,
    now: Timestamp,
    event: AdvisoryEvent,
) -> Result<(), ActError> {
    plan.push_under(text_key(stream, version)?, stream, now, What::Advisory(event));
    Ok(())
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
    let found = |number: &String| {
        let (stream, case) = board.case_of_number(number).ok_or(ActError::NO_CASE)?;
        Ok((StreamId::new(stream)?, case))
    };
    left.map(found).collect()
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
