//! The lines of an export: one JSON value in each, numbered, and each with a sum over everything up to it.
//!
//! `{"line":3,"entry":{…},"sum":"…"}`: the sum is SHA-256 over the sum of the line before and the text of this line up to its own sum. So a
//! line that is changed, lost, repeated or moved is told by its number, and the last sum is the digest of the whole. It shows damage; that
//! the journal is the one that was exported is shown by its root. Never knows what a line means: `export`, `import` and `examine` do.

use std::io::{self, BufRead, Read as _, Write};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::batch::BODY_MAX_BYTES;
use crate::merkle::{HASH_BYTES, Hash};

/// The format of exports that this version writes.
pub const EXPORT_FORMAT: u64 = 1;
/// The longest line: a body in base64, with room for names.
const LINE_MAX_BYTES: u64 = (BODY_MAX_BYTES as u64 / 3 + 1) * 4 + 4_096;
/// Bytes of a file in one line.
pub(crate) const PIECE_BYTES: usize = 48 * 1024;
const SUM: &str = ",\"sum\":\"";

/// What a line says. Bytes are base64, hashes are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Item {
    /// The first line.
    House {
        format: u64,
        /// `journal`, `keys`.
        holds: Vec<String>,
    },
    Entry {
        log_index: u64,
        stream: String,
        seq: u64,
        recorded_us: i64,
        actor: String,
        key_id: String,
        body: Bytes,
    },
    Number {
        number: String,
        stream: String,
    },
    Command {
        id: String,
        recorded_us: i64,
        key_id: String,
        answer: Bytes,
    },
    Job {
        job_key: String,
        effect: String,
        stream: String,
        seq: u64,
        run_at_us: i64,
        attempts: u64,
        state: String,
    },
    /// The holder is not carried along: the fence is, so that it never grows backwards.
    Lease {
        name: String,
        fence: u64,
    },
    /// A sealed file; `pieces` says whether its bytes follow.
    Blob {
        id: String,
        key_id: String,
        bytes: u64,
        sha256: String,
        pieces: bool,
    },
    /// A file of the data directory; its bytes follow.
    File {
        path: String,
        bytes: u64,
        public: bool,
    },
    Piece(Bytes),
    Keyring {
        mark: Bytes,
        erasures: u64,
    },
    Key {
        id: String,
        wrapped: Bytes,
    },
    Erased {
        id: String,
    },
    /// The last line.
    End {
        entries: u64,
        numbers: u64,
        commands: u64,
        jobs: u64,
        blobs: u64,
        files: u64,
        keys: u64,
        root: String,
    },
}

/// Bytes as base64.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&data_encoding::BASE64.encode_display(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = data_encoding::BASE64.decode(text.as_bytes());
        bytes.map(Bytes).map_err(|_| serde::de::Error::custom("not base64"))
    }
}

/// A hash from its hexadecimal text.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Why an export could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A line is not what was written.
    #[error("line {line}: {fault}")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// The store's side.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing the export failed.
    #[error("the file could not be written: {0}; nothing of it counts, and the house is as it was")]
    Write(io::Error),
    /// Reading the export failed, or the sealed bytes around it are damaged.
    #[error("the file could not be read to its end: {0}")]
    Read(io::Error),
    /// What was given does not make a house.
    #[error("{0}")]
    Incomplete(String),
}

