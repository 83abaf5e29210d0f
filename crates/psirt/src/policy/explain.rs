//! The policy in plain English: each rule as one sentence beside its clause.
//!
//! Owns the order and the print. The sentence of a block is made in its own file.

use super::{Clause, Policy, block::calendar, phrase::Words};
use std::fmt::Write as _;

/// A clause and what it makes Candor do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Explained {
    /// The number of the clause, without its sign.
    pub clause: String,
    /// What the vendor publishes.
    pub prose: String,
    /// One sentence for each block, in the order of the file.
    pub sentences: Vec<String>,
}

/// Explains every clause, in the order of the file.
#[must_use]
pub fn explain(policy: &Policy) -> Vec<Explained> {
    let mut sentences = sentences(policy);
    sentences.sort_by_key(|(_, line, _)| *line);
    let under = |clause: &Clause| -> Vec<String> {
        let mine = sentences
            .iter()
            .filter(|(id, ..)| *id == clause.id)
            .map(|(.., sentence)| sentence.clone());
        mine.chain(clause.none.iter().map(|why| format!("Nothing: {why}.")))
            .collect()
    };
    let explained = |clause: &Clause| Explained {
        clause: clause.id.clone(),
        prose: clause.prose.clone(),
        sentences: under(clause),
    };
    policy.clauses.iter().map(explained).collect()
}

/// The sentences of all blocks, each with its clause and line.
pub(super) fn sentences(policy: &Policy) -> Vec<(&str, u32, String)> {
    let words = Words::of(policy);
    let mut all = Vec::new();
    macro_rules! each {
        ($($blocks:expr => |$block:ident| $sentence:expr),+ $(,)?) => {
            $(all.extend($blocks.iter().map(|$block| ($block.clause.as_str(), $block.line, $sentence)));)+
        };
    }
    each! {
        policy.promises => |block| block.sentence(words),
        policy.readings => |block| block.sentence(),
        policy.bands => |block| block.sentence(),
        policy.scopes => |block| block.sentence(),
        policy.defines => |block| block.sentence(words),
        policy.intakes => |block| block.sentence(),
        policy.notices => |block| block.sentence(),
        policy.gates => |block| block.sentence(words),
        policy.publishes => |block| block.sentence(words),
        policy.lists => |block| block.sentence(words),
        policy.accesses => |block| block.sentence(),
        policy.priorities => |block| block.sentence(words),
        policy.vocabularies => |block| block.sentence(),
        policy.calendars => |block| calendar::sentence(block),
    }
    all
}

/// Lines of a terminal.
const WIDTH: usize = 96;

/// The explanation for a terminal: the clause, and below it each sentence with an arrow.
#[must_use]
pub fn render(explained: &[Explained]) -> String {
    let mut text = String::new();
    for Explained {
        clause,
        prose,
        sentences,
    } in explained
    {
        let prose = prose.split_whitespace().collect::<Vec<_>>().join(" ");
        wrap(&mut text, &format!("§{clause} "), "    ", &prose);
        for sentence in sentences {
            wrap(&mut text, "    → ", "      ", sentence);
        }
        text.push('\n');
    }
    text
}

fn wrap(text: &mut String, first: &str, next: &str, words: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in words.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            next.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(text, "{}", line.trim_end());
}
