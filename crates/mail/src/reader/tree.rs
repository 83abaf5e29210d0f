//! The parts of a message as a tree, each with its exact bytes, because signatures are over bytes.
//!
//! Cuts what senders write: boundaries that never end, that are missing, or that nest without end. Never decodes a body.

use super::header::{Headers, Parameters, end_of_line};
use super::limits::Limits;
use super::understood::Warning;

/// One part, with its parts.
#[derive(Clone, Debug)]
pub(super) struct Part<'m> {
    pub(super) headers: Headers<'m>,
    pub(super) content_type: Parameters,
    /// Headers and body as they lie in the message, without the line end that belongs to the boundary.
    pub(super) raw: &'m [u8],
    pub(super) body: &'m [u8],
    pub(super) parts: Vec<Part<'m>>,
    /// Whether it has parts that were not cut, because they lie too deep.
    pub(super) is_too_deep: bool,
}

/// Counts while it cuts.
struct Cutter<'l> {
    limits: &'l Limits,
    parts: usize,
    warnings: Vec<Warning>,
}

impl<'m> Part<'m> {
    /// The tree of a message or of an entity that was inside an encrypted part, and what was wrong with it.
    pub(super) fn parse(bytes: &'m [u8], limits: &Limits) -> (Self, Vec<Warning>) {
        let mut cutter = Cutter {
            limits,
            parts: 0,
            warnings: Vec::new(),
        };
        // Mail programs that store mail put a line of their own first.
        let bytes = match bytes.strip_prefix(b"From ") {
            Some(_) => bytes.get(end_of_line(bytes, 0)..).unwrap_or_default(),
            None => bytes,
        };
        let part = cutter.cut(bytes, 0, "text/plain");
        (part, cutter.warnings)
    }

    /// A message without its body.
    pub(super) fn head(bytes: &'m [u8], limits: &Limits) -> Self {
        let (headers, _) = Headers::parse(bytes, limits);
        Self {
            content_type: headers.parameters("Content-Type").unwrap_or_default(),
            headers,
            raw: &[],
            body: &[],
            parts: Vec::new(),
            is_too_deep: false,
        }
    }

    pub(super) fn media_type(&self) -> &str {
        &self.content_type.value
    }

    pub(super) fn is_multipart(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Every part without parts of its own.
    pub(super) fn leaves(&self) -> Vec<&Self> {
        if self.parts.is_empty() {
            return vec![self];
        }
        self.parts.iter().flat_map(Self::leaves).collect()
    }
}

impl Cutter<'_> {
    fn cut<'m>(&mut self, raw: &'m [u8], depth: usize, fallback: &str) -> Part<'m> {
        self.parts += 1;
        let (headers, body) = Headers::parse(raw, self.limits);
        if headers.cut {
            self.warn(Warning::LongHeaders);
        }
        let mut content_type = headers.parameters("Content-Type").unwrap_or_default();
        if !content_type.value.contains('/') {
            content_type.value = fallback.to_owned();
        }
        let is_multipart = content_type.value.starts_with("multipart/");
        let is_too_deep = is_multipart && depth >= self.limits.depth;
        let parts = if is_too_deep {
            self.warn(Warning::TooDeep);
            Vec::new()
        } else if is_multipart {
            self.children(body, &content_type, depth)
        } else {
            Vec::new()
        };
        Part {
            headers,
            content_type,
            raw,
            body,
            parts,
            is_too_deep,
        }
    }

    fn children<'m>(&mut self, body: &'m [u8], content_type: &Parameters, depth: usize) -> Vec<Part<'m>> {
        let boundary = content_type.get("boundary").unwrap_or_default();
        let cut = pieces(body, boundary.as_bytes(), self.limits.parts);
        if !cut.ended {
            self.warn(Warning::Malformed);
        }
        let fallback = match content_type.value.as_str() {
            "multipart/digest" => "message/rfc822",
            _ => "text/plain",
        };
        let mut parts = Vec::new();
        for piece in cut.pieces {
            if self.parts >= self.limits.parts {
                self.warn(Warning::TooManyParts);
                break;
            }
            parts.push(self.cut(piece, depth + 1, fallback));
        }
        parts
    }

    fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

struct Pieces<'m> {
    pieces: Vec<&'m [u8]>,
    /// Whether the last boundary was there.
    ended: bool,
}

/// What lies between the lines `--boundary`, up to `--boundary--` (RFC 2046 §5.1.1).
fn pieces<'m>(body: &'m [u8], boundary: &[u8], most: usize) -> Pieces<'m> {
    let mut pieces = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    let mut ended = false;
    while !boundary.is_empty() && at < body.len() && pieces.len() <= most {
        let next = end_of_line(body, at);
        let line = body.get(at..next).unwrap_or_default();
        if let Some(last) = delimiter(line, boundary) {
            if let Some(start) = start {
                pieces.push(without_line_end(body.get(start..at).unwrap_or_default()));
            }
            start = Some(next);
            if last {
                ended = true;
                break;
            }
        }
        at = next;
    }
    if let (Some(start), false) = (start, ended) {
        pieces.push(body.get(start..).unwrap_or_default());
    }
    Pieces { pieces, ended }
}

/// Whether a line is a boundary, and if so, whether it is the last.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The line end before a boundary belongs to it.
fn without_line_end(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}
