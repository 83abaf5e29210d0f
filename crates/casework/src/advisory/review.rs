//! What happens between a draft and its approval: a named reader, words on single fields, and the way back to the author.
//!
//! Owns who may say what, and when. Never changes a text: its author writes it anew.

use super::{advisory_plan, find_advisory, is_on_its_way, next_version, push_text, wrong_stage};
use crate::Casework;
use crate::actions::{ANSWER_COMMENT, ASK_REVIEW, COMMENT, RESOLVE_COMMENT, SEND_BACK};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::permit::{permit, role};
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{Advisory, AdvisoryEvent, AdvisoryState, Change, Comment, Stage, difference, has_field};
use psirt::house::Role;

/// The longest comment, in characters.
const MAX_COMMENT_CHARS: usize = 4_000;
/// So many comments on one advisory are no review.
const MAX_COMMENTS: usize = 1_000;

impl Casework {
    /// Asks a named person to read a draft.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for another stage, or for somebody who is its author or
    /// neither analyst nor lead; those of the store.
    pub async fn ask_review_of(&self, actor: &Actor, id: &str, reviewer: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &ASK_REVIEW)?;
            let (stream, state) = find_advisory(&replica.board, id)?;
            if !matches!(state.stage, Stage::Draft | Stage::Review) || is_on_its_way(state) {
                return Err(wrong_stage(state, "given to review"));
            }
            if state.drafted_by == reviewer {
                return Err(ActError::invalid(format!(
                    "`{}` wrote it: somebody else reads it",
                    shown(reviewer)
                )));
            }
            if !matches!(role(&replica.board.house, reviewer)?, Role::Analyst | Role::Lead) {
                return Err(ActError::invalid(format!(
                    "`{}` is neither analyst nor lead",
                    shown(reviewer)
                )));
            }
            let reviewer = reviewer.to_owned();
            let event = AdvisoryEvent::ReviewAskedOf { reviewer };
            Ok((advisory_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Gives a text back to its author, with what is to be changed. An approval and a schedule end with it, and the order of a release that
    /// was held aside.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for another stage, or no reason; those of the store.
    pub async fn send_back(&self, actor: &Actor, id: &str, why: &str) -> Result<(), ActError> {
        let why = words("what is to be changed", why)?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &SEND_BACK)?;
            let (stream, state) = find_advisory(&replica.board, id)?;
            let waits =
                matches!(state.stage, Stage::Review | Stage::Approved | Stage::Scheduled) && !is_on_its_way(state);
            // An order whose bytes cannot be fixed would wait for ever.
            let is_stuck = state.held_aside.is_some() && state.fixed().is_none() && !state.stage.is_last();
            if !waits && !is_stuck {
                return Err(wrong_stage(state, "sent back"));
            }
            let event = AdvisoryEvent::SentBack { why: why.clone() };
            let mut plan = Plan::by(actor);
            let version = if is_stuck { state.ordered_revision() } else { None };
            push_text(
                &mut plan,
                &stream,
                version.unwrap_or_else(|| next_version(&state.draft)),
                now,
                event,
            )?;
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Says something on a field of a text that is not out yet; an empty field is the whole text. Gives back the comment's id.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for another stage, an unknown field, no words or too many;
    /// those of the store.
    pub async fn comment(&self, actor: &Actor, id: &str, field: &str, text: &str) -> Result<u32, ActError> {
        let text = words("a comment", text)?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &COMMENT)?;
            let (stream, state) = find_advisory(&replica.board, id)?;
            in_review(state)?;
            if !field.is_empty() && !has_field(&state.draft, field) {
                return Err(ActError::invalid(format!(
                    "the text has no field `{}`; `candor advisory show --fields` names them",
                    shown(field)
                )));
            }
            if state.comments.len() >= MAX_COMMENTS {
                return Err(ActError::invalid("it has a thousand comments: write the text anew"));
            }
            let (comment, version) = (
                u32::try_from(replica.next(&stream)).unwrap_or(u32::MAX),
                next_version(&state.draft),
            );
            let event = AdvisoryEvent::Commented {
                id: comment,
                version,
                field: field.to_owned(),
                text: text.clone(),
            };
            let mut plan = Plan::by(actor);
            push_text(&mut plan, &stream, version, now, event)?;
            Ok((plan, comment))
        };
        self.record(record).await.map(|(comment, _)| comment)
    }

