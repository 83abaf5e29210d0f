//! What names something else: calendars, promises, vocabularies, and the bands of a policy.

use crate::policy::{
    Policy, PolicyKind,
    block::{
        BlockKind, RawBlock, bands::BandPlaces, define::Define, gate::Condition, promise::Promise, publish::Vehicle,
    },
    fields::short,
    finding::Findings,
    read::Source,
    tree::{Table, Value},
    word::{Word, hint},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    bands(policy, source, findings);
    calendar(policy, source, findings);
    promises(policy, source, findings);
    gates(policy, source, findings);
    scopes(policy, source, findings);
}

/// An entry of a list names another question of triage, which is no entry itself.
fn scopes(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    for scope in &policy.scopes {
        let Some(list) = &scope.entry_of else { continue };
        let lists = policy.scopes.iter().filter(|other| other.entry_of.is_none());
        let lists = lists.map(|other| other.id.as_str());
        if !lists.clone().any(|id| id == list) {
            let at = source.value_at(scope.line, "entry_of");
            let message = match lists.clone().next() {
                Some(_) => hint(list, lists),
                None => "no block `scope` in this file can be a list, so delete the key".to_owned(),
            };
            findings.error(
                at,
                "unknown-target",
                format!("there is no list `{}`: {message}", short(list)),
            );
        }
    }
}

fn bands(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let mut blocks = source.blocks.iter().filter(|block| block.kind == BlockKind::Bands);
    let first = blocks.next();
    for second in blocks {
        findings.error(
            second.at,
            "duplicate-bands",
            "a policy has one set of bands: delete this one, or join the two",
        );
    }
    match (policy.front.kind, first) {
        (PolicyKind::Overlay, Some(block)) => {
            let message = "an overlay runs beside any policy, whose bands hold: delete this block";
            findings.error(block.at, "bands-in-overlay", message);
        }
        (PolicyKind::Policy, None) => {
            let message = "no block says which score has which band: add `bands` under the clause that lists them";
            findings.error(source.front_at, "no-bands", message);
        }
        (PolicyKind::Policy, Some(block)) => {
            let places = band_places(block);
            // A band with a fault of its own would leave a hole that is none.
            let whole = policy
                .bands
                .as_ref()
                .filter(|bands| bands.id == block.head.id && bands.bands.len() == places.bands.len());
            if let Some(bands) = whole {
                bands.check(&places, findings);
            }
        }
        (PolicyKind::Overlay, None) => {}
    }
}

/// Where the block, its bands and its gap stand.
pub(super) fn band_places(block: &RawBlock) -> BandPlaces {
    let id_at = |table: &Table, at: usize| table.entry("id").map_or(at, |entry| entry.key_at);
    let bands = match block.table.get("band").map(|node| &node.value) {
        Some(Value::List(list)) => {
            let place = |node: &crate::policy::tree::Node| match &node.value {
                Value::Table(table) => id_at(table, node.at),
                _ => node.at,
            };
            list.iter().map(place).collect()
        }
        _ => Vec::new(),
    };
    BandPlaces {
        block: block.at,
        bands,
        gap: block.value_at("gap"),
    }
}

fn calendar(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let Some(id) = policy.front.calendar.as_deref() else {
        return;
    };
    let declared = source.blocks.iter().filter(|block| block.kind == BlockKind::Calendar);
    let ids: Vec<&str> = declared.map(|block| block.head.id.as_str()).collect();
    if !ids.contains(&id) {
        let hint = if ids.is_empty() {
            "add a `calendar` block with this id".to_owned()
        } else {
            hint(id, ids)
        };
        let at = source.front.get("calendar").map_or(source.front_at, |node| node.at);
        findings.error(
            at,
            "unknown-calendar",
            format!("there is no calendar `{}`: {hint}", short(id)),
        );
    }
}

fn promises(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let declared = source.blocks.iter().filter(|block| block.kind == BlockKind::Promise);
    let ids: BTreeSet<&str> = declared.map(|block| block.head.id.as_str()).collect();
    for promise in &policy.promises {
        for (key, named) in [("overrides", &promise.overrides), ("beside", &promise.beside)] {
            for id in named.iter().filter(|id| !ids.contains(id.as_str())) {
                let hint = hint(id, ids.iter().copied());
                let hint = if hint.starts_with("did") {
                    hint
                } else {
                    "name the id of a promise in this file".to_owned()
                };
                let at = source.value_at(promise.line, key);
                findings.error(
                    at,
                    "unknown-promise",
                    format!("there is no promise `{}`: {hint}", short(id)),
                );
            }
        }
    }
    cycles(policy, source, findings);
}

/// Promises that replace each other in a circle would leave none.
fn cycles(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let mut left: BTreeMap<&str, &Promise> = policy
        .promises
        .iter()
        .filter(|promise| !promise.overrides.is_empty())
        .map(|promise| (promise.id.as_str(), promise))
        .collect();
    // Whoever replaces nobody that is left cannot be part of a circle.
    loop {
        let replaces = |promise: &Promise| {
            promise
                .overrides
                .iter()
                .any(|other| *other != promise.id && left.contains_key(other.as_str()))
        };
        let free: Vec<&str> = left
            .values()
            .filter(|promise| !replaces(promise))
            .map(|promise| promise.id.as_str())
            .collect();
        if free.is_empty() {
            break;
        }
        for id in free {
            left.remove(id);
        }
    }
    if let Some(promise) = policy
        .promises
        .iter()
        .find(|promise| left.contains_key(promise.id.as_str()))
    {
        let at = source.value_at(promise.line, "overrides");
        let message = format!(
            "`{}` replaces promises that replace it in turn, so none would hold: break the circle",
            promise.id
        );
        findings.error(at, "override-circle", message);
    }
}

/// A condition that nothing in the policy can ever fulfil would refuse for ever.
fn gates(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    let asks = |define: &Define| define.question.is_some();
    let has = |kind: BlockKind| source.blocks.iter().any(|block| block.kind == kind);
    for gate in &policy.gates {
        for condition in &gate.needs {
            let missing = match condition {
                Condition::ImpactTerm if !has(BlockKind::Vocabulary) => "a `vocabulary`",
                Condition::ScopeAnswered if !has(BlockKind::Scope) => "a `scope`",
                Condition::DefinitionAnswered if !policy.defines.iter().any(asks) => "a `define` with a `question`",
                Condition::Justification if policy.defines.iter().all(|define| define.justifications.is_empty()) => {
                    "a `define` with `justifications`"
                }
                Condition::ProviderMetadata
                    if !policy
                        .publishes
                        .iter()
                        .any(|publish| publish.vehicle == Vehicle::Provider) =>
                {
                    "a `publish` with the vehicle `provider`"
                }
                _ => continue,
            };
            let at = source.value_at(gate.line, "needs");
            let message = format!(
                "`{}` can never hold, and the gate would refuse for ever: add {missing}, or take it out",
                condition.word()
            );
            findings.error(at, "gate-never-opens", message);
        }
    }
}
