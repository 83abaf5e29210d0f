//! Holes in the promises: confirmed vulnerabilities that no promise brings to a fix.
//!
//! A promise *covers* a case if it is a `must` or an `aims`, holds in it, and ends (by `do` or `satisfied_by`) with a remedy: a
//! workaround, a fix, a measure, or the decision on a supplier's fix. Every case is looked at that is confirmed, in scope, in a
//! supported line and has a band. An overlay covers nothing by itself.

use super::{
    references::band_places,
    world::{Selected, World},
};
use crate::event::Kind;
use crate::policy::{
    Policy, PolicyKind,
    block::BlockKind,
    block::promise::{Duty, Promise},
    fact::{Fact, Facts, NO_BAND, Value, When},
    finding::Findings,
    phrase::Words,
    read::Source,
};

/// More say nothing new.
const MAX_HOLES: usize = 8;
/// In a [`Cube`]: the fact does not exist.
const ABSENT: u32 = 1 << 31;

const VULNERABLE: Value = 0;
const IN_SCOPE: Value = 0;
const SUPPORTED: Value = 0;

pub(super) fn check(policy: &Policy, source: &Source, world: &World, findings: &mut Findings<'_>) {
    let Some(block) = source.blocks.iter().find(|block| block.kind == BlockKind::Bands) else {
        return;
    };
    if policy.front.kind == PolicyKind::Overlay {
        return;
    }
    let promises = policy
        .promises
        .iter()
        .zip(&world.promises)
        .filter(|(promise, _)| remedies(promise));
    let (covering, selected): (Vec<&Promise>, Vec<&Selected>) = promises.unzip();
    let owed: Vec<(usize, &Facts)> = world
        .cases
        .iter()
        .enumerate()
        .filter(|(_, case)| is_owed(case))
        .collect();
    let covered = |index: usize| selected.iter().any(|selected| selected.holds(index));
    let mut open: Vec<(usize, &Facts)> = owed.iter().copied().filter(|(index, _)| !covered(*index)).collect();
    let mut hole = vec![false; world.cases.len()];
    for (index, _) in &open {
        if let Some(hole) = hole.get_mut(*index) {
            *hole = true;
        }
    }
    let words = Words::of(policy);
    let telling: Vec<Fact> = world
        .asked
        .iter()
        .copied()
        .filter(|fact| tells(*fact, &covering))
        .collect();
    for _ in 0..MAX_HOLES {
        let Some((index, first)) = open.first().copied() else {
            break;
        };
        let cube = Cube::around(first, world, &owed, &hole);
        let message = format!(
            "no promise leads to a remedy for {}: add one, or widen a `when`",
            words.which(&cube.when(world, &owed))
        );
        let places = band_places(block);
        let at = first
            .get(Fact::Band)
            .and_then(|band| places.bands.get(usize::from(band)))
            .copied();
        findings.error_for(
            at.unwrap_or(block.at),
            "uncovered-case",
            message,
            world.describe(index, &telling, words),
        );
        open.retain(|(_, case)| !cube.holds(case));
    }
}

/// Whether keeping a promise brings a remedy.
fn remedies(promise: &Promise) -> bool {
    let remedy = |kind: &Kind| {
        matches!(
            kind,
            Kind::WorkaroundProvided
                | Kind::FixReleased
                | Kind::FixDeployed
                | Kind::ReleaseShipped
                | Kind::MeasureAvailable
                | Kind::UpstreamDecision
        )
    };
    matches!(promise.duty, Duty::Must | Duty::Aims)
        && (remedy(&promise.ends) || promise.satisfied_by.iter().any(remedy))
}

/// Whether a vulnerability is one that somebody waits for a fix of.
fn is_owed(case: &Facts) -> bool {
    let is = |fact: Fact, value: Value| case.get(fact).is_none_or(|found| found == value);
    is(Fact::Verdict, VULNERABLE)
        && is(Fact::Scope, IN_SCOPE)
        && is(Fact::Supported, SUPPORTED)
        && case.get(Fact::Band) != Some(NO_BAND)
}

/// Facts that make an example concrete: those of every case, and those that a covering promise asks.
fn tells(fact: Fact, covering: &[&Promise]) -> bool {
    matches!(
        fact,
        Fact::Deployment | Fact::Origin | Fact::Band | Fact::Class | Fact::UpstreamFix
    ) || (!matches!(fact, Fact::Verdict | Fact::Scope | Fact::Supported)
        && covering.iter().any(|promise| promise.when.asks(fact)))
}

/// A set of values for each asked fact: a hole in as few words as possible.
struct Cube<'w> {
    asked: &'w [Fact],
    masks: Vec<u32>,
}

impl<'w> Cube<'w> {
    /// The widest hole around a case: values are added as long as everything inside stays a hole.
    fn around(case: &Facts, world: &'w World, owed: &[(usize, &Facts)], hole: &[bool]) -> Cube<'w> {
        let masks = world.asked.iter().map(|fact| bit(case, *fact)).collect();
        let mut cube = Cube {
            asked: &world.asked,
            masks,
        };
        let is_hole = |index: usize| hole.get(index).copied().unwrap_or(false);
        // From the last fact to the first, so that deployment, origin and band stay in the sentence.
        for place in (0..world.asked.len()).rev() {
            let Some(fact) = world.asked.get(place).copied() else {
                continue;
            };
            for value in every(fact, owed) {
                let Some(mask) = cube.masks.get_mut(place) else {
                    continue;
                };
                let before = *mask;
                *mask |= value;
                let all_holes = owed.iter().all(|(index, case)| is_hole(*index) || !cube.holds(case));
                if let Some(mask) = cube.masks.get_mut(place).filter(|_| !all_holes) {
                    *mask = before;
                }
            }
        }
        cube
    }

    fn holds(&self, case: &Facts) -> bool {
        self.asked
            .iter()
            .zip(&self.masks)
            .all(|(fact, mask)| bit(case, *fact) & mask != 0)
    }

    /// The cube as a conjunction, without the facts that do not matter.
    fn when(&self, world: &World, owed: &[(usize, &Facts)]) -> When {
        let mut when = When::default();
        for (fact, mask) in world.asked.iter().zip(&self.masks) {
            let matters = every(*fact, owed).into_iter().any(|value| mask & value == 0);
            for value in (0..16).filter(|value| matters && mask & (1 << value) != 0) {
                when.accept(*fact, value);
            }
        }
        when
    }
}

fn bit(case: &Facts, fact: Fact) -> u32 {
    case.get(fact).map_or(ABSENT, |value| 1 << value)
}

/// Every value that a fact has among the cases, one bit each.
fn every(fact: Fact, cases: &[(usize, &Facts)]) -> Vec<u32> {
    let all = cases.iter().fold(0, |all, (_, case)| all | bit(case, fact));
    (0..32)
        .map(|shift| 1 << shift)
        .filter(|value| all & value != 0)
        .collect()
}
