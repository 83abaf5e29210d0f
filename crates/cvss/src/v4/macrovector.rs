//! Macrovectors of CVSS 4.0: the equivalence classes EQ1 to EQ6, the distance of a vector from the most severe one of its
//! class, and the interpolation between them. It knows severities, not vectors.

use std::fmt;

use super::lookup::LOOKUP;
use crate::score::Score;

/// The six equivalence classes of a vector, each from 0 (most severe) to 2, or to 1 for EQ2 and EQ6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MacroVector {
    eq1: u8,
    eq2: u8,
    eq36: u8,
    eq4: u8,
    eq5: u8,
}

/// EQ3 and EQ6 of the five combinations that exist.
const EQ3_EQ6: [(u8, u8); 5] = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)];

/// What the classes EQ1 to EQ6 stand for.
pub(crate) const EQS: [&str; 6] = [
    "exploitability",
    "complexity",
    "vulnerable system",
    "subsequent systems",
    "exploitation",
    "security requirements",
];

impl MacroVector {
    /// EQ1 to EQ6.
    pub const fn levels(self) -> [u8; 6] {
        let (eq3, eq6) = EQ3_EQ6[self.eq36 as usize % 5];
        [self.eq1, self.eq2, eq3, self.eq4, self.eq5, eq6]
    }

    /// The score of the most severe vector of this macrovector.
    pub const fn score(self) -> Score {
        Score::clamped(self.tenths() as i64)
    }

    const fn tenths(self) -> i32 {
        LOOKUP[self.eq1 as usize][self.eq2 as usize][self.eq36 as usize][self.eq4 as usize][self.eq5 as usize] as i32
    }

    /// The next lower macrovector in each of EQ1, EQ2, EQ3 with EQ6, EQ4, EQ5; `None` where this is the lowest. From EQ3 = 0,
    /// EQ6 = 0 two lead down; the one with the higher score counts.
    const fn lower(self) -> [Option<Self>; 5] {
        let eq36 = match self.eq36 {
            0 => {
                let [left, right] = [Self { eq36: 1, ..self }, Self { eq36: 2, ..self }];
                Some(if left.tenths() >= right.tenths() { left } else { right })
            }
            1 | 2 => Some(Self { eq36: 3, ..self }),
            3 => Some(Self { eq36: 4, ..self }),
            _ => None,
        };
        [
            if self.eq1 < 2 {
                Some(Self {
                    eq1: self.eq1 + 1,
                    ..self
                })
            } else {
                None
            },
            if self.eq2 < 1 {
                Some(Self {
                    eq2: self.eq2 + 1,
                    ..self
                })
            } else {
                None
            },
            eq36,
            if self.eq4 < 2 {
                Some(Self {
                    eq4: self.eq4 + 1,
                    ..self
                })
            } else {
                None
            },
            if self.eq5 < 2 {
                Some(Self {
                    eq5: self.eq5 + 1,
                    ..self
                })
            } else {
                None
            },
        ]
    }
}

/// The six digits: `000200`.
impl fmt::Display for MacroVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.levels().iter().try_for_each(|level| write!(f, "{level}"))
    }
}

/// The metrics that make a macrovector, each as its severity: 0 is the most severe value, every step down adds 1.
#[derive(Clone, Copy)]
pub(crate) struct Severities {
    /// AV 0–3, PR 0–2, UI 0–2.
    pub(crate) exploitability: [usize; 3],
    /// AC 0–1, AT 0–1.
    pub(crate) complexity: [usize; 2],
    /// VC, VI, VA 0–2.
    pub(crate) vulnerable: [usize; 3],
    /// CR, IR, AR 0–2.
    pub(crate) requirement: [usize; 3],
    /// SC, SI, SA 0–3: Safety (never in SC), High, Low, None.
    pub(crate) subsequent: [usize; 3],
}

/// One class of a vector: its level, and how far the vector is from the most severe one of that level.
#[derive(Clone, Copy)]
struct Class {
    level: u8,
    distance: u8,
}

/// How a score comes about between macrovectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interpolation {
    /// Where the vector belongs.
    pub(crate) macrovector: MacroVector,
    /// The way down in each of EQ1, EQ2, EQ3 with EQ6, EQ4, EQ5, where there is one.
    pub(crate) steps: [Option<Descent>; 5],
    /// The score.
    pub(crate) score: Score,
}

