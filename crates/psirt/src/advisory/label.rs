//! What a field of an advisory is called in words, and under which heading a person looks for it.
//!
//! Owns the words. The names that commands need are those of [`super::fields`].

use super::Advisory;
use std::fmt;

/// A field in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The part of the text: `The advisory`, `Vulnerability`; with several vulnerabilities the CVE id of one, or its place.
    pub part: String,
    /// The product line or the remedy that it speaks of; empty for the part as a whole.
    pub of: String,
    /// What it says of that: `Affected versions`.
    pub name: String,
    /// Whether the part has to be named so that the field is found: one vulnerability of several.
    several: bool,
}

impl fmt::Display for Label {
    /// In one line: `Guardian 25: affected versions`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.several {
            write!(f, "{}: ", self.part)?;
        }
        if self.of.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}: {}", self.of, uncapital(&self.name))
    }
}

const TEXT: &str = "The advisory";
const STANDING: &str = "In every advisory";
const PLACE: &str = "Where it belongs";

/// A field of this text in words. A name that no field has stands for itself.
#[must_use]
pub fn label(advisory: &Advisory, field: &str) -> Label {
    if field.is_empty() {
        return plain(TEXT, "The whole text");
    }
    let (list, entry, rest) = split(field);
    if list == "vulnerabilities" {
        return of_vulnerability(advisory, entry, rest, field);
    }
    match list {
        "title" => plain(TEXT, "Title"),
        "validity" => plain(TEXT, "Whether it holds"),
        "status" => plain(TEXT, "Status"),
        "summary" => plain(TEXT, "Summary"),
        "details" => plain(TEXT, "Details"),
        "number" => plain(TEXT, "Number"),
        "revisions" => plain(TEXT, "Versions"),
        "recommendations" => plain(STANDING, "Recommendations"),
        "notes" => plain(STANDING, &counted("Note", entry)),
        "disclaimer" => plain(STANDING, "Disclaimer"),
        "references" => plain(STANDING, &counted("Reference", entry)),
        "language" => plain(STANDING, "Language"),
        "issuing_authority" => plain(STANDING, "Issuing authority"),
        "severity_namespace" => plain(STANDING, "Where severities are explained"),
        "distribution" => plain(STANDING, "Distribution"),
        "brand" => plain(PLACE, "Brand"),
        "policy" => plain(PLACE, "Policy"),
        "audience" => plain(PLACE, "For whom"),
        "cases" => plain(PLACE, &counted("Case", entry)),
        _ => plain(TEXT, field),
    }
}

fn of_vulnerability(advisory: &Advisory, entry: &str, rest: &str, field: &str) -> Label {
    let all = &advisory.vulnerabilities;
    let several = all.len() > 1 && !entry.is_empty();
    let place = entry.parse::<usize>().ok().filter(|_| several);
    let part = match place.map(|place| (place, all.get(place).and_then(|one| one.cve.clone()))) {
        Some((_, Some(cve))) => cve,
        Some((place, None)) => format!("Vulnerability {}", place.saturating_add(1)),
        None => "Vulnerability".to_owned(),
    };
    let label = |of: &str, name: &str| Label {
        part: part.clone(),
        of: of.to_owned(),
        name: name.to_owned(),
        several,
    };
    let (list, entry, rest) = split(rest);
    match (list, rest) {
        ("", _) => label(
            "",
            if several {
                "The vulnerability"
            } else {
                "Vulnerabilities"
            },
        ),
        ("lines", _) if entry.is_empty() => label("", "Product lines"),
        ("lines", part) => label(entry, line(part).unwrap_or(field)),
        ("remedies", _) if entry.is_empty() => label("", "What to do"),
        ("remedies", part) => label(&counted("Remedy", entry), remedy(part).unwrap_or(field)),
        ("scores", "issuer") => label("", &counted("Scored by", entry)),
        ("scores", _) => label("", &counted("Score", entry)),
        ("credits", _) => label("", &counted("Thanks", entry)),
        ("milestones", _) => label("", &counted("Timeline", entry)),
        ("references", _) => label("", &counted("Reference", entry)),
        _ => label("", of_itself(list).unwrap_or(field)),
    }
}

fn of_itself(name: &str) -> Option<&'static str> {
    Some(match name {
        "cve" => "CVE id",
        "cve_assigned" => "CVE id assigned",
        "title" => "Name",
        "description" => "What it is",
        "cwe" => "Weakness",
        "impact" => "Impact",
        "band" => "Severity",
        "found" => "Found",
        "exploit" => "Attacks seen",
        "reported" => "Reported",
        _ => return None,
    })
}

