//! The evidence for an act of publication: what a gate asks for and the case itself does not hold.
//!
//! Owns the one look at the CSAF document before its release is ordered. Never signs and never writes: `publish` renders the same
//! document again, by the same function.

use crate::error::ActError;
use psirt::advisory::Advisory;
use psirt::board::Board;
use psirt::case::refuse::Evidence;
use psirt::house::Brand;

/// Findings that a message names; all of them are on the advisory's page.
const MAX_NAMED: usize = 5;

/// Builds and judges the CSAF document of an advisory that has its number and revision.
///
/// # Errors
/// [`ActError::Invalid`] with what is wrong: no document leaves that fails its schema or a mandatory test, whatever the policy says.
pub(super) fn evidence<'a>(board: &Board, brand: &Brand, advisory: &'a Advisory) -> Result<Evidence<'a>, ActError> {
    let judgement = judged(brand, advisory)?;
    passes(&judgement)?;
    Ok(prepared(board, brand, advisory, true))
}

/// What is there for a publication, beside a CSAF document that passes or does not.
pub(super) fn prepared<'a>(board: &Board, brand: &Brand, advisory: &'a Advisory, csaf_passes: bool) -> Evidence<'a> {
    // As of its publication: a key that ended or was revoked signs nothing.
    let at = advisory
        .revisions
        .last()
        .map(|revision| revision.at)
        .unwrap_or_default();
    let key = board.house.signing_key(&brand.id);
    let signing_key = key.is_some_and(|key| key.state(at).is_usable());
    // Every publication brings the brand's metadata into the tree.
    Evidence {
        advisory: Some(advisory),
        csaf_passes: Some(csaf_passes),
        provider_metadata: key.is_some(),
        signing_key,
    }
}

/// Refuses findings of optional CSAF tests for which there is no reason: nobody will be there to give one.
///
/// # Errors
/// [`ActError::Invalid`], as [`evidence`] or with the findings.
pub(super) fn unaccepted(brand: &Brand, advisory: &Advisory, accepted: &[(String, String)]) -> Result<(), ActError> {
    let judgement = judged(brand, advisory)?;
    passes(&judgement)?;
    let has_reason = |finding: &&gate::Finding| !accepted.iter().any(|(test, _)| test == finding.test);
    let open = named(judgement.of(gate::Class::Optional).filter(has_reason));
    if open.is_empty() {
        return Ok(());
    }
    Err(ActError::invalid(format!(
        "optional CSAF tests have findings; change the text, or accept each with a reason: {open}"
    )))
}

/// What came of the look at a document.
pub(super) enum Judged {
    /// There is none.
    Incomplete(Vec<documents::Problem>),
    /// The document, and what the validator says of it.
    Document(Box<documents::csaf::Document>, gate::Judgement),
}

/// Builds and judges the CSAF document of an advisory that has its number and revision.
pub(super) fn judge(brand: &Brand, advisory: &Advisory) -> Judged {
    match documents::csaf::document(advisory, brand, env!("CARGO_PKG_VERSION")) {
        Ok(document) => {
            let judgement = gate::judge(&documents::csaf::to_bytes(&document));
            Judged::Document(Box::new(document), judgement)
        }
        Err(problems) => Judged::Incomplete(problems),
    }
}

fn judged(brand: &Brand, advisory: &Advisory) -> Result<gate::Judgement, ActError> {
    match judge(brand, advisory) {
        Judged::Document(_, judgement) => Ok(judgement),
        Judged::Incomplete(problems) => {
            let lines = problems.iter().take(MAX_NAMED);
            let lines: Vec<String> = lines
                .map(|problem| format!("{}: {}", problem.place, problem.message))
                .collect();
            Err(ActError::invalid(format!(
                "the advisory is not complete: {}",
                lines.join("; ")
            )))
        }
    }
}

fn passes(judgement: &gate::Judgement) -> Result<(), ActError> {
    if judgement.passes() {
        return Ok(());
    }
    let findings = judgement.findings.iter();
    let blocking = findings.filter(|finding| finding.class <= gate::Class::Mandatory);
    Err(ActError::invalid(format!(
        "the CSAF document does not pass its mandatory tests: {}",
        named(blocking)
    )))
}

fn named<'f>(findings: impl Iterator<Item = &'f gate::Finding>) -> String {
    let lines = findings
        .take(MAX_NAMED)
        .map(|finding| format!("{} at `{}`: {}", finding.test, finding.path, finding.message));
    lines.collect::<Vec<_>>().join("; ")
}
