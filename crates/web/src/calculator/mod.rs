//! The environmental calculator: a published vector, what a reader chooses for a place of their own, and the score that follows.
//!
//! Pure: takes what was asked and the bands of a policy, gives the words of a page. Keeps nothing and logs nothing of what was chosen. The
//! base metrics and those of time or threat are the vendor's and stay as they are; `cvss` computes. `look`'s script says the same while somebody chooses, and a browser
//! test compares the two.

mod ask;
mod outcome;

use crate::severity;
use cvss::{Group, Metric, Vector, Version};
use documents::calculator::BandRange;
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) use outcome::Outcome;

/// Where it is served, at the desk and on the portal.
pub(crate) const PATH: &str = "/calculator";

/// The longest question that is read.
const MAX_QUERY_BYTES: usize = 2_048;

/// A calculator that is ready to be shown.
#[derive(Debug)]
pub(crate) struct Calculator {
    /// `3.1` or `4.0`
    pub(crate) version: &'static str,
    /// The published vector.
    pub(crate) from: String,
    /// The base metrics, and those of time or threat that were stated: they are locked.
    pub(crate) locked: Vec<Locked>,
    /// What can be chosen.
    pub(crate) groups: Vec<AskGroup>,
    /// What the script has to know beside the form, as JSON.
    pub(crate) page: String,
    /// The answer.
    pub(crate) outcome: Outcome,
    /// The address of exactly this answer.
    pub(crate) link: String,
}

/// What is shown: a form for a vector, with or without a calculator below.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The vector as it was asked for.
    pub(crate) asked: String,
    /// Why there is no calculator; empty if none was asked for.
    pub(crate) error: String,
    pub(crate) calculator: Option<Calculator>,
}

/// A metric as the vendor set it.
#[derive(Debug)]
pub(crate) struct Locked {
    /// `AV:N`
    pub(crate) code: String,
    pub(crate) metric: &'static str,
    pub(crate) value: &'static str,
    pub(crate) meaning: &'static str,
}

/// Metrics that are asked for together.
#[derive(Debug)]
pub(crate) struct AskGroup {
    pub(crate) title: &'static str,
    pub(crate) note: &'static str,
    pub(crate) metrics: Vec<Ask>,
}

/// One question.
#[derive(Debug)]
pub(crate) struct Ask {
    /// `MAV`
    pub(crate) code: &'static str,
    /// `Modified Attack Vector`
    pub(crate) name: &'static str,
    pub(crate) question: &'static str,
    pub(crate) options: Vec<Choice>,
}

/// One answer to it.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) code: &'static str,
    /// CVSS's word.
    pub(crate) name: &'static str,
    /// The word on the button, which says what "not defined" stands for.
    pub(crate) label: String,
    pub(crate) meaning: String,
    pub(crate) checked: bool,
}

/// What the script is told.
#[derive(Serialize)]
struct Page<'a> {
    /// `CVSS:3.1/`
    prefix: &'static str,
    /// The locked metrics, and what follows the chosen ones.
    base: String,
    rest: String,
    from: &'a str,
    /// The published value of every metric that can be chosen.
    published: BTreeMap<&'static str, &'static str>,
    /// The policy's bands.
    bands: &'a [BandRange],
}

impl Shown {
    /// The answer to a question: `from` is the published vector, `at` what differs from it (`MAV:L/CR:H`), and each metric's own name
    /// overrules both, as the form sends it.
    pub(crate) fn of(query: &[(String, String)], bands: Option<&[BandRange]>) -> Shown {
        let text = |name: &str| {
            query
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.trim())
        };
        let asked = text("from").unwrap_or_default();
        if asked.is_empty() {
            return Shown::default();
        }
        let bytes: usize = query.iter().map(|(key, value)| key.len() + value.len()).sum();
        let made = if bytes > MAX_QUERY_BYTES {
            Err("That is longer than any question of this form.".to_owned())
        } else {
            Calculator::of(asked, text("at").unwrap_or_default(), query, bands)
        };
        Shown {
            asked: asked.chars().take(cvss::MAX_LEN).collect(),
            error: made.as_ref().err().cloned().unwrap_or_default(),
            calculator: made.ok(),
        }
    }
}

