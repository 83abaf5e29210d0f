//! What may not happen, and the clause that forbids it.
//!
//! Owns every refusal of an event of a case. Pure: it sees the case as it stands and the event that is asked for, and changes nothing.

use super::merge;
use super::rescue::{self, History};
use super::view::CaseView;
use crate::advisory::Advisory;
use crate::clock::facts::{CaseFacts, ControlAction, MACHINE};
use crate::clock::proof::moment;
use crate::clock::timeline::{self, Subject};
use crate::clock::{Obligation, State};
use crate::event::{Deadline, Entry, Event, Exit, Kind, VendorAnswer};
use crate::policy::block::bands::Bands;
use crate::policy::block::promise::Duty;
use crate::policy::fact::Fact;
use crate::policy::{Policy, PolicyKind};
use jiff::Timestamp;
use std::fmt;

mod embargo;
mod gates;
mod limited;
mod retract;
mod words;

pub use limited::{EMBARGO, refuse_limited};
pub use retract::reversal;
pub use words::is_cve_id;

/// Why something may not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The clause, without its sign; empty where no clause but the record itself forbids it.
    pub clause: String,
    /// The policy of the clause.
    pub policy: String,
    /// What is missing and what to do, as a sentence.
    pub message: String,
}

impl Refusal {
    /// A refusal for which no clause of a policy stands.
    #[must_use]
    pub fn without_clause(message: impl Into<String>) -> Refusal {
        Refusal {
            clause: String::new(),
            policy: String::new(),
            message: message.into(),
        }
    }

    fn by(policy: &Policy, clause: &str, message: impl Into<String>) -> Refusal {
        Refusal {
            clause: clause.to_owned(),
            policy: policy.front.id.clone(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.clause.is_empty() {
            return write!(f, "refused: {}", self.message);
        }
        write!(f, "refused by §{} of {}: {}", self.clause, self.policy, self.message)
    }
}

impl std::error::Error for Refusal {}

/// A case as it stands, for judging what is asked of it.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// Folded for the clocks.
    pub facts: &'a CaseFacts,
    /// Folded for the desk.
    pub view: &'a CaseView,
    /// Entries, oldest first.
    pub entries: &'a [Entry],
    /// Every obligation now.
    pub obligations: &'a [Obligation<'a>],
    /// The policies that govern it.
    pub policies: &'a [&'a Policy],
    /// What the obligations were computed from.
    pub history: History<'a>,
    /// What was prepared for publication.
    pub evidence: Evidence<'a>,
    /// Now.
    pub now: Timestamp,
}

/// What was prepared outside of the case for an act of publication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The advisory that is to be published.
    pub advisory: Option<&'a Advisory>,
    /// Whether its CSAF document passed the gate; unknown where nobody built it.
    pub csaf_passes: Option<bool>,
    /// Whether the provider's metadata is in the published tree, or will be with this publication.
    pub provider_metadata: bool,
    /// Whether the brand has a valid signing key.
    pub signing_key: bool,
}

/// Judges an event that somebody wants to record.
///
/// # Errors
/// The refusal, with the clause that forbids it.
pub fn refuse(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    by_record(case, entry)?;
    by_order(case, entry)?;
    words::by_names(case, entry)?;
    by_two_people(entry)?;
    retract::by_retraction(case, entry)?;
    embargo::by_embargo(case, entry)?;
    by_control(case, entry)?;
    by_back_dating(case, entry)?;
    by_rescoring(case, entry)?;
    by_hold(case, entry)?;
    embargo::by_agreement(case, entry)?;
    by_finding(case, entry)?;
    gates::by_gates(case, entry)?;
    by_open_promises(case, entry)
}

/// Judges an event that happened before Candor was told of the case at all. What a policy forbids (a gate, a hold) is not asked: it
/// happened, and the clocks show what it broke. The record's own rules hold as ever.
///
/// # Errors
/// The refusal.
pub fn refuse_past(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    by_record(case, entry)?;
    by_order(case, entry)?;
    words::by_names(case, entry)?;
    by_two_people(entry)?;
    by_control(case, entry)
}

