//! Obligations: every promise of the policies in force, as it applies to one case at one instant.
//!
//! Owns what an obligation is and which policies govern a case; `engine` computes. Never stores, never looks at the wall clock.

use super::calendar::Calendar;
use super::end::DueProof;
use super::ending::Ending;
use super::engine::Engine;
use super::facts::{CaseFacts, Control, LineFacts};
use super::start::StartProof;
use super::timeline::Subject;
use crate::event::Kind;
use crate::policy::block::promise::Promise;
use crate::policy::fact::Facts;
use crate::policy::{Policy, PolicyKind};
use jiff::Timestamp;

/// A promise as it applies to one subject of a case.
#[derive(Clone, Debug)]
pub struct Obligation<'a> {
    /// The policy that promises.
    pub policy: &'a Policy,
    /// The rule.
    pub promise: &'a Promise,
    /// Whom or what it is owed for.
    pub subject: Subject,
    /// How it stands.
    pub state: State,
    /// When the clock began.
    pub start: Option<Timestamp>,
    /// Past this instant it is due soon.
    pub target: Option<Timestamp>,
    /// The last instant at which it is kept.
    pub due: Option<Timestamp>,
    /// The first instant at which it may be done.
    pub not_before: Option<Timestamp>,
    /// `not_before`, rolled forward to a working day.
    pub scheduled: Option<Timestamp>,
    /// When it was done.
    pub met_at: Option<Timestamp>,
    /// When it became late.
    pub breached_at: Option<Timestamp>,
    /// The computed date, where an override stands in `due`.
    pub original_due: Option<Timestamp>,
    /// The decision that moved the date.
    pub overridden_by: Option<&'a Control>,
    /// Why all this is so.
    pub proof: Proof<'a>,
}

/// How an obligation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// A fact or the start is still unknown; dates are projected.
    Dormant,
    /// The clock runs.
    Running,
    /// Past the target, or in the last quarter of its time.
    DueSoon,
    /// Late, and the policy only aims at it.
    Overdue,
    /// Late, and the policy must keep it.
    Breached,
    /// Kept.
    Met,
    /// Done, too late.
    MetLate,
    /// Done, without the bill of materials that would prove it (D24).
    MetUnverified,
    /// It will not be kept, by decision.
    Waived,
    /// Another promise or verdict took its place.
    Superseded,
}

impl State {
    /// The word in JSON and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Dormant => "dormant",
            State::Running => "running",
            State::DueSoon => "due-soon",
            State::Overdue => "overdue",
            State::Breached => "breached",
            State::Met => "met",
            State::MetLate => "met-late",
            State::MetUnverified => "met-unverified",
            State::Waived => "waived",
            State::Superseded => "superseded",
        }
    }

    /// Whether somebody still has to do something.
    #[must_use]
    pub const fn open(self) -> bool {
        matches!(self, State::Running | State::DueSoon | State::Overdue | State::Breached)
    }
}

impl serde::Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// References to what made a date; text is made on demand by `proof::text`.
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    /// The history.
    pub case: &'a CaseFacts,
    /// What is known of the subject.
    pub facts: Facts,
    /// What started the clock, or what it waits for.
    pub start: StartProof,
    /// What gave the date.
    pub due: DueProof,
    /// When a higher band was first held, if that moved the start (R6).
    pub rescored_at: Option<Timestamp>,
    /// The promise of the earlier band whose date still governs (R6).
    pub capped_by: Option<&'a Promise>,
    /// What ended it.
    pub ending: Option<Ending>,
    /// What lifted the hold, and when (D14).
    pub lifted: Option<(Kind, Timestamp)>,
    /// Since when the clock runs although nothing is confirmed (R1).
    pub presumed_at: Option<Timestamp>,
    /// Since when the promise no longer holds.
    pub superseded_at: Option<Timestamp>,
    /// A decision that does not count, because it needs a second person.
    pub ignored_override: Option<&'a Control>,
    /// The waiver.
    pub waived_by: Option<&'a Control>,
}

/// Editions of calendars that the house has adopted; a policy's own block counts where there is none.
#[derive(Clone, Debug, Default)]
pub struct Calendars(Vec<Calendar>);

impl Calendars {
    /// Adopts an edition, in place of one with the same id.
    pub fn adopt(&mut self, calendar: Calendar) {
        self.0.retain(|old| old.id != calendar.id);
        self.0.push(calendar);
    }

    pub(super) fn get<'a>(&'a self, policy: &'a Policy) -> Option<&'a Calendar> {
        let own = policy.calendar()?;
        self.0.iter().find(|calendar| calendar.id == own.id).or(Some(own))
    }
}

