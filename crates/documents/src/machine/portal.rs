//! What a portal of customers hands over, version 1: who the customer is, apart from what they found.
//!
//! Owns that the two stay apart: nothing of the customer is in the text of the vulnerability, unless they wrote it there themselves. Never opens anything.

use super::tree::At;
use super::{Fault, line};
use std::fmt;

pub(super) const WORDS: &[&str] = &[
    "version",
    "customer",
    "name",
    "id",
    "entitlement",
    "contact",
    "vulnerability",
    "title",
    "text",
    "product",
    "affected",
];

/// A report of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    /// Who reports.
    pub customer: Customer,
    /// In one line; empty for the first one of the text.
    pub title: String,
    /// What they found.
    pub text: String,
    /// The product line; empty if it is not said.
    pub product: String,
    /// Versions that they saw it in.
    pub affected: String,
}

/// A customer as the portal knows them. It has no `Display`, and says nothing of itself to a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    name: String,
    id: String,
    entitlement: String,
    contact: String,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Customer(…)")
    }
}

impl Customer {
    /// What is sealed as the sender: it can be erased while the case stays.
    #[must_use]
    pub fn sealed(&self) -> String {
        let told = [
            ("", &self.name),
            ("customer ", &self.id),
            ("entitlement ", &self.entitlement),
        ];
        let told = told.into_iter().filter(|(_, said)| !said.is_empty());
        let told: Vec<String> = told.map(|(what, said)| format!("{what}{said}")).collect();
        match self.contact.as_str() {
            "" => told.join(", "),
            contact => format!("{} <{contact}>", told.join(", ")),
        }
    }
}

pub(super) fn read(root: &At<'_>) -> Result<HandedOver, Fault> {
    let version = root.need("version")?;
    if (version.number()? - 1.0).abs() > f64::EPSILON {
        return Err(version.fault("This version is not known; 1 is."));
    }
    let who = root.need("customer")?;
    // A bracket would end the address in which the contact is kept.
    let part = |word: &str| -> Result<String, Fault> { Ok(line(who.word(word)?).replace(['<', '>'], "")) };
    let customer = Customer {
        name: part("name")?,
        id: part("id")?,
        entitlement: part("entitlement")?,
        contact: part("contact")?,
    };
    if customer.name.is_empty() && customer.id.is_empty() {
        return Err(who.fault("Neither `name` nor `id` says who it is."));
    }
    let what = root.need("vulnerability")?;
    let words = what.need("text")?;
    let said = words.text()?.trim().replace("\r\n", "\n");
    if said.is_empty() {
        return Err(words.fault("This is empty; say what was found."));
    }
    Ok(HandedOver {
        customer,
        title: line(what.word("title")?),
        // A person's whole report is kept, unlike the words of a scanner.
        text: said,
        product: line(what.word("product")?),
        affected: line(what.word("affected")?),
    })
}
