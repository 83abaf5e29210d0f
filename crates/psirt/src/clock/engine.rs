//! The engine: which promises hold for which subjects, and since when.
//!
//! Owns selection and the order of the steps. The steps have files of their own: `start`, `end`, `ending`, `rescore`, `state`.

use super::end::{self, DueProof};
use super::ending;
use super::facts::CaseFacts;
use super::length::{self, Counting};
use super::obligation::{Calendars, Obligation, Proof, State, applies_to};
use super::rescore;
use super::start::{self, StartProof};
use super::timeline::{Subject, Timeline};
use crate::event::{Deadline, Group, Kind};
use crate::policy::Policy;
use crate::policy::block::promise::{Per, Promise};
use crate::policy::fact::{Fact, Facts, Holds};
use crate::policy::length::Start;
use jiff::Timestamp;

/// One policy over one case at one instant.
pub(super) struct Engine<'a> {
    pub(super) policy: &'a Policy,
    pub(super) policies: &'a [Policy],
    pub(super) case: &'a CaseFacts,
    pub(super) counting: Counting<'a>,
    pub(super) now: Timestamp,
}

/// A promise, a subject and the subject's facts: what every part of the engine works on.
#[derive(Clone, Copy)]
pub(super) struct Duties<'e, 'a> {
    pub(super) promise: &'a Promise,
    pub(super) subject: Subject,
    pub(super) timeline: &'e Timeline,
}

