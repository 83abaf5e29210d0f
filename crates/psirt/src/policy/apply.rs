//! Readings at work: each chosen option sets its keys in the raw blocks before anything is interpreted.
//!
//! Owns `set` and `--reading`. Never interprets a value: the block that receives it does, with the place in the reading.

use super::{
    Policy,
    block::{BlockKind, RawBlock},
    fields::{Fields, Names, short},
    finding::Findings,
    front,
    read::Source,
    tree::{Entry, Node, Table, Value},
    word::hint,
};
use std::collections::BTreeMap;

/// The name under which a reading sets keys of the front matter.
pub(super) const FRONT: &str = "policy";

/// All options of a policy together are tried on at most this many bytes of blocks.
const TRIAL_BYTES: usize = 64 << 20;

/// Options that the caller chooses instead of those in the file.
pub(super) struct Chosen<'r>(&'r [(String, String)]);

impl<'r> Chosen<'r> {
    pub(super) fn new(readings: &'r [(String, String)]) -> Self {
        Chosen(readings)
    }

    fn instead(&self, reading: &str) -> Option<&'r str> {
        self.0
            .iter()
            .rev()
            .find(|(id, _)| id == reading)
            .map(|(_, option)| option.as_str())
    }
}

/// A gap is a decision, so only a reading can make it.
pub(super) fn check_gap(blocks: &[RawBlock], findings: &mut Findings<'_>) {
    for block in blocks.iter().filter(|block| block.kind == BlockKind::Bands) {
        let written =
            matches!(block.table.get("gap").map(|node| &node.value), Some(Value::List(list)) if !list.is_empty());
        if written {
            let message = format!(
                "a hole in the bands is a decision: write `gap = []`, and let a reading set `{}.gap`",
                block.head.id
            );
            findings.error(block.key_at("gap"), "gap-without-reading", message);
        }
    }
}

/// Applies what is chosen, and notes in each block which readings can set its keys.
pub(super) fn apply(source: &mut Source, chosen: &Chosen<'_>, findings: &mut Findings<'_>) {
    let places: BTreeMap<String, usize> = source
        .blocks
        .iter()
        .enumerate()
        .map(|(index, block)| (block.head.id.clone(), index))
        .collect();
    let readings: Vec<usize> = (0..source.blocks.len())
        .filter(|index| {
            source
                .blocks
                .get(*index)
                .is_some_and(|block| block.kind == BlockKind::Reading)
        })
        .collect();
    for (id, _) in chosen.0 {
        let known = readings
            .iter()
            .filter_map(|index| source.blocks.get(*index))
            .map(|block| block.head.id.as_str());
        if !known.clone().any(|known| known == id) {
            let message = format!("there is no reading `{}`: {}", short(id), hint(id, known));
            findings.error(0, "unknown-reading", message);
        }
    }
    let mut set_by: BTreeMap<(String, String), String> = BTreeMap::new();
    for index in readings {
        let Some(block) = source.blocks.get_mut(index) else {
            continue;
        };
        let id = block.head.id.clone();
        let instead = chosen.instead(&id);
        if let Some(option) = instead {
            let at = block.value_at("chosen");
            block.table.set(
                "chosen",
                at,
                Node {
                    at,
                    value: Value::Text(option.to_owned()),
                },
            );
        }
        let chosen = text(&block.table, "chosen").unwrap_or_default().to_owned();
        for (option, set) in options(&block.table) {
            for entry in set.entries() {
                if findings.full() {
                    return;
                }
                let Some(target) = target(entry, source, &places, findings) else {
                    continue;
                };
                note(&id, target.block, source);
                if option == chosen {
                    let place = (target.id.to_owned(), target.key.to_owned());
                    if let Some(other) = set_by.insert(place, id.clone()) {
                        let message = format!("`{other}` sets `{}` as well: let one reading set it", entry.key);
                        findings.error(entry.key_at, "reading-conflict", message);
                    }
                    if instead.is_none() {
                        check_same(&id, &target, entry, source, findings);
                        keep_written(&target, entry, source);
                    }
                    put(&target, entry.node.clone(), source);
                }
            }
        }
    }
}

/// What an entry of `set` names.
struct Target<'e> {
    id: &'e str,
    key: &'e str,
    key_at: usize,
    /// The block, or nothing for the front matter.
    block: Option<usize>,
}