fn line(part: &str) -> Option<&'static str> {
    Some(match part {
        "state" => "State",
        "deployment" => "Runs",
        "affected" => "Affected versions",
        "fixed" => "Fixed in",
        "fixed_on" => "Fixed on",
        "justification" => "Why it is not affected",
        "version_scheme" => "How its versions are ordered",
        "vendor" => "Made by",
        _ => return None,
    })
}

fn remedy(part: &str) -> Option<&'static str> {
    Some(match part {
        "kind" => "Kind",
        "text" => "What to do",
        "products" => "For",
        "date" => "From",
        _ => return None,
    })
}

/// `lines[Guardian 25].fixed` as its list, its entry and what follows; the last two may be empty. A product's name may hold brackets.
fn split(field: &str) -> (&str, &str, &str) {
    let end = field.find(['[', '.']).unwrap_or(field.len());
    let (list, rest) = field.split_at(end);
    let Some(inside) = rest.strip_prefix('[') else {
        return (list, "", rest.strip_prefix('.').unwrap_or(rest));
    };
    let closing = if list == "lines" {
        inside
            .rsplit_once("].")
            .or_else(|| Some((inside.strip_suffix(']')?, "")))
    } else {
        inside
            .split_once(']')
            .map(|(entry, rest)| (entry, rest.strip_prefix('.').unwrap_or(rest)))
    };
    closing.map_or((list, "", rest), |(entry, rest)| (list, entry, rest))
}

/// The first of a list is the word alone: most lists have one entry.
fn counted(word: &str, entry: &str) -> String {
    match entry.parse::<u32>() {
        Ok(place) if place > 0 => format!("{word} {}", place.saturating_add(1)),
        _ => word.to_owned(),
    }
}

fn plain(part: &str, name: &str) -> Label {
    Label {
        part: part.to_owned(),
        name: name.to_owned(),
        ..Label::default()
    }
}

fn uncapital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::fields;
    use crate::advisory::sample::sample;

    fn check_label(advisory: &Advisory, field: &str, part: &str, line: &str) {
        let found = label(advisory, field);
        assert_eq!(
            (found.part.as_str(), found.to_string().as_str()),
            (part, line),
            "{field}"
        );
    }

    #[test]
    fn a_field_is_called_by_words() {
        let one = sample();
        check_label(&one, "summary", "The advisory", "Summary");
        check_label(&one, "vulnerabilities[0].cwe", "Vulnerability", "Weakness");
        check_label(&one, "vulnerabilities[0].scores[1].vector", "Vulnerability", "Score 2");
        check_label(
            &one,
            "vulnerabilities[0].lines[Guardian 25].affected",
            "Vulnerability",
            "Guardian 25: affected versions",
        );
        check_label(
            &one,
            "vulnerabilities[0].lines[A [x].y].state",
            "Vulnerability",
            "A [x].y: state",
        );
        check_label(
            &one,
            "vulnerabilities[0].remedies[1].text",
            "Vulnerability",
            "Remedy 2: what to do",
        );
        check_label(&one, "references[0]", "In every advisory", "Reference");
        check_label(&one, "audience", "Where it belongs", "For whom");
        check_label(&one, "", "The advisory", "The whole text");
    }

    #[test]
    fn with_several_vulnerabilities_each_is_named() {
        let mut two = sample();
        let mut other = two.vulnerabilities[0].clone();
        other.cve = Some("CVE-2026-1234".to_owned());
        two.vulnerabilities.push(other);
        let line = "vulnerabilities[1].lines[Guardian].fixed";
        check_label(&two, line, "CVE-2026-1234", "CVE-2026-1234: Guardian: fixed in");
        check_label(
            &two,
            "vulnerabilities[0].cwe",
            "Vulnerability 1",
            "Vulnerability 1: Weakness",
        );
    }

    /// No field is called by the name that commands need, and no two by the same words.
    #[test]
    fn every_field_has_words_of_its_own() {
        let mut advisory = sample();
        advisory.validity = crate::advisory::Validity::Withdrawn { why: "No.".to_owned() };
        advisory.vulnerabilities[0].cve_by_others = true;
        let mut seen = std::collections::BTreeSet::new();
        for (field, _) in fields(&advisory) {
            let label = label(&advisory, &field);
            assert!(label.name.starts_with(char::is_uppercase), "{field}: {label}");
            assert!(!label.to_string().contains(['[', '_']), "{field}: {label}");
            assert!(seen.insert((label.part.clone(), label.to_string())), "{field}: {label}");
        }
    }

    #[test]
    fn a_name_that_no_field_has_stands_for_itself() {
        for field in [
            "nonsense",
            "x[",
            "lines[",
            "vulnerabilities[",
            "vulnerabilities[9].x.y",
            "vulnerabilities[0].lines[a",
        ] {
            assert!(!label(&sample(), field).name.is_empty(), "{field}");
        }
    }
}
