//! What differs between two texts of an advisory, field by field, in the order in which a person reads them.
//!
//! Owns the names of fields, which comments use too. Leaves out the number and the revisions: they are given, not written.

use super::{Advisory, Discovery, Frame, LineStatement, Remedy, Vulnerability};
use crate::event::Exploit;
use std::collections::BTreeSet;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name: `summary`, `vulnerabilities[0].lines[Guardian].fixed`.
    pub field: String,
    /// What it was; none if the first text does not have it.
    pub before: Option<String>,
    /// What it is; none if the second text does not have it.
    pub after: Option<String>,
}

/// Every field in which two texts differ. Of a list that only one of them has, every entry is a field of its own.
#[must_use]
pub fn difference(before: &Advisory, after: &Advisory) -> Vec<Change> {
    let (before, after) = (fields(before), fields(after));
    let has = |fields: &[(String, String)]| fields.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
    let (had, has) = (has(&before), has(&after));
    let mut changes = Vec::new();
    let mut earlier = before.iter().peekable();
    for (field, value) in &after {
        while let Some(removed) = earlier.next_if(|(name, _)| !has.contains(name)) {
            changes.push(removal(removed));
        }
        let was = before.iter().find(|(name, _)| name == field).map(|(_, value)| value);
        if earlier.peek().is_some_and(|(name, _)| name == field) {
            earlier.next();
        }
        if was != Some(value) {
            changes.push(Change {
                field: field.clone(),
                before: was.cloned(),
                after: Some(value.clone()),
            });
        }
    }
    // What is left was there before; of that, what moved is not gone.
    changes.extend(earlier.filter(|(name, _)| !has.contains(name)).map(removal));
    debug_assert!(
        changes
            .iter()
            .all(|change| had.contains(&change.field) == change.before.is_some())
    );
    changes
}

fn removal((field, value): &(String, String)) -> Change {
    Change {
        field: field.clone(),
        before: Some(value.clone()),
        after: None,
    }
}

/// Whether a text has a field of this name, so that somebody can speak of it.
#[must_use]
pub fn has_field(advisory: &Advisory, field: &str) -> bool {
    fields(advisory).iter().any(|(name, _)| name == field)
}

