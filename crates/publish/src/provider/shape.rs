//! Reading foreign JSON field by field, and collecting what does not fit. Knows no format.

use super::short;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// A JSON object that is read, with what was wrong so far.
pub(super) struct Shape<'v> {
    value: &'v Value,
    /// Where it is in the document: `/feed/entry/3`.
    at: String,
    pub(super) problems: Vec<String>,
}

impl<'v> Shape<'v> {
    pub(super) fn of(value: &'v Value, at: impl Into<String>) -> Shape<'v> {
        let mut shape = Shape {
            value,
            at: at.into(),
            problems: Vec::new(),
        };
        if !value.is_object() {
            shape.problem("is not an object");
        }
        shape
    }

    fn problem(&mut self, problem: &str) {
        let at = if self.at.is_empty() { "/" } else { &self.at };
        self.problems.push(format!("{at}: {problem}"));
    }

    pub(super) fn wrong(&mut self, name: &str, problem: &str) {
        self.problems.push(format!("{}/{name}: {problem}", self.at));
    }

    pub(super) fn get(&self, name: &str) -> Option<&'v Value> {
        self.value.get(name)
    }

    /// A text that must be there, and not be empty.
    pub(super) fn text(&mut self, name: &str) -> Option<&'v str> {
        match self.get(name).map(Value::as_str) {
            Some(Some(text)) if !text.is_empty() => return Some(text),
            Some(_) => self.wrong(name, "is not a text that says something"),
            None => self.wrong(name, "is missing"),
        }
        None
    }

    /// One of a few texts.
    pub(super) fn one_of(&mut self, name: &str, allowed: &[&str]) -> Option<&'v str> {
        let text = self.text(name)?;
        if !allowed.contains(&text) {
            let problem = format!("`{}` is none of {}", short(text), allowed.join(", "));
            self.wrong(name, &problem);
            return None;
        }
        Some(text)
    }

    pub(super) fn boolean(&mut self, name: &str) {
        match self.get(name) {
            Some(Value::Bool(_)) => {}
            Some(_) => self.wrong(name, "is neither true nor false"),
            None => self.wrong(name, "is missing"),
        }
    }

    /// An instant of RFC 3339.
    pub(super) fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let read = instant(text);
        if read.is_none() {
            let problem = format!("`{}` is not an instant such as 2027-05-27T08:00:00Z", short(text));
            self.wrong(name, &problem);
        }
        read
    }

    /// An address, of the web, that ends in some way.
    pub(super) fn address(&mut self, name: &str, end: &str) -> Option<Url> {
        let text = self.text(name)?;
        match address(text) {
            Some(address) if text.ends_with(end) => return Some(address),
            Some(_) => self.wrong(name, &format!("`{}` does not end with {end}", short(text))),
            None => self.wrong(name, &format!("`{}` is no web address", short(text))),
        }
        None
    }

    /// The items of a list; none where it is missing.
    pub(super) fn list(&mut self, name: &str) -> Option<&'v [Value]> {
        match self.get(name)? {
            Value::Array(items) => return Some(items),
            _ => self.wrong(name, "is not a list"),
        }
        None
    }

    /// The items of a list that is there with something in it.
    pub(super) fn full_list(&mut self, name: &str) -> &'v [Value] {
        match self.list(name) {
            Some([]) => self.wrong(name, "is an empty list"),
            Some(items) => return items,
            None if self.get(name).is_none() => self.wrong(name, "is missing"),
            None => {}
        }
        &[]
    }
}

/// A web address.
pub(super) fn address(text: &str) -> Option<Url> {
    const LONGEST: usize = 2_048;
    let address = (text.len() <= LONGEST).then(|| Url::parse(text).ok()).flatten()?;
    (matches!(address.scheme(), "https" | "http") && address.has_host()).then_some(address)
}

/// An instant of RFC 3339: a date, a time and an offset.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
