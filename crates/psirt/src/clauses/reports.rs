//! Written reports, as researchers, users of scanners and students send them, against the questions that they raise.
//!
//! Owns the reading of `reports/*.toml` and what is expected of every report: exactly its questions, in the order of the policy, each with
//! its exception, its reply and the way to appeal. Never says how a question is recognised: the hints of the policy do.

use super::{house, nozomi, technology};
use crate::case::triage;
use crate::policy::Policy;
use crate::policy::word::Word as _;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const FILES: [&str; 6] = [
    include_str!("reports/list-1-to-6.toml"),
    include_str!("reports/list-7-to-12.toml"),
    include_str!("reports/list-13-to-17.toml"),
    include_str!("reports/beside-the-list.toml"),
    include_str!("reports/flags.toml"),
    include_str!("reports/definition.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    report: Vec<Written>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Case {
    /// The clause's question is raised, and nothing else is wrong.
    Hit,
    /// The question is raised, and the answer to its exception keeps the report in scope.
    Exception,
    /// It resembles such a report, and the question is not raised.
    NearMiss,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    /// The clause that it is written for.
    clause: String,
    kind: Case,
    /// Clauses of scope whose question is raised.
    #[serde(default)]
    asks: Vec<String>,
    /// Clauses of definitions that a person answers.
    #[serde(default)]
    defines: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    text: String,
}

fn reports() -> Vec<Written> {
    let read = |file: &&str| toml::from_str::<File>(file).unwrap().report;
    FILES.iter().flat_map(read).collect()
}

fn policy(report: &Written) -> &'static Policy {
    if report.clause.starts_with('T') {
        technology()
    } else {
        nozomi()
    }
}

