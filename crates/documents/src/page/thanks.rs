//! Who is thanked: everybody who agreed to be named in an advisory, with what they reported.
//!
//! Never names anybody whom no advisory names.

use crate::card::Card;
use crate::place;
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
    pub fn of(cards: &[&Card]) -> ThanksPage {
        let credited = cards.iter().filter(|card| !card.credits.is_empty());
        let mut sorted: Vec<&Card> = credited.copied().collect();
        sorted.sort_by(|a, b| (Reverse(a.first), &a.number).cmp(&(Reverse(b.first), &b.number)));
        let mut people: Vec<Thanked> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        for card in sorted {
            let entry = (
                place::relative(place::THANKS_PAGE, &place::page_of(&card.number)),
                card.number.clone(),
                card.title.clone(),
            );
            for name in &card.credits {
                let place = *places.entry(name.as_str()).or_insert_with(|| {
                    people.push(Thanked {
                        name: name.clone(),
                        advisories: Vec::new(),
                    });
                    people.len() - 1
                });
                if let Some(thanked) = people.get_mut(place) {
                    thanked.advisories.push(entry.clone());
                }
            }
        }
        ThanksPage { people }
    }
}
