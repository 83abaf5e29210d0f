//! Splitting: a report, or some lines of a case, turn out to be another vulnerability, with a case of its own.
//!
//! Owns the one batch over both streams, the new number, and the undoing. Never lets a clock begin anew: the new case keeps what had been
//! recorded for its reports and lines (`psirt::case::merge`).

use crate::Casework;
use crate::act::{find_case, judge, next_entry};
use crate::actions::SPLIT_CASE;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::merge::{exactly, needs_second_person, with};
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::receive::find_report;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::merge::{identity, standing};
use psirt::case::refuse::{Evidence, Refusal};
use psirt::case::rescue::but_to_reporters;
use psirt::clock::facts::{CaseFacts, Mark};
use psirt::event::{Event, Kind};
use psirt::house::ReportEvent;
use store::{NumberOf, StreamId};

/// What is split off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Numbers of reports that are about the other vulnerability. None: who reported the one has reported the other.
    pub reports: Vec<String>,
    /// Lines that have the other vulnerability. None: it is to be investigated.
    pub products: Vec<String>,
    /// What the new case is called.
    pub title: String,
    /// Why.
    pub why: Option<String>,
}

impl Casework {
    /// Splits reports or lines off a case: a new case, with a number of its own, that keeps the clocks which run for them. Gives the
    /// new number.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for reports or lines that the case does not have;
    /// [`ActError::Refused`] for a case that is over, for one that would be left with nothing or with a fix of nothing confirmed, and for a split that would rescue a clock
    /// without a second person; those of the store.
    pub async fn split_case(&self, actor: &Actor, number: &str, split: &Split) -> Result<String, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &SPLIT_CASE)?;
            let board = &replica.board;
            let (stream, case) = find_case(board, number)?;
            let moved = moved_reports(replica, &stream, case, &split.reports)?;
            refuse_split(case, split, &moved, now)?;
            let brand = plan::brand(replica, brand_of(board, case, &split.products))?;
            let new_number = self.draw_number(replica, brand, now)?;
            let new_stream = self.draw_stream(replica, "case")?;
            let (reports, places): (Vec<String>, Vec<String>) = moved
                .iter()
                .map(|report| (report.number.clone(), report.place.clone()))
                .unzip();
            let since = case.facts.received();
            let off = Event::SplitOff {
                case: new_number.as_str().to_owned(),
                since,
                reports: reports.clone(),
                places: places.clone(),
                products: split.products.clone(),
                why: split.why.clone(),
            };
            let off = next_entry(replica, &stream, actor, now, now, off);
            judge(board, case, &off, Evidence::default(), now)?;
            let from = Event::SplitFrom {
                case: case.number.clone(),
                number: new_number.as_str().to_owned(),
                brand: brand.id.clone(),
                since,
                reports,
                places,
                products: split.products.clone(),
            };
            let from = next_entry(replica, &new_stream, actor, now, now, from);
            let left = with(case, &off);
            let new = board.folded_case(new_number.as_str(), &brand.id, &[], vec![from.clone()]);
            refuse_empty(
                case,
                &board.facts_if(&left, &[&new]),
                &board.facts_if(&new, &[&left]),
                now,
            )?;
            refuse_unconfirmed_fix(case, &board.facts_if(&left, &[&new]), now)?;
            let before = but_to_reporters(board.promised_if(case, &[], now));
            let after = [
                board.promised_if(&left, &[&new], now),
                board.promised_if(&new, &[&left], now),
            ]
            .concat();
            needs_second_person(&off, &before, &after, "this split")?;
            let mut plan = Plan::by(actor);
            plan.push(&stream, now, What::Case(off.event));
            plan.push(&new_stream, now, What::Case(from.event));
            let title = split.title.trim();
            if !title.is_empty() {
                let titled = Event::Titled {
                    title: title.to_owned(),
                    summary: None,
                };
                plan.push(&new_stream, now, What::Case(titled));
            }
            for report in &moved {
                let joined = ReportEvent::Joined {
                    case: new_stream.to_string(),
                };
                plan.push(&report.stream, now, What::Report(joined));
            }
            plan.numbers.push(NumberOf {
                number: store::Number::new(new_number.as_str())?,
                stream: new_stream,
            });
            Ok((plan, new_number.as_str().to_owned()))
        };
        self.record(record).await.map(|(number, _)| number)
    }
}

/// A report that is split off, and the place of the event that brought its reporter.
struct Moved {
    stream: StreamId,
    number: String,
    place: String,
}

fn moved_reports(
    replica: &Replica,
    stream: &StreamId,
    case: &Case,
    numbers: &[String],
) -> Result<Vec<Moved>, ActError> {
    let board = &replica.board;
    let one = |number: &String| {
        let report_stream = find_report(replica, number)?;
        let report = board.report(report_stream.as_str()).ok_or(ActError::NO_REPORT)?;
        let not_here = || ActError::invalid(format!("the report {} is not part of this case", shown(number)));
        let holder = report.case.as_ref().and_then(|holder| board.case(holder));
        let (held_by, _) = holder
            .and_then(|holder| board.case_of_number(&holder.number))
            .ok_or_else(not_here)?;
        if held_by != stream.as_str() {
            return Err(not_here());
        }
        let place = place_of(board, case, report_stream.as_str(), report).ok_or_else(not_here)?;
        Ok(Moved {
            stream: report_stream,
            number: report.number.clone(),
            place,
        })
    };
    numbers.iter().map(one).collect()
}

