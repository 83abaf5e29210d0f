//! Lists of advisories, the newest first: all of them, those of a severity, a product, a year, and those that say *not affected*. Each is a
//! row of pages. The newest page takes what is new; what stands on a full page stays there, and it counts nothing that grows, so one more
//! advisory changes few files.
//!
//! Two products whose names make the same path share a list, which names both.

use super::{Sign, words};
use crate::card::Card;
use crate::catalog::Entry;
use crate::place;
use jiff::civil::Date;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

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
    /// Those that do not hold any more.
    Ended,
}

/// Lists of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// `Severity`, `Product`, `Year`.
    pub title: String,
    /// The lists; of products those with the most advisories.
    pub links: Vec<Facet>,
    /// The other products, by name.
    pub more: Vec<Facet>,
}

/// How many products stand on the first page without being asked for.
pub const PRODUCTS_SHOWN: usize = 10;

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
            Kind::Ended => "Advisories that no longer hold".to_owned(),
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
            Kind::Ended => {
                "Withdrawn, or superseded by another one: each says why. They stay where they were, and no version is called affected by them."
            }
            Kind::NotAffected => {
                "Vulnerabilities that a scanner may name, and products of ours that do not have them, each with its reason. The same is said in CSAF and OpenVEX, beside each advisory."
            }
        }
    }
}

/// What lists know of an advisory, whether from its entry of the catalogue or from its card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'e> {
    pub(crate) number: &'e str,
    pub(crate) title: &'e str,
    pub(crate) published: Date,
    pub(crate) revised: Option<Date>,
    pub(crate) severity: &'e Sign,
    pub(crate) cves: Vec<&'e str>,
    /// The lines that are or were affected.
    pub(crate) products: Vec<&'e str>,
    /// Those that are not, each with the reason in words.
    pub(crate) excluded: Cow<'e, [(String, String)]>,
}

impl Listed {
    /// An advisory as a line of a list that stands at `path`.
    #[must_use]
    pub fn of(entry: &Entry, path: &str) -> Listed {
        Listed::row(&entry.row(), path)
    }

    fn row(row: &Row<'_>, path: &str) -> Listed {
        let products: Vec<String> = row.products.iter().map(|&product| product.to_owned()).collect();
        let day = |day: Date| (words::date(day), day.to_string());
        Listed {
            href: place::relative(path, &place::page_of(row.number)),
            number: row.number.to_owned(),
            title: row.title.to_owned(),
            vulnerabilities: row.cves.join(" "),
            products: if products.is_empty() {
                "No product is affected".to_owned()
            } else {
                words::list(&products)
            },
            severity: row.severity.clone(),
            published: day(row.published),
            revised: row.revised.map(day).unwrap_or_default(),
            excluded: Vec::new(),
        }
    }

    fn excluding(row: &Row<'_>, path: &str) -> Listed {
        Listed {
            excluded: row.excluded.to_vec(),
            ..Listed::row(row, path)
        }
    }
}

/// Why a line is not affected, in words (CSAF 2.0 §3.2.3.5.1; OpenVEX names the same).
pub(crate) fn why_not(justification: Option<&str>) -> String {
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

/// A page of a list before its advisories are put into words: few of them change, and only those need to be.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Everything but the advisories.
    page: IndexPage,
    /// Their places among the cards, newest first.
    pub cards: Vec<usize>,
}

impl Sheet {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.page.path
    }

    /// All that it says beside its advisories.
    #[must_use]
    pub fn around(&self) -> String {
        let IndexPage {
            path,
            about,
            kind,
            years: _,
            facets,
            range,
            newer,
            older,
            all,
        } = &self.page;
        let mut around = [path, about, range, newer, older, all].map(String::as_str).join("\n");
        let _ = write!(around, "\n{}", *kind as u8);
        for Facets { title, links, more } in facets {
            let _ = write!(around, "\n{title}\t{}", links.len());
            for link in links.iter().chain(more) {
                let [href, label, shape, count] = [&link.href, &link.label, &link.shape, &link.count];
                let _ = write!(around, "\n{href}\t{label}\t{shape}\t{count}\t{}", link.here);
            }
        }
        around
    }

    /// The whole page, from the cards of which [`lists`] made it.
    #[must_use]
    pub fn complete(self, cards: &[&Card]) -> IndexPage {
        let entries = self.cards.iter().filter_map(|&card| cards.get(card).copied());
        IndexPage {
            years: years(self.page.kind, entries, &self.page.path),
            ..self.page
        }
    }
}

