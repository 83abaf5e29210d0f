//! The smallest tree of a perfect trusted provider, as files in memory. A test changes what goes in, or the files that come out.

use crate::tests::sample::{at, key};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Content by path; the first step of a path is the host.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

pub(super) const HOST: &str = "psirt.example.com";
pub(super) const DNS_HOST: &str = "csaf.data.security.psirt.example.com";
pub(super) const CSAF: &str = "psirt.example.com/.well-known/csaf";

/// One document, and what is said of it everywhere.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) initial: &'static str,
    pub(super) current: &'static str,
    /// Where it lies below the folder of its label.
    pub(super) file: String,
    /// Instead of what a good document holds at these places.
    pub(super) instead: Vec<(&'static str, Value)>,
}

impl Document {
    pub(super) fn new(id: &'static str, label: &'static str, initial: &'static str, current: &'static str) -> Document {
        let year = at(initial).to_zoned(TimeZone::UTC).year();
        Document {
            id,
            label,
            initial,
            current,
            file: format!("{year}/{}", documents::csaf::file_name(id)),
            instead: Vec::new(),
        }
    }

    fn folder(&self) -> String {
        self.label.to_ascii_lowercase()
    }

    fn title(&self) -> String {
        format!("What {} says", self.id)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut value = json!({
            "document": {
                "category": "csaf_base",
                "csaf_version": "2.0",
                "distribution": { "tlp": { "label": self.label } },
                "lang": "en",
                "publisher": publisher(),
                "title": self.title(),
                "tracking": {
                    "current_release_date": self.current,
                    "id": self.id,
                    "initial_release_date": self.initial,
                    "revision_history": [{ "date": self.initial, "number": "1", "summary": "First version" }],
                    "status": "final",
                    "version": "1"
                }
            }
        });
        if self.current != self.initial {
            let history = value
                .pointer_mut("/document/tracking/revision_history")
                .unwrap()
                .as_array_mut()
                .unwrap();
            history.push(json!({ "date": self.current, "number": "2", "summary": "Second version" }));
            *value.pointer_mut("/document/tracking/version").unwrap() = json!("2");
        }
        for (place, instead) in &self.instead {
            *value.pointer_mut(place).unwrap() = instead.clone();
        }
        serde_json::to_vec_pretty(&value).unwrap()
    }
}

fn publisher() -> Value {
    json!({ "category": "vendor", "name": "Example Networks", "namespace": "https://psirt.example.com" })
}

/// What a tree is made of.
pub(super) struct Tree {
    /// The scheme and authority of every address in it.
    pub(super) origin: String,
    pub(super) documents: Vec<Document>,
    /// Where the metadata is.
    pub(super) metadata: &'static str,
    pub(super) directories: bool,
    pub(super) rolie: bool,
}

impl Tree {
    /// Two years, a revised document, one whose year depends on the zone, and an id with a colon.
    pub(super) fn perfect() -> Tree {
        Tree {
            origin: format!("https://{HOST}"),
            documents: vec![
                Document::new(
                    "EXN-SA-2024:002",
                    "WHITE",
                    "2024-05-08T08:00:00Z",
                    "2024-05-20T10:00:00+02:00",
                ),
                Document::new(
                    "EXN-SA-2024:001",
                    "WHITE",
                    "2023-12-31T23:30:00-05:00",
                    "2023-12-31T23:30:00-05:00",
                ),
                Document::new(
                    "EXN-SA-2023:007",
                    "WHITE",
                    "2023-02-01T00:00:00Z",
                    "2023-02-01T00:00:00Z",
                ),
            ],
            metadata: ".well-known/csaf/provider-metadata.json",
            directories: true,
            rolie: true,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }

    fn csaf(&self, path: &str) -> String {
        self.url(&format!(".well-known/csaf/{path}"))
    }

    fn labels(&self) -> BTreeSet<&'static str> {
        self.documents.iter().map(|document| document.label).collect()
    }

    pub(super) fn files(&self) -> Files {
        let mut files = Files::new();
        let fingerprint = key().fingerprint();
        let mut put = |path: String, content: Vec<u8>| {
            assert!(files.insert(path.clone(), content).is_none(), "{path} is there twice");
        };
        put(
            format!("{HOST}/csaf/openpgp/{fingerprint}.asc"),
            key().armored().into_bytes(),
        );
        for document in &self.documents {
            let path = format!("{CSAF}/{}/{}", document.folder(), document.file);
            let bytes = document.bytes();
            let name = path.rsplit('/').next().unwrap();
            let hash = |digest: &[u8]| format!("{}  {name}\n", data_encoding::HEXLOWER.encode(digest)).into_bytes();
            put(format!("{path}.sha256"), hash(&Sha256::digest(&bytes)));
            put(format!("{path}.sha512"), hash(&Sha512::digest(&bytes)));
            let signature = key()
                .sign_detached(&bytes, at("2024-05-30T00:00:00Z").as_second())
                .unwrap();
            put(format!("{path}.asc"), signature.into_bytes());
            put(path, bytes);
        }
        for label in self.labels() {
            let mut documents: Vec<&Document> = self.documents.iter().filter(|one| one.label == label).collect();
            documents.sort_by_key(|document| std::cmp::Reverse(at(document.current)));
            let folder = label.to_ascii_lowercase();
            if self.directories {
                directory(&format!("{CSAF}/{folder}"), &documents, &mut put);
            }
            if self.rolie {
                let feed = serde_json::to_vec(&self.feed(label, &documents)).unwrap();
                put(format!("{CSAF}/{folder}/csaf-feed-tlp-{folder}.json"), feed);
                let category = json!({ "categories": { "category": [{ "term": "csaf_base" }] } });
                put(
                    format!("{CSAF}/{folder}/category-tlp-{folder}.json"),
                    serde_json::to_vec(&category).unwrap(),
                );
            }
        }
        if self.rolie {
            put(
                format!("{HOST}/{}", self.metadata.replace("provider-metadata", "service")),
                serde_json::to_vec(&self.service()).unwrap(),
            );
        }
        let metadata = serde_json::to_vec_pretty(&self.metadata(&fingerprint)).unwrap();
        put(format!("{HOST}/{}", self.metadata), metadata.clone());
        put(format!("{DNS_HOST}/index.json"), metadata);
        let security = format!(
            "Contact: mailto:psirt@example.com\nExpires: 2099-12-31T23:00:00Z\nCSAF: {}\n",
            self.url(self.metadata)
        );
        put(format!("{HOST}/.well-known/security.txt"), security.into_bytes());
        files
    }