/// The place of the event that brought a report's reporter, as the case that is split sees it.
fn place_of(board: &Board, case: &Case, report_stream: &str, report: &psirt::board::Report) -> Option<String> {
    let holder = board.case(report.case.as_deref()?)?;
    let merged_from = Some(holder.number.as_str()).filter(|number| *number != case.number);
    let from = holder.entries.iter().find_map(|entry| match &entry.event {
        Event::SplitFrom {
            case, reports, places, ..
        } => Some((case, reports, places)),
        _ => None,
    });
    if let Some((origin, reports, places)) = from
        && let Some(index) = reports.iter().position(|number| *number == report.number)
    {
        let place = places.get(index)?;
        return Some(if place.contains('#') {
            place.clone()
        } else {
            format!("{origin}#{place}")
        });
    }
    let entry = board.arrival(holder, report_stream)?;
    Some(identity(merged_from, entry.seq))
}

fn refuse_split(case: &Case, split: &Split, moved: &[Moved], now: Timestamp) -> Result<(), ActError> {
    let no = |message: String| Err(Refusal::without_clause(message).into());
    if case.view.closed || case.facts.rejected().is_some() {
        return no(format!("{} is over: reopen it, and split it then", case.number));
    }
    if moved.is_empty() && split.products.is_empty() {
        return Err(ActError::invalid(
            "a split names the reports or the product lines that have a case of their own",
        ));
    }
    let tracks: Vec<u16> = case.facts.tracks(now).collect();
    let has = |name: &&String| case.facts.line(name).is_some_and(|line| tracks.contains(&line));
    if let Some(unknown) = split.products.iter().find(|name| !has(name)) {
        return Err(ActError::invalid(format!(
            "this case is not about `{}`",
            shown(unknown)
        )));
    }
    Ok(())
}

/// A split leaves something on both sides.
fn refuse_empty(case: &Case, left: &CaseFacts, new: &CaseFacts, now: Timestamp) -> Result<(), Refusal> {
    let no = |what: &str| {
        Err(Refusal::without_clause(format!(
            "nothing would be left of {}: a split leaves {what} with it; if it was another vulnerability altogether, give the case another title",
            case.number
        )))
    };
    if left.reporters.is_empty() {
        return no("a report");
    }
    let names_lines = |facts: &CaseFacts| {
        let named = facts.has_tracks(now) || !facts.suspected.is_empty();
        named && facts.tracks(now).next().is_some()
    };
    if names_lines(&case.facts) && !names_lines(left) {
        return no("a product line");
    }
    if new.reporters.is_empty() {
        return Err(Refusal::without_clause(
            "nobody would have reported the new case: split a report off with it",
        ));
    }
    Ok(())
}

/// A fix is of what was confirmed. One of a line that nobody judged does not stay alone when the confirmed lines go.
fn refuse_unconfirmed_fix(case: &Case, left: &CaseFacts, now: Timestamp) -> Result<(), Refusal> {
    let confirmed = |facts: &CaseFacts| facts.marks.iter().any(|mark| mark.kind == Kind::Confirmed);
    let fix = |kind| matches!(kind, Kind::FixReleased | Kind::FixDeployed);
    let fixed = left.marks.iter().find(|mark| fix(mark.kind) && mark.stands(now));
    let Some(fixed) = fixed.filter(|_| confirmed(&case.facts) && !confirmed(left)) else {
        return Ok(());
    };
    let line = fixed.line.and_then(|line| left.lines.get(usize::from(line)));
    let shipped = |mark: &Mark| mark.kind == Kind::ReleaseShipped && mark.seq == fixed.seq;
    let first = if left.marks.iter().any(shipped) {
        "retract the release of the line first (`candor line retracted`)"
    } else {
        "retract it first"
    };
    Err(Refusal::without_clause(format!(
        "the fix of `{}` would stay in {}, where nothing would be confirmed any more: {first}, or leave a confirmed line there",
        line.map_or("a line", |line| &line.name),
        case.number
    )))
}

/// The brand of the new case: that of its lines, if they are all another one's.
fn brand_of<'a>(board: &'a Board, case: &'a Case, products: &[String]) -> &'a str {
    let sold: Vec<&str> = products
        .iter()
        .filter_map(|name| board.house.products.get(name))
        .map(|product| product.brand.as_str())
        .collect();
    match sold.split_first() {
        Some((first, rest)) if rest.iter().all(|brand| brand == first) => first,
        _ => &case.brand,
    }
}

/// What else is recorded when a split is taken back: the new case ends in the old one, and its reports return. Only while nothing but
/// notes was added to it: what was done there since would be lost to the clocks.
pub(crate) fn undone(board: &Board, case: &Case, number: &str) -> Result<Vec<(StreamId, What)>, ActError> {
    let (stream, new) = exactly(board, number)?;
    let added = standing(&new.entries).into_iter().find(|entry| {
        !matches!(
            entry.event.kind(),
            Kind::SplitFrom | Kind::Titled | Kind::Noted | Kind::Assigned | Kind::Retracted
        )
    });
    if let Some(entry) = added {
        let merge = format!("merge {number} into {} instead, which keeps it", case.number);
        return Err(Refusal::without_clause(format!(
            "{number} has `{}` of its own since: {merge}",
            entry.event.kind()
        ))
        .into());
    }
    let (home, _) = exactly(board, &case.number)?;
    let mut halves = vec![(
        stream.clone(),
        What::Case(Event::MergedInto {
            case: case.number.clone(),
        }),
    )];
    for report in &new.reports {
        let joined = ReportEvent::Joined { case: home.to_string() };
        halves.push((StreamId::new(report.as_str())?, What::Report(joined)));
    }
    Ok(halves)
}
