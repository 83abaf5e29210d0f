//! TOML as a tree whose every key and value knows where it stands in the file.
//!
//! Owns the step from text to values. Never interprets them: that is `policy::fields`.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A value and where it begins in the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

impl Node {
    /// Where the last value in it begins.
    pub(super) fn last_at(&self) -> usize {
        let inner = match &self.value {
            Value::List(list) => list.last().map(Node::last_at),
            Value::Table(table) => table.entries().map(|entry| entry.node.last_at()).max(),
            _ => None,
        };
        inner.unwrap_or(self.at)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    Real(f64),
    Flag(bool),
    Time(toml::value::Datetime),
    List(Vec<Node>),
    Table(Table),
}

/// A table in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Vec<Entry>);

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: usize,
    pub(super) node: Node,
}

impl Table {
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    /// How much there is to interpret, in bytes of text and nodes.
    pub(super) fn weight(&self) -> usize {
        self.0
            .iter()
            .map(|entry| entry.key.len() + entry.node.value.weight())
            .sum()
    }

    /// Puts a value in the place of another, or adds it: what a reading does.
    pub(super) fn set(&mut self, key: &str, key_at: usize, node: Node) {
        match self.0.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.node = node,
            None => self.0.push(Entry {
                key: key.to_owned(),
                key_at,
                node,
            }),
        }
    }
}

impl Value {
    /// What it is, for a message.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Whole(_) | Value::Real(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::Time(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    fn weight(&self) -> usize {
        8 + match self {
            Value::Text(text) => text.len(),
            Value::List(list) => list.iter().map(|node| node.value.weight()).sum(),
            Value::Table(table) => table.weight(),
            _ => 0,
        }
    }

    /// The same value without places.
    pub(super) fn plain(&self) -> toml::Value {
        match self {
            Value::Text(text) => toml::Value::String(text.clone()),
            Value::Whole(number) => toml::Value::Integer(*number),
            Value::Real(number) => toml::Value::Float(*number),
            Value::Flag(flag) => toml::Value::Boolean(*flag),
            Value::Time(time) => toml::Value::Datetime(*time),
            Value::List(list) => toml::Value::Array(list.iter().map(|node| node.value.plain()).collect()),
            Value::Table(table) => toml::Value::Table(
                table
                    .entries()
                    .map(|entry| (entry.key.clone(), entry.node.value.plain()))
                    .collect(),
            ),
        }
    }
}

/// Reads the TOML in a part of the file.
///
/// # Errors
/// Where it is not TOML, and what the parser says.
pub(super) fn parse(text: &str, part: Range<usize>) -> Result<Table, (usize, String)> {
    let content = text.get(part.clone()).unwrap_or_default();
    let table = DeTable::parse(content).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start).min(content.len());
        (part.start + at, error.message().to_owned())
    })?;
    self::table(table.into_inner(), part.start)
}

fn table(raw: DeTable<'_>, base: usize) -> Result<Table, (usize, String)> {
    let mut entries = Vec::with_capacity(raw.len());
    for (key, value) in raw {
        let key_at = base + key.span().start;
        entries.push(Entry {
            key: key.into_inner().into_owned(),
            key_at,
            node: node(value, base)?,
        });
    }
    // The parser sorts by key; people read from top to bottom.
    entries.sort_by_key(|entry| entry.key_at);
    Ok(Table(entries))
}

// The parser bounds the depth, so recursion is safe.
fn node(raw: toml::Spanned<DeValue<'_>>, base: usize) -> Result<Node, (usize, String)> {
    let at = base + raw.span().start;
    let value = match raw.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::Whole)
            .map_err(|_| (at, "this number is too large".to_owned()))?,
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map(Value::Real)
            .map_err(|_| (at, "this is not a number".to_owned()))?,
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(time) => Value::Time(time),
        DeValue::Array(list) => Value::List(
            list.into_iter()
                .map(|item| node(item, base))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(inner) => Value::Table(table(inner, base)?),
    };
    Ok(Node { at, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "+++\nb = [1, { c = \"x\" }]\na = 2.5\n";
        let table = parse(text, 4..text.len()).expect("TOML");
        let places: Vec<_> = table.entries().map(|e| (e.key.as_str(), e.key_at, e.node.at)).collect();
        assert_eq!(places, [("b", 4, 8), ("a", 25, 29)]);
        let Some(Value::List(list)) = table.get("b").map(|node| &node.value) else {
            panic!("a list")
        };
        assert_eq!(list.iter().map(|node| node.at).collect::<Vec<_>>(), [9, 12]);
    }

    #[test]
    fn a_fault_is_placed_in_the_file() {
        let text = "+++\nok = 1\nbad = = 2\n";
        let (at, _) = parse(text, 4..text.len()).expect_err("not TOML");
        assert_eq!(text.get(at..).map(|rest| rest.chars().next()), Some(Some('=')));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("a = {}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(parse(&text, 0..text.len()).is_err());
    }
}
