//! The rules of the CNAs (CNA Operational Rules 4.2.0) that a record alone can break.
//!
//! Looks at the container and at nothing else. Clocks, scope and who may assign are questions to others.

use super::HOSTED;
use super::model::{Container, MAX_TEXT_CHARS, MAX_TITLE_CHARS};
use std::fmt;

/// Something that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's number.
    pub rule: &'static str,
    /// Which field, as `affected[0]`.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether it keeps the record back.
    pub weight: Weight,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The record must not be submitted like this.
    Must,
    /// It may be submitted, and is to be completed later.
    FollowUp,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (CNA rule {}): {}", self.place, self.rule, self.message)
    }
}

/// The findings of the container of `id`. `hosted_only` says whether every product is a service that the vendor alone runs.
#[must_use]
pub fn check(container: &Container, id: &str, hosted_only: bool) -> Vec<Finding> {
    let mut found = Found::default();
    description(container, id, &mut found);
    products(container, hosted_only, &mut found);
    references(container, &mut found);
    if container.problem_types.is_empty() {
        found.later(
            "5.1.7",
            "problemTypes",
            "has no weakness: name the CWE as soon as it is known",
        );
    }
    if container.title.chars().count() >= MAX_TITLE_CHARS {
        found.must(
            "5.1",
            "title",
            format!("is cut: it has room for {MAX_TITLE_CHARS} characters"),
        );
    }
    if id.starts_with("CVE-1900-") {
        found.must("5.4", "cveId", "is an example id, which no service takes");
    }
    found.0
}

#[derive(Default)]
pub(super) struct Found(pub(super) Vec<Finding>);

impl Found {
    fn add(&mut self, weight: Weight, rule: &'static str, place: &str, message: impl Into<String>) {
        self.0.push(Finding {
            rule,
            place: place.to_owned(),
            message: message.into(),
            weight,
        });
    }

    pub(super) fn must(&mut self, rule: &'static str, place: &str, message: impl Into<String>) {
        self.add(Weight::Must, rule, place, message);
    }

    pub(super) fn later(&mut self, rule: &'static str, place: &str, message: impl Into<String>) {
        self.add(Weight::FollowUp, rule, place, message);
    }
}

fn description(container: &Container, id: &str, found: &mut Found) {
    let english = |lang: &str| lang == "en" || lang.starts_with("en-");
    let has_text = |text: &super::Text| english(text.lang) && !text.value.trim().is_empty();
    if !container.descriptions.iter().any(has_text) {
        found.must("5.2.1", "descriptions", "has no description in English");
    }
    for (i, text) in container.descriptions.iter().enumerate() {
        let place = format!("descriptions[{i}]");
        let lower = text.value.to_lowercase();
        for credit in &container.credits {
            if has_words(&lower, &credit.text.value.to_lowercase()) {
                found.must(
                    "5.2.4",
                    &place,
                    "names somebody who is credited: thanks stand in the credits alone",
                );
            }
        }
        if foreign_ids(&text.value).any(|other| other != id) {
            found.must(
                "5.2.11",
                &place,
                "names an id of something else: a description is about its own vulnerability",
            );
        }
        if text.value.chars().count() >= MAX_TEXT_CHARS {
            found.must(
                "5.2",
                &place,
                format!("is cut: it has room for {MAX_TEXT_CHARS} characters"),
            );
        }
    }
}

/// Whether the words stand in a text, and not inside of others.
fn has_words(text: &str, words: &str) -> bool {
    let words = words.trim();
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !words.is_empty()
        && text.match_indices(words).any(|(at, found)| {
            let (before, after) = (text.get(..at), text.get(at + found.len()..));
            !inside(before.and_then(|before| before.chars().next_back()))
                && !inside(after.and_then(|after| after.chars().next()))
        })
}

/// Ids of vulnerabilities in a text.
fn foreign_ids(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_id = |part: &&str| {
        let numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        part.strip_prefix("CVE-").is_some_and(numbered) || part.starts_with("GHSA-")
    };
    parts.map(|part| part.trim_matches('-')).filter(is_id)
}

fn products(container: &Container, hosted_only: bool, found: &mut Found) {
    let states = |status: &str| {
        container.affected.iter().any(|product| {
            product.default_status == status || product.versions.iter().any(|version| version.status == status)
        })
    };
    if !states("affected") && !states("unknown") {
        found.must(
            "5.1.3",
            "affected",
            "says of no product that it is affected, or may be: such an id is rejected",
        );
    }
    for (i, product) in container.affected.iter().enumerate() {
        let place = format!("affected[{i}]");
        let unknown = product.versions.iter().any(|version| version.status == "unknown");
        if unknown || (product.default_status == "unknown" && product.versions.is_empty()) {
            found.later(
                "5.1.6",
                &place,
                "is not known yet: say how it stands as soon as it is known",
            );
        }
        let open = product
            .versions
            .iter()
            .any(|version| version.status == "affected" && version.less_than_or_equal.as_deref() == Some("*"));
        let fixed = product.versions.iter().any(|version| version.status == "unaffected");
        match (open, fixed) {
            (true, true) => found.must(
                "5.1.5",
                &place,
                "goes on for ever although a version is fixed: end it with lessThan",
            ),
            (true, false) => found.later("5.1.5", &place, "has no fixed version: add it when it is out"),
            _ => {}
        }
    }
    match (container.tags.contains(&HOSTED), hosted_only) {
        (true, false) => found.must(
            "5.1.11.1",
            "tags",
            format!("{HOSTED} stands for services alone, and a product runs elsewhere"),
        ),
        (false, true) => found.must("5.1.11.1", "tags", format!("every product is a service: add {HOSTED}")),
        _ => {}
    }
}

fn references(container: &Container, found: &mut Found) {
    let host = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', '?', '#', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let own = |url: &str| host(url) == "cve.org" || host(url).ends_with(".cve.org") || host(url) == "cve.mitre.org";
    if container.references.iter().all(|reference| own(&reference.url)) {
        found.must(
            "5.3.1",
            "references",
            "has no public reference other than the list itself",
        );
    }
    for (i, reference) in container.references.iter().enumerate() {
        if own(&reference.url) {
            found.must(
                "5.3.3.5",
                &format!("references[{i}]"),
                "leads to the list itself: delete it",
            );
        }
    }
}
