//! What makes a CSAF trusted provider, checked against the documents that are there: feeds, service, listings, `security.txt`, and the
//! metadata under the DNS path's host.

use super::Check;
use crate::links;
use documents::{place, security_txt};
use jiff::Timestamp;
use openpgp::Certificate;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Below a value, every text at the ends of a path of names; `*` stands for every entry of a list.
fn texts(value: &Value, path: &[&str]) -> Vec<String> {
    let Some((name, rest)) = path.split_first() else {
        return value.as_str().map(str::to_owned).into_iter().collect();
    };
    match (*name, value) {
        ("*", Value::Array(entries)) => entries.iter().flat_map(|entry| texts(entry, rest)).collect(),
        (name, value) => value.get(name).map(|value| texts(value, rest)).unwrap_or_default(),
    }
}

/// The file that an address of ours leads to.
fn file(address: &str) -> &str {
    address.strip_prefix("https://").unwrap_or(address)
}

impl Check<'_> {
    /// `times` are the current release dates of the brand's white documents, by their path below the folder.
    pub(super) fn provider(&mut self, brand: &str, keys: &[Certificate], times: &BTreeMap<String, String>) {
        let path = format!("{brand}/{}", place::PROVIDER_METADATA);
        if let Some(metadata) = self.tree.json(&path) {
            self.distributions(brand, &path, &metadata, times);
        }
        let mirror = format!("{}{brand}/{}", place::DNS_PATH_PREFIX, place::DNS_PATH_FILE);
        if self.tree.read(&mirror) != self.tree.read(&path) {
            self.find(&mirror, "is not the same as the provider's metadata");
        }
        self.security_txt(brand, keys);
        self.listings(brand, times);
    }

    fn distributions(&mut self, brand: &str, path: &str, metadata: &Value, times: &BTreeMap<String, String>) {
        for folder in texts(metadata, &["distributions", "*", "directory_url"]) {
            if !self.tree.has(&format!("{}index.txt", file(&folder))) {
                self.find(path, format!("the directory {folder} has no index.txt"));
            }
        }
        let rolie = |names: &[&str]| texts(metadata, &[&["distributions", "*", "rolie"], names].concat());
        let feeds: BTreeSet<String> = rolie(&["feeds", "*", "url"]).into_iter().collect();
        for feed in &feeds {
            match self.tree.json(file(feed)) {
                Some(content) => self.feed(brand, file(feed), &content, times),
                None => self.find(path, format!("the feed {feed} is missing or not JSON")),
            }
        }
        for service in rolie(&["services", "*"]) {
            let content = self.tree.json(file(&service)).unwrap_or_default();
            let named = texts(&content, &["service", "workspace", "*", "collection", "*", "href"]);
            if named.into_iter().collect::<BTreeSet<_>>() != feeds {
                self.find(file(&service), "does not name exactly the feeds of the metadata");
            }
        }
        for categories in rolie(&["categories", "*"]) {
            let content = self.tree.json(file(&categories)).unwrap_or_default();
            if texts(&content, &["categories", "category", "*", "term"]).is_empty() {
                self.find(file(&categories), "names no category");
            }
        }
    }

    /// Every document is an entry with its date and with everything that lies beside it, the last change first.
    fn feed(&mut self, brand: &str, path: &str, content: &Value, times: &BTreeMap<String, String>) {
        let mut listed = BTreeMap::new();
        let mut dates: Vec<Option<Timestamp>> = Vec::new();
        let mut wrong = Vec::new();
        let entries = content.pointer("/feed/entry").and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let source = text("/content/src");
            let links: BTreeSet<(String, String)> = entry
                .get("link")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .flat_map(|link| texts(link, &["rel"]).into_iter().zip(texts(link, &["href"])))
                .collect();
            let expected = [
                ("self", ""),
                ("hash", ".sha256"),
                ("hash", ".sha512"),
                ("signature", ".asc"),
            ];
            let expected: BTreeSet<(String, String)> = expected
                .iter()
                .map(|(rel, end)| ((*rel).to_owned(), format!("{source}{end}")))
                .collect();
            if links != expected {
                wrong.push(format!(
                    "the entry {} does not link to its document and what lies beside it",
                    text("/id")
                ));
            }
            dates.push(text("/updated").parse().ok());
            let below = file(source).strip_prefix(&format!("{brand}/{}/", place::WHITE));
            listed.insert(below.unwrap_or(source).to_owned(), text("/updated").to_owned());
        }
        for message in wrong {
            self.find(path, message);
        }
        if listed != *times || dates.len() != times.len() {
            self.find(
                path,
                "does not list exactly the documents that are there, with their dates",
            );
        }
        if !dates.is_sorted_by(|earlier, later| earlier >= later) {
            self.find(path, "is not sorted, the last change first");
        }
    }

    fn security_txt(&mut self, brand: &str, keys: &[Certificate]) {
        let path = format!("{brand}/{}", place::SECURITY_TXT);
        let Some(bytes) = self.tree.read(&path) else {
            // A brand without a key has none; one with a key would be refused by readers without it.
            if !keys.is_empty() {
                self.find(&path, "is missing");
            }
            return;
        };
        let read = keys
            .iter()
            .find_map(|key| openpgp::verify_cleartext(key, &bytes, self.tree.now).ok());
        let Some((_, text)) = read else {
            return self.find(&path, "is not signed by a published key");
        };
        let values = |name: &str| -> Vec<&str> {
            let lines = text.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(field, _)| *field == name)
                .map(|(_, value)| value)
                .collect()
        };
        let mut wrong = Vec::new();
        if values("CSAF").first() != Some(&format!("https://{brand}/{}", place::PROVIDER_METADATA).as_str()) {
            wrong.push("its first CSAF line is not the address of the metadata".to_owned());
        }
        if values("Canonical") != [format!("https://{path}")] {
            wrong.push("its Canonical line is not its own address".to_owned());
        }
        let expires: Option<Timestamp> = match values("Expires").as_slice() {
            [one] => one.parse().ok(),
            _ => None,
        };
        match (expires, Timestamp::from_second(self.tree.now)) {
            (Some(expires), Ok(now)) if security_txt::is_due(expires, now) => {
                wrong.push(format!("expires at {expires}: publish again, which renews it; if its key ended before that, extend the key first (`candor key extend`)"));
            }
            (Some(_), _) => {}
            (None, _) => wrong.push("does not say once until when it is valid".to_owned()),
        }
        for field in ["Encryption", "Policy", "Acknowledgments"] {
            for address in values(field) {
                if !self.tree.has(file(address)) {
                    wrong.push(format!("its {field} line leads nowhere: {address}"));
                }
            }
        }
        for message in wrong {
            self.find(&path, message);
        }
    }

    /// Every folder of documents has a page that links to each of them.
    fn listings(&mut self, brand: &str, times: &BTreeMap<String, String>) {
        let mut years: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (year, file) in times.keys().filter_map(|path| path.split_once('/')) {
            years.entry(year).or_default().push(file);
        }
        for (year, files) in years {
            let path = format!("{brand}/{}/{year}/index.html", place::WHITE);
            let html = self
                .tree
                .read(&path)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let links: BTreeSet<String> = html
                .map(|html| links::of(&html))
                .unwrap_or_default()
                .into_iter()
                .collect();
            if !files.iter().all(|file| links.contains(*file)) {
                self.find(&path, "does not link to every document of its folder");
            }
        }
    }
}
