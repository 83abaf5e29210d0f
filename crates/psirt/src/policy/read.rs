//! From a file to a [`Policy`]: cut, apply the readings, interpret, check.
//!
//! Owns the order of these steps. Never returns early with a fault unreported.

use super::{
    Clause, Front, Policy, PolicyKind,
    apply::{self, Chosen, Written},
    block::{BlockKind, Head, RawBlock},
    check,
    fields::{Fields, Names, short},
    finding::{Finding, Findings},
    front, markdown,
    markdown::Document,
    tree::{self, Table, Value},
    word::{Word, hint},
};
use std::collections::{BTreeMap, BTreeSet};

/// Reads and checks a policy. The policy is there as soon as its front matter is whole; with an error among the findings it
/// must not be adopted, and faulty blocks are missing from it.
#[must_use]
pub fn read(file_name: &str, text: &str) -> (Option<Policy>, Vec<Finding>) {
    read_with(file_name, text, &[])
}

/// Reads a policy under other readings: pairs of a reading's id and the option to choose instead.
#[must_use]
pub fn read_with(file_name: &str, text: &str, readings: &[(String, String)]) -> (Option<Policy>, Vec<Finding>) {
    let (read, findings) = read_source(file_name, text, readings);
    (read.map(|(policy, _)| policy), findings)
}

/// The same with the blocks as they were written, after the readings were applied.
pub(super) fn read_source(
    file_name: &str,
    text: &str,
    readings: &[(String, String)],
) -> (Option<(Policy, Source)>, Vec<Finding>) {
    let mut findings = Findings::new(file_name, text);
    if text.len() > markdown::MAX_BYTES {
        let message = format!(
            "the file is larger than {} KiB: split the policy",
            markdown::MAX_BYTES / 1024
        );
        findings.error(0, "too-large", message);
        return (None, findings.into_vec());
    }
    let read = Reader {
        text,
        findings: &mut findings,
    }
    .policy(file_name, readings);
    (read, findings.into_vec())
}

struct Reader<'t, 'f> {
    text: &'t str,
    findings: &'f mut Findings<'t>,
}

/// What the checks need beside the policy: where everything stands.
pub(super) struct Source {
    pub(super) front: Table,
    /// Of the front matter.
    pub(super) front_at: usize,
    pub(super) blocks: Vec<RawBlock>,
    /// What readings replaced.
    pub(super) written: Vec<Written>,
    /// Of each clause.
    pub(super) clauses: Vec<usize>,
    /// Of the `none` of each clause.
    pub(super) nones: Vec<Option<usize>>,
    /// Clauses under which a block could not be read at all: what is missing there has been reported.
    pub(super) broken: BTreeSet<String>,
}

impl Source {
    /// The keys of a block by its place, or those of the front matter.
    pub(super) fn table(&self, block: Option<usize>) -> Option<&Table> {
        match block {
            None => Some(&self.front),
            Some(index) => self.blocks.get(index).map(|block| &block.table),
        }
    }

    /// The block on a line.
    pub(super) fn block(&self, line: u32) -> Option<&RawBlock> {
        self.blocks.iter().find(|block| block.head.line == line)
    }

    /// Where a key of the block on a line stands.
    pub(super) fn key_at(&self, line: u32, key: &str) -> usize {
        self.block(line).map_or(0, |block| block.key_at(key))
    }

    /// Where the value of a key of the block on a line stands.
    pub(super) fn value_at(&self, line: u32, key: &str) -> usize {
        self.block(line).map_or(0, |block| block.value_at(key))
    }
}

impl Reader<'_, '_> {
    fn policy(&mut self, file_name: &str, readings: &[(String, String)]) -> Option<(Policy, Source)> {
        let document = markdown::scan(self.text, self.findings);
        let mut source = self.source(&document);
        // What a reading sets is no front matter where there is none, or none that could be read.
        let has_front = source.front.entries().next().is_some();
        apply::check_gap(&source.blocks, self.findings);
        let chosen = Chosen::new(readings);
        apply::apply(&mut source, &chosen, self.findings);
        let front = self.front(&source, has_front)?;
        self.check_name(file_name, &front, &source);
        let names = names(&front, &source.blocks);
        let mut policy = Policy::empty(front);
        policy.clauses = document.clauses.into_iter().map(|clause| self.clause(clause)).collect();
        for block in &source.blocks {
            block.read_into(&mut policy, &names, self.findings);
        }
        apply::name_readings(&mut policy, &source, self.findings);
        apply::check_written(&policy, &source, &names, self.findings);
        if self.findings.errors() == 0 {
            apply::try_other_options(&policy, &source, &names, self.findings);
        }
        check::check(&policy, &source, self.findings);
        Some((policy, source))
    }

    fn clause(&self, raw: markdown::RawClause) -> Clause {
        Clause {
            id: raw.id,
            prose: raw.prose,
            heading: raw.heading,
            line: self.findings.line(raw.at),
            none: raw.none.map(|(why, _)| why),
        }
    }