/// A list before it is cut into pages.
struct List {
    kind: Kind,
    /// Its part of the path: `severity/high`.
    place: String,
    about: String,
    shape: String,
    /// Places among the cards.
    cards: Vec<usize>,
}

/// The lists that the first page of all advisories leads to.
struct Lists {
    /// Of each card, in their order, whether its advisory holds.
    holds: Vec<bool>,
    /// By severity, product and year.
    narrow: [Vec<List>; 3],
    /// What does not hold any more, if there is any.
    ended: Option<List>,
}

/// Every page of every list, from the cards in their order.
#[must_use]
pub fn lists(cards: &[&Card]) -> Vec<Sheet> {
    let every = |kind: Kind, place: &str, about: &str, cards: Vec<usize>| List {
        kind,
        place: place.to_owned(),
        about: about.to_owned(),
        shape: String::new(),
        cards,
    };
    let all = every(Kind::All, "all", "All", (0..cards.len()).collect());
    let excluding = (0..)
        .zip(cards)
        .filter(|(_, card)| card.is_current && !card.excluded.is_empty());
    let excluding = excluding.map(|(place, _)| place).collect();
    let not_affected = every(Kind::NotAffected, "vex", "Not affected", excluding);
    let ended = |(_, card): &(usize, &&Card)| !card.is_current;
    let ended = (0..).zip(cards).filter(ended).map(|(place, _)| place).collect();
    let ended = every(Kind::Ended, "ended", "No longer valid", ended);
    let lists = Lists {
        holds: cards.iter().map(|card| card.is_current).collect(),
        narrow: [by_severity(cards), by_product(cards), by_year(cards)],
        ended: Some(ended).filter(|ended| !ended.cards.is_empty()),
    };
    let mut sheets = Vec::new();
    let ends = lists.ended.iter();
    for list in [&all, &not_affected]
        .into_iter()
        .chain(ends)
        .chain(lists.narrow.iter().flatten())
    {
        lists.cut(list, &mut sheets);
    }
    sheets
}

fn by_severity(cards: &[&Card]) -> Vec<List> {
    let rank = |shape: &str| {
        let shapes = ["critical", "high", "medium", "low", "informational", "none"];
        shapes.iter().position(|known| *known == shape).unwrap_or(shapes.len())
    };
    let (mut lists, mut slugs) = (BTreeMap::<String, List>::new(), BTreeMap::<&str, String>::new());
    for (place, card) in cards.iter().enumerate().filter(|(_, card)| card.is_rated) {
        let Sign { shape, word } = &card.severity;
        let slug = slugs.entry(word).or_insert_with(|| place::slug(word));
        let list = lists.entry(slug.clone()).or_insert_with_key(|slug| List {
            kind: Kind::Severity,
            place: format!("severity/{slug}"),
            about: word.clone(),
            shape: shape.clone(),
            cards: Vec::new(),
        });
        list.cards.push(place);
    }
    let mut lists: Vec<List> = lists.into_values().collect();
    lists.sort_by_key(|list| rank(&list.shape));
    lists
}

fn by_product(cards: &[&Card]) -> Vec<List> {
    let mut products: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, card) in cards.iter().enumerate().filter(|(_, card)| card.is_current) {
        for product in &card.products {
            products.entry(product).or_default().push(place);
        }
    }
    // Names that make the same path share a list, which names each.
    let mut lists: BTreeMap<String, (Vec<String>, Vec<usize>)> = BTreeMap::new();
    for (product, places) in products {
        let (names, listed) = lists.entry(place::slug(product)).or_default();
        names.push(product.to_owned());
        listed.extend(places);
    }
    let list = |(slug, (names, mut cards)): (String, (Vec<String>, Vec<usize>))| {
        if names.len() > 1 {
            cards.sort_unstable();
            cards.dedup();
        }
        List {
            kind: Kind::Product,
            place: format!("product/{slug}"),
            about: words::list(&names),
            shape: String::new(),
            cards,
        }
    };
    lists.into_iter().map(list).collect()
}

