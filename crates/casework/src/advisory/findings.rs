//! What is wrong with a text, at its fields, while somebody writes it: what keeps it from being a document, every finding of the CSAF
//! validator, the rules of the CNAs, and whether its status fits.
//!
//! Owns the collection, and what a text still needs before it goes out. Never refuses: the gates of an order do, and ask the same validator.

use super::evidence::{Judged, judge, prepared};
use super::release::{Ordering, numbered, replaced_by};
use super::schedule::{self, doubts};
use super::sealed;
use super::unmet::unmet;
use super::{brand_named, find_advisory, is_on_its_way};
use crate::error::ActError;
use documents::cve::{self, Statement, Weight as CnaWeight};
use documents::field;
use jiff::Timestamp;
use psirt::advisory::{Advisory, AdvisoryState, LineState, Stage, status_hints};
use psirt::board::Board;
use psirt::event::Origin;
use psirt::house::Brand;

pub use super::schedule::Early;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing goes out like this.
    Blocks,
    /// It goes out with a reason.
    NeedsReason,
    /// It goes out, and its CVE record must not.
    BlocksRecord,
    /// Somebody should know.
    Hint,
}

impl Weight {
    /// The word on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Weight::Blocks => "must change",
            Weight::NeedsReason => "needs a reason",
            Weight::BlocksRecord => "keeps back the CVE record",
            Weight::Hint => "hint",
        }
    }
}

/// Something that is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field, as [`psirt::advisory::fields`] names it; empty for the whole text.
    pub field: String,
    /// Who says so: `CSAF 6.2.11`, `CNA rule 5.1.3`; empty for Candor itself.
    pub source: String,
    /// How much it weighs.
    pub weight: Weight,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The reason for which it was accepted when it was scheduled.
    pub accepted: Option<String>,
}

impl Finding {
    /// Whether it is about this field, a part of it, or what it is part of.
    #[must_use]
    pub fn is_about(&self, field: &str) -> bool {
        let within = |outer: &str, inner: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        within(field, &self.field) || (!self.field.is_empty() && within(&self.field, field))
    }
}

/// How a text stands before it goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prospect {
    /// What is wrong with it, in the order of its fields; the heaviest first of each.
    pub findings: Vec<Finding>,
    /// What its publication still needs, as sentences.
    pub missing: Vec<String>,
    /// Why it should not wait for its day (D14).
    pub early: Vec<Early>,
}

/// Everything that is known of an advisory before it goes out, of a board at an instant.
///
/// # Errors
/// [`ActError::NotFound`]; [`ActError::Invalid`] for a brand that is gone.
pub fn prospect(board: &Board, id: &str, now: Timestamp) -> Result<Prospect, ActError> {
    let (_, state) = find_advisory(board, id)?;
    let findings = findings(board, state, now)?;
    Ok(Prospect {
        missing: missing(board, state, &findings, now)?,
        early: schedule::early(board, state, now)?,
        findings,
    })
}

/// Why a scheduled advisory should not wait for its day, of a board at an instant (D14).
///
/// # Errors
/// [`ActError::NotFound`].
pub fn early(board: &Board, id: &str, now: Timestamp) -> Result<Vec<Early>, ActError> {
    let (_, state) = find_advisory(board, id)?;
    schedule::early(board, state, now)
}

