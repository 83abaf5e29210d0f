//! The arithmetic of a score as lines with the numbers filled in. Numbers come from the equations; this only writes them.

use super::Step;
use crate::score::Score;
use crate::v3::round_up;
use crate::v4::Descent;
use crate::vector::Vector;
use crate::version::Version;
use crate::{v2, v3, v4};

pub(super) fn of(vector: Vector) -> Vec<Step> {
    match vector.version() {
        Version::V2_0 => of_v2(vector),
        Version::V3_0 => of_v3::<false>(vector),
        Version::V3_1 => of_v3::<true>(vector),
        Version::V4_0 => of_v4(vector),
    }
}

const fn step(name: &'static str, formula: String, result: String) -> Step {
    Step { name, formula, result }
}

/// Decimals that are shown of a longer number.
const SHOWN: u32 = 6;

/// A fixed-point number with `digits` decimals, without trailing zeros; `…` behind cut decimals.
fn number(value: i64, digits: u32) -> String {
    let (value, digits, cut) = if digits > SHOWN {
        let unit = 10_i64.pow(digits - SHOWN);
        (value.div_euclid(unit), SHOWN, value.rem_euclid(unit) != 0)
    } else {
        (value, digits, false)
    };
    let unit = 10_u64.pow(digits);
    let sign = if value < 0 { "−" } else { "" };
    let magnitude = value.unsigned_abs();
    let fraction = format!("{:0width$}", magnitude % unit, width = digits as usize);
    let shown = if cut {
        fraction.as_str()
    } else {
        fraction.trim_end_matches('0')
    };
    let point = if shown.is_empty() { "" } else { "." };
    let more = if cut { "…" } else { "" };
    format!("{sign}{}{point}{shown}{more}", magnitude / unit)
}

/// Numbers with `digits` decimals, multiplied.
fn product(values: &[i64], digits: u32) -> String {
    let factors: Vec<String> = values.iter().map(|value| number(*value, digits)).collect();
    factors.join(" × ")
}

/// A score or a stage on the way to one: always one decimal.
fn tenths(value: i64) -> String {
    let sign = if value < 0 { "−" } else { "" };
    format!("{sign}{}.{}", value.abs() / 10, value.abs() % 10)
}

/// What is left of 1 after three losses; `digits` decimals each, and of each requirement.
fn remaining(losses: [i64; 3], digits: u32, requirements: Option<([i64; 3], u32)>) -> String {
    let factor = |(i, loss): (usize, &i64)| match requirements {
        Some((weights, of)) => format!("(1 − {} × {})", number(*loss, digits), number(weights[i], of)),
        None => format!("(1 − {})", number(*loss, digits)),
    };
    let factors: Vec<String> = losses.iter().enumerate().map(factor).collect();
    factors.join(" × ")
}

fn of_v2(vector: Vector) -> Vec<Step> {
    let weights = v2::Weights::of(vector);
    let [av, ac, au] = weights.access;
    let exploitability = number(weights.exploitability(), 8);
    let impact = weights.base_impact();
    let base = weights.base(impact);
    let mut steps = vec![
        step(
            "Exploitability",
            format!("20 × {} × {} × {}", number(av, 3), number(ac, 2), number(au, 3)),
            exploitability.clone(),
        ),
        step(
            "Impact",
            format!("10.41 × (1 − {})", remaining(weights.impact, 3, None)),
            number(impact, 17),
        ),
        step("Base", v2_base(impact, &exploitability), tenths(base)),
    ];
    let over_time = |base| format!("round({} × {})", tenths(base), product(&weights.temporal, 2));
    if vector.has_temporal() {
        steps.push(step("Temporal", over_time(base), tenths(weights.temporal(base))));
    }
    if vector.has_environmental() {
        let impact = weights.adjusted_impact();
        let base = weights.base(impact);
        let temporal = weights.temporal(base);
        let losses = remaining(weights.impact, 3, Some((weights.requirement, 2)));
        let environmental = format!(
            "round(({0} + (10 − {0}) × {1}) × {2})",
            tenths(temporal),
            number(weights.collateral, 1),
            number(weights.targets, 2)
        );
        steps.extend([
            step(
                "Adjusted impact",
                format!("min(10, 10.41 × (1 − {losses}))"),
                number(impact, 17),
            ),
            step("Adjusted base", v2_base(impact, &exploitability), tenths(base)),
            step("Adjusted temporal", over_time(base), tenths(temporal)),
            step(
                "Environmental",
                environmental,
                vector.equations().environmental.to_string(),
            ),
        ]);
    }
    steps
}

fn v2_base(impact: i64, exploitability: &str) -> String {
    let factor = if impact == 0 { "0" } else { "1.176" };
    format!(
        "round((0.6 × {} + 0.4 × {exploitability} − 1.5) × {factor})",
        number(impact, 17)
    )
}

