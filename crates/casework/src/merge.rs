//! Merging: two cases turn out to be one vulnerability, and one of them goes on with what both know.
//!
//! Owns the one batch over both streams, and its undoing. Never moves an entry: the board gathers what belongs together
//! (`psirt::case::merge`), so that a retraction gives both cases back whole.

use crate::Casework;
use crate::act::{find_case, judge, next_entry};
use crate::actions::MERGE_CASES;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::Stage;
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::merge::{standing, taken_back, target};
use psirt::case::refuse::{Evidence, Refusal};
use psirt::case::rescue::{Promised, but_to_reporters, rescued};
use psirt::event::{Entry, Event, EventRef, Kind};
use store::StreamId;

impl Casework {
    /// Merges a case into another one, in one batch. The clocks of each line keep the earlier start, every reporter keeps their own
    /// duties, and both numbers find the case that goes on.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] for a case into itself, a case that is over, one whose
    /// statement is public or on its way, another brand's unless that is said, and one whose merging would rescue a clock without a
    /// second person; those of the store.
    pub async fn merge_cases(
        &self,
        actor: &Actor,
        from: &str,
        into: &str,
        across_brands: bool,
        why: Option<&str>,
    ) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &MERGE_CASES)?;
            let board = &replica.board;
            let (from_stream, former) = find_case(board, from)?;
            let (into_stream, target) = find_case(board, into)?;
            refuse_merge(board, (&from_stream, former), (&into_stream, target), across_brands)?;
            let merged = Event::Merged {
                case: former.number.clone(),
                across_brands,
                why: why.map(str::to_owned),
            };
            let merged = next_entry(replica, &into_stream, actor, now, now, merged);
            let goes_on = Event::MergedInto {
                case: target.number.clone(),
            };
            let goes_on = next_entry(replica, &from_stream, actor, now, now, goes_on);
            judge(board, target, &merged, Evidence::default(), now)?;
            judge(board, former, &goes_on, Evidence::default(), now)?;
            let before =
                but_to_reporters([board.promised_if(former, &[], now), board.promised_if(target, &[], now)].concat());
            let (ended, joint) = (with(former, &goes_on), with(target, &merged));
            let after = board.promised_if(&joint, &[&ended], now);
            needs_second_person(&merged, &before, &after, "merging these cases")?;
            let mut plan = Plan::by(actor);
            plan.push(&from_stream, now, What::Case(goes_on.event));
            plan.push(&into_stream, now, What::Case(merged.event));
            if former.brand != target.brand {
                let names: Vec<&str> = [former, target].map(|case| brand_name(board, case)).into();
                let text = format!(
                    "This flaw is in products of {}. The shorter way to publication wins, unless two people record otherwise.",
                    names.join(" and ")
                );
                plan.push(&into_stream, now, What::Case(Event::Noted { text }));
            }
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }
}

fn brand_name<'a>(board: &'a Board, case: &'a Case) -> &'a str {
    board
        .house
        .brands
        .get(&case.brand)
        .map_or(case.brand.as_str(), |brand| &brand.name)
}

fn refuse_merge(
    board: &Board,
    (from_stream, former): (&StreamId, &Case),
    (into_stream, target): (&StreamId, &Case),
    across_brands: bool,
) -> Result<(), ActError> {
    let no = |message: String| Err(Refusal::without_clause(message).into());
    if from_stream == into_stream {
        return no(format!(
            "both numbers are those of {} already: a case is not merged into itself",
            target.number
        ));
    }
    for case in [former, target] {
        if case.view.closed || case.facts.rejected().is_some() {
            return no(format!("{} is over: reopen it, and merge it then", case.number));
        }
    }
    let public = |case: &Case| {
        let kinds = [Kind::AdvisoryPublished, Kind::ReleaseNotePublished];
        case.facts
            .marks
            .iter()
            .any(|mark| kinds.contains(&mark.kind) && mark.withdrawn.is_none())
    };
    let on_its_way = board.advisories.values().any(|advisory| {
        let named = advisory.draft.cases.contains(&former.number);
        named && matches!(advisory.stage, Stage::Approved | Stage::Scheduled | Stage::Published)
    });
    if public(former) || on_its_way {
        return no(format!(
            "the statement on {} is public, or on its way: merge {} into it, so that what is public stays where readers find it",
            former.number, target.number
        ));
    }
    if former.brand != target.brand && !across_brands {
        return no(format!(
            "{} is a case of {}, and {} one of {}: say that the flaw is in both (--across-brands); then the shorter way to publication wins, unless two people record otherwise",
            former.number,
            brand_name(board, former),
            target.number,
            brand_name(board, target)
        ));
    }
    Ok(())
}

