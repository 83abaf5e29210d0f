//! What a reporter sees of their report: one pure function of the board, decided here and nowhere else.
//!
//! Owns what leaves the house by a room. Others' names, the team's notes, other reporters' messages, lines and scores never do: a due date
//! says what was promised, and the advisory says the rest once it is out. What somebody said is a reporter's by the number of their report
//! alone, which was recorded with it; never by a name.

use super::home;
use super::own::{Own, own_words};
use super::shown::{ShownTexts, shown};
use crate::actor::Actor;
use crate::mail::{answer_by, asks, title_for};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::{Board, Case, Report};
use psirt::case::guidance;
use psirt::case::merge::standing;
use psirt::case::phase::Phase;
use psirt::case::signal::Signal;
use psirt::case::triage;
use psirt::clock::timeline::Subject;
use psirt::clock::{Obligation, State};
use psirt::event::{CreditChoice, Deadline, Diagnosis, Event, Exit, Kind};
use psirt::policy::{Policy, PolicyKind};

/// What the address of a room shows without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomStatus {
    /// The tracking number.
    pub number: String,
    /// When the report came.
    pub received: Timestamp,
    /// How far it is.
    pub standing: Standing,
    /// The zone in which instants are told.
    pub zone: TimeZone,
    /// Whether a passphrase opens the rest.
    pub has_passphrase: bool,
    /// Whether the link that opens the rest was shown when the report was sent; else it goes out encrypted, or not at all.
    pub was_shown_link: bool,
}

/// Everything that a room shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// The tracking number.
    pub number: String,
    /// What the reporter called it.
    pub title: String,
    /// What stands in the address that shows the status alone.
    pub address: String,
    /// Whether a passphrase opens the room at that address.
    pub has_passphrase: bool,
    /// When the report came.
    pub received: Timestamp,
    /// The zone in which instants are told.
    pub zone: TimeZone,
    /// How far it is.
    pub standing: Standing,
    /// The policy that governs it: its title and version.
    pub policy: Option<(String, String)>,
    /// What was promised to this reporter, in the order of the policy.
    pub promises: Vec<Owed>,
    /// The report itself, as its reporter wrote it.
    pub report: Option<Said>,
    /// What both sides wrote since.
    pub conversation: Conversation,
    /// What the team waits for.
    pub asked: Option<Asked>,
    /// What the investigation found, as it was told to this reporter last.
    pub findings: Option<Findings>,
    /// Files that the reporter sent.
    pub files: Vec<RoomFile>,
    /// Whether to name the reporter, and as what.
    pub credit: (CreditChoice, Option<String>),
    /// The reporter's own plans to publish, oldest first.
    pub plans: Vec<Planned>,
    /// Whether a plan can still be proposed.
    pub can_plan: bool,
    /// Whether the rejection can be appealed.
    pub appeal: Appeal,
    /// Numbers of advisories that are public.
    pub advisories: Vec<String>,
    /// What the form showed.
    pub shown: Option<ShownTexts>,
}

/// How far a report is, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// In a few words.
    pub word: &'static str,
    /// In a sentence or two.
    pub says: String,
    /// The answer that a clause gives to a report that it leaves out.
    pub answer: Option<String>,
    /// How far along the path it is: an index into [`Phase::PATH`].
    pub step: usize,
}

/// A promise to this reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What keeps it.
    pub ends: Kind,
    /// The clause, without its sign.
    pub clause: String,
    /// The clause's own words.
    pub quote: String,
    /// How it stands.
    pub state: State,
    /// Until when; where it is owed for several lines, for the last of them.
    pub due: Option<Timestamp>,
    /// Not before.
    pub not_before: Option<Timestamp>,
    /// When it was kept.
    pub met: Option<Timestamp>,
    /// Why its date is another than it was.
    pub moved: Vec<Moved>,
}

/// Why a date moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The team decided on another date, at this instant; before it was that.
    Decided {
        /// When.
        at: Timestamp,
        /// The computed date.
        from: Option<Timestamp>,
    },
    /// Its severity was found to be another, at this instant.
    Rescored(Timestamp),
    /// It will not be kept, by a decision at this instant.
    Waived(Timestamp),
    /// What it waited for ended early, at this instant: the event.
    Lifted(Kind, Timestamp),
}

