//! `/api/v1/reports`: what machines send, and how it stands. A scanner's findings go onto a list, a report of the customers' portal opens a case.
//!
//! Owns the protocol: who may speak, how often, how large, and the answers as RFC 9457 has them. What is in a file is read by
//! `documents::machine`, what becomes of it is casework's. No answer quotes what was sent, nothing of it is logged, and whoever has no token that
//! holds here learns nothing at all.

use super::desk::{Desk, Side};
use super::multipart::{Fault as Broken, patience};
use super::places::Bench;
use super::{Place, guarded, page, proxies};
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use casework::{ActError, SentReport, SentScans, TakenReport, TakenRun, token_digest, told};
use documents::machine::{self, Fault, Format, MAX_BYTES};
use jiff::Timestamp;
use psirt::board::findings::RunSummary;
use psirt::house::machine::{MachineKind, MachineToken};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where machines send to.
pub(super) const PATH: &str = "/api/v1/reports";
/// Where they ask for one of their own.
pub(super) const ONE: &str = "/api/v1/reports/{id}";
/// Files that are read at a time: each may take twenty megabytes, and several times that once it is understood.
const FILES: usize = 4;
/// Questions that are answered at a time.
const QUESTIONS: usize = 64;
/// How often one token may ask or send in a minute.
const A_MINUTE: u32 = 60;
/// Longest name of a build or a product line, and longest key of a request.
const MAX_NAME_BYTES: usize = 300;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Places for machines, and how often each token came.
pub(super) struct Doors {
    files: Bench,
    questions: Bench,
    /// By the token's id: the minute, and how often in it.
    came: Mutex<BTreeMap<String, (i64, u32)>>,
}

impl Default for Doors {
    fn default() -> Doors {
        Doors {
            files: Bench::of(FILES),
            questions: Bench::of(QUESTIONS),
            came: Mutex::default(),
        }
    }
}

impl Doors {
    /// Whether a token may come once more in this minute.
    fn lets_in(&self, token: &str, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(60);
        let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        // Only tokens that hold are counted, so that nobody fills this.
        let (then, count) = came.entry(token.to_owned()).or_insert((minute, 0));
        if *then != minute {
            (*then, *count) = (minute, 0);
        }
        *count = count.saturating_add(1);
        *count <= A_MINUTE
    }
}

/// What stands beside a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Beside {
    product: Option<String>,
    build: Option<String>,
}

/// Something was sent.
pub(super) async fn sent(State(place): State<Arc<Place>>, request: Request) -> Response {
    let (asked, body) = request.into_parts();
    let client = proxies::client(&asked);
    let Some(desk) = Desk::of(place, Side::Portal, asked.uri.clone(), asked.headers.clone()).await else {
        return super::nothing();
    };
    let Some(_place) = desk.doors.files.seat(client) else {
        return busy();
    };
    let token = match admitted(&desk, &asked.headers).await {
        Ok(token) => token,
        Err(answer) => return answer,
    };
    let ask = match Ask::of(&token, &asked.uri, &asked.headers) {
        Ok(ask) => ask,
        Err(problem) => return problem.answer(),
    };
    let bytes = match whole(body).await {
        Ok(bytes) => bytes,
        Err(fault) => return broken(fault),
    };
    // Whoever goes away now has sent it all the same, and gets the same answer for the same file.
    let work = tokio::spawn(async move {
        match token.kind {
            MachineKind::Scanner => scanned(&desk, &token, ask, bytes).await,
            MachineKind::Portal => handed_over(&desk, &token, ask, bytes).await,
        }
    });
    work.await.unwrap_or_else(|_| page::unavailable())
}

/// Somebody asks how one of theirs stands.
pub(super) async fn asked(State(place): State<Arc<Place>>, id: Path<String>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    let client = proxies::client(&asked);
    let Some(desk) = Desk::of(place, Side::Portal, asked.uri, asked.headers.clone()).await else {
        return super::nothing();
    };
    let Some(_place) = desk.doors.questions.seat(client) else {
        return busy();
    };
    let token = match admitted(&desk, &asked.headers).await {
        Ok(token) => token,
        Err(answer) => return answer,
    };
    let found = match token.kind {
        MachineKind::Scanner => {
            let run = desk.casework.run_of(&token, &id);
            run.map(|(line, run)| json!({ "line": line, "run": shown(&run) }))
        }
        MachineKind::Portal => desk.casework.handed_over(&token, &id).map(|handed| {
            json!({
                "number": handed.number,
                "received": handed.received,
                "state": handed.standing.word,
                "says": handed.standing.says,
                "answer": handed.standing.answer,
                "advisories": handed.advisories,
            })
        }),
    };
    match found {
        Some(found) => answer(StatusCode::OK, &found),
        None => Problem::new(StatusCode::NOT_FOUND, "There is nothing of yours under this number.")
            .next("Ask for a number that was given to this machine.")
            .answer(),
    }
}