/// The way from a macrovector to the next lower one, and how much of it the vector has gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descent {
    /// The next lower macrovector.
    pub(crate) to: MacroVector,
    /// How much lower its score is, in tenths.
    pub(crate) available: i32,
    /// Severity distance of the vector from the most severe one of its class.
    pub(crate) distance: i32,
    /// Depth of the class: one more than the greatest severity distance in it.
    pub(crate) depth: i32,
}

/// All depths divide this.
const COMMON: i32 = 840;

impl Severities {
    /// The macrovector with the given exploit maturity (0 Attacked, 1 Proof-of-Concept, 2 Unreported).
    pub(crate) const fn macrovector(&self, threat: usize) -> MacroVector {
        let (macrovector, _) = self.classes(threat);
        macrovector
    }

    /// The score with the given exploit maturity.
    pub(crate) const fn score(&self, threat: usize) -> Score {
        match self.interpolation(threat) {
            Some(interpolation) => interpolation.score,
            None => Score::ZERO,
        }
    }

    /// Section 8.2, exactly; `None` if nothing has an impact, which makes the score 0.0.
    pub(crate) const fn interpolation(&self, threat: usize) -> Option<Interpolation> {
        if matches!((self.vulnerable, self.subsequent), ([2, 2, 2], [3, 3, 3])) {
            return None;
        }
        let (macrovector, distances) = self.classes(threat);
        let depths = [
            DEPTH_1[macrovector.eq1 as usize],
            DEPTH_2[macrovector.eq2 as usize],
            DEPTH_36[macrovector.eq36 as usize],
            DEPTH_4[macrovector.eq4 as usize],
            1,
        ];
        let here = macrovector.tenths();
        let lower = macrovector.lower();
        let mut steps = [None; 5];
        let mut count = 0;
        let mut total = 0;
        let mut i = 0;
        while i < lower.len() {
            if let Some(to) = lower[i] {
                let available = here - to.tenths();
                let distance = distances[i] as i32;
                let depth = depths[i];
                steps[i] = Some(Descent {
                    to,
                    available,
                    distance,
                    depth,
                });
                count += 1;
                total += available * distance * (COMMON / depth);
            }
            i += 1;
        }
        // here − total / (COMMON × count), rounded half up.
        let tenths = if count == 0 {
            here
        } else {
            let unit = COMMON * count;
            (2 * (here * unit - total) + unit).div_euclid(2 * unit)
        };
        Some(Interpolation {
            macrovector,
            steps,
            score: Score::clamped(tenths as i64),
        })
    }

    /// The macrovector, and the distances in EQ1, EQ2, EQ3 with EQ6, EQ4, EQ5 (where it is always 0).
    const fn classes(&self, threat: usize) -> (MacroVector, [u8; 5]) {
        let [av, pr, ui] = self.exploitability;
        let [ac, at] = self.complexity;
        let [vc, vi, va] = self.vulnerable;
        let [cr, ir, ar] = self.requirement;
        let [sc, si, sa] = self.subsequent;
        let eq1 = CLASS_1[av][pr][ui];
        let eq2 = CLASS_2[ac][at];
        let eq36 = CLASS_36[vc][vi][va][cr][ir][ar];
        let eq4 = CLASS_4[sc][si][sa];
        let macrovector = MacroVector {
            eq1: eq1.level,
            eq2: eq2.level,
            eq36: eq36.level,
            eq4: eq4.level,
            eq5: threat as u8,
        };
        (
            macrovector,
            [eq1.distance, eq2.distance, eq36.distance, eq4.distance, 0],
        )
    }
}

