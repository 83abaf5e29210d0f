//! Reading a CSAF 2.0 document that was published before: what it says becomes an advisory, and what the record has no place for is named.
//!
//! Never judges (`gate` did, before this is asked) and never writes: the original bytes stay what is published.

use super::branches::{Known, products};
use super::vulnerability::VALIDATED;
use super::{SUCCESSOR, WAS_ABOUT, reasoning};
use crate::problem::{MAX_ENTRIES, MAX_LINE_CHARS, MAX_TEXT_CHARS, is_hidden, is_web_address};
use jiff::Timestamp;
use psirt::advisory::{
    Advisory, Audience, Credit, LineState, LineStatement, Remedy, RemedyKind, Revision, Score, Status, Validity,
    Vulnerability,
};
use psirt::version::VersionScheme;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A document that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    /// What it says, without a brand and a policy.
    pub advisory: Advisory,
    /// The publisher's namespace.
    pub namespace: String,
    /// What only the document says: its properties, each once.
    pub kept: Vec<String>,
}

/// Deeper branches of a product tree are not followed; the gate takes none.
pub(super) const MAX_DEPTH: usize = 40;

/// Properties that the record holds, or that say how the document is made.
const UNDERSTOOD: &[&str] = &[
    "document.acknowledgments[].names[]",
    "document.acknowledgments[].organization",
    "document.category",
    "document.csaf_version",
    "document.distribution.tlp.label",
    "document.distribution.tlp.url",
    "document.lang",
    "document.publisher.namespace",
    "document.references[].category",
    "document.references[].summary",
    "document.references[].url",
    "document.title",
    "document.tracking.current_release_date",
    "document.tracking.id",
    "document.tracking.initial_release_date",
    "document.tracking.revision_history[].date",
    "document.tracking.revision_history[].number",
    "document.tracking.revision_history[].summary",
    "document.tracking.status",
    "document.tracking.version",
    "vulnerabilities[].acknowledgments[].names[]",
    "vulnerabilities[].cve",
    "vulnerabilities[].cwe.id",
    "vulnerabilities[].cwe.name",
    "vulnerabilities[].flags[].label",
    "vulnerabilities[].flags[].product_ids[]",
    "vulnerabilities[].notes[].category",
    "vulnerabilities[].notes[].text",
    "vulnerabilities[].notes[].title",
    "vulnerabilities[].references[].category",
    "vulnerabilities[].references[].summary",
    "vulnerabilities[].references[].url",
    "vulnerabilities[].remediations[].category",
    "vulnerabilities[].remediations[].date",
    "vulnerabilities[].remediations[].details",
    "vulnerabilities[].remediations[].product_ids[]",
    "vulnerabilities[].remediations[].url",
    "vulnerabilities[].title",
];

/// Below these everything is understood, as far as it is used.
const UNDERSTOOD_BELOW: &[&str] = &[
    "product_tree.branches",
    "product_tree.full_product_names",
    "vulnerabilities[].product_status",
    "vulnerabilities[].scores",
];

/// Understands a document that has passed the gate.
///
/// # Errors
/// Why it cannot become an advisory of this house, in sentences.
pub fn read(bytes: &[u8]) -> Result<Understood, Vec<String>> {
    let root: Value = serde_json::from_slice(bytes).map_err(|error| vec![format!("it is no JSON: {error}")])?;
    let mut reader = Reader {
        cleaned: BTreeSet::new(),
        problems: Vec::new(),
    };
    let advisory = reader.advisory(&root);
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let mut kept = BTreeSet::new();
    walk(&root, String::new(), &mut kept, 0);
    let mut kept: Vec<String> = kept.into_iter().collect();
    kept.extend(reader.cleaned);
    Ok(Understood {
        advisory,
        namespace: text(&root, "/document/publisher/namespace").to_owned(),
        kept,
    })
}

/// Every property that is not understood, by its path without places.
fn walk(value: &Value, path: String, kept: &mut BTreeSet<String>, depth: usize) {
    if depth > MAX_DEPTH || UNDERSTOOD_BELOW.iter().any(|name| path.starts_with(name)) {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                walk(value, format!("{path}{dot}{name}"), kept, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                walk(item, format!("{path}[]"), kept, depth + 1);
            }
        }
        _ if UNDERSTOOD.contains(&path.as_str()) => {}
        _ => {
            // The list or object that holds it says enough.
            let holder = path.rsplit_once('.').map_or(path.as_str(), |(holder, _)| holder);
            let name = if holder.contains('.') { holder } else { &path };
            kept.insert(name.trim_end_matches("[]").to_owned());
        }
    }
}

