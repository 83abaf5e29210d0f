//! `reading`: a decided ambiguity and what each option would change.
//!
//! Never applies itself: `policy::apply` does, before anything is checked.

use super::Head;
use crate::policy::{fields::Fields, phrase, tree};
use jiff::civil;

/// A recorded decision on an ambiguous clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Words, unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// What the clause leaves open.
    pub question: String,
    /// The possible readings.
    pub options: Vec<ReadingOption>,
    /// The id of the chosen one.
    pub chosen: String,
    /// Why.
    pub why: String,
    /// Who decided; empty while undecided.
    pub by: String,
    /// When.
    pub on: Option<civil::Date>,
    /// Promises whose proof names this reading, beside those that an option sets.
    pub affects: Vec<String>,
}

/// One possible reading.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingOption {
    /// Unique in the reading.
    pub id: String,
    /// What it means, in a sentence.
    pub text: String,
    /// `"<block id>.<key>"` and the value it sets.
    pub set: Vec<(String, toml::Value)>,
}

impl Reading {
    /// Whether somebody has decided it.
    #[must_use]
    pub fn decided(&self) -> bool {
        !self.by.is_empty() && self.options.iter().any(|option| option.id == self.chosen)
    }
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "question", "chosen", "why", "by", "on", "affects", "option"];
pub(in crate::policy) const OPTION_KEYS: &[&str] = &["id", "text", "set"];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Reading> {
    let question = fields.need_text("question");
    let by = fields.text("by").unwrap_or_default();
    let on = fields.date("on");
    let affects = fields.texts("affects");
    let options = options(fields);
    let chosen = if by.is_empty() {
        fields.text("chosen").unwrap_or_default()
    } else {
        fields.need_text("chosen")?
    };
    if options.len() < 2 {
        let message = "a reading chooses between at least two options: add `[[option]]` with `id`, `text` and `set`";
        let at = fields.at("option");
        fields.error(at, "too-few-options", message);
    }
    let known = options.iter().any(|option| option.id == chosen);
    let open = by.is_empty() && chosen.is_empty();
    if !known && !open {
        let ids: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
        let hint = crate::policy::word::hint(&chosen, ids);
        let at = fields.value_at("chosen");
        let short = crate::policy::fields::short(&chosen);
        fields.error(
            at,
            "chosen-not-an-option",
            format!("`{short}` is not among the options: {hint}"),
        );
    }
    if by.trim().is_empty() {
        let message = format!(
            "nobody has decided `{}`: write `chosen`, `why`, and in `by` who decided",
            head.id
        );
        let at = if fields.has("by") {
            fields.value_at("by")
        } else {
            fields.at
        };
        fields.error(at, "undecided-reading", message);
    }
    let why = if by.is_empty() {
        fields.text("why").unwrap_or_default()
    } else {
        fields.need_text("why")?
    };
    Some(Reading {
        id: head.id,
        clause: head.clause,
        line: head.line,
        question: question?,
        options,
        chosen,
        why,
        by,
        on,
        affects,
    })
}

fn options(fields: &mut Fields<'_, '_, '_>) -> Vec<ReadingOption> {
    let mut options: Vec<ReadingOption> = Vec::new();
    for (table, at) in fields.tables("option") {
        let mut inner = fields.inner("option", at, table);
        inner.only(OPTION_KEYS);
        let (id, text) = (inner.id("id"), inner.need_text("text"));
        let set = match inner.get("set").map(|node| &node.value) {
            None => Vec::new(),
            Some(tree::Value::Table(set)) => set
                .entries()
                .map(|entry| (entry.key.clone(), entry.node.value.plain()))
                .collect(),
            Some(_) => {
                let at = inner.value_at("set");
                inner.error(
                    at,
                    "wrong-type",
                    "`set` is a table such as `{ \"onprem-fix.start\" = \"received\" }`",
                );
                Vec::new()
            }
        };
        let (Some(id), Some(text)) = (id, text) else { continue };
        if options.iter().any(|option| option.id == id) {
            fields.error(
                at,
                "duplicate-id",
                format!("two options are called `{id}`: give each its own id"),
            );
        }
        options.push(ReadingOption { id, text, set });
    }
    options
}

impl Reading {
    pub(in crate::policy) fn sentence(&self) -> String {
        let chosen = self.options.iter().find(|option| option.id == self.chosen);
        match chosen.filter(|_| self.decided()) {
            Some(option) => phrase::sentence(&format!(
                "the question \u{201c}{}\u{201d} is decided as `{}` by {}: {}",
                self.question.trim(),
                option.id,
                self.by,
                option.text.trim()
            )),
            None => phrase::sentence(&format!(
                "the question \u{201c}{}\u{201d} is not decided yet",
                self.question.trim()
            )),
        }
    }
}