/// Whether and since when a promise holds for a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// A known fact contradicts it, and always did.
    Never,
    /// It would hold, if this fact were known and right.
    Unknown,
    /// It held first at this instant, and no longer since the other.
    Since(Timestamp, Option<Timestamp>),
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        policies: &'a [Policy],
        case: &'a CaseFacts,
        calendars: &'a Calendars,
        now: Timestamp,
    ) -> Engine<'a> {
        let counting = Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: calendars.get(policy),
        };
        Engine {
            policy,
            policies,
            case,
            counting,
            now,
        }
    }

    pub(super) fn run(&self, all: &mut Vec<Obligation<'a>>) {
        let first = all.len();
        let mut timelines: Vec<(Subject, Timeline)> = Vec::with_capacity(8);
        for promise in &self.policy.promises {
            for subject in self.subjects(promise.per) {
                let known = timelines.iter().position(|(other, _)| *other == subject);
                let index = known.unwrap_or_else(|| {
                    let timeline = Timeline::of(self.policy, &self.counting, self.case, subject, self.now);
                    timelines.push((subject, timeline));
                    timelines.len() - 1
                });
                let Some((_, timeline)) = timelines.get(index) else {
                    continue;
                };
                all.extend(self.obligation(Duties {
                    promise,
                    subject,
                    timeline,
                }));
            }
        }
        supersede_overridden(all.get_mut(first..).unwrap_or_default());
    }

    /// Whom or what a promise is owed for, in this case.
    fn subjects(&self, per: Per) -> Vec<Subject> {
        let reporters = || 0..u16::try_from(self.case.reporters.len()).unwrap_or(u16::MAX);
        match per {
            Per::Case => vec![Subject::Case],
            Per::Report => reporters().map(Subject::Report).collect(),
            Per::Reporter => reporters().map(Subject::Reporter).collect(),
            Per::Track => self.lines().map(Subject::Track).collect(),
            Per::Component => self.lines().flat_map(|line| self.components_in(line)).collect(),
        }
    }

    /// Lines of this policy that were ever affected; before any verdict, those that may be.
    fn lines(&self) -> impl Iterator<Item = u16> + '_ {
        let judged = self.case.has_tracks(self.now);
        let suspected = &self.case.suspected;
        let count = u16::try_from(self.case.lines.len()).unwrap_or(u16::MAX);
        (0..count).filter(move |index| {
            let Some(line) = self.case.lines.get(usize::from(*index)) else {
                return false;
            };
            let concerned = if judged {
                line.verdicts.iter().any(|verdict| verdict.affected)
            } else {
                suspected.is_empty() || suspected.contains(index)
            };
            concerned && applies_to(self.policy, self.policies, line)
        })
    }

    fn components_in(&self, line: u16) -> Vec<Subject> {
        let named = self.case.components.iter().enumerate();
        let held = named.filter(|(_, component)| {
            component.shipped.is_empty() || component.shipped.iter().any(|shipped| shipped.line == line)
        });
        let subjects: Vec<_> = held
            .filter_map(|(index, _)| u16::try_from(index).ok())
            .map(|index| Subject::Component(Some(index), line))
            .collect();
        if subjects.is_empty() {
            vec![Subject::Component(None, line)]
        } else {
            subjects
        }
    }

    /// Whether a promise holds under what is known; a promise per line or component asks for an affected line.
    pub(super) fn judge(&self, promise: &Promise, facts: &Facts) -> Holds {
        const VULNERABLE: u8 = 0;
        let held = promise.when.judge(facts);
        if held == Holds::No || !matches!(promise.per, Per::Track | Per::Component) {
            return held;
        }
        match facts.get(Fact::Verdict) {
            Some(VULNERABLE) => held,
            Some(_) => Holds::No,
            None if held == Holds::Yes => Holds::Unknown(Fact::Verdict),
            None => held,
        }
    }

    pub(super) fn select(&self, duties: Duties<'_, 'a>) -> Selection {
        let mut since = None;
        let mut until = None;
        for (at, facts) in self.known(duties) {
            if self.judge(duties.promise, &facts) == Holds::Yes {
                // A repeated duty begins anew when its facts hold again (N12: entering the wait for the supplier).
                if until.is_some() && duties.promise.every.is_some() {
                    since = None;
                }
                since = since.or(Some(at));
                until = None;
            } else if since.is_some() && until.is_none() {
                until = Some(at);
            }
        }
        match since {
            Some(since) => Selection::Since(since, until),
            None if matches!(self.judge(duties.promise, &duties.timeline.last()), Holds::No) => Selection::Never,
            None => Selection::Unknown,
        }
    }

    /// What is known of a subject from instant to instant. R1: a case does not sleep unconfirmed. Where the start of a promise has a cap
    /// that does not wait for the confirmation (`received + 72 hours`), the lines that may be affected are taken from the cap on as the
    /// vendor's own and vulnerable, until somebody decides.
    fn known(&self, duties: Duties<'_, 'a>) -> Vec<(Timestamp, Facts)> {
        let snapshots = &duties.timeline.0;
        let Some(cap) = self.cap(duties) else {
            return snapshots.iter().map(|snapshot| (snapshot.at, snapshot.facts)).collect();
        };
        let mut known = Vec::with_capacity(snapshots.len() + 1);
        for (index, snapshot) in snapshots.iter().enumerate() {
            let presumed = presumed(snapshot.facts);
            let next = snapshots.get(index + 1).map_or(Timestamp::MAX, |next| next.at);
            match presumed {
                Some(presumed) if snapshot.at >= cap => known.push((snapshot.at, presumed)),
                Some(presumed) if next > cap => {
                    known.push((snapshot.at, snapshot.facts));
                    known.push((cap, presumed));
                }
                _ => known.push((snapshot.at, snapshot.facts)),
            }
        }
        known
    }

    /// When the cap on an unconfirmed case was reached, if it has one.
    fn cap(&self, duties: Duties<'_, 'a>) -> Option<Timestamp> {
        let capped = matches!(duties.promise.per, Per::Track | Per::Component)
            && matches!(&duties.promise.start, Start::Earliest(terms) if terms.iter().any(|term| term.event == Kind::Received));
        if !capped || self.case.rejected().is_some() {
            return None;
        }
        let Start::Earliest(terms) = &duties.promise.start else {
            return None;
        };
        let term = terms.iter().find(|term| term.event == Kind::Received)?;
        let received = self.case.received()?;
        let cap = term.plus.map_or(Some(received), |plus| self.add(received, plus))?;
        (cap <= self.now).then_some(cap)
    }

    /// Since when a promise is held only because nobody decided in time; none where it is held by what is known.
    fn presumed_at(&self, duties: Duties<'_, 'a>, since: Timestamp) -> Option<Timestamp> {
        let held = duties
            .timeline
            .0
            .iter()
            .any(|snapshot| self.judge(duties.promise, &snapshot.facts) == Holds::Yes);
        (!held).then_some(since)
    }

    fn obligation(&self, duties: Duties<'_, 'a>) -> Option<Obligation<'a>> {
        let facts = duties.timeline.last();
        match self.select(duties) {
            Selection::Never => None,
            Selection::Unknown if self.case.rejected().is_some() || self.case.closed(self.now).is_some() => None,
            Selection::Unknown if !highest_band(duties.promise, &facts) => None,
            Selection::Unknown => Some(self.project(duties, facts)),
            // What was only aimed at when the case was closed is not owed any more; what must be kept lets no case close.
            Selection::Since(since, until) => {
                Some(self.settle(duties, facts, since, until.or(self.case.closed(self.now))))
            }
        }
    }

    /// A promise that may come to hold: its dates as they would be (D23).
    fn project(&self, duties: Duties<'_, 'a>, facts: Facts) -> Obligation<'a> {
        let (start, start_proof) = start::find(self, duties, None);
        let mut obligation = self.blank(duties, facts, start_proof);
        obligation.start = start;
        if let Some(start) = start {
            let hold = end::hold(self, duties, start);
            obligation.not_before = hold.map(|hold| hold.not_before);
            obligation.scheduled = hold.and_then(|hold| hold.scheduled);
            (obligation.due, obligation.proof.due) = end::due(self, duties, start, hold, self.now);
            obligation.target = duties.promise.target.and_then(|target| self.add(start, target));
        }
        obligation
    }

    fn settle(
        &self,
        duties: Duties<'_, 'a>,
        facts: Facts,
        since: Timestamp,
        until: Option<Timestamp>,
    ) -> Obligation<'a> {
        let promise = duties.promise;
        let (found, start_proof) = start::find(self, duties, Some(since));
        let mut obligation = self.blank(duties, facts, start_proof);
        obligation.proof.superseded_at = until;
        obligation.proof.presumed_at = self.presumed_at(duties, since);
        let Some(found) = found else {
            obligation.state = if until.is_some() {
                State::Superseded
            } else {
                State::Dormant
            };
            self.finish_without_start(duties, &mut obligation);
            return obligation;
        };
        let rescored = rescore::start(duties, found);
        let start = rescored.map_or(found, |rescored| rescored.start);
        obligation.start = Some(start);
        obligation.proof.rescored_at = rescored.map(|rescored| rescored.at);
        obligation.target = promise.target.and_then(|target| self.add(start, target));

        let hold = end::hold(self, duties, start);
        obligation.not_before = hold.map(|hold| hold.not_before);
        obligation.scheduled = hold.and_then(|hold| hold.scheduled);
        if let (Some(hold), Some((kind, at))) = (hold, self.lifted(promise))
            && at < hold.not_before
        {
            obligation.not_before = Some(at);
            obligation.scheduled = None;
            obligation.proof.lifted = Some((kind, at));
        }

        let first_ending = ending::find(self, duties, start, None);
        let known_until = first_ending.map_or(self.now, |ending| ending.at);
        let (mut due, due_proof) = end::due(self, duties, start, hold, known_until);
        obligation.proof.due = due_proof;
        if let (Some(rescored), Some(own)) = (rescored, due)
            && let Some((cap, by)) = rescore::cap(self, duties, rescored.at)
            && cap < own
        {
            due = Some(cap);
            obligation.proof.capped_by = Some(by);
        }
        let ending = ending::find(self, duties, start, due);
        obligation.proof.ending = ending;
        obligation.met_at = ending.map(|ending| ending.at);
        self.apply_override(duties, &mut obligation, &mut due);
        obligation.due = due;
        self.decide_state(duties, &mut obligation);
        obligation
    }

    /// Done before the clock could begin (a fix that shipped before anything was confirmed) is still done.
    fn finish_without_start(&self, duties: Duties<'_, 'a>, obligation: &mut Obligation<'a>) {
        let work = matches!(duties.promise.ends.group(), Group::Remedy) || duties.promise.ends == Kind::DefectCreated;
        if obligation.state != State::Dormant || !work {
            return;
        }
        if let Some(waiver) = self.waiver(duties) {
            obligation.state = State::Waived;
            obligation.proof.waived_by = Some(waiver);
            return;
        }
        if let Some(ending) = ending::find(self, duties, Timestamp::MIN, None) {
            obligation.met_at = Some(ending.at);
            obligation.state = if ending.verified {
                State::Met
            } else {
                State::MetUnverified
            };
            obligation.proof.ending = Some(ending);
        }
    }

    fn blank(&self, duties: Duties<'_, 'a>, facts: Facts, start: StartProof) -> Obligation<'a> {
        Obligation {
            policy: self.policy,
            promise: duties.promise,
            subject: duties.subject,
            state: State::Dormant,
            start: None,
            target: None,
            due: None,
            not_before: None,
            scheduled: None,
            met_at: None,
            breached_at: None,
            original_due: None,
            overridden_by: None,
            proof: Proof {
                case: self.case,
                facts,
                start,
                due: DueProof::default(),
                rescored_at: None,
                capped_by: None,
                ending: None,
                lifted: None,
                presumed_at: None,
                superseded_at: None,
                ignored_override: None,
                waived_by: None,
            },
        }
    }

    pub(super) fn add(&self, start: Timestamp, length: crate::policy::length::Length) -> Option<Timestamp> {
        length::add(start, length, &self.counting).ok().map(|due| due.at)
    }

    pub(super) fn deadline(&self, deadline: Deadline) -> Option<Timestamp> {
        match deadline {
            Deadline::Instant(instant) => Some(instant),
            Deadline::Day(day) => length::end_of_day(day, &self.counting).ok(),
        }
    }

    /// The first standing mark of a kind.
    pub(super) fn first_mark(&self, kind: Kind) -> Option<Timestamp> {
        self.case
            .marks
            .iter()
            .find(|mark| mark.kind == kind && mark.stands(self.now))
            .map(|mark| mark.at)
    }

    /// What ended the hold first, of the events that the promise names (D14).
    pub(super) fn lifted(&self, promise: &Promise) -> Option<(Kind, Timestamp)> {
        let marks = promise
            .lifted_by
            .iter()
            .filter_map(|kind| Some((*kind, self.first_mark(*kind)?)));
        marks.min_by_key(|(_, at)| *at)
    }
}

