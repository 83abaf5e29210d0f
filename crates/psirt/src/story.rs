//! Stories: what happened to a case, as a TOML file. The input of `candor policy due`, of tests, and the export of a case.
//!
//! Owns the file's reading and writing. Never judges an event: it only says where a file is wrong.

use crate::event::{Deadline, Entry, Event, Kind};
use jiff::{Timestamp, civil};
use serde::Deserialize;
use std::fmt;

/// Longest story, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most events of a story.
pub const MAX_EVENTS: usize = 20_000;

/// A story that has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Policies that the head names, with the day from which each holds in the house.
    pub policies: Vec<PolicyRef>,
    /// Product lines.
    pub products: Vec<ProductLine>,
    /// What happened, in the order of the file.
    pub events: Vec<StoryEvent>,
}

/// A policy that the head names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRef {
    /// The policy's id.
    pub id: String,
    /// From this day it holds in the house; the policy's own date if absent.
    pub effective: Option<civil::Date>,
}

/// An event, and what it expects.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryEvent {
    /// What happened.
    pub entry: Entry,
    /// The clause that must refuse it, if it must be refused.
    pub refused_by: Option<String>,
    /// Line in the file, from 1.
    pub line: u32,
}

/// One product line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductLine {
    /// Its name.
    pub name: String,
    /// How it runs; unknown for a line that only an event names.
    pub deployment: Option<Deployment>,
    /// The face of the vendor that sells it.
    pub brand: Option<String>,
    /// Where it is sold.
    pub market: Vec<String>,
    /// The last day of its support.
    pub supported_until: Option<civil::Date>,
    /// How its versions are ordered.
    pub version_scheme: Option<String>,
    /// Releases that are planned or out.
    pub releases: Vec<Release>,
}

/// How a line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deployment {
    /// At the customer's.
    OnPrem,
    /// At the vendor's.
    Saas,
}

impl Deployment {
    /// The word in stories and policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Deployment::OnPrem => "on-prem",
            Deployment::Saas => "saas",
        }
    }

    /// The deployment of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Deployment> {
        [Deployment::OnPrem, Deployment::Saas]
            .into_iter()
            .find(|deployment| deployment.name() == name)
    }
}

/// A planned release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its version.
    pub version: String,
    /// The day it ships.
    pub date: civil::Date,
    /// The day after which nothing more goes in.
    pub freeze: Option<civil::Date>,
}

/// What is wrong with a story, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryError {
    /// Line in the file, from 1.
    pub line: u32,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for StoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for StoryError {}

