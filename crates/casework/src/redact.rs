//! Redacted copies: a text that only a few may read, without the words for which that is so, is read by everybody who reads the case (§N26).
//!
//! Owns what is taken out, and who may do it. Never changes an original, and never says what stood under a mark: not in the journal outside
//! of what is restricted itself, and not in a refusal.

use crate::Casework;
use crate::act::{find_case, judge, next_entry};
use crate::actions::REDACT;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use crate::restricted::{permit_restricted, reports_of};
use jiff::Timestamp;
use psirt::board::restricted::{copy_of, may_quote, place_of, place_of_file};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::number::Number;
use psirt::case::refuse::{Evidence, Refusal};
use psirt::event::{Event, Kind};
use std::io::Read as _;
use std::ops::Range;
use store::BlobId;
use vault::TokenDigest;

/// What stands where something was taken out.
const MARK: &str = "[redacted]";
/// Most words, and most spans of lines, that one redaction takes out.
const MAX_PARTS: usize = 100;
/// Longest words that are looked for, in characters.
const MAX_FIND_CHARS: usize = 500;
/// Largest file of which a copy is made: as much as is kept of a report's text.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Longest reason, in characters.
const MAX_WHY_CHARS: usize = 500;

/// What is taken out of which text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    /// The place of a message, as `candor case read` shows it: `5`, or `NN-2026-7K3FX#5` for one of another case. None: the text of a report.
    pub entry: Option<String>,
    /// The number of the report whose text it is; none for the only one.
    pub report: Option<String>,
    /// The name of a file of the case, which is a text.
    pub file: Option<String>,
    /// Words that are taken out wherever they stand, in whatever case.
    pub find: Vec<String>,
    /// Lines that are taken out, from 1, with the last one of each span.
    pub lines: Vec<(usize, usize)>,
    /// Why.
    pub why: String,
}

/// A redacted copy that is in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// Its place in the case, from 1.
    pub seq: u32,
    /// How many marks this redaction set.
    pub marks: usize,
    /// What everybody who reads the case reads now.
    pub text: String,
}

impl Casework {
    /// Makes a copy of a message, of a report's text, or of a file that is a text, without some of its words. Where there is a copy, the new one is made of it: what was
    /// taken out once stays out.
    ///
    /// # Errors
    /// [`ActError::NotFound`]; [`ActError::NotPermitted`] for who may not read the original; [`ActError::Refused`] where nothing is restricted;
    /// [`ActError::Invalid`] for what is no text, for words and lines that are not there, and for a reason that says them; those of the store.
    pub async fn redact(&self, actor: &Actor, number: &str, redaction: &Redaction) -> Result<Redacted, ActError> {
        let why = reason(redaction)?;
        let file = match &redaction.file {
            Some(name) => Some(self.text_of_file(actor, number, name).await?),
            None => None,
        };
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &REDACT)?;
            let (stream, case) = find_case(board, number)?;
            if !board.is_restricted(case) {
                return Err(Refusal::without_clause(
                    "nothing is restricted in this case, so everybody who reads it reads the originals: flag it first (`candor case flagged … --flag contains-pii`)",
                )
                .into());
            }
            permit_restricted(board, actor, case)?;
            let (of, original) = match &file {
                Some(file) => (place_of_text(case, file)?, file.text.as_str()),
                None => original(board, case, redaction)?,
            };
            let base = copy_of(case, &of).map_or(original, |copy| copy.text.as_str());
            let (text, marks) = taken_out(base, redaction)?;
            let event = Event::Redacted {
                of: of.clone(),
                text: text.clone(),
                why: why.clone(),
            };
            let entry = next_entry(replica, &stream, actor, now, now, event);
            judge(board, case, &entry, Evidence::default(), now)?;
            let mut plan = Plan::by(actor);
            plan.push(&stream, now, What::Case(entry.event));
            // Who has the copy and the digest of the original would find out short words by trying: so this is as restricted as the original.
            let note = format!(
                "Entry {} is a redacted copy of {of}. SHA-256 of the original: {}; of the copy: {}.",
                entry.seq,
                TokenDigest::of(original).to_hex(),
                TokenDigest::of(&text).to_hex()
            );
            plan.push_by(
                &Actor::part("redaction"),
                &stream,
                now,
                What::Case(Event::Noted { text: note }),
            );
            let seq = entry.seq;
            Ok((plan, Redacted { seq, marks, text }))
        };
        self.record(record).await.map(|(redacted, _)| redacted)
    }

    /// A file of a case as a text, for who may read it.
    async fn text_of_file(&self, actor: &Actor, number: &str, name: &str) -> Result<TextFile, ActError> {
        self.refresh().await?;
        let erased = || ActError::invalid("the file was erased; what remains is its name and digest");
        let blob = self.file_called(actor, number, name)?;
        let reader = self.read_blob(&blob).await?.ok_or_else(erased)?;
        let read = move || {
            let mut bytes = Vec::new();
            let read = reader.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
            read.map(|_| bytes)
        };
        let bytes = tokio::task::spawn_blocking(read).await;
        let bytes = bytes.ok().and_then(Result::ok).ok_or_else(|| {
            ActError::invalid("the file could not be read to its end: try again, and look at the disk if it stays so")
        })?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ActError::invalid(
                "the file has more than the 1 MiB of which a copy is made: say in a note what it shows, without what only a few may read (`candor case noted`)",
            ));
        }
        let text = String::from_utf8(bytes).ok().filter(|text| is_plain(text)).ok_or_else(|| {
            ActError::invalid(
                "the file is no text in UTF-8, and only texts are redacted: say in a note what it shows, without what only a few may read (`candor case noted`)",
            )
        })?;
        Ok(TextFile { blob, text })
    }
}

