//! Retractions: what may be taken back, by whom, and what must be taken back first (D22).
//!
//! Owns which event stands on which. Never takes anything back: the folds leave a retracted event out.

use super::{Refusal, Standing};
use crate::case::merge;
use crate::case::rescue;
use crate::event::{Entry, Event, Kind};

pub(super) fn by_retraction(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if let Event::Retracted { event, .. } = &entry.event {
        let no = |message: String| Err(Refusal::without_clause(message));
        let Some(target) = merge::target(case.entries, event) else {
            return no("there is no such event in this case".to_owned());
        };
        if merge::is_retracted(case.entries, target.seq) {
            return no(format!("`{}` is retracted already", target.event.kind()));
        }
        if let Some(instead) = never(target.event.kind()) {
            return no(format!("`{}` is not taken back: {instead}", target.event.kind()));
        }
        if last_confirmation(case, target) && has_release(case) {
            return no(
                "a shipped release holds the fix of what was confirmed: record `fix-withdrawn` first, or retract the release of the line".to_owned(),
            );
        }
        if let Some(above) = stands_on(case.entries, target) {
            return no(format!(
                "`{}` (entry {}) stands on this `{}`: retract it first",
                above.event.kind(),
                above.seq,
                target.event.kind()
            ));
        }
    }
    by_rescue(case, entry)
}

/// Why an event is never taken back, and what is done instead.
const fn never(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Received => Some("what came in, came in; reject the case, or split the report off"),
        Kind::ReportJoined => Some("the report is part of this case; split it off"),
        Kind::MergedInto | Kind::SplitFrom => Some("undo it in the other case, which takes back both halves"),
        Kind::AdvisoryPublished | Kind::AdvisoryRevised | Kind::AdvisoryWithdrawn => {
            Some("what the world has read cannot be unsaid; revise or withdraw the advisory")
        }
        _ => None,
    }
}

/// What takes an event back, in the words of docs/actions.md.
#[must_use]
pub const fn reversal(kind: Kind) -> &'static str {
    if let Some(instead) = never(kind) {
        return instead;
    }
    match kind {
        Kind::Merged => "`retracted`, in both cases at once",
        Kind::SplitOff => "`retracted`, in both cases at once; merging back once the new case went on",
        Kind::Rejected => "`appealed`, `reopened`; `retracted`",
        Kind::Closed => "`reopened`; `retracted`",
        Kind::Affected => "`not-affected`; `retracted`",
        Kind::NotAffected => "`affected`; `retracted`",
        Kind::FixReleased | Kind::FixDeployed => "`fix-withdrawn`, if it was out; `retracted`, if it never was",
        Kind::WorkaroundProvided => "`workaround-withdrawn`; `retracted`",
        Kind::UpstreamFixReleased => "`upstream-fix-withdrawn`; `retracted`",
        Kind::Overridden => "`override-revoked`; `retracted`",
        Kind::TaskDone => "`task-reopened`; `retracted`",
        Kind::Retracted => "`retracted`, naming the retraction",
        Kind::PolicyAdopted => "a further version",
        Kind::ReleasePlanned => "`release-moved`, `release-cancelled`; `retracted`, of the line",
        Kind::ReleaseMoved => "`release-moved`; `retracted`, of the line",
        Kind::ReleaseCancelled => "`release-planned`; `retracted`, of the line",
        Kind::ReleaseShipped => {
            "`fix-withdrawn`, in each case that it fixed, if it was out; `retracted`, of the line, if it never was"
        }
        Kind::SupportEnded => "`retracted`, of the line",
        _ => "`retracted`",
    }
}

/// The standing event that would hang in the air without this one.
fn stands_on<'e>(entries: &'e [Entry], target: &Entry) -> Option<&'e Entry> {
    let stands = |entry: &&Entry| entry.seq != target.seq && !merge::is_retracted(entries, entry.seq);
    let kind = target.event.kind();
    let another = entries.iter().filter(stands).any(|entry| entry.event.kind() == kind);
    if kind == Kind::Confirmed && another {
        return None;
    }
    let above = |entry: &&Entry| {
        let later = entry.seq > target.seq;
        let product = || entry.event.product() == target.event.product();
        match (&target.event, &entry.event) {
            (Event::Confirmed { .. }, above) => matches!(
                above.kind(),
                Kind::FixReleased
                    | Kind::FixDeployed
                    | Kind::CveAssigned
                    | Kind::AdvisoryPublished
                    | Kind::ReleaseNotePublished
            ),
            (Event::Rejected { .. }, Event::Appealed {} | Event::Reopened { .. })
            | (Event::Closed {}, Event::Reopened { .. }) => later,
            (Event::FixReleased { .. } | Event::FixDeployed { .. }, Event::FixWithdrawn { .. })
            | (Event::WorkaroundProvided { .. }, Event::WorkaroundWithdrawn { .. }) => later && product(),
            (Event::Overridden { rule, .. }, Event::OverrideRevoked { rule: revoked, .. }) => later && rule == revoked,
            (
                Event::UpstreamFixReleased { component, version },
                Event::UpstreamFixWithdrawn {
                    component: other,
                    version: withdrawn,
                },
            ) => later && component == other && version == withdrawn,
            (Event::EmbargoProposed { .. }, Event::EmbargoAccepted { .. } | Event::EmbargoDeclined { .. }) => {
                later && !another
            }
            (Event::HandedOver { vendor, .. }, Event::VendorAnswered { vendor: other, .. }) => later && vendor == other,
            (Event::ValidationAsked { reporter }, Event::ValidationAnswered { reporter: other, .. }) => {
                later && !another && reporter == other
            }
            (Event::Flagged { flag, .. }, Event::TaskDone { flag: done, .. })
            | (Event::TaskDone { flag, .. }, Event::TaskReopened { flag: done, .. }) => later && flag == done,
            _ => false,
        }
    };
    entries.iter().filter(stands).find(above)
}

/// Whether nothing would be confirmed without this event.
fn last_confirmation(case: &Standing<'_>, target: &Entry) -> bool {
    let stands = |entry: &&Entry| entry.seq != target.seq && !merge::is_retracted(case.entries, entry.seq);
    let mut others = case.entries.iter().filter(stands);
    target.event.kind() == Kind::Confirmed && !others.any(|entry| entry.event.kind() == Kind::Confirmed)
}

/// Whether a fix stands that a release of a line brought, which names the case: no event of the case itself holds it.
fn has_release(case: &Standing<'_>) -> bool {
    let marks = &case.facts.marks;
    let shipped = |seq: u32| {
        marks
            .iter()
            .any(|mark| mark.kind == Kind::ReleaseShipped && mark.seq == seq)
    };
    marks
        .iter()
        .any(|mark| mark.kind == Kind::FixReleased && mark.stands(case.now) && shipped(mark.seq))
}

/// What takes a decision back, or moves a case to another policy, must not give time away: that is an act of two people.
fn by_rescue(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let kind = entry.event.kind();
    let asked = matches!(kind, Kind::Retracted | Kind::OverrideRevoked | Kind::Repinned);
    if !asked || entry.has_second_person() {
        return Ok(());
    }
    let now = case.now.max(entry.recorded);
    let before = case.history.promised(&[], now);
    let after = case.history.promised(std::slice::from_ref(entry), now);
    rescue::rescued(&before, &after).map_or(Ok(()), |promise| {
        Err(Refusal {
            clause: promise.clause.clone(),
            policy: promise.policy.clone(),
            message: format!(
                "this `{kind}` would make `{}` later, or let it go: it needs a second person",
                promise.rule
            ),
        })
    })
}
