//! `notice`: a text that people see, and accept by its version.
//!
//! Never records who accepted it.

use super::Head;
use super::intake::days;
use crate::event::Flag;
use crate::policy::{fields::Fields, hint::Hint, length::Length, phrase, word::words};

words! {
    /// Where a notice is shown.
    Shown {
        /// On the report form.
        Form = "form",
        /// In the acknowledgement.
        Acknowledgement = "acknowledgement",
        /// On the portal.
        Portal = "portal",
        /// On advisories.
        Advisory = "advisory",
    }
}

/// A text with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// What is recorded as accepted.
    pub version: String,
    /// The text.
    pub text: String,
    /// Where it is shown.
    pub shown: Shown,
    /// The flag that is raised against it (D25).
    pub flag: Option<Flag>,
    /// What the team has to do then.
    pub task: Option<String>,
    /// Words of a report that propose the flag.
    pub hints: Vec<Hint>,
    /// How long originals are kept after the end of a case that has the flag of personal data.
    pub keep: Option<Length>,
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "version", "text", "shown", "flag", "task", "hints", "keep"];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Notice> {
    let version = fields.need_text("version");
    let text = fields.need_text("text");
    let shown = fields.need_word("shown");
    let flag = fields.event_word("flag");
    let task = fields.text("task");
    if fields.has("flag") && !fields.has("task") {
        let at = fields.at("flag");
        fields.error(
            at,
            "missing-key",
            "a flag without `task` leads nowhere: say what the team has to do then",
        );
    }
    let hints = fields.hints("hints");
    if fields.has("hints") && !fields.has("flag") {
        let at = fields.at("hints");
        fields.error(
            at,
            "missing-key",
            "`hints` propose a flag: name it with `flag`, or delete them",
        );
    }
    let keep = fields.length("keep");
    if keep.is_some_and(|keep| days(keep).is_none()) {
        let at = fields.value_at("keep");
        fields.error(
            at,
            "bad-length",
            "originals are kept for days or weeks: write for example `30 days`",
        );
    }
    if fields.has("keep") && flag != Some(Flag::ContainsPii) {
        let at = fields.at("keep");
        let message =
            "`keep` says how long personal data stays: give the notice `flag = \"contains-pii\"`, or delete it";
        fields.error(at, "useless-key", message);
    }
    Some(Notice {
        id: head.id,
        clause: head.clause,
        line: head.line,
        version: version?,
        text: text?,
        shown: shown?,
        flag,
        task,
        hints,
        keep,
    })
}

impl Notice {
    pub(in crate::policy) fn sentence(&self) -> String {
        let place = match self.shown {
            Shown::Form => "on the form",
            Shown::Acknowledgement => "in the acknowledgement",
            Shown::Portal => "on the portal",
            Shown::Advisory => "on advisories",
        };
        let mut text = format!(
            "shown {place}, version {}: \u{201c}{}\u{201d}",
            self.version,
            self.text.trim()
        );
        if let Some(flag) = self.flag {
            text.push_str(&format!("; raises the flag `{flag}`"));
        }
        if let Some(task) = &self.task {
            text.push_str(&format!("; the team then has this task: {}", task.trim()));
        }
        if let Some(keep) = self.keep {
            text.push_str(&format!(
                "; what reporters wrote and sent is destroyed {keep} after the end of a case that has it"
            ));
        }
        phrase::sentence(&text)
    }
}