/// What is raised by a report: a word for the kind, and the clause or flag.
type Raised = (&'static str, String);

fn raised(report: &Written) -> Vec<Raised> {
    let policy = policy(report);
    let asks = triage::suggest(policy, &report.text);
    let asks = asks.iter().map(|scope| ("scope", scope.clause.clone()));
    let defines = triage::definitions(policy, &report.text);
    let defines = defines.iter().map(|define| ("define", define.clause.clone()));
    let flags = triage::flags(policy, &report.text);
    let flags = flags.iter().map(|flagged| ("flag", flagged.flag.to_string()));
    asks.chain(defines).chain(flags).collect()
}

fn expected(report: &Written) -> Vec<Raised> {
    let asks = report.asks.iter().map(|clause| ("scope", clause.clone()));
    let defines = report.defines.iter().map(|clause| ("define", clause.clone()));
    let flags = report.flags.iter().map(|flag| ("flag", flag.clone()));
    asks.chain(defines).chain(flags).collect()
}

#[test]
fn every_report_raises_exactly_its_questions_and_flags() {
    let reports = reports();
    let (mut right, mut missed, mut wrong) = (0, 0, 0);
    let mut differences = String::new();
    for report in &reports {
        let (found, wanted) = (raised(report), expected(report));
        let both = wanted.iter().filter(|one| found.contains(one)).count();
        right += both;
        missed += wanted.len() - both;
        wrong += found.len() - both;
        if found != wanted {
            differences += &format!(
                "\u{ab}{}\u{bb}: raises {found:?}, should raise {wanted:?}\n",
                report.name
            );
        }
    }
    let (precision, recall) = (
        100.0 * f64::from(right as u32) / f64::from((right + wrong) as u32),
        100.0 * f64::from(right as u32) / f64::from((right + missed) as u32),
    );
    println!(
        "{} reports, {right} questions and flags raised rightly, {wrong} wrongly, {missed} missed: precision {precision:.1} %, recall {recall:.1} %",
        reports.len()
    );
    assert!(differences.is_empty(), "{differences}");
    assert_eq!((wrong, missed), (0, 0));
}

#[test]
fn the_list_has_a_hit_an_exception_and_a_near_miss_for_each_entry() {
    let mut kinds: BTreeMap<String, BTreeSet<Case>> = BTreeMap::new();
    for report in reports() {
        let raised = match report.kind {
            Case::NearMiss => !report.asks.contains(&report.clause),
            Case::Hit | Case::Exception => [&report.asks, &report.defines]
                .iter()
                .any(|list| list.contains(&report.clause)),
        };
        assert!(raised || !report.clause.starts_with("N34"), "{}", report.name);
        kinds.entry(report.clause).or_default().insert(report.kind);
    }
    for entry in 1..=17 {
        assert_eq!(kinds[&format!("N34.{entry}")].len(), 3, "§N34.{entry}");
    }
    for clause in ["N14", "N16", "N24"] {
        assert_eq!(kinds[clause].len(), 3, "§{clause}");
    }
}

#[test]
fn a_question_has_its_exception_and_a_reply_that_names_the_clause_and_the_appeal() {
    for report in reports() {
        let policy = policy(&report);
        for scope in triage::suggest(policy, &report.text) {
            let name = format!("\u{ab}{}\u{bb} §{}", report.name, scope.clause);
            assert!(scope.question.ends_with('?'), "{name}");
            let (word, question) =
                triage::exception(policy, scope).unwrap_or_else(|| panic!("{name} has no exception"));
            assert!(!word.is_empty() && question.ends_with('?'), "{name}");
            let reply = triage::reply(policy, scope);
            assert!(reply.contains(&format!("§{}", scope.clause)), "{name}: {reply}");
            assert!(scope.appeal && reply.contains("You may appeal"), "{name}: {reply}");
        }
    }
}

/// An entry's own exception wins; the list's rationale speaks for those that have none (§N34).
#[test]
fn an_entry_without_an_exception_has_that_of_its_list() {
    let check = |clause: &str, word: &str| {
        let policy = nozomi();
        let scope = policy.scopes.iter().find(|scope| scope.clause == clause).unwrap();
        let (found, _) = triage::exception(policy, scope).unwrap();
        assert_eq!(found, word, "§{clause}");
    };
    check("N34.2", "impact-shown");
    check("N34.3", "impact-shown");
    check("N34.5", "impact-shown");
    check("N34.6", "direct-vulnerability");
    check("N34.7", "impact-not-low");
    check("N34.8", "impact-shown");
    check("N34.9", "impact-shown");
    check("N34.10", "supported-version-affected");
    check("N34.11", "leaks-sensitive");
    check("N34.12", "functional-proof");
    check("N34.13", "impact-shown");
    check("N34.15", "impact-shown");
    check("N34.16", "secrets-or-user-data");
    check("N34.17", "boundary-crossed");
}

/// §N14 asks for a reason that VEX knows; §T2 asks its two parts, of which one is enough.
#[test]
fn a_definition_asks_its_parts_and_its_reasons() {
    let asked = |report: &Written| triage::definitions(policy(report), &report.text);
    for report in reports()
        .iter()
        .filter(|report| report.clause == "N14" && report.kind != Case::NearMiss)
    {
        let defines = asked(report);
        assert_eq!(defines[0].justifications.len(), 5, "{}", report.name);
        assert!(
            defines[0]
                .justifications
                .iter()
                .any(|one| one == "vulnerable_code_not_in_execute_path")
        );
    }
    for report in reports().iter().filter(|report| report.clause == "T2") {
        let define = asked(report)[0];
        assert_eq!(define.elements, ["functionality", "confidentiality"], "{}", report.name);
        assert_eq!(define.combine.word(), "any");
    }
    // The router that answers, the packet that stops sessions, the keys in a bundle: neither, the first alone, the second alone.
    let define = triage::definition(technology()).unwrap();
    assert_eq!(triage::answered(define, &[]), None);
    assert_eq!(triage::answered(define, &["functionality"]), Some(define.value));
    assert_eq!(triage::answered(define, &["confidentiality"]), Some(define.value));
}

/// D25: each flag leads to a task under its clause, and none of them answers a question of scope.
#[test]
fn a_flag_has_its_task_and_its_clause() {
    let mut seen = BTreeSet::new();
    for report in reports() {
        for flagged in triage::flags(nozomi(), &report.text) {
            assert!(!flagged.task.is_empty());
            seen.insert((flagged.clause.to_owned(), flagged.flag.to_string()));
        }
    }
    let seen: Vec<(&str, &str)> = seen
        .iter()
        .map(|(clause, flag)| (clause.as_str(), flag.as_str()))
        .collect();
    let expect = [
        ("N22", "compensation-requested"),
        ("N22", "extortion"),
        ("N25", "roe-violation"),
        ("N26", "contains-pii"),
    ];
    assert_eq!(seen, expect);
}

/// The house's policy has the same flags, and the same words suggest them. 128 Technology says nothing of money, of rules or of others' data: no
/// clause of it gives ground to suggest one.
#[test]
fn the_same_words_suggest_the_same_flags_wherever_a_clause_gives_ground() {
    let mut seen = BTreeSet::new();
    for report in reports() {
        let flags = |policy| {
            let flagged = triage::flags(policy, &report.text);
            flagged
                .iter()
                .map(|flagged| flagged.flag.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(flags(house()), flags(nozomi()), "{}", report.name);
        assert!(flags(technology()).is_empty(), "{}", report.name);
        seen.extend(flags(house()));
    }
    assert_eq!(seen.len(), 4);
}
