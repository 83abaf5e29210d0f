//! The shape of the document: the part of CSAF 2.0 that Candor writes, properties in alphabetical order. No decisions here.

use crate::scores::Object;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Root {
    pub(super) document: Meta,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product_tree: Option<ProductTree>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) vulnerabilities: Vec<Vulnerability>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aggregate_severity: Option<AggregateSeverity>,
    pub(super) category: &'static str,
    pub(super) csaf_version: &'static str,
    pub(super) distribution: Distribution,
    pub(super) lang: String,
    pub(super) notes: Vec<Note>,
    pub(super) publisher: Publisher,
    pub(super) references: Vec<Reference>,
    pub(super) title: String,
    pub(super) tracking: Tracking,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct AggregateSeverity {
    pub(super) namespace: String,
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Distribution {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    pub(super) tlp: Tlp,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tlp {
    pub(super) label: &'static str,
    pub(super) url: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Note {
    category: &'static str,
    text: String,
    title: String,
}

impl Note {
    pub(super) fn new(category: &'static str, title: &str, text: &str) -> Self {
        Note {
            category,
            text: text.to_owned(),
            title: title.to_owned(),
        }
    }
}

/// The publisher of documents and of the provider's metadata (§3.2.1.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Publisher {
    pub(super) category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contact_details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issuing_authority: Option<String>,
    pub(super) name: String,
    pub(super) namespace: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Reference {
    category: &'static str,
    summary: String,
    url: String,
}

impl Reference {
    pub(super) fn new(category: &'static str, summary: &str, url: &str) -> Self {
        Reference {
            category,
            summary: summary.to_owned(),
            url: url.to_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tracking {
    pub(super) current_release_date: String,
    pub(super) generator: Generator,
    pub(super) id: String,
    pub(super) initial_release_date: String,
    pub(super) revision_history: Vec<RevisionEntry>,
    pub(super) status: &'static str,
    pub(super) version: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Generator {
    pub(super) date: String,
    pub(super) engine: Engine,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Engine {
    pub(super) name: &'static str,
    pub(super) version: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct RevisionEntry {
    pub(super) date: String,
    pub(super) number: String,
    pub(super) summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ProductTree {
    pub(super) branches: Vec<Branch>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Branch {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) branches: Vec<Branch>,
    pub(super) category: &'static str,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product: Option<Product>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Product {
    pub(super) name: String,
    pub(super) product_id: String,
    pub(super) product_identification_helper: IdentificationHelper,
}

/// How a machine recognises a product: a URI of the vendor's own, for lack of a package URL.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct IdentificationHelper {
    pub(super) x_generic_uris: Vec<GenericUri>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct GenericUri {
    pub(super) namespace: String,
    pub(super) uri: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Vulnerability {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) acknowledgments: Vec<Acknowledgment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cve: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwe: Option<Cwe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discovery_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) flags: Vec<Flag>,
    pub(super) notes: Vec<Note>,
    pub(super) product_status: ProductStatus,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<Reference>,
    pub(super) release_date: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) remediations: Vec<Remediation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) scores: Vec<Score>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) threats: Vec<Threat>,
    pub(super) title: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Acknowledgment {
    pub(super) names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cwe {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Flag {
    pub(super) label: String,
    pub(super) product_ids: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct ProductStatus {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) first_fixed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fixed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) known_affected: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) known_not_affected: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) recommended: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) under_investigation: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Remediation {
    pub(super) category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<String>,
    pub(super) details: String,
    pub(super) product_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Score {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cvss_v2: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cvss_v3: Option<Object>,
    pub(super) products: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Threat {
    pub(super) category: &'static str,
    pub(super) details: String,
    pub(super) product_ids: Vec<String>,
}
