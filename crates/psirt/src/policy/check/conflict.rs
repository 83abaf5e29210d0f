//! Contradictions: two promises that hold together and cannot both be meant.
//!
//! Two `must` on the same event and for the same subject with different clocks contradict each other unless one replaces the
//! other (`overrides`) or they run beside each other on purpose (`beside`). A `must-not` contradicts every other duty on its
//! event. Two promises that say the same are a warning.

use super::world::{Selected, World};
use crate::policy::{
    Policy,
    block::promise::{Duty, Promise},
    finding::Findings,
    phrase::Words,
    read::Source,
};

pub(super) fn check(policy: &Policy, source: &Source, world: &World, findings: &mut Findings<'_>) {
    let words = Words::of(policy);
    let selected: Vec<(&Promise, &Selected)> = policy.promises.iter().zip(&world.promises).collect();
    for (place, (second, second_in)) in selected.iter().enumerate() {
        for (first, first_in) in selected.iter().take(place) {
            if findings.full() {
                return;
            }
            if first.ends != second.ends || agreed(first, second) {
                continue;
            }
            let Some(case) = first_in.shared(second_in) else {
                continue;
            };
            let Some((code, message)) = contradiction(first, second) else {
                continue;
            };
            let example = world.describe(case, &world.asked, words);
            let at = source.value_at(second.line, "do");
            if code == "duplicate-promise" {
                findings.warning_for(at, code, message, example);
            } else {
                findings.error_for(at, code, message, example);
            }
        }
    }
}

/// Whether the author has said how two promises stand to each other.
pub(super) fn agreed(a: &Promise, b: &Promise) -> bool {
    let names = |a: &Promise, b: &Promise| a.overrides.contains(&b.id) || a.beside.contains(&b.id);
    names(a, b) || names(b, a)
}

fn contradiction(first: &Promise, second: &Promise) -> Option<(&'static str, String)> {
    let (a, b) = (&first.id, &second.id);
    let way_out = "write which one holds with `overrides`, or `beside` if both are meant";
    if (first.duty == Duty::MustNot) != (second.duty == Duty::MustNot) {
        let (ban, other) = if first.duty == Duty::MustNot {
            (first, second)
        } else {
            (second, first)
        };
        let lifted = other
            .start
            .terms()
            .iter()
            .all(|term| ban.lifted_by.contains(&term.event));
        if lifted && !other.start.terms().is_empty() {
            return None;
        }
        let message = format!(
            "`{}` forbids `{}`, and `{}` promises it: {way_out}",
            ban.id, ban.ends, other.id
        );
        return Some(("contradiction", message));
    }
    if first.per != second.per || first.duty == Duty::MustNot {
        return None;
    }
    let same_clock = first.start == second.start && first.within == second.within;
    if same_clock && first.when == second.when && first.duty == second.duty && same_rest(first, second) {
        let message = format!("`{a}` and `{b}` say the same: delete one, or say what it adds");
        return Some(("duplicate-promise", message));
    }
    // Holds are compared by `check::hold`; a circle of `every` and a mere order have no common end to differ in.
    let plain = |promise: &Promise| promise.not_before.is_none() && promise.every.is_none() && promise.before.is_none();
    if first.duty == Duty::Must && second.duty == Duty::Must && !same_clock && plain(first) && plain(second) {
        let message = format!(
            "`{a}` and `{b}` both must bring `{}`, by different clocks: {way_out}",
            first.ends
        );
        return Some(("contradiction", message));
    }
    None
}

fn same_rest(a: &Promise, b: &Promise) -> bool {
    let rest = |promise: &Promise| {
        (
            promise.target,
            promise.not_before,
            promise.every,
            promise.before,
            promise.pick,
            promise.rolls,
            promise.needs_bill,
        )
    };
    rest(a) == rest(b) && a.satisfied_by == b.satisfied_by
}
