//! The equations of CVSS 3.0 and 3.1 (specifications, section 7; 8 in 3.0), in integers. The versions differ in how they round
//! and in the modified impact of a changed scope. `NEW` means 3.1 throughout.

mod impact;
mod metrics;

use crate::metric::{Index, MAX_VALUES, place, weights};
use crate::score::Score;
use crate::vector::{Equations, SubScore, SubScores, Vector};

pub(crate) use impact::{Impact, SUB_SCORE_DIGITS};
pub(crate) use metrics::METRICS;

/// The metrics of 3.0 and 3.1, prepared for recognition.
pub(crate) static INDEX: Index = Index::new(METRICS);

const fn table(metric: usize, pairs: &[(&str, i64)]) -> [i64; MAX_VALUES] {
    weights(METRICS[metric].values, pairs)
}

const AV: usize = place(METRICS, "AV");
const AC: usize = place(METRICS, "AC");
const PR: usize = place(METRICS, "PR");
const UI: usize = place(METRICS, "UI");
const S: usize = place(METRICS, "S");
const C: usize = place(METRICS, "C");
const I: usize = place(METRICS, "I");
const A: usize = place(METRICS, "A");
const E: usize = place(METRICS, "E");
const RL: usize = place(METRICS, "RL");
const RC: usize = place(METRICS, "RC");
const CR: usize = place(METRICS, "CR");
const IR: usize = place(METRICS, "IR");
const AR: usize = place(METRICS, "AR");
const MAV: usize = place(METRICS, "MAV");
const MAC: usize = place(METRICS, "MAC");
const MPR: usize = place(METRICS, "MPR");
const MUI: usize = place(METRICS, "MUI");
const MS: usize = place(METRICS, "MS");
const MC: usize = place(METRICS, "MC");
const MI: usize = place(METRICS, "MI");
const MA: usize = place(METRICS, "MA");

// Weights in hundredths.
const AV_WEIGHTS: [i64; MAX_VALUES] = table(AV, &[("N", 85), ("A", 62), ("L", 55), ("P", 20)]);
const AC_WEIGHTS: [i64; MAX_VALUES] = table(AC, &[("L", 77), ("H", 44)]);
const PR_WEIGHTS: [[i64; MAX_VALUES]; 2] = [
    table(PR, &[("N", 85), ("L", 62), ("H", 27)]),
    table(PR, &[("N", 85), ("L", 68), ("H", 50)]),
];
const UI_WEIGHTS: [i64; MAX_VALUES] = table(UI, &[("N", 85), ("R", 62)]);
const IMPACT_WEIGHTS: [i64; MAX_VALUES] = table(C, &[("H", 56), ("L", 22), ("N", 0)]);
const E_WEIGHTS: [i64; MAX_VALUES] = table(E, &[("X", 100), ("H", 100), ("F", 97), ("P", 94), ("U", 91)]);
const RL_WEIGHTS: [i64; MAX_VALUES] = table(RL, &[("X", 100), ("U", 100), ("W", 97), ("T", 96), ("O", 95)]);
const RC_WEIGHTS: [i64; MAX_VALUES] = table(RC, &[("X", 100), ("C", 100), ("R", 96), ("U", 92)]);
// Weights in tenths.
const REQUIREMENT_WEIGHTS: [i64; MAX_VALUES] = table(CR, &[("X", 10), ("H", 15), ("M", 10), ("L", 5)]);

/// The numbers that one equation takes from a vector: either the base metrics as they stand, or the modified ones where
/// they are defined, with the requirements.
#[derive(Clone, Copy)]
pub(crate) struct Weights {
    /// AV, AC, PR, UI in hundredths.
    pub(crate) exploitability: [i64; 4],
    /// Whether the scope is changed.
    pub(crate) changed: bool,
    /// C, I, A in hundredths.
    pub(crate) impact: [i64; 3],
    /// CR, IR, AR in tenths.
    pub(crate) requirement: [i64; 3],
}

impl Weights {
    /// Of the base equation.
    pub(crate) const fn base(vector: Vector) -> Self {
        let chosen = [
            vector.chosen(AV),
            vector.chosen(AC),
            vector.chosen(PR),
            vector.chosen(UI),
            vector.chosen(S),
            vector.chosen(C),
            vector.chosen(I),
            vector.chosen(A),
        ];
        Self::new(chosen, [10; 3])
    }

    /// Of the environmental equation.
    pub(crate) const fn modified(vector: Vector) -> Self {
        let chosen = [
            modified(vector, AV, MAV),
            modified(vector, AC, MAC),
            modified(vector, PR, MPR),
            modified(vector, UI, MUI),
            modified(vector, S, MS),
            modified(vector, C, MC),
            modified(vector, I, MI),
            modified(vector, A, MA),
        ];
        let requirement = [
            REQUIREMENT_WEIGHTS[vector.chosen(CR)],
            REQUIREMENT_WEIGHTS[vector.chosen(IR)],
            REQUIREMENT_WEIGHTS[vector.chosen(AR)],
        ];
        Self::new(chosen, requirement)
    }

