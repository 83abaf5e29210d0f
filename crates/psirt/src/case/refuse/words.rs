//! Names and words that nothing answers to: reporters, ids, clauses, vendors, flags.
//!
//! Owns the limits of what may be written. Never asks whether it is true.

use super::{Refusal, Standing};
use crate::case::guidance;
use crate::case::signal::Signal;
use crate::event::{Answer, Diagnosis, Entry, Event, Kind};
use crate::policy::Policy;

/// Longest id by which somebody else knows a case, in bytes.
const MAX_ALIAS_BYTES: usize = 128;
/// Longest part of what a reporter is told of the findings, in bytes.
const MAX_FINDING_BYTES: usize = 16_000;

/// Names that nothing answers to: a reporter that the case does not have, an id that is no CVE id, a vector that is none.
pub(super) fn by_names(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    let reporter = match &entry.event {
        Event::Acknowledged { reporter }
        | Event::InfoReceived { reporter }
        | Event::Waived { reporter, .. }
        | Event::Credit { reporter, .. } => reporter.as_deref(),
        Event::InfoRequested { reporter, items, .. } => {
            by_items(case, items)?;
            reporter.as_deref()
        }
        Event::ReportedBack { reporter, .. } => {
            by_findings(case, &entry.event)?;
            reporter.as_deref()
        }
        Event::ValidationAsked { reporter } | Event::ValidationAnswered { reporter, .. } => {
            by_validation(case, entry)?;
            reporter.as_deref()
        }
        Event::Messaged {
            from_reporter: true,
            in_clear: Some(_),
            ..
        } => {
            return Err(Refusal::without_clause(
                "`in-clear` is about a letter of ours: leave it out for what a reporter wrote",
            ));
        }
        Event::Scored { vector, .. } => {
            if let Err(error) = cvss::Vector::parse(vector) {
                return Err(Refusal::without_clause(error.to_string()));
            }
            None
        }
        Event::CveAssigned { id } if !is_cve_id(id) => {
            return Err(Refusal::without_clause(format!(
                "`{id}` is not a CVE id: it looks like CVE-2026-12345"
            )));
        }
        Event::ImpactSet { term, .. } => {
            by_vocabulary(case, term)?;
            None
        }
        Event::Alias { id, .. } => {
            by_alias(case, id)?;
            None
        }
        Event::Answered { .. } => {
            by_question(case, &entry.event)?;
            None
        }
        Event::HandedOver { vendor, .. } if vendor.trim().is_empty() => {
            return Err(Refusal::without_clause("a hand-over names the vendor"));
        }
        Event::VendorAnswered { vendor, .. } if !case.view.vendors.iter().any(|known| known.vendor == *vendor) => {
            return Err(Refusal::without_clause(format!(
                "the case was not handed over to `{vendor}`"
            )));
        }
        Event::TaskDone { flag, .. } if !case.view.flags.contains(flag) || case.view.tasks_done.contains(flag) => {
            return Err(Refusal::without_clause(format!(
                "`{flag}` has no open task in this case"
            )));
        }
        Event::TaskReopened { flag, .. } if !case.view.tasks_done.contains(flag) => {
            return Err(Refusal::without_clause(format!("the task of `{flag}` is not done")));
        }
        _ => None,
    };
    match reporter.filter(|name| case.facts.reporter_named(Some(name)).is_none()) {
        Some(name) => Err(Refusal::without_clause(format!(
            "no reporter of this case is called `{name}`"
        ))),
        None => Ok(()),
    }
}

/// What is asked for is what the case's policy asks of a report: its clause, or the name of its block.
fn by_items(case: &Standing<'_>, items: &[String]) -> Result<(), Refusal> {
    let is_known = |item: &&String| {
        let mut policies = case.policies.iter();
        policies.any(|policy| guidance::asked(policy, std::slice::from_ref(*item)).next().is_some())
    };
    let Some(unknown) = items.iter().find(|item| !is_known(item)) else {
        return Ok(());
    };
    let asks = case.policies.iter().flat_map(|policy| &policy.intakes);
    let known = asks.filter(|intake| intake.ask.is_some());
    let known: Vec<String> = known
        .map(|intake| format!("{} (§{})", intake.id, intake.clause))
        .collect();
    Err(Refusal::without_clause(format!(
        "no clause of this case's policies asks a report for `{unknown}`: {}; or say it in words, with `--text`",
        match known.is_empty() {
            true => "none asks for anything".to_owned(),
            false => format!("there are {}", known.join(", ")),
        }
    )))
}

/// An impact is named by a term of the list of each policy that has one.
fn by_vocabulary(case: &Standing<'_>, term: &str) -> Result<(), Refusal> {
    let listing = |policy: &&Policy| !policy.vocabularies.is_empty();
    for policy in case.policies.iter().copied().filter(listing) {
        let lists = &policy.vocabularies;
        if lists.iter().any(|list| list.term(term).is_some()) {
            continue;
        }
        let known: Vec<&str> = lists
            .iter()
            .flat_map(|list| &list.terms)
            .map(|term| term.id.as_str())
            .collect();
        let clause = lists.first().map_or("", |list| &list.clause);
        let message = format!(
            "`{term}` is no term of the policy's list: there are {}",
            known.join(", ")
        );
        return Err(Refusal::by(policy, clause, message));
    }
    Ok(())
}

