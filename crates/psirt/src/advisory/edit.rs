//! One field of a text, written by a person.
//!
//! Owns which fields a person writes. What a case knows is recorded there, and comes with the next text: it is never written over here.

use super::{Advisory, Remedy, RemedyKind, Status, Vulnerability};

/// Writes a field, named as [`super::fields`] names it. An empty text empties the field, or takes an entry of a list out; a place behind the
/// last entry adds one.
///
/// # Errors
/// Why this field is not written here, and what to do.
pub fn write(advisory: &mut Advisory, field: &str, text: &str) -> Result<(), String> {
    let text = text.trim();
    match field {
        "title" => advisory.title = text.to_owned(),
        "summary" => advisory.summary = text.to_owned(),
        "details" => advisory.details = text.to_owned(),
        "status" => advisory.status = status(text)?,
        "language" | "issuing_authority" | "severity_namespace" | "distribution" | "recommendations" | "disclaimer" => {
            let frame = &mut advisory.frame;
            let place = match field {
                "language" => &mut frame.language,
                "issuing_authority" => &mut frame.issuing_authority,
                "severity_namespace" => &mut frame.severity_namespace,
                "distribution" => &mut frame.distribution,
                "recommendations" => &mut frame.recommendations,
                _ => &mut frame.disclaimer,
            };
            text.clone_into(place);
        }
        _ => match entry(field) {
            Some(("vulnerabilities", place, rest)) => {
                let vulnerability = advisory.vulnerabilities.get_mut(place).ok_or_else(|| unknown(field))?;
                return vulnerability_field(vulnerability, rest, field, text);
            }
            Some(("references", place, "")) => put(&mut advisory.frame.references, place, pair(text)?, field)?,
            Some(("notes", place, "")) => put(&mut advisory.frame.notes, place, pair(text)?, field)?,
            _ => return Err(unknown(field)),
        },
    }
    Ok(())
}

fn vulnerability_field(one: &mut Vulnerability, rest: &str, field: &str, text: &str) -> Result<(), String> {
    if let "title" | "description" = rest {
        let place = if rest == "title" {
            &mut one.title
        } else {
            &mut one.description
        };
        text.clone_into(place);
        return Ok(());
    }
    if let Some((product, part)) = rest.strip_prefix("lines[").and_then(|rest| rest.rsplit_once("].")) {
        let line = one.lines.iter_mut().find(|line| line.product == product);
        let line = line.ok_or_else(|| unknown(field))?;
        if part != "affected" {
            return Err(format!("`{field}` comes from the case: record it there, and redraft"));
        }
        line.affected = text.to_owned();
        return Ok(());
    }
    match entry(rest) {
        Some(("references", place, "")) => put(&mut one.references, place, pair(text)?, field),
        Some(("remedies", place, "text")) => {
            let workaround = (!text.is_empty()).then(|| Remedy {
                kind: RemedyKind::Workaround,
                text: text.to_owned(),
                products: Vec::new(),
                date: None,
            });
            match (one.remedies.get_mut(place), workaround) {
                (Some(remedy), Some(new)) => remedy.text = new.text,
                (Some(remedy), None) if remedy.kind == RemedyKind::Workaround => drop(one.remedies.remove(place)),
                (Some(_), None) => {
                    return Err(format!(
                        "`{field}` tells what to do with a line: write other words, not none"
                    ));
                }
                (None, new) => put(&mut one.remedies, place, new, field)?,
            }
            Ok(())
        }
        Some(("milestones" | "credits" | "scores", ..)) => {
            Err(format!("`{field}` comes from the case: record it there, and redraft"))
        }
        _ if ["cve", "cwe", "impact", "band", "exploit", "found", "reported"].contains(&rest) => {
            Err(format!("`{field}` comes from the case: record it there, and redraft"))
        }
        _ => Err(unknown(field)),
    }
}

fn unknown(field: &str) -> String {
    let field: String = field.chars().take(200).filter(|c| !c.is_control()).collect();
    format!("`{field}` is no field that is written by hand; `candor advisory show --fields` names every field")
}

fn status(word: &str) -> Result<Status, String> {
    match word {
        "interim" => Ok(Status::Interim),
        "final" => Ok(Status::Final),
        _ => Err("a status is interim, while more is to come, or final".to_owned()),
    }
}

