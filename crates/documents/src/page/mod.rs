//! What the public pages say, as plain strings: every date, severity and range is already in words, every link relative to the page.
//!
//! Never makes HTML: `publish` does, and escapes what it prints. What does not work yet is not in the model.

mod advisory;
mod formats;
mod history;
mod index;
pub mod markup;
mod policy;
mod report;
pub mod reworded;
mod thanks;
mod vulnerability;
pub(crate) mod words;

pub(crate) use advisory::severity;
pub use advisory::{AdvisoryPage, Clause, Fact, Moment, Sign};
pub use formats::{Format, Proof};
pub use history::{ChangeNote, HistoryPage, VersionNote};
pub(crate) use index::why_not;
pub use index::{Facet, Facets, IndexPage, Kind, Listed, PAGE_ENTRIES, PRODUCTS_SHOWN, Row, Sheet, Year, lists};
pub use policy::{KeptNote, PolicyPage, ReadingNote, Reports, RuleText, Section};
pub use report::{KeyRow, ReportPage, ShownKey};
pub use thanks::{Thanked, ThanksPage};
pub use vulnerability::{ProductRow, ScoreCard, Step, VulnerabilityPart};

use jiff::tz::TimeZone;
use psirt::policy::{BandsFrom, Policy};
use std::collections::BTreeSet;

/// What a page takes from its brand's policy: the zone of its dates, and the clauses that can be linked to.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The zone in which dates are shown.
    pub zone: TimeZone,
    /// The policy's id and version, if it has a page.
    pub policy: Option<(String, String)>,
    /// The clauses of that page, without their sign.
    pub clauses: BTreeSet<String>,
    /// The scores from which the band comes.
    pub bands_from: BandsFrom,
    /// Whether the calculator is served.
    pub dynamic: bool,
}

impl Setting {
    /// The setting of a brand with this policy.
    #[must_use]
    pub fn of(policy: Option<&Policy>) -> Setting {
        Setting {
            zone: policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone()),
            policy: policy.map(|policy| (policy.front.id.clone(), policy.front.version.clone())),
            clauses: policy
                .into_iter()
                .flat_map(|policy| &policy.clauses)
                .map(|clause| clause.id.clone())
                .collect(),
            bands_from: policy.map_or(BandsFrom::Base, |policy| policy.front.bands_from),
            dynamic: false,
        }
    }
}
