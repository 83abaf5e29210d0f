//! `gate`: an action is refused until its conditions hold.
//!
//! Owns the closed list of conditions. Never judges them: that is `case::refuse`.

use super::{Head, scope_of};
use crate::event::{Exit, Kind};
use crate::policy::{
    fact::When,
    fields::Fields,
    phrase::{self, Words},
    word::{joined, words},
};

words! {
    /// What must hold before an action.
    Condition {
        /// Every reporter has the findings, or a recorded exemption.
        ReporterTold = "reporter-told",
        /// Every reporter was asked whether to be named.
        CreditAsked = "credit-asked",
        /// There is a score that counts.
        Score = "score",
        /// The score has a band.
        Band = "band",
        /// At least one affected product version is named.
        AffectedProducts = "affected-products",
        /// Customers are told what to do: a fix, a workaround, or that there is none yet.
        Instructions = "instructions",
        /// The impact is named by a term of the vocabulary.
        ImpactTerm = "impact-term",
        /// There is a CSAF document, or a recorded reason why not.
        Csaf = "csaf",
        /// The vulnerability is in the vendor's own code.
        OwnProduct = "own-product",
        /// A verdict `not-affected` gives one of the accepted reasons.
        Justification = "justification",
        /// The questions of the definition have answers.
        DefinitionAnswered = "definition-answered",
        /// The questions of scope have answers.
        ScopeAnswered = "scope-answered",
        /// Mitigate or wait is decided.
        UpstreamDecision = "upstream-decision",
        /// A second person agrees.
        SecondPerson = "second-person",
        /// The provider's metadata is published.
        ProviderMetadata = "provider-metadata",
        /// There is a signing key that has not expired.
        SigningKey = "signing-key",
        /// A reason is given.
        Reason = "reason",
    }
}

impl Condition {
    /// What must be true, as the end of "refused until …".
    #[must_use]
    pub const fn until(self) -> &'static str {
        match self {
            Condition::ReporterTold => "every reporter has the findings",
            Condition::CreditAsked => "every reporter was asked about credit",
            Condition::Score => "there is a score",
            Condition::Band => "the score has a band",
            Condition::AffectedProducts => "the affected products are named",
            Condition::Instructions => "there are instructions for customers",
            Condition::ImpactTerm => "the impact has a term of the vocabulary",
            Condition::Csaf => "there is a CSAF document or a reason why not",
            Condition::OwnProduct => "the vulnerability is known to be in the vendor's own code",
            Condition::Justification => "an accepted reason is given",
            Condition::DefinitionAnswered => "the questions of the definition are answered",
            Condition::ScopeAnswered => "the questions of scope are answered",
            Condition::UpstreamDecision => "it is decided whether to mitigate or to wait",
            Condition::SecondPerson => "a second person agrees",
            Condition::ProviderMetadata => "the provider's metadata is published",
            Condition::SigningKey => "there is a valid signing key",
            Condition::Reason => "a reason is given",
        }
    }
}

/// A refusal before an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under; the refusal names it.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// The event that is refused.
    pub before: Kind,
    /// For `rejected`: only these exits; every one if empty.
    pub exits: Vec<Exit>,
    /// What must hold.
    pub needs: Vec<Condition>,
    /// Where the gate stands.
    pub when: When,
    /// What the person who is refused reads.
    pub why: String,
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "before", "exit", "needs", "when", "why"];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Gate> {
    let before = fields.need_event("before");
    let exits = fields.event_words("exit");
    if fields.has("exit") && before.is_some_and(|before| before != Kind::Rejected) {
        let at = fields.at("exit");
        fields.error(
            at,
            "useless-key",
            "only `rejected` has an exit: delete the key, or change `before`",
        );
    }
    fields.need("needs");
    let needs = fields.words("needs");
    if fields.has("needs") && fields.items("needs").is_empty() {
        let at = fields.value_at("needs");
        fields.error(
            at,
            "empty",
            "a gate that needs nothing refuses nothing: name conditions, or delete the block",
        );
    }
    let when = fields.when("when");
    let why = fields.need_text("why");
    Some(Gate {
        id: head.id,
        clause: head.clause,
        line: head.line,
        before: before?,
        exits,
        needs,
        when: when?,
        why: why?,
    })
}

impl Gate {
    pub(in crate::policy) fn sentence(&self, words: Words<'_>) -> String {
        let needs: Vec<&str> = self.needs.iter().map(|need| need.until()).collect();
        let action =
            phrase::deed(self.before).map_or_else(|| format!("`{}`", self.before), |deed| format!("to {deed}"));
        let exits: Vec<&str> = self.exits.iter().map(|exit| exit.name()).collect();
        let exits = if exits.is_empty() {
            String::new()
        } else {
            format!(" as {}", joined(&exits, "or"))
        };
        let text = format!(
            "{}Candor refuses {action}{exits} until {} ({})",
            scope_of(&self.when, words),
            joined(&needs, "and"),
            self.why.trim().trim_end_matches('.')
        );
        phrase::sentence(&text)
    }
}
