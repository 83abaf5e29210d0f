//! Requirement 15: ROLIE feeds, by their schema and against the documents that they name.

use super::documents::{Beside, Document, Documents, State};
use super::metadata::{Label, Metadata};
use super::shape::Shape;
use super::source::Got;
use super::{Check, MOST_DOCUMENTS, MOST_OF_A_LIST, Requirement, short};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

const INFORMATION_TYPE: &str = "urn:ietf:params:rolie:category:information-type";
const CSAF_SCHEMA: &str = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json";

/// A feed as it presents itself.
#[derive(Debug)]
pub(super) struct Feed {
    address: Url,
    label: Label,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    title: String,
    updated: Option<Timestamp>,
    document: Url,
    /// What it links: `hash` or `signature`, and where.
    links: Vec<(String, Url)>,
}

impl Feed {
    /// Whether its label lets everybody read.
    pub(super) fn is_for_everybody(&self) -> bool {
        self.label.audience() == 0
    }

    /// Every document that it names.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Url> {
        self.entries.iter().map(|entry| &entry.document)
    }
}

/// Reads every feed that the metadata names and that is for everybody.
pub(super) fn read(check: &mut Check<'_>, metadata: &Metadata) -> Vec<Feed> {
    if metadata.feeds.is_empty() {
        for requirement in Requirement::ROLIE {
            check.findings.not_offered(requirement);
        }
        return Vec::new();
    }
    if metadata.feeds.iter().all(|(label, _)| label.is_protected()) {
        let place = metadata.address.as_ref().map(Url::as_str).unwrap_or_default();
        let message = "names no feed for TLP:WHITE, TLP:GREEN or documents without a label";
        check.error(Requirement::Feeds, place, message);
    }
    let feeds = metadata.feeds.iter().take(MOST_OF_A_LIST);
    feeds
        .filter_map(|(label, address)| feed(check, *label, address))
        .collect()
}

fn feed(check: &mut Check<'_>, label: Label, address: &Url) -> Option<Feed> {
    let here = match check.get(address) {
        Got::Here(here) => here,
        Got::Denied if label.audience() > 0 => {
            let note = format!("the feed {address} is protected, and was not looked at");
            check.findings.note(note);
            return None;
        }
        Got::Denied => {
            check.error(Requirement::White, address, "it is not for everybody");
            return None;
        }
        Got::Missing => {
            check.error(Requirement::Feeds, address, "there is nothing at this address");
            return None;
        }
        Got::NoName(why) | Got::NoTls(why) | Got::Failed(why) => {
            check.error(Requirement::Feeds, address, why);
            return None;
        }
    };
    if label.is_protected() {
        let message = format!("is the feed of TLP:{}, and anybody can read it", label.name());
        check.error(Requirement::Protected, address, message);
    }
    check.json_type(Requirement::Feeds, address, &here);
    let value: Value = match serde_json::from_slice(&here.bytes) {
        Ok(value) => value,
        Err(error) => {
            check.error(Requirement::Feeds, address, format!("is not JSON: {error}"));
            return None;
        }
    };
    let mut problems = Vec::new();
    let entries = shape_of(&value, address, &mut problems);
    check.problems(Requirement::Feeds, address, problems);
    Some(Feed {
        address: address.clone(),
        label,
        entries,
    })
}

/// The feed by its schema.
fn shape_of(value: &Value, address: &Url, problems: &mut Vec<String>) -> Vec<Entry> {
    let Some(feed) = value.get("feed") else {
        problems.push("/feed: is missing".to_owned());
        return Vec::new();
    };
    let mut feed = Shape::of(feed, "/feed");
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-_.".contains(c);
    if feed.text("id").is_some_and(|id| !id.chars().all(plain)) {
        feed.wrong("id", "holds other characters than A-Z a-z 0-9 + - _ .");
    }
    feed.text("title");
    feed.instant("updated");
    let links = links_of(&mut feed);
    let own = links.iter().any(|(rel, to)| rel == "self" && to == address);
    if !own {
        feed.wrong("link", &format!("has no link `self` to {address}"));
    }
    let says = |item: &Value, name: &str, expect: &str| item.get(name).and_then(Value::as_str) == Some(expect);
    let categories = feed.full_list("category");
    if !categories
        .iter()
        .any(|item| says(item, "scheme", INFORMATION_TYPE) && says(item, "term", "csaf"))
    {
        feed.wrong("category", "does not say that its information type is csaf");
    }
    let items = match feed.list("entry") {
        Some(items) => items,
        None => {
            if feed.get("entry").is_none() {
                feed.wrong("entry", "is missing");
            }
            &[]
        }
    };
    problems.append(&mut feed.problems);
    let items = items.iter().take(MOST_DOCUMENTS).enumerate();
    items
        .filter_map(|(place, item)| entry_of(item, place, problems))
        .collect()
}

