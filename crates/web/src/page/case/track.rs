//! The tracks of a case: each line that it names, how it runs, and how its fix stands.

use crate::docket::{Docket, Standing};
use psirt::case::phase;
use psirt::clock::facts::LineIndex;
use psirt::event::{Event, Fixes, Kind};
use psirt::story::Deployment;

pub(super) struct Track {
    pub(super) line: String,
    pub(super) runs: &'static str,
    pub(super) fix: String,
    pub(super) state: String,
}

pub(super) fn tracks(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<Track> {
    let facts = &standing.case.facts;
    let lines = (0..LineIndex::MAX).zip(&facts.lines);
    let named = lines.filter(|(index, line)| !line.verdicts.is_empty() || facts.suspected.contains(index));
    let track = |(index, line): (LineIndex, &psirt::clock::facts::LineFacts)| Track {
        line: line.name.clone(),
        runs: match line.deployment {
            Some(Deployment::OnPrem) => "on-prem",
            Some(Deployment::Saas) => "SaaS",
            None => "not known",
        },
        fix: fix_version(docket, standing, &line.name),
        state: line_state(docket, standing, index),
    };
    let mut tracks: Vec<Track> = named.map(track).collect();
    // What is affected first, and of it the newest line.
    tracks.sort_by(|a, b| {
        (a.state == "Not affected")
            .cmp(&(b.state == "Not affected"))
            .then_with(|| b.line.cmp(&a.line))
    });
    tracks
}

/// The version with the fix: as the case tells it, else the shipped release that names the case among what it fixes.
fn fix_version(docket: &Docket<'_>, standing: &Standing<'_>, line: &str) -> String {
    let case = standing.case;
    let mut found = String::new();
    for entry in docket.board.house.line_entries.get(line).into_iter().flatten() {
        if let Event::ReleaseShipped {
            version,
            fixes: Fixes::List(fixes),
            ..
        } = &entry.event
            && fixes.contains(&case.number)
        {
            found.clone_from(version);
        }
    }
    for entry in standing.entries() {
        match &entry.event {
            Event::FixReleased {
                product,
                version: Some(version),
            } if product == line => found.clone_from(version),
            Event::FixWithdrawn { product, .. } if product == line => found.clear(),
            _ => {}
        }
    }
    found
}

fn line_state(docket: &Docket<'_>, standing: &Standing<'_>, line: LineIndex) -> String {
    let (facts, now) = (&standing.case.facts, docket.now);
    let stands = |kinds: &[Kind]| {
        facts
            .marks
            .iter()
            .any(|mark| kinds.contains(&mark.kind) && mark.line.is_none_or(|of| of == line) && mark.stands(now))
    };
    let verdicts = facts
        .lines
        .get(usize::from(line))
        .map(|line| line.verdicts.as_slice())
        .unwrap_or_default();
    match verdicts.iter().rev().find(|verdict| verdict.at <= now) {
        None => return "Suspected".to_owned(),
        Some(verdict) if !verdict.affected => return "Not affected".to_owned(),
        Some(_) => {}
    }
    if phase::has_fix(facts, line, now) {
        return "Fixed".to_owned();
    }
    let tenants = facts.lines.get(usize::from(line)).and_then(|line| line.tenants);
    match tenants {
        Some((done, of)) => format!("{done} of {of} tenants"),
        None if stands(&[Kind::FixReady]) => "Fix ready".to_owned(),
        None if stands(&[Kind::WorkaroundProvided]) => "Workaround".to_owned(),
        None => "Open".to_owned(),
    }
}
