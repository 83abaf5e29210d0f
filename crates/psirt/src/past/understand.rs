//! From the cells of a row to what happened.
//!
//! Owns the reading of dates, lists and fixes. A day without an hour begins when a report comes in, and ends for everything else, in the
//! zone of the brand's policy: so no promise looks kept by an hour that nobody wrote down.

use super::table::Row;
use super::{Column, Finding, MAX_EVENTS, PastCase, Told};
use crate::board::House;
use crate::clock::length::{Counting, end_of_day};
use crate::event::FieldType as _;
use crate::event::{Event, Exit, Kind, Origin, ScoreSource, Shape};
use crate::policy::Policy;
use crate::story::story_event;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

pub(super) fn row(row: Row, house: &House, now: Timestamp) -> Result<PastCase, Vec<Finding>> {
    let mut reader = Reader {
        findings: row.findings.clone(),
        row: &row,
        house,
        policy: None,
        now,
    };
    let case = reader.case();
    match case {
        Some(case) if reader.findings.is_empty() => Ok(case),
        _ => Err(reader.findings),
    }
}

struct Reader<'a> {
    row: &'a Row,
    house: &'a House,
    /// The policy of the brand, for its zone.
    policy: Option<&'a Policy>,
    now: Timestamp,
    findings: Vec<Finding>,
}

/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 120;
/// Longest number of another tracker, in characters.
const MAX_ID_CHARS: usize = 100;

