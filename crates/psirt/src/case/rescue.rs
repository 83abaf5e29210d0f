//! What an act would change of the promises of a case: whether it would rescue a clock (D22).
//!
//! Owns the comparison of two computations. Never decides who may do it: `refuse` asks for the second person.

use crate::clock::facts::CaseFacts;
use crate::clock::{Calendars, Obligation, State, obligations, proof};
use crate::event::Entry;
use crate::policy::Policy;
use crate::policy::block::promise::{Duty, Per};
use crate::story::ProductLine;
use jiff::Timestamp;

/// What the clocks of a case are computed from, so that they can be computed once more with an entry added.
#[derive(Clone, Copy)]
pub struct History<'a> {
    /// Its product lines.
    pub lines: &'a [ProductLine],
    /// Every entry that its clocks see.
    pub entries: &'a [Entry],
    /// Every policy of the house.
    pub policies: &'a [Policy],
    /// Editions of calendars.
    pub calendars: &'a Calendars,
}

impl History<'_> {
    /// What is promised at an instant, with further entries.
    #[must_use]
    pub fn promised(&self, further: &[Entry], now: Timestamp) -> Vec<Promised> {
        let entries = self.entries.iter().chain(further);
        let facts = CaseFacts::fold(self.lines, entries, Timestamp::MAX);
        promised(&obligations(self.policies, &facts, self.calendars, now))
    }
}

/// An obligation, without its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// The policy's id.
    pub policy: String,
    /// The promise's id.
    pub rule: String,
    /// The clause, without its sign.
    pub clause: String,
    /// Whom or what it is owed for; empty for the case.
    pub subject: String,
    /// What it is owed for.
    pub per: Per,
    /// Whether it is a hold: that waits for its fix, and a later fix gives nobody time.
    pub hold: bool,
    /// How strong it is.
    pub duty: Duty,
    /// How it stands.
    pub state: State,
    /// The last instant at which it is kept.
    pub due: Option<Timestamp>,
}

impl Promised {
    fn same(&self, other: &Promised) -> bool {
        self.policy == other.policy && self.rule == other.rule && self.subject == other.subject
    }

    const fn late(&self) -> bool {
        matches!(self.state, State::Breached | State::Overdue | State::MetLate)
    }
}

/// Obligations without their history.
#[must_use]
pub fn promised(obligations: &[Obligation<'_>]) -> Vec<Promised> {
    let of = |obligation: &Obligation<'_>| Promised {
        policy: obligation.policy.front.id.clone(),
        rule: obligation.promise.id.clone(),
        clause: obligation.promise.clause.clone(),
        subject: proof::subject_name(obligation).unwrap_or_default(),
        per: obligation.promise.per,
        hold: obligation.promise.not_before.is_some(),
        duty: obligation.promise.duty,
        state: obligation.state,
        due: obligation.due,
    };
    obligations.iter().map(of).collect()
}

/// Promises without those to single reporters, who may be called otherwise in another case.
#[must_use]
pub fn but_to_reporters(mut promised: Vec<Promised>) -> Vec<Promised> {
    promised.retain(|promise| !matches!(promise.per, Per::Report | Per::Reporter));
    promised
}

/// The first promise that `after` treats more kindly than `before`: it was late and is not, or it must be kept and is owed later or no
/// longer. What is kept in time is no rescue, and what a policy only aims at may move. Where `after` has a promise more than once, in two
/// cases, the strictest counts.
#[must_use]
pub fn rescued<'b>(before: &'b [Promised], after: &[Promised]) -> Option<&'b Promised> {
    before.iter().find(|was| {
        let must = was.duty == Duty::Must && !was.hold && was.state.open() && was.due.is_some();
        let mut same = after.iter().filter(|is| is.same(was));
        let kept = |is: &Promised| {
            let gone = matches!(is.state, State::Dormant | State::Waived | State::Superseded);
            let later = is.state.open() && is.due.is_none_or(|due| Some(due) > was.due);
            (!was.late() || is.late()) && !(must && (gone || later))
        };
        (was.late() || must) && !same.any(kept)
    })
}
