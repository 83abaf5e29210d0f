//! Promises kept: for each clause of a brand's policy how many promises were due and how many were kept, in numbers that give away no case
//! that is open or sealed.
//!
//! The rule (docs/publication.md has it for readers): only cases that are over and with nothing about them still to come out; only the last
//! four quarters, each whole; and no number of a clause that fewer than [`FEWEST_CASES`] cases stand behind. What is released is a fact of the
//! journal; the published tree shows it and computes nothing.

use crate::advisory::AdvisoryState;
use crate::board::{Board, Case};
use crate::clock::{Obligation, State};
use crate::event::Kind;
use crate::house::Brand;
use crate::policy::Policy;
use crate::policy::block::promise::Duty;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of fewer cases are not told.
pub const FEWEST_CASES: usize = 5;

/// How a brand kept its promises in four quarters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPromises {
    /// The brand.
    pub brand: String,
    /// The policy's id.
    pub policy: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Every clause with a promise that has a date, in the policy's order.
    pub clauses: Vec<KeptClause>,
}

/// How one clause was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptClause {
    /// The clause, without its sign.
    pub clause: String,
    /// The numbers; none where fewer than [`FEWEST_CASES`] cases stand behind them, or no case at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// Numbers of promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// That were due.
    pub due: u32,
    /// That were kept in time.
    pub kept: u32,
}

impl KeptPromises {
    /// The sum of the numbers that are told: so that what is not told cannot be computed from it.
    #[must_use]
    pub fn sum(&self) -> Figures {
        let told = self.clauses.iter().filter_map(|clause| clause.figures);
        told.fold(Figures::default(), |sum, one| Figures {
            due: sum.due.saturating_add(one.due),
            kept: sum.kept.saturating_add(one.kept),
        })
    }
}

/// How a brand kept its promises in the last four whole quarters before `now`; none without a policy.
#[must_use]
pub fn kept(board: &Board, brand: &Brand, now: Timestamp) -> Option<KeptPromises> {
    let versions = board.house.policies.iter();
    let policy = versions.rev().find(|policy| policy.front.id == brand.policy)?;
    let (from, until) = quarters(now.to_zoned(policy.front.zone.clone()).date())?;
    let mut counted: BTreeMap<&str, (Figures, BTreeSet<&str>)> = BTreeMap::new();
    let public = PublicCases::of(board);
    for (_, case) in board.all().filter(|(_, case)| case.brand == brand.id) {
        if !public.has(board, case, now) {
            continue;
        }
        for obligation in board.obligations(case, now) {
            let own = obligation.policy.front.id == policy.front.id && tells(obligation.promise.duty);
            let Some((day, in_time)) = outcome(&obligation).filter(|_| own) else {
                continue;
            };
            if (from..=until).contains(&day) {
                let clause = policy
                    .clauses
                    .iter()
                    .find(|clause| clause.id == obligation.promise.clause);
                let Some(clause) = clause else { continue };
                let (figures, cases) = counted.entry(&clause.id).or_default();
                figures.due += 1;
                figures.kept += u32::from(in_time);
                cases.insert(&case.number);
            }
        }
    }
    let told = |id: &str| {
        let (figures, cases) = counted.get(id)?;
        (cases.len() >= FEWEST_CASES).then_some(*figures)
    };
    let clauses = policy.clauses.iter().filter(|clause| promises(policy, &clause.id));
    Some(KeptPromises {
        brand: brand.id.clone(),
        policy: policy.front.id.clone(),
        from,
        until,
        clauses: clauses
            .map(|clause| KeptClause {
                clause: clause.id.clone(),
                figures: told(&clause.id),
            })
            .collect(),
    })
}

/// Whether a clause promises anything that can be late.
fn promises(policy: &Policy, clause: &str) -> bool {
    let mut promises = policy.promises.iter();
    promises.any(|promise| promise.clause == clause && tells(promise.duty))
}

/// What a policy aims at is never told (D2).
const fn tells(duty: Duty) -> bool {
    matches!(duty, Duty::Must)
}

/// The first and the last day of the four whole quarters before a day.
fn quarters(today: Date) -> Option<(Date, Date)> {
    let first_month = (today.month() - 1) / 3 * 3 + 1;
    let quarter = Date::new(today.year(), first_month, 1).ok()?;
    Some((
        quarter.checked_sub(12.months()).ok()?,
        quarter.checked_sub(1.day()).ok()?,
    ))
}

