//! Every clause of the two vendors' policies, proven.
//!
//! Owns the harness: a proof is a story that goes one way under the policy as it is shipped, and another once the clause, or any
//! single block of it, is deleted. `docs/clauses.md` names each of these tests; `register` holds the two together.

mod components;
mod decisions;
mod early;
mod excluded;
mod kinds;
mod nozomi;
mod publication;
mod refusals;
mod register;
mod remediation;
mod reports;
mod scope;
mod severity;
mod technology;

use crate::advisory::{Advisory, Remedy, RemedyKind, Vulnerability};
use crate::case::refuse::{Evidence, Refusal, Standing, refuse};
use crate::case::rescue::History;
use crate::case::view::CaseView;
use crate::case::{guidance, silence};
use crate::clock::facts::CaseFacts;
use crate::clock::length::Counting;
use crate::clock::tests::{CRITICAL, MEDIUM, at, compare_due, onprem, saas, shipped};
use crate::clock::timeline::{self, Subject};
use crate::clock::{Calendars, governing, obligations};
use crate::event::Entry;
use crate::policy::Policy;
use crate::policy::block::publish::{Publish, Vehicle};
use crate::policy::fact::{Fact, Facts};
use crate::story::Story;
use jiff::Timestamp;
use std::sync::OnceLock;

/// Whether a clause has its effect under a policy, and what is different if not.
type Proof = Result<(), String>;

/// Makes a test of each proof, and the list that the register is compared with.
macro_rules! prove {
    ($policy:ident; $($test:ident = $clause:literal),+ $(,)?) => {
        /// Clauses and the names of their tests.
        pub(super) const PROVEN: &[(&str, &str)] = &[$(($clause, stringify!($test))),+];

        mod proven {
            $(#[test]
            fn $test() {
                super::super::check_clause(super::super::$policy(), $clause, super::$test);
            })+
        }
    };
}
use prove;

/// Clauses and their tests, of both policies.
fn proven() -> impl Iterator<Item = (&'static str, &'static str)> {
    let parts = [
        components::PROVEN,
        nozomi::PROVEN,
        publication::PROVEN,
        remediation::PROVEN,
        scope::PROVEN,
        severity::PROVEN,
        technology::PROVEN,
    ];
    parts.into_iter().flatten().copied()
}

/// The policy of Nozomi Networks, as it is shipped.
fn nozomi() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| shipped(&["nozomi-networks"], &[]).remove(0))
}

/// The policy of 128 Technology, as it is shipped.
fn technology() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| shipped(&["128-technology"], &[]).remove(0))
}

/// The policy that a new house begins with.
fn house() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| shipped(&["house"], &[]).remove(0))
}

/// Checks that a proof holds under the whole policy, and neither without its clause nor without any one block of it.
/// How often a question was to be asked again by an instant, and the clause by which silence has ended the report then.
fn unanswered(policy: &Policy, story: &str, now: &str, reminders: usize, ends: Option<&str>) -> Proof {
    let (told, now) = (tell(story), now.parse().unwrap());
    let silent = silence::all(&told.facts, now);
    let asked = silent
        .first()
        .map(|silence| silence::reminders_due(Some(policy), silence, now));
    let ended = silence::ended_by(&told.facts, Some(policy), now).map(|(clause, _)| clause);
    require(
        (asked, ended) == (Some(reminders), ends),
        &format!("asked again {reminders} times, ended by {ends:?}: {asked:?}, {ended:?}"),
    )
}

fn check_clause(policy: &Policy, clause: &str, proof: fn(&Policy) -> Proof) {
    if let Err(difference) = judge_proof(policy, clause, proof) {
        panic!("{difference}");
    }
}

fn judge_proof(policy: &Policy, clause: &str, proof: fn(&Policy) -> Proof) -> Proof {
    proof(policy).map_err(|difference| format!("§{clause} under the whole policy: {difference}"))?;
    if proof(&policy.without_clause(clause)).is_ok() {
        return Err(format!("§{clause} is deleted, and its proof holds all the same"));
    }
    let blocks = blocks(policy, clause);
    require(!blocks.is_empty(), &format!("§{clause} has no block"))?;
    for (kind, id) in blocks {
        if proof(&without_block(policy, id)).is_ok() {
            return Err(format!(
                "{kind} `{id}` of §{clause} is deleted, and its proof holds all the same"
            ));
        }
    }
    Ok(())
}