/// Judges a release note that names the CVE id or the title of its own case: that is a disclosure, and what keeps an advisory back keeps it back too, until
/// two people say otherwise.
///
/// # Errors
/// The hold with its clause, or the embargo.
pub fn refuse_disclosure(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.approved_by.is_some() {
        return Ok(());
    }
    let embargo = embargo::of(case.history.entries);
    if embargo.ended.is_some() {
        return Ok(());
    }
    let as_advisory = Entry {
        event: Event::AdvisoryPublished {},
        ..entry.clone()
    };
    let embargoed = (!embargo.proposals.is_empty()).then(|| Refusal::without_clause("the case is under an embargo"));
    let Some(refusal) = holds(case, &as_advisory).into_iter().chain(embargoed).next() else {
        return Ok(());
    };
    let message = format!(
        "the text names the CVE id or the title of the case, which discloses it: {}. Write the note without it, or let two people say so",
        refusal.message
    );
    Err(Refusal { message, ..refusal })
}

/// What the record itself forbids: acts on nothing, acts in the future.
fn by_record(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let no = |message: String| Err(Refusal::without_clause(message));
    let kind = entry.event.kind();
    if entry.at > entry.recorded {
        return no(format!("`{kind}` has not happened yet: its instant lies after now"));
    }
    if entry.at < Timestamp::UNIX_EPOCH {
        return no(format!("`{kind}` did not happen before 1970: correct its instant"));
    }
    if case.entries.is_empty() && kind != Kind::Received {
        return no("a case begins with `received`".to_owned());
    }
    if case.view.closed
        && !matches!(
            kind,
            Kind::Reopened
                | Kind::Appealed
                | Kind::Noted
                | Kind::Retracted
                | Kind::Messaged
                | Kind::Flagged
                | Kind::Redacted
                | Kind::Titled
                | Kind::Assigned
                | Kind::TaskDone
                | Kind::TaskReopened
        )
    {
        return no(format!("the case is closed: reopen it before `{kind}`"));
    }
    if gates::reason(&entry.event).is_some_and(|why| why.trim().is_empty()) {
        return no(format!("`{kind}` needs a reason"));
    }
    let known = |name: &str| case.facts.line(name).is_some();
    if let Some(product) = entry.event.product().filter(|name| !known(name)) {
        return no(format!("no product line is named `{product}`"));
    }
    match &entry.event {
        Event::Confirmed { products, .. } if products.is_empty() => {
            no("`confirmed` names at least one affected product line".to_owned())
        }
        Event::Confirmed { products, .. } | Event::Suspected { products } => {
            match products.iter().find(|name| !known(name)) {
                Some(product) => no(format!("no product line is named `{product}`")),
                None => Ok(()),
            }
        }
        Event::Rejected {
            exit: Exit::OutOfScope,
            clause: None,
            ..
        } => no("a rejection as out of scope names its clause".to_owned()),
        Event::Rejected {
            exit: Exit::OutOfScope,
            clause: Some(clause),
            ..
        }
        | Event::ScopeDecided {
            out: true,
            clause: Some(clause),
            ..
        } if !leaves_out(case, clause) => no(format!(
            "no clause `{clause}` of this case's policies leaves anything out of scope: name one that does"
        )),
        Event::Rejected { .. } if case.facts.rejected().is_some() => no("the case is rejected already".to_owned()),
        Event::Appealed {} if case.facts.rejected().is_none() => no("only a rejection can be appealed".to_owned()),
        Event::Promoted {}
            if !case
                .facts
                .reporters
                .iter()
                .any(|r| r.kind == MACHINE && r.promoted.is_none()) =>
        {
            no("only a machine's finding is promoted".to_owned())
        }
        Event::Rejected {
            exit: Exit::OtherVendor,
            why,
            ..
        } if case.view.vendors.is_empty() && why.as_deref().is_none_or(|why| why.trim().is_empty()) => no(
            "it is another vendor's: record to whom it was handed over (`handed-over`), or say why to nobody"
                .to_owned(),
        ),
        Event::Rejected {
            exit: Exit::OtherVendor,
            ..
        } if declined(case) => no(
            "the other vendor declined, so whose it is is open again: hand it over to another one, or decide anew"
                .to_owned(),
        ),
        Event::Reopened { .. } if !case.view.closed && case.facts.rejected().is_none() => {
            no("the case is open: there is nothing to reopen".to_owned())
        }
        Event::FixReleased { product, .. } | Event::FixDeployed { product, .. }
            if case.facts.confirmed(case.now).is_none() =>
        {
            no(format!(
                "a fix is a fix of something that was found: confirm the vulnerability in `{product}` first"
            ))
        }
        Event::ScopeDecided {
            clause,
            exception: Some(word),
            ..
        } if !knows_exception(case, clause.as_deref(), word) => no(format!(
            "`{word}` is no exception of {}: write the word that the clause itself gives",
            clause
                .as_deref()
                .map_or("a clause that is not named".to_owned(), |clause| format!(
                    "§{}",
                    clause.trim_start_matches('§')
                ))
        )),
        Event::Repinned { policy, version, .. } if !adopted(case, policy, version) => no(format!(
            "version {version} of `{policy}` is not adopted: adopt it first, by two people"
        )),
        Event::OverrideRevoked { rule, product } if !overridden(case, rule, product.as_deref()) => {
            no(format!("no other date stands for `{rule}`"))
        }
        Event::Waived { rule, .. } | Event::Overridden { rule, .. } | Event::OverrideRevoked { rule, .. }
            if rule_named(case, rule).is_none() =>
        {
            no(format!("no promise of this case's policies is named `{rule}`"))
        }
        Event::FixWithdrawn { product, .. } => {
            let line = case.facts.line(product);
            let fixed = line.is_some_and(|line| super::phase::has_fix(case.facts, line, case.now));
            if fixed {
                Ok(())
            } else {
                no(format!("`{product}` has no released fix that could be withdrawn"))
            }
        }
        _ => Ok(()),
    }
}

