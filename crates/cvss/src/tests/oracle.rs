//! The second implementation: the formulas of the specifications, written down as they stand there, over exact numbers and
//! over the letters of the vector. It shares nothing with the crate but the 270 scores of the macrovectors of 4.0.

use std::collections::HashMap;

use super::decimal::{Decimal, decimal, first, tenths};
use crate::v4::LOOKUP;

/// The scores in tenths: base, temporal, environmental, all; for 4.0 B, BT, BE, BTE.
pub(crate) fn scores(vector: &str) -> [i64; 4] {
    let metrics = Metrics::read(vector);
    match vector.get(..8) {
        Some("CVSS:3.0") => v3(&metrics, false),
        Some("CVSS:3.1") => v3(&metrics, true),
        Some("CVSS:4.0") => v4(&metrics),
        _ => v2(&metrics),
    }
}

struct Metrics<'a>(HashMap<&'a str, &'a str>);

impl<'a> Metrics<'a> {
    fn read(vector: &'a str) -> Self {
        let segments = vector.split('/').filter(|segment| !segment.starts_with("CVSS:"));
        Self(segments.map(|segment| segment.split_once(':').unwrap()).collect())
    }

    /// The value, or `default` if the metric is absent or not defined.
    fn get(&self, metric: &str, default: &'a str) -> &'a str {
        match self.0.get(metric).copied() {
            None | Some("X" | "ND") => default,
            Some(value) => value,
        }
    }

    /// The modified value of a base metric, or the base value.
    fn modified(&self, metric: &str) -> &'a str {
        self.get(&format!("M{metric}"), self.0[metric])
    }
}

/// The weight beside the value in a list such as `N:0.85 A:0.62`.
fn weight(value: &str, list: &str) -> Decimal {
    let pairs = list.split(' ').map(|pair| pair.split_once(':').unwrap());
    let (_, weight) = pairs.into_iter().find(|(known, _)| *known == value).unwrap();
    decimal(weight)
}

fn one() -> Decimal {
    decimal("1")
}

fn v2(m: &Metrics<'_>) -> [i64; 4] {
    let impact = |metric| weight(m.0[metric], "N:0 P:0.275 C:0.660");
    let requirement = |metric| weight(m.get(metric, "M"), "L:0.5 M:1.0 H:1.51");
    let (c, i, a) = (impact("C"), impact("I"), impact("A"));
    let exploitability = decimal("20")
        * weight(m.0["AV"], "L:0.395 A:0.646 N:1.0")
        * weight(m.0["AC"], "H:0.35 M:0.61 L:0.71")
        * weight(m.0["Au"], "M:0.45 S:0.56 N:0.704");
    let plain = decimal("10.41") * (one() - (one() - c.clone()) * (one() - i.clone()) * (one() - a.clone()));
    let adjusted = decimal("10").min(
        decimal("10.41")
            * (one()
                - (one() - c * requirement("CR")) * (one() - i * requirement("IR")) * (one() - a * requirement("AR"))),
    );
    let base = |impact: Decimal| {
        let f = if impact == decimal("0") {
            decimal("0")
        } else {
            decimal("1.176")
        };
        let sum = decimal("0.6") * impact + decimal("0.4") * exploitability.clone() - decimal("1.5");
        (sum * f).rounded()
    };
    let temporal = |base: i64| {
        let e = weight(m.get("E", "H"), "U:0.85 POC:0.9 F:0.95 H:1.0");
        let rl = weight(m.get("RL", "U"), "OF:0.87 TF:0.90 W:0.95 U:1.0");
        let rc = weight(m.get("RC", "C"), "UC:0.90 UR:0.95 C:1.0");
        (tenths(base) * e * rl * rc).rounded()
    };
    let collateral = weight(m.get("CDP", "N"), "N:0 L:0.1 LM:0.3 MH:0.4 H:0.5");
    let targets = weight(m.get("TD", "H"), "N:0 L:0.25 M:0.75 H:1.0");
    let base_score = base(plain);
    let adjusted = tenths(temporal(base(adjusted)));
    let environmental = ((adjusted.clone() + (decimal("10") - adjusted) * collateral) * targets)
        .rounded()
        .max(0);
    [base_score, temporal(base_score), environmental, environmental]
}