/// The findings of the text that is worked on, as it would go out.
pub(super) fn findings(board: &Board, state: &AdvisoryState, now: Timestamp) -> Result<Vec<Finding>, ActError> {
    if state.draft.vulnerabilities.is_empty() {
        return Ok(Vec::new());
    }
    let brand = brand_named(board, &state.draft.brand)?;
    let text = as_released(board, brand, state, now)?;
    let mut findings = of_csaf(&text, brand);
    if findings.iter().all(|finding| finding.source != FORM) {
        findings.extend(of_cnas(&text, brand));
        findings.extend(of_other_advisories(board, state, &text));
        findings.extend(of_origin(board, &text));
    }
    findings.extend(of_sealed_words(board, state, &text, now)?);
    findings.extend(nothing_valid(board, state).map(|message| Finding {
        field: String::new(),
        source: FORM.to_owned(),
        weight: Weight::Hint,
        message,
        accepted: None,
    }));
    findings.extend(documents::range::unread(&text).into_iter().map(|unread| Finding {
        field: field::of_place(&unread.place, &text),
        source: FORM.to_owned(),
        weight: Weight::Hint,
        message: unread.message,
        accepted: None,
    }));
    let is_public = is_settled(state);
    findings.extend(
        status_hints(&state.draft, is_public, now)
            .into_iter()
            .map(|message| Finding {
                field: "status".to_owned(),
                source: FORM.to_owned(),
                weight: Weight::Hint,
                message,
                accepted: None,
            }),
    );
    let accepted = state.schedule.as_ref().map(|schedule| schedule.accepted.as_slice());
    for finding in &mut findings {
        let test = finding.source.strip_prefix(CSAF);
        let reason = accepted.and_then(|all| all.iter().find(|(known, _)| Some(known.as_str()) == test));
        finding.accepted = reason.map(|(_, why)| why.clone());
    }
    let order = psirt::advisory::fields(&state.draft);
    let place = |finding: &Finding| {
        let first = order.iter().position(|(name, _)| finding.is_about(name));
        (first.unwrap_or(order.len()), finding.weight)
    };
    findings.sort_by_key(place);
    Ok(findings)
}

/// Words that are not public yet, at the fields that name them. What is out is not looked at again.
fn of_sealed_words(
    board: &Board,
    state: &AdvisoryState,
    text: &Advisory,
    now: Timestamp,
) -> Result<Vec<Finding>, ActError> {
    if is_settled(state) {
        return Ok(Vec::new());
    }
    let found = sealed::in_fields(board, text, now)?.into_iter();
    let finding = |(field, sealed): (String, sealed::Sealed)| Finding {
        field,
        source: SEALED.to_owned(),
        weight: Weight::Blocks,
        message: sealed.message(),
        accepted: None,
    };
    Ok(found.map(finding).collect())
}

/// Where an advisory was replaced by one that was withdrawn, neither is valid.
fn nothing_valid(board: &Board, state: &AdvisoryState) -> impl Iterator<Item = String> {
    let is_withdrawn = |number: &&str| {
        let of_number = |other: &&AdvisoryState| other.draft.number == *number;
        let successor = board.advisories.values().find(of_number);
        successor.is_some_and(|other| other.stage == Stage::Withdrawn)
    };
    let replaced = replaced_by(board, state).filter(|_| state.stage == Stage::Withdrawn);
    let replaced: Vec<String> = replaced
        .map(|number| {
            format!("it replaced {number}, and is withdrawn: neither is valid; draft another one if its cases need it")
        })
        .collect();
    let successor = state.superseded_by().filter(|number| is_withdrawn(number));
    let successor = successor.map(|number| {
        format!(
            "it is superseded by {number}, which is withdrawn: neither is valid; draft another one if its cases need it"
        )
    });
    replaced.into_iter().chain(successor)
}

/// A source that is Candor itself.
const FORM: &str = "";
/// The look for words that are not public yet.
const SEALED: &str = "sealed words";
/// How a test of CSAF is named.
const CSAF: &str = "CSAF ";

/// Whether nothing is being written: what is there is public, or on its way.
fn is_settled(state: &AdvisoryState) -> bool {
    state.stage == Stage::Published || state.stage.is_last() || is_on_its_way(state)
}

/// The text with the number and the revision that it would go out with.
fn as_released(board: &Board, brand: &Brand, state: &AdvisoryState, now: Timestamp) -> Result<Advisory, ActError> {
    if is_settled(state) {
        return Ok(state.draft.copy());
    }
    let order = Ordering {
        summary: "What changed.",
        ..Ordering::default()
    };
    let at = state.schedule.as_ref().map_or(now, |schedule| schedule.at.max(now));
    numbered(board, brand, state, &order, at)
}

