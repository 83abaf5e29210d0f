//! Versions of an advisory: counted, or by what a change asks of its readers (CSAF 2.0 §3.1.11).
//!
//! Owns which change needs which step. Never gives a version: the order of a release does.

use super::difference::{Change, difference};
use super::{Advisory, LineState};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a brand numbers the versions of its advisories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// 1, 2, 3.
    #[default]
    Integer,
    /// 1.0.0, 1.1.0; what was never released is 0.x.
    Semantic,
}

impl Scheme {
    /// The word of a setting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::Integer => "integer",
            Scheme::Semantic => "semantic",
        }
    }

    /// The scheme of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Scheme> {
        [Scheme::Integer, Scheme::Semantic]
            .into_iter()
            .find(|scheme| scheme.name() == name)
    }

    /// Whether this is the default; what is stored does not say it then.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Scheme::default()
    }

    /// The version of the next revision, after the last one of an advisory by its count and its printed version.
    #[must_use]
    pub fn next(self, last: Option<(u32, &str)>, step: Step) -> String {
        let Some((number, printed)) = last else {
            return match self {
                Scheme::Integer => String::new(),
                Scheme::Semantic => "1.0.0".to_owned(),
            };
        };
        // A scheme is that of the first release: a document whose versions mix both is refused by every validator.
        let Some([major, minor, patch]) = parts(printed) else {
            return String::new();
        };
        debug_assert!(number > 0);
        match step {
            Step::Major => format!("{}.0.0", major.saturating_add(1)),
            Step::Minor => format!("{major}.{}.0", minor.saturating_add(1)),
            Step::Patch => format!("{major}.{minor}.{}", patch.saturating_add(1)),
        }
    }
}

fn parts(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split('.').map(str::parse);
    let three = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
    parts.next().is_none().then_some(three)
}

/// What a change asks of whoever read the version before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Nothing: the wording is better.
    Patch,
    /// To judge anew: a score, a remedy, a fact.
    Minor,
    /// To compare with what they run anew: a product or a version is affected that was not.
    Major,
}

impl Step {
    /// Every step, the smallest first.
    pub const ALL: [Step; 3] = [Step::Patch, Step::Minor, Step::Major];

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Step::Patch => "patch",
            Step::Minor => "minor",
            Step::Major => "major",
        }
    }

    /// The step of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.name() == name)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of a text, in percent, that may change and be wording still.
const WORDING_PERCENT: usize = 20;
/// A change of so few characters is always wording: a word was misspelt.
const WORDING_CHARS: usize = 12;
/// Two texts of which more than this is left to compare are another text.
const MAX_CELLS: usize = 4_000_000;

/// The smallest step that fits the change from one text to another, and the field that asks for it.
#[must_use]
pub fn step_between(before: &Advisory, after: &Advisory) -> (Step, Option<String>) {
    let changes = difference(before, after);
    let steps = changes.iter().map(|change| (step_of(before, after, change), change));
    // Of several fields that ask for the same the first one is named.
    let mut greatest: Option<(Step, &Change)> = None;
    for (step, change) in steps {
        if greatest.is_none_or(|(known, _)| step > known) {
            greatest = Some((step, change));
        }
    }
    match greatest {
        Some((step, change)) => (step, Some(change.field.clone())),
        None => (Step::Patch, None),
    }
}

fn step_of(before: &Advisory, after: &Advisory, change: &Change) -> Step {
    let field = change.field.as_str();
    let last = field.rsplit('.').next().unwrap_or(field);
    if let Some((vulnerability, product)) = line_of(field) {
        let state = |advisory: &Advisory| {
            let vulnerability = advisory.vulnerabilities.get(vulnerability)?;
            let line = vulnerability.lines.iter().find(|line| line.product == product)?;
            Some(line.state)
        };
        let is_affected = |state: Option<LineState>| matches!(state, Some(LineState::Affected | LineState::Fixed));
        let (was, is) = (state(before), state(after));
        let matched_anew = match last {
            // A line that was never named, or that is affected now.
            "state" => was.is_none() || (is_affected(is) && !is_affected(was)),
            // Other versions of it are affected: the product tree is another one.
            "affected" | "fixed" => is.is_some() && is_affected(is) && last == "affected",
            _ => false,
        };
        return if matched_anew { Step::Major } else { Step::Minor };
    }
    let written = matches!(
        last,
        "title" | "summary" | "description" | "details" | "text" | "recommendations" | "disclaimer" | "distribution"
    );
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if written && is_wording(before, after) => Step::Patch,
        // A milestone happens by itself; it asks nobody for anything.
        _ if last.starts_with("milestones[") => Step::Patch,
        _ => Step::Minor,
    }
}

/// The vulnerability and the product of a line's field.
fn line_of(field: &str) -> Option<(usize, &str)> {
    let (place, rest) = field.strip_prefix("vulnerabilities[")?.split_once("].lines[")?;
    let (product, _) = rest.rsplit_once("].")?;
    Some((place.parse().ok()?, product))
}

