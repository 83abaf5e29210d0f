//! Scope triage and definitions: which clauses a report may fall under, each with its question and its exception, and what a
//! person's answers to a definition mean.
//!
//! Never decides: it suggests, a person answers, and the reply names the clause and the way to appeal.

use crate::event::Flag;
use crate::policy::Policy;
use crate::policy::block::define::{Combine, Define};
use crate::policy::block::scope::Scope;
use crate::policy::fact::{Fact, Value};
use crate::policy::hint::Text;

/// The questions that a report's text raises, in the order of the policy.
#[must_use]
pub fn suggest<'a>(policy: &'a Policy, text: &str) -> Vec<&'a Scope> {
    let text = Text::of(text);
    policy.scopes.iter().filter(|scope| scope.suggest(&text)).collect()
}

/// The word and the question of the exception that keeps a report in scope: the entry's own, or else that of the list that it is an
/// entry of.
#[must_use]
pub fn exception<'a>(policy: &'a Policy, scope: &'a Scope) -> Option<(&'a str, &'a str)> {
    let list = || {
        let id = scope.entry_of.as_deref()?;
        policy.scopes.iter().find(|list| list.id == id)
    };
    let asked = |scope: &'a Scope| scope.exception.as_deref().zip(scope.exception_question.as_deref());
    asked(scope).or_else(|| asked(list()?))
}

/// What the reporter is told once a person has decided: the answer, the clause that it rests on, and the way to appeal.
#[must_use]
pub fn reply(policy: &Policy, scope: &Scope) -> String {
    let (front, clause) = (&policy.front, &scope.clause);
    let mut text = format!(
        "{}\n\nThis answer rests on §{clause} of our policy \u{201c}{}\u{201d}, version {}.",
        scope.reply.trim(),
        front.title,
        front.version
    );
    if scope.appeal {
        text.push_str(
            " You may appeal: answer this message under your tracking number, and say what we missed. A person looks at it again.",
        );
    }
    text
}

/// A flag that a report's words propose (D25). It rejects nothing; a person sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flagged<'a> {
    /// The flag.
    pub flag: Flag,
    /// The clause that it stands under.
    pub clause: &'a str,
    /// What the team has to do then.
    pub task: &'a str,
}

/// The flags that a report's text proposes, in the order of the policy.
#[must_use]
pub fn flags<'a>(policy: &'a Policy, text: &str) -> Vec<Flagged<'a>> {
    let text = Text::of(text);
    let fitting = policy.notices.iter().filter(|notice| text.fits(&notice.hints));
    let flagged = fitting.filter_map(|notice| {
        Some(Flagged {
            flag: notice.flag?,
            clause: &notice.clause,
            task: notice.task.as_deref()?,
        })
    });
    flagged.collect()
}

/// The definitions that a person answers for a report with this text, in the order of the policy: those that every report raises, and
/// those whose hints fit.
#[must_use]
pub fn definitions<'a>(policy: &'a Policy, text: &str) -> Vec<&'a Define> {
    let text = Text::of(text);
    let asks = |define: &&Define| define.question.is_some() && (define.hints.is_empty() || text.fits(&define.hints));
    policy.defines.iter().filter(asks).collect()
}

/// The questions that a score, in tenths, raises, in the order of the policy (N30).
#[must_use]
pub fn suggest_for_score(policy: &Policy, tenths: u8) -> Vec<&Scope> {
    policy
        .scopes
        .iter()
        .filter(|scope| scope.suggest_score(tenths))
        .collect()
}

/// The definition of the verdict that a person answers part by part.
#[must_use]
pub fn definition(policy: &Policy) -> Option<&Define> {
    policy
        .defines
        .iter()
        .find(|define| define.fact == Fact::Verdict && define.question.is_some())
}

/// The value that a definition gives when a person says yes to these of its parts and no to the others; none where the policy
/// does not say what it is otherwise.
#[must_use]
pub fn answered(define: &Define, yes: &[&str]) -> Option<Value> {
    let mut parts = define.elements.iter().map(|part| yes.contains(&part.as_str()));
    let holds = match define.combine {
        Combine::All => parts.all(|yes| yes),
        Combine::Any => parts.any(|yes| yes),
    };
    if holds { Some(define.value) } else { define.otherwise }
}
