//! Cases that may be the same vulnerability, offered while a person triages: who reports by mail and on the portal reports twice.
//!
//! Owns what makes two cases look alike. Never joins anything, and never tells a reporter of another one.

use crate::Casework;
use crate::act::find_case;
use crate::error::ActError;
use crate::receive::cut_bytes;
use psirt::board::{Board, Case};
use std::collections::BTreeSet;

/// Most cases that are offered.
const MAX_OFFERED: usize = 5;
/// So much of each report's text is looked at: there may be ten thousand.
const MAX_LOOKED_AT_BYTES: usize = 16 << 10;
/// Words shorter than this are in every report.
const MIN_WORD_CHARS: usize = 4;
/// Of the words of the shorter title so many in a hundred are in the other.
const MIN_SHARED_PERCENT: usize = 60;
/// One word alone makes nothing alike.
const MIN_SHARED_WORDS: usize = 2;

/// A case that may be the same vulnerability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What the two have in common, for whoever decides.
    pub why: String,
}

impl Casework {
    /// Open cases that may be the same vulnerability as this one, what is most alike first.
    ///
    /// # Errors
    /// [`ActError::NotFound`].
    pub fn alike(&self, number: &str) -> Result<Vec<Alike>, ActError> {
        let board = self.board();
        let (_, case) = find_case(&board, number)?;
        Ok(alike(&board, case))
    }
}

/// Open cases of a board that may be the same vulnerability as this one, what is most alike first.
#[must_use]
pub fn alike(board: &Board, case: &Case) -> Vec<Alike> {
    let own = Marks::of(board, case);
    let others = board.open().filter(|(_, other)| {
        let known = |pair: (&Case, &Case)| pair.0.view.duplicate_of.as_deref() == Some(&pair.1.number);
        other.brand == case.brand
            && other.number != case.number
            && other.view.merged_into.is_none()
            && !known((case, other))
            && !known((other, case))
    });
    let mut offered: Vec<(usize, Alike)> = others
        .filter_map(|(_, other)| {
            let (weight, why) = own.shared_with(&Marks::of(board, other))?;
            let alike = Alike {
                number: other.number.clone(),
                title: board.title(other).to_owned(),
                why,
            };
            Some((weight, alike))
        })
        .collect();
    offered.sort_by(|(a, left), (b, right)| b.cmp(a).then_with(|| left.number.cmp(&right.number)));
    offered.into_iter().take(MAX_OFFERED).map(|(_, alike)| alike).collect()
}

/// By what a case may be known again.
struct Marks {
    aliases: BTreeSet<String>,
    lines: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Marks {
    fn of(board: &Board, case: &Case) -> Marks {
        let reports = case.reports.iter().filter_map(|report| board.report(report));
        // What two titles share is shown: the words of a restricted one are not.
        let restricted = board.is_restricted(case);
        let mut titles = vec![board.given_title(case).0.to_lowercase()];
        let mut aliases: BTreeSet<String> = case.view.aliases.iter().map(|(id, _)| id.to_uppercase()).collect();
        for report in reports {
            if !restricted {
                titles.push(report.title.to_lowercase());
            }
            aliases.extend(cve_ids(&report.title));
            aliases.extend(cve_ids(&cut_bytes(&report.text, MAX_LOOKED_AT_BYTES)));
        }
        let words = titles
            .iter()
            .flat_map(|title| title.split(|c: char| !c.is_alphanumeric()));
        let words = words.filter(|word| word.chars().count() >= MIN_WORD_CHARS);
        Marks {
            aliases,
            lines: case.facts.lines.iter().map(|line| line.name.clone()).collect(),
            words: words.map(str::to_owned).collect(),
        }
    }

    /// How much two have in common, and in words what; none if it is too little.
    fn shared_with(&self, other: &Marks) -> Option<(usize, String)> {
        let aliases: Vec<&str> = self.aliases.intersection(&other.aliases).map(String::as_str).collect();
        if !aliases.is_empty() {
            return Some((1_000 + aliases.len(), format!("both name {}", aliases.join(", "))));
        }
        // A case that names no line may be about any.
        let apart = !self.lines.is_empty() && !other.lines.is_empty() && self.lines.is_disjoint(&other.lines);
        let words: Vec<&str> = self.words.intersection(&other.words).map(String::as_str).collect();
        let shorter = self.words.len().min(other.words.len());
        let enough = words.len() >= MIN_SHARED_WORDS && words.len() * 100 >= shorter * MIN_SHARED_PERCENT;
        let shared = enough && !apart;
        shared.then(|| (words.len(), format!("their titles share: {}", words.join(", "))))
    }
}

/// CVE ids in a text.
fn cve_ids(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_id = |part: &str| {
        let mut pieces = part.splitn(3, '-');
        let number = |piece: Option<&str>, least: usize| {
            piece.is_some_and(|piece| {
                (least..=12).contains(&piece.len()) && piece.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        pieces.next() == Some("CVE") && number(pieces.next(), 4) && number(pieces.next(), 4)
    };
    let ids = parts.map(str::to_uppercase).filter(|part| is_id(part));
    ids.take(50).collect()
}
