//! The prose of a clause: paragraphs, lists, code, and within them strong, emphasis, code and links. What is not one of these is text.
//!
//! Never makes HTML and knows none: a tag in the prose is text like everything else.

use crate::problem::is_web_address;

/// A part of the prose, in runs of `R`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block<R = Span> {
    /// A paragraph.
    Paragraph(Vec<R>),
    /// A list.
    List(Vec<Vec<R>>),
    /// Lines that stand as they are.
    Code(String),
}

/// A run of text with one voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Plain text.
    Text(String),
    /// `**strong**`
    Strong(String),
    /// `*emphasis*`
    Emphasis(String),
    /// `` `code` ``
    Code(String),
    /// `[text](https://…)`: text and address.
    Link(String, String),
}

/// Reads prose.
#[must_use]
pub fn read(prose: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    let mut lines = prose.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if let Some(fence) = ["```", "~~~"].into_iter().find(|fence| trimmed.starts_with(fence)) {
            flush(&mut paragraph, &mut blocks);
            let code: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !line.trim().starts_with(fence))
                .collect();
            blocks.push(Block::Code(code.join("\n")));
        } else if let Some(item) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
            flush(&mut paragraph, &mut blocks);
            match blocks.last_mut() {
                Some(Block::List(items)) => items.push(spans(item)),
                _ => blocks.push(Block::List(vec![spans(item)])),
            }
        } else if trimmed.is_empty() {
            flush(&mut paragraph, &mut blocks);
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed);
        }
    }
    flush(&mut paragraph, &mut blocks);
    blocks
}

fn flush(paragraph: &mut String, blocks: &mut Vec<Block>) {
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(spans(paragraph)));
        paragraph.clear();
    }
}

/// Marks without their partner are text.
pub(crate) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = match c {
            '`' => between(rest, "`", "`").map(|(inner, rest)| (Span::Code(inner), rest)),
            '*' if rest.starts_with("**") => between(rest, "**", "**").map(|(inner, rest)| (Span::Strong(inner), rest)),
            '*' => between(rest, "*", "*").map(|(inner, rest)| (Span::Emphasis(inner), rest)),
            '[' => link(rest),
            _ => None,
        };
        if let Some((span, after)) = found {
            if !plain.is_empty() {
                spans.push(Span::Text(std::mem::take(&mut plain)));
            }
            spans.push(span);
            rest = after;
        } else {
            plain.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    if !plain.is_empty() {
        spans.push(Span::Text(plain));
    }
    spans
}

/// How far a mark looks for its partner, in bytes, so that a page of marks costs no more than a page of text.
const REACH: usize = 2_000;

/// What stands before the first `close` within reach, and what follows it.
fn until<'t>(text: &'t str, close: &str) -> Option<(&'t str, &'t str)> {
    let near = text.get(..text.floor_char_boundary(REACH))?;
    let (inner, _) = near.split_once(close)?;
    Some((inner, text.get(inner.len() + close.len()..)?))
}

/// The text between two marks and what follows; none if it is empty or begins with a space.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<(String, &'t str)> {
    let (inner, rest) = until(text.strip_prefix(open)?, close)?;
    (!inner.is_empty() && !inner.starts_with(' ')).then(|| (inner.to_owned(), rest))
}

fn link(text: &str) -> Option<(Span, &str)> {
    let (label, rest) = until(text.strip_prefix('[')?, "](")?;
    let (address, rest) = until(rest, ")")?;
    (!label.is_empty() && is_web_address(address)).then(|| (Span::Link(label.to_owned(), address.to_owned()), rest))
}
