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
    let document = documents::csaf::document(advisory, brand, env!("CARGO_PKG_VERSION")).map_err(|problems| {
        let lines = problems
            .iter()
            .take(MAX_NAMED)
            .map(|problem| format!("{}: {}", problem.place, problem.message));
        ActError::invalid(format!(
            "the advisory is not complete: {}",
            lines.collect::<Vec<_>>().join("; ")
        ))
    })?;
    let judgement = gate::judge(&documents::csaf::to_bytes(&document));
    if !judgement.passes() {
        let blocking = judgement
            .findings
            .iter()
            .filter(|finding| finding.class <= gate::Class::Mandatory);
        let lines = blocking
            .take(MAX_NAMED)
            .map(|finding| format!("{} at `{}`: {}", finding.test, finding.path, finding.message));
        return Err(ActError::invalid(format!(
            "the CSAF document does not pass its mandatory tests: {}",
            lines.collect::<Vec<_>>().join("; ")
        )));
    }
    let signing_key = board.house.keys.contains_key(&brand.id);
    // Every publication brings the brand's metadata into the tree, signed like the rest.
    Ok(Evidence {
        advisory: Some(advisory),
        csaf_passes: Some(true),
        provider_metadata: signing_key,
        signing_key,
    })
}
