//! The equations of CVSS 2.0 (guide, section 3.2), in integers. Every stage is rounded to one decimal, as the guide writes and
//! its examples show; the calculator of the NVD leaves one rounding out and is not followed.

mod metrics;

use crate::metric::{Index, MAX_VALUES, place, weights};
use crate::score::Score;
use crate::vector::{Equations, SubScore, SubScores, Vector};

pub(crate) use metrics::METRICS;

/// The metrics of 2.0, prepared for recognition.
pub(crate) static INDEX: Index = Index::new(METRICS);

const fn table(metric: usize, pairs: &[(&str, i64)]) -> [i64; MAX_VALUES] {
    weights(METRICS[metric].values, pairs)
}

const AV: usize = place(METRICS, "AV");
const AC: usize = place(METRICS, "AC");
const AU: usize = place(METRICS, "Au");
const C: usize = place(METRICS, "C");
const I: usize = place(METRICS, "I");
const A: usize = place(METRICS, "A");
const E: usize = place(METRICS, "E");
const RL: usize = place(METRICS, "RL");
const RC: usize = place(METRICS, "RC");
const CDP: usize = place(METRICS, "CDP");
const TD: usize = place(METRICS, "TD");
const CR: usize = place(METRICS, "CR");
const IR: usize = place(METRICS, "IR");
const AR: usize = place(METRICS, "AR");

// Weights in thousandths.
const AV_WEIGHTS: [i64; MAX_VALUES] = table(AV, &[("L", 395), ("A", 646), ("N", 1000)]);
const AU_WEIGHTS: [i64; MAX_VALUES] = table(AU, &[("M", 450), ("S", 560), ("N", 704)]);
const IMPACT_WEIGHTS: [i64; MAX_VALUES] = table(C, &[("N", 0), ("P", 275), ("C", 660)]);
// Weights in hundredths.
const AC_WEIGHTS: [i64; MAX_VALUES] = table(AC, &[("H", 35), ("M", 61), ("L", 71)]);
const E_WEIGHTS: [i64; MAX_VALUES] = table(E, &[("ND", 100), ("U", 85), ("POC", 90), ("F", 95), ("H", 100)]);
const RL_WEIGHTS: [i64; MAX_VALUES] = table(RL, &[("ND", 100), ("OF", 87), ("TF", 90), ("W", 95), ("U", 100)]);
const RC_WEIGHTS: [i64; MAX_VALUES] = table(RC, &[("ND", 100), ("UC", 90), ("UR", 95), ("C", 100)]);
const TD_WEIGHTS: [i64; MAX_VALUES] = table(TD, &[("ND", 100), ("N", 0), ("L", 25), ("M", 75), ("H", 100)]);
const REQUIREMENT_WEIGHTS: [i64; MAX_VALUES] = table(CR, &[("ND", 100), ("L", 50), ("M", 100), ("H", 151)]);
// Weights in tenths.
const CDP_WEIGHTS: [i64; MAX_VALUES] = table(CDP, &[("ND", 0), ("N", 0), ("L", 1), ("LM", 3), ("MH", 4), ("H", 5)]);

/// The numbers that the equations take from a vector.
#[derive(Clone, Copy)]
pub(crate) struct Weights {
    /// AV, AC, Au in thousandths, hundredths, thousandths.
    pub(crate) access: [i64; 3],
    /// C, I, A in thousandths.
    pub(crate) impact: [i64; 3],
    /// E, RL, RC in hundredths.
    pub(crate) temporal: [i64; 3],
    /// CR, IR, AR in hundredths.
    pub(crate) requirement: [i64; 3],
    /// CDP in tenths.
    pub(crate) collateral: i64,
    /// TD in hundredths.
    pub(crate) targets: i64,
}

