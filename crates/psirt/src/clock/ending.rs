//! What ends a promise: which event counts, from which instant, and whether it is proven.
//!
//! Owns withdrawal, back-dating (D22) and the evidence of bills of materials (D24). Never decides a state.

use super::engine::{Duties, Engine};
use super::facts::{CaseFacts, Component, LineIndex, Mark};
use super::timeline::Subject;
use crate::event::Kind;
use crate::story::Deployment;
use crate::version;
use jiff::Timestamp;
use std::cmp::Ordering;

/// The event that ended a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When it counts.
    pub at: Timestamp,
    /// Which event.
    pub kind: Kind,
    /// Its place in the case.
    pub seq: u32,
    /// Whether the evidence that the promise asks for exists.
    pub verified: bool,
    /// Whether it counts from its record instead of its own instant, because it was back-dated by one person (D22).
    pub back_dated: bool,
}

/// Events that say nothing about a promise when they came before its start.
pub(super) const fn only_after_start(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Acknowledged
            | Kind::AdvisoryRevised
            | Kind::Announced
            | Kind::UpstreamDecision
            | Kind::CraEarlyWarningSent
            | Kind::CraNotificationSent
            | Kind::CraFinalReportSent
            | Kind::IncidentEarlyWarningSent
            | Kind::IncidentNotificationSent
            | Kind::IncidentFinalReportSent
            | Kind::UsersInformed
    )
}

/// The first event that ends a promise. `due` decides whether a back-dated one rescued it.
pub(super) fn find(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    start: Timestamp,
    due: Option<Timestamp>,
) -> Option<Ending> {
    if duties.promise.every.is_some() {
        return None;
    }
    if duties.promise.needs_bill {
        return by_bill(engine, duties, due);
    }
    let marks = engine
        .case
        .marks
        .iter()
        .filter(|mark| counts(engine, duties, mark, start));
    marks.map(|mark| ending(mark, due)).min_by_key(|ending| ending.at)
}

fn ending(mark: &Mark, due: Option<Timestamp>) -> Ending {
    let rescues = due.is_some_and(|due| mark.at <= due && due < mark.recorded);
    let back_dated = rescues && !mark.two_people;
    let at = if back_dated { mark.recorded } else { mark.at };
    Ending {
        at,
        kind: mark.kind,
        seq: mark.seq,
        verified: true,
        back_dated,
    }
}

fn counts(engine: &Engine<'_>, duties: Duties<'_, '_>, mark: &Mark, start: Timestamp) -> bool {
    let promise = duties.promise;
    let named =
        mark.kind == promise.ends || promise.satisfied_by.contains(&mark.kind) || stands_for(engine, duties, mark.kind);
    if !named || !mark.stands(engine.now) {
        return false;
    }
    // An event that the promise's own start names ends it only once the clock has begun: R9's revision is not the first advisory.
    let begins = promise.start.names(mark.kind);
    if (begins || only_after_start(mark.kind)) && mark.at < start {
        return false;
    }
    match duties.subject {
        Subject::Case => true,
        Subject::Track(line) | Subject::Component(_, line) => mark.line.is_none_or(|own| own == line),
        // D21: after an appeal the findings are new ones; the number was given once.
        Subject::Reporter(index) | Subject::Report(index) => {
            let index = usize::from(index);
            let reporter = engine.case.reporters.get(index);
            let anew = |appealed: &Timestamp| match duties.subject {
                Subject::Report(_) => promise.ends != Kind::Acknowledged && mark.at < *appealed,
                _ => mark.kind == Kind::ReportedBack && mark.at < *appealed,
            };
            let appealed = reporter.and_then(|reporter| engine.case.appealed_in(reporter.strand));
            engine.case.reaches(mark, index) && !appealed.as_ref().is_some_and(anew)
        }
    }
}

/// A service's release is its deployment to all tenants, and the other way round.
fn stands_for(engine: &Engine<'_>, duties: Duties<'_, '_>, kind: Kind) -> bool {
    let line = duties
        .subject
        .line()
        .and_then(|line| engine.case.lines.get(usize::from(line)));
    let saas = line.is_some_and(|line| line.deployment == Some(Deployment::Saas));
    match (duties.promise.ends, kind) {
        (Kind::FixDeployed, Kind::FixReleased) => true,
        (Kind::FixReleased, Kind::FixDeployed) => saas,
        _ => false,
    }
}

