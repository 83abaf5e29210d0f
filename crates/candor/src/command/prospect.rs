//! What is wrong with an advisory, at its fields, and what it still needs: how that is shown.
//!
//! Owns layout only. `casework` finds it.

use crate::words::{paragraph, point};
use casework::{Finding, Prospect};
use psirt::advisory::{Advisory, fields, label};
use serde_json::{Value, json};

/// Findings below their fields, each field with what it says.
pub(crate) fn findings_text(advisory: &Advisory, findings: &[Finding]) -> String {
    let fields = fields(advisory);
    let mut text = String::new();
    let mut last: Option<&str> = None;
    for finding in findings {
        if last != Some(&finding.field) {
            let name = match finding.field.as_str() {
                "" => "The whole text".to_owned(),
                field => format!("{}  ({field})", label(advisory, field)),
            };
            text.push_str(&format!("{name}\n"));
            if let Some((_, value)) = fields.iter().find(|(name, _)| *name == finding.field) {
                text.push_str(&point("  = ", &cut(value)));
            }
            last = Some(&finding.field);
        }
        text.push_str(&paragraph("  ", &sentence(finding)));
    }
    if findings.is_empty() {
        text.push_str("No findings.\n");
    }
    text
}

/// A finding as a sentence: how much it weighs, who says so, what.
fn sentence(finding: &Finding) -> String {
    let source = if finding.source.is_empty() {
        String::new()
    } else {
        format!(" ({})", finding.source)
    };
    let accepted = finding.accepted.as_deref().map(|why| format!(" Accepted: {why}"));
    format!(
        "{}{source}: {}{}",
        finding.weight.name(),
        finding.message,
        accepted.unwrap_or_default()
    )
}

/// The beginning of a long text.
fn cut(text: &str) -> String {
    const SHOWN: usize = 160;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

/// What a publication still needs, and why it should not wait; nothing where there is nothing to say.
pub(crate) fn outlook_text(prospect: &Prospect) -> String {
    let mut text = String::new();
    for early in &prospect.early {
        text.push_str(&format!("\n{}", point("  D14: ", &early.words)));
    }
    if !prospect.missing.is_empty() {
        text.push_str("\n  What is missing:\n");
        for need in &prospect.missing {
            text.push_str(&point("    - ", need));
        }
    }
    text
}

/// Findings for a program.
pub(crate) fn findings_json(findings: &[Finding]) -> Vec<Value> {
    let one = |finding: &Finding| {
        json!({
            "field": finding.field,
            "source": finding.source,
            "weight": finding.weight.name(),
            "message": finding.message,
            "accepted": finding.accepted,
        })
    };
    findings.iter().map(one).collect()
}

/// What proposes to publish earlier, for a program.
pub(crate) fn early_json(prospect: &Prospect) -> Vec<Value> {
    let early = prospect.early.iter();
    early
        .map(|early| {
            json!({
                "case": early.case,
                "event": early.end.kind.name(),
                "at": early.end.at.to_string(),
                "by": early.end.by,
                "clause": early.end.clause,
                "rule": early.end.rule,
                "over": early.end.over,
                "due": early.end.due.as_ref().map(|(due, clause)| json!({ "at": due.to_string(), "clause": clause })),
            })
        })
        .collect()
}