impl Weights {
    pub(crate) const fn of(vector: Vector) -> Self {
        Self {
            access: [
                AV_WEIGHTS[vector.chosen(AV)],
                AC_WEIGHTS[vector.chosen(AC)],
                AU_WEIGHTS[vector.chosen(AU)],
            ],
            impact: [
                IMPACT_WEIGHTS[vector.chosen(C)],
                IMPACT_WEIGHTS[vector.chosen(I)],
                IMPACT_WEIGHTS[vector.chosen(A)],
            ],
            temporal: [
                E_WEIGHTS[vector.chosen(E)],
                RL_WEIGHTS[vector.chosen(RL)],
                RC_WEIGHTS[vector.chosen(RC)],
            ],
            requirement: [
                REQUIREMENT_WEIGHTS[vector.chosen(CR)],
                REQUIREMENT_WEIGHTS[vector.chosen(IR)],
                REQUIREMENT_WEIGHTS[vector.chosen(AR)],
            ],
            collateral: CDP_WEIGHTS[vector.chosen(CDP)],
            targets: TD_WEIGHTS[vector.chosen(TD)],
        }
    }

    /// Exploitability = 20 × AV × AC × Au, in 10⁻⁸.
    pub(crate) const fn exploitability(&self) -> i64 {
        let [av, ac, au] = self.access;
        20 * av * ac * au
    }

    /// Impact = 10.41 × (1 − (1 − C)(1 − I)(1 − A)), in 10⁻¹⁷.
    pub(crate) const fn base_impact(&self) -> i64 {
        impact(self.impact, [100; 3])
    }

    /// AdjustedImpact = min(10, 10.41 × (1 − (1 − C×CR)(1 − I×IR)(1 − A×AR))), in 10⁻¹⁷.
    pub(crate) const fn adjusted_impact(&self) -> i64 {
        let impact = impact(self.impact, self.requirement);
        if impact < MAX_ADJUSTED { impact } else { MAX_ADJUSTED }
    }

    /// BaseScore for the given impact, in tenths. Below zero for the least impacts that a low requirement can make.
    pub(crate) const fn base(&self, impact: i64) -> i64 {
        if impact == 0 {
            return 0;
        }
        let exploitability = (4 * self.exploitability() - 1_500_000_000) as i128 * 1_000_000_000;
        round(1176 * (6 * impact as i128 + exploitability))
    }

    /// TemporalScore for a base score in tenths, in tenths.
    pub(crate) const fn temporal(&self, base: i64) -> i64 {
        let [e, rl, rc] = self.temporal;
        (base * e * rl * rc + 500_000).div_euclid(1_000_000)
    }

    /// EnvironmentalScore for an adjusted temporal score in tenths, in tenths.
    pub(crate) const fn environmental(&self, temporal: i64) -> i64 {
        ((10 * temporal + (100 - temporal) * self.collateral) * self.targets + 500).div_euclid(1000)
    }
}

/// 10 in 10⁻¹⁷.
const MAX_ADJUSTED: i64 = 1_000_000_000_000_000_000;

const fn impact(weights: [i64; 3], requirements: [i64; 3]) -> i64 {
    const ONE: i64 = 100_000;
    let [c, i, a] = weights;
    let [cr, ir, ar] = requirements;
    1041 * (ONE * ONE * ONE - (ONE - c * cr) * (ONE - i * ir) * (ONE - a * ar))
}

/// Rounds 10⁻²¹ to tenths, half up. Dividing by 2²⁰ first and by 5²⁰ then keeps the slow 128-bit division away.
const fn round(value: i128) -> i64 {
    const HALF: i128 = 50_000_000_000_000_000_000;
    const FIVES: i64 = 5_i64.pow(20);
    (((value + HALF) >> 20) as i64).div_euclid(FIVES)
}

/// All equations. Only the final results are brought into 0.0 to 10.0, as in FIRST's equations.
pub(crate) const fn equations(vector: Vector) -> Equations {
    let weights = Weights::of(vector);
    let base = weights.base(weights.base_impact());
    let temporal = weights.temporal(base);
    let adjusted = weights.temporal(weights.base(weights.adjusted_impact()));
    let environmental = Score::clamped(weights.environmental(adjusted));
    Equations {
        base: Score::clamped(base),
        temporal: Score::clamped(temporal),
        environmental,
        all: environmental,
    }
}

pub(crate) fn sub_scores(vector: Vector) -> SubScores {
    let weights = Weights::of(vector);
    let adjusted = || SubScore::from_fixed(weights.adjusted_impact(), 17);
    SubScores {
        impact: SubScore::from_fixed(weights.base_impact(), 17),
        exploitability: SubScore::from_fixed(weights.exploitability(), 8),
        environmental_impact: vector.has_environmental().then(adjusted),
        environmental_exploitability: None,
    }
}