/// Every obligation of a case at an instant, in the order of the policies and of their clauses.
///
/// `policies` are the candidates that the house knows. Which of them govern follows from the case: a policy by the brand of its
/// lines, an overlay by their market, and of several versions the one in force when the case was opened, or the one it was moved to.
#[must_use]
pub fn obligations<'a>(
    policies: &'a [Policy],
    case: &'a CaseFacts,
    calendars: &'a Calendars,
    now: Timestamp,
) -> Vec<Obligation<'a>> {
    let mut all = Vec::with_capacity(24);
    for policy in governing(policies, case) {
        Engine::new(policy, policies, case, calendars, now).run(&mut all);
    }
    // A closed case runs none either: what must be kept was kept or waived before, and what was late stays late.
    if let Some(at) = case.closed(now) {
        let running = |obligation: &&mut Obligation<'_>| matches!(obligation.state, State::Running | State::DueSoon);
        for obligation in all.iter_mut().filter(running) {
            obligation.state = State::Superseded;
            obligation.proof.superseded_at = Some(at);
        }
    }
    // A merged case runs no clocks of its own: all it owes, the case owes in which it goes on.
    if let Some(at) = case.merged_into {
        all.retain(|obligation| obligation.state != State::Dormant);
        for obligation in &mut all {
            obligation.state = State::Superseded;
            obligation.breached_at = None;
            obligation.proof.superseded_at = Some(at);
        }
    }
    all
}

/// Obligations in their order, those together that differ by their subject only: one promise, one clock, several lines.
pub fn groups<'o, 'a>(obligations: impl IntoIterator<Item = &'o Obligation<'a>>) -> Vec<Vec<&'o Obligation<'a>>> {
    let key = |o: &Obligation<'_>| (o.state, o.start, o.due, o.not_before, o.met_at);
    let mut groups: Vec<Vec<&Obligation<'a>>> = Vec::new();
    for obligation in obligations {
        let alike = |group: &&mut Vec<&Obligation<'a>>| {
            group
                .first()
                .is_some_and(|first| std::ptr::eq(first.promise, obligation.promise) && key(first) == key(obligation))
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(obligation),
            None => groups.push(vec![obligation]),
        }
    }
    groups
}

/// The policies that govern a case, one version of each.
#[must_use]
pub fn governing<'a>(policies: &'a [Policy], case: &CaseFacts) -> Vec<&'a Policy> {
    let mut governing: Vec<&Policy> = Vec::with_capacity(2);
    for policy in policies {
        if governing.iter().any(|chosen| chosen.front.id == policy.front.id) {
            continue;
        }
        let chosen = version_in_force(policies, &policy.front.id, case).unwrap_or(policy);
        let applies = case.lines.is_empty() || case.lines.iter().any(|line| applies_to(chosen, policies, line));
        if applies && !too_early(chosen, case) {
            governing.push(chosen);
        }
    }
    governing
}

/// Whether an overlay of the house takes effect only after the case was opened. A vendor's own policy holds all the same: without it
/// there would be none.
fn too_early(policy: &Policy, case: &CaseFacts) -> bool {
    let early = policy
        .effective_at()
        .zip(case.opened())
        .is_some_and(|(day, opened)| opened < day);
    policy.front.kind == PolicyKind::Overlay && policy.adopted.is_some() && early
}

/// Of a policy's versions the one that the case was moved to, else the last that was in force when the case was opened.
fn version_in_force<'a>(policies: &'a [Policy], id: &str, case: &CaseFacts) -> Option<&'a Policy> {
    let versions = || policies.iter().filter(|policy| policy.front.id == id);
    if versions().count() == 1 {
        return versions().next();
    }
    let pinned = case.repinned.iter().rev().find(|(_, policy, _)| policy == id);
    if let Some(policy) = pinned.and_then(|(_, _, version)| versions().find(|policy| policy.front.version == *version))
    {
        return Some(policy);
    }
    let opened = case.opened()?;
    let in_force = versions().filter(|policy| policy.in_force_from().is_some_and(|from| from <= opened));
    in_force
        .max_by_key(|policy| policy.front.effective)
        .or_else(|| versions().min_by_key(|policy| policy.front.effective))
}

/// Whether a policy governs a line: by brand, the first one where the line names none; an overlay by market.
pub(super) fn applies_to(policy: &Policy, policies: &[Policy], line: &LineFacts) -> bool {
    if policy.front.kind == PolicyKind::Overlay {
        return policy.front.market.iter().any(|market| line.market.contains(market));
    }
    match &line.brand {
        Some(brand) => policy.front.brand == *brand || policy.front.id == *brand,
        None => {
            let first = policies.iter().find(|policy| policy.front.kind == PolicyKind::Policy);
            first.is_none_or(|first| first.front.id == policy.front.id)
        }
    }
}
