//! The frame of a policy file: front matter, headings, clauses, fenced blocks, `<!-- none: … -->`.
//!
//! Owns what stands where, as byte offsets into the file. Never looks into a block: that is `policy::tree`.

use super::finding::Findings;
use std::ops::Range;

/// Limits of a file. Real policies stay far below them.
pub(super) const MAX_BYTES: usize = 1 << 20;
pub(super) const MAX_CLAUSES: usize = 2_000;
pub(super) const MAX_BLOCKS: usize = 5_000;
const MAX_CLAUSE_ID: usize = 32;

/// A file, cut into its parts.
#[derive(Debug, Default)]
pub(super) struct Document<'t> {
    /// What stands between the `+++` lines.
    pub(super) front: Option<Range<usize>>,
    pub(super) clauses: Vec<RawClause>,
    pub(super) fences: Vec<Fence<'t>>,
}

#[derive(Debug)]
pub(super) struct RawClause {
    pub(super) id: String,
    pub(super) prose: String,
    pub(super) heading: String,
    /// Of its `§`.
    pub(super) at: usize,
    /// The reason after `none:`, and where the comment begins.
    pub(super) none: Option<(String, usize)>,
}

#[derive(Debug)]
pub(super) struct Fence<'t> {
    pub(super) language: &'t str,
    /// Of the opening line.
    pub(super) at: usize,
    pub(super) content: Range<usize>,
    /// Index of the clause under which it stands.
    pub(super) clause: Option<usize>,
}

/// Cuts a file. Faults of the frame are reported; what is whole is returned.
pub(super) fn scan<'t>(text: &'t str, findings: &mut Findings<'_>) -> Document<'t> {
    let mut scanner = Scanner {
        text,
        findings,
        at: 0,
        document: Document::default(),
        heading: String::new(),
        clause: None,
    };
    scanner.hidden_characters();
    scanner.front();
    while let Some(line) = scanner.next_line() {
        scanner.line(line);
    }
    for clause in &mut scanner.document.clauses {
        clause.prose = tidy(&clause.prose);
    }
    scanner.document
}

struct Scanner<'t, 'f, 'n> {
    text: &'t str,
    findings: &'f mut Findings<'n>,
    at: usize,
    document: Document<'t>,
    heading: String,
    clause: Option<usize>,
}