fn of_v3<const NEW: bool>(vector: Vector) -> Vec<Step> {
    let over_time = v3::temporal_weights(vector);
    let base = v3::Weights::base(vector);
    let score = v3::base::<NEW>(&base);
    let mut steps = v3_parts::<false>(&base, ["ISS", "Impact", "Exploitability"], false);
    steps.push(v3_score::<NEW, false>("Base", &base));
    let temporal = |name, score| {
        let formula = format!("roundup({} × {})", tenths(score), product(&over_time, 2));
        step(name, formula, tenths(v3::temporal::<NEW>(score, over_time)))
    };
    if vector.has_temporal() {
        steps.push(temporal("Temporal", score));
    }
    if vector.has_environmental() {
        let modified = v3::Weights::modified(vector);
        let score = v3::modified_base::<NEW>(&modified);
        let names = ["Modified ISS", "Modified impact", "Modified exploitability"];
        steps.extend(v3_parts::<NEW>(&modified, names, true));
        steps.push(v3_score::<NEW, NEW>("Modified base", &modified));
        steps.push(temporal("Environmental", score));
    }
    steps
}

fn v3_parts<const NEW_IMPACT: bool>(weights: &v3::Weights, names: [&'static str; 3], modified: bool) -> Vec<Step> {
    let impact = weights.impact();
    let iss = number(impact.base, 9);
    let (impact_formula, impact_result) = match (weights.changed, NEW_IMPACT) {
        (false, _) => (format!("6.42 × {iss}"), number(impact.unchanged, 15)),
        (true, false) => (
            format!("7.52 × ({iss} − 0.029) − 3.25 × ({iss} − 0.02)¹⁵"),
            v3_changed_impact(weights, false),
        ),
        (true, true) => (
            format!("7.52 × ({iss} − 0.029) − 3.25 × ({iss} × 0.9731 − 0.02)¹³"),
            v3_changed_impact(weights, true),
        ),
    };
    let iss_formula = if modified {
        let losses = remaining(weights.impact, 2, Some((weights.requirement, 1)));
        format!("min(0.915, 1 − {losses})")
    } else {
        format!("1 − {}", remaining(weights.impact, 2, None))
    };
    let [iss_name, impact_name, exploitability_name] = names;
    vec![
        step(iss_name, iss_formula, iss),
        step(impact_name, impact_formula, impact_result),
        step(
            exploitability_name,
            format!("8.22 × {}", product(&weights.exploitability, 2)),
            number(weights.exploitability(), 10),
        ),
    ]
}

fn v3_changed_impact(weights: &v3::Weights, new: bool) -> String {
    if weights.impact().base == 0 {
        return "no impact".to_owned();
    }
    number(weights.impact().sub_score(true, new), v3::SUB_SCORE_DIGITS)
}

fn v3_score<const NEW: bool, const NEW_IMPACT: bool>(name: &'static str, weights: &v3::Weights) -> Step {
    let Some(sum) = weights.sum::<NEW_IMPACT>() else {
        return step(name, "0, because there is no impact".to_owned(), tenths(0));
    };
    let factor = if weights.changed { "1.08 × " } else { "" };
    let impact = number(
        weights.impact().sub_score(weights.changed, NEW_IMPACT),
        v3::SUB_SCORE_DIGITS,
    );
    let exploitability = number(weights.exploitability(), 10);
    let formula = format!("roundup(min(10, {factor}({impact} + {exploitability})))");
    step(name, formula, tenths(round_up::<NEW>(sum, 15)))
}

fn of_v4(vector: Vector) -> Vec<Step> {
    const NAMES: [&str; 5] = ["EQ1", "EQ2", "EQ3 with EQ6", "EQ4", "EQ5"];
    let Some(interpolation) = v4::interpolation(vector) else {
        return vec![step("Score", "0, because nothing has an impact".to_owned(), tenths(0))];
    };
    let start = interpolation.macrovector;
    let mut steps = vec![step(
        "Macrovector",
        format!("score of the most severe vector in {start}"),
        start.score().to_string(),
    )];
    let mut shares = Vec::new();
    for (name, descent) in NAMES.into_iter().zip(interpolation.steps) {
        let Some(Descent {
            to,
            available,
            distance,
            depth,
        }) = descent
        else {
            continue;
        };
        let share = ratio(available * distance, 10 * depth);
        let formula = format!("({} − {} in {to}) × {distance} / {depth}", start.score(), to.score());
        steps.push(step(name, formula, share.clone()));
        shares.push(share);
    }
    let formula = if shares.is_empty() {
        start.score().to_string()
    } else {
        format!("round({} − ({}) / {})", start.score(), shares.join(" + "), shares.len())
    };
    steps.push(step("Score", formula, Score::to_string(&interpolation.score)));
    steps
}

/// A quotient in decimals.
fn ratio(numerator: i32, denominator: i32) -> String {
    // One decimal more than is shown, so that `number` sees what it cuts; never a trailing zero unless exact.
    let scaled = i64::from(numerator) * 10_i64.pow(SHOWN + 1);
    let denominator = i64::from(denominator);
    let inexact = i64::from(scaled % denominator != 0);
    number(scaled / denominator * 10 + inexact, SHOWN + 2)
}
