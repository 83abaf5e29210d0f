//! FIRST's qualitative severity rating. A policy's own bands are something else and live elsewhere.

use std::fmt;

use crate::score::Score;
use crate::version::Version;

/// The qualitative severity rating of a score (3.x and 4.0: "Qualitative Severity Rating Scale").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 0.0; not used with 2.0.
    None,
    /// 0.1 to 3.9; with 2.0 from 0.0.
    Low,
    /// 4.0 to 6.9.
    Medium,
    /// 7.0 to 8.9; with 2.0 to 10.0.
    High,
    /// 9.0 to 10.0; not used with 2.0.
    Critical,
}

impl Severity {
    /// The rating of a score of the given version.
    pub const fn of(score: Score, version: Version) -> Self {
        let is_v2 = matches!(version, Version::V2_0);
        match score.tenths() {
            0 if !is_v2 => Self::None,
            0..=39 => Self::Low,
            40..=69 => Self::Medium,
            90.. if !is_v2 => Self::Critical,
            _ => Self::High,
        }
    }

    /// The word as a person reads it: `High`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }

    /// The word as the JSON schemas of FIRST spell it: `HIGH`.
    pub const fn json(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