/// A line without its end, and where it begins.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t, '_, '_> {
    fn next_line(&mut self) -> Option<Line<'t>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let at = self.at;
        self.at += line.len();
        Some(Line {
            text: line.trim_end_matches(['\n', '\r']),
            at,
        })
    }

    /// What is seen must be what is read: no control characters, nothing that turns the direction of text.
    fn hidden_characters(&mut self) {
        let hidden = |c: char| {
            (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}')
        };
        let text = self.text;
        for (at, c) in text.char_indices().filter(|(_, c)| hidden(*c)) {
            let message = format!("a character that nobody sees (U+{:04X}): delete it", u32::from(c));
            self.findings.error(at, "hidden-character", message);
        }
        if text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
    }

    fn front(&mut self) {
        let begin = self.at;
        if self.next_line().is_none_or(|line| line.text != "+++") {
            self.at = begin;
            let message =
                "the file must begin with its front matter: a line `+++`, keys such as `id = \"…\"`, a line `+++`";
            self.findings.error(begin, "front-matter", message);
            return;
        }
        let from = self.at;
        while let Some(line) = self.next_line() {
            if line.text == "+++" {
                self.document.front = Some(from..line.at);
                return;
            }
        }
        self.at = from;
        self.findings.error(
            begin,
            "front-matter",
            "the front matter has no end: close it with a line `+++`",
        );
    }

    fn line(&mut self, line: Line<'t>) {
        let trimmed = line.text.trim_start();
        let indent = line.text.len() - trimmed.len();
        if line.text.starts_with('§') {
            self.clause(line);
        } else if indent < 4 && (trimmed.starts_with("```") || trimmed.starts_with("~~~")) {
            self.fence(line, trimmed);
        } else if trimmed.starts_with("<!--") {
            self.comment(line.at + indent);
        } else if let Some(heading) = heading(line.text) {
            heading.clone_into(&mut self.heading);
            self.clause = None;
        } else {
            self.prose(line.text);
        }
    }

    fn prose(&mut self, text: &str) {
        if let Some(clause) = self.clause.and_then(|index| self.document.clauses.get_mut(index)) {
            clause.prose.push_str(text);
            clause.prose.push('\n');
        }
    }

    fn clause(&mut self, line: Line<'t>) {
        self.clause = None;
        let after = line.text.strip_prefix('§').unwrap_or_default();
        let (id, prose) = after.split_once(' ').unwrap_or((after, ""));
        let in_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        if id.is_empty() || id.len() > MAX_CLAUSE_ID || !id.bytes().all(in_id) || id.ends_with('.') {
            let message =
                "a clause begins with `§`, its number (letters, digits, `.` and `-`) and one space: `§2.1.1 We …`";
            self.findings.error(line.at, "clause-number", message);
            return;
        }
        if prose.trim().is_empty() || prose.starts_with(' ') {
            let message = format!("after `§{id}` comes one space and the sentence that you publish");
            self.findings.error(line.at, "clause-text", message);
        }
        if self.document.clauses.len() == MAX_CLAUSES {
            self.findings.error(
                line.at,
                "too-large",
                format!("more than {MAX_CLAUSES} clauses: split the policy"),
            );
        }
        if self.document.clauses.len() >= MAX_CLAUSES {
            self.at = self.text.len();
            return;
        }
        self.clause = Some(self.document.clauses.len());
        self.document.clauses.push(RawClause {
            id: id.to_owned(),
            prose: format!("{}\n", prose.trim()),
            heading: self.heading.clone(),
            at: line.at,
            none: None,
        });
    }

    fn fence(&mut self, open: Line<'t>, trimmed: &'t str) {
        let mark = trimmed.chars().next().unwrap_or('`');
        let marks = trimmed.chars().take_while(|c| *c == mark).count();
        let language = trimmed.get(marks..).unwrap_or_default().trim();
        let from = self.at;
        let closes = |line: &str| {
            let line = line.trim();
            line.len() >= marks && line.chars().all(|c| c == mark)
        };
        let mut to = None;
        while let Some(line) = self.next_line() {
            if closes(line.text) {
                to = Some(line.at);
                break;
            }
        }
        let Some(to) = to else {
            let fence: String = std::iter::repeat_n(mark, marks).collect();
            self.findings.error(
                open.at,
                "open-block",
                format!("this block has no end: close it with a line `{fence}`"),
            );
            return;
        };
        if language.is_empty() || language == "text" {
            // Not ours: a code sample is part of the prose.
            let sample = self.text.get(open.at..self.at).unwrap_or_default();
            return self.prose(sample.trim_end());
        }
        if self.document.fences.len() == MAX_BLOCKS {
            self.findings.error(
                open.at,
                "too-large",
                format!("more than {MAX_BLOCKS} blocks: split the policy"),
            );
        }
        if self.document.fences.len() >= MAX_BLOCKS {
            self.at = self.text.len();
            return;
        }
        self.document.fences.push(Fence {
            language,
            at: open.at,
            content: from..to,
            clause: self.clause,
        });
    }

    fn comment(&mut self, at: usize) {
        let rest = self.text.get(at..).unwrap_or_default();
        let Some(end) = rest.find("-->") else {
            self.findings
                .error(at, "open-comment", "this comment has no end: close it with `-->`");
            self.at = self.text.len();
            return;
        };
        self.at = at + end + "-->".len();
        if let Some(tail) = self.next_line() {
            self.prose(tail.text);
        }
        let inner = rest.get("<!--".len()..end).unwrap_or_default().trim();
        let Some(why) = inner
            .strip_prefix("none")
            .filter(|why| !why.starts_with(|c: char| c.is_alphanumeric()))
        else {
            return;
        };
        let why = why
            .strip_prefix(':')
            .map(|why| why.split_whitespace().collect::<Vec<_>>().join(" "));
        let Some(why) = why.filter(|why| !why.is_empty()) else {
            let message =
                "say why the clause makes Candor do nothing: `<!-- none: an introduction, it promises nothing -->`";
            return self.findings.error(at, "none-without-reason", message);
        };
        let Some(clause) = self.clause.and_then(|index| self.document.clauses.get_mut(index)) else {
            let message = "`none` belongs under a clause, before the next heading: move it below its `§`";
            return self.findings.error(at, "outside-clause", message);
        };
        clause.none = Some((why, at));
    }
}

fn heading(line: &str) -> Option<&str> {
    let marks = line.bytes().take_while(|b| *b == b'#').count();
    let rest = line.get(marks..)?;
    ((1..=6).contains(&marks) && (rest.is_empty() || rest.starts_with(' ')))
        .then(|| rest.trim().trim_end_matches('#').trim())
}