/// A file that is a text.
struct TextFile {
    blob: BlobId,
    text: String,
}

/// Whether a text has nothing that is not read: no control characters but ends of lines and tabs.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn place_of_text(case: &Case, text: &TextFile) -> Result<String, ActError> {
    let file = case.view.files.iter().find(|file| file.blob == text.blob.as_str());
    file.and_then(|file| place_of_file(case, file))
        .ok_or_else(|| ActError::invalid("the case has this file no more: `candor case show` lists its files"))
}

fn reason(redaction: &Redaction) -> Result<String, ActError> {
    let why = redaction.why.trim();
    if why.is_empty() || why.chars().count() > MAX_WHY_CHARS || why.chars().any(char::is_control) {
        return Err(ActError::invalid(
            "say why in one line, at most 500 characters; everybody who reads the case reads it",
        ));
    }
    let mut find = redaction.find.iter();
    if find.any(|words| !places(why, words).is_empty()) {
        return Err(ActError::invalid(
            "the reason says what is to be taken out: say it without, everybody who reads the case reads it",
        ));
    }
    Ok(why.to_owned())
}

/// The text of which a copy is made, and how the copy names it.
fn original<'a>(board: &'a Board, case: &'a Case, redaction: &Redaction) -> Result<(String, &'a str), ActError> {
    match (&redaction.entry, &redaction.report) {
        (Some(_), Some(_)) => Err(ActError::invalid("name a message or a report, not both")),
        (Some(entry), None) => message(case, entry),
        (None, report) => text_of_report(board, case, report.as_deref()),
    }
}

fn message<'a>(case: &'a Case, entry: &str) -> Result<(String, &'a str), ActError> {
    let typed = entry.trim().to_uppercase();
    let of = match typed.contains('#') {
        true => typed,
        false => format!("{}#{typed}", case.number),
    };
    let mut said = case.view.conversation.iter();
    if let Some(said) = said.find(|said| place_of(case, said) == of) {
        return match may_quote(said) {
            true => Ok((of, &said.text)),
            false => Err(ActError::invalid(
                "this is a note of the team, which everybody who reads the case reads; if it must not stay, retract it and write another one",
            )),
        };
    }
    let own = of.strip_prefix(&format!("{}#", case.number));
    let seq = own.and_then(|seq| seq.parse::<u32>().ok());
    let there = case.entries.iter().find(|entry| Some(entry.seq) == seq);
    Err(ActError::invalid(match there.map(|entry| entry.event.kind()) {
        Some(Kind::Attached) => "this is a file: of one that is a text a copy is made by its name (`--file`); of any other one, say in a note what it shows, without what only a few may read (`candor case noted`)".to_owned(),
        Some(kind) => format!("this is `{kind}`, and no message: `candor case read` lists what was written"),
        None => "the case has no such message: `candor case read` lists what was written, with its places".to_owned(),
    }))
}