/// Findings are whole, and for one reporter (T11): what was found, how bad it is, what is done about it, and what will be public.
fn by_findings(case: &Standing<'_>, event: &Event) -> Result<(), Refusal> {
    let Event::ReportedBack {
        reporter,
        verdict,
        severity,
        plan,
        disclosure,
    } = event
    else {
        return Ok(());
    };
    let texts = [severity, plan, disclosure];
    if verdict.is_none() && texts.iter().all(|text| text.is_none()) {
        return Ok(());
    }
    let no = |message: String| {
        let mut policies = case.policies.iter();
        let asked = policies.find_map(|policy| {
            let promise = policy
                .promises
                .iter()
                .find(|promise| promise.ends == Kind::ReportedBack)?;
            Some((*policy, promise.clause.as_str()))
        });
        match asked {
            Some((policy, clause)) => Err(Refusal::by(policy, clause, message)),
            None => Err(Refusal::without_clause(message)),
        }
    };
    let says = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if verdict.is_none() || !says(plan) || !says(disclosure) {
        return no(
            "findings have a verdict, a plan for its resolution, and what will be public: write all three".to_owned(),
        );
    }
    if *verdict == Some(Diagnosis::Vulnerable) && !says(severity) {
        return no("a vulnerability has a severity, or why it has none yet: write it, too".to_owned());
    }
    if texts.into_iter().flatten().any(|text| text.len() > MAX_FINDING_BYTES) {
        return no(format!(
            "each part of the findings has at most {MAX_FINDING_BYTES} bytes"
        ));
    }
    if severity.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        return no("a severity is one line".to_owned());
    }
    match reporter.is_none() && case.facts.reporters.len() > 1 {
        true => no("findings are for one reporter alone: name whom you write to".to_owned()),
        false => Ok(()),
    }
}

/// A reporter is asked about a fix that exists, and answers what was asked (T10).
fn by_validation(case: &Standing<'_>, entry: &Entry) -> Result<(), Refusal> {
    match &entry.event {
        Event::ValidationAsked { .. } if Signal::FixReady.since(case.facts, entry.at).is_none() => {
            Err(Refusal::without_clause(
                "there is no fix that a reporter could look at: record `fix-ready`, or that it is out, first",
            ))
        }
        Event::ValidationAnswered { reporter, .. }
            if !case.view.validations.iter().any(|known| known.reporter == *reporter) =>
        {
            Err(Refusal::without_clause(
                "this reporter was not asked to look at the fix: record `validation-asked` first, with the same reporter",
            ))
        }
        _ => Ok(()),
    }
}

/// Whether it looks like a CVE id.
#[must_use]
pub fn is_cve_id(id: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| {
        year.len() == 4 && digits(year) && (4..=19).contains(&number.len()) && digits(number)
    })
}

/// An id of somebody else: `VU#123456`, `GHSA-xxxx-xxxx-xxxx`, `PROJ-17`.
fn by_alias(case: &Standing<'_>, id: &str) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"#-_.:/+@".contains(&byte);
    if id.is_empty() || id.len() > MAX_ALIAS_BYTES || !id.bytes().all(plain) {
        return Err(Refusal::without_clause(format!(
            "an alias is an id without spaces, of letters, digits and #-_.:/+@, at most {MAX_ALIAS_BYTES} long: VU#123456"
        )));
    }
    if case
        .view
        .aliases
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(id))
    {
        return Err(Refusal::without_clause(format!(
            "`{id}` is an alias of this case already"
        )));
    }
    Ok(())
}

/// An answer names a clause that the case has, a part that its definition has, and why a clause does not concern it.
fn by_question(case: &Standing<'_>, event: &Event) -> Result<(), Refusal> {
    let Event::Answered {
        clause,
        question,
        answer,
        why,
    } = event
    else {
        return Ok(());
    };
    let clause = clause.trim_start_matches('§');
    if !case.policies.iter().any(|policy| policy.clause(clause).is_some()) {
        return Err(Refusal::without_clause(format!(
            "no policy of this case has a clause `{clause}`"
        )));
    }
    let defines = case.policies.iter().flat_map(|policy| &policy.defines);
    let parts: Vec<&String> = defines
        .filter(|define| define.clause == clause)
        .flat_map(|define| &define.elements)
        .collect();
    let known = question.as_ref().is_some_and(|question| parts.contains(&question));
    if !parts.is_empty() && !known && *answer != Answer::NotApplicable {
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        return Err(Refusal::without_clause(format!(
            "§{clause} is answered part by part: --question {}",
            parts.join(" or ")
        )));
    }
    if *answer == Answer::NotApplicable && why.as_deref().is_none_or(|why| why.trim().is_empty()) {
        return Err(Refusal::without_clause(format!(
            "that §{clause} does not concern this case needs a reason"
        )));
    }
    Ok(())
}
