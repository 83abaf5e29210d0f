//! Forms with files (RFC 7578), part by part as they stream in: never more in memory than a piece of the body and one part's headers.
//!
//! Owns the cutting and its limits, and how slowly one may send. Never knows what a field means, and never keeps a file: whoever asks gets its pieces.
//!
//! Not left to `multer`, which axum would use: it takes everything into memory that has arrived, so that a file over a fast line stands there
//! as a whole, and headers without an end do so over any.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest boundary (RFC 2046 §5.1.1).
const MAX_BOUNDARY_BYTES: usize = 70;
/// Most headers of one part, in bytes.
const MAX_HEAD_BYTES: usize = 8 * 1_024;
/// Most parts of a form.
const MAX_PARTS: usize = 200;
/// How long a sender may say nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// How slowly it may send on average, in bytes a second, and how long before it is looked at: a place is not held by drops.
const SLOWEST: u64 = 2_000;
const GRACE: Duration = Duration::from_secs(10);
/// Pieces that wait between the connection and the disk.
const PIECES_WAITING: usize = 4;

/// Why a form cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It is no form with parts.
    #[error("this is no form of the type multipart/form-data")]
    NoForm,
    /// It is larger than everything together may be.
    #[error("all of it together is too large")]
    TooLarge,
    /// A field is longer than it may be.
    #[error("a field is too long")]
    FieldTooLong,
    /// More parts than a form of ours has.
    #[error("it has too many parts")]
    TooManyParts,
    /// It ended, or fell silent, before its end.
    #[error("it ended before its end")]
    CutShort,
    /// It came more slowly than anybody's line is.
    #[error("it came too slowly")]
    TooSlow,
}

/// The parts of a form.
pub(super) struct Parts {
    body: Body,
    /// What has arrived and is not given out yet.
    arrived: Vec<u8>,
    /// What ends a part.
    delimiter: Vec<u8>,
    /// How many bytes may still come.
    left: u64,
    /// How many have come, and how long the sender was waited for.
    come: u64,
    waited: Duration,
    /// How many parts may still come.
    parts_left: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a part, or before the first.
    Inside,
    /// Behind a delimiter.
    Between,
    /// Behind the last part.
    Over,
}

/// What a part says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The field.
    pub(super) name: String,
    /// The file's name, if it is one; empty where a form has a field for files and none was chosen.
    pub(super) file: Option<String>,
}

impl Parts {
    /// The parts of a body of at most so many bytes.
    pub(super) fn of(headers: &HeaderMap, body: Body, max_bytes: u64) -> Result<Parts, Fault> {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let boundary = kind.and_then(boundary).ok_or(Fault::NoForm)?;
        Ok(Parts {
            body,
            // The first delimiter has no line before it.
            arrived: b"\r\n".to_vec(),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            left: max_bytes,
            come: 0,
            waited: Duration::ZERO,
            parts_left: MAX_PARTS,
            state: State::Inside,
        })
    }

