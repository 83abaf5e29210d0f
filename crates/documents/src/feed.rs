//! The newest advisories for people's feed readers: Atom (RFC 4287) and JSON Feed 1.1, from one list.
//!
//! An entry's id is the address of its page, which never changes. Programs take the ROLIE feed (`rolie`), which names every document.

use crate::card::{Card, last_change_first};
use crate::place;
use jiff::Timestamp;
use psirt::house::Brand;
use serde::Serialize;
use std::fmt::Write as _;

/// Most entries of a feed.
pub const MAX_ENTRIES: usize = 50;

/// As Atom. `changed` is the instant of a feed without entries.
#[must_use]
pub fn atom(brand: &Brand, cards: &[&Card], changed: Timestamp) -> Vec<u8> {
    let newest = newest(cards);
    let updated = newest.first().map_or(changed, |card| card.last);
    let home = place::url(brand, "");
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n",
    );
    let mut line = |text: String| _ = writeln!(xml, "{text}");
    line(format!("<id>{}</id>", escaped(&home)));
    line(format!("<title>{}</title>", escaped(&title(brand))));
    line(format!("<updated>{updated}</updated>"));
    line(format!("<author><name>{}</name></author>", escaped(&brand.name)));
    line(format!(
        "<link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>",
        escaped(&place::url(brand, place::ATOM_FEED))
    ));
    line(format!(
        "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>",
        escaped(&home)
    ));
    for card in newest {
        let page = place::url(brand, &place::page_of(&card.number));
        line("<entry>".to_owned());
        line(format!("<id>{}</id>", escaped(&page)));
        line(format!("<title>{}</title>", escaped(&headline(card))));
        line(format!("<published>{}</published>", card.first));
        line(format!("<updated>{}</updated>", card.last));
        line(format!(
            "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>",
            escaped(&page)
        ));
        for tag in tags(card) {
            line(format!("<category term=\"{}\"/>", escaped(&tag)));
        }
        line(format!("<summary>{}</summary>", escaped(&card.summary)));
        line("</entry>".to_owned());
    }
    xml.push_str("</feed>\n");
    xml.into_bytes()
}

/// As JSON Feed 1.1.
#[must_use]
pub fn json(brand: &Brand, cards: &[&Card]) -> Vec<u8> {
    let item = |card: &&Card| {
        let page = place::url(brand, &place::page_of(&card.number));
        Item {
            id: page.clone(),
            url: page,
            title: headline(card),
            content_text: card.summary.clone(),
            date_published: card.first.to_string(),
            date_modified: card.last.to_string(),
            tags: tags(card),
        }
    };
    crate::csaf::pretty(&Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: title(brand),
        home_page_url: place::url(brand, ""),
        feed_url: place::url(brand, place::JSON_FEED),
        language: "en",
        authors: [Author {
            name: brand.name.clone(),
        }],
        items: newest(cards).iter().map(item).collect(),
    })
}

/// The last change first.
fn newest<'c>(cards: &[&'c Card]) -> Vec<&'c Card> {
    let mut sorted = last_change_first(cards);
    sorted.truncate(MAX_ENTRIES);
    sorted
}

fn title(brand: &Brand) -> String {
    format!("{}: security advisories", brand.name)
}

fn headline(card: &Card) -> String {
    format!("{}: {}", card.number, card.title)
}

/// What a reader may filter by: the band and the CVE ids.
fn tags(card: &Card) -> Vec<String> {
    let cves = card.cves.iter().map(|(cve, _)| cve.clone());
    card.band.iter().cloned().chain(cves).collect()
}

/// Text as it stands in XML and HTML, in an element or in quotes. Characters that XML has no way to write are refused before (`problem`).
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // A control character other than the end of a line, or no character at all: XML 1.0 cannot hold it.
            c if (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[derive(Serialize)]
struct Feed {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    language: &'static str,
    authors: [Author; 1],
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Author {
    name: String,
}

#[derive(Serialize)]
struct Item {
    id: String,
    url: String,
    title: String,
    content_text: String,
    date_published: String,
    date_modified: String,
    tags: Vec<String>,
}
