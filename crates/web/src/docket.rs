//! The docket: every case with its phase and its obligations at one instant, from which all pages of the desk are made.
//!
//! Owns no rule: phases and obligations are `psirt`'s. Computed anew for each request, so it is never stale and never stored (law 4).

use crate::due::groups;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::Stage;
use psirt::board::{Board, Case, Report};
use psirt::case::phase::Phase;
use psirt::clock::Obligation;
use psirt::event::Entry;
use psirt::policy::{Policy, PolicyKind};
use std::collections::BTreeMap;

/// Every case at one instant.
pub(crate) struct Docket<'a> {
    pub(crate) board: &'a Board,
    pub(crate) now: Timestamp,
    /// The zone of the house: its first policy's.
    pub(crate) zone: TimeZone,
    /// By their streams.
    pub(crate) cases: BTreeMap<&'a str, Standing<'a>>,
}

/// A case at that instant.
pub(crate) struct Standing<'a> {
    pub(crate) case: &'a Case,
    pub(crate) phase: Phase,
    pub(crate) policy: Option<&'a Policy>,
    /// Empty for a case that is over.
    pub(crate) obligations: Vec<Obligation<'a>>,
}

/// An open promise of a case: obligations that differ by their subject only.
pub(crate) struct Owed<'d, 'a> {
    pub(crate) standing: &'d Standing<'a>,
    pub(crate) group: Vec<&'d Obligation<'a>>,
}

impl Owed<'_, '_> {
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.group.first().and_then(|first| first.due)
    }
}

impl<'a> Docket<'a> {
    pub(crate) fn of(board: &'a Board, now: Timestamp) -> Docket<'a> {
        let standing = |case: &'a Case| {
            let phase = board.phase(case, now);
            let obligations = if phase.open() {
                board.obligations(case, now)
            } else {
                Vec::new()
            };
            Standing {
                case,
                phase,
                policy: board.policy_of(case),
                obligations,
            }
        };
        let numbered = board.cases.iter().filter(|(_, case)| !case.number.is_empty());
        let own = board
            .house
            .policies
            .iter()
            .find(|policy| policy.front.kind == PolicyKind::Policy);
        Docket {
            board,
            now,
            zone: own.map_or(TimeZone::UTC, |policy| policy.front.zone.clone()),
            cases: numbered
                .map(|(stream, case)| (stream.as_str(), standing(case)))
                .collect(),
        }
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = &Standing<'a>> {
        self.cases.values().filter(|standing| standing.phase.open())
    }

    /// Every open promise with a date, with its case, the first to end first.
    pub(crate) fn dues(&self) -> Vec<Owed<'_, 'a>> {
        let owed = |standing| move |group| Owed { standing, group };
        let mut dues: Vec<_> = self
            .open()
            .flat_map(|standing| groups(standing.dues()).into_iter().map(owed(standing)))
            .collect();
        dues.sort_by_key(Owed::due);
        dues
    }

    /// Reports on which nobody has decided yet, the last to come first.
    pub(crate) fn inbox(&self) -> Vec<&'a Report> {
        let undecided = |report: &&Report| match self.standing_of(report) {
            Some(standing) => matches!(standing.phase, Phase::Received | Phase::Verifying | Phase::NeedsInfo),
            None => true,
        };
        let mut reports: Vec<&Report> = self.board.reports.values().filter(undecided).collect();
        reports.sort_by_key(|report| std::cmp::Reverse(report.at));
        reports
    }

    /// The case of a report.
    pub(crate) fn standing_of(&self, report: &Report) -> Option<&Standing<'a>> {
        self.cases.get(report.case.as_deref()?)
    }

    /// Advisories that are not out yet.
    pub(crate) fn unpublished(&self) -> usize {
        let waiting = |stage: Stage| !matches!(stage, Stage::Published | Stage::Withdrawn);
        self.board
            .advisories
            .values()
            .filter(|advisory| waiting(advisory.stage))
            .count()
    }

    /// A person's name; the id, where the house does not know it.
    pub(crate) fn name_of<'n>(&self, id: &'n str) -> &'n str
    where
        'a: 'n,
    {
        self.board
            .house
            .people
            .get(id)
            .map_or(id, |person| person.name.as_str())
    }

    /// Who owns a case, as a sentence.
    pub(crate) fn owner_of(&self, standing: &Standing<'_>) -> String {
        let owner = standing.case.view.owner.as_deref();
        owner.map_or_else(
            || "Nobody owns it yet".to_owned(),
            |owner| format!("Owner: {}", self.name_of(owner)),
        )
    }

    /// Where a clause of a policy is shown.
    pub(crate) fn clause_href(&self, policy: &Policy, clause: &str) -> String {
        let versions = self
            .board
            .house
            .policies
            .iter()
            .filter(|other| other.front.id == policy.front.id)
            .count();
        let version = if versions > 1 {
            format!("?version={}", crate::words::url(&policy.front.version))
        } else {
            String::new()
        };
        format!(
            "/policy/{}{version}#{}",
            crate::words::url(&policy.front.id),
            crate::words::url(clause)
        )
    }
}

impl<'a> Standing<'a> {
    /// Open obligations with a date.
    pub(crate) fn dues(&self) -> impl Iterator<Item = &Obligation<'a>> {
        self.obligations
            .iter()
            .filter(|obligation| obligation.state.open() && obligation.due.is_some())
    }

    /// Its entries as clocks see them: without the desk's own notes, and without what was retracted.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        let case = self.case;
        let stands = move |entry: &&Entry| case.facts.marks.iter().any(|mark| mark.seq == entry.seq);
        case.entries.iter().filter(stands)
    }

    /// The one that ends first.
    pub(crate) fn next_due(&self) -> Option<&Obligation<'a>> {
        self.dues().min_by_key(|obligation| obligation.due)
    }

    /// The zone in which its dates are counted.
    pub(crate) fn zone(&self) -> TimeZone {
        self.policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone())
    }

    pub(crate) fn href(&self) -> String {
        format!("/cases/{}", crate::words::url(&self.case.number))
    }

    /// Its title, or how it is called while nobody gave one.
    pub(crate) fn title(&self, board: &Board) -> String {
        if !self.case.view.title.is_empty() {
            return self.case.view.title.clone();
        }
        let titles = self
            .case
            .reports
            .iter()
            .filter_map(|stream| board.reports.get(stream))
            .map(|report| report.title.as_str());
        titles
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or("Not titled yet")
            .to_owned()
    }
}
