//! `access`: who may see what, and until when.
//!
//! Never grants anything by itself: permissions are decided in one place, which asks this.

use super::Head;
use crate::event::Kind;
use crate::policy::{fields::Fields, phrase, word::words};

words! {
    /// What is protected.
    What {
        /// A case with everything in it.
        Case = "case",
        /// A report.
        Report = "report",
        /// Who the reporter is.
        Reporter = "reporter",
        /// What a machine found and nobody has promoted.
        MachineFinding = "machine-finding",
    }
}
words! {
    /// Who may see it.
    Who {
        /// The security team.
        Team = "team",
        /// Whoever is on duty.
        Duty = "duty",
        /// The members of the case.
        Members = "members",
        /// Everyone.
        Everyone = "everyone",
    }
}

/// When the protection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// With this event.
    Event(Kind),
    /// Never.
    Never,
}

/// Who may see something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// What is protected.
    pub what: What,
    /// Who may see it.
    pub who: Who,
    /// When that ends.
    pub until: Until,
    /// Whether it must have an owner.
    pub owner: bool,
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "what", "who", "until", "owner"];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Access> {
    let what = fields.need_word("what");
    let who = fields.need_word("who");
    let until = match fields.text("until") {
        None => Some(Until::Never),
        Some(word) if word == "never" => Some(Until::Never),
        Some(_) => fields.event("until").map(Until::Event),
    };
    let owner = fields.flag("owner");
    Some(Access {
        id: head.id,
        clause: head.clause,
        line: head.line,
        what: what?,
        who: who?,
        until: until?,
        owner,
    })
}

impl Access {
    pub(in crate::policy) fn sentence(&self) -> String {
        let what = match self.what {
            What::Case => "a case",
            What::Report => "a report",
            What::Reporter => "the identity of a reporter",
            What::MachineFinding => "a machine's finding",
        };
        let who = match self.who {
            Who::Team => "by the security team only",
            Who::Duty => "by those on duty only",
            Who::Members => "by the members of the case only",
            Who::Everyone => "by everyone",
        };
        let until = match self.until {
            Until::Never => String::new(),
            Until::Event(kind) => format!(" until {}", phrase::moment(kind)),
        };
        let owner = if self.owner { ", and has an owner" } else { "" };
        phrase::sentence(&format!("{what} is seen {who}{until}{owner}"))
    }
}
