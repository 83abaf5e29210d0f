//! "Am I affected?": what the published advisories say of one version of one product line.
//!
//! An answer is safe (*fixed*, *not affected*) only where an advisory says so of this very version. A version that cannot be read or
//! compared, or of which an advisory does not speak, is *unknown*, and unknown is never safe.

use crate::catalog::{Entry, Flaw, Line, Todo};
use crate::range::{End, Span, apart, is_clear_from};
use psirt::advisory::LineState;
use psirt::version::{VersionScheme, is_version};
use std::cmp::Ordering;

/// How a version stands. The first is what matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is affected.
    Affected,
    /// The advisory says that it is not known yet.
    UnderInvestigation,
    /// The advisory does not answer.
    Unknown,
    /// It has the fix.
    Fixed,
    /// It is not affected.
    NotAffected,
}

impl Standing {
    /// Every standing, in their order.
    pub const ALL: [Standing; 5] = [
        Standing::Affected,
        Standing::UnderInvestigation,
        Standing::Unknown,
        Standing::Fixed,
        Standing::NotAffected,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Affected => "Affected",
            Standing::UnderInvestigation => "Under investigation",
            Standing::Unknown => "Unknown",
            Standing::Fixed => "Fixed",
            Standing::NotAffected => "Not affected",
        }
    }

    /// Whether nobody has to do or find out anything.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(self, Standing::Fixed | Standing::NotAffected)
    }
}

/// What one advisory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The advisory.
    pub entry: &'a Entry,
    /// The worst of its vulnerabilities.
    pub standing: Standing,
    /// Why, as a sentence.
    pub why: String,
    /// What to do; empty where there is nothing to do.
    pub todo: Vec<&'a Todo>,
}

/// What the advisories say of a version of a product line, those first that matter most, then in their own order. Advisories that do not name
/// the line are left out, and those that do not hold any more: they say nothing.
#[must_use]
pub fn check<'a>(entries: impl IntoIterator<Item = &'a Entry>, product: &str, version: &str) -> Vec<Answer<'a>> {
    let mut answers: Vec<Answer<'a>> = entries
        .into_iter()
        .filter(|entry| entry.standing.is_current())
        .filter_map(|entry| answer(entry, product, version))
        .collect();
    answers.sort_by_key(|answer| answer.standing);
    answers
}

/// Whether a version can be compared at all.
#[must_use]
pub fn can_read(version: &str) -> bool {
    is_version(version.trim())
}

/// Whether an advisory may concern somebody who runs a version: everything but a safe answer does, for the named line or for any.
#[must_use]
pub fn may_concern(entry: &Entry, product: Option<&str>, version: &str) -> bool {
    let named = |line: &&Line| product.is_none_or(|product| line.product == product);
    let lines = entry.lines().filter(|_| entry.standing.is_current());
    lines
        .filter(named)
        .any(|line| !standing(line, version.trim()).0.is_safe())
}

fn answer<'a>(entry: &'a Entry, product: &str, version: &str) -> Option<Answer<'a>> {
    let flaws = entry.vulnerabilities.iter();
    let stated = flaws.flat_map(|flaw| flaw.lines.iter().map(move |line| (flaw, line)));
    let all: Vec<(Standing, String, &Flaw)> = stated
        .filter(|(_, line)| line.product == product)
        .map(|(flaw, line)| {
            let (standing, why) = standing(line, version.trim());
            (standing, why, flaw)
        })
        .collect();
    let worst = all.iter().map(|(standing, ..)| *standing).min()?;
    let mut answer = Answer {
        entry,
        standing: worst,
        why: String::new(),
        todo: Vec::new(),
    };
    for (_, why, flaw) in all.into_iter().filter(|(standing, ..)| *standing == worst) {
        if answer.why.is_empty() {
            answer.why = why;
        }
        for todo in flaw.todo.iter().filter(|_| !worst.is_safe()) {
            if todo.products.iter().any(|name| name == product) && !answer.todo.contains(&todo) {
                answer.todo.push(todo);
            }
        }
    }
    Some(answer)
}

