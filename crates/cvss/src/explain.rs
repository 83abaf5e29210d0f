//! Why a vector has its score: the chosen values in words and the arithmetic with its numbers, as plain data, and that data as
//! text for a person. It takes every number from the equations and computes no score of its own.

mod steps;

use std::fmt::Write as _;

use crate::metric::{Group, Metric, Value};
use crate::score::Score;
use crate::severity::Severity;
use crate::v4::{EQS, MacroVector};
use crate::vector::{Nomenclature, SubScores, Vector};
use crate::version::Version;

/// Everything that can be said about one vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The vector.
    pub vector: Vector,
    /// The scores that the vector states, the one of the whole vector last.
    pub scores: Vec<NamedScore>,
    /// The defined metrics in the specification's order.
    pub metrics: Vec<MetricChoice>,
    /// Impact and exploitability; `None` for 4.0.
    pub sub_scores: Option<SubScores>,
    /// The macrovector; 4.0 alone.
    pub macrovector: Option<MacroVector>,
    /// The arithmetic of all stated scores (in 4.0: of the whole vector), in order.
    pub steps: Vec<Step>,
}

/// A score with its name and FIRST's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedScore {
    /// `Base`, `Temporal`, `Environmental`, or the nomenclature of 4.0: `CVSS-BT`.
    pub name: &'static str,
    /// The score.
    pub score: Score,
    /// FIRST's qualitative severity; a policy's band is something else.
    pub severity: Severity,
}

/// A metric and the value that the vector chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricChoice {
    /// The metric.
    pub metric: &'static Metric,
    /// The chosen value.
    pub value: &'static Value,
}

/// One line of the arithmetic: `name = formula = result`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is computed.
    pub name: &'static str,
    /// The formula with its numbers filled in.
    pub formula: String,
    /// The result; `…` marks cut decimals.
    pub result: String,
}

/// Explains a vector.
pub fn explain(vector: Vector) -> Explanation {
    let metrics = vector.defined().map(|(metric, value)| MetricChoice { metric, value });
    Explanation {
        vector,
        scores: named_scores(vector),
        metrics: metrics.collect(),
        sub_scores: vector.sub_scores(),
        macrovector: vector.macrovector(),
        steps: steps::of(vector),
    }
}

fn named_scores(vector: Vector) -> Vec<NamedScore> {
    let version = vector.version();
    let scores = vector.scores();
    let names = match version {
        Version::V4_0 => ["CVSS-B", "CVSS-BT", "CVSS-BE"],
        _ => ["Base", "Temporal", "Environmental"],
    };
    let both = (vector.nomenclature() == Some(Nomenclature::Bte)).then_some(scores.overall);
    let stated = [
        (names[0], Some(scores.base)),
        (names[1], scores.temporal),
        (names[2], scores.environmental),
        ("CVSS-BTE", both),
    ];
    let named = |(name, score): (_, Option<Score>)| {
        let score = score?;
        Some(NamedScore {
            name,
            score,
            severity: score.severity(version),
        })
    };
    stated.into_iter().filter_map(named).collect()
}

/// The explanation for a person at a terminal: several lines, each ended by a line feed.
pub fn text(explanation: &Explanation) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_text(&mut text, explanation);
    text
}

fn write_text(text: &mut String, explanation: &Explanation) -> std::fmt::Result {
    let vector = explanation.vector;
    writeln!(text, "CVSS {}  {vector}\n", vector.version())?;
    for NamedScore { name, score, severity } in &explanation.scores {
        writeln!(text, "{name:<14} {:>4}  {severity}", score.to_string())?;
    }
    let mut group = None;
    for MetricChoice { metric, value } in &explanation.metrics {
        if group.replace(metric.group) != Some(metric.group) {
            writeln!(text, "\n{}", heading(metric.group))?;
        }
        let code = format!("{}:{}", metric.code, value.code);
        writeln!(text, "  {code:<8} {}: {}. {}", metric.name, value.name, value.meaning)?;
    }
    if let Some(sub_scores) = explanation.sub_scores {
        writeln!(text, "\nSub-scores")?;
        write_sub_scores(text, sub_scores)?;
    }
    if let Some(macrovector) = explanation.macrovector {
        writeln!(text, "\nMacrovector {macrovector}")?;
        for (i, (class, word)) in classes(macrovector).into_iter().enumerate() {
            writeln!(text, "  EQ{}  {} {word} ({class})", i + 1, macrovector.levels()[i])?;
        }
    }
    writeln!(text, "\nArithmetic")?;
    for Step { name, formula, result } in &explanation.steps {
        writeln!(text, "  {name} = {formula} = {result}")?;
    }
    Ok(())
}

const fn heading(group: Group) -> &'static str {
    match group {
        Group::Base => "Base metrics",
        Group::Temporal => "Temporal metrics",
        Group::Threat => "Threat metric",
        Group::Environmental => "Environmental metrics",
        Group::Supplemental => "Supplemental metrics (no influence on the score)",
    }
}

fn write_sub_scores(text: &mut String, sub_scores: SubScores) -> std::fmt::Result {
    let rows = [
        ("impact", Some(sub_scores.impact)),
        ("exploitability", Some(sub_scores.exploitability)),
        ("impact in the environment", sub_scores.environmental_impact),
        (
            "exploitability in the environment",
            sub_scores.environmental_exploitability,
        ),
    ];
    for (name, score) in rows {
        if let Some(score) = score {
            writeln!(text, "  {:>4}  {name}", score.to_string())?;
        }
    }
    Ok(())
}

/// What the classes EQ1 to EQ6 stand for, each with the word for its level; EQ2 and EQ6 have two levels, the others three.
pub fn classes(macrovector: MacroVector) -> [(&'static str, &'static str); 6] {
    let levels = macrovector.levels();
    std::array::from_fn(|eq| {
        let word = match (eq, levels[eq]) {
            (_, 0) => "high",
            (1 | 5, _) => "low",
            (_, 1) => "medium",
            _ => "low",
        };
        (EQS[eq], word)
    })
}
