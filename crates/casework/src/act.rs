//! Events of a case: judged by its policies as it stands, then appended.
//!
//! Owns what goes into the journal beside an event: the move to another brand's policy, and the note that two brands share a flaw.
//! Never decides what is forbidden: `psirt::case::refuse` does.

use crate::Casework;
use crate::actions::{self, READ_CASE};
use crate::actor::{Actor, shown};
use crate::advisory::{refuse_to_forget, tells_of};
use crate::error::ActError;
use crate::mail::tell;
use crate::merge;
use crate::permit::permit;
use crate::plan::Plan;
use crate::ports::whole_microseconds;
use crate::replica::Replica;
use crate::restricted::permit_lifting;
use jiff::Timestamp;
use psirt::board::originals::is_original;
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::merge::target;
use psirt::case::number::Number;
use psirt::case::refuse::{Evidence, Refusal, Standing, refuse, refuse_disclosure};
use psirt::case::rescue::History;
use psirt::case::triage;
use psirt::clock::facts::CaseFacts;
use psirt::clock::{governing, obligations, timeline};
use psirt::event::{Entry, Event, EventRef};
use psirt::house::{Brand, Product};
use psirt::policy::block::define::Define;
use psirt::policy::block::scope::Scope;
use psirt::policy::word::Word as _;
use psirt::policy::{Policy, PolicyKind};
use psirt::story::Story;
use store::StreamId;

/// An event that is in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its place in the case, from 1.
    pub seq: u32,
}

/// A question of triage that a report's text raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The clause with its sign.
    pub clause: String,
    /// The policy's id.
    pub policy: String,
    /// What a person is asked; yes means out of scope.
    pub question: String,
    /// The word of the exception, and what a person is asked about it; yes means in scope after all.
    pub exception: Option<(String, String)>,
    /// What the reporter is told: the answer, the clause, and the way to appeal.
    pub reply: String,
    /// Whether the reporter may appeal.
    pub appeal: bool,
}

/// A definition of the policy that a person answers for a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The clause with its sign.
    pub clause: String,
    /// What a person is asked.
    pub question: String,
    /// Its parts, each answered by yes or no.
    pub elements: Vec<String>,
    /// Whether all parts must hold, or any.
    pub combine: &'static str,
    /// The accepted reasons for `not-affected`.
    pub justifications: Vec<String>,
}

/// A flag that a report's words propose. A person sets it; it rejects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The flag's word.
    pub flag: String,
    /// The clause with its sign.
    pub clause: String,
    /// What the team has to do then.
    pub task: String,
    /// Whether it was set already.
    pub set: bool,
}

/// What a report's text raises. Candor suggests; a person decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage {
    /// Questions of scope, in the order of the policy.
    pub questions: Vec<Question>,
    /// Definitions to answer.
    pub definitions: Vec<Definition>,
    /// Flags that the words propose.
    pub flags: Vec<Proposed>,
}

impl Casework {
    /// Records an event of a case as having happened at `at`, or now.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Refused`] with the clause that forbids it; [`ActError::Invalid`]
    /// for an event that another action records; [`ActError::Conflict`]; those of the store.
    pub async fn act(&self, actor: &Actor, case: &str, at: Option<Timestamp>, event: Event) -> Result<Done, ActError> {
        self.act_with(actor, case, at, event, None).await
    }

