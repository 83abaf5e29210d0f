//! Typed reading of a block's keys: one method for each shape, every fault reported where it stands.
//!
//! Owns the grammar of `when`, starts and ends. Never knows which kind of block it reads.

use super::{
    fact::{Fact, NO_BAND, When},
    finding::Findings,
    length::{End, EndTerm, Length, Start, StartTerm, Unit},
    tree::{Entry, Node, Table, Value},
    word::{Word, hint, quoted},
};
use crate::event::{FieldType, Kind, Shape};
use jiff::civil;
use serde::{Deserialize, de::IntoDeserializer};

/// Names that the rest of the file gives: the values of `band` and `market`.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Ids of the bands, the highest first.
    pub(super) bands: Vec<String>,
    /// Markets of an overlay.
    pub(super) markets: Vec<String>,
    pub(super) overlay: bool,
}

/// A reader of one table.
pub(super) struct Fields<'a, 'n, 't> {
    /// What the table is, for messages: `promise`.
    pub(super) what: &'static str,
    /// Where a message about the whole table points.
    pub(super) at: usize,
    pub(super) table: &'a Table,
    pub(super) names: &'a Names,
    pub(super) findings: &'n mut Findings<'t>,
}

impl<'a, 't> Fields<'a, '_, 't> {
    /// A reader of a table inside this one.
    pub(super) fn inner(&mut self, what: &'static str, at: usize, table: &'a Table) -> Fields<'a, '_, 't> {
        Fields {
            what,
            at,
            table,
            names: self.names,
            findings: self.findings,
        }
    }

    pub(super) fn error(&mut self, at: usize, code: &'static str, message: impl Into<String>) {
        self.findings.error(at, code, message);
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.table.get(key)
    }

    /// Where a message about a key points: the key, or else the table.
    pub(super) fn at(&self, key: &str) -> usize {
        self.table.entry(key).map_or(self.at, |entry| entry.key_at)
    }

    /// Where a message about a value points.
    pub(super) fn value_at(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.at, |node| node.at)
    }

    /// Every key must be one of these.
    pub(super) fn only(&mut self, keys: &[&'static str]) {
        let unknown: Vec<&Entry> = self
            .table
            .entries()
            .filter(|entry| !keys.contains(&entry.key.as_str()))
            .collect();
        for entry in unknown {
            if self.findings.full() {
                return;
            }
            let hint = hint(&entry.key, keys.iter().copied());
            let message = format!("`{}` has no key `{}`: {hint}", self.what, short(&entry.key));
            self.findings.error(entry.key_at, "unknown-key", message);
        }
    }

    /// The value of a key that must be there.
    pub(super) fn need(&mut self, key: &str) -> Option<&'a Node> {
        let node = self.table.get(key);
        if node.is_none() {
            let message = format!("`{}` needs the key `{key}`: add it", self.what);
            self.findings.error(self.at, "missing-key", message);
        }
        node
    }

    fn wrong(&mut self, node: &Node, key: &str, wanted: &str) {
        let message = format!("`{key}` is {wanted}, and this is {}", node.value.name());
        self.findings.error(node.at, "wrong-type", message);
    }

    // Texts and words.

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        self.as_text(node, key).map(str::to_owned)
    }

    /// A text that must be there and say something.
    pub(super) fn need_text(&mut self, key: &str) -> Option<String> {
        let node = self.need(key)?;
        let text = self.as_text(node, key)?;
        if text.trim().is_empty() {
            let message = format!("`{key}` says nothing: write it, or delete the block");
            self.findings.error(node.at, "empty", message);
            return None;
        }
        Some(text.to_owned())
    }

    fn as_text(&mut self, node: &'a Node, key: &str) -> Option<&'a str> {
        match &node.value {
            Value::Text(text) => Some(text),
            _ => {
                self.wrong(node, key, "a text in quotes");
                None
            }
        }
    }

    /// The items of a list of texts; a single text counts as a list of one.
    pub(super) fn items(&mut self, key: &str) -> Vec<(&'a str, usize)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let nodes = match &node.value {
            Value::List(list) => list.as_slice(),
            _ => std::slice::from_ref(node),
        };
        nodes
            .iter()
            .filter_map(|item| self.as_text(item, key).map(|text| (text, item.at)))
            .collect()
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        self.items(key).into_iter().map(|(text, _)| text.to_owned()).collect()
    }

    /// A lower-case id: words joined by `-`.
    pub(super) fn id(&mut self, key: &str) -> Option<String> {
        let node = self.need(key)?;
        let id = self.as_text(node, key)?;
        if is_id(id) {
            return Some(id.to_owned());
        }
        let message = format!(
            "`{}` is not an id: write lower-case words and digits joined by `-`, at most 64 characters",
            short(id)
        );
        self.findings.error(node.at, "bad-id", message);
        None
    }

    pub(super) fn word<W: Word>(&mut self, key: &str) -> Option<W> {
        let node = self.get(key)?;
        let word = self.as_text(node, key)?;
        self.known(key, word, node.at)
    }

    pub(super) fn need_word<W: Word>(&mut self, key: &str) -> Option<W> {
        self.need(key)?;
        self.word(key)
    }

    pub(super) fn words<W: Word>(&mut self, key: &str) -> Vec<W> {
        self.items(key)
            .into_iter()
            .filter_map(|(word, at)| self.known(key, word, at))
            .collect()
    }

    fn known<W: Word>(&mut self, key: &str, word: &str, at: usize) -> Option<W> {
        let value = W::from_word(word);
        if value.is_none() {
            let hint = hint(word, W::ALL.iter().map(|value| value.word()));
            self.findings.error(
                at,
                "unknown-value",
                format!("`{key}` knows no `{}`: {hint}", short(word)),
            );
        }
        value
    }

    /// A word that an event's field also knows, such as a flag.
    pub(super) fn event_word<T: FieldType + for<'de> Deserialize<'de>>(&mut self, key: &str) -> Option<T> {
        let node = self.get(key)?;
        let word = self.as_text(node, key)?;
        self.as_event_word(key, word, node.at)
    }

    pub(super) fn event_words<T: FieldType + for<'de> Deserialize<'de>>(&mut self, key: &str) -> Vec<T> {
        self.items(key)
            .into_iter()
            .filter_map(|(word, at)| self.as_event_word(key, word, at))
            .collect()
    }

    fn as_event_word<T: FieldType + for<'de> Deserialize<'de>>(
        &mut self,
        key: &str,
        word: &str,
        at: usize,
    ) -> Option<T> {
        let parsed: Result<T, serde::de::value::Error> = T::deserialize(word.into_deserializer());
        if parsed.is_err() {
            let known = if let Shape::OneOf(words) = T::SHAPE { words } else { &[] };
            let hint = hint(word, known.iter().copied());
            self.findings.error(
                at,
                "unknown-value",
                format!("`{key}` knows no `{}`: {hint}", short(word)),
            );
        }
        parsed.ok()
    }

    // Flags, numbers, dates.

    /// True or false; false where it is absent.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.get(key).map(|node| (&node.value, node)) {
            None => false,
            Some((Value::Flag(flag), _)) => *flag,
            Some((_, node)) => {
                self.wrong(node, key, "`true` or `false`");
                false
            }
        }
    }

    /// A score from 0.0 to 10.0 in tenths.
    pub(super) fn tenths(&mut self, key: &str) -> Option<u8> {
        let node = self.need(key)?;
        let score = match node.value {
            Value::Whole(number) => i32::try_from(number).ok().map(f64::from),
            Value::Real(number) => Some(number),
            _ => {
                self.wrong(node, key, "a score such as `7.0`");
                return None;
            }
        };
        let tenths = score.and_then(|score| (0_u8..=100).find(|tenth| (score * 10.0 - f64::from(*tenth)).abs() < 1e-6));
        if tenths.is_none() {
            let message = format!("`{key}` is no score: write 0.0 to 10.0 with one decimal");
            self.findings.error(node.at, "bad-score", message);
        }
        tenths
    }

    pub(super) fn date(&mut self, key: &str) -> Option<civil::Date> {
        let node = self.get(key)?;
        self.as_date(node, key)
    }

    pub(super) fn dates(&mut self, key: &str) -> Vec<civil::Date> {
        match self.get(key).map(|node| (&node.value, node)) {
            None => Vec::new(),
            Some((Value::List(list), _)) => list.iter().filter_map(|item| self.as_date(item, key)).collect(),
            Some((_, node)) => {
                self.wrong(node, key, "a list of dates");
                Vec::new()
            }
        }
    }

    fn as_date(&mut self, node: &Node, key: &str) -> Option<civil::Date> {
        let written = match &node.value {
            Value::Time(time) => time.to_string(),
            Value::Text(text) => text.clone(),
            _ => {
                self.wrong(node, key, "a date such as 2026-09-01");
                return None;
            }
        };
        let date = (written.len() == 10).then(|| written.parse().ok()).flatten();
        if date.is_none() {
            let message = format!(
                "`{}` is not a date: write a day that exists, such as 2026-09-01",
                short(&written)
            );
            self.findings.error(node.at, "bad-date", message);
        }
        date
    }

    // Tables.

    /// The tables of a list of tables; a single table counts as a list of one.
    pub(super) fn tables(&mut self, key: &str) -> Vec<(&'a Table, usize)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let nodes = match &node.value {
            Value::List(list) => list.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut tables = Vec::with_capacity(nodes.len());
        for item in nodes {
            match &item.value {
                Value::Table(table) => tables.push((table, item.at)),
                _ => self.wrong(item, key, "a list of tables"),
            }
        }
        tables
    }

    // Events, lengths, starts, ends.

    pub(super) fn event(&mut self, key: &str) -> Option<Kind> {
        let node = self.get(key)?;
        let name = self.as_text(node, key)?;
        self.kind(name, node.at)
    }

    pub(super) fn need_event(&mut self, key: &str) -> Option<Kind> {
        self.need(key)?;
        self.event(key)
    }

    pub(super) fn events(&mut self, key: &str) -> Vec<Kind> {
        self.items(key)
            .into_iter()
            .filter_map(|(name, at)| self.kind(name, at))
            .collect()
    }

    fn kind(&mut self, name: &str, at: usize) -> Option<Kind> {
        let kind = Kind::from_name(name);
        if kind.is_none() {
            let near = hint(name, Kind::ALL.iter().map(|kind| kind.name()));
            let near = if near.starts_with("did") {
                near
            } else {
                "events are listed in docs/stories.md".to_owned()
            };
            self.findings.error(
                at,
                "unknown-event",
                format!("there is no event `{}`: {near}", short(name)),
            );
        }
        kind
    }

    pub(super) fn length(&mut self, key: &str) -> Option<Length> {
        let node = self.get(key)?;
        let text = self.as_text(node, key)?;
        self.as_length(text, node.at)
    }

    /// A list of lengths, each with its place.
    pub(super) fn lengths(&mut self, key: &str) -> Vec<(Length, usize)> {
        let items = self.items(key).into_iter();
        let read = items.filter_map(|(text, at)| Some((self.as_length(text, at)?, at)));
        read.collect()
    }

    /// Whether a key says exactly this word.
    pub(super) fn is_word(&mut self, key: &str, word: &str) -> bool {
        matches!(self.get(key), Some(Node { value: Value::Text(text), .. }) if text == word)
    }

    fn as_length(&mut self, text: &str, at: usize) -> Option<Length> {
        match Length::parse(text) {
            // `0 days` is the end of the same day.
            Ok(length) if length.count == 0 && length.unit != Unit::Days => {
                let message = format!("`{text}` is no time at all: write at least 1, or `0 days` for the same day");
                self.findings.error(at, "bad-length", message);
                None
            }
            Ok(length) => Some(length),
            Err(_) if text.len() > 40 => {
                self.findings.error(
                    at,
                    "bad-length",
                    "this is not a length: write for example `2 months` or `72 working hours`",
                );
                None
            }
            Err(message) => {
                self.findings.error(at, "bad-length", message);
                None
            }
        }
    }

    /// `"selected"`, a term, or `{ earliest = [ … ] }` or `{ latest = [ … ] }` of terms.
    pub(super) fn start(&mut self, key: &str) -> Option<Start> {
        let node = self.need(key)?;
        match &node.value {
            Value::Text(text) if text == "selected" => Some(Start::Selected),
            Value::Text(text) => Some(Start::Earliest(vec![self.start_term(text, node.at)?])),
            _ => {
                let (latest, terms) = self.combined(node, key, &["earliest", "latest"])?;
                let terms = terms
                    .into_iter()
                    .map(|(text, at)| self.start_term(text, at))
                    .collect::<Option<_>>()?;
                Some(if latest {
                    Start::Latest(terms)
                } else {
                    Start::Earliest(terms)
                })
            }
        }
    }

    fn start_term(&mut self, text: &str, at: usize) -> Option<StartTerm> {
        let Some((event, plus)) = text.split_once(" + ") else {
            return Some(StartTerm {
                event: self.kind(text, at)?,
                plus: None,
            });
        };
        let (event, plus) = (self.kind(event, at), self.as_length(plus, at));
        Some(StartTerm {
            event: event?,
            plus: Some(plus?),
        })
    }

    /// A length, `"next-release"`, `"scheduled-day"`, `"none"`, or `{ earliest = [ … ] }` of these. Absent is no end.
    pub(super) fn end(&mut self, key: &str) -> Option<End> {
        let Some(node) = self.get(key) else {
            return Some(End::default());
        };
        match &node.value {
            Value::Text(text) if text == "none" => Some(End::default()),
            Value::Text(text) => Some(End(vec![self.end_term(text, node.at)?])),
            _ => {
                let (_, terms) = self.combined(node, key, &["earliest"])?;
                let terms = terms
                    .into_iter()
                    .map(|(text, at)| self.end_term(text, at))
                    .collect::<Option<_>>()?;
                Some(End(terms))
            }
        }
    }

    fn end_term(&mut self, text: &str, at: usize) -> Option<EndTerm> {
        match text {
            "next-release" => Some(EndTerm::NextRelease),
            "scheduled-day" => Some(EndTerm::ScheduledDay),
            _ => self.as_length(text, at).map(EndTerm::Length),
        }
    }

    /// The terms of a combinator, and whether it is the second of those allowed.
    fn combined(&mut self, node: &'a Node, key: &str, allowed: &[&str]) -> Option<(bool, Vec<(&'a str, usize)>)> {
        let wanted = format!("a text, or a table with one of {}", quoted(allowed.iter().copied()));
        let Value::Table(table) = &node.value else {
            self.wrong(node, key, &wanted);
            return None;
        };
        let mut entries = table.entries();
        let (Some(entry), None) = (entries.next(), entries.next()) else {
            self.findings.error(
                node.at,
                "wrong-type",
                format!("`{key}` is {wanted}, and only one of them"),
            );
            return None;
        };
        let Some(place) = allowed.iter().position(|word| *word == entry.key) else {
            let hint = hint(&entry.key, allowed.iter().copied());
            let message = format!("`{key}` cannot be combined by `{}`: {hint}", short(&entry.key));
            self.findings.error(entry.key_at, "unknown-key", message);
            return None;
        };
        let what = self.what;
        let terms = self.inner(what, entry.key_at, table).items(&entry.key);
        if terms.is_empty() {
            self.findings.error(
                entry.node.at,
                "empty",
                format!("`{}` of nothing: name what it chooses from", entry.key),
            );
            return None;
        }
        Some((place == 1, terms))
    }

    // Facts.

    /// A conjunction over facts; absent is always.
    pub(super) fn when(&mut self, key: &str) -> Option<When> {
        let Some(node) = self.get(key) else {
            return Some(When::default());
        };
        let Value::Table(table) = &node.value else {
            self.wrong(node, key, "a table of facts such as `{ origin = \"own\" }`");
            return None;
        };
        let mut when = When::default();
        let mut whole = true;
        for entry in table.entries() {
            whole &= self.condition(entry, table, &mut when).is_some();
        }
        whole.then_some(when)
    }

    fn condition(&mut self, entry: &'a Entry, table: &'a Table, when: &mut When) -> Option<()> {
        let fact = self.fact(&entry.key, entry.key_at)?;
        let what = self.what;
        let values = self.inner(what, entry.key_at, table).items(&entry.key);
        if values.is_empty() {
            if matches!(&entry.node.value, Value::List(list) if list.is_empty()) {
                let message =
                    format!("`{fact}` is none of nothing, so the rule never holds: name values, or delete it");
                self.findings.error(entry.node.at, "empty", message);
            }
            return None;
        }
        for (value, at) in values {
            when.accept(fact, self.fact_value(fact, value, at)?);
        }
        Some(())
    }

    /// A fact by its name.
    pub(super) fn fact(&mut self, name: &str, at: usize) -> Option<Fact> {
        let fact = Fact::from_name(name);
        match fact {
            None => {
                let hint = hint(name, Fact::ALL.iter().map(|fact| fact.name()));
                self.findings.error(
                    at,
                    "unknown-fact",
                    format!("there is no fact `{}`: {hint}", short(name)),
                );
                None
            }
            Some(Fact::Market) if !self.names.overlay => {
                let message =
                    "`market` chooses overlays and has no place in a vendor's own policy: move the rule to an overlay";
                self.findings.error(at, "market-in-policy", message);
                None
            }
            Some(Fact::Band) if self.names.overlay => {
                let message = "an overlay runs beside any policy and knows no bands: ask another fact";
                self.findings.error(at, "band-in-overlay", message);
                None
            }
            known => known,
        }
    }

    /// A value of a fact by its word.
    pub(super) fn fact_value(&mut self, fact: Fact, word: &str, at: usize) -> Option<u8> {
        let known: Vec<&str> = match fact {
            Fact::Band => self.names.bands.iter().map(String::as_str).chain(["none"]).collect(),
            Fact::Market => self.names.markets.iter().map(String::as_str).collect(),
            _ => fact.values().to_vec(),
        };
        if fact == Fact::Band && word == "none" {
            return Some(NO_BAND);
        }
        let value = known
            .iter()
            .position(|value| *value == word)
            .and_then(|index| u8::try_from(index).ok());
        if value.is_none() {
            let hint = hint(word, known);
            self.findings.error(
                at,
                "unknown-value",
                format!("`{fact}` is never `{}`: {hint}", short(word)),
            );
        }
        value
    }
}

/// Whether a text is an id: lower-case words and digits joined by `-`.
pub(super) fn is_id(id: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 64 && id.split('-').all(word)
}

/// What a hostile or mistaken author wrote, cut to a length that a message can hold.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