/// What the team asked this reporter for, and waits to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// What a report should hold, each with its clause.
    pub asks: Vec<(String, String)>,
    /// Whether somebody chose them; else it is all that a report should hold.
    pub chosen: bool,
    /// What is asked in words of the team's own.
    pub text: Option<String>,
    /// Until when an answer comes in time, and the clause that ends the report then.
    pub until: Option<(Timestamp, String)>,
}

/// What both sides wrote, oldest first.
pub type Conversation = Vec<Said>;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Whether the reporter wrote it.
    pub is_mine: bool,
    /// What it says.
    pub text: String,
}

/// What the investigation found, for one reporter alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// When it was told.
    pub at: Timestamp,
    /// What it is, in a sentence.
    pub verdict: String,
    /// How bad it is; none where there is nothing to be bad.
    pub severity: Option<String>,
    /// What is done about it.
    pub plan: String,
    /// What will be public, and when.
    pub disclosure: String,
}

/// A file that the reporter sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomFile {
    /// Its name, made safe.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of them, in hexadecimal.
    pub sha256: String,
    /// When it came.
    pub at: Timestamp,
}

/// A plan to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The day or instant.
    pub until: Deadline,
    /// When it was said.
    pub said: Timestamp,
}

/// Whether a rejection can be appealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appeal {
    /// There is nothing to appeal against.
    No,
    /// It can.
    Open,
    /// It was, and a person looks at it again.
    Made(Timestamp),
}

/// How far a report is.
pub(crate) fn status(board: &Board, report: &str, now: Timestamp) -> Option<RoomStatus> {
    let known = board.report(report)?;
    let (_, case) = home(board, report)?;
    let policy = board.policy_of(case);
    Some(RoomStatus {
        number: known.number.clone(),
        received: known.at?,
        standing: standing_of(board, case, known, now),
        zone: policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone()),
        has_passphrase: board.lock_of(report)?.locked.is_some(),
        was_shown_link: known.channel == "form",
    })
}

/// How far a report is that a portal handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The tracking number.
    pub number: String,
    /// When the report came.
    pub received: Timestamp,
    /// How far it is, in the words of a room.
    pub standing: Standing,
    /// Numbers of advisories that are public.
    pub advisories: Vec<String>,
}

/// What the portal that handed a report over may tell its customer.
pub(crate) fn handed(board: &Board, report: &str, now: Timestamp) -> Option<Handed> {
    let known = board.report(report)?;
    let (_, case) = home(board, report)?;
    Some(Handed {
        number: known.number.clone(),
        received: known.at?,
        standing: standing_of(board, case, known, now),
        advisories: advisories(board, case),
    })
}

/// What the room of a report shows.
pub(crate) fn room(board: &Board, report: &str, now: Timestamp) -> Option<RoomView> {
    let known = board.report(report)?;
    let lock = board.lock_of(report)?;
    let (_, case) = home(board, report)?;
    let policy = board.policy_of(case);
    let own = Own::of(board, report, &known.number);
    let findings = own.findings();
    let asked = asked(board, case, report, now);
    let standing = standing_of(board, case, known, now);
    Some(RoomView {
        number: known.number.clone(),
        title: title_for(known),
        address: lock.address.clone(),
        has_passphrase: lock.locked.is_some(),
        received: known.at?,
        zone: policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone()),
        standing: after_findings(standing, findings.as_ref(), asked.as_ref()),
        policy: policy.map(|policy| (policy.front.title.clone(), policy.front.version.clone())),
        promises: promises(board, case, &known.number, now),
        report: own_words(known),
        conversation: own.conversation(policy),
        asked,
        findings,
        files: own.files(),
        credit: own.credit(),
        plans: own.plans(),
        can_plan: can_plan(case, now),
        appeal: appeal(case, &own, policy),
        advisories: advisories(board, case),
        shown: known.terms.as_ref().and_then(|terms| shown(board, terms)),
    })
}

