//! A score: tenths between 0.0 and 10.0. It never rounds; the equations do.

use std::fmt;

use crate::severity::Severity;
use crate::version::Version;

/// A CVSS score between 0.0 and 10.0, kept in tenths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Score(u8);

impl Score {
    /// 0.0
    pub const ZERO: Self = Self(0);
    /// 10.0
    pub const MAX: Self = Self(100);

    /// The score of so many tenths; `None` above 100.
    pub const fn from_tenths(tenths: u8) -> Option<Self> {
        if tenths <= 100 { Some(Self(tenths)) } else { None }
    }

    /// The result of an equation, in tenths, brought into the range that every specification promises.
    pub(crate) const fn clamped(tenths: i64) -> Self {
        match tenths {
            ..=0 => Self::ZERO,
            1..=99 => Self(tenths as u8),
            100.. => Self::MAX,
        }
    }

    /// The score in tenths, 0 to 100.
    pub const fn tenths(self) -> u8 {
        self.0
    }

    /// The nearest `f64`, for formats whose numbers are floating point. Compare scores, not these.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// FIRST's word for this score. 2.0 has no words of its own; the usual three bands are those of the NVD.
    pub const fn severity(self, version: Version) -> Severity {
        Severity::of(self, version)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
