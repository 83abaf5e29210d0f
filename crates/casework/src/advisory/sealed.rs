//! Words that are still sealed: what a text for the public must not name.
//!
//! Owns the look for them, in release notes and in advisories. Says what kind of word it is and never of which case: whoever reads the
//! refusal may not know that case.

use super::note::release_notes;
use super::unmet::agreed_names;
use super::{Case, cases_left};
use crate::error::ActError;
use jiff::Timestamp;
use psirt::advisory::{Advisory, fields};
use psirt::board::{Board, Closed};
use psirt::case::refuse::Refusal;
use psirt::clock::facts::Mark;
use psirt::event::{CreditChoice, Kind};
use std::collections::{BTreeSet, HashSet};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A sealed word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    /// What it is.
    pub(super) what: &'static str,
    word: String,
}

impl Sealed {
    /// What is wrong with the text that names it.
    pub(super) fn message(&self) -> String {
        format!("the text names {}, which is not public: write it without", self.what)
    }
}

/// Whose words a text may name.
pub(super) struct Own<'o> {
    /// The streams of the cases that it tells of.
    pub(super) cases: BTreeSet<&'o str>,
    /// The names that their reporters agree to see in it.
    pub(super) agreed: &'o BTreeSet<String>,
}

/// The fields of an advisory that name a sealed word, each with the first of its words.
pub(super) fn in_fields(board: &Board, advisory: &Advisory, now: Timestamp) -> Result<Vec<(String, Sealed)>, ActError> {
    let cases = cases_left(board, advisory)?;
    let agreed = agreed_names(board, advisory)?;
    let own = Own {
        cases: cases.iter().map(|(stream, _)| stream.as_str()).collect(),
        agreed: &agreed,
    };
    let mut told = fields(advisory);
    told.retain(|(field, _)| is_told(field));
    if let Some(last) = advisory.revisions.last() {
        told.push((String::new(), last.summary.clone()));
    }
    let whole: Vec<&str> = told.iter().map(|(_, text)| text.as_str()).collect();
    let sealed = words(board, &own, &whole.join("\n"), now);
    let first = |(field, text): (String, String)| {
        let text = Text::of(&text);
        let named = sealed.iter().find(|sealed| text.names(&sealed.word))?;
        Some((field, named.clone()))
    };
    Ok(told.into_iter().filter_map(first).collect())
}

/// Refuses an advisory that names a sealed word.
pub(super) fn refuse(board: &Board, advisory: &Advisory, now: Timestamp) -> Result<(), ActError> {
    let found = in_fields(board, advisory, now)?.into_iter().next();
    found.map_or(Ok(()), |(field, sealed)| {
        let place = if field.is_empty() { "what changed" } else { &field };
        Err(Refusal::without_clause(format!("`{place}`: {}", sealed.message())).into())
    })
}

/// Refuses a line about an advisory that everybody will read, if it names a sealed word.
pub(super) fn refuse_line(board: &Board, advisory: &Advisory, line: &str, now: Timestamp) -> Result<(), ActError> {
    let cases = cases_left(board, advisory)?;
    let own = Own {
        cases: cases.iter().map(|(stream, _)| stream.as_str()).collect(),
        agreed: &agreed_names(board, advisory)?,
    };
    let found = words(board, &own, line, now).into_iter().next();
    found.map_or(Ok(()), |sealed| Err(Refusal::without_clause(sealed.message()).into()))
}

/// Refuses a line that everybody will read and that is about no case, if it names a sealed word.
pub(crate) fn refuse_words(board: &Board, line: &str, now: Timestamp) -> Result<(), ActError> {
    let own = Own {
        cases: BTreeSet::new(),
        agreed: &BTreeSet::new(),
    };
    let found = words(board, &own, line, now).into_iter().next();
    found.map_or(Ok(()), |sealed| Err(Refusal::without_clause(sealed.message()).into()))
}

/// Whether a text tells what a case itself is about: it names its CVE id, or its title as a whole.
pub(crate) fn tells_of(board: &Board, case: &Case, text: &str) -> bool {
    let text = Text::of(text);
    let title = board.title(case);
    case.view.cve.as_deref().is_some_and(|id| text.names(id)) || (is_telling(title) && text.names(title))
}

/// Whether a field is written for the public. Who is thanked is asked by itself, and what a text is about is said nowhere.
fn is_told(field: &str) -> bool {
    const OURS: [&str; 6] = ["number", "brand", "policy", "audience", "status", "validity"];
    !OURS.contains(&field) && !field.starts_with("cases[") && !field.contains(".credits[")
}

