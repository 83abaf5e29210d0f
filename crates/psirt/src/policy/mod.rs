//! The policy: a file of prose and blocks, read into values that run.
//!
//! Owns the file format, its checks and its explanation. Never looks at a case and knows no clock: `check` judges as of the
//! policy's own effective date.

pub mod adoption;
mod apply;
pub mod block;
mod check;
pub mod diff;
pub mod explain;
pub mod fact;
mod fields;
pub mod finding;
mod front;
pub mod hint;
pub mod length;
mod markdown;
mod phrase;
mod read;
#[cfg(test)]
mod tests;
mod tree;
pub mod word;

pub use explain::{Explained, explain};
pub use finding::{Finding, Severity};
pub use phrase::deed;
pub use read::{read, read_with};

use crate::clock::calendar::Calendar;
use block::{
    access::Access, bands::Bands, define::Define, gate::Gate, intake::Intake, list::List, notice::Notice,
    priority::Priority, promise::Promise, publish::Publish, reading::Reading, scope::Scope, vocabulary::Vocabulary,
};
use jiff::{Timestamp, civil};

/// A policy that has been read. It may still have findings: `read` returns them beside it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What stands between the `+++` lines.
    pub front: Front,
    /// When the house adopted it; nothing for a file.
    pub adopted: Option<Timestamp>,
    /// The clauses in the order of the file, with their prose.
    pub clauses: Vec<Clause>,
    /// Clocks, with every decided reading already applied.
    pub promises: Vec<Promise>,
    /// Decided ambiguities.
    pub readings: Vec<Reading>,
    /// Score to band. A policy has one; an overlay has none.
    pub bands: Option<Bands>,
    /// Questions of triage.
    pub scopes: Vec<Scope>,
    /// Judged facts.
    pub defines: Vec<Define>,
    /// What a report should hold.
    pub intakes: Vec<Intake>,
    /// Texts that are accepted by version.
    pub notices: Vec<Notice>,
    /// Refusals before an action.
    pub gates: Vec<Gate>,
    /// Vehicles of publication.
    pub publishes: Vec<Publish>,
    /// Announce lists.
    pub lists: Vec<List>,
    /// Who may see.
    pub accesses: Vec<Access>,
    /// Work list and defects.
    pub priorities: Vec<Priority>,
    /// Closed terms.
    pub vocabularies: Vec<Vocabulary>,
    /// Working time.
    pub calendars: Vec<Calendar>,
}

/// The front matter.
#[derive(Clone, Debug)]
pub struct Front {
    /// Lower-case words joined by `-`.
    pub id: String,
    /// As the vendor numbers it.
    pub version: String,
    /// From this date it holds.
    pub effective: civil::Date,
    /// A policy, or an overlay added by market.
    pub kind: PolicyKind,
    /// What the public page is called.
    pub title: String,
    /// Whose products it governs.
    pub brand: String,
    /// Markets that select an overlay.
    pub market: Vec<String>,
    /// The zone in which days and months are counted.
    pub zone: jiff::tz::TimeZone,
    /// The zone's IANA name.
    pub zone_name: String,
    /// The last second of a day (D4).
    pub day_ends: civil::Time,
    /// Accepted CVSS versions, the deciding one first.
    pub cvss: Vec<cvss::Version>,
    /// Whether the temporal group moves the band (T16: never the environmental one).
    pub bands_from: BandsFrom,
    /// The calendar for working time and for rolling to a working day.
    pub calendar: Option<String>,
}

/// Policy or overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// A vendor's own policy.
    Policy,
    /// Duties added by market.
    Overlay,
}

/// The group of scores from which the band comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandsFrom {
    /// The base score.
    Base,
    /// The temporal (threat) score, where the vector has one.
    BaseTemporal,
}

/// A numbered sentence of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The number without its sign: `N3`, `2.1.1`.
    pub id: String,
    /// The prose, blocks left out, as Markdown.
    pub prose: String,
    /// The heading under which it stands.
    pub heading: String,
    /// Line of its `§` in the file, from 1.
    pub line: u32,
    /// Why it makes Candor do nothing, if it says so.
    pub none: Option<String>,
}

impl Policy {
    /// Whether it tells of vulnerabilities of this band in release notes.
    #[must_use]
    pub fn tells_in_release_notes(&self, band: &str) -> bool {
        let place = self
            .bands
            .as_ref()
            .and_then(|bands| bands.bands.iter().position(|one| one.id == band));
        let Some(value) = place.and_then(|place| fact::Value::try_from(place).ok()) else {
            return false;
        };
        let told = |publish: &Publish| {
            publish.vehicle == block::publish::Vehicle::ReleaseNote
                && publish.when.asks(fact::Fact::Band)
                && publish.when.accepts(fact::Fact::Band, value)
        };
        self.publishes.iter().any(told)
    }

    /// A policy that says nothing yet.
    fn empty(front: Front) -> Policy {
        Policy {
            front,
            adopted: None,
            clauses: Vec::new(),
            promises: Vec::new(),
            readings: Vec::new(),
            bands: None,
            scopes: Vec::new(),
            defines: Vec::new(),
            intakes: Vec::new(),
            notices: Vec::new(),
            gates: Vec::new(),
            publishes: Vec::new(),
            lists: Vec::new(),
            accesses: Vec::new(),
            priorities: Vec::new(),
            vocabularies: Vec::new(),
            calendars: Vec::new(),
        }
    }

    /// The same policy without a clause and all that stands under it. A reading under it is no longer named by any proof;
    /// what it had set elsewhere stays set.
    #[must_use]
    pub fn without_clause(&self, id: &str) -> Policy {
        let id = id.strip_prefix('§').unwrap_or(id);
        let mut policy = self.clone();
        policy.clauses.retain(|clause| clause.id != id);
        policy.promises.retain(|block| block.clause != id);
        policy.bands = policy.bands.filter(|block| block.clause != id);
        policy.scopes.retain(|block| block.clause != id);
        policy.defines.retain(|block| block.clause != id);
        policy.intakes.retain(|block| block.clause != id);
        policy.notices.retain(|block| block.clause != id);
        policy.gates.retain(|block| block.clause != id);
        policy.publishes.retain(|block| block.clause != id);
        policy.lists.retain(|block| block.clause != id);
        policy.accesses.retain(|block| block.clause != id);
        policy.priorities.retain(|block| block.clause != id);
        policy.vocabularies.retain(|block| block.clause != id);
        policy.calendars.retain(|block| block.clause != id);
        policy.readings.retain(|block| block.clause != id);
        let readings = &policy.readings;
        for promise in &mut policy.promises {
            promise
                .readings
                .retain(|named| readings.iter().any(|reading| reading.id == *named));
        }
        policy
    }

    /// The calendar that the policy counts working time with.
    #[must_use]
    pub fn calendar(&self) -> Option<&Calendar> {
        let id = self.front.calendar.as_deref()?;
        self.calendars.iter().find(|calendar| calendar.id == id)
    }

    /// The clause with this number.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// The promise with this id, or else the first one under the clause of this number (with or without its sign).
    #[must_use]
    pub fn promise(&self, name: &str) -> Option<&Promise> {
        let clause = name.strip_prefix('§').unwrap_or(name);
        self.promises
            .iter()
            .find(|promise| promise.id == name)
            .or_else(|| self.promises.iter().find(|promise| promise.clause == clause))
    }
}