/// What can be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// The file is cut.
    #[error("the file ends here, before its last line: it is cut short")]
    Cut,
    /// It is not numbered as it should be.
    #[error("another line stands here: lines are missing, repeated or out of order")]
    Moved,
    /// Its sum does not fit.
    #[error("it was changed: its sum does not fit")]
    Edited,
    /// It is no line of an export.
    #[error("this is no line of an export of Candor, or one of a newer version")]
    NoLine,
    /// It is too long.
    #[error("it is too long for a line of an export")]
    TooLong,
    /// It does not belong here.
    #[error("what it says does not belong here")]
    OutOfPlace,
    /// A newer format.
    #[error("the export was made by a newer version; use that one, or a newer one")]
    Newer,
    /// It contradicts the lines before it.
    #[error("it does not fit the lines before it: counts, or the root of the journal")]
    Contradiction,
    /// Something stands behind the last line.
    #[error("something stands behind the last line")]
    Behind,
    /// The bytes of a file are not those of its line.
    #[error("the bytes of the file before it are not those that its line announced")]
    Bytes,
    /// The database has it already.
    #[error("what it says was said before")]
    Twice,
    /// The same of one of several lines that are written together.
    #[error("what it says, or one of the lines shortly before it, was said before")]
    TwiceNearby,
}

/// Writes lines.
pub(crate) struct LineWriter<'a> {
    out: &'a mut dyn Write,
    lines: u64,
    sum: [u8; HASH_BYTES],
}

impl<'a> LineWriter<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            lines: 0,
            sum: [0; HASH_BYTES],
        }
    }

    pub(crate) fn put(&mut self, item: &Item) -> Result<(), TransferError> {
        let json = serde_json::to_string(item).map_err(|error| TransferError::Write(error.into()))?;
        let said = json
            .strip_prefix('{')
            .and_then(|json| json.strip_suffix('}'))
            .unwrap_or_default();
        self.lines += 1;
        let text = format!("{{\"line\":{},{said}", self.lines);
        self.sum = next_sum(&self.sum, text.as_bytes());
        writeln!(self.out, "{text}{SUM}{}\"}}", HEXLOWER.encode(&self.sum)).map_err(TransferError::Write)
    }
}

fn next_sum(before: &[u8; HASH_BYTES], text: &[u8]) -> [u8; HASH_BYTES] {
    Sha256::new().chain_update(before).chain_update(text).finalize().into()
}

/// Reads lines, and trusts none before its sum fits.
pub(crate) struct LineReader<'a> {
    from: &'a mut dyn BufRead,
    pub(crate) line: u64,
    sum: [u8; HASH_BYTES],
    text: Vec<u8>,
}

impl<'a> LineReader<'a> {
    pub(crate) fn new(from: &'a mut dyn BufRead) -> Self {
        Self {
            from,
            line: 0,
            sum: [0; HASH_BYTES],
            text: Vec::new(),
        }
    }

    /// What is wrong with the line that was read last.
    pub(crate) fn fault(&self, fault: LineFault) -> TransferError {
        TransferError::Line { line: self.line, fault }
    }

    /// The next line; a file that ends is cut short.
    pub(crate) fn next(&mut self) -> Result<Item, TransferError> {
        self.line += 1;
        self.text.clear();
        let read = (&mut *self.from)
            .take(LINE_MAX_BYTES + 1)
            .read_until(b'\n', &mut self.text);
        read.map_err(TransferError::Read)?;
        if self.text.len() as u64 > LINE_MAX_BYTES {
            return Err(self.fault(LineFault::TooLong));
        }
        let Some(text) = self.text.strip_suffix(b"\n") else {
            return Err(self.fault(LineFault::Cut));
        };
        let no_line = || TransferError::Line {
            line: self.line,
            fault: LineFault::NoLine,
        };
        let text = std::str::from_utf8(text).map_err(|_| no_line())?;
        let (said, sum) = text
            .strip_suffix("\"}")
            .and_then(|text| text.rsplit_once(SUM))
            .ok_or_else(no_line)?;
        let rest = said.strip_prefix("{\"line\":").ok_or_else(no_line)?;
        let (number, item) = rest.split_once(',').ok_or_else(no_line)?;
        if number.parse() != Ok(self.line) {
            return Err(self.fault(LineFault::Moved));
        }
        let expected = next_sum(&self.sum, said.as_bytes());
        if hash(sum) != Some(expected) {
            return Err(self.fault(LineFault::Edited));
        }
        let item = serde_json::from_str(&format!("{{{item}}}")).map_err(|_| no_line())?;
        self.sum = expected;
        Ok(item)
    }

