//! Text for a terminal: columns, paragraphs, counts.
//!
//! Owns layout only. Never knows what it lays out.

use std::fmt::Write as _;

/// Lines of a terminal.
pub(crate) const WIDTH: usize = 100;

/// A time in words, by its two greatest units: `2 h 5 min`.
pub(crate) fn span(seconds: u64) -> String {
    let units = [("days", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (name, length) in units {
        if left >= length {
            parts.push(format!("{} {name}", left / length));
            left %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Columns as wide as their widest cell, two spaces apart. The last column is left as it is.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A paragraph: every line begins with `indent` and breaks between words.
pub(crate) fn paragraph(indent: &str, words: &str) -> String {
    wrapped(indent, indent, words)
}

/// A point of a list: its first line begins with `sign`, and those after it stand below its words.
pub(crate) fn point(sign: &str, words: &str) -> String {
    wrapped(sign, &" ".repeat(sign.chars().count()), words)
}

fn wrapped(first: &str, indent: &str, words: &str) -> String {
    let mut text = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in words.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            indent.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    if !empty {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Every line of a text with `indent` before it; empty lines stay empty.
pub(crate) fn indented(indent: &str, text: &str) -> String {
    let line = |line: &str| {
        if line.is_empty() {
            "\n".to_owned()
        } else {
            format!("{indent}{line}\n")
        }
    };
    text.lines().map(line).collect()
}

/// A stranger's text for a terminal, which obeys control characters: without any but ends of lines and tabs.
pub(crate) fn harmless(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() && c != '\n' && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, word: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {word}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_is_one_however_it_is_written_and_nothing_else_is_obeyed() {
        assert_eq!(harmless("one\r\ntwo\r\n"), "one\ntwo\n");
        assert_eq!(harmless("a\rb\u{1b}[2J\tc"), "a\u{fffd}b\u{fffd}[2J\tc");
    }

    #[test]
    fn columns_line_up() {
        let rows = [
            vec!["a".to_owned(), "bb".to_owned()],
            vec!["ccc".to_owned(), "d".to_owned()],
        ];
        assert_eq!(columns(&rows), "a    bb\nccc  d\n");
    }

    #[test]
    fn a_paragraph_breaks_between_words() {
        let text = paragraph("  ", &"word ".repeat(40));
        assert!(
            text.lines()
                .all(|line| line.len() <= WIDTH && line.starts_with("  word") && line.ends_with("word"))
        );
        assert_eq!(text.matches("word").count(), 40);
    }

    #[test]
    fn a_point_has_one_sign_however_long_it_is() {
        let text = point("    - ", &"word ".repeat(40));
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(first.starts_with("    - word") && !rest.contains('-'), "{text}");
        assert!(rest.lines().all(|line| line.starts_with("      word")), "{text}");
    }
}