/// The token of a request, if it holds here and has not come too often.
async fn admitted(desk: &Desk, headers: &HeaderMap) -> Result<MachineToken, Response> {
    let presented = guarded::presented(headers);
    // What has not a token's form is none, whatever the journal says.
    if casework::is_token(presented) {
        // If it cannot be followed, what was known stands: a token ends by its date all the same.
        desk.casework.refresh().await.ok();
    }
    let Some(token) = desk.casework.machine(&desk.brand, presented) else {
        let mut denied = Problem::new(StatusCode::UNAUTHORIZED, "This needs a token that holds here.")
            .next("Ask the product security team for a token, and send it as `Authorization: Bearer …`.")
            .answer();
        denied
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        denied
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
        return Err(denied);
    };
    if !desk.doors.lets_in(&token.id, desk.casework.now()) {
        let mut often = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "This token came too often in this minute.",
        )
        .next("Send it again in a minute.")
        .answer();
        often.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        return Err(often);
    }
    Ok(token)
}

/// What a request says beside its file.
struct Ask {
    format: Format,
    beside: Beside,
    key: Option<String>,
}

impl Ask {
    fn of(token: &MachineToken, uri: &Uri, headers: &HeaderMap) -> Result<Ask, Problem> {
        let header = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        if header(&CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A compressed file is not read.");
            return Err(problem.next("Send it without Content-Encoding."));
        }
        let format = header(&CONTENT_TYPE).and_then(Format::of_media_type);
        let format = format.filter(|format| token.kind == MachineKind::Scanner || *format == Format::Plain);
        let Some(format) = format else {
            let problem = Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This token sends no files of this type.",
            );
            return Err(problem.next(match token.kind {
                MachineKind::Scanner => {
                    "Send application/json, application/sarif+json or application/vnd.cyclonedx+json."
                }
                MachineKind::Portal => "Send application/json.",
            }));
        };
        let length = header(&CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > MAX_BYTES as u64) {
            return Err(too_large());
        }
        let name =
            |name: &String| !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
        let beside = Query::<Beside>::try_from_uri(uri).map(|Query(beside)| beside);
        let beside = beside.ok().filter(|beside| {
            let said = [&beside.product, &beside.build];
            said.into_iter().flatten().all(name)
        });
        let Some(beside) = beside else {
            let problem = Problem::new(
                StatusCode::BAD_REQUEST,
                "The address names a product or a build in no way that is known.",
            );
            return Err(problem.next("Write ?product=LINE&build=BUILD, each at most 300 bytes, percent-encoded."));
        };
        let key = headers
            .get(&IDEMPOTENCY_KEY)
            .map(|key| key.to_str().unwrap_or_default().to_owned());
        if key.as_ref().is_some_and(|key| !name(key)) {
            let problem = Problem::new(
                StatusCode::BAD_REQUEST,
                "The Idempotency-Key is empty, too long, or no plain text.",
            );
            return Err(problem.next("Send 1 to 300 visible characters, or leave it out."));
        }
        Ok(Ask { format, beside, key })
    }
}

async fn scanned(desk: &Desk, token: &MachineToken, ask: Ask, bytes: Vec<u8>) -> Response {
    let format = ask.format;
    let read = tokio::task::spawn_blocking(move || {
        let scans = machine::scans(format, &bytes)?;
        Ok((scans, digest(&bytes)))
    });
    let (scans, sha256) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(fault)) => return misread(&fault),
        Err(_) => return page::unavailable(),
    };
    let sent = SentScans {
        scans,
        product: ask.beside.product,
        build: ask.beside.build,
        idempotency_key: ask.key,
        sha256,
    };
    match desk.casework.take_run(token, &sent).await {
        Ok(TakenRun::Counts { line, runs, again }) => {
            let id = runs.first().map(|run| run.id.clone()).unwrap_or_default();
            let runs: Vec<Value> = runs.iter().map(shown).collect();
            taken(&id, again, &json!({ "line": line, "again": again, "runs": runs }))
        }
        Ok(TakenRun::Fault(fault)) => misread(&fault),
        Ok(TakenRun::OtherFile) => used_before(),
        Err(error) => failed(&error),
    }
}

