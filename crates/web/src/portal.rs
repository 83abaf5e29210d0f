//! The portal: the published tree as files, each brand's folder under the names of its host.
//!
//! Serves what `publish` swapped in and nothing beside it: no path leaves a brand's folder, no hidden file but `.well-known`, no symbolic
//! link out. The link to the tree is followed anew for each request. Files know no case; who asks, and with what program, makes no difference, but for
//! what is not public at all (`guarded`).
//!
//! What people send comes in by `form` and `room`, what machines send by `api`; they know their casework.
//!
//! It makes three pages, where the tree says that they are served: the search, "am I affected?" and the calculator. They know the catalogue in the
//! tree and nothing else, are stored nowhere, and what was asked is in no log.
//!
//! One listener serves all brands, by `Host`. With one brand every host is its; with several an unknown host gets the answer that
//! everything gets that is not there. `csaf.data.security.<domain>` is the DNS path of CSAF 2.0 §7.1.10: its `/` is the brand's
//! provider-metadata.json itself. `openpgpkey.<mail domain>` is where mail programs look for keys. On this machine `<domain>.localhost` is another name of `<domain>`, so that a browser reaches each, and
//! a loopback address is one of the first brand.
//!
//! Not served by tower-http's `ServeDir`, which does ranges and conditions too: it follows links out of its folder, and its tag is a file's
//! time, which differs between the two slots of the tree for the same bytes. Here a tag is the content's digest, from the tree's manifest.

mod affected;
mod api;
mod ask;
mod body;
mod calculator;
mod catalog;
mod desk;
mod files;
mod form;
mod guarded;
mod multipart;
mod page;
mod places;
pub(crate) mod proxies;
mod range;
mod room;
mod search;
mod validator;

use crate::head;
use affected::Affected;
use ask::Ask;
use askama::Template as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, HOST, LAST_MODIFIED, LOCATION, RANGE, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use body::FileBody;
use casework::Casework;
use catalog::{Catalog, Shelf};
use desk::Counter;
use documents::place::{DNS_PATH_PREFIX, KEY_DIRECTORY_PREFIX, PROVIDER_METADATA, gone_instead_of};
use guarded::{Guarded, Keeper};
use jiff::Timestamp;
use psirt::board::Board;
use publish::Digests;
use range::Part;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use search::Search;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tower_http::limit::RequestBodyLimitLayer;
use validator::Validator;

/// What is no larger is read at once, where it was found.
const AT_ONCE_BYTES: u64 = 256 * 1024;
const MAX_PATH_BYTES: usize = 1_024;
/// Behind a brand's domain: its name on this machine.
const ON_THIS_MACHINE: &str = ".localhost";

/// The portal of these brands: each has its folder, named by its domain, under `root`, the published tree (a symbolic link that is
/// swapped; it is followed anew for each request).
pub fn portal(root: PathBuf, domains: Vec<String>) -> Router {
    router(root, Hosts::Fixed(lower(domains)), None, None)
}

/// The same for every brand that has a key, as the board has them at each request; and below `/protected/` of each what was released to its
/// customers, from `protected`, the protected tree, for whoever shows one of their tokens. Reports come in by the form, with files of at most
/// `max_file_bytes`, and their reporters have rooms.
pub fn portal_with_customers(root: PathBuf, protected: PathBuf, casework: Casework, max_file_bytes: u64) -> Router {
    let guarded = Guarded::new(protected, Keeper::Casework(casework.clone()));
    let counter = Counter::new(casework.clone(), max_file_bytes);
    router(root, Hosts::Board(casework), Some(guarded), Some(counter))
}

/// The same over a board that stands still at an instant: for tests.
pub fn portal_of_board(
    root: PathBuf,
    domains: Vec<String>,
    protected: PathBuf,
    board: Board,
    now: Timestamp,
) -> Router {
    let keeper = Keeper::Fixed(Arc::new((board, now)));
    router(
        root,
        Hosts::Fixed(lower(domains)),
        Some(Guarded::new(protected, keeper)),
        None,
    )
}

fn lower(domains: Vec<String>) -> Vec<String> {
    domains.iter().map(|domain| domain.to_ascii_lowercase()).collect()
}

fn router(root: PathBuf, hosts: Hosts, guarded: Option<Guarded>, counter: Option<Counter>) -> Router {
    let place = Place {
        tree: Tree::new(root),
        hosts,
        guarded,
        counter,
        shelf: Shelf::default(),
    };
    Router::new()
        .route("/search", get(searched))
        .route("/affected", get(checked))
        .route(crate::calculator::PATH, get(calculated))
        .fallback(file)
        .layer(RequestBodyLimitLayer::new(0))
        // What is sent has limits of its own, field by field.
        .route(form::PATH, get(form::asked).post(form::sent))
        .route(api::PATH, axum::routing::post(api::sent))
        .route(api::ONE, get(api::asked))
        .route(room::ROOM, get(room::shown).post(room::sent))
        .route(room::ERASE, get(room::erasing))
        .route(room::DOOR, get(room::door).post(room::knocked))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn(head::portal))
        .with_state(Arc::new(place))
}