/// The day when an obligation was due by the policy, and whether it was kept by then. A date that people moved later does not count: the public
/// was promised the other one. None where nothing was owed in the end, or nobody can say how it ended.
fn outcome(obligation: &Obligation<'_>) -> Option<(Date, bool)> {
    let due = obligation.original_due.or(obligation.due)?;
    let kept = match obligation.state {
        State::Met => obligation.met_at.is_some_and(|met| met <= due),
        State::MetLate | State::Breached | State::Overdue | State::Waived => false,
        State::Dormant | State::Running | State::DueSoon | State::MetUnverified | State::Superseded => return None,
    };
    let day = due.to_zoned(obligation.policy.front.zone.clone()).date();
    Some((day, kept))
}

/// What the advisories of a house say of its cases.
struct PublicCases<'a> {
    /// Cases that a public advisory is about.
    told: BTreeSet<&'a str>,
    /// Cases that an advisory is about of which nothing is public yet.
    waiting: BTreeSet<&'a str>,
}

impl<'a> PublicCases<'a> {
    fn of(board: &'a Board) -> PublicCases<'a> {
        let mut cases = PublicCases {
            told: BTreeSet::new(),
            waiting: BTreeSet::new(),
        };
        for advisory in board.advisories.values() {
            let ordered = advisory.ordered.iter().flat_map(|ordered| &ordered.cases);
            let named = advisory.draft.cases.iter().chain(ordered).map(String::as_str);
            match is_out(advisory) {
                true => cases.told.extend(named),
                false => cases.waiting.extend(named),
            }
        }
        cases
    }

    /// Whether a case may move a number: it is over, every advisory on it is public, and nothing of it is sealed.
    fn has(&self, board: &Board, case: &Case, now: Timestamp) -> bool {
        let number = case.number.as_str();
        let sealed = case.embargo.ended.is_none() && !case.embargo.proposals.is_empty();
        if sealed || self.waiting.contains(number) || board.phase(case, now).open() {
            return false;
        }
        // What turned out to be a vulnerability counts once something tells of it: an advisory of this house, one of before it, or a note.
        let noted = |kind| {
            case.facts
                .marks
                .iter()
                .any(|mark| mark.kind == kind && mark.stands(now))
        };
        let told = [Kind::AdvisoryPublished, Kind::ReleaseNotePublished];
        case.facts.confirmed(now).is_none() || self.told.contains(number) || told.into_iter().any(noted)
    }
}

/// Whether a version of an advisory is public. That another text of it is being written changes nothing: a number that fell because of it would
/// tell that there is one.
fn is_out(advisory: &AdvisoryState) -> bool {
    let revisions = advisory.ordered.as_ref().map_or(0, |ordered| ordered.revisions.len());
    advisory.on_disk || revisions > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_whole_quarters_are_told() {
        let check = |today: &str, from: &str, until: &str| {
            let found = quarters(today.parse().unwrap()).unwrap();
            assert_eq!(
                (found.0.to_string(), found.1.to_string()),
                (from.to_owned(), until.to_owned()),
                "{today}"
            );
        };
        check("2026-11-22", "2025-10-01", "2026-09-30");
        check("2026-10-01", "2025-10-01", "2026-09-30");
        check("2026-09-30", "2025-07-01", "2026-06-30");
        check("2027-01-01", "2026-01-01", "2026-12-31");
        check("2024-03-31", "2023-01-01", "2023-12-31");
    }

    #[test]
    fn the_sum_is_of_what_is_told() {
        let clause = |clause: &str, figures| KeptClause {
            clause: clause.to_owned(),
            figures,
        };
        let kept = KeptPromises {
            brand: String::new(),
            policy: String::new(),
            from: "2025-10-01".parse().unwrap(),
            until: "2026-09-30".parse().unwrap(),
            clauses: vec![
                clause("1", Some(Figures { due: 7, kept: 6 })),
                clause("2", None),
                clause("3", Some(Figures { due: 5, kept: 5 })),
            ],
        };
        assert_eq!(kept.sum(), Figures { due: 12, kept: 11 });
    }
}