/// A case ends and goes on by turns: no end lies before the reopening that it follows, and no reopening before the end.
fn by_order(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    const ENDS: [Kind; 3] = [Kind::Closed, Kind::Rejected, Kind::DuplicateOf];
    const GOES_ON: [Kind; 2] = [Kind::Reopened, Kind::Appealed];
    let kind = entry.event.kind();
    let (before, done) = match kind {
        kind if ENDS.contains(&kind) => (&GOES_ON[..], "reopened"),
        kind if GOES_ON.contains(&kind) => (&ENDS[..], "ended"),
        _ => return Ok(()),
    };
    let stands = |earlier: &&Entry| before.contains(&earlier.event.kind()) && earlier.at > entry.at;
    let later = case.entries.iter().filter(stands);
    let last = later
        .filter(|earlier| !merge::is_retracted(case.entries, earlier.seq))
        .map(|earlier| earlier.at)
        .max();
    last.map_or(Ok(()), |at| {
        Err(Refusal::without_clause(format!(
            "`{kind}` did not happen before the case was {done}, which was recorded as of {at}: correct its instant"
        )))
    })
}

/// Whether every vendor that it was handed over to said that it is not theirs.
fn declined(case: &Standing<'_>) -> bool {
    let vendors = &case.view.vendors;
    !vendors.is_empty()
        && vendors
            .iter()
            .all(|vendor| vendor.answer == Some(VendorAnswer::Declined))
}

fn knows_exception(case: &Standing<'_>, clause: Option<&str>, word: &str) -> bool {
    let clause = clause.map(|clause| clause.trim_start_matches('§'));
    let mut scopes = case.policies.iter().flat_map(|policy| &policy.scopes);
    scopes.any(|scope| Some(scope.clause.as_str()) == clause && scope.exception.as_deref() == Some(word))
}

fn adopted(case: &Standing<'_>, policy: &str, version: &str) -> bool {
    let mut policies = case.history.policies.iter();
    policies.any(|known| known.front.id == policy && known.front.version == version)
}

fn overridden(case: &Standing<'_>, rule: &str, product: Option<&str>) -> bool {
    let line = product.and_then(|product| case.facts.line(product));
    let last = case.facts.controls.iter().rev().find(|control| {
        control.rule == rule && control.action != ControlAction::Waive && (line.is_none() || control.line == line)
    });
    last.is_some_and(|control| matches!(control.action, ControlAction::Override(_)))
}

/// Whether a policy of the case has a question of scope under this clause.
fn leaves_out(case: &Standing<'_>, clause: &str) -> bool {
    let clause = clause.strip_prefix('§').unwrap_or(clause);
    case.policies
        .iter()
        .any(|policy| policy.scopes.iter().any(|scope| scope.clause == clause))
}

fn rule_named<'a>(case: &Standing<'a>, rule: &str) -> Option<(&'a Policy, &'a crate::policy::block::promise::Promise)> {
    case.policies
        .iter()
        .find_map(|policy| Some((*policy, policy.promise(rule)?)))
}