async fn handed_over(desk: &Desk, token: &MachineToken, ask: Ask, bytes: Vec<u8>) -> Response {
    let read = tokio::task::spawn_blocking(move || {
        let report = machine::handed_over(&bytes)?;
        Ok((report, digest(&bytes)))
    });
    let (report, sha256) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(fault)) => return misread(&fault),
        Err(_) => return page::unavailable(),
    };
    let sent = SentReport {
        report,
        idempotency_key: ask.key,
        sha256,
    };
    match desk.casework.take_handed_over(token, &sent).await {
        Ok(TakenReport::Number { number, again }) => {
            taken(&number, again, &json!({ "number": number, "again": again }))
        }
        Ok(TakenReport::OtherReport) => used_before(),
        Err(error) => failed(&error),
    }
}

/// What is read is UTF-8 by now.
fn digest(bytes: &[u8]) -> String {
    token_digest(std::str::from_utf8(bytes).unwrap_or_default())
}

fn shown(run: &RunSummary) -> Value {
    json!({
        "id": run.id,
        "tool": run.tool,
        "scan": run.scan,
        "build": run.sight.build,
        "received": run.sight.at,
        "complete": run.complete,
        "found": run.found,
        "new": run.new,
        "back": run.back,
        "missing": run.missing,
        "gone": run.gone,
    })
}

/// Reads a body to its end, if it ends soon enough and is not too large.
async fn whole(mut body: Body) -> Result<Vec<u8>, Broken> {
    let (mut bytes, mut waited) = (Vec::new(), Duration::ZERO);
    loop {
        let (patience, fault) = patience(bytes.len() as u64, waited);
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx));
        let begun = tokio::time::Instant::now();
        let frame = tokio::time::timeout(patience, frame).await.map_err(|_| fault)?;
        waited = waited.saturating_add(begun.elapsed());
        let Some(frame) = frame else { return Ok(bytes) };
        let Ok(data) = frame.map_err(|_| Broken::CutShort)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MAX_BYTES {
            return Err(Broken::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
}

/// What is wrong, as RFC 9457 has it; with what was kept, and what to do next.
struct Problem {
    status: StatusCode,
    detail: String,
    pointer: Option<String>,
    next: &'static str,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            detail: detail.into(),
            pointer: None,
            next: "Correct it, and send it again.",
        }
    }

    fn next(self, next: &'static str) -> Problem {
        Problem { next, ..self }
    }

    fn answer(self) -> Response {
        let mut said = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "kept": "Nothing of it was kept.",
            "next": self.next,
        });
        if let (Some(pointer), Some(said)) = (self.pointer, said.as_object_mut()) {
            said.insert("pointer".to_owned(), pointer.into());
        }
        let headers = [(CONTENT_TYPE, "application/problem+json"), (CACHE_CONTROL, "no-store")];
        (self.status, headers, format!("{said}\n")).into_response()
    }
}

fn misread(fault: &Fault) -> Response {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault.says.clone());
    Problem {
        pointer: Some(fault.pointer.clone()),
        ..problem
    }
    .answer()
}

fn broken(fault: Broken) -> Response {
    match fault {
        Broken::TooLarge => too_large().answer(),
        Broken::TooSlow => {
            let mut slow = Problem::new(StatusCode::REQUEST_TIMEOUT, "It came too slowly.")
                .next("Send it again over another line.")
                .answer();
            slow.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            slow
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "It ended before its end.")
            .next("Send it again.")
            .answer(),
    }
}

fn too_large() -> Problem {
    let says = format!("The file has more than {} MB.", MAX_BYTES >> 20);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, says)
        .next("Send the findings of one scanner alone, without the sources in the file.")
}

fn used_before() -> Response {
    let says = "This Idempotency-Key was used for other content.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, says)
        .next("Send it under a key of its own.")
        .answer()
}

fn busy() -> Response {
    let mut busy = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too much is being sent at this moment.",
    )
    .next("Send it again in a minute.")
    .answer();
    busy.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
    busy
}

fn failed(error: &ActError) -> Response {
    Problem::new(page::status_of(error), told(error))
        .next("Send it again later; the same file counts once.")
        .answer()
}

fn taken(id: &str, again: bool, said: &Value) -> Response {
    let status = if again { StatusCode::OK } else { StatusCode::CREATED };
    let mut taken = answer(status, said);
    if let Ok(place) = HeaderValue::from_str(&format!("{PATH}/{id}")) {
        taken.headers_mut().insert(LOCATION, place);
    }
    taken
}

fn answer(status: StatusCode, said: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, format!("{said}\n")).into_response()
}
