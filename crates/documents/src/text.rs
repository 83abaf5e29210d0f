//! An advisory as plain text for mail: what its page says, in lines of at most 72 characters.
//!
//! Owns the wrapping. The words are the page's, so that the two cannot differ. An address stands in angle brackets, as RFC 3986 appendix C
//! has it, and is never broken, so that a program that reads the mail makes a link of it. No other line is longer than 78 characters.

use crate::page::{AdvisoryPage, VulnerabilityPart};

/// Where lines are wrapped.
const WIDTH: usize = 72;
/// Longest word that is left whole: with the deepest indent it ends a line of 78 characters.
const MAX_WORD: usize = 74;

/// The text of a page that is found at `page_address`, with the document at `document_address`.
#[must_use]
pub fn of(page: &AdvisoryPage, page_address: &str, document_address: &str) -> String {
    let mut text = Text::default();
    text.paragraph("", &format!("{}, {}", page.number, page.about));
    text.gap();
    let before = text.lines.len();
    text.paragraph("", &page.title);
    let title = text.lines.iter().skip(before);
    let longest = title.map(|line| line.chars().count()).max().unwrap_or(0);
    text.lines.push("=".repeat(longest));
    text.gap();
    if !page.notice.is_empty() {
        text.paragraph("", &page.notice);
        text.gap();
    }
    text.paragraphs(&page.summary);
    for fact in &page.facts {
        let value = match (&page.severity, fact.value.as_str()) {
            (Some(severity), "") => severity.word.clone(),
            (None, "") => "Not rated".to_owned(),
            (_, value) => value.to_owned(),
        };
        let note = if fact.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", fact.note)
        };
        text.paragraph("  ", &format!("{}: {value}{note}", fact.term));
    }
    if !page.details.is_empty() {
        text.heading("Details");
        for paragraph in &page.details {
            text.paragraphs(paragraph);
        }
    }
    for part in &page.vulnerabilities {
        vulnerability(part, &mut text);
    }
    for sentence in [&page.outlook, &page.thanks] {
        if !sentence.is_empty() {
            text.gap();
            text.paragraph("", sentence);
        }
    }
    if !page.timeline.is_empty() {
        text.heading("Timeline");
        for moment in &page.timeline {
            text.item(&format!("{}: {}", moment.iso, moment.text));
        }
    }
    if !page.versions.is_empty() {
        text.heading("Versions");
        for moment in &page.versions {
            text.item(&format!("{}: {}", moment.iso, moment.text));
        }
    }
    for (title, paragraphs) in &page.notes {
        text.heading(title);
        for paragraph in paragraphs {
            text.paragraphs(paragraph);
        }
    }
    text.heading("References");
    text.item(&format!("This advisory: <{page_address}>"));
    text.item(&format!("As CSAF 2.0, signed: <{document_address}>"));
    for (title, address) in &page.references {
        text.item(&format!("{title}: <{address}>"));
    }
    text.done()
}

fn vulnerability(part: &VulnerabilityPart, text: &mut Text) {
    text.heading(&part.heading);
    if !part.weakness.is_empty() {
        text.paragraph("", &part.weakness);
        text.gap();
    }
    for paragraph in &part.description {
        text.paragraphs(paragraph);
        text.gap();
    }
    for row in &part.rows {
        text.item(&format!("{}: {}", row.name, row.word));
        text.paragraph("    ", &format!("affected: {}", row.affected));
        text.paragraph("    ", &format!("fixed: {}", row.fixed));
        if !row.why.is_empty() {
            text.paragraph("    ", &row.why);
        }
    }
    if !part.steps.is_empty() {
        text.gap();
    }
    for step in &part.steps {
        text.item(&format!("{}: {}", step.title, step.text));
    }
    if !part.scores.is_empty() {
        text.gap();
    }
    for card in &part.scores {
        text.item(&format!(
            "{}: {} {}, {}",
            card.label, card.figure, card.severity.word, card.vector
        ));
    }
}

#[derive(Default)]
struct Text {
    lines: Vec<String>,
}

impl Text {
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn heading(&mut self, words: &str) {
        self.gap();
        let from = self.lines.len();
        self.paragraph("", words);
        let last = self.lines.get(from..).unwrap_or_default();
        let longest = last.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        self.lines.push("-".repeat(longest));
    }

    fn item(&mut self, words: &str) {
        let from = self.lines.len();
        self.paragraph("  ", words);
        if let Some(line) = self.lines.get_mut(from) {
            line.replace_range(..1, "*");
        }
    }

    fn paragraphs(&mut self, text: &str) {
        for paragraph in crate::page::words::paragraphs(text) {
            self.paragraph("", &paragraph);
            self.gap();
        }
    }

    /// Words in lines that all begin with `indent`. A word that fits into no line is broken.
    fn paragraph(&mut self, indent: &str, words: &str) {
        let mut line = indent.to_owned();
        for word in words.split_whitespace().flat_map(pieces) {
            let (used, length) = (line.chars().count(), word.chars().count());
            if used > indent.len() && used + 1 + length > WIDTH {
                self.lines.push(std::mem::replace(&mut line, indent.to_owned()));
            }
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        if line.len() > indent.len() {
            self.lines.push(line);
        }
    }

    fn done(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A word whole, or in pieces that each fit into a line. An address is whole however long it is: a mail that carries it is encoded.
fn pieces(word: &str) -> Vec<String> {
    let word_begins = word.trim_start_matches(['<', '(', '"', '\'']);
    if ["https://", "http://"]
        .iter()
        .any(|scheme| word_begins.starts_with(scheme))
    {
        return vec![word.to_owned()];
    }
    let chars: Vec<char> = word.chars().collect();
    chars.chunks(MAX_WORD).map(|piece| piece.iter().collect()).collect()
}