impl Calculator {
    fn of(
        from: &str,
        at: &str,
        fields: &[(String, String)],
        bands: Option<&[BandRange]>,
    ) -> Result<Calculator, String> {
        let published = Vector::parse(from).map_err(|error| error.to_string())?;
        let version = published.version();
        if !matches!(version, Version::V3_1 | Version::V4_0) {
            return Err(format!(
                "This is a vector of CVSS {version}; the calculator knows 3.1 and 4.0."
            ));
        }
        let mut wanted: BTreeMap<&str, &str> = BTreeMap::new();
        for pair in at.split('/').filter(|pair| !pair.is_empty()) {
            let (code, value) = pair
                .split_once(':')
                .ok_or_else(|| format!("{pair} is no metric with a value."))?;
            if !adjustable(version).any(|metric| metric.code == code) {
                return Err(format!(
                    "{code} cannot be chosen here: it is the vendor's, or no metric of CVSS {version}."
                ));
            }
            wanted.insert(code, value);
        }
        for (code, value) in fields {
            if adjustable(version).any(|metric| metric.code == code) {
                wanted.insert(code, value);
            }
        }
        let chosen = with(published, &wanted)?;
        Ok(Calculator {
            version: version.as_str(),
            from: published.canonical(),
            locked: locked(published),
            groups: ask::groups(published, chosen),
            page: page(published, bands),
            outcome: Outcome::of(published, chosen, bands),
            link: link(published, chosen),
        })
    }
}

/// The address of the calculator for a published vector, if it is one that it knows.
pub(crate) fn address(vector: Vector) -> Option<String> {
    matches!(vector.version(), Version::V3_1 | Version::V4_0).then(|| format!("{PATH}?from={vector}"))
}

/// The metrics that a reader may choose: those of the environment.
fn adjustable(version: Version) -> impl Iterator<Item = &'static Metric> {
    let metrics = version.metrics().iter();
    metrics.filter(|metric| metric.group == Group::Environmental)
}

/// The vector with other values of some metrics.
fn with(vector: Vector, other: &BTreeMap<&str, &str>) -> Result<Vector, String> {
    let metrics = vector.metrics().map(|(metric, value)| {
        let value = other.get(metric.code).copied().unwrap_or(value.code);
        format!("{}:{value}", metric.code)
    });
    let text = metrics.collect::<Vec<_>>().join("/");
    Vector::parse(&format!("{}{text}", vector.version().prefix())).map_err(|error| error.to_string())
}

/// The values of the metrics that can be chosen, not-defined ones included.
fn choices(vector: Vector) -> impl Iterator<Item = (&'static Metric, &'static cvss::Value)> {
    vector
        .metrics()
        .filter(|(metric, _)| metric.group == Group::Environmental)
}

/// What is the vendor's alone to say: the weakness itself, and what is known of attacks and fixes.
const fn is_vendors(group: Group) -> bool {
    matches!(group, Group::Base | Group::Temporal | Group::Threat)
}

fn locked(published: Vector) -> Vec<Locked> {
    let vendors = published.defined().filter(|(metric, _)| is_vendors(metric.group));
    vendors
        .map(|(metric, value)| Locked {
            code: format!("{}:{}", metric.code, value.code),
            metric: metric.name,
            value: value.name,
            meaning: value.meaning,
        })
        .collect()
}

fn page(published: Vector, bands: Option<&[BandRange]>) -> String {
    let of = |wanted: fn(Group) -> bool| {
        let metrics = published.defined().filter(|(metric, _)| wanted(metric.group));
        let pairs: Vec<String> = metrics
            .map(|(metric, value)| format!("{}:{}", metric.code, value.code))
            .collect();
        pairs.join("/")
    };
    let page = Page {
        prefix: published.version().prefix(),
        base: of(is_vendors),
        rest: of(|group| group == Group::Supplemental),
        from: &published.canonical(),
        published: choices(published)
            .map(|(metric, value)| (metric.code, value.code))
            .collect(),
        bands: bands.unwrap_or_default(),
    };
    serde_json::to_string(&page).unwrap_or_default()
}

fn link(published: Vector, chosen: Vector) -> String {
    let differs = choices(chosen)
        .zip(choices(published))
        .filter(|(now, before)| now != before);
    let changed: Vec<String> = differs
        .map(|((metric, value), _)| format!("{}:{}", metric.code, value.code))
        .collect();
    match changed.is_empty() {
        true => format!("{PATH}?from={published}"),
        false => format!("{PATH}?from={published}&at={}", changed.join("/")),
    }
}

/// The shape that stands for a word of CVSS.
fn shape(word: cvss::Severity) -> &'static str {
    severity::shape(word.name(), 0)
}

#[cfg(test)]
mod tests;