/// Single blank lines between paragraphs, none at the ends.
fn tidy(prose: &str) -> String {
    let mut tidy = String::with_capacity(prose.len());
    for line in prose.lines().map(str::trim_end) {
        if line.is_empty() && (tidy.is_empty() || tidy.ends_with("\n\n")) {
            continue;
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_scan(text: &str, expect: &[(&str, &str, &str)], faults: &[&str]) {
        let mut findings = Findings::new("x", text);
        let document = scan(text, &mut findings);
        let got: Vec<_> = document
            .clauses
            .iter()
            .map(|c| (c.id.as_str(), c.prose.as_str(), c.heading.as_str()))
            .collect();
        assert_eq!(got, expect);
        let codes: Vec<_> = findings.into_vec().into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, faults);
    }

    #[test]
    fn a_clause_ends_at_the_next_clause_or_heading() {
        let text = "+++\n+++\nloose\n# One\n§1 a\nb\n\n```promise\nx = 1\n```\n\nc\n§2.1 d\n## Two ##\nfree\n§N3 e";
        check_scan(
            text,
            &[("1", "a\nb\n\nc", "One"), ("2.1", "d", "One"), ("N3", "e", "Two")],
            &[],
        );
    }

    #[test]
    fn carriage_returns_and_a_byte_order_mark_change_nothing() {
        check_scan(
            "\u{feff}+++\r\n+++\r\n§1 a\r\n<!-- none: because -->\r\n",
            &[("1", "a", "")],
            &[],
        );
    }

    #[test]
    fn faults_of_the_frame_are_found() {
        check_scan("# No front\n", &[], &["front-matter"]);
        check_scan("+++\nid = 1\n", &[], &["front-matter"]);
        check_scan("+++\n+++\n§ 1 a\n", &[], &["clause-number"]);
        check_scan("+++\n+++\n§1\n", &[("1", "", "")], &["clause-text"]);
        check_scan("+++\n+++\n§1 a\n```promise\n", &[("1", "a", "")], &["open-block"]);
        check_scan("+++\n+++\n§1 a\n<!-- none: b", &[("1", "a", "")], &["open-comment"]);
        check_scan(
            "+++\n+++\n§1 a\n<!-- none -->",
            &[("1", "a", "")],
            &["none-without-reason"],
        );
        check_scan("+++\n+++\n<!-- none: b -->", &[], &["outside-clause"]);
        check_scan(
            "+++\n+++\n§1 a\u{202e}\n",
            &[("1", "a\u{202e}", "")],
            &["hidden-character"],
        );
    }

    /// A comment and a block may be set in; four spaces make a line a sample, as in Markdown.
    #[test]
    fn what_is_set_in_keeps_its_place() {
        let place = |line: &str| {
            let text = format!("+++\n+++\n§1 a\n{line}\n");
            let mut findings = Findings::new("x", &text);
            let document = scan(&text, &mut findings);
            let found: Vec<_> = findings
                .into_vec()
                .into_iter()
                .map(|finding| (finding.code, finding.line, finding.column))
                .collect();
            (
                found,
                document.fences.len(),
                document
                    .clauses
                    .iter()
                    .map(|clause| clause.prose.as_str())
                    .collect::<String>(),
            )
        };
        assert_eq!(
            place("  <!-- none: -->"),
            (vec![("none-without-reason", 4, 3)], 0, "a".to_owned())
        );
        assert_eq!(place("   ```gate\n```"), (Vec::new(), 1, "a".to_owned()));
        assert_eq!(place("    ```gate").1, 0);
        assert_eq!(place("~~~gate\n~~~").1, 1);
    }

    #[test]
    fn a_block_ends_at_a_fence_of_its_own_kind() {
        let blocks = |text: &str| {
            let text = format!("+++\n+++\n§1 a\n{text}\n");
            let mut findings = Findings::new("x", &text);
            let document = scan(&text, &mut findings);
            let contents: Vec<String> = document
                .fences
                .iter()
                .map(|fence| format!("{}:{}", fence.language, &text[fence.content.clone()]))
                .collect();
            contents
        };
        assert_eq!(blocks("````gate\n```\nx\n````"), ["gate:```\nx\n"]);
        assert_eq!(blocks("```gate\n~~~\n`````"), ["gate:~~~\n"]);
        assert_eq!(blocks("``` gate \n```\n```list\n```"), ["gate:", "list:"]);
    }

    #[test]
    fn a_heading_has_one_to_six_marks_and_a_space() {
        for (line, expect) in [
            ("# One", Some("One")),
            ("###### Six", Some("Six")),
            ("## Two ##", Some("Two")),
            ("#", Some("")),
            ("####### Seven", None),
            ("#One", None),
            ("One", None),
            ("", None),
        ] {
            assert_eq!(heading(line), expect, "{line:?}");
        }
    }

    #[test]
    fn empty_lines_of_a_clause_are_joined() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\nc\n\n"), "a\n\nb\nc");
        assert_eq!(tidy("a\n\nb"), "a\n\nb");
    }

    #[test]
    fn a_reason_for_nothing_is_one_line() {
        let text = "+++\n+++\n§1 a\n<!-- none: an\n  introduction -->\nb\n<!-- nonesuch -->\n";
        let mut findings = Findings::new("x", text);
        let document = scan(text, &mut findings);
        let none: Vec<_> = document.clauses.iter().map(|clause| clause.none.clone()).collect();
        assert_eq!(none, [Some(("an introduction".to_owned(), 14))]);
        assert_eq!(document.clauses[0].prose, "a\n\nb");
        assert_eq!(findings.into_vec(), []);
    }

    #[test]
    fn a_code_sample_is_prose_and_hides_what_looks_like_a_clause() {
        check_scan(
            "+++\n+++\n§1 a\n```text\n§2 no\n```\n",
            &[("1", "a\n```text\n§2 no\n```", "")],
            &[],
        );
    }
}
