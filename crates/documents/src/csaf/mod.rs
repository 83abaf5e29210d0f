//! CSAF 2.0: an advisory as a document of the category *security advisory*, or *VEX* where nothing is affected. One that does not hold any more
//! is of the category *base*, and says why and of no product that it is affected: CSAF 2.0 has no word for it that a reader must heed, and
//! whatever stood there would be taken as true. It has the shape of what CSAF 2.1 calls withdrawn and superseded.
//!
//! Owns the mapping and the bytes. The structs hold only what is written here, with their properties in alphabetical order (§5.3). Never
//! judges: what this makes goes through `gate` before anybody sees it.

mod branches;
mod model;
pub(crate) mod products;
mod read;
mod vulnerability;

use crate::place;
use crate::problem::{self, Problem};
use crate::scores;
use jiff::Timestamp;
use model::{
    AggregateSeverity, Distribution, Engine, Generator, Meta, Note, Reference, RevisionEntry, Root, Tlp, Tracking,
};
use psirt::advisory::{Advisory, Audience, Band, LineState, LineStatement, Status, Validity, Vulnerability};
use psirt::house::Brand;
use serde::Serialize;

pub use model::Publisher;
pub use read::{Understood, read};

/// A CSAF 2.0 document as a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Document(Root);

/// The file name of a tracking id (CSAF 2.0 §5.1): lower case, every run of characters outside of `+ - a-z 0-9` one `_`, then `.json`.
#[must_use]
pub fn file_name(tracking_id: &str) -> String {
    let mut name = String::with_capacity(tracking_id.len() + 5);
    for c in tracking_id.to_lowercase().chars() {
        if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-') {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name + ".json"
}

/// The document of an advisory that has its number and its revisions.
///
/// `engine_version` is the version of Candor that makes it; nothing else but the arguments reaches the document.
///
/// # Errors
/// Everything that [`problem::check`] finds.
pub fn document(advisory: &Advisory, brand: &Brand, engine_version: &str) -> Result<Document, Vec<Problem>> {
    problem::check(advisory, brand)?;
    let first = advisory
        .revisions
        .first()
        .map_or(Timestamp::UNIX_EPOCH, |revision| revision.at);
    let last = advisory
        .revisions
        .last()
        .map_or(Timestamp::UNIX_EPOCH, |revision| revision.at);
    let products = products::Products::of(advisory, brand);
    let holds = advisory.validity.is_current();
    let vulnerabilities = advisory.vulnerabilities.iter().filter(|_| holds);
    Ok(Document(Root {
        document: Meta {
            aggregate_severity: worst_band(advisory).map(|band| AggregateSeverity {
                namespace: some_text(&advisory.frame.severity_namespace)
                    .unwrap_or_else(|| place::url(brand, place::POLICY_PAGE)),
                text: band.label.clone(),
            }),
            category: category(advisory),
            csaf_version: "2.0",
            distribution: Distribution {
                text: restriction(advisory),
                tlp: Tlp {
                    label: advisory.audience.label(),
                    url: "https://www.first.org/tlp/",
                },
            },
            lang: advisory.frame.lang().to_owned(),
            notes: notes(advisory),
            publisher: Publisher {
                issuing_authority: some_text(&advisory.frame.issuing_authority),
                ..publisher(brand)
            },
            references: references(advisory, brand),
            title: advisory.title.clone(),
            tracking: Tracking {
                current_release_date: last.to_string(),
                generator: Generator {
                    date: last.to_string(),
                    engine: Engine {
                        name: "Candor",
                        version: engine_version.to_owned(),
                    },
                },
                id: advisory.number.clone(),
                initial_release_date: first.to_string(),
                revision_history: revision_history(advisory),
                status: match advisory.status {
                    Status::Interim => "interim",
                    Status::Final => "final",
                },
                version: advisory
                    .revisions
                    .last()
                    .map(psirt::advisory::Revision::printed)
                    .unwrap_or_default(),
            },
        },
        product_tree: holds.then(|| products.tree(brand)),
        vulnerabilities: vulnerabilities
            .map(|one| vulnerability::of(one, advisory, &products))
            .collect(),
    }))
}

/// The document's category: the base profile for what does not hold (CSAF 2.0 §4.1); a VEX where nothing is affected, every reason has its
/// label and every vulnerability its CVE id (§4.5); else a security advisory (§4.4).
pub(crate) fn category(advisory: &Advisory) -> &'static str {
    if !advisory.validity.is_current() {
        return "csaf_base";
    }
    let excluded = |line: &LineStatement| line.state == LineState::NotAffected && line.justification.is_some();
    let vex = |one: &Vulnerability| one.cve.is_some() && one.lines.iter().all(excluded);
    if advisory.vulnerabilities.iter().all(vex) {
        "csaf_vex"
    } else {
        "csaf_security_advisory"
    }
}

