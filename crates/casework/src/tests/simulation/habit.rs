//! What a diligent team records next on a case, and what the world does to it.

use super::dice::Dice;
use jiff::Timestamp;
use psirt::board::{Board, Case};
use psirt::case::phase::Phase;
use psirt::clock::facts::ControlAction;
use psirt::event::{Event, Group, Kind, VendorAnswer};
use std::collections::BTreeSet;

/// What a team does next.
pub(super) fn diligent(board: &Board, case: &Case, now: Timestamp, dice: &mut Dice) -> Kind {
    let done: BTreeSet<Kind> = case.entries.iter().map(|entry| entry.event.kind()).collect();
    let phase = board.phase(case, now);
    let owed: &[Kind] = match phase.step() {
        0 => &[Kind::Acknowledged],
        1 => &[Kind::Acknowledged, Kind::Reviewed, Kind::Scored],
        _ => &[
            Kind::Acknowledged,
            Kind::Reviewed,
            Kind::Scored,
            Kind::ReportedBack,
            Kind::Credit,
            Kind::ImpactSet,
            Kind::DefectCreated,
        ],
    };
    let owed: Vec<Kind> = owed.iter().copied().filter(|kind| !done.contains(kind)).collect();
    if let Some(kind) = dice.any(&owed).filter(|_| dice_half(dice)) {
        return *kind;
    }
    use Kind::*;
    dice.weighted(match phase {
        Phase::Received => &[
            (5, Reviewed),
            (2, Promoted),
            (1, InfoRequested),
            (1, Suspected),
            (1, Assigned),
            (1, Titled),
            (1, Flagged),
        ],
        Phase::Verifying => &[
            (7, Confirmed),
            (1, Scored),
            (1, InfoRequested),
            (2, ScopeDecided),
            (2, Rejected),
            (1, NotAffected),
            (1, UpstreamDisclosed),
            (1, Judged),
            (2, EmbargoProposed),
            (3, EmbargoAccepted),
        ],
        Phase::NeedsInfo => &[(5, InfoReceived), (1, Messaged)],
        Phase::Confirmed | Phase::Remediating => &[
            (3, FixReady),
            (4, FixReleased),
            (3, FixDeployed),
            (2, WorkaroundProvided),
            (1, Affected),
            (1, NotAffected),
            (1, Scored),
            (1, CveAssigned),
            (1, EmbargoProposed),
            (3, EmbargoAccepted),
            (1, Waived),
            (1, Overridden),
            (1, SharedWithCert),
            (1, ReportedBack),
            (1, MeasureAvailable),
        ],
        Phase::AwaitingUpstream => &[
            (3, UpstreamFixReleased),
            (2, UpstreamDecision),
            (1, UpstreamFixWithdrawn),
            (2, ComponentShipped),
            (2, FixReleased),
            (1, WorkaroundProvided),
        ],
        Phase::FixReleased => &[
            (2, ReportedBack),
            (2, Credit),
            (1, FixWithdrawn),
            (1, CveAssigned),
            (1, ReleaseNotePublished),
            (1, ComponentShipped),
            (1, EmbargoEnded),
            (1, UsersInformed),
        ],
        Phase::Published => &[
            (2, CvePublished),
            (2, Announced),
            (4, Closed),
            (1, FixReleased),
            (1, FixDeployed),
            (1, FixWithdrawn),
            (1, Scored),
            (1, Waived),
        ],
        Phase::Closed => &[(2, Reopened), (1, Noted), (1, Scored)],
        Phase::Rejected(_) => &[
            (1, Appealed),
            (1, Reopened),
            (3, Closed),
            (2, ReportedBack),
            (1, Messaged),
        ],
    })
}

fn dice_half(dice: &mut Dice) -> bool {
    dice.percent(50)
}

/// What happens whether or not the team wants it.
pub(super) fn world(dice: &mut Dice) -> Kind {
    let groups = [
        Group::Signals,
        Group::ThirdParty,
        Group::Embargo,
        Group::Regulation,
        Group::People,
        Group::Control,
    ];
    let group = dice.weighted(&[
        (3, groups[0]),
        (3, groups[1]),
        (3, groups[2]),
        (3, groups[3]),
        (2, groups[4]),
        (2, groups[5]),
    ]);
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.group() == group).collect();
    *dice.one(&kinds)
}

/// What somebody takes up again: an answer that is awaited, a task, a moved date, a proposal.
pub(super) fn loose_end(case: &Case, dice: &mut Dice) -> Option<Event> {
    let why = || "It was looked at once more.".to_owned();
    let view = &case.view;
    let mut ends: Vec<Event> = Vec::new();
    ends.extend(view.vendors.iter().map(|handed| Event::VendorAnswered {
        vendor: handed.vendor.clone(),
        answer: VendorAnswer::Declined,
        why: None,
    }));
    let open = view.flags.iter().filter(|flag| !view.tasks_done.contains(flag));
    ends.extend(open.map(|flag| Event::TaskDone { flag: *flag, why: None }));
    let done = view.tasks_done.iter();
    ends.extend(done.map(|flag| Event::TaskReopened {
        flag: *flag,
        why: why(),
    }));
    let moved = case.facts.controls.iter();
    let moved = moved.filter(|control| matches!(control.action, ControlAction::Override(_)));
    ends.extend(moved.map(|control| Event::OverrideRevoked {
        rule: control.rule.clone(),
        product: None,
    }));
    if !case.embargo.proposals.is_empty() {
        ends.push(Event::EmbargoDeclined {
            by: "vendor".to_owned(),
            why: Some(why()),
        });
    }
    dice.any(&ends).cloned()
}
