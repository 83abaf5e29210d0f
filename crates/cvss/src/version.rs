//! The versions of CVSS, and what each of them owns: its prefix and its metrics. It never scores.

use std::fmt;

use crate::metric::{Index, Metric};
use crate::{v2, v3, v4};

/// A version of the Common Vulnerability Scoring System.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// CVSS 2.0, *A Complete Guide to the Common Vulnerability Scoring System Version 2.0*.
    V2_0,
    /// CVSS 3.0.
    V3_0,
    /// CVSS 3.1.
    V3_1,
    /// CVSS 4.0.
    V4_0,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Self; 4] = [Self::V2_0, Self::V3_0, Self::V3_1, Self::V4_0];

    /// The number as documents write it: `2.0`, `3.0`, `3.1` or `4.0`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
            Self::V4_0 => "4.0",
        }
    }

    /// What stands before the first metric: empty for 2.0, else `CVSS:3.1/` and so on.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::V2_0 => "",
            Self::V3_0 => "CVSS:3.0/",
            Self::V3_1 => "CVSS:3.1/",
            Self::V4_0 => "CVSS:4.0/",
        }
    }

    /// Every metric of this version, in the order in which the specification prints them.
    pub const fn metrics(self) -> &'static [Metric] {
        match self {
            Self::V2_0 => v2::METRICS,
            Self::V3_0 | Self::V3_1 => v3::METRICS,
            Self::V4_0 => v4::METRICS,
        }
    }

    /// The metric with this abbreviation (`AV`), if this version has it.
    pub fn metric(self, code: &str) -> Option<&'static Metric> {
        self.metrics().iter().find(|metric| metric.code == code)
    }

    /// The same metrics, prepared for recognition.
    pub(crate) const fn index(self) -> &'static Index {
        match self {
            Self::V2_0 => &v2::INDEX,
            Self::V3_0 | Self::V3_1 => &v3::INDEX,
            Self::V4_0 => &v4::INDEX,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