/// Kinds and ids of the blocks of a clause, but for readings, in the order of the file.
fn blocks<'p>(policy: &'p Policy, clause: &str) -> Vec<(&'static str, &'p str)> {
    let mut all: Vec<(u32, &'static str, &str)> = Vec::new();
    macro_rules! each {
        ($($blocks:ident = $kind:literal),+) => {
            $(all.extend(policy.$blocks.iter().filter(|block| block.clause == clause).map(|block| (block.line, $kind, block.id.as_str())));)+
        };
    }
    each!(
        promises = "promise",
        bands = "bands",
        scopes = "scope",
        defines = "define",
        intakes = "intake",
        notices = "notice",
        gates = "gate",
        publishes = "publish",
        lists = "list",
        accesses = "access",
        priorities = "priority",
        vocabularies = "vocabulary",
        calendars = "calendar"
    );
    all.sort_unstable();
    all.into_iter().map(|(_, kind, id)| (kind, id)).collect()
}

/// The same policy without one block that is no reading.
fn without_block(policy: &Policy, id: &str) -> Policy {
    let mut policy = policy.clone();
    policy.bands = policy.bands.filter(|block| block.id != id);
    macro_rules! each {
        ($($blocks:ident),+) => { $(policy.$blocks.retain(|block| block.id != id);)+ };
    }
    each!(
        promises,
        scopes,
        defines,
        intakes,
        notices,
        gates,
        publishes,
        lists,
        accesses,
        priorities,
        vocabularies,
        calendars
    );
    policy
}

/// A difference, unless the condition holds.
fn require(holds: bool, what: &str) -> Proof {
    if holds { Ok(()) } else { Err(format!("not so: {what}")) }
}

/// Compares the obligations of a story with `expect`, written as [`compare_due`] reads it.
fn owes(policy: &Policy, story: &str, now: &str, expect: &str) -> Proof {
    compare_due(std::slice::from_ref(policy), story, now, expect)
}

/// A story, read and folded.
struct Told {
    now: Timestamp,
    facts: CaseFacts,
}

fn tell(story: &str) -> Told {
    let story = Story::read(story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let now = story.entries().map(|entry| entry.recorded).max().unwrap();
    let facts = CaseFacts::fold(&story.products, story.entries(), now);
    Told { now, facts }
}

impl Told {
    /// What a policy knows of the case, or of one of its lines.
    fn known(&self, policy: &Policy, line: Option<&str>) -> Facts {
        let counting = Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        };
        let subject = line.map_or(Subject::Case, |name| Subject::Track(self.facts.line(name).unwrap()));
        timeline::facts_at(policy, &counting, &self.facts, subject, self.now)
    }
}

/// The label of the band that a story's last score has.
fn band<'p>(policy: &'p Policy, story: &str) -> Option<&'p str> {
    let value = tell(story).known(policy, None).get(Fact::Band)?;
    policy.bands.as_ref()?.get(value).map(|band| band.label.as_str())
}

/// The vehicles that a clause asks for, at the end of a story.
fn vehicles<'p>(policy: &'p Policy, clause: &str, story: &str, line: Option<&str>) -> Vec<&'p Publish> {
    let known = tell(story).known(policy, line);
    guidance::vehicles(policy, &known)
        .filter(|publish| publish.clause == clause)
        .collect()
}

/// Checks that a clause asks for one publication by this vehicle, with certain forms and contents.
fn told_by(policy: &Policy, clause: &str, story: &str, vehicle: Vehicle, fits: fn(&Publish) -> bool) -> Proof {
    let asked = vehicles(policy, clause, story, None);
    require(
        asked.iter().any(|publish| publish.vehicle == vehicle && fits(publish)),
        &format!("§{clause} asks for {vehicle:?}"),
    )
}

