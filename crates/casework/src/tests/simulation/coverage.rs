//! What a run reached: it proves nothing about states that it never came to.

use super::act::Outcome;
use super::ledger::Appendix;
use crate::Casework;
use psirt::advisory::{AdvisoryEvent, Audience, LimitedEvent};
use psirt::body::What;
use psirt::case::phase::Phase;
use psirt::event::{Exit, Kind};
use psirt::house::HouseEvent;
use std::collections::BTreeMap;
use std::fmt;

/// Every refusal by a part of its sentence.
const REFUSALS: &[&str] = &[
    "has not happened yet",
    "the case is closed: reopen it",
    "no product line is named",
    "names its clause",
    "leaves anything out of scope",
    "is rejected already",
    "only a rejection can be appealed",
    "only a machine's finding is promoted",
    "no such event in this case",
    "no promise of this case's policies is named",
    "has no released fix that could be withdrawn",
    "is not a CVE id",
    "no reporter of this case is called",
    "is still owed",
    "are the same",
    "allows a pause",
    "waiving it needs a second person",
    "a later date needs a second person",
    "would make a late promise look kept",
    "a lower band gives more time",
    "not before ",
    "the hold has not begun",
    "not until ",
    "a part of the program",
    "is for: ",
    "nobody is called",
    "cannot be the second person",
    "is an act of two people",
    "or not for you",
    "is not recorded by hand",
    "not a duplicate of itself",
    "no case has the number",
    "is part of that case already",
    "is a duplicate of",
    "no brand is called",
    "is no reporter",
    "cannot come in after now",
    "cannot be approved",
    "cannot be released",
    "cannot be withdrawn",
    "cannot be marked as published",
    "its author cannot approve",
    "still to come",
    "was recorded in",
    "was ever planned",
    "is over: reopen it",
    "say that the flaw is in",
    "it needs a second person",
    "something that was found",
    "there is no such event of",
    "stands on this `release-planned`",
    "close it first, or reject it",
    "others rely on what was agreed",
    "shares reports or origins with it",
    "nothing is restricted in this case",
    "under embargo until",
    "has this very text",
    "key already",
];

/// How often something was reached.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    kinds: BTreeMap<&'static str, usize>,
    phases: BTreeMap<String, usize>,
    refusals: BTreeMap<String, usize>,
    recorded: usize,
    refused: usize,
    /// Entries of lines that were taken back.
    retracted_of_lines: usize,
    /// Cases that were shredded, and the most streams that went with one.
    shredded: usize,
    shredded_at_once: usize,
    /// Senders that were erased.
    unnamed: usize,
    /// Releases to a level, and to one party, that were made.
    to_levels: usize,
    to_parties: usize,
    /// Keys that brands got beside their first.
    keys: usize,
}

impl Coverage {
    pub(super) fn count(&mut self, casework: &Casework, outcome: &Outcome, appendix: &Appendix) {
        self.recorded += outcome.recorded;
        self.refused += outcome.refusals.len();
        for body in &appendix.bodies {
            let kind = match &body.what {
                What::Case(event) => event.kind(),
                What::House(HouseEvent::Line(entry)) => entry.event.kind(),
                What::House(HouseEvent::LineRetracted { .. }) => {
                    self.retracted_of_lines += 1;
                    continue;
                }
                What::House(HouseEvent::CaseShredded(gone)) => {
                    self.shredded += 1;
                    self.shredded_at_once = self.shredded_at_once.max(gone.streams.len());
                    continue;
                }
                What::House(HouseEvent::PersonErased(_)) => {
                    self.unnamed += 1;
                    continue;
                }
                What::House(HouseEvent::KeyAdded(_)) => {
                    self.keys += 1;
                    continue;
                }
                What::Advisory(AdvisoryEvent::Limited {
                    audience,
                    event: LimitedEvent::Published { .. },
                }) => {
                    match audience {
                        Audience::Party(_) => self.to_parties += 1,
                        _ => self.to_levels += 1,
                    }
                    continue;
                }
                _ => continue,
            };
            *self.kinds.entry(kind.name()).or_default() += 1;
        }
        let board = casework.board();
        for case in appendix.streams.iter().filter_map(|stream| board.case(stream)) {
            let phase = name(board.phase(case, casework.now()));
            *self.phases.entry(phase).or_default() += 1;
        }
        for refusal in &outcome.refusals {
            let text = refusal.to_string();
            let known = REFUSALS.iter().find(|part| text.contains(**part));
            let known = known.map_or_else(|| text.chars().take(120).collect(), |part| (*part).to_owned());
            *self.refusals.entry(known).or_default() += 1;
        }
    }