struct Reader {
    /// Fields whose text was shortened or lost characters that nobody sees.
    cleaned: BTreeSet<String>,
    problems: Vec<String>,
}

/// What a document says of all its vulnerabilities.
struct OfAll {
    title: String,
    products: BTreeMap<String, Known>,
    thanked: Vec<String>,
    references: Vec<(String, String)>,
}

impl Reader {
    fn advisory(&mut self, root: &Value) -> Advisory {
        let audience = match root.pointer("/document/distribution/tlp/label").and_then(Value::as_str) {
            None | Some("WHITE") => Audience::Public,
            Some(label) => {
                self.problems
                    .push(format!("it is TLP:{label}; only public documents can be brought along"));
                Audience::Public
            }
        };
        let status = match text(root, "/document/tracking/status") {
            "final" => Status::Final,
            "interim" => Status::Interim,
            other => {
                self.problems
                    .push(format!("its status is {other}: it was never published"));
                Status::Interim
            }
        };
        let title = self.line("document.title", text(root, "/document/title"));
        let of_all = OfAll {
            title: title.clone(),
            products: products(root),
            thanked: self.thanked(root),
            // Its own addresses are those of the advisory.
            references: self.references(root, "document.references", |one| text(one, "/category") != "self"),
        };
        let vulnerabilities: Vec<Vulnerability> = list(root, "/vulnerabilities")
            .take(MAX_ENTRIES)
            .map(|one| self.vulnerability(one, &of_all))
            .collect();
        let validity = match vulnerabilities.as_slice() {
            [] => self.no_longer(root),
            _ => Validity::Current,
        };
        if vulnerabilities.is_empty() && validity.is_current() {
            self.problems
                .push("it names no vulnerability: it is no advisory on one".to_owned());
        }
        let note = |category: &str| {
            let notes = list(root, "/document/notes").filter(|note| text(note, "/category") == category);
            notes.map(|note| text(note, "/text")).collect::<Vec<_>>().join("\n\n")
        };
        let summary = [note("summary"), note("description"), title.clone()];
        let summary = summary
            .into_iter()
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default();
        Advisory {
            number: text(root, "/document/tracking/id").to_owned(),
            summary: self.text("document.notes", &summary),
            details: self.text("document.notes", &note("details")),
            title,
            vulnerabilities,
            validity,
            revisions: self.revisions(root),
            status,
            audience,
            ..Advisory::default()
        }
    }

    /// What a document without vulnerabilities says of itself: that it is withdrawn, or superseded by another one that it names. CSAF 2.0 has no
    /// property for it; read are the notes and the reference of CSAF 2.1, and the title by which its converter knows such documents.
    fn no_longer(&mut self, root: &Value) -> Validity {
        let titled = |title: Option<&str>| {
            let mut notes = list(root, "/document/notes");
            notes
                .find(|note| title == Some(text(note, "/title")))
                .map(|note| text(note, "/text"))
        };
        let successor =
            list(root, "/document/references").find_map(|one| text(one, "/summary").strip_prefix(SUCCESSOR));
        if let Some(by) = successor {
            return Validity::Superseded {
                by: self.line("document.references", by),
            };
        }
        let withdrawn = Validity::Withdrawn { why: String::new() };
        let told = titled(reasoning(&withdrawn));
        let title = text(root, "/document/title").to_lowercase();
        let Some(told) = told.or_else(|| title.starts_with("withdrawn").then_some("")) else {
            return Validity::Current;
        };
        let (why, _) = told.split_once(WAS_ABOUT).unwrap_or((told, ""));
        let why = why.strip_prefix(&withdrawn.sentence()).unwrap_or(why).trim();
        let why = if why.is_empty() { "No reason is told." } else { why };
        Validity::Withdrawn {
            why: self.text("document.notes", why),
        }
    }

