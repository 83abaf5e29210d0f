//! `scope`: a question of triage. Candor suggests, a person decides.
//!
//! Owns the hints and their match. Never decides.

use super::{Head, bands::Tenths};
use crate::policy::{fields::Fields, phrase};

/// An entry of what a policy leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// Words that make Candor ask.
    pub hints: Vec<String>,
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
    "hints",
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
    let hints = fields.texts("hints");
    if let Some(empty) = hints.iter().position(|hint| words(hint).next().is_none()) {
        let at = fields.items("hints").get(empty).map_or(fields.at, |(_, at)| *at);
        fields.error(
            at,
            "empty",
            "a hint without a letter or digit never matches: write a word, or delete it",
        );
    }
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
        hints,
        score_at_most,
        question: question?,
        exception,
        exception_question,
        reply: reply?,
        appeal,
    })
}

impl Scope {
    /// Whether the text of a report makes Candor ask this question: all words of a hint stand in it one after the other,
    /// whatever their case.
    #[must_use]
    pub fn suggest(&self, text: &str) -> bool {
        let text: Vec<String> = words(text).collect();
        self.hints.iter().any(|hint| {
            let hint: Vec<String> = words(hint).collect();
            !hint.is_empty() && text.windows(hint.len()).any(|window| window == hint)
        })
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

/// The words of a text in lower case; everything that is no letter or digit parts them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_suggest(hints: &[&str], text: &str, expect: bool) {
        let scope = Scope {
            id: "x".into(),
            clause: "1".into(),
            line: 1,
            hints: hints.iter().map(ToString::to_string).collect(),
            score_at_most: Some(0),
            question: "?".into(),
            exception: None,
            exception_question: None,
            reply: ".".into(),
            appeal: false,
        };
        assert_eq!(scope.suggest(text), expect, "{hints:?} in {text:?}");
    }

    #[test]
    fn hints_match_whole_words_in_a_row() {
        check_suggest(&["server header"], "The Server-Header tells the version", true);
        check_suggest(&["server header"], "the header of the server", false);
        check_suggest(&["nmap"], "an Nmap scan", true);
        check_suggest(&["nmap"], "unmapped memory", false);
        check_suggest(&["x-frame-options"], "no X-Frame-Options.", true);
        check_suggest(&["x-frame-options"], "X-Frame", false);
        check_suggest(&["ÜBERLAUF"], "ein Überlauf", true);
        check_suggest(&["--"], "--", false);
        check_suggest(&[], "anything", false);
    }
}