    /// Answers a comment.
    ///
    /// # Errors
    /// As [`Casework::comment`]; [`ActError::Invalid`] for a comment that is not there, or settled.
    pub async fn answer_comment(&self, actor: &Actor, id: &str, comment: u32, text: &str) -> Result<(), ActError> {
        let text = words("an answer", text)?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &ANSWER_COMMENT)?;
            let (stream, state) = find_advisory(&replica.board, id)?;
            let found = open_comment(state, comment)?;
            let text = text.clone();
            let event = AdvisoryEvent::CommentAnswered { id: comment, text };
            let mut plan = Plan::by(actor);
            push_text(&mut plan, &stream, found.version, now, event)?;
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Settles a comment: its text was changed, or need not be. Whoever made it, or anybody but the author of the text.
    ///
    /// # Errors
    /// As [`Casework::answer_comment`]; [`ActError::Invalid`] for the author of the text, on somebody else's comment.
    pub async fn resolve_comment(&self, actor: &Actor, id: &str, comment: u32) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &RESOLVE_COMMENT)?;
            let (stream, state) = find_advisory(&replica.board, id)?;
            let found = open_comment(state, comment)?;
            if found.by != actor.id && state.drafted_by == actor.id {
                return Err(ActError::invalid(
                    "the author of the text answers a comment; whoever made it, or another reader, settles it",
                ));
            }
            let event = AdvisoryEvent::CommentResolved { id: comment };
            let mut plan = Plan::by(actor);
            push_text(&mut plan, &stream, found.version, now, event)?;
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// What differs between the text that is worked on and another one: that of `other`, or what of it was ordered last.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn advisory_difference(&self, actor: &Actor, id: &str, other: Option<&str>) -> Result<Vec<Change>, ActError> {
        self.may_read(actor)?;
        let board = self.board();
        let (_, state) = find_advisory(&board, id)?;
        let none = Advisory::default();
        let before = match other {
            Some(other) => &*find_advisory(&board, other)?.1.draft,
            None => state.ordered.as_deref().unwrap_or(&none),
        };
        Ok(difference(before, &state.draft))
    }
}

/// Refuses an approval while something that was said on the text is not settled.
pub(super) fn all_settled(state: &AdvisoryState) -> Result<(), ActError> {
    let open = state
        .comments
        .iter()
        .filter(|comment| comment.resolved_by.is_none())
        .count();
    match open {
        0 => Ok(()),
        1 => Err(ActError::invalid(
            "a comment on the text is not settled: answer and resolve it first",
        )),
        _ => Err(ActError::invalid(format!(
            "{open} comments on the text are not settled: answer and resolve them first"
        ))),
    }
}

fn in_review(state: &AdvisoryState) -> Result<(), ActError> {
    let stage = matches!(
        state.stage,
        Stage::Draft | Stage::Review | Stage::Approved | Stage::Scheduled
    );
    if stage && !is_on_its_way(state) {
        return Ok(());
    }
    Err(wrong_stage(state, "commented"))
}

fn open_comment(state: &AdvisoryState, id: u32) -> Result<&Comment, ActError> {
    in_review(state)?;
    let comment = state.comments.iter().find(|comment| comment.id == id);
    let comment = comment.ok_or_else(|| ActError::invalid(format!("it has no comment {id}")))?;
    if comment.resolved_by.is_some() {
        return Err(ActError::invalid(format!("comment {id} is settled: make a new one")));
    }
    Ok(comment)
}

fn words(what: &str, text: &str) -> Result<String, ActError> {
    let text = text.trim();
    let has_control = text.chars().any(|c| c.is_control() && c != '\n');
    if text.is_empty() || text.chars().count() > MAX_COMMENT_CHARS || has_control {
        return Err(ActError::invalid(format!(
            "{what} is a text of 1 to {MAX_COMMENT_CHARS} characters"
        )));
    }
    Ok(text.to_owned())
}
