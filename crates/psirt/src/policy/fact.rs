//! The closed set of facts, their finite values, and the conjunctions over them.
//!
//! Owns what a `when` can ask. Never decides what a fact is worth in a case: that is `clock::facts`.

use std::fmt;

/// A fact that a rule can ask for. The set is closed, so that every check can enumerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// How the line runs: at the customer's or at the vendor's.
    Deployment,
    /// Whose code holds the flaw.
    Origin,
    /// The policy's own severity name.
    Band,
    /// Treatment class of a third-party vulnerability.
    Class,
    /// Whether the supplier of the component has released a fix.
    UpstreamFix,
    /// What is known about exploits.
    Exploit,
    /// Whether the vulnerability has gathered significant public attention.
    PublicAttention,
    /// What the investigation found.
    Verdict,
    /// Whether the policy covers the report.
    Scope,
    /// What kind of reporter sent it.
    Reporter,
    /// Whether the reporter wants to be named.
    Credit,
    /// Where the line is sold; selects overlays.
    Market,
    /// Whether the line is under active support.
    Supported,
}

impl Fact {
    /// Every fact, in the order of `docs/policy.md`.
    pub const ALL: [Fact; 13] = [
        Fact::Deployment,
        Fact::Origin,
        Fact::Band,
        Fact::Class,
        Fact::UpstreamFix,
        Fact::Exploit,
        Fact::PublicAttention,
        Fact::Verdict,
        Fact::Scope,
        Fact::Reporter,
        Fact::Credit,
        Fact::Market,
        Fact::Supported,
    ];

    /// The name in a policy file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Fact::Deployment => "deployment",
            Fact::Origin => "origin",
            Fact::Band => "band",
            Fact::Class => "class",
            Fact::UpstreamFix => "upstream-fix",
            Fact::Exploit => "exploit",
            Fact::PublicAttention => "public-attention",
            Fact::Verdict => "verdict",
            Fact::Scope => "scope",
            Fact::Reporter => "reporter",
            Fact::Credit => "credit",
            Fact::Market => "market",
            Fact::Supported => "supported",
        }
    }

    /// The fact of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Fact> {
        Fact::ALL.into_iter().find(|fact| fact.name() == name)
    }

    /// The fixed values, by index. Empty for `band` and `market`, whose values the policy names.
    #[must_use]
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            Fact::Deployment => &["on-prem", "saas"],
            Fact::Origin => &["own", "third-party"],
            Fact::Class => &["high", "normal"],
            Fact::UpstreamFix => &["released", "none"],
            Fact::Exploit => &["none", "available", "active"],
            Fact::Verdict => &["vulnerable", "not-affected", "unconfirmed"],
            Fact::Scope => &["in", "out"],
            Fact::Reporter => &["external", "customer", "internal", "machine"],
            Fact::Credit => &["yes", "no", "unasked"],
            Fact::PublicAttention | Fact::Supported => &["yes", "no"],
            Fact::Band | Fact::Market => &[],
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value of a fact: its index in [`Fact::values`], or in the policy's bands.
pub type Value = u8;

/// The value of `band` for a score that the policy leaves without a band.
pub const NO_BAND: Value = 15;

/// What is known of a subject at one instant. An absent value is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts([Option<Value>; Fact::ALL.len()]);

impl Facts {
    /// The value of a fact, if it is known.
    #[must_use]
    pub fn get(&self, fact: Fact) -> Option<Value> {
        self.0[fact.index()]
    }

    /// Learns a value.
    pub fn set(&mut self, fact: Fact, value: Value) {
        self.0[fact.index()] = Some(value);
    }

    /// Forgets a value.
    pub fn clear(&mut self, fact: Fact) {
        self.0[fact.index()] = None;
    }

    /// The same facts with one of them replaced.
    #[must_use]
    pub fn with(mut self, fact: Fact, value: Option<Value>) -> Facts {
        self.0[fact.index()] = value;
        self
    }
}

/// A conjunction over facts: for each fact that it asks, the set of accepted values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When([Option<u16>; Fact::ALL.len()]);

/// How a [`When`] stands under what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Every fact that it asks is known and accepted.
    Yes,
    /// A known fact contradicts it.
    No,
    /// Nothing contradicts it, but this fact (the first of possibly several) is unknown.
    Unknown(Fact),
}

impl When {
    /// Adds an accepted value of a fact.
    pub fn accept(&mut self, fact: Fact, value: Value) {
        let mask = self.0[fact.index()].unwrap_or(0) | (1 << value);
        self.0[fact.index()] = Some(mask);
    }

    /// The accepted values of a fact as a bit set, if the conjunction asks it.
    #[must_use]
    pub fn mask(&self, fact: Fact) -> Option<u16> {
        self.0[fact.index()]
    }

    /// Whether the conjunction asks this fact.
    #[must_use]
    pub fn asks(&self, fact: Fact) -> bool {
        self.0[fact.index()].is_some()
    }

    /// The facts that it asks, in order.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        let asked = self.0;
        Fact::ALL.into_iter().filter(move |fact| asked[fact.index()].is_some())
    }

    /// Whether a fact's value is accepted; a fact that is not asked accepts everything.
    #[must_use]
    pub fn accepts(&self, fact: Fact, value: Value) -> bool {
        self.0[fact.index()].is_none_or(|mask| mask & (1 << value) != 0)
    }

    /// Judges the conjunction: a contradiction wins over an unknown.
    #[must_use]
    pub fn judge(&self, facts: &Facts) -> Holds {
        let mut unknown = None;
        for fact in Fact::ALL {
            let Some(mask) = self.0[fact.index()] else { continue };
            match facts.get(fact) {
                Some(value) if mask & (1 << value) == 0 => return Holds::No,
                Some(_) => {}
                None => unknown = unknown.or(Some(fact)),
            }
        }
        unknown.map_or(Holds::Yes, Holds::Unknown)
    }

    /// The facts that it asks and that are unknown.
    pub fn unknown<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = Fact> + 'a {
        self.facts().filter(|fact| facts.get(*fact).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contradiction_wins_over_an_unknown() {
        let mut when = When::default();
        when.accept(Fact::Origin, 0);
        when.accept(Fact::Band, 0);
        let mut facts = Facts::default();
        assert_eq!(when.judge(&facts), Holds::Unknown(Fact::Origin));
        facts.set(Fact::Band, 1);
        assert_eq!(when.judge(&facts), Holds::No);
        facts.set(Fact::Band, 0);
        facts.set(Fact::Origin, 0);
        assert_eq!(when.judge(&facts), Holds::Yes);
    }

    #[test]
    fn every_fact_is_found_by_its_name() {
        for fact in Fact::ALL {
            assert_eq!(Fact::from_name(fact.name()), Some(fact));
        }
    }
}