/// What the team asked the reporter of a report for and waits to hear.
fn asked(board: &Board, case: &Case, report: &str, now: Timestamp) -> Option<Asked> {
    let silence = board.silence_of(case, &board.report(report)?.number, now)?;
    let entries = standing(&case.entries);
    let mut asked = entries.iter().rev().filter(|entry| entry.at == silence.since);
    asked.find_map(|entry| match &entry.event {
        Event::InfoRequested { items, text, .. } => Some(Asked {
            at: entry.at,
            asks: asks(board.policy_of(case), items, text.as_deref()),
            chosen: !items.is_empty(),
            text: text.clone(),
            until: answer_by(board, report, now).filter(|(until, _)| *until >= now),
        }),
        _ => None,
    })
}

/// How far a report is whose reporter knows already what was found.
fn after_findings(standing: Standing, findings: Option<&Findings>, asked: Option<&Asked>) -> Standing {
    let is_open = matches!(standing.word, NEEDS_INFO | VERIFYING);
    let Some(findings) = findings.filter(|_| is_open) else {
        return standing;
    };
    let says = match asked {
        None => "What we found stands below. What we do about it comes next.",
        Some(asked) if asked.at > findings.at => {
            "What we found stands below. We asked you for something more since, and wait for your answer."
        }
        Some(_) => "What we found stands below. If you can still answer what we asked before, do.",
    };
    Standing {
        word: "We looked into it",
        says: says.to_owned(),
        ..standing
    }
}

/// What a reporter is promised and can make something of. How a house works inside is not among it.
const fn is_told(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Acknowledged
            | Kind::Reviewed
            | Kind::InfoRequested
            | Kind::ScopeDecided
            | Kind::Confirmed
            | Kind::WorkaroundProvided
            | Kind::FixReleased
            | Kind::FixDeployed
            | Kind::ReportedBack
            | Kind::Credit
            | Kind::ValidationAsked
            | Kind::AdvisoryPublished
            | Kind::ReleaseNotePublished
    )
}

/// The promises of the vendor's own policy that are owed to this reporter, or for the case as a whole; each once.
fn promises(board: &Board, case: &Case, number: &str, now: Timestamp) -> Vec<Owed> {
    let obligations = board.obligations(case, now);
    let history = board.history(case);
    let is_me = |index: u16| {
        let reporter = case.facts.reporters.get(usize::from(index));
        let brought = reporter.and_then(|reporter| history.iter().find(|entry| entry.seq == reporter.seq));
        brought.is_some_and(|entry| entry.report.as_deref() == Some(number))
    };
    let mine = |obligation: &&Obligation<'_>| {
        let told = is_told(obligation.promise.ends) && obligation.policy.front.kind == PolicyKind::Policy;
        let stands = !matches!(obligation.state, State::Dormant | State::Superseded);
        told && stands
            && match obligation.subject {
                Subject::Report(index) | Subject::Reporter(index) => is_me(index),
                _ => true,
            }
    };
    let mut groups: Vec<Vec<&Obligation<'_>>> = Vec::new();
    for obligation in obligations.iter().filter(mine) {
        let same = |group: &&mut Vec<&Obligation<'_>>| {
            let first = group.first();
            first.is_some_and(|first| std::ptr::eq(first.promise, obligation.promise))
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(obligation),
            None => groups.push(vec![obligation]),
        }
    }
    groups.iter().filter_map(|group| owed(group)).collect()
}