fn of_csaf(text: &Advisory, brand: &Brand) -> Vec<Finding> {
    let finding = |field: String, source: &str, weight: Weight, message: &str| Finding {
        field,
        source: source.to_owned(),
        weight,
        message: message.to_owned(),
        accepted: None,
    };
    let (document, judgement) = match judge(brand, text) {
        Judged::Incomplete(problems) => {
            let of = |problem: &documents::Problem| {
                let field = field::of_place(&problem.place, text);
                finding(field, FORM, Weight::Blocks, &problem.message)
            };
            return problems.iter().map(of).collect();
        }
        Judged::Document(document, judgement) => (document, judgement),
    };
    let origin = field::Origin::of(&document, text, brand);
    let weight = |class: gate::Class| match class {
        gate::Class::Schema | gate::Class::Mandatory => Weight::Blocks,
        gate::Class::Optional => Weight::NeedsReason,
        gate::Class::Informative => Weight::Hint,
    };
    let found = judgement.findings.iter().map(|found| {
        let source = format!("{CSAF}{}", found.test);
        finding(
            origin.field_of(found.test, &found.path),
            &source,
            weight(found.class),
            &found.message,
        )
    });
    // A mandatory test without a verdict is no pass; the known gaps are not of that class.
    let silent = judgement
        .not_run
        .iter()
        .filter(|test| test.class <= gate::Class::Mandatory);
    let silent = silent.map(|test| {
        finding(
            String::new(),
            &format!("{CSAF}{}", test.test),
            Weight::Blocks,
            &test.why,
        )
    });
    let mut findings: Vec<Finding> = found.chain(silent).collect();
    // The validator tells the same of every score and product.
    findings.dedup();
    findings
}

/// What the CNA's rules say of each vulnerability with an id, in the words of this advisory alone.
fn of_cnas(text: &Advisory, brand: &Brand) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, vulnerability) in text.vulnerabilities.iter().enumerate() {
        let Some(id) = cve::own(vulnerability) else {
            continue;
        };
        // An id by which nothing is affected gets no record.
        if vulnerability
            .lines
            .iter()
            .all(|line| line.state == LineState::NotAffected)
        {
            continue;
        }
        let statement = Statement {
            advisory: text,
            vulnerability,
        };
        let Some(container) = cve::container(&[statement], brand) else {
            continue;
        };
        let hosted = vulnerability.lines.iter().all(|line| line.deployment == "saas");
        findings.extend(cve::check(&container, id, hosted).into_iter().map(|found| {
            let field = field::of_cve(&found.place, &container, place);
            of_cna(found.rule, found.weight, field, found.message)
        }));
    }
    findings
}

/// Where a text contradicts what else the brand says of the same id: one record is made of all of it. Only what is ordered or public is
/// looked at, so that no draft shows in another one.
fn of_other_advisories(board: &Board, state: &AdvisoryState, text: &Advisory) -> Vec<Finding> {
    let others = board.advisories.values().filter(|other| !std::ptr::eq(*other, state));
    let told = others
        .filter(|other| !other.stage.is_last())
        .filter_map(|other| other.ordered.as_deref());
    let told: Vec<&Advisory> = told.filter(|other| other.brand == text.brand).collect();
    if told.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (place, vulnerability) in text.vulnerabilities.iter().enumerate() {
        let of_same_id = told.iter().flat_map(|advisory| {
            let same = advisory
                .vulnerabilities
                .iter()
                .filter(|other| other.cve.is_some() && other.cve == vulnerability.cve);
            same.map(|vulnerability| Statement {
                advisory,
                vulnerability,
            })
        });
        let of_same_id: Vec<Statement<'_>> = of_same_id.collect();
        let own = Statement {
            advisory: text,
            vulnerability,
        };
        let found = cve::across(&own, &of_same_id).into_iter();
        findings.extend(found.map(|found| {
            of_cna(
                found.rule,
                found.weight,
                format!("vulnerabilities[{place}].{}", found.place),
                found.message,
            )
        }));
    }
    findings
}

