//! The order of version strings: dotted numbers, then text. [`compare`] always answers; [`VersionScheme::order`] says nothing where it would
//! have to guess.
//!
//! Never guesses an ecosystem's own rules: a product line says which scheme its versions follow.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// How the versions of a product line are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionScheme {
    /// By their numbers, and by words that everybody reads alike.
    #[default]
    Numbers,
    /// By SemVer 2.0.0 §11.
    Semver,
    /// By their numbers, then by letters that count on: `1.0.2`, `1.0.2a`, `1.0.2z`, `1.0.2za`.
    Letters,
}

impl VersionScheme {
    /// Every scheme.
    pub const ALL: [VersionScheme; 3] = [VersionScheme::Numbers, VersionScheme::Semver, VersionScheme::Letters];

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            VersionScheme::Numbers => "numbers",
            VersionScheme::Semver => "semver",
            VersionScheme::Letters => "letters",
        }
    }

    /// The scheme of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<VersionScheme> {
        VersionScheme::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Whether it is the one that holds where nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == VersionScheme::default()
    }

    /// Which of two versions comes first. None where the scheme does not say: one of them is none of its versions.
    #[must_use]
    pub fn order(self, a: &str, b: &str) -> Option<Ordering> {
        match self {
            VersionScheme::Numbers => order(a, b),
            VersionScheme::Semver => Some(Semver::read(a)?.order(&Semver::read(b)?)),
            VersionScheme::Letters => by_letters(a, b),
        }
    }

    /// Whether one version says more of the other: `25.1.3` is one of `25.1`, if that was meant to name several. A version of SemVer is whole.
    #[must_use]
    pub fn refines(self, longer: &str, shorter: &str) -> bool {
        match self {
            VersionScheme::Numbers => refines(longer, shorter),
            VersionScheme::Semver => false,
            VersionScheme::Letters => refines(lettered(longer).0, lettered(shorter).0),
        }
    }
}

/// Compares two versions part by part: numbers as numbers, a number after a word, a missing part before a number and after a word (`1.0-rc1` before `1.0`).
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (parts(a), parts(b));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (Some(part), None) => rank(Some(part)).cmp(&rank(None)),
            (None, Some(part)) => rank(None).cmp(&rank(Some(part))),
            (Some(x), Some(y)) => match (number(x), number(y)) {
                (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
                (None, None) => x.cmp(y),
                _ => rank(Some(x)).cmp(&rank(Some(y))),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Whether it is one version and nothing else: a word with a digit that begins with a letter or digit.
#[must_use]
pub fn is_version(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '~');
    text.chars().all(inside)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_digit())
}

/// Words that everybody reads as *before the release*; these three also have an order among themselves.
const STEPS: [&str; 3] = ["alpha", "beta", "rc"];
const EARLY: [&str; 5] = ["dev", "milestone", "pre", "preview", "snapshot"];

/// Which of two versions comes first, where that follows from the numbers or from a word that everybody reads alike; zeros at the end change
/// nothing. None where the answer rests on any other word (`1.0.2k`, `r12`), or on signs that ecosystems read differently (`~`, `+`).
fn order(a: &str, b: &str) -> Option<Ordering> {
    if a.eq_ignore_ascii_case(b) {
        return Some(Ordering::Equal);
    }
    if !is_version(a) || !is_version(b) || [a, b].iter().any(|version| version.contains(['~', '+'])) {
        return None;
    }
    let (mut left, mut right) = (parts(a), parts(b));
    let mut first = true;
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Some(Ordering::Equal),
            (Some(more), None) => beyond(more)?,
            (None, Some(more)) => beyond(more)?.reverse(),
            (Some(x), Some(y)) => match (number(x), number(y)) {
                (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
                (None, None) => of_words(x, y)?,
                (Some(_), None) if !first && is_early(y) => Ordering::Greater,
                (None, Some(_)) if !first && is_early(x) => Ordering::Less,
                _ => return None,
            },
        };
        if order != Ordering::Equal {
            return Some(order);
        }
        first = false;
    }
}

fn refines(longer: &str, shorter: &str) -> bool {
    let (mut long, mut short) = (parts(longer), parts(shorter));
    loop {
        match (long.next(), short.next()) {
            (Some(_), None) => return true,
            (None, _) => return false,
            (Some(x), Some(y)) => {
                let same = match (number(x), number(y)) {
                    (Some(x), Some(y)) => x == y,
                    _ => x.eq_ignore_ascii_case(y),
                };
                if !same {
                    return false;
                }
            }
        }
    }
}