/// `references[2].text` as its list, its place, and what follows.
fn entry(field: &str) -> Option<(&str, usize, &str)> {
    let (list, rest) = field.split_once('[')?;
    let (place, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('.') {
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => return None,
    };
    Some((list, place.parse().ok()?, rest))
}

/// `Title: text`, or `Title=text`; none if empty.
fn pair(text: &str) -> Result<Option<(String, String)>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let signs = [text.find('=').map(|at| (at, 1)), text.find(": ").map(|at| (at, 2))];
    let sign = signs.into_iter().flatten().min();
    let parts = sign.and_then(|(at, long)| Some((text.get(..at)?, text.get(at + long..)?)));
    let parts = parts.map(|(title, rest)| (title.trim().to_owned(), rest.trim().to_owned()));
    parts
        .filter(|(title, rest)| !title.is_empty() && !rest.is_empty())
        .map(Some)
        .ok_or_else(|| "write a title, `=`, and what it names: Title=https://…".to_owned())
}

/// Replaces an entry, takes it out, or adds one at the end.
fn put<T>(list: &mut Vec<T>, place: usize, new: Option<T>, field: &str) -> Result<(), String> {
    let entries = list.len();
    match (list.get_mut(place), new) {
        (Some(old), Some(new)) => *old = new,
        (Some(_), None) => drop(list.remove(place)),
        (None, Some(new)) if place == entries => list.push(new),
        (None, _) => return Err(format!("`{field}` is not there: the list has {entries} entries")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::sample::sample;
    use crate::advisory::{difference, fields};

    /// Writes a field of the sample; expects what differs then, or a part of the refusal.
    fn check_edit(field: &str, text: &str, expect: Result<&[(&str, &str)], &str>) {
        let before = sample();
        let mut after = before.clone();
        match (write(&mut after, field, text), expect) {
            (Ok(()), Ok(expect)) => {
                let found = difference(&before, &after);
                let found: Vec<_> = found
                    .iter()
                    .map(|change| (change.field.as_str(), change.after.as_deref().unwrap_or("-")))
                    .collect();
                assert_eq!(found, expect, "{field}");
            }
            (Err(why), Err(expect)) => assert!(why.contains(expect), "{field}: {why}"),
            (found, _) => panic!("{field}: {found:?}"),
        }
    }

    #[test]
    fn texts_are_written_by_hand() {
        check_edit("title", " Another ", Ok(&[("title", "Another")]));
        check_edit("details", "", Ok(&[("details", "-")]));
        check_edit("status", "final", Ok(&[("status", "final")]));
        check_edit("status", "draft", Err("a status is interim"));
        check_edit(
            "vulnerabilities[0].lines[Guardian].affected",
            "before 25.1.2",
            Ok(&[("vulnerabilities[0].lines[Guardian].affected", "before 25.1.2")]),
        );
        check_edit(
            "vulnerabilities[0].remedies[0].text",
            "Update now.",
            Ok(&[("vulnerabilities[0].remedies[0].text", "Update now.")]),
        );
    }

    #[test]
    fn lists_grow_at_their_end() {
        check_edit(
            "vulnerabilities[0].references[1]",
            "Paper=https://example.org/p?a=b",
            Ok(&[("vulnerabilities[0].references[1]", "Paper: https://example.org/p?a=b")]),
        );
        check_edit(
            "vulnerabilities[0].references[2]",
            "Paper=https://example.org",
            Err("has 1 entries"),
        );
        check_edit(
            "vulnerabilities[0].references[0]",
            "",
            Ok(&[("vulnerabilities[0].references[0]", "-")]),
        );
        check_edit(
            "vulnerabilities[0].remedies[1].text",
            "Close the port.",
            Ok(&[
                ("vulnerabilities[0].remedies[1].kind", "workaround"),
                ("vulnerabilities[0].remedies[1].text", "Close the port."),
            ]),
        );
        check_edit("vulnerabilities[0].remedies[0].text", "", Err("not none"));
    }

    #[test]
    fn what_a_case_knows_is_recorded_there() {
        for field in [
            "vulnerabilities[0].cwe",
            "vulnerabilities[0].scores[0].vector",
            "vulnerabilities[0].lines[Guardian].fixed",
            "vulnerabilities[0].credits[0]",
        ] {
            check_edit(field, "x", Err("comes from the case"));
        }
        for field in [
            "number",
            "vulnerabilities[7].title",
            "vulnerabilities[0].lines[Arc].affected",
            "titel",
            "a][",
        ] {
            check_edit(field, "x", Err("is no field"));
        }
    }

    /// Every field is written by hand, or says why not; none is lost without a word.
    #[test]
    fn every_field_answers() {
        for (field, value) in fields(&sample()) {
            let mut text = sample();
            if let Err(why) = write(&mut text, &field, &value) {
                assert!(
                    why.contains("comes from the case") || why.contains("is no field"),
                    "{field}: {why}"
                );
            } else {
                assert_eq!(text, sample(), "{field} is written as it is shown");
            }
        }
    }
}
