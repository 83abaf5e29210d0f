//! Requirement 7: provider-metadata.json, by its schema (CSAF 2.0 §7.1.7), and what it names.

use super::discovery::Found;
use super::requirement::Role;
use super::shape::Shape;
use super::source::Got;
use super::{Check, MOST_OF_A_LIST, Requirement};
use serde_json::Value;
use url::Url;

/// A TLP label, from the widest audience to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Unlabeled,
    White,
    Green,
    Amber,
    Red,
}

impl Label {
    pub(super) const NAMES: [&'static str; 5] = ["UNLABELED", "WHITE", "GREEN", "AMBER", "RED"];

    pub(super) fn read(text: &str) -> Option<Label> {
        use Label::{Amber, Green, Red, Unlabeled, White};
        let labels = [Unlabeled, White, Green, Amber, Red];
        labels.into_iter().find(|label| label.name() == text)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Label::Unlabeled => "UNLABELED",
            Label::White => "WHITE",
            Label::Green => "GREEN",
            Label::Amber => "AMBER",
            Label::Red => "RED",
        }
    }

    /// Who may read: what has no label is as free as TLP:WHITE.
    pub(super) fn audience(self) -> u8 {
        match self {
            Label::Unlabeled | Label::White => 0,
            Label::Green => 1,
            Label::Amber => 2,
            Label::Red => 3,
        }
    }

    /// Whether it must be kept from everybody else (requirement 5).
    pub(super) fn is_protected(self) -> bool {
        self >= Label::Amber
    }
}

/// What the metadata names.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) address: Option<Url>,
    pub(super) role: Option<Role>,
    /// The bases of directories, each with a slash at its end.
    pub(super) directories: Vec<Url>,
    pub(super) feeds: Vec<(Label, Url)>,
    pub(super) services: Vec<Url>,
    pub(super) categories: Vec<Url>,
    /// Addresses of keys with their fingerprints, as far as these were given.
    pub(super) keys: Vec<(Option<String>, Url)>,
}

const CATEGORIES: [&str; 6] = ["coordinator", "discoverer", "other", "translator", "user", "vendor"];
const ROLES: [&str; 3] = ["csaf_publisher", "csaf_provider", "csaf_trusted_provider"];

/// Reads the metadata, and everything wrong with it.
pub(super) fn read(check: &mut Check<'_>, found: &Found) -> Metadata {
    check.json_type(Requirement::Metadata, &found.address, &found.here);
    let mut metadata = Metadata {
        address: Some(found.address.clone()),
        ..Metadata::default()
    };
    let value: Value = match serde_json::from_slice(&found.here.bytes) {
        Ok(value) => value,
        Err(error) => {
            check.error(Requirement::Metadata, &found.address, format!("is not JSON: {error}"));
            return metadata;
        }
    };
    let mut root = Shape::of(&value, "");
    let canonical = root.address("canonical_url", super::METADATA_FILE);
    root.instant("last_updated");
    root.boolean("list_on_CSAF_aggregators");
    root.boolean("mirror_on_CSAF_aggregators");
    root.one_of("metadata_version", &["2.0"]);
    metadata.role = root.one_of("role", &ROLES).and_then(Role::read);
    let mut problems = Vec::new();
    match root.get("publisher") {
        Some(publisher) => publisher_of(publisher, &mut problems),
        None => root.wrong("publisher", "is missing"),
    }
    if root.get("distributions").is_some() {
        for (place, one) in root.full_list("distributions").iter().take(MOST_OF_A_LIST).enumerate() {
            distribution(one, place, &mut metadata, &mut problems);
        }
    }
    for (place, key) in root
        .list("public_openpgp_keys")
        .unwrap_or_default()
        .iter()
        .take(MOST_OF_A_LIST)
        .enumerate()
    {
        let mut key = Shape::of(key, format!("/public_openpgp_keys/{place}"));
        let address = key.address("url", "");
        let fingerprint = key
            .get("fingerprint")
            .is_some()
            .then(|| key.text("fingerprint"))
            .flatten();
        if fingerprint.is_some_and(|text| text.len() < 40 || !text.bytes().all(|b| b.is_ascii_hexdigit())) {
            key.wrong("fingerprint", "is not of 40 or more hexadecimal digits");
        }
        metadata
            .keys
            .extend(address.map(|address| (fingerprint.map(str::to_ascii_uppercase), address)));
        problems.append(&mut key.problems);
    }
    root.problems.append(&mut problems);
    check.problems(Requirement::Metadata, &found.address, root.problems);
    if let Some(canonical) = canonical {
        is_canonical(check, found, &canonical);
    }
    metadata
}

/// What is at the canonical address are these bytes.
fn is_canonical(check: &mut Check<'_>, found: &Found, canonical: &Url) {
    check.tls(canonical);
    if *canonical == found.address {
        return;
    }
    match check.get(canonical) {
        Got::Here(here) if here.bytes == found.here.bytes => {}
        Got::Here(_) => {
            let message = format!("its canonical_url {canonical} serves another file");
            check.error(Requirement::Metadata, &found.address, message);
        }
        Got::Missing | Got::Denied | Got::NoName(_) | Got::NoTls(_) | Got::Failed(_) => {
            let message = format!("its canonical_url {canonical} serves nothing that can be read");
            check.error(Requirement::Metadata, &found.address, message);
        }
    }
}

fn publisher_of(value: &Value, problems: &mut Vec<String>) {
    let mut publisher = Shape::of(value, "/publisher");
    publisher.one_of("category", &CATEGORIES);
    publisher.text("name");
    publisher.address("namespace", "");
    problems.append(&mut publisher.problems);
}

fn distribution(value: &Value, place: usize, metadata: &mut Metadata, problems: &mut Vec<String>) {
    let at = format!("/distributions/{place}");
    let mut one = Shape::of(value, &at);
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        one.wrong("", "says nothing");
    }
    if one.get("directory_url").is_some() {
        let directory = one.address("directory_url", "").map(as_folder);
        metadata.directories.extend(directory);
    }
    problems.append(&mut one.problems);
    let Some(rolie) = value.get("rolie") else { return };
    let mut rolie = Shape::of(rolie, format!("{at}/rolie"));
    for (place, feed) in rolie.full_list("feeds").iter().take(MOST_OF_A_LIST).enumerate() {
        let mut feed = Shape::of(feed, format!("{at}/rolie/feeds/{place}"));
        let label = feed.one_of("tlp_label", &Label::NAMES).and_then(Label::read);
        let address = feed.address("url", ".json");
        metadata.feeds.extend(label.zip(address));
        problems.append(&mut feed.problems);
    }
    for (name, into) in [
        ("services", &mut metadata.services),
        ("categories", &mut metadata.categories),
    ] {
        if rolie.get(name).is_none() {
            continue;
        }
        for (place, item) in rolie.full_list(name).iter().take(MOST_OF_A_LIST).enumerate() {
            match item.as_str().and_then(super::shape::address) {
                Some(address) if address.path().ends_with(".json") => into.push(address),
                _ => problems.push(format!("{at}/rolie/{name}/{place}: is no address that ends with .json")),
            }
        }
    }
    problems.append(&mut rolie.problems);
}

/// An address with a slash at its end, so that names join below it.
fn as_folder(mut address: Url) -> Url {
    if !address.path().ends_with('/') {
        let path = format!("{}/", address.path());
        address.set_path(&path);
    }
    address
}
