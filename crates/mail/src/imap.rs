//! What an IMAP server says (RFC 9051, and RFC 3501 before it): lines, and messages in pieces, so that nobody has one as a whole.
//!
//! Owns where a line and a literal end, and the few answers that fetching mail needs. Never reads a socket, and believes no server about how
//! much it is going to say.

/// Longest line that is read: the answer to a search names every message.
const MAX_LINE_BYTES: usize = 1 << 20;

/// One thing that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A line, or a part of one: after a literal it goes on.
    Line(String),
    /// A piece of the literal that the line before announced.
    Piece(Vec<u8>),
}

/// The server said something that is no IMAP, or too much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonsense;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was done.
    Ok,
    /// It was refused.
    No,
    /// It was not understood.
    Bad,
}

/// Reads what a server says.
#[derive(Debug, Default)]
pub struct Responses {
    ahead: Vec<u8>,
    /// How much of a literal is still to come.
    literal: u64,
}

impl Responses {
    /// Takes what was read.
    pub fn heard(&mut self, bytes: &[u8]) {
        self.ahead.extend_from_slice(bytes);
    }

    /// The next thing that was said; none before more is read.
    ///
    /// # Errors
    /// A line without an end.
    pub fn next_said(&mut self) -> Result<Option<Said>, Nonsense> {
        if self.literal > 0 {
            let wanted = usize::try_from(self.literal)
                .unwrap_or(usize::MAX)
                .min(self.ahead.len());
            if wanted == 0 {
                return Ok(None);
            }
            let piece: Vec<u8> = self.ahead.drain(..wanted).collect();
            self.literal -= piece.len() as u64;
            return Ok(Some(Said::Piece(piece)));
        }
        let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') else {
            return match self.ahead.len() > MAX_LINE_BYTES {
                true => Err(Nonsense),
                false => Ok(None),
            };
        };
        let line: Vec<u8> = self.ahead.drain(..=end).collect();
        let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        self.literal = literal(&line).unwrap_or(0);
        Ok(Some(Said::Line(line)))
    }

    /// Whether a literal has begun and is not at its end.
    #[must_use]
    pub const fn is_in_literal(&self) -> bool {
        self.literal > 0
    }
}

/// How long the literal is that a line announces at its end.
#[must_use]
pub fn literal(line: &str) -> Option<u64> {
    let (_, length) = line.strip_suffix('}')?.rsplit_once('{')?;
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| length.parse().ok()).flatten()
}

/// How the command with this tag ended, if a line says that.
#[must_use]
pub fn status(line: &str, tag: &str) -> Option<Status> {
    let rest = line.strip_prefix(tag)?.strip_prefix(' ')?;
    let word = rest.split(' ').next().unwrap_or_default();
    match word.to_ascii_uppercase().as_str() {
        "OK" => Some(Status::Ok),
        "NO" => Some(Status::No),
        "BAD" => Some(Status::Bad),
        _ => None,
    }
}

/// The identifiers that a search found, if a line is its answer.
#[must_use]
pub fn found(line: &str) -> Option<Vec<u32>> {
    let rest = strip_prefix(line, "* SEARCH")?;
    let words = rest.split_ascii_whitespace();
    Some(words.map_while(|word| word.parse().ok()).collect())
}

/// How large a message is, if a line says that.
#[must_use]
pub fn size(line: &str) -> Option<u64> {
    let upper = line.to_ascii_uppercase();
    let rest = upper.split_once(" FETCH ")?.1;
    let (_, rest) = rest.split_once("RFC822.SIZE ")?;
    rest.split([' ', ')']).next()?.parse().ok()
}

/// Whether a line begins the text of a message, which follows as a literal.
#[must_use]
pub fn begins_message(line: &str) -> bool {
    let upper = line.to_ascii_uppercase();
    upper.starts_with("* ") && upper.contains(" FETCH (") && upper.contains("BODY[] {") && literal(line).is_some()
}

/// Whether a line tells that messages came.
#[must_use]
pub fn says_exists(line: &str) -> bool {
    let mut words = line.split(' ');
    words.next() == Some("*") && words.nth(1).is_some_and(|word| word.eq_ignore_ascii_case("EXISTS"))
}

/// The mark of the mailbox's present numbering, if a line says it: once it changes, identifiers name other messages.
#[must_use]
pub fn validity(line: &str) -> Option<u32> {
    let rest = strip_prefix(line, "* OK [UIDVALIDITY ")?;
    rest.split(']').next()?.parse().ok()
}

/// Whether the mailbox keeps keywords that it did not know before, if a line says what it keeps.
#[must_use]
pub fn keeps_keywords(line: &str) -> Option<bool> {
    let rest = strip_prefix(line, "* OK [PERMANENTFLAGS (")?;
    Some(rest.split(')').next()?.split(' ').any(|flag| flag == "\\*"))
}