/// The document's canonical bytes: UTF-8, indented by two spaces, a newline at the end. These bytes are signed.
#[must_use]
pub fn to_bytes(document: &Document) -> Vec<u8> {
    pretty(document)
}

/// Indented JSON with a newline at the end.
pub(crate) fn pretty(value: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists in memory: there is nothing here that JSON cannot hold.
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The brand as CSAF names a publisher.
pub(crate) fn publisher(brand: &Brand) -> Publisher {
    Publisher {
        category: "vendor",
        contact_details: some_text(&brand.contact_details),
        issuing_authority: None,
        name: brand.name.clone(),
        namespace: brand.namespace.clone(),
    }
}

/// The title of the note with what users do whatever the vulnerability is.
pub(crate) const RECOMMENDATIONS: &str = "General recommendations";
/// The title of the note that the lawyers ask for.
pub(crate) const DISCLAIMER: &str = "Legal disclaimer";

/// To whom a document may be passed on: in the words of TLP 2.0, where it is not for everybody, and in those of its brand.
fn restriction(advisory: &Advisory) -> Option<String> {
    let of_brand = some_text(&advisory.frame.distribution);
    let whom = match &advisory.audience {
        Audience::Public => return of_brand,
        Audience::Tlp(psirt::advisory::Tlp::Green) => "for the recipients’ community, and not for everybody".to_owned(),
        Audience::Tlp(psirt::advisory::Tlp::Amber) => {
            "for the recipients’ organisations and their clients, who need to know".to_owned()
        }
        Audience::Tlp(psirt::advisory::Tlp::Red) => "for the recipients alone".to_owned(),
        Audience::Party(party) => format!("for {party} alone"),
    };
    let label = format!("TLP:{}: {whom}.", advisory.audience.label());
    Some(
        [Some(label), of_brand]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// The policy's band of the vulnerability whose deciding vector has the highest base score.
///
/// None where nothing has a severity: of an advisory that does not hold, and of what concerns no line.
pub(crate) fn worst_band(advisory: &Advisory) -> Option<&Band> {
    let rated = advisory
        .vulnerabilities
        .iter()
        .enumerate()
        .filter(|(_, vulnerability)| advisory.validity.is_current() && !vulnerability.excludes_all())
        .filter_map(|(place, vulnerability)| {
            let band = vulnerability.band.as_ref()?;
            let score = scores::read(vulnerability)
                .first()
                .map(|read| read.vector.scores().base);
            Some((score, std::cmp::Reverse(place), band))
        });
    rated
        .max_by_key(|(score, place, _)| (*score, *place))
        .map(|(.., band)| band)
}

fn notes(advisory: &Advisory) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(title) = reasoning(&advisory.validity) {
        notes.push(Note::new("description", title, &no_longer(advisory)));
    }
    notes.push(Note::new("summary", "Summary", &advisory.summary));
    let details = some_text(&advisory.details).filter(|_| advisory.validity.is_current());
    if let Some(details) = details {
        notes.push(Note::new("details", "Details", &details));
    }
    let (policy, version) = &advisory.policy;
    let rated: Vec<String> = advisory
        .vulnerabilities
        .iter()
        .filter(|vulnerability| advisory.validity.is_current() && !vulnerability.excludes_all())
        .filter_map(|vulnerability| {
            let band = vulnerability.band.as_ref()?;
            Some(format!(
                "{}: {} by §{}.",
                vulnerability::name(vulnerability, advisory),
                band.label,
                clause(&band.clause)
            ))
        })
        .collect();
    if !rated.is_empty() {
        let text = format!(
            "{} This is the severity of the policy {policy}, version {version}; the severity beside each CVSS score is that of CVSS.",
            rated.join(" ")
        );
        notes.push(Note::new("general", "Severity by the policy", &text));
    }
    let frame = &advisory.frame;
    if let Some(text) = some_text(&frame.recommendations) {
        notes.push(Note::new("general", RECOMMENDATIONS, &text));
    }
    notes.extend(
        frame
            .notes
            .iter()
            .map(|(title, text)| Note::new("general", title, text)),
    );
    if let Some(text) = some_text(&frame.disclaimer) {
        notes.push(Note::new("legal_disclaimer", DISCLAIMER, &text));
    }
    notes
}

/// The title of the note that says why a document does not hold: that of CSAF 2.1 (§4.7, §4.8), so that its readers find it.
pub(super) const fn reasoning(validity: &Validity) -> Option<&'static str> {
    match validity {
        Validity::Current => None,
        Validity::Withdrawn { .. } => Some("Reasoning for Withdrawal"),
        Validity::Superseded { .. } => Some("Reasoning for Supersession"),
    }
}

/// What the summary of the reference to a successor begins with, as CSAF 2.1 has it (§4.8).
pub(super) const SUCCESSOR: &str = "Superseding Document: ";

/// What keeps the reason of a withdrawal apart from what the document was about.
pub(super) const WAS_ABOUT: &str = "\n\nIt was about ";

/// Why it does not hold, and what it was about.
fn no_longer(advisory: &Advisory) -> String {
    let vulnerabilities = advisory.vulnerabilities.iter();
    let names: Vec<String> = vulnerabilities.map(|one| vulnerability::name(one, advisory)).collect();
    if names.is_empty() {
        return advisory.validity.sentence();
    }
    format!("{}{WAS_ABOUT}{}.", advisory.validity.sentence(), names.join("; "))
}

fn references(advisory: &Advisory, brand: &Brand) -> Vec<Reference> {
    let document = place::url(brand, &place::document(advisory));
    let page = place::url(brand, &place::page(advisory));
    let policy = place::url(brand, place::POLICY_PAGE);
    let mut references = vec![Reference::new("self", "This document", &document)];
    if advisory.audience.is_public() {
        references.push(Reference::new("self", "The advisory as a page", &page));
    }
    references.push(Reference::new(
        "external",
        "The policy under which it is published",
        &policy,
    ));
    if let Validity::Superseded { by } = &advisory.validity {
        let successor = place::url(brand, &place::page_of(by));
        references.push(Reference::new("external", &format!("{SUCCESSOR}{by}"), &successor));
    }
    let of_brand = advisory.frame.references.iter();
    references.extend(of_brand.map(|(title, url)| Reference::new("external", title, url)));
    references
}

fn revision_history(advisory: &Advisory) -> Vec<RevisionEntry> {
    let revisions = advisory.revisions.iter();
    let entry = |revision: &psirt::advisory::Revision| RevisionEntry {
        date: revision.at.to_string(),
        number: revision.printed(),
        summary: revision.summary.clone(),
    };
    revisions.map(entry).collect()
}

/// A clause's number without its sign.
pub(crate) fn clause(text: &str) -> &str {
    text.strip_prefix('§').unwrap_or(text)
}

/// The text, unless it is empty; CSAF allows no empty text.
pub(crate) fn some_text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
