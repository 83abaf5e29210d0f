//! Facts over time: what a policy can ask of a subject, at every instant at which an answer changes.
//!
//! Owns the band (D17), judged facts and line facts as functions of time. Never decides a due date.

use super::facts::{CaseFacts, Judgement, LineIndex, ScoreAt, StrandIndex, VerdictChange};
use super::length::{self, Counting};
use crate::event::{CreditChoice, Exit, Exploit, Kind, Origin, ScoreSource};
use crate::policy::block::define::{Combine, Criterion, Define};
use crate::policy::fact::{Fact, Facts, Holds, Value};
use crate::policy::{BandsFrom, Policy};
use crate::story::Deployment;
use jiff::Timestamp;

/// What facts are asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The case as a whole.
    Case,
    /// A report, by the index of its reporter.
    Report(u16),
    /// A reporter.
    Reporter(u16),
    /// An affected line.
    Track(LineIndex),
    /// A component in a line; no index where the history names none yet.
    Component(Option<u16>, LineIndex),
}

impl Subject {
    /// The line, if the subject has one.
    #[must_use]
    pub const fn line(self) -> Option<LineIndex> {
        match self {
            Subject::Track(line) | Subject::Component(_, line) => Some(line),
            _ => None,
        }
    }
}

/// Facts from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// From when.
    pub at: Timestamp,
    /// What is known.
    pub facts: Facts,
}

/// The facts of a subject over time, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline(pub Vec<Snapshot>);

impl Timeline {
    /// Folds the history for one subject under one policy, up to `now`.
    #[must_use]
    pub fn of(
        policy: &Policy,
        counting: &Counting<'_>,
        case: &CaseFacts,
        subject: Subject,
        now: Timestamp,
    ) -> Timeline {
        let mut instants = Vec::with_capacity(16);
        instants.extend(
            case.marks
                .iter()
                .filter(|mark| changes_facts(mark.kind))
                .map(|mark| mark.at),
        );
        for line in &case.lines {
            instants.extend(
                line.supported_until
                    .and_then(|day| length::end_of_day(day, counting).ok()),
            );
        }
        instants.retain(|at| *at <= now);
        instants.sort_unstable();
        instants.dedup();
        let mut snapshots: Vec<Snapshot> = Vec::with_capacity(instants.len());
        for at in instants {
            let facts = facts_at(policy, counting, case, subject, at);
            if snapshots.last().is_none_or(|last| last.facts != facts) {
                snapshots.push(Snapshot { at, facts });
            }
        }
        Timeline(snapshots)
    }

    /// What is known at the end.
    #[must_use]
    pub fn last(&self) -> Facts {
        self.0.last().map(|snapshot| snapshot.facts).unwrap_or_default()
    }

    /// What was known just before an instant.
    #[must_use]
    pub fn before(&self, at: Timestamp) -> Facts {
        self.0
            .iter()
            .rev()
            .find(|snapshot| snapshot.at < at)
            .map(|snapshot| snapshot.facts)
            .unwrap_or_default()
    }
}

/// Whether an event can change a fact.
const fn changes_facts(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Received
            | Kind::ReportJoined
            | Kind::DuplicateOf
            | Kind::MergedInto
            | Kind::Promoted
            | Kind::ScopeDecided
            | Kind::Confirmed
            | Kind::Affected
            | Kind::NotAffected
            | Kind::Scored
            | Kind::Judged
            | Kind::Rejected
            | Kind::Appealed
            | Kind::Reopened
            | Kind::SupportEnded
            | Kind::UpstreamFixReleased
            | Kind::UpstreamFixWithdrawn
            | Kind::ExploitPublic
            | Kind::AttacksSeen
            | Kind::Credit
            | Kind::Suspected
    )
}