/// Whether a text says the same in better words, as far as its letters tell.
fn is_wording(before: &str, after: &str) -> bool {
    let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let longer = before.len().max(after.len());
    let allowed = (longer * WORDING_PERCENT / 100).max(WORDING_CHARS);
    distance(&before, &after).is_some_and(|distance| distance <= allowed && distance < longer)
}

/// How many characters are to be added, taken away or replaced (Levenshtein); none for texts that are too long to tell.
fn distance(before: &[char], after: &[char]) -> Option<usize> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (before, after) = (&before[..before.len() - end], &after[..after.len() - end]);
    if before.len().saturating_mul(after.len()) > MAX_CELLS {
        return None;
    }
    let mut row: Vec<usize> = (0..=after.len()).collect();
    for (i, a) in before.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(after) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::sample::sample;
    use crate::advisory::{LineStatement, Remedy, RemedyKind, Score};

    fn check_step(change: impl FnOnce(&mut Advisory), expect: Step, field: Option<&str>) {
        let before = sample();
        let mut after = before.clone();
        change(&mut after);
        let (step, found) = step_between(&before, &after);
        assert_eq!((step, found.as_deref()), (expect, field));
    }

    #[test]
    fn a_misspelt_word_is_a_patch_and_another_text_is_not() {
        check_step(|_| {}, Step::Patch, None);
        check_step(
            |text| text.summary = text.summary.replace("crafted", "craftd"),
            Step::Patch,
            Some("summary"),
        );
        check_step(
            |text| text.summary = "It happens with another packet, and elsewhere in the code.".to_owned(),
            Step::Minor,
            Some("summary"),
        );
        check_step(|text| text.details.clear(), Step::Minor, Some("details"));
        check_step(|text| text.details = "a".repeat(100_000), Step::Minor, Some("details"));
    }

    #[test]
    fn what_is_to_be_judged_anew_is_minor() {
        let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned();
        check_step(
            |text| text.vulnerabilities[0].scores = vec![Score { vector, issuer: None }],
            Step::Minor,
            Some("vulnerabilities[0].scores[0].vector"),
        );
        let remedy = Remedy {
            kind: RemedyKind::Workaround,
            text: "Close the port.".to_owned(),
            products: vec!["Guardian".to_owned()],
            date: None,
        };
        check_step(
            |text| text.vulnerabilities[0].remedies.push(remedy),
            Step::Minor,
            Some("vulnerabilities[0].remedies[1].kind"),
        );
        check_step(
            |text| text.vulnerabilities[0].cve = Some("CVE-2026-1234".to_owned()),
            Step::Minor,
            Some("vulnerabilities[0].cve"),
        );
        // A fix for what was known to be affected, and a product that is not affected after all.
        check_step(
            |text| text.vulnerabilities[0].lines[1].state = LineState::Fixed,
            Step::Minor,
            Some("vulnerabilities[0].lines[Vantage].state"),
        );
        check_step(
            |text| text.vulnerabilities[0].lines[0].state = LineState::NotAffected,
            Step::Minor,
            Some("vulnerabilities[0].lines[Guardian].state"),
        );
        check_step(
            |text| drop(text.vulnerabilities[0].lines.pop()),
            Step::Minor,
            Some("vulnerabilities[0].lines[Vantage].state"),
        );
    }

    #[test]
    fn what_is_to_be_compared_anew_is_major() {
        let new = LineStatement {
            product: "Arc".to_owned(),
            ..sample().vulnerabilities[0].lines[1].clone()
        };
        check_step(
            |text| {
                text.summary = "Another text, which would be minor by itself, says more.".to_owned();
                text.vulnerabilities[0].lines.push(new);
            },
            Step::Major,
            Some("vulnerabilities[0].lines[Arc].state"),
        );
        check_step(
            |text| text.vulnerabilities[0].lines[0].affected = "24.0.0 to 25.1.1".to_owned(),
            Step::Major,
            Some("vulnerabilities[0].lines[Guardian].affected"),
        );
    }

    #[test]
    fn versions_follow_each_other_by_scheme() {
        assert_eq!(Scheme::Integer.next(None, Step::Patch), "");
        assert_eq!(Scheme::Semantic.next(None, Step::Patch), "1.0.0");
        let next = |printed, step| Scheme::Semantic.next(Some((1, printed)), step);
        assert_eq!(next("1.2.3", Step::Patch), "1.2.4");
        assert_eq!(next("1.2.3", Step::Minor), "1.3.0");
        assert_eq!(next("1.2.3", Step::Major), "2.0.0");
        // It began with counted versions and goes on with them, whatever the brand does now.
        assert_eq!(next("", Step::Major), "");
        assert_eq!(next("1.2", Step::Major), "");
    }

    #[test]
    fn the_distance_is_that_of_levenshtein() {
        let check = |before: &str, after: &str, expect: usize| {
            let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
            assert_eq!(distance(&before, &after), Some(expect));
            assert_eq!(distance(&after, &before), Some(expect));
        };
        check("", "", 0);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("flaw", "lawn", 2);
        check("gumbo", "gambol", 2);
        check("überlauf", "ueberlauf", 2);
    }
}
