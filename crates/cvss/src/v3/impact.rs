//! The impact of CVSS 3.0 and 3.1 for every combination of losses, computed at compile time because of the fifteenth power in
//! it. Owns the impact equations and nothing else.

/// The impact of one combination of three losses.
#[derive(Clone, Copy)]
pub(crate) struct Impact {
    /// ISS, the impact sub-score base: 1 − (1 − C)(1 − I)(1 − A), at most 0.915, in 10⁻⁹.
    pub(crate) base: i64,
    /// 6.42 × ISS, in 10⁻¹⁵: impact in an unchanged scope.
    pub(crate) unchanged: i64,
    /// 1.08 times the impact in a changed scope, in 10⁻¹⁵, rounded up as `Roundup` of 3.0 will do:
    /// 7.52 × (ISS − 0.029) − 3.25 × (ISS − 0.02)¹⁵.
    pub(crate) changed: i64,
    /// The same with 3.1's equation for the environmental score, rounded down as `Roundup` of 3.1 begins:
    /// 7.52 × (ISS − 0.029) − 3.25 × (ISS × 0.9731 − 0.02)¹³.
    pub(crate) changed_new: i64,
}

/// Decimals of [`Impact::sub_score`].
pub(crate) const SUB_SCORE_DIGITS: u32 = 15;

impl Impact {
    /// The impact sub-score in 10⁻¹⁵, for showing.
    pub(crate) const fn sub_score(&self, changed: bool, new: bool) -> i64 {
        match (changed, new) {
            _ if self.base == 0 => 0,
            (false, _) => self.unchanged,
            (true, false) => self.changed * 100 / 108,
            (true, true) => self.changed_new * 100 / 108,
        }
    }
}

/// The losses that impact (0, 0.22, 0.56) times requirement (0.5, 1, 1.5) can make, in thousandths.
const LOSSES: [i64; 7] = [0, 110, 220, 330, 280, 560, 840];

/// The place of a loss in [`LOSSES`].
const fn class(loss: i64) -> usize {
    match loss {
        110 => 1,
        220 => 2,
        330 => 3,
        280 => 4,
        560 => 5,
        840 => 6,
        _ => 0,
    }
}

/// The impact of three losses in thousandths, each one of [`LOSSES`].
pub(crate) const fn row(losses: [i64; 3]) -> &'static Impact {
    let [c, i, a] = losses;
    &TABLE[class(c)][class(i)][class(a)]
}

static TABLE: [[[Impact; 7]; 7]; 7] = {
    let mut table = [[[compute([0; 3]); 7]; 7]; 7];
    let mut c = 0;
    while c < 7 {
        let mut i = 0;
        while i < 7 {
            let mut a = 0;
            while a < 7 {
                table[c][i][a] = compute([LOSSES[c], LOSSES[i], LOSSES[a]]);
                a += 1;
            }
            i += 1;
        }
        c += 1;
    }
    table
};

const fn compute([c, i, a]: [i64; 3]) -> Impact {
    let uncapped = 1_000_000_000 - (1000 - c) * (1000 - i) * (1000 - a);
    let base = if uncapped < 915_000_000 { uncapped } else { 915_000_000 };
    if base == 0 {
        return Impact {
            base,
            unchanged: 0,
            changed: 0,
            changed_new: 0,
        };
    }
    let iss = base as i128;
    let line = 752 * (iss - 29_000_000) * 10_000_000;
    let old = line - 325 * power((iss - 20_000_000) * 1_000_000_000, 15) / 100;
    let new = line - 325 * power(iss * 9731 * 100_000 - 20_000_000_000_000_000, 13) / 100;
    Impact {
        base,
        unchanged: base * 642 * 10_000,
        changed: ((108 * old + 99_999) / 100_000) as i64,
        changed_new: (108 * new / 100_000) as i64,
    }
}

/// xⁿ for 0 ≤ x ≤ 1, both in 10⁻¹⁸. Every step rounds down; the error stays below n × 10⁻¹⁸. No score can tell: a test
/// compares every possible one with exact arithmetic.
const fn power(x: i128, n: u32) -> i128 {
    const ONE: i128 = 1_000_000_000_000_000_000;
    let mut power = ONE;
    let mut i = 0;
    while i < n {
        power = power * x / ONE;
        i += 1;
    }
    power
}
