//! To whom a release goes: the words of it, for `candor advisory`.
//!
//! Never decides who may have it: `casework` does.

use crate::command::advisory::pair;
use crate::failure::Failure;
use casework::LimitedOrder;
use clap::Args;
use psirt::advisory::{AdvisoryState, Audience};
use psirt::case::refuse::EMBARGO;

/// To whom a release goes.
#[derive(Args, Debug)]
pub(crate) struct To {
    /// Who gets it: public, tlp:green, tlp:amber, tlp:red, or party:NAME
    #[arg(long, value_name = "WHO", default_value = "public", value_parser = audience)]
    audience: Audience,
    /// A clause, or `embargo`, that does not keep it from them, and why: `N13=They ship our component`
    #[arg(long = "waive", value_name = "CLAUSE=WHY", value_parser = pair)]
    waived: Vec<(String, String)>,
}

impl To {
    /// The order for an audience that is not everybody; none for everybody, whom no waiver helps.
    pub(super) fn limited(self, summary: &str) -> Result<Option<LimitedOrder>, Failure> {
        let To { audience, waived } = self;
        if !audience.is_public() {
            let summary = summary.to_owned();
            return Ok(Some(LimitedOrder {
                audience,
                summary,
                waived,
            }));
        }
        if waived.is_empty() {
            return Ok(None);
        }
        Err(Failure::refused(
            "a clause is waived for one audience; for everybody the promise itself is waived: `candor case waived`",
        ))
    }
}

fn audience(word: &str) -> Result<Audience, String> {
    Audience::from_name(word).ok_or_else(|| {
        format!("`{word}` is no audience: there are public, tlp:green, tlp:amber, tlp:red and party:NAME")
    })
}

/// What audiences have of an advisory that are not everybody, and what they will get.
pub(super) fn shown(state: &AdvisoryState) -> String {
    let mut text = String::new();
    for limited in &state.limited {
        let audience = &limited.audience;
        if let Some(release) = &limited.release {
            let last = release.advisory.revisions.last();
            let revision = last.map_or(String::new(), |last| {
                format!("revision {} of {}", last.printed(), last.at)
            });
            let state = if release.on_disk { "has" } else { "will have" };
            text.push_str(&format!(
                "\n  {audience} {state} {}, {revision}\n",
                release.advisory.number
            ));
            for (clause, why) in &release.waived {
                let what = match clause.trim_start_matches('§') {
                    EMBARGO => "The embargo".to_owned(),
                    clause => format!("§{clause}"),
                };
                text.push_str(&format!("    {what} was waived for it: {why}\n"));
            }
        }
        if let Some(schedule) = &limited.schedule {
            let held = schedule.held_back.as_ref().map(|why| format!(", held back: {why}"));
            text.push_str(&format!(
                "\n  {audience} gets it at {}{}\n",
                schedule.at,
                held.unwrap_or_default()
            ));
        }
    }
    text
}