struct Place {
    tree: Tree,
    hosts: Hosts,
    guarded: Option<Guarded>,
    /// What takes reports in; none where only files are served.
    counter: Option<Counter>,
    /// What the served pages know.
    shelf: Shelf,
}

/// Whose portals these are.
enum Hosts {
    /// These, in lower case.
    Fixed(Vec<String>),
    /// Those of the brands that have a key: one that comes while it is served is known at once.
    Board(Casework),
}

impl Hosts {
    fn domains(&self) -> Vec<String> {
        match self {
            Hosts::Fixed(domains) => domains.clone(),
            Hosts::Board(casework) => {
                let board = casework.board();
                let brands = board.house.publishing().into_iter();
                brands.map(|brand| brand.domain.to_ascii_lowercase()).collect()
            }
        }
    }
}

/// A published tree, the public one or the protected one.
struct Tree {
    root: PathBuf,
    /// Where its link led last, and the slot that this is.
    slot: Mutex<Option<(PathBuf, PathBuf)>>,
    /// Of the slot that was served last.
    digests: Mutex<Option<Arc<Digests>>>,
}

/// Which folder a host's name leads to.
#[derive(Debug, PartialEq, Eq)]
enum Face {
    /// The key directory of a mail domain: its host is its folder's name.
    Keys(String),
    /// A brand's site.
    Site(String),
    /// The DNS path of a brand.
    DnsPath(String),
}

async fn file(State(place): State<Arc<Place>>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    if guarded::is_guarded(asked.uri.path()) {
        return guarded(place, asked).await.unwrap_or_else(nothing);
    }
    let wanted = asked.uri.path().to_owned();
    // Everything that touches the disk, in one step away from the connections.
    let answer = tokio::task::spawn_blocking(move || place.answer(&asked.method, &asked.uri, &asked.headers)).await;
    answer.ok().flatten().or_else(|| asset(&wanted)).unwrap_or_else(nothing)
}

/// What is not public, for whoever may read it; and for nobody else a look at any file.
async fn guarded(place: Arc<Place>, asked: Parts) -> Option<Response> {
    let guarded = place.guarded.as_ref()?;
    guarded.follow(&asked.headers).await;
    let asking = Arc::clone(&place);
    let answer = tokio::task::spawn_blocking(move || {
        let Face::Site(domain) = asking.face(host(&asked.uri, &asked.headers).as_deref())? else {
            return None;
        };
        let guarded = asking.guarded.as_ref()?;
        guarded.answer(&asked.method, &asked.headers, &domain, asked.uri.path())
    });
    let (answer, token) = answer.await.ok().flatten()?;
    guarded.note_use(token);
    Some(answer)
}

async fn searched(State(place): State<Arc<Place>>, request: Request) -> Response {
    served(place, request, |catalog, uri| {
        let page = Search::of(catalog, Ask::of(uri));
        (page.is_refused(), page.render().ok())
    })
    .await
}

async fn checked(State(place): State<Arc<Place>>, request: Request) -> Response {
    served(place, request, |catalog, uri| {
        let page = Affected::of(catalog, Ask::of(uri));
        (page.is_refused(), page.render().ok())
    })
    .await
}

async fn calculated(State(place): State<Arc<Place>>, request: Request) -> Response {
    served(place, request, |catalog, uri| {
        (false, calculator::page(catalog, uri).render().ok())
    })
    .await
}

/// A page that is made of the catalogue, now, and kept by nobody.
async fn served(
    place: Arc<Place>,
    request: Request,
    page: impl Fn(&Catalog, &Uri) -> (bool, Option<String>) + Send + 'static,
) -> Response {
    let (asked, _) = request.into_parts();
    let made = tokio::task::spawn_blocking(move || {
        let catalog = place.catalog(&asked.uri, &asked.headers)?;
        let (refused, page) = page(&catalog, &asked.uri);
        let status = if refused {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        };
        let told = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
        Some((status, told, page?).into_response())
    });
    made.await.ok().flatten().unwrap_or_else(nothing)
}

impl Place {
    /// The catalogue of the brand that is asked, if its pages say that anything is served.
    fn catalog(&self, uri: &Uri, headers: &HeaderMap) -> Option<Arc<Catalog>> {
        let Face::Site(domain) = self.face(host(uri, headers).as_deref())? else {
            return None;
        };
        let catalog = self.catalog_of(&domain)?;
        catalog.face.dynamic.then_some(catalog)
    }