    /// The next part; what was not read of the one before is left out.
    pub(super) async fn next(&mut self) -> Result<Option<Head>, Fault> {
        while self.piece().await?.is_some() {}
        if self.state == State::Over {
            return Ok(None);
        }
        while self.arrived.len() < 2 {
            self.receive().await?;
        }
        if self.arrived.starts_with(b"--") {
            self.state = State::Over;
            return Ok(None);
        }
        self.parts_left = self.parts_left.checked_sub(1).ok_or(Fault::TooManyParts)?;
        let end = loop {
            if let Some(end) = find(&self.arrived, b"\r\n\r\n") {
                break end;
            }
            if self.arrived.len() > MAX_HEAD_BYTES {
                return Err(Fault::NoForm);
            }
            self.receive().await?;
        };
        if end > MAX_HEAD_BYTES {
            return Err(Fault::NoForm);
        }
        let head: Vec<u8> = self.arrived.drain(..end + 4).collect();
        self.state = State::Inside;
        // A part without content has its delimiter directly behind its headers, whose last line is the one before it.
        let bare = self.delimiter.get(2..).unwrap_or_default().to_vec();
        while self.arrived.len() < bare.len() {
            self.receive().await?;
        }
        if self.arrived.starts_with(&bare) {
            self.arrived.drain(..bare.len());
            self.state = State::Between;
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        read_head(&text).map(Some).ok_or(Fault::NoForm)
    }

    /// The next piece of the part; none at its end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        while self.state == State::Inside {
            if let Some(end) = find(&self.arrived, &self.delimiter) {
                if end == 0 {
                    self.arrived.drain(..self.delimiter.len());
                    self.state = State::Between;
                    break;
                }
                return Ok(Some(self.arrived.drain(..end).collect::<Vec<u8>>().into()));
            }
            // The end may be the beginning of a delimiter.
            let sure = self.arrived.len().saturating_sub(self.delimiter.len() - 1);
            if sure > 0 {
                return Ok(Some(self.arrived.drain(..sure).collect::<Vec<u8>>().into()));
            }
            self.receive().await?;
        }
        Ok(None)
    }

    /// The whole part as text; what is no UTF-8 is shown as such.
    pub(super) async fn text(&mut self, max_bytes: usize) -> Result<String, Fault> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.piece().await? {
            if bytes.len() + piece.len() > max_bytes {
                return Err(Fault::FieldTooLong);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Gives the part to somebody who reads it as a file, on a thread where reading blocks. What they leave is left out.
    pub(super) async fn read_by<T>(&mut self, reader: impl AsyncFnOnce(Pipe) -> T) -> T {
        let (sender, receiver) = mpsc::channel(PIECES_WAITING);
        let pump = async move {
            loop {
                let piece = match self.piece().await {
                    Ok(Some(piece)) => Ok(piece),
                    Ok(None) => Ok(Bytes::new()),
                    Err(fault) => Err(fault),
                };
                let over = piece.as_ref().map_or(true, Bytes::is_empty);
                if sender.send(piece).await.is_err() || over {
                    break;
                }
            }
        };
        let pipe = Pipe {
            receiver,
            piece: Bytes::new(),
            over: false,
        };
        tokio::join!(reader(pipe), pump).0
    }

    async fn receive(&mut self) -> Result<(), Fault> {
        let (patience, fault) = patience(self.come, self.waited);
        let body = &mut self.body;
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
        let begun = tokio::time::Instant::now();
        let frame = tokio::time::timeout(patience, frame).await.map_err(|_| fault)?;
        self.waited = self.waited.saturating_add(begun.elapsed());
        let frame = frame.ok_or(Fault::CutShort)?.map_err(|_| Fault::CutShort)?;
        if let Ok(data) = frame.into_data() {
            let left = self.left.checked_sub(data.len() as u64);
            self.left = left.ok_or(Fault::TooLarge)?;
            self.come = self.come.saturating_add(data.len() as u64);
            self.arrived.extend_from_slice(&data);
        }
        Ok(())
    }
}

/// How long the next piece may take after so many bytes that were waited for so long, and what it is if it takes longer. Our own disk's
/// slowness is not the sender's.
pub(super) fn patience(come: u64, waited: Duration) -> (Duration, Fault) {
    let earned = Duration::from_millis(come.saturating_mul(1_000) / SLOWEST);
    let left = GRACE.saturating_add(earned).saturating_sub(waited);
    match left < SILENCE {
        true => (left, Fault::TooSlow),
        false => (SILENCE, Fault::CutShort),
    }
}

/// A part as a file that is read.
pub(super) struct Pipe {
    receiver: mpsc::Receiver<Result<Bytes, Fault>>,
    piece: Bytes,
    over: bool,
}

impl Read for Pipe {
    /// Fails where the sender went away: what ended early is no file.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.over {
            self.piece = match self.receiver.blocking_recv() {
                Some(Ok(piece)) => piece,
                Some(Err(Fault::TooLarge)) => return Err(io::ErrorKind::FileTooLarge.into()),
                Some(Err(_)) | None => return Err(io::ErrorKind::UnexpectedEof.into()),
            };
            self.over = self.piece.is_empty();
        }
        let count = into.len().min(self.piece.len());
        let given = self.piece.split_to(count);
        if let Some(into) = into.get_mut(..count) {
            into.copy_from_slice(&given);
        }
        Ok(count)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = haystack.get(from..)?.iter().position(|byte| *byte == first) {
        if haystack.get(from + at..)?.starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// The boundary that a media type names.
fn boundary(kind: &str) -> Option<&str> {
    let (essence, parameters) = kind.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    })?;
    let boundary = named
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(named);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let fits = (1..=MAX_BOUNDARY_BYTES).contains(&boundary.len()) && boundary.bytes().all(plain);
    fits.then_some(boundary)
}

/// The field, and the file's name, of a part's headers.
fn read_head(text: &str) -> Option<Head> {
    let mut lines = text.split("\r\n");
    let said = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (kind, mut rest) = said.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    let mut head = Head::default();
    let mut named = false;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, behind) = value_of(after);
        match name.trim().trim_start_matches(';').trim().to_ascii_lowercase().as_str() {
            "name" => {
                head.name = value;
                named = true;
            }
            "filename" => head.file = Some(value),
            _ => {}
        }
        rest = behind;
    }
    named.then_some(head)
}

/// A parameter's value, in quotation marks or not, and what is behind it. Browsers write a quotation mark inside as `%22`.
fn value_of(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, behind) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), behind);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value.replace("%22", "\""), quoted.get(at + 1..).unwrap_or_default()),
            '\\' if quoted.get(at + 1..).is_some_and(|next| next.starts_with(['"', '\\'])) => {
                value.extend(chars.next().map(|(_, c)| c));
            }
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests;