/// What is prepared for a publication: everything, unless a proof takes something away.
struct Prepared {
    advisory: Advisory,
    csaf: Option<bool>,
    provider_metadata: bool,
    signing_key: bool,
}

impl Default for Prepared {
    fn default() -> Prepared {
        let remedy = Remedy {
            kind: RemedyKind::VendorFix,
            text: "Install 25.1.".to_owned(),
            products: vec!["Sensor".to_owned()],
            date: None,
        };
        let vulnerability = Vulnerability {
            title: "A flaw".to_owned(),
            remedies: vec![remedy],
            ..Vulnerability::default()
        };
        let advisory = Advisory {
            vulnerabilities: vec![vulnerability],
            ..Advisory::default()
        };
        Prepared {
            advisory,
            csaf: Some(true),
            provider_metadata: true,
            signing_key: true,
        }
    }
}

impl Prepared {
    fn without_instructions() -> Prepared {
        let mut prepared = Prepared::default();
        prepared
            .advisory
            .vulnerabilities
            .iter_mut()
            .for_each(|vulnerability| vulnerability.remedies.clear());
        prepared
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            advisory: Some(&self.advisory),
            csaf_passes: self.csaf,
            provider_metadata: self.provider_metadata,
            signing_key: self.signing_key,
        }
    }
}

/// Judges an entry after what a story tells, as the desk would.
fn judge(
    policies: &[Policy],
    story: &Story,
    before: &[Entry],
    entry: &Entry,
    prepared: &Prepared,
) -> Result<(), Refusal> {
    let now = entry.recorded;
    let facts = CaseFacts::fold(&story.products, before, now);
    let view = CaseView::fold(before);
    let calendars = Calendars::default();
    let obligations = obligations(policies, &facts, &calendars, now);
    let governing = governing(policies, &facts);
    let standing = Standing {
        facts: &facts,
        view: &view,
        entries: before,
        obligations: &obligations,
        policies: &governing,
        history: History {
            lines: &story.products,
            entries: before,
            policies,
            calendars: &calendars,
        },
        evidence: prepared.evidence(),
        now,
    };
    refuse(&standing, entry)
}

/// Judges the last event of a story after the others.
fn judge_last(policy: &Policy, story: &str, prepared: &Prepared) -> Result<(), Refusal> {
    let story = Story::read(story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let mut entries: Vec<Entry> = story.entries().cloned().collect();
    let last = entries.pop().unwrap();
    judge(std::slice::from_ref(policy), &story, &entries, &last, prepared)
}

/// Checks that the last event of a story is refused by a clause, by no other one.
fn refuses_with(policy: &Policy, clause: &str, story: &str, prepared: &Prepared) -> Proof {
    match judge_last(policy, story, prepared) {
        Err(refusal) if refusal.clause == clause => Ok(()),
        Err(refusal) => Err(format!("{refusal}, not by §{clause}\n{story}")),
        Ok(()) => Err(format!("not refused by §{clause}\n{story}")),
    }
}

fn refuses(policy: &Policy, clause: &str, story: &str) -> Proof {
    refuses_with(policy, clause, story, &Prepared::default())
}

/// Checks that nothing forbids the last event of a story.
fn passes(policy: &Policy, story: &str) -> Proof {
    judge_last(policy, story, &Prepared::default()).map_err(|refusal| format!("{refusal}\n{story}"))
}

#[test]
fn a_proof_that_needs_no_clause_is_found() {
    let found = judge_proof(nozomi(), "N3", |_| Ok(()));
    assert_eq!(
        found,
        Err("§N3 is deleted, and its proof holds all the same".to_owned())
    );
}

#[test]
fn a_block_that_no_proof_needs_is_found() {
    let about_one_block = |policy: &Policy| require(policy.promise("acknowledgement").is_some(), "it is owed");
    let found = judge_proof(nozomi(), "N18", about_one_block);
    let expect = "intake `tracking-number` of §N18 is deleted, and its proof holds all the same";
    assert_eq!(found, Err(expect.to_owned()));
}
