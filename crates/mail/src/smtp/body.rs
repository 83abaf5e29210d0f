//! A message as it comes in after `DATA`: where it ends, and what its bytes are (RFC 5321 §4.5.2).
//!
//! Only a line that ends with CR LF is a line. A message with a lone CR or LF is read to its end and refused: servers that disagree about
//! where such a message ends let a sender put a second one behind it (CVE-2023-51764 and its kin).

/// Longest line that is taken, with its end. The standard allows 1,000 bytes; some programs write more.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Why a message that was read to its end cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has more bytes than the terms allow.
    TooLarge,
    /// A CR or LF stands alone in it.
    LoneLineEnd,
    /// A line of it is longer than [`MAX_LINE_BYTES`].
    LongLine,
}

/// Reads one message. What it gives out is without the dots that the sender put before lines that begin with one.
#[derive(Debug)]
pub struct Body {
    max_bytes: u64,
    bytes: u64,
    line: usize,
    at: Place,
    fault: Option<Fault>,
    ended: bool,
}

/// What was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    LineStart,
    /// A dot at the beginning of a line.
    Dot,
    /// CR behind such a dot.
    DotCr,
    Text,
    Cr,
}

impl Body {
    /// A message of at most `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: u64) -> Body {
        Body {
            max_bytes,
            bytes: 0,
            line: 0,
            at: Place::LineStart,
            fault: None,
            ended: false,
        }
    }

    /// Reads on. Appends to `out` what belongs to the message, nothing any more once it has a fault, and returns how many bytes were used:
    /// fewer than given only where the message ended.
    pub fn read(&mut self, given: &[u8], out: &mut Vec<u8>) -> usize {
        let mut index = 0;
        while index < given.len() && !self.ended {
            let rest = given.get(index..).unwrap_or_default();
            // Most of a message is the middle of lines, which is taken at once.
            let text = match self.at {
                Place::Text => memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()),
                _ => 0,
            };
            self.take(rest.get(..text).unwrap_or_default(), out);
            index += text;
            if let Some(&byte) = rest.get(text) {
                self.step(byte, out);
                index += 1;
            }
        }
        index
    }

    /// Whether the line with the single dot was read.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Bytes of the message so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What is wrong with it, the first fault that was found.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.at = match (self.at, byte) {
            (Place::LineStart, b'.') => Place::Dot,
            (Place::Dot, b'\r') => Place::DotCr,
            (Place::DotCr, b'\n') => {
                self.ended = true;
                Place::LineStart
            }
            // The dot was the first of a line with one CR in it.
            (Place::DotCr, byte) => {
                self.blame(Fault::LoneLineEnd);
                after_text(byte)
            }
            (Place::Cr, b'\n') => {
                self.take(b"\r\n", out);
                self.line = 0;
                Place::LineStart
            }
            (Place::Cr, byte) => {
                self.blame(Fault::LoneLineEnd);
                after_text(byte)
            }
            (_, b'\r') => Place::Cr,
            (_, b'\n') => {
                self.blame(Fault::LoneLineEnd);
                Place::Text
            }
            (_, byte) => {
                self.take(&[byte], out);
                Place::Text
            }
        };
    }

    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        self.line = self.line.saturating_add(bytes.len());
        if self.bytes > self.max_bytes {
            self.blame(Fault::TooLarge);
        }
        if self.line > MAX_LINE_BYTES {
            self.blame(Fault::LongLine);
        }
        if self.fault.is_none() {
            out.extend_from_slice(bytes);
        }
    }

    fn blame(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

/// Where a faulty message goes on: a second CR may still begin the end of its line.
fn after_text(byte: u8) -> Place {
    match byte {
        b'\r' => Place::Cr,
        _ => Place::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads what was sent, cut in pieces; gives the message, its fault, and what is left.
    fn read(sent: &[u8], piece: usize, max_bytes: u64) -> (String, Option<Fault>, Option<Vec<u8>>) {
        let (mut body, mut out, mut used) = (Body::new(max_bytes), Vec::new(), 0);
        for piece in sent.chunks(piece.max(1)) {
            used += body.read(piece, &mut out);
            if body.ended() {
                break;
            }
        }
        let left = body.ended().then(|| sent[used..].to_vec());
        (String::from_utf8_lossy(&out).into_owned(), body.fault(), left)
    }

    fn check_body(sent: &str, message: &str, fault: Option<Fault>) {
        for piece in [1, 2, 3, 1_000] {
            let (read, found, left) = read(sent.as_bytes(), piece, 100);
            assert_eq!((read.as_str(), found), (message, fault), "{sent:?} by {piece}");
            assert_eq!(left.as_deref(), Some(&b"RSET\r\n"[..]), "{sent:?} by {piece}");
        }
    }

    #[test]
    fn a_message_ends_with_a_dot_on_a_line_of_its_own() {
        check_body(
            "Subject: x\r\n\r\nText\r\n.\r\nRSET\r\n",
            "Subject: x\r\n\r\nText\r\n",
            None,
        );
        check_body(".\r\nRSET\r\n", "", None);
        check_body("..\r\n.. two\r\n.one\r\n.\r\nRSET\r\n", ".\r\n. two\r\none\r\n", None);
    }

    #[test]
    fn a_lone_cr_or_lf_ends_neither_a_line_nor_the_message() {
        for smuggled in [
            "\n.\n",
            "\n.\r\n",
            "\r.\r\n",
            "\r\n.\n",
            "\r\n.\r\r\n",
            "\r\r\n",
            "\n\r\n",
        ] {
            let sent = format!("a{smuggled}MAIL FROM:<b@example.com>\r\n.\r\nRSET\r\n");
            let (_, fault, left) = read(sent.as_bytes(), 1, 100);
            assert_eq!(fault, Some(Fault::LoneLineEnd), "{smuggled:?}");
            assert_eq!(left.as_deref(), Some(&b"RSET\r\n"[..]), "{smuggled:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_read_to_its_end_and_not_kept() {
        let sent = format!("{}\r\n.\r\nRSET\r\n", "a".repeat(99));
        let (kept, fault, left) = read(sent.as_bytes(), 10, 100);
        assert_eq!((fault, left.is_some()), (Some(Fault::TooLarge), true));
        assert!(kept.len() <= 100);
        let long = format!("{}\r\n.\r\n", "a".repeat(MAX_LINE_BYTES));
        assert_eq!(read(long.as_bytes(), 4096, u64::MAX).1, Some(Fault::LongLine));
    }

    proptest! {
        #[test]
        fn what_a_sender_stuffs_with_dots_comes_out_as_it_was(lines in proptest::collection::vec("[.a ]{0,6}", 0..12), piece in 1..9usize) {
            let message: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = lines.iter().map(|line| match line.starts_with('.') {
                true => format!(".{line}\r\n"),
                false => format!("{line}\r\n"),
            }).collect();
            let (read, fault, left) = read(format!("{stuffed}.\r\nQUIT\r\n").as_bytes(), piece, 1_000);
            prop_assert_eq!((read, fault, left), (message, None, Some(b"QUIT\r\n".to_vec())));
        }

        #[test]
        fn any_bytes_end_only_after_cr_lf_dot_cr_lf(sent in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), Just(b'a')], 0..40)) {
            let whole = [b"\r\n".as_slice(), &sent].concat();
            let end = whole.windows(5).position(|window| window == b"\r\n.\r\n").map(|at| at + 3);
            let (mut body, mut out) = (Body::new(1_000), Vec::new());
            let used = body.read(&sent, &mut out);
            prop_assert_eq!(body.ended().then_some(used), end);
            // A byte at a time it is the same message.
            let (mut slow, mut same) = (Body::new(1_000), Vec::new());
            for byte in &sent[..used] {
                slow.read(&[*byte], &mut same);
            }
            prop_assert_eq!((same, slow.fault(), slow.ended()), (out, body.fault(), body.ended()));
        }
    }
}