/// How a version of a line stands, and why.
fn standing(line: &Line, version: &str) -> (Standing, String) {
    let said = |standing: Standing, why: &str| (standing, why.to_owned());
    let everything = line.span == Span::ALL;
    match line.state {
        LineState::UnderInvestigation => {
            return said(
                Standing::UnderInvestigation,
                "We are still finding out whether this product is affected.",
            );
        }
        LineState::Affected if everything => {
            return said(Standing::Affected, "Every version of this product is affected.");
        }
        LineState::Fixed if line.deployed => {
            return said(Standing::Fixed, "We run this service, and the fix is everywhere.");
        }
        _ => {}
    }
    if version.is_empty() {
        return match line.state {
            LineState::NotAffected => said(Standing::NotAffected, "No version of this product is affected."),
            _ => said(Standing::Unknown, "It depends on the version: say which one you run."),
        };
    }
    if !is_version(version) {
        return said(
            Standing::Unknown,
            "We cannot read this as a version, so we cannot compare it with those that the advisory names.",
        );
    }
    if line.state == LineState::NotAffected {
        return said(Standing::NotAffected, "No version of this product is affected.");
    }
    compared(line, version)
}

/// Compares a version with what the advisory says: the affected ones first, so that doubt never ends as *fixed*.
fn compared(line: &Line, version: &str) -> (Standing, String) {
    let within = within(line, version);
    if within == Some(true) {
        let why = match line.affected.as_str() {
            "" => format!("{version} is older than the version with the fix."),
            words => format!("Affected: {words}."),
        };
        return (Standing::Affected, why);
    }
    for fixed in line.fixed.iter().flat_map(|fixed| apart(fixed)) {
        let order = line.version_scheme.order(version, &fixed);
        let after = within == Some(false)
            && is_clear_from(&line.span, &fixed, line.version_scheme)
            && order.is_some_and(Ordering::is_ge);
        // Beside words that nobody can read, and between ranges, the advisory still speaks of the very version that it names.
        let speaks = match line.span {
            Span::Words(_) => true,
            Span::Several(_) => within == Some(false),
            Span::One(_) | Span::Range { .. } => false,
        };
        if after || (speaks && order == Some(Ordering::Equal)) {
            return (Standing::Fixed, format!("The fix is in {fixed}."));
        }
    }
    let says = match (line.affected.as_str(), &line.fixed) {
        ("", Some(fixed)) => format!("the fix is in {fixed}"),
        (words, Some(fixed)) => format!("affected: {words}; the fix is in {fixed}"),
        (words, None) => format!("affected: {words}"),
    };
    let why = match within {
        Some(_) => format!("The advisory does not speak of {version}. It says: {says}."),
        None => format!("We cannot compare {version} with what the advisory says: {says}."),
    };
    (Standing::Unknown, why)
}

/// Whether a version is one of a span. None where that would be a guess: it cannot be compared, or it may name several versions of which
/// some are.
fn within(line: &Line, version: &str) -> Option<bool> {
    let mut outside = Some(false);
    for part in line.span.parts() {
        match within_one(part, line.version_scheme, version) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => outside = None,
        }
    }
    outside
}

fn within_one(span: &Span, scheme: VersionScheme, version: &str) -> Option<bool> {
    let order = |bound: &str| scheme.order(version, bound);
    match span {
        Span::Several(_) | Span::Words(_) => None,
        Span::One(one) => outside_unless(order(one)? == Ordering::Equal, &[one], version, scheme),
        Span::Range { from, end } => {
            let starts = match from {
                None => true,
                Some(from) => order(from)?.is_ge(),
            };
            let ends = match end {
                End::Open => true,
                End::Before(end) => order(end)?.is_lt(),
                End::UpTo(end) => order(end)?.is_le(),
            };
            let last = match end {
                End::UpTo(end) => Some(end),
                End::Open | End::Before(_) => None,
            };
            let bounds: Vec<&String> = from.iter().chain(last).collect();
            outside_unless(starts && ends, &bounds, version, scheme)
        }
    }
}

/// `inside`, or outside if that is sure: neither is the version a shorter name of a bound (`25` of `25.0.2`), nor a bound a shorter name of
/// the version (`25.1` of `25.1.3`).
fn outside_unless(inside: bool, bounds: &[&String], version: &str, scheme: VersionScheme) -> Option<bool> {
    let blurred = |bound: &&String| scheme.refines(bound, version) || scheme.refines(version, bound);
    let equal = |bound: &&String| scheme.order(version, bound) == Some(Ordering::Equal);
    if inside {
        return Some(true);
    }
    let doubtful = bounds.iter().any(|bound| blurred(bound) && !equal(bound));
    (!doubtful).then_some(false)
}
