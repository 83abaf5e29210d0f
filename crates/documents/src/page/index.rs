//! The list of advisories: newest first, by year of their first publication.

use super::{Setting, Sign, advisory, words};
use crate::place;
use psirt::advisory::{Advisory, LineState};

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexPage {
    /// Years, newest first.
    pub years: Vec<Year>,
}

/// The advisories of one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Year {
    /// `2027`
    pub name: String,
    /// Newest first.
    pub advisories: Vec<Listed>,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its CVE ids; may be empty.
    pub vulnerabilities: String,
    /// The lines that are or were affected.
    pub products: String,
    /// Its severity.
    pub severity: Sign,
    /// The day of its first version, in words and for machines.
    pub published: (String, String),
    /// The day of its present version; both empty for the first.
    pub revised: (String, String),
}

impl IndexPage {
    /// The list of these advisories.
    #[must_use]
    pub fn of<'a>(advisories: impl IntoIterator<Item = &'a Advisory>, setting: &Setting) -> IndexPage {
        let mut sorted: Vec<_> = advisories
            .into_iter()
            .filter_map(|advisory| Some((advisory.revisions.first()?.at, &advisory.number, advisory)))
            .collect();
        sorted.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)));
        let mut page = IndexPage::default();
        for (at, _, advisory) in sorted {
            let name = at.to_zoned(setting.zone.clone()).year().to_string();
            let line = listed(advisory, setting);
            match page.years.last_mut().filter(|year| year.name == name) {
                Some(year) => year.advisories.push(line),
                None => page.years.push(Year {
                    name,
                    advisories: vec![line],
                }),
            }
        }
        page
    }
}

fn listed(advisory: &Advisory, setting: &Setting) -> Listed {
    let mut products: Vec<String> = Vec::new();
    for line in advisory.vulnerabilities.iter().flat_map(|one| &one.lines) {
        if line.state != LineState::NotAffected && !products.contains(&line.product) {
            products.push(line.product.clone());
        }
    }
    let products = if products.is_empty() {
        "No product is affected".to_owned()
    } else {
        words::list(&products)
    };
    let cves: Vec<String> = advisory
        .vulnerabilities
        .iter()
        .filter_map(|one| one.cve.clone())
        .collect();
    let days = |at| (words::day(at, &setting.zone), words::iso_day(at, &setting.zone));
    let first = advisory.revisions.first().map(|revision| revision.at);
    let last = advisory.revisions.last().map(|revision| revision.at);
    Listed {
        href: place::relative(place::INDEX_PAGE, &place::page(advisory)),
        number: advisory.number.clone(),
        title: advisory.title.clone(),
        vulnerabilities: cves.join(" "),
        products,
        severity: advisory::severity(advisory, setting).unwrap_or_else(|| Sign {
            shape: "none".to_owned(),
            word: "Not rated".to_owned(),
        }),
        published: first.map(days).unwrap_or_default(),
        revised: last.filter(|last| Some(*last) != first).map(days).unwrap_or_default(),
    }
}