/// The sealed words of a text: the tracking number of any case, the CVE id or the title of another case that is not public, a reporter
/// who did not agree to be named, and the number of an advisory for a level or a party.
pub(super) fn words(board: &Board, own: &Own<'_>, text: &str, now: Timestamp) -> Vec<Sealed> {
    let text = Text::of(text);
    let own_cases = || own.cases.iter().filter_map(|stream| board.case(stream));
    let look = Look {
        board,
        own,
        now,
        titles: own_cases().map(|case| Text::of(board.title(case))).collect(),
        ids: own_cases().filter_map(|case| case.view.cve.as_deref()).collect(),
    };
    let mut sealed = limited(board, &text);
    for (stream, case) in board.open() {
        look.at_case(stream, case, &text, &mut sealed);
    }
    // Cases that are over are unpacked only where something of them seems to be named.
    for (stream, closed) in board.over() {
        let case = seems_named(closed, &text).then(|| board.case(stream)).flatten();
        if let Some(case) = case {
            look.at_case(stream, case, &text, &mut sealed);
        }
    }
    sealed
}

/// The numbers of releases that are not for everybody: that there is one says that something is under embargo.
fn limited(board: &Board, text: &Text) -> Vec<Sealed> {
    let releases = board.advisories.values().flat_map(|state| &state.limited);
    let numbers = releases.filter_map(|limited| Some(&limited.release.as_ref()?.advisory.number));
    let named = numbers.filter(|number| text.names(number));
    named
        .map(|number| Sealed {
            what: "an advisory for some only",
            word: number.clone(),
        })
        .collect()
}

struct Look<'l> {
    board: &'l Board,
    own: &'l Own<'l>,
    now: Timestamp,
    /// What the cases are called that the text tells of, and their CVE ids: others may be called the same.
    titles: Vec<Text>,
    ids: Vec<&'l str>,
}

impl Look<'_> {
    fn at_case(&self, stream: &str, case: &Case, text: &Text, sealed: &mut Vec<Sealed>) {
        let mut found = |what: &'static str, word: &str| {
            if text.names(word) {
                let word = word.to_owned();
                sealed.push(Sealed { what, word });
            }
        };
        found("a tracking number", &case.number);
        let reports = || case.reports.iter().filter_map(|report| self.board.report(report));
        reports().for_each(|report| found("a tracking number", &report.number));
        let is_own = self.own.cases.contains(stream);
        if !is_own && !self.is_public(case) {
            self.at_sealed_case(case, &mut found);
        }
        let not_named = |name: &&str| !self.own.agreed.iter().any(|agreed| Text::of(agreed).names(name));
        let named = case.view.credits.iter();
        let said_no = named.filter(|(_, choice, _)| *choice != CreditChoice::Yes);
        let said_no = said_no.filter_map(|(.., name)| name.as_deref());
        // Whoever was never asked did not agree either. A name of one word is a word that anybody may write.
        let senders = reports().flat_map(|report| sender(&report.from));
        let senders = senders.filter(|word| word.contains(['@', ' ']) && !self.is_contact(word));
        for name in said_no.chain(senders).filter(not_named) {
            found("a reporter who did not agree to be named", name);
        }
    }

    /// What a case that is not public is called. Notes that say neutrally that something is fixed leave it as sealed as it was.
    fn at_sealed_case(&self, case: &Case, found: &mut impl FnMut(&'static str, &str)) {
        let noted = release_notes(case);
        let is_noted = |word: &str| noted.iter().any(|(_, text)| names(text, word));
        let id = case.view.cve.as_deref();
        if id.is_some_and(is_noted) {
            return;
        }
        let id = id.filter(|id| !self.ids.contains(id));
        id.into_iter().for_each(|id| found("a CVE id of another case", id));
        let title = self.board.title(case);
        let shared = || self.titles.iter().any(|own| own.names(title));
        if is_telling(title) && !shared() && !is_noted(title) {
            found("the title of another case", title);
        }
    }

    /// Whether the world knows of a case, whatever release notes say.
    fn is_public(&self, case: &Case) -> bool {
        const TELLS: [Kind; 3] = [Kind::AdvisoryPublished, Kind::MadePublic, Kind::ExploitPublic];
        let told = |mark: &Mark| TELLS.contains(&mark.kind) && mark.stands(self.now);
        case.facts.marks.iter().any(told)
    }

    /// Whether an address is one at which everybody finds us.
    fn is_contact(&self, word: &str) -> bool {
        let mut brands = self.board.house.brands.values();
        brands.any(|brand| brand.contact.eq_ignore_ascii_case(word))
    }
}

