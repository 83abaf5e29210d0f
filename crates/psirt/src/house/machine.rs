//! Machines that report: scanners, and portals where customers open cases. Their tokens, and what each token is for.
//!
//! Owns what a token says. Never holds a secret: its digest is here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a machine reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineKind {
    /// Runs over builds: what it finds stands on a list until a person promotes it.
    Scanner,
    /// The vendor's portal for its customers: each report opens a case.
    Portal,
}

impl MachineKind {
    /// Every kind.
    pub const ALL: [MachineKind; 2] = [MachineKind::Scanner, MachineKind::Portal];

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MachineKind::Scanner => "scanner",
            MachineKind::Portal => "portal",
        }
    }
}

/// A token of a machine, which never changes what it is for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineToken {
    /// Unique in the house; says nothing of the secret.
    pub id: String,
    /// Whose it is: lower-case words joined by `-`. A machine may have several tokens, one after the other.
    pub machine: String,
    /// What it reports.
    pub kind: MachineKind,
    /// The brand that it reports to.
    pub brand: String,
    /// The product lines that it reports on; none for all of the brand.
    pub products: Vec<String>,
    /// After so many complete runs without it a finding is gone.
    pub clean_runs: u32,
    /// SHA-256 of the secret, in lower-case hexadecimal digits.
    pub sha256: String,
    /// From then on it opens nothing.
    pub until: Timestamp,
}

impl std::fmt::Debug for MachineToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MachineToken")
            .field("machine", &self.machine)
            .field("kind", &self.kind)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}