/// What is known of a subject at an instant.
#[must_use]
pub fn facts_at(policy: &Policy, counting: &Counting<'_>, case: &CaseFacts, subject: Subject, at: Timestamp) -> Facts {
    let mut facts = Facts::default();
    let mut set = |fact, value: Option<Value>| {
        if let Some(value) = value {
            facts.set(fact, value);
        }
    };
    let verdict = verdict_at(case, at);
    set(Fact::Deployment, deployment(case, subject, at));
    set(Fact::Origin, verdict.origin.map(|origin| origin as Value));
    set(Fact::UpstreamFix, Some(upstream_fix(case, subject, at)));
    set(
        Fact::Exploit,
        exploit(&case.judgements, at).map(|exploit| exploit as Value),
    );
    set(Fact::PublicAttention, public_attention(&case.judgements, at));
    set(Fact::Verdict, subject_verdict(case, subject, &verdict, at));
    set(Fact::Scope, verdict.inside.map(|inside| Value::from(!inside)));
    set(
        Fact::Supported,
        supported(counting, case, subject, at).map(|supported| Value::from(!supported)),
    );
    let reporter = match subject {
        Subject::Report(index) | Subject::Reporter(index) => case.reporters.get(usize::from(index)),
        _ => case.reporters.first(),
    };
    set(Fact::Reporter, reporter.map(|reporter| reporter.kind));
    let credit = reporter.map(|reporter| {
        let last = reporter.credit.iter().rev().find(|(when, _)| *when <= at);
        last.map_or(CreditChoice::Unasked, |(_, choice)| *choice) as Value
    });
    set(Fact::Credit, credit);
    let score = deciding_score(policy, case, verdict.origin, at);
    let tenths = score.map(|score| band_tenths(policy, score));
    set(Fact::Band, tenths.and_then(|tenths| policy.bands.as_ref()?.of(tenths)));
    for define in &policy.defines {
        if let Some(value) = judge_define(define, &facts, tenths) {
            facts.set(define.fact, value);
        }
    }
    facts
}

/// The score that decides the band at an instant (D17, R11): by origin its issuer, then the policy's first CVSS version that exists.
#[must_use]
pub fn deciding_score<'a>(
    policy: &Policy,
    case: &'a CaseFacts,
    origin: Option<Origin>,
    at: Timestamp,
) -> Option<&'a ScoreAt> {
    const OWN: &[Option<ScoreSource>] = &[Some(ScoreSource::Own), None, Some(ScoreSource::Adjusted)];
    const ADJUSTED: &[Option<ScoreSource>] = &[Some(ScoreSource::Adjusted), Some(ScoreSource::Own)];
    const PROVIDER: &[Option<ScoreSource>] = &[Some(ScoreSource::Provider), None];
    const NVD: &[Option<ScoreSource>] = &[Some(ScoreSource::Nvd)];
    let ranks: &[&[Option<ScoreSource>]] = match origin {
        Some(Origin::ThirdParty) => &[ADJUSTED, PROVIDER, NVD],
        _ => &[OWN],
    };
    ranks.iter().find_map(|sources| {
        policy.front.cvss.iter().find_map(|version| {
            case.scores
                .iter()
                .rev()
                .find(|score| score.at <= at && score.vector.version() == *version && sources.contains(&score.source))
        })
    })
}

/// The tenths of a score from which the policy takes the band (T16: never the environmental group).
#[must_use]
pub fn band_tenths(policy: &Policy, score: &ScoreAt) -> u8 {
    match policy.front.bands_from {
        BandsFrom::Base => score.base_tenths,
        BandsFrom::BaseTemporal => score.temporal_tenths.unwrap_or(score.base_tenths),
    }
}

struct CaseVerdict {
    origin: Option<Origin>,
    rejected: Option<Exit>,
    /// The histories in which it is confirmed.
    confirmed: Vec<StrandIndex>,
    inside: Option<bool>,
}

fn verdict_at(case: &CaseFacts, at: Timestamp) -> CaseVerdict {
    let mut verdict = CaseVerdict {
        origin: None,
        rejected: None,
        confirmed: Vec::new(),
        inside: None,
    };
    for change in case.verdicts.iter().take_while(|change| change.at <= at) {
        match change.change {
            VerdictChange::Confirmed(origin) => {
                verdict.origin = Some(origin);
                verdict.rejected = None;
                verdict.confirmed.push(change.strand);
                verdict.inside = Some(true);
            }
            VerdictChange::Rejected(exit) => {
                verdict.rejected = Some(exit);
                if exit == Exit::OutOfScope {
                    verdict.inside = Some(false);
                }
            }
            VerdictChange::Appealed => {
                verdict.confirmed.retain(|strand| *strand != change.strand);
                verdict.rejected = None;
                if verdict.confirmed.is_empty() {
                    verdict.inside = None;
                }
            }
            VerdictChange::Reopened => verdict.rejected = None,
            VerdictChange::Scope(inside) => verdict.inside = Some(inside),
        }
    }
    verdict
}

