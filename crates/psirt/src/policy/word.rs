//! Closed sets of words: enumerations that a policy writes as one lower-case word.
//!
//! Owns the mapping between a word and its value, and the hint at a misspelt one. Never knows where a word stands.

/// An enumeration with a word for each value.
pub trait Word: Copy + Sized + 'static {
    /// Every value, in the order of the documentation.
    const ALL: &'static [Self];

    /// The word in a policy file.
    fn word(self) -> &'static str;

    /// The value of a word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $crate::policy::word::Word for $name {
            const ALL: &'static [Self] = &[$($name::$variant),+];

            fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::policy::word::Word::word(*self))
            }
        }
    };
}
pub(super) use words;

/// The way out of a misspelt word: the nearest one, or else all of them.
pub(super) fn hint<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        return "there is none to choose from".to_owned();
    }
    let near = known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .min();
    match near {
        Some((distance, candidate)) if distance <= 2 && candidate.len() > 3 => format!("did you mean `{candidate}`?"),
        _ if known.len() > 24 => "the list is in docs/policy.md".to_owned(),
        _ => format!("write one of {}", quoted(known)),
    }
}

/// `a`, `b`, `c`.
pub(super) fn quoted<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words
        .into_iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn joined<S: AsRef<str>>(words: &[S], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [many @ .., end] => {
            let many: Vec<&str> = many.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", many.join(", "), end.as_ref())
        }
    }
}

/// Levenshtein's distance, given up beyond words of 40 characters.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(41).collect(), b.chars().collect());
    if a.len() > 40 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (right, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(*cell + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        for (a, b, expect) in [
            ("", "", 0),
            ("origin", "orgin", 1),
            ("band", "bnad", 2),
            ("saas", "on-prem", 7),
        ] {
            assert_eq!(distance(a, b), expect, "{a} {b}");
        }
    }

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_gets_the_list() {
        assert_eq!(hint("onprem", ["on-prem", "saas"]), "did you mean `on-prem`?");
        assert_eq!(hint("cloud", ["on-prem", "saas"]), "write one of `on-prem`, `saas`");
    }

    /// Two edits are near, three are far; and every short word is near to every other, so it is no suggestion.
    #[test]
    fn only_a_long_word_that_is_near_is_suggested() {
        assert_eq!(hint("orgn", ["origin"]), "did you mean `origin`?");
        assert_eq!(hint("ogn", ["origin"]), "write one of `origin`");
        assert_eq!(hint("bend", ["band"]), "did you mean `band`?");
        assert_eq!(hint("mey", ["may"]), "write one of `may`");
        assert_eq!(hint("any", []), "there is none to choose from");
    }

    #[test]
    fn a_list_of_many_words_is_left_to_the_guide() {
        let words: Vec<String> = (10..35).map(|number| format!("word{number}")).collect();
        let known = |count: usize| hint("quite-another", words.iter().take(count).map(String::as_str));
        assert!(known(24).ends_with("`word32`, `word33`"), "{}", known(24));
        assert_eq!(known(25), "the list is in docs/policy.md");
    }

    #[test]
    fn the_distance_of_a_long_word_is_not_counted() {
        assert_eq!(distance(&"a".repeat(40), "a"), 39);
        assert_eq!(distance(&"a".repeat(41), "a"), usize::MAX);
    }
}