fn target<'e>(
    entry: &'e Entry,
    source: &Source,
    places: &BTreeMap<String, usize>,
    findings: &mut Findings<'_>,
) -> Option<Target<'e>> {
    let Some((id, key)) = entry.key.split_once('.') else {
        let message = "`set` names a block and a key in one pair of quotes: write \"onprem-fix.start\" = …";
        findings.error(entry.key_at, "bad-set", message);
        return None;
    };
    let (block, keys) = if id == FRONT {
        (None, front::SETTABLE)
    } else if let Some(index) = places.get(id) {
        let kind = source.blocks.get(*index)?.kind;
        if kind == BlockKind::Reading {
            findings.error(
                entry.key_at,
                "bad-set",
                format!("`{id}` is a reading, and no reading sets another: set the rule itself"),
            );
            return None;
        }
        (Some(*index), kind.keys())
    } else {
        let hint = hint(id, places.keys().map(String::as_str).chain([FRONT]));
        let hint = if hint.starts_with("did") {
            hint
        } else {
            "name the id of a block in this file".to_owned()
        };
        findings.error(
            entry.key_at,
            "unknown-target",
            format!("there is no block `{}`: {hint}", short(id)),
        );
        return None;
    };
    if key == "id" || !keys.contains(&key) {
        let hint = hint(key, keys.iter().copied().filter(|key| *key != "id"));
        let message = format!("`{id}` has no key `{}` that a reading could set: {hint}", short(key));
        findings.error(entry.key_at, "unknown-target", message);
        return None;
    }
    Some(Target {
        id,
        key,
        key_at: entry.key_at,
        block,
    })
}

/// A block says what the chosen option sets, or leaves it to the option: whoever reads it should not be misled.
fn check_same(reading: &str, target: &Target<'_>, entry: &Entry, source: &Source, findings: &mut Findings<'_>) {
    let Some(written) = source.table(target.block).and_then(|table| table.get(target.key)) else {
        return;
    };
    // The hole in the bands is the one key that only a reading may fill.
    if target.key != "gap" && written.value.plain() != entry.node.value.plain() {
        let message = format!(
            "the block says one thing here, and the reading `{reading}` sets another: write what the chosen option sets"
        );
        findings.warning(written.at, "reading-differs", message);
    }
}

/// What a reading replaces in a block is judged as well: whoever takes the reading out should not find a fault that nobody named.
pub(super) struct Written {
    /// The block, or nothing for the front matter.
    block: Option<usize>,
    key: String,
    node: Node,
}

fn keep_written(target: &Target<'_>, entry: &Entry, source: &mut Source) {
    let written = source.table(target.block).and_then(|table| table.get(target.key));
    // The hole in the bands has a fault of its own: `check_gap`.
    let differs = written.filter(|written| target.key != "gap" && written.value.plain() != entry.node.value.plain());
    if let Some(node) = differs.cloned() {
        source.written.push(Written {
            block: target.block,
            key: target.key.to_owned(),
            node,
        });
    }
}

/// Interprets each block as it was written, for the faults of the values that the readings replaced. How these go together with what is
/// set elsewhere is no fault: the chosen options decide that.
pub(super) fn check_written(policy: &Policy, source: &Source, names: &Names, findings: &mut Findings<'_>) {
    let mut spent = 0_usize;
    let mut done: Vec<Option<usize>> = Vec::new();
    for block in source.written.iter().map(|written| written.block) {
        let Some(table) = source.table(block).filter(|_| !done.contains(&block)) else {
            continue;
        };
        done.push(block);
        spent = spent.saturating_add(1024 + table.weight());
        if spent > TRIAL_BYTES || findings.full() {
            return;
        }
        let mine = || source.written.iter().filter(|written| written.block == block);
        let mut as_written = table.clone();
        for written in mine() {
            as_written.set(&written.key, written.node.at, written.node.clone());
        }
        let lines: Vec<_> = mine()
            .map(|written| findings.line(written.node.at)..=findings.line(written.node.last_at()))
            .collect();
        let mut faults = findings.trial(|findings| interpret(block, as_written, policy, source, names, findings));
        faults.retain(|fault| lines.iter().any(|lines| lines.contains(&fault.line)));
        findings.extend(faults, str::to_owned);
    }
}

/// Reads one block, or the front matter, with another table, for its faults alone.
fn interpret(
    block: Option<usize>,
    table: Table,
    policy: &Policy,
    source: &Source,
    names: &Names,
    findings: &mut Findings<'_>,
) {
    match block.map(|index| source.blocks.get(index)) {
        None => {
            let mut fields = Fields {
                what: "front matter",
                at: source.front_at,
                table: &table,
                names,
                findings,
            };
            front::read(&mut fields);
        }
        Some(None) => {}
        Some(Some(block)) => {
            let block = RawBlock { table, ..block.clone() };
            block.read_into(&mut Policy::empty(policy.front.clone()), names, findings);
        }
    }
}

