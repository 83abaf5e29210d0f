//! `define`: a fact that is judged from others, or by a person who answers a question.
//!
//! Never judges: `clock::facts` evaluates criteria, a person answers questions.

use super::{Head, bands::Tenths, scope_of};
use crate::policy::{
    fact::{Fact, Value, When},
    fields::Fields,
    hint::Hint,
    phrase::{self, Words},
    word::{Word, joined},
};

/// A judged fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Define {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// The fact that it gives: `class`, `verdict` or `scope`.
    pub fact: Fact,
    /// The value where the criteria hold.
    pub value: Value,
    /// The value where they do not; unknown if absent.
    pub otherwise: Option<Value>,
    /// Where it applies.
    pub when: When,
    /// Whether all criteria must hold, or any.
    pub combine: Combine,
    /// What is judged from facts.
    pub criteria: Vec<Criterion>,
    /// What a person is asked, and the decision quotes.
    pub question: Option<String>,
    /// The parts of the question.
    pub elements: Vec<String>,
    /// Accepted reasons for the verdict `not-affected` (CSAF flags).
    pub justifications: Vec<String>,
    /// Words of a report that raise the question; without any it is raised by every report.
    pub hints: Vec<Hint>,
}

/// All or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Every criterion.
    All,
    /// At least one.
    Any,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// A fact has one of these values (a bit set).
    Fact(Fact, u16),
    /// The score that decides the band is at least this, in tenths.
    ScoreAtLeast(u8),
}

impl Word for Combine {
    const ALL: &'static [Combine] = &[Combine::All, Combine::Any];

    fn word(self) -> &'static str {
        match self {
            Combine::All => "all",
            Combine::Any => "any",
        }
    }
}

pub(in crate::policy) const KEYS: &[&str] = &[
    "id",
    "fact",
    "value",
    "otherwise",
    "when",
    "combine",
    "criteria",
    "question",
    "elements",
    "justifications",
    "hints",
];

/// Facts that a definition can give.
const DEFINABLE: [Fact; 3] = [Fact::Class, Fact::Verdict, Fact::Scope];
const MAX_CRITERIA: usize = 16;

/// The flags of CSAF 2.0, section 3.2.3.5.2 (`label`).
pub const CSAF_FLAGS: [&str; 5] = [
    "component_not_present",
    "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present",
];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Define> {
    let fact = fact(fields);
    let value = fact.and_then(|fact| value(fields, "value", fact));
    fields.need("value")?;
    let otherwise = fact.and_then(|fact| value_if(fields, "otherwise", fact));
    let when = fields.when("when");
    let combine = fields.word("combine").unwrap_or(Combine::All);
    let criteria = criteria(fields);
    let question = fields.text("question");
    let elements = fields.texts("elements");
    let flags = fields.items("justifications");
    let names_flags = !flags.is_empty();
    let justifications = justifications(flags, fields);
    let hints = fields.hints("hints");
    if fields.has("hints") && question.is_none() {
        let at = fields.at("hints");
        fields.error(
            at,
            "missing-key",
            "`hints` raise a question: add `question`, or delete them",
        );
    }
    if criteria.is_empty() && question.is_none() && !names_flags && !fields.has("criteria") {
        let message = format!(
            "`{}` does not say how it is judged: add `criteria`, `question` or `justifications`",
            head.id
        );
        fields.error(fields.at, "missing-key", message);
    }
    if !criteria.is_empty()
        && fact.is_some_and(|fact| {
            criteria
                .iter()
                .any(|one| matches!(one, Criterion::Fact(f, _) if *f == fact))
        })
    {
        let at = fields.at("criteria");
        fields.error(
            at,
            "circular",
            "a fact cannot be judged from itself: take the criterion out",
        );
    }
    Some(Define {
        id: head.id,
        clause: head.clause,
        line: head.line,
        fact: fact?,
        value: value?,
        otherwise,
        when: when?,
        combine,
        criteria,
        question,
        elements,
        justifications,
        hints,
    })
}

fn fact(fields: &mut Fields<'_, '_, '_>) -> Option<Fact> {
    fields.need("fact")?;
    let name = fields.text("fact")?;
    let at = fields.value_at("fact");
    let fact = fields.fact(&name, at)?;
    if DEFINABLE.contains(&fact) {
        return Some(fact);
    }
    fields.error(
        at,
        "not-definable",
        format!("`{fact}` comes from events and is not judged: define `class`, `verdict` or `scope`"),
    );
    None
}

