//! Hints: the words of a report that make Candor ask a question of triage, or propose a flag.
//!
//! Owns their grammar, their limits and their match. Never decides: a hint that fits asks a person.

use super::fields::{Fields, short};
use super::tree::{Node, Value};

/// Hints of one block.
const MAX_HINTS: usize = 64;
/// Lists in one hint, each of which must be met.
const MAX_LISTS: usize = 4;
/// Phrases in one list.
const MAX_PHRASES: usize = 64;
/// Words of one phrase.
const MAX_WORDS: usize = 8;
/// Letters before a `*`: fewer would begin half of all words.
const MIN_BEGINNING: usize = 3;
/// Bytes of a text that are looked at.
const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Words of one passage; a text without any end of a sentence is cut into passages of this size.
const MAX_PASSAGE_WORDS: usize = 80;

/// What must stand together in one passage of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Of each list one phrase must be there.
    all: Vec<Vec<Phrase>>,
    /// None of these may be there.
    none: Vec<Phrase>,
}

/// Words that stand one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase(Vec<Word>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Whole(String),
    /// Written with a `*` at its end.
    Beginning(String),
}

/// A text in passages: sentences, items of a list, paragraphs without a full stop.
#[derive(Clone, Debug)]
pub struct Text(Vec<Vec<String>>);