fn note(reading: &str, block: Option<usize>, source: &mut Source) {
    let Some(block) = block.and_then(|index| source.blocks.get_mut(index)) else {
        return;
    };
    if !block.readings.iter().any(|id| id == reading) {
        block.readings.push(reading.to_owned());
    }
}

fn put(target: &Target<'_>, node: Node, source: &mut Source) {
    let table = match target.block {
        None => Some(&mut source.front),
        Some(index) => source.blocks.get_mut(index).map(|block| &mut block.table),
    };
    if let Some(table) = table {
        table.set(target.key, target.key_at, node);
    }
}

fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    match table.get(key).map(|node| &node.value) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Ids and `set` tables of a reading's options. Wrong shapes are reported when the reading is interpreted.
fn options(table: &Table) -> Vec<(String, Table)> {
    let Some(Value::List(list)) = table.get("option").map(|node| &node.value) else {
        return Vec::new();
    };
    let option = |node: &Node| {
        let Value::Table(table) = &node.value else { return None };
        let set = match table.get("set").map(|node| &node.value) {
            Some(Value::Table(set)) => set.clone(),
            _ => Table::default(),
        };
        Some((text(table, "id")?.to_owned(), set))
    };
    list.iter().filter_map(option).collect()
}

/// Gives each promise the readings that list it in `affects`.
pub(super) fn name_readings(policy: &mut Policy, source: &Source, findings: &mut Findings<'_>) {
    let Policy { promises, readings, .. } = policy;
    for reading in readings.iter() {
        for id in &reading.affects {
            let Some(promise) = promises.iter_mut().find(|promise| promise.id == *id) else {
                // A promise with a fault of its own has been reported already.
                if !source
                    .blocks
                    .iter()
                    .any(|block| block.kind == BlockKind::Promise && block.head.id == *id)
                {
                    let at = source.value_at(reading.line, "affects");
                    let hint = hint(id, promises.iter().map(|promise| promise.id.as_str()));
                    let hint = if hint.starts_with("did") {
                        hint
                    } else {
                        "name the id of a promise in this file".to_owned()
                    };
                    findings.error(
                        at,
                        "unknown-promise",
                        format!("there is no promise `{}`: {hint}", short(id)),
                    );
                }
                continue;
            };
            if !promise.readings.contains(&reading.id) {
                promise.readings.push(reading.id.clone());
            }
        }
    }
}

/// Interprets, for each option that is not chosen, the blocks that it would change, so that `--reading` never fails.
pub(super) fn try_other_options(policy: &Policy, source: &Source, names: &Names, findings: &mut Findings<'_>) {
    let mut spent = 0_usize;
    for reading in &policy.readings {
        let Some(block) = source.block(reading.line) else {
            continue;
        };
        for (option, set) in options(&block.table)
            .into_iter()
            .filter(|(option, _)| *option != reading.chosen)
        {
            let faults = findings.trial(|findings| {
                let entries = set.entries().count();
                for (id, key) in set.entries().filter_map(|entry| entry.key.split_once('.')) {
                    spent = spent.saturating_add(entries).saturating_add(try_set(
                        (id, key),
                        &set,
                        policy,
                        source,
                        names,
                        findings,
                    ));
                    if spent > TRIAL_BYTES {
                        break;
                    }
                }
            });
            if spent > TRIAL_BYTES {
                let message = "the options of all readings together are too large to try: split the policy";
                findings.error(block.at, "too-large", message);
                return;
            }
            findings.extend(faults, |message| {
                format!("with the reading `{}` as `{option}`: {message}", reading.id)
            });
        }
    }
}

/// Interprets one block with all that an option sets in it; says how large the work was.
fn try_set(
    (id, key): (&str, &str),
    set: &Table,
    policy: &Policy,
    source: &Source,
    names: &Names,
    findings: &mut Findings<'_>,
) -> usize {
    let mine = |entry: &&Entry| entry.key.split_once('.').is_some_and(|(other, _)| other == id);
    // Each block once, at its first key.
    if set.entries().find(mine).and_then(|entry| entry.key.split_once('.')) != Some((id, key)) {
        return 1;
    }
    let changed = |table: &Table| {
        let mut table = table.clone();
        for entry in set.entries().filter(mine) {
            if let Some((_, key)) = entry.key.split_once('.') {
                table.set(key, entry.key_at, entry.node.clone());
            }
        }
        table
    };
    if id == FRONT {
        interpret(None, changed(&source.front), policy, source, names, findings);
        return 1024;
    }
    let Some(index) = source.blocks.iter().position(|block| block.head.id == id) else {
        return 1;
    };
    let weight = source.table(Some(index)).map_or(0, Table::weight);
    let table = source.table(Some(index)).map(changed).unwrap_or_default();
    interpret(Some(index), table, policy, source, names, findings);
    1024 + weight
}