    /// The history, oldest first. The first has the date of the first release and the last that of the current one, whatever the entries say:
    /// the document's place in a provider's tree follows from these.
    fn revisions(&mut self, root: &Value) -> Vec<Revision> {
        let mut entries: Vec<(Timestamp, &str, &str)> = Vec::new();
        for entry in list(root, "/document/tracking/revision_history") {
            match text(entry, "/date").parse() {
                Ok(at) => entries.push((at, text(entry, "/number"), text(entry, "/summary"))),
                Err(_) => self.problems.push(format!("`{}` is no instant", text(entry, "/date"))),
            }
        }
        entries.sort_by_key(|(at, number, _)| (*at, number.parse::<u64>().unwrap_or_default()));
        let counted: Option<Vec<u32>> = entries.iter().map(|(_, number, _)| number.parse().ok()).collect();
        let counted = counted.filter(|numbers| numbers.first() > Some(&0) && numbers.is_sorted_by(|a, b| a < b));
        let mut revisions: Vec<Revision> = Vec::new();
        for (place, (at, printed, summary)) in entries.into_iter().enumerate().take(MAX_ENTRIES) {
            let count = u32::try_from(place).unwrap_or(u32::MAX - 1) + 1;
            let number = counted
                .as_ref()
                .and_then(|numbers| numbers.get(place).copied())
                .unwrap_or(count);
            revisions.push(Revision {
                number,
                at,
                summary: self.text("document.tracking.revision_history", summary),
                version: if number.to_string() == printed {
                    String::new()
                } else {
                    printed.to_owned()
                },
            });
        }
        let date = |name: &str| {
            text(root, &format!("/document/tracking/{name}"))
                .parse::<Timestamp>()
                .ok()
        };
        let only = revisions.len() == 1;
        match (
            revisions.first_mut(),
            date("initial_release_date"),
            date("current_release_date"),
        ) {
            (Some(_), Some(initial), Some(current)) if only && initial != current => {
                let why = "its only revision cannot have both its initial and its current release date";
                self.problems.push(why.to_owned());
            }
            (Some(first), Some(initial), Some(current)) => {
                first.at = initial;
                if let Some(last) = revisions.last_mut() {
                    last.at = current;
                    let version = text(root, "/document/tracking/version");
                    if last.printed() != version {
                        version.clone_into(&mut last.version);
                    }
                }
            }
            _ => self.problems.push("it has no revision with a date".to_owned()),
        }
        revisions
    }

    /// Who is thanked for all of a document: people by their names, an organization where it names nobody.
    fn thanked(&mut self, root: &Value) -> Vec<String> {
        let mut names = Vec::new();
        for thanked in list(root, "/document/acknowledgments").take(MAX_ENTRIES) {
            let organization = text(thanked, "/organization").trim();
            let people = list(thanked, "/names").filter_map(Value::as_str);
            match people.collect::<Vec<_>>().as_slice() {
                [] if organization.is_empty() => {}
                [] => names.push(self.line("document.acknowledgments", organization)),
                people => names.extend(people.iter().map(|name| self.line("document.acknowledgments", name))),
            }
        }
        names
    }

    /// The references below `at` that are wanted and that a record can hold: a title and an address.
    fn references(&mut self, at: &Value, place: &str, wanted: impl Fn(&Value) -> bool) -> Vec<(String, String)> {
        let mut references: Vec<(String, String)> = Vec::new();
        let (_, list_name) = place.rsplit_once('.').unwrap_or(("", place));
        let pointer = match place.starts_with("document.") {
            true => format!("/document/{list_name}"),
            false => format!("/{list_name}"),
        };
        for reference in list(at, &pointer).filter(|one| wanted(one)).take(MAX_ENTRIES) {
            let (summary, url) = (text(reference, "/summary"), text(reference, "/url"));
            if is_web_address(url) && !summary.trim().is_empty() {
                references.push((self.line(place, summary), url.to_owned()));
            } else {
                self.cleaned.insert(place.to_owned());
            }
        }
        references
    }

    /// What a vulnerability is, by its notes that say so: each with its title where there are several. That it is called as it is called says nothing.
    fn description(&mut self, one: &Value, title: &str) -> String {
        let mut told: Vec<(&str, &str)> = Vec::new();
        for note in list(one, "/notes").take(MAX_ENTRIES) {
            let words = text(note, "/text").trim();
            match text(note, "/category") {
                "description" | "summary" | "details" if words == title || words.is_empty() => {}
                "description" | "summary" | "details" => told.push((text(note, "/title").trim(), words)),
                _ => drop(self.cleaned.insert("vulnerabilities[].notes".to_owned())),
            }
        }
        let several = told.len() > 1;
        let told = told
            .into_iter()
            .map(|(title, words)| match several && !title.is_empty() {
                true => format!("{title}: {words}"),
                false => words.to_owned(),
            });
        let told: Vec<String> = told.collect();
        self.text("vulnerabilities[].notes", &told.join("\n\n"))
    }

