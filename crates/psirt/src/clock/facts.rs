//! What is known of a case: the values that clocks ask for.
//!
//! Owns lines, scores, reporters and components over time; `fold` fills them. Knows no policy: bands and judged facts are
//! `clock::timeline`'s.

use crate::event::{CreditChoice, Exit, Exploit, Kind, Origin, ScoreSource};
use crate::policy::fact::Value;
use crate::story::Deployment;
use jiff::{Timestamp, civil};

/// An index into [`CaseFacts::lines`].
pub type LineIndex = u16;

/// The history that a fact comes from: the case's own, or that of a case which was merged into it.
pub type StrandIndex = u16;

/// The case's own history.
pub const OWN_STRAND: StrandIndex = 0;

/// A case, ready for its clocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFacts {
    /// Product lines that the case may concern.
    pub lines: Vec<LineFacts>,
    /// Effective events as the clocks see them, ordered by the time when they happened.
    pub marks: Vec<Mark>,
    /// Everybody who reported it.
    pub reporters: Vec<Reporter>,
    /// Third-party components that the history names.
    pub components: Vec<Component>,
    /// Scores, in the order in which they were given.
    pub scores: Vec<ScoreAt>,
    /// What persons judged, in order.
    pub judgements: Vec<Judgement>,
    /// Spans of verdicts and scope decisions, in order.
    pub verdicts: Vec<VerdictAt>,
    /// Decisions over promises, in order.
    pub controls: Vec<Control>,
    /// Lines that the report names before any verdict.
    pub suspected: Vec<LineIndex>,
    /// The policy and version it was moved to, with the instant.
    pub repinned: Vec<(Timestamp, String, String)>,
    /// Review dates that decisions name, by the place of the decision.
    pub review_dates: Vec<(u32, crate::event::Deadline)>,
    /// Cases that were merged into this one; strand 1 is the first of them.
    pub strands: Vec<Strand>,
    /// When what was split off from here, or what this was split off from, had been received: no clock begins anew (R6).
    pub origin: Option<Timestamp>,
    /// When the case went on in another one.
    pub merged_into: Option<Timestamp>,
}

/// A case that was merged into this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strand {
    /// Its number.
    pub case: String,
    /// Since when what is done for the whole case is done for its reporters too.
    pub merged: Timestamp,
    /// As [`CaseFacts::origin`].
    pub origin: Option<Timestamp>,
}

impl Strand {
    pub(super) fn of(case: &str) -> Strand {
        Strand {
            case: case.to_owned(),
            merged: Timestamp::MAX,
            origin: None,
        }
    }
}

/// An event as a clock sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which event.
    pub kind: Kind,
    /// The line that it names; none for the whole case.
    pub line: Option<LineIndex>,
    /// The reporter or component that it names.
    pub of: Option<u16>,
    /// When it happened.
    pub at: Timestamp,
    /// When Candor learned of it.
    pub recorded: Timestamp,
    /// Whether a second person stands behind it.
    pub two_people: bool,
    /// When it was withdrawn.
    pub withdrawn: Option<Timestamp>,
    /// The history that it comes from.
    pub strand: StrandIndex,
    /// Its place in the case.
    pub seq: u32,
}

impl Mark {
    /// Whether it still counts at this instant.
    #[must_use]
    pub fn stands(&self, at: Timestamp) -> bool {
        self.at <= at && self.withdrawn.is_none_or(|withdrawn| withdrawn > at)
    }

    /// Whether it was recorded after a reporter of the same history.
    fn follows(&self, reporter: &Reporter) -> bool {
        (self.recorded, self.seq) > (reporter.recorded, reporter.seq)
    }
}

/// A product line as the case sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFacts {
    /// Its name.
    pub name: String,
    /// How it runs.
    pub deployment: Option<Deployment>,
    /// The face of the vendor that sells it.
    pub brand: Option<String>,
    /// Where it is sold.
    pub market: Vec<String>,
    /// The last day of its support, as planned.
    pub supported_until: Option<civil::Date>,
    /// When its support was ended by an event.
    pub support_ended: Option<Timestamp>,
    /// When it was found affected or not, in order.
    pub verdicts: Vec<LineVerdict>,
    /// Its releases.
    pub releases: Vec<ReleaseFacts>,
    /// Tenants that have the fix, the last word: so many of so many.
    pub tenants: Option<(u32, u32)>,
}