/// A shipped release whose bill no longer matches; a release without a bill ends it unproven (D24).
fn by_bill(engine: &Engine<'_>, duties: Duties<'_, '_>, due: Option<Timestamp>) -> Option<Ending> {
    let Subject::Component(index, line) = duties.subject else {
        return None;
    };
    let component = index.and_then(|index| engine.case.components.get(usize::from(index)));
    let releases = engine
        .case
        .lines
        .get(usize::from(line))
        .map(|line| line.releases.as_slice())
        .unwrap_or_default();
    let version_of = |mark: &Mark| {
        releases
            .get(usize::from(mark.of?))
            .map(|release| release.version.as_str())
    };
    let fixes = engine.case.marks.iter().filter(|mark| {
        matches!(mark.kind, Kind::FixReleased | Kind::FixDeployed) && mark.line == Some(line) && mark.stands(engine.now)
    });
    let proven = component
        .into_iter()
        .flat_map(|component| proven_versions(component, line, engine.now));
    let proven = proven.map(|(version, at, seq)| {
        let release = fixes.clone().find(|mark| version_of(mark) == Some(version));
        let shipped = releases
            .iter()
            .find(|release| release.version == version)
            .and_then(|release| release.shipped);
        match (release, shipped) {
            (Some(mark), _) => ending(mark, due),
            (None, Some((shipped, _))) => Ending {
                at: shipped,
                kind: Kind::ReleaseShipped,
                seq,
                verified: true,
                back_dated: false,
            },
            (None, None) => Ending {
                at,
                kind: Kind::ComponentShipped,
                seq,
                verified: true,
                back_dated: false,
            },
        }
    });
    if let Some(ending) = proven.min_by_key(|ending| ending.at) {
        return Some(ending);
    }
    let has_bill = |mark: &&Mark| {
        let version = version_of(mark);
        component.is_some_and(|component| {
            component
                .shipped
                .iter()
                .any(|shipped| shipped.line == line && Some(shipped.version.as_str()) == version)
        })
    };
    let unproven = fixes.clone().filter(|mark| !has_bill(mark)).map(|mark| Ending {
        verified: false,
        ..ending(mark, due)
    });
    unproven.min_by_key(|ending| ending.at)
}

/// When the bills of materials of a line show the last of the case's components fixed, and the place of that bill (D24); none while one
/// of them is not, or the line holds none.
#[must_use]
pub fn fixed_by_bill(case: &CaseFacts, line: LineIndex, now: Timestamp) -> Option<(Timestamp, u32)> {
    let mut last = None;
    let held = case
        .components
        .iter()
        .filter(|component| component.shipped.iter().any(|shipped| shipped.line == line));
    for component in held {
        let shipped = |version: &str| {
            let releases = case.lines.get(usize::from(line)).map(|line| line.releases.as_slice());
            let release = releases
                .unwrap_or_default()
                .iter()
                .find(|release| release.version == version)?;
            release.shipped.map(|(at, _)| at)
        };
        let proven = proven_versions(component, line, now).filter(|(_, at, _)| *at <= now);
        let first = proven
            .map(|(version, at, seq)| (shipped(version).unwrap_or(at), seq))
            .min()?;
        last = last.max(Some(first));
    }
    last
}

/// Shipped versions of a line whose bill holds the component at or after the version that fixes it.
fn proven_versions(component: &Component, line: u16, now: Timestamp) -> impl Iterator<Item = (&str, Timestamp, u32)> {
    let fix = component
        .fixes
        .iter()
        .find(|fix| fix.withdrawn.is_none_or(|withdrawn| withdrawn > now));
    component
        .shipped
        .iter()
        .filter(move |shipped| {
            let fixed =
                fix.is_some_and(|fix| version::compare(&shipped.component_version, &fix.version) != Ordering::Less);
            shipped.line == line && fixed
        })
        .map(|shipped| (shipped.version.as_str(), shipped.at, shipped.seq))
}
