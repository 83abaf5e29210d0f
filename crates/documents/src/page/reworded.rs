//! Two wordings of a clause beside each other, each with the words marked that the other one does not have.
//!
//! Words are compared with their voice: a word that became strong changed. Code stands as it is, without marks.

use super::markup::{self, Block, Span};

/// A run of text that only one of two wordings has, or that both have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The text.
    pub span: Span,
    /// Whether the other wording does not have it.
    pub changed: bool,
}

/// Prose with marks.
pub type Wording = Vec<Block<Marked>>;

/// Words compared with words, at most. Beyond it everything between the first and the last difference is marked.
const MOST_COMPARED: usize = 1_000_000;

/// Both wordings, as it was and as it is. One that is missing is empty, and the other one is then without marks: all of it is new, or gone.
#[must_use]
pub fn compare(before: Option<&str>, now: Option<&str>) -> (Wording, Wording) {
    let before = markup::read(before.unwrap_or_default());
    let now = markup::read(now.unwrap_or_default());
    let (old, new) = (words(&before), words(&now));
    let (gone, added) = if old.is_empty() || new.is_empty() {
        (vec![false; old.len()], vec![false; new.len()])
    } else {
        differing(&old, &new)
    };
    (marked(&before, &gone), marked(&now, &added))
}

/// A word with its voice, in the form in which it is compared.
type Word<'t> = (&'static str, &'t str, &'t str);

fn words(blocks: &[Block]) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for span in blocks.iter().flat_map(spans) {
        let (voice, text, address) = parts(span);
        words.extend(text.split_whitespace().map(|word| (voice, word, address)));
    }
    words
}

fn spans(block: &Block) -> Vec<&Span> {
    match block {
        Block::Paragraph(spans) => spans.iter().collect(),
        Block::List(items) => items.iter().flatten().collect(),
        Block::Code(_) => Vec::new(),
    }
}

/// The voice, the text, and where it leads.
fn parts(span: &Span) -> (&'static str, &str, &str) {
    match span {
        Span::Text(text) => ("text", text, ""),
        Span::Strong(text) => ("strong", text, ""),
        Span::Emphasis(text) => ("emphasis", text, ""),
        Span::Code(text) => ("code", text, ""),
        Span::Link(text, address) => ("link", text, address),
    }
}

