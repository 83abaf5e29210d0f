//! CVSS 2.0, 3.0, 3.1 and 4.0: strict vectors, canonical print, and scores exactly as the specifications' decimal arithmetic.
//!
//! ```text
//! let vector = cvss::Vector::parse("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")?;
//! vector.scores().base.to_string() == "9.8"
//! ```
//!
//! It owns the arithmetic and the words of the four specifications. It never reads, writes, asks the time or keeps state, and
//! it knows nothing of a policy's bands or of JSON. No step of a score uses floating point.

pub mod explain;
mod line;
mod metric;
mod parse;
mod score;
mod severity;
mod v2;
mod v3;
mod v4;
mod vector;
mod version;

pub use explain::{Explanation, explain};
pub use line::line;
pub use metric::{Group, Metric, Value};
pub use parse::{MAX_LEN, ParseError, Why};
pub use score::Score;
pub use severity::Severity;
pub use v4::MacroVector;
pub use vector::{Equations, Nomenclature, Scores, SubScore, SubScores, Vector};
pub use version::Version;

#[cfg(test)]
mod tests;