fn text_of_report<'a>(board: &'a Board, case: &'a Case, number: Option<&str>) -> Result<(String, &'a str), ActError> {
    let wanted = number.map(|number| Number::parse(number).map(|number| number.as_str().to_owned()));
    let wanted = wanted.transpose().map_err(|_| ActError::NO_REPORT)?;
    let mut reports = reports_of(board, case)
        .into_iter()
        .filter(|report| wanted.as_ref().is_none_or(|wanted| report.number == *wanted));
    let report = reports.next().ok_or_else(|| {
        ActError::invalid("this report is not part of the case: `candor case read` lists what was written")
    })?;
    if reports.next().is_some() {
        return Err(ActError::invalid(
            "the case has several reports: name the one whose text it is (`--report`), or a message (`--entry`)",
        ));
    }
    if report.text.trim().is_empty() {
        return Err(ActError::invalid(format!(
            "{} has no text that was read: look at it (`candor case raw`), and say in a note what it says, without what only a few may read (`candor case noted`)",
            report.number
        )));
    }
    Ok((report.number.clone(), &report.text))
}

/// A text without what is to be taken out of it, and how often something was.
fn taken_out(text: &str, redaction: &Redaction) -> Result<(String, usize), ActError> {
    let Redaction { find, lines, .. } = redaction;
    if find.is_empty() && lines.is_empty() {
        return Err(ActError::invalid(
            "say what is taken out: words (`--find`), or lines (`--lines`)",
        ));
    }
    if find.len() > MAX_PARTS
        || lines.len() > MAX_PARTS
        || find.iter().any(|words| words.chars().count() > MAX_FIND_CHARS)
    {
        return Err(ActError::invalid(
            "that is too much at once: at most 100 words of 500 characters, and 100 spans of lines; a further redaction takes out more",
        ));
    }
    let mut parts: Vec<Range<usize>> = Vec::new();
    for (index, words) in find.iter().enumerate() {
        let found = places(text, words);
        if found.is_empty() {
            // Not quoted: what is looked for is what must not be read.
            return Err(ActError::invalid(format!(
                "number {} of the words to find does not stand in the text, or was taken out before",
                index + 1
            )));
        }
        parts.extend(found);
    }
    let all: Vec<Range<usize>> = lines_of(text).collect();
    for (first, last) in lines {
        let span = first.checked_sub(1).and_then(|from| all.get(from..*last));
        let span = span.filter(|span| !span.is_empty()).ok_or_else(|| {
            ActError::invalid(format!(
                "the text has the lines 1 to {}: name some of them, as 3 or 3-5",
                all.len()
            ))
        })?;
        parts.extend(span.iter().filter(|line| !line.is_empty()).cloned());
    }
    Ok(marked(text, parts))
}

/// The text with one mark for each part; parts that touch are one.
fn marked(text: &str, mut parts: Vec<Range<usize>>) -> (String, usize) {
    parts.sort_by_key(|part| (part.start, part.end));
    let (mut copy, mut from, mut marks) = (String::with_capacity(text.len()), 0, 0);
    for part in parts {
        if marks == 0 || part.start > from {
            copy.push_str(text.get(from..part.start).unwrap_or_default());
            copy.push_str(MARK);
            marks += 1;
        }
        from = from.max(part.end);
    }
    copy.push_str(text.get(from..).unwrap_or_default());
    (copy, marks)
}

/// The lines of a text, without their ends.
fn lines_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = from;
        from += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    })
}

/// Where words stand in a text: in whatever case, over ends of lines, and with signs between them that nobody sees.
fn places(text: &str, words: &str) -> Vec<Range<usize>> {
    let words = Letters::of(words.trim());
    let text = Letters::of(text);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text
        .letters
        .get(from..)
        .and_then(|rest| rest.find(words.letters.as_str()))
    {
        let Some(first) = words.letters.chars().next() else {
            break;
        };
        let start = from + at;
        found.extend(text.stands(start..start + words.letters.len()));
        // What is found may overlap: of three letters that are the same, two are found twice.
        from = start + first.len_utf8();
    }
    found
}

/// A text as words are looked for in it: small letters, one space for any gap.
struct Letters {
    letters: String,
    /// Where each letter begins, and the bytes of the text that it stands for.
    stand_for: Vec<(usize, Range<usize>)>,
}