/// An advisory tells of what was found, and a leak does not find it: the case is confirmed, or every line of it is not affected (D19).
fn by_finding(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.event.kind() != Kind::AdvisoryPublished {
        return Ok(());
    }
    let (facts, now) = (case.facts, case.now);
    if facts.none_affected(now) || facts.confirmed(now).is_some() {
        return Ok(());
    }
    Err(Refusal::without_clause(
        "an advisory tells of something that was found: confirm the vulnerability first, or record which lines are not affected",
    ))
}

/// A case does not close over a promise that must still be kept: it is kept, or waived by two people.
fn by_open_promises(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.event.kind() != Kind::Closed {
        return Ok(());
    }
    let owed = case.obligations.iter().find(|obligation| {
        obligation.promise.duty == Duty::Must && obligation.state.open() && obligation.met_at.is_none()
    });
    owed.map_or(Ok(()), |obligation| {
        let what = crate::clock::proof::headline(obligation);
        let message = format!("{what} is still owed: do it, or waive it with a second person, and close the case then");
        Err(Refusal::by(obligation.policy, &obligation.promise.clause, message))
    })
}

/// An approval by the actor is none.
fn by_two_people(entry: &Entry) -> Result<(), Refusal> {
    let same = entry.approved_by.as_deref().is_some_and(|second| second == entry.by);
    if same {
        return Err(Refusal::without_clause(
            "an act of two people needs two: actor and approver are the same",
        ));
    }
    Ok(())
}

/// Decisions over clocks (D13): no pauses, and a second person where a `must` is let go or moved later.
fn by_control(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let (rule, product, action) = match &entry.event {
        Event::PauseAsked { rule } => {
            let policy = rule_named(case, rule);
            let (id, clause) = policy.map_or(("this policy", ""), |(policy, promise)| {
                (policy.front.id.as_str(), promise.clause.as_str())
            });
            let message = format!(
                "no clause of {id} allows a pause, so the clock of `{rule}` runs on; record an override with its reason instead (a second person, if it makes a must later)"
            );
            return Err(Refusal {
                clause: clause.to_owned(),
                policy: id.to_owned(),
                message,
            });
        }
        Event::Waived { rule, product, .. } => (rule, product, None),
        Event::Overridden { rule, product, due, .. } => (rule, product, Some(*due)),
        _ => return Ok(()),
    };
    let Some((policy, promise)) = rule_named(case, rule) else {
        return Ok(());
    };
    if promise.duty != Duty::Must || entry.has_second_person() {
        return Ok(());
    }
    let Some(due) = action else {
        return Err(Refusal::by(
            policy,
            &promise.clause,
            format!("`{}` is a must: waiving it needs a second person", promise.id),
        ));
    };
    let line = product.as_deref().and_then(|name| case.facts.line(name));
    let concerned = case.obligations.iter().filter(|obligation| {
        obligation.promise.id == promise.id
            && obligation.policy.front.id == policy.front.id
            && (line.is_none() || obligation.subject.line() == line)
    });
    let later = concerned
        .filter_map(|obligation| obligation.original_due.or(obligation.due))
        .any(|current| match due {
            Deadline::Instant(instant) => instant > current,
            Deadline::Day(day) => day > current.to_zoned(policy.front.zone.clone()).date(),
        });
    if later {
        let message = format!("`{}` is a must: a later date needs a second person", promise.id);
        return Err(Refusal::by(policy, &promise.clause, message));
    }
    Ok(())
}

/// A back-dated event that rescues a clock needs a second person (D22): one that would end it in time, move it, or let it go, and would
/// not if it had happened when it was recorded.
fn by_back_dating(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    if entry.at == entry.recorded || entry.has_second_person() {
        return Ok(());
    }
    let now = case.now.max(entry.recorded);
    let as_recorded = Entry {
        at: entry.recorded,
        ..entry.clone()
    };
    let as_happened = Entry {
        by: "one".to_owned(),
        approved_by: Some("another".to_owned()),
        ..entry.clone()
    };
    let before = case.history.promised(&[as_recorded], now);
    let after = case.history.promised(&[as_happened], now);
    let kind = entry.event.kind();
    rescue::rescued(&before, &after).map_or(Ok(()), |promise| {
        Err(Refusal {
            clause: promise.clause.clone(),
            policy: promise.policy.clone(),
            message: format!(
                "this back-dated `{kind}` would make a late promise look kept, or let `{}` go: it needs a second person",
                promise.rule
            ),
        })
    })
}

fn by_rescoring(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    rescoring(case.policies, case.facts, entry, case.now)
}