    /// What stands around a brand's pages, if it has published any.
    fn face_of(&self, domain: &str) -> Option<documents::catalog::Face> {
        self.catalog_of(domain).map(|catalog| catalog.face.clone())
    }

    fn catalog_of(&self, domain: &str) -> Option<Arc<Catalog>> {
        let slot = self.tree.slot()?;
        let base = slot
            .join(domain)
            .canonicalize()
            .ok()
            .filter(|base| base.starts_with(&slot))?;
        let digests = self.tree.digests(&slot)?;
        self.shelf.get(domain, &base, &digests)
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let path = uri.path();
        let face = self.face(host(uri, headers).as_deref())?;
        let (domain, path) = match &face {
            Face::Site(domain) => (domain, path.to_owned()),
            Face::DnsPath(domain) if path == "/" => (domain, format!("/{PROVIDER_METADATA}")),
            Face::DnsPath(_) => return None,
            Face::Keys(host) => (host, path.to_owned()),
        };
        let relative = relative(&path)?;
        let slot = self.tree.slot()?;
        let known = self.tree.digests(&slot);
        let is_known = |file: &Path| known.as_ref().is_some_and(|known| known.has(file));
        let named = slot.join(domain).join(match path.ends_with('/') {
            true => relative.join("index.html"),
            false => relative.clone(),
        });
        // What the manifest names is a plain file of ours; for anything else the disk is asked what is there, and where it leads.
        let found = match is_known(&named) {
            true => named,
            false => {
                let base = slot.join(domain).canonicalize().ok()?;
                let Some(found) = inside(&base, &relative) else {
                    return gone(&base, &path);
                };
                match (found.is_dir(), path.ends_with('/')) {
                    (true, false) => return with_slash(&path),
                    (true, true) => inside(&base, &relative.join("index.html"))?,
                    (false, true) => return None,
                    (false, false) => found,
                }
            }
        };
        let kind = Kind::of(&found, &path);
        let packed = found.with_added_extension("gz");
        let gzip = (kind.is_text && (is_known(&packed) || known.is_none() && packed.is_file())).then_some(packed);
        let accepted = gzip.as_ref().filter(|_| accepts_gzip(headers));
        let file = accepted.and_then(|gzip| opened(known.as_deref(), gzip));
        let coded = file.is_some();
        let (file, validator, length) = file.or_else(|| opened(known.as_deref(), &found))?;
        let mut answer = sent(method, headers, file, length, &validator);
        kind.describe(answer.headers_mut(), gzip.is_some(), coded);
        Some(answer)
    }

    /// The brand that a host's name means.
    fn face(&self, host: Option<&str>) -> Option<Face> {
        let domains = self.hosts.domains();
        let asked = host.unwrap_or_default();
        let host = asked.strip_suffix(ON_THIS_MACHINE).unwrap_or(asked);
        let named = |name: &str| domains.iter().find(|domain| *domain == name).cloned();
        if let Some(domain) = named(host) {
            return Some(Face::Site(domain));
        }
        if let Some(domain) = host.strip_prefix(DNS_PATH_PREFIX).and_then(named) {
            return Some(Face::DnsPath(domain));
        }
        if host.starts_with(KEY_DIRECTORY_PREFIX) && is_plain_host(host) && self.tree.root.join(host).is_dir() {
            return Some(Face::Keys(host.to_owned()));
        }
        let first = domains.first()?.clone();
        (domains.len() == 1 || is_this_machine(asked)).then_some(Face::Site(first))
    }
}

impl Tree {
    fn new(root: PathBuf) -> Tree {
        Tree {
            root,
            slot: Mutex::new(None),
            digests: Mutex::new(None),
        }
    }

    /// The slot that is public now, with every link followed. A swap moves one link, so that alone is read each time.
    fn slot(&self) -> Option<PathBuf> {
        let target = fs::read_link(&self.root).ok();
        let mut last = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().filter(|(before, _)| target.as_ref() == Some(before));
        if let Some((_, slot)) = known {
            return Some(slot.clone());
        }
        let slot = self.root.canonicalize().ok()?;
        *last = target.map(|target| (target, slot.clone()));
        Some(slot)
    }

    /// The digests of the slot that is public now, read again after each swap.
    fn digests(&self, slot: &Path) -> Option<Arc<Digests>> {
        let mut kept = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|digests| digests.are_of(slot)) {
            *kept = Digests::of(slot).map(Arc::new);
        }
        kept.clone()
    }
}

/// A plain file with what tells its states apart, and its length. Its path has no links in it.
fn opened(digests: Option<&Digests>, found: &Path) -> Option<(File, Validator, u64)> {
    let file = open(found)?;
    let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
    let (length, modified) = (metadata.len(), metadata.modified().ok()?);
    let digest = digests.and_then(|digests| digests.get(found, length, publish::changed(&metadata)?));
    let validator = Validator::of(digest, length, modified, SystemTime::now());
    Some((file, validator, length))
}