/// One promise, for whatever it is owed: it stands as its worst subject does, until the last of their dates.
fn owed(group: &[&Obligation<'_>]) -> Option<Owed> {
    let weight = |state: State| match state {
        State::Breached => 0,
        State::Overdue => 1,
        State::DueSoon => 2,
        State::Running => 3,
        State::MetLate => 4,
        State::Waived => 5,
        _ => 6,
    };
    let worst = *group.iter().min_by_key(|obligation| weight(obligation.state))?;
    let open = group.iter().filter(|obligation| obligation.state.open());
    let policy = worst.policy;
    let clause = policy.clauses.iter().find(|clause| clause.id == worst.promise.clause);
    Some(Owed {
        ends: worst.promise.ends,
        clause: worst.promise.clause.clone(),
        quote: clause.map(|clause| clause.prose.clone()).unwrap_or_default(),
        state: worst.state,
        due: open.filter_map(|obligation| obligation.due).max().or(worst.due),
        not_before: worst.scheduled.or(worst.not_before),
        met: group.iter().filter_map(|obligation| obligation.met_at).max(),
        moved: moved(worst),
    })
}

fn moved(obligation: &Obligation<'_>) -> Vec<Moved> {
    let proof = &obligation.proof;
    let decided = obligation.overridden_by.map(|control| Moved::Decided {
        at: control.at,
        from: obligation.original_due,
    });
    let rescored = proof.rescored_at.map(Moved::Rescored);
    let waived = proof.waived_by.map(|control| Moved::Waived(control.at));
    let lifted = proof.lifted.map(|(kind, at)| Moved::Lifted(kind, at));
    [decided, rescored, waived, lifted].into_iter().flatten().collect()
}

fn can_plan(case: &Case, now: Timestamp) -> bool {
    let begun = !case.embargo.proposals.is_empty();
    let ready = Signal::FixReady.since(&case.facts, now).is_some();
    case.embargo.ended.is_none() && (begun || !ready) && !case.view.closed
}

fn appeal(case: &Case, own: &Own, policy: Option<&Policy>) -> Appeal {
    let made = own.appealed();
    let Some((_, exit)) = case.facts.rejected() else {
        return made.map_or(Appeal::No, Appeal::Made);
    };
    match exit {
        // Where it goes on is no answer that anybody could be wrong about.
        Exit::Duplicate | Exit::Withdrawn => Appeal::No,
        // A clause may say that its answer stands.
        Exit::OutOfScope => {
            let clause = rejection(case).and_then(|(clause, _)| clause);
            let scope = policy.and_then(|policy| scope_of(policy, clause.as_deref()?));
            if scope.is_some_and(|scope| !scope.appeal) {
                Appeal::No
            } else {
                Appeal::Open
            }
        }
        _ => Appeal::Open,
    }
}

/// The clause and the exit of the rejection that stands.
fn rejection(case: &Case) -> Option<(Option<String>, Exit)> {
    let entries = standing(&case.entries);
    entries.into_iter().rev().find_map(|entry| match entry.event {
        Event::Rejected { exit, clause, .. } => Some((clause, exit)),
        _ => None,
    })
}

fn scope_of<'p>(policy: &'p Policy, clause: &str) -> Option<&'p psirt::policy::block::scope::Scope> {
    let clause = clause.trim_start_matches('§');
    policy.scopes.iter().find(|scope| scope.clause == clause)
}

/// Advisories of the case that everybody can read.
fn advisories(board: &Board, case: &Case) -> Vec<String> {
    let about = board.advisories.values();
    let about = about.filter(|state| state.draft.cases.contains(&case.number));
    let public = about.filter(|state| state.stage == psirt::advisory::Stage::Published);
    public
        .filter_map(|state| Some(state.ordered.as_ref()?.number.clone()))
        .collect()
}