/// A line's verdict from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineVerdict {
    /// From when.
    pub at: Timestamp,
    /// Affected, or not.
    pub affected: bool,
    /// Whether the verdict came with `confirmed`, so that the case's own start counts (D6).
    pub with_case: bool,
    /// The history that it comes from.
    pub strand: StrandIndex,
}

/// A release with everything that was ever known of its date.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseFacts {
    /// Its version.
    pub version: String,
    /// Plans, by the instant when each was recorded.
    pub plans: Vec<Plan>,
    /// When it shipped, and when that was recorded.
    pub shipped: Option<(Timestamp, Timestamp)>,
}

/// What was planned for a release from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When it was recorded (D12).
    pub recorded: Timestamp,
    /// The day it ships; none once it is cancelled.
    pub date: Option<civil::Date>,
    /// The day after which nothing more goes in.
    pub freeze: Option<civil::Date>,
}

/// Somebody who reported it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reporter {
    /// A word or name, as the history has it.
    pub id: String,
    /// External, customer, internal or machine: the value of the fact `reporter`.
    pub kind: Value,
    /// When their report came in: what they are owed for it counts from here.
    pub since: Timestamp,
    /// When it was known that their report is about this case; what they are owed of the case counts from here.
    pub joined: Timestamp,
    /// When that was recorded.
    pub recorded: Timestamp,
    /// When a person promoted a machine's finding.
    pub promoted: Option<Timestamp>,
    /// Wishes to be named, in order.
    pub credit: Vec<(Timestamp, CreditChoice)>,
    /// The history that they come from.
    pub strand: StrandIndex,
    /// The seq of the event that brought them.
    pub seq: u32,
}

/// The value of the fact `reporter` for somebody in the house.
pub const INTERNAL: Value = 2;
/// The value of the fact `reporter` for a machine.
pub const MACHINE: Value = 3;

impl Reporter {
    /// Whether they are the house's own: one of its people or machines.
    #[must_use]
    pub fn is_of_the_house(&self) -> bool {
        matches!(self.kind, INTERNAL | MACHINE)
    }
}

/// A third-party component.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Fixes of its supplier, in order.
    pub fixes: Vec<UpstreamFix>,
    /// Shipped versions of lines that hold it.
    pub shipped: Vec<ShippedComponent>,
    /// When it was first named.
    pub since: Timestamp,
}

/// A supplier's fix.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamFix {
    /// The component's version with the fix.
    pub version: String,
    /// When it was released.
    pub at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn: Option<Timestamp>,
    /// The event.
    pub seq: u32,
}

/// A line's shipped version and the component's version in it, by its bill of materials.
#[derive(Clone, Debug, PartialEq)]
pub struct ShippedComponent {
    /// The line.
    pub line: LineIndex,
    /// The line's version.
    pub version: String,
    /// The component's version.
    pub component_version: String,
    /// When.
    pub at: Timestamp,
    /// The event.
    pub seq: u32,
}

/// A score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreAt {
    /// When it was given.
    pub at: Timestamp,
    /// Who issued it.
    pub source: Option<ScoreSource>,
    /// The vector.
    pub vector: cvss::Vector,
    /// Its base score, in tenths.
    pub base_tenths: u8,
    /// Its temporal (threat) score, in tenths, if it defines one.
    pub temporal_tenths: Option<u8>,
    /// The event.
    pub seq: u32,
}

/// What a person judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// When.
    pub at: Timestamp,
    /// Public attention, if that was judged.
    pub public_attention: Option<bool>,
    /// Exploits, if that was judged; a signal never lowers them.
    pub exploit: Option<Exploit>,
    /// Whether it is a signal rather than a judgement.
    pub signal: bool,
}

/// A change of the case's verdict or scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictAt {
    /// When.
    pub at: Timestamp,
    /// The history that it comes from.
    pub strand: StrandIndex,
    /// What changed.
    pub change: VerdictChange,
}

/// What a verdict changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictChange {
    /// It is a vulnerability, of this origin.
    Confirmed(Origin),
    /// It was turned down or is a duplicate.
    Rejected(Exit),
    /// An appeal put it back to the start (D21).
    Appealed,
    /// It was taken up again, with its original start.
    Reopened,
    /// The policy covers it, or not.
    Scope(bool),
}

