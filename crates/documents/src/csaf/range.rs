//! Affected versions in words become a version range (CSAF 2.0 §3.1.2.3.2) where the words say one, and never more than they say.

use psirt::advisory::{LineState, LineStatement};

/// A branch below a product's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Versions {
    /// `product_version` or `product_version_range`.
    pub(super) category: &'static str,
    /// The branch's name: a version, or `vers:generic/…`.
    pub(super) name: String,
    /// The same without its scheme, for ids.
    pub(super) short: String,
    /// In words, for the product's full name.
    pub(super) words: String,
}

/// The versions for which a statement holds, fixed ones aside.
pub(super) fn stated(line: &LineStatement) -> Versions {
    let words = line.affected.trim();
    if line.state == LineState::NotAffected {
        return range("*", "all versions");
    }
    let end = fixed_in(line);
    let before = |end: &str| format!("<{}", escaped(end));
    match meaning(words) {
        Some(Meaning::One(version)) => one(version),
        Some(Meaning::Between(from, to)) => range(&format!(">={}|<={}", escaped(from), escaped(to)), words),
        Some(Meaning::Below(to)) => range(&before(to), words),
        Some(Meaning::UpTo(to)) => range(&format!("<={}", escaped(to)), words),
        Some(Meaning::From(from)) => match end {
            Some(end) => range(&format!(">={}|{}", escaped(from), before(&end)), words),
            None => range(&format!(">={}", escaped(from)), words),
        },
        None => match end {
            Some(end) if words.is_empty() => range(&before(&end), &format!("before {end}")),
            Some(end) => range(&before(&end), words),
            None => range("*", if words.is_empty() { "all versions" } else { words }),
        },
    }
}

/// The fixed version, as a branch.
pub(super) fn fixed(line: &LineStatement) -> Option<Versions> {
    if line.state != LineState::Fixed {
        return None;
    }
    Some(one(&fixed_in(line).unwrap_or_else(|| "current".to_owned())))
}

/// The version that is fixed; of a service without version numbers the day when the fix was deployed.
fn fixed_in(line: &LineStatement) -> Option<String> {
    if line.state != LineState::Fixed {
        return None;
    }
    line.fixed
        .as_deref()
        .map(|version| version.trim().to_owned())
        .or_else(|| line.fixed_on.map(|day| day.to_string()))
}

enum Meaning<'a> {
    One(&'a str),
    Between(&'a str, &'a str),
    Below(&'a str),
    UpTo(&'a str),
    From(&'a str),
}

fn meaning(words: &str) -> Option<Meaning<'_>> {
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

/// Whether it is one version and nothing else: a word with a digit that begins with a letter or digit.
fn is_version(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '~');
    text.chars().all(inside)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_digit())
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
