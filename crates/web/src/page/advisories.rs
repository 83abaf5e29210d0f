//! `/advisories`: drafts and what is out, each with where it stands and what it says.

use super::{Anchor, shell};
use crate::docket::Docket;
use crate::severity::{self, Sign};
use crate::{phrase, words};
use askama::Template;
use jiff::tz::TimeZone;
use psirt::advisory::{AdvisoryState, LineState, Stage};

#[derive(Template)]
#[template(path = "advisories.html")]
pub(crate) struct Advisories {
    shell: look::Desk,
    summary: String,
    parts: Vec<Part>,
}

struct Part {
    name: &'static str,
    advisories: Vec<Item>,
}

struct Item {
    id: String,
    href: String,
    title: String,
    /// Why it should not wait for its day.
    early: Vec<String>,
    number: String,
    sign: Sign,
    stage: String,
    people: String,
    when: String,
    cases: Vec<Anchor>,
    summary: String,
    lines: Vec<Line>,
    next: Option<String>,
}

struct Line {
    name: String,
    affected: String,
    fixed: String,
    state: &'static str,
    word: &'static str,
}

impl Advisories {
    pub(crate) fn of(docket: &Docket<'_>) -> Advisories {
        let part = |name, keep: fn(Stage) -> bool| {
            let kept = docket
                .board
                .advisories
                .iter()
                .filter(|(_, advisory)| keep(advisory.stage));
            let mut advisories: Vec<Item> = kept.map(|(id, advisory)| item(docket, id, advisory)).collect();
            advisories.sort_by(|a, b| b.number.cmp(&a.number).then_with(|| a.title.cmp(&b.title)));
            Part { name, advisories }
        };
        let mut parts = vec![
            part("In work", |stage| stage != Stage::Published && !stage.is_last()),
            part("Published", |stage| stage == Stage::Published),
            part("Superseded", |stage| stage == Stage::Superseded),
            part("Withdrawn", |stage| stage == Stage::Withdrawn),
        ];
        parts.retain(|part| !part.advisories.is_empty());
        let (waiting, all) = (docket.unpublished(), docket.board.advisories.len());
        Advisories {
            shell: shell(docket, "/advisories"),
            summary: format!(
                "{} in work, {} published. A number comes with publication only.",
                waiting,
                all - waiting
            ),
            parts,
        }
    }
}

fn item(docket: &Docket<'_>, id: &str, state: &AdvisoryState) -> Item {
    let advisory = &state.draft;
    let policy = docket
        .board
        .house
        .policies
        .iter()
        .find(|policy| policy.front.id == advisory.policy.0);
    let zone = policy.map_or_else(|| docket.zone.clone(), |policy| policy.front.zone.clone());
    let early = casework::early(docket.board, id, docket.now).unwrap_or_default();
    Item {
        id: id.to_owned(),
        href: format!("/advisories/{}", words::url(id)),
        early: early
            .iter()
            .map(|early| words::quotes(&words::capital(&early.words)))
            .collect(),
        title: if advisory.title.is_empty() {
            "Not titled yet".to_owned()
        } else {
            advisory.title.clone()
        },
        number: advisory.number.clone(),
        sign: band_of(state),
        stage: stage(state).to_owned(),
        people: people(docket, state),
        when: when(docket, state, &zone),
        cases: advisory
            .cases
            .iter()
            .map(|number| Anchor {
                href: format!("/cases/{}", words::url(number)),
                text: number.clone(),
            })
            .collect(),
        summary: advisory.summary.clone(),
        lines: advisory
            .vulnerabilities
            .iter()
            .flat_map(|vulnerability| &vulnerability.lines)
            .map(line)
            .collect(),
        next: next(id, state.stage),
    }
}