/// A lower band needs a reason and a second person (R6): judges a score on the facts that stand at `now`.
pub(super) fn rescoring(policies: &[&Policy], facts: &CaseFacts, entry: &Entry, now: Timestamp) -> Result<(), Refusal> {
    let Event::Scored { why, .. } = &entry.event else {
        return Ok(());
    };
    for policy in policies {
        let Some(bands) = &policy.bands else { continue };
        let counting = crate::clock::length::Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        };
        let before = timeline::facts_at(policy, &counting, facts, Subject::Case, now).get(Fact::Band);
        let mut after = facts.clone();
        after.record_score(entry);
        let after = timeline::facts_at(policy, &counting, &after, Subject::Case, entry.at.max(now)).get(Fact::Band);
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        let lowered = Bands::above(before, after);
        if lowered && (why.as_deref().unwrap_or_default().is_empty() || !entry.has_second_person()) {
            let message = "a lower band gives more time, so it needs a reason and a second person";
            return Err(Refusal::by(policy, &bands.clause, message));
        }
    }
    Ok(())
}

/// What a hold forbids before its instant (R7).
fn by_hold(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    holds(case, entry).into_iter().next().map_or(Ok(()), Err)
}

/// Every hold that forbids it now.
fn holds(case: &Standing<'_>, entry: &Entry) -> Vec<Refusal> {
    let dated = |obligation: &Obligation<'_>| {
        let until = obligation.not_before.filter(|until| entry.at < *until)?;
        let message = format!(
            "not before {}; the hold ends earlier only when details or an exploit are public",
            moment(until, &obligation.policy.front.zone)
        );
        Some(Refusal::by(obligation.policy, &obligation.promise.clause, message))
    };
    let binding = holding(case, entry.event.kind());
    binding
        .filter_map(|obligation| dated(obligation).or_else(|| not_begun(case, obligation)))
        .collect()
}

/// Every hold before an event of a kind that has not begun, so that nobody knows its end.
#[must_use]
pub fn unbegun(case: &Standing<'_>, kind: Kind) -> Vec<Refusal> {
    holding(case, kind)
        .filter_map(|obligation| not_begun(case, obligation))
        .collect()
}

/// What a publication lacks, whatever its instant: a finding to tell of, and all that its gates ask for.
#[must_use]
pub fn lacking(case: &Standing<'_>, entry: &Entry) -> Vec<Refusal> {
    let found = by_record(case, entry).and_then(|()| by_finding(case, entry));
    found.err().into_iter().chain(gates::unmet(case, entry)).collect()
}

/// The obligations whose hold binds an event of a kind.
fn holding<'a>(case: &'a Standing<'a>, kind: Kind) -> impl Iterator<Item = &'a Obligation<'a>> {
    case.obligations.iter().filter(move |obligation| {
        obligation.promise.ends == kind
            && obligation.promise.not_before.is_some()
            && held_by(obligation)
            && !shorter_way(case, obligation)
    })
}

fn not_begun(case: &Standing<'_>, obligation: &Obligation<'_>) -> Option<Refusal> {
    let stood = |kind: &Kind| {
        let mut marks = case.facts.marks.iter();
        marks.any(|mark| mark.kind == *kind && mark.stands(case.now))
    };
    if obligation.not_before.is_some() || obligation.promise.lifted_by.iter().any(stood) {
        return None;
    }
    let message = "the hold has not begun: it counts from the last fix, and a line still waits for one";
    Some(Refusal::by(obligation.policy, &obligation.promise.clause, message))
}

/// Whether another brand's policy owes the publication before this hold ends: the shorter way wins, unless two people moved it (D15).
fn shorter_way(case: &Standing<'_>, hold: &Obligation<'_>) -> bool {
    case.obligations.iter().any(|other| {
        let vendors = other.policy.front.kind == PolicyKind::Policy && other.policy.front.id != hold.policy.front.id;
        let owed = other.promise.ends == hold.promise.ends && other.promise.not_before.is_none() && other.state.open();
        let earlier = other
            .due
            .is_some_and(|due| hold.not_before.is_none_or(|until| due < until));
        vendors && owed && earlier && other.promise.duty == Duty::Must
    })
}

/// Whether the promise holds, so that its hold binds.
fn held_by(obligation: &Obligation<'_>) -> bool {
    let waits_for_event = obligation
        .promise
        .when
        .unknown(&obligation.proof.facts)
        .next()
        .is_none();
    match obligation.state {
        State::Dormant => waits_for_event,
        State::Waived | State::Superseded => false,
        _ => true,
    }
}
