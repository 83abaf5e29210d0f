//! Lists of advisories, the newest first: all of them, those of a severity, a product, a year, and those that say *not affected*. Each is a
//! row of pages. The newest page takes what is new; what stands on a full page stays there, and it counts nothing that grows, so one more
//! advisory changes few files.
//!
//! Two products whose names make the same path share a list, which names both.

use super::{Sign, words};
use crate::catalog::Entry;
use crate::place;
use psirt::advisory::LineState;
use std::collections::BTreeMap;

/// How many advisories an older page has. The newest has as many, and up to twice as many.
pub const PAGE_ENTRIES: usize = 100;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexPage {
    /// Where it lies.
    pub path: String,
    /// What is listed: `All`, or the name of a severity, product or year.
    pub about: String,
    /// Which kind of list it is.
    pub kind: Kind,
    /// Years, newest first.
    pub years: Vec<Year>,
    /// The other lists, as links; on the newest page of all advisories only.
    pub facets: Vec<Facets>,
    /// Which of the list's advisories these are; empty where everything stands on one page.
    pub range: String,
    /// The page with newer ones; may be empty.
    pub newer: String,
    /// The page with older ones; may be empty.
    pub older: String,
    /// The list of all, where this is not its newest page.
    pub all: String,
}

/// Kinds of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Every advisory.
    #[default]
    All,
    /// Those of a severity.
    Severity,
    /// Those that concern a product.
    Product,
    /// Those of a year.
    Year,
    /// Those that say of something that it is not affected.
    NotAffected,
}

/// Lists of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// `Severity`, `Product`, `Year`.
    pub title: String,
    /// The lists.
    pub links: Vec<Facet>,
}

/// A link to a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facet {
    /// The list.
    pub href: String,
    /// Its name.
    pub label: String,
    /// The shape, if it is a severity.
    pub shape: String,
    /// How many advisories it has.
    pub count: String,
    /// Whether this page is one of it.
    pub here: bool,
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
    /// In the list of what is not affected: each such line, and the reason in words.
    pub excluded: Vec<(String, String)>,
}

impl IndexPage {
    /// Its heading.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind {
            Kind::All => "Security advisories".to_owned(),
            Kind::Severity => format!("Advisories rated {}", self.about),
            Kind::Product => format!("Advisories for {}", self.about),
            Kind::Year => format!("Advisories of {}", self.about),
            Kind::NotAffected => "What is not affected".to_owned(),
        }
    }

    /// What stands below it.
    #[must_use]
    pub const fn intro(&self) -> &'static str {
        match self.kind {
            Kind::All | Kind::Severity | Kind::Year => {
                "What we fixed and what you must act on, newest first. Every advisory is also a signed CSAF document for your scanner."
            }
            Kind::Product => {
                "Every advisory in which this product is affected, was affected, or is under investigation, newest first."
            }
            Kind::NotAffected => {
                "Vulnerabilities that a scanner may name, and products of ours that do not have them, each with its reason. The same is said in CSAF and OpenVEX, beside each advisory."
            }
        }
    }
}

impl Listed {
    /// An advisory as a line of a list that stands at `path`.
    #[must_use]
    pub fn of(entry: &Entry, path: &str) -> Listed {
        let products: Vec<String> = entry.products().into_iter().map(str::to_owned).collect();
        let day = |day: jiff::civil::Date| (words::date(day), day.to_string());
        Listed {
            href: place::relative(path, &entry.page),
            number: entry.number.clone(),
            title: entry.title.clone(),
            vulnerabilities: entry.cves().join(" "),
            products: if products.is_empty() {
                "No product is affected".to_owned()
            } else {
                words::list(&products)
            },
            severity: entry.severity.clone(),
            published: day(entry.published),
            revised: entry.revised.map(day).unwrap_or_default(),
            excluded: Vec::new(),
        }
    }

