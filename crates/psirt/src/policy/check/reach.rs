//! Rules that nothing selects: no possible case fulfils their `when`, or another promise always replaces them.

use super::world::{Selected, World};
use crate::policy::{Policy, fact::When, finding::Findings, phrase::Words, read::Source};

pub(super) fn check(policy: &Policy, source: &Source, world: &World, findings: &mut Findings<'_>) {
    let words = Words::of(policy);
    let mut rule = |id: &str, line: u32, when: &When| {
        if world.select(when).is_empty() {
            let message = format!(
                "nothing selects `{id}`: there is never {}; correct its `when`",
                words.which(when)
            );
            findings.error(source.key_at(line, "when"), "unreachable", message);
        }
    };
    policy
        .promises
        .iter()
        .for_each(|block| rule(&block.id, block.line, &block.when));
    policy
        .gates
        .iter()
        .for_each(|block| rule(&block.id, block.line, &block.when));
    policy
        .publishes
        .iter()
        .for_each(|block| rule(&block.id, block.line, &block.when));
    policy
        .lists
        .iter()
        .for_each(|block| rule(&block.id, block.line, &block.when));
    policy
        .priorities
        .iter()
        .for_each(|block| rule(&block.id, block.line, &block.when));
    policy
        .defines
        .iter()
        .for_each(|block| rule(&block.id, block.line, &block.when));
    replaced(policy, source, world, findings);
}

/// A promise that is replaced wherever it holds.
fn replaced(policy: &Policy, source: &Source, world: &World, findings: &mut Findings<'_>) {
    let promises = || policy.promises.iter().zip(&world.promises);
    for (promise, mine) in promises() {
        let replacing: Vec<_> = promises()
            .filter(|(other, _)| other.overrides.contains(&promise.id))
            .collect();
        let mut union: Option<Selected> = None;
        for (_, selected) in &replacing {
            match &mut union {
                None => union = Some((*selected).clone()),
                Some(union) => union.add(selected),
            }
        }
        if union.is_some_and(|union| !mine.is_empty() && mine.within(&union)) {
            let first = replacing.first().map_or("", |(other, _)| &other.id);
            let others = if replacing.len() > 1 { " and others" } else { "" };
            let verb = if replacing.len() > 1 { "replace" } else { "replaces" };
            let message = format!(
                "`{}` never holds: `{first}`{others} {verb} it in every case; narrow the `when` of one of them",
                promise.id
            );
            findings.error(source.key_at(promise.line, "when"), "unreachable", message);
        }
    }
}
