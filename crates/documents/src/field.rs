//! Which field of an advisory something in a document comes from: so that what is wrong there is told where a person can change it.
//!
//! Owns the way back from a CSAF document, a CVE container and the list of [`crate::Problem`]s. Fields are named as
//! [`psirt::advisory::fields`] names them, and by the list alone where an entry is missing; an empty name is the whole text. Beside them
//! there are `number`, `revisions` and `brand`, which nobody writes in the text. Never judges anything.

use crate::csaf::Document;
use crate::csaf::products::Products;
use crate::cve::Container;
use crate::remedy;
use psirt::advisory::{Advisory, LineState, Vulnerability};
use psirt::house::Brand;
use serde_json::Value;

/// A CSAF document with the advisory that it was made from.
pub struct Origin<'a> {
    advisory: &'a Advisory,
    document: Value,
    products: Products,
}

impl<'a> Origin<'a> {
    /// The origin of a document.
    #[must_use]
    pub fn of(document: &Document, advisory: &'a Advisory, brand: &Brand) -> Origin<'a> {
        Origin {
            advisory,
            document: serde_json::to_value(document).unwrap_or_default(),
            products: Products::of(advisory, brand),
        }
    }

    /// The field that a finding of a test at a JSON pointer into the document is about: a test that something is missing points at what is
    /// around it.
    #[must_use]
    pub fn field_of(&self, test: &str, pointer: &str) -> String {
        let field = self.field(pointer);
        let missing = match test {
            "6.3.3" => "cve",
            "6.3.4" => "cwe",
            _ => return field,
        };
        let is_vulnerability = field.starts_with("vulnerabilities[") && field.ends_with(']') && !field.contains('.');
        if is_vulnerability {
            format!("{field}.{missing}")
        } else {
            field
        }
    }

    /// The field that a JSON pointer into the document comes from.
    #[must_use]
    pub fn field(&self, pointer: &str) -> String {
        let steps: Vec<&str> = pointer.split('/').skip(1).collect();
        match steps.as_slice() {
            ["document", rest @ ..] => self.meta(rest),
            ["product_tree", "branches", "0", rest @ ..] => self.branch(rest),
            ["vulnerabilities", place, rest @ ..] => self.vulnerability(place, rest),
            ["vulnerabilities"] => "vulnerabilities".to_owned(),
            _ => String::new(),
        }
    }

    fn meta(&self, steps: &[&str]) -> String {
        let whole = match steps {
            ["title", ..] => "title",
            ["aggregate_severity", "namespace", ..] => "severity_namespace",
            ["aggregate_severity", ..] => return self.worst_band(),
            ["distribution", "text", ..] => "distribution",
            ["distribution", ..] => "audience",
            ["lang" | "source_lang", ..] => "language",
            ["publisher", "issuing_authority", ..] => "issuing_authority",
            ["publisher", ..] => "brand",
            ["tracking", "status", ..] => "status",
            ["tracking", "id", ..] => "number",
            ["tracking", "generator", ..] => "",
            ["tracking", "revision_history", place, "summary"] => return format!("revisions[{place}].summary"),
            ["tracking", ..] => "revisions",
            ["notes", place, ..] => return self.document_note(place),
            ["references", place, ..] => return self.document_reference(place),
            _ => "",
        };
        whole.to_owned()
    }

    /// A note of the document by its category: the fields stand in it in the same order.
    fn document_note(&self, place: &str) -> String {
        let note = |place: &str| self.document.pointer(&format!("/document/notes/{place}"));
        let Some(found) = note(place) else {
            return "summary".to_owned();
        };
        let text = |key: &str| found.get(key).and_then(Value::as_str).unwrap_or_default();
        let frame = &self.advisory.frame;
        let of_brand = |entry: &(String, String)| entry.0 == text("title") && entry.1 == text("text");
        match text("category") {
            "summary" => "summary".to_owned(),
            "details" => "details".to_owned(),
            "legal_disclaimer" => "disclaimer".to_owned(),
            "general" if text("title") == crate::csaf::RECOMMENDATIONS => "recommendations".to_owned(),
            _ => match frame.notes.iter().position(of_brand) {
                Some(place) => format!("notes[{place}]"),
                None => self.worst_band(),
            },
        }
    }

    fn document_reference(&self, place: &str) -> String {
        let url = self.document.pointer(&format!("/document/references/{place}/url"));
        let url = url.and_then(Value::as_str).unwrap_or_default();
        let own = self.advisory.frame.references.iter().position(|(_, own)| own == url);
        own.map_or_else(|| "brand".to_owned(), |place| format!("references[{place}]"))
    }

    fn worst_band(&self) -> String {
        let worst = crate::csaf::worst_band(self.advisory);
        let of = |one: &Vulnerability| worst.is_some() && one.band.as_ref() == worst;
        let place = self.advisory.vulnerabilities.iter().position(of);
        place.map_or_else(String::new, |place| format!("vulnerabilities[{place}].band"))
    }

    /// A product of the tree: the first statement about its line, and of that the part that tells the version.
    fn branch(&self, steps: &[&str]) -> String {
        let (line, version) = match steps {
            ["branches", line, "branches", version, ..] => (line, Some(version)),
            ["branches", line, ..] => (line, None),
            _ => return "brand".to_owned(),
        };
        let at = format!("/product_tree/branches/0/branches/{line}");
        let text = |pointer: String| self.document.pointer(&pointer).and_then(Value::as_str);
        let Some(name) = text(format!("{at}/name")) else {
            return String::new();
        };
        let id = version.and_then(|version| text(format!("{at}/branches/{version}/product/product_id")));
        let mut all = self.advisory.vulnerabilities.iter().enumerate();
        let stated = |one: &Vulnerability| {
            let mut lines = one.lines.iter().filter(|line| line.product == name);
            lines.any(|line| {
                let ids = [self.products.stated(line), self.products.fixed(line)];
                id.is_none_or(|id| ids.iter().flatten().any(|known| known == id))
            })
        };
        let Some((place, one)) = all.find(|(_, one)| stated(one)) else {
            return String::new();
        };
        match id {
            Some(id) => self.product(place, one, id).unwrap_or_default(),
            None => format!("vulnerabilities[{place}].lines[{name}].state"),
        }
    }

    /// What a vulnerability says of a product id: the field that tells its versions.
    fn product(&self, place: usize, one: &Vulnerability, id: &str) -> Option<String> {
        let is = |known: Vec<String>| known.iter().any(|known| known == id);
        let line = one
            .lines
            .iter()
            .find(|line| is(self.products.stated(line)) || is(self.products.fixed(line)))?;
        let part = match line.state {
            _ if is(self.products.fixed(line)) => "fixed",
            LineState::Fixed | LineState::Affected if !line.affected.is_empty() => "affected",
            _ => "state",
        };
        Some(format!("vulnerabilities[{place}].lines[{}].{part}", line.product))
    }

    fn vulnerability(&self, place: &str, steps: &[&str]) -> String {
        let Some((place, one)) = place
            .parse()
            .ok()
            .and_then(|place: usize| Some((place, self.advisory.vulnerabilities.get(place)?)))
        else {
            return "vulnerabilities".to_owned();
        };
        let at = format!("vulnerabilities[{place}]");
        let text = |rest: &str| {
            let pointer = format!("/vulnerabilities/{place}/{rest}");
            self.document
                .pointer(&pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let product = |rest: String| {
            let known = self.product(place, one, &text(&rest));
            known.unwrap_or_else(|| format!("{at}.lines"))
        };
        match steps {
            ["cve" | "ids", ..] => format!("{at}.cve"),
            ["cwe" | "cwes", ..] => format!("{at}.cwe"),
            ["title", ..] => format!("{at}.title"),
            ["discovery_date", ..] => format!("{at}.reported"),
            ["release_date", ..] => "revisions".to_owned(),
            ["acknowledgments", entry, ..] => format!("{at}.credits[{entry}]"),
            ["acknowledgments"] => format!("{at}.credits"),
            ["references", entry, ..] => format!("{at}.references[{entry}]"),
            ["references"] => format!("{at}.references"),
            ["notes", entry, ..] => {
                let note = text(&format!("notes/{entry}/text"));
                match one.scores.iter().position(|score| note.contains(&score.vector)) {
                    Some(score) if text(&format!("notes/{entry}/category")) == "other" => {
                        format!("{at}.scores[{score}].vector")
                    }
                    _ if !one.description.is_empty() => format!("{at}.description"),
                    _ => format!("{at}.title"),
                }
            }
            ["notes"] => format!("{at}.title"),
            ["scores", score, "products", entry, ..] => product(format!("scores/{score}/products/{entry}")),
            ["scores", _, "products"] => format!("{at}.lines"),
            ["scores", entry, kind, ..] => {
                let vector = text(&format!("scores/{entry}/{kind}/vectorString"));
                let same = |score: &psirt::advisory::Score| {
                    cvss::Vector::parse(&score.vector).is_ok_and(|known| known.canonical() == vector)
                };
                match one.scores.iter().position(same) {
                    Some(score) => format!("{at}.scores[{score}].vector"),
                    None => format!("{at}.scores"),
                }
            }
            ["scores", ..] => format!("{at}.scores"),
            ["product_status", group, entry] => product(format!("product_status/{group}/{entry}")),
            ["product_status", ..] => format!("{at}.lines"),
            ["flags", flag, "product_ids", entry] => justified(product(format!("flags/{flag}/product_ids/{entry}"))),
            ["flags", flag, ..] => justified(product(format!("flags/{flag}/product_ids/0"))),
            ["flags"] => format!("{at}.lines"),
            ["threats", threat, "product_ids", entry] => product(format!("threats/{threat}/product_ids/{entry}")),
            ["threats", threat, ..] => match text(&format!("threats/{threat}/category")).as_str() {
                "exploit_status" => format!("{at}.exploit"),
                _ => format!("{at}.impact"),
            },
            ["threats"] => format!("{at}.exploit"),
            ["remediations", entry, rest @ ..] => remediation(self.advisory, &at, one, entry, rest),
            ["remediations"] => format!("{at}.remedies"),
            _ => at,
        }
    }
}

/// The field of a remedy: that of the text, or the line that it follows from.
fn remediation(advisory: &Advisory, at: &str, one: &Vulnerability, entry: &str, steps: &[&str]) -> String {
    let complete = remedy::complete(advisory, one);
    let Some(remedy) = entry.parse().ok().and_then(|entry: usize| complete.get(entry)) else {
        return format!("{at}.remedies");
    };
    let written = |known: &psirt::advisory::Remedy| known.kind == remedy.kind && known.text == remedy.text;
    let Some(place) = one.remedies.iter().position(written) else {
        let line = remedy.products.first().cloned().unwrap_or_default();
        return format!("{at}.lines[{line}].state");
    };
    let part = match steps {
        ["category", ..] => "kind",
        ["date", ..] if one.remedies.get(place).is_some_and(|remedy| remedy.date.is_some()) => "date",
        ["product_ids" | "group_ids", ..]
            if one
                .remedies
                .get(place)
                .is_some_and(|remedy| !remedy.products.is_empty()) =>
        {
            "products"
        }
        _ => "text",
    };
    format!("{at}.remedies[{place}].{part}")
}

/// The justification of the line that a field is of.
fn justified(field: String) -> String {
    match field.rsplit_once("].") {
        Some((line, _)) => format!("{line}].justification"),
        None => field,
    }
}

/// The field of a [`crate::Problem`]'s place, whose lists are counted.
#[must_use]
pub fn of_place(place: &str, advisory: &Advisory) -> String {
    if place.starts_with("brand") {
        return "brand".to_owned();
    }
    for (whole, part) in [
        ("].name", "credits["),
        ("].text", "milestones["),
        ("].clause", "milestones["),
    ] {
        if place.contains(part)
            && let Some(entry) = place.strip_suffix(whole)
        {
            return format!("{entry}]");
        }
    }
    let line = place
        .split_once("].lines[")
        .and_then(|(one, rest)| Some((one, rest.split_once("].")?)));
    let Some((one, (entry, part))) = line else {
        return place.to_owned();
    };
    let of = one
        .strip_prefix("vulnerabilities[")
        .and_then(|place| place.parse::<usize>().ok());
    let vulnerability = of.and_then(|place| advisory.vulnerabilities.get(place));
    let line = entry
        .parse::<usize>()
        .ok()
        .and_then(|entry| vulnerability?.lines.get(entry));
    let part = if part == "product" { "state" } else { part };
    match line {
        Some(line) => format!("{one}].lines[{}].{part}", line.product),
        None => format!("{one}].lines"),
    }
}

/// The field of a finding on the CVE container of the vulnerability at this place, which was made of this advisory alone.
#[must_use]
pub fn of_cve(place: &str, container: &Container, vulnerability: usize) -> String {
    let at = format!("vulnerabilities[{vulnerability}]");
    let (list, entry) = place.split_once('[').unwrap_or((place, ""));
    let entry: Option<usize> = entry.trim_end_matches(']').parse().ok();
    match (list, entry) {
        ("cveId", _) => format!("{at}.cve"),
        ("problemTypes", _) => format!("{at}.cwe"),
        ("title", _) => format!("{at}.title"),
        ("descriptions", _) => "summary".to_owned(),
        ("affected", Some(entry)) => match container.affected.get(entry) {
            Some(affected) => format!("{at}.lines[{}].state", affected.product),
            None => format!("{at}.lines"),
        },
        ("affected" | "tags", _) => format!("{at}.lines"),
        ("references", Some(entry)) => match entry.checked_sub(crate::cve::OWN_REFERENCES) {
            Some(entry) => format!("{at}.references[{entry}]"),
            None => "brand".to_owned(),
        },
        ("references", None) => format!("{at}.references"),
        _ => String::new(),
    }
}
