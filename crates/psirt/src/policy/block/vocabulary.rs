//! `vocabulary`: a closed list of terms, each with its weaknesses.
//!
//! Never free text.

use super::Head;
use crate::policy::{
    fields::{Fields, short},
    phrase,
};

/// A closed list of terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// In the order of the policy.
    pub terms: Vec<Term>,
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What `impact-set` records.
    pub id: String,
    /// As it is printed.
    pub label: String,
    /// CWE ids, such as `CWE-79`.
    pub cwe: Vec<String>,
}

impl Vocabulary {
    /// The term of this id.
    #[must_use]
    pub fn term(&self, id: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.id == id)
    }

    /// The term of this id, or of the words that documents print for it.
    #[must_use]
    pub fn named(&self, words: &str) -> Option<&Term> {
        let printed = |term: &&Term| term.label.to_lowercase() == words.trim().to_lowercase();
        self.term(words).or_else(|| self.terms.iter().find(printed))
    }

    pub(in crate::policy) fn sentence(&self) -> String {
        let labels: Vec<&str> = self.terms.iter().map(|term| term.label.as_str()).collect();
        phrase::sentence(&format!("the terms of `{}` are {}", self.id, labels.join(", ")))
    }
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "term"];

/// Real lists have a few dozen.
const MAX_TERMS: usize = 1_000;

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Vocabulary> {
    let mut terms: Vec<Term> = Vec::new();
    let tables = fields.tables("term");
    if tables.len() > MAX_TERMS {
        let at = fields.at("term");
        fields.error(
            at,
            "too-large",
            format!("more than {MAX_TERMS} terms: split the vocabulary"),
        );
        return None;
    }
    for (table, at) in tables {
        let mut inner = fields.inner("term", at, table);
        inner.only(&["id", "label", "cwe"]);
        for (cwe, at) in inner.items("cwe") {
            let number = cwe.strip_prefix("CWE-").unwrap_or_default();
            if number.is_empty() || number.len() > 6 || !number.bytes().all(|b| b.is_ascii_digit()) {
                let message = format!("`{}` is not a CWE id: write one such as `CWE-79`", short(cwe));
                inner.error(at, "unknown-value", message);
            }
        }
        let (id, label, cwe) = (inner.id("id"), inner.need_text("label"), inner.texts("cwe"));
        let (Some(id), Some(label)) = (id, label) else { continue };
        if terms.iter().any(|term| term.id == id) {
            fields.error(
                at,
                "duplicate-id",
                format!("two terms are called `{id}`: give each its own id"),
            );
        }
        terms.push(Term { id, label, cwe });
    }
    if terms.is_empty() && !fields.has("term") {
        fields.error(
            fields.at,
            "empty",
            "a vocabulary without terms says nothing: write each as `[[term]]`",
        );
    }
    Some(Vocabulary {
        id: head.id,
        clause: head.clause,
        line: head.line,
        terms,
    })
}
