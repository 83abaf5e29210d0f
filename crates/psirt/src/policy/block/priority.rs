//! `priority`: what orders the work list, and which priority a defect gets.
//!
//! Never a severity: priority and severity are two things (T8).

use super::{Head, scope_of};
use crate::event::Priority as Defect;
use crate::policy::{
    fact::{Fact, When},
    fields::Fields,
    phrase::{self, Words},
    word::joined,
};

/// Order of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// What it is for.
    pub when: When,
    /// The priority of the defect.
    pub defect: Option<Defect>,
    /// Facts that order the work list, the weightiest first.
    pub factors: Vec<Fact>,
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "when", "defect", "factors"];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Priority> {
    if !fields.has("defect") && !fields.has("factors") {
        fields.error(
            fields.at,
            "empty",
            "this block orders nothing: add `defect` or `factors`",
        );
    }
    let defect = fields.event_word("defect");
    let factors = fields
        .items("factors")
        .into_iter()
        .filter_map(|(name, at)| fields.fact(name, at))
        .collect();
    Some(Priority {
        id: head.id,
        clause: head.clause,
        line: head.line,
        when: fields.when("when")?,
        defect,
        factors,
    })
}

impl Priority {
    pub(in crate::policy) fn sentence(&self, words: Words<'_>) -> String {
        let mut parts = Vec::new();
        if let Some(defect) = self.defect {
            parts.push(format!("the defect has {defect} priority"));
        }
        if !self.factors.is_empty() {
            let factors: Vec<&str> = self.factors.iter().map(|fact| fact.name()).collect();
            parts.push(format!("the work list is ordered by {}", joined(&factors, "and")));
        }
        phrase::sentence(&format!("{}{}", scope_of(&self.when, words), parts.join("; ")))
    }
}
