//! Affected versions in words become a span where the words say one, and never more than they say. Every document asks here, so that no
//! two of them can differ: CSAF and OpenVEX write it as a `vers` range (CSAF 2.0 §3.1.2.3.2), CVE and OSV in forms of their own.

use crate::problem::Problem;
use psirt::advisory::{Advisory, LineState, LineStatement};
use psirt::version::{VersionScheme, is_version};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The versions for which a statement holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// One version.
    One(String),
    /// From a version on, or from the first; to an end.
    Range {
        /// The first one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Where it ends.
        end: End,
    },
    /// What several of them hold.
    Several(Vec<Span>),
    /// Some versions that only a reader of the words knows.
    Words(String),
}

/// Where a range ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It does not.
    Open,
    /// Before this version.
    Before(String),
    /// With this version.
    UpTo(String),
}

impl Span {
    /// Every version.
    pub(crate) const ALL: Span = Span::Range {
        from: None,
        end: End::Open,
    };

    /// What it is made of: itself, or several.
    pub(crate) fn parts(&self) -> &[Span] {
        match self {
            Span::Several(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}

/// What stands between the versions of one line, where there are several: `24.0 to 24.8; 25.0 to 25.1`.
pub(crate) const BETWEEN: char = ';';

/// The versions for which a statement holds, fixed ones aside.
pub(crate) fn span(line: &LineStatement) -> Span {
    if line.state == LineState::NotAffected {
        return Span::ALL;
    }
    let words = line.affected.trim();
    let fixes = fixes(line);
    // Of several fixed versions none says by itself where a range ends.
    let fixed = match fixes.as_slice() {
        [only] => Some(only.as_str()),
        _ => None,
    };
    if is_every(words) {
        return match fixed {
            Some(end) => range_of(None, End::Before(end.to_owned())),
            None if fixes.is_empty() => Span::ALL,
            None => Span::Words("all versions".to_owned()),
        };
    }
    let mut parts: Vec<Span> = Vec::new();
    for words_of_one in words.split(BETWEEN) {
        match part(words_of_one.trim(), fixed, line.version_scheme) {
            Some(known) if parts.contains(&known) => {}
            Some(new) => parts.push(new),
            // What follows may narrow what stands before it: whoever cannot read all of it has read nothing.
            None => return Span::Words(words.to_owned()),
        }
    }
    match parts.as_slice() {
        [one] => one.clone(),
        _ => Span::Several(parts),
    }
}

/// The versions that words without a semicolon name, where they are read alike by everybody.
fn part(words: &str, fixed: Option<&str>, scheme: VersionScheme) -> Option<Span> {
    Some(match (meaning(words)?, fixed) {
        (Meaning::One(version), _) => Span::One(version.to_owned()),
        (Meaning::Between(from, to), _) => range_of(Some(from), End::UpTo(to.to_owned())),
        (Meaning::Within(from, to), _) => range_of(Some(from), End::Before(to.to_owned())),
        (Meaning::Below(to), _) => range_of(None, End::Before(to.to_owned())),
        (Meaning::UpTo(to), _) => range_of(None, End::UpTo(to.to_owned())),
        // A fix before the first affected version ends nothing.
        (Meaning::From(from), Some(end)) if scheme.order(from, end).is_some_and(Ordering::is_ge) => return None,
        (Meaning::From(from), Some(end)) => range_of(Some(from), End::Before(end.to_owned())),
        (Meaning::From(from), None) => range_of(Some(from), End::Open),
    })
}

fn range_of(from: Option<&str>, end: End) -> Span {
    Span::Range {
        from: from.map(str::to_owned),
        end,
    }
}

/// Whether the words leave no version out, other than those that are fixed.
fn is_every(words: &str) -> bool {
    words.is_empty() || words.eq_ignore_ascii_case("all versions")
}

/// The affected versions of an advisory that no program can read, each at its place: what documents then say is the words.
#[must_use]
pub fn unread(advisory: &Advisory) -> Vec<Problem> {
    let lines = advisory.vulnerabilities.iter().enumerate().flat_map(|(i, one)| {
        let lines = one.lines.iter().enumerate();
        lines.map(move |(j, line)| (format!("vulnerabilities[{i}].lines[{j}].affected"), line))
    });
    let of = |(place, line): (String, &LineStatement)| match span(line) {
        Span::Words(words) => Some(Problem {
            place,
            message: format!(
                "`{words}` cannot be read as a range: documents say these words alone, and whoever asks for a version is told \
                 that it is unknown; `24.0 to 24.8`, `from 24.0 before 24.9`, `before 24.9`, `up to 24.8`, `from 24.0`, one version, several \
                 of them with `;` between, and `all versions` can be read"
            ),
        }),
        Span::One(_) | Span::Range { .. } | Span::Several(_) => None,
    };
    lines.filter_map(of).collect()
}

/// Whether everything from the fix on is free of the vulnerability: the fix follows every version that the span holds. Never a guess.
pub(crate) fn is_clear_from(span: &Span, fixed: &str, scheme: VersionScheme) -> bool {
    let last = |version: &str| scheme.order(fixed, version);
    let follows = |part: &Span| match part {
        Span::One(version)
        | Span::Range {
            end: End::UpTo(version),
            ..
        } => last(version) == Some(Ordering::Greater),
        Span::Range {
            end: End::Before(version),
            ..
        } => last(version).is_some_and(Ordering::is_ge),
        Span::Range { end: End::Open, .. } | Span::Several(_) | Span::Words(_) => false,
    };
    span.parts().iter().all(follows)
}

/// The affected versions in words, as a page and a product's name have them; every version before a fix is *before* it.
pub(crate) fn words(line: &LineStatement) -> String {
    match (line.affected.trim(), fixed_in(line)) {
        (words, Some(end)) if is_every(words) && fixes(line).len() == 1 => format!("before {end}"),
        (words, _) if is_every(words) => "all versions".to_owned(),
        (words, _) => words.to_owned(),
    }
}

/// The version that is fixed; of a service without version numbers the day when the fix was deployed.
pub(crate) fn fixed_in(line: &LineStatement) -> Option<String> {
    if line.state != LineState::Fixed {
        return None;
    }
    line.fixed
        .as_deref()
        .map(|version| version.trim().to_owned())
        .or_else(|| line.fixed_on.map(|day| day.to_string()))
}

/// The same, each version by itself: a document from elsewhere may name one for each range.
pub(crate) fn fixes(line: &LineStatement) -> Vec<String> {
    fixed_in(line).map(|fixed| apart(&fixed)).unwrap_or_default()
}

/// Versions with `;` between, each by itself; anything else is one.
pub(crate) fn apart(fixed: &str) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    for version in fixed.split(BETWEEN).map(str::trim) {
        if !is_version(version) {
            return vec![fixed.to_owned()];
        }
        if !versions.iter().any(|known| known == version) {
            versions.push(version.to_owned());
        }
    }
    versions
}

/// A branch below a product's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Versions {
    /// `product_version` or `product_version_range`.
    pub(crate) category: &'static str,
    /// The branch's name: a version, or `vers:generic/…`.
    pub(crate) name: String,
    /// The same without its scheme, for ids.
    pub(crate) short: String,
    /// In words, for the product's full name.
    pub(crate) words: String,
}

/// The versions for which a statement holds, as branches: one for each version or range.
pub(crate) fn stated(line: &LineStatement) -> Vec<Versions> {
    let words = match line.state {
        LineState::NotAffected => "all versions".to_owned(),
        _ => words(line),
    };
    match span(line) {
        Span::Several(parts) => parts.iter().map(|part| branch(part, &in_words(part))).collect(),
        whole => vec![branch(&whole, &words)],
    }
}

fn branch(span: &Span, words: &str) -> Versions {
    match span {
        Span::One(version) => one(version),
        Span::Range { from, end } => range(&constraints(from.as_deref(), end), words),
        // No range says it, and none is claimed: the words stand there themselves, as CSAF allows in place of a range.
        Span::Several(_) | Span::Words(_) => Versions {
            category: "product_version_range",
            name: words.to_owned(),
            short: words.to_owned(),
            words: words.to_owned(),
        },
    }
}

/// A span in the words in which a person writes it, so that it is read back as it is.
pub(crate) fn in_words(span: &Span) -> String {
    match span {
        Span::One(version) | Span::Words(version) => version.clone(),
        Span::Several(parts) => parts.iter().map(in_words).collect::<Vec<_>>().join("; "),
        Span::Range { from: None, end } => match end {
            End::Open => "all versions".to_owned(),
            End::Before(end) => format!("before {end}"),
            End::UpTo(end) => format!("up to {end}"),
        },
        Span::Range { from: Some(from), end } => match end {
            End::Open => format!("from {from}"),
            End::Before(end) => format!("from {from} before {end}"),
            End::UpTo(end) => format!("{from} to {end}"),
        },
    }
}

/// The constraints of a `vers` range in words, such as `>=24.0|<24.9`; none for what words cannot say.
pub(crate) fn read_constraints(text: &str) -> Option<String> {
    let mut spans = Vec::new();
    let mut from: Option<String> = None;
    for constraint in text.split('|').map(str::trim) {
        let signs = constraint.len() - constraint.trim_start_matches(['<', '>', '=', '!']).len();
        let (sign, version) = constraint.split_at_checked(signs)?;
        let version = unescaped(version.trim()).filter(|version| is_version(version))?;
        let end = match sign {
            ">=" if from.is_none() => {
                from = Some(version);
                continue;
            }
            "<" => End::Before(version),
            "<=" => End::UpTo(version),
            "" | "=" if from.is_none() => {
                spans.push(Span::One(version));
                continue;
            }
            _ => return None,
        };
        spans.push(Span::Range { from: from.take(), end });
    }
    spans.extend(from.map(|from| range_of(Some(&from), End::Open)));
    Some(in_words(&Span::Several(spans)))
}

/// The fixed versions, as branches.
pub(crate) fn fixed(line: &LineStatement) -> Vec<Versions> {
    if line.state != LineState::Fixed {
        return Vec::new();
    }
    match fixes(line).as_slice() {
        [] => vec![one("current")],
        versions => versions.iter().map(|version| one(version)).collect(),
    }
}

fn constraints(from: Option<&str>, end: &End) -> String {
    let from = from.map(|from| format!(">={}", escaped(from)));
    let end = match end {
        End::Open => None,
        End::Before(version) => Some(format!("<{}", escaped(version))),
        End::UpTo(version) => Some(format!("<={}", escaped(version))),
    };
    let both: Vec<String> = from.into_iter().chain(end).collect();
    if both.is_empty() {
        "*".to_owned()
    } else {
        both.join("|")
    }
}

enum Meaning<'a> {
    One(&'a str),
    Between(&'a str, &'a str),
    /// From a version on, and before another one.
    Within(&'a str, &'a str),
    Below(&'a str),
    UpTo(&'a str),
    From(&'a str),
}

/// Words without what says only that versions follow: `all versions before 24.9` is `before 24.9`.
fn plain(mut words: &str) -> &str {
    for opening in ["all ", "versions ", "version "] {
        if let Some((head, rest)) = words.split_at_checked(opening.len())
            && head.eq_ignore_ascii_case(opening)
        {
            words = rest.trim_start();
        }
    }
    words
}

fn meaning(words: &str) -> Option<Meaning<'_>> {
    let words = plain(words);
    if is_version(words) {
        return Some(Meaning::One(words));
    }
    let after = |prefix: &str| {
        words
            .strip_prefix(prefix)
            .map(str::trim)
            .filter(|rest| is_version(rest))
    };
    let ahead = |suffix: &str| {
        words
            .strip_suffix(suffix)
            .map(str::trim)
            .filter(|rest| is_version(rest))
    };
    if let Some((from, to)) = words.split_once(" to ").map(|(from, to)| (from.trim(), to.trim()))
        && is_version(from)
        && is_version(to)
    {
        return Some(Meaning::Between(from, to));
    }
    let within = words.strip_prefix("from ").and_then(|rest| rest.split_once(" before "));
    if let Some((from, to)) = within.map(|(from, to)| (from.trim().trim_end_matches(','), to.trim()))
        && is_version(from)
        && is_version(to)
    {
        return Some(Meaning::Within(from, to));
    }
    let up_to = after("up to ")
        .or_else(|| after("<="))
        .or_else(|| ahead(" and earlier"));
    let below = after("before ").or_else(|| after("prior to ")).or_else(|| after("<"));
    let from = after("from ").or_else(|| after(">=")).or_else(|| ahead(" and later"));
    up_to
        .map(Meaning::UpTo)
        .or_else(|| below.map(Meaning::Below))
        .or_else(|| from.map(Meaning::From))
}

fn one(version: &str) -> Versions {
    Versions {
        category: "product_version",
        name: version.to_owned(),
        short: version.to_owned(),
        words: version.to_owned(),
    }
}

fn range(constraints: &str, words: &str) -> Versions {
    let scheme = if constraints == "*" { "vers:all" } else { "vers:generic" };
    Versions {
        category: "product_version_range",
        name: format!("{scheme}/{constraints}"),
        short: constraints.to_owned(),
        words: words.to_owned(),
    }
}

/// A version inside a `vers` range: what has a meaning there is written in percent form.
fn escaped(version: &str) -> String {
    let mut text = String::new();
    for byte in version.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// A version of a `vers` range without its percent forms; none where they are no text.
fn unescaped(version: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = version.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}