/// A decision over a promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// When it was decided.
    pub at: Timestamp,
    /// The promise's id, or its clause.
    pub rule: String,
    /// The line it is for; none for all.
    pub line: Option<LineIndex>,
    /// The reporter it is for; none for all.
    pub reporter: Option<u16>,
    /// What was decided.
    pub action: ControlAction,
    /// Who decided.
    pub by: String,
    /// The second person.
    pub approved_by: Option<String>,
    /// Whether two different people stand behind it.
    pub two_people: bool,
}

/// What was decided over a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlAction {
    /// It will not be kept.
    Waive,
    /// It has another date.
    Override(crate::event::Deadline),
    /// The other date no longer holds.
    Revoke,
}

impl CaseFacts {
    /// The line of that name.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<LineIndex> {
        let index = self.lines.iter().position(|line| line.name == name)?;
        LineIndex::try_from(index).ok()
    }

    /// When the case was opened: its first report.
    #[must_use]
    pub fn opened(&self) -> Option<Timestamp> {
        let received = self.marks.iter().find(|mark| mark.kind == Kind::Received);
        let opened = received.or(self.marks.first()).map(|mark| mark.at);
        opened.into_iter().chain(self.origin).min()
    }

    /// Whose vulnerability it is, as it was confirmed last.
    #[must_use]
    pub fn confirmed_origin(&self) -> Option<Origin> {
        self.verdicts.iter().rev().find_map(|verdict| match verdict.change {
            VerdictChange::Confirmed(origin) => Some(origin),
            _ => None,
        })
    }

    /// The last change of verdict that is a rejection, if the case stands rejected.
    #[must_use]
    pub fn rejected(&self) -> Option<(Timestamp, Exit)> {
        let mut rejected = None;
        for verdict in &self.verdicts {
            match verdict.change {
                VerdictChange::Rejected(exit) => rejected = Some((verdict.at, exit)),
                VerdictChange::Confirmed(_) | VerdictChange::Appealed | VerdictChange::Reopened => rejected = None,
                VerdictChange::Scope(_) => {}
            }
        }
        rejected
    }

    /// Every history of the case: its own first.
    fn all_strands(&self) -> impl Iterator<Item = StrandIndex> + use<> {
        OWN_STRAND..=StrandIndex::try_from(self.strands.len()).unwrap_or(StrandIndex::MAX)
    }

    /// When the last appeal put the case back to its start, in one of its histories.
    #[must_use]
    pub fn appealed_in(&self, strand: StrandIndex) -> Option<Timestamp> {
        self.verdicts
            .iter()
            .rev()
            .find(|verdict| verdict.change == VerdictChange::Appealed && verdict.strand == strand)
            .map(|verdict| verdict.at)
    }

    /// The last standing confirmation since the appeal, if there was one.
    #[must_use]
    pub fn confirmed(&self, now: Timestamp) -> Option<Timestamp> {
        let since = |mark: &Mark| self.appealed_in(mark.strand).is_none_or(|appealed| mark.at >= appealed);
        self.marks
            .iter()
            .rev()
            .find(|mark| mark.kind == Kind::Confirmed && mark.stands(now) && since(mark))
            .map(|mark| mark.at)
    }

    /// When the case was closed, if it was not taken up since.
    #[must_use]
    pub fn closed(&self, now: Timestamp) -> Option<Timestamp> {
        let last = |kinds: &[Kind]| {
            let marks = self.marks.iter().rev();
            marks
                .filter(|mark| mark.stands(now))
                .find(|mark| kinds.contains(&mark.kind))
                .map(|mark| mark.at)
        };
        let taken_up = last(&[Kind::Reopened, Kind::Appealed]);
        last(&[Kind::Closed]).filter(|closed| taken_up.is_none_or(|taken_up| *closed > taken_up))
    }

    /// The instant at which a report counts as received: the promotion of a machine's finding (D6), an appeal (D21), else the receipt;
    /// of merged cases the earliest.
    #[must_use]
    pub fn received(&self) -> Option<Timestamp> {
        self.all_strands().filter_map(|strand| self.received_in(strand)).min()
    }

    /// The same, in one of its histories.
    #[must_use]
    pub fn received_in(&self, strand: StrandIndex) -> Option<Timestamp> {
        let first = self.reporters.iter().find(|reporter| reporter.strand == strand);
        let own = first.and_then(|first| {
            if first.kind == MACHINE {
                first.promoted
            } else {
                Some(first.since)
            }
        });
        let origin = match usize::from(strand).checked_sub(1) {
            None => self.origin,
            Some(index) => self.strands.get(index).and_then(|strand| strand.origin),
        };
        self.appealed_in(strand).or(own.into_iter().chain(origin).min())
    }

    /// Whether a reporter has that name, by their id or with their kind.
    #[must_use]
    pub fn has_reporter(&self, name: &str) -> bool {
        self.reporter_named(Some(name)).is_some()
    }

    /// Whether an event that names one reporter or none concerns this one. What was done for the whole case was done for those who had
    /// reported it by then, and were known to when it was recorded: who joins later arrived earlier, but nobody thought of them.
    #[must_use]
    pub fn reaches(&self, mark: &Mark, reporter: usize) -> bool {
        if let Some(of) = mark.of {
            return usize::from(of) == reporter;
        }
        let Some(reporter) = self.reporters.get(reporter) else {
            return false;
        };
        let theirs = reporter.strand == mark.strand;
        let merged = usize::from(reporter.strand)
            .checked_sub(1)
            .and_then(|index| self.strands.get(index))
            .is_some_and(|strand| mark.strand == OWN_STRAND && mark.at >= strand.merged);
        mark.at >= reporter.since && (merged || theirs && mark.follows(reporter))
    }

    /// The histories that found a line affected, each with its last word on it.
    #[must_use]
    pub fn strands_of(&self, line: LineIndex) -> Vec<StrandIndex> {
        let verdicts = self.lines.get(usize::from(line)).map(|line| line.verdicts.as_slice());
        let verdicts = verdicts.unwrap_or_default();
        let mut strands: Vec<StrandIndex> = verdicts.iter().filter(|v| v.affected).map(|v| v.strand).collect();
        strands.sort_unstable();
        strands.dedup();
        strands
    }

    /// Whether the line is affected at this instant.
    #[must_use]
    pub fn affected(&self, line: LineIndex, at: Timestamp) -> Option<LineVerdict> {
        let verdict = self
            .lines
            .get(usize::from(line))?
            .verdicts
            .iter()
            .rev()
            .find(|verdict| verdict.at <= at)?;
        verdict.affected.then_some(*verdict)
    }

    /// The same by one of the case's histories, or by all of them.
    #[must_use]
    pub fn affected_in(&self, line: LineIndex, at: Timestamp, strand: Option<StrandIndex>) -> Option<LineVerdict> {
        let verdicts = &self.lines.get(usize::from(line))?.verdicts;
        let of = |verdict: &&LineVerdict| strand.is_none_or(|strand| verdict.strand == strand);
        let verdict = verdicts.iter().rev().filter(of).find(|verdict| verdict.at <= at)?;
        verdict.affected.then_some(*verdict)
    }

    /// Lines that were ever found affected and were not cleared since; before any verdict, the suspected ones, or all.
    pub fn tracks(&self, at: Timestamp) -> impl Iterator<Item = LineIndex> + '_ {
        let judged = self
            .lines
            .iter()
            .any(|line| line.verdicts.iter().any(|verdict| verdict.at <= at));
        let count = LineIndex::try_from(self.lines.len()).unwrap_or(LineIndex::MAX);
        (0..count).filter(move |line| {
            if judged {
                return self.affected(*line, at).is_some();
            }
            self.suspected.is_empty() || self.suspected.contains(line)
        })
    }

    /// Whether lines were judged, and none of them is affected (D19).
    #[must_use]
    pub fn none_affected(&self, at: Timestamp) -> bool {
        self.has_tracks(at) && self.tracks(at).next().is_none()
    }

    /// Whether any line has a verdict.
    #[must_use]
    pub fn has_tracks(&self, at: Timestamp) -> bool {
        self.lines
            .iter()
            .any(|line| line.verdicts.iter().any(|verdict| verdict.at <= at))
    }
}
