//! `docs/clauses.md` is complete and true: every clause has its row, its blocks and its test, every reading its options.

use super::*;
use std::collections::BTreeMap;

/// The last numbers of the two policies; the list of §N34 has entries of its own.
const CLAUSES_OF_NOZOMI: u32 = 35;
const ENTRIES_OF_N34: u32 = 17;
const CLAUSES_OF_TECHNOLOGY: u32 = 27;

/// Work that owns what a clause still lacks.
/// What is still to come, and is named as such.
const LATER: [&str; 3] = ["later: desk", "later: lists", "later: third parties"];

#[expect(clippy::disallowed_methods, reason = "the register is a document of the project")]
fn register() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/clauses.md")).unwrap())
}

/// The cells of every row that begins with a clause, in the order of the page, with the heading above it.
fn rows() -> Vec<(String, Vec<String>)> {
    let mut heading = String::new();
    let mut rows = Vec::new();
    for line in register().lines() {
        if let Some(text) = line.strip_prefix('#') {
            heading = text.trim_start_matches('#').trim().trim_matches('`').to_owned();
        }
        if line.starts_with("| §") || line.starts_with("| `") {
            let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
            rows.push((heading.clone(), cells.collect()));
        }
    }
    rows
}

fn expected_clauses() -> Vec<String> {
    let of_nozomi = (1..=CLAUSES_OF_NOZOMI).map(|number| format!("N{number}"));
    let of_list = (1..=ENTRIES_OF_N34).map(|number| format!("N34.{number}"));
    let of_technology = (1..=CLAUSES_OF_TECHNOLOGY).map(|number| format!("T{number}"));
    of_nozomi.chain(of_list).chain(of_technology).collect()
}

/// `promise `a`, gate `b`` of the blocks of a clause.
fn written(blocks: &[(&str, &str)]) -> String {
    let mut all: Vec<String> = blocks.iter().map(|(kind, id)| format!("{kind} `{id}`")).collect();
    all.sort_unstable();
    all.join(", ")
}

#[test]
fn clauses_md_is_complete() {
    let tests: BTreeMap<&str, &str> = proven().collect();
    assert_eq!(tests.len(), proven().count(), "a clause has one test");
    let mut listed: Vec<String> = Vec::new();
    for (_, cells) in rows().iter().filter(|(_, cells)| cells[0].starts_with('§')) {
        let [clause, meaning, blocks_named, proven_by, story] = cells.as_slice() else {
            panic!("five cells: {cells:?}")
        };
        let clause = clause.trim_start_matches('§');
        assert!(
            !meaning.is_empty() && !story.is_empty(),
            "§{clause} has a meaning and a story"
        );

        let policy = if clause.starts_with('N') {
            nozomi()
        } else {
            technology()
        };
        let mut named: Vec<&str> = blocks_named.split(", ").collect();
        named.sort_unstable();
        assert_eq!(
            named.join(", "),
            written(&blocks(policy, clause)),
            "the blocks of §{clause}"
        );

        let mut parts = proven_by.split("; ");
        let test = parts.next().unwrap_or_default();
        assert_eq!(test.trim_matches('`'), tests[clause], "the test of §{clause}");
        assert_eq!(test.trim_matches('`'), format!("clause_{}", clause.replace('.', "_")));
        for part in parts {
            // That tests of these names exist is checked with the project's other papers.
            let is_of_tests = part
                .split(", ")
                .all(|name| name.len() > 2 && name.starts_with('`') && name.ends_with('`'));
            assert!(
                is_of_tests || LATER.contains(&part),
                "§{clause}: {part:?} owns the rest"
            );
        }
        listed.push(clause.to_owned());
    }
    let mut expected = expected_clauses();
    for list in [&mut listed, &mut expected] {
        list.sort_unstable();
    }
    assert_eq!(listed, expected, "each clause has one row");
    let mut of_policies: Vec<String> = nozomi()
        .clauses
        .iter()
        .chain(&technology().clauses)
        .map(|clause| clause.id.clone())
        .collect();
    of_policies.sort_unstable();
    assert_eq!(of_policies, expected, "each clause stands in its policy");
}

#[test]
fn clauses_md_lists_every_reading_with_its_options() {
    let rows = rows();
    for id in ["nozomi-networks", "128-technology", "cra-article-14", "house"] {
        let policy = shipped(&[id], &[]).remove(0);
        let listed: Vec<Vec<String>> = rows
            .iter()
            .filter(|(heading, _)| heading == id)
            .map(|(_, cells)| cells.clone())
            .collect();
        let expected: Vec<Vec<String>> = policy
            .readings
            .iter()
            .map(|reading| {
                let others = reading
                    .options
                    .iter()
                    .map(|option| option.id.as_str())
                    .filter(|option| *option != reading.chosen);
                let options: Vec<String> = std::iter::once(format!("**{}**", reading.chosen))
                    .chain(others.map(str::to_owned))
                    .collect();
                vec![
                    format!("`{}`", reading.id),
                    format!("§{}", reading.clause),
                    reading.question.clone(),
                    options.join(", "),
                ]
            })
            .collect();
        assert_eq!(listed, expected, "the readings of {id}");
    }
}

/// `candor policy due --reading` names an option; the file has decided one, with its reason.
#[test]
fn every_reading_is_decided_with_a_reason() {
    for reading in nozomi().readings.iter().chain(&technology().readings) {
        assert!(
            reading.decided() && !reading.why.is_empty() && reading.on.is_some(),
            "{}",
            reading.id
        );
    }
}
