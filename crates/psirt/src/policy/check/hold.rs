//! A hold that lasts longer than another promise on the same event allows.
//!
//! With the same start this is an error. With different starts it depends on the case, so it is a warning; none if every start of
//! the other promise lifts the hold, or if the author has said how the two stand to each other.

use super::{conflict::agreed, world::World};
use crate::policy::{
    Policy,
    block::promise::{Duty, Promise},
    finding::Findings,
    length::{EndTerm, Length},
    phrase::Words,
    read::Source,
};

pub(super) fn check(policy: &Policy, source: &Source, world: &World, findings: &mut Findings<'_>) {
    let words = Words::of(policy);
    let promises = || policy.promises.iter().zip(&world.promises);
    for (holding, held) in promises() {
        let Some(hold) = holding.not_before else { continue };
        for (owed, owed_in) in promises().filter(|(owed, _)| owed.id != holding.id && owed.ends == holding.ends) {
            let lifts = owed
                .start
                .terms()
                .iter()
                .all(|term| holding.lifted_by.contains(&term.event));
            let lifted = lifts && !owed.start.terms().is_empty();
            let binding = matches!(owed.duty, Duty::Must | Duty::Aims);
            let Some(within) = shortest_end(owed).filter(|_| binding && !lifted && !agreed(holding, owed)) else {
                continue;
            };
            if hold.shortest_minutes() <= within.longest_minutes() {
                continue;
            }
            let Some(case) = held.shared(owed_in) else { continue };
            let message = format!(
                "`{}` holds `{}` back for {hold}, and `{}` owes it within {within}: shorten the hold, let `lifted_by` name the \
                 other's start, or write `overrides`",
                holding.id, holding.ends, owed.id
            );
            let at = source.value_at(holding.line, "not_before");
            let example = world.describe(case, &world.asked, words);
            if holding.start == owed.start {
                findings.error_for(at, "hold-after-end", message, example);
            } else {
                findings.warning_for(at, "hold-after-end", message, example);
            }
        }
    }
}

/// The length that ends a promise at the latest, if it has one.
fn shortest_end(promise: &Promise) -> Option<Length> {
    let lengths = promise.within.0.iter().filter_map(|term| match term {
        EndTerm::Length(length) => Some(*length),
        EndTerm::NextRelease | EndTerm::ScheduledDay => None,
    });
    lengths.min_by_key(|length| length.longest_minutes())
}