    const fn new(chosen: [usize; 8], requirement: [i64; 3]) -> Self {
        let [av, ac, pr, ui, scope, c, i, a] = chosen;
        Self {
            exploitability: [
                AV_WEIGHTS[av],
                AC_WEIGHTS[ac],
                PR_WEIGHTS[scope & 1][pr],
                UI_WEIGHTS[ui],
            ],
            changed: scope == 1,
            impact: [IMPACT_WEIGHTS[c], IMPACT_WEIGHTS[i], IMPACT_WEIGHTS[a]],
            requirement,
        }
    }

    /// Exploitability = 8.22 × AV × AC × PR × UI, in 10⁻¹⁰.
    pub(crate) const fn exploitability(&self) -> i64 {
        let [av, ac, pr, ui] = self.exploitability;
        822 * av * ac * pr * ui
    }

    /// The row of the impact table.
    pub(crate) const fn impact(&self) -> &'static Impact {
        let [c, i, a] = self.impact;
        let [cr, ir, ar] = self.requirement;
        impact::row([c * cr, i * ir, a * ar])
    }

    /// The sum of impact and exploitability, times 1.08 if the scope is changed, at most 10; in 10⁻¹⁵. `None` if there is no
    /// impact.
    pub(crate) const fn sum<const NEW_IMPACT: bool>(&self) -> Option<i64> {
        let impact = self.impact();
        if impact.base == 0 {
            return None;
        }
        let sum = if !self.changed {
            impact.unchanged + self.exploitability() * 100_000
        } else if NEW_IMPACT {
            impact.changed_new + self.exploitability() * 108_000
        } else {
            impact.changed + self.exploitability() * 108_000
        };
        Some(if sum < TEN { sum } else { TEN })
    }
}

/// 10 in 10⁻¹⁵.
const TEN: i64 = 10_000_000_000_000_000;

/// The chosen value of a modified metric, or of its base metric where it is not defined. The list of the modified metric is
/// that of the base metric behind "not defined".
const fn modified(vector: Vector, base: usize, modified: usize) -> usize {
    match vector.chosen(modified) {
        0 => vector.chosen(base),
        defined => defined - 1,
    }
}

/// `Roundup` of a positive number in 10⁻ᵈ, to tenths. 3.0 (section 8.3) takes the smallest tenth that is not less; 3.1
/// (appendix A) first rounds to five decimals.
pub(crate) const fn round_up<const NEW: bool>(value: i64, digits: u32) -> i64 {
    if NEW {
        let unit = 10_i64.pow(digits - 5);
        let fifth_decimal = (value + unit / 2) / unit;
        (fifth_decimal + 9_999) / 10_000
    } else {
        let unit = 10_i64.pow(digits - 1);
        (value + unit - 1) / unit
    }
}

/// The temporal weights E, RL, RC in hundredths.
pub(crate) const fn temporal_weights(vector: Vector) -> [i64; 3] {
    [
        E_WEIGHTS[vector.chosen(E)],
        RL_WEIGHTS[vector.chosen(RL)],
        RC_WEIGHTS[vector.chosen(RC)],
    ]
}

/// Roundup(score × E × RL × RC), all in tenths.
pub(crate) const fn temporal<const NEW: bool>(score: i64, [e, rl, rc]: [i64; 3]) -> i64 {
    round_up::<NEW>(score * e * rl * rc, 7)
}

/// The base score in tenths. The base equation is the same in both versions but for the rounding.
pub(crate) const fn base<const NEW: bool>(weights: &Weights) -> i64 {
    match weights.sum::<false>() {
        Some(sum) => round_up::<NEW>(sum, 15),
        None => 0,
    }
}

/// The environmental score before the temporal weights, in tenths.
pub(crate) const fn modified_base<const NEW: bool>(weights: &Weights) -> i64 {
    match weights.sum::<NEW>() {
        Some(sum) => round_up::<NEW>(sum, 15),
        None => 0,
    }
}

/// All equations.
pub(crate) const fn equations<const NEW: bool>(vector: Vector) -> Equations {
    let over_time = temporal_weights(vector);
    let base = base::<NEW>(&Weights::base(vector));
    let modified = modified_base::<NEW>(&Weights::modified(vector));
    let environmental = Score::clamped(temporal::<NEW>(modified, over_time));
    Equations {
        base: Score::clamped(base),
        temporal: Score::clamped(temporal::<NEW>(base, over_time)),
        environmental,
        all: environmental,
    }
}

pub(crate) fn sub_scores<const NEW: bool>(vector: Vector) -> SubScores {
    let base = Weights::base(vector);
    let modified = vector.has_environmental().then(|| Weights::modified(vector));
    SubScores {
        impact: impact_of::<false>(&base),
        exploitability: exploitability_of(&base),
        environmental_impact: modified.as_ref().map(impact_of::<NEW>),
        environmental_exploitability: modified.as_ref().map(exploitability_of),
    }
}

fn impact_of<const NEW_IMPACT: bool>(weights: &Weights) -> SubScore {
    SubScore::from_fixed(
        weights.impact().sub_score(weights.changed, NEW_IMPACT),
        SUB_SCORE_DIGITS,
    )
}

fn exploitability_of(weights: &Weights) -> SubScore {
    SubScore::from_fixed(weights.exploitability(), 10)
}
