//! `scope`: a question of triage. Candor suggests, a person decides.
//!
//! Never decides, and never matches a text: `policy::hint` does.

use super::{Head, bands::Tenths};
use crate::policy::{
    fields::Fields,
    hint::{Hint, Text},
    phrase,
};

/// An entry of what a policy leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// The id of the list that it is an entry of: an entry without an exception of its own has that of its list.
    pub entry_of: Option<String>,
    /// What makes Candor ask.
    pub hints: Vec<Hint>,
    /// What, anywhere in the report, keeps Candor from asking.
    pub unless: Vec<Hint>,
    /// A score, in tenths, up to which Candor asks (N30).
    pub score_at_most: Option<u8>,
    /// What a person is asked; yes means out of scope.
    pub question: String,
    /// The word under which an exception is recorded.
    pub exception: Option<String>,
    /// What a person is asked about the exception; yes means in scope after all.
    pub exception_question: Option<String>,
    /// What the reporter is told.
    pub reply: String,
    /// Whether the reporter may appeal.
    pub appeal: bool,
}

pub(in crate::policy) const KEYS: &[&str] = &[
    "id",
    "entry_of",
    "hints",
    "unless",
    "score_at_most",
    "question",
    "exception",
    "exception_question",
    "reply",
    "appeal",
];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Scope> {
    let question = fields.need_text("question");
    let reply = fields.need_text("reply");
    let entry_of = if fields.has("entry_of") {
        fields.id("entry_of")
    } else {
        None
    };
    let hints = fields.hints("hints");
    let unless = fields.hints("unless");
    let score_at_most = if fields.has("score_at_most") {
        fields.tenths("score_at_most")
    } else {
        None
    };
    let exception = if fields.has("exception") {
        fields.id("exception")
    } else {
        None
    };
    let exception_question = fields.text("exception_question");
    if fields.has("exception") != fields.has("exception_question") {
        let (there, missing) = if fields.has("exception") {
            ("exception", "exception_question")
        } else {
            ("exception_question", "exception")
        };
        let at = fields.at(there);
        fields.error(at, "missing-key", format!("`{there}` goes with `{missing}`: add it"));
    }
    let appeal = fields.flag("appeal");
    Some(Scope {
        id: head.id,
        clause: head.clause,
        line: head.line,
        entry_of,
        hints,
        unless,
        score_at_most,
        question: question?,
        exception,
        exception_question,
        reply: reply?,
        appeal,
    })
}

impl Scope {
    /// Whether the text of a report makes Candor ask this question.
    #[must_use]
    pub fn suggest(&self, text: &Text) -> bool {
        text.fits(&self.hints) && !text.fits(&self.unless)
    }

    /// Whether a score, in tenths, makes Candor ask this question.
    #[must_use]
    pub fn suggest_score(&self, tenths: u8) -> bool {
        self.score_at_most.is_some_and(|most| tenths <= most)
    }

    pub(in crate::policy) fn sentence(&self) -> String {
        let mut text = format!(
            "out of scope if a person answers yes to \u{201c}{}\u{201d}",
            self.question.trim()
        );
        if let Some(exception) = &self.exception_question {
            text.push_str(&format!(", and no to \u{201c}{}\u{201d}", exception.trim()));
        }
        if let Some(most) = self.score_at_most {
            text.push_str(&format!("; asked at scores up to {}", Tenths(most)));
        }
        if self.appeal {
            text.push_str("; the reporter may appeal");
        }
        phrase::sentence(&text)
    }
}
