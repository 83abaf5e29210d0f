//! A card: the little of a released advisory that lists, feeds, indexes and metadata ask for. All of them are made from cards alone, so that a
//! publication reads an advisory only if it is new, and nothing can disagree.
//!
//! Never says more than the advisory does, and never leaves the publisher: what is public is made of it.

use crate::catalog;
use crate::page::{Row, Setting, Sign};
use crate::{csaf, cve, place, rolie};
use jiff::Timestamp;
use jiff::civil::Date;
use psirt::advisory::{Advisory, Audience};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What is remembered of an advisory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// The instant of its first version.
    pub first: Timestamp,
    /// The instant of its present version.
    pub last: Timestamp,
    /// The day of the first, in the zone of the policy.
    pub published: Date,
    /// The day of the present version, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised: Option<Date>,
    /// Its severity, in the policy's word.
    pub severity: Sign,
    /// Whether what it says still holds.
    pub is_current: bool,
    /// Whether it has a severity: it holds, and some line is affected, or may be.
    pub is_rated: bool,
    /// The policy's worst band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// Its CSAF category.
    pub category: String,
    /// The lines of which it says anything but *not affected*.
    pub products: Vec<String>,
    /// The lines that are not affected, each with the reason in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<(String, String)>,
    /// The CVE id of each vulnerability that has one, and whether a product is affected by it, or may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cves: Vec<(String, bool)>,
    /// Who is thanked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<String>,
}

impl Card {
    /// The card of an advisory.
    #[must_use]
    pub fn of(advisory: &Advisory, setting: &Setting) -> Card {
        let entry = catalog::entry(advisory, setting);
        let row = entry.row();
        let vulnerabilities = || advisory.vulnerabilities.iter();
        let mut credits: Vec<String> = Vec::new();
        for credit in vulnerabilities().flat_map(|one| &one.credits) {
            if !credits.contains(&credit.name) {
                credits.push(credit.name.clone());
            }
        }
        Card {
            products: row.products.iter().map(|&product| product.to_owned()).collect(),
            excluded: row.excluded.into_owned(),
            number: advisory.number.clone(),
            title: advisory.title.clone(),
            summary: advisory.summary.clone(),
            first: rolie::first(advisory),
            last: rolie::last(advisory),
            published: entry.published,
            revised: entry.revised,
            severity: entry.severity.clone(),
            is_current: entry.standing.is_current(),
            is_rated: entry.is_rated(),
            band: csaf::worst_band(advisory).map(|band| band.label.clone()),
            category: csaf::category(advisory).to_owned(),
            cves: vulnerabilities()
                .filter_map(|one| Some((one.cve.clone()?, cve::concerns(one))))
                .collect(),
            credits,
        }
    }

    /// Where its CSAF document lies, for an audience.
    #[must_use]
    pub fn document(&self, audience: &Audience) -> String {
        place::document_of(audience, &self.number, self.first)
    }

    /// What a line of a list says.
    pub(crate) fn row(&self) -> Row<'_> {
        Row {
            number: &self.number,
            title: &self.title,
            published: self.published,
            revised: self.revised,
            severity: &self.severity,
            cves: unique(self.cves.iter().map(|(cve, _)| cve.as_str())),
            products: self.products.iter().map(String::as_str).collect(),
            excluded: self.excluded.as_slice().into(),
        }
    }
}

/// Each once, where the same stand beside each other.
pub(crate) fn unique<'a>(cves: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut cves: Vec<&str> = cves.collect();
    cves.dedup();
    cves
}

/// By their first version, the newest first: the order of lists and of the catalogue.
pub fn newest_first(cards: &mut [&Card]) {
    cards.sort_by(|a, b| (b.first, &b.number).cmp(&(a.first, &a.number)));
}

/// By their present version, the last change first: the order of feeds.
pub(crate) fn last_change_first<'c>(cards: &[&'c Card]) -> Vec<&'c Card> {
    let mut sorted = cards.to_vec();
    sorted.sort_by(|a, b| (Reverse(a.last), &a.number).cmp(&(Reverse(b.last), &b.number)));
    sorted
}
