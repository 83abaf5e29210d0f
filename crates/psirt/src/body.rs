//! What is sealed in the journal: `{kind, v, at, approved_by, report, data}`, and its reading for ever.
//!
//! Owns the stored shapes. An old shape is read by an up-cast here, never rewritten; an unknown kind or version is an error that names the
//! version of Candor that is needed, because guessing would lose what somebody recorded.

use crate::advisory::AdvisoryEvent;
use crate::event::Event;
use crate::finding::FindingEvent;
use crate::house::{HouseEvent, ReportEvent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod upcast;

/// The greatest version of a shape that this code reads.
pub const VERSION: u32 = 2;

/// A journal entry's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// When it happened.
    pub at: Timestamp,
    /// The second person, where an act needs two.
    pub approved_by: Option<String>,
    /// The number of the one report that it brought, or whose reporter it concerns.
    pub report: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened, by the kind of its stream.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// To a case.
    Case(Event),
    /// To a report.
    Report(ReportEvent),
    /// To an advisory.
    Advisory(AdvisoryEvent),
    /// To what scanners found in a product line.
    Finding(FindingEvent),
    /// To the house: brands, products, people, policies.
    House(HouseEvent),
}

impl What {
    const fn kind(&self) -> &'static str {
        match self {
            What::Case(_) => "case",
            What::Report(_) => "report",
            What::Advisory(_) => "advisory",
            What::Finding(_) => "finding",
            What::House(_) => "house",
        }
    }
}

/// The version in which this code writes a kind; none for a kind that it does not know.
fn version_of(kind: &str) -> Option<u32> {
    match kind {
        "report" => Some(2),
        "case" | "advisory" | "finding" | "house" => Some(1),
        _ => None,
    }
}

/// A body that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It was written by a newer Candor.
    #[error(
        "the journal holds `{kind}` in version {v}; this Candor reads up to version {VERSION}: use the Candor that wrote it, or a newer one"
    )]
    Newer {
        /// The kind.
        kind: String,
        /// Its version.
        v: u32,
    },
    /// It is no body at all.
    #[error("a journal entry cannot be read: {0}; run `candor journal verify`, which says whether it was changed")]
    Broken(String),
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    kind: String,
    v: u32,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approved_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    report: Option<String>,
    data: serde_json::Value,
}

impl Body {
    /// The bytes that are sealed.
    ///
    /// # Errors
    /// Only if a value cannot be written as JSON, which the types rule out but for numbers that JSON lacks.
    pub fn encode(&self) -> Result<Vec<u8>, BodyError> {
        let broken = |error: serde_json::Error| BodyError::Broken(error.to_string());
        let data = match &self.what {
            What::Case(event) => serde_json::to_value(event),
            What::Report(event) => serde_json::to_value(event),
            What::Advisory(event) => serde_json::to_value(event),
            What::Finding(event) => serde_json::to_value(event),
            What::House(event) => serde_json::to_value(event),
        };
        let envelope = Envelope {
            kind: self.what.kind().to_owned(),
            v: version_of(self.what.kind()).unwrap_or(VERSION),
            at: self.at,
            approved_by: self.approved_by.clone(),
            report: self.report.clone(),
            data: data.map_err(broken)?,
        };
        serde_json::to_vec(&envelope).map_err(broken)
    }

    /// Reads the bytes of any version that ever was.
    ///
    /// # Errors
    /// A newer or an unknown shape.
    pub fn decode(bytes: &[u8]) -> Result<Body, BodyError> {
        let broken = |error: serde_json::Error| BodyError::Broken(error.to_string());
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(broken)?;
        let newer = || BodyError::Newer {
            kind: envelope.kind.clone(),
            v: envelope.v,
        };
        let current = version_of(&envelope.kind).filter(|current| envelope.v <= *current);
        let current = current.ok_or_else(newer)?;
        let data = upcast::to(current, &envelope.kind, envelope.v, envelope.data.clone());
        let what = match envelope.kind.as_str() {
            "case" => What::Case(serde_json::from_value(data).map_err(broken)?),
            "report" => What::Report(serde_json::from_value(data).map_err(broken)?),
            "advisory" => What::Advisory(serde_json::from_value(data).map_err(broken)?),
            "finding" => What::Finding(serde_json::from_value(data).map_err(broken)?),
            "house" => What::House(serde_json::from_value(data).map_err(broken)?),
            _ => return Err(newer()),
        };
        Ok(Body {
            at: envelope.at,
            approved_by: envelope.approved_by,
            report: envelope.report,
            what,
        })
    }
}

#[cfg(test)]
mod tests;