/// Which words of each side are not among the longest sequence that both have.
fn differing(old: &[Word<'_>], new: &[Word<'_>]) -> (Vec<bool>, Vec<bool>) {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = |side: &[Word<'_>]| side.len() - head;
    let ends = old.iter().rev().zip(new.iter().rev());
    let most = rest(old).min(rest(new));
    let tail = ends.take(most).take_while(|(old, new)| old == new).count();
    let middle = |side: &[Word<'_>]| head..side.len() - tail;
    let inner = |side: &'_ [Word<'_>]| -> Vec<bool> { (0..side.len()).map(|at| middle(side).contains(&at)).collect() };
    let (mut gone, mut added) = (inner(old), inner(new));
    let (from, to) = (middle(old), middle(new));
    let width = to.len() + 1;
    if from.len().saturating_mul(width) > MOST_COMPARED {
        return (gone, added);
    }
    // How many words both have from here on: a row for each word of the old side, and one behind the last.
    let mut common = vec![0_u32; (from.len() + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    for row in (0..from.len()).rev() {
        for column in (0..to.len()).rev() {
            common[at(row, column)] = if old[from.start + row] == new[to.start + column] {
                common[at(row + 1, column + 1)] + 1
            } else {
                common[at(row + 1, column)].max(common[at(row, column + 1)])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < from.len() && column < to.len() {
        if old[from.start + row] == new[to.start + column] {
            gone[from.start + row] = false;
            added[to.start + column] = false;
            (row, column) = (row + 1, column + 1);
        } else if common[at(row + 1, column)] >= common[at(row, column + 1)] {
            row += 1;
        } else {
            column += 1;
        }
    }
    (gone, added)
}

fn marked(blocks: &[Block], changed: &[bool]) -> Wording {
    let mut marks = changed.iter().copied();
    let mut cut = |list: &Vec<Span>| -> Vec<Marked> { list.iter().flat_map(|span| runs(span, &mut marks)).collect() };
    let block = |block: &Block| match block {
        Block::Paragraph(list) => Block::Paragraph(cut(list)),
        Block::List(items) => Block::List(items.iter().map(&mut cut).collect()),
        Block::Code(text) => Block::Code(text.clone()),
    };
    blocks.iter().map(block).collect()
}

/// A span cut where marks begin and end. The space between two words is marked if both are.
fn runs(span: &Span, marks: &mut impl Iterator<Item = bool>) -> Vec<Marked> {
    let (_, text, _) = parts(span);
    let mut runs: Vec<(String, bool)> = Vec::new();
    let mut add = |text: &str, changed: bool| match runs.last_mut() {
        Some((run, last)) if *last == changed => run.push_str(text),
        _ => runs.push((text.to_owned(), changed)),
    };
    let mut space = "";
    let mut before = false;
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.trim_start();
        space = rest.strip_suffix(word).unwrap_or_default();
        if word.is_empty() {
            break;
        }
        let (word, after) = word.split_at(word.find(char::is_whitespace).unwrap_or(word.len()));
        let changed = marks.next().unwrap_or_default();
        add(space, before && changed);
        add(word, changed);
        (space, before, rest) = ("", changed, after);
    }
    add(space, false);
    let same_voice = |text: String| match span {
        Span::Text(_) => Span::Text(text),
        Span::Strong(_) => Span::Strong(text),
        Span::Emphasis(_) => Span::Emphasis(text),
        Span::Code(_) => Span::Code(text),
        Span::Link(_, address) => Span::Link(text, address.clone()),
    };
    let runs = runs.into_iter().filter(|(text, _)| !text.is_empty());
    runs.map(|(text, changed)| Marked {
        span: same_voice(text),
        changed,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wording with its marks as `{…}`, strong words as `*…*`, blocks on lines of their own.
    fn shown(wording: &Wording) -> String {
        let run = |run: &Marked| {
            let text = match &run.span {
                Span::Strong(text) => format!("*{text}*"),
                span => parts(span).1.to_owned(),
            };
            if run.changed { format!("{{{text}}}") } else { text }
        };
        let line = |list: &Vec<Marked>| list.iter().map(run).collect::<String>();
        let block = |block: &Block<Marked>| match block {
            Block::Paragraph(list) => line(list),
            Block::List(items) => items
                .iter()
                .map(|item| format!("- {}", line(item)))
                .collect::<Vec<_>>()
                .join("\n"),
            Block::Code(text) => format!("`{text}`"),
        };
        wording.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    fn check_reworded(before: &str, now: &str, expect: [&str; 2]) {
        let side = |text: &'static str| (!text.is_empty()).then_some(text);
        let (before, now) = (before.to_owned().leak(), now.to_owned().leak());
        let (old, new) = compare(side(before), side(now));
        assert_eq!([shown(&old), shown(&new)], expect, "{before} → {now}");
    }

    #[test]
    fn the_words_that_changed_are_marked_and_no_others() {
        check_reworded(
            "They are remediated **within two months**.",
            "They are remediated **within one month**.",
            [
                "They are remediated *within *{*two months*}.",
                "They are remediated *within *{*one month*}.",
            ],
        );
        check_reworded("one two three", "one three", ["one {two} three", "one three"]);
        check_reworded(
            "one three",
            "zero one three four",
            ["one three", "{zero} one three {four}"],
        );
        check_reworded("a b", "c d", ["{a b}", "{c d}"]);
        check_reworded(
            "the same words",
            "the\nsame  words",
            ["the same words", "the same  words"],
        );
    }

    #[test]
    fn a_voice_is_part_of_a_word() {
        check_reworded("you may ask", "you **may** ask", ["you {may} ask", "you {*may*} ask"]);
    }

    #[test]
    fn lists_and_paragraphs_keep_their_form() {
        check_reworded(
            "We do:\n\n- this\n- that thing\n\n```\nx\n```",
            "We do:\n\n- this\n- another thing",
            [
                "We do:\n- this\n- {that} thing\n`x`",
                "We do:\n- this\n- {another} thing",
            ],
        );
    }

    #[test]
    fn what_stands_alone_has_no_marks() {
        check_reworded("", "a new sentence", ["", "a new sentence"]);
        check_reworded("an old one", "", ["an old one", ""]);
    }

    #[test]
    fn very_long_wordings_are_marked_as_a_whole_between_their_ends() {
        let long = |name: &str| -> String { (0..1_500).map(|word| format!("{name}{word} ")).collect() };
        let (old, new) = compare(
            Some(&format!("we {}ask", long("a"))),
            Some(&format!("we {}ask", long("b"))),
        );
        for side in [old, new] {
            let [Block::Paragraph(runs)] = side.as_slice() else {
                panic!("{side:?}")
            };
            assert_eq!(
                runs.iter().map(|run| run.changed).collect::<Vec<_>>(),
                [false, true, false]
            );
        }
    }
}