    /// Reads the pieces of a file of so many bytes into a sink, and gives their digest. The sink's failures are the caller's to word.
    pub(crate) fn pieces(
        &mut self,
        bytes: u64,
        mut sink: impl FnMut(&[u8]) -> Result<(), TransferError>,
    ) -> Result<Hash, TransferError> {
        let mut digest = Sha256::new();
        let mut left = bytes;
        while left > 0 {
            let Item::Piece(piece) = self.next()? else {
                return Err(self.fault(LineFault::Bytes));
            };
            let count = piece.0.len() as u64;
            if count == 0 || count > left {
                return Err(self.fault(LineFault::Bytes));
            }
            left -= count;
            digest.update(&piece.0);
            sink(&piece.0)?;
        }
        Ok(digest.finalize().into())
    }

    /// After the last line nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), TransferError> {
        self.line += 1;
        match self.from.fill_buf().map_err(TransferError::Read)?.is_empty() {
            true => Ok(()),
            false => Err(self.fault(LineFault::Behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<String> {
        let mut out = Vec::new();
        let mut writer = LineWriter::new(&mut out);
        for number in ["NN-2026-A", "NN-2026-B", "NN-2026-C", "NN-2026-D"] {
            let item = Item::Number {
                number: number.to_owned(),
                stream: "case:1".to_owned(),
            };
            writer.put(&item).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        text.split_inclusive('\n').map(str::to_owned).collect()
    }

    /// Reads changed lines, and expects the first fault at a line.
    fn check_fault(change: impl Fn(&mut Vec<String>), line: u64, expect: LineFault) {
        let mut lines = lines();
        change(&mut lines);
        let text = lines.concat();
        let mut from = text.as_bytes();
        let mut reader = LineReader::new(&mut from);
        let found = (0..4)
            .try_for_each(|_| reader.next().map(|_| ()))
            .and_then(|()| reader.end());
        match found {
            Err(TransferError::Line { line: found, fault }) => assert_eq!((found, fault), (line, expect), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let text = lines().concat();
        let mut from = text.as_bytes();
        let mut reader = LineReader::new(&mut from);
        for number in ["NN-2026-A", "NN-2026-B", "NN-2026-C", "NN-2026-D"] {
            assert!(matches!(reader.next().unwrap(), Item::Number { number: found, .. } if found == number));
        }
        reader.end().unwrap();
        assert!(text.starts_with("{\"line\":1,\"number\":{\"number\":\"NN-2026-A\",\"stream\":\"case:1\"},\"sum\":\""));
    }

    #[test]
    fn a_line_that_was_touched_is_named() {
        check_fault(|lines| lines[2] = lines[2].replace("-C", "-X"), 3, LineFault::Edited);
        check_fault(|lines| lines.swap(1, 2), 2, LineFault::Moved);
        check_fault(|lines| drop(lines.remove(1)), 2, LineFault::Moved);
        check_fault(|lines| lines.insert(2, lines[1].clone()), 3, LineFault::Moved);
        check_fault(|lines| lines.truncate(3), 4, LineFault::Cut);
        check_fault(|lines| lines[3].truncate(20), 4, LineFault::Cut);
        check_fault(|lines| lines.push("x\n".to_owned()), 5, LineFault::Behind);
        check_fault(|lines| lines[0] = "hello\n".to_owned(), 1, LineFault::NoLine);
        check_fault(
            |lines| lines[1] = format!("{}\n", "x".repeat(7 << 20)),
            2,
            LineFault::TooLong,
        );
        // A line with a number of its own place, but the sum of another.
        check_fault(
            |lines| lines[1] = lines[2].replace("\"line\":3", "\"line\":2"),
            2,
            LineFault::Edited,
        );
    }
}