    fn vulnerability(&mut self, one: &Value, of_all: &OfAll) -> Vulnerability {
        let products = &of_all.products;
        let cve = one.get("cve").and_then(Value::as_str).map(str::to_owned);
        let named = match text(one, "/title") {
            "" => of_all.title.clone(),
            own => self.line("vulnerabilities[].title", own),
        };
        let cwe = one
            .get("cwe")
            .map(|cwe| (text(cwe, "/id").to_owned(), text(cwe, "/name").to_owned()));
        let lines = self.lines(one, products);
        let names: BTreeSet<&str> = lines.iter().map(|line| line.product.as_str()).collect();
        let remedies = self.remedies(one, products, &names);
        let mut credits: BTreeMap<String, bool> = BTreeMap::new();
        for thanked in list(one, "/acknowledgments") {
            let validated = text(thanked, "/summary") == VALIDATED;
            for name in list(thanked, "/names").filter_map(Value::as_str) {
                let name = self.line("vulnerabilities[].acknowledgments", name);
                *credits.entry(name).or_default() |= validated;
            }
        }
        for name in &of_all.thanked {
            credits.entry(name.clone()).or_default();
        }
        let credit = |(name, validated)| Credit { name, validated };
        let mut references = self.references(one, "vulnerabilities[].references", |_| true);
        for of_all in &of_all.references {
            if references.len() < MAX_ENTRIES && !references.iter().any(|(_, url)| *url == of_all.1) {
                references.push(of_all.clone());
            }
        }
        let description = self.description(one, &named);
        Vulnerability {
            cve,
            title: named,
            description,
            cwe: cwe.filter(|(id, name)| !id.is_empty() && !name.is_empty()),
            scores: self.scores(one),
            lines,
            remedies,
            credits: credits.into_iter().map(credit).collect(),
            references,
            ..Vulnerability::default()
        }
    }

    fn scores(&mut self, one: &Value) -> Vec<Score> {
        let mut scores: Vec<Score> = Vec::new();
        for object in list(one, "/scores") {
            for name in ["/cvss_v3/vectorString", "/cvss_v2/vectorString"] {
                let written = text(object, name);
                match cvss::Vector::parse(written) {
                    Ok(vector) => {
                        let vector = vector.canonical();
                        if !scores.iter().any(|score| score.vector == vector) {
                            scores.push(Score { vector, issuer: None });
                        }
                    }
                    Err(_) if written.is_empty() => {}
                    Err(_) => {
                        self.cleaned
                            .insert("vulnerabilities[].scores, a vector that is none".to_owned());
                    }
                }
            }
        }
        scores.truncate(MAX_ENTRIES);
        scores
    }