impl ProductLine {
    /// A line of that name of which nothing else is known.
    #[must_use]
    pub fn named(name: &str) -> ProductLine {
        ProductLine {
            name: name.to_owned(),
            deployment: None,
            brand: None,
            market: vec!["eu".to_owned()],
            supported_until: None,
            version_scheme: None,
            releases: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStory {
    #[serde(default)]
    policy: Option<RawPolicies>,
    #[serde(default)]
    product: Vec<RawProduct>,
    #[serde(default)]
    event: Vec<toml::Spanned<toml::Table>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawPolicies {
    One(String),
    Many(Vec<RawPolicy>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    id: String,
    #[serde(default)]
    effective: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawProduct {
    name: toml::Spanned<String>,
    deployment: toml::Spanned<String>,
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    market: Option<Vec<String>>,
    #[serde(default)]
    supported_until: Option<toml::Spanned<toml::Value>>,
    #[serde(default)]
    version_scheme: Option<String>,
    #[serde(default)]
    releases: Vec<RawRelease>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    version: String,
    date: toml::Spanned<toml::Value>,
    #[serde(default)]
    freeze: Option<toml::Spanned<toml::Value>>,
}

impl Story {
    /// Reads a story.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn read(text: &str) -> Result<Story, StoryError> {
        if text.len() > MAX_BYTES {
            return Err(StoryError {
                line: 1,
                message: format!("the story is longer than {MAX_BYTES} bytes"),
            });
        }
        let raw: RawStory = toml::from_str(text).map_err(|error| StoryError {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
        })?;
        if raw.event.len() > MAX_EVENTS {
            return Err(StoryError {
                line: 1,
                message: format!("the story has more than {MAX_EVENTS} events"),
            });
        }
        let mut story = Story {
            policies: policies(raw.policy)?,
            ..Story::default()
        };
        for product in raw.product {
            let line = line_of(text, product.name.span().start);
            let product = product_line(product).map_err(|(offset, message)| StoryError {
                line: line_of(text, offset),
                message,
            })?;
            if story.products.iter().any(|other| other.name == product.name) {
                return Err(StoryError {
                    line,
                    message: format!("a product line named `{}` exists already", product.name),
                });
            }
            story.products.push(product);
        }
        for (index, table) in raw.event.into_iter().enumerate() {
            let line = line_of(text, table.span().start);
            let mut event = story_event(index, table.into_inner()).map_err(|message| StoryError { line, message })?;
            event.line = line;
            if let Some(message) = story.names_unknown_line(&event.entry.event) {
                return Err(StoryError { line, message });
            }
            story.events.push(event);
        }
        Ok(story)
    }

    /// The entries that are history: all but those that expect to be refused.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.events
            .iter()
            .filter(|event| event.refused_by.is_none())
            .map(|event| &event.entry)
    }

    fn names_unknown_line(&self, event: &Event) -> Option<String> {
        let known = |name: &str| self.products.iter().any(|line| line.name == name);
        let listed: &[String] = match event {
            Event::Confirmed { products, .. } | Event::Suspected { products } => products,
            _ => &[],
        };
        let unknown = event
            .product()
            .into_iter()
            .chain(listed.iter().map(String::as_str))
            .find(|name| !known(name))?;
        Some(format!(
            "no [[product]] is named `{unknown}`; add one, or correct the name"
        ))
    }

    /// Writes the story as TOML; reading it gives the same story, but for line numbers.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        for policy in &self.policies {
            out.push_str("[[policy]]\n");
            push_pair(&mut out, "id", &policy.id);
            if let Some(effective) = policy.effective {
                out.push_str(&format!("effective = {effective}\n"));
            }
            out.push('\n');
        }
        for product in &self.products {
            write_product(&mut out, product);
        }
        for event in &self.events {
            write_event(&mut out, event);
        }
        out
    }
}

/// The line, from 1, of a byte offset.
fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX - 1) + 1
}

fn policies(raw: Option<RawPolicies>) -> Result<Vec<PolicyRef>, StoryError> {
    let many = match raw {
        None => return Ok(Vec::new()),
        Some(RawPolicies::One(id)) => return Ok(vec![PolicyRef { id, effective: None }]),
        Some(RawPolicies::Many(many)) => many,
    };
    many.into_iter()
        .map(|policy| {
            let effective = policy.effective.as_ref().map(date).transpose();
            let effective = effective.map_err(|message| StoryError { line: 1, message })?;
            Ok(PolicyRef {
                id: policy.id,
                effective,
            })
        })
        .collect()
}

/// A product line, or the offset of the value that is wrong and what is wrong with it.
fn product_line(raw: RawProduct) -> Result<ProductLine, (usize, String)> {
    let deployment = Deployment::from_name(raw.deployment.get_ref()).ok_or_else(|| {
        let message = format!(
            "`{}` is not a deployment: write on-prem or saas",
            raw.deployment.get_ref()
        );
        (raw.deployment.span().start, message)
    })?;
    let day =
        |value: &toml::Spanned<toml::Value>| date(value.get_ref()).map_err(|message| (value.span().start, message));
    let release = |release: RawRelease| {
        Ok(Release {
            freeze: release.freeze.as_ref().map(day).transpose()?,
            date: day(&release.date)?,
            version: release.version,
        })
    };
    Ok(ProductLine {
        name: raw.name.into_inner(),
        deployment: Some(deployment),
        brand: raw.brand,
        market: raw.market.unwrap_or_else(|| vec!["eu".to_owned()]),
        supported_until: raw.supported_until.as_ref().map(day).transpose()?,
        version_scheme: raw.version_scheme,
        releases: raw.releases.into_iter().map(release).collect::<Result<_, _>>()?,
    })
}

