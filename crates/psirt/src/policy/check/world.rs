//! All possible cases: every combination of the facts that the policy asks, without those that cannot be.
//!
//! Owns what is possible. A fact that is `None` does not exist in that case: own code has no supplier, and a class only where
//! a `define` gives one. Never says what a policy should do with a case.

use crate::policy::{
    Policy,
    block::define::{Combine, Criterion, Define},
    fact::{Fact, Facts, Holds, Value, When},
    finding::Findings,
    phrase::Words,
};
use std::collections::BTreeSet;

/// Combinations times rules. The shipped policies need less than a hundredth.
const MAX_STEPS: usize = 10_000_000;
/// Every pair of promises is compared.
const MAX_PROMISES: usize = 500;

const OWN: Value = 0;

/// Every possible case.
pub(super) struct World {
    /// The facts that the policy asks, in order.
    pub(super) asked: Vec<Fact>,
    pub(super) cases: Vec<Facts>,
    /// For each promise, in their order, the cases that it holds in.
    pub(super) promises: Vec<Selected>,
}

/// The cases that a conjunction selects, one bit each.
#[derive(Clone)]
pub(super) struct Selected(Vec<u64>);

impl Selected {
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The first case in both.
    pub(super) fn shared(&self, other: &Selected) -> Option<usize> {
        let both = self.0.iter().zip(&other.0).map(|(a, b)| a & b);
        both.enumerate()
            .find(|(_, word)| *word != 0)
            .and_then(|(index, word)| Some(index * 64 + usize::try_from(word.trailing_zeros()).ok()?))
    }

    /// Whether it holds a case.
    pub(super) fn holds(&self, case: usize) -> bool {
        self.0.get(case / 64).is_some_and(|word| word & (1 << (case % 64)) != 0)
    }

    pub(super) fn add(&mut self, other: &Selected) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Whether every case of this one is in the other.
    pub(super) fn within(&self, other: &Selected) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }
}

impl World {
    /// The cases of a policy; nothing, and a finding, if there are too many to look at each.
    pub(super) fn of(policy: &Policy, findings: &mut Findings<'_>) -> Option<World> {
        let asked = asked(policy);
        let words = Words::of(policy);
        let rules = policy.promises.len()
            + policy.gates.len()
            + policy.publishes.len()
            + policy.lists.len()
            + policy.priorities.len()
            + policy.defines.len();
        let sizes = asked.iter().map(|fact| words.values(*fact).len().max(1));
        let size = sizes.fold(1_usize, usize::saturating_mul);
        if policy.promises.len() > MAX_PROMISES || size.saturating_mul(rules.max(1)) > MAX_STEPS {
            let message = format!(
                "{} promises and {size} combinations of facts are too many to look at each: split the policy, or ask fewer facts",
                policy.promises.len()
            );
            findings.error(0, "too-large", message);
            return None;
        }
        let mut cases = vec![Facts::default()];
        for fact in asked.iter().copied().filter(|fact| *fact != Fact::Class) {
            let values = words.values(fact);
            cases = cases.into_iter().flat_map(|case| extend(case, fact, &values)).collect();
        }
        if asked.contains(&Fact::Class) {
            cases = cases.into_iter().flat_map(|case| classes(policy, case)).collect();
        }
        let mut world = World {
            asked,
            cases,
            promises: Vec::new(),
        };
        world.promises = policy
            .promises
            .iter()
            .map(|promise| world.select(&promise.when))
            .collect();
        Some(world)
    }

    /// The cases that a conjunction selects.
    pub(super) fn select(&self, when: &When) -> Selected {
        // `When::judge` without what it finds out beside yes and no: this runs for every rule and every case.
        let asked: Vec<(Fact, u16)> = when.facts().filter_map(|fact| Some((fact, when.mask(fact)?))).collect();
        let accepts =
            |case: &Facts, fact: Fact, mask: u16| case.get(fact).is_some_and(|value| mask & (1 << value) != 0);
        let holds = |case: &Facts| asked.iter().all(|(fact, mask)| accepts(case, *fact, *mask));
        let mut selected = vec![0; self.cases.len().div_ceil(64)];
        for (cases, word) in self.cases.chunks(64).zip(&mut selected) {
            for (bit, case) in cases.iter().enumerate() {
                *word |= u64::from(holds(case)) << bit;
            }
        }
        Selected(selected)
    }

    /// A case in English, by these facts only.
    pub(super) fn describe(&self, index: usize, facts: &[Fact], words: Words<'_>) -> String {
        let mut when = When::default();
        for fact in facts {
            if let Some(value) = self.cases.get(index).and_then(|case| case.get(*fact)) {
                when.accept(*fact, value);
            }
        }
        words.which(&when)
    }
}

