//! Why an action was not done: one error for every caller, each with what happened, what was kept, and what to do next.
//!
//! Owns the sentences. Never carries content of a case: a message may end in a log or in front of somebody who may not read it.

use psirt::body::BodyError;
use psirt::case::refuse::Refusal;
use store::StoreError;
use vault::VaultError;

/// Why an action was not done. Unless it says otherwise, nothing of it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// A clause, or the record itself, forbids it.
    #[error("{} Nothing was recorded.", sentence(&.0.to_string()))]
    Refused(#[from] Refusal),

    /// There is no such thing, or the actor may not know of it: the same answer (law 7).
    #[error("no such {0}, or not for you")]
    NotFound(&'static str),

    /// The actor's role does not allow it.
    #[error("{} Nothing was recorded.", sentence(&.0.to_string()))]
    NotPermitted(String),

    /// What was asked makes no sense.
    #[error("{} Nothing was recorded.", sentence(&.0.to_string()))]
    Invalid(String),

    /// A policy that cannot be adopted.
    #[error("the policy cannot be adopted:\n{}\nNothing was recorded; correct the file, then adopt it.", lines(.0))]
    Policy(Vec<psirt::policy::Finding>),

    /// Somebody else was faster, twice.
    #[error(
        "{theirs} was recorded in {stream} while you were about to record {yours}. Nothing of yours was kept: look again, then repeat it if it still holds."
    )]
    Conflict {
        /// The stream.
        stream: String,
        /// What the actor wanted to record.
        yours: String,
        /// What was recorded instead.
        theirs: String,
    },

    /// The journal did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// No randomness, or a key that does not work.
    #[error(transparent)]
    Vault(#[from] VaultError),

    /// The journal holds something that this version cannot read.
    #[error(transparent)]
    Unreadable(#[from] BodyError),
}

impl ActError {
    pub(crate) fn invalid(message: impl Into<String>) -> ActError {
        ActError::Invalid(message.into())
    }

    pub(crate) const NO_CASE: ActError = ActError::NotFound("case");
    pub(crate) const NO_REPORT: ActError = ActError::NotFound("report");
    pub(crate) const NO_ADVISORY: ActError = ActError::NotFound("advisory");
}

/// Words with their end: some end by themselves, as a day does in some languages, or a sentence that somebody wrote.
pub(crate) fn sentence(words: &str) -> String {
    match words.ends_with(['.', '!', '?', '…']) {
        true => words.to_owned(),
        false => format!("{words}."),
    }
}

fn lines(findings: &[psirt::policy::Finding]) -> String {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_once() {
        for (words, expect) in [
            ("it ends on 28.", "it ends on 28. Nothing was recorded."),
            ("who is it?", "who is it? Nothing was recorded."),
            ("say why", "say why. Nothing was recorded."),
        ] {
            assert_eq!(ActError::invalid(words).to_string(), expect);
            assert_eq!(ActError::NotPermitted(words.to_owned()).to_string(), expect);
        }
    }
}
