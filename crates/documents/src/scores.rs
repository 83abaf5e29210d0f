//! CVSS scores for documents: the objects of FIRST's JSON schemas, and the deciding score of a vulnerability.
//!
//! Never computes: `cvss` does. A group without a defined metric has no score here (CVSS 3.1 would give some of them a higher one).

use cvss::{Group, Severity, Vector, Version};
use psirt::advisory::{Score, Vulnerability};
use psirt::policy::BandsFrom;
use serde_json::{Number, Value};
use std::collections::BTreeMap;

/// A score that has been read.
pub(crate) struct Read<'a> {
    pub(crate) vector: Vector,
    pub(crate) issuer: Option<&'a str>,
}

/// The scores of a vulnerability, the deciding one first. What does not parse is left out: `problem::check` has refused it.
pub(crate) fn read(vulnerability: &Vulnerability) -> Vec<Read<'_>> {
    let one = |score: &'_ Score| Vector::parse(&score.vector).ok();
    let scores = vulnerability.scores.iter();
    scores
        .filter_map(|score| {
            Some(Read {
                vector: one(score)?,
                issuer: score.issuer.as_deref(),
            })
        })
        .collect()
}

/// Properties in alphabetical order.
pub(crate) type Object = BTreeMap<&'static str, Value>;

/// The object of FIRST's JSON schema for CVSS 2.0, 3.0 or 3.1: every defined metric, the vector, the scores of the defined groups.
pub(crate) fn first_json(vector: Vector) -> Object {
    let version = vector.version();
    let scores = vector.scores();
    let mut object: Object = vector
        .defined()
        .map(|(metric, value)| (metric.json, Value::from(value.json)))
        .collect();
    object.insert("version", Value::from(version.as_str()));
    object.insert("vectorString", Value::from(vector.canonical()));
    let named = [
        ("baseScore", "baseSeverity", Some(scores.base)),
        ("temporalScore", "temporalSeverity", scores.temporal),
        ("environmentalScore", "environmentalSeverity", scores.environmental),
    ];
    for (score_name, severity_name, score) in named {
        let Some(score) = score else { continue };
        object.insert(score_name, number(score));
        if version != Version::V2_0 {
            object.insert(severity_name, Value::from(score.severity(version).json()));
        }
    }
    object
}

fn number(score: cvss::Score) -> Value {
    Number::from_f64(score.as_f64()).map_or(Value::Null, Value::Number)
}

/// One figure that a vector states: `CVSS 3.1 base`, `9.8`, its word, and the metrics that it stands on.
pub(crate) struct Figure {
    pub(crate) label: String,
    pub(crate) score: cvss::Score,
    pub(crate) severity: Severity,
    pub(crate) metrics: String,
}

/// What a vector states, one figure for each group with a defined metric.
pub(crate) fn figures(vector: Vector) -> Vec<Figure> {
    let version = vector.version();
    let scores = vector.scores();
    let named = match version {
        Version::V4_0 => [
            ("base", Group::Base),
            ("with threat", Group::Threat),
            ("with environment", Group::Environmental),
        ],
        _ => [
            ("base", Group::Base),
            ("temporal", Group::Temporal),
            ("environmental", Group::Environmental),
        ],
    };
    let values = [Some(scores.base), scores.temporal, scores.environmental];
    let figure = |((word, group), score): ((&str, Group), Option<cvss::Score>)| {
        let score = score?;
        let prefix = if group == Group::Base { version.prefix() } else { "" };
        let metrics: Vec<String> = vector
            .defined()
            .filter(|(metric, _)| metric.group == group)
            .map(|(metric, value)| format!("{}:{}", metric.code, value.code))
            .collect();
        Some(Figure {
            label: format!("CVSS {version} {word}"),
            score,
            severity: score.severity(version),
            metrics: format!("{prefix}{}", metrics.join("/")),
        })
    };
    named.into_iter().zip(values).filter_map(figure).collect()
}

/// The figure that decides the band: the base score, or the temporal (threat) one where the policy takes it and the vector has one. The
/// environmental score is the reader's own and never decides.
pub(crate) fn deciding(vector: Vector, from: BandsFrom) -> Option<Figure> {
    let scores = vector.scores();
    let place = usize::from(from == BandsFrom::BaseTemporal && scores.temporal.is_some());
    figures(vector).into_iter().nth(place)
}

/// A score in words, for formats that have no place for it: `CVSS 4.0: 9.3 Critical (CVSS-B), CVSS:4.0/…`.
pub(crate) fn sentence(read: &Read<'_>) -> String {
    let vector = read.vector;
    let overall = vector.scores().overall;
    let word = overall.severity(vector.version());
    let nomenclature = vector
        .nomenclature()
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    format!("{overall} {word}{nomenclature}, {vector}")
}