fn subject_verdict(case: &CaseFacts, subject: Subject, verdict: &CaseVerdict, at: Timestamp) -> Option<Value> {
    const VULNERABLE: Value = 0;
    const NOT_AFFECTED: Value = 1;
    const UNCONFIRMED: Value = 2;
    match verdict.rejected {
        Some(Exit::NotAffected) => return Some(NOT_AFFECTED),
        Some(_) => return Some(UNCONFIRMED),
        None if verdict.confirmed.is_empty() => return None,
        None => {}
    }
    let cleared = match subject.line() {
        Some(line) => case.affected(line, at).is_none(),
        None => case.has_tracks(at) && case.tracks(at).next().is_none(),
    };
    Some(if cleared { NOT_AFFECTED } else { VULNERABLE })
}

fn deployment(case: &CaseFacts, subject: Subject, at: Timestamp) -> Option<Value> {
    let of = |line: LineIndex| case.lines.get(usize::from(line)).and_then(|line| line.deployment);
    if let Some(line) = subject.line() {
        return of(line).map(|deployment| deployment as Value);
    }
    let mut saas = None;
    for line in case.tracks(at) {
        match of(line) {
            Some(Deployment::OnPrem) => return Some(Deployment::OnPrem as Value),
            Some(Deployment::Saas) => saas = Some(Deployment::Saas as Value),
            None => {}
        }
    }
    saas
}

/// Whether a line is supported at an instant.
#[must_use]
pub fn line_supported(counting: &Counting<'_>, case: &CaseFacts, line: LineIndex, at: Timestamp) -> bool {
    let Some(line) = case.lines.get(usize::from(line)) else {
        return false;
    };
    let by_plan = line
        .supported_until
        .is_none_or(|day| length::end_of_day(day, counting).is_ok_and(|end| at < end));
    by_plan && line.support_ended.is_none_or(|ended| at < ended)
}

fn supported(counting: &Counting<'_>, case: &CaseFacts, subject: Subject, at: Timestamp) -> Option<bool> {
    if let Some(line) = subject.line() {
        return Some(line_supported(counting, case, line, at));
    }
    let mut tracks = case.tracks(at).peekable();
    tracks.peek()?;
    Some(tracks.any(|line| line_supported(counting, case, line, at)))
}

fn upstream_fix(case: &CaseFacts, subject: Subject, at: Timestamp) -> Value {
    const RELEASED: Value = 0;
    const NONE: Value = 1;
    let released = |component: &super::facts::Component| {
        component
            .fixes
            .iter()
            .any(|fix| fix.at <= at && fix.withdrawn.is_none_or(|withdrawn| withdrawn > at))
    };
    let all = match subject {
        Subject::Component(Some(index), _) => case.components.get(usize::from(index)).is_some_and(released),
        _ => !case.components.is_empty() && case.components.iter().all(released),
    };
    if all { RELEASED } else { NONE }
}

fn exploit(judgements: &[Judgement], at: Timestamp) -> Option<Exploit> {
    let until = judgements.iter().filter(|judgement| judgement.at <= at);
    let judged = until
        .clone()
        .filter(|judgement| !judgement.signal)
        .filter_map(|judgement| judgement.exploit)
        .next_back();
    let signal = until
        .filter(|judgement| judgement.signal)
        .filter_map(|judgement| judgement.exploit)
        .max();
    judged.max(signal)
}

fn public_attention(judgements: &[Judgement], at: Timestamp) -> Option<Value> {
    let until = judgements.iter().filter(|judgement| judgement.at <= at);
    until
        .filter_map(|judgement| judgement.public_attention)
        .next_back()
        .map(|attention| Value::from(!attention))
}

/// The value that a definition gives, or none while a criterion is unknown and could decide.
fn judge_define(define: &Define, facts: &Facts, tenths: Option<u8>) -> Option<Value> {
    if define.criteria.is_empty() || define.when.judge(facts) != Holds::Yes {
        return None;
    }
    let answers = define.criteria.iter().map(|criterion| match criterion {
        Criterion::Fact(fact, mask) => facts.get(*fact).map(|value| mask & (1 << value) != 0),
        Criterion::ScoreAtLeast(least) => tenths.map(|tenths| tenths >= *least),
    });
    let decisive = define.combine == Combine::Any;
    let mut unknown = false;
    for answer in answers {
        match answer {
            Some(answer) if answer == decisive => return if decisive { Some(define.value) } else { define.otherwise },
            Some(_) => {}
            None => unknown = true,
        }
    }
    match (unknown, decisive) {
        (true, _) => None,
        (false, true) => define.otherwise,
        (false, false) => Some(define.value),
    }
}
