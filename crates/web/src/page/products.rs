//! `/products`: the catalogue's lines with their support and releases, and what was recorded of each, mistakes struck out.

use super::shell;
use crate::docket::Docket;
use askama::Template;
use psirt::board::Retracted;
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
    recorded: Vec<Record>,
}

/// A release as it stands: planned, moved, cancelled, shipped.
struct Release {
    version: String,
    word: String,
    fixes: String,
}

/// An entry of a line under its number.
struct Record {
    number: String,
    words: String,
    by: String,
    /// Who took it back, when, and why.
    retracted: Option<String>,
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
        recorded: recorded(docket, &product.name),
    }
}

/// Everything that was recorded of a line, in its order.
fn recorded(docket: &Docket<'_>, line: &str) -> Vec<Record> {
    let house = &docket.board.house;
    let people = |by: &str, second: Option<&str>| match second {
        Some(second) => format!("{by} and {second}"),
        None => by.to_owned(),
    };
    let record = |entry: &Entry, retracted: Option<&Retracted>| Record {
        number: entry.seq.to_string(),
        words: crate::phrase::happened(&entry.event),
        by: format!(
            "{}, {}",
            people(&entry.by, entry.approved_by.as_deref()),
            entry.at.strftime("%-d %b %Y")
        ),
        retracted: retracted.map(|retracted| {
            let who = people(&retracted.by, retracted.approved_by.as_deref());
            format!(
                "retracted by {who}, {}: {}",
                retracted.recorded.strftime("%-d %b %Y"),
                retracted.why
            )
        }),
    };
    let entries = house.recorded_of_line(line).into_iter();
    entries.map(|(entry, retracted)| record(entry, retracted)).collect()
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
