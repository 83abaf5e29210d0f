//! One vector: the chosen value of every metric, packed into sixteen bytes, and what can be asked of it.
//! Reading a vector from text is `parse`; the equations are in `v2`, `v3` and `v4`.

use std::fmt;
use std::str::FromStr;

use crate::metric::{Metric, Value};
use crate::parse::{self, ParseError};
use crate::score::Score;
use crate::v4::MacroVector;
use crate::version::Version;
use crate::{v2, v3, v4};

/// A valid CVSS vector of one of the four versions.
///
/// "Not defined" is the same as left out: `E:X` and no `E` at all give equal vectors and one canonical form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vector {
    /// Three bits for each metric in the order of its version's table (the place of the value in the metric's list), and the
    /// version above them.
    bits: u128,
}

/// Where the version stands in [`Vector::bits`], above 32 metrics of three bits.
const VERSION_SHIFT: u32 = 96;

impl Vector {
    /// Reads a vector, strictly: the metrics in any order, each at most once, all mandatory ones present, in exact case.
    ///
    /// # Errors
    /// [`ParseError`] says at which byte, in which metric, and why.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::vector(text)
    }

    pub(crate) const fn new(version: Version, values: u128) -> Self {
        Self {
            bits: values | (version as u128) << VERSION_SHIFT,
        }
    }

    /// The place of the chosen value in the list of the metric at `place`.
    pub(crate) const fn chosen(self, place: usize) -> usize {
        (self.bits >> (3 * place)) as usize & 0b111
    }

    /// The version.
    pub const fn version(self) -> Version {
        match self.bits >> VERSION_SHIFT {
            0 => Version::V2_0,
            1 => Version::V3_0,
            2 => Version::V3_1,
            _ => Version::V4_0,
        }
    }

    /// Every metric with its value, in the specification's order, not-defined ones included.
    pub fn metrics(self) -> impl Iterator<Item = (&'static Metric, &'static Value)> {
        let table = self.version().metrics().iter().enumerate();
        table.filter_map(move |(place, metric)| Some((metric, metric.values.get(self.chosen(place))?)))
    }

    /// Every metric with a defined value, in the specification's order: what [`canonical`](Self::canonical) prints.
    pub fn defined(self) -> impl Iterator<Item = (&'static Metric, &'static Value)> {
        self.metrics()
            .filter(|(metric, value)| metric.is_mandatory() || metric.values.first() != Some(*value))
    }

    /// The value of the metric with this abbreviation (`AV`), if the version has it. Not defined is a value, too.
    pub fn value(self, code: &str) -> Option<&'static Value> {
        let (_, value) = self.metrics().find(|(metric, _)| metric.code == code)?;
        Some(value)
    }

    /// The one canonical text: prefix, then the defined metrics in the specification's order. Not-defined metrics (`X`, `ND`)
    /// are left out. `Display` prints the same.
    pub fn canonical(self) -> String {
        self.to_string()
    }

    /// Whether a temporal metric (2.0, 3.x) or the threat metric (4.0) is defined.
    pub const fn has_temporal(self) -> bool {
        self.bits & self.version().index().temporal != 0
    }

    /// Whether an environmental metric is defined. Where none is, no environmental score may be shown: for some vectors of
    /// 3.1 the environmental equation gives 0.1 more than the base equation although nothing about an environment is said.
    pub const fn has_environmental(self) -> bool {
        self.bits & self.version().index().environmental != 0
    }

    /// The scores that this vector states.
    pub fn scores(self) -> Scores {
        let equations = self.equations();
        let temporal = self.has_temporal().then_some(equations.temporal);
        let environmental = self.has_environmental().then_some(equations.environmental);
        let overall = match self.version() {
            Version::V4_0 => equations.all,
            _ => environmental.or(temporal).unwrap_or(equations.base),
        };
        Scores {
            base: equations.base,
            temporal,
            environmental,
            overall,
        }
    }

    /// What every equation gives, groups without a defined metric included. For comparing calculators; to show or publish a
    /// score, take [`scores`](Self::scores).
    pub fn equations(self) -> Equations {
        match self.version() {
            Version::V2_0 => v2::equations(self),
            Version::V3_0 => v3::equations::<false>(self),
            Version::V3_1 => v3::equations::<true>(self),
            Version::V4_0 => v4::equations(self),
        }
    }

    /// The name that 4.0 gives to the score of this vector; `None` for the other versions.
    pub const fn nomenclature(self) -> Option<Nomenclature> {
        match (self.version(), self.has_temporal(), self.has_environmental()) {
            (Version::V4_0, false, false) => Some(Nomenclature::B),
            (Version::V4_0, true, false) => Some(Nomenclature::Bt),
            (Version::V4_0, false, true) => Some(Nomenclature::Be),
            (Version::V4_0, true, true) => Some(Nomenclature::Bte),
            _ => None,
        }
    }

    /// The parts of the base score (and of the environmental score, if defined); `None` for 4.0, which has none.
    pub fn sub_scores(self) -> Option<SubScores> {
        match self.version() {
            Version::V2_0 => Some(v2::sub_scores(self)),
            Version::V3_0 => Some(v3::sub_scores::<false>(self)),
            Version::V3_1 => Some(v3::sub_scores::<true>(self)),
            Version::V4_0 => None,
        }
    }

    /// The macrovector of the whole vector, threat and environment included; `None` for versions before 4.0.
    pub const fn macrovector(self) -> Option<MacroVector> {
        match self.version() {
            Version::V4_0 => Some(v4::macrovector(self)),
            _ => None,
        }
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.version().prefix())?;
        for (i, (metric, value)) in self.defined().enumerate() {
            let slash = if i == 0 { "" } else { "/" };
            write!(f, "{slash}{}:{}", metric.code, value.code)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vector({self})")
    }
}