    pub(super) fn add(&mut self, other: Coverage) {
        for (kind, times) in other.kinds {
            *self.kinds.entry(kind).or_default() += times;
        }
        for (phase, times) in other.phases {
            *self.phases.entry(phase).or_default() += times;
        }
        for (refusal, times) in other.refusals {
            *self.refusals.entry(refusal).or_default() += times;
        }
        self.recorded += other.recorded;
        self.refused += other.refused;
        self.retracted_of_lines += other.retracted_of_lines;
        self.shredded += other.shredded;
        self.shredded_at_once = self.shredded_at_once.max(other.shredded_at_once);
        self.unnamed += other.unnamed;
        self.to_levels += other.to_levels;
        self.to_parties += other.to_parties;
        self.keys += other.keys;
    }

    /// Every event happened, every phase was reached, every refusal was met.
    pub(super) fn assert_complete(&self) {
        let phases = Phase::PATH
            .into_iter()
            .chain([Phase::NeedsInfo, Phase::AwaitingUpstream]);
        let exits = [
            Exit::Duplicate,
            Exit::OutOfScope,
            Exit::NotAffected,
            Exit::NotAVulnerability,
            Exit::ObsoleteProduct,
            Exit::OtherVendor,
            Exit::CannotReproduce,
            Exit::Withdrawn,
        ];
        let phases = phases.chain(exits.map(Phase::Rejected)).map(name);
        let kinds = Kind::ALL
            .iter()
            .filter(|kind| !NEVER.contains(kind))
            .map(|kind| kind.name());
        let mut missed: Vec<String> = kinds
            .filter(|kind| !self.kinds.contains_key(kind))
            .map(|kind| format!("event {kind}"))
            .collect();
        missed.extend(
            phases
                .filter(|phase| !self.phases.contains_key(phase))
                .map(|phase| format!("phase {phase}")),
        );
        let refusals = REFUSALS.iter().filter(|part| !self.refusals.contains_key(**part));
        missed.extend(refusals.map(|part| format!("refusal \"{part}\"")));
        if self.retracted_of_lines == 0 {
            missed.push("a retraction of a line's event".to_owned());
        }
        // A case, its report, and more: another report, a duplicate or a draft.
        if self.shredded_at_once < 3 || self.unnamed == 0 {
            missed.push("shredding".to_owned());
        }
        if self.to_levels == 0 || self.to_parties == 0 {
            missed.push("a release to a level, and to a party".to_owned());
        }
        if self.keys == 0 {
            missed.push("another key of a brand".to_owned());
        }
        assert!(missed.is_empty(), "never reached: {missed:#?}\n{self}");
    }
}

/// Events that no act appends: a pause is always refused, and a policy is adopted for the house.
const NEVER: &[Kind] = &[Kind::PauseAsked, Kind::PolicyAdopted];

fn name(phase: Phase) -> String {
    match phase {
        Phase::Rejected(exit) => format!("rejected: {exit}"),
        phase => phase.name().to_owned(),
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} recorded, {} refused, {} taken back of lines, {} shredded (at most {} streams), {} unnamed",
            self.recorded, self.refused, self.retracted_of_lines, self.shredded, self.shredded_at_once, self.unnamed
        )?;
        writeln!(
            f,
            "{} released to levels, {} to parties, {} keys",
            self.to_levels, self.to_parties, self.keys
        )?;
        let kinds = self.kinds.iter().map(|(kind, times)| (*kind, *times));
        let phases = self.phases.iter().map(|(phase, times)| (phase.as_str(), *times));
        let refusals = self.refusals.iter().map(|(part, times)| (part.as_str(), *times));
        for (what, times) in kinds.chain(phases).chain(refusals) {
            writeln!(f, "{times:8} {what}")?;
        }
        Ok(())
    }
}