impl<'a> Reader<'a> {
    fn cell(&self, column: Column) -> Option<&'a str> {
        self.row.cells.get(&column).map(String::as_str)
    }

    fn wrong(&mut self, column: Column, message: impl Into<String>) {
        self.findings.push(Finding::at(self.row.line, Some(column), message));
    }

    fn case(&mut self) -> Option<PastCase> {
        let id = self.id();
        let products = self.products();
        let brand = self.brand(&products);
        self.policy = brand.as_deref().and_then(|brand| {
            let brand = self.house.brands.get(brand)?;
            self.house
                .policies
                .iter()
                .rev()
                .find(|policy| policy.front.id == brand.policy)
        });
        let mut told = Vec::new();
        if let Some(events) = &self.row.events {
            self.events(events, &mut told);
        } else {
            self.columns(&products, &mut told);
        }
        let summary = self.cell(Column::Summary).unwrap_or_default().to_owned();
        let title = self.cell(Column::Title).unwrap_or(&summary);
        let title: String = title
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(MAX_TITLE_CHARS)
            .collect();
        if title.trim().is_empty() {
            self.wrong(Column::Title, "a case has a title or a summary: write one");
        }
        let received = told
            .iter()
            .find(|told| told.event.kind() == Kind::Received)
            .map(|told| told.at);
        if received.is_none()
            && !self
                .findings
                .iter()
                .any(|finding| finding.column == Some(Column::Received))
        {
            self.wrong(
                Column::Received,
                "when did the report come in? Write a date: 2024-02-28",
            );
        }
        let received = received?;
        let given = Some(summary.clone()).filter(|summary| !summary.is_empty());
        let titled = Event::Titled {
            title: title.clone(),
            summary: given,
        };
        told.push(Told {
            at: received,
            event: titled,
            column: Column::Title,
        });
        // Stable: what happened on one day keeps the order of the columns.
        told.sort_by_key(|told| told.at);
        Some(PastCase {
            line: self.row.line,
            id: id?,
            brand: brand?,
            title,
            summary,
            received,
            told,
            notes: self.notes(),
        })
    }

    fn id(&mut self) -> Option<String> {
        let id = self.cell(Column::Id).unwrap_or_default();
        if id.is_empty() || id.chars().count() > MAX_ID_CHARS || id.chars().any(char::is_control) {
            let message = format!("a row needs the case's own number, one line of at most {MAX_ID_CHARS} characters");
            self.wrong(Column::Id, message);
            return None;
        }
        Some(id.to_owned())
    }

    /// Lines, as the catalogue has them. A name may hold a comma.
    fn products(&mut self) -> Vec<String> {
        let products = || self.house.products.keys();
        let known = |name: &str| {
            let exact = products().find(|known| known.as_str() == name);
            exact.or_else(|| products().find(|known| known.eq_ignore_ascii_case(name)))
        };
        let cell = self.cell(Column::Products).unwrap_or_default();
        let parts = cell.split(['\n', ';', '|']).map(str::trim);
        let parts = parts.flat_map(|part| match known(part) {
            Some(_) => vec![part],
            None => part.split(',').map(str::trim).collect(),
        });
        let parts = parts.filter(|part| !part.is_empty());
        let mut names: Vec<String> = parts
            .map(|part| known(part).map_or(part, String::as_str).to_owned())
            .collect();
        names.dedup();
        if let Some(unknown) = names.iter().find(|name| known(name).is_none()).cloned() {
            let message = format!(
                "no product line is named `{}`: add it with `candor product add`, or map the name",
                shown(&unknown)
            );
            self.wrong(Column::Products, message);
        }
        names
    }

    fn brand(&mut self, products: &[String]) -> Option<String> {
        let brands = &self.house.brands;
        let sold = || {
            products
                .iter()
                .find_map(|name| self.house.products.get(name))
                .map(|product| &product.brand)
        };
        let only = || brands.keys().next().filter(|_| brands.len() == 1);
        let brand = match self.cell(Column::Brand) {
            Some(named) => brands
                .values()
                .find(|brand| brand.id == named || brand.name.eq_ignore_ascii_case(named))
                .map(|brand| &brand.id),
            None => sold().or_else(only),
        };
        let by_line = self
            .findings
            .iter()
            .any(|finding| finding.column == Some(Column::Products));
        if brand.is_none() && !by_line {
            let known: Vec<&str> = brands.keys().map(String::as_str).collect();
            let message = format!("whose case is it? Name one of the brands: {}", known.join(", "));
            self.wrong(Column::Brand, message);
        }
        brand.cloned()
    }

    /// The columns of a row as events.
    fn columns(&mut self, products: &[String], told: &mut Vec<Told>) {
        let received = self.moment(Column::Received);
        let confirmed = self.moment(Column::Confirmed);
        let published = self.moment(Column::Published);
        let mut tell = |column: Column, at: Option<Timestamp>, event: Event| {
            told.extend(at.map(|at| Told { at, event, column }));
        };
        let reporter = self.cell(Column::Reporter).unwrap_or("external").to_lowercase();
        if !is_reporter(&reporter) {
            self.wrong(
                Column::Reporter,
                format!(
                    "`{}` is no reporter: write external, customer, internal or machine, or map the word",
                    shown(&reporter)
                ),
            );
        }
        tell(Column::Received, received, Event::Received { by: Some(reporter) });
        if !products.is_empty() && confirmed.is_none() {
            let products = products.to_vec();
            tell(Column::Products, received, Event::Suspected { products });
        }
        tell(
            Column::Acknowledged,
            self.moment(Column::Acknowledged),
            Event::Acknowledged { reporter: None },
        );
        tell(Column::Reviewed, self.moment(Column::Reviewed), Event::Reviewed {});
        let origin = match self.word(Column::Origin, Origin::SHAPE).as_deref() {
            Some("third-party") => Origin::ThirdParty,
            _ => Origin::Own,
        };
        let products = products.to_vec();
        tell(
            Column::Confirmed,
            confirmed,
            Event::Confirmed {
                origin,
                products: products.clone(),
            },
        );
        let scored = self.moment(Column::Scored).or(confirmed).or(received);
        for vector in self.vectors() {
            let source = Some(match origin {
                Origin::Own => ScoreSource::Own,
                Origin::ThirdParty => ScoreSource::Provider,
            });
            tell(
                Column::Vector,
                scored,
                Event::Scored {
                    vector,
                    source,
                    why: None,
                },
            );
        }
        tell(Column::Told, self.moment(Column::Told), Event::reported_back(None));
        for (at, product, version) in self.fixes(&products) {
            tell(Column::Fixes, Some(at), Event::FixReleased { product, version });
        }
        if let Some(id) = self.cell(Column::Cve) {
            let id = id.to_owned();
            tell(
                Column::Cve,
                published.or(confirmed).or(received),
                Event::CveAssigned { id },
            );
        }
        tell(Column::Published, published, Event::AdvisoryPublished {});
        let rejected = self.moment(Column::Rejected);
        if let Some(exit) = self.exit(rejected) {
            let clause = self
                .cell(Column::Clause)
                .map(|clause| clause.trim_start_matches('§').to_owned());
            tell(
                Column::Rejected,
                rejected,
                Event::Rejected {
                    exit,
                    clause,
                    why: None,
                },
            );
        }
        tell(Column::Closed, self.moment(Column::Closed), Event::Closed {});
    }

    fn exit(&mut self, rejected: Option<Timestamp>) -> Option<Exit> {
        let word = self.word(Column::Exit, Exit::SHAPE);
        match (rejected, word) {
            (Some(_), Some(word)) => serde_json::from_value(word.into()).ok(),
            (Some(_), None) => {
                if self.cell(Column::Exit).is_none() {
                    self.wrong(
                        Column::Exit,
                        format!("why was it rejected? Write one of: {}", words(Exit::SHAPE).join(", ")),
                    );
                }
                None
            }
            (None, Some(_)) if self.cell(Column::Rejected).is_none() => {
                self.wrong(
                    Column::Rejected,
                    "when was it rejected? Write a date, or leave `exit` empty",
                );
                None
            }
            (None, _) => None,
        }
    }

    /// A cell that is one of an event's words.
    fn word(&mut self, column: Column, shape: Shape) -> Option<String> {
        let cell = self.cell(column)?;
        let plain = cell.to_lowercase().replace(['_', ' '], "-");
        let all = words(shape);
        if all.contains(&plain.as_str()) {
            return Some(plain);
        }
        self.wrong(
            column,
            format!("`{}` is none of: {}; map the word", shown(cell), all.join(", ")),
        );
        None
    }

    fn vectors(&mut self) -> Vec<String> {
        let cell = self.cell(Column::Vector).unwrap_or_default();
        let mut good = Vec::new();
        for part in cell.split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | ',')) {
            let vector = part.trim_matches(['(', ')']);
            if vector.is_empty() {
                continue;
            }
            match cvss::Vector::parse(vector) {
                Ok(_) => good.push(vector.to_owned()),
                Err(error) => self.wrong(
                    Column::Vector,
                    format!("`{}` is no CVSS vector: {error}", shown(vector)),
                ),
            }
        }
        good
    }

    /// `LINE VERSION DATE`, one a line or between semicolons; or the three columns of a single fix.
    fn fixes(&mut self, products: &[String]) -> Vec<(Timestamp, String, Option<String>)> {
        let mut fixes = Vec::new();
        let cell = self.cell(Column::Fixes).unwrap_or_default();
        for part in cell
            .split(['\n', ';', '|'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let named = self
                .house
                .products
                .keys()
                .filter(|name| part.starts_with(name.as_str()));
            let named = named.max_by_key(|name| name.len());
            let rest = named.map_or(part, |name| part.get(name.len()..).unwrap_or_default());
            let mut rest: Vec<&str> = rest.split([' ', ',', '\t']).filter(|word| !word.is_empty()).collect();
            let date = rest.pop().unwrap_or_default();
            let only = products.first().filter(|_| products.len() == 1);
            let Some(product) = named.or(only) else {
                self.wrong(
                    Column::Fixes,
                    format!("`{}`: of which line? Write LINE VERSION DATE for each fix", shown(part)),
                );
                continue;
            };
            let version = Some(rest.join(" ")).filter(|version| !version.is_empty());
            match self.read_moment(date, true) {
                Ok(at) => fixes.push((at, product.clone(), version)),
                Err(message) => self.wrong(Column::Fixes, format!("`{}`: {message}", shown(part))),
            }
        }
        let at = self.moment(Column::Fixed);
        let version = self.cell(Column::FixVersion).map(str::to_owned);
        match (at, products) {
            (None, _) if version.is_some() && self.cell(Column::Fixed).is_none() => {
                self.wrong(Column::Fixed, "when was this version released? Write a date");
            }
            (None, _) => {}
            (Some(at), [product]) => fixes.push((at, product.clone(), version)),
            (Some(_), _) => self.wrong(
                Column::Fixed,
                "of which line? Use the column `fixes`: LINE VERSION DATE for each",
            ),
        }
        fixes
    }

    fn notes(&self) -> Vec<String> {
        let advisory = self
            .cell(Column::Advisory)
            .map(|number| format!("Its advisory is {number}."));
        let notes = self.cell(Column::Notes).map(str::to_owned);
        notes.into_iter().chain(advisory).collect()
    }

    /// The exact history.
    fn events(&mut self, events: &[serde_json::Value], told: &mut Vec<Told>) {
        const COLUMN: Column = Column::Events;
        if events.len() > MAX_EVENTS {
            return self.wrong(COLUMN, format!("a row has at most {MAX_EVENTS} events"));
        }
        let both = [
            Column::Received,
            Column::Confirmed,
            Column::Vector,
            Column::Closed,
            Column::Fixes,
            Column::Published,
        ];
        if let Some(column) = both.into_iter().find(|column| self.cell(*column).is_some()) {
            self.wrong(
                column,
                "the row has `events`, which tell everything: leave this column out",
            );
        }
        for (place, event) in (1..).zip(events) {
            let table = toml::Table::try_from(without_nulls(event))
                .map_err(|_| "it is no object of text and numbers".to_owned());
            match table.and_then(|table| story_event(place - 1, table)) {
                Ok(event) if matches!(event.entry.event.kind(), Kind::Imported | Kind::PolicyAdopted) => {
                    self.wrong(
                        COLUMN,
                        format!("event {place}: `{}` is not brought along", event.entry.event.kind()),
                    );
                }
                Ok(event) if event.refused_by.is_some() => self.wrong(
                    COLUMN,
                    format!("event {place}: `expect` belongs to stories that are tests"),
                ),
                Ok(event) => told.push(Told {
                    at: event.entry.at,
                    event: event.entry.event,
                    column: COLUMN,
                }),
                Err(message) => self.wrong(COLUMN, format!("event {place}: {message}")),
            }
        }
    }

    /// The instant of a column.
    fn moment(&mut self, column: Column) -> Option<Timestamp> {
        let cell = self.cell(column)?;
        match self.read_moment(cell, column != Column::Received) {
            Ok(at) => Some(at),
            Err(message) => {
                self.wrong(column, message);
                None
            }
        }
    }

    /// An instant with its offset, a local time, or a day in the zone of the policy.
    fn read_moment(&self, text: &str, day_ends: bool) -> Result<Timestamp, String> {
        let zone = self.policy.map_or(TimeZone::UTC, |policy| policy.front.zone.clone());
        let wrong = || {
            format!(
                "`{}` is no date that has only one meaning: write 2024-02-28, or 2024-02-28T12:00:00+01:00",
                shown(text)
            )
        };
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(instant);
        }
        let bare = text.len() == 10;
        if !bare {
            let local: DateTime = text.parse().map_err(|_| wrong())?;
            return local.to_zoned(zone).map(|zoned| zoned.timestamp()).map_err(|_| wrong());
        }
        let day: Date = text.parse().map_err(|_| wrong())?;
        if !day_ends {
            return day.to_zoned(zone).map(|zoned| zoned.timestamp()).map_err(|_| wrong());
        }
        let ends = self
            .policy
            .map_or(jiff::civil::time(23, 59, 59, 0), |policy| policy.front.day_ends);
        let counting = Counting {
            zone: &zone,
            day_ends: ends,
            calendar: None,
        };
        let end = end_of_day(day, &counting).map_err(|_| wrong())?;
        // Today has not ended yet.
        let today = self.now.to_zoned(zone.clone()).date() == day;
        Ok(if today { end.min(self.now) } else { end })
    }
}

fn words(shape: Shape) -> &'static [&'static str] {
    match shape {
        Shape::OneOf(words) => words,
        _ => &[],
    }
}

fn is_reporter(text: &str) -> bool {
    let (word, id) = text.split_once(':').map_or((text, None), |(word, id)| (word, Some(id)));
    let plain = |id: &str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    matches!(word, "external" | "customer" | "internal" | "machine") && id.is_none_or(plain)
}

/// JSON's null is a field that is not there.
fn without_nulls(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().filter(|item| !item.is_null()).map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// A word of the file as it may be shown: short, one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
