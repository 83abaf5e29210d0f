//! `publish`: by which vehicle the world is told.
//!
//! Never publishes, and never decides when: holds are promises.

use super::{Head, scope_of};
use crate::policy::{
    fact::When,
    fields::Fields,
    phrase::{self, Words},
    word::{Word, joined, words},
};

words! {
    /// What carries the statement.
    Vehicle {
        /// The security advisory.
        Advisory = "advisory",
        /// The release notes.
        ReleaseNote = "release-note",
        /// The public portal.
        Portal = "portal",
        /// A message to a CERT.
        Cert = "cert",
        /// The CVE record.
        Cve = "cve",
        /// The CSAF provider's folder.
        Provider = "provider",
        /// The page that shows the policy.
        PolicyPage = "policy-page",
    }
}
words! {
    /// A form in which it is published.
    Format {
        /// A web page.
        Html = "html",
        /// Plain text.
        Text = "text",
        /// A CSAF document.
        Csaf = "csaf",
        /// A CVE record.
        Cve = "cve",
        /// An OSV record.
        Osv = "osv",
        /// An OpenVEX document.
        Openvex = "openvex",
        /// A ROLIE feed.
        Rolie = "rolie",
        /// A signed mail.
        Mail = "mail",
    }
}
words! {
    /// A role of CSAF 2.0, section 7.2.
    Role {
        /// Publishes documents.
        Publisher = "csaf_publisher",
        /// With metadata and a folder or feed.
        Provider = "csaf_provider",
        /// With hashes and signatures too.
        TrustedProvider = "csaf_trusted_provider",
    }
}
words! {
    /// The status of a document that has no fix to tell of yet (R9).
    Status {
        /// Still being written.
        Draft = "draft",
        /// Published, and expected to change.
        Interim = "interim",
        /// Published, and not expected to change.
        Final = "final",
    }
}
words! {
    /// What the statement must tell.
    Content {
        /// The vulnerabilities.
        Vulnerabilities = "vulnerabilities",
        /// Affected and fixed product versions.
        Products = "products",
        /// CVSS scores and vectors.
        Scores = "scores",
        /// The policy's band.
        Band = "band",
        /// The impact, by the vocabulary.
        Impact = "impact",
        /// Fix, workaround, or that there is none.
        Instructions = "instructions",
        /// Who is thanked.
        Credit = "credit",
        /// Where to read more.
        References = "references",
        /// What changed when.
        Revisions = "revisions",
        /// The calculator for the environmental score (T15).
        Calculator = "calculator",
    }
}

/// A vehicle of publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// What carries the statement.
    pub vehicle: Vehicle,
    /// What is told by it.
    pub when: When,
    /// In which forms.
    pub formats: Vec<Format>,
    /// The CSAF role, for the vehicle `provider`.
    pub role: Option<Role>,
    /// Where it is found: a web address.
    pub base: Option<String>,
    /// What it must tell.
    pub fields: Vec<Content>,
    /// The status while there is no fix.
    pub status_without_fix: Option<Status>,
    /// Whether a person chooses each time.
    pub optional: bool,
}

pub(in crate::policy) const KEYS: &[&str] = &[
    "id",
    "when",
    "vehicle",
    "formats",
    "role",
    "base",
    "fields",
    "status_without_fix",
    "optional",
];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Publish> {
    let vehicle = fields.need_word("vehicle");
    let when = fields.when("when");
    let formats = fields.words("formats");
    let role = fields.word("role");
    if fields.has("role") && vehicle.is_some_and(|vehicle| vehicle != Vehicle::Provider) {
        let at = fields.at("role");
        fields.error(
            at,
            "useless-key",
            "only the vehicle `provider` has a role: delete the key, or change `vehicle`",
        );
    }
    let base = fields.text("base");
    let content = fields.words("fields");
    let status_without_fix = fields.word("status_without_fix");
    let optional = fields.flag("optional");
    Some(Publish {
        id: head.id,
        clause: head.clause,
        line: head.line,
        vehicle: vehicle?,
        when: when?,
        formats,
        role,
        base,
        fields: content,
        status_without_fix,
        optional,
    })
}

impl Publish {
    pub(in crate::policy) fn sentence(&self, words: Words<'_>) -> String {
        let vehicle = match self.vehicle {
            Vehicle::Advisory => "the world is told by an advisory",
            Vehicle::ReleaseNote => "customers are told in the release notes",
            Vehicle::Portal => "it stands on the portal",
            Vehicle::Cert => "a CERT is told",
            Vehicle::Cve => "there is a CVE record",
            Vehicle::Provider => "documents lie in the provider's folder",
            Vehicle::PolicyPage => "this policy has its public page",
        };
        let mut text = format!("{}{vehicle}", scope_of(&self.when, words));
        if !self.formats.is_empty() {
            let formats: Vec<&str> = self.formats.iter().map(|format| format.word()).collect();
            text.push_str(&format!(" as {}", joined(&formats, "and")));
        }
        if let Some(role) = self.role {
            text.push_str(&format!(" in the role `{role}`"));
        }
        if let Some(base) = &self.base {
            text.push_str(&format!(" at {base}"));
        }
        if !self.fields.is_empty() {
            let fields: Vec<&str> = self.fields.iter().map(|field| field.word()).collect();
            text.push_str(&format!("; it holds {}", joined(&fields, "and")));
        }
        if let Some(status) = self.status_without_fix {
            text.push_str(&format!("; without a fix its status is {status}"));
        }
        if self.optional {
            text.push_str(", if a person so chooses");
        }
        phrase::sentence(&text)
    }
}