/// A civil date, written as a TOML date or as text; of an instant, its date as written.
fn date(value: &toml::Value) -> Result<civil::Date, String> {
    let text = match value {
        toml::Value::Datetime(datetime) => datetime.to_string(),
        toml::Value::String(text) => text.clone(),
        other => return Err(format!("`{other}` is not a date: write 2027-02-28")),
    };
    let day = text.get(..10).unwrap_or(&text);
    day.parse()
        .map_err(|_| format!("`{text}` is not a date: write 2027-02-28"))
}

fn instant(key: &str, value: &toml::Value) -> Result<Timestamp, String> {
    let text = match value {
        toml::Value::Datetime(datetime) => datetime.to_string(),
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| {
        format!(
            "`{key} = {text}` is not an instant: write a real date and time with its offset, 2027-02-28T12:00:00+01:00"
        )
    })
}

pub(crate) fn story_event(index: usize, mut table: toml::Table) -> Result<StoryEvent, String> {
    let at = table
        .remove("at")
        .ok_or("an event needs `at`, the instant when it happened")?;
    let at = instant("at", &at)?;
    let recorded = table
        .remove("recorded")
        .map(|value| instant("recorded", &value))
        .transpose()?
        .unwrap_or(at);
    let by = person(&mut table, "by")?.unwrap_or_default();
    let approved_by = person(&mut table, "approved-by")?;
    let case = person(&mut table, "case")?;
    let refused_by = table.remove("expect").map(expectation).transpose()?;
    let mut keys = table.into_iter();
    let (Some((name, fields)), rest) = (keys.next(), keys.next()) else {
        return Err("an event needs one event key, for example `acknowledged = {}`".to_owned());
    };
    if let Some((other, _)) = rest {
        return Err(format!(
            "an event has exactly one event key; this one has `{name}` and `{other}`"
        ));
    }
    let event = read_event(&name, fields)?;
    let seq = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
    Ok(StoryEvent {
        entry: Entry {
            seq,
            at,
            recorded,
            by,
            approved_by,
            event,
            case,
            report: None,
        },
        refused_by,
        line: 0,
    })
}

/// Reads an event from its name and its table of fields.
///
/// # Errors
/// A sentence that names what is wrong: the event, a field, or its value.
pub fn read_event(name: &str, fields: toml::Value) -> Result<Event, String> {
    let kind = Kind::from_name(name).ok_or_else(|| format!("`{name}` is not an event; docs/stories.md lists them"))?;
    let mut fields = match fields {
        toml::Value::Table(fields) => fields,
        _ => {
            return Err(format!(
                "`{name}` takes a table of fields; without fields it is written `{name} = {{}}`"
            ));
        }
    };
    fields.iter_mut().for_each(|(_, value)| write_datetimes_as_text(value));
    let known = kind.fields();
    for key in fields.keys() {
        if !known.iter().any(|field| field.name == key) {
            let names: Vec<_> = known.iter().map(|field| field.name).collect();
            return Err(format!(
                "`{name}` has no field `{key}`; it has: {}",
                if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                }
            ));
        }
    }
    if let Some(missing) = known
        .iter()
        .find(|field| field.required && !fields.contains_key(field.name))
    {
        return Err(format!("`{name}` needs the field `{}`", missing.name));
    }
    let mut tagged = toml::Table::new();
    tagged.insert(name.to_owned(), toml::Value::Table(fields));
    let event: Event = tagged
        .try_into()
        .map_err(|error: toml::de::Error| format!("`{name}`: {}", error.message()))?;
    match event {
        Event::Scored { ref vector, .. } => match cvss::Vector::parse(vector) {
            Ok(_) => Ok(event),
            Err(error) => Err(format!("`scored`: {error}")),
        },
        event => Ok(event),
    }
}

