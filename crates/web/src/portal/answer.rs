//! Answers with a file: what is said of it, the part that was asked for, and word to those who have it already.
//!
//! Finds no file and decides about none.

use super::body::FileBody;
use super::range::{self, Part};
use super::tree::Opened;
use super::validator::Validator;
use super::{is_open, nothing};
use crate::head;
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What is no larger is read at once, where it was found.
const AT_ONCE_BYTES: u64 = 256 * 1024;

/// A file with all that every answer says of it.
pub(super) struct Prepared {
    content: Content,
    bytes: u64,
    validator: Validator,
    told: HeaderMap,
}

enum Content {
    Read(Bytes),
    /// A large one, which is read while it is sent.
    Open(File),
}

impl Prepared {
    /// Reads a small file. `varies` where it is there packed, too; `coded` where it is the packed one.
    pub(super) fn of(opened: &Opened, kind: &Kind, varies: bool, coded: bool) -> io::Result<Prepared> {
        let mut told = HeaderMap::new();
        set(&mut told, ETAG, &opened.validator.tag);
        if let Some(modified) = opened.validator.last_modified() {
            set(&mut told, LAST_MODIFIED, &modified);
        }
        told.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        kind.describe(&mut told, varies, coded);
        let content = match opened.bytes > AT_ONCE_BYTES {
            true => Content::Open(opened.file.try_clone()?),
            false => {
                let mut bytes = vec![0; usize::try_from(opened.bytes).unwrap_or_default()];
                opened.file.read_exact_at(&mut bytes, 0)?;
                Content::Read(bytes.into())
            }
        };
        Ok(Prepared {
            content,
            bytes: opened.bytes,
            validator: opened.validator.clone(),
            told,
        })
    }

    /// Whether it is all in memory.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.content, Content::Read(_))
    }

    /// The file, the part of it that was asked for, or word that the client has it.
    pub(super) fn answer(&self, method: &Method, headers: &HeaderMap) -> Response {
        let mut answer = Response::new(Body::empty());
        answer.headers_mut().clone_from(&self.told);
        if self.validator.is_known(headers) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            return answer;
        }
        let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
        let part = match asked.filter(|_| method == Method::GET && self.validator.allows_part(headers)) {
            Some(asked) => range::read(asked, self.bytes),
            None => Part::Whole,
        };
        let (first, count) = match part {
            Part::Whole => (0, self.bytes),
            Part::Bytes { first, last } => {
                *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
                let part = format!("bytes {first}-{last}/{}", self.bytes);
                set(answer.headers_mut(), CONTENT_RANGE, &part);
                (first, last - first + 1)
            }
            Part::Outside => {
                *answer.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                set(answer.headers_mut(), CONTENT_RANGE, &format!("bytes */{}", self.bytes));
                return answer;
            }
        };
        answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(count));
        if method != Method::HEAD {
            *answer.body_mut() = match self.body(first, count) {
                Ok(body) => body,
                Err(_) => return nothing(),
            };
        }
        answer
    }

    fn body(&self, first: u64, count: u64) -> io::Result<Body> {
        match &self.content {
            Content::Open(file) => Ok(Body::new(FileBody::new(file.try_clone()?, first, count)?)),
            Content::Read(bytes) => {
                let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
                Ok(Body::from(bytes.slice(at(first)..at(first + count))))
            }
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Digits, letters and punctuation of ours; there is no other value here.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether a client says that it reads gzip.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let said = headers
        .get(ACCEPT_ENCODING)
        .and_then(|said| said.to_str().ok())
        .unwrap_or_default();
    let refused = |weight: &str| {
        weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|q| q.trim().parse() == Ok(0.0))
    };
    said.split(',').any(|coding| {
        let mut parts = coding.split(';');
        let name = parts.next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("gzip") && !parts.any(refused)
    })
}

/// What an answer says of a file, whatever state it is in.
pub(super) struct Kind {
    media_type: &'static str,
    cache: &'static str,
    /// Whether anybody's page may read it.
    is_open: bool,
    /// Whether it can be there packed, too.
    pub(super) is_text: bool,
}

impl Kind {
    pub(super) fn of(found: &Path, path: &str) -> Kind {
        let media_type = media_type(found);
        Kind {
            media_type,
            cache: if path.starts_with("/assets/") {
                head::IMMUTABLE
            } else {
                "public, max-age=60"
            },
            is_open: is_open(path),
            is_text: !matches!(
                media_type,
                "image/png" | "application/gzip" | "application/octet-stream"
            ),
        }
    }

    fn describe(&self, headers: &mut HeaderMap, varies: bool, coded: bool) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache));
        if varies {
            headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        if coded {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if self.is_open {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    }
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        // CSAF readers compare it as a whole: no charset.
        Some("json") => "application/json",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("md") => "text/markdown; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("atom") => "application/atom+xml",
        Some("xml") => "application/xml",
        Some("gz") => "application/gzip",
        Some("txt" | "asc" | "sha256" | "sha512") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
