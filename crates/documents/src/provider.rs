//! `provider-metadata.json` (CSAF 2.0 §7.1.7 and its schema): who publishes, where, signed by which keys.
//!
//! Claims only what the published tree serves: directories and ROLIE feeds, hashes and signatures make a *trusted provider*; without a
//! key that others can check with, there is no trust to claim. What is for one audience has metadata of its own, to which no public way leads (requirements 8
//! to 10), and so claims no more than a *publisher*: whoever knows the address reads it.

use crate::place;
use jiff::Timestamp;
use psirt::advisory::Audience;
use psirt::house::Brand;
use serde::Serialize;

/// The metadata of a brand.
///
/// `fingerprints` are those of every key that made a published signature, the present one first; `last_updated` is the instant of the
/// last change of any document or of the metadata. Aggregators may list and mirror the documents where the brand
/// says so.
#[must_use]
pub fn metadata(brand: &Brand, fingerprints: &[String], last_updated: Timestamp) -> Vec<u8> {
    metadata_for(brand, &Audience::Public, fingerprints, last_updated)
}

/// The metadata by which the tools of one audience find what is for them. The public one names nothing that is not public. That of an audience
/// names its feed, without service and category documents, which it has not, and is for no aggregator.
#[must_use]
pub fn metadata_for(brand: &Brand, audience: &Audience, fingerprints: &[String], last_updated: Timestamp) -> Vec<u8> {
    let (own, summary, more) = if audience.is_public() {
        let more = [place::WHITE_CATEGORIES, place::SERVICE].map(|path| vec![place::url(brand, path)]);
        let summary = format!("Every public advisory of {}", brand.name);
        (place::PROVIDER_METADATA.to_owned(), summary, more)
    } else {
        let summary = format!("Advisories of {} for {audience}", brand.name);
        (place::protected_metadata(audience), summary, [Vec::new(), Vec::new()])
    };
    let [categories, services] = more;
    let metadata = Metadata {
        canonical_url: place::url(brand, &own),
        distributions: [
            Distribution::Directory {
                directory_url: place::url(brand, &format!("{}/", place::folder(audience))),
            },
            Distribution::Rolie {
                rolie: Rolie {
                    categories,
                    feeds: [Feed {
                        summary,
                        tlp_label: audience.label(),
                        url: place::url(brand, &place::feed(audience)),
                    }],
                    services,
                },
            },
        ],
        last_updated: last_updated.to_string(),
        list_on_aggregators: audience.is_public() && brand.aggregators.list,
        metadata_version: "2.0",
        mirror_on_aggregators: audience.is_public() && brand.aggregators.mirror,
        public_openpgp_keys: fingerprints
            .iter()
            .map(|fingerprint| Key {
                fingerprint: fingerprint.clone(),
                url: place::url(brand, &place::key(fingerprint)),
            })
            .collect(),
        publisher: crate::csaf::publisher(brand),
        role: match (audience.is_public(), fingerprints.is_empty()) {
            (false, _) => "csaf_publisher",
            (true, true) => "csaf_provider",
            (true, false) => "csaf_trusted_provider",
        },
    };
    crate::csaf::pretty(&metadata)
}

/// One line of `changes.csv` in CSAF 2.0's form: both fields quoted. `file` is relative to the directory.
#[must_use]
pub fn change(file: &str, current_release_date: Timestamp) -> String {
    format!("\"{file}\",\"{current_release_date}\"\n")
}

#[derive(Serialize)]
struct Metadata {
    canonical_url: String,
    distributions: [Distribution; 2],
    last_updated: String,
    #[serde(rename = "list_on_CSAF_aggregators")]
    list_on_aggregators: bool,
    metadata_version: &'static str,
    #[serde(rename = "mirror_on_CSAF_aggregators")]
    mirror_on_aggregators: bool,
    public_openpgp_keys: Vec<Key>,
    publisher: crate::csaf::Publisher,
    role: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Distribution {
    Directory { directory_url: String },
    Rolie { rolie: Rolie },
}

#[derive(Serialize)]
struct Rolie {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<String>,
    feeds: [Feed; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<String>,
}

#[derive(Serialize)]
struct Feed {
    summary: String,
    tlp_label: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Key {
    fingerprint: String,
    url: String,
}
