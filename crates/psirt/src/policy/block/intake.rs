//! `intake`: the ways in, and what a report should hold.
//!
//! Never refuses a report: everything that arrives is stored and numbered (D20).

use super::Head;
use crate::event::Flag;
use crate::policy::{
    fields::Fields,
    phrase,
    word::{Word, words},
};

words! {
    /// A way in.
    Channel {
        /// Mail to the team's address.
        Mail = "mail",
        /// The customer portal.
        Portal = "portal",
        /// The public form.
        Form = "form",
        /// Machines with a token.
        Api = "api",
    }
}
words! {
    /// What is said about encryption.
    Encrypted {
        /// Asked for; a plain report is marked.
        Expected = "expected",
        /// A plain report is answered with the request to encrypt.
        Required = "required",
        /// Either way is fine.
        Optional = "optional",
    }
}
words! {
    /// How tracking numbers are made.
    Numbering {
        /// Random: the volume stays unknown.
        Random = "random",
        /// One after the other.
        Sequential = "sequential",
    }
}

/// A way in, or one thing that a report should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// The way in that it concerns; every one if absent.
    pub channel: Option<Channel>,
    /// Where that way leads: a mail address or a web address.
    pub address: Option<String>,
    /// What is said about encryption.
    pub encrypted: Option<Encrypted>,
    /// How tracking numbers are made.
    pub number: Option<Numbering>,
    /// What the reporter is asked for.
    pub ask: Option<String>,
    /// Whether a report without it is asked for more (never refused).
    pub required: bool,
    /// The flag that it can raise (D25).
    pub flag: Option<Flag>,
    /// What the team has to do then.
    pub task: Option<String>,
}

pub(in crate::policy) const KEYS: &[&str] = &[
    "id",
    "channel",
    "address",
    "encrypted",
    "number",
    "ask",
    "required",
    "flag",
    "task",
];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Intake> {
    let intake = Intake {
        id: head.id,
        clause: head.clause,
        line: head.line,
        channel: fields.word("channel"),
        address: fields.text("address"),
        encrypted: fields.word("encrypted"),
        number: fields.word("number"),
        ask: fields.text("ask"),
        required: fields.flag("required"),
        flag: fields.event_word("flag"),
        task: fields.text("task"),
    };
    if !["channel", "address", "encrypted", "number", "ask", "flag"]
        .iter()
        .any(|key| fields.has(key))
    {
        fields.error(
            fields.at,
            "empty",
            "this block asks for nothing: add `channel`, `ask`, `encrypted` or `number`",
        );
    }
    if fields.has("required") && intake.ask.is_none() {
        let at = fields.at("required");
        fields.error(at, "missing-key", "`required` speaks of `ask`: add what is asked for");
    }
    if let (Some(Channel::Mail), Some(address)) = (intake.channel, &intake.address)
        && !super::list::is_address(address)
    {
        let at = fields.value_at("address");
        fields.error(
            at,
            "bad-address",
            "this is not a mail address: write one such as `psirt@example.com`",
        );
    }
    Some(intake)
}

impl Intake {
    pub(in crate::policy) fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if let Some(channel) = self.channel {
            let address = self
                .address
                .as_ref()
                .map_or(String::new(), |address| format!(" at {address}"));
            parts.push(format!("reports come in by {}{address}", channel.word()));
        }
        if let Some(encrypted) = self.encrypted {
            parts.push(format!("encryption is {}", encrypted.word()));
        }
        if let Some(number) = self.number {
            parts.push(format!("each report gets a {} tracking number", number.word()));
        }
        if let Some(ask) = &self.ask {
            let verb = if self.required {
                "the report must hold this"
            } else {
                "the reporter is asked"
            };
            parts.push(format!("{verb}: \u{201c}{}\u{201d}", ask.trim()));
        }
        if let Some(flag) = self.flag {
            parts.push(format!("the flag `{flag}` can be raised"));
        }
        phrase::sentence(&parts.join("; "))
    }
}
