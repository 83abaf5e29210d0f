//! ROLIE (RFC 8322, in the JSON form of CSAF 2.0 §7.1.15 to 17): the feed of the documents, what they are about, and which feeds there are.
//!
//! Every byte follows from the advisories. Never says what is not published: who calls decides which advisories are.

use crate::card::{Card, last_change_first};
use crate::place;
use jiff::Timestamp;
use psirt::advisory::{Advisory, Audience};
use psirt::house::Brand;
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};

const SCHEME: &str = "urn:ietf:params:rolie:category:information-type";
const SCHEMA: &str = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json";
const TITLE: &str = "TLP:WHITE";

/// The feed of every public document, the last change first. `changed` is the instant of a feed without documents.
#[must_use]
pub fn feed(brand: &Brand, cards: &[&Card], changed: Timestamp) -> Vec<u8> {
    feed_for(brand, &Audience::Public, cards, changed)
}

/// The feed of every document that one audience gets. Only the public one names the service document.
#[must_use]
pub fn feed_for(brand: &Brand, audience: &Audience, cards: &[&Card], changed: Timestamp) -> Vec<u8> {
    let sorted = last_change_first(cards);
    let updated = sorted.first().map_or(changed, |card| card.last);
    let mut links = vec![Link::new("self", place::url(brand, &place::feed(audience)))];
    if audience.is_public() {
        links.push(Link::new("service", place::url(brand, place::SERVICE)));
    }
    let feed = Feed {
        category: [Category::csaf()],
        entry: sorted.iter().map(|card| entry(brand, audience, card)).collect(),
        id: place::feed_id(audience),
        link: links,
        title: format!("{}: TLP:{} advisories", brand.name, audience.label()),
        updated: updated.to_string(),
    };
    on_one_line(&Whole { feed })
}

/// What the documents of the feed are about: their category, language, vendor, and every product line.
#[must_use]
pub fn categories(brand: &Brand, cards: &[&Card]) -> Vec<u8> {
    let lines = cards.iter().flat_map(|card| {
        card.products
            .iter()
            .chain(card.excluded.iter().map(|(product, _)| product))
    });
    let lines: HashSet<&str> = lines.map(String::as_str).collect();
    let mut products: Vec<&str> = lines.into_iter().collect();
    products.sort_unstable();
    let kinds: BTreeSet<&str> = cards
        .iter()
        .map(|card| card.category.as_str())
        .chain(["csaf_security_advisory"])
        .collect();
    let mut seen = BTreeSet::new();
    let terms = kinds.into_iter().chain(["en", &brand.name]).chain(products);
    let category = terms
        .filter(|term| seen.insert(*term))
        .map(|term| Term { term })
        .collect();
    crate::csaf::pretty(&Categories {
        categories: Terms { category },
    })
}

/// The service document: exactly the feeds that the metadata names.
#[must_use]
pub fn service(brand: &Brand) -> Vec<u8> {
    crate::csaf::pretty(&Service {
        service: Workspaces {
            workspace: [Workspace {
                collection: [Collection {
                    categories: CsafCategories {
                        category: [Category::csaf()],
                    },
                    href: place::url(brand, place::WHITE_FEED),
                    title: format!("{TITLE} advisories"),
                }],
                title: format!("CSAF feeds of {}", brand.name),
            }],
        },
    })
}

/// With ten thousand documents a quarter of a feed would be spaces, written, hashed and packed at each publication.
fn on_one_line(value: &impl Serialize) -> Vec<u8> {
    // Strings and lists in memory: there is nothing here that JSON cannot hold.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn entry<'c>(brand: &Brand, audience: &Audience, card: &'c Card) -> Entry<'c> {
    let document = place::url(brand, &card.document(audience));
    Entry {
        link: [
            Link::new("self", document.clone()),
            Link::new("hash", format!("{document}.sha256")),
            Link::new("hash", format!("{document}.sha512")),
            Link::new("signature", format!("{document}.asc")),
        ],
        content: Content {
            src: document,
            kind: "application/json",
        },
        format: Format {
            schema: SCHEMA,
            version: "2.0",
        },
        id: &card.number,
        published: card.first.to_string(),
        summary: Summary { content: &card.summary },
        title: &card.title,
        updated: card.last.to_string(),
    }
}

/// The instant of the first version.
pub(crate) fn first(advisory: &Advisory) -> Timestamp {
    let first = advisory.revisions.first();
    first.map_or(Timestamp::UNIX_EPOCH, |revision| revision.at)
}

/// The instant of the present version.
pub(crate) fn last(advisory: &Advisory) -> Timestamp {
    let last = advisory.revisions.last();
    last.map_or(Timestamp::UNIX_EPOCH, |revision| revision.at)
}

#[derive(Serialize)]
struct Whole<'c> {
    feed: Feed<'c>,
}

#[derive(Serialize)]
struct Feed<'c> {
    category: [Category; 1],
    entry: Vec<Entry<'c>>,
    id: String,
    link: Vec<Link>,
    title: String,
    updated: String,
}

#[derive(Serialize)]
struct Entry<'c> {
    content: Content,
    format: Format,
    id: &'c str,
    link: [Link; 4],
    published: String,
    summary: Summary<'c>,
    title: &'c str,
    updated: String,
}

#[derive(Serialize)]
struct Category {
    scheme: &'static str,
    term: &'static str,
}

impl Category {
    fn csaf() -> Category {
        Category {
            scheme: SCHEME,
            term: "csaf",
        }
    }
}

#[derive(Serialize)]
struct Link {
    href: String,
    rel: &'static str,
}

impl Link {
    fn new(rel: &'static str, href: String) -> Link {
        Link { href, rel }
    }
}

#[derive(Serialize)]
struct Content {
    src: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Format {
    schema: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary<'c> {
    content: &'c str,
}

#[derive(Serialize)]
struct Categories<'a> {
    categories: Terms<'a>,
}

#[derive(Serialize)]
struct Terms<'a> {
    category: Vec<Term<'a>>,
}

#[derive(Serialize)]
struct Term<'a> {
    term: &'a str,
}

#[derive(Serialize)]
struct Service {
    service: Workspaces,
}

#[derive(Serialize)]
struct Workspaces {
    workspace: [Workspace; 1],
}

#[derive(Serialize)]
struct Workspace {
    collection: [Collection; 1],
    title: String,
}

#[derive(Serialize)]
struct Collection {
    categories: CsafCategories,
    href: String,
    title: String,
}

#[derive(Serialize)]
struct CsafCategories {
    category: [Category; 1],
}
