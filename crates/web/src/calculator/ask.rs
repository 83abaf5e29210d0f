//! The questions of the calculator: each metric that can be chosen, with its values in CVSS's words.
//!
//! Data and layout of the form only; no score.

use super::{Ask, AskGroup, Choice};
use cvss::{Metric, Value, Vector};

/// The questions in the order of the form, with `chosen`'s values set.
pub(super) fn groups(published: Vector, chosen: Vector) -> Vec<AskGroup> {
    let of = |title, note, wanted: fn(&Metric) -> bool| {
        let asked = super::choices(chosen).filter(|(metric, _)| wanted(metric));
        AskGroup {
            title,
            note,
            metrics: asked.map(|(metric, value)| ask(metric, value, published)).collect(),
        }
    };
    vec![
        of(
            "What you need",
            "How much each of the three matters on the system where you run it.",
            is_requirement,
        ),
        of(
            "How it is with you",
            "What your installation makes harder or easier. Leave what you do not know.",
            |metric| !is_requirement(metric),
        ),
    ]
}

fn is_requirement(metric: &Metric) -> bool {
    matches!(metric.code, "CR" | "IR" | "AR")
}

fn ask(metric: &'static Metric, chosen: &'static Value, published: Vector) -> Ask {
    let base = metric.code.strip_prefix('M').and_then(|code| published.value(code));
    let choice = |value: &'static Value| {
        let as_published = base.filter(|_| value.code == "X");
        Choice {
            code: value.code,
            name: value.name,
            label: match as_published {
                Some(base) => format!("As published: {}", base.name),
                None => value.name.to_owned(),
            },
            meaning: as_published.map_or(value.meaning, |base| base.meaning).to_owned(),
            checked: value.code == chosen.code,
        }
    };
    Ask {
        code: metric.code,
        name: metric.name,
        question: metric.question,
        options: metric.values.iter().map(choice).collect(),
    }
}