/// The policy's gravest severity in it; of what does not hold any more, that word.
pub(super) fn band_of(state: &AdvisoryState) -> Sign {
    let validity = &state.draft.validity;
    if !validity.is_current() {
        return Sign {
            shape: "none",
            word: validity.name().to_owned(),
        };
    }
    let vulnerabilities = state.draft.vulnerabilities.iter();
    let bands = vulnerabilities.filter_map(|vulnerability| vulnerability.band.as_ref());
    let signs = bands.map(|band| Sign {
        shape: severity::shape(&band.id, 0),
        word: band.label.clone(),
    });
    signs.max_by_key(Sign::weight).unwrap_or_else(Sign::unrated)
}

/// Where it stands.
pub(super) fn stage(state: &AdvisoryState) -> &'static str {
    if state.ordered.is_some() && !state.on_disk {
        "ordered, not on disk yet"
    } else {
        state.stage.name()
    }
}

/// Who wrote it, and who approved it.
pub(super) fn people(docket: &Docket<'_>, state: &AdvisoryState) -> String {
    let approved = state
        .approved_by
        .as_deref()
        .map(|by| format!(", approved by {}", docket.name_of(by)))
        .unwrap_or_default();
    format!("Written by {}{approved}", docket.name_of(&state.drafted_by))
}

/// Since when its version is out, or when it goes out.
pub(super) fn when(docket: &Docket<'_>, state: &AdvisoryState, zone: &TimeZone) -> String {
    let last = state.draft.revisions.last();
    let published = last.filter(|_| state.stage == Stage::Published).map(|revision| {
        let at = words::instant(revision.at, zone, docket.now);
        format!("Version {}, {at}", revision.printed())
    });
    let scheduled = state.schedule.as_ref().filter(|_| state.stage == Stage::Scheduled);
    let scheduled = scheduled.map(|schedule| match &schedule.held_back {
        Some(why) => format!("Held back: {why}"),
        None => format!("Goes out {}", words::instant(schedule.at, zone, docket.now)),
    });
    published.or(scheduled).unwrap_or_default()
}

fn line(line: &psirt::advisory::LineStatement) -> Line {
    let (state, word) = match line.state {
        LineState::Fixed => ("fixed", "Fixed"),
        LineState::Affected => ("affected", "Affected"),
        LineState::NotAffected => ("not-affected", "Not affected"),
        LineState::UnderInvestigation => ("investigating", "Being looked at"),
    };
    let dash = |text: &str| {
        if text.is_empty() {
            "–".to_owned()
        } else {
            text.to_owned()
        }
    };
    Line {
        name: line.product.clone(),
        affected: dash(&line.affected),
        fixed: dash(line.fixed.as_deref().unwrap_or_default()),
        state,
        word,
    }
}

/// The command of the next step.
fn next(id: &str, stage: Stage) -> Option<String> {
    let id = phrase::quoted(id);
    let command = match stage {
        Stage::Draft => format!("candor advisory review {id} --as YOU"),
        Stage::Review => format!("candor advisory approve {id} --as SECOND"),
        Stage::Approved | Stage::Scheduled => {
            format!("candor advisory order {id} --as YOU --approved-by SECOND")
        }
        Stage::Published => format!("candor advisory redraft {id} --as YOU"),
        Stage::Withdrawn | Stage::Superseded => return None,
    };
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use psirt::advisory::{Advisory, Band, Validity, Vulnerability};

    #[test]
    fn what_does_not_hold_has_no_severity() {
        let band = Band {
            id: "high".to_owned(),
            label: "High".to_owned(),
            clause: "§6".to_owned(),
        };
        let mut text = Advisory {
            vulnerabilities: vec![Vulnerability {
                band: Some(band),
                ..Vulnerability::default()
            }],
            ..Advisory::default()
        };
        let mut state = AdvisoryState {
            draft: text.clone().into(),
            ..AdvisoryState::default()
        };
        assert_eq!(band_of(&state).word, "High");
        text.validity = Validity::Withdrawn { why: "No.".to_owned() };
        state.draft = text.into();
        assert_eq!(
            (band_of(&state).shape, band_of(&state).word.as_str()),
            ("none", "Withdrawn")
        );
    }
}
