//! Strict JSON of others: UTF-8, no key twice, bounded in depth, number and length. Of all keys only those are kept that a format's reader knows.
//!
//! Owns the places of faults. A pointer goes through known words and numbers alone, so that it quotes nothing; what is not kept is read to its
//! end and takes no memory. A byte order mark is left out, as RFC 8259 allows: programs of other systems write one.

use super::{Fault, MAX_BYTES};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::fmt;

/// Deepest nesting of what is kept.
const MAX_DEPTH: usize = 40;
/// Most values that are kept.
const MAX_NODES: usize = 1_500_000;
/// Longest string that is kept, in bytes.
const MAX_STRING_BYTES: usize = 64 << 10;
/// Most entries of a table with keys of the sender's.
const MAX_FREE_KEYS: usize = 64;
/// Tables whose keys are the sender's.
const FREE: &[&str] = &["fingerprints", "partialFingerprints"];

/// A value that is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Flag(bool),
    Whole(u64),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

/// Reads a file, and keeps what stands under these words.
pub(super) fn read(bytes: &[u8], words: &'static [&'static str]) -> Result<Node, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new("", format!("It has more than {} MB.", MAX_BYTES >> 20)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let says = format!(
            "It is not UTF-8: the first wrong byte is at offset {}.",
            error.valid_up_to()
        );
        Fault::new("", says)
    })?;
    let state = RefCell::new(State::default());
    let mut json = serde_json::Deserializer::from_str(text);
    let reader = Reader {
        state: &state,
        words,
        depth: 0,
        is_free: false,
    };
    let read = reader.deserialize(&mut json).and_then(|node| json.end().map(|()| node));
    read.map_err(|error| {
        let state = state.into_inner();
        // The words of the parser may quote; its line and column do not.
        state.fault.unwrap_or_else(|| {
            Fault::new(
                pointer(&state.path),
                format!("It is not JSON at line {}, column {}.", error.line(), error.column()),
            )
        })
    })
}

#[derive(Default)]
struct State {
    path: Vec<Step>,
    fault: Option<Fault>,
    nodes: usize,
}

enum Step {
    Word(&'static str),
    Number(usize),
}

fn pointer(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Word(word) => format!("/{word}"),
            Step::Number(number) => format!("/{number}"),
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    state: &'a RefCell<State>,
    words: &'static [&'static str],
    depth: usize,
    /// Whether the keys of this table are the sender's.
    is_free: bool,
}

