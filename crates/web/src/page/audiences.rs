//! Who has an advisory before or beside everybody: a TLP level, or one party.
//!
//! Shows what was released to them and what was waived for it. Never who holds a token: that is the customers' list.

use crate::docket::Docket;
use crate::{phrase, words};
use jiff::tz::TimeZone;
use psirt::advisory::{AdvisoryState, Limited};
use psirt::case::refuse::EMBARGO;

/// What one audience has.
pub(crate) struct Audience {
    pub(crate) name: String,
    pub(crate) lines: Vec<String>,
}

/// Every audience that is not everybody.
pub(crate) fn audiences(docket: &Docket<'_>, state: &AdvisoryState, zone: &TimeZone) -> Vec<Audience> {
    let has_any = |limited: &&Limited| limited.release.is_some() || limited.schedule.is_some();
    let shown = state.limited.iter().filter(has_any);
    shown.map(|limited| one(docket, limited, zone)).collect()
}

/// The command that releases an approved text to one of them.
pub(crate) fn command(id: &str) -> String {
    format!(
        "candor advisory order {} --audience tlp:amber --as YOU --approved-by SECOND",
        phrase::quoted(id)
    )
}

fn one(docket: &Docket<'_>, limited: &Limited, zone: &TimeZone) -> Audience {
    let mut lines = Vec::new();
    let moment = |at| words::moment(at, zone, docket.now);
    if let Some(release) = &limited.release {
        let number = &release.advisory.number;
        let last = release.advisory.revisions.last();
        let version = last.map_or(String::new(), |last| {
            format!(", version {} of {}", last.printed(), moment(last.at))
        });
        lines.push(match release.on_disk {
            true => format!("They have {number}{version}."),
            false => format!("{number}{version} is ordered, and not in the protected tree yet."),
        });
        let second = release.order.approver.as_deref();
        lines.push(format!(
            "Ordered by {}, approved by {}.",
            docket.name_of(&release.order.by),
            second.map_or("nobody", |second| docket.name_of(second))
        ));
        lines.extend(release.waived.iter().map(waived));
    }
    if let Some(schedule) = &limited.schedule {
        let held = schedule.held_back.as_ref();
        let held = held.map_or(String::new(), |why| format!(" Held back: {why}"));
        lines.push(format!("They get the next one {}.{held}", moment(schedule.at)));
        lines.extend(limited.schedule_waives.iter().map(waived));
    }
    Audience {
        name: limited.audience.to_string(),
        lines,
    }
}

fn waived((clause, why): &(String, String)) -> String {
    match clause.trim_start_matches('§') {
        EMBARGO => format!("The embargo is waived for it: {why}"),
        clause => format!("§{clause} is waived for it: {why}"),
    }
}