impl Letters {
    fn of(text: &str) -> Letters {
        let (mut letters, mut stand_for) = (String::with_capacity(text.len()), Vec::<(usize, Range<usize>)>::new());
        let mut in_gap = false;
        for (at, c) in text.char_indices() {
            let bytes = at..at + c.len_utf8();
            if is_unseen(c) {
                continue;
            }
            if c.is_whitespace() {
                match stand_for.last_mut().filter(|_| in_gap) {
                    Some((_, gap)) => gap.end = bytes.end,
                    None => {
                        stand_for.push((letters.len(), bytes));
                        letters.push(' ');
                    }
                }
                in_gap = true;
                continue;
            }
            in_gap = false;
            for small in c.to_lowercase() {
                stand_for.push((letters.len(), bytes.clone()));
                letters.push(small);
            }
        }
        Letters { letters, stand_for }
    }

    /// The bytes of the text behind some letters.
    fn stands(&self, letters: Range<usize>) -> Option<Range<usize>> {
        let first = self.stand_for.partition_point(|(at, _)| *at < letters.start);
        let behind = self.stand_for.partition_point(|(at, _)| *at < letters.end);
        let (_, first) = self.stand_for.get(first)?;
        let (_, last) = self.stand_for.get(behind.checked_sub(1)?)?;
        Some(first.start..last.end)
    }
}

/// Signs without a shape: they would part words from what is looked for.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_taken_out(text: &str, find: &[&str], lines: &[(usize, usize)], expect: Option<&str>) {
        let redaction = Redaction {
            find: find.iter().map(|words| (*words).to_owned()).collect(),
            lines: lines.to_vec(),
            ..Redaction::default()
        };
        let copy = taken_out(text, &redaction).map(|(copy, _)| copy);
        assert_eq!(
            copy.as_deref().ok(),
            expect,
            "{text:?} without {find:?} {lines:?}: {copy:?}"
        );
    }

    #[test]
    fn words_are_taken_out_however_they_are_written() {
        check_taken_out("Ask Jane Roe.", &["jane roe"], &[], Some("Ask [redacted]."));
        check_taken_out(
            "JANE\r\n  ROE, Jane\tRoe",
            &["Jane Roe"],
            &[],
            Some("[redacted], [redacted]"),
        );
        check_taken_out("Ja\u{ad}n\u{200b}e", &["Jane"], &[], Some("[redacted]"));
        check_taken_out(
            "planning with Ann",
            &["ann"],
            &[],
            Some("pl[redacted]ing with [redacted]"),
        );
        check_taken_out("ÄRZTIN İ ẞ", &["ärztin"], &[], Some("[redacted] İ ẞ"));
        check_taken_out("İİ", &["i\u{307}"], &[], Some("[redacted]"));
        check_taken_out("aaa b", &["aa"], &[], Some("[redacted] b"));
        check_taken_out("a b c", &["a b", "b c"], &[], Some("[redacted]"));
        check_taken_out("47 11", &["4711"], &[], None);
        check_taken_out("Jane", &["Roe"], &[], None);
        check_taken_out("Jane", &["Jane", "Roe"], &[], None);
        check_taken_out("Jane", &["  "], &[], None);
        check_taken_out("Jane", &[], &[], None);
    }

    #[test]
    fn lines_are_taken_out_with_their_ends_left() {
        let text = "one\r\ntwo\n\nfour";
        check_taken_out(text, &[], &[(2, 2)], Some("one\r\n[redacted]\n\nfour"));
        check_taken_out(text, &[], &[(1, 3)], Some("[redacted]\r\n[redacted]\n\nfour"));
        check_taken_out(text, &["four"], &[(4, 4)], Some("one\r\ntwo\n\n[redacted]"));
        for lines in [(0, 1), (5, 5), (3, 2), (4, 5), (1, usize::MAX)] {
            check_taken_out(text, &[], &[lines], None);
        }
    }

    #[test]
    fn what_is_looked_for_is_quoted_by_no_refusal() {
        let redaction = |find: &str, why: &str| Redaction {
            find: vec!["Ask".to_owned(), find.to_owned()],
            why: why.to_owned(),
            ..Redaction::default()
        };
        let missing = taken_out("Ask Jane", &redaction("Roe-4711", ""))
            .unwrap_err()
            .to_string();
        let said = reason(&redaction("Roe-4711", "the number of ROE-4711"))
            .unwrap_err()
            .to_string();
        assert!(
            missing.contains("number 2") && said.contains("say it without"),
            "{missing} {said}"
        );
        assert!(!format!("{missing}{said}").to_lowercase().contains("roe-4711"));
    }
}