/// The facts of a line on which nobody decided: its verdict vulnerable and its origin the vendor's own; none if somebody did.
fn presumed(mut facts: Facts) -> Option<Facts> {
    const VULNERABLE: u8 = 0;
    const OWN: u8 = 0;
    if facts.get(Fact::Verdict).is_some() {
        return None;
    }
    facts.set(Fact::Verdict, VULNERABLE);
    if facts.get(Fact::Origin).is_none() {
        facts.set(Fact::Origin, OWN);
    }
    Some(facts)
}

/// Whether the highest band would bring the promise, where the band is unknown (D23).
fn highest_band(promise: &Promise, facts: &Facts) -> bool {
    const HIGHEST: u8 = 0;
    facts.get(Fact::Band).is_some() || promise.when.accepts(Fact::Band, HIGHEST)
}

/// Where two promises of a policy hold for the same subject and one overrides the other, the other steps back.
fn supersede_overridden(obligations: &mut [Obligation<'_>]) {
    let active = |obligation: &Obligation<'_>| !matches!(obligation.state, State::Dormant | State::Superseded);
    let mut replaced = Vec::new();
    for obligation in obligations
        .iter()
        .filter(|obligation| active(obligation) && !obligation.promise.overrides.is_empty())
    {
        for (index, other) in obligations.iter().enumerate() {
            let same = other.subject.line() == obligation.subject.line();
            if same && active(other) && obligation.promise.overrides.contains(&other.promise.id) {
                replaced.push(index);
            }
        }
    }
    for index in replaced {
        if let Some(other) = obligations.get_mut(index)
            && other.state.open()
        {
            other.state = State::Superseded;
        }
    }
}