    fn excluding(entry: &Entry, path: &str) -> Listed {
        let mut excluded: Vec<(String, String)> = Vec::new();
        for line in entry.lines().filter(|line| line.state == LineState::NotAffected) {
            let reason = (line.product.clone(), why_not(line.justification.as_deref()));
            if !excluded.contains(&reason) {
                excluded.push(reason);
            }
        }
        Listed {
            excluded,
            ..Listed::of(entry, path)
        }
    }
}

/// Why a line is not affected, in words (CSAF 2.0 §3.2.3.5.1; OpenVEX names the same).
pub(super) fn why_not(justification: Option<&str>) -> String {
    let words = match justification {
        Some("component_not_present") => "It does not contain the vulnerable component.",
        Some("vulnerable_code_not_present") => "It contains the component, but not the vulnerable part of it.",
        Some("vulnerable_code_not_in_execute_path") => "It contains the vulnerable code, but never runs it.",
        Some("vulnerable_code_cannot_be_controlled_by_adversary") => {
            "It runs the vulnerable code, but nothing that an attacker sends gets there."
        }
        Some("inline_mitigations_already_exist") => {
            "It has a protection built in that cannot be turned off, and that stops the attack."
        }
        Some(other) => return other.replace('_', " "),
        None => "The advisory tells why.",
    };
    words.to_owned()
}

/// A list before it is cut into pages.
struct List<'a> {
    kind: Kind,
    /// Its part of the path: `severity/high`.
    place: String,
    about: String,
    shape: String,
    entries: Vec<&'a Entry>,
}

/// Every page of every list, from the entries in their order.
#[must_use]
pub fn lists(entries: &[Entry]) -> Vec<IndexPage> {
    let all = List {
        kind: Kind::All,
        place: "all".to_owned(),
        about: "All".to_owned(),
        shape: String::new(),
        entries: entries.iter().collect(),
    };
    let not_affected = List {
        kind: Kind::NotAffected,
        place: "vex".to_owned(),
        about: "Not affected".to_owned(),
        shape: String::new(),
        entries: entries.iter().filter(|entry| excludes(entry)).collect(),
    };
    let narrow = [by_severity(entries), by_product(entries), by_year(entries)];
    let mut pages = Vec::new();
    for list in [&all, &not_affected].into_iter().chain(narrow.iter().flatten()) {
        pages.extend(cut(list, &narrow, entries.len()));
    }
    pages
}

fn excludes(entry: &Entry) -> bool {
    entry.standing.is_current() && entry.lines().any(|line| line.state == LineState::NotAffected)
}

fn by_severity(entries: &[Entry]) -> Vec<List<'_>> {
    let rank = |shape: &str| {
        let shapes = ["critical", "high", "medium", "low", "informational", "none"];
        shapes.iter().position(|known| *known == shape).unwrap_or(shapes.len())
    };
    let mut lists: BTreeMap<String, List<'_>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_rated()) {
        let Sign { shape, word } = &entry.severity;
        let slug = place::slug(word);
        let list = lists.entry(slug.clone()).or_insert_with(|| List {
            kind: Kind::Severity,
            place: format!("severity/{slug}"),
            about: word.clone(),
            shape: shape.clone(),
            entries: Vec::new(),
        });
        list.entries.push(entry);
    }
    let mut lists: Vec<List<'_>> = lists.into_values().collect();
    lists.sort_by_key(|list| rank(&list.shape));
    lists
}

fn by_product(entries: &[Entry]) -> Vec<List<'_>> {
    let mut lists: BTreeMap<String, (Vec<&str>, Vec<&Entry>)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.standing.is_current()) {
        for product in entry.products() {
            let (names, listed) = lists.entry(place::slug(product)).or_default();
            if !names.contains(&product) {
                names.push(product);
            }
            if !listed.last().is_some_and(|last| std::ptr::eq(*last, entry)) {
                listed.push(entry);
            }
        }
    }
    let list = |(slug, (mut names, entries)): (String, (Vec<&str>, Vec<_>))| {
        names.sort_unstable();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        List {
            kind: Kind::Product,
            place: format!("product/{slug}"),
            about: words::list(&names),
            shape: String::new(),
            entries,
        }
    };
    lists.into_iter().map(list).collect()
}

