//! Who may read a release: everybody, a level of TLP, or one party by its name.
//!
//! Owns the words and the labels. Never decides who gets something early: `case::refuse` does.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who may read a release. One release, one audience.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everybody: TLP:WHITE in CSAF 2.0.
    #[default]
    Public,
    /// Every customer who was let in up to this level.
    Tlp(Tlp),
    /// One customer alone, by its id. Its documents are TLP:RED.
    Party(String),
}

/// A level of the Traffic Light Protocol for what is not public, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tlp {
    /// The recipients' community.
    Green,
    /// The recipients' organisations and their clients.
    Amber,
    /// The recipients alone.
    Red,
}

impl Tlp {
    /// Every level, the widest first.
    pub const ALL: [Tlp; 3] = [Tlp::Green, Tlp::Amber, Tlp::Red];

    /// The word of a setting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Tlp::Green => "green",
            Tlp::Amber => "amber",
            Tlp::Red => "red",
        }
    }

    /// CSAF 2.0's label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Tlp::Green => "GREEN",
            Tlp::Amber => "AMBER",
            Tlp::Red => "RED",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Tlp> {
        Tlp::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl Audience {
    /// Whether it is everybody.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        matches!(self, Audience::Public)
    }

    /// The label of its documents in CSAF 2.0 (§3.2.1.5.2).
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Audience::Public => "WHITE",
            Audience::Tlp(level) => level.label(),
            Audience::Party(_) => Tlp::Red.label(),
        }
    }

    /// The audience of a word: `public`, `tlp:amber`, `party:acme`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Audience> {
        if name == "public" {
            return Some(Audience::Public);
        }
        if let Some(level) = name.strip_prefix("tlp:") {
            return Tlp::from_name(level).map(Audience::Tlp);
        }
        let party = name.strip_prefix("party:").filter(|party| !party.is_empty())?;
        Some(Audience::Party(party.to_owned()))
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Audience::Public => f.write_str("public"),
            Audience::Tlp(level) => write!(f, "tlp:{}", level.name()),
            Audience::Party(name) => write!(f, "party:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_word(word: &str, label: &str) {
        let audience = Audience::from_name(word).unwrap();
        assert_eq!((audience.to_string().as_str(), audience.label()), (word, label));
        let stored = serde_json::to_string(&audience).unwrap();
        assert_eq!(serde_json::from_str::<Audience>(&stored).unwrap(), audience);
    }

    #[test]
    fn an_audience_has_a_word_and_a_label() {
        check_word("public", "WHITE");
        check_word("tlp:green", "GREEN");
        check_word("tlp:amber", "AMBER");
        check_word("tlp:red", "RED");
        check_word("party:acme", "RED");
        for word in ["", "tlp:", "tlp:white", "tlp:amber+strict", "party:", "amber", "Public"] {
            assert_eq!(Audience::from_name(word), None, "{word}");
        }
    }

    #[test]
    fn what_was_public_reads_as_public() {
        assert_eq!(
            serde_json::from_str::<Audience>("\"public\"").unwrap(),
            Audience::Public
        );
    }
}
