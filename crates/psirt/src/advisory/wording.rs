//! How a brand words its advisories: templates for a new one, and what it says in every one.
//!
//! Owns the closed list of placeholders. Never guesses a value: a text that asks for one that is not known says so, with its place.

use serde::{Deserialize, Serialize};

/// What a brand sets once, so that nobody types it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The template of a title; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The template of a summary; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The template of the details; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub details: String,
    /// What every advisory says.
    #[serde(default, skip_serializing_if = "Frame::is_empty")]
    pub frame: Frame,
}

/// What an advisory says beside its own matter: a copy of what its brand said when it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The language of its texts as CSAF names it; empty for `en`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// On whose behalf the publisher speaks (CSAF 2.0 §3.2.1.8.3).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuing_authority: String,
    /// The address under which the policy's severity words are explained; empty for the page of the policy.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub severity_namespace: String,
    /// Who may pass it on, beside its TLP label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub distribution: String,
    /// What users do whatever the vulnerability is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recommendations: String,
    /// Further notes: a title and a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<(String, String)>,
    /// What the lawyers ask for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disclaimer: String,
    /// References of every advisory: a title and an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<(String, String)>,
}

impl Frame {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Frame::default()
    }

    /// The language as documents name it.
    #[must_use]
    pub fn lang(&self) -> &str {
        if self.language.is_empty() { "en" } else { &self.language }
    }
}

/// What a template can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The affected product lines.
    Product,
    /// The impact, in the policy's term.
    Impact,
    /// The policy's severity.
    Band,
    /// The CVE id.
    Cve,
    /// The affected versions in words.
    Versions,
    /// The fixed versions.
    Fixed,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Placeholder; 6] = [
        Placeholder::Product,
        Placeholder::Impact,
        Placeholder::Band,
        Placeholder::Cve,
        Placeholder::Versions,
        Placeholder::Fixed,
    ];

    /// Its word between braces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Placeholder::Product => "product",
            Placeholder::Impact => "impact",
            Placeholder::Band => "band",
            Placeholder::Cve => "cve",
            Placeholder::Versions => "versions",
            Placeholder::Fixed => "fixed",
        }
    }

    /// What is missing where it has no value.
    const fn missing(self) -> &'static str {
        match self {
            Placeholder::Product => "no product line is affected",
            Placeholder::Impact => "the case has no impact",
            Placeholder::Band => "the case has no score",
            Placeholder::Cve => "the case has no CVE id",
            Placeholder::Versions => "nobody typed the affected versions",
            Placeholder::Fixed => "there is no fixed version",
        }
    }
}

/// One part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t str),
    Value(Placeholder),
    /// Left out as a whole where one of its values is not known.
    Optional(Vec<Part<'t>>),
}

/// Checks a template.
///
/// # Errors
/// What is wrong, with the place in characters from 1, and how to write it.
pub fn check_template(template: &str) -> Result<(), String> {
    parts(template).map(drop)
}

/// Fills a template in. What stands between square brackets is left out where one of its values is not known.
///
/// # Errors
/// The placeholder that has no value, and why; or what is wrong with the template.
pub fn fill(template: &str, value: impl Fn(Placeholder) -> Option<String>) -> Result<String, String> {
    let mut text = String::new();
    for part in parts(template)? {
        match part {
            Part::Text(words) => text.push_str(words),
            Part::Value(asked) => text.push_str(
                &value(asked).ok_or_else(|| format!("it asks for {{{}}}, and {}", asked.name(), asked.missing()))?,
            ),
            Part::Optional(parts) => text.push_str(&optional(&parts, &value).unwrap_or_default()),
        }
    }
    Ok(text.trim().to_owned())
}

fn optional(parts: &[Part<'_>], value: &impl Fn(Placeholder) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(words) => text.push_str(words),
            Part::Value(asked) => text.push_str(&value(*asked)?),
            Part::Optional(_) => return None,
        }
    }
    Some(text)
}

