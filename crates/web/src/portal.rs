//! The portal: one brand's folder of the published tree, as files.
//!
//! Serves what `publish` swapped in and nothing beside it: no path leaves the folder, no hidden file but `.well-known`, no symbolic link out.
//! Makes no page and knows no case.

use crate::head;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};
use tower_http::limit::RequestBodyLimitLayer;

const CHUNK_BYTES: usize = 64 * 1024;
const MAX_PATH_BYTES: usize = 1_024;

/// The portal of one brand: `brand_dir` is its folder, named by its domain, under `root`, the published tree (a symbolic link that is
/// swapped; it is followed anew for each request).
pub fn portal(root: PathBuf, brand_dir: String) -> Router {
    Router::new()
        .fallback(file)
        .layer(RequestBodyLimitLayer::new(0))
        .layer(axum::middleware::from_fn(head::portal))
        .with_state(Arc::new(Place { root, brand_dir }))
}

struct Place {
    root: PathBuf,
    brand_dir: String,
}

async fn file(State(place): State<Arc<Place>>, request: Request) -> Response {
    let path = request.uri().path();
    let Some(relative) = relative(path) else {
        return nothing();
    };
    let Ok(base) = tokio::fs::canonicalize(place.root.join(&place.brand_dir)).await else {
        return nothing();
    };
    let Some(found) = inside(&base, &relative).await else {
        return nothing();
    };
    let Ok(kind) = tokio::fs::metadata(&found).await else {
        return nothing();
    };
    if kind.is_dir() && !path.ends_with('/') {
        // The path is one of plain names, so it cannot be read as another host's address.
        return match HeaderValue::from_str(&format!("{path}/")) {
            Ok(to) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response(),
            Err(_) => nothing(),
        };
    }
    let found = if kind.is_dir() {
        inside(&base, &relative.join("index.html")).await
    } else {
        Some(found)
    };
    match found {
        Some(found) if kind.is_dir() || !path.ends_with('/') => sent(&found, path).await,
        _ => nothing(),
    }
}

/// The same answer for everything that is not there.
fn nothing() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(CONTENT_TYPE, "text/plain; charset=utf-8")],
        "There is nothing at this address.\n",
    )
        .into_response()
}

/// The path below the brand's folder, of plain names only.
fn relative(path: &str) -> Option<PathBuf> {
    if path.len() > MAX_PATH_BYTES {
        return None;
    }
    let decoded = decoded(path.strip_prefix('/')?)?;
    let names = decoded.strip_suffix('/').unwrap_or(&decoded);
    if names.is_empty() {
        return decoded.is_empty().then(PathBuf::new);
    }
    let plain = |name: &str| {
        let shown = !name.starts_with('.') || name == ".well-known";
        !name.is_empty() && shown && !name.contains(['\\', ':']) && !name.chars().any(char::is_control)
    };
    let path = names.split('/').all(plain).then(|| PathBuf::from(names))?;
    path.components()
        .all(|component| matches!(component, Component::Normal(_)))
        .then_some(path)
}

/// Without its percent signs. A decoded slash would make two names of one, so it is refused.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let value = u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?;
        if value == b'/' || value == 0 {
            return None;
        }
        bytes.push(value);
    }
    String::from_utf8(bytes).ok()
}

/// The file with every link followed, if it is still inside the folder.
async fn inside(base: &Path, relative: &Path) -> Option<PathBuf> {
    let found = tokio::fs::canonicalize(base.join(relative)).await.ok()?;
    found.starts_with(base).then_some(found)
}

async fn sent(found: &Path, path: &str) -> Response {
    let Ok(file) = File::open(found).await else {
        return nothing();
    };
    let Ok(metadata) = file.metadata().await else {
        return nothing();
    };
    if !metadata.is_file() {
        return nothing();
    }
    let cache = if path.starts_with("/assets/") {
        head::IMMUTABLE
    } else {
        "public, max-age=60"
    };
    let length = metadata.len();
    let mut answer = Response::new(Body::new(FileBody { file, left: length }));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(found)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if path.starts_with("/.well-known/csaf/") || path == "/.well-known/csaf" {
        // Anybody's page may read what is public for machines.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    answer
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
        Some("xml" | "atom") => "application/xml",
        Some("txt" | "asc" | "sha256" | "sha512") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A file, read as it is sent.
struct FileBody {
    file: File,
    /// Bytes that were promised and are not sent yet.
    left: u64,
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let size = usize::try_from(self.left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let mut chunk = vec![0; size];
        let mut buffer = ReadBuf::new(&mut chunk);
        match Pin::new(&mut self.file).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof))))
            }
            Poll::Ready(Ok(())) => {
                let read = buffer.filled().len();
                chunk.truncate(read);
                self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(chunk)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests;