    /// One statement for each product line: the worst of what its versions are said to be.
    fn lines(&mut self, one: &Value, products: &BTreeMap<String, Known>) -> Vec<LineStatement> {
        const KINDS: [(&str, LineState); 7] = [
            ("known_affected", LineState::Affected),
            ("first_affected", LineState::Affected),
            ("last_affected", LineState::Affected),
            ("fixed", LineState::Fixed),
            ("first_fixed", LineState::Fixed),
            ("under_investigation", LineState::UnderInvestigation),
            ("known_not_affected", LineState::NotAffected),
        ];
        /// What is said of one line: versions by kind.
        type Said<'a> = BTreeMap<Kind, Vec<&'a str>>;
        let mut said: Vec<(&str, Said<'_>)> = Vec::new();
        let mut flags: BTreeMap<&str, &str> = BTreeMap::new();
        for flag in list(one, "/flags") {
            for id in list(flag, "/product_ids").filter_map(Value::as_str) {
                if let Some(known) = products.get(id) {
                    flags.insert(&known.line, text(flag, "/label"));
                }
            }
        }
        for (kind, state) in KINDS {
            for id in list(one, &format!("/product_status/{kind}")).filter_map(Value::as_str) {
                let Some(known) = products.get(id) else {
                    self.cleaned.insert("products that no branch names".to_owned());
                    continue;
                };
                let place = match said.iter().position(|(line, _)| *line == known.line) {
                    Some(place) => place,
                    None => {
                        said.push((&known.line, Said::new()));
                        said.len() - 1
                    }
                };
                if let Some((_, kinds)) = said.get_mut(place) {
                    let versions = kinds.entry(Kind::of(state)).or_default();
                    if !versions.contains(&known.version.as_str()) {
                        versions.push(&known.version);
                    }
                }
            }
        }
        if said.len() > MAX_ENTRIES {
            self.cleaned.insert("more product lines than a record holds".to_owned());
        }
        let mut lines = Vec::new();
        for (line, kinds) in said.into_iter().take(MAX_ENTRIES) {
            let of = |state| kinds.get(&Kind::of(state));
            let (affected, fixed) = (of(LineState::Affected), of(LineState::Fixed));
            let state = match (affected, fixed, of(LineState::UnderInvestigation)) {
                (_, Some(_), _) => LineState::Fixed,
                (Some(_), None, _) => LineState::Affected,
                (None, None, Some(_)) => LineState::UnderInvestigation,
                (None, None, None) => LineState::NotAffected,
            };
            // Each by itself, so that every format can say them apart.
            let words = |versions: &Vec<&str>| versions.join("; ");
            let affected = affected
                .or(of(LineState::UnderInvestigation))
                .map(words)
                .unwrap_or_default();
            let fixed = fixed.map(words).filter(|fixed| !fixed.is_empty());
            let not_affected = state == LineState::NotAffected;
            lines.push(LineStatement {
                product: line.to_owned(),
                deployment: String::new(),
                state,
                affected: self.line("versions", &affected),
                fixed: fixed.map(|fixed| self.line("versions", &fixed)),
                fixed_on: None,
                justification: flags
                    .get(line)
                    .filter(|_| not_affected)
                    .map(|label| (*label).to_owned()),
                version_scheme: VersionScheme::default(),
                vendor: products
                    .values()
                    .find(|known| known.line == line)
                    .and_then(|known| known.vendor.clone()),
            });
        }
        lines
    }

    fn remedies(&mut self, one: &Value, products: &BTreeMap<String, Known>, names: &BTreeSet<&str>) -> Vec<Remedy> {
        let mut remedies: Vec<Remedy> = Vec::new();
        for remedy in list(one, "/remediations").take(MAX_ENTRIES) {
            let kind = match text(remedy, "/category") {
                "vendor_fix" => RemedyKind::VendorFix,
                "workaround" => RemedyKind::Workaround,
                "mitigation" => RemedyKind::Mitigation,
                "none_available" => RemedyKind::NoneAvailable,
                _ => RemedyKind::NoFixPlanned,
            };
            let ids = list(remedy, "/product_ids").filter_map(Value::as_str);
            let lines: BTreeSet<&str> = ids.filter_map(|id| Some(products.get(id)?.line.as_str())).collect();
            let lines: Vec<String> = lines
                .into_iter()
                .filter(|line| names.contains(line))
                .map(str::to_owned)
                .collect();
            if lines.is_empty() {
                self.cleaned
                    .insert("vulnerabilities[].remediations without a product".to_owned());
                continue;
            }
            let (details, url) = (text(remedy, "/details").trim(), text(remedy, "/url"));
            // The record has one text for both.
            let told = match is_web_address(url) && !details.contains(url) {
                true => format!("{details} {url}"),
                false => details.to_owned(),
            };
            let text = self.text("vulnerabilities[].remediations", &told);
            let date = remedy
                .get("date")
                .and_then(Value::as_str)
                .and_then(|date| date.parse().ok());
            let remedy = Remedy {
                kind,
                text,
                products: lines,
                date,
            };
            if !remedies.contains(&remedy) {
                remedies.push(remedy);
            }
        }
        remedies
    }

    /// A text without characters that nobody sees, and no longer than a record holds.
    fn text(&mut self, place: &str, text: &str) -> String {
        self.clean(place, text, MAX_TEXT_CHARS, |c| c)
    }

    /// The same as one line.
    fn line(&mut self, place: &str, text: &str) -> String {
        self.clean(place, text, MAX_LINE_CHARS, |c| if c == '\n' { ' ' } else { c })
    }

    fn clean(&mut self, place: &str, text: &str, most: usize, map: impl Fn(char) -> char) -> String {
        let text = text.trim();
        let clean: String = text.chars().filter(|c| !is_hidden(*c)).map(map).collect();
        let count = clean.chars().count();
        if clean.len() != text.len() || count > most {
            self.cleaned.insert(format!("{place} as it is written"));
        }
        if count <= most {
            return clean;
        }
        let mut short: String = clean.chars().take(most - 1).collect();
        short.push('…');
        short
    }
}

/// The order in which a line's states are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind(u8);

impl Kind {
    fn of(state: LineState) -> Kind {
        Kind(match state {
            LineState::Affected => 0,
            LineState::Fixed => 1,
            LineState::UnderInvestigation => 2,
            LineState::NotAffected => 3,
        })
    }
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}
