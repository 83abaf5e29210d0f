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

/// A text in lower case, with its words.
struct Text {
    lower: String,
    words: HashSet<String>,
}

impl Text {
    fn of(text: &str) -> Text {
        let lower = text.to_lowercase();
        let words = runs(&lower).map(str::to_owned).collect();
        Text { lower, words }
    }

    /// Whether it holds the first of these words, which are in lower case.
    fn begins(&self, word: &str) -> bool {
        runs(word).next().is_some_and(|first| self.words.contains(first))
    }

    /// Whether it holds these words as a whole, in whatever case.
    fn names(&self, word: &str) -> bool {
        let word = word.trim().to_lowercase();
        self.begins(&word) && word.chars().count() >= MIN_WORD_CHARS && whole_word(&self.lower, &word)
    }
}

/// Letters and digits that stand together.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty())
}

/// Whether a text names an id, in whatever case.
pub(super) fn names(text: &str, id: &str) -> bool {
    whole_word(&text.to_lowercase(), &id.to_lowercase())
}

/// Whether a text holds a word with no letter or digit around it; both in lower case.
fn whole_word(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(word)) {
        let (start, end) = (from + found, from + found + word.len());
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text.get(end..).and_then(|text| text.chars().next());
        if ![before, after].into_iter().flatten().any(char::is_alphanumeric) {
            return true;
        }
        from = end;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::whole_word;

    #[test]
    fn a_word_is_found_as_a_whole() {
        let check = |text: &str, expect: bool| assert_eq!(whole_word(text, "cve-2026-1234"), expect, "{text}");
        check("fixes cve-2026-1234.", true);
        check("cve-2026-1234", true);
        check("cve-2026-12345 is another", false);
        check("xcve-2026-1234, and (cve-2026-1234)", true);
        check("äcve-2026-1234ö", false);
        check("", false);
    }
}