/// How far it is, in plain words.
fn standing_of(board: &Board, case: &Case, report: &Report, now: Timestamp) -> Standing {
    // What the team asked of another reporter is not asked of this one.
    let phase = match board.phase(case, now) {
        Phase::NeedsInfo if !board.waits_for(case, &report.number, now) => Phase::Verifying,
        // Whoever could read it late has days that the case does not count.
        Phase::Verifying if is_awaited(board, &report.number, now) => Phase::NeedsInfo,
        phase => phase,
    };
    let policy = board.policy_of(case);
    let mut answer = None;
    let (word, says) = match phase {
        Phase::Received => (
            "Received",
            "Your report is here. Nobody has looked at it yet.".to_owned(),
        ),
        Phase::Verifying => (VERIFYING, "We are finding out whether it is as you say.".to_owned()),
        Phase::NeedsInfo => (
            NEEDS_INFO,
            "We asked you for something, and wait for your answer.".to_owned(),
        ),
        Phase::Confirmed => ("Confirmed", "It is a vulnerability. Next, a fix is made.".to_owned()),
        Phase::AwaitingUpstream => (
            "Waiting for a supplier",
            "It is a vulnerability in a part that somebody else makes. We wait for their fix.".to_owned(),
        ),
        Phase::Remediating => ("Being fixed", "A fix is being made.".to_owned()),
        Phase::FixReleased => (
            "Fixed",
            "A version with the fix is out. What we publish about it comes next.".to_owned(),
        ),
        Phase::Published => (
            "Published",
            "The fix is out, and so is what we say about it.".to_owned(),
        ),
        Phase::Closed => ("Closed", "Nothing is left to do.".to_owned()),
        Phase::Rejected(exit) => {
            let clause = rejection(case).and_then(|(clause, _)| clause);
            let scope = policy.zip(clause.as_deref());
            let scope = scope.and_then(|(policy, clause)| Some((policy, scope_of(policy, clause)?)));
            answer = scope.map(|(policy, scope)| triage::reply(policy, scope));
            if exit == Exit::CannotReproduce && policy.is_some_and(guidance::takes_up_again) {
                let how = "If you can tell us more, answer: whatever you write takes the report up again.";
                answer = Some(how.to_owned());
            }
            let because = clause.map_or_else(String::new, |clause| {
                format!(" The clause is §{}.", clause.trim_start_matches('§'))
            });
            let reason = match exit {
                Exit::CannotReproduce if ended_by_silence(case) => {
                    "Nobody answered what we asked, so we stopped there."
                }
                exit => turned_down(exit),
            };
            ("Turned down", format!("{reason}{because}"))
        }
    };
    // The case may be about more than this report.
    let others = case.number != report.number && case.facts.reporters.len() > 1;
    let joined = others && !matches!(phase, Phase::Rejected(_));
    let says = match joined {
        true => format!("{says} It is handled together with another report of the same vulnerability."),
        false => says,
    };
    Standing {
        word,
        says,
        answer,
        step: phase.step(),
    }
}

const VERIFYING: &str = "Being looked at";
const NEEDS_INFO: &str = "We need your help";

/// Whether the reporter of a report still has days to answer.
fn is_awaited(board: &Board, number: &str, now: Timestamp) -> bool {
    let report = board.report_of_number(number);
    let until = report.and_then(|(report, _)| answer_by(board, report, now));
    until.is_some_and(|(until, _)| until >= now)
}

/// Whether the case ended for want of an answer, and not by what somebody found.
fn ended_by_silence(case: &Case) -> bool {
    let scheduler = Actor::part("scheduler").id;
    let entries = standing(&case.entries);
    let mut rejections = entries.iter().rev();
    let last = rejections.find(|entry| entry.event.kind() == Kind::Rejected);
    last.is_some_and(|last| last.by == scheduler)
}

/// What was found, as its reporter reads it.
pub(super) const fn found(verdict: Diagnosis) -> &'static str {
    match verdict {
        Diagnosis::Vulnerable => "It is a vulnerability.",
        Diagnosis::NotAffected => turned_down(Exit::NotAffected),
        Diagnosis::NotAVulnerability => turned_down(Exit::NotAVulnerability),
        Diagnosis::OutOfScope => turned_down(Exit::OutOfScope),
        Diagnosis::Duplicate => turned_down(Exit::Duplicate),
        Diagnosis::ObsoleteProduct => turned_down(Exit::ObsoleteProduct),
        Diagnosis::OtherVendor => turned_down(Exit::OtherVendor),
        Diagnosis::CannotReproduce => turned_down(Exit::CannotReproduce),
    }
}

pub(super) const fn turned_down(exit: Exit) -> &'static str {
    match exit {
        Exit::Duplicate => "We know this vulnerability from another report, and handle it there.",
        Exit::OutOfScope => "Our policy leaves reports of this kind out.",
        Exit::NotAffected => "The code is there, and it cannot be exploited in any of our products.",
        Exit::NotAVulnerability => "We found no weakness in the sense of our policy.",
        Exit::ObsoleteProduct => "Only versions that we no longer support are affected.",
        Exit::OtherVendor => "It is in a product of another vendor.",
        Exit::CannotReproduce => "We could not see it happen.",
        Exit::Withdrawn => "You took the report back.",
    }
}