/// Whether a line that lists what a server can do has this among it.
#[must_use]
pub fn offers(line: &str, what: &str) -> bool {
    let inside = strip_prefix(line, "* CAPABILITY ").or_else(|| {
        let (_, rest) = line.split_once("[CAPABILITY ")?;
        rest.split(']').next()
    });
    let mut words = inside.unwrap_or_default().split(' ');
    words.any(|word| word.eq_ignore_ascii_case(what))
}

/// A text as an argument; none if it can only be sent in another way.
#[must_use]
pub fn quoted(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    plain.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn strip_prefix<'l>(line: &'l str, prefix: &str) -> Option<&'l str> {
    let (head, rest) = line.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(reads: &[&[u8]]) -> Vec<Said> {
        let (mut responses, mut said) = (Responses::default(), Vec::new());
        for read in reads {
            responses.heard(read);
            while let Some(one) = responses.next_said().unwrap() {
                said.push(one);
            }
        }
        said
    }

    fn line(text: &str) -> Said {
        Said::Line(text.to_owned())
    }

    #[test]
    fn a_message_comes_as_a_literal_whatever_it_says() {
        let said = all(&[
            b"* 1 FETCH (UID 7 BODY[] {12}\r\nSubj",
            b"ect\r\na1 OK)\r\na1 OK done\r\n",
        ]);
        assert_eq!(
            said,
            [
                line("* 1 FETCH (UID 7 BODY[] {12}"),
                Said::Piece(b"Subj".to_vec()),
                Said::Piece(b"ect\r\na1 ".to_vec()),
                line("OK)"),
                line("a1 OK done"),
            ]
        );
    }

    #[test]
    fn a_line_without_an_end_is_no_imap() {
        let mut responses = Responses::default();
        responses.heard(&vec![b'x'; MAX_LINE_BYTES]);
        assert_eq!(responses.next_said(), Ok(None));
        responses.heard(b"x");
        responses.heard(b"x");
        assert_eq!(responses.next_said(), Err(Nonsense));
    }

    #[test]
    fn answers_are_read_as_servers_write_them() {
        assert_eq!(status("a1 OK Logged in", "a1"), Some(Status::Ok));
        assert_eq!(status("a1 no [AUTHENTICATIONFAILED]", "a1"), Some(Status::No));
        assert_eq!(status("a12 OK", "a1"), None);
        assert_eq!(found("* SEARCH"), Some(vec![]));
        assert_eq!(found("* search 4 17 4294967295"), Some(vec![4, 17, u32::MAX]));
        assert_eq!(found("* SEARCH 4 99999999999 5"), Some(vec![4]));
        assert_eq!(found("* LIST"), None);
        assert_eq!(size("* 1 FETCH (UID 7 RFC822.SIZE 485)"), Some(485));
        assert_eq!(size("* 1 FETCH (RFC822.SIZE 485 UID 7)"), Some(485));
        assert_eq!(size("* 1 FETCH (FLAGS (\\Seen))"), None);
        assert!(begins_message("* 1 FETCH (UID 7 BODY[] {485}"));
        assert!(!begins_message("* 1 FETCH (BODY[HEADER] {485}"));
        assert!(says_exists("* 23 EXISTS") && !says_exists("* 23 RECENT") && !says_exists("a1 OK 23 EXISTS"));
        assert_eq!(
            validity("* OK [UIDVALIDITY 3857529045] UIDs valid"),
            Some(3_857_529_045)
        );
        assert_eq!(
            keeps_keywords("* OK [PERMANENTFLAGS (\\Answered \\Seen \\*)] Limited"),
            Some(true)
        );
        assert_eq!(
            keeps_keywords("* OK [PERMANENTFLAGS (\\Answered)] Limited"),
            Some(false)
        );
        assert!(offers("* CAPABILITY IMAP4rev1 STARTTLS IDLE", "idle"));
        assert!(offers("* OK [CAPABILITY IMAP4rev1 IDLE] ready", "IDLE"));
        assert!(!offers("* OK ready for IDLE", "IDLE"));
        assert_eq!(quoted("pa\"ss\\word").as_deref(), Some("\"pa\\\"ss\\\\word\""));
        assert_eq!(quoted("two\r\nlines"), None);
    }

    proptest! {
        /// Whatever a server says, in whatever pieces, nothing is lost, and nothing is kept that is at its end.
        #[test]
        fn nothing_a_server_says_breaks_the_reading(bytes in prop::collection::vec(any::<u8>(), 0..512), cut in 1_usize..40) {
            let mut responses = Responses::default();
            let mut read = 0;
            for piece in bytes.chunks(cut) {
                responses.heard(piece);
                while let Ok(Some(said)) = responses.next_said() {
                    if let Said::Line(line) = &said {
                        let _ = (found(line), size(line), validity(line), keeps_keywords(line), offers(line, "IDLE"));
                    }
                    read += 1;
                }
            }
            prop_assert!(read <= bytes.len());
        }
    }
}
