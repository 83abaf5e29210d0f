//! `/products`: the catalogue's lines with their support and releases.

use super::shell;
use crate::docket::Docket;
use askama::Template;
use psirt::event::{Entry, Event, Fixes};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "products.html")]
pub(crate) struct Products {
    shell: look::Desk,
    brands: Vec<Brand>,
}

struct Brand {
    name: String,
    domain: String,
    policy: String,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    runs: &'static str,
    market: String,
    support: String,
    open: usize,
    releases: Vec<Release>,
}

/// A release as it stands: planned, moved, cancelled, shipped.
struct Release {
    version: String,
    word: String,
    fixes: String,
}

impl Products {
    pub(crate) fn of(docket: &Docket<'_>) -> Products {
        let house = &docket.board.house;
        let lines = |brand: &str| {
            house
                .products
                .values()
                .filter(|product| product.brand == brand)
                .map(|product| line(docket, product))
                .collect()
        };
        let brand = |brand: &psirt::house::Brand| Brand {
            name: brand.name.clone(),
            domain: brand.domain.clone(),
            policy: brand.policy.clone(),
            lines: lines(&brand.id),
        };
        Products {
            shell: shell(docket, "/products"),
            brands: house.brands.values().map(brand).collect(),
        }
    }
}

fn line(docket: &Docket<'_>, product: &psirt::house::Product) -> Line {
    let entries = docket
        .board
        .house
        .line_entries
        .get(&product.name)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ended = entries
        .iter()
        .any(|entry| matches!(entry.event, Event::SupportEnded { .. }));
    let concerned = docket.open().filter(|(_, glance)| glance.concerns(&product.name));
    Line {
        name: product.name.clone(),
        runs: match product.deployment.as_str() {
            "on-prem" => "on-prem",
            "saas" => "SaaS",
            _ => "not known",
        },
        market: product.market.join(", "),
        support: match (ended, product.supported_until) {
            (true, _) => "ended".to_owned(),
            (false, Some(day)) => format!("until {}", day.strftime("%-d %b %Y")),
            (false, None) => "no end planned".to_owned(),
        },
        open: concerned.count(),
        releases: releases(entries),
    }
}

fn releases(entries: &[Entry]) -> Vec<Release> {
    let mut releases: BTreeMap<&str, Release> = BTreeMap::new();
    let set = |version: &'_ str, word: String, fixes: String| Release {
        version: version.to_owned(),
        word,
        fixes,
    };
    for entry in entries {
        let (version, release) = match &entry.event {
            Event::ReleasePlanned { version, date, .. } => (
                version,
                set(
                    version,
                    format!("planned for {}", date.strftime("%-d %b %Y")),
                    String::new(),
                ),
            ),
            Event::ReleaseMoved { version, date, .. } => (
                version,
                set(
                    version,
                    format!("moved to {}", date.strftime("%-d %b %Y")),
                    String::new(),
                ),
            ),
            Event::ReleaseCancelled { version, .. } => (version, set(version, "cancelled".to_owned(), String::new())),
            Event::ReleaseShipped { version, fixes, .. } => {
                let fixes = match fixes {
                    Fixes::List(list) => list.join(", "),
                    Fixes::Case(_) => String::new(),
                };
                (version, set(version, "shipped".to_owned(), fixes))
            }
            _ => continue,
        };
        releases.insert(version, release);
    }
    releases.into_values().rev().collect()
}
