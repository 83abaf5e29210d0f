//! Checks over the whole policy: what concerns several blocks, or every possible case.
//!
//! One concept per file. Never changes a policy.

mod clauses;
mod conflict;
mod coverage;
mod hold;
mod horizon;
mod reach;
mod references;
mod start;
mod world;

use super::{Policy, finding::Findings, read::Source};

/// Runs every check. Those over all cases need blocks without faults, so they run only if there are none.
pub(super) fn check(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    clauses::check(policy, source, findings);
    if source.broken.is_empty() {
        references::check(policy, source, findings);
    }
    if findings.errors() > 0 {
        return;
    }
    start::check(policy, source, findings);
    horizon::check(policy, source, findings);
    let Some(world) = world::World::of(policy, findings) else {
        return;
    };
    reach::check(policy, source, &world, findings);
    coverage::check(policy, source, &world, findings);
    conflict::check(policy, source, &world, findings);
    hold::check(policy, source, &world, findings);
}