/// A version of SemVer 2.0.0: three numbers, and what may stand before its release. What follows a `+` orders nothing.
struct Semver<'a> {
    core: [&'a str; 3],
    before: Option<&'a str>,
}

impl<'a> Semver<'a> {
    fn read(text: &'a str) -> Option<Semver<'a>> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (text, build) = text
            .split_once('+')
            .map_or((text, None), |(text, build)| (text, Some(build)));
        let (core, before) = text
            .split_once('-')
            .map_or((text, None), |(core, before)| (core, Some(before)));
        let is_number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        let is_name = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_ordered = |id: &str| is_name(id) && (!id.bytes().all(|b| b.is_ascii_digit()) || is_number(id));
        let core: [&str; 3] = core.split('.').collect::<Vec<_>>().try_into().ok()?;
        let is_version = core.iter().all(|number| !number.is_empty() && is_number(number))
            && before.is_none_or(|before| before.split('.').all(is_ordered))
            && build.is_none_or(|build| build.split('.').all(is_name));
        is_version.then_some(Semver { core, before })
    }

    fn order(&self, other: &Semver<'_>) -> Ordering {
        let numbers = |x: &str, y: &str| x.len().cmp(&y.len()).then_with(|| x.cmp(y));
        for (x, y) in self.core.iter().zip(other.core) {
            let order = numbers(x, y);
            if order != Ordering::Equal {
                return order;
            }
        }
        let (Some(left), Some(right)) = (self.before, other.before) else {
            return self.before.is_none().cmp(&other.before.is_none());
        };
        let (mut left, mut right) = (left.split('.'), right.split('.'));
        loop {
            let is_number = |id: &str| id.bytes().all(|b| b.is_ascii_digit());
            let order = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (x, y) if x.is_none() || y.is_none() => return x.is_some().cmp(&y.is_some()),
                (Some(x), Some(y)) if is_number(x) && is_number(y) => numbers(x, y),
                (Some(x), Some(y)) => is_number(y).cmp(&is_number(x)).then_with(|| x.cmp(y)),
                _ => return Ordering::Equal,
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }
}

/// Whether a text is a version of SemVer 2.0.0.
#[must_use]
pub fn is_semver(text: &str) -> bool {
    !text.starts_with(['v', 'V']) && Semver::read(text).is_some()
}

/// By the numbers, then by the letters behind the last of them.
fn by_letters(a: &str, b: &str) -> Option<Ordering> {
    let [(a, last_a), (b, last_b)] = [a, b].map(lettered);
    let letters = last_a.len().cmp(&last_b.len()).then_with(|| last_a.cmp(last_b));
    Some(order(a, b)?.then(letters))
}

/// A version without the letters that count on behind its last number, and these. A word of its own (`1.0-beta`) is none of them.
fn lettered(version: &str) -> (&str, &str) {
    let numbers = version.trim_end_matches(|c: char| c.is_ascii_lowercase());
    match numbers.ends_with(|c: char| c.is_ascii_digit()) {
        true => (numbers, version.strip_prefix(numbers).unwrap_or_default()),
        false => (version, ""),
    }
}

/// What one more part makes of a version.
fn beyond(part: &str) -> Option<Ordering> {
    match number(part) {
        Some("") => Some(Ordering::Equal),
        Some(_) => Some(Ordering::Greater),
        None => is_early(part).then_some(Ordering::Less),
    }
}

fn is_early(word: &str) -> bool {
    STEPS.iter().chain(&EARLY).any(|early| early.eq_ignore_ascii_case(word))
}

fn of_words(x: &str, y: &str) -> Option<Ordering> {
    if x.eq_ignore_ascii_case(y) {
        return Some(Ordering::Equal);
    }
    let step = |word: &str| STEPS.iter().position(|step| step.eq_ignore_ascii_case(word));
    Some(step(x)?.cmp(&step(y)?))
}

fn parts(version: &str) -> impl Iterator<Item = &str> {
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    version
        .split(|c: char| !c.is_alphanumeric())
        .flat_map(runs)
        .filter(|part| !part.is_empty())
}

/// Splits `rc1` into `rc` and `1`.
fn runs(part: &str) -> impl Iterator<Item = &str> {
    let mut rest = part;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != first).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}

/// The digits without leading zeros, if it is a number.
fn number(part: &str) -> Option<&str> {
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| part.trim_start_matches('0'))
}