fn by_year(entries: &[Entry]) -> Vec<List<'_>> {
    let mut lists: Vec<List<'_>> = Vec::new();
    for entry in entries {
        let year = entry.published.year().to_string();
        match lists.last_mut().filter(|list| list.about == year) {
            Some(list) => list.entries.push(entry),
            None => lists.push(List {
                kind: Kind::Year,
                place: format!("year/{year}"),
                about: year,
                shape: String::new(),
                entries: vec![entry],
            }),
        }
    }
    lists
}

/// The pages of a list: full ones from the oldest on, and the newest with the rest.
fn cut(list: &List<'_>, narrow: &[Vec<List<'_>>; 3], all: usize) -> Vec<IndexPage> {
    let total = list.entries.len();
    let full = (total / PAGE_ENTRIES).saturating_sub(1);
    let newest = total - full * PAGE_ENTRIES;
    let mut pages = Vec::new();
    for number in (0..=full).rev() {
        // 0 is the oldest full page; `full` the newest one.
        let (from, until) = match number == full {
            true => (0, newest),
            false => (
                newest + (full - 1 - number) * PAGE_ENTRIES,
                newest + (full - number) * PAGE_ENTRIES,
            ),
        };
        let at = |number: usize| place::list(&list.place, (number < full).then_some(number + 1));
        let path = at(number);
        let to = |number: Option<usize>| {
            number
                .filter(|number| *number <= full)
                .map(|number| place::relative(&path, &at(number)))
                .unwrap_or_default()
        };
        let entries = list.entries.get(from..until).unwrap_or_default();
        pages.push(IndexPage {
            about: list.about.clone(),
            kind: list.kind,
            years: years(list.kind, entries, &path),
            facets: facets(list, narrow, all, &path),
            range: match full {
                0 => String::new(),
                _ if number == full => format!("The newest {newest} of {total}"),
                _ => format!("{} to {}, counted from the oldest", total - until + 1, total - from),
            },
            newer: to(Some(number + 1)),
            older: to(number.checked_sub(1)),
            all: match path.as_str() {
                place::INDEX_PAGE => String::new(),
                path => place::relative(path, place::INDEX_PAGE),
            },
            path,
        });
    }
    pages
}

fn years(kind: Kind, entries: &[&Entry], path: &str) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    for entry in entries {
        let name = entry.published.year().to_string();
        let line = match kind {
            Kind::NotAffected => Listed::excluding(entry, path),
            _ => Listed::of(entry, path),
        };
        match years.last_mut().filter(|year| year.name == name) {
            Some(year) => year.advisories.push(line),
            None => years.push(Year {
                name,
                advisories: vec![line],
            }),
        }
    }
    years
}

fn facets(list: &List<'_>, narrow: &[Vec<List<'_>>; 3], all: usize, path: &str) -> Vec<Facets> {
    // Counts grow with every advisory, so they stand on the one page that does too.
    if path != place::INDEX_PAGE || all == 0 {
        return Vec::new();
    }
    let titles = ["Severity", "Product", "Year"];
    let group = |(title, lists): (&str, &Vec<List<'_>>)| Facets {
        title: title.to_owned(),
        links: lists
            .iter()
            .map(|other| Facet {
                href: place::relative(path, &place::list(&other.place, None)),
                label: other.about.clone(),
                shape: other.shape.clone(),
                count: other.entries.len().to_string(),
                here: other.place == list.place,
            })
            .collect(),
    };
    let mut facets: Vec<Facets> = titles.into_iter().zip(narrow).map(group).collect();
    facets.retain(|facets| !facets.links.is_empty());
    let every = Facet {
        href: place::relative(path, place::INDEX_PAGE),
        label: "All".to_owned(),
        shape: String::new(),
        count: all.to_string(),
        here: list.kind == Kind::All,
    };
    if let Some(first) = facets.first_mut() {
        first.links.insert(0, every);
    }
    facets
}