/// Opens a file by a path without links. Where somebody put one since, there is nothing.
fn open(path: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(file) => Some(File::from(file)),
        // A kernel, or a cage of containers, that does not know this call.
        Err(Errno::NOSYS | Errno::PERM) => {
            let found = path.canonicalize().ok().filter(|found| found == path)?;
            File::open(found).ok()
        }
        Err(_) => None,
    }
}

/// The host's name without its port, in small letters. An address in the request line says more than the header (RFC 9112 §3.2.2).
fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let text = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(HOST)?.to_str().ok()?,
    };
    let name = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => text,
    };
    Some(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase())
}

/// Whether a host's name is also one of a folder, and of no other place.
fn is_plain_host(host: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    host.split('.').all(label)
}

/// Whether a host's name is one that every machine has for itself.
fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// A folder is reached with its slash. What is for machines is not redirected (CSAF 2.0 §7.1.6).
fn with_slash(path: &str) -> Option<Response> {
    if is_for_machines(path) {
        return None;
    }
    // The path is one of plain names, so it cannot be read as another host's address.
    let to = HeaderValue::from_str(&format!("{path}/")).ok()?;
    Some((StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response())
}

/// Whether CSAF readers come here: metadata, documents, feeds and keys.
fn is_for_machines(path: &str) -> bool {
    let below = |folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below("/.well-known") || below("/csaf")
}

/// The file, the part of it that was asked for, or word that the client has it.
fn sent(method: &Method, headers: &HeaderMap, file: File, length: u64, validator: &Validator) -> Response {
    let mut answer = Response::new(Body::empty());
    let told = answer.headers_mut();
    set(told, ETAG, &validator.tag);
    if let Some(modified) = validator.last_modified() {
        set(told, LAST_MODIFIED, &modified);
    }
    told.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if validator.is_known(headers) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let part = match asked.filter(|_| method == Method::GET && validator.allows_part(headers)) {
        Some(asked) => range::read(asked, length),
        None => Part::Whole,
    };
    let (first, count) = match part {
        Part::Whole => (0, length),
        Part::Bytes { first, last } => {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(
                answer.headers_mut(),
                CONTENT_RANGE,
                &format!("bytes {first}-{last}/{length}"),
            );
            (first, last - first + 1)
        }
        Part::Outside => {
            *answer.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            set(answer.headers_mut(), CONTENT_RANGE, &format!("bytes */{length}"));
            return answer;
        }
    };
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(count));
    if method != Method::HEAD {
        *answer.body_mut() = match body(file, first, count) {
            Ok(body) => body,
            Err(_) => return nothing(),
        };
    }
    answer
}

fn body(file: File, first: u64, count: u64) -> io::Result<Body> {
    if count > AT_ONCE_BYTES {
        return Ok(Body::new(FileBody::new(file, first, count)?));
    }
    let mut bytes = vec![0; usize::try_from(count).unwrap_or_default()];
    file.read_exact_at(&mut bytes, first)?;
    Ok(Body::from(Bytes::from(bytes)))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Digits, letters and punctuation of ours; there is no other value here.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What is left of a document that had to go, where it was: word of it, to be kept by no index.
fn gone(base: &Path, path: &str) -> Option<Response> {
    let tombstone = inside(base, Path::new(&gone_instead_of(path.strip_prefix('/')?)?))?;
    let said = fs::read(tombstone).ok()?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=60"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Some((StatusCode::GONE, headers, said).into_response())
}

/// What a page needs that is made here: the tree may still be of an older program, with other names for its assets.
fn asset(path: &str) -> Option<Response> {
    let name = path.strip_prefix("/assets/")?;
    let asset = look::assets().into_iter().find(|asset| asset.name == name)?;
    let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, head::IMMUTABLE)];
    Some((headers, asset.text).into_response())
}

/// The same answer for everything that is not there, and for what is not for whoever asks. No cache keeps it: with a token it may be there.
fn nothing() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")],
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
fn inside(base: &Path, relative: &Path) -> Option<PathBuf> {
    let found = base.join(relative).canonicalize().ok()?;
    found.starts_with(base).then_some(found)
}

/// Whether a client says that it reads gzip.
fn accepts_gzip(headers: &HeaderMap) -> bool {
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
struct Kind {
    media_type: &'static str,
    cache: &'static str,
    /// Whether anybody's page may read it.
    is_open: bool,
    /// Whether it can be there packed, too.
    is_text: bool,
}

impl Kind {
    fn of(found: &Path, path: &str) -> Kind {
        let media_type = media_type(found);
        Kind {
            media_type,
            cache: if path.starts_with("/assets/") {
                head::IMMUTABLE
            } else {
                "public, max-age=60"
            },
            is_open: is_for_machines(path),
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

#[cfg(test)]
pub(crate) mod tests;
