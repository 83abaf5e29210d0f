//! The docket: every case as it stands at one instant, from which all pages of the desk are made.
//!
//! Owns no rule: phases and obligations are `psirt`'s. Lists are made of glances; a case that is shown is computed anew for each request, so
//! it is never stale and never stored (law 4).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::Stage;
use psirt::board::{Board, Case, DueAt, Glance, Glances, Report};
use psirt::case::phase::Phase;
use psirt::clock::{Obligation, groups};
use psirt::event::Entry;
use psirt::policy::{Policy, PolicyKind};

/// Every case at one instant.
pub(crate) struct Docket<'a> {
    pub(crate) board: &'a Board,
    glances: &'a Glances,
    pub(crate) now: Timestamp,
    /// The zone of the house: its first policy's.
    pub(crate) zone: TimeZone,
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
#[derive(Clone, Copy)]
pub(crate) struct Owed<'a> {
    stream: &'a str,
    pub(crate) glance: &'a Glance,
    /// Its place among the case's.
    index: usize,
    pub(crate) due: DueAt,
}

impl<'a> Docket<'a> {
    pub(crate) fn of(board: &'a Board, glances: &'a Glances, now: Timestamp) -> Docket<'a> {
        let own = board
            .house
            .policies
            .iter()
            .find(|policy| policy.front.kind == PolicyKind::Policy);
        Docket {
            board,
            glances,
            now,
            zone: own.map_or(TimeZone::UTC, |policy| policy.front.zone.clone()),
        }
    }

    /// A case, computed now.
    pub(crate) fn standing(&self, stream: &str) -> Option<Standing<'a>> {
        let case = self.board.case(stream)?;
        let phase = self.board.phase(case, self.now);
        let obligations = if phase.open() {
            self.board.obligations(case, self.now)
        } else {
            Vec::new()
        };
        Some(Standing {
            case,
            phase,
            policy: self.board.policy_of(case),
            obligations,
        })
    }

    /// Every open case at a glance, with its stream.
    pub(crate) fn open(&self) -> impl ExactSizeIterator<Item = (&'a str, &'a Glance)> {
        self.glances.iter()
    }

    /// Every case that is over, with its stream.
    pub(crate) fn over(&self) -> impl ExactSizeIterator<Item = (&'a str, &'a Glance)> {
        self.board.over().map(|(stream, closed)| (stream, &closed.glance))
    }

    /// How many promises are open and have a date.
    pub(crate) fn due_count(&self) -> usize {
        self.open().map(|(_, glance)| glance.dues.len()).sum()
    }

    /// Every open promise with a date, with its case, the first to end first.
    pub(crate) fn dues(&self) -> Vec<Owed<'a>> {
        let of_case = |(stream, glance): (&'a str, &'a Glance)| {
            glance.dues.iter().enumerate().map(move |(index, due)| Owed {
                stream,
                glance,
                index,
                due: *due,
            })
        };
        let mut dues: Vec<_> = self.open().flat_map(of_case).collect();
        dues.sort_by_key(|owed| owed.due.due);
        dues
    }

    /// The case of an open promise, computed now.
    pub(crate) fn standing_of_due(&self, owed: &Owed<'_>) -> Option<Standing<'a>> {
        self.standing(owed.stream)
    }

    /// The zone in which an open promise is counted.
    pub(crate) fn zone_of(&self, glance: &Glance) -> TimeZone {
        self.policy_of(glance)
            .map_or(TimeZone::UTC, |policy| policy.front.zone.clone())
    }

    /// The policy that governs a case at a glance.
    pub(crate) fn policy_of(&self, glance: &Glance) -> Option<&'a Policy> {
        self.board.house.policies.get(usize::from(glance.policy?))
    }

    /// Reports on which nobody has decided yet, the last to come first.
    pub(crate) fn inbox(&self) -> Vec<&'a Report> {
        let undecided = |report: &&Report| {
            let glance = report.case.as_deref().and_then(|case| self.glances.get(case));
            glance.is_none_or(undecided)
        };
        let reports = self.board.open_reports().map(|(_, report)| report);
        let reports = reports.filter(|report| report.is_report());
        let mut reports: Vec<&Report> = reports.filter(undecided).collect();
        reports.sort_by_key(|report| std::cmp::Reverse(report.at));
        reports
    }

    /// How many they are. Every page says it, so only undecided cases are looked at.
    pub(crate) fn inbox_count(&self) -> usize {
        let reports = self.board.open_reports();
        let without_case = reports.filter(|(_, report)| report.case.is_none() && report.is_report());
        let without_case = without_case.count();
        let cases = self.open().filter(|(_, glance)| undecided(glance));
        let of_case = |(stream, _): (&str, &Glance)| {
            let reports = self.board.case(stream).map(|case| &case.reports);
            let here =
                |report: &&String| self.board.report(report).and_then(|report| report.case.as_deref()) == Some(stream);
            reports.into_iter().flatten().filter(here).count()
        };
        without_case + cases.map(of_case).sum::<usize>()
    }

    /// How many messages wait for a person to say what they are.
    pub(crate) fn held_count(&self) -> usize {
        let mail = self
            .board
            .open_reports()
            .filter_map(|(_, report)| report.mail.as_deref());
        mail.filter(|mail| mail.held().is_some()).count()
    }

    /// The case of a report, computed now.
    pub(crate) fn standing_of(&self, report: &Report) -> Option<Standing<'a>> {
        self.standing(report.case.as_deref()?)
    }

    /// Advisories that are not out yet.
    pub(crate) fn unpublished(&self) -> usize {
        let waiting = |stage: Stage| stage != Stage::Published && !stage.is_last();
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
    /// The obligations of an open promise, if they still stand as in its glance.
    pub(crate) fn group(&self, owed: &Owed<'_>) -> Option<Vec<&Obligation<'a>>> {
        let group = groups(self.dues()).into_iter().nth(owed.index)?;
        let due = group.first()?.due?;
        (due == owed.due.due).then_some(group)
    }

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
        match board.title(self.case) {
            "(no title)" => "Not titled yet".to_owned(),
            title => title.to_owned(),
        }
    }
}

/// Whether somebody still has to say what a case is.
fn undecided(glance: &Glance) -> bool {
    matches!(glance.phase, Phase::Received | Phase::Verifying | Phase::NeedsInfo)
}
