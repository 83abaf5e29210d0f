//! Strict JSON: UTF-8, no byte order mark, no duplicate keys, bounded size and depth. Knows nothing of CSAF.
//!
//! serde_json alone keeps the last of two equal keys, so a document could show one thing to us and another to a reader
//! that keeps the first.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Largest document, in bytes; the largest published CSAF documents have about 20 MB.
pub const MAX_BYTES: usize = 50 * 1024 * 1024;
/// Deepest nesting of arrays and objects. A level of the product tree takes two.
pub const MAX_DEPTH: usize = 100;

/// Where and why a text is not strict JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotStrict {
    /// JSON pointer to the value in which reading stopped, empty for the whole document.
    pub(crate) path: String,
    pub(crate) message: String,
}

impl NotStrict {
    fn whole(message: String) -> Self {
        Self {
            path: String::new(),
            message,
        }
    }
}

pub(crate) fn read(document: &[u8]) -> Result<Value, NotStrict> {
    if document.len() > MAX_BYTES {
        let bytes = document.len();
        return Err(NotStrict::whole(format!(
            "the document has {bytes} bytes, more than the limit of {MAX_BYTES}"
        )));
    }
    let text = std::str::from_utf8(document).map_err(|error| {
        NotStrict::whole(format!(
            "the document is not UTF-8: the first wrong byte is at offset {}",
            error.valid_up_to()
        ))
    })?;
    if text.starts_with('\u{feff}') {
        return Err(NotStrict::whole(
            "the document starts with a byte order mark: remove its first three bytes".into(),
        ));
    }

    let path = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { path: &path }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| NotStrict {
        path: pointer(&path.borrow()),
        message: format!("not strict JSON: {error}"),
    })
}

/// RFC 6901.
fn pointer(path: &[String]) -> String {
    path.iter()
        .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
        .collect()
}

/// Reads one value. `path` leads to it; after an error it still leads to the place of the error.
#[derive(Clone, Copy)]
struct Strict<'a> {
    path: &'a RefCell<Vec<String>>,
}

impl Strict<'_> {
    /// Called for each array and object.
    fn check_depth<E: serde::de::Error>(self) -> Result<(), E> {
        if self.path.borrow().len() >= MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn enter(self, step: String) {
        self.path.borrow_mut().push(step);
    }

    fn leave(self) {
        self.path.borrow_mut().pop();
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut array = Vec::new();
        loop {
            self.enter(array.len().to_string());
            let item = items.next_element_seed(self)?;
            self.leave();
            match item {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.enter(key.clone());
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {key:?} occurs twice in one object"
                )));
            }
            let value = entries.next_value_seed(self)?;
            self.leave();
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