    /// The same, with a note of the team in the same batch.
    pub(crate) async fn act_with(
        &self,
        actor: &Actor,
        number: &str,
        at: Option<Timestamp>,
        event: Event,
        note: Option<String>,
    ) -> Result<Done, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let kind = event.kind();
            permit(&replica.board.house, actor, actions::of_event(kind))?;
            if let Some(elsewhere) = actions::recorded_elsewhere(kind) {
                return Err(ActError::invalid(format!(
                    "`{kind}` is not recorded by hand: {elsewhere}"
                )));
            }
            if let Event::ReportJoined {
                acknowledged, reviewed, ..
            } = &event
                && acknowledged.or(*reviewed).is_some()
            {
                return Err(ActError::invalid(
                    "what was done for a report before it joined is taken from its own case: `candor case join`",
                ));
            }
            let (stream, case) = find_case(&replica.board, number)?;
            let event = settled(&replica.board, case, &event);
            permit_lifting(&replica.board, actor, case, &event)?;
            if let Event::DuplicateOf { case: primary } = &event {
                let (other, _) = find_case(&replica.board, primary)
                    .map_err(|_| ActError::invalid(format!("no case has the number `{primary}`")))?;
                if other == stream {
                    return Err(ActError::invalid("a case is not a duplicate of itself"));
                }
            }
            let at = at.map_or(now, whole_microseconds);
            let entry = next_entry(replica, &stream, actor, at, now, event.clone());
            refuse_to_forget(case, &entry)?;
            judge(&replica.board, case, &entry, Evidence::default(), now)?;
            if note.as_deref().is_some_and(|text| tells_of(&replica.board, case, text)) {
                judge_with(
                    &replica.board,
                    case,
                    &entry,
                    Evidence::default(),
                    now,
                    refuse_disclosure,
                )?;
            }
            let halves = merge::other_half(&replica.board, replica, case, &entry, now)?;
            let mut plan = Plan::by(actor);
            let concerned = replica.board.report_concerned(case, &event);
            plan.push_about(concerned.as_deref(), &stream, at, event.clone());
            tell(&mut plan, &replica.board, (&stream, case), &entry, now)?;
            for (stream, what) in halves {
                plan.push(&stream, at, what);
            }
            for further in beside(&replica.board, case, &event) {
                plan.push(&stream, at, What::Case(further));
            }
            if let Some(text) = &note {
                plan.push(&stream, at, What::Case(Event::Noted { text: text.clone() }));
            }
            Ok((plan, entry.seq))
        };
        self.record(record).await.map(|(seq, _)| Done { seq })
    }

    /// A case as a story.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for an unknown number.
    pub fn story(&self, number: &str) -> Result<Story, ActError> {
        let board = self.board();
        let (_, case) = find_case(&board, number)?;
        Ok(board.story(case))
    }

    /// What a report's text raises under its brand's policy, by the number of the report or of its case.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for an unknown number.
    pub fn triage(&self, number: &str) -> Result<Triage, ActError> {
        let board = self.board();
        let (_, case) = find_case(&board, number)?;
        let texts = case.reports.iter().filter_map(|report| board.report(report));
        let text = texts.fold(
            format!("{}\n\n{}", case.view.title, case.view.summary),
            |text, report| format!("{text}\n\n{}\n\n{}", report.title, report.text),
        );
        let Some(policy) = board.policy_of(case) else {
            return Ok(Triage::default());
        };
        let tenths = timeline::deciding_score(policy, &case.facts, None, self.now())
            .map(|score| timeline::band_tenths(policy, score));
        let asked = triage::suggest(policy, &text);
        let scored = policy
            .scopes
            .iter()
            .filter(|scope| tenths.is_some_and(|tenths| scope.suggest_score(tenths)));
        let scored = scored.filter(|scope| !asked.iter().any(|other| other.id == scope.id));
        let questions = asked.iter().copied().chain(scored).map(|scope| question(policy, scope));
        let definitions = triage::definitions(policy, &text).into_iter().map(definition);
        let flags = triage::flags(policy, &text).into_iter().map(|flagged| Proposed {
            flag: flagged.flag.to_string(),
            clause: format!("§{}", flagged.clause),
            task: flagged.task.to_owned(),
            set: case.view.flags.contains(&flagged.flag),
        });
        Ok(Triage {
            questions: questions.collect(),
            definitions: definitions.collect(),
            flags: flags.collect(),
        })
    }

    /// Whether somebody may read cases, reports and advisories: what a page asks before it shows one.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for an administrator, as for a case that is not there (law 7); [`ActError::NotPermitted`] for somebody unknown.
    pub fn may_read(&self, actor: &Actor) -> Result<(), ActError> {
        permit(&self.board().house, actor, &READ_CASE)
    }
}

/// An event as it is recorded. A retraction that names the last event of a kind says which one that is, where it may be destroyed: afterwards
/// another one would be the last.
fn settled(board: &Board, case: &Case, event: &Event) -> Event {
    // A term may be given as documents print it; what is recorded is its id.
    if let Event::ImpactSet { term, cwe } = event {
        let policies = governing(&board.house.policies, &case.facts);
        let mut lists = policies.iter().flat_map(|policy| &policy.vocabularies);
        if let Some(known) = lists.find_map(|list| list.named(term)) {
            return Event::ImpactSet {
                term: known.id.clone(),
                cwe: cwe.clone(),
            };
        }
    }
    if let Event::Retracted { event: named, why } = event
        && let Some(target) = target(&case.entries, named).filter(|target| is_original(&target.by, &target.event))
    {
        return Event::Retracted {
            event: EventRef::Seq(target.seq),
            why: why.clone(),
        };
    }
    event.clone()
}

fn question(policy: &Policy, scope: &Scope) -> Question {
    let exception = triage::exception(policy, scope);
    Question {
        clause: format!("§{}", scope.clause),
        policy: policy.front.id.clone(),
        question: scope.question.clone(),
        exception: exception.map(|(word, question)| (word.to_owned(), question.to_owned())),
        reply: triage::reply(policy, scope),
        appeal: scope.appeal,
    }
}

