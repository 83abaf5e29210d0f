//! What differs between two versions of a policy: clauses, rules with their keys, readings, bands.
//!
//! Owns the comparison. Never says what it means for a case: `clock::simulate` does.

use super::block::{BlockKind, RawBlock};
use super::explain::sentences;
use super::read::{Source, read_source};
use super::tree::Table;
use super::{Finding, Policy};
use serde::Serialize;
use std::collections::BTreeMap;

/// One version: its file, and options that were chosen instead of the file's.
#[derive(Clone, Copy, Debug)]
pub struct Edition<'a> {
    /// The file's name, for findings.
    pub name: &'a str,
    /// The file.
    pub text: &'a str,
    /// Pairs of a reading's id and an option.
    pub readings: &'a [(String, String)],
}

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The ids of the policies, of which there is one unless two policies were compared.
    pub policy: (String, String),
    /// Their versions.
    pub version: (String, String),
    /// Keys of the front matter.
    pub front: Vec<KeyChange>,
    /// Clauses, in the order of the new version; those that are gone come last.
    pub clauses: Vec<ClauseChange>,
    /// Rules, in the same order.
    pub rules: Vec<RuleChange>,
    /// Readings, in the same order.
    pub readings: Vec<ReadingChange>,
    /// Bands, the highest first.
    pub bands: Vec<BandChange>,
}

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the new version has it.
    Added,
    /// Only the old version has it.
    Removed,
    /// Both have it, and it is not the same.
    Changed,
}

/// A clause whose prose is new, gone or reworded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseChange {
    /// The clause with its sign.
    pub clause: String,
    /// What happened to it.
    pub change: Change,
    /// Its prose before.
    pub old: Option<String>,
    /// Its prose now.
    pub new: Option<String>,
}

/// A rule that is new, gone or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// The clause with its sign, in the new version where there is one.
    pub clause: String,
    /// The kind of its block.
    pub kind: &'static str,
    /// Its id.
    pub rule: String,
    /// What happened to it.
    pub change: Change,
    /// Its keys that differ, after readings were applied.
    pub keys: Vec<KeyChange>,
    /// What it said, as one sentence.
    pub old: Option<String>,
    /// What it says.
    pub new: Option<String>,
}

/// A key with another value, both as TOML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// Its value before.
    pub old: Option<String>,
    /// Its value now.
    pub new: Option<String>,
}

/// A reading that is decided otherwise, is new, or is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadingChange {
    /// The clause with its sign.
    pub clause: String,
    /// Its id.
    pub reading: String,
    /// What it asks.
    pub question: String,
    /// The option chosen before.
    pub old: Option<String>,
    /// The option chosen now.
    pub new: Option<String>,
}

/// A band with other limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BandChange {
    /// Its id.
    pub band: String,
    /// Its label and limits before: `High 7.0–8.9`.
    pub old: Option<String>,
    /// Its label and limits now.
    pub new: Option<String>,
}

impl Diff {
    /// Whether both say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Diff {
            front,
            clauses,
            rules,
            readings,
            bands,
            ..
        } = self;
        front.is_empty() && clauses.is_empty() && rules.is_empty() && readings.is_empty() && bands.is_empty()
    }
}

/// Compares two versions.
///
/// # Errors
/// The findings of a version whose front matter cannot be read.
pub fn diff(old: Edition<'_>, new: Edition<'_>) -> Result<Diff, Vec<Finding>> {
    let (old, new) = (Side::read(old)?, Side::read(new)?);
    let fronts = (&old.policy.front, &new.policy.front);
    Ok(Diff {
        policy: (fronts.0.id.clone(), fronts.1.id.clone()),
        version: (fronts.0.version.clone(), fronts.1.version.clone()),
        front: keys(&old.source.front, &new.source.front),
        clauses: clauses(&old.policy, &new.policy),
        rules: rules(&old, &new),
        readings: readings(&old.policy, &new.policy),
        bands: bands(&old.policy, &new.policy),
    })
}

struct Side {
    policy: Policy,
    source: Source,
}

impl Side {
    fn read(edition: Edition<'_>) -> Result<Side, Vec<Finding>> {
        let (read, findings) = read_source(edition.name, edition.text, edition.readings);
        let (policy, source) = read.ok_or(findings)?;
        Ok(Side { policy, source })
    }

    /// Blocks that rule. Readings have a part of their own in the result, and bands are told by their limits.
    fn rules(&self) -> impl Iterator<Item = &RawBlock> {
        let telling = |block: &&RawBlock| !matches!(block.kind, BlockKind::Reading | BlockKind::Bands);
        self.source.blocks.iter().filter(telling)
    }

    fn sentences(&self) -> BTreeMap<u32, String> {
        sentences(&self.policy)
            .into_iter()
            .map(|(_, line, sentence)| (line, sentence))
            .collect()
    }
}

