//! What the calculator answers: the scores side by side, why the last one moved, and which choice would change its severity.
//!
//! Every number is `cvss`'s. The same words stand in `look`'s script.

use super::{adjustable, choices, shape, with};
use cvss::{Score, Severity, Vector, Version};
use documents::calculator::BandRange;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The answer.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Base; temporal or with threat; environmental; then the whole vector's.
    pub(crate) figures: Vec<Figure>,
    /// The policy's own word for the last score; none without a policy.
    pub(crate) band: Option<String>,
    /// The whole vector.
    pub(crate) vector: String,
    /// A sentence for each choice that differs from what was published.
    pub(crate) why: Vec<String>,
    /// The nearest change of severity.
    pub(crate) near: String,
    /// What the score is made of.
    pub(crate) parts: Vec<String>,
}

/// One score.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What the script calls it.
    pub(crate) id: &'static str,
    pub(crate) label: String,
    pub(crate) note: &'static str,
    /// `–` where the vector states none.
    pub(crate) score: String,
    /// Shape and word.
    pub(crate) sign: Option<(&'static str, &'static str)>,
}

impl Outcome {
    pub(super) fn of(published: Vector, chosen: Vector, bands: Option<&[BandRange]>) -> Outcome {
        let overall = chosen.scores().overall;
        Outcome {
            figures: figures(chosen),
            band: bands.map(|bands| band(bands, overall.tenths()).unwrap_or_else(|| "none".to_owned())),
            vector: chosen.canonical(),
            why: why(published, chosen),
            near: near(chosen, bands),
            parts: parts(chosen),
        }
    }
}

/// The policy's word for a score in tenths, `None` where it has none.
fn band(bands: &[BandRange], tenths: u8) -> Option<String> {
    let BandRange(_, _, label) = bands
        .iter()
        .find(|BandRange(from, to, _)| (*from..=*to).contains(&tenths))?;
    Some(label.clone())
}

fn figures(vector: Vector) -> Vec<Figure> {
    let (version, scores) = (vector.version(), vector.scores());
    let figure = |id, label: &str, note, score: Option<Score>| Figure {
        id,
        label: label.to_owned(),
        note,
        score: score.map_or_else(|| "–".to_owned(), |score| score.to_string()),
        sign: score.map(|score| {
            let word = Severity::of(score, version);
            (shape(word), word.name())
        }),
    };
    let names = match version {
        Version::V4_0 => ["CVSS-B", "CVSS-BT", "CVSS-BE"],
        _ => ["Base", "Temporal", "Environmental"],
    };
    let overall = vector.nomenclature().map_or("Overall", cvss::Nomenclature::as_str);
    vec![
        figure("base", names[0], "as we published it", Some(scores.base)),
        figure(
            "temporal",
            names[1],
            "with what we knew of attacks and fixes",
            scores.temporal,
        ),
        figure("environmental", names[2], "with what you chose", scores.environmental),
        figure(
            "overall",
            overall,
            "the score that counts for you",
            Some(scores.overall),
        ),
    ]
}

/// What each choice does to the score: the difference to the vector with that choice taken back, the greatest first.
fn why(published: Vector, chosen: Vector) -> Vec<String> {
    let overall = chosen.scores().overall.tenths();
    let mut moved: Vec<(i16, String)> = Vec::new();
    for ((metric, value), (_, before)) in choices(chosen).zip(choices(published)) {
        if value == before {
            continue;
        }
        let Ok(without) = with(chosen, &BTreeMap::from([(metric.code, before.code)])) else {
            continue;
        };
        let delta = i16::from(overall) - i16::from(without.scores().overall.tenths());
        moved.push((delta, format!("{}: {}", metric.name, value.name)));
    }
    moved.sort_by_key(|(delta, _)| Reverse(delta.abs()));
    if moved.is_empty() {
        return vec!["Nothing is chosen yet: this is what we published.".to_owned()];
    }
    let sentence = |(delta, what): (i16, String)| match delta {
        0 => format!("{what} does not move it."),
        _ => {
            let verb = if delta > 0 { "raises" } else { "lowers" };
            format!("{what} {verb} it by {}.", tenths(delta.unsigned_abs()))
        }
    };
    moved.into_iter().map(sentence).collect()
}

/// The single choice with the least difference that leads to another word: the policy's where there is one, else CVSS's.
fn near(chosen: Vector, bands: Option<&[BandRange]>) -> String {
    let version = chosen.version();
    let word = |score: Score| {
        let own = bands.and_then(|bands| band(bands, score.tenths()));
        own.unwrap_or_else(|| Severity::of(score, version).name().to_owned())
    };
    let overall = chosen.scores().overall;
    let here = word(overall);
    let mut nearest: Option<(u8, String)> = None;
    for metric in adjustable(version) {
        for value in metric.values {
            let Ok(other) = with(chosen, &BTreeMap::from([(metric.code, value.code)])) else {
                continue;
            };
            let score = other.scores().overall;
            let far = score.tenths().abs_diff(overall.tenths());
            if word(score) != here && nearest.as_ref().is_none_or(|(least, _)| far < *least) {
                let text = format!(
                    "The nearest change: with {}: {} it is {score}, {}.",
                    metric.name,
                    value.name,
                    word(score)
                );
                nearest = Some((far, text));
            }
        }
    }
    nearest.map_or_else(|| "No single choice changes the severity.".to_owned(), |(_, text)| text)
}

fn parts(vector: Vector) -> Vec<String> {
    if let Some(parts) = vector.sub_scores() {
        let named = [
            ("impact", Some(parts.impact)),
            ("exploitability", Some(parts.exploitability)),
            ("impact in your environment", parts.environmental_impact),
            ("exploitability in your environment", parts.environmental_exploitability),
        ];
        let named = named.into_iter();
        return named
            .filter_map(|(name, part)| Some(format!("{name} {}", part?)))
            .collect();
    }
    let explained = cvss::explain(vector);
    let Some(macrovector) = explained.macrovector else {
        return Vec::new();
    };
    let classes = cvss::explain::classes(macrovector);
    let mut parts = vec![format!("macrovector {macrovector}")];
    parts.extend(classes.map(|(name, level)| format!("{name} {level}")));
    parts
}

fn tenths(value: u16) -> String {
    format!("{}.{}", value / 10, value % 10)
}