/// The smallest tenth that is not less (3.0), or the same after rounding to five decimals (3.1, appendix A). A number rounds
/// at five decimals to n tenths or less exactly if it is below n tenths + 0.000005.
fn round_up(value: &Decimal, new: bool) -> i64 {
    let fits = |n: i64| {
        if new {
            *value < tenths(n) + decimal("0.000005")
        } else {
            *value <= tenths(n)
        }
    };
    first(0, 100, fits)
}

fn v3(m: &Metrics<'_>, new: bool) -> [i64; 4] {
    let temporal = |score: i64| {
        let e = weight(m.get("E", "H"), "H:1 F:0.97 P:0.94 U:0.91");
        let rl = weight(m.get("RL", "U"), "U:1 W:0.97 T:0.96 O:0.95");
        let rc = weight(m.get("RC", "C"), "C:1 R:0.96 U:0.92");
        round_up(&(tenths(score) * e * rl * rc), new)
    };
    let base = v3_sum(m, false, new, &|metric| m.0[metric]);
    let modified = v3_sum(m, true, new, &|metric| m.modified(metric));
    let environmental = temporal(modified);
    [base, temporal(base), environmental, environmental]
}

/// The base equation, or the environmental one without the temporal weights.
fn v3_sum<'a>(m: &Metrics<'a>, environmental: bool, new: bool, value: &dyn Fn(&str) -> &'a str) -> i64 {
    let changed = value("S") == "C";
    let loss = |metric, requirement| {
        let impact = weight(value(metric), "H:0.56 L:0.22 N:0");
        if environmental {
            impact * weight(m.get(requirement, "M"), "L:0.5 M:1 H:1.5")
        } else {
            impact
        }
    };
    let mut iss = one() - (one() - loss("C", "CR")) * (one() - loss("I", "IR")) * (one() - loss("A", "AR"));
    if environmental {
        iss = iss.min(decimal("0.915"));
    }
    let impact = if !changed {
        decimal("6.42") * iss
    } else {
        let power = if environmental && new {
            (iss.clone() * decimal("0.9731") - decimal("0.02")).power(13)
        } else {
            (iss.clone() - decimal("0.02")).power(15)
        };
        decimal("7.52") * (iss - decimal("0.029")) - decimal("3.25") * power
    };
    if !impact.is_positive() {
        return 0;
    }
    let privileges = if changed {
        "N:0.85 L:0.68 H:0.50"
    } else {
        "N:0.85 L:0.62 H:0.27"
    };
    let exploitability = decimal("8.22")
        * weight(value("AV"), "N:0.85 A:0.62 L:0.55 P:0.2")
        * weight(value("AC"), "L:0.77 H:0.44")
        * weight(value("PR"), privileges)
        * weight(value("UI"), "N:0.85 R:0.62");
    let factor = if changed { decimal("1.08") } else { one() };
    round_up(&decimal("10").min(factor * (impact + exploitability)), new)
}

/// Values of a metric of 4.0 from the most severe to the least, and the metrics of each equivalence class.
const SEVERITY: [(&str, &str); 14] = [
    ("AV", "NALP"),
    ("PR", "NLH"),
    ("UI", "NPA"),
    ("AC", "LH"),
    ("AT", "NP"),
    ("VC", "HLN"),
    ("VI", "HLN"),
    ("VA", "HLN"),
    ("CR", "HML"),
    ("IR", "HML"),
    ("AR", "HML"),
    ("SC", "SHLN"),
    ("SI", "SHLN"),
    ("SA", "SHLN"),
];
const CLASSES: [std::ops::Range<usize>; 4] = [0..3, 3..5, 5..11, 11..14];

fn severity(metric: usize, value: &str) -> i64 {
    SEVERITY[metric].1.find(value).unwrap() as i64
}

fn v4(m: &Metrics<'_>) -> [i64; 4] {
    let base: Vec<i64> = (0..14)
        .map(|i| match SEVERITY[i].0 {
            "CR" | "IR" | "AR" => 0,
            name => severity(i, m.0[name]),
        })
        .collect();
    let environmental: Vec<i64> = (0..14)
        .map(|i| match SEVERITY[i].0 {
            name @ ("CR" | "IR" | "AR") => severity(i, m.get(name, "H")),
            name => severity(i, m.modified(name)),
        })
        .collect();
    let threat = "APU".find(m.get("E", "A")).unwrap() as i64;
    [
        v4_score(&base, 0),
        v4_score(&base, threat),
        v4_score(&environmental, 0),
        v4_score(&environmental, threat),
    ]
}