fn entry_of(item: &Value, place: usize, problems: &mut Vec<String>) -> Option<Entry> {
    let at = format!("/feed/entry/{place}");
    let mut entry = Shape::of(item, &at);
    let id = entry.text("id").unwrap_or_default().to_owned();
    let title = entry.text("title").unwrap_or_default().to_owned();
    let updated = entry.instant("updated");
    entry.instant("published");
    let links = links_of(&mut entry);
    let mut document = None;
    match entry.get("content") {
        Some(content) => {
            let mut content = Shape::of(content, format!("{at}/content"));
            content.one_of("type", &["application/json"]);
            document = content.address("src", ".json");
            problems.append(&mut content.problems);
        }
        None => entry.wrong("content", "is missing"),
    }
    match entry.get("format") {
        Some(format) => {
            let mut format = Shape::of(format, format!("{at}/format"));
            format.one_of("schema", &[CSAF_SCHEMA]);
            format.one_of("version", &["2.0"]);
            problems.append(&mut format.problems);
        }
        None => entry.wrong("format", "is missing"),
    }
    let own = links
        .iter()
        .any(|(rel, to)| rel == "self" && Some(to) == document.as_ref());
    if let Some(document) = document.as_ref().filter(|_| !own) {
        entry.wrong("link", &format!("has no link `self` to {document}"));
    }
    problems.append(&mut entry.problems);
    Some(Entry {
        id,
        title,
        updated,
        document: document?,
        links,
    })
}

fn links_of(shape: &mut Shape<'_>) -> Vec<(String, Url)> {
    let mut links = Vec::new();
    let mut wrong = 0;
    for link in shape.full_list("link").iter().take(MOST_OF_A_LIST) {
        let text = |name: &str| link.get(name).and_then(Value::as_str).unwrap_or_default();
        match super::shape::address(text("href")) {
            Some(to) if !text("rel").is_empty() => links.push((text("rel").to_owned(), to)),
            _ => wrong += 1,
        }
    }
    if wrong > 0 {
        shape.wrong("link", "holds something that is no link: each has `rel` and `href`");
    }
    links
}

/// Holds the feeds against the documents.
pub(super) fn judge(check: &mut Check<'_>, metadata: &Metadata, feeds: &[Feed], documents: &Documents) {
    for feed in feeds {
        for entry in &feed.entries {
            check.tls(&entry.document);
            entry.links.iter().for_each(|(_, to)| check.tls(to));
            match documents.get(&entry.document) {
                Some(State::Missing) => {
                    let message = format!("names {}, where nothing is", entry.document);
                    check.error(Requirement::Feeds, &feed.address, message);
                }
                Some(State::Read(document)) => entry_fits(check, feed, entry, document),
                Some(State::Unread) | None => {}
            }
        }
    }
    if metadata.feeds.is_empty() {
        return;
    }
    // A document of one label must be in a feed of that label; of feeds that were not read nothing is known.
    let is_read = |address: &Url| feeds.iter().any(|feed| feed.address == *address);
    let unread: BTreeSet<u8> = metadata
        .feeds
        .iter()
        .filter(|(_, address)| !is_read(address))
        .map(|(label, _)| label.audience())
        .collect();
    let named: BTreeSet<(u8, &Url)> = feeds
        .iter()
        .flat_map(|feed| feed.documents().map(|document| (feed.label.audience(), document)))
        .collect();
    for (address, state) in documents {
        let State::Read(document) = state else { continue };
        let audience = document.label.audience();
        if !named.contains(&(audience, address)) && !unread.contains(&audience) {
            let message = format!("is in no feed of TLP:{}", document.label.name());
            check.error(Requirement::Feeds, address, message);
        }
    }
}

fn entry_fits(check: &mut Check<'_>, feed: &Feed, entry: &Entry, document: &Document) {
    let place = &feed.address;
    let name = &entry.document;
    if entry.id != document.id {
        let message = format!(
            "calls {name} `{}`, and its tracking id is `{}`",
            short(&entry.id),
            short(&document.id)
        );
        check.error(Requirement::Feeds, place, message);
    }
    if entry.title != document.title {
        let message = format!("gives {name} another title than its own");
        check.warn(Requirement::Feeds, place, message);
    }
    if document.label.audience() > feed.label.audience() {
        let message = format!(
            "is the feed of TLP:{}, and names {name}, which is TLP:{}",
            feed.label.name(),
            document.label.name()
        );
        check.error(Requirement::Feeds, place, message);
    }
    if entry
        .updated
        .zip(document.current)
        .is_some_and(|(updated, current)| updated < current)
    {
        let message =
            format!("says that {name} was updated before its current release date: readers will miss the change");
        check.warn(Requirement::Feeds, place, message);
    }
    for kind in Beside::ALL {
        let at = kind.address(name);
        let linked = entry.links.iter().any(|(rel, to)| rel == kind.rel() && *to == at);
        let exists = document.beside.contains(&kind);
        match (exists, linked) {
            (true, false) => check.error(Requirement::Feeds, place, format!("does not link {at}")),
            // That a signature is missing was said where it must be.
            (false, true) if kind != Beside::Signature => {
                check.error(Requirement::Hashes, &at, "is linked by a feed, and is not there");
            }
            _ => {}
        }
    }
}
