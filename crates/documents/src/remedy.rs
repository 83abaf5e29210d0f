//! What to do, complete: the remedies of a vulnerability, and for every affected line that none of them names the one that follows
//! from how the line stands. The page and the CSAF document say the same because both ask here.

use jiff::tz::TimeZone;
use psirt::advisory::{Advisory, LineState, LineStatement, Remedy, RemedyKind, Vulnerability};

/// The remedies with their lines filled in: none of them is for nobody, and no affected line is without one. Of an advisory that was brought
/// along nobody here knows whether there is a fix, nor that it will be revised: where it names no remedy, nothing is said.
pub(crate) fn complete(advisory: &Advisory, vulnerability: &Vulnerability) -> Vec<Remedy> {
    let affected: Vec<&LineStatement> = vulnerability.lines.iter().filter(|line| needs_one(line)).collect();
    let mut remedies: Vec<Remedy> = vulnerability
        .remedies
        .iter()
        .map(|remedy| with_lines(remedy, &affected))
        .collect();
    remedies.retain(|remedy| !remedy.products.is_empty());

    for line in affected {
        let fixes = |remedy: &Remedy| remedy.kind == RemedyKind::VendorFix && remedy.products.contains(&line.product);
        let names = |remedy: &Remedy| remedy.products.contains(&line.product);
        let missing = match line.state {
            LineState::Fixed => !remedies.iter().any(fixes),
            _ => !advisory.is_brought_along() && !remedies.iter().any(names),
        };
        if missing {
            remedies.push(derived(line));
        }
    }
    remedies
}

/// Whether the line's users have something to do or to wait for.
pub(crate) fn needs_one(line: &LineStatement) -> bool {
    line.state != LineState::NotAffected
}

/// What a remedy is called on pages. A fix that has no version is one that nobody has to install: a service's.
pub(crate) fn title(remedy: &Remedy, vulnerability: &Vulnerability) -> &'static str {
    let is_about = |line: &&LineStatement| needs_one(line) && remedy.products.contains(&line.product);
    let mut lines = vulnerability.lines.iter().filter(is_about);
    let deployed = |line: &LineStatement| line.state == LineState::Fixed && line.fixed.is_none();
    match remedy.kind {
        RemedyKind::VendorFix if !remedy.products.is_empty() && lines.all(deployed) => "Already fixed",
        RemedyKind::VendorFix => "Update",
        RemedyKind::Workaround => "If you cannot update now",
        RemedyKind::Mitigation => "Lower the risk",
        RemedyKind::NoneAvailable => "No fix yet",
        RemedyKind::NoFixPlanned => "No fix will come",
    }
}

/// A remedy that names no line is for every affected one.
fn with_lines(remedy: &Remedy, affected: &[&LineStatement]) -> Remedy {
    let named = |line: &&&LineStatement| remedy.products.is_empty() || remedy.products.contains(&line.product);
    let products = affected.iter().filter(named).map(|line| line.product.clone()).collect();
    Remedy {
        products,
        ..remedy.clone()
    }
}

fn derived(line: &LineStatement) -> Remedy {
    let (kind, text) = match (line.state, &line.fixed) {
        (LineState::Fixed, Some(version)) => (
            RemedyKind::VendorFix,
            format!("Update {} to {version} or later.", line.product),
        ),
        (LineState::Fixed, None) => (
            RemedyKind::VendorFix,
            format!("{} is fixed. You need not do anything.", line.product),
        ),
        (LineState::UnderInvestigation, _) => (
            RemedyKind::NoneAvailable,
            format!(
                "Whether {} is affected is under investigation. This advisory will be revised.",
                line.product
            ),
        ),
        _ => (
            RemedyKind::NoneAvailable,
            format!(
                "There is no fix for {} yet. This advisory will be revised.",
                line.product
            ),
        ),
    };
    let date = match kind {
        RemedyKind::VendorFix => line
            .fixed_on
            .and_then(|day| day.to_zoned(TimeZone::UTC).ok())
            .map(|zoned| zoned.timestamp()),
        _ => None,
    };
    Remedy {
        kind,
        text,
        products: vec![line.product.clone()],
        date,
    }
}