fn parts(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut inner: Option<(usize, Vec<Part<'_>>)> = None;
    let mut rest = template;
    let place = |rest: &str| template[..template.len() - rest.len()].chars().count() + 1;
    while let Some(at) = rest.find(['{', '}', '[', ']']) {
        let (text, sign) = rest.split_at(at);
        if !text.is_empty() {
            inner
                .as_mut()
                .map_or(&mut parts, |(_, parts)| parts)
                .push(Part::Text(text));
        }
        let here = place(sign);
        let mut chars = sign.chars();
        match (chars.next(), inner.take()) {
            (Some('{'), around) => {
                inner = around;
                let after = chars.as_str();
                let (name, after) = after
                    .split_once('}')
                    .ok_or_else(|| format!("character {here}: this `{{` has no `}}`"))?;
                let known = Placeholder::ALL.into_iter().find(|known| known.name() == name.trim());
                let known = known.ok_or_else(|| {
                    format!(
                        "character {here}: `{{{name}}}` is no placeholder; there are {}",
                        all_names()
                    )
                })?;
                inner
                    .as_mut()
                    .map_or(&mut parts, |(_, parts)| parts)
                    .push(Part::Value(known));
                rest = after;
            }
            (Some('['), None) => {
                inner = Some((here, Vec::new()));
                rest = chars.as_str();
            }
            (Some(']'), Some((_, optional))) => {
                parts.push(Part::Optional(optional));
                rest = chars.as_str();
            }
            (Some('['), Some(_)) => return Err(format!("character {here}: brackets do not stand in brackets")),
            (sign, _) => {
                let sign = sign.unwrap_or_default();
                return Err(format!("character {here}: this `{sign}` closes nothing"));
            }
        }
    }
    if let Some((open, _)) = inner {
        return Err(format!("character {open}: this `[` has no `]`"));
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

fn all_names() -> String {
    let names: Vec<String> = Placeholder::ALL
        .iter()
        .map(|known| format!("{{{}}}", known.name()))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a template in with a case that has everything but a CVE id.
    fn check_template_as(template: &str, expect: Result<&str, &str>) {
        let value = |asked: Placeholder| (asked != Placeholder::Cve).then(|| asked.name().to_uppercase());
        match (fill(template, value), expect) {
            (Ok(text), Ok(expect)) => assert_eq!(text, expect, "{template}"),
            (Err(why), Err(expect)) => assert!(why.contains(expect), "{template}: {why}"),
            (found, _) => panic!("{template}: {found:?}"),
        }
    }

    #[test]
    fn placeholders_are_filled_in() {
        check_template_as("{product}: {impact}", Ok("PRODUCT: IMPACT"));
        check_template_as(
            "{band} in { product }, {versions}; fixed in {fixed}.",
            Ok("BAND in PRODUCT, VERSIONS; fixed in FIXED."),
        );
        check_template_as("Überlauf", Ok("Überlauf"));
    }

    #[test]
    fn a_value_that_is_not_known_is_asked_for_or_left_out() {
        check_template_as(
            "{product} ({cve})",
            Err("it asks for {cve}, and the case has no CVE id"),
        );
        check_template_as("{product}[ ({cve})]", Ok("PRODUCT"));
        check_template_as("{product}[ in {versions}]", Ok("PRODUCT in VERSIONS"));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        check_template_as(
            "In {produkt}",
            Err("character 4: `{produkt}` is no placeholder; there are {product}, {impact}"),
        );
        check_template_as("Überlauf in {", Err("character 13: this `{` has no `}`"));
        check_template_as("a } b", Err("character 3: this `}` closes nothing"));
        check_template_as("a [b", Err("character 3: this `[` has no `]`"));
        check_template_as("[a [b]]", Err("character 4: brackets do not stand in brackets"));
        check_template_as("a]", Err("character 2: this `]` closes nothing"));
    }
}
