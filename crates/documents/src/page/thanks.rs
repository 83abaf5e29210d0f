//! Who is thanked: everybody who agreed to be named in an advisory, with what they reported.
//!
//! Never names anybody whom no advisory names.

use crate::place;
use crate::rolie::first;
use psirt::advisory::Advisory;
use std::cmp::Reverse;

/// The page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThanksPage {
    /// In the order of their latest report's publication, newest first.
    pub people: Vec<Thanked>,
}

/// Somebody, as they wish to be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thanked {
    /// The name.
    pub name: String,
    /// Link, number and title of each advisory, newest first.
    pub advisories: Vec<(String, String, String)>,
}

impl ThanksPage {
    /// The page of these advisories.
    #[must_use]
    pub fn of(advisories: &[&Advisory]) -> ThanksPage {
        let mut sorted = advisories.to_vec();
        sorted.sort_by_key(|advisory| (Reverse(first(advisory)), advisory.number.clone()));
        let mut people: Vec<Thanked> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        for advisory in sorted {
            let entry = (
                place::relative(place::THANKS_PAGE, &place::page(advisory)),
                advisory.number.clone(),
                advisory.title.clone(),
            );
            for credit in advisory.vulnerabilities.iter().flat_map(|one| &one.credits) {
                let place = *places.entry(credit.name.as_str()).or_insert_with(|| {
                    people.push(Thanked {
                        name: credit.name.clone(),
                        advisories: Vec::new(),
                    });
                    people.len() - 1
                });
                let Some(thanked) = people.get_mut(place) else { continue };
                if thanked.advisories.last() != Some(&entry) {
                    thanked.advisories.push(entry.clone());
                }
            }
        }
        ThanksPage { people }
    }
}