    fn metadata(&self, fingerprint: &str) -> Value {
        let mut distributions: Vec<Value> = Vec::new();
        if self.directories {
            let bases = self.labels().into_iter().map(str::to_ascii_lowercase);
            distributions.extend(bases.map(|folder| json!({ "directory_url": self.csaf(&format!("{folder}/")) })));
        }
        if self.rolie {
            let folders: Vec<String> = self.labels().into_iter().map(str::to_ascii_lowercase).collect();
            let categories: Vec<String> = folders
                .iter()
                .map(|folder| self.csaf(&format!("{folder}/category-tlp-{folder}.json")))
                .collect();
            let feeds: Vec<Value> = self
                .labels()
                .into_iter()
                .map(|label| json!({ "tlp_label": label, "url": self.feed_url(label), "summary": "All of them" }))
                .collect();
            let service = self.url(&self.metadata.replace("provider-metadata", "service"));
            distributions.push(json!({ "rolie": { "categories": categories, "feeds": feeds, "services": [service] } }));
        }
        json!({
            "canonical_url": self.url(self.metadata),
            "distributions": distributions,
            "last_updated": "2024-05-30T00:00:00Z",
            "list_on_CSAF_aggregators": false,
            "metadata_version": "2.0",
            "mirror_on_CSAF_aggregators": false,
            "public_openpgp_keys": [
                { "fingerprint": fingerprint, "url": self.url(&format!("csaf/openpgp/{fingerprint}.asc")) }
            ],
            "publisher": publisher(),
            "role": "csaf_trusted_provider"
        })
    }

    fn feed_url(&self, label: &str) -> String {
        let folder = label.to_ascii_lowercase();
        self.csaf(&format!("{folder}/csaf-feed-tlp-{folder}.json"))
    }

    fn feed(&self, label: &str, documents: &[&Document]) -> Value {
        let entries: Vec<Value> = documents
            .iter()
            .map(|document| {
                let src = self.csaf(&format!("{}/{}", document.folder(), document.file));
                json!({
                    "id": document.id,
                    "title": document.title(),
                    "link": [
                        { "rel": "self", "href": src },
                        { "rel": "hash", "href": format!("{src}.sha256") },
                        { "rel": "hash", "href": format!("{src}.sha512") },
                        { "rel": "signature", "href": format!("{src}.asc") }
                    ],
                    "published": document.initial,
                    "updated": document.current,
                    "summary": { "content": "Words" },
                    "content": { "type": "application/json", "src": src },
                    "format": {
                        "schema": "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json",
                        "version": "2.0"
                    }
                })
            })
            .collect();
        json!({ "feed": {
            "id": format!("csaf-feed-tlp-{}", label.to_ascii_lowercase()),
            "title": "Documents",
            "link": [{ "rel": "self", "href": self.feed_url(label) }],
            "category": [{ "scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf" }],
            "updated": "2024-05-30T00:00:00Z",
            "entry": entries
        } })
    }

    fn service(&self) -> Value {
        let collections: Vec<Value> = self
            .labels()
            .into_iter()
            .map(|label| json!({ "title": label, "href": self.feed_url(label), "categories": { "category": [] } }))
            .collect();
        json!({ "service": { "workspace": [{ "title": "CSAF", "collection": collections }] } })
    }
}

/// `index.txt`, `changes.csv`, and the listings of a directory.
fn directory(base: &str, documents: &[&Document], put: &mut dyn FnMut(String, Vec<u8>)) {
    let index: String = documents.iter().map(|one| format!("{}\n", one.file)).collect();
    let changes: String = documents
        .iter()
        .map(|one| format!("\"{}\",\"{}\"\n", one.file, one.current))
        .collect();
    put(format!("{base}/index.txt"), index.into_bytes());
    put(format!("{base}/changes.csv"), changes.into_bytes());
    let link = |to: &str| format!("<li><a href=\"{to}\">{to}</a>");
    let mut folders: BTreeMap<&str, String> = BTreeMap::new();
    for document in documents {
        let (folder, name) = document.file.split_once('/').unwrap();
        folders.entry(folder).or_default().push_str(&link(name));
    }
    let years: String = folders.keys().map(|folder| link(&format!("{folder}/"))).collect();
    put(format!("{base}/index.html"), years.into_bytes());
    for (folder, names) in folders {
        put(format!("{base}/{folder}/index.html"), names.into_bytes());
    }
}

/// Puts files on a disk, readable by everybody.
pub(super) fn write(files: &Files, root: &Path) {
    for (path, content) in files {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    }
}