/// Facts that any rule asks; with `class`, what it is judged from.
fn asked(policy: &Policy) -> Vec<Fact> {
    let mut asked = BTreeSet::new();
    let whens = policy.promises.iter().map(|rule| &rule.when);
    let whens = whens.chain(policy.gates.iter().map(|rule| &rule.when));
    let whens = whens.chain(policy.publishes.iter().map(|rule| &rule.when));
    let whens = whens.chain(policy.lists.iter().map(|rule| &rule.when));
    let whens = whens.chain(policy.priorities.iter().map(|rule| &rule.when));
    let whens = whens.chain(policy.defines.iter().map(|rule| &rule.when));
    for when in whens {
        asked.extend(when.facts());
    }
    if policy.bands.is_some() {
        // What every promise of a fix can depend on, so that a hole there is found even if no rule asks it.
        asked.extend([Fact::Deployment, Fact::Origin, Fact::Band]);
    }
    if asked.contains(&Fact::Class) {
        for define in policy.defines.iter().filter(|define| define.fact == Fact::Class) {
            let facts = define.criteria.iter().filter_map(|criterion| match criterion {
                Criterion::Fact(fact, _) => Some(*fact),
                Criterion::ScoreAtLeast(_) => policy.bands.is_some().then_some(Fact::Band),
            });
            asked.extend(facts);
        }
    }
    asked.into_iter().collect()
}

/// A case with each value of a fact. Own code has no supplier.
fn extend(case: Facts, fact: Fact, values: &[Value]) -> Vec<Facts> {
    if values.is_empty() || (fact == Fact::UpstreamFix && case.get(Fact::Origin) == Some(OWN)) {
        return vec![case];
    }
    values.iter().map(|value| case.with(fact, Some(*value))).collect()
}

/// A case with each class that the definitions can give it.
fn classes(policy: &Policy, case: Facts) -> Vec<Facts> {
    let mut classes: BTreeSet<Option<Value>> = BTreeSet::new();
    for define in policy.defines.iter().filter(|define| define.fact == Fact::Class) {
        if define.when.judge(&case) == Holds::Yes {
            let (may_hold, may_fail) = judge(policy, define, &case);
            classes.extend(may_hold.then_some(Some(define.value)));
            classes.extend(may_fail.then_some(define.otherwise));
        }
    }
    if classes.is_empty() {
        return vec![case];
    }
    classes.into_iter().map(|class| case.with(Fact::Class, class)).collect()
}

/// Whether the criteria can hold in a case, and whether they can fail. A question can be answered either way.
fn judge(policy: &Policy, define: &Define, case: &Facts) -> (bool, bool) {
    if define.criteria.is_empty() {
        return (true, true);
    }
    let criteria = define.criteria.iter().map(|criterion| match criterion {
        Criterion::Fact(fact, mask) => match case.get(*fact) {
            Some(value) => (mask & (1 << value) != 0, mask & (1 << value) == 0),
            None => (false, true),
        },
        Criterion::ScoreAtLeast(least) => scores(policy, case, *least),
    });
    match define.combine {
        Combine::All => criteria.fold((true, false), |all, one| (all.0 && one.0, all.1 || one.1)),
        Combine::Any => criteria.fold((false, true), |any, one| (any.0 || one.0, any.1 && one.1)),
    }
}

/// Whether a score of the case's band can reach a threshold, and whether it can miss it.
fn scores(policy: &Policy, case: &Facts, least: u8) -> (bool, bool) {
    let Some((bands, band)) = policy.bands.as_ref().zip(case.get(Fact::Band)) else {
        return (true, true);
    };
    let scores = (0..=100).filter(|tenth| bands.of(*tenth) == Some(band));
    scores.fold((false, false), |(reach, miss), tenth| {
        (reach || tenth >= least, miss || tenth < least)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fact::NO_BAND;

    /// Selecting is judging: the short way agrees with [`When::judge`] on known and absent facts.
    #[test]
    fn selecting_agrees_with_judging() {
        let mut cases = Vec::new();
        for origin in [None, Some(0), Some(1)] {
            for band in [None, Some(0), Some(1), Some(NO_BAND)] {
                cases.push(Facts::default().with(Fact::Origin, origin).with(Fact::Band, band));
            }
        }
        let world = World {
            asked: vec![Fact::Origin, Fact::Band],
            cases,
            promises: Vec::new(),
        };
        for masks in [[0b01, 0b10], [0b11, 0b01], [0b10, 1 << NO_BAND], [0, 0b1]] {
            let mut when = When::default();
            for (fact, mask) in [Fact::Origin, Fact::Band].into_iter().zip(masks) {
                (0..16)
                    .filter(|value| mask & (1_u16 << value) != 0)
                    .for_each(|value| when.accept(fact, value));
            }
            let selected = world.select(&when);
            for (index, case) in world.cases.iter().enumerate() {
                assert_eq!(
                    selected.holds(index),
                    when.judge(case) == Holds::Yes,
                    "{masks:?} {case:?}"
                );
            }
        }
    }
}
