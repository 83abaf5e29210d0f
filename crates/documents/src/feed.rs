//! The newest advisories for people's feed readers: Atom (RFC 4287) and JSON Feed 1.1, from one list.
//!
//! An entry's id is the address of its page, which never changes. Programs take the ROLIE feed (`rolie`), which names every document.

use crate::place;
use crate::rolie::{first, last};
use jiff::Timestamp;
use psirt::advisory::Advisory;
use psirt::house::Brand;
use serde::Serialize;
use std::cmp::Reverse;
use std::fmt::Write as _;

/// Most entries of a feed.
pub const MAX_ENTRIES: usize = 50;

/// As Atom. `changed` is the instant of a feed without entries.
#[must_use]
pub fn atom(brand: &Brand, advisories: &[&Advisory], changed: Timestamp) -> Vec<u8> {
    let newest = newest(advisories);
    let updated = newest.first().map_or(changed, |advisory| last(advisory));
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
    for advisory in newest {
        let page = place::url(brand, &place::page(advisory));
        line("<entry>".to_owned());
        line(format!("<id>{}</id>", escaped(&page)));
        line(format!("<title>{}</title>", escaped(&headline(advisory))));
        line(format!("<published>{}</published>", first(advisory)));
        line(format!("<updated>{}</updated>", last(advisory)));
        line(format!(
            "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>",
            escaped(&page)
        ));
        for tag in tags(advisory) {
            line(format!("<category term=\"{}\"/>", escaped(&tag)));
        }
        line(format!("<summary>{}</summary>", escaped(&advisory.summary)));
        line("</entry>".to_owned());
    }
    xml.push_str("</feed>\n");
    xml.into_bytes()
}

/// As JSON Feed 1.1.
#[must_use]
pub fn json(brand: &Brand, advisories: &[&Advisory]) -> Vec<u8> {
    let item = |advisory: &&Advisory| {
        let page = place::url(brand, &place::page(advisory));
        Item {
            id: page.clone(),
            url: page,
            title: headline(advisory),
            content_text: advisory.summary.clone(),
            date_published: first(advisory).to_string(),
            date_modified: last(advisory).to_string(),
            tags: tags(advisory),
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
        items: newest(advisories).iter().map(item).collect(),
    })
}

/// The last change first.
fn newest<'a>(advisories: &[&'a Advisory]) -> Vec<&'a Advisory> {
    let mut sorted = advisories.to_vec();
    sorted.sort_by_key(|advisory| (Reverse(last(advisory)), advisory.number.clone()));
    sorted.truncate(MAX_ENTRIES);
    sorted
}

fn title(brand: &Brand) -> String {
    format!("{}: security advisories", brand.name)
}

fn headline(advisory: &Advisory) -> String {
    format!("{}: {}", advisory.number, advisory.title)
}

/// What a reader may filter by: the band and the CVE ids.
fn tags(advisory: &Advisory) -> Vec<String> {
    let band = crate::csaf::worst_band(advisory).map(|band| band.label.clone());
    let cves = advisory.vulnerabilities.iter().filter_map(|one| one.cve.clone());
    band.into_iter().chain(cves).collect()
}

/// Text as it stands in XML, in an element or in quotes. Characters that XML has no way to write are refused before (`problem`).
fn escaped(text: &str) -> String {
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