// Depth of each level, and its most severe vectors (specification, section 8.2, tables 24 to 28).
const DEPTH_1: [i32; 3] = [1, 4, 5];
const MOST_SEVERE_1: [&[[usize; 3]]; 3] = [
    &[[0, 0, 0]],
    &[[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    &[[3, 0, 0], [1, 1, 1]],
];
const DEPTH_2: [i32; 2] = [1, 2];
const MOST_SEVERE_2: [&[[usize; 2]]; 2] = [&[[0, 0]], &[[1, 0], [0, 1]]];
const DEPTH_36: [i32; 5] = [7, 6, 8, 8, 10];
/// VC, VI, VA, CR, IR, AR.
const MOST_SEVERE_36: [&[[usize; 6]]; 5] = [
    &[[0, 0, 0, 0, 0, 0]],
    &[[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]],
    &[[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]],
    &[
        [1, 0, 1, 0, 1, 0],
        [1, 0, 0, 0, 1, 1],
        [0, 1, 0, 1, 0, 1],
        [0, 1, 1, 1, 0, 0],
        [1, 1, 0, 0, 0, 1],
    ],
    &[[1, 1, 1, 0, 0, 0]],
];
const DEPTH_4: [i32; 3] = [6, 5, 4];
const MOST_SEVERE_4: [&[[usize; 3]]; 3] = [&[[1, 0, 0]], &[[1, 1, 1]], &[[2, 2, 2]]];

const fn level_1([av, pr, ui]: [usize; 3]) -> usize {
    match (av, pr, ui) {
        (0, 0, 0) => 0,
        (3, _, _) => 2,
        (0, _, _) | (_, 0, _) | (_, _, 0) => 1,
        _ => 2,
    }
}

const fn level_2([ac, at]: [usize; 2]) -> usize {
    match (ac, at) {
        (0, 0) => 0,
        _ => 1,
    }
}

const fn level_36([vc, vi, va, cr, ir, ar]: [usize; 6]) -> usize {
    let eq6_is_0 = vc + cr == 0 || vi + ir == 0 || va + ar == 0;
    match (vc, vi, va) {
        (0, 0, _) => !eq6_is_0 as usize,
        (0, _, _) | (_, 0, _) | (_, _, 0) => 2 + !eq6_is_0 as usize,
        _ => 4,
    }
}

const fn level_4([sc, si, sa]: [usize; 3]) -> usize {
    match (sc, si, sa) {
        (_, 0, _) | (_, _, 0) => 0,
        (1, _, _) | (_, 1, _) | (_, _, 1) => 1,
        _ => 2,
    }
}

/// The class with its distance from the first of the most severe vectors that is at least as severe in every metric. Each
/// vector has one: otherwise this does not compile.
const fn class<const N: usize>(severities: [usize; N], level: usize, most_severe: &[[usize; N]]) -> Class {
    let mut candidate = 0;
    loop {
        let top = most_severe[candidate];
        let mut reaches = true;
        let mut distance = 0;
        let mut i = 0;
        while i < N {
            if severities[i] < top[i] {
                reaches = false;
                break;
            }
            distance += severities[i] - top[i];
            i += 1;
        }
        if reaches {
            return Class {
                level: level as u8,
                distance: distance as u8,
            };
        }
        candidate += 1;
    }
}

const BLANK: Class = Class { level: 0, distance: 0 };

static CLASS_1: [[[Class; 3]; 3]; 4] = {
    let mut table = [[[BLANK; 3]; 3]; 4];
    let mut i = 0;
    while i < 36 {
        let at = [i / 9, i / 3 % 3, i % 3];
        let level = level_1(at);
        table[at[0]][at[1]][at[2]] = class(at, level, MOST_SEVERE_1[level]);
        i += 1;
    }
    table
};

static CLASS_2: [[Class; 2]; 2] = {
    let mut table = [[BLANK; 2]; 2];
    let mut i = 0;
    while i < 4 {
        let at = [i / 2, i % 2];
        let level = level_2(at);
        table[at[0]][at[1]] = class(at, level, MOST_SEVERE_2[level]);
        i += 1;
    }
    table
};

/// One place for each combination of three severities from 0 to 2.
type Triple<T> = [[[T; 3]; 3]; 3];

static CLASS_36: Triple<Triple<Class>> = {
    let mut table = [[[[[[BLANK; 3]; 3]; 3]; 3]; 3]; 3];
    let mut i = 0;
    while i < 729 {
        let at = [i / 243, i / 81 % 3, i / 27 % 3, i / 9 % 3, i / 3 % 3, i % 3];
        let level = level_36(at);
        table[at[0]][at[1]][at[2]][at[3]][at[4]][at[5]] = class(at, level, MOST_SEVERE_36[level]);
        i += 1;
    }
    table
};

/// SC is never 0 (Safety).
static CLASS_4: [[[Class; 4]; 4]; 4] = {
    let mut table = [[[BLANK; 4]; 4]; 4];
    let mut i = 16;
    while i < 64 {
        let at = [i / 16, i / 4 % 4, i % 4];
        let level = level_4(at);
        table[at[0]][at[1]][at[2]] = class(at, level, MOST_SEVERE_4[level]);
        i += 1;
    }
    table
};