fn write_datetimes_as_text(value: &mut toml::Value) {
    match value {
        toml::Value::Datetime(datetime) => *value = toml::Value::String(datetime.to_string()),
        toml::Value::Array(items) => items.iter_mut().for_each(write_datetimes_as_text),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| write_datetimes_as_text(value)),
        _ => {}
    }
}

fn person(table: &mut toml::Table, key: &str) -> Result<Option<String>, String> {
    match table.remove(key) {
        None => Ok(None),
        Some(toml::Value::String(name)) => Ok(Some(name)),
        Some(other) => Err(format!("`{key} = {other}` is not a name: write it in quotes")),
    }
}

fn expectation(value: toml::Value) -> Result<String, String> {
    let clause = value
        .as_table()
        .filter(|table| table.len() == 1)
        .and_then(|table| table.get("refused"));
    let clause = clause
        .and_then(toml::Value::as_str)
        .ok_or("`expect` is written `{ refused = \"N13\" }`, with the clause that refuses")?;
    Ok(clause.strip_prefix('§').unwrap_or(clause).to_owned())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn push_pair(out: &mut String, key: &str, text: &str) {
    out.push_str(&format!("{key} = {}\n", quoted(text)));
}

fn write_product(out: &mut String, product: &ProductLine) {
    out.push_str("[[product]]\n");
    push_pair(out, "name", &product.name);
    push_pair(
        out,
        "deployment",
        product.deployment.unwrap_or(Deployment::OnPrem).name(),
    );
    if let Some(brand) = &product.brand {
        push_pair(out, "brand", brand);
    }
    let market: Vec<_> = product.market.iter().map(|market| quoted(market)).collect();
    out.push_str(&format!("market = [{}]\n", market.join(", ")));
    if let Some(day) = product.supported_until {
        out.push_str(&format!("supported-until = {day}\n"));
    }
    if let Some(scheme) = &product.version_scheme {
        push_pair(out, "version-scheme", scheme);
    }
    if !product.releases.is_empty() {
        let releases = product.releases.iter().map(|release| {
            let freeze = release
                .freeze
                .map_or(String::new(), |freeze| format!(", freeze = {freeze}"));
            format!(
                "  {{ version = {}, date = {}{freeze} }},\n",
                quoted(&release.version),
                release.date
            )
        });
        out.push_str(&format!("releases = [\n{}]\n", releases.collect::<String>()));
    }
    out.push('\n');
}

fn write_event(out: &mut String, event: &StoryEvent) {
    let entry = &event.entry;
    out.push_str(&format!("[[event]]\nat = {}\n", entry.at));
    if entry.recorded != entry.at {
        out.push_str(&format!("recorded = {}\n", entry.recorded));
    }
    if !entry.by.is_empty() {
        push_pair(out, "by", &entry.by);
    }
    if let Some(second) = &entry.approved_by {
        push_pair(out, "approved-by", second);
    }
    if let Some(case) = &entry.case {
        push_pair(out, "case", case);
    }
    if let Some(clause) = &event.refused_by {
        out.push_str(&format!("expect = {{ refused = {} }}\n", quoted(clause)));
    }
    let fields = toml::Value::try_from(&entry.event)
        .ok()
        .and_then(|value| value.get(entry.event.kind().name()).cloned());
    let fields = fields.unwrap_or_else(|| toml::Value::Table(toml::Table::new()));
    out.push_str(&format!("{} = {fields}\n\n", entry.event.kind()));
}

impl Deadline {
    /// As it is written in a story.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Deadline::Instant(instant) => instant.to_string(),
            Deadline::Day(day) => day.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
