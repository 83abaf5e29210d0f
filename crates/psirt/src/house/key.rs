//! The keys of a brand: what they are for, how they came, and how they end.
//!
//! Owns the words and what is stored of them. Never reads a key: `openpgp` does, for those who record it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// It signs what is published.
    #[default]
    Sign,
    /// Reports are encrypted to it.
    Intake,
}

impl KeyUse {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyUse::Sign => "signing",
            KeyUse::Intake => "intake",
        }
    }
}

/// Why a key is no longer used (RFC 9580 §5.2.3.31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyReason {
    /// Another one took its place; what it signed before stays good.
    Superseded,
    /// It is no longer used; what it signed before stays good.
    Retired,
    /// Somebody else may have it: nothing that it ever signed counts.
    Compromised,
}

impl KeyReason {
    /// Every reason.
    pub const ALL: [KeyReason; 3] = [KeyReason::Superseded, KeyReason::Retired, KeyReason::Compromised];

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyReason::Superseded => "superseded",
            KeyReason::Retired => "retired",
            KeyReason::Compromised => "compromised",
        }
    }
}

/// A key that a brand got.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedKey {
    /// The brand.
    pub brand: String,
    /// What it is for.
    pub purpose: KeyUse,
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// The armoured public key.
    pub public: String,
    /// The secret key, base64; empty where another machine has it. The event's body is sealed like every other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub secret: String,
    /// Whether it was made elsewhere.
    #[serde(default)]
    pub imported: bool,
    /// Its end; none for ever.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// Never prints the secret.
impl std::fmt::Debug for AddedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddedKey")
            .field("brand", &self.brand)
            .field("purpose", &self.purpose)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