fn by_year(cards: &[&Card]) -> Vec<List> {
    let mut lists: Vec<List> = Vec::new();
    for (place, card) in cards.iter().enumerate() {
        let year = card.published.year().to_string();
        match lists.last_mut().filter(|list| list.about == year) {
            Some(list) => list.cards.push(place),
            None => lists.push(List {
                kind: Kind::Year,
                place: format!("year/{year}"),
                about: year,
                shape: String::new(),
                cards: vec![place],
            }),
        }
    }
    lists
}

impl Lists {
    /// The pages of a list: full ones from the oldest on, and the newest with the rest.
    fn cut(&self, list: &List, sheets: &mut Vec<Sheet>) {
        let total = list.cards.len();
        let full = (total / PAGE_ENTRIES).saturating_sub(1);
        let newest = total - full * PAGE_ENTRIES;
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
            let page = IndexPage {
                about: list.about.clone(),
                kind: list.kind,
                years: Vec::new(),
                facets: self.facets(list, &path),
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
            };
            let cards = list.cards.get(from..until).unwrap_or_default().to_vec();
            sheets.push(Sheet { page, cards });
        }
    }

    /// Counts tell what holds; what does not has a list of its own.
    fn facets(&self, list: &List, path: &str) -> Vec<Facets> {
        // Counts grow with every advisory, so they stand on the one page that does too.
        if path != place::INDEX_PAGE || self.holds.is_empty() {
            return Vec::new();
        }
        let titles = ["Severity", "Product", "Year"];
        let facet = |other: &List| Facet {
            href: place::relative(path, &place::list(&other.place, None)),
            label: other.about.clone(),
            shape: other.shape.clone(),
            count: match other.kind {
                Kind::Ended => other.cards.len(),
                _ => self.holding(other),
            }
            .to_string(),
            here: other.place == list.place,
        };
        let group = |(title, lists): (&str, &Vec<List>)| {
            let lists: Vec<&List> = lists.iter().filter(|other| self.holding(other) > 0).collect();
            let (shown, more) = if title == "Product" {
                most_named(&lists)
            } else {
                (lists, Vec::new())
            };
            Facets {
                title: title.to_owned(),
                links: shown.into_iter().map(facet).collect(),
                more: more.into_iter().map(facet).collect(),
            }
        };
        let mut facets: Vec<Facets> = titles.into_iter().zip(&self.narrow).map(group).collect();
        if let Some(first) = facets.first_mut() {
            let every = Facet {
                href: place::relative(path, place::INDEX_PAGE),
                label: "All".to_owned(),
                shape: String::new(),
                count: self.holds.iter().filter(|holds| **holds).count().to_string(),
                here: list.kind == Kind::All,
            };
            first.links.insert(0, every);
            first.links.extend(self.ended.iter().map(facet));
        }
        facets.retain(|facets| !facets.links.is_empty());
        facets
    }

    /// How many of a list's advisories hold.
    fn holding(&self, list: &List) -> usize {
        let holds = |place: &&usize| self.holds.get(**place) == Some(&true);
        list.cards.iter().filter(holds).count()
    }
}

fn years<'c>(kind: Kind, cards: impl Iterator<Item = &'c Card>, path: &str) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    for card in cards {
        let name = card.published.year().to_string();
        let line = match kind {
            Kind::NotAffected => Listed::excluding(&card.row(), path),
            _ => Listed::row(&card.row(), path),
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

/// The lists with the most advisories, and the others. Both stay in their order, so that a name is found.
fn most_named<'l>(lists: &[&'l List]) -> (Vec<&'l List>, Vec<&'l List>) {
    let mut ranks: Vec<(Reverse<usize>, usize)> = (0..)
        .zip(lists)
        .map(|(place, list)| (Reverse(list.cards.len()), place))
        .collect();
    ranks.sort_unstable();
    let shown: BTreeSet<usize> = ranks.iter().take(PRODUCTS_SHOWN).map(|(_, place)| *place).collect();
    let (shown, more): (Vec<_>, Vec<_>) = (0..).zip(lists).partition(|(place, _)| shown.contains(place));
    let lists = |side: Vec<(usize, &&'l List)>| side.into_iter().map(|(_, list)| *list).collect();
    (lists(shown), lists(more))
}