/// Whether something of a case that is over seems to be named; what its glance holds says more than is sealed.
fn seems_named(closed: &Closed, text: &Text) -> bool {
    let glance = &closed.glance;
    let is_line = |part: &str| glance.lines.iter().any(|line| line.to_lowercase() == part);
    let parts = glance
        .text
        .lines()
        .flat_map(|part| [part].into_iter().chain(sender(part)));
    parts
        .filter(|part| part.contains(['-', '@', ' ']) && text.begins(part))
        .any(|part| text.names(part) && !is_line(part))
}

/// The name and the address in `Ada Nymous <ada@example.org>`; what stands there, if it is one of them alone.
fn sender(from: &str) -> impl Iterator<Item = &str> {
    let (name, rest) = from.split_once('<').unwrap_or((from, ""));
    let address = rest.split('>').next().unwrap_or_default();
    let parts = [name, address].map(|part| part.trim_matches(|c: char| c.is_whitespace() || c == '"'));
    parts.into_iter().filter(|part| !part.is_empty())
}

/// A title of one or two words is one that anybody may write.
fn is_telling(title: &str) -> bool {
    title.split_whitespace().count() > 2
}

/// Shorter words are in too many texts.
const MIN_WORD_CHARS: usize = 4;

/// A text as it is compared: its words in a row, with one blank around each.
struct Text {
    row: String,
    words: HashSet<String>,
}

impl Text {
    fn of(text: &str) -> Text {
        let row = row(text);
        let words = row.split_whitespace().map(str::to_owned).collect();
        Text { row, words }
    }

    /// Whether it holds the first of these words.
    fn begins(&self, words: &str) -> bool {
        row(words)
            .split_whitespace()
            .next()
            .is_some_and(|first| self.words.contains(first))
    }

    /// Whether it holds these words in a row, however they are written and whatever stands between them. Those of an id may stand together, too.
    fn names(&self, words: &str) -> bool {
        let words = row(words);
        if words.trim().chars().count() < MIN_WORD_CHARS {
            return false;
        }
        let is_id = words.contains(|c: char| c.is_ascii_digit());
        self.row.contains(&words) || (is_id && self.words.contains(&words.replace(' ', "")))
    }
}

/// The words of a text: runs of letters and digits in lower case, without accents and other ways to write the same (NFKD), and without what nobody
/// sees. Programs that write put other dashes and blanks than people do, and break lines.
fn row(text: &str) -> String {
    let mut row = String::with_capacity(text.len() + 2);
    row.push(' ');
    let seen = text.nfkd().filter(|c| !is_combining_mark(*c) && !is_unseen(*c));
    for c in seen.flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            row.push(c);
        } else if !row.ends_with(' ') {
            row.push(' ');
        }
    }
    if !row.ends_with(' ') {
        row.push(' ');
    }
    row
}

/// Letters that say nothing and take no room, as a soft hyphen or a joiner (the ignorable ones of Unicode, as far as they are no marks).
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text names an id, however it is written.
pub(super) fn names(text: &str, id: &str) -> bool {
    Text::of(text).names(id)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_word_is_found_as_a_whole() {
        let check = |text: &str, expect: bool| assert_eq!(names(text, "CVE-2026-1234"), expect, "{text}");
        check("fixes cve-2026-1234.", true);
        check("cve-2026-1234", true);
        check("cve-2026-12345 is another", false);
        check("xcve-2026-1234, and (cve-2026-1234)", true);
        check("\u{e4}cve-2026-1234\u{f6}", false);
        check("", false);
    }

    /// As people and their programs write it.
    #[test]
    fn a_word_is_found_however_it_is_written() {
        for text in [
            "See CVE\u{2011}2026\u{2011}1234.",
            "CVE 2026 1234",
            "CVE\u{a0}2026\u{2013}1234",
            "CVE-2026-\n1234",
            "CVE-20\u{200b}26-12\u{ad}34",
            "\u{ff23}\u{ff36}\u{ff25}-\u{ff12}\u{ff10}\u{ff12}\u{ff16}-\u{ff11}\u{ff12}\u{ff13}\u{ff14}",
            "cve20261234",
            "CVE_2026_1234",
        ] {
            assert!(names(text, "CVE-2026-1234"), "{text}");
        }
        let title = "Path traversal in the download of backups";
        for text in [
            "Fixes a path traversal in the  download\nof backups",
            "Path-traversal in the download of backups!",
        ] {
            assert!(names(text, title), "{text}");
        }
        assert!(!names("Path traversal in the download of a backup", title));
    }
}
