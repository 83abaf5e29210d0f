//! When a clock begins.
//!
//! Owns the reading of `start` against the history: candidates, the line's own start (D6), the pick among lines (D3).

use super::engine::{Duties, Engine};
use super::facts::{CaseFacts, LineIndex, MACHINE, Mark, StrandIndex};
use super::length;
use super::timeline::{self, Subject};
use crate::event::{Group, Kind};
use crate::policy::block::promise::{Per, Pick};
use crate::policy::length::{Start, StartTerm};
use crate::story::Deployment;
use jiff::Timestamp;

/// What started a clock, or what it waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartProof {
    /// The candidate that governs, with its event's place and instant.
    pub term: Option<(StartTerm, u32, Timestamp)>,
    /// Started by the facts: the first instant at which `when` held.
    pub selected: bool,
    /// Started by the line's own verdict, later than the case's (D6).
    pub own_line: bool,
    /// The event that has not happened yet.
    pub waits_for: Option<Kind>,
    /// The line on which that event has not happened yet.
    pub waits_for_line: Option<LineIndex>,
}

/// Finds the start of a promise for a subject; `since` is when it was first selected. A line that several merged cases hold began where
/// it began first.
pub(super) fn find(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    since: Option<Timestamp>,
) -> (Option<Timestamp>, StartProof) {
    let strands = duties.subject.line().map(|line| engine.case.strands_of(line));
    let strands = strands.unwrap_or_default();
    let starts = strands
        .iter()
        .map(|strand| find_in(engine, duties, since, Some(*strand)));
    let known = starts.filter(|(start, _)| start.is_some());
    known
        .min_by_key(|(start, _)| *start)
        .unwrap_or_else(|| find_in(engine, duties, since, None))
}

/// The same by one of the case's histories, or by all of them.
fn find_in(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    since: Option<Timestamp>,
    strand: Option<StrandIndex>,
) -> (Option<Timestamp>, StartProof) {
    let mut proof = StartProof::default();
    let terms = match &duties.promise.start {
        Start::Selected => {
            proof.selected = true;
            return (since, proof);
        }
        Start::Earliest(terms) => choose(engine, duties, terms, strand, false, &mut proof),
        Start::Latest(terms) => choose(engine, duties, terms, strand, true, &mut proof),
    };
    let Some(start) = terms else { return (None, proof) };
    (Some(own_start(engine, duties, strand, start, &mut proof)), proof)
}

fn choose(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    terms: &[StartTerm],
    strand: Option<StrandIndex>,
    latest: bool,
    proof: &mut StartProof,
) -> Option<Timestamp> {
    let mut chosen: Option<(Timestamp, StartTerm, u32, Timestamp)> = None;
    for term in terms {
        let mut line = None;
        let Some((at, seq)) = event(engine, duties, strand, term.event, &mut line) else {
            // D7: without a bill of materials the component is taken to be in the line already.
            let unknown_bill = term.event == Kind::ComponentShipped && duties.promise.per == Per::Component;
            let stops = latest && !unknown_bill;
            if stops || proof.waits_for.is_none() {
                (proof.waits_for, proof.waits_for_line) = (Some(term.event), line);
            }
            if stops {
                return None;
            }
            continue;
        };
        let instant = match term.plus {
            Some(plus) => length::add(at, plus, &engine.counting).ok()?.at,
            None => at,
        };
        let better = chosen.is_none_or(|(best, ..)| if latest { instant > best } else { instant < best });
        if better {
            chosen = Some((instant, *term, seq, at));
        }
    }
    let (instant, term, seq, at) = chosen?;
    proof.term = Some((term, seq, at));
    proof.waits_for = None;
    proof.waits_for_line = None;
    Some(instant)
}

/// A line found later, or a report that joined later, starts with its own event (D6).
fn own_start(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    strand: Option<StrandIndex>,
    start: Timestamp,
    proof: &mut StartProof,
) -> Timestamp {
    let case = engine.case;
    let own = match duties.subject {
        Subject::Track(line) | Subject::Component(_, line) => {
            case.affected_in(line, engine.now, strand).and_then(|verdict| {
                let confirmed = first_after_appeal(case, strand, Kind::Confirmed, engine.now).map(|mark| mark.at);
                let late = !verdict.with_case && confirmed.is_some_and(|confirmed| verdict.at > confirmed);
                late.then_some(verdict.at)
            })
        }
        Subject::Report(index) | Subject::Reporter(index) => {
            let received = proof.term.is_some_and(|(term, ..)| term.event == Kind::Received);
            let reporter = case.reporters.get(usize::from(index));
            reporter.map(|reporter| if received { reporter.since } else { reporter.joined })
        }
        Subject::Case => None,
    };
    match own {
        Some(own) if own > start => {
            proof.own_line = duties.subject.line().is_some();
            own
        }
        _ => start,
    }
}