/// An id of a third party's vulnerability was assigned by another CNA, and the record is theirs.
fn of_origin(board: &Board, text: &Advisory) -> Vec<Finding> {
    let by_another = |id: &str| {
        let cases = text.cases.iter().filter_map(|number| board.own_case(number));
        let mut cases = cases.filter(|(_, case)| case.view.cve.as_deref() == Some(id));
        cases.any(|(_, case)| case.facts.confirmed_origin() == Some(Origin::ThirdParty))
    };
    let ids = text.vulnerabilities.iter().enumerate();
    let ids = ids.filter(|(_, vulnerability)| vulnerability.cve.as_deref().is_some_and(by_another));
    let message = "is of a third party's component, so another CNA assigned it, and the record is theirs: submit none";
    ids.map(|(place, _)| {
        let field = format!("vulnerabilities[{place}].cve");
        of_cna("4.2.16.6", CnaWeight::Must, field, message.to_owned())
    })
    .collect()
}

fn of_cna(rule: &str, weight: CnaWeight, field: String, message: String) -> Finding {
    Finding {
        field,
        source: format!("CNA rule {rule}"),
        weight: match weight {
            CnaWeight::Must => Weight::BlocksRecord,
            CnaWeight::FollowUp => Weight::Hint,
        },
        message,
        accepted: None,
    }
}

/// What the next publication of a text still needs, as sentences.
fn missing(
    board: &Board,
    state: &AdvisoryState,
    findings: &[Finding],
    now: Timestamp,
) -> Result<Vec<String>, ActError> {
    let mut missing = Vec::new();
    if is_settled(state) {
        if let Some(why) = board.house.held_aside(state, now) {
            missing.push(format!("It could not be published: {why}"));
        }
        return Ok(missing);
    }
    let count = |weight: Weight, source: &str| {
        let open = findings.iter().filter(|finding| finding.accepted.is_none());
        open.filter(|finding| finding.weight == weight && finding.source.starts_with(source))
            .count()
    };
    let plural = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        many => Some(format!("{many} {several}")),
    };
    let open = state
        .comments
        .iter()
        .filter(|comment| comment.resolved_by.is_none())
        .count();
    missing.extend(plural(
        count(Weight::Blocks, FORM),
        "finding must be mended",
        "findings must be mended",
    ));
    missing.extend(plural(
        count(Weight::NeedsReason, CSAF),
        "finding of an optional test is mended, or accepted with a reason",
        "findings of optional tests are mended, or accepted with a reason",
    ));
    missing.extend(plural(open, "comment is to be settled", "comments are to be settled"));
    if let Some((by, why)) = &state.sent_back {
        missing.push(format!("{by} sent it back: {why}"));
    }
    if matches!(state.stage, Stage::Draft | Stage::Review) {
        missing.push("somebody else than its author approves it".to_owned());
    }
    if state.schedule.is_none() {
        missing.push("two people order its publication, now or at an instant".to_owned());
    }
    missing.extend(clauses(board, state, findings, now)?);
    let at = state.schedule.as_ref().map_or(now, |schedule| schedule.at);
    missing.extend(doubts(board, state, at, now)?);
    Ok(missing)
}

/// What the gates of every case ask for and what is not there: an order would be refused for the first of it.
fn clauses(
    board: &Board,
    state: &AdvisoryState,
    findings: &[Finding],
    now: Timestamp,
) -> Result<Vec<String>, ActError> {
    let brand = brand_named(board, &state.draft.brand)?;
    let text = as_released(board, brand, state, now)?;
    let mut of_document = findings.iter().filter(|finding| finding.source != SEALED);
    let passes = of_document.all(|finding| finding.weight != Weight::Blocks);
    unmet(board, &text, prepared(board, brand, &text, passes), now)
}