impl Text {
    /// Reads the beginning of a text, up to 256 KiB.
    #[must_use]
    pub fn of(text: &str) -> Text {
        let end = (0..=MAX_TEXT_BYTES.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        let mut passages = vec![Vec::new()];
        for line in text.get(..end.unwrap_or(0)).unwrap_or_default().lines() {
            let line = line.trim();
            if line.is_empty() || begins_item(line) {
                passages.push(Vec::new());
            }
            for part in line.split_whitespace() {
                for word in words(part) {
                    if passages.last().is_none_or(|passage| passage.len() >= MAX_PASSAGE_WORDS) {
                        passages.push(Vec::new());
                    }
                    if let Some(passage) = passages.last_mut() {
                        passage.push(word.to_lowercase());
                    }
                }
                if ends_sentence(part) {
                    passages.push(Vec::new());
                }
            }
        }
        passages.retain(|passage| !passage.is_empty());
        Text(passages)
    }

    /// Whether any of these hints fits.
    #[must_use]
    pub fn fits(&self, hints: &[Hint]) -> bool {
        self.0.iter().any(|passage| hints.iter().any(|hint| hint.fits(passage)))
    }
}

impl Hint {
    /// Each phrase is looked for once in each passage, word by word: the work grows with the text and with the policy, and no text
    /// makes it worse than that.
    fn fits(&self, passage: &[String]) -> bool {
        let there = |phrase: &Phrase| passage.windows(phrase.0.len()).any(|window| phrase.is(window));
        self.all.iter().all(|list| list.iter().any(there)) && !self.none.iter().any(there)
    }
}

impl Phrase {
    fn is(&self, window: &[String]) -> bool {
        self.0.iter().zip(window).all(|(word, found)| match word {
            Word::Whole(word) => word == found,
            Word::Beginning(beginning) => found.starts_with(beginning.as_str()),
        })
    }
}

/// Everything that is no letter or digit parts words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// `- `, `* `, `• `, `3. `, `3) `, `# `, `+ `: the line is an item of its own. So is a header, as `curl` shows it.
fn begins_item(line: &str) -> bool {
    let mark = line.split_whitespace().next().unwrap_or_default();
    let numbered = mark
        .strip_suffix(['.', ')'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    numbered || ["-", "*", "•", "+", "<", ">", "|"].contains(&mark) || mark.starts_with('#')
}

/// Whether a sentence ends with this part of a line: a closing quote or bracket may stand after its full stop.
fn ends_sentence(part: &str) -> bool {
    part.trim_end_matches(['"', '\'', ')', ']', '”', '’', '*', '`'])
        .ends_with(['.', '!', '?', ';'])
}

impl<'a> Fields<'a, '_, '_> {
    /// Hints: a list of phrases and of tables such as `{ all = ["cookie", ["without", "no"]], none = ["forged"] }`.
    pub(super) fn hints(&mut self, key: &str) -> Vec<Hint> {
        let nodes = self.listed(key, MAX_HINTS, "hints");
        nodes.into_iter().filter_map(|node| self.hint(node, key)).collect()
    }

    fn hint(&mut self, node: &'a Node, key: &str) -> Option<Hint> {
        let Value::Table(table) = &node.value else {
            let phrase = self.phrase(node, key)?;
            return Some(Hint {
                all: vec![vec![phrase]],
                none: Vec::new(),
            });
        };
        let mut fields = self.inner("hint", node.at, table);
        fields.only(&["all", "none"]);
        fields.need("all")?;
        let lists = fields.listed("all", MAX_LISTS, "lists");
        let all: Vec<Vec<Phrase>> = lists.into_iter().map(|list| fields.phrases(list, "all")).collect();
        let none = fields.get("none").map(|list| fields.phrases(list, "none"));
        if all.iter().any(Vec::is_empty) || all.is_empty() {
            return None;
        }
        Some(Hint {
            all,
            none: none.unwrap_or_default(),
        })
    }

    /// The phrases of a list; a single text counts as a list of one.
    fn phrases(&mut self, node: &'a Node, key: &str) -> Vec<Phrase> {
        let nodes = match &node.value {
            Value::List(list) => list.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if nodes.is_empty() {
            self.error(
                node.at,
                "empty",
                format!("`{key}` names nothing: name phrases, or delete it"),
            );
        }
        let nodes = self.at_most(nodes, MAX_PHRASES, "phrases");
        nodes.iter().filter_map(|node| self.phrase(node, key)).collect()
    }

    fn phrase(&mut self, node: &'a Node, key: &str) -> Option<Phrase> {
        let Value::Text(text) = &node.value else {
            let message = format!("`{key}` holds phrases in quotes, and this is {}", node.value.name());
            self.error(node.at, "wrong-type", message);
            return None;
        };
        let mut phrase = Vec::new();
        for part in text
            .split(|c: char| !c.is_alphanumeric() && c != '*')
            .filter(|part| !part.is_empty())
        {
            match part.strip_suffix('*') {
                None if part.contains('*') => return self.bad_star(node.at, part),
                None => phrase.push(Word::Whole(part.to_lowercase())),
                Some(begin) if begin.contains('*') || begin.chars().count() < MIN_BEGINNING => {
                    return self.bad_star(node.at, part);
                }
                Some(begin) => phrase.push(Word::Beginning(begin.to_lowercase())),
            }
        }
        if phrase.is_empty() {
            let message = "a hint without a letter or digit never matches: write a word, or delete it";
            self.error(node.at, "empty", message);
            return None;
        }
        if phrase.len() > MAX_WORDS {
            let message = format!("a phrase has at most {MAX_WORDS} words: write what is typical of it");
            self.error(node.at, "too-large", message);
            return None;
        }
        Some(Phrase(phrase))
    }

    fn bad_star(&mut self, at: usize, part: &str) -> Option<Phrase> {
        let message = format!(
            "`{}`: a `*` stands at the end of at least {MIN_BEGINNING} letters, as in `scan*`",
            short(part)
        );
        self.error(at, "bad-hint", message);
        None
    }

    /// The nodes of a list, of which at most so many are read.
    fn listed(&mut self, key: &str, most: usize, what: &str) -> Vec<&'a Node> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let nodes = match &node.value {
            Value::List(list) => list.as_slice(),
            _ => std::slice::from_ref(node),
        };
        self.at_most(nodes, most, what).iter().collect()
    }

    fn at_most(&mut self, nodes: &'a [Node], most: usize, what: &str) -> &'a [Node] {
        if let Some(first) = nodes.get(most) {
            let message = format!("more than {most} {what}: join what means the same");
            self.error(first.at, "too-large", message);
        }
        nodes.get(..most).unwrap_or(nodes)
    }
}

#[cfg(test)]
mod tests;