/// The level of one class (EQ3 and EQ6 as the two digits of one number) by the definitions of tables 24 to 30.
fn level(class: usize, s: &[i64]) -> i64 {
    match class {
        0 if s == [0, 0, 0] => 0,
        0 if s[0] != 3 && s.contains(&0) => 1,
        1 if s == [0, 0] => 0,
        1 => 1,
        2 => {
            let eq3 = if s[0] == 0 && s[1] == 0 {
                0
            } else {
                if s[..3].contains(&0) { 1 } else { 2 }
            };
            let wanted_and_lost = (0..3).any(|i| s[i] == 0 && s[i + 3] == 0);
            10 * eq3 + i64::from(!wanted_and_lost)
        }
        3 if s[1] == 0 || s[2] == 0 => 0,
        3 if s.contains(&1) => 1,
        _ => 2,
    }
}

/// The least and the greatest sum of severities in a class at a level, by trying all its vectors. All most severe vectors of a
/// class have the same sum, so the distance to whichever of them is the difference of sums, and the depth is the greatest
/// distance plus one.
fn extent(class: usize, at: i64) -> (i64, i64) {
    let metrics = CLASSES[class].clone();
    let counts: Vec<usize> = metrics.clone().map(|i| SEVERITY[i].1.len()).collect();
    let sums = (0..counts.iter().product()).filter_map(|mut number: usize| {
        let digit = |count: &usize| {
            let digit = (number % count) as i64;
            number /= count;
            digit
        };
        let s: Vec<i64> = counts.iter().map(digit).collect();
        // Safety is no value of SC.
        let exists = class != 3 || s[0] != 0;
        (exists && level(class, &s) == at).then(|| s.iter().sum::<i64>())
    });
    let sums: Vec<i64> = sums.collect();
    (*sums.iter().min().unwrap(), *sums.iter().max().unwrap())
}

thread_local! {
    static EXTENTS: HashMap<(usize, i64), (i64, i64)> = [(0, 0..3), (1, 0..2), (2, 0..22), (3, 0..3)]
        .into_iter()
        .flat_map(|(class, levels)| levels.map(move |level| (class, level)))
        .filter(|(class, level)| *class != 2 || [0, 1, 10, 11, 21].contains(level))
        .map(|key| (key, extent(key.0, key.1)))
        .collect();
}

fn macro_score([eq1, eq2, eq36, eq4, eq5]: [i64; 5]) -> Option<i64> {
    let row = [0, 1, 10, 11, 21].iter().position(|known| *known == eq36)?;
    let row = LOOKUP.get(eq1 as usize)?.get(eq2 as usize)?[row];
    Some(i64::from(*row.get(eq4 as usize)?.get(eq5 as usize)?))
}

fn v4_score(s: &[i64], threat: i64) -> i64 {
    if s[5..8] == [2, 2, 2] && s[11..14] == [3, 3, 3] {
        return 0;
    }
    let levels: Vec<i64> = (0..4).map(|class| level(class, &s[CLASSES[class].clone()])).collect();
    let here = [levels[0], levels[1], levels[2], levels[3], threat];
    let value = macro_score(here).unwrap();
    let mut mean = Fraction(0, 1);
    let mut count = 0;
    for eq in 0..5 {
        let lower: &[i64] = match (eq, here[eq]) {
            (2, 0) => &[1, 10],
            (2, 1 | 10) => &[11],
            (2, 11) => &[21],
            (2, _) => &[],
            (_, level) => &[level + 1],
        };
        let lower_score = lower.iter().filter_map(|level| {
            let mut next = here;
            next[eq] = *level;
            macro_score(next)
        });
        let Some(lower_score) = lower_score.max() else {
            continue;
        };
        count += 1;
        if eq < 4 {
            let (least, greatest) = EXTENTS.with(|extents| extents[&(eq, here[eq])]);
            let distance = s[CLASSES[eq].clone()].iter().sum::<i64>() - least;
            mean = mean.plus(Fraction((value - lower_score) * distance, greatest - least + 1));
        }
    }
    if count > 0 {
        mean.1 *= count;
    }
    // value − mean, rounded half up.
    let Fraction(n, d) = mean;
    (2 * (value * d - n) + d).div_euclid(2 * d).clamp(0, 100)
}

/// Numerator and positive denominator.
#[derive(Clone, Copy)]
struct Fraction(i64, i64);

impl Fraction {
    fn plus(self, other: Self) -> Self {
        Self(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }
}
