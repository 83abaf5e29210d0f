//! OpenVEX 0.2.0: for each product and vulnerability one statement, and one more for the version that is fixed.
//!
//! OpenVEX takes nothing back, and the newest statement wins: what does not hold any more is *under investigation* with the reason; where
//! another advisory says what holds, with the time of the old statement, so that this one never wins over it.
//!
//! A product is named by the vendor's own address of its line with the versions in it, as the CSAF document has them.

use crate::csaf::products::Products;
use crate::cve::title;
use crate::rolie::{first, last};
use crate::{place, range, remedy};
use psirt::advisory::{Advisory, LineState, LineStatement, Remedy, Validity, Vulnerability};
use psirt::house::Brand;
use serde::Serialize;

/// The labels of OpenVEX; CSAF's flags have the same names.
const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present",
];

/// The document of an advisory that has its number and its revisions.
#[must_use]
pub fn document(advisory: &Advisory, brand: &Brand) -> Vec<u8> {
    let products = Products::of(advisory, brand);
    let mut statements = Vec::new();
    for (place, vulnerability) in advisory.vulnerabilities.iter().enumerate() {
        let remedies = remedy::complete(advisory, vulnerability);
        for line in &vulnerability.lines {
            let told = Told {
                brand,
                advisory,
                products: &products,
                vulnerability: Named::of(advisory, place, vulnerability),
                line,
            };
            told.statements(&remedies, &mut statements);
        }
    }
    let (first, last) = (first(advisory), last(advisory));
    crate::csaf::pretty(&Document {
        context: "https://openvex.dev/ns/v0.2.0",
        id: place::url(brand, &place::openvex(advisory)),
        author: brand.name.clone(),
        role: "Vendor",
        timestamp: first.to_string(),
        last_updated: (last != first).then(|| last.to_string()),
        version: advisory.revisions.last().map_or(1, |revision| revision.number),
        tooling: "Candor",
        statements,
    })
}

/// One line of one vulnerability.
struct Told<'a> {
    brand: &'a Brand,
    advisory: &'a Advisory,
    products: &'a Products,
    vulnerability: Named,
    line: &'a LineStatement,
}

impl Told<'_> {
    fn statements(&self, remedies: &[Remedy], statements: &mut Vec<Statement>) {
        let line = self.line;
        let mut stated = self.statement(&range::stated(line));
        let validity = &self.advisory.validity;
        if !validity.is_current() {
            let old = matches!(validity, Validity::Superseded { .. });
            stated.status = "under_investigation";
            stated.status_notes = Some(validity.sentence());
            stated.timestamp = old.then(|| first(self.advisory).to_string());
            statements.push(stated);
            return;
        }
        match line.state {
            LineState::Fixed | LineState::Affected => {
                let mine = remedies.iter().filter(|remedy| remedy.products.contains(&line.product));
                let actions: Vec<&str> = mine.map(|remedy| remedy.text.trim()).collect();
                stated.status = "affected";
                // OpenVEX wants one; that there is none is said, and not that there is no fix.
                stated.action_statement = Some(match actions.as_slice() {
                    [] => format!("The advisory names no remedy for {}.", line.product),
                    actions => actions.join("\n"),
                });
            }
            LineState::NotAffected => {
                let label = line.justification.as_deref().map(str::trim);
                stated.status = "not_affected";
                stated.justification = JUSTIFICATIONS.into_iter().find(|known| Some(*known) == label);
                if stated.justification.is_none() {
                    stated.impact_statement = Some(format!("{} is not affected.", line.product));
                }
            }
            LineState::UnderInvestigation => stated.status = "under_investigation",
        }
        statements.push(stated);
        let fixed = range::fixed(line);
        if !fixed.is_empty() {
            statements.push(Statement {
                status: "fixed",
                ..self.statement(&fixed)
            });
        }
    }

    fn statement(&self, versions: &[range::Versions]) -> Statement {
        Statement {
            vulnerability: self.vulnerability.clone(),
            products: versions.iter().map(|one| self.product(one)).collect(),
            status: "",
            status_notes: None,
            timestamp: None,
            justification: None,
            impact_statement: None,
            action_statement: None,
        }
    }

    fn product(&self, versions: &range::Versions) -> Product {
        let line = self.products.uri(self.brand, &self.line.product).unwrap_or_default();
        let mut id = format!("{line}?versions=");
        for byte in versions.name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => id.push(char::from(byte)),
                _ => id.push_str(&format!("%{byte:02X}")),
            }
        }
        Product { id }
    }
}

#[derive(Serialize)]
struct Document {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: String,
    author: String,
    role: &'static str,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
    version: u32,
    tooling: &'static str,
    statements: Vec<Statement>,
}

#[derive(Serialize)]
struct Statement {
    vulnerability: Named,
    products: Vec<Product>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<String>,
}

/// A vulnerability by its CVE id, or by the advisory's number and its place in it.
#[derive(Clone, Serialize)]
struct Named {
    name: String,
    description: String,
}

impl Named {
    fn of(advisory: &Advisory, place: usize, vulnerability: &Vulnerability) -> Named {
        Named {
            name: vulnerability
                .cve
                .clone()
                .unwrap_or_else(|| crate::osv::name(advisory, place)),
            description: title(advisory, vulnerability),
        }
    }
}

#[derive(Serialize)]
struct Product {
    #[serde(rename = "@id")]
    id: String,
}