/// The case with a further entry.
pub(crate) fn with(case: &Case, entry: &Entry) -> Case {
    let mut case = case.clone();
    case.entries.push(entry.clone());
    case
}

/// An act that would rescue a clock is one of two people (D22).
pub(crate) fn needs_second_person(
    entry: &Entry,
    before: &[Promised],
    after: &[Promised],
    act: &str,
) -> Result<(), Refusal> {
    let Some(promise) = rescued(before, after).filter(|_| !entry.has_second_person()) else {
        return Ok(());
    };
    let subject = match promise.subject.as_str() {
        "" => String::new(),
        subject => format!(" for {subject}"),
    };
    Err(Refusal {
        clause: promise.clause.clone(),
        policy: promise.policy.clone(),
        message: format!(
            "{act} would make `{}`{subject} later, or let it go: it needs a second person",
            promise.rule
        ),
    })
}

/// What a retraction in a case takes back in another one: the other half of a merge or of a split.
pub(crate) fn other_half(
    board: &Board,
    replica: &Replica,
    case: &Case,
    entry: &Entry,
    now: Timestamp,
) -> Result<Vec<(StreamId, What)>, ActError> {
    let Event::Retracted { event, why } = &entry.event else {
        return Ok(Vec::new());
    };
    let no = |message: String| Err(Refusal::without_clause(message).into());
    let Some(undone) = target(&case.entries, event) else {
        return Ok(Vec::new());
    };
    if let Some(first) = taken_back(&case.entries, undone.seq)
        && matches!(first.event.kind(), Kind::Merged | Kind::SplitOff)
    {
        return no(format!(
            "`{}` was undone in two cases at once: do it anew",
            first.event.kind()
        ));
    }
    match &undone.event {
        Event::Merged { case: number, .. } => {
            let (stream, former) = exactly(board, number)?;
            let mut restored = former.clone();
            let half = standing(&former.entries);
            let Some(half) = half.iter().rev().find(|entry| entry.event.kind() == Kind::MergedInto) else {
                return Ok(Vec::new());
            };
            let retraction = Event::Retracted {
                event: EventRef::Seq(half.seq),
                why: why.clone(),
            };
            restored.entries.push(Entry {
                seq: u32::try_from(replica.next(&stream)).unwrap_or(u32::MAX),
                event: retraction.clone(),
                ..entry.clone()
            });
            let alone = with(case, entry);
            let before = but_to_reporters(board.promised_if(case, &[], now));
            let after = [
                board.promised_if(&alone, &[&restored], now),
                board.promised_if(&restored, &[&alone], now),
            ]
            .concat();
            needs_second_person(entry, &before, &after, "undoing this merge")?;
            Ok(vec![(stream, What::Case(retraction))])
        }
        Event::SplitOff { case: number, .. } => crate::split::undone(board, case, number),
        _ => Ok(Vec::new()),
    }
}

/// The case of exactly this number.
pub(crate) fn exactly<'a>(board: &'a Board, number: &str) -> Result<(StreamId, &'a Case), ActError> {
    let (stream, case) = board.own_case(number).ok_or(ActError::NO_CASE)?;
    Ok((StreamId::new(stream)?, case))
}