/// When an event happened for a subject, and its place in the case. Where the last of several lines is asked for, `missing` is told the
/// one on which it did not.
fn event(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    strand: Option<StrandIndex>,
    kind: Kind,
    missing: &mut Option<LineIndex>,
) -> Option<(Timestamp, u32)> {
    let case = engine.case;
    let now = engine.now;
    let found = |mark: &Mark| (mark.at, mark.seq);
    match (kind, duties.subject) {
        (Kind::Received, Subject::Report(index)) => {
            let reporter = case.reporters.get(usize::from(index))?;
            let at = if reporter.kind == MACHINE {
                reporter.promoted?
            } else {
                reporter.since
            };
            // D21: after an appeal the report is looked at anew; its number was given once.
            let appealed = case
                .appealed_in(reporter.strand)
                .filter(|_| duties.promise.ends != Kind::Acknowledged);
            Some((appealed.map_or(at, |appealed| appealed.max(at)), reporter.seq))
        }
        (Kind::Received, _) => {
            let at = match strand {
                Some(strand) => case.received_in(strand)?,
                None => case.received()?,
            };
            let mut reporters = case.reporters.iter();
            let first = reporters.find(|reporter| strand.is_none_or(|strand| reporter.strand == strand));
            Some((at, first.or(case.reporters.first())?.seq))
        }
        (Kind::UpstreamFixReleased, Subject::Component(index, _)) => {
            let component = case.components.get(usize::from(index?))?;
            let fix = component
                .fixes
                .iter()
                .find(|fix| fix.withdrawn.is_none_or(|withdrawn| withdrawn > now))?;
            Some((fix.at, fix.seq))
        }
        (Kind::ComponentShipped, Subject::Component(index, line)) => {
            let component = case.components.get(usize::from(index?))?;
            let shipped = component
                .shipped
                .iter()
                .filter(|shipped| shipped.line == line)
                .min_by_key(|s| s.at)?;
            Some((shipped.at, shipped.seq))
        }
        (kind, Subject::Case) if of_lines(kind) => across_lines(engine, duties, kind, missing),
        (kind, _) if kind.group() == Group::Verdict => first_after_appeal(case, strand, kind, now).map(found),
        (kind, subject) => {
            let line = subject.line();
            let own = |mark: &&Mark| line.is_none() || mark.line.is_none() || mark.line == line;
            case.marks
                .iter()
                .filter(own)
                .find(|mark| mark.kind == kind && mark.stands(now))
                .map(found)
        }
    }
}

/// The first event of a kind since the last appeal (D21), in one of the case's histories or in any.
fn first_after_appeal(case: &CaseFacts, strand: Option<StrandIndex>, kind: Kind, now: Timestamp) -> Option<&Mark> {
    case.marks.iter().find(|mark| {
        mark.kind == kind
            && strand.is_none_or(|strand| mark.strand == strand)
            && case.appealed_in(mark.strand).is_none_or(|appealed| mark.at >= appealed)
            && mark.stands(now)
    })
}

const fn of_lines(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FixReleased | Kind::FixDeployed | Kind::FixReady | Kind::WorkaroundProvided
    )
}

/// The first or the last line's event, among lines that are affected, supported and not waived (D3).
fn across_lines(
    engine: &Engine<'_>,
    duties: Duties<'_, '_>,
    kind: Kind,
    missing: &mut Option<LineIndex>,
) -> Option<(Timestamp, u32)> {
    let mut chosen: Option<(Timestamp, u32)> = None;
    for line in engine.case.tracks(engine.now) {
        let Some(found) = on_line(engine, kind, line) else {
            let dropped =
                waived(engine, line) || !timeline::line_supported(&engine.counting, engine.case, line, engine.now);
            if duties.promise.pick == Pick::Last && !dropped {
                *missing = Some(line);
                return None;
            }
            continue;
        };
        let better = match duties.promise.pick {
            Pick::First => chosen.is_none_or(|best| found < best),
            Pick::Last => chosen.is_none_or(|best| found > best),
        };
        if better {
            chosen = Some(found);
        }
    }
    chosen
}

/// When an event happened on a line; a service's deployment to all tenants is its release, and the other way round.
fn on_line(engine: &Engine<'_>, kind: Kind, line: LineIndex) -> Option<(Timestamp, u32)> {
    let saas = engine.case.lines.get(usize::from(line))?.deployment == Some(Deployment::Saas);
    let same = |other: Kind| {
        other == kind
            || (saas
                && matches!(
                    (kind, other),
                    (Kind::FixReleased, Kind::FixDeployed) | (Kind::FixDeployed, Kind::FixReleased)
                ))
    };
    let marks = engine.case.marks.iter();
    let mut own =
        marks.filter(|mark| same(mark.kind) && mark.line.is_none_or(|l| l == line) && mark.stands(engine.now));
    let released = own.next().map(|mark| (mark.at, mark.seq));
    // A component's fix is in a release when the bill of materials says so, whether or not anybody recorded a release for the case.
    released.or_else(|| {
        matches!(kind, Kind::FixReleased | Kind::FixDeployed)
            .then(|| super::ending::fixed_by_bill(engine.case, line, engine.now))
            .flatten()
    })
}

/// Whether a fix for this line was waived.
fn waived(engine: &Engine<'_>, line: LineIndex) -> bool {
    engine.case.controls.iter().any(|control| {
        let fix = engine
            .policy
            .promise(&control.rule)
            .is_some_and(|promise| matches!(promise.ends, Kind::FixReleased | Kind::FixDeployed));
        fix && control.two_people
            && control.action == super::facts::ControlAction::Waive
            && control.line.is_none_or(|l| l == line)
    })
}