impl Reader<'_> {
    fn fail<E: serde::de::Error>(self, says: impl Into<String>) -> E {
        let mut state = self.state.borrow_mut();
        let place = pointer(&state.path);
        state.fault.get_or_insert_with(|| Fault::new(place, says));
        E::custom("")
    }

    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let nodes = {
            let mut state = self.state.borrow_mut();
            state.nodes += 1;
            state.nodes
        };
        if nodes > MAX_NODES {
            return Err(self.fail(format!("It has more than {MAX_NODES} values.")));
        }
        Ok(())
    }

    fn below<E: serde::de::Error>(self, word: Option<&str>) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fail(format!("It is nested more than {MAX_DEPTH} deep.")));
        }
        Ok(Reader {
            depth: self.depth + 1,
            is_free: word.is_some_and(|word| FREE.contains(&word)),
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        // Nothing that is read here is less than nothing.
        Ok(Node::Number(i32::try_from(number).map_or(f64::MIN, f64::from)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Whole(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        if text.len() > MAX_STRING_BYTES {
            return Err(self.fail(format!("This string has more than {MAX_STRING_BYTES} bytes.")));
        }
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let below = self.below(None)?;
        let mut list = Vec::new();
        loop {
            self.state.borrow_mut().path.push(Step::Number(list.len()));
            let Some(entry) = entries.next_element_seed(below)? else {
                break;
            };
            self.state.borrow_mut().path.pop();
            list.push(entry);
        }
        self.state.borrow_mut().path.pop();
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut table: Vec<(String, Node)> = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            let word = self.words.iter().find(|word| **word == key);
            if word.is_none() && !self.is_free {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            if key.len() > MAX_STRING_BYTES || table.len() >= MAX_FREE_KEYS {
                return Err(self.fail("This table has too many keys, or one that is too long."));
            }
            if table.iter().any(|(known, _)| *known == key) {
                return Err(self.fail("A key stands here twice."));
            }
            let step = word.filter(|_| !self.is_free);
            if let Some(word) = step {
                self.state.borrow_mut().path.push(Step::Word(word));
            }
            let below = self.below(Some(&key))?;
            let value = entries.next_value_seed(below)?;
            if step.is_some() {
                self.state.borrow_mut().path.pop();
            }
            table.push((key, value));
        }
        Ok(Node::Table(table))
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct At<'a> {
    node: &'a Node,
    pointer: String,
}

impl<'a> At<'a> {
    pub(super) fn root(node: &'a Node) -> At<'a> {
        At {
            node,
            pointer: String::new(),
        }
    }

    /// What stands under a word; none if nothing does, or null.
    pub(super) fn get(&self, word: &str) -> Result<Option<At<'a>>, Fault> {
        let found = self.table()?.iter().find(|(known, _)| known == word);
        let found = found.filter(|(_, node)| *node != Node::Null);
        Ok(found.map(|(_, node)| At {
            node,
            pointer: format!("{}/{word}", self.pointer),
        }))
    }

    /// What must stand under a word.
    pub(super) fn need(&self, word: &str) -> Result<At<'a>, Fault> {
        let lacks = || Fault::new(self.pointer.clone(), format!("`{word}` is missing here."));
        self.get(word)?.ok_or_else(lacks)
    }

    /// What stands under a word inside of a word, and so on.
    pub(super) fn deep(&self, words: &[&str]) -> Result<Option<At<'a>>, Fault> {
        let mut at = self.clone();
        for word in words {
            match at.get(word)? {
                Some(below) => at = below,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// The text under a word; empty if there is none.
    pub(super) fn word(&self, word: &str) -> Result<&'a str, Fault> {
        self.get(word)?.map_or(Ok(""), |at| at.text())
    }

    /// The entries under a word; none if there is no such list.
    pub(super) fn list(&self, word: &str) -> Result<Vec<At<'a>>, Fault> {
        self.get(word)?.map_or(Ok(Vec::new()), |at| at.entries())
    }

    pub(super) fn entries(&self) -> Result<Vec<At<'a>>, Fault> {
        match self.node {
            Node::List(entries) => Ok(entries
                .iter()
                .enumerate()
                .map(|(at, node)| self.below(at, node))
                .collect()),
            _ => Err(self.wrong("a list")),
        }
    }

    pub(super) fn table(&self) -> Result<&'a [(String, Node)], Fault> {
        match self.node {
            Node::Table(table) => Ok(table),
            _ => Err(self.wrong("a table")),
        }
    }

    /// The pairs of a table whose keys are the sender's, in their order as text.
    pub(super) fn pairs(&self) -> Result<Vec<(&'a str, &'a str)>, Fault> {
        let text = |(key, node): &'a (String, Node)| match node {
            Node::Text(text) => Ok((key.as_str(), text.as_str())),
            _ => Err(self.wrong("a table of strings")),
        };
        let mut pairs = self.table()?.iter().map(text).collect::<Result<Vec<_>, _>>()?;
        pairs.sort_unstable();
        Ok(pairs)
    }

    pub(super) fn text(&self) -> Result<&'a str, Fault> {
        match self.node {
            Node::Text(text) => Ok(text),
            _ => Err(self.wrong("a string")),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, Fault> {
        match self.node {
            Node::Flag(flag) => Ok(*flag),
            _ => Err(self.wrong("true or false")),
        }
    }

    pub(super) fn number(&self) -> Result<f64, Fault> {
        match self.node {
            Node::Number(number) => Ok(*number),
            Node::Whole(whole) => Ok(u32::try_from(*whole).map_or(f64::MAX, f64::from)),
            _ => Err(self.wrong("a number")),
        }
    }

    /// A place in a list; none for a number that is none, such as the -1 by which SARIF says that there is nothing.
    pub(super) fn place(&self) -> Result<Option<usize>, Fault> {
        match self.node {
            Node::Whole(whole) => Ok(usize::try_from(*whole).ok()),
            _ => self.number().map(|_| None),
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node, Node::List(_))
    }

    /// What is wrong here, in a sentence.
    pub(super) fn fault(&self, says: impl Into<String>) -> Fault {
        Fault::new(self.pointer.clone(), says)
    }

    fn below(&self, at: usize, node: &'a Node) -> At<'a> {
        At {
            node,
            pointer: format!("{}/{at}", self.pointer),
        }
    }

    fn wrong(&self, wanted: &str) -> Fault {
        let is = match self.node {
            Node::Null => "nothing",
            Node::Flag(_) => "true or false",
            Node::Whole(_) | Node::Number(_) => "a number",
            Node::Text(_) => "a string",
            Node::List(_) => "a list",
            Node::Table(_) => "a table",
        };
        self.fault(format!("This is {is}; it must be {wanted}."))
    }
}
