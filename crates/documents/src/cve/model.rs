//! The shape of a CVE record 5.2: the part that Candor writes. Never decides anything.

use crate::scores::Object;
use serde::Serialize;

/// The longest title, in characters.
pub(super) const MAX_TITLE_CHARS: usize = 256;
/// The longest description, solution or moment, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 4_096;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    pub(super) data_type: &'static str,
    pub(super) data_version: &'static str,
    pub(super) cve_metadata: Metadata,
    pub(super) containers: Containers<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) cve_id: String,
    pub(super) assigner_org_id: String,
    pub(super) assigner_short_name: String,
    pub(super) state: &'static str,
    pub(super) date_published: String,
    pub(super) date_updated: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Containers<'a> {
    pub(super) cna: Provided<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provided<'a> {
    pub(super) provider_metadata: ProviderMetadata,
    #[serde(flatten)]
    pub(super) container: &'a Container,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProviderMetadata {
    pub(super) org_id: String,
    pub(super) short_name: String,
    pub(super) date_updated: String,
}

/// What a CNA says of one vulnerability. The service that takes it adds who provided it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    pub(crate) title: String,
    pub(crate) date_public: String,
    pub(crate) descriptions: Vec<Text>,
    pub(crate) affected: Vec<Affected>,
    pub(crate) references: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) problem_types: Vec<ProblemType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) impacts: Vec<Impact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) solutions: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) workarounds: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exploits: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) timeline: Vec<Moment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) credits: Vec<Credit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<&'static str>,
    pub(crate) source: Source,
}

/// A text in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    pub(crate) lang: &'static str,
    pub(crate) value: String,
}

/// Somebody's name, and what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Credit {
    #[serde(flatten)]
    pub(crate) text: Text,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Affected {
    pub(crate) vendor: String,
    pub(crate) product: String,
    pub(crate) default_status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<Versions>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Versions {
    pub(crate) version: String,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) less_than: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) less_than_or_equal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version_type: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reference {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<&'static str>,
    pub(crate) url: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ProblemType {
    pub(crate) descriptions: [Weakness; 1],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Weakness {
    pub(crate) cwe_id: String,
    pub(crate) description: String,
    pub(crate) lang: &'static str,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Impact {
    pub(crate) descriptions: [Text; 1],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Metric {
    pub(crate) format: &'static str,
    #[serde(flatten)]
    pub(crate) score: std::collections::BTreeMap<&'static str, Object>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Moment {
    pub(crate) lang: &'static str,
    pub(crate) time: String,
    pub(crate) value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Source {
    pub(crate) advisory: String,
    pub(crate) discovery: &'static str,
}
