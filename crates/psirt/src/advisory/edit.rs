//! One field of a text, written by a person.
//!
//! Owns which fields a person writes. What a case knows is recorded there, and comes with the next text: it is never written over here. Of an
//! advisory that was brought along no case knows anything, so that a person writes what changed in the world since: ids, scores, versions.

use super::{Advisory, LineState, LineStatement, Remedy, RemedyKind, Score, Status, Vulnerability};

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
                let is_alone = advisory.is_brought_along();
                let vulnerability = advisory.vulnerabilities.get_mut(place).ok_or_else(|| unknown(field))?;
                if is_alone && let Some(written) = without_case(vulnerability, rest, field, text) {
                    return written;
                }
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

/// Writes a field that a case would tell, where there is no case; none for every other field. Nobody is thanked anew like this: that somebody
/// wishes it is recorded in a case.
fn without_case(one: &mut Vulnerability, rest: &str, field: &str, text: &str) -> Option<Result<(), String>> {
    if rest == "cve" {
        one.cve = Some(text.to_owned()).filter(|id| !id.is_empty());
        return Some(Ok(()));
    }
    if let Some((product, part)) = rest.strip_prefix("lines[").and_then(|rest| rest.rsplit_once("].")) {
        let place = one.lines.iter().position(|line| line.product == product)?;
        let line = one.lines.get_mut(place)?;
        match part {
            "fixed" => fix(line, text),
            "state" => {
                if let Err(why) = state(line, text) {
                    return Some(Err(why));
                }
            }
            "justification" => line.justification = Some(text.to_owned()).filter(|label| !label.is_empty()),
            _ => return None,
        }
        // What said that there is no fix for this line is not true any more.
        if line.state == LineState::Fixed {
            no_longer_without_fix(&mut one.remedies, product);
        }
        return Some(Ok(()));
    }
    match entry(rest)? {
        ("scores", place, "vector") => Some(score(&mut one.scores, place, text, field)),
        ("credits", place, "") if text.is_empty() => Some(put(&mut one.credits, place, None, field)),
        ("credits", ..) => Some(Err(format!(
            "`{field}` names somebody: that they wish to be named is recorded in a case, and this advisory is about none. A name that is \
             public already can only be taken out"
        ))),
        _ => None,
    }
}

fn score(scores: &mut Vec<Score>, place: usize, text: &str, field: &str) -> Result<(), String> {
    if text.is_empty() {
        return put(scores, place, None, field);
    }
    let vector = cvss::Vector::parse(text).map_err(|error| format!("`{field}`: {error}"))?;
    let vector = vector.canonical();
    match scores.get_mut(place) {
        // Who issued the one that stood there did not issue this one.
        Some(score) if score.vector != vector => *score = Score { vector, issuer: None },
        Some(_) => {}
        None => put(scores, place, Some(Score { vector, issuer: None }), field)?,
    }
    Ok(())
}

/// A line with a fixed version is fixed, and one without is affected still.
fn fix(line: &mut LineStatement, text: &str) {
    line.fixed = Some(text.to_owned()).filter(|version| !version.is_empty());
    line.fixed_on = line.fixed_on.filter(|_| line.fixed.is_some());
    line.state = match (&line.fixed, line.state) {
        (Some(_), _) => LineState::Fixed,
        (None, LineState::Fixed) => LineState::Affected,
        (None, other) => other,
    };
}

fn state(line: &mut LineStatement, text: &str) -> Result<(), String> {
    const STATES: [LineState; 4] = [
        LineState::Fixed,
        LineState::Affected,
        LineState::NotAffected,
        LineState::UnderInvestigation,
    ];
    let state = STATES.into_iter().find(|state| state.words() == text);
    line.state = state.ok_or_else(|| {
        "a line is `affected`, `fixed`, `not affected` or `under investigation`; a fixed version makes it fixed"
            .to_owned()
    })?;
    if line.state != LineState::Fixed {
        line.fixed = None;
        line.fixed_on = None;
    }
    if line.state != LineState::NotAffected {
        line.justification = None;
    }
    Ok(())
}

fn no_longer_without_fix(remedies: &mut Vec<Remedy>, product: &str) {
    let says_so = |remedy: &Remedy| {
        matches!(remedy.kind, RemedyKind::NoneAvailable | RemedyKind::NoFixPlanned)
            && remedy.products.iter().any(|name| name == product)
    };
    for remedy in remedies.iter_mut().filter(|remedy| says_so(remedy)) {
        remedy.products.retain(|name| name != product);
        // A remedy for nobody would be one for every line.
        if remedy.products.is_empty() {
            remedy.text.clear();
        }
    }
    remedies.retain(|remedy| !remedy.text.is_empty());
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
        check_change(sample(), field, text, expect);
    }

    fn check_change(before: Advisory, field: &str, text: &str, expect: Result<&[(&str, &str)], &str>) {
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

    /// Writes a field of the sample as if it had been brought along; expects what differs then, or a part of the refusal.
    fn check_alone(field: &str, text: &str, expect: Result<&[(&str, &str)], &str>) {
        let mut before = sample();
        before.cases.clear();
        check_change(before, field, text, expect);
    }

    #[test]
    fn where_no_case_knows_a_person_writes() {
        const VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        check_alone(
            "vulnerabilities[0].cve",
            "CVE-2026-1234",
            Ok(&[("vulnerabilities[0].cve", "CVE-2026-1234")]),
        );
        check_alone(
            "vulnerabilities[0].scores[1].vector",
            VECTOR,
            Ok(&[("vulnerabilities[0].scores[1].vector", VECTOR)]),
        );
        check_alone(
            "vulnerabilities[0].scores[0].vector",
            "CVSS:3.1/AV:N",
            Err("scores[0].vector"),
        );
        check_alone(
            "vulnerabilities[0].lines[Vantage].fixed",
            "3.4",
            Ok(&[
                ("vulnerabilities[0].lines[Vantage].state", "fixed"),
                ("vulnerabilities[0].lines[Vantage].fixed", "3.4"),
            ]),
        );
        check_alone(
            "vulnerabilities[0].lines[Guardian].state",
            "under investigation",
            Ok(&[
                ("vulnerabilities[0].lines[Guardian].state", "under investigation"),
                ("vulnerabilities[0].lines[Guardian].fixed", "-"),
            ]),
        );
        check_alone("vulnerabilities[0].lines[Guardian].state", "gone", Err("not affected"));
        check_alone(
            "vulnerabilities[0].credits[0]",
            "",
            Ok(&[("vulnerabilities[0].credits[0]", "-")]),
        );
        for name in ["Eve", "Ada"] {
            check_alone("vulnerabilities[0].credits[1]", name, Err("is recorded in a case"));
        }
        check_alone("vulnerabilities[0].band", "Low", Err("comes from the case"));
    }

    #[test]
    fn a_fix_ends_what_said_that_there_is_none() {
        let mut text = sample();
        text.cases.clear();
        let remedies = &mut text.vulnerabilities[0].remedies;
        remedies.push(Remedy {
            kind: RemedyKind::NoneAvailable,
            text: "There is no fix yet.".to_owned(),
            products: vec!["Vantage".to_owned()],
            date: None,
        });
        write(&mut text, "vulnerabilities[0].lines[Vantage].fixed", "3.4").unwrap();
        assert_eq!(text.vulnerabilities[0].remedies, sample().vulnerabilities[0].remedies);
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
