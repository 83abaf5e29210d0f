//! Duplicates: a report that is about a case which is there already joins it.
//!
//! Owns the one batch over all streams concerned. Never moves an entry: the former case stays, as a duplicate with its own number.

use crate::Casework;
use crate::act::{find_case, judge, next_entry};
use crate::actions::JOIN_REPORT;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::find_report;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::refuse::Evidence;
use psirt::clock::facts::Reporter;
use psirt::event::{Entry, Event, Kind};
use psirt::house::ReportEvent;
use store::StreamId;

/// After these, a person had looked at a report.
const LOOKED_AT: &[Kind] = &[
    Kind::Reviewed,
    Kind::InfoRequested,
    Kind::ScopeDecided,
    Kind::Confirmed,
    Kind::Rejected,
];

impl Casework {
    /// Joins a report to the case of the same vulnerability, in one batch: the report gets its new case, the case its further reporter,
    /// and the report's former case ends as the duplicate. If the former case has more reports, its own or those of cases that it took in, all
    /// of them join. What their reporters are owed for having reported goes on counting from the arrival, and what was done about it there
    /// was done.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] if the report is part of that case already, or its
    /// former case ended before, as a duplicate or in another case; [`ActError::Refused`]; those of the store.
    pub async fn join_report(&self, actor: &Actor, report: &str, case: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &JOIN_REPORT)?;
            let board = &replica.board;
            let report = find_report(replica, report)?;
            let (target_stream, target) = find_case(board, case)?;
            let former = board
                .report(report.as_str())
                .and_then(|report| report.case.clone())
                .ok_or(ActError::NO_REPORT)?;
            let former_stream = StreamId::new(former)?;
            if former_stream == target_stream {
                return Err(ActError::invalid("this report is part of that case already"));
            }
            let former = board.case(former_stream.as_str()).ok_or(ActError::NO_CASE)?;
            if let Some(into) = &former.view.merged_into {
                return Err(ActError::invalid(format!(
                    "the report's case went on in {into}: split the report off from there, or undo the merge first"
                )));
            }
            if let Some(duplicate_of) = former.view.duplicate_of.as_ref().or(target.view.duplicate_of.as_ref()) {
                return Err(ActError::invalid(format!(
                    "one of the two cases is a duplicate of {duplicate_of} already: join to that one"
                )));
            }
            let mut plan = Plan::by(actor);
            let mut names: Vec<String> = Vec::new();
            let history = board.history(former);
            for report in handled_in(board, (former_stream.as_str(), former)) {
                let joined = ReportEvent::Joined {
                    case: target_stream.to_string(),
                };
                plan.push(&StreamId::new(report.as_str())?, now, What::Report(joined));
                let report = board.report(report).ok_or(ActError::NO_REPORT)?;
                let number = report.number.as_str();
                let arrival = arrival(&history, number);
                let name = reporter(arrival, number, target, &names);
                let place = arrival.and_then(|arrival| place(former, arrival));
                let first = |kinds: &[Kind]| place.and_then(|place| first_for(former, place, kinds, now));
                let event = Event::ReportJoined {
                    reporter: Some(name.clone()),
                    arrived: report.at,
                    // Who has their number keeps it, and is owed no second acknowledgement (R12). Nobody else is acknowledged by that.
                    acknowledged: first(&[Kind::Acknowledged]),
                    // Who finds out that the report is about another case has looked at it.
                    reviewed: Some(first(LOOKED_AT).unwrap_or(now)),
                };
                let entry = next_entry(replica, &target_stream, actor, now, now, event.clone());
                judge(board, target, &entry, Evidence::default(), now)?;
                plan.push_about(Some(number), &target_stream, now, event);
                names.push(name);
            }
            let event = Event::DuplicateOf {
                case: target.number.clone(),
            };
            let entry = next_entry(replica, &former_stream, actor, now, now, event.clone());
            judge(board, former, &entry, Evidence::default(), now)?;
            plan.push(&former_stream, now, What::Case(event));
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }
}

/// The streams of the reports that are handled in a case: its own, but for those that were split off, and those of cases that it took in.
fn handled_in<'a>(board: &'a Board, former: (&'a str, &'a Case)) -> impl Iterator<Item = &'a String> {
    let cases = std::iter::once(former).chain(board.absorbed_by(former.1));
    cases.flat_map(move |(stream, case)| {
        let here = move |report: &&String| {
            let known = board.report(report);
            known.is_some_and(|known| known.case.as_deref() == Some(stream))
        };
        case.reports.iter().filter(here)
    })
}

/// The entry that brought the reporter of the report with this number, here or in the case that this one was split from.
fn arrival<'a>(history: &'a [Entry], number: &str) -> Option<&'a Entry> {
    let brings = |entry: &&Entry| matches!(entry.event, Event::Received { .. } | Event::ReportJoined { .. });
    let mut brought = history.iter().filter(brings);
    brought.find(|entry| entry.report.as_deref() == Some(number))
}

/// The place among the reporters of a case of the one whom this entry brought.
fn place(case: &Case, arrival: &Entry) -> Option<usize> {
    let theirs = |reporter: &Reporter| reporter.seq == arrival.seq;
    case.facts.reporters.iter().position(theirs)
}

/// When one of these was first done for a reporter, as clocks count it: what one person says of an earlier instant counts from when they
/// said it (D22).
fn first_for(case: &Case, reporter: usize, kinds: &[Kind], now: Timestamp) -> Option<Timestamp> {
    let facts = &case.facts;
    let marks = facts
        .marks
        .iter()
        .filter(|mark| kinds.contains(&mark.kind) && mark.stands(now));
    let theirs = marks.filter(|mark| facts.reaches(mark, reporter));
    theirs
        .map(|mark| if mark.two_people { mark.at } else { mark.recorded })
        .min()
}

/// A joined reporter: their kind, and the number of their report, which tells them apart from the others without naming them. Who is
/// called like one who is there already gets the number as well: the two may be one person, but each report has its own duties.
fn reporter(arrival: Option<&Entry>, number: &str, target: &Case, joined: &[String]) -> String {
    let name = match arrival.map(|entry| &entry.event) {
        Some(
            Event::Received { by: Some(name) }
            | Event::ReportJoined {
                reporter: Some(name), ..
            },
        ) => name.as_str(),
        _ => "external",
    };
    if !name.contains(':') {
        return format!("{name}:{number}");
    }
    let taken = target.facts.has_reporter(name) || joined.iter().any(|other| other == name);
    if taken {
        format!("{name}.{number}")
    } else {
        name.to_owned()
    }
}