/// Pairs two lists by a name: in the order of the new one, and what is gone after it.
fn paired<'a, T>(
    old: impl Iterator<Item = &'a T>,
    new: impl Iterator<Item = &'a T>,
    name: impl Fn(&'a T) -> &'a str,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let (old, new): (Vec<&T>, Vec<&T>) = (old.collect(), new.collect());
    let among = |list: &[&'a T], wanted: &str| list.iter().copied().find(|one| name(one) == wanted);
    let kept = new.iter().map(|one| (among(&old, name(one)), Some(*one)));
    let gone = old.iter().filter(|one| among(&new, name(one)).is_none());
    kept.chain(gone.map(|one| (Some(*one), None))).collect()
}

const fn change<T>(old: Option<&T>, new: Option<&T>) -> Change {
    match (old, new) {
        (None, _) => Change::Added,
        (_, None) => Change::Removed,
        _ => Change::Changed,
    }
}

/// Prose counts by its words: where a line breaks says nothing.
fn clauses(old: &Policy, new: &Policy) -> Vec<ClauseChange> {
    let words = |prose: &str| prose.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut all = Vec::new();
    for (old, new) in paired(old.clauses.iter(), new.clauses.iter(), |clause| &clause.id) {
        let prose = [old, new].map(|clause| clause.map(|clause| words(&clause.prose)));
        let id = new.or(old).map(|clause| format!("§{}", clause.id));
        if prose[0] != prose[1] {
            let [before, now] = prose;
            all.push(ClauseChange {
                clause: id.unwrap_or_default(),
                change: change(old, new),
                old: before,
                new: now,
            });
        }
    }
    all
}

fn rules<'a>(old: &'a Side, new: &'a Side) -> Vec<RuleChange> {
    let said = (old.sentences(), new.sentences());
    let mut all = Vec::new();
    for (old, new) in paired(old.rules(), new.rules(), |block| &block.head.id) {
        let Some(block) = new.or(old) else { continue };
        let nothing = Table::default();
        let table = |block: Option<&'a RawBlock>| block.map(|block| &block.table);
        let mut keys = keys(table(old).unwrap_or(&nothing), table(new).unwrap_or(&nothing));
        keys.extend(moved(old, new));
        if keys.is_empty() {
            continue;
        }
        all.push(RuleChange {
            clause: format!("§{}", block.head.clause),
            kind: block.kind.name(),
            rule: block.head.id.clone(),
            change: change(old, new),
            keys,
            old: old.and_then(|block| said.0.get(&block.head.line).cloned()),
            new: new.and_then(|block| said.1.get(&block.head.line).cloned()),
        });
    }
    all
}

/// A rule that stands under another clause, or is of another kind.
fn moved(old: Option<&RawBlock>, new: Option<&RawBlock>) -> Vec<KeyChange> {
    let (Some(old), Some(new)) = (old, new) else {
        return Vec::new();
    };
    let pairs = [
        (
            "clause",
            format!("§{}", old.head.clause),
            format!("§{}", new.head.clause),
        ),
        ("kind", old.kind.name().to_owned(), new.kind.name().to_owned()),
    ];
    let differing = pairs.into_iter().filter(|(_, old, new)| old != new);
    differing
        .map(|(key, old, new)| KeyChange {
            key: key.to_owned(),
            old: Some(old),
            new: Some(new),
        })
        .collect()
}

fn keys(old: &Table, new: &Table) -> Vec<KeyChange> {
    let value = |table: &Table, key: &str| table.get(key).map(|node| node.value.plain());
    let mut all = Vec::new();
    for (before, now) in paired(old.entries(), new.entries(), |entry| &entry.key) {
        let Some(entry) = now.or(before) else { continue };
        let (before, now) = (value(old, &entry.key), value(new, &entry.key));
        if before != now {
            let text = |value: Option<toml::Value>| value.map(|value| value.to_string());
            all.push(KeyChange {
                key: entry.key.clone(),
                old: text(before),
                new: text(now),
            });
        }
    }
    all
}

fn readings(old: &Policy, new: &Policy) -> Vec<ReadingChange> {
    let mut all = Vec::new();
    for (old, new) in paired(old.readings.iter(), new.readings.iter(), |reading| &reading.id) {
        let Some(reading) = new.or(old) else { continue };
        let chosen = [old, new].map(|reading| reading.map(|reading| reading.chosen.clone()));
        if chosen[0] != chosen[1] {
            let [before, now] = chosen;
            all.push(ReadingChange {
                clause: format!("§{}", reading.clause),
                reading: reading.id.clone(),
                question: reading.question.clone(),
                old: before,
                new: now,
            });
        }
    }
    all
}

fn bands(old: &Policy, new: &Policy) -> Vec<BandChange> {
    let of = |policy: &'_ Policy| policy.bands.clone().map(|bands| bands.bands).unwrap_or_default();
    let (old, new) = (of(old), of(new));
    let mut all = Vec::new();
    for (old, new) in paired(old.iter(), new.iter(), |band| &band.id) {
        let Some(band) = new.or(old) else { continue };
        let limits = [old, new].map(|band| band.map(super::block::bands::Band::limits));
        if limits[0] != limits[1] {
            let [before, now] = limits;
            all.push(BandChange {
                band: band.id.clone(),
                old: before,
                new: now,
            });
        }
    }
    all
}

#[cfg(test)]
mod tests;