    fn source(&mut self, document: &Document<'_>) -> Source {
        let front = document.front.clone().map(|part| self.table(part)).unwrap_or_default();
        let mut blocks = Vec::with_capacity(document.fences.len());
        let mut ids = Ids::default();
        let mut broken = BTreeSet::new();
        for fence in &document.fences {
            let Some(kind) = BlockKind::from_word(fence.language) else {
                let hint = hint(fence.language, BlockKind::ALL.iter().map(|kind| kind.name()));
                let message = format!(
                    "`{}` is not a kind of block: {hint} (a sample in the prose is marked `text`)",
                    short(fence.language)
                );
                self.findings.error(fence.at, "unknown-block", message);
                broken.extend(
                    fence
                        .clause
                        .and_then(|index| document.clauses.get(index))
                        .map(|clause| clause.id.clone()),
                );
                continue;
            };
            let Some(clause) = fence.clause.and_then(|index| document.clauses.get(index)) else {
                let message = format!(
                    "this `{}` stands under no clause: move it below a `§`, before the next heading",
                    fence.language
                );
                self.findings.error(fence.at, "outside-clause", message);
                continue;
            };
            let errors = self.findings.errors();
            let table = self.table(fence.content.clone());
            if self.findings.errors() > errors {
                broken.insert(clause.id.clone());
                continue;
            }
            let id = ids.id(kind, &clause.id, &table, fence.at, self.findings);
            let head = Head {
                id,
                clause: clause.id.clone(),
                line: self.findings.line(fence.at),
            };
            blocks.push(RawBlock {
                kind,
                head,
                at: fence.at,
                table,
                readings: Vec::new(),
            });
        }
        Source {
            front,
            front_at: 0,
            blocks,
            written: Vec::new(),
            clauses: document.clauses.iter().map(|clause| clause.at).collect(),
            nones: document
                .clauses
                .iter()
                .map(|clause| clause.none.as_ref().map(|(_, at)| *at))
                .collect(),
            broken,
        }
    }

    fn table(&mut self, part: std::ops::Range<usize>) -> Table {
        tree::parse(self.text, part).unwrap_or_else(|(at, message)| {
            self.findings.error(at, "toml", format!("this is not TOML: {message}"));
            Table::default()
        })
    }

    fn front(&mut self, source: &Source, has_front: bool) -> Option<Front> {
        if !has_front {
            if self.findings.errors() == 0 {
                self.findings.error(
                    0,
                    "front-matter",
                    "the front matter is empty: add `id`, `version`, `effective`, `title` and `timezone`",
                );
            }
            return None;
        }
        let names = Names::default();
        let mut fields = Fields {
            what: "front matter",
            at: source.front_at,
            table: &source.front,
            names: &names,
            findings: self.findings,
        };
        front::read(&mut fields)
    }

    fn check_name(&mut self, file_name: &str, front: &Front, source: &Source) {
        let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let wanted = format!("{}.policy.md", front.id);
        if base != wanted {
            let at = source.front.get("id").map_or(0, |node| node.at);
            let message = format!(
                "the file of the policy `{}` is called `{}`: rename it to `{wanted}`",
                front.id,
                short(base)
            );
            self.findings.warning(at, "file-name", message);
        }
    }
}

/// Ids as they are given out.
#[derive(Default)]
struct Ids {
    taken: BTreeSet<String>,
    /// How many ids were made for each kind and clause.
    made: BTreeMap<String, usize>,
}

impl Ids {
    fn id(&mut self, kind: BlockKind, clause: &str, table: &Table, at: usize, findings: &mut Findings<'_>) -> String {
        let names = Names::default();
        let mut fields = Fields {
            what: kind.name(),
            at,
            table,
            names: &names,
            findings,
        };
        if fields.has("id") || kind.needs_id() {
            let id_at = fields.value_at("id");
            if let Some(id) = fields.id("id") {
                if id == apply::FRONT {
                    fields.error(id_at, "bad-id", "`policy` means the front matter: choose another id");
                } else if !self.taken.insert(id.clone()) {
                    fields.error(
                        id_at,
                        "duplicate-id",
                        format!("two blocks are called `{id}`: give each its own id"),
                    );
                }
                return id;
            }
        }
        let base = format!("{}-{}", kind.name(), clause.to_lowercase().replace('.', "-"));
        let made = self.made.entry(base.clone()).or_default();
        loop {
            *made += 1;
            let id = if *made == 1 {
                base.clone()
            } else {
                format!("{base}-{made}")
            };
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// Names that blocks refer to, taken before any block is interpreted.
fn names(front: &Front, blocks: &[RawBlock]) -> Names {
    let bands = blocks
        .iter()
        .find(|block| block.kind == BlockKind::Bands)
        .and_then(|block| block.table.get("band"));
    let tables = match bands.map(|node| &node.value) {
        Some(Value::List(list)) => list.as_slice(),
        _ => &[],
    };
    let id = |node: &tree::Node| match &node.value {
        Value::Table(table) => table.get("id").and_then(|id| match &id.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }),
        _ => None,
    };
    Names {
        bands: tables
            .iter()
            .take(12)
            .map(|node| id(node).unwrap_or_default())
            .collect(),
        markets: front.market.iter().take(16).cloned().collect(),
        overlay: front.kind == PolicyKind::Overlay,
    }
}
