//! `intake`: the ways in, and what a report should hold.
//!
//! Never refuses a report: everything that arrives is stored and numbered (D20).

use super::Head;
use crate::event::Flag;
use crate::policy::{
    fields::Fields,
    length::{Length, Unit},
    phrase,
    word::{Word, joined, words},
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
    /// After which days a reporter who does not answer is asked again.
    pub remind: Vec<Length>,
    /// After which days a report ends that nobody answers for: as `cannot-reproduce`, and an answer takes it up again.
    pub close_after: Option<Length>,
}

/// Most times that a question is asked again.
const MOST_REMINDERS: usize = 6;

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
    "remind",
    "close_after",
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
        remind: reminders(fields),
        close_after: closing(fields),
    };
    check_days(&intake, fields);
    if ![
        "channel",
        "address",
        "encrypted",
        "number",
        "ask",
        "flag",
        "remind",
        "close_after",
    ]
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

/// The days after which it is asked again, each later than the one before.
fn reminders(fields: &mut Fields<'_, '_, '_>) -> Vec<Length> {
    let lengths = fields.lengths("remind");
    let mut reminders: Vec<Length> = Vec::new();
    for (length, at) in lengths {
        if days(length).is_none() {
            fields.error(
                at,
                "bad-length",
                "it is asked again after days or weeks: write for example `7 days`",
            );
        } else if reminders.last().is_some_and(|last| days(*last) >= days(length)) {
            fields.error(
                at,
                "bad-length",
                "each reminder comes later than the one before it: put them in order",
            );
        } else {
            reminders.push(length);
        }
    }
    if reminders.len() > MOST_REMINDERS {
        let message = format!("nobody is asked again more than {MOST_REMINDERS} times: delete some");
        fields.error(fields.value_at("remind"), "bad-length", message);
    }
    reminders
}

/// `"never"`, or the days.
fn closing(fields: &mut Fields<'_, '_, '_>) -> Option<Length> {
    if fields.is_word("close_after", "never") {
        return None;
    }
    let length = fields.length("close_after")?;
    if days(length).is_none() {
        let at = fields.value_at("close_after");
        let message =
            "a report ends for want of an answer after days or weeks: write for example `30 days`, or `never`";
        fields.error(at, "bad-length", message);
    }
    Some(length)
}

/// What the days say is told with them: they stand alone, and nothing is asked after the end.
fn check_days(intake: &Intake, fields: &mut Fields<'_, '_, '_>) {
    let has_days = fields.has("remind") || fields.has("close_after");
    if has_days && intake.channel.is_some() {
        let at = fields.at("channel");
        fields.error(
            at,
            "useless-key",
            "the days to answer are the same whichever way a report came: delete `channel`",
        );
    }
    let last = intake.remind.last().copied().and_then(days);
    if let Some(end) = intake.close_after.and_then(days)
        && last.is_some_and(|last| last >= end)
    {
        let at = fields.value_at("close_after");
        fields.error(
            at,
            "bad-length",
            "the report ends before the last reminder: give more days, or ask earlier",
        );
    }
}

/// How many days a length has; none for what is no number of days.
pub(super) fn days(length: Length) -> Option<u32> {
    match length.unit {
        Unit::Days => Some(length.count),
        Unit::Weeks => length.count.checked_mul(7),
        _ => None,
    }
    .filter(|days| *days > 0)
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
        if !self.remind.is_empty() {
            let after: Vec<String> = self.remind.iter().map(ToString::to_string).collect();
            let again = joined(&after, "and");
            parts.push(format!(
                "who does not answer what is asked is asked again after {again}"
            ));
        }
        if let Some(after) = self.close_after {
            parts.push(format!(
                "a report for which nobody answers within {after} ends as cannot-reproduce, and an answer takes it up again"
            ));
        }
        phrase::sentence(&parts.join("; "))
    }
}
