//! The six signals beside a case's phase (Vultron): what the vendor has done, and what the world knows.
//!
//! Never guesses: a signal is an event, and carries its evidence.

use crate::clock::facts::CaseFacts;
use crate::event::Kind;
use jiff::Timestamp;

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The vendor knows.
    VendorAware,
    /// A fix exists.
    FixReady,
    /// Customers have the fix.
    FixDeployed,
    /// Details are public.
    Public,
    /// An exploit is public.
    ExploitPublic,
    /// Attacks were seen.
    AttacksSeen,
}

impl Signal {
    /// Every signal, in the model's order.
    pub const ALL: [Signal; 6] = [
        Signal::VendorAware,
        Signal::FixReady,
        Signal::FixDeployed,
        Signal::Public,
        Signal::ExploitPublic,
        Signal::AttacksSeen,
    ];

    /// Its words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Signal::VendorAware => "vendor aware",
            Signal::FixReady => "fix ready",
            Signal::FixDeployed => "fix deployed",
            Signal::Public => "public",
            Signal::ExploitPublic => "exploit public",
            Signal::AttacksSeen => "attacks seen",
        }
    }

    const fn kinds(self) -> &'static [Kind] {
        match self {
            // Who has a fix knew, whenever the report came.
            Signal::VendorAware => &[
                Kind::Received,
                Kind::ReportJoined,
                Kind::FixReady,
                Kind::FixReleased,
                Kind::FixDeployed,
            ],
            Signal::FixReady => &[Kind::FixReady, Kind::FixReleased, Kind::FixDeployed],
            Signal::FixDeployed => &[Kind::FixReleased, Kind::FixDeployed],
            // Who can read the exploit knows the details.
            Signal::Public => &[Kind::MadePublic, Kind::ExploitPublic, Kind::AdvisoryPublished],
            Signal::ExploitPublic => &[Kind::ExploitPublic],
            Signal::AttacksSeen => &[Kind::AttacksSeen],
        }
    }

    /// Since when it stands, if it does.
    #[must_use]
    pub fn since(self, case: &CaseFacts, now: Timestamp) -> Option<Timestamp> {
        let kinds = self.kinds();
        case.marks
            .iter()
            .find(|mark| kinds.contains(&mark.kind) && mark.stands(now))
            .map(|mark| mark.at)
    }
}
