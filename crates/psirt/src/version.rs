//! The order of version strings, as far as a bill of materials needs it here: dotted numbers, then text.
//!
//! Never guesses an ecosystem's own rules; the watch will bring those.

use std::cmp::Ordering;

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
}
