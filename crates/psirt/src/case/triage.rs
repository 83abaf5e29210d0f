//! Scope triage and definitions: which clauses a report may fall under, each with its question and its exception, and what a
//! person's answers to a definition mean.
//!
//! Never decides: it suggests, a person answers, and the reply names the clause and the way to appeal.

use crate::policy::Policy;
use crate::policy::block::define::{Combine, Define};
use crate::policy::block::scope::Scope;
use crate::policy::fact::{Fact, Value};

/// The questions that a report's text raises, in the order of the policy.
#[must_use]
pub fn suggest<'a>(policy: &'a Policy, text: &str) -> Vec<&'a Scope> {
    policy.scopes.iter().filter(|scope| scope.suggest(text)).collect()
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