/// Every field that says something, by name, in reading order.
#[must_use]
pub fn fields(advisory: &Advisory) -> Vec<(String, String)> {
    let Advisory {
        number: _,
        revisions: _,
        brand,
        cases,
        title,
        summary,
        details,
        vulnerabilities,
        status,
        audience,
        policy: (policy, version),
        frame,
        validity,
    } = advisory;
    let mut fields = Fields(Vec::new());
    fields.put("title", title);
    fields.put("validity", validity.sentence());
    fields.put("status", format!("{status:?}").to_lowercase());
    fields.put("summary", summary);
    fields.put("details", details);
    for (place, vulnerability) in vulnerabilities.iter().enumerate() {
        fields.vulnerability(&format!("vulnerabilities[{place}]"), vulnerability);
    }
    fields.frame(frame);
    fields.put("brand", brand);
    fields.put("policy", format!("{policy} {version}").trim());
    fields.put("audience", audience.to_string());
    for (place, case) in cases.iter().enumerate() {
        fields.put(format!("cases[{place}]"), case);
    }
    fields.0
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn put(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name.into(), value));
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let Frame {
            language,
            issuing_authority,
            severity_namespace,
            distribution,
            recommendations,
            notes,
            disclaimer,
            references,
        } = frame;
        self.put("recommendations", recommendations);
        for (place, (title, text)) in notes.iter().enumerate() {
            self.put(format!("notes[{place}]"), format!("{title}: {text}"));
        }
        self.put("disclaimer", disclaimer);
        for (place, (title, url)) in references.iter().enumerate() {
            self.put(format!("references[{place}]"), format!("{title}: {url}"));
        }
        self.put("language", language);
        self.put("issuing_authority", issuing_authority);
        self.put("severity_namespace", severity_namespace);
        self.put("distribution", distribution);
    }

    fn vulnerability(&mut self, at: &str, vulnerability: &Vulnerability) {
        let Vulnerability {
            cve,
            cve_by_others,
            title,
            description,
            cwe,
            impact,
            scores,
            band,
            lines,
            remedies,
            credits,
            found,
            exploit,
            reported,
            milestones,
            references,
        } = vulnerability;
        self.put(format!("{at}.cve"), cve.clone().unwrap_or_default());
        let by_others = if *cve_by_others { "by its own authority" } else { "" };
        self.put(format!("{at}.cve_assigned"), by_others);
        self.put(format!("{at}.title"), title);
        self.put(format!("{at}.description"), description);
        if let Some((id, name)) = cwe {
            self.put(format!("{at}.cwe"), format!("{id}: {name}"));
        }
        self.put(format!("{at}.impact"), impact.clone().unwrap_or_default());
        if let Some(band) = band {
            self.put(
                format!("{at}.band"),
                format!("{} ({}, {})", band.label, band.id, band.clause),
            );
        }
        for (place, score) in scores.iter().enumerate() {
            self.put(format!("{at}.scores[{place}].vector"), &score.vector);
            self.put(
                format!("{at}.scores[{place}].issuer"),
                score.issuer.clone().unwrap_or_default(),
            );
        }
        let seen = exploit.map(|exploit| match exploit {
            Exploit::None => "none known",
            Exploit::Available => "none known, an exploit is available",
            Exploit::Active => "yes",
        });
        let found = found.map(|found| match found {
            Discovery::Internal => "in the house",
            Discovery::External => "outside",
        });
        self.put(format!("{at}.found"), found.unwrap_or_default());
        self.put(format!("{at}.exploit"), seen.unwrap_or_default());
        for line in lines {
            self.line(&format!("{at}.lines[{}]", line.product), line);
        }
        for (place, remedy) in remedies.iter().enumerate() {
            self.remedy(&format!("{at}.remedies[{place}]"), remedy);
        }
        for (place, credit) in credits.iter().enumerate() {
            let validated = if credit.validated {
                ", who confirmed the fix"
            } else {
                ""
            };
            self.put(format!("{at}.credits[{place}]"), format!("{}{validated}", credit.name));
        }
        self.put(
            format!("{at}.reported"),
            reported.map(|at| at.to_string()).unwrap_or_default(),
        );
        for (place, milestone) in milestones.iter().enumerate() {
            let clause = milestone.clause.as_deref().map(|clause| format!(" ({clause})"));
            let text = format!("{} {}{}", milestone.at, milestone.text, clause.unwrap_or_default());
            self.put(format!("{at}.milestones[{place}]"), text);
        }
        for (place, (title, url)) in references.iter().enumerate() {
            self.put(format!("{at}.references[{place}]"), format!("{title}: {url}"));
        }
    }

    fn line(&mut self, at: &str, line: &LineStatement) {
        let LineStatement {
            product: _,
            deployment,
            state,
            affected,
            fixed,
            fixed_on,
            justification,
            version_scheme,
            vendor,
        } = line;
        self.put(format!("{at}.state"), state.words());
        self.put(format!("{at}.vendor"), vendor.clone().unwrap_or_default());
        self.put(format!("{at}.deployment"), deployment);
        self.put(format!("{at}.affected"), affected);
        let scheme = Some(version_scheme).filter(|scheme| !scheme.is_default());
        self.put(
            format!("{at}.version_scheme"),
            scheme.map(|scheme| scheme.name()).unwrap_or_default(),
        );
        self.put(format!("{at}.fixed"), fixed.clone().unwrap_or_default());
        self.put(
            format!("{at}.fixed_on"),
            fixed_on.map(|day| day.to_string()).unwrap_or_default(),
        );
        let justification = justification.as_deref().map(|label| label.replace('_', " "));
        self.put(format!("{at}.justification"), justification.unwrap_or_default());
    }

    fn remedy(&mut self, at: &str, remedy: &Remedy) {
        let Remedy {
            kind,
            text,
            products,
            date,
        } = remedy;
        self.put(format!("{at}.kind"), kind.words());
        self.put(format!("{at}.text"), text);
        self.put(format!("{at}.products"), products.join(", "));
        self.put(format!("{at}.date"), date.map(|at| at.to_string()).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::sample::sample;
    use serde_json::Value;

    fn check_difference(change: impl FnOnce(&mut Advisory), expect: &[(&str, &str, &str)]) {
        let before = sample();
        let mut after = before.clone();
        change(&mut after);
        let shown = |change: Change| {
            let text = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
            (change.field, text(change.before), text(change.after))
        };
        let found: Vec<_> = difference(&before, &after).into_iter().map(shown).collect();
        let expect: Vec<_> = expect
            .iter()
            .map(|(field, before, after)| ((*field).to_owned(), (*before).to_owned(), (*after).to_owned()))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn fields_differ_by_name_in_reading_order() {
        check_difference(|_| {}, &[]);
        check_difference(
            |advisory| {
                advisory.vulnerabilities[0].cve = Some("CVE-2026-1234".to_owned());
                advisory.title = "Another title".to_owned();
                advisory.details.clear();
            },
            &[
                ("title", "Heap overflow", "Another title"),
                ("details", "It goes like this.", "-"),
                ("vulnerabilities[0].cve", "-", "CVE-2026-1234"),
            ],
        );
        check_difference(
            |advisory| {
                let lines = &mut advisory.vulnerabilities[0].lines;
                lines[0].fixed = Some("25.1.3".to_owned());
                lines.swap(0, 1);
            },
            &[("vulnerabilities[0].lines[Guardian].fixed", "25.1.2", "25.1.3")],
        );
        check_difference(
            |advisory| drop(advisory.vulnerabilities[0].lines.remove(0)),
            &[
                ("vulnerabilities[0].lines[Guardian].state", "fixed", "-"),
                ("vulnerabilities[0].lines[Guardian].vendor", "Maker", "-"),
                ("vulnerabilities[0].lines[Guardian].deployment", "on-prem", "-"),
                ("vulnerabilities[0].lines[Guardian].affected", "25.0.0 to 25.1.1", "-"),
                ("vulnerabilities[0].lines[Guardian].fixed", "25.1.2", "-"),
            ],
        );
    }

    #[test]
    fn number_and_revisions_are_not_written_by_anybody() {
        check_difference(
            |advisory| {
                advisory.number = "NN-2027:1-01".to_owned();
                advisory.revisions.clear();
            },
            &[],
        );
    }

    /// Every leaf of the stored text, changed alone, is a difference; the other way round it is the same with its sides exchanged.
    #[test]
    fn no_field_is_forgotten() {
        let before = sample();
        let stored = serde_json::to_value(&before).unwrap();
        let mut changed = 0;
        for path in leaves(&stored, String::new()) {
            if path.starts_with("/number") || path.starts_with("/revisions") {
                continue;
            }
            let mut other = stored.clone();
            let leaf = other.pointer_mut(&path).unwrap();
            *leaf = match leaf {
                Value::String(text) => Value::String(format!("{text} changed")),
                Value::Bool(flag) => Value::Bool(!*flag),
                other => panic!("{path}: {other}"),
            };
            // A closed word or an instant does not take any text.
            let Ok(after) = serde_json::from_value::<Advisory>(other) else {
                continue;
            };
            let there = difference(&before, &after);
            assert!(!there.is_empty(), "{path}");
            let back = difference(&after, &before);
            for change in there {
                let mirrored = Change {
                    field: change.field,
                    before: change.after,
                    after: change.before,
                };
                assert!(back.contains(&mirrored), "{path}: {mirrored:?}");
            }
            changed += 1;
        }
        assert!(changed > 20, "{changed}");
    }

    fn leaves(value: &Value, at: String) -> Vec<String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .flat_map(|(key, value)| leaves(value, format!("{at}/{key}")))
                .collect(),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items
                    .flat_map(|(place, value)| leaves(value, format!("{at}/{place}")))
                    .collect()
            }
            Value::Null => Vec::new(),
            _ => vec![at],
        }
    }
}