impl FromStr for Vector {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// The scores that a vector states: a group without a defined metric has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// The base score; in 4.0 CVSS-B.
    pub base: Score,
    /// The temporal score; in 4.0 CVSS-BT, base with threat.
    pub temporal: Option<Score>,
    /// The environmental score, which in 2.0 and 3.x includes the temporal metrics; in 4.0 CVSS-BE, base with environment alone.
    pub environmental: Option<Score>,
    /// The score of the whole vector: environmental, else temporal, else base; in 4.0 the one that
    /// [`Vector::nomenclature`] names.
    pub overall: Score,
}

/// The result of every equation, whether or not the vector defines a metric of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equations {
    /// Base equation; in 4.0 CVSS-B.
    pub base: Score,
    /// Temporal equation; in 4.0 CVSS-BT.
    pub temporal: Score,
    /// Environmental equation; in 4.0 CVSS-BE.
    pub environmental: Score,
    /// The equation over all metrics: in 4.0 CVSS-BTE, before that the environmental one again.
    pub all: Score,
}

/// How 4.0 names a score by the groups that took part in it (specification, section 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nomenclature {
    /// Base metrics alone.
    B,
    /// Base and threat metrics.
    Bt,
    /// Base and environmental metrics.
    Be,
    /// Base, threat and environmental metrics.
    Bte,
}

impl Nomenclature {
    /// The name: `CVSS-BTE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::B => "CVSS-B",
            Self::Bt => "CVSS-BT",
            Self::Be => "CVSS-BE",
            Self::Bte => "CVSS-BTE",
        }
    }
}

impl fmt::Display for Nomenclature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The parts from which 2.0, 3.0 and 3.1 make a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubScores {
    /// Impact of the base metrics. Zero or less means that the score is 0.0; shown as zero.
    pub impact: SubScore,
    /// Exploitability of the base metrics.
    pub exploitability: SubScore,
    /// Adjusted (2.0) or modified (3.x) impact, if an environmental metric is defined.
    pub environmental_impact: Option<SubScore>,
    /// Modified exploitability, if an environmental metric is defined; 2.0 has none.
    pub environmental_exploitability: Option<SubScore>,
}

/// A sub-score in thousandths, rounded half up. For people; no score is made from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubScore(u16);

impl SubScore {
    /// From a fixed-point number with `digits` decimals, at least three.
    pub(crate) fn from_fixed(value: i64, digits: u32) -> Self {
        let unit = 10_i64.pow(digits - 3);
        let thousandths = (value.max(0) + unit / 2) / unit;
        Self(u16::try_from(thousandths).unwrap_or(u16::MAX))
    }

    /// The sub-score in thousandths.
    pub const fn thousandths(self) -> u16 {
        self.0
    }
}

/// One decimal, as the calculators of FIRST and the NVD show sub-scores.
impl fmt::Display for SubScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 + 50) / 100;
        write!(f, "{}.{}", tenths / 10, tenths % 10)
    }
}

impl fmt::Debug for SubScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}
