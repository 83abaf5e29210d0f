//! What a publication asks of a text and of its cases, before anybody orders it and when somebody does.
//!
//! Owns the refusals that are the text's own, and the list of everything that is not met yet. Never decides by itself: an order asks the
//! same again.

use super::cases_left;
use crate::act::judge_with;
use crate::error::ActError;
use jiff::Timestamp;
use psirt::advisory::{Advisory, AdvisoryState, LineState, Vulnerability};
use psirt::board::{Board, Case};
use psirt::case::embargo::Agreed;
use psirt::case::refuse::{Evidence, Refusal, Standing, lacking, unbegun};
use psirt::event::{CreditChoice, Entry, Event};
use std::collections::BTreeSet;

/// The names that an advisory may thank: those that reporters of its cases agree to see in it now (N23), since a yes may be taken back while
/// the text waits; and of one that was brought along those that are public in it.
pub(super) fn agreed_names(board: &Board, advisory: &Advisory) -> Result<BTreeSet<String>, ActError> {
    let cases = cases_left(board, advisory)?;
    let credits = cases.iter().flat_map(|(_, case)| &case.view.credits);
    let yes = credits.filter(|(_, choice, _)| *choice == CreditChoice::Yes);
    let yes = yes.filter_map(|(.., name)| name.clone());
    let public = brought_along(board, advisory).into_iter();
    let public = public
        .flat_map(|public| &public.vulnerabilities)
        .flat_map(|one| &one.credits);
    Ok(yes.chain(public.map(|credit| credit.name.clone())).collect())
}

/// What is public of an advisory that is about no case: an import brought it along. The vendor itself named these people and stated these
/// scores, in a document that it signed, and nobody asked a case of this house then. So the next version may say again what the present one says,
/// and needs neither a yes nor a case for it. That is all: a name that was taken out does not come back, and another one is not taken. What a
/// person adds, a score or a fixed version, that person wrote and a second one approved.
fn brought_along<'b>(board: &'b Board, advisory: &Advisory) -> Option<&'b Advisory> {
    let mut public = board.advisories.values().filter_map(AdvisoryState::public);
    let is_alone = advisory.is_brought_along() && !advisory.number.is_empty();
    public.find(|public| is_alone && public.is_brought_along() && public.number == advisory.number)
}

/// What the text itself lacks, or says and may not: the gates ask the case, and the text may be older than its score.
pub(super) fn of_text(board: &Board, advisory: &Advisory) -> Result<Vec<Refusal>, ActError> {
    let mut messages = Vec::new();
    let agreed = agreed_names(board, advisory)?;
    let mut named = advisory
        .vulnerabilities
        .iter()
        .flat_map(|vulnerability| &vulnerability.credits);
    if named.any(|credit| !agreed.contains(&credit.name)) {
        messages.push("the text names a reporter who did not say yes, or took it back since: write it anew");
    }
    // A statement that nothing is affected needs none (D19).
    let found = advisory.vulnerabilities.iter().enumerate();
    let mut found = found.filter(|(_, vulnerability)| {
        let mut lines = vulnerability.lines.iter();
        lines.any(|line| line.state != LineState::NotAffected)
    });
    if let Some(public) = brought_along(board, advisory) {
        let lost = |(place, now): (usize, &Vulnerability)| {
            let before = public.vulnerabilities.get(place);
            before.is_some_and(|before| now.scores.is_empty() && !before.scores.is_empty())
        };
        if found.any(lost) {
            messages.push(
                "the text has no score any more, and what is public has one: write one with `candor advisory edit`",
            );
        }
        return Ok(messages.into_iter().map(Refusal::without_clause).collect());
    }
    let is_unrated = |(_, one): (usize, &Vulnerability)| one.scores.is_empty() || one.band.is_none();
    if found.clone().any(is_unrated) {
        messages.push("the text has no score, or no band: score the case, and write the text anew");
    }
    // So was one that was written before any line had its verdict: under it nobody knows what to do.
    if found.any(|(_, vulnerability)| vulnerability.remedies.is_empty()) {
        messages.push("the text tells nobody what to do: say which lines are affected, and write the text anew");
    }
    Ok(messages.into_iter().map(Refusal::without_clause).collect())
}

/// Everything that the clauses of its cases ask of a publication and that is not there, but for instants that are to come: each as a sentence.
pub(super) fn unmet(
    board: &Board,
    advisory: &Advisory,
    evidence: Evidence<'_>,
    now: Timestamp,
) -> Result<Vec<String>, ActError> {
    let own = of_text(board, advisory)?.into_iter().map(|refusal| refusal.message);
    let mut unmet: Vec<String> = own.collect();
    for (_, case) in cases_left(board, advisory)? {
        let event = match advisory.revisions.len() {
            0 | 1 => Event::AdvisoryPublished {},
            _ => Event::AdvisoryRevised {},
        };
        let mut of_case = Vec::new();
        let look = |standing: &Standing<'_>, entry: &Entry| {
            of_case = lacking(standing, entry);
            Ok(())
        };
        judge_with(board, case, &by_two(event, now), evidence, now, look)?;
        unmet.extend(of_case.into_iter().map(|refusal| sentence(&case.number, &refusal)));
    }
    Ok(unmet)
}

/// A refusal as a sentence about a case.
fn sentence(number: &str, refusal: &Refusal) -> String {
    match refusal.clause.as_str() {
        "" => format!("{number}: {}", refusal.message),
        clause => format!("§{clause} of {}, on {number}: {}", refusal.policy, refusal.message),
    }
}

/// Holds of a case's publication that have not begun; none for a revision of what is public.
pub(super) fn unbegun_holds(
    board: &Board,
    state: &AdvisoryState,
    case: &Case,
    now: Timestamp,
) -> Result<Vec<Refusal>, ActError> {
    let mut holds = Vec::new();
    if !state.draft.revisions.is_empty() {
        return Ok(holds);
    }
    let look = |standing: &Standing<'_>, entry: &Entry| {
        holds = unbegun(standing, entry.event.kind());
        Ok(())
    };
    let entry = by_two(Event::AdvisoryPublished {}, now);
    judge_with(board, case, &entry, Evidence::default(), now, look)?;
    Ok(holds)
}

/// The end of an embargo that was agreed on for a case, while it lies ahead of an instant.
pub(super) fn embargo_ahead(board: &Board, case: &Case, at: Timestamp) -> Option<Agreed> {
    let agreed = case.embargo.agreed(board.policy_of(case));
    agreed.filter(|agreed| at < agreed.until)
}

/// An act as two people would do it.
fn by_two(event: Event, now: Timestamp) -> Entry {
    Entry {
        seq: u32::MAX,
        at: now,
        recorded: now,
        by: "one".to_owned(),
        approved_by: Some("another".to_owned()),
        event,
        case: None,
        report: None,
    }
}