fn value(fields: &mut Fields<'_, '_, '_>, key: &str, fact: Fact) -> Option<Value> {
    let word = fields.text(key)?;
    let at = fields.value_at(key);
    fields.fact_value(fact, &word, at)
}

fn value_if(fields: &mut Fields<'_, '_, '_>, key: &str, fact: Fact) -> Option<Value> {
    if fields.has(key) {
        value(fields, key, fact)
    } else {
        None
    }
}

fn criteria(fields: &mut Fields<'_, '_, '_>) -> Vec<Criterion> {
    let mut criteria = Vec::new();
    let tables = fields.tables("criteria");
    if let Some((_, at)) = tables.get(MAX_CRITERIA) {
        let message = format!("more than {MAX_CRITERIA} criteria: judge in two definitions, one built on the other");
        fields.error(*at, "too-large", message);
    }
    for (table, at) in tables.into_iter().take(MAX_CRITERIA) {
        let mut inner = fields.inner("criteria", at, table);
        inner.only(&["fact", "is", "score_at_least"]);
        if inner.has("score_at_least") {
            if inner.has("fact") || inner.has("is") {
                inner.error(
                    at,
                    "wrong-type",
                    "a criterion is a fact or a score, not both: write two",
                );
            }
            criteria.extend(inner.tenths("score_at_least").map(Criterion::ScoreAtLeast));
            continue;
        }
        inner.need("fact");
        inner.need("is");
        let Some(name) = inner.text("fact") else { continue };
        let at = inner.value_at("fact");
        let Some(fact) = inner.fact(&name, at) else { continue };
        let values = inner
            .items("is")
            .into_iter()
            .filter_map(|(word, at)| inner.fact_value(fact, word, at));
        let mask = values.fold(0_u16, |mask, value| mask | (1 << value));
        if mask != 0 {
            criteria.push(Criterion::Fact(fact, mask));
        }
    }
    criteria
}

fn justifications(flags: Vec<(&str, usize)>, fields: &mut Fields<'_, '_, '_>) -> Vec<String> {
    let mut known = Vec::new();
    for (flag, at) in flags {
        if CSAF_FLAGS.contains(&flag) {
            known.push(flag.to_owned());
        } else {
            let hint = crate::policy::word::hint(flag, CSAF_FLAGS);
            let flag = crate::policy::fields::short(flag);
            fields.error(at, "unknown-value", format!("CSAF knows no flag `{flag}`: {hint}"));
        }
    }
    known
}

impl Define {
    pub(in crate::policy) fn sentence(&self, words: Words<'_>) -> String {
        let value = words.word(self.fact, self.value);
        let mut text = format!("{}the {} is {value}", scope_of(&self.when, words), self.fact);
        if !self.criteria.is_empty() {
            let which = match self.combine {
                Combine::All => "all of these hold",
                Combine::Any => "any of these holds",
            };
            let criteria: Vec<String> = self
                .criteria
                .iter()
                .map(|criterion| describe(criterion, words))
                .collect();
            text.push_str(&format!(" if {which}: {}", criteria.join("; ")));
        }
        if let Some(question) = &self.question {
            text.push_str(&format!(" if a person so answers \u{201c}{}\u{201d}", question.trim()));
            if !self.elements.is_empty() {
                let last = if self.combine == Combine::All { "and" } else { "or" };
                text.push_str(&format!(" for {}", joined(&self.elements, last)));
            }
        }
        if let Some(otherwise) = self.otherwise {
            text.push_str(&format!("; otherwise it is {}", words.word(self.fact, otherwise)));
        }
        if !self.justifications.is_empty() {
            text.push_str(&format!(
                "; accepted reasons are {}",
                joined(&self.justifications, "and")
            ));
        }
        phrase::sentence(&text)
    }
}

fn describe(criterion: &Criterion, words: Words<'_>) -> String {
    match criterion {
        Criterion::ScoreAtLeast(tenths) => format!("the score is {} or more", Tenths(*tenths)),
        Criterion::Fact(fact, mask) => {
            let values: Vec<&str> = (0..16)
                .filter(|value| mask & (1 << value) != 0)
                .map(|value| words.word(*fact, value))
                .collect();
            format!("{fact} is {}", joined(&values, "or"))
        }
    }
}
