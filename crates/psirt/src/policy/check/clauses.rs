//! Every clause makes Candor do something, or says why not; no number is given twice.

use crate::policy::{
    Policy,
    block::{BlockKind, RawBlock},
    finding::Findings,
    read::Source,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let mut blocks: BTreeMap<&str, Vec<&RawBlock>> = BTreeMap::new();
    for block in &source.blocks {
        blocks.entry(&block.head.clause).or_default().push(block);
    }
    let named = policy
        .promises
        .iter()
        .flat_map(|promise| &promise.readings)
        .map(String::as_str);
    let setting = policy
        .readings
        .iter()
        .filter(|reading| reading.options.iter().any(|option| !option.set.is_empty()));
    let mut working: BTreeSet<&str> = named.chain(setting.map(|reading| reading.id.as_str())).collect();
    // A reading with a fault of its own has been reported already.
    let whole = |block: &&RawBlock| policy.readings.iter().any(|reading| reading.id == block.head.id);
    let readings = source.blocks.iter().filter(|block| block.kind == BlockKind::Reading);
    working.extend(
        readings
            .filter(|block| !whole(block))
            .map(|block| block.head.id.as_str()),
    );
    let mut seen = BTreeMap::new();
    let places = source.clauses.iter().copied().zip(source.nones.iter().copied());
    for (clause, (at, none_at)) in policy.clauses.iter().zip(places) {
        if let Some(first) = seen.insert(clause.id.as_str(), clause.line) {
            let message = format!(
                "§{} stands in line {first} already: give each clause its own number",
                clause.id
            );
            findings.error(at, "duplicate-clause", message);
            continue;
        }
        let mine = blocks.get(clause.id.as_str()).map_or(&[][..], Vec::as_slice);
        match none_at {
            Some(none_at) if !mine.is_empty() => {
                let message = format!(
                    "§{} has blocks and says that it has none: delete one or the other",
                    clause.id
                );
                findings.error(none_at, "none-with-blocks", message);
            }
            Some(_) => {}
            None if source.broken.contains(&clause.id) => {}
            None if mine.is_empty() => {
                let message = format!(
                    "§{} makes Candor do nothing: add a block, or say why with `<!-- none: … -->`",
                    clause.id
                );
                findings.error(at, "uncovered-clause", message);
            }
            None if !mine.iter().any(|block| does_something(block, &working)) => {
                let message = format!(
                    "§{} has only readings, and they change nothing: add a rule, let an option `set` one, or name promises in `affects`",
                    clause.id
                );
                findings.error(at, "uncovered-clause", message);
            }
            None => {}
        }
    }
}

/// A reading alone does something only if an option sets a key, or if it is named by the proof of a promise.
fn does_something(block: &RawBlock, working: &BTreeSet<&str>) -> bool {
    block.kind != BlockKind::Reading || working.contains(block.head.id.as_str())
}
