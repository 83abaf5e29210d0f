//! The policy's band and the CVSS scores of a case, each with the shape that is drawn for it.
//!
//! Owns the shapes' choice. The band comes from the policy, the score from `cvss`; neither is computed here.

use crate::docket::{Docket, Standing};
use psirt::board::Glance;
use psirt::clock::length::Counting;
use psirt::clock::timeline::{self, Subject};
use psirt::policy::block::bands::Band;
use psirt::policy::fact::Fact;

/// A word for how bad it is, and its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    /// critical, high, medium, low, informational, none
    pub(crate) shape: &'static str,
    /// The policy's or CVSS's own word.
    pub(crate) word: String,
}

/// A score as the case shows it.
pub(crate) struct Score {
    /// `CVSS 3.1 base`
    pub(crate) label: String,
    pub(crate) figure: String,
    pub(crate) sign: Sign,
    pub(crate) vector: String,
    /// Where it is calculated for an environment.
    pub(crate) calculator: Option<String>,
}

impl Sign {
    pub(crate) fn unrated() -> Sign {
        Sign {
            shape: "none",
            word: "Not rated".to_owned(),
        }
    }

    /// For sorting: the worst is greatest.
    pub(crate) fn weight(&self) -> u8 {
        match self.shape {
            "critical" => 5,
            "high" => 4,
            "medium" => 3,
            "low" => 2,
            "informational" => 1,
            _ => 0,
        }
    }
}

/// The shape for a word of severity; by the greatest score of the band, where the policy has words of its own.
pub(crate) fn shape(word: &str, to_tenths: u8) -> &'static str {
    match (word.to_ascii_lowercase().as_str(), to_tenths) {
        ("critical", _) => "critical",
        ("high", _) => "high",
        ("medium", _) => "medium",
        ("low", _) => "low",
        ("informational", _) => "informational",
        ("none", _) => "none",
        (_, 90..) => "critical",
        (_, 70..) => "high",
        (_, 40..) => "medium",
        (_, 1..) => "low",
        _ => "informational",
    }
}

fn sign(band: &Band) -> Sign {
    Sign {
        shape: shape(&band.id, band.to_tenths),
        word: band.label.clone(),
    }
}

/// The band of a case, as its policy has it now.
pub(crate) fn band(docket: &Docket<'_>, standing: &Standing<'_>) -> Sign {
    let found = standing.policy.and_then(|policy| {
        let counting = Counting {
            zone: &policy.front.zone,
            day_ends: policy.front.day_ends,
            calendar: None,
        };
        let value =
            timeline::facts_at(policy, &counting, &standing.case.facts, Subject::Case, docket.now).get(Fact::Band)?;
        policy.bands.as_ref()?.get(value)
    });
    found.map_or_else(Sign::unrated, sign)
}

/// The band of a case at a glance.
pub(crate) fn band_at_a_glance(docket: &Docket<'_>, glance: &Glance) -> Sign {
    sign_of(docket, glance.policy, glance.band)
}

/// The band of that value under the policy at that place.
pub(crate) fn sign_of(docket: &Docket<'_>, policy: Option<u16>, band: Option<u8>) -> Sign {
    let policy = policy.and_then(|place| docket.board.house.policies.get(usize::from(place)));
    let found = policy.and_then(|policy| policy.bands.as_ref()?.get(band?));
    found.map_or_else(Sign::unrated, sign)
}

/// Scores of a case: the one that decides the band first, then the last of each other CVSS version.
pub(crate) fn scores(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<Score> {
    let facts = &standing.case.facts;
    let origin = facts.confirmed_origin();
    let deciding = standing
        .policy
        .and_then(|policy| timeline::deciding_score(policy, facts, origin, docket.now));
    let mut vectors: Vec<cvss::Vector> = deciding.map(|score| score.vector).into_iter().collect();
    for score in facts.scores.iter().rev() {
        if vectors.iter().all(|vector| vector.version() != score.vector.version()) {
            vectors.push(score.vector);
        }
    }
    vectors.into_iter().map(score).collect()
}

fn score(vector: cvss::Vector) -> Score {
    let scores = vector.scores();
    let word = cvss::Severity::of(scores.base, vector.version()).to_string();
    Score {
        label: format!("CVSS {} base", vector.version()),
        figure: scores.base.to_string(),
        sign: Sign {
            shape: shape(&word, scores.base.tenths()),
            word,
        },
        calculator: crate::calculator::address(vector),
        // Its version stands in the label.
        vector: vector
            .canonical()
            .trim_start_matches(vector.version().prefix())
            .to_owned(),
    }
}