/// A word comes before nothing, and nothing before a number.
fn rank(part: Option<&str>) -> u8 {
    match part {
        Some(part) if number(part).is_none() => 0,
        None => 1,
        Some(_) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_people_read_them() {
        let ordered = [
            "1.0-alpha",
            "1.0-rc1",
            "1.0-rc2",
            "1.0",
            "1.0.1",
            "1.2",
            "1.10",
            "v2.0",
            "25.1.2",
            "24.10.100000000000000000000",
        ];
        for pair in ordered.windows(2).take(8) {
            let [a, b] = pair else { continue };
            assert_eq!(compare(a, b), Ordering::Less, "{a} < {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b} > {a}");
        }
        assert_eq!(compare("1.02", "1.2"), Ordering::Equal);
        assert_eq!(
            compare("24.10.100000000000000000000", "24.10.99999999999999999999"),
            Ordering::Greater
        );
    }

    fn check_order(a: &str, b: &str, expect: Option<Ordering>) {
        assert_eq!(order(a, b), expect, "{a} {b}");
        assert_eq!(order(b, a), expect.map(Ordering::reverse), "{b} {a}");
    }

    #[test]
    fn what_everybody_reads_alike_has_an_order() {
        use Ordering::{Equal, Less};
        check_order("1.2", "1.10", Some(Less));
        check_order("1.0", "1.0.0", Some(Equal));
        check_order("v2", "2.0.1", Some(Less));
        check_order("1.0-alpha2", "1.0-beta1", Some(Less));
        check_order("1.0-rc1", "1.0", Some(Less));
        check_order("1.0-RC1", "1.0.0", Some(Less));
        check_order("1.0-rc1", "1.0.1", Some(Less));
        check_order("9.1.2p3", "9.1.2p4", Some(Less));
        check_order("25.1.2-dev", "25.1.2", Some(Less));
        check_order("24.10.100000000000000000000", "24.10.100000000000000000001", Some(Less));
    }

    #[test]
    fn nothing_is_guessed() {
        for (a, b) in [
            ("1.0.2k", "1.0.2"),
            ("9.1.2p3", "9.1.2"),
            ("r12", "12"),
            ("1.0~rc1", "1.0"),
            ("1.2.3+5", "1.2.3"),
            ("1.0-dev", "1.0-rc1"),
            ("1.0-x1", "1.0-y1"),
            ("latest", "1.0"),
            ("", "1.0"),
            ("1.0; drop", "1.0"),
        ] {
            check_order(a, b, None);
        }
        check_order("1.2.3+5", "1.2.3+5", Some(Ordering::Equal));
    }

    #[test]
    fn a_scheme_orders_its_own_versions() {
        use Ordering::{Equal, Less};
        let check = |scheme: VersionScheme, a: &str, b: &str, expect: Option<Ordering>| {
            assert_eq!(scheme.order(a, b), expect, "{scheme:?}: {a} {b}");
            assert_eq!(scheme.order(b, a), expect.map(Ordering::reverse), "{scheme:?}: {b} {a}");
        };
        let semver = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.10.0",
        ];
        for pair in semver.windows(2) {
            check(VersionScheme::Semver, pair[0], pair[1], Some(Less));
        }
        check(VersionScheme::Semver, "1.2.3+5", "1.2.3", Some(Equal));
        check(VersionScheme::Semver, "1.0", "1.0.1", None);
        check(VersionScheme::Semver, "01.0.0", "1.0.1", None);
        let letters = [
            "1.0.1",
            "1.0.2-beta1",
            "1.0.2",
            "1.0.2a",
            "1.0.2k",
            "1.0.2z",
            "1.0.2za",
            "1.0.3",
        ];
        for pair in letters.windows(2) {
            check(VersionScheme::Letters, pair[0], pair[1], Some(Less));
        }
        check(VersionScheme::Letters, "1.0.2k", "latest", None);
        check(VersionScheme::Numbers, "1.0.2", "1.0.2k", None);
        for scheme in VersionScheme::ALL {
            assert_eq!(VersionScheme::from_name(scheme.name()), Some(scheme));
        }
    }

    #[test]
    fn a_longer_version_may_be_one_of_a_shorter() {
        assert!(refines("25.1.3", "25.1") && refines("25.01.3", "v25.1"));
        assert!(!refines("25.1", "25.1") && !refines("25.1", "25.1.3") && !refines("25.2.1", "25.1"));
    }
}