fn definition(define: &Define) -> Definition {
    Definition {
        clause: format!("§{}", define.clause),
        question: define.question.clone().unwrap_or_default(),
        elements: define.elements.clone(),
        combine: define.combine.word(),
        justifications: define.justifications.clone(),
    }
}

/// The case of a number as a person typed it: its own, that of any of its reports, or a name of elsewhere.
pub(crate) fn find_case<'a>(board: &'a Board, number: &str) -> Result<(StreamId, &'a Case), ActError> {
    let own = Number::parse(number)
        .ok()
        .and_then(|number| board.case_of_number(number.as_str()));
    let (stream, case) = own
        .or_else(|| board.case_of_other_name(number.trim()))
        .ok_or(ActError::NO_CASE)?;
    Ok((StreamId::new(stream)?, case))
}

/// An entry as it would be recorded next.
pub(crate) fn next_entry(
    replica: &Replica,
    stream: &StreamId,
    actor: &Actor,
    at: Timestamp,
    now: Timestamp,
    event: Event,
) -> Entry {
    Entry {
        seq: u32::try_from(replica.next(stream)).unwrap_or(u32::MAX),
        at,
        recorded: now,
        by: actor.id.clone(),
        approved_by: actor.approved_by.clone(),
        event,
        case: None,
        report: None,
    }
}

/// Judges an entry on the case as it stands, with the lines that the entry names.
pub(crate) fn judge(
    board: &Board,
    case: &Case,
    entry: &Entry,
    evidence: Evidence<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    judge_with(board, case, entry, evidence, now, refuse)
}

/// The same, by another rule.
pub(crate) fn judge_with(
    board: &Board,
    case: &Case,
    entry: &Entry,
    evidence: Evidence<'_>,
    now: Timestamp,
    refuse: impl FnOnce(&Standing<'_>, &Entry) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let (lines, entries) = board.history_for(case, &entry.event);
    let facts = CaseFacts::fold(&lines, &entries, Timestamp::MAX);
    let obligations = obligations(&board.house.policies, &facts, &board.house.calendars, now);
    let policies = governing(&board.house.policies, &facts);
    let standing = Standing {
        facts: &facts,
        view: &case.view,
        entries: &case.entries,
        obligations: &obligations,
        policies: &policies,
        history: History {
            lines: &lines,
            entries: &entries,
            policies: &board.house.policies,
            calendars: &board.house.calendars,
        },
        evidence,
        now,
    };
    refuse(&standing, entry)
}

/// What is recorded beside an event that names lines: the move to the policy of their brand (D16), and that two brands share a flaw (D15).
fn beside(board: &Board, case: &Case, event: &Event) -> Vec<Event> {
    let named: Vec<&Product> = match event {
        Event::Confirmed { products, .. } | Event::Suspected { products } => products
            .iter()
            .filter_map(|name| board.house.products.get(name))
            .collect(),
        _ => return Vec::new(),
    };
    let mut brands: Vec<&Brand> = named
        .iter()
        .filter_map(|product| board.house.brands.get(&product.brand))
        .collect();
    brands.sort_by_key(|brand| &brand.id);
    brands.dedup_by_key(|brand| &brand.id);
    let mut further = Vec::new();
    if let Some(brand) = brands
        .first()
        .filter(|_| brands.iter().all(|brand| brand.id != case.brand))
    {
        further.extend(repinned(board, case, brand, &named));
    }
    if matches!(event, Event::Confirmed { .. }) && brands.len() > 1 {
        let names: Vec<&str> = brands.iter().map(|brand| brand.name.as_str()).collect();
        let text = format!(
            "This flaw is in products of {}. The shorter way to publication wins, unless two people record otherwise.",
            names.join(" and ")
        );
        further.push(Event::Noted { text });
    }
    further
}

/// The move to a brand's policy, in the version that was in force when the case was opened.
fn repinned(board: &Board, case: &Case, brand: &Brand, named: &[&Product]) -> Option<Event> {
    let lines: Vec<_> = named
        .iter()
        .filter(|product| product.brand == brand.id)
        .map(|product| board.house.line(product))
        .collect();
    let facts = CaseFacts::fold(&lines, &case.entries, Timestamp::MAX);
    let policies = governing(&board.house.policies, &facts);
    let policy = policies
        .iter()
        .find(|policy| policy.front.kind == PolicyKind::Policy && policy.front.id == brand.policy)?;
    let why = format!("`{}` is sold by {}", shown(lines.first()?.name.as_str()), brand.name);
    Some(Event::Repinned {
        policy: policy.front.id.clone(),
        version: policy.front.version.clone(),
        why,
    })
}
